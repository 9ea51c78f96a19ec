//! What a change of keys meets beside itself: damaged files, settings that somebody else changes,
//! an old key that a unit handed over, a journal of any length. Each is said, and nothing is lost.

use std::cell::RefCell;
use std::process::{Command as Process, Stdio};

use tideover::register::rotating::{Point, Told};
use tideover::register::settings::DataDir;

use super::cut_off::ended_at_step;
use super::*;

const DIR: &str = "ROTATION_CHILD_HANDED_DIR";

/// Changes the key, and does something at a step; what came of it, and what was noticed.
fn changed_while(
    shop: &Shop,
    central: &Central,
    step: Point,
    deed: &dyn Fn(&DataDir),
) -> (Result<Changed, NotChanged>, Vec<String>) {
    let (data, noticed) = (shop.data(), RefCell::new(Vec::new()));
    let change =
        rotate(&data, &world(shop), &mut line(central), "a year has gone by", &|told| match told {
            Told::At(at) if at == step => deed(&data),
            Told::At(_) => {}
            Told::Noticed(finding) => noticed.borrow_mut().push(finding.text().to_string()),
        });
    (change, noticed.into_inner())
}

fn word(shop: &Shop) -> Option<String> {
    shop.data().settings().expect("settings").central.expect("enrolled").receipt_word
}

#[test]
fn what_else_is_wrong_with_the_ledger_is_told_by_whoever_changes_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    let place = shop.data().place(&shop.data().settings().expect("settings"));
    std::fs::write(place.database(), b"not a ledger").expect("damaged");
    let (change, noticed) = changed_while(&shop, &central, Point::Begun, &|_| ());
    change.expect("changed");
    let [said] = noticed.as_slice() else { panic!("{noticed:?}") };
    assert!(said.contains("second copy"), "{said}");
    assert_eq!(shift(&shop, 1), SaleNo(2));
    all_once(&central, &shop, 2);
}

#[test]
fn settings_that_somebody_changes_meanwhile_stay_as_they_are_but_for_the_keys_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    let before = word(&shop);
    let (change, _) = changed_while(&shop, &central, Point::Certified, &|data| {
        let mut settings = data.settings().expect("settings");
        settings.time_zone = Some("America/Chicago".to_owned());
        data.write_settings(&settings).expect("written");
    });
    change.expect("changed");
    let settings = shop.data().settings().expect("settings");
    assert_eq!(settings.time_zone.as_deref(), Some("America/Chicago"));
    assert!(word(&shop).is_some() && word(&shop) != before, "central's word for the new key");
}

#[test]
fn a_journal_that_can_not_be_begun_after_the_end_is_said_and_begun_by_the_next_try() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    let frozen = shop.data().place(&shop.data().settings().expect("settings")).frozen();
    let (change, _) = changed_while(&shop, &central, Point::Settled, &|_| {
        std::fs::write(&frozen, b"in the way").expect("written");
    });
    let failed = change.expect_err("nothing can be put away");
    let text = failed.to_string();
    for words in ["the old journal has ended", "none is lost", "run this again or start"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(std::error::Error::source(&failed).is_some(), "and why");
    std::fs::remove_file(&frozen).expect("removed");
    let new = key(&shop);
    let change = changed(&shop, &mut line(&central)).expect("begun");
    assert_eq!((change.old, change.new), (None, new.fingerprint()));
    assert_eq!(shift(&shop, 1), SaleNo(2));
    all_once(&central, &shop, 2);
}

