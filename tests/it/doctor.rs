//! The doctor as IT runs it: the real program on a real register's folder, and a machine that is
//! made up file by file.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tideover::device::clock::SystemClock;
use tideover::device::entropy::SystemEntropy;
use tideover::device::mounts::Mounts;
use tideover::domain::doctor::Topic;
use tideover::domain::money::Money;
use tideover::ledger::Place;
use tideover::register::command::Command;
use tideover::register::register::{Answer, Register};
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};

use crate::program::{ask, errors, program, run, sample_store};
use crate::register::{CASHIER, WATER, sign_in};

/// A kiosk in order: an encrypted disk, a clock that is kept, and nothing that listens.
struct Kiosk(tempfile::TempDir);

impl Kiosk {
    fn around(data: &Path) -> Self {
        let kiosk = Self(tempfile::tempdir().expect("a folder"));
        let owner = std::fs::metadata(data).expect("a folder").uid();
        kiosk.lies_on(data, "ext4", "/dev/mapper/till");
        for (path, text) in [
            ("sys/dev/block/253:1/dm/uuid", "CRYPT-LUKS2-0d41-till\n".to_owned()),
            ("proc/self/status", "Umask:\t0077\n".to_owned()),
            ("proc/self/limits", "Max core file size        0      0      bytes\n".to_owned()),
            ("proc/sys/kernel/core_pattern", "core\n".to_owned()),
            ("proc/swaps", "Filename Type Size Used Priority\n".to_owned()),
            ("proc/modules", "ext4 1 2 - Live 0x0\n".to_owned()),
            ("proc/net/tcp", "  sl  local_address rem_address   st\n".to_owned()),
            ("proc/100/comm", "chronyd\n".to_owned()),
            ("proc/bus/input/devices", "N: Name=\"K\"\nH: Handlers=sysrq kbd\n".to_owned()),
            ("sys/bus/usb/devices/usb1/authorized_default", "0\n".to_owned()),
            ("etc/passwd", format!("till:x:{owner}:{owner}::/home/till:/bin/sh\n")),
            ("etc/modprobe.d/till.conf", "blacklist usb-storage\n".to_owned()),
            ("etc/ufw/ufw.conf", "ENABLED=yes\n".to_owned()),
            ("etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=till\n".to_owned()),
            ("etc/apt/apt.conf.d/50x", "APT::Periodic::Unattended-Upgrade \"1\";\n".to_owned()),
        ] {
            kiosk.write(path, &text);
        }
        kiosk
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.0.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }

    fn lies_on(&self, data: &Path, kind: &str, source: &str) {
        let at = data.ancestors().find_map(|above| above.canonicalize().ok()).expect("a path");
        let row = format!("27 1 253:1 / {} rw - {kind} {source} rw\n", at.display());
        self.write("proc/self/mountinfo", &row);
    }

    /// What the doctor says of a register's folder on this machine.
    fn doctor(&self, data: &Path) -> (i32, Value) {
        ask(&self.line(data, &[]))
    }

    fn line(&self, data: &Path, more: &[&str]) -> Vec<String> {
        let (data, root) = (data.display().to_string(), self.0.path().display().to_string());
        let line = ["doctor", "--data", &data, "--root", &root];
        line.iter().chain(more).map(ToString::to_string).collect()
    }
}

/// A register of the sample store, set up today by this machine's clock; the folder it lies in.
struct Till {
    _folder: tempfile::TempDir,
    data: PathBuf,
}

impl Till {
    fn set_up() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let text = |name: &str| folder.path().join(name).display().to_string();
        let (pack, key, data) = (text("market.pack"), text("pack.key"), text("register"));
        let from = sample_store().display().to_string();
        let (code, built) =
            ask(&["pack", "build", "--from", &from, "--out", &pack, "--key", &key, "--new-key"]);
        assert_eq!(code, 0, "{built}");
        let trusted = built["key"].as_str().expect("a key").to_owned();
        let mut line = vec!["enroll", "--offline", "--store", "1042", "--register", "7"];
        line.extend(["--pack-key", &trusted, "--data", &data]);
        assert_eq!(ask(&line).0, 0);
        assert_eq!(ask(&["pack", "apply", &pack, "--data", &data]).0, 0);
        Self { data: PathBuf::from(data), _folder: folder }
    }

    /// It runs, a shift is open, and a sale was made.
    fn sells(&self) -> Register {
        let world = World {
            clock: Arc::new(SystemClock::new(None)),
            entropy: Arc::new(SystemEntropy),
            faults: None,
            machine: Default::default(),
        };
        let mut register = startup::open(&DataDir(self.data.clone()), &world).expect("it starts");
        assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
        let float = Money::from_minor(15_000);
        assert_eq!(register.handle(Command::OpenShift { float }), Answer::Done);
        sell(&mut register);
        register
    }

    /// It sold something and was closed; its folder is an ordinary user's.
    fn closed() -> Self {
        let till = Self::set_up();
        till.sells().close().expect("closed");
        own(&till.data);
        till
    }
}

