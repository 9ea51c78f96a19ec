//! The drawer is counted blind: what should be in it is not shown before.

use egui::Rect;

use super::{Scene, open_shift};
use crate::domain::money::Money;
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
                "Count all notes and coins, the float with them.",
                "What should be there is shown after you have counted.",
                "Esc goes back to the sale; nothing is closed yet.",
            ];
            let title = ("Close the shift: cash", "Notes and coins");
            open_shift::show_count(pen, rest, scene, title, &explain, strokes);
        }
        Some(cash) => {
            let counted = format!("Cash counted: {}", scene.money(cash));
            let explain = [
                counted.as_str(),
                "Now add up the checks. Without any, key 0.",
                "Enter closes the shift.",
            ];
            let title = ("Close the shift: checks", "Sum of the checks");
            open_shift::show_count(pen, rest, scene, title, &explain, strokes);
        }
    }
}
