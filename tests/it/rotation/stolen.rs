//! Somebody has the old key: what they sign after it was changed is kept, found, and counts for
//! nothing, whichever way it comes and whenever.

use tideover::central::sqlite::SqliteStore;
use tideover::central::store::Store as _;
use tideover::domain::event::{EpochOpen, Follows, KeyRotated};
use tideover::domain::ids::JournalId;
use tideover::journal::chain::Chain;
use tideover::journal::epoch;
use tideover::journal::key::SigningKey;
use tideover::sync::carrier::Source as _;
use tideover::sync::rotation::certify;

use super::*;
use crate::central::{drain, enrolled as known};
use crate::journals::TestRegister;

const NEXT: u8 = 90;

/// A journal of register 7 under a key, begun with a nonce.
fn begun(seed: u8, nonce: u8, follows: Option<Follows>) -> TestRegister {
    let mut register = TestRegister::of(7, seed);
    let key = SigningKey::from_seed(&[seed; 32]).expect("a key");
    let nonce = [nonce; 16];
    let epoch = epoch::derive(&key.public(), &nonce);
    let JournalId { store, register: number, .. } = register.chain.journal;
    register.chain = Chain::empty(JournalId { store, register: number, epoch });
    register.lines.clear();
    register.record(Event::EpochOpen(EpochOpen {
        public_key: *key.public().bytes(),
        nonce,
        program: "0.1.0".to_owned(),
        currency: Some("USD".to_owned()),
        follows,
    }));
    register
}

fn brings(central: &Central, register: &mut TestRegister) {
    drain(register, &mut InProcess(central.door()));
    central.settle();
}

/// Register 7 with three sales at central, of whose disk a thief has a copy.
fn sold_at(central: &Central) -> (TestRegister, TestRegister) {
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    known(central, &register);
    brings(central, &mut register);
    (register.clone(), register)
}

fn certified(central: &Central, register: &TestRegister, next: u8) -> bool {
    let next = SigningKey::from_seed(&[next; 32]).expect("a key");
    let (ends, ours) = (register.journals().expect("one").remove(0), central.door().public_key());
    certify(&mut InProcess(central.door()), &ours, &ends, &register.key, &next).is_ok()
}

/// The end of the old journal, and the new one with two sales.
fn change(old: &mut TestRegister) -> TestRegister {
    let next = SigningKey::from_seed(&[NEXT; 32]).expect("a key");
    let reason = "a year has gone by".to_owned();
    old.record(Event::KeyRotated(KeyRotated { public_key: *next.public().bytes(), reason }));
    let follows = Follows {
        epoch: old.chain.journal.epoch,
        next_seq: old.chain.next_seq,
        reason: "its key was changed for this one".to_owned(),
        last_sale: Some(SaleNo(3)),
    };
    let mut new = begun(NEXT, NEXT, Some(follows));
    new.totals.sales = 3;
    new.sell(2, 1);
    new
}

fn found(central: &Central) -> Vec<(String, u64, String)> {
    let found = central.door().exceptions(None).expect("read").into_iter();
    found.map(|one| (one.code, one.seq.0, one.level)).collect()
}

fn counts(central: &Central) -> (u64, u64) {
    let totals = |forks| central.door().totals(STORE, None, forks).expect("totals").sales;
    (totals(false), totals(true))
}

/// Derived again from what was stored, the same comes of it.
fn again(folder: &std::path::Path, central: Central) {
    let before = (found(&central), counts(&central));
    central.stop();
    let mut kept = SqliteStore::open(folder).expect("opened");
    kept.forget_projections().expect("emptied");
    drop(kept);
    let central = central_at(folder);
    central.settle();
    assert_eq!((found(&central), counts(&central)), before);
}

#[test]
fn what_is_appended_to_the_old_journal_after_its_end_is_found_and_counts_for_nothing() {
    for first in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let (mut register, _) = sold_at(&central);
        assert!(certified(&central, &register, NEXT));
        let mut new = change(&mut register);
        let mut thief = register.clone();
        thief.sell(4, 1);
        // Whether the thief or the register brings the end first, the end is the same.
        let (mut one, mut two) = (register, thief);
        if first {
            std::mem::swap(&mut one, &mut two);
        }
        brings(&central, &mut one);
        brings(&central, &mut new);
        brings(&central, &mut two);
        assert_eq!(counts(&central), (5, 4), "{first}");
        let after = ("after_rotation".to_owned(), 6, "critical".to_owned());
        assert_eq!(found(&central), [after], "{first}");
        let text = central.door().exceptions(None).expect("read").remove(0).text;
        assert!(text.contains("changed for another one after record 5"), "{text}");
        again(folder.path(), central);
    }
}

