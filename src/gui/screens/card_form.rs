//! A form on top of the screen: choices to press, or an entry line with its pad.
//!
//! ```text
//!  ┌ title ──────────────────────────────┐   ┌ title ──────────────────────────────┐
//!  │ 1  Return or void …                 │   │ entry line        │ words           │
//!  │ 2  Go on with a sale put aside      │   │ pad               │ what was keyed  │
//!  └─────────────────────────────────────┘   └─────────────────────────────────────┘
//! ```

use egui::{Rect, vec2};

use super::sell::figure;
use super::{Scene, entry_line, pad};
use crate::domain::refusal::Candidate;
use crate::domain::words::words;
use crate::gui::desk::{Asks, Choice, Face, Form};
use crate::gui::pen::{KeyFace, Pen};
use crate::gui::plan::{cut_left, cut_top, share};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    form: &Form,
    strokes: &mut Vec<Stroke>,
) {
    let face = form.face(scene.view);
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 48.0), heading, &scene.tell(&face.title));
    match face.hint {
        None => show_choices(pen, rest, &face, strokes),
        Some(hint) => {
            let mut left = cut_left(&mut rest, pad::PAD_SIZE.x);
            cut_left(&mut rest, space::WIDE);
            entry_line::show(pen, cut_top(&mut left, space::ENTRY), scene, scene.say(hint));
            cut_top(&mut left, space::PAD);
            pad::show(pen, left, form.asks() != Asks::Born, strokes);
            show_words(pen, rest, &face, strokes);
        }
    }
}

/// Two items in the price file could be meant: both names, a key each.
pub(super) fn show_which(
    pen: &mut Pen<'_>,
    rest: Rect,
    candidates: &[Candidate],
    strokes: &mut Vec<Stroke>,
) {
    let labels = candidates.iter().map(|one| (words!("{}  {}", &one.name, one.unit_price), true));
    let face = Face {
        title: words!("Which item is it?"),
        words: vec![words!("The code can be read in two ways. Look at the item in your hand.")],
        choices: Choice::numbered(labels),
        hint: None,
        answered: Vec::new(),
    };
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    let title = pen.tell(&face.title);
    pen.write(cut_top(&mut rest, 48.0), heading, &title);
    show_choices(pen, rest, &face, strokes);
}

fn show_choices(pen: &mut Pen<'_>, place: Rect, face: &Face, strokes: &mut Vec<Stroke>) {
    let mut rest = place;
    for words in &face.words {
        let body = pen.body();
        let words = pen.tell(words);
        pen.write(cut_top(&mut rest, 36.0), body, &words);
    }
    cut_top(&mut rest, space::GAP);
    // Two columns: nine choices fit on the smallest screen with keys a finger meets.
    let mut row = Rect::NOTHING;
    for (index, choice) in (0_u8..).zip(&face.choices) {
        if index % 2 == 0 {
            row = cut_top(&mut rest, space::PAD_KEY);
            cut_top(&mut rest, space::GAP);
        }
        let (shortcut, label) = (choice.key.to_string(), pen.tell(&choice.label));
        let key = KeyFace {
            shortcut: &shortcut,
            enabled: choice.enabled,
            points: size::BODY,
            ..KeyFace::plain(&label)
        };
        if pen.key(share(row, index % 2, 2, space::GAP), key) {
            strokes.push(Stroke::Char(choice.key));
        }
    }
}

fn show_words(pen: &mut Pen<'_>, place: Rect, face: &Face, strokes: &mut Vec<Stroke>) {
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    for words in &face.words {
        let (body, words) = (pen.body(), pen.tell(words));
        let height = pen.paragraph(rest, body, &words);
        cut_top(&mut rest, height + 12.0);
    }
    for choice in &face.choices {
        let (shortcut, label) = (choice.key.to_string(), pen.tell(&choice.label));
        let key = KeyFace { shortcut: &shortcut, ..KeyFace::plain(&label) };
        if pen.key(cut_top(&mut rest, space::KEY), key) {
            strokes.push(Stroke::Char(choice.key));
        }
        cut_top(&mut rest, space::GAP);
    }
    for (name, value) in &face.answered {
        let name = pen.tell(name);
        figure(pen, cut_top(&mut rest, 30.0), &name, value);
    }
}
