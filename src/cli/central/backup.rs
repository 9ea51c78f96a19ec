//! `tideover central check-backup`: whether a copy of the database could be restored, before it
//! has to be. Runs beside a running central, and on any machine.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::central::backup_check::{self, BackupCheck};
use crate::central::store::StoreError;

use super::existing;
use crate::cli::output::{Ending, Failure, Output};

/// `tideover central check-backup`
#[derive(Clone, Debug, Args)]
pub(super) struct CheckBackupArgs {
    /// The copy, as 'back-up' wrote it; it is only read.
    file: PathBuf,
    /// The data folder of the central it was made of: its end is looked for there.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub(super) fn run(args: &CheckBackupArgs, output: Output) -> Result<Ending, Failure> {
    let said = check(args)?;
    output.say(&said)?;
    Ok(Ending::fine_if(said.0.whole))
}

fn check(args: &CheckBackupArgs) -> Result<Said, StoreError> {
    let live = args.data.as_deref().map(existing).transpose()?;
    let check = backup_check::check(&args.file, live).map_err(|why| match why {
        StoreError::Io(cause) => StoreError::Unfit(format!(
            "{} can't be opened ({cause}); nothing was looked at. Name the file that 'tideover \
             central back-up --to' wrote",
            args.file.display()
        )),
        other => other,
    })?;
    Ok(Said(check))
}

#[derive(Serialize)]
#[serde(transparent)]
struct Said(BackupCheck);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BackupCheck { journals, records, segments, unsigned, .. } = &self.0;
        let file = self.0.file.display();
        if self.0.whole {
            writeln!(
                f,
                "{file} is whole: {records} records of {journals} journals in {segments} \
                 deliveries, each one's bytes, chain and signature verified."
            )?;
        } else {
            writeln!(
                f,
                "{file} is NOT whole: do not restore from it while you have another. Nothing was \
                 changed, and central runs on. Make a copy anew with 'tideover central back-up', \
                 check it, keep the older ones, and look at the disk."
            )?;
        }
        for fault in &self.0.faults {
            writeln!(f, "  {fault}")?;
        }
        let told = u64::try_from(self.0.faults.len()).unwrap_or(u64::MAX);
        if let Some(more @ 1..) = self.0.fault_count.checked_sub(told) {
            writeln!(f, "  and {more} more")?;
        }
        if *unsigned > 0 {
            writeln!(
                f,
                "{unsigned} records came without a good signature of their own; they are kept as \
                 they came, and are exceptions."
            )?;
        }
        if let Some(behind) = self.0.behind {
            writeln!(f, "Central holds {behind} records more, which came after the copy.")?;
        }
        Ok(())
    }
}
