//! Sales that were put aside, at central: what a projection says of them, and what a store's
//! registers may be told.
//!
//! A record stands there once for each sale that it is about, named by the record that put that
//! sale aside. The records themselves are kept beside it: they are looked at by the book that
//! registers fold, and handed to a register as they came.

use crate::domain::event::Event;
use crate::domain::ids::{RecordRef, Seq, StoreNo};
use crate::domain::sale::LinkKind;

use super::store::StoreError;

/// The most sales that still wait or are open that a register is told of.
pub const OPEN_MAX: usize = 100;
/// The most records besides: what went on or was closed last.
pub const RECENT_MAX: usize = 200;

/// A record about sales that were put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideRow {
    /// Its place.
    pub seq: Seq,
    /// When it was recorded, in milliseconds since 1970.
    pub at_ms: i64,
    /// What it says.
    pub what: AsideSaid,
    /// The record.
    pub line: Vec<u8>,
}

/// What a record says of sales that were put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsideSaid {
    /// One was put aside under a number; which case of a card it belongs to, where to one.
    Suspended(u32, Option<RecordRef>),
    /// One was taken up: its number, and the record where that is another journal's.
    Resumed(u32, Option<RecordRef>),
    /// A sale took money for a case.
    Collected(RecordRef),
    /// A case was closed.
    Closed(RecordRef),
    /// That sale was taken back as a whole.
    Voided(RecordRef),
}

impl AsideSaid {
    /// The word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Suspended(..) => "suspended",
            Self::Resumed(..) => "resumed",
            Self::Collected(_) => "collected",
            Self::Closed(_) => "closed",
            Self::Voided(_) => "voided",
        }
    }
}

/// What an event at a place says of sales that were put aside; none where it says nothing.
pub fn said_of(event: &Event, here: RecordRef) -> Option<AsideSaid> {
    match event {
        Event::SaleSuspended(sale) => Some(AsideSaid::Suspended(sale.slip, sale.case(here))),
        Event::SaleResumed { slip, of, .. } => Some(AsideSaid::Resumed(*slip, *of)),
        Event::Sale(sale) | Event::Refund(sale) => {
            sale.terms.card_pending.map(AsideSaid::Collected)
        }
        Event::CardPendingClosed(closed) => Some(AsideSaid::Closed(closed.case)),
        Event::Void(sale) => {
            let link = sale.terms.link.as_ref().filter(|link| link.kind == LinkKind::Void)?;
            Some(AsideSaid::Voided(RecordRef { epoch: link.epoch, seq: link.seq }))
        }
        _ => None,
    }
}

/// What a store keeps of sales that were put aside.
pub trait AsideStore {
    /// The records that a store's registers may be told: of what waits or is open, the oldest
    /// first, at most [`OPEN_MAX`]; then what went on or was closed last, at most [`RECENT_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    fn asides(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError>;
}
