//! A stick: written and read back, and brought to central as far as it is good.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SeededEntropy;
use tideover::device::key_store;
use tideover::domain::check::Commitment;
use tideover::domain::event::Event;
use tideover::domain::ids::{PersonId, Seq, ShiftNo, StoreNo};
use tideover::domain::money::Money;
use tideover::journal::chain::Entry;
use tideover::ledger::{Ledger, Mirror, MirroredSeal, Vouched};
use tideover::register::settings::DataDir;
use tideover::sync::carrier::SealedData;
use tideover::sync::push_sealed::message;

use crate::central::central_at;
use crate::journals::{TestRegister, clock, sale, start};
use crate::program::{ask, errors, run};

/// A register's folder, set up by the program itself.
pub(crate) fn register(dir: &Path, number: u16) -> DataDir {
    let key = tideover::journal::key::SigningKey::from_seed(&[9; 32]).expect("a key");
    let (folder, number) = (dir.to_str().expect("a name"), number.to_string());
    let key = key.public().to_string();
    let words = [
        "enroll",
        "--offline",
        "--store",
        "1042",
        "--register",
        &number,
        "--pack-key",
        &key,
        "--data",
        folder,
    ];
    let done = run(&words);
    assert!(done.status.success(), "{}", errors(&done));
    DataDir(dir.to_owned())
}

/// Sells on a register's own ledger.
pub(crate) fn sell(data: &DataDir, from: u64, sales: u64) {
    let settings = data.settings().expect("settings");
    let entropy = SeededEntropy::new(4);
    let key = key_store::load_or_create(&data.key_path(), &entropy).expect("a key");
    let time: SimulatedClock = clock();
    let (place, who) = (data.place(&settings), settings.identity());
    let opened = Ledger::open(&place, who, Some(key), &time, &entropy, None);
    let (mut ledger, _) = opened.unwrap_or_else(|why| panic!("{why} ({why:?})"));
    let mut append = |event: Event| {
        time.advance_ms(1_000);
        let entry = Entry {
            at: start(),
            mono_ms: 1,
            date: start().local_date(),
            by: None,
            pack: None,
            outage: None,
            event,
        };
        ledger.append(&entry).unwrap_or_else(|why| panic!("{why} ({why:?})"));
    };
    if from == 1 {
        let cashier = PersonId::parse("c31").expect("a person");
        append(Event::ShiftOpen { shift: ShiftNo(1), cashier, float: Money::ZERO, pieces: vec![] });
    }
    for number in from..from + sales {
        append(Event::of_sale(sale(number, 12)));
    }
    ledger.close().expect("closed");
}

/// A central's folder without a record, and a stick with a long and two short journals.
struct Scene {
    dir: tempfile::TempDir,
    stick: PathBuf,
}

const OWN: u64 = 30;
const COPIES: u64 = 20;

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let data = register(&dir.path().join("till"), 1);
        sell(&data, 1, OWN);
        let mut mirror = Mirror::open(&data.mirror_dir(), StoreNo(1042)).expect("a mirror");
        for number in [7, 8] {
            let mut dead = TestRegister::new(number);
            dead.sell(COPIES, 2);
            let lines: Vec<&[u8]> = dead.lines.iter().map(|line| line.bytes()).collect();
            mirror.take(&lines, &Vouched::Itself, None).expect("taken");
            if number == 7 {
                mirror.keep_sealed(&[sealed(&dead)]).expect("kept");
            }
        }
        drop(mirror);
        central_at(&dir.path().join("central")).stop();
        let stick = dir.path().join("stick");
        let scene = Self { dir, stick };
        let (code, put) =
            ask(&scene.words(&["bundle", "export", "--all", "--to"], "stick", "till"));
        assert_eq!((code, &put["safe_to_remove"]), (0, &Value::Bool(true)), "{put:#}");
        assert_eq!(put["parts"].as_array().expect("parts").len(), 4);
        scene
    }

    fn at(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("a name").to_owned()
    }

    fn words(&self, words: &[&str], folder: &str, data: &str) -> Vec<String> {
        let mut all: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        all.extend([self.at(folder), "--data".to_owned(), self.at(data)]);
        all
    }

    fn import(&self) -> (i32, Value) {
        ask(&self.words(&["bundle", "import"], "stick", "central"))
    }

    fn refused(&self) -> String {
        let output = run(&self.words(&["bundle", "import"], "stick", "central"));
        assert_eq!(output.status.code(), Some(3));
        errors(&output)
    }

    /// Sales that central holds.
    fn held(&self) -> u64 {
        let central = central_at(&self.dir.path().join("central"));
        let sales = central.totals(StoreNo(1042), None).expect("totals").sales;
        central.stop();
        sales
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.stick.join(name);
        let mut bytes = std::fs::read(&path).expect("bytes");
        change(&mut bytes);
        std::fs::write(&path, bytes).expect("changed");
    }
}

