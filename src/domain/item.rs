//! An item as the pack describes it and a register sells it.

use super::gtin::ItemCode;
use super::ids::TaxClass;
use super::quantity::UnitPrice;

/// The longest item name a pack may hold, in bytes.
pub const ITEM_NAME_LEN_MAX: usize = 80;

/// How an item is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoldBy {
    /// By whole pieces.
    Each,
    /// By weight, in the store's unit (pound or kilogram).
    Weight,
}

/// One item of the pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its code: the pack's key.
    pub code: ItemCode,
    /// The name on the screen and the receipt.
    pub name: String,
    /// The price of one unit on the pack's day.
    pub unit_price: UnitPrice,
    /// By piece or by weight.
    pub sold_by: SoldBy,
    /// Which tax rows apply.
    pub tax_class: TaxClass,
    /// The department's number (ARTS: MerchandiseHierarchy).
    pub department: u16,
    /// The youngest buyer, in years, where the law names one.
    pub age_min: Option<u8>,
}
