//! How long it takes from a key to the painted frame, for whoever measures; off as a rule.
//!
//! ```text
//!  key ─▶ frame that takes it ─▶ painted ─▶ "key 9"
//!    └─▶ command ─▶ till ─▶ new view ─▶ frame with it ─▶ painted ─▶ "view 14"
//!    └─▶ words ─▶ finder ─▶ found ─▶ frame with it ─▶ painted ─▶ "found 21"
//! ```
//!
//! A frame counts as painted when the next one begins, so the figures are upper bounds, in
//! milliseconds. A key is counted once: with what it brings, where that is more than itself.

use std::fs::File;
use std::io::Write as _;

/// What was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Key,
    View,
    Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Awaited,
    BeingPainted,
    Painted,
}

/// A log of times.
#[derive(Debug)]
pub struct FrameLog {
    file: File,
    /// The first frame on which somebody can work.
    first: First,
    /// In the frame that is being painted.
    painting: Vec<(What, u64)>,
    /// A command went to the till at these times; the next view answers them.
    sent: Vec<u64>,
    /// Words went to the finder.
    asked: Option<(String, u64)>,
}

impl FrameLog {
    /// A log in a file.
    pub const fn to(file: File) -> Self {
        Self { file, first: First::Awaited, painting: Vec::new(), sent: Vec::new(), asked: None }
    }

    /// A frame begins: the one before is painted.
    pub(super) fn begin(&mut self, now_ms: u64) {
        if self.first == First::BeingPainted {
            self.first = First::Painted;
            writeln!(self.file, "usable").ok();
        }
        for (what, at_ms) in std::mem::take(&mut self.painting) {
            let word = match what {
                What::Key => "key",
                What::View => "view",
                What::Found => "found",
            };
            // A log that can't be written measures nothing and stops nobody.
            writeln!(self.file, "{word} {}", now_ms.saturating_sub(at_ms)).ok();
        }
    }

    /// This frame is one on which somebody can work.
    pub(super) fn usable(&mut self) {
        if self.first == First::Awaited {
            self.first = First::BeingPainted;
        }
    }

    /// Strokes were taken that came at this time; `sent` when one of them became a command.
    pub(super) fn took(&mut self, at_ms: u64, sent: bool) {
        if sent {
            self.sent.push(at_ms);
        } else {
            self.painting.push((What::Key, at_ms));
        }
    }

    /// Words were sent to the finder, by the key of this frame where there was one.
    pub(super) fn asked(&mut self, text: &str, now_ms: u64) {
        let key = self.painting.iter().position(|(what, _)| *what == What::Key);
        let at_ms = key.map_or(now_ms, |place| self.painting.remove(place).1);
        self.asked = Some((text.to_owned(), at_ms));
    }

    /// A new view is drawn in this frame.
    pub(super) fn view(&mut self) {
        self.painting.extend(self.sent.drain(..).map(|at_ms| (What::View, at_ms)));
    }

    /// The finder's answer to these words is drawn in this frame.
    pub(super) fn found(&mut self, text: &str) {
        if let Some((_, at_ms)) = self.asked.take_if(|(asked, _)| asked == text) {
            self.painting.push((What::Found, at_ms));
        }
    }

    /// Another frame is needed to know that this one is painted.
    pub(super) fn waits(&self) -> bool {
        !self.painting.is_empty() || self.first == First::BeingPainted
    }
}
