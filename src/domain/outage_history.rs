//! What a journal tells of its outages: how often, how long, which systems, at what cost.
//!
//! ```text
//!  (when, which outage was open, what) ─▶ take ─▶ [Past], one an outage, oldest first
//! ```
//!
//! A sale belongs to the outage that was open when it was recorded, as its record says, so nothing
//! is guessed from times. Pure: whoever reads the journal hands the records over in their order.

use super::event::Event;
use super::ids::{OutageId, PersonId, SaleNo};
use super::money::{Money, Overflow};
use super::outage::Outage;
use super::time::Timestamp;

/// Outages that are told apart at most; older ones are left out.
pub const OUTAGES_MAX: usize = 2_000;

/// One outage of the past, or the open one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// All that was known of it at last.
    pub outage: Outage,
    /// Who declared it.
    pub declared_by: Option<PersonId>,
    /// When it was ended; none while it lasts.
    pub ended: Option<Timestamp>,
    /// How it ended, in words.
    pub note: String,
    /// Sales, refunds and voids while it lasted.
    pub sales: u64,
    /// What they took in, payouts taken off.
    pub takings: Money,
    /// The last of them: what comes after it was sold without an outage.
    pub last_sale: Option<SaleNo>,
    /// Baskets that were given up.
    pub abandoned: u64,
    /// What those would have cost: what an outage loses, as far as a register sees it.
    pub lost: Money,
}

impl Past {
    /// How long it lasted, up to `now` while it lasts, in whole minutes.
    pub fn minutes(&self, now: Timestamp) -> i64 {
        let end = self.ended.unwrap_or(now);
        end.utc_ms.saturating_sub(self.outage.since.utc_ms).max(0).div_euclid(60_000)
    }

    /// The day of the week it began on: 0 is Monday.
    pub fn weekday(&self) -> u8 {
        // 1970-01-01 was a Thursday.
        let days = self.outage.since.local_date().days_since_1970().saturating_add(3);
        u8::try_from(days.rem_euclid(7)).unwrap_or(0)
    }
}

/// The outages of a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    past: Vec<Past>,
}

impl History {
    /// Takes the next record: when it was made, by whom, and in which outage.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn take(
        &mut self,
        at: Timestamp,
        by: Option<&PersonId>,
        open: Option<&OutageId>,
        event: &Event,
    ) -> Result<(), Overflow> {
        if let Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) = event
            && let Some(past) = open.and_then(|open| self.of(open))
        {
            past.last_sale = Some(sale.number);
        }
        self.take_elsewhere(at, by, open, event)
    }

    /// The same of another register of the store: its last sale is not this register's.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn take_elsewhere(
        &mut self,
        at: Timestamp,
        by: Option<&PersonId>,
        open: Option<&OutageId>,
        event: &Event,
    ) -> Result<(), Overflow> {
        match event {
            Event::OutageDeclared(outage) => self.begin(outage, by),
            Event::OutageUpdated(outage) => {
                if let Some(past) = self.of(&outage.id) {
                    past.outage = outage.clone();
                }
            }
            Event::OutageEnded { outage, note } => {
                if let Some(past) = self.of(outage).filter(|past| past.ended.is_none()) {
                    past.ended = Some(at);
                    past.note.clone_from(note);
                }
            }
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                let moved = sale.total.plus(sale.rounding)?;
                if let Some(past) = open.and_then(|open| self.of(open)) {
                    past.sales = past.sales.saturating_add(1);
                    past.takings = past.takings.plus(moved)?;
                }
            }
            Event::SaleAbandoned(sale) => {
                if let Some(past) = open.and_then(|open| self.of(open)) {
                    past.abandoned = past.abandoned.saturating_add(1);
                    past.lost = past.lost.plus(sale.total)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The outages, oldest first.
    pub fn past(&self) -> &[Past] {
        &self.past
    }

    /// The open one.
    pub fn open(&self) -> Option<&Past> {
        self.past.last().filter(|past| past.ended.is_none())
    }

    fn begin(&mut self, outage: &Outage, by: Option<&PersonId>) {
        if self.past.len() >= OUTAGES_MAX {
            self.past.remove(0);
        }
        self.past.push(Past {
            outage: outage.clone(),
            declared_by: by.cloned(),
            ended: None,
            note: String::new(),
            sales: 0,
            takings: Money::ZERO,
            last_sale: None,
            abandoned: 0,
            lost: Money::ZERO,
        });
    }

    /// The newest one of this name.
    fn of(&mut self, id: &OutageId) -> Option<&mut Past> {
        self.past.iter_mut().rev().find(|past| past.outage.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outage::System;
    use crate::domain::sale::{AbandonedSale, SavedBasket};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn outage(id: &str) -> Outage {
        Outage {
            id: OutageId::parse(id).expect("an id"),
            since: at("2026-11-22T23:50:00.000-06:00"),
            systems: vec![System::Payments],
            cause: String::new(),
            ticket: String::new(),
            expected: None,
        }
    }

    fn abandoned(total: i64) -> Event {
        Event::SaleAbandoned(AbandonedSale {
            shift: crate::domain::ids::ShiftNo(1),
            basket: SavedBasket::default(),
            total: Money::from_minor(total),
            returned: Money::ZERO,
        })
    }

    #[test]
    fn an_outage_knows_its_length_its_day_and_what_was_given_up_in_it() {
        let (first, later) = (outage("a"), at("2026-11-23T01:20:30.000-06:00"));
        let mut history = History::default();
        let mut take = |at, open: Option<&Outage>, event: &Event| {
            history.take(at, None, open.map(|outage| &outage.id), event).expect("no overflow");
        };
        take(first.since, None, &abandoned(999));
        take(first.since, None, &Event::OutageDeclared(first.clone()));
        take(later, Some(&first), &abandoned(500));
        let known = Outage { ticket: "INC-1".to_owned(), ..first.clone() };
        take(later, Some(&first), &Event::OutageUpdated(known));
        let ended = Event::OutageEnded { outage: first.id.clone(), note: "fixed".to_owned() };
        take(later, Some(&first), &ended);
        take(later, None, &abandoned(1));
        assert_eq!(history.open(), None);
        let past = &history.past()[0];
        assert_eq!((past.minutes(later), past.weekday()), (90, 6), "a Sunday, over midnight");
        assert_eq!((past.abandoned, past.lost), (1, Money::from_minor(500)));
        assert_eq!((past.outage.ticket.as_str(), past.note.as_str()), ("INC-1", "fixed"));
    }

    #[test]
    fn an_outage_that_nobody_declared_changes_nothing() {
        let mut history = History::default();
        let stranger = outage("x");
        let at = stranger.since;
        history.take(at, None, None, &Event::OutageUpdated(stranger.clone())).expect("fine");
        history.take(at, None, Some(&stranger.id), &abandoned(5)).expect("fine");
        assert_eq!(history, History::default());
    }
}
