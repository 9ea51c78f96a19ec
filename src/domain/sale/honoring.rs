//! A line that honors a rain check: it costs what was promised, and its price is fixed then.
//!
//! ```text
//!  so much off          ─▶ amount less that, never below zero      an amount for the whole line
//!  a price for n pieces ─┬ the line has no more ─▶ that unit price
//!                        └ it has more ──────────▶ n at that price, the rest as before
//! ```
//!
//! The line keeps what it cost before and why, and the sale's terms name the rain check. A line
//! that is taken back honors nothing: the rain check is good again.

use super::line::{PriceChange, PriceSource, SaleLine};
use super::terms::Reason;
use super::{Basket, CompletedSale, check_price};
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::rain_check::{HONORED_MAX, Honored, RainCheckFault, RainCheckRef, Worth};
use crate::domain::refusal::Refusal;

impl CompletedSale {
    /// The rain checks it redeems: those of lines that were not taken back.
    pub fn honored(&self) -> impl Iterator<Item = &Honored> {
        standing(&self.terms.rain_checks, &self.lines)
    }
}

impl Basket {
    /// The rain checks that it would redeem.
    pub fn honored(&self) -> impl Iterator<Item = &Honored> {
        standing(&self.terms.rain_checks, &self.lines)
    }

    /// The rain check of a line.
    pub fn honored_at(&self, place: usize) -> Option<&Honored> {
        self.honored().find(|honored| usize::from(honored.place) == place)
    }

    /// What a line would cost with a rain check.
    ///
    /// # Errors
    /// [`Refusal`] when its price is fixed, or it costs no more than was promised.
    pub fn with_promise(&self, place: usize, worth: Worth) -> Result<Money, Refusal> {
        promised(self.changeable(place)?, worth).map(|(_, _, amount)| amount)
    }

    /// Gives a line what a rain check promises.
    ///
    /// # Errors
    /// As [`Basket::with_promise`], when the rain check is in this sale already, or no more fits.
    /// The basket then stays as it is.
    pub fn honor(
        &mut self,
        place: usize,
        worth: Worth,
        of: RainCheckRef,
    ) -> Result<&SaleLine, Refusal> {
        if self.honored().any(|honored| honored.of.at_record == of.at_record) {
            return Err(RainCheckFault::InThisSale(of.number).into());
        }
        if self.terms.rain_checks.len() >= HONORED_MAX {
            return Err(RainCheckFault::SaleFull.into());
        }
        let (source, unit_price, amount) = promised(self.changeable(place)?, worth)?;
        let at = u16::try_from(place).map_err(|_| Refusal::NoSuchLine)?;
        let line = self.lines.get_mut(place).ok_or(Refusal::NoSuchLine)?;
        let was = line.changed.map_or(line.unit_price, |changed| changed.was);
        line.changed = Some(PriceChange { was, reason: Reason::RainCheck });
        line.price_source = source;
        line.unit_price = unit_price;
        line.amount = amount;
        self.terms.rain_checks.push(Honored { place: at, of });
        Ok(line)
    }
}

fn standing<'a>(
    honored: &'a [Honored],
    lines: &'a [SaleLine],
) -> impl Iterator<Item = &'a Honored> {
    honored.iter().filter(|one| lines.get(usize::from(one.place)).is_some_and(|line| !line.voided))
}

