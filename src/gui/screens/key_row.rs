//! The row of function keys: what can be pressed on this screen, and nothing else.

use egui::{Rect, vec2};

use super::Scene;
use crate::domain::words::term;
use crate::gui::desk::{ACTION_KEYS, Card};
use crate::gui::keys::Action;
use crate::gui::pen::{KeyFace, Look, Pen};
use crate::gui::plan::share;
use crate::gui::stroke::Stroke;
use crate::gui::theme::{size, space};
use crate::register::view::{PageView, Screen, View, Weight};

/// A place in the row: a key, its word here, its look and whether it can be pressed.
struct Place {
    action: Action,
    label: &'static str,
    look: Look,
    enabled: bool,
}

pub(super) fn show(pen: &mut Pen<'_>, row: Rect, scene: &Scene<'_>, strokes: &mut Vec<Stroke>) {
    pen.rule(row);
    let row = row.shrink2(vec2(space::PAD, space::GAP));
    // Eight equal places on every screen, so that a key never wanders.
    for (column, place) in (0_u8..).zip(places(scene)) {
        let Some(place) = place else { continue };
        let face = KeyFace {
            label: scene.say(place.label),
            shortcut: place.action.key_name(),
            name: &format!("{} {}", place.action.key_name(), scene.say(place.label)),
            look: place.look,
            points: size::SMALL,
            enabled: place.enabled,
        };
        if pen.key(share(row, column, 8, space::GAP), face) {
            strokes.push(Stroke::Act(place.action));
        }
    }
}

fn key(action: Action, enabled: bool) -> Option<Place> {
    let look = match action {
        Action::CancelSale | Action::ConfirmCancel => Look::Danger,
        Action::Cash if enabled => Look::Cash,
        _ => Look::Plain,
    };
    Some(Place { action, label: action.label(), look, enabled })
}

fn places(scene: &Scene<'_>) -> [Option<Place>; 8] {
    match &scene.desk.card {
        _ if scene.view.ask.is_some() => [None, None, None, None, None, None, None, BACK],
        Card::None => screen_places(scene),
        Card::Help => {
            let leads = scene.view.status.person.is_some() && scene.view.status.leads;
            let open = scene.view.status.outage.is_some();
            let outage = if open { Action::EndOutage } else { Action::DeclareOutage };
            [
                key(Action::Help, true),
                key(outage, leads),
                None,
                None,
                None,
                key(Action::Language, true),
                key(Action::Colors, true),
                key(Action::Back, true),
            ]
        }
        Card::Find(finding) => [
            marked(Action::FindItem, !finding.price_only),
            marked(Action::PriceCheck, finding.price_only),
            key(Action::FastItems, true),
            key(Action::LineUp, true),
            key(Action::LineDown, true),
            key(Action::PageUp, true),
            key(Action::PageDown, true),
            BACK,
        ],
        Card::Fast => [
            key(Action::FindItem, true),
            key(Action::PriceCheck, true),
            marked(Action::FastItems, true),
            None,
            None,
            None,
            None,
            BACK,
        ],
        _ => [None, None, None, None, None, None, None, key(Action::Back, true)],
    }
}

/// A key whose screen is on show.
fn marked(action: Action, on: bool) -> Option<Place> {
    let look = if on { Look::Marked } else { Look::Plain };
    key(action, true).map(|place| Place { look, ..place })
}

/// The way back, on every card.
const BACK: Option<Place> = Some(Place {
    action: Action::Back,
    label: Action::Back.label(),
    look: Look::Plain,
    enabled: true,
});

/// The sale is put aside; without one, those that wait are shown.
fn hold(empty: bool, view: &View) -> Option<Place> {
    if empty {
        let waiting = !view.status.suspended.is_empty();
        return key(Action::Hold, waiting)
            .map(|place| Place { label: term("Go on with…"), ..place });
    }
    key(Action::Hold, true)
}

fn screen_places(scene: &Scene<'_>) -> [Option<Place>; 8] {
    let view: &View = scene.view;
    let signed_in = view.status.person.is_some();
    let help = key(Action::Help, true);
    let out = key(Action::SignOut, signed_in);
    match &view.screen {
        Screen::Sell(sell) => {
            let any = sell.lines.iter().any(|line| !line.voided);
            [
                help,
                key(Action::Price, any || !sell.open.is_empty()),
                if scene.desk.chosen.is_some() {
                    key(Action::VoidLine, true)
                } else {
                    key(Action::TakeBack, any || !sell.open.is_empty())
                },
                hold(sell.is_empty(), view),
                key(Action::Return, true),
                key(Action::More, true),
                key(Action::Check, any || !sell.open.is_empty()),
                key(Action::Cash, any || !sell.open.is_empty()),
            ]
        }
        Screen::Tender(tender) => {
            // The key says what it does now: it may answer a question.
            let label =
                if tender.question.is_some() { term("Yes, take it") } else { term("Exact cash") };
            let exact = key(Action::Cash, true).map(|place| Place { label, ..place });
            let cancel = key(Action::CancelSale, true);
            let back =
                key(Action::Back, true).map(|place| Place { label: term("Back to sale"), ..place });
            // Where money was taken already, the sale can't be put aside any more.
            let card = key(Action::CardAside, tender.taken.is_empty());
            [help, back, card, cancel, None, out, key(Action::Check, true), exact]
        }
        Screen::Check(_) => {
            let label = term("Cash instead");
            let cash = key(Action::Cash, true).map(|place| Place { label, ..place });
            let back = key(Action::Back, true);
            [help, back, None, key(Action::CancelSale, true), None, out, None, cash]
        }
        Screen::Done(done) => {
            let wait = hold(true, view);
            // A receipt on the screen may be longer than its place.
            let pages = !done.paper.lines.is_empty();
            let turn = |action| if pages { key(action, true) } else { None };
            [
                help,
                key(Action::Copy, true),
                turn(Action::PageUp),
                wait,
                key(Action::Return, true),
                key(Action::More, true),
                out,
                turn(Action::PageDown),
            ]
        }
        Screen::Receipt(receipt) => {
            let back =
                key(Action::Return, true).map(|place| Place { label: term("Take back"), ..place });
            let void = key(Action::VoidSale, receipt.voidable);
            [help, back, void, None, None, None, None, key(Action::Back, true)]
        }
        Screen::Page(page) => page_places(page),
        Screen::OpenShift => [help, None, None, None, key(Action::Store, true), out, None, None],
        Screen::ShiftClosed(_) => [help, None, None, None, None, out, None, None],
        Screen::SignIn(_) => {
            let store = key(Action::Store, true);
            let language = key(Action::Language, true);
            let train = key(Action::Train, true);
            [help, train, None, None, store, language, key(Action::Colors, true), None]
        }
        Screen::Starting | Screen::Stopped(_) | Screen::Restart(_) => {
            let language = key(Action::Language, true);
            [help, None, None, None, None, language, key(Action::Colors, true), None]
        }
    }
}

/// A page's actions between help and the way back.
fn page_places(page: &PageView) -> [Option<Place>; 8] {
    let mut places = [const { None }; 8];
    let keys = page.actions.iter().zip(ACTION_KEYS);
    for (place, (action, key)) in places.iter_mut().skip(1).zip(keys) {
        let look = match action.weight {
            Weight::Plain => Look::Plain,
            Weight::Go => Look::Go,
            Weight::Danger => Look::Danger,
        };
        *place = Some(Place { action: key, label: action.label, look, enabled: action.enabled });
    }
    let [first, .., last] = &mut places;
    *first = key(Action::Help, true);
    *last = BACK;
    places
}
