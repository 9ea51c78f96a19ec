//! Central's disk is full: nothing is acknowledged that is not stored, and it goes on when there is
//! room again.

use tideover::central::door::InProcess;
use tideover::sync::push::LinkState;

use super::{assert_all_once, central_at, drain};
use crate::journals::{TestRegister, clock};
use crate::small_disk::SmallDisk;

#[test]
fn a_full_disk_acknowledges_nothing_and_with_room_again_everything_arrives_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(disk) = SmallDisk::at(&folder.path().join("central"), "64m") else { return };
    let central = central_at(disk.path());
    let mut register = TestRegister::new(7);
    register.sell(20, 2);
    let mut line = InProcess(central.door());
    assert_eq!(drain(&mut register, &mut line).link, LinkState::UpToDate);
    central.settle();
    disk.fill();
    register.sell(2_500, 3);
    let report = register.sync(&clock()).push_once(&mut line, &mut register);
    assert_eq!(report.link, LinkState::Busy, "{report:?}");
    assert!(report.pending > 0, "{report:?}");
    // What was acknowledged so far is held, to the record.
    let held = central.journals().expect("readable").remove(0).position;
    let receipt = &register.receipts[&register.chain.journal];
    assert_eq!((receipt.next_seq, receipt.head), (held.next_seq, held.head));
    disk.make_room();
    let report = drain(&mut register, &mut line);
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    // Where rows could not be derived for want of room they are by now, or soon.
    while central.journals().expect("readable").remove(0).projected < register.chain.next_seq {
        std::thread::yield_now();
    }
    assert_all_once(&central, &[&register]);
    central.stop();
}
