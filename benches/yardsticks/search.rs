//! Finding an item as one types, on 200,000 names: the pack's own pass over memory beside SQLite's
//! FTS5 with the same names, in one run.

use std::time::Instant;

use rusqlite::{Connection, params};
use tideover::pack::fold;
use tideover::register::finder::FOUND_MAX;
use tideover::register::settings::DataDir;
use tideover::register::startup;

use crate::Effort;
use crate::goods;
use crate::scan;
use crate::table::{Goal, Table, quantile};

/// What is typed, letter by letter: common words, rare ones, a number, a code, nothing that fits.
const TYPED: [&str; 6] =
    ["ground coffee", "pea", "cheddar sharp 1999", "199999", "0400000012", "xyzzy"];

/// Measures and fills the table.
pub fn measure(effort: &Effort, table: &mut Table) {
    let items = effort.count(200_000, 50_000) as u64;
    let dir = effort.folder("search");
    let data = DataDir(dir.join("register"));
    scan::build(&dir.join("csv"), items, &dir.join("store.pack"));
    scan::set_up(&data, &dir.join("store.pack"));
    let settings = data.settings().expect("settings");
    let open = || startup::catalog(&data, &settings).expect("a catalog");
    let mut begun = Vec::new();
    for _ in 0..effort.rounds {
        let start = Instant::now();
        assert_eq!(open().len() as u64, items);
        begun.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let catalog = open();
    let fts = fts(items);
    let (mut ours, mut theirs, mut ratio, mut rows) = (vec![], vec![], vec![], 0_u64);
    for _ in 0..effort.rounds {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for text in TYPED.iter().flat_map(|text| keystrokes(text)) {
            let before = catalog.rows_read();
            let start = Instant::now();
            catalog.search(&text, FOUND_MAX).expect("searched");
            one.push(start.elapsed().as_secs_f64() * 1e3);
            rows = rows.max(catalog.rows_read() - before);
            let start = Instant::now();
            ask_fts(&fts, &text);
            other.push(start.elapsed().as_secs_f64() * 1e3);
        }
        ratio.push(quantile(&one, 0.5) / quantile(&other, 0.5).max(1e-6));
        ours.push(quantile(&one, 0.99));
        theirs.push(quantile(&other, 0.99));
    }
    let bytes = catalog.bytes() as f64 / items as f64;
    let most = Goal::AtMost;
    table.section("Finding an item by words among 200,000 (50,000 with --quick)");
    table.counter(
        "rows read for a keystroke, at most",
        "rows",
        vec![rows as f64],
        most(200.0),
        None,
    );
    table.counter("memory of the names for each item", "bytes", vec![bytes], most(80.0), None);
    table.measure("a keystroke to its answer, p99", "ms", ours, most(33.0), None);
    table.yardstick("the same by FTS5 in memory, p99", "ms", theirs);
    table.yardstick("a keystroke, p50", "x FTS5", ratio);
    table.yardstick("names read and folded at the start", "ms", begun);
}

/// Every text on the way to a whole one.
fn keystrokes(text: &str) -> Vec<String> {
    (1..=text.len()).map(|end| text[..end].to_owned()).collect()
}

/// The same names in an FTS5 table with prefixes of one to three letters.
fn fts(items: u64) -> Connection {
    let mut connection = Connection::open_in_memory().expect("memory");
    connection
        .execute_batch(
            "CREATE VIRTUAL TABLE name USING fts5(text, tokenize = 'unicode61', prefix = '1 2 3')",
        )
        .expect("FTS5 is there");
    let transaction = connection.transaction().expect("begun");
    {
        let mut insert = transaction
            .prepare("INSERT INTO name (rowid, text) VALUES (?1, ?2)")
            .expect("prepared");
        for (number, line) in goods::items_csv(items).lines().skip(1).enumerate() {
            let mut fields = line.split(',');
            let code = fields.next().expect("a code").trim_start_matches('0');
            let name = fields.next().expect("a name");
            insert.execute(params![number as i64, format!("{name} {code}")]).expect("inserted");
        }
    }
    transaction.commit().expect("committed");
    connection
}

fn ask_fts(connection: &Connection, text: &str) {
    let mut folded = String::new();
    fold(text, &mut folded);
    let query: Vec<String> = folded.split_whitespace().map(|word| format!("\"{word}\"*")).collect();
    let mut select = connection
        .prepare_cached("SELECT rowid FROM name WHERE name MATCH ?1 LIMIT 200")
        .expect("prepared");
    let found = select.query_map([query.join(" ")], |row| row.get::<_, i64>(0)).expect("asked");
    std::hint::black_box(found.count());
}
