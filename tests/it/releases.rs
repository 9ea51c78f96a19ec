//! A release as its builders sign it and as IT checks it: with the program, with the tools that any
//! machine has, and by the doctor of the program that is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::{code, complained, done, tideover};
use crate::program::errors;

const SOURCE: &str = "4f0c91ae4f0c91ae4f0c91ae4f0c91ae4f0c91ae";

/// A folder of releases, and two builders with their keys.
struct Maker(tempfile::TempDir);

impl Maker {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn here(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.here().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }

    /// A release of two files, signed by these builders, whose file names two of two.
    fn release(&self, number: u32, program: &str, builders: &[&str]) {
        let folder = format!("release-{number}");
        self.write(&format!("{folder}/tideover"), program);
        self.write(&format!("{folder}/tideover.cdx.json"), "{}");
        let list = format!("program list {folder} --version 1.{number}.0 --number {number}");
        done(self.here(), &format!("{list} --source {SOURCE}"));
        let mut lines = String::from("tideover/builders/v1\nneeds 2\n");
        for builder in builders {
            let sign = format!("program sign {folder} --key {builder}.key --new-key --json");
            let signed: Value = serde_json::from_str(&done(self.here(), &sign)).expect("JSON");
            let key = signed["key"].as_str().expect("a key");
            lines.push_str(&format!("key {key} {builder}\n"));
        }
        if builders.len() == 2 {
            self.write("builders", &lines);
        }
    }

    /// The exit code, and what was found.
    fn check(&self, folder: &str, more: &str) -> (i32, Value) {
        let line = format!("program check {folder} --builders builders {more} --json");
        let output = tideover(self.here(), &line);
        let found = serde_json::from_slice(&output.stdout);
        (code(&output), found.unwrap_or_else(|why| panic!("{why}: {}", errors(&output))))
    }

    /// What a check says in words.
    fn words(&self, folder: &str, more: &str) -> String {
        let line = format!("program check {folder} --builders builders {more}");
        String::from_utf8(tideover(self.here(), &line).stdout).expect("text")
    }
}

#[test]
fn a_release_is_listed_signed_by_two_and_found_whole_before_it_is_installed() {
    let maker = Maker::new();
    maker.release(7, "the program", &["first", "second"]);
    let (code, found) = maker.check("release-7", "");
    assert_eq!((code, &found["against"]), (0, &json!([])), "{found:#}");
    assert_eq!((&found["signed"], &found["same"]), (&json!(["first", "second"]), &json!(2)));
    let said = maker.words("release-7", "");
    assert!(said.contains("Tideover 1.7.0, release 7, from commit 4f0c91ae"), "{said}");
    assert!(said.contains("it may be installed"), "{said}");
}

#[test]
fn what_is_not_what_its_builders_signed_is_named_and_not_to_be_installed() {
    let maker = Maker::new();
    maker.release(7, "the program", &["first", "second"]);
    maker.write("release-7/tideover", "another program");
    let (code, found) = maker.check("release-7", "");
    let differs = json!([{ "why": "file", "file": "tideover", "state": "differs" }]);
    assert_eq!((code, &found["against"]), (1, &differs), "{found:#}");
    let said = maker.words("release-7", "");
    assert!(said.contains("tideover is not the file that was signed"), "{said}");
    assert!(said.contains("Do not install it."), "{said}");
}

#[test]
fn one_builder_alone_gives_nothing_out() {
    let maker = Maker::new();
    maker.release(7, "the program", &["first", "second"]);
    maker.release(8, "made by one alone", &["first"]);
    let (code, found) = maker.check("release-8", "");
    assert_eq!((code, &found["against"]), (1, &json!([{ "why": "too_few" }])), "{found:#}");
}

#[test]
fn an_older_release_than_the_installed_one_is_refused_and_so_is_another_of_its_number() {
    let maker = Maker::new();
    maker.release(7, "with its old faults", &["first", "second"]);
    maker.release(8, "mended", &["first", "second"]);
    let (code, found) = maker.check("release-7", "--installed release-8");
    let older = json!([{ "why": "older", "installed": 8 }]);
    assert_eq!((code, &found["against"]), (1, &older), "{found:#}");
    let (code, _) = maker.check("release-8", "--installed release-7");
    assert_eq!(code, 0);
    let (code, _) = maker.check("release-8", "--installed release-8");
    assert_eq!(code, 0);
    std::fs::rename(maker.here().join("release-8"), maker.here().join("elsewhere")).expect("moved");
    maker.release(8, "mended otherwise", &["first", "second"]);
    let (code, found) = maker.check("release-8", "--installed elsewhere");
    assert_eq!((code, &found["against"]), (1, &json!([{ "why": "same_number" }])), "{found:#}");
}

