//! Decides what becomes of delivered records. Pure: what central holds, and a run, to a decision.
//!
//! ```text
//!  the run's leading records that central has ──▶ existing
//!  the first it has not: is the record before it known?
//!      no  ─▶ Park: keep the bytes, wait for what comes before
//!      yes ─▶ it is a branch's end ─▶ Append          it is not ─▶ Branch: a fork, keep both
//! ```
//!
//! A record is known by seq and hash together: the same seq with another hash is another record.

use std::collections::BTreeSet;

use crate::domain::ids::Seq;
use crate::journal::hash::Hash;
use crate::reconcile::exception::{Code, Exception};
use crate::sync::segment::{Run, Stub};
use crate::sync::wire::Outcome;

use super::ingested::{Ingested, KeptOut};

/// How many runs of one journal may wait for records before them.
pub const PARKED_MAX: u64 = 1_000;
/// And how many bytes of lines they have together: of a register more than 50,000 records.
pub const PARKED_RAW_MAX: u64 = 64 * 1024 * 1024;
/// In how many ways a journal may go on. What waits already may still become one.
pub const BRANCHES_MAX: usize = 64;
/// So many bytes of lines are kept of a key that nobody vouched for, at one register: more than
/// 10,000 sales of a dozen lines, which no register makes in a day.
pub const UNVOUCHED_RAW_MAX: u64 = 32 * 1024 * 1024;
/// With one delivery so many runs that waited are joined, at most; the next one joins more.
pub const JOINED_MAX: u64 = 64;
/// And none more once so many bytes were unpacked for them.
pub const JOINED_RAW_MAX: u64 = 8 * 1024 * 1024;

/// The end of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The branch; 0 is the one that came first.
    pub branch: i64,
    /// The next record's place.
    pub next_seq: Seq,
    /// The hash of the last record.
    pub head: Hash,
}

/// A record central has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// Its place.
    pub seq: Seq,
    /// Its hash.
    pub hash: Hash,
}

/// What becomes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How many of its first records are there already.
    pub existing: usize,
    /// What becomes of the rest.
    pub rest: Rest,
}

/// What becomes of records that are new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// There are none.
    None,
    /// They continue this branch.
    Append(i64),
    /// They follow a record that another one follows already: a fork.
    Branch,
    /// The record before them is not here yet.
    Park,
}

/// What of a journal is kept already, of which there may only be so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Runs that wait.
    pub parked: u64,
    /// The bytes of their lines.
    pub parked_raw: u64,
    /// In how many ways the journal goes on.
    pub branches: usize,
    /// The bytes that are kept of the run's key, where nobody vouched for that.
    pub unvouched_raw: Option<u64>,
}

impl Room {
    /// Why there is no room for a run that was decided about.
    pub const fn keeps_out(&self, rest: Rest, raw_len: u64) -> Option<KeptOut> {
        let raw = self.parked_raw.saturating_add(raw_len);
        match rest {
            Rest::Append(_) | Rest::Branch | Rest::Park if self.is_beyond(raw_len) => {
                Some(KeptOut::Unvouched)
            }
            // What would wait could become a branch each.
            Rest::Branch | Rest::Park if self.branches >= BRANCHES_MAX => Some(KeptOut::Branches),
            Rest::Park if self.parked >= PARKED_MAX || raw > PARKED_RAW_MAX => {
                Some(KeptOut::Waiting)
            }
            _ => None,
        }
    }

    const fn is_beyond(&self, raw_len: u64) -> bool {
        match self.unvouched_raw {
            Some(raw) => raw.saturating_add(raw_len) > UNVOUCHED_RAW_MAX,
            None => false,
        }
    }
}

/// The runs that one delivery joins: their count, and the bytes unpacked for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joining {
    /// Runs.
    pub runs: u64,
    /// Bytes.
    pub raw: u64,
    /// Records that are new.
    pub created: u64,
}

impl Joining {
    /// Whether it may join one more.
    pub const fn goes_on(&self) -> bool {
        self.runs < JOINED_MAX && self.raw < JOINED_RAW_MAX
    }