fn sell(register: &mut Register) {
    register.handle(Command::Scan { code: WATER.to_owned() });
    register.handle(Command::BeginTender);
    let paid = register.handle(Command::TakeCash { amount: None, confirmed: false });
    assert_eq!(paid, Answer::Done);
}

/// Root's tests give the folder away, as IT does.
fn own(folder: &Path) {
    if std::fs::metadata(folder).expect("there").uid() == 0 {
        for path in paths(folder) {
            std::os::unix::fs::lchown(path, Some(1001), Some(1001)).expect("given away");
        }
    }
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(paths(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Everything that could have been changed: rights, owner, times, bytes.
fn as_it_is(folder: &Path) -> BTreeMap<PathBuf, (u32, u32, i64, i64, Vec<u8>)> {
    let seen = |path: PathBuf| {
        let found = std::fs::symlink_metadata(&path).expect("there");
        let bytes = std::fs::read(&path).unwrap_or_default();
        (path, (found.mode(), found.uid(), found.mtime(), found.mtime_nsec(), bytes))
    };
    paths(folder).into_iter().map(seen).collect()
}

fn verdict(answer: &Value, topic: Topic) -> &str {
    let all = answer["findings"].as_array().expect("findings");
    let found = all.iter().find(|found| found["topic"] == topic.word());
    found.expect("looked at")["verdict"].as_str().expect("a word")
}

fn all_with<'a>(answer: &'a Value, verdict: &str) -> Vec<&'a str> {
    let all = answer["findings"].as_array().expect("findings").iter();
    let those = all.filter(|found| found["verdict"] == verdict);
    those.map(|found| found["topic"].as_str().expect("a word")).collect()
}

#[test]
fn a_register_in_order_ends_with_zero_and_nothing_is_changed_by_looking() {
    let till = Till::closed();
    let data = till.data.clone();
    let kiosk = Kiosk::around(&data);
    let before = as_it_is(&data);
    let (code, answer) = kiosk.doctor(&data);
    assert_eq!((code, all_with(&answer, "wrong")), (0, vec![]), "{answer:#}");
    for good in [
        Topic::Owner,
        Topic::Folders,
        Topic::Files,
        Topic::Places,
        Topic::Journal,
        Topic::Key,
        Topic::Pack,
        Topic::Date,
        Topic::Encryption,
        Topic::Swap,
        Topic::TimeSync,
        Topic::Autologin,
        Topic::UsbStorage,
        Topic::Keyboards,
        Topic::Users,
        Topic::Ports,
        Topic::Firewall,
        Topic::Updates,
        Topic::CoreDumps,
    ] {
        assert_eq!(verdict(&answer, good), "good", "{good:?}: {answer:#}");
    }
    assert_eq!(verdict(&answer, Topic::Boot), "not_seen");
    assert_eq!(as_it_is(&data), before, "only read");
    let said = String::from_utf8(run(&kiosk.line(&data, &[])).stdout).expect("text");
    for heading in ["0 wrong", "Look at\n", "Not seen\n", "Good\n", "means: ", "do: "] {
        assert!(said.contains(heading), "{heading}: {said}");
    }
}

#[test]
fn what_is_wrong_on_the_disk_is_found_by_its_topic() {
    let till = Till::closed();
    let data = till.data.clone();
    let kiosk = Kiosk::around(&data);
    let finds = |topic: Topic, what: &str| {
        let (code, answer) = kiosk.doctor(&data);
        assert_eq!((code, verdict(&answer, topic)), (1, "wrong"), "{what}: {answer:#}");
    };
    let rights = |path: &str, mode| {
        let rights = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(data.join(path), rights).expect("set");
    };
    rights("tape", 0o750);
    finds(Topic::Folders, "another group enters the tape's folder");
    rights("tape", 0o700);
    rights("register.key", 0o640);
    finds(Topic::Files, "another group reads the key");
    rights("register.key", 0o600);

    kiosk.lies_on(&data, "nfs4", "files:/till");
    finds(Topic::Places, "a network share");
    kiosk.lies_on(&data, "tmpfs", "none");
    finds(Topic::Places, "memory");
    kiosk.lies_on(&data, "ext4", "/dev/sda1");

    let key = std::fs::read(data.join("register.key")).expect("a key");
    std::fs::write(data.join("register.key"), "nonsense").expect("written");
    finds(Topic::Key, "no key");
    std::fs::write(data.join("register.key"), key).expect("written");

    let tape = paths(&data.join("tape")).pop().expect("a tape");
    let lines = std::fs::read_to_string(&tape).expect("a tape");
    let cut: String = lines.split_inclusive('\n').take(3).collect();
    std::fs::write(&tape, cut).expect("written");
    finds(Topic::Journal, "the end of the tape is gone, and the anchor knows");
    std::fs::remove_file(&tape).expect("removed");
    finds(Topic::Journal, "no tape");
    std::fs::write(&tape, lines).expect("written");
    own(&data);
    std::fs::remove_file(data.join("ledger/ledger.db")).expect("removed");
    finds(Topic::Journal, "no database");

    std::fs::remove_dir_all(data.join("packs")).expect("removed");
    finds(Topic::Pack, "no price file");
}

#[test]
fn the_doctor_looks_while_the_register_sells_and_its_ledger_is_locked() {
    let till = Till::set_up();
    let mut register = till.sells();
    let data = till.data.clone();
    own(&data);
    let kiosk = Kiosk::around(&data);
    #[allow(clippy::disallowed_methods, reason = "another program that holds a lock")]
    let other = rusqlite::Connection::open(data.join("ledger/ledger.db")).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let (_, answer) = kiosk.doctor(&data);
    assert_eq!(verdict(&answer, Topic::Journal), "good", "{answer:#}");
    other.execute_batch("ROLLBACK").expect("let go");
    drop(other);
    register.handle(Command::NextCustomer);
    sell(&mut register);
}

#[test]
fn a_machine_that_is_no_register_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["doctor", "--data", &folder.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(errors(&output).contains("not set up"), "{}", errors(&output));
    assert_eq!(run(&["doctor", "--central"]).status.code(), Some(2), "which folder?");
    let nowhere = folder.path().join("nowhere").display().to_string();
    assert_eq!(run(&["doctor", "--central", "--data", &nowhere]).status.code(), Some(3));
}

#[test]
fn a_register_is_not_set_up_on_a_network_share_unless_somebody_insists() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("register");
    let kiosk = Kiosk::around(folder.path());
    kiosk.lies_on(folder.path(), "cifs", "//files/till");
    let key = "45".repeat(32);
    let root = kiosk.0.path().display().to_string();
    let data_text = data.display().to_string();
    let mut line = vec!["enroll", "--offline", "--store", "1042", "--register", "8"];
    line.extend(["--pack-key", &key, "--data", &data_text, "--root", &root]);
    let output = run(&line);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    let said = errors(&output);
    assert!(said.contains("network share (cifs)") && said.contains("--data"), "{said}");
    assert!(!data.exists(), "nothing was made");
    line.push("--on-network-share");
    assert_eq!(run(&line).status.code(), Some(0));
    assert!(data.join("register.json").exists());
}

