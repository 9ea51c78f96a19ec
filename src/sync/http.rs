//! Carries requests by HTTP: TLS with a pinned certificate or one the machine trusts; plain only
//! within this machine, unless it is allowed.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;

use crate::device::clock::{Clock as _, SystemClock};
use crate::device::process::handles_left;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

use super::carrier::{Method, NoAnswer, Request, Response, Transport};
use super::pinned::{Pinned, Pins, nonce, vouched};
use super::wire::ANSWER_LEN_MAX;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// 30 s for the body on a slow line and 10 s for the answer.
const TIMEOUT: Duration = Duration::from_secs(40);

/// Shorter than central's own, so that it is never central that hangs up on a new request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// A greeting is short.
const HELLO_LEN_MAX: u64 = 16 * 1024;

/// A line to one central.
#[derive(Debug)]
pub struct HttpTransport {
    client: reqwest::blocking::Client,
    base: String,
    answer_len_max: usize,
    /// How long an answer may take as a whole, however steadily it drips.
    within: Duration,
    clock: SystemClock,
    /// Where a certificate is pinned.
    pinned: Option<Line>,
}

/// What a line with a pinned certificate does when central shows another one.
#[derive(Debug)]
struct Line {
    pins: Arc<Pins>,
    provider: Arc<CryptoProvider>,
    /// Whose word is taken for another certificate; nobody's, unless it is said.
    central: Option<PublicKey>,
    /// The one its word was taken for.
    renewed: Option<Hash>,
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
    /// The system gives no handle for it.
    #[error(
        "no line to central can be set up, since the system gives this program no more open \
         files ({0}); nothing is lost, and selling goes on. End what is not needed on this \
         machine, or have the limit raised (ulimit -n), and start this again"
    )]
    NoHandles(std::io::Error),
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
        let mut builder = client();
        let mut pinned = None;
        if here {
            builder = builder.no_proxy();
        }
        match parsed.scheme() {
            "https" => {
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                if let Some(text) = fingerprint {
                    let text = text.to_ascii_lowercase().replace(':', "");
                    let pin = Hash::parse(&text).ok_or(NotAnAddress::Fingerprint(text))?;
                    let line =
                        Line { pins: Pins::new(pin), provider, central: None, renewed: None };
                    builder = builder.tls_backend_preconfigured(line.config(false)?);
                    pinned = Some(line);
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
        handles_left().map_err(NotAnAddress::NoHandles)?;
        Ok(Self {
            client: builder.build()?,
            base,
            answer_len_max: ANSWER_LEN_MAX,
            within: TIMEOUT,
            clock: SystemClock::new(None),
            pinned,
        })
    }

    /// Takes answers of at most so many bytes: what people read of central is longer than what
    /// registers do.
    #[must_use]
    pub const fn with_answers_up_to(mut self, bytes: usize) -> Self {
        self.answer_len_max = bytes;
        self
    }

    /// Waits for an answer no longer than this.
    #[must_use]
    pub const fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }
}

impl HttpTransport {
    /// Takes this key's word for another certificate than the one that is pinned.
    #[must_use]
    pub fn vouched_by(mut self, central: PublicKey) -> Self {
        if let Some(line) = &mut self.pinned {
            line.central = Some(central);
        }
        self
    }

    /// The certificate that central vouched for instead of the pinned one, once: it is to be kept.
    pub fn renewed(&mut self) -> Option<Hash> {
        self.pinned.as_mut()?.renewed.take()
    }

    /// Asks, where another certificate was shown, whether it is central's.
    fn renews(&mut self) -> bool {
        let base = &self.base;
        self.pinned.as_mut().is_some_and(|line| line.renews(base).unwrap_or(false))
    }

    fn carry(&mut self, request: &Request, within: Duration) -> Result<Response, NoAnswer> {
        match self.once(request, within) {
            Err(_) if self.renews() => self.once(request, within),
            other => other,
        }
    }

    fn once(&self, request: &Request, within: Duration) -> Result<Response, NoAnswer> {
        let url = format!("{}{}", self.base, request.address);
        let builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).body(request.body.clone()),
        };
        let no_answer = |text: String| NoAnswer { text };
        let began_ms = self.clock.mono_ms();
        let answer = builder.timeout(within).send();
        let answer = answer.map_err(|why| no_answer(root_cause(&why)))?;
        let status = answer.status().as_u16();
        // One byte more than an answer may have, so that a longer one shows.
        let most = u64::try_from(self.answer_len_max).unwrap_or(u64::MAX).saturating_add(1);
        let mut answer = answer.take(most);
        let (mut body, mut piece) = (Vec::new(), [0_u8; 8 * 1024]);
        // The library's own limit holds for each piece; this one for all of them.
        while self.clock.mono_ms().saturating_sub(began_ms) < millis(within) {
            match answer.read(&mut piece) {
                Ok(0) => return Ok(Response { status, body }),
                Ok(len) => body.extend_from_slice(piece.get(..len).unwrap_or_default()),
                Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
                Err(why) => return Err(no_answer(why.to_string())),
            }
        }
        Err(no_answer("the answer began and did not come to its end in time".to_owned()))
    }
}

impl Transport for HttpTransport {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.carry(request, self.within)
    }

    fn send_within(&mut self, request: &Request, within_ms: u64) -> Result<Response, NoAnswer> {
        self.carry(request, self.within.min(Duration::from_millis(within_ms)))
    }
}

impl Line {
    fn config(&self, any: bool) -> Result<rustls::ClientConfig, rustls::Error> {
        let (pins, provider) = (Arc::clone(&self.pins), Arc::clone(&self.provider));
        let verifier = Pinned { pins, any, provider: Arc::clone(&provider) };
        Ok(rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth())
    }

    /// True when central vouched for another certificate, which is the pin from now on.
    fn renews(&mut self, base: &str) -> Option<bool> {
        let central = self.central?;
        self.pins.other()?;
        handles_left().ok()?;
        // A client of its own: what is asked must come over the very certificate it is about.
        let asking = client().tls_backend_preconfigured(self.config(true).ok()?).build().ok()?;
        let nonce = nonce(&self.provider)?;
        let answer = asking.get(format!("{base}/v1/hello?nonce={nonce}")).send().ok()?;
        let mut body = Vec::new();
        answer.take(HELLO_LEN_MAX).read_to_end(&mut body).ok()?;
        let shown = self.pins.other()?;
        let good = vouched(&body, &central, &nonce, &shown);
        if good {
            tracing::info!(certificate = %shown, "central signed for another certificate");
            self.pins.pin(shown);
            self.renewed = Some(shown);
        } else {
            tracing::warn!(
                certificate = %shown,
                "somebody answers at central's address whom central does not vouch for; nothing \
                 was sent there"
            );
        }
        Some(good)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn client() -> reqwest::blocking::ClientBuilder {
    reqwest::blocking::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
}

/// The innermost cause says it in words; the outer ones repeat the address.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
