//! Central's totals beside the ledgers', minute by minute while central answers: does everything
//! arrive, and how soon.

use std::collections::BTreeMap;

use crate::domain::event::Event;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::record::{Envelope, Line};
use crate::ledger::Reader;
use crate::reconcile::totals::Totals;

use super::lane::Lane;
use super::play::DrillError;
use super::report::{CentralSums, SumsEntry};

/// What was seen, minute by minute.
#[derive(Clone, Debug, Default)]
pub struct Minutes {
    next: BTreeMap<JournalId, Seq>,
    sums: Totals,
    /// How often central was asked.
    pub looks: u64,
    /// The first minutes at which the totals were not the same, in words.
    pub differences: Vec<String>,
    /// The longest time from sending to the same totals at central, in milliseconds.
    pub slowest_ms: u64,
}

/// The sums with what a line sold.
fn plus(sums: Totals, line: &Line) -> Totals {
    let envelope = Envelope::read(line.bytes()).ok();
    let event = envelope.and_then(|envelope| envelope.event().ok());
    match event.as_ref().and_then(Event::sale) {
        Some(sale) => sums.clone().plus_sale(sale).unwrap_or(sums),
        None => sums,
    }
}

/// The most minutes that are told one by one.
const DIFFERENCES_MAX: usize = 10;

impl Minutes {
    /// Reads what a register recorded since the last look.
    ///
    /// # Errors
    /// [`DrillError`] when its journal can't be read.
    pub fn catch_up(&mut self, lane: &Lane) -> Result<(), DrillError> {
        let reader = Reader::open(&lane.data.place(&lane.data.settings()?))?;
        for journal in reader.journals()? {
            let from = self.next.entry(journal.id).or_insert(Seq(0));
            loop {
                let lines = reader.lines(&journal, *from, 1_000, 4 * 1024 * 1024)?;
                if lines.is_empty() {
                    break;
                }
                for line in &lines {
                    *from = from.next();
                    self.sums = plus(std::mem::take(&mut self.sums), line);
                }
            }
        }
        Ok(())
    }

    /// Sales, refunds and voids so far.
    pub const fn count(&self) -> u64 {
        self.sums.sales.saturating_add(self.sums.refunds)
    }

    /// Notes what central said, and how long it took.
    pub fn looked(&mut self, minute: u32, central: &CentralSums, took_ms: u64) {
        self.looks = self.looks.saturating_add(1);
        self.slowest_ms = self.slowest_ms.max(took_ms);
        let (ours, theirs) = (SumsEntry::from(&self.sums), SumsEntry::from(central));
        if ours != theirs && self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(format!(
                "minute {minute}: cash {} and checks {} here, {} and {} at central",
                ours.cash, ours.checks, theirs.cash, theirs.checks
            ));
        }
    }
}
