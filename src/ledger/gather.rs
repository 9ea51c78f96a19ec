//! Records of this register as others brought them: by carrier, journal and place, bounded, and
//! not believed yet.
//!
//! ```text
//!  central ┐
//!  peers   ├─ take(line) ─▶ this register's? ─▶ journal ─▶ place ─▶ lines      nothing is proven
//!  sticks  │                     └ counted, and left out                       here: join does it
//!  files   ┘
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Identity;
use super::join::{BRANCHES_MAX, Word};
use crate::domain::ids::{JournalId, RegisterNo, Seq};
use crate::journal::key::PublicKey;
use crate::journal::record::{Envelope, LINE_LEN_MAX};

/// The most record bytes that are held at once.
pub const BYTES_MAX: usize = 256 * 1024 * 1024;

/// Who brought records. Their order is that in which two right lines at one place are taken, so
/// that it does not matter who was asked first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bringer {
    /// Central, which took them from this register.
    Central,
    /// Another register of the store.
    Peer(RegisterNo),
    /// A folder on a stick.
    Bundle(String),
    /// A file of lines.
    File(String),
}

/// There is more than can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than 256 MiB of records came, which no register writes in an outage; nothing was \
     changed. Name one carrier at a time"
)]
pub struct TooMuch;

/// What one of them brought.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    lines: BTreeMap<JournalId, BTreeMap<Seq, BTreeSet<Vec<u8>>>>,
    /// How far it says that journals go.
    told: BTreeMap<JournalId, Seq>,
    /// Lines that are no records.
    pub no_records: u64,
    /// Records of other registers or stores.
    pub of_others: u64,
}

/// What all of them brought.
#[derive(Clone, Debug)]
pub struct Gathered {
    identity: Identity,
    bytes: usize,
    brought: BTreeMap<Bringer, Brought>,
    keys: BTreeSet<PublicKey>,
}

impl Gathered {
    /// Nothing yet, of this register's.
    pub const fn of(identity: Identity) -> Self {
        Self { identity, bytes: 0, brought: BTreeMap::new(), keys: BTreeSet::new() }
    }

    /// Somebody is asked: whoever brings nothing is told as well.
    pub fn asked(&mut self, by: &Bringer) {
        self.brought.entry(by.clone()).or_default();
    }

    /// Takes a line, whatever it is.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub fn take(&mut self, by: &Bringer, line: &[u8]) -> Result<(), TooMuch> {
        let brought = self.brought.entry(by.clone()).or_default();
        if line.is_empty() {
            return Ok(());
        }
        let read = if line.len() > LINE_LEN_MAX { None } else { Envelope::read(line).ok() };
        let Some(envelope) = read else {
            brought.no_records = brought.no_records.saturating_add(1);
            return Ok(());
        };
        let (journal, seq) = (envelope.header.journal, envelope.header.seq);
        if journal.store != self.identity.store || journal.register != self.identity.register {
            brought.of_others = brought.of_others.saturating_add(1);
            return Ok(());
        }
        let at = brought.lines.entry(journal).or_default().entry(seq).or_default();
        if at.contains(line) {
            return Ok(());
        }
        if at.len() > BRANCHES_MAX {
            brought.no_records = brought.no_records.saturating_add(1);
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(line.len());
        if self.bytes > BYTES_MAX {
            return Err(TooMuch);
        }
        at.insert(line.to_vec());
        Ok(())
    }

    /// Somebody says that a journal goes so far.
    pub fn told(&mut self, by: &Bringer, journal: JournalId, next: Seq) {
        let told = &mut self.brought.entry(by.clone()).or_default().told;
        let known = told.entry(journal).or_insert(next);
        *known = next.max(*known);
    }

    /// A key is this register's, by somebody's word that counts: central's, or a person's.
    pub fn key(&mut self, key: PublicKey) {
        self.keys.insert(key);
    }

    /// Keys that are this register's.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter()
    }

    /// Who brought what, in the order in which they count.
    pub fn bringers(&self) -> impl Iterator<Item = (&Bringer, &Brought)> {
        self.brought.iter()
    }

    /// Every journal that somebody has records of, or says that it is there.
    pub(super) fn journals(&self) -> BTreeSet<JournalId> {
        let all = self.brought.values();
        all.flat_map(|one| one.lines.keys().chain(one.told.keys()).copied()).collect()
    }

    /// How far a journal goes, as somebody says whose word counts for that.
    pub(super) fn told_of(&self, journal: JournalId) -> Seq {
        let told = self.brought.values().filter_map(|one| one.told.get(&journal).copied());
        told.max().unwrap_or(Seq(0))
    }
}

impl Brought {
    /// Lines of a journal below a place, each place once: those beyond the first of a place stand
    /// in further layers.
    pub(super) fn layers(&self, journal: JournalId, good: Option<Seq>) -> Vec<Vec<(Seq, &[u8])>> {
        let mut layers: Vec<Vec<(Seq, &[u8])>> = Vec::new();
        let Some(lines) = self.lines.get(&journal) else { return layers };
        for (seq, at) in lines {
            if good.is_some_and(|good| *seq >= good) {
                break;
            }
            for (layer, line) in at.iter().enumerate() {
                if layers.len() <= layer {
                    layers.push(Vec::new());
                }
                if let Some(layer) = layers.get_mut(layer) {
                    layer.push((*seq, line.as_slice()));
                }
            }
        }
        layers
    }

    /// The lines of a journal at a place.
    pub(super) fn at(&self, journal: JournalId, seq: Seq) -> impl Iterator<Item = &[u8]> {
        let at = self.lines.get(&journal).and_then(|lines| lines.get(&seq));
        at.into_iter().flatten().map(Vec::as_slice)
    }

    /// The places of a journal that lines were brought for, the last one first.
    pub(super) fn places_from_the_end(&self, journal: JournalId) -> impl Iterator<Item = Seq> {
        let lines = self.lines.get(&journal).into_iter();
        lines.flat_map(|lines| lines.keys().rev().copied())
    }
}

impl Bringer {
    /// Central took each record from the register itself, under its signature, before it signed
    /// for it; everybody else has only what the records prove.
    pub(super) const fn word(&self) -> Word {
        match self {
            Self::Central => Word::Known,
            Self::Peer(_) | Self::Bundle(_) | Self::File(_) => Word::Nobody,
        }
    }
}

impl fmt::Display for Bringer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Central => f.write_str("central"),
            Self::Peer(register) => write!(f, "register {register}"),
            Self::Bundle(path) | Self::File(path) => f.write_str(path),
        }
    }
}
