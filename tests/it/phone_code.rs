//! Nobody's PIN opens the register: IT lets one person in by phone, with the real program on both
//! sides.

use std::path::Path;
use std::sync::Arc;

use tideover::device::clock::{Clock as _, SimulatedClock};
use tideover::device::entropy::SystemEntropy;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::phone_code::PhoneCodeFault;
use tideover::domain::refusal::Refusal;
use tideover::domain::time::Timestamp;
use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};
use tideover::register::view::{PageView, Screen};

use crate::cli::{RunningCentral, code, complained, done, field, pack_built, tideover};

/// A register that was enrolled at a central, and a folder with both.
struct Store {
    folder: tempfile::TempDir,
    clock: SimulatedClock,
    register: Register,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        let pack_key = pack_built(here);
        let running = RunningCentral::start(&here.join("central"), &pack_key);
        let ask = "central enroll-code --data central --store 1042 --register 7 --json";
        let one_time = field(&done(here, ask), "code");
        let enrolled =
            done(here, &format!("enroll --central {} --code {one_time} --json", running.url));
        assert!(enrolled.contains("\"phone_codes\": true"), "{enrolled}");
        done(here, "pack apply store.pack");
        drop(running); // Central is out; only its folder is needed for a call.
        let start = Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time");
        let clock = SimulatedClock::at(start);
        let register = open(here, &clock);
        Self { folder, clock, register }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the page and keys a number; gives the question.
    fn ask(&mut self, person: &str) -> String {
        self.register.handle(Command::OpenPage(PageName::PhoneCode));
        assert_eq!(self.key(person), Answer::Done);
        let page = page(&self.register);
        let question = page.answered.iter().find(|(name, _)| *name == "Question");
        question.expect("a question").1.to_string()
    }

    fn key(&mut self, text: &str) -> Answer {
        let text = Keyed::new(text);
        self.register.handle(Command::Page(PageInput::Answer { text, scanned: false }))
    }

    /// What IT would run.
    fn call(&self, person: &str, question: &str) -> String {
        format!(
            "central phone-code --data central --store 1042 --register 7 --person {person} \
             --question {question} --who it.7 --reason known-by-voice --json"
        )
    }

    fn it_says(&self, person: &str, question: &str) -> String {
        let answer = done(self.path(), &self.call(person, question));
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        answer["answers"][0]["say"].as_str().expect("what to say").to_owned()
    }
}

fn open(here: &Path, clock: &SimulatedClock) -> Register {
    let world = World {
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    };
    startup::open(&DataDir(here.join("home")), &world).expect("started")
}

fn page(register: &Register) -> PageView {
    let Screen::Page(page) = register.view().screen else { panic!("no page") };
    *page
}

fn refused(fault: PhoneCodeFault) -> Answer {
    Answer::Refused(Refusal::PhoneCode(fault))
}

#[test]
fn it_lets_a_manager_in_by_phone_once_and_both_sides_have_it_on_record() {
    let mut store = Store::new();
    let question = store.ask("51");
    let answer = store.it_says("51", &question);
    assert_eq!(store.key(&answer.to_lowercase().replace('-', " ")), Answer::Done);
    let status = store.register.view().status;
    assert_eq!(status.person.map(|(_, role)| role), Some("manager"));

    store.register.handle(Command::SignOut);
    let next = store.ask("51");
    assert_ne!(next, question, "each call has its own question");
    assert_eq!(store.key(&answer), refused(PhoneCodeFault::Wrong), "an answer is good once");

    let log = std::fs::read_to_string(store.path().join("central/phone-codes.csv")).expect("log");
    assert!(log.contains(",1042,7,51,it.7,known-by-voice"), "{log}");
    store.register.close().expect("closed");
    let lines = done(store.folder.path(), "export");
    assert_eq!(lines.matches("\"by\":\"phone\"").count(), 1, "{lines}");
}

