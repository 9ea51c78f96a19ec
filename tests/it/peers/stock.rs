//! Stock on every register of the store: looked up, changed, counted at one and known at the
//! others; each goes on alone when the LAN goes, and they agree again.

use tideover::domain::goods::reason::StockReason;
use tideover::domain::ids::RegisterNo;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::till::Till as _;
use tideover::register::view::{Screen, View};

use super::MANAGER;
use super::cable::Cable;
use super::store::{Running, Store};
use crate::register::WATER;

/// The figures of the item on the stock page, from top to bottom.
pub(super) fn figures(view: &View) -> Option<Vec<String>> {
    let Screen::Page(page) = &view.screen else { return None };
    let shown = page.name == PageName::Stock && page.rows.len() == 5;
    shown.then(|| page.rows.iter().map(|row| row.cells[1].to_string()).collect())
}

/// Sold and changed since the price file's figure; on hand is what follows from both.
pub(super) fn shows(sold: &str, changed: &str) -> impl Fn(&View) -> bool {
    move |view| figures(view).is_some_and(|figures| figures[1] == sold && figures[3] == changed)
}

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

pub(super) fn looks_at(register: &Running) {
    register.does(Command::NextCustomer);
    register.does(Command::OpenPage(PageName::Stock));
    register.does(answer(WATER));
    register.until(|view| figures(view).is_some());
}

/// So many are damaged; a manager signs.
pub(super) fn damages(register: &Running, count: &str) {
    let place = StockReason::BY_HAND.iter().position(|reason| *reason == StockReason::Damage);
    register.does(Command::Page(PageInput::Action(0)));
    register.does(Command::Page(PageInput::Row(place.expect("listed"))));
    register.does(answer(count));
    register.does(answer(""));
    let asked = |view: &View| view.ask.is_some() || figures(view).is_some();
    register.until(asked);
    if register.till.view().ask.is_some() {
        let (person, pin) = (MANAGER.0.to_owned(), Pin::new(MANAGER.1));
        register.does(Command::Approve { person, pin });
    }
    register.until(|view| figures(view).is_some());
}

pub(super) fn on_hand(register: &Running) -> String {
    figures(&register.till.view()).expect("the stock page")[4].clone()
}

#[test]
fn stock_that_changes_at_one_register_is_known_at_the_other() {
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    one.sees(1, 2);
    two.sees(1, 2);
    one.sells(3);
    looks_at(&two);
    two.until(shows("-3", "0")); // a sale there is stock here
    looks_at(&one);
    damages(&one, "2");
    two.until(shows("-3", "-2")); // a change there is stock here
    damages(&two, "1");
    one.until(shows("-3", "-3"));
    assert_eq!(on_hand(&one), on_hand(&two));
    for register in [one, two] {
        register.stops();
    }
}

#[test]
fn stock_goes_on_at_both_sides_of_a_cut_and_agrees_again() {
    let store = Store::of(&[1, 2]);
    let (to_one, to_two) = (Cable::new(), Cable::new());
    for (register, cable) in [(1, &to_one), (2, &to_two)] {
        let mut peers = store.list(register);
        peers["announce"] = cable.address.port().into();
        store.write_settings(register, peers);
    }
    let (one, two) = (store.start(1), store.start(2));
    to_one.leads_to(one.listening());
    to_two.leads_to(two.listening());
    one.peers.as_ref().expect("peers").call(RegisterNo(2), &to_two.address.to_string());
    one.sees(1, 2);
    two.sees(1, 2);
    looks_at(&one);
    looks_at(&two);
    to_one.cut();
    to_two.cut();
    one.sees(0, 2);
    two.sees(0, 2);
    // Each side knows its own, and nobody waits for the other.
    damages(&one, "4");
    damages(&two, "1");
    one.until(shows("0", "-4"));
    two.until(shows("0", "-1"));
    assert_ne!(on_hand(&one), on_hand(&two));
    to_one.mend();
    to_two.mend();
    for register in [&one, &two] {
        register.sees(1, 2);
        register.until(shows("0", "-5"));
    }
    assert_eq!(on_hand(&one), on_hand(&two), "both lost five");
}
