//! A drill: an outage played on a store's own baskets, through the real register and a real
//! central, with the scenario's faults; and the report that says whether every cent arrived.
//!
//! ```text
//!  scenario (what happens when) ─┐
//!  baskets (who buys what) ──────┼─▶ schedule ─▶ play: lanes, clock, network ─▶ report
//!  pack (what it costs) ─────────┘                                               ▲
//!  expect: the same baskets counted by `domain` alone ── tally ─────────────────┤
//!  claims (what must hold) ─▶ pieces ─▶ desk: one more register ─▶ gather ─▶ prove ┘
//! ```
//!
//! It drives the same register a cashier drives, never a second implementation of it.

pub mod account;
pub mod backhaul;
pub mod baskets;
pub mod claim;
pub mod desk;
mod elsewhere;
#[cfg(feature = "central")]
pub mod embedded;
pub mod expect;
pub mod facts;
pub mod files;
pub mod gather;
pub mod lane;
pub mod minutes;
pub mod network;
#[cfg(feature = "central")]
pub mod own_central;
pub mod piece;
pub mod play;
pub mod props;
pub mod prove;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod sums;
pub mod tables;
pub mod tally;
pub mod visitor;
