//! Practice: five minutes on a register to learn on, step by step, ticked off by what was done.
//!
//! ```text
//!  begun ─▶ records of the training journal tick the steps ─▶ done, with its time
//! ```
//!
//! Whoever practices does the real thing on the real screens; nobody ticks anything by hand.

use super::event::Event;
use super::words::term;

/// A step; its word stands in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PracticeStep {
    /// The outage is declared.
    Declare,
    /// A sale is paid in cash.
    Cash,
    /// A sale is paid by check.
    Check,
    /// A sale is put aside and goes on.
    Aside,
    /// Something comes back.
    Return,
    /// Cash goes into the safe.
    Drop,
    /// The drawer is counted and the shift closed.
    Close,
    /// The outage is ended.
    End,
}

/// A mark of a practice in the training journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Practice {
    /// It begins.
    Begun,
    /// It is over.
    Done {
        /// How long it took.
        seconds: u32,
        /// What was done.
        steps: Vec<PracticeStep>,
    },
}

impl PracticeStep {
    /// All steps, in their order.
    pub const ALL: [Self; 8] = [
        Self::Declare,
        Self::Cash,
        Self::Check,
        Self::Aside,
        Self::Return,
        Self::Drop,
        Self::Close,
        Self::End,
    ];

    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Declare => "declare",
            Self::Cash => "cash",
            Self::Check => "check",
            Self::Aside => "aside",
            Self::Return => "return",
            Self::Drop => "drop",
            Self::Close => "close",
            Self::End => "end",
        }
    }

    /// The step of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// What is to be done.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Declare => term("A lead declares the outage"),
            Self::Cash => term("Sell three items for cash"),
            Self::Check => term("Sell something by check"),
            Self::Aside => term("Put a sale aside and go on with it"),
            Self::Return => term("Take an item back with its receipt"),
            Self::Drop => term("Drop cash into the safe, two people"),
            Self::Close => term("Count the drawer and close the shift"),
            Self::End => term("A lead ends the outage"),
        }
    }

    /// With which keys.
    pub const fn keys(self) -> &'static str {
        match self {
            Self::Declare => term("Ctrl O, mark what is down, Enter"),
            Self::Cash => term("scan three times, F12, F12"),
            Self::Check => term("scan, F9, and answer what is asked"),
            Self::Aside => term("scan, F7, then F7 and its number"),
            Self::Return => term("F8, the number on the receipt, arrows, quantity"),
            Self::Drop => term("F10, 1, the amount; the other signs"),
            Self::Close => term("F10, 7, count notes and coins"),
            Self::End => term("Ctrl Shift O"),
        }
    }

    /// The step that a record shows to be done.
    pub fn shown_by(event: &Event) -> Option<Self> {
        use super::drawer::CashMovementKind;
        use super::tender::Tender;
        match event {
            Event::OutageDeclared(_) => Some(Self::Declare),
            Event::OutageEnded { .. } => Some(Self::End),
            Event::Sale(sale) => {
                let by_check =
                    sale.tenders.iter().any(|tender| matches!(tender, Tender::Check { .. }));
                let items = sale.lines.iter().filter(|line| !line.voided).count();
                match (by_check, items) {
                    (true, _) => Some(Self::Check),
                    (false, 3..) => Some(Self::Cash),
                    (false, _) => None,
                }
            }
            Event::Refund(_) => Some(Self::Return),
            Event::SaleResumed { .. } => Some(Self::Aside),
            Event::CashMovement { movement, .. } if movement.kind == CashMovementKind::Drop => {
                Some(Self::Drop)
            }
            Event::ShiftClose(_) => Some(Self::Close),
            _ => None,
        }
    }
}
