//! `tideover doctor`: what of this machine and this register would cost money one day.
//!
//! ```text
//!  folder, machine ─ only read ─▶ domain::doctor ─▶ wrong · look at · not seen · good
//! ```
//!
//! It changes nothing and may run while the register sells. 0: nothing is wrong; 1: something is;
//! 2: the command line can't be read; 3: there is nothing to look at.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::SystemEntropy;
use crate::device::machine::MachineRoot;
use crate::domain::doctor::{self, CentralState, DatabaseAt, DoctorFinding, Facts, Post, Verdict};
use crate::ledger::file_is_a_database;
use crate::register::checkup::{self, Checkup, Looker};
use crate::register::settings::DataDir;

use super::output::{Ending, Failure, Output};

/// Where central listens unless it is told otherwise.
const CENTRAL_PORT: u16 = 7_443;

/// `tideover doctor`
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// The register's data folder; with --central, central's.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Look at central's machine instead of a register's.
    #[arg(long, requires = "data")]
    pub central: bool,
    /// Look at a machine whose root folder is here.
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    pub root: PathBuf,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Whose machine it is.
    pub whose: String,
    /// The folder that was looked at.
    pub folder: String,
    /// How many topics are wrong.
    pub wrong: usize,
    /// How many somebody should look at.
    pub look: usize,
    /// How many could not be seen.
    pub not_seen: usize,
    /// How many are as they should be.
    pub good: usize,
    /// The topics, the worst first.
    pub findings: Vec<Found>,
}

/// A topic.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Its word.
    pub topic: &'static str,
    /// `wrong`, `look`, `not_seen`, `good`.
    pub verdict: &'static str,
    /// What was found.
    pub found: String,
    /// What it means for the money; none where it is good.
    pub means: Option<&'static str>,
    /// What to do; none where nothing is to be done.
    pub remedy: Option<String>,
}

/// There is no such folder.
#[derive(Debug, thiserror::Error)]
#[error("there is no folder {0}, so nothing was looked at; name central's folder with --data")]
struct NoFolder(String);

/// Runs the command.
///
/// # Errors
/// [`Failure`] when there is no register or central to look at.
pub fn run(args: &DoctorArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let folder = args.data.clone().unwrap_or_else(|| home.to_owned());
    let machine = MachineRoot::at(args.root.clone());
    let (whose, facts) =
        if args.central { central(&folder, &machine)? } else { register(&folder, &machine)? };
    let diagnosis = Diagnosis::of(whose, &folder, &doctor::look(&facts));
    output.say(&diagnosis)?;
    Ok(Ending::fine_if(diagnosis.wrong == 0))
}

fn register(folder: &Path, machine: &MachineRoot) -> Result<(String, Facts), Failure> {
    let data = DataDir(folder.to_owned());
    let settings = data.settings()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.time_zone.as_deref()));
    let by = Looker { machine, clock, entropy: Arc::new(SystemEntropy) };
    let Checkup { home, own, port } = checkup::register(&data, &settings, &by);
    let ours: Vec<u16> = port.into_iter().collect();
    let machine = machine.look(folder, &ours);
    let whose = format!("Register {} of store {}", settings.register, settings.store);
    Ok((whose, Facts { machine, home, post: Post::Register(Box::new(own)) }))
}

fn central(folder: &Path, machine: &MachineRoot) -> Result<(String, Facts), Failure> {
    if !folder.is_dir() {
        return Err(NoFolder(folder.display().to_string()).into());
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(None));
    let by = Looker { machine, clock, entropy: Arc::new(SystemEntropy) };
    let place = folder.to_owned();
    let home = checkup::home(folder, &[("central.db", &place)], &[], &by);
    let database = folder.join("central.db");
    let database = if folder.join("database.json").exists() {
        DatabaseAt::Postgres
    } else if !database.exists() {
        DatabaseAt::Nowhere
    } else if file_is_a_database(&database)? {
        DatabaseAt::Here
    } else {
        DatabaseAt::Damaged
    };
    let state = CentralState {
        seal_key: folder.join("seal.key").exists(),
        key: checkup::key(&folder.join("central.key")),
        database,
    };
    let machine = machine.look(folder, &[CENTRAL_PORT]);
    Ok(("Central".to_owned(), Facts { machine, home, post: Post::Central(state) }))
}

impl Diagnosis {
    fn of(whose: String, folder: &Path, findings: &[DoctorFinding]) -> Self {
        let count = |verdict| findings.iter().filter(|found| found.verdict == verdict).count();
        Self {
            whose,
            folder: folder.display().to_string(),
            wrong: count(Verdict::Wrong),
            look: count(Verdict::Look),
            not_seen: count(Verdict::NotSeen),
            good: count(Verdict::Good),
            findings: findings.iter().map(Found::of).collect(),
        }
    }
}

impl Found {
    fn of(finding: &DoctorFinding) -> Self {
        let DoctorFinding { topic, verdict, found, remedy } = finding;
        Self {
            topic: topic.word(),
            verdict: verdict.word(),
            found: found.clone(),
            means: (*verdict != Verdict::Good).then(|| topic.stake()),
            remedy: Some(remedy.clone()).filter(|remedy| !remedy.is_empty()),
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whose, folder, wrong, look, not_seen, good, findings } = self;
        writeln!(f, "{whose}: {folder}")?;
        writeln!(f, "{wrong} wrong, {look} to look at, {not_seen} not seen, {good} good")?;
        for verdict in Verdict::ALL {
            let those = findings.iter().filter(|found| found.verdict == verdict.word());
            if those.clone().next().is_some() {
                writeln!(f, "\n{}", verdict.label())?;
            }
            for Found { topic, found, means, remedy, .. } in those {
                writeln!(f, "  {topic:<12} {found}")?;
                if let Some(means) = means {
                    writeln!(f, "  {:<12} means: {means}", "")?;
                }
                if let Some(remedy) = remedy {
                    writeln!(f, "  {:<12} do: {remedy}", "")?;
                }
            }
        }
        Ok(())
    }
}
