//! The cash office: a counted float, bags that are used once, and change that runs out.

#[cfg(feature = "central")]
mod at_central;

use tideover::domain::approval::Act;
use tideover::domain::bag::{BagNo, PaidReason};
use tideover::domain::book::Origin;
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::drawer_fault::DrawerFault;
use tideover::domain::event::Event;
use tideover::domain::ids::{Epoch, PersonId, RecordRef, RegisterNo, Seq, ShiftNo};
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::refusal::Refusal;
use tideover::domain::shift::CountedPieces;
use tideover::domain::time::Timestamp;
use tideover::peer::News;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, RowMark, Screen};

use crate::register::{CASHIER, LEAD, MANAGER, Shop, WATER, cash, enter, sign_in};

const MINUTE_MS: u32 = 60_000;

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?}");
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn approve(register: &mut Register, (person, pin): (&str, &str)) {
    must(register, Command::Approve { person: person.to_owned(), pin: Pin::new(pin) });
}

fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

fn open(register: &mut Register, name: PageName) -> PageView {
    must(register, Command::OpenPage(name));
    page(register)
}

fn act(register: &mut Register, place: usize) -> PageView {
    must(register, Command::Page(PageInput::Action(place)));
    page(register)
}

fn key(register: &mut Register, text: &str) -> Answer {
    let text = Keyed::new(text);
    register.handle(Command::Page(PageInput::Answer { text, scanned: false }))
}

fn cells(page: &PageView) -> Vec<Vec<String>> {
    let row =
        |row: &tideover::register::view::Row| row.cells.iter().map(ToString::to_string).collect();
    page.rows.iter().map(row).collect()
}

/// Everything a page says, as one text.
fn said(page: &PageView) -> String {
    let mut said: Vec<String> = page.lead.iter().map(ToString::to_string).collect();
    said.extend(cells(page).concat());
    said.extend(page.answered.iter().map(|(name, value)| format!("{name} {value}")));
    said.join("\n")
}

fn drop(minor: i64, bag: &str) -> Command {
    let movement = CashMovement::drop(money(minor), BagNo::parse(bag).expect("a bag"));
    Command::MoveCash { movement }
}

/// One bottle, paid with a twenty: 1.30 of it stays.
fn sell(register: &mut Register) {
    assert_eq!(enter(register, WATER), Answer::Done);
    must(register, Command::BeginTender);
    must(register, cash(2_000, true));
    must(register, Command::NextCustomer);
}

/// A float of 131.00: twenties and tens for a while, 20 ones, and coins for the whole day.
fn count_the_float(register: &mut Register) {
    open(register, PageName::Float);
    for pieces in ["", "", "", "4", "7", "20", "40", "", "20"] {
        assert_eq!(key(register, pieces), Answer::Done);
    }
}

#[test]
fn a_float_counted_by_pieces_opens_the_shift_and_says_what_it_is_made_of() {
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    open(&mut register, PageName::Float);
    assert_eq!(key(&mut register, "-1"), Answer::Refused(Refusal::QuantityOutOfRange));
    assert_eq!(key(&mut register, "100001"), Answer::Refused(Refusal::QuantityOutOfRange));
    assert_eq!(page(&register).step, 0, "what was refused left no trace");
    count_the_float(&mut register);
    let summary = page(&register);
    assert!(said(&summary).contains("106.00"), "{}", said(&summary));
    // Counted again from the start, and a step back takes the last answer away.
    must(&mut register, Command::Page(PageInput::Choice(1)));
    assert_eq!(page(&register).step, 0);
    must(&mut register, Command::LeavePage);
    count_the_float(&mut register);
    must(&mut register, Command::Page(PageInput::Back));
    assert_eq!(page(&register).step, 8);
    assert_eq!(key(&mut register, "20"), Answer::Done);
    must(&mut register, Command::Page(PageInput::Choice(0)));
    assert!(matches!(register.view().screen, Screen::Sell(_)));
    let Some(Event::ShiftOpen { float, pieces, .. }) = shop.events().pop() else {
        panic!("no shift")
    };
    assert_eq!(float, money(10_600));
    let one = |value, count| CountedPieces { value: money(value), count };
    assert_eq!(
        pieces,
        [one(1_000, 4), one(500, 7), one(100, 20), one(25, 40), one(5, 20)],
        "what there is none of is left out"
    );
}

