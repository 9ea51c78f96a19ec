//! Payment: closed lines, what was taken, and what is left to pay.

use crate::domain::approval::Approval;
use crate::domain::cash_rounding::CashRounding;
use crate::domain::check::fault::CheckFault;
use crate::domain::ids::{SaleNo, ShiftNo};
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::tender::Tender;

use super::completed::{AbandonedSale, CompletedSale, SavedBasket};
use super::line::SaleLine;
use super::terms::{APPROVALS_MAX, Terms};
use super::{Basket, SALE_AMOUNT_MAX, SALE_TENDERS_MAX, Totals};

/// A basket whose payment has begun: its lines are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tendering {
    pub(super) lines: Vec<SaleLine>,
    pub(super) terms: Terms,
    pub(super) totals: Totals,
    pub(super) tenders: Vec<Tender>,
    pub(super) still_due: Money,
}

/// What a store's policy says about taking a tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenderRules {
    /// How cash is rounded.
    pub rounding: CashRounding,
    /// The most cash back on a check.
    pub cash_back_max: Money,
}

impl From<CashRounding> for TenderRules {
    fn from(rounding: CashRounding) -> Self {
        Self { rounding, cash_back_max: Money::ZERO }
    }
}

/// What taking a tender led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// More is due.
    Part(Tendering),
    /// All is paid.
    All(PaidSale),
}

/// A sale that is paid but not yet numbered; only a committed record makes it a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidSale {
    pub(super) lines: Vec<SaleLine>,
    pub(super) terms: Terms,
    pub(super) totals: Totals,
    pub(super) tenders: Vec<Tender>,
    rounding: Money,
    change: Money,
}

impl Tendering {
    /// The totals.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What holds besides the lines.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The whole basket, to be saved.
    pub fn saved(&self) -> SavedBasket {
        let (lines, terms) = (self.lines.clone(), self.terms.clone());
        SavedBasket { lines, open: Vec::new(), terms }
    }

    /// Notes who stood behind an act.
    pub fn approve(&mut self, approval: Option<Approval>) {
        self.terms.approvals.extend(approval);
        self.terms.approvals.truncate(APPROVALS_MAX);
    }

    /// What was taken so far.
    pub fn tenders(&self) -> &[Tender] {
        &self.tenders
    }

    /// What is still due, before cash rounding; below zero the store pays out.
    pub const fn still_due(&self) -> Money {
        self.still_due
    }

    /// Opens the lines again.
    ///
    /// # Errors
    /// The payment as it was, once something was taken.
    #[expect(clippy::result_large_err, reason = "a refused payment is handed back whole")]
    pub fn back(self) -> Result<Basket, (Self, Refusal)> {
        if self.tenders.is_empty() {
            Ok(Basket { lines: self.lines, open: Vec::new(), terms: self.terms })
        } else {
            Err((self, Refusal::PaymentBegun))
        }
    }

    /// Takes a tender.
    ///
    /// Cash may be more than is due; the rest is change. Cash that is less is a part. A check is
    /// made out for what is due or less, or for more where the store gives cash back. Where the
    /// store pays out, cash of zero settles it.
    ///
    /// # Errors
    /// The payment as it was, with the [`Refusal`].
    #[expect(clippy::result_large_err, reason = "a refused payment is handed back whole")]
    pub fn take(
        self,
        tender: Tender,
        rules: impl Into<TenderRules>,
    ) -> Result<Taken, (Self, Refusal)> {
        match self.decide(&tender, rules.into()) {
            Ok((still_due, None)) => {
                let mut tenders = self.tenders;
                tenders.push(tender);
                Ok(Taken::Part(Self { tenders, still_due, ..self }))
            }
            Ok((_, Some((rounding, change)))) => {
                let mut tenders = self.tenders;
                tenders.push(tender);
                let Self { lines, terms, totals, .. } = self;
                Ok(Taken::All(PaidSale { lines, terms, totals, tenders, rounding, change }))
            }
            Err(refusal) => Err((self, refusal)),
        }
    }

