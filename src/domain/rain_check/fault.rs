//! Why a rain check is not written or not honored, and what to do instead.

use super::RainCheckKind;
use crate::domain::ids::{RegisterNo, StoreNo};
use crate::domain::words::{Words, words};

/// A closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RainCheckFault {
    /// Part of the code is missing, or it is none of ours.
    NotWhole,
    /// What it says is not what was signed.
    Altered,
    /// No central that this register trusts knows the register that signed it.
    Stranger,
    /// The register's key was revoked: what it signed from that place on promises nothing.
    Revoked(StoreNo, RegisterNo),
    /// This register is not enrolled, so it knows nobody whose word it could take.
    NotEnrolled,
    /// Its code only names a record that no journal here holds.
    NamesOnly(StoreNo, RegisterNo),
    /// This register's own journal does not hold what it says.
    NotInJournal,
    /// In another currency.
    OtherCurrency,
    /// Nobody here knows this number.
    NoSuchNumber(String),
    /// Two have this number.
    TwoOfNumber(u32),
    /// A real one, while learning.
    Training,
    /// It was redeemed: at which register.
    Redeemed(u32, RegisterNo),
    /// A line of this sale honors it already.
    InThisSale(u32),
    /// Not a kind that a register takes, or nobody knows what it is worth.
    AtTheDesk(RainCheckKind),
    /// The item it is for is not in the sale.
    ItemMissing(String),
    /// This line has another one already, or its price is fixed.
    LineTaken,
    /// The line costs no more than was promised.
    CostsNoMore,
    /// Longer than its field, or it can't be printed.
    TooLong,
    /// It holds a number.
    HoldsANumber,
    /// A price match without an item or words.
    NothingSaid,
    /// Nothing, or absurdly much.
    NotAnAmount,
    /// Not 1 to 99 pieces.
    NotPieces,
    /// All numbers of this register are out.
    NoNumberLeft,
    /// This sale holds no more.
    SaleFull,
}

impl RainCheckFault {
    /// What happened.
    pub fn text(&self) -> Words {
        match self {
            Self::NotWhole => words!("The rain check's code was not read whole"),
            Self::Altered => words!("This rain check does not hold: it was changed or copied"),
            Self::Stranger => words!("No register of this chain wrote this rain check"),
            Self::Revoked(store, register) => words!(
                "Central no longer trusts rain checks of store {}, register {} from that time on",
                store.0,
                register.0
            ),
            Self::NotEnrolled => {
                words!("This register is not enrolled and can't check other registers' rain checks")
            }
            Self::NamesOnly(store, register) => words!(
                "This rain check of store {}, register {} does not prove itself",
                store.0,
                register.0
            ),
            Self::NotInJournal => words!("This register did not write that rain check"),
            Self::OtherCurrency => words!("This rain check is in another currency"),
            Self::NoSuchNumber(number) => words!("No rain check {} is known here", number),
            Self::TwoOfNumber(number) => words!("Two rain checks have the number {}", number),
            Self::Training => words!("A real rain check can't be used while learning"),
            Self::Redeemed(number, register) => {
                words!("Rain check {} was redeemed at register {}", number, register.0)
            }
            Self::InThisSale(number) => words!("Rain check {} is in this sale already", number),
            Self::AtTheDesk(kind) => {
                words!("{}: a register does not take this rain check", Words::plain(kind.label()))
            }
            Self::ItemMissing(name) => words!("This rain check is for {}", name),
            Self::LineTaken => words!("This line's price is fixed already"),
            Self::CostsNoMore => words!("It costs no more than was promised"),
            Self::TooLong => words!("That text does not fit on a rain check"),
            Self::HoldsANumber => words!("That looks like a card's or a coupon's number"),
            Self::NothingSaid => words!("A price match says for what"),
            Self::NotAnAmount => words!("A rain check promises 0.01 to 1,000.00"),
            Self::NotPieces => words!("A price is promised for 1 to 99 pieces"),
            Self::NoNumberLeft => words!("All rain checks of this register are out"),
            Self::SaleFull => words!("This sale holds no more rain checks"),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Words {
        match self {
            Self::NotWhole => {
                words!("Scan it again, flat and in good light, or key its number.")
            }
            Self::Altered | Self::Revoked(..) => {
                words!("Take nothing off. Call a manager and keep the paper.")
            }
            Self::Stranger => words!("Take nothing off, or call a manager."),
            Self::NotEnrolled => words!("Use a register that is enrolled, or the service desk."),
            Self::NamesOnly(..) => words!("Take it at that register, or at the service desk."),
            Self::NotInJournal => words!("Call a manager, and tell IT: records may be missing."),
            Self::OtherCurrency => words!("Send the customer to the store that wrote it."),
            Self::NoSuchNumber(_) => {
                words!("Look at the number on the slip, or scan its square code.")
            }
            Self::TwoOfNumber(_) => words!("Scan the square code on the slip."),
            Self::Training => words!("Leave training, then scan it again."),
            Self::Redeemed(..) => words!("It is good once. Keep the paper and call a lead."),
            Self::InThisSale(_) => words!("Go on."),
            Self::AtTheDesk(_) => {
                words!("The customer keeps it for the service desk, once systems are back.")
            }
            Self::ItemMissing(_) => words!("Ring it up first, then scan the rain check again."),
            Self::LineTaken => words!("Take the line back and ring it up anew."),
            Self::CostsNoMore => words!("The customer keeps the rain check."),
            Self::TooLong => words!("Say it in at most 60 letters."),
            Self::HoldsANumber => {
                words!("It is not kept. Say in words what it is for.")
            }
            Self::NothingSaid => words!("Scan the item, or say it in words."),
            Self::NotAnAmount => words!("Key the amount with its cents."),
            Self::NotPieces => words!("Key how many; Enter alone is one."),
            Self::NoNumberLeft => words!("Use another register, and tell a lead."),
            Self::SaleFull => words!("Take payment for this sale and begin another."),
        }
    }
}