#[test]
fn a_bag_goes_into_the_safe_once_and_the_page_names_both_people() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let bare = CashMovement::new(CashMovementKind::Drop, money(20_000));
    let fault = |fault| Answer::Refused(Refusal::Drawer(fault));
    let answer = register.handle(Command::MoveCash { movement: bare });
    assert_eq!(answer, fault(DrawerFault::NoBag));
    let asked = Answer::Refused(Refusal::NeedsApproval(Act::MoveCash, Role::Lead));
    assert_eq!(register.handle(drop(2_000, "tb-17")), asked);
    approve(&mut register, LEAD);
    assert!(shop.receipts().contains("TB-17"), "{}", shop.receipts());
    let before = shop.kinds().len();
    let used = DrawerFault::BagUsed("TB-17".to_owned(), RegisterNo(7), "2026-11-22".to_owned());
    assert_eq!(register.handle(drop(3_000, "TB-17")), fault(used.clone()));
    assert_eq!(shop.kinds().len(), before, "nothing is recorded");
    // It is still known after a restart.
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(register.handle(drop(3_000, "TB-17")), fault(used));
    let no_page = register.handle(Command::OpenPage(PageName::CashOffice));
    assert_eq!(no_page, Answer::Refused(Refusal::NeedsLead));
    must(&mut register, Command::SignOut);
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    let drawers = open(&mut register, PageName::CashOffice);
    let row = &cells(&drawers)[0];
    assert_eq!(row[0], "7");
    assert_eq!(row[3], "Bag TB-17: 20.00");
    must(&mut register, Command::Page(PageInput::Row(0)));
    let safe = page(&register);
    let row = &cells(&safe)[0];
    assert_eq!(row[2..5], ["Into the safe", "Bag TB-17", "20.00"]);
    let people: Vec<&str> = row[5].split(" and ").collect();
    assert!(people.len() == 2 && people[0] != people[1], "{people:?}");
    assert!(safe.lead[0].to_string().contains("20.00"), "{}", safe.lead[0]);
}

#[test]
fn cash_is_paid_in_and_out_with_a_reason_of_the_list() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let moved = |kind, reason, note: &str| Command::MoveCash {
        movement: CashMovement {
            reason,
            note: note.to_owned(),
            ..CashMovement::new(kind, money(1_250))
        },
    };
    let (paid_in, paid_out) = (CashMovementKind::PaidIn, CashMovementKind::PaidOut);
    for (command, fault) in [
        (moved(paid_out, None, "ice"), DrawerFault::NoReason),
        (moved(paid_in, Some(PaidReason::Postage), ""), DrawerFault::NoReason),
        (moved(paid_out, Some(PaidReason::Other), "  "), DrawerFault::SayWhy),
    ] {
        assert_eq!(register.handle(command), Answer::Refused(Refusal::Drawer(fault)));
    }
    let freight = moved(paid_out, Some(PaidReason::Freight), "the ice truck");
    assert!(matches!(register.handle(freight), Answer::Refused(Refusal::NeedsApproval(..))));
    approve(&mut register, LEAD);
    let Some(Event::CashMovement { movement, approval, .. }) = shop.events().pop() else {
        panic!("not recorded")
    };
    assert_eq!(movement.reason, Some(PaidReason::Freight));
    assert_eq!(approval.map(|approval| approval.by.to_string()), Some(LEAD.0.to_owned()));
    let receipts = shop.receipts();
    assert!(receipts.contains("carrier") && receipts.contains("the ice truck"), "{receipts}");
}

#[test]
fn a_full_drawer_is_named_and_what_should_be_in_it_is_told_nowhere() {
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    count_the_float(&mut register);
    must(&mut register, Command::Page(PageInput::Choice(0)));
    let state = |register: &mut Register| {
        let drawers = open(register, PageName::CashOffice);
        (drawers.rows[0].mark, drawers)
    };
    assert_eq!(state(&mut register).0, RowMark::Good);
    must(&mut register, Command::LeavePage);
    // 106.00 and two hundred bottles are above 300.00.
    assert_eq!(enter(&mut register, &format!("200*{WATER}")), Answer::Done);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    must(&mut register, Command::NextCustomer);
    assert_eq!(state(&mut register).0, RowMark::Attention);
    let expected = register.ledger().state().open_shift.clone().expect("open").drawer;
    let expected = expected.expected_cash().expect("it fits");
    for place in 0..3 {
        let text = said(&act(&mut register, place));
        for sum in [expected, money(10_600), expected.minus(money(10_600)).expect("it fits")] {
            assert!(!text.contains(&sum.to_string()), "{sum} can be read off: {text}");
        }
    }
}

