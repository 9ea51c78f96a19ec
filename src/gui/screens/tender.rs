//! Payment: what is due, what was taken, and every way to take the rest.

use egui::{Rect, pos2, vec2};

use super::sell::figure;
use super::{Scene, entry_line, pad};
use crate::domain::money::Money;
use crate::domain::words::words;
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, KeyFace, Look, Pen};
use crate::gui::plan::{cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::TenderView;

const NOTES_WIDE: f32 = 176.0;
/// More notes than this do not fit beside the pad.
const NOTES_MAX: usize = 3;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    tender: &TenderView,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    rest.max.y += space::GAP;
    let right_wide = pad::PAD_SIZE.x + space::PAD + NOTES_WIDE;
    let mut right = cut_right(&mut rest, right_wide);
    cut_right(&mut rest, space::WIDE);
    show_due(pen, rest, scene, tender);
    let hint = hint(scene, tender);
    entry_line::show(pen, cut_top(&mut right, space::ENTRY), scene, &hint);
    cut_top(&mut right, space::PAD);
    let notes = cut_left(&mut right, NOTES_WIDE);
    cut_left(&mut right, space::PAD);
    pad::show(pen, right, true, strokes);
    if tender.question.is_some() {
        show_question(pen, notes, strokes);
    } else {
        show_notes(pen, notes, scene, tender, strokes);
    }
}

fn hint(scene: &Scene<'_>, tender: &TenderView) -> String {
    match tender.question {
        Some(asked) => scene.tell(&words!("{} handed over?", scene.money(asked))),
        None if tender.due.is_negative() => scene.say("Give it back, then Exact").to_owned(),
        None => scene.say("Cash handed over").to_owned(),
    }
}

fn show_due(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, tender: &TenderView) {
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE, space::PAD));
    let refund = tender.sale.total.is_negative();
    let caption = if refund { scene.say("To give back in cash") } else { scene.say("Due in cash") };
    let due = tender.cash_due;
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 40.0), heading, caption);
    let text = scene.money(due);
    // An amount of many digits is written smaller rather than cut.
    let points = if text.chars().count() > 8 { size::TOTAL } else { size::GIANT };
    let giant = Hand::new(points, pen.palette.ink).bold().right();
    pen.write(cut_top(&mut rest, 112.0), giant, &text);
    let rounded = tender.cash_due != tender.due;
    let quiet = pen.quiet().right();
    let aside = match rounded {
        true if refund => scene.say("Cash is rounded").to_owned(),
        true => scene.tell(&words!("Cash is rounded; by check it is {}", scene.money(tender.due))),
        false => String::new(),
    };
    pen.write(cut_top(&mut rest, 28.0), quiet, &aside);
    cut_top(&mut rest, space::PAD);
    pen.rule(rest);
    cut_top(&mut rest, space::GAP);
    figure(pen, cut_top(&mut rest, 36.0), scene.say("Items"), &tender.sale.item_count.to_string());
    figure(pen, cut_top(&mut rest, 36.0), scene.say("To pay"), &scene.money(tender.sale.total));
    for (name, amount) in &tender.taken {
        let name = scene.tell(&words!("Taken: {}", name));
        figure(pen, cut_top(&mut rest, 36.0), &name, &scene.money(*amount));
    }
    if tender.taken.is_empty() {
        figure(pen, cut_top(&mut rest, 36.0), scene.say("Taken so far"), scene.say("nothing"));
    }
}

/// Exact, and the notes a customer may hand over: one press and the sale is paid.
fn show_notes(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    tender: &TenderView,
    strokes: &mut Vec<Stroke>,
) {
    let exact = KeyFace {
        look: Look::Cash,
        name: scene.say("Exact cash"),
        ..KeyFace::plain(scene.say("Exact"))
    };
    if pen.key(slot(place, 0), exact) {
        strokes.push(Stroke::Act(Action::Cash));
    }
    for (row, amount) in (1_u8..).zip(tender.quick_cash.iter().take(NOTES_MAX)) {
        let label = scene.money(*amount);
        let name = scene.tell(&words!("{} in cash", *amount));
        let face = KeyFace { points: size::HEADING, name: &name, ..KeyFace::plain(&label) };
        if pen.key(slot(place, row), face) {
            strokes.push(Stroke::Note(*amount));
        }
    }
}

/// "5,050.02 handed over?": yes, or key it anew.
fn show_question(pen: &mut Pen<'_>, place: Rect, strokes: &mut Vec<Stroke>) {
    let yes = KeyFace {
        look: Look::Cash,
        name: pen.say("Yes, that was handed over"),
        ..KeyFace::plain(pen.say("Yes"))
    };
    if pen.key(slot(place, 0), yes) {
        strokes.push(Stroke::Act(Action::Cash));
    }
    let rest = Rect::from_min_max(pos2(place.left(), slot(place, 1).top()), place.max);
    let quiet = pen.quiet();
    pen.paragraph(
        rest,
        quiet,
        pen.say("That is far more than is due. If it is wrong, key the amount anew."),
    );
}

fn slot(place: Rect, row: u8) -> Rect {
    let top = place.top() + f32::from(row) * (space::PAD_KEY + space::GAP);
    Rect::from_min_max(pos2(place.left(), top), pos2(place.right(), top + space::PAD_KEY))
}

/// True for an amount that is money at all.
pub(super) fn is_some_money(amount: Money) -> bool {
    amount != Money::ZERO
}