#[test]
fn who_looks_before_revoking_a_changed_key_is_told_that_it_was_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (mut register, _) = sold_at(&central);
    assert!(certified(&central, &register, NEXT));
    change(&mut register);
    register.sell(1, 1);
    brings(&central, &mut register);
    let look = |more: &[&str]| {
        let folder = folder.path().to_str().expect("text");
        let look = ["central", "revoke", "--store", "1042", "--register", "7", "--look", "--data"];
        let output = crate::program::program().args(look).arg(folder).args(more).output();
        let output = output.expect("run");
        assert!(output.status.success(), "{}", crate::program::errors(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let old = look(&["--key", &register.key.public().fingerprint()]);
    assert!(old.contains("The register changed it for another one"), "{old}");
    assert!(look(&[]).contains("It is trusted"), "the new one is");
    let next = SigningKey::from_seed(&[NEXT; 32]).expect("a key").public().fingerprint();
    assert!(look(&["--key", &next]).contains("It is trusted"));
}

#[test]
fn a_copy_that_goes_on_before_the_end_is_a_fork_and_counts_for_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (mut register, mut thief) = sold_at(&central);
    assert!(certified(&central, &register, NEXT));
    let mut new = change(&mut register);
    brings(&central, &mut register);
    brings(&central, &mut new);
    thief.sell(2, 1);
    brings(&central, &mut thief);
    assert_eq!(counts(&central), (5, 2));
    let codes: Vec<String> = found(&central).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, ["fork"]);
}

#[test]
fn another_journal_of_the_old_key_counts_as_far_as_it_was_here_when_central_was_asked() {
    for (early, counted) in [(false, 5), (true, 7)] {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let (mut register, _) = sold_at(&central);
        let mut other = begun(7, 99, None);
        other.sell(2, 1);
        if early {
            // What was counted before anybody thought of a change is not taken back by it.
            brings(&central, &mut other);
        }
        assert!(certified(&central, &register, NEXT));
        other.sell(1, 1);
        brings(&central, &mut other);
        assert_eq!(counts(&central).0, 6, "{early}: the old key still goes on");
        let mut new = change(&mut register);
        brings(&central, &mut register);
        brings(&central, &mut new);
        assert_eq!(counts(&central).0, counted, "{early}");
        let codes: Vec<String> = found(&central).into_iter().map(|(code, ..)| code).collect();
        assert_eq!(codes, ["after_rotation"], "{early}");
        other.sell(1, 1);
        brings(&central, &mut other);
        assert_eq!(counts(&central).0, counted, "{early}");
        again(folder.path(), central);
    }
}

#[test]
fn an_end_of_its_own_has_a_thiefs_journal_count_no_further_than_it_was_here() {
    for (early, end_first) in [(false, false), (false, true), (true, false), (true, true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let (mut register, _) = sold_at(&central);
        let mut thief = begun(7, 99, None);
        thief.sell(2, 1);
        if early {
            brings(&central, &mut thief);
        }
        assert!(certified(&central, &register, NEXT));
        // Between the asking and the register's own end the thief sells, and says that it ended.
        thief.sell(1, 1);
        change(&mut thief);
        if end_first {
            brings(&central, &mut thief);
            assert_eq!(counts(&central).0, 6, "{early}: the old key still goes on");
        }
        let mut new = change(&mut register);
        brings(&central, &mut register);
        brings(&central, &mut new);
        brings(&central, &mut thief);
        let (good, apart) = if early { (2, 1) } else { (0, 3) };
        assert_eq!(counts(&central), (5 + good, apart), "{early}, {end_first}");
        let codes: Vec<String> = found(&central).into_iter().map(|(code, ..)| code).collect();
        assert_eq!(codes, ["after_rotation"], "{early}, {end_first}");
        again(folder.path(), central);
    }
}

#[test]
fn an_end_in_a_journal_that_central_was_not_asked_about_ends_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (mut register, _) = sold_at(&central);
    // A thief wants the register's own journal to count for nothing.
    let mut thief = begun(7, 99, None);
    thief.sell(1, 1);
    change(&mut thief);
    thief.sell(1, 1);
    brings(&central, &mut thief);
    register.sell(1, 1);
    brings(&central, &mut register);
    assert_eq!(counts(&central), (5, 1), "its own end holds for itself");
    assert!(certified(&central, &register, NEXT), "the register is heard all the same");
    let mut new = change(&mut register);
    brings(&central, &mut register);
    brings(&central, &mut new);
    assert_eq!(counts(&central).0, 7);
}

#[test]
fn who_asks_first_with_a_stolen_key_is_named_to_the_register_that_asks_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (register, thief) = sold_at(&central);
    assert!(certified(&central, &thief, 66));
    assert!(!certified(&central, &register, NEXT));
    // Whatever the thief got goes with the register's keys.
    crate::central::revoked(folder.path(), STORE, RegisterNo(7), &crate::journals::clock());
    assert!(!certified(&central, &thief, 66));
}

#[test]
fn an_ended_key_brings_no_journal_under_a_key_that_nobody_vouched_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (mut register, _) = sold_at(&central);
    assert!(certified(&central, &register, NEXT));
    change(&mut register);
    brings(&central, &mut register);
    let mut hidden = begun(44, 44, None);
    hidden.sell(2, 1);
    hidden.key = Arc::clone(&register.key);
    let report = drain(&mut hidden, &mut InProcess(central.door()));
    assert!(matches!(report.link, LinkState::Refused { .. }), "{report:?}");
    assert_eq!(counts(&central), (3, 0));
    let rows = central.door().journals().expect("read");
    assert_eq!(rows.iter().filter(|row| row.position.next_seq.0 > 0).count(), 1);
}
