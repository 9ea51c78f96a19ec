//! Paying by check: what is read from it, what the law lets a store ask, and how much risk a
//! store takes while the bank can't be asked.
//!
//! ```text
//!  reader's line ─▶ micr ─┐
//!  keyed digits ──────────┼─▶ wizard: number, ID, look ─▶ limits ─▶ Tender::Check
//!                 routing ┘            id_rule, words       └ a lead, or cash instead
//! ```
//!
//! Account numbers pass through here and are wiped when they are dropped. They are never part of
//! a record: that holds a [`Commitment`] to what was sealed for central, or nothing.

use std::fmt;

use zeroize::Zeroizing;

pub mod endorsement;
pub mod fault;
pub mod id_rule;
pub mod limits;
pub mod micr;
pub mod notice;
pub mod policy;
pub mod routing;
pub mod wizard;
pub mod words;

/// The fewest and the most digits of an account number. The on-us field has 19 places.
pub const ACCOUNT_LEN: std::ops::RangeInclusive<usize> = 4..=17;

/// SHA-256 over salt and plain data of a check; both are sealed for central, so that nobody who
/// reads the record can try account numbers against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment(pub [u8; 32]);

/// What is known of a check besides its amount and number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckProof {
    /// Which sealed data belongs to it; none where the account was not read, or could not be
    /// sealed.
    pub data: Option<Commitment>,
    /// Whether an ID was seen.
    pub id: IdOutcome,
}

/// What became of the question for an ID. Its kind and state are sealed, its number is never
/// asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdOutcome {
    /// The store asks for none here.
    #[default]
    NotAsked,
    /// Seen: valid, and the name is the one on the check.
    Seen,
    /// None was shown, or it does not fit; somebody with authority took the check all the same.
    Missing,
}

/// An account number: digits only, wiped when dropped, never shown whole.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountNo(Zeroizing<String>);

impl IdOutcome {
    const ALL: [Self; 3] = [Self::NotAsked, Self::Seen, Self::Missing];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Seen => "seen",
            Self::Missing => "missing",
        }
    }

    /// The outcome of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

impl AccountNo {
    /// Takes digits; spaces and dashes between them are left out, as banks print them at will.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(text.len().min(64)));
        for c in text.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '-' => {}
                _ => return None,
            }
            if digits.len() > *ACCOUNT_LEN.end() {
                return None;
            }
        }
        // Zeros alone are a reader's way to say that it read nothing.
        let real = digits.bytes().any(|digit| digit != b'0');
        (ACCOUNT_LEN.contains(&digits.len()) && real).then_some(Self(digits))
    }

    /// All digits: for sealing and comparing alone.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Without the zeros before it: a reader sends them, a person leaves them out.
    pub fn significant(&self) -> &str {
        self.0.trim_start_matches('0')
    }

    /// The last four digits, the most that may be shown.
    pub fn last_four(&self) -> &str {
        let from = self.0.len().saturating_sub(4);
        self.0.get(from..).unwrap_or("")
    }
}

impl fmt::Debug for AccountNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountNo(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_number_is_digits_and_shows_its_last_four_alone() {
        let account = AccountNo::parse("0012-3456 789").expect("an account");
        assert_eq!((account.digits(), account.significant()), ("00123456789", "123456789"));
        assert_eq!(account.last_four(), "6789");
        assert_eq!(format!("{account:?}"), "AccountNo(..)");
        for wrong in ["", "123", "0000", "12a456", "123456789012345678", "١٢٣٤٥"] {
            assert!(AccountNo::parse(wrong).is_none(), "{wrong}");
        }
    }
}
