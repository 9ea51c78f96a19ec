//! What the rules ask of packs: a view, so that they need no file.

use crate::domain::badge::Badge;
use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, PersonId, StoreNo, TaxClass};
use crate::domain::money::Money;
use crate::domain::person::Person;
use crate::domain::policy::Currency;
use crate::domain::quantity::UnitPrice;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::time::Timestamp;
use crate::journal::record::Header;

/// What a pack says of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemView {
    /// Its price.
    pub unit_price: UnitPrice,
    /// Its tax class.
    pub tax_class: TaxClass,
}

/// The answer of a pack that may not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked<T> {
    /// Central does not have this pack: nothing can be said.
    NoPack,
    /// The pack does not have it.
    Absent,
    /// The pack has it.
    Found(T),
}

/// What a pack's policy says, as far as rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFacts {
    /// The largest check that is taken without a lead.
    pub check_max: Money,
    /// The largest refund that a lead may sign for.
    pub refund_max: Money,
}

/// A store as its newest pack describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFacts {
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// Some of its people sign with a badge beside the PIN.
    pub badges: bool,
}

/// What came of a person's number and PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinAnswer {
    /// They are this person's.
    Right(Person),
    /// They are nobody's; said alike for a wrong number and a wrong PIN.
    Wrong,
    /// Central has no pack of this store.
    NoPack,
}

/// The packs central has.
pub trait PackView: Send + Sync {
    /// An item as that version of the store's pack has it: stores share versions, not prices.
    fn item(&self, store: StoreNo, version: &PackVersion, code: &ItemCode) -> Looked<ItemView>;
    /// The tax rows of that version, and where tax is rounded.
    fn taxes(&self, store: StoreNo, version: &PackVersion) -> Option<(TaxTable, TaxBasis)>;
    /// What was on hand by that version; none where it does not say.
    fn on_hand(&self, _store: StoreNo, _version: &PackVersion, _code: &ItemCode) -> Option<OnHand> {
        None
    }
    /// What that version's policy says; none where central does not have it.
    fn facts(&self, _store: StoreNo, _version: &PackVersion) -> Option<PackFacts> {
        None
    }
    /// What the pack says that a record was made by.
    fn facts_of(&self, header: &Header) -> Option<PackFacts> {
        self.facts(header.journal.store, header.pack.as_ref()?)
    }
    /// The newest pack of a store that was published by then.
    fn in_force(&self, _store: StoreNo, _at: Timestamp) -> Option<PackVersion> {
        None
    }
    /// A store, as its newest pack describes it.
    fn store(&self, _store: StoreNo) -> Option<StoreFacts> {
        None
    }
    /// A person of a store's newest pack.
    fn person(&self, _store: StoreNo, _id: &PersonId) -> Option<Person> {
        None
    }
    /// Tries a PIN, and a badge where one was scanned, against a store's newest pack. How often is
    /// for the caller to say.
    fn check_pin(
        &self,
        _store: StoreNo,
        _id: &PersonId,
        _pin: &str,
        _badge: Option<&Badge>,
    ) -> PinAnswer {
        PinAnswer::NoPack
    }
}

/// No packs: no rule that needs one says anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPacks;

impl PackView for NoPacks {
    fn item(&self, _: StoreNo, _: &PackVersion, _: &ItemCode) -> Looked<ItemView> {
        Looked::NoPack
    }

    fn taxes(&self, _: StoreNo, _: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        None
    }
}
