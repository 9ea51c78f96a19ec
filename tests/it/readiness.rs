//! Readiness: red a week before the outage, and a practice that is ticked off by what was done.

use tideover::domain::bag::BagNo;
use tideover::domain::drawer::CashMovement;
use tideover::domain::event::Event;
use tideover::domain::money::Money;
use tideover::domain::outage::System;
use tideover::domain::practice::{Practice, PracticeStep};
use tideover::domain::readiness::Topic;
use tideover::domain::refusal::Refusal;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::settings::DataDir;
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
    let settings = shop.data().settings().expect("settings");
    shop.start().close().expect("closed");
    let training: DataDir = shop.data().training(&settings).expect("a folder");
    let mut register = shop.start_in(&training);
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
