//! Readiness: red a week before the outage, and a practice that is ticked off by what was done.

use tideover::domain::bag::BagNo;
use tideover::domain::drawer::CashMovement;
use tideover::domain::event::Event;
use tideover::domain::money::Money;
use tideover::domain::outage::System;
use tideover::domain::practice::{Practice, PracticeStep};
use tideover::domain::readiness::Topic;
use tideover::domain::refusal::Refusal;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::training::Side;
use tideover::register::view::{Link, PageView, RowMark, Screen};

use crate::register::{CASHIER, LEAD, Shop, WATER, sign_in};

fn open(register: &mut Register, name: PageName) -> PageView {
    assert_eq!(register.handle(Command::OpenPage(name)), Answer::Done);
    page(register)
}

fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

/// How a topic stands on the page, and what to do about it.
fn row(page: &PageView, topic: Topic) -> (RowMark, String) {
    let row = page.rows.iter().find(|row| row.cells[0] == topic.label());
    let row = row.expect("every topic has a row");
    (row.mark, row.cells[2].to_string())
}

fn act(register: &mut Register, place: usize) -> Answer {
    register.handle(Command::Page(PageInput::Action(place)))
}

#[test]
fn the_page_says_what_is_wrong_first_and_what_to_do_while_there_is_time() {
    let shop = Shop::new();
    let mut register = shop.start();
    let calm = open(&mut register, PageName::Readiness);
    assert_eq!(row(&calm, Topic::Prices), (RowMark::Good, String::new()));
    assert_eq!(row(&calm, Topic::Key).0, RowMark::Good);
    assert_eq!(row(&calm, Topic::People).0, RowMark::Good);
    let (mark, remedy) = row(&calm, Topic::Practice);
    assert_eq!(mark, RowMark::Bad);
    assert!(remedy.contains("five minutes"), "{remedy}");
    assert_eq!(calm.rows[0].mark, RowMark::Bad, "the worst stands first");
    assert_eq!(calm.rows.last().map(|row| row.mark), Some(RowMark::Good));

    // Two days without a new price file, and a clock that central contradicts.
    shop.clock.advance_ms(49 * 3_600_000);
    register.link_is(Link::UpToDate);
    register.clock_is(Some(-310_000));
    let later = page(&register);
    assert_eq!(row(&later, Topic::Prices).0, RowMark::Bad);
    assert_eq!(row(&later, Topic::Clock).0, RowMark::Bad);
    assert_eq!(row(&later, Topic::Central).0, RowMark::Good);
}

/// An answer on the page that is open.
fn key(register: &mut Register, text: &str) {
    let answer = PageInput::Answer { text: Keyed::new(text), scanned: false };
    assert_eq!(register.handle(Command::Page(answer)), Answer::Done, "{text}");
}

/// Gives a pad out, and spoils one of its slips where a number is named.
fn give_out(register: &mut Register, pad: [&str; 2], spoiled: Option<&str>) {
    open(register, PageName::PaperSlips);
    assert_eq!(act(register, 1), Answer::Done);
    for answer in [pad[0], pad[1], CASHIER.0] {
        key(register, answer);
    }
    if let Some(number) = spoiled {
        assert_eq!(act(register, 2), Answer::Done);
        key(register, number);
        key(register, "torn");
    }
    assert_eq!(register.handle(Command::LeavePage), Answer::Done);
}

#[test]
fn paper_pads_are_red_until_one_is_given_out_and_yellow_when_few_slips_are_left() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let (mark, remedy) = row(&open(&mut register, PageName::Readiness), Topic::Pads);
    assert_eq!(mark, RowMark::Bad);
    assert!(remedy.contains("tideover pads"), "{remedy}");
    let said = |register: &mut Register| {
        let page = open(register, PageName::Readiness);
        let row = page.rows.iter().find(|row| row.cells[0] == Topic::Pads.label()).expect("a row");
        (row.mark, row.cells[1].to_string())
    };

    give_out(&mut register, ["101", "26"], None);
    let enough = (RowMark::Good, "Unused slips: 26; pads given out: 1".to_owned());
    assert_eq!(said(&mut register), enough);
    // Slip 102 is used up, so 101 can't be written on any more: it is missing, not left.
    give_out(&mut register, ["201", "1"], Some("102"));
    let few = (RowMark::Good, "Unused slips: 25; pads given out: 2".to_owned());
    assert_eq!(said(&mut register), few);
    give_out(&mut register, ["301", "1"], Some("126"));
    let hardly_any = (RowMark::Attention, "Unused slips: 2; pads given out: 3".to_owned());
    assert_eq!(said(&mut register), hardly_any);

    // Still so after a restart, and what is recorded names the topic for central's score.
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert_eq!(said(&mut register), hardly_any);
    assert_eq!(act(&mut register, 0), Answer::Done);
    let look = shop.events().into_iter().find_map(|event| match event {
        Event::ReadinessLook(look) => Some(look),
        _ => None,
    });
    assert!(look.expect("recorded").soon.contains(&Topic::Pads));
}

