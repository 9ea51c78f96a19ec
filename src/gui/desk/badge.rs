//! A badge at the window: where it says who somebody is, and where it is refused without a word of
//! what it holds.
//!
//! ```text
//!  scan ─┬ sign-in screen, a signature is asked for ─▶ person and badge; the PIN is asked for next
//!        ├ a page ─▶ the page says whether it asks who somebody is
//!        └ anywhere else ─▶ refused; nothing of it is shown, sent or kept
//! ```

use super::{Card, Desk};
use crate::domain::badge::Badge;
use crate::domain::refusal::Refusal;
use crate::gui::keys::Action;
use crate::gui::stroke::{Stamped, Stroke};
use crate::register::command::Command;
use crate::register::page::PageInput;
use crate::register::view::{Ask, Screen, View};

impl Desk {
    /// A stroke while a badge stands on the entry line; true when it was used up.
    pub(super) fn badge_stroke(&mut self, stamped: Stamped, view: &View) -> bool {
        if !self.entry.holds_badge() {
            return false;
        }
        match stamped.stroke {
            Stroke::Enter => self.end_badge(view, stamped.at_ms),
            Stroke::Char(_) | Stroke::Erase | Stroke::Clear | Stroke::Act(Action::Back) => {
                return false;
            }
            _ => {
                self.entry.clear();
                self.refuse_with(&Refusal::BadgeElsewhere, stamped.at_ms);
            }
        }
        true
    }

    fn end_badge(&mut self, view: &View, at_ms: u64) {
        let line = self.entry.end();
        let Ok(badge) = Badge::parse(&line.text) else {
            return self.refuse_with(&Refusal::BadgeTorn, at_ms);
        };
        match (&view.ask, &view.screen) {
            (Some(Ask::Approval { .. }), _) => self.claim(badge),
            (Some(Ask::Which(_)), _) => self.refuse_with(&Refusal::BadgeElsewhere, at_ms),
            (None, Screen::SignIn(_)) => {
                self.card = Card::None;
                self.claim(badge);
            }
            (None, Screen::Page(_)) if self.card == Card::None => {
                self.send(Command::Page(PageInput::Badge(badge)), at_ms);
            }
            _ => self.refuse_with(&Refusal::BadgeElsewhere, at_ms),
        }
    }

    /// Who somebody is; their PIN is asked for next.
    fn claim(&mut self, badge: Badge) {
        self.notice = None;
        self.person = Some(badge.person().to_string().into());
        self.badge = Some(badge);
    }

    /// Nobody is meant any more; true when somebody was.
    pub(super) fn forget_person(&mut self) -> bool {
        self.badge = None;
        self.person.take().is_some()
    }
}
