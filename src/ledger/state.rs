//! What a register must know to go on: a fold over the events of its journal.
//!
//! ```text
//!  State ── after(event) ──▶ State          one step, pure; the same at start and while selling
//! ```
//!
//! At start the whole journal is folded while its chain is checked, so what is shown and counted
//! rests on the records and not on tables that a flipped bit could have changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::drawer::DrawerTotals;
use crate::domain::event::{Event, KeyRotated, SuspendedSale};
use crate::domain::handing::Handing;
use crate::domain::ids::{Epoch, PackVersion, PersonId, SaleNo, Seq, ShiftNo};
use crate::domain::money::{Money, Overflow};
use crate::domain::outage::Outage;
use crate::domain::person::Role;
use crate::domain::quantity::Quantity;
use crate::domain::sale::{CompletedSale, Offered};
use crate::domain::shift::Shift;
use crate::domain::time::{BusinessDate, Timestamp};

/// The last sale or refund of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSale {
    /// The number on its receipt.
    pub number: SaleNo,
    /// Lines, tax and cash rounding; below zero it was paid out.
    pub total: Money,
    /// What was handed back.
    pub change: Money,
    /// When it was recorded.
    pub at: Timestamp,
}

/// What a register must know to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The open shift with its drawer.
    pub open_shift: Option<Shift>,
    /// What the shift before left in the drawer for the next one.
    pub handed: Option<Handing>,
    /// The last shift's number; 0 before the first.
    pub last_shift: ShiftNo,
    /// The last sale's number; 0 before the first.
    pub last_sale_no: SaleNo,
    /// The last sale.
    pub last_sale: Option<LastSale>,
    /// The open outage.
    pub open_outage: Option<Outage>,
    /// The last pack that was taken into use.
    pub pack: Option<PackVersion>,
    /// Who is signed in, as far as the journal says.
    pub signed_in: Option<(PersonId, Role)>,
    /// ISO 4217 code, as the journal's first record says.
    pub currency: Option<String>,
    /// The wall clock of the last record: a clock that went back shows against it.
    pub last_at: Option<Timestamp>,
    /// The business date of the last record.
    pub last_day: Option<BusinessDate>,
    /// Sales and refunds in the journal.
    pub sales: u64,
    /// Their totals with rounding, refunds taken off.
    pub sales_money: Money,
    /// The last slip's number; 0 before the first.
    pub last_slip: u32,
    /// Baskets that were put aside, by slip. Shared, since each record makes a new state.
    pub suspended: Arc<BTreeMap<u32, SuspendedSale>>,
    /// How much of each line of a paid sale came back: its journal, record and place, the
    /// quantity. Sales of other journals, known by their paper, are among them.
    pub came_back: Arc<BTreeMap<(Epoch, Seq, u16), Quantity>>,
    /// Coupons and gift cards that were offered in the shift and given back.
    pub offered: Offered,
    /// What was paid back on the last day that had a refund: by whom, and how much. A void hands
    /// a sale's own money back and is not counted.
    pub refunded: Option<(BusinessDate, Arc<BTreeMap<PersonId, Money>>)>,
    /// The journal has ended: its key was followed by this one.
    pub rotated: Option<Arc<KeyRotated>>,
}

