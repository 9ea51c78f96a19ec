//! Which certificate is central's: the one that was pinned at enrolment, or one that central's own
//! key vouches for since.
//!
//! ```text
//!  another certificate ─▶ hello, over a line that believes anybody ─▶ signed by central's key,
//!      fresh, and the certificate that was seen is among those it names?  yes ─▶ the new pin
//! ```
//!
//! Somebody in between can pass the question on, but then the certificate that is seen is theirs,
//! and central's answer does not name it. Nothing but that question goes over the open line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use crate::journal::hash::{Hash, to_hex};
use crate::journal::key::{Domain, PublicKey};

use super::sealed::Sealed;
use super::wire::{Hello, PROTOCOL};

/// What is known of central's certificate, shared between a line and what verifies it.
#[derive(Debug)]
pub(super) struct Pins(Mutex<Known>);

#[derive(Debug)]
struct Known {
    pin: Hash,
    /// The last one that was shown and is not the pin.
    other: Option<Hash>,
}

impl Pins {
    pub(super) fn new(pin: Hash) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Known { pin, other: None })))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another certificate than the pin that was shown since this was asked last.
    pub(super) fn other(&self) -> Option<Hash> {
        self.known().other.take()
    }

    /// From now on this is central's.
    pub(super) fn pin(&self, certificate: Hash) {
        self.known().pin = certificate;
    }
}

/// Accepts the certificate that is pinned, by its hash; or any, for the one question.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) pins: Arc<Pins>,
    /// Any certificate will do: who answers is asked about in the answer.
    pub(super) any: bool,
    pub(super) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Hash::of_bytes(end_entity);
        let mut known = self.pins.known();
        if shown == known.pin && !self.any {
            return Ok(ServerCertVerified::assertion());
        }
        known.other = Some(shown);
        if self.any {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General(
            "the certificate is another one than central's fingerprint says".to_owned(),
        ))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A question that no earlier answer fits.
pub(super) fn nonce(provider: &CryptoProvider) -> Option<String> {
    let mut nonce = [0_u8; 16];
    provider.secure_random.fill(&mut nonce).ok()?;
    Some(to_hex(&nonce))
}

/// Whether central's key vouches, in answer to this very question, for the certificate over which
/// the answer came.
pub(super) fn vouched(answer: &[u8], central: &PublicKey, nonce: &str, shown: &Hash) -> bool {
    let hello = Sealed::split(answer).and_then(|sealed| sealed.open(Domain::Ack, central));
    hello.is_ok_and(|hello: Hello| {
        hello.protocol == PROTOCOL
            && hello.answer == "hello"
            && hello.nonce == nonce
            && hello.certificates.contains(&shown.to_string())
    })
}
