//! Takes runs in whose frame holds: whose key may speak for which journal.
//!
//! ```text
//!  a key of the register's         any of the register's journals
//!  one that nobody vouched for     the journal it opened
//!  revoked, or changed for another what somebody vouched for once, as evidence
//! ```

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Door, No, STRANGER};
use crate::central::counters::kind_of;
use crate::central::lines::KeysOf;
use crate::central::store::{Ingested, Standing};
use crate::device::clock::Stopwatch;
use crate::domain::ids::{JournalId, RegisterNo, StoreNo};
use crate::journal::key::PublicKey;
use crate::sync::segment::Run;

/// The most registers that nobody vouched for; more are told to enroll.
const PROVISIONAL_MAX: u64 = 10_000;
const TOO_MANY_STRANGERS: &str = "too many registers that nobody vouched for; adopt or enroll \
                                  them at central, nothing is lost meanwhile";

impl Door {
    /// Stores a run whose frame holds, if its key may speak for the journal.
    pub(super) fn take_in(&self, run: Run) -> Result<Ingested, No> {
        let journal = run.journal;
        let known = self.standing(&journal, &run.key)?;
        let begins = matches!(run.opened_by, Some((key, true)) if key == run.key);
        match known {
            Some(Standing::Revoked | Standing::Rotated) => self.own_journals_alone(&run)?,
            Some(Standing::Enrolled | Standing::Provisional) => {}
            None if begins => self.adopt_provisionally(&run)?,
            None => return Err(No::Stranger(STRANGER)),
        }
        let now_ms = self.clock.now().utc_ms;
        let kinds: Vec<usize> = run.records.iter().map(|stub| kind_of(&stub.kind)).collect();
        let watch = Stopwatch::start();
        let ingested = self.writer.ingest(run, now_ms)?;
        self.counters.store.add(watch.micros());
        self.counters.took_in(&kinds, &ingested);
        if let Some(why) = ingested.kept_out {
            (self.on_commit)();
            tracing::warn!(%journal, ?why, "records were not kept");
            return Err(No::KeptOut(why, why.words(ingested.position.next_seq)));
        }
        let Ingested { outcome, created, existing, parked, .. } = &ingested;
        tracing::info!(%journal, ?outcome, created, existing, parked, "records were taken in");
        (self.on_commit)();
        Ok(ingested)
    }

    /// A key that is good for nothing more is heard about journals whose key somebody vouched for:
    /// what it brings is evidence. Under another key, which nobody ever saw, it would count.
    fn own_journals_alone(&self, run: &Run) -> Result<(), No> {
        let (journal, by) = (run.journal, run.key);
        let opener = run.opened_by.and_then(|(key, holds)| holds.then_some(key));
        let vouched = self.reader.call(move |store| {
            let owners = store.journal_key(&journal)?.into_iter().chain(opener);
            for owner in owners.filter(|owner| *owner != by) {
                if store.standing(journal.store, journal.register, &owner)?.is_none() {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        if vouched { Ok(()) } else { Err(No::Stranger(STRANGER)) }
    }

    fn adopt_provisionally(&self, run: &Run) -> Result<(), No> {
        self.gate.stranger_may().map_err(No::TooOften)?;
        let (store, register, key) = (run.journal.store, run.journal.register, run.key);
        let now_ms = self.clock.now().utc_ms;
        let kept = self.writer.call(move |s| {
            if s.provisional_count()? >= PROVISIONAL_MAX {
                return Ok(false);
            }
            s.put_key(store, register, &key, Standing::Provisional, now_ms)?;
            Ok(true)
        })?;
        if kept {
            tracing::warn!(%store, %register, key = %key.fingerprint(), "unknown register kept");
            Ok(())
        } else {
            Err(No::Stranger(TOO_MANY_STRANGERS))
        }
    }

    /// How far a key is trusted for a journal: as one of the register's keys.
    pub(in crate::central) fn standing(
        &self,
        journal: &JournalId,
        key: &PublicKey,
    ) -> Result<Option<Standing>, No> {
        let (journal, key) = (*journal, *key);
        let known = self.reader.call(move |store| {
            let standing = store.standing(journal.store, journal.register, &key)?;
            let owner = store.journal_key(&journal)?;
            Ok((standing, owner))
        })?;
        Ok(match known {
            // A stranger's key speaks for the journal it opened, and for no other.
            (Some(Standing::Provisional), owner) if owner != Some(key) => None,
            (standing, _) => standing,
        })
    }

    /// Whether a key's announcement about a journal is kept: one that is good for nothing more says
    /// nothing about journals of the register's other keys.
    pub(super) fn announces(&self, journal: &JournalId, key: &PublicKey) -> Result<bool, No> {
        Ok(match self.standing(journal, key)? {
            None => false,
            Some(Standing::Enrolled | Standing::Provisional) => true,
            Some(Standing::Revoked | Standing::Rotated) => {
                let journal = *journal;
                self.reader.call(move |store| store.journal_key(&journal))? == Some(*key)
            }
        })
    }

    /// The keys that may speak for journals, asked for at once: a register's own that somebody
    /// vouched for, and the one that opened the journal.
    pub(super) fn keys_of(&self, journals: &BTreeSet<JournalId>) -> Result<KeysOf, No> {
        let journals = journals.clone();
        Ok(self.reader.call(move |store| {
            let mut registers: BTreeMap<(StoreNo, RegisterNo), Vec<PublicKey>> = BTreeMap::new();
            let mut all = KeysOf::new();
            for journal in journals {
                let of = (journal.store, journal.register);
                let known = match registers.entry(of) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => {
                        let known = store.keys(of.0, of.1)?.into_iter();
                        let known = known.filter(|(_, stands)| *stands != Standing::Provisional);
                        unknown.insert(known.map(|(key, _)| key).collect())
                    }
                };
                let mut keys = known.clone();
                keys.extend(store.journal_key(&journal)?);
                all.insert(journal, keys);
            }
            Ok(all)
        })?)
    }
}

pub(super) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
