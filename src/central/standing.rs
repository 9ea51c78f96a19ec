//! How far central trusts a key of a register: one word each, in the database and on the page.

/// How far a key is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was made known with a code, or adopted by a person.
    Enrolled,
    /// It signs its own journal rightly; nobody vouched for it yet.
    Provisional,
    /// It is no longer trusted, or somebody proposed that; what it delivers is kept as evidence.
    Revoked,
    /// It was followed by another one, and its journals ended.
    Rotated,
}

impl Standing {
    /// The word in the database and on the page.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Provisional => "provisional",
            Self::Revoked => "revoked",
            Self::Rotated => "rotated",
        }
    }

    /// The standing of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Enrolled, Self::Provisional, Self::Revoked, Self::Rotated];
        all.into_iter().find(|s| s.word() == word)
    }
}
