//! The sale: entry line, lines, totals. Built for forty scans a minute.
//!
//! ```text
//!  ┌ entry ───────────────────────┐ ┌ totals ──────┐
//!  │ 1  Ground coffee 24 oz 11.49 │ │ Items      4 │
//!  │ 2  Dish soap            3.21 │ │ Subtotal     │
//!  │ 3  newest, larger      29.59 │ │ Tax          │
//!  │                              │ │ To pay 44.29 │
//!  └──────────────────────────────┘ └──────────────┘
//! ```

use egui::{Rect, vec2};

use super::{Scene, entry_line, print_now, sell_open};
use crate::domain::sale::PriceSource;
use crate::domain::words::words;
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, KeyFace, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::{LineView, Sell};

const TOTALS_WIDE: f32 = 400.0;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    sell: &Sell,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    rest.max.y += space::GAP;
    let totals = cut_right(&mut rest, TOTALS_WIDE);
    cut_right(&mut rest, space::PAD);
    let mut entry = cut_top(&mut rest, space::ENTRY);
    for action in [Action::FastItems, Action::FindItem] {
        let name = format!("{} {}", action.key_name(), scene.say(action.label()));
        let face = KeyFace {
            shortcut: action.key_name(),
            name: &name,
            points: size::SMALL,
            ..KeyFace::plain(scene.say(action.label()))
        };
        if pen.key(cut_right(&mut entry, 120.0), face) {
            strokes.push(Stroke::Act(action));
        }
        cut_right(&mut entry, space::GAP);
    }
    entry_line::show(pen, entry, scene, scene.say("Scan or type a code"));
    cut_top(&mut rest, space::GAP);
    if let Some(last) = &sell.print_now {
        print_now::show(pen, rest, scene, last, strokes);
    } else if sell.is_empty() {
        empty(pen, rest, scene);
    } else {
        sell_open::show(pen, &mut rest, sell);
        lines(pen, rest, scene, sell, strokes);
    }
    show_totals(pen, totals, scene, sell);
}

fn empty(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>) {
    let mut rest = place.shrink2(vec2(space::PAD, space::PAD));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 48.0), heading, pen.say("Ready for the first item"));
    for (typed, meaning) in [
        ("4011", scene.say("a code without a bar code")),
        ("3*4011", scene.say("three of it")),
        ("0.65*4011", scene.say("by weight")),
        ("3*", scene.say("three of the last item")),
    ] {
        let mut row = cut_top(&mut rest, 34.0);
        let mono = Hand::new(size::BODY, pen.palette.ink).mono();
        let at = cut_left(&mut row, 130.0);
        pen.write(at, mono, typed);
        let quiet = pen.quiet();
        pen.write(row, quiet, meaning);
    }
    let waiting = scene.view.status.suspended.len();
    if waiting > 0 {
        cut_top(&mut rest, space::PAD);
        let body = pen.body();
        let text = scene.tell(&words!("F7: {} put aside", waiting));
        pen.write(cut_top(&mut rest, 34.0), body, &text);
    }
}

/// The lines that fit, the newest at the end, the chosen one always among them.
fn lines(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    sell: &Sell,
    strokes: &mut Vec<Stroke>,
) {
    match pen.wheel_rows(place) {
        0 => {}
        turned if turned < 0 => strokes.push(Stroke::Act(Action::LineUp)),
        _ => strokes.push(Stroke::Act(Action::LineDown)),
    }
    let count = sell.lines.len();
    let newest = count.saturating_sub(1);
    let row_high = space::row(pen.ctx().zoom_factor());
    let first = first_shown(count, rows_that_fit(place.height(), row_high), scene.desk.chosen);
    let mut rest = place;
    for (index, line) in sell.lines.iter().enumerate().skip(first) {
        let height = if index == newest { space::ROW_NEWEST } else { row_high };
        if rest.height() < height {
            // A cut row would look like the end of the sale.
            let hidden = count.saturating_sub(index);
            let quiet = pen.quiet();
            pen.write(
                rest.shrink2(vec2(space::PAD, 0.0)),
                quiet,
                &scene.tell(&words!("{} below", hidden)),
            );
            return;
        }
        let row = cut_top(&mut rest, height);
        let above = if index == first { first } else { 0 };
        show_line(pen, row, scene, &Row { line, index, newest: index == newest, above }, strokes);
    }
}

/// How many plain rows fit beside the larger newest one.
fn rows_that_fit(height: f32, row_high: f32) -> usize {
    let mut fits = 1_usize;
    let mut used = space::ROW_NEWEST + row_high;
    while used <= height {
        fits = fits.saturating_add(1);
        used += row_high;
    }
    fits
}

/// The first line on show: the last ones, unless a chosen one is further up.
fn first_shown(count: usize, fits: usize, chosen: Option<usize>) -> usize {
    let stuck = count.saturating_sub(fits);
    chosen.map_or(stuck, |chosen| stuck.min(chosen.saturating_sub(1)))
}

