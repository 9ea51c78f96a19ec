//! The lines of a basket: settled ones that count, and open ones that still lack something.
//!
//! An open line is shown in yellow and must be settled before payment. It never blocks the next
//! scan: a customer's other items go on being rung up.

use crate::domain::code::batch::Lot;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::TaxClass;
use crate::domain::item::Item;
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::time::BusinessDate;

use super::terms::Reason;

/// The longest text of an open line, in bytes.
pub const OPEN_CODE_LEN_MAX: usize = 48;

/// Where a line's amount comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// The pack's unit price.
    Pack,
    /// A unit price the cashier keyed.
    Keyed,
    /// An amount for the whole line, from the package's own label or keyed.
    Label,
}

/// One line of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleLine {
    /// The item's code.
    pub code: ItemCode,
    /// Its name when it was sold.
    pub name: String,
    /// How much; below zero for a returned item.
    pub quantity: Quantity,
    /// The price of one unit; with [`PriceSource::Label`] the pack's, for comparison.
    pub unit_price: UnitPrice,
    /// Where the amount comes from.
    pub price_source: PriceSource,
    /// The extended amount, before tax.
    pub amount: Money,
    /// Which tax rows apply.
    pub tax_class: TaxClass,
    /// Taken back before payment: counts for nothing, but stays.
    pub voided: bool,
    /// The youngest buyer, in years, where the law names one.
    pub age_min: Option<u8>,
    /// The price was changed by hand.
    pub changed: Option<PriceChange>,
    /// The line of a paid sale that comes back.
    pub returned: Option<ReturnedLine>,
    /// Batch and last day, where the package's code said them.
    pub lot: Lot,
}

/// A price that was changed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceChange {
    /// The unit price before.
    pub was: UnitPrice,
    /// Why.
    pub reason: Reason,
}

/// The line of a paid sale that comes back; the sale itself stands in the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnedLine {
    /// Its place in the sale, from 0.
    pub place: u16,
    /// The business date it was sold on: its tax rows hold for the return too.
    pub day: BusinessDate,
}

/// What an open line lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The pack does not know the code.
    Item,
    /// The item has no price, or its label shows none.
    Price,
    /// The item is sold by weight and none was given.
    Weight,
}

/// A line that can't be paid yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLine {
    /// The code as it was scanned.
    pub code: String,
    /// The item's name; the code again where it is not known.
    pub name: String,
    /// How much, as far as known.
    pub quantity: Quantity,
    /// What is missing.
    pub missing: Missing,
    /// Batch and last day, where the package's code said them.
    pub lot: Lot,
}

/// The price a line is added with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinePrice {
    /// As the pack says.
    Pack,
    /// This unit price instead.
    Keyed(UnitPrice),
    /// This amount for the whole line.
    Label(Money),
}

impl SaleLine {
    /// A line of an item, before its bounds are checked.
    pub(super) fn of(
        item: &Item,
        quantity: Quantity,
        price: (PriceSource, UnitPrice, Money),
    ) -> Self {
        let (price_source, unit_price, amount) = price;
        Self {
            code: item.code.clone(),
            name: item.name.clone(),
            quantity,
            unit_price,
            price_source,
            amount,
            tax_class: item.tax_class.clone(),
            voided: false,
            age_min: item.age_min,
            changed: None,
            returned: None,
            lot: Lot::default(),
        }
    }
}

impl Missing {
    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Price => "price",
            Self::Weight => "weight",
        }
    }

    /// What is missing, of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Item, Self::Price, Self::Weight].into_iter().find(|missing| missing.word() == word)
    }
}
