//! `tideover replay`: hands over everything that a target lacks, after showing what that is.
//!
//! ```text
//!  --dry-run   what the target has, what is new, how far it reaches, what is held back and why
//!  --apply     the same, then does it; stopped or killed, it goes on where it was
//! ```
//!
//! What the target has is read back from it. A second replay changes nothing.

pub mod central;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::central::existing;
use super::output::{Ending, Failure, Output};
use super::stopping::Stop;
use super::target::TargetArgs;
use crate::central::export::decided::Decided;
use crate::central::export::diff::{Amount, Diff, diff, reopen_lost};
use crate::central::export::lock::Lock;
use crate::central::export::run::{Around, End, Handed, Manner, run as hand_over};
use crate::central::serve::own_key;
use crate::central::store::Store;
use crate::device::clock::{Clock, SystemClock};
use crate::domain::money::Money;

/// `tideover replay`
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// Where the records are: central's data folder; for central:URL also a register's data
    /// folder or a bundle.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    pub(super) from: PathBuf,
    /// Only say what would be done.
    #[arg(long, conflicts_with = "apply", required_unless_present = "apply")]
    pub(super) dry_run: bool,
    /// Do it.
    #[arg(long)]
    pub(super) apply: bool,
    /// At most so many a second, such as 50/s.
    #[arg(long, value_name = "N/s", value_parser = per_second)]
    pub(super) rate: Option<u32>,
    /// Send again what no one can be asked about: only where the target takes an event that comes
    /// twice as one.
    #[arg(long)]
    pub(super) resend_unknown: bool,
    /// The fingerprint of a target central's certificate.
    #[arg(long, value_name = "HEX")]
    pub(super) fingerprint: Option<String>,
    /// A target central's public key, 64 hex digits: its answers must be signed by it.
    #[arg(long, value_name = "HEX")]
    pub(super) key: Option<String>,
}

/// What was compared, and what was done.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// Before.
    pub diff: Diff,
    /// What was done; none for a dry run.
    pub handed: Option<Handed>,
}

/// Reads `50` or `50/s`.
pub(super) fn per_second(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    let rate = number.parse().ok().filter(|rate| *rate > 0);
    rate.ok_or_else(|| "a rate is written as 50/s, from 1 on".to_owned())
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when it could not be done; what was handed over is kept.
pub fn run(args: &ReplayArgs, output: Output) -> Result<Ending, Failure> {
    let stop = Stop::on_signal()?;
    if args.target.parts()?.0 == "central" {
        return central::run(args, &stop, output);
    }
    let mut store = existing(&args.from)?;
    let lock = args.apply.then(|| Lock::with_turn(&args.from, store.as_mut())).transpose()?;
    let replayed = replay(store.as_mut(), args, &stop, output);
    if lock.is_some() {
        store.hand_overs().end_turn()?;
    }
    let replayed = replayed?;
    output.say(&replayed)?;
    Ok(Ending::fine_if(replayed.is_fine()))
}

fn replay(
    store: &mut dyn Store,
    args: &ReplayArgs,
    stop: &Stop,
    output: Output,
) -> Result<Replayed, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(None));
    let mut adapter = args.target.adapter(Arc::clone(&clock))?;
    let wanted = || stop.wanted();
    let all = store.journals(None)?.iter().map(|row| row.projected.0).sum();
    let bar = output.progress(all, "Comparing");
    let decided = Decided::read(store, &own_key(&args.from)?)?;
    let mut told = |done| bar.set_position(done);
    let diff = diff(store, adapter.as_mut(), &decided, &wanted, &mut told)?;
    bar.finish_and_clear();
    if !args.apply {
        return Ok(Replayed { diff, handed: None });
    }
    reopen_lost(store, adapter.as_ref(), &diff, clock.now().utc_ms)?;
    let due = diff.registers.iter().map(|register| register.new.records).sum();
    let bar = output.progress(due, "Handing over");
    let mut around = Around {
        clock: clock.as_ref(),
        wait: &mut |ms| stop.wait(ms),
        stop: &wanted,
        progress: &mut |done| bar.set_position(done),
    };
    let manner = Manner { per_second: args.rate, resend_unknown: args.resend_unknown };
    let handed = hand_over(store, adapter.as_mut(), &mut around, manner, &decided)?;
    bar.finish_and_clear();
    Ok(Replayed { diff, handed: Some(handed) })
}

