//! `tideover probe`: looks once at every system of probes.toml, and says what it sees.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::device::clock::SystemClock;
use crate::domain::probe::Cause;
use crate::probe::{Plan, SharedBoard, plan, watch};
use crate::register::settings::DataDir;

use super::output::{Ending, Failure, Output};

/// `tideover probe`
#[derive(Clone, Debug, Args)]
pub struct ProbeArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// What was seen of one system.
#[derive(Clone, Debug, Serialize)]
pub struct SeenOnce {
    /// What was looked at.
    pub watches: &'static str,
    /// Where.
    pub address: String,
    /// up, slow, down or lying.
    pub sight: &'static str,
    /// In words.
    pub detail: String,
    /// How long it took.
    pub took_ms: u32,
}

/// What was seen of all of them.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// In the order of the file.
    pub systems: Vec<SeenOnce>,
    /// Whose fault trouble most likely is.
    pub cause: String,
    /// What to do next.
    pub remedy: String,
}

/// Nothing is to be looked at.
#[derive(Debug, thiserror::Error)]
#[error("there is no {} in {data}, so nothing is probed; docs/outage.md shows one", plan::FILE)]
struct NoPlan {
    data: String,
}

/// Runs the command: 0 when all is well, 1 when something is not.
///
/// # Errors
/// [`Failure`] when there is no plan, or a wrong one.
pub fn run(args: &ProbeArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let plan = Plan::read(&data.0)?;
    if plan.probes.is_empty() {
        return Err(NoPlan { data: data.0.display().to_string() }.into());
    }
    let clock = SystemClock::new(None);
    let shared = SharedBoard::of(Ok(plan.clone()));
    watch::round(&plan, &shared, &clock);
    let board = shared.lock().clone();
    let systems = board.seen.iter().filter_map(|seen| {
        let look = seen.looks.back()?;
        Some(SeenOnce {
            watches: seen.probe.watched.word(),
            address: seen.probe.address.to_string(),
            sight: look.sight.word(),
            detail: look.sight.detail().to_string(),
            took_ms: look.took_ms,
        })
    });
    let cause = board.cause();
    output.say(&Round {
        systems: systems.collect(),
        cause: cause.text().to_string(),
        remedy: cause.remedy().to_string(),
    })?;
    Ok(Ending::fine_if(cause == Cause::Well))
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for seen in &self.systems {
            let SeenOnce { watches, address, sight, detail, took_ms } = seen;
            writeln!(f, "{watches:<16} {sight:<6} {took_ms:>6} ms  {address}: {detail}")?;
        }
        write!(f, "{}. {}", self.cause, self.remedy)
    }
}
