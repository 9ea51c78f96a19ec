//! Baskets that are put aside and taken up again, at this register or at another of the store.
//!
//! Both are records, so a basket survives the program's end, and every basket that was put aside
//! has to end in a sale, a cancellation or another slip.

use crate::domain::event::{Event, SuspendedSale};
use crate::domain::ids::JournalId;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{Basket, PaperFault};
use crate::domain::words::words;
use crate::receipt::code::AsideCode;

use super::register::{Phase, Register, Said, Setback};
use super::view::SuspendedView;

/// The most baskets of one register that wait at once.
const SUSPENDED_MAX: usize = 20;
/// The most that a screen lists, of all registers.
const SHOWN_MAX: usize = 40;

impl Register {
    /// Puts the basket aside under the next slip.
    pub(super) fn suspend(&mut self) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let Phase::Basket(basket) = &self.phase else {
            return Err(Refusal::PaymentUnderWay.into());
        };
        if basket.is_empty() {
            return Err(Refusal::NothingToPay.into());
        }
        if self.own_waiting() >= SUSPENDED_MAX {
            return Err(Refusal::TooManySuspended.into());
        }
        let register = self.ledger.chain().journal.register;
        let slip = self.book.slips.next_number(register, self.ledger.state().last_slip);
        let slip = slip.ok_or(Refusal::TooManySuspended)?;
        let total = basket.totals(self.pricing()?)?.total;
        let (shift, basket) = (self.shift()?.number, basket.saved());
        let aside = SuspendedSale { slip, shift, basket, total };
        let committed = self.record(Event::SaleSuspended(aside.clone()))?;
        self.print_aside(&aside, &committed);
        self.phase = Phase::default();
        self.save_draft();
        Ok(Some(Said::done(words!("Put aside as number {}", slip))))
    }

    /// Takes a basket up again; the one on the screen must be finished first.
    pub(super) fn resume(&mut self, slip: u32) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        self.next_customer();
        if !matches!(&self.phase, Phase::Basket(basket) if basket.is_empty()) {
            return Err(Refusal::SaleOpen.into());
        }
        let (put_aside, waiting) =
            self.book.slips.of_number(slip).ok_or(Refusal::NoSuchSlip(slip))?;
        let basket = waiting.sale.basket.clone();
        let own = put_aside.epoch == self.ledger.chain().journal.epoch;
        self.record(Event::SaleResumed { slip, of: (!own).then_some(put_aside) })?;
        self.phase = Phase::Basket(Basket::restored(basket));
        self.save_draft();
        Ok(Some(Said::done(words!("Number {} goes on", slip))))
    }

    /// Takes up the basket whose slip was scanned.
    pub(super) fn resume_scanned(&mut self, text: &str) -> Result<Option<Said>, Setback> {
        let unread = || Refusal::from(PaperFault::NotWhole);
        let code = AsideCode::parse(text).map_err(|_| unread())?;
        let JournalId { store, register, epoch } = code.journal;
        let here = self.book.slips.of_number(code.slip).is_some_and(|(at, _)| at.epoch == epoch);
        if !here && code.journal != self.ledger.chain().journal {
            return Err(Refusal::from(PaperFault::AsideElsewhere(store, register)).into());
        }
        self.resume(code.slip)
    }

    /// How many baskets wait that were put aside here.
    pub(super) fn own_waiting(&self) -> usize {
        let own = self.ledger.chain().journal.register;
        self.book.slips.waiting().iter().filter(|(_, waiting)| waiting.register == own).count()
    }

    /// The baskets that wait, for the screen: this register's first.
    pub(super) fn suspended(&self) -> Vec<SuspendedView> {
        let own = self.ledger.chain().journal.register;
        let mut waiting = self.book.slips.waiting();
        waiting.sort_by_key(|(_, waiting)| waiting.register != own);
        let view = |sale: &SuspendedSale| {
            let lines = sale.basket.lines.iter().filter(|line| !line.voided);
            let open = sale.basket.open.iter().map(|line| line.name.clone());
            SuspendedView {
                slip: sale.slip,
                total: sale.total,
                lines: lines.clone().count().saturating_add(sale.basket.open.len()),
                first: lines.map(|line| line.name.clone()).chain(open).next().unwrap_or_default(),
            }
        };
        waiting.iter().take(SHOWN_MAX).map(|(_, waiting)| view(&waiting.sale)).collect()
    }
}
