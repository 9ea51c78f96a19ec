//! Why a scan could not be read, in a cashier's words.
//!
//! No reason repeats what was scanned: a torn code may hold anything, and a screen shows it.

use crate::domain::words::term;

/// A closed list of what can be wrong with a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    /// Nothing was read.
    Empty,
    /// Longer than any code of an item.
    TooLong,
    /// A character that no code has.
    Character,
    /// As long as a GTIN, with another check digit.
    CheckDigit,
    /// A label whose price does not agree with its own check.
    PriceCheck,
    /// A label or a measure that says an absurd price or weight.
    Measure,
    /// A 2D code that breaks off or is not as GS1 writes it.
    Torn,
    /// A date that no calendar has.
    Date,
    /// A 2D code of a pallet, a parcel or a place: no item in it.
    NoItem,
    /// A web address without an item in it.
    Link,
    /// Only the small add-on beside the bars.
    AddOn,
}

impl Garbage {
    /// What happened, in one sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Empty => term("No code was read"),
            Self::TooLong => term("That is too long to be an item's code"),
            Self::Character => term("The code was misread"),
            Self::CheckDigit => term("The code was misread: its last digit is wrong"),
            Self::PriceCheck => term("The price in this label was misread"),
            Self::Measure => term("The price or weight in this label can't be right"),
            Self::Torn => term("Only a part of the code was read"),
            Self::Date => term("The date in this code does not exist"),
            Self::NoItem => term("This code names no item"),
            Self::Link => term("This is a web address, not an item"),
            Self::AddOn => term("Only the small bars beside the code were read"),
        }
    }

    /// What to do next, in one sentence. Nothing was added in any of these cases.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Empty | Self::Character | Self::Torn | Self::CheckDigit => {
                term("Scan it again, or type the digits under the bars.")
            }
            Self::TooLong | Self::NoItem | Self::Link => {
                term("Scan the bars with the price's number.")
            }
            Self::PriceCheck | Self::Measure => term(
                "Scan it again; if it stays so, key the item's number and its weight or price.",
            ),
            Self::Date => term("Set it aside and tell a lead, or type the digits under the bars."),
            Self::AddOn => term("Scan the large bars."),
        }
    }
}
