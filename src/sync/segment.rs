//! A segment: a run of records of one journal, as it travels by HTTP or on a stick.
//!
//! ```text
//!  <signature> <header JSON> LF <zstd blob of the record lines, joined by LF>
//!       │            └ blob_sha256, raw_len, n, sum, prev, head
//!       └ by the register's key: every byte is vouched for BEFORE anything is unpacked
//! ```
//!
//! `open` goes in that order: lengths, signature, blob hash, then a bounded unpacking, then the
//! chain from `prev` to `head`. What a record says is never a reason to refuse a segment: a line
//! that can't be read keeps its place, since the header's chain vouches for it.

use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey, SigningKey};
use crate::journal::record::{Envelope, LINE_LEN_MAX, Line, Unreadable};

use super::sealed::{self, NotSealed, Sealed};
use super::wire::{
    HEADER_LEN_MAX, Header, JournalName, PROTOCOL, RATIO_MAX, RAW_LEN_FREE, RAW_LEN_MAX,
    SEGMENT_LEN_MAX, SEGMENT_RECORDS_LIMIT,
};

/// zstd's own fast levels gain nothing here: signatures and hashes don't compress.
const ZSTD_LEVEL: i32 = 3;

/// What is known of one record without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// Its place.
    pub seq: Seq,
    /// Its hash.
    pub hash: Hash,
    /// Its kind; empty when the line can't be read.
    pub kind: String,
    /// The wall clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// Lifetime totals after it.
    pub lifetime: Lifetime,
}

/// Records of one journal, dense and chained, vouched for by a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The journal.
    pub journal: JournalId,
    /// The key whose signature vouches for the run.
    pub key: PublicKey,
    /// The hash of the record before the first.
    pub prev: Hash,
    /// One a record, never empty.
    pub records: Vec<Stub>,
    /// The sealed header as it came; none for plain record lines.
    pub header: Option<Vec<u8>>,
    /// The record lines, packed.
    pub blob: Vec<u8>,
    /// The length of the lines.
    pub raw_len: u64,
    /// The key that the first record of a journal names, with whether the epoch follows from it.
    pub opened_by: Option<(PublicKey, bool)>,
}

