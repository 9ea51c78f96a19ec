//! The machine that a ledger was written on, in a file beside the ledger and one beside the anchor,
//! so that a folder that was copied to another machine is not gone on with.
//!
//! ```text
//!  machine-<store>-<register>   tideover machine v1 <SHA-256 of the rows>
//!                               salt <32 hex digits>
//!                               system|disk|board <SHA-256 of salt and mark>
//! ```
//!
//! No mark stands in it as it is, and without the file's salt nobody can tell two registers of one
//! machine. A file that is missing or damaged tells nothing: who can take it away can copy it, too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::device::entropy::Entropy;
use crate::domain::own_machine::{Marks, Moved, Part, compare};
use crate::journal::hash::{Hash, from_hex, to_hex};

use super::open::flush_folder;
use super::{Identity, Place};

const TITLE: &str = "tideover machine v1";
const LEN_MAX: u64 = 1_000;

/// What is known of the machine that a ledger was written on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    salt: [u8; 16],
    marks: BTreeMap<Part, Hash>,
}

/// What was seen at a start, until it is kept.
#[derive(Debug)]
pub struct Seen {
    /// What it comes to.
    pub moved: Moved,
    places: Vec<PathBuf>,
    known: Option<Known>,
    now: Marks,
}

/// Looks which machine it is, before the ledger is opened.
pub fn look(place: &Place, identity: Identity, now: &Marks) -> Seen {
    let name = format!("machine-{}-{}", identity.store, identity.register);
    let mut places = vec![place.dir.join(&name)];
    if place.anchor_dir != place.dir {
        places.push(place.anchor_dir.join(&name));
    }
    // The one beside the ledger comes along with it, and so tells more.
    let known = places.iter().find_map(|path| read(path));
    let moved =
        known.as_ref().map_or(Moved::No, |known| compare(&known.marks, &hashed(&known.salt, now)));
    Seen { moved, places, known, now: now.clone() }
}

impl Seen {
    /// Takes this machine for the ledger's own, once the ledger is open on it.
    ///
    /// # Errors
    /// What the system says; then the next start sees the same again.
    pub fn keep(self, entropy: &dyn Entropy) -> io::Result<()> {
        if self.now.is_empty() {
            return Ok(());
        }
        let before = self.known.filter(|_| self.moved != Moved::Another);
        let mut new = match before {
            Some(known) => known,
            None => {
                let mut salt = [0; 16];
                entropy.fill(&mut salt).map_err(io::Error::other)?;
                Known { salt, marks: BTreeMap::new() }
            }
        };
        // What can't be read today stays as it was.
        new.marks.extend(hashed(&new.salt, &self.now));
        for path in &self.places {
            if read(path).as_ref() != Some(&new) {
                write(path, &new)?;
            }
        }
        Ok(())
    }
}

fn hashed(salt: &[u8; 16], marks: &Marks) -> BTreeMap<Part, Hash> {
    let hash = |part: Part, mark: &str| {
        let (title, word) = (b"tideover machine\n", part.word().as_bytes());
        Hash::of_parts(&[title, word, b"\n", salt, b"\n", mark.as_bytes()])
    };
    marks.each().map(|(part, mark)| (part, hash(part, mark))).collect()
}

fn read(path: &Path) -> Option<Known> {
    let mut text = String::new();
    File::open(path).ok()?.take(LEN_MAX).read_to_string(&mut text).ok()?;
    let (head, rows) = text.split_once('\n')?;
    let sum = head.strip_prefix(TITLE)?.strip_prefix(' ')?;
    if Hash::parse(sum)? != Hash::of_bytes(rows.as_bytes()) {
        return None;
    }
    let mut rows = rows.lines();
    let salt = from_hex(rows.next()?.strip_prefix("salt ")?)?;
    let row = |row: &str| {
        let (word, hash) = row.split_once(' ')?;
        Some((Part::from_word(word)?, Hash::parse(hash)?))
    };
    Some(Known { salt, marks: rows.map(row).collect::<Option<_>>()? })
}

fn write(path: &Path, known: &Known) -> io::Result<()> {
    let mut rows = format!("salt {}\n", to_hex(&known.salt));
    for (part, hash) in &known.marks {
        // Writing to a String can't fail.
        writeln!(rows, "{} {hash}", part.word()).ok();
    }
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(format!("{TITLE} {}\n{rows}", Hash::of_bytes(rows.as_bytes())).as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), |folder| flush_folder(folder).map_err(io::Error::other))
}

#[cfg(test)]
mod tests;
