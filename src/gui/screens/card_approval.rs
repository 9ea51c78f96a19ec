//! Somebody else signs: what for, and their number or badge, and their PIN.

use egui::{Rect, vec2};

use super::{Scene, entry_line, pad};
use crate::domain::approval::Act;
use crate::domain::person::Role;
use crate::domain::words::words;
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, KeyFace, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_top};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    (act, role): (Act, Role),
    strokes: &mut Vec<Stroke>,
) {
    let who = match role {
        Role::Manager => scene.say("A manager must sign"),
        _ => scene.say("A lead or a manager must sign"),
    };
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 48.0), heading, who);
    let mut left = cut_left(&mut rest, pad::PAD_SIZE.x);
    cut_left(&mut rest, space::WIDE);
    let badges = scene.view.status.badges;
    let hint = match (&scene.desk.person, badges) {
        (Some(_), _) => scene.say("Their PIN"),
        (None, true) => scene.say("Their badge or number"),
        (None, false) => scene.say("Their number"),
    };
    entry_line::show(pen, cut_top(&mut left, space::ENTRY), scene, hint);
    cut_top(&mut left, space::PAD);
    pad::show(pen, left, false, strokes);
    pen.card(rest);
    let mut rest = rest.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
    let back = KeyFace { shortcut: "Esc", ..KeyFace::plain(scene.say("Don't do it")) };
    if pen.key(cut_bottom(&mut rest, space::KEY), back) {
        strokes.push(Stroke::Act(Action::Back));
    }
    pen.write(cut_top(&mut rest, 40.0), heading, pen.say(act.label()));
    let about = scene.tell(&scene.view.about);
    if !about.is_empty() {
        let hand = Hand::new(size::BODY, pen.palette.ink).bold();
        let height = pen.paragraph(rest, hand, &about);
        cut_top(&mut rest, height + 16.0);
    }
    let how: String = match (&scene.desk.person, &scene.desk.badge) {
        (Some(person), Some(_)) => {
            scene.tell(&words!("The badge of {} was read. Now their PIN.", person.as_str()))
        }
        _ if badges => {
            let words =
                scene.say("Somebody other than you scans a badge or keys a number, then the PIN.");
            words.into()
        }
        _ => scene.say("Somebody other than you keys number and PIN here.").into(),
    };
    for words in [
        how.as_str(),
        scene.say("Their name stands in the record beside yours."),
        scene.say("You stay signed in, and the sale stays as it is."),
    ] {
        let body = pen.body();
        let height = pen.paragraph(rest, body, words);
        cut_top(&mut rest, height + 12.0);
    }
}