impl Replayed {
    /// Nothing needs a person.
    fn is_fine(&self) -> bool {
        let done = self.handed.as_ref().is_none_or(|handed| handed.end == End::Done);
        let odd = |register: &crate::central::export::diff::RegisterDiff| {
            register.different.records > 0
                || register.refused.records > 0
                || register.unknown.records > 0
        };
        done && self.diff.disabled.is_none() && !self.diff.registers.iter().any(odd)
    }
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { diff, handed } = self;
        writeln!(f, "Target {}", diff.target)?;
        if let Some(why) = &diff.disabled {
            writeln!(f, "  It is switched off: {why}")?;
        }
        for register in &diff.registers {
            let (store, number, epoch) = (register.store, register.register, &register.epoch);
            writeln!(f, "Store {store} register {number} journal {epoch}")?;
            let mut row = |what: &str, amount: Amount| match amount.records {
                0 => Ok(()),
                records => writeln!(
                    f,
                    "  {what:<14} {records:>8} records  {:>8} sales  {:>14}  tax {}",
                    amount.sales,
                    money(amount.total).to_string(),
                    money(amount.tax)
                ),
            };
            row("new", register.new)?;
            row("there already", register.there)?;
            row("different", register.different)?;
            row("held back", register.held)?;
            row("refused", register.refused)?;
            row("can't tell", register.unknown)?;
            if register.lost > 0 {
                writeln!(
                    f,
                    "  {} of the new ones were handed over before, and the target has lost them",
                    register.lost
                )?;
            }
        }
        if diff.registers.is_empty() {
            writeln!(f, "There is nothing that this target takes.")?;
        }
        if diff.forked > 0 {
            writeln!(
                f,
                "{} records stand on other branches of forked journals; none of them is handed \
                 over before a person looked",
                diff.forked
            )?;
        }
        let blast = &diff.blast;
        if let (Some(from), Some(to)) = (&blast.from_day, &blast.to_day) {
            writeln!(
                f,
                "It reaches {} sales of {} in {} stores and {} registers, {} different items, \
                 business dates {from} to {to}",
                blast.sales,
                money(blast.total),
                blast.stores,
                blast.registers,
                blast.items
            )?;
        }
        for told in &diff.told {
            writeln!(f, "  differs: {told}")?;
        }
        if !diff.causes.is_empty() {
            writeln!(f, "To look at, by root cause:")?;
        }
        for cause in &diff.causes {
            let what = if cause.cause.is_empty() { "" } else { " " };
            writeln!(
                f,
                "  {:<8} {}{what}{} in store {}: {} times, {}: {}",
                cause.level,
                cause.code.replace('_', " "),
                cause.cause,
                cause.store,
                cause.count,
                money(cause.amount),
                cause.text
            )?;
        }
        match handed {
            None if diff.blast == Default::default() => writeln!(f, "There is nothing to do."),
            None => writeln!(f, "Nothing was sent. With --apply it is done."),
            Some(handed) => write_handed(f, handed),
        }
    }
}

/// Says what a run did.
pub(super) fn write_handed(f: &mut fmt::Formatter<'_>, handed: &Handed) -> fmt::Result {
    writeln!(f, "{} records handed over now", handed.handed)?;
    if handed.found > 0 {
        writeln!(f, "  {} were uncertain, and the target had them", handed.found)?;
    }
    if handed.missing > 0 {
        writeln!(f, "  {} were uncertain, and the target did not have them", handed.missing)?;
    }
    match &handed.end {
        End::Done => writeln!(f, "Everything due was handed over."),
        End::Stopped => writeln!(f, "Stopped; run it again, and it goes on from here."),
        End::Target(why) => writeln!(f, "It ended early: {why}. Run it again once that is right."),
    }
}
