//! What the register makes of its probes: a notice when trouble begins or ends, and no more.
//!
//! Nothing switches by itself. Going down and coming back are told apart from a flap by the
//! probes' own patience (`domain::probe`), and what follows is for a lead to decide.

use crate::domain::event::Event;
use crate::domain::hearsay::{Heard, Source};
use crate::domain::probe::Cause;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::probe::SharedBoard;

use super::outages::check_text;
use super::register::{Register, Setback};
use super::view::{Notice, NoticeKind};

/// The probes' board, and the cause that was told last.
#[derive(Debug)]
pub(super) struct Watching {
    /// What the probes see.
    pub(super) board: SharedBoard,
    told: Cause,
    /// The newest notice that was on the screen when the last input came.
    pub(super) read: u64,
}

impl Default for Watching {
    fn default() -> Self {
        Self { board: SharedBoard::default(), told: Cause::Unknown, read: 0 }
    }
}

impl Register {
    /// Whose sights the register shows.
    pub fn watch(&mut self, board: SharedBoard) {
        self.watching.board = board;
    }

    /// Looks at the board; says it when the cause became another one. A refusal that stands on
    /// the screen is read first: the news follows the next input.
    pub fn hear_probes(&mut self) {
        let read = self.watching.read;
        let refusal = |notice: &Notice| notice.kind == NoticeKind::Refused && notice.number > read;
        if self.notice.as_ref().is_some_and(refusal) {
            return;
        }
        let cause = self.watching.board.lock().cause();
        if cause == self.watching.told {
            return;
        }
        let before = std::mem::replace(&mut self.watching.told, cause.clone());
        if !matches!((&before, &cause), (Cause::Unknown, Cause::Well) | (_, Cause::Unknown)) {
            self.tell_the_others(&cause);
        }
        match (before, cause) {
            (Cause::Unknown, Cause::Well) | (_, Cause::Unknown) => {}
            (_, Cause::Well) => self.say(
                NoticeKind::Attention,
                words!("All systems answer again"),
                words!("Going back is for a lead to decide."),
            ),
            (_, cause) => self.say(NoticeKind::Attention, cause.text(), cause.remedy()),
        }
    }

    /// Other registers hear of it as they hear of all records.
    fn tell_the_others(&mut self, cause: &Cause) {
        let (source, text) = (Source::Probes, cause.text().to_string());
        let heard = Heard { source, trust: source.trust(), text };
        if self.record(Event::Heard(heard)).is_err() {
            tracing::warn!("what the probes see was not recorded; the next sale tells why");
        }
    }

    /// Records what somebody heard elsewhere.
    pub(super) fn note_heard(&mut self, heard: Heard) -> Result<(), Setback> {
        self.person()?;
        check_text(&heard.text)?;
        if heard.text.trim().is_empty() {
            return Err(Refusal::Outage(crate::domain::outage::OutageFault::NothingSaid).into());
        }
        self.record(Event::Heard(heard))?;
        Ok(())
    }
}
