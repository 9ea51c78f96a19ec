//! The bar that always tells: outage, who and where, price file, what central lacks, link, clock.
//!
//! Each cell has a caption above its value; what needs a look has a mark and a word besides its
//! colour.

use egui::{Color32, Rect, pos2, vec2};

use super::Scene;
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, term, words};
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_left, cut_right};
use crate::gui::theme::{size, space};
use crate::register::view::{Link, Pending, Status, lamp_words};

/// One cell: caption, value, and a mark where it needs a look.
struct Cell {
    caption: Words,
    value: Words,
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
    // The copies' words take what the next two can spare.
    let [place, pack, pending] =
        if status.peers.is_some() { [184.0, 164.0, 218.0] } else { [140.0, 178.0, 218.0] };
    let cells = [
        (place, place_cell(status)),
        (166.0, person_cell(status)),
        (pack, pack_cell(status)),
        (pending, pending_cell(status.pending)),
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
            caption: words!("Outage"),
            value: words!("None declared"),
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
    let since = words!(
        "since {} · {}",
        hour_minute(outage.since),
        lasting(now.utc_ms.saturating_sub(outage.since.utc_ms).div_euclid(60_000))
    );
    two_rows(
        pen,
        words,
        (&words!("OUTAGE"), Hand::new(size::SMALL, ink).bold()),
        (&since, Hand::new(size::SMALL, ink)),
    );
}

/// Where this is, and how many machines hold what was sold; while the printer needs a look, what
/// is the matter with it.
fn place_cell(status: &Status) -> Cell {
    let (said, look) = lamp_words(status.printer);
    if look {
        let (caption, value) = (words!("Printer"), Words::plain(said));
        return Cell { caption, value, mark: Some(Mark::Triangle) };
    }
    if let Some(peers) = &status.peers {
        // A shape and a word besides the color: a tick for two copies, a triangle for one.
        let caption = words!("Register {} sees {}/{}", status.register, peers.seen, peers.known);
        let (value, mark) = match peers.copies {
            0 | 1 => (words!("1 copy, here only"), Mark::Triangle),
            copies => (words!("{} copies", copies), Mark::Tick),
        };
        return Cell { caption, value, mark: Some(mark) };
    }
    Cell {
        caption: Words::data(status.store_name.as_str()),
        value: words!("Register {}", status.register),
        mark: None,
    }
}

fn person_cell(status: &Status) -> Cell {
    let shift = status.shift.map_or_else(|| words!("no shift"), |shift| words!("shift {}", shift));
    match &status.person {
        Some((name, _)) if status.drop_due => Cell {
            caption: words!("Time for a drop"),
            value: Words::data(name.as_str()),
            mark: Some(Mark::Triangle),
        },
        Some((name, role)) => Cell {
            caption: words!("{}, {}", Words::plain(role_name(role)), shift),
            value: Words::data(name.as_str()),
            mark: None,
        },
        None => Cell { caption: shift, value: words!("Nobody signed in"), mark: None },
    }
}

/// What a role is called on the screen.
pub(super) fn role_name(word: &str) -> &'static str {
    match word {
        "cashier" => term("cashier"),
        "lead" => term("lead"),
        "manager" => term("manager"),
        _ => term("IT"),
    }
}

fn pack_cell(status: &Status) -> Cell {
    let Some(pack) = &status.pack else {
        return Cell {
            caption: words!("Price file"),
            value: words!("Missing"),
            mark: Some(Mark::Stop),
        };
    };
    let age = lasting(i64::try_from(pack.age_minutes).unwrap_or(i64::MAX));
    let caption = words!("Prices {}", &pack.version);
    if let Some(news) = &pack.news {
        return Cell { caption, value: news.clone(), mark: Some(Mark::Triangle) };
    }
    Cell {
        caption,
        value: if pack.stale { words!("Stale: {} old", age) } else { words!("{} old", age) },
        mark: pack.stale.then_some(Mark::Triangle),
    }
}

fn pending_cell(pending: Pending) -> Cell {
    let value = match pending.records {
        0 => words!("Nothing waits"),
        1 => words!("1 record, {}", pending.money),
        n => words!("{} records, {}", n, pending.money),
    };
    Cell { caption: words!("Not yet at central"), value, mark: None }
}

fn link_cell(link: &Link) -> Cell {
    let (value, mark) = match link {
        Link::NotEnrolled => (term("Not enrolled yet"), Mark::Ring),
        Link::Down => (term("No answer"), Mark::Ring),
        Link::Sending => (term("Sending"), Mark::Dot),
        Link::UpToDate => (term("Has everything"), Mark::Tick),
        Link::Held => (term("Asks to wait"), Mark::Ring),
        Link::Refused(_) => (term("Refuses: call IT"), Mark::Triangle),
    };
    Cell { caption: words!("Central"), value: Words::plain(value), mark: Some(mark) }
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
fn two_rows(pen: &mut Pen<'_>, place: Rect, upper: (&Words, Hand), lower: (&Words, Hand)) {
    let middle = place.center().y;
    let top =
        Rect::from_min_max(pos2(place.left(), middle - 22.0), pos2(place.right(), middle - 2.0));
    let bottom =
        Rect::from_min_max(pos2(place.left(), middle - 2.0), pos2(place.right(), middle + 22.0));
    let (caption, value) = (pen.tell(upper.0), pen.tell(lower.0));
    pen.paint(top, upper.1, &caption);
    pen.paint(bottom, lower.1, &value);
    pen.name(place, &format!("{caption}: {value}"));
}

/// `14:05` on the store's wall.
pub(super) fn hour_minute(at: Timestamp) -> String {
    let (hour, minute) = at.local_hour_minute();
    format!("{hour:02}:{minute:02}")
}

/// `48 min`, `3 h 12 min`, `2 days`.
pub(super) fn lasting(minutes: i64) -> Words {
    match minutes {
        ..60 => words!("{} min", minutes.max(0)),
        60..1440 => {
            let (hours, minutes) = (minutes.div_euclid(60), minutes.rem_euclid(60));
            if minutes == 0 { words!("{} h", hours) } else { words!("{} h {} min", hours, minutes) }
        }
        1440..2880 => words!("1 day"),
        _ => words!("{} days", minutes.div_euclid(1440)),
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
