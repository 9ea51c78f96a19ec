//! Keys that central trusts no longer, as a register hears of them: central's signed note, and
//! what is believed by it.
//!
//! ```text
//!  GET /v1/revoked?nonce= ─▶ RevokedAnswer, sealed by central ─▶ Revoked   only ever grows
//! ```
//!
//! A key that was heard to be revoked stays so: an older note, or one of a central that was put
//! back to an older copy, takes nothing away, and a forged one says nothing. So a note needs no
//! number that an attacker could run ahead with, and may come by any way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{Epoch, JournalId, Seq};
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::key::{Domain, PublicKey};

use super::asides::NotTold;
use super::carrier::{Request, Transport};
use super::pace::WORD_MS;
use super::sealed::Sealed;
use super::wire::{PROTOCOL, Refusal};

/// Where the note is asked for.
pub const REVOKED_PATH: &str = "/v1/revoked";
/// The longest note, in bytes.
pub const REVOKED_LEN_MAX: usize = 1024 * 1024;
/// The most keys a note holds, the newest; a store's register meets few of them.
pub const REVOKED_KEYS_MAX: usize = 1_000;
/// The most journals of one key, the newest.
pub const REVOKED_JOURNALS_MAX: usize = 256;
/// The most journals of all keys, so that a note stays below [`REVOKED_LEN_MAX`].
pub const REVOKED_GOOD_MAX: usize = 14_000;

/// Central's note: all keys that were revoked, by two people, over the whole chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedAnswer {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `revoked`.
    pub answer: String,
    /// The question's.
    pub nonce: String,
    /// How many revocations were decided: what each answer of central says, too.
    pub decided: u64,
    /// The keys.
    pub keys: Vec<RevokedKey>,
    /// How many older ones don't fit.
    pub left_out: u64,
    /// Central's clock.
    pub time: String,
}

/// A key that is trusted no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedKey {
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// The key, 64 hex digits.
    pub key: String,
    /// How long its journals are good; one that is not named is good for nothing.
    pub journals: Vec<GoodJournal>,
}

/// How long a journal is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodJournal {
    /// Which, 16 hex digits.
    pub epoch: String,
    /// Records below it count.
    pub length: u64,
}

/// What is known of revoked keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    keys: BTreeMap<PublicKey, BTreeMap<Epoch, Seq>>,
}

/// What a register keeps: what is believed, and the note that goes on to other registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What is believed.
    pub revoked: Revoked,
    /// How many revocations the newest note knew of; none before the first.
    pub decided: Option<u64>,
    /// That note, as central signed it.
    pub note: Option<Vec<u8>>,
}

impl Revoked {
    /// Reads a note that central's key signed, and how many revocations it says there are.
    ///
    /// # Errors
    /// [`NotTold::NotCentral`] for everything else; nothing is believed of it.
    pub fn read(note: &[u8], central: &PublicKey) -> Result<(Self, RevokedAnswer), NotTold> {
        if note.len() > REVOKED_LEN_MAX {
            return Err(NotTold::NotCentral);
        }
        let split = Sealed::split(note).map_err(|_| NotTold::NotCentral)?;
        let answer: RevokedAnswer =
            split.open(Domain::Ack, central).map_err(|_| NotTold::NotCentral)?;
        if answer.protocol != PROTOCOL || answer.answer != "revoked" {
            return Err(NotTold::NotCentral);
        }
        let mut revoked = Self::default();
        for one in answer.keys.iter().take(REVOKED_KEYS_MAX) {
            let Ok(key) = PublicKey::parse(&one.key) else { continue };
            let journals = one.journals.iter().take(REVOKED_JOURNALS_MAX);
            let length = |good: &GoodJournal| Some((Epoch(from_hex(&good.epoch)?), good.length));
            let lengths = journals.filter_map(length).map(|(epoch, length)| (epoch, Seq(length)));
            revoked.put(key, lengths.collect());
        }
        Ok((revoked, answer))
    }

