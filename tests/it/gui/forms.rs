//! Forms at the window: questions answered by keys alone, and the commands that come of them.

use egui::{Key, Modifiers};
use tideover::domain::bag::{BagNo, PaidReason};
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{ExemptReason, Reason};
use tideover::domain::shift::CountedPieces;
use tideover::register::check_input::CheckInput;
use tideover::register::command::{Command, Pin, Settlement};
use tideover::register::page::PageInput;
use tideover::register::view::Screen;

use super::keyboard::{
    in_one_frame, key_events, line_events, notice, press, type_line, type_partly,
};
use super::shop::{self, money, window};

fn unit(text: &str) -> UnitPrice {
    UnitPrice::parse(text).expect("unit price")
}

#[test]
fn the_cash_key_asks_for_what_a_yellow_line_lacks_before_anything_is_paid() {
    let (till, mut window) = window(shop::unsettled());
    press(&mut window, Key::F12);
    type_line(&till, &mut window, "450");
    type_partly(&till, &mut window, "2");
    let mut weighed = shop::unsettled();
    if let Screen::Sell(sell) = &mut weighed.screen {
        sell.open.remove(0);
    }
    till.show(weighed.clone());
    till.pass_ms(400);
    window.run();
    press(&mut window, Key::F12);
    type_line(&till, &mut window, "2.36");
    if let Screen::Sell(sell) = &mut weighed.screen {
        sell.open.clear();
    }
    till.show(weighed);
    till.pass_ms(400);
    window.run();
    press(&mut window, Key::F12);
    type_line(&till, &mut window, "13451990");
    assert_eq!(notice(&window), "That is no date of birth");
    type_line(&till, &mut window, "05171990");
    let sent = till.sent();
    let with = Settlement::Price { unit_price: unit("4.50"), department: Some(2) };
    let weight = Settlement::Weight(Quantity::parse("2.36").expect("weight"));
    assert_eq!(sent.first(), Some(&Command::Settle { place: 0, with }));
    assert_eq!(sent.get(1), Some(&Command::Settle { place: 0, with: weight }));
    assert!(matches!(sent.get(2), Some(Command::CheckAge { .. })), "{sent:?}");
    assert_eq!(sent.len(), 3, "{sent:?}");
}

#[test]
fn a_scan_while_a_price_is_asked_is_still_an_item() {
    let (till, mut window) = window(shop::unsettled());
    press(&mut window, Key::F4);
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![super::keyboard::scan("4006381333931")]);
    type_line(&till, &mut window, "199");
    type_partly(&till, &mut window, "1");
    let with = Settlement::Price { unit_price: unit("1.99"), department: Some(1) };
    assert_eq!(till.sent(), vec![Command::Settle { place: 0, with }], "the question stayed");
}

#[test]
fn a_price_is_changed_with_its_reason() {
    let (till, mut window) = window(shop::sell());
    press(&mut window, Key::ArrowUp);
    press(&mut window, Key::ArrowUp);
    press(&mut window, Key::F4);
    type_line(&till, &mut window, "329");
    type_partly(&till, &mut window, "1");
    let unit_price = unit("3.29");
    let reason = Reason::ShelfPrice;
    assert_eq!(till.sent(), vec![Command::SetPrice { place: 5, unit_price, reason }]);
}

#[test]
fn the_quantity_may_follow_the_item() {
    let (till, mut window) = window(shop::sell());
    type_line(&till, &mut window, "3*");
    let quantity = Quantity::parse("3").expect("quantity");
    assert_eq!(till.sent(), vec![Command::SetQuantity { place: 6, quantity }]);
}

#[test]
fn somebody_else_signs_with_number_and_pin_and_a_scan_is_refused_meanwhile() {
    let (till, mut window) = window(shop::approval());
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(notice(&window), "The question on the screen comes first");
    press(&mut window, Key::F12);
    type_line(&till, &mut window, "41");
    type_line(&till, &mut window, "702946");
    let (person, pin) = ("41".to_owned(), Pin::new("702946"));
    assert_eq!(till.sent(), vec![Command::Approve { person, pin }]);
    press(&mut window, Key::Escape);
    assert_eq!(till.sent().last(), Some(&Command::Decline));
}

#[test]
fn a_code_with_two_readings_is_settled_by_a_digit() {
    let (till, mut window) = window(shop::which());
    in_one_frame(&mut window, line_events("4006381333931"));
    type_partly(&till, &mut window, "32");
    press(&mut window, Key::Escape);
    assert_eq!(till.sent(), vec![Command::Choose { place: 1 }, Command::Decline]);
}

#[test]
fn an_item_comes_back_against_its_receipt_and_a_sale_is_voided() {
    let (till, mut window) = window(shop::empty_sale());
    press(&mut window, Key::F8);
    type_line(&till, &mut window, "1801");
    till.show(shop::receipt());
    window.run();
    press(&mut window, Key::ArrowDown);
    type_line(&till, &mut window, "2");
    type_partly(&till, &mut window, "2");
    in_one_frame(&mut window, key_events(Key::F8, Modifiers::SHIFT));
    type_partly(&till, &mut window, "3");
    let quantity = Quantity::parse("2").expect("quantity");
    assert_eq!(
        till.sent(),
        vec![
            Command::FindReceipt { number: "1801".to_owned() },
            Command::ReturnItem { place: 3, quantity, reason: Reason::Damaged },
            Command::VoidSale { reason: Reason::Mistake },
        ]
    );
}

