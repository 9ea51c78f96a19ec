//! Makes a register known to central: a one-time code for a certificate.
//!
//! ```text
//!  code, central's address, TLS fingerprint ─▶ EnrollRequest, sealed by the register's own key
//!                                           ◀─ Certificate, sealed by central's key
//!  Enrollment: what the register's settings keep      key file: 0600, never leaves the machine
//! ```

use serde::{Deserialize, Serialize};

use crate::domain::spoken::Spoken;
use crate::journal::hash::from_hex;
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::journal::phone_code::RecoveryKey;

use super::carrier::{NoAnswer, Request, Transport};
use super::sealed::{self, Sealed};
use super::wire::{
    Certificate, EnrollRequest, PHONE_KEY_PATH, PROTOCOL, PhoneKey, PhoneKeyRequest, Refusal,
};

/// The bits of a one-time code: ten characters of five bits.
pub const CODE_BITS: u32 = 50;
const CODE_LEN: u32 = 10;

/// What enrolment gave a register; its settings keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrollment {
    /// Central's address: `https://central.example:7443`.
    pub central: String,
    /// SHA-256 of central's TLS certificate, where it is pinned. 64 hex digits.
    pub tls_fingerprint: Option<String>,
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The key that signs central's acknowledgements.
    pub central_key: String,
    /// The key that signs the store's packs.
    pub pack_key: String,
    /// The key that personal data is sealed to.
    #[serde(default)]
    pub seal_key: Option<String>,
    /// Central's word for the key on receipts, 128 hex digits.
    #[serde(default)]
    pub receipt_word: Option<String>,
    /// Central's certificate, as it came.
    pub certificate: String,
}

/// Why a register was not enrolled. It can sell all the same, and be adopted later.
#[derive(Debug, thiserror::Error)]
pub enum NotEnrolled {
    /// No answer.
    #[error(
        "no central that this register may trust answered ({}); this machine is as it was before. \
         Check the address and --fingerprint as 'tideover central' prints them and try the same \
         code again, or use 'tideover enroll --offline' to sell until central is back", .0.text
    )]
    NoAnswer(NoAnswer),
    /// Central's words.
    #[error("central did not enroll this register: {0}")]
    Refused(String),
    /// Something else answered.
    #[error("what answered is not Tideover's central; check the address and the fingerprint")]
    NotCentral,
}

impl From<NoAnswer> for NotEnrolled {
    fn from(why: NoAnswer) -> Self {
        Self::NoAnswer(why)
    }
}

/// Writes a code's number as people read it: `7K2MA-Q0X9D`.
pub fn write_code(number: u64) -> String {
    Spoken { number, len: CODE_LEN }.to_string()
}

/// The plain form of a code as somebody typed it; none when it can't be one.
pub fn normalize_code(text: &str) -> Option<String> {
    Spoken::parse(text, CODE_LEN).map(|spoken| spoken.to_string().replace('-', ""))
}

