//! What each store must do about keys that were followed by others: the same comes of it in
//! whatever order records arrive, and only what was asked for ends a key.

use super::closing::a_sale;
use super::revocation::{enrolled, outcome, sales};
use super::*;
use crate::central::revocation::act::{self, Actor, GoodUntil, Which};
use crate::central::rotation::{JournalEnd, Rotated, Rotation};
use crate::central::store::{CodeUse, Standing};
use crate::domain::event::KeyRotated;
use crate::journal::key::PublicKey;

pub(super) fn run<S: Store>(empty: &mut impl FnMut() -> S) {
    for order in 0..4 {
        a_journal_counts_to_its_end_whichever_record_came_first(&mut empty(), order);
    }
    for early in [0, 3] {
        another_journal_of_the_key_counts_as_far_as_it_was_held(&mut empty(), early);
    }
    for (early, first) in [(0, true), (0, false), (3, true), (3, false)] {
        an_end_of_its_own_lets_no_other_journal_count_further(&mut empty(), early, first);
    }
    only_an_end_that_shortens_has_records_read_again(&mut empty());
    an_end_that_nobody_asked_for_ends_its_own_journal_alone(&mut empty());
    the_same_is_asked_twice_and_nothing_else_is_taken(&mut empty());
    a_key_that_was_changed_can_be_revoked_to_less(&mut empty());
}

fn next() -> SigningKey {
    SigningKey::from_seed(&[6; 32]).expect("a key")
}

/// So many sales, the end, and three more sales by whoever has the old key.
pub(super) fn ended_at(nonce: [u8; 16], end: u64) -> (Chain, Vec<Line>) {
    journal_begun(nonce, (STORE, REGISTER), end + 4, |seq| {
        if seq == end {
            let (public_key, reason) = (*next().public().bytes(), "asked".to_owned());
            Event::KeyRotated(KeyRotated { public_key, reason })
        } else {
            a_sale()
        }
    })
}

/// What the register asks for when its journal is this long.
pub(super) fn asked(chain: &Chain, lines: &[Line], length: u64) -> Rotation {
    let last = lines.get(usize::try_from(length).expect("small") - 1).expect("a record");
    Rotation {
        journal: chain.journal,
        next_seq: Seq(length),
        head: last.hash(),
        old: key().public(),
        new: next().public(),
    }
}

fn a_journal_counts_to_its_end_whichever_record_came_first<S: Store>(store: &mut S, order: usize) {
    let (chain, lines) = ended_at([1; 16], 6);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    assert_eq!(store.rotate_key(&asked(&chain, &lines, 6), 3).expect("asked"), Rotated::Good);
    let pieces: &[(usize, usize)] = match order {
        // As it was written; all at once; what the thief wrote first; piece by piece and again.
        0 => &[(6, 7), (7, 10)],
        1 => &[(0, 10)],
        2 => &[(7, 10), (6, 8)],
        _ => &[(6, 7), (7, 8), (5, 9), (0, 10)],
    };
    for (from, to) in pieces {
        put(store, piece(&lines, *from, *to));
        if order != 2 {
            project_all(store);
        }
    }
    let here = outcome(store);
    let (counted, apart, found, _) = &here;
    assert_eq!((counted.sales, apart.sales), (5, 3), "{order}");
    let after: Vec<_> = found.iter().filter(|(code, ..)| code == "after_rotation").collect();
    let [(_, 7, 1, text)] = after.as_slice() else { panic!("{order}: {found:?}") };
    assert!(text.contains("after record 6; what the old key signed from 7 on"), "{text}");
    store.forget_projections().expect("emptied");
    assert_eq!(outcome(store), here, "{order}: derived again");
    let row = store.journals(None).expect("rows").remove(0);
    let trust = row.trust.expect("it ended");
    assert_eq!((trust.length, trust.head, trust.rotated), (Seq(7), lines[6].hash(), true));
    assert_eq!(row.position.next_seq, Seq(10), "all of it is kept");
    assert_eq!(store.trust(&chain.journal).expect("read"), Some(trust));
    let standing = |store: &mut S, key: &PublicKey| store.standing(STORE, REGISTER, key);
    let old = standing(store, &key().public()).expect("read");
    assert_eq!(old, Some(Standing::Rotated));
    let new = standing(store, &next().public()).expect("read");
    assert_eq!(new, Some(Standing::Enrolled));
    assert_eq!(store.revocations_decided().expect("read"), 0, "nobody decided anything");
}