struct Row<'a> {
    line: &'a LineView,
    index: usize,
    newest: bool,
    above: usize,
}

fn show_line(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    row: &Row<'_>,
    strokes: &mut Vec<Stroke>,
) {
    let p = pen.palette;
    let line = row.line;
    let chosen = scene.desk.chosen == Some(row.index);
    let surface = place.shrink2(vec2(0.0, 1.0));
    if row.newest && !line.voided {
        pen.fill(surface, p.newest);
    } else {
        pen.fill(surface, p.card);
    }
    if chosen {
        pen.edge(surface, 3.0, p.action);
    }
    let ink = if line.voided { p.quiet } else { p.ink };
    let points = if row.newest { size::HEADING } else { size::BODY };
    let mut rest = surface.shrink2(vec2(space::PAD, 0.0));
    let number = row.index.saturating_add(1).to_string();
    pen.paint(cut_left(&mut rest, 48.0), Hand::new(size::SMALL, p.quiet), &number);
    let amount = scene.money(line.amount);
    let money = Hand::new(points, ink).right().struck(line.voided);
    let money = if row.newest { money.bold() } else { money };
    pen.paint(cut_right(&mut rest, 130.0), money, &amount);
    let aside = aside(scene, line, row.above);
    if !aside.is_empty() {
        let hand = Hand::new(size::SMALL, p.quiet).right();
        pen.paint(cut_right(&mut rest, 210.0), hand, &aside);
        cut_right(&mut rest, space::GAP);
    }
    pen.paint(rest, Hand::new(points, ink).struck(line.voided), &line.name);
    let spoken = format!("{number} {} {aside} {amount}", line.name);
    if pen.touch(place, row.index, &spoken, chosen) {
        strokes.push(Stroke::Choose(row.index));
    }
}

/// What stands between name and amount: how many at what price, a return, a line taken back.
fn aside(scene: &Scene<'_>, line: &LineView, above: usize) -> String {
    let unit = if line.weighed {
        format!("{} {}", line.quantity, scene.view.status.weight_unit)
    } else {
        line.quantity.to_string()
    };
    let many = line.weighed || line.quantity != crate::domain::quantity::Quantity::ONE;
    let mut words = Vec::new();
    if line.voided {
        words.push(scene.say("taken back").to_owned());
    } else if line.amount.is_negative() {
        words.push(scene.say("return").to_owned());
    }
    if let Some(was) = line.price_was {
        words.push(scene.tell(&words!("was {}", was)));
    }
    if many {
        words.push(match line.price_source {
            PriceSource::Label => unit,
            PriceSource::Pack | PriceSource::Keyed => format!("{unit} × {}", line.unit_price),
        });
    }
    if above > 0 {
        words.push(scene.tell(&words!("{} above", above)));
    }
    words.join(", ")
}

fn show_totals(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, sell: &Sell) {
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE, space::PAD));
    figure(pen, cut_top(&mut rest, 38.0), scene.say("Items"), &sell.item_count.to_string());
    figure(pen, cut_top(&mut rest, 38.0), scene.say("Subtotal"), &scene.money(sell.subtotal));
    let mut to_pay = cut_bottom(&mut rest, 124.0);
    if let Some(years) = sell.age_to_ask {
        let text = scene.tell(&words!("ID check: {} or older", years));
        sell_open::banner(pen, cut_bottom(&mut rest, 44.0), &text);
    }
    if sell.exempt {
        figure(pen, cut_top(&mut rest, 38.0), scene.say("Tax"), scene.say("exempt"));
    }
    for tax in &sell.taxes {
        let name = scene.tell(&words!("Tax {} {} %", tax.code.as_str(), tax.rate.to_string()));
        figure(pen, cut_top(&mut rest, 38.0), &name, &scene.money(tax.amount));
    }
    pen.rule(to_pay);
    cut_top(&mut to_pay, space::GAP);
    let refund = sell.total.is_negative();
    let caption = if refund { scene.say("To give back") } else { scene.say("To pay") };
    let body = pen.body();
    pen.write(cut_top(&mut to_pay, 36.0), body, caption);
    let total = Hand::new(size::TOTAL, pen.palette.ink).bold().right();
    pen.write(to_pay, total, &scene.money(sell.total));
}

/// A name to the left, its figure to the right.
pub(super) fn figure(pen: &mut Pen<'_>, mut row: Rect, name: &str, value: &str) {
    let figure = pen.body().right();
    let whole = row;
    let used = pen.paint(row, figure, value);
    cut_right(&mut row, used.width() + space::GAP);
    let body = Hand::new(size::BODY, pen.palette.quiet);
    pen.paint(row, body, name);
    pen.name(whole, &format!("{name}: {value}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_line_is_on_show_until_another_is_chosen() {
        assert_eq!(first_shown(3, 8, None), 0);
        assert_eq!(first_shown(20, 8, None), 12);
        assert_eq!(first_shown(20, 8, Some(15)), 12);
        assert_eq!(first_shown(20, 8, Some(4)), 3);
    }
}
