//! What a run would do before it does it: every record that a target takes, compared with what
//! the target holds and with what the ledger says of it. Changes nothing, anywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, Seq};
use crate::domain::money::Money;

use super::super::store::{ExceptionGroup, Store, StoreError};
use super::decided::Decided;
use super::entries::{self, RECORDS_A_READ};
use super::ledger::{HandOver, State, Step};
use super::run::RunError;
use super::{Adapter, Entry, Seen};

/// Differences that are told one by one.
const TOLD_MAX: usize = 20;
/// Root causes that are told.
const CAUSES_MAX: usize = 40;

/// So many records, and the money of their sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Records.
    pub records: u64,
    /// Sales, refunds and voids among them.
    pub sales: u64,
    /// Their totals, in minor units.
    pub total: i64,
    /// Their tax, in minor units.
    pub tax: i64,
}

/// What a register's records are at the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterDiff {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// Its journal.
    pub epoch: String,
    /// The target does not have them; a run hands them over.
    pub new: Amount,
    /// The target has them.
    pub there: Amount,
    /// The target has others in their place; a person decides.
    pub different: Amount,
    /// Held back by an exception.
    pub held: Amount,
    /// The target refused them before; they go again when somebody says so.
    pub refused: Amount,
    /// They may be there, and the target can't be asked.
    pub unknown: Amount,
    /// Of the new ones: the ledger says that the target had them, and it has lost them.
    pub lost: u64,
}

/// How far a run reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Blast {
    /// Stores.
    pub stores: u64,
    /// Registers.
    pub registers: u64,
    /// Sales, refunds and voids.
    pub sales: u64,
    /// Their totals, in minor units.
    pub total: i64,
    /// Different items in them.
    pub items: u64,
    /// The first business date.
    pub from_day: Option<String>,
    /// The last one.
    pub to_day: Option<String>,
}

/// Exceptions of one root, on the records of these stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RootCause {
    /// The store.
    pub store: u32,
    /// The rule's word.
    pub code: String,
    /// How grave.
    pub level: String,
    /// What they share.
    pub cause: String,
    /// How many.
    pub count: u64,
    /// Their amounts, in minor units.
    pub amount: i64,
    /// The first one's words.
    pub text: String,
}

/// A run that was looked at beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The target.
    pub target: String,
    /// Why it is handed nothing; none while it is.
    pub disabled: Option<String>,
    /// One row a journal.
    pub registers: Vec<RegisterDiff>,
    /// Everything that a run hands over.
    pub blast: Blast,
    /// Why something is held back or worth a look.
    pub causes: Vec<RootCause>,
    /// What differs, at most 20 of them in words.
    pub told: Vec<String>,
    /// Records that other branches of forked journals hold; none is handed over.
    pub forked: u64,
    /// What this program reads and an earlier one could not, so that no run looks at it again.
    #[serde(skip)]
    pub passed_by: Vec<HandOver>,
    /// What the ledger says was handed over, and the target has lost.
    #[serde(skip)]
    pub lost: Vec<Step>,
}

/// Where a record stands between here and its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    New,
    Lost,
    There,
    Different,
    Held,
    Refused,
    Unknown,
}

