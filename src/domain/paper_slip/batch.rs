//! Slips being keyed: nothing of them is recorded before a second person's total agrees.
//!
//! ```text
//!  Slip: lines as written ─▶ written total ─▶ Batch ─▶ confirm(total) ─▶ Slip::sale, one by one
//! ```

use super::{BATCH_MAX, DIFFERENCE_FREE, PaperSlip, SlipFault};
use crate::domain::approval::Approval;
use crate::domain::ids::{SaleNo, ShiftNo};
use crate::domain::item::Item;
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::refusal::Refusal;
use crate::domain::sale::{Basket, CompletedSale, LinePrice, Pricing, SaleLine, Terms};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::Timestamp;

/// One slip, as it was keyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Its number.
    pub number: u32,
    /// When it was written.
    pub at: Timestamp,
    /// The total that was written, and taken.
    pub written: Money,
    /// The check that paid it; none for cash.
    pub check: Option<CheckNumber>,
    lines: Vec<SaleLine>,
    guessed: Vec<bool>,
}

/// Slips that wait for a second person's total.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    slips: Vec<Slip>,
}

impl Slip {
    /// A slip with nothing on it yet.
    pub const fn new(number: u32, at: Timestamp) -> Self {
        Self {
            number,
            at,
            written: Money::ZERO,
            check: None,
            lines: Vec::new(),
            guessed: Vec::new(),
        }
    }

    /// The lines so far.
    pub fn lines(&self) -> &[SaleLine] {
        &self.lines
    }

    /// The price of this line is not the pack's.
    pub fn is_guessed(&self, place: usize) -> bool {
        self.guessed.get(place).copied().unwrap_or(false)
    }

    /// Adds a line; `price` is what was written, none for the pack's.
    ///
    /// # Errors
    /// [`Refusal`] as for any line.
    pub fn add(
        &mut self,
        item: &Item,
        quantity: Quantity,
        price: Option<UnitPrice>,
    ) -> Result<(), Refusal> {
        let mut basket = Basket::from_lines(std::mem::take(&mut self.lines));
        let line = price.map_or(LinePrice::Pack, LinePrice::Keyed);
        let added = basket.add(item, quantity, line);
        self.lines = basket.saved().lines;
        added?;
        self.guessed.push(price.is_some());
        Ok(())
    }

    /// What was written beside a line is another price than the pack's.
    ///
    /// # Errors
    /// [`Refusal`] for a price out of bounds; the line then stays as it was.
    pub fn set_price(&mut self, place: usize, price: UnitPrice) -> Result<(), Refusal> {
        let mut basket = Basket::from_lines(self.lines.clone());
        let reason = crate::domain::sale::Reason::Other;
        basket.set_price(place, price, reason)?;
        self.lines = basket.saved().lines;
        if let Some(guessed) = self.guessed.get_mut(place) {
            *guessed = true;
        }
        Ok(())
    }

    /// Takes a line out that was keyed wrongly: what stands on the paper counts.
    pub fn remove(&mut self, place: usize) {
        if place < self.lines.len() {
            self.lines.remove(place);
            self.guessed.remove(place);
        }
    }

    /// What the lines come to with tax.
    ///
    /// # Errors
    /// [`Refusal`] where a sum does not fit.
    pub fn reckoned(&self, pricing: Pricing<'_>) -> Result<Money, Refusal> {
        Ok(Basket::from_lines(self.lines.clone()).totals(pricing)?.total)
    }

    /// Takes the written total. One far from the reckoned one is taken when it is keyed again.
    ///
    /// # Errors
    /// [`Refusal`]; the slip then has no total.
    pub fn set_written(
        &mut self,
        written: Money,
        sure: bool,
        pricing: Pricing<'_>,
    ) -> Result<(), Refusal> {
        if self.lines.is_empty() {
            return Err(SlipFault::NoLines.into());
        }
        if written <= Money::ZERO {
            return Err(SlipFault::NotAnAmount.into());
        }
        let reckoned = self.reckoned(pricing)?;
        let off = written.minus(reckoned)?.minor().unsigned_abs();
        if off > DIFFERENCE_FREE.minor().unsigned_abs() && !sure {
            return Err(SlipFault::TotalFarOff(reckoned).into());
        }
        self.written = written;
        Ok(())
    }

