//! A date of birth, for as long as it takes to compare it. It is never stored and never shown.
//!
//! A register that suggests a date gets that date keyed for everybody, so there is no default.

use super::time::BusinessDate;

/// Nobody is older; a year keyed wrongly is more likely.
const AGE_MAX: u16 = 125;

/// A date of birth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate {
    year: u16,
    month: u8,
    day: u8,
}

impl BirthDate {
    /// Reads a date as it stands on US licenses, without its strokes: `05171990`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, '/' | '-' | '.')).collect();
        if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let month = digits.get(..2)?.parse().ok()?;
        let day = digits.get(2..4)?.parse().ok()?;
        Self::new(digits.get(4..)?.parse().ok()?, month, day)
    }

    /// A day of the calendar from 1900 on.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        // 28 years repeat days and leap years within a century; 1900 itself was no leap year.
        let alike = if year == 1900 { 2100 } else { year.checked_add(28 * 4)? };
        let is_day = year >= 1900 && BusinessDate::new(alike, month, day).is_some();
        is_day.then_some(Self { year, month, day })
    }

    /// Whole years on a day; none for a birth after it or one that nobody alive has.
    pub fn age_on(self, today: BusinessDate) -> Option<u16> {
        let (on, born) = ((today.month(), today.day()), (self.month, self.day));
        let years = today.year().checked_sub(self.year)?;
        let years = if on >= born { years } else { years.checked_sub(1)? };
        (years <= AGE_MAX).then_some(years)
    }
}

impl std::fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BirthDate(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_is_of_age_on_the_birthday_and_not_a_day_before() {
        let day = |year, month, day| BusinessDate::new(year, month, day).expect("day");
        let born = |text| BirthDate::parse(text).expect(text);
        let today = day(2026, 11, 22);
        assert_eq!(born("11222005").age_on(today), Some(21));
        assert_eq!(born("11/23/2005").age_on(today), Some(20));
        assert_eq!(born("01011931").age_on(today), Some(95));
        // Born on a leap day: of age on the first of March of a common year.
        assert_eq!(born("02292004").age_on(day(2025, 2, 28)), Some(20));
        assert_eq!(born("02292004").age_on(day(2025, 3, 1)), Some(21));
        assert_eq!(born("01012027").age_on(today), None);
        assert_eq!(born("01011900").age_on(today), None);
    }

    #[test]
    fn what_is_no_day_is_no_birth() {
        for wrong in ["", "1990", "13011990", "02301990", "02291900", "01011899", "0101199O"] {
            assert!(BirthDate::parse(wrong).is_none(), "{wrong}");
        }
    }
}
