//! The embedded store's older formats.

use std::path::Path;

use rusqlite::Connection;
use tideover::central::sqlite::{FILE_NAME, SqliteStore};
use tideover::central::store::Store as _;

use super::*;

/// What other systems were given, what was sealed, opened, destroyed and closed, and a key that was
/// to be followed by another: no register brings it.
const BESIDE: &str = "
    INSERT INTO sealed SELECT store, reg, epoch, zeroblob(32), 3, x'0102', 5 FROM journal
        WHERE reg = 7;
    INSERT INTO sealed_opening SELECT store, 5, reg, epoch, 3, 'jo', 'it came back' FROM journal
        WHERE reg = 7;
    INSERT INTO sealed_destruction VALUES (1042, 6, 'jo', 'the rule', 4, 0);
    INSERT INTO sealed_destroyed SELECT store, reg, epoch, CAST(printf('%032d', 1) AS BLOB), 3, 3,
        6, 'jo' FROM journal WHERE reg = 7;
    INSERT INTO sealed_overwritten SELECT store, at, who, 7 FROM sealed_destruction;
    INSERT INTO closure VALUES (1042, 1, x'7369676e6564');
    INSERT INTO key_change VALUES (1042, 12, zeroblob(32), zeroblob(8), zeroblob(32), 5);
    INSERT INTO key_change_length VALUES (1042, 12, zeroblob(32), zeroblob(8), x'0100000000000000',
        3);
    INSERT INTO hand_over_target VALUES ('poslog:/srv/out', 'then', 0, '');
    INSERT INTO hand_over_plan SELECT store, reg, epoch, 'poslog:/srv/out', 4 FROM journal
        WHERE reg = 7;
    INSERT INTO hand_over SELECT store, reg, epoch, seq, 'poslog:/srv/out', hash, '2026-11-22',
        'confirmed', 1, 5, '' FROM record WHERE reg = 7 AND seq IN (2, 3);";

/// Who decided a revocation is kept since format 14, which record of a segment was new since 11,
/// what a register runs since 16, what was out of a journal since 19.
const SINCE: Since = Since {
    tables: &[
        (6, "hand_over"),
        (6, "hand_over_plan"),
        (6, "hand_over_target"),
        (7, "closure"),
        (15, "key_change"),
        (15, "key_change_length"),
        (18, "sealed_destruction"),
        (18, "sealed_destroyed"),
        (18, "sealed_overwritten"),
    ],
    words: &[
        (14, "revocation_step", " at="),
        (11, "segment", " new_from="),
        (16, "journal", " program="),
        (19, "journal", " out_since="),
    ],
};

/// The application's number in the file's head.
const APPLICATION_ID: i64 = 0x5469_6465;

fn tables(db: &Connection, schema: &str) -> Vec<String> {
    let sql = format!("SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' ORDER BY name");
    let mut names = db.prepare(&sql).expect("a question");
    let rows = names.query_map((), |row| row.get(0)).expect("asked");
    rows.map(|name| name.expect("a name")).collect()
}

fn columns(db: &Connection, schema: &str, table: &str) -> Vec<String> {
    let sql = format!("SELECT name FROM pragma_table_info('{table}', '{schema}')");
    let mut names = db.prepare(&sql).expect("a question");
    let rows = names.query_map((), |row| row.get(0)).expect("asked");
    rows.map(|name| name.expect("a name")).collect()
}

/// The format, what tables and indices look like, and all rows.
pub fn state(path: &Path) -> (i64, String, Rows) {
    let db = Connection::open(path).expect("opened");
    let version = db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a number");
    let sql = "SELECT coalesce(group_concat(name || ' ' || coalesce(sql, ''), ';'), '') FROM
               (SELECT name, sql FROM sqlite_schema ORDER BY name)";
    let shape = db.query_row(sql, (), |row| row.get(0)).expect("a shape");
    let mut rows = Rows::new();
    for table in tables(&db, "main") {
        let columns = columns(&db, "main", &table);
        let said: Vec<String> =
            columns.iter().map(|one| format!("'{one}=' || quote({one})")).collect();
        let sql = format!("SELECT {} FROM {table}", said.join(" || ' ' || "));
        let mut all = db.prepare(&sql).expect("a question");
        let all = all.query_map((), |row| row.get(0)).expect("asked");
        rows.insert(table, all.map(|row| row.expect("a row")).collect());
    }
    (version, shape, rows)
}

