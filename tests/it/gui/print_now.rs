//! "Was the last receipt printed?" on the window: two keys answer it, and a scan goes past it.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::register::command::Command;
use tideover::register::printing::Reprinted;

use super::keyboard::{in_one_frame, line_events, press, press_with, scan};
use super::shop::{self, Size, window};
use super::targets;
use super::till::SimulatedTill;

const COPY: Command = Command::Reprint { which: Reprinted::Last };

#[test]
fn a_key_or_a_finger_answers_whether_the_last_receipt_was_printed() {
    let (till, mut window) = window(shop::print_now());
    window.get_by_label("Was the last receipt printed?");
    press_with(&mut window, Modifiers::CTRL, Key::P);
    assert_eq!(till.sent(), vec![COPY]);
    press(&mut window, Key::Escape);
    assert_eq!(till.sent(), vec![Command::Decline]);
    for (label, command) in [("Print a copy", COPY), ("It is there", Command::Decline)] {
        window.get_by_label(label).click();
        window.run();
        assert_eq!(till.sent(), vec![command]);
    }
}

#[test]
fn the_question_is_drawn_whole_on_a_small_screen_in_both_languages() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    for language in Language::ALL {
        let till = SimulatedTill::showing(shop::print_now());
        let size = Size { pixels: [1024.0, 768.0], theme: Theme::Light };
        let mut window = shop::open_with(&till, size, move |options| options.language = language);
        targets::check(&window, "print now", size.pixels);
        if let Some(folder) = &folder {
            let image = window.render().expect("a picture");
            image.save(folder.join(format!("print-now-{language:?}.png"))).expect("saved");
        }
    }
}

#[test]
fn a_scan_goes_past_the_question_also_with_two_enters_and_prints_nothing() {
    let (till, mut window) = window(shop::print_now());
    press(&mut window, Key::Enter);
    assert_eq!(till.sent(), vec![], "Enter alone answers nothing: it may be a scanner's second");
    let mut events = line_events("4006381333931");
    events.extend(line_events(""));
    in_one_frame(&mut window, events);
    assert_eq!(till.sent(), vec![scan("4006381333931")]);
}
