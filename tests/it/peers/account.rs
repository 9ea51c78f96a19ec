//! One account at two registers: its checks are added up, and the same check is not taken twice.

use tideover::domain::check::fault::CheckFault;
use tideover::domain::check::limits::Breach;
use tideover::domain::check::wizard::Step;
use tideover::register::check_input::{CheckInput, Keyed};
use tideover::register::check_view::CheckView;
use tideover::register::command::Command;
use tideover::register::till::Till as _;
use tideover::register::view::{Screen, View};

use super::store::{Running, Store};
use crate::register::WATER;

/// A personal check, as a reader sends it.
fn line(number: u32) -> String {
    format!("T111000025T 008675309867U {number}")
}

fn check(view: &View) -> Option<&CheckView> {
    match &view.screen {
        Screen::Check(check) => Some(check),
        _ => None,
    }
}

fn says(running: &Running, text: &str, scanned: bool) {
    running.does(Command::Check(CheckInput::Answer { text: Keyed::new(text), scanned }));
}

fn is_at(step: Step) -> impl Fn(&View) -> bool {
    move |view| check(view).is_some_and(|check| check.step == step)
}

/// A sale is rung up, and a check is read.
fn reads(running: &Running, number: u32) {
    running.does(Command::NextCustomer);
    running.does(Command::Enter { text: WATER.to_owned() });
    running.does(Command::BeginTender);
    running.until(|view| matches!(view.screen, Screen::Tender(_)));
    running.does(Command::Check(CheckInput::Begin { amount: None }));
    running.until(is_at(Step::Line));
    says(running, &line(number), true);
    running.until(is_at(Step::Number));
}

/// Its number is confirmed and the rest answered.
fn answers(running: &Running) {
    for text in ["", "1", "TX", "y"] {
        says(running, text, false);
    }
    running.until(is_at(Step::Take));
}

fn takes(running: &Running) {
    says(running, "", false);
    running.until(|view| matches!(view.screen, Screen::Done(_)));
}

fn concerns(running: &Running) -> Vec<String> {
    let view = running.till.view();
    let check = check(&view).expect("a check");
    check.concerns.iter().map(ToString::to_string).collect()
}

#[test]
fn an_accounts_checks_are_added_up_over_the_store_and_none_is_taken_twice() {
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    two.calls(&one);
    one.sees(1, 2);
    two.sees(1, 2);
    for number in [1_101, 1_102] {
        reads(&one, number);
        answers(&one);
        assert_eq!(concerns(&one), Vec::<String>::new());
        takes(&one);
    }

    reads(&two, 1_101);
    says(&two, "", false);
    let same = CheckFault::TakenAlready(None).text().to_string();
    two.until(|view| view.notice.as_ref().is_some_and(|n| n.text.to_string() == same));
    assert!(is_at(Step::Number)(&two.till.view()), "nothing went on");
    two.does(Command::Check(CheckInput::Leave));
    two.does(Command::LeaveTender);
    two.does(Command::AbandonSale);

    reads(&two, 1_103);
    answers(&two);
    let limit = CheckFault::Limit(Breach::AccountCount(2)).text().to_string();
    assert_eq!(concerns(&two), [limit], "two at the other register, and this one");
}

#[test]
fn a_register_that_is_gone_is_not_waited_for_and_its_checks_are_not_known() {
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    two.calls(&one);
    two.sees(1, 2);
    reads(&one, 1_101);
    answers(&one);
    takes(&one);
    one.stops();
    two.until(|view| view.status.peers.as_ref().is_some_and(|peers| peers.seen == 0));
    let before = two.waited_in_vain();
    reads(&two, 1_101);
    says(&two, "", false);
    two.until(is_at(Step::IdKind));
    assert_eq!(two.waited_in_vain(), before, "who is not seen is not waited for");
}
