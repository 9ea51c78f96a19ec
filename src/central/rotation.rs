//! A register's key is followed by another one, at the word of both.
//!
//! ```text
//!  asked, sealed by both keys ─▶ the next key is enrolled       the present one goes on
//!  the journal's last record: `key_rotated`, signed by the present key
//!        ─▶ that journal counts up to it; the key's other journals as far as they were here when
//!           it was asked for; what else the key signs, ever, stands apart
//! ```
//!
//! The end goes by the length of journals, like a revocation ([`super::revocation::Trust`] says
//! both), and by nobody's clock. Central takes it from the journal and from what it was asked
//! itself, so the same comes of it in whatever order records arrive. Who has the old key alone
//! can't end the register's journals by a journal of their own, nor have one count further by an
//! end of its own: only the one that was named when it was asked for ends the key.

use std::collections::BTreeMap;

use crate::domain::event::{Event, KeyRotated};
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey};
use crate::journal::record::Envelope;
use crate::sync::sealed::Sealed;
use crate::sync::wire::rotation::{RotationProof, RotationRequest};
use crate::sync::wire::{ANNOUNCE_LEN_MAX, PROTOCOL};

use super::door::{Door, No, WEAK_KEY, opened};
use super::revocation::Trust;
use super::store::{Position, StoreError};

/// What a register asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The journal that ends with the present key.
    pub journal: JournalId,
    /// Its next record.
    pub next_seq: Seq,
    /// The hash of its last one.
    pub head: Hash,
    /// The present key.
    pub old: PublicKey,
    /// The next one.
    pub new: PublicKey,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The next key is enrolled, or was when it was asked before.
    Good,
    /// The present key is not this register's, or not that journal's.
    NotKnown,
    /// Nobody vouched for the present key.
    NotVouched,
    /// The present key was revoked, or somebody proposed that.
    Revoked,
    /// The present key is followed by this one already.
    Another(PublicKey),
    /// The next key was a key of this register before.
    NotNew,
    /// The next key is this other register's.
    KeyTaken(StoreNo, RegisterNo),
    /// Central does not stand where the register does: here it is.
    Behind(Position),
}

/// A journal says that it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalEnd {
    /// Which.
    pub journal: JournalId,
    /// Its key.
    pub key: PublicKey,
    /// Records below it count.
    pub length: Seq,
    /// The key that follows.
    pub new_key: PublicKey,
}

/// Why a key was not followed by another one. The present one goes on.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotRotated {
    #[error(
        "the present key is not known here as a key of register {1} of store {0}; nothing was \
         changed. Enroll the register with a code first"
    )]
    NotKnown(StoreNo, RegisterNo),
    #[error(
        "nobody vouched for this register's present key yet, so it can't vouch for another one; \
         nothing was changed. Adopt the register at central, or enroll it with a code, first"
    )]
    NotVouched,
    #[error(
        "the present key of register {1} of store {0} was revoked, or somebody proposed that, so \
         it vouches for nothing; nothing was changed. Give the register a data folder of its own \
         and enroll it with a code"
    )]
    Revoked(StoreNo, RegisterNo),
    #[error(
        "the present key of register {1} of store {0} was changed for another one before ({2}); \
         nothing was changed. If this machine did not ask for that, somebody else has its key: \
         revoke the register's keys at central. Otherwise give it a data folder of its own and \
         enroll it with a code"
    )]
    Another(StoreNo, RegisterNo, String),
    #[error(
        "the new key was a key of this register before, or was revoked; nothing was changed. \
         Delete register.key.next or register.key.next.sealed, so that a new one is made, and try \
         again; if that is refused too, give the register a data folder of its own and enroll it \
         with a code"
    )]
    NotNew,
    #[error(
        "the new key is register {1} of store {0} already; nothing was changed. Delete \
         register.key.next, so that a new one is made, and try again"
    )]
    KeyTaken(StoreNo, RegisterNo),
    #[error(
        "central holds {0} records of this journal, and the register has it otherwise or further; \
         nothing was changed. Send everything first ('tideover sync push'), then try again"
    )]
    Behind(Seq),
}

/// What a store keeps of keys that were followed by others. Nothing of it is changed or taken away.
pub trait RotationStore {
    /// Enrolls the key that is to follow, and keeps how long the present key's other journals are.
    /// The same asked again gives the same.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rotate_key(&mut self, asked: &Rotation, now_ms: i64) -> Result<Rotated, StoreError>;

