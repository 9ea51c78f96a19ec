//! One signed sale of twelve lines on its way to PAID, beside a bare commit of one row that is
//! just as durable, and beside the tape's own limit: an overwrite of 4 KiB with one flush.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tideover::device::clock::SystemClock;
use tideover::device::entropy::SeededEntropy;
use tideover::domain::event::Event;
use tideover::domain::ids::{PersonId, RegisterNo, SaleNo, ShiftNo, StoreNo};
use tideover::domain::money::Money;
use tideover::ledger::{FaultPoint, Faults, Identity, Ledger, Place};

use crate::Effort;
use crate::goods;
use crate::machine::Readings;
use crate::table::{Goal, Table, median};

/// Operations of one side before the other side's turn.
const TURN: usize = 10;
/// Turns between two rests, when a register moves its WAL into the database.
const REST: usize = 10;

/// Remembers when the last record passed the points of its way.
#[derive(Default)]
struct Stamps(Mutex<Vec<(FaultPoint, Instant)>>);

impl Faults for Stamps {
    fn at(&self, point: FaultPoint) {
        self.0.lock().expect("not poisoned").push((point, Instant::now()));
    }
}

impl Stamps {
    fn begin(&self) -> Instant {
        self.0.lock().expect("not poisoned").clear();
        Instant::now()
    }

    fn passed(&self, point: FaultPoint) -> Instant {
        let stamps = self.0.lock().expect("not poisoned");
        stamps.iter().find(|(at, _)| *at == point).map(|(_, when)| *when).expect("passed")
    }
}

/// What one side cost in one round.
#[derive(Default)]
struct Side {
    committed_us: Vec<f64>,
    paid_us: Vec<f64>,
    made_us: Vec<f64>,
    inserted_us: Vec<f64>,
    cost: Readings,
}

struct Shop {
    ledger: Ledger,
    stamps: Arc<Stamps>,
    sold: u64,
}

impl Shop {
    fn open(dir: &Path) -> Self {
        let stamps = Arc::new(Stamps::default());
        let identity = Identity { store: StoreNo(1042), register: RegisterNo(7) };
        let (mut ledger, _) = Ledger::open(
            &Place::in_one(dir),
            identity,
            Some(goods::key()),
            &SystemClock::new(None),
            &SeededEntropy::new(1),
            Some(Arc::clone(&stamps) as Arc<dyn Faults>),
        )
        .expect("a ledger");
        let cashier = PersonId::parse("31").expect("a person");
        let float = Money::from_minor(20_000);
        let opened = Event::ShiftOpen { shift: ShiftNo(1), cashier, float, pieces: Vec::new() };
        ledger.append(&goods::entry(opened, 0)).expect("a shift");
        Self { ledger, stamps, sold: 0 }
    }

    /// One sale; when it was made, in the tables, committed and PAID, in microseconds.
    fn sell(&mut self) -> [f64; 4] {
        self.sold += 1;
        let sale = goods::sale(SaleNo(self.sold), ShiftNo(1));
        let entry = goods::entry(Event::of_sale(sale), self.sold * 1_500);
        let began = self.stamps.begin();
        let committed = self.ledger.append(&entry).expect("recorded");
        let paid = began.elapsed();
        assert!(committed.second_copy, "the tape failed");
        let until = |point| us(self.stamps.passed(point) - began);
        [
            until(FaultPoint::BeforeBegin),
            until(FaultPoint::BeforeCommit),
            until(FaultPoint::AfterCommit),
            us(paid),
        ]
    }
}

/// One row of 100 bytes a commit, as durable as the ledger.
struct Bare(Connection);

impl Bare {
    fn open(dir: &Path) -> Self {
        let conn = Connection::open(dir.join("bare.db")).expect("a database");
        conn.execute_batch(
            "PRAGMA page_size=1024; PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL; \
             PRAGMA wal_autocheckpoint=0; \
             CREATE TABLE row(id INTEGER PRIMARY KEY, text BLOB NOT NULL) STRICT;",
        )
        .expect("a table");
        Self(conn)
    }

    fn commit(&self) -> f64 {
        let row = [b'r'; 100];
        let began = Instant::now();
        self.0
            .prepare_cached("INSERT INTO row(text) VALUES (?1)")
            .and_then(|mut insert| insert.execute((row.as_slice(),)))
            .expect("a row");
        us(began.elapsed())
    }

    fn rest(&self) {
        self.0.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())).expect("a checkpoint");
    }
}

/// 4 KiB over bytes that are there, and one flush: what a disk asks for anything durable.
struct Overwrite(File);

impl Overwrite {
    fn open(dir: &Path) -> Self {
        let path = dir.join("overwrite");
        std::fs::write(&path, vec![b'o'; 1 << 20]).expect("a file");
        let file = OpenOptions::new().write(true).open(path).expect("a file");
        file.sync_all().expect("flushed");
        Self(file)
    }

    fn write(&self, place: u64) -> f64 {
        let began = Instant::now();
        self.0.write_all_at(&[b'w'; 4096], place % 256 * 4096).expect("written");
        self.0.sync_data().expect("flushed");
        us(began.elapsed())
    }
}

