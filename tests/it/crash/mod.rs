//! Power cuts: the real ledger on files whose every write, flush, cut and removal is seen, and at
//! each of which the plug may be pulled. What was not flushed is then lost, kept, torn or garbled.
//!
//! ```text
//!  scene ─▶ real ledger ─▶ real SQLite ─▶ vfs ───┐
//!               └────────▶ std::fs ─────▶ calls ─┴▶ watch ─▶ ops
//!  ops[..k] ─▶ disk: durable │ waiting ─▶ a loss from a seed ─▶ files ─▶ real start ─▶ check
//!                                                                 └─▶ and the plug once more
//! ```
//!
//! A scene runs once; from what it did to the disk every cut is made. The start after a cut is
//! the ledger's own, on real files in memory. docs/reliability.md says what was found.
#![expect(clippy::disallowed_methods, reason = "damage is done to files as others would do it")]

mod bytes;
mod calls;
mod check;
mod controls;
pub(crate) mod cuts;
mod disk;
mod errors;
mod others;
mod points;
mod scene;
mod scratch;
mod stopped;
mod vfs;
mod watch;
