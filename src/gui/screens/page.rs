//! A task page: one painter for all of them.
//!
//! ```text
//!  ┌ title · lead ───────────────────────┐ ┌ question ▌ ─┐
//!  │ columns                             │ │ pad          │   words: a keyboard below all
//!  │ rows, one marked                    │ │ answered     │
//!  └─────────────────────────────────────┘ └ choices ─────┘
//! ```

use egui::{Rect, vec2};

use super::pager::Shown;
use super::sell::figure;
use super::{Scene, entry_line, letters, pad, pager};
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, KeyFace, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top, share};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::{Column, PageAsks, PageView, Row, RowMark};

const HEAD: f32 = 28.0;
const LEAD: f32 = 26.0;
const MARK: f32 = 30.0;
/// How high a page must be for sentences, a list and a keyboard.
const ROOMY: f32 = 600.0;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    page: &PageView,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::WIDE, space::GAP));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 40.0), heading, &scene.tell(&page.title));
    // Where a keyboard leaves a list little room, its rows say more than the sentences above it.
    let asks_words = page.question.is_some_and(|question| question.asks == PageAsks::Text);
    let tight = asks_words && !page.columns.is_empty() && rest.height() < ROOMY;
    for lead in page.lead.iter().filter(|_| !tight) {
        let quiet = pen.quiet();
        let height = pen.paragraph(rest, quiet, &scene.tell(lead));
        cut_top(&mut rest, height.max(LEAD));
    }
    cut_top(&mut rest, space::GAP);
    match page.question.map(|question| question.asks) {
        Some(PageAsks::Text) => {
            let keyboard = cut_bottom(&mut rest, letters::high(pen.ctx().zoom_factor()));
            letters::show(pen, keyboard, strokes);
            cut_bottom(&mut rest, space::GAP);
            let hint = page.question.map_or("", |question| question.hint);
            entry_line::show(pen, cut_bottom(&mut rest, space::ENTRY), scene, scene.say(hint));
            cut_bottom(&mut rest, space::GAP);
        }
        Some(_) => {
            // Beside a list at its right; alone where pads stand on other screens.
            let mut right = if page.columns.is_empty() {
                let left = cut_left(&mut rest, pad::PAD_SIZE.x);
                cut_left(&mut rest, space::WIDE);
                left
            } else {
                let right = cut_right(&mut rest, pad::PAD_SIZE.x);
                cut_right(&mut rest, space::PAD);
                right
            };
            let hint = page.question.map_or("", |question| question.hint);
            entry_line::show(pen, cut_top(&mut right, space::ENTRY), scene, scene.say(hint));
            cut_top(&mut right, space::GAP);
            let point = !matches!(
                page.question.map(|question| question.asks),
                Some(PageAsks::Pin | PageAsks::Digits)
            );
            pad::show(pen, cut_top(&mut right, pad::PAD_SIZE.y), point, strokes);
            cut_top(&mut right, space::GAP);
            if page.rows.is_empty() && page.columns.is_empty() {
                show_answered(pen, &mut rest, page);
            } else {
                show_answered(pen, &mut right, page);
            }
        }
        None if !page.choices.is_empty() => {
            let wide = if page.columns.is_empty() { rest.width() } else { pad::PAD_SIZE.x };
            let right = cut_right(&mut rest, wide);
            cut_right(&mut rest, space::PAD);
            let columns = if page.columns.is_empty() { 2 } else { 1 };
            show_choices(pen, right, scene, page, columns, strokes);
        }
        None => show_answered(pen, &mut rest, page),
    }
    if asks_words {
        show_answered(pen, &mut rest, page);
    }
    if !page.columns.is_empty() {
        show_list(pen, rest, scene, page, strokes);
    }
}

fn show_answered(pen: &mut Pen<'_>, rest: &mut Rect, page: &PageView) {
    for (name, value) in &page.answered {
        let (name, value) = (pen.tell(name), pen.tell(value));
        figure(pen, cut_top(rest, 30.0), &name, &value);
    }
    if !page.answered.is_empty() {
        cut_top(rest, space::GAP);
    }
}

