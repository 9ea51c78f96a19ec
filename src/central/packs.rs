//! The packs a central has: what its rules compare prices and taxes with.
//!
//! A pack that can't be opened is left out and said; then no rule that needs it says anything.
//! Stores share versions, not prices: each store's pack is its own.

mod kept_up;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::badge::Badge;
use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, PersonId, StoreNo};
use crate::domain::person::Person;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::time::Timestamp;
use crate::pack::{Pack, PackKey};
use crate::reconcile::packs::{ItemView, Looked, PackFacts, PackView, PinAnswer, StoreFacts};

pub use kept_up::KeptUp;

/// Packs as they were at one moment.
#[derive(Clone, Default)]
pub struct Packs {
    packs: BTreeMap<StoreNo, BTreeMap<PackVersion, Arc<Kept>>>,
}

/// A pack, and what is asked of it so often that no lock should be waited for.
struct Kept {
    pack: Mutex<Pack>,
    published_at: Timestamp,
    facts: PackFacts,
    store: StoreFacts,
}

impl Packs {
    /// Opens every `*.pack` of a folder that is signed by `key`.
    ///
    /// # Errors
    /// The system's, when the folder can't be read.
    pub fn open(folder: &Path, key: &PackKey) -> std::io::Result<Self> {
        let mut packs = Self::default();
        for path in files(folder)? {
            match Pack::open(&path, key) {
                Ok(pack) => packs.add(pack),
                Err(error) => tracing::warn!(%error, "a pack is left out"),
            }
        }
        Ok(packs)
    }

    /// Adds a pack.
    pub fn add(&mut self, pack: Pack) {
        let (of, kept) = Kept::of(pack);
        self.put(of, Arc::new(kept));
    }

    fn put(&mut self, (store, version): (StoreNo, PackVersion), kept: Arc<Kept>) {
        self.packs.entry(store).or_default().insert(version, kept);
    }

    fn get(&self, store: StoreNo, version: &PackVersion) -> Option<&Kept> {
        self.packs.get(&store)?.get(version).map(Arc::as_ref)
    }

    fn lock(
        &self,
        store: StoreNo,
        version: &PackVersion,
    ) -> Option<std::sync::MutexGuard<'_, Pack>> {
        Some(self.get(store, version)?.lock())
    }

    /// The newest pack of a store, as far as it was published by then.
    fn newest(&self, store: StoreNo, by: Option<Timestamp>) -> Option<(&PackVersion, &Kept)> {
        let fits = |kept: &Kept| by.is_none_or(|by| kept.published_at.utc_ms <= by.utc_ms);
        let fitting = self.packs.get(&store)?.iter().filter(|(_, kept)| fits(kept));
        let newest = fitting.max_by_key(|(_, kept)| kept.published_at.utc_ms);
        newest.map(|(version, kept)| (version, kept.as_ref()))
    }
}

/// The packs that lie in a folder.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pack") {
            files.push(path);
        }
    }
    Ok(files)
}

impl Kept {
    fn of(pack: Pack) -> ((StoreNo, PackVersion), Self) {
        let policy = pack.policy();
        let facts = PackFacts { check_max: policy.check_max, refund_max: policy.limits.refund_max };
        let store = StoreFacts {
            name: policy.store_name.clone(),
            currency: policy.currency,
            badges: pack.has_badges(),
        };
        let of = (policy.store, pack.version().clone());
        let published_at = pack.published_at();
        (of, Self { pack: Mutex::new(pack), published_at, facts, store })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pack> {
        self.pack.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PackView for Packs {
    fn item(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
        let Some(pack) = self.lock(store, version) else { return Looked::NoPack };
        match pack.item(code) {
            Ok(Some(item)) => {
                Looked::Found(ItemView { unit_price: item.unit_price, tax_class: item.tax_class })
            }
            Ok(None) => Looked::Absent,
            Err(error) => {
                tracing::warn!(%error, "a pack can't be read");
                Looked::NoPack
            }
        }
    }

    fn on_hand(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Option<OnHand> {
        let pack = self.lock(store, version)?;
        pack.on_hand(code).unwrap_or_else(|error| {
            tracing::warn!(%error, "a pack can't be read");
            None
        })
    }

    fn taxes(&self, store: StoreNo, version: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        let pack = self.lock(store, version)?;
        Some((pack.taxes().clone(), pack.policy().tax_basis))
    }

    fn facts(&self, store: StoreNo, version: &PackVersion) -> Option<PackFacts> {
        self.get(store, version).map(|kept| kept.facts.clone())
    }

    fn in_force(&self, store: StoreNo, at: Timestamp) -> Option<PackVersion> {
        self.newest(store, Some(at)).map(|(version, _)| version.clone())
    }

    fn store(&self, store: StoreNo) -> Option<StoreFacts> {
        self.newest(store, None).map(|(_, kept)| kept.store.clone())
    }

    fn person(&self, store: StoreNo, id: &PersonId) -> Option<Person> {
        let pack = self.newest(store, None)?.1.lock();
        pack.person(id).unwrap_or_else(|error| {
            tracing::warn!(%error, "a pack can't be read");
            None
        })
    }

    fn check_pin(
        &self,
        store: StoreNo,
        id: &PersonId,
        pin: &str,
        badge: Option<&Badge>,
    ) -> PinAnswer {
        let Some(pack) = self.newest(store, None).map(|(_, kept)| kept.lock()) else {
            return PinAnswer::NoPack;
        };
        match pack.open_with(id, pin, badge) {
            Ok(Some(opened)) => PinAnswer::Right(opened.person),
            Ok(None) => PinAnswer::Wrong,
            Err(error) => {
                tracing::warn!(%error, "a pack can't be read");
                PinAnswer::NoPack
            }
        }
    }
}
