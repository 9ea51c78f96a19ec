//! Each record once at its target: whatever it answers, whatever is restored, whoever stops.

use tideover::central::export::Adapter as _;
use tideover::central::export::decided::Decided;
use tideover::central::export::diff::{diff, reopen_lost};
use tideover::central::export::ledger::State;
use tideover::central::export::poslog::PosLog;
use tideover::central::export::receiver::{Mood, Moods, Receiver};
use tideover::central::export::run::{End, RunError};
use tideover::central::sqlite::FILE_NAME;
use tideover::domain::event::Event;
use tideover::domain::ids::Seq;
use tideover::domain::money::Money;

use super::{Runner, central_with, folder, states, store_of, webhook};
use crate::journals::{TestRegister, sale};

/// Sales of the fixture; a shift opened before them is handed to webhooks too.
const SALES: u64 = 120;

fn central(dir: &std::path::Path) -> std::path::PathBuf {
    let mut register = TestRegister::new(7);
    register.sell(SALES, 2);
    let central = dir.join("central");
    central_with(&central, &mut [&mut register]);
    central
}

/// Keeps what comes twice twice.
fn careless(moods: Moods) -> Receiver {
    Receiver::start_with("127.0.0.1:0".parse().expect("an address"), true, moods).expect("started")
}

#[track_caller]
fn each_once(receiver: &Receiver) {
    let kept = receiver.kept();
    assert_eq!(kept.events.len() as u64, SALES + 1);
    let doubled: Vec<_> = kept.events.iter().filter(|(_, (_, times))| *times != 1).collect();
    assert_eq!(doubled, []);
}

#[test]
fn a_receiver_that_loses_answers_and_is_busy_holds_each_event_once() {
    for seed in 0..6_u64 {
        let dir = tempfile::tempdir().expect("a folder");
        let central = central(dir.path());
        let receiver = careless(Box::new(move |request| {
            let dice = crate::program::Dice(seed * 1_000 + request).roll();
            match dice % 10 {
                0 => Mood::KeptAndSilent,
                1 => Mood::LostAndSilent,
                2 => Mood::Busy(3),
                _ => Mood::Good,
            }
        }));
        let mut runner = Runner::new();
        let handed = runner.run(&central, &mut webhook(&receiver, true)).expect("run");
        assert_eq!(handed.end, End::Done, "seed {seed}");
        each_once(&receiver);
        assert!(runner.waits.contains(&3_000), "Retry-After is obeyed");
        // Nothing is left to do, and nothing is done.
        let before = receiver.kept().requests;
        let again = runner.run(&central, &mut webhook(&receiver, true)).expect("run");
        assert_eq!((again.handed, again.found, again.end), (0, 0, End::Done));
        assert_eq!(receiver.kept().requests, before);
    }
}

#[test]
fn what_no_one_can_be_asked_about_is_not_sent_again_but_when_somebody_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let receiver = careless(Box::new(|request| match request {
        5 => Mood::KeptAndSilent,
        _ => Mood::Good,
    }));
    let mut hook = webhook(&receiver, false);
    let mut runner = Runner::new();
    let handed = runner.run(&central, &mut hook).expect("run");
    assert_eq!(handed.end, End::Done);
    assert_eq!(states(&central, hook.target()), [(State::Confirmed, SALES), (State::Unknown, 1)]);
    runner.run(&central, &mut hook).expect("run");
    each_once(&receiver);
    // A receiver that knows events by source and id may be sent it again.
    runner.manner.resend_unknown = true;
    runner.run(&central, &mut hook).expect("run");
    assert_eq!(states(&central, hook.target()), [(State::Confirmed, SALES + 1)]);
    assert_eq!(receiver.kept().events.values().filter(|(_, times)| *times == 2).count(), 1);
}

#[test]
fn gone_switches_off_unsupported_ends_the_run_and_a_refusal_waits_for_a_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let receiver = careless(Box::new(|request| match request {
        3 => Mood::Status(422),
        10 => Mood::Status(415),
        20 => Mood::Status(307),
        30 => Mood::Status(410),
        _ => Mood::Good,
    }));
    let mut hook = webhook(&receiver, true);
    let mut runner = Runner::new();
    for word in ["415", "307", "410"] {
        let handed = runner.run(&central, &mut hook).expect("run");
        let End::Target(why) = handed.end else { panic!("{word}: {:?}", handed.end) };
        assert!(why.contains(word), "{why}");
    }
    let off = runner.run(&central, &mut hook);
    assert!(matches!(&off, Err(RunError::Disabled { why, .. }) if why.contains("410")), "{off:?}");
    let mut store = store_of(&central);
    let ledger = store.hand_overs();
    ledger.disable(hook.target(), None).expect("enabled");
    let refused = ledger.open_rows(hook.target(), &[State::Refused], None, 10).expect("rows");
    assert_eq!((refused.len(), refused[0].attempts), (1, 1));
    assert!(refused[0].note.contains("422"), "{}", refused[0].note);
    drop(store);
    assert_eq!(runner.run(&central, &mut hook).expect("run").end, End::Done);
    assert_eq!(states(&central, hook.target()), [(State::Confirmed, SALES), (State::Refused, 1)]);
}

