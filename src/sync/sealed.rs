//! A sealed message: a signature, a space and JSON, as in a record's line.
//!
//! ```text
//!  <base64 Ed25519 signature, 88 characters> " " <JSON object>
//! ```
//!
//! The signature is over the purpose and the JSON bytes as they stand; nothing is written a
//! second time to be checked. The bytes are read only after the signature holds.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::journal::key::{Domain, PublicKey, SIGNATURE_TEXT_LEN, Signature, SigningKey};

/// A message taken apart; what it says is not believed before its signature was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed<'a> {
    signature: Signature,
    json: &'a [u8],
}

/// Why bytes are not a message that can be believed.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// No signature and no JSON.
    #[error("this is not a message of Tideover's protocol; nothing was changed, try again")]
    Form,
    /// Signed by somebody else, or changed on the way.
    #[error("the message's signature is wrong: it was changed on the way, or is another sender's")]
    Signature,
    /// The JSON is not that of this message.
    #[error("the message can't be read; nothing was changed, compare the versions of both sides")]
    Json(#[from] serde_json::Error),
}

/// Writes and signs a message.
///
/// # Errors
/// The serializer's, which a plain struct does not give.
pub fn seal<T: Serialize>(
    message: &T,
    domain: Domain,
    key: &SigningKey,
) -> Result<Vec<u8>, serde_json::Error> {
    let json = serde_json::to_vec(message)?;
    let signature = key.sign(domain, &json).to_text();
    Ok([signature.as_bytes(), b" ", &json].concat())
}

impl<'a> Sealed<'a> {
    /// Splits a message.
    ///
    /// # Errors
    /// [`NotSealed::Form`] where it does not begin with a signature.
    pub fn split(bytes: &'a [u8]) -> Result<Self, NotSealed> {
        let (text, rest) = bytes.split_at_checked(SIGNATURE_TEXT_LEN).ok_or(NotSealed::Form)?;
        let json = rest.strip_prefix(b" ").ok_or(NotSealed::Form)?;
        let signature = Signature::parse(text).ok_or(NotSealed::Form)?;
        Ok(Self { signature, json })
    }

    /// Reads the message if `key` signed it for this purpose.
    ///
    /// # Errors
    /// [`NotSealed`] for another signature or other JSON.
    pub fn open<T: DeserializeOwned>(
        &self,
        domain: Domain,
        key: &PublicKey,
    ) -> Result<T, NotSealed> {
        if !key.verifies(domain, self.json, &self.signature) {
            return Err(NotSealed::Signature);
        }
        self.claim()
    }

    /// Reads the message without asking who signed it: to learn which key it claims.
    ///
    /// # Errors
    /// [`NotSealed::Json`] for other JSON.
    pub fn claim<T: DeserializeOwned>(&self) -> Result<T, NotSealed> {
        Ok(serde_json::from_slice(self.json)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_of_a_message_can_change_and_no_purpose_stands_for_another() {
        let key = SigningKey::from_seed(&[3; 32]).expect("a key");
        let bytes = seal(&[1, 2, 3], Domain::Announce, &key).expect("sealed");
        let open = |bytes: &[u8], domain| -> Result<Vec<u8>, NotSealed> {
            Sealed::split(bytes)?.open(domain, &key.public())
        };
        assert_eq!(open(&bytes, Domain::Announce).expect("opens"), [1, 2, 3]);
        assert!(matches!(open(&bytes, Domain::Segment), Err(NotSealed::Signature)));
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(open(&changed, Domain::Announce).is_err(), "byte {place}");
        }
        for len in 0..bytes.len() {
            assert!(open(&bytes[..len], Domain::Announce).is_err(), "cut at {len}");
        }
    }
}
