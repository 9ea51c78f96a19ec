//! A register's records come back by `tideover recover`: from another register over its line, from
//! central, from a stick and from a file, by the real program.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tideover::central::serve::Central;
use tideover::device::entropy::SystemEntropy;
use tideover::device::key_store;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::journal::record::Envelope;
use tideover::ledger::{Ledger, Reader};
use tideover::register::settings::DataDir;

use crate::central::central_at;
use crate::hand_over::bundle::{register, sell};
use crate::journals::{TestRegister, clock};
use crate::peers::store::Store;
use crate::program::{ask, errors, run};

mod given_up;

const STORE: StoreNo = StoreNo(1042);

fn text(path: &Path) -> String {
    path.to_str().expect("a name").to_owned()
}

/// The words of the command for a register's folder.
fn words(data: &Path, more: &[&str]) -> Vec<String> {
    let mut all = vec!["recover".to_owned(), "--data".to_owned(), text(data)];
    all.extend(more.iter().map(|word| (*word).to_owned()));
    all
}

fn recover(data: &Path, more: &[&str]) -> (i32, Value) {
    ask(&words(data, more))
}

fn said(data: &Path, more: &[&str]) -> (i32, String) {
    let done = run(&words(data, more));
    let code = done.status.code().expect("it ended by itself");
    let words = format!("{}{}", String::from_utf8_lossy(&done.stdout), errors(&done));
    // With --nocapture it is read as a person reads it.
    println!("$ tideover recover {}\n{words}", more.join(" "));
    (code, words)
}

/// The lines of a register's tape.
fn tape(data: &Path) -> Vec<String> {
    let tapes = fs::read_dir(data.join("tape")).expect("tapes");
    let path = tapes.map(|entry| entry.expect("an entry").path()).next().expect("one");
    lines_of(&path)
}

