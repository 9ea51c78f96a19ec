//! Lines on the tape, the space ahead of them, and what a torn one is.

use super::super::sample::Written;
use super::*;

const AHEAD_IS: u64 = 262_144;

fn len(path: &Path) -> u64 {
    std::fs::metadata(path).expect("a tape").len()
}

/// Each record that is read, then where the last whole one ends, how many lines were none, and
/// whether the last was torn.
fn read(path: &Path) -> (Vec<u64>, u64, u64, bool) {
    let mut lines = TapeLines::open(path).expect("a tape");
    let mut found = Vec::new();
    while let Some((seq, _)) = lines.next_record().expect("read") {
        found.push(seq.0);
    }
    (found, lines.good_end, lines.damaged, lines.torn)
}

#[test]
fn lines_are_written_into_space_that_was_written_ahead_and_the_rest_is_cut_off_at_the_end() {
    let written = Written::sold(3, 2);
    let folder = tempfile::tempdir().expect("a folder");
    let path = path(folder.path(), Epoch([0xa1; 8]));
    assert!(path.ends_with("tape-a1a1a1a1a1a1a1a1.jsonl"));
    let mut tape = Tape::open(&path, 0).expect("opened");
    assert_eq!((tape.path(), len(&path)), (path.as_path(), 0));
    tape.write(&written.lines[0]).expect("written");
    let first = u64::try_from(written.lines[0].len()).expect("fits") + 1;
    let ahead = len(&path);
    assert!(ahead >= first + AHEAD_IS && ahead < first + AHEAD_IS + BLOCK, "{ahead}");
    for line in &written.lines[1..] {
        tape.write(line).expect("written");
    }
    tape.flush().expect("flushed");
    assert_eq!(len(&path), ahead, "there is space enough");
    let text = std::fs::read(&path).expect("a tape");
    let lines = written.lines.iter().flat_map(|line| [line, &b"\n"[..]].concat());
    let lines: Vec<u8> = lines.collect();
    assert_eq!(text[..lines.len()], lines);
    assert!(text[lines.len()..].iter().all(|byte| *byte == b'\n'), "which grep and jq pass over");
    let end = u64::try_from(lines.len()).expect("fits");
    assert_eq!(read(&path), (vec![0, 1, 2, 3], end, 0, false));
    tape.close().expect("closed");
    assert_eq!(len(&path), end);
    assert_eq!(read(&path), (vec![0, 1, 2, 3], end, 0, false));
}

#[test]
fn a_line_that_just_fits_or_just_does_not_is_followed_by_space() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tape");
    let mut tape = Tape::open(&path, 0).expect("opened");
    tape.write(b"a").expect("written");
    let mut other = Tape::open(&folder.path().join("other"), 0).expect("opened");
    other.write(&[b'x'; 4_095]).expect("written");
    assert_eq!(len(other.path()), 4_096 + AHEAD_IS, "no more than is needed");
    let room = usize::try_from(len(&path)).expect("fits") - 2;
    for more in [room - 1, room] {
        let mut tape = Tape::open(&path, 0).expect("opened");
        tape.write(b"a").expect("written");
        tape.write(&vec![b'b'; more - 1]).expect("written");
        let end = u64::try_from(more).expect("fits") + 2;
        assert!(len(&path) > end, "{more}: an empty line says where it ends");
    }
}

#[test]
fn what_stands_behind_the_end_is_cut_off_when_it_is_opened() {
    let written = Written::sold(3, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tape");
    let first = [&written.lines[0], &b"\n"[..]].concat();
    std::fs::write(&path, [&first[..], b"torn"].concat()).expect("written");
    let end = u64::try_from(first.len()).expect("fits");
    let mut tape = Tape::open(&path, end).expect("opened");
    assert_eq!(len(&path), end);
    tape.write(&written.lines[1]).expect("written");
    assert_eq!(read(&path).0, [0, 1]);
    assert!(Tape::open(&folder.path().join("nowhere/tape"), 0).is_err());
}

#[test]
fn a_torn_last_line_is_told_from_damage_in_the_middle() {
    let written = Written::sold(3, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tape");
    let line = |place: usize| [&written.lines[place], &b"\n"[..]].concat();
    let is = |bytes: &[&[u8]]| {
        std::fs::write(&path, bytes.concat()).expect("written");
        read(&path)
    };
    let (zero, one, two) = (line(0), line(1), line(2));
    let end = |lines: &[&[u8]]| u64::try_from(lines.concat().len()).expect("fits");
    let after_one = end(&[&zero, &one]);
    let torn = &two[..two.len() / 2];
    assert_eq!(is(&[]), (vec![], 0, 0, false));
    assert_eq!(is(&[&zero, &one]), (vec![0, 1], after_one, 0, false));
    assert_eq!(is(&[&zero, &one, torn]), (vec![0, 1], after_one, 0, true));
    assert_eq!(is(&[&zero, &one, torn, b"\n\n\n"]), (vec![0, 1], after_one, 0, true));
    assert_eq!(is(&[&zero, &one, torn, b"\n\0\0"]), (vec![0, 1], after_one, 0, true));
    // Whole but for its newline: a record is only there when all of it is.
    assert_eq!(is(&[&zero, &one, &two[..two.len() - 1]]), (vec![0, 1], after_one, 0, true));
    let all = end(&[&zero, &one, b"no record\n", &two]);
    assert_eq!(is(&[&zero, &one, b"no record\n", &two]), (vec![0, 1, 2], all, 1, false));
    let twice = is(&[b"no record\n", &zero, b"none\n", &one, b"\n\n"]);
    assert_eq!((twice.0, twice.2, twice.3), (vec![0, 1], 2, false));
    // Behind an empty line there is nothing more.
    assert_eq!(is(&[&zero, b"\n", &one]).0, [0]);
    assert_eq!(is(&[b"\n"]), (vec![], 0, 0, false));
}

#[test]
fn a_line_that_is_longer_than_a_record_may_be_is_none() {
    let written = Written::sold(3, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tape");
    let long = [vec![b'x'; LINE_LEN_MAX + 100], b"\n".to_vec(), written.lines[0].clone()].concat();
    std::fs::write(&path, [&long[..], b"\n"].concat()).expect("written");
    let (found, _, damaged, _) = read(&path);
    assert_eq!((found, damaged), (vec![0], 2), "in two pieces");
}
