//! Named points between the steps of a sale, where a drill may end the process. Without a hook
//! they cost one comparison with null.
//!
//! ```text
//!  decided ─▶ line ─▶ begin ─ insert ─ commit ─▶ tape ─▶ anchor ─▶ second place ─▶ PAID ─▶ draft
//!  gone ─▶ drawer ─▶ receipt            each arrow and dash is a point; the ledger passes those of
//!                                       a record itself, whoever sells tells it of the others
//! ```

use std::sync::Arc;

/// A point between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultPoint {
    /// The domain said what the sale is; there is no record yet.
    Decided,
    /// The record is made; nothing is written.
    BeforeBegin,
    /// The transaction is open.
    AfterBegin,
    /// The line is in the transaction.
    AfterInsert,
    /// The projections too.
    BeforeCommit,
    /// The record is durable: from here on it exists.
    AfterCommit,
    /// The tape holds it, not yet flushed.
    AfterTapeWrite,
    /// The tape is flushed.
    AfterTapeFlush,
    /// The anchor names it.
    AfterAnchor,
    /// A second place holds it, or was not waited for any longer.
    AfterCopy,
    /// The sale counts as paid, and the screen may say so.
    AfterPaid,
    /// The basket that was saved while it was rung up is forgotten.
    AfterDraft,
    /// The drawer was told to open.
    AfterDrawer,
    /// The receipt is on its way to the printer.
    AfterReceipt,
}

impl FaultPoint {
    /// All points, in the order they are passed.
    pub const ALL: [Self; 14] = [
        Self::Decided,
        Self::BeforeBegin,
        Self::AfterBegin,
        Self::AfterInsert,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::AfterTapeWrite,
        Self::AfterTapeFlush,
        Self::AfterAnchor,
        Self::AfterCopy,
        Self::AfterPaid,
        Self::AfterDraft,
        Self::AfterDrawer,
        Self::AfterReceipt,
    ];

    /// Those that the ledger passes itself, with every record.
    pub const OF_A_RECORD: [Self; 8] = [
        Self::BeforeBegin,
        Self::AfterBegin,
        Self::AfterInsert,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::AfterTapeWrite,
        Self::AfterTapeFlush,
        Self::AfterAnchor,
    ];

    /// The word in scenarios.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::BeforeBegin => "before_begin",
            Self::AfterBegin => "after_begin",
            Self::AfterInsert => "after_insert",
            Self::BeforeCommit => "before_commit",
            Self::AfterCommit => "after_commit",
            Self::AfterTapeWrite => "after_tape_write",
            Self::AfterTapeFlush => "after_tape_flush",
            Self::AfterAnchor => "after_anchor",
            Self::AfterCopy => "after_copy",
            Self::AfterPaid => "after_paid",
            Self::AfterDraft => "after_draft",
            Self::AfterDrawer => "after_drawer",
            Self::AfterReceipt => "after_receipt",
        }
    }

    /// The point of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.word() == word)
    }
}

/// Is told of each point; may end the process there.
pub trait Faults: Send + Sync {
    /// A point is passed.
    fn at(&self, point: FaultPoint);
}

/// The hook, where there is one.
#[derive(Clone, Default)]
pub(super) struct Hook(pub(super) Option<Arc<dyn Faults>>);

impl Hook {
    pub(super) fn at(&self, point: FaultPoint) {
        if let Some(faults) = &self.0 {
            faults.at(point);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_a_word_of_its_own() {
        for point in FaultPoint::ALL {
            assert_eq!(FaultPoint::from_word(point.word()), Some(point));
        }
        assert_eq!(FaultPoint::from_word("after_commit"), Some(FaultPoint::AfterCommit));
        assert_eq!(FaultPoint::from_word("nowhere"), None);
    }

    #[test]
    fn a_hook_is_told_of_the_point_that_is_passed() {
        struct Heard(std::sync::Mutex<Vec<FaultPoint>>);
        impl Faults for Heard {
            fn at(&self, point: FaultPoint) {
                self.0.lock().expect("a list").push(point);
            }
        }
        let heard = Arc::new(Heard(std::sync::Mutex::default()));
        Hook(Some(heard.clone())).at(FaultPoint::AfterCommit);
        Hook::default().at(FaultPoint::AfterPaid);
        assert_eq!(*heard.0.lock().expect("a list"), [FaultPoint::AfterCommit]);
    }
}
