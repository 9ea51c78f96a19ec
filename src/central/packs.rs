//! The packs a central has: what its rules compare prices and taxes with.
//!
//! A pack that can't be opened is left out and said; then no rule that needs it says anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PackVersion;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::pack::{Pack, PackKey};
use crate::reconcile::packs::{ItemView, Looked, PackView};

/// The packs of a folder.
#[derive(Default)]
pub struct Packs {
    packs: BTreeMap<PackVersion, Mutex<Pack>>,
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
        self.packs.insert(pack.version().clone(), Mutex::new(pack));
    }
}

impl PackView for Packs {
    fn item(&self, version: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
        let Some(pack) = self.packs.get(version) else { return Looked::NoPack };
        let pack = pack.lock().unwrap_or_else(PoisonError::into_inner);
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
        let pack = self.packs.get(version)?.lock().unwrap_or_else(PoisonError::into_inner);
        pack.on_hand(code).unwrap_or_else(|error| {
            tracing::warn!(%error, "a pack can't be read");
            None
        })
    }

    fn taxes(&self, version: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        let pack = self.packs.get(version)?.lock().unwrap_or_else(PoisonError::into_inner);
        Some((pack.taxes().clone(), pack.policy().tax_basis))
    }
}
