//! The ledger of what other systems were given: one row a record and target, and what is known
//! of it. It is what makes a hand-over that was cut off go on instead of beginning again.
//!
//! ```text
//!  held ◀─▶ pending ──▶ sent ──▶ confirmed
//!             ▲          │ no answer: unknown ──▶ read back ─▶ confirmed, pending or different
//!             └──────────┴ refused: a person looks, and has it tried again
//! ```
//!
//! A row is `sent` before the first byte goes out. So whatever stops the program, a row that is
//! `sent` or `unknown` is one of which the target has to be asked first.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::ids::{JournalId, Seq};
use crate::domain::time::BusinessDate;
use crate::journal::hash::Hash;

use super::super::store::StoreError;

/// The longest name of a target, in bytes.
pub const TARGET_LEN_MAX: usize = crate::domain::amendment::TARGET_LEN_MAX;
/// The longest note, in bytes.
const NOTE_LEN_MAX: usize = 300;

/// A system that is handed records, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetName(String);

/// What is known of a record at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// An exception on it is to be looked at by a person first.
    Held,
    /// To be handed over.
    Pending,
    /// Being handed over; what came of it is not known yet.
    Sent,
    /// The target has it.
    Confirmed,
    /// No answer came; it may have arrived.
    Unknown,
    /// The target did not take it.
    Refused,
    /// The target has another one in its place.
    Different,
}

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// The journal.
    pub journal: JournalId,
    /// The record's place.
    pub seq: Seq,
    /// The record's hash.
    pub hash: Hash,
    /// Its business date.
    pub date: BusinessDate,
    /// What is known.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// When the state last changed, in milliseconds since 1970.
    pub changed_ms: i64,
    /// What the target said last.
    pub note: String,
}

/// A row's next state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The journal.
    pub journal: JournalId,
    /// The record.
    pub seq: Seq,
    /// What is known now.
    pub state: State,
    /// What the target said.
    pub note: String,
}

/// A target as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRow {
    /// Nothing is sent before the target was asked whether it has it: this store was restored
    /// from an older copy since.
    pub look_first: bool,
    /// Why it is handed nothing any more.
    pub disabled: Option<String>,
}

/// How many rows of a target are in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// The state.
    pub state: State,
    /// How many.
    pub rows: u64,
    /// The most attempts among them.
    pub attempts: u32,
    /// The last note that says something.
    pub note: String,
}

/// How far a record has come within central.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordStage {
    /// When it was stored, in milliseconds since 1970.
    pub received_ms: i64,
    /// It is on a branch of a journal that forked.
    pub forked: bool,
    /// It is in sales, totals and exceptions.
    pub projected: bool,
    /// The rules that found something on it.
    pub exceptions: Vec<String>,
}

/// In which order open rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Journal after journal.
    Journals,
    /// All registers of a store together, day after day.
    StoreDays,
}

/// Who hands over, by a name that is the same for one folder on one machine until that is
/// started anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder(pub String);

/// Whose turn it is to hand over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// This one's, from now on.
    Mine,
    /// Another one's; when that one says nothing more, for so many seconds from now.
    Anothers(u64),
}

/// What a store keeps of hand-overs. Each method is one transaction.
///
/// A store that several machines share has turns: who took one keeps it by each step, and loses it
/// some time after the last. A store of one folder has its lock (`lock`): each turn is its own.
pub trait HandOvers {
    /// Takes the turn, where it is nobody's, or was this one's before. Notices that the store was
    /// restored.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_turn(&mut self, holder: &Holder) -> Result<Turn, StoreError>;

    /// Keeps the turn that was taken; false when it is another one's since. Nothing may be sent
    /// then.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keep_turn(&mut self) -> Result<bool, StoreError>;

    /// Gives the turn back, for others to take at once.
    ///
    /// # Errors
    /// [`StoreError`].
    fn end_turn(&mut self) -> Result<(), StoreError>;

    /// The row of a target; made where it is new. Notices that the store was restored.
    ///
    /// # Errors
    /// [`StoreError`].
    fn open_target(&mut self, target: &TargetName) -> Result<TargetRow, StoreError>;

    /// The row of a target, where there is one; changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn target(&mut self, target: &TargetName) -> Result<Option<TargetRow>, StoreError>;

    /// All targets.
    ///
    /// # Errors
    /// [`StoreError`].
    fn targets(&mut self) -> Result<Vec<TargetName>, StoreError>;

    /// Keeps why a target is handed nothing any more; none lifts it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn disable(&mut self, target: &TargetName, why: Option<&str>) -> Result<(), StoreError>;