fn lines_of(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("lines");
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Database and tape are gone; the anchor lies on another disk.
fn lose(data: &Path) {
    fs::remove_dir_all(data.join("ledger")).expect("gone");
    fs::remove_dir_all(data.join("tape")).expect("gone");
}

/// The lines of a journal that was given up, as the program exports them.
fn exported(data: &Path, epoch: &str) -> Vec<String> {
    let out = data.join("exported.lines");
    let words = ["export", "--data", &text(data), "--journal", epoch, "--out", &text(&out)];
    let done = run(&words);
    assert!(done.status.success(), "{}", errors(&done));
    lines_of(&out)
}

fn epoch_of(line: &str) -> String {
    Envelope::read(line.as_bytes()).expect("a record").header.journal.epoch.to_string()
}

fn verifies(data: &Path) {
    let done = run(&["verify", "--data", &text(data)]);
    let words = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{words}{}", errors(&done));
}

#[test]
fn a_register_whose_disk_died_gets_its_records_back_from_another_over_the_line() {
    let store = Store::of(&[1, 2, 3]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    one.sees(1, 2);
    for quantity in 1..=4 {
        one.sells(quantity);
    }
    one.sees(1, 2);
    let data = store.data(1).0;
    one.stops();
    let lines = tape(&data);
    lose(&data);
    // Register 1 calls it now: its address is listed, as IT does it.
    let address = two.listening().to_string();
    let peers = |key: &str, address: &str| {
        let peer = json!({"register": 2, "address": address, "key": key});
        json!({"listen": "127.0.0.1:0", "registers": [peer]})
    };
    let key = store.key(2).public().to_string();
    store.write_settings(1, peers(&key, &address));
    let (code, looked) = recover(&data, &["--from", "peer"]);
    let journal = &looked["journals"][0];
    assert_eq!(code, 0, "{looked:#}");
    assert_eq!(journal["here"], 0);
    assert_eq!(journal["records"], json!(lines.len()), "{looked:#}");
    assert_eq!((&journal["sales"], &journal["missing"]), (&json!(4), &json!(0)));
    assert!(!data.join("ledger/frozen").exists(), "a look changes nothing");
    let (code, words) = said(&data, &["--from", "peer"]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("register 2: records 0 to"), "{words}");
    assert!(words.contains("4 sales and refunds of"), "{words}");
    assert!(words.contains("Nothing was changed."), "{words}");
    let (code, words) = said(&data, &["--from", "peer", "--apply"]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("Came back:") && words.contains("a new one was begun"), "{words}");
    assert!(exported(&data, &epoch_of(&lines[0])) == lines, "byte for byte");
    verifies(&data);
    let (code, again) = recover(&data, &["--from", "peer", "--apply"]);
    let changes = again["journals"].as_array().expect("journals");
    assert_eq!((code, changes.iter().any(|one| one["changes"] == true)), (0, false), "{again:#}");
    // It sells on, in the journal that follows.
    let one = store.start(1);
    one.sells(1);
    one.stops();
    verifies(&data);

    // A register that nobody here knows is told nothing.
    let stranger = store.data(3).0;
    store.write_settings(3, peers(&key, &address));
    let listed = store.data(2).settings().expect("settings").peers.expect("peers");
    assert!(listed.to_string().contains(&store.key(3).public().to_string()));
    fs::remove_file(store.data(3).key_path()).expect("another machine");
    let (code, told) = recover(&stranger, &["--from", "peer"]);
    let trouble = told["asked"][0]["trouble"].as_str().expect("words");
    assert_eq!(code, 1);
    assert!(trouble.contains("does not know this one"), "{trouble}");
    // Nor is anything believed that is not that register.
    let other = store.key(1).public().to_string();
    store.write_settings(1, peers(&other, &address));
    let (_, told) = recover(&data, &["--from", "peer"]);
    let trouble = told["asked"][0]["trouble"].as_str().expect("words");
    assert!(trouble.contains("can't prove that it is register 2"), "{trouble}");
    store.write_settings(1, peers(&key, &address));
    two.stops();
    let (code, told) = recover(&data, &["--from", "peer"]);
    let trouble = told["asked"][0]["trouble"].as_str().expect("words");
    assert!(code == 1 && trouble.contains("does not answer"), "{trouble}");
}

/// A central, and the folders of machines that are set up as register 1 one after the other.
struct Chain {
    dir: tempfile::TempDir,
    central: Central,
}

impl Chain {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let central = central_at(&dir.path().join("central"));
        Self { dir, central }
    }

    fn machine(&self, name: &str, register: u16) -> PathBuf {
        let folder = self.dir.path().join(name);
        let code = self.central.door().enroll_code(STORE, RegisterNo(register)).expect("a code");
        let url = self.central.url();
        let words = ["enroll", "--central", &url, "--code", &code, "--data", &text(&folder)];
        let done = run(&words);
        assert!(done.status.success(), "{}", errors(&done));
        folder
    }

    fn push(&self, data: &Path) -> Value {
        ask(&["sync", "push", "--data", &text(data)]).1
    }

    fn sales(&self) -> u64 {
        self.central.settle();
        self.central.totals(STORE, Some(RegisterNo(1))).expect("totals").sales
    }
}

#[test]
fn a_new_machine_takes_the_dead_ones_journal_from_central_and_a_stick_and_hands_the_rest_over() {
    let chain = Chain::new();
    let old = chain.machine("old", 1);
    sell(&DataDir(old.clone()), 1, 20);
    assert_eq!(chain.push(&old)["complete"], true);
    // What central never heard of lies on a stick alone.
    sell(&DataDir(old.clone()), 21, 10);
    let stick = chain.dir.path().join("stick");
    let done = run(&["bundle", "export", "--to", &text(&stick), "--data", &text(&old)]);
    assert!(done.status.success(), "{}", errors(&done));
    let lines = tape(&old);
    fs::remove_dir_all(&old).expect("burned");

    let new = chain.machine("new", 1);
    let (code, looked) = recover(&new, &["--from", "central"]);
    let journal = &looked["journals"][0];
    assert_eq!((code, &journal["sales"], &journal["in_use"]), (0, &json!(20), &json!(false)));
    let stick = text(&stick);
    let orders: [&[&str]; 2] =
        [&["--from", "central", "--from", &stick], &["--from", &stick, "--from", "central"]];
    let looked: Vec<Value> =
        orders.iter().map(|order| recover(&new, order).1["journals"].clone()).collect();
    assert_eq!(looked[0], looked[1], "whoever is asked first");
    let (code, words) = said(&new, &[orders[1], &["--apply"]].concat());
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("30 sales and refunds of"), "{words}");
    assert!(words.contains("central: records 0 to 21"), "{words}");
    assert!(exported_of(&new) == lines, "byte for byte");
    assert_eq!(chain.push(&new)["complete"], true);
    assert_eq!(chain.sales(), 30);
    // The new machine's own journal begins as ever.
    sell(&DataDir(new.clone()), 1, 2);
    assert_eq!(chain.push(&new)["complete"], true);
    assert_eq!(chain.sales(), 32);
    verifies(&new);
    // Another register of the store gets nothing of it.
    let other = chain.machine("other", 2);
    let (code, told) = recover(&other, &["--from", "central", "--from", &stick]);
    assert_eq!((code, &told["journals"]), (0, &json!([])), "{told:#}");
    let of_others = told["asked"][1]["of_others"].as_u64().expect("a count");
    assert_eq!(of_others, u64::try_from(lines.len()).expect("few"));
    chain.central.stop();
}

