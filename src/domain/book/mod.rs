//! The store's book: what all registers of a store recorded, folded into what each must know.
//!
//! ```text
//!  own journal ──────────┐
//!  mirrored journals ────┴─ take(Origin, Event) ─▶ slips, returns, outages, ...
//! ```
//!
//! Records of one journal come in their order; those of different registers come whenever the
//! network brings them, and some twice. So every fold here gives the same book in every order of
//! arrival: it looks at where a record stands, never at when it was heard. What two registers did
//! while they could not see each other is kept as both did it, and told to a person.
//!
//! A journal that forked is read along the branch that was heard first.

use std::collections::BTreeMap;

use super::event::Event;
use super::ids::{Epoch, PersonId, RecordRef, RegisterNo, Seq};
use super::time::{BusinessDate, Timestamp};

pub mod card_pending;
pub mod cash;
pub mod checks;
pub mod guesses;
pub mod heard;
pub mod hours;
pub mod outages;
pub mod paper_slips;
pub mod pickups;
pub mod rain_checks;
pub mod readiness;
pub mod returns;
pub mod slips;

use super::goods::book::StockBook;
use card_pending::CardPendings;
use cash::Cash;
use checks::Checks;
use guesses::Guesses;
use heard::Hearsay;
use hours::Hours;
use outages::Outages;
use paper_slips::PaperSlips;
use pickups::Pickups;
use rain_checks::RainChecks;
use readiness::Readiness;
use returns::Returns;
use slips::Slips;

/// Where a record stands, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The register that recorded it.
    pub register: RegisterNo,
    /// Its journal and its place there.
    pub at_record: RecordRef,
    /// The register's clock.
    pub at: Timestamp,
    /// The business date.
    pub day: BusinessDate,
    /// Who did it.
    pub by: Option<PersonId>,
}

/// What all registers of a store recorded, as far as it was heard here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// How far each journal was read; what comes again is not counted again.
    read: BTreeMap<Epoch, Seq>,
    /// The latest day that any register booked.
    last_day: Option<BusinessDate>,
    /// Baskets that were put aside.
    pub slips: Slips,
    /// What came back of paid sales.
    pub returns: Returns,
    /// Stock, deliveries and counts.
    pub goods: StockBook,
    /// When registers last did what readiness is read from.
    pub readiness: Readiness,
    /// Who came and went when.
    pub hours: Hours,
    /// Wrong PINs.
    pub guesses: Guesses,
    /// What was heard and seen of outages.
    pub heard: Hearsay,
    /// Outages.
    pub outages: Outages,
    /// What was taken by check.
    pub checks: Checks,
    /// Who claimed which pickup order.
    pub pickups: Pickups,
    /// Rain checks.
    pub rain_checks: RainChecks,
    /// Paper slips and their pads.
    pub paper_slips: PaperSlips,
    /// Open drawers, cash that moved, bags.
    pub cash: Cash,
    /// Sales that a card may have paid.
    pub card_pending: CardPendings,
}

impl Book {
    /// Takes one record; false when it was read before.
    pub fn take(&mut self, origin: &Origin, event: &Event) -> bool {
        let RecordRef { epoch, seq } = origin.at_record;
        let read = self.read.entry(epoch).or_default();
        if seq < *read {
            return false;
        }
        *read = seq.next();
        // A journal's beginning is booked on the clock's day, whoever says what day it is.
        if !matches!(event, Event::EpochOpen(_)) {
            self.last_day = self.last_day.max(Some(origin.day));
        }
        self.slips.take(origin, event);
        self.returns.take(event);
        self.goods.take(origin, event);
        self.readiness.take(origin, event);
        self.hours.take(origin, event);
        self.guesses.take(origin, event);
        self.heard.take(origin, event);
        self.outages.take(origin, event);
        self.checks.take(origin, event);
        self.pickups.take(origin, event);
        self.rain_checks.take(origin, event);
        self.paper_slips.take(origin, event);
        self.cash.take(origin, event);
        self.card_pending.take(origin, event);
        true
    }

    /// Takes one record about a sale that was put aside, told apart from its journal. Those records
    /// are kept by their place, so they may come twice and in any order; what is read of the
    /// journal stays where it was.
    pub fn told(&mut self, origin: &Origin, event: &Event) {
        self.slips.take(origin, event);
        self.card_pending.take(origin, event);
    }

    /// The latest day that any register of the store booked.
    pub const fn last_day(&self) -> Option<BusinessDate> {
        self.last_day
    }

    /// The next record of a journal that would be news.
    pub fn next_of(&self, epoch: Epoch) -> Seq {
        self.read.get(&epoch).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
