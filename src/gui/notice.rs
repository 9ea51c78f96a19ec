//! The notice on show: the till's last one, or the window's own where the till was not asked.

use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term};
use crate::register::view::{Notice, NoticeKind};

/// How long a new notice stands out before it calms down.
pub const FLASH_MS: u64 = 700;

/// What the strip shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownNotice {
    /// How it looks and sounds.
    pub kind: NoticeKind,
    /// What happened.
    pub text: Words,
    /// What to do next.
    pub remedy: Words,
    /// When it came, in monotonic milliseconds.
    pub since_ms: u64,
}

impl ShownNotice {
    /// The till's notice.
    pub fn from_till(notice: &Notice, since_ms: u64) -> Self {
        Self {
            kind: notice.kind,
            text: notice.text.clone(),
            remedy: notice.remedy.clone(),
            since_ms,
        }
    }

    /// A refusal of the window's own, in the till's words.
    pub fn refusal(refusal: &Refusal, since_ms: u64) -> Self {
        Self::refused(refusal.text(), refusal.remedy(), since_ms)
    }

    /// A refusal in the window's own words.
    pub fn refused(text: Words, remedy: Words, since_ms: u64) -> Self {
        Self { kind: NoticeKind::Refused, text, remedy, since_ms }
    }

    /// It came just now.
    pub fn flashes(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.since_ms) < FLASH_MS
    }
}

/// The word that stands before a notice, so that its colour is never alone.
pub const fn word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Done => term("Done"),
        NoticeKind::Attention => term("Look"),
        NoticeKind::Refused => term("Not taken"),
    }
}
