//! The drawer is counted blind: what should be in it is not shown before.

use egui::Rect;

use super::{Scene, open_shift};
use crate::domain::money::Money;
use crate::domain::words::words;
use crate::gui::pen::Pen;
use crate::gui::stroke::Stroke;

pub(super) fn show(
    pen: &mut Pen<'_>,
    rest: Rect,
    scene: &Scene<'_>,
    cash: Option<Money>,
    strokes: &mut Vec<Stroke>,
) {
    match cash {
        None => {
            let explain = [
                scene.say("Count all notes and coins, the float with them."),
                scene.say("What should be there is shown after you have counted."),
                scene.say("Esc goes back to the sale; nothing is closed yet."),
            ];
            let title = (scene.say("Close the shift: cash"), scene.say("Notes and coins"));
            open_shift::show_count(pen, rest, scene, title, &explain, strokes);
        }
        Some(cash) => {
            let counted = scene.tell(&words!("Cash counted: {}", scene.money(cash)));
            let explain = [
                counted.as_str(),
                scene.say("Now add up the checks. Without any, key 0."),
                scene.say("Enter closes the shift."),
            ];
            let title = (scene.say("Close the shift: checks"), scene.say("Sum of the checks"));
            open_shift::show_count(pen, rest, scene, title, &explain, strokes);
        }
    }
}
