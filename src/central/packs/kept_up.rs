//! Packs that come while central runs: its folder of packs, and what is published by it.
//!
//! ```text
//!  a rule or a page asks ─▶ looked within 5 s? ─ yes ─▶ the packs as they were
//!                              └ no: one of them looks ─▶ new files opened, gone ones let go
//! ```
//!
//! A file is opened once; one that can't be is said once, and tried again when it changed. A pack
//! that is being read stays open until that is over.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use super::{Kept, Packs, files};
use crate::central::published::Published;
use crate::device::clock::Clock;
use crate::domain::badge::Badge;
use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, PersonId, StoreNo};
use crate::domain::person::Person;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::time::Timestamp;
use crate::pack::{Pack, PackKey};
use crate::reconcile::packs::{ItemView, Looked, PackFacts, PackView, PinAnswer, StoreFacts};

/// What was seen counts for so long.
const LOOK_MS: u64 = 5_000;
/// Published versions of a store that are kept open; what was sold by earlier ones is compared by
/// the packs of the folder.
const VERSIONS_OPEN: usize = 2;
/// Published packs that are kept open: each takes two files.
const PUBLISHED_OPEN_MAX: usize = 4_096;

/// Packs that are looked after.
pub struct KeptUp {
    folder: PathBuf,
    published: Published,
    key: PackKey,
    clock: Arc<dyn Clock>,
    now: RwLock<Arc<Packs>>,
    known: Mutex<Known>,
}

/// What was seen of files.
#[derive(Default)]
struct Known {
    looked_ms: Option<u64>,
    files: BTreeMap<PathBuf, Seen>,
    /// What is published for each store, as long as its files are the same.
    stores: OfStores,
    /// There were more published packs than are kept open, and that was said.
    too_many: bool,
}

/// A file, and its pack where it is one.
struct Seen {
    stamp: Stamp,
    pack: Option<((StoreNo, PackVersion), Arc<Kept>)>,
}

/// Changes when a file is another one: device, number, length, time.
type Stamp = (u64, u64, u64, i64, i64);
/// What is published for each store, and the stamps of the files that say so.
type OfStores = BTreeMap<StoreNo, ([Option<Stamp>; 2], Vec<PathBuf>)>;

impl KeptUp {
    /// The packs of a folder and those published by a central's data folder, opened now.
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
        };
        kept_up.look(&mut kept_up.known())?;
        Ok(kept_up)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The packs there are. Whoever comes while another one looks gets those there were.
    fn now(&self) -> Arc<Packs> {
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
        let there = match self.there(&mut known.stores, &mut known.too_many) {
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
                Seen { stamp, pack: self.opened(&path) }
            });
            known.files.insert(path, seen);
        }
        if changed || !before.is_empty() {
            // What lies in the folder goes before what is published.
            let (own, published): (Vec<_>, Vec<_>) =
                known.files.iter().partition(|(path, _)| path.starts_with(&self.folder));
            let mut packs = Packs::default();
            for (of, kept) in
                published.into_iter().chain(own).filter_map(|(_, seen)| seen.pack.as_ref())
            {
                packs.put(of.clone(), Arc::clone(kept));
            }
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(packs);
        }
        Ok(())
    }

    /// All files there are, and how to see that one is another.
    fn there(
        &self,
        stores: &mut OfStores,
        too_many: &mut bool,
    ) -> std::io::Result<Vec<(PathBuf, Stamp)>> {
        let mut paths = files(&self.folder)?;
        let mut before = std::mem::take(stores);
        for store in self.published.stores()? {
            let stamps = self.published.files_of(store).map(|file| stamp_of(&file));
            let same = before.remove(&store).filter(|(seen, _)| *seen == stamps);
            let files = match same {
                Some((_, files)) => files,
                // Said once: it is looked at again when the files are others.
                None => self.newest(store).unwrap_or_else(|error| {
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
        let published: Vec<&PathBuf> = stores.values().flat_map(|(_, files)| files).collect();
        if published.len() > PUBLISHED_OPEN_MAX && !std::mem::replace(too_many, true) {
            tracing::warn!(
                packs = published.len(),
                most = PUBLISHED_OPEN_MAX,
                "more packs are published than central keeps open; prices of the stores beyond \
                 are not compared"
            );
        }
        paths.extend(published.into_iter().take(PUBLISHED_OPEN_MAX).cloned());
        // One that was removed meanwhile is none.
        let stamped = paths.into_iter().filter_map(|path| {
            let stamp = stamp_of(&path)?;
            Some((path, stamp))
        });
        Ok(stamped.collect())
    }

    /// The files of a store's newest versions.
    fn newest(&self, store: StoreNo) -> std::io::Result<Vec<PathBuf>> {
        let newest = self.published.standing(store)?.into_iter().take(VERSIONS_OPEN);
        Ok(newest.filter_map(|one| self.published.object(&one.sha256)).collect())
    }

    fn opened(&self, path: &Path) -> Option<((StoreNo, PackVersion), Arc<Kept>)> {
        match Pack::open(path, &self.key) {
            Ok(pack) => {
                let (of, kept) = Kept::of(pack);
                tracing::info!(store = %of.0, version = %of.1, "central has a pack");
                Some((of, Arc::new(kept)))
            }
            Err(error) => {
                tracing::warn!(%error, "a pack is left out");
                None
            }
        }
    }
}

fn stamp_of(path: &Path) -> Option<Stamp> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
}

impl PackView for KeptUp {
    fn item(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
        self.now().item(store, version, code)
    }

    fn taxes(&self, store: StoreNo, version: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        self.now().taxes(store, version)
    }

    fn on_hand(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Option<OnHand> {
        self.now().on_hand(store, version, code)
    }

    fn facts(&self, store: StoreNo, version: &PackVersion) -> Option<PackFacts> {
        self.now().facts(store, version)
    }

    fn in_force(&self, store: StoreNo, at: Timestamp) -> Option<PackVersion> {
        self.now().in_force(store, at)
    }

    fn store(&self, store: StoreNo) -> Option<StoreFacts> {
        self.now().store(store)
    }

    fn person(&self, store: StoreNo, id: &PersonId) -> Option<Person> {
        self.now().person(store, id)
    }

    fn check_pin(
        &self,
        store: StoreNo,
        id: &PersonId,
        pin: &str,
        badge: Option<&Badge>,
    ) -> PinAnswer {
        self.now().check_pin(store, id, pin, badge)
    }
}
