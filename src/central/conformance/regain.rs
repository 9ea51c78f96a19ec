//! What a store must know of a register that asks for its own records.

use crate::central::store::{Expected, Store};
use crate::domain::event::{Event, Lifetime};
use crate::domain::ids::{JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::Hash;

use super::{REGISTER, STORE, journal_begun, key, piece};

pub(super) fn a_registers_journals_are_its_own_in_the_order_they_were_heard_of<S: Store>(
    store: &mut S,
) {
    let of = |register, nonce: u8| {
        journal_begun([nonce; 16], (STORE, register), 3, |seq| Event::Note {
            text: format!("{seq}"),
        })
    };
    let all = [of(REGISTER, 9), of(REGISTER, 2), of(RegisterNo(8), 3)];
    let order = [(0, 5), (2, 6), (1, 7)];
    for (which, now_ms) in order {
        let (_, lines): &(_, Vec<_>) = &all[which];
        store.ingest(&[piece(lines, 0, 3)], now_ms).expect("stored");
    }
    let name = |which: usize| -> JournalId { all[which].0.journal };
    // What the register said that it has, whatever came of it.
    let announced = Expected {
        journal: name(1),
        key: key().public(),
        next_seq: Seq(7),
        head: Hash::ZERO,
        lifetime: Lifetime::default(),
        program: None,
    };
    store.announce(&announced, 8).expect("kept");
    let of = |which: usize, next: u64| (name(which), Seq(next));
    assert_eq!(store.journals_of(STORE, REGISTER).expect("read"), [of(0, 0), of(1, 7)]);
    assert_eq!(store.journals_of(STORE, RegisterNo(8)).expect("read"), [of(2, 0)]);
    assert!(store.journals_of(STORE, RegisterNo(9)).expect("read").is_empty());
    assert!(store.journals_of(StoreNo(7), REGISTER).expect("read").is_empty(), "another store");
    // Told apart from the first record on, whole.
    let lines = store.lines(&name(1), Seq(0), 10).expect("read");
    assert!(lines.iter().map(Vec::as_slice).eq(all[1].1.iter().map(|line| line.bytes())));
}
