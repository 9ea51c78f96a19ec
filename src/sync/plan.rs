//! What to do next for one journal. Pure: the journal's end and central's, to a plan.
//!
//! ```text
//!  central's position unknown ─▶ Ask
//!  central has more than we   ─▶ Fork     this journal was restored or copied: never go on with it
//!  its head is not our record ─▶ Fork
//!  it has all                 ─▶ UpToDate
//!  otherwise                  ─▶ Send from its next_seq
//! ```

use crate::domain::ids::Seq;
use crate::journal::hash::Hash;

/// A journal's end, here or at central.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The next record's place.
    pub next_seq: Seq,
    /// The hash of the last record; zeros before the first.
    pub head: Hash,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Ask central where it stands.
    Ask,
    /// Nothing.
    UpToDate,
    /// Send records from here on.
    Send {
        /// The first record to send.
        from: Seq,
    },
    /// Central holds other records than this journal, or more.
    Fork(Fork),
}

/// How a journal and central's copy of it disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fork {
    /// Central has records that this journal lacks.
    CentralAhead {
        /// Central's next record.
        central: Seq,
        /// This journal's.
        local: Seq,
    },
    /// Central's last record is another one than ours at its place.
    OtherHead {
        /// The place after it.
        at: Seq,
    },
}

impl std::fmt::Display for Fork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CentralAhead { central, local } => write!(
                f,
                "central holds records up to {central}, this journal ends at {local}: it was \
                 restored from an older copy, and 'tideover recover --from central' brings the \
                 rest back"
            ),
            Self::OtherHead { at } => write!(
                f,
                "central holds another record before {at} than this journal: it was restored or \
                 copied, and both were used"
            ),
        }
    }
}

/// Decides. `local_head_at` gives the hash of this journal's record before a place.
///
/// # Errors
/// Whatever `local_head_at` fails with.
pub fn plan<E>(
    local: End,
    central: Option<End>,
    local_head_at: impl FnOnce(Seq) -> Result<Hash, E>,
) -> Result<Plan, E> {
    let Some(central) = central else { return Ok(Plan::Ask) };
    if central.next_seq > local.next_seq {
        let (central, local) = (central.next_seq, local.next_seq);
        return Ok(Plan::Fork(Fork::CentralAhead { central, local }));
    }
    let ours = match central.next_seq {
        Seq(0) => Hash::ZERO,
        at if at == local.next_seq => local.head,
        at => local_head_at(at)?,
    };
    if ours != central.head {
        return Ok(Plan::Fork(Fork::OtherHead { at: central.next_seq }));
    }
    if central.next_seq == local.next_seq {
        return Ok(Plan::UpToDate);
    }
    Ok(Plan::Send { from: central.next_seq })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(next: u64, mark: u8) -> End {
        let head = if next == 0 { Hash::ZERO } else { hash(next, mark) };
        End { next_seq: Seq(next), head }
    }

    fn hash(next: u64, mark: u8) -> Hash {
        Hash::of_bytes(format!("{next} {mark}").as_bytes())
    }

    #[test]
    fn every_pair_of_ends_has_one_plan() {
        let decide = |local: End, central| {
            plan(local, central, |at: Seq| Ok::<_, ()>(hash(at.0, 1))).expect("never fails")
        };
        for local in 0..6 {
            assert_eq!(decide(end(local, 1), None), Plan::Ask);
            for central in 0..6 {
                let same = decide(end(local, 1), Some(end(central, 1)));
                let other = decide(end(local, 1), Some(end(central, 2)));
                if central > local {
                    let fork = Fork::CentralAhead { central: Seq(central), local: Seq(local) };
                    assert_eq!((same, other), (Plan::Fork(fork), Plan::Fork(fork)));
                    continue;
                }
                let expected = if central == local {
                    Plan::UpToDate
                } else {
                    Plan::Send { from: Seq(central) }
                };
                assert_eq!(same, expected);
                if central > 0 {
                    assert_eq!(other, Plan::Fork(Fork::OtherHead { at: Seq(central) }));
                }
            }
        }
    }
}
