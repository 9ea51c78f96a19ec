//! An open pack, and what is asked of it so often that no lock should be waited for.
//!
//! ```text
//!  policy, times ─ copied once          items, people, PINs ─ one at a time
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::badge::Badge;
use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::person::Person;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::time::Timestamp;
use crate::pack::Pack;
use crate::reconcile::packs::{ItemView, Looked, PackFacts, PinAnswer, StoreFacts};

/// The pack.
pub(super) struct Kept {
    pack: Mutex<Pack>,
    pub(super) published_at: Timestamp,
    pub(super) facts: PackFacts,
    pub(super) store: StoreFacts,
}

impl Kept {
    pub(super) fn of(pack: Pack) -> Self {
        let policy = pack.policy();
        let facts = PackFacts { check_max: policy.check_max, refund_max: policy.limits.refund_max };
        let store = StoreFacts {
            name: policy.store_name.clone(),
            currency: policy.currency,
            badges: pack.has_badges(),
        };
        let published_at = pack.published_at();
        Self { pack: Mutex::new(pack), published_at, facts, store }
    }

    fn lock(&self) -> MutexGuard<'_, Pack> {
        self.pack.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn item(&self, code: &ItemCode) -> Looked<ItemView> {
        match self.lock().item(code) {
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

    pub(super) fn on_hand(&self, code: &ItemCode) -> Option<OnHand> {
        self.lock().on_hand(code).unwrap_or_else(|error| {
            tracing::warn!(%error, "a pack can't be read");
            None
        })
    }

    pub(super) fn taxes(&self) -> (TaxTable, TaxBasis) {
        let pack = self.lock();
        (pack.taxes().clone(), pack.policy().tax_basis)
    }

    pub(super) fn person(&self, id: &PersonId) -> Option<Person> {
        self.lock().person(id).unwrap_or_else(|error| {
            tracing::warn!(%error, "a pack can't be read");
            None
        })
    }

    pub(super) fn check_pin(&self, id: &PersonId, pin: &str, badge: Option<&Badge>) -> PinAnswer {
        match self.lock().open_with(id, pin, badge) {
            Ok(Some(opened)) => PinAnswer::Right(opened.person),
            Ok(None) => PinAnswer::Wrong,
            Err(error) => {
                tracing::warn!(%error, "a pack can't be read");
                PinAnswer::NoPack
            }
        }
    }
}
