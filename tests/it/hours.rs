//! Hours: punched on a page, kept as they happened, corrected with two people, read by payroll.

use tideover::domain::event::Event;
use tideover::domain::hours::{Change, HoursFault, PunchKind};
use tideover::domain::refusal::Refusal;
use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, Screen};

use crate::register::{CASHIER, LEAD, Shop, sign_in};

fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

fn key(register: &mut Register, text: &str) -> Answer {
    let text = Keyed::new(text);
    register.handle(Command::Page(PageInput::Answer { text, scanned: false }))
}

fn choose(register: &mut Register, place: usize) -> Answer {
    register.handle(Command::Page(PageInput::Choice(place)))
}

/// Number and PIN: the person's own page is open.
fn enter(register: &mut Register, (number, pin): (&str, &str)) {
    assert_eq!(register.handle(Command::OpenPage(PageName::Hours)), Answer::Done);
    assert_eq!(key(register, number), Answer::Done);
    assert_eq!(key(register, pin), Answer::Done);
}

fn punch(register: &mut Register, who: (&str, &str), kind: PunchKind) {
    enter(register, who);
    let place = PunchKind::ALL.iter().position(|other| *other == kind).expect("a kind");
    assert_eq!(choose(register, place), Answer::Done);
}

fn refused(answer: Answer) -> Refusal {
    match answer {
        Answer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Printed for payroll.
fn printed(shop: &Shop, more: &[&str]) -> String {
    let data = shop.data().0;
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tideover"))
        .args(["hours", "--data"])
        .arg(data)
        .args(more)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_day_is_punched_without_anybody_signed_in_and_added_up_to_the_millisecond() {
    let shop = Shop::new();
    let mut register = shop.start();
    for (kind, wait_ms) in [
        (PunchKind::In, 4 * 3_600_000 + 123),
        (PunchKind::MealStart, 31 * 60_000),
        (PunchKind::MealEnd, 3 * 3_600_000),
        (PunchKind::Out, 0),
    ] {
        punch(&mut register, CASHIER, kind);
        assert!(matches!(register.view().screen, Screen::SignIn(_)), "the next one in line");
        shop.clock.advance_ms(wait_ms);
    }
    register.close().expect("closed");
    let worked = printed(&shop, &["--worked"]);
    let row = "1042,31,2026-11-22,2026-11-22T14:00:00.000-06:00,\
               2026-11-22T21:31:00.123-06:00,1860.000,25200.123";
    assert!(worked.contains(row), "{worked}");
    let times = printed(&shop, &[]);
    assert_eq!(times.lines().count(), 5, "{times}");
    assert!(printed(&shop, &["--from", "2026-11-23"]).lines().count() == 1, "only the headings");
}

#[test]
fn a_time_that_does_not_follow_is_asked_about_and_kept_all_the_same() {
    let shop = Shop::new();
    let mut register = shop.start();
    enter(&mut register, CASHIER);
    assert_eq!(choose(&mut register, 3), Answer::Done);
    assert_eq!(page(&register).title.to_string(), "Record it all the same?");
    assert_eq!(choose(&mut register, 1), Answer::Done, "no");
    assert_eq!(choose(&mut register, 3), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done, "yes");
    register.close().expect("closed");
    assert_eq!(shop.kinds().iter().filter(|kind| *kind == "punch").count(), 1);
    assert!(printed(&shop, &[]).contains("false,true"), "marked as odd");
}

#[test]
fn a_lead_corrects_with_the_employees_pin_and_every_record_stays() {
    let shop = Shop::new();
    let mut register = shop.start();
    punch(&mut register, CASHIER, PunchKind::In);
    shop.clock.advance_ms(3_600_000);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    enter(&mut register, CASHIER);
    assert_eq!(register.handle(Command::Page(PageInput::Action(0))), Answer::Done);
    assert_eq!(register.handle(Command::Page(PageInput::Row(0))), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done, "another time");
    assert_eq!(refused(key(&mut register, "2501")), Refusal::Hours(HoursFault::NotATime));
    assert_eq!(refused(key(&mut register, "2359")), Refusal::Hours(HoursFault::Future));
    assert_eq!(refused(key(&mut register, "09010800")), Refusal::Hours(HoursFault::TooOld));
    assert_eq!(key(&mut register, "1348"), Answer::Done);
    assert_eq!(refused(key(&mut register, " ")), Refusal::Hours(HoursFault::NoReason));
    assert_eq!(key(&mut register, "the register was off"), Answer::Done);
    let shown = page(&register);
    let cells: Vec<String> = shown.rows[0].cells.iter().map(ToString::to_string).collect();
    assert_eq!(cells, ["2026-11-22", "13:48", "Work begins", "7", "corrected"]);
    register.close().expect("closed");
    let events = shop.events();
    assert!(events.iter().any(|event| matches!(event, Event::Punch(_))), "the punch stays");
    let correction = events.iter().find_map(|event| match event {
        Event::PunchCorrected(correction) => Some(correction.clone()),
        _ => None,
    });
    let correction = correction.expect("a correction");
    assert!(matches!(correction.change, Change::Moved { .. }));
    assert_eq!((correction.person.as_str(), &*correction.reason), ("31", "the register was off"));
}

#[test]
fn a_missing_time_is_added_and_a_wrong_one_taken_out() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    punch(&mut register, CASHIER, PunchKind::Out);
    choose(&mut register, 0);
    shop.clock.advance_ms(60_000);
    enter(&mut register, CASHIER);
    register.handle(Command::Page(PageInput::Action(0)));
    assert_eq!(register.handle(Command::Page(PageInput::Action(0))), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done, "work begins");
    assert_eq!(key(&mut register, "1200"), Answer::Done);
    assert_eq!(key(&mut register, "forgot"), Answer::Done);
    let marks: Vec<String> =
        page(&register).rows.iter().map(|row| row.cells[4].to_string()).collect();
    assert_eq!(marks, ["", "corrected"], "now it follows");
    register.handle(Command::Page(PageInput::Action(0)));
    register.handle(Command::Page(PageInput::Row(0)));
    assert_eq!(choose(&mut register, 1), Answer::Done, "it never happened");
    assert_eq!(key(&mut register, "pressed by mistake"), Answer::Done);
    assert_eq!(page(&register).rows.len(), 1);
}

#[test]
fn nobody_corrects_their_own_hours_and_a_cashier_corrects_none() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    enter(&mut register, LEAD);
    let own = register.handle(Command::Page(PageInput::Action(0)));
    assert_eq!(refused(own), Refusal::Hours(HoursFault::OwnHours));
    register.handle(Command::LeavePage);
    assert_eq!(register.handle(Command::SignOut), Answer::Done);
    assert!(sign_in(&mut register, CASHIER) != Answer::Stopped);
    let other = Shop::new();
    let mut register = other.open(CASHIER);
    enter(&mut register, LEAD);
    let cashier = register.handle(Command::Page(PageInput::Action(0)));
    assert_eq!(refused(cashier), Refusal::NeedsLead);
}

/// The employee agrees by their PIN, on the page that shows the times. Without it there is no way
/// to the correction: not by a wrong PIN, not past the question, not on a page that was left.
#[test]
fn without_the_employees_pin_nothing_is_corrected() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    punch(&mut register, CASHIER, PunchKind::In);
    let correct = |register: &mut Register| {
        // Straight to the newest time, another time, why.
        register.handle(Command::Page(PageInput::Action(0)));
        register.handle(Command::Page(PageInput::Row(0)));
        choose(register, 0);
        key(register, "1348");
        key(register, "because I say so");
    };
    let kinds = shop.kinds();
    assert_eq!(register.handle(Command::OpenPage(PageName::Hours)), Answer::Done);
    assert_eq!(key(&mut register, CASHIER.0), Answer::Done);
    assert_eq!(refused(key(&mut register, LEAD.1)), Refusal::WrongPin, "the lead's own PIN");
    let asked = page(&register);
    correct(&mut register);
    assert_eq!(page(&register).step, asked.step, "the PIN is still asked for");
    assert_eq!(shop.kinds(), kinds, "and nothing is recorded");
    // Agreed, and left: the next time it is asked for again.
    register.handle(Command::LeavePage);
    enter(&mut register, CASHIER);
    assert_eq!(shop.kinds()[kinds.len()..], ["pin_guessed"], "the wrong one before the right one");
    let kinds = shop.kinds();
    register.handle(Command::LeavePage);
    assert_eq!(register.handle(Command::OpenPage(PageName::Hours)), Answer::Done);
    correct(&mut register);
    assert_eq!(shop.kinds(), kinds);
    register.handle(Command::LeavePage);
    enter(&mut register, CASHIER);
    correct(&mut register);
    assert_eq!(shop.kinds()[kinds.len()..], ["punch_corrected"]);
}

