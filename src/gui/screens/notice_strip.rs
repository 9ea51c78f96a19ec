//! The strip with the last notice: a mark, a word, what happened, what to do next.
//!
//! It has its place on every screen, so nothing moves when it changes. A new one stands out for a
//! moment: the visible twin of the tone.

use egui::{Rect, pos2, vec2};

use super::Scene;
use crate::gui::notice::word;
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::cut_left;
use crate::gui::theme::{size, space};
use crate::register::view::NoticeKind;

pub(super) fn show(pen: &mut Pen<'_>, strip: Rect, scene: &Scene<'_>) {
    let place = strip.shrink2(vec2(space::PAD, 2.0));
    let Some(notice) = &scene.desk.notice else { return };
    let p = pen.palette;
    let flashes = notice.flashes(scene.now_ms);
    let (mark, fill, ink) = match (notice.kind, flashes) {
        (NoticeKind::Refused, true) => (Mark::Stop, p.alarm, p.on_fill),
        (NoticeKind::Refused, false) => (Mark::Stop, p.refused, p.danger),
        (NoticeKind::Attention, true) => (Mark::Triangle, p.amber, p.on_amber),
        (NoticeKind::Attention, false) => (Mark::Triangle, p.newest, p.ink),
        (NoticeKind::Done, _) => (Mark::Tick, p.paper, p.good),
    };
    let (kind_word, said) = (scene.say(word(notice.kind)), scene.tell(&notice.text));
    let remedy = scene.tell(&notice.remedy);
    pen.fill(place, fill);
    pen.mark(mark, pos2(place.left() + 24.0, place.center().y), 10.0, ink);
    let mut words = place;
    cut_left(&mut words, 48.0);
    let loud = flashes && notice.kind != NoticeKind::Done;
    let text_ink = if loud { ink } else { p.ink };
    let hand = Hand::new(size::BODY, ink).bold();
    let kind = pen.paint(words, hand, kind_word);
    cut_left(&mut words, kind.width() + 14.0);
    let text = pen.paint(words, Hand::new(size::BODY, text_ink), &said);
    cut_left(&mut words, text.width() + 14.0);
    let quiet = if loud { ink } else { p.quiet };
    pen.paint(words, Hand::new(size::SMALL, quiet), &remedy);
    pen.name(place, &format!("{kind_word}: {said} {remedy}"));
}
