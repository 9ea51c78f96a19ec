//! The yellow lines of a sale: what still lacks a price, a weight or an item.
//!
//! They stand below the others, where the newest line is, and take no scan away.

use egui::{Rect, pos2, vec2};

use crate::domain::quantity::Quantity;
use crate::domain::sale::Missing;
use crate::domain::words::words;
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::theme::{size, space};
use crate::register::view::{OpenLineView, Sell};

/// The yellow lines that are shown; more are counted.
const SHOWN_MAX: usize = 4;

/// Takes their place from the bottom of `rest`.
pub(super) fn show(pen: &mut Pen<'_>, rest: &mut Rect, sell: &Sell) {
    let row_high = space::row(pen.ctx().zoom_factor());
    let first = sell.open.len().saturating_sub(SHOWN_MAX);
    let shown = sell.open.get(first..).unwrap_or_default();
    let mut high = 0.0;
    for _ in shown {
        high += row_high;
    }
    let mut place = cut_bottom(rest, high);
    for (index, line) in shown.iter().enumerate() {
        let above = if index == 0 { first } else { 0 };
        show_line(pen, cut_top(&mut place, row_high), line, above);
    }
}

/// Amber, with a mark: something waits for an answer.
pub(super) fn banner(pen: &mut Pen<'_>, place: Rect, text: &str) {
    let ink = pen.palette.on_amber;
    pen.fill(place, pen.palette.amber);
    pen.mark(Mark::Triangle, pos2(place.left() + 22.0, place.center().y), 10.0, ink);
    let mut words = place;
    cut_left(&mut words, 42.0);
    let hand = Hand::new(size::BODY, ink).bold();
    pen.write(words, hand, text);
}

fn show_line(pen: &mut Pen<'_>, place: Rect, line: &OpenLineView, above: usize) {
    let ink = pen.palette.on_amber;
    let surface = place.shrink2(vec2(0.0, 1.0));
    pen.fill(surface, pen.palette.amber);
    pen.mark(Mark::Triangle, pos2(surface.left() + 28.0, surface.center().y), 10.0, ink);
    let mut rest = surface.shrink2(vec2(space::PAD, 0.0));
    cut_left(&mut rest, 48.0);
    let asks = match line.missing {
        Missing::Item => pen.say("F4: not on file, price?"),
        Missing::Price => pen.say("F4: price?"),
        Missing::Weight => pen.say("F4: weight?"),
    };
    let mut aside = Vec::new();
    if line.quantity != Quantity::ONE {
        aside.push(pen.tell(&words!("{} of it", line.quantity)));
    }
    if above > 0 {
        aside.push(pen.tell(&words!("{} above", above)));
    }
    aside.push(asks.to_owned());
    let aside = aside.join(", ");
    pen.paint(cut_right(&mut rest, 300.0), Hand::new(size::SMALL, ink).bold().right(), &aside);
    pen.paint(rest, Hand::new(size::BODY, ink), &line.name);
    pen.name(place, &format!("{}: {aside}", line.name));
}