/// The lines of the one journal that was brought back.
fn exported_of(data: &Path) -> Vec<String> {
    let frozen = fs::read_dir(data.join("ledger/frozen")).expect("given-up journals");
    let folder = frozen.map(|entry| entry.expect("an entry").path()).next().expect("one");
    lines_of(&folder.join("lines-1.jsonl"))
}

#[test]
fn who_is_not_enrolled_is_told_nothing_and_central_being_away_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = register(&dir.path().join("till"), 1);
    sell(&data, 1, 2);
    let (code, told) = recover(&data.0, &["--from", "central", "--from", "peer"]);
    let trouble = |at: usize| told["asked"][at]["trouble"].as_str().expect("words").to_owned();
    assert_eq!(code, 1);
    assert!(trouble(0).contains("not enrolled at a central"), "{}", trouble(0));
    assert!(trouble(1).contains("no other register is listed"), "{}", trouble(1));
    // A key that central does not know, at a central that is there.
    let central = central_at(&dir.path().join("central"));
    let mut settings = data.settings().expect("settings");
    let line = tideover::register::settings::Central {
        url: central.url(),
        ack_key: central.door().public_key().to_string(),
        certificate: None,
        receipt_word: None,
    };
    settings.central = Some(line);
    data.write_settings(&settings).expect("written");
    let (_, told) = recover(&data.0, &["--from", "central"]);
    let words = told["asked"][0]["trouble"].as_str().expect("words");
    assert!(words.contains("central does not know this key"), "{words}");
    central.stop();
    let (code, told) = recover(&data.0, &["--from", "central"]);
    let words = told["asked"][0]["trouble"].as_str().expect("words");
    assert!(code == 1 && words.contains("central can't be reached"), "{words}");
}

#[test]
fn files_bring_what_proves_itself_and_everything_else_is_left_out_and_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = register(&dir.path().join("till"), 1);
    sell(&data, 1, 6);
    let lines = tape(&data.0);
    lose(&data.0);
    let file = |name: &str, lines: &[String]| {
        let path = dir.path().join(name);
        fs::write(&path, lines.iter().flat_map(|l| [l, "\n"]).collect::<String>()).expect("file");
        text(&path)
    };
    // The first half of one, the second half of the other, one record changed in each.
    let changed = |line: &String| {
        let digit = line.rfind(|c: char| c.is_ascii_digit()).expect("an amount");
        let other = if line.as_bytes()[digit] == b'9' { "8" } else { "9" };
        let mut line = line.clone();
        line.replace_range(digit..=digit, other);
        line
    };
    let mut first: Vec<String> = lines[..5].to_vec();
    first[3] = changed(&first[3]);
    assert!(first[3] != lines[3]);
    first.push("this is no record".to_owned());
    let (first, second) = (file("first", &first), file("second", &lines[3..]));
    let stranger = TestRegister::new(9);
    let mut strange = TestRegister::new(1);
    strange.sell(3, 1);
    let mut others: Vec<String> = Vec::new();
    for line in stranger.lines.iter().chain(&strange.lines) {
        others.push(String::from_utf8(line.bytes().to_vec()).expect("text"));
    }
    let others = file("others", &others);
    let empty = file("empty", &[]);
    let missing = text(&dir.path().join("missing"));

    let (code, told) = recover(&data.0, &["--from", &first]);
    assert_eq!(code, 1, "{told:#}");
    let journal = &told["journals"][0];
    assert_eq!((&journal["whole"], &journal["missing"]), (&json!(3), &json!(5)), "{told:#}");
    assert_eq!(told["asked"][0]["no_records"], 1);
    let sources = [&first, &second, &others, &empty, &missing];
    let mut all: Vec<&str> = Vec::new();
    for source in sources {
        all.extend(["--from", source.as_str()]);
    }
    let (code, told) = recover(&data.0, &all);
    assert_eq!(code, 1);
    let asked = told["asked"].as_array().expect("asked");
    let trouble: Vec<bool> = asked.iter().map(|one| !one["trouble"].is_null()).collect();
    assert_eq!(trouble, [false, false, false, false, true], "{told:#}");
    assert!(asked[4]["trouble"].as_str().expect("words").contains("can't be read"), "{told:#}");
    let of_others = u64::try_from(stranger.lines.len()).expect("few");
    assert_eq!(asked[2]["of_others"].as_u64(), Some(of_others));
    let journals = told["journals"].as_array().expect("journals");
    let own = journals.iter().find(|one| one["unknown_key"].is_null()).expect("ours");
    assert_eq!((&own["whole"], &own["missing"], &own["sales"]), (&json!(8), &json!(0), &json!(6)));
    // A journal of this very number, by a key that nobody vouches for.
    let odd = journals.iter().find(|one| !one["unknown_key"].is_null()).expect("the other");
    assert_eq!((&odd["records"], &odd["changes"]), (&json!(0), &json!(false)));
    let (_, words) = said(&data.0, &all);
    assert!(words.contains("nobody vouches that its key (8a88e3dd7409f195…)"), "{words}");
    // The same twice, and the same file once more under another name: once.
    let again = file("again", &lines[3..]);
    let apply =
        [&["--from", first.as_str(), "--from", &second, "--from", &again][..], &["--apply"]];
    let (code, told) = recover(&data.0, &apply.concat());
    assert_eq!(code, 0, "{told:#}");
    assert!(exported(&data.0, &epoch_of(&lines[0])) == lines);
    verifies(&data.0);
    // A folder that is no bundle says so in its own words.
    let folder = text(dir.path());
    let (_, told) = recover(&data.0, &["--from", &folder]);
    let words = told["asked"][0]["trouble"].as_str().expect("words");
    assert!(words.contains("bundle.txt is missing") && words.contains("name the tape"), "{words}");
    let (_, told) = recover(&data.0, &["--from", "/dev/zero"]);
    let words = told["asked"][0]["trouble"].as_str().expect("words");
    assert!(words.contains("is no file, so it was not opened"), "{words}");
}