#[test]
fn an_answer_for_another_person_and_an_old_question_let_nobody_in() {
    let mut store = Store::new();
    let question = store.ask("31");
    let for_the_manager = store.it_says("51", &question);
    assert_eq!(store.key(&for_the_manager), refused(PhoneCodeFault::Wrong));
    assert_eq!(store.key("4TQ8B"), refused(PhoneCodeFault::NotAnAnswer));
    let answer = store.it_says("31", &question);
    store.clock.advance_ms(15 * 60_000);
    assert_eq!(store.key(&answer), refused(PhoneCodeFault::TooOld));
    assert_eq!(store.register.view().status.person, None);

    let nobody = store.ask("7777");
    let answer = store.it_says("7777", &nobody);
    assert_eq!(store.key(&answer), refused(PhoneCodeFault::Wrong), "nobody learns who exists");
}

#[test]
fn wrong_answers_wait_like_wrong_pins() {
    let mut store = Store::new();
    store.ask("51");
    for _ in 0..4 {
        assert_eq!(store.key("00000-00000"), refused(PhoneCodeFault::Wrong));
    }
    let waits = Answer::Refused(Refusal::LockedOut(5));
    assert_eq!(store.key("00000-00000"), waits);
}

#[test]
fn what_it_keys_wrongly_lets_nobody_in_and_a_revoked_register_gets_no_answer() {
    let mut store = Store::new();
    let question = store.ask("51");
    let here = store.path();
    let odd = tideover(here, &store.call("51", "7K2M"));
    assert!(complained(&odd).contains("eight letters and digits"), "{}", complained(&odd));
    let unknown =
        tideover(here, &store.call("51", &question).replace("--register 7", "--register 8"));
    assert!(complained(&unknown).contains("not enrolled here"), "{}", complained(&unknown));
    let of = (StoreNo(1042), RegisterNo(7));
    crate::central::revoked(&here.join("central"), of.0, of.1, &store.clock);
    let revoked = tideover(here, &store.call("51", &question));
    assert_eq!(code(&revoked), 3);
    assert!(complained(&revoked).contains("revoked"), "{}", complained(&revoked));
}

#[test]
fn a_register_that_was_never_enrolled_says_why_it_can_ask_nothing() {
    let shop = crate::register::Shop::new();
    let mut register = shop.start();
    register.handle(Command::OpenPage(PageName::PhoneCode));
    let lead = page(&register).lead[0].to_string();
    assert!(lead.contains("never enrolled"), "{lead}");
    let text = Keyed::new("51");
    register.handle(Command::Page(PageInput::Answer { text, scanned: false }));
    assert!(page(&register).answered.is_empty());
}

#[test]
fn whom_it_let_in_by_phone_may_say_a_day_that_is_far_off_and_nobody_else_need_sign() {
    let Store { folder, clock, register } = Store::new();
    register.close().expect("closed");
    clock.jump_ms(400 * 86_400_000);
    let register = open(folder.path(), &clock);
    let mut store = Store { folder, clock, register };
    let question = store.ask("31");
    let answer = store.it_says("31", &question);
    assert_eq!(store.key(&answer), Answer::Done);
    let float = Money::from_minor(15_000);
    let asked = store.register.handle(Command::OpenShift { float });
    assert!(matches!(asked, Answer::Refused(Refusal::Day(_))), "{asked:?}");
    let today = store.clock.now().local_date().to_string();
    let (year, rest) = today.split_once('-').expect("a date");
    assert_eq!(store.key(&format!("{}{year}", rest.replace('-', ""))), Answer::Done);
    let yes = Command::Page(PageInput::Choice(0));
    assert_eq!(store.register.handle(yes), Answer::Done);
    assert_eq!(store.register.view().status.date.map(|day| day.to_string()), Some(today));
    store.register.close().expect("closed");
    let lines = done(store.folder.path(), "export");
    assert_eq!(lines.matches("\"k\":\"day_set\"").count(), 1, "{lines}");
}
