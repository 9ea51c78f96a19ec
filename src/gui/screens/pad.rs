//! The number pad for fingers and mouse; its keys become the same strokes as the keyboard's.

use egui::{Rect, Vec2, pos2, vec2};

use crate::gui::pen::{KeyFace, Look, Pen};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};

/// How large a pad is.
pub(super) const PAD_SIZE: Vec2 =
    vec2(PAD_WIDE * 4.0 + space::GAP * 3.0, space::PAD_KEY * 4.0 + space::GAP * 3.0);
const PAD_WIDE: f32 = 84.0;

/// Draws it with its top left corner at `place`; with a decimal point where amounts are keyed.
pub(super) fn show(pen: &mut Pen<'_>, place: Rect, point: bool, strokes: &mut Vec<Stroke>) {
    let at = |column: u8, row: u8, rows: u8| {
        let left = place.left() + f32::from(column) * (PAD_WIDE + space::GAP);
        let top = place.top() + f32::from(row) * (space::PAD_KEY + space::GAP);
        let height = f32::from(rows) * (space::PAD_KEY + space::GAP) - space::GAP;
        Rect::from_min_max(pos2(left, top), pos2(left + PAD_WIDE, top + height))
    };
    let digits = [
        ("7", 0, 0),
        ("8", 1, 0),
        ("9", 2, 0),
        ("4", 0, 1),
        ("5", 1, 1),
        ("6", 2, 1),
        ("1", 0, 2),
        ("2", 1, 2),
        ("3", 2, 2),
        ("0", 0, 3),
        ("00", 1, 3),
    ];
    for (label, column, row) in digits {
        let face = KeyFace { points: size::HEADING, ..KeyFace::plain(label) };
        if pen.key(at(column, row, 1), face) {
            strokes.extend(label.chars().map(Stroke::Char));
        }
    }
    if point {
        let face = KeyFace {
            points: size::HEADING,
            name: pen.say("Decimal point"),
            ..KeyFace::plain(".")
        };
        if pen.key(at(2, 3, 1), face) {
            strokes.push(Stroke::Char('.'));
        }
    }
    let erase = KeyFace { points: size::SMALL, ..KeyFace::plain(pen.say("Erase")) };
    if pen.key(at(3, 0, 1), erase) {
        strokes.push(Stroke::Erase);
    }
    let clear = KeyFace { points: size::SMALL, ..KeyFace::plain(pen.say("Clear")) };
    if pen.key(at(3, 1, 1), clear) {
        strokes.push(Stroke::Clear);
    }
    let enter = KeyFace { look: Look::Go, ..KeyFace::plain("Enter") };
    if pen.key(at(3, 2, 2), enter) {
        strokes.push(Stroke::Enter);
    }
}
