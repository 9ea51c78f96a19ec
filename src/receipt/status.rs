//! What a printer says about itself: one byte for each question, read without believing too much.
//!
//! ```text
//!  DLE EOT n    asked and answered at once, even while the printer waits or is out of paper
//!               0xx1xx10: bits 0 and 7 clear, bits 1 and 4 set, in every answer
//!  GS r 1       answered in its turn, when all that was sent before it is printed
//!               0xx0xxxx: bits 4 and 7 clear
//! ```
//!
//! Whatever does not look so is garbage and ignored. A byte that looks right can still be wrong:
//! the state decides what a lamp shows and whether paper is wasted, never anything about a sale.

/// A question a printer answers at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Online, and the drawer's switch.
    Printer,
    /// Why it is offline.
    Offline,
    /// Errors.
    Error,
    /// Paper.
    Paper,
}

/// How much paper there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// Enough.
    #[default]
    Enough,
    /// The roll ends soon.
    NearEnd,
    /// None.
    Out,
}

/// What the answers came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The paper.
    pub paper: Paper,
    /// The cover is open.
    pub cover_open: bool,
    /// It does not print now.
    pub offline: bool,
    /// It has an error that a person must clear.
    pub error: bool,
    /// The level of the drawer's switch; which level is "open" depends on the drawer.
    pub drawer_switch_high: bool,
}

/// `GS r 1`: answered when everything before it is printed.
pub const ARE_YOU_DONE: [u8; 3] = [0x1D, b'r', 1];

impl Query {
    /// All questions, in the order they are asked.
    pub const ALL: [Self; 4] = [Self::Printer, Self::Offline, Self::Error, Self::Paper];

    /// `DLE EOT n`.
    pub const fn bytes(self) -> [u8; 3] {
        let n = match self {
            Self::Printer => 1,
            Self::Offline => 2,
            Self::Error => 3,
            Self::Paper => 4,
        };
        [0x10, 0x04, n]
    }
}

/// True for a byte that may answer `DLE EOT`.
pub const fn is_answer(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// True for a byte that may answer [`ARE_YOU_DONE`].
pub const fn is_done(byte: u8) -> bool {
    byte & 0b1001_0000 == 0
}

impl Condition {
    /// Takes an answer in; a byte that is none changes nothing.
    #[must_use]
    pub fn with(mut self, query: Query, answer: u8) -> Self {
        if !is_answer(answer) {
            return self;
        }
        let bit = |mask: u8| answer & mask != 0;
        match query {
            Query::Printer => {
                self.drawer_switch_high = bit(0x04);
                self.offline = bit(0x08);
            }
            Query::Offline => {
                self.cover_open = bit(0x04);
                self.error = self.error || bit(0x40);
                if bit(0x20) {
                    self.paper = Paper::Out;
                }
            }
            // 0x08 the cutter, 0x20 for good, 0x40 until it has cooled down.
            Query::Error => self.error = self.error || bit(0x68),
            Query::Paper => {
                if bit(0x60) {
                    self.paper = Paper::Out;
                } else if bit(0x0C) && !matches!(self.paper, Paper::Out) {
                    self.paper = Paper::NearEnd;
                }
            }
        }
        self
    }

    /// It would print now.
    pub const fn can_print(&self) -> bool {
        !(matches!(self.paper, Paper::Out) || self.cover_open || self.offline || self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_printers_give_them() {
        let of = |query, byte| Condition::default().with(query, byte);
        assert_eq!(of(Query::Paper, 0x12).paper, Paper::Enough);
        assert_eq!(of(Query::Paper, 0x1E).paper, Paper::NearEnd);
        assert_eq!(of(Query::Paper, 0x72).paper, Paper::Out);
        assert_eq!(of(Query::Paper, 0x7E).paper, Paper::Out);
        assert!(of(Query::Printer, 0x1A).offline);
        assert!(of(Query::Printer, 0x16).drawer_switch_high);
        assert!(of(Query::Offline, 0x16).cover_open);
        assert!(of(Query::Error, 0x1A).error && of(Query::Error, 0x32).error);
        assert!(of(Query::Printer, 0x12).can_print());
    }

    #[test]
    fn garbage_changes_nothing() {
        for byte in 0..=u8::MAX {
            for query in Query::ALL {
                let after = Condition::default().with(query, byte);
                assert!(is_answer(byte) || after == Condition::default(), "{byte:02x}");
            }
        }
        assert!((0..=u8::MAX).all(|byte| !(is_answer(byte) && is_done(byte))));
    }
}
