//! Instead of a screen that failed: what it means for the money, and one large key.
//!
//! It looks at nothing but the fault itself, since whatever the till shows may be what failed.

use egui::{Rect, vec2};

use super::centered;
use crate::gui::faults::{Failed, Way};
use crate::gui::pen::{Hand, KeyFace, Look, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::theme::{size, space};

/// Draws it over the whole window; gives back what was pressed.
pub fn show(pen: &mut Pen<'_>, whole: Rect, failed: Failed) -> Option<Way> {
    pen.flood(whole, pen.palette.paper);
    let place = centered(whole, vec2(900.0, 500.0));
    pen.card(place);
    pen.edge(place, 3.0, pen.palette.danger);
    let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let mut head = cut_top(&mut rest, 64.0);
    let (danger, ink) = (pen.palette.danger, pen.palette.ink);
    let mark = cut_left(&mut head, 64.0);
    pen.mark(Mark::Stop, mark.left_center() + vec2(22.0, 0.0), 22.0, danger);
    let title = if failed.again {
        pen.say("This screen failed again")
    } else {
        pen.say("This screen failed")
    };
    pen.write(head, Hand::new(36.0, danger).bold(), title);
    let foot = cut_bottom(&mut rest, space::KEY * 1.4);
    let pressed = keys(pen, foot, failed);
    cut_top(&mut rest, space::GAP);
    let mut say = |pen: &mut Pen<'_>, text: &str, color| {
        let height = pen.paragraph(rest, Hand::new(size::HEADING - 3.0, color), text);
        cut_top(&mut rest, height + space::PAD);
    };
    let text = pen.say("Nothing that was recorded is lost, and the sale in hand is kept as it is.");
    say(pen, text, ink);
    let text = pen.say(
        "What was keyed or scanned in the last moment may be missing: look at the sale before you \
         go on. What does not say PAID is not paid.",
    );
    say(pen, text, ink);
    if failed.missed {
        let text = pen.say("What was just scanned or keyed was not taken.");
        say(pen, text, danger);
    }
    if failed.again {
        let text = pen.say(
            "Leave this screen, or use another register or a paper slip. Tell IT: a fault of the \
             program is in its log.",
        );
        say(pen, text, ink);
    }
    pressed
}

fn keys(pen: &mut Pen<'_>, mut foot: Rect, failed: Failed) -> Option<Way> {
    let look = |go| if go { Look::Go } else { Look::Plain };
    let mut pressed = None;
    let on = if failed.again { pen.say("Try again") } else { pen.say("Go on") };
    let face = KeyFace {
        shortcut: "Enter",
        look: look(!failed.again),
        points: size::HEADING,
        ..KeyFace::plain(on)
    };
    if pen.key(cut_right(&mut foot, 300.0), face) {
        pressed = Some(Way::On);
    }
    if failed.again {
        let face = KeyFace {
            shortcut: "Esc",
            look: look(true),
            points: size::HEADING,
            ..KeyFace::plain(pen.say("Leave this screen"))
        };
        if pen.key(cut_left(&mut foot, 400.0), face) {
            pressed = Some(Way::Out);
        }
    }
    pressed
}
