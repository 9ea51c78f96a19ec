//! Reads a bundle: what is good of it, and what is not and why. It runs in a reader, a process
//! of its own with limits (`device::reader`); `told` hears it.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::device::stick::{NotRead, Stick};
use crate::domain::echo::echo;
use crate::sync::bundle::{
    self, Content, MANIFEST, MANIFEST_LEN_MAX, NotABundle, PARTS_MAX, PartNote,
};

/// Names that are told of files that do not belong to the bundle.
const STRANGERS_MAX: usize = 20;

/// What is told of a good part, before its bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Good {
    /// What the manifest says of it.
    pub note: PartNote,
    /// Lifetime takings after its last record, in minor units.
    pub takings: i64,
    /// Lifetime pay-outs.
    pub payouts: i64,
}

/// A part that is not used.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bad {
    /// The file.
    pub file: String,
    /// What should have been in it.
    pub what: String,
    /// Why it is not used.
    pub why: String,
}

/// What a bundle says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The store.
    pub store: u32,
    /// The register that wrote it.
    pub by_register: u16,
    /// When.
    pub made_at: String,
    /// The fingerprint of the key that signed it.
    pub key: String,
    /// Files that don't belong to it; they were not opened.
    pub strangers: Vec<String>,
}

/// Who hears of a bundle as it is read, one part at a time.
pub trait Hears {
    /// The manifest is right.
    ///
    /// # Errors
    /// Nobody hears any more.
    fn head(&mut self, head: &Head) -> io::Result<()>;
    /// A part is.
    ///
    /// # Errors
    /// Nobody hears any more.
    fn good(&mut self, good: &Good, bytes: &[u8]) -> io::Result<()>;
    /// A part is not.
    ///
    /// # Errors
    /// Nobody hears any more.
    fn bad(&mut self, bad: &Bad) -> io::Result<()>;
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
        source: io::Error,
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
    /// Nobody hears.
    #[error("nobody hears any more what is on {path}")]
    Unheard {
        /// The folder.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Reads a bundle, in this process; with `store` one of that store alone.
///
/// # Errors
/// [`Unusable`] when nothing of it can be used.
pub fn read(folder: &Path, store: Option<u32>, hears: &mut dyn Hears) -> Result<(), Unusable> {
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
    let unheard = |source| Unusable::Unheard { path: path.clone(), source };
    let head = Head {
        store: manifest.store,
        by_register: manifest.by_register,
        made_at: echo(&manifest.made_at),
        key: key.fingerprint(),
        strangers: strangers(&stick, &manifest.parts),
    };
    hears.head(&head).map_err(unheard)?;
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
            Ok((bytes, lifetime)) => {
                let (takings, payouts) = (lifetime.takings.minor(), lifetime.payouts.minor());
                hears.good(&Good { note, takings, payouts }, &bytes)
            }
            Err(why) => {
                let what = what(&note);
                hears.bad(&Bad { file: note.file, what, why })
            }
        }
        .map_err(unheard)?;
    }
    Ok(())
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
