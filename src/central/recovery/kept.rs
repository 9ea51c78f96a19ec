//! One answer of the database for everybody who asks at the same time.
//!
//! ```text
//!  fresh enough ───────────────▶ it again
//!  nobody asks the database ───▶ ask, keep, tell
//!  somebody does ─ what is known is not old ─▶ that, at once
//!                └ otherwise wait for their answer, and not for long
//! ```
//!
//! Whoever waits holds a thread that deliveries need too: when the database hangs, one viewer waits
//! for it and all others are told so.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::central::store::StoreError;

/// What is known is told to others for so long while somebody asks anew.
const KNOWN_MS: u64 = 10_000;
/// How long somebody waits for the answer that another one asked for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the database answered last.
pub(super) struct Kept<T> {
    state: Mutex<State<T>>,
    told: Condvar,
}

struct State<T> {
    /// On the monotonic clock.
    taken: Option<(u64, Arc<T>)>,
    asking: bool,
}

/// Somebody asks; over when it is dropped, however that comes about.
struct Asking<'a, T>(&'a Kept<T>);

impl<T> Drop for Asking<'_, T> {
    fn drop(&mut self) {
        self.0.lock().asking = false;
        self.0.told.notify_all();
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { taken: None, asking: false }), told: Condvar::new() }
    }
}

impl<T> Kept<T> {
    /// What is known and at most so old; else what the database says now. `now` reads the
    /// monotonic clock.
    pub(super) fn get(
        &self,
        now: impl Fn() -> u64,
        age_ms: u64,
        ask: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<Arc<T>, StoreError> {
        let mut state = self.lock();
        let known = |state: &State<T>, age_ms: u64| {
            let (at_ms, known) = state.taken.as_ref()?;
            (now().saturating_sub(*at_ms) < age_ms).then(|| Arc::clone(known))
        };
        let mut waited = false;
        loop {
            if let Some(fresh) = known(&state, age_ms) {
                return Ok(fresh);
            }
            if !state.asking {
                break;
            }
            if let Some(known) = known(&state, age_ms.max(KNOWN_MS)) {
                return Ok(known);
            }
            if waited {
                let text = "somebody else waits for its answer; try again in a moment".to_owned();
                return Err(StoreError::Away(text));
            }
            let still = |state: &mut State<T>| state.asking;
            let wait = self.told.wait_timeout_while(state, PATIENCE, still);
            let (again, over) = wait.unwrap_or_else(PoisonError::into_inner);
            (state, waited) = (again, over.timed_out());
            // Their answer is as fresh as ours would be.
            if let Some(told) = known(&state, age_ms.max(KNOWN_MS)).filter(|_| !waited) {
                return Ok(told);
            }
        }
        state.asking = true;
        drop(state);
        let asking = Asking(self);
        let answer = Arc::new(ask()?);
        self.lock().taken = Some((now(), Arc::clone(&answer)));
        drop(asking);
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn while_one_waits_for_a_database_that_hangs_all_others_get_what_is_known() {
        let kept = &Kept::<u32>::default();
        assert_eq!(*kept.get(|| 0, 1_000, || Ok(1)).expect("told"), 1);
        let (begun, begins) = sync_channel(1);
        let (answers, answer) = sync_channel(1);
        std::thread::scope(|scope| {
            let asks = scope.spawn(move || {
                kept.get(
                    || 5_000,
                    1_000,
                    || {
                        begun.send(()).expect("heard");
                        Ok(answer.recv_timeout(LONG).expect("an answer in the end"))
                    },
                )
            });
            begins.recv_timeout(LONG).expect("it asks");
            // Nobody else asks, however many look, and nobody waits.
            for _ in 0..100 {
                let told = kept.get(|| 5_000, 1_000, || unreachable!("one asks")).expect("told");
                assert_eq!(*told, 1);
            }
            answers.send(2).expect("it listens");
            assert_eq!(*asks.join().expect("no panic").expect("told"), 2);
        });
        assert_eq!(*kept.get(|| 5_500, 1_000, || unreachable!("it is fresh")).expect("told"), 2);
    }

    #[test]
    fn where_nothing_is_known_or_it_is_old_others_are_told_that_the_database_does_not_answer() {
        let kept = &Kept::<u32>::default();
        kept.get(|| 0, 1_000, || Ok(1)).expect("told");
        let (begun, begins) = sync_channel(1);
        let (answers, answer) = sync_channel::<()>(1);
        std::thread::scope(|scope| {
            let asks = scope.spawn(move || {
                kept.get(
                    || 11_000,
                    1_000,
                    || {
                        begun.send(()).expect("heard");
                        answer.recv_timeout(LONG).expect("an answer in the end");
                        Err(StoreError::Away("it is gone".to_owned()))
                    },
                )
            });
            begins.recv_timeout(LONG).expect("it asks");
            let refused = kept.get(|| 11_000, 1_000, || unreachable!("one asks"));
            assert!(refused.expect_err("old").to_string().contains("somebody else waits"));
            answers.send(()).expect("it listens");
            assert!(asks.join().expect("no panic").is_err());
        });
        // Whoever comes next asks again.
        assert_eq!(*kept.get(|| 12_000, 1_000, || Ok(3)).expect("told"), 3);
    }

    #[test]
    fn somebody_who_waits_gets_the_answer_that_another_one_asked_for() {
        let kept = &Kept::<u32>::default();
        let (begun, begins) = sync_channel(1);
        std::thread::scope(|scope| {
            let asks = scope.spawn(move || {
                kept.get(
                    || 0,
                    1_000,
                    || {
                        begun.send(()).expect("heard");
                        std::thread::yield_now();
                        Ok(7)
                    },
                )
            });
            begins.recv_timeout(LONG).expect("it asks");
            assert_eq!(*kept.get(|| 0, 1_000, || Ok(7)).expect("told"), 7);
            assert_eq!(*asks.join().expect("no panic").expect("told"), 7);
        });
    }
}
