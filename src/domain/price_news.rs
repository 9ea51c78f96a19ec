//! What a store should know of its price files besides their age: what waits, what was refused.
//!
//! ```text
//!  a new one comes ─▶ Ready (its day comes) · Held (prices jumped: a manager says yes) · Refused
//!  its publisher   ─▶ Withdrawn · Pinned · Frozen (nothing was heard for too long)
//! ```
//!
//! Whatever it says, selling goes on by the file that is in use.

use super::readiness::Standing;
use super::time::Timestamp;
use super::words::{Words, words};

/// A closed list; the worst first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceNews {
    /// The file in use was withdrawn, and there is no other.
    Withdrawn {
        /// Its version.
        version: String,
    },
    /// Prices of a new file jumped: a manager must say yes.
    Held {
        /// Its version.
        version: String,
        /// Prices that changed by more than half.
        jumped: u64,
        /// Prices that changed.
        changed: u64,
    },
    /// A new file was refused.
    Refused {
        /// Why.
        why: PriceRefusal,
    },
    /// Which prices hold was last heard too long ago.
    Frozen {
        /// So many hours ago.
        hours: u32,
    },
    /// A new file is here and is sold by later.
    Ready {
        /// Its version.
        version: String,
        /// From when on.
        at: Timestamp,
    },
    /// The file in use is pinned.
    Pinned {
        /// Its version.
        version: String,
    },
}

/// Why a new price file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRefusal {
    /// It was changed on its way, or cut short.
    Changed,
    /// Signed by a key that is not the retailer's.
    OtherKey,
    /// Another store's.
    OtherStore,
    /// Older than what was here already.
    RolledBack,
    /// Too old to be taken.
    Expired,
    /// It needs a newer program.
    NewerProgram,
    /// Signed, and it holds what no price file may hold.
    Content,
    /// Somebody forbade it at this register.
    ForbiddenHere,
    /// It can't be kept here.
    NoRoom,
}

impl PriceNews {
    /// How much it matters.
    pub const fn standing(&self) -> Standing {
        match self {
            Self::Withdrawn { .. } => Standing::NotReady,
            Self::Held { .. } | Self::Refused { .. } | Self::Frozen { .. } => Standing::Soon,
            Self::Ready { .. } | Self::Pinned { .. } => Standing::Ready,
        }
    }

    /// A few words for the bar, where it needs a look.
    pub fn short(&self) -> Option<Words> {
        match self {
            Self::Withdrawn { .. } => Some(words!("Withdrawn")),
            Self::Held { .. } => Some(words!("New ones wait")),
            Self::Refused { .. } => Some(words!("New: refused")),
            Self::Frozen { .. } | Self::Ready { .. } | Self::Pinned { .. } => None,
        }
    }

    /// What happened.
    pub fn text(&self) -> Words {
        match self {
            Self::Withdrawn { version } => {
                words!("{} was withdrawn, and there is no other price file", version.as_str())
            }
            Self::Held { version, jumped: 0, changed } => {
                words!("{} waits: {} prices changed at once", version.as_str(), *changed)
            }
            Self::Held { version, jumped, .. } => {
                words!("{} waits: {} prices changed by more than half", version.as_str(), *jumped)
            }
            Self::Refused { why } => words!("A new price file was refused: {}", why.text()),
            Self::Frozen { hours } => {
                words!("Which prices hold was last heard {} hours ago", *hours)
            }
            Self::Ready { version, at } => {
                let (hour, minute) = at.local_hour_minute();
                words!(
                    "{} is here and holds from {} {} on",
                    version.as_str(),
                    at.local_date().to_string(),
                    format!("{hour:02}:{minute:02}")
                )
            }
            Self::Pinned { version } => words!("{} is pinned by head office", version.as_str()),
        }
    }

    /// What to do; empty where nothing is to be done.
    pub fn remedy(&self) -> Words {
        match self {
            Self::Withdrawn { .. } => {
                words!("Selling goes on. Call IT; check prices that look odd.")
            }
            Self::Held { .. } => words!("The old ones hold. A manager: Readiness, Take prices."),
            Self::Refused { why } => why.remedy(),
            Self::Frozen { .. } => {
                words!("Selling goes on. Ask IT whether prices are sent.")
            }
            Self::Ready { .. } | Self::Pinned { .. } => Words::NOTHING,
        }
    }
}

impl PriceRefusal {
    fn text(self) -> Words {
        match self {
            Self::Changed => words!("it was changed or cut short on its way"),
            Self::OtherKey => words!("it is signed by somebody else"),
            Self::OtherStore => words!("it is another store's"),
            Self::RolledBack => words!("it is older than what was here before"),
            Self::Expired => words!("it is too old to be taken"),
            Self::NewerProgram => words!("it needs a newer program"),
            Self::Content => words!("it holds what no price file may hold"),
            Self::ForbiddenHere => words!("this register was told not to take it"),
            Self::NoRoom => words!("it can't be kept on this disk"),
        }
    }

    fn remedy(self) -> Words {
        match self {
            Self::Changed => {
                words!("Selling goes on; it is fetched again by itself.")
            }
            Self::OtherKey | Self::OtherStore | Self::RolledBack | Self::Content => {
                words!("Selling goes on by the one in use. Tell IT today.")
            }
            Self::Expired => words!("Selling goes on. Ask IT to publish the prices again."),
            Self::NewerProgram => words!("Selling goes on. Ask IT to update this register."),
            Self::ForbiddenHere => {
                words!("Selling goes on. IT lifts it with: tideover pack unpin.")
            }
            Self::NoRoom => words!("Selling goes on. Ask IT to look at the disk of this register."),
        }
    }
}
