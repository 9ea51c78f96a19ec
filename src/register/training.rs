//! To training and back, from the window.
//!
//! ```text
//!  Train ─▶ no sale open? ─▶ switch noted ─▶ worker closes this ledger, opens the other folder's
//! ```
//!
//! The two sides share prices and people and nothing else. A shift that is open on the real side
//! stays open there; nobody is signed in after the change.

use crate::domain::refusal::Refusal;
use crate::domain::training::TrainingFault;

use super::register::{Phase, Register, Said, Setback};

/// One of the two sides of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Sales that count.
    Real,
    /// A journal of its own in which nothing counts.
    Training,
}

impl Register {
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
