//! Payment keys: an amount first, then the key; the key alone is exactly what is due.
//!
//! A key that repeats or bounces is one press, and a scan is never an amount.

use super::{Desk, Purpose};
use crate::domain::money::Money;
use crate::domain::words::words;
use crate::gui::entry::{ENTRY_LEN_MAX, Line};
use crate::gui::keys::Action;
use crate::gui::stroke::{Stamped, Stroke};
use crate::register::command::Command;
use crate::register::view::{Screen, View};

/// A second press of a payment key within this time is the same press.
pub const PAY_AGAIN_MS: u64 = 250;

/// So long after a payment was sent a scan is for the next customer.
const BEHIND_PAYMENT_MS: u64 = 2_000;

/// Strokes that take money on the payment screen.
pub(super) const fn pays(stroke: Stroke) -> bool {
    matches!(
        stroke,
        Stroke::Enter
            | Stroke::Note(_)
            | Stroke::Answer(_)
            | Stroke::Act(Action::Cash | Action::Check)
    )
}

/// A payment is on its way to the disk.
pub(super) const fn is_being_recorded(view: &View) -> bool {
    view.recording_since_ms.is_some() && matches!(view.screen, Screen::Tender(_) | Screen::Check(_))
}

impl Desk {
    /// The next customer's item, scanned while the payment before is on its way to the disk: it
    /// follows the payment to the till, which begins a sale with it, or refuses it aloud if the
    /// payment was not taken. A disk that is slow for longer gets no more; true when it was sent.
    pub(super) fn scan_behind_payment(&mut self, stamped: Stamped, view: &View) -> bool {
        let behind = is_being_recorded(view)
            && view
                .recording_since_ms
                .is_some_and(|since| stamped.at_ms.saturating_sub(since) < BEHIND_PAYMENT_MS)
            && stamped.stroke == Stroke::Enter
            && self.entry.len() < ENTRY_LEN_MAX
            && self.entry.looks_scanned();
        if behind {
            let line = self.entry.end();
            self.send(Command::Scan { code: line.text.to_string() }, stamped.at_ms);
        }
        behind
    }

    pub(super) fn end_amount(
        &mut self,
        line: &Line,
        amount: Option<Money>,
        view: &View,
        at_ms: u64,
    ) {
        let question = match &view.screen {
            Screen::Tender(tender) => tender.question,
            _ => None,
        };
        let again = self.paid_at_ms.is_some_and(|t| at_ms.saturating_sub(t) < PAY_AGAIN_MS);
        if line.text.is_empty() {
            // Enter alone pays nothing; it only answers a question, and never within one press.
            if let (Some(asked), false) = (question, again) {
                self.paid_at_ms = Some(at_ms);
                self.take_cash(Some(asked), true, at_ms);
            }
        } else if let Some(amount) = self.amount_or_say(line, amount, at_ms) {
            self.paid_at_ms = Some(at_ms);
            self.take_cash(Some(amount), false, at_ms);
        }
    }

    pub(super) fn cash(&mut self, stamped: Stamped, view: &View) {
        let at_ms = stamped.at_ms;
        if !self.may_pay(stamped) {
            return;
        }
        match &view.screen {
            Screen::Sell(_) if self.settle_first(view) => {}
            Screen::Sell(_) => self.begin_payment(at_ms),
            Screen::Tender(tender) => match (self.keyed_amount(at_ms), tender.question) {
                (Err(()), _) => {}
                (Ok(Some(amount)), _) => self.take_cash(Some(amount), false, at_ms),
                (Ok(None), Some(asked)) => self.take_cash(Some(asked), true, at_ms),
                (Ok(None), None) => self.take_cash(None, false, at_ms),
            },
            Screen::Check(_) => {
                self.entry.clear();
                self.leave_check(true, at_ms);
            }
            _ => {}
        }
    }

    pub(super) fn check(&mut self, stamped: Stamped, view: &View) {
        let at_ms = stamped.at_ms;
        if !self.may_pay(stamped) {
            return;
        }
        match &view.screen {
            Screen::Sell(_) if self.settle_first(view) => {}
            Screen::Sell(_) => {
                self.begin_payment(at_ms);
                self.check_asked = self.payment_asked;
            }
            Screen::Tender(_) => {
                if let Ok(amount) = self.keyed_amount(at_ms) {
                    self.begin_check(amount, at_ms);
                }
            }
            _ => {}
        }
    }

    pub(super) fn begin_payment(&mut self, at_ms: u64) {
        if self.entry.is_empty() {
            self.payment_asked = true;
            self.send(Command::BeginTender, at_ms);
        } else {
            let text = words!("{} is not added yet", self.entry.shown());
            self.refuse(text, words!("Press Enter to add it, or Esc to clear it."), at_ms);
        }
    }

    /// The amount in the entry line, which is then empty; `Err` after a refusal.
    pub(super) fn keyed_amount(&mut self, at_ms: u64) -> Result<Option<Money>, ()> {
        if self.entry.is_empty() {
            return Ok(None);
        }
        let stray = self.stray_scan();
        let amount = self.entry.amount();
        let line = self.entry.end();
        if stray {
            self.refuse_scan(Purpose::Amount, at_ms);
            return Err(());
        }
        self.amount_or_say(&line, amount, at_ms).map(Some).ok_or(())
    }

    /// False for a repeat, and for a second press that came too soon to be meant.
    pub(super) fn may_pay(&mut self, stamped: Stamped) -> bool {
        let too_soon =
            self.paid_at_ms.is_some_and(|t| stamped.at_ms.saturating_sub(t) < PAY_AGAIN_MS);
        if stamped.repeat || too_soon {
            return false;
        }
        self.paid_at_ms = Some(stamped.at_ms);
        true
    }

    pub(super) fn take_cash(&mut self, amount: Option<Money>, confirmed: bool, at_ms: u64) {
        self.send(Command::TakeCash { amount, confirmed }, at_ms);
    }
}
