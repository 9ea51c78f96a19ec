//! Shifts: the float, cash that moves, and the blind count.

use crate::domain::approval::Case;
use crate::domain::drawer::CashMovement;
use crate::domain::drawer_fault::DrawerFault;
use crate::domain::event::Event;
use crate::domain::handing::Handing;
use crate::domain::ids::ShiftNo;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::sale::Reason;
use crate::domain::shift::{CashCount, CountedPieces};
use crate::domain::words::words;

use crate::receipt::slip::Slip;
use crate::receipt::words::Word;

use super::register::{Phase, Register, Said, Setback};
use super::view::ShiftClosed;

/// The most kinds of notes and coins in a count; a record holds as many.
const PIECES_MAX: usize = 24;

impl Register {
    /// Opens a shift with a counted float.
    pub(super) fn open_shift(&mut self, float: Money) -> Result<Option<Said>, Setback> {
        self.open_counted(float, Vec::new())
    }

    /// The same with the notes and coins that the float is made of.
    pub(super) fn open_counted(
        &mut self,
        float: Money,
        pieces: Vec<CountedPieces>,
    ) -> Result<Option<Said>, Setback> {
        let person = self.person()?;
        if !person.role.sells() {
            return Err(Refusal::DoesNotSell.into());
        }
        let cashier = person.id.clone();
        self.pack()?;
        if self.shift().is_ok() {
            return Err(Refusal::ShiftOpen.into());
        }
        if float.is_negative() {
            return Err(Refusal::AmountOutOfRange.into());
        }
        self.ask_for_day(float, &pieces)?;
        // A journal that was given up counts on: no Z report of the register has a number twice.
        let register = self.ledger.chain().journal.register;
        let last = self.ledger.state().last_shift.max(self.book.cash.last_shift(register));
        let shift = ShiftNo(last.0.saturating_add(1));
        let handed = self.ledger.state().handed;
        let committed = self.record(Event::ShiftOpen { shift, cashier, float, pieces })?;
        self.forget_old_checks();
        if handed.is_some() {
            self.print_hand_over(float, &committed);
        }
        let currency = self.policy()?.currency;
        if let Some(handed) = handed.filter(|handed| handed.cash != float) {
            let (was, is) = (currency.format(handed.cash), currency.format(float));
            return Ok(Some(Said::attention(
                words!("{} was handed over, you counted {}", was, is),
                words!("Both counts are recorded. Tell a lead before you sell."),
            )));
        }
        let float = currency.format(float);
        Ok(Some(Said::done(words!("Shift {} is open with {}", shift, float))))
    }

    /// Closes the shift: the count first, what was expected after it.
    pub(super) fn close_shift(
        &mut self,
        pieces: Vec<CountedPieces>,
        loose: Money,
        checks: Money,
        check_count: u32,
        hand_over: bool,
    ) -> Result<Option<Said>, Setback> {
        self.person()?;
        let negative = pieces.iter().any(|pieces| pieces.value <= Money::ZERO);
        if loose.is_negative() || checks.is_negative() || negative || pieces.len() > PIECES_MAX {
            return Err(Refusal::AmountOutOfRange.into());
        }
        let free = match &self.phase {
            Phase::Basket(basket) => basket.is_empty(),
            Phase::Tendering(..) => false,
            Phase::Done(_) => true,
        };
        if !free {
            return Err(Refusal::SaleOpen.into());
        }
        let waiting = self.own_waiting(false);
        if waiting > 0 {
            // One may have gone on at a register that this one does not see.
            self.ask_for_asides();
            return Err(Refusal::BasketsWait(waiting).into());
        }
        let shift = self.shift()?.clone();
        let count = CashCount { shift: shift.number, pieces, loose, checks, check_count };
        let close = shift.close(count.cash()?, checks)?;
        self.record_last_ack()?;
        // The count is a fact before anybody is shown what should have been there.
        self.record(Event::CashCount(count.clone()))?;
        let committed = self.record(Event::ShiftClose(close.clone()))?;
        self.print_close(&shift, &count, &close, &committed);
        if hand_over {
            let cash = close.counted_cash;
            self.record(Event::DrawerHanded(Handing { shift: close.shift, cash }))?;
        }
        self.next_customer();
        self.closed = Some(ShiftClosed {
            number: close.shift.0,
            sales: close.sales,
            expected_cash: close.expected_cash,
            counted_cash: close.counted_cash,
            expected_checks: close.expected_checks,
            counted_checks: close.counted_checks,
            over_short: close.over_short()?,
            handed_over: hand_over,
        });
        Ok(None)
    }

