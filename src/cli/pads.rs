//! `tideover pads`: a pad of numbered paper slips, as a page that any printer prints.
//!
//! It prints and records nothing: who gets the pad is noted at the register, on the page "Paper
//! slips", so that a pad that was never given out leaves no gap.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use serde::Serialize;

use crate::domain::paper_slip::NUMBER_MAX;
use crate::receipt::pad::{self, PadSheet};
use crate::register::settings::DataDir;
use crate::register::startup;

use super::output::{Ending, Failure, Output};

const NUMBERS: i64 = 999_999;
const SLIPS: i64 = 500;

/// `tideover pads`
#[derive(Clone, Debug, Args)]
pub struct PadsArgs {
    /// The register's data folder, for the store's name and number.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The page to write.
    #[arg(long, value_name = "FILE", default_value = "pads.html")]
    pub out: PathBuf,
    /// The first number.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=NUMBERS))]
    pub from: u32,
    /// How many slips.
    #[arg(long, value_name = "M", default_value = "50",
          value_parser = value_parser!(u32).range(1..=SLIPS))]
    pub count: u32,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct PadWritten {
    /// The store.
    pub store: u32,
    /// The first slip.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The page.
    pub file: String,
}

/// Why no pad was written.
#[derive(Debug, thiserror::Error)]
pub enum PadError {
    /// The numbers go too far.
    #[error(
        "slips {0} and the {1} after it go beyond {NUMBER_MAX}; nothing was written, begin lower \
         or write fewer"
    )]
    TooFar(u32, u32),
    /// The store is not known.
    #[error("the register has no pack, so the store's name is not known: {0}")]
    NoPack(String),
    /// The file.
    #[error("{file} can't be written; nothing was recorded, choose another place")]
    File {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the page can't be written.
pub fn run(args: &PadsArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let more = args.count.saturating_sub(1);
    let last = args.from.saturating_add(more);
    if last > NUMBER_MAX {
        return Err(PadError::TooFar(args.from, more).into());
    }
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let pack = startup::current_pack(&data, &settings).map_err(PadError::NoPack)?;
    let policy = pack.policy();
    let sheet = PadSheet {
        store_name: &policy.store_name,
        store: policy.store,
        training: settings.training,
    };
    let file = args.out.display().to_string();
    std::fs::write(&args.out, pad::page(&sheet, args.from, last))
        .map_err(|source| PadError::File { file: file.clone(), source })?;
    output.say(&PadWritten { store: policy.store.0, first: args.from, last, file })?;
    Ok(Ending::Fine)
}

impl fmt::Display for PadWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, first, last, file } = self;
        writeln!(f, "Slips {first} to {last} of store {store} written to {file}")?;
        write!(
            f,
            "Open it in a browser and print it. Note who gets them: Shift F11, Paper slips, F5."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::paper_slip::PAD_LEN_MAX;

    #[test]
    fn the_command_takes_what_a_pad_may_have() {
        assert_eq!((NUMBERS, SLIPS), (i64::from(NUMBER_MAX), i64::from(PAD_LEN_MAX)));
    }
}
