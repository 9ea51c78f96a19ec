//! The drawer between people: slips, the hand-over, refunds over a day, checks that may bounce.

use tideover::domain::approval::Act;
use tideover::domain::bag::{BagNo, PaidReason};
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::event::Event;
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::quantity::Quantity;
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{PaperFault, Reason};
use tideover::domain::shift::CountedPieces;
use tideover::register::command::{Command, Pin};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{NoticeKind, Screen};

use crate::register::{CASHIER, LEAD, Shop, WATER, done, enter, scan, sell, sign_in};

const MANAGER: (&str, &str) = ("51", "958316");
const IT: (&str, &str) = ("91", "627405");

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?}");
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn approve(register: &mut Register, (person, pin): (&str, &str)) -> Answer {
    register.handle(Command::Approve { person: person.to_owned(), pin: Pin::new(pin) })
}

/// Cash that moves with all its kind wants said.
fn moves(kind: CashMovementKind, minor: i64, note: &str) -> Command {
    let (bag, reason) = match kind {
        CashMovementKind::Drop => (BagNo::parse("TB-17"), None),
        CashMovementKind::Pickup | CashMovementKind::Loan => (None, None),
        CashMovementKind::PaidIn | CashMovementKind::PaidOut => (None, Some(PaidReason::Other)),
    };
    let note = note.to_owned();
    let moved = CashMovement::new(kind, money(minor));
    Command::MoveCash { movement: CashMovement { note, bag, reason, ..moved } }
}

fn hand_over() -> Command {
    let pieces = vec![CountedPieces { value: money(2_000), count: 5 }];
    Command::HandOver { pieces, loose: money(3_131), checks: Money::ZERO, check_count: 0 }
}

#[test]
fn cash_that_moves_leaves_a_slip_with_its_proof_and_places_to_sign() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    for (kind, title) in [
        (CashMovementKind::Drop, "DROP TO THE SAFE"),
        (CashMovementKind::Pickup, "PICKUP"),
        (CashMovementKind::Loan, "LOAN TO THE DRAWER"),
        (CashMovementKind::PaidIn, "PAID IN"),
        (CashMovementKind::PaidOut, "PAID OUT"),
    ] {
        let before = shop.receipts().len();
        let asked = Refusal::NeedsApproval(Act::MoveCash, Role::Lead);
        let answer = register.handle(moves(kind, 2_500, "by the door"));
        assert_eq!(answer, Answer::Refused(asked));
        assert_eq!(shop.receipts().len(), before, "nothing is printed before it is recorded");
        assert_eq!(approve(&mut register, LEAD), Answer::Done);
        let slip = shop.receipts()[before..].to_owned();
        for words in [title, "by the door", "$25.00", "Approved by 41", "Cashier's signature"] {
            assert!(slip.contains(words), "{words}: {slip}");
        }
        let epoch = register.ledger().chain().journal.epoch.to_string();
        assert!(slip.contains(&epoch), "the record it is about: {slip}");
    }
}

#[test]
fn a_sale_put_aside_goes_on_when_its_slip_is_scanned() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, &format!("2*{WATER}")), Answer::Done);
    must(&mut register, Command::Suspend);
    let slip = shop.receipts();
    assert!(slip.contains("PUT ASIDE No. 7001") && slip.contains("Not paid."), "{slip}");
    let journal = register.ledger().chain().journal;
    let code = |epoch: &str, number| {
        format!("TDS1:{}:{}:{epoch}:{number}", journal.store, journal.register)
    };
    let epoch = journal.epoch.to_string().to_ascii_uppercase();
    let elsewhere = scan(&mut register, &code("00000000000000AA", 7_001));
    let fault = PaperFault::AsideElsewhere(journal.store, journal.register);
    assert_eq!(elsewhere, Answer::Refused(Refusal::Paper(fault)));
    let torn = scan(&mut register, &format!("TDS1:{}", journal.store));
    assert_eq!(torn, Answer::Refused(Refusal::Paper(PaperFault::NotWhole)));
    assert_eq!(scan(&mut register, &code(&epoch, 9)), Answer::Refused(Refusal::NoSuchSlip(9)));
    assert_eq!(scan(&mut register, &code(&epoch, 7_001)), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 1);
    // The same slip again finds nothing: its sale is on the screen, and is not rung up twice.
    assert_eq!(scan(&mut register, &code(&epoch, 7_001)), Answer::Refused(Refusal::SaleOpen));
}

