//! A machine that wakes in 1970: the register asks for the day, sells, and books it rightly.

use tideover::device::clock::Clock as _;
use tideover::domain::approval::{Act, Approval};
use tideover::domain::day::{DayFault, DaySet};
use tideover::domain::event::Event;
use tideover::domain::ids::PersonId;
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::refusal::Refusal;
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::journal::record::{Envelope, Header};
use tideover::ledger::Reader;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{NoticeKind, PageView, Screen};

use crate::register::{CASHIER, LEAD, Shop, WATER, sign_in};

fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(text).expect("a day")
}

/// Sets the wall's clock, as a dead battery does.
fn set_clock(shop: &Shop, text: &str) {
    let to = Timestamp::parse(text).expect("a time").utc_ms;
    shop.clock.jump_ms(to - shop.clock.now().utc_ms);
}

fn open_shift() -> Command {
    Command::OpenShift { float: Money::from_minor(15_000) }
}

fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

fn answer(register: &mut Register, text: &str) -> Answer {
    let input = PageInput::Answer { text: Keyed::new(text), scanned: false };
    register.handle(Command::Page(input))
}

fn choose(register: &mut Register, place: usize) -> Answer {
    register.handle(Command::Page(PageInput::Choice(place)))
}

fn sell(register: &mut Register) {
    assert_eq!(register.handle(Command::Scan { code: WATER.to_owned() }), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    let cash = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(cash), Answer::Done);
    assert_eq!(register.handle(Command::NextCustomer), Answer::Done);
}

/// Kind and header of every record.
fn records(shop: &Shop) -> Vec<(String, Header)> {
    let data = shop.data();
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&journal, Default::default(), 1_000, usize::MAX).expect("lines");
    let read = |line: &tideover::journal::record::Line| {
        let envelope = Envelope::read(line.bytes()).expect("a record");
        (envelope.event().expect("known").kind().to_owned(), envelope.header.clone())
    };
    lines.iter().map(read).collect()
}

#[test]
fn a_dead_clock_stops_no_sale_and_its_shift_is_booked_on_the_day_that_was_said() {
    let shop = Shop::new();
    set_clock(&shop, "1970-01-01T12:03:00.000+00:00");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let notice = register.view().notice.expect("a notice");
    assert_eq!(notice.kind, NoticeKind::Attention);
    assert!(notice.text.to_string().contains("1970-01-01"), "{}", notice.text);

    let Answer::Refused(Refusal::Day(DayFault::ClockIsWrong(_))) = register.handle(open_shift())
    else {
        panic!("a shift on a day nobody said")
    };
    let asked = page(&register);
    assert_eq!(asked.name, PageName::Day);
    assert!(asked.lead.iter().any(|line| line.to_string().contains("2026-11-22")), "{asked:?}");

    let refused = |answer, fault| assert_eq!(answer, Answer::Refused(Refusal::Day(fault)));
    refused(answer(&mut register, "13452026"), DayFault::NotADay);
    refused(answer(&mut register, "11202026"), DayFault::BeforePrices(day("2026-11-22")));
    assert_eq!(answer(&mut register, "12312026"), Answer::Done);
    let lead = page(&register).lead;
    assert!(lead.iter().any(|line| line.to_string().contains("39 days from")), "{lead:?}");
    assert_eq!(choose(&mut register, 1), Answer::Done, "keyed again");
    assert_eq!(answer(&mut register, "11232026"), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done);
    assert_eq!(register.view().status.date, Some(day("2026-11-23")));
    sell(&mut register);
    register.close().expect("closed");

    let records = records(&shop);
    // Only the journal's beginning knows no day but the clock's: it comes before the prices.
    let booked = records.iter().filter(|(kind, _)| kind != "epoch_open");
    for (kind, header) in booked {
        assert!(header.date >= day("2026-11-22"), "{kind} is booked on {}", header.date);
    }
    let (_, opened) = records.iter().find(|(kind, _)| kind == "shift_open").expect("opened");
    assert_eq!(opened.date, day("2026-11-23"));
    assert_eq!(opened.by.as_ref().map(|by| by.as_str()), Some(CASHIER.0), "who said it");
    assert!(opened.at.utc_ms < 86_400_000, "beside the clock's own time");
    let (_, sold) = records.iter().find(|(kind, _)| kind == "sale").expect("sold");
    assert_eq!(sold.date, day("2026-11-23"));
}

