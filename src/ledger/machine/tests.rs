//! The machine a ledger was written on, from start to start.

use super::*;
use crate::device::entropy::SystemEntropy;
use crate::domain::ids::{RegisterNo, StoreNo};

const WHO: Identity = Identity { store: StoreNo(1042), register: RegisterNo(7) };

fn marks(system: &str, disk: &str) -> Marks {
    Marks::of([(Part::System, system.to_owned()), (Part::Disk, disk.to_owned())])
}

fn start(place: &Place, now: &Marks) -> Moved {
    let seen = look(place, WHO, now);
    let moved = seen.moved.clone();
    seen.keep(&SystemEntropy).expect("kept");
    moved
}

#[test]
fn the_same_machine_is_nothing_a_changed_part_is_taken_as_new_and_another_machine_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::in_one(folder.path());
    assert_eq!(start(&place, &marks("a", "b")), Moved::No, "the first start");
    assert_eq!(start(&place, &marks("a", "b")), Moved::No);
    assert_eq!(start(&place, &marks("a", "x")), Moved::Changed(vec![Part::Disk]));
    assert_eq!(start(&place, &marks("a", "x")), Moved::No, "taken as new");
    assert_eq!(start(&place, &Marks::default()), Moved::No, "a container");
    assert_eq!(start(&place, &marks("c", "d")), Moved::Another);
    assert_eq!(start(&place, &marks("c", "d")), Moved::No, "its own from now on");
}

#[test]
fn no_mark_stands_in_the_file_and_two_registers_of_one_machine_don_t_show_it() {
    let machine = marks("0123456789abcdef", "ab12-cd34");
    let text = || {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::in_one(folder.path());
        start(&place, &machine);
        fs::read_to_string(folder.path().join("machine-1042-7")).expect("written")
    };
    let (one, other) = (text(), text());
    assert!(!one.contains("0123456789abcdef") && !one.contains("ab12"), "{one}");
    for (row, same) in one.lines().zip(other.lines()) {
        assert_ne!(row, same);
    }
}

#[test]
fn a_folder_that_came_without_its_anchor_tells_it_too_and_a_damaged_file_tells_nothing() {
    let (ledger, anchor) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let place = |anchor: &Path| Place { anchor_dir: anchor.into(), ..Place::in_one(ledger.path()) };
    start(&place(anchor.path()), &marks("a", "b"));
    let elsewhere = tempfile::tempdir().expect("c");
    let seen = look(&place(elsewhere.path()), WHO, &marks("c", "d"));
    assert_eq!(seen.moved, Moved::Another);

    let path = ledger.path().join("machine-1042-7");
    let whole = fs::read(&path).expect("bytes");
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).expect("cut");
        let seen = look(&place(elsewhere.path()), WHO, &marks("c", "d"));
        assert_eq!(seen.moved, Moved::No, "cut at {cut}");
    }
}
