//! What the window shows of a check that is being taken. The account is here by its last four
//! digits only.

use crate::domain::check::wizard::Step;
use crate::domain::money::Money;
use crate::domain::words::Words;

/// A check with all its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    /// What the sale costs.
    pub total: Money,
    /// Something was taken for it already.
    pub part_paid: bool,
    /// What is still due.
    pub due: Money,
    /// What the check must be made out for.
    pub amount: Money,
    /// The same in words, to be compared: English, then Spanish.
    pub words: (String, String),
    /// What is asked now.
    pub step: Step,
    /// Every question with its answer so far, in order.
    pub answers: Vec<CheckAnswer>,
    /// Keys that answer by themselves here: the character, a newline
    /// for Enter alone, and what it means.
    pub choices: Vec<(char, Words)>,
    /// What to look at before the check is taken.
    pub look: Vec<Words>,
    /// What is printed on the back.
    pub endorsement: Vec<String>,
    /// What may never be asked for, with the statute where one is known.
    pub never: Words,
    /// What somebody with authority must allow, once all is answered.
    pub concerns: Vec<Words>,
    /// Routing and account are sealed for central; otherwise only number and amount are kept.
    pub kept_sealed: bool,
    /// Accounts on the store's list, and its age in minutes.
    pub list: Option<(u64, u64)>,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckAnswer {
    /// The question.
    pub step: Step,
    /// Its name on the card, to be translated.
    pub label: &'static str,
    /// The answer; empty while there is none.
    pub value: Words,
}
