//! One customer, from the first scan to the change: a value with listed legal moves.
//!
//! ```text
//!            add, void, count again                     take (part)
//!               ┌──────┐                                 ┌──────┐
//!               ▼      │         tender                  ▼      │
//!  new ──▶    Basket ──┴──────────────────────▶     Tendering ──┴── take (rest) ──▶ CompletedSale
//!               │  ▲                                   │   │
//!               │  └────────── back (nothing taken) ───┘   │
//!               └──────────────── abandon ─────────────────┴──▶ AbandonedSale
//! ```
//!
//! A move consumes the value it starts from, so a completed sale can't be changed and a basket
//! can't be paid twice. A void keeps its line: what was rung up and taken back leaves a trace.

use super::cash_rounding::CashRounding;
use super::check::fault::CheckFault;
use super::gtin::ItemCode;
use super::ids::{SaleNo, ShiftNo, TaxClass};
use super::item::{Item, SoldBy};
use super::money::{Money, Overflow};
use super::quantity::{Quantity, UnitPrice};
use super::refusal::Refusal;
use super::tax::{TaxBasis, TaxLine, TaxTable};
use super::tender::Tender;
use super::time::BusinessDate;

/// The most lines of one sale, voided ones included.
pub const SALE_LINES_MAX: usize = 500;
/// The most tenders of one sale.
pub const SALE_TENDERS_MAX: usize = 20;
/// The largest quantity of one line: 10,000 pieces or pounds.
pub const LINE_QUANTITY_MAX: Quantity = Quantity::from_tenthousandths(100_000_000);
/// The largest amount of one line: 1,000,000.00.
pub const LINE_AMOUNT_MAX: Money = Money::from_minor(100_000_000);

/// Where a line's amount comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// The pack's unit price.
    Pack,
    /// A unit price the cashier keyed.
    Keyed,
    /// An amount for the whole line, from the package's own label or keyed.
    Label,
}

/// One line of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleLine {
    /// The item's code.
    pub code: ItemCode,
    /// Its name when it was sold.
    pub name: String,
    /// How much; below zero for a returned item.
    pub quantity: Quantity,
    /// The price of one unit; with [`PriceSource::Label`] the pack's, for comparison.
    pub unit_price: UnitPrice,
    /// Where the amount comes from.
    pub price_source: PriceSource,
    /// The extended amount, before tax.
    pub amount: Money,
    /// Which tax rows apply.
    pub tax_class: TaxClass,
    /// Taken back before payment: counts for nothing, but stays.
    pub voided: bool,
}

/// The price a line is added with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinePrice {
    /// As the pack says.
    Pack,
    /// This unit price instead.
    Keyed(UnitPrice),
    /// This amount for the whole line.
    Label(Money),
}

/// What the totals of a sale depend on besides its lines.
#[derive(Clone, Copy, Debug)]
pub struct Pricing<'a> {
    /// The pack's tax rows.
    pub taxes: &'a TaxTable,
    /// Where tax is rounded.
    pub basis: TaxBasis,
    /// The day whose rows hold.
    pub date: BusinessDate,
}

/// Totals of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The sum of the lines.
    pub subtotal: Money,
    /// The tax, one line a code and rate.
    pub taxes: Vec<TaxLine>,
    /// Subtotal and tax; below zero the store pays out.
    pub total: Money,
}

/// Lines being rung up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket {
    lines: Vec<SaleLine>,
}

/// A basket whose payment has begun: its lines are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tendering {
    lines: Vec<SaleLine>,
    totals: Totals,
    tenders: Vec<Tender>,
    still_due: Money,
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
    lines: Vec<SaleLine>,
    totals: Totals,
    tenders: Vec<Tender>,
    rounding: Money,
    change: Money,
}

/// A completed sale or refund: the body of its record.
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
}

/// A basket that was given up: the classic theft leaves a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbandonedSale {
    /// The shift it belongs to.
    pub shift: ShiftNo,
    /// All lines.
    pub lines: Vec<SaleLine>,
    /// What it would have cost.
    pub total: Money,
    /// What had been taken and was given back.
    pub returned: Money,
}

impl Basket {
    /// A basket of lines that were rung up before, as a saved draft holds them.
    pub const fn from_lines(lines: Vec<SaleLine>) -> Self {
        Self { lines }
    }

    /// The lines, in the order they were rung up.
    pub fn lines(&self) -> &[SaleLine] {
        &self.lines
    }

