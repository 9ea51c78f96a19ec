//! One run: everything that is due for a target is handed over, and what came of it is kept.
//!
//! ```text
//!  plan     records that are new ─▶ rows: unknown where the target can be asked, or else pending;
//!           held while an exception holds them
//!  resolve  rows that are uncertain ─▶ look ─▶ confirmed, pending, different, or unknown still
//!  hand     pending ─▶ sent (kept first) ─▶ deliver ─▶ confirmed, refused, or look
//! ```
//!
//! A run may be cut off anywhere, by SIGKILL too; the next one begins with what is uncertain.

use serde::Serialize;

use crate::device::clock::Clock;

use super::super::store::{Store, StoreError};
use super::decided::Decided;
use super::entries::{self, RECORDS_A_READ};
use super::ledger::{HandOver, Order, State, Step};
use super::{Adapter, Entry, NotRead, Outcome, Seen};

/// Rows that are marked as sent at a time: as many are asked about after a crash.
const ROWS_AT_ONCE: usize = 50;
/// How often one delivery is tried when the target says nothing.
const TRIES_MAX: u32 = 4;
/// Deliveries in a row without any answer, after which a run ends.
const SILENT_MAX: u32 = 3;
/// Refusals in a row after which a run ends: it is not the records that are wrong.
const REFUSED_MAX: u32 = 20;
/// The shortest and longest wait a target may ask for, in milliseconds.
const BUSY_MS: (u64, u64) = (1_000, 15 * 60 * 1_000);

/// What a run needs from outside.
pub struct Around<'a> {
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Waits so many milliseconds, or until it is to stop.
    pub wait: &'a mut dyn FnMut(u64),
    /// True when it is to stop after what is begun.
    pub stop: &'a dyn Fn() -> bool,
    /// Hears how many entries were handed over, after each delivery.
    pub progress: &'a mut dyn FnMut(u64),
}

/// How a run goes about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// At most so many entries a second; as fast as the target takes them while none is given.
    pub per_second: Option<u32>,
    /// Send again what can't be asked about. Only for targets that take a record twice as once.
    pub resend_unknown: bool,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "end", content = "why")]
pub enum End {
    /// Everything due was handed over, or set aside for a person.
    Done,
    /// It was told to.
    Stopped,
    /// The target needs a person, does not answer, or wants nothing any more.
    Target(String),
}

/// What a run did, in entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handed {
    /// Handed over now.
    pub handed: u64,
    /// Of those that were uncertain: the target had them.
    pub found: u64,
    /// Of those that were uncertain: the target did not have them, so they were sent.
    pub missing: u64,
    /// Why it ended.
    pub end: End,
}

/// A run that could not go on; what was handed over is in the ledger.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The target can't be read back, so what is uncertain stays so.
    #[error(
        "the target could not be asked what it has ({0}); nothing uncertain was sent again. \
         Mend that and run it again"
    )]
    NotRead(#[from] NotRead),
    /// Somebody else hands over by now.
    #[error(
        "the turn to hand over is lost: another command took it, or the database was restored; \
         this one sent nothing more. Run it again: what was under way is asked about first"
    )]
    TurnLost,
    /// It was switched off.
    #[error(
        "{target} is switched off: {why}. Nothing was sent. Once it is right, switch it on with \
         'tideover central exports --enable {target}'"
    )]
    Disabled {
        /// The target.
        target: String,
        /// Why.
        why: String,
    },
}

/// Adds a row for each record that is new and that the target takes.
///
/// # Errors
/// [`StoreError`].
pub fn plan(
    store: &mut dyn Store,
    adapter: &dyn Adapter,
    decided: &Decided,
    now_ms: i64,
) -> Result<u64, StoreError> {
    let target = adapter.target().clone();
    let row = store.hand_overs().open_target(&target)?;
    // The target may have been handed some by this ledger before it was restored from an older
    // copy, or under another name: where it can be asked, it is.
    let looks = row.look_first || adapter.can_look();
    let fresh = if looks { State::Unknown } else { State::Pending };
    let mut planned = 0_u64;
    for reach in entries::reaches(store)? {
        let mut from = store.hand_overs().planned(&target, &reach.journal)?;
        if from >= reach.end {
            continue;
        }
        let held = decided.held_back(store, &reach.journal)?;
        while from < reach.end {
            let step = u64::try_from(RECORDS_A_READ).unwrap_or(u64::MAX);
            let to = from.0.saturating_add(step).min(reach.end.0);
            let to = crate::domain::ids::Seq(to);
            let read = entries::stretch(store, &reach.journal, from, to, None)?;
            let taken = read.iter().filter(|entry| adapter.takes(&entry.event));
            let rows: Vec<HandOver> = taken
                .map(|entry| HandOver {
                    journal: reach.journal,
                    seq: entry.seq(),
                    hash: entry.hash,
                    date: entry.header.date,
                    state: if held.contains(&entry.seq()) { State::Held } else { fresh },
                    attempts: 0,
                    changed_ms: now_ms,
                    note: String::new(),
                })
                .collect();
            planned = planned.saturating_add(u64::try_from(rows.len()).unwrap_or(0));
            store.hand_overs().plan(&target, &reach.journal, &rows, to)?;
            from = to;
        }
    }
    release(store, adapter, decided, now_ms, fresh)?;
    Ok(planned)
}

