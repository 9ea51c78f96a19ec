//! One record: an envelope that never changes its meaning, and a body versioned by `v`.
//!
//! ```text
//!  line = <base64 Ed25519 signature, 88 characters, or "-"> " " <JSON object>
//!  {"k","v","store","reg","epoch","seq","prev","at","mono","day",
//!   "by","pack","outage","in","out","b"}
//! ```
//!
//! The envelope is read without its body, so that a record of a kind this program does not know
//! can still be chained, verified, stored and sent.

use crate::domain::book::Origin;
use crate::domain::event::{Event, Lifetime};
use crate::domain::ids::{
    Epoch, JournalId, OutageId, PackVersion, PersonId, RecordRef, RegisterNo, Seq, StoreNo,
};
use crate::domain::money::Money;
use crate::domain::time::{BusinessDate, Timestamp};

use super::body;
use super::hash::{Hash, from_hex};
use super::json::{Malformed, Reader, Writer};
use super::key::{Domain, PublicKey, SIGNATURE_TEXT_LEN, Signature, SigningKey};

/// The longest line, in bytes, without its newline.
pub const LINE_LEN_MAX: usize = 256 * 1024;
const KIND_LEN_MAX: usize = 32;

/// The exact bytes of a record, without a newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(Vec<u8>);

/// What stands around a body, but for its kind and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The journal it belongs to.
    pub journal: JournalId,
    /// Its place, from 0.
    pub seq: Seq,
    /// The hash of the record before it; zeros for the first.
    pub prev: Hash,
    /// The wall clock.
    pub at: Timestamp,
    /// The monotonic clock, in milliseconds.
    pub mono_ms: u64,
    /// The business date.
    pub date: BusinessDate,
    /// Who did it.
    pub by: Option<PersonId>,
    /// The pack in use.
    pub pack: Option<PackVersion>,
    /// The open outage.
    pub outage: Option<OutageId>,
    /// Lifetime takings and pay-outs, this record counted.
    pub lifetime: Lifetime,
}

impl Header {
    /// Where the record stands, for the store's book.
    pub fn origin(&self) -> Origin {
        Origin {
            register: self.journal.register,
            at_record: RecordRef { epoch: self.journal.epoch, seq: self.seq },
            at: self.at,
            day: self.date,
            by: self.by.clone(),
        }
    }
}

/// A line taken apart; the body is still text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// None where the key was not available.
    pub signature: Option<Signature>,
    /// The signed text.
    pub json: &'a str,
    /// The body's kind.
    pub kind: &'a str,
    /// The body's version.
    pub version: u16,
    /// The rest.
    pub header: Header,
    /// The body.
    pub body: &'a str,
}

/// Why a line can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More bytes than a record may have.
    #[error("the record is longer than {LINE_LEN_MAX} bytes")]
    TooLong,
    /// Bytes that are no UTF-8.
    #[error("the record is not text")]
    NotText,
    /// Neither a signature nor "-" before the first space.
    #[error("the record does not begin with a signature")]
    NoSignature,
    /// The JSON is not that of a record.
    #[error("the record's JSON is malformed: {0}")]
    Json(#[from] Malformed),
    /// A kind or version this program does not know; the record is kept as it is.
    #[error(
        "the record's kind '{}' version {version} is unknown to this program",
        .kind.escape_debug()
    )]
    UnknownKind {
        /// The kind.
        kind: String,
        /// The version.
        version: u16,
    },
}

impl Line {
    /// Writes and signs a record. Without a key it is chained but unsigned.
    pub fn seal(header: &Header, event: &Event, key: Option<&SigningKey>) -> Self {
        let json = write_json(header, event);
        let signature = key.map_or_else(
            || "-".to_owned(),
            |key| key.sign(Domain::Record, json.as_bytes()).to_text(),
        );
        Self([signature.as_bytes(), b" ", json.as_bytes()].concat())
    }

    /// Takes bytes that were read from a disk or a wire, as they are.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, owned.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The record's hash.
    pub fn hash(&self) -> Hash {
        Hash::of_line(&self.0)
    }
}

