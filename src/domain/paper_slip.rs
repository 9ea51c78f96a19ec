//! Paper slips: sales written by hand on numbered pads while a register had no power, keyed in
//! afterwards.
//!
//! ```text
//!  pad 101 to 150, to a person ─▶ slips written by hand ─▶ keyed, a batch at a time
//!                                      │                     └ a second person's total must agree
//!                                      └ spoiled: said, with why       ▼
//!                                                          a sale like any other, with its slip
//! ```
//!
//! The numbers are printed before anybody sells, so what is missing shows. A slip is recorded as
//! what happened: the money that was taken, the prices that were written. Where they are not the
//! pack's, the line is marked as guessed.

use super::approval::Approval;
use super::ids::PersonId;
use super::money::Money;
use super::time::Timestamp;

mod batch;
mod fault;

pub use batch::{Batch, Slip};
pub use fault::SlipFault;

/// The highest number of a slip.
pub const NUMBER_MAX: u32 = 999_999;
/// The most slips of one pad.
pub const PAD_LEN_MAX: u32 = 500;
/// The most slips of one batch.
pub const BATCH_MAX: usize = 50;
/// The longest reason for a spoiled slip, in bytes.
pub const SPOILED_LEN_MAX: usize = 200;
/// How many days after it was written a slip may be keyed.
pub const DAYS_MAX: i64 = 32;
/// A written total may differ from the reckoned one by this before it is asked for twice.
pub const DIFFERENCE_FREE: Money = Money::from_minor(100);

/// A pad: the numbers from the first to the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperPad {
    /// Its first number.
    pub first: u32,
    /// Its last number.
    pub last: u32,
    /// Who has it.
    pub person: PersonId,
}

/// What a record says of pads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PadStep {
    /// A pad was given to somebody.
    Issued {
        /// The pad.
        pad: PaperPad,
        /// Who stood behind it.
        approval: Option<Approval>,
    },
    /// A slip was spoiled, and never became a sale.
    Spoiled {
        /// Its number.
        number: u32,
        /// Why.
        reason: String,
        /// Who stood behind it.
        approval: Option<Approval>,
    },
}

/// The slip that a sale was written on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperSlip {
    /// Its number.
    pub number: u32,
    /// When it was written.
    pub at: Timestamp,
    /// The lines, from 0, whose price is not the pack's: written otherwise, or nobody knew.
    pub guessed: Vec<u16>,
}

impl PaperPad {
    /// A pad of these numbers.
    ///
    /// # Errors
    /// [`SlipFault`] for numbers that can't be a pad's.
    pub fn new(first: u32, count: u32, person: PersonId) -> Result<Self, SlipFault> {
        let fits = (1..=PAD_LEN_MAX).contains(&count) && (1..=NUMBER_MAX).contains(&first);
        let last = first.saturating_add(count.saturating_sub(1));
        if !fits || last > NUMBER_MAX {
            return Err(SlipFault::NotAPad);
        }
        Ok(Self { first, last, person })
    }

    /// The number is one of its.
    pub const fn holds(&self, number: u32) -> bool {
        self.first <= number && number <= self.last
    }

    /// It shares numbers with another one.
    pub const fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// It is a pad that may be.
    pub fn is_bounded(&self) -> bool {
        let count = self.last.saturating_sub(self.first).saturating_add(1);
        self.first >= 1
            && self.first <= self.last
            && self.last <= NUMBER_MAX
            && count <= PAD_LEN_MAX
    }
}

/// Reads the reason of a spoiled slip.
///
/// # Errors
/// [`SlipFault`] when nothing is said, or too much.
pub fn read_reason(text: &str) -> Result<String, SlipFault> {
    let text = text.trim();
    if text.is_empty() || text.len() > SPOILED_LEN_MAX || text.chars().any(char::is_control) {
        return Err(SlipFault::NoReason);
    }
    Ok(text.to_owned())
}

/// The number on a slip: keyed, or scanned from its square code `TDP1:store:number`.
///
/// # Errors
/// [`SlipFault`] for anything else, also another store's slip.
pub fn read_number(text: &str, store: super::ids::StoreNo) -> Result<u32, SlipFault> {
    let text = text.trim();
    let keyed = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok())?.filter(|number| (1..=NUMBER_MAX).contains(number))
    };
    let head = text.get(..CODE_PREFIX.len());
    if !head.is_some_and(|head| head.eq_ignore_ascii_case(CODE_PREFIX)) {
        return keyed(text).ok_or(SlipFault::NotANumber);
    }
    let rest = text.get(CODE_PREFIX.len()..).unwrap_or_default();
    let (of, number) = rest.split_once(':').ok_or(SlipFault::NotANumber)?;
    if of != store.0.to_string() {
        return Err(SlipFault::OtherStore);
    }
    keyed(number).ok_or(SlipFault::NotANumber)
}

/// What a slip's square code begins with.
pub const CODE_PREFIX: &str = "TDP1:";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::StoreNo;

    fn person() -> PersonId {
        PersonId::parse("31").expect("a person")
    }

    #[test]
    fn a_pad_is_a_bounded_run_of_numbers() {
        let pad = PaperPad::new(101, 50, person()).expect("a pad");
        assert_eq!((pad.first, pad.last), (101, 150));
        assert!(pad.holds(101) && pad.holds(150) && !pad.holds(100) && !pad.holds(151));
        assert!(pad.meets(&PaperPad::new(150, 1, person()).expect("a pad")));
        assert!(!pad.meets(&PaperPad::new(151, 50, person()).expect("a pad")));
        let wrong = [(0, 1), (1, 0), (1, 501), (999_999, 2), (1_000_000, 1), (5, u32::MAX)];
        for (first, count) in wrong {
            let refused = PaperPad::new(first, count, person());
            assert_eq!(refused, Err(SlipFault::NotAPad), "{first} {count}");
        }
        let end = PaperPad::new(999_999, 1, person()).expect("the last one");
        assert!(end.is_bounded());
    }

    #[test]
    fn a_number_is_keyed_or_scanned_and_nothing_else() {
        let read = |text| read_number(text, StoreNo(1_042));
        assert_eq!(read(" 104 "), Ok(104));
        assert_eq!(read("TDP1:1042:104"), Ok(104));
        assert_eq!(read("tdp1:1042:000104"), Ok(104));
        assert_eq!(read("TDP1:1043:104"), Err(SlipFault::OtherStore));
        for wrong in ["", "0", "-1", "1000000", "1o4", "TDP1:", "TDP1:1042", "TDP1:1042:", "٣"] {
            assert_eq!(read(wrong), Err(SlipFault::NotANumber), "{wrong}");
        }
    }

    #[test]
    fn a_spoiled_slip_says_why() {
        assert_eq!(read_reason(" coffee ").as_deref(), Ok("coffee"));
        for wrong in ["", "  ", "a\u{7}b"] {
            assert_eq!(read_reason(wrong), Err(SlipFault::NoReason));
        }
        assert_eq!(read_reason(&"x".repeat(201)), Err(SlipFault::NoReason));
    }
}
