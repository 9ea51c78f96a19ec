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
//! A line that still lacks something is open: it waits in the basket and must be settled before
//! payment, as must the question for an ID.

mod completed;
mod honoring;
mod line;
mod paper;
mod tendering;
mod terms;

pub use self::completed::{AbandonedSale, CompletedSale, SavedBasket};
pub use self::line::{
    LinePrice, Missing, OPEN_CODE_LEN_MAX, OpenLine, PriceChange, PriceSource, ReturnedLine,
    SaleLine,
};
pub use self::paper::{PaperFault, PaperProof};
pub use self::tendering::{PaidSale, Taken, TenderRules, Tendering};
pub use self::terms::{
    APPROVALS_MAX, AgeCheck, AgeProof, CERTIFICATE_LEN_MAX, ExemptReason, Exemption, LinkKind,
    Offered, Reason, SaleLink, Terms,
};

use super::approval::Approval;
use super::code::batch::Lot;
use super::ids::{RecordRef, ShiftNo};
use super::item::{Item, SoldBy};
use super::money::{Money, Overflow};
use super::quantity::{Quantity, UnitPrice};
use super::refusal::Refusal;
use super::tax::{TaxBasis, TaxLine, TaxTable};
use super::time::BusinessDate;

/// The most lines of one sale, voided ones included.
pub const SALE_LINES_MAX: usize = 500;
/// The most tenders of one sale.
pub const SALE_TENDERS_MAX: usize = 20;
/// The largest quantity of one line: 10,000 pieces or pounds.
pub const LINE_QUANTITY_MAX: Quantity = Quantity::from_tenthousandths(100_000_000);
/// The largest amount of one line: 1,000,000.00.
pub const LINE_AMOUNT_MAX: Money = Money::from_minor(100_000_000);
/// The highest price of one unit: 1,000,000.00.
pub const UNIT_PRICE_MAX: UnitPrice = UnitPrice::from_tenthousandths(10_000_000_000);
/// The largest total, tender, tax or change of one sale: 10,000,000,000.00, more than 500 lines of
/// the largest amount with their tax come to.
pub const SALE_AMOUNT_MAX: Money = Money::from_minor(1_000_000_000_000);

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
    open: Vec<OpenLine>,
    terms: Terms,
}

impl Basket {
    /// A basket of lines that were rung up before.
    pub fn from_lines(lines: Vec<SaleLine>) -> Self {
        Self { lines, open: Vec::new(), terms: Terms::default() }
    }

    /// A basket as it was saved or suspended.
    pub fn restored(saved: SavedBasket) -> Self {
        let SavedBasket { lines, open, terms } = saved;
        Self { lines, open, terms }
    }

    /// The whole basket, to be saved or suspended.
    pub fn saved(&self) -> SavedBasket {
        let Self { lines, open, terms } = self.clone();
        SavedBasket { lines, open, terms }
    }

    /// The lines, in the order they were rung up.
    pub fn lines(&self) -> &[SaleLine] {
        &self.lines
    }

    /// The lines that still lack something.
    pub fn open_lines(&self) -> &[OpenLine] {
        &self.open
    }

