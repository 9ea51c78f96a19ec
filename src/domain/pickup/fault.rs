//! What a pickup is refused for, and what to do instead.

use crate::domain::time::BusinessDate;
use crate::domain::words::{Words, words};

/// A closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PickupFault {
    /// No order has this number, and nobody this name. What was keyed may be a name: it is not
    /// repeated.
    NoSuchOrder,
    /// That is no order's number.
    NotANumber,
    /// The pickup code is another one.
    WrongCode,
    /// Too many wrong codes; seconds to wait.
    CodeLocked(u32),
    /// Names and codes are opened by a PIN, and none opened them.
    Sealed,
    /// Neither code nor ID was looked at.
    NothingProved,
    /// The name on the ID was not keyed.
    NoName,
    /// The place is longer than it may be.
    PlaceTooLong,
    /// It does not stand ready.
    NotStaged,
    /// The last day to fetch it is over.
    Expired(BusinessDate),
    /// Nothing, below zero, or absurdly much.
    Quantity,
    /// More than was ordered.
    MoreThanOrdered,
    /// Nothing would be handed over.
    NothingHanded,
    /// It was handed over, as far as is known here.
    HandedBefore,
    /// It was promised already.
    PromisedBefore,
    /// Money is asked back already.
    RefundBefore,
    /// The price file has this order.
    OnFile,
    /// This store hands over nothing that is not on file.
    OnFileOnly,
    /// The item is one of the order's own.
    OfTheOrder,
    /// No such line.
    NoSuchLine,
    /// No more fits.
    Full,
}

impl PickupFault {
    /// What happened, in one sentence.
    pub fn text(&self) -> Words {
        match self {
            Self::NoSuchOrder => words!("No order is on file under that number or name"),
            Self::NotANumber => words!("That is no order number"),
            Self::WrongCode => words!("That is not this order's pickup code"),
            Self::CodeLocked(seconds) => {
                words!("Too many wrong pickup codes: wait {} seconds", seconds)
            }
            Self::Sealed => words!("Names and pickup codes are locked"),
            Self::NothingProved => words!("Neither a pickup code nor an ID was looked at"),
            Self::NoName => words!("The name on the ID is missing"),
            Self::PlaceTooLong => words!("That place does not fit"),
            Self::NotStaged => words!("This order does not stand ready: nothing is handed over"),
            Self::Expired(day) => {
                words!("This order could be fetched until {} only", day.to_string())
            }
            Self::Quantity => words!("A quantity here is at most 100,000 and not below zero"),
            Self::MoreThanOrdered => words!("That is more than was ordered"),
            Self::NothingHanded => words!("Nothing would be handed over"),
            Self::HandedBefore => words!("This order was handed over already"),
            Self::PromisedBefore => words!("This order was promised already"),
            Self::RefundBefore => words!("A refund of this order was requested already"),
            Self::OnFile => words!("This order is on file"),
            Self::OnFileOnly => words!("This store hands over only what is on file"),
            Self::OfTheOrder => words!("This item is in the order itself"),
            Self::NoSuchLine => words!("No line is chosen"),
            Self::Full => words!("This list is full"),
        }
    }

    /// What to do next, in one sentence.
    pub fn remedy(&self) -> Words {
        match self {
            Self::NoSuchOrder => {
                words!("Try the number from the e-mail. If it is not on file: F4, with an ID.")
            }
            Self::NotANumber => {
                words!("Key it as it stands in the e-mail, up to 24 letters and digits.")
            }
            Self::WrongCode => words!("Look at the e-mail again, or go by the ID with a lead."),
            Self::CodeLocked(_) => words!("Go by the ID meanwhile: F5, and a lead signs."),
            Self::Sealed => {
                words!("Sign in again with number and PIN, or look the order up by its number.")
            }
            Self::NothingProved => {
                words!("Key the code with F4, or look at an ID and press F5. Both is best.")
            }
            Self::NoName => words!("Key the name as it stands on the ID, never the ID's number."),
            Self::PlaceTooLong => words!("Key it short, such as Floor 2 or Cooler 1."),
            Self::NotStaged => words!("Record a promise with F7, or a refund request with F8."),
            Self::Expired(_) => {
                words!("It may be put back and paid back. Record a refund request with F8.")
            }
            Self::Quantity => words!("Count again and key the number."),
            Self::MoreThanOrdered => {
                words!("Key what goes along of the order; anything more is a sale.")
            }
            Self::NothingHanded => words!("Record a promise instead: F7."),
            Self::HandedBefore => {
                words!("If something is missing, record a refund request with F8.")
            }
            Self::PromisedBefore => words!("Nothing more is to be done; it is on the list."),
            Self::RefundBefore => words!("Nothing more is to be done; no cash is paid here."),
            Self::OnFile => words!("Look it up by its number and hand it over from the list."),
            Self::OnFileOnly => words!("Record a promise, or ask a manager."),
            Self::OfTheOrder => words!("Choose its line and key how many go along."),
            Self::NoSuchLine => words!("Choose a line first."),
            Self::Full => words!("Hand the rest over as a second order number, or as a sale."),
        }
    }
}