    /// The sale that was written: its money is what was taken. What that differs by from the
    /// reckoned total stands where cash rounding does.
    ///
    /// # Errors
    /// [`Refusal`] where a sum does not fit.
    pub fn sale(
        &self,
        number: SaleNo,
        shift: ShiftNo,
        pricing: Pricing<'_>,
        approval: Option<Approval>,
    ) -> Result<CompletedSale, Refusal> {
        let totals = Basket::from_lines(self.lines.clone()).totals(pricing)?;
        let mut sale = self.kept();
        sale.terms.approvals.extend(approval);
        Ok(CompletedSale {
            number,
            shift,
            taxes: totals.taxes,
            subtotal: totals.subtotal,
            total: totals.total,
            rounding: self.written.minus(totals.total)?,
            ..sale
        })
    }

    /// The slip as it is kept until it is recorded: without a number, and not added up.
    pub fn kept(&self) -> CompletedSale {
        let tender = match &self.check {
            None => Tender::Cash { amount: self.written },
            Some(check) => Tender::plain_check(self.written, check.clone()),
        };
        let guessed = (0_u16..).zip(&self.guessed).filter(|(_, guessed)| **guessed);
        let guessed = guessed.map(|(place, _)| place).collect();
        let slip = PaperSlip { number: self.number, at: self.at, guessed };
        CompletedSale {
            number: SaleNo(0),
            shift: ShiftNo(0),
            lines: self.lines.clone(),
            taxes: Vec::new(),
            subtotal: Money::ZERO,
            total: self.written,
            rounding: Money::ZERO,
            tenders: vec![tender],
            change: Money::ZERO,
            terms: Terms { paper_slip: Some(slip), ..Terms::default() },
        }
    }

    /// A slip that was kept; none of what is no slip.
    pub fn restored(kept: CompletedSale) -> Option<Self> {
        let PaperSlip { number, at, guessed } = kept.terms.paper_slip?;
        let places = (0_u16..).zip(&kept.lines);
        let guessed = places.map(|(place, _)| guessed.contains(&place)).collect();
        let check = match kept.tenders.into_iter().next()? {
            Tender::Check { number, .. } => Some(number),
            Tender::Cash { .. } => None,
            Tender::CheckReturned { .. } => return None,
        };
        Some(Self { number, at, written: kept.total, check, lines: kept.lines, guessed })
    }
}

impl Batch {
    /// The slips, in the order they were keyed.
    pub fn slips(&self) -> &[Slip] {
        &self.slips
    }

    /// The slip of a number is in it.
    pub fn holds(&self, number: u32) -> bool {
        self.slips.iter().any(|slip| slip.number == number)
    }

    /// Adds a slip.
    ///
    /// # Errors
    /// [`SlipFault`] when it is in the batch or the batch is full.
    pub fn add(&mut self, slip: Slip) -> Result<(), SlipFault> {
        if self.holds(slip.number) {
            return Err(SlipFault::InTheBatch(slip.number));
        }
        if self.slips.len() >= BATCH_MAX {
            return Err(SlipFault::BatchFull);
        }
        self.slips.push(slip);
        Ok(())
    }

    /// Takes a slip out, to be keyed anew.
    pub fn remove(&mut self, place: usize) -> Option<Slip> {
        (place < self.slips.len()).then(|| self.slips.remove(place))
    }

    /// Takes the first slip out, once it is recorded.
    pub fn pop_first(&mut self) -> Option<Slip> {
        self.remove(0)
    }

    /// What the slips come to.
    ///
    /// # Errors
    /// [`Refusal`] where the sum does not fit.
    pub fn total(&self) -> Result<Money, Refusal> {
        Ok(Money::sum(self.slips.iter().map(|slip| slip.written))?)
    }

