//! Packs that come while central runs: its folder of packs, and what is published by it.
//!
//! ```text
//!  a rule or a page asks ─▶ looked within 5 s? ─ yes ─▶ the packs as they were
//!                              └ no: one of them looks ─▶ new files' labels read, gone ones let go
//!                        ─▶ the store's pack of that version, or its newest ─▶ opened if it is not
//! ```
//!
//! A label is the signed end of a file: whose pack it is, its version, when it was built. What
//! can't be read or opened is said once, and tried again when its file changed.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use super::files;
use super::kept::Kept;
use super::shelved::{Opened, Shelved};
use crate::central::published::Published;
use crate::device::clock::Clock;
use crate::domain::badge::Badge;
use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, PersonId, StoreNo};
use crate::domain::person::Person;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::time::Timestamp;
use crate::pack::{Label, PackKey};
use crate::reconcile::packs::{ItemView, Looked, PackFacts, PackView, PinAnswer, StoreFacts};

/// What was seen counts for so long.
const LOOK_MS: u64 = 5_000;
/// Published versions of a store that are known; what was sold by earlier ones is compared by the
/// packs of the folder.
const VERSIONS_KNOWN: usize = 4;
/// Packs that stay open: each takes two files and a few hundred kilobytes.
const OPEN_MAX: usize = 256;

/// Packs that are looked after.
pub struct KeptUp {
    folder: PathBuf,
    published: Published,
    key: PackKey,
    clock: Arc<dyn Clock>,
    now: RwLock<Arc<Stores>>,
    known: Mutex<Known>,
    opened: Opened,
}

/// What there is, by store and version.
type Stores = BTreeMap<StoreNo, BTreeMap<PackVersion, Arc<Shelved>>>;

/// What was seen of files.
#[derive(Default)]
struct Known {
    looked_ms: Option<u64>,
    files: BTreeMap<PathBuf, Seen>,
    /// What is published for each store, as long as its files are the same.
    stores: OfStores,
}

/// A file, and whose pack of which version it is where it is one.
struct Seen {
    stamp: Stamp,
    pack: Option<(StoreNo, PackVersion, Arc<Shelved>)>,
}

/// Changes when a file is another one: device, number, length, time.
type Stamp = (u64, u64, u64, i64, i64);
/// What is published for each store, and the stamps of the files that say so.
type OfStores = BTreeMap<StoreNo, ([Option<Stamp>; 2], Vec<PathBuf>)>;

impl KeptUp {
    /// The packs of a folder and those published by a central's data folder, as they are now.
    ///
    /// # Errors
    /// The system's, when the folder can't be read.
    pub fn open(
        folder: &Path,
        data: &Path,
        key: &PackKey,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let kept_up = Self {
            folder: folder.to_owned(),
            published: Published::of(data),
            key: *key,
            clock,
            now: RwLock::default(),
            known: Mutex::default(),
            opened: Opened::most(OPEN_MAX),
        };
        kept_up.look(&mut kept_up.known())?;
        Ok(kept_up)
    }

