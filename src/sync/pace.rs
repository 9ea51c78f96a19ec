//! How much a register sends at a time, and how long it waits after what. Pure: chance is handed
//! in. The sending loop and the simulation of a whole fleet ask the same functions.
//!
//! ```text
//!  a quick first answer ─▶ the largest segment        delivered slowly ─▶ no larger
//!  no answer            ─▶ back off: anything up to 1 s, 2 s, … 90 s; of a delivery, half of it
//!  "your turn is then"  ─▶ exactly then, with the appointment; without one a little after
//! ```

use super::wire::{RETRY_AFTER_MS, SEGMENT_RECORDS_MAX};

/// What is sent first where the line was not seen to be quick.
const BATCH_FIRST: usize = 32;
const BACKOFF_FIRST_MS: u64 = 1_000;
/// However long central was away, it is missed for no longer than this once it is back.
const BACKOFF_CAP_MS: u64 = 90_000;
/// The shortest wait after a failure, so that a step never spins.
const BACKOFF_LEAST_MS: u64 = 50;
/// Refused for good as it seems: a person has to do something, and may have done so meanwhile.
const REFUSED_MS: (u64, u64) = (300_000, 600_000);
/// An answer that took longer makes the next batch no larger.
const QUICK_MS: u64 = 2_000;
/// An announcement that is answered sooner shows a line that carries the largest segment: it is
/// short, so that a longer answer is a long round trip or a narrow line.
const QUICK_LINE_MS: u64 = 500;
/// What is added to an appointment at most: clocks and lines are not that exact.
const SLOT_SPREAD_MS: u64 = 250;

/// How often a register with nothing to send asks whether central is there.
pub const IDLE_MS: u64 = 30_000;
/// After so long central is told again that a register is there, and up to so much later: 300 s on
/// average, a third of what central takes for silence. All 117,500 registers of a chain are 392
/// announcements a second then, beside the 3,917 greetings that they have always asked for.
const HEARD_MS: (u64, u64) = (240_000, 120_000);
/// How often it asks while central holds everything up.
pub const HELD_MS: u64 = 30_000;
/// How long a register waits for the answer to a delivery where its line was seen to be quick, and
/// where it was not. Whoever lost several in a row comes last of a whole fleet, so neither is
/// longer than it must be: a line too narrow for it is asked for smaller deliveries.
const DELIVERY_MS: (u64, u64) = (12_000, 24_000);
/// In what time a delivery is to be done at central, as central is told beforehand: less than its
/// register waits, so that nothing is stored whose answer nobody hears. What can't be done in that
/// time is refused at once, with a turn.
const WITHIN_MS: (u64, u64) = (8_000, 20_000);
/// How long a register waits for the answer to sealed rows, which nothing was announced for.
pub const SEALED_MS: u64 = 40_000;
/// How long it waits for the answer to a small word. Central answers one at once or says when to
/// come: what takes longer was lost on the way.
pub const WORD_MS: u64 = 10_000;

/// Chance: a number below a bound; zero where the bound is zero.
pub type Below<'a> = &'a mut dyn FnMut(u64) -> u64;

/// A register's pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    failures: u32,
    batch: u16,
    /// The size of a delivery is known to be good or bad: one was tried.
    tried: bool,
    /// The line answered quickly the last time it was asked.
    quick: bool,
}

impl Default for Pace {
    fn default() -> Self {
        let batch = u16::try_from(BATCH_FIRST).unwrap_or(1);
        Self { failures: 0, batch, tried: false, quick: false }
    }
}

impl Pace {
    /// The most records of the next segment.
    pub fn batch(&self) -> usize {
        usize::from(self.batch)
    }

    /// How long the answer to a delivery is waited for.
    pub const fn delivery_ms(&self) -> u64 {
        if self.quick { DELIVERY_MS.0 } else { DELIVERY_MS.1 }
    }

    /// In what time central is asked to be done with it.
    pub const fn within_ms(&self) -> u64 {
        if self.quick { WITHIN_MS.0 } else { WITHIN_MS.1 }
    }

    /// Central answered, whatever it said of a turn.
    pub const fn answered(&mut self) {
        self.failures = 0;
    }

    /// An announcement was answered after so long.
    pub fn announced(&mut self, took_ms: u64) {
        self.quick = took_ms < QUICK_LINE_MS;
        if !self.tried && self.quick {
            self.batch = largest();
        }
    }

    /// A segment was delivered after so long.
    pub fn delivered(&mut self, took_ms: u64) {
        self.tried = true;
        // Twice as many records would take up to twice as long.
        if took_ms.saturating_mul(2) < QUICK_MS {
            self.batch = self.batch.saturating_mul(2).min(largest());
        }
    }

    /// Something failed, a delivery or a question; the wait until the next try. Full jitter:
    /// anything up to a bound that doubles with each failure. Only a delivery that failed makes
    /// the next one smaller: that central is away says nothing about the line.
    pub fn failed(&mut self, delivery: bool, below: Below<'_>) -> u64 {
        if delivery {
            self.tried = true;
            self.batch = (self.batch / 2).max(1);
        }
        self.failures = self.failures.saturating_add(1);
        let doubled = self.failures.min(20).saturating_sub(1);
        let bound = BACKOFF_FIRST_MS.saturating_mul(1_u64 << doubled).min(BACKOFF_CAP_MS);
        below(bound).max(BACKOFF_LEAST_MS)
    }