/// Lets go what no exception holds back any more, or what a person decided about.
fn release(
    store: &mut dyn Store,
    adapter: &dyn Adapter,
    decided: &Decided,
    now_ms: i64,
    to: State,
) -> Result<(), StoreError> {
    let target = adapter.target();
    let mut after = None;
    loop {
        let rows = store.hand_overs().open_rows(target, &[State::Held], after, RECORDS_A_READ)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some((last.journal, last.seq));
        for run in rows.chunk_by(|one, next| one.journal == next.journal) {
            let Some(first) = run.first() else { continue };
            let held = decided.held_back(store, &first.journal)?;
            let trust = store.trust(&first.journal)?;
            let counts = |row: &&HandOver| trust.is_none_or(|trust| row.seq < trust.length);
            let free = run.iter().filter(counts).filter(|row| !held.contains(&row.seq));
            let mut steps: Vec<Step> = free.map(|row| row.to(to, "")).collect();
            // What waited for a second person waits no longer once it was decided.
            if trust.is_some_and(|trust| trust.decided) {
                let apart = run.iter().filter(|row| !counts(row) && row.note == held_since(false));
                steps.extend(apart.map(|row| row.to(State::Held, held_since(true))));
            }
            store.hand_overs().step(target, &steps, now_ms)?;
        }
    }
}

/// A run at one target.
pub struct Run<'a, 'b> {
    store: &'a mut dyn Store,
    adapter: &'a mut dyn Adapter,
    around: &'a mut Around<'b>,
    manner: Manner,
    decided: &'a Decided,
    handed: Handed,
    began_ms: u64,
    silent: u32,
    refused: u32,
}

/// Hands over everything that is due.
///
/// # Errors
/// [`RunError`]; what was done before is kept.
pub fn run(
    store: &mut dyn Store,
    adapter: &mut dyn Adapter,
    around: &mut Around<'_>,
    manner: Manner,
    decided: &Decided,
) -> Result<Handed, RunError> {
    let now_ms = around.clock.now().utc_ms;
    let target = adapter.target().clone();
    if !store.hand_overs().keep_turn()? {
        return Err(RunError::TurnLost);
    }
    if let Some(why) = store.hand_overs().open_target(&target)?.disabled {
        return Err(RunError::Disabled { target: target.to_string(), why });
    }
    plan(store, adapter, decided, now_ms)?;
    let began_ms = around.clock.mono_ms();
    let handed = Handed { handed: 0, found: 0, missing: 0, end: End::Done };
    let (silent, refused) = (0, 0);
    let mut run =
        Run { store, adapter, around, manner, decided, handed, began_ms, silent, refused };
    run.resolve()?;
    run.hand_over()?;
    Ok(run.handed)
}