#[test]
fn a_wrong_pin_is_counted_and_the_page_waits() {
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(register.handle(Command::OpenPage(PageName::Hours)), Answer::Done);
    assert_eq!(key(&mut register, "31"), Answer::Done);
    assert_eq!(refused(key(&mut register, "000000")), Refusal::WrongPin);
    assert_eq!(page(&register).step, 1, "still asked");
    let tries: Vec<Refusal> = (0..6).map(|_| refused(key(&mut register, "000000"))).collect();
    assert!(tries.iter().any(|refusal| matches!(refusal, Refusal::LockedOut(_))), "{tries:?}");
    assert_eq!(register.handle(Command::Page(PageInput::Back)), Answer::Done);
    assert_eq!(register.handle(Command::Page(PageInput::Back)), Answer::Done);
    assert!(matches!(register.view().screen, Screen::SignIn(_)));
}

#[test]
fn a_basket_waits_below_the_page() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    register.handle(Command::Scan { code: crate::register::WATER.to_owned() });
    punch(&mut register, LEAD, PunchKind::In);
    match register.view().screen {
        Screen::Sell(sell) => assert_eq!(sell.lines.len(), 1),
        other => panic!("{other:?}"),
    }
    register.handle(Command::BeginTender);
    let paying = register.handle(Command::OpenPage(PageName::Store));
    assert_eq!(refused(paying), Refusal::PaymentUnderWay);
}
