//! Paid: the change in the largest figures of all, and which notes and coins it is.
//!
//! The change stays until the next scan, so that nobody has to hurry.

use egui::{Rect, vec2};

use super::sell::figure;
use super::tender::is_some_money;
use super::{Scene, entry_line, paper};
use crate::domain::words::words;
use crate::gui::pen::{Hand, KeyFace, Look, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::Done;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    done: &Done,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    rest.max.y += space::GAP;
    let right = cut_right(&mut rest, 400.0);
    cut_right(&mut rest, space::PAD);
    let mut foot = cut_bottom(&mut rest, space::ENTRY);
    cut_bottom(&mut rest, space::GAP);
    let next = cut_right(&mut foot, 232.0);
    cut_right(&mut foot, space::GAP);
    entry_line::show(pen, foot, scene, scene.say("Scan the next customer's item"));
    let face =
        KeyFace { look: Look::Go, shortcut: "Enter", ..KeyFace::plain(scene.say("Next customer")) };
    if pen.key(next, face) {
        strokes.push(Stroke::Enter);
    }
    show_change(pen, rest, scene, done);
    if done.paper.lines.is_empty() {
        show_sale(pen, right, scene, done);
    } else {
        paper::show(pen, right, scene, &done.paper);
    }
}

fn show_change(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, done: &Done) {
    pen.card(place);
    let p = pen.palette;
    let mut rest = place.shrink2(vec2(space::WIDE, space::PAD));
    let mut head = cut_top(&mut rest, 40.0);
    let mark = cut_left(&mut head, 36.0);
    pen.mark(Mark::Tick, mark.left_center() + vec2(12.0, 0.0), 12.0, p.good);
    let heading = pen.heading();
    let change = is_some_money(done.change);
    let caption =
        if change { scene.say("Paid. Change to hand back") } else { scene.say("Paid. No change") };
    pen.write(head, heading, caption);
    let text = scene.money(done.change);
    let points = if text.chars().count() > 11 { size::TOTAL } else { size::GIANT };
    let giant = Hand::new(points, p.good).bold().right();
    pen.write(cut_top(&mut rest, 124.0), giant, &text);
    if !change {
        return;
    }
    cut_top(&mut rest, space::GAP);
    pen.rule(rest);
    cut_top(&mut rest, space::PAD);
    show_denominations(pen, rest, scene, done);
}

/// In two columns, largest first, as a hand takes them from the drawer.
fn show_denominations(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, done: &Done) {
    let mut left = place;
    let right = cut_right(&mut left, place.width() / 2.0);
    let rows = done.change_by_denomination.len().div_ceil(2);
    for (column, chunk) in
        [left, right].into_iter().zip(done.change_by_denomination.chunks(rows.max(1)))
    {
        let mut rest = column;
        for (count, each) in chunk {
            let mut row = cut_top(&mut rest, 40.0);
            let whole = row;
            let many = Hand::new(size::HEADING, pen.palette.ink).bold().right();
            pen.paint(cut_left(&mut row, 44.0), many, &count.to_string());
            let times = Hand::new(size::BODY, pen.palette.quiet).center();
            pen.paint(cut_left(&mut row, 36.0), times, "×");
            let value = Hand::new(size::HEADING, pen.palette.ink).right();
            let text = scene.money(*each);
            pen.paint(cut_left(&mut row, 116.0), value, &text);
            pen.name(whole, &scene.tell(&words!("{} times {}", count, *each)));
        }
    }
}

fn show_sale(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, done: &Done) {
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 40.0), heading, &scene.tell(&words!("Sale {}", done.number)));
    cut_top(&mut rest, space::GAP);
    let mut proof = cut_bottom(&mut rest, 56.0);
    figure(pen, cut_top(&mut rest, 38.0), scene.say("Total"), &scene.money(done.total));
    if is_some_money(done.rounding) {
        figure(
            pen,
            cut_top(&mut rest, 38.0),
            scene.say("Cash rounding"),
            &scene.money(done.rounding),
        );
    }
    for (name, amount) in &done.taken {
        figure(pen, cut_top(&mut rest, 38.0), &scene.tell(name), &scene.money(*amount));
    }
    pen.rule(rest);
    figure(pen, cut_top(&mut rest, 42.0), scene.say("Change"), &scene.money(done.change));
    let quiet = pen.quiet();
    pen.write(cut_top(&mut proof, 26.0), quiet, scene.say("Recorded as"));
    let mono = Hand::new(size::SMALL, pen.palette.ink).mono();
    pen.write(proof, mono, &done.proof);
}
