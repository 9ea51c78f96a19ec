//! A disk that was put back to an earlier moment: what others show of this register's journal, and
//! when the next one begins.
//!
//! ```text
//!  shown ─▶ lacks? ─▶ kept beside the ledger ─▶ nothing open? ─▶ worker opens the ledger again
//!                                                  └ a sale is: it is finished first
//! ```
//!
//! Selling never waits for it. The same opening as at a start gives the old journal up and says so;
//! a program that ends before it comes to that does it when it starts.

use crate::domain::words::words;
use crate::ledger::Mark;

use super::command::Command;
use super::register::{Phase, Register};
use super::view::NoticeKind;

impl Register {
    /// Takes a record of this register's journal that somebody else holds, verified by whoever
    /// brings it. Nothing follows where it is here as well.
    pub fn shown_elsewhere(&mut self, mark: &Mark) {
        if self.elsewhere.is_some() || self.training {
            return;
        }
        let kept = match self.ledger.lacks(mark) {
            Ok(true) => self.ledger.keep_shown(mark),
            Ok(false) => return,
            Err(error) => Err(error),
        };
        // Without it the next opening would find nothing; it is shown again.
        if let Err(error) = kept {
            tracing::error!(%error, "what others hold of this journal could not be looked at");
            return;
        }
        tracing::error!(?mark, "records of this journal lie elsewhere and not here");
        self.elsewhere = Some(*mark);
        if !self.begins_anew() {
            self.say(
                NoticeKind::Attention,
                words!(
                    "This register's disk was put back to an earlier moment: others hold records \
                     of it that are not here."
                ),
                words!(
                    "Every sale is recorded. Finish what is open; then the register begins a new \
                     journal by itself, and the drawer is counted. Tell the manager."
                ),
            );
        }
    }

    /// The ledger is to be opened again now: its journal is to be given up, and nothing is open.
    pub fn begins_anew(&self) -> bool {
        self.elsewhere.is_some() && self.stopped.is_none() && self.has_nothing_open()
    }

    /// The next customer waits until the new journal is there; true where that is now.
    pub fn makes_way(&mut self, command: &Command) -> bool {
        let begins = matches!(
            command,
            Command::Scan { .. }
                | Command::Enter { .. }
                | Command::AddItem { .. }
                | Command::OpenDepartment { .. }
                | Command::NextCustomer
        );
        if self.elsewhere.is_none() || !begins || !matches!(self.phase, Phase::Done(_)) {
            return false;
        }
        self.next_customer();
        self.begins_anew()
    }

    fn has_nothing_open(&self) -> bool {
        let no_sale = match &self.phase {
            Phase::Basket(basket) => basket.is_empty(),
            Phase::Tendering(..) | Phase::Done(_) => false,
        };
        no_sale
            && self.page.is_none()
            // What the count of a shift came to is read and left first.
            && self.closed.is_none()
            && self.receipt.is_none()
            && self.parked.is_none()
            && self.restart.is_none()
    }
}
