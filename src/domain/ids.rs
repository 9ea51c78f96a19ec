//! Identities: each number of the trade has its own type, so that they can't be mixed up.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(/// A store's number in its chain.
    StoreNo(u32));
number!(/// A register's number in its store (ARTS: WorkstationID).
    RegisterNo(u16));
number!(/// A record's place in its journal: dense, from 0. Order is this number, never time.
    Seq(u64));
number!(/// A sale's number on its receipt: from 1, per journal.
    SaleNo(u64));
number!(/// A shift's number: from 1, per journal.
    ShiftNo(u32));

impl Seq {
    /// The place after this one. A journal of 2^64 records can't be written, so it saturates.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The identity of one installation's journal: 8 bytes, written as 16 small hex digits.
///
/// Derived from its first public key and a nonce (`journal::epoch`), so that a restored or copied
/// register can never pass for the one it was copied from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub [u8; 8]);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where a record belongs: central's primary key is this and the record's [`Seq`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalId {
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// The installation.
    pub epoch: Epoch,
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store {} register {} journal {}", self.store, self.register, self.epoch)
    }
}

/// A record, wherever in a store: an epoch is one journal's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// The journal.
    pub epoch: Epoch,
    /// The place in it.
    pub seq: Seq,
}

macro_rules! label {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads the text as it stands in a pack or a record.
            ///
            /// # Errors
            /// [`NotLabel`] when it is empty, too long or holds other characters.
            pub fn parse(text: &str) -> Result<Self, NotLabel> {
                let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
                if text.is_empty() || text.len() > $max || !text.chars().all(allowed) {
                    return Err(NotLabel { text: super::echo::echo(text), len_max: $max });
                }
                Ok(Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Why a text can't be a short identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' must be 1 to {len_max} letters, digits, '-', '.' or '_'")]
pub struct NotLabel {
    /// The text as it was given.
    pub text: String,
    /// The most characters it may have.
    pub len_max: usize,
}

label!(/// A person who works at the store (ARTS: OperatorID).
    PersonId, 16);
label!(/// A pack's version: `20261122-3`, a day and that day's count, later ones greater.
    PackVersion, 16);
label!(/// A version of this program, as its builders call it.
    ProgramVersion, 24);
label!(/// One who builds and signs this program.
    BuilderName, 32);
label!(/// A file of a release, in no folder of its own.
    ProgramFile, 64);
label!(/// An outage, named by the register that declared it.
    OutageId, 40);
label!(/// A group of items that are taxed alike.
    TaxClass, 16);
