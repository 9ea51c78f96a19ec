//! Hands what central holds over to the retailer's other systems, each record once.
//!
//! ```text
//!  stored records ─▶ entries ─▶ plan: rows of the ledger ─▶ run ─▶ Adapter::deliver ─▶ target
//!                                      ▲                     │
//!                                      └── what came of it ◀─┴── Adapter::look: asked first,
//!                                                                wherever the outcome is unknown
//!  diff: what a run would do, and what the target holds already; changes nothing
//! ```
//!
//! One module an adapter. `decided` is what people decided about it; `ledger` is what makes a run
//! that was cut off go on; `run` is the same for all of them. Nothing here changes what central
//! holds of a record. docs/export.md is for those who connect a system.

pub mod checks;
pub mod csv_bundle;
pub mod decided;
pub mod diff;
pub mod entries;
pub mod folder;
pub mod golden;
pub mod http_client;
pub mod inventory;
pub mod ledger;
pub mod lock;
pub mod poslog;
pub mod punches;
pub mod receiver;
pub mod run;
pub mod webhook;
pub mod xml;

use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::record::Header;

use ledger::{Order, TargetName};

/// A record on its way to another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The record's hash: what tells it from another one in its place.
    pub hash: Hash,
    /// Its envelope.
    pub header: Header,
    /// Its JSON, as it was signed.
    pub json: String,
    /// What it says.
    pub event: Event,
    /// The currency of its journal, where it is known.
    pub currency: Option<String>,
    /// An item of it, and what IT told that it is to this target.
    pub amended: Option<(ItemCode, ItemCode)>,
}

impl Entry {
    /// Its journal.
    pub const fn journal(&self) -> JournalId {
        self.header.journal
    }

    /// Its place.
    pub const fn seq(&self) -> Seq {
        self.header.seq
    }
}

/// What came of a delivery. It holds for all its entries alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target has them, and said so.
    Delivered,
    /// The target has not taken them and says why; another one may still go.
    Refused(String),
    /// Nobody knows: no answer, or none that can be believed.
    Unknown(String),
    /// The target has not taken them and asks to come again, after so many milliseconds.
    Busy(u64),
    /// The target has not taken them, and no other will go until a person did something.
    Closed(String),
    /// The target wants nothing any more, now and later.
    Gone(String),
}

/// What a target holds of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Absent,
    /// This very record.
    Same,
    /// Another one in its place, or more than one; in words.
    Different(String),
    /// It can't be asked.
    CantTell(String),
}

/// The target could not be read back at all.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotRead(pub String);

/// Hands entries to one system.
pub trait Adapter {
    /// The name under which the ledger keeps what was handed over.
    fn target(&self) -> &TargetName;

    /// True for records that this system is given.
    fn takes(&self, event: &Event) -> bool;

    /// In which order.
    fn order(&self) -> Order {
        Order::Journals
    }

    /// How many entries go into one delivery, at most.
    fn delivery_max(&self) -> usize;

    /// True when the target can be asked what it has: then it is, before anything is sent.
    fn can_look(&self) -> bool {
        true
    }

    /// How long after a delivery without an answer its target can be believed, in milliseconds:
    /// what is under way may still arrive.
    fn settle_ms(&self) -> u64 {
        0
    }

    /// Hands over entries: of one journal, or with [`Order::StoreDays`] of one store and day.
    fn deliver(&mut self, entries: &[Entry]) -> Outcome;

    /// What the target holds of these entries, one answer each.
    ///
    /// # Errors
    /// [`NotRead`] when it could not be asked just now.
    fn look(&mut self, entries: &[Entry]) -> Result<Vec<Seen>, NotRead>;
}
