//! Which programs registers run, in the middle of a roll-out: announced by them, kept by central,
//! and shown to whoever rolls out.

use std::process::Command;

use serde_json::{Value, json};
use tideover::domain::readiness::Topic::{Pads, Tape};

use super::*;
use crate::program::ask;
use crate::reconcile::{browser_is_here, root};

/// A register says what it has, and which program it runs.
fn announces(central: &Central, register: &TestRegister, program: &str) -> Answer {
    answer(&central.door().answer(&post("/v1/announce", announcement(register, program))))
}

/// An enrolled register whose records came, by whom ever.
fn delivered(central: &Central, store: u32, number: u16, score: u8) -> TestRegister {
    let seed = u8::try_from(store % 23 * 10 + u32::from(number)).expect("small");
    let mut register = TestRegister::at(StoreNo(store), number, seed);
    let (not_ready, soon) = (Vec::new(), vec![Tape, Pads]);
    register.record(Event::ReadinessLook(ReadinessLook { score, not_ready, soon }));
    register.sell(3, 1);
    enrolled(central, &register);
    for body in segments(&register, 250) {
        answer(&central.door().answer(&post("/v1/segments", body)));
    }
    register
}

/// Three stores: one that has the new program, one that has it at one of two registers, and one
/// that says nothing that helps.
fn roll_out(central: &Central, time: &SimulatedClock) {
    let old = delivered(central, 1042, 7, 83);
    let new = [(1042, 8, 96), (77, 1, 92), (77, 2, 90)]
        .map(|(store, number, score)| delivered(central, store, number, score));
    delivered(central, 9, 4, 75);
    let odd = delivered(central, 9, 5, 75);
    for register in new.iter().chain([&old, &odd]) {
        announces(central, register, "0.9.0");
    }
    (0..3).for_each(|_| time.advance_ms(24 * 60 * 60 * 1_000));
    announces(central, &odd, "latest");
    for register in &new {
        announces(central, register, "0.10.0");
    }
    announces(central, &old, "0.9.0");
    central.settle();
}

fn readiness(central: &Central) -> Vec<Value> {
    serde_json::from_str(&fetch(central, "/v1/readiness")).expect("json")
}

/// What a register runs: version, days, how that stands.
fn runs(central: &Central, store: u32, register: u16) -> [Value; 3] {
    let all = readiness(central);
    let store = all.iter().find(|one| one["store"] == json!(store)).expect("a store");
    let registers = store["registers"].as_array().expect("registers");
    let one = registers.iter().find(|one| one["register"] == json!(register)).expect("a register");
    ["program", "program_days", "program_is"].map(|name| one[name].clone())
}