    /// Central refused this register; the wait until it is asked again.
    pub fn refused(&mut self, below: Below<'_>) -> u64 {
        self.failed(false, below);
        let (low, high) = REFUSED_MS;
        low.saturating_add(below(high.saturating_sub(low)))
    }
}

/// The wait until central is told again that a register with nothing to send is there.
pub fn heard_ms(below: Below<'_>) -> u64 {
    HEARD_MS.0.saturating_add(below(HEARD_MS.1))
}

fn largest() -> u16 {
    u16::try_from(SEGMENT_RECORDS_MAX).unwrap_or(u16::MAX)
}

/// The wait until a busy central's turn. An appointment is this register's own and is kept; a
/// turn without one may be many registers', which come a little apart.
pub fn turn_ms(retry_ms: u64, appointed: bool, below: Below<'_>) -> u64 {
    let (shortest, longest) = RETRY_AFTER_MS;
    let retry_ms = retry_ms.clamp(shortest, longest);
    let bound = if appointed { SLOT_SPREAD_MS } else { (retry_ms / 20).saturating_add(1_000) };
    retry_ms.saturating_add(below(bound))
}

/// The wait that a friendly answer asks for; none as a rule.
pub fn wait_ms(asked_ms: u64) -> u64 {
    asked_ms.min(RETRY_AFTER_MS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_line_begins_with_the_largest_segment_and_a_failing_one_comes_down_to_one_record() {
        let mut most = |bound: u64| bound.saturating_sub(1);
        let mut pace = Pace::default();
        assert_eq!(pace.batch(), 32);
        // Hours without central say nothing about the line.
        for _ in 0..100 {
            pace.failed(false, &mut most);
        }
        assert_eq!(pace.batch(), 32);
        pace.announced(20);
        assert_eq!(pace.batch(), 250);
        let batches: Vec<usize> = (0..9)
            .map(|_| {
                pace.failed(true, &mut most);
                pace.batch()
            })
            .collect();
        assert_eq!(batches, [125, 62, 31, 15, 7, 3, 1, 1, 1]);
        // A line that failed once has to show what it carries.
        pace.announced(20);
        assert_eq!(pace.batch(), 1);
        pace.delivered(3_000);
        assert_eq!(pace.batch(), 1);
        pace.delivered(300);
        assert_eq!(pace.batch(), 2);
        let mut slow = Pace::default();
        slow.announced(600);
        // Twice as many would take too long.
        slow.delivered(1_100);
        assert_eq!(slow.batch(), 32);
    }

    #[test]
    fn a_line_that_answers_quickly_is_waited_for_half_as_long_and_central_is_told_less() {
        let mut pace = Pace::default();
        assert_eq!((pace.delivery_ms(), pace.within_ms()), (24_000, 20_000));
        pace.announced(499);
        assert_eq!((pace.delivery_ms(), pace.within_ms()), (12_000, 8_000));
        pace.announced(500);
        assert_eq!((pace.delivery_ms(), pace.within_ms()), (24_000, 20_000));
    }

    #[test]
    fn waits_double_up_to_a_minute_and_a_half_and_begin_anew_after_an_answer() {
        let mut most = |bound: u64| bound.saturating_sub(1);
        let mut pace = Pace::default();
        let waits: Vec<u64> = (0..11).map(|_| pace.failed(false, &mut most)).collect();
        assert_eq!(waits[..4], [999, 1_999, 3_999, 7_999]);
        assert_eq!(waits[6..], [63_999, 89_999, 89_999, 89_999, 89_999]);
        pace.answered();
        assert_eq!(pace.failed(false, &mut |_| 0), 50);
        assert_eq!(pace.refused(&mut |_| 0), 300_000);
    }

    #[test]
    fn all_registers_of_a_chain_say_that_they_are_there_some_400_times_a_second() {
        const REGISTERS: u64 = 117_500;
        const SILENT_MS: u64 = 15 * 60 * 1_000;
        let (first, last) = (heard_ms(&mut |_| 0), heard_ms(&mut |bound| bound - 1));
        let between = (first + last).div_ceil(2);
        assert_eq!((REGISTERS * 1_000).div_ceil(between), 392);
        // One that is lost on the way, with the idle wait before the next, makes nobody silent.
        assert!(2 * (last + IDLE_MS + WORD_MS) < SILENT_MS);
    }

    #[test]
    fn an_appointment_is_kept_and_a_common_turn_is_spread() {
        let mut most = |bound: u64| bound.saturating_sub(1);
        assert_eq!(turn_ms(60_000, true, &mut most), 60_249);
        assert_eq!(turn_ms(60_000, false, &mut most), 63_999);
        assert_eq!(turn_ms(0, true, &mut |_| 0), 1_000);
        assert_eq!(turn_ms(u64::MAX, true, &mut |_| 0), 900_000);
        assert_eq!(wait_ms(u64::MAX), 900_000);
    }
}
