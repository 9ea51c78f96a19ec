//! Readers of bytes from outside: what `it::fuzz` feeds by chance and `fuzz/` feeds by coverage. One
//! list for both. What a reader needs beside the bytes (a file, a central) it makes once a thread.
//!
//! A reader panics where something is believed that should not be; whether it refused, and in
//! which words, is its answer.

mod files;
#[cfg(feature = "central")]
mod lines;

use tideover::domain::birth::BirthDate;
use tideover::domain::check::micr;
use tideover::domain::code::reading::{CodeRules, read};
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::PackVersion;
use tideover::domain::money::Money;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::semver::Semver;
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::journal::checkpoint::Checkpoint;
use tideover::journal::hash::Hash;
use tideover::journal::key::{Domain, SigningKey};
use tideover::journal::record::{Envelope, Unreadable};
use tideover::journal::verify::{Depth, Known, verify};
use tideover::peer::wire::{Ask, FRAME_LEN_MAX, Say, receive};
use tideover::receipt::{base32, promise, status, witness};
use tideover::reconcile::rulebook::Rulebook;
use tideover::sync::wire::{Header, JournalName, PROTOCOL};
use tideover::sync::{bundle, segment};

pub use files::{
    TABLES, baskets, pack, pack_release, pack_trailer, probes, scenario, settings, table,
};
#[cfg(feature = "central")]
pub use lines::{SIGNATURE, answer, answers, request, request_both, requests};

/// What a reader made of an input.
pub enum Seen {
    /// It read something.
    Taken,
    /// It refused, in these words.
    Refused(String),
}

impl<T, E: std::fmt::Display> From<Result<T, E>> for Seen {
    fn from(read: Result<T, E>) -> Self {
        match read {
            Ok(_) => Self::Taken,
            Err(why) => Self::Refused(why.to_string()),
        }
    }
}

/// A reader.
pub type Reader = fn(&[u8]) -> Seen;

/// Each reader by its name, in `fuzz/Cargo.toml` and as `fuzz/corpus/NAME` too.
pub const ALL: &[(&str, Reader)] = &[
    ("scan", scan),
    ("check-line", check_line),
    ("small-words", small_words),
    ("record-line", record_line),
    ("journal", journal),
    ("checkpoint", checkpoint),
    ("bundle-manifest", bundle_manifest),
    ("bundle-part", bundle_part),
    ("paper", paper),
    ("printer", printer),
    ("rules", rules),
    ("segment-body", segment_body),
    ("segment-records", segment_records),
    ("peer-message", peer_message),
    ("table", table),
    ("pack-trailer", pack_trailer),
    ("pack", pack),
    ("pack-release", pack_release),
    ("settings", settings),
    ("probes", probes),
    ("scenario", scenario),
    ("baskets", baskets),
    #[cfg(feature = "central")]
    ("request", request),
    #[cfg(feature = "central")]
    ("answer", answer),
];

/// The first line without its end, and what comes after it.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The key that signs where a signature would stop everything at the door.
fn key() -> SigningKey {
    SigningKey::from_seed(&[5; 32]).expect("a key")
}

pub fn scan(input: &[u8]) -> Seen {
    let day = BusinessDate::parse("2026-11-22").expect("a day");
    let readings = read(&text(input), &CodeRules::default(), day);
    let all = readings.all();
    // A scan costs a bounded number of look-ups, whatever it holds.
    assert!((1..=16).contains(&all.len()), "{} readings", all.len());
    ItemCode::parse(&text(input)).into()
}

pub fn check_line(input: &[u8]) -> Seen {
    micr::read(&text(input)).map_err(|why| format!("not a check line: {why:?}")).into()
}

pub fn small_words(input: &[u8]) -> Seen {
    let text = text(input);
    let mut seen = Seen::from(Money::parse(&text));
    for next in [
        Seen::from(Quantity::parse(&text)),
        Seen::from(UnitPrice::parse(&text)),
        Seen::from(Timestamp::parse(&text)),
        Seen::from(BusinessDate::parse(&text)),
        Seen::from(PackVersion::parse(&text)),
    ] {
        if matches!(next, Seen::Taken) {
            seen = Seen::Taken;
        }
    }
    if BirthDate::parse(&text).is_some() || Semver::parse(&text).is_some() {
        seen = Seen::Taken;
    }
    seen
}

/// A line with any bytes for its JSON, rightly signed: behind it lies the reader of bodies.
fn signed(key: &SigningKey, domain: Domain, json: &[u8]) -> Vec<u8> {
    let signature = key.sign(domain, json).to_text();
    [signature.as_bytes(), b" ", json].concat()
}

pub fn record_line(input: &[u8]) -> Seen {
    let read = |line: &[u8]| -> Result<(), Unreadable> {
        let envelope = Envelope::read(line)?;
        envelope.event().map(|_| ())
    };
    let json: Vec<u8> = input.iter().copied().skip(89).collect();
    // Once more rightly signed, so that the signature stops none of them.
    let key = key();
    let own = signed(&key, Domain::Record, &json);
    if let Ok(envelope) = Envelope::read(&own) {
        assert!(envelope.is_signed_by(&key.public()));
    }
    match read(input) {
        Ok(()) => Seen::from(read(&own)),
        refused => Seen::from(refused.and_then(|()| read(&own))),
    }
}

