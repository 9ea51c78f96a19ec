//! Personal data that was destroyed: on record, without any of it.

use super::ids::RecordRef;
use super::time::BusinessDate;

/// The most records that one record names.
pub const ERASED_MAX: usize = 400;

/// Why it was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureRule {
    /// Central holds it, and its days here are over.
    Held,
}

/// Sealed data that lay beside these records was destroyed here, in one step with this record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PiiErased {
    /// By which rule.
    pub rule: ErasureRule,
    /// It was of days before this one.
    pub before: BusinessDate,
    /// The records that it lay beside, at most [`ERASED_MAX`].
    pub of: Vec<RecordRef>,
}

impl ErasureRule {
    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
        }
    }

    /// The rule of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Held].into_iter().find(|rule| rule.word() == word)
    }
}