/// Enrolls: sends the code, and checks what comes back.
///
/// # Errors
/// [`NotEnrolled`]; the code is used up only when central answered with a certificate.
pub fn enroll(
    transport: &mut dyn Transport,
    central: &str,
    tls_fingerprint: Option<&str>,
    code: &str,
    key: &SigningKey,
) -> Result<Enrollment, NotEnrolled> {
    let request = EnrollRequest {
        protocol: PROTOCOL.to_owned(),
        code: code.to_owned(),
        key: key.public().to_string(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let body = sealed::seal(&request, Domain::Certificate, key);
    let body = body.map_err(|_| NotEnrolled::NotCentral)?;
    let path = "/v1/enroll".to_owned();
    let answer = transport.send(&Request::post(path, body))?;
    if answer.status != 200 {
        let refusal: Refusal =
            serde_json::from_slice(&answer.body).map_err(|_| NotEnrolled::NotCentral)?;
        return Err(NotEnrolled::Refused(refusal.text));
    }
    let split = Sealed::split(&answer.body).map_err(|_| NotEnrolled::NotCentral)?;
    let claimed: Certificate = split.claim().map_err(|_| NotEnrolled::NotCentral)?;
    let central_key =
        PublicKey::parse(&claimed.central_key).map_err(|_| NotEnrolled::NotCentral)?;
    let certificate: Certificate =
        split.open(Domain::Certificate, &central_key).map_err(|_| NotEnrolled::NotCentral)?;
    let for_us = certificate.key == key.public().to_string();
    if certificate.protocol != PROTOCOL || certificate.answer != "certificate" || !for_us {
        return Err(NotEnrolled::NotCentral);
    }
    PublicKey::parse(&certificate.pack_key).map_err(|_| NotEnrolled::NotCentral)?;
    Ok(Enrollment {
        central: central.to_owned(),
        tls_fingerprint: tls_fingerprint.map(str::to_owned),
        store: certificate.store,
        register: certificate.reg,
        central_key: certificate.central_key,
        pack_key: certificate.pack_key,
        // A key that is none is as good as no key: number and amount are kept then.
        seal_key: certificate.seal_key.filter(|key| from_hex::<32>(key).is_some()),
        receipt_word: certificate.receipt_word.filter(|word| from_hex::<64>(word).is_some()),
        certificate: String::from_utf8(answer.body).map_err(|_| NotEnrolled::NotCentral)?,
    })
}

/// Asks central for the recovery key of a register that is enrolled.
///
/// # Errors
/// [`NotEnrolled`]; without the key no phone code can be answered at this register.
pub fn phone_key(
    transport: &mut dyn Transport,
    enrolled: &Enrollment,
    key: &SigningKey,
) -> Result<RecoveryKey, NotEnrolled> {
    let central = PublicKey::parse(&enrolled.central_key).map_err(|_| NotEnrolled::NotCentral)?;
    phone_key_of(transport, (enrolled.store, enrolled.register), &central, key)
}

/// The same by what a register's settings say.
///
/// # Errors
/// [`NotEnrolled`].
pub fn phone_key_of(
    transport: &mut dyn Transport,
    (store, register): (u32, u16),
    central: &PublicKey,
    key: &SigningKey,
) -> Result<RecoveryKey, NotEnrolled> {
    let request = PhoneKeyRequest {
        protocol: PROTOCOL.to_owned(),
        store,
        reg: register,
        key: key.public().to_string(),
    };
    let body = sealed::seal(&request, Domain::Certificate, key);
    let body = body.map_err(|_| NotEnrolled::NotCentral)?;
    let path = PHONE_KEY_PATH.to_owned();
    let answer = transport.send(&Request::post(path, body))?;
    if answer.status != 200 {
        let refusal: Refusal =
            serde_json::from_slice(&answer.body).map_err(|_| NotEnrolled::NotCentral)?;
        return Err(NotEnrolled::Refused(refusal.text));
    }
    let given: PhoneKey = Sealed::split(&answer.body)
        .ok()
        .and_then(|split| split.open(Domain::Certificate, central).ok())
        .ok_or(NotEnrolled::NotCentral)?;
    let for_us = (given.store, given.reg) == (store, register);
    RecoveryKey::parse(&given.recovery)
        .filter(|_| for_us && given.answer == "phone_key")
        .ok_or(NotEnrolled::NotCentral)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_how_people_write_it() {
        let code = write_code(0x3_1234_5678_9abc);
        assert_eq!(code.len(), 11);
        let plain = normalize_code(&code).expect("a code");
        let typed = format!(" {} ", code.to_lowercase().replace('1', "l").replace('0', "o"));
        assert_eq!(normalize_code(&typed), Some(plain));
        assert_eq!(normalize_code("7K2MA-Q0X9"), None);
        assert_eq!(normalize_code("7K2MA-Q0X9!"), None);
    }
}
