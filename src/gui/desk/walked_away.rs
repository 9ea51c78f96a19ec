//! A register whose cashier walked away locks itself: she is signed out, the sale stays, and a
//! question that was open is dropped.

use super::form::Form;
use super::{Card, Desk};
use crate::domain::words::words;
use crate::gui::notice::ShownNotice;
use crate::register::command::Command;
use crate::register::view::{NoticeKind, Screen, View};

impl Desk {
    /// Somebody is there: a key, a scan, a finger, the mouse.
    pub fn touched(&mut self, now_ms: u64) {
        self.touched_ms = now_ms;
    }

    /// Milliseconds until the register locks itself if nobody touches it; none while it does not.
    pub fn locks_in_ms(&self, view: &View, now_ms: u64) -> Option<u64> {
        let after_s = view.status.lock_after_s;
        view.status.person.as_ref()?;
        let stays = after_s == 0
            || view.recording_since_ms.is_some()
            || !self.outbox.is_empty()
            // Counting a drawer takes its time between two keys.
            || matches!(self.card, Card::Form(Form::Count(_)))
            || matches!(view.screen, Screen::Stopped(_) | Screen::Restart(_) | Screen::Starting);
        let passed = now_ms.saturating_sub(self.touched_ms);
        let whole = u64::from(after_s).saturating_mul(1_000);
        (!stays).then(|| whole.saturating_sub(passed))
    }

    /// Locks the register when nobody touched it for as long as the store allows.
    pub fn lock_when_left(&mut self, view: &View, now_ms: u64) {
        if self.locks_in_ms(view, now_ms) != Some(0) {
            return;
        }
        self.entry.clear();
        self.card = Card::None;
        self.forget_person();
        self.touched(now_ms);
        self.locked = true;
        self.send(Command::Lock, now_ms);
        let seconds = view.status.lock_after_s;
        self.notice = Some(ShownNotice {
            kind: NoticeKind::Attention,
            text: words!("Locked: nobody touched this register for {} seconds", seconds),
            remedy: words!("A sale that was open is kept. Sign in to go on."),
            since_ms: now_ms,
        });
    }
}
