//! A check through the window by keys alone, on a real register behind it: what a cashier presses
//! is what is recorded.

use std::sync::{Arc, Mutex};

use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tideover::domain::check::wizard::Step;
use tideover::domain::words::Words;
use tideover::gui::{RegisterWindow, WindowOptions};
use tideover::register::check_input::{CheckInput, Keyed};
use tideover::register::check_view::{CheckAnswer, CheckView};
use tideover::register::command::{Command, Pin};
use tideover::register::register::Register;
use tideover::register::till::Till;
use tideover::register::view::{Screen, View};

use super::keyboard::{press, type_line};
use super::renderer::Pixels;
use super::shop::{self, Window, money, window};
use crate::check::Shop;

const LINE: &str = "T111000025T 008675309867U 1207";

/// A till that does each command at once.
struct LiveTill {
    register: Mutex<Register>,
    clock_ms: Mutex<u64>,
}

impl LiveTill {
    fn screen(&self) -> Screen {
        self.register.lock().expect("register").view().screen
    }

    fn step(&self) -> Option<Step> {
        match self.screen() {
            Screen::Check(check) => Some(check.step),
            _ => None,
        }
    }

    fn pass_ms(&self, passed: u64) {
        *self.clock_ms.lock().expect("clock") += passed;
    }
}

impl Till for LiveTill {
    fn send(&self, command: Command) -> bool {
        self.register.lock().expect("register").handle(command);
        true
    }

    fn view(&self) -> Arc<View> {
        Arc::new(self.register.lock().expect("register").view())
    }

    fn on_change(&self, _: Box<dyn Fn() + Send + Sync>) {}

    fn mono_ms(&self) -> u64 {
        *self.clock_ms.lock().expect("clock")
    }
}

fn live(shop: &Shop) -> (Arc<LiveTill>, Window) {
    let mut register = shop.open(("31", "480273"));
    register.handle(Command::Enter { text: "30*401100370077".to_owned() });
    let till =
        Arc::new(LiveTill { register: Mutex::new(register), clock_ms: Mutex::new(1_000_000) });
    let shown = Arc::clone(&till);
    let mut window = Harness::builder()
        .with_size([1280.0, 720.0])
        .with_max_steps(8)
        .renderer(Pixels::default())
        .build_eframe(move |cc| {
            let options = WindowOptions { zoom: Some(1.0), ..WindowOptions::default() };
            RegisterWindow::new(&cc.egui_ctx, shown, options)
        });
    window.run();
    (till, window)
}

fn events(window: &mut Window, events: Vec<Event>) {
    window.input_mut().events.extend(events);
    // A frame each for the key, for what the till made of it, and for what follows from that.
    for _ in 0..3 {
        window.run();
    }
}

/// A person: 120 ms between keys, so that no burst is seen.
fn key(till: &LiveTill, window: &mut Window, key: Key) {
    till.pass_ms(400);
    let event = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    events(window, vec![event(true), event(false)]);
}

fn keyed(till: &LiveTill, window: &mut Window, text: &str) {
    for c in text.chars() {
        till.pass_ms(120);
        events(window, vec![Event::Text(c.to_string())]);
    }
    key(till, window, Key::Enter);
}

/// A key that chooses by itself, once nothing followed it.
fn choose(till: &LiveTill, window: &mut Window, c: char) {
    till.pass_ms(400);
    events(window, vec![Event::Text(c.to_string())]);
    till.pass_ms(100);
    events(window, Vec::new());
}