    /// Takes what another note says; the shorter length holds.
    pub fn join(&mut self, other: Self) {
        for (key, lengths) in other.keys {
            self.put(key, lengths);
        }
    }

    fn put(&mut self, key: PublicKey, lengths: BTreeMap<Epoch, Seq>) {
        let Some(known) = self.keys.get_mut(&key) else {
            drop(self.keys.insert(key, lengths));
            return;
        };
        known.retain(|epoch, _| lengths.contains_key(epoch));
        for (epoch, length) in known {
            let other = lengths.get(epoch).copied().unwrap_or(Seq(0));
            *length = (*length).min(other);
        }
    }

    /// How long a journal of a key is good; none where the key is trusted.
    pub fn length(&self, key: &PublicKey, epoch: Epoch) -> Option<Seq> {
        let lengths = self.keys.get(key)?;
        Some(lengths.get(&epoch).copied().unwrap_or(Seq(0)))
    }

    /// How long a journal is good, where its key is not at hand: only one that a note names is
    /// known to be a revoked key's.
    pub fn length_named(&self, journal: &JournalId) -> Option<Seq> {
        self.keys.values().filter_map(|lengths| lengths.get(&journal.epoch)).min().copied()
    }

    /// True for a record that counts.
    pub fn counts(&self, key: &PublicKey, epoch: Epoch, seq: Seq) -> bool {
        self.length(key, epoch).is_none_or(|length| seq < length)
    }

    /// True for a key that is trusted no longer.
    pub fn is_revoked(&self, key: &PublicKey) -> bool {
        self.keys.contains_key(key)
    }

    /// How many keys are known to be.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Nothing was heard of.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl Kept {
    /// Takes what else was heard: nothing is taken out, and the note that knows of more revocations
    /// goes on to other registers; of two that know of as many, the one that came later.
    pub fn join(&mut self, other: Self) {
        self.revoked.join(other.revoked);
        if other.note.is_some() && other.decided >= self.decided {
            (self.decided, self.note) = (other.decided, other.note);
        }
    }
}

