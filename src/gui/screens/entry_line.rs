//! The entry line: drawn, not edited.

use egui::{Rect, pos2, vec2};

use super::Scene;
use crate::gui::desk::{Asks, Purpose, is_hidden, masked};
use crate::gui::pen::{Hand, Pen};
use crate::gui::plan::cut_left;
use crate::gui::theme::{size, space};
use crate::register::view::PageAsks;

/// Draws it at `place`, with what it is for while it is empty.
pub(super) fn show(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, hint: &str) {
    let p = pen.palette;
    pen.fill(place, p.card);
    pen.edge(place, 2.0, p.action);
    let text = reading(scene);
    let mut words = place.shrink2(vec2(space::PAD, 4.0));
    if text.is_empty() {
        caret(pen, words.left(), words);
        cut_left(&mut words, 14.0);
        pen.write(words, Hand::new(size::HEADING, p.quiet), hint);
        return;
    }
    // The end of a long line matters more than its beginning.
    let mono = Hand::new(size::ENTRY, p.ink).mono();
    let shown: String = {
        let count = text.chars().count();
        text.chars().skip(count.saturating_sub(28)).collect()
    };
    let used = pen.paint(words, mono, &shown);
    caret(pen, used.right() + 4.0, words);
    pen.name(
        place,
        &format!("{hint}: {}", if is_secret(scene) { scene.say("hidden") } else { &text }),
    );
}

fn caret(pen: &Pen<'_>, x: f32, words: Rect) {
    let middle = words.center().y;
    let bar = Rect::from_min_max(pos2(x, middle - 16.0), pos2(x + 3.0, middle + 16.0));
    pen.flood(bar, pen.palette.action);
}

fn is_secret(scene: &Scene<'_>) -> bool {
    matches!(scene.purpose(), Purpose::Pin | Purpose::Page(PageAsks::Pin))
        || scene.desk.entry.holds_badge()
        || is_hidden(scene.purpose())
}

/// What is shown for what was keyed: dots for a PIN or a badge, money for an amount.
fn reading(scene: &Scene<'_>) -> String {
    let entry = &scene.desk.entry;
    if entry.holds_badge() {
        return "•".repeat(entry.len());
    }
    match scene.purpose() {
        Purpose::Pin | Purpose::Page(PageAsks::Pin) => "•".repeat(entry.len()),
        Purpose::Amount
        | Purpose::Float
        | Purpose::Page(PageAsks::Amount)
        | Purpose::Form(Asks::Amount) => {
            entry.amount().map_or_else(|| entry.text().to_owned(), |amount| scene.money(amount))
        }
        purpose if is_hidden(purpose) => masked(entry.text(), purpose),
        _ => entry.text().to_owned(),
    }
}
