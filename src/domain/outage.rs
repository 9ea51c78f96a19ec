//! An outage: which systems are down, since when, and who said so.

use super::ids::OutageId;
use super::time::Timestamp;
use super::words::{Words, term, words};

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
    /// When it should be over, as far as known.
    pub expected: Option<Timestamp>,
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

    /// Its name on the screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PointOfSale => term("Point of sale"),
            Self::Inventory => term("Inventory and prices"),
            Self::OnlineOrdering => term("Online ordering"),
            Self::SupplyChain => term("Deliveries"),
            Self::Scheduling => term("Scheduling"),
            Self::Payments => term("Cards and payments"),
        }
    }

    /// The system of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.word() == word)
    }
}

/// What an outage's page refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutageFault {
    /// Not hours and minutes.
    NotATime,
    /// Customers feel nothing of this outage.
    NothingToAnnounce,
    /// No printer for signs.
    NoPrinter,
    /// A note without words.
    NothingSaid,
}

impl OutageFault {
    /// What happened, in one sentence.
    pub fn text(self) -> Words {
        match self {
            Self::NotATime => words!("That is no time of day"),
            Self::NothingToAnnounce => words!("Customers feel nothing of this outage"),
            Self::NoPrinter => words!("This register has no printer"),
            Self::NothingSaid => words!("Nothing was said"),
        }
    }

    /// What to do next.
    pub fn remedy(self) -> Words {
        match self {
            Self::NotATime => words!("Key hours and minutes: 1800 is 6:00 PM."),
            Self::NothingToAnnounce => words!("No sign is needed."),
            Self::NothingSaid => words!("Key a few words."),
            Self::NoPrinter => {
                words!("IT writes pages for another printer with \"tideover sign\".")
            }
        }
    }
}

/// Reads a time of day: `1800`, `930`, `18:00`.
pub fn clock_time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = match text.split_once(':') {
        Some(parts) => parts,
        None => text.split_at_checked(text.len().checked_sub(2)?)?,
    };
    let read = |text: &str, most: u8| {
        let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u8>().ok().filter(|value| plain && *value <= most)
    };
    Some((read(hour, 23)?, read(minute, 59)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_keyed_with_or_without_its_colon() {
        for (text, time) in [("1800", (18, 0)), ("930", (9, 30)), ("18:05", (18, 5))] {
            assert_eq!(clock_time(text), Some(time), "{text}");
        }
        for wrong in ["", "18", "2400", "1860", "18000", "-130", "1:2:3", "+1:30", "18:0x", "18:"] {
            assert_eq!(clock_time(wrong), None, "{wrong}");
        }
    }
}
