//! A lead declares an outage, or ends it: systems by their digit, then words on the entry line.

use egui::{Rect, vec2};

use super::card_help::system_place;
use super::{Scene, centered, entry_line};
use crate::domain::outage::System;
use crate::domain::words::words;
use crate::gui::desk::{Declaration, DeclareStep};
use crate::gui::pen::{KeyFace, Look, Pen};
use crate::gui::plan::{cut_bottom, cut_right, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::space;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    declaration: &Declaration,
    strokes: &mut Vec<Stroke>,
) {
    let (title, hint, explain, next) = match declaration.step {
        DeclareStep::Systems => (
            scene.say("Declare an outage: what is down?"),
            "",
            scene.say("Press the digits of all systems that are down."),
            scene.say("Next"),
        ),
        DeclareStep::Cause => (
            scene.say("Declare an outage: what happened?"),
            scene.say("Cause, as far as known"),
            scene.say("A few words. Enter alone leaves it open."),
            scene.say("Next"),
        ),
        DeclareStep::Ticket => (
            scene.say("Declare an outage: which ticket?"),
            scene.say("Support ticket"),
            scene.say("Enter alone if there is none. After this the outage is on record."),
            scene.say("Declare the outage"),
        ),
    };
    let mut rest = frame(pen, rest, (title, explain, next), strokes);
    if declaration.step == DeclareStep::Systems {
        show_systems(pen, rest, declaration, strokes);
    } else {
        entry_line::show(pen, cut_top(&mut rest, space::ENTRY), scene, hint);
        cut_top(&mut rest, space::PAD);
        let names: Vec<&str> = declaration.systems.iter().map(|s| scene.say(s.label())).collect();
        let quiet = pen.quiet();
        let height = pen.paragraph(rest, quiet, &scene.tell(&words!("Down: {}", names.join(", "))));
        cut_top(&mut rest, height + space::GAP);
        if !declaration.cause.is_empty() {
            pen.paragraph(rest, quiet, &scene.tell(&words!("Cause: {}", &declaration.cause)));
        }
    }
}

pub(super) fn show_end(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    strokes: &mut Vec<Stroke>,
) {
    let words = (
        scene.say("End the outage"),
        scene.say("Say how it ended. Waiting records are sent as soon as central answers."),
        scene.say("End the outage"),
    );
    let mut rest = frame(pen, rest, words, strokes);
    entry_line::show(pen, cut_top(&mut rest, space::ENTRY), scene, scene.say("How it ended"));
}

fn show_systems(
    pen: &mut Pen<'_>,
    place: Rect,
    declaration: &Declaration,
    strokes: &mut Vec<Stroke>,
) {
    for (index, system) in (0_u8..).zip(System::ALL) {
        let marked = declaration.systems.contains(&system);
        let digit = index.saturating_add(1).to_string();
        let name = format!(
            "{digit} {}, {}",
            pen.say(system.label()),
            if marked { "down" } else { "not marked" }
        );
        let label = if marked {
            pen.tell(&words!("{}: down", pen.say(system.label())))
        } else {
            pen.say(system.label()).to_owned()
        };
        let look = if marked { Look::Marked } else { Look::Plain };
        let face = KeyFace { shortcut: &digit, name: &name, look, ..KeyFace::plain(&label) };
        if pen.key(system_place(place, index), face) {
            strokes.push(Stroke::Toggle(system));
        }
    }
}

/// The panel with its title, its sentence and its one key; gives back the place between.
fn frame(
    pen: &mut Pen<'_>,
    rest: Rect,
    (title, explain, next): (&str, &str, &str),
    strokes: &mut Vec<Stroke>,
) -> Rect {
    let place = centered(rest, vec2(840.0, 452.0));
    pen.card(place);
    let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 40.0), heading, title);
    let quiet = pen.quiet();
    pen.write(cut_top(&mut rest, 32.0), quiet, explain);
    cut_top(&mut rest, space::PAD);
    let mut foot = cut_bottom(&mut rest, space::KEY);
    let face = KeyFace { shortcut: "Enter", look: Look::Go, ..KeyFace::plain(next) };
    if pen.key(cut_right(&mut foot, 260.0), face) {
        strokes.push(Stroke::Enter);
    }
    rest
}
