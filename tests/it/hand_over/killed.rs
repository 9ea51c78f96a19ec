//! The program itself: how long a dry run takes, and SIGKILL at twenty places.
#![expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tideover::central::export::receiver::{Mood, Receiver};
use tideover::domain::decision::Action;

use super::central_with;
use super::lifted::{decide, sell_wrong};
use crate::central::central_at;
use crate::journals::TestRegister;
use crate::program::{Dice, ask, program};

const KILLS: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn replay(central: &Path, to: &str, more: &[&str]) -> Vec<String> {
    let from = central.to_str().expect("a name");
    let mut words: Vec<String> =
        ["replay", "--from", from, "--to", to, "--settle-ms", "200"].map(str::to_owned).into();
    words.extend(more.iter().map(|&word| word.to_owned()));
    words
}

fn begin(words: &[String]) -> Child {
    program().args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
}

/// Kills a run once `reached` says so; false when it came to its end before.
pub(super) fn kill_when(words: &[String], reached: &dyn Fn() -> bool) -> bool {
    let mut child = begin(words);
    let began = Instant::now();
    let ended = loop {
        if reached() {
            break false;
        }
        if child.try_wait().expect("asked").is_some() {
            break true;
        }
        assert!(began.elapsed() < PATIENCE, "it neither goes on nor ends");
        std::thread::yield_now();
    };
    child.kill().ok();
    child.wait().expect("gone");
    !ended
}

/// Runs the program with `--json`, and tells how long the processor worked: what else the machine
/// has to do is not the program's.
fn timed(words: &[String]) -> (i32, Value, Duration) {
    let script = "\"$0\" \"$@\" 2>/dev/null; code=$?; echo; echo $code; times";
    let output = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_tideover")])
        .args(words)
        .arg("--json")
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines = text.trim_end().rsplitn(4, '\n');
    // User and system time of the shell's children, as 0m4.010s.
    let spent = lines.next().expect("times").split_whitespace().map(|part| {
        let (minutes, seconds) = part.trim_end_matches('s').split_once('m').expect("a time");
        let seconds = Duration::from_secs_f64(seconds.parse().expect("seconds"));
        seconds + Duration::from_secs(60 * minutes.parse::<u64>().expect("minutes"))
    });
    let spent = spent.sum();
    let code = lines.nth(1).expect("a code").parse().expect("a number");
    let answer = serde_json::from_str(lines.next().expect("an answer")).expect("JSON");
    (code, answer, spent)
}

fn field(answer: &Value, name: &str) -> u64 {
    let registers = answer["diff"]["registers"].as_array().expect("registers");
    registers.iter().map(|register| register[name]["records"].as_u64().expect("a count")).sum()
}

#[test]
fn ten_thousand_sales_are_compared_within_ten_seconds() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut registers = [TestRegister::new(7), TestRegister::new(8)];
    registers[0].sell(5_000, 3);
    registers[1].sell(5_000, 3);
    let [seven, eight] = &mut registers;
    let central = dir.path().join("central");
    central_with(&central, &mut [seven, eight]);
    let out = dir.path().join("out");
    let target = format!("poslog:{}", out.display());
    let dry = |expected: [u64; 2]| {
        let began = Instant::now();
        let (code, answer, took) = timed(&replay(&central, &target, &["--dry-run"]));
        let wall = began.elapsed().as_millis();
        println!("a dry run of 10,000 sales: {wall} ms, {} ms of the processor", took.as_millis());
        assert!(took < Duration::from_secs(10), "{took:?}");
        assert_eq!((code, [field(&answer, "new"), field(&answer, "there")]), (0, expected));
        answer
    };
    let answer = dry([10_000, 0]);
    let blast = &answer["diff"]["blast"];
    assert_eq!((&blast["sales"], &blast["registers"]), (&10_000.into(), &2.into()));
    let money = registers[0].totals.total.plus(registers[1].totals.total).expect("fits");
    assert_eq!(blast["total"], money.minor());
    assert!(!out.exists(), "a dry run makes nothing");
    assert_eq!(ask(&replay(&central, &target, &["--apply"])).0, 0);
    dry([0, 10_000]);
}

