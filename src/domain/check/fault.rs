//! What a check is refused for, in words a cashier can say aloud.
//!
//! None of them accuses the customer, and none speaks for a bank: nobody asked one.

use super::limits::Breach;
use super::micr::NotMicr;
use super::routing::NotRouting;
use crate::domain::ids::SaleNo;
use crate::domain::money::Money;
use crate::domain::words::{Words, words};

/// A closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckFault {
    /// The line at the foot could not be read.
    Line(NotMicr),
    /// Nine keyed digits that are no routing number.
    Routing(NotRouting),
    /// A scan where digits are keyed.
    Scan,
    /// Not an account number.
    Account,
    /// The two entries differ.
    AccountsDiffer,
    /// Not a check number.
    Number,
    /// Below the number from which checks are taken without a lead.
    NumberLow(u32),
    /// Not one of the kinds of ID.
    IdKind,
    /// Not a state.
    IdState,
    /// Neither yes nor no.
    YesOrNo,
    /// This very check was taken already.
    TakenAlready(Option<SaleNo>),
    /// On the store's list.
    Blocked,
    /// Above a limit.
    Limit(Breach),
    /// No valid ID.
    NoId,
    /// More cash back than the store gives; the largest check is this.
    CashBack(Money),
    /// Cash back that the drawer's coins can't pay.
    CashBackUneven,
    /// No check is being taken.
    NoneBegun,
}

impl CheckFault {
    /// What happened, in one sentence.
    pub fn text(&self) -> Words {
        match self {
            Self::Line(NotMicr::Unread) => words!("The reader missed a character"),
            Self::Line(NotMicr::Routing(_)) => words!("The line was misread"),
            Self::Line(NotMicr::Form) => words!("That is not the line of a check"),
            Self::Routing(NotRouting::Length) => words!("A routing number has 9 digits"),
            Self::Routing(NotRouting::Sum) => words!("A digit of the routing number is wrong"),
            Self::Routing(NotRouting::Prefix) => words!("No bank has that routing number"),
            Self::Scan => words!("A scan is not taken here"),
            Self::Account => words!("That is not an account number"),
            Self::AccountsDiffer => words!("The two account numbers differ"),
            Self::Number => words!("That is not a check number"),
            Self::NumberLow(least) => words!("Checks below number {} need a lead", *least),
            Self::IdKind => words!("Key 1 to 5, or N for no ID"),
            Self::IdState => words!("That is not a state"),
            Self::YesOrNo => words!("Key Y for yes or N for no"),
            Self::TakenAlready(None) => words!("This check was taken already"),
            Self::TakenAlready(Some(sale)) => words!("This check was taken with sale {}", *sale),
            Self::Blocked => words!("We cannot accept this check now"),
            Self::Limit(Breach::Check(limit)) => words!("Checks above {} need a lead", *limit),
            Self::Limit(Breach::AccountCount(count)) => {
                words!("More than {} checks of one account a day need a lead", *count)
            }
            Self::Limit(Breach::AccountSum(limit)) => {
                words!("More than {} of one account a day needs a lead", *limit)
            }
            Self::Limit(Breach::StoreSum(limit)) => {
                words!("More than {} in checks a day needs a lead", *limit)
            }
            Self::NoId => words!("A check without a valid ID needs a lead"),
            Self::CashBack(most) => words!("The check may be for {} at most", *most),
            Self::CashBackUneven => words!("The drawer can't pay that much back to the cent"),
            Self::NoneBegun => words!("No check is being taken"),
        }
    }

    /// What to do next, in one sentence.
    pub fn remedy(&self) -> Words {
        match self {
            Self::Line(_) => {
                words!("Read it again, or key the 9 digits at the check's bottom left.")
            }
            Self::Routing(_) => words!("Key the 9 digits at the check's bottom left again."),
            Self::Scan => words!("Read the check's line, or key the digits."),
            Self::Account => words!("Key the 4 to 17 digits after the routing number."),
            Self::AccountsDiffer => words!("Key the account number again, twice."),
            Self::Number => words!("Key the 1 to 10 digits at the check's top right."),
            Self::NumberLow(_) | Self::Limit(_) | Self::NoId => {
                words!("Call a lead or a manager, or take cash.")
            }
            Self::IdKind => words!("1 license, 2 state ID, 3 passport, 4 military, 5 other."),
            Self::IdState => words!("Key its two letters, such as TX."),
            Self::YesOrNo => words!("Valid, and the name on the check?"),
            Self::TakenAlready(_) => {
                words!("Look at the number again; ask for another check or cash.")
            }
            Self::Blocked => words!("Take cash. A manager can tell why; the bank was not asked."),
            Self::CashBack(_) => words!("Ask for a check for what is due, or less cash back."),
            Self::CashBackUneven => words!("Ask for a check whose cash back is in full coins."),
            Self::NoneBegun => words!("Press F9 Check first."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A customer hears these words; a store that speaks for a bank it did not ask would lie.
    #[test]
    fn no_wording_speaks_for_a_bank_or_accuses() {
        for fault in [
            CheckFault::Blocked,
            CheckFault::TakenAlready(None),
            CheckFault::Limit(Breach::AccountCount(2)),
            CheckFault::NoId,
        ] {
            let said = format!("{} {}", fault.text(), fault.remedy()).to_lowercase();
            for word in ["declin", "bank refused", "fraud", "stolen", "bad check", "reject"] {
                assert!(!said.contains(word), "{said}");
            }
        }
        assert_eq!(CheckFault::Blocked.text().to_string(), "We cannot accept this check now");
    }
}