    /// The first record of a journal that was not looked at for a target.
    ///
    /// # Errors
    /// [`StoreError`].
    fn planned(&mut self, target: &TargetName, journal: &JournalId) -> Result<Seq, StoreError>;

    /// Adds rows of a journal, and moves its mark to `planned`. Rows that are there stay.
    ///
    /// # Errors
    /// [`StoreError`].
    fn plan(
        &mut self,
        target: &TargetName,
        journal: &JournalId,
        rows: &[HandOver],
        planned: Seq,
    ) -> Result<(), StoreError>;

    /// Rows of these states, at most `count`, after a place in journal order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn open_rows(
        &mut self,
        target: &TargetName,
        states: &[State],
        after: Option<(JournalId, Seq)>,
        count: usize,
    ) -> Result<Vec<HandOver>, StoreError>;

    /// Rows that are pending, at most `count`, in an order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn pending_rows(
        &mut self,
        target: &TargetName,
        order: Order,
        count: usize,
    ) -> Result<Vec<HandOver>, StoreError>;

    /// The rows of a journal's stretch at a target, whatever their state.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rows_of(
        &mut self,
        target: &TargetName,
        journal: &JournalId,
        from: Seq,
        to: Seq,
    ) -> Result<Vec<HandOver>, StoreError>;

    /// Moves rows to their next states, all of them or none. `sent` counts an attempt.
    ///
    /// # Errors
    /// [`StoreError`]; also when a turn was taken, and is another one's since.
    fn step(&mut self, target: &TargetName, steps: &[Step], now_ms: i64) -> Result<(), StoreError>;

    /// What is known of one record at each target.
    ///
    /// # Errors
    /// [`StoreError`].
    fn hand_overs_of(
        &mut self,
        journal: &JournalId,
        seq: Seq,
    ) -> Result<Vec<(TargetName, HandOver)>, StoreError>;

    /// How many rows of a target are in which state.
    ///
    /// # Errors
    /// [`StoreError`].
    fn state_counts(&mut self, target: &TargetName) -> Result<Vec<StateCount>, StoreError>;

    /// How far each journal was looked at for a target.
    ///
    /// # Errors
    /// [`StoreError`].
    fn marks(&mut self, target: &TargetName) -> Result<Vec<(JournalId, Seq)>, StoreError>;

    /// Records of registers in the totals that were not looked at for a target yet.
    ///
    /// # Errors
    /// [`StoreError`].
    fn not_looked_at(&mut self, target: &TargetName) -> Result<u64, StoreError>;

    /// How many rows of a target are in which state, by journal; confirmed ones are not counted.
    ///
    /// # Errors
    /// [`StoreError`].
    fn open_counts(
        &mut self,
        target: &TargetName,
    ) -> Result<Vec<(JournalId, State, u64)>, StoreError>;

    /// Records of a journal on which an exception lies that holds them back.
    ///
    /// # Errors
    /// [`StoreError`].
    fn held_back(&mut self, journal: &JournalId) -> Result<BTreeSet<Seq>, StoreError>;
}

/// Why a text names no target.
#[derive(Debug, thiserror::Error)]
#[error("a target's name has 1 to {TARGET_LEN_MAX} characters; shorten the path or the address")]
pub struct NotATarget;

impl TargetName {
    /// Takes a name.
    ///
    /// # Errors
    /// [`NotATarget`] when it is empty or too long.
    pub fn parse(text: &str) -> Result<Self, NotATarget> {
        let plain = text.chars().all(|c| !c.is_control());
        if text.is_empty() || text.len() > TARGET_LEN_MAX || !plain {
            return Err(NotATarget);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl State {
    /// All states, in the order of a record's way.
    pub const ALL: [Self; 7] = [
        Self::Held,
        Self::Pending,
        Self::Sent,
        Self::Confirmed,
        Self::Unknown,
        Self::Refused,
        Self::Different,
    ];

    /// The word in the database and in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Confirmed => "confirmed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Different => "different",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The target has to be asked before anything is sent again.
    pub const fn is_uncertain(self) -> bool {
        matches!(self, Self::Sent | Self::Unknown)
    }
}

impl HandOver {
    /// The step that brings it to a state.
    pub fn to(&self, state: State, note: &str) -> Step {
        let clipped = note.char_indices().take_while(|(at, _)| *at < NOTE_LEN_MAX);
        let note = clipped.map(|(_, c)| if c.is_control() { ' ' } else { c }).collect();
        Step { journal: self.journal, seq: self.seq, state, note }
    }
}
