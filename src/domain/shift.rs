//! A shift: one cashier, one drawer, from the float to the blind count.

use super::drawer::DrawerTotals;
use super::ids::{PersonId, ShiftNo};
use super::money::{Money, Overflow};
use super::time::BusinessDate;

/// A shift that is open on a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Its number.
    pub number: ShiftNo,
    /// Whose drawer it is.
    pub cashier: PersonId,
    /// The day it is booked on, also after midnight.
    pub date: BusinessDate,
    /// The drawer's running totals.
    pub drawer: DrawerTotals,
}

/// The end of a shift: what was counted against what should be there (ARTS: TillSettle).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftClose {
    /// The shift.
    pub shift: ShiftNo,
    /// What was counted in notes and coins.
    pub counted_cash: Money,
    /// What was counted in checks.
    pub counted_checks: Money,
    /// What should have been there in notes and coins.
    pub expected_cash: Money,
    /// What should have been there in checks.
    pub expected_checks: Money,
    /// Sales in the shift.
    pub sales: u64,
    /// Refunds in the shift.
    pub refunds: u64,
}

/// A blind count of a drawer, by denomination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashCount {
    /// The shift whose drawer it is.
    pub shift: ShiftNo,
    /// Notes and coins: how many of which.
    pub pieces: Vec<CountedPieces>,
    /// Cash that was counted as one amount.
    pub loose: Money,
    /// The sum of the checks.
    pub checks: Money,
    /// How many checks there are.
    pub check_count: u32,
}

/// Notes or coins of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedPieces {
    /// What one is worth.
    pub value: Money,
    /// How many.
    pub count: u32,
}

impl CashCount {
    /// A count as two sums.
    pub const fn of_sums(shift: ShiftNo, cash: Money, checks: Money) -> Self {
        Self { shift, pieces: Vec::new(), loose: cash, checks, check_count: 0 }
    }

    /// All notes and coins.
    ///
    /// # Errors
    /// [`Overflow`] when the sum does not fit.
    pub fn cash(&self) -> Result<Money, Overflow> {
        worth(&self.pieces)?.plus(self.loose)
    }
}

/// What notes and coins come to.
///
/// # Errors
/// [`Overflow`] when the sum does not fit.
pub fn worth(pieces: &[CountedPieces]) -> Result<Money, Overflow> {
    pieces.iter().try_fold(Money::ZERO, |sum, pieces| {
        let worth = pieces.value.minor().checked_mul(i64::from(pieces.count));
        sum.plus(Money::from_minor(worth.ok_or(Overflow)?))
    })
}

impl Shift {
    /// Closes the shift with a blind count.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn close(
        &self,
        counted_cash: Money,
        counted_checks: Money,
    ) -> Result<ShiftClose, Overflow> {
        Ok(ShiftClose {
            shift: self.number,
            counted_cash,
            counted_checks,
            expected_cash: self.drawer.expected_cash()?,
            expected_checks: self.drawer.checks,
            sales: self.drawer.sales,
            refunds: self.drawer.refunds,
        })
    }
}

impl ShiftClose {
    /// Counted less expected, cash and checks together: over is above zero, short below.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn over_short(&self) -> Result<Money, Overflow> {
        let cash = self.counted_cash.minus(self.expected_cash)?;
        cash.plus(self.counted_checks.minus(self.expected_checks)?)
    }
}