/// Sealed data beside the first sale of a register, as it signed it.
fn sealed(register: &TestRegister) -> MirroredSeal {
    let (commitment, seq) = (Commitment([3; 32]), Seq(2));
    let row = SealedData { commitment, seq, bytes: vec![5; 336] };
    let journal = register.chain.journal;
    let message = message(&journal, &[row], &register.key).expect("a message");
    MirroredSeal { commitment, epoch: journal.epoch, seq, day: start().local_date(), message }
}

#[track_caller]
fn one_bad(answer: &Value, file: &str, word: &str) {
    let bad = answer["bad"].as_array().expect("a list");
    assert_eq!(bad.len(), 1, "{answer:#}");
    assert_eq!(bad[0]["file"], file);
    assert!(bad[0]["why"].as_str().expect("words").contains(word), "{answer:#}");
    assert_eq!(answer["parts"].as_array().expect("good ones").len(), 3);
}

#[test]
fn a_stick_brings_this_register_and_two_dead_ones_once_and_is_never_written_over() {
    let scene = Scene::new();
    let (code, brought) = scene.import();
    assert_eq!((code, &brought["bad"]), (0, &Value::Array(Vec::new())));
    assert_eq!(brought["parts"][2]["sealed"], 1, "{brought:#}");
    assert_eq!(scene.held(), OWN + 2 * COPIES);
    let (code, again) = scene.import();
    let created = |answer: &Value| -> u64 {
        let parts = answer["parts"].as_array().expect("parts");
        parts.iter().map(|part| part["created"].as_u64().expect("a count")).sum()
    };
    assert_eq!((code, created(&again)), (0, 0));
    assert!(created(&brought) > OWN + 2 * COPIES);
    let output = run(&scene.words(&["bundle", "export", "--to"], "stick", "till"));
    assert_eq!(output.status.code(), Some(3));
    assert!(errors(&output).contains("never written over"), "{}", errors(&output));
    // Another store's stick is told from ours, and a single register can be chosen.
    let mut words = scene.words(&["bundle", "import", "--store", "7"], "stick", "central");
    assert!(errors(&run(&words)).contains("bundle of store 1042, not of store 7"));
    words = scene.words(&["bundle", "export", "--register", "8", "--to"], "one", "till");
    let (code, put) = ask(&words);
    assert_eq!((code, &put["records"]), (0, &(COPIES + 2).into()));
    words = scene.words(&["bundle", "export", "--register", "3", "--to"], "none", "till");
    assert!(errors(&run(&words)).contains("holds no records of register 3"));
}

#[test]
fn of_a_stick_with_one_byte_changed_cut_off_or_added_the_good_parts_come_and_the_bad_is_named() {
    type Change = fn(&mut Vec<u8>);
    let cases: [(&str, Change, &str); 4] = [
        ("part-002.lines", |bytes| *bytes.last_mut().expect("a byte") ^= 1, "changed"),
        ("part-001.lines", |bytes| bytes[500] ^= 0x20, "changed"),
        ("part-004.lines", |bytes| bytes.truncate(700), "cut off: 700 of"),
        ("part-004.lines", |bytes| bytes.push(b'\n'), "something was added"),
    ];
    for (file, change, word) in cases {
        let scene = Scene::new();
        scene.change(file, change);
        let (code, brought) = scene.import();
        assert_eq!(code, 1, "{file} {word}");
        one_bad(&brought, file, word);
        // What is sealed beside records that did not come is not taken either, and that is said.
        let refused = brought["parts"].as_array().expect("parts").iter();
        let refused: usize =
            refused.map(|part| part["refused"].as_array().map_or(0, Vec::len)).sum();
        assert_eq!(refused, usize::from(file == "part-002.lines"), "{brought:#}");
        let lost = if file == "part-001.lines" { OWN } else { COPIES };
        assert_eq!(scene.held(), OWN + 2 * COPIES - lost, "{file} {word}");
    }
}

