//! The notice on show: the till's last one, or the window's own where the till was not asked.

use crate::domain::refusal::Refusal;
use crate::register::view::{Notice, NoticeKind};

/// How long a new notice stands out before it calms down.
pub const FLASH_MS: u64 = 700;

/// What the strip shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownNotice {
    /// How it looks and sounds.
    pub kind: NoticeKind,
    /// What happened.
    pub text: String,
    /// What to do next.
    pub remedy: String,
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
        Self::refused(&refusal.text(), refusal.remedy(), since_ms)
    }

    /// A refusal in the window's own words.
    pub fn refused(text: &str, remedy: &str, since_ms: u64) -> Self {
        Self {
            kind: NoticeKind::Refused,
            text: text.to_owned(),
            remedy: remedy.to_owned(),
            since_ms,
        }
    }

    /// It came just now.
    pub fn flashes(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.since_ms) < FLASH_MS
    }
}

/// The word that stands before a notice, so that its colour is never alone.
pub const fn word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Done => "Done",
        NoticeKind::Attention => "Look",
        NoticeKind::Refused => "Not taken",
    }
}
