//! What was noticed and put right while the ledger was opened, for the restart screen.

use crate::domain::words::{Words, words};

/// What was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// The database lacked records; they came back from the tape.
    RecordsRestored,
    /// The database was missing or damaged; it was built again.
    DatabaseRebuilt,
    /// The tape lacked records, or was damaged; it was written again.
    TapeMended,
    /// The tape can't be written: there is one copy only.
    NoTape,
    /// The anchor can't be written.
    NoAnchor,
    /// The tables did not follow from the records; they were derived again.
    ProjectionsRebuilt,
    /// The journal was frozen and a new one begun.
    JournalFrozen,
    /// The journal ended with its key, and a new one was begun.
    KeyRotated,
    /// The key was not at hand: records are written unsigned.
    Unsigned,
    /// The disk is nearly full.
    DiskNearlyFull,
    /// Ledger, tape or anchor lie on a network share.
    OnShare,
    /// Central trusts this register's key no longer.
    KeyRevoked,
    /// What was kept for a change of the key is damaged.
    KeyPapers,
}

/// One thing that was noticed, in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// What happened.
    pub happened: Words,
    /// What it means for the money.
    pub money: Words,
    /// What was done, and what is still to be done.
    pub done: Words,
}

impl Finding {
    pub(super) fn new(
        kind: FindingKind,
        happened: impl Into<Words>,
        money: impl Into<Words>,
        done: impl Into<Words>,
    ) -> Self {
        Self { kind, happened: happened.into(), money: money.into(), done: done.into() }
    }

    /// Central trusts the key no longer that this journal is signed by.
    pub fn key_revoked() -> Self {
        Self::new(
            FindingKind::KeyRevoked,
            words!("Central no longer trusts this register's key."),
            words!("What is sold here is recorded, and counted nowhere."),
            words!("Sell on another register. IT gives this one a new data folder and a new code."),
        )
    }

    /// What was kept for a change of the key can't be read, and lies in this file.
    pub fn key_papers_missing(file: String) -> Self {
        Self::new(
            FindingKind::KeyPapers,
            words!("What was kept for a change of this register's key can't be read: {}.", file),
            words!("Every sale is recorded, and none is lost."),
            words!(
                "Selling goes on. Call IT: 'tideover key rotate', run once more, puts the key in \
                 order, or says why not."
            ),
        )
    }

    /// The three sentences as one text.
    pub fn text(&self) -> Words {
        words!("{} {} {}", &self.happened, &self.money, &self.done)
    }
}