#[test]
fn nothing_is_brought_back_while_the_program_runs_and_looking_is_always_allowed() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = register(&dir.path().join("till"), 1);
    sell(&data, 1, 3);
    let file = dir.path().join("more.lines");
    fs::write(&file, tape(&data.0).join("\n")).expect("written");
    let settings = data.settings().expect("settings");
    let key = key_store::load_or_create(&data.key_path(), &SystemEntropy).expect("a key");
    let (place, who) = (data.place(&settings), settings.identity());
    let opened = Ledger::open(&place, who, Some(key), &clock(), &SystemEntropy, None);
    let (ledger, _) = opened.expect("the register runs");
    let file = text(&file);
    let (code, words) = said(&data.0, &["--from", &file, "--apply"]);
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("this register's program is running"), "{words}");
    assert!(words.contains("an open basket is kept"), "{words}");
    let (code, words) = said(&data.0, &["--from", &file]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("Nothing comes back, and nothing was changed."), "{words}");
    drop(ledger);
    let (code, words) = said(&data.0, &[]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("in use: 5 of 5 records are here"), "{words}");
    assert!(words.contains("Nobody was asked"), "{words}");
}

/// The disk was put back to an earlier day and sold on, while central holds what was lost by it.
#[test]
fn a_disk_that_was_put_back_and_sold_on_keeps_both_branches_and_begins_anew() {
    let chain = Chain::new();
    let data = chain.machine("till", 1);
    let till = DataDir(data.clone());
    sell(&till, 1, 4);
    let image = chain.dir.path().join("image");
    crate::ledger::store::copy_folder(&data, &image);
    sell(&till, 5, 3);
    assert_eq!(chain.push(&data)["complete"], true);
    let theirs = tape(&data);
    fs::remove_dir_all(&data).expect("gone");
    crate::ledger::store::copy_folder(&image, &data);
    // What was rung up after the disk was put back is another sale.
    sell(&till, 6, 1);
    let ours = tape(&data);
    assert!(ours[..6] == theirs[..6] && ours[6] != theirs[6]);
    let (code, looked) = recover(&data, &["--from", "central"]);
    assert_eq!((code, &looked["journals"][0]["twice"]), (1, &json!([6])), "{looked:#}");
    let (code, words) = said(&data, &["--from", "central", "--apply"]);
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("Both branches are kept"), "{words}");
    assert!(words.contains("central: records 0 to 5, and 6 to 8 of another branch"), "{words}");
    assert!(words.contains("A copy of this register went on elsewhere"), "{words}");
    assert!(!words.contains("missing"), "{words}");
    let frozen = data.join("ledger/frozen").join(epoch_of(&ours[0]));
    assert!(lines_of(&frozen.join("lines-1.jsonl")) == ours);
    assert!(lines_of(&frozen.join("lines-2.jsonl")) == theirs);
    // The register goes on in a new journal.
    let settings = till.settings().expect("settings");
    let reader = Reader::open(&till.place(&settings)).expect("a reader");
    let current = reader.journals().expect("journals").remove(0);
    assert!(current.id.epoch.to_string() != epoch_of(&ours[0]));
    sell(&till, 1, 1);
    chain.central.stop();
}
