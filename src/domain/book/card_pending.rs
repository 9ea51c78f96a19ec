//! Sales that a card may have paid, of all registers: which are open, and how each was closed.
//!
//! ```text
//!  SaleSuspended, CARD_PENDING ─▶ open ─▶ CardPendingClosed            once: as it should be
//!         │ taken up                └───▶ at 1 and at 2, or closed one way and paid another:
//!         └─▶ Sale with its case ───────▶ an exception
//! ```
//!
//! A case is known by the record that first put its sale aside; what names it may be heard first.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::domain::card_pending::{Ending, TerminalRef};
use crate::domain::event::Event;
use crate::domain::ids::{PersonId, RecordRef, RegisterNo, SaleNo};
use crate::domain::money::Money;
use crate::domain::sale::LinkKind;
use crate::domain::time::Timestamp;

/// One time that the sale of a case was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The register.
    pub register: RegisterNo,
    /// When.
    pub at: Timestamp,
    /// The number on its slip.
    pub slip: u32,
    /// What it would have cost.
    pub total: Money,
    /// The terminal's reference.
    pub terminal: Option<TerminalRef>,
}

/// A sale that took money for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The register.
    pub register: RegisterNo,
    /// Its record.
    pub at_record: RecordRef,
    /// When.
    pub at: Timestamp,
    /// The number on its receipt.
    pub number: SaleNo,
}

/// An ending of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The register.
    pub register: RegisterNo,
    /// When.
    pub at: Timestamp,
    /// Who stood behind it: the manager who signed, or whoever recorded it.
    pub by: Option<PersonId>,
    /// How.
    pub ending: Ending,
}

/// All cases of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardPendings {
    aside: BTreeMap<RecordRef, BTreeMap<RecordRef, Pending>>,
    collected: BTreeMap<RecordRef, BTreeMap<RecordRef, Collected>>,
    /// Sales that were taken back as a whole.
    voided: BTreeSet<RecordRef>,
    closed: BTreeMap<RecordRef, BTreeMap<RecordRef, Closed>>,
}

impl CardPendings {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let Origin { register, at_record, at, .. } = *origin;
        match event {
            Event::SaleSuspended(sale) => {
                let Some(case) = sale.case(at_record) else { return };
                let terminal = sale.terminal().cloned();
                let (slip, total) = (sale.slip, sale.total);
                let aside = Pending { register, at, slip, total, terminal };
                self.aside.entry(case).or_default().insert(at_record, aside);
            }
            Event::Sale(sale) | Event::Refund(sale) => {
                let Some(case) = sale.terms.card_pending else { return };
                let number = sale.number;
                let collected = Collected { register, at_record, at, number };
                self.collected.entry(case).or_default().insert(at_record, collected);
            }
            Event::Void(sale) => {
                let void = sale.terms.link.as_ref().filter(|link| link.kind == LinkKind::Void);
                let sale = void.map(|link| RecordRef { epoch: link.epoch, seq: link.seq });
                self.voided.extend(sale);
            }
            Event::CardPendingClosed(closed) => {
                let by = closed.approval.as_ref().map(|one| one.by.clone());
                let by = by.or_else(|| origin.by.clone());
                let ending = Closed { register, at, by, ending: closed.ending };
                self.closed.entry(closed.case).or_default().insert(at_record, ending);
            }
            _ => {}
        }
    }

    /// How the sale of a case was put aside, the last time.
    pub fn of(&self, case: RecordRef) -> Option<&Pending> {
        let all = self.aside.get(&case)?;
        all.iter().max_by_key(|(record, aside)| (aside.at.utc_ms, **record)).map(|(_, one)| one)
    }

    /// Sales that took money for a case and were not taken back, the first one first.
    pub fn collected(&self, case: RecordRef) -> Vec<Collected> {
        let of = self.collected.get(&case).into_iter().flat_map(BTreeMap::values).copied();
        let mut standing: Vec<_> = of.filter(|one| !self.voided.contains(&one.at_record)).collect();
        standing.sort_by_key(|one| (one.at.utc_ms, one.at_record));
        standing
    }

    /// How a case was closed, the first ending first.
    pub fn endings(&self, case: RecordRef) -> Vec<&Closed> {
        let mut all: Vec<_> = self.closed.get(&case).into_iter().flatten().collect();
        all.sort_by_key(|(record, closed)| (closed.at.utc_ms, **record));
        all.into_iter().map(|(_, closed)| closed).collect()
    }

    /// The cases that nobody closed, the oldest first.
    pub fn open(&self) -> Vec<(RecordRef, &Pending)> {
        let open = self.aside.keys().filter(|case| !self.closed.contains_key(case));
        let mut open: Vec<_> = open.filter_map(|case| Some((*case, self.of(*case)?))).collect();
        open.sort_by_key(|(case, aside)| (aside.at.utc_ms, *case));
        open
    }

    /// The cases that were closed and are known here, the newest first.
    pub fn closed(&self) -> Vec<(RecordRef, &Pending, Vec<&Closed>)> {
        let closed = self.closed.keys();
        let mut closed: Vec<_> =
            closed.filter_map(|case| Some((*case, self.of(*case)?, self.endings(*case)))).collect();
        closed.sort_by_key(|(case, aside, _)| (std::cmp::Reverse(aside.at.utc_ms), *case));
        closed
    }

    /// Cases that don't have exactly one account of themselves: closed more than once, paid more
    /// than once, or closed as if no sale had taken money though one did.
    pub fn disputed(&self) -> Vec<RecordRef> {
        let cases: BTreeSet<RecordRef> =
            self.closed.keys().chain(self.collected.keys()).copied().collect();
        cases.into_iter().filter(|case| self.is_disputed(*case)).collect()
    }

    fn is_disputed(&self, case: RecordRef) -> bool {
        let (endings, collected) = (self.endings(case), self.collected(case));
        let without_sale =
            endings.iter().any(|one| !matches!(one.ending, Ending::CashCardReversed { .. }));
        endings.len() > 1 || collected.len() > 1 || (without_sale && !collected.is_empty())
    }
}
