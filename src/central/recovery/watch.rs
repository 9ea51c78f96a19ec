//! Keeps what was asked of the database for a moment, so that a thousand phones cost what one
//! costs, and remembers how fast records came in.

use std::sync::{Arc, Mutex, PoisonError};

use crate::central::door::Door;
use crate::central::export::ledger::State;
use crate::central::operations::Operations;
use crate::central::readiness::{StoresReadiness, of_stores};
use crate::central::store::{Store, StoreError};
use crate::domain::ids::StoreNo;
use crate::reconcile::packs::PackView;

use super::kept::Kept;
use super::status::StoreStatus;
use super::{Around, COUNTED_MS, ExportLag, Pace, Recovery};

/// How long readiness is kept: it changes by the day.
const READY_MS: u64 = 60_000;
/// A store's own page counts from where the recovery of all stores did so long ago.
const COUNTED_FROM_MS: u64 = 60_000;

/// Looks at the recovery for everybody who asks.
pub(in crate::central) struct Watch {
    pub(in crate::central) door: Arc<Door>,
    pub(in crate::central) packs: Arc<dyn PackView>,
    /// A register is silent after so many milliseconds.
    silent_ms: i64,
    /// What was asked of the database counts for so many milliseconds.
    fresh_ms: u64,
    pace: Mutex<Pace>,
    latest: Kept<Recovery>,
    ready: Kept<StoresReadiness>,
}

impl Watch {
    pub(in crate::central) fn new(
        door: Arc<Door>,
        packs: Arc<dyn PackView>,
        operations: Operations,
    ) -> Self {
        Self {
            door,
            packs,
            silent_ms: i64::try_from(operations.silent_after.as_millis()).unwrap_or(i64::MAX),
            fresh_ms: u64::try_from(operations.fresh.as_millis()).unwrap_or(u64::MAX),
            pace: Mutex::default(),
            latest: Kept::default(),
            ready: Kept::default(),
        }
    }

    /// Where the recovery stands now.
    pub(in crate::central) fn now(&self) -> Result<Arc<Recovery>, StoreError> {
        self.lately(self.fresh_ms)
    }

    /// Where it stood at most so long ago. While somebody asks the database, others get what is
    /// known instead of waiting in line.
    pub(in crate::central) fn lately(&self, age_ms: u64) -> Result<Arc<Recovery>, StoreError> {
        self.latest.get(|| self.door.clock.mono_ms(), age_ms, || self.ask())
    }

    fn ask(&self) -> Result<Recovery, StoreError> {
        let (now, mono_ms) = (self.door.clock.now(), self.door.clock.mono_ms());
        let silent_before = now.utc_ms.saturating_sub(self.silent_ms);
        let counted_from = now.utc_ms.saturating_sub(COUNTED_MS);
        let (stores, hold, found, exports) = self.door.reader.call(move |store| {
            let stores = store.stores_in(silent_before, counted_from)?;
            Ok((stores, store.hold()?, store.found_counts()?, exports(store)?))
        })?;
        let around = Around { now, silent_ms: self.silent_ms, hold, found, exports };
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Recovery::of(stores, around, mono_ms, &mut pace))
    }

    /// Readiness of all stores, the least ready first.
    pub(in crate::central) fn readiness(&self) -> Result<Arc<StoresReadiness>, StoreError> {
        let clock = &self.door.clock;
        let age_ms = READY_MS.min(self.fresh_ms.saturating_mul(READY_MS));
        self.ready.get(
            || clock.mono_ms(),
            age_ms,
            || {
                let rows = self.door.reader.call(|store| store.readiness())?;
                Ok(of_stores(&rows, clock.now().utc_ms))
            },
        )
    }

    /// A store's name where a pack says it.
    pub(in crate::central) fn name(&self, store: StoreNo) -> Option<String> {
        self.packs.store(store).map(|facts| facts.name)
    }

    /// How one store stands; none where nobody knows it.
    pub(in crate::central) fn status(
        &self,
        store: StoreNo,
    ) -> Result<Option<StoreStatus>, StoreError> {
        let age_ms = COUNTED_FROM_MS.min(self.fresh_ms.saturating_mul(COUNTED_FROM_MS));
        let counted_from = self.lately(age_ms)?.counted_from_ms;
        let (registers, lines, hold) = self.door.reader.call(move |held| {
            let registers = held.registers_in(store, counted_from)?;
            Ok((registers, held.outage_lines(store)?, held.hold()?))
        })?;
        if registers.is_empty() {
            return Ok(None);
        }
        let name = self.name(store);
        let now = self.door.clock.now();
        let silent_before = now.utc_ms.saturating_sub(self.silent_ms);
        Ok(Some(StoreStatus::of(store, name, registers, &lines, hold, (now, silent_before))))
    }
}

/// How far other systems are behind.
fn exports(store: &mut dyn Store) -> Result<Vec<ExportLag>, StoreError> {
    let ledger = store.hand_overs();
    let mut all = Vec::new();
    for target in ledger.targets()? {
        let mut lag = ExportLag {
            target: target.to_string(),
            behind: ledger.not_looked_at(&target)?,
            stuck: 0,
        };
        for count in ledger.state_counts(&target)? {
            match count.state {
                State::Pending | State::Sent => lag.behind = lag.behind.saturating_add(count.rows),
                State::Held | State::Unknown | State::Refused | State::Different => {
                    lag.stuck = lag.stuck.saturating_add(count.rows);
                }
                State::Confirmed => {}
            }
        }
        all.push(lag);
    }
    Ok(all)
}
