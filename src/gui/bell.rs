//! The bell: a frame that asked the till or the finder stands still a moment for the answer.
//!
//! ```text
//!  key ─▶ command ─▶ till ──┐ ring
//!   └─▶ frame waits ◀───────┘ ─▶ draws the answer      a ring nobody waits for wakes the window
//! ```
//!
//! Painting is what costs, so one frame with the answer is sooner on the screen than one without
//! and another one after it. The wait is bounded by a few milliseconds: a window never stands
//! still for a slow disk.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long a frame waits at most; less than it takes to paint one.
pub const PATIENCE: Duration = Duration::from_millis(12);

/// Rung from any thread, waited for by the window's.
#[derive(Debug, Default)]
pub struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rings: u64,
    awaited: bool,
}

impl Bell {
    /// Rings; true when nobody stands waiting, so that the window has to be woken.
    pub fn ring(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.rings = state.rings.wrapping_add(1);
        let awaited = std::mem::take(&mut state.awaited);
        self.rung.notify_all();
        !awaited
    }

    /// How often it has rung; taken before something is asked.
    pub fn rings(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rings
    }

    /// Waits until it has rung again since `rings`, or `at_most`; true when it has.
    pub fn wait(&self, rings: u64, at_most: Duration) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.rings != rings {
            return true;
        }
        state.awaited = true;
        let (mut state, _) = self
            .rung
            .wait_timeout_while(state, at_most, |state| state.rings == rings)
            .unwrap_or_else(PoisonError::into_inner);
        state.awaited = false;
        state.rings != rings
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_answer_that_came_already_is_not_waited_for() {
        let bell = Bell::default();
        let asked = bell.rings();
        assert!(bell.ring(), "nobody waits: the window is woken");
        assert!(bell.wait(asked, Duration::from_secs(600)));
    }

    #[test]
    fn who_waits_needs_no_waking() {
        let bell = Arc::new(Bell::default());
        let asked = bell.rings();
        let ringer = {
            let bell = Arc::clone(&bell);
            let rings = move || {
                while !bell.state.lock().expect("whole").awaited {
                    std::thread::yield_now();
                }
                bell.ring()
            };
            std::thread::Builder::new().name("ringer".to_owned()).spawn(rings).expect("a thread")
        };
        assert!(bell.wait(asked, Duration::from_secs(600)));
        assert!(!ringer.join().expect("it rang"), "the frame that waits draws the answer");
        assert!(bell.ring(), "the next answer wakes again");
    }

    #[test]
    fn patience_ends_and_then_the_answer_wakes_the_window() {
        let bell = Bell::default();
        assert!(!bell.wait(bell.rings(), Duration::ZERO));
        assert!(bell.ring());
    }
}
