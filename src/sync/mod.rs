//! Hands a register's journals to central, once, over a line that fails.
//!
//! Knows journals and the wire, nothing of SQL, windows or the till. Time and chance are handed
//! in, so that a whole drain runs from a seed.
//!
//! ```text
//!  Source (journals) ─▶ plan (pure) ─▶ push ─▶ Transport ─▶ central
//!  Sink (receipts)  ◀── signed answer ◀──┘     http | in one process
//! ```
//!
//! The journal is the queue: what lies beyond central's cursor is what is sent, and nothing else
//! is remembered. docs/sync.md describes the protocol byte by byte.

mod advance;
pub mod asides;
pub mod asks;
pub mod bundle;
pub mod carrier;
pub mod enroll;
pub mod http;
pub mod link;
pub mod pace;
mod pinned;
pub mod plan;
pub mod push;
mod push_heard;
pub mod push_sealed;
pub mod regain;
pub mod revoked;
pub mod rotation;
mod run;
pub mod sealed;
pub mod segment;
pub mod wire;
