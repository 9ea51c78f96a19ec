//! Takes runs in whose frame holds: whose key may speak for which journal.
//!
//! ```text
//!  a key of the register's         any of the register's journals
//!  one that nobody vouched for     the journal it opened
//!  revoked, or changed for another what somebody vouched for once, as evidence
//! ```

use super::{Door, No, STRANGER};
use crate::central::counters::kind_of;
use crate::central::store::{Ingested, Standing};
use crate::device::clock::Stopwatch;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::key::PublicKey;
use crate::reconcile::exception::{Code, Exception};
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
        let odd_beginning = run.records.first().is_some_and(|first| first.seq == Seq(0))
            && !matches!(run.opened_by, Some((_, true)));
        let now_ms = self.clock.now().utc_ms;
        let kinds: Vec<usize> = run.records.iter().map(|stub| kind_of(&stub.kind)).collect();
        let watch = Stopwatch::start();
        let ingested = self.writer.ingest(run, now_ms)?;
        self.counters.store.add(watch.micros());
        self.counters.took_in(&kinds, &ingested);
        let Ingested { outcome, created, existing, parked, .. } = &ingested;
        tracing::info!(%journal, ?outcome, created, existing, parked, "records were taken in");
        if odd_beginning && ingested.created > 0 {
            let text = "the journal's first record does not open it, or names another key than it \
                        is signed by";
            let exception = Exception::new(Code::ForeignKey, journal, Seq(0), text);
            self.writer.call(move |store| store.except(&exception))?;
        }
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

    pub(super) fn keys_of(&self, journal: &JournalId) -> Result<Vec<PublicKey>, No> {
        let journal = *journal;
        Ok(self.reader.call(move |store| {
            let keys = store.keys(journal.store, journal.register)?;
            let owner = store.journal_key(&journal)?;
            let mut keys: Vec<PublicKey> = keys.into_iter().map(|(key, _)| key).collect();
            keys.extend(owner);
            Ok(keys)
        })?)
    }
}
