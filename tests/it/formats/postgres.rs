//! PostgreSQL's older formats, in a real server; and a change of format whose session the server
//! ends at a statement of it.

use std::os::unix::fs::PermissionsExt as _;

use tideover::central::backend::Backend;
use tideover::device::entropy::SeededEntropy;

use super::*;
use crate::crash::cuts::number;
use crate::postgres::bind;
use crate::postgres::server::Server;

/// What other systems were given, what was sealed, opened, destroyed and closed, a key that was to
/// be followed by another, and rows that are only held.
const BESIDE: &str = "
    INSERT INTO sealed SELECT store, reg, epoch, sha256('a'), 3, '\\x0102', 5 FROM journal
        WHERE reg = 7;
    INSERT INTO sealed_opening SELECT store, 5, reg, epoch, 3, 'jo', 'it came back' FROM journal
        WHERE reg = 7;
    INSERT INTO sealed_destruction VALUES (1042, 6, 'jo', 'the rule', 4, false);
    INSERT INTO sealed_destroyed SELECT store, reg, epoch, sha256('e'), 3, 3, 6, 'jo' FROM journal
        WHERE reg = 7;
    INSERT INTO sealed_overwritten SELECT store, at, who, 7 FROM sealed_destruction;
    INSERT INTO closure VALUES (1042, 1, 'signed');
    INSERT INTO key_change VALUES (1042, 12, sha256('c'), 1, sha256('d'), 5);
    INSERT INTO key_change_length VALUES (1042, 12, sha256('c'), 1, 2, 3);
    INSERT INTO hand_over_target VALUES ('poslog:/srv/out', 'then', false, '');
    INSERT INTO hand_over_plan SELECT store, reg, epoch, 'poslog:/srv/out', 4 FROM journal
        WHERE reg = 7;
    INSERT INTO hand_over SELECT store, reg, epoch, seq, 'poslog:/srv/out', hash, '2026-11-22',
        'confirmed', 1, 5, '' FROM record WHERE reg = 7 AND seq IN (2, 3);
    INSERT INTO paper_slips_held VALUES (1042) ON CONFLICT DO NOTHING;
    INSERT INTO check_held VALUES ('1041', 1, '2026-11-22') ON CONFLICT DO NOTHING;
    INSERT INTO key_held VALUES (sha256('b')) ON CONFLICT DO NOTHING;
    INSERT INTO projecting VALUES (1) ON CONFLICT DO NOTHING;";

/// As for the embedded store. How old a program may be is what each program said of itself; here
/// none was asked.
const SINCE: Since = Since {
    tables: &[
        (9, "hand_over"),
        (9, "hand_over_plan"),
        (9, "hand_over_target"),
        (3, "closure"),
        (14, "key_change"),
        (14, "key_change_length"),
        (18, "sealed_destruction"),
        (18, "sealed_destroyed"),
        (18, "sealed_overwritten"),
    ],
    words: &[
        (13, "revocation_step", " at="),
        (10, "segment", " new_from="),
        (16, "journal", " program="),
        (19, "journal", " out_since="),
        (usize::MAX, "schema_version", " works_with="),
    ],
};

/// Rows that somebody holds while records are read, or a turn: they say nothing.
const HELD: [&str; 6] =
    ["projecting", "check_held", "paper_slips_held", "key_held", "store_held", "hand_over_turn"];

/// Ends the session at the so-many-th statement that changes the format, and at each later one.
const ENDS: &str = "
    CREATE SCHEMA ends;
    CREATE SEQUENCE ends.count;
    CREATE TABLE ends.at (place bigint);
    CREATE FUNCTION ends.look() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('ends.count') >= (SELECT place FROM ends.at) THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
            PERFORM pg_sleep(10);
        END IF;
    END $$;
    CREATE FUNCTION ends.statement() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM ends.look(); END $$;
    CREATE FUNCTION ends.row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM ends.look(); RETURN NULL; END $$;
    CREATE TRIGGER ends_after AFTER INSERT ON schema_version
        FOR EACH STATEMENT EXECUTE FUNCTION ends.row();
    CREATE TRIGGER ends_again AFTER UPDATE ON branch
        FOR EACH STATEMENT EXECUTE FUNCTION ends.row();
    CREATE CONSTRAINT TRIGGER ends_commit AFTER INSERT ON schema_version
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ends.row();
    CREATE EVENT TRIGGER ends_statement ON ddl_command_start EXECUTE FUNCTION ends.statement();";

