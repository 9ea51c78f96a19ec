//! Sentences for people: an English template that is also the key of its translations, and what
//! stands in its places.
//!
//! ```text
//!  words!("Sale {} is paid, {} to give back", number, change)
//!           │                                └ values: data, money, or words in their turn
//!           └ the key: English, greppable, what is said when no translation is known
//! ```
//!
//! Nothing here knows a language. Whoever shows a sentence says it in one: [`Words::said_by`]
//! asks for the template's translation; `Display` says it in English, for logs and reports.
//! Data (an item's name, a person's) is never translated.

use std::fmt;

use super::ids::{SaleNo, ShiftNo};
use super::money::Money;
use super::quantity::{Quantity, UnitPrice};

/// A sentence in no language yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    template: &'static str,
    values: Vec<Value>,
}

/// What stands in a place of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Data as it is.
    Text(String),
    /// An amount, written in the store's currency.
    Money(Money),
    /// Words, to be translated in their turn.
    Words(Words),
}

/// Who says a sentence: a language and a currency.
pub trait Speaker {
    /// The translation of a template; the template itself where none is known.
    fn template(&self, english: &'static str) -> &'static str;

    /// An amount as people read it.
    fn money(&self, amount: Money) -> String;
}

/// English without a currency sign.
struct Plainly;

impl Speaker for Plainly {
    fn template(&self, english: &'static str) -> &'static str {
        english
    }

    fn money(&self, amount: Money) -> String {
        amount.to_string()
    }
}

/// Marks a text that is said elsewhere, so that the message files are asked for it.
pub const fn term(english: &'static str) -> &'static str {
    english
}

/// How many places a template has. [`words!`](crate::words) asks while compiling.
pub const fn places(template: &str) -> usize {
    let mut rest = template.as_bytes();
    let mut count = 0_usize;
    while let [first, tail @ ..] = rest {
        if let (b'{', [b'}', ..]) = (*first, tail) {
            count = count.saturating_add(1);
        }
        rest = tail;
    }
    count
}

/// Words from a template and one value for each of its `{}`; the wrong number does not compile.
#[doc(hidden)]
#[macro_export]
macro_rules! __words {
    ($template:literal $(, $value:expr)* $(,)?) => {{
        const {
            let values: &[&str] = &[$(stringify!($value)),*];
            assert!(
                $crate::domain::words::places($template) == values.len(),
                "one value for each place"
            );
        }
        $crate::domain::words::Words::new(
            $template,
            vec![$($crate::domain::words::Value::from($value)),*],
        )
    }};
}

#[doc(inline)]
pub use __words as words;

impl Words {
    /// Nothing is said.
    pub const NOTHING: Self = Self { template: "", values: Vec::new() };

    /// A template with its values; [`words!`](crate::words) checks their number.
    pub const fn new(template: &'static str, values: Vec<Value>) -> Self {
        Self { template, values }
    }

    /// A sentence without places, marked by [`term`] where it stands.
    pub const fn plain(template: &'static str) -> Self {
        Self { template, values: Vec::new() }
    }

    /// Text that is the same in every language: data, or an error of the system.
    pub fn data(text: impl Into<String>) -> Self {
        Self { template: "{}", values: vec![Value::Text(text.into())] }
    }

    /// Nothing is said.
    pub const fn is_empty(&self) -> bool {
        self.template.is_empty()
    }

    /// The English key.
    pub const fn template(&self) -> &'static str {
        self.template
    }

    /// The sentence in the speaker's language. A translation may order its places: `{2}` is the
    /// second value. A place without a value stays empty.
    pub fn said_by(&self, speaker: &dyn Speaker) -> String {
        let template = speaker.template(self.template);
        let mut said = String::with_capacity(template.len().saturating_add(16));
        let mut rest = template;
        let mut next = 0_usize;
        while let Some((before, opened)) = rest.split_once('{') {
            said.push_str(before);
            let Some((place, after)) = opened.split_once('}') else {
                said.push('{');
                rest = opened;
                continue;
            };
            let index = place.parse::<usize>().map_or(next, |place| place.saturating_sub(1));
            next = next.saturating_add(1);
            match self.values.get(index) {
                Some(Value::Text(text)) => said.push_str(text),
                Some(Value::Money(amount)) => said.push_str(&speaker.money(*amount)),
                Some(Value::Words(words)) => said.push_str(&words.said_by(speaker)),
                None => {}
            }
            rest = after;
        }
        said.push_str(rest);
        said
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said_by(&Plainly))
    }
}

impl PartialEq<&str> for Words {
    /// In English.
    fn eq(&self, other: &&str) -> bool {
        self.said_by(&Plainly) == *other
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::data(text)
    }
}

impl From<&'static str> for Words {
    fn from(template: &'static str) -> Self {
        Self::plain(template)
    }
}

impl From<Words> for Value {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

impl From<&Words> for Value {
    fn from(words: &Words) -> Self {
        Self::Words(words.clone())
    }
}

impl From<Money> for Value {
    fn from(amount: Money) -> Self {
        Self::Money(amount)
    }
}

impl From<&Money> for Value {
    fn from(amount: &Money) -> Self {
        Self::Money(*amount)
    }
}

macro_rules! data_of {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::Text(value.to_string())
            }
        }
    )*};
}

data_of!(
    String, &String, &str, u8, &u8, u16, &u16, u32, &u32, u64, &u64, usize, &usize, i64, &i64,
    Quantity, &Quantity, UnitPrice, &UnitPrice, SaleNo, ShiftNo
);

#[cfg(test)]
mod tests {
    use super::*;

    struct Backwards;

    impl Speaker for Backwards {
        fn template(&self, english: &'static str) -> &'static str {
            match english {
                "{} costs {}" => "{2} cuesta {1}",
                "Cash" => "Efectivo",
                other => other,
            }
        }

        fn money(&self, amount: Money) -> String {
            format!("${amount}")
        }
    }

    #[test]
    fn english_is_what_stands_in_the_code() {
        let words = words!("{} costs {}", "Coffee", Money::from_minor(250));
        assert_eq!(words.to_string(), "Coffee costs 2.50");
        assert_eq!(Words::data("a { brace").to_string(), "a { brace");
    }

    #[test]
    fn a_translation_may_turn_the_places_round() {
        let words = words!("{} costs {}", words!("Cash"), Money::from_minor(250));
        assert_eq!(words.said_by(&Backwards), "$2.50 cuesta Efectivo");
    }

    #[test]
    fn places_are_counted_before_the_program_runs() {
        assert_eq!((places(""), places("{}"), places("a {} b {}, {x}")), (0, 1, 2));
    }
}
