//! A sale that is a fact: completed, refunded, voided or given up.

use crate::domain::ids::{SaleNo, ShiftNo};
use crate::domain::money::{Money, Overflow};
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::tax::TaxLine;
use crate::domain::tender::Tender;
use crate::domain::time::BusinessDate;

use super::line::{OpenLine, PriceSource, ReturnedLine, SaleLine};
use super::terms::{LinkKind, SaleLink, Terms};

/// A completed sale, refund or void: the body of its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedSale {
    /// The number on the receipt.
    pub number: SaleNo,
    /// The shift it belongs to.
    pub shift: ShiftNo,
    /// All lines, voided ones too.
    pub lines: Vec<SaleLine>,
    /// The tax, one line a code and rate.
    pub taxes: Vec<TaxLine>,
    /// The sum of the lines that were not voided.
    pub subtotal: Money,
    /// Subtotal and tax.
    pub total: Money,
    /// What cash rounding added to the total, or took from it.
    pub rounding: Money,
    /// What was handed over.
    pub tenders: Vec<Tender>,
    /// What was handed back.
    pub change: Money,
    /// What holds besides the lines.
    pub terms: Terms,
}

/// A basket as it was left: saved while it is rung up, or suspended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedBasket {
    /// The lines.
    pub lines: Vec<SaleLine>,
    /// The lines that lack something.
    pub open: Vec<OpenLine>,
    /// What holds besides them.
    pub terms: Terms,
}

/// A basket that was given up: the classic theft leaves a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbandonedSale {
    /// The shift it belongs to.
    pub shift: ShiftNo,
    /// All that was in it.
    pub basket: SavedBasket,
    /// What it would have cost.
    pub total: Money,
    /// What had been taken and was given back.
    pub returned: Money,
}

impl CompletedSale {
    /// The sum of the taxes.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn tax(&self) -> Result<Money, Overflow> {
        Money::sum(self.taxes.iter().map(|tax| tax.amount))
    }

    /// What was handed over, of all tenders.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn tendered(&self) -> Result<Money, Overflow> {
        Money::sum(self.tenders.iter().map(Tender::amount))
    }

    /// What the drawer gained in notes and coins: cash handed over less change.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn cash_kept(&self) -> Result<Money, Overflow> {
        let cash = self.tenders.iter().filter(|tender| matches!(tender, Tender::Cash { .. }));
        Money::sum(cash.map(Tender::amount))?.minus(self.change)
    }

    /// The checks taken, less those handed back.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn checks(&self) -> Result<Money, Overflow> {
        let checks = self.tenders.iter().filter(|tender| !matches!(tender, Tender::Cash { .. }));
        Money::sum(checks.map(Tender::amount))
    }

    /// True when the store paid out.
    pub const fn is_refund(&self) -> bool {
        self.total.is_negative()
    }

    /// True when it takes a whole paid sale back.
    pub fn is_void(&self) -> bool {
        self.terms.link.as_ref().is_some_and(|link| link.kind == LinkKind::Void)
    }

    /// The same sale turned round: items, tax, rounding and money go back as they came. Checks
    /// are handed back, cash is paid out.
    ///
    /// # Errors
    /// [`Refusal`] when it is itself a refund or a void, or a sum does not fit.
    pub fn reversed(
        &self,
        number: SaleNo,
        shift: ShiftNo,
        day: BusinessDate,
        terms: Terms,
    ) -> Result<Self, Refusal> {
        if self.is_refund() || self.terms.link.is_some() {
            return Err(Refusal::NotVoidable);
        }
        let places = (0_u16..).zip(&self.lines).filter(|(_, line)| !line.voided);
        let lines = places.map(|(place, line)| line.turned_round(place, day, line.quantity));
        let mut tenders: Vec<Tender> = Vec::new();
        for tender in &self.tenders {
            if let Tender::Check { amount, number, .. } = tender {
                tenders.push(Tender::CheckReturned { amount: *amount, number: number.clone() });
            }
        }
        let kept = self.cash_kept()?;
        if kept != Money::ZERO {
            // Cash back on a check comes back from the customer.
            let amount = if kept.is_negative() { kept.negated()? } else { Money::ZERO };
            tenders.push(Tender::Cash { amount });
        }
        let change = kept.max(Money::ZERO);
        let negated = |amount: Money| Money::ZERO.minus(amount);
        Ok(Self {
            number,
            shift,
            lines: lines.collect::<Result<_, _>>()?,
            taxes: self
                .taxes
                .iter()
                .map(|tax| {
                    Ok(TaxLine {
                        taxable: negated(tax.taxable)?,
                        amount: negated(tax.amount)?,
                        ..tax.clone()
                    })
                })
                .collect::<Result<_, Overflow>>()?,
            subtotal: negated(self.subtotal)?,
            total: negated(self.total)?,
            rounding: negated(self.rounding)?,
            tenders,
            change,
            terms,
        })
    }

    /// What takes this sale back, for the record that does it.
    pub fn link(
        &self,
        kind: LinkKind,
        at: (crate::domain::ids::Epoch, crate::domain::ids::Seq),
        reason: super::terms::Reason,
    ) -> SaleLink {
        SaleLink { kind, epoch: at.0, seq: at.1, number: self.number, reason, paper: None }
    }

    /// True when lines, tax, rounding, tenders and change add up to the cent.
    pub fn adds_up(&self) -> bool {
        let lines = self.lines.iter().filter(|line| !line.voided).map(|line| line.amount);
        let check = || -> Result<bool, Overflow> {
            let extended = self.lines.iter().try_fold(true, |so_far, line| {
                let right = line.price_source == PriceSource::Label
                    || line.unit_price.times(line.quantity)? == line.amount;
                Ok(so_far && right)
            })?;
            let subtotal = Money::sum(lines)?;
            let total = subtotal.plus(self.tax()?)?;
            let paid = self.tendered()?.minus(self.change)?;
            Ok(extended
                && subtotal == self.subtotal
                && total == self.total
                && paid == total.plus(self.rounding)?)
        };
        check().unwrap_or(false)
    }
}

impl SaleLine {
    /// This line of a paid sale, coming back: `quantity` of it, above zero.
    ///
    /// # Errors
    /// [`Refusal`] when that is more than was sold, or part of a line whose amount is its label's.
    pub fn turned_round(
        &self,
        place: u16,
        day: BusinessDate,
        quantity: Quantity,
    ) -> Result<Self, Refusal> {
        let (sold, back) = (self.quantity.tenthousandths(), quantity.tenthousandths());
        let whole = sold == back;
        if self.voided || self.returned.is_some() || back <= 0 || back > sold {
            return Err(Refusal::MoreThanSold);
        }
        if self.price_source == PriceSource::Label && !whole {
            return Err(Refusal::WholeLineOnly);
        }
        let quantity = Quantity::from_tenthousandths(back.checked_neg().ok_or(Overflow)?);
        let amount = if whole {
            Money::ZERO.minus(self.amount)?
        } else {
            self.unit_price.times(quantity)?
        };
        Ok(Self {
            quantity,
            amount,
            age_min: None,
            returned: Some(ReturnedLine { place, day }),
            ..self.clone()
        })
    }
}
