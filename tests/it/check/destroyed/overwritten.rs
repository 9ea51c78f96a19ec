//! What destroyed rows leave behind in central's own files, and what a sudden end leaves half way.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use super::*;
use crate::program::Dice;

/// Rows move when pages are split, and their old bytes stay: a plain delete is not enough, though
/// SQLite overwrites what it deletes.
#[test]
fn what_moved_between_pages_before_it_was_destroyed_is_found_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    central_at(at).stop();
    let mut dice = Dice(11);
    let (mut old, mut young) = (Vec::new(), Vec::new());
    let mut kept = store(at);
    for piece in 0..80 {
        let of = journal(u16::try_from(dice.below(20)).expect("small"));
        let some = rows(&mut dice, 50);
        let received = if piece % 8 == 0 { 1 } else { i64::MAX / 2 };
        kept.put_sealed(&of, &some, received).expect("kept");
        let all = if received == 1 { &mut old } else { &mut young };
        all.extend(some.into_iter().map(|row| (of, row)));
    }
    let bytes = |rows: &[(JournalId, SealedRow)]| {
        Pieces::of(rows.iter().map(|(_, row)| row.bytes.as_slice()))
    };
    let (gone, stays) = (bytes(&old), bytes(&young));
    let jo = token(at, "jo");
    // Every row is deleted, and it is stopped before its end.
    let line = "--yes --why the..rule";
    let stopped = destroy_until(at, line, (&jo, LATER), 1).expect("stopped");
    assert_eq!((stopped.state, stopped.destroyed, old.len()), ("stopped", 500, 500));
    assert!(stopped.to_string().contains("Run it again with --yes"), "{stopped}");
    assert!(gone.in_folder(at) > 0, "else this looks in the wrong place");
    let shown = destroy(at, "", "").expect("shown");
    assert_eq!((shown.due, shown.unfinished.len()), (0, 1));
    assert!(shown.to_string().contains("its bytes may still stand"), "{shown}");
    let whole = destroy(at, line, &jo).expect("finished");
    assert_eq!((whole.state, whole.destroyed, whole.unfinished.len()), ("destroyed", 0, 0));
    assert_eq!(gone.in_folder(at), 0);
    assert!(destroy(at, "", "").expect("shown").unfinished.is_empty());
    // All others are there as they came.
    assert!(stays.in_folder(at) >= stays.count());
    for (of, row) in &young {
        let here = kept.sealed_of(of, row.seq).expect("read");
        assert!(here.contains(row), "{of} {:?}", row.seq);
    }
}

/// A process that destroys, with its token typed.
fn destroying(folder: &Path, token: &str) -> std::process::Child {
    let mut process = program()
        .args(["central", "destroy-sealed", "--yes", "--why", "the rule", "--json", "--data"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut typing = process.stdin.take().expect("a keyboard");
    writeln!(typing, "{token}").unwrap_or_default();
    process
}

/// Ctrl-C, once: it ends behind what is begun, or was done already, or was not listening yet.
fn who_wants_it_to_stop_is_heard_behind_some_rows(at: &Path, jo: &str) {
    let before = held(at);
    let mut process = destroying(at, jo);
    let pid = i32::try_from(process.id()).expect("a number");
    let pid = rustix::process::Pid::from_raw(pid).expect("a process");
    while process.try_wait().expect("asked").is_none() {
        if held(at) < before {
            rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("asked");
            break;
        }
    }
    let output = process.wait_with_output().expect("ended");
    let Some(code) = output.status.code() else { return };
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an answer");
    let went = told["destroyed"].as_u64().expect("a number");
    assert_eq!((went, told["due"].as_u64()), (before - held(at), Some(before)), "{told}");
    let state = if code == 1 { "stopped" } else { "destroyed" };
    assert_eq!(told["state"].as_str(), Some(state), "{told}");
    assert!(code == 1 || held(at) == 0, "{told}");
}

#[test]
fn killed_again_and_again_each_row_is_whole_or_gone_and_the_next_run_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    central_at(at).stop();
    let (mut dice, all) = (Dice(12), 30_000);
    let some = rows(&mut dice, all);
    let of = |place: usize| journal(u16::try_from(place / 1_000).expect("small"));
    for (number, piece) in some.chunks(1_000).enumerate() {
        store(at).put_sealed(&of(number * 1_000), piece, 1).expect("kept");
    }
    let jo = token(at, "jo");
    let mut kept = store(at);
    let mut left = || kept.sealed_counts(None, i64::MAX).expect("counted");
    let mut in_the_middle = 0;
    for _ in 0..4 {
        let before = left().first().map_or(0, |count| count.all);
        let mut process = destroying(at, &jo);
        while process.try_wait().expect("asked").is_none() {
            if left().first().map_or(0, |count| count.all) < before {
                process.kill().expect("killed");
            }
        }
        process.wait().expect("ended");
        let now = left().first().map_or(0, |count| count.all);
        in_the_middle += u32::from((1..before).contains(&now));
        let gone = all - now;
        assert_eq!(gone % 500, 0, "so many go together");
        // Each row is there as it came, or its name is kept.
        let mut store = store(at);
        for (place, row) in some.iter().enumerate().step_by(97) {
            let name = store.destroyed_of(&of(place), row.seq).expect("read");
            let here = store.sealed_of(&of(place), row.seq).expect("read");
            match (name.as_slice(), here.as_slice()) {
                ([], [one]) => assert_eq!(one, row),
                ([name], []) => assert_eq!(name.commitment, row.commitment),
                odd => panic!("{:?}: {odd:?}", row.seq),
            }
        }
    }
    assert!(in_the_middle > 0, "none of them was killed in the middle");
    who_wants_it_to_stop_is_heard_behind_some_rows(at, &jo);
    let output = destroying(at, &jo).wait_with_output().expect("ended");
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(left(), []);
    let rows = store(at).destructions(None).expect("read");
    assert!(!rows.is_empty() && rows.iter().all(|row| row.finished), "{rows:?}");
    let pieces = Pieces::of(some.iter().step_by(50).map(|row| row.bytes.as_slice()));
    assert_eq!(pieces.in_folder(at), 0);
}
