//! What became of a delivery, and where central stands after it. Values only.
//!
//! A run that is kept out left nothing behind: whoever brought it still has it, and is told from
//! where central goes on.

use crate::domain::ids::Seq;
use crate::journal::hash::Hash;
use crate::sync::wire::Outcome;

use super::ingest::{BRANCHES_MAX, PARKED_MAX, PARKED_RAW_MAX, UNVOUCHED_RAW_MAX};

const MIB: u64 = 1024 * 1024;

/// Central's position in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The next record on the branch that came first.
    pub next_seq: Seq,
    /// The hash of the last one.
    pub head: Hash,
    /// What may be forgotten.
    pub prune_seq: Seq,
}

/// What a store says of itself in every answer. It is read by the session that reads or writes what
/// the answer is about: asked later it could be another database's, a copy of this one that was put
/// in its place, and a register would believe that one to hold what it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The word that names it until it is restored from an older copy.
    pub server_epoch: String,
    /// Why nothing may be sent.
    pub hold: Option<String>,
}

/// Where central stands in a journal, and under which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Where.
    pub position: Position,
    /// The name.
    pub named: Named,
}

/// What became of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// In a word.
    pub outcome: Outcome,
    /// New records, those that had waited included.
    pub created: u64,
    /// Records that were there.
    pub existing: u64,
    /// Records that wait.
    pub parked: u64,
    /// Of the new ones, those that had waited.
    pub joined: u64,
    /// The bytes that were unpacked to join them.
    pub unpacked: u64,
    /// Why nothing of the run was kept; none as a rule.
    pub kept_out: Option<KeptOut>,
    /// Where central stands now.
    pub position: Position,
    /// Under which name.
    pub named: Named,
}

impl Ingested {
    /// Nothing came of it, and central stands there.
    pub fn nothing(Stand { position, named }: Stand) -> Self {
        Self {
            outcome: Outcome::Position,
            created: 0,
            existing: 0,
            parked: 0,
            joined: 0,
            unpacked: 0,
            kept_out: None,
            position,
            named,
        }
    }
}

/// Why nothing of a run was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptOut {
    /// As much of the journal waits for records before it as is kept.
    Waiting,
    /// The journal went on in as many ways as are kept.
    Branches,
    /// As much of a key that nobody vouched for is here as is kept.
    Unvouched,
}

impl KeptOut {
    /// In words, with where central stands in the journal.
    pub fn words(self, next_seq: Seq) -> String {
        match self {
            Self::Waiting => format!(
                "central keeps at most {PARKED_MAX} deliveries of a journal that wait for records \
                 before them, and {} MiB of their lines; what came now was not kept, and nothing \
                 is lost. Send from record {next_seq} on, where central stands: what is missing \
                 comes first",
                PARKED_RAW_MAX / MIB
            ),
            Self::Branches => format!(
                "this journal went on in {BRANCHES_MAX} ways already, so its register was copied \
                 or put back time and again; what came now was not kept, what was acknowledged \
                 stays. Keep the register's data, and let IT look at 'fork' on central's page; \
                 central stands at record {next_seq}"
            ),
            Self::Unvouched => format!(
                "nobody vouched for this register's key, and of such a one central keeps at most \
                 {} MiB of records; what came now was not kept, what was acknowledged stays, and \
                 nothing is lost. Enroll the register, or adopt it at central: then it goes on \
                 from record {next_seq}",
                UNVOUCHED_RAW_MAX / MIB
            ),
        }
    }
}
