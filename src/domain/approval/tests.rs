//! The default table at its edges, and limits that are data.

use super::*;

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

#[test]
fn the_default_table_holds_at_its_edges() {
    let limits = Limits::default();
    let asks = |role, case: Case| match limits.decide(role, &case) {
        Ruling::Allowed => None,
        Ruling::Ask(role) => Some(role),
    };
    let (cashier, lead, manager) = (Role::Cashier, Role::Lead, Role::Manager);
    let refund = |amount: Money, own_sale, before: i64| {
        let sum = Money::from_minor(amount.minor() + before);
        let day = DayRefunds { by_cashier: sum, by_register: sum };
        Case::Refund { amount, own_sale, day }
    };
    for (role, case, expected) in [
        (cashier, Case::VoidLine { so_far: 2 }, None),
        // Four refunds of 50.00 are within the day's sum, the next cent is not.
        (lead, refund(money(5_000), false, 15_000), None),
        (lead, refund(money(1), false, 20_000), Some(manager)),
        (manager, refund(money(1), true, 20_000), Some(manager)),
        // One refund above 200.00 takes two people, with a receipt too.
        (manager, refund(money(20_000), false, 0), None),
        (manager, refund(money(20_001), false, 0), Some(lead)),
        (lead, refund(money(20_001), false, 0), Some(manager)),
        (manager, refund(money(20_001), true, 0), Some(manager)),
        (lead, Case::RefundOfCheck { own_sale: false }, Some(manager)),
        (manager, Case::RefundOfCheck { own_sale: false }, None),
        (manager, Case::RefundOfCheck { own_sale: true }, Some(manager)),
        (cashier, Case::VoidLine { so_far: 3 }, Some(lead)),
        (cashier, Case::CancelSale { total: money(5_000) }, None),
        (cashier, Case::CancelSale { total: money(5_001) }, Some(lead)),
        (cashier, Case::Cash { amount: money(50_000) }, None),
        (cashier, Case::Cash { amount: money(50_001) }, Some(lead)),
        (lead, Case::Cash { amount: money(50_001) }, None),
        (cashier, refund(money(5_000), false, 0), Some(lead)),
        (lead, refund(money(5_000), false, 0), None),
        (lead, refund(money(5_000), true, 0), Some(lead)),
        (lead, refund(money(5_001), false, 0), Some(manager)),
        (manager, Case::RefundWithoutReceipt { amount: money(20_001) }, Some(lead)),
        (lead, Case::RefundWithoutReceipt { amount: money(20_001) }, Some(manager)),
        (manager, Case::RefundWithoutReceipt { amount: money(20_000) }, None),
        (lead, Case::RefundWithoutReceipt { amount: money(20_000) }, Some(manager)),
        (cashier, Case::OpenDepartment { amount: money(10_000) }, None),
        (lead, Case::OpenDepartment { amount: money(10_001) }, Some(manager)),
        (manager, Case::OpenDepartment { amount: money(10_001) }, None),
        (manager, Case::Void { own_sale: false }, None),
        (manager, Case::Void { own_sale: true }, Some(lead)),
        (lead, Case::Void { own_sale: true }, Some(manager)),
        (cashier, Case::Void { own_sale: true }, Some(manager)),
        (manager, Case::MoveCash, Some(lead)),
        (cashier, Case::Reprint { last: true }, None),
        (cashier, Case::Reprint { last: false }, Some(lead)),
        (cashier, Case::RainCheck { beyond: false }, None),
        (cashier, Case::RainCheck { beyond: true }, Some(lead)),
        (lead, Case::ExpiredRainCheck, Some(manager)),
        (manager, Case::ExpiredRainCheck, None),
        (lead, Case::Void { own_sale: false }, Some(manager)),
        (lead, Case::ReceiveAgain, Some(manager)),
        (lead, Case::CardPending, Some(manager)),
        (lead, Case::TakePrices, Some(manager)),
        (cashier, Case::ChangeStock { units: 1 }, Some(lead)),
        (lead, Case::ChangeStock { units: 20 }, None),
        (cashier, Case::ChangeStock { units: 21 }, Some(manager)),
        (lead, Case::ChangeStock { units: 21 }, Some(manager)),
        (manager, Case::ChangeStock { units: 100 }, None),
        (manager, Case::ChangeStock { units: 101 }, Some(lead)),
        (lead, Case::ChangeStock { units: 101 }, Some(manager)),
        (cashier, Case::HandOver, Some(lead)),
        (lead, Case::HandOver, None),
        (manager, Case::HandOverUnverified, Some(lead)),
        (manager, Case::HandOverAgain, Some(manager)),
        (cashier, Case::NoSale, Some(lead)),
        (lead, Case::NoSale, None),
        (cashier, Case::CheckAboveLimit, Some(lead)),
        (cashier, Case::CheckWithoutId, Some(lead)),
        (cashier, Case::TaxExempt, Some(lead)),
        (manager, Case::SellExpired, Some(lead)),
        (cashier, Case::PaperSlips, Some(lead)),
        (lead, Case::PaperSlips, None),
        (cashier, Case::EndWait { of: cashier }, Some(lead)),
        (lead, Case::EndWait { of: cashier }, None),
        (lead, Case::EndWait { of: lead }, Some(manager)),
        (lead, Case::EndWait { of: Role::It }, Some(manager)),
        (manager, Case::EndWait { of: manager }, None),
        (cashier, Case::SetDay, Some(lead)),
        (lead, Case::SetDay, None),
        (Role::It, Case::VoidLine { so_far: 0 }, Some(cashier)),
        (Role::It, Case::Void { own_sale: false }, Some(manager)),
    ] {
        assert_eq!(asks(role, case), expected, "{role:?} {case:?}");
    }
}

#[test]
fn a_register_has_a_days_sum_of_its_own() {
    let limits = Limits::default();
    let needs = |by_register| {
        let day = DayRefunds { by_cashier: money(100), by_register: money(by_register) };
        limits.needs(&Case::Refund { amount: money(100), own_sale: false, day })
    };
    assert_eq!(needs(40_000), Authority::Lead);
    assert_eq!(needs(40_001), Authority::Manager);
}

#[test]
fn a_price_is_far_off_by_percent_or_by_amount() {
    let limits = Limits::default();
    let needs = |was, now| limits.needs(&Case::PriceOverride { was: money(was), now: money(now) });
    assert_eq!(needs(1_000, 900), Authority::Lead);
    assert_eq!(needs(1_000, 899), Authority::Manager);
    assert_eq!(needs(1_000, 1_101), Authority::Manager);
    assert_eq!(needs(30_000, 28_000), Authority::Lead);
    assert_eq!(needs(30_000, 27_999), Authority::Manager);
}

#[test]
fn every_act_has_one_word() {
    for act in Act::ALL {
        assert_eq!(Act::from_word(act.word()), Some(act));
    }
}
