//! A register's data on another machine: a new journal at once, both kept, said on the screen and
//! at central; and a machine of which one part is new.

use std::path::Path;
use std::sync::Arc;

use tideover::device::entropy::SystemEntropy;
use tideover::domain::event::Event;
use tideover::domain::money::Money;
use tideover::domain::own_machine::{Marks, Part};
use tideover::ledger::Reader;
use tideover::register::command::Command;
use tideover::register::register::{Answer, Register};
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};
use tideover::register::view::{Restart, Screen};

use crate::register::{CASHIER, Shop, WATER, enter, sign_in};

fn marks(system: &str, disk: &str) -> Marks {
    Marks::of([(Part::System, system.to_owned()), (Part::Disk, disk.to_owned())])
}

fn start(shop: &Shop, data: &Path, machine: Marks) -> Register {
    let (clock, entropy) = (Arc::new(shop.clock.clone()), Arc::new(SystemEntropy));
    let world = World { clock, entropy, faults: None, machine };
    startup::open(&DataDir(data.to_owned()), &world).expect("started")
}

fn sells(register: &mut Register) {
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(register, CASHIER), Answer::Done);
    let float = Money::from_minor(15_000);
    // An open shift stays open where the journal goes on.
    register.handle(Command::OpenShift { float });
    assert_eq!(enter(register, WATER), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    let cash = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(cash), Answer::Done);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("entries").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("copied");
        }
    }
}

/// How many records each journal of a folder has, the newest journal last.
fn journals(data: &Path) -> Vec<usize> {
    let data = DataDir(data.to_owned());
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("a reader");
    let journals = reader.journals().expect("journals");
    let count = |journal| reader.lines(journal, Default::default(), 1_000, usize::MAX);
    let mut counts: Vec<usize> =
        journals.iter().map(|journal| count(journal).expect("lines").len()).collect();
    counts.reverse();
    counts
}

#[test]
fn data_on_another_machine_begins_a_new_journal_and_keeps_the_copied_one() {
    let shop = Shop::new();
    let home = shop.data().0;
    let mut register = start(&shop, &home, marks("a", "b"));
    sells(&mut register);
    register.close().expect("closed");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let other = elsewhere.path().join("data");
    copy(&home, &other);
    let before = journals(&home);

    let mut moved = start(&shop, &other, marks("c", "d"));
    let Screen::Restart(restart) = moved.view().screen else { panic!("nothing is said") };
    let said = restart.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert!(said.contains("copied from another machine"), "{said}");
    assert!(said.contains("No sale is lost") && said.contains("call IT"), "{said}");
    sells(&mut moved);
    moved.close().expect("closed");
    let after = journals(&other);
    assert_eq!(after.len(), 2, "{after:?}");
    assert_eq!(after[0], before[0], "what was copied is whole");

    // The machine itself goes on as before, and so does the other one from now on.
    let mut own = start(&shop, &home, marks("a", "b"));
    assert!(!matches!(own.view().screen, Screen::Restart(_)), "{:?}", own.view().screen);
    sells(&mut own);
    own.close().expect("closed");
    assert_eq!(journals(&home).len(), 1);
    start(&shop, &other, marks("c", "d")).close().expect("closed");
    assert_eq!(journals(&other).len(), 2);
}

#[test]
fn one_new_part_is_a_note_and_a_container_without_marks_is_nothing() {
    let shop = Shop::new();
    let home = shop.data().0;
    for machine in [
        marks("a", "b"),
        marks("a", "x"),
        marks("a", "x"),
        Marks::default(),
        Marks::of([(Part::System, "a".to_owned())]),
        marks("a", "x"),
    ] {
        start(&shop, &home, machine).close().expect("closed");
    }
    assert_eq!(journals(&home).len(), 1, "no start gave the journal up");
    let notes: Vec<String> = shop
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Note { text } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(notes, ["this machine has another disk than before"]);
}

