//! One stroke: what a key, a scanner or a finger did, before anyone decides what it means.

use super::keys::Action;
use crate::domain::money::Money;
use crate::domain::outage::System;

/// A stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A character.
    Char(char),
    /// The end of a line: Enter, or the Tab some scanners send.
    Enter,
    /// The last character goes.
    Erase,
    /// All that was keyed goes, and nothing else happens.
    Clear,
    /// A function key or its button.
    Act(Action),
    /// A line of the sale was pointed at.
    Choose(usize),
    /// The list on a page begins at this row from now on.
    Turn(usize),
    /// One of the notes a customer may hand over was pressed.
    Note(Money),
    /// An answer was chosen with a finger: the key that stands for it.
    Answer(char),
    /// A system was marked as down, or unmarked.
    Toggle(System),
}

/// A stroke and when it came, in the till's monotonic milliseconds.
///
/// The window's events carry no time of their own, so all strokes of one frame have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// What was done.
    pub stroke: Stroke,
    /// When the frame that brought it began.
    pub at_ms: u64,
    /// Held down: the keyboard repeats it.
    pub repeat: bool,
}