fn another_journal_of_the_key_counts_as_far_as_it_was_held<S: Store>(store: &mut S, early: u64) {
    let (chain, lines) = ended_at([1; 16], 6);
    let (other, more) = journal_begun([9; 16], (STORE, REGISTER), 6, |_| a_sale());
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    let held = usize::try_from(early).expect("small");
    if held > 0 {
        put(store, piece(&more, 0, held));
    }
    assert_eq!(store.rotate_key(&asked(&chain, &lines, 6), 3).expect("asked"), Rotated::Good);
    put(store, piece(&more, 0, 6));
    assert_eq!(outcome(store).0.sales, 10, "the old key still goes on");
    put(store, piece(&lines, 6, 7));
    let here = outcome(store);
    let good = early.saturating_sub(1);
    assert_eq!((here.0.sales, here.1.sales), (5 + good, 5 - good), "{early}");
    assert_eq!(here.2.iter().filter(|one| one.0 == "after_rotation").count(), 1, "{early}");
    store.forget_projections().expect("emptied");
    assert_eq!(outcome(store), here, "{early}: derived again");
    let rows = store.journals(None).expect("rows");
    let row = rows.iter().find(|row| row.journal == other.journal).expect("kept");
    let trust = row.trust.expect("its key ended");
    assert_eq!((trust.length, trust.rotated), (Seq(early), true));
}

/// Who has the old key sells between the asking and the end, and ends that journal as well.
fn an_end_of_its_own_lets_no_other_journal_count_further<S: Store>(
    store: &mut S,
    early: u64,
    first: bool,
) {
    let (chain, lines) = ended_at([1; 16], 6);
    let (other, more) = ended_at([9; 16], 5);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    let held = usize::try_from(early).expect("small");
    if held > 0 {
        put(store, piece(&more, 0, held));
    }
    assert_eq!(store.rotate_key(&asked(&chain, &lines, 6), 3).expect("asked"), Rotated::Good);
    if first {
        put(store, piece(&more, held, 9));
        assert_eq!(outcome(store).0.sales, 9, "up to its own end, while the key goes on");
    }
    put(store, piece(&lines, 6, 7));
    put(store, piece(&more, held, 9));
    let here = outcome(store);
    let good = early.saturating_sub(1);
    assert_eq!((here.0.sales, here.1.sales), (5 + good, 7 - good), "{early}, {first}");
    assert_eq!(here.2.iter().filter(|one| one.0 == "after_rotation").count(), 1, "{early}");
    store.forget_projections().expect("emptied");
    assert_eq!(outcome(store), here, "{early}, {first}: derived again");
    let trust = store.trust(&other.journal).expect("read").expect("its key ended");
    assert_eq!((trust.length, trust.rotated), (Seq(early), true));
    let trust = store.trust(&chain.journal).expect("read").expect("it ended");
    assert_eq!(trust.length, Seq(7), "the journal that central was asked about counts to its end");
}

/// What stands apart behind an end that is known is no reason to read a store again.
fn only_an_end_that_shortens_has_records_read_again(store: &mut impl Store) {
    let (chain, lines) = ended_at([1; 16], 6);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    store.rotate_key(&asked(&chain, &lines, 6), 3).expect("asked");
    put(store, piece(&lines, 6, 10));
    project_all(store);
    let (other, more) = journal_begun([9; 16], (STORE, REGISTER), 4, |_| a_sale());
    put(store, piece(&more, 0, 4));
    project_all(store);
    let end = |journal, length| JournalEnd {
        journal,
        key: key().public(),
        length: Seq(length),
        new_key: next().public(),
    };
    assert!(store.end_journal(&end(other.journal, 2)).expect("kept"), "a new end");
    assert!(store.unprojected().expect("read").is_none(), "which takes nothing away");
    assert!(!store.end_journal(&end(other.journal, 2)).expect("known"), "and is kept once");
    let (third, others) = journal_begun([8; 16], (STORE, RegisterNo(8)), 4, |_| a_sale());
    store.put_key(STORE, RegisterNo(8), &key().public(), Standing::Enrolled, 1).expect("kept");
    put(store, piece(&others, 0, 4));
    project_all(store);
    store.end_journal(&end(third.journal, 2)).expect("kept");
    assert!(store.unprojected().expect("read").is_some(), "two sales are taken out again");
}

fn an_end_that_nobody_asked_for_ends_its_own_journal_alone(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 6);
    let (ended, forged) = ended_at([9; 16], 2);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    put(store, piece(&forged, 0, 6));
    let (counted, apart, found, _) = outcome(store);
    assert_eq!((counted.sales, apart.sales), (6, 3), "{found:?}");
    let trust = store.trust(&ended.journal).expect("read").expect("its own word");
    assert_eq!((trust.length, trust.rotated), (Seq(3), true));
    let standing = store.standing(STORE, REGISTER, &key().public()).expect("read");
    assert_eq!(standing, Some(Standing::Enrolled));
}

