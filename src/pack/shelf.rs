//! The packs folder of a register: a pack is verified to the last byte and row, then put beside
//! the earlier ones; the latest that is whole is the one in use.
//!
//! ```text
//!  packs/20261121-1.pack   .mark      kept, should the later one be damaged
//!  packs/20261122-1.pack   .mark  ◀── in use
//! ```
//!
//! There is no pointer to the current pack that could disagree with the files: the highest
//! version is the current one, and nothing earlier is ever accepted after it. A person may pin a
//! version that is here, and revoke others; see `pinned`.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use super::arrival::Arrival;
use super::error::PackError;
use super::file::{Incoming, Mark, mark_path, open_plain};
use super::key::PackKey;
use super::open::Pack;
use super::trailer;
use super::version::{is_later, parts};
use crate::domain::ids::{PackVersion, StoreNo};

/// Packs kept: the one in use and two before it.
const KEPT: usize = 3;
/// 4 GiB: more than [`super::ITEMS_MAX`] items take.
const PACK_LEN_MAX: u64 = 1 << 32;

/// A register's packs.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub(super) folder: PathBuf,
}

/// A pack that was put on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: PackVersion,
    /// SHA-256 of its pages.
    pub digest: [u8; 32],
    /// Items in it.
    pub items: u64,
    /// The version in use before.
    pub previous: Option<PackVersion>,
    /// True when the very same pack was already in use and nothing was done.
    pub already: bool,
}

/// The pack in use, and what had to be passed over to find it.
#[derive(Debug)]
pub struct Current {
    /// The latest pack that is whole; none on an empty shelf.
    pub pack: Option<Pack>,
    /// Later ones that can't be used, latest first: tell a lead, and apply them again.
    pub passed_over: Vec<PassedOver>,
}

/// A pack on the shelf that can't be used.
#[derive(Debug)]
pub struct PassedOver {
    /// The version its name says.
    pub version: PackVersion,
    /// Why not.
    pub reason: PackError,
}

