//! The HTTP line to a webhook: no redirects, bounded waits and answers, encrypted unless the
//! receiver is on this machine.

use std::io::Read as _;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};

use crate::device::process::handles_left;
use crate::sync::carrier::NoAnswer;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const ANSWER_LEN_MAX: u64 = 1024 * 1024;

/// An answer as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// When to come again, as it was said.
    pub retry_after: Option<String>,
    /// The body, at most 1 MiB.
    pub body: Vec<u8>,
}

/// Carries requests to a receiver.
pub trait Line {
    /// Posts a body.
    ///
    /// # Errors
    /// [`NoAnswer`]: what became of it is unknown.
    fn post(&mut self, url: &str, kind: &str, body: &[u8]) -> Result<Answered, NoAnswer>;

    /// Asks.
    ///
    /// # Errors
    /// [`NoAnswer`].
    fn get(&mut self, url: &str) -> Result<Answered, NoAnswer>;
}

/// Why an address can't be used.
#[derive(Debug, thiserror::Error)]
pub enum NotAReceiver {
    /// Plain HTTP to another machine.
    #[error("{0} is not encrypted; use https:// (plain http is for this machine only)")]
    Plain(String),
    /// Not http or https.
    #[error("'{0}' is not a receiver's address; write it as https://erp.example/hooks/sales")]
    Form(String),
    /// The token can't stand in a header.
    #[error("the token is not one line of plain characters; nothing was sent")]
    Token,
    /// The system gives no handle for it.
    #[error(
        "no line to the receiver can be set up, since the system gives this program no more open \
         files ({0}); nothing was sent. Have the limit raised (ulimit -n, LimitNOFILE=) and run \
         this again"
    )]
    NoHandles(std::io::Error),
    /// The library's words.
    #[error("no line to the receiver can be set up: {0}")]
    Library(#[from] reqwest::Error),
}

/// A line over HTTP.
#[derive(Debug)]
pub struct HttpLine {
    client: reqwest::blocking::Client,
    token: Option<HeaderValue>,
}

/// Checks that an address is one that may be used.
///
/// # Errors
/// [`NotAReceiver`].
pub fn checked(address: &str) -> Result<String, NotAReceiver> {
    let form = || NotAReceiver::Form(address.to_owned());
    let url = reqwest::Url::parse(address).map_err(|_| form())?;
    url.host_str().ok_or_else(form)?;
    match url.scheme() {
        "https" => Ok(address.to_owned()),
        "http" if is_here(&url) => Ok(address.to_owned()),
        "http" => Err(NotAReceiver::Plain(address.to_owned())),
        _ => Err(form()),
    }
}

fn is_here(url: &reqwest::Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
}

impl HttpLine {
    /// A line to a receiver, that shows a token where there is one.
    ///
    /// # Errors
    /// [`NotAReceiver`].
    pub fn new(url: &str, token: Option<&str>) -> Result<Self, NotAReceiver> {
        let here = is_here(&reqwest::Url::parse(url).map_err(|_| NotAReceiver::Form(url.into()))?);
        let token = token.map(|token| {
            let value = HeaderValue::from_str(&format!("Bearer {token}"));
            value.map(|mut value| {
                value.set_sensitive(true);
                value
            })
        });
        let token = token.transpose().map_err(|_| NotAReceiver::Token)?;
        let provider = rustls::crypto::ring::default_provider();
        // Another part of the program may have installed it before: same provider.
        rustls::crypto::CryptoProvider::install_default(provider).ok();
        let mut builder = reqwest::blocking::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .pool_idle_timeout(Duration::from_secs(8))
            .redirect(reqwest::redirect::Policy::none());
        if here {
            builder = builder.no_proxy();
        }
        handles_left().map_err(NotAReceiver::NoHandles)?;
        Ok(Self { client: builder.build()?, token })
    }

    fn send(&self, request: reqwest::blocking::RequestBuilder) -> Result<Answered, NoAnswer> {
        let request = match &self.token {
            Some(token) => request.header(AUTHORIZATION, token),
            None => request,
        };
        let answer = request.send().map_err(|why| NoAnswer { text: innermost(&why) })?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        let read = answer.take(ANSWER_LEN_MAX).read_to_end(&mut body);
        read.map_err(|why| NoAnswer { text: why.to_string() })?;
        Ok(Answered { status, retry_after, body })
    }
}

impl Line for HttpLine {
    fn post(&mut self, url: &str, kind: &str, body: &[u8]) -> Result<Answered, NoAnswer> {
        self.send(self.client.post(url).header(CONTENT_TYPE, kind).body(body.to_vec()))
    }

    fn get(&mut self, url: &str) -> Result<Answered, NoAnswer> {
        self.send(self.client.get(url))
    }
}

/// The innermost cause says it in words; the outer ones repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
