//! A drawer that one cashier counted and left for the next one.

use super::ids::ShiftNo;
use super::money::Money;

/// The drawer goes on with what was counted in it; the next shift begins with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handing {
    /// The shift that ended.
    pub shift: ShiftNo,
    /// What was counted in notes and coins.
    pub cash: Money,
}