#[test]
fn sales_are_put_aside_and_taken_up_again() {
    let (till, mut window) = window(shop::sell());
    press(&mut window, Key::F7);
    till.show(shop::waiting());
    window.run();
    press(&mut window, Key::F7);
    type_partly(&till, &mut window, "2");
    assert_eq!(till.sent(), vec![Command::Suspend, Command::Resume { slip: 2_004 }]);
}

#[test]
fn the_drawer_is_counted_piece_by_piece() {
    let (till, mut window) = window(shop::empty_sale());
    press(&mut window, Key::F10);
    type_partly(&till, &mut window, "7");
    // 100, 50, 20, 10, 5, 2, 1 and the coins down to the cent; Enter alone is none.
    let counted = ["", "1", "4", "", "3"];
    let rest = tideover::gui::desk::denominations(&shop::empty_sale()).len() - counted.len();
    for text in counted.into_iter().chain(std::iter::repeat_n("", rest)) {
        type_line(&till, &mut window, text);
    }
    type_line(&till, &mut window, "12050");
    type_line(&till, &mut window, "3");
    let pieces = vec![
        CountedPieces { value: money(5_000), count: 1 },
        CountedPieces { value: money(2_000), count: 4 },
        CountedPieces { value: money(500), count: 3 },
    ];
    let close =
        Command::CloseShift { pieces, loose: money(0), checks: money(12_050), check_count: 3 };
    assert_eq!(till.sent(), vec![close]);
}

#[test]
fn cash_is_dropped_and_the_drawer_opened_without_a_sale() {
    let (till, mut window) = window(shop::empty_sale());
    press(&mut window, Key::F10);
    type_partly(&till, &mut window, "1");
    type_line(&till, &mut window, "20000");
    type_line(&till, &mut window, "tb-117");
    press(&mut window, Key::F10);
    type_partly(&till, &mut window, "61");
    let movement = CashMovement::drop(money(20_000), BagNo::parse("TB-117").expect("a bag"));
    assert_eq!(
        till.sent(),
        vec![Command::MoveCash { movement }, Command::NoSale { reason: Reason::Change }]
    );
}

#[test]
fn cash_that_is_paid_out_has_a_reason_and_a_drop_has_a_bag() {
    let (till, mut window) = window(shop::empty_sale());
    press(&mut window, Key::F10);
    type_partly(&till, &mut window, "1");
    type_line(&till, &mut window, "20000");
    type_line(&till, &mut window, "");
    assert!(till.sent().is_empty(), "no drop without the number of its bag");
    press(&mut window, Key::Escape);
    press(&mut window, Key::F10);
    type_partly(&till, &mut window, "5");
    type_line(&till, &mut window, "1250");
    type_partly(&till, &mut window, "2");
    type_line(&till, &mut window, "the truck with ice");
    let movement = CashMovement {
        note: "the truck with ice".to_owned(),
        reason: Some(PaidReason::Freight),
        ..CashMovement::new(CashMovementKind::PaidOut, money(1_250))
    };
    assert_eq!(till.sent(), vec![Command::MoveCash { movement }]);
}

#[test]
fn an_open_amount_and_an_exemption_are_found_under_more() {
    let (till, mut window) = window(shop::waiting());
    press(&mut window, Key::F11);
    type_partly(&till, &mut window, "33");
    type_line(&till, &mut window, "450");
    till.show(shop::sell());
    window.run();
    press(&mut window, Key::F11);
    type_partly(&till, &mut window, "42");
    type_line(&till, &mut window, "GOV-17");
    let (reason, certificate) = (ExemptReason::Government, "GOV-17".to_owned());
    assert_eq!(
        till.sent(),
        vec![
            Command::OpenDepartment { department: 3, amount: money(450), quantity: Quantity::ONE },
            Command::ExemptTax { reason, certificate },
        ]
    );
}

/// Wherever a scan lands it is an item, or it is refused aloud; it never presses, pays or chooses.
#[test]
fn a_scan_never_presses_anything_wherever_it_lands() {
    let places = shop::all().into_iter().map(|(name, view)| (name, view, vec![]));
    for (name, view, keys) in places.chain(super::targets::cards()) {
        let (till, mut window) = window(view);
        for key in keys {
            press(&mut window, key);
            till.pass_ms(100);
            in_one_frame(&mut window, vec![]);
        }
        drop(till.sent());
        for code in ["4006381333931", "1234567890128", "1111111111116"] {
            in_one_frame(&mut window, line_events(code));
            till.pass_ms(500);
            in_one_frame(&mut window, vec![]);
        }
        for command in till.sent() {
            let harmless = match &command {
                Command::Scan { .. } => true,
                // A code on the card that asks for a receipt is looked for as one.
                Command::FindReceipt { .. } => name == "receipt-number",
                // The wizard is told that a scanner sent it, and takes only a check's line.
                Command::Check(CheckInput::Answer { scanned, .. }) => *scanned,
                // So is a page, and only where it asks for a code or for words.
                Command::Page(PageInput::Answer { scanned, .. }) => *scanned,
                _ => false,
            };
            assert!(harmless, "{name}: {command:?}");
        }
    }
}
