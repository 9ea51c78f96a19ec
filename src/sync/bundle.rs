//! A bundle: journals on a stick, as files of record lines and one signed manifest. Pure: bytes to
//! verdicts; `device::stick` reads and writes them.
//!
//! ```text
//!  bundle.txt       tideover bundle v1        the manifest: four lines
//!                   <public key>
//!                   <signature>               over the JSON bytes; checked before they are read
//!                   <JSON>                    store, who, when, and of each part: name, length,
//!                                             SHA-256, journal, first record, count, both hashes
//!  part-001.lines   record lines, as they stand in the journal
//!  part-002.lines   or messages of sealed data, as their register signed them
//! ```
//!
//! Each part is good or bad by itself. What a part's records say is for central to judge; here it
//! is only asked whether they are the very bytes that were put on the stick.

use serde::{Deserialize, Serialize};

use crate::domain::echo::echo;
use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey, Signature, SigningKey};
use crate::journal::record::{Envelope, LINE_LEN_MAX};

use super::wire::JournalName;

/// The manifest's file.
pub const MANIFEST: &str = "bundle.txt";
/// The longest manifest, in bytes.
pub const MANIFEST_LEN_MAX: u64 = 1024 * 1024;
/// The most bytes of all parts together.
pub const TOTAL_LEN_MAX: u64 = 256 * 1024 * 1024;
/// The most parts.
pub const PARTS_MAX: usize = 999;
/// The most bytes of one part, but for a single record that is longer.
pub const PART_LEN_AIM: usize = 4 * 1024 * 1024;
/// The most bytes of any part: what is sealed lies in one, and a reader's memory has an end.
pub const PART_LEN_MAX: u64 = 64 * 1024 * 1024;

const TITLE: &str = "tideover bundle v1";

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The store.
    pub store: u32,
    /// The register that wrote it.
    pub by_register: u16,
    /// When, by that register's clock.
    pub made_at: String,
    /// The version of its program.
    pub program: String,
    /// One a file.
    pub parts: Vec<PartNote>,
}

/// What the manifest says of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartNote {
    /// The file's name.
    pub file: String,
    /// What is in it.
    pub content: Content,
    /// Its length.
    pub bytes: u64,
    /// Of the whole file.
    pub sha256: String,
    /// The journal.
    pub journal: JournalName,
    /// The first record.
    pub from: u64,
    /// How many lines.
    pub lines: u64,
    /// The hash of the record before the first; zeros where there is none.
    pub prev: String,
    /// The hash of the last record; zeros for sealed data.
    pub head: String,
}

/// What is in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Record lines of one journal, dense and chained.
    Records,
    /// Messages of sealed data.
    Sealed,
}

