//! The number on a sealed bag, and why cash comes in or goes out without a sale.

use std::fmt;

use super::words::term;

/// For so many days a bag's number is known; later it may be another bag's.
pub const REMEMBERED_DAYS: i64 = 92;
/// The longest number of a bag, in bytes.
pub const BAG_LEN_MAX: usize = 24;

/// What stands on a sealed bag: capitals, digits and `-._/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BagNo(String);

/// Why cash is paid in or paid out: a closed list; its word stands in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaidReason {
    /// It was found in the store.
    Found,
    /// A customer pays what a check that came back left open.
    Repaid,
    /// A machine's takings, or what it kept.
    Machine,
    /// Something the store needs today.
    Supplies,
    /// A carrier that is paid at the door.
    Freight,
    /// Stamps and parcels.
    Postage,
    /// Anything else, in words.
    Other,
}

impl BagNo {
    /// Reads a keyed or scanned number; small letters become capitals. None for one that no bag
    /// has.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        let fits = !text.is_empty() && text.len() <= BAG_LEN_MAX && text.chars().all(allowed);
        fits.then(|| Self(text.to_ascii_uppercase()))
    }

    /// Reads a number as records write it.
    pub fn from_canonical(text: &str) -> Option<Self> {
        Self::parse(text).filter(|bag| bag.0 == text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BagNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PaidReason {
    /// Why cash is paid in.
    pub const IN: [Self; 4] = [Self::Found, Self::Repaid, Self::Machine, Self::Other];
    /// Why cash is paid out.
    pub const OUT: [Self; 5] =
        [Self::Supplies, Self::Freight, Self::Postage, Self::Machine, Self::Other];
    const ALL: [Self; 7] = [
        Self::Found,
        Self::Repaid,
        Self::Machine,
        Self::Supplies,
        Self::Freight,
        Self::Postage,
        Self::Other,
    ];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Repaid => "repaid",
            Self::Machine => "machine",
            Self::Supplies => "supplies",
            Self::Freight => "freight",
            Self::Postage => "postage",
            Self::Other => "other",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Found => term("Found in the store"),
            Self::Repaid => term("Paid for a check that came back"),
            Self::Machine => term("A machine's cash"),
            Self::Supplies => term("Something the store needs"),
            Self::Freight => term("A carrier, paid at the door"),
            Self::Postage => term("Stamps and parcels"),
            Self::Other => term("Something else, in words"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bags_number_has_one_spelling_and_garbage_has_none() {
        let read = |text| BagNo::parse(text).map(|bag| bag.to_string());
        assert_eq!(read(" tb-0017 "), Some("TB-0017".to_owned()));
        let long = "9".repeat(BAG_LEN_MAX + 1);
        for wrong in ["", "  ", "a b", "\u{1b}17", "№17", &long] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
        assert_eq!(BagNo::from_canonical("tb-0017"), None);
        assert!(BagNo::from_canonical("TB-0017").is_some());
    }

    #[test]
    fn words_of_records_are_read_back() {
        for reason in PaidReason::IN.into_iter().chain(PaidReason::OUT) {
            assert_eq!(PaidReason::from_word(reason.word()), Some(reason));
        }
        assert_eq!(PaidReason::from_word("gift"), None);
    }
}
