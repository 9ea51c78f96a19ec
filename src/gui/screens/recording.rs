//! A slow disk: at 5 s "recording…", at 15 s the paper slip. The window itself never waits.

use egui::{Rect, vec2};

use super::{Scene, stopped};
use crate::domain::words::words;
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_left, cut_top};
use crate::gui::theme::space;

/// From here on the cashier is told that the record is not down yet.
pub(crate) const TELL_AFTER_MS: u64 = 5_000;
/// From here on a paper slip is written.
pub(crate) const SLIP_AFTER_MS: u64 = 15_000;

/// Shows it over the screen when a record has been on its way for too long; true when it did.
pub(super) fn show(pen: &mut Pen<'_>, rest: Rect, scene: &Scene<'_>) -> bool {
    let Some(lasted) = scene.recording_ms().filter(|lasted| *lasted >= TELL_AFTER_MS) else {
        return false;
    };
    let p = pen.palette;
    let slip = lasted >= SLIP_AFTER_MS;
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    pen.fill(rest, p.card);
    pen.edge(rest, 3.0, if slip { p.danger } else { p.amber });
    rest = rest.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let mut head = cut_top(&mut rest, 72.0);
    let mark = cut_left(&mut head, 72.0);
    let color = if slip { p.danger } else { p.ink };
    let (shape, title) = if slip {
        (Mark::Stop, scene.say("Write a paper slip for this sale"))
    } else {
        (Mark::Dot, scene.say("Recording…"))
    };
    pen.mark(shape, mark.left_center() + vec2(24.0, 0.0), 22.0, color);
    pen.write(head, Hand::new(40.0, color).bold(), title);
    cut_top(&mut rest, space::PAD);
    let seconds = lasted / 1000;
    let text = if slip {
        scene.tell(&words!(
            "The disk has not answered for {} s. The sale is not paid until this screen \
             says so. If it is recorded after all, it is one sale: hand the slip to a lead, who \
             compares.",
            seconds
        ))
    } else {
        scene.tell(&words!(
            "The disk is slow: {} s so far. Wait with the drawer and the next customer.",
            seconds
        ))
    };
    let height = pen.paragraph(rest, Hand::new(22.0, p.ink), &text);
    cut_top(&mut rest, height + space::WIDE);
    if slip {
        pen.rule(rest);
        cut_top(&mut rest, space::PAD);
        stopped::slip(pen, rest);
    }
    true
}