/// Why bytes are no manifest. Nothing of the bundle may be used.
#[derive(Debug, thiserror::Error)]
pub enum NotABundle {
    /// Not four lines.
    #[error("its manifest is not one, or was cut off")]
    Form,
    /// A weak or malformed key.
    #[error("its manifest names a key that can't be used: {0}")]
    Key(#[from] crate::journal::key::NotAKey),
    /// Changed, or signed by somebody else.
    #[error("its manifest was changed since it was signed")]
    Signature,
    /// The JSON.
    #[error("its manifest can't be read; it may be of a later version ({})", echo(&.0.to_string()))]
    Json(#[from] serde_json::Error),
    /// What it lists can't be.
    #[error("its manifest lists what can't be: {0}")]
    List(String),
}

/// Why a part is not used. The other parts may be good.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPart {
    /// Shorter than it was.
    #[error("it is cut off: {found} of {wanted} bytes are there")]
    CutOff {
        /// Bytes that are there.
        found: u64,
        /// Bytes that were written.
        wanted: u64,
    },
    /// Longer than it was.
    #[error("it is longer than what was written: something was added")]
    TooLong,
    /// Other bytes.
    #[error("its bytes are not those that were written: it was changed, or the stick is failing")]
    Changed,
    /// Records of another journal.
    #[error("it holds records of {found}, where the manifest says {wanted}")]
    OtherJournal {
        /// Found.
        found: String,
        /// Wanted.
        wanted: String,
    },
    /// Not the dense chain that the manifest says.
    #[error("its records are not the chain that the manifest says, from record {0} on")]
    Chain(u64),
}

/// Writes and signs a manifest.
///
/// # Errors
/// The serializer's, which a plain struct does not give.
pub fn seal(manifest: &Manifest, key: &SigningKey) -> Result<Vec<u8>, serde_json::Error> {
    let json = serde_json::to_string(manifest)?;
    let signature = key.sign(Domain::Bundle, json.as_bytes()).to_text();
    Ok(format!("{TITLE}\n{}\n{signature}\n{json}\n", key.public()).into_bytes())
}

/// Opens a manifest: its signature is checked before anything of it is read.
///
/// # Errors
/// [`NotABundle`].
pub fn open(bytes: &[u8]) -> Result<(Manifest, PublicKey), NotABundle> {
    let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
    let mut next = || lines.next().ok_or(NotABundle::Form);
    let (title, key, signature, rest) = (next()?, next()?, next()?, next()?);
    let json = rest.strip_suffix(b"\n").ok_or(NotABundle::Form)?;
    if title != TITLE.as_bytes() || json.contains(&b'\n') {
        return Err(NotABundle::Form);
    }
    let key = std::str::from_utf8(key).map_err(|_| NotABundle::Form)?;
    let key = PublicKey::parse(key)?;
    let signature = Signature::parse(signature).ok_or(NotABundle::Form)?;
    if !key.verifies(Domain::Bundle, json, &signature) {
        return Err(NotABundle::Signature);
    }
    let manifest: Manifest = serde_json::from_slice(json)?;
    check_list(&manifest)?;
    Ok((manifest, key))
}

/// The name of the n-th part, from 1.
pub fn part_name(number: usize) -> String {
    format!("part-{number:03}.lines")
}

fn check_list(manifest: &Manifest) -> Result<(), NotABundle> {
    let wrong = |text: String| Err(NotABundle::List(text));
    if manifest.parts.len() > PARTS_MAX {
        return wrong(format!("{} parts", manifest.parts.len()));
    }
    let mut total = 0_u64;
    for (number, part) in (1..).zip(&manifest.parts) {
        // Fixed names, each once, in one folder: there is no path to climb out by.
        if part.file != part_name(number) {
            let shown: String =
                part.file.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect();
            return wrong(format!("a file '{shown}' where {} belongs", part_name(number)));
        }
        if part.journal.store != manifest.store {
            let (found, store) = (part.journal.store, manifest.store);
            return wrong(format!("{} of store {found} in a bundle of store {store}", part.file));
        }
        if part.bytes > PART_LEN_MAX {
            return wrong(format!("{} of {} bytes", part.file, part.bytes));
        }
        total = total.saturating_add(part.bytes);
    }
    if total > TOTAL_LEN_MAX {
        return wrong(format!("{total} bytes, more than {TOTAL_LEN_MAX}"));
    }
    Ok(())
}

/// Checks a part's bytes against the manifest: length and hash first, then what is in it.
///
/// # Errors
/// [`BadPart`].
pub fn check(note: &PartNote, bytes: &[u8]) -> Result<Lifetime, BadPart> {
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if found < note.bytes {
        return Err(BadPart::CutOff { found, wanted: note.bytes });
    }
    if found > note.bytes {
        return Err(BadPart::TooLong);
    }
    if Hash::of_bytes(bytes).to_string() != note.sha256 {
        return Err(BadPart::Changed);
    }
    match note.content {
        Content::Sealed => Ok(Lifetime::default()),
        Content::Records => check_records(note, bytes),
    }
}

fn check_records(note: &PartNote, bytes: &[u8]) -> Result<Lifetime, BadPart> {
    let journal = note.journal.id().map_err(|_| BadPart::Chain(note.from))?;
    let mut head = Hash::parse(&note.prev).ok_or(BadPart::Chain(note.from))?;
    let (mut seq, mut lifetime) = (Seq(note.from), Lifetime::default());
    for line in lines(bytes) {
        if line.len() > LINE_LEN_MAX {
            return Err(BadPart::Chain(seq.0));
        }
        // A line that can't be read keeps its place; the next one's hash vouches for it.
        if let Ok(envelope) = Envelope::read(line) {
            let header = &envelope.header;
            if header.journal != journal {
                let (found, wanted) = (header.journal.to_string(), journal.to_string());
                return Err(BadPart::OtherJournal { found, wanted });
            }
            if header.seq != seq || header.prev != head {
                return Err(BadPart::Chain(seq.0));
            }
            lifetime = header.lifetime;
        }
        head = Hash::of_line(line);
        seq = seq.next();
    }
    let count = seq.0.saturating_sub(note.from);
    if count != note.lines || head.to_string() != note.head {
        return Err(BadPart::Chain(seq.0));
    }
    Ok(lifetime)
}

/// The lines of a part.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// The journal of a note, where it names one.
pub fn journal_of(note: &PartNote) -> Option<JournalId> {
    note.journal.id().ok()
}
