//! GS1 element strings: what DataBar, GS1-128, GS1 DataMatrix and GS1 QR say.
//!
//! ```text
//!  01 04900099131585 17 250400 10 /BB ␝ 15 270510
//!  GTIN              use by    batch    best before
//! ```
//!
//! A value of fixed length ends by itself; the others end at GS (0x1D, the sign of FNC1) or with
//! the scan. A string that breaks off inside a value of fixed length is refused; a batch that was
//! cut short can't be told from a short batch.
//!
//! Source: GS1 General Specifications 7.8, 7.12; GS1 Barcode Syntax Dictionary.

use super::ai;
use super::garbage::Garbage;
use super::measure::Decimal;
use crate::domain::time::BusinessDate;

/// Ends a value of variable length.
pub const GS: char = '\u{1d}';
/// The most elements that are read of one string.
pub const ELEMENTS_MAX: usize = 32;

/// One identifier with its value, both as they were scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The application identifier, two to four digits.
    pub ai: String,
    /// Its value.
    pub value: String,
}

impl Element {
    /// An element of a known identifier, whose value has its form and its check digit.
    ///
    /// # Errors
    /// [`Garbage`] for a value that the identifier can't have.
    pub fn new(ai: &str, value: &str) -> Result<Self, Garbage> {
        if !ai::form(ai).is_some_and(|form| form.fits(value)) {
            return Err(Garbage::Torn);
        }
        if !ai::check_digit_holds(ai, value) {
            return Err(Garbage::CheckDigit);
        }
        if ai::is_date(ai) && month_and_day(value).is_none() {
            return Err(Garbage::Date);
        }
        Ok(Self { ai: ai.to_owned(), value: value.to_owned() })
    }

    /// The day it names; `today` chooses the century. Day 00 is the last day of its month.
    pub fn date(&self, today: BusinessDate) -> Option<BusinessDate> {
        if !ai::is_date(&self.ai) {
            return None;
        }
        let year = year(self.value.get(..2)?.parse().ok()?, today.year())?;
        match month_and_day(&self.value)? {
            (month, 0) => {
                [31, 30, 29, 28].into_iter().find_map(|day| BusinessDate::new(year, month, day))
            }
            (month, day) => BusinessDate::new(year, month, day),
        }
    }

    /// The number it means, where its identifier says how many decimals it has. The currency that
    /// stands before an amount (391n, 393n) is left out.
    pub fn decimal(&self) -> Option<Decimal> {
        let decimals = ai::decimals(&self.ai)?;
        let amount = if self.currency().is_some() { self.value.get(3..)? } else { &self.value };
        Some(Decimal { digits: amount.parse().ok()?, decimals })
    }

    /// The ISO 4217 number before an amount.
    pub fn currency(&self) -> Option<&str> {
        matches!(self.ai.get(..3), Some("391" | "393")).then(|| self.value.get(..3))?
    }
}

/// Reads an element string, with or without a GS before it.
///
/// # Errors
/// [`Garbage`] for an identifier that is none, and for a value that can't be one.
pub fn parse(text: &str) -> Result<Vec<Element>, Garbage> {
    let mut elements: Vec<Element> = Vec::new();
    let mut rest = text.strip_prefix(GS).unwrap_or(text);
    while !rest.is_empty() {
        let (ai, form, after) = ai::split(rest).ok_or(Garbage::Torn)?;
        let (value, after) = match form.fixed_len() {
            Some(len) => after.split_at_checked(usize::from(len)).ok_or(Garbage::Torn)?,
            None => after.split_at(after.find(GS).unwrap_or(after.len())),
        };
        let element = Element::new(ai, value)?;
        match elements.iter().find(|known| known.ai == element.ai) {
            Some(known) if known.value == element.value => {}
            Some(_) => return Err(Garbage::Torn),
            None if elements.len() >= ELEMENTS_MAX => return Err(Garbage::TooLong),
            None => elements.push(element),
        }
        rest = after.strip_prefix(GS).unwrap_or(after);
    }
    if elements.is_empty() { Err(Garbage::Empty) } else { Ok(elements) }
}

