//! What a check is refused for, in words a cashier can say aloud.
//!
//! None of them accuses the customer, and none speaks for a bank: nobody asked one.

use super::limits::Breach;
use super::micr::NotMicr;
use super::routing::NotRouting;
use crate::domain::ids::SaleNo;
use crate::domain::money::Money;

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
    pub fn text(&self) -> String {
        match self {
            Self::Line(NotMicr::Unread) => "The reader missed a character".to_owned(),
            Self::Line(NotMicr::Routing(_)) => "The line was misread".to_owned(),
            Self::Line(NotMicr::Form) => "That is not the line of a check".to_owned(),
            Self::Routing(NotRouting::Length) => "A routing number has 9 digits".to_owned(),
            Self::Routing(NotRouting::Sum) => "A digit of the routing number is wrong".to_owned(),
            Self::Routing(NotRouting::Prefix) => "No bank has that routing number".to_owned(),
            Self::Scan => "A scan is not taken here".to_owned(),
            Self::Account => "That is not an account number".to_owned(),
            Self::AccountsDiffer => "The two account numbers differ".to_owned(),
            Self::Number => "That is not a check number".to_owned(),
            Self::NumberLow(least) => format!("Checks below number {least} need a lead"),
            Self::IdKind => "Key 1 to 5, or N for no ID".to_owned(),
            Self::IdState => "That is not a state".to_owned(),
            Self::YesOrNo => "Key Y for yes or N for no".to_owned(),
            Self::TakenAlready(None) => "This check was taken already".to_owned(),
            Self::TakenAlready(Some(sale)) => format!("This check was taken with sale {sale}"),
            Self::Blocked => "We cannot accept this check now".to_owned(),
            Self::Limit(Breach::Check(limit)) => format!("Checks above {limit} need a lead"),
            Self::Limit(Breach::AccountCount(count)) => {
                format!("More than {count} checks of one account a day need a lead")
            }
            Self::Limit(Breach::AccountSum(limit)) => {
                format!("More than {limit} of one account a day needs a lead")
            }
            Self::Limit(Breach::StoreSum(limit)) => {
                format!("More than {limit} in checks a day needs a lead")
            }
            Self::NoId => "A check without a valid ID needs a lead".to_owned(),
            Self::CashBack(most) => format!("The check may be for {most} at most"),
            Self::CashBackUneven => "The drawer can't pay that much back to the cent".to_owned(),
            Self::NoneBegun => "No check is being taken".to_owned(),
        }
    }

    /// What to do next, in one sentence.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Line(_) => "Read it again, or key the 9 digits at the check's bottom left.",
            Self::Routing(_) => "Key the 9 digits at the check's bottom left again.",
            Self::Scan => "Read the check's line, or key the digits.",
            Self::Account => "Key the 4 to 17 digits after the routing number.",
            Self::AccountsDiffer => "Key the account number again, twice.",
            Self::Number => "Key the 1 to 10 digits at the check's top right.",
            Self::NumberLow(_) | Self::Limit(_) | Self::NoId => {
                "Call a lead or a manager, or take cash."
            }
            Self::IdKind => "1 license, 2 state ID, 3 passport, 4 military, 5 other.",
            Self::IdState => "Key its two letters, such as TX.",
            Self::YesOrNo => "Valid, and the name on the check?",
            Self::TakenAlready(_) => "Look at the number again; ask for another check or cash.",
            Self::Blocked => "Take cash. A manager can tell why; the bank was not asked.",
            Self::CashBack(_) => "Ask for a check for what is due, or less cash back.",
            Self::CashBackUneven => "Ask for a check whose cash back is in full coins.",
            Self::NoneBegun => "Press F9 Check first.",
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
        assert_eq!(CheckFault::Blocked.text(), "We cannot accept this check now");
    }
}
