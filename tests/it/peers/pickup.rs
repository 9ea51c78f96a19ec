//! Pickup orders of registers that see each other, and of registers that don't for a while.

use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::view::{NoticeKind, Screen, View};

use super::cable::Cable;
use super::store::{Running, Store};
use tideover::domain::ids::RegisterNo;

const ORDER: &str = "W-20417";
const CODE: &str = "731904";

fn says(register: &Running, text: &str) {
    register.does(Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false }));
}

pub(super) fn shows(title: &str) -> impl Fn(&View) -> bool + '_ {
    move |view| matches!(&view.screen, Screen::Page(page) if page.title == title)
}

/// Looks at code and ID of the order, and hands it over.
pub(super) fn claims(register: &Running, order: &str, code: &str) {
    register.does(Command::OpenPage(PageName::Pickup));
    says(register, order);
    register.until(shows(&format!("Order {order}")));
    register.does(Command::Page(PageInput::Action(0)));
    says(register, code);
    register.does(Command::Page(PageInput::Action(1)));
    register.does(Command::Page(PageInput::Action(2)));
}

pub(super) fn notices(register: &Running, begins: &str) {
    register.until(|view| {
        let fits = |notice: &tideover::register::view::Notice| {
            notice.kind == NoticeKind::Attention && notice.text.to_string().starts_with(begins)
        };
        view.notice.as_ref().is_some_and(fits)
    });
}

#[test]
fn what_one_register_handed_over_another_asks_about_before_it_does() {
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    one.sees(1, 2);
    two.sees(1, 2);
    claims(&one, ORDER, CODE);
    one.until(shows("Pickup orders"));
    one.sees(1, 2);
    two.does(Command::OpenPage(PageName::Pickup));
    let handed = |view: &View| {
        let Screen::Page(page) = &view.screen else { return false };
        page.rows.iter().any(|row| row.cells[0] == ORDER && row.cells[4] == "handed over")
    };
    two.until(handed);
    two.does(Command::LeavePage);
    claims(&two, ORDER, CODE);
    two.until(shows("Claimed before"));
    two.does(Command::Page(PageInput::Choice(0)));
    two.until(shows("Pickup orders"));
    one.stops();
    two.stops();
}

#[test]
fn an_order_that_went_out_on_both_sides_of_a_split_is_said_at_each_when_they_meet_again() {
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
    to_one.cut();
    to_two.cut();
    one.sees(0, 2);
    two.sees(0, 2);
    for register in [&one, &two] {
        claims(register, ORDER, CODE);
        register.until(shows("Pickup orders"));
    }
    to_one.mend();
    to_two.mend();
    for register in [&one, &two] {
        notices(register, "Order W-20417 was handed over at registers 1, 2");
        let twice = |view: &View| {
            let Screen::Page(page) = &view.screen else { return false };
            let row = page.rows.iter().find(|row| row.cells[0] == ORDER);
            row.is_some_and(|row| row.cells[4] == "handed over twice")
        };
        register.until(twice);
    }
    one.stops();
    two.stops();
}
