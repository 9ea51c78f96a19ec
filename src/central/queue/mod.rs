//! The queue over all stores, for IT: how far each register's records have come, what stands in
//! the way, by root cause, and what a person of IT has done about it.
//!
//! ```text
//!  announced ─▶ received ─▶ in the totals ─▶ handed over, target by target
//!      └ still out  └ parked      └ held by a finding      └ refused, unknown, different
//!
//!  GET  /queue?store=&target= ─▶ Queue ─▶ page, or JSON          drawn anew each time
//!  GET  /queue?cause=         ─▶ one root cause, record by record, with its form
//!  POST /queue/amend          ─▶ token of IT ─▶ amendments, signed (register 0) ─▶ ledger
//! ```
//!
//! Nothing is edited: an amendment is a record beside the records it is about. What hands over is
//! `export::run`; nothing is sent from here.

mod act;
mod cause_page;
mod causes;
mod page;
pub mod tokens;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, StoreNo};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::reconcile::packs::PackView;

use super::close::OWN_REGISTER;
use super::door::Door;
use super::export::ledger::{State, TargetName};
use super::manager::Said;
use super::store::{ExceptionGroup, GROUPS_MAX, JournalRow, Store, StoreError};

pub(super) use act::Acted;
use causes::Cause;

/// What the pages of the queue need.
pub(super) struct Queues {
    pub(super) door: Arc<Door>,
    pub(super) packs: Arc<dyn PackView>,
    /// Where the tokens of IT and the lock of hand-overs lie.
    pub(super) folder: PathBuf,
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// One store, or all.
    pub(super) store: Option<StoreNo>,
    /// One target, or all.
    pub(super) target: Option<String>,
}

/// The queue as it stands now.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Queue {
    /// One a journal.
    pub(super) registers: Vec<Register>,
    /// The other systems.
    pub(super) targets: Vec<Target>,
    /// What stands in the way, the gravest first.
    pub(super) causes: Vec<Cause>,
    /// Root causes of findings that hold records back, or have to be looked at, by store.
    pub(super) findings: BTreeMap<u32, usize>,
    /// More root causes were found than are told.
    pub(super) more_findings: bool,
    /// More records are in the way than were read.
    pub(super) more: bool,
}

/// A register's journal, and how far it has come. Money in minor units.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Register {
    pub(super) store: u32,
    pub(super) register: u16,
    pub(super) epoch: String,
    pub(super) announced: u64,
    pub(super) received: u64,
    pub(super) projected: u64,
    /// Records that wait for others before them.
    pub(super) parked: u64,
    /// Announced and not here.
    pub(super) still_out: u64,
    pub(super) money_out: i64,
    /// When it was last heard of, in milliseconds since 1970.
    pub(super) last_seen_ms: i64,
    /// One a target.
    pub(super) posted: Vec<Posted>,
}

/// How far a journal has come at a target.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Posted {
    pub(super) target: String,
    /// Records below it were looked at: each is handed over, open below, or nothing it takes.
    pub(super) looked_at: u64,
    /// By state, what is not handed over.
    pub(super) open: BTreeMap<&'static str, u64>,
}

/// Another system.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Target {
    pub(super) target: String,
    pub(super) disabled: Option<String>,
    /// It is asked what it has before anything is sent.
    pub(super) look_first: bool,
    /// By state, over all stores.
    pub(super) records: BTreeMap<&'static str, u64>,
}

type OpenCounts = BTreeMap<JournalId, BTreeMap<&'static str, u64>>;

/// What is kept of one target.
struct Kept {
    target: Target,
    marks: BTreeMap<JournalId, u64>,
    open: OpenCounts,
}

impl Register {
    /// Everything that was announced is here and in the totals, and nothing is open elsewhere.
    pub(super) fn is_done(&self) -> bool {
        let posted = |one: &Posted| one.open.is_empty() && one.looked_at >= self.projected;
        self.still_out == 0 && self.projected >= self.received && self.posted.iter().all(posted)
    }
}

impl Queues {
    /// The queue as it stands now.
    pub(super) fn now(&self, wanted: &Wanted) -> Result<Queue, StoreError> {
        let groups = self.door.exceptions(wanted.store)?;
        let wanted = wanted.clone();
        self.door.reader.call(move |store| read(store, &wanted, &groups))
    }

    /// The queue as JSON.
    pub(super) fn json(&self, wanted: &Wanted) -> Result<String, StoreError> {
        let queue = self.now(wanted)?;
        serde_json::to_string(&queue).map_err(|why| StoreError::Unfit(why.to_string()))
    }

    /// The page of all that is asked for.
    pub(super) fn page(&self, wanted: &Wanted, said: &Said) -> Result<String, StoreError> {
        Ok(page::html(&self.now(wanted)?, wanted, self, said))
    }

