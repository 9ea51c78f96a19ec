//! The sign-in of a register without any price file: nobody can sign in, and what to do instead.
//!
//! It stands where otherwise stands what can be done today. When a price file comes, by line or by
//! stick, the sign-in is back by itself.

use egui::{Rect, vec2};

use super::Scene;
use super::stopped;
use crate::domain::words::words;
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_left, cut_top};
use crate::gui::theme::space;

pub(super) fn show(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, why: &str) {
    let (danger, ink) = (pen.palette.danger, pen.palette.ink);
    pen.edge(place, 3.0, danger);
    let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::PAD));
    let mut head = cut_top(&mut rest, 52.0);
    let mark = cut_left(&mut head, 48.0);
    pen.mark(Mark::Stop, mark.left_center() + vec2(17.0, 0.0), 17.0, danger);
    pen.write(head, Hand::new(26.0, danger).bold(), scene.say("No price file: use paper slips"));
    let what = scene.tell(&words!("This register has no price file: {}", why));
    let money = scene.say(
        "Nobody can sign in and nothing is sold here: who sells, what it costs and its tax stand \
         in that file. What was recorded is safe.",
    );
    let remedy = scene.say(
        "Use another register. Call IT: the file comes by line or by stick, and then you can sign \
         in here at once.",
    );
    for (caption, text) in [
        (scene.say("What happened"), &*what),
        (scene.say("What it means for the money"), money),
        (scene.say("What to do next"), remedy),
    ] {
        let quiet = pen.quiet();
        pen.write(cut_top(&mut rest, 24.0), quiet, caption);
        let height = pen.paragraph(rest, Hand::new(19.0, ink), text);
        cut_top(&mut rest, height + space::GAP);
    }
    pen.rule(rest);
    cut_top(&mut rest, space::GAP);
    stopped::slip(pen, rest);
}