/// Why bytes are no segment. All of it is about the frame, none about what a record says.
#[derive(Debug, thiserror::Error)]
pub enum NotASegment {
    /// More than the limits allow.
    #[error("the segment is too large: {0}; send fewer records at a time")]
    TooLarge(&'static str),
    /// No header line.
    #[error("the segment has no header; it was cut off or garbled on the way, send it again")]
    NoHeader,
    /// The header is not sealed as it should be.
    #[error("the segment's header was not accepted: {0}")]
    Seal(#[from] NotSealed),
    /// The header names a weak or malformed key.
    #[error("the segment's key was not accepted: {0}")]
    Key(#[from] crate::journal::key::NotAKey),
    /// The header holds something else than it should.
    #[error("the segment's header is malformed: {0}")]
    Header(&'static str),
    /// The blob is another one than the header says.
    #[error("the segment's records were garbled or cut off on the way; send them again")]
    Blob,
    /// The blob does not unpack to what the header says.
    #[error("the segment does not unpack as its header says; nothing was stored")]
    Unpack,
    /// The records are not the dense chain that the header says.
    #[error("the segment's records are not one chain: {0}; nothing was stored")]
    Chain(String),
}

/// Packs lines as a segment and signs it.
///
/// # Errors
/// [`NotASegment`] when the lines are not one readable run, or too large together.
pub fn build(lines: &[Line], key: &SigningKey) -> Result<Vec<u8>, NotASegment> {
    let first = lines.first().ok_or(NotASegment::Header("no records"))?;
    let last = lines.last().ok_or(NotASegment::Header("no records"))?;
    let unreadable = |why: Unreadable| NotASegment::Chain(why.to_string());
    let (first, head) = (Envelope::read(first.bytes()).map_err(unreadable)?, last.hash());
    let last = Envelope::read(last.bytes()).map_err(unreadable)?;
    let raw = join(lines.iter().map(Line::bytes));
    let blob = pack(&raw)?;
    let sum = net(&last.header.lifetime);
    let header = Header {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&first.header.journal),
        from: first.header.seq.0,
        to: last.header.seq.0,
        prev: first.header.prev.to_string(),
        head: head.to_string(),
        n: count(lines.len()),
        sum,
        enc: "zstd".to_owned(),
        raw_len: count(raw.len()),
        blob_sha256: Hash::of_bytes(&blob).to_string(),
        key: key.public().to_string(),
    };
    let header = sealed::seal(&header, Domain::Segment, key).map_err(NotSealed::from)?;
    let bytes = [header.as_slice(), b"\n", &blob].concat();
    if bytes.len() > SEGMENT_LEN_MAX {
        return Err(NotASegment::TooLarge("packed"));
    }
    if raw.len() > raw_len_allowed(blob.len()) {
        return Err(NotASegment::TooLarge("unpacked"));
    }
    Ok(bytes)
}

/// Checks a segment and takes it apart.
///
/// # Errors
/// [`NotASegment`]; nothing is unpacked before signature and blob hash hold.
pub fn open(bytes: &[u8]) -> Result<Run, NotASegment> {
    if bytes.len() > SEGMENT_LEN_MAX {
        return Err(NotASegment::TooLarge("packed"));
    }
    let end = bytes.iter().take(HEADER_LEN_MAX).position(|byte| *byte == b'\n');
    let (sealed, blob) =
        end.and_then(|end| bytes.split_at_checked(end)).ok_or(NotASegment::NoHeader)?;
    let blob = blob.strip_prefix(b"\n").ok_or(NotASegment::NoHeader)?;
    let split = Sealed::split(sealed)?;
    let claimed: Header = split.claim()?;
    let key = PublicKey::parse(&claimed.key)?;
    let header: Header = split.open(Domain::Segment, &key)?;
    let hash = |text: &str| Hash::parse(text).ok_or(NotASegment::Header("a hash"));
    if header.protocol != PROTOCOL || header.enc != "zstd" {
        return Err(NotASegment::Header("its version or packing is unknown here"));
    }
    if Hash::of_bytes(blob) != hash(&header.blob_sha256)? {
        return Err(NotASegment::Blob);
    }
    let raw_len = usize::try_from(header.raw_len).map_err(|_| NotASegment::TooLarge("unpacked"))?;
    if raw_len > raw_len_allowed(blob.len()) {
        return Err(NotASegment::TooLarge("unpacked"));
    }
    let journal = header.journal.id().map_err(|_| NotASegment::Header("the journal's name"))?;
    let raw = unpack(blob, raw_len)?;
    let prev = hash(&header.prev)?;
    let read = read_run(&raw, journal, Seq(header.from), prev)?;
    let last = read.records.last().ok_or(NotASegment::Header("no records"))?;
    if last.seq.0 != header.to || count(read.records.len()) != header.n {
        return Err(NotASegment::Chain("there are more or fewer than the header says".to_owned()));
    }
    if last.hash != hash(&header.head)? {
        return Err(NotASegment::Chain("the last one is another than the header says".to_owned()));
    }
    Ok(Run {
        journal,
        key,
        prev,
        records: read.records,
        header: Some(sealed.to_vec()),
        blob: blob.to_vec(),
        raw_len: header.raw_len,
        opened_by: read.opened_by,
    })
}

/// What a run's lines say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// One a record.
    pub records: Vec<Stub>,
    /// The key the journal's first record names, and whether the epoch follows from it.
    pub opened_by: Option<(PublicKey, bool)>,
}

/// Reads joined lines as records of one journal from `from` on, each chained to the one before.
///
/// # Errors
/// [`NotASegment::Chain`] where they are not.
pub fn read_run(
    raw: &[u8],
    journal: JournalId,
    from: Seq,
    prev: Hash,
) -> Result<Read, NotASegment> {
    let mut records: Vec<Stub> = Vec::new();
    let mut opened_by = None;
    let (mut seq, mut before) = (from, prev);
    let mut lifetime = Lifetime::default();
    for line in raw.split(|byte| *byte == b'\n') {
        if line.len() > LINE_LEN_MAX || records.len() >= SEGMENT_RECORDS_LIMIT {
            return Err(NotASegment::TooLarge("one record, or their count"));
        }
        let hash = Hash::of_line(line);
        let stub = match Envelope::read(line) {
            Ok(envelope) => {
                let header = &envelope.header;
                if header.journal != journal || header.seq != seq {
                    let text = format!("record {seq} is missing or of another journal");
                    return Err(NotASegment::Chain(text));
                }
                if header.prev != before {
                    let text = format!("record {seq} was written after another one");
                    return Err(NotASegment::Chain(text));
                }
                if seq == Seq(0) {
                    opened_by = opened(&envelope);
                }
                lifetime = header.lifetime;
                let (kind, at_ms) = (envelope.kind.to_owned(), header.at.utc_ms);
                Stub { seq, hash, kind, at_ms, lifetime }
            }
            // The next record, or the header, vouches for these bytes by their hash.
            Err(_) => {
                let at_ms = records.last().map_or(0, |stub| stub.at_ms);
                Stub { seq, hash, kind: String::new(), at_ms, lifetime }
            }
        };
        records.push(stub);
        (seq, before) = (seq.next(), hash);
    }
    Ok(Read { records, opened_by })
}

/// The key that a journal's first record names, and whether its epoch follows from it.
pub fn opened(envelope: &Envelope<'_>) -> Option<(PublicKey, bool)> {
    use crate::domain::event::Event;
    let Ok(Event::EpochOpen(open)) = envelope.event() else { return None };
    let key = PublicKey::from_bytes(open.public_key).ok()?;
    let derived = crate::journal::epoch::derive(&key, &open.nonce);
    Some((key, derived == envelope.header.journal.epoch && envelope.is_signed_by(&key)))
}

/// Joins lines as they stand in a blob.
pub fn join<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut raw = Vec::new();
    for (place, line) in lines.into_iter().enumerate() {
        if place > 0 {
            raw.push(b'\n');
        }
        raw.extend_from_slice(line);
    }
    raw
}

/// Packs joined lines.
///
/// # Errors
/// [`NotASegment::Unpack`] when the library gives up.
pub fn pack(raw: &[u8]) -> Result<Vec<u8>, NotASegment> {
    zstd::bulk::compress(raw, ZSTD_LEVEL).map_err(|_| NotASegment::Unpack)
}

/// Unpacks a blob to exactly `raw_len` bytes.
///
/// # Errors
/// [`NotASegment::Unpack`] when it has more, fewer or none.
pub fn unpack(blob: &[u8], raw_len: usize) -> Result<Vec<u8>, NotASegment> {
    let raw = zstd::bulk::decompress(blob, raw_len).map_err(|_| NotASegment::Unpack)?;
    if raw.len() == raw_len { Ok(raw) } else { Err(NotASegment::Unpack) }
}

/// What a blob of this length may unpack to.
fn raw_len_allowed(blob_len: usize) -> usize {
    RATIO_MAX.saturating_mul(blob_len).saturating_add(RAW_LEN_FREE).min(RAW_LEN_MAX)
}

fn net(lifetime: &Lifetime) -> i64 {
    lifetime.takings.minor().saturating_sub(lifetime.payouts.minor())
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
