//! Tones: a scanner's own beep means "decoded", not "accepted", so the window has its own.
//!
//! Playing is behind a trait and silent by default; every tone has its visible twin, the notice.

use crate::register::view::NoticeKind;

/// A tone by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Accepted: one short high tone.
    Accepted,
    /// Something needs a look: high, then low.
    Attention,
    /// Refused: three low tones.
    Refused,
}

impl From<NoticeKind> for Tone {
    fn from(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Done => Self::Accepted,
            NoticeKind::Attention => Self::Attention,
            NoticeKind::Refused => Self::Refused,
        }
    }
}

/// Plays tones; may not wait.
pub trait Tones: Send {
    /// Begins to play and returns at once.
    fn play(&mut self, tone: Tone);
}

/// No tones.
#[derive(Debug, Default)]
pub struct Silent;

impl Tones for Silent {
    fn play(&mut self, _tone: Tone) {}
}
