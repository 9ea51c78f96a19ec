//! The running mark: a file that is there while the program runs, and after it ended badly.
//!
//! ```text
//!  41                              the last sale whose receipt needs no question any more
//!  41 failed                       recording failed, and selling was stopped
//!  41 failed 9f3c… 57 sale         ... while this was to be recorded, at this place
//! ```
//!
//! It is not flushed: after a power cut a question may come too many, and never one too few.

use std::path::Path;

use crate::device::own_file;
use crate::domain::ids::{SaleNo, Seq};

/// A longer mark is none of ours.
const LEN_MAX: usize = 128;
const FAILED: &str = "failed";

/// What a mark says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunningMark {
    /// The sale whose receipt was settled; none where it does not say.
    pub(super) settled: Option<SaleNo>,
    /// Recording failed, and selling was stopped.
    pub(super) failed: Option<Failed>,
}

/// Recording failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// What was to be recorded; none where nothing was.
    pub(super) tried: Option<Tried>,
}

/// A record that was to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tried {
    /// The journal's epoch, as it is written.
    pub(super) epoch: String,
    /// Its place.
    pub(super) seq: Seq,
    /// Its kind.
    pub(super) kind: String,
}

impl RunningMark {
    /// Reads a mark; what can't be read says nothing.
    pub(super) fn read(path: &Path) -> Self {
        let text = own_file::text(path, 1_024).ok().filter(|text| text.len() <= LEN_MAX);
        text.map(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |word: &str| word.parse().ok().map(SaleNo);
        match words.as_slice() {
            [settled] => Self { settled: number(settled), failed: None },
            [settled, FAILED] => {
                Self { settled: number(settled), failed: Some(Failed { tried: None }) }
            }
            [settled, FAILED, epoch, seq, kind] => {
                let tried = seq.parse().ok().map(|seq| Tried {
                    epoch: (*epoch).to_owned(),
                    seq: Seq(seq),
                    kind: (*kind).to_owned(),
                });
                Self { settled: number(settled), failed: Some(Failed { tried }) }
            }
            _ => Self::default(),
        }
    }

    /// Writes it. A mark that can't be written only costs the questions after a bad end.
    pub(super) fn write(&self, path: &Path) {
        if let Err(error) = std::fs::write(path, self.text()) {
            tracing::warn!(%error, "the running mark was not written");
        }
    }

    fn text(&self) -> String {
        let settled = self.settled.unwrap_or_default();
        match &self.failed {
            None => settled.to_string(),
            Some(Failed { tried: None }) => format!("{settled} {FAILED}"),
            Some(Failed { tried: Some(Tried { epoch, seq, kind }) }) => {
                format!("{settled} {FAILED} {epoch} {} {kind}", seq.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_what_was_written_and_what_is_no_mark_says_nothing() {
        let tried = Tried { epoch: "9f3c".to_owned(), seq: Seq(57), kind: "sale".to_owned() };
        let failed = [None, Some(Failed { tried: None }), Some(Failed { tried: Some(tried) })];
        for failed in failed {
            let mark = RunningMark { settled: Some(SaleNo(41)), failed };
            assert_eq!(RunningMark::parse(&mark.text()), mark);
        }
        for text in ["", "x", "41 of 42", "41 failed 9f3c", "\u{0}"] {
            assert_eq!(RunningMark::parse(text), RunningMark::default(), "{text:?}");
        }
    }
}
