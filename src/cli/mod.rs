//! The commands: one file a subcommand, text and JSON from the same report.
//!
//! ```text
//!  argv ─▶ command_line (clap) ─▶ the subcommand's run ─▶ output: text or --json, exit code
//! ```
//!
//! Rules live below, in the modules the commands call; here they are only asked and told.

pub mod carry;
#[cfg(feature = "central")]
pub mod central;
#[cfg(feature = "central")]
pub mod central_pickups;
#[cfg(feature = "central")]
pub mod central_stock;
pub mod command_line;
#[cfg(feature = "central")]
pub mod demo;
pub mod device;
#[cfg(feature = "central")]
pub mod drill;
pub mod enroll;
pub mod export;
#[cfg(feature = "gui")]
mod first_start;
pub mod hours;
pub mod import;
#[cfg(feature = "gui")]
mod look;
#[cfg(feature = "central")]
pub mod open_check;
pub mod outages;
pub mod output;
pub mod pack;
pub mod pack_orders;
pub mod peer;
pub mod probe;
pub mod receipts;
pub mod register;
pub mod sign;
pub mod sync;
pub mod verify;
