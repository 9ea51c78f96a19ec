//! A person at a register's window, over a till on its own thread and a line to a real central.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use tideover::central::door::InProcess;
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SystemEntropy;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::gui::theme::Theme;
use tideover::pack::Shelf;
use tideover::reconcile::report::Section;
use tideover::register::reconciling::{Reconciling, ReconcilingParts};
use tideover::register::settings::{Central, DataDir, Settings};
use tideover::register::startup::{self, World};
use tideover::register::till::Till as _;
use tideover::register::training::Side;
use tideover::register::view::{PageAsks, PageView, Screen, View};
use tideover::register::worker::{TillHandle, Worker};
use tideover::sync::enroll::enroll;

use super::super::After;
use super::super::store::{NOON, STORE, evening};
use crate::gui::keyboard::{in_one_frame, key_events, press_with};
use crate::gui::shop::{self, Size, Window};

/// The register that the manager stands at; it sells nothing.
const REGISTER: RegisterNo = RegisterNo(90);
const PATIENCE: Duration = Duration::from_secs(120);

/// How a window begins.
#[derive(Clone, Copy)]
pub struct Start {
    pub pixels: [f32; 2],
    pub enrolled: bool,
}

impl Default for Start {
    fn default() -> Self {
        Self { pixels: [1024.0, 768.0], enrolled: true }
    }
}

pub struct AtWindow {
    pub window: Window,
    till: TillHandle,
    line: Option<Reconciling>,
    worker: Option<Worker>,
    clock: SimulatedClock,
    bell: Arc<(Mutex<u64>, Condvar)>,
    folder: tempfile::TempDir,
}

impl Drop for AtWindow {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            line.stop();
        }
        if let Some(worker) = self.worker.take() {
            worker.stop();
        }
    }
}

