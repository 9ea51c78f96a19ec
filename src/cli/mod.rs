//! The commands: one file a subcommand, text and JSON from the same report.
//!
//! ```text
//!  argv ─▶ command_line (clap) ─▶ the subcommand's run ─▶ output: text or --json, exit code
//! ```
//!
//! Rules live below, in the modules the commands call; here they are only asked and told.

#[cfg(all(feature = "gui", unix))]
mod again;
#[cfg(feature = "central")]
pub mod bundle;
pub mod carry;
#[cfg(feature = "central")]
pub mod central;
#[cfg(feature = "central")]
pub mod closure;
pub mod command_line;
#[cfg(feature = "central")]
pub mod compare_checks;
#[cfg(feature = "central")]
pub mod conform;
#[cfg(feature = "central")]
pub mod demo;
pub mod device;
pub mod doctor;
#[cfg(feature = "central")]
pub mod drill;
pub mod enroll;
pub mod export;
#[cfg(feature = "gui")]
mod first_start;
pub mod free_text;
pub mod hours;
pub mod import;
#[cfg(feature = "central")]
pub mod it_token;
#[cfg(feature = "central")]
pub mod journal_source;
pub mod key;
pub mod log;
#[cfg(feature = "gui")]
mod look;
#[cfg(feature = "central")]
pub mod open_check;
pub mod outages;
pub mod output;
pub mod pack;
pub mod pads;
pub mod peer;
mod plot;
pub mod price_jumps;
pub mod probe;
pub mod program;
pub mod queue;
pub mod read_stick;
pub mod receipts;
pub mod recover;
pub mod register;
#[cfg(feature = "central")]
pub mod replay;
pub mod sign;
#[cfg(feature = "central")]
pub mod simulate;
#[cfg(feature = "central")]
pub mod stopping;
pub mod sync;
#[cfg(feature = "central")]
pub mod target;
pub mod verify;
pub mod verify_closure;
#[cfg(feature = "gui-tests")]
mod window_fault;
