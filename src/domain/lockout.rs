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
/// Numbers kept; beyond them the longest unused one is forgotten that does not wait. Where all of
/// them wait, any other number waits with them, until the first of them may try.
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
    /// Counts the tries: which number was unused for longest.
    turns: u64,
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
    turn: u64,
    locked_until_ms: u64,
}

impl Lockout {
    /// The tries at one register: many wrong ones, whatever the numbers, make everybody wait.
    pub fn of_register() -> Self {
        Self { crowd: Some(VecDeque::new()), ..Self::default() }
    }

    /// Wrong tries of before at one register, by number, the longest unused one first, and how many
    /// were many people's; each wait begins again now, and so do the ten minutes.
    pub fn restored(wrong: Vec<(String, usize)>, crowd: usize, now_ms: u64) -> Self {
        let mut lockout = Self::of_register();
        for (number, wrong) in wrong.into_iter().take(NUMBERS_MAX) {
            let locked_until_ms = now_ms.saturating_add(wait_ms(wrong));
            let turn = lockout.next_turn();
            lockout.tries.insert(number, Tries { wrong, last_ms: now_ms, turn, locked_until_ms });
        }
        (0..crowd.min(NUMBERS_MAX)).for_each(|_| lockout.count_for_all(now_ms));
        lockout
    }

    /// The wrong tries in a row, by number, the longest unused one first.
    pub fn counts(&self) -> Vec<(&str, usize)> {
        let mut all: Vec<_> = self.tries.iter().collect();
        all.sort_by_key(|(_, tries)| tries.turn);
        all.into_iter().map(|(number, tries)| (number.as_str(), tries.wrong)).collect()
    }

    /// How many wrong tries count as many people's now.
    pub fn counted_for_all(&self) -> usize {
        self.crowd.as_ref().map_or(0, VecDeque::len)
    }

    /// The monotonic time until which this number must wait; none when it may try now.
    pub fn locked_until_ms(&self, number: &str, now_ms: u64) -> Option<u64> {
        let known = self.tries.get(number).map(|tries| tries.locked_until_ms);
        let own = known.unwrap_or_else(|| self.others_until_ms());
        Some(own.max(self.everybody_until_ms())).filter(|until| *until > now_ms)
    }

    /// Until when a number waits for which there is no room: that of the first that may try.
    fn others_until_ms(&self) -> u64 {
        let full = self.tries.len() >= NUMBERS_MAX;
        let first = self.tries.values().map(|tries| tries.locked_until_ms).min();
        first.filter(|_| full).unwrap_or(0)
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
        // After a restart all of them were used last when it was.
        let numbers = within.min(crowd.len());
        Some(Crowd { tries: crowd.len(), numbers, first_ms })
    }

    /// Counts a try before its PIN is checked, so that ending the program gains nothing within
    /// this run.
    pub fn count(&mut self, number: &str, now_ms: u64) {
        self.count_for_all(now_ms);
        if self.tries.len() >= NUMBERS_MAX && !self.tries.contains_key(number) {
            let free = self.tries.iter().filter(|(_, tries)| tries.locked_until_ms <= now_ms);
            let oldest = free.min_by_key(|(_, tries)| tries.turn).map(|(number, _)| number.clone());
            // Nobody's wait ends because another number is tried.
            let Some(oldest) = oldest else { return };
            self.tries.remove(&oldest);
        }
        let turn = self.next_turn();
        let tries = self.tries.entry(number.to_owned()).or_default();
        tries.wrong = tries.wrong.saturating_add(1);
        tries.last_ms = now_ms;
        tries.turn = turn;
        tries.locked_until_ms = now_ms.saturating_add(wait_ms(tries.wrong));
    }

    fn count_for_all(&mut self, now_ms: u64) {
        let Some(crowd) = &mut self.crowd else { return };
        crowd.push_back(now_ms);
        crowd.retain(|at_ms| now_ms.saturating_sub(*at_ms) < CROWD_WITHIN_MS);
        if crowd.len() > NUMBERS_MAX {
            crowd.pop_front();
        }
    }

    const fn next_turn(&mut self) -> u64 {
        self.turns = self.turns.saturating_add(1);
        self.turns
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
    fn a_wait_is_not_pushed_out_by_two_hundred_made_up_numbers_not_even_after_a_restart() {
        let mut lockout = Lockout::default();
        (0..10).for_each(|_| lockout.count("31", 0));
        assert_eq!(lockout.locked_until_ms("31", 0), Some(1_800_000));
        let kept = lockout.counts().into_iter().map(|(number, wrong)| (number.to_owned(), wrong));
        let mut lockout = Lockout::restored(kept.collect(), 0, 0);
        for number in 0..2 * NUMBERS_MAX {
            lockout.count(&format!("7{number}"), 60_000);
        }
        assert_eq!(lockout.tries.len(), NUMBERS_MAX);
        assert_eq!(lockout.locked_until_ms("31", 120_001), Some(1_800_000), "it still waits");
        assert_eq!(lockout.locked_until_ms("32", 120_001), None, "and nobody else does");
    }

    #[test]
    fn where_all_numbers_that_are_kept_wait_every_other_one_waits_with_them() {
        let wrong = (0..NUMBERS_MAX).map(|number| (number.to_string(), 5 + number)).collect();
        let mut lockout = Lockout::restored(wrong, 0, 0);
        assert_eq!(lockout.locked_until_ms("new", 0), Some(15_000), "until the first may try");
        lockout.count("new", 0);
        assert_eq!(lockout.wrong("new"), 0, "it takes nobody's place");
        assert_eq!(lockout.locked_until_ms("0", 0), Some(15_000));
        assert_eq!(lockout.locked_until_ms("new", 15_000), None);
        lockout.count("new", 15_000);
        assert_eq!((lockout.wrong("new"), lockout.wrong("0")), (1, 0));
    }

    #[test]
    fn what_many_people_tried_is_not_forgotten_by_a_restart_after_each_thirty() {
        let mut lockout = Lockout::of_register();
        (0..CROWD).for_each(|number| lockout.count(&format!("7{number}"), 0));
        let kept = lockout.counts().into_iter().map(|(number, wrong)| (number.to_owned(), wrong));
        let mut lockout = Lockout::restored(kept.collect(), lockout.counted_for_all(), 5_000);
        assert_eq!(lockout.locked_until_ms("31", 5_000), None);
        lockout.count("8", 5_000);
        assert_eq!(lockout.locked_until_ms("31", 5_000), Some(5_000 + CROWD_WAIT_MS));
        let told = lockout.crowd(5_000).expect("a crowd");
        assert_eq!((told.tries, told.numbers, told.first_ms), (31, 31, 5_000));
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
