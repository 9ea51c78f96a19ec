//! One answer of the database for everybody who asks at the same time.
//!
//! ```text
//!  fresh enough ───────────────▶ it again
//!  nobody asks the database ───▶ ask, keep, tell
//!  somebody does ─ what is known is not old ─▶ that, at once
//!                └ otherwise wait for their answer, and not for long
//! ```
//!
//! What took long to ask counts for nine times as long, so that pages take no more than a tenth of
//! the database's time from deliveries.
//!
//! Whoever waits holds a thread that deliveries need too: when the database hangs, one viewer waits
//! for it and all others are told so.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::central::store::StoreError;

/// What is known is told to others for so long while somebody asks anew.
const KNOWN_MS: u64 = 10_000;
/// What was told counts for so many times what asking for it took.
const REST: u64 = 9;
/// How long somebody waits for the answer that another one asked for.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the database answered last.
pub(super) struct Kept<T> {
    state: Mutex<State<T>>,
    told: Condvar,
}

struct State<T> {
    taken: Option<Taken<T>>,
    asking: bool,
}

/// What was told, on the monotonic clock.
struct Taken<T> {
    at_ms: u64,
    took_ms: u64,
    told: Arc<T>,
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
            let taken = state.taken.as_ref()?;
            // Whoever wants it as it is now gets that.
            let rests_ms = if age_ms == 0 { 0 } else { taken.took_ms.saturating_mul(REST) };
            let rests_ms = rests_ms.max(age_ms);
            (now().saturating_sub(taken.at_ms) < rests_ms).then(|| Arc::clone(&taken.told))
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
        let (asking, began_ms) = (Asking(self), now());
        let told = Arc::new(ask()?);
        let at_ms = now();
        let took_ms = at_ms.saturating_sub(began_ms);
        self.lock().taken = Some(Taken { at_ms, took_ms, told: Arc::clone(&told) });
        drop(asking);
        Ok(told)
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
    fn what_took_long_to_ask_is_asked_for_no_more_often_than_a_tenth_of_the_time() {
        let (kept, clock) = (Kept::<u32>::default(), std::cell::Cell::new(0));
        let slow = |word| {
            clock.set(clock.get() + 1_500);
            Ok(word)
        };
        let now = || clock.get();
        assert_eq!(*kept.get(now, 1_000, || slow(1)).expect("told"), 1);
        clock.set(1_500 + 13_499);
        assert_eq!(*kept.get(now, 1_000, || unreachable!("it rests")).expect("told"), 1);
        clock.set(1_500 + 13_500);
        assert_eq!(*kept.get(now, 1_000, || slow(2)).expect("told"), 2);
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
