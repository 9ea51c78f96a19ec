//! The main task of every page of a store, done twice at the real window on a real register: once
//! by keys alone, once by a finger alone. Both record the same.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use tideover::gui::desk::ACTION_KEYS;
use tideover::gui::theme::Theme;
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, Screen};

use super::keyboard::{press, press_with, type_line, type_partly};
use super::shop::{self, Size, Window};
use super::till::SimulatedTill;
use crate::register::{CASHIER, LEAD, MANAGER, Shop, WATER, sign_in};

/// The smallest screen: what fits there fits elsewhere.
const SIZE: Size = Size { pixels: [1024.0, 768.0], theme: Theme::Light };
const CARTON: &str = "106141412345678908";
/// What the notice lists in it.
const LISTED: usize = 7;

/// How a task is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Keys,
    Finger,
}

/// One step of a task.
#[derive(Clone, Debug)]
enum Step {
    /// The list of the store, and a page of it.
    Store(&'static str),
    /// An answer, with Enter.
    Type(&'static str),
    /// A row that holds these words.
    Row(&'static str),
    /// Each row's figure is as the notice lists it.
    EachAsListed,
    /// An action, by its place.
    Act(usize),
    /// A choice, by its place.
    Choose(usize),
    /// A second person signs, where one is asked for.
    Signs(&'static str, &'static str),
}

use Step::{Act, Choose, EachAsListed, Row, Signs, Store, Type};

struct Task {
    page: &'static str,
    who: (&'static str, &'static str),
    /// A shift is open before it begins.
    shift: bool,
    steps: Vec<Step>,
    records: &'static [&'static str],
}

fn tasks() -> Vec<Task> {
    let task = |page, who, steps: Vec<Step>, records| {
        let steps = [vec![Store(page)], steps].concat();
        Task { page, who, shift: true, steps, records }
    };
    let signed = Signs(MANAGER.0, MANAGER.1);
    let slip = vec![
        Act(1),
        Type("101"),
        Type("50"),
        Type(CASHIER.0),
        Act(0),
        Type(""),
        Type(""),
        Type(WATER),
        Type(""),
        Type(""),
        Type(""),
        Act(0),
        Type("131"),
    ];
    let float = ["", "", "", "4", "7", "20", "40", "", "20"].map(Type);
    vec![
        task("The outage", LEAD, vec![], &[]),
        task("The systems", LEAD, vec![], &[]),
        task(
            "Stock",
            LEAD,
            vec![Type(WATER), Act(0), Row("Damaged"), Type("2"), Type("wet"), signed.clone()],
            &["stock_delta"],
        ),
        task(
            "Count",
            LEAD,
            vec![Type("aisle 4"), Type(WATER), Row("Spring water"), Type("31")],
            &[],
        ),
        task(
            "Transfer",
            LEAD,
            vec![Choose(0), Type("1043"), Type(WATER), Row("Spring water"), Type("12"), Act(0)],
            &["stock_delta"],
        ),
        task("Deliveries", LEAD, vec![Type(CARTON), EachAsListed, Act(2)], &["delivery"]),
        task(
            "Pickup orders",
            LEAD,
            vec![Row("W-20420"), Act(0), Type("917253"), Act(1), Act(2)],
            &["pickup"],
        ),
        task("Hours", LEAD, vec![Type(CASHIER.0), Type(CASHIER.1), Choose(0)], &["punch"]),
        task("Readiness", LEAD, vec![Row("Practice"), Act(0)], &["readiness"]),
        task("Practice", LEAD, vec![], &[]),
        task(
            "Rain checks",
            LEAD,
            vec![Act(0), Choose(2), Type(WATER), Type("100"), Type("")],
            &["rain_check"],
        ),
        task("Paper slips", LEAD, slip, &["paper_pad", "sale"]),
        Task {
            page: "Float and change",
            who: LEAD,
            shift: false,
            steps: [vec![Store("Float and change")], float.to_vec(), vec![Choose(0)]].concat(),
            records: &["shift_open"],
        },
        task("Cash office", MANAGER, vec![Row("7"), Act(2)], &[]),
    ]
}

/// A register with its window, and whoever works at it.
struct Counter {
    register: Register,
    till: Arc<SimulatedTill>,
    window: Window,
    by: By,
}

impl Counter {
    fn open(shop: &Shop, task: &Task, by: By) -> Self {
        let register = if task.shift {
            shop.open(task.who)
        } else {
            let mut register = shop.start();
            assert_eq!(sign_in(&mut register, task.who), Answer::Done);
            register
        };
        let till = SimulatedTill::showing(register.view());
        let window = shop::open(&till, SIZE);
        Self { register, till, window, by }
    }

    /// What was done goes to the register, and its view to the window.
    fn settle(&mut self) {
        // A digit that chooses waits a moment: it may be the first of a scan.
        for _ in 0..2 {
            self.till.pass_ms(400);
            self.window.run();
            for command in self.till.sent() {
                self.register.handle(command);
            }
            self.till.show(self.register.view());
        }
        self.till.pass_ms(400);
        self.window.run();
    }

    fn page(&self) -> PageView {
        match self.register.view().screen {
            Screen::Page(page) => *page,
            other => panic!("no page: {other:?}"),
        }
    }

    fn touch(&mut self, label: &str) {
        self.window.get_by_role_and_label(egui::Role::Button, label).click();
        self.settle();
    }

    fn shows(&self, label: &str) -> bool {
        self.window.query_by_label(label).is_some()
    }

    fn does(&mut self, step: &Step) {
        match step {
            Store(name) => self.store(name),
            Type(text) => self.types(text),
            Row(words) => {
                let has = |row: &tideover::register::view::Row| {
                    row.cells.iter().any(|cell| cell.to_string().contains(words))
                };
                let place = self.page().rows.iter().position(has).expect("a row");
                self.row(place);
            }
            EachAsListed => {
                // The other carton is not here yet.
                for place in 0..LISTED {
                    let listed = self.page().rows[place].cells[1].to_string();
                    self.row(place);
                    self.chooses(0);
                    self.types(&listed);
                }
            }
            Act(place) => {
                let action = self.page().actions[*place];
                assert!(action.enabled, "{} can be pressed", action.label);
                let key = ACTION_KEYS[*place];
                match self.by {
                    By::Keys => press(&mut self.window, key.shortcut().1),
                    By::Finger => {
                        self.touch(&format!("{} {}", key.key_name(), action.label));
                    }
                }
                self.settle();
            }
            Choose(place) => self.chooses(*place),
            Signs(person, pin) => {
                if self.register.view().ask.is_some() {
                    self.types(person);
                    self.types(pin);
                }
            }
        }
    }

    fn store(&mut self, name: &str) {
        match self.by {
            By::Keys => press_with(&mut self.window, Modifiers::SHIFT, Key::F11),
            By::Finger if self.shows("F11 More…") => {
                self.touch("F11 More…");
                self.touch("The store: stock, hours, cash office…");
            }
            By::Finger => self.touch("Shift F11 Store…"),
        }
        self.settle();
        let place = self.page().rows.iter().position(|row| row.cells[0] == name).expect("listed");
        self.row(place);
        assert!(matches!(self.register.view().screen, Screen::Page(_)), "{name} is open");
    }

    fn row(&mut self, place: usize) {
        match self.by {
            By::Keys => {
                for _ in 0..=place {
                    press(&mut self.window, Key::ArrowDown);
                }
                press(&mut self.window, Key::Enter);
            }
            By::Finger => {
                let row = &self.page().rows[place];
                let words = row.cells.iter().take(2).map(ToString::to_string);
                let words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
                let name = words.join(" ");
                while self.window.query_by_label_contains(&name).is_none() {
                    self.touch("More rows");
                }
                self.window.get_by_label_contains(&name).click();
            }
        }
        self.settle();
    }

    fn chooses(&mut self, place: usize) {
        match self.by {
            By::Keys => {
                let digit = (place + 1).to_string();
                type_partly(&self.till, &mut self.window, &digit);
            }
            By::Finger => {
                let label = self.page().choices[place].label.to_string();
                self.window.get_by_role_and_label(egui::Role::Button, &label).click();
            }
        }
        self.settle();
    }

    fn types(&mut self, text: &str) {
        match self.by {
            By::Keys => type_line(&self.till, &mut self.window, text),
            By::Finger => {
                for c in text.chars() {
                    let label = if c == ' ' { "Space".to_owned() } else { c.to_string() };
                    self.touch(&label);
                }
                self.window.get_by_role_and_label(egui::Role::Button, "Enter").click();
            }
        }
        self.settle();
    }
}

fn done(task: &Task, by: By) -> Result<(), String> {
    let shop = Shop::new();
    let mut counter = Counter::open(&shop, task, by);
    let before = shop.kinds().len();
    let mut last = None;
    let worked = catch_unwind(AssertUnwindSafe(|| {
        for step in &task.steps {
            last = Some(step.clone());
            counter.does(step);
        }
    }));
    let what = format!("{} by {by:?}", task.page);
    let shown = format!("{:?}", counter.register.view().screen);
    if worked.is_err() {
        return Err(format!("{what}: stuck at {last:?}: {shown}"));
    }
    let recorded = shop.kinds().split_off(before);
    if recorded != task.records {
        return Err(format!("{what}: recorded {recorded:?}: {shown}"));
    }
    Ok(())
}

#[test]
fn the_main_task_of_every_page_is_done_by_keys_alone() {
    let faults: Vec<String> =
        tasks().iter().filter_map(|task| done(task, By::Keys).err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_main_task_of_every_page_is_done_by_a_finger_alone() {
    let faults: Vec<String> =
        tasks().iter().filter_map(|task| done(task, By::Finger).err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A list that is longer than the screen says so, and a finger reaches its last row.
#[test]
fn a_long_list_says_how_long_it_is_and_a_finger_reaches_its_end() {
    use tideover::domain::words::Words;
    use tideover::register::command::Command;
    use tideover::register::page::PageInput;
    use tideover::register::view::Row as ListRow;

    let mut page = super::pages::list(None);
    let row = |number: usize| {
        ListRow::plain(vec![Words::data(format!("Item {number:03}")), Words::data("1")])
    };
    page.rows = (1..=40).map(row).collect();
    for pixels in super::targets::SIZES {
        let till = SimulatedTill::showing(super::pages::page(page.clone()));
        let mut window = shop::open(&till, Size { pixels, theme: Theme::Light });
        super::targets::check(&window, &format!("forty rows at {pixels:?}"), pixels);
        assert!(window.query_by_label_contains("of 40").is_some(), "{pixels:?}");
        if let Some(folder) = std::env::var_os("TIDEOVER_PICTURES") {
            let file = format!("long-list-{}x{}.png", pixels[0], pixels[1]);
            let path = std::path::Path::new(&folder).join(file);
            window.render().expect("a picture").save(path).expect("written");
        }
        let mut turned = 0;
        while window.query_by_label_contains("Item 040").is_none() {
            window.get_by_label("More rows").click();
            window.run();
            turned += 1;
            assert!(turned < 10, "{pixels:?}");
        }
        assert!(window.query_by_label_contains("Item 001").is_none(), "{pixels:?}");
        window.get_by_label_contains("Item 040").click();
        window.run();
        assert_eq!(till.sent(), vec![Command::Page(PageInput::Row(39))], "{pixels:?}");
        // And back to the first one, by as many turns.
        for _ in 0..turned {
            window.get_by_label("Rows before").click();
            window.run();
        }
        assert!(window.query_by_label_contains("Item 001").is_some(), "{pixels:?}");
        // The arrows go on from the row that is marked, wherever the list was turned to.
        press(&mut window, Key::ArrowDown);
        press(&mut window, Key::Enter);
        assert_eq!(till.sent(), vec![Command::Page(PageInput::Row(0))], "{pixels:?}");
    }
}
