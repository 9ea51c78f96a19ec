//! A paid sale: which of its items come back, or all of it.

use egui::{Rect, vec2};

use super::Scene;
use crate::gui::pen::Pen;
use crate::gui::plan::{cut_right, cut_top};
use crate::gui::theme::space;
use crate::register::view::ReceiptView;

/// The rows that fit without scrolling.
const ROWS_MAX: usize = 14;

pub(super) fn show(pen: &mut Pen<'_>, rest: Rect, scene: &Scene<'_>, receipt: &ReceiptView) {
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    let title = format!("Sale {} of {}", receipt.number, scene.money(receipt.total));
    pen.write(cut_top(&mut rest, 48.0), heading, &title);
    pen.rule(rest);
    for line in receipt.lines.iter().take(ROWS_MAX) {
        let mut row = cut_top(&mut rest, 44.0);
        let amount = cut_right(&mut row, 160.0);
        let (body, right) = (pen.body(), pen.body().right());
        pen.write(row, body, &format!("{} \u{d7} {}", line.sold, line.name));
        pen.write(amount, right, &scene.money(line.amount));
    }
}
