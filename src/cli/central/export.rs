//! `tideover central export` hands over what a target was not given yet; `exports` tells how each
//! target stands, and has a person's decisions carried out.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::existing;
use crate::central::export::decided::Decided;
use crate::central::export::ledger::{State, StateCount, Step, TargetName};
use crate::central::export::lock::Lock;
use crate::central::export::run::{Around, End, Handed, Manner, plan, run as hand_over};
use crate::central::serve::own_key;
use crate::central::store::{Store, StoreError};
use crate::cli::output::{Ending, Failure, Output};
use crate::cli::replay::{per_second, write_handed};
use crate::cli::stopping::Stop;
use crate::cli::target::TargetArgs;
use crate::device::clock::{Clock, SystemClock};

/// Rows taken at a time.
const ROWS_AT_ONCE: usize = 500;

/// `tideover central export`
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    data: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// At most so many a second, such as 50/s.
    #[arg(long, value_name = "N/s", value_parser = per_second)]
    rate: Option<u32>,
    /// Send again what no one can be asked about: only where the target takes an event that comes
    /// twice as one.
    #[arg(long)]
    resend_unknown: bool,
}

/// `tideover central exports`
#[derive(Clone, Debug, Args)]
pub struct ExportsArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    data: PathBuf,
    /// Have what this target refused tried again by the next export, as its name stands here.
    #[arg(long, value_name = "TARGET")]
    retry: Option<String>,
    /// Switch a target on again that wanted no more.
    #[arg(long, value_name = "TARGET")]
    enable: Option<String>,
    /// Hand a target nothing any more.
    #[arg(long, value_name = "TARGET")]
    disable: Option<String>,
}

/// What an export did.
#[derive(Clone, Debug, Serialize)]
pub struct Exported {
    /// The target.
    pub target: String,
    /// What was done.
    pub handed: Handed,
    /// How it stands now.
    pub states: Vec<StateReport>,
}

/// How all targets stand.
#[derive(Clone, Debug, Serialize)]
pub struct Exports {
    /// One a target.
    pub targets: Vec<TargetReport>,
}

/// How a target stands.
#[derive(Clone, Debug, Serialize)]
pub struct TargetReport {
    /// Its name.
    pub target: String,
    /// Why it is handed nothing; none while it is.
    pub disabled: Option<String>,
    /// Everything uncertain is asked about first: central was restored from an older copy.
    pub look_first: bool,
    /// One a state.
    pub states: Vec<StateReport>,
}

/// How many records are in a state.
#[derive(Clone, Debug, Serialize)]
pub struct StateReport {
    /// `held`, `pending`, `sent`, `confirmed`, `unknown`, `refused`, `different`.
    pub state: &'static str,
    /// How many.
    pub records: u64,
    /// The most tries among them.
    pub attempts: u32,
    /// What the target said last.
    pub note: String,
}

/// No such target.
#[derive(Debug, thiserror::Error)]
#[error("central never handed anything to '{0}'; nothing was changed. 'exports' lists the names")]
struct NoSuchTarget(String);

/// Runs `export`.
///
/// # Errors
/// [`Failure`]; what was handed over is kept.
pub fn run(args: &ExportArgs, output: Output) -> Result<Ending, Failure> {
    let stop = Stop::on_signal()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(None));
    let mut store = existing(&args.data)?;
    let _lock = Lock::with_turn(&args.data, store.as_mut())?;
    let mut adapter = args.target.adapter(Arc::clone(&clock))?;
    let target = adapter.target().clone();
    let decided = Decided::read(store.as_mut(), &own_key(&args.data)?)?;
    plan(store.as_mut(), adapter.as_ref(), &decided, clock.now().utc_ms)?;
    let due = states(store.as_mut(), &target)?;
    let due = due.iter().filter(|state| state.state == State::Pending.word());
    let bar = output.progress(due.map(|state| state.records).sum(), "Handing over");
    let wanted = || stop.wanted();
    let mut around = Around {
        clock: clock.as_ref(),
        wait: &mut |ms| stop.wait(ms),
        stop: &wanted,
        progress: &mut |done| bar.set_position(done),
    };
    let manner = Manner { per_second: args.rate, resend_unknown: args.resend_unknown };
    let handed = hand_over(store.as_mut(), adapter.as_mut(), &mut around, manner, &decided);
    store.hand_overs().end_turn()?;
    let handed = handed?;
    bar.finish_and_clear();
    let states = states(store.as_mut(), &target)?;
    let exported = Exported { target: target.to_string(), handed, states };
    output.say(&exported)?;
    let odd = exported.states.iter().any(is_odd);
    Ok(Ending::fine_if(exported.handed.end == End::Done && !odd))
}

