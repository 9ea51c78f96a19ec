//! The program ends between PAID and the paper: after the restart the register asks once whether
//! the receipt was printed, and the answer is a copy or nothing.

use tideover::device::printer::{Job, Lamp, NoPrinter, Printer, PrinterEvent, Wake};
use tideover::domain::event::Event;
use tideover::domain::ids::SaleNo;
use tideover::receipt::layout::Columns;
use tideover::register::command::Command;
use tideover::register::printing::{Paper, Reprinted};
use tideover::register::register::{Answer, Register};

use crate::register::{CASHIER, LEAD, Shop, WATER, done, scan, sell, sign_in};

/// Takes every job and never says a word, as a printer whose program is about to end.
struct Mute;

impl Printer for Mute {
    fn submit(&mut self, _: Job) {}

    fn events(&mut self) -> Vec<PrinterEvent> {
        Vec::new()
    }

    fn wake_on_event(&mut self, _: Wake) {}
}

fn pay(register: &mut Register) {
    assert_eq!(scan(register, WATER), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    let exact = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(exact), Answer::Done);
    done(register);
}

/// A sale whose program ends before its printer says anything.
fn interrupted(shop: &Shop) {
    let mut register = shop.open(CASHIER);
    register.set_paper(Paper::new(Box::new(Mute), Lamp::Unknown, Columns::C42));
    pay(&mut register);
    drop(register);
}

/// Starts again, and reads what the restart says.
fn again(shop: &Shop) -> Register {
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    register
}

fn asked(register: &Register) -> Option<u64> {
    sell(register).print_now.map(|sale| sale.number)
}

#[test]
fn the_last_receipt_is_asked_about_once_and_a_copy_of_it_is_recorded() {
    let shop = Shop::new();
    interrupted(&shop);
    let mut register = again(&shop);
    assert_eq!(asked(&register), Some(1));
    assert_eq!(shop.receipts(), "", "nothing prints by itself");
    assert_eq!(register.handle(Command::Reprint { which: Reprinted::Last }), Answer::Done);
    assert_eq!(asked(&register), None);
    assert!(shop.receipts().contains("COPY"), "{}", shop.receipts());
    assert_eq!(shop.receipts().matches("TOTAL").count(), 1);
    let copies = shop.events().into_iter().filter(
        |event| matches!(event, Event::Reprint { number, approval: None } if *number == SaleNo(1)),
    );
    assert_eq!(copies.count(), 1, "recorded as any copy of the last sale");
    drop(register);
    assert_eq!(asked(&again(&shop)), None, "it is not asked a second time");
}

#[test]
fn no_leaves_the_question_prints_nothing_and_records_nothing() {
    let shop = Shop::new();
    interrupted(&shop);
    let mut register = again(&shop);
    let before = shop.kinds();
    assert_eq!(register.handle(Command::Decline), Answer::Done);
    assert_eq!((asked(&register), shop.receipts().as_str()), (None, ""));
    assert_eq!(shop.kinds(), before);
    drop(register);
    assert_eq!(asked(&again(&shop)), None);
}

#[test]
fn the_next_sale_never_waits_for_an_answer() {
    let shop = Shop::new();
    interrupted(&shop);
    let mut register = again(&shop);
    pay(&mut register);
    assert_eq!(done(&register).number, 2);
    register.handle(Command::NextCustomer);
    assert_eq!(asked(&register), None);
    assert_eq!(shop.receipts().matches("TOTAL").count(), 1, "the second sale's own");
}

#[test]
fn signing_out_and_in_again_keeps_the_question_and_another_page_does_not_lose_it() {
    let shop = Shop::new();
    interrupted(&shop);
    let mut register = again(&shop);
    register.handle(Command::OpenPage(tideover::register::page::PageName::Store));
    register.handle(Command::LeavePage);
    register.handle(Command::SignOut);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(asked(&register), Some(1));
    // A refused scan is no next sale.
    assert!(matches!(scan(&mut register, "401100370078"), Answer::Refused(_)));
    assert_eq!(asked(&register), Some(1));
}

#[test]
fn what_the_printer_said_is_printed_is_not_asked_about_after_any_end() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    pay(&mut register);
    drop(register);
    assert_eq!(asked(&again(&shop)), None, "killed after the receipt was out");
    // In good order, and then killed before anything else was sold.
    again(&shop).close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(asked(&register), None);
    drop(register);
    assert_eq!(asked(&again(&shop)), None);
}

#[test]
fn after_the_shift_or_without_paper_nothing_is_asked() {
    let shop = Shop::new();
    interrupted(&shop);
    let mut register = again(&shop);
    register.set_paper(Paper::new(Box::new(NoPrinter), Lamp::PaperFree, Columns::C42));
    assert_eq!(asked(&register), None, "receipts are on the screen there");
    drop(register);
    let mut register = again(&shop);
    let money = tideover::domain::money::Money::from_minor;
    let count = Command::CloseShift {
        pieces: Vec::new(),
        loose: money(15_130),
        checks: money(0),
        check_count: 0,
    };
    assert_eq!(register.handle(count), Answer::Done);
    drop(register);
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    let float = Command::OpenShift { float: money(15_000) };
    assert_eq!(register.handle(float), Answer::Done);
    assert_eq!(asked(&register), None);
}

#[test]
fn a_mark_that_can_not_be_read_costs_a_question_and_nothing_else() {
    for text in ["", "x", "99999999999999999999999", "\u{0}\u{0}\u{0}", &"9".repeat(4_000)] {
        let shop = Shop::new();
        let mut register = shop.open(CASHIER);
        pay(&mut register);
        drop(register);
        std::fs::write(shop.data().running_mark(), text).expect("written");
        assert_eq!(asked(&again(&shop)), Some(1), "{text:?}");
    }
}
