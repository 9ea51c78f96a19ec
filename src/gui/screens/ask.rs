//! The two questions that stop something: giving a sale up, and closing the window in one.

use egui::{Rect, vec2};

use super::{Scene, centered};
use crate::domain::words::words;
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, KeyFace, Look, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::Screen;

pub(super) fn show_cancel(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    strokes: &mut Vec<Stroke>,
) {
    let (total, taken) = match &scene.view.screen {
        Screen::Sell(sell) => (sell.total, false),
        Screen::Tender(tender) => (tender.sale.total, !tender.taken.is_empty()),
        Screen::Check(check) => (check.total, check.part_paid),
        _ => (crate::domain::money::Money::ZERO, false),
    };
    let text = if taken {
        scene.say(
            "Money was taken for it: give it back first. The sale stays on record as given up.",
        )
    } else {
        scene.say("Its lines go away. That it was given up stays on record.")
    };
    let title = scene.tell(&words!("Give up the sale of {}?", scene.money(total)));
    let mut foot = panel(pen, rest, &title, text);
    let label = scene.say(Action::ConfirmCancel.label());
    let yes = KeyFace {
        shortcut: Action::ConfirmCancel.key_name(),
        look: Look::Danger,
        ..KeyFace::plain(label)
    };
    if pen.key(cut_left(&mut foot, 232.0), yes) {
        strokes.push(Stroke::Act(Action::ConfirmCancel));
    }
    let keep =
        KeyFace { shortcut: "Esc", look: Look::Go, ..KeyFace::plain(scene.say("Keep the sale")) };
    if pen.key(cut_right(&mut foot, 232.0), keep) {
        strokes.push(Stroke::Act(Action::Back));
    }
}

pub(super) fn show_guard(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    strokes: &mut Vec<Stroke>,
) {
    let text = if scene.view.recording_since_ms.is_some() {
        scene.say(
            "A record is on its way to the disk. Wait until it is down, then close the window.",
        )
    } else {
        scene.say("Finish the sale or cancel it, then close the window.")
    };
    let mut foot = panel(pen, rest, scene.say("A sale is open, so the window stays"), text);
    let back = KeyFace {
        shortcut: "Enter",
        look: Look::Go,
        ..KeyFace::plain(scene.say("Back to the sale"))
    };
    if pen.key(cut_right(&mut foot, 232.0), back) {
        strokes.push(Stroke::Enter);
    }
}

/// A panel with a question; gives back the place of its keys.
fn panel(pen: &mut Pen<'_>, rest: Rect, title: &str, text: &str) -> Rect {
    let place = centered(rest, vec2(720.0, 280.0));
    pen.fill(place, pen.palette.card);
    pen.edge(place, 2.0, pen.palette.edge);
    let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let mut head = cut_top(&mut rest, 52.0);
    let mark = cut_left(&mut head, 44.0);
    let ink = pen.palette.ink;
    pen.mark(Mark::Triangle, mark.left_center() + vec2(13.0, 0.0), 13.0, ink);
    pen.write(head, Hand::new(size::HEADING + 4.0, ink).bold(), title);
    cut_top(&mut rest, space::GAP);
    let foot = cut_bottom(&mut rest, space::KEY);
    let body = Hand::new(20.0, ink);
    pen.paragraph(rest, body, text);
    foot
}