    /// Keeps that a journal ended, and has the store's records read again where something beyond
    /// an end was read before; false, with nothing kept, where it is known.
    ///
    /// # Errors
    /// [`StoreError`].
    fn end_journal(&mut self, end: &JournalEnd) -> Result<bool, StoreError>;
}

/// How far journals count whose keys were followed by others.
pub(super) type Ended = BTreeMap<JournalId, Trust>;

/// The shorter of what was decided about a key and of where its journal ended.
pub(super) fn both(revoked: Option<Trust>, ended: Option<Trust>) -> Option<Trust> {
    Trust::shortest(revoked.into_iter().chain(ended))
}

/// The journals that count less far than before: what stands apart already, behind an end that was
/// known, is no reason to read a store's records again.
pub(super) fn shortened(before: &Ended, after: Ended) -> impl Iterator<Item = (JournalId, Trust)> {
    after.into_iter().filter(|(journal, trust)| {
        before.get(journal).is_none_or(|before| trust.length < before.length)
    })
}

/// The end that a record tells of, where it is its journal's own word.
pub(super) fn end_of(
    envelope: &Envelope<'_>,
    event: Option<&Event>,
    key: &PublicKey,
) -> Option<JournalEnd> {
    let Some(Event::KeyRotated(KeyRotated { public_key, .. })) = event else { return None };
    let new_key = PublicKey::from_bytes(*public_key).ok()?;
    envelope.is_signed_by(key).then_some(JournalEnd {
        journal: envelope.header.journal,
        key: *key,
        length: envelope.header.seq.next(),
        new_key,
    })
}

impl Door {
    /// Certifies the key that is to follow a register's present one.
    pub(super) fn rotation(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > ANNOUNCE_LEN_MAX {
            return Err(No::BadRequest("such a request is at most 4 KiB"));
        }
        let asked = read(body)?;
        self.gate.key_may(&asked.old).map_err(No::TooOften)?;
        let now_ms = self.clock.now().utc_ms;
        let JournalId { store, register, .. } = asked.journal;
        let refused = match self.writer.call(move |kept| kept.rotate_key(&asked, now_ms))? {
            Rotated::Good => {
                tracing::info!(%store, %register, old = %asked.old.fingerprint(),
                    new = %asked.new.fingerprint(), "a register's key is followed by another");
                return self.certificate(store, register, &asked.new);
            }
            Rotated::NotKnown => NotRotated::NotKnown(store, register),
            Rotated::NotVouched => NotRotated::NotVouched,
            Rotated::Revoked => NotRotated::Revoked(store, register),
            Rotated::Another(key) => NotRotated::Another(store, register, key.fingerprint()),
            Rotated::NotNew => NotRotated::NotNew,
            Rotated::KeyTaken(store, register) => NotRotated::KeyTaken(store, register),
            Rotated::Behind(here) => NotRotated::Behind(here.next_seq),
        };
        tracing::warn!(%store, %register, %refused, "a key was not followed by another");
        Err(No::Rotation(refused))
    }
}

/// The question, where both keys signed it.
fn read(body: &[u8]) -> Result<Rotation, No> {
    let (proof, new) = opened(body, Domain::Rotation, |claimed: &RotationProof| &claimed.key)?;
    let split = Sealed::split(proof.request.as_bytes())?;
    let claimed: RotationRequest = split.claim()?;
    let old = PublicKey::parse(&claimed.old_key).map_err(|_| No::Stranger(WEAK_KEY))?;
    let request: RotationRequest = split.open(Domain::Rotation, &old)?;
    if proof.protocol != PROTOCOL || request.protocol != PROTOCOL {
        return Err(No::BadRequest("compare the versions of register and central"));
    }
    if request.key != proof.key || old == new {
        return Err(No::BadRequest("the present key vouches for another key than the one shown"));
    }
    let journal = request.journal.id().map_err(|_| No::BadRequest("it names no journal"))?;
    let head = Hash::parse(&request.head).ok_or(No::BadRequest("the head is not a hash"))?;
    Ok(Rotation { journal, next_seq: Seq(request.next_seq), head, old, new })
}
