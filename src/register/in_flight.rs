//! What was in flight: when recording fails, and when the program last ended.
//!
//! ```text
//!  not recorded ─▶ the disk was only busy, nothing was recorded: a refusal, all stays as it was
//!       └─▶ Stopped; the running mark says what was to be recorded, and stays when all is closed
//!  start ─▶ is that record there? whose sale is the last one? is the open basket paid? ─▶ Restart
//! ```
//!
//! It says only what the records say. Where a journal was given up they may not say all, and then
//! a person is asked.

use crate::domain::event::Event;
use crate::domain::ids::{SaleNo, Seq};
use crate::domain::refusal::Refusal;
use crate::domain::sale::SavedBasket;
use crate::domain::words::{Words, words};
use crate::journal::record::{Envelope, Line};
use crate::ledger::draft::{Draft, Loaded};
use crate::ledger::finding::FindingKind;
use crate::ledger::{Ledger, LedgerError, Opening, State};

use super::register::{Answer, Parts, Phase, Register};
use super::running_mark::{Failed, RunningMark, Tried};
use super::view::{LastSale, NoticeKind, Restart, Stopped};

/// How things stood when a command began.
pub(super) struct Began {
    next_seq: Seq,
    payment: Option<Phase>,
}

/// How the program ended before this start, and what the journal was then.
pub(super) struct Before {
    /// It did not end in good order.
    pub(super) unclean: bool,
    /// Recording had failed.
    pub(super) failed: Option<Failed>,
    /// This opening gave the journal up.
    given_up_now: bool,
    /// What was given up may not be all here, and nothing was sold since.
    pub(super) given_up: bool,
    /// The journal that was in use then, where nothing was sold in this one.
    earlier: Option<State>,
}

impl Before {
    pub(super) fn look(parts: &Parts) -> Self {
        let Parts { running_mark, ledger, opening, .. } = parts;
        let unclean = running_mark.exists();
        let failed = RunningMark::read(running_mark).failed;
        let given_up_now = gave_up(opening);
        let asks = unclean || !opening.findings.is_empty();
        let sold_nothing = ledger.state().last_sale.is_none();
        let earlier = if asks && sold_nothing { ledger.state_before() } else { None };
        // A journal that ended with its key is whole, and the next one counts on.
        let whole = earlier.as_ref().is_none_or(|state| state.rotated.is_some());
        let given_up = given_up_now || !whole;
        Self { unclean, failed, given_up_now, given_up, earlier }
    }

    /// The basket that was open when the program ended. A draft can't stop a start: one that is
    /// damaged is said and set aside, and the basket is rung up again.
    pub(super) fn basket(
        &self,
        draft: &Draft,
        ledger: &Ledger,
        findings: &mut Vec<Words>,
    ) -> SavedBasket {
        match draft.load() {
            // Saved for a sale that is recorded by now: it ended before the draft was cleared.
            Ok(Loaded::Basket { sale, .. }) if self.is_recorded(sale, ledger) => {
                SavedBasket::default()
            }
            Ok(Loaded::Basket { basket, .. }) => *basket,
            Ok(Loaded::Nothing) => SavedBasket::default(),
            Ok(Loaded::Damaged(_)) => {
                findings.push(words!(
                    "The basket that was open can't be read any more. It was not paid. Ring it up \
                     again."
                ));
                SavedBasket::default()
            }
            Err(error) => {
                findings.push(Words::data(error.to_string()));
                SavedBasket::default()
            }
        }
    }

    /// The journal that the draft's number counts in holds its sale.
    fn is_recorded(&self, sale: SaleNo, ledger: &Ledger) -> bool {
        if !self.given_up_now {
            return sale <= ledger.state().last_sale_no;
        }
        self.earlier.as_ref().is_some_and(|state| sale <= state.last_sale_no)
    }
}

fn gave_up(opening: &Opening) -> bool {
    opening.findings.iter().any(|finding| finding.kind == FindingKind::JournalFrozen)
}

impl Register {
    /// Says how things stand before a command is done.
    pub(super) fn begins(&self) -> Began {
        let paying = matches!(self.phase, Phase::Tendering(..));
        let payment = paying.then(|| self.phase.clone());
        Began { next_seq: self.ledger.chain().next_seq, payment }
    }

    /// Nothing was recorded, for certain, and the same will go through once the disk is free.
    pub(super) fn is_only_busy(&self, error: &LedgerError, began: &Began) -> bool {
        let untouched = self.ledger.chain().next_seq == began.next_seq;
        untouched && matches!(error, LedgerError::Locked { .. })
    }