#[test]
fn files_hold_each_sale_once_after_twenty_kills() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(3_000, 2);
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let out = dir.path().join("out");
    let target = format!("poslog:{}", out.display());
    let mut dice = Dice(7);
    let mut killed = 0;
    let apply = replay(&central, &target, &["--apply", "--rate", "200/s"]);
    let notes = out.join(".tideover");
    let count = || std::fs::read_dir(&notes).map_or(0, Iterator::count);
    for _ in 0..KILLS {
        // What is being written counts as well: some die in the middle of it, some at the start.
        let aim = count() + usize::try_from(dice.below(3)).expect("small");
        killed += u64::from(kill_when(&apply, &|| count() >= aim));
    }
    let (code, answer) = ask(&replay(&central, &target, &["--apply"]));
    println!("{killed} of {KILLS} runs were killed; the last one: {}", answer["handed"]);
    assert_eq!(code, 0, "{answer:#}");
    assert!(killed >= KILLS / 2, "{killed}");
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for entry in std::fs::read_dir(&out).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(text.ends_with("</POSLog>\n"), "{} is whole", path.display());
        for part in text.split("<tideover:Record ").skip(1) {
            let name = part.split('>').next().expect("a name");
            *seen.entry(name.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 3_000);
    assert!(seen.values().all(|times| *times == 1));
    // A second replay changes nothing.
    let files = std::fs::read_dir(&out).expect("a folder").count();
    let (code, again) = ask(&apply);
    assert_eq!((code, field(&again, "there"), field(&again, "new")), (0, 3_000, 0));
    assert_eq!(again["handed"]["handed"], 0);
    assert_eq!(std::fs::read_dir(&out).expect("a folder").count(), files);
}

#[test]
fn ctrl_c_keeps_what_was_done_and_a_second_command_waits_for_its_turn() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(200, 1);
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let listen = "127.0.0.1:0".parse().expect("an address");
    let receiver = Receiver::start_with(listen, true, Box::new(|_| Mood::Good)).expect("started");
    let url = receiver.url();
    let target = format!("webhook:{url}");
    let slow = replay(&central, &target, &["--apply", "--read-back", &url, "--rate", "40/s"]);
    let mut child = program()
        .args(&slow)
        .arg("--json")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let began = Instant::now();
    while receiver.kept().requests < 30 {
        assert!(began.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    let folder = central.to_str().expect("a name");
    let busy = crate::program::run(&["central", "export", "--data", folder, "--to", &target]);
    assert_eq!(busy.status.code(), Some(3));
    let words = crate::program::errors(&busy);
    assert!(words.contains("another command is handing over"), "{words}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("told");
    let ended = child.wait().expect("ended");
    let mut text = String::new();
    let mut out = child.stdout.take().expect("words");
    std::io::Read::read_to_string(&mut out, &mut text).expect("read");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((ended.code(), &answer["handed"]["end"]["end"]), (Some(1), &"stopped".into()));
    let done = receiver.kept().requests;
    assert!((30..200).contains(&done), "{done}");
    assert_eq!(answer["handed"]["handed"], done);
    let (code, stands) = ask(&["central", "exports", "--data", folder]);
    assert_eq!(code, 0);
    let states = stands["targets"][0]["states"].as_array().expect("states");
    let of =
        |state: &str| states.iter().find(|s| s["state"] == state).map(|s| s["records"].clone());
    assert_eq!((of("confirmed"), of("sent")), (Some(done.into()), None));
    let all = ["central", "export", "--data", folder, "--to", &target, "--read-back", &url];
    assert_eq!(ask(&all).0, 0);
    let kept = receiver.kept();
    assert_eq!((kept.events.len(), kept.requests), (201, 201));
}

#[test]
fn a_receiver_that_knows_no_event_again_holds_each_once_after_twenty_kills() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(800, 2);
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let listen = "127.0.0.1:0".parse().expect("an address");
    let receiver = Receiver::start_with(listen, true, Box::new(|_| Mood::Good)).expect("started");
    let url = receiver.url();
    let target = format!("webhook:{url}");
    let apply = replay(&central, &target, &["--apply", "--read-back", &url]);
    let mut dice = Dice(3);
    let mut killed = 0;
    for _ in 0..KILLS {
        let aim = receiver.kept().requests + dice.below(60);
        killed += u64::from(kill_when(&apply, &|| receiver.kept().requests >= aim));
    }
    assert!(killed >= KILLS / 2, "{killed}");
    let (code, answer) = ask(&apply);
    assert_eq!(code, 0, "{answer:#}");
    let kept = receiver.kept();
    println!("{killed} kills; {} requests for {} events", kept.requests, kept.events.len());
    assert_eq!(kept.events.len(), 801);
    let doubled: Vec<_> = kept.events.iter().filter(|(_, (_, times))| *times != 1).collect();
    assert_eq!(doubled, []);
    let (code, again) = ask(&apply);
    assert_eq!((code, &again["handed"]["handed"]), (0, &0.into()));
    assert_eq!(receiver.kept().requests, kept.requests);
}

#[test]
fn what_a_manager_let_go_is_there_once_after_ten_kills() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(20, 1);
    let held = 200;
    for number in 0..held {
        sell_wrong(&mut register, 21 + number);
    }
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let listen = "127.0.0.1:0".parse().expect("an address");
    let receiver = Receiver::start_with(listen, true, Box::new(|_| Mood::Good)).expect("started");
    let url = receiver.url();
    let target = format!("webhook:{url}");
    let apply = replay(&central, &target, &["--apply", "--read-back", &url]);
    let (code, answer) = ask(&apply);
    assert_eq!((code, &answer["handed"]["handed"]), (0, &21.into()), "{answer:#}");
    decide(&central, Action::Accept);
    let mut dice = Dice(11);
    let mut killed = 0;
    for _ in 0..10 {
        let aim = receiver.kept().requests + dice.below(30);
        killed += u64::from(kill_when(&apply, &|| receiver.kept().requests >= aim));
    }
    assert!(killed >= 5, "{killed}");
    let (code, answer) = ask(&apply);
    assert_eq!(code, 0, "{answer:#}");
    let kept = receiver.kept();
    println!("{killed} kills; {} requests for {} events", kept.requests, kept.events.len());
    assert_eq!(kept.events.len() as u64, 21 + held);
    let doubled: Vec<_> = kept.events.iter().filter(|(_, (_, times))| *times != 1).collect();
    assert_eq!(doubled, []);
    let (code, again) = ask(&apply);
    assert_eq!((code, &again["handed"]["handed"]), (0, &0.into()));
}

