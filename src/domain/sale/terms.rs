//! What holds for a sale besides its lines: age, exemption, approvals, the sale it takes back.
//!
//! Of an ID only the outcome is kept: no date of birth, no number, no name.

use crate::domain::approval::Approval;
use crate::domain::ids::{Epoch, RecordRef, SaleNo, Seq};
use crate::domain::paper_slip::PaperSlip;
use crate::domain::rain_check::Honored;
use crate::domain::words::term;

use super::paper::PaperProof;

/// The longest certificate number, in bytes.
pub const CERTIFICATE_LEN_MAX: usize = 40;
/// The most approvals of one sale.
pub const APPROVALS_MAX: usize = 20;

/// What holds for a sale besides its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The answer to the question for an ID.
    pub age: Option<AgeCheck>,
    /// No tax is taken, and why.
    pub exempt: Option<Exemption>,
    /// The paid sale that this one takes back.
    pub link: Option<SaleLink>,
    /// Who stood behind what, in order.
    pub approvals: Vec<Approval>,
    /// What was offered and could not be taken.
    pub offered: Offered,
    /// The rain checks that lines honor.
    pub rain_checks: Vec<Honored>,
    /// The paper slip it was written on.
    pub paper_slip: Option<PaperSlip>,
    /// The record that first put it aside because a card may have paid it.
    pub card_pending: Option<RecordRef>,
}

/// Papers that are worth money at another time, and were given back. Only how many: no number, no
/// value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Coupons.
    pub coupons: u16,
    /// Gift cards.
    pub gift_cards: u16,
}

/// How the buyer's age was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeProof {
    /// A date of birth was read from an ID.
    Id,
    /// Plainly far above the age, where the store's rules allow it.
    Sight,
}

/// The buyer was found to be old enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeCheck {
    /// The age that was asked about, in years.
    pub years: u8,
    /// How it was found.
    pub proof: AgeProof,
}

/// Why a buyer owes no tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExemptReason {
    /// Bought to be sold on.
    Resale,
    /// A public body.
    Government,
    /// A charity, church or school.
    Nonprofit,
    /// Another reason that the certificate names.
    Other,
}

/// A buyer owes no tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// Why.
    pub reason: ExemptReason,
    /// The number of the certificate that was shown.
    pub certificate: String,
}

/// Why a paid sale is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Items come back.
    Return,
    /// The whole sale was a mistake.
    Void,
}

/// Why, as a code; words alone can't be counted afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The customer wants it so.
    Customer,
    /// It was rung up wrongly.
    Mistake,
    /// The item is damaged or spoiled.
    Damaged,
    /// The shelf shows another price.
    ShelfPrice,
    /// Another store's price is matched.
    PriceMatch,
    /// Change for the drawer or the customer.
    Change,
    /// Another reason.
    Other,
    /// A rain check promised it.
    RainCheck,
}

/// The paid sale that another one takes back, wholly or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleLink {
    /// Why in kind.
    pub kind: LinkKind,
    /// The journal it stands in.
    pub epoch: Epoch,
    /// Its place in it.
    pub seq: Seq,
    /// The number on its receipt.
    pub number: SaleNo,
    /// Why.
    pub reason: Reason,
    /// What its paper proved, where this journal does not hold it.
    pub paper: Option<PaperProof>,
}

impl SaleLink {
    /// Both take the same sale back.
    pub fn is_same_sale(&self, other: &Self) -> bool {
        (self.epoch, self.seq) == (other.epoch, other.seq)
    }
}

impl AgeProof {
    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Sight => "sight",
        }
    }

    /// The proof of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Id, Self::Sight].into_iter().find(|proof| proof.word() == word)
    }
}

impl ExemptReason {
    /// All reasons, in the order of the screen.
    pub const ALL: [Self; 4] = [Self::Resale, Self::Government, Self::Nonprofit, Self::Other];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resale => "resale",
            Self::Government => "government",
            Self::Nonprofit => "nonprofit",
            Self::Other => "other",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Resale => term("Bought to be sold on"),
            Self::Government => term("Public body"),
            Self::Nonprofit => term("Charity, church or school"),
            Self::Other => term("Another reason"),
        }
    }
}

impl LinkKind {
    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Void => "void",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Return, Self::Void].into_iter().find(|kind| kind.word() == word)
    }
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::Customer,
        Self::Mistake,
        Self::Damaged,
        Self::ShelfPrice,
        Self::PriceMatch,
        Self::Change,
        Self::Other,
        Self::RainCheck,
    ];
    /// Reasons to change a price.
    pub const OF_PRICE: [Self; 5] =
        [Self::ShelfPrice, Self::Damaged, Self::PriceMatch, Self::Mistake, Self::Other];
    /// Reasons to take items back.
    pub const OF_RETURN: [Self; 4] = [Self::Customer, Self::Damaged, Self::Mistake, Self::Other];
    /// Reasons to open the drawer without a sale.
    pub const OF_NO_SALE: [Self; 4] = [Self::Change, Self::Customer, Self::Mistake, Self::Other];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Mistake => "mistake",
            Self::Damaged => "damaged",
            Self::ShelfPrice => "shelf_price",
            Self::PriceMatch => "price_match",
            Self::Change => "change",
            Self::Other => "other",
            Self::RainCheck => "rain_check",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Customer => term("The customer's wish"),
            Self::Mistake => term("A mistake"),
            Self::Damaged => term("Damaged or spoiled"),
            Self::ShelfPrice => term("The shelf shows another price"),
            Self::PriceMatch => term("Another store's price"),
            Self::Change => term("Change"),
            Self::Other => term("Another reason"),
            Self::RainCheck => term("A rain check"),
        }
    }
}