    /// A command's fact was not recorded: it is refused where all is as it was, and selling stops
    /// where that is not so.
    pub(super) fn not_recorded(&mut self, error: &LedgerError, began: Began) -> Answer {
        if !self.is_only_busy(error, &began) {
            self.stop(error);
            return Answer::Stopped;
        }
        tracing::warn!(%error, "refused");
        if let Some(payment) = began.payment {
            self.phase = payment;
        }
        let refusal = Refusal::DiskBusy;
        self.say(NoticeKind::Refused, refusal.text(), refusal.remedy());
        Answer::Refused(refusal)
    }

    pub(super) fn stop(&mut self, error: &LedgerError) {
        tracing::error!(%error, "selling stopped");
        let (what, money, remedy) = if error.is_in_doubt() {
            (
                words!(
                    "The disk failed, and it is not certain whether the sale in hand was recorded. \
                     The log says more, for IT."
                ),
                words!(
                    "Whether the sale in hand counts as paid is not known yet. Everything recorded \
                     before it is safe."
                ),
                words!(
                    "Keep what was taken, hand nothing over and write no paper slip for this sale \
                     yet. Close and start Tideover again: it says whether the sale was recorded. \
                     Call IT if this comes back."
                ),
            )
        } else {
            (
                Words::data(error.to_string()),
                words!(
                    "Nothing was recorded for the sale in hand, so it does not count as paid. \
                    Everything recorded before it is safe."
                ),
                words!(
                    "Give back what was taken or write a paper slip: items, amounts, total, time. \
                     Then close and start Tideover again; call IT if this comes back."
                ),
            )
        };
        self.stopped = Some(Stopped { what, money, remedy });
        self.failed = Some(Failed { tried: self.tried.take() });
        self.mark(RunningMark::read(&self.running_mark).settled.unwrap_or_default());
    }

    /// Writes the running mark: the last sale whose receipt is settled, and what failed.
    pub(super) fn mark(&self, settled: SaleNo) {
        let mark = RunningMark { settled: Some(settled), failed: self.failed.clone() };
        mark.write(&self.running_mark);
    }

    /// A record is to be written; where it fails, the running mark says which one it was.
    pub(super) fn tries_to_record(&mut self, kind: &str) {
        let chain = self.ledger.chain();
        let epoch = chain.journal.epoch.to_string();
        self.tried = Some(Tried { epoch, seq: chain.next_seq, kind: kind.to_owned() });
    }

    /// The restart screen was read: what failed before is not said again.
    pub(super) fn restart_is_read(&mut self) {
        self.restart = None;
        if self.failed.take().is_some() {
            self.mark(RunningMark::read(&self.running_mark).settled.unwrap_or_default());
        }
    }

    pub(super) fn what_was_in_flight(
        &self,
        before: &Before,
        findings: Vec<Words>,
    ) -> Option<Restart> {
        let basket = self.basket_total();
        let state = before.earlier.as_ref().unwrap_or(self.ledger.state());
        let last_sale = state.last_sale.as_ref().map(|last| LastSale {
            number: last.number.0,
            total: last.total,
            change: last.change,
            at: last.at,
        });
        let compare = before.failed.as_ref().map(|failed| self.what_became_of(failed));
        let sold = state.open_shift.is_some() && last_sale.is_some();
        let ask = (before.unclean && (basket.is_some() || sold)) || compare.is_some();
        (ask || !findings.is_empty()).then_some(Restart {
            last_sale,
            open_basket_total: basket,
            given_up: before.given_up,
            compare,
            findings,
        })
    }

    /// What became of the record that could not be written.
    fn what_became_of(&self, failed: &Failed) -> Words {
        let own = self.ledger.chain().journal.epoch.to_string();
        let Some(tried) = failed.tried.as_ref().filter(|tried| tried.epoch == own) else {
            return words!(
                "Recording had failed. Compare the last sale above with the last one that was \
                 paid here."
            );
        };
        let line = self.ledger.line_at(tried.seq).ok().flatten();
        let event = line.as_ref().and_then(event_of).filter(|event| event.kind() == tried.kind);
        match event {
            Some(event) => match event.sale() {
                Some(sale) => words!(
                    "Recording had failed, and sale {} was recorded all the same: it counts. If \
                     its money went back, take the sale back here; if a paper slip stands for \
                     it, cross that out.",
                    sale.number
                ),
                None => words!(
                    "Recording had failed, and what was done last was recorded all the same: it \
                     counts. Do not do it again."
                ),
            },
            None if tried.kind == "sale" && self.basket_total().is_some() => words!(
                "Recording had failed, and the open sale was not recorded: it does not count. \
                 If its money was kept, take its payment now; if a paper slip stands for it, \
                 cancel it here."
            ),
            None => words!(
                "Recording had failed, and what was done last was not recorded: it does not \
                 count. Do it again where it is still to be done."
            ),
        }
    }
}

fn event_of(line: &Line) -> Option<Event> {
    Envelope::read(line.bytes()).ok()?.event().ok()
}
