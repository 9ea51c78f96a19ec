//! How far the projections are behind what was stored.
//!
//! ```text
//!  a commit ─▶ stored += 1 ─▶ a worker looks, step by step, until nothing is left ─▶ projected
//!                                │ a step fails: said, and looked at again in a moment
//!  who waits ◀───────────────────┴─ caught up, or it failed time and again, or central stops
//! ```
//!
//! What failed is never taken for caught up.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::store::StoreError;

/// How long and how often a worker gives way before it makes rows of one segment: at most a
/// quarter of a second, so that four segments a second are projected whatever comes in.
const GIVE_WAY: Duration = Duration::from_millis(25);
const GIVE_WAY_TIMES: u32 = 10;
/// How long the projections rest at most: another process may have asked to derive them again,
/// and what failed may go by now.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Who waits is told after so many looks that failed.
const FAILURES_MAX: u64 = 3;

/// Wakes the workers after a commit, and tells who waits how it ended.
#[derive(Debug, Default)]
pub(super) struct CaughtUp {
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Commits so far.
    stored: u64,
    /// Commits that the projections have caught up with.
    projected: u64,
    /// Looks that ended with an error.
    failures: u64,
    /// Central is stopping.
    stop: bool,
}

impl CaughtUp {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was stored.
    pub(super) fn committed(&self) {
        let mut progress = self.lock();
        progress.stored = progress.stored.saturating_add(1);
        self.changed.notify_all();
    }

    /// Nobody waits any longer, and the workers end.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    /// Waits until the projections have caught up with every commit so far; false where they
    /// failed time and again meanwhile, or central stops.
    pub(super) fn wait(&self) -> bool {
        let mut progress = self.lock();
        let target = progress.stored;
        let failures_end = progress.failures.saturating_add(FAILURES_MAX);
        while progress.projected < target {
            if progress.stop || progress.failures >= failures_end {
                return false;
            }
            progress = self.changed.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// While registers deliver, what can be derived later waits, but not for ever: the first
    /// acknowledgements would be late by that work.
    pub(super) fn give_way(&self, is_working: &dyn Fn() -> bool) {
        let mut progress = self.lock();
        for _ in 0..GIVE_WAY_TIMES {
            if progress.stop || !is_working() {
                return;
            }
            let waited = self.changed.wait_timeout(progress, GIVE_WAY);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A worker: looks until nothing is left after each commit, and rests in between. `step` is
    /// true where there may be more; `before_look` is done before each look, and at the end.
    pub(super) fn follow(
        &self,
        step: &dyn Fn() -> Result<bool, StoreError>,
        before_look: &dyn Fn(),
    ) {
        let mut stop = false;
        while !stop {
            let target = self.lock().stored;
            before_look();
            let looked = self.look(step);
            let mut progress = self.lock();
            match looked {
                Ok(true) => progress.projected = progress.projected.max(target),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%error, "the projections wait");
                    progress.failures = progress.failures.saturating_add(1);
                }
            }
            self.changed.notify_all();
            while progress.stored == target && !progress.stop {
                let rested = self.changed.wait_timeout(progress, LOOK_AGAIN);
                let (woken, waited) = rested.unwrap_or_else(PoisonError::into_inner);
                progress = woken;
                if waited.timed_out() {
                    break;
                }
            }
            stop = progress.stop;
        }
        before_look();
    }

    /// True when nothing was left, false when central stopped in between.
    fn look(&self, step: &dyn Fn() -> Result<bool, StoreError>) -> Result<bool, StoreError> {
        while step()? {
            if self.lock().stop {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A worker whose look fails so many times before it goes.
    fn failing(times: u64, then: impl FnOnce(&CaughtUp)) {
        let (caught_up, looks) = (CaughtUp::default(), AtomicU64::new(0));
        let step = || {
            let failed = || StoreError::Io(std::io::Error::other("a full disk"));
            let look = looks.fetch_add(1, Ordering::Relaxed);
            // Somebody stores something else meanwhile, so that nobody waits for the next look.
            caught_up.committed();
            if look < times { Err(failed()) } else { Ok(false) }
        };
        caught_up.committed();
        std::thread::scope(|scope| {
            scope.spawn(|| caught_up.follow(&step, &|| ()));
            then(&caught_up);
            caught_up.stop();
        });
    }

    #[test]
    fn what_failed_once_is_looked_at_again_and_who_waits_hears_of_the_end() {
        failing(2, |caught_up| assert!(caught_up.wait()));
    }

    #[test]
    fn what_fails_time_and_again_is_never_taken_for_caught_up() {
        failing(u64::MAX, |caught_up| assert!(!caught_up.wait()));
    }

    #[test]
    fn nobody_waits_for_a_central_that_stops() {
        let caught_up = CaughtUp::default();
        caught_up.committed();
        caught_up.stop();
        assert!(!caught_up.wait());
    }
}
