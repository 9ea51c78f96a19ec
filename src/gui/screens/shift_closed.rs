//! A shift was closed: expected against counted, and the difference in words.

use egui::{Rect, vec2};

use super::{Scene, centered};
use crate::domain::money::Money;
use crate::domain::words::words;
use crate::gui::pen::{Hand, KeyFace, Look, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::ShiftClosed;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    closed: &ShiftClosed,
    strokes: &mut Vec<Stroke>,
) {
    let place = centered(rest, vec2(760.0, 400.0));
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let mut head = cut_top(&mut rest, 44.0);
    let mark = cut_left(&mut head, 36.0);
    let good = pen.palette.good;
    pen.mark(Mark::Tick, mark.left_center() + vec2(12.0, 0.0), 12.0, good);
    let heading = pen.heading();
    let sales = if closed.sales == 1 { words!("1 sale") } else { words!("{} sales", closed.sales) };
    pen.write(
        head,
        heading,
        &scene.tell(&words!("Shift {} is closed, with {}", closed.number, sales)),
    );
    cut_top(&mut rest, space::PAD);
    let caption = Hand::new(size::SMALL, pen.palette.quiet);
    row(pen, cut_top(&mut rest, 36.0), ["", scene.say("Expected"), scene.say("Counted")], caption);
    let body = pen.body();
    let money = |amount: Money| scene.money(amount);
    let (cash, checks) = (money(closed.expected_cash), money(closed.expected_checks));
    let (cash_counted, checks_counted) = (money(closed.counted_cash), money(closed.counted_checks));
    pen.rule(rest);
    row(pen, cut_top(&mut rest, 44.0), [scene.say("Cash"), &cash, &cash_counted], body);
    row(pen, cut_top(&mut rest, 44.0), [scene.say("Checks"), &checks, &checks_counted], body);
    pen.rule(rest);
    cut_top(&mut rest, space::GAP);
    let verdict = Hand::new(size::HEADING, pen.palette.ink).bold().right();
    pen.write(cut_top(&mut rest, 56.0), verdict, &over_short(scene, closed.over_short));
    if closed.handed_over {
        let quiet = pen.quiet();
        let next = scene.say("The drawer stays for the next cashier, who signs in and confirms it");
        pen.write(cut_top(&mut rest, 30.0), quiet, next);
    }
    let foot = cut_bottom(&mut rest, space::KEY);
    let mut foot = foot;
    let face = KeyFace {
        look: Look::Go,
        shortcut: "Enter",
        ..KeyFace::plain(scene.say("Done, sign out"))
    };
    if pen.key(cut_right(&mut foot, 240.0), face) {
        strokes.push(Stroke::Enter);
    }
}

fn row(pen: &mut Pen<'_>, mut place: Rect, [name, expected, counted]: [&str; 3], hand: Hand) {
    let whole = place;
    let wide = 190.0;
    pen.paint(cut_right(&mut place, wide), hand.right(), counted);
    pen.paint(cut_right(&mut place, wide), hand.right(), expected);
    pen.paint(place, hand, name);
    let spoken = [name, expected, counted].join(" ");
    pen.name(whole, spoken.trim());
}

fn over_short(scene: &Scene<'_>, difference: Money) -> String {
    match difference.minor() {
        0 => scene.say("It agrees to the cent").to_owned(),
        ..0 => {
            let short = difference.negated().unwrap_or(difference);
            scene.tell(&words!("{} short", scene.money(short)))
        }
        _ => scene.tell(&words!("{} over", scene.money(difference))),
    }
}
