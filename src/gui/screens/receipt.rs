//! A paid sale: which of its items come back, or all of it.

use egui::{Rect, vec2};

use super::sell::figure;
use super::status_bar::hour_minute;
use super::{Scene, entry_line};
use crate::domain::quantity::Quantity;
use crate::domain::words::words;
use crate::gui::pen::{Hand, Pen};
use crate::gui::plan::{cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::{ReceiptLine, ReceiptView};

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    receipt: &ReceiptView,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    let right = cut_right(&mut rest, 400.0);
    cut_right(&mut rest, space::PAD);
    entry_line::show(pen, cut_top(&mut rest, space::ENTRY), scene, scene.say("How many come back"));
    cut_top(&mut rest, space::GAP);
    show_lines(pen, rest, scene, receipt, strokes);
    show_sale(pen, right, scene, receipt);
}

fn show_lines(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    receipt: &ReceiptView,
    strokes: &mut Vec<Stroke>,
) {
    let row_high = space::row(pen.ctx().zoom_factor());
    let mut rest = place;
    let chosen = scene.desk.chosen.unwrap_or(0);
    // The chosen line stays in sight: three rows before it at most.
    let first = chosen.saturating_sub(3);
    for (index, line) in receipt.lines.iter().enumerate().skip(first) {
        if rest.height() < row_high * 2.0 && index.saturating_add(1) < receipt.lines.len() {
            let hidden = receipt.lines.len().saturating_sub(index);
            let quiet = pen.quiet();
            pen.write(rest, quiet, &scene.tell(&words!("{} below", hidden)));
            return;
        }
        show_line(pen, cut_top(&mut rest, row_high), scene, (index, line), strokes);
    }
}

fn show_line(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    (index, line): (usize, &ReceiptLine),
    strokes: &mut Vec<Stroke>,
) {
    let p = pen.palette;
    let chosen = scene.desk.chosen == Some(index);
    let surface = place.shrink2(vec2(0.0, 1.0));
    pen.fill(surface, p.card);
    if chosen {
        pen.edge(surface, 3.0, p.action);
    }
    let mut rest = surface.shrink2(vec2(space::PAD, 0.0));
    let sold = Hand::new(size::SMALL, p.quiet);
    pen.paint(cut_left(&mut rest, 64.0), sold, &line.sold.to_string());
    let amount = scene.money(line.amount);
    pen.paint(cut_right(&mut rest, 130.0), pen.body().right(), &amount);
    let back = if line.came_back == Quantity::default() {
        String::new()
    } else {
        scene.tell(&words!("{} came back", line.came_back))
    };
    pen.paint(cut_right(&mut rest, 190.0), sold.right(), &back);
    pen.paint(rest, pen.body(), &line.name);
    let spoken = format!("{} {} {amount} {back}", line.sold, line.name);
    if pen.touch(place, index, &spoken, chosen) {
        strokes.push(Stroke::Choose(index));
    }
}

fn show_sale(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, receipt: &ReceiptView) {
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 44.0), heading, &scene.tell(&words!("Sale {}", receipt.number)));
    let body = pen.quiet();
    let paid = format!("{} {}", receipt.at.local_date(), hour_minute(receipt.at));
    pen.write(cut_top(&mut rest, 30.0), body, &paid);
    if let Some((store, register, (page, pages))) = receipt.paper {
        let place = words!("Store {}, register {}", store, register);
        pen.write(cut_top(&mut rest, 30.0), body, &scene.tell(&place));
        if pages > 1 {
            let which = words!("Code {} of {}: its items only", page, pages);
            pen.write(cut_top(&mut rest, 30.0), body, &scene.tell(&which));
        }
    }
    figure(pen, cut_top(&mut rest, 40.0), scene.say("Total"), &scene.money(receipt.total));
    for (name, amount) in &receipt.taken {
        figure(pen, cut_top(&mut rest, 34.0), &scene.tell(name), &scene.money(*amount));
    }
    cut_top(&mut rest, space::PAD);
    pen.rule(rest);
    cut_top(&mut rest, space::PAD);
    let mut words = vec![
        scene.say("Choose a line, key how many come back, then Enter."),
        scene.say("Esc goes back to the sale: what comes back stands there below zero."),
    ];
    if receipt.voidable {
        words.push(scene.say("Shift F8 takes the whole sale back, with a manager."));
    }
    for sentence in words {
        let body = pen.body();
        let height = pen.paragraph(rest, body, sentence);
        cut_top(&mut rest, height + 12.0);
    }
}
