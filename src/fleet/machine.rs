//! The processors of a machine, shared by everything that is worked on there: with twice as much at
//! once, each takes twice as long, and no time is lost or found.
//!
//! ```text
//!  takes up ─▶ ▏▏▏▏ each has the same part ─┐
//!  queues ─▶ ▏ one after the other ─────────┴▶ next_us: when the first of them ends ─▶ ended
//! ```
//!
//! What is queued waits for one thing, a database: only the first is worked on. It has the part of
//! one, or a quarter where there are many others.

use std::collections::{BTreeMap, VecDeque};

/// A microsecond of work is so many parts, so that shares of many are whole numbers.
const PARTS: u32 = 20;
/// Others for each part that the row has.
const OTHERS: u64 = 3;

/// What is worked on, and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Machine<T> {
    now_us: u64,
    /// The work that whoever was there from the beginning would have had, in parts.
    had: u64,
    /// By the work that all will have had when it ends; equal ones in the order they came.
    works: BTreeMap<(u64, u64), T>,
    came: u64,
    /// What is done one after the other, and how much of the first is left.
    row: VecDeque<(u64, T)>,
}

impl<T> Machine<T> {
    /// Nothing is worked on.
    pub(super) const fn new() -> Self {
        Self { now_us: 0, had: 0, works: BTreeMap::new(), came: 0, row: VecDeque::new() }
    }

    /// Takes up some work beside all other.
    pub(super) fn takes_up(&mut self, now_us: u64, work_us: u64, what: T) {
        self.passes(now_us);
        self.came = self.came.saturating_add(1);
        let ends = self.had.saturating_add(work_us.max(1) << PARTS);
        self.works.insert((ends, self.came), what);
    }

    /// Takes up some work after what was queued before.
    pub(super) fn queues(&mut self, now_us: u64, work_us: u64, what: T) {
        self.passes(now_us);
        self.row.push_back((work_us.max(1) << PARTS, what));
    }

    /// When the first work ends, should nothing more be taken up before.
    pub(super) fn next_us(&self) -> Option<u64> {
        let (row, all) = self.weights();
        let first =
            self.works.first_key_value().map(|((ends, _), _)| ends.saturating_sub(self.had));
        let one = first.map(|left| left.saturating_mul(all));
        let queued = self.row.front().map(|(left, _)| left.saturating_mul(all).div_ceil(row));
        let left = one.into_iter().chain(queued).min()?;
        Some(self.now_us.saturating_add(left.div_ceil(1 << PARTS)))
    }

    /// One work that has ended by now.
    pub(super) fn ended(&mut self, now_us: u64) -> Option<T> {
        self.passes(now_us);
        if self.row.front().is_some_and(|(left, _)| *left == 0) {
            return self.row.pop_front().map(|(_, what)| what);
        }
        let first = self.works.first_entry()?;
        (first.key().0 <= self.had).then(|| first.remove())
    }

    /// Drops what is not to be kept.
    pub(super) fn keeps(&mut self, now_us: u64, kept: impl Fn(&T) -> bool) {
        self.passes(now_us);
        self.works.retain(|_, what| kept(what));
        self.row.retain(|(_, what)| kept(what));
    }

    /// The parts of the machine that the first of the row has, and those that there are.
    fn weights(&self) -> (u64, u64) {
        let others = u64::try_from(self.works.len()).unwrap_or(u64::MAX);
        let row = if self.row.is_empty() { 0 } else { (others / OTHERS).max(1) };
        (row, others.saturating_add(row))
    }

    fn passes(&mut self, now_us: u64) {
        let passed = now_us.saturating_sub(self.now_us) << PARTS;
        self.now_us = self.now_us.max(now_us);
        let (row, all) = self.weights();
        self.had = self.had.saturating_add(passed.checked_div(all).unwrap_or(0));
        if let Some((left, _)) = self.row.front_mut() {
            let done = passed.saturating_mul(row).checked_div(all).unwrap_or(0);
            *left = left.saturating_sub(done);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ends everything; what ended when.
    fn ends(machine: &mut Machine<&'static str>) -> Vec<(u64, &'static str)> {
        let mut all = Vec::new();
        while let Some(at_us) = machine.next_us() {
            while let Some(what) = machine.ended(at_us) {
                all.push((at_us, what));
            }
        }
        all
    }

    #[test]
    fn two_at_once_take_twice_as_long_and_the_last_one_ends_when_all_work_is_done() {
        let mut machine = Machine::new();
        machine.takes_up(1_000, 100, "small");
        machine.takes_up(1_000, 300, "large");
        assert_eq!(ends(&mut machine), [(1_200, "small"), (1_400, "large")]);
    }

    #[test]
    fn what_comes_later_takes_a_share_from_then_on() {
        let mut machine = Machine::new();
        machine.takes_up(0, 100, "first");
        // Half of it is done; from now on it has a third of the machine.
        machine.takes_up(50, 10, "second");
        machine.takes_up(50, 10, "third");
        assert_eq!(ends(&mut machine), [(80, "second"), (80, "third"), (120, "first")]);
        machine.takes_up(500, 7, "alone");
        assert_eq!(ends(&mut machine), [(507, "alone")]);
    }

    #[test]
    fn no_time_is_lost_to_rounding_among_many() {
        let mut machine = Machine::new();
        let mut all_us = 0;
        for place in 0..1_000 {
            all_us += 10 + place % 7;
            machine.takes_up(place, 10 + place % 7, "one");
        }
        let last = ends(&mut machine).last().map(|(at_us, _)| *at_us);
        assert!(last.is_some_and(|last| (all_us..=all_us + 5).contains(&last)), "{last:?}");
    }

    #[test]
    fn what_is_queued_is_done_one_after_the_other_and_has_a_quarter_of_a_full_machine() {
        let mut machine = Machine::new();
        for what in ["first", "second"] {
            machine.queues(0, 100, what);
        }
        assert_eq!(ends(&mut machine), [(100, "first"), (200, "second")]);
        machine.queues(1_000, 100, "first");
        machine.takes_up(1_000, 50, "beside");
        assert_eq!(ends(&mut machine), [(1_100, "beside"), (1_150, "first")]);
        machine.queues(2_000, 100, "first");
        for _ in 0..48 {
            machine.takes_up(2_000, 100, "beside");
        }
        let all = ends(&mut machine);
        assert_eq!(all.first(), Some(&(2_400, "first")));
        assert_eq!(all.last(), Some(&(2_000 + 4_900, "beside")));
    }

    #[test]
    fn what_is_dropped_leaves_its_share_to_the_others() {
        let mut machine = Machine::new();
        machine.takes_up(0, 100, "kept");
        machine.takes_up(0, 100, "gone");
        machine.keeps(100, |what| *what == "kept");
        machine.queues(100, 100, "gone");
        machine.keeps(100, |what| *what == "kept");
        assert_eq!(ends(&mut machine), [(150, "kept")]);
    }
}
