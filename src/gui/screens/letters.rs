//! A keyboard for fingers, where words are asked; its keys become the keyboard's own strokes.

use egui::Rect;

use crate::gui::pen::{KeyFace, Look, Pen};
use crate::gui::plan::{cut_left, cut_top, share};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};

const GAP: f32 = 5.0;
/// How high a key is in pixels, as fingers want it.
const KEY_PX: f32 = 46.0;
/// The least height of a key in points.
const KEY_MIN: f32 = 46.0;

const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm.,/"];

/// How high it is at this zoom.
pub(super) fn high(zoom: f32) -> f32 {
    (row(zoom) + GAP) * 5.0
}

fn row(zoom: f32) -> f32 {
    (KEY_PX / zoom).max(KEY_MIN)
}

/// Draws it over the whole width of `place`.
pub(super) fn show(pen: &mut Pen<'_>, place: Rect, strokes: &mut Vec<Stroke>) {
    let high = row(pen.ctx().zoom_factor());
    let mut rest = place;
    let mut side = crate::gui::plan::cut_right(&mut rest, 168.0);
    cut_left(&mut side, space::GAP);
    for keys in ROWS {
        let row = cut_top(&mut rest, high);
        cut_top(&mut rest, GAP);
        for (column, letter) in (0_u8..).zip(keys.chars()) {
            let label = letter.to_string();
            let face = KeyFace { points: size::HEADING, ..KeyFace::plain(&label) };
            if pen.key(share(row, column, 10, GAP), face) {
                strokes.push(Stroke::Char(letter));
            }
        }
    }
    let space_bar = cut_top(&mut rest, high);
    let face = KeyFace { points: size::SMALL, ..KeyFace::plain(pen.say("Space")) };
    if pen.key(space_bar, face) {
        strokes.push(Stroke::Char(' '));
    }
    let erase = KeyFace { points: size::SMALL, ..KeyFace::plain(pen.say("Erase")) };
    if pen.key(cut_top(&mut side, high * 2.0 + GAP / 2.0), erase) {
        strokes.push(Stroke::Erase);
    }
    cut_top(&mut side, GAP);
    let clear = KeyFace { points: size::SMALL, ..KeyFace::plain(pen.say("Clear")) };
    if pen.key(cut_top(&mut side, high), clear) {
        strokes.push(Stroke::Clear);
    }
    cut_top(&mut side, GAP);
    let enter = KeyFace { look: Look::Go, ..KeyFace::plain("Enter") };
    if pen.key(cut_top(&mut side, high * 2.0 + GAP / 2.0), enter) {
        strokes.push(Stroke::Enter);
    }
}
