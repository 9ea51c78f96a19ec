//! The day that is booked, where the clock can't be asked: what a person says it is.
//!
//! ```text
//!  clock ─ may be right ─▶ its day
//!     └ before a day that was there already ─▶ asked when a shift is opened
//!                                                until then: the last day that is known
//! ```
//!
//! A machine whose battery is dead wakes in 1970. It sells all the same; only the day its takings,
//! taxes and checks go by is a person's word. A record's own time stays the clock's.

use super::time::BusinessDate;
use super::words::{Words, words};

/// What stands against a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayFault {
    /// The clock shows a day that can't be.
    ClockIsWrong(BusinessDate),
    /// What was keyed is no day.
    NotADay,
    /// New prices hold from a day on that only this clock says has come.
    PricesWait(BusinessDate),
    /// The prices are of a later day.
    BeforePrices(BusinessDate),
}

/// Reads a day as it is keyed in the United States, without its strokes: `11232026`.
pub fn keyed(text: &str) -> Option<BusinessDate> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, '/' | '-' | '.')).collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (month, day) = (digits.get(..2)?.parse().ok()?, digits.get(2..4)?.parse().ok()?);
    BusinessDate::new(digits.get(4..)?.parse().ok()?, month, day)
}

impl DayFault {
    /// What happened.
    pub fn text(&self) -> Words {
        match self {
            Self::ClockIsWrong(shown) => {
                words!("The clock says {}, which can't be", shown.to_string())
            }
            Self::PricesWait(day) => {
                words!("New prices hold from {} on, and only this clock says so", day.to_string())
            }
            Self::NotADay => words!("That is no day"),
            Self::BeforePrices(prices) => {
                words!("The prices are of {}, which is later", prices.to_string())
            }
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Words {
        match self {
            Self::ClockIsWrong(_) => words!("Say what day it is. Ask IT to set the clock."),
            Self::PricesWait(_) => words!("Say what day it is. They begin on their day."),
            Self::NotADay => words!("Key month, day and year, such as 11232026."),
            Self::BeforePrices(_) => {
                words!("Look at a phone or a newspaper and key the day again.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_keyed_as_people_write_it() {
        let day = |text| keyed(text).map(|day| day.to_string());
        assert_eq!(day("11232026").as_deref(), Some("2026-11-23"));
        assert_eq!(day(" 02/29/2028 ").as_deref(), Some("2028-02-29"));
        for wrong in ["", "112326", "23112026", "02292026", "1123202é", "11231969"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }
}
