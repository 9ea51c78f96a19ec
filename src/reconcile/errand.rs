//! What a register's window asks central for the manager who stands at it, and what central
//! answers: plain values, sealed by both sides.
//!
//! ```text
//!  Errand, signed by the register ─▶ central: enrolled? its own store? ─▶ Deed ─▶ Outcome, signed
//!     SignIn(number, PIN) ─▶ session      Look, Decide, Close, Closure, SignOut ─ with the session
//! ```
//!
//! A register alone reads nothing and decides nothing, and neither does a PIN alone: it takes an
//! enrolled register of the store and the number and PIN of its lead or manager.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::domain::money::Money;
use crate::domain::words::{Words, words};

use super::report::{Lack, Report};

/// What both messages begin with.
pub const PROTOCOL: &str = "tideover/manager/1";
/// Where errands are brought to.
pub const PATH: &str = "/v1/manager";
/// The longest errand, in bytes.
pub const ERRAND_LEN_MAX: usize = 16 * 1024;
/// The longest answer, in bytes.
pub const ANSWER_LEN_MAX: usize = 8 * 1024 * 1024;

/// A text that shows in no log, and is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// What a register asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// Its public key, 64 hex digits; the errand is signed by it.
    pub key: String,
    /// A number used once: an old answer does not pass for a new one.
    pub nonce: String,
    /// What is to be done.
    pub deed: Deed,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Deed {
    /// A lead or manager signs in, and sees how the store stands.
    SignIn {
        /// Their number.
        number: String,
        /// Their PIN.
        pin: Secret,
        /// Their badge, where they have one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        badge: Option<Secret>,
    },
    /// How the store stands.
    Look {
        /// Of whom.
        session: Secret,
    },
    /// A decision, as a form of the page says it.
    Decide {
        /// Of whom.
        session: Secret,
        /// The form's fields.
        form: Vec<(String, Secret)>,
    },
    /// The store is closed.
    Close {
        /// By whom.
        session: Secret,
    },
    /// A closure, as it was signed.
    Closure {
        /// For whom.
        session: Secret,
        /// Which.
        number: u32,
    },
    /// The session ends.
    SignOut {
        /// Whose.
        session: Secret,
    },
}

/// What central answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The errand's nonce.
    pub nonce: String,
    /// What came of it.
    pub outcome: Outcome,
    /// How the store stands afterwards; none where nobody is signed in.
    pub report: Option<Box<Report>>,
}

/// What came of an errand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// They are signed in.
    SignedIn {
        /// The word of their session.
        session: Secret,
        /// Their name.
        name: String,
        /// They run the store.
        manager: bool,
    },
    /// It was looked at.
    Looked,
    /// It was decided.
    Decided {
        /// So many root causes.
        count: usize,
    },
    /// The store is closed.
    Closed {
        /// The closure's number.
        number: u32,
    },
    /// A closure.
    Closure {
        /// The signed text.
        sealed: String,
    },
    /// The session is over.
    SignedOut,
    /// It was not done, and nothing was changed.
    Refused {
        /// Why.
        why: Refused,
    },
}

