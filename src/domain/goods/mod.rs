//! Goods without a sale: what changed on the shelf and why, what was counted, what a truck brought.
//!
//! ```text
//!  reason ─▶ change (stock_delta)  ┐
//!  counting ─▶ count (stock_count) ├─▶ book: on-hand = last trusted figure + what moved since
//!  carton ─▶ receiving ─▶ delivery ┘        trusted: the pack's figure, or a count at time t
//! ```
//!
//! Nothing is ever "set to": a count says what was there at a time, and what was sold after that
//! time still counts. Pure, like all of `domain`; whoever has records of other registers may fold
//! them into the same [`book::StockBook`].

pub mod book;
pub mod carton;
pub mod change;
pub mod count;
pub mod counting;
pub mod delivery;
pub mod fault;
pub mod reason;
pub mod receiving;

use super::quantity::Quantity;
use super::time::Timestamp;

/// The most lines of one record about goods.
pub const LINES_MAX: usize = 400;
/// The most of one item that a person may key at once: 100,000 units.
pub const QUANTITY_MAX: Quantity = Quantity::from_tenthousandths(1_000_000_000);
/// The most of one item that a record may say was on hand: 100,000,000 units, either way.
pub const ON_HAND_MAX: Quantity = Quantity::from_tenthousandths(1_000_000_000_000);

/// What a pack says was on hand, and when that was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnHand {
    /// How much.
    pub quantity: Quantity,
    /// When.
    pub as_of: Timestamp,
}

/// True for more than nothing, within what a person may key.
pub fn is_amount(quantity: Quantity) -> bool {
    quantity > Quantity::default() && quantity <= QUANTITY_MAX
}

/// True for nothing or more, within what a person may key.
pub fn is_count(quantity: Quantity) -> bool {
    quantity == Quantity::default() || is_amount(quantity)
}

/// True for what a record may say was on hand.
pub fn is_on_hand(quantity: Quantity) -> bool {
    quantity.tenthousandths().unsigned_abs() <= ON_HAND_MAX.tenthousandths().unsigned_abs()
}