/// How many of them there were since the place was set.
const COUNTED: &str = "SELECT last_value FROM ends.count";

const NO_ENDS: &str = "
    DROP EVENT TRIGGER ends_statement;
    DROP TRIGGER ends_after ON schema_version;
    DROP TRIGGER ends_again ON branch;
    DROP TRIGGER ends_commit ON schema_version;
    DROP SCHEMA ends CASCADE;";

/// A server, and a folder that it and the test write into.
struct Chain {
    server: Server,
    between: tempfile::TempDir,
}

impl Chain {
    fn start() -> Option<Self> {
        let server = Server::start()?;
        let between = tempfile::tempdir().expect("a folder");
        let all = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(between.path(), all).expect("for the server's user");
        Some(Self { server, between })
    }

    fn ask(&self, url: &str, sql: &str) -> String {
        self.server.sql(url.rsplit('/').next().expect("a name"), sql)
    }

    /// The columns of each table.
    fn tables(&self, url: &str) -> BTreeMap<String, Vec<String>> {
        let sql = "SELECT c.table_name || ' ' || string_agg(c.column_name, ' ' ORDER BY
                   c.ordinal_position) FROM information_schema.columns c
                   WHERE c.table_schema = 'public' GROUP BY c.table_name";
        let of = |line: &str| {
            let mut words = line.split(' ').map(str::to_owned);
            (words.next().expect("a table"), words.collect())
        };
        self.ask(url, sql).lines().map(of).collect()
    }

    /// The tables that are no views.
    fn written(&self, url: &str) -> Vec<String> {
        let sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        self.ask(url, sql).lines().map(str::to_owned).collect()
    }

    /// All rows by table.
    fn rows(&self, url: &str) -> Rows {
        let tables = self.tables(url);
        let mut rows = Rows::new();
        let told = self.written(url).into_iter().filter(|one| !HELD.contains(&one.as_str()));
        let mut parts = Vec::new();
        for table in told {
            let columns = tables.get(&table).expect("columns").iter().map(|one| {
                format!("' {one}=' || coalesce(replace({one}::text, E'\\n', '/'), 'null')")
            });
            let columns: Vec<String> = columns.collect();
            parts.push(format!("SELECT '{table}' || {} FROM {table}", columns.join(" || ")));
            rows.insert(table, BTreeSet::new());
        }
        for line in self.ask(url, &parts.join(" UNION ALL ")).lines() {
            let (table, row) = line.split_once(' ').expect("a row");
            rows.get_mut(table).expect("a table").insert(row.to_owned());
        }
        // When a version was applied is no word of the store's.
        let versions = rows.remove("schema_version").unwrap_or_default();
        let versions = versions.iter().filter_map(|row| row.split(" applied_at").next());
        let versions = versions.map(str::to_owned).collect();
        rows.insert("schema_version".to_owned(), versions);
        rows
    }

    /// What tables, indices, triggers and views look like.
    fn shape(&self, url: &str) -> String {
        let sql = "SELECT table_name || column_name || data_type || is_nullable
                   FROM information_schema.columns WHERE table_schema = 'public'
                   UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                   UNION ALL SELECT tgname || tgrelid::regclass::text FROM pg_trigger
                   WHERE NOT tgisinternal AND tgname NOT LIKE 'ends_%'
                   ORDER BY 1";
        self.ask(url, sql)
    }

    /// A database as a program of that format had it, with the rows of today's that it had.
    fn older(&self, version: usize, today: &str) -> String {
        let url = self.server.database();
        let versions = "CREATE TABLE schema_version (version int NOT NULL PRIMARY KEY,
            works_with int NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());";
        let mut sql = versions.to_owned();
        for (number, schema) in (1..).zip(schemas("postgres")).take(version) {
            sql.push_str(&schema);
            sql.push_str(&format!("INSERT INTO schema_version VALUES ({number}, {number});"));
        }
        self.ask(&url, &sql);
        let (ours, theirs) = (self.tables(&url), self.tables(today));
        let (mut out, mut back) = (String::new(), String::new());
        let once = ["schema_version", "hand_over_turn"];
        for table in self.written(&url).iter().filter(|one| !once.contains(&one.as_str())) {
            let Some(known) = theirs.get(table) else { continue };
            let both = ours.get(table).expect("columns").iter().filter(|one| known.contains(one));
            let both = both.cloned().collect::<Vec<_>>().join(", ");
            let file = self.between.path().join(format!("{version}-{table}"));
            let file = file.display();
            out.push_str(&format!("COPY (SELECT {both} FROM {table}) TO '{file}';"));
            back.push_str(&format!("COPY {table} ({both}) FROM '{file}';"));
        }
        self.ask(today, &out);
        if ours.contains_key("stock") {
            back.push_str(
                "INSERT INTO stock SELECT store, item, reg, epoch, branch, -sum(quantity)
                 FROM sale_line GROUP BY 1, 2, 3, 4, 5;",
            );
        }
        back.push_str(
            "INSERT INTO goods_due SELECT store, reg, epoch, 0, 1 FROM journal WHERE reg = 7;",
        );
        self.ask(&url, &back);
        let count = |table: String| format!("SELECT '{table} ' || count(*) FROM {table}");
        let counts: Vec<String> = self.written(&url).into_iter().map(count).collect();
        for line in self.ask(&url, &counts.join(" UNION ALL ")).lines() {
            assert!(!line.ends_with(" 0"), "format {version}: nothing in {line}");
        }
        url
    }

    /// Today's store of the deliveries, derived again; central's folder and the database.
    fn today(&self) -> (tempfile::TempDir, String, Rows) {
        let (folder, url) = (tempfile::tempdir().expect("a folder"), self.server.database());
        bind(folder.path(), &url);
        let central = central_at(folder.path());
        deliver(&central, folder.path());
        central.stop();
        self.ask(&url, BESIDE);
        rebuilt(folder.path());
        let rows = self.rows(&url);
        (folder, url, rows)
    }
}

