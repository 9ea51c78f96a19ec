//! Signing in by phone, when no PIN opens the register: what can be wrong with it.

use super::words::{Words, words};

/// What is wrong with a phone code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneCodeFault {
    /// Not a person's number.
    NotANumber,
    /// Not ten letters and digits.
    NotAnAnswer,
    /// The question is a quarter of an hour old.
    TooOld,
    /// Not the answer to this question for this person.
    Wrong,
    /// No question can be asked.
    NoQuestion,
}

impl PhoneCodeFault {
    /// What happened.
    pub fn text(self) -> Words {
        match self {
            Self::NotANumber => words!("That is no number of a person"),
            Self::NotAnAnswer => words!("The answer has ten letters and digits"),
            Self::TooOld => words!("This question is older than 15 minutes"),
            Self::Wrong => words!("That is not the answer to this question"),
            Self::NoQuestion => words!("No question can be drawn on this machine"),
        }
    }

    /// What to do.
    pub fn remedy(self) -> Words {
        match self {
            Self::NotANumber => words!("Key the number that you sign in with."),
            Self::NotAnAnswer => words!("Have it said again; Esc asks a new question."),
            Self::TooOld => words!("Esc, key your number again, and read IT the new question."),
            Self::Wrong => {
                words!("Compare store, register, person and question with IT; nobody is signed in.")
            }
            Self::NoQuestion => words!("Write sales on paper slips and call IT."),
        }
    }
}
