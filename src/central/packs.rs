//! The packs a central has: what its rules compare prices and taxes with.
//!
//! ```text
//!  Packs   a few, all open: a drill, a check on the command line
//!  KeptUp  a chain's: looked after while central runs, opened when they are asked
//! ```
//!
//! A pack that can't be opened is left out and said; then no rule that needs it says anything.
//! Stores share versions, not prices: each store's pack is its own.

mod kept;
mod kept_up;
mod shelved;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::badge::Badge;
use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, PersonId, StoreNo};
use crate::domain::person::Person;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::time::Timestamp;
use crate::pack::{Pack, PackKey};
use crate::reconcile::packs::{ItemView, Looked, PackFacts, PackView, PinAnswer, StoreFacts};

use kept::Kept;
pub use kept_up::KeptUp;

/// Packs as they were at one moment.
#[derive(Clone, Default)]
pub struct Packs {
    packs: BTreeMap<StoreNo, BTreeMap<PackVersion, Arc<Kept>>>,
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
        let (store, version) = (pack.policy().store, pack.version().clone());
        self.packs.entry(store).or_default().insert(version, Arc::new(Kept::of(pack)));
    }

    fn get(&self, store: StoreNo, version: &PackVersion) -> Option<&Kept> {
        self.packs.get(&store)?.get(version).map(Arc::as_ref)
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

impl PackView for Packs {
    fn item(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
        self.get(store, version).map_or(Looked::NoPack, |kept| kept.item(code))
    }

    fn on_hand(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Option<OnHand> {
        self.get(store, version)?.on_hand(code)
    }

    fn taxes(&self, store: StoreNo, version: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        Some(self.get(store, version)?.taxes())
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