#[test]
fn a_start_on_a_network_share_says_so_for_each_of_the_three_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().canonicalize().expect("a path");
    let at = |name: &str| here.join(name);
    let place = Place { dir: at("ledger"), tape_dir: at("tape"), anchor_dir: at("anchor") };
    let mounts = |kind: &str| {
        let rows = ["ledger", "tape"].map(|name| {
            std::fs::create_dir_all(at(name)).expect("a folder");
            format!("9 1 0:9 / {} rw - {kind} files:/till rw\n", at(name).display())
        });
        Mounts::of_text(&rows.concat())
    };
    assert!(place.on_shares(&mounts("ext4")).is_empty());
    let findings = place.on_shares(&mounts("nfs4"));
    assert_eq!(findings.len(), 2, "the anchor lies elsewhere");
    let said = findings.first().expect("a finding").text().to_string();
    for part in ["network share", "PAID can be gone", "Call IT"] {
        assert!(said.contains(part), "{said}");
    }
}

/// A central in a process of its own; ends with the test.
#[cfg(feature = "central")]
struct RunningCentral {
    process: Child,
    told: Value,
    _words: BufReader<std::process::ChildStdout>,
}

#[cfg(feature = "central")]
impl RunningCentral {
    fn start(folder: &Path, pack_key: &str) -> Self {
        let mut process = program()
            .args(["central", "--listen", "127.0.0.1:0", "--tls", "--json", "--pack-key", pack_key])
            .arg("--data")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut words = BufReader::new(process.stdout.take().expect("its output"));
        let mut text = String::new();
        let told = loop {
            assert!(words.read_line(&mut text).expect("its words") > 0, "it ended: {text}");
            if let Ok(told) = serde_json::from_str::<Value>(&text) {
                break told;
            }
        };
        Self { process, told, _words: words }
    }