    /// What holds besides the lines.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// True before the first line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.open.is_empty()
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
        self.has_room()?;
        check_quantity(quantity)?;
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
        check_price(unit_price, amount)?;
        self.lines.push(SaleLine::of(item, quantity, (price_source, unit_price, amount)));
        Ok(self.lines.len().saturating_sub(1))
    }

    /// Adds a line whose package told its batch or last day.
    ///
    /// # Errors
    /// As [`Basket::add`].
    pub fn add_of_lot(
        &mut self,
        item: &Item,
        quantity: Quantity,
        price: LinePrice,
        lot: Lot,
    ) -> Result<usize, Refusal> {
        let at = self.add(item, quantity, price)?;
        if let Some(line) = self.lines.get_mut(at) {
            line.lot = lot;
        }
        Ok(at)
    }

    /// Counts a coupon or a gift card that was offered and given back.
    pub const fn count_offered(&mut self, offered: Offered) {
        self.terms.offered.coupons = self.terms.offered.coupons.saturating_add(offered.coupons);
        self.terms.offered.gift_cards =
            self.terms.offered.gift_cards.saturating_add(offered.gift_cards);
    }

    /// Adds a line of a paid sale that comes back: `line` is already turned round.
    ///
    /// # Errors
    /// [`Refusal`] when it is out of bounds, or another receipt's items are in the basket.
    pub fn take_back(&mut self, line: SaleLine, link: &SaleLink) -> Result<usize, Refusal> {
        self.has_room()?;
        check_quantity(line.quantity)?;
        check_price(line.unit_price, line.amount)?;
        if self.terms.link.as_ref().is_some_and(|known| !known.is_same_sale(link)) {
            return Err(Refusal::OneReceiptAtATime);
        }
        self.terms.link = Some(link.clone());
        self.lines.push(line);
        Ok(self.lines.len().saturating_sub(1))
    }

    /// Adds a line that still lacks something.
    ///
    /// # Errors
    /// [`Refusal`] for a quantity out of bounds, or one line too many.
    pub fn add_open(&mut self, line: OpenLine) -> Result<usize, Refusal> {
        self.has_room()?;
        check_quantity(line.quantity)?;
        self.open.push(line);
        Ok(self.open.len().saturating_sub(1))
    }

    /// Settles an open line: it becomes a line like any other.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such line, or what was given is out of bounds; it stays open.
    pub fn settle(
        &mut self,
        place: usize,
        item: &Item,
        quantity: Quantity,
        price: LinePrice,
    ) -> Result<usize, Refusal> {
        if place >= self.open.len() {
            return Err(Refusal::NoSuchLine);
        }
        let mut settled = self.clone();
        let lot = settled.open.remove(place).lot;
        let at = settled.add_of_lot(item, quantity, price, lot)?;
        *self = settled;
        Ok(at)
    }

    /// Takes an open line out: it was never priced, so nothing is lost by it.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such line.
    pub fn drop_open(&mut self, place: usize) -> Result<OpenLine, Refusal> {
        if place >= self.open.len() {
            return Err(Refusal::NoSuchLine);
        }
        Ok(self.open.remove(place))
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

    /// Changes the quantity of a line. Less is a void and a new line, so that what was rung up
    /// leaves its trace.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such line, it comes from a label or a receipt, or the quantity
    /// is out of bounds.
    pub fn set_quantity(&mut self, place: usize, quantity: Quantity) -> Result<(), Refusal> {
        let line = self.changeable(place)?;
        check_quantity(quantity)?;
        if quantity.tenthousandths().signum() != line.quantity.tenthousandths().signum() {
            return Err(Refusal::QuantityOutOfRange);
        }
        if line.quantity.is_whole()
            && !quantity.is_whole()
            && line.price_source != PriceSource::Keyed
        {
            return Err(Refusal::WholePiecesOnly);
        }
        let amount = line.unit_price.times(quantity)?;
        check_price(line.unit_price, amount)?;
        let grows = quantity.tenthousandths().unsigned_abs()
            >= line.quantity.tenthousandths().unsigned_abs();
        let after = SaleLine { quantity, amount, ..line.clone() };
        if grows {
            if let Some(line) = self.lines.get_mut(place) {
                *line = after;
            }
            return Ok(());
        }
        self.has_room()?;
        self.void(place)?;
        self.lines.push(after);
        Ok(())
    }

    /// What a line would cost at another unit price.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such line, it comes from a label or a receipt, or the amount
    /// is out of bounds.
    pub fn amount_at(
        &self,
        place: usize,
        unit_price: UnitPrice,
    ) -> Result<(Money, Money), Refusal> {
        let line = self.changeable(place)?;
        let amount = unit_price.times(line.quantity)?;
        check_price(unit_price, amount)?;
        let was = line.changed.map_or(line.unit_price, |changed| changed.was);
        Ok((was.times(line.quantity)?, amount))
    }

    /// Changes the unit price of a line.
    ///
    /// # Errors
    /// As [`Basket::amount_at`].
    pub fn set_price(
        &mut self,
        place: usize,
        unit_price: UnitPrice,
        reason: Reason,
    ) -> Result<&SaleLine, Refusal> {
        let (_, amount) = self.amount_at(place, unit_price)?;
        let line = self.lines.get_mut(place).ok_or(Refusal::NoSuchLine)?;
        let was = line.changed.map_or(line.unit_price, |changed| changed.was);
        line.changed = Some(PriceChange { was, reason });
        line.price_source = PriceSource::Keyed;
        line.unit_price = unit_price;
        line.amount = amount;
        Ok(line)
    }

    /// A sale that could not note one more approval takes no act that needs one.
    ///
    /// # Errors
    /// [`Refusal`] when a sale would hold more approvals than a record may.
    pub fn has_room_for_approval(&self, needed: bool) -> Result<(), Refusal> {
        let full = self.terms.approvals.len() >= APPROVALS_MAX;
        if needed && full { Err(Refusal::TooManyLines) } else { Ok(()) }
    }

    /// Notes who stood behind an act.
    ///
    /// # Errors
    /// [`Refusal`] when a sale would hold more approvals than a record may.
    pub fn approve(&mut self, approval: Option<Approval>) -> Result<(), Refusal> {
        if let Some(approval) = approval {
            if self.terms.approvals.len() >= APPROVALS_MAX {
                return Err(Refusal::TooManyApprovals);
            }
            self.terms.approvals.push(approval);
        }
        Ok(())
    }

    /// The age that is still to be asked about: the highest of the lines, unless it was answered.
    pub fn age_to_ask(&self) -> Option<u8> {
        let sold = |line: &&SaleLine| !line.voided && line.returned.is_none();
        let years = self.lines.iter().filter(sold).filter_map(|line| line.age_min).max()?;
        let answered = self.terms.age.is_some_and(|age| age.years >= years);
        (!answered).then_some(years)
    }

    /// Notes how the buyer's age was found.
    pub const fn set_age(&mut self, check: AgeCheck) {
        self.terms.age = Some(check);
    }

    /// Notes that a card may have paid this sale: the record that first put it aside.
    pub const fn set_card_pending(&mut self, case: RecordRef) {
        self.terms.card_pending = Some(case);
    }

    /// Takes no tax, or takes it again.
    pub fn set_exempt(&mut self, exemption: Option<Exemption>) {
        self.terms.exempt = exemption;
    }

    /// The totals so far.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn totals(&self, pricing: Pricing<'_>) -> Result<Totals, Overflow> {
        totals(&self.lines, &self.terms, pricing)
    }

    /// Closes the lines and begins payment.
    ///
    /// # Errors
    /// The basket as it was, with the [`Refusal`]: nothing in it, a line that is still open, an
    /// age that was not asked about, or an amount out of bounds.
    #[expect(clippy::result_large_err, reason = "a refused basket is handed back whole")]
    pub fn tender(self, pricing: Pricing<'_>) -> Result<Tendering, (Self, Refusal)> {
        if self.open.is_empty() && self.lines.iter().all(|line| line.voided) {
            return Err((self, Refusal::NothingToPay));
        }
        if !self.open.is_empty() {
            let left = self.open.len();
            return Err((self, Refusal::OpenLines(left)));
        }
        if let Some(years) = self.age_to_ask() {
            return Err((self, Refusal::AgeUnchecked(years)));
        }
        match self.totals(pricing) {
            Ok(totals) => Ok(Tendering {
                still_due: totals.total,
                lines: self.lines,
                terms: self.terms,
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
        let Self { lines, open, terms } = self;
        let basket = SavedBasket { lines, open, terms };
        Ok(AbandonedSale { shift, basket, total, returned: Money::ZERO })
    }

    fn has_room(&self) -> Result<(), Refusal> {
        let lines = self.lines.len().saturating_add(self.open.len());
        if lines >= SALE_LINES_MAX { Err(Refusal::TooManyLines) } else { Ok(()) }
    }

    /// A line whose price and quantity may be changed.
    fn changeable(&self, place: usize) -> Result<&SaleLine, Refusal> {
        let line = self.lines.get(place).ok_or(Refusal::NoSuchLine)?;
        if line.voided {
            return Err(Refusal::LineAlreadyVoided);
        }
        let fixed = line.price_source == PriceSource::Label || line.returned.is_some();
        if fixed || self.honored_at(place).is_some() {
            return Err(Refusal::PriceIsFixed);
        }
        Ok(line)
    }
}

fn check_quantity(quantity: Quantity) -> Result<(), Refusal> {
    let magnitude = quantity.tenthousandths().unsigned_abs();
    if magnitude == 0 || magnitude > LINE_QUANTITY_MAX.tenthousandths().unsigned_abs() {
        return Err(Refusal::QuantityOutOfRange);
    }
    Ok(())
}

fn check_price(unit_price: UnitPrice, amount: Money) -> Result<(), Refusal> {
    if !(UnitPrice::default()..=UNIT_PRICE_MAX).contains(&unit_price)
        || amount.minor().unsigned_abs() > LINE_AMOUNT_MAX.minor().unsigned_abs()
    {
        return Err(Refusal::AmountOutOfRange);
    }
    Ok(())
}

/// Totals of lines. A returned line bears the tax of the day it was sold on, so that a return is
/// the exact mirror of its sale; an exempt sale bears none.
fn totals(lines: &[SaleLine], terms: &Terms, pricing: Pricing<'_>) -> Result<Totals, Overflow> {
    let counted = || lines.iter().filter(|line| !line.voided);
    let subtotal = Money::sum(counted().map(|line| line.amount))?;
    let day = |line: &SaleLine| line.returned.map_or(pricing.date, |returned| returned.day);
    let mut taxes: Vec<TaxLine> = Vec::new();
    if terms.exempt.is_none() {
        let mut days: Vec<BusinessDate> = counted().map(day).collect();
        days.sort_unstable();
        days.dedup();
        for date in days {
            let on_day = counted().filter(|line| day(line) == date);
            let taxed = on_day.map(|line| (&line.tax_class, line.amount));
            for tax in pricing.taxes.tax(taxed, date, pricing.basis)? {
                match taxes.iter_mut().find(|t| t.code == tax.code && t.rate == tax.rate) {
                    Some(known) => {
                        known.taxable = known.taxable.plus(tax.taxable)?;
                        known.amount = known.amount.plus(tax.amount)?;
                    }
                    None => taxes.push(tax),
                }
            }
        }
    }
    let total = subtotal.plus(Money::sum(taxes.iter().map(|tax| tax.amount))?)?;
    let largest = taxes.iter().flat_map(|tax| [tax.taxable, tax.amount]).chain([subtotal, total]);
    let most = SALE_AMOUNT_MAX.minor().unsigned_abs();
    if largest.into_iter().any(|amount| amount.minor().unsigned_abs() > most) {
        return Err(Overflow);
    }
    Ok(Totals { subtotal, taxes, total })
}

#[cfg(test)]
mod tests;
