//! What a peer keeps, it can show: a hash over a number that nobody could foresee and the record
//! itself, byte for byte.
//!
//! ```text
//!  asker    show  journal, place, nonce ─▶
//!  asked    ◀─ shown  SHA-256(domain ‖ who shows ‖ nonce ‖ record), one for each branch it holds
//! ```
//!
//! A record's hash is known to whoever saw the next record; so the record must be there, not its
//! hash. Who shows is part of it: one who kept nothing can't pass the question on to another who
//! did. What this does not prove is that it will still be there tomorrow: so it is asked again.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::ids::{RegisterNo, Seq};
use crate::journal::hash::{Hash, from_hex, to_hex};

const DOMAIN: &[u8] = b"tideover/kept/v1\n";

/// A number for one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nonce([u8; 16]);

impl Nonce {
    /// As it travels.
    pub(super) fn to_text(self) -> String {
        to_hex(&self.0)
    }

    /// Reads 32 small hex digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }
}

/// Draws questions' numbers from a secret, which the peers can't know.
#[derive(Debug)]
pub(super) struct Nonces {
    secret: [u8; 32],
    drawn: AtomicU64,
}

impl Nonces {
    pub(super) const fn new(secret: [u8; 32]) -> Self {
        Self { secret, drawn: AtomicU64::new(0) }
    }

    /// A number, and a place below `end` to ask about; none where there is no place.
    pub(super) fn draw(&self, end: Seq) -> Option<(Nonce, Seq)> {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        let Hash(bytes) = Hash::of_parts(&[&self.secret, &drawn.to_be_bytes()]);
        let (first, rest) = bytes.split_first_chunk::<16>()?;
        let (dice, _) = rest.split_first_chunk::<8>()?;
        let place = u64::from_be_bytes(*dice).checked_rem(end.0)?;
        Some((Nonce(*first), Seq(place)))
    }
}

/// What a register shows of a record.
pub(super) fn proof(shows: RegisterNo, nonce: Nonce, record: &[u8]) -> Hash {
    Hash::of_parts(&[DOMAIN, &shows.0.to_be_bytes(), &nonce.0, record])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_one_question_one_register_and_every_byte_of_the_record() {
        let nonces = Nonces::new([7; 32]);
        let (one, place) = nonces.draw(Seq(10)).expect("a place");
        let (two, _) = nonces.draw(Seq(10)).expect("a place");
        assert!(place < Seq(10));
        assert_ne!(one, two, "never the same question");
        assert_eq!(nonces.draw(Seq(0)), None);
        let right = proof(RegisterNo(2), one, b"- {}");
        assert_eq!(right, proof(RegisterNo(2), one, b"- {}"));
        assert_ne!(right, proof(RegisterNo(3), one, b"- {}"));
        assert_ne!(right, proof(RegisterNo(2), two, b"- {}"));
        assert_ne!(right, proof(RegisterNo(2), one, b"- { "));
        assert_eq!(Nonce::parse(&one.to_text()), Some(one));
        for odd in ["", "00", &"0".repeat(33), &"G".repeat(32)] {
            assert_eq!(Nonce::parse(odd), None);
        }
    }

    #[test]
    fn every_place_is_asked_about_sooner_or_later() {
        let nonces = Nonces::new([1; 32]);
        let mut asked = std::collections::BTreeSet::new();
        for _ in 0..400 {
            asked.insert(nonces.draw(Seq(20)).expect("a place").1);
        }
        assert_eq!(asked.len(), 20);
    }
}
