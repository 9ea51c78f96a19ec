//! Sealed data of checks.

use super::{journal, journal_of};
use crate::central::store::{SealedRow, Store};
use crate::domain::check::Commitment;
use crate::domain::ids::{JournalId, RegisterNo, Seq};

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
