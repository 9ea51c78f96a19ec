//! Two items have one number: which of them is in the cashier's hand?
//!
//! A key of its own for each, or its digit and Enter. A digit alone chooses nothing: the next scan
//! may begin with it, and a scan never presses a button.

use egui::{Rect, vec2};

use super::{Scene, entry_line, pad};
use crate::domain::refusal::Candidate;
use crate::gui::keys::Action;
use crate::gui::pen::{KeyFace, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    candidates: &[Candidate],
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 48.0), heading, "Which one is in your hand?");
    let mut left = cut_left(&mut rest, pad::PAD_SIZE.x);
    cut_left(&mut rest, space::WIDE);
    entry_line::show(pen, cut_top(&mut left, space::ENTRY), scene, "Its digit, then Enter");
    cut_top(&mut left, space::PAD);
    pad::show(pen, left, false, strokes);
    pen.card(rest);
    let mut rest = rest.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let back = KeyFace { shortcut: "Esc", ..KeyFace::plain("Neither of them") };
    if pen.key(cut_bottom(&mut rest, space::KEY), back) {
        strokes.push(Stroke::Act(Action::Back));
    }
    let body = pen.body();
    let words = "These items have the same number on their bars.";
    let height = pen.paragraph(rest, body, words);
    cut_top(&mut rest, height + 12.0);
    for (place, candidate) in candidates.iter().enumerate() {
        let digit = place.saturating_add(1).to_string();
        let label = format!("{}  {}", candidate.name, candidate.unit_price);
        let key = KeyFace { shortcut: &digit, points: size::BODY, ..KeyFace::plain(&label) };
        if pen.key(cut_top(&mut rest, space::PAD_KEY), key) {
            strokes.push(Stroke::Choose(place));
        }
        cut_top(&mut rest, space::GAP);
    }
}