impl State {
    /// The state after one more record.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn after(
        &self,
        at: Timestamp,
        date: BusinessDate,
        event: &Event,
    ) -> Result<Self, Overflow> {
        // A journal's beginning is booked on the clock's day, whoever says what day it is.
        let last_day =
            if matches!(event, Event::EpochOpen(_)) { self.last_day } else { Some(date) };
        let mut state = Self { last_at: Some(at), last_day, ..self.clone() };
        match event {
            Event::EpochOpen(open) => {
                state.currency.clone_from(&open.currency);
                let counts_on = open.follows.as_ref().and_then(|follows| follows.last_sale);
                state.last_sale_no = counts_on.unwrap_or(state.last_sale_no);
            }
            Event::KeyRotated(rotated) => state.rotated = Some(Arc::new(rotated.clone())),
            Event::PackApplied { version, .. } => state.pack = Some(version.clone()),
            Event::SignIn { person, role, .. } => state.signed_in = Some((person.clone(), *role)),
            Event::SignOut { .. } => state.signed_in = None,
            Event::OutageDeclared(outage) => state.open_outage = Some(outage.clone()),
            Event::OutageUpdated(outage) => {
                if let Some(open) = state.open_outage.as_mut().filter(|open| open.id == outage.id) {
                    *open = outage.clone();
                }
            }
            Event::OutageEnded { outage, .. } => {
                state.open_outage = state.open_outage.filter(|open| open.id != *outage);
            }
            Event::ShiftOpen { shift, cashier, float, .. } => {
                state.last_shift = *shift;
                state.handed = None;
                state.offered = Offered::default();
                state.open_shift = Some(Shift {
                    number: *shift,
                    cashier: cashier.clone(),
                    date,
                    drawer: DrawerTotals::opened_with(*float),
                });
            }
            Event::ShiftClose(close) => {
                state.open_shift = state.open_shift.filter(|open| open.number != close.shift);
            }
            Event::CashMovement { shift, movement, .. } => {
                state.with_drawer(*shift, |drawer| drawer.after_movement(movement))?;
            }
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                state.note_returns(sale)?;
                state.note_offered(sale.terms.offered);
                if matches!(event, Event::Refund(_)) {
                    state.note_refund(date, sale)?;
                }
                let total = sale.total.plus(sale.rounding)?;
                state.with_drawer(sale.shift, |drawer| drawer.after_sale(sale))?;
                state.last_sale_no = sale.number;
                state.last_sale =
                    Some(LastSale { number: sale.number, total, change: sale.change, at });
                state.sales = state.sales.saturating_add(1);
                state.sales_money = state.sales_money.plus(total)?;
            }
            Event::SaleSuspended(sale) => {
                state.last_slip = sale.slip;
                Arc::make_mut(&mut state.suspended).insert(sale.slip, sale.clone());
            }
            Event::SaleResumed { slip, of: None, .. } => {
                Arc::make_mut(&mut state.suspended).remove(slip);
            }
            Event::SaleAbandoned(sale) => state.note_offered(sale.basket.terms.offered),
            Event::DrawerHanded(handing) => state.handed = Some(*handing),
            // Another register's basket went on here: its own journal does not say so.
            Event::SaleResumed { of: Some(_), .. }
            | Event::CardPendingClosed(_)
            | Event::PinGuessed(_)
            | Event::WaitEnded(_)
            | Event::DaySet(_)
            | Event::DrawerOpen { .. }
            | Event::CashCount(_)
            | Event::Reprint { .. }
            | Event::StockDelta(_)
            | Event::StockCount(_)
            | Event::Delivery(_)
            | Event::Pickup(_)
            | Event::Punch(_)
            | Event::PunchCorrected(_)
            | Event::ReadinessLook(_)
            | Event::Practice(_)
            | Event::RainCheck(_)
            | Event::PaperPad(_)
            | Event::ClockEvent { .. }
            | Event::Heard(_)
            | Event::OutageTask(_)
            | Event::RestoredFrom { .. }
            | Event::PiiErased(_)
            | Event::AckReceived { .. }
            | Event::Note { .. }
            | Event::Decision(_)
            | Event::StoreClosed(_)
            | Event::HandOverAmended(_) => {}
        }
        Ok(state)
    }

    fn note_returns(&mut self, sale: &CompletedSale) -> Result<(), Overflow> {
        let Some(link) = &sale.terms.link else { return Ok(()) };
        for line in sale.lines.iter().filter(|line| !line.voided) {
            let Some(returned) = line.returned else { continue };
            let came_back = Arc::make_mut(&mut self.came_back);
            let quantity = came_back.entry((link.epoch, link.seq, returned.place)).or_default();
            *quantity = quantity.plus(line.quantity.negated()?)?;
        }
        Ok(())
    }

    const fn note_offered(&mut self, offered: Offered) {
        self.offered.coupons = self.offered.coupons.saturating_add(offered.coupons);
        self.offered.gift_cards = self.offered.gift_cards.saturating_add(offered.gift_cards);
    }

    fn note_refund(&mut self, date: BusinessDate, sale: &CompletedSale) -> Result<(), Overflow> {
        let Some((person, _)) = self.signed_in.clone() else { return Ok(()) };
        let paid_out = Money::ZERO.minus(sale.total.plus(sale.rounding)?)?;
        let before = self.refunded.take().filter(|(day, _)| *day == date);
        let mut people = before.map_or_else(Arc::default, |(_, people)| people);
        let sum = Arc::make_mut(&mut people).entry(person).or_default();
        *sum = sum.plus(paid_out)?;
        self.refunded = Some((date, people));
        Ok(())
    }

    fn with_drawer(
        &mut self,
        shift: ShiftNo,
        change: impl FnOnce(&DrawerTotals) -> Result<DrawerTotals, Overflow>,
    ) -> Result<(), Overflow> {
        if let Some(open) = self.open_shift.as_mut().filter(|open| open.number == shift) {
            open.drawer = change(&open.drawer)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
