//! A journal's own name: derived from its first key and a nonce, so that nobody can claim it.

use crate::domain::ids::Epoch;

use super::hash::Hash;
use super::key::PublicKey;

/// The first 8 bytes of `SHA-256("tideover/epoch/v1\n" || public key || nonce)`.
pub fn derive(key: &PublicKey, nonce: &[u8; 16]) -> Epoch {
    let Hash(hash) = Hash::of_parts(&[b"tideover/epoch/v1\n", key.bytes(), nonce]);
    let mut bytes = [0; 8];
    for (byte, hashed) in bytes.iter_mut().zip(hash) {
        *byte = hashed;
    }
    Epoch(bytes)
}