#[test]
fn each_shift_is_asked_about_anew_until_the_clock_is_right_again() {
    let shop = Shop::new();
    set_clock(&shop, "1970-01-01T12:00:00.000+00:00");
    let mut register = shop.start();
    sign_in(&mut register, CASHIER);
    register.handle(open_shift());
    assert_eq!(answer(&mut register, ""), Answer::Done, "Enter alone is the last known day");
    assert_eq!(choose(&mut register, 0), Answer::Done);
    assert_eq!(register.view().status.date, Some(day("2026-11-22")));
    let close = Command::close_shift(Money::from_minor(15_000), Money::ZERO);
    assert_eq!(register.handle(close), Answer::Done);
    assert!(matches!(register.handle(open_shift()), Answer::Refused(Refusal::Day(_))));
    assert_eq!(answer(&mut register, "11242026"), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done);
    assert_eq!(register.view().status.date, Some(day("2026-11-24")));
    let close = Command::close_shift(Money::from_minor(15_000), Money::ZERO);
    assert_eq!(register.handle(close), Answer::Done);

    set_clock(&shop, "2026-11-25T08:00:00.000-06:00");
    assert_eq!(register.handle(open_shift()), Answer::Done, "nobody is asked");
    assert_eq!(register.view().status.date, Some(day("2026-11-25")));
}

#[test]
fn a_clock_that_was_years_ahead_can_be_told_the_truth() {
    let shop = Shop::new();
    set_clock(&shop, "2036-05-01T08:00:00.000-06:00");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert!(matches!(register.handle(open_shift()), Answer::Refused(Refusal::Day(_))));
    assert_eq!(answer(&mut register, "05012036"), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done, "a lead's own word, and wrong");
    sell(&mut register);
    let close = Command::close_shift(Money::from_minor(15_131), Money::ZERO);
    assert_eq!(register.handle(close), Answer::Done);

    set_clock(&shop, "2026-11-23T08:00:00.000-06:00");
    assert!(matches!(register.handle(open_shift()), Answer::Refused(Refusal::Day(_))));
    assert_eq!(answer(&mut register, "11232026"), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done);
    assert_eq!(register.view().status.date, Some(day("2026-11-23")));
    let close = Command::close_shift(Money::from_minor(15_000), Money::ZERO);
    assert_eq!(register.handle(close), Answer::Done);
    assert_eq!(register.handle(open_shift()), Answer::Done, "and is believed from then on");
}

#[test]
fn a_day_less_than_known_is_no_reason_to_ask() {
    let shop = Shop::new();
    let mut register = shop.start();
    sign_in(&mut register, CASHIER);
    // A midnight between two zones is no reason to ask.
    set_clock(&shop, "2026-11-21T23:00:00.000-06:00");
    assert_eq!(register.handle(open_shift()), Answer::Done);
}

/// What the far day's page asks when its day is chosen.
fn needs_a_lead() -> Answer {
    Answer::Refused(Refusal::NeedsApproval(Act::SetDay, Role::Lead))
}

fn days_set(shop: &Shop) -> Vec<DaySet> {
    let set = |event| match event {
        Event::DaySet(set) => Some(set),
        _ => None,
    };
    shop.events().into_iter().filter_map(set).collect()
}

