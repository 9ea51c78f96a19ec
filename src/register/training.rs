//! To training and back, from the window.
//!
//! ```text
//!  Train ─▶ no sale open? ─▶ switch noted ─▶ worker closes this ledger, opens the other folder's
//! ```
//!
//! The two sides share prices and people and nothing else. A shift that is open on the real side
//! stays open there; nobody is signed in after the change.

use std::sync::Arc;

use crate::domain::book::Book;
use crate::domain::refusal::Refusal;
use crate::domain::training::TrainingFault;
use crate::ledger::{Mark, MirrorReader};
use crate::peer::{Copies, News};

use super::asking::Bell;
use super::pack_desk::PackDesk;
use super::packs_shown::PackLine;
use super::reconciling::{ManagerLine, ToCentral};
use super::register::{Phase, Register, Said, Setback};

/// One of the two sides of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Sales that count.
    Real,
    /// A journal of its own in which nothing counts.
    Training,
}

/// What the real side knows of the store's other registers, kept while somebody learns.
#[derive(Default)]
pub struct StoreSide {
    book: Book,
    copies: Option<Arc<Copies>>,
    mirror: Option<MirrorReader>,
    bell: Option<Bell>,
    packs: PackLine,
    manager: ManagerLine,
    elsewhere: Option<Mark>,
}

impl StoreSide {
    /// Takes the lines to the other registers, made while somebody learns.
    pub fn peers_are(&mut self, copies: Arc<Copies>, mirror: MirrorReader) {
        (self.copies, self.mirror) = (Some(copies), Some(mirror));
    }

    /// Takes who asks central, made while somebody learns.
    pub fn asks_with(&mut self, bell: Bell) {
        self.bell = Some(bell);
    }

    /// Takes where packs arrive, made while somebody learns.
    pub fn pack_desk_is(&mut self, desk: Arc<PackDesk>) {
        self.packs.arrive_at(desk);
    }

    /// Takes the line to central for the manager.
    pub fn manager_line(&mut self, line: Arc<dyn ToCentral>) {
        self.manager.take(line);
    }

    /// Takes what was shown of the real side's journal.
    pub const fn shown_elsewhere(&mut self, mark: Mark) {
        self.elsewhere = Some(mark);
    }

    /// Takes what they told; a warning is for those who sell, and comes again.
    pub fn heard(&mut self, news: &News) {
        if let News::Records(records) = news {
            for (origin, event) in records {
                self.book.take(origin, event);
            }
        }
    }
}

impl Register {
    /// Gives up what it knows of the other registers, before the real side is left.
    pub fn leave_store(&mut self) -> StoreSide {
        StoreSide {
            book: std::mem::take(&mut self.book),
            copies: self.copies.take(),
            mirror: self.mirror.take(),
            bell: self.asked.bell.take(),
            packs: std::mem::take(&mut self.packs),
            manager: std::mem::take(&mut self.manager),
            elsewhere: None,
        }
    }

    /// The real side again: its own records did not change meanwhile, others' may have come.
    pub fn back_in_store(&mut self, store: StoreSide) {
        self.book = store.book;
        (self.copies, self.mirror) = (store.copies, store.mirror);
        self.asked.bell = store.bell;
        self.packs = store.packs;
        self.packs.look_again();
        self.manager = store.manager;
        if let Some(mark) = store.elsewhere {
            self.shown_elsewhere(&mark);
        }
        self.tell_peers();
    }

    /// The two sides may be changed while the program runs: whoever opened this one opens the
    /// other one too.
    pub const fn allow_switching(&mut self) {
        self.switchable = true;
    }

    /// The side this register was asked to change to.
    pub const fn switch_to(&self) -> Option<Side> {
        self.switch
    }

    /// Nothing counts here.
    pub const fn is_training(&self) -> bool {
        self.training
    }

    pub(super) fn train(&mut self, on: bool) -> Result<Option<Said>, Setback> {
        if on == self.training {
            return Ok(None);
        }
        if !self.switchable {
            return Err(Refusal::from(TrainingFault::OneSide).into());
        }
        let free = match &self.phase {
            Phase::Basket(basket) => basket.is_empty(),
            Phase::Tendering(..) => false,
            Phase::Done(_) => true,
        };
        if !free {
            return Err(Refusal::from(TrainingFault::SaleOpen).into());
        }
        self.next_customer();
        self.switch = Some(if on { Side::Training } else { Side::Real });
        Ok(None)
    }
}