impl<'a> Envelope<'a> {
    /// Takes a line apart, strictly.
    ///
    /// # Errors
    /// [`Unreadable`] for anything but the one spelling of a record.
    pub fn read(line: &'a [u8]) -> Result<Self, Unreadable> {
        if line.len() > LINE_LEN_MAX {
            return Err(Unreadable::TooLong);
        }
        let text = std::str::from_utf8(line).map_err(|_| Unreadable::NotText)?;
        let (signature, json) = text.split_once(' ').ok_or(Unreadable::NoSignature)?;
        let signature = match signature {
            "-" => None,
            text if text.len() == SIGNATURE_TEXT_LEN => {
                Some(Signature::parse(text.as_bytes()).ok_or(Unreadable::NoSignature)?)
            }
            _ => return Err(Unreadable::NoSignature),
        };
        let mut reader = Reader::new(json);
        let (kind, version, header) = read_header(&mut reader)?;
        reader.key("b")?;
        let body = reader.rest().strip_suffix('}').ok_or(reader.malformed("a body"))?;
        Ok(Self { signature, json, kind, version, header, body })
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`Unreadable`] for an unknown kind or version, or a malformed body.
    pub fn event(&self) -> Result<Event, Unreadable> {
        body::read(self.kind, self.version, self.body)
    }

    /// True when the record is signed by `key`.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.signature
            .is_some_and(|signature| key.verifies(Domain::Record, self.json.as_bytes(), &signature))
    }
}

fn write_json(header: &Header, event: &Event) -> String {
    let mut json = Writer::new();
    json.begin_object();
    json.key("k");
    json.string(event.kind());
    json.key("v");
    json.int(body::VERSION);
    json.key("store");
    json.int(header.journal.store);
    json.key("reg");
    json.int(header.journal.register);
    json.key("epoch");
    json.string_of(header.journal.epoch);
    json.key("seq");
    json.int(header.seq);
    json.key("prev");
    json.string_of(header.prev);
    json.key("at");
    json.string_of(header.at);
    json.key("mono");
    json.int(header.mono_ms);
    json.key("day");
    json.string_of(header.date);
    json.key("by");
    json.string_or_null(header.by.as_ref().map(PersonId::as_str));
    json.key("pack");
    json.string_or_null(header.pack.as_ref().map(PackVersion::as_str));
    json.key("outage");
    json.string_or_null(header.outage.as_ref().map(OutageId::as_str));
    json.key("in");
    json.int(header.lifetime.takings.minor());
    json.key("out");
    json.int(header.lifetime.payouts.minor());
    json.key("b");
    body::write(&mut json, event);
    json.end_object();
    json.into_text()
}

fn read_header<'a>(reader: &mut Reader<'a>) -> Result<(&'a str, u16, Header), Malformed> {
    reader.key("k")?;
    let before = reader.clone();
    let kind = match reader.string(KIND_LEN_MAX)? {
        std::borrow::Cow::Borrowed(kind) => kind,
        std::borrow::Cow::Owned(_) => return Err(before.malformed("a plain kind")),
    };
    reader.key("v")?;
    let version = reader.int_as()?;
    reader.key("store")?;
    let store = StoreNo(reader.int_as()?);
    reader.key("reg")?;
    let register = RegisterNo(reader.int_as()?);
    reader.key("epoch")?;
    let epoch = Epoch(reader.string_as(16, "16 hex digits", from_hex)?);
    reader.key("seq")?;
    let seq = Seq(reader.int_as()?);
    reader.key("prev")?;
    let prev = reader.string_as(64, "64 hex digits", Hash::parse)?;
    reader.key("at")?;
    let at = reader.string_as(29, "a time", |text| Timestamp::parse(text).ok())?;
    reader.key("mono")?;
    let mono_ms = reader.int_as()?;
    reader.key("day")?;
    let date = reader.string_as(10, "a day", |text| BusinessDate::parse(text).ok())?;
    reader.key("by")?;
    let by = reader.nullable(|r| r.string_as(16, "a person", |t| PersonId::parse(t).ok()))?;
    reader.key("pack")?;
    let pack = reader.nullable(|r| r.string_as(16, "a pack", |t| PackVersion::parse(t).ok()))?;
    reader.key("outage")?;
    let outage = reader.nullable(|r| r.string_as(40, "an outage", |t| OutageId::parse(t).ok()))?;
    reader.key("in")?;
    let takings = Money::from_minor(reader.int()?);
    reader.key("out")?;
    let payouts = Money::from_minor(reader.int()?);
    let lifetime = Lifetime { takings, payouts };
    let journal = JournalId { store, register, epoch };
    let header = Header { journal, seq, prev, at, mono_ms, date, by, pack, outage, lifetime };
    Ok((kind, version, header))
}
