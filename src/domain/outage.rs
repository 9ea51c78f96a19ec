//! An outage: which systems are down, since when, and who said so.

use super::ids::OutageId;
use super::time::Timestamp;

/// The systems of a store that an outage can take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Point of sale.
    PointOfSale,
    /// Stock on hand, item and price files.
    Inventory,
    /// Orders for pickup.
    OnlineOrdering,
    /// Deliveries and distribution.
    SupplyChain,
    /// Hours and rosters.
    Scheduling,
    /// Cards.
    Payments,
}

/// An outage as it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Its name.
    pub id: OutageId,
    /// When it was declared.
    pub since: Timestamp,
    /// The systems said to be down.
    pub systems: Vec<System>,
    /// What happened, as far as known; empty while unknown.
    pub cause: String,
    /// The support ticket; empty while there is none.
    pub ticket: String,
}

impl System {
    /// All systems, in the order screens show them.
    pub const ALL: [Self; 6] = [
        Self::PointOfSale,
        Self::Inventory,
        Self::OnlineOrdering,
        Self::SupplyChain,
        Self::Scheduling,
        Self::Payments,
    ];

    /// The word in a record and a scenario.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PointOfSale => "point_of_sale",
            Self::Inventory => "inventory",
            Self::OnlineOrdering => "online_ordering",
            Self::SupplyChain => "supply_chain",
            Self::Scheduling => "scheduling",
            Self::Payments => "payments",
        }
    }

    /// The system of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.word() == word)
    }
}
