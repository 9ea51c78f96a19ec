//! Registers of one store: what one records the others know, and nobody else is believed.

mod account;
mod cable;
mod copy;
#[cfg(feature = "central")]
mod destroyed;
#[cfg(feature = "central")]
mod lan;
mod odd;
mod pickup;
mod rain_check;
mod stock;
pub(crate) mod store;

use std::time::Duration;

use tideover::domain::ids::{RegisterNo, SaleNo};
use tideover::domain::outage::System;
use tideover::domain::quantity::Quantity;
use tideover::domain::sale::Reason;
use tideover::register::command::{Command, Pin};
use tideover::register::till::Till as _;
use tideover::register::view::{NoticeKind, Screen, View};

use self::cable::Cable;
use self::store::Store;
use crate::register::WATER;

const MANAGER: (&str, &str) = ("51", "958316");

fn waits(count: usize) -> impl Fn(&View) -> bool {
    move |view| view.status.suspended.len() == count
}

fn outage(open: bool) -> impl Fn(&View) -> bool {
    move |view| view.status.outage.is_some() == open
}

fn declare() -> Command {
    Command::DeclareOutage {
        systems: vec![System::Payments],
        cause: "no cards".to_owned(),
        ticket: String::new(),
    }
}

#[test]
fn what_one_register_records_the_others_show() {
    let store = Store::of(&[1, 2, 3]);
    let (one, two, three) = (store.start(1), store.start(2), store.start(3));
    // Each learns from a call where the caller can be called: one direction is enough.
    one.calls(&two);
    one.calls(&three);
    two.calls(&three);
    for register in [&one, &two, &three] {
        register.sees(2, 3);
    }
    let paid: Vec<Duration> = (0..10).map(|_| one.sells(2)).collect();
    println!("from the last key to PAID, with two peers: {paid:?}");
    one.sees(2, 3);
    // An outage, declared at one and ended at another.
    one.does(declare());
    for register in [&one, &two, &three] {
        register.until(outage(true));
    }
    three.does(Command::EndOutage { note: "back".to_owned() });
    for register in [&one, &two, &three] {
        register.until(outage(false));
    }
    // A basket put aside at one goes on at another, and waits nowhere any more.
    two.does(Command::Enter { text: format!("3*{WATER}") });
    two.does(Command::Suspend);
    for register in [&one, &two, &three] {
        register.until(waits(1));
        assert_eq!(register.till.view().status.suspended[0].slip, 2_001);
    }
    one.does(Command::NextCustomer);
    one.does(Command::Resume { slip: 2_001 });
    one.until(|view| matches!(&view.screen, Screen::Sell(sell) if sell.item_count == 3));
    for register in [&one, &two, &three] {
        register.until(waits(0));
    }
    for register in [one, two, three] {
        register.stops();
    }
}

#[test]
fn the_history_of_an_outage_counts_the_sales_of_all_registers() {
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    one.sees(1, 2);
    two.sees(1, 2);
    one.does(declare());
    two.until(outage(true));
    one.sells(1);
    two.sells(2);
    two.sells(3);
    two.does(Command::NextCustomer);
    two.does(Command::EndOutage { note: "back".to_owned() });
    one.until(outage(false));
    one.sees(1, 2);
    two.sees(1, 2);
    // Ended at the other register, and told from this one's own folder while both sell.
    let page = store.data(1).0.join("outages.html");
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_tideover"))
        .args(["--json", "outages", "--data"])
        .arg(&store.data(1).0)
        .arg("--html")
        .arg(&page)
        .output()
        .expect("it runs");
    let json: serde_json::Value = serde_json::from_slice(&told.stdout).expect("json");
    assert_eq!(json["registers"], serde_json::json!([1, 2]));
    let outage = &json["outages"][0];
    assert_eq!((&outage["sales"], &outage["note"]), (&3.into(), &"back".into()));
    assert_eq!(outage["last_sale"], 1, "this register's own last sale, not the other's");
    assert!(std::fs::read_to_string(page).expect("a page").contains("register 1, 2 that"));
    one.stops();
    two.stops();
}

#[test]
fn registers_that_are_cut_apart_go_on_alone_and_agree_again_with_what_both_did() {
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
    one.does(Command::Enter { text: WATER.to_owned() });
    one.does(Command::Suspend);
    two.until(waits(1));
    // The lamp of a view that shows the basket is the lamp after it was recorded.
    one.until(waits(1));
    one.sees(1, 2);
    to_one.cut();
    to_two.cut();
    one.sees(0, 2);
    two.sees(0, 2);
    // Both go on: one sells, both take up the same basket.
    let before = one.waited_in_vain();
    one.sells(1);
    assert_eq!(one.waited_in_vain(), before, "a cut cable holds up no sale");
    one.sees(0, 1);
    for register in [&one, &two] {
        register.does(Command::NextCustomer);
        register.does(Command::Resume { slip: 1_001 });
        register.until(|view| matches!(&view.screen, Screen::Sell(sell) if !sell.is_empty()));
        register.until(waits(0));
    }
    to_one.mend();
    to_two.mend();
    for register in [&one, &two] {
        register.sees(1, 2);
        register.until(|view| {
            view.notice.as_ref().is_some_and(|notice| {
                notice.kind == NoticeKind::Attention
                    && notice.text.to_string().starts_with("Number 1001 went on at registers 1, 2")
            })
        });
    }
}

#[test]
fn a_return_of_another_registers_sale_is_verified_in_the_copy_and_counted_everywhere() {
    let store = Store::of(&[1, 2, 3]);
    let (one, two, three) = (store.start(1), store.start(2), store.start(3));
    one.calls(&two);
    one.calls(&three);
    two.calls(&three);
    one.sells(3);
    for register in [&one, &two, &three] {
        register.sees(2, 3);
    }
    two.until(|_| two.mirror().sales_numbered(RegisterNo(1), SaleNo(1)).expect("read").len() == 1);
    two.does(Command::FindReceipt { number: "1-1".to_owned() });
    two.until(|view| matches!(&view.screen, Screen::Receipt(sale) if !sale.voidable));
    let quantity = Quantity::parse("2").expect("a quantity");
    let reason = Reason::Damaged;
    two.does(Command::ReturnItem { place: 0, quantity, reason });
    two.does(Command::LeaveReceipt);
    two.does(Command::BeginTender);
    // The same lead sold it: somebody else must sign.
    two.until(|view| view.ask.is_some());
    let (person, pin) = (MANAGER.0.to_owned(), Pin::new(MANAGER.1));
    two.does(Command::Approve { person, pin });
    two.until(|view| matches!(view.screen, Screen::Tender(_)));
    two.does(Command::TakeCash { amount: None, confirmed: false });
    two.until(|view| matches!(view.screen, Screen::Done(_)));
    // At the third, and at the first itself, one is left.
    for register in [&three, &one] {
        register.does(Command::NextCustomer);
        let came_back = |view: &View| matches!(&view.screen, Screen::Receipt(sale) if sale.lines[0].came_back == quantity);
        register.sees(2, 3);
        register.does(Command::FindReceipt { number: "1-1".to_owned() });
        register.until(came_back);
        register.does(Command::ReturnItem { place: 0, quantity, reason });
        register.until(|view| {
            view.notice.as_ref().is_some_and(|notice| notice.kind == NoticeKind::Refused)
        });
    }
}
