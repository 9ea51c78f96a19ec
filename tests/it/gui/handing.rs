//! The drawer that goes to the next cashier, training, and long receipts: by keys alone.

use egui::{Key, Modifiers};
use tideover::domain::money::Money;
use tideover::domain::shift::CountedPieces;
use tideover::register::command::Command;
use tideover::register::view::Screen;

use super::keyboard::type_partly;
use super::keyboard::{in_one_frame, key_events, line_events, notice, press, scan, type_line};
use super::shop::{self, money, window};

#[test]
fn the_drawer_is_handed_over_and_taken_over_in_the_fewest_keys() {
    let (till, mut window) = window(shop::empty_sale());
    press(&mut window, Key::F10);
    type_partly(&till, &mut window, "9");
    type_line(&till, &mut window, "131.31");
    type_line(&till, &mut window, "");
    let command = Command::HandOver {
        pieces: Vec::<CountedPieces>::new(),
        loose: money(13_131),
        checks: Money::ZERO,
        check_count: 0,
    };
    assert_eq!(till.sent(), vec![command]);
    // The next one: Enter says yes, a figure says otherwise.
    till.show(shop::handed());
    till.pass_ms(400);
    window.run();
    type_line(&till, &mut window, "");
    type_line(&till, &mut window, "13000");
    let open = |minor| Command::OpenShift { float: money(minor) };
    assert_eq!(till.sent(), vec![open(13_131), open(13_000)]);
}

#[test]
fn an_empty_line_opens_no_shift_where_nothing_was_handed_over() {
    let (till, mut window) = window(shop::view(Screen::OpenShift));
    type_line(&till, &mut window, "");
    assert_eq!(till.sent(), vec![]);
    assert_eq!(notice(&window), "No amount was keyed");
}

#[test]
fn training_is_asked_about_and_never_begun_in_the_middle_of_a_sale() {
    let both = Modifiers::CTRL.plus(Modifiers::SHIFT);
    let (till, mut window) = window(shop::sign_in());
    in_one_frame(&mut window, key_events(Key::T, both));
    assert_eq!(till.sent(), vec![], "a question first");
    type_partly(&till, &mut window, "1");
    assert_eq!(till.sent(), vec![Command::Train { on: true }]);
    till.show(shop::sell());
    till.pass_ms(400);
    window.run();
    in_one_frame(&mut window, key_events(Key::T, both));
    type_partly(&till, &mut window, "1");
    assert!(notice(&window).contains("A sale is open"), "{}", notice(&window));
    assert!(!till.sent().iter().any(|command| matches!(command, Command::Train { .. })));
}

#[test]
fn the_longest_code_of_a_receipt_is_one_scan() {
    let (till, mut window) = window(shop::empty_sale());
    let code = format!("TDO2:{}", "MZXW6YTB".repeat(124));
    in_one_frame(&mut window, line_events(&code));
    assert_eq!(till.sent(), vec![scan(&code)]);
}

#[test]
fn a_long_receipt_on_the_screen_is_turned_page_by_page() {
    let (_, mut window) = window(shop::long_receipt());
    let page = |window: &shop::Window| window.state().desk().paper_page;
    assert_eq!(page(&window), 0);
    press(&mut window, Key::PageUp);
    press(&mut window, Key::ArrowUp);
    assert_eq!(page(&window), 2);
    press(&mut window, Key::PageDown);
    assert_eq!(page(&window), 1);
}
