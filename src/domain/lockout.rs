//! Wrong PINs: three free tries, then growing waits, then half an hour.
//!
//! Counted per number that was keyed, known or not, so that the answer tells nobody which numbers
//! exist. The waits run on the monotonic clock: setting the wall clock gains nothing. Many wrong
//! tries over all numbers make everybody wait a minute: one PIN tried on each number is a try too.

use std::collections::{BTreeMap, VecDeque};

use super::badge::Badge;
use super::ids::PersonId;

/// Seconds to wait after the 4th, 5th, ... wrong try in a row.
const WAITS_S: [u32; 6] = [5, 15, 30, 60, 120, 300];
/// Wrong tries in a row that make nobody wait.
pub const FREE_TRIES: usize = 3;
const LONG_WAIT_S: u32 = 1_800;
/// Numbers kept; beyond them the longest unused one is forgotten.
pub const NUMBERS_MAX: usize = 200;
/// So many wrong tries within ten minutes, whatever the numbers, make everybody wait.
const CROWD: usize = 30;
const CROWD_WITHIN_MS: u64 = 600_000;
const CROWD_WAIT_MS: u64 = 60_000;

/// What is tried. Each waits apart, so that none locks out another: whoever keys somebody's number
/// keeps nobody out who holds that person's badge, and a forged badge does not either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried<'a> {
    /// A PIN alone, of the number that was keyed.
    Pin(&'a str),
    /// A PIN with this badge.
    Badge(&'a Badge),
    /// What IT answers on the phone, for this person.
    PhoneCode(&'a PersonId),
}

/// The tries so far.
#[derive(Debug, Default)]
pub struct Lockout {
    tries: BTreeMap<String, Tries>,
    /// When the last wrong tries were, of all numbers; none where they are many people's.
    crowd: Option<VecDeque<u64>>,
}

/// Many wrong tries within ten minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// How many.
    pub tries: usize,
    /// On how many numbers.
    pub numbers: usize,
    /// When the first of them was, on the monotonic clock.
    pub first_ms: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    wrong: usize,
    last_ms: u64,
    locked_until_ms: u64,
}

impl Lockout {
    /// The tries at one register: many wrong ones, whatever the numbers, make everybody wait.
    pub fn of_register() -> Self {
        Self { crowd: Some(VecDeque::new()), ..Self::default() }
    }

    /// Wrong tries of before at one register, by number; each wait begins again now.
    pub fn restored(wrong: BTreeMap<String, usize>, now_ms: u64) -> Self {
        let tries = wrong.into_iter().map(|(number, wrong)| {
            let locked_until_ms = now_ms.saturating_add(wait_ms(wrong));
            (number, Tries { wrong, last_ms: now_ms, locked_until_ms })
        });
        Self { tries: tries.take(NUMBERS_MAX).collect(), ..Self::of_register() }
    }

    /// The wrong tries in a row, by number.
    pub fn counts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tries.iter().map(|(number, tries)| (number.as_str(), tries.wrong))
    }

    /// The monotonic time until which this number must wait; none when it may try now.
    pub fn locked_until_ms(&self, number: &str, now_ms: u64) -> Option<u64> {
        let own = self.tries.get(number).map_or(0, |tries| tries.locked_until_ms);
        Some(own.max(self.everybody_until_ms())).filter(|until| *until > now_ms)
    }

    fn everybody_until_ms(&self) -> u64 {
        let crowd = self.crowd.as_ref().filter(|crowd| crowd.len() > CROWD);
        crowd.and_then(VecDeque::back).map_or(0, |at_ms| at_ms.saturating_add(CROWD_WAIT_MS))
    }

    /// How often this number was tried wrongly.
    pub fn wrong(&self, number: &str) -> usize {
        self.tries.get(number).map_or(0, |tries| tries.wrong)
    }

    /// The tries that make everybody wait now; none where nobody has to.
    pub fn crowd(&self, now_ms: u64) -> Option<Crowd> {
        let crowd = self.crowd.as_ref().filter(|_| self.everybody_until_ms() > now_ms)?;
        let first_ms = crowd.front().copied()?;
        let within = self.tries.values().filter(|tries| tries.last_ms >= first_ms).count();
        Some(Crowd { tries: crowd.len(), numbers: within, first_ms })
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
        tries.locked_until_ms = now_ms.saturating_add(wait_ms(tries.wrong));
        if let Some(crowd) = &mut self.crowd {
            crowd.push_back(now_ms);
            crowd.retain(|at_ms| now_ms.saturating_sub(*at_ms) < CROWD_WITHIN_MS);
            if crowd.len() > NUMBERS_MAX {
                crowd.pop_front();
            }
        }
    }

    /// Somebody ended the wait: the count starts again; what makes everybody wait stays.
    pub fn forget(&mut self, number: &str) {
        self.tries.remove(number);
    }

    /// The PIN was right: the count starts again.
    pub fn forgive(&mut self, number: &str) {
        self.tries.remove(number);
        if let Some(crowd) = &mut self.crowd {
            crowd.pop_back();
        }
    }
}

