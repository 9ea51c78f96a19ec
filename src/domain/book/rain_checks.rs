//! Rain checks of all registers: which are open, and where each was redeemed.
//!
//! ```text
//!  Issued (register 1) ─▶ open ─▶ a line of a sale, or the desk     once: as it should be
//!                           ▲ └─▶ at 1 and at 2                      apart: an exception
//!                           └──── that sale is voided
//! ```
//!
//! One is known by the record that issued it; its number is for people. A redemption may be heard
//! before what it redeems, and a void before its sale: all are kept, and what holds is looked up.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::domain::event::Event;
use crate::domain::ids::{RecordRef, RegisterNo};
use crate::domain::rain_check::{CHECKS_OF_REGISTER, RainCheck, RainCheckStep};
use crate::domain::sale::LinkKind;
use crate::domain::time::{BusinessDate, Timestamp};

/// A rain check that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The register that wrote it.
    pub register: RegisterNo,
    /// When.
    pub at: Timestamp,
    /// The promise.
    pub check: RainCheck,
}

/// Where one was redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// The register.
    pub register: RegisterNo,
    /// The record: a sale's, or its own.
    pub at_record: RecordRef,
    /// When.
    pub at: Timestamp,
}

/// All rain checks of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RainChecks {
    issued: BTreeMap<RecordRef, Issued>,
    redeemed: BTreeMap<RecordRef, BTreeMap<RecordRef, Redemption>>,
    /// Sales that were taken back as a whole: what they honored is open again.
    voided: BTreeSet<RecordRef>,
}

impl RainChecks {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let Origin { register, at_record, at, .. } = *origin;
        let mut redeem = |check: RecordRef| {
            let of = self.redeemed.entry(check).or_default();
            of.insert(at_record, Redemption { register, at_record, at });
        };
        match event {
            Event::RainCheck(RainCheckStep::Issued { check, .. }) => {
                self.issued.insert(at_record, Issued { register, at, check: check.clone() });
            }
            Event::RainCheck(RainCheckStep::Redeemed { of, .. }) => redeem(of.at_record),
            Event::Sale(sale) | Event::Refund(sale) => {
                for honored in sale.honored() {
                    redeem(honored.of.at_record);
                }
            }
            Event::Void(sale) => {
                let void = sale.terms.link.as_ref().filter(|link| link.kind == LinkKind::Void);
                let sale = void.map(|link| RecordRef { epoch: link.epoch, seq: link.seq });
                self.voided.extend(sale);
            }
            _ => {}
        }
    }

    /// The rain check that a record issued, where it was heard here.
    pub fn issued(&self, at_record: RecordRef) -> Option<&Issued> {
        self.issued.get(&at_record)
    }

    /// Where one was redeemed, the first one first; a voided sale redeems nothing.
    pub fn redemptions(&self, check: RecordRef) -> Vec<Redemption> {
        let of = self.redeemed.get(&check).into_iter().flat_map(BTreeMap::values).copied();
        let mut standing: Vec<_> = of.filter(|one| !self.voided.contains(&one.at_record)).collect();
        standing.sort_by_key(|one| (one.at.utc_ms, one.at_record));
        standing
    }

    /// The ones that wait to be redeemed, the oldest first.
    pub fn open(&self) -> Vec<(RecordRef, &Issued)> {
        let open = self.issued.iter().filter(|(at, _)| self.redemptions(**at).is_empty());
        let mut open: Vec<_> = open.map(|(at, issued)| (*at, issued)).collect();
        open.sort_by_key(|(at, issued)| (issued.at.utc_ms, *at));
        open
    }

    /// Those of a number: the open ones, or else the newest that was redeemed.
    pub fn of_number(&self, number: u32) -> Vec<(RecordRef, &Issued)> {
        let mut of: Vec<_> = self
            .issued
            .iter()
            .filter(|(_, issued)| issued.check.number == number)
            .map(|(at, issued)| (*at, issued))
            .collect();
        of.sort_by_key(|(at, issued)| (issued.at.utc_ms, *at));
        let open: Vec<_> =
            of.iter().filter(|(at, _)| self.redemptions(*at).is_empty()).copied().collect();
        if open.is_empty() { of.pop().into_iter().collect() } else { open }
    }

    /// The number of a register's next one, after its last; none while all of them are out.
    pub fn next_number(&self, register: RegisterNo, today: BusinessDate) -> Option<u32> {
        let base = u32::from(register.0).saturating_mul(CHECKS_OF_REGISTER);
        let own = self.issued.iter().filter(|(_, issued)| issued.register == register);
        let last = own.max_by_key(|(at, issued)| (issued.at.utc_ms, **at));
        let last = last.map_or(0, |(_, issued)| issued.check.number);
        let last = last.checked_rem(CHECKS_OF_REGISTER).unwrap_or(0);
        let out: BTreeSet<u32> = self
            .open()
            .into_iter()
            .filter(|(_, issued)| !issued.check.is_expired(today))
            .map(|(_, issued)| issued.check.number)
            .collect();
        (1..=CHECKS_OF_REGISTER)
            .filter_map(|step| last.saturating_add(step).checked_rem(CHECKS_OF_REGISTER))
            .filter(|number| *number > 0)
            .map(|number| base.saturating_add(number))
            .find(|number| !out.contains(number))
    }
}
