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
    /// A key that the register had changed for another one signs on.
    AfterRotation,
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
    /// A rain check was redeemed at more than one place.
    RedeemedTwice,
    /// A rain check that its own journal never issued.
    RainCheckUnknown,
    /// A paper slip of which nothing is known, while later ones were keyed.
    SlipMissing,
    /// A paper slip that was used more than once.
    SlipTwice,
    /// A sale that was put aside went on at more than one place.
    ResumedTwice,
    /// A sale that a card may have paid, and nobody said how it ended.
    CardPending,
    /// A sale that a card may have paid was closed twice, or closed one way and paid another.
    CardPendingTwice,
    /// A price on a paper slip that is not the pack's.
    PriceGuessed,
    /// The total on a paper slip is not what its lines come to.
    SlipDiffers,
    /// The price was right by the register's pack, and not by the pack in force then.
    PriceNotInForce,
    /// A check above the store's limit.
    CheckAboveLimit,
    /// Two checks with one number and amount on one day, at whatever store.
    CheckTwice,
    /// Money went back without a receipt.
    RefundWithoutReceipt,
    /// Money went back above the limit, and no manager signed.
    RefundAboveLimit,
    /// A register's clock is off, or jumped.
    ClockSkew,
    /// A sale came in long after it was made.
    LateSale,
    /// A sale of an outage came in at once: central was up.
    CentralWasUp,
    /// A punch that doesn't follow from the one before.
    PunchConflict,
    /// The drawer was opened too often without a sale.
    NoSaleOften,
    /// Somebody signed in by a phone code.
    SignedInByPhone,
    /// A sealed bag's number that left two drawers.
    BagTwice,
    /// A drawer that was not counted.
    OpenShift,
    /// What a register says a drawer should hold is not what its records come to.
    DrawerLedger,
    /// Announced, and not here.
    NotHere,
    /// A rain check that nobody redeemed yet.
    RainCheckOpen,
    /// A sale was taken back long after it was paid.
    VoidLate,
    /// Sales were taken back far more often than elsewhere.
    VoidsOften,
    /// Lines were taken out far more often than elsewhere.
    LineVoidsOften,
    /// Prices were changed far more often than elsewhere.
    PriceChangesOften,
    /// Amounts stay just below a limit.
    JustBelowLimit,
    /// Goods were written off by whoever took money back for them.
    StockCover,
    /// One colleague signs for one cashier, and seldom for others.
    SameApprover,
    /// One person signed at two registers within moments.
    ApproverTwice,
    /// One person has two drawers at once.
    PersonTwice,
    /// A sale was put aside and stayed there.
    ParkedSale,
    /// A drawer with far fewer sales an hour than the others.
    DrawerSlow,
    /// An outage of one register, while central heard from others of the store.
    OutageAlone,
    /// A register began a new journal.
    NewJournal,
    /// PINs were guessed at, as it seems.
    PinGuessed,
    /// A far day was said to be today.
    DaySet,
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
    pub const ALL: [Self; 70] = [
        Self::Fork,
        Self::BadSignature,
        Self::Unsigned,
        Self::ProvisionalRegister,
        Self::RevokedKey,
        Self::AfterRotation,
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
        Self::RedeemedTwice,
        Self::RainCheckUnknown,
        Self::SlipMissing,
        Self::SlipTwice,
        Self::ResumedTwice,
        Self::CardPending,
        Self::CardPendingTwice,
        Self::PriceGuessed,
        Self::SlipDiffers,
        Self::PriceNotInForce,
        Self::CheckAboveLimit,
        Self::CheckTwice,
        Self::RefundWithoutReceipt,
        Self::RefundAboveLimit,
        Self::ClockSkew,
        Self::LateSale,
        Self::CentralWasUp,
        Self::PunchConflict,
        Self::NoSaleOften,
        Self::SignedInByPhone,
        Self::BagTwice,
        Self::OpenShift,
        Self::DrawerLedger,
        Self::NotHere,
        Self::RainCheckOpen,
        Self::VoidLate,
        Self::VoidsOften,
        Self::LineVoidsOften,
        Self::PriceChangesOften,
        Self::JustBelowLimit,
        Self::StockCover,
        Self::SameApprover,
        Self::ApproverTwice,
        Self::PersonTwice,
        Self::ParkedSale,
        Self::DrawerSlow,
        Self::OutageAlone,
        Self::NewJournal,
        Self::PinGuessed,
        Self::DaySet,
    ];

    /// The word in the database and in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::BadSignature => "bad_signature",
            Self::Unsigned => "unsigned",
            Self::ProvisionalRegister => "provisional_register",
            Self::RevokedKey => "revoked_key",
            Self::AfterRotation => "after_rotation",
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
            Self::RedeemedTwice => "redeemed_twice",
            Self::RainCheckUnknown => "rain_check_unknown",
            Self::SlipMissing => "slip_missing",
            Self::SlipTwice => "slip_twice",
            Self::ResumedTwice => "resumed_twice",
            Self::CardPending => "card_pending",
            Self::CardPendingTwice => "card_pending_twice",
            Self::PriceGuessed => "price_guessed",
            Self::SlipDiffers => "slip_differs",
            Self::PriceNotInForce => "price_not_in_force",
            Self::CheckAboveLimit => "check_above_limit",
            Self::CheckTwice => "check_twice",
            Self::RefundWithoutReceipt => "refund_without_receipt",
            Self::RefundAboveLimit => "refund_above_limit",
            Self::ClockSkew => "clock_skew",
            Self::LateSale => "late_sale",
            Self::CentralWasUp => "central_was_up",
            Self::PunchConflict => "punch_conflict",
            Self::NoSaleOften => "no_sale_often",
            Self::SignedInByPhone => "signed_in_by_phone",
            Self::BagTwice => "bag_twice",
            Self::OpenShift => "open_shift",
            Self::DrawerLedger => "drawer_ledger",
            Self::NotHere => "not_here",
            Self::RainCheckOpen => "rain_check_open",
            Self::VoidLate => "void_late",
            Self::VoidsOften => "voids_often",
            Self::LineVoidsOften => "line_voids_often",
            Self::PriceChangesOften => "price_changes_often",
            Self::JustBelowLimit => "just_below_limit",
            Self::StockCover => "stock_cover",
            Self::SameApprover => "same_approver",
            Self::ApproverTwice => "approver_twice",
            Self::PersonTwice => "person_twice",
            Self::ParkedSale => "parked_sale",
            Self::DrawerSlow => "drawer_slow",
            Self::OutageAlone => "outage_alone",
            Self::NewJournal => "new_journal",
            Self::PinGuessed => "pin_guessed",
            Self::DaySet => "day_set",
        }
    }

    /// How grave it is as a rule.
    pub const fn level(self) -> Level {
        match self {
            Self::Fork
            | Self::BadSignature
            | Self::RevokedKey
            | Self::AfterRotation
            | Self::ForeignKey
            | Self::Gap
            | Self::Lifetime
            | Self::DrawerLedger
            | Self::NotHere
            | Self::ControlTotals => Level::Critical,
            Self::Arithmetic
            | Self::Malformed
            | Self::ReturnedTwice
            | Self::ReturnOfAnother
            | Self::RedeemedTwice
            | Self::RainCheckUnknown
            | Self::CardPendingTwice
            | Self::SlipTwice => Level::Hold,
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
            | Self::PickupDiffers
            | Self::SlipMissing
            | Self::ResumedTwice
            // Nothing was sold yet, so nothing is held back; but no store is closed over it.
            | Self::CardPending
            | Self::PriceNotInForce
            | Self::CheckAboveLimit
            | Self::CheckTwice
            | Self::RefundWithoutReceipt
            | Self::RefundAboveLimit
            | Self::LateSale
            | Self::PunchConflict
            | Self::NoSaleOften
            | Self::SignedInByPhone
            | Self::BagTwice
            | Self::OpenShift
            | Self::VoidLate
            | Self::VoidsOften
            | Self::LineVoidsOften
            | Self::PriceChangesOften
            | Self::JustBelowLimit
            | Self::StockCover
            | Self::ApproverTwice
            | Self::PersonTwice
            | Self::ParkedSale
            | Self::OutageAlone
            | Self::PinGuessed
            | Self::DaySet => Level::Review,
            Self::KeyedPrice
            | Self::UnknownPack
            | Self::StockNegative
            | Self::PriceGuessed
            | Self::SlipDiffers
            | Self::ClockSkew
            | Self::CentralWasUp
            | Self::RainCheckOpen
            | Self::SameApprover
            | Self::DrawerSlow
            | Self::NewJournal => Level::Info,
        }
    }
}

impl Code {
    /// The code of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.word() == word)
    }
}

impl Level {
    /// All levels, the gravest last.
    pub const ALL: [Self; 4] = [Self::Info, Self::Review, Self::Hold, Self::Critical];

    /// The level of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

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

    /// The same, of another level.
    #[must_use]
    pub const fn weighing(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The same, sharing this cause with others.
    #[must_use]
    pub fn because_of(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }
}
