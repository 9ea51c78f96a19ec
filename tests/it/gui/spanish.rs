//! What a Spanish screen says is Spanish: no text on it is a sentence of the code in English.
//!
//! The texts are those that a screen reader is told. Data (names of items and people) is English
//! in these shops, too; so only what stands in the message files is looked for.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::register::view::View;

use super::keyboard::{press, press_with};
use super::pages;
use super::shop::{self, Size, Window};
use super::targets;
use super::till::SimulatedTill;

const SIZE: Size = Size { pixels: [1366.0, 768.0], theme: Theme::Light };

fn open(view: &View) -> Window {
    let mut view = view.clone();
    // What happened last is data in these views.
    view.notice = None;
    let till = SimulatedTill::showing(view);
    shop::open_with(&till, SIZE, |options| options.language = Language::Spanish)
}

fn texts(window: &Window) -> Vec<String> {
    let all = window.query_all(By::new().predicate(|_| true));
    all.filter_map(|node| {
        let node = node.accesskit_node();
        // What is only said stands in its value, what can be pressed in its label.
        node.label().or_else(|| node.value())
    })
    .collect()
}

/// English sentences that stand on the window as they are, or after the name of a key.
fn english(window: &Window) -> Vec<String> {
    let spanish = Language::Spanish.table();
    let is_english = |text: &str| spanish.get(text).is_some_and(|said| *said != text);
    let said = texts(window);
    let after_key = |text: &String| text.split_once(' ').map(|(_, rest)| rest.to_owned());
    let all = said.iter().cloned().chain(said.iter().filter_map(after_key));
    all.filter(|text| is_english(text)).collect()
}

#[test]
fn no_text_on_a_spanish_screen_is_a_sentence_of_the_code_in_english() {
    let mut found = Vec::new();
    let mut look = |what: &str, window: &Window| {
        assert!(!texts(window).is_empty(), "{what}: nothing is said");
        found.extend(english(window).into_iter().map(|text| format!("{what}: {text}")));
    };
    for (name, view) in pages::real() {
        look(&format!("{name:?}"), &open(&view));
    }
    // The views of `shop` hold task pages of the tests' own words; the real ones stand above.
    for (name, view) in shop::all().into_iter().filter(|(name, _)| !name.starts_with("page-")) {
        look(name, &open(&view));
    }
    for (name, view, keys) in targets::cards() {
        let mut window = open(&view);
        for key in keys {
            match (name, key) {
                ("declare", Key::O) => press_with(&mut window, Modifiers::CTRL, key),
                (_, Key::O) => {
                    press_with(&mut window, Modifiers::CTRL.plus(Modifiers::SHIFT), key);
                }
                _ => press(&mut window, key),
            }
        }
        look(name, &window);
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_english_screen_is_found_out() {
    let till = SimulatedTill::showing(shop::empty_sale());
    let window = shop::open(&till, SIZE);
    assert!(english(&window).iter().any(|text| text == "Help"), "{:?}", texts(&window));
}
