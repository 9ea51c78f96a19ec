//! The ledger: the one place where a register's records become durable.
//!
//! ```text
//!  Entry ─▶ journal::chain ─▶ Line ─▶ BEGIN IMMEDIATE ─ journal, projections ─ COMMIT   durable
//!                                       └▶ tape: the same line, flushed           a second copy
//!                                           └▶ anchor: how far, elsewhere         a witness
//!
//!  at start:  database ┐
//!             tape     ├─ walk ─▶ Evidence ─ plan ─▶ Plan ─ recover ─▶ Ledger + findings in words
//!             anchor   ┘
//! ```
//!
//! The only module on the store's side that names the database library, besides `pack`. It holds
//! lines, not opinions: what a sale may be is decided in `domain`, what a record is in `journal`.
//! It never edits and never deletes a record; what is damaged is set aside, not overwritten.
//!
//! Reading order: error, faults, state, open, projection, tape, anchor, walk, plan, recover,
//! writer, reader, earlier; beside them ack, sealed, left_behind, ballast, draft and shown. Other
//! registers' records: mirror, mirror_read; the machine it lies on: machine. The files and what is
//! durable when: docs/ledger.md.

use std::path::{Path, PathBuf};

use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::key::PublicKey;

pub mod ack;
pub mod anchor;
mod aside;
mod ballast;
mod build;
mod current;
pub mod draft;
mod earlier;
pub mod error;
pub mod faults;
pub mod finding;
mod fold;
pub mod gather;
mod join;
mod left_behind;
pub mod machine;
mod mend;
pub mod mirror;
pub mod mirror_read;
mod open;
mod plan;
mod projection;
pub mod reader;
mod recover;
pub mod regain;
mod room;
#[cfg(test)]
mod sample;
pub mod sealed;
mod shown;
pub mod state;
pub mod tape;
mod walk;
mod wording;
pub mod writer;

pub use ack::AckRow;
pub use anchor::Mark;
pub use error::LedgerError;
pub use faults::{FaultPoint, Faults};
pub use finding::Finding;
pub use mirror::{Kept, Mirror, NotMirrored, Vouched};
pub use mirror_read::{Branch, MirrorReader, MirroredSeal};
pub use open::{file_is_a_database, library, not_in_use};
pub use reader::{JournalRef, Reader};
pub use recover::Opening;
pub use sealed::{AccountTag, CheckRow, SealedBytes, SealedRow};
pub use state::{LastSale, State};
pub use writer::{Committed, Ledger, Pending, WalCheckpoint};

/// Where a ledger's files lie. The three may be one folder; the tape does most good on another
/// disk, the anchor wherever a restored folder does not take it back in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The database, the draft, the ballast and what was set aside or frozen.
    pub dir: PathBuf,
    /// The tape.
    pub tape_dir: PathBuf,
    /// The anchor.
    pub anchor_dir: PathBuf,
}

/// True where the end of the journal in use, or of a tape, says that its key is followed by this
/// one. Whether that end is right is decided when the ledger is opened.
pub fn says_rotated_to(place: &Place, key: &PublicKey) -> bool {
    aside::says_rotated_to(place, key)
}

/// True where a journal that was given up here says that this key was followed by another one: an
/// older copy of the key's file was put back.
pub fn rotated_away(place: &Place, key: &PublicKey) -> bool {
    aside::rotated_away(place, key)
}

/// Whose ledger it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
}

impl Place {
    /// All three in one folder.
    pub fn in_one(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        Self { tape_dir: dir.clone(), anchor_dir: dir.clone(), dir }
    }

    /// The database of the current journal.
    pub fn database(&self) -> PathBuf {
        self.dir.join("ledger.db")
    }

    /// Where frozen journals lie.
    pub fn frozen(&self) -> PathBuf {
        self.dir.join("frozen")
    }

    /// Where damaged files are kept.
    pub fn set_aside(&self) -> PathBuf {
        self.dir.join("set-aside")
    }

    /// What was shown elsewhere of this register's journal.
    pub fn shown(&self, identity: Identity) -> PathBuf {
        self.dir.join(format!("shown-{}-{}", identity.store, identity.register))
    }

    fn folders(&self) -> [&Path; 3] {
        [&self.dir, &self.tape_dir, &self.anchor_dir]
    }
}
