//! Answers a register that asks which keys are trusted no longer.
//!
//! It says nothing that a thief does not know already, and whoever sells by central's word should
//! hear it: so anybody may ask, like for a greeting.

use std::collections::BTreeMap;

use super::{Door, No, query_value};
use crate::central::revocation::{Revocation, StepKind};
use crate::domain::ids::{Epoch, Seq};
use crate::journal::key::PublicKey;
use crate::sync::revoked::{
    GoodJournal, REVOKED_GOOD_MAX, REVOKED_JOURNALS_MAX, REVOKED_KEYS_MAX, RevokedAnswer,
    RevokedKey,
};
use crate::sync::wire::PROTOCOL;

/// Whose a key is, when it was decided, and how long its journals are good.
type Named<'a> = (&'a Revocation, i64, Vec<(Epoch, Seq)>);

impl Door {
    /// Central's note about revoked keys.
    pub(in crate::central) fn revoked(&self, query: &str) -> Result<Vec<u8>, No> {
        let nonce = nonce_of(query)?;
        let (all, journals, decided) = self.reader.call(|store| {
            let all = store.revocations(None)?;
            // Which of them are newest matters only where not all fit.
            let journals = if fit(&all) { Vec::new() } else { store.journals(None)? };
            Ok((all, journals, store.revocations_decided()?))
        })?;
        let order: Vec<Epoch> = journals.iter().map(|row| row.journal.epoch).collect();
        let (keys, left_out) = listed(&all, &order);
        self.seal(&RevokedAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "revoked".to_owned(),
            nonce: nonce.to_owned(),
            decided,
            keys,
            left_out,
            time: self.clock.now().to_string(),
        })
    }
}

/// A question's own number, given back with the answer.
pub(super) fn nonce_of(query: &str) -> Result<&str, No> {
    let nonce = query_value(query, "nonce").unwrap_or_default();
    if nonce.len() > 64 || !nonce.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(No::BadRequest("a nonce is at most 64 hex digits"));
    }
    Ok(nonce)
}

/// True where all journals of all keys can be named.
fn fit(all: &[Revocation]) -> bool {
    let lengths = || all.iter().map(|one| one.lengths.len());
    lengths().all(|count| count <= REVOKED_JOURNALS_MAX)
        && lengths().fold(0, usize::saturating_add) <= REVOKED_GOOD_MAX
}

