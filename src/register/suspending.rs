//! Baskets that are put aside and taken up again.
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

/// The most baskets that wait at once.
const SUSPENDED_MAX: usize = 20;

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
        if self.ledger.state().suspended.len() >= SUSPENDED_MAX {
            return Err(Refusal::TooManySuspended.into());
        }
        let slip = self.ledger.state().last_slip.saturating_add(1);
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
        let waiting = self.ledger.state().suspended.get(&slip).cloned();
        let waiting = waiting.ok_or(Refusal::NoSuchSlip(slip))?;
        self.record(Event::SaleResumed { slip, of: None })?;
        self.phase = Phase::Basket(Basket::restored(waiting.basket));
        self.save_draft();
        Ok(Some(Said::done(words!("Number {} goes on", slip))))
    }

    /// Takes up the basket whose slip was scanned.
    pub(super) fn resume_scanned(&mut self, text: &str) -> Result<Option<Said>, Setback> {
        let unread = || Refusal::from(PaperFault::NotWhole);
        let code = AsideCode::parse(text).map_err(|_| unread())?;
        if code.journal != self.ledger.chain().journal {
            let JournalId { store, register, .. } = code.journal;
            return Err(Refusal::from(PaperFault::AsideElsewhere(store, register)).into());
        }
        self.resume(code.slip)
    }

    /// The baskets that wait, for the screen.
    pub(super) fn suspended(&self) -> Vec<SuspendedView> {
        let view = |(slip, sale): (&u32, &SuspendedSale)| {
            let lines = sale.basket.lines.iter().filter(|line| !line.voided);
            let open = sale.basket.open.iter().map(|line| line.name.clone());
            SuspendedView {
                slip: *slip,
                total: sale.total,
                lines: lines.clone().count().saturating_add(sale.basket.open.len()),
                first: lines.map(|line| line.name.clone()).chain(open).next().unwrap_or_default(),
            }
        };
        self.ledger.state().suspended.iter().map(view).collect()
    }
}
