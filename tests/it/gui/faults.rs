//! The window fails on purpose, on each screen and in each part of a frame: the cashier gets plain
//! words and one large key, and everything is as it was.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use egui::{Key, Modifiers};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use tideover::gui::customer::Display;
use tideover::gui::faults::{Faults, Point};
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::ledger::draft::{Draft, Loaded};
use tideover::register::command::Command;
use tideover::register::view::{Screen, View};

use super::keyboard::{
    in_one_frame, key_events, line_events, notice, press, press_with, type_line,
};
use super::pages;
use super::shop::{self, Size, Window};
use super::targets;
use super::till::SimulatedTill;
use crate::register::{CASHIER, Shop, WATER};

const SIZE: Size = Size { pixels: [1024.0, 768.0], theme: Theme::Light };
const FAILED: &str = "This screen failed";
const AGAIN: &str = "This screen failed again";

/// Fails the n-th time a point is passed, or each time from there on.
#[derive(Default)]
struct Bomb {
    point: std::sync::Mutex<Option<Point>>,
    left: AtomicI64,
    always: AtomicU64,
    passed: AtomicU64,
}

impl Bomb {
    fn arm(&self, point: Point, number: u64) {
        *self.point.lock().expect("point") = Some(point);
        self.passed.store(0, Ordering::SeqCst);
        self.left.store(i64::try_from(number).expect("small"), Ordering::SeqCst);
    }

    /// How often the point was passed since it was armed.
    fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    fn went_off(&self) -> bool {
        self.left.load(Ordering::SeqCst) <= 0
    }
}

impl Faults for Bomb {
    fn at(&self, point: Point) {
        if *self.point.lock().expect("point") != Some(point) {
            return;
        }
        self.passed.fetch_add(1, Ordering::SeqCst);
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        let always = self.always.load(Ordering::SeqCst) > 0;
        assert!(left != 1 && (left > 1 || !always), "a fault that this test lets happen");
    }
}

struct Counter {
    till: Arc<SimulatedTill>,
    window: Window,
    bomb: Arc<Bomb>,
}