    /// Moves cash without a sale.
    pub(super) fn move_cash(&mut self, movement: CashMovement) -> Result<Option<Said>, Setback> {
        self.person()?;
        let shift = self.shift()?.number;
        if movement.amount <= Money::ZERO {
            return Err(Refusal::TenderNotPositive.into());
        }
        super::outages::check_text(&movement.note)?;
        movement.check().map_err(Refusal::from)?;
        if let Some((bag, before)) =
            movement.bag.as_ref().and_then(|bag| Some((bag, self.book.cash.bag(bag)?)))
        {
            let day = before.day.to_string();
            return Err(
                Refusal::from(DrawerFault::BagUsed(bag.to_string(), before.register, day)).into()
            );
        }
        let approval = self.authorise(&Case::MoveCash)?;
        let (kind, amount) = (movement.kind.word(), movement.amount);
        let event =
            Event::CashMovement { shift, movement: movement.clone(), approval: approval.clone() };
        let committed = self.record(event)?;
        self.open_drawer();
        self.print_movement(&movement, approval.as_ref(), &committed);
        let amount = self.policy()?.currency.format(amount);
        Ok(Some(Said::done(words!("Recorded: {} of {}", kind, amount))))
    }

    /// What was sold in the shift so far, on the screen and on paper. It changes nothing, and what
    /// should be in the drawer stays hidden until it is counted.
    pub(super) fn x_report(&mut self) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let shift = self.shift()?.clone();
        let sum = self.ledger.sales_of_shift(shift.number)?.money;
        let drawer = &shift.drawer;
        if let Some(place) = self.slip_place() {
            let word = |word| place.language.word(word);
            let slip = Slip::new(&format!("X {}", shift.number), &place)
                .count(word(Word::Sales), drawer.sales)
                .count(word(Word::Refunds), drawer.refunds)
                .sum(word(Word::Total), sum);
            let document = slip.finish();
            self.print_slip(document);
        }
        let (sales, refunds) = (drawer.sales, drawer.refunds);
        Ok(Some(Said::done(words!("So far: {} sales, {} refunds, {}", sales, refunds, sum))))
    }

    /// Opens the drawer without a sale.
    pub(super) fn no_sale(&mut self, reason: Reason) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let shift = self.shift()?.number;
        if !matches!(&self.phase, Phase::Basket(basket) if basket.is_empty()) {
            self.next_customer();
        }
        if !matches!(&self.phase, Phase::Basket(basket) if basket.is_empty()) {
            return Err(Refusal::SaleOpen.into());
        }
        let approval = self.authorise(&Case::NoSale)?;
        let committed =
            self.record(Event::DrawerOpen { shift, reason, approval: approval.clone() })?;
        self.open_drawer();
        self.print_no_sale(reason, approval.as_ref(), &committed);
        Ok(Some(Said::done(words!("The drawer is open"))))
    }

    /// Notes the newest acknowledgement in the journal, once a shift: a record for each would be
    /// acknowledged in its turn and never end.
    fn record_last_ack(&mut self) -> Result<(), Setback> {
        if let Some(ack) = self.ledger.last_ack()?
            && ack.epoch == self.ledger.chain().journal.epoch
        {
            let digest = crate::journal::hash::Hash::of_bytes(&ack.verbatim).0;
            self.record(Event::AckReceived { next_seq: ack.next_seq, digest })?;
        }
        Ok(())
    }
}
