//! The fold over a journal's events, event by event.

use super::super::sample::{cash_sale, check_sale, day, entry, note, person, shift_open};
use super::*;
use crate::domain::ids::OutageId;
use crate::domain::outage::System;
use crate::domain::sale::{AbandonedSale, LinkKind, Reason, ReturnedLine, SaleLink, SavedBasket};
use crate::domain::shift::ShiftClose;

fn after(state: &State, of_month: u8, event: Event) -> State {
    let at = entry(note("")).at;
    state.after(at, day(of_month), &event).expect("sums fit")
}

fn signed_in() -> State {
    let by = crate::domain::event::SignInBy::Pin;
    let signed = Event::SignIn { person: person(), role: Role::Cashier, by };
    after(&after(&State::default(), 22, signed), 22, shift_open(1))
}

fn outage(id: &str, cause: &str) -> Outage {
    Outage {
        id: OutageId::parse(id).expect("a name"),
        since: entry(note("")).at,
        systems: vec![System::PointOfSale],
        cause: cause.to_owned(),
        ticket: String::new(),
        expected: None,
    }
}

fn refund(number: u64, cents: i64) -> Event {
    let mut refund = cash_sale(number, cents);
    refund.total = Money::from_minor(-cents);
    Event::of_sale(refund)
}

#[test]
fn each_record_leaves_its_time_and_its_day() {
    let state = after(&State::default(), 23, note("anything"));
    assert_eq!((state.last_at, state.last_day), (Some(entry(note("")).at), Some(day(23))));
}

#[test]
fn an_outage_is_updated_and_ended_by_its_own_name_alone() {
    let open = after(&State::default(), 22, Event::OutageDeclared(outage("o-1", "")));
    let other = after(&open, 22, Event::OutageUpdated(outage("o-2", "a digger")));
    assert_eq!(other.open_outage, Some(outage("o-1", "")));
    let told = after(&open, 22, Event::OutageUpdated(outage("o-1", "a digger")));
    assert_eq!(told.open_outage, Some(outage("o-1", "a digger")));
    let end = |id: &str| {
        let outage = OutageId::parse(id).expect("a name");
        after(&open, 22, Event::OutageEnded { outage, note: String::new() }).open_outage
    };
    assert_eq!((end("o-2").is_some(), end("o-1")), (true, None));
}

#[test]
fn a_shift_is_closed_and_its_drawer_moved_by_its_own_number_alone() {
    let open = signed_in();
    let zero = Money::ZERO;
    let close = |number| {
        let close = ShiftClose {
            shift: ShiftNo(number),
            counted_cash: zero,
            counted_checks: zero,
            expected_cash: zero,
            expected_checks: zero,
            sales: 0,
            refunds: 0,
        };
        after(&open, 22, Event::ShiftClose(close)).open_shift
    };
    assert_eq!((close(2).is_some(), close(1)), (true, None));
    let sold = after(&open, 22, Event::of_sale(check_sale(1, 700, "1041")));
    let checks = |state: &State| state.open_shift.as_ref().expect("open").drawer.checks.minor();
    assert_eq!((checks(&sold), sold.sales, sold.sales_money.minor()), (700, 1, 700));
    let mut elsewhere = check_sale(2, 900, "1042");
    elsewhere.shift = ShiftNo(9);
    let sold = after(&sold, 22, Event::of_sale(elsewhere));
    assert_eq!((checks(&sold), sold.sales, sold.sales_money.minor()), (700, 2, 1_600));
}

#[test]
fn what_came_back_is_kept_by_the_line_it_was_paid_on() {
    let epoch = Epoch([9; 8]);
    let link = SaleLink {
        kind: LinkKind::Return,
        epoch,
        seq: Seq(4),
        number: SaleNo(1),
        reason: Reason::Damaged,
        paper: None,
    };
    let mut back = cash_sale(2, 100);
    back.terms.link = Some(link);
    let line = &mut back.lines[0];
    line.quantity = Quantity::pieces(-2).expect("fits");
    line.returned = Some(ReturnedLine { place: 3, day: day(20) });
    let mut taken_back = line.clone();
    taken_back.voided = true;
    taken_back.quantity = Quantity::pieces(-5).expect("fits");
    back.lines.push(taken_back);
    let state = after(&signed_in(), 22, Event::Refund(back.clone()));
    let came: Vec<_> = state.came_back.iter().map(|(key, much)| (*key, *much)).collect();
    assert_eq!(came, [((epoch, Seq(4), 3), Quantity::pieces(2).expect("fits"))]);
    back.number = SaleNo(3);
    let state = after(&state, 22, Event::Refund(back));
    assert_eq!(state.came_back[&(epoch, Seq(4), 3)], Quantity::pieces(4).expect("fits"));
}

#[test]
fn what_was_paid_back_is_counted_by_person_and_day() {
    let state = after(&signed_in(), 22, refund(1, 300));
    let state = after(&state, 22, refund(2, 400));
    let of = |state: &State| {
        let (day, people) = state.refunded.clone().expect("a refund");
        (day, people[&person()].minor())
    };
    assert_eq!(of(&state), (day(22), 700));
    assert_eq!(of(&after(&state, 23, refund(3, 100))), (day(23), 100));
    let sold = after(&state, 22, Event::of_sale(cash_sale(3, 500)));
    assert_eq!(of(&sold), (day(22), 700), "a sale is no refund");
}

#[test]
fn papers_that_were_offered_add_up_until_the_next_shift() {
    let offered = |coupons, gift_cards| Offered { coupons, gift_cards };
    let mut sale = cash_sale(1, 100);
    sale.terms.offered = offered(2, 1);
    let state = after(&signed_in(), 22, Event::of_sale(sale.clone()));
    let (shift, total, returned) = (ShiftNo(1), Money::ZERO, Money::ZERO);
    let basket = SavedBasket { terms: sale.terms, ..SavedBasket::default() };
    let given_up = AbandonedSale { shift, basket, total, returned };
    let state = after(&state, 22, Event::SaleAbandoned(given_up));
    assert_eq!(state.offered, offered(4, 2));
    assert_eq!(after(&state, 23, shift_open(2)).offered, offered(0, 0));
}
