//! A copy of central's database is looked at before it is needed: what is whole is called so, and
//! nothing else is.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tideover::central::door::InProcess;
use tideover::domain::event::Event;

use super::{answer, central_at, drain, enrolled, post, segments};
use crate::journals::TestRegister;
use crate::program::{ask, run};

struct Kept {
    folder: tempfile::TempDir,
    registers: Vec<TestRegister>,
}

impl Kept {
    /// A central with a fork, lines from a stick, a record nobody signed and one that waits for
    /// others before it; it was stopped.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(&folder.path().join("central"));
        let door = central.door();
        let mut registers: Vec<TestRegister> = (7..10).map(TestRegister::new).collect();
        for register in &mut registers {
            enrolled(&central, register);
            register.sell(80, 2);
        }
        for piece in segments(&registers[0], 40) {
            answer(&door.answer(&post("/v1/segments", piece)));
        }
        let mut copy = registers[0].clone();
        let unsigned = Event::Note { text: "no key".to_owned() };
        registers[0].record_with(unsigned, None);
        registers[0].sell(5, 1);
        copy.sell(7, 2);
        for register in [&mut registers[0], &mut copy] {
            drain(register, &mut InProcess(central.door()));
        }
        assert_eq!(door.answer(&post("/v1/records", registers[1].file())).status, 200);
        let pieces = segments(&registers[2], 30);
        for place in [0, 2] {
            answer(&door.answer(&post("/v1/segments", pieces[place].clone())));
        }
        central.settle();
        central.stop();
        Self { folder, registers }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("central")
    }

    fn copy(&self) -> PathBuf {
        let to = self.folder.path().join("nightly copy?.db");
        let (data, to_text) = (self.data(), to.to_str().expect("text"));
        let data = data.to_str().expect("text");
        assert_eq!(ask(&["central", "back-up", "--data", data, "--to", to_text]).0, 0);
        to
    }
}

fn looked(file: &Path, more: &[&str]) -> (i32, serde_json::Value) {
    let file = file.to_str().expect("text");
    ask(&[&["central", "check-backup", file], more].concat())
}

fn faults(said: &serde_json::Value) -> String {
    said["faults"].to_string()
}

#[test]
fn a_whole_copy_is_called_whole_is_not_touched_and_says_how_far_it_is_behind() {
    let mut kept = Kept::new();
    let copy = kept.copy();
    let before = std::fs::read(&copy).expect("read");
    let (code, said) = looked(&copy, &[]);
    assert_eq!((code, &said["whole"]), (0, &true.into()), "{said}");
    // 88 and 7 of the fork, 82 from the stick, 30 in order; those that wait are in no order yet.
    assert_eq!(said["records"], 88 + 7 + 82 + 30, "{said}");
    assert_eq!((&said["journals"], &said["unsigned"]), (&3.into(), &1.into()), "{said}");
    assert_eq!(said["behind"], serde_json::Value::Null);
    let data = kept.data();
    let data = data.to_str().expect("text");
    let (code, said) = looked(&copy, &["--data", data]);
    assert_eq!((code, &said["behind"]), (0, &0.into()), "{said}");
    // Central goes on; the copy is behind, and whole.
    let central = central_at(&kept.data());
    kept.registers[0].sell(12, 1);
    drain(&mut kept.registers[0], &mut InProcess(central.door()));
    let (code, said) = looked(&copy, &["--data", data]);
    assert_eq!((code, &said["behind"]), (0, &12.into()), "{said}");
    central.stop();
    assert!(std::fs::read(&copy).expect("read") == before, "the copy is only read");
    let beside = std::fs::read_dir(kept.folder.path()).expect("listed").count();
    assert_eq!(beside, 2, "nothing was written beside it");
    // In words.
    let words = run(&["central", "check-backup", copy.to_str().expect("text")]);
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    assert!(words.contains("is whole: 207 records of 3 journals"), "{words}");
}