impl Run<'_, '_> {
    /// Asks the target about every row that is uncertain.
    fn resolve(&mut self) -> Result<(), RunError> {
        let mut after = None;
        loop {
            if (self.around.stop)() {
                self.handed.end = End::Stopped;
                return Ok(());
            }
            let target = self.adapter.target().clone();
            let uncertain = [State::Sent, State::Unknown];
            let rows =
                self.store.hand_overs().open_rows(&target, &uncertain, after, RECORDS_A_READ)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.journal, last.seq));
            self.let_settle(&rows);
            let entries = entries::of_rows(self.store, &rows)?;
            let seen = self.adapter.look(&entries)?;
            let mut steps = Vec::with_capacity(rows.len());
            for (entry, seen) in entries.iter().zip(seen) {
                let row = rows.iter().find(|row| same_place(row, entry));
                steps.extend(row.map(|row| self.settled(row, seen)));
            }
            self.keep(&steps)?;
        }
    }

    /// What is still under way may arrive: a target is not believed too early.
    fn let_settle(&mut self, rows: &[HandOver]) {
        let settle = self.adapter.settle_ms();
        let sent = rows.iter().filter(|row| row.attempts > 0).map(|row| row.changed_ms).max();
        let Some(sent) = sent else { return };
        let passed = self.around.clock.now().utc_ms.saturating_sub(sent);
        // A clock that was set back must not make it wait for hours.
        let left = settle.saturating_sub(u64::try_from(passed).unwrap_or(0)).min(settle);
        if left > 0 {
            (self.around.wait)(left);
        }
    }

    fn settled(&mut self, row: &HandOver, seen: Seen) -> Step {
        match seen {
            Seen::Same => {
                self.handed.found = self.handed.found.saturating_add(1);
                row.to(State::Confirmed, "the target had it")
            }
            Seen::Absent => {
                let tried = u64::from(row.attempts > 0);
                self.handed.missing = self.handed.missing.saturating_add(tried);
                row.to(State::Pending, "")
            }
            Seen::Different(why) => row.to(State::Different, &why),
            Seen::CantTell(_) if self.manner.resend_unknown => row.to(State::Pending, ""),
            Seen::CantTell(why) => row.to(State::Unknown, &why),
        }
    }

    /// Hands over what is pending, until none is left.
    fn hand_over(&mut self) -> Result<(), RunError> {
        while self.handed.end == End::Done {
            let (target, order) = (self.adapter.target().clone(), self.adapter.order());
            let count = ROWS_AT_ONCE.max(self.adapter.delivery_max());
            let rows = self.store.hand_overs().pending_rows(&target, order, count)?;
            let Some(first) = rows.first().cloned() else { return Ok(()) };
            let together = |row: &&HandOver| match order {
                Order::Journals => row.journal == first.journal,
                Order::StoreDays => {
                    (row.journal.store, row.date) == (first.journal.store, first.date)
                }
            };
            let rows: Vec<HandOver> = rows.iter().take_while(together).cloned().collect();
            let rows = self.counted(rows)?;
            if rows.is_empty() {
                continue;
            }
            if (self.around.stop)() {
                self.handed.end = End::Stopped;
                return Ok(());
            }
            let mut entries = entries::of_rows(self.store, &rows)?;
            for entry in &mut entries {
                entry.amended = self.decided.change(&target, entry);
            }
            let by_hand = |entry: &Entry| self.decided.by_hand(&target, entry);
            let (there, entries): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(by_hand);
            let why = "entered there by hand";
            let done = there.iter().filter_map(|e| rows.iter().find(|row| same_place(row, e)));
            let done: Vec<Step> = done.map(|row| row.to(State::Confirmed, why)).collect();
            self.keep(&done)?;
            let rows: Vec<HandOver> = rows
                .into_iter()
                .filter(|row| !there.iter().any(|entry| same_place(row, entry)))
                .collect();
            let lost = rows.iter().filter(|row| !entries.iter().any(|e| same_place(row, e)));
            let why = "central's record in this place is another one, or can't be read";
            let lost: Vec<Step> = lost.map(|row| row.to(State::Refused, why)).collect();
            self.keep(&lost)?;
            self.page(&entries, &rows)?;
        }
        Ok(())
    }

    /// The rows that may go out; those that stand apart since their key was revoked are held.
    fn counted(&mut self, rows: Vec<HandOver>) -> Result<Vec<HandOver>, RunError> {
        let mut free = Vec::with_capacity(rows.len());
        let mut held = Vec::new();
        for run in rows.chunk_by(|one, next| one.journal == next.journal) {
            let Some(first) = run.first() else { continue };
            let trust = self.store.trust(&first.journal)?;
            for row in run {
                if trust.is_none_or(|trust| row.seq < trust.length) {
                    free.push(row.clone());
                } else {
                    let decided = trust.is_none_or(|trust| trust.decided);
                    held.push(row.to(State::Held, held_since(decided)));
                }
            }
        }
        self.keep(&held)?;
        Ok(free)
    }

    /// Marks a page as being sent, then delivers it piece by piece.
    fn page(&mut self, entries: &[Entry], rows: &[HandOver]) -> Result<(), RunError> {
        let row_of = |entry: &Entry| rows.iter().find(|row| same_place(row, entry));
        let sent = entries.iter().filter_map(row_of).map(|row| row.to(State::Sent, ""));
        let sent: Vec<Step> = sent.collect();
        self.keep(&sent)?;
        let mut steps: Vec<Step> = Vec::with_capacity(entries.len());
        for piece in entries.chunks(self.delivery_max()) {
            let (state, note) = if self.handed.end == End::Done {
                self.piece(piece)?
            } else {
                (State::Pending, String::new())
            };
            steps.extend(piece.iter().filter_map(row_of).map(|row| row.to(state, &note)));
            if (self.around.stop)() && self.handed.end == End::Done {
                self.handed.end = End::Stopped;
            }
        }
        self.keep(&steps)
    }

    /// Slow hand-overs go in small deliveries; a list of a day stays one list.
    fn delivery_max(&self) -> usize {
        let most = self.adapter.delivery_max().max(1);
        match (self.adapter.order(), self.manner.per_second) {
            (Order::Journals, Some(rate)) => most.min(usize::try_from(rate).unwrap_or(most)).max(1),
            _ => most,
        }
    }

    /// Delivers a piece, again where the target asks for it; tells what is known in the end.
    fn piece(&mut self, piece: &[Entry]) -> Result<(State, String), RunError> {
        let count = u64::try_from(piece.len()).unwrap_or(0);
        for attempt in 0..TRIES_MAX {
            let mut outcome = self.deliver_when_free(piece)?;
            if let Outcome::Unknown(why) = outcome {
                let backoff = 1_000_u64.saturating_mul(1_u64 << attempt);
                (self.around.wait)(self.adapter.settle_ms().max(backoff));
                outcome = self.look_after(piece, why);
            }
            match outcome {
                Outcome::Delivered => {
                    (self.silent, self.refused) = (0, 0);
                    self.handed.handed = self.handed.handed.saturating_add(count);
                    (self.around.progress)(self.handed.handed);
                    self.keep_pace();
                    return Ok((State::Confirmed, String::new()));
                }
                Outcome::Refused(why) => {
                    self.refused = self.refused.saturating_add(1);
                    self.silent = 0;
                    if self.refused >= REFUSED_MAX {
                        self.handed.end = End::Target(format!(
                            "it refused {REFUSED_MAX} records in a row, the last one with: {why}"
                        ));
                    }
                    return Ok((State::Refused, why));
                }
                // The target was asked, and does not have it.
                Outcome::Busy(_) if (self.around.stop)() => break,
                Outcome::Busy(_) => {}
                Outcome::Unknown(why) => {
                    self.silent = self.silent.saturating_add(1);
                    if self.silent >= SILENT_MAX {
                        self.handed.end = End::Target(format!("it does not answer: {why}"));
                    }
                    return Ok((State::Unknown, why));
                }
                Outcome::Closed(why) => {
                    self.handed.end = End::Target(why.clone());
                    return Ok((State::Pending, why));
                }
                Outcome::Gone(why) => {
                    let target = self.adapter.target().clone();
                    self.store.hand_overs().disable(&target, Some(&why))?;
                    self.handed.end = End::Target(format!("it was switched off: {why}"));
                    return Ok((State::Pending, why));
                }
            }
        }
        if (self.around.stop)() {
            self.handed.end = End::Stopped;
        } else {
            self.handed.end = End::Target("it does not keep what it is given".to_owned());
        }
        Ok((State::Pending, String::new()))
    }

    /// Delivers, and waits as long as the target asks to.
    fn deliver_when_free(&mut self, piece: &[Entry]) -> Result<Outcome, RunError> {
        loop {
            if !self.store.hand_overs().keep_turn()? {
                return Err(RunError::TurnLost);
            }
            match self.adapter.deliver(piece) {
                Outcome::Busy(ms) if !(self.around.stop)() => {
                    (self.around.wait)(ms.clamp(BUSY_MS.0, BUSY_MS.1));
                }
                other => return Ok(other),
            }
        }
    }

    /// Nobody answered: what does the target have? `Busy` stands for "none of it".
    fn look_after(&mut self, piece: &[Entry], why: String) -> Outcome {
        let Ok(seen) = self.adapter.look(piece) else { return Outcome::Unknown(why) };
        if seen.iter().all(|seen| *seen == Seen::Same) {
            return Outcome::Delivered;
        }
        if seen.iter().all(|seen| *seen == Seen::Absent) {
            return Outcome::Busy(0);
        }
        match seen.into_iter().find(|seen| !matches!(seen, Seen::Same | Seen::Absent)) {
            Some(Seen::Different(other)) => Outcome::Refused(other),
            Some(Seen::CantTell(_)) if self.manner.resend_unknown => Outcome::Busy(0),
            _ => Outcome::Unknown(why),
        }
    }

    /// Waits until the pace allows more.
    fn keep_pace(&mut self) {
        let Some(per_second) = self.manner.per_second.map(u64::from).filter(|n| *n > 0) else {
            return;
        };
        let due = self.handed.handed.saturating_mul(1_000) / per_second;
        let passed = self.around.clock.mono_ms().saturating_sub(self.began_ms);
        let left = due.saturating_sub(passed);
        if left > 0 {
            (self.around.wait)(left);
        }
    }

    fn keep(&mut self, steps: &[Step]) -> Result<(), RunError> {
        if steps.is_empty() {
            return Ok(());
        }
        let (target, now_ms) = (self.adapter.target().clone(), self.around.clock.now().utc_ms);
        Ok(self.store.hand_overs().step(&target, steps, now_ms)?)
    }
}

/// Why a record that stands apart is held: a proposal may still be refused.
const fn held_since(decided: bool) -> &'static str {
    if decided {
        "the register's key is revoked from before it"
    } else {
        "somebody proposed to revoke the register's key from before it, and a second person decides"
    }
}

fn same_place(row: &HandOver, entry: &Entry) -> bool {
    row.journal == entry.journal() && row.seq == entry.seq()
}
