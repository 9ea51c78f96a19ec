//! "Was the receipt printed?": asked once, after the program ended between PAID and the paper.
//!
//! ```text
//!  PAID ─▶ printer ─ ended, or it can't be known and was said ─▶ the running mark names the sale
//!    └─ the program ends ─▶ next start: the mark names another one ─▶ asked on the empty sale
//!                                      Ctrl P: a copy, recorded  ◀──┤
//!                                      Esc, the next item, the end of the shift: asked no more
//! ```
//!
//! What it prints is always a COPY. Between the bytes that a printer took and the word that they
//! are on paper lies a moment in which only the printer knows; a second original would be a second
//! proof for one sale, and a copy is a full receipt all the same.
//!
//! It never stops the next sale, and nothing is printed by itself. After a power cut the question
//! may come although the paper is there, and never the other way round (`running_mark`).

use crate::domain::ids::SaleNo;

use super::register::{Phase, Register};
use super::running_mark::RunningMark;
use super::view::LastSale;

impl Register {
    /// After a start: the last sale's receipt is asked about where nobody knows of it.
    pub(super) fn ask_about_receipt(&mut self, unclean: bool) {
        let before = if unclean { RunningMark::read(&self.running_mark).settled } else { None };
        let state = self.ledger.state();
        let last = state
            .last_sale
            .as_ref()
            .filter(|last| unclean && state.open_shift.is_some() && before != Some(last.number));
        self.unprinted = last.map(|last| LastSale {
            number: last.number.0,
            total: last.total,
            change: last.change,
            at: last.at,
        });
        let known = match (&self.unprinted, before) {
            (None, _) => state.last_sale_no,
            (Some(_), before) => before.unwrap_or_default(),
        };
        self.mark(known);
    }

    /// What is asked on the sale's screen: nothing in the midst of a sale, and nothing where
    /// receipts are on the screen.
    pub(super) fn print_question(&self) -> Option<LastSale> {
        let idle = matches!(&self.phase, Phase::Basket(basket) if basket.is_empty());
        self.unprinted.clone().filter(|_| idle && !self.paper.lamp.on_screen())
    }

    /// The receipt of this sale is printed, or somebody was told and decides: it is not asked about
    /// any more.
    pub(super) fn receipt_is_settled(&mut self, sale: SaleNo) {
        if sale != self.ledger.state().last_sale_no {
            return;
        }
        self.unprinted = None;
        self.mark(sale);
    }

    /// After each command: the next sale, or the end of the shift, ends the question.
    pub(super) fn follow_print_question(&mut self) {
        let Some(asked) = &self.unprinted else { return };
        let number = SaleNo(asked.number);
        let idle = matches!(&self.phase, Phase::Basket(basket) if basket.is_empty());
        if !idle || self.ledger.state().open_shift.is_none() {
            self.receipt_is_settled(number);
            // A sale after it has its own receipt.
            self.unprinted = None;
        }
    }
}