pub fn journal(input: &[u8]) -> Seen {
    let report = verify(input.split(|byte| *byte == b'\n'), Depth::Full, Known::default());
    match report.findings.first() {
        None => Seen::Taken,
        Some(finding) => Seen::Refused(finding.text.clone()),
    }
}

pub fn checkpoint(input: &[u8]) -> Seen {
    Checkpoint::read(&text(input), Some(&key().public())).into()
}

pub fn bundle_manifest(input: &[u8]) -> Seen {
    let seen = Seen::from(bundle::open(input));
    // The same bytes for its JSON, signed by somebody who may: the signature stops nothing.
    let json: Vec<u8> = input.iter().copied().filter(|byte| *byte != b'\n').collect();
    let key = key();
    let signature = key.sign(Domain::Bundle, &json).to_text();
    let title = format!("tideover bundle v1\n{}\n{signature}\n", key.public());
    match bundle::open(&[title.as_bytes(), &json, b"\n"].concat()) {
        Ok((manifest, _)) => {
            assert!(manifest.parts.len() <= bundle::PARTS_MAX);
            seen
        }
        Err(why) => Seen::Refused(why.to_string()),
    }
}

/// A part whose length and hash are right, of the journal that its first line names.
pub fn bundle_part(input: &[u8]) -> Seen {
    let first = bundle::lines(input).next().and_then(|line| Envelope::read(line).ok());
    let Some(first) = first else { return Seen::Refused("no record to begin with".to_owned()) };
    let header = &first.header;
    let lines: Vec<&[u8]> = bundle::lines(input).collect();
    let note = bundle::PartNote {
        file: bundle::part_name(1),
        content: bundle::Content::Records,
        bytes: u64::try_from(input.len()).expect("fits"),
        sha256: Hash::of_bytes(input).to_string(),
        journal: JournalName::of(&header.journal),
        from: header.seq.0,
        lines: u64::try_from(lines.len()).expect("fits"),
        prev: header.prev.to_string(),
        head: lines.last().map_or(Hash::ZERO, |line| Hash::of_line(line)).to_string(),
    };
    bundle::check(&note, input).into()
}

pub fn paper(input: &[u8]) -> Seen {
    let central = SigningKey::from_seed(&[1; 32]).expect("a key").public();
    let text = text(input);
    promise::PromiseName::parse(&text);
    if let Some(bytes) = base32::decode(&text) {
        assert_eq!(base32::decode(&base32::encode(&bytes)), Some(bytes));
    }
    let sale = witness::verify(&text, &central);
    let check = promise::verify(&text, &central);
    assert!(sale.is_err() && check.is_err(), "nothing here is signed");
    Seen::Refused(format!("{:?} {:?}", sale.err(), check.err()))
}

const QUERIES: [status::Query; 4] =
    [status::Query::Printer, status::Query::Offline, status::Query::Error, status::Query::Paper];

pub fn printer(input: &[u8]) -> Seen {
    let mut condition = status::Condition::default();
    for (byte, query) in input.iter().zip(QUERIES.iter().cycle()) {
        let before = condition;
        condition = condition.with(*query, *byte);
        assert!(status::is_answer(*byte) || condition == before, "garbage changed something");
    }
    if condition.can_print() {
        return Seen::Taken;
    }
    Seen::Refused(format!("can't print: {condition:?}"))
}

pub fn rules(input: &[u8]) -> Seen {
    Rulebook::read(&text(input)).into()
}

pub fn segment_body(input: &[u8]) -> Seen {
    segment::open(input).into()
}

/// A blob that its header vouches for, whatever is in it: as it is, and packed.
pub fn segment_records(input: &[u8]) -> Seen {
    let lines: Vec<&[u8]> = bundle::lines(input).collect();
    let first = lines.first().and_then(|line| Envelope::read(line).ok());
    let Some(first) = first else {
        return segment::unpack(input, 64 * 1024).into();
    };
    let packed = segment::pack(input).expect("packed");
    let header = &first.header;
    let count = u64::try_from(lines.len()).expect("fits");
    let claimed = Header {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&header.journal),
        from: header.seq.0,
        to: header.seq.0.saturating_add(count).saturating_sub(1),
        prev: header.prev.to_string(),
        head: lines.last().map_or(Hash::ZERO, |line| Hash::of_line(line)).to_string(),
        n: count,
        sum: 0,
        enc: "zstd".to_owned(),
        raw_len: u64::try_from(input.len()).expect("fits"),
        blob_sha256: Hash::of_bytes(&packed).to_string(),
        key: key().public().to_string(),
    };
    let claimed = serde_json::to_vec(&claimed).expect("json");
    let body = [&signed(&key(), Domain::Segment, &claimed), b"\n".as_slice(), &packed].concat();
    segment::open(&body).into()
}

pub fn peer_message(input: &[u8]) -> Seen {
    let asked = receive::<Ask>(&mut &input[..], FRAME_LEN_MAX);
    let said = receive::<Say>(&mut &input[..], FRAME_LEN_MAX);
    if let Ok((_, lines)) = &asked {
        let len: usize = lines.iter().map(Vec::len).sum();
        assert!(len <= input.len(), "more came out than went in");
    }
    match (asked, said) {
        (Err(why), Err(_)) => Seen::Refused(why.to_string()),
        _ => Seen::Taken,
    }
}
