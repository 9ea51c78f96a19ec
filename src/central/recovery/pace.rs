//! How fast records come in, and so when all of them will be here. Pure: time is handed in.
//!
//! ```text
//!  looks:   (10:00, 1,000)  (10:05, 3,500) … the last five minutes
//!  pace  =  records between the first and the last of them / the time between
//!  time left = records still out / pace; "not known yet" while there is none
//! ```

use std::collections::VecDeque;

/// How far back it looks.
const WINDOW_MS: u64 = 5 * 60 * 1_000;
/// The shortest time that a pace is measured over.
const SHORTEST_MS: u64 = 2_000;
/// Looks that are kept at most: closer ones replace the last.
const APART_MS: u64 = 1_000;

/// What was here when.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    looks: VecDeque<(u64, u64)>,
}

impl Pace {
    /// So many records were here at a time of the monotonic clock.
    pub fn see(&mut self, at_ms: u64, received: u64) {
        // A database that was put back to an older copy begins anew.
        if self.looks.back().is_some_and(|(_, before)| received < *before) {
            self.looks.clear();
        }
        let near = |(last, _): &(u64, u64)| at_ms.saturating_sub(*last) < APART_MS;
        if self.looks.len() > 1 && self.looks.back().is_some_and(near) {
            self.looks.pop_back();
        }
        self.looks.push_back((at_ms, received));
        while self.looks.front().is_some_and(|(at, _)| at_ms.saturating_sub(*at) > WINDOW_MS) {
            self.looks.pop_front();
        }
    }

    /// Records and the milliseconds they took; none while that can't be said.
    fn measured(&self) -> Option<(u64, u64)> {
        let ((from_ms, had), (to_ms, has)) = self.looks.front().zip(self.looks.back())?;
        let (took, came) = (to_ms.checked_sub(*from_ms)?, has.checked_sub(*had)?);
        (took >= SHORTEST_MS && came > 0).then_some((came, took))
    }

    /// Records a second, rounded down; none while that can't be said.
    pub fn a_second(&self) -> Option<u64> {
        let (came, took) = self.measured()?;
        came.saturating_mul(1_000).checked_div(took)
    }

    /// How many seconds it takes until so many more are here; none while that can't be said.
    pub fn seconds_for(&self, missing: u64) -> Option<u64> {
        let (came, took) = self.measured()?;
        let ms = u128::from(missing).saturating_mul(u128::from(took)).div_ceil(u128::from(came));
        u64::try_from(ms.div_ceil(1_000)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(looks: &[(u64, u64)]) -> Pace {
        let mut pace = Pace::default();
        looks.iter().for_each(|(at, received)| pace.see(*at, *received));
        pace
    }

    #[test]
    fn the_time_left_is_what_is_out_at_the_pace_of_the_last_minutes() {
        let pace = seen(&[(0, 1_000), (5_000, 3_500), (10_000, 6_000)]);
        assert_eq!((pace.a_second(), pace.seconds_for(5_000)), (Some(500), Some(10)));
        assert_eq!(pace.seconds_for(1), Some(1), "never none while one is out");
        // What came in an hour ago says nothing about now.
        let slower = seen(&[(0, 0), (1_000, 90_000), (400_000, 90_100), (410_000, 90_200)]);
        assert_eq!((slower.a_second(), slower.seconds_for(100)), (Some(10), Some(10)));
    }

    #[test]
    fn without_two_looks_or_progress_or_after_a_restore_nothing_is_said() {
        assert_eq!(seen(&[]).seconds_for(5), None);
        assert_eq!(seen(&[(0, 7)]).seconds_for(5), None);
        assert_eq!(seen(&[(0, 7), (1_999, 900)]).a_second(), None, "too short to tell");
        assert_eq!(seen(&[(0, 7), (9_000, 7)]).seconds_for(5), None);
        let restored = seen(&[(0, 100), (3_000, 400), (6_000, 200)]);
        assert_eq!(restored.seconds_for(5), None);
    }

    #[test]
    fn many_looks_at_once_are_kept_as_one() {
        let mut pace = Pace::default();
        (0..100_000_u64).for_each(|ms| pace.see(ms, ms));
        assert!(pace.looks.len() <= 102, "{}", pace.looks.len());
        assert_eq!(pace.a_second(), Some(1_000));
    }
}
