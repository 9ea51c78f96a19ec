//! What can't be is refused with what to do, and nothing of it is half done: no record, no other
//! screen, no stock that moved. One table for the work of a store.
//!
//! ```text
//!  a register made ready ─▶ each wrong input ─▶ refused, with a remedy
//!        └─ records, screen, stock, drawer: as before ◀─┘   and then the right one is taken
//! ```

use tideover::domain::bag::BagNo;
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::goods::reason::StockReason;
use tideover::domain::gtin::ItemCode;
use tideover::domain::hours::PunchKind;
use tideover::domain::money::Money;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::Screen;

use crate::register::{CASHIER, LEAD, MANAGER, Shop, WATER};

/// The carton of the sample store's delivery notice.
const CARTON: &str = "106141412345678908";

fn key(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn action(place: usize) -> Command {
    Command::Page(PageInput::Action(place))
}

fn choice(place: usize) -> Command {
    Command::Page(PageInput::Choice(place))
}

fn row(place: usize) -> Command {
    Command::Page(PageInput::Row(place))
}

fn keys(texts: &[&str]) -> Vec<Command> {
    texts.iter().map(|text| key(text)).collect()
}

fn open(name: PageName, then: Vec<Command>) -> Vec<Command> {
    [vec![Command::OpenPage(name)], then].concat()
}

fn approved((person, pin): (&str, &str)) -> Command {
    Command::Approve { person: person.to_owned(), pin: Pin::new(pin) }
}

/// A task made ready, what can't be there, and what is right there.
struct Case {
    what: &'static str,
    ready: Vec<Command>,
    wrong: Vec<Command>,
    right: Vec<Command>,
    /// What the right one records.
    records: &'static [&'static str],
}

fn drop(minor: i64, bag: &str) -> Command {
    let bag = BagNo::parse(bag).expect("a bag");
    Command::MoveCash { movement: CashMovement::drop(Money::from_minor(minor), bag) }
}

fn damage() -> Vec<Command> {
    let place = StockReason::BY_HAND.iter().position(|reason| *reason == StockReason::Damage);
    open(PageName::Stock, vec![key(WATER), action(0), row(place.expect("listed"))])
}

fn claimed(order: &str) -> Vec<Command> {
    open(PageName::Pickup, vec![key(order)])
}

/// Comes to work; the lead's page with the time to correct is open.
fn correction() -> Vec<Command> {
    let place = PunchKind::ALL.iter().position(|kind| *kind == PunchKind::In).expect("a kind");
    let punched = open(PageName::Hours, vec![key(CASHIER.0), key(CASHIER.1), choice(place)]);
    let corrects =
        open(PageName::Hours, vec![key(CASHIER.0), key(CASHIER.1), action(0), row(0), choice(0)]);
    [punched, corrects].concat()
}

