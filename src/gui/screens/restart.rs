//! After the program ended in the middle of something: what is recorded and what is not.
//!
//! Without this screen a cashier rings a sale twice.

use egui::{Rect, vec2};

use super::status_bar::hour_minute;
use super::{Scene, centered};
use crate::domain::words::words;
use crate::gui::pen::{Hand, KeyFace, Look, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::Restart;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    restart: &Restart,
    strokes: &mut Vec<Stroke>,
) {
    // What is to be compared or asked is said beside what was found.
    let asks = restart.compare.is_some() || restart.given_up;
    let more = asks && !restart.findings.is_empty();
    let height = if more { rest.height().min(600.0) } else { 468.0 };
    let place = centered(rest, vec2(960.0, height));
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let heading = Hand::new(32.0, pen.palette.ink).bold();
    pen.write(cut_top(&mut rest, 52.0), heading, scene.say("The register was interrupted"));
    let mut foot = cut_bottom(&mut rest, space::KEY);
    let quiet = pen.quiet();
    let face = KeyFace {
        look: Look::Go,
        shortcut: "Enter",
        ..KeyFace::plain(scene.say("I have read this"))
    };
    if pen.key(cut_right(&mut foot, 260.0), face) {
        strokes.push(Stroke::Enter);
    }
    if restart.compare.is_none() {
        pen.write(foot, quiet, scene.say("Nothing of this needs to be keyed again."));
    }
    cut_top(&mut rest, space::PAD);
    pen.rule(rest);
    cut_top(&mut rest, space::WIDE);
    match &restart.last_sale {
        Some(sale) => {
            let (total, change) = (scene.money(sale.total), scene.money(sale.change));
            let text = scene.tell(&words!(
                "Sale {}, {}, was recorded as PAID at {}. Change: {}",
                sale.number,
                total,
                hour_minute(sale.at),
                change
            ));
            statement(pen, &mut rest, Mark::Tick, &text);
        }
        None if restart.given_up => statement(
            pen,
            &mut rest,
            Mark::Ring,
            scene.say("No sale of the journal before can be shown here"),
        ),
        None => statement(
            pen,
            &mut rest,
            Mark::Ring,
            scene.say("No sale is recorded on this register yet"),
        ),
    }
    let open = match restart.open_basket_total {
        Some(total) if restart.given_up => (
            Mark::Triangle,
            scene.tell(&words!(
                "A sale of {} is open again. Whether it was paid can't be seen here: ask before \
                 money is taken",
                scene.money(total)
            )),
        ),
        Some(total) => (
            Mark::Triangle,
            scene.tell(&words!("A sale of {} was not paid. It is open again", scene.money(total))),
        ),
        None => (Mark::Ring, scene.say("No sale was open").to_owned()),
    };
    statement(pen, &mut rest, open.0, &open.1);
    if let Some(compare) = &restart.compare {
        statement(pen, &mut rest, Mark::Triangle, &scene.tell(compare));
    }
    for finding in &restart.findings {
        statement(pen, &mut rest, Mark::Dot, &scene.tell(finding));
    }
}

fn statement(pen: &mut Pen<'_>, rest: &mut Rect, mark: Mark, text: &str) {
    let mut row = *rest;
    let at = cut_left(&mut row, 40.0);
    let color = if mark == Mark::Tick { pen.palette.good } else { pen.palette.ink };
    let radius = if mark == Mark::Dot { 5.0 } else { 11.0 };
    pen.mark(mark, at.left_top() + vec2(12.0, 14.0), radius, color);
    let hand = Hand::new(size::HEADING - 4.0, pen.palette.ink);
    let height = pen.paragraph(row, hand, text);
    cut_top(rest, height + space::PAD);
}
