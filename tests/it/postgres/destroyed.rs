//! Sealed data destroyed in a real PostgreSQL: what is left of it in the table's files, a backup
//! that holds the table, a report that still sees it, a register that sends it at that moment, and
//! a database that is put back.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tideover::central::backend::Backend;
use tideover::central::destruction::Destruction;

use super::bind;
use super::server::Server;
use crate::central::central_at;
use crate::check::destroyed::{Pieces, destroy, destroy_until, held, journal, rows, store, token};
use crate::program::Dice;

/// How many pieces stand in the table's file and in those that it grew into.
fn in_table(server: &Server, database: &str, pieces: &Pieces) -> usize {
    let file = server.file_of(database, "sealed");
    let folder = file.parent().expect("a folder").to_owned();
    let name = file.file_name().expect("a name").to_string_lossy().into_owned();
    let mut found = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let own = path.file_name().expect("a name").to_string_lossy().into_owned();
        if own == name || own.starts_with(&format!("{name}.")) {
            found += pieces.in_file(&path);
        }
    }
    found
}

/// All files of a database: what was its table may be one that nobody names any more.
fn in_database(server: &Server, database: &str, pieces: &Pieces) -> usize {
    let file = server.file_of(database, "sealed");
    pieces.in_folder(file.parent().expect("a folder"))
}

fn bound(server: &Server) -> (tempfile::TempDir, String) {
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    bind(folder.path(), &url);
    central_at(folder.path()).stop();
    (folder, url.rsplit('/').next().expect("a name").to_owned())
}

/// 3,000 rows of many journals, of which two in three are old; all in no order.
fn filled(folder: &Path) -> (Pieces, Pieces) {
    let (mut dice, mut kept) = (Dice(21), store(folder));
    let (mut old, mut young) = (Vec::new(), Vec::new());
    for piece in 0..60 {
        let some = rows(&mut dice, 50);
        let received = if piece % 3 == 0 { i64::MAX / 2 } else { 1 };
        kept.put_sealed(&journal(piece % 7), &some, received).expect("kept");
        let all = if received == 1 { &mut old } else { &mut young };
        all.extend(some.into_iter().map(|row| row.bytes));
    }
    let of = |all: &[Vec<u8>]| Pieces::of(all.iter().map(Vec::as_slice));
    (of(&old), of(&young))
}

#[test]
fn what_was_destroyed_stands_in_no_file_of_the_database_also_where_a_report_still_sees_it() {
    let Some(server) = Server::start() else { return };
    let (folder, name) = bound(&server);
    let at = folder.path();
    let (old, young) = filled(at);
    let jo = token(at, "jo");
    let line = "--yes --why the..rule";
    assert!(in_table(&server, &name, &old) >= old.count(), "all of it is there");

    // A report that began before sees what it saw, whatever is destroyed meanwhile.
    let report = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM journal;
                  SELECT pg_sleep(600)";
    let mut report = server.session(&name, report);
    let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'
                  AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()";
    while server.sql(&name, sleeps) != "1" {
        assert!(report.try_wait().expect("asked").is_none(), "the report ended");
    }

    // Stopped behind the last row: deleted, and given away by the server itself, which leaves it.
    let stopped = destroy_until(at, line, (&jo, "2028-04-05T09:00:00.000+00:00"), 4);
    let stopped = stopped.expect("stopped");
    assert_eq!((stopped.state, stopped.destroyed), ("stopped", 2_000));
    server.sql(&name, "VACUUM FULL sealed");
    assert!(in_table(&server, &name, &old) > 0, "the report keeps them in the file");

    let whole = destroy(at, line, &jo).expect("destroyed");
    assert_eq!((whole.state, whole.destroyed, whole.stay), ("destroyed", 0, 1_000));
    assert_eq!((in_database(&server, &name, &old), held(at)), (0, 1_000));
    assert!(in_table(&server, &name, &young) >= young.count(), "the others are there");
    report.kill().expect("ended");
    report.wait().expect("ended");
}