#[test]
fn a_look_is_recorded_by_somebody_who_is_signed_in() {
    let shop = Shop::new();
    let mut register = shop.start();
    open(&mut register, PageName::Readiness);
    assert_eq!(act(&mut register, 0), Answer::Refused(Refusal::NotSignedIn));
    register.handle(Command::LeavePage);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    let shown = open(&mut register, PageName::Readiness);
    assert_eq!(act(&mut register, 0), Answer::Done);
    register.close().expect("closed");
    let look = shop.events().into_iter().find_map(|event| match event {
        Event::ReadinessLook(look) => Some(look),
        _ => None,
    });
    let look = look.expect("recorded");
    assert!(shown.lead[0].to_string().starts_with(&look.score.to_string()));
    assert!(look.not_ready.contains(&Topic::Practice), "{look:?}");
}

#[test]
fn a_practice_is_ticked_by_what_was_done_and_known_on_the_real_side() {
    let shop = Shop::new();
    shop.start().close().expect("closed");
    let mut register = shop.learner();
    let done = |register: &Register| {
        page(register).rows.iter().filter(|row| row.mark == RowMark::Good).count()
    };

    open(&mut register, PageName::Practice);
    assert_eq!(act(&mut register, 0), Answer::Done, "begun");
    assert_eq!(done(&register), 0);
    register.handle(Command::LeavePage);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert_eq!(register.handle(declare()), Answer::Done);
    register.handle(Command::OpenShift { float: Money::from_minor(10_000) });
    for _ in 0..3 {
        register.handle(Command::Scan { code: WATER.to_owned() });
    }
    register.handle(Command::BeginTender);
    assert_eq!(register.handle(Command::TakeCash { amount: None, confirmed: false }), Answer::Done);
    open(&mut register, PageName::Practice);
    assert_eq!(done(&register), 2, "the outage and a sale for cash");
    register.handle(Command::LeavePage);
    register.handle(Command::MoveCash {
        movement: CashMovement::drop(Money::from_minor(100), BagNo::parse("1").expect("a bag")),
    });
    let (person, pin) = ("51".to_owned(), Pin::new("958316"));
    assert_eq!(register.handle(Command::Approve { person, pin }), Answer::Done);
    shop.clock.advance_ms(240_000);
    open(&mut register, PageName::Practice);
    assert_eq!(done(&register), 3);
    assert_eq!(act(&mut register, 0), Answer::Done, "stopped here");
    register.close().expect("closed");

    let real = shop.start();
    let practice = shop.events().into_iter().find_map(|event| match event {
        Event::Practice(practice) => Some(practice),
        _ => None,
    });
    let steps = vec![PracticeStep::Declare, PracticeStep::Cash, PracticeStep::Drop];
    assert_eq!(practice, Some(Practice::Done { seconds: 240, steps }));
    real.close().expect("closed");
    let mut again = shop.start();
    assert_eq!(shop.kinds().iter().filter(|kind| *kind == "practice").count(), 1, "noted once");
    let page = open(&mut again, PageName::Readiness);
    assert_eq!(row(&page, Topic::Practice).0, RowMark::Good);
}

#[test]
fn the_real_side_offers_the_way_to_the_training_side_and_no_ticks() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    register.allow_switching();
    let page = open(&mut register, PageName::Practice);
    assert!(page.rows.iter().all(|row| row.mark == RowMark::Open));
    assert_eq!(act(&mut register, 0), Answer::Done);
    assert_eq!(register.switch_to(), Some(Side::Training));
}

fn declare() -> Command {
    Command::DeclareOutage {
        systems: vec![System::PointOfSale],
        cause: String::new(),
        ticket: String::new(),
    }
}
