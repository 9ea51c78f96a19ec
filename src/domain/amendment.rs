//! What a person of IT has done about records that another system did not take: an amendment. It
//! edits nothing: the record stays as it was signed, and the amendment is a record of its own.
//!
//! ```text
//!  refused by a target ─▶ again            it goes once more, as it is
//!                      ─▶ again as         it goes once more, and beside it what an item is there
//!                      ─▶ entered by hand  it is there already; it is never sent
//! ```

use super::gtin::ItemCode;
use super::ids::{Epoch, Seq};

/// The most records of one amendment.
pub const RECORDS_MAX: usize = 400;
/// The longest name of a target, in bytes.
pub const TARGET_LEN_MAX: usize = 300;
/// The longest number under which it was entered, in bytes.
pub const REFERENCE_LEN_MAX: usize = 60;

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amend {
    /// It is handed over once more.
    Again,
    /// It is handed over once more, with another item told in place of one.
    AgainAs {
        /// The item of the record.
        item: ItemCode,
        /// What it is to the other system.
        other: ItemCode,
    },
    /// Somebody entered it there by hand.
    ByHand {
        /// Under which number.
        reference: String,
    },
}

/// A record that is amended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amended {
    /// Its journal.
    pub epoch: Epoch,
    /// Its place.
    pub seq: Seq,
    /// Its hash: another record in its place is not meant.
    pub hash: [u8; 32],
}

/// An amendment; who made it is the record's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The other system's name.
    pub target: String,
    /// What is done.
    pub action: Amend,
    /// With which records; never empty.
    pub records: Vec<Amended>,
    /// Why.
    pub reason: String,
}

impl Amend {
    /// The word in a record and in a form.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::AgainAs { .. } => "again_as",
            Self::ByHand { .. } => "by_hand",
        }
    }
}
