//! Paper slips at central: what a projection says of them.

use crate::domain::event::Event;
use crate::domain::ids::{RecordRef, SaleNo, Seq};
use crate::domain::money::Money;
use crate::domain::paper_slip::{PadStep, PaperPad};
use crate::domain::sale::LinkKind;
use crate::domain::time::Timestamp;

/// A record about pads or slips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipRow {
    /// Its place.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Timestamp,
    /// What it says.
    pub what: SlipSaid,
}

/// What a record says of pads and slips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlipSaid {
    /// A pad was issued.
    Pad(PaperPad),
    /// A slip was keyed, or spoiled where there is no sale.
    Slip {
        /// Its number.
        number: u32,
        /// The sale.
        sale: Option<SaleNo>,
        /// What was taken.
        taken: Money,
    },
    /// That sale was taken back as a whole.
    Voided(RecordRef),
}

/// What an event says of pads and slips; none where it says nothing.
pub fn said_of(event: &Event) -> Option<SlipSaid> {
    match event {
        Event::PaperPad(PadStep::Issued { pad, .. }) => Some(SlipSaid::Pad(pad.clone())),
        Event::PaperPad(PadStep::Spoiled { number, .. }) => {
            Some(SlipSaid::Slip { number: *number, sale: None, taken: Money::ZERO })
        }
        Event::Sale(sale) => {
            let number = sale.terms.paper_slip.as_ref()?.number;
            let taken = sale.total.plus(sale.rounding).unwrap_or(sale.total);
            Some(SlipSaid::Slip { number, sale: Some(sale.number), taken })
        }
        Event::Void(sale) => {
            let link = sale.terms.link.as_ref().filter(|link| link.kind == LinkKind::Void)?;
            Some(SlipSaid::Voided(RecordRef { epoch: link.epoch, seq: link.seq }))
        }
        _ => None,
    }
}
