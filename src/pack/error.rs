//! What can go wrong with a pack, in words: what happened, what it means, what to do next.

use std::path::PathBuf;

use crate::device::entropy::NoEntropy;
use crate::domain::ids::{PackVersion, StoreNo};

/// Why a pack can't be used. Whatever it says, the pack in use before stays in use.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The file can't be read or written.
    #[error(
        "{file} can't be read or written; the previous pack stays in use. Check that the file is \
         there and that this account may read it"
    )]
    Io {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Not a pack at all.
    #[error(
        "{0} is not a store pack; the previous pack stays in use. Copy the .pack file that \
         `tideover pack build` wrote"
    )]
    NotAPack(PathBuf),
    /// The end with the signature is missing or damaged.
    #[error(
        "{0} is cut short or its end is damaged; the previous pack stays in use. Copy the file \
         again"
    )]
    CutShort(PathBuf),
    /// The bytes are not those that were signed.
    #[error(
        "{0} is not as it was signed; the previous pack stays in use. Copy the file again; if it \
         stays so, tell IT that it was changed on its way"
    )]
    Changed(PathBuf),
    /// Signed by a key this register does not trust.
    #[error(
        "{file} is signed with the key {key}, which this register does not trust; the previous \
         pack stays in use. Ask IT which key is right"
    )]
    OtherKey {
        /// The file.
        file: PathBuf,
        /// The key it names, in hexadecimal.
        key: String,
    },
    /// Made for another store.
    #[error(
        "{file} is for store {theirs}, this is store {ours}; the previous pack stays in use. \
         Fetch the pack of store {ours}"
    )]
    OtherStore {
        /// The file.
        file: PathBuf,
        /// The store of the pack.
        theirs: StoreNo,
        /// This store.
        ours: StoreNo,
    },
    /// Older than one this register already had.
    #[error(
        "pack {offered} is older than pack {known} on this register; prices never go back, pack \
         {known} stays. Build the old prices again with a later version"
    )]
    Older {
        /// The version offered.
        offered: PackVersion,
        /// The latest this register has.
        known: PackVersion,
    },
    /// Two different packs bear one version.
    #[error(
        "another pack {0} is already in use with other contents; it stays in use. Build again \
         with a later version"
    )]
    SameVersion(PackVersion),
    /// Written by a newer program.
    #[error(
        "{file} has format {format}, this program reads up to {}; the previous pack stays in \
         use. Update this program",
        super::FORMAT
    )]
    NewerFormat {
        /// The file.
        file: PathBuf,
        /// Its format.
        format: u32,
    },
    /// Rightly signed, yet it holds what no pack may hold.
    #[error(
        "{file} is signed but holds what no pack may hold: {what}; the previous pack stays in \
         use. Tell IT: it was not made by `tideover pack build`"
    )]
    Content {
        /// The file.
        file: PathBuf,
        /// What was found.
        what: String,
    },
    /// The version was revoked on this register.
    #[error(
        "pack {0} was revoked on this register; the pack in use stays in use. Ask IT for a newer \
         one"
    )]
    Revoked(PackVersion),
    /// Another version is pinned on this register.
    #[error(
        "pack {pinned} is pinned on this register, so {offered} was not taken; {pinned} stays in \
         use. Lift the pin first: `tideover pack unpin`"
    )]
    Pinned {
        /// The version that was offered.
        offered: PackVersion,
        /// The version that is pinned.
        pinned: PackVersion,
    },
    /// There is no such version to pin.
    #[error(
        "pack {0} is not on this register, or not whole, so it can't be pinned; nothing changed. \
         `tideover pack apply` brings one"
    )]
    NotOnShelf(PackVersion),
    /// The database inside can't be read.
    #[error(
        "{file} can't be read as a database; sales go on with what is known. Copy the pack \
         again, or apply it again"
    )]
    Database {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
}

/// One row of a table that can't go into a pack.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BadRow {
    /// The table: `items.csv`.
    pub file: &'static str,
    /// The line it begins on; the header is line 1.
    pub line: u64,
    /// What is wrong and what would be right. Never holds a PIN.
    pub reason: String,
    /// False where leaving the row out would change what others pay: taxes and policy.
    pub may_be_left_out: bool,
}

impl std::fmt::Display for BadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} line {}: {}", self.file, self.line, self.reason)
    }
}

/// Why no pack was built. A pack that was at the place before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A table can't be read.
    #[error("{file} can't be read; no pack was built. It must stand beside the other tables")]
    Table {
        /// The table.
        file: &'static str,
        /// The cause.
        source: csv::Error,
    },
    /// A table's first line is wrong.
    #[error(
        "{file}: the first line must name the columns {expected}, each once; no pack was built"
    )]
    Header {
        /// The table.
        file: &'static str,
        /// The columns, comma-separated.
        expected: String,
    },
    /// Rows are wrong; all of them are listed.
    #[error("{} rows can't go into a pack; no pack was built. Correct them, or build with \
     --skip-bad-rows to leave out items and people", .0.len())]
    BadRows(Vec<BadRow>),
    /// Nothing remains.
    #[error("{0} holds no usable row; no pack was built, since a store could not open with it")]
    Empty(&'static str),
    /// The sealing key is none.
    #[error(
        "--seal-key is no key: name central's seal.pub, or its 64 hex digits; nothing was built"
    )]
    SealKey,
    /// More rows than a pack may hold.
    #[error(
        "{file} holds more than {most} rows; no pack was built. A pack is for one store: leave \
         out what it does not sell"
    )]
    TooMany {
        /// The table.
        file: &'static str,
        /// The most rows it may have.
        most: u64,
    },
    /// A version must be a day and a count.
    #[error(
        "'{0}' is not a pack version; write the day and its count, such as 20261122-1. No pack \
         was built"
    )]
    Version(String),
    /// No randomness for the PIN rows.
    #[error("no pack was built")]
    Entropy(#[from] NoEntropy),
    /// The PIN cost is below the floor or absurd.
    #[error(
        "the cost of a PIN check is out of bounds; no pack was built. Use at least 19456 KiB and \
         2 passes"
    )]
    PinCost,
    /// No badge came of the key.
    #[error("the badges could not be made; no pack was built. Try again, and tell IT")]
    Badge,
    /// The new file can't be written.
    #[error(
        "{file} can't be written; no pack was built. Check the folder, its rights and the free \
         space"
    )]
    Write {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error(
        "the pack's database could not be written; no pack was built. Check the free space and \
         try again"
    )]
    Database(#[from] rusqlite::Error),
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Why a signing or trusted key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file can't be read or written.
    #[error(
        "the key file {file} can't be read or written; nothing was signed. Check the path; \
         --new-key makes a key where there is none"
    )]
    Io {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error(
        "the key file {0} may be read by others; nothing was signed. Make it private with `chmod \
         600`, and make a new key if others had it"
    )]
    NotPrivate(PathBuf),
    /// Not a key.
    #[error("{0} is not a pack key; nothing was signed. Make one with --new-key")]
    NotAKey(String),
    /// Not a badge key.
    #[error(
        "{0} is not a badge key; nothing was made. Make one with `tideover pack badges --new-key`"
    )]
    NotABadgeKey(String),
    /// No randomness for a new key.
    #[error("no key was made")]
    Entropy(#[from] NoEntropy),
}
