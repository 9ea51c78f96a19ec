//! What a person should look at: where, what, how grave, and which money it is about.

use crate::domain::ids::{JournalId, Seq};
use crate::domain::money::Money;

/// What kind of thing does not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Two records stand at one place of a journal.
    Fork,
    /// A record's signature is not the journal key's.
    BadSignature,
    /// A record without a signature.
    Unsigned,
    /// A key that nobody vouched for.
    ProvisionalRegister,
    /// A key that is no longer trusted.
    RevokedKey,
    /// A journal whose name or key is not its own.
    ForeignKey,
    /// Records are missing before these.
    Gap,
    /// Held records or money are not what the register announced.
    ControlTotals,
    /// Lifetime totals don't follow from the records.
    Lifetime,
    /// A line that is no record.
    Malformed,
    /// A kind or version that this program does not know yet.
    SchemaAhead,
    /// Lines, tax, tenders and change don't add up.
    Arithmetic,
    /// A sold item that the pack does not have.
    UnknownItem,
    /// Sold at another price than the pack's.
    PriceDiffers,
    /// A price that the cashier keyed.
    KeyedPrice,
    /// Tax other than the pack's rows give.
    TaxDiffers,
    /// A pack that central does not have.
    UnknownPack,
    /// The drawer held more or less than it should.
    DrawerVariance,
    /// A check was taken without an ID.
    CheckWithoutId,
    /// By the records less than nothing is on hand.
    StockNegative,
    /// A count is far from what should have been there.
    CountDiffers,
    /// The same goods were received twice.
    ReceivedTwice,
    /// Not what notice or slip say was received.
    DeliveryDiffers,
    /// More of a sold line came back than was sold.
    ReturnedTwice,
    /// The paper of a return is not of the record that stands at its place.
    ReturnOfAnother,
    /// An online order was handed over twice.
    PickedUpTwice,
    /// Goods went out for an online order that nobody could look up.
    PickupUnverified,
    /// The online system does not know an order that was claimed.
    PickupNotFound,
    /// Other goods went out than the online system has for the order.
    PickupDiffers,
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// To be looked at.
    Review,
    /// Not to be passed on to other systems before somebody looked.
    Hold,
    /// The evidence itself is in doubt.
    Critical,
}

/// One thing that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// What kind.
    pub code: Code,
    /// How grave.
    pub level: Level,
    /// Where.
    pub journal: JournalId,
    /// At which record.
    pub seq: Seq,
    /// What others of the same root share: an item's code, or nothing.
    pub cause: String,
    /// In words.
    pub text: String,
    /// The money it is about; zero where it is about none.
    pub amount: Money,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 29] = [
        Self::Fork,
        Self::BadSignature,
        Self::Unsigned,
        Self::ProvisionalRegister,
        Self::RevokedKey,
        Self::ForeignKey,
        Self::Gap,
        Self::ControlTotals,
        Self::Lifetime,
        Self::Malformed,
        Self::SchemaAhead,
        Self::Arithmetic,
        Self::UnknownItem,
        Self::PriceDiffers,
        Self::KeyedPrice,
        Self::TaxDiffers,
        Self::UnknownPack,
        Self::DrawerVariance,
        Self::CheckWithoutId,
        Self::StockNegative,
        Self::CountDiffers,
        Self::ReceivedTwice,
        Self::DeliveryDiffers,
        Self::ReturnedTwice,
        Self::ReturnOfAnother,
        Self::PickedUpTwice,
        Self::PickupUnverified,
        Self::PickupNotFound,
        Self::PickupDiffers,
    ];

    /// The word in the database and in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::BadSignature => "bad_signature",
            Self::Unsigned => "unsigned",
            Self::ProvisionalRegister => "provisional_register",
            Self::RevokedKey => "revoked_key",
            Self::ForeignKey => "foreign_key",
            Self::Gap => "gap",
            Self::ControlTotals => "control_totals",
            Self::Lifetime => "lifetime",
            Self::Malformed => "malformed",
            Self::SchemaAhead => "schema_ahead",
            Self::Arithmetic => "arithmetic",
            Self::UnknownItem => "unknown_item",
            Self::PriceDiffers => "price_differs",
            Self::KeyedPrice => "keyed_price",
            Self::TaxDiffers => "tax_differs",
            Self::UnknownPack => "unknown_pack",
            Self::DrawerVariance => "drawer_variance",
            Self::CheckWithoutId => "check_without_id",
            Self::StockNegative => "stock_negative",
            Self::CountDiffers => "count_differs",
            Self::ReceivedTwice => "received_twice",
            Self::DeliveryDiffers => "delivery_differs",
            Self::ReturnedTwice => "returned_twice",
            Self::ReturnOfAnother => "return_of_another",
            Self::PickedUpTwice => "picked_up_twice",
            Self::PickupUnverified => "pickup_unverified",
            Self::PickupNotFound => "pickup_not_found",
            Self::PickupDiffers => "pickup_differs",
        }
    }

    /// How grave it is as a rule.
    pub const fn level(self) -> Level {
        match self {
            Self::Fork
            | Self::BadSignature
            | Self::RevokedKey
            | Self::ForeignKey
            | Self::Gap
            | Self::Lifetime
            | Self::ControlTotals => Level::Critical,
            Self::Arithmetic | Self::Malformed | Self::ReturnedTwice | Self::ReturnOfAnother => {
                Level::Hold
            }
            Self::Unsigned
            | Self::ProvisionalRegister
            | Self::UnknownItem
            | Self::PriceDiffers
            | Self::TaxDiffers
            | Self::SchemaAhead
            | Self::DrawerVariance
            | Self::CountDiffers
            | Self::ReceivedTwice
            | Self::DeliveryDiffers
            | Self::CheckWithoutId
            | Self::PickedUpTwice
            | Self::PickupUnverified
            | Self::PickupNotFound
            | Self::PickupDiffers => Level::Review,
            Self::KeyedPrice | Self::UnknownPack | Self::StockNegative => Level::Info,
        }
    }
}

impl Level {
    /// The word in the database and in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Review => "review",
            Self::Hold => "hold",
            Self::Critical => "critical",
        }
    }
}

impl Exception {
    /// An exception of the code's usual level, about no money.
    pub fn new(code: Code, journal: JournalId, seq: Seq, text: impl Into<String>) -> Self {
        Self {
            code,
            level: code.level(),
            journal,
            seq,
            cause: String::new(),
            text: text.into(),
            amount: Money::ZERO,
        }
    }

    /// The same, about this money.
    #[must_use]
    pub const fn about(mut self, amount: Money) -> Self {
        self.amount = amount;
        self
    }

    /// The same, sharing this cause with others.
    #[must_use]
    pub fn because_of(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }
}
