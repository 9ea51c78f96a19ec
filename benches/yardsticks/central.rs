//! Segments of 250 sales through HTTP into central's SQLite, beside bare appends of the same
//! lines: when they are acknowledged (chain and segment signature checked, committed and flushed),
//! and when every record's own signature is checked and its lines are in central's tables.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::Connection;
use tideover::central::serve::{Central, Encryption, Settings};
use tideover::device::clock::SystemClock;
use tideover::device::entropy::SystemEntropy;
use tideover::journal::record::Line;
use tideover::reconcile::packs::NoPacks;
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::sealed::Sealed;
use tideover::sync::segment;
use tideover::sync::wire::{Answer, Outcome};

use crate::Effort;
use crate::goods;
use crate::machine::own_memory_kib;
use crate::table::{Goal, Table};

/// Sales of one segment.
pub const SEGMENT: usize = 250;
/// Registers that deliver at once.
const REGISTERS: u16 = 4;

/// Measures and fills the table.
pub fn measure(effort: &Effort, table: &mut Table) {
    let sales = effort.count(3_000, 750) as u64;
    let journals: Vec<Vec<Vec<u8>>> =
        (1..=REGISTERS).map(|register| goods::journal(register, sales)).collect();
    let deliveries: Vec<Vec<Vec<u8>>> = (1..=REGISTERS).zip(&journals).map(packed).collect();
    let bytes: usize = deliveries.iter().flatten().map(Vec::len).sum();
    let all = f64::from(REGISTERS) * sales as f64;
    let (mut taken, mut settled, mut bare, mut ratio) = (vec![], vec![], vec![], vec![]);
    for _ in 0..effort.rounds {
        let central = start(&effort.folder("central"));
        let began = Instant::now();
        deliver(&central, &deliveries);
        let acknowledged = all / began.elapsed().as_secs_f64();
        central.settle();
        settled.push(all / began.elapsed().as_secs_f64());
        central.stop();
        let appended = append(&effort.folder("append"), &journals);
        taken.push(acknowledged);
        bare.push(appended);
        ratio.push(acknowledged / appended);
    }
    table.section("Central: segments of 250 sales of 12 lines, 4 registers, HTTP, both sides here");
    let unit = "sales/s";
    table.measure("acknowledged", unit, taken, Goal::AtLeast(5_000.0), Some(10_000.0));
    table.yardstick("every signature checked, lines in the tables", unit, settled);
    table.yardstick("limit: bare SQLite, 1,000 lines a transaction", unit, bare);
    table.yardstick("acknowledged", "x the limit", ratio);
    table.yardstick("on the wire, a sale", "bytes", vec![bytes as f64 / all]);
    table.yardstick("memory of central and registers here", "MiB", vec![own_memory_kib() / 1024.0]);
}

pub fn packed((register, lines): (u16, &Vec<Vec<u8>>)) -> Vec<Vec<u8>> {
    let lines: Vec<Line> = lines.iter().cloned().map(Line::from_bytes).collect();
    let key = goods::key_of(register);
    lines.chunks(SEGMENT).map(|lines| segment::build(lines, &key).expect("a segment")).collect()
}

pub fn start(folder: &Path) -> Central {
    Central::start(Settings {
        folder: folder.to_owned(),
        listen: "127.0.0.1:0".parse().expect("an address"),
        encryption: Encryption::None,
        pack_key: None,
        packs: Arc::new(NoPacks),
        clock: Arc::new(SystemClock::new(None)),
        entropy: Arc::new(SystemEntropy),
        restored: false,
        also_certificates: Vec::new(),
        operations: tideover::central::operations::Operations::default(),
    })
    .expect("central starts")
}

pub fn deliver(central: &Central, deliveries: &[Vec<Vec<u8>>]) {
    let url = central.url();
    std::thread::scope(|scope| {
        for segments in deliveries {
            let url = &url;
            scope.spawn(move || {
                let mut line = HttpTransport::new(url, None, false).expect("a line");
                for body in segments.iter().cloned() {
                    let path = "/v1/segments".to_owned();
                    let request = Request::post(path, body);
                    let response = line.send(&request).expect("an answer");
                    assert_eq!(response.status, 200);
                    let answer: Answer =
                        Sealed::split(&response.body).expect("sealed").claim().expect("an answer");
                    assert_eq!(answer.outcome, Outcome::Accepted);
                }
            });
        }
    });
}

fn append(dir: &Path, journals: &[Vec<Vec<u8>>]) -> f64 {
    let mut conn = Connection::open(dir.join("append.db")).expect("a database");
    conn.execute_batch(
        "PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; \
         CREATE TABLE line(seq INTEGER PRIMARY KEY, line BLOB NOT NULL) STRICT;",
    )
    .expect("a table");
    let lines: Vec<&Vec<u8>> = journals.iter().flatten().collect();
    let began = Instant::now();
    for thousand in lines.chunks(1_000) {
        let transaction = conn.transaction().expect("a transaction");
        let mut insert =
            transaction.prepare_cached("INSERT INTO line(line) VALUES (?1)").expect("an insert");
        for line in thousand {
            insert.execute((line.as_slice(),)).expect("a row");
        }
        drop(insert);
        transaction.commit().expect("committed");
    }
    lines.len() as f64 / began.elapsed().as_secs_f64()
}
