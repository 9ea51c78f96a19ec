//! What people hear about an outage elsewhere, and how far that can be trusted.
//!
//! It is noted beside what the probes see and proves nothing: the trust follows from the source,
//! and no name of whoever said it belongs there.

use super::words::term;

/// Where something was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The retailer's own status page or a message of its center.
    Official,
    /// The service desk, by telephone.
    Desk,
    /// Another store or another register.
    Store,
    /// Newspapers, radio, television.
    News,
    /// Social media and customers.
    Social,
    /// The probes of a register: what it sees itself, for the others.
    Probes,
}

/// How far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Somebody asserts it without knowing.
    Low,
    /// Somebody saw a part of it.
    Medium,
    /// Somebody answers for it.
    High,
}

/// Something that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Where.
    pub source: Source,
    /// How far it can be trusted.
    pub trust: Trust,
    /// In words.
    pub text: String,
}

impl Source {
    /// What people name, the most trusted first.
    pub const SAID: [Self; 5] = [Self::Official, Self::Desk, Self::Store, Self::News, Self::Social];
    const ALL: [Self; 6] =
        [Self::Official, Self::Desk, Self::Store, Self::News, Self::Social, Self::Probes];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Desk => "desk",
            Self::Store => "store",
            Self::News => "news",
            Self::Social => "social",
            Self::Probes => "probes",
        }
    }

    /// The source of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Official => term("The retailer's status page or a message from there"),
            Self::Desk => term("The service desk, by telephone"),
            Self::Store => term("Another store or register"),
            Self::News => term("News"),
            Self::Social => term("Social media, customers"),
            Self::Probes => term("What a register sees itself"),
        }
    }

    /// How far it can be trusted by itself.
    pub const fn trust(self) -> Trust {
        match self {
            Self::Official | Self::Desk | Self::Probes => Trust::High,
            Self::Store | Self::News => Trust::Medium,
            Self::Social => Trust::Low,
        }
    }
}

impl Trust {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The trust of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trust| trust.word() == word)
    }
}
