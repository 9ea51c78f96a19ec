//! The store's fast items as tiles: what has no bar code, by picture, digit or letter.

use egui::{Rect, pos2, vec2};

use super::Scene;
use crate::gui::pen::{Hand, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_top, share};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::finder::FastItem;

const COLUMNS: u8 = 6;
const ROWS: f32 = 4.0;

pub(super) fn show(pen: &mut Pen<'_>, rest: Rect, scene: &Scene<'_>, strokes: &mut Vec<Stroke>) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    rest.max.y += space::GAP;
    let mut head = cut_top(&mut rest, 40.0);
    let title = cut_left(&mut head, 420.0);
    let heading = pen.heading();
    pen.write(title, heading, scene.say("Fast items"));
    let quiet = pen.quiet().right();
    let hint = scene.say("Press a tile or its key; 3* on the sale makes it three");
    pen.write(head, quiet, hint);
    cut_top(&mut rest, space::GAP);
    if scene.desk.found.fast.is_empty() {
        let body = pen.body();
        pen.paragraph(rest, body, scene.say("This store's price file has no fast items yet."));
        return;
    }
    // Few items get large tiles, a full page smaller ones.
    let rows = scene.desk.found.fast.len().div_ceil(usize::from(COLUMNS));
    let rows = u8::try_from(rows).map_or(ROWS, f32::from).max(2.0);
    let high = (rest.height() - space::GAP * (rows - 1.0)) / rows;
    let mut row = Rect::NOTHING;
    for (index, item) in (0_u8..).zip(scene.desk.found.fast.iter()) {
        if index % COLUMNS == 0 {
            row = cut_top(&mut rest, high);
            cut_top(&mut rest, space::GAP);
        }
        let tile = share(row, index % COLUMNS, COLUMNS, space::GAP);
        if show_tile(pen, tile, scene, item) {
            strokes.push(Stroke::Char(item.key));
        }
    }
}

fn show_tile(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, item: &FastItem) -> bool {
    let p = pen.palette;
    let weight = if item.item.weighed {
        format!("/{}", scene.view.status.weight_unit)
    } else {
        String::new()
    };
    let price = format!("{}{weight}", item.item.price);
    let spoken = format!("{} {} {price}", item.key, item.label);
    let pressed = pen.tile(place, item.key, &spoken);
    let mut rest = place.shrink2(vec2(space::GAP, space::GAP));
    let hint = Hand::new(size::SMALL, p.quiet).mono();
    let key = item.key.to_ascii_uppercase().to_string();
    pen.paint(Rect::from_min_size(rest.min, vec2(24.0, 22.0)), hint, &key);
    let foot = cut_bottom(&mut rest, 22.0);
    pen.paint(foot, Hand::new(size::SMALL, p.quiet).center(), &price);
    let label = cut_bottom(&mut rest, 26.0);
    pen.paint(label, Hand::new(size::BODY, p.ink).bold().center(), &item.label);
    let side = rest.width().min(rest.height()) - 4.0;
    let picture = Rect::from_center_size(rest.center(), vec2(side, side));
    let drawn = item.picture.as_ref().is_some_and(|png| pen.picture(picture, &item.item.code, png));
    if !drawn {
        plain_tile(pen, picture, item);
    }
    pressed
}

/// Without a picture: the first letters on a disc in the department's colour.
fn plain_tile(pen: &Pen<'_>, place: Rect, item: &FastItem) {
    let (fill, ink) = pen.palette.department(item.item.department);
    pen.disc(pos2(place.center().x, place.center().y), place.width() / 2.0 - 2.0, fill);
    let letters: String =
        item.label.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    let points = (place.height() * 0.4).min(size::ENTRY);
    pen.paint(place, Hand::new(points, ink).bold().center(), &letters);
}