#[test]
fn each_damaged_byte_of_a_delivery_and_each_missing_row_is_found() {
    let kept = Kept::new();
    let copy = kept.copy();
    let good = std::fs::read(&copy).expect("read");
    let wrong = kept.folder.path().join("wrong.db");
    let body = segments(&kept.registers[0], 40).remove(0);
    // Where pieces of that delivery lie in the file: what is long is split over pages.
    let mut played = 0;
    for place in (0..body.len() - 24).step_by(body.len() / 12) {
        let piece = &body[place..place + 16];
        let mut bad = good.clone();
        // Wherever it lies, also in a page's free room.
        for (at, window) in good.windows(16).enumerate() {
            if window == piece {
                bad[at + 3] ^= 0x20;
            }
        }
        if bad == good {
            continue;
        }
        std::fs::write(&wrong, &bad).expect("written");
        let (code, said) = looked(&wrong, &[]);
        assert_eq!((code, &said["whole"]), (1, &false.into()), "byte {place}: {said}");
        played += 1;
    }
    assert!(played >= 8, "{played} pieces were found in the file");
    let statements = [
        "DELETE FROM record WHERE reg = 7 AND seq = 5",
        "DELETE FROM record WHERE reg = 7 AND branch = 1",
        "DELETE FROM segment WHERE reg = 8",
        "DELETE FROM segment WHERE reg = 7 AND from_seq = 0",
        "UPDATE branch SET next_seq = next_seq - 1 WHERE reg = 8",
        "UPDATE branch SET head = zeroblob(32) WHERE reg = 9",
        "UPDATE record SET hash = zeroblob(32) WHERE reg = 8 AND seq = 4",
        "UPDATE segment SET header = NULL, prev = zeroblob(32) WHERE reg = 7 AND from_seq = 40",
        "UPDATE segment SET raw_len = raw_len + 1 WHERE reg = 8",
        "UPDATE segment SET raw_len = 4000000000 WHERE reg = 8",
    ];
    for sql in statements {
        std::fs::write(&wrong, &good).expect("written");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let db = Connection::open_with_flags(&wrong, flags).expect("opened");
        db.pragma_update(None, "journal_mode", "DELETE").expect("set");
        assert!(db.execute(sql, []).expect("done") > 0, "{sql}");
        db.close().expect("closed");
        let (code, said) = looked(&wrong, &[]);
        assert_eq!((code, &said["whole"]), (1, &false.into()), "{sql}: {said}");
    }
}

#[test]
fn half_a_copy_no_copy_and_another_centrals_copy_are_called_so() {
    let kept = Kept::new();
    let copy = kept.copy();
    let good = std::fs::read(&copy).expect("read");
    let wrong = kept.folder.path().join("wrong.db");
    for len in [0, 100, 5_000, good.len() / 2, good.len() - 4_096] {
        std::fs::write(&wrong, &good[..len]).expect("written");
        let (code, said) = looked(&wrong, &[]);
        assert_eq!((code, &said["whole"]), (1, &false.into()), "{len} bytes: {said}");
    }
    std::fs::write(&wrong, b"a letter, no database").expect("written");
    assert_eq!(looked(&wrong, &[]).0, 1);
    let none = run(&["central", "check-backup", "/nonexistent/copy.db"]);
    assert_eq!(none.status.code(), Some(3));
    let words = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(words.contains("/nonexistent/copy.db can't be opened"), "{words}");
    // Copied by hand in the middle of its work: what is in the log is not in the file.
    std::fs::write(&wrong, &good).expect("written");
    std::fs::write(kept.folder.path().join("wrong.db-wal"), b"more").expect("written");
    let (code, said) = looked(&wrong, &[]);
    assert!(code == 1 && faults(&said).contains("stands beside it"), "{said}");
    // Whole, and of somebody else.
    let other = tempfile::tempdir().expect("a folder");
    central_at(other.path()).stop();
    let (code, said) = looked(&copy, &["--data", other.path().to_str().expect("text")]);
    assert!(code == 1 && faults(&said).contains("another central's"), "{said}");
}