/// Month and day of a value that begins with `yymmdd`; day 0 stands for the last of the month.
fn month_and_day(value: &str) -> Option<(u8, u8)> {
    let month: u8 = value.get(2..4)?.parse().ok()?;
    let day: u8 = value.get(4..6)?.parse().ok()?;
    // In a leap year, since the century is not known here; `date` looks again.
    let exists = BusinessDate::new(2000, month, day.max(1)).is_some();
    exists.then_some((month, day))
}

/// The year of two digits: the nearest one, up to 49 years ahead and 50 back of this.
///
/// Source: GS1 General Specifications 7.12.
fn year(two_digits: u16, now: u16) -> Option<u16> {
    let century = now.checked_sub(now % 100)?;
    let year = century.checked_add(two_digits)?;
    let (ahead, behind) = (year.saturating_sub(now), now.saturating_sub(year));
    match (ahead, behind) {
        (51.., _) => year.checked_sub(100),
        (_, 50..) => year.checked_add(100),
        _ => Some(year),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> BusinessDate {
        BusinessDate::parse("2026-11-24").expect("a day")
    }

    #[test]
    fn identifiers_values_and_dates() {
        let read = parse("01049000991315851725040010/BB\u{1d}15270510").expect("good");
        let plain: Vec<(&str, &str)> =
            read.iter().map(|e| (e.ai.as_str(), e.value.as_str())).collect();
        assert_eq!(
            plain,
            [("01", "04900099131585"), ("17", "250400"), ("10", "/BB"), ("15", "270510")]
        );
        let date = |place: usize| read[place].date(today()).map(|date| date.to_string());
        assert_eq!(date(1).as_deref(), Some("2025-04-30"), "day 00 is the last of the month");
        assert_eq!(date(3).as_deref(), Some("2027-05-10"));
        assert_eq!(date(2), None);
    }

    #[test]
    fn the_century_is_the_nearest() {
        for (two_digits, now, meant) in [
            (26, 2026, 2026),
            (76, 2026, 2076),
            (77, 2026, 1977),
            (0, 2026, 2000),
            (99, 2026, 1999),
            (30, 2099, 2130 - 100 + 100),
            (49, 2099, 2149),
            (50, 2099, 2050),
        ] {
            assert_eq!(year(two_digits, now), Some(meant), "{two_digits} in {now}");
        }
        let leap = Element::new("17", "280200").expect("good").date(today());
        assert_eq!(leap.map(|date| date.to_string()).as_deref(), Some("2028-02-29"));
        let none = Element::new("17", "270229").expect("the century is not known yet");
        assert_eq!(none.date(today()), None);
    }

    #[test]
    fn amounts_with_their_decimals_and_currency() {
        let amount = Element::new("3932", "840641").expect("good");
        assert_eq!(amount.currency(), Some("840"));
        assert_eq!(amount.decimal().map(|d| d.to_string()).as_deref(), Some("6.41"));
        let weight = Element::new("3202", "003347").expect("good");
        assert_eq!(weight.decimal().map(|d| d.to_string()).as_deref(), Some("33.47"));
    }

    #[test]
    fn what_breaks_off_or_is_not_so_written_is_refused() {
        for (text, why) in [
            ("", Garbage::Empty),
            ("\u{1d}", Garbage::Empty),
            ("010490009913158", Garbage::Torn),
            ("0104900099131584", Garbage::CheckDigit),
            ("01049000991315851725", Garbage::Torn),
            ("010490009913158517251300", Garbage::Date),
            ("01049000991315850", Garbage::Torn),
            ("010490009913158510\u{1d}", Garbage::Torn),
            ("010490009913158510A\u{1d}10B", Garbage::Torn),
            ("0104900099131585\u{e9}\u{e9}", Garbage::Torn),
        ] {
            assert_eq!(parse(text), Err(why), "{text:?}");
        }
    }
}
