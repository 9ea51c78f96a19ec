//! Slips about the drawer and the shift: printed after their record, and never waited for.
//!
//! ```text
//!  drop, pickup, loan, paid in, paid out ─┐
//!  drawer opened (where the store wants)  ├▶ record ─▶ slip with its proof ─▶ printer
//!  shift closed, counted blind            │                └ trouble: a notice, nothing else
//!  sale put aside, its number as a code  ─┘
//! ```

use crate::domain::approval::Approval;
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::event::SuspendedSale;
use crate::domain::money::Money;
use crate::domain::sale::Reason;
use crate::domain::shift::{CashCount, Shift, ShiftClose};
use crate::ledger::Committed;
use crate::receipt::code::AsideCode;
use crate::receipt::proof;
use crate::receipt::slip::Slip;
use crate::receipt::words::Word;

use super::register::Register;

impl Register {
    /// Cash that moved without a sale: who, how much, where to, and a place to sign.
    pub(super) fn print_movement(
        &mut self,
        movement: &CashMovement,
        approval: Option<&Approval>,
        committed: &Committed,
    ) {
        let word = |word| self.paper.language.word(word);
        let title = word(match movement.kind {
            CashMovementKind::Drop => Word::Drop,
            CashMovementKind::Pickup => Word::Pickup,
            CashMovementKind::Loan => Word::Loan,
            CashMovementKind::PaidIn => Word::PaidIn,
            CashMovementKind::PaidOut => Word::PaidOutOfDrawer,
        });
        let Some(mut slip) = self.begin_slip(title) else { return };
        slip = self.shift_line(slip).sum(word(Word::Total), movement.amount);
        if let Some(bag) = &movement.bag {
            slip = slip.line(format!("{}: {bag}", word(Word::Bag)));
        }
        if let Some(reason) = movement.reason {
            slip = slip.line(format!("{}: {}", word(Word::Reason), reason.label()));
        }
        for pieces in &movement.pieces {
            slip = slip.count(pieces.value.to_string(), u64::from(pieces.count));
        }
        if !movement.note.is_empty() {
            slip = slip.line(movement.note.as_str());
        }
        slip = self.approved(slip, approval).sign(word(Word::SignedCashier));
        slip = slip.sign(word(Word::SignedOther));
        self.end_slip(slip, committed);
    }

    /// The drawer was opened without a sale; only where the store's policy wants a slip of it.
    pub(super) fn print_no_sale(
        &mut self,
        reason: Reason,
        approval: Option<&Approval>,
        committed: &Committed,
    ) {
        if !self.policy().is_ok_and(|policy| policy.counter.no_sale_slip) {
            return;
        }
        let word = |word| self.paper.language.word(word);
        let Some(slip) = self.begin_slip(word(Word::NoSale)) else { return };
        let reason = format!("{}: {}", word(Word::Reason), reason.label());
        let slip = self.shift_line(slip).line(reason);
        let slip = self.approved(slip, approval).sign(word(Word::SignedCashier));
        self.end_slip(slip, committed);
    }

    /// The shift's totals after the blind count: what was sold, what should have been in the
    /// drawer, what was, by notes and coins.
    pub(super) fn print_close(
        &mut self,
        shift: &Shift,
        count: &CashCount,
        close: &ShiftClose,
        committed: &Committed,
    ) {
        let sold = self.ledger.sales_of_shift(shift.number).map(|sum| sum.money);
        let word = |word| self.paper.language.word(word);
        let title = format!("Z {}", close.shift);
        let Some(slip) = self.begin_slip(&title) else { return };
        let (drawer, offered) = (&shift.drawer, self.ledger.state().offered);
        let mut slip = slip
            .count(word(Word::Sales), close.sales)
            .count(word(Word::Refunds), close.refunds)
            .sum(word(Word::Total), sold.unwrap_or_default())
            .amount(word(Word::Rounding), drawer.rounding)
            .count(word(Word::CouponsRefused), u64::from(offered.coupons))
            .count(word(Word::GiftCardsRefused), u64::from(offered.gift_cards))
            .rule()
            .amount(word(Word::Float), drawer.float)
            .amount(word(Word::CashOfSales), drawer.cash_kept)
            .amount(word(Word::MovedIn), drawer.moved_in)
            .amount(word(Word::MovedOut), drawer.moved_out)
            .rule();
        for pieces in count.pieces.iter().filter(|pieces| pieces.count > 0) {
            slip = slip.count(pieces.value.to_string(), u64::from(pieces.count));
        }
        let over = |counted: Money, expected: Money| counted.minus(expected).unwrap_or_default();
        let slip = slip
            .amount(word(Word::CashExpected), close.expected_cash)
            .sum(word(Word::CashCounted), close.counted_cash)
            .sum(word(Word::OverShort), over(close.counted_cash, close.expected_cash))
            .count(word(Word::CheckCount), u64::from(count.check_count))
            .amount(word(Word::ChecksExpected), close.expected_checks)
            .sum(word(Word::ChecksCounted), close.counted_checks)
            .sum(word(Word::OverShort), over(close.counted_checks, close.expected_checks))
            .sign(word(Word::SignedCashier))
            .sign(word(Word::SignedOther));
        self.end_slip(slip, committed);
    }

    /// A float that one cashier left and the next one counted.
    pub(super) fn print_hand_over(&mut self, float: Money, committed: &Committed) {
        let word = |word| self.paper.language.word(word);
        let Some(slip) = self.begin_slip(word(Word::HandOver)) else { return };
        let slip = self
            .shift_line(slip)
            .sum(word(Word::Float), float)
            .sign(word(Word::SignedOther))
            .sign(word(Word::SignedCashier));
        self.end_slip(slip, committed);
    }

    /// A sale that was put aside: its number large, and as a code that takes it up again.
    pub(super) fn print_aside(&mut self, sale: &SuspendedSale, committed: &Committed) {
        let word = |word| self.paper.language.word(word);
        let title = format!("{} {}", word(Word::PutAside), sale.slip);
        let journal = self.ledger.chain().journal;
        let Some(slip) = self.begin_slip(&title) else { return };
        let lines = sale.basket.lines.iter().filter(|line| !line.voided).count();
        let lines = lines.saturating_add(sale.basket.open.len());
        let mut slip = slip
            .count(word(Word::Items), u64::try_from(lines).unwrap_or(u64::MAX))
            .sum(word(Word::Total), sale.total)
            .line(word(Word::NotPaid));
        if !self.training {
            slip = slip.qr(&AsideCode { journal, slip: sale.slip }.to_string());
        }
        self.end_slip(slip, committed);
    }

    pub(super) fn begin_slip(&self, title: &str) -> Option<Slip> {
        Some(Slip::new(title, &self.slip_place()?))
    }

    fn shift_line(&self, slip: Slip) -> Slip {
        match self.shift() {
            Ok(shift) => {
                slip.count(self.paper.language.word(Word::Shift), u64::from(shift.number.0))
            }
            Err(_) => slip,
        }
    }

    fn approved(&self, slip: Slip, approval: Option<&Approval>) -> Slip {
        match approval {
            Some(approval) => {
                let who = self.paper.language.word(Word::ApprovedBy);
                slip.line(format!("{who} {}", approval.by))
            }
            None => slip,
        }
    }

    pub(super) fn end_slip(&mut self, slip: Slip, committed: &Committed) {
        let journal = self.ledger.chain().journal;
        // Practice proves nothing.
        let slip = if self.training {
            slip
        } else {
            slip.proof(&proof(journal, committed.seq, committed.hash))
        };
        self.print_slip(slip.finish());
    }
}