/// A reader: all in one frame, with its Enter.
fn read(till: &LiveTill, window: &mut Window, text: &str) {
    till.pass_ms(400);
    let mut all: Vec<Event> = text.chars().map(|c| Event::Text(c.to_string())).collect();
    all.push(Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    events(window, all);
}

fn notice(window: &Window) -> String {
    window.state().desk().notice.as_ref().map(|shown| shown.text.to_string()).unwrap_or_default()
}

#[test]
fn a_check_takes_one_read_and_six_keys() {
    let shop = Shop::new("check_state,TX", "", Some([9; 32]));
    let (till, mut window) = live(&shop);
    key(&till, &mut window, Key::F9);
    assert_eq!(till.step(), Some(Step::Line), "F9 on the sale goes straight to the check");
    window.get_by_label("Thirty-nine and 28/100");
    read(&till, &mut window, LINE);
    window.get_by_label("Account: •••• 9867");
    key(&till, &mut window, Key::Enter);
    choose(&till, &mut window, '1');
    key(&till, &mut window, Key::Enter); // Issued by the store's own state.
    choose(&till, &mut window, 'y');
    assert_eq!(till.step(), Some(Step::Take));
    window.get_by_label("Check 1207 2026-11-22 14:00");
    window.get_by_label("Signed in front of you");
    key(&till, &mut window, Key::Enter);
    assert!(matches!(till.screen(), Screen::Done(_)), "{:?}", till.screen());
}

#[test]
fn an_enter_that_bounces_takes_no_check() {
    let shop = Shop::new("check_id_from,none", "", Some([9; 32]));
    let (till, mut window) = live(&shop);
    key(&till, &mut window, Key::F9);
    read(&till, &mut window, LINE);
    key(&till, &mut window, Key::Enter);
    assert_eq!(till.step(), Some(Step::Take));
    for _ in 0..10 {
        till.pass_ms(33);
        press(&mut window, Key::Enter);
    }
    assert_eq!(till.step(), Some(Step::Take), "a held Enter is one press");
    key(&till, &mut window, Key::Enter);
    assert!(matches!(till.screen(), Screen::Done(_)));
}

#[test]
fn an_item_s_bar_code_is_never_an_answer() {
    let shop = Shop::new("", "", Some([9; 32]));
    let (till, mut window) = live(&shop);
    key(&till, &mut window, Key::F9);
    read(&till, &mut window, "4006381333931");
    assert_eq!(
        (till.step(), notice(&window)),
        (Some(Step::Line), "A scan is not taken here".into())
    );
    keyed(&till, &mut window, "111000025");
    read(&till, &mut window, "4006381333931");
    assert_eq!(
        till.step(),
        Some(Step::Account),
        "13 digits are no account when a scanner sends them"
    );
    read(&till, &mut window, LINE);
    assert_eq!(till.step(), Some(Step::Number), "a reader's line is taken wherever digits are");
    key(&till, &mut window, Key::Enter);
    read(&till, &mut window, "1234567");
    assert_eq!(till.step(), Some(Step::IdKind), "its digits choose no ID");
}

#[test]
fn a_keyed_account_shows_its_last_four_digits_alone() {
    let shop = Shop::new("", "", Some([9; 32]));
    let (till, mut window) = live(&shop);
    key(&till, &mut window, Key::F9);
    keyed(&till, &mut window, "111000025");
    for c in "8675309867".chars() {
        till.pass_ms(120);
        events(&mut window, vec![Event::Text(c.to_string())]);
    }
    window.get_by_label("Account number: hidden");
    assert!(window.query_by_label_contains("8675309").is_none());
    // Esc takes back what is keyed first, then a step, then the check, then payment.
    for (escapes, step) in [(1, Some(Step::Account)), (1, Some(Step::Line)), (1, None)] {
        for _ in 0..escapes {
            key(&till, &mut window, Key::Escape);
        }
        assert_eq!(till.step(), step);
    }
    assert!(matches!(till.screen(), Screen::Tender(_)));
}

#[test]
fn cash_instead_leaves_the_check_and_takes_nothing() {
    let shop = Shop::new("", "", Some([9; 32]));
    let (till, mut window) = live(&shop);
    key(&till, &mut window, Key::F9);
    read(&till, &mut window, LINE);
    key(&till, &mut window, Key::F12);
    assert!(matches!(till.screen(), Screen::Tender(_)), "a first press on cash takes nothing");
}

#[test]
fn a_finger_answers_with_one_press() {
    let (till, mut window) = window(shop::check(Step::IdValid));
    window.get_by_label("No").click();
    window.run();
    let no = Command::Check(CheckInput::Answer { text: Keyed::new("N"), scanned: false });
    assert_eq!(till.sent(), vec![no]);
    till.show(shop::check(Step::Take));
    till.pass_ms(1_000);
    window.run();
    window.get_by_label("Take the check").click();
    window.run();
    let take = Command::Check(CheckInput::Answer { text: Keyed::new(""), scanned: false });
    assert_eq!(till.sent(), vec![take]);
}

#[test]
fn an_amount_keyed_before_it_is_the_check_s() {
    let (till, mut window) = window(shop::tender());
    press(&mut window, Key::F9);
    till.pass_ms(1_000);
    type_line(&till, &mut window, "");
    let begin = |amount| Command::Check(CheckInput::Begin { amount });
    assert_eq!(till.sent(), vec![begin(None)]);
    for c in "2500".chars() {
        till.pass_ms(90);
        events(&mut window, vec![Event::Text(c.to_string())]);
    }
    till.pass_ms(1_000);
    press(&mut window, Key::F9);
    assert_eq!(till.sent(), vec![begin(Some(money(2_500)))]);
}

/// For pictures and for the rules of size: a check at a step.
pub fn view_at(step: Step) -> CheckView {
    let answer = |step, label, value: &'static str| {
        let value = if value.is_empty() { Words::default() } else { Words::plain(value) };
        CheckAnswer { step, label, value }
    };
    let choices = match step {
        Step::IdKind => vec![
            ('1', Words::plain("Driver's license")),
            ('2', Words::plain("State ID card")),
            ('3', Words::plain("Passport")),
            ('4', Words::plain("Military ID")),
            ('5', Words::plain("Other ID with a picture")),
            ('N', Words::plain("No ID")),
        ],
        Step::IdValid => vec![('Y', Words::plain("Yes")), ('N', Words::plain("No"))],
        _ => Vec::new(),
    };
    CheckView {
        total: money(4_679),
        part_paid: false,
        due: money(4_679),
        amount: money(4_679),
        words: ("Forty-six and 79/100".to_owned(), "Cuarenta y seis con 79/100".to_owned()),
        step,
        answers: vec![
            answer(Step::Line, "Routing number", "111000025"),
            answer(Step::Account, "Account", "•••• 9867"),
            answer(Step::Number, "Number of the check", "1207"),
            answer(Step::IdKind, "ID", "Driver's license"),
            answer(Step::IdState, "Issued by", "TX"),
            answer(Step::IdValid, "Valid, and the same name", ""),
        ],
        choices,
        look: vec![
            Words::plain("Dated today"),
            Words::plain("Made out to Harbor Street"),
            Words::plain("Figures and words say the same"),
            Words::plain("Name and address printed on it"),
            Words::plain("Signed in front of you"),
        ],
        endorsement: vec![
            "FOR DEPOSIT ONLY Harbor Street".to_owned(),
            "Store 1042 Register 7 Sale 1801".to_owned(),
            "Check 1207 2026-11-22 15:17".to_owned(),
            "Cashier 31".to_owned(),
        ],
        never: Words::data(
            "Never ask for social security number or card number (R.I. Gen. Laws 6-13-15)",
        ),
        concerns: vec![Words::data("More than 2 checks of one account a day need a lead")],
        kept_sealed: true,
        list: Some((12, 515)),
    }
}

#[test]
fn a_pin_is_no_part_of_this() {
    // The command that carries an account never shows it.
    let text = format!("{:?} {:?}", Keyed::new("8675309867"), Pin::new("480273"));
    assert!(!text.contains("8675309867") && !text.contains("480273"));
}