/// Measures and fills the table.
pub fn measure(effort: &Effort, table: &mut Table) {
    let dir = effort.folder("sale");
    let (mut shop, bare) = (Shop::open(&dir), Bare::open(&dir));
    let disk = Overwrite::open(&dir);
    for place in 0..30 {
        shop.sell();
        bare.commit();
        disk.write(place);
    }
    let turns = effort.count(30, 10);
    let mut all = Figures::default();
    for _ in 0..effort.rounds {
        let (mut sale, mut row, mut limit) = (Side::default(), Side::default(), Side::default());
        let mut moved = Readings::default();
        for turn in 0..turns {
            turn_of(&mut sale, || shop.sell());
            turn_of(&mut row, || [0.0, 0.0, bare.commit(), 0.0]);
            let mut place = 0;
            turn_of(&mut limit, || {
                place += 1;
                [0.0, 0.0, disk.write(place), 0.0]
            });
            if turn % REST == REST - 1 {
                let before = Readings::now();
                shop.ledger.rest(false).expect("at rest");
                moved = moved.plus(Readings::now().since(before));
                bare.rest();
            }
        }
        all.add(&sale, &row, &limit, moved);
    }
    shop.ledger.close().expect("closed");
    all.print(table);
}

/// What the program that counts flushes runs.
pub fn sell_for_a_count(effort: &Effort, sales: u64) {
    let dir = effort.folder("count");
    let mut shop = Shop::open(&dir);
    for _ in 0..sales {
        shop.sell();
    }
}

#[derive(Default)]
struct Figures {
    commit_ratio: Vec<f64>,
    paid_ratio: Vec<f64>,
    limit_ratio: Vec<f64>,
    made_us: Vec<f64>,
    inserted_us: Vec<f64>,
    commit_us: Vec<f64>,
    paid_us: Vec<f64>,
    row_us: Vec<f64>,
    kib: Vec<f64>,
    handed_kib: Vec<f64>,
    moved_kib: Vec<f64>,
    row_kib: Vec<f64>,
    cpu_us: Vec<f64>,
    row_cpu_us: Vec<f64>,
}

impl Figures {
    fn add(&mut self, sale: &Side, row: &Side, limit: &Side, moved: Readings) {
        let count = sale.paid_us.len() as f64;
        let (row_us, limit_us) = (median(&row.committed_us), median(&limit.committed_us));
        self.commit_ratio.push(median(&sale.committed_us) / row_us);
        self.paid_ratio.push(median(&sale.paid_us) / row_us);
        self.limit_ratio.push(limit_us / row_us);
        self.made_us.push(median(&sale.made_us));
        self.inserted_us.push(median(&sale.inserted_us));
        self.commit_us.push(median(&sale.committed_us));
        self.paid_us.push(median(&sale.paid_us));
        self.row_us.push(row_us);
        self.kib.push(sale.cost.written / 1024.0 / count);
        self.handed_kib.push(sale.cost.handed / 1024.0 / count);
        self.moved_kib.push(moved.handed / 1024.0 / count);
        self.row_kib.push(row.cost.written / 1024.0 / count);
        self.cpu_us.push(sale.cost.cpu_us / count);
        self.row_cpu_us.push(row.cost.cpu_us / count);
    }

    fn print(self, table: &mut Table) {
        table.section("A signed sale of 12 lines, 1 KiB pages, a rest every 100 sales");
        let most = Goal::AtMost;
        table.counter("KiB written until PAID", "KiB", self.kib, most(36.0), Some(16.0));
        table.yardstick("KiB handed to write calls until PAID", "KiB", self.handed_kib);
        table.yardstick("KiB moved into the database at rest, a sale", "KiB", self.moved_kib);
        table.yardstick("KiB written by one bare row", "KiB", self.row_kib);
        let ratio = "x one bare row";
        table.measure("durable (commit)", ratio, self.commit_ratio, most(1.5), Some(1.2));
        table.measure("PAID (commit and tape)", ratio, self.paid_ratio, most(2.6), None);
        table.yardstick("limit: 4 KiB overwritten, one flush", ratio, self.limit_ratio);
        table.yardstick("processor time of a sale, with making it", "us", self.cpu_us);
        table.yardstick("processor time of one bare row", "us", self.row_cpu_us);
        table.yardstick("median until made, chained and signed", "us", self.made_us);
        table.yardstick("median until in the tables", "us", self.inserted_us);
        table.yardstick("median to durable", "us", self.commit_us);
        table.yardstick("median to PAID", "us", self.paid_us);
        table.yardstick("median of one bare row", "us", self.row_us);
    }
}

fn turn_of(side: &mut Side, mut act: impl FnMut() -> [f64; 4]) {
    let before = Readings::now();
    for _ in 0..TURN {
        let [made, inserted, committed, paid] = act();
        side.made_us.push(made);
        side.inserted_us.push(inserted);
        side.committed_us.push(committed);
        side.paid_us.push(paid);
    }
    side.cost = side.cost.plus(Readings::now().since(before));
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
