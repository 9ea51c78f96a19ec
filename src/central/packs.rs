//! The packs a central has: what its rules compare prices and taxes with.
//!
//! A pack that can't be opened is left out and said; then no rule that needs it says anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::domain::badge::Badge;
use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, PersonId, StoreNo};
use crate::domain::person::Person;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::time::Timestamp;
use crate::pack::{Pack, PackKey};
use crate::reconcile::packs::{ItemView, Looked, PackFacts, PackView, PinAnswer, StoreFacts};

/// The packs of a folder.
#[derive(Default)]
pub struct Packs {
    packs: BTreeMap<PackVersion, Kept>,
}

/// A pack, and what is asked of it so often that no lock should be waited for.
struct Kept {
    pack: Mutex<Pack>,
    of: StoreNo,
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
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "pack") {
                match Pack::open(&path, key) {
                    Ok(pack) => packs.add(pack),
                    Err(error) => tracing::warn!(%error, "a pack is left out"),
                }
            }
        }
        Ok(packs)
    }

    /// Adds a pack.
    pub fn add(&mut self, pack: Pack) {
        let policy = pack.policy();
        let facts = PackFacts { check_max: policy.check_max, refund_max: policy.limits.refund_max };
        let store = StoreFacts {
            name: policy.store_name.clone(),
            currency: policy.currency,
            badges: pack.has_badges(),
        };
        let (of, published_at) = (policy.store, pack.published_at());
        let version = pack.version().clone();
        let kept = Kept { pack: Mutex::new(pack), of, published_at, facts, store };
        self.packs.insert(version, kept);
    }

    fn lock(&self, version: &PackVersion) -> Option<std::sync::MutexGuard<'_, Pack>> {
        let kept = self.packs.get(version)?;
        Some(kept.pack.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest pack of a store, as far as it was published by then.
    fn newest(&self, store: StoreNo, by: Option<Timestamp>) -> Option<(&PackVersion, &Kept)> {
        let fits = |kept: &Kept| {
            kept.of == store && by.is_none_or(|by| kept.published_at.utc_ms <= by.utc_ms)
        };
        let fitting = self.packs.iter().filter(|(_, kept)| fits(kept));
        fitting.max_by_key(|(_, kept)| kept.published_at.utc_ms)
    }
}

impl PackView for Packs {
    fn item(&self, version: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
        let Some(pack) = self.lock(version) else { return Looked::NoPack };
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

    fn on_hand(&self, version: &PackVersion, code: &ItemCode) -> Option<OnHand> {
        let pack = self.lock(version)?;
        pack.on_hand(code).unwrap_or_else(|error| {
            tracing::warn!(%error, "a pack can't be read");
            None
        })
    }

    fn taxes(&self, version: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        let pack = self.lock(version)?;
        Some((pack.taxes().clone(), pack.policy().tax_basis))
    }

    fn facts(&self, version: &PackVersion) -> Option<PackFacts> {
        self.packs.get(version).map(|kept| kept.facts.clone())
    }

    fn in_force(&self, store: StoreNo, at: Timestamp) -> Option<PackVersion> {
        self.newest(store, Some(at)).map(|(version, _)| version.clone())
    }

    fn store(&self, store: StoreNo) -> Option<StoreFacts> {
        self.newest(store, None).map(|(_, kept)| kept.store.clone())
    }

    fn person(&self, store: StoreNo, id: &PersonId) -> Option<Person> {
        let pack = self.lock(self.newest(store, None)?.0)?;
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
        let Some(pack) = self.newest(store, None).and_then(|(version, _)| self.lock(version))
        else {
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
