//! Beside a list that is longer than its place: where in it one is, and keys to go on.
//!
//! ```text
//!  ┌ rows ──────────┐ ┌ up ┐
//!  │ 1 … 10         │ │1–10│
//!  │                │ │of 14
//!  └────────────────┘ └down┘
//! ```
//!
//! Arrows and the wheel go through a list as well; these keys are for a finger, and the figures
//! say that there is more.

use egui::{Rect, vec2};

use super::Scene;
use crate::domain::words::{term, words};
use crate::gui::keys::Action;
use crate::gui::pen::{Hand, KeyFace, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_right, cut_top, share};
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};

/// How wide it is; twice that where a keyboard leaves the list a row or two.
const WIDE: f32 = 72.0;

/// What of a list is on show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The first row.
    pub first: usize,
    /// How many rows have room.
    pub fits: usize,
    /// How many there are.
    pub count: usize,
}

impl Shown {
    /// From which row on a list is on show: where it was turned to, and the marked row in sight.
    pub(super) fn of(count: usize, fits: usize, top: usize, marked: Option<usize>) -> Self {
        let fits = fits.max(1);
        let top = top.min(count.saturating_sub(fits));
        let first = match marked {
            Some(row) if row < top => row,
            Some(row) if row >= top.saturating_add(fits) => {
                row.saturating_add(1).saturating_sub(fits)
            }
            _ => top,
        };
        Self { first, fits, count }
    }

    /// All of it is on show.
    pub(super) const fn is_all(self) -> bool {
        self.count <= self.fits
    }

    fn last(self) -> usize {
        self.first.saturating_add(self.fits).min(self.count)
    }
}

/// Cuts its place off the right of a list's.
pub(super) fn cut(pen: &Pen<'_>, list: &mut Rect) -> Rect {
    let tight = list.height() < space::row(pen.ctx().zoom_factor()) * 2.0;
    let keys = cut_right(list, if tight { WIDE * 2.0 } else { WIDE });
    cut_right(list, space::GAP);
    keys
}

pub(super) fn show(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    shown: Shown,
    strokes: &mut Vec<Stroke>,
) {
    let least = space::row(pen.ctx().zoom_factor());
    let tight = place.height() < least * 2.0;
    let high = least.max(space::KEY.min(place.height() / 2.0));
    let mut rest = place;
    let (first, second) = if tight {
        let row = cut_top(&mut rest, high);
        (share(row, 0, 2, space::GAP), share(row, 1, 2, space::GAP))
    } else {
        (cut_top(&mut rest, high), cut_bottom(&mut rest, high))
    };
    let above = (Mark::Up, Action::PageUp, term("Rows before"), shown.first > 0);
    if arrow(pen, first, scene, above) {
        strokes.push(Stroke::Turn(shown.first.saturating_sub(shown.fits)));
    }
    let below = (Mark::Down, Action::PageDown, term("More rows"), shown.last() < shown.count);
    if arrow(pen, second, scene, below) {
        let end = shown.count.saturating_sub(shown.fits);
        strokes.push(Stroke::Turn(shown.last().min(end)));
    }
    // Where only the keys have room, a dead one still says which end this is.
    if tight || rest.height() < size::SMALL * 3.0 {
        return;
    }
    let rows = format!("{}–{}", shown.first.saturating_add(1), shown.last());
    let of = scene.tell(&words!("of {}", shown.count));
    let middle = rest.center().y;
    let hand = Hand::new(size::SMALL, pen.palette.ink).center();
    let quiet = Hand::new(size::SMALL, pen.palette.quiet).center();
    let line = |from: f32| {
        Rect::from_x_y_ranges(rest.x_range(), middle + from..=middle + from + size::SMALL * 1.3)
    };
    pen.write(line(-size::SMALL * 1.3), hand.bold(), &rows);
    pen.write(line(0.0), quiet, &of);
}

/// A key with an arrow's head below the name of the key that does nearly the same.
fn arrow(
    pen: &mut Pen<'_>,
    place: Rect,
    scene: &Scene<'_>,
    (mark, action, name, enabled): (Mark, Action, &'static str, bool),
) -> bool {
    let face = KeyFace {
        shortcut: action.key_name(),
        name: scene.say(name),
        enabled,
        ..KeyFace::plain("")
    };
    let pressed = pen.key(place, face);
    let ink = if enabled { pen.palette.ink } else { pen.palette.quiet };
    pen.mark(mark, place.center() + vec2(0.0, 9.0), 10.0, ink);
    pressed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_stays_where_it_was_turned_to_and_keeps_the_marked_row_in_sight() {
        let first = |top, marked| Shown::of(14, 10, top, marked).first;
        assert_eq!((first(0, None), first(10, None), first(99, None)), (0, 4, 4));
        assert_eq!((first(0, Some(9)), first(0, Some(10)), first(0, Some(13))), (0, 1, 4));
        assert_eq!((first(4, Some(5)), first(4, Some(2))), (4, 2));
        assert!(Shown::of(10, 10, 0, None).is_all() && !Shown::of(11, 10, 0, None).is_all());
        assert_eq!(Shown::of(3, 0, 0, Some(2)), Shown { first: 2, fits: 1, count: 3 });
    }
}
