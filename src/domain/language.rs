//! The languages of the program: the window switches them while it runs, signs bear both.
//!
//! English stands in the code and is the key. A message file gives each sentence in another
//! language, two lines a sentence, places as `{}` or, where their order changes, as `{2}`:
//!
//! ```text
//!  # assets/messages/es/sale.txt
//!  = Sale {} is recorded
//!  + La venta {} quedó registrada
//! ```
//!
//! Each area has a file of its own, so that a new screen brings its words in one place.
//! assets/messages/en.txt may hold another wording of the English. A sentence that is missing is
//! said in English; a test keeps that from happening. Data is never looked up.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::money::Money;
use super::policy::Currency;
use super::words::Speaker;

/// A language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// As it stands in the code.
    #[default]
    English,
    /// As spoken in stores of the United States.
    Spanish,
}

/// A message file: English to what is said instead.
pub type Table = BTreeMap<&'static str, &'static str>;

/// What stands in assets/messages/es, file by file.
const SPANISH_FILES: &[&str] = &[
    include_str!("../../assets/messages/es/announcement.txt"),
    include_str!("../../assets/messages/es/bar.txt"),
    include_str!("../../assets/messages/es/cash_office.txt"),
    include_str!("../../assets/messages/es/checks.txt"),
    include_str!("../../assets/messages/es/codes.txt"),
    include_str!("../../assets/messages/es/customer.txt"),
    include_str!("../../assets/messages/es/day.txt"),
    include_str!("../../assets/messages/es/drawer.txt"),
    include_str!("../../assets/messages/es/find.txt"),
    include_str!("../../assets/messages/es/forms.txt"),
    include_str!("../../assets/messages/es/goods.txt"),
    include_str!("../../assets/messages/es/guide.txt"),
    include_str!("../../assets/messages/es/handing.txt"),
    include_str!("../../assets/messages/es/help.txt"),
    include_str!("../../assets/messages/es/hours.txt"),
    include_str!("../../assets/messages/es/keys.txt"),
    include_str!("../../assets/messages/es/notices.txt"),
    include_str!("../../assets/messages/es/outage.txt"),
    include_str!("../../assets/messages/es/pages.txt"),
    include_str!("../../assets/messages/es/paper_slips.txt"),
    include_str!("../../assets/messages/es/peers.txt"),
    include_str!("../../assets/messages/es/people.txt"),
    include_str!("../../assets/messages/es/phone_code.txt"),
    include_str!("../../assets/messages/es/pickups.txt"),
    include_str!("../../assets/messages/es/card_pending.txt"),
    include_str!("../../assets/messages/es/rain_checks.txt"),
    include_str!("../../assets/messages/es/readiness.txt"),
    include_str!("../../assets/messages/es/receipt.txt"),
    include_str!("../../assets/messages/es/reconcile.txt"),
    include_str!("../../assets/messages/es/recovery.txt"),
    include_str!("../../assets/messages/es/refusals.txt"),
    include_str!("../../assets/messages/es/returns.txt"),
    include_str!("../../assets/messages/es/sale.txt"),
    include_str!("../../assets/messages/es/status.txt"),
    include_str!("../../assets/messages/es/systems.txt"),
    include_str!("../../assets/messages/es/window.txt"),
];

static ENGLISH: OnceLock<Table> = OnceLock::new();
static SPANISH: OnceLock<Table> = OnceLock::new();

impl Language {
    /// All of them, in the order the key goes through them.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// What it calls itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
        }
    }

    /// The word in a settings file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// The language of a word, as in a settings file or the environment (`es_US.UTF-8`).
    pub fn from_word(word: &str) -> Option<Self> {
        let first = word.split(['_', '-', '.']).next().unwrap_or(word);
        Self::ALL.into_iter().find(|language| language.word() == first)
    }

    /// The one after it.
    pub const fn next(self) -> Self {
        match self {
            Self::English => Self::Spanish,
            Self::Spanish => Self::English,
        }
    }

    /// A sentence of the code in this language.
    pub fn say(self, english: &'static str) -> &'static str {
        self.table().get(english).copied().unwrap_or(english)
    }

    /// Its message file.
    pub fn table(self) -> &'static Table {
        match self {
            Self::English => {
                ENGLISH.get_or_init(|| parse(include_str!("../../assets/messages/en.txt")))
            }
            Self::Spanish => {
                SPANISH.get_or_init(|| SPANISH_FILES.iter().flat_map(|file| parse(file)).collect())
            }
        }
    }
}

/// A language with a store's currency.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// The language.
    pub language: Language,
    /// What amounts are in.
    pub currency: Currency,
}

impl Speaker for Voice {
    fn template(&self, english: &'static str) -> &'static str {
        self.language.say(english)
    }

    fn money(&self, amount: Money) -> String {
        self.currency.format(amount)
    }
}

/// Reads a message file. A `+` belongs to the `=` before it; anything else is a comment.
pub fn parse(text: &'static str) -> Table {
    let mut table = Table::new();
    let mut key = None;
    for line in text.lines() {
        if let Some(english) = line.strip_prefix("= ") {
            key = Some(english);
        } else if let Some(said) = line.strip_prefix("+ ")
            && let Some(english) = key.take()
        {
            table.insert(english, said);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_pairs_of_lines() {
        let table = parse("# x\n= Cash\n+ Efectivo\n\n= Lost\n= Check\n+ Cheque\n+ Twice\n");
        assert_eq!(table, Table::from([("Cash", "Efectivo"), ("Check", "Cheque")]));
    }

    #[test]
    fn a_missing_sentence_is_said_in_english() {
        assert_eq!(Language::Spanish.say("No such sentence anywhere"), "No such sentence anywhere");
    }

    #[test]
    fn the_environment_may_name_a_language() {
        assert_eq!(Language::from_word("es_US.UTF-8"), Some(Language::Spanish));
        assert_eq!(Language::from_word("en"), Some(Language::English));
        assert_eq!(Language::from_word("fr_CA"), None);
    }
}
