//! The process that reads a stick: its limits, and what is said when it hangs, dies or lies.
#![expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tideover::central::door::InProcess;
use tideover::cli::bundle::told::read_bundle;
use tideover::cli::import;
use tideover::device::reader::{Patience, Reader};
use tideover::domain::ids::StoreNo;

use super::bundle::{register, sell};
use crate::central::central_at;
use crate::journals::TestRegister;
use crate::program::{errors, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tideover");

/// A stick with one register's records, and what a good reader tells of it.
struct Scene {
    dir: tempfile::TempDir,
    stick: PathBuf,
    told: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let data = register(&dir.path().join("till"), 1);
        sell(&data, 1, 12);
        let stick = dir.path().join("stick");
        let text = |path: &Path| path.to_str().expect("a name").to_owned();
        let (to, data) = (text(&stick), text(&data.0));
        let done = run(&["bundle", "export", "--to", &to, "--data", &data]);
        assert!(done.status.success(), "{}", errors(&done));
        let told = run(&["read-stick", "bundle", "--", &to]);
        assert!(told.status.success());
        Self { dir, stick, told: told.stdout }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Something else in the reader's place: a shell's words.
    fn reader(&self, words: &str) -> Reader {
        let (text, program) = (self.path("words"), self.path("reader"));
        std::fs::write(&text, format!("#!/bin/sh\n{words}\n")).expect("written");
        // Copied by another process: a program that any thread still writes can't be started.
        let copied = Command::new("cp").arg(&text).arg(&program).status().expect("cp");
        assert!(copied.success());
        let made = Command::new("chmod").arg("+x").arg(&program).status().expect("chmod");
        assert!(made.success());
        Reader::of(&program)
    }

    /// What is said of the stick when these words read it.
    fn refused(&self, words: &str) -> String {
        let reader = self.reader(words).with(Patience { silent_ms: 20_000, whole_ms: 60_000 });
        read_bundle(&reader, &self.stick, None).expect_err("refused").to_string()
    }

    /// A reader that tells these bytes.
    fn telling(&self, bytes: &[u8], then: &str) -> String {
        // A file for each: the cases are made before the first of them runs.
        let count = std::fs::read_dir(self.dir.path()).expect("a folder").count();
        let file = self.path(&format!("bytes-{count}"));
        std::fs::write(&file, bytes).expect("written");
        format!("cat '{}'; {then}", file.display())
    }
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_reader_has_its_limits_before_it_opens_anything_and_ends_with_its_listener() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("long.lines");
    std::fs::write(&file, "- {}\n".repeat(400_000)).expect("written");
    let words = ["read-stick".into(), "lines".into(), "--".into(), file.into()];
    let reading = Reader::of(PROGRAM).begin(&words, u64::MAX).expect("begun");
    let process = reading.process();
    // It tells more than a pipe holds, so it waits for us; by then its limits stand.
    let limits = || std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap_or_default();
    let row = |name: &str| -> Vec<String> {
        let limits = limits();
        let row = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("");
        row.split_whitespace().map(str::to_owned).collect()
    };
    wait_for("no file grows", || row("Max file size").first().is_some_and(|soft| soft == "0"));
    wait_for("it begins no process", || row("Max processes").first().is_some_and(|n| n == "0"));
    assert_eq!(row("Max cpu time")[..2], ["10", "11"]);
    assert_eq!(row("Max open files")[..2], ["16", "16"]);
    assert_eq!(row("Max core file size")[..2], ["0", "0"]);
    let memory: u64 = row("Max address space")[1].parse().expect("a number");
    assert!(memory > 256 << 20 && memory < 4096 << 20, "{memory}");
    drop(reading);
    assert!(!Path::new(&format!("/proc/{process}")).exists(), "it ended");
}

#[test]
fn a_stick_that_hangs_is_given_up_in_words_and_nothing_is_brought() {
    let scene = Scene::new();
    let standard = Patience::default();
    assert_eq!((standard.silent_ms, standard.whole_ms), (30_000, 600_000));
    // Stopped before a byte, as by a driver that never answers; and in the middle of a part.
    let half = scene.telling(&scene.told[..scene.told.len() / 2], "kill -STOP $$");
    for words in ["kill -STOP $$", &half] {
        let patience = Patience { silent_ms: 2_000, whole_ms: 60_000 };
        let reader = scene.reader(&format!("echo $$ > '{}'; {words}", scene.path("id").display()));
        let why = read_bundle(&reader.with(patience), &scene.stick, None).expect_err("refused");
        let why = why.to_string();
        assert!(why.contains("nothing came from it for 2 s"), "{why}");
        assert!(why.contains("Nothing was brought"), "{why}");
        let process = std::fs::read_to_string(scene.path("id")).expect("a number");
        let process = format!("/proc/{}", process.trim());
        assert!(!Path::new(&process).exists(), "the reader ended");
    }
    // One that always says a little, and never all of it.
    let reader = scene.reader("while :; do printf 'L\\0\\0\\0\\1x'; done");
    let patience = Patience { silent_ms: 0, whole_ms: 0 };
    let why = read_bundle(&reader.with(patience), &scene.stick, None).expect_err("refused");
    assert!(why.to_string().contains("hangs"), "{why}");
}

#[test]
fn a_reader_that_dies_is_killed_or_talks_nonsense_has_told_nothing() {
    let scene = Scene::new();
    let good = read_bundle(&Reader::of(PROGRAM), &scene.stick, None).expect("read");
    assert_eq!((good.parts.len(), good.bad.len()), (1, 0));
    let whole = scene.telling(&scene.told, "");
    let again = read_bundle(&scene.reader(&whole), &scene.stick, None).expect("the same");
    assert_eq!(again.parts.len(), 1);
    let told = &scene.told;
    let more = [told.as_slice(), b"E"].concat();
    let swapped = [&told[told.len() - 5..], told.as_slice()].concat();
    let mut shorter = told.clone();
    let data = shorter.windows(2).rposition(|two| two == b"}D").expect("the part's frame") + 1;
    shorter.remove(data + 5);
    let length = u32::from_be_bytes(shorter[data + 1..data + 5].try_into().expect("four")) - 1;
    shorter[data + 1..data + 5].copy_from_slice(&length.to_be_bytes());
    let cases = [
        ("exit 0".to_owned(), "ended before it was done"),
        ("exit 101".to_owned(), "exit status: 101"),
        ("kill -9 $$".to_owned(), "signal: 9"),
        ("kill -SEGV $$".to_owned(), "signal: 11"),
        // The signal that its limit ends in.
        ("kill -XCPU $$".to_owned(), "processor time"),
        ("echo what is this".to_owned(), "can't be understood"),
        ("printf 'Z\\0\\0\\0\\0'".to_owned(), "can't be understood"),
        // It promises four gigabytes.
        ("printf 'H\\377\\377\\377\\377'".to_owned(), "can't be understood"),
        ("printf 'H\\0\\0\\0\\2{}'".to_owned(), "can't be understood"),
        (scene.telling(&told[..told.len() - 5], "exit 0"), "ended before it was done"),
        (scene.telling(&told[..told.len() / 2], "kill -9 $$"), "signal: 9"),
        (scene.telling(told, "exit 1"), "exit status: 1"),
        (scene.telling(&more, "exit 0"), "can't be understood"),
        (scene.telling(&swapped, "exit 0"), "can't be understood"),
        (scene.telling(&shorter, "exit 0"), "can't be understood"),
    ];
    for (words, wanted) in cases {
        let why = scene.refused(&words);
        assert!(why.contains(wanted), "{words}: {why}");
        assert!(why.contains("Nothing was brought"), "{words}: {why}");
    }
    let nowhere = Reader::of(scene.path("no such program"));
    let why = read_bundle(&nowhere, &scene.stick, None).expect_err("refused").to_string();
    assert!(why.contains("can't be started"), "{why}");
}

#[test]
fn a_file_whose_reader_dies_half_way_is_imported_again_and_counts_once() {
    let scene = Scene::new();
    let central = central_at(&scene.path("central"));
    let mut line = InProcess(central.door());
    let mut register = TestRegister::new(7);
    register.sell(10, 2);
    let file = scene.path("r7.lines");
    std::fs::write(&file, register.file()).expect("written");
    let told = run(&["read-stick", "lines", "--", file.to_str().expect("a name")]).stdout;
    // All of the lines are told, and then it dies instead of saying that it is done.
    let dies = scene.reader(&scene.telling(&told[..told.len() - 5], "kill -9 $$"));
    let why = import::run(&dies, &file, None, &mut line, &mut |_, _| ()).expect_err("refused");
    let why = why.to_string();
    assert!(why.contains("not read to its end") && why.contains("nothing counts twice"), "{why}");
    let whole = Reader::of(PROGRAM);
    let done = import::run(&whole, &file, None, &mut line, &mut |_, _| ()).expect("imported");
    assert_eq!((done.lines, done.created, done.existing), (12, 0, 12), "{done}");
    central.settle();
    assert_eq!(central.totals(StoreNo(1042), None).expect("totals").sales, 10);
    // A name that is not there, in words.
    let nothing = import::run(&whole, &scene.path("none"), None, &mut line, &mut |_, _| ());
    assert!(nothing.expect_err("none").to_string().contains("check the name and its rights"));
}
