//! The board: what was seen last of each system, what is believed, and a ring of the last looks.
//!
//! ```text
//!  put(place, at, sight, ms) ─▶ newest · steady · ring of 200 ─▶ page, notice, probes.log
//! ```
//!
//! It is bounded: each probe keeps its last looks and no more, in memory and in the file.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::plan::{Plan, Probe};
use crate::domain::probe::{Cause, Sight, Steady, Watched, cause};
use crate::domain::time::Timestamp;

/// Looks that are kept of each probe.
pub const RING: usize = 200;

/// One look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// What was seen.
    pub sight: Sight,
    /// How long it took.
    pub took_ms: u32,
}

/// A probe and what it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The probe.
    pub probe: Probe,
    /// What is believed.
    pub steady: Steady,
    /// Since when that is believed.
    pub since: Option<Timestamp>,
    /// The first bad look since it was well; what support asks for.
    pub first_failure: Option<Timestamp>,
    /// The last looks, oldest first.
    pub looks: VecDeque<Look>,
}

/// What all probes saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// In the order of the plan.
    pub seen: Vec<Seen>,
    /// This machine has a way into a network.
    pub connected: bool,
    /// Why nothing is probed, in words for IT.
    pub trouble: Option<String>,
}

impl Default for Board {
    /// Nothing to look at; that is no sign of a missing network.
    fn default() -> Self {
        Self { seen: Vec::new(), connected: true, trouble: None }
    }
}

/// A board that the probes' thread writes and the till reads; neither holds it for long.
#[derive(Clone, Debug, Default)]
pub struct SharedBoard(Arc<Mutex<Board>>);

impl SharedBoard {
    /// A board for a plan, or one that says why there is none.
    pub fn of(plan: Result<Plan, String>) -> Self {
        let board = match plan {
            Ok(plan) => Board::of(&plan),
            Err(trouble) => Board { trouble: Some(trouble), connected: true, seen: Vec::new() },
        };
        Self(Arc::new(Mutex::new(board)))
    }

    /// The board.
    pub fn lock(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Board {
    /// An empty board for a plan.
    pub fn of(plan: &Plan) -> Self {
        let seen = plan.probes.iter().map(|probe| Seen {
            probe: probe.clone(),
            steady: Steady::NEW,
            since: None,
            first_failure: None,
            looks: VecDeque::new(),
        });
        Self { seen: seen.collect(), connected: true, trouble: None }
    }

    /// Takes what a probe saw.
    pub fn put(&mut self, place: usize, look: Look) {
        let Some(seen) = self.seen.get_mut(place) else { return };
        let before = seen.steady.sight;
        seen.steady = seen.steady.after(look.sight);
        if before.map(Sight::word) != seen.steady.sight.map(Sight::word) {
            seen.since = Some(look.at);
        }
        match (look.sight.is_good(), seen.first_failure) {
            (false, None) => seen.first_failure = Some(look.at),
            // A good look alone ends nothing: the first failure stands until it is believed well.
            (true, Some(_)) if seen.steady.sight.is_some_and(Sight::is_good) => {
                seen.first_failure = None;
            }
            _ => {}
        }
        if seen.looks.len() >= RING {
            seen.looks.pop_front();
        }
        seen.looks.push_back(look);
    }

    /// Whose fault trouble most likely is.
    pub fn cause(&self) -> Cause {
        let believed: Vec<(Watched, Sight)> = self
            .seen
            .iter()
            .filter_map(|seen| Some((seen.probe.watched, seen.steady.sight?)))
            .collect();
        cause(self.connected, &believed)
    }

    /// The looks as lines, a probe after the other: `payments up 12 2026-11-22T14:05:09.120-06:00`.
    pub fn lines(&self) -> String {
        let mut text = String::new();
        for seen in &self.seen {
            for look in &seen.looks {
                let (word, sight) = (seen.probe.watched.word(), look.sight.word());
                text.push_str(&format!("{word} {sight} {} {}\n", look.took_ms, look.at));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outage::System;
    use crate::domain::probe::Failing;

    fn board() -> Board {
        let text = "[[probe]]\nwatches = \"payments\"\naddress = \"tcp:127.0.0.1:9\"\n";
        Board::of(&Plan::parse(text).expect("a plan"))
    }

    fn look(minute: i64, sight: Sight) -> Look {
        let at = Timestamp { utc_ms: minute * 60_000, offset_min: 0 };
        Look { at, sight, took_ms: 7 }
    }

    #[test]
    fn the_ring_is_bounded_and_the_first_failure_stays_until_all_is_well() {
        let mut board = board();
        let down = Sight::Down(Failing::Refused);
        board.put(0, look(0, Sight::Up));
        for minute in 1..=3 {
            board.put(0, look(minute, down));
        }
        assert_eq!(board.cause(), Cause::Systems(vec![System::Payments]));
        assert_eq!(board.seen[0].first_failure, Some(look(1, down).at));
        assert_eq!(board.seen[0].since, Some(look(3, down).at));
        board.put(0, look(4, Sight::Up));
        assert!(board.seen[0].first_failure.is_some(), "one good answer is no recovery");
        for minute in 5..500 {
            board.put(0, look(minute, Sight::Up));
        }
        assert_eq!((board.cause(), board.seen[0].first_failure), (Cause::Well, None));
        assert_eq!(board.seen[0].looks.len(), RING);
        assert_eq!(board.lines().lines().count(), RING);
        board.put(7, look(1, down)); // No such probe: nothing happens.
    }
}