#[test]
fn links_devices_missing_files_and_swapped_ones_are_not_opened_or_not_believed() {
    let scene = Scene::new();
    let path = |name: &str| scene.stick.join(name);
    // A link to the very file that belongs there is a link all the same.
    std::fs::rename(path("part-002.lines"), scene.dir.path().join("elsewhere")).expect("moved");
    std::os::unix::fs::symlink(scene.dir.path().join("elsewhere"), path("part-002.lines"))
        .expect("linked");
    std::fs::write(path("autorun.inf"), "run me").expect("written");
    let (code, brought) = scene.import();
    assert_eq!(code, 1);
    one_bad(&brought, "part-002.lines", "is a link");
    assert_eq!(brought["strangers"], serde_json::json!(["autorun.inf"]));
    assert_eq!(scene.held(), OWN + COPIES);
    let scene = Scene::new();
    std::fs::remove_file(scene.stick.join("part-004.lines")).expect("removed");
    let (_, brought) = scene.import();
    one_bad(&brought, "part-004.lines", "missing");
    // Two parts swapped: neither is what the manifest says.
    let scene = Scene::new();
    let path = |name: &str| scene.stick.join(name);
    std::fs::rename(path("part-002.lines"), path("swap")).expect("moved");
    std::fs::rename(path("part-004.lines"), path("part-002.lines")).expect("moved");
    std::fs::rename(path("swap"), path("part-004.lines")).expect("moved");
    let (code, brought) = scene.import();
    assert_eq!((code, brought["bad"].as_array().map(Vec::len)), (1, Some(2)));
    assert_eq!(scene.held(), OWN);
}

/// What may lie on a stick in a file's place: each is refused before it is read, and none is
/// waited for.
fn in_its_place(at: &Path, aside: &Path) -> Vec<(&'static str, bool)> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::symlink;
    let node = |kind, device| {
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, at, kind, mode, device).is_ok()
    };
    let clear = || {
        if at.is_dir() {
            std::fs::remove_dir_all(at).ok();
        }
        std::fs::remove_file(at).ok();
    };
    let mut made = Vec::new();
    let mut note = |name, there: bool, look: &dyn Fn()| {
        if there {
            look();
        }
        made.push((name, there));
        clear();
    };
    let look = || {
        let began = std::time::Instant::now();
        let stick = tideover::device::stick::Stick::open(at.parent().expect("a folder"));
        let name = at.file_name().and_then(|name| name.to_str()).expect("a name");
        let why = stick.expect("opened").read(name, 1 << 20).expect_err("refused").to_string();
        assert!(why.contains("not a plain file of its own"), "{why}");
        assert!(began.elapsed().as_secs() < 5, "{why}: waited for");
    };
    clear();
    note("a link to an endless file", symlink("/dev/zero", at).is_ok(), &look);
    note("a link to itself", symlink(at, at).is_ok(), &look);
    note("a link to nothing", symlink("/nowhere", at).is_ok(), &look);
    note("a second name of a file", std::fs::hard_link(aside, at).is_ok(), &look);
    note("a folder", std::fs::create_dir(at).is_ok(), &look);
    note("a pipe", node(FileType::Fifo, 0), &look);
    let socket = std::os::unix::net::UnixListener::bind(at);
    note("a socket", socket.is_ok(), &look);
    // Only root makes devices: elsewhere these two are left out.
    note("an endless device", node(FileType::CharacterDevice, rustix::fs::makedev(1, 5)), &look);
    note("a disk", node(FileType::BlockDevice, rustix::fs::makedev(7, 0)), &look);
    made
}

#[test]
fn whatever_stands_in_place_of_a_plain_file_is_refused_in_words_and_at_once() {
    let scene = Scene::new();
    let aside = scene.dir.path().join("aside");
    std::fs::write(&aside, "another file").expect("written");
    for name in ["bundle.txt", "part-002.lines"] {
        let at = scene.stick.join(name);
        let kept = std::fs::read(&at).expect("bytes");
        let made = in_its_place(&at, &aside);
        assert!(made.iter().filter(|(_, there)| *there).count() >= 7, "{made:?}");
        std::fs::write(&at, kept).expect("back");
    }
    // The command says it in its own words, and the rest of the stick is brought.
    let at = scene.stick.join("part-002.lines");
    std::fs::remove_file(&at).expect("removed");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &at, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
    let (code, brought) = scene.import();
    assert_eq!(code, 1);
    one_bad(&brought, "part-002.lines", "not a plain file");
    std::fs::remove_file(&at).expect("removed");
    // A file that claims a terabyte and holds nothing is told by its length.
    let file = std::fs::File::create(&at).expect("made");
    if file.set_len(1 << 40).is_ok() {
        let (code, brought) = scene.import();
        assert_eq!(code, 1);
        one_bad(&brought, "part-002.lines", "something was added");
    }
    // Thousands of other files cost no look at each, and are not opened.
    for number in 0..3_000 {
        std::fs::write(scene.stick.join(format!("x{number}")), "").expect("written");
    }
    let (_, brought) = scene.import();
    assert_eq!(brought["strangers"].as_array().map(Vec::len), Some(20));
    // A single file of lines is opened only where it is a file.
    let pipe = scene.dir.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).expect("one");
    for odd in [scene.at("pipe"), scene.at("stick")] {
        let central = "http://127.0.0.1:1".to_owned();
        let output = run(&["import".to_owned(), "--central".to_owned(), central, odd]);
        assert!(errors(&output).contains("was not opened"), "{}", errors(&output));
    }
}

