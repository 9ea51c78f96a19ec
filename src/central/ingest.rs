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

use crate::domain::ids::Seq;
use crate::journal::hash::Hash;
use crate::sync::segment::Stub;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Decides about a run that follows `prev`. `known` are the records central has at the run's
/// places and at the place before it, on every branch.
pub fn decide(tips: &[Tip], known: &[Known], prev: Hash, run: &[Stub]) -> Decision {
    let holds = |seq: Seq, hash: Hash| known.iter().any(|k| k.seq == seq && k.hash == hash);
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

    fn known(from: u64, to: u64, mark: u8) -> Vec<Known> {
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
        assert_eq!(decide(&[], &[], Hash::ZERO, &run), decided(0, Rest::Append(0)));
        assert_eq!(decide(&[], &[], hash(9, 9), &run), decided(0, Rest::Park));
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
        let both = [have, known(8, 11, 2)].concat();
        assert_eq!(decide(&tips, &both, hash(4, 1), &run), decided(7, Rest::None));
        let next = stubs(12, 13, 2);
        assert_eq!(decide(&tips, &both, hash(11, 2), &next), decided(0, Rest::Append(1)));
        // Records of a branch whose beginning is not here wait for it.
        let far = stubs(9, 10, 3);
        assert_eq!(decide(&tips, &both, hash(8, 3), &far), decided(0, Rest::Park));
    }
}
