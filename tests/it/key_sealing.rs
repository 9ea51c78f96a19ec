//! A register's key sealed to its machine by systemd's own program, where there is one.
//!
//! systemd keeps the machine's key where `SYSTEMD_CREDENTIAL_SECRET` says: here in the test's own
//! folder. A TPM is not asked for: this runs on machines without one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use tideover::domain::money::Money;
use tideover::register::command::Command as Ask;
use tideover::register::page::PageName;
use tideover::register::register::{Answer, Register};
use tideover::register::view::{NoticeKind, Screen};

use crate::cli::{code, complained};
use crate::register::{CASHIER, MANAGER, Shop, WATER, cash, scan, sign_in};
use crate::traces::found;

/// The program with systemd's key of the machine `machine`; `handed` is what a unit hands over.
fn run(here: &Path, machine: &str, handed: Option<&str>, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tideover"));
    command
        .current_dir(here)
        .env("TIDEOVER_HOME", here.join("home"))
        .env("SYSTEMD_CREDENTIAL_SECRET", here.join(machine))
        .env_remove("CREDENTIALS_DIRECTORY")
        .args(line.split_whitespace());
    if let Some(folder) = handed {
        command.env("CREDENTIALS_DIRECTORY", here.join(folder));
    }
    command.output().expect("run")
}

