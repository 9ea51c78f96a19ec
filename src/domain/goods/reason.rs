//! Why stock changed: a code first, words second. Words alone can't be counted afterwards.

use crate::domain::words::term;

/// A reason; its word stands in records, its code in exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StockReason {
    /// Goods came in beside any delivery that was recorded.
    Receive,
    /// Less came than a recorded delivery says.
    ReceiveShort,
    /// More came than a recorded delivery says.
    ReceiveOver,
    /// Broken or spoiled.
    Damage,
    /// Past its date.
    Expired,
    /// Known to be stolen.
    TheftKnown,
    /// Given away to be tried, or to a charity.
    SampleDonation,
    /// Used by the store itself.
    StoreUse,
    /// Came from another store.
    TransferIn,
    /// Went to another store.
    TransferOut,
    /// Went back to who supplied it.
    ReturnToVendor,
    /// Back on the shelf.
    ReturnToStock,
    /// Handed over for an order that nobody could look up.
    PickupHandoverUnverified,
    /// Taken off the shelf because of a recall.
    Recall,
    /// Takes an earlier change back.
    Correction,
}

/// Which way goods go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Onto the shelf.
    In,
    /// Off the shelf.
    Out,
    /// As the record that is corrected says.
    Either,
}

impl StockReason {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::Receive,
        Self::ReceiveShort,
        Self::ReceiveOver,
        Self::Damage,
        Self::Expired,
        Self::TheftKnown,
        Self::SampleDonation,
        Self::StoreUse,
        Self::TransferIn,
        Self::TransferOut,
        Self::ReturnToVendor,
        Self::ReturnToStock,
        Self::PickupHandoverUnverified,
        Self::Recall,
        Self::Correction,
    ];

    /// What a person may choose for one item; the others have a task of their own.
    pub const BY_HAND: [Self; 11] = [
        Self::Damage,
        Self::Expired,
        Self::TheftKnown,
        Self::SampleDonation,
        Self::StoreUse,
        Self::ReturnToVendor,
        Self::ReturnToStock,
        Self::Recall,
        Self::Receive,
        Self::ReceiveShort,
        Self::ReceiveOver,
    ];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::ReceiveShort => "receive_short",
            Self::ReceiveOver => "receive_over",
            Self::Damage => "damage",
            Self::Expired => "expired",
            Self::TheftKnown => "theft_known",
            Self::SampleDonation => "sample_donation",
            Self::StoreUse => "store_use",
            Self::TransferIn => "transfer_in",
            Self::TransferOut => "transfer_out",
            Self::ReturnToVendor => "return_to_vendor",
            Self::ReturnToStock => "return_to_stock",
            Self::PickupHandoverUnverified => "pickup_handover_unverified",
            Self::Recall => "recall",
            Self::Correction => "correction",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Receive => term("Came in"),
            Self::ReceiveShort => term("Less came than was recorded"),
            Self::ReceiveOver => term("More came than was recorded"),
            Self::Damage => term("Damaged or spoiled"),
            Self::Expired => term("Past its date"),
            Self::TheftKnown => term("Stolen, as known"),
            Self::SampleDonation => term("Sample or donation"),
            Self::StoreUse => term("Used by the store"),
            Self::TransferIn => term("From another store"),
            Self::TransferOut => term("To another store"),
            Self::ReturnToVendor => term("Back to the supplier"),
            Self::ReturnToStock => term("Back on the shelf"),
            Self::PickupHandoverUnverified => term("Handed over, order not looked up"),
            Self::Recall => term("Recalled"),
            Self::Correction => term("Takes an earlier change back"),
        }
    }

    /// Which way goods go.
    pub const fn way(self) -> Way {
        match self {
            Self::Receive | Self::ReceiveOver | Self::TransferIn | Self::ReturnToStock => Way::In,
            Self::ReceiveShort
            | Self::Damage
            | Self::Expired
            | Self::TheftKnown
            | Self::SampleDonation
            | Self::StoreUse
            | Self::TransferOut
            | Self::ReturnToVendor
            | Self::PickupHandoverUnverified
            | Self::Recall => Way::Out,
            Self::Correction => Way::Either,
        }
    }

    /// True for goods that go to another store or come from one.
    pub const fn is_transfer(self) -> bool {
        matches!(self, Self::TransferIn | Self::TransferOut)
    }
}