fn rebuilt(folder: &Path) {
    let mut store = Backend::of_folder(folder).expect("bound").open().expect("opened");
    store.forget_projections().expect("emptied");
    drop(store);
    let central = central_at(folder);
    assert!(central.settle());
    central.stop();
}

/// A folder with central's keys, bound to another database.
fn bound(keys: &Path, url: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    keys_of(keys, folder.path(), &["database.json", "received.mark"]);
    bind(folder.path(), url);
    folder
}

/// Each older format, after changes to today's that the server ended at a statement: all of it is
/// there as it was each time, and then it is today's. `TIDEOVER_FORMAT_ENDS=1` ends one at every
/// statement; else they lie up to so many apart.
#[test]
fn each_older_format_is_whole_after_each_change_that_was_ended_and_then_says_what_todays_says() {
    let Some(chain) = Chain::start() else { return };
    let (keys, url, rows) = chain.today();
    let latest = schemas("postgres").len();
    let apart = number("TIDEOVER_FORMAT_ENDS", 50);
    let chance = SeededEntropy::new(number("TIDEOVER_SEED", 1));
    let mut ended: u64 = 0;
    for version in 1..latest {
        let old = chain.older(version, &url);
        let before = (chain.rows(&old), chain.shape(&old));
        let folder = bound(keys.path(), &old);
        chain.ask(&old, ENDS);
        let mut place = 1 + chance.below(apart);
        loop {
            chain.ask(
                &old,
                &format!(
                    "DELETE FROM ends.at; INSERT INTO ends.at VALUES ({place});
                     SELECT setval('ends.count', 1, false)"
                ),
            );
            match Backend::of_folder(folder.path()).expect("bound").open() {
                Ok(_) => break,
                Err(why) => {
                    let came: u64 = chain.ask(&old, COUNTED).trim().parse().expect("a number");
                    assert!(came >= place, "format {version}, by itself before {place}: {why}");
                }
            }
            let now = (chain.rows(&old), chain.shape(&old));
            assert_eq!(now, before, "format {version}, ended at statement {place}");
            (place, ended) = (place + 1 + chance.below(apart), ended + 1);
        }
        chain.ask(&old, NO_ENDS);
        assert_eq!(chain.shape(&old), chain.shape(&url), "format {version}");
        let central = central_at(folder.path());
        assert!(central.settle());
        central.stop();
        if version >= 12 {
            // From there on what had been derived is kept; derived again it is today's.
            rebuilt(folder.path());
        }
        let mut here = chain.rows(&old);
        SINCE.said_less(version, &mut here);
        same(version, &here, &SINCE.wanted(version, &rows));
        let central = central_at(folder.path());
        goes_on(&central);
        central.stop();
    }
    println!("{} older formats, {ended} changes were ended", latest - 1);
    assert!(ended > 0);
}
