//! `tideover central destroy-sealed`: shows which sealed data of checks and names has had its days
//! at central, and destroys it with `--yes`, by the token of a person of IT.
//!
//! ```text
//!  rule, or --before ─▶ counted, store by store ─▶ shown ─ no --yes ─▶ that is all
//!                                                    └─ --yes, --why, token ─▶ some rows at a time
//!                                             stopped? it goes on next time ◀──┤
//!                                                     what they left in files ◀┘ overwritten
//! ```

use std::fmt;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::args::FolderArgs;
use super::revoke::{Typing, token};
use crate::central::destruction::{
    self, Destruction, DestructionRow, KEEP_DAYS, KEEP_DAYS_MAX, KEEP_DAYS_MIN, NotDestroyed,
    ROWS_AT_ONCE, SealedCount, Undone, Until,
};
use crate::central::queue::tokens;
use crate::central::store::Store;
use crate::cli::output::{Ending, Failure};
use crate::device::clock::Clock;
use crate::domain::ids::StoreNo;
use crate::domain::time::{BusinessDate, Timestamp};

/// The days that a rule may have.
const KEPT: std::ops::RangeInclusive<i64> = KEEP_DAYS_MIN..=KEEP_DAYS_MAX;

/// `tideover central destroy-sealed`
#[derive(Clone, Debug, Args)]
pub struct DestroyArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// One store's alone; all stores' where none is named.
    #[arg(long)]
    store: Option<u32>,
    /// What central received before this day, such as 2025-10-18, in UTC; as many days ago as are
    /// kept where none is named.
    #[arg(long, value_name = "DAY")]
    before: Option<String>,
    /// How many days sealed data is kept after central received it, as your house decided: 180 at
    /// least. 400 are a year in which a check may still be called forged, and some days.
    #[arg(long, value_name = "DAYS", default_value_t = KEEP_DAYS)]
    #[arg(value_parser = clap::value_parser!(u32).range(KEPT))]
    keep: u32,
    /// Also what is younger than that: a check of then that comes back has no account any more.
    #[arg(long, requires = "before")]
    even_if_checks_may_still_come_back: bool,
    /// Why; it goes on record.
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Destroy it; without this it is only shown.
    #[arg(long)]
    yes: bool,
}

/// What goes, or went.
#[derive(Clone, Debug, Serialize)]
pub struct SealedDestroyed {
    /// `shown`, `destroyed`, or `stopped` where it is to be gone on with.
    pub state: &'static str,
    /// What central received before this day, in UTC.
    pub before: String,
    /// It is sooner than the days that are kept.
    pub early: bool,
    /// Stores that have such rows, as they were counted before anything went.
    pub stores: Vec<StoreCounted>,
    /// Rows that are due.
    pub due: u64,
    /// Rows that went.
    pub destroyed: u64,
    /// Rows that are younger, and stay.
    pub stay: u64,
    /// Who signed; none where it is only shown.
    pub who: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Earlier destructions whose rows may still stand in files: they are finished by the next one
    /// that comes to its end.
    pub unfinished: Vec<Deed>,
    /// The last destruction that went from here, where the database knows nothing of it: it was put
    /// back to an older copy, and rows may be there again.
    pub undone: Option<Deed>,
}

/// A store's rows.
#[derive(Clone, Debug, Serialize)]
pub struct StoreCounted {
    /// The store.
    pub store: u32,
    /// Rows that are due.
    pub rows: u64,
    /// The day the first of them was received, in UTC.
    pub first: String,
    /// The day the last of them was.
    pub last: String,
}

/// Who destroyed something.
#[derive(Clone, Debug, Serialize)]
pub struct Deed {
    /// The store; none for all.
    pub store: Option<u32>,
    /// When it was begun.
    pub at: String,
    /// Who.
    pub who: String,
}

/// What goes on around it.
pub struct Around<'a, 'b> {
    /// Where the token is typed.
    pub typing: &'a mut Typing<'b>,
    /// So many of so many rows went; false where somebody wants it to stop.
    pub go_on: &'a mut dyn FnMut(u64, u64) -> bool,
}

/// Runs the command; the token is the first line of what is typed.
///
/// # Errors
/// [`Failure`]; what was destroyed before stays so.
pub fn run(
    args: &DestroyArgs,
    clock: &dyn Clock,
    around: &mut Around<'_, '_>,
) -> Result<SealedDestroyed, Failure> {
    let folder = &args.folder.data;
    let of = args.store.map(StoreNo);
    let asked = args.before.as_deref().map(BusinessDate::parse).transpose()?;
    let although = args.even_if_checks_may_still_come_back;
    let until = Until::of(asked, args.keep, although, clock.now().utc_ms)?;
    let mut kept = super::existing(folder)?;
    let store = kept.as_mut();
    let counts = destruction::count(store, of, until)?;
    let undone = Undone::look(store, folder)?;
    let mut told = SealedDestroyed::of(until, &counts, &store.destructions(None)?);
    told.undone = undone.as_ref().map(|one| Deed {
        store: one.of.map(|of| of.0),
        at: time_of(one.at_ms),
        who: one.who.clone(),
    });
    if !args.yes {
        return Ok(told);
    }
    // A reason that is none is said before anybody types a token.
    let reason = destruction::reason(args.why.as_deref().unwrap_or_default())?;
    writeln!(
        around.typing.aside,
        "{} rows that came before {} are destroyed with your signature, for good; {} younger ones \
         stay.",
        told.due, told.before, told.stay
    )?;
    let typed = token(around.typing)?;
    let who = tokens::whose(folder, typed.trim())?.ok_or(NotDestroyed::NoToken)?;
    let deed = Destruction {
        who: who.to_string(),
        reason,
        at_ms: clock.now().utc_ms,
        before_ms: until.ms(),
        early: until.early,
    };
    let work = Work { folder, of, deed: &deed, undone };
    let whole = work.destroy(store, &mut told, around)?;
    if whole {
        store.overwrite_destroyed(clock.now().utc_ms)?;
        (told.unfinished, told.state) = (Vec::new(), "destroyed");
    } else {
        told.state = "stopped";
    }
    (told.who, told.reason) = (Some(deed.who.clone()), Some(deed.reason.clone()));
    tracing::warn!(by = %deed.who, rows = told.destroyed, before = %until.day, early = until.early,
        state = told.state, "sealed data was destroyed");
    Ok(told)
}