    /// True before the first line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds a line and returns its place.
    ///
    /// # Errors
    /// [`Refusal`] for a quantity or amount out of bounds, a part of a piece, or one line too many.
    pub fn add(
        &mut self,
        item: &Item,
        quantity: Quantity,
        price: LinePrice,
    ) -> Result<usize, Refusal> {
        if self.lines.len() >= SALE_LINES_MAX {
            return Err(Refusal::TooManyLines);
        }
        let magnitude = quantity.tenthousandths().unsigned_abs();
        if magnitude == 0 || magnitude > LINE_QUANTITY_MAX.tenthousandths().unsigned_abs() {
            return Err(Refusal::QuantityOutOfRange);
        }
        if item.sold_by == SoldBy::Each && !quantity.is_whole() {
            return Err(Refusal::WholePiecesOnly);
        }
        let (price_source, unit_price, amount) = match price {
            LinePrice::Pack => {
                (PriceSource::Pack, item.unit_price, item.unit_price.times(quantity)?)
            }
            LinePrice::Keyed(keyed) => (PriceSource::Keyed, keyed, keyed.times(quantity)?),
            LinePrice::Label(amount) => (PriceSource::Label, item.unit_price, amount),
        };
        if unit_price.tenthousandths() < 0
            || amount.minor().unsigned_abs() > LINE_AMOUNT_MAX.minor().unsigned_abs()
        {
            return Err(Refusal::AmountOutOfRange);
        }
        self.lines.push(SaleLine {
            code: item.code.clone(),
            name: item.name.clone(),
            quantity,
            unit_price,
            price_source,
            amount,
            tax_class: item.tax_class.clone(),
            voided: false,
        });
        Ok(self.lines.len().saturating_sub(1))
    }

    /// Takes a line back.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such line or it is taken back already.
    pub fn void(&mut self, place: usize) -> Result<&SaleLine, Refusal> {
        let line = self.lines.get_mut(place).ok_or(Refusal::NoSuchLine)?;
        if line.voided {
            return Err(Refusal::LineAlreadyVoided);
        }
        line.voided = true;
        Ok(line)
    }

    /// The totals so far.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn totals(&self, pricing: Pricing<'_>) -> Result<Totals, Overflow> {
        totals(&self.lines, pricing)
    }

    /// Closes the lines and begins payment.
    ///
    /// # Errors
    /// The basket as it was, with the [`Refusal`]: nothing in it, or an amount out of bounds.
    pub fn tender(self, pricing: Pricing<'_>) -> Result<Tendering, (Self, Refusal)> {
        if self.lines.iter().all(|line| line.voided) {
            return Err((self, Refusal::NothingToPay));
        }
        match self.totals(pricing) {
            Ok(totals) => Ok(Tendering {
                still_due: totals.total,
                lines: self.lines,
                totals,
                tenders: Vec::new(),
            }),
            Err(Overflow) => Err((self, Refusal::AmountOutOfRange)),
        }
    }

    /// Gives the basket up.
    ///
    /// # Errors
    /// [`Refusal`] when an amount is out of bounds.
    pub fn abandon(self, shift: ShiftNo, pricing: Pricing<'_>) -> Result<AbandonedSale, Refusal> {
        let total = self.totals(pricing)?.total;
        Ok(AbandonedSale { shift, lines: self.lines, total, returned: Money::ZERO })
    }
}

impl Tendering {
    /// The closed lines.
    pub fn lines(&self) -> &[SaleLine] {
        &self.lines
    }

    /// The totals.
    pub const fn totals(&self) -> &Totals {
        &self.totals
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
            Ok(Basket { lines: self.lines })
        } else {
            Err((self, Refusal::PaymentBegun))
        }
    }

    /// Takes a tender.
    ///
    /// Cash may be more than is due; the rest is change. Cash that is less is a part. A check is
    /// made out for what is due or less. Where the store pays out, cash of zero settles it.
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
                let Self { lines, totals, .. } = self;
                Ok(Taken::All(PaidSale { lines, totals, tenders, rounding, change }))
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
        Ok(AbandonedSale { shift, lines: self.lines, total: self.totals.total, returned })
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
        match tender {
            Tender::Cash { amount } if payout && *amount != Money::ZERO => {
                Err(Refusal::NothingToPay)
            }
            Tender::Cash { .. } if payout => {
                let settled = rounding.settle_payout(due)?;
                Ok((Money::ZERO, Some((settled.rounding, settled.change))))
            }
            Tender::Cash { amount } => {
                if amount.is_negative() || (*amount == Money::ZERO && due != Money::ZERO) {
                    return Err(Refusal::TenderNotPositive);
                }
                match rounding.settle(due, *amount)? {
                    Some(settled) => Ok((Money::ZERO, Some((settled.rounding, settled.change)))),
                    None => Ok((due.minus(*amount)?, None)),
                }
            }
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
        }
    }
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

    /// The checks taken.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub fn checks(&self) -> Result<Money, Overflow> {
        let checks = self.tenders.iter().filter(|tender| matches!(tender, Tender::Check { .. }));
        Money::sum(checks.map(Tender::amount))
    }

    /// True when the store paid out.
    pub const fn is_refund(&self) -> bool {
        self.total.is_negative()
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

fn totals(lines: &[SaleLine], pricing: Pricing<'_>) -> Result<Totals, Overflow> {
    let counted = || lines.iter().filter(|line| !line.voided);
    let subtotal = Money::sum(counted().map(|line| line.amount))?;
    let taxed = counted().map(|line| (&line.tax_class, line.amount));
    let taxes = pricing.taxes.tax(taxed, pricing.date, pricing.basis)?;
    let total = subtotal.plus(Money::sum(taxes.iter().map(|tax| tax.amount))?)?;
    Ok(Totals { subtotal, taxes, total })
}

#[cfg(test)]
mod tests;
