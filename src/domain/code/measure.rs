//! What a label or an element string says about how much it is: a weight, pieces, a price.
//!
//! Weights come in kilograms or pounds; a store prices in one of them. One pound is 0.45359237 kg
//! exactly, and the quantity is rounded half-up to ten-thousandths, once.
//!
//! Source: International Yard and Pound Agreement of 1959; NIST Handbook 44, appendix C.

use std::fmt;

use crate::domain::money::{Money, div_half_up};
use crate::domain::quantity::Quantity;

/// A whole number with a decimal point put into it: 33.47 is 3347 with two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// All its digits.
    pub digits: u64,
    /// How many of them stand after the point, at most 9.
    pub decimals: u8,
}

/// The unit a weight was printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightUnit {
    /// AI 310n.
    Kilogram,
    /// AI 320n.
    Pound,
    /// The store's own unit, as its labels mean it.
    Stores,
}

/// A weight as it was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub unit: WeightUnit,
}

impl Decimal {
    /// The number in units of 10^-`places`, rounded half-up; none where it does not fit.
    pub fn scaled(self, places: u8) -> Option<i64> {
        let digits = i128::from(self.digits);
        let value = match places.checked_sub(self.decimals) {
            Some(more) => digits.checked_mul(power(more)?)?,
            None => div_half_up(digits, power(self.decimals.checked_sub(places)?)?)?,
        };
        i64::try_from(value).ok()
    }

    /// The amount of money it is, in minor units of a currency with two decimals.
    pub fn money(self) -> Option<Money> {
        self.scaled(2).map(Money::from_minor)
    }
}

impl Weight {
    /// The quantity in a store's unit, `kg` or `lb`; none for another unit or an absurd weight.
    pub fn quantity(self, store_unit: &str) -> Option<Quantity> {
        let scaled = |numerator: i128, denominator: i128| {
            let all = i128::from(self.amount.digits)
                .checked_mul(10_000)?
                .checked_mul(numerator)
                .and_then(|all| {
                    div_half_up(all, denominator.checked_mul(power(self.amount.decimals)?)?)
                })?;
            i64::try_from(all).ok().map(Quantity::from_tenthousandths)
        };
        match (self.unit, store_unit) {
            (WeightUnit::Stores, _) | (WeightUnit::Kilogram, "kg") | (WeightUnit::Pound, "lb") => {
                scaled(1, 1)
            }
            (WeightUnit::Kilogram, "lb") => scaled(100_000_000, 45_359_237),
            (WeightUnit::Pound, "kg") => scaled(45_359_237, 100_000_000),
            _ => None,
        }
    }
}

fn power(decimals: u8) -> Option<i128> {
    10_i128.checked_pow(u32::from(decimals))
}

impl fmt::Display for Decimal {
    /// `33.47`, with as many decimals as it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::from(self.decimals);
        let digits = format!("{:0width$}", self.digits, width = decimals.saturating_add(1));
        let (whole, fraction) = digits
            .split_at_checked(digits.len().saturating_sub(decimals))
            .unwrap_or((digits.as_str(), ""));
        if fraction.is_empty() { f.write_str(whole) } else { write!(f, "{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_in_the_stores_unit() {
        let weight = |digits, unit| Weight { amount: Decimal { digits, decimals: 3 }, unit };
        for (digits, unit, store, quantity) in [
            (1_500, WeightUnit::Kilogram, "kg", Some("1.5")),
            (1_500, WeightUnit::Kilogram, "lb", Some("3.3069")),
            (1_000, WeightUnit::Pound, "kg", Some("0.4536")),
            (650, WeightUnit::Stores, "lb", Some("0.65")),
            (650, WeightUnit::Pound, "st", None),
            (u64::MAX, WeightUnit::Kilogram, "lb", None),
        ] {
            let read = weight(digits, unit).quantity(store).map(|q| q.to_string());
            assert_eq!(read.as_deref(), quantity, "{digits} {unit:?} in {store}");
        }
    }

    #[test]
    fn decimals_are_written_as_they_were_meant() {
        for (digits, decimals, text, cents) in [
            (64_194, 2, "641.94", 64_194),
            (5, 2, "0.05", 5),
            (5, 0, "5", 500),
            (12_345, 3, "12.345", 1_235),
            (0, 2, "0.00", 0),
        ] {
            let number = Decimal { digits, decimals };
            assert_eq!(number.to_string(), text);
            assert_eq!(number.money(), Some(Money::from_minor(cents)));
        }
    }
}