impl AtWindow {
    pub fn open(after: &After, start: Start) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataDir(folder.path().join("register"));
        std::fs::create_dir_all(&data.0).expect("made");
        let key = startup::signing_key(&data, &SystemEntropy).expect("a key");
        let central = start.enrolled.then(|| {
            let code = after.central.door().enroll_code(STORE, REGISTER).expect("a code");
            let mut transport = InProcess(after.central.door());
            enroll(&mut transport, &after.central.url(), None, &code, &key).expect("enrolled");
            Central {
                url: after.central.url(),
                ack_key: after.central.door().public_key().to_string(),
                certificate: None,
                receipt_word: None,
            }
        });
        let settings = Settings {
            store: STORE.0,
            register: REGISTER.0,
            pack_key: after.pack_key.to_string(),
            time_zone: None,
            central: central.clone(),
            tape_dir: None,
            anchor_dir: None,
            receipts: Some(folder.path().join("receipts.txt")),
            printer: None,
            peers: None,
            training: false,
        };
        data.write_settings(&settings).expect("written");
        let pack = after.folder.path().join(format!("{NOON}.pack"));
        let shelf = Shelf::open(&data.packs_dir()).expect("a shelf");
        shelf.apply(&pack, &after.pack_key, StoreNo(STORE.0)).expect("applied");
        let clock = SimulatedClock::at(evening());
        let world = World {
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SystemEntropy),
            faults: None,
            machine: Default::default(),
        };
        let status = startup::status_before(&settings, &clock);
        let opened = data.clone();
        let open = move |_| startup::open(&opened, &world).map_err(|why| why.into_stopped());
        let worker = Worker::spawn(Arc::new(clock.clone()), status, open, Side::Real);
        let worker = worker.expect("a till");
        let till = worker.handle();
        let line = central.map(|central| {
            let parts = ReconcilingParts {
                central,
                key: Arc::new(key),
                store: STORE,
                register: REGISTER,
                entropy: Arc::new(SystemEntropy),
                folder: data.closures_dir(),
            };
            Reconciling::spawn(parts, till.clone()).expect("a line")
        });
        let bell = Arc::new((Mutex::new(0), Condvar::new()));
        let rung = Arc::clone(&bell);
        till.on_change(Box::new(move || {
            *rung.0.lock().expect("no poison") += 1;
            rung.1.notify_all();
        }));
        let size = Size { pixels: start.pixels, theme: Theme::Light };
        let window = shop::open_on(Arc::new(till.clone()), size, |_| ());
        Self { window, till, line, worker: Some(worker), clock, bell, folder }
    }

    /// Waits for a view like this, then draws it.
    fn until_view(&mut self, what: &str, look: impl Fn(&View) -> bool) {
        loop {
            let before = *self.bell.0.lock().expect("no poison");
            if look(&self.till.view()) {
                break;
            }
            let bell = self.bell.0.lock().expect("no poison");
            let rung = self.bell.1.wait_timeout_while(bell, PATIENCE, |rung| *rung == before);
            let (bell, time) = rung.expect("no poison");
            drop(bell);
            assert!(!time.timed_out(), "{what}: {:#?}", self.till.view());
        }
        self.window.run();
    }

    /// Waits for a page like this that is not waiting for central.
    pub fn until(&mut self, what: &str, look: impl Fn(&PageView) -> bool) {
        self.until_view(what, |view| match &view.screen {
            Screen::Page(page) => !is_asking(page) && look(page),
            _ => false,
        });
    }

    pub fn page(&self) -> PageView {
        match &self.till.view().screen {
            Screen::Page(page) => PageView::clone(page),
            other => panic!("no page: {other:?}"),
        }
    }

    pub fn notice(&self) -> String {
        self.till.view().notice.as_ref().map_or_else(String::new, |one| one.text.to_string())
    }

    /// What the person does, and what came of it: another view, central's answer waited for.
    fn act(&mut self, what: &str, does: impl FnOnce(&mut Self)) {
        let before = told(&self.till.view());
        does(self);
        // A digit that chooses waits a moment: it may be a scan's first.
        self.clock.advance_ms(200);
        self.window.run();
        self.until_view(what, |view| {
            let asking = matches!(&view.screen, Screen::Page(page) if is_asking(page));
            told(view) != before && !asking
        });
    }

    fn keyed(&mut self, text: &str) {
        for c in text.chars() {
            in_one_frame(&mut self.window, vec![Event::Text(c.to_string())]);
            self.clock.advance_ms(90);
        }
    }

    /// A line and Enter.
    pub fn line(&mut self, text: &str) {
        self.act(text, |at| {
            at.keyed(text);
            in_one_frame(&mut at.window, key_events(Key::Enter, Modifiers::NONE));
        });
    }

    pub fn press(&mut self, key: Key) {
        self.act(key.name(), |at| {
            in_one_frame(&mut at.window, key_events(key, Modifiers::NONE));
        });
    }

    /// The same, refused with these words for what to do.
    pub fn refused(&mut self, does: impl FnOnce(&mut Self), says: &str) {
        let step = self.page().step;
        does(self);
        let remedy = self.till.view().notice.as_ref().map(|one| one.remedy.to_string());
        assert!(remedy.as_ref().is_some_and(|one| one.contains(says)), "{remedy:?}");
        assert_eq!(self.page().step, step, "the page stays");
    }

    /// The choice with these words, by its digit.
    pub fn choose(&mut self, label: &str) {
        let page = self.page();
        let place = page.choices.iter().position(|one| one.label == label);
        let place = place.unwrap_or_else(|| panic!("no {label} among {:?}", page.choices));
        self.act(label, |at| at.keyed(&(place + 1).to_string()));
    }

    /// A row, by the arrows.
    pub fn open_row(&mut self, place: usize) {
        self.act("a row", |at| {
            for _ in 0..=place {
                in_one_frame(&mut at.window, key_events(Key::ArrowDown, Modifiers::NONE));
            }
            in_one_frame(&mut at.window, key_events(Key::Enter, Modifiers::NONE));
        });
    }

    pub fn last_row(&mut self) {
        self.act("the last row", |at| {
            in_one_frame(&mut at.window, key_events(Key::ArrowUp, Modifiers::NONE));
            in_one_frame(&mut at.window, key_events(Key::Enter, Modifiers::NONE));
        });
    }

    pub fn sign_in(&mut self, (number, pin): (&str, &str)) {
        self.until_view("started", |view| matches!(view.screen, Screen::SignIn(_)));
        self.keyed(number);
        in_one_frame(&mut self.window, key_events(Key::Enter, Modifiers::NONE));
        self.line(pin);
        assert!(self.till.view().status.person.is_some(), "{}", self.notice());
    }

    /// From wherever to the page, through the store's menu.
    pub fn open_page(&mut self) {
        self.act("the store", |at| press_with(&mut at.window, Modifiers::SHIFT, Key::F11));
        self.last_row();
    }

    pub fn opens_the_sheet(&mut self, pin: &str) {
        self.open_page();
        self.line(pin);
    }

    /// The parts that have a row, in their order.
    pub fn parts(&self) -> Vec<Section> {
        let rows = self.page().rows;
        let part = |title: String| Section::ALL.into_iter().find(|one| one.title() == title);
        rows.iter().filter_map(|row| part(row.cells[0].to_string())).collect()
    }

    pub fn open_part(&mut self, section: Section) {
        let rows = self.page().rows;
        let place = rows.iter().position(|row| row.cells[0] == section.title());
        self.open_row(place.expect("it has a row"));
    }

    /// Decides all that is due, the most pressing first; the kinds that were decided.
    pub fn decide_all(&mut self) -> BTreeSet<String> {
        let mut kinds = BTreeSet::new();
        for _ in 0..150 {
            // Below what is in, and the sums.
            let row = self.page().rows[2].clone();
            if row.cells[0] == Section::Decide.title() {
                return kinds;
            }
            kinds.insert(row.cells[0].to_string());
            self.open_row(2);
            let first = ["Write off", "Make it good to customers", "Have it counted"];
            let labels: Vec<String> =
                self.page().choices.iter().map(|one| one.label.to_string()).collect();
            let likeliest = labels.first().expect("a choice").clone();
            let chosen = if first.contains(&likeliest.as_str()) || likeliest != "Accept as recorded"
            {
                likeliest
            } else {
                "Accept as recorded".to_owned()
            };
            self.choose(&chosen);
            while self.page().step != 2 {
                let page = self.page();
                match (page.question.map(|one| one.asks), page.title.to_string().as_str()) {
                    (None, "Why?") => self.choose("Talked to the cashier"),
                    (None, _) => self.choose("Sign as Manager 51"),
                    (Some(PageAsks::Code), _) => self.line("3005"),
                    (Some(PageAsks::Pin), _) => self.line("702946"),
                    (Some(PageAsks::Digits), _) => self.line("41"),
                    (Some(_), "By how much?") => self.line(""),
                    (Some(_), _) => self.line("Aisle 7"),
                }
            }
            assert!(
                self.notice().contains("decided and signed")
                    || self.notice().contains("Decided and signed"),
                "{}",
                self.notice()
            );
        }
        panic!("deciding does not come to an end");
    }

    /// A button, by a finger.
    pub fn touch(&mut self, label: &str) {
        self.act(label, |at| {
            at.window.get_by_label_contains(label).click();
            at.window.run();
        });
    }

    /// A row, by a finger; further ones by the key below the list.
    pub fn touch_row(&mut self, label: &str) {
        for _ in 0..20 {
            if self.window.query_by_label_contains(label).is_some() {
                return self.touch(label);
            }
            self.window.get_by_label("More rows").click();
            self.window.run();
        }
        panic!("{label} is nowhere");
    }

    /// A line, on the keys of the screen.
    pub fn touch_line(&mut self, text: &str) {
        self.act(text, |at| {
            for key in text.chars().map(|c| c.to_string()).chain(["Enter".to_owned()]) {
                at.window.get_by_role_and_label(egui::Role::Button, &key).click();
                at.window.run();
                at.clock.advance_ms(200);
            }
        });
    }

    /// The PDF that was saved.
    pub fn saved(&self) -> Vec<u8> {
        let path = self.folder.path().join("register/closures/closure-1042-1.pdf");
        std::fs::read(path).expect("it was written")
    }

    pub fn receipts(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("receipts.txt")).unwrap_or_default()
    }

    /// What it looks like, where pictures are asked for.
    pub fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("TIDEOVER_PICTURES").map(PathBuf::from) else { return };
        let image = self.window.render().expect("a picture");
        image.save(folder.join(format!("reconcile-window-{name}.png"))).expect("written");
    }
}

/// What a person sees change.
fn told(view: &View) -> (Screen, Option<u64>, bool) {
    (view.screen.clone(), view.notice.as_ref().map(|one| one.number), view.ask.is_some())
}

fn is_asking(page: &PageView) -> bool {
    page.lead.first().is_some_and(|one| one.template().starts_with("Central is asked."))
}
