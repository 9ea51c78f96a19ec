//! The bar that always tells: outage, who and where, price file, what central lacks, link, clock.
//!
//! Each cell has a caption above its value; what needs a look has a mark and a word besides its
//! colour.

use egui::{Color32, Rect, pos2, vec2};

use super::Scene;
use crate::domain::time::Timestamp;
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_left, cut_right};
use crate::gui::theme::{size, space};
use crate::register::view::{Link, Pending, Status, lamp_words};

/// One cell: caption, value, and a mark where it needs a look.
struct Cell {
    caption: String,
    value: String,
    mark: Option<Mark>,
}

pub(super) fn show(pen: &mut Pen<'_>, bar: Rect, scene: &Scene<'_>) {
    let status = &scene.view.status;
    pen.flood(bar, pen.palette.bar);
    let mut rest = bar;
    outage(pen, cut_left(&mut rest, 264.0), status, scene.now);
    let clock = cut_right(&mut rest, 120.0).shrink2(vec2(space::PAD, 0.0));
    let hand = Hand::new(size::HEADING, pen.palette.on_bar).right();
    pen.write(clock, hand, &hour_minute(scene.now));
    let cells = [
        (140.0, place_cell(status)),
        (166.0, person_cell(status)),
        (178.0, pack_cell(status)),
        (218.0, pending_cell(scene, status.pending)),
    ];
    // What is left over goes to the last cell, whose words are the longest.
    for (width, cell) in cells {
        let place = cut_left(&mut rest, width);
        show_cell(pen, place, &cell);
    }
    show_cell(pen, rest, &link_cell(&status.link));
}

/// The outage, on amber; or that there is none.
fn outage(pen: &mut Pen<'_>, place: Rect, status: &Status, now: Timestamp) {
    let Some(outage) = &status.outage else {
        let cell = Cell {
            caption: "Outage".to_owned(),
            value: "None declared".to_owned(),
            mark: Some(Mark::Ring),
        };
        return show_cell(pen, place, &cell);
    };
    let block = place.shrink2(vec2(space::GAP, space::GAP));
    pen.fill(block, pen.palette.amber);
    let ink = pen.palette.on_amber;
    pen.mark(Mark::Triangle, pos2(block.left() + 24.0, block.center().y), 11.0, ink);
    let mut words = block;
    cut_left(&mut words, 46.0);
    let since = format!(
        "since {} · {}",
        hour_minute(outage.since),
        lasting(now.utc_ms.saturating_sub(outage.since.utc_ms).div_euclid(60_000))
    );
    two_rows(
        pen,
        words,
        ("OUTAGE", Hand::new(size::SMALL, ink).bold()),
        (&since, Hand::new(size::SMALL, ink)),
    );
}

/// Where this is; while the printer needs a look, what is the matter with it.
fn place_cell(status: &Status) -> Cell {
    let (words, look) = lamp_words(status.printer);
    if look {
        let (caption, value) = ("Printer".to_owned(), words.to_owned());
        return Cell { caption, value, mark: Some(Mark::Triangle) };
    }
    Cell {
        caption: status.store_name.clone(),
        value: format!("Register {}", status.register),
        mark: None,
    }
}

fn person_cell(status: &Status) -> Cell {
    let shift =
        status.shift.map_or_else(|| "no shift".to_owned(), |shift| format!("shift {shift}"));
    match &status.person {
        Some((name, _)) if status.drop_due => Cell {
            caption: "Time for a drop".to_owned(),
            value: name.clone(),
            mark: Some(Mark::Triangle),
        },
        Some((name, role)) => {
            Cell { caption: format!("{role}, {shift}"), value: name.clone(), mark: None }
        }
        None => Cell { caption: shift, value: "Nobody signed in".to_owned(), mark: None },
    }
}