    /// The second person's total agrees.
    ///
    /// # Errors
    /// [`Refusal`] when it does not, or there is nothing to confirm.
    pub fn confirm(&self, total: Money) -> Result<(), Refusal> {
        if self.slips.is_empty() {
            return Err(SlipFault::BatchEmpty.into());
        }
        if self.total()? != total {
            return Err(SlipFault::TotalDiffers.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::gtin::ItemCode;
    use crate::domain::ids::TaxClass;
    use crate::domain::item::SoldBy;
    use crate::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
    use crate::domain::time::BusinessDate;

    fn date() -> BusinessDate {
        BusinessDate::parse("2026-11-22").expect("a day")
    }

    fn taxes() -> TaxTable {
        let (code, class) = (TaxClass::parse("ST"), TaxClass::parse("food"));
        TaxTable::new(vec![TaxRow {
            code: code.expect("a code"),
            class: class.expect("a class"),
            rate: TaxRate::parse_percent("10").expect("a rate"),
            from: date(),
            until: None,
        }])
    }

    fn soup() -> Item {
        Item {
            code: ItemCode::parse("4011").expect("a code"),
            name: "Soup".to_owned(),
            unit_price: UnitPrice::parse("2.00").expect("a price"),
            sold_by: SoldBy::Each,
            tax_class: TaxClass::parse("food").expect("a class"),
            department: 1,
            age_min: Some(21),
        }
    }

    fn slip(number: u32) -> Slip {
        let at = Timestamp::parse("2026-11-22T13:05:00.000-06:00").expect("a time");
        Slip::new(number, at)
    }

    fn cents(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    #[test]
    fn a_slip_is_a_sale_of_what_was_taken_and_says_what_was_guessed() {
        let taxes = taxes();
        let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date: date() };
        let mut slip = slip(104);
        let two = Quantity::pieces(2).expect("fits");
        slip.add(&soup(), two, None).expect("added");
        slip.add(&soup(), Quantity::ONE, UnitPrice::parse("1.50").ok()).expect("added");
        assert_eq!(slip.reckoned(pricing), Ok(cents(605)));
        // The pen said 6.00: that is what is in the drawer.
        slip.set_written(cents(600), false, pricing).expect("near enough");
        let sale = slip.sale(SaleNo(9), ShiftNo(2), pricing, None).expect("a sale");
        assert!(sale.adds_up());
        assert_eq!((sale.total, sale.rounding), (cents(605), cents(-5)));
        assert_eq!(sale.cash_kept(), Ok(cents(600)));
        let paper = sale.terms.paper_slip.expect("its slip");
        assert_eq!((paper.number, paper.guessed), (104, vec![1]));
        assert_eq!(sale.terms.age, None, "nobody knows whether an ID was looked at");
        assert_eq!(Slip::restored(slip.kept()), Some(slip), "kept and taken up again");
    }

    #[test]
    fn a_total_far_from_its_lines_is_asked_for_twice_and_lines_can_be_put_right() {
        let taxes = taxes();
        let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date: date() };
        let mut slip = slip(104);
        let no_lines: Result<(), Refusal> = Err(SlipFault::NoLines.into());
        assert_eq!(slip.set_written(cents(220), false, pricing), no_lines);
        slip.add(&soup(), Quantity::ONE, None).expect("added");
        let far: Result<(), Refusal> = Err(SlipFault::TotalFarOff(cents(220)).into());
        assert_eq!(slip.set_written(cents(321), false, pricing), far);
        assert_eq!(slip.set_written(cents(321), true, pricing), Ok(()));
        assert_eq!(slip.set_written(cents(320), false, pricing), Ok(()), "a dollar is free");
        for nothing in [0, -1] {
            let refused = slip.set_written(cents(nothing), true, pricing);
            assert_eq!(refused, Err(SlipFault::NotAnAmount.into()));
        }
        slip.set_price(0, UnitPrice::parse("3.00").expect("a price")).expect("set");
        assert!(slip.is_guessed(0));
        assert_eq!(slip.reckoned(pricing), Ok(cents(330)));
        assert_eq!(slip.set_price(4, UnitPrice::default()), Err(Refusal::NoSuchLine));
        slip.remove(0);
        assert_eq!((slip.lines().len(), slip.is_guessed(0)), (0, false));
    }

    #[test]
    fn a_batch_is_confirmed_by_its_total_and_holds_each_slip_once() {
        let mut batch = Batch::default();
        let empty: Result<(), Refusal> = Err(SlipFault::BatchEmpty.into());
        assert_eq!(batch.confirm(cents(0)), empty);
        for number in 1..=50 {
            let slip = Slip { written: cents(100), ..slip(number) };
            assert_eq!(batch.add(slip), Ok(()));
        }
        assert_eq!(batch.add(slip(7)), Err(SlipFault::InTheBatch(7)));
        assert_eq!(batch.add(slip(51)), Err(SlipFault::BatchFull));
        let differs: Result<(), Refusal> = Err(SlipFault::TotalDiffers.into());
        assert_eq!(batch.confirm(cents(4_999)), differs);
        assert_eq!(batch.confirm(cents(5_000)), Ok(()));
        assert_eq!(batch.remove(60), None);
        assert_eq!(batch.pop_first().map(|slip| slip.number), Some(1));
        assert_eq!(batch.total(), Ok(cents(4_900)));
    }
}
