//! Money: a whole number of minor units (cents, pence), never a float.
//!
//! One currency a store; its code stands in the pack's policy and in every sale.
//! Arithmetic is checked: an overflow is [`Overflow`], never a wrapped amount.

use std::fmt;

/// An amount in minor units; negative amounts are money leaving the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// A sum or product did not fit; the amount is absurd and nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount is too large to be counted; check the quantity and the price")]
pub struct Overflow;

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an amount; write it as 12.34")]
pub struct NotMoney(pub String);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The amount of `minor` minor units: `Money::from_minor(1234)` is 12.34.
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The count of minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`Overflow`] when the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// `self - other`.
    ///
    /// # Errors
    /// [`Overflow`] when the difference does not fit.
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }

    /// The amount with its sign turned.
    ///
    /// # Errors
    /// [`Overflow`] for the one amount that has no opposite.
    pub fn negated(self) -> Result<Self, Overflow> {
        self.0.checked_neg().map(Self).ok_or(Overflow)
    }

    /// The sum of many amounts.
    ///
    /// # Errors
    /// [`Overflow`] when a partial sum does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Overflow> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// True below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Reads `12`, `12.3`, `12.34`, `-0.05`: at most two decimals, no sign but a leading minus.
    ///
    /// # Errors
    /// [`NotMoney`] with the text as it was given.
    pub fn parse(text: &str) -> Result<Self, NotMoney> {
        parse_scaled(text, 2).map(Self).ok_or_else(|| NotMoney(super::echo::echo(text)))
    }
}

impl fmt::Display for Money {
    /// Two decimals and a leading minus: `-12.05`. Symbols and grouping belong to the screens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", units / 100, units % 100)
    }
}

/// Divides and rounds half-up, away from zero: 2.5 is 3 and -2.5 is -3, so that a refund mirrors
/// its sale to the cent. A divisor that is not positive has no quotient.
///
/// Source: Streamlined Sales and Use Tax Agreement, section 324 (half-up on the third decimal).
pub fn div_half_up(value: i128, divisor: i128) -> Option<i128> {
    if divisor <= 0 {
        return None;
    }
    let half = divisor.checked_div(2)?;
    let shifted = if value < 0 { value.checked_sub(half)? } else { value.checked_add(half)? };
    // With an odd divisor `half` is short by one half, which truncation makes up for.
    shifted.checked_div(divisor)
}

/// Reads a decimal text with at most `decimals` places as an integer scaled by `10^decimals`.
pub(crate) fn parse_scaled(text: &str, decimals: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let places = u32::try_from(fraction.len()).ok()?;
    if whole.is_empty() && fraction.is_empty()
        || digits.ends_with('.')
        || !plain(whole)
        || !plain(fraction)
        || places > decimals
    {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let scale = 10_i64.checked_pow(decimals)?;
    let fraction = fraction.checked_mul(10_i64.checked_pow(decimals.checked_sub(places)?)?)?;
    let value = whole.checked_mul(scale)?.checked_add(fraction)?;
    if negative { value.checked_neg() } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_with_two_decimals() {
        for (text, minor) in
            [("0", 0), ("12", 1200), ("12.3", 1230), ("12.34", 1234), ("-0.05", -5), (".5", 50)]
        {
            assert_eq!(Money::parse(text), Ok(Money::from_minor(minor)), "{text}");
        }
        assert_eq!(Money::from_minor(-5).to_string(), "-0.05");
        assert_eq!(Money::from_minor(123_456).to_string(), "1234.56");
        for wrong in [
            "",
            "-",
            ".",
            "1.",
            "1.234",
            "1.+5",
            "1,00",
            "1e3",
            "+1",
            "--1",
            "9".repeat(30).as_str(),
        ] {
            assert!(Money::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (value, divisor, expected) in
            [(25, 10, 3), (-25, 10, -3), (24, 10, 2), (1, 3, 0), (2, 3, 1), (-2, 3, -1), (0, 7, 0)]
        {
            assert_eq!(div_half_up(value, divisor), Some(expected), "{value}/{divisor}");
        }
        assert_eq!(div_half_up(1, 0), None);
    }

    #[test]
    fn an_overflow_is_said_and_never_wrapped() {
        assert_eq!(Money::from_minor(i64::MAX).plus(Money::from_minor(1)), Err(Overflow));
        assert_eq!(Money::from_minor(i64::MIN).negated(), Err(Overflow));
    }
}