fn show_choices(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    page: &PageView,
    columns: u8,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = place;
    show_answered(pen, &mut rest, page);
    let mut row = Rect::NOTHING;
    for (index, choice) in (0_u8..).zip(&page.choices) {
        if index % columns == 0 {
            row = cut_top(&mut rest, space::KEY);
            cut_top(&mut rest, space::GAP);
        }
        let (shortcut, label) = (index.saturating_add(1).to_string(), scene.tell(&choice.label));
        let key = KeyFace {
            shortcut: &shortcut,
            enabled: choice.enabled,
            points: size::BODY,
            ..KeyFace::plain(&label)
        };
        if pen.key(share(row, index % columns, columns, space::GAP), key) {
            strokes.extend(shortcut.chars().map(Stroke::Char));
        }
    }
}

fn show_list(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    page: &PageView,
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = place;
    if page.tiles && show_tiles(pen, rest, scene, page, strokes) {
        return;
    }
    let mut head = cut_top(&mut rest, HEAD);
    pen.rule(rest);
    if page.rows.is_empty() {
        show_head(pen, head, scene, page);
        let body = pen.body();
        pen.paragraph(rest.shrink(space::PAD), body, &scene.tell(&page.empty));
        return;
    }
    match pen.wheel_rows(rest) {
        0 => {}
        turned if turned < 0 => strokes.push(Stroke::Act(Action::LineUp)),
        _ => strokes.push(Stroke::Act(Action::LineDown)),
    }
    let low = space::row(pen.ctx().zoom_factor());
    let roomy = space::ROW_NEWEST.max(low);
    // Where not all fit, more of them say more than the room around each.
    let all_fit = page.rows.len() <= rows_in(rest.height(), roomy);
    let high = if rest.height() < low * 4.0 || !all_fit { low } else { roomy };
    let fits = rows_in(rest.height(), high);
    // Rows between two sizes are not shown by halves.
    let chosen = scene.desk.chosen.filter(|place| *place < page.rows.len());
    let shown = Shown::of(page.rows.len(), fits, scene.desk.top, chosen);
    let keys = (!shown.is_all()).then(|| pager::cut(pen, &mut rest));
    // As wide as its columns, also beside the keys of a long list.
    head.max.x = rest.max.x;
    show_head(pen, head, scene, page);
    if let Some(keys) = keys {
        pager::show(pen, keys, scene, shown, strokes);
    }
    for (index, row) in page.rows.iter().enumerate().skip(shown.first).take(shown.fits) {
        let place = cut_top(&mut rest, high);
        if show_row(pen, place, scene, page, row, (index, chosen == Some(index))) {
            strokes.push(Stroke::Choose(index));
        }
    }
}

fn show_head(pen: &mut Pen<'_>, mut head: Rect, scene: &Scene<'_>, page: &PageView) {
    cut_left(&mut head, MARK + space::PAD);
    cut_right(&mut head, space::PAD);
    for (column, cell) in page.columns.iter().zip(cells(head, &page.columns)) {
        let quiet = Hand::new(size::SMALL, pen.palette.quiet).bold();
        let hand = if column.figures { quiet.right() } else { quiet };
        pen.write(cell, hand, scene.say(column.title));
    }
}

fn rows_in(height: f32, high: f32) -> usize {
    let mut fits = 0_usize;
    let mut used = high;
    while used <= height {
        fits = fits.saturating_add(1);
        used += high;
    }
    fits
}