/// Today's store of the deliveries, derived again, in a folder with central's keys.
pub fn today(folder: &Path) -> Rows {
    let central = central_at(folder);
    deliver(&central, folder);
    central.stop();
    let db = Connection::open(folder.join(FILE_NAME)).expect("opened");
    db.execute_batch(BESIDE).expect("kept");
    drop(db);
    SqliteStore::open(folder).expect("opened").forget_projections().expect("emptied");
    let central = central_at(folder);
    assert!(central.settle());
    central.stop();
    state(&folder.join(FILE_NAME)).2
}

/// The same store as a program of that format had it: its tables, and the rows of today that it
/// had, so that none is empty.
pub fn older(version: usize, today: &Path, to: &Path) {
    let db = Connection::open(to).expect("made");
    db.pragma_update(None, "journal_mode", "WAL").expect("set");
    for schema in schemas("").iter().take(version) {
        db.execute_batch(schema).expect("tables");
    }
    let today = today.to_str().expect("a name");
    db.execute("ATTACH ?1 AS today", [today]).expect("attached");
    db.execute_batch("BEGIN").expect("begun");
    let known = tables(&db, "today");
    for table in tables(&db, "main").iter().filter(|table| known.contains(table)) {
        let theirs = columns(&db, "today", table);
        let ours = columns(&db, "main", table);
        let both: Vec<String> = ours.into_iter().filter(|one| theirs.contains(one)).collect();
        let both = both.join(", ");
        let sql = format!("INSERT INTO main.{table} ({both}) SELECT {both} FROM today.{table}");
        db.execute(&sql, ()).unwrap_or_else(|why| panic!("{table}: {why}"));
    }
    // Sums by item went with a later format; what is to be looked at is looked at when it is asked.
    if tables(&db, "main").iter().any(|table| table == "stock") {
        let sums = "INSERT INTO stock SELECT store, item, branch, -sum(quantity) FROM sale_line
                    GROUP BY store, item, branch";
        db.execute(sums, ()).expect("sums");
    }
    if version >= 2 {
        db.execute("INSERT INTO goods_due VALUES (1042, 1)", ()).expect("due");
    }
    db.pragma_update(None, "application_id", APPLICATION_ID).expect("set");
    db.pragma_update(None, "user_version", i64::try_from(version).expect("small")).expect("set");
    db.execute_batch("COMMIT; DETACH today").expect("kept");
    for table in tables(&db, "main") {
        let count = format!("SELECT count(*) FROM {table}");
        let count: i64 = db.query_row(&count, (), |row| row.get(0)).expect("counted");
        assert!(count > 0, "format {version}: nothing in {table}");
    }
}

#[test]
fn each_older_format_with_rows_in_every_table_becomes_todays_and_says_the_same() {
    let whole = tempfile::tempdir().expect("a folder");
    let rows = today(whole.path());
    let latest = schemas("").len();
    for version in 1..latest {
        let folder = tempfile::tempdir().expect("a folder");
        keys_of(whole.path(), folder.path(), &[FILE_NAME]);
        older(version, &whole.path().join(FILE_NAME), &folder.path().join(FILE_NAME));
        let central = central_at(folder.path());
        assert!(central.settle());
        central.stop();
        let (now, _, mut here) = state(&folder.path().join(FILE_NAME));
        assert_eq!(now, i64::try_from(latest).expect("small"));
        SINCE.said_less(version, &mut here);
        same(version, &here, &SINCE.wanted(version, &rows));
        let central = central_at(folder.path());
        goes_on(&central);
        central.stop();
    }
    println!("{} older formats, {} tables", latest - 1, rows.len());
}