impl Shelf {
    /// The shelf in a folder, which is made if it is missing.
    ///
    /// # Errors
    /// [`PackError::Io`] when it can't be made.
    pub fn open(folder: &Path) -> Result<Self, PackError> {
        // It holds what PINs open.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| PackError::Io { file: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The pack in use on the shelf of a folder, for whoever only looks: nothing is made or noted.
    ///
    /// # Errors
    /// [`PackError`] when the folder can't be read.
    pub fn look(folder: &Path, trusted: &PackKey, store: StoreNo) -> Result<Current, PackError> {
        let shelf = Self { folder: folder.to_owned() };
        shelf.first_whole(&|version| shelf.opened(version, trusted, store))
    }

    /// Verifies a pack in full and puts it on the shelf, durably.
    ///
    /// # Errors
    /// [`PackError`]; the pack in use before then stays in use.
    pub fn apply(
        &self,
        file: &Path,
        trusted: &PackKey,
        store: StoreNo,
    ) -> Result<Applied, PackError> {
        self.put(file, trusted, store, &Arrival::default())
    }

    /// The same, for one that is not to be sold by at once.
    ///
    /// # Errors
    /// [`PackError`]; the pack in use before then stays in use.
    pub fn put(
        &self,
        file: &Path,
        trusted: &PackKey,
        store: StoreNo,
        arrival: &Arrival,
    ) -> Result<Applied, PackError> {
        let failed = |source| PackError::Io { file: file.to_owned(), source };
        let offered = open_plain(file).map_err(failed)?;
        let signed = trailer::read(&offered, file, trusted)?;
        if signed.store != store {
            let (theirs, ours) = (signed.store, store);
            return Err(PackError::OtherStore { file: file.to_owned(), theirs, ours });
        }
        let orders = self.orders();
        if orders.revoked.contains(&signed.version) {
            return Err(PackError::Revoked(signed.version));
        }
        if let Some(pinned) = self.pinned_here().filter(|pinned| *pinned != signed.version) {
            return Err(PackError::Pinned { offered: signed.version, pinned });
        }
        let current = self.current(trusted, store)?;
        let previous = current.pack.as_ref().map(|pack| pack.version().clone());
        let latest = self.latest_signed(trusted, store, &orders.withdrawn)?;
        let latest = latest.filter(|_| !arrival.back);
        if let Some(known) = latest.filter(|known| is_later(known, &signed.version)) {
            return Err(PackError::Older { offered: signed.version, known });
        }
        let same = current.pack.as_ref().filter(|pack| *pack.version() == signed.version);
        if let Some(pack) = same {
            if pack.digest() != signed.digest {
                return Err(PackError::SameVersion(signed.version));
            }
            let (version, digest) = (signed.version, signed.digest);
            let items = signed.manifest.items;
            return Ok(Applied { version, digest, items, previous, already: true });
        }
        let place = self.place_of(&signed.version);
        let incoming = Incoming::beside(&place).map_err(failed)?;
        copy(&offered, incoming.path()).map_err(failed)?;
        // The copy is what will be used, so the copy is what is verified.
        let pack = Pack::open(incoming.path(), trusted)?;
        if pack.digest() != signed.digest {
            return Err(PackError::Changed(file.to_owned()));
        }
        pack.verify_all(&|_done| ())?;
        drop(pack);
        self.mark_waiting(&place, arrival).map_err(failed)?;
        incoming.place(&place).map_err(failed)?;
        // Renaming changed the inode's time; the file itself is ours alone until now.
        let placed = open_plain(&place).and_then(|file| file.metadata()).map_err(failed)?;
        Mark::of(&placed, &signed.manifest.sha256).write_beside(&place).map_err(failed)?;
        self.clear_earlier();
        Ok(Applied {
            version: signed.version,
            digest: signed.digest,
            items: signed.manifest.items,
            previous,
            already: false,
        })
    }

    /// The pack to sell from: the latest one that is whole and this store's. A damaged one is
    /// passed over for the one before it, since old prices are better than none.
    ///
    /// # Errors
    /// [`PackError::Io`] when the folder can't be read.
    pub fn current(&self, trusted: &PackKey, store: StoreNo) -> Result<Current, PackError> {
        self.first_whole(&|version| self.usable(version, trusted, store))
    }

    fn first_whole(
        &self,
        open: &dyn Fn(&PackVersion) -> Result<Pack, PackError>,
    ) -> Result<Current, PackError> {
        let mut passed_over = Vec::new();
        let orders = self.orders();
        let mut versions = self.versions()?;
        versions.retain(|version| !orders.revoked.contains(version));
        // A pinned one that is damaged is passed over: old prices are better than none, and so is
        // one that was withdrawn, or whose time has not come, where there is no other.
        versions.sort_by_key(|version| match version {
            version if orders.pinned.as_ref() == Some(version) => 0,
            version if self.waits(version) => 3,
            version if orders.withdrawn.contains(version) => 2,
            _ => 1,
        });
        for version in versions {
            match open(&version) {
                Ok(pack) => return Ok(Current { pack: Some(pack), passed_over }),
                Err(reason) => passed_over.push(PassedOver { version, reason }),
            }
        }
        Ok(Current { pack: None, passed_over })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a version lies that is here and whole.
    pub fn path_of(
        &self,
        version: &PackVersion,
        trusted: &PackKey,
        store: StoreNo,
    ) -> Option<PathBuf> {
        self.usable(version, trusted, store).ok().map(|pack| pack.path().to_owned())
    }

    pub(super) fn usable(
        &self,
        version: &PackVersion,
        trusted: &PackKey,
        store: StoreNo,
    ) -> Result<Pack, PackError> {
        let pack = self.opened(version, trusted, store)?;
        // After a restored backup the file is whole but another inode: remember it anew, so that
        // only one start is slow. Not being able to costs time, never a sale.
        if Mark::beside(pack.path()).as_ref() != Some(pack.mark()) {
            drop(pack.mark().write_beside(pack.path()));
        }
        Ok(pack)
    }

    fn opened(
        &self,
        version: &PackVersion,
        trusted: &PackKey,
        store: StoreNo,
    ) -> Result<Pack, PackError> {
        let path = self.place_of(version);
        let pack = Pack::open(&path, trusted)?;
        let theirs = pack.policy().store;
        if theirs != store {
            return Err(PackError::OtherStore { file: path, theirs, ours: store });
        }
        if pack.version() != version {
            return Err(PackError::Changed(path));
        }
        Ok(pack)
    }

    /// The latest version on the shelf that this key signed for this store, whole or not: damage
    /// must not open a way back. Only its publisher's withdrawal of a version does.
    fn latest_signed(
        &self,
        trusted: &PackKey,
        store: StoreNo,
        withdrawn: &[PackVersion],
    ) -> Result<Option<PackVersion>, PackError> {
        let signed = |version: &PackVersion| {
            let path = self.place_of(version);
            let file = open_plain(&path).ok()?;
            trailer::read(&file, &path, trusted).ok().filter(|signed| signed.store == store)
        };
        let mut versions = self.versions()?;
        versions.retain(|version| !withdrawn.contains(version));
        Ok(versions.iter().find_map(signed).map(|signed| signed.version))
    }

    /// The versions on the shelf by their names, latest first.
    pub(super) fn versions(&self) -> Result<Vec<PackVersion>, PackError> {
        let failed = |source| PackError::Io { file: self.folder.clone(), source };
        let mut versions = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let version = name
                .to_str()
                .and_then(|name| name.strip_suffix(".pack"))
                .and_then(|name| PackVersion::parse(name).ok())
                .filter(|version| parts(version).is_some());
            versions.extend(version);
        }
        versions.sort_by_key(|version| std::cmp::Reverse(parts(version)));
        Ok(versions)
    }

    /// Removes all but the latest few. What can't be removed only takes space.
    fn clear_earlier(&self) {
        let pinned = self.orders().pinned;
        let mut versions = self.versions().unwrap_or_default();
        // What waits takes no place of those that can be gone back to.
        versions.retain(|version| !self.waits(version));
        let earlier = versions.into_iter().skip(KEPT);
        for version in earlier.filter(|version| Some(version) != pinned.as_ref()) {
            let path = self.place_of(&version);
            drop(std::fs::remove_file(mark_path(&path)));
            self.forget_waiting(&path);
            drop(std::fs::remove_file(path));
        }
    }

    pub(super) fn place_of(&self, version: &PackVersion) -> PathBuf {
        self.folder.join(format!("{version}.pack"))
    }
}

/// Copies a pack, durably and read-only.
fn copy(from: &File, to: &Path) -> io::Result<()> {
    use std::io::Seek;
    let mut from = from;
    from.seek(io::SeekFrom::Start(0))?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(to)?;
    let copied = io::copy(&mut from.take(PACK_LEN_MAX.saturating_add(1)), &mut file)?;
    if copied > PACK_LEN_MAX {
        return Err(io::Error::other("it is longer than 4 GiB"));
    }
    file.flush()?;
    file.set_permissions(Permissions::from_mode(0o444))?;
    file.sync_all()
}