    /// Gives the sale up; what was taken goes back to the customer.
    ///
    /// # Errors
    /// [`Refusal`] when an amount is out of bounds.
    pub fn abandon(self, shift: ShiftNo) -> Result<AbandonedSale, Refusal> {
        let returned = Money::sum(self.tenders.iter().map(Tender::amount))?;
        let basket = SavedBasket { lines: self.lines, open: Vec::new(), terms: self.terms };
        Ok(AbandonedSale { shift, basket, total: self.totals.total, returned })
    }

    /// What is left to pay after a tender, and rounding and change once nothing is.
    fn decide(
        &self,
        tender: &Tender,
        rules: TenderRules,
    ) -> Result<(Money, Option<(Money, Money)>), Refusal> {
        let rounding = rules.rounding;
        let due = self.still_due;
        let payout = due.is_negative();
        if self.tenders.len() >= SALE_TENDERS_MAX {
            return Err(Refusal::TooManyTenders);
        }
        if tender.amount() > SALE_AMOUNT_MAX {
            return Err(Refusal::AmountOutOfRange);
        }
        match tender {
            Tender::Cash { amount } if payout && *amount != Money::ZERO => {
                Err(Refusal::NothingToPay)
            }
            Tender::Cash { .. } if payout => {
                let settled = rounding.settle_payout(due)?;
                Ok((Money::ZERO, Some((settled.rounding, settled.change))))
            }
            Tender::Cash { amount } => {
                // Two cents are nothing in cash where the nearest five are asked for.
                let asked = rounding.cash_due(due)?;
                if amount.is_negative() || (*amount == Money::ZERO && asked != Money::ZERO) {
                    return Err(Refusal::TenderNotPositive);
                }
                match rounding.settle(due, *amount)? {
                    Some(settled) => Ok((Money::ZERO, Some((settled.rounding, settled.change)))),
                    None => Ok((due.minus(*amount)?, None)),
                }
            }
            // Only a void hands a check back, and a void is not tendered.
            Tender::CheckReturned { .. } => Err(Refusal::TenderNotPositive),
            Tender::Check { amount, .. } => {
                if *amount <= Money::ZERO {
                    return Err(Refusal::TenderNotPositive);
                }
                if *amount > due {
                    return cash_back(*amount, due, rules);
                }
                let left = due.minus(*amount)?;
                let all = left == Money::ZERO;
                Ok((left, all.then_some((Money::ZERO, Money::ZERO))))
            }
        }
    }
}

impl PaidSale {
    /// Numbers the sale: the body of its record.
    pub fn number(self, number: SaleNo, shift: ShiftNo) -> CompletedSale {
        CompletedSale {
            number,
            shift,
            lines: self.lines,
            taxes: self.totals.taxes,
            subtotal: self.totals.subtotal,
            total: self.totals.total,
            rounding: self.rounding,
            tenders: self.tenders,
            change: self.change,
            terms: self.terms,
        }
    }
}

/// A check above what is due: the rest is handed back in cash, where the store gives any and the
/// drawer's coins can pay it to the cent.
fn cash_back(
    amount: Money,
    due: Money,
    rules: TenderRules,
) -> Result<(Money, Option<(Money, Money)>), Refusal> {
    let back = amount.minus(due)?;
    if due <= Money::ZERO || rules.cash_back_max <= Money::ZERO {
        return Err(Refusal::CheckAboveDue);
    }
    if back > rules.cash_back_max {
        return Err(CheckFault::CashBack(due.plus(rules.cash_back_max)?).into());
    }
    if rules.rounding != CashRounding::None && back.minor() % 5 != 0 {
        return Err(CheckFault::CashBackUneven.into());
    }
    Ok((Money::ZERO, Some((Money::ZERO, back))))
}