fn cases() -> Vec<Case> {
    let loan = |minor| Command::MoveCash {
        movement: CashMovement::new(CashMovementKind::Loan, Money::from_minor(minor)),
    };
    let received = open(PageName::Deliveries, vec![key(CARTON), key(&format!("6*{WATER}"))]);
    vec![
        Case {
            what: "a quantity of a sale",
            ready: vec![],
            wrong: ["0", "-0", "1000000000", "-1000000000"]
                .map(|count| Command::Enter { text: format!("{count}*{WATER}") })
                .into(),
            right: vec![Command::Enter { text: format!("2*{WATER}") }],
            records: &[],
        },
        Case {
            what: "an order nobody knows",
            ready: open(PageName::Pickup, vec![]),
            wrong: keys(&["W-99999", "nobody of that name", "\u{7}"]),
            right: keys(&["W-20417"]),
            records: &[],
        },
        Case {
            what: "the code of an order",
            ready: [claimed("W-20417"), vec![action(0)]].concat(),
            wrong: keys(&["000000", "-1", ""]),
            right: vec![key("731904"), action(1), action(2)],
            records: &["pickup"],
        },
        Case {
            what: "how much of an order goes out",
            ready: [
                claimed("W-20417"),
                vec![action(0), key("731904"), action(1), row(0), choice(0)],
            ]
            .concat(),
            wrong: keys(&["-1", "3", "1000000000", "some"]),
            right: vec![key("1"), action(2)],
            records: &["pickup"],
        },
        Case {
            what: "how much is damaged",
            ready: damage(),
            wrong: keys(&["-1", "0", "1000000000", "many", "1.00001"]),
            right: vec![key("2"), key("")],
            records: &["stock_delta"],
        },
        Case {
            what: "what was counted",
            ready: open(PageName::Count, keys(&["Aisle 4"])),
            wrong: keys(&[
                &format!("-1*{WATER}"),
                &format!("1000000000*{WATER}"),
                "3*4006381333931",
                "no such code",
            ]),
            right: keys(&[&format!("31*{WATER}")]),
            records: &[],
        },
        Case {
            what: "a transfer",
            ready: open(PageName::Transfer, vec![choice(0)]),
            wrong: keys(&["1042", "0", "-7", "nowhere"]),
            right: keys(&["1043"]),
            records: &[],
        },
        Case {
            what: "what a truck brought",
            ready: received,
            wrong: keys(&[&format!("-6*{WATER}"), &format!("1000000000*{WATER}")]),
            right: keys(&[&format!("1*{WATER}")]),
            records: &[],
        },
        Case {
            what: "a time of work",
            ready: correction(),
            wrong: keys(&["2359", "2501", "09010800", "-805", ""]),
            right: keys(&["1348", "the register was off"]),
            records: &["punch_corrected"],
        },
        Case {
            what: "why a time is corrected",
            ready: [correction(), keys(&["1348"])].concat(),
            wrong: keys(&["", " ", &"x".repeat(2_000), "a\u{7}b"]),
            right: keys(&["the register was off"]),
            records: &["punch_corrected"],
        },
        Case {
            what: "a rain check nobody wrote",
            ready: open(PageName::RainChecks, vec![]),
            wrong: keys(&["7999", "-1", "0", "TDR1:1042:7:99"]),
            right: vec![action(0)],
            records: &[],
        },
        Case {
            what: "a slip of no pad",
            ready: open(
                PageName::PaperSlips,
                [vec![action(1)], keys(&["101", "50", CASHIER.0]), vec![action(0)]].concat(),
            ),
            wrong: keys(&["100", "151", "-1", "0", "1000000", "TDP1:1043:101"]),
            right: keys(&["101"]),
            records: &[],
        },
        Case {
            what: "cash that moves",
            ready: vec![drop(2_000, "TB-1"), approved(MANAGER)],
            wrong: vec![
                drop(0, "TB-2"),
                drop(-2_000, "TB-2"),
                drop(3_000, "TB-1"),
                loan(0),
                loan(-1),
                Command::MoveCash {
                    movement: CashMovement::new(CashMovementKind::Drop, Money::from_minor(2_000)),
                },
            ],
            right: vec![drop(3_000, "TB-2"), approved(MANAGER)],
            records: &["cash_movement"],
        },
    ]
}

/// What must be as it was: the screen, how much of the water is there, and the drawer.
fn stands(register: &Register) -> (Screen, String, String) {
    let water = register.stock(&ItemCode::parse(WATER).expect("a code"));
    let shift = register.ledger().state().open_shift.clone();
    (register.view().screen, format!("{water:?}"), format!("{shift:?}"))
}

fn done(register: &mut Register, what: &str, command: Command) {
    let said = format!("{what}: {command:?} on {:?}", register.view().screen);
    match register.handle(command) {
        Answer::Done | Answer::Refused(tideover::domain::refusal::Refusal::NeedsApproval(..)) => {}
        other => panic!("{other:?}: {said}"),
    }
}

/// What is wrong with how a wrong input was taken.
fn fault(register: &mut Register, shop: &Shop, command: Command) -> Option<String> {
    let (before, kinds) = (stands(register), shop.kinds());
    let answer = register.handle(command);
    let Answer::Refused(refusal) = answer else {
        return Some(format!("{answer:?}: {:?}", register.view().screen));
    };
    if refusal.text().is_empty() || refusal.remedy().is_empty() {
        return Some(format!("without words or remedy: {refusal:?}"));
    }
    if stands(register) != before || shop.kinds() != kinds {
        return Some(format!("something changed: {:?}", register.view().screen));
    }
    None
}

#[test]
fn what_cannot_be_is_refused_with_its_remedy_and_nothing_is_half_done() {
    let mut faults = Vec::new();
    for Case { what, ready, wrong, right, records } in cases() {
        let shop = Shop::new();
        let mut register = shop.open(LEAD);
        for command in ready {
            done(&mut register, what, command);
        }
        let kinds = shop.kinds();
        for command in wrong {
            let said = format!("{command:?}");
            if let Some(fault) = fault(&mut register, &shop, command) {
                faults.push(format!("{what}: {said}: {fault}"));
                break;
            }
        }
        if faults.iter().any(|fault| fault.starts_with(what)) {
            continue;
        }
        for command in right {
            done(&mut register, what, command);
        }
        assert_eq!(shop.kinds()[kinds.len()..], *records, "{what}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
