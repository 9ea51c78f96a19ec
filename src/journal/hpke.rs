//! Hybrid public key encryption (RFC 9180), base mode, one message a key: what a register seals
//! only central's private key opens again.
//!
//! ```text
//!  one-use X25519 key ─ agree with central's ─▶ shared secret ─▶ key, nonce ─▶ ChaCha20-Poly1305
//!        └ its public half, 32 bytes, goes before the ciphertext
//! ```
//!
//! Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305 (ids 0x0020, 0x0001, 0x0003),
//! the one of the RFC's appendix A.2. The register's library can't hold a private X25519 key, so
//! here is all but the agreement of the one who opens: [`open`] takes the agreed secret.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::hmac;
use zeroize::Zeroizing;

/// The length of a public key, and of what goes before the ciphertext.
pub const KEY_LEN: usize = 32;
/// What sealing adds to a message: the one-use key and the tag.
pub const OVERHEAD: usize = KEY_LEN + 16;

const KEM_SUITE: &[u8] = b"KEM\x00\x20";
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";
const VERSION: &[u8] = b"HPKE-v1";

/// Nothing was sealed or opened: a key that is none, or bytes that were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed data does not open: it was changed, or sealed to another key")]
pub struct NotOpened;

/// Seals a message to a public key.
///
/// # Errors
/// [`NotOpened`] when the key is none: of small order, so that anybody could open.
pub fn seal(
    one_use: EphemeralPrivateKey,
    public: &[u8; KEY_LEN],
    info: &[u8],
    aad: &[u8],
    message: &[u8],
) -> Result<Vec<u8>, NotOpened> {
    let own = one_use.compute_public_key().map_err(|_| NotOpened)?;
    let own: [u8; KEY_LEN] = own.as_ref().try_into().map_err(|_| NotOpened)?;
    let peer = UnparsedPublicKey::new(&X25519, public);
    let (key, nonce) =
        agree_ephemeral(one_use, &peer, |agreed| schedule(agreed, &own, public, info))
            .map_err(|_| NotOpened)?;
    let mut sealed = message.to_vec();
    aead(&key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed)
        .map_err(|_| NotOpened)?;
    Ok([own.as_slice(), &sealed].concat())
}

/// Opens a sealed message; `agreed` is the X25519 agreement of the private key with the first 32
/// bytes of `sealed`, and `public` the private key's public half.
///
/// # Errors
/// [`NotOpened`] when anything differs from what was sealed.
pub fn open(
    agreed: &[u8; KEY_LEN],
    public: &[u8; KEY_LEN],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    let (one_use, rest) = sealed.split_first_chunk::<KEY_LEN>().ok_or(NotOpened)?;
    // A key of small order agrees with every key on the same secret.
    if agreed.iter().all(|byte| *byte == 0) {
        return Err(NotOpened);
    }
    let (key, nonce) = schedule(agreed, one_use, public, info);
    let mut message = Zeroizing::new(rest.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let len = aead(&key)?
        .open_in_place(nonce, Aad::from(aad), &mut message)
        .map_err(|_| NotOpened)?
        .len();
    message.truncate(len);
    Ok(message)
}

fn aead(key: &[u8; 32]) -> Result<LessSafeKey, NotOpened> {
    UnboundKey::new(&CHACHA20_POLY1305, key).map(LessSafeKey::new).map_err(|_| NotOpened)
}

/// Key and nonce: `ExtractAndExpand` of section 4.1, then `KeySchedule` of section 5.1.
fn schedule(
    agreed: &[u8],
    one_use: &[u8; KEY_LEN],
    public: &[u8; KEY_LEN],
    info: &[u8],
) -> (Zeroizing<[u8; 32]>, [u8; 12]) {
    let context = [one_use.as_slice(), public].concat();
    let eae = extract(KEM_SUITE, b"", b"eae_prk", agreed);
    let shared = expand::<32>(KEM_SUITE, &eae, b"shared_secret", &context);
    let no_psk = extract(SUITE, b"", b"psk_id_hash", b"");
    let info = extract(SUITE, b"", b"info_hash", info);
    let context = [&[0_u8][..], no_psk.as_ref(), info.as_ref()].concat();
    let secret = extract(SUITE, shared.as_ref(), b"secret", b"");
    let key = expand::<32>(SUITE, &secret, b"key", &context);
    let nonce = expand::<12>(SUITE, &secret, b"base_nonce", &context);
    (key, *nonce)
}

/// `LabeledExtract`: HKDF's extract step is one HMAC.
fn extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    let labeled = Zeroizing::new([VERSION, suite, label, ikm].concat());
    hmac::sign(&key, &labeled)
}

/// `LabeledExpand` of at most 32 bytes: HKDF's first block is enough.
fn expand<const N: usize>(
    suite: &[u8],
    secret: &impl AsRef<[u8]>,
    label: &[u8],
    info: &[u8],
) -> Zeroizing<[u8; N]> {
    let length = u16::try_from(N).unwrap_or(0).to_be_bytes();
    let labeled = [&length[..], VERSION, suite, label, info, &[1]].concat();
    let block = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()), &labeled);
    let mut bytes = Zeroizing::new([0; N]);
    for (byte, drawn) in bytes.iter_mut().zip(block.as_ref()) {
        *byte = *drawn;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::hash::to_hex;

    fn hex(text: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
        (0..text.len()).step_by(2).map(byte).collect()
    }

    fn key(text: &str) -> [u8; 32] {
        hex(text).try_into().expect("32 bytes")
    }

    /// RFC 9180 appendix A.2.1, from the shared secret on; `central::seal_key` checks the rest.
    #[test]
    fn key_and_nonce_are_those_of_the_rfc() {
        let shared = key("0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7");
        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let no_psk = extract(SUITE, b"", b"psk_id_hash", b"");
        let info = extract(SUITE, b"", b"info_hash", &info);
        let context = [&[0_u8][..], no_psk.as_ref(), info.as_ref()].concat();
        let secret = extract(SUITE, &shared, b"secret", b"");
        assert_eq!(
            to_hex(expand::<32>(SUITE, &secret, b"key", &context).as_ref()),
            "ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91"
        );
        assert_eq!(
            to_hex(expand::<12>(SUITE, &secret, b"base_nonce", &context).as_ref()),
            "5c4d98150661b848853b547f"
        );
    }
}
