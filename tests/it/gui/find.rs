//! Finding items by words, the price check, fast items, languages and colors: by keys alone.

use std::sync::{Arc, Mutex};

use egui::{Key, Modifiers};
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::Queryable as _;
use tideover::domain::quantity::UnitPrice;
use tideover::domain::words::words;
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::register::command::Command;
use tideover::register::finder::{FAST_KEYS, FastItem, Finder, FinderState, Found, FoundItem};

use super::keyboard::{in_one_frame, line_events, notice, press, press_with, scan, type_line};
use super::shop::{self, DESIGN, Size, Window};
use super::till::SimulatedTill;

const GOODS: [(&str, &str, &str, bool, u16); 12] = [
    ("4693", "Jalapeño peppers", "1.99", true, 3),
    ("00401101110214", "Pickled jalapeño slices 12 oz", "2.49", false, 1),
    ("00401101480287", "Orange juice 52 oz", "4.29", false, 1),
    ("4011", "Bananas", "0.59", true, 3),
    ("4131", "Apples", "1.99", true, 3),
    ("4046", "Avocados", "2.49", true, 3),
    ("4664", "Tomatoes", "2.29", true, 3),
    ("4093", "Onions", "0.99", true, 3),
    ("4048", "Limes", "2.49", true, 3),
    ("415213591496", "Paper bag", "0.10", false, 6),
    ("ICE-10", "Ice 10 lb", "2.99", false, 2),
    ("4078", "Sweet corn", "0.99", true, 3),
];
const PICTURES: [Option<&str>; 12] = [
    Some("jalapeno"),
    None,
    None,
    Some("bananas"),
    Some("apple"),
    Some("avocado"),
    Some("tomato"),
    Some("onion"),
    Some("lime"),
    Some("bag"),
    Some("ice"),
    None,
];

/// A finder that answers at once, or when a test lets it.
struct Shelves {
    found: Mutex<Arc<Found>>,
    held: Mutex<Option<String>>,
    holds: bool,
}

impl Shelves {
    fn new(holds: bool) -> Arc<Self> {
        let fast: Vec<FastItem> = goods()
            .into_iter()
            .zip(PICTURES)
            .filter(|(item, _)| !item.code.starts_with("0040"))
            .zip(FAST_KEYS.chars())
            .map(|((item, picture), key)| FastItem {
                key,
                label: item.name.clone(),
                item,
                picture: picture.map(|name| {
                    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
                    let file = format!("assets/sample-store/pictures/{name}.png");
                    std::fs::read(root.join(file)).expect("a picture").into()
                }),
            })
            .collect();
        let found = Found { state: FinderState::Ready, fast: fast.into(), ..Found::default() };
        Arc::new(Self { found: Mutex::new(Arc::new(found)), held: Mutex::default(), holds })
    }

    fn answer(&self, text: &str) {
        let mut found = self.found.lock().expect("found");
        let folded = |text: &str| text.to_lowercase().replace('ñ', "n");
        let items: Vec<FoundItem> = goods()
            .into_iter()
            .filter(|_item| !text.is_empty())
            .filter(|item| {
                folded(&item.name).contains(&folded(text))
                    || item.code.trim_start_matches('0').starts_with(text.trim_start_matches('0'))
            })
            .collect();
        let total = items.len();
        *found = Arc::new(Found { text: text.to_owned(), items, total, ..Found::clone(&found) });
    }

    fn let_go(&self) {
        if let Some(text) = self.held.lock().expect("held").take() {
            self.answer(&text);
        }
    }
}

impl Finder for Shelves {
    fn ask(&self, text: &str) {
        if self.holds {
            *self.held.lock().expect("held") = Some(text.to_owned());
        } else {
            self.answer(text);
        }
    }

    fn found(&self) -> Arc<Found> {
        Arc::clone(&self.found.lock().expect("found"))
    }

    fn on_change(&self, _wake: Box<dyn Fn() + Send + Sync>) {}
}

fn goods() -> Vec<FoundItem> {
    GOODS
        .iter()
        .map(|(code, name, price, weighed, department)| FoundItem {
            code: (*code).to_owned(),
            name: (*name).to_owned(),
            price: UnitPrice::parse(price).expect("a price"),
            weighed: *weighed,
            department: *department,
            age_min: None,
        })
        .collect()
}

fn open(size: Size) -> (Arc<SimulatedTill>, Window) {
    let till = SimulatedTill::showing(shop::empty_sale());
    let window = shop::open_with(&till, size, |options| options.finder = Shelves::new(false));
    (till, window)
}

fn letters(till: &SimulatedTill, window: &mut Window, text: &str) {
    for c in text.chars() {
        in_one_frame(window, vec![egui::Event::Text(c.to_string())]);
        till.pass_ms(90);
    }
    window.step(); // The frame that shows the answer.
    window.run();
}

fn enter(text: &str) -> Command {
    Command::Enter { text: text.to_owned() }
}

#[test]
fn words_find_an_item_and_enter_adds_the_marked_one() {
    let (till, mut window) = open(DESIGN);
    press(&mut window, Key::F2);
    letters(&till, &mut window, "jalapeno");
    window.get_by_label_contains("Jalapeño peppers 4693");
    window.get_by_label_contains("1 of 2; Enter adds");
    press(&mut window, Key::ArrowLeft); // Means nothing here.
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowDown); // There is no third one.
    press(&mut window, Key::Enter);
    assert_eq!(till.sent(), [enter("00401101110214")]);
    window.get_by_label_contains("Scan or type a code");
}

#[test]
fn a_scan_on_the_find_screen_is_an_item_of_the_sale() {
    let (till, mut window) = open(DESIGN);
    press(&mut window, Key::F2);
    letters(&till, &mut window, "jal");
    till.pass_ms(2_000);
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), [scan("4006381333931")], "without the letters before it");
    window.get_by_label_contains("Scan or type a code");
}