/// The keys that were decided about, the newest first, and how many don't fit. Of a key's journals
/// the newest are named, by the order in which they were heard of first, which lists the oldest
/// first; one that is good for nothing needs no name.
fn listed(all: &[Revocation], order: &[Epoch]) -> (Vec<RevokedKey>, u64) {
    let rank: BTreeMap<Epoch, usize> = order.iter().copied().zip(0..).collect();
    let mut named: BTreeMap<PublicKey, Named<'_>> = BTreeMap::new();
    for one in all {
        let Some(end) = one.end().filter(|end| end.kind == StepKind::Decided) else { continue };
        for key in &one.keys {
            let of_key = one.lengths.iter().filter(|good| good.key == *key && good.length.0 > 0);
            let mut lengths: Vec<(Epoch, Seq)> =
                of_key.map(|good| (good.epoch, good.length)).collect();
            lengths.sort_by_key(|(epoch, _)| std::cmp::Reverse((rank.get(epoch), *epoch)));
            lengths.truncate(REVOKED_JOURNALS_MAX);
            named.insert(*key, (one, end.at_ms, lengths));
        }
    }
    let mut newest: Vec<(PublicKey, Named<'_>)> = named.into_iter().collect();
    newest.sort_by_key(|(_, (_, at_ms, _))| std::cmp::Reverse(*at_ms));
    let left_out = newest.len().saturating_sub(REVOKED_KEYS_MAX);
    let mut room = REVOKED_GOOD_MAX;
    let line = |(key, (one, _, mut lengths)): (PublicKey, Named<'_>)| {
        lengths.truncate(room);
        room = room.saturating_sub(lengths.len());
        let good = |(epoch, length): (Epoch, Seq)| GoodJournal {
            epoch: epoch.to_string(),
            length: length.0,
        };
        RevokedKey {
            store: one.store.0,
            reg: one.register.0,
            key: key.to_string(),
            journals: lengths.into_iter().map(good).collect(),
        }
    };
    let keys = newest.into_iter().take(REVOKED_KEYS_MAX).map(line).collect();
    (keys, u64::try_from(left_out).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::revocation::{GoodLength, Step};
    use crate::domain::event::Lifetime;
    use crate::domain::ids::{RegisterNo, StoreNo};
    use crate::journal::hash::Hash;
    use crate::journal::key::{Domain, SigningKey};
    use crate::sync::revoked::{REVOKED_LEN_MAX, Revoked};
    use crate::sync::sealed::seal;

    fn epoch(number: u64) -> Epoch {
        Epoch(number.to_be_bytes())
    }

    /// A revocation of a key with so many journals.
    fn of(number: u16, journals: u64) -> Revocation {
        let mut seed = [1; 32];
        seed[..2].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_seed(&seed).expect("a key").public();
        let step = |kind| Step {
            kind,
            at_ms: i64::from(number),
            who: "jo".to_owned(),
            reason: "gone".to_owned(),
        };
        let good = |journal: u64| GoodLength {
            epoch: epoch((u64::from(number) << 16) | journal),
            key,
            length: Seq(u64::MAX - journal),
            head: Hash::ZERO,
            lifetime: Lifetime::default(),
        };
        Revocation {
            store: StoreNo(u32::MAX),
            register: RegisterNo(number),
            number: 1,
            steps: vec![step(StepKind::Proposed), step(StepKind::Decided)],
            keys: vec![key],
            lengths: (0..journals).map(good).collect(),
        }
    }

    #[test]
    fn of_more_journals_than_fit_the_ones_heard_of_last_are_named() {
        let mut one = of(1, 300);
        let last = one.lengths.len() - 1;
        one.lengths[last].length = Seq(0);
        assert!(!fit(&[one.clone()]) && fit(&[of(1, 256)]));
        // Heard of in the other order than their names'.
        let order: Vec<Epoch> = one.lengths.iter().rev().map(|good| good.epoch).collect();
        let (keys, left_out) = listed(&[one.clone()], &order);
        let named: Vec<String> = keys[0].journals.iter().map(|good| good.epoch.clone()).collect();
        let newest: Vec<String> =
            one.lengths.iter().take(256).map(|good| good.epoch.to_string()).collect();
        assert_eq!((named, left_out), (newest, 0));
        let (keys, _) = listed(&[of(1, 3)], &[]);
        assert_eq!(keys[0].journals.len(), 3);
    }

    #[test]
    fn the_longest_note_can_be_read_whole() {
        let all: Vec<Revocation> = (0..1_005).map(|number| of(number, 256)).collect();
        let (keys, left_out) = listed(&all, &[]);
        assert_eq!((keys.len(), left_out), (REVOKED_KEYS_MAX, 5));
        let central = SigningKey::from_seed(&[1; 32]).expect("a key");
        let answer = RevokedAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "revoked".to_owned(),
            nonce: "f".repeat(64),
            decided: u64::MAX,
            keys,
            left_out: u64::MAX,
            time: "2026-11-22T13:05:09.120-06:00".to_owned(),
        };
        let note = seal(&answer, Domain::Ack, &central).expect("sealed");
        assert!(note.len() < REVOKED_LEN_MAX, "{}", note.len());
        let (read, _) = Revoked::read(&note, &central.public()).expect("read");
        let newest = &all[1_004];
        assert_eq!(read.length(&newest.keys[0], newest.lengths[9].epoch), Some(Seq(u64::MAX - 9)));
    }
}