/// Why nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Refused {
    /// There is more of it now, or less.
    Changed,
    /// Nothing was chosen, or what is not offered.
    NoAction,
    /// No reason, or a long one.
    NoReason,
    /// A payment card's number in what was typed.
    CardNumber,
    /// A text that is no amount.
    NotAnAmount {
        /// The text.
        text: String,
    },
    /// No such item.
    NoSuchItem {
        /// Its code.
        code: String,
    },
    /// No such person.
    NoSuchPerson {
        /// The number.
        number: String,
    },
    /// No place to be counted.
    NoArea,
    /// Above what one person decides.
    NeedsSecond {
        /// What it comes to.
        amount: i64,
    },
    /// A wrong number or PIN.
    WrongPin,
    /// A wrong number, badge or PIN, in a store where some have badges.
    WrongBadgeOrPin,
    /// Too many wrong PINs.
    Locked {
        /// How long to wait.
        seconds: u64,
    },
    /// Central knows nobody of the store.
    NoPack,
    /// A cashier.
    NotALead {
        /// Who.
        name: String,
    },
    /// A lead, where it takes a manager.
    NotAManager,
    /// Both signatures are one person's.
    SamePerson,
    /// Nobody is signed in any more.
    NoSession,
    /// Something keeps the store open.
    NotClosed {
        /// What.
        lacks: Vec<Lack>,
    },
    /// No closure of that number.
    NoClosure,
    /// Central's own trouble, in its words.
    Failed {
        /// Its words.
        text: String,
    },
}

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for its one use.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Refused {
    /// What is said of it.
    pub fn words(&self) -> Words {
        match self {
            Self::Changed => {
                words!("It changed while you looked: there is more of it now, or less. Look again.")
            }
            Self::NoAction => words!("Choose what you decide. Nothing was changed."),
            Self::NoReason => {
                words!("Say why, in a few words, at most 500 letters. Nothing was changed.")
            }
            Self::CardNumber => words!(
                "What you typed holds a payment card's number. Nothing was changed or kept; write \
                 it without that number."
            ),
            Self::NotAnAmount { text } => {
                words!("'{}' is no amount; write it as 12.34 or -12.34. Nothing was changed.", text)
            }
            Self::NoSuchItem { code } => words!(
                "'{}' is not in the store's price file. Nothing was changed; look at the shelf \
                 label.",
                code
            ),
            Self::NoSuchPerson { number } => {
                words!("Nobody at this store has the number '{}'. Nothing was changed.", number)
            }
            Self::NoArea => words!(
                "Name the place to be counted, at most 40 letters: aisle 7. Nothing was changed."
            ),
            Self::NeedsSecond { amount } => words!(
                "{} is above what one person decides: a second one signs with number and PIN.",
                Money::from_minor(*amount)
            ),
            Self::WrongPin => {
                words!("The number or the PIN is wrong. Nothing was changed; try again.")
            }
            Self::WrongBadgeOrPin => words!(
                "Number, badge and PIN don't go together; who has a badge scans it first. Nothing \
                 was changed."
            ),
            Self::Locked { seconds } => {
                words!("Too many wrong PINs for this number. Wait {} s, then try again.", seconds)
            }
            Self::NoPack => words!(
                "Central has no price file of this store, so it knows nobody there. IT starts it \
                 with --packs and --pack-key; nothing was changed."
            ),
            Self::NotALead { name } => {
                words!("{} is no lead and no manager of this store. Nothing was changed.", name)
            }
            Self::NotAManager => {
                words!("This needs a manager. Nothing was changed; let the manager sign in.")
            }
            Self::SamePerson => words!("The second person is somebody else. Nothing was changed."),
            Self::NoSession => {
                words!("You were signed out. Nothing was changed; sign in and look again.")
            }
            Self::NotClosed { lacks } => match lacks.first() {
                Some(first) => {
                    words!("The store can't be closed yet: {}. Nothing was changed.", first.words())
                }
                None => words!("The store can't be closed yet. Nothing was changed."),
            },
            Self::NoClosure => words!("There is no such closure. Nothing was changed."),
            Self::Failed { text } => {
                words!("Central could not do it: {}. Nothing was changed; call IT.", text)
            }
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_shows_in_no_log() {
        let (number, pin) = ("51".to_owned(), Secret::new("958316"));
        let deed = Deed::SignIn { number, pin, badge: Some(Secret::new("TDB1:51:958316")) };
        let text = format!("{deed:?}");
        assert!(text.contains("51") && !text.contains("958316"), "{text}");
    }

    #[test]
    fn an_errand_is_read_as_it_was_written() {
        let form = vec![("rule".to_owned(), Secret::new("unknown_item"))];
        let deed = Deed::Decide { session: Secret::new("ab12"), form };
        let errand = Errand {
            protocol: PROTOCOL.to_owned(),
            store: 1042,
            reg: 7,
            key: "00".to_owned(),
            nonce: "11".to_owned(),
            deed,
        };
        let text = serde_json::to_string(&errand).expect("JSON");
        assert!(
            text.contains(r#""do":"decide","session":"ab12","form":[["rule","unknown_item"]]"#)
        );
        assert_eq!(serde_json::from_str::<Errand>(&text).expect("read"), errand);
        let why = Refused::NeedsSecond { amount: 27_000 };
        let text = serde_json::to_string(&Outcome::Refused { why }).expect("JSON");
        assert_eq!(text, r#"{"outcome":"refused","why":{"why":"needs_second","amount":27000}}"#);
    }
}
