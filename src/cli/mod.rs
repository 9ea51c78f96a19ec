//! The commands: one file a subcommand, text and JSON from the same report.

pub mod export;
pub mod output;
pub mod pack;
pub mod verify;
