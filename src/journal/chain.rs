//! The end of a journal: where the next record goes and what it must commit to.
//!
//! ```text
//!  Chain { next_seq, head, lifetime } ── next(entry, key) ──▶ (Line, the Chain after it)
//! ```
//!
//! A value: the new chain replaces the old one only once the line is committed, so that a commit
//! that failed leaves no trace and the next try has the same place.

use crate::domain::event::{Event, Lifetime};
use crate::domain::ids::{JournalId, OutageId, PackVersion, PersonId, Seq};
use crate::domain::money::Overflow;
use crate::domain::time::{BusinessDate, Timestamp};

use super::hash::Hash;
use super::key::SigningKey;
use super::record::{Header, Line};

/// What happened, when, and under which circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The wall clock.
    pub at: Timestamp,
    /// The monotonic clock, in milliseconds.
    pub mono_ms: u64,
    /// The business date.
    pub date: BusinessDate,
    /// Who did it.
    pub by: Option<PersonId>,
    /// The pack in use.
    pub pack: Option<PackVersion>,
    /// The open outage.
    pub outage: Option<OutageId>,
    /// The fact.
    pub event: Event,
}

/// The end of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The journal.
    pub journal: JournalId,
    /// The next record's place.
    pub next_seq: Seq,
    /// The hash of the last record; zeros before the first.
    pub head: Hash,
    /// Lifetime totals so far.
    pub lifetime: Lifetime,
}

impl Chain {
    /// The end of a journal without records.
    pub const fn empty(journal: JournalId) -> Self {
        let zero = crate::domain::money::Money::ZERO;
        let lifetime = Lifetime { takings: zero, payouts: zero };
        Self { journal, next_seq: Seq(0), head: Hash::ZERO, lifetime }
    }

    /// Writes the next record, and gives the chain as it is after it.
    ///
    /// # Errors
    /// [`Overflow`] when the lifetime totals do not fit.
    pub fn next(&self, entry: &Entry, key: Option<&SigningKey>) -> Result<(Line, Self), Overflow> {
        let lifetime = self.lifetime.after(&entry.event)?;
        let header = Header {
            journal: self.journal,
            seq: self.next_seq,
            prev: self.head,
            at: entry.at,
            mono_ms: entry.mono_ms,
            date: entry.date,
            by: entry.by.clone(),
            pack: entry.pack.clone(),
            outage: entry.outage.clone(),
            lifetime,
        };
        let line = Line::seal(&header, &entry.event, key);
        let after = Self { next_seq: self.next_seq.next(), head: line.hash(), lifetime, ..*self };
        Ok((line, after))
    }
}
