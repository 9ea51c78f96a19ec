//! Two items with one number: a key or a digit chooses, a scan never does.

use egui::Key;
use tideover::register::command::Command;

use super::keyboard::{in_one_frame, line_events, notice, press, type_line};
use super::shop::{self, window};

#[test]
fn a_digit_and_enter_say_which_item_it_is() {
    let (till, mut window) = window(shop::which());
    type_line(&till, &mut window, "2");
    assert_eq!(till.sent(), vec![Command::Choose { place: 1 }]);
    type_line(&till, &mut window, "0");
    assert_eq!(till.sent(), vec![]);
    press(&mut window, Key::Escape);
    assert_eq!(till.sent(), vec![Command::Decline]);
}

#[test]
fn the_first_digit_of_the_next_scan_chooses_nothing() {
    let (till, mut window) = window(shop::which());
    in_one_frame(&mut window, line_events("1000000000009"));
    assert_eq!(till.sent(), vec![]);
    assert_eq!(notice(&window), "The question on the screen comes first");
}

#[test]
fn a_web_address_longer_than_a_hundred_characters_is_one_scan() {
    let (till, mut window) = window(shop::sell());
    let link = format!("https://a.example/{}/01/04900099131585/10/L9", "p".repeat(150));
    in_one_frame(&mut window, line_events(&link));
    assert_eq!(till.sent(), vec![Command::Scan { code: link }]);
}
