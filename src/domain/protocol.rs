//! The store's protocol for an outage: who does what, and within how many minutes.
//!
//! ```text
//!  policy: task_1 … task_20 ─ none ─▶ the usual six ─┐
//!                           └ some ─▶ the store's own ┴▶ [Task] ─▶ ticked off, signed, recorded
//! ```
//!
//! A tick is a record of its own, and so is taking it back: who did what when stays to be read.

use super::ids::{OutageId, PersonId};
use super::words::{Words, term, words};

/// The highest number of a store's own task.
pub const TASK_MAX: u16 = 20;
/// The longest code of a task.
pub const CODE_LEN_MAX: usize = 16;

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// At the door.
    Greeter,
    /// Whoever leads.
    Lead,
    /// At the registers.
    Lanes,
    /// Keys, change and safe.
    CashOffice,
    /// Exits and full carts.
    Security,
    /// On the telephone.
    Support,
}

/// A task of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name in records.
    pub code: String,
    /// Who does it.
    pub duty: Duty,
    /// Minutes after the outage began by which it should be done.
    pub within_min: u16,
    /// What is done.
    pub text: Words,
}

/// A task as the store's policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreTask {
    /// Its number.
    pub number: u16,
    /// Who does it.
    pub duty: Duty,
    /// Within how many minutes.
    pub within_min: u16,
    /// The store's own words.
    pub text: String,
}

/// Somebody ticked a task off, or took the tick back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskTick {
    /// The outage.
    pub outage: OutageId,
    /// The task's code.
    pub task: String,
    /// Who signed for it.
    pub person: PersonId,
    /// It is done; false takes it back.
    pub done: bool,
}

impl Duty {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Greeter, Self::Lead, Self::Lanes, Self::CashOffice, Self::Security, Self::Support];

    /// The word in a policy.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Greeter => "greeter",
            Self::Lead => "lead",
            Self::Lanes => "lanes",
            Self::CashOffice => "cash_office",
            Self::Security => "security",
            Self::Support => "support",
        }
    }

    /// The duty of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|duty| duty.word() == word)
    }

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Greeter => term("Door"),
            Self::Lead => term("Lead"),
            Self::Lanes => term("Lanes"),
            Self::CashOffice => term("Cash office"),
            Self::Security => term("Security"),
            Self::Support => term("Telephone"),
        }
    }
}

/// The tasks of a store: its own, or the usual ones where it has none.
pub fn tasks(own: &[StoreTask]) -> Vec<Task> {
    if own.is_empty() {
        return usual();
    }
    own.iter()
        .map(|task| Task {
            code: format!("task_{}", task.number),
            duty: task.duty,
            within_min: task.within_min,
            text: Words::data(task.text.clone()),
        })
        .collect()
}

fn usual() -> Vec<Task> {
    let task =
        |code: &str, duty, within_min, text| Task { code: code.to_owned(), duty, within_min, text };
    vec![
        task("greet", Duty::Greeter, 5, words!("Somebody at the door says: cash and checks")),
        task("announce", Duty::Lead, 10, words!("Signs at door and lanes; customers' windows on")),
        task("lanes", Duty::Lanes, 10, words!("Self-checkout closed; a lead beside the lanes")),
        task("cash", Duty::CashOffice, 20, words!("Change to the lanes; drops planned")),
        task("security", Duty::Security, 20, words!("Exits watched; carts left behind kept cold")),
        task("support", Duty::Support, 15, words!("Support called; ticket and expected end noted")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_tasks_give_every_duty_something_to_do() {
        let usual = tasks(&[]);
        for duty in Duty::ALL {
            assert!(usual.iter().any(|task| task.duty == duty), "{duty:?}");
            assert_eq!(Duty::from_word(duty.word()), Some(duty));
        }
        assert!(usual.iter().all(|task| task.code.len() <= CODE_LEN_MAX));
    }

    #[test]
    fn a_store_that_has_its_own_gets_those_alone() {
        let own = StoreTask {
            number: 20,
            duty: Duty::Support,
            within_min: 5,
            text: "Call the district".to_owned(),
        };
        let tasks = tasks(&[own]);
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].code, "task_20");
    }
}
