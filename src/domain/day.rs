//! The day that is booked, where the clock can't be asked: what a person says it is.
//!
//! ```text
//!  clock ─ may be right ─▶ its day
//!     └ before a day that was there already ─▶ asked when a shift is opened
//!                                                until then: the last day that is known
//! ```
//!
//! A day that is far from all that is known is no one person's word: from the last day booked or
//! priced here, from central's, and from what the store's other registers booked. A lead or a
//! manager stands behind it, or IT by phone; without them the last known day is booked.
//!
//! A machine whose battery is dead wakes in 1970. It sells all the same; only the day its takings,
//! taxes and checks go by is a person's word. A record's own time stays the clock's.

use super::approval::Approval;
use super::time::BusinessDate;
use super::words::{Words, words};

/// A day that is far from all that was known was said to be today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySet {
    /// The day.
    pub day: BusinessDate,
    /// How many days it lies from the nearest one that was known.
    pub days: u32,
    /// Who stood behind it, where that was not who was signed in.
    pub approval: Option<Approval>,
}

/// What stands against a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayFault {
    /// The clock shows a day that can't be.
    ClockIsWrong(BusinessDate),
    /// The clock shows a day so many days from any that is known.
    ClockIsFar(BusinessDate, u32),
    /// What was keyed is no day.
    NotADay,
    /// New prices hold from a day on that only this clock says has come.
    PricesWait(BusinessDate),
    /// The prices are of a later day.
    BeforePrices(BusinessDate),
}

/// How many days a day lies from the nearest of those that speak for it; none where nothing does.
pub fn days_off(day: BusinessDate, known: impl IntoIterator<Item = BusinessDate>) -> Option<u32> {
    let off = |one: BusinessDate| day.days_since_1970().abs_diff(one.days_since_1970());
    let nearest = known.into_iter().map(off).min()?;
    Some(u32::try_from(nearest).unwrap_or(u32::MAX))
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
            Self::ClockIsFar(shown, days) => words!(
                "The clock says {}, which is {} days from any that is known",
                shown.to_string(),
                days
            ),
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
            Self::ClockIsWrong(_) | Self::ClockIsFar(..) => {
                words!("Say what day it is. Ask IT to set the clock.")
            }
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
    fn a_day_is_as_far_off_as_from_the_nearest_that_is_known() {
        let day = |text| BusinessDate::parse(text).expect("a day");
        let known = [day("2026-11-22"), day("2026-12-20")];
        assert_eq!(days_off(day("2026-11-29"), known), Some(7));
        assert_eq!(days_off(day("2026-12-19"), known), Some(1));
        assert_eq!(days_off(day("2026-10-22"), known), Some(31), "backwards too");
        assert_eq!(days_off(day("2026-11-29"), []), None);
    }

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