/// One deed at one central.
struct Work<'a> {
    folder: &'a Path,
    of: Option<StoreNo>,
    deed: &'a Destruction,
    undone: Option<Undone>,
}

impl Work<'_> {
    /// Destroys what is due, some rows at a time; false where it was stopped before its end.
    fn destroy(
        &self,
        store: &mut dyn Store,
        told: &mut SealedDestroyed,
        around: &mut Around<'_, '_>,
    ) -> Result<bool, Failure> {
        let Self { folder, of, deed, undone } = self;
        // The mark of what came back is kept until all of it is gone again.
        let covered = undone.as_ref().is_none_or(|undone| undone.is_covered(deed, *of));
        let mut behind = None;
        loop {
            if !(around.go_on)(told.destroyed, told.due) {
                return Ok(false);
            }
            let some = store.destroy_sealed(deed, *of, behind.as_ref(), ROWS_AT_ONCE)?;
            let Some(some) = some else { break };
            told.destroyed = told.destroyed.saturating_add(some.rows);
            if covered && some.rows > 0 {
                destruction::remember(folder, deed, *of, some.last.journal.store);
            }
            behind = Some(some.last);
        }
        if covered && told.destroyed == 0 && undone.is_some() {
            destruction::forget(folder);
        }
        if covered {
            told.undone = None;
        }
        Ok(true)
    }
}

fn time_of(at_ms: i64) -> String {
    Timestamp::new(at_ms, 0).map(|at| at.to_string()).unwrap_or_default()
}

fn day_of(at_ms: i64) -> String {
    Timestamp::new(at_ms, 0).map(|at| at.local_date().to_string()).unwrap_or_default()
}

impl SealedDestroyed {
    fn of(until: Until, counts: &[SealedCount], before: &[DestructionRow]) -> Self {
        let mut told = Self {
            state: "shown",
            before: until.day.to_string(),
            early: until.early,
            stores: Vec::new(),
            due: 0,
            destroyed: 0,
            stay: 0,
            who: None,
            reason: None,
            unfinished: Vec::new(),
            undone: None,
        };
        for count in counts {
            let SealedCount { store, due, received, all } = *count;
            told.due = told.due.saturating_add(due);
            told.stay = told.stay.saturating_add(all.saturating_sub(due));
            if let Some((first, last)) = received {
                let (first, last) = (day_of(first), day_of(last));
                told.stores.push(StoreCounted { store: store.0, rows: due, first, last });
            }
        }
        let open = before.iter().filter(|row| !row.finished);
        told.unfinished = open
            .map(|row| Deed {
                store: Some(row.store.0),
                at: time_of(row.done.at_ms),
                who: row.done.who.clone(),
            })
            .collect();
        told
    }

    /// As a command ends that did all of it, or that is to be run again.
    pub fn ending(&self) -> Ending {
        Ending::fine_if(self.state != "stopped")
    }
}

impl fmt::Display for SealedDestroyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, due, destroyed, stay, .. } = self;
        if let Some(Deed { at, who, .. }) = &self.undone {
            writeln!(
                f,
                "This database was put back to an older copy: it knows nothing of what {who} \
                 destroyed at {at}, and has those rows again. What the rule takes of them is \
                 counted here; running this again with --yes is enough."
            )?;
        }
        for Deed { at, who, .. } in &self.unfinished {
            writeln!(
                f,
                "What {who} destroyed at {at} was not finished: its bytes may still stand in the \
                 database's files. The next run with --yes that comes to its end finishes it."
            )?;
        }
        let sooner = if self.early { ", sooner than is kept by the rule" } else { "" };
        writeln!(
            f,
            "Sealed data of checks and names that came to central before {before}{sooner}:"
        )?;
        for StoreCounted { store, rows, first, last } in &self.stores {
            writeln!(f, "  store {store:<6} {rows:>9} rows, received {first} to {last}")?;
        }
        if self.stores.is_empty() {
            writeln!(f, "  none")?;
        }
        let (who, reason) =
            (self.who.as_deref().unwrap_or_default(), self.reason.as_deref().unwrap_or_default());
        match self.state {
            "destroyed" => write!(
                f,
                "{destroyed} rows were destroyed by {who}: {reason}. {stay} younger ones stay. No \
                 record and no money was touched, and every hash verifies as before. Backups, \
                 archives and replicas of the database hold the rows until they run out; a central \
                 that is put back to one has them again, and then this is run again."
            ),
            "stopped" => write!(
                f,
                "Stopped: {destroyed} of {due} rows were destroyed by {who}: {reason}. Their bytes \
                 may still stand in the database's files. Run it again with --yes: it goes on \
                 where it is."
            ),
            _ if *due == 0 => {
                write!(f, "Nothing is to be destroyed; {stay} younger rows stay.")
            }
            _ => write!(
                f,
                "{due} rows would be destroyed, for good; {stay} younger ones stay. If a check of \
                 them comes back, nobody can tell whose account it was; records and money are not \
                 touched. Nothing was destroyed: --yes and --why TEXT do it, signed with a token \
                 of 'it-token'."
            ),
        }
    }
}
