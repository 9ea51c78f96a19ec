//! People who work at the store, and what their role lets them do.

use super::ids::PersonId;

/// A role; later ones may do all that earlier ones may, except that IT does not sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Rings up sales.
    Cashier,
    /// Opens outages, takes returns.
    Lead,
    /// Runs the store.
    Manager,
    /// Looks after the register; never sells.
    It,
}

/// One person of the pack. The PIN's verifier stays in the pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The number they sign in with.
    pub id: PersonId,
    /// The name on the screen and the receipt.
    pub name: String,
    /// Their role.
    pub role: Role,
}

impl Role {
    /// The word in a pack and a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cashier => "cashier",
            Self::Lead => "lead",
            Self::Manager => "manager",
            Self::It => "it",
        }
    }

    /// The role of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Cashier, Self::Lead, Self::Manager, Self::It]
            .into_iter()
            .find(|role| role.word() == word)
    }

    /// May ring up sales.
    pub const fn sells(self) -> bool {
        !matches!(self, Self::It)
    }

    /// May open and end an outage and take a return.
    pub const fn leads(self) -> bool {
        matches!(self, Self::Lead | Self::Manager)
    }
}