fn counter(mut view: View) -> Counter {
    // What happened last is told once, and not again by a window that begins anew.
    view.notice = None;
    let till = SimulatedTill::showing(view);
    let bomb = Arc::new(Bomb::default());
    let faults: Arc<dyn Faults> = Arc::<Bomb>::clone(&bomb);
    let window = shop::open_with(&till, SIZE, |options| options.faults = Some(faults));
    Counter { till, window, bomb }
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

fn says(window: &Window, text: &str) -> bool {
    texts(window).iter().any(|said| said == text)
}

impl Counter {
    /// A frame.
    fn step(&mut self) {
        self.window.step();
    }

    /// Enter, as a person presses it.
    fn go_on(&mut self) {
        self.till.pass_ms(2_000);
        press(&mut self.window, Key::Enter);
    }

    fn fails_drawing(&mut self, number: u64) {
        self.bomb.arm(Point::Drawing, number);
        self.step();
        assert!(self.bomb.went_off(), "the fault did not happen");
        self.step();
    }
}

/// Every screen and card there is.
fn everything() -> Vec<(String, View, Vec<Key>)> {
    let mut all: Vec<(String, View, Vec<Key>)> =
        shop::all().into_iter().map(|(name, view)| (name.to_owned(), view, vec![])).collect();
    all.extend(pages::real().into_iter().map(|(name, view)| (format!("{name:?}"), view, vec![])));
    all.extend(
        targets::cards().into_iter().map(|(name, view, keys)| (name.to_owned(), view, keys)),
    );
    all
}

fn open_card(counter: &mut Counter, name: &str, keys: &[Key]) {
    for key in keys {
        let held = match (name, key) {
            ("declare", Key::O) => Modifiers::CTRL,
            (_, Key::O) => Modifiers::CTRL.plus(Modifiers::SHIFT),
            _ => Modifiers::NONE,
        };
        press_with(&mut counter.window, held, *key);
    }
}

#[test]
fn a_fault_in_the_middle_of_drawing_any_screen_is_told_and_left_and_asks_nothing_of_the_till() {
    let all = everything();
    assert!(all.len() > 50, "{} screens", all.len());
    for (name, view, keys) in all {
        let mut counter = counter(view);
        let plain = texts(&counter.window);
        open_card(&mut counter, &name, &keys);
        counter.till.sent();
        // How much is drawn in a frame; the fault comes in the middle of it.
        counter.bomb.arm(Point::Drawing, 1_000_000);
        counter.step();
        let drawn = counter.bomb.passed();
        assert!(drawn > 3, "{name}: {drawn}");
        counter.fails_drawing(drawn / 2 + 1);
        let said = texts(&counter.window);
        assert!(says(&counter.window, FAILED), "{name}: {said:?}");
        assert!(!said.iter().any(|text| text == "Help"), "{name}: the screen is still there");
        targets::check(&counter.window, &format!("{name}, failed"), SIZE.pixels);
        counter.go_on();
        // Whatever was open on top of the screen is gone, and the screen is as it was.
        assert_eq!(texts(&counter.window), plain, "{name}");
        assert_eq!(counter.till.sent(), vec![], "{name}");
    }
}

#[test]
fn a_fault_while_a_key_is_taken_or_understood_is_told_the_same_way_on_any_screen() {
    for (name, view) in shop::all() {
        let mut counter = counter(view);
        let plain = texts(&counter.window);
        for point in [Point::Keys, Point::Stroke] {
            counter.bomb.arm(point, 1);
            press(&mut counter.window, Key::F1);
            assert!(counter.bomb.went_off(), "{name}, {point:?}: the fault did not happen");
            // The second one comes within a minute: it is called so.
            let again = says(&counter.window, AGAIN);
            assert!(again || says(&counter.window, FAILED), "{name}, {point:?}");
            counter.go_on();
            assert_eq!(texts(&counter.window), plain, "{name}, {point:?}");
            assert_eq!(counter.till.sent(), vec![], "{name}, {point:?}");
        }
    }
}

#[test]
fn what_was_about_to_be_asked_when_a_screen_failed_is_never_asked_later() {
    let mut counter = counter(shop::tender());
    counter.till.set_room(0);
    press(&mut counter.window, Key::F12);
    counter.fails_drawing(5);
    counter.till.set_room(u64::MAX);
    counter.go_on();
    counter.step();
    assert_eq!(counter.till.sent(), vec![], "a payment is not taken behind its cashier's back");
}

#[test]
fn a_screen_that_fails_again_and_again_waits_for_a_person_each_time_and_can_be_left() {
    let ways = [
        (shop::tender(), Command::LeaveTender),
        (shop::sell(), Command::SignOut),
        (shop::receipt(), Command::LeaveReceipt),
        (pages::page(pages::list(None)), Command::LeavePage),
        (shop::approval(), Command::Decline),
        (shop::done(), Command::NextCustomer),
    ];
    for (view, way) in ways {
        let mut counter = counter(view);
        counter.fails_drawing(5);
        counter.till.pass_ms(2_000);
        press(&mut counter.window, Key::Escape);
        assert!(says(&counter.window, FAILED), "the first time there is one key");
        // The next frame of the screen fails, too: once, and then nothing is tried.
        counter.bomb.arm(Point::Drawing, 12);
        counter.till.pass_ms(2_000);
        in_one_frame(&mut counter.window, key_events(Key::Enter, Modifiers::NONE));
        counter.step();
        assert!(counter.bomb.went_off() && says(&counter.window, AGAIN), "{way:?}");
        assert_eq!(counter.till.sent(), vec![]);
        counter.till.pass_ms(2_000);
        press(&mut counter.window, Key::Escape);
        assert_eq!(counter.till.sent(), vec![way]);
        assert!(!says(&counter.window, AGAIN));
    }
}

#[test]
fn a_finger_goes_on_as_a_key_does() {
    let mut counter = counter(shop::sell());
    let plain = texts(&counter.window);
    counter.fails_drawing(9);
    counter.window.get_by_label("Go on").click();
    counter.window.run();
    assert_eq!(texts(&counter.window), plain);
}

#[test]
fn a_scan_onto_a_screen_that_failed_presses_nothing_and_is_said() {
    let mut counter = counter(shop::sell());
    counter.fails_drawing(9);
    let mut events = line_events("4006381333931");
    events.extend(key_events(Key::Enter, Modifiers::NONE));
    in_one_frame(&mut counter.window, events);
    assert!(says(&counter.window, FAILED));
    assert!(says(&counter.window, "What was just scanned or keyed was not taken."));
    counter.go_on();
    assert!(!says(&counter.window, FAILED));
    assert_eq!(counter.till.sent(), vec![]);
}

#[test]
fn whoever_walks_away_from_a_screen_that_failed_is_signed_out_as_from_any_other() {
    let mut counter = counter(shop::sell());
    counter.fails_drawing(9);
    counter.till.pass_ms(121_000);
    counter.step();
    counter.step();
    assert_eq!(counter.till.sent(), vec![Command::Lock]);
}

#[test]
fn the_customers_window_fails_alone_and_the_register_sells_on() {
    let mut counter = counter(shop::sell());
    counter.window.ctx.set_embed_viewports(false);
    counter.bomb.arm(Point::Customer, 1);
    press_with(&mut counter.window, Modifiers::CTRL, Key::D);
    assert!(counter.bomb.went_off(), "the fault did not happen");
    assert_eq!(notice(&counter.window), "The customer's window failed and was closed");
    assert_eq!(counter.window.state().desk().customer, Display::Off);
    in_one_frame(&mut counter.window, line_events("4006381333931"));
    assert_eq!(counter.till.sent().len(), 1, "the scan was taken");
}

#[test]
fn where_even_the_words_cant_be_drawn_the_window_ends() {
    let mut counter = counter(shop::sell());
    counter.bomb.arm(Point::Drawing, 3);
    counter.bomb.always.store(1, Ordering::SeqCst);
    let ended = catch_unwind(AssertUnwindSafe(|| counter.step()));
    assert!(ended.is_err(), "nothing is shown, so it must not stay");
}

#[test]
fn the_words_are_there_in_spanish_and_look_as_they_should() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    for (language, title) in
        [(Language::English, AGAIN), (Language::Spanish, "Esta pantalla volvió a fallar")]
    {
        let till = SimulatedTill::showing(shop::sell());
        let bomb = Arc::new(Bomb::default());
        let faults: Arc<dyn Faults> = Arc::<Bomb>::clone(&bomb);
        let window = shop::open_with(&till, SIZE, move |options| {
            options.faults = Some(faults);
            options.language = language;
        });
        let mut counter = Counter { till, window, bomb };
        counter.fails_drawing(9);
        let picture = |counter: &mut Counter, name: &str| {
            let Some(folder) = &folder else { return };
            let image = counter.window.render().expect("a picture");
            image.save(folder.join(format!("failed-{name}-{language:?}.png"))).expect("saved");
        };
        picture(&mut counter, "first");
        counter.go_on();
        counter.fails_drawing(9);
        in_one_frame(&mut counter.window, line_events("4006381333931"));
        assert!(says(&counter.window, title), "{:?}", texts(&counter.window));
        picture(&mut counter, "again");
    }
}

