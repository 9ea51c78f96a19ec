//! A return against a sale that is known by its paper alone, and why a paper is not believed.

use crate::domain::ids::{PersonId, RegisterNo, StoreNo};
use crate::domain::words::{Words, words};

/// What the paper proved of the sale that comes back: the journal holds no record of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperProof {
    /// The store that sold it.
    pub store: StoreNo,
    /// The register that sold it.
    pub register: RegisterNo,
    /// The first half of its record's hash, to be compared where the record is.
    pub hash_start: [u8; 16],
    /// Who rang it up.
    pub seller: Option<PersonId>,
    /// A check was among what it was paid with.
    pub by_check: bool,
}

/// Why the code on a receipt proves nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaperFault {
    /// Part of it is missing, or it is none of ours.
    NotWhole,
    /// What it says is not what was signed.
    Altered,
    /// No central that this register trusts knows the register that signed it.
    Stranger,
    /// The register's key was revoked: what it signed from that place on proves nothing.
    Revoked(StoreNo, RegisterNo),
    /// It only names a record, and that stands in another register's journal.
    NamesOnly(StoreNo, RegisterNo),
    /// It only names a record of this register that its journal does not hold.
    NotInJournal,
    /// This register is not enrolled, so it knows nobody whose word it could take.
    NotEnrolled,
    /// Taxed otherwise than here.
    OtherTax(StoreNo),
    /// In another currency.
    OtherCurrency,
    /// A sale of another register can't be voided here.
    OtherRegister,
    /// A sale that was put aside at another register.
    AsideElsewhere(StoreNo, RegisterNo),
    /// Nothing of it can be taken back while learning.
    Training,
}

impl PaperFault {
    /// What happened.
    pub fn text(&self) -> Words {
        match self {
            Self::NotWhole => words!("The receipt's code was not read whole"),
            Self::Altered => words!("This receipt's code does not hold: it was changed or copied"),
            Self::Stranger => words!("This receipt was not made by a register of this chain"),
            Self::Revoked(store, register) => words!(
                "Central no longer trusts receipts of store {}, register {} from that time on",
                store.0,
                register.0
            ),
            Self::NamesOnly(store, register) => words!(
                "This receipt of store {}, register {} does not prove itself",
                store.0,
                register.0
            ),
            Self::NotInJournal => words!("This register's journal does not hold that sale"),
            Self::NotEnrolled => {
                words!("This register is not enrolled and can't check other registers' receipts")
            }
            Self::OtherTax(store) => words!("Store {} taxed these items otherwise", store.0),
            Self::OtherCurrency => words!("This receipt is in another currency"),
            Self::OtherRegister => words!("That sale was made at another register"),
            Self::AsideElsewhere(store, register) => {
                words!("This sale was put aside at store {}, register {}", store.0, register.0)
            }
            Self::Training => words!("A real receipt can't be used while learning"),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> Words {
        match self {
            Self::NotWhole => {
                words!("Scan it again, flat and in good light, or key the number of the sale.")
            }
            Self::Altered | Self::Revoked(..) => {
                words!("Take nothing back against it. Call a manager and keep the paper.")
            }
            Self::Stranger => words!("Take nothing back against it, or call a manager."),
            Self::NamesOnly(..) => {
                words!("Take it back at that register, or without a receipt, with a manager.")
            }
            Self::NotInJournal => words!("Call a manager, and tell IT: records may be missing."),
            Self::NotEnrolled => {
                words!("Use a register that is enrolled, or go without a receipt, with a manager.")
            }
            Self::OtherTax(_) => {
                words!("Send the customer there, or take it back with a manager.")
            }
            Self::OtherCurrency => words!("Send the customer to the store that sold it."),
            Self::OtherRegister => words!("Take the items back one by one, as returns."),
            Self::AsideElsewhere(..) => {
                words!("Take it up there, or ring the items up again here.")
            }
            Self::Training => words!("Leave training, then scan it again."),
        }
    }
}
