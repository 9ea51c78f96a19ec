//! A whole fleet that comes back at once, simulated event by event: when every sale is in, how
//! many calls were in vain, and whether anybody was forgotten.
//!
//! ```text
//!  Plan (stores, links, hours, loss, restarts) ─┐
//!  Measured (service times of a real central) ──┼─▶ run ─▶ Drain: times, rates, fairness
//!  seed ────────────────────────────────────────┘   │
//!            registers: sync::pace   central: central::admission   (the very functions that ship)
//! ```
//!
//! Pure: no clock, no file, no socket; whole numbers only, so the same plan and seed give the
//! same drain on every machine. What is not real is said in docs/scale.md.

mod drain;
mod machine;
mod measured;
mod plan;
mod register;
mod run;
mod serving;

pub use drain::{Drain, Moment};
pub use measured::{Measured, NotMeasured, Own, Point};
pub use plan::{Link, NotAPlan, Plan, Slow, Start, Stop};
pub use run::{run, starts};
