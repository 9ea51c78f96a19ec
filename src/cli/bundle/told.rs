//! A bundle as a reader tells it over its pipe. What is heard here was checked there; and nothing
//! is used before the reader has told all of it and ended well.
//!
//! A reader that a stick has taken over could tell anything. It gains nothing: each record proves
//! itself once more at central, by its register's signature.

use std::ffi::OsString;
use std::path::Path;

use super::read::{Bad, Good, Head};
use crate::cli::journal_source::Journal;
use crate::cli::read_stick::{Refused, Told, told};
use crate::device::reader::{NotTold, Reader};
use crate::domain::event::Lifetime;
use crate::domain::ids::Seq;
use crate::domain::money::Money;
use crate::journal::hash::Hash;
use crate::sync::bundle::{self, Content, PARTS_MAX, PartNote, TOTAL_LEN_MAX};

/// What may be told besides the parts themselves.
const WORDS_LEN_MAX: u64 = 16 * 1024 * 1024;

/// A good part.
#[derive(Clone, Debug)]
pub struct Part {
    /// What the manifest says of it.
    pub note: PartNote,
    /// Its bytes.
    bytes: Vec<u8>,
    lifetime: Lifetime,
}

/// A bundle as it was found.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What it says of itself.
    pub head: Head,
    /// The good parts.
    pub parts: Vec<Part>,
    /// The bad ones.
    pub bad: Vec<Bad>,
}

/// Why nothing of a bundle is used.
#[derive(Debug, thiserror::Error)]
pub enum NotUsed {
    /// There is none, in the reader's words.
    #[error("{0}")]
    NoBundle(String),
    /// It can't be used, in the reader's words.
    #[error("{0}")]
    Refused(String),
    /// The reader.
    #[error("{path} was not read: {why}. Nothing was brought")]
    NotTold {
        /// The folder.
        path: String,
        /// Why.
        why: NotTold,
    },
}

/// Has a bundle read; with `store` one of that store alone.
///
/// # Errors
/// [`NotUsed`] when nothing of it can be used.
pub fn read_bundle(reader: &Reader, folder: &Path, store: Option<u32>) -> Result<Bundle, NotUsed> {
    let path = folder.display().to_string();
    let mut words: Vec<OsString> = vec!["read-stick".into(), "bundle".into()];
    if let Some(store) = store {
        words.extend(["--store".into(), store.to_string().into()]);
    }
    // A folder whose name begins with a dash is a folder.
    words.extend(["--".into(), folder.into()]);
    match hear(reader, &words) {
        Ok(Ok(bundle)) => Ok(bundle),
        Ok(Err(Refused { absent: true, words })) => Err(NotUsed::NoBundle(words)),
        Ok(Err(Refused { words, .. })) => Err(NotUsed::Refused(words)),
        Err(why) => Err(NotUsed::NotTold { path, why }),
    }
}

fn hear(reader: &Reader, words: &[OsString]) -> Result<Result<Bundle, Refused>, NotTold> {
    let mut reading = reader.begin(words, TOTAL_LEN_MAX.saturating_add(WORDS_LEN_MAX))?;
    let head = match told(&reading.next_frame()?)? {
        Told::Head(head) => head,
        Told::Refused(refused) => {
            reading.finish()?;
            return Ok(Err(refused));
        }
        _ => return Err(NotTold::Nonsense),
    };
    let mut found = Bundle { head, parts: Vec::new(), bad: Vec::new() };
    loop {
        if found.parts.len().saturating_add(found.bad.len()) > PARTS_MAX {
            return Err(NotTold::Nonsense);
        }
        match told(&reading.next_frame()?)? {
            Told::Good(good) => {
                let bytes = reading.next_frame()?;
                found.parts.push(Part::of(good, bytes.bytes)?);
            }
            Told::Bad(bad) => found.bad.push(bad),
            Told::End => break,
            _ => return Err(NotTold::Nonsense),
        }
    }
    reading.finish()?;
    Ok(Ok(found))
}

impl Part {
    fn of(good: Good, bytes: Vec<u8>) -> Result<Self, NotTold> {
        let Good { note, takings, payouts } = good;
        if u64::try_from(bytes.len()) != Ok(note.bytes) {
            return Err(NotTold::Nonsense);
        }
        let (takings, payouts) = (Money::from_minor(takings), Money::from_minor(payouts));
        Ok(Self { note, bytes, lifetime: Lifetime { takings, payouts } })
    }

    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        bundle::lines(&self.bytes)
    }

    /// The stretch of a journal that it is; none for sealed data.
    pub fn journal(&self) -> Option<Journal> {
        if self.note.content == Content::Sealed {
            return None;
        }
        Some(Journal {
            id: bundle::journal_of(&self.note)?,
            first: Seq(self.note.from),
            prev: Hash::parse(&self.note.prev)?,
            next_seq: Seq(self.note.from.saturating_add(self.note.lines)),
            lifetime: self.lifetime,
        })
    }
}
