//! Hours: who came, went and ate when, as it happened.
//!
//! ```text
//!           In            MealStart
//!  Away ──────────▶ AtWork ────────▶ AtMeal
//!    ▲◀── Out ───────┘  ▲──MealEnd───┘
//! ```
//!
//! A punch bears the actual time and is never rounded: what a time is worth is for payroll to
//! decide (29 CFR 785.48 speaks of rounding in pay, not in records). A punch is never changed; a
//! correction is a further record, made by somebody who leads, with the employee's agreement.
//! A punch that doesn't follow the one before is recorded all the same: it happened.

use super::ids::{PersonId, RecordRef};
use super::time::Timestamp;
use super::words::{Words, term, words};

/// How far back a correction may reach: a month and a day.
pub const CORRECTION_DAYS_MAX: i64 = 32;
/// The longest reason of a correction, in bytes.
pub const REASON_LEN_MAX: usize = 200;

/// What a punch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PunchKind {
    /// Work begins.
    In,
    /// A meal begins.
    MealStart,
    /// The meal is over.
    MealEnd,
    /// Work ends.
    Out,
}

/// Where somebody is by their last punch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whereabouts {
    /// Not at work.
    #[default]
    Away,
    /// At work.
    AtWork,
    /// At a meal.
    AtMeal,
}

/// A punch; its time is the record's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Punch {
    /// Whose.
    pub person: PersonId,
    /// What it says.
    pub kind: PunchKind,
}

/// What a correction says of a punch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The punch was missed: it happened then.
    Missed {
        /// What it would have said.
        kind: PunchKind,
        /// When it happened.
        at: Timestamp,
    },
    /// The punch happened at another time.
    Moved {
        /// The record of the punch, or of its last correction.
        of: RecordRef,
        /// When it happened.
        at: Timestamp,
    },
    /// The punch never happened.
    Removed {
        /// The record of the punch, or of its last correction.
        of: RecordRef,
    },
}

/// A correction; who made it is the record's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Whose hours; they agreed with their own PIN.
    pub person: PersonId,
    /// What is said.
    pub change: Change,
    /// Why.
    pub reason: String,
}

/// What hours are refused for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoursFault {
    /// A time that has not come yet.
    Future,
    /// Too long ago.
    TooOld,
    /// Not a time.
    NotATime,
    /// There is no such punch, or it was corrected meanwhile.
    NoSuchPunch,
    /// Nobody corrects their own hours.
    OwnHours,
    /// No reason was given.
    NoReason,
}

impl PunchKind {
    /// All of them, in the order of a day.
    pub const ALL: [Self; 4] = [Self::In, Self::MealStart, Self::MealEnd, Self::Out];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::MealStart => "meal_start",
            Self::MealEnd => "meal_end",
            Self::Out => "out",
        }
    }

    /// The punch of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::In => term("Work begins"),
            Self::MealStart => term("Meal begins"),
            Self::MealEnd => term("Meal ends"),
            Self::Out => term("Work ends"),
        }
    }

    /// It follows from where the person is.
    pub const fn follows(self, from: Whereabouts) -> bool {
        matches!(
            (self, from),
            (Self::In, Whereabouts::Away)
                | (Self::MealStart | Self::Out, Whereabouts::AtWork)
                | (Self::MealEnd, Whereabouts::AtMeal)
        )
    }

    /// Where the person is after it.
    pub const fn leads_to(self) -> Whereabouts {
        match self {
            Self::In | Self::MealEnd => Whereabouts::AtWork,
            Self::MealStart => Whereabouts::AtMeal,
            Self::Out => Whereabouts::Away,
        }
    }
}

impl Change {
    /// The record it is about; none where a punch was missed.
    pub const fn of(self) -> Option<RecordRef> {
        match self {
            Self::Missed { .. } => None,
            Self::Moved { of, .. } | Self::Removed { of } => Some(of),
        }
    }

    /// The time it gives.
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::Missed { at, .. } | Self::Moved { at, .. } => Some(at),
            Self::Removed { .. } => None,
        }
    }
}

/// Whether a corrected time may be: not in the future, not too long ago.
///
/// # Errors
/// [`HoursFault`] otherwise.
pub fn check_time(at: Timestamp, now: Timestamp) -> Result<(), HoursFault> {
    const DAY_MS: i64 = 86_400_000;
    if at.utc_ms > now.utc_ms {
        return Err(HoursFault::Future);
    }
    let passed = now.utc_ms.saturating_sub(at.utc_ms);
    if passed > CORRECTION_DAYS_MAX.saturating_mul(DAY_MS) {
        return Err(HoursFault::TooOld);
    }
    Ok(())
}

impl HoursFault {
    /// What happened, in one sentence.
    pub fn text(&self) -> Words {
        match self {
            Self::Future => words!("That time has not come yet"),
            Self::TooOld => words!("That is more than {} days ago", CORRECTION_DAYS_MAX),
            Self::NotATime => words!("That is no time"),
            Self::NoSuchPunch => words!("That time was corrected meanwhile"),
            Self::OwnHours => words!("Nobody corrects their own hours"),
            Self::NoReason => words!("A correction needs a reason"),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Words {
        match self {
            Self::Future | Self::NotATime => {
                words!("Key four digits, 0805, or eight with month and day: 11220805.")
            }
            Self::TooOld => words!("Tell payroll in writing; nothing was changed here."),
            Self::NoSuchPunch => words!("Look at the list again."),
            Self::OwnHours => words!("Another lead or manager signs in and corrects them."),
            Self::NoReason => words!("Key a few words: forgot, register was off …"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn a_day_is_walked_in_its_order_only() {
        let mut place = Whereabouts::Away;
        for kind in PunchKind::ALL {
            assert!(kind.follows(place), "{kind:?} after {place:?}");
            let others = PunchKind::ALL.into_iter().filter(|other| other.follows(place));
            let expected = if place == Whereabouts::AtWork { 2 } else { 1 };
            assert_eq!(others.count(), expected, "{place:?}");
            place = kind.leads_to();
        }
        assert_eq!(place, Whereabouts::Away);
    }

    #[test]
    fn a_corrected_time_lies_behind_and_not_too_far() {
        let now = at("2026-11-22T13:05:09.120-06:00");
        assert_eq!(check_time(now, now), Ok(()));
        let later = at("2026-11-22T13:05:09.121-06:00");
        assert_eq!(check_time(later, now), Err(HoursFault::Future));
        assert_eq!(check_time(at("2026-10-22T13:05:09.120-06:00"), now), Ok(()));
        let old = at("2026-10-20T13:05:09.120-06:00");
        assert_eq!(check_time(old, now), Err(HoursFault::TooOld));
    }
}
