//! `tideover bundle`: journals on a stick, this register's or its copies of others, and from the
//! stick to central.
//!
//! ```text
//!  export  journals ─▶ parts, manifest ─▶ flush ─▶ read back from the stick ─▶ safe to remove
//!  import  [ manifest's signature ─▶ each part's bytes ] ─▶ good ones to central, bad ones named
//!           in a process of its own, with limits
//! ```

pub mod bring;
pub mod put;
pub mod read;
pub mod told;

use std::path::Path;

use clap::Subcommand;

use super::output::{Ending, Failure, Output};

/// `tideover bundle`
#[derive(Clone, Debug, Subcommand)]
pub enum BundleAction {
    /// Write journals into a new folder on a stick, read them back, and say when it may go.
    Export(put::BundleExportArgs),
    /// Bring what is good on a stick to central, and name what is not.
    Import(bring::BundleImportArgs),
    /// Check a stick, and bring nothing anywhere.
    Check(bring::BundleCheckArgs),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when it could not be done.
pub fn run(action: &BundleAction, home: &Path, output: Output) -> Result<Ending, Failure> {
    match action {
        BundleAction::Export(args) => put::run(args, home, output),
        BundleAction::Import(args) => bring::run(args, output),
        BundleAction::Check(args) => bring::check(args, output),
    }
}
