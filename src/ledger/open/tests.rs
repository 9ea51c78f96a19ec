//! How a ledger file is opened: folders, lock, identity, format, log, definitions.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

fn fresh() -> (tempfile::TempDir, Db) {
    let folder = folder();
    let db = Db::create(&folder.path().join("ledger.db")).expect("created");
    (folder, db)
}

#[test]
fn a_private_folder_is_made_with_those_above_it_for_this_user_alone() {
    let folder = folder();
    let deep = folder.path().join("a/b/c");
    private_folder(&deep).expect("made");
    for dir in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&folder.path().join(dir)), 0o700, "{dir}");
    }
    private_folder(&deep).expect("there already");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("opened");
    private_folder(&folder.path().join("beside")).expect("made");
    assert_eq!(mode(folder.path()), 0o755, "what was there before is left as it is");
    fs::set_permissions(&deep, fs::Permissions::from_mode(0o755)).expect("opened");
    private_folder(&deep).expect("closed again");
    assert_eq!(mode(&deep), 0o700);
    fs::set_permissions(&deep, fs::Permissions::from_mode(0o500)).expect("nobody else's");
    private_folder(&deep).expect("left as it is");
    assert_eq!(mode(&deep), 0o500, "only what others may do is taken away");
    fs::write(folder.path().join("file"), b"").expect("a file");
    assert!(private_folder(&folder.path().join("file/below")).is_err());
}

#[test]
fn a_new_file_is_private_and_never_over_another() {
    let folder = folder();
    let path = folder.path().join("new");
    drop(new_private_file(&path).expect("made"));
    assert_eq!(mode(&path), 0o600);
    assert!(new_private_file(&path).is_err());
    flush_folder(folder.path()).expect("flushed");
    assert!(flush_folder(&folder.path().join("nowhere")).is_err());
}

#[test]
fn a_folders_lock_is_taken_by_one_and_free_when_that_one_ends() {
    let folder = folder();
    let lock = Lock::take(folder.path()).expect("taken");
    assert!(matches!(Lock::take(folder.path()), Err(LedgerError::InUse)));
    assert!(matches!(not_in_use(folder.path()), Err(LedgerError::InUse)));
    drop(lock);
    not_in_use(folder.path()).expect("free");
    Lock::take(folder.path()).expect("free");
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(Lock::take(&nowhere), Err(LedgerError::File { .. })));
    not_in_use(&nowhere).expect("that shows at opening");
}

#[test]
fn a_file_with_a_second_name_is_not_known_by_either() {
    let folder = folder();
    let path = folder.path().join("file");
    assert_eq!(FileIdentity::at(&path), None);
    fs::write(&path, b"").expect("a file");
    let one = FileIdentity::at(&path).expect("a file");
    assert_eq!(FileIdentity::at(&path), Some(one));
    fs::write(folder.path().join("other"), b"").expect("a file");
    assert_ne!(FileIdentity::at(&folder.path().join("other")), Some(one));
    fs::hard_link(&path, folder.path().join("second")).expect("a second name");
    assert_eq!(FileIdentity::at(&path), None);
}

#[test]
fn a_ledger_is_created_beside_its_place_and_never_over_another() {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    // What a start that was cut off left.
    for suffix in ["", "-journal", "-wal", "-shm"] {
        fs::write(beside(&path, &format!("-new{suffix}")), b"half made").expect("written");
    }
    let db = Db::create(&path).expect("created");
    assert_eq!(mode(&path), 0o600);
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    left.sort();
    assert_eq!(left, ["ledger.db", "ledger.db-shm", "ledger.db-wal"]);
    assert_eq!(db.last_line().expect("read"), None);
    drop(db);
    assert!(Db::create(&path).is_err(), "there is one");
    let db = Db::open(&path).expect("opened");
    db.conn.execute("INSERT INTO journal(seq, line) VALUES (0, x'414243')", ()).expect("in");
    db.conn.execute("INSERT INTO journal(seq, line) VALUES (1, x'444546')", ()).expect("in");
    assert_eq!(db.last_line().expect("read"), Some((1, b"DEF".to_vec())));
}

#[test]
fn an_open_ledger_notices_that_its_file_or_its_log_is_another_one() {
    let (_folder, db) = fresh();
    db.still_there().expect("there");
    let wal = beside(&db.path, "-wal");
    for path in [db.path.clone(), wal] {
        let away = path.with_extension("away");
        fs::rename(&path, &away).expect("moved");
        let why = db.still_there().expect_err("noticed");
        assert!(matches!(why, LedgerError::FileReplaced { path: at } if at == path));
        fs::copy(&away, &path).expect("copied");
        assert!(db.still_there().is_err(), "a copy is not it");
        fs::rename(&away, &path).expect("moved back");
        db.still_there().expect("there again");
    }
}

