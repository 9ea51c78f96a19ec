//! Wrong PINs: three free tries, then growing waits, then half an hour.
//!
//! Counted per number that was keyed, known or not, so that the answer tells nobody which numbers
//! exist. The waits run on the monotonic clock: setting the wall clock gains nothing.

use std::collections::BTreeMap;

/// Seconds to wait after the 4th, 5th, ... wrong try in a row.
const WAITS_S: [u32; 6] = [5, 15, 30, 60, 120, 300];
const FREE_TRIES: usize = 3;
const LONG_WAIT_S: u32 = 1_800;
/// Numbers kept; beyond them the longest unused one is forgotten.
const NUMBERS_MAX: usize = 200;

/// The tries so far.
#[derive(Debug, Default)]
pub struct Lockout {
    tries: BTreeMap<String, Tries>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    wrong: usize,
    last_ms: u64,
    locked_until_ms: u64,
}

impl Lockout {
    /// The monotonic time until which this number must wait; none when it may try now.
    pub fn locked_until_ms(&self, number: &str, now_ms: u64) -> Option<u64> {
        self.tries.get(number).map(|tries| tries.locked_until_ms).filter(|until| *until > now_ms)
    }

    /// Counts a try before its PIN is checked, so that ending the program gains nothing within
    /// this run.
    pub fn count(&mut self, number: &str, now_ms: u64) {
        if self.tries.len() >= NUMBERS_MAX && !self.tries.contains_key(number) {
            let oldest = self.tries.iter().min_by_key(|(_, tries)| tries.last_ms);
            if let Some(oldest) = oldest.map(|(number, _)| number.clone()) {
                self.tries.remove(&oldest);
            }
        }
        let tries = self.tries.entry(number.to_owned()).or_default();
        tries.wrong = tries.wrong.saturating_add(1);
        tries.last_ms = now_ms;
        let wait_s = match tries.wrong.checked_sub(FREE_TRIES.saturating_add(1)) {
            None => 0,
            Some(place) => WAITS_S.get(place).copied().unwrap_or(LONG_WAIT_S),
        };
        tries.locked_until_ms = now_ms.saturating_add(u64::from(wait_s).saturating_mul(1_000));
    }

    /// The PIN was right: the count starts again.
    pub fn forgive(&mut self, number: &str) {
        self.tries.remove(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_a_right_pin_ends_them() {
        let mut lockout = Lockout::default();
        let mut now_ms = 0;
        let mut waits = Vec::new();
        for _ in 0..10 {
            lockout.count("31", now_ms);
            let until = lockout.locked_until_ms("31", now_ms).unwrap_or(now_ms);
            waits.push(until.saturating_sub(now_ms) / 1_000);
            now_ms = until;
        }
        assert_eq!(waits, [0, 0, 0, 5, 15, 30, 60, 120, 300, 1_800]);
        assert_eq!(lockout.locked_until_ms("32", now_ms), None);
        lockout.forgive("31");
        lockout.count("31", now_ms);
        assert_eq!(lockout.locked_until_ms("31", now_ms), None);
    }

    #[test]
    fn made_up_numbers_fill_no_memory() {
        let mut lockout = Lockout::default();
        for number in 0..10_000_u64 {
            lockout.count(&number.to_string(), number);
        }
        assert_eq!(lockout.tries.len(), NUMBERS_MAX);
    }
}