/// Compares; `progress` hears of records that were compared.
///
/// # Errors
/// [`RunError`].
pub fn diff(
    store: &mut dyn Store,
    adapter: &mut dyn Adapter,
    decided: &Decided,
    stop: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(u64),
) -> Result<Diff, RunError> {
    let target = adapter.target().clone();
    let row = store.hand_overs().target(&target)?;
    let look_first = row.as_ref().is_some_and(|row| row.look_first);
    let mut diff = Diff {
        target: target.to_string(),
        disabled: row.and_then(|row| row.disabled),
        registers: Vec::new(),
        blast: Blast::default(),
        causes: Vec::new(),
        told: Vec::new(),
        forked: store.journals(None)?.iter().map(|row| row.forked).sum(),
        lost: Vec::new(),
        passed_by: Vec::new(),
    };
    let mut reach = Reached::default();
    let mut compared = 0_u64;
    for one in entries::reaches(store)? {
        let currency = entries::currency(store, &one.journal)?;
        let held = decided.held_back(store, &one.journal)?;
        let planned = store.hand_overs().planned(&target, &one.journal)?;
        let mut register = RegisterDiff::of(&one.journal);
        let mut from = Seq(0);
        while from < one.end && !stop() {
            let step = u64::try_from(RECORDS_A_READ).unwrap_or(u64::MAX);
            let to = Seq(from.0.saturating_add(step).min(one.end.0));
            let read = entries::stretch(store, &one.journal, from, to, currency.as_deref())?;
            let taken: Vec<Entry> = read.into_iter().filter(|e| adapter.takes(&e.event)).collect();
            let seen = adapter.look(&taken)?;
            let rows = store.hand_overs().rows_of(&target, &one.journal, from, to)?;
            let rows: BTreeMap<Seq, State> = rows.iter().map(|row| (row.seq, row.state)).collect();
            for (entry, seen) in taken.iter().zip(&seen) {
                let known = rows.get(&entry.seq()).copied();
                let standing = match standing(known, seen, held.contains(&entry.seq()), look_first)
                {
                    // The target can't know that it was entered there by hand.
                    Standing::Lost if decided.by_hand(&target, entry) => Standing::There,
                    other => other,
                };
                register.count(standing, entry);
                if standing == Standing::New && known.is_none() && entry.seq() < planned {
                    diff.passed_by.push(HandOver {
                        journal: one.journal,
                        seq: entry.seq(),
                        hash: entry.hash,
                        date: entry.header.date,
                        state: State::Pending,
                        attempts: 0,
                        changed_ms: 0,
                        note: String::new(),
                    });
                }
                if matches!(standing, Standing::New | Standing::Lost) {
                    reach.add(entry);
                }
                if standing == Standing::Lost {
                    diff.lost.push(Step {
                        journal: one.journal,
                        seq: entry.seq(),
                        state: State::Pending,
                        note: "the target had it and has lost it".to_owned(),
                    });
                }
                if let (Seen::Different(why), true) = (seen, diff.told.len() < TOLD_MAX) {
                    diff.told.push(format!("{} record {}: {why}", one.journal, entry.seq()));
                }
            }
            compared = compared.saturating_add(to.0.saturating_sub(from.0));
            progress(compared);
            from = to;
        }
        if register.all().records > 0 {
            diff.registers.push(register);
        }
    }
    let stores: BTreeSet<u32> = diff.registers.iter().map(|register| register.store).collect();
    for number in stores {
        let groups = store.exceptions(Some(crate::domain::ids::StoreNo(number)))?;
        let room = CAUSES_MAX.saturating_sub(diff.causes.len());
        diff.causes.extend(groups.into_iter().take(room).map(root_cause));
    }
    diff.blast = reach.blast();
    Ok(diff)
}

/// Has what a target lost handed over again, and what an earlier program could not read.
///
/// # Errors
/// [`StoreError`].
pub fn reopen_lost(
    store: &mut dyn Store,
    adapter: &dyn Adapter,
    diff: &Diff,
    now_ms: i64,
) -> Result<(), StoreError> {
    let target = adapter.target();
    for run in diff.passed_by.chunk_by(|one, next| one.journal == next.journal) {
        let Some(first) = run.first() else { continue };
        let ledger = store.hand_overs();
        let rows: Vec<HandOver> =
            run.iter().map(|row| HandOver { changed_ms: now_ms, ..row.clone() }).collect();
        let planned = ledger.planned(target, &first.journal)?;
        ledger.plan(target, &first.journal, &rows, planned)?;
    }
    store.hand_overs().step(target, &diff.lost, now_ms)
}