    fn of(&self, field: &str) -> &str {
        self.told[field].as_str().unwrap_or_else(|| panic!("{field}: {}", self.told))
    }
}

#[cfg(feature = "central")]
impl Drop for RunningCentral {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[cfg(feature = "central")]
#[test]
fn the_line_to_central_is_tried_and_its_certificate_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, data) = (folder.path().join("central"), folder.path().join("register"));
    let central = RunningCentral::start(&home, &"45".repeat(32));
    let text = |path: &Path| path.display().to_string();
    let code = ask(&[
        "central",
        "enroll-code",
        "--data",
        &text(&home),
        "--store",
        "1042",
        "--register",
        "7",
    ]);
    let code = code.1["code"].as_str().expect("a code").to_owned();
    let enrolled = run(&[
        "enroll",
        "--central",
        central.of("url"),
        "--fingerprint",
        central.of("fingerprint"),
        "--code",
        &code,
        "--data",
        &text(&data),
    ]);
    assert_eq!(enrolled.status.code(), Some(0), "{}", errors(&enrolled));
    own(&data);
    let kiosk = Kiosk::around(&data);
    let (_, answer) = kiosk.doctor(&data);
    assert_eq!(verdict(&answer, Topic::Central), "good", "{answer:#}");
    assert_eq!(verdict(&answer, Topic::Clock), "good", "compared with central's");
    assert_eq!(verdict(&answer, Topic::Seal), "good");

    // Another certificate than the one it knows, and central signs for it.
    let settings = std::fs::read_to_string(data.join("register.json")).expect("settings");
    let pinned = central.of("fingerprint");
    let other = settings.replace(pinned, &"00".repeat(32));
    assert_ne!(settings, other);
    std::fs::write(data.join("register.json"), &other).expect("written");
    let (_, answer) = kiosk.doctor(&data);
    assert_eq!(verdict(&answer, Topic::Central), "good", "{answer:#}");
    // Somebody else stands at central's address: this central does not know that one.
    let key = serde_json::from_str::<Value>(&settings).expect("JSON")["central"]["ack_key"].clone();
    let stranger = crate::journals::TestRegister::new(9).key.public().to_string();
    let strange = other.replace(key.as_str().expect("a key"), &stranger);
    std::fs::write(data.join("register.json"), strange).expect("written");
    let (_, answer) = kiosk.doctor(&data);
    assert_eq!(verdict(&answer, Topic::Central), "wrong", "{answer:#}");
    std::fs::write(data.join("register.json"), settings).expect("written");

    // Central's own machine, while it runs.
    own(&home);
    let around = Kiosk::around(&home);
    let (code, answer) = ask(&around.line(&home, &["--central"]));
    assert_eq!((code, all_with(&answer, "wrong").len()), (0, 0), "{answer:#}");
    assert_eq!(verdict(&answer, Topic::SealKey), "look");
    assert_eq!(verdict(&answer, Topic::Database), "good");
    assert_eq!(verdict(&answer, Topic::Files), "good");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(home.join("central.key"), open).expect("set");
    let (code, answer) = ask(&around.line(&home, &["--central"]));
    assert_eq!((code, all_with(&answer, "wrong")), (1, vec!["files"]));

    drop(central);
    let (_, answer) = kiosk.doctor(&data);
    assert_eq!(verdict(&answer, Topic::Central), "look", "an outage is no fault of the register");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a process that never comes so far fails the test")]
fn the_programs_memory_goes_into_no_file() {
    let mut process = program()
        .args(["verify", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    // It waits for its input; what it forbids itself it forbids before it reads.
    let limits = format!("/proc/{}/limits", process.id());
    let deadline = Instant::now() + Duration::from_secs(20);
    let forbidden = || {
        let limits = std::fs::read_to_string(&limits).unwrap_or_default();
        let row = limits.lines().find(|row| row.starts_with("Max core file size"));
        row.is_some_and(|row| row.split_whitespace().skip(4).take(2).eq(["0", "0"]))
    };
    while !forbidden() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(forbidden(), "a crash would write its memory");
    drop(process.stdin.take());
    process.wait().expect("ended");
}

#[test]
fn every_topic_stands_in_the_hardening_list() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md");
    let list = std::fs::read_to_string(list).expect("docs/security.md");
    let missing: Vec<&str> = Topic::ALL
        .iter()
        .map(|topic| topic.word())
        .filter(|word| !list.contains(&format!("`{word}`")))
        .collect();
    assert!(missing.is_empty(), "docs/security.md does not name {missing:?}");
}
