//! What people decided that a hand-over goes by: records that a manager's decision lets go, and
//! what IT amended. It is read from central's own journals, whose signatures are checked.
//!
//! ```text
//!  findings that hold a record ─┐
//!  decisions (register 0) ──────┴▶ settled? ─▶ the record is not held any more
//!  amendments (register 0) ──────▶ entered by hand: never sent · again as: told beside the record
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::amendment::{Amend, Amended};
use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::Level;
use crate::reconcile::matters;
use crate::reconcile::records::Decided as DecidedMatter;

use super::super::close::{OWN_REGISTER, decisions_among, is_own, signed_events};
use super::super::store::{Store, StoreError};
use super::Entry;
use super::ledger::TargetName;

/// What people decided, over all stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    settled: BTreeSet<(JournalId, Seq)>,
    /// By target and record; the newest amendment holds.
    amended: BTreeMap<(String, Amended), Amend>,
}

impl Decided {
    /// Reads what central's own key signed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(store: &mut dyn Store, key: &PublicKey) -> Result<Self, StoreError> {
        let rows = store.journals(None)?;
        let own = rows.iter().filter(|row| row.journal.register == OWN_REGISTER);
        let mut decided = Self::default();
        let mut by_store: BTreeMap<StoreNo, Vec<DecidedMatter>> = BTreeMap::new();
        for row in own.filter(|row| is_own(row, row.journal.store, key)) {
            let signed = signed_events(store, row)?;
            for (_, event) in &signed {
                if let Event::HandOverAmended(amendment) = event {
                    let of = |one: &Amended| (amendment.target.clone(), *one);
                    let each = amendment.records.iter();
                    decided.amended.extend(each.map(|one| (of(one), amendment.action.clone())));
                }
            }
            by_store.entry(row.journal.store).or_default().extend(decisions_among(signed));
        }
        for (number, decisions) in by_store.into_iter().filter(|(_, all)| !all.is_empty()) {
            let mut held = false;
            for row in rows.iter().filter(|row| row.journal.store == number) {
                held = held || !store.hand_overs().held_back(&row.journal)?.is_empty();
            }
            if held {
                decided.settle(store, number, &decisions)?;
            }
        }
        Ok(decided)
    }

    /// A record is let go once every finding that holds it is settled.
    fn settle(
        &mut self,
        store: &mut dyn Store,
        number: StoreNo,
        decisions: &[DecidedMatter],
    ) -> Result<(), StoreError> {
        let (mut settled, mut open) = (BTreeSet::new(), BTreeSet::new());
        let rows = store.store_rows(number)?;
        if rows.more_found {
            // What is not looked at may hold any of them: all wait until all are seen.
            return Ok(());
        }
        for matter in matters::of(rows.found, decisions) {
            let covered = matter.settled.iter().flat_map(|(_, found)| found);
            let holds = |one: &&crate::reconcile::records::Found| one.level == Level::Hold;
            settled.extend(covered.filter(holds).map(|one| (one.journal, one.seq)));
            open.extend(matter.open.iter().filter(holds).map(|one| (one.journal, one.seq)));
        }
        self.settled.extend(settled.difference(&open).copied());
        Ok(())
    }

    /// Records of a journal that wait for a person: an exception holds them, and nobody decided.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn held_back(
        &self,
        store: &mut dyn Store,
        journal: &JournalId,
    ) -> Result<BTreeSet<Seq>, StoreError> {
        let held = store.hand_overs().held_back(journal)?;
        let waits = |seq: &Seq| !self.settled.contains(&(*journal, *seq));
        Ok(held.into_iter().filter(waits).collect())
    }

    /// True for a record that somebody entered at the target by hand.
    pub fn by_hand(&self, target: &TargetName, entry: &Entry) -> bool {
        matches!(self.of(target, entry), Some(Amend::ByHand { .. }))
    }

    /// The item of a record, and what it is to the target, where IT amended it.
    pub fn change(&self, target: &TargetName, entry: &Entry) -> Option<(ItemCode, ItemCode)> {
        match self.of(target, entry)? {
            Amend::AgainAs { item, other } => Some((item.clone(), other.clone())),
            Amend::Again | Amend::ByHand { .. } => None,
        }
    }

    fn of(&self, target: &TargetName, entry: &Entry) -> Option<&Amend> {
        let Hash(hash) = entry.hash;
        let one = Amended { epoch: entry.journal().epoch, seq: entry.seq(), hash };
        self.amended.get(&(target.as_str().to_owned(), one))
    }
}
