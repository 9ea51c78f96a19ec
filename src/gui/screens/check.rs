//! A check on one card: the amount in figures and words, every answer, and what is asked now.
//!
//! ```text
//!  ┌ Check over $44.31 ──────────┐  ┌ entry line: what is asked now ┐
//!  │ Forty-four and 31/100       │  │ pad, or a key an answer, or   │
//!  │ Routing number   111000025  │  │ what to look at and to write  │
//!  │ …                           │  │ on the back, and Take         │
//!  └─────────────────────────────┘  └───────────────────────────────┘
//! ```

use egui::{Rect, vec2};

use super::{Scene, entry_line, pad};
use crate::domain::check::wizard::Step;
use crate::domain::words::words;
use crate::gui::desk::check_hint;
use crate::gui::pen::{Hand, KeyFace, Look, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top, share};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::check_view::CheckView;

const ANSWER: f32 = 36.0;
const LOOK: f32 = 30.0;
const BACK: f32 = 24.0;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    check: &CheckView,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    rest.max.y += space::GAP;
    let mut right = cut_right(&mut rest, pad::PAD_SIZE.x + 40.0);
    cut_right(&mut rest, space::PAD);
    show_answers(pen, rest, scene, check);
    let hint = scene.say(check_hint(check.step));
    entry_line::show(pen, cut_top(&mut right, space::ENTRY), scene, hint);
    cut_top(&mut right, space::PAD);
    if check.step == Step::Take {
        show_take(pen, right, scene, check, strokes);
    } else if check.choices.is_empty() {
        pad::show(pen, right, false, strokes);
    } else {
        show_choices(pen, right, scene, check, strokes);
    }
}

fn show_answers(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, check: &CheckView) {
    pen.card(place);
    let p = pen.palette;
    let mut rest = place.shrink2(vec2(space::WIDE, space::PAD));
    let mut head = cut_top(&mut rest, 64.0);
    let caption = pen.heading();
    pen.write(cut_left(&mut head, 150.0), caption, scene.say("Check over"));
    let amount = Hand::new(size::TOTAL, p.ink).bold().right();
    pen.write(head, amount, &scene.money(check.amount));
    let words = Hand::new(size::BODY, p.ink).top();
    let height = pen.paragraph(rest, words, &check.words.0);
    cut_top(&mut rest, height + 4.0);
    let quiet = Hand::new(size::SMALL, p.quiet).top();
    let height = pen.paragraph(rest, quiet, &check.words.1);
    cut_top(&mut rest, height + space::GAP);
    pen.rule(rest);
    cut_top(&mut rest, space::GAP);
    for answer in &check.answers {
        let now = answer.step == check.step
            || (answer.step == Step::Account && check.step == Step::AccountAgain);
        let mut row = cut_top(&mut rest, ANSWER);
        let whole = row;
        let mark = cut_left(&mut row, 28.0);
        let (kind, ink) = match (now, answer.value.is_empty()) {
            (true, _) => (Mark::Dot, p.action),
            (false, true) => (Mark::Ring, p.quiet),
            (false, false) => (Mark::Tick, p.good),
        };
        pen.mark(kind, mark.left_center() + vec2(9.0, 0.0), 8.0, ink);
        let hand = Hand::new(size::BODY, if now { p.ink } else { p.quiet });
        let hand = if now { hand.bold() } else { hand };
        let label = scene.say(answer.label);
        pen.paint(row, hand, label);
        let value = scene.tell(&answer.value);
        let value = if value.is_empty() { "–" } else { &value };
        pen.paint(row, Hand::new(size::BODY, p.ink).right(), value);
        pen.name(whole, &format!("{label}: {value}"));
    }
    for concern in &check.concerns {
        let mut row = cut_top(&mut rest, LOOK);
        let mark = cut_left(&mut row, 28.0);
        pen.mark(Mark::Triangle, mark.left_center() + vec2(9.0, 0.0), 9.0, p.danger);
        pen.write(row, Hand::new(size::SMALL, p.danger).bold(), &scene.tell(concern));
    }
    let quiet = pen.quiet();
    let mut foot = cut_bottom(&mut rest, 48.0);
    pen.write(cut_top(&mut foot, 24.0), quiet, &scene.tell(&check.never));
    let kept = match (check.kept_sealed, check.list) {
        _ if scene.view.status.training => words!("Learning: nothing of this check is kept"),
        (false, _) => words!("Only number and amount are kept: no key from central"),
        (true, None) => words!("The account is sealed for central and not kept here"),
        (true, Some((_, minutes))) => {
            words!("The account is sealed. Store list {} h old", minutes / 60)
        }
    };
    let kept = scene.tell(&kept);
    pen.write(foot, quiet, &kept);
}

/// A key an answer; the keyboard has the same keys.
fn show_choices(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    check: &CheckView,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = place;
    for (key, label) in &check.choices {
        let row = cut_top(&mut rest, space::KEY);
        cut_top(&mut rest, space::GAP);
        let shortcut = if *key == '\n' { "Enter".to_owned() } else { key.to_string() };
        let label = scene.tell(label);
        let face = KeyFace { shortcut: &shortcut, ..KeyFace::plain(&label) };
        if pen.key(share(row, 0, 1, 0.0), face) {
            strokes.push(Stroke::Answer(*key));
        }
    }
}

/// What to look at, what goes on the back, and the one key that takes the check.
fn show_take(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    check: &CheckView,
    strokes: &mut Vec<Stroke>,
) {
    let p = pen.palette;
    let mut rest = place;
    let take = cut_bottom(&mut rest, space::PAD_KEY);
    cut_bottom(&mut rest, space::GAP);
    let heading = Hand::new(size::BODY, p.ink).bold();
    pen.write(cut_top(&mut rest, LOOK), heading, scene.say("Look at the check"));
    for look in &check.look {
        let mut row = cut_top(&mut rest, LOOK);
        let mark = cut_left(&mut row, 28.0);
        pen.mark(Mark::Ring, mark.left_center() + vec2(9.0, 0.0), 7.0, p.quiet);
        pen.write(row, Hand::new(size::SMALL, p.ink), &scene.tell(look));
    }
    cut_top(&mut rest, space::GAP);
    pen.write(cut_top(&mut rest, LOOK), heading, scene.say("On its back"));
    for line in &check.endorsement {
        pen.write(cut_top(&mut rest, BACK), Hand::new(15.0, p.ink).mono(), line);
    }
    let face = KeyFace {
        look: Look::Go,
        shortcut: "Enter",
        ..KeyFace::plain(scene.say("Take the check"))
    };
    if pen.key(take, face) {
        strokes.push(Stroke::Enter);
    }
}
