//! A fault of the window itself: caught at the edge of a frame, told in plain words, left by a
//! person.
//!
//! ```text
//!  frame ─ panic ─▶ caught ─▶ what the window remembered is dropped ─▶ "This screen failed"
//!                                                                        │ Enter: drawn anew
//!                              the till goes on meanwhile                │ again within a minute:
//!                              (its own thread, its own ledger)          └ Esc: out of that screen
//! ```
//!
//! Nothing is tried again by itself, so a screen that always fails can't loop. What the till holds
//! (the sale, its draft, the journal) is not the window's and is not touched; only what was being
//! keyed is dropped, and commands that were not handed over yet: a payment is never taken later
//! than its cashier believes.
//!
//! Where even the words can't be drawn the window ends, and the program starts again
//! (`cli::register`).
//!
//! The named points are where a test lets it happen. Without a hook they cost one comparison with
//! null.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::stroke::{Stamped, Stroke};

/// A second fault within this time of the one before is one in a row.
const ROW_MS: u64 = 60_000;
/// An Enter that follows a character within this time is a scanner's, or ends what somebody keyed.
const SCAN_ENDS_MS: u64 = 1_000;

/// A place in the window where a test may let it fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Keys are taken out of the raw input.
    Keys,
    /// The desk takes a stroke.
    Stroke,
    /// Something is drawn.
    Drawing,
    /// The customer's window is handed what it shows.
    Customer,
    /// The customer's window draws.
    CustomerDrawing,
}

impl Point {
    /// The point of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "keys" => Some(Self::Keys),
            "stroke" => Some(Self::Stroke),
            "drawing" => Some(Self::Drawing),
            "customer" => Some(Self::Customer),
            "customer-drawing" => Some(Self::CustomerDrawing),
            _ => None,
        }
    }
}

/// Is told of each point; may panic there.
pub trait Faults: Send + Sync {
    /// A point is passed.
    fn at(&self, point: Point);
}

/// The hook, where there is one.
#[derive(Clone, Default)]
pub struct Hook(Option<Arc<dyn Faults>>);

impl Hook {
    /// A hook; none as a rule.
    pub fn of(faults: Option<Arc<dyn Faults>>) -> Self {
        Self(faults)
    }

    /// A point is passed.
    pub fn at(&self, point: Point) {
        if let Some(faults) = &self.0 {
            faults.at(point);
        }
    }
}

/// Runs a part of the window; none when it failed. The log has said where (`cli::log`).
pub fn caught<T>(part: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(part)).ok()
}

/// What a person may do about a screen that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Draw it anew.
    On,
    /// Leave that screen for another one.
    Out,
    /// The window's language.
    Language,
}

/// A screen that failed, until somebody goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Not the first one in a row.
    pub again: bool,
    /// Something was keyed or scanned meanwhile, and not taken.
    pub missed: bool,
    last_char_ms: Option<u64>,
}

/// The faults of a window: the one on show, and when one was last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    /// The one on show.
    pub failed: Option<Failed>,
    last_ms: Option<u64>,
}

impl Record {
    /// The window failed.
    pub fn fail(&mut self, at_ms: u64) {
        let again = self.last_ms.is_some_and(|last| at_ms.saturating_sub(last) <= ROW_MS);
        self.last_ms = Some(at_ms);
        self.failed = Some(Failed { again, missed: false, last_char_ms: None });
    }

    /// Somebody goes on.
    pub fn leave(&mut self, at_ms: u64) {
        self.failed = None;
        self.last_ms = Some(at_ms);
    }
}

impl Failed {
    /// What a stroke means here. A scan presses nothing, also with two Enters at its end.
    pub fn way_of(&mut self, stamped: Stamped) -> Option<Way> {
        use super::keys::Action;
        let after_scan =
            |at: u64| self.last_char_ms.is_some_and(|c| at.saturating_sub(c) < SCAN_ENDS_MS);
        match stamped.stroke {
            Stroke::Char(_) => {
                self.last_char_ms = Some(stamped.at_ms);
                self.missed = true;
                None
            }
            _ if stamped.repeat => None,
            Stroke::Enter if after_scan(stamped.at_ms) => None,
            Stroke::Enter => Some(Way::On),
            Stroke::Act(Action::Back) if self.again => Some(Way::Out),
            Stroke::Act(Action::Language) => Some(Way::Language),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::keys::Action;

    fn stroke(stroke: Stroke, at_ms: u64) -> Stamped {
        Stamped { stroke, at_ms, repeat: false }
    }

    #[test]
    fn a_fault_is_in_a_row_for_a_minute_after_somebody_went_on() {
        let mut record = Record::default();
        record.fail(1_000);
        assert!(!record.failed.expect("failed").again);
        record.leave(500_000);
        record.fail(500_000 + ROW_MS);
        assert!(record.failed.expect("failed").again);
        record.leave(600_000);
        record.fail(600_001 + ROW_MS);
        assert!(!record.failed.expect("failed").again);
    }

    #[test]
    fn a_scan_goes_nowhere_and_is_told_while_a_persons_enter_goes_on() {
        let mut record = Record::default();
        record.fail(0);
        let mut failed = record.failed.expect("failed");
        assert_eq!(failed.way_of(stroke(Stroke::Char('4'), 5_000)), None);
        assert_eq!(failed.way_of(stroke(Stroke::Enter, 5_001)), None);
        assert_eq!(failed.way_of(stroke(Stroke::Enter, 5_020)), None, "the second one of a scan");
        assert!(failed.missed);
        let held = Stamped { stroke: Stroke::Enter, at_ms: 9_000, repeat: true };
        assert_eq!(failed.way_of(held), None, "a key that is held presses nothing");
        assert_eq!(failed.way_of(stroke(Stroke::Enter, 9_000)), Some(Way::On));
    }

    #[test]
    fn the_way_out_is_there_from_the_second_fault_in_a_row_on() {
        let mut record = Record::default();
        for way in [None, Some(Way::Out)] {
            record.fail(1_000);
            let mut failed = record.failed.expect("failed");
            assert_eq!(failed.way_of(stroke(Stroke::Act(Action::Back), 9_000)), way);
            record.leave(2_000);
        }
    }
}
