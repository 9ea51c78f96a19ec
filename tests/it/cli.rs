//! The program as IT types it: the real binary, its words and its exit codes.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// A central in a process of its own; ends with the test.
pub(crate) struct RunningCentral {
    process: Child,
    pub(crate) url: String,
    /// Held open: a central that can't tell what it does would end.
    _words: std::io::Lines<BufReader<ChildStdout>>,
}

impl RunningCentral {
    pub(crate) fn start(folder: &Path, pack_key: &str) -> Self {
        let listen = ["--listen", "127.0.0.1:0", "--json", "--pack-key", pack_key];
        let mut process = Command::new(env!("CARGO_BIN_EXE_tideover"))
            .args(["central", "--data"])
            .arg(folder)
            .args(listen)
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("\"url\": \"")?.1.split('"').next()?.to_owned()))
            .expect("it tells its address");
        Self { process, url, _words: lines }
    }
}

impl Drop for RunningCentral {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

pub(crate) fn tideover(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tideover"))
        .current_dir(folder)
        .env("TIDEOVER_HOME", folder.join("home"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .args(line.split_whitespace())
        .output()
        .expect("run")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

pub(crate) fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// Does a step that has to succeed.
pub(crate) fn done(folder: &Path, line: &str) -> String {
    let output = tideover(folder, line);
    assert_eq!(code(&output), 0, "{line}\n{}", complained(&output));
    said(&output)
}

pub(crate) fn field(json: &str, name: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
    value[name].as_str().expect("a text").to_owned()
}

/// A pack of the sample store in `folder`; its public key.
pub(crate) fn pack_built(folder: &Path) -> String {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-store");
    let line = format!(
        "pack build --from {} --out store.pack --key pack.key --new-key --json",
        from.display()
    );
    field(&done(folder, &line), "key")
}

#[test]
fn every_command_explains_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in [
        "",
        "register",
        "demo",
        "drill",
        "verify",
        "pack",
        "pack build",
        "pack show",
        "pack apply",
        "enroll",
        "key",
        "key rotate",
        "central",
        "central enroll-code",
        "central adopt",
        "central revoke",
        "central hold",
        "central release",
        "central back-up",
        "central rebuild",
        "central totals",
        "central pickups",
        "central open-pickup",
        "sync",
        "sync status",
        "sync push",
        "export",
        "import",
    ] {
        let help = done(folder.path(), &format!("{command} --help"));
        assert!(help.contains("Usage: tideover"), "{command}: {help}");
    }
}

#[test]
fn a_command_line_that_cannot_be_read_ends_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    for line in [
        "bogus",
        "enroll",
        "enroll --offline --store 1042 --register 7",
        "enroll --offline --store 0 --register 7 --pack-key 00",
        "enroll --offline --store 1042 --register 7 --pack-key 00 --code 7K2MA-Q0X9D",
        "enroll --central http://127.0.0.1:9",
        "enroll --central http://127.0.0.1:9 --code 7K2MA-Q0X9D --store 1042",
    ] {
        let output = tideover(folder.path(), line);
        assert_eq!(code(&output), 2, "{line}: {}", complained(&output));
    }
}

#[test]
fn a_register_that_was_never_set_up_says_how() {
    let folder = tempfile::tempdir().expect("a folder");
    for line in ["sync status", "sync push", "export", "verify", "register", "pack apply p"] {
        let output = tideover(folder.path(), line);
        assert_eq!(code(&output), 3, "{line}");
        let words = complained(&output);
        assert!(words.contains("not set up") && words.contains("tideover enroll"), "{words}");
        assert!(!words.contains("panicked"), "{words}");
    }
}

#[test]
fn a_register_without_central_is_set_up_offline_and_enrolled_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let pack_key = pack_built(folder);
    let offline =
        format!("enroll --offline --store 1042 --register 7 --pack-key {pack_key} --json");
    let key = field(&done(folder, &offline), "key");
    done(folder, "pack apply store.pack");
    let settings = std::fs::read_to_string(folder.join("home/register.json")).expect("settings");
    assert!(settings.contains("America/Chicago"), "the pack tells the store's zone: {settings}");
    let push = tideover(folder, "sync push");
    assert_eq!(code(&push), 3);
    assert!(complained(&push).contains("not enrolled"), "{}", complained(&push));

    let running = RunningCentral::start(&folder.join("central"), &pack_key);
    let code_line = "central enroll-code --data central --store 1042 --register 7 --json";
    let one_time = field(&done(folder, code_line), "code");
    let enroll = format!("enroll --central {} --code {one_time} --json", running.url);
    assert_eq!(field(&done(folder, &enroll), "key"), key, "the key stays the same");
    let pushed = done(folder, "sync push");
    assert!(pushed.contains("central has everything"), "{pushed}");
    let again = done(folder, "sync push");
    assert!(again.contains("0 sent"), "{again}");

    let used = tideover(folder, &format!("{enroll} --data another"));
    assert_eq!(code(&used), 3, "a code is good for one machine");
    assert!(complained(&used).contains("ask for a new one"), "{}", complained(&used));
    let back = tideover(folder, &offline);
    assert_eq!(code(&back), 3, "an enrolled register is not cut off from central");
    assert!(complained(&back).contains("enrolled at"), "{}", complained(&back));
    assert!(done(folder, "sync status").contains("0 records to be sent"));

    let revoke = "central revoke --data central --store 1042 --register 7";
    assert!(done(folder, &format!("{revoke} --look")).contains("It is trusted"));
    let unsigned = tideover(folder, &format!("{revoke} --why stolen"));
    assert_eq!(code(&unsigned), 3);
    assert!(complained(&unsigned).contains("no token of IT"), "{}", complained(&unsigned));

    done(folder, "export --out lines.jsonl");
    let import = format!("import lines.jsonl --central {}", running.url);
    assert!(done(folder, &import).contains("0 new at central"), "a file counts once");
    std::fs::write(folder.join("other.txt"), "no record\n").expect("written");
    let other = tideover(folder, &format!("import other.txt --central {}", running.url));
    assert_eq!(code(&other), 1, "lines that were not taken are not passed over");
    assert_eq!(code(&tideover(folder, &import.replace("lines", "nothing"))), 3);
}

#[test]
fn a_folder_of_one_register_does_not_become_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let pack_key = pack_built(folder);
    done(folder, &format!("enroll --offline --store 1042 --register 7 --pack-key {pack_key}"));
    let before = std::fs::read(folder.join("home/register.json")).expect("settings");
    let other = format!("enroll --offline --store 1042 --register 8 --pack-key {pack_key}");
    let output = tideover(folder, &other);
    assert_eq!(code(&output), 3);
    let words = complained(&output);
    assert!(words.contains("data folder of register 7") && words.contains("--data"), "{words}");
    assert_eq!(std::fs::read(folder.join("home/register.json")).expect("settings"), before);
}

#[test]
fn a_pack_key_that_is_none_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output =
        tideover(folder.path(), "enroll --offline --store 1042 --register 7 --pack-key 12ab");
    assert_eq!(code(&output), 3);
    assert!(complained(&output).contains("64 hex digits"), "{}", complained(&output));
    assert!(!folder.path().join("home").exists());
}

#[test]
fn a_mistyped_central_folder_does_not_become_an_empty_central() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in
        ["totals --store 1042", "enroll-code --store 1042 --register 7", "release", "rebuild"]
    {
        let output = tideover(folder.path(), &format!("central {command} --data centrl"));
        assert_eq!(code(&output), 3, "{command}");
        assert!(complained(&output).contains("no central in centrl"), "{}", complained(&output));
    }
    assert!(!folder.path().join("centrl").exists());
}
