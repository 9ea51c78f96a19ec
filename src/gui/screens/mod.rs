//! The screens, one a file, and the frame around them.
//!
//! ```text
//!  ┌ status bar ───────────────────────────────────────────┐  always tells
//!  │ screen, or the one card on top of it                  │
//!  ├ notice ───────────────────────────────────────────────┤  what happened last
//!  └ function keys ────────────────────────────────────────┘  what can be pressed now
//! ```
//!
//! A screen reads the view and the desk, draws, and gives strokes back; it decides nothing.

mod ask;
mod card_approval;
mod card_declare;
mod card_fast;
mod card_find;
mod card_form;
mod card_help;
mod check;
pub mod customer;
mod done;
mod entry_line;
pub mod failed;
mod key_row;
mod letters;
mod no_prices;
mod notice_strip;
mod open_shift;
mod pad;
mod page;
mod pager;
mod paper;
mod print_now;
mod receipt;
mod recording;
mod restart;
mod sell;
mod sell_open;
mod shift_closed;
mod sign_in;
mod status_bar;
mod stopped;
mod tender;
mod training;

use egui::{Rect, Vec2};

use super::desk::{Card, Desk, Purpose};
use super::language::Voice;
use super::pen::Pen;
use super::plan::{cut_bottom, cut_top};
use super::stroke::Stroke;
use super::theme::space;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::words::{Speaker as _, Words};
use crate::register::view::{Ask, Screen, View};

/// All that a screen may look at.
pub struct Scene<'a> {
    /// What the till shows.
    pub view: &'a View,
    /// What the window remembers.
    pub desk: &'a Desk,
    /// Monotonic milliseconds.
    pub now_ms: u64,
    /// The wall's time.
    pub now: Timestamp,
    /// The window's language and the store's currency.
    pub voice: Voice,
}

impl Scene<'_> {
    /// An amount as people read it.
    pub fn money(&self, amount: Money) -> String {
        self.voice.money(amount)
    }

    /// A sentence of the code in the window's language.
    pub fn say(&self, english: &'static str) -> &'static str {
        self.voice.language.say(english)
    }

    /// Words in the window's language.
    pub fn tell(&self, words: &Words) -> String {
        words.said_by(&self.voice)
    }

    /// What the entry line is for.
    pub fn purpose(&self) -> Purpose {
        self.desk.purpose(self.view)
    }

    /// For how long a record has been on its way to the disk, in milliseconds.
    pub fn recording_ms(&self) -> Option<u64> {
        self.view.recording_since_ms.map(|since| self.now_ms.saturating_sub(since))
    }
}

/// Draws the whole window and gives back what was pressed.
pub fn show(pen: &mut Pen<'_>, whole: Rect, scene: &Scene<'_>) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    let mut rest = whole;
    pen.flood(whole, pen.palette.paper);
    status_bar::show(pen, cut_top(&mut rest, space::BAR), scene);
    if scene.view.status.training {
        training::show(pen, cut_top(&mut rest, training::HIGH));
    }
    key_row::show(pen, cut_bottom(&mut rest, space::KEY + space::GAP * 2.0), scene, &mut strokes);
    notice_strip::show(pen, cut_bottom(&mut rest, space::STRIP), scene);
    if recording::show(pen, rest, scene) {
        return strokes;
    }
    match &scene.view.ask {
        Some(Ask::Approval { act, role }) => {
            card_approval::show(pen, rest, scene, (*act, *role), &mut strokes);
            return strokes;
        }
        Some(Ask::Which(candidates)) => {
            card_form::show_which(pen, rest, candidates, &mut strokes);
            return strokes;
        }
        None => {}
    }
    match &scene.desk.card {
        Card::None => show_screen(pen, rest, scene, &mut strokes),
        Card::Help => card_help::show(pen, rest, scene),
        Card::Find(finding) => card_find::show(pen, rest, scene, finding, &mut strokes),
        Card::Fast => card_fast::show(pen, rest, scene, &mut strokes),
        Card::Declare(declaration) => {
            card_declare::show(pen, rest, scene, declaration, &mut strokes);
        }
        Card::EndOutage => card_declare::show_end(pen, rest, scene, &mut strokes),
        Card::AskCancel => ask::show_cancel(pen, rest, scene, &mut strokes),
        Card::CloseGuard => ask::show_guard(pen, rest, scene, &mut strokes),
        Card::Form(form) => card_form::show(pen, rest, scene, form, &mut strokes),
    }
    strokes
}

fn show_screen(pen: &mut Pen<'_>, rest: Rect, scene: &Scene<'_>, strokes: &mut Vec<Stroke>) {
    match &scene.view.screen {
        Screen::Starting => stopped::show_starting(pen, rest),
        Screen::Stopped(stopped) => stopped::show(pen, rest, stopped),
        Screen::Restart(restart) => restart::show(pen, rest, scene, restart, strokes),
        Screen::SignIn(sign_in) => sign_in::show(pen, rest, scene, sign_in, strokes),
        Screen::OpenShift => open_shift::show(pen, rest, scene, strokes),
        Screen::Sell(sell) => sell::show(pen, rest, scene, sell, strokes),
        Screen::Receipt(receipt) => receipt::show(pen, rest, scene, receipt, strokes),
        Screen::Tender(tender) => tender::show(pen, rest, scene, tender, strokes),
        Screen::Page(page) => page::show(pen, rest, scene, page, strokes),
        Screen::Check(check) => check::show(pen, rest, scene, check, strokes),
        Screen::Done(done) => done::show(pen, rest, scene, done, strokes),
        Screen::ShiftClosed(closed) => shift_closed::show(pen, rest, scene, closed, strokes),
    }
}

/// A place of this size in the middle of `rest`, never larger than it.
fn centered(rest: Rect, size: Vec2) -> Rect {
    Rect::from_center_size(rest.center(), size.min(rest.size() - Vec2::splat(space::GAP * 2.0)))
}
