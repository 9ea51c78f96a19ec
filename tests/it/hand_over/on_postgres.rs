//! The same hand-overs from a central that keeps its records in PostgreSQL: killed, restored under
//! way, and by two machines at once, each record is at the other system once.

use std::path::{Path, PathBuf};

use tideover::central::export::ledger::State;
use tideover::central::export::lock::{Lock, Locked};
use tideover::central::export::poslog::PosLog;
use tideover::central::export::receiver::{Mood, Moods, Receiver};
use tideover::central::export::run::End;

use super::killed::{kill_when, replay};
use super::{Runner, central_with, folder, states, store_of, webhook};
use crate::journals::TestRegister;
use crate::postgres::bind;
use crate::postgres::server::Server;
use crate::program::{Dice, ask};

const SALES: u64 = 120;

fn central(dir: &Path, server: &Server, sales: u64) -> PathBuf {
    let central = dir.join("central");
    std::fs::create_dir(&central).expect("a folder");
    bind(&central, &server.database());
    let mut register = TestRegister::new(7);
    register.sell(sales, 2);
    central_with(&central, &mut [&mut register]);
    central
}

fn receiver(moods: Moods) -> Receiver {
    Receiver::start_with("127.0.0.1:0".parse().expect("an address"), true, moods).expect("started")
}

#[track_caller]
fn each_once(receiver: &Receiver, events: u64) {
    let kept = receiver.kept();
    assert_eq!(kept.events.len() as u64, events);
    let doubled: Vec<_> = kept.events.iter().filter(|(_, (_, times))| *times != 1).collect();
    assert_eq!(doubled, []);
}

#[test]
fn answers_that_are_lost_double_nothing() {
    let Some(server) = Server::start() else { return };
    for seed in 0..3_u64 {
        let dir = tempfile::tempdir().expect("a folder");
        let central = central(dir.path(), &server, SALES);
        let receiver =
            receiver(Box::new(move |request| match Dice(seed * 1_000 + request).roll() % 10 {
                0 => Mood::KeptAndSilent,
                1 => Mood::LostAndSilent,
                2 => Mood::Busy(3),
                _ => Mood::Good,
            }));
        let mut hook = webhook(&receiver, true);
        let handed = Runner::new().run(&central, &mut hook).expect("run");
        assert_eq!(handed.end, End::Done, "seed {seed}");
        each_once(&receiver, SALES + 1);
        let target = tideover::central::export::Adapter::target(&hook);
        assert_eq!(states(&central, target), [(State::Confirmed, SALES + 1)]);
    }
}

#[test]
fn a_run_that_is_killed_goes_on_at_once_and_doubles_nothing() {
    let Some(server) = Server::start() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path(), &server, 300);
    let receiver = receiver(Box::new(|_| Mood::Good));
    let url = receiver.url();
    let target = format!("webhook:{url}");
    let apply = replay(&central, &target, &["--apply", "--read-back", &url]);
    let (mut dice, mut killed) = (Dice(3), 0);
    for _ in 0..6 {
        let aim = receiver.kept().requests + dice.below(40);
        killed += u64::from(kill_when(&apply, &|| receiver.kept().requests >= aim));
    }
    assert!(killed >= 3, "{killed}");
    // The turn of the killed one is this folder's own: nobody waits for its end.
    let (code, answer) = ask(&apply);
    assert_eq!(code, 0, "{answer:#}");
    each_once(&receiver, 301);
    let (code, again) = ask(&apply);
    assert_eq!((code, &again["handed"]["handed"]), (0, &0.into()));
}

#[test]
fn while_one_machine_hands_over_another_sends_nothing_and_says_how_long_to_wait() {
    let Some(server) = Server::start() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let one = central(dir.path(), &server, 20);
    // A second process of the same central: the folder's copy.
    let other = dir.path().join("other");
    std::fs::create_dir(&other).expect("a folder");
    for entry in std::fs::read_dir(&one).expect("files") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, other.join(path.file_name().expect("a name"))).expect("copied");
    }
    let mut store = store_of(&one);
    let lock = Lock::with_turn(&one, store.as_mut()).expect("its turn");
    let mut elsewhere = store_of(&other);
    let refused = Lock::with_turn(&other, elsewhere.as_mut()).expect_err("two at once");
    assert!(matches!(refused, Locked::Elsewhere(1..=60)), "{refused}");
    let receiver = receiver(Box::new(|_| Mood::Good));
    let target = format!("webhook:{}", receiver.url());
    let data = other.to_str().expect("a name");
    let said = crate::program::run(&["central", "export", "--data", data, "--to", &target]);
    assert_eq!(said.status.code(), Some(3));
    let words = crate::program::errors(&said);
    assert!(words.contains("another machine is handing over"), "{words}");
    assert!(words.contains("nothing was sent"), "{words}");
    assert_eq!(receiver.kept().requests, 0);
    store.hand_overs().end_turn().expect("given back");
    drop(lock);
    let args = ["central", "export", "--data", data, "--to", &target];
    assert_eq!(ask(&args).0, 0);
    each_once(&receiver, 21);
}

#[test]
fn a_database_restored_from_a_copy_made_before_asks_first_and_doubles_nothing() {
    let Some(mut server) = Server::start() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path(), &server, SALES);
    let copy = server.back_up();
    let receiver = receiver(Box::new(|_| Mood::Good));
    let out = dir.path().join("out");
    let mut runner = Runner::new();
    runner.run(&central, &mut webhook(&receiver, true)).expect("run");
    runner.run(&central, &mut folder(&out, PosLog::default())).expect("run");
    server.kill();
    server.restore(&copy);
    let handed = runner.run(&central, &mut webhook(&receiver, true)).expect("run");
    assert_eq!((handed.handed, handed.found), (0, SALES + 1));
    each_once(&receiver, SALES + 1);
    let handed = runner.run(&central, &mut folder(&out, PosLog::default())).expect("run");
    assert_eq!((handed.handed, handed.found), (0, SALES));
}
