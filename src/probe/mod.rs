//! Probes: looks at the systems a store depends on, from this register, again and again.
//!
//! ```text
//!  DATA/probes.toml ─ plan ─▶ [Plan] ─▶ watch's thread ─ look ─▶ Sight ─▶ [Board] ─▶ page, notice
//!                                                                  └▶ DATA/probes.log, a ring
//! ```
//!
//! It only looks: nothing it sees switches anything, and the till never waits for it. What the
//! sights mean is decided in `domain::probe`, without a network.
//!
//! It may not: send anything about the store (a look says only its host's name), follow a
//! redirect, or read more of an answer than 64 KiB.

pub mod board;
pub mod look;
pub mod plan;
pub mod watch;

pub use board::{Board, Seen, SharedBoard};
pub use plan::{Plan, Probe};
pub use watch::Watch;
