//! Asks central to certify the key that is to follow a register's present one.
//!
//! ```text
//!  RotationRequest, sealed by the present key ─▶ RotationProof, sealed by the next one ─▶ central
//!                                             ◀─ the next key's Certificate, sealed by central
//! ```
//!
//! Nothing is changed by it on either side that selling depends on: the present key goes on signing
//! until the journal itself says that it ended.

use crate::domain::ids::JournalId;
use crate::journal::hash::from_hex;
use crate::journal::key::{Domain, PublicKey, SigningKey};

use super::carrier::{JournalState, NoAnswer, Request, Transport};
use super::sealed::{self, Sealed};
use super::wire::rotation::{ROTATION_PATH, RotationProof, RotationRequest};
use super::wire::{Certificate, JournalName, PROTOCOL, Refusal};

/// What central gave for the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The certificate, as it came.
    pub certificate: String,
    /// Central's word for the key on receipts, 128 hex digits.
    pub receipt_word: Option<String>,
}

/// Why the next key was not certified. The present one goes on.
#[derive(Debug, thiserror::Error)]
pub enum NotCertified {
    /// No answer.
    #[error(
        "central did not answer ({}); the key is as it was, and selling goes on with it. Run this \
         again when the line is there", .0.text
    )]
    NoAnswer(NoAnswer),
    /// Central does not know the question.
    #[error(
        "central runs a version that can't change keys; the key is as it was, and selling goes on \
         with it. Bring central to this version ({}) first", env!("CARGO_PKG_VERSION")
    )]
    OlderCentral,
    /// Central's words.
    #[error("central did not certify the new key: {0}")]
    Refused(String),
    /// Something else answered.
    #[error(
        "what answered is not this register's central; the key is as it was. Look at the address \
         and at central's key in the settings"
    )]
    NotCentral,
}

impl From<NoAnswer> for NotCertified {
    fn from(why: NoAnswer) -> Self {
        Self::NoAnswer(why)
    }
}

/// The question's bytes.
///
/// # Errors
/// [`serde_json::Error`], which no such message meets.
pub fn question(
    ends: &JournalState,
    old: &SigningKey,
    new: &SigningKey,
) -> Result<Vec<u8>, serde_json::Error> {
    let request = RotationRequest {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&ends.id),
        next_seq: ends.next_seq.0,
        head: ends.head.to_string(),
        old_key: old.public().to_string(),
        key: new.public().to_string(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let request = sealed::seal(&request, Domain::Rotation, old)?;
    let proof = RotationProof {
        protocol: PROTOCOL.to_owned(),
        key: new.public().to_string(),
        request: String::from_utf8_lossy(&request).into_owned(),
    };
    sealed::seal(&proof, Domain::Rotation, new)
}

/// Asks, and checks what comes back.
///
/// # Errors
/// [`NotCertified`].
pub fn certify(
    transport: &mut dyn Transport,
    central: &PublicKey,
    ends: &JournalState,
    old: &SigningKey,
    new: &SigningKey,
) -> Result<Certified, NotCertified> {
    let body = question(ends, old, new).map_err(|_| NotCertified::NotCentral)?;
    let answer = transport.send(&Request::post(ROTATION_PATH.to_owned(), body))?;
    if matches!(answer.status, 404 | 405) {
        return Err(NotCertified::OlderCentral);
    }
    if answer.status != 200 {
        let refusal: Refusal =
            serde_json::from_slice(&answer.body).map_err(|_| NotCertified::NotCentral)?;
        return Err(NotCertified::Refused(refusal.text));
    }
    read(&answer.body, central, &ends.id, &new.public()).ok_or(NotCertified::NotCentral)
}

fn read(body: &[u8], central: &PublicKey, of: &JournalId, new: &PublicKey) -> Option<Certified> {
    let split = Sealed::split(body).ok()?;
    let certificate: Certificate = split.open(Domain::Certificate, central).ok()?;
    let ours = certificate.protocol == PROTOCOL
        && certificate.answer == "certificate"
        && certificate.key == new.to_string()
        && (certificate.store, certificate.reg) == (of.store.0, of.register.0);
    ours.then(|| {
        Some(Certified {
            certificate: String::from_utf8(body.to_vec()).ok()?,
            receipt_word: certificate.receipt_word.filter(|word| from_hex::<64>(word).is_some()),
        })
    })?
}
