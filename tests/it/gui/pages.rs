//! Task pages at the window: one painter, the same keys and the same fingers for every task.

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use tideover::device::clock::Clock as _;
use tideover::domain::money::Money;
use tideover::domain::words::{Words, words};
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::Answer;
use tideover::register::view::{
    Choice, Column, PageAction, PageAsks, PageView, Row, RowMark, Screen, View,
};

use super::keyboard::{
    in_one_frame, line_events, notice, press, press_with, type_line, type_partly,
};
use super::shop::{self, Size, window};
use super::targets;
use super::till::SimulatedTill;
use crate::register::{CASHIER, MANAGER, Shop, sign_in};

/// A list with a question beside it.
pub fn list(asks: Option<PageAsks>) -> PageView {
    let row = |mark, name: &str, figure: &str| {
        Row::marked(mark, vec![Words::data(name), Words::data(figure)])
    };
    let mut page = PageView {
        lead: vec![Words::data("Counted at 15:17; sales go on beside it.")],
        columns: vec![Column::words("Item", 4), Column::figures("Quantity", 1)],
        rows: vec![
            row(RowMark::Plain, "Corn tortillas 30 count", "24"),
            row(RowMark::Good, "Bananas", "103.5"),
            row(RowMark::Attention, "Dish soap 1 gal", "−2"),
            row(RowMark::Bad, "Whole milk 1 gal", "0"),
            row(RowMark::Open, "Peanut butter 40 oz", "12"),
        ],
        rows_open: true,
        answered: vec![(Words::data("Supplier"), Words::data("Valley Dairy"))],
        actions: vec![
            PageAction::new("Damaged", true),
            PageAction::danger("Take out", false),
            PageAction::go("Finish", true),
        ],
        ..PageView::of(PageName::Store, Words::data("Delivery 4711"))
    };
    if let Some(asks) = asks {
        page = page.asking(asks, "Item");
    }
    page
}

/// Nothing but choices.
pub fn choices() -> PageView {
    let choice = |label: &str| Choice::open(Words::data(label));
    PageView {
        choices: ["Damaged", "Expired", "Known theft", "Sample or donation", "Store use"]
            .map(choice)
            .into(),
        answered: vec![(Words::data("Item"), Words::data("Whole milk 1 gal"))],
        ..PageView::of(PageName::Store, Words::data("Why does the stock change?"))
    }
}

/// Choices beside a list.
pub fn list_and_choices() -> PageView {
    PageView { choices: choices().choices, ..list(None) }
}

pub fn page(page: PageView) -> View {
    shop::view(Screen::Page(Box::new(page)))
}

fn answer(text: &str, scanned: bool) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned })
}

#[test]
fn a_code_is_scanned_keyed_or_found_by_its_name() {
    let (till, mut window) = window(page(list(Some(PageAsks::Code))));
    in_one_frame(&mut window, line_events("4006381333931"));
    till.pass_ms(500);
    type_line(&till, &mut window, "4011");
    press(&mut window, Key::F2);
    window.get_by_label_contains("Find: words of the name");
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(
        till.sent(),
        vec![answer("4006381333931", true), answer("4011", false), answer("4006381333931", true)]
    );
    assert!(window.query_by_label_contains("Delivery 4711").is_some(), "back on the page");
}

#[test]
fn a_scan_is_no_amount_no_pin_and_presses_nothing() {
    for asks in [Some(PageAsks::Amount), Some(PageAsks::Quantity), Some(PageAsks::Pin), None] {
        for view in [list(asks), PageView { question: list(asks).question, ..choices() }] {
            let (till, mut window) = window(page(view));
            in_one_frame(&mut window, line_events("4006381333931"));
            till.pass_ms(500);
            window.run();
            assert_eq!(till.sent(), vec![], "{asks:?}");
            assert!(!notice(&window).is_empty(), "{asks:?}: it is said");
        }
    }
}