#[test]
fn a_receiver_that_is_dead_ends_the_run_and_what_it_had_taken_is_found_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let dead = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let told = std::sync::Arc::clone(&dead);
    let receiver = careless(Box::new(move |request| {
        let dead = told.load(std::sync::atomic::Ordering::Relaxed);
        if dead && request >= 40 { Mood::KeptAndSilent } else { Mood::Good }
    }));
    let mut runner = Runner::new();
    let mut blind = webhook(&receiver, false);
    let handed = runner.run(&central, &mut blind).expect("run");
    assert!(matches!(&handed.end, End::Target(why) if why.contains("does not answer")));
    dead.store(false, std::sync::atomic::Ordering::Relaxed);
    let handed = runner.run(&central, &mut webhook(&receiver, true)).expect("run");
    assert_eq!((handed.found, handed.end), (3, End::Done));
    each_once(&receiver);
}

#[test]
fn a_run_that_is_stopped_goes_on_and_the_pace_is_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let receiver = careless(Box::new(|_| Mood::Good));
    let mut runner = Runner::new();
    runner.manner.per_second = Some(50);
    for stop_at in [17, 18, 61, 99] {
        let stop = || receiver.kept().requests >= stop_at;
        let handed = runner.run_until(&central, &mut webhook(&receiver, true), &stop).expect("run");
        assert_eq!((handed.end, receiver.kept().requests), (End::Stopped, stop_at));
    }
    runner.run(&central, &mut webhook(&receiver, true)).expect("run");
    each_once(&receiver);
    let waited: u64 = runner.waits.iter().sum();
    // 121 events at 50 a second, on a clock that only waits.
    assert!((2_200..=2_600).contains(&waited), "{waited}");
}

#[test]
fn a_central_restored_from_a_copy_made_before_asks_first_and_doubles_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let copy = std::fs::read(central.join(FILE_NAME)).expect("read");
    let receiver = careless(Box::new(|_| Mood::Good));
    let out = dir.path().join("out");
    let mut runner = Runner::new();
    runner.run(&central, &mut webhook(&receiver, true)).expect("run");
    runner.run(&central, &mut folder(&out, PosLog::default())).expect("run");
    for rest in ["-wal", "-shm"] {
        std::fs::remove_file(central.join(format!("{FILE_NAME}{rest}"))).ok();
    }
    std::fs::write(central.join(FILE_NAME), copy).expect("restored");
    let handed = runner.run(&central, &mut webhook(&receiver, true)).expect("run");
    assert_eq!((handed.handed, handed.found), (0, SALES + 1));
    each_once(&receiver);
    let handed = runner.run(&central, &mut folder(&out, PosLog::default())).expect("run");
    assert_eq!((handed.handed, handed.found), (0, SALES));
}

#[test]
fn what_a_target_has_lost_is_told_and_sent_again_and_what_differs_is_left_to_a_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let receiver = careless(Box::new(|_| Mood::Good));
    let mut runner = Runner::new();
    let mut hook = webhook(&receiver, true);
    runner.run(&central, &mut hook).expect("run");
    let lost: Vec<_> = receiver.kept().events.keys().take(7).cloned().collect();
    for (source, id) in &lost {
        receiver.forget(source, id);
    }
    let mut store = store_of(&central);
    let before = receiver.kept().requests;
    let found = diff(store.as_mut(), &mut hook, &Decided::default(), &|| false, &mut |_| {})
        .expect("compared");
    assert_eq!(receiver.kept().requests, before, "a dry run sends nothing");
    let register = &found.registers[0];
    assert_eq!((register.lost, register.new.records), (7, 7));
    assert_eq!(register.there.records, SALES + 1 - 7);
    reopen_lost(store.as_mut(), &hook, &found, 0).expect("reopened");
    drop(store);
    assert_eq!(runner.run(&central, &mut hook).expect("run").handed, 7);
    each_once(&receiver);
    // A file that somebody changed is never taken for what was handed over.
    let out = dir.path().join("out");
    runner.run(&central, &mut folder(&out, PosLog::default())).expect("run");
    let file = std::fs::read_dir(&out).expect("a folder").map(|e| e.expect("an entry").path());
    let file = file.into_iter().find(|path| path.is_file()).expect("a file");
    let text = std::fs::read_to_string(&file).expect("text").replace("Item of", "Odd of");
    std::fs::write(&file, text).expect("changed");
    let mut store = store_of(&central);
    let mut poslog = folder(&out, PosLog::default());
    let found = diff(store.as_mut(), &mut poslog, &Decided::default(), &|| false, &mut |_| {})
        .expect("compared");
    assert_eq!(found.registers[0].different.records, SALES);
    assert!(found.told[0].contains("changed since"), "{:?}", found.told);
    // One that the receiving system took away was handed over.
    std::fs::remove_file(&file).expect("taken");
    let mut poslog = folder(&out, PosLog::default());
    let found = diff(store.as_mut(), &mut poslog, &Decided::default(), &|| false, &mut |_| {})
        .expect("compared");
    assert_eq!(found.registers[0].there.records, SALES);
}

