//! Reads a bundle: what is good of it, and what is not and why.

use std::path::Path;

use serde::Serialize;

use crate::cli::journal_source::Journal;
use crate::device::stick::{NotRead, Stick};
use crate::domain::event::Lifetime;
use crate::domain::ids::Seq;
use crate::journal::hash::Hash;
use crate::sync::bundle::{
    self, Content, MANIFEST, MANIFEST_LEN_MAX, NotABundle, PARTS_MAX, PartNote,
};

/// Names that are told of files that do not belong to the bundle.
const STRANGERS_MAX: usize = 20;

/// A good part.
#[derive(Clone, Debug)]
pub struct Part {
    /// What the manifest says of it.
    pub note: PartNote,
    /// Its bytes.
    bytes: Vec<u8>,
    lifetime: Lifetime,
}

/// A part that is not used.
#[derive(Clone, Debug, Serialize)]
pub struct Bad {
    /// The file.
    pub file: String,
    /// What should have been in it.
    pub what: String,
    /// Why it is not used.
    pub why: String,
}

/// A bundle as it was found.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The store.
    pub store: u32,
    /// The register that wrote it.
    pub by_register: u16,
    /// When.
    pub made_at: String,
    /// The fingerprint of the key that signed it.
    pub key: String,
    /// The good parts.
    pub parts: Vec<Part>,
    /// The bad ones.
    pub bad: Vec<Bad>,
    /// Files that don't belong to it; they were not opened.
    pub strangers: Vec<String>,
}

/// Why nothing of a bundle is used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The folder.
    #[error(
        "{path} can't be opened as a folder of its own (a link is not followed); nothing was \
         brought, name the bundle's folder on the stick itself"
    )]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The manifest's file.
    #[error("{path} is no bundle that can be used: {why}. Nothing was brought; write it again")]
    File {
        /// The folder.
        path: String,
        /// Why.
        why: NotRead,
    },
    /// The manifest.
    #[error(
        "{path} can't be used: {why}. Nothing was brought. Write it again with 'tideover bundle \
         export'; where that register is gone, 'tideover import' takes each file of lines by \
         itself, since every record is signed"
    )]
    Manifest {
        /// The folder.
        path: String,
        /// Why.
        why: NotABundle,
    },
    /// Another store's.
    #[error(
        "{path} is a bundle of store {found}, not of store {wanted}; nothing was brought, look \
         whether it is the right stick"
    )]
    OtherStore {
        /// The folder.
        path: String,
        /// The store of the bundle.
        found: u32,
        /// The one that was wanted.
        wanted: u32,
    },
}

/// Reads a bundle; with `store` one of that store alone.
///
/// # Errors
/// [`Unusable`] when nothing of it can be used.
pub fn read_bundle(folder: &Path, store: Option<u32>) -> Result<Bundle, Unusable> {
    let path = folder.display().to_string();
    let stick =
        Stick::open(folder).map_err(|source| Unusable::Folder { path: path.clone(), source })?;
    let manifest = stick
        .read(MANIFEST, MANIFEST_LEN_MAX)
        .map_err(|why| Unusable::File { path: path.clone(), why })?;
    let (manifest, key) =
        bundle::open(&manifest).map_err(|why| Unusable::Manifest { path: path.clone(), why })?;
    if let Some(wanted) = store.filter(|wanted| *wanted != manifest.store) {
        return Err(Unusable::OtherStore { path, found: manifest.store, wanted });
    }
    let mut found = Bundle {
        store: manifest.store,
        by_register: manifest.by_register,
        made_at: manifest.made_at,
        key: key.fingerprint(),
        parts: Vec::new(),
        bad: Vec::new(),
        strangers: strangers(&stick, &manifest.parts),
    };
    for note in manifest.parts {
        // One byte more, so that what was added shows as such.
        let read = stick.read(&note.file, note.bytes.saturating_add(1));
        let checked = match read {
            Err(NotRead::TooLong(_)) => Err(bundle::BadPart::TooLong.to_string()),
            Err(why) => Err(why.to_string()),
            Ok(bytes) => match bundle::check(&note, &bytes) {
                Ok(lifetime) => Ok((bytes, lifetime)),
                Err(why) => Err(why.to_string()),
            },
        };
        match checked {
            Ok((bytes, lifetime)) => found.parts.push(Part { note, bytes, lifetime }),
            Err(why) => {
                found.bad.push(Bad { file: note.file.clone(), what: what(&note), why });
            }
        }
    }
    Ok(found)
}

/// What a part is, in words.
pub fn what(note: &PartNote) -> String {
    let journal = bundle::journal_of(note).map_or_else(String::new, |id| id.to_string());
    match note.content {
        Content::Records => {
            let last = note.from.saturating_add(note.lines).saturating_sub(1);
            format!("{journal} records {} to {last}", note.from)
        }
        Content::Sealed => format!("{journal} sealed data of checks"),
    }
}

fn strangers(stick: &Stick, parts: &[PartNote]) -> Vec<String> {
    let names = stick.names(PARTS_MAX.saturating_add(STRANGERS_MAX)).unwrap_or_default();
    let known = |name: &String| name == MANIFEST || parts.iter().any(|part| part.file == *name);
    let shown = |name: String| name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    names.into_iter().filter(|name| !known(name)).take(STRANGERS_MAX).map(shown).collect()
}

impl Part {
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