#[test]
fn a_manifest_that_was_changed_climbs_out_or_is_cut_off_brings_nothing() {
    let scene = Scene::new();
    let manifest = std::fs::read(scene.stick.join("bundle.txt")).expect("bytes");
    for place in (0..manifest.len()).step_by(17) {
        scene.change("bundle.txt", |bytes| {
            bytes.clone_from(&manifest);
            bytes[place] ^= 1;
        });
        let why = scene.refused();
        assert!(why.contains("Nothing was brought"), "byte {place}: {why}");
    }
    for len in [0, 10, 100, manifest.len() / 2, manifest.len() - 1] {
        scene.change("bundle.txt", |bytes| bytes.clone_from(&manifest[..len].to_vec()));
        assert!(scene.refused().contains("Nothing was brought"), "cut at {len}");
    }
    // Rightly signed, by somebody who wants another file read, or another store's part taken.
    let text = String::from_utf8(manifest.clone()).expect("text");
    let json = text.lines().nth(3).expect("four lines");
    let thief = tideover::journal::key::SigningKey::from_seed(&[66; 32]).expect("a key");
    let forged = |json: &str| {
        let domain = tideover::journal::key::Domain::Bundle;
        let signature = thief.sign(domain, json.as_bytes()).to_text();
        format!("tideover bundle v1\n{}\n{signature}\n{json}\n", thief.public())
    };
    for (from, to, word) in [
        ("part-002.lines", "../central/central.key", "where part-002.lines belongs"),
        ("part-001.lines", "/etc/passwd", "where part-001.lines belongs"),
        ("\"store\":1042,\"by", "\"store\":9,\"by", "of store 1042 in a bundle of store 9"),
        ("\"parts\":[", "\"more\":1,\"parts\":[", "can't be read"),
    ] {
        let json = json.replacen(from, to, 1);
        assert_ne!(json, text.lines().nth(3).expect("four lines"), "{from}");
        scene.change("bundle.txt", |bytes| *bytes = forged(&json).into_bytes());
        let why = scene.refused();
        assert!(why.contains(word), "{why}");
    }
    assert_eq!(scene.held(), 0);
    // A stick that was rewritten by a thief's key with other records: they prove nothing.
    let mut stranger = TestRegister::of(8, 50);
    stranger.sell(1, 1);
    std::fs::write(scene.stick.join("bundle.txt"), &manifest).expect("back");
    assert_eq!(scene.import().0, 0);
    assert_eq!(scene.held(), OWN + 2 * COPIES);
}

#[test]
fn a_replay_brings_a_stick_to_a_central_by_its_address() {
    let scene = Scene::new();
    let central = central_at(&scene.dir.path().join("central"));
    let to = format!("central:{}", central.url());
    let from = scene.at("stick");
    let (code, dry) = ask(&["replay", "--from", &from, "--to", &to, "--dry-run"]);
    assert_eq!((code, dry["journals"].as_array().map(Vec::len)), (0, Some(3)), "{dry:#}");
    assert_eq!(central.journals().expect("rows").len(), 0);
    let (code, done) = ask(&["replay", "--from", &from, "--to", &to, "--apply"]);
    assert_eq!((code, &done["sealed"]), (0, &1.into()), "{done:#}");
    let till = scene.at("till");
    let (code, told) = ask(&["replay", "--from", &till, "--to", &to, "--apply"]);
    assert_eq!((code, &told["journals"][0]["new"]), (0, &0.into()));
    assert_eq!(central.totals(StoreNo(1042), None).expect("totals").sales, OWN + 2 * COPIES);
}