#[test]
fn a_sale_that_does_not_add_up_is_held_back_and_the_others_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    let mut wrong = sale(6, 1);
    wrong.total = wrong.total.plus(Money::from_minor(100)).expect("fits");
    register.record(Event::of_sale(wrong));
    register.record(Event::of_sale(sale(7, 1)));
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let mut poslog = folder(&dir.path().join("out"), PosLog::default());
    let mut store = store_of(&central);
    let found = diff(store.as_mut(), &mut poslog, &Decided::default(), &|| false, &mut |_| {})
        .expect("compared");
    drop(store);
    let row = &found.registers[0];
    assert_eq!((row.new.sales, row.held.sales), (6, 1));
    assert_eq!(found.blast.sales, 6);
    assert!(found.causes.iter().any(|cause| cause.code == "arithmetic" && cause.level == "hold"));
    let handed = Runner::new().run(&central, &mut poslog).expect("run");
    assert_eq!(handed.handed, 6);
    assert_eq!(states(&central, poslog.target()), [(State::Held, 1), (State::Confirmed, 6)]);
}

#[test]
fn a_folder_under_another_name_is_the_same_folder_and_is_asked_first() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    std::fs::create_dir(&real).expect("made");
    std::os::unix::fs::symlink(&real, &link).expect("linked");
    // Before it is there, and by a link to what lies above it: one name.
    let before = folder(&link.join("in/deep"), PosLog::default());
    let mut runner = Runner::new();
    let mut by_link = folder(&link.join("in/deep"), PosLog::default());
    assert_eq!(runner.run(&central, &mut by_link).expect("run").handed, SALES);
    let after = folder(&real.join("in/deep"), PosLog::default());
    assert_eq!((before.target(), by_link.target()), (after.target(), after.target()));
    // Moved elsewhere it has another name, and is known all the same.
    std::fs::rename(real.join("in"), dir.path().join("moved")).expect("moved");
    let mut moved = folder(&dir.path().join("moved/deep"), PosLog::default());
    assert_ne!(moved.target(), after.target());
    let handed = runner.run(&central, &mut moved).expect("run");
    assert_eq!((handed.handed, handed.found, handed.missing), (0, SALES, 0));
}

#[test]
fn what_an_earlier_program_could_not_read_is_handed_over_by_a_replay_and_only_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let central = central(dir.path());
    let mut poslog = folder(&dir.path().join("out"), PosLog::default());
    // An earlier program looked at all of it, and could read none of these records.
    let mut store = store_of(&central);
    let journal = crate::journals::TestRegister::new(7).chain.journal;
    let ledger = store.hand_overs();
    ledger.open_target(poslog.target()).expect("made");
    ledger.plan(poslog.target(), &journal, &[], Seq(SALES + 2)).expect("planned");
    drop(store);
    let mut runner = Runner::new();
    assert_eq!(runner.run(&central, &mut poslog).expect("run").handed, 0);
    let mut replayed = || {
        let mut store = store_of(&central);
        let none = Decided::default();
        let found =
            diff(store.as_mut(), &mut poslog, &none, &|| false, &mut |_| {}).expect("compared");
        reopen_lost(store.as_mut(), &poslog, &found, 0).expect("reopened");
        drop(store);
        let handed = runner.run(&central, &mut poslog).expect("run").handed;
        (found.registers[0].new.records, handed)
    };
    assert_eq!(replayed(), (SALES, SALES));
    assert_eq!(replayed(), (0, 0));
}