#[test]
fn an_amount_is_taken_as_the_line_shows_it() {
    let (till, mut window) = window(page(list(Some(PageAsks::Amount))));
    for c in ["1", "3", "1"] {
        in_one_frame(&mut window, vec![egui::Event::Text(c.to_owned())]);
        till.pass_ms(90);
    }
    window.run();
    window.get_by_label_contains("$1.31");
    press(&mut window, Key::Enter);
    for text in ["4.50", "", "1.2.3"] {
        type_line(&till, &mut window, text);
    }
    let taken = ["1.31", "4.50", "", "1.2.3"].map(|text| answer(text, false));
    assert_eq!(till.sent(), taken);
}

#[test]
fn rows_are_walked_and_opened_by_keys() {
    let (till, mut window) = window(page(list(None)));
    press(&mut window, Key::Enter);
    assert_eq!(till.sent(), vec![], "nothing is marked yet");
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::Enter);
    press(&mut window, Key::PageDown);
    press(&mut window, Key::Enter);
    press(&mut window, Key::PageUp);
    press(&mut window, Key::Enter);
    let row = |place| Command::Page(PageInput::Row(place));
    assert_eq!(till.sent(), vec![row(1), row(4), row(0)]);
}

#[test]
fn a_finger_opens_a_row_and_keys_words() {
    let (till, mut window) = window(page(list(Some(PageAsks::Text))));
    for label in ["p", "o", "Space", "7", "Erase", "8", "Enter"] {
        window.get_by_role_and_label(egui::Role::Button, label).click();
        window.run();
        till.pass_ms(200);
    }
    till.show(page(list(None)));
    window.run();
    window.get_by_label_contains("Whole milk").click();
    window.run();
    assert_eq!(till.sent(), vec![answer("po 8", false), Command::Page(PageInput::Row(3))]);
}

#[test]
fn actions_stand_on_function_keys_and_a_dead_one_does_nothing() {
    let (till, mut window) = window(page(list(Some(PageAsks::Code))));
    press(&mut window, Key::F4);
    press(&mut window, Key::F5);
    window.get_by_label("F6 Finish").click();
    window.run();
    press(&mut window, Key::F7);
    let action = |place| Command::Page(PageInput::Action(place));
    assert_eq!(till.sent(), vec![action(0), action(2)]);
}

#[test]
fn a_digit_chooses_and_escape_goes_a_step_back() {
    let (till, mut window) = window(page(choices()));
    type_partly(&till, &mut window, "3");
    type_partly(&till, &mut window, "9");
    press(&mut window, Key::Escape);
    let sent = till.sent();
    assert_eq!(sent, vec![Command::Page(PageInput::Choice(2)), Command::Page(PageInput::Back)]);
}

#[test]
fn what_was_keyed_at_one_step_is_not_meant_at_the_next() {
    let (till, mut window) = window(page(list(Some(PageAsks::Digits))));
    for c in ["1", "2"] {
        in_one_frame(&mut window, vec![egui::Event::Text(c.to_owned())]);
        till.pass_ms(90);
    }
    press(&mut window, Key::ArrowDown);
    till.show(page(PageView { step: 2, ..list(Some(PageAsks::Digits)) }));
    window.run();
    assert!(window.state().desk().entry.is_empty());
    assert_eq!(window.state().desk().chosen, None);
}

#[test]
fn a_pin_on_a_page_never_shows() {
    let (till, mut window) = window(page(list(Some(PageAsks::Pin))));
    for c in ["4", "8", "0"] {
        in_one_frame(&mut window, vec![egui::Event::Text(c.to_owned())]);
        till.pass_ms(90);
    }
    window.run();
    assert!(window.query_by_label_contains("480").is_none());
    press(&mut window, Key::Enter);
    let sent = till.sent();
    assert_eq!(sent, vec![answer("480", false)]);
    assert!(!format!("{sent:?}").contains("480"), "nor in a log");
}

#[test]
fn the_store_opens_from_the_sale_and_from_the_locked_screen() {
    for view in [shop::empty_sale(), shop::sign_in(), shop::view(Screen::OpenShift)] {
        let (till, mut window) = window(view);
        press_with(&mut window, egui::Modifiers::SHIFT, Key::F11);
        assert_eq!(till.sent(), vec![Command::OpenPage(PageName::Store)]);
    }
}

