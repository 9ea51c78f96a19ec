//! Who says that the day of waiting prices has come: central's clock, or a person and this one.

use super::PackDesk;
use crate::domain::time::{BusinessDate, Timestamp};

impl PackDesk {
    /// Takes how far this clock was ahead of central's, where somebody else heard it.
    pub fn clock_is(&self, ahead_ms: Option<i64>) {
        let mut state = self.lock();
        state.clock_ahead_ms = ahead_ms.or(state.clock_ahead_ms);
    }

    /// The moment from which waiting prices hold by this clock alone: nobody vouched for it, so a
    /// person is asked what day it is.
    pub fn asks_for_day(&self) -> Option<Timestamp> {
        let state = self.lock();
        let now = self.now(&state).utc_ms;
        let waiting =
            if state.clock_ahead_ms.is_none() { self.shelf.waiting() } else { Vec::new() };
        let moments = waiting.into_iter().filter_map(|one| one.not_before);
        let offset_min = self.clock.now().offset_min;
        let here = |at: Timestamp| Timestamp::new(at.utc_ms, offset_min).unwrap_or(at);
        moments.filter(|at| at.utc_ms <= now).max_by_key(|at| at.utc_ms).map(here)
    }

    /// A person said what day it is: what holds until then by clock and person begins.
    pub fn day_is_said(&self, day: BusinessDate) {
        let mut state = self.lock();
        let now = self.now(&state).utc_ms;
        let offset_min = self.clock.now().offset_min;
        let due = |at: &Timestamp| {
            let here = Timestamp::new(at.utc_ms, offset_min).unwrap_or(*at);
            at.utc_ms <= now && here.local_date().days_since_1970() <= day.days_since_1970()
        };
        let moments = self.shelf.waiting().into_iter().filter_map(|one| one.not_before);
        if let Some(at) = moments.filter(due).max_by_key(|at| at.utc_ms) {
            state.news |= !self.shelf.come_into_force(at).is_empty();
            self.changed.notify_all();
        }
    }
}
