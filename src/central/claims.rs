//! Claims of pickup orders, for whoever compares them within central's own process.

use crate::domain::ids::StoreNo;
use crate::reconcile::exception::Exception;
use crate::reconcile::pickups::PickupClaim;

use super::door::Door;
use super::store::StoreError;

impl Door {
    /// All claims of a store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pickup_claims(&self, store: StoreNo) -> Result<Vec<PickupClaim>, StoreError> {
        Ok(self.reader.call(move |held| held.goods(store))?.pickups)
    }

    /// Keeps what comparing found; an exception is known by its record, so twice is once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_exception(&self, exception: Exception) -> Result<(), StoreError> {
        self.writer.call(move |held| held.except(&exception))
    }
}