fn promised(line: &SaleLine, worth: Worth) -> Result<(PriceSource, UnitPrice, Money), Refusal> {
    if line.quantity <= Quantity::default() {
        return Err(RainCheckFault::LineTaken.into());
    }
    let (source, unit_price, amount) = match worth {
        Worth::Unsaid => return Err(RainCheckFault::CostsNoMore.into()),
        Worth::Off(off) => {
            let amount = line.amount.minus(off)?.max(Money::ZERO);
            (PriceSource::Label, line.unit_price, amount)
        }
        Worth::Price(promised, pieces) => {
            let most = Quantity::pieces(i64::from(pieces))?;
            if line.quantity <= most || !line.quantity.is_whole() {
                (PriceSource::Keyed, promised, promised.times(line.quantity)?)
            } else {
                let rest = line.quantity.plus(most.negated()?)?;
                let amount = promised.times(most)?.plus(line.unit_price.times(rest)?)?;
                (PriceSource::Label, line.unit_price, amount)
            }
        }
    };
    if amount >= line.amount {
        return Err(RainCheckFault::CostsNoMore.into());
    }
    check_price(unit_price, amount)?;
    Ok((source, unit_price, amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::gtin::ItemCode;
    use crate::domain::ids::{
        Epoch, RecordRef, RegisterNo, SaleNo, Seq, ShiftNo, StoreNo, TaxClass,
    };
    use crate::domain::item::{Item, SoldBy};
    use crate::domain::sale::{LinePrice, Pricing, Taken};
    use crate::domain::tax::{TaxBasis, TaxTable};
    use crate::domain::tender::Tender;
    use crate::domain::time::BusinessDate;

    fn basket(quantity: &str) -> Basket {
        let item = Item {
            code: ItemCode::parse("4011").expect("a code"),
            name: "Bananas".to_owned(),
            unit_price: UnitPrice::parse("1.29").expect("a price"),
            sold_by: SoldBy::Weight,
            tax_class: TaxClass::parse("food").expect("a class"),
            department: 1,
            age_min: None,
        };
        let mut basket = Basket::default();
        let quantity = Quantity::parse(quantity).expect("a quantity");
        basket.add(&item, quantity, LinePrice::Pack).expect("added");
        basket
    }

    fn of(number: u32) -> RainCheckRef {
        let at_record = RecordRef { epoch: Epoch([7; 8]), seq: Seq(u64::from(number)) };
        let (store, register) = (StoreNo(1_042), RegisterNo(7));
        RainCheckRef { store, register, at_record, number, hash_start: None }
    }

    fn off(minor: i64) -> Worth {
        Worth::Off(Money::from_minor(minor))
    }

    fn one_dollar(pieces: u16) -> Worth {
        Worth::Price(UnitPrice::parse("1.00").expect("a price"), pieces)
    }

    #[test]
    fn a_promise_takes_off_what_it_says_and_never_more_than_the_line() {
        for (quantity, worth, amount, source) in [
            ("3", off(100), 287, PriceSource::Label),
            ("1", off(500), 0, PriceSource::Label),
            ("3", one_dollar(3), 300, PriceSource::Keyed),
            ("3", one_dollar(2), 329, PriceSource::Label),
            ("0.65", one_dollar(1), 65, PriceSource::Keyed),
            ("2.5", one_dollar(1), 250, PriceSource::Keyed),
        ] {
            let mut basket = basket(quantity);
            assert_eq!(basket.with_promise(0, worth), Ok(Money::from_minor(amount)), "{worth:?}");
            let line = basket.honor(0, worth, of(7_001)).expect("honored").clone();
            assert_eq!((line.amount.minor(), line.price_source), (amount, source), "{worth:?}");
            let changed = line.changed.expect("kept");
            assert_eq!(
                (changed.was.to_string(), changed.reason),
                ("1.29".into(), Reason::RainCheck)
            );
        }
    }

    #[test]
    fn a_line_honors_one_rain_check_and_a_rain_check_one_line() {
        let mut basket = basket("2");
        assert_eq!(basket.honored_at(0), None);
        basket.honor(0, off(50), of(7_001)).expect("honored");
        assert_eq!(basket.honored_at(0), Some(&Honored { place: 0, of: of(7_001) }));
        assert_eq!(basket.honored_at(1), None);
        let fixed = Err(Refusal::PriceIsFixed);
        assert_eq!(basket.honor(0, off(50), of(7_002)).map(|_| ()), fixed);
        assert_eq!(basket.set_quantity(0, Quantity::ONE), fixed);
        assert_eq!(basket.set_price(0, UnitPrice::default(), Reason::Other).map(|_| ()), fixed);
        let again = Err(RainCheckFault::InThisSale(7_001).into());
        assert_eq!(basket.honor(0, off(50), of(7_001)).map(|_| ()), again);
        basket.void(0).expect("taken back");
        assert_eq!(basket.honored().count(), 0, "the rain check is good again");
        assert_eq!(basket.honored_at(0), None);
    }

    #[test]
    fn what_costs_no_more_leaves_the_rain_check_with_the_customer() {
        let mut basket = basket("1");
        let dear = Worth::Price(UnitPrice::parse("1.29").expect("a price"), 1);
        let no_more: Result<(), Refusal> = Err(RainCheckFault::CostsNoMore.into());
        assert_eq!(basket.honor(0, dear, of(7_001)).map(|_| ()), no_more);
        assert_eq!(basket.honor(0, Worth::Unsaid, of(7_001)).map(|_| ()), no_more);
        assert_eq!(basket.terms().rain_checks, []);
        assert_eq!(basket.honor(3, off(1), of(7_001)).map(|_| ()), Err(Refusal::NoSuchLine));
    }

    #[test]
    fn the_paid_sale_adds_up_and_names_what_it_redeemed() {
        let mut basket = basket("3");
        basket.honor(0, one_dollar(2), of(7_001)).expect("honored");
        let taxes = TaxTable::new(Vec::new());
        let date = BusinessDate::parse("2026-11-22").expect("a day");
        let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date };
        let tendering = basket.tender(pricing).expect("tendering");
        let cash = Tender::Cash { amount: Money::from_minor(329) };
        let rounding = crate::domain::cash_rounding::CashRounding::None;
        let Ok(Taken::All(paid)) = tendering.take(cash, rounding) else { panic!("not paid") };
        let sale = paid.number(SaleNo(1), ShiftNo(1));
        assert!(sale.adds_up());
        assert_eq!(sale.honored().map(|one| one.of.number).collect::<Vec<_>>(), [7_001]);
    }
}
