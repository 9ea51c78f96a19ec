//! The receipt of a store that prints none: the customer reads it here and takes a picture of its
//! square, black on white in every theme.

use egui::{Color32, Rect, pos2, vec2};

use super::Scene;
use crate::domain::words::words;
use crate::gui::pen::{Hand, Pen};
use crate::gui::plan::{cut_bottom, cut_top};
use crate::gui::theme::space;
use crate::register::view::{PaperView, QrMatrix};

/// As large as 48 columns allow in the column beside the change.
const POINTS: f32 = 12.0;
const ROW: f32 = 15.0;
/// The light border a reader needs, in modules.
const BORDER: f32 = 4.0;
const SQUARE: f32 = 116.0;
/// The same where there is room for it.
const SQUARE_LARGE: f32 = 190.0;

pub(super) fn show(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>, paper: &PaperView) {
    pen.fill(place, Color32::WHITE);
    let mut rest = place.shrink2(vec2(space::PAD, space::GAP));
    let back = scene.desk.paper_page;
    // A large sale's codes are turned with the pages: the first one at the end of the receipt.
    let last = paper.codes.len().saturating_sub(1);
    if let Some(code) = paper.codes.get(back.min(last)) {
        let words = paper.lines.iter().fold(0.0, |sum: f32, _| sum + ROW);
        // Three points a module where the column is wide enough: phones read it easily then.
        let points = if modules(code) * 3.0 <= rest.width() { 3.0 } else { 2.0 };
        let least = modules(code) * points;
        let large = words + SQUARE_LARGE <= rest.height();
        let square = if large { SQUARE_LARGE } else { SQUARE };
        let square = cut_bottom(&mut rest, square.max(least));
        show_square(pen, square, code);
    }
    let mut room = 0_usize;
    let mut left = rest.height() - ROW;
    while left > 0.0 {
        room = room.saturating_add(1);
        left -= ROW;
    }
    let mut foot = None;
    if paper.lines.len() > room || paper.codes.len() > 1 {
        foot = Some(cut_bottom(&mut rest, ROW));
        room = room.saturating_sub(1);
    }
    let pages = paper.lines.len().div_ceil(room.max(1)).max(paper.codes.len()).max(1);
    let page = pages.saturating_sub(back.min(pages.saturating_sub(1)));
    // Where not all fits, the end comes first: total, change and proof.
    let hidden = room.saturating_mul(back.min(pages.saturating_sub(1)));
    let end = paper.lines.len().saturating_sub(hidden).max(room.min(paper.lines.len()));
    let hand = Hand::new(POINTS, Color32::BLACK).mono();
    for line in paper.lines.iter().take(end).skip(end.saturating_sub(room)) {
        pen.paint(cut_top(&mut rest, ROW), hand, line);
    }
    if let Some(foot) = foot {
        let words = words!("Page {} of {}: Page Up, Page Down", page, pages);
        let hand = Hand::new(POINTS, Color32::BLACK).bold();
        pen.write(foot, hand, &scene.tell(&words));
    }
    let all: Vec<&str> = paper.lines.iter().map(|line| line.trim()).collect();
    pen.name(place, &all.join("\n"));
}

fn show_square(pen: &Pen<'_>, place: Rect, qr: &QrMatrix) {
    let modules = modules(qr);
    // Whole points a module: a blurred square is hard to read.
    let module = (place.height() / modules).floor().max(2.0);
    let side = module * modules;
    let corner = pos2(place.center().x - side / 2.0, place.top());
    let mut top = corner.y + BORDER * module;
    for row in qr.rows() {
        let mut left = corner.x + BORDER * module;
        for dark in row {
            if *dark {
                let dot = Rect::from_min_size(pos2(left, top), vec2(module, module));
                pen.flood(dot, Color32::BLACK);
            }
            left += module;
        }
        top += module;
    }
}

/// Modules a side with the light border.
fn modules(qr: &QrMatrix) -> f32 {
    qr.rows().fold(0.0, |sum: f32, _| sum + 1.0) + 2.0 * BORDER
}
