//! A register whose disk is gone: a peer alone brings all of it to central.
#![expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]

use std::time::Instant;

use tideover::central::door::InProcess;
use tideover::cli::{carry, import};
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::sync::enroll::enroll;

use super::store::Store;
use crate::central::central_at;

#[test]
fn of_a_destroyed_register_every_sale_with_two_copies_is_at_central_by_a_peer_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let store = Store::of(&[1, 2]);
    // Central knows register 1 by its key; it never hears of it again.
    let code = central.door().enroll_code(StoreNo(1042), RegisterNo(1)).expect("a code");
    let mut line = InProcess(central.door());
    enroll(&mut line, &central.url(), None, &code, &store.key(1)).expect("enrolled");
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    one.sees(1, 2);
    for quantity in 1..=8 {
        one.sells(quantity);
    }
    one.sees(1, 2);
    one.burns();
    two.sees(0, 2);
    let began = Instant::now();
    let bundle = folder.path().join("register-1.lines");
    let written = carry::to_file(&two.mirror(), Some(RegisterNo(1)), &bundle).expect("a bundle");
    assert!(began.elapsed().as_secs() < 60);
    let carried =
        carry::to_central(&two.mirror(), Some(RegisterNo(1)), None, &mut line).expect("carried");
    assert_eq!((carried.created, carried.refused_count), (written.lines, 0));
    central.settle();
    let totals = central.totals(StoreNo(1042), Some(RegisterNo(1))).expect("totals");
    assert_eq!(totals.sales, 8);
    assert!(totals.agree());
    // The bundle brings the same, and nothing counts twice.
    let reader = tideover::device::reader::Reader::of(env!("CARGO_BIN_EXE_tideover"));
    let again = import::run(&reader, &bundle, None, &mut line, &mut |_, _| {}).expect("imported");
    assert_eq!((again.created, again.existing), (0, written.lines));
    assert!(carry::to_central(&two.mirror(), Some(RegisterNo(9)), None, &mut line).is_err());
    two.stops();
}