#[test]
fn a_backup_that_holds_the_table_is_waited_for_and_then_it_is_said_what_to_do() {
    let Some(server) = Server::start() else { return };
    let (folder, name) = bound(&server);
    let at = folder.path();
    let (old, _) = filled(at);
    let jo = token(at, "jo");
    let backup = "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE sealed IN ACCESS SHARE MODE;
                  SELECT pg_sleep(601)";
    let mut backup = server.session(&name, backup);
    let locks = "SELECT count(*) FROM pg_locks WHERE relation = 'sealed'::regclass
                 AND mode = 'AccessShareLock' AND granted AND pid <> pg_backend_pid()";
    while server.sql(&name, locks) != "1" {
        assert!(backup.try_wait().expect("asked").is_none(), "the backup ended");
    }
    let why = destroy(at, "--yes --why the..rule", &jo).expect_err("it is held");
    for words in ["the rows are destroyed", "a backup perhaps, holds the table", "again with --yes"]
    {
        assert!(why.contains(words), "{words}: {why}");
    }
    let shown = destroy(at, "", "").expect("shown");
    assert_eq!((shown.due, shown.stay, shown.unfinished.len()), (0, 1_000, 1));
    server.sql(
        &name,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE query LIKE '%pg_sleep(601)' AND pid <> pg_backend_pid()",
    );
    backup.wait().expect("ended");
    let whole = destroy(at, "--yes --why the..rule", &jo).expect("finished");
    assert_eq!((whole.state, whole.destroyed), ("destroyed", 0));
    assert_eq!(in_database(&server, &name, &old), 0);
}

/// A process takes rows in again while another one destroys them.
#[test]
fn rows_that_come_again_at_that_moment_do_not_slip_in() {
    let Some(server) = Server::start() else { return };
    let (folder, name) = bound(&server);
    let at = folder.path();
    let mut dice = Dice(22);
    let some = rows(&mut dice, 600);
    let ended = AtomicBool::new(false);
    store(at).put_sealed(&journal(7), &some, 1).expect("kept");
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (some, ended) = (&some, &ended);
            scope.spawn(move || {
                let mut kept = store(at);
                let pieces = || some.chunks(50).skip(half).step_by(2);
                let all = std::iter::repeat_with(pieces).flatten();
                for piece in all.take_while(|_| !ended.load(Ordering::Acquire)) {
                    kept.put_sealed(&journal(7), piece, 1).expect("taken");
                }
            });
        }
        let mut kept = Backend::existing(at).expect("a central").open().expect("opened");
        let deed = Destruction {
            who: "jo".to_owned(),
            reason: "the rule".to_owned(),
            at_ms: 10,
            before_ms: 9,
            early: false,
        };
        let mut behind = None;
        while let Some(some) =
            kept.destroy_sealed(&deed, None, behind.as_ref(), 7).expect("destroyed")
        {
            behind = Some(some.last);
        }
        kept.overwrite_destroyed(11).expect("overwritten");
        ended.store(true, Ordering::Release);
    });
    assert_eq!(held(at), 0);
    assert_eq!(server.sql(&name, "SELECT count(*) FROM sealed_destroyed"), "600");
    let pieces = Pieces::of(some.iter().map(|row| row.bytes.as_slice()));
    assert_eq!(in_database(&server, &name, &pieces), 0);
}

#[test]
fn a_database_that_is_put_back_has_them_again_and_it_is_said() {
    let Some(mut server) = Server::start() else { return };
    let (folder, name) = bound(&server);
    let at = folder.path();
    let (old, _) = filled(at);
    let copy = server.back_up();
    let jo = token(at, "jo");
    assert_eq!(destroy(at, "--yes --why the..rule", &jo).expect("destroyed").destroyed, 2_000);
    server.kill();
    server.restore(&copy);
    let shown = destroy(at, "", "").expect("shown");
    assert_eq!((shown.due, shown.undone.map(|deed| deed.who).as_deref()), (2_000, Some("jo")));
    let again = destroy(at, "--yes --why put..back", &jo).expect("destroyed");
    assert_eq!((again.destroyed, again.undone.is_none(), held(at)), (2_000, true, 1_000));
    assert_eq!(in_database(&server, &name, &old), 0);
    assert!(destroy(at, "", "").expect("shown").undone.is_none());
}