#[test]
fn a_clock_weeks_ahead_is_no_cashiers_word_and_a_leads_signature_is_on_record() {
    let shop = Shop::new();
    set_clock(&shop, "2026-11-29T08:00:00.000-06:00");
    let mut register = shop.open(CASHIER);
    let close = Command::close_shift(Money::from_minor(15_000), Money::ZERO);
    assert_eq!(register.handle(close.clone()), Answer::Done, "seven days are within reach");

    set_clock(&shop, "2026-12-24T08:00:00.000-06:00");
    let far = DayFault::ClockIsFar(day("2026-12-24"), 25);
    assert_eq!(register.handle(open_shift()), Answer::Refused(Refusal::Day(far)));
    assert_eq!(answer(&mut register, "12242026"), Answer::Done);
    let lead = page(&register).lead;
    assert!(lead.iter().any(|line| line.to_string().contains("25 days from")), "{lead:?}");
    assert_eq!(choose(&mut register, 0), needs_a_lead());
    let about = register.view().about.to_string();
    assert_eq!(about, "2026-12-24 · 25 days from any that is known");
    let own = Command::Approve { person: CASHIER.0.to_owned(), pin: Pin::new(CASHIER.1) };
    assert_eq!(register.handle(own), Answer::Refused(Refusal::OwnAct));
    let lead = Command::Approve { person: LEAD.0.to_owned(), pin: Pin::new(LEAD.1) };
    assert_eq!(register.handle(lead), Answer::Done);
    assert_eq!(register.view().status.date, Some(day("2026-12-24")));
    assert_eq!(register.handle(close), Answer::Done);
    assert_eq!(register.handle(open_shift()), Answer::Done, "from now on it is known");
    register.close().expect("closed");

    let approval = Approval {
        act: Act::SetDay,
        by: PersonId::parse(LEAD.0).expect("an id"),
        role: Role::Lead,
    };
    let set = DaySet { day: day("2026-12-24"), days: 25, approval: Some(approval) };
    assert_eq!(days_set(&shop), [set]);
    let records = records(&shop);
    let (_, header) = records.iter().find(|(kind, _)| kind == "day_set").expect("recorded");
    assert_eq!(header.date, day("2026-12-24"));
}

#[test]
fn with_nobody_to_sign_the_store_opens_on_the_last_day_that_is_known() {
    let shop = Shop::new();
    set_clock(&shop, "2027-02-01T06:00:00.000-06:00");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert!(matches!(register.handle(open_shift()), Answer::Refused(Refusal::Day(_))));
    assert_eq!(answer(&mut register, "02012027"), Answer::Done);
    assert_eq!(choose(&mut register, 0), needs_a_lead());
    assert_eq!(register.handle(Command::Decline), Answer::Done);
    assert_eq!(choose(&mut register, 1), Answer::Done, "keyed again");
    assert_eq!(answer(&mut register, ""), Answer::Done);
    assert_eq!(choose(&mut register, 0), Answer::Done);
    sell(&mut register);
    assert_eq!(register.view().status.date, Some(day("2026-11-22")));
    register.close().expect("closed");
    assert_eq!(days_set(&shop), []);
}

#[test]
fn a_far_day_that_central_vouches_for_is_asked_about_by_nobody() {
    let shop = Shop::new();
    set_clock(&shop, "2027-02-01T06:00:00.000-06:00");
    let mut register = shop.start();
    register.clock_is(Some(3_000));
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(register.handle(open_shift()), Answer::Done);
    assert_eq!(register.view().status.date, Some(day("2027-02-01")));

    // Where central says that it is this clock which is ahead, it is asked about.
    let shop = Shop::new();
    set_clock(&shop, "2027-02-01T06:00:00.000-06:00");
    let mut register = shop.start();
    register.clock_is(Some(70 * 86_400_000));
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let far = DayFault::ClockIsFar(day("2027-02-01"), 70);
    assert_eq!(register.handle(open_shift()), Answer::Refused(Refusal::Day(far)));
}
