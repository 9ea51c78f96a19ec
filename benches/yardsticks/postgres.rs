//! Central on PostgreSQL, beside what else can be done with the same server in the same minute:
//! a bare COPY of the journal's rows, a back end with a transaction a sale and an INSERT a line,
//! and lines by an UNNEST that may be sent twice.
//!
//! Every side has a database of its own on one server with its default settings, fsync on. The
//! server is started here and gone afterwards; without PostgreSQL the section is left out.

use std::time::Instant;

use tideover::central::backend::{self, Address};
use tideover::journal::hash::Hash;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls};

use crate::Effort;
use crate::central::{SEGMENT, deliver, packed, start};
use crate::goods;
use crate::table::{Goal, Table};

#[path = "../../tests/support/postgres.rs"]
#[expect(dead_code, reason = "nothing is killed here")]
mod server;

use server::Server;

/// Registers that deliver at once, and connections of the bare COPY.
const REGISTERS: u16 = 4;
/// Connections of the back end that this is compared with.
const CONNECTIONS: usize = 8;
/// Lines of a sale.
const LINES: usize = 12;

/// Measures and fills the table.
pub fn measure(effort: &Effort, table: &mut Table) {
    let Some(server) = Server::start() else { return };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().expect("threads");
    let sales = effort.count(3_000, 750) as u64;
    let journals: Vec<Vec<Vec<u8>>> =
        (1..=REGISTERS).map(|register| goods::journal(register, sales)).collect();
    let deliveries: Vec<Vec<Vec<u8>>> = (1..=REGISTERS).zip(&journals).map(packed).collect();
    let all = f64::from(REGISTERS) * sales as f64;
    let [mut taken, mut again, mut bare, mut one_by_one, mut unnest, mut unnest_keys] =
        std::array::from_fn(|_| Side::default());
    let (mut settled, mut stored, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        let folder = effort.folder("postgres");
        let url = server.database();
        let address = Address { url: url.clone(), password_file: None, authority: None };
        backend::bind(&folder, &address).expect("bound");
        let central = start(&folder);
        let began = Instant::now();
        taken.measure(&server, all, || deliver(&central, &deliveries));
        central.settle();
        settled.push(all / began.elapsed().as_secs_f64());
        central.stop();
        let name = url.rsplit('/').next().expect("a name");
        let size = |tables: &str| {
            let sql = format!(
                "SELECT sum(pg_total_relation_size(t)) FROM unnest('{{{tables}}}'::regclass[]) t"
            );
            server.sql(name, &sql).parse::<f64>().expect("a number") / all
        };
        stored.push(size("segment,record"));
        rows.push(size("sale,tax"));
        // The same records once more, with nothing else to do.
        backend::Backend::existing(&folder)
            .and_then(|backend| backend.open()?.forget_projections())
            .expect("emptied");
        again.measure(&server, all, || {
            let central = start(&folder);
            central.settle();
            central.stop();
        });
        let empty = server.database();
        bare.measure(&server, all, || runtime.block_on(copy(&empty, &journals)));
        let (empty, few) = (server.database(), effort.count(120, 40));
        one_by_one.measure(&server, (few * CONNECTIONS) as f64, || {
            runtime.block_on(a_transaction_a_sale(&empty, few));
        });
        let batches = effort.count(6, 2);
        for (side, keys) in [(&mut unnest, false), (&mut unnest_keys, true)] {
            let empty = server.database();
            side.measure(&server, (2 * batches * SEGMENT) as f64, || {
                runtime.block_on(lines_by_unnest(&empty, batches, keys));
            });
        }
    }
    table.section("Central on PostgreSQL: segments of 250 sales of 12 lines, 4 registers, HTTP");
    table.yardstick("acknowledged, signatures checked, lines in tables", "sales/s", settled);
    table.yardstick("disk, segments and header rows", "bytes a sale", stored);
    table.yardstick("disk, projected rows", "bytes a sale", rows);
    for (what, side) in [
        ("acknowledged", &taken),
        ("projected to lines, nothing else to do", &again),
        ("limit: bare COPY of journal rows, 250 a commit", &bare),
        ("a transaction a sale, an INSERT a line, 8 lines", &one_by_one),
        ("idempotent UNNEST of sales and lines", &unnest),
        ("the same with foreign keys", &unnest_keys),
    ] {
        table.yardstick(what, "sales/s", side.rates.clone());
        table.yardstick("  processor time, both ends", "us a sale", side.cpu_us.clone());
        table.yardstick("  of it the server's", "us a sale", side.server_us.clone());
    }
    let (half, twice) = (Goal::AtLeast(0.5), Goal::AtLeast(2.0));
    let (ten, twenty) = (Goal::AtLeast(10.0), Some(20.0));
    table.measure("acknowledged", "x bare COPY", taken.faster(&bare), half, None);
    table.measure("acknowledged", "x a transaction", taken.faster(&one_by_one), ten, twenty);
    table.measure("projected", "x UNNEST", again.faster(&unnest), twice, None);
    let with_keys = again.faster(&unnest_keys);
    table.measure("projected", "x UNNEST with foreign keys", with_keys, twice, None);
    // On a machine that others use, what a side costs says more than how long it had to wait.
    table.yardstick("acknowledged, by cost", "x bare COPY", taken.cheaper(&bare));
    table.yardstick("acknowledged, by cost", "x a transaction", taken.cheaper(&one_by_one));
    let there = taken.cheaper_there(&bare);
    table.yardstick("acknowledged, by the server's cost", "x bare COPY", there);
    let there = again.cheaper_there(&unnest);
    table.yardstick("projected, by the server's cost", "x UNNEST", there);
    let there = again.cheaper_there(&unnest_keys);
    table.yardstick("projected, by the server's cost", "x UNNEST, foreign keys", there);
    table.yardstick("projected, by cost", "x UNNEST", again.cheaper(&unnest));
    let with_keys = again.cheaper(&unnest_keys);
    table.yardstick("projected, by cost", "x UNNEST with foreign keys", with_keys);
}

