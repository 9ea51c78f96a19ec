//! The commands: one file a subcommand, text and JSON from the same report.

pub mod pack;
