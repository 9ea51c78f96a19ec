//! Rows of journals, of one store and of all.

use super::closing::a_sale;
use super::{REGISTER, journal_begun, piece, put};
use crate::central::store::Store;
use crate::domain::ids::StoreNo;

pub(super) fn one_stores_are_those_of_all_that_are_its(store: &mut impl Store) {
    for (nonce, of) in [(1, 1042), (2, 1043), (3, 1042)] {
        let (_, lines) = journal_begun([nonce; 16], (StoreNo(of), REGISTER), 5, |_| a_sale());
        put(store, piece(&lines, 0, 3));
        // What is ahead of its place waits, and is counted with its journal.
        put(store, piece(&lines, 4, 5));
    }
    let all = store.journals(None).expect("rows");
    for of in [StoreNo(1042), StoreNo(1043), StoreNo(7)] {
        let its: Vec<_> = all.iter().filter(|row| row.journal.store == of).cloned().collect();
        assert_eq!(store.journals(Some(of)).expect("rows"), its, "{of}");
    }
    assert_eq!(all.iter().map(|row| row.parked).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(store.stores().expect("read"), [StoreNo(1042), StoreNo(1043)]);
}
