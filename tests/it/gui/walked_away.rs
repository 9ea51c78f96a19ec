//! A cashier walks away: the register locks itself and the sale waits for her.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use tideover::register::command::Command;

use super::keyboard::{press, press_with, type_partly};
use super::shop::{self, window};

const LEFT_MS: u64 = 120_000;

#[test]
fn a_register_that_nobody_touches_locks_itself_and_says_that_the_sale_is_kept() {
    let (till, mut window) = window(shop::sell());
    till.pass_ms(LEFT_MS - 1);
    window.run();
    assert_eq!(till.sent(), [], "not a moment before");
    till.pass_ms(1);
    window.run();
    assert_eq!(till.sent(), [Command::Lock]);
    till.show(shop::sign_in());
    window.run();
    window.get_by_label_contains("nobody touched this register for 120 seconds");
    window.get_by_label_contains("A sale that was open is kept");
}

#[test]
fn a_key_or_a_finger_puts_it_off() {
    let (till, mut window) = window(shop::sell());
    till.pass_ms(LEFT_MS - 5_000);
    type_partly(&till, &mut window, "4");
    till.pass_ms(LEFT_MS - 5_000);
    window.run();
    window.hover_at(egui::pos2(400.0, 300.0));
    window.run();
    till.pass_ms(LEFT_MS - 5_000);
    window.run();
    assert_eq!(till.sent(), []);
}

#[test]
fn nobody_is_signed_out_while_the_drawer_is_counted_or_where_the_store_wants_no_lock() {
    let (till, mut counting) = window(shop::empty_sale());
    press(&mut counting, Key::F10);
    type_partly(&till, &mut counting, "7");
    let mut view = shop::empty_sale();
    view.status.lock_after_s = 0;
    let (other, mut never) = window(view);
    for (till, window) in [(&till, &mut counting), (&other, &mut never)] {
        till.sent();
        till.pass_ms(10 * LEFT_MS);
        window.run();
        assert_eq!(till.sent(), []);
    }
}

#[test]
fn a_question_that_waits_for_a_lead_keeps_no_register_from_locking_itself() {
    let (till, mut window) = window(shop::approval());
    type_partly(&till, &mut window, "41");
    press(&mut window, Key::Enter);
    till.pass_ms(LEFT_MS);
    window.run();
    assert_eq!(till.sent(), [Command::Lock]);
    till.show(shop::sign_in());
    window.run();
    window.get_by_label_contains("nobody touched this register for 120 seconds");
    // Of the lead's number nothing is left: what is keyed now is a number again.
    type_partly(&till, &mut window, "31");
    press(&mut window, Key::Enter);
    assert_eq!(till.sent(), [], "a number alone signs nobody in");
}

#[test]
fn whoever_goes_away_locks_the_register_with_a_question_open() {
    let (till, mut window) = window(shop::approval());
    press_with(&mut window, Modifiers::CTRL, Key::L);
    assert_eq!(till.sent(), [Command::Lock]);
}