#[test]
fn the_log_is_as_long_as_it_gets_from_the_start_and_after_it_was_emptied() {
    let (folder, db) = fresh();
    let wal = beside(&db.path, "-wal");
    let len = |path: &Path| fs::metadata(path).expect("a log").len();
    assert_eq!(len(&wal), 1_048_576);
    db.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).expect("emptied");
    assert_eq!(len(&wal), 0);
    db.lengthen_log();
    assert_eq!(len(&wal), 1_048_576);
    // What stands in it stays, and a longer one is as long as it is.
    let log = folder.path().join("log");
    for bytes in [vec![7; 4_096], vec![7; 1_048_576], vec![7; 1_050_000]] {
        fs::write(&log, &bytes).expect("written");
        write_ahead(&log);
        let after = fs::read(&log).expect("a log");
        assert_eq!(after.len(), bytes.len().max(1_048_576));
        assert_eq!(after[..bytes.len()], bytes);
        assert!(after[bytes.len()..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn a_file_is_a_database_by_its_first_bytes() {
    let (folder, db) = fresh();
    let is = |path: &Path| file_is_a_database(path).map_err(|why| why.kind());
    assert_eq!(is(&db.path), Ok(true));
    let other = folder.path().join("other");
    assert_eq!(is(&other), Ok(false), "there is none");
    fs::write(&other, b"SQLite format 3").expect("written");
    assert_eq!(is(&other), Ok(false), "too short");
    fs::write(&other, b"SQLite format 4\0 and more").expect("written");
    assert_eq!(is(&other), Ok(false));
    assert_eq!(is(folder.path()), Err(std::io::ErrorKind::IsADirectory));
}

#[test]
fn a_library_that_can_damage_a_ledger_is_told_from_one_that_can_not() {
    assert!(can_damage(3_051_002));
    assert!(!can_damage(3_051_003));
    assert!(!can_damage(3_054_000));
    assert!(library().expect("a sound one").starts_with("SQLite 3."));
}

#[test]
fn only_a_ledger_of_this_format_is_opened() {
    let said = |application: i64, version: i64| {
        let conn = Connection::open_in_memory().expect("a database");
        conn.pragma_update(None, "application_id", application).expect("set");
        conn.pragma_update(None, "user_version", version).expect("set");
        check_format(&conn, Path::new("ledger.db"))
    };
    said(APPLICATION_ID, 1).expect("this one");
    let newer = said(APPLICATION_ID, 2).expect_err("refused");
    assert!(matches!(newer, LedgerError::NewerVersion { found: 2, known: 1, .. }), "{newer:?}");
    for (application, version) in [(APPLICATION_ID, 0), (7, 1), (7, 2), (0, 0)] {
        let why = said(application, version).expect_err("refused");
        assert!(why.is_damage(), "{application} {version}: {why:?}");
    }
}

#[test]
fn no_statement_of_this_program_takes_the_guards_away() {
    let (_folder, db) = fresh();
    for attack in [
        "DROP TABLE sale",
        "DROP TRIGGER journal_is_not_deleted",
        "ALTER TABLE sale ADD COLUMN more",
        "CREATE TABLE more(a)",
        "CREATE TRIGGER more BEFORE INSERT ON sale BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER more BEFORE INSERT ON sale BEGIN SELECT 1; END",
        "ATTACH ':memory:' AS more",
    ] {
        assert!(db.conn.execute_batch(attack).is_err(), "{attack}");
    }
}

#[test]
fn a_setting_that_does_not_take_is_no_ledger_to_sell_with() {
    // A database in memory has no log, so the switch to one gives the old mode as its answer.
    let conn = Connection::open_in_memory().expect("a database");
    let why = set_durability(&conn, Path::new("ledger.db")).expect_err("refused");
    assert!(matches!(why, LedgerError::NotDurable { setting: "journal_mode", .. }), "{why:?}");
}

#[test]
fn a_connection_to_read_can_not_write() {
    let (_folder, db) = fresh();
    let reading = connect_to_read(&db.path).expect("opened");
    assert!(reading.execute("INSERT INTO outage(seq, id) VALUES (1, 'o-1')", ()).is_err());
    let count: i64 =
        reading.query_row("SELECT count(*) FROM journal", (), |row| row.get(0)).expect("read");
    assert_eq!(count, 0);
    assert!(connect_to_read(&db.path.with_extension("none")).is_err());
}

#[test]
fn a_definition_that_is_not_this_programs_own_is_noticed() {
    let (_folder, db) = fresh();
    assert!(has_own_schema(&db.conn).expect("read"));
    for change in [
        "CREATE TABLE more(a)",
        "DROP TRIGGER journal_is_not_deleted",
        "DROP TABLE sale; CREATE TABLE sale(seq INTEGER PRIMARY KEY)",
    ] {
        let conn = Connection::open_in_memory().expect("a database");
        conn.execute_batch(SCHEMA).expect("a schema");
        assert!(has_own_schema(&conn).expect("read"));
        conn.execute_batch(change).expect("changed");
        assert!(!has_own_schema(&conn).expect("read"), "{change}");
    }
}

#[test]
fn a_count_is_a_number_of_the_database() {
    assert_eq!([0, 1, 7].map(sql_int), [0, 1, 7]);
    assert_eq!(sql_int(u64::MAX), i64::MAX);
}
