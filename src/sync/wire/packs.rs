//! Packs on their way down: what a register asks for, and what central answers.
//!
//! ```text
//!  POST /v1/packs                        PackQuestion ─▶ PackAnswer   which pack, signed elsewhere
//!  GET  /v1/packs/objects/SHA?from=&most=             ─▶ bytes        a piece of a file
//! ```
//!
//! The manifest proves itself, and so does every file by its digest; central's signature is over
//! its own words only. A file's name is its digest, which only a manifest tells: who has one may
//! fetch it, from whichever process.

use serde::{Deserialize, Serialize};

use super::JournalName;

/// Where the question goes.
pub const PACKS_PATH: &str = "/v1/packs";
/// What an object's path begins with.
pub const OBJECTS_PATH: &str = "/v1/packs/objects/";
/// The longest piece of a file in one answer, in bytes.
pub const PIECE_LEN_MAX: u64 = 256 * 1024;

/// The status of a file that is not published any more: the register asks for the manifest anew.
pub const GONE: u16 = 410;

/// A register asks which pack its store is to sell by. Sealed by the register's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackQuestion {
    /// [`super::PROTOCOL`].
    pub protocol: String,
    /// The journal in use.
    #[serde(flatten)]
    pub journal: JournalName,
    /// The register's public key, 64 hex digits; the question is signed by it.
    pub key: String,
    /// At most 64 hex digits: an old answer does not pass for a new one.
    pub nonce: String,
}

/// What is published for a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackAnswer {
    /// [`super::PROTOCOL`].
    pub protocol: String,
    /// `packs`.
    pub answer: String,
    /// The question's.
    pub nonce: String,
    /// The store.
    pub store: u32,
    /// The manifest as its publisher signed it; none where nothing is published.
    pub manifest: Option<String>,
    /// Central's clock.
    pub time: String,
}

/// The path of a piece.
pub fn piece_path(sha256: &str, from: u64, most: u64) -> String {
    format!("{OBJECTS_PATH}{sha256}?from={from}&most={most}")
}
