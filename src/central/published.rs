//! What is published for stores, in files: every process of a central reads them as they stand.
//!
//! ```text
//!  DATA/published/objects/<sha256>        packs and deltas, never changed
//!  DATA/published/stores/1042/manifest    as its publisher signed it, replaced by one rename
//!  DATA/published/stores/1042/versions    what was published for it, the newest last
//!  DATA/published/unneeded                since when no store needs a file (`prune`)
//!  DATA/published/lock                    held while something is published or removed
//! ```
//!
//! Nothing is held in memory and nothing is in the database: several processes share the folder,
//! or each has a copy of it. Central signs nothing here and could not: it has no pack key.

mod prune;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::domain::ids::StoreNo;
use crate::journal::hash::{Hash, from_hex};
use crate::pack::{MANIFEST_LEN_MAX, StoreManifest};

pub use prune::{Pruned, Unneeded, VERSIONS_KEPT};

const FOLDER: &str = "published";
/// Versions that are remembered a store: what can be pinned, and what deltas are made from.
const VERSIONS_MAX: usize = 60;

/// The folder.
#[derive(Clone, Debug)]
pub struct Published(PathBuf);

/// Held while something is published or removed; let go when it is dropped, also by the system.
#[derive(Debug)]
pub struct Publishing {
    #[expect(dead_code, reason = "the open file is the lock")]
    file: File,
}

/// A version that was published for a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedVersion {
    /// Its version.
    pub version: String,
    /// SHA-256 of the file; its name among the objects.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

impl Published {
    /// What the central of a data folder publishes.
    pub fn of(data: &Path) -> Self {
        Self(data.join(FOLDER))
    }

    /// True when something was ever published.
    pub fn is_there(&self) -> bool {
        self.0.is_dir()
    }