/// What one way of doing it reached, a value a round.
#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    /// Processor time of this process and of the server.
    cpu_us: Vec<f64>,
    /// Of the server alone: what everybody shares, however many processes stand before it.
    server_us: Vec<f64>,
}

impl Side {
    fn measure(&mut self, server: &Server, sales: f64, work: impl FnOnce()) {
        let process =
            server.sql("postgres", "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
        let before = (server_cpu_ticks(&process), own_cpu_ticks());
        let began = Instant::now();
        work();
        self.rates.push(sales / began.elapsed().as_secs_f64());
        let of_server = (server_cpu_ticks(&process) - before.0) as f64 * US_A_TICK / sales;
        let own = (own_cpu_ticks() - before.1) as f64 * US_A_TICK / sales;
        self.cpu_us.push(of_server + own);
        self.server_us.push(of_server);
    }

    fn faster(&self, than: &Self) -> Vec<f64> {
        self.rates.iter().zip(&than.rates).map(|(a, b)| a / b).collect()
    }

    fn cheaper_there(&self, than: &Self) -> Vec<f64> {
        self.server_us.iter().zip(&than.server_us).map(|(a, b)| b / a).collect()
    }

    fn cheaper(&self, than: &Self) -> Vec<f64> {
        self.cpu_us.iter().zip(&than.cpu_us).map(|(a, b)| b / a).collect()
    }
}

/// A tick of the processor's accounts.
const US_A_TICK: f64 = 10_000.0;

/// Processor time of the server and all its children, those that ended included, in ticks.
fn server_cpu_ticks(server: &str) -> u64 {
    let numbers = |process: &str| -> Vec<u64> {
        let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let after = text.rsplit(')').next().unwrap_or_default();
        after.split_whitespace().map(|word| word.parse().unwrap_or(0)).collect()
    };
    // Behind the name: state, parent, …, 11 user, 12 system, 13 and 14 of children that ended.
    let mut ticks: u64 = numbers(server).iter().skip(11).take(4).sum();
    let children = format!("/proc/{server}/task/{server}/children");
    for child in std::fs::read_to_string(children).unwrap_or_default().split_whitespace() {
        ticks += numbers(child).iter().skip(11).take(2).sum::<u64>();
    }
    ticks
}

fn own_cpu_ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().skip(11).take(2).map(|word| word.parse().unwrap_or(0)).sum()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connected");
    tokio::spawn(connection);
    client
}

