//! What carries requests: HTTP, or a function call within one process.

use crate::domain::check::Commitment;
use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::record::Line;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To read.
    Get,
    /// To hand over.
    Post,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked.
    pub method: Method,
    /// Where.
    pub address: Address,
    /// What is handed over.
    pub body: Vec<u8>,
}

/// Where something is asked, beginning with a slash. What is said behind the question mark is no
/// part of the path, and nobody can take the one for the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// What is asked for.
    pub fn path(&self) -> &str {
        self.split().0
    }

    /// What is said beside it; empty where nothing is.
    pub fn query(&self) -> &str {
        self.split().1
    }

    fn split(&self) -> (&str, &str) {
        self.0.split_once('?').unwrap_or((&self.0, ""))
    }
}

impl From<String> for Address {
    fn from(whole: String) -> Self {
        Self(whole)
    }
}

impl From<&str> for Address {
    fn from(whole: &str) -> Self {
        Self(whole.to_owned())
    }
}

impl std::fmt::Display for Address {
    /// As it stands in a request's first line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Request {
    /// To read.
    pub fn get(address: impl Into<Address>) -> Self {
        Self { method: Method::Get, address: address.into(), body: Vec::new() }
    }

    /// To hand over.
    pub fn post(address: impl Into<Address>, body: Vec<u8>) -> Self {
        Self { method: Method::Post, address: address.into(), body }
    }

    /// The path it is for, without what is said beside it.
    pub fn path(&self) -> &str {
        self.address.path()
    }
}

/// An answer as it came; nobody knows yet whether it is central's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The request may or may not have arrived.
#[derive(Debug, thiserror::Error)]
#[error("central can't be reached ({text}); nothing is lost, it is tried again")]
pub struct NoAnswer {
    /// The library's words.
    pub text: String,
}

/// Carries one request at a time.
pub trait Transport {
    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// [`NoAnswer`] when none came: what became of the request is unknown.
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer>;

    /// The same, waiting no longer than this for the answer where the carrier can tell.
    ///
    /// # Errors
    /// [`NoAnswer`], as for any request.
    fn send_within(&mut self, request: &Request, within_ms: u64) -> Result<Response, NoAnswer> {
        let _ = within_ms;
        self.send(request)
    }
}

/// A journal as its register has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalState {
    /// Which.
    pub id: JournalId,
    /// 1, or more for each other branch of a forked one.
    pub branch: u32,
    /// The next record's place.
    pub next_seq: Seq,
    /// The hash of the last record; zeros before the first.
    pub head: Hash,
    /// Its lifetime totals.
    pub lifetime: Lifetime,
}

/// Central's last receipt for a journal, as the register keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Records below it are at central.
    pub next_seq: Seq,
    /// The hash of the last of them.
    pub head: Hash,
    /// Records below it may be forgotten.
    pub prune_seq: Seq,
    /// Which central said so.
    pub server_epoch: String,
    /// The signed answer, byte by byte.
    pub bytes: Vec<u8>,
}

/// Personal data that was sealed for central, beside the record it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedData {
    /// What the record holds.
    pub commitment: Commitment,
    /// The record.
    pub seq: Seq,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// The register's ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the register's own journal could not be used for sending: {text}")]
pub struct SourceFailed {
    /// In words.
    pub text: String,
    /// The cause.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The register's journals, to be read.
pub trait Source {
    /// True while the register writes this journal; one that was given up grows no more.
    fn in_use(&self, _journal: &JournalId) -> bool {
        true
    }

    /// All journals of this register that can be read, each branch for itself, the one in use
    /// last.
    ///
    /// # Errors
    /// [`SourceFailed`].
    fn journals(&self) -> Result<Vec<JournalState>, SourceFailed>;

    /// Why some that were given up can't be read.
    fn unreadable(&self) -> Option<String> {
        None
    }

    /// Records from `from` on: at most `records` of them and at most `bytes`, but always one
    /// where there is one.
    ///
    /// # Errors
    /// [`SourceFailed`].
    fn lines(
        &self,
        journal: &JournalState,
        from: Seq,
        records: usize,
        bytes: usize,
    ) -> Result<Vec<Line>, SourceFailed>;

    /// Central's last receipt; none before the first.
    ///
    /// # Errors
    /// [`SourceFailed`].
    fn receipt(&self, journal: &JournalId) -> Result<Option<Receipt>, SourceFailed>;

    /// Sealed data of a journal that this central, by its name, does not hold yet; at most
    /// `count`. A source that keeps none has nothing to do.
    ///
    /// # Errors
    /// [`SourceFailed`].
    fn sealed(
        &self,
        journal: &JournalId,
        central: &str,
        count: usize,
    ) -> Result<Vec<SealedData>, SourceFailed> {
        let _ = (journal, central, count);
        Ok(Vec::new())
    }
}

/// Where receipts are kept.
pub trait Sink {
    /// Keeps central's newest receipt. Its `next_seq` may be lower than the last one's: central
    /// was restored from an older copy.
    ///
    /// # Errors
    /// [`SourceFailed`].
    fn store_receipt(&mut self, journal: &JournalId, receipt: &Receipt)
    -> Result<(), SourceFailed>;

    /// Notes that this central holds sealed data. What is not noted is sent again.
    ///
    /// # Errors
    /// [`SourceFailed`].
    fn sealed_held(&mut self, central: &str, held: &[Commitment]) -> Result<(), SourceFailed> {
        let _ = (central, held);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_beside_a_path_is_no_part_of_it() {
        let asked = Request::get("/v1/hello?nonce=00&why=a?b");
        assert_eq!((asked.path(), asked.address.query()), ("/v1/hello", "nonce=00&why=a?b"));
        assert_eq!(asked.address.to_string(), "/v1/hello?nonce=00&why=a?b");
        let bare = Address::from("/v1/hello");
        assert_eq!((bare.path(), bare.query()), ("/v1/hello", ""));
    }
}
