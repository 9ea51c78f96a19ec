//! The drawer of a shift: what should be in it, down to the cent.
//!
//! `expected cash = float + cash taken - change - payouts - drops - pickups + loans + paid in -
//! paid out`. Checks are counted apart. The count is blind: the expected sum is shown after it.

use super::money::{Money, Overflow};
use super::sale::CompletedSale;
use super::tender::Tender;

/// Why cash moved without a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CashMovementKind {
    /// From the drawer into the safe.
    Drop,
    /// From the drawer to the cash office.
    Pickup,
    /// Change brought to the drawer.
    Loan,
    /// Money that came in otherwise.
    PaidIn,
    /// Money that was paid out of the drawer.
    PaidOut,
}

/// Cash that moved without a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashMovement {
    /// Why.
    pub kind: CashMovementKind,
    /// How much, above zero.
    pub amount: Money,
    /// The bag, the errand, the witness.
    pub note: String,
}

/// The running totals of one drawer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrawerTotals {
    /// What it was opened with.
    pub float: Money,
    /// Sales, refunds not counted.
    pub sales: u64,
    /// Refunds.
    pub refunds: u64,
    /// Cash handed over less change and payouts.
    pub cash_kept: Money,
    /// Checks taken.
    pub checks: Money,
    /// The number of checks.
    pub check_count: u64,
    /// What cash rounding added, or took.
    pub rounding: Money,
    /// Cash brought in without a sale.
    pub moved_in: Money,
    /// Cash taken out without a sale.
    pub moved_out: Money,
}

impl CashMovementKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Drop, Self::Pickup, Self::Loan, Self::PaidIn, Self::PaidOut];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Pickup => "pickup",
            Self::Loan => "loan",
            Self::PaidIn => "paid_in",
            Self::PaidOut => "paid_out",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// True when the drawer gains by it.
    pub const fn comes_in(self) -> bool {
        matches!(self, Self::Loan | Self::PaidIn)
    }
}

impl DrawerTotals {
    /// A drawer opened with a float.
    pub fn opened_with(float: Money) -> Self {
        Self { float, ..Self::default() }
    }

    /// What should be in it in notes and coins.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn expected_cash(&self) -> Result<Money, Overflow> {
        self.float.plus(self.cash_kept)?.plus(self.moved_in)?.minus(self.moved_out)
    }

    /// The totals after a sale or refund.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn after_sale(&self, sale: &CompletedSale) -> Result<Self, Overflow> {
        let check_count =
            sale.tenders.iter().fold(self.check_count, |count, tender| match tender {
                Tender::Cash { .. } => count,
                Tender::Check { .. } => count.saturating_add(1),
                Tender::CheckReturned { .. } => count.saturating_sub(1),
            });
        let refund = u64::from(sale.is_refund());
        Ok(Self {
            sales: self.sales.saturating_add(1_u64.saturating_sub(refund)),
            refunds: self.refunds.saturating_add(refund),
            cash_kept: self.cash_kept.plus(sale.cash_kept()?)?,
            checks: self.checks.plus(sale.checks()?)?,
            check_count,
            rounding: self.rounding.plus(sale.rounding)?,
            ..self.clone()
        })
    }

    /// The totals after cash moved without a sale.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn after_movement(&self, movement: &CashMovement) -> Result<Self, Overflow> {
        let mut after = self.clone();
        let side =
            if movement.kind.comes_in() { &mut after.moved_in } else { &mut after.moved_out };
        *side = side.plus(movement.amount)?;
        Ok(after)
    }
}