/// The rows as tiles, down the first column and then the second; false where they have no room.
fn show_tiles(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    page: &PageView,
    strokes: &mut Vec<Stroke>,
) -> bool {
    let mut a_column = page.rows.len().div_ceil(2).max(1);
    let mut high = 0.0_f32;
    let mut left = place.height();
    // As high as all of them can be, and no higher than a key.
    while high < space::KEY && left >= 0.0 {
        high += 1.0;
        left = (0..a_column).fold(place.height(), |left, _| left - high - space::GAP);
    }
    if high < space::KEY && high - 1.0 < space::row(pen.ctx().zoom_factor()) {
        return false;
    }
    a_column = a_column.max(1);
    let mut columns = [share(place, 0, 2, space::GAP), share(place, 1, 2, space::GAP)];
    for (index, row) in page.rows.iter().enumerate() {
        let column = usize::from(index >= a_column);
        let Some(rest) = columns.get_mut(column) else { continue };
        let tile = cut_top(rest, high);
        cut_top(rest, space::GAP);
        if show_tile(pen, tile, scene, row, (index, scene.desk.chosen == Some(index))) {
            strokes.push(Stroke::Choose(index));
        }
    }
    true
}

fn show_tile(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    row: &Row,
    (index, chosen): (usize, bool),
) -> bool {
    let p = pen.palette;
    pen.fill(place, if chosen { p.newest } else { p.card });
    let (width, edge) = if chosen { (3.0, p.action) } else { (1.0, p.edge) };
    pen.edge(place, width, edge);
    let mut rest = place.shrink2(vec2(space::PAD, 4.0));
    if row.mark == RowMark::Open {
        let mark = cut_right(&mut rest, MARK);
        pen.mark(Mark::Ring, mark.right_center() - vec2(10.0, 0.0), 8.0, p.quiet);
    }
    let cells: Vec<String> = row.cells.iter().map(|cell| scene.tell(cell)).collect();
    let half = rest.height() / 2.0;
    let title = cut_top(&mut rest, half);
    pen.paint(title, pen.body().bold(), cells.first().map_or("", String::as_str));
    let quiet = Hand::new(size::SMALL, p.quiet);
    pen.paint(rest, quiet, cells.get(1).map_or("", String::as_str));
    pen.touch(place, index, &cells.join(" "), chosen)
}

fn show_row(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    page: &PageView,
    row: &Row,
    (index, chosen): (usize, bool),
) -> bool {
    let p = pen.palette;
    let surface = place.shrink2(vec2(0.0, 1.0));
    pen.fill(surface, if chosen { p.newest } else { p.card });
    if chosen {
        pen.edge(surface, 3.0, p.action);
    }
    let mut rest = surface.shrink2(vec2(space::PAD, 0.0));
    let mark = cut_left(&mut rest, MARK);
    let center = mark.left_center() + vec2(10.0, 0.0);
    let said = match row.mark {
        RowMark::Plain => "",
        RowMark::Good => {
            pen.mark(Mark::Tick, center, 9.0, p.good);
            scene.say("done")
        }
        RowMark::Open => {
            pen.mark(Mark::Ring, center, 8.0, p.quiet);
            scene.say("open")
        }
        RowMark::Attention => {
            pen.mark(Mark::Triangle, center, 9.0, p.amber);
            scene.say("look")
        }
        RowMark::Bad => {
            pen.mark(Mark::Stop, center, 9.0, p.danger);
            scene.say("wrong")
        }
    };
    let mut name = String::new();
    let places = cells(rest, &page.columns);
    for ((column, cell), at) in page.columns.iter().zip(&row.cells).zip(places) {
        let text = scene.tell(cell);
        let hand = if chosen { pen.body().bold() } else { pen.body() };
        if column.figures {
            pen.paint(at, hand.right(), &text);
        } else {
            pen.paint_whole(at, hand, &text);
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(&text);
    }
    if !said.is_empty() {
        name.push_str(", ");
        name.push_str(said);
    }
    pen.touch(place, index, &name, chosen)
}

/// The places of a row's cells.
fn cells(row: Rect, columns: &[Column]) -> Vec<Rect> {
    let sum: f32 = columns.iter().map(|column| f32::from(column.share)).sum();
    let width = row.width();
    let mut rest = row;
    columns
        .iter()
        .map(|column| {
            let mut cell = cut_left(&mut rest, width * f32::from(column.share) / sum.max(1.0));
            cut_right(&mut cell, space::GAP);
            cell
        })
        .collect()
}
