//! A rain check that proves itself: printed by one register, honored by another one, offline; and
//! the same slip at two registers apart, which central finds.

use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::rain_check::RainCheckFault;
use tideover::domain::refusal::Refusal;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::sync::http::HttpTransport;

use super::paper::Print;
use super::stories::{Counter, deadlines};
use super::virtual_printer::{Script, VirtualPrinter};
use super::witness::enrolled;
use crate::central::central_at;
use crate::check::carried::hand_over;
use crate::register::{CASHIER, LEAD, Shop, WATER, enter, scan, sell, sign_in};

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?}");
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

/// Writes a promise of WATER at 1.00 and prints it on a real printer's line; its code.
fn written(shop: &Shop) -> String {
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(shop, &printer, deadlines());
    must(&mut counter.register, Command::OpenPage(PageName::RainChecks));
    must(&mut counter.register, Command::Page(PageInput::Action(0)));
    must(&mut counter.register, Command::Page(PageInput::Choice(2)));
    for text in [WATER, "1.00", ""] {
        must(&mut counter.register, answer(text));
    }
    let code = printer.wait("a slip", |paper| {
        paper.prints.iter().find_map(|print| match print {
            Print::Qr(code) => Some(code.clone()),
            _ => None,
        })
    });
    counter.register.close().expect("closed");
    code
}

fn refused(fault: RainCheckFault) -> Answer {
    Answer::Refused(fault.into())
}

fn pay(register: &mut Register) {
    must(register, Command::BeginTender);
    must(register, Command::TakeCash { amount: None, confirmed: false });
    must(register, Command::NextCustomer);
}

/// Honors it at a register that never saw it; a lead asks nobody else.
fn honored(shop: &Shop, code: &str) {
    let mut register = shop.open(LEAD);
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    assert_eq!(scan(&mut register, code), Answer::Done);
    assert_eq!(sell(&register).lines[0].amount, Money::from_minor(100));
    pay(&mut register);
    register.close().expect("closed");
}

#[test]
fn another_register_honors_it_by_its_paper_alone_with_a_lead_and_only_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (writer, taker) = (Shop::new(), Shop::new());
    enrolled(&writer, &central, 7);
    enrolled(&taker, &central, 8);
    let code = written(&writer);
    assert!(code.starts_with("TDR2:") && code.len() < 400, "{}: {code}", code.len());
    let mut register = taker.open(CASHIER);
    let asked = scan(&mut register, &code);
    assert!(matches!(asked, Answer::Refused(Refusal::RainCheck(_))), "ring it up first: {asked:?}");
    assert_eq!(enter(&mut register, &format!("2*{WATER}")), Answer::Done);
    let lead = Refusal::NeedsApproval(Act::RainCheck, Role::Lead);
    assert_eq!(scan(&mut register, &code), Answer::Refused(lead));
    let (person, pin) = (LEAD.0.to_owned(), Pin::new(LEAD.1));
    must(&mut register, Command::Approve { person, pin });
    assert_eq!(sell(&register).lines[0].amount, Money::from_minor(229), "one of two");
    assert_eq!(scan(&mut register, &code), refused(RainCheckFault::InThisSale(7_001)));
    pay(&mut register);
    let events = taker.events();
    let Some(Event::Sale(sale)) = events.last() else { panic!("{events:?}") };
    let of = sale.terms.rain_checks[0].of;
    assert_eq!((of.store, of.register, of.number), (StoreNo(1042), RegisterNo(7), 7_001));
    assert!(of.hash_start.is_some(), "believed by its paper");
    // Also after a restart.
    register.close().expect("closed");
    let mut register = taker.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    let twice = refused(RainCheckFault::Redeemed(7_001, RegisterNo(8)));
    assert_eq!(scan(&mut register, &code), twice);
    // The register that wrote it looks at its own record and asks nobody.
    let mut own = writer.start();
    assert_eq!(sign_in(&mut own, CASHIER), Answer::Done);
    assert_eq!(enter(&mut own, WATER), Answer::Done);
    assert_eq!(scan(&mut own, &code), Answer::Done);
    pay(&mut own);
    assert_eq!(enter(&mut own, WATER), Answer::Done);
    let there = refused(RainCheckFault::Redeemed(7_001, RegisterNo(7)));
    assert_eq!(scan(&mut own, &code), there);
}

#[test]
fn a_slip_that_was_changed_torn_or_made_by_a_stranger_takes_nothing_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let elsewhere = tempfile::tempdir().expect("a folder");
    let other_chain = central_at(elsewhere.path());
    let (writer, taker, stranger) = (Shop::new(), Shop::new(), Shop::new());
    enrolled(&writer, &central, 7);
    enrolled(&taker, &central, 8);
    enrolled(&stranger, &other_chain, 9);
    let code = written(&writer);
    let mut register = taker.open(LEAD);
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    let place = code.len() - 40;
    let other = if &code[place..=place] == "B" { "C" } else { "B" };
    let changed = format!("{}{other}{}", &code[..place], &code[place + 1..]);
    assert_eq!(scan(&mut register, &changed), refused(RainCheckFault::Altered));
    let words = register.view().notice.expect("words");
    assert!(words.remedy.to_string().contains("manager"), "{words:?}");
    assert_eq!(scan(&mut register, &code[..place]), refused(RainCheckFault::NotWhole));
    let theirs = written(&stranger);
    assert_eq!(scan(&mut register, &theirs), refused(RainCheckFault::Stranger));
    assert_eq!(sell(&register).lines[0].amount, Money::from_minor(129));
    // A register without central prints a name, which proves nothing elsewhere.
    let alone = Shop::new();
    let name = written(&alone);
    assert!(name.starts_with("TDR1:1042:7:"), "{name}");
    let names = RainCheckFault::NamesOnly(StoreNo(1042), RegisterNo(7));
    assert_eq!(scan(&mut register, &name), refused(names));
    let mut alone = alone.start();
    assert_eq!(sign_in(&mut alone, LEAD), Answer::Done);
    assert_eq!(enter(&mut alone, WATER), Answer::Done);
    assert_eq!(scan(&mut alone, &code), refused(RainCheckFault::NotEnrolled));
    assert_eq!(scan(&mut alone, &name), Answer::Done, "its own, by its own journal");
}

#[test]
fn the_same_slip_at_two_registers_apart_is_one_exception_whichever_comes_first() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let shops = [Shop::new(), Shop::new(), Shop::new()];
        for (shop, register) in shops.iter().zip(7..) {
            enrolled(shop, &central, register);
        }
        let code = written(&shops[0]);
        honored(&shops[1], &code);
        shops[2].clock.advance_ms(60_000);
        honored(&shops[2], &code);
        // Twice over, as a line that loses answers would.
        for place in order.into_iter().chain(order) {
            let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
            let report = hand_over(&shops[place].data(), 1, &mut line);
            assert_eq!(report.pending, 0, "{report:?}");
        }
        central.settle();
        let found = central.door().exceptions(None).expect("read");
        let twice: Vec<_> = found.iter().filter(|one| one.code == "redeemed_twice").collect();
        assert_eq!(twice.len(), 1, "{order:?}: {found:#?}");
        assert_eq!((twice[0].count, twice[0].journal.register), (1, RegisterNo(9)), "the later");
        assert!(twice[0].text.contains("7001"), "{}", twice[0].text);
        assert!(found.iter().all(|one| one.code != "rain_check_unknown"), "{found:#?}");
        central.stop();
    }
}
