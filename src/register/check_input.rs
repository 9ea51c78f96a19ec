//! What is said to the till about a check: one closed enum, whose text never shows in a log.

use zeroize::Zeroizing;

use crate::domain::money::Money;

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckInput {
    /// Begin a check.
    Begin {
        /// The amount on it; none is exactly what is due.
        amount: Option<Money>,
    },
    /// An answer to what is asked; empty is Enter alone.
    Answer {
        /// As it was keyed or read.
        text: Keyed,
        /// A reader or a scanner sent it.
        scanned: bool,
    },
    /// One step back; at the first step the check is left.
    Back,
    /// Leave the check; payment goes on.
    Leave,
}

/// Keyed digits that may be an account number: wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyed(Zeroizing<String>);

impl Keyed {
    /// Wraps a text as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for reading it alone.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyed(..)")
    }
}