#[test]
fn the_next_cashier_takes_the_drawer_over_with_what_was_counted() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    // A basket belongs to its cashier: nothing is handed over with one on the screen …
    assert_eq!(register.handle(hand_over()), Answer::Refused(Refusal::SaleOpen));
    must(&mut register, Command::SignOut);
    // … and behind the lock it waits for them alone.
    let shut = sign_in(&mut register, IT);
    assert!(matches!(shut, Answer::Refused(Refusal::DrawerOfAnother(_))), "{shut:?}");
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 1);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    must(&mut register, Command::NextCustomer);
    must(&mut register, hand_over());
    let Screen::ShiftClosed(closed) = register.view().screen else { panic!("not closed") };
    assert!(closed.handed_over);
    assert_eq!(closed.counted_cash, money(13_131));
    let slip = shop.receipts();
    for words in ["Z 1", "Cash expected", "$131.31", "Over (-: short)", "Second signature"] {
        assert!(slip.contains(words), "{words}: {slip}");
    }
    must(&mut register, Command::SignOut);
    register.close().expect("closed");
    // It is still known after a restart.
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert_eq!(register.view().status.handed_over, Some(money(13_131)));
    must(&mut register, Command::OpenShift { float: money(13_131) });
    assert_eq!(register.view().status.handed_over, None);
    assert!(shop.receipts().contains("HAND-OVER"), "{}", shop.receipts());
    let kinds = shop.kinds();
    let end: Vec<&str> = kinds.iter().rev().take(6).map(String::as_str).collect();
    let expected =
        ["shift_open", "sign_in", "sign_out", "drawer_handed", "shift_close", "cash_count"];
    assert_eq!(end, expected);
}

#[test]
fn another_count_than_the_one_handed_over_is_said_and_both_are_kept() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    must(&mut register, hand_over());
    must(&mut register, Command::SignOut);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    must(&mut register, Command::OpenShift { float: money(13_000) });
    let notice = register.view().notice.expect("words");
    assert_eq!(notice.kind, NoticeKind::Attention);
    assert!(notice.text.to_string().contains("$131.31"), "{notice:?}");
    let events = shop.events();
    assert!(events.iter().any(|event| matches!(event, Event::DrawerHanded(handed)
        if handed.cash == money(13_131))));
    assert!(
        matches!(events.last(), Some(Event::ShiftOpen { float, .. }) if *float == money(13_000))
    );
}

/// Sells waters, in cash or for a check, and takes so many back; the answer to paying out.
fn refund(register: &mut Register, pieces: u32, check: bool) -> Answer {
    assert_eq!(enter(register, &format!("{pieces}*{WATER}")), Answer::Done);
    must(register, Command::BeginTender);
    if check {
        must(register, Command::TakeCheck { amount: None, number: "1207".to_owned() });
    } else {
        must(register, Command::TakeCash { amount: None, confirmed: false });
    }
    let number = done(register).number.to_string();
    must(register, Command::NextCustomer);
    again(register, &number, pieces)
}

fn again(register: &mut Register, number: &str, pieces: u32) -> Answer {
    must(register, Command::FindReceipt { number: number.to_owned() });
    let quantity = Quantity::parse(&pieces.to_string()).expect("a quantity");
    must(register, Command::ReturnItem { place: 0, quantity, reason: Reason::Customer });
    must(register, Command::LeaveReceipt);
    register.handle(Command::BeginTender)
}

fn asks(act: Act, role: Role) -> Answer {
    Answer::Refused(Refusal::NeedsApproval(act, role))
}

#[test]
fn cash_for_a_check_is_held_back_until_it_can_have_cleared() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    // Their own sale, paid by check today: only a manager gives the cash back.
    assert_eq!(refund(&mut register, 2, true), asks(Act::RefundOfCheck, Role::Manager));
    let label = Act::RefundOfCheck.label();
    assert!(label.contains("check has cleared"), "{label}");
    assert_eq!(approve(&mut register, LEAD), asks(Act::RefundOfCheck, Role::Manager));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    let events = shop.events();
    let Some(Event::Refund(paid)) = events.last() else { panic!("{events:?}") };
    assert_eq!(paid.terms.approvals[0].act, Act::RefundOfCheck);
    must(&mut register, Command::NextCustomer);
    // Ten days later the check has cleared, and it is a refund like any other.
    assert_eq!(refund(&mut register, 2, true), asks(Act::RefundOfCheck, Role::Manager));
    must(&mut register, Command::Decline);
    must(&mut register, Command::AbandonSale);
    must(&mut register, Command::close_shift(money(0), money(0)));
    must(&mut register, Command::SignOut);
    shop.clock.advance_ms(10 * 24 * 60 * 60 * 1_000);
    register.clock_is(Some(0));
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    must(&mut register, Command::OpenShift { float: money(10_000) });
    assert_eq!(again(&mut register, "3", 2), Answer::Done);
}

#[test]
fn refunds_are_looked_at_by_the_day_and_not_only_one_by_one() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    // Each comes to 39.28: five of them are within 200.00 a day, the sixth is not.
    for round in 1..=6 {
        let role = if round == 6 { Role::Manager } else { Role::Lead };
        assert_eq!(refund(&mut register, 30, false), asks(Act::Refund, role), "round {round}");
        assert_eq!(approve(&mut register, MANAGER), Answer::Done);
        must(&mut register, Command::TakeCash { amount: None, confirmed: false });
        must(&mut register, Command::NextCustomer);
    }
    // The day's sum survives a restart, and ends with the day.
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert_eq!(refund(&mut register, 1, false), asks(Act::Refund, Role::Manager));
    must(&mut register, Command::Decline);
    must(&mut register, Command::AbandonSale);
    must(&mut register, Command::close_shift(money(0), money(0)));
    must(&mut register, Command::SignOut);
    shop.clock.advance_ms(24 * 60 * 60 * 1_000);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    must(&mut register, Command::OpenShift { float: money(10_000) });
    assert_eq!(refund(&mut register, 1, false), asks(Act::Refund, Role::Lead));
}
