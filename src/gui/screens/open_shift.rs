//! A shift is opened with a counted float.

use egui::{Rect, vec2};

use super::{Scene, entry_line, pad};
use crate::domain::words::words;
use crate::gui::pen::Pen;
use crate::gui::plan::{cut_left, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::space;

pub(super) fn show(pen: &mut Pen<'_>, rest: Rect, scene: &Scene<'_>, strokes: &mut Vec<Stroke>) {
    let explain = [
        scene.say("Count the notes and coins in the drawer."),
        scene.say("Key the sum with its cents: 15000 is 150.00."),
        scene.say("Enter opens the shift; it stays yours until you close it."),
    ];
    if let Some(cash) = scene.view.status.handed_over {
        let money = scene.money(cash);
        let explain = [
            &*scene.tell(&words!("The cashier before you counted {} and left it.", &money)),
            scene.say("Count it with your own eyes. If it is that, press Enter."),
            scene.say("If it is not, key what is there: both counts are recorded."),
        ];
        let title = (scene.say("Take over the drawer"), &*scene.tell(&words!("Is it {}?", &money)));
        return show_count(pen, rest, scene, title, &explain, strokes);
    }
    show_count(
        pen,
        rest,
        scene,
        (scene.say("Open your shift"), scene.say("Cash in the drawer")),
        &explain,
        strokes,
    );
}

/// A pad to the left with a heading and an entry line, words to the right.
pub(super) fn show_count(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    (title, hint): (&str, &str),
    explain: &[&str],
    strokes: &mut Vec<Stroke>,
) {
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let mut left = cut_left(&mut rest, pad::PAD_SIZE.x);
    cut_left(&mut rest, space::WIDE);
    pen.card(rest);
    let mut rest = rest.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let heading = pen.heading();
    pen.write(cut_top(&mut left, 40.0), heading, title);
    entry_line::show(pen, cut_top(&mut left, space::ENTRY), scene, hint);
    cut_top(&mut left, space::PAD);
    pad::show(pen, left, true, strokes);
    pen.write(cut_top(&mut rest, 40.0), heading, scene.say("How it goes"));
    cut_top(&mut rest, space::GAP);
    for sentence in explain {
        let body = pen.body();
        let height = pen.paragraph(rest, body, sentence);
        cut_top(&mut rest, height + 12.0);
    }
}