#[test]
fn before_and_in_a_roll_out_page_json_and_command_say_who_still_runs_the_old_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let time = Arc::new(clock());
    let central = central_on(folder.path(), Encryption::None, Arc::clone(&time) as _);
    roll_out(&central, &time);
    assert_eq!(runs(&central, 1042, 7), [json!("0.9.0"), json!(3), json!("older")]);
    assert_eq!(runs(&central, 1042, 8), [json!("0.10.0"), json!(0), json!("current")]);
    assert_eq!(runs(&central, 9, 4), [Value::Null, Value::Null, json!("not_announced")]);
    assert_eq!(runs(&central, 9, 5), [Value::Null, json!(0), json!("unreadable")]);
    let all = readiness(&central);
    let store = all.iter().find(|one| one["store"] == json!(1042)).expect("a store");
    assert_eq!(store["programs"], json!(["0.10.0", "0.9.0"]));
    assert_eq!(store["soon"], json!(["tape", "pads", "program"]));
    let page = fetch(&central, "/");
    for said in [
        "soon: Second disk, Paper pads",
        "soon: older program on 7",
        "0.10.0<br>0.9.0",
        "not announced yet: 4",
        "not readable: 5",
        "<h2 id=programs>Registers by program</h2>",
        "<span class=\"chip\">0.10.0: 3</span>",
        "<span class=\"chip review\">0.9.0: 1</span>",
        "<span class=\"chip\">not announced yet: 1</span>",
        "Stores with an older program than 0.10.0, or one not known:",
        "<a href=\"/status?store=9\">9</a>, <a href=\"/status?store=1042\">1042</a></p>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let spanish = fetch(&central, "/?lang=es");
    for said in ["pronto: programa anterior en 7", "sin anunciar: 4", "Cajas por programa"] {
        assert!(spanish.contains(said), "{said}: {spanish}");
    }
    // The command reads the same beside the running central, on the machine's own clock.
    let data = folder.path().to_str().expect("a path");
    let told = crate::program::run(&["central", "readiness", "--data", data]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let line = "Registers by program: 0.10.0: 3, 0.9.0: 1, not readable: 1, not announced yet: 1\n";
    assert!(text.starts_with(line), "{text}");
    assert!(text.contains("older program 0.9.0, first announced"), "{text}");
    let (code, behind) = ask(&["central", "readiness", "--older-program", "--data", data]);
    assert_eq!((code, &behind["newest"]), (0, &json!("0.10.0")), "{behind}");
    assert_eq!(behind["running"], json!({"0.10.0": 3, "0.9.0": 1}));
    let stores = behind["stores"].as_object().expect("stores");
    assert!(stores.len() == 2 && stores.contains_key("9"), "77 has all of it: {behind}");
    assert_eq!(stores["1042"].as_array().expect("registers").len(), 1);
    assert_eq!(stores["1042"][0]["program"], json!("0.9.0"));
    // The last ones are brought to it, and nothing is left.
    for (store, number, score) in [(1042, 7, 83), (9, 4, 75), (9, 5, 75)] {
        let register = delivered(&central, store, number, score);
        announces(&central, &register, "0.10.0");
    }
    let page = fetch(&central, "/");
    assert!(page.contains("No register runs an older program than 0.10.0, and each"), "{page}");
    assert!(!page.contains("older program on"), "{page}");
}

#[test]
fn a_version_that_is_none_refuses_no_announcement_and_is_drawn_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = delivered(&central, 1042, 7, 90);
    announces(&central, &register, "0.9.0");
    let long = format!("1.0.0-{}", "x".repeat(3_000));
    for odd in ["", "latest", "1.4", "1.0.0<script>alert(1)</script>", "0.9.0\u{0}", &long] {
        register.sell(1, 1);
        let said = announces(&central, &register, odd);
        assert!(said.cursor.next_seq > 0, "{odd}: it is told where central stands");
        let row = central.journals().expect("read").remove(0);
        assert_eq!(row.expected_next, register.chain.next_seq, "{odd}: what is out is known");
        assert_eq!(runs(&central, 1042, 7)[2], json!("unreadable"), "{odd}");
        let page = fetch(&central, "/?ready=1");
        assert!(!page.contains("<script") && !page.contains("xxxx"), "{odd}: {page}");
    }
    announces(&central, &register, "1.0.0-rc.1+site.7");
    assert_eq!(runs(&central, 1042, 7)[0], json!("1.0.0-rc.1+site.7"));
}

#[test]
fn whom_nobody_vouches_for_makes_no_program_an_older_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let old = delivered(&central, 1042, 7, 90);
    announces(&central, &old, "0.9.0");
    // A stranger who opened a journal of its own.
    let stranger = TestRegister::new(12);
    for body in segments(&stranger, 250) {
        answer(&central.door().answer(&post("/v1/segments", body)));
    }
    announces(&central, &stranger, "99.0.0");
    assert_eq!(runs(&central, 1042, 12)[0], json!("99.0.0"), "it is shown");
    assert_eq!(runs(&central, 1042, 7)[2], json!("current"));
    // Register 7 goes on with another key; who has the old one says what it likes.
    let mut new = TestRegister::of(7, 201);
    new.sell(2, 1);
    central.settle();
    revoked(folder.path(), STORE, RegisterNo(7), &clock());
    enrolled(&central, &new);
    for body in segments(&new, 250) {
        answer(&central.door().answer(&post("/v1/segments", body)));
    }
    announces(&central, &new, "0.10.0");
    announces(&central, &old, "98.0.0");
    let mut about_the_new = new.clone();
    about_the_new.key = Arc::clone(&old.key);
    about_the_new.sell(9, 1);
    announces(&central, &about_the_new, "97.0.0");
    assert_eq!(runs(&central, 1042, 7), [json!("0.10.0"), json!(0), json!("current")]);
    let rows = central.journals().expect("read");
    let row = rows.iter().find(|row| row.journal == new.chain.journal).expect("a row");
    assert_eq!(row.expected_next, new.chain.next_seq, "nor is more expected of the new journal");
}

/// Whoever rolls out looks with a phone and at a desk (tests/browser/programs.py).
#[test]
fn in_a_real_browser_a_phone_and_a_desk_read_which_stores_are_left() {
    if !browser_is_here() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let time = Arc::new(clock());
    let central = central_on(folder.path(), Encryption::None, Arc::clone(&time) as _);
    roll_out(&central, &time);
    // A store of many registers, all of them with the old program.
    for number in 1..=6 {
        let register = delivered(&central, 1310, number, 88);
        announces(&central, &register, "0.9.0");
    }
    central.settle();
    let pictures = root().join("target/browser");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let script = Command::new("python3")
        .arg(root().join("tests/browser/programs.py"))
        .arg(central.url())
        .arg(&pictures)
        .output()
        .expect("python3 runs");
    let told = String::from_utf8_lossy(&script.stdout).into_owned();
    let errors = String::from_utf8_lossy(&script.stderr).into_owned();
    assert!(script.status.success(), "{told}{errors}");
}