/// Pieces in the basket that a killed program would find.
fn saved_items(shop: &Shop) -> u64 {
    let data = shop.data();
    let draft = Draft::of(&data.place(&data.settings().expect("settings")));
    match draft.load().expect("read") {
        Loaded::Basket { basket, .. } => {
            let pieces: i64 =
                basket.lines.iter().map(|line| line.quantity.tenthousandths() / 10_000).sum();
            u64::try_from(pieces).expect("few")
        }
        Loaded::Nothing | Loaded::Damaged(_) => 0,
    }
}

#[test]
fn a_real_sale_goes_on_where_it_was_when_its_screens_fail_one_after_the_other() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let mut counter = counter(register.view());
    let hand = |counter: &mut Counter, register: &mut tideover::register::register::Register| {
        for command in counter.till.sent() {
            register.handle(command);
        }
        counter.till.show(register.view());
        counter.window.run();
    };
    for items in 1..=2 {
        in_one_frame(&mut counter.window, line_events(WATER));
        hand(&mut counter, &mut register);
        counter.fails_drawing(20);
        assert!(says(&counter.window, FAILED) || says(&counter.window, AGAIN));
        counter.go_on();
        let view = register.view();
        let Screen::Sell(sell) = &view.screen else { panic!("{:?}", view.screen) };
        assert_eq!(sell.item_count, items);
        // The basket that a killed program finds again is there, too.
        assert_eq!(saved_items(&shop), items, "the draft");
    }
    press(&mut counter.window, Key::F12);
    hand(&mut counter, &mut register);
    counter.fails_drawing(20);
    counter.go_on();
    type_line(&counter.till, &mut counter.window, "2000");
    hand(&mut counter, &mut register);
    press(&mut counter.window, Key::F12);
    hand(&mut counter, &mut register);
    assert!(matches!(register.view().screen, Screen::Done(_)), "{:?}", register.view().screen);
    counter.fails_drawing(20);
    counter.go_on();
    let view = register.view();
    let Screen::Done(done) = &view.screen else { panic!("{:?}", view.screen) };
    assert_eq!(done.number, 1);
    assert_eq!(register.ledger().state().last_sale_no.0, 1, "paid once");
}
