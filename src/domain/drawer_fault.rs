//! What stands against cash that moves without a sale, and what to do instead.

use super::ids::RegisterNo;
use super::words::{Words, words};

/// A closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrawerFault {
    /// Cash for the safe without a bag's number.
    NoBag,
    /// Not the number of a bag.
    NotABag,
    /// This bag went into the safe before: its number, at which register, on which day.
    BagUsed(String, RegisterNo, String),
    /// Cash that is paid in or out without a reason, or with one of the other way.
    NoReason,
    /// "Something else" without words.
    SayWhy,
    /// Notes and coins that don't come to the amount.
    PiecesDiffer,
}

impl DrawerFault {
    /// What happened.
    pub fn text(&self) -> Words {
        match self {
            Self::NoBag => words!("A drop needs the number of its bag"),
            Self::NotABag => words!("That is not the number of a bag"),
            Self::BagUsed(bag, register, day) => {
                let register = register.to_string();
                words!("Bag {} was used at register {} on {}", bag, register, day)
            }
            Self::NoReason => words!("No reason was chosen"),
            Self::SayWhy => words!("What is it for?"),
            Self::PiecesDiffer => words!("The notes and coins don't come to the amount"),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Words {
        match self {
            Self::NoBag => {
                words!("Key the number on the bag. On one without, write a number of your own.")
            }
            Self::NotABag => {
                words!("Key 1 to 24 letters and digits as they stand on the bag, without spaces.")
            }
            Self::BagUsed(..) => {
                words!("Look at the number again, or take a new bag. The cash stays here so far.")
            }
            Self::NoReason => words!("Choose one from the list."),
            Self::SayWhy => words!("Key a few words."),
            Self::PiecesDiffer => words!("Count them again, two people."),
        }
    }
}
