//! On the empty sale after an interruption: was the last receipt printed?
//!
//! It takes the place of the hints for the first item. The entry line stays above it, and the next
//! scan is the next sale.

use egui::{Rect, vec2};

use super::Scene;
use super::status_bar::hour_minute;
use crate::domain::words::words;
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, KeyFace, Look, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::LastSale;

pub(super) fn show(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    last: &LastSale,
    strokes: &mut Vec<Stroke>,
) {
    let place = place.with_max_y(place.bottom().min(place.top() + 380.0));
    pen.card(place);
    pen.edge(place, 2.0, pen.palette.amber);
    let mut rest = place.shrink2(vec2(space::WIDE, space::PAD));
    let mut head = cut_top(&mut rest, 56.0);
    let amber = pen.palette.amber;
    let mark = cut_left(&mut head, 44.0);
    pen.mark(Mark::Triangle, mark.left_center() + vec2(16.0, 0.0), 15.0, amber);
    let title = Hand::new(28.0, pen.palette.ink).bold();
    pen.write(head, title, scene.say("Was the last receipt printed?"));
    let mut foot = cut_bottom(&mut rest, space::KEY * 1.2);
    let sale = scene.tell(&words!(
        "Sale {}, {}, was PAID at {}, and then the register was interrupted.",
        last.number,
        scene.money(last.total),
        hour_minute(last.at)
    ));
    let look =
        scene.say("Look at the printer. What is printed now says COPY, and counts the same.");
    for text in [&*sale, look] {
        let hand = Hand::new(size::HEADING - 3.0, pen.palette.ink);
        let height = pen.paragraph(rest, hand, text);
        cut_top(&mut rest, height + space::GAP);
    }
    let quiet = pen.quiet();
    pen.paragraph(rest, quiet, scene.say("Or scan the next item: then this is asked no more."));
    let copy = KeyFace {
        shortcut: Action::Copy.key_name(),
        look: Look::Go,
        points: size::HEADING,
        ..KeyFace::plain(scene.say("Print a copy"))
    };
    if pen.key(cut_left(&mut foot, 300.0), copy) {
        strokes.push(Stroke::Act(Action::Copy));
    }
    let no = KeyFace {
        shortcut: Action::Back.key_name(),
        points: size::HEADING,
        ..KeyFace::plain(scene.say("It is there"))
    };
    if pen.key(cut_right(&mut foot, 220.0), no) {
        strokes.push(Stroke::Act(Action::Back));
    }
}
