//! Finding an item by words of its name, and the price check: the same rows, another meaning.
//!
//! ```text
//!  ┌ entry: jalap ─────────────────────────┐ ┌ price check only ─┐
//!  │ Jalapeño peppers       4693  $1.99/lb │ │ Jalapeño peppers  │
//!  │ Pickled jalapeños 12 oz …       $2.49 │ │           $1.99   │
//!  └ 2 of 2 ───────────────────────────────┘ └ per lb ───────────┘
//! ```

use egui::{Rect, vec2};

use super::sell::figure;
use super::{Scene, entry_line};
use crate::domain::words::words;
use crate::gui::desk::Finding;
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::finder::{FinderState, FoundItem};

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    finding: &Finding,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    rest.max.y += space::GAP;
    if finding.price_only {
        let price = cut_right(&mut rest, 420.0);
        cut_right(&mut rest, space::PAD);
        show_price(pen, price, scene);
    }
    let hint = if finding.price_only {
        scene.say("Price check: scan, or type a word")
    } else {
        scene.say("Find: words of the name, or digits")
    };
    entry_line::show(pen, cut_top(&mut rest, space::ENTRY), scene, hint);
    cut_top(&mut rest, space::GAP);
    let foot = cut_bottom(&mut rest, 32.0);
    show_rows(pen, rest, scene, finding, strokes);
    let quiet = pen.quiet();
    pen.write(foot, quiet, &below(scene, finding));
}

/// What stands below the rows: how many there are, and what a key does.
fn below(scene: &Scene<'_>, finding: &Finding) -> String {
    let found = &scene.desk.found;
    match (found.state, found.items.len()) {
        (FinderState::Reading, _) => scene.say("Reading the names…").to_owned(),
        (FinderState::Nothing, _) => scene.say("There is no price file to search").to_owned(),
        (FinderState::Ready, 0) if scene.desk.query().is_some_and(|query| query.is_empty()) => {
            scene.say("Type a few letters; accents and the order do not matter").to_owned()
        }
        (FinderState::Ready, 0) => scene.say("No item has these words").to_owned(),
        (FinderState::Ready, shown) => {
            let count = words!("{} of {}", finding.chosen.saturating_add(1), found.total);
            let more = if found.total > shown {
                words!("{}; another word makes it fewer", count)
            } else if finding.price_only {
                words!("{}; nothing is added here", count)
            } else {
                words!("{}; Enter adds the marked one", count)
            };
            scene.tell(&more)
        }
    }
}

fn show_rows(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    finding: &Finding,
    strokes: &mut Vec<Stroke>,
) {
    match pen.wheel_rows(place) {
        0 => {}
        turned if turned < 0 => strokes.push(Stroke::Act(Action::LineUp)),
        _ => strokes.push(Stroke::Act(Action::LineDown)),
    }
    let row_high = space::ROW_NEWEST.max(space::row(pen.ctx().zoom_factor()));
    let mut fits = 1_usize;
    let mut used = row_high * 2.0;
    while used <= place.height() {
        fits = fits.saturating_add(1);
        used += row_high;
    }
    // The chosen row stays in sight, and a page goes on where the one before ended.
    let first = finding.chosen.saturating_sub(fits.saturating_sub(1));
    let mut rest = place;
    for (index, item) in scene.desk.found.items.iter().enumerate().skip(first).take(fits) {
        let row = cut_top(&mut rest, row_high);
        if show_row(pen, row, scene, item, (index, index == finding.chosen)) {
            strokes.push(Stroke::Choose(index));
        }
    }
}

fn show_row(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    item: &FoundItem,
    (index, chosen): (usize, bool),
) -> bool {
    let p = pen.palette;
    let surface = place.shrink2(vec2(0.0, 1.0));
    pen.fill(surface, if chosen { p.newest } else { p.card });
    if chosen {
        pen.edge(surface, 3.0, p.action);
    }
    let mut rest = surface.shrink2(vec2(space::PAD, 0.0));
    let price = price(scene, item);
    let hand = pen.body().right();
    let hand = if chosen { hand.bold() } else { hand };
    pen.paint(cut_right(&mut rest, 150.0), hand, &price);
    let department = department(scene, item);
    let quiet = Hand::new(size::SMALL, p.quiet);
    pen.paint(cut_right(&mut rest, 190.0), quiet.right(), &department);
    cut_right(&mut rest, space::GAP);
    let code = item.code.trim_start_matches('0');
    pen.paint(cut_left(&mut rest, 168.0), quiet.mono(), code);
    pen.paint(rest, pen.body(), &item.name);
    pen.touch(place, index, &format!("{} {code} {department} {price}", item.name), chosen)
}

fn price(scene: &Scene<'_>, item: &FoundItem) -> String {
    let price = format!("${}", item.price);
    let sign = scene.money(crate::domain::money::Money::ZERO);
    // The currency's own sign, since a unit price may have more decimals than money has.
    let price = if sign.starts_with('$') { price } else { item.price.to_string() };
    if item.weighed { format!("{price}/{}", scene.view.status.weight_unit) } else { price }
}

fn department(scene: &Scene<'_>, item: &FoundItem) -> String {
    let named = scene.view.status.departments.iter().find(|d| d.number == item.department);
    named.map_or_else(
        || scene.tell(&words!("Department {}", item.department)),
        |department| department.name.clone(),
    )
}

/// One item's price in the largest figures.
fn show_price(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>) {
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE, space::WIDE));
    let Some(item) = scene.desk.found_item() else {
        let quiet = pen.quiet();
        pen.paragraph(rest, quiet, scene.say("The price of the marked item stands here."));
        return;
    };
    let heading = pen.heading();
    let height = pen.paragraph(rest, heading, &item.name);
    cut_top(&mut rest, height + space::PAD);
    let text = price(scene, item);
    let points = if text.chars().count() > 7 { size::TOTAL } else { size::GIANT };
    let giant = Hand::new(points, pen.palette.ink).bold().right();
    pen.write(cut_top(&mut rest, 112.0), giant, &text);
    pen.rule(rest);
    cut_top(&mut rest, space::GAP);
    let each = if item.weighed { scene.say("by weight") } else { scene.say("each") };
    figure(pen, cut_top(&mut rest, 36.0), scene.say("Sold"), each);
    figure(pen, cut_top(&mut rest, 36.0), scene.say("Code"), item.code.trim_start_matches('0'));
    figure(pen, cut_top(&mut rest, 36.0), scene.say("Department"), &department(scene, item));
    if let Some(years) = item.age_min {
        let years = scene.tell(&words!("{} or older", years));
        figure(pen, cut_top(&mut rest, 36.0), scene.say("Age"), &years);
    }
}
