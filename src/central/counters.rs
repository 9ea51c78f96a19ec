//! What this process did since it started, counted: how many, by what outcome, in what time. No
//! count knows a store or a register, so that a fleet of 117,500 costs no more than one of two.
//!
//! Counting is an addition to one place in memory; nobody waits for a lock.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::sync::wire::Outcome;

use super::store::Ingested;

/// The kinds of records that are counted by name; any other is `other`, so that nobody can make
/// names by sending them.
pub const KINDS: [&str; 43] = [
    "epoch_open",
    "pack_applied",
    "sign_in",
    "sign_out",
    "pin_guessed",
    "wait_ended",
    "day_set",
    "outage_declared",
    "outage_updated",
    "outage_task",
    "heard",
    "outage_ended",
    "shift_open",
    "shift_close",
    "drawer_handed",
    "cash_movement",
    "drawer_open",
    "cash_count",
    "sale",
    "refund",
    "void",
    "sale_abandoned",
    "sale_suspended",
    "sale_resumed",
    "card_pending_closed",
    "reprint",
    "stock_delta",
    "stock_count",
    "delivery",
    "pickup",
    "punch",
    "punch_corrected",
    "readiness",
    "practice",
    "rain_check",
    "paper_pad",
    "clock_event",
    "restored_from",
    "pii_erased",
    "ack_received",
    "note",
    "key_rotated",
    "other",
];

/// What became of records.
pub const RESULTS: [&str; 4] = ["created", "existing", "forked", "parked"];

/// Upper ends of the buckets of time, in microseconds.
pub const BUCKETS_US: [u64; 13] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// Why somebody was sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No place was free; it was given a slot.
    Busy,
    /// Central is stopping.
    Stopping,
    /// The frame or message is broken.
    Malformed,
    /// A signature does not hold.
    Signature,
    /// Nobody knows the key, or it may not speak here.
    Key,
    /// More than the limits allow.
    TooLarge,
    /// There is nothing at the address.
    NotFound,
    /// The database, or the machine, could not.
    Store,
    /// As much of its kind is kept as may be.
    Room,
}

impl Refused {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Busy,
        Self::Stopping,
        Self::Malformed,
        Self::Signature,
        Self::Key,
        Self::TooLarge,
        Self::NotFound,
        Self::Store,
        Self::Room,
    ];

    /// The word in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Stopping => "stopping",
            Self::Malformed => "malformed",
            Self::Signature => "signature",
            Self::Key => "key",
            Self::TooLarge => "too_large",
            Self::NotFound => "not_found",
            Self::Store => "store",
            Self::Room => "room",
        }
    }
}

/// How long things took.
#[derive(Debug, Default)]
pub struct Histogram {
    /// How many ended in each bucket and in none above it; the last one is for all beyond.
    buckets: [AtomicU64; 14],
    sum_us: AtomicU64,
}

impl Histogram {
    /// One more.
    pub fn add(&self, took_us: u64) {
        let place = BUCKETS_US.iter().position(|end| took_us <= *end);
        if let Some(bucket) = self.buckets.get(place.unwrap_or(BUCKETS_US.len())) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_us.fetch_add(took_us, Ordering::Relaxed);
    }

    /// How many took at most as long as each bucket's end, then how many there are, and the sum of
    /// their microseconds.
    pub fn read(&self) -> ([u64; 14], u64) {
        let mut all = [0_u64; 14];
        let mut sum = 0_u64;
        for (total, bucket) in all.iter_mut().zip(&self.buckets) {
            sum = sum.saturating_add(bucket.load(Ordering::Relaxed));
            *total = sum;
        }
        (all, self.sum_us.load(Ordering::Relaxed))
    }
}

/// All counts of a process.
#[derive(Debug)]
pub struct Counters {
    segments: [AtomicU64; 4],
    records: [[AtomicU64; 4]; KINDS.len()],
    joined: AtomicU64,
    unpacked: AtomicU64,
    refused: [AtomicU64; 9],
    in_flight: AtomicU64,
    unread: AtomicU64,
    /// Frame, signature, blob and chain of a delivery.
    pub verify: Histogram,
    /// From the queue to the commit of a run.
    pub store: Histogram,
}

/// Whoever holds it is being answered.
#[derive(Debug)]
pub struct Under<'a>(&'a AtomicU64);

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            segments: Default::default(),
            records: std::array::from_fn(|_| Default::default()),
            joined: AtomicU64::new(0),
            unpacked: AtomicU64::new(0),
            refused: Default::default(),
            in_flight: AtomicU64::new(0),
            unread: AtomicU64::new(0),
            verify: Histogram::default(),
            store: Histogram::default(),
        }
    }
}

/// Where a kind is counted.
pub fn kind_of(word: &str) -> usize {
    KINDS.iter().position(|kind| *kind == word).unwrap_or(KINDS.len().saturating_sub(1))
}

/// Where an outcome is counted, in [`RESULTS`]; none for a question.
const fn result_of(outcome: Outcome) -> Option<usize> {
    match outcome {
        Outcome::Accepted => Some(0),
        Outcome::Duplicate => Some(1),
        Outcome::Forked => Some(2),
        Outcome::Parked => Some(3),
        Outcome::Position => None,
    }
}

fn add(to: Option<&AtomicU64>, count: u64) {
    if let Some(to) = to {
        to.fetch_add(count, Ordering::Relaxed);
    }
}