fn standing(known: Option<State>, seen: &Seen, held: bool, look_first: bool) -> Standing {
    match (seen, known) {
        (Seen::Different(_), _) => Standing::Different,
        (Seen::Same, _) => Standing::There,
        (Seen::Absent, Some(State::Refused)) => Standing::Refused,
        (Seen::Absent, Some(State::Confirmed)) => Standing::Lost,
        (Seen::Absent | Seen::CantTell(_), _) if held => Standing::Held,
        (Seen::Absent, _) => Standing::New,
        // A central that was restored does not know what it handed over.
        (Seen::CantTell(_), None | Some(State::Pending | State::Held)) if look_first => {
            Standing::Unknown
        }
        (Seen::CantTell(_), None | Some(State::Pending | State::Held)) => Standing::New,
        (Seen::CantTell(_), Some(State::Confirmed)) => Standing::There,
        (Seen::CantTell(_), Some(State::Refused)) => Standing::Refused,
        (Seen::CantTell(_), Some(State::Different)) => Standing::Different,
        (Seen::CantTell(_), Some(State::Sent | State::Unknown)) => Standing::Unknown,
    }
}

impl RegisterDiff {
    fn of(journal: &JournalId) -> Self {
        Self {
            store: journal.store.0,
            register: journal.register.0,
            epoch: journal.epoch.to_string(),
            new: Amount::default(),
            there: Amount::default(),
            different: Amount::default(),
            held: Amount::default(),
            refused: Amount::default(),
            unknown: Amount::default(),
            lost: 0,
        }
    }

    fn count(&mut self, standing: Standing, entry: &Entry) {
        match standing {
            Standing::Lost => {
                self.lost = self.lost.saturating_add(1);
                self.new.add(entry);
            }
            Standing::New => self.new.add(entry),
            Standing::There => self.there.add(entry),
            Standing::Different => self.different.add(entry),
            Standing::Held => self.held.add(entry),
            Standing::Refused => self.refused.add(entry),
            Standing::Unknown => self.unknown.add(entry),
        }
    }

    /// Everything together.
    pub fn all(&self) -> Amount {
        let parts = [self.new, self.there, self.different, self.held, self.refused, self.unknown];
        parts.into_iter().fold(Amount::default(), Amount::plus)
    }
}

impl Amount {
    fn add(&mut self, entry: &Entry) {
        let sale = entry.event.sale();
        let tax = sale.and_then(|sale| sale.tax().ok()).unwrap_or_default();
        *self = self.plus(Self {
            records: 1,
            sales: u64::from(sale.is_some()),
            total: sale.map_or(0, |sale| sale.total.minor()),
            tax: tax.minor(),
        });
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            records: self.records.saturating_add(other.records),
            sales: self.sales.saturating_add(other.sales),
            total: self.total.saturating_add(other.total),
            tax: self.tax.saturating_add(other.tax),
        }
    }
}

/// What a run reaches, while it is added up.
#[derive(Default)]
struct Reached {
    stores: BTreeSet<u32>,
    registers: BTreeSet<(u32, u16)>,
    items: BTreeSet<ItemCode>,
    days: BTreeSet<String>,
    sales: u64,
    total: Money,
}

impl Reached {
    fn add(&mut self, entry: &Entry) {
        let journal = entry.journal();
        self.stores.insert(journal.store.0);
        self.registers.insert((journal.store.0, journal.register.0));
        self.days.insert(entry.header.date.to_string());
        let lines = match &entry.event {
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                self.sales = self.sales.saturating_add(1);
                self.total = self.total.plus(sale.total).unwrap_or(self.total);
                &sale.lines
            }
            _ => return,
        };
        for line in lines {
            if !self.items.contains(&line.code) {
                self.items.insert(line.code.clone());
            }
        }
    }

    fn blast(self) -> Blast {
        let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        Blast {
            stores: count(self.stores.len()),
            registers: count(self.registers.len()),
            sales: self.sales,
            total: self.total.minor(),
            items: count(self.items.len()),
            from_day: self.days.first().cloned(),
            to_day: self.days.last().cloned(),
        }
    }
}

fn root_cause(group: ExceptionGroup) -> RootCause {
    RootCause {
        store: group.store.0,
        code: group.code,
        level: group.level,
        cause: group.cause,
        count: group.count,
        amount: group.amount,
        text: group.text,
    }
}
