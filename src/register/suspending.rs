//! Baskets that are put aside and taken up again, at this register or at another of the store.
//!
//! Both are records, so a basket survives the program's end, and every basket that was put aside
//! has to end in a sale, a cancellation or another slip.

use crate::domain::approval::{Act, Approval, Case};
use crate::domain::book::slips::Waiting;
use crate::domain::card_pending::{AsideReason, CardFault, TerminalRef};
use crate::domain::event::{Event, SuspendedSale};
use crate::domain::ids::{JournalId, RecordRef};
use crate::domain::refusal::Refusal;
use crate::domain::sale::{Basket, PaperFault, Terms};
use crate::domain::words::{Words, words};
use crate::receipt::code::AsideCode;

use super::register::{Phase, Register, Said, Setback};
use super::view::SuspendedView;

/// The most baskets of one register that wait at once.
const SUSPENDED_MAX: usize = 20;
/// The most that a screen lists, of all registers.
const SHOWN_MAX: usize = 40;

impl From<CardFault> for Setback {
    fn from(fault: CardFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl Register {
    /// Puts the basket aside because the failed terminal may have charged the card; also from a
    /// payment for which nothing was taken. What is kept of the terminal is its own reference.
    pub(super) fn suspend_card(&mut self, terminal: &str) -> Result<Option<Said>, Setback> {
        let terminal = TerminalRef::parse_some(terminal)?;
        if matches!(self.phase, Phase::Tendering(..)) {
            self.leave_tender()?;
        }
        let slip = self.suspend(AsideReason::CardPending(terminal))?;
        let said = words!("Put aside as number {}: a card may have paid it", slip);
        let remedy =
            words!("Give the customer the slip. Collect nothing for it without a manager.");
        Ok(Some(Said::attention(said, remedy)))
    }

    /// Puts the basket aside until its customer comes back.
    pub(super) fn suspend_plain(&mut self) -> Result<Option<Said>, Setback> {
        let slip = self.suspend(AsideReason::Plain)?;
        Ok(Some(Said::done(words!("Put aside as number {}", slip))))
    }

    /// Puts the basket aside under the next slip.
    fn suspend(&mut self, reason: AsideReason) -> Result<u32, Setback> {
        self.may_sell()?;
        let Phase::Basket(basket) = &self.phase else {
            return Err(Refusal::PaymentUnderWay.into());
        };
        if basket.is_empty() {
            return Err(Refusal::NothingToPay.into());
        }
        if self.own_waiting(true) >= SUSPENDED_MAX {
            return Err(Refusal::TooManySuspended.into());
        }
        let register = self.ledger.chain().journal.register;
        let slip = self.book.slips.next_number(register, self.ledger.state().last_slip);
        let slip = slip.ok_or(Refusal::TooManySuspended)?;
        let total = basket.totals(self.pricing()?)?.total;
        let (shift, basket) = (self.shift()?.number, basket.saved());
        let aside = SuspendedSale { slip, shift, basket, total, reason };
        let committed = self.record(Event::SaleSuspended(aside.clone()))?;
        self.print_aside(&aside, &committed);
        self.phase = Phase::default();
        self.save_draft();
        Ok(slip)
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
        let sale = waiting.sale.clone();
        let mut basket = Basket::restored(sale.basket.clone());
        let mut approval = None;
        if let Some(case) = sale.case(put_aside) {
            approval = self.authorise_about(&Case::CardPending, || about_card(&sale))?;
            basket.set_card_pending(case);
            basket.approve(approval.clone())?;
        }
        let own = put_aside.epoch == self.ledger.chain().journal.epoch;
        self.record(Event::SaleResumed { slip, of: (!own).then_some(put_aside), approval })?;
        self.phase = Phase::Basket(basket);
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

    /// Money is taken, or nothing at all, for a sale that a card may have paid: only with a
    /// manager, who as a rule signed when it was taken up.
    pub(super) fn authorise_card(&mut self, terms: &Terms) -> Result<Option<Approval>, Setback> {
        let signed = terms.approvals.iter().any(|one| one.act == Act::CardPending);
        if terms.card_pending.is_none() || signed {
            return Ok(None);
        }
        self.authorise(&Case::CardPending)
    }

    /// How many baskets wait that were put aside here; without `cards` those that a card may have
    /// paid are left out: their answer may come after the shift.
    pub(super) fn own_waiting(&self, cards: bool) -> usize {
        let own = self.ledger.chain().journal.register;
        let counts = |(at, waiting): &(RecordRef, &Waiting)| {
            waiting.register == own && (cards || waiting.sale.case(*at).is_none())
        };
        self.book.slips.waiting().iter().filter(|one| counts(one)).count()
    }

    /// The baskets that wait, for the screen: this register's first.
    pub(super) fn suspended(&self) -> Vec<SuspendedView> {
        let own = self.ledger.chain().journal.register;
        let mut waiting = self.book.slips.waiting();
        waiting.sort_by_key(|(_, waiting)| waiting.register != own);
        let view = |at: RecordRef, sale: &SuspendedSale| {
            let lines = sale.basket.lines.iter().filter(|line| !line.voided);
            let open = sale.basket.open.iter().map(|line| line.name.clone());
            SuspendedView {
                slip: sale.slip,
                total: sale.total,
                lines: lines.clone().count().saturating_add(sale.basket.open.len()),
                first: lines.map(|line| line.name.clone()).chain(open).next().unwrap_or_default(),
                card: sale.case(at).is_some(),
            }
        };
        waiting.iter().take(SHOWN_MAX).map(|(at, waiting)| view(*at, &waiting.sale)).collect()
    }
}

/// What a manager is asked to sign for.
fn about_card(sale: &SuspendedSale) -> Words {
    match sale.terminal() {
        Some(terminal) => words!(
            "Number {}: the card may have been charged already. Look for {} at the terminal \
             before money is taken.",
            sale.slip,
            terminal.as_str()
        ),
        None => words!(
            "Number {}: the card may have been charged already. Look at the terminal before \
             money is taken.",
            sale.slip
        ),
    }
}
