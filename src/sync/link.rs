//! How register and central stand, and when to step again: what screens and reports show.

use crate::domain::ids::JournalId;

/// How register and central stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Not asked yet.
    Unknown,
    /// Central has everything.
    UpToDate,
    /// Records are on their way.
    Sending,
    /// No answer; tried again by itself.
    NoAnswer {
        /// In words.
        text: String,
    },
    /// Something answered, and it is not this register's central.
    NotCentral {
        /// In words.
        text: String,
    },
    /// Central is busy and named this register's turn.
    Busy,
    /// Central does not take anything from this register until a person does something.
    Refused {
        /// Central's words.
        text: String,
    },
    /// Central asked to send nothing for now.
    Held {
        /// Its reason.
        text: String,
    },
    /// A journal and central's copy disagree: it must not be continued.
    Forked {
        /// Which.
        journal: JournalId,
        /// In words.
        text: String,
    },
    /// What can be sent is at central; a journal that was given up can't.
    LeftOut {
        /// Why, in words.
        text: String,
    },
    /// The register's own journal could not be read.
    LedgerFailed {
        /// In words.
        text: String,
    },
}

/// When to step again, and how things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Milliseconds to wait; zero: at once. A new record is a reason to come earlier when
    /// [`Next::wake_early`].
    pub wait_ms: u64,
    /// True when a new record may be sent before the wait is over.
    pub wake_early: bool,
    /// How things stand.
    pub link: LinkState,
    /// Records that central does not have, as far as known.
    pub pending: u64,
}

/// What a drain did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushReport {
    /// How things stood at the end.
    pub link: LinkState,
    /// Records that central had not had.
    pub created: u64,
    /// Records that central had already.
    pub existing: u64,
    /// Records still pending.
    pub pending: u64,
    /// Requests sent.
    pub requests: u64,
}
