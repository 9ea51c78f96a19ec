//! Carries requests by HTTP: TLS with a pinned certificate or one the machine trusts; plain only
//! within this machine, unless it is allowed.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use crate::journal::hash::Hash;

use super::carrier::{Method, NoAnswer, Request, Response, Transport};
use super::wire::ANSWER_LEN_MAX;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// 30 s for the body on a slow line and 10 s for the answer.
const TIMEOUT: Duration = Duration::from_secs(40);

/// Shorter than central's own, so that it is never central that hangs up on a new request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// A line to one central.
#[derive(Debug)]
pub struct HttpTransport {
    client: reqwest::blocking::Client,
    base: String,
    answer_len_max: usize,
}

/// Why an address can't be used.
#[derive(Debug, thiserror::Error)]
pub enum NotAnAddress {
    /// Plain HTTP to another machine.
    #[error(
        "{0} is not encrypted; use https:// with central's fingerprint (plain http is for this \
         machine only)"
    )]
    Plain(String),
    /// Not http or https.
    #[error("'{0}' is not central's address; write it as https://central.example:7443")]
    Form(String),
    /// Not 64 hex digits.
    #[error("'{0}' is not a certificate's fingerprint: 64 hex digits, as central prints it")]
    Fingerprint(String),
    /// The library's words.
    #[error("no line to central can be set up: {0}")]
    Library(#[from] reqwest::Error),
    /// The TLS library's words.
    #[error("no encrypted line to central can be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl HttpTransport {
    /// A line to `base`. With a fingerprint exactly that certificate is accepted, whoever signed
    /// it; without one, what this machine trusts.
    ///
    /// # Errors
    /// [`NotAnAddress`].
    pub fn new(
        base: &str,
        fingerprint: Option<&str>,
        plain_allowed: bool,
    ) -> Result<Self, NotAnAddress> {
        let base = base.trim_end_matches('/').to_owned();
        let parsed = reqwest::Url::parse(&base).map_err(|_| NotAnAddress::Form(base.clone()))?;
        let host = parsed.host_str().ok_or_else(|| NotAnAddress::Form(base.clone()))?;
        let here = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
        let mut builder = reqwest::blocking::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        if here {
            builder = builder.no_proxy();
        }
        match parsed.scheme() {
            "https" => {
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                if let Some(text) = fingerprint {
                    let text = text.to_ascii_lowercase().replace(':', "");
                    let pin = Hash::parse(&text).ok_or(NotAnAddress::Fingerprint(text))?;
                    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
                        .with_safe_default_protocol_versions()?
                        .dangerous()
                        .with_custom_certificate_verifier(Arc::new(Pinned { pin, provider }))
                        .with_no_client_auth();
                    builder = builder.tls_backend_preconfigured(config);
                } else {
                    // Another part of the program may have installed it before: same provider.
                    CryptoProvider::install_default(Arc::unwrap_or_clone(provider)).ok();
                }
            }
            "http" if here || plain_allowed => {
                let provider = rustls::crypto::ring::default_provider();
                CryptoProvider::install_default(provider).ok();
            }
            "http" => return Err(NotAnAddress::Plain(base)),
            _ => return Err(NotAnAddress::Form(base)),
        }
        Ok(Self { client: builder.build()?, base, answer_len_max: ANSWER_LEN_MAX })
    }

    /// Takes answers of at most so many bytes: what people read of central is longer than what
    /// registers do.
    #[must_use]
    pub const fn with_answers_up_to(mut self, bytes: usize) -> Self {
        self.answer_len_max = bytes;
        self
    }
}

impl Transport for HttpTransport {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        let url = format!("{}{}", self.base, request.path);
        let builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).body(request.body.clone()),
        };
        let no_answer = |text: String| NoAnswer { text };
        let answer = builder.send().map_err(|why| no_answer(root_cause(&why)))?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        // One byte more than an answer may have, so that a longer one shows.
        let most = u64::try_from(self.answer_len_max).unwrap_or(u64::MAX).saturating_add(1);
        answer.take(most).read_to_end(&mut body).map_err(|why| no_answer(why.to_string()))?;
        Ok(Response { status, body })
    }
}

/// The innermost cause says it in words; the outer ones repeat the address.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Accepts one certificate, by its hash.
#[derive(Debug)]
struct Pinned {
    pin: Hash,
    provider: Arc<CryptoProvider>,
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
        if Hash::of_bytes(end_entity) == self.pin {
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
