//! The phone code: lets one person sign in once when no PIN does, by a call to IT.
//!
//! ```text
//!  register: challenge 7K2M-A0X9 ─▶ read aloud ─▶ IT: answer 4TQ8B-Z1KEM ─▶ keyed at the register
//!            └──────── HMAC-SHA-256 under the register's recovery key, 50 bits ────────┘
//! ```
//!
//! The recovery key is one register's own. Central derives it from its signing key (a signature
//! of Ed25519 is the same each time, RFC 8032) and gives it at enrolment, so it keeps no list. An
//! answer holds for one challenge, one person and one register; a challenge is drawn anew for each
//! call. Who can read the register's disk can make answers for this register, as they can read its
//! signing key; for no other one.

use ring::hmac;

use crate::domain::ids::{PersonId, RegisterNo, StoreNo};
use crate::domain::spoken::{self, Spoken};

use super::hash::{Hash, from_hex, to_hex};
use super::key::{Domain, PublicKey, SigningKey};

/// The characters of a challenge: 40 bits.
const CHALLENGE_LEN: u32 = 8;
/// The characters of an answer: 50 bits.
const ANSWER_LEN: u32 = 10;

/// What makes answers for one register.
pub struct RecoveryKey([u8; 32]);

/// What the register asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(u64);

/// What IT answers.
#[derive(Clone, Copy)]
pub struct PhoneAnswer(u64);

impl RecoveryKey {
    /// The key of a register, by central's.
    pub fn of(central: &SigningKey, store: StoreNo, register: RegisterNo, key: &PublicKey) -> Self {
        let whose = [&store.0.to_be_bytes()[..], &register.0.to_be_bytes(), key.bytes()].concat();
        Self(Hash::of_bytes(&central.sign(Domain::PhoneCode, &whose).0).0)
    }

    /// Reads 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text.trim_end()).map(Self)
    }

    /// 64 hex digits.
    pub fn to_text(&self) -> String {
        to_hex(&self.0)
    }

    /// The answer to a challenge, for one person.
    pub fn answer(&self, challenge: Challenge, person: &PersonId) -> PhoneAnswer {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let asked = [&challenge.0.to_be_bytes()[..], person.as_str().as_bytes()].concat();
        let tag = hmac::sign(&key, &asked);
        let first =
            tag.as_ref().iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        PhoneAnswer(first >> (u64::BITS - ANSWER_LEN * spoken::BITS))
    }
}

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryKey")
    }
}

impl Challenge {
    /// Of these random bytes.
    pub const fn drawn(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes) >> (u64::BITS - CHALLENGE_LEN * spoken::BITS))
    }

    /// As somebody heard it.
    pub fn parse(text: &str) -> Option<Self> {
        Spoken::parse(text, CHALLENGE_LEN).map(|spoken| Self(spoken.number))
    }
}

impl std::fmt::Display for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Spoken { number: self.0, len: CHALLENGE_LEN }.fmt(f)
    }
}

impl PhoneAnswer {
    /// As somebody heard it.
    pub fn parse(text: &str) -> Option<Self> {
        Spoken::parse(text, ANSWER_LEN).map(|spoken| Self(spoken.number))
    }

    /// True for the same answer, in a time that tells nothing.
    pub const fn is(self, other: Self) -> bool {
        // One comparison of two words.
        self.0 ^ other.0 == 0
    }
}

impl std::fmt::Display for PhoneAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Spoken { number: self.0, len: ANSWER_LEN }.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn central(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32]).expect("a key")
    }

    fn person(text: &str) -> PersonId {
        PersonId::parse(text).expect("a number")
    }

    #[test]
    fn an_answer_is_for_one_challenge_person_register_and_central() {
        let register = central(9).public();
        let key =
            |seed, reg| RecoveryKey::of(&central(seed), StoreNo(7), RegisterNo(reg), &register);
        let challenge = Challenge::drawn([1, 2, 3, 4, 5, 6, 7, 8]);
        let answer = key(1, 3).answer(challenge, &person("41"));
        assert!(answer.is(key(1, 3).answer(challenge, &person("41"))), "the same each time");
        for other in [
            key(1, 4).answer(challenge, &person("41")),
            key(2, 3).answer(challenge, &person("41")),
            key(1, 3).answer(challenge, &person("42")),
            key(1, 3).answer(Challenge::drawn([8; 8]), &person("41")),
        ] {
            assert!(!answer.is(other));
        }
    }

    #[test]
    fn both_survive_how_people_say_and_write_them() {
        let challenge = Challenge::drawn([0x08, 0x42, 0x10, 0x84, 0x21, 0, 0, 0]);
        let text = challenge.to_string();
        assert_eq!(text, "1111-1111");
        assert_eq!(Challenge::parse(" llii llll "), Some(challenge));
        assert_eq!(Challenge::parse("1111-111"), None);
        let register = central(9).public();
        let key = RecoveryKey::of(&central(1), StoreNo(7), RegisterNo(3), &register);
        let answer = key.answer(challenge, &person("41"));
        let text = answer.to_string();
        assert_eq!(text.len(), 11, "{text}");
        assert!(PhoneAnswer::parse(&text.to_lowercase()).expect("read").is(answer));
    }

    #[test]
    fn a_key_is_kept_as_text_and_never_shown() {
        let key = RecoveryKey::of(&central(1), StoreNo(7), RegisterNo(3), &central(9).public());
        let again = RecoveryKey::parse(&format!("{}\n", key.to_text())).expect("read");
        assert_eq!(again.0, key.0);
        assert_eq!(format!("{key:?}"), "RecoveryKey");
    }
}
