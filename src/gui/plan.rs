//! Cutting a rectangle into places: the plan of a screen, read from top to bottom.

use egui::{Rect, pos2};

/// Cuts `height` from the top of `rest`.
pub fn cut_top(rest: &mut Rect, height: f32) -> Rect {
    let at = (rest.top() + height).min(rest.bottom());
    let cut = Rect::from_min_max(rest.min, pos2(rest.right(), at));
    rest.min.y = at;
    cut
}

/// Cuts `height` from the bottom of `rest`.
pub fn cut_bottom(rest: &mut Rect, height: f32) -> Rect {
    let at = (rest.bottom() - height).max(rest.top());
    let cut = Rect::from_min_max(pos2(rest.left(), at), rest.max);
    rest.max.y = at;
    cut
}

/// Cuts `width` from the left of `rest`.
pub fn cut_left(rest: &mut Rect, width: f32) -> Rect {
    let at = (rest.left() + width).min(rest.right());
    let cut = Rect::from_min_max(rest.min, pos2(at, rest.bottom()));
    rest.min.x = at;
    cut
}

/// Cuts `width` from the right of `rest`.
pub fn cut_right(rest: &mut Rect, width: f32) -> Rect {
    let at = (rest.right() - width).max(rest.left());
    let cut = Rect::from_min_max(pos2(at, rest.top()), rest.max);
    rest.max.x = at;
    cut
}

/// The place `column` of `columns` equal ones in `row`, `gap` apart.
pub fn share(row: Rect, column: u8, columns: u8, gap: f32) -> Rect {
    let count = f32::from(columns.max(1));
    let width = (row.width() - gap * (count - 1.0)) / count;
    let left = row.left() + (width + gap) * f32::from(column);
    Rect::from_min_max(pos2(left, row.top()), pos2(left + width, row.bottom()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_and_rest_make_the_whole() {
        let mut rest = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 50.0));
        assert_eq!(cut_top(&mut rest, 10.0).height(), 10.0);
        assert_eq!(cut_bottom(&mut rest, 10.0).top(), 40.0);
        assert_eq!(cut_left(&mut rest, 30.0).width(), 30.0);
        assert_eq!(cut_right(&mut rest, 500.0).width(), 70.0, "never more than there is");
        assert_eq!(rest.width(), 0.0);
    }

    #[test]
    fn shares_are_equal_and_apart() {
        let row = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 50.0));
        assert_eq!(share(row, 0, 2, 10.0).right(), 45.0);
        assert_eq!(share(row, 1, 2, 10.0).left(), 55.0);
    }
}
