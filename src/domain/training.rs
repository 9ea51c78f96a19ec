//! Why a register does not go over to training now, or back.

use super::words::{Words, words};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingFault {
    /// A sale is open: it would be left alone on the other side.
    SaleOpen,
    /// This program was started for one side only.
    OneSide,
}

impl TrainingFault {
    /// What happened.
    pub fn text(self) -> Words {
        match self {
            Self::SaleOpen => words!("A sale is open, so the register stays as it is"),
            Self::OneSide => words!("This register was started for training only"),
        }
    }

    /// What to do.
    pub fn remedy(self) -> Words {
        match self {
            Self::SaleOpen => words!("Finish it or put it aside (F7) first."),
            Self::OneSide => words!("Close it and start Tideover without training."),
        }
    }
}
