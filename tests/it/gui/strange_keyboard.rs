//! A keyboard in disguise: whatever it types, with whatever modifiers, it can do what a person at
//! that screen can, and nothing else.

use egui::{Event, Key, Modifiers};
use tideover::register::command::Command;
use tideover::register::page::PageName;
use tideover::register::view::{Ask, View};

use super::keyboard::{in_one_frame, key_events};
use super::shop::{self, window};

/// Every set of modifiers that a keyboard can hold down.
fn modifiers() -> Vec<Modifiers> {
    (0_u8..16)
        .map(|bits| Modifiers {
            alt: bits & 1 != 0,
            ctrl: bits & 2 != 0,
            shift: bits & 4 != 0,
            mac_cmd: false,
            command: bits & 2 != 0 || bits & 8 != 0,
        })
        .collect()
}

/// What the till is asked when each key there is is pressed once with each set of modifiers, from
/// this view anew each time.
fn asked(view: &View) -> Vec<Command> {
    let mut all = Vec::new();
    for held in modifiers() {
        let (till, mut window) = window(view.clone());
        for key in Key::ALL {
            in_one_frame(&mut window, key_events(*key, held));
            till.pass_ms(200);
            all.extend(till.sent());
        }
    }
    all
}

#[test]
fn where_nobody_is_signed_in_no_key_does_more_than_try_to_sign_in() {
    for command in asked(&shop::sign_in()) {
        let harmless = matches!(
            command,
            // The training side and the list of tasks: neither sells, and each asks for a PIN.
            Command::Train { .. } | Command::OpenPage(PageName::Store | PageName::RainChecks)
        );
        assert!(harmless, "{command:?}");
    }
}

#[test]
fn where_somebody_must_sign_no_key_signs_and_none_pays() {
    let mut view = shop::approval();
    assert!(matches!(view.ask, Some(Ask::Approval { .. })));
    view.notice = None;
    for command in asked(&view) {
        assert!(matches!(command, Command::Decline | Command::Lock), "{command:?}");
    }
}

#[test]
fn on_a_sale_keys_alone_pay_nothing_and_take_no_money_back() {
    // Whoever is signed in may begin a payment and take a line back; both are on the screen.
    for command in asked(&shop::empty_sale()) {
        let shown = matches!(
            command,
            Command::OpenPage(_)
                | Command::Train { .. }
                | Command::SignOut
                | Command::Reprint { .. }
                | Command::XReport
                | Command::Resume { .. }
        );
        assert!(shown, "{command:?}");
    }
}

#[test]
fn texts_that_are_commands_elsewhere_are_codes_here() {
    let texts = ["\u{1b}[A", "sh -c 'reboot'", "C:\\>format", "\u{7f}\u{8}\u{0}", "$(reboot)"];
    for text in texts {
        let (till, mut window) = window(shop::sell());
        let events = vec![Event::Paste(text.to_owned()), Event::Text(text.to_owned())];
        in_one_frame(&mut window, events);
        till.pass_ms(5_000);
        in_one_frame(&mut window, key_events(Key::Enter, Modifiers::NONE));
        for command in till.sent() {
            let code = match command {
                Command::Scan { code } => code,
                Command::Enter { text } => text,
                other => panic!("{text:?} became {other:?}"),
            };
            assert!(!code.chars().any(char::is_control), "{code:?}");
        }
    }
}