    /// The page of one root cause; none where there is none of that name any more.
    pub(super) fn cause(
        &self,
        wanted: &Wanted,
        name: &str,
        said: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let queue = self.now(wanted)?;
        let cause = queue.causes.iter().find(|cause| cause.name == name);
        Ok(cause.map(|cause| cause_page::html(cause, wanted, self, said)))
    }

    /// A store by its name.
    fn name(&self, store: u32) -> String {
        let facts = self.packs.store(StoreNo(store));
        facts.map_or_else(|| format!("Store {store}"), |facts| format!("{store} · {}", facts.name))
    }

    /// A time as this machine's clock shows it, to the minute.
    fn time(&self, utc_ms: i64) -> String {
        let offset = self.door.clock.now().offset_min;
        let at = Timestamp::new(utc_ms, offset).map(|at| at.to_string()).unwrap_or_default();
        at.get(..16).unwrap_or_default().replace('T', " ")
    }
}

fn read(
    store: &mut dyn Store,
    wanted: &Wanted,
    groups: &[ExceptionGroup],
) -> Result<Queue, StoreError> {
    let asked = |journal: &JournalId| {
        journal.register != OWN_REGISTER && wanted.store.is_none_or(|one| one == journal.store)
    };
    let rows = store.journals(wanted.store)?;
    let mut findings: BTreeMap<u32, usize> = BTreeMap::new();
    for group in groups.iter().filter(|group| group.level != "info") {
        let count = findings.entry(group.store.0).or_default();
        *count = count.saturating_add(1);
    }
    let mut kept = Vec::new();
    let (mut causes, mut more) = (Vec::new(), false);
    let ledger = store.hand_overs();
    for name in ledger.targets()? {
        if wanted.target.as_ref().is_some_and(|one| one != name.as_str()) {
            continue;
        }
        kept.push(kept_of(ledger, &name)?);
        more |= causes::of(ledger, &name, wanted.store, groups, &mut causes)?;
    }
    causes::rank(&mut causes);
    let registers = rows.iter().filter(|row| asked(&row.journal));
    Ok(Queue {
        registers: registers.map(|row| register(row, &kept)).collect(),
        targets: kept.into_iter().map(|one| one.target).collect(),
        causes,
        findings,
        more_findings: groups.len() >= GROUPS_MAX,
        more,
    })
}

fn kept_of(
    ledger: &mut dyn super::export::ledger::HandOvers,
    name: &TargetName,
) -> Result<Kept, StoreError> {
    let row = ledger.target(name)?;
    let counts = ledger.state_counts(name)?;
    let mut open: OpenCounts = BTreeMap::new();
    for (journal, state, count) in ledger.open_counts(name)? {
        open.entry(journal).or_default().insert(state.word(), count);
    }
    let marks = ledger.marks(name)?.into_iter().map(|(journal, seq)| (journal, seq.0)).collect();
    let target = Target {
        target: name.to_string(),
        look_first: row.as_ref().is_some_and(|row| row.look_first),
        disabled: row.and_then(|row| row.disabled),
        records: counts.iter().map(|count| (count.state.word(), count.rows)).collect(),
    };
    Ok(Kept { target, marks, open })
}

fn register(row: &JournalRow, kept: &[Kept]) -> Register {
    let net = |of: Lifetime| of.takings.minus(of.payouts).unwrap_or_default();
    let received = row.position.next_seq.0;
    let still_out = row.expected_next.0.saturating_sub(received);
    let money_out = if still_out == 0 {
        Money::ZERO
    } else {
        net(row.expected).minus(net(row.received)).unwrap_or_default()
    };
    let posted = |one: &Kept| Posted {
        target: one.target.target.clone(),
        looked_at: one.marks.get(&row.journal).copied().unwrap_or_default(),
        open: one.open.get(&row.journal).cloned().unwrap_or_default(),
    };
    Register {
        store: row.journal.store.0,
        register: row.journal.register.0,
        epoch: row.journal.epoch.to_string(),
        announced: row.expected_next.0.max(received),
        received,
        projected: row.projected.0,
        parked: row.parked,
        still_out,
        money_out: money_out.minor(),
        last_seen_ms: row.last_seen,
        posted: kept.iter().map(posted).collect(),
    }
}

/// A state as people say it.
const fn says(state: State) -> &'static str {
    match state {
        State::Held => "held for a manager",
        State::Pending => "to be handed over",
        State::Sent => "under way",
        State::Confirmed => "handed over",
        State::Unknown => "no answer",
        State::Refused => "refused",
        State::Different => "another one there",
    }
}
