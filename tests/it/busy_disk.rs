//! Another program (a backup, a virus scanner) keeps the ledger locked, or the file of wrong PINs
//! can't be written: the register says so, and sells on.

use std::fs;

use rusqlite::Connection;
use tideover::domain::event::Event;
use tideover::domain::guessing::GuessEnd;
use tideover::domain::refusal::Refusal;
use tideover::register::command::Command;
use tideover::register::register::{Answer, Register};
use tideover::register::view::Screen;

use crate::register::{CASHIER, Shop, WATER, done, scan, sign_in};

const WRONG: &str = "111222";

/// A program that holds on to the ledger until it is dropped.
#[expect(clippy::disallowed_methods, reason = "another program that holds a lock")]
fn holds_on(shop: &Shop) -> Connection {
    let data = shop.data();
    let place = data.place(&data.settings().expect("settings"));
    let other = Connection::open(place.database()).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    other
}

fn notice(register: &Register) -> String {
    register.view().notice.expect("said").text.to_string()
}

#[test]
fn a_ledger_that_is_locked_refuses_the_payment_and_takes_the_same_one_afterwards() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    let before = register.view().screen;
    let other = holds_on(&shop);
    let exact = || Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(exact()), Answer::Refused(Refusal::DiskBusy));
    assert_eq!(register.view().screen, before, "the payment stands as it did");
    assert!(notice(&register).starts_with("Not recorded"), "{}", notice(&register));
    assert_eq!(shop.receipts(), "", "no receipt without a record");
    drop(other);
    assert_eq!(register.handle(exact()), Answer::Done);
    assert_eq!(done(&register).number, 1);
    register.close().expect("closed");
    assert_eq!(shop.kinds().split_off(4), ["sale"], "once");
    assert!(matches!(shop.start().view().screen, Screen::SignIn(_)), "nothing is to be said");
}

#[test]
fn wrong_pins_on_a_locked_ledger_are_answered_and_recorded_with_the_next_right_one() {
    let shop = Shop::new();
    let mut register = shop.start();
    let other = holds_on(&shop);
    for _ in 0..4 {
        let wrong = sign_in(&mut register, (CASHIER.0, WRONG));
        assert_eq!(wrong, Answer::Refused(Refusal::WrongPin));
    }
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Refused(Refusal::LockedOut(5)));
    drop(other);
    shop.clock.advance_ms(5_000);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    register.close().expect("closed");
    let told = |event| match event {
        Event::PinGuessed(guessed) => Some((guessed.tries, guessed.then)),
        _ => None,
    };
    let told: Vec<(u32, GuessEnd)> = shop.events().into_iter().filter_map(told).collect();
    assert!(told.contains(&(4, GuessEnd::Wait)), "{told:?}");
}

#[test]
fn a_file_of_wrong_pins_that_can_not_be_written_stops_nobody_and_is_said() {
    let shop = Shop::new();
    let mut register = shop.start();
    let data = shop.data();
    let tries = data.tries_path(&data.settings().expect("settings"));
    let in_the_way = tries.with_extension("new");
    fs::create_dir(&in_the_way).expect("a folder");
    for _ in 0..4 {
        let wrong = sign_in(&mut register, (CASHIER.0, WRONG));
        assert_eq!(wrong, Answer::Refused(Refusal::WrongPin));
    }
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Refused(Refusal::LockedOut(5)));
    shop.clock.advance_ms(5_000);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done, "no PIN is refused for it");
    assert_eq!(notice(&register), "Wrong PINs can't be kept: their file can't be written");
    fs::remove_dir(&in_the_way).expect("gone");
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert!(notice(&register).starts_with("Hello"), "{}", notice(&register));
}