#[test]
fn another_central_holds_each_record_once_after_twenty_kills() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(3_000, 2);
    let from = dir.path().join("from");
    central_with(&from, &mut [&mut register]);
    let other = central_at(&dir.path().join("to"));
    let target = format!("central:{}", other.url());
    let (code, dry) = ask(&replay(&from, &target, &["--dry-run"]));
    assert_eq!((code, &dry["journals"][0]["new"]), (0, &3_002.into()));
    let net = register.chain.lifetime.takings.minor();
    assert_eq!(dry["journals"][0]["new_money"], net);
    let next = || other.journals().expect("rows").first().map_or(0, |row| row.position.next_seq.0);
    let mut dice = Dice(5);
    let mut killed = 0;
    let apply = replay(&from, &target, &["--apply", "--rate", "150/s"]);
    for _ in 0..KILLS {
        let aim = next() + dice.below(160);
        killed += u64::from(kill_when(&apply, &|| next() >= aim));
    }
    let (code, answer) = ask(&replay(&from, &target, &["--apply"]));
    assert_eq!(code, 0, "{answer:#}");
    println!("{killed} kills");
    assert!(killed >= KILLS / 2, "{killed}");
    let journal = register.chain.journal;
    let totals = other.totals(journal.store, Some(journal.register)).expect("totals");
    assert_eq!(totals, register.totals);
    let row = other.journals().expect("rows").remove(0);
    assert_eq!(
        (row.position.next_seq, row.position.head),
        (register.chain.next_seq, register.chain.head)
    );
    assert_eq!((row.forked, row.parked), (0, 0));
    let (code, again) = ask(&replay(&from, &target, &["--apply"]));
    assert_eq!((code, &again["journals"][0]["new"]), (0, &0.into()));
    assert_eq!(again["journals"][0]["handed"], 0);
    // A journal that was copied and used twice is told and never mixed.
    let mut copy = TestRegister::new(7);
    copy.sell(2_999, 2);
    copy.sell(5, 1);
    let forked = dir.path().join("forked");
    central_with(&forked, &mut [&mut copy]);
    let (code, told) = ask(&replay(&forked, &target, &["--apply"]));
    assert_eq!(code, 1);
    assert!(told["journals"][0]["different"].is_string(), "{told:#}");
    assert_eq!(other.totals(journal.store, None).expect("totals"), register.totals);
}
