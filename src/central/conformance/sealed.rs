//! Sealed data of checks: kept once, and destroyed for good.

use super::{STORE, journal, journal_of};
use crate::central::destruction::Destruction;
use crate::central::store::{SealedRow, Store};
use crate::domain::check::Commitment;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};

pub(super) fn data_is_kept_once_under_its_first_bytes(store: &mut impl Store) {
    let (chain, _) = journal(1, 1, "");
    let (other, _) = journal_of(RegisterNo(8), 1, 1, "");
    let row = |n: u8, seq, byte| SealedRow {
        commitment: Commitment([n; 32]),
        seq: Seq(seq),
        bytes: vec![byte; 336],
    };
    let mut put = |journal: &JournalId, rows: &[SealedRow]| {
        store.put_sealed(journal, rows, 1).expect("kept");
    };
    put(&chain.journal, &[row(2, 5, 1), row(1, 5, 1)]);
    put(&chain.journal, &[row(1, 5, 9), row(3, 6, 1)]);
    put(&other.journal, &[row(1, 5, 7)]);
    let of = |store: &mut dyn Store, journal: &JournalId, seq| {
        store.sealed_of(journal, Seq(seq)).expect("read")
    };
    assert_eq!(of(store, &chain.journal, 5), [row(1, 5, 1), row(2, 5, 1)]);
    assert_eq!(of(store, &chain.journal, 6), [row(3, 6, 1)]);
    assert_eq!(of(store, &other.journal, 5), [row(1, 5, 7)]);
    assert_eq!(of(store, &other.journal, 6), []);
}

fn row(n: u8, seq: u64) -> SealedRow {
    SealedRow { commitment: Commitment([n; 32]), seq: Seq(seq), bytes: vec![n; 336] }
}

/// What central had received before a moment, destroyed at another one.
fn deed(who: &str, at_ms: i64, before_ms: i64) -> Destruction {
    let reason = format!("the rule at {at_ms}");
    Destruction { who: who.to_owned(), reason, at_ms, before_ms, early: false }
}

/// All of it, two rows at a time; how many went, and in how many steps.
fn destroy_all(store: &mut impl Store, deed: &Destruction, of: Option<StoreNo>) -> (u64, u64) {
    let (mut behind, mut went, mut steps) = (None, 0, 0);
    while let Some(some) = store.destroy_sealed(deed, of, behind.as_ref(), 2).expect("destroyed") {
        assert!(some.rows <= 2, "{some:?}");
        (behind, went, steps) = (Some(some.last), went + some.rows, steps + 1);
    }
    (went, steps)
}

fn left(store: &mut impl Store, journal: &JournalId, seq: u64) -> Vec<u8> {
    let rows = store.sealed_of(journal, Seq(seq)).expect("read");
    rows.iter().map(|row| row.bytes[0]).collect()
}

fn gone(store: &mut impl Store, journal: &JournalId, seq: u64) -> Vec<(u8, i64, String, String)> {
    let gone = store.destroyed_of(journal, Seq(seq)).expect("read").into_iter();
    gone.map(|gone| (gone.commitment.0[0], gone.at_ms, gone.who, gone.reason)).collect()
}

