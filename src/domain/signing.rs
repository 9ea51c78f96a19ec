//! Whether this register signs what it records, and in words why not.
//!
//! A key that is not at hand stops no sale; who leads must hear of it while IT can still help.

use super::words::{Words, words};

/// The key that signs records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFact {
    /// It signs.
    Signs,
    /// There is none.
    Missing,
    /// It is sealed to this machine and did not open.
    Sealed,
    /// Its file is there and can't be used.
    Unreadable,
    /// Its file holds one that was changed for another.
    RotatedAway,
    /// It is the one before a change that is not finished.
    ChangeUnfinished,
    /// The unit handed over the one before a change.
    HandedOld,
}

impl KeyFact {
    /// Why records are not signed, and what to do; none where they are.
    pub fn trouble(self) -> Option<(Words, Words)> {
        Some(match self {
            Self::Signs => return None,
            Self::Missing => (
                words!("Records are not signed: the key is missing"),
                words!("Call IT: the register must be enrolled again."),
            ),
            Self::Sealed => (
                words!("Records are not signed: the key is sealed and did not open"),
                words!("Go on selling. Call IT: its unit hands the key over at the start."),
            ),
            Self::Unreadable => (
                words!("Records are not signed: the key's file can't be read"),
                words!("Go on selling. Call IT before anything is enrolled anew."),
            ),
            Self::RotatedAway => (
                words!("Records are not signed: the key at hand was changed for another one"),
                words!("Go on selling. Call IT: the newer key's file must be put back."),
            ),
            Self::ChangeUnfinished => (
                words!("Records are not signed: a change of the key is not finished"),
                words!("Go on selling. Call IT: start Tideover again."),
            ),
            Self::HandedOld => (
                words!("Records are not signed: the unit gave the key from before a change"),
                words!("Go on selling. Call IT: start the unit again."),
            ),
        })
    }
}