/// The rows a journal has, as they are: no key, no index, a commit a segment's worth.
async fn copy(url: &str, journals: &[Vec<Vec<u8>>]) {
    let sql = "CREATE TABLE line (store bigint, reg int, seq bigint, hash bytea, line bytea)";
    connect(url).await.batch_execute(sql).await.expect("a table");
    let rows: Vec<Vec<(i64, Hash, Vec<u8>)>> = journals
        .iter()
        .map(|lines| {
            let row = |(seq, line): (i64, &Vec<u8>)| (seq, Hash::of_line(line), line.clone());
            (0..).zip(lines).map(row).collect()
        })
        .collect();
    let mut clients = Vec::new();
    for _ in journals {
        clients.push(connect(url).await);
    }
    let tasks: Vec<_> = (1_i32..)
        .zip(rows.into_iter().zip(clients))
        .map(|(register, (rows, client))| {
            tokio::spawn(async move {
                let types = [Type::INT8, Type::INT4, Type::INT8, Type::BYTEA, Type::BYTEA];
                for batch in rows.chunks(SEGMENT) {
                    let sql = "COPY line FROM STDIN (FORMAT binary)";
                    let sink = client.copy_in(sql).await.expect("a copy");
                    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &types));
                    for (seq, hash, line) in batch {
                        let hash = hash.0.as_slice();
                        let row: [&(dyn ToSql + Sync); 5] =
                            [&1042_i64, &register, seq, &hash, line];
                        writer.as_mut().write(&row).await.expect("a row");
                    }
                    writer.as_mut().finish().await.expect("committed");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("copied");
    }
}

const TABLES: &str = "
    CREATE TABLE sale (store bigint, reg int, seq bigint, number bigint, day text, total bigint,
        tax bigint, PRIMARY KEY (store, reg, seq));
    CREATE TABLE sale_line (store bigint, reg int, seq bigint, place int, item text,
        quantity bigint, unit bigint, amount bigint, PRIMARY KEY (store, reg, seq, place));
    CREATE TABLE tender (store bigint, reg int, seq bigint, place int, kind text, amount bigint,
        PRIMARY KEY (store, reg, seq, place));";

/// As most back ends take sales: each one by itself, statement by statement.
async fn a_transaction_a_sale(url: &str, sales: usize) {
    connect(url).await.batch_execute(TABLES).await.expect("tables");
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(connect(url).await);
    }
    let tasks: Vec<_> = (1_i32..)
        .zip(clients)
        .map(|(register, client)| {
            tokio::spawn(async move {
                let sale = "INSERT INTO sale VALUES (1042, $1, $2, $2, '2026-11-22', 4000, 200)";
                let line = "INSERT INTO sale_line VALUES (1042, $1, $2, $3, $4, 10000, 29900, 299)";
                let tender = "INSERT INTO tender VALUES (1042, $1, $2, 0, 'cash', 4000)";
                let sale = client.prepare(sale).await.expect("prepared");
                let line = client.prepare(line).await.expect("prepared");
                let tender = client.prepare(tender).await.expect("prepared");
                for seq in 0..sales as i64 {
                    client.batch_execute("BEGIN").await.expect("begun");
                    client.execute(&sale, &[&register, &seq]).await.expect("a sale");
                    for place in 0..LINES as i32 {
                        let item = goods::code(seq as u64 * LINES as u64 + place as u64);
                        let row: [&(dyn ToSql + Sync); 4] = [&register, &seq, &place, &item];
                        client.execute(&line, &row).await.expect("a line");
                    }
                    client.execute(&tender, &[&register, &seq]).await.expect("a tender");
                    client.batch_execute("COMMIT").await.expect("committed");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("sold");
    }
}

/// Sales and lines by arrays, 250 sales a transaction, and nothing happens when it comes twice.
async fn lines_by_unnest(url: &str, batches: usize, foreign_keys: bool) {
    let client = connect(url).await;
    client.batch_execute(TABLES).await.expect("tables");
    if foreign_keys {
        let sql = "ALTER TABLE sale_line ADD FOREIGN KEY (store, reg, seq) REFERENCES sale;
                   ALTER TABLE tender ADD FOREIGN KEY (store, reg, seq) REFERENCES sale;";
        client.batch_execute(sql).await.expect("keys");
    }
    let clients = [client, connect(url).await];
    let tasks: Vec<_> = (1_i32..)
        .zip(clients)
        .map(|(register, client)| {
            tokio::spawn(async move {
                for batch in 0..batches {
                    unnest(&client, register, batch * SEGMENT).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("stored");
    }
}

async fn unnest(client: &Client, register: i32, first: usize) {
    let seqs: Vec<i64> = (first..first + SEGMENT).map(|seq| seq as i64).collect();
    let of_lines: Vec<i64> = seqs.iter().flat_map(|seq| [*seq; LINES]).collect();
    let places: Vec<i32> = seqs.iter().flat_map(|_| 0..LINES as i32).collect();
    let item = |(seq, place): (&i64, &i32)| goods::code(*seq as u64 * 12 + *place as u64);
    let items: Vec<String> = of_lines.iter().zip(&places).map(item).collect();
    let amounts: Vec<i64> = places.iter().map(|place| 299 + i64::from(*place)).collect();
    client.batch_execute("BEGIN").await.expect("begun");
    let sql = "INSERT INTO sale SELECT 1042, $1::int, seq, seq, '2026-11-22', 4000, 200
               FROM unnest($2::bigint[]) AS seq ON CONFLICT DO NOTHING";
    client.execute(sql, &[&register, &seqs]).await.expect("sales");
    let sql =
        "INSERT INTO sale_line SELECT 1042, $1::int, u.seq, u.place, u.item, 10000, 29900, u.amount
               FROM unnest($2::bigint[], $3::int[], $4::text[], $5::bigint[])
                    AS u (seq, place, item, amount) ON CONFLICT DO NOTHING";
    let params: [&(dyn ToSql + Sync); 5] = [&register, &of_lines, &places, &items, &amounts];
    client.execute(sql, &params).await.expect("lines");
    let sql = "INSERT INTO tender SELECT 1042, $1::int, seq, 0, 'cash', 4000
               FROM unnest($2::bigint[]) AS seq ON CONFLICT DO NOTHING";
    client.execute(sql, &[&register, &seqs]).await.expect("tenders");
    client.batch_execute("COMMIT").await.expect("committed");
}