#[test]
fn ones_run_out_at_a_lane_and_a_counted_loan_moves_that_on() {
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    count_the_float(&mut register);
    must(&mut register, Command::Page(PageInput::Choice(0)));
    // A twenty for 1.30 gives 18.70 back: a ten, a five, three ones, coins.
    for _ in 0..4 {
        shop.clock.advance_ms(6 * MINUTE_MS);
        sell(&mut register);
    }
    let at = |register: &mut Register| {
        must(register, Command::SignOut);
        assert_eq!(sign_in(register, LEAD), Answer::Done);
        open(register, PageName::CashOffice);
        let rows = cells(&act(register, 2));
        must(register, Command::LeavePage);
        must(register, Command::SignOut);
        assert_eq!(sign_in(register, CASHIER), Answer::Done);
        rows
    };
    assert_eq!(at(&mut register), [["7", "not known yet", "too few cash sales so far"]]);
    for _ in 0..4 {
        shop.clock.advance_ms(3 * MINUTE_MS);
        sell(&mut register);
    }
    let rows = at(&mut register);
    let ones = rows.iter().find(|row| row[1] == "1.00").expect("ones run out").clone();
    let tens = rows.iter().find(|row| row[1] == "10.00").expect("tens too").clone();
    assert_eq!(tens[2], "may be out already", "{rows:?}");
    assert!(ones[2].starts_with("about ") || ones[2].starts_with("may be"), "{rows:?}");
    // The loan is counted by two; the lead signs for it.
    open(&mut register, PageName::Float);
    for pieces in ["", "", "", "20", "30", "200", "", "", ""] {
        assert_eq!(key(&mut register, pieces), Answer::Done);
    }
    let confirm = Command::Page(PageInput::Choice(0));
    assert!(matches!(register.handle(confirm), Answer::Refused(Refusal::NeedsApproval(..))));
    approve(&mut register, LEAD);
    let Some(Event::CashMovement { movement, .. }) = shop.events().pop() else { panic!("no loan") };
    assert_eq!((movement.kind, movement.amount), (CashMovementKind::Loan, money(55_000)));
    assert_eq!(movement.pieces.len(), 3);
    let counted = at(&mut register);
    // Another one as a sum: the forecast goes on, says "or later", and names what is not in it.
    let brought = CashMovement::new(CashMovementKind::Loan, money(5_000));
    let asked = register.handle(Command::MoveCash { movement: brought });
    assert!(matches!(asked, Answer::Refused(Refusal::NeedsApproval(..))));
    approve(&mut register, LEAD);
    for (before, after) in counted.iter().zip(&at(&mut register)) {
        let expected = match before[2].as_str() {
            "may be out already" => "not known: it may have come with that change".to_owned(),
            when if when.starts_with("about ") => format!("{when} or later"),
            when => when.to_owned(),
        };
        assert_eq!((&after[1], &after[2]), (&before[1], &expected));
    }
    must(&mut register, Command::SignOut);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    open(&mut register, PageName::CashOffice);
    let lead = said(&act(&mut register, 2));
    assert!(lead.contains("Register 7 got 50.00 of change"), "{lead}");
    let rows = counted;
    let ones_later = rows.iter().find(|row| row[1] == "1.00");
    assert!(ones_later.is_none_or(|row| row[2] != ones[2]), "{rows:?}");
}

#[test]
fn a_bag_used_at_two_registers_apart_is_told_when_they_see_each_other() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let drop_here = drop(2_000, "TB-9");
    assert!(matches!(register.handle(drop_here), Answer::Refused(Refusal::NeedsApproval(..))));
    approve(&mut register, LEAD);
    let at = Timestamp::parse("2026-11-22T14:05:00.000-06:00").expect("a time");
    let origin = |seq| Origin {
        register: RegisterNo(2),
        at_record: RecordRef { epoch: Epoch([2; 8]), seq: Seq(seq) },
        at,
        day: at.local_date(),
        by: PersonId::parse("31").ok(),
    };
    let opened = Event::ShiftOpen {
        shift: ShiftNo(4),
        cashier: PersonId::parse("31").expect("a number"),
        float: money(10_000),
        pieces: Vec::new(),
    };
    let movement = CashMovement::drop(money(4_000), BagNo::parse("TB-9").expect("a bag"));
    let dropped = Event::CashMovement { shift: ShiftNo(4), movement, approval: None };
    register.heard(News::Records(vec![(origin(0), opened), (origin(1), dropped)]));
    let notice = register.view().notice.expect("a notice");
    assert!(notice.text.to_string().contains("Bag TB-9 was used at registers 2, 7"), "{notice:?}");
    must(&mut register, Command::SignOut);
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    let drawers = open(&mut register, PageName::CashOffice);
    assert_eq!(drawers.rows.len(), 2, "both lanes");
    let safe = act(&mut register, 1);
    assert!(safe.rows.iter().all(|row| row.mark == RowMark::Bad), "{safe:?}");
    let change = act(&mut register, 2);
    assert!(cells(&change).iter().any(|row| row[0] == "2" && row[1] == "not known"));
}
