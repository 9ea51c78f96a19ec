//! A rain check on the LAN: written at one register, honored at another, gone everywhere.

use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::till::Till as _;
use tideover::register::view::{NoticeKind, Screen, View};

use super::store::{Running, Store};
use crate::register::WATER;

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn lists(count: usize) -> impl Fn(&View) -> bool {
    move |view| matches!(&view.screen, Screen::Page(page) if page.rows.len() == count)
}

fn is_asked(view: &View) -> bool {
    matches!(&view.screen, Screen::Page(page) if page.choices.len() == 2)
}

/// Opens the list and waits for so many rows.
fn opens(running: &Running, count: usize) {
    running.does(Command::OpenPage(PageName::RainChecks));
    running.until(lists(count));
}

/// Rings up a water and takes number 1001 off it.
fn honors(running: &Running) {
    running.does(Command::NextCustomer);
    running.does(Command::Enter { text: WATER.to_owned() });
    opens(running, 1);
    running.does(answer("1001"));
    running.until(is_asked);
    running.does(Command::Page(PageInput::Choice(0)));
    running.until(|view| matches!(&view.screen, Screen::Sell(sell) if sell.total.minor() < 131));
}

#[test]
fn what_one_register_promised_the_other_honors_by_number_and_then_nobody_does() {
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    two.calls(&one);
    one.sees(1, 2);
    two.sees(1, 2);
    one.does(Command::OpenPage(PageName::RainChecks));
    one.does(Command::Page(PageInput::Action(0)));
    one.does(Command::Page(PageInput::Choice(2)));
    for text in [WATER, "1.00", ""] {
        one.does(answer(text));
    }
    one.until(|view| matches!(view.screen, Screen::Sell(_)));
    // Both take it into a basket; the one that pays first has it.
    honors(&two);
    honors(&one);
    two.does(Command::BeginTender);
    two.until(|view| matches!(view.screen, Screen::Tender(_)));
    two.does(Command::TakeCash { amount: None, confirmed: false });
    two.until(|view| matches!(view.screen, Screen::Done(_)));
    opens(&one, 0);
    one.does(Command::LeavePage);
    one.does(Command::BeginTender);
    one.until(|view| {
        view.notice.as_ref().is_some_and(|notice| {
            notice.kind == NoticeKind::Refused && notice.text.to_string().contains("register 2")
        })
    });
    assert!(matches!(one.till.view().screen, Screen::Sell(_)), "and nothing is paid");
}
