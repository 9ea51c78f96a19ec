//! Payment: cash, checks, change. PAID is shown only once the sale is committed.

use crate::domain::approval::Case;
use crate::domain::denomination;
use crate::domain::event::Event;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{CompletedSale, PaidSale, Taken};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::words::words;
use crate::ledger::{Committed, FaultPoint};

use super::register::{Phase, Register, Said, Setback};
use super::showing::taken;
use super::view::Done;

impl Register {
    /// Closes the lines and begins payment.
    pub(super) fn begin_tender(&mut self) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let Phase::Basket(basket) = &self.phase else {
            return Err(Refusal::PaymentUnderWay.into());
        };
        let drawer_open = self.paper.drawer_open && !self.training;
        if drawer_open && self.policy()?.counter.drawer_must_close {
            return Err(Refusal::DrawerOpen.into());
        }
        let basket = basket.clone();
        self.check_honored(&basket)?;
        let card = self.authorise_card(basket.terms())?;
        let mut tendering =
            basket.clone().tender(self.pricing()?).map_err(|(_, refusal)| refusal)?;
        tendering.approve(card);
        if tendering.still_due().is_negative() {
            let payout = Money::ZERO.minus(tendering.still_due())?;
            tendering.approve(self.authorise_payout(&basket, payout)?);
        }
        self.receipt = None;
        self.phase = Phase::Tendering(tendering, None);
        let open =
            || Said::attention(words!("The drawer is still open"), words!("Close it first."));
        Ok(drawer_open.then(open))
    }

    /// Opens the lines again.
    pub(super) fn leave_tender(&mut self) -> Result<Option<Said>, Setback> {
        let Phase::Tendering(tendering, _) = &self.phase else {
            return Err(Refusal::NoPayment.into());
        };
        let basket = tendering.clone().back().map_err(|(_, refusal)| refusal)?;
        self.checks.clear();
        self.phase = Phase::Basket(basket);
        Ok(None)
    }

    /// Takes cash; none is exactly what is due. A doubtful amount is asked about once.
    pub(super) fn take_cash(
        &mut self,
        amount: Option<Money>,
        confirmed: bool,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let policy = self.policy()?;
        let (rounding, question_above) = (policy.cash_rounding, policy.tender_question_above);
        let Phase::Tendering(tendering, question) = &mut self.phase else {
            return Err(Refusal::NoPayment.into());
        };
        let due = rounding.cash_due(tendering.still_due())?;
        // Where the store pays out, nothing is handed over: the exact amount is nothing.
        let amount = amount.unwrap_or(if due.is_negative() { Money::ZERO } else { due });
        let asked = confirmed && *question == Some(amount);
        if amount > due.plus(question_above)? && !asked && !due.is_negative() {
            *question = Some(amount);
            return Err(Refusal::TenderDoubtful(amount).into());
        }
        if due > Money::ZERO
            && let Some(approval) = self.authorise(&Case::Cash { amount: due })?
            && let Phase::Tendering(tendering, _) = &mut self.phase
        {
            tendering.approve(Some(approval));
        }
        self.take(Tender::Cash { amount })
    }

    /// Takes a check; none is exactly what is due.
    pub(super) fn take_check(
        &mut self,
        amount: Option<Money>,
        number: &str,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let limit = self.policy()?.check_max;
        let leads = self.person()?.role.leads();
        let Phase::Tendering(tendering, _) = &self.phase else {
            return Err(Refusal::NoPayment.into());
        };
        let amount = amount.unwrap_or(tendering.still_due());
        if amount > limit && !leads {
            return Err(Refusal::CheckAboveLimit(limit).into());
        }
        let number = CheckNumber::parse(number).map_err(|_| Refusal::NotACheckNumber)?;
        self.take(Tender::plain_check(amount, number))
    }

    pub(super) fn take(&mut self, tender: Tender) -> Result<Option<Said>, Setback> {
        let rules = self.tender_rules()?;
        let Phase::Tendering(tendering, _) = &self.phase else {
            return Err(Refusal::NoPayment.into());
        };
        // The payment under way stays as it is until the sale is committed.
        match tendering.clone().take(tender, rules).map_err(|(_, refusal)| refusal)? {
            Taken::Part(rest) => {
                let due = self.policy()?.currency.format(rest.still_due());
                self.phase = Phase::Tendering(rest, None);
                Ok(Some(Said::done(words!("{} still to pay", due))))
            }
            Taken::All(paid) => self.complete(paid),
        }
    }

    fn complete(&mut self, paid: PaidSale) -> Result<Option<Said>, Setback> {
        let sale = paid.number(self.next_sale(), self.shift()?.number);
        self.complete_sale(sale)
    }

    /// Records a sale, refund or void; then, and only then, it is shown as paid.
    pub(super) fn complete_sale(&mut self, sale: CompletedSale) -> Result<Option<Said>, Setback> {
        self.ledger.pass(FaultPoint::Decided);
        let committed = self.record(Event::of_sale(sale.clone()))?;
        self.wait_for_copy(committed.seq);
        self.ledger.pass(FaultPoint::AfterCopy);
        self.phase = Phase::Done(self.done(&sale, &committed));
        self.ledger.pass(FaultPoint::AfterPaid);
        self.save_draft();
        self.ledger.pass(FaultPoint::AfterDraft);
        let said = self.print_sale(&sale, &committed);
        self.ledger.pass(FaultPoint::AfterReceipt);
        self.checks.clear();
        Ok(said)
    }

    fn done(&self, sale: &CompletedSale, committed: &Committed) -> Done {
        let policy = self.policy().ok();
        let pieces = policy
            .map(|policy| denomination::split(policy.currency, policy.cash_rounding, sale.change));
        Done {
            number: sale.number.0,
            total: sale.total,
            taken: taken(&sale.tenders),
            rounding: sale.rounding,
            change: sale.change,
            change_by_denomination: pieces.unwrap_or_default(),
            paper: super::view::PaperView::default(),
            voids: sale.terms.link.as_ref().filter(|_| sale.is_void()).map(|link| link.number.0),
            proof: crate::receipt::proof(
                self.ledger.chain().journal,
                committed.seq,
                committed.hash,
            ),
        }
    }
}
