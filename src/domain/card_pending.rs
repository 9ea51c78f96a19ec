//! A sale that a card may have paid: the terminal did not answer, and nobody knows yet.
//!
//! ```text
//!  put aside as CARD_PENDING ─▶ the case is open ─┬─▶ paid by card         the goods are paid
//!          │                                      ├─▶ paid by cash, card reversed
//!          └─ taken up, a manager signs ─▶ sale ──┴─▶ abandoned            nothing was sold
//! ```
//!
//! A case is known by the record that first put its sale aside. Each ending is a record of its own;
//! none is taken back. Of the card nothing is kept: the terminal's own reference at most, which is
//! too short to be a card's number.

use std::fmt;

use super::approval::Approval;
use super::code::kind::is_payment_card;
use super::ids::{RecordRef, RegisterNo, SaleNo};
use super::words::{Words, term, words};

/// The longest reference of a terminal, in bytes.
pub const TERMINAL_REF_LEN_MAX: usize = 16;
/// The most digits in it: the shortest card number has one more.
pub const TERMINAL_REF_DIGITS_MAX: usize = 12;

/// What the terminal printed or showed for the payment that hangs: capitals, digits and `-._/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalRef(String);

/// Why a sale is put aside: a closed list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AsideReason {
    /// The customer comes back, and nothing was paid.
    #[default]
    Plain,
    /// The failed terminal may have charged the card already.
    CardPending(Option<TerminalRef>),
}

/// How a case ends: a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// The card was charged; the goods are paid.
    PaidByCard,
    /// This sale took other money, and the card was given its money back, or never charged.
    CashCardReversed {
        /// The sale.
        sale: RecordRef,
    },
    /// Nothing was sold, and no card is charged.
    Abandoned,
}

/// A case was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardClosed {
    /// The record that first put the sale aside.
    pub case: RecordRef,
    /// The number on its slip.
    pub slip: u32,
    /// How it ended.
    pub ending: Ending,
    /// The terminal's reference of the payment or of its reversal.
    pub terminal: Option<TerminalRef>,
    /// The manager who stood behind it, where that is not whoever recorded it.
    pub approval: Option<Approval>,
}

/// Why something about such a sale is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardFault {
    /// More digits than a reference has, or what no terminal prints.
    NotAReference,
    /// A card's number.
    CardNumber,
    /// It was closed: how, and at which register.
    Closed(u32, Ending, RegisterNo),
    /// No such case is open here.
    NoSuchCase,
    /// A sale took money for it, so no card can have paid and nothing was abandoned.
    Collected(u32, SaleNo),
    /// No sale took money for it.
    NotCollected(u32),
    /// It waits nowhere: it was taken up, and was not put aside again.
    NotWaiting(u32),
}

impl TerminalRef {
    /// Reads what was keyed or scanned; small letters become capitals.
    ///
    /// # Errors
    /// [`CardFault`] for a card's number, and for what no terminal prints.
    pub fn parse(text: &str) -> Result<Self, CardFault> {
        let text = text.trim();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if is_payment_card(&digits) || digits.len() > TERMINAL_REF_DIGITS_MAX {
            return Err(CardFault::CardNumber);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        let fits =
            !text.is_empty() && text.len() <= TERMINAL_REF_LEN_MAX && text.chars().all(allowed);
        if fits { Ok(Self(text.to_ascii_uppercase())) } else { Err(CardFault::NotAReference) }
    }

    /// The same; nothing at all is no reference.
    ///
    /// # Errors
    /// As [`TerminalRef::parse`].
    pub fn parse_some(text: &str) -> Result<Option<Self>, CardFault> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// Reads a reference as records write it.
    pub fn from_canonical(text: &str) -> Option<Self> {
        Self::parse(text).ok().filter(|reference| reference.0 == text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TerminalRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsideReason {
    /// True where a card may have paid.
    pub const fn is_card(&self) -> bool {
        matches!(self, Self::CardPending(_))
    }
}

impl Ending {
    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PaidByCard => "paid_by_card",
            Self::CashCardReversed { .. } => "cash_card_reversed",
            Self::Abandoned => "abandoned",
        }
    }

    /// As a person says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PaidByCard => term("Paid by card"),
            Self::CashCardReversed { .. } => term("Paid otherwise, card reversed"),
            Self::Abandoned => term("Given up, no card charged"),
        }
    }
}

impl CardFault {
    /// What happened.
    pub fn text(&self) -> Words {
        match self {
            Self::NotAReference => words!("That is no number from a terminal's slip"),
            Self::CardNumber => words!("That is too long for a terminal's number: it was not kept"),
            Self::Closed(slip, ending, register) => words!(
                "Number {} is closed at register {}: {}",
                slip,
                register.0,
                Words::plain(ending.label())
            ),
            Self::NoSuchCase => words!("That sale is not on the list any more"),
            Self::Collected(slip, sale) => words!("Number {} was paid by sale {}", slip, sale.0),
            Self::NotCollected(slip) => words!("No sale took money for number {} yet", slip),
            Self::NotWaiting(slip) => words!("Number {} does not wait: it was taken up", slip),
        }
    }

    /// What to do next.
    pub fn remedy(&self) -> Words {
        match self {
            Self::NotAReference => {
                words!("Key up to 16 letters and digits of its slip, or Enter alone.")
            }
            Self::CardNumber => {
                words!("Never key a card's number. Enter alone leaves the field empty.")
            }
            Self::Closed(..) => words!(
                "It can't be closed otherwise. If that was wrong, write down why and tell \
                 the office: central lists both."
            ),
            Self::NoSuchCase => words!("Open the list again."),
            Self::Collected(..) => {
                words!("Have the card reversed and close it so; or take that sale back first.")
            }
            Self::NotCollected(_) => {
                words!("Go on with it and take the money; then it can be closed so.")
            }
            Self::NotWaiting(_) => words!("Choose how it ended."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminals_reference_is_short_and_never_a_cards_number() {
        for (keyed, kept) in [(" 004711 ", "004711"), ("t3/8812-a", "T3/8812-A")] {
            assert_eq!(TerminalRef::parse(keyed).map(|r| r.to_string()).as_deref(), Ok(kept));
        }
        for card in
            ["4111111111111111", "4111-1111-1111-1111", "3782.822463.10005", "1234567890123"]
        {
            assert_eq!(TerminalRef::parse(card), Err(CardFault::CardNumber), "{card}");
        }
        for odd in ["", "no blanks", "ABCDEFGHIJKLMNOPQ", "é", "a\u{1b}b"] {
            assert_eq!(TerminalRef::parse(odd), Err(CardFault::NotAReference), "{odd}");
        }
        assert_eq!(TerminalRef::parse_some("  "), Ok(None));
        assert_eq!(TerminalRef::from_canonical("t3"), None);
    }
}
