//! A register takes its own records back from central, of a disk that died or was put back.
//!
//! ```text
//!  POST /v1/regain  RegainQuestion, sealed by the register ─▶ RegainAnswer, sealed by central
//!                   without an epoch: which journals; with one: its lines from a place on
//! ```
//!
//! Central answers the keys it vouches for, about their own register and no other.

use serde::{Deserialize, Serialize};

/// Where a register asks.
pub const REGAIN_PATH: &str = "/v1/regain";
/// The most journals of one register that are told.
pub const REGAIN_JOURNALS_MAX: usize = 256;
/// The most records of one answer.
pub const REGAIN_RECORDS_MAX: usize = 500;

/// A register asks for its own records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegainQuestion {
    /// [`super::PROTOCOL`].
    pub protocol: String,
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// Its public key, 64 hex digits; the question is signed by it.
    pub key: String,
    /// At most 64 hex digits: an old answer does not pass for a new one.
    pub nonce: String,
    /// The journal whose lines are asked for, 16 hex digits; none asks which there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// The first record.
    #[serde(default)]
    pub from: u64,
}

/// What central holds of a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegainAnswer {
    /// [`super::PROTOCOL`].
    pub protocol: String,
    /// `regain`.
    pub answer: String,
    /// The question's.
    pub nonce: String,
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// Its journals, or the one that was asked for.
    pub journals: Vec<RegainJournal>,
    /// Records as they stand in their journal.
    pub lines: Vec<String>,
    /// Central's clock.
    pub time: String,
}

/// One journal of a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegainJournal {
    /// Which, 16 hex digits.
    pub epoch: String,
    /// Its key, 64 hex digits.
    pub key: String,
    /// The place after the last record that counts.
    pub next_seq: u64,
    /// How far the register announced that it goes, as far as it counts.
    pub announced: u64,
}
