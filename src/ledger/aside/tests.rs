//! Putting files aside: names, order, other disks, what was kept before.

use super::super::sample::{Till, Written};
use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    names
}

#[test]
fn each_folder_that_is_set_aside_has_a_name_of_its_own() {
    let parent = folder();
    let new = || new_folder(&parent.path().join("aside"), "damaged").expect("made");
    for name in ["damaged", "damaged-2", "damaged-3"] {
        assert_eq!(new(), parent.path().join("aside").join(name));
        assert!(parent.path().join("aside").join(name).is_dir());
    }
}

#[test]
fn a_file_is_moved_and_one_that_is_not_there_is_nothing_to_move() {
    let (from, to) = (folder(), folder());
    fs::write(from.path().join("file"), b"bytes").expect("written");
    move_file(&from.path().join("file"), to.path()).expect("moved");
    assert_eq!((names(from.path()).len(), names(to.path())), (0, vec!["file".to_owned()]));
    move_file(&from.path().join("file"), to.path()).expect("nothing to move");
    assert_eq!(fs::read(to.path().join("file")).expect("kept"), b"bytes");
    // A folder in its way, that is not empty.
    fs::create_dir_all(to.path().join("other/within")).expect("made");
    fs::write(from.path().join("other"), b"bytes").expect("written");
    assert!(move_file(&from.path().join("other"), to.path()).is_err());
    assert_eq!(names(from.path()), ["other"], "it stays where it was");
}

#[test]
fn a_file_on_another_disk_stays_there_under_a_name_that_says_what_it_is() {
    use std::os::unix::fs::MetadataExt as _;
    let here = folder();
    let disk = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let elsewhere = [Path::new("/dev/shm"), Path::new("/tmp"), Path::new("/var/tmp")];
    let mine = disk(here.path());
    let other = elsewhere.into_iter().find(|dir| disk(dir).is_some() && disk(dir) != mine);
    let Some(other) = other.and_then(|dir| tempfile::tempdir_in(dir).ok()) else {
        println!("skipped: this machine has one disk");
        return;
    };
    let to = here.path().join("20261122-damaged");
    fs::create_dir(&to).expect("made");
    fs::write(other.path().join("tape"), b"lines").expect("written");
    move_file(&other.path().join("tape"), &to).expect("moved");
    assert_eq!(names(other.path()), ["20261122-damaged-tape"]);
    assert_eq!(names(&to), [""; 0]);
}

#[test]
fn what_is_set_aside_says_what_it_is_and_when_and_nothing_is_no_folder() {
    let till = Till::new();
    fs::create_dir_all(&till.place.dir).expect("made");
    set_aside(&till.request(), "damaged").expect("nothing to do");
    assert!(!till.place.set_aside().exists());
    let path = till.place.database();
    for suffixes in [&["", "-wal", "-shm"][..], &["-wal"]] {
        for suffix in suffixes {
            fs::write(beside(&path, suffix), b"bytes").expect("written");
        }
        set_aside(&till.request(), "damaged").expect("moved");
    }
    let aside = till.place.set_aside();
    let folders = ["2026-11-22-1305-damaged", "2026-11-22-1305-damaged-2"];
    assert_eq!(names(&aside), folders);
    let three = ["ledger.db", "ledger.db-shm", "ledger.db-wal"];
    assert_eq!(names(&aside.join(folders[0])), three);
    assert_eq!(names(&aside.join(folders[1])), ["ledger.db-wal"]);
}

#[test]
fn a_database_is_moved_with_what_lies_beside_it() {
    let (from, to) = (folder(), folder());
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "another"] {
        fs::write(from.path().join(name), name).expect("written");
    }
    move_database(&from.path().join("ledger.db"), to.path()).expect("moved");
    assert_eq!(names(from.path()), ["another"]);
    assert_eq!(names(to.path()), ["ledger.db", "ledger.db-shm", "ledger.db-wal"]);
}

#[test]
fn kept_lines_get_their_name_once_they_are_whole() {
    let folder = folder();
    let path = folder.path().join("lines-1.jsonl");
    let cut_off = keep_lines(&path, &mut |sink| {
        sink(crate::domain::ids::Seq(0), b"first")?;
        Err(LedgerError::Poisoned)
    });
    assert!(cut_off.is_err());
    assert_eq!(names(folder.path()), ["lines-1.jsonl.new"]);
    fs::remove_file(folder.path().join("lines-1.jsonl.new")).expect("removed");
    keep_lines(&path, &mut |sink| {
        sink(crate::domain::ids::Seq(0), b"first")?;
        sink(crate::domain::ids::Seq(1), b"second")
    })
    .expect("kept");
    assert_eq!(fs::read(&path).expect("lines"), b"first\nsecond\n");
    assert_eq!(names(folder.path()), ["lines-1.jsonl"]);
}

#[test]
fn of_the_lines_that_were_kept_before_the_longest_of_this_journal_count() {
    let folder = folder();
    let place = Place::in_one(folder.path());
    let (epoch, other) = (Epoch([0xa1; 8]), Epoch([0xb2; 8]));
    assert_eq!(kept_before(&place, epoch), None);
    let written = Written::sold(3, 4);
    for (name, lines) in [
        ("a1a1a1a1a1a1a1a1", 2),
        ("a1a1a1a1a1a1a1a1-2", 5),
        ("a1a1a1a1a1a1a1a1-3", 1),
        ("b2b2b2b2b2b2b2b2", 6),
    ] {
        let dir = place.frozen().join(name);
        fs::create_dir_all(&dir).expect("made");
        let bytes: Vec<u8> =
            written.lines[..lines].iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect();
        fs::write(dir.join("lines-1.jsonl"), bytes).expect("written");
    }
    fs::create_dir_all(place.frozen().join("a1a1a1a1a1a1a1a1-4")).expect("an empty one");
    let second = place.frozen().join("a1a1a1a1a1a1a1a1-2");
    assert_eq!(kept_before(&place, epoch), Some((second, 5)));
    assert_eq!(kept_before(&place, other).map(|(_, kept)| kept), Some(6));
    assert_eq!(kept_before(&place, Epoch([0xc3; 8])), None);
}