    /// Holds the folder for whoever publishes or removes; none while another command does.
    ///
    /// # Errors
    /// The system's.
    pub fn hold(&self) -> io::Result<Option<Publishing>> {
        std::fs::create_dir_all(&self.0)?;
        let file = File::create(self.0.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Publishing { file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(why) => Err(why.into()),
        }
    }

    /// What was published for a store and not withdrawn, the newest first.
    ///
    /// # Errors
    /// The system's, `InvalidData` where a file holds something else.
    pub fn standing(&self, store: StoreNo) -> io::Result<Vec<PublishedVersion>> {
        let withdrawn = self.claimed(store)?.map_or_else(Vec::new, |claimed| claimed.revoked);
        let versions = self.versions(store)?.into_iter().rev();
        Ok(versions.filter(|one| !withdrawn.contains(&one.version)).collect())
    }

    /// What a store's manifest says, believed by nobody yet.
    fn claimed(&self, store: StoreNo) -> io::Result<Option<StoreManifest>> {
        let Some(text) = self.manifest(store)? else { return Ok(None) };
        let odd = || damaged(&self.store(store).join("manifest"), "it is no manifest");
        StoreManifest::claim(&text).map(Some).ok_or_else(odd)
    }

    /// The signed manifest of a store; none where nothing is published for it.
    ///
    /// # Errors
    /// The system's.
    pub fn manifest(&self, store: StoreNo) -> io::Result<Option<Vec<u8>>> {
        let most = u64::try_from(MANIFEST_LEN_MAX).unwrap_or(u64::MAX);
        let mut text = Vec::new();
        match File::open(self.store(store).join("manifest")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?.take(most).read_to_end(&mut text)?,
        };
        Ok(Some(text))
    }

    /// The stores for which something is published, in order.
    ///
    /// # Errors
    /// The system's.
    pub fn stores(&self) -> io::Result<Vec<StoreNo>> {
        let entries = match std::fs::read_dir(self.0.join("stores")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut stores = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            stores.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        stores.sort_unstable();
        Ok(stores.into_iter().map(StoreNo).collect())
    }

    /// What was published for a store, the newest last.
    ///
    /// # Errors
    /// The system's, `InvalidData` where the file holds something else.
    pub fn versions(&self, store: StoreNo) -> io::Result<Vec<PublishedVersion>> {
        let path = self.store(store).join("versions");
        match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            text => serde_json::from_slice(&text?).map_err(|why| damaged(&path, &why.to_string())),
        }
    }

    /// The files that say what is published for a store: each change is a file of its own.
    pub fn files_of(&self, store: StoreNo) -> [PathBuf; 2] {
        ["manifest", "versions"].map(|name| self.store(store).join(name))
    }

    /// Where an object lies; none for a name that is no digest.
    pub fn object(&self, sha256: &str) -> Option<PathBuf> {
        let digest: [u8; 32] = from_hex(sha256)?;
        Some(self.0.join("objects").join(Hash(digest).to_string()))
    }

    /// A piece of an object; none where it is not here.
    ///
    /// # Errors
    /// The system's.
    pub fn piece(&self, sha256: &str, from: u64, most: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(path) = self.object(sha256) else { return Ok(None) };
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        file.seek(SeekFrom::Start(from))?;
        let mut piece = Vec::new();
        file.take(most).read_to_end(&mut piece)?;
        Ok(Some(piece))
    }

    /// Keeps an object durably; gives its name.
    ///
    /// # Errors
    /// The system's.
    pub fn put_object(&self, bytes: &[u8]) -> io::Result<String> {
        let name = Hash::of_bytes(bytes).to_string();
        let folder = self.0.join("objects");
        let path = folder.join(&name);
        if std::fs::metadata(&path).is_ok_and(|there| there.len() == len(bytes)) {
            return Ok(name);
        }
        std::fs::create_dir_all(&folder)?;
        replace(&path, bytes)?;
        Ok(name)
    }

    /// Notes a version and puts its manifest in place: a register that asks from then on is told.
    ///
    /// # Errors
    /// The system's.
    pub fn put(
        &self,
        store: StoreNo,
        versions: &[PublishedVersion],
        manifest: Option<&[u8]>,
    ) -> io::Result<()> {
        let folder = self.store(store);
        std::fs::create_dir_all(&folder)?;
        let from = versions.len().saturating_sub(VERSIONS_MAX);
        let kept = serde_json::to_vec(versions.get(from..).unwrap_or_default())?;
        replace(&folder.join("versions"), &kept)?;
        match manifest {
            Some(manifest) => replace(&folder.join("manifest"), manifest),
            None => Ok(()),
        }
    }

    fn store(&self, store: StoreNo) -> PathBuf {
        self.0.join("stores").join(store.to_string())
    }
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Writes a file durably and as a whole.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = File::create(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&next, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// A file that says what is published, and says something else.
fn damaged(path: &Path, why: &str) -> io::Error {
    let text = format!(
        "{} is damaged ({why}); put it back from a backup of central's folder, or remove it and \
         publish for this store again; sales and registers are not touched by it",
        path.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_in_pieces_and_nothing_else_is_read_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let published = Published::of(folder.path());
        std::fs::write(folder.path().join("central.key"), b"secret").expect("written");
        let name = published.put_object(b"0123456789").expect("kept");
        assert_eq!(published.put_object(b"0123456789").expect("kept"), name, "kept once");
        let piece = |name: &str, from, most| published.piece(name, from, most).expect("readable");
        assert_eq!(piece(&name, 0, 4).as_deref(), Some(&b"0123"[..]));
        assert_eq!(piece(&name, 8, 4).as_deref(), Some(&b"89"[..]));
        assert_eq!(piece(&name, 99, 4).as_deref(), Some(&b""[..]));
        for odd in ["", "../../central.key", "00", &"0".repeat(64), &name[1..]] {
            assert_eq!(piece(odd, 0, 4), None, "{odd}");
        }
    }
}