fn wait_ms(wrong: usize) -> u64 {
    let wait_s = match wrong.checked_sub(FREE_TRIES.saturating_add(1)) {
        None => 0,
        Some(place) => WAITS_S.get(place).copied().unwrap_or(LONG_WAIT_S),
    };
    u64::from(wait_s).saturating_mul(1_000)
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
    fn one_pin_tried_on_many_numbers_makes_everybody_wait_a_minute() {
        let mut lockout = Lockout::of_register();
        for number in 0..=CROWD {
            assert_eq!(lockout.locked_until_ms("31", 0), None, "after {number}");
            lockout.count(&format!("7{number}"), 0);
        }
        assert_eq!(lockout.locked_until_ms("31", 0), Some(CROWD_WAIT_MS));
        assert_eq!(lockout.locked_until_ms("31", CROWD_WAIT_MS), None);
    }

    #[test]
    fn a_busy_day_of_right_pins_makes_nobody_wait() {
        let mut lockout = Lockout::of_register();
        for at_ms in 0..500 {
            lockout.count("31", at_ms);
            lockout.forgive("31");
            assert_eq!(lockout.locked_until_ms("32", at_ms), None);
        }
    }

    #[test]
    fn made_up_numbers_fill_no_memory() {
        let mut lockout = Lockout::of_register();
        for number in 0..10_000_u64 {
            lockout.count(&number.to_string(), number);
        }
        assert_eq!(lockout.tries.len(), NUMBERS_MAX);
    }

    #[test]
    fn wrong_tries_of_ten_minutes_ago_make_nobody_wait() {
        let after = |pause_ms| {
            let mut lockout = Lockout::of_register();
            for number in 0..CROWD {
                lockout.count(&format!("7{number}"), 0);
            }
            lockout.count("31", pause_ms);
            lockout.locked_until_ms("32", pause_ms)
        };
        assert_eq!(after(CROWD_WITHIN_MS - 1), Some(CROWD_WITHIN_MS - 1 + CROWD_WAIT_MS));
        assert_eq!(after(CROWD_WITHIN_MS), None);
    }

    #[test]
    fn of_more_numbers_than_are_kept_the_longest_unused_one_is_forgotten() {
        let mut lockout = Lockout::default();
        for (number, at_ms) in (0..NUMBERS_MAX).zip(0_u64..) {
            (0..FREE_TRIES).for_each(|_| lockout.count(&number.to_string(), at_ms));
        }
        // One that is known takes nobody's place; the next new one takes that of the oldest.
        lockout.count("0", 1_000);
        assert_eq!(lockout.locked_until_ms("0", 1_000), Some(6_000));
        lockout.count("new", 2_000);
        lockout.count("1", 3_000);
        assert_eq!(lockout.locked_until_ms("1", 3_000), None, "it was forgotten");
        lockout.count("3", 3_000);
        assert_eq!(lockout.locked_until_ms("3", 3_000), Some(8_000), "it was not");
    }

    #[test]
    fn a_right_pin_takes_back_its_own_try_only() {
        let mut lockout = Lockout::of_register();
        for number in 0..=CROWD {
            lockout.count(&format!("7{number}"), 0);
        }
        lockout.forgive("70");
        assert_eq!(lockout.locked_until_ms("31", 0), None);
        lockout.count("80", 0);
        assert_eq!(lockout.locked_until_ms("31", 0), Some(CROWD_WAIT_MS));
    }
}
