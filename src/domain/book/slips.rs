//! Baskets that were put aside at any register, and where they went on.
//!
//! ```text
//!  SaleSuspended (register 1) ─▶ waits ─▶ SaleResumed at 1, or at 2     once: as it should be
//!                                └──────▶ SaleResumed at 1 and at 2     apart: an exception
//! ```
//!
//! A slip is known by the record that put it aside. Its number is for people: it holds the
//! register's, so that no two registers of a store give the same one.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::domain::event::{Event, SuspendedSale};
use crate::domain::ids::{Epoch, RecordRef, RegisterNo, Seq};
use crate::domain::time::Timestamp;

/// Slips of one register before their numbers begin again.
pub const SLIPS_OF_REGISTER: u32 = 1_000;

/// A basket that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The register that put it aside.
    pub register: RegisterNo,
    /// When.
    pub at: Timestamp,
    /// The basket.
    pub sale: SuspendedSale,
}

/// A basket that went on at more than one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumedTwice {
    /// Its number.
    pub slip: u32,
    /// The records that took it up, with their registers, in the order of the journals.
    pub by: Vec<(RegisterNo, RecordRef)>,
}

/// All slips of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slips {
    waiting: BTreeMap<RecordRef, Waiting>,
    /// The newest slip of a number in a journal.
    newest: BTreeMap<(Epoch, u32), Seq>,
    /// Who took a basket up.
    resumed: BTreeMap<RecordRef, BTreeMap<RecordRef, RegisterNo>>,
    /// The number of each slip that was taken up twice.
    numbers: BTreeMap<RecordRef, u32>,
    /// Cases of cards that were closed: their baskets don't wait any more.
    closed: BTreeSet<RecordRef>,
}

impl Slips {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let RecordRef { epoch, seq } = origin.at_record;
        match event {
            Event::SaleSuspended(sale) => {
                let newest = self.newest.entry((epoch, sale.slip)).or_default();
                *newest = seq.max(*newest);
                // Heard from the other register first: it went on already, or was closed.
                let case = sale.case(origin.at_record);
                let closed = case.is_some_and(|case| self.closed.contains(&case));
                if !closed && !self.resumed.contains_key(&origin.at_record) {
                    let Origin { register, at, .. } = *origin;
                    let waiting = Waiting { register, at, sale: sale.clone() };
                    self.waiting.insert(origin.at_record, waiting);
                }
            }
            Event::SaleResumed { slip, of, .. } => {
                let newest = self.newest.get(&(epoch, *slip)).copied();
                let own = || newest.filter(|newest| *newest < seq);
                let slip_at = of.or_else(|| Some(RecordRef { epoch, seq: own()? }));
                let Some(slip_at) = slip_at else { return };
                self.waiting.remove(&slip_at);
                let by = self.resumed.entry(slip_at).or_default();
                by.insert(origin.at_record, origin.register);
                if by.len() > 1 {
                    self.numbers.insert(slip_at, *slip);
                }
            }
            Event::CardPendingClosed(closed) => {
                self.closed.insert(closed.case);
                self.waiting.retain(|at, waiting| waiting.sale.case(*at) != Some(closed.case));
            }
            _ => {}
        }
    }

    /// The baskets that wait, the oldest first.
    pub fn waiting(&self) -> Vec<(RecordRef, &Waiting)> {
        let mut waiting: Vec<_> = self.waiting.iter().map(|(at, sale)| (*at, sale)).collect();
        waiting.sort_by_key(|(record, sale)| (sale.at, *record));
        waiting
    }

    /// The waiting basket of a number; the oldest, should two have it.
    pub fn of_number(&self, slip: u32) -> Option<(RecordRef, &Waiting)> {
        self.waiting().into_iter().find(|(_, waiting)| waiting.sale.slip == slip)
    }

    /// The number for a register's next slip, after its last one; none while all of its numbers
    /// wait.
    pub fn next_number(&self, register: RegisterNo, last: u32) -> Option<u32> {
        let base = u32::from(register.0).saturating_mul(SLIPS_OF_REGISTER);
        let last = last.checked_rem(SLIPS_OF_REGISTER).unwrap_or(0);
        let taken = |slip: u32| self.waiting.values().any(|waiting| waiting.sale.slip == slip);
        (1..=SLIPS_OF_REGISTER)
            .filter_map(|step| last.saturating_add(step).checked_rem(SLIPS_OF_REGISTER))
            .filter(|number| *number > 0)
            .map(|number| base.saturating_add(number))
            .find(|slip| !taken(*slip))
    }

    /// Baskets that went on at more than one place: a person looks at both sales.
    pub fn resumed_twice(&self) -> Vec<ResumedTwice> {
        let twice = |(slip_at, slip): (&RecordRef, &u32)| {
            let by = self.resumed.get(slip_at)?;
            Some(ResumedTwice { slip: *slip, by: by.iter().map(|(at, r)| (*r, *at)).collect() })
        };
        self.numbers.iter().filter_map(twice).collect()
    }
}
