//! Keeps what was asked of the database for a moment, so that a thousand phones cost what one
//! costs, and remembers how fast records came in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use crate::central::door::Door;
use crate::central::export::ledger::State;
use crate::central::operations::Operations;
use crate::central::readiness::{StoreReadiness, of_stores};
use crate::central::store::{Store, StoreError};
use crate::domain::ids::StoreNo;
use crate::reconcile::packs::PackView;

use super::status::StoreStatus;
use super::{Around, ExportLag, Pace, Recovery, RegisterIn};

/// How long readiness is kept: it changes by the day.
const READY_MS: u64 = 60_000;

/// Looks at the recovery for everybody who asks.
pub(in crate::central) struct Watch {
    pub(in crate::central) door: Arc<Door>,
    pub(in crate::central) packs: Arc<dyn PackView>,
    /// A register is silent after so many milliseconds.
    silent_ms: i64,
    /// What was asked of the database counts for so many milliseconds.
    fresh_ms: u64,
    latest: Mutex<Latest>,
    ready: Mutex<Option<(u64, Arc<Vec<StoreReadiness>>)>>,
}

#[derive(Default)]
struct Latest {
    pace: Pace,
    taken: Option<(u64, Arc<Recovery>)>,
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
            latest: Mutex::default(),
            ready: Mutex::default(),
        }
    }

    /// Where the recovery stands now.
    pub(in crate::central) fn now(&self) -> Result<Arc<Recovery>, StoreError> {
        self.lately(self.fresh_ms)
    }

    /// Where it stood at most so long ago. While somebody asks the database, others get what is
    /// known instead of waiting in line.
    pub(in crate::central) fn lately(&self, age_ms: u64) -> Result<Arc<Recovery>, StoreError> {
        let mut latest = match self.latest.try_lock() {
            Ok(latest) => latest,
            Err(TryLockError::Poisoned(broken)) => broken.into_inner(),
            Err(TryLockError::WouldBlock) => self.wait(),
        };
        let mono_ms = self.door.clock.mono_ms();
        if let Some((at_ms, recovery)) = &latest.taken
            && mono_ms.saturating_sub(*at_ms) < age_ms
        {
            return Ok(Arc::clone(recovery));
        }
        let now = self.door.clock.now();
        let silent_before = now.utc_ms.saturating_sub(self.silent_ms);
        let (stores, hold, found, exports) = self.door.reader.call(move |store| {
            let stores = store.stores_in(silent_before)?;
            Ok((stores, store.hold()?, store.found_counts()?, exports(store)?))
        })?;
        let around = Around { now, silent_ms: self.silent_ms, hold, found, exports };
        let recovery = Arc::new(Recovery::of(stores, around, mono_ms, &mut latest.pace));
        latest.taken = Some((self.door.clock.mono_ms(), Arc::clone(&recovery)));
        Ok(recovery)
    }

    fn wait(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Readiness of all stores, the least ready first.
    pub(in crate::central) fn readiness(&self) -> Result<Arc<Vec<StoreReadiness>>, StoreError> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let clock = &self.door.clock;
        let age_ms = READY_MS.min(self.fresh_ms.saturating_mul(READY_MS));
        if let Some((at_ms, stores)) = &*ready
            && clock.mono_ms().saturating_sub(*at_ms) < age_ms
        {
            return Ok(Arc::clone(stores));
        }
        let rows = self.door.reader.call(|store| store.readiness())?;
        let stores = Arc::new(of_stores(&rows, clock.now().utc_ms));
        *ready = Some((clock.mono_ms(), Arc::clone(&stores)));
        Ok(stores)
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
        let (registers, lines, hold) = self.door.reader.call(move |held| {
            Ok((held.registers_in(store)?, held.outage_lines(store)?, held.hold()?))
        })?;
        if registers.is_empty() {
            return Ok(None);
        }
        let silent_before = self.door.clock.now().utc_ms.saturating_sub(self.silent_ms);
        let name = self.name(store);
        let now = self.door.clock.now();
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

/// Sums of a store's registers.
pub(super) fn summed(registers: &[RegisterIn]) -> (u64, u64, i64, i64) {
    registers.iter().fold((0, 0, 0, 0), |(received, expected, money, announced), one| {
        (
            received.saturating_add(one.received),
            expected.saturating_add(one.expected),
            money.saturating_add(one.money),
            announced.saturating_add(one.money_expected),
        )
    })
}