/// The pages as a real register shows them, with what a cashier did before.
pub fn real() -> Vec<(PageName, View)> {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    register.handle(Command::Scan { code: crate::register::WATER.to_owned() });
    register.handle(Command::BeginTender);
    register.handle(Command::TakeCash { amount: None, confirmed: false });
    assert_eq!(register.handle(Command::SignOut), Answer::Done);
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    let open = |name: PageName| {
        assert_eq!(register.handle(Command::OpenPage(name)), Answer::Done, "{name:?}");
        let view = register.view();
        assert!(matches!(view.screen, Screen::Page(_)), "{name:?}");
        register.handle(Command::LeavePage);
        (name, view)
    };
    std::iter::once(PageName::Store).chain(PageName::ALL.iter().copied()).map(open).collect()
}

/// The page that no list leads to: both steps, as a register whose battery is dead shows them.
fn the_day_is_asked() -> Vec<(PageName, View)> {
    let shop = Shop::new();
    shop.clock.jump_ms(12 * 3_600_000 - shop.clock.now().utc_ms);
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let float = Money::from_minor(15_000);
    assert!(matches!(register.handle(Command::OpenShift { float }), Answer::Refused(_)));
    let asked = register.view();
    assert_eq!(register.handle(answer("12312026", false)), Answer::Done);
    vec![(PageName::Day, asked), (PageName::Day, register.view())]
}

/// A clock that is months ahead: what is asked, and what a cashier's word is not enough for.
fn a_far_day_is_asked() -> Vec<(PageName, View)> {
    let shop = Shop::new();
    shop.clock.jump_ms(71 * 86_400_000);
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let float = Money::from_minor(15_000);
    assert!(matches!(register.handle(Command::OpenShift { float }), Answer::Refused(_)));
    let asked = register.view();
    assert_eq!(register.handle(answer("02012027", false)), Answer::Done);
    vec![(PageName::Day, asked), (PageName::Day, register.view())]
}

/// Wrong PINs as a manager sees them: who waits here, whose number was tried, everybody's minute.
fn wrong_pins() -> Vec<(PageName, View)> {
    let shop = Shop::new();
    let mut register = shop.start();
    for number in 0..31 {
        sign_in(&mut register, (&format!("7{number}"), "111222"));
    }
    shop.clock.advance_ms(600_000);
    crate::wrong_pins::mistype(&shop, &mut register, "41", 5);
    shop.clock.advance_ms(60_000);
    crate::wrong_pins::mistype(&shop, &mut register, "31", 9);
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    assert_eq!(register.handle(Command::OpenPage(PageName::WrongPins)), Answer::Done);
    vec![(PageName::WrongPins, register.view())]
}

#[test]
fn wrong_pins_and_a_far_day_are_drawn_at_every_size_in_both_languages() {
    drawn(wrong_pins());
    drawn(a_far_day_is_asked());
}

#[test]
fn the_day_that_is_asked_for_is_drawn_at_every_size_in_both_languages() {
    drawn(the_day_is_asked());
}

#[test]
fn every_page_of_a_real_register_is_drawn_at_every_size_in_both_languages() {
    drawn(real());
}

fn drawn(pages: Vec<(PageName, View)>) {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    for (name, view) in pages {
        let step = match &view.screen {
            Screen::Page(page) if page.step > 0 => format!("-{}", page.step),
            _ => String::new(),
        };
        for pixels in targets::SIZES {
            for language in Language::ALL {
                let till = SimulatedTill::showing(view.clone());
                let size = Size { pixels, theme: Theme::Light };
                let mut window = shop::open_with(&till, size, move |o| o.language = language);
                let what = format!("{name:?} {} at {pixels:?}", language.word());
                targets::check(&window, &what, pixels);
                if let Some(folder) = &folder {
                    let word = language.word();
                    let [wide, high] = pixels;
                    let file = format!("page-{name:?}{step}-{word}-{wide}x{high}.png");
                    window.render().expect("a picture").save(folder.join(file)).expect("written");
                }
            }
        }
    }
}

#[test]
fn an_empty_list_says_what_it_would_hold() {
    let view = PageView { rows: Vec::new(), empty: words!("No"), ..list(None) };
    let (_till, window) = window(page(view));
    window.get_by_label("No");
}
