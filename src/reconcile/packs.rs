//! What the rules ask of packs: a view, so that they need no file.

use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, TaxClass};
use crate::domain::quantity::UnitPrice;
use crate::domain::tax::{TaxBasis, TaxTable};

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

/// The packs central has.
pub trait PackView: Send + Sync {
    /// An item as that version of the pack has it.
    fn item(&self, version: &PackVersion, code: &ItemCode) -> Looked<ItemView>;
    /// The tax rows of that version, and where tax is rounded.
    fn taxes(&self, version: &PackVersion) -> Option<(TaxTable, TaxBasis)>;
    /// What was on hand by that version; none where it does not say.
    fn on_hand(&self, _version: &PackVersion, _code: &ItemCode) -> Option<OnHand> {
        None
    }
}

/// No packs: no rule that needs one says anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPacks;

impl PackView for NoPacks {
    fn item(&self, _: &PackVersion, _: &ItemCode) -> Looked<ItemView> {
        Looked::NoPack
    }

    fn taxes(&self, _: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        None
    }
}
