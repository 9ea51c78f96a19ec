//! The help card: what works today, what does not, who to call, what to tell customers.

use egui::{Rect, vec2};

use super::Scene;
use super::status_bar::{hour_minute, lasting};
use crate::domain::words::{term, words};
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_right, cut_top, share};
use crate::gui::theme::{size, space};

const WORKS: [&str; 5] = [
    term("Sales for cash and for checks"),
    term("Prices, taxes and weights from the price file"),
    term("Receipts, returns by a lead"),
    term("Counting the drawer, closing the shift"),
    term("Everything is kept and sent when central is back"),
];

const WORKS_NOT: [&str; 4] = [
    term("Cards, gift cards, phone payments"),
    term("Coupons, rewards, store credit"),
    term("Looking up other stores or online orders"),
    term("Prices changed since the price file was made"),
];

const ENGLISH: &str = "“Our systems are down for the moment. We can take cash and checks, and \
                       your receipt is good for returns. Cards don't work right now; we're sorry.”";
const SPANISH: &str = "«Nuestros sistemas no funcionan en este momento. Aceptamos efectivo y \
                       cheques, y su recibo sirve para devoluciones. Por ahora no podemos aceptar \
                       tarjetas; disculpe las molestias.»";

pub(super) fn show(pen: &mut Pen<'_>, rest: Rect, scene: &Scene<'_>) {
    let mut rest = rest.shrink2(vec2(space::PAD, space::PAD));
    let right = cut_right(&mut rest, 660.0);
    cut_right(&mut rest, space::PAD);
    pen.card(rest);
    pen.card(right);
    let mut rest = rest.shrink2(vec2(space::WIDE, space::PAD));
    let mut right = right.shrink2(vec2(space::WIDE, space::PAD));
    let heading = pen.heading();
    pen.write(cut_top(&mut rest, 40.0), heading, scene.say("Today on this register"));
    show_today(pen, rest, scene);
    pen.write(cut_top(&mut right, 40.0), heading, scene.say("The outage"));
    let height = show_outage(pen, right, scene);
    cut_top(&mut right, height + 12.0);
    pen.write(cut_top(&mut right, 36.0), heading, scene.say("Who to call"));
    let body = pen.body();
    let call = scene.say(
        "Your lead first: returns, prices, outage. Then the store's IT help desk, with the \
                register's number and the ticket.",
    );
    let height = pen.paragraph(right, body, call);
    cut_top(&mut right, height + 12.0);
    pen.write(cut_top(&mut right, 36.0), heading, scene.say("What to tell customers"));
    for script in [ENGLISH, SPANISH] {
        let height = pen.paragraph(right, body, script);
        cut_top(&mut right, height + space::GAP);
    }
}

/// What works and what does not, as two lists with marks.
pub(super) fn show_today(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>) {
    let mut rest = place;
    let cards_work = scene.view.status.outage.is_none();
    list(pen, &mut rest, Mark::Tick, scene.say("Works"), &WORKS);
    cut_top(&mut rest, 12.0);
    let title =
        if cards_work { scene.say("Not on this register") } else { scene.say("Does not work") };
    list(pen, &mut rest, Mark::Stop, title, &WORKS_NOT);
}

fn list(pen: &mut Pen<'_>, rest: &mut Rect, mark: Mark, title: &str, items: &[&'static str]) {
    let color = if mark == Mark::Tick { pen.palette.good } else { pen.palette.danger };
    let caption = Hand::new(size::BODY, color).bold();
    pen.write(cut_top(rest, 34.0), caption, title);
    for item in items {
        let row = cut_top(rest, 32.0);
        pen.mark(mark, row.left_center() + vec2(10.0, 0.0), 8.0, color);
        let words = Rect::from_min_max(row.left_top() + vec2(32.0, 0.0), row.max);
        let body = pen.body();
        let item = pen.say(item);
        pen.write(words, body, item);
    }
}

fn show_outage(pen: &mut Pen<'_>, place: Rect, scene: &Scene<'_>) -> f32 {
    let hand = pen.body();
    let Some(outage) = &scene.view.status.outage else {
        return pen.paragraph(
            place,
            hand,
            scene.say(
                "None is declared. A lead declares one with Ctrl O; selling goes on either way.",
            ),
        );
    };
    let minutes = scene.now.utc_ms.saturating_sub(outage.since.utc_ms).div_euclid(60_000);
    let down: Vec<&str> = outage.systems.iter().map(|system| scene.say(system.label())).collect();
    let or_unknown = |text: &str| {
        if text.is_empty() { scene.say("not known yet").to_owned() } else { text.to_owned() }
    };
    let text = scene.tell(&words!(
        "Since {}, for {}. Down: {}. Cause: {}. Ticket: {}.",
        hour_minute(outage.since),
        lasting(minutes),
        down.join(", "),
        or_unknown(&outage.cause),
        or_unknown(&outage.ticket)
    ));
    pen.paragraph(place, hand, &text)
}

/// The place of the n-th of six systems, in two columns.
pub(super) fn system_place(place: Rect, index: u8) -> Rect {
    let row = f32::from(index / 2);
    let height = space::KEY;
    let top = place.top() + row * (height + space::GAP);
    let line =
        Rect::from_min_max(egui::pos2(place.left(), top), egui::pos2(place.right(), top + height));
    share(line, index % 2, 2, space::GAP)
}
