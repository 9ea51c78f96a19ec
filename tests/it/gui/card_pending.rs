//! The list of sales that a card may have paid, at the window of a real register: by the keyboard
//! alone, and by touch alone.

use std::sync::Arc;

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use tideover::domain::card_pending::Ending;
use tideover::domain::event::Event;
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::register::command::Command;
use tideover::register::register::Register;
use tideover::register::view::{Link, Screen};

use super::keyboard::{in_one_frame, line_events, press, press_with, type_line, type_partly};
use super::shop::{self, Size, Window};
use super::targets;
use super::till::SimulatedTill;
use crate::register::{CASHIER, MANAGER, Shop, WATER, scan};

/// A register and its window.
struct Counter {
    shop: Shop,
    register: Register,
    till: Arc<SimulatedTill>,
    window: Window,
}

impl Counter {
    fn new() -> Self {
        let shop = Shop::new();
        let mut register = shop.open(CASHIER);
        register.link_is(Link::Down);
        scan(&mut register, WATER);
        let till = SimulatedTill::showing(register.view());
        let size = Size { pixels: [1024.0, 768.0], theme: Theme::Light };
        let window = shop::open(&till, size);
        Self { shop, register, till, window }
    }

    /// What was sent is done, and its view shown, until nothing more is sent.
    fn answer(&mut self) {
        self.till.pass_ms(500);
        self.window.run();
        loop {
            let sent = self.till.sent();
            if sent.is_empty() {
                break;
            }
            for command in sent {
                self.register.handle(command);
            }
            self.till.show(self.register.view());
            self.window.run();
        }
    }

    fn key(&mut self, key: Key) {
        press(&mut self.window, key);
        self.answer();
    }

    fn held(&mut self, held: Modifiers, key: Key) {
        press_with(&mut self.window, held, key);
        self.answer();
    }

    fn digit(&mut self, digit: &str) {
        type_partly(&self.till, &mut self.window, digit);
        self.till.pass_ms(200);
        in_one_frame(&mut self.window, vec![]);
        self.answer();
    }

    fn line(&mut self, text: &str) {
        type_line(&self.till, &mut self.window, text);
        self.answer();
    }

    fn touch(&mut self, label: &str) {
        self.window.get_by_label_contains(label).click();
        self.window.run();
        self.answer();
    }

    /// Touches the keys of a pad, then Enter.
    fn pad(&mut self, digits: &str) {
        for digit in digits.chars() {
            self.window.get_by_role_and_label(Role::Button, &digit.to_string()).click();
            self.window.run();
            self.till.pass_ms(200);
        }
        self.window.get_by_role_and_label(Role::Button, "Enter").click();
        self.window.run();
        self.answer();
    }

    fn picture(&mut self, name: &str) {
        targets::check(&self.window, name, [1024.0, 768.0]);
        if let Some(folder) = std::env::var_os("TIDEOVER_PICTURES") {
            let file = std::path::Path::new(&folder).join(format!("card-{name}.png"));
            self.window.render().expect("a picture").save(file).expect("written");
        }
    }

    fn endings(&self) -> Vec<Ending> {
        let events = self.shop.events();
        let closed = events.iter().filter_map(|event| match event {
            Event::CardPendingClosed(closed) => Some(closed.ending),
            _ => None,
        });
        closed.collect()
    }
}

#[test]
fn by_the_keyboard_alone_a_sale_is_put_aside_and_its_card_closed() {
    let mut counter = Counter::new();
    counter.key(Key::F12);
    counter.picture("payment");
    counter.held(Modifiers::CTRL, Key::K);
    counter.picture("terminal");
    // A card that is swiped or read here is nobody's reference.
    in_one_frame(&mut counter.window, line_events("4111111111111111"));
    counter.answer();
    assert!(counter.shop.kinds().iter().all(|kind| kind != "sale_suspended"));
    counter.line("004711");
    assert_eq!(counter.shop.kinds().last().map(String::as_str), Some("sale_suspended"));
    counter.picture("aside");
    counter.held(Modifiers::SHIFT, Key::F7);
    counter.picture("recall");
    counter.digit("0");
    assert!(matches!(counter.register.view().screen, Screen::Page(_)));
    counter.picture("list");
    counter.key(Key::ArrowDown);
    counter.key(Key::Enter);
    counter.picture("ending");
    counter.digit("2");
    counter.picture("reference");
    counter.line("004711");
    counter.picture("signature");
    counter.line(MANAGER.0);
    counter.line(MANAGER.1);
    counter.picture("closed");
    assert_eq!(counter.endings(), [Ending::PaidByCard]);
}

#[test]
fn by_touch_alone_a_sale_is_put_aside_and_its_card_closed() {
    let mut counter = Counter::new();
    counter.touch("F12 Cash");
    counter.touch("Card hangs");
    counter.pad("47");
    assert_eq!(counter.shop.kinds().last().map(String::as_str), Some("sale_suspended"));
    counter.touch("F7 Go on with");
    counter.touch("The whole list");
    counter.touch("A card may have paid it");
    counter.touch("Given up, no card charged");
    counter.pad(MANAGER.0);
    counter.pad(MANAGER.1);
    assert_eq!(counter.endings(), [Ending::Abandoned]);
    // And the list is left by touch.
    counter.touch("Esc Back");
    assert!(matches!(counter.register.view().screen, Screen::Sell(_)));
}

#[test]
fn from_the_sale_it_is_put_aside_by_the_menu_too() {
    let mut counter = Counter::new();
    counter.key(Key::F11);
    counter.picture("more");
    counter.digit("0");
    counter.key(Key::Enter);
    assert_eq!(counter.shop.kinds().last().map(String::as_str), Some("sale_suspended"));
}

#[test]
fn the_list_speaks_spanish() {
    let mut counter = Counter::new();
    counter.register.handle(Command::SuspendCard { terminal: "004711".to_owned() });
    counter.register.handle(Command::OpenPage(tideover::register::page::PageName::Aside));
    let till = SimulatedTill::showing(counter.register.view());
    let size = Size { pixels: [1024.0, 768.0], theme: Theme::Light };
    let mut window = shop::open_with(&till, size, |options| options.language = Language::Spanish);
    window.get_by_label_contains("Quizá la pagó una tarjeta");
    window.get_by_label_contains("Consultar");
    targets::check(&window, "list-es", [1024.0, 768.0]);
    if let Some(folder) = std::env::var_os("TIDEOVER_PICTURES") {
        let file = std::path::Path::new(&folder).join("card-list-es.png");
        window.render().expect("a picture").save(file).expect("written");
    }
}