/// Asks central for its note, no longer than for any word of it: the bytes as they came, to be
/// kept, and what they say.
///
/// # Errors
/// [`NotTold`]; nothing is changed by it.
pub fn ask(
    transport: &mut dyn Transport,
    central: &PublicKey,
    nonce: [u8; 16],
) -> Result<(Vec<u8>, Revoked, RevokedAnswer), NotTold> {
    let nonce = to_hex(&nonce);
    let path = format!("{REVOKED_PATH}?nonce={nonce}");
    let response = transport.send_within(&Request::get(path), WORD_MS)?;
    if response.status != 200 {
        let refusal: Result<Refusal, _> = serde_json::from_slice(&response.body);
        return Err(match refusal {
            Ok(refusal) if refusal.protocol == PROTOCOL => NotTold::Refused(refusal.text),
            _ => NotTold::NotCentral,
        });
    }
    let (revoked, answer) = Revoked::read(&response.body, central)?;
    if answer.nonce != nonce {
        return Err(NotTold::NotCentral);
    }
    Ok((response.body, revoked, answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::key::SigningKey;
    use crate::sync::carrier::{NoAnswer, Response};
    use crate::sync::sealed::seal;

    const EPOCH: Epoch = Epoch([7; 8]);
    const OTHER: Epoch = Epoch([8; 8]);

    fn note(central: &SigningKey, keys: &[(&SigningKey, &[(Epoch, u64)])]) -> Vec<u8> {
        let good = |(epoch, length): &(Epoch, u64)| GoodJournal {
            epoch: epoch.to_string(),
            length: *length,
        };
        let key = |(key, journals): &(&SigningKey, &[(Epoch, u64)])| RevokedKey {
            store: 1042,
            reg: 7,
            key: key.public().to_string(),
            journals: journals.iter().map(good).collect(),
        };
        let answer = RevokedAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "revoked".to_owned(),
            nonce: String::new(),
            decided: 1,
            keys: keys.iter().map(key).collect(),
            left_out: 0,
            time: "2026-11-22T13:05:09.120-06:00".to_owned(),
        };
        seal(&answer, Domain::Ack, central).expect("sealed")
    }

    /// A line on which nobody answers, and what it was asked.
    #[derive(Default)]
    struct Silence(Vec<(String, u64)>);

    impl Transport for Silence {
        fn send(&mut self, _: &Request) -> Result<Response, NoAnswer> {
            panic!("it would wait as long as for a delivery")
        }

        fn send_within(&mut self, request: &Request, within: u64) -> Result<Response, NoAnswer> {
            self.0.push((request.path().to_owned(), within));
            Err(NoAnswer { text: "nobody is there".to_owned() })
        }
    }

    #[test]
    fn the_note_is_waited_for_no_longer_than_a_word() {
        let central = SigningKey::from_seed(&[1; 32]).expect("a key").public();
        let mut line = Silence::default();
        assert!(matches!(ask(&mut line, &central, [7; 16]), Err(NotTold::NoAnswer(_))));
        assert_eq!(line.0, [(REVOKED_PATH.to_owned(), WORD_MS)]);
    }

    #[test]
    fn what_is_kept_grows_and_the_note_that_knows_of_more_goes_on() {
        let of = |seed, decided| Kept {
            revoked: Revoked {
                keys: [(SigningKey::from_seed(&[seed; 32]).expect("a key").public(), [].into())]
                    .into(),
            },
            decided: Some(decided),
            note: Some(vec![seed]),
        };
        let mut kept = Kept::default();
        for (next, note, keys) in [
            (of(3, 2), 3, 1),
            (of(4, 1), 3, 2),
            (of(5, 2), 5, 3),
            (Kept::default(), 5, 3),
            (of(3, 4), 3, 3),
        ] {
            kept.join(next);
            assert_eq!((kept.note.clone(), kept.revoked.len()), (Some(vec![note]), keys));
        }
        assert_eq!(kept.decided, Some(4));
    }

    #[test]
    fn a_forged_an_older_and_a_frozen_note_change_nothing() {
        let key = |seed| SigningKey::from_seed(&[seed; 32]).expect("a key");
        let (central, thief, stolen, other) = (key(1), key(2), key(3), key(4));
        let first = note(&central, &[(&stolen, &[(EPOCH, 7)])]);
        let (mut known, _) = Revoked::read(&first, &central.public()).expect("central's");
        let (stolen, other_key) = (stolen.public(), other.public());
        assert!(known.counts(&stolen, EPOCH, Seq(6)) && !known.counts(&stolen, EPOCH, Seq(7)));
        assert!(!known.counts(&stolen, OTHER, Seq(0)), "nothing of another journal");
        assert!(known.counts(&other_key, EPOCH, Seq(70)), "another key");
        let before = known.clone();
        // Forged, altered, of another kind, too long.
        let forged = note(&thief, &[(&other, &[])]);
        let mut altered = first.clone();
        let at = altered.len() - 2;
        altered[at] ^= 1;
        for odd in [forged, altered, b"{}".to_vec(), vec![b'A'; REVOKED_LEN_MAX + 1]] {
            assert!(Revoked::read(&odd, &central.public()).is_err());
        }
        // An older one that knows of nothing, the same once more, one with a longer length.
        let longer = [(&key(3), [(EPOCH, 9), (OTHER, 4)].as_slice())];
        for again in [note(&central, &[]), first, note(&central, &longer)] {
            known.join(Revoked::read(&again, &central.public()).expect("central's").0);
            assert_eq!(known, before);
        }
        // A newer one adds, and may shorten.
        let newer = note(&central, &[(&key(3), &[(EPOCH, 5)]), (&other, &[])]);
        known.join(Revoked::read(&newer, &central.public()).expect("central's").0);
        assert_eq!(known.length(&stolen, EPOCH), Some(Seq(5)));
        assert!(known.is_revoked(&other_key) && known.len() == 2);
    }
}
