//! The band of a register to learn on: hatched, in words, on every screen.

use egui::{Rect, pos2};

use crate::gui::pen::{Hand, Pen};
use crate::gui::theme::size;

/// How high the band is.
pub(super) const HIGH: f32 = 32.0;

pub(super) fn show(pen: &mut Pen<'_>, band: Rect) {
    let p = pen.palette;
    pen.flood(band, p.amber);
    let mut left = band.left();
    while left < band.right() {
        let stripe = Rect::from_min_max(
            pos2(left, band.top()),
            pos2((left + 12.0).min(band.right()), band.bottom()),
        );
        pen.flood(stripe, p.bar);
        left += 48.0;
    }
    let words = band.shrink2(egui::vec2((band.width() - 620.0).max(0.0) / 2.0, 0.0));
    pen.flood(words, p.amber);
    let hand = Hand::new(size::BODY, p.on_amber).bold().center();
    pen.write(words, hand, pen.say("TRAINING: nothing counts, the drawer stays closed"));
}
