//! Before selling and instead of it: the ledger is being opened, or nothing can be recorded.

use egui::{Rect, vec2};

use super::centered;
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_left, cut_top};
use crate::gui::theme::{size, space};
use crate::register::view::Stopped;

pub(super) fn show_starting(pen: &mut Pen<'_>, rest: Rect) {
    let mut place = centered(rest, vec2(640.0, 120.0));
    let heading = pen.heading().center();
    pen.write(cut_top(&mut place, 48.0), heading, pen.say("Opening the ledger and checking it…"));
    let quiet = pen.quiet().center();
    pen.write(
        cut_top(&mut place, 32.0),
        quiet,
        pen.say("Every record is verified before the first sale."),
    );
}

pub(super) fn show(pen: &mut Pen<'_>, rest: Rect, stopped: &Stopped) {
    let p = pen.palette;
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    pen.fill(rest, p.card);
    pen.edge(rest, 3.0, p.danger);
    rest = rest.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let mut head = cut_top(&mut rest, 72.0);
    let mark = cut_left(&mut head, 72.0);
    pen.mark(Mark::Stop, mark.left_center() + vec2(24.0, 0.0), 24.0, p.danger);
    pen.write(head, Hand::new(40.0, p.danger).bold(), pen.say("Stopped: use paper slips"));
    cut_top(&mut rest, space::GAP);
    for (caption, text) in [
        (pen.say("What happened"), &stopped.what),
        (pen.say("What it means for the money"), &stopped.money),
        (pen.say("What to do next"), &stopped.remedy),
    ] {
        let quiet = pen.quiet();
        pen.write(cut_top(&mut rest, 26.0), quiet, caption);
        let text = pen.tell(text);
        let height = pen.paragraph(rest, Hand::new(22.0, p.ink), &text);
        cut_top(&mut rest, height + space::PAD);
    }
    pen.rule(rest);
    cut_top(&mut rest, space::PAD);
    slip(pen, rest);
}

/// What a paper slip needs; the same words wherever one is written.
pub(super) fn slip(pen: &mut Pen<'_>, place: Rect) {
    let mut rest = place;
    let heading = Hand::new(size::HEADING, pen.palette.ink).bold();
    pen.write(cut_top(&mut rest, 36.0), heading, pen.say("On every paper slip"));
    pen.paragraph(
        rest,
        Hand::new(20.0, pen.palette.ink),
        pen.say(
            "Date and time, register, your number. Each item with its price. Total, cash or check \
         number, change. Keep the slips in the drawer: a lead enters them later.",
        ),
    );
}