pub(super) fn what_had_its_days_goes_in_steps_and_leaves_a_name(store: &mut impl Store) {
    let other = StoreNo(7);
    let chains: Vec<JournalId> = [(STORE, 9, 3), (STORE, 2, 1), (other, 1, 2)]
        .map(|(store, register, epoch)| JournalId {
            store,
            register: RegisterNo(register),
            epoch: Epoch([epoch; 8]),
        })
        .into();
    // Some before and some after moment 100, of several records, in no order.
    for (place, journal) in chains.iter().enumerate() {
        let n = u8::try_from(place).expect("small") * 40;
        store
            .put_sealed(journal, &[row(n + 9, 5), row(n + 2, 5), row(n + 3, 6)], 99)
            .expect("kept");
        store.put_sealed(journal, &[row(n + 1, 5), row(n + 8, 6)], 100).expect("kept");
    }
    let counted = |store: &mut dyn Store, of, before_ms| {
        let counts = store.sealed_counts(of, before_ms).expect("counted").into_iter();
        counts.map(|c| (c.store.0, c.due, c.received, c.all)).collect::<Vec<_>>()
    };
    let both = [(7, 3, Some((99, 99)), 5), (1042, 6, Some((99, 99)), 10)];
    assert_eq!(counted(store, None, 100), both);
    assert_eq!(counted(store, Some(other), 101), [(7, 5, Some((99, 100)), 5)]);
    assert_eq!(counted(store, Some(other), 99), [(7, 0, None, 5)]);
    assert_eq!(counted(store, Some(StoreNo(8)), 101), []);
    // One store's alone, then nothing more of it; what is younger stays.
    assert_eq!(destroy_all(store, &deed("jo", 500, 100), Some(STORE)), (6, 3));
    assert_eq!(destroy_all(store, &deed("al", 501, 100), Some(STORE)), (0, 0));
    assert_eq!(counted(store, None, 100), [(7, 3, Some((99, 99)), 5), (1042, 0, None, 4)]);
    assert_eq!((left(store, &chains[0], 5), left(store, &chains[0], 6)), (vec![1], vec![8]));
    assert_eq!(left(store, &chains[2], 5), [81, 82, 89]);
    let by_jo = |n| (n, 500, "jo".to_owned(), "the rule at 500".to_owned());
    assert_eq!(gone(store, &chains[0], 5), [by_jo(2), by_jo(9)]);
    assert_eq!(gone(store, &chains[1], 6), [by_jo(43)]);
    assert_eq!(gone(store, &chains[2], 5), []);
    // Who did nothing stands nowhere; who did something has it finished at its end.
    let rows = |store: &mut dyn Store, of| {
        let rows = store.destructions(of).expect("read").into_iter();
        rows.map(|row| (row.store.0, row.done, row.finished)).collect::<Vec<_>>()
    };
    assert_eq!(rows(store, None), [(1042, deed("jo", 500, 100), false)]);
    store.overwrite_destroyed(600).expect("overwritten");
    let early = Destruction { early: true, ..deed("al", 700, 101) };
    assert_eq!(destroy_all(store, &early, None), (9, 5));
    let all = [
        (1042, deed("jo", 500, 100), true),
        (7, early.clone(), false),
        (1042, early.clone(), false),
    ];
    assert_eq!(rows(store, None), all);
    assert_eq!(rows(store, Some(other)), all[1..2]);
    for _ in 0..2 {
        store.overwrite_destroyed(800).expect("overwritten");
        assert!(rows(store, None).iter().all(|(_, _, finished)| *finished));
    }
    assert_eq!(counted(store, None, 101), []);
}

pub(super) fn what_was_destroyed_is_not_kept_again(store: &mut impl Store) {
    let (chain, _) = journal(1, 1, "");
    let (other, _) = journal_of(RegisterNo(8), 1, 1, "");
    let (journal, other) = (chain.journal, other.journal);
    store.put_sealed(&journal, &[row(1, 5), row(2, 5)], 1).expect("kept");
    assert_eq!(destroy_all(store, &deed("jo", 500, 100), None), (2, 1));
    store.overwrite_destroyed(600).expect("overwritten");
    // As it was, under another record, with others beside it; and a younger one is no exception.
    for again in [vec![row(1, 5)], vec![row(1, 6), row(3, 6)], vec![row(2, 5), row(1, 5)]] {
        store.put_sealed(&journal, &again, 900).expect("taken");
    }
    store.put_sealed(&other, &[row(1, 5)], 1).expect("kept");
    assert_eq!((left(store, &journal, 5), left(store, &journal, 6)), (vec![], vec![3]));
    assert_eq!(left(store, &other, 5), [1], "another journal's row of that name is another row");
    // Once more, by somebody else: whose deed it was stays.
    assert_eq!(destroy_all(store, &deed("al", 501, 100), None), (1, 1));
    let whose = |gone: Vec<(u8, i64, String, String)>| {
        gone.into_iter().map(|one| (one.0, one.1)).collect::<Vec<_>>()
    };
    assert_eq!(whose(gone(store, &journal, 5)), [(1, 500), (2, 500)]);
    assert_eq!(whose(gone(store, &other, 5)), [(1, 501)]);
    // What is derived from records has nothing to do with it.
    store.forget_projections().expect("emptied");
    assert_eq!(whose(gone(store, &journal, 5)), [(1, 500), (2, 500)]);
    assert_eq!(left(store, &journal, 6), [3]);
}