    /// One was unpacked.
    pub const fn unpacks(&mut self, raw_len: u64) {
        self.runs = self.runs.saturating_add(1);
        self.raw = self.raw.saturating_add(raw_len);
    }
}

/// What is wrong with how a journal begins, where the run has its first record: found with the run
/// and kept in its transaction, since nobody brings the run again to have it found later.
pub fn odd_beginning(run: &Run, ingested: &Ingested) -> Option<Exception> {
    let begins = run.records.first().is_some_and(|first| first.seq == Seq(0));
    let is_here = ingested.kept_out.is_none() && ingested.outcome != Outcome::Parked;
    if !begins || !is_here || matches!(run.opened_by, Some((_, true))) {
        return None;
    }
    let text = "the journal's first record does not open it, or names another key than it is \
                signed by";
    Some(Exception::new(Code::ForeignKey, run.journal, Seq(0), text))
}

/// Decides about a run that follows `prev`. `known` are those of the run's records, and of the one
/// before it, that central has on any branch.
pub fn decide(tips: &[Tip], known: &BTreeSet<Known>, prev: Hash, run: &[Stub]) -> Decision {
    let holds = |seq: Seq, hash: Hash| known.contains(&Known { seq, hash });
    let existing = run.iter().take_while(|stub| holds(stub.seq, stub.hash)).count();
    let Some(first) = run.get(existing) else { return Decision { existing, rest: Rest::None } };
    let before = match existing.checked_sub(1).and_then(|place| run.get(place)) {
        Some(stub) => stub.hash,
        None => prev,
    };
    let continues = |tip: &&Tip| tip.next_seq == first.seq && tip.head == before;
    if let Some(tip) = tips.iter().find(continues) {
        return Decision { existing, rest: Rest::Append(tip.branch) };
    }
    let parent_known = match first.seq.0.checked_sub(1) {
        None => before == Hash::ZERO,
        Some(seq) => existing > 0 || holds(Seq(seq), before),
    };
    let rest = match (parent_known, tips.is_empty()) {
        (true, true) => Rest::Append(0),
        (true, false) => Rest::Branch,
        (false, _) => Rest::Park,
    };
    Decision { existing, rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Lifetime;

    fn stubs(from: u64, to: u64, mark: u8) -> Vec<Stub> {
        (from..=to).map(|seq| stub(seq, mark)).collect()
    }

    fn stub(seq: u64, mark: u8) -> Stub {
        let lifetime = Lifetime::default();
        Stub { seq: Seq(seq), hash: hash(seq, mark), kind: "note".into(), at_ms: 0, lifetime }
    }

    fn hash(seq: u64, mark: u8) -> Hash {
        Hash::of_bytes(format!("{seq} {mark}").as_bytes())
    }

    fn known(from: u64, to: u64, mark: u8) -> BTreeSet<Known> {
        (from..=to).map(|seq| Known { seq: Seq(seq), hash: hash(seq, mark) }).collect()
    }

    fn tip(branch: i64, next: u64, mark: u8) -> Tip {
        Tip { branch, next_seq: Seq(next), head: hash(next - 1, mark) }
    }

    fn decided(existing: usize, rest: Rest) -> Decision {
        Decision { existing, rest }
    }

    #[test]
    fn the_first_records_of_a_journal_begin_branch_zero() {
        let run = stubs(0, 3, 1);
        let none = BTreeSet::new();
        assert_eq!(decide(&[], &none, Hash::ZERO, &run), decided(0, Rest::Append(0)));
        assert_eq!(decide(&[], &none, hash(9, 9), &run), decided(0, Rest::Park));
    }

    #[test]
    fn a_run_continues_repeats_or_overlaps_what_is_there() {
        let tips = [tip(0, 10, 1)];
        let have = known(0, 9, 1);
        let of = |from, to| decide(&tips, &have, hash(from - 1, 1), &stubs(from, to, 1));
        assert_eq!(of(10, 12), decided(0, Rest::Append(0)));
        assert_eq!(of(4, 9), decided(6, Rest::None));
        assert_eq!(of(8, 12), decided(2, Rest::Append(0)));
        assert_eq!(of(12, 13), decided(0, Rest::Park));
    }

    #[test]
    fn another_record_at_the_same_place_is_a_fork_and_its_branch_goes_on() {
        let have = known(0, 9, 1);
        let mut run = stubs(5, 7, 1);
        run.extend(stubs(8, 11, 2));
        assert_eq!(decide(&[tip(0, 10, 1)], &have, hash(4, 1), &run), decided(3, Rest::Branch));
        // A fork at the very first record of a journal.
        let other = stubs(0, 2, 2);
        assert_eq!(decide(&[tip(0, 10, 1)], &have, Hash::ZERO, &other), decided(0, Rest::Branch));
        // Once the branch is there, it is continued and repeated like any other.
        let tips = [tip(0, 10, 1), tip(1, 12, 2)];
        let both = &have | &known(8, 11, 2);
        assert_eq!(decide(&tips, &both, hash(4, 1), &run), decided(7, Rest::None));
        let next = stubs(12, 13, 2);
        assert_eq!(decide(&tips, &both, hash(11, 2), &next), decided(0, Rest::Append(1)));
        // Records of a branch whose beginning is not here wait for it.
        let far = stubs(9, 10, 3);
        assert_eq!(decide(&tips, &both, hash(8, 3), &far), decided(0, Rest::Park));
    }

    #[test]
    fn what_waits_and_what_forks_has_an_end_and_what_follows_on_has_none() {
        let (parked_raw, unvouched_raw) = (PARKED_RAW_MAX - 10, None);
        let room = Room { parked: PARKED_MAX - 1, parked_raw, branches: 63, unvouched_raw };
        for rest in [Rest::None, Rest::Append(3), Rest::Branch, Rest::Park] {
            assert_eq!(room.keeps_out(rest, 10), None, "{rest:?}");
        }
        assert_eq!(room.keeps_out(Rest::Park, 11), Some(KeptOut::Waiting));
        let (parked_raw, branches) = (u64::MAX, BRANCHES_MAX);
        let full = Room { parked: PARKED_MAX, parked_raw, branches, unvouched_raw };
        let kept_out = |rest| full.keeps_out(rest, u64::MAX);
        assert_eq!((kept_out(Rest::None), kept_out(Rest::Append(64))), (None, None));
        let forked = Some(KeptOut::Branches);
        assert_eq!((kept_out(Rest::Branch), kept_out(Rest::Park)), (forked, forked));
        assert_eq!(Room { branches: 1, ..full }.keeps_out(Rest::Park, 0), Some(KeptOut::Waiting));
    }

    #[test]
    fn of_a_key_that_nobody_vouched_for_so_many_bytes_are_kept_whatever_becomes_of_them() {
        let unvouched_raw = Some(UNVOUCHED_RAW_MAX - 10);
        let room = Room { parked: 0, parked_raw: 0, branches: 1, unvouched_raw };
        for rest in [Rest::Append(0), Rest::Branch, Rest::Park] {
            assert_eq!(room.keeps_out(rest, 10), None, "{rest:?}");
            assert_eq!(room.keeps_out(rest, 11), Some(KeptOut::Unvouched), "{rest:?}");
        }
        assert_eq!(room.keeps_out(Rest::None, 11), None, "what is here is said to be here");
    }

    #[test]
    fn one_delivery_joins_a_few_runs_and_a_few_bytes() {
        let mut few = Joining::default();
        let runs = std::iter::from_fn(|| few.goes_on().then(|| few.unpacks(1))).count();
        assert_eq!(runs, 64);
        let mut large = Joining::default();
        while large.goes_on() {
            large.unpacks(4 * 1024 * 1024);
        }
        assert_eq!((large.runs, large.raw), (2, JOINED_RAW_MAX));
    }
}