#[test]
fn a_price_check_shows_a_price_large_and_adds_nothing() {
    let (till, mut window) = open(DESIGN);
    press_with(&mut window, Modifiers::SHIFT, Key::F2);
    letters(&till, &mut window, "orange");
    press(&mut window, Key::Enter);
    in_one_frame(&mut window, line_events("401101110214"));
    window.run();
    window.get_by_label("Code: 401101110214");
    assert_eq!(till.sent(), []);
    press(&mut window, Key::Escape);
    window.get_by_label_contains("Scan or type a code");
}

#[test]
fn enter_before_the_answer_waits_for_it() {
    let till = SimulatedTill::showing(shop::empty_sale());
    let shelves = Shelves::new(true);
    let finder = Arc::clone(&shelves);
    let mut window = shop::open_with(&till, DESIGN, move |options| options.finder = finder);
    press(&mut window, Key::F2);
    type_line(&till, &mut window, "orange");
    assert_eq!(till.sent(), []);
    shelves.let_go();
    window.step();
    window.run();
    assert_eq!(till.sent(), [enter("00401101480287")]);
}

#[test]
fn words_that_nothing_has_are_said() {
    let (till, mut window) = open(DESIGN);
    press(&mut window, Key::F2);
    letters(&till, &mut window, "xyzzy");
    press(&mut window, Key::Enter);
    assert_eq!(notice(&window), "No item has these words");
    assert_eq!(till.sent(), []);
}

#[test]
fn a_fast_item_is_two_keys() {
    let (till, mut window) = open(DESIGN);
    press(&mut window, Key::F3);
    window.get_by_label("2 Bananas 0.59/lb");
    in_one_frame(&mut window, vec![egui::Event::Text("2".to_owned())]);
    till.pass_ms(200); // Nothing followed: it was no scan.
    window.step();
    window.run();
    assert_eq!(till.sent(), [enter("4011")]);
}

#[test]
fn a_finger_adds_a_fast_item_and_a_scan_there_is_no_tile() {
    let (till, mut window) = open(DESIGN);
    window.get_by_label("F3 Fast items").click();
    window.run();
    window.get_by_label_contains("Paper bag").click();
    window.run();
    till.pass_ms(200);
    window.step();
    window.run();
    assert_eq!(till.sent(), [enter("415213591496")]);
    press(&mut window, Key::F3);
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), [scan("4006381333931")]);
}

#[test]
fn the_language_changes_while_it_runs_and_everything_follows() {
    let till = SimulatedTill::showing(shop::tender());
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    let mut window = shop::open_with(&till, DESIGN, move |options| {
        options.remember = Some(Box::new(move |look| {
            hears.lock().expect("told").push((look.language, look.theme));
        }));
    });
    window.get_by_label("Due in cash");
    press_with(&mut window, Modifiers::CTRL, Key::E);
    window.get_by_label("A pagar en efectivo");
    assert!(window.query_by_label("Due in cash").is_none());
    let mut view = shop::tender();
    view.notice = Some(tideover::register::view::Notice {
        number: 7,
        kind: tideover::register::view::NoticeKind::Done,
        text: words!("{} still to pay", shop::money(1_250)),
        remedy: tideover::domain::words::Words::default(),
    });
    till.show(view);
    window.run();
    window.get_by_label_contains("Faltan $12.50 por pagar");
    press_with(&mut window, Modifiers::CTRL, Key::T);
    assert_eq!(
        *told.lock().expect("told"),
        [(Language::Spanish, Theme::Light), (Language::Spanish, Theme::Dark)],
        "what was chosen is kept"
    );
}

#[test]
fn every_screen_fits_in_spanish_and_in_the_strongest_contrast() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    for (name, view) in shop::all() {
        let till = SimulatedTill::showing(view);
        let size = Size { pixels: [1024.0, 768.0], theme: Theme::Contrast };
        let mut window = shop::open_with(&till, size, |options| {
            options.language = Language::Spanish;
        });
        till.pass_ms(5_000);
        window.run();
        if let Some(folder) = &folder {
            let file = format!("es-{name}.png");
            window.render().expect("a picture").save(folder.join(file)).expect("written");
        }
    }
}

fn compare(window: &mut Window, name: &str) {
    let options = SnapshotOptions::new()
        .threshold(0.8)
        .max_failed_pixels(200)
        .output_path("tests/it/gui/snapshots");
    window.snapshot_options(name, &options);
}

#[test]
fn finding_looks_as_it_did() {
    let (till, mut window) = open(DESIGN);
    press(&mut window, Key::F2);
    letters(&till, &mut window, "a");
    press(&mut window, Key::ArrowDown);
    compare(&mut window, "find");
}

#[test]
fn the_price_check_looks_as_it_did() {
    let (till, mut window) = open(Size { theme: Theme::Dark, ..DESIGN });
    press_with(&mut window, Modifiers::SHIFT, Key::F2);
    letters(&till, &mut window, "jalap");
    compare(&mut window, "price-check-dark");
}

#[test]
fn fast_items_look_as_they_did() {
    let (_till, mut window) = open(DESIGN);
    press(&mut window, Key::F3);
    compare(&mut window, "fast");
}

#[test]
fn the_strongest_contrast_looks_as_it_did() {
    let till = SimulatedTill::showing(shop::sell());
    let size = Size { theme: Theme::Contrast, ..DESIGN };
    let mut window = shop::open_with(&till, size, |options| {
        options.language = Language::Spanish;
    });
    till.pass_ms(5_000);
    window.run();
    compare(&mut window, "sell-contrast-es");
}
