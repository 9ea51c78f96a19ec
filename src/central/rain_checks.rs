//! Rain checks at central: what a projection says of them, and what a store keeps of them.

use crate::domain::event::Event;
use crate::domain::ids::{RecordRef, SaleNo, Seq, StoreNo};
use crate::domain::rain_check::{RainCheck, RainCheckRef, RainCheckStep};
use crate::domain::sale::LinkKind;
use crate::domain::time::Timestamp;
use crate::reconcile::rain_checks::Account;

use super::store::StoreError;

/// A record that issued rain checks, redeemed some, or took a redemption back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RainCheckRow {
    /// Its place.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Timestamp,
    /// What it says.
    pub what: RainCheckSaid,
}

/// What a record says of rain checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RainCheckSaid {
    /// One was issued.
    Issued(RainCheck),
    /// These were redeemed, in a sale or at the service desk.
    Redeemed(Vec<RainCheckRef>, Option<SaleNo>),
    /// That sale was taken back as a whole, and what it redeemed is good again.
    Voided(RecordRef),
}

/// What an event says of rain checks; none where it says nothing.
pub fn said_of(event: &Event) -> Option<RainCheckSaid> {
    match event {
        Event::RainCheck(RainCheckStep::Issued { check, .. }) => {
            Some(RainCheckSaid::Issued(check.clone()))
        }
        Event::RainCheck(RainCheckStep::Redeemed { of, .. }) => {
            Some(RainCheckSaid::Redeemed(vec![*of], None))
        }
        Event::Sale(sale) | Event::Refund(sale) => {
            let of: Vec<RainCheckRef> = sale.honored().map(|honored| honored.of).collect();
            (!of.is_empty()).then_some(RainCheckSaid::Redeemed(of, Some(sale.number)))
        }
        Event::Void(sale) => {
            let link = sale.terms.link.as_ref().filter(|link| link.kind == LinkKind::Void)?;
            Some(RainCheckSaid::Voided(RecordRef { epoch: link.epoch, seq: link.seq }))
        }
        _ => None,
    }
}

/// What a store keeps of rain checks.
pub trait RainCheckStore {
    /// The rain checks that a store issued, or all stores, with where each was redeemed; over the
    /// branches that came first, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rain_checks(&mut self, store: Option<StoreNo>) -> Result<Vec<Account>, StoreError>;
}
