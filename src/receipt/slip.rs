//! Slips: paper about the drawer and the shift, put together by whoever knows what happened.
//!
//! ```text
//!  Slip::new("Drop", place) ─ .line ─ .amount ─ .count ─ .sign ─▶ .finish() ─▶ Document
//! ```
//!
//! A slip has no QR code and is no receipt. It ends with the proof of its record where there is
//! one.

use crate::domain::ids::JournalId;
use crate::domain::money::Money;
use crate::domain::policy::Currency;
use crate::domain::time::Timestamp;

use super::document::{Align, Document, Look, Part, Plain};
use super::sale::local_time;
use super::words::{Language, Word};

/// Where and when a slip is made.
#[derive(Clone, Copy, Debug)]
pub struct SlipPlace<'a> {
    /// The store's name.
    pub store_name: &'a str,
    /// Store and register.
    pub journal: JournalId,
    /// When.
    pub at: Timestamp,
    /// Whose act it is.
    pub person: &'a str,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Nothing happened: it was practice.
    pub training: bool,
    /// The language of the program's own words.
    pub language: Language,
}

/// A slip being put together.
#[derive(Clone, Debug)]
pub struct Slip {
    paper: Document,
    currency: Currency,
    training: Option<&'static str>,
}

/// What is printed on the back of a check, or on a slip that is laid to it.
pub fn endorsement(lines: &[String], language: Language) -> Document {
    let mut paper = Document::default();
    let text = language.word(Word::Endorsement).into();
    paper.push(Part::Line { text, align: Align::Left, look: Look::Bold });
    paper.push(Part::Blank);
    for line in lines {
        paper.line(line);
    }
    paper.push(Part::Cut);
    paper
}

impl Slip {
    /// A slip with its title: `Shift 4: X report`.
    pub fn new(title: &str, place: &SlipPlace<'_>) -> Self {
        let word = |word| place.language.word(word);
        let mut paper = Document::default();
        paper.centered(place.store_name, Look::Bold);
        let JournalId { store, register, .. } = place.journal;
        let at = format!("{} {store}  {} {register}", word(Word::Store), word(Word::Register));
        paper.centered(at, Look::Normal);
        paper.line(local_time(place.at));
        paper.line(place.person);
        let training = place.training.then(|| word(Word::Training));
        if let Some(training) = training {
            paper.centered(training, Look::Double);
        }
        paper.centered(title, Look::Double);
        paper.push(Part::Rule);
        Self { paper, currency: place.currency, training }
    }

    /// A line of words.
    #[must_use]
    pub fn line(mut self, text: impl Into<Plain>) -> Self {
        self.paper.line(text);
        self
    }

    /// Words with an amount of money.
    #[must_use]
    pub fn amount(mut self, words: impl Into<Plain>, amount: Money) -> Self {
        self.paper.row(words, self.currency.format(amount), Look::Normal);
        self
    }

    /// The same, bold: a sum.
    #[must_use]
    pub fn sum(mut self, words: impl Into<Plain>, amount: Money) -> Self {
        self.paper.row(words, self.currency.format(amount), Look::Bold);
        self
    }

    /// Words with a number.
    #[must_use]
    pub fn count(mut self, words: impl Into<Plain>, count: u64) -> Self {
        self.paper.row(words, count.to_string(), Look::Normal);
        self
    }

    /// Words with words.
    #[must_use]
    pub fn pair(mut self, left: impl Into<Plain>, right: impl Into<Plain>) -> Self {
        self.paper.row(left, right, Look::Normal);
        self
    }

    /// A rule.
    #[must_use]
    pub fn rule(mut self) -> Self {
        self.paper.push(Part::Rule);
        self
    }

    /// A place to sign, with whose name belongs there.
    #[must_use]
    pub fn sign(mut self, whose: impl Into<Plain>) -> Self {
        self.paper.push(Part::Blank);
        self.paper.push(Part::Blank);
        self.paper.push(Part::Rule);
        self.paper.line(whose);
        self
    }

    /// The proof of the record that the slip is about.
    #[must_use]
    pub fn proof(mut self, proof: &str) -> Self {
        self.paper.push(Part::Blank);
        self.paper.centered(proof, Look::Normal);
        self
    }

    /// A QR code of the program's own, as of a suspended sale that another register resumes.
    #[must_use]
    pub fn qr(mut self, text: &str) -> Self {
        self.paper.push(Part::Qr(Plain::new(text)));
        self
    }

    /// The finished slip.
    pub fn finish(mut self) -> Document {
        if let Some(training) = self.training {
            self.paper.centered(training, Look::Double);
        }
        self.paper.push(Part::Cut);
        self.paper
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Columns;
    use super::super::text;
    use super::*;
    use crate::domain::ids::{Epoch, RegisterNo, StoreNo};

    #[test]
    fn a_drop_slip_names_place_person_and_money() {
        let journal =
            JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([0; 8]) };
        let place = SlipPlace {
            store_name: "Tideover Market",
            journal,
            at: Timestamp::parse("2026-11-22T14:05:09.120-06:00").expect("a time"),
            person: "Ana M.",
            currency: Currency::Usd,
            training: true,
            language: Language::English,
        };
        let slip = Slip::new("Drop", &place)
            .count("Shift", 4)
            .sum("To the safe", Money::from_minor(20_000))
            .sign("Counted by Ana M.")
            .finish();
        let text = text::lines(&slip, Columns::C32);
        assert!(text.contains(&"2026-11-22 14:05:09 -06:00".to_owned()), "{text:#?}");
        assert!(text.contains(&"To the safe              $200.00".to_owned()), "{text:#?}");
        assert!(text.iter().filter(|l| l.contains("TRAINING - NOT A RECEIPT")).count() == 2);
    }
}