#[test]
fn what_can_not_be_checked_says_so_and_what_to_do() {
    let maker = Maker::new();
    maker.release(7, "the program", &["first", "second"]);
    for (line, words) in [
        ("program check nowhere --builders builders", "there is no nowhere/PROGRAMS"),
        (
            "program check release-7 --builders nobody",
            "there is no nobody, which says whose signatures count",
        ),
        ("program check release-7 --builders first.key", "does not say who the builders are"),
        ("program sign release-7 --key builders", "may be read by others; nothing was signed"),
        ("program sign release-7 --key third.key", "--new-key makes a key where there is none"),
        ("program list release-7 --version 2 --number 9 --source abc", "is there already"),
    ] {
        let output = tideover(maker.here(), line);
        assert_eq!(code(&output), 3, "{line}");
        assert!(complained(&output).contains(words), "{line}: {}", complained(&output));
    }
    maker.write("empty/.hidden", "x");
    let list = format!("program list empty --version 2 --number 9 --source {SOURCE}");
    let output = tideover(maker.here(), &list);
    assert_eq!(code(&output), 3);
    assert!(complained(&output).contains("PROGRAMS was not written"), "{}", complained(&output));
    assert!(complained(&output).contains("begins with a dot"), "{}", complained(&output));
}

/// As docs/release.md has it, for a machine on which no Tideover is trusted yet.
#[test]
fn sums_and_signatures_hold_for_the_tools_that_every_machine_has() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: there is no openssl on this machine");
        return;
    }
    let maker = Maker::new();
    maker.release(7, "the program", &["first", "second"]);
    let shell = |script: &str| {
        let mut shell = Command::new("bash");
        let shell = shell.current_dir(maker.here().join("release-7"));
        shell.args(["-euo", "pipefail", "-c", script]).output().expect("a shell")
    };
    let sums = "awk '$1 == \"file\" { print $2 \"  \" $4 }' PROGRAMS | sha256sum --check";
    let holds = shell(sums);
    assert!(holds.status.success(), "{}", errors(&holds));
    let signatures = r#"
        grep ^key ../builders | while read -r _ key name; do
          bytes() { printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }
          bytes "302a300506032b6570032100$key" >key.der
          id=$(bytes "$key" | sha256sum | cut -c 1-16)
          openssl pkeyutl -verify -pubin -keyform der -inkey key.der -rawin \
            -in PROGRAMS -sigfile "PROGRAMS.$id.sig"
        done; rm key.der"#;
    let holds = shell(signatures);
    assert!(holds.status.success(), "{}", errors(&holds));
    assert_eq!(String::from_utf8_lossy(&holds.stdout).matches("Verified Success").count(), 2);
    let list = maker.here().join("release-7/PROGRAMS");
    let changed = std::fs::read_to_string(&list).expect("a list").replace("1.7.0", "1.7.1");
    std::fs::write(&list, changed).expect("written");
    assert!(!shell(signatures).status.success(), "a changed list is found out");
}

#[test]
fn the_doctor_of_an_installed_program_says_whether_it_is_the_one_that_was_signed() {
    let maker = Maker::new();
    let installed = maker.here().join("release-7/tideover");
    maker.release(7, "x", &["first", "second"]);
    let (root, central) = (maker.here().join("machine"), maker.here().join("central"));
    for folder in [&root, &central] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    // What doctor says of the program, run from where it is installed.
    let doctor = |program: &PathBuf| {
        let output = Command::new(program)
            .args(["doctor", "--central", "--json", "--data"])
            .args([&central, Path::new("--root"), &root])
            .output()
            .unwrap_or_else(|why| panic!("{}: {why}", program.display()));
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|why| panic!("{why}: {}", errors(&output)));
        let all = told["findings"].as_array().expect("findings").clone();
        let found = all.into_iter().find(|found| found["topic"] == "program").expect("judged");
        let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        (text("verdict"), text("found"))
    };
    let itself = PathBuf::from(env!("CARGO_BIN_EXE_tideover"));
    let (verdict, found) = doctor(&itself);
    assert_eq!(verdict, "not_seen", "{found}");
    maker.write("machine/etc/tideover/builders", &builders(&maker));
    let (verdict, found) = doctor(&itself);
    assert_eq!(verdict, "look", "{found}");
    // Another program stands where the release had its own.
    // A new file, and by another process: a program that a test beside this one is just starting
    // would hold what this one wrote open, and what is open for writing can't be run.
    std::fs::remove_file(&installed).expect("there");
    let copied = Command::new("cp").args([&itself, &installed]).status().expect("cp");
    assert!(copied.success());
    let (verdict, found) = doctor(&installed);
    assert_eq!(verdict, "wrong", "{found}");
    assert!(found.contains("is not the one of release 7"), "{found}");
    // The same bytes, listed and signed.
    let folder = maker.here().join("release-8");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::rename(&installed, folder.join("tideover")).expect("moved");
    let list = "program list release-8 --version 1.8.0 --number 8";
    done(maker.here(), &format!("{list} --source {SOURCE}"));
    done(maker.here(), "program sign release-8 --key first.key");
    let (verdict, found) = doctor(&folder.join("tideover"));
    assert_eq!(verdict, "wrong", "{found}");
    assert!(found.contains("1 of its builders signed release 8"), "{found}");
    done(maker.here(), "program sign release-8 --key second.key");
    let (verdict, found) = doctor(&folder.join("tideover"));
    assert_eq!(verdict, "good", "{found}");
    assert!(found.contains("release 8, as 2 of its builders signed it"), "{found}");
}

fn builders(maker: &Maker) -> String {
    std::fs::read_to_string(maker.here().join("builders")).expect("builders")
}