/// Runs `exports`.
///
/// # Errors
/// [`Failure`] when the store can't be read, or a target is not known.
pub fn status(args: &ExportsArgs, output: Output) -> Result<Ending, Failure> {
    let mut store = existing(&args.data)?;
    let now_ms = SystemClock::new(None).now().utc_ms;
    if let Some(target) = &args.retry {
        let target = known(store.as_mut(), target)?;
        retry(store.as_mut(), &target, now_ms)?;
    }
    if let Some(target) = &args.enable {
        let target = known(store.as_mut(), target)?;
        store.hand_overs().disable(&target, None)?;
    }
    if let Some(target) = &args.disable {
        let target = known(store.as_mut(), target)?;
        store.hand_overs().disable(&target, Some("a person switched it off"))?;
    }
    let mut targets = Vec::new();
    for target in store.hand_overs().targets()? {
        let row = store.hand_overs().target(&target)?;
        let states = states(store.as_mut(), &target)?;
        targets.push(TargetReport {
            target: target.to_string(),
            look_first: row.as_ref().is_some_and(|row| row.look_first),
            disabled: row.and_then(|row| row.disabled),
            states,
        });
    }
    let exports = Exports { targets };
    output.say(&exports)?;
    let odd = exports.targets.iter().any(|target| target.states.iter().any(is_odd));
    Ok(Ending::fine_if(!odd))
}

fn known(store: &mut dyn Store, name: &str) -> Result<TargetName, Failure> {
    let all = store.hand_overs().targets()?;
    let found = all.into_iter().find(|target| target.as_str() == name);
    found.ok_or_else(|| Failure::from(NoSuchTarget(name.to_owned())))
}

/// What was refused is due again.
fn retry(store: &mut dyn Store, target: &TargetName, now_ms: i64) -> Result<(), StoreError> {
    loop {
        let ledger = store.hand_overs();
        let rows = ledger.open_rows(target, &[State::Refused], None, ROWS_AT_ONCE)?;
        if rows.is_empty() {
            return Ok(());
        }
        let steps: Vec<Step> = rows.iter().map(|row| row.to(State::Pending, "again")).collect();
        ledger.step(target, &steps, now_ms)?;
    }
}

fn states(store: &mut dyn Store, target: &TargetName) -> Result<Vec<StateReport>, StoreError> {
    let counts = store.hand_overs().state_counts(target)?;
    let report = |count: StateCount| StateReport {
        state: count.state.word(),
        records: count.rows,
        attempts: count.attempts,
        note: count.note,
    };
    Ok(counts.into_iter().map(report).collect())
}

/// A person has to look.
fn is_odd(state: &StateReport) -> bool {
    let odd = [State::Sent, State::Unknown, State::Refused, State::Different];
    odd.iter().any(|odd| odd.word() == state.state)
}

fn write_states(f: &mut fmt::Formatter<'_>, states: &[StateReport]) -> fmt::Result {
    states.iter().try_for_each(|state| {
        let StateReport { state, records, attempts, note } = state;
        write!(f, "  {state:<10} {records:>9}")?;
        if *attempts > 1 {
            write!(f, "  up to {attempts} tries")?;
        }
        match note.as_str() {
            "" => writeln!(f),
            note => writeln!(f, "  {note}"),
        }
    })
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Target {}", self.target)?;
        write_handed(f, &self.handed)?;
        write_states(f, &self.states)
    }
}

impl fmt::Display for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.targets.is_empty() {
            return writeln!(f, "Nothing was handed to another system yet.");
        }
        self.targets.iter().try_for_each(|target| {
            writeln!(f, "{}", target.target)?;
            if let Some(why) = &target.disabled {
                writeln!(f, "  switched off: {why}")?;
            }
            if target.look_first {
                writeln!(f, "  central was restored since: the target is asked first")?;
            }
            write_states(f, &target.states)
        })
    }
}
