//! A register's key is followed by another one: the question, sealed by both.
//!
//! ```text
//!  RotationRequest   sealed by the present key: it vouches for the next one
//!        └─ carried, as it was sealed, in RotationProof   sealed by the next key: it is there
//! ```
//!
//! The answer is the next key's `Certificate`. The same question again gets the same answer, since
//! the first one may have been lost.

use serde::{Deserialize, Serialize};

use super::JournalName;

/// Where it is asked.
pub const ROTATION_PATH: &str = "/v1/rotation";

/// What the present key says. Sealed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationRequest {
    /// [`super::PROTOCOL`].
    pub protocol: String,
    /// The journal that ends with the present key; central holds all of it so far.
    #[serde(flatten)]
    pub journal: JournalName,
    /// Its next record: the one that ends it.
    pub next_seq: u64,
    /// The hash of its last record.
    pub head: String,
    /// The present key, 64 hex digits.
    pub old_key: String,
    /// The next one.
    pub key: String,
    /// The program's version.
    pub program: String,
}

/// What the next key says. Sealed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationProof {
    /// [`super::PROTOCOL`].
    pub protocol: String,
    /// The next key, 64 hex digits.
    pub key: String,
    /// The request, as the present key sealed it.
    pub request: String,
}