/// Whether what was kept is damaged before the journal ended or behind it.
#[test]
fn what_was_kept_of_a_change_and_is_damaged_is_said_laid_aside_and_sold_on_without() {
    for (step, ended) in [(Point::Kept, false), (Point::Ended, true), (Point::Papers, true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let shop = Shop::new();
        enrolled(&shop, &central, 7);
        shift(&shop, 1);
        let (data, old) = (shop.data(), key(&shop));
        ended_at_step(&shop, step);
        let mut kept = std::fs::read(data.rotation_path()).expect("kept");
        kept[1] ^= 0x80;
        std::fs::write(data.rotation_path(), &kept).expect("damaged");

        let mut register = shop.start();
        let said = format!("{:?}", register.view());
        for words in ["register.rotation.damaged", "none is lost", "key rotate"] {
            assert!(said.contains(words), "{step:?}, {words}: {said}");
        }
        assert!(!data.rotation_path().exists());
        assert_eq!(std::fs::read(data.rotation_aside()).expect("aside"), kept, "{step:?}");
        assert_eq!(key(&shop) != old, ended, "{step:?}: the journal says which key goes on");
        assert!(register.ledger().signs(), "{step:?}");
        assert_eq!(word(&shop).is_none(), ended, "{step:?}: no word of the old key's goes on");
        opens_shift(&mut register);
        assert_eq!(sells(&mut register), SaleNo(2));
        closes(register);
        // Said until it is in order again.
        let said = format!("{:?}", shop.start().view());
        assert!(said.contains("register.rotation.damaged"), "{step:?}: {said}");

        changed(&shop, &mut line(&central)).expect("changed once more");
        assert!(!data.rotation_aside().exists(), "{step:?}");
        assert!(word(&shop).is_some(), "{step:?}");
        assert_eq!(shift(&shop, 1), SaleNo(3));
        all_once(&central, &shop, 3);
        assert_eq!(whole(&shop).len(), if ended { 3 } else { 2 }, "{step:?}");
    }
}

#[test]
fn what_was_kept_and_the_next_key_both_damaged_the_present_key_goes_on_and_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    let (data, old) = (shop.data(), key(&shop));
    ended_at_step(&shop, Point::Kept);
    let next = tideover::device::next_key::next_path(&data.key_path());
    for path in [&next, &data.rotation_path()] {
        std::fs::write(path, b"nothing that can be read").expect("damaged");
    }
    let mut register = shop.start();
    let said = format!("{:?}", register.view());
    assert!(said.contains("register.rotation") && said.contains("key rotate"), "{said}");
    assert!(register.ledger().signs());
    opens_shift(&mut register);
    assert_eq!(sells(&mut register), SaleNo(2));
    closes(register);
    assert_eq!(key(&shop), old);
    let refused = changed(&shop, &mut line(&central)).expect_err("nothing is guessed");
    assert!(refused.to_string().contains("register.key.next holds no key"), "{refused}");
    all_once(&central, &shop, 2);
}

#[test]
fn the_command_itself_says_that_what_was_kept_is_damaged_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    ended_at_step(&shop, Point::Kept);
    std::fs::write(shop.data().rotation_path(), b"{").expect("cut off");
    let (change, noticed) = changed_while(&shop, &central, Point::Begun, &|_| ());
    change.expect("changed");
    assert!(noticed.iter().any(|said| said.contains("can't be read")), "{noticed:?}");
    assert!(!shop.data().rotation_aside().exists(), "all papers are new");
    assert_eq!(shift(&shop, 1), SaleNo(2));
    all_once(&central, &shop, 2);
}

/// Does nothing in an ordinary run; as a child it starts as a unit would that was started before.
#[test]
fn child_starts_with_the_key_that_a_unit_handed_over() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let clock = tideover::device::clock::SystemClock::new(None);
    let world = World {
        clock: Arc::new(clock),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    };
    let register = tideover::register::startup::open(&DataDir(dir.into()), &world).expect("open");
    println!("{:?}", register.view());
}

#[test]
fn a_unit_that_handed_over_the_key_from_before_a_change_is_named_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    let path = shop.data().key_path();
    std::fs::copy(&path, folder.path().join("register.key")).expect("handed over");
    changed(&shop, &mut line(&central)).expect("changed");
    // Sealed, as far as a register sees: what is in it only the machine's systemd reads.
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(path.with_added_extension("sealed"), "Whxqhg==\n").expect("sealed");
    let child = Process::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "rotation::noticed::child_starts_with_the_key_that_a_unit_handed_over"])
        .args(["--nocapture"])
        .env(DIR, shop.data().0)
        .env("CREDENTIALS_DIRECTORY", folder.path())
        .stderr(Stdio::inherit())
        .output()
        .expect("a child");
    let said = String::from_utf8_lossy(&child.stdout);
    for words in ["the unit gave the key from before a change", "start the unit again"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn of_a_journal_that_ended_the_last_page_is_read_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    // What was put aside by the same register, in a journal of the same kind.
    let other = Shop::new();
    let mut register = other.open(CASHIER);
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    assert_eq!(register.handle(Command::Suspend), Answer::Done);
    drop(register);
    let tape = other.data().place(&other.data().settings().expect("settings")).tape_dir;
    let tape = std::fs::read_dir(tape).expect("a folder").next().expect("one").expect("one");
    let aside = std::fs::read_to_string(tape.path()).expect("lines");
    changed(&shop, &mut line(&central)).expect("changed");
    let frozen = shop.data().place(&shop.data().settings().expect("settings")).frozen();
    let journal = std::fs::read_dir(frozen).expect("a folder").next().expect("one").expect("one");
    let path = journal.path().join("lines-1.jsonl");
    let lines = std::fs::read_to_string(&path).expect("lines");
    let (first, rest) = lines.split_once('\n').expect("lines");
    // Two pages and a half of a beginning that says nothing more each time it is read.
    let long = [format!("{first}\n").repeat(5_000), rest.to_owned(), aside].concat();
    std::fs::write(&path, long).expect("written");
    let register = shop.start();
    assert_eq!(register.view().status.suspended.len(), 1, "what was put aside last");
}
