//! The drawer of a shift: what should be in it, down to the cent.
//!
//! `expected cash = float + cash taken - change - payouts - drops - pickups + loans + paid in -
//! paid out`. Checks are counted apart. The count is blind: the expected sum is shown after it.

use super::bag::{BagNo, PaidReason};
use super::drawer_fault::DrawerFault;
use super::money::{Money, Overflow};
use super::sale::CompletedSale;
use super::shift::{CountedPieces, worth};
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
    /// The errand, in words. Who stood beside it is the record's approval.
    pub note: String,
    /// The sealed bag it is in, of a drop or a pickup.
    pub bag: Option<BagNo>,
    /// Why it was paid in or paid out.
    pub reason: Option<PaidReason>,
    /// The notes and coins it is made of, where they were counted; they come to the amount.
    pub pieces: Vec<CountedPieces>,
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

    /// True where it may be in a bag: for the safe, or for the cash office.
    pub const fn leaves_the_drawer_for_good(self) -> bool {
        matches!(self, Self::Drop | Self::Pickup)
    }

    /// True when the drawer gains by it.
    pub const fn comes_in(self) -> bool {
        matches!(self, Self::Loan | Self::PaidIn)
    }
}

impl CashMovement {
    /// Cash that moves, with nothing else said.
    pub const fn new(kind: CashMovementKind, amount: Money) -> Self {
        Self { kind, amount, note: String::new(), bag: None, reason: None, pieces: Vec::new() }
    }

    /// Cash into the safe, in this bag.
    pub fn drop(amount: Money, bag: BagNo) -> Self {
        Self { bag: Some(bag), ..Self::new(CashMovementKind::Drop, amount) }
    }

    /// What a register wants said before it records it.
    ///
    /// # Errors
    /// [`DrawerFault`].
    pub fn check(&self) -> Result<(), DrawerFault> {
        let reasons: &[PaidReason] = match self.kind {
            CashMovementKind::PaidIn => &PaidReason::IN,
            CashMovementKind::PaidOut => &PaidReason::OUT,
            CashMovementKind::Drop | CashMovementKind::Pickup | CashMovementKind::Loan => &[],
        };
        if self.kind == CashMovementKind::Drop && self.bag.is_none() {
            return Err(DrawerFault::NoBag);
        }
        if self.bag.is_some() && !self.kind.leaves_the_drawer_for_good() {
            return Err(DrawerFault::NotABag);
        }
        match self.reason {
            None if !reasons.is_empty() => return Err(DrawerFault::NoReason),
            Some(reason) if !reasons.contains(&reason) => return Err(DrawerFault::NoReason),
            Some(PaidReason::Other) if self.note.trim().is_empty() => {
                return Err(DrawerFault::SayWhy);
            }
            _ => {}
        }
        if !self.pieces.is_empty() && worth(&self.pieces) != Ok(self.amount) {
            return Err(DrawerFault::PiecesDiffer);
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(kind: CashMovementKind) -> CashMovement {
        CashMovement::new(kind, Money::from_minor(5_000))
    }

    #[test]
    fn cash_moves_with_what_its_kind_wants_said_and_nothing_else() {
        use CashMovementKind::{Drop, Loan, PaidIn, PaidOut, Pickup};
        let bag = BagNo::parse("TB-17");
        let because = |reason, kind| CashMovement { reason: Some(reason), ..moved(kind) };
        let (found, supplies, other) = (PaidReason::Found, PaidReason::Supplies, PaidReason::Other);
        for (movement, expected) in [
            (moved(Drop), Err(DrawerFault::NoBag)),
            (CashMovement { bag: bag.clone(), ..moved(Drop) }, Ok(())),
            (moved(Pickup), Ok(())),
            (CashMovement { bag: bag.clone(), ..moved(Pickup) }, Ok(())),
            (moved(Loan), Ok(())),
            (CashMovement { bag, ..moved(Loan) }, Err(DrawerFault::NotABag)),
            (moved(PaidIn), Err(DrawerFault::NoReason)),
            (moved(PaidOut), Err(DrawerFault::NoReason)),
            (because(found, PaidIn), Ok(())),
            (because(found, PaidOut), Err(DrawerFault::NoReason)),
            (because(supplies, PaidOut), Ok(())),
            (because(supplies, Drop), Err(DrawerFault::NoBag)),
            (because(supplies, Loan), Err(DrawerFault::NoReason)),
            (because(other, PaidOut), Err(DrawerFault::SayWhy)),
            (CashMovement { note: "ice".to_owned(), ..because(other, PaidOut) }, Ok(())),
        ] {
            assert_eq!(movement.check(), expected, "{movement:?}");
        }
    }

    #[test]
    fn notes_and_coins_come_to_the_amount() {
        let pieces = |count| vec![CountedPieces { value: Money::from_minor(100), count }];
        let loan = |count| CashMovement { pieces: pieces(count), ..moved(CashMovementKind::Loan) };
        assert_eq!(loan(50).check(), Ok(()));
        assert_eq!(loan(49).check(), Err(DrawerFault::PiecesDiffer));
    }

    #[test]
    fn sales_refunds_and_what_moves_come_to_what_should_be_in_the_drawer() {
        use crate::domain::ids::{SaleNo, ShiftNo};
        use crate::domain::sale::Terms;
        use crate::domain::tender::CheckNumber;
        let money = Money::from_minor;
        let number = || CheckNumber::parse("1234").expect("a number");
        let sale = |total: i64, rounding: i64, tenders: Vec<Tender>, change: i64| CompletedSale {
            number: SaleNo(1),
            shift: ShiftNo(1),
            lines: Vec::new(),
            taxes: Vec::new(),
            subtotal: money(total),
            total: money(total),
            rounding: money(rounding),
            tenders,
            change: money(change),
            terms: Terms::default(),
        };
        let cash = |minor| Tender::Cash { amount: money(minor) };
        let mut totals = DrawerTotals::opened_with(money(10_000));
        for sale in [
            sale(1_083, 2, vec![cash(2_000)], 915),
            sale(1_083, 2, vec![cash(1_085)], 0),
            sale(2_000, 0, vec![Tender::plain_check(money(1_500), number()), cash(500)], 0),
            sale(700, 0, vec![Tender::plain_check(money(700), number())], 0),
            sale(-700, 0, vec![Tender::CheckReturned { amount: money(700), number: number() }], 0),
            sale(-108, -2, vec![cash(0)], 110),
        ] {
            totals = totals.after_sale(&sale).expect("fits");
        }
        for (kind, minor) in [
            (CashMovementKind::Drop, 4_000),
            (CashMovementKind::Pickup, 300),
            (CashMovementKind::PaidOut, 20),
            (CashMovementKind::Loan, 1_000),
            (CashMovementKind::PaidIn, 5),
        ] {
            let movement = CashMovement::new(kind, money(minor));
            totals = totals.after_movement(&movement).expect("fits");
        }
        let expected = DrawerTotals {
            float: money(10_000),
            sales: 4,
            refunds: 2,
            cash_kept: money(1_085 + 1_085 + 500 - 110),
            checks: money(1_500),
            check_count: 1,
            rounding: money(2),
            moved_in: money(1_005),
            moved_out: money(4_320),
        };
        assert_eq!(totals, expected);
        assert_eq!(totals.expected_cash(), Ok(money(10_000 + 2_560 + 1_005 - 4_320)));
    }
}
