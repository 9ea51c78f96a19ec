//! A drill: an outage played on a store's own baskets, through the real register and a real
//! central, with the scenario's faults; and the report that says whether every cent arrived.
//!
//! ```text
//!  scenario (what happens when) ─┐
//!  baskets (who buys what) ──────┼─▶ schedule ─▶ play: lanes, clock, network ─▶ report
//!  pack (what it costs) ─────────┘                                               ▲
//!  expect: the same baskets counted by `domain` alone ── tally ─────────────────┘
//! ```
//!
//! It drives the same register a cashier drives, never a second implementation of it.

pub mod account;
pub mod backhaul;
pub mod baskets;
#[cfg(feature = "central")]
pub mod embedded;
pub mod expect;
pub mod lane;
pub mod network;
pub mod play;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod tables;
pub mod tally;
