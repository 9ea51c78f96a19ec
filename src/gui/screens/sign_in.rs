//! Nobody is signed in: a number or a badge, a PIN, and what can be done here today.

use egui::{Rect, vec2};

use super::{Scene, card_help, entry_line, no_prices, pad};
use crate::domain::words::words;
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_left, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::SignIn;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    sign_in: &SignIn,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let mut left = cut_left(&mut rest, pad::PAD_SIZE.x);
    cut_left(&mut rest, space::WIDE);
    pen.card(rest);
    let whole = rest;
    let mut rest = rest.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let heading = pen.heading();
    pen.write(cut_top(&mut left, 40.0), heading, scene.say("Sign in"));
    let hint = match (&scene.desk.person, scene.view.status.badges) {
        (Some(_), _) => scene.say("PIN"),
        (None, true) => scene.say("Your badge or number"),
        (None, false) => scene.say("Your number"),
    };
    entry_line::show(pen, cut_top(&mut left, space::ENTRY), scene, hint);
    cut_top(&mut left, space::PAD);
    pad::show(pen, left, false, strokes);
    if let Some(why) = &sign_in.no_prices {
        return no_prices::show(pen, whole, scene, why);
    }
    state(pen, cut_top(&mut rest, 40.0), scene, sign_in);
    cut_top(&mut rest, space::GAP);
    card_help::show_today(pen, rest, scene);
}

/// What keeps the next try waiting, or whose number was keyed.
fn state(pen: &mut Pen<'_>, row: Rect, scene: &Scene<'_>, sign_in: &SignIn) {
    let p = pen.palette;
    let locked_ms = sign_in.locked_until_ms.map_or(0, |until| until.saturating_sub(scene.now_ms));
    let (mark, text) = if locked_ms > 0 {
        let seconds = locked_ms.div_ceil(1000);
        (
            Some(Mark::Stop),
            scene.tell(&words!("Too many tries. Wait {} s, or use another register", seconds)),
        )
    } else if sign_in.checking {
        (Some(Mark::Dot), scene.say("Checking the PIN…").to_owned())
    } else if sign_in.basket_waits {
        (Some(Mark::Triangle), scene.say("A sale waits here for its cashier").to_owned())
    } else if let (Some(person), Some(_)) = (&scene.desk.person, &scene.desk.badge) {
        (None, scene.tell(&words!("Badge of {}. Now the PIN", person.as_str())))
    } else if let Some(person) = &scene.desk.person {
        (None, scene.tell(&words!("Number {}. Esc for another one", person.as_str())))
    } else {
        (None, scene.say("What I can do today").to_owned())
    };
    let mut words = row;
    if let Some(mark) = mark {
        let at = cut_left(&mut words, 32.0);
        let color = if mark == Mark::Stop { p.danger } else { p.ink };
        pen.mark(mark, at.left_center() + vec2(11.0, 0.0), 10.0, color);
    }
    pen.write(words, Hand::new(size::HEADING, p.ink).bold(), &text);
}