fn pack_cell(status: &Status) -> Cell {
    let Some(pack) = &status.pack else {
        return Cell {
            caption: "Price file".to_owned(),
            value: "Missing".to_owned(),
            mark: Some(Mark::Stop),
        };
    };
    let age = lasting(i64::try_from(pack.age_minutes).unwrap_or(i64::MAX));
    Cell {
        caption: format!("Prices {}", pack.version),
        value: if pack.stale { format!("Stale: {age} old") } else { format!("{age} old") },
        mark: pack.stale.then_some(Mark::Triangle),
    }
}

fn pending_cell(scene: &Scene<'_>, pending: Pending) -> Cell {
    let value = match pending.records {
        0 => "Nothing waits".to_owned(),
        1 => format!("1 record, {}", scene.money(pending.money)),
        n => format!("{n} records, {}", scene.money(pending.money)),
    };
    Cell { caption: "Not yet at central".to_owned(), value, mark: None }
}

fn link_cell(link: &Link) -> Cell {
    let (value, mark) = match link {
        Link::NotEnrolled => ("Not enrolled yet", Mark::Ring),
        Link::Down => ("No answer", Mark::Ring),
        Link::Sending => ("Sending", Mark::Dot),
        Link::UpToDate => ("Has everything", Mark::Tick),
        Link::Held => ("Asks to wait", Mark::Ring),
        Link::Refused(_) => ("Refuses: call IT", Mark::Triangle),
    };
    Cell { caption: "Central".to_owned(), value: value.to_owned(), mark: Some(mark) }
}

fn show_cell(pen: &mut Pen<'_>, place: Rect, cell: &Cell) {
    let mut words = place.shrink2(vec2(12.0, 0.0));
    let needs_look = matches!(cell.mark, Some(Mark::Triangle | Mark::Stop));
    let color: Color32 = if needs_look { pen.palette.amber } else { pen.palette.on_bar };
    if let Some(mark) = cell.mark {
        let at = cut_left(&mut words, 28.0);
        pen.mark(mark, pos2(at.left() + 9.0, at.center().y), 8.0, color);
    }
    let caption = Hand::new(size::HINT, pen.palette.quiet_on_bar);
    two_rows(
        pen,
        words,
        (&cell.caption, caption),
        (&cell.value, Hand::new(size::SMALL, color).bold()),
    );
}

/// A caption above a value, named as one: "Central: Sending".
fn two_rows(pen: &mut Pen<'_>, place: Rect, upper: (&str, Hand), lower: (&str, Hand)) {
    let middle = place.center().y;
    let top =
        Rect::from_min_max(pos2(place.left(), middle - 22.0), pos2(place.right(), middle - 2.0));
    let bottom =
        Rect::from_min_max(pos2(place.left(), middle - 2.0), pos2(place.right(), middle + 22.0));
    pen.paint(top, upper.1, upper.0);
    pen.paint(bottom, lower.1, lower.0);
    pen.name(place, &format!("{}: {}", upper.0, lower.0));
}

/// `14:05` on the store's wall.
pub(super) fn hour_minute(at: Timestamp) -> String {
    let (hour, minute) = at.local_hour_minute();
    format!("{hour:02}:{minute:02}")
}

/// `48 min`, `3 h 12 min`, `2 days`.
pub(super) fn lasting(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{} min", minutes.max(0)),
        60..1440 => {
            let (hours, minutes) = (minutes.div_euclid(60), minutes.rem_euclid(60));
            if minutes == 0 { format!("{hours} h") } else { format!("{hours} h {minutes} min") }
        }
        1440..2880 => "1 day".to_owned(),
        _ => format!("{} days", minutes.div_euclid(1440)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_as_people_say_them() {
        for (minutes, text) in [
            (-5, "0 min"),
            (48, "48 min"),
            (60, "1 h"),
            (192, "3 h 12 min"),
            (1500, "1 day"),
            (4400, "3 days"),
        ] {
            assert_eq!(lasting(minutes), text);
        }
    }
}
