//! Why a slip or a pad is not taken, and what to do instead.

use crate::domain::money::Money;
use crate::domain::words::{Words, words};

/// A closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlipFault {
    /// Not 1 to 500 numbers within 1 to 999,999.
    NotAPad,
    /// Another pad has some of these numbers: which ones.
    PadMeets(u32, u32),
    /// Not a slip's number.
    NotANumber,
    /// A slip of another store.
    OtherStore,
    /// No pad that is known here has this number.
    NoPad(u32),
    /// This slip was keyed before: at which register.
    KeyedBefore(u32, u16),
    /// This slip is in the batch already.
    InTheBatch(u32),
    /// This slip was said to be spoiled.
    Spoiled(u32),
    /// A spoiled slip without a reason, or with too long a one.
    NoReason,
    /// Not a time of day.
    NotATime,
    /// Written in the future, or more than 32 days ago.
    WrongTime,
    /// Nothing was sold on it.
    NoLines,
    /// Not an amount.
    NotAnAmount,
    /// The total is far from what the lines come to: what they come to.
    TotalFarOff(Money),
    /// The batch holds no more.
    BatchFull,
    /// There is nothing to confirm.
    BatchEmpty,
    /// The second person came to another total.
    TotalDiffers,
}

impl SlipFault {
    /// What happened.
    pub fn text(&self) -> Words {
        match self {
            Self::NotAPad => words!("A pad has 1 to 500 slips, numbered up to 999,999"),
            Self::PadMeets(first, last) => {
                words!("Another pad has some of these numbers: {} to {}", *first, *last)
            }
            Self::NotANumber => words!("That is no slip's number"),
            Self::OtherStore => words!("That slip belongs to another store"),
            Self::NoPad(number) => words!("No pad that is known here has slip {}", *number),
            Self::KeyedBefore(number, register) => {
                words!("Slip {} was keyed before, at register {}", *number, *register)
            }
            Self::InTheBatch(number) => words!("Slip {} is in this batch already", *number),
            Self::Spoiled(number) => words!("Slip {} was said to be spoiled", *number),
            Self::NoReason => words!("Say why the slip was spoiled"),
            Self::NotATime => words!("That is no time"),
            Self::WrongTime => words!("A slip is written before it is keyed, 32 days at most"),
            Self::NoLines => words!("Nothing was sold on this slip"),
            Self::NotAnAmount => words!("That is no amount"),
            Self::TotalFarOff(reckoned) => {
                words!("The lines come to {}: is the total right?", *reckoned)
            }
            Self::BatchFull => words!("This batch is full at 50 slips"),
            Self::BatchEmpty => words!("No slip was keyed yet"),
            Self::TotalDiffers => words!("The second person's total is another one"),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Words {
        match self {
            Self::NotAPad => words!("Look at the first and the last slip of the pad."),
            Self::PadMeets(..) => words!("Look at the numbers; each is printed once in a store."),
            Self::NotANumber => words!("Key the number at its top, or scan its square code."),
            Self::OtherStore => words!("Send it to that store."),
            Self::NoPad(_) => words!("Look at the number. If it is right, issue its pad first."),
            Self::KeyedBefore(..) => {
                words!("Put the slip with the others; call a lead if it is another sale.")
            }
            Self::InTheBatch(_) => words!("Take the next slip."),
            Self::Spoiled(_) => words!("Put it with the others; call a lead if it was a sale."),
            Self::NoReason => words!("Key a few words."),
            Self::NotATime => words!("Key hours and minutes, or month and day before them."),
            Self::WrongTime => words!("Look at the time on the slip."),
            Self::NoLines => words!("Key its lines, or say that it was spoiled."),
            Self::NotAnAmount => words!("Key the amount with its cents."),
            Self::TotalFarOff(_) => {
                words!("Look at the lines. If the slip says so, key the same total again.")
            }
            Self::BatchFull => words!("Have it confirmed, then begin another one."),
            Self::BatchEmpty => words!("Key the slips first."),
            Self::TotalDiffers => {
                words!("Add the slips up again, then compare them with the list.")
            }
        }
    }
}
