//! What a person decided about something that did not agree, and that a store was closed.
//!
//! ```text
//!  Matter (which rule, which root cause) ─┐
//!  Action (accept, correct, write off …)  ├─▶ Decision ─▶ a record of central's own journal
//!  Reach (how far each journal was seen) ─┘
//! ```
//!
//! A decision edits nothing: it stands beside the records it is about. It reaches as far as the
//! journals went when it was made, and says how many records and how much money it covers; what
//! comes later, or turns out to be more, is open again.

use super::gtin::ItemCode;
use super::ids::{Epoch, PersonId, Seq};
use super::money::Money;
use super::person::Role;
use super::words::term;

/// The longest name of a root cause, in bytes.
pub const CAUSE_LEN_MAX: usize = 120;
/// The longest reason, in bytes.
pub const REASON_LEN_MAX: usize = 500;
/// The longest name of an area to be counted, in bytes.
pub const AREA_LEN_MAX: usize = 40;
/// The most journals one decision or closure may rest on.
pub const JOURNALS_MAX: usize = 400;

/// The word of a rule: 1 to 32 small letters and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleWord(String);

/// What a decision is about: all that one rule found for one root cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Matter {
    /// The rule.
    pub rule: RuleWord,
    /// What the records share: an item's code, a drawer; empty where nothing.
    pub cause: String,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It stands as it was recorded.
    Accept,
    /// The books are put right by this amount; the record stays.
    Correct {
        /// What is added, or taken away below zero.
        amount: Money,
    },
    /// What was sold under an unknown code was this item.
    Reassign {
        /// The item.
        item: ItemCode,
    },
    /// Somebody else is asked first: nothing is settled.
    Ask {
        /// Who.
        person: PersonId,
    },
    /// The store bears the difference.
    WriteOff,
    /// Goods are counted again; nothing is vetoed.
    Count {
        /// Where.
        area: String,
    },
    /// Customers who paid too much get it back.
    MakeGood,
}

/// How far a journal had been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The journal.
    pub epoch: Epoch,
    /// The next record that was not seen.
    pub next: Seq,
}

/// The second person of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Second {
    /// Who.
    pub by: PersonId,
    /// As what.
    pub role: Role,
}

/// A decision; who made it is the record's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// About what.
    pub matter: Matter,
    /// What.
    pub action: Action,
    /// How many findings it covers.
    pub count: u32,
    /// What they came to.
    pub sum: Money,
    /// How far it reaches; never empty.
    pub reach: Vec<Reach>,
    /// Why.
    pub reason: String,
    /// Who signed beside the person, above the store's limit.
    pub second: Option<Second>,
}

/// How far a journal had come, with its last record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The journal.
    pub epoch: Epoch,
    /// The next record.
    pub next: Seq,
    /// The hash of the last one.
    pub hash: [u8; 32],
}

/// A store was closed: its certificate is a signed document of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreClosed {
    /// The closure's number, from 1.
    pub number: u32,
    /// SHA-256 of the certificate as it was signed.
    pub digest: [u8; 32],
    /// The journals it rests on.
    pub heads: Vec<Head>,
}

/// Why a text is not a rule's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rule's word has 1 to 32 small letters and underscores")]
pub struct NotARule;

impl RuleWord {
    /// Reads a word.
    ///
    /// # Errors
    /// [`NotARule`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotARule> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        if (1..=32).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotARule)
        }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Action {
    /// The word in a record and in a form.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Correct { .. } => "correct",
            Self::Reassign { .. } => "reassign",
            Self::Ask { .. } => "ask",
            Self::WriteOff => "write_off",
            Self::Count { .. } => "count",
            Self::MakeGood => "make_good",
        }
    }

    /// What was done, as a person says it.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Accept => term("Accepted as recorded"),
            Self::Correct { .. } => term("Corrected"),
            Self::Reassign { .. } => term("Given to another item"),
            Self::Ask { .. } => term("Asked"),
            Self::WriteOff => term("Written off"),
            Self::Count { .. } => term("To be counted"),
            Self::MakeGood => term("Made good to customers"),
        }
    }

    /// The label of a word.
    pub fn label_of(word: &str) -> Option<&'static str> {
        let label = match word {
            "accept" => Self::Accept.label(),
            "correct" => Self::Correct { amount: Money::ZERO }.label(),
            "reassign" => term("Given to another item"),
            "ask" => term("Asked"),
            "write_off" => Self::WriteOff.label(),
            "count" => Self::Count { area: String::new() }.label(),
            "make_good" => Self::MakeGood.label(),
            _ => return None,
        };
        Some(label)
    }

    /// Whether nothing is left to be decided after it.
    pub const fn settles(&self) -> bool {
        !matches!(self, Self::Ask { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rules_word_is_small_letters_and_underscores() {
        assert!(RuleWord::parse("unknown_item").is_ok());
        for wrong in ["", "Unknown", "a b", "check-twice", &"a".repeat(33)] {
            assert_eq!(RuleWord::parse(wrong), Err(NotARule), "{wrong}");
        }
    }

    #[test]
    fn only_a_question_settles_nothing() {
        let person = PersonId::parse("41").expect("a person");
        assert!(!Action::Ask { person }.settles());
        assert!(Action::WriteOff.settles() && Action::Accept.settles());
    }
}
