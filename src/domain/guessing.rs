//! Wrong PINs as evidence: what is recorded of them, and of a wait that somebody ended.
//!
//! ```text
//!  three wrong ones ─▶ nothing yet
//!  each that makes somebody wait, or everybody ─▶ PinGuessed, once a wait
//!  a right one after wrong ones ─▶ PinGuessed, once
//! ```
//!
//! A number stands in a record only where somebody of the store has it: whoever keys a PIN where
//! the number belongs must not find it there. What was keyed as a PIN stands nowhere.

use super::approval::Approval;
use super::event::SignInBy;
use super::ids::PersonId;
use super::time::Timestamp;

/// Wrong tries in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinGuessed {
    /// Whose number was keyed, or badge was scanned; none where nobody of the store has it, and
    /// where it was many people's.
    pub person: Option<PersonId>,
    /// What was tried: a PIN alone, a PIN with a badge, an answer of IT.
    pub by: SignInBy,
    /// How many were wrong.
    pub tries: u32,
    /// When the first one was.
    pub from: Timestamp,
    /// When the last one was.
    pub to: Timestamp,
    /// What came of it.
    pub then: GuessEnd,
}

/// What wrong tries came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuessEnd {
    /// Whoever has the number must wait.
    Wait,
    /// Everybody must: they were tried on so many numbers.
    AllWait {
        /// How many, the unknown ones counted.
        numbers: u32,
    },
    /// The right one followed.
    Right,
}

/// Somebody ended another one's wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitEnded {
    /// Whose.
    pub person: PersonId,
    /// How many wrong tries stood.
    pub tries: u32,
    /// Who stood behind it, where that was not who was signed in.
    pub approval: Option<Approval>,
}

impl PinGuessed {
    /// Its parts go together: a right PIN is somebody's, and many numbers are nobody's.
    pub const fn is_sound(&self) -> bool {
        let whose = match self.then {
            GuessEnd::Wait => true,
            GuessEnd::AllWait { numbers } => self.person.is_none() && numbers > 0,
            GuessEnd::Right => self.person.is_some(),
        };
        whose && self.tries > 0
    }
}