#[test]
fn the_training_side_learns_on_any_machine() {
    let shop = Shop::new();
    let settings = shop.data().settings().expect("settings");
    let training = shop.data().training(&settings).expect("a folder").0;
    start(&shop, &training, marks("a", "b")).close().expect("closed");
    start(&shop, &training, marks("c", "d")).close().expect("closed");
    assert_eq!(journals(&training).len(), 1);
}

/// The screen of a start on this machine.
fn interrupted(register: &Register) -> Restart {
    match register.view().screen {
        Screen::Restart(restart) => restart,
        other => panic!("nothing is said: {other:?}"),
    }
}

/// A register that sold one and whose plug is pulled; its data goes on on another machine.
fn moved_after_the_plug(shop: &Shop, then: impl FnOnce(&mut Register, &Path)) -> tempfile::TempDir {
    let mut register = start(shop, &shop.data().0, marks("a", "b"));
    sells(&mut register);
    then(&mut register, &shop.data().0);
    drop(register);
    let elsewhere = tempfile::tempdir().expect("a folder");
    copy(&shop.data().0, elsewhere.path());
    elsewhere
}

#[test]
fn an_open_basket_of_a_journal_that_is_given_up_is_asked_about_and_not_dropped() {
    let shop = Shop::new();
    let other = moved_after_the_plug(&shop, |register, _| {
        assert_eq!(enter(register, WATER), Answer::Done);
        assert_eq!(enter(register, "2*4011"), Answer::Done);
    });
    // The plug again before anybody has read it: it is said once more.
    for found in [true, false] {
        let moved = start(&shop, other.path(), marks("c", "d"));
        let said = interrupted(&moved);
        assert_eq!(said.findings.is_empty(), !found);
        let last = said.last_sale.map(|last| (last.number, last.total));
        assert_eq!(last, Some((1, Money::from_minor(130))), "the old journal's");
        assert_eq!(said.open_basket_total, Some(Money::from_minor(251)));
        assert!(said.given_up, "and nobody here knows whether it was paid there");
    }
    let mut moved = start(&shop, other.path(), marks("c", "d"));
    sells(&mut moved);
    moved.close().expect("closed");
    let data = DataDir(other.path().to_owned());
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("a reader");
    let state = reader.state().expect("read");
    assert_eq!((state.sales, state.sales_money), (1, Money::from_minor(380)), "all of it, once");
}

#[test]
fn a_sale_that_was_paid_before_its_journal_is_given_up_is_said_to_be_paid() {
    let shop = Shop::new();
    let other = moved_after_the_plug(&shop, |register, data| {
        assert_eq!(enter(register, WATER), Answer::Done);
        assert_eq!(register.handle(Command::BeginTender), Answer::Done);
        let draft = data.join("ledger").join("draft");
        let kept = std::fs::read(&draft).expect("a draft");
        let cash = Command::TakeCash { amount: None, confirmed: false };
        assert_eq!(register.handle(cash), Answer::Done);
        // It ends between the record and the draft's end.
        std::fs::write(&draft, kept).expect("as it was");
    });
    let moved = start(&shop, other.path(), marks("c", "d"));
    let said = interrupted(&moved);
    assert_eq!(said.last_sale.map(|last| last.number), Some(2), "sale 2 is PAID");
    assert_eq!(said.open_basket_total, None, "and is not rung up twice");
}

#[test]
fn a_start_that_finds_something_after_a_good_end_shows_the_last_sale() {
    let shop = Shop::new();
    let mut register = start(&shop, &shop.data().0, marks("a", "b"));
    sells(&mut register);
    register.close().expect("closed");
    let elsewhere = tempfile::tempdir().expect("a folder");
    copy(&shop.data().0, elsewhere.path());
    let said = interrupted(&start(&shop, elsewhere.path(), marks("c", "d")));
    assert_eq!(said.last_sale.map(|last| last.number), Some(1));
    assert_eq!(said.open_basket_total, None);
}