impl Counters {
    /// A run with records of these kinds was taken in.
    pub fn took_in(&self, kinds: &[usize], ingested: &Ingested) {
        // What had waited, and joined when this run came, whatever became of the run itself.
        add(Some(&self.joined), ingested.joined);
        add(Some(&self.unpacked), ingested.unpacked);
        let Some(result) = result_of(ingested.outcome) else { return };
        add(self.segments.get(result), 1);
        let existing = usize::try_from(ingested.existing).unwrap_or(usize::MAX);
        for (place, kind) in kinds.iter().enumerate() {
            let result = if place < existing { 1 } else { result };
            add(self.records.get(*kind).and_then(|results| results.get(result)), 1);
        }
    }

    /// Somebody was sent away.
    pub fn refused(&self, why: Refused) {
        let place = Refused::ALL.iter().position(|one| *one == why);
        add(place.and_then(|place| self.refused.get(place)), 1);
    }

    /// Somebody is being answered, until what this gives is dropped.
    pub fn under(&self) -> Under<'_> {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        Under(&self.in_flight)
    }

    /// How many are being answered.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// A line was ended because nobody read what it was answered.
    pub fn unread(&self) {
        self.unread.fetch_add(1, Ordering::Relaxed);
    }

    /// How many lines were.
    pub fn unread_lines(&self) -> u64 {
        self.unread.load(Ordering::Relaxed)
    }

    /// Runs by result.
    pub fn segments(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        RESULTS.into_iter().zip(self.segments.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    /// Records by kind and result; those that never came are left out.
    pub fn records(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> + '_ {
        KINDS.into_iter().zip(&self.records).flat_map(|(kind, results)| {
            let counts = results.iter().map(|count| count.load(Ordering::Relaxed));
            RESULTS.into_iter().zip(counts).map(move |(result, count)| (kind, result, count))
        })
    }

    /// Records that had waited for others and joined them.
    pub fn joined(&self) -> u64 {
        self.joined.load(Ordering::Relaxed)
    }

    /// Bytes of runs that had waited, unpacked to join them.
    pub fn unpacked(&self) -> u64 {
        self.unpacked.load(Ordering::Relaxed)
    }

    /// Refusals by reason.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let counts = self.refused.iter().map(|count| count.load(Ordering::Relaxed));
        Refused::ALL.into_iter().map(Refused::word).zip(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::store::{Named, Position, Stand};
    use crate::domain::ids::Seq;
    use crate::journal::hash::Hash;
    use crate::journal::record::Envelope;

    fn ingested(outcome: Outcome, created: u64, existing: u64, parked: u64) -> Ingested {
        let position = Position { next_seq: Seq(0), head: Hash::ZERO, prune_seq: Seq(0) };
        let stand = Stand { position, named: Named::default() };
        Ingested { outcome, created, existing, parked, ..Ingested::nothing(stand) }
    }

    #[test]
    fn each_record_of_a_run_is_counted_once_by_what_became_of_it() {
        let counters = Counters::default();
        let (sale, note) = (kind_of("sale"), kind_of("note"));
        counters.took_in(&[note, sale, sale], &ingested(Outcome::Accepted, 2, 1, 0));
        counters.took_in(&[sale, sale], &ingested(Outcome::Parked, 0, 0, 2));
        // Six come in: two of this run, and four that had waited.
        let six = Ingested { joined: 4, unpacked: 900, ..ingested(Outcome::Accepted, 6, 0, 0) };
        counters.took_in(&[sale, sale], &six);
        counters.took_in(&[kind_of("made_up")], &ingested(Outcome::Forked, 1, 0, 0));
        let told: Vec<_> = counters.records().filter(|(_, _, count)| *count > 0).collect();
        let expected = [
            ("sale", "created", 4),
            ("sale", "parked", 2),
            ("note", "existing", 1),
            ("other", "forked", 1),
        ];
        assert_eq!(told, expected);
        // One that was kept out had others join all the same.
        let out = Ingested { joined: 1, unpacked: 100, ..ingested(Outcome::Position, 1, 0, 0) };
        counters.took_in(&[sale], &out);
        assert_eq!((counters.joined(), counters.unpacked()), (5, 1_000));
        let segments: Vec<_> = counters.segments().map(|(_, count)| count).collect();
        assert_eq!(segments, [2, 0, 1, 1]);
    }

    #[test]
    fn time_is_counted_below_the_end_of_its_bucket() {
        let histogram = Histogram::default();
        for us in [0, 1_000, 1_001, 9_999_999, 10_000_000, 10_000_001] {
            histogram.add(us);
        }
        let (all, sum) = histogram.read();
        assert_eq!((all[0], all[1], all[11], all[12], all[13]), (2, 3, 3, 5, 6));
        assert_eq!(sum, 30_002_001);
    }

    #[test]
    fn every_kind_that_this_version_writes_has_its_name() {
        let examples = include_str!("../../tests/vectors/journal.lines");
        let mut seen = 0;
        for line in examples.lines() {
            let Ok(envelope) = Envelope::read(line.as_bytes()) else { continue };
            let kind = envelope.kind.to_owned();
            let central = ["decision", "store_closed", "hand_over_amended"];
            let known = KINDS.contains(&kind.as_str()) || central.contains(&kind.as_str());
            assert!(known, "{kind} is counted as 'other'; add it to KINDS");
            seen += 1;
        }
        assert!(seen > 30, "{seen}");
    }

    #[test]
    fn whoever_is_being_answered_is_counted_until_then() {
        let counters = Counters::default();
        let one = counters.under();
        let two = counters.under();
        assert_eq!(counters.in_flight(), 2);
        drop(one);
        drop(two);
        assert_eq!(counters.in_flight(), 0);
    }
}