fn the_same_is_asked_twice_and_nothing_else_is_taken(store: &mut impl Store) {
    let (chain, lines) = ended_at([1; 16], 6);
    let right = asked(&chain, &lines, 6);
    let says = |store: &mut dyn Store, asked: &Rotation| store.rotate_key(asked, 3);
    assert_eq!(says(store, &right).expect("asked"), Rotated::NotKnown);
    store.put_key(STORE, REGISTER, &key().public(), Standing::Provisional, 1).expect("kept");
    assert_eq!(says(store, &right).expect("asked"), Rotated::NotVouched);
    enrolled(store);
    let nothing = says(store, &right).expect("asked");
    assert!(matches!(nothing, Rotated::Behind(here) if here.next_seq == Seq(0)), "{nothing:?}");
    put(store, piece(&lines, 0, 5));
    let behind = says(store, &right).expect("asked");
    assert!(matches!(behind, Rotated::Behind(here) if here.next_seq == Seq(5)), "{behind:?}");
    put(store, piece(&lines, 5, 6));
    let other = SigningKey::from_seed(&[8; 32]).expect("a key").public();
    store.put_key(STORE, RegisterNo(8), &other, Standing::Enrolled, 1).expect("kept");
    let taken = Rotation { new: other, ..right };
    assert_eq!(says(store, &taken).expect("asked"), Rotated::KeyTaken(STORE, RegisterNo(8)));
    let earlier = SigningKey::from_seed(&[4; 32]).expect("a key").public();
    store.put_key(STORE, REGISTER, &earlier, Standing::Enrolled, 1).expect("kept");
    let known = Rotation { new: earlier, ..right };
    assert_eq!(says(store, &known).expect("asked"), Rotated::NotNew);
    for _ in 0..2 {
        assert_eq!(says(store, &right).expect("asked"), Rotated::Good);
    }
    let third = SigningKey::from_seed(&[3; 32]).expect("a key").public();
    let another = Rotation { new: third, ..right };
    assert_eq!(says(store, &another).expect("asked"), Rotated::Another(next().public()));
    assert_eq!(store.standing(STORE, REGISTER, &third).expect("read"), None);
    // Once it ended the key is enrolled no more, and what is asked again is answered all the same.
    put(store, piece(&lines, 6, 7));
    project_all(store);
    assert_eq!(says(store, &right).expect("asked"), Rotated::Good);
    let code = Hash([1; 32]);
    store.put_code(&code, STORE, REGISTER, 1_000).expect("kept");
    let used = store.use_code(&code, &key().public(), 5).expect("asked");
    assert_eq!(used, CodeUse::KeyRevoked(STORE, REGISTER));
    let used = store.use_code(&code, &third, 5).expect("asked");
    assert_eq!(used, CodeUse::Good(STORE, REGISTER), "the code is still good");
    store.put_key(STORE, REGISTER, &next().public(), Standing::Revoked, 1).expect("kept");
    store.put_key(STORE, REGISTER, &key().public(), Standing::Revoked, 1).expect("kept");
    assert_eq!(says(store, &right).expect("asked"), Rotated::Revoked);
}

/// It turns out that somebody had the key before it was changed.
fn a_key_that_was_changed_can_be_revoked_to_less(store: &mut impl Store) {
    let (chain, lines) = ended_at([1; 16], 6);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    store.rotate_key(&asked(&chain, &lines, 6), 3).expect("asked");
    put(store, piece(&lines, 6, 10));
    assert_eq!(outcome(store).0.sales, 5);
    let which = Which { store: STORE, register: REGISTER, key: Some(key().public()) };
    let actor = |by: &str| Actor {
        by: PersonId::parse(by).expect("a person"),
        reason: "its disk was copied".to_owned(),
        at_ms: 5,
    };
    let until = GoodUntil::Record(None, Seq(2));
    act::propose(store, which, until, &actor("jo")).expect("proposed");
    let decided = crate::central::revocation::StepKind::Decided;
    act::end(store, which, decided, &actor("al")).expect("ended");
    let (counted, apart, found, _) = outcome(store);
    assert_eq!((counted.sales, apart.sales), (2, 6), "{found:?}");
    assert!(found.iter().any(|one| one.0 == "revoked_key"), "{found:?}");
    let new = store.standing(STORE, REGISTER, &next().public()).expect("read");
    assert_eq!(new, Some(Standing::Enrolled), "the new one is trusted");
}