fn shown(output: &Output) -> serde_json::Value {
    assert_eq!(code(output), 0, "{}", complained(output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_sealed_key_signs_on_its_own_machine_and_a_copied_folder_holds_no_key() {
    if Command::new("systemd-creds").arg("--version").output().is_err() {
        println!("skipped: there is no systemd-creds on this machine");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let key = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
    let offline = format!("enroll --offline --store 1042 --register 7 --pack-key {key}");
    let enrolled = run(here, "machine", None, &offline);
    assert_eq!(code(&enrolled), 0, "{}", complained(&enrolled));
    let before = shown(&run(here, "machine", None, "key show --json"));
    assert_eq!(before["kept"], "plain");
    assert!(before["means"].as_str().expect("words").contains("Whoever copies this disk"));
    let plain = here.join("home/register.key");
    let seed = std::fs::read_to_string(&plain).expect("a key");

    let sealed = run(here, "machine", None, "key seal --with host --json");
    if code(&sealed) != 0 && complained(&sealed).contains("systemd-creds encrypt failed") {
        println!("skipped: systemd-creds seals nothing here: {}", complained(&sealed));
        assert_eq!(std::fs::read_to_string(&plain).expect("untouched"), seed);
        return;
    }
    let after = shown(&sealed);
    assert_eq!((&after["kept"], &after["key"]), (&"sealed_to_host".into(), &before["key"]));
    assert!(!plain.exists());
    let beside = here.join("home/register.key.sealed");
    assert_eq!(std::fs::metadata(&beside).expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(found(&here.join("home"), seed.trim().as_bytes()), None, "nothing else has it");
    let again = run(here, "machine", None, "key seal");
    assert!(complained(&again).contains("is not there"), "{}", complained(&again));

    // Another machine, with a copy of the folder.
    let elsewhere = run(here, "another", None, "key show");
    assert_ne!(code(&elsewhere), 0);
    assert!(
        complained(&elsewhere).contains("sealed to this machine"),
        "{}",
        complained(&elsewhere)
    );
    assert!(!plain.exists(), "no key is made in its place");
    // Its unit hands the key over: nothing is asked of systemd's program.
    std::fs::create_dir(here.join("handed")).expect("made");
    std::fs::write(here.join("handed/register.key"), &seed).expect("written");
    let handed = shown(&run(here, "another", Some("handed"), "key show --json"));
    assert_eq!(handed["key"], before["key"]);

    let back = shown(&run(here, "machine", None, "key unseal --json"));
    assert_eq!((&back["kept"], &back["key"]), (&"plain".into(), &before["key"]));
    assert!(!beside.exists());
}

#[cfg(feature = "central")]
#[test]
fn a_sealed_key_is_followed_by_one_that_is_sealed_to_the_same_machine() {
    if Command::new("systemd-creds").arg("--version").output().is_err() {
        println!("skipped: there is no systemd-creds on this machine");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let central = crate::central::central_at(&here.join("central"));
    let (store, register) =
        (tideover::domain::ids::StoreNo(1042), tideover::domain::ids::RegisterNo(7));
    let one_time = central.door().enroll_code(store, register).expect("a code");
    let enroll = format!("enroll --central {} --code {one_time}", central.url());
    let enrolled = run(here, "machine", None, &enroll);
    assert_eq!(code(&enrolled), 0, "{}", complained(&enrolled));
    let sealed = run(here, "machine", None, "key seal --with host --json");
    if code(&sealed) != 0 && complained(&sealed).contains("systemd-creds encrypt failed") {
        println!("skipped: systemd-creds seals nothing here: {}", complained(&sealed));
        return;
    }
    let before = shown(&sealed);
    // Within the unit the key is handed over as it was when the unit started.
    std::fs::create_dir(here.join("handed")).expect("made");
    let within = run(here, "machine", Some("handed"), "key rotate --why yearly");
    assert_eq!(code(&within), 3, "{}", complained(&within));
    assert!(complained(&within).contains("within the register's unit"), "{}", complained(&within));
    // Sealed to this machine, it is changed on no other.
    let elsewhere = run(here, "another", None, "key rotate --why yearly");
    assert!(
        complained(&elsewhere).contains("sealed to this machine"),
        "{}",
        complained(&elsewhere)
    );
    for odd in ["key rotate --why  ", "key rotate --why \u{7}"] {
        let odd = run(here, "machine", None, odd);
        assert_ne!(code(&odd), 0, "{}", complained(&odd));
    }
    assert_eq!(shown(&run(here, "machine", None, "key show --json"))["key"], before["key"]);

    let changed = shown(&run(here, "machine", None, "key rotate --why yearly --json"));
    assert_eq!((&changed["sent"], &changed["pending"]), (&true.into(), &0.into()));
    let after = shown(&run(here, "machine", None, "key show --json"));
    assert_eq!(after["kept"], "sealed_to_host");
    assert_ne!(after["key"], before["key"]);
    let mut left: Vec<String> = std::fs::read_dir(here.join("home"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("register.key") || name == "register.rotation")
        .collect();
    left.sort();
    assert_eq!(left, ["register.key.sealed"], "neither the old key nor anything in plain");
    let said = run(here, "machine", None, "key rotate --why again");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    for words in [
        "The key was changed: ",
        "new journal store 1042",
        "everything of both journals",
        "start the register's unit again",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_file_that_systemd_did_not_write_is_said_and_no_new_key_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    std::fs::create_dir(here.join("home")).expect("made");
    std::fs::write(here.join("home/register.key.sealed"), "nonsense").expect("written");
    let odd = run(here, "machine", None, "key show");
    assert!(complained(&odd).contains("is not a key that systemd sealed"), "{}", complained(&odd));
    let key = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
    let offline = format!("enroll --offline --store 1042 --register 7 --pack-key {key}");
    assert_ne!(code(&run(here, "machine", None, &offline)), 0);
    assert!(!here.join("home/register.key").exists());
}

fn notice(register: &Register) -> (NoticeKind, String) {
    let notice = register.view().notice.expect("a notice");
    (notice.kind, format!("{} {}", notice.text, notice.remedy))
}

/// What a register says whose key's file holds this.
fn with_key_file(name: &str, text: &str) -> (Shop, Register) {
    let shop = Shop::new();
    shop.start().close().expect("closed");
    let key = shop.data().key_path();
    std::fs::remove_file(&key).expect("removed");
    std::fs::write(key.with_file_name(name), text).expect("written");
    let register = shop.start();
    (shop, register)
}

#[test]
fn a_key_that_does_not_open_is_said_at_the_start_to_leads_and_under_readiness() {
    let cases = [
        ("register.key.sealed", "nonsense", "the key is sealed and did not open"),
        ("register.key", "nonsense", "the key's file can't be read"),
    ];
    for (file, text, what) in cases {
        let (shop, mut register) = with_key_file(file, text);
        let Screen::Restart(restart) = register.view().screen else { panic!("{file}: silent") };
        let said: Vec<String> = restart.findings.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains(what)), "{file}: {said:?}");
        register.handle(Ask::AcknowledgeRestart);
        // Who can't do anything about it is not kept from selling by it.
        assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
        assert_eq!(notice(&register).0, NoticeKind::Done);
        register.handle(Ask::OpenShift { float: Money::from_minor(15_000) });
        scan(&mut register, WATER);
        register.handle(Ask::BeginTender);
        assert_eq!(register.handle(cash(500, false)), Answer::Done, "{file}: it sells");
        register.handle(Ask::SignOut);
        assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
        let (kind, said) = notice(&register);
        assert!(kind == NoticeKind::Attention && said.contains(what), "{file}: {said}");
        register.handle(Ask::OpenPage(PageName::Readiness));
        let Screen::Page(page) = register.view().screen else { panic!("{file}: no page") };
        let rows: Vec<String> = page
            .rows
            .iter()
            .map(|row| row.cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            .collect();
        assert!(rows.iter().any(|row| row.contains(what)), "{file}: {rows:#?}");
        assert!(!shop.data().key_path().exists() || file == "register.key", "no key is made");
    }
}

#[test]
fn a_key_that_signs_is_not_talked_about() {
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    assert_eq!(notice(&register).0, NoticeKind::Done);
}
