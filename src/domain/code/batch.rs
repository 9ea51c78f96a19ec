//! A batch or lot, as its maker printed it and as a sale's line keeps it: with it a recall finds
//! who bought what.
//!
//! Source: GS1 General Specifications 3.4.1 (AI 10) and figure 7.11-1 (the 82 characters).

use std::fmt;

use crate::domain::time::BusinessDate;

/// The longest batch, in characters.
pub const BATCH_LEN_MAX: usize = 20;

/// 1 to 20 of the 82 characters that GS1 allows; capitals and small letters differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Batch(String);

/// What a package's code said of its origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lot {
    /// Batch or lot.
    pub batch: Option<Batch>,
    /// Its last day: use by, or else sell by, or else best before.
    pub expires: Option<BusinessDate>,
}

impl Batch {
    /// Reads a batch; none for a text that can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=BATCH_LEN_MAX).contains(&text.len()) && text.chars().all(is_gs1_character);
        fits.then(|| Self(text.to_owned()))
    }

    /// The batch as it was printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One of the 82 characters ("CSET 82") that an element string may hold.
pub const fn is_gs1_character(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '!' | '"'
                | '%'
                | '&'
                | '\''
                | '('
                | ')'
                | '*'
                | '+'
                | ','
                | '-'
                | '.'
                | '/'
                | ':'
                | ';'
                | '<'
                | '='
                | '>'
                | '?'
                | '_'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_holds_what_gs1_allows_and_no_more() {
        let allowed = (0..=255_u8).filter(|byte| is_gs1_character(char::from(*byte))).count();
        assert_eq!(allowed, 82);
        assert_eq!(
            Batch::parse("2B2B2BB/11").map(|b| b.to_string()).as_deref(),
            Some("2B2B2BB/11")
        );
        for text in ["", "a b", "€", "x\u{1d}", &"1".repeat(21)] {
            assert_eq!(Batch::parse(text), None, "{text}");
        }
    }
}
