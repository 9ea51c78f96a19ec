//! Quantities and unit prices, both in ten-thousandths.
//!
//! Ten-thousandths because real logs hold 0.01 lb, wholesalers price to three decimals and fuel
//! to tenths of a cent.

use std::fmt;

use super::money::{Money, Overflow, div_half_up, parse_scaled};

const SCALE: i64 = 10_000;

/// How much of an item, in ten-thousandths of its unit (piece, pound, kilogram).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i64);

/// The price of one unit, in ten-thousandths of the currency's major unit: 2.99 is 29,900.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(i64);

/// Why a text is not a quantity or a unit price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a number with at most four decimals")]
pub struct NotScaled(pub String);

impl Quantity {
    /// One piece.
    pub const ONE: Self = Self(SCALE);

    /// A quantity of `tenthousandths` of a unit.
    pub const fn from_tenthousandths(tenthousandths: i64) -> Self {
        Self(tenthousandths)
    }

    /// `pieces` whole pieces.
    ///
    /// # Errors
    /// [`Overflow`] beyond 9 * 10^14 pieces.
    pub fn pieces(pieces: i64) -> Result<Self, Overflow> {
        pieces.checked_mul(SCALE).map(Self).ok_or(Overflow)
    }

    /// The count of ten-thousandths.
    pub const fn tenthousandths(self) -> i64 {
        self.0
    }

    /// True for a whole number of pieces.
    pub const fn is_whole(self) -> bool {
        self.0 % SCALE == 0
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`Overflow`] when the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// The quantity with its sign turned.
    ///
    /// # Errors
    /// [`Overflow`] for the one quantity that has no opposite.
    pub fn negated(self) -> Result<Self, Overflow> {
        self.0.checked_neg().map(Self).ok_or(Overflow)
    }

    /// Reads `3`, `0.65`, `1.2345`, `-2`.
    ///
    /// # Errors
    /// [`NotScaled`] with the text as it was given.
    pub fn parse(text: &str) -> Result<Self, NotScaled> {
        parse_scaled(text, 4).map(Self).ok_or_else(|| NotScaled(super::echo::echo(text)))
    }
}

impl UnitPrice {
    /// A unit price of `tenthousandths` of the major unit.
    pub const fn from_tenthousandths(tenthousandths: i64) -> Self {
        Self(tenthousandths)
    }

    /// The count of ten-thousandths of the major unit.
    pub const fn tenthousandths(self) -> i64 {
        self.0
    }

    /// The extended amount: quantity times unit price, rounded half-up to the minor unit, once.
    ///
    /// # Errors
    /// [`Overflow`] when the product does not fit.
    pub fn times(self, quantity: Quantity) -> Result<Money, Overflow> {
        // 10^-4 * 10^-4 = 10^-8 of the major unit; a minor unit is 10^-2 of it.
        i128::from(self.0)
            .checked_mul(i128::from(quantity.0))
            .and_then(|product| div_half_up(product, 1_000_000))
            .and_then(|minor| i64::try_from(minor).ok())
            .map(Money::from_minor)
            .ok_or(Overflow)
    }

    /// Reads `2.99` or `0.1250`.
    ///
    /// # Errors
    /// [`NotScaled`] with the text as it was given.
    pub fn parse(text: &str) -> Result<Self, NotScaled> {
        parse_scaled(text, 4).map(Self).ok_or_else(|| NotScaled(super::echo::echo(text)))
    }
}

/// Writes ten-thousandths with as few decimals as needed, but at least `decimals_min`.
fn write_scaled(f: &mut fmt::Formatter<'_>, value: i64, decimals_min: usize) -> fmt::Result {
    let sign = if value < 0 { "-" } else { "" };
    let units = value.unsigned_abs();
    let fraction = format!("{:04}", units % 10_000);
    let kept = fraction.trim_end_matches('0').len().max(decimals_min);
    let fraction: String = fraction.chars().take(kept).collect();
    let dot = if fraction.is_empty() { "" } else { "." };
    write!(f, "{sign}{}{dot}{fraction}", units / 10_000)
}

impl fmt::Display for Quantity {
    /// `3`, `0.65`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.0, 0)
    }
}

impl fmt::Display for UnitPrice {
    /// `2.99`, `0.125`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.0, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_amount_is_rounded_once() {
        for (price, quantity, minor) in [
            ("8.99", "0.65", 584), // 5.8435
            ("2.99", "3", 897),
            ("0.125", "1", 13), // 0.125 is half a cent up
            ("0.125", "-1", -13),
            ("0.005", "1", 1),
            ("1.15", "0", 0),
        ] {
            let price = UnitPrice::parse(price).expect("price");
            let quantity = Quantity::parse(quantity).expect("quantity");
            assert_eq!(price.times(quantity), Ok(Money::from_minor(minor)));
        }
    }

    #[test]
    fn quantities_and_prices_are_written_as_people_write_them() {
        assert_eq!(Quantity::parse("0.65").map(|q| q.to_string()), Ok("0.65".to_owned()));
        assert_eq!(Quantity::ONE.to_string(), "1");
        assert_eq!(UnitPrice::from_tenthousandths(29_900).to_string(), "2.99");
        assert_eq!(UnitPrice::from_tenthousandths(1_250).to_string(), "0.125");
        assert_eq!(UnitPrice::from_tenthousandths(20_000).to_string(), "2.00");
    }

    #[test]
    fn an_absurd_product_is_refused() {
        let most = UnitPrice::from_tenthousandths(i64::MAX);
        assert_eq!(most.times(Quantity::from_tenthousandths(i64::MAX)), Err(Overflow));
    }
}