    /// The same with so many packs open at a time.
    pub fn keeping_open(mut self, most: usize) -> Self {
        self.opened = Opened::most(most);
        self
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The packs there are. Whoever comes while another one looks gets those there were.
    fn now(&self) -> Arc<Stores> {
        let known = match self.known.try_lock() {
            Ok(known) => Some(known),
            Err(TryLockError::Poisoned(broken)) => Some(broken.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(mut known) = known {
            let age_ms = known.looked_ms.map(|at| self.clock.mono_ms().saturating_sub(at));
            if age_ms.is_none_or(|age| age >= LOOK_MS)
                && let Err(error) = self.look(&mut known)
            {
                tracing::warn!(
                    %error,
                    "central can't look for new packs; the ones it has are used. Check the folder \
                     and its rights"
                );
            }
        }
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn look(&self, known: &mut Known) -> std::io::Result<()> {
        known.looked_ms = Some(self.clock.mono_ms());
        let mut before = std::mem::take(&mut known.files);
        let there = match self.there(&mut known.stores) {
            Ok(there) => there,
            Err(error) => {
                known.files = before;
                return Err(error);
            }
        };
        let mut changed = false;
        for (path, stamp) in there {
            let seen = before.remove(&path).filter(|seen| seen.stamp == stamp);
            let seen = seen.unwrap_or_else(|| {
                changed = true;
                Seen { stamp, pack: self.shelved(&path) }
            });
            known.files.insert(path, seen);
        }
        if changed || !before.is_empty() {
            // What lies in the folder goes before what is published.
            let (own, published): (Vec<_>, Vec<_>) =
                known.files.iter().partition(|(path, _)| path.starts_with(&self.folder));
            let mut stores = Stores::default();
            for (store, version, pack) in
                published.into_iter().chain(own).filter_map(|(_, seen)| seen.pack.as_ref())
            {
                let of_store = stores.entry(*store).or_default();
                of_store.insert(version.clone(), Arc::clone(pack));
            }
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(stores);
        }
        Ok(())
    }

    /// All files there are, and how to see that one is another.
    fn there(&self, stores: &mut OfStores) -> std::io::Result<Vec<(PathBuf, Stamp)>> {
        let mut paths = files(&self.folder)?;
        let mut before = std::mem::take(stores);
        for store in self.published.stores()? {
            let stamps = self.published.files_of(store).map(|file| stamp_of(&file));
            let same = before.remove(&store).filter(|(seen, _)| *seen == stamps);
            let files = match same {
                Some((_, files)) => files,
                // Said once: it is looked at again when the files are others.
                None => self.newest_files(store).unwrap_or_else(|error| {
                    tracing::warn!(
                        %store,
                        %error,
                        "prices of this store are not compared by what was published for it"
                    );
                    Vec::new()
                }),
            };
            stores.insert(store, (stamps, files));
        }
        paths.extend(stores.values().flat_map(|(_, files)| files).cloned());
        // One that was removed meanwhile is none.
        let stamped = paths.into_iter().filter_map(|path| {
            let stamp = stamp_of(&path)?;
            Some((path, stamp))
        });
        Ok(stamped.collect())
    }

    /// The files of a store's newest versions.
    fn newest_files(&self, store: StoreNo) -> std::io::Result<Vec<PathBuf>> {
        let newest = self.published.standing(store)?.into_iter().take(VERSIONS_KNOWN);
        Ok(newest.filter_map(|one| self.published.object(&one.sha256)).collect())
    }

    fn shelved(&self, path: &Path) -> Option<(StoreNo, PackVersion, Arc<Shelved>)> {
        match Label::of(path, &self.key) {
            Ok(label) => {
                let (store, version) = (label.store, label.version.clone());
                tracing::info!(%store, %version, "central has a pack");
                Some((store, version, Arc::new(Shelved::of(path.to_owned(), label))))
            }
            Err(error) => {
                tracing::warn!(%error, "a pack is left out");
                None
            }
        }
    }

    fn get(&self, store: StoreNo, version: &PackVersion) -> Option<Arc<Kept>> {
        let now = self.now();
        self.opened.get(now.get(&store)?.get(version)?, &self.key)
    }

    /// The newest pack of a store that can be opened, as far as it was built by then.
    fn newest(&self, store: StoreNo, by: Option<Timestamp>) -> Option<(PackVersion, Arc<Kept>)> {
        let now = self.now();
        let fits = |pack: &Shelved| by.is_none_or(|by| pack.label.published_at.utc_ms <= by.utc_ms);
        let mut fitting: Vec<_> = now.get(&store)?.iter().filter(|(_, one)| fits(one)).collect();
        fitting.sort_by_key(|(_, pack)| pack.label.published_at.utc_ms);
        let opened = |(version, pack): (&PackVersion, &Arc<Shelved>)| {
            Some((version.clone(), self.opened.get(pack, &self.key)?))
        };
        fitting.into_iter().rev().find_map(opened)
    }

    /// How often the file of a pack was opened so far.
    pub fn openings(&self) -> u64 {
        self.opened.openings()
    }
}

fn stamp_of(path: &Path) -> Option<Stamp> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
}

impl PackView for KeptUp {
    fn item(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
        self.get(store, version).map_or(Looked::NoPack, |kept| kept.item(code))
    }

    fn taxes(&self, store: StoreNo, version: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        Some(self.get(store, version)?.taxes())
    }

    fn on_hand(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Option<OnHand> {
        self.get(store, version)?.on_hand(code)
    }

    fn facts(&self, store: StoreNo, version: &PackVersion) -> Option<PackFacts> {
        self.get(store, version).map(|kept| kept.facts.clone())
    }

    fn in_force(&self, store: StoreNo, at: Timestamp) -> Option<PackVersion> {
        self.newest(store, Some(at)).map(|(version, _)| version)
    }

    fn store(&self, store: StoreNo) -> Option<StoreFacts> {
        self.newest(store, None).map(|(_, kept)| kept.store.clone())
    }

    fn person(&self, store: StoreNo, id: &PersonId) -> Option<Person> {
        self.newest(store, None)?.1.person(id)
    }

    fn check_pin(
        &self,
        store: StoreNo,
        id: &PersonId,
        pin: &str,
        badge: Option<&Badge>,
    ) -> PinAnswer {
        let newest = self.newest(store, None);
        newest.map_or(PinAnswer::NoPack, |(_, kept)| kept.check_pin(id, pin, badge))
    }
}
