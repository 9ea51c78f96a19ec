//! A scan on a catalog of 200,000 items: from the code to the line on the screen, without the
//! paint; the pack's start, its memory and its making.

use std::fs::File;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, OpenFlags, params};
use tideover::device::clock::SystemClock;
use tideover::device::entropy::{SeededEntropy, SystemEntropy};
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{PackVersion, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::time::Timestamp;
use tideover::pack::{BuildOrder, PackKey, PackSigner, PinCost, Shelf, Source, sample_store};
use tideover::register::command::{Command, Pin};
use tideover::register::register::{Answer, Register};
use tideover::register::settings::{DataDir, Settings};
use tideover::register::startup::{self, World};

use crate::Effort;
use crate::goods;
use crate::machine;
use crate::table::{Goal, Table, quantile};

const STORE: StoreNo = StoreNo(1042);

/// Measures and fills the table.
pub fn measure(effort: &Effort, table: &mut Table) {
    let items = effort.count(200_000, 50_000) as u64;
    let dir = effort.folder("scan");
    let data = DataDir(dir.join("register"));
    let making = Making::measure(effort, &dir, items);
    set_up(&data, &dir.join("store.pack"));
    let small = DataDir(dir.join("small"));
    // Half as many: both are many times what SQLite keeps in memory.
    let half = items / 2;
    build(&dir.join("small-csv"), half, &dir.join("small.pack"));
    set_up(&small, &dir.join("small.pack"));

    let (warm, cold) = starts(effort, &data, items);
    let memory: Vec<f64> = (0..effort.rounds)
        .map(|_| {
            let more = held(&data) - held(&small);
            more * 1024.0 / (items - half) as f64
        })
        .collect();
    let scans = Scans::measure(effort, &data, items);

    table.section("A catalog of 200,000 items (50,000 with --quick)");
    let most = Goal::AtMost;
    table.counter("memory the open pack holds for each item", "bytes", memory, most(1.0), None);
    table.measure("scan to line and view, p99", "ms", scans.p99, most(1.0), None);
    table.yardstick("scan to line and view, p50", "ms", scans.p50);
    table.yardstick("the pack's answer alone, p50", "x bare select", scans.item_ratio);
    table.yardstick("the pack's answer alone, p99", "us", scans.item_p99);
    table.yardstick("bare prepared select, p50", "us", scans.select_us);
    table.measure("pack opened and first price, file not in memory", "ms", cold, most(20.0), None);
    table.yardstick("pack opened and first price, file in memory", "ms", warm);
    let unit = "items/s";
    table.measure("built and signed from CSV", unit, making.built, Goal::AtLeast(50_000.0), None);
    table.yardstick("limit: bare SQLite, one transaction, fsync", unit, making.bare);
    table.yardstick("built and signed from CSV", "x the limit", making.ratio);
}

/// Makes a register's data folder with a pack of 200,000 items.
pub fn make_a_register(effort: &Effort, folder: &Path) {
    let dir = effort.folder("register");
    build(&dir.join("csv"), 200_000, &dir.join("store.pack"));
    set_up(&DataDir(folder.to_owned()), &dir.join("store.pack"));
    std::fs::remove_dir_all(dir).ok();
}

/// Opens the pack of a register, asks it for items, and tells the memory that is its own.
pub fn hold_a_pack(folder: &Path) {
    let data = DataDir(folder.to_owned());
    let settings = data.settings().expect("settings");
    let before = machine::own_memory_kib();
    let key = PackKey::parse(&settings.pack_key).expect("a key");
    let shelf = Shelf::open(&data.packs_dir()).expect("a shelf");
    let pack = shelf.current(&key, STORE).expect("a folder").pack.expect("a pack");
    let chance = SeededEntropy::new(3);
    for _ in 0..20_000 {
        let code = ItemCode::parse(&goods::code(chance.below(pack.item_count()))).expect("a code");
        assert!(pack.item(&code).expect("readable").is_some());
    }
    println!("{}", machine::own_memory_kib() - before);
}

fn held(data: &DataDir) -> f64 {
    let output = Process::new(std::env::current_exe().expect("this program"))
        .arg("--hold-pack")
        .arg(&data.0)
        .output()
        .expect("a run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.trim().parse().unwrap_or_else(|_| panic!("{text} {output:?}"))
}

/// Items a second, beside bare inserts of the same rows.
#[derive(Default)]
struct Making {
    built: Vec<f64>,
    bare: Vec<f64>,
    ratio: Vec<f64>,
}

impl Making {
    fn measure(effort: &Effort, dir: &Path, items: u64) -> Self {
        let mut making = Self::default();
        for _ in 0..effort.rounds {
            let csv = dir.join("csv");
            write_tables(&csv, items);
            let began = Instant::now();
            build_from(&csv, &dir.join("store.pack"));
            let built = items as f64 / began.elapsed().as_secs_f64();
            let bare = bare_inserts(&dir.join("bare.db"), items);
            making.built.push(built);
            making.bare.push(bare);
            making.ratio.push(built / bare);
        }
        making
    }
}

fn bare_inserts(path: &Path, items: u64) -> f64 {
    std::fs::remove_file(path).ok();
    let csv = goods::items_csv(items);
    let began = Instant::now();
    let mut conn = Connection::open(path).expect("a database");
    conn.execute_batch(
        "PRAGMA journal_mode=OFF; CREATE TABLE item(key INTEGER PRIMARY KEY, code TEXT NOT NULL, \
         name TEXT NOT NULL, unit_price INTEGER NOT NULL, tax_class TEXT NOT NULL) STRICT;",
    )
    .expect("a table");
    let transaction = conn.transaction().expect("a transaction");
    let mut insert =
        transaction.prepare("INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5)").expect("an insert");
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let key: i64 = fields[0].parse().expect("a number");
        let price: i64 = fields[2].replace('.', "").parse().expect("a price");
        insert.execute(params![key, fields[0], fields[1], price, fields[4]]).expect("a row");
    }
    drop(insert);
    transaction.commit().expect("committed");
    File::open(path).and_then(|file| file.sync_all()).expect("flushed");
    items as f64 / began.elapsed().as_secs_f64()
}

fn write_tables(csv: &Path, items: u64) {
    std::fs::create_dir_all(csv).expect("a folder");
    let Source::Files(files) = sample_store() else { panic!("the sample store is files") };
    std::fs::create_dir_all(csv.join("pictures")).expect("a folder");
    for (name, bytes) in files {
        if *name != "fast.csv" {
            std::fs::write(csv.join(name), bytes).expect("a file");
        }
    }
    std::fs::write(csv.join("items.csv"), goods::items_csv(items)).expect("a file");
}

pub fn build(csv: &Path, items: u64, out: &Path) {
    write_tables(csv, items);
    build_from(csv, out);
}

fn build_from(csv: &Path, out: &Path) {
    let order = BuildOrder {
        source: &Source::Folder(csv.to_owned()),
        out,
        signer: &signer(),
        version: &PackVersion::parse("20261122-1").expect("a version"),
        published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
        skip_bad_rows: false,
        pin_cost: PinCost::DEFAULT,
        entropy: &SystemEntropy,
    };
    tideover::pack::build(&order, &|_| ()).expect("a pack");
}

fn signer() -> PackSigner {
    PackSigner::from_seed(&[11; 32]).expect("a key")
}

pub fn set_up(data: &DataDir, pack: &Path) {
    let settings = Settings {
        store: STORE.0,
        register: 7,
        pack_key: signer().public().to_string(),
        time_zone: None,
        central: None,
        tape_dir: None,
        anchor_dir: None,
        receipts: None,
        printer: None,
        peers: None,
        training: false,
    };
    data.write_settings(&settings).expect("settings");
    let shelf = Shelf::open(&data.packs_dir()).expect("a shelf");
    shelf.apply(pack, &signer().public(), STORE).expect("applied");
}

/// Milliseconds from nothing to the first price: with the file in memory, and without.
fn starts(effort: &Effort, data: &DataDir, items: u64) -> (Vec<f64>, Vec<f64>) {
    let key = signer().public();
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for round in 0..effort.rounds as u64 {
        for (evict, times) in [(true, &mut cold), (false, &mut warm)] {
            let file = data.packs_dir().join("20261122-1.pack");
            if evict {
                let file = File::open(&file).expect("the pack");
                file.sync_all().expect("flushed");
                rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("evicted");
            }
            let code = ItemCode::parse(&goods::code(items * round / 7)).expect("a code");
            let began = Instant::now();
            let shelf = Shelf::open(&data.packs_dir()).expect("a shelf");
            let pack = shelf.current(&key, STORE).expect("a folder").pack.expect("a pack");
            assert!(pack.item(&code).expect("readable").is_some());
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    (warm, cold)
}

/// Scans at a running register, and look-ups alone.
#[derive(Default)]
struct Scans {
    p50: Vec<f64>,
    p99: Vec<f64>,
    item_ratio: Vec<f64>,
    item_p99: Vec<f64>,
    select_us: Vec<f64>,
}

impl Scans {
    fn measure(effort: &Effort, data: &DataDir, items: u64) -> Self {
        let world = World {
            clock: Arc::new(SystemClock::new(None)),
            entropy: Arc::new(SystemEntropy),
            faults: None,
            machine: Default::default(),
        };
        let mut register = startup::open(data, &world).expect("a register");
        let done = |register: &mut Register, command: Command| {
            assert_eq!(register.handle(command), Answer::Done);
        };
        let pin = Pin::new("480273");
        done(&mut register, Command::SignIn { person: "31".to_owned(), pin });
        done(&mut register, Command::OpenShift { float: Money::from_minor(20_000) });
        let (chance, mut scans) = (SeededEntropy::new(9), Self::default());
        for _ in 0..effort.rounds {
            let mut times = Vec::new();
            for _ in 0..effort.count(500, 100) {
                for _ in 0..goods::LINES {
                    let code = goods::code(chance.below(items));
                    let began = Instant::now();
                    let answer = register.handle(Command::Scan { code });
                    let view = register.view();
                    times.push(began.elapsed().as_secs_f64() * 1e3);
                    assert_eq!(answer, Answer::Done, "{view:?}");
                }
                done(&mut register, Command::BeginTender);
                done(&mut register, Command::TakeCash { amount: None, confirmed: true });
            }
            scans.p50.push(quantile(&times, 0.5));
            scans.p99.push(quantile(&times, 0.99));
            scans.look_up(data, items, &chance);
        }
        register.close().expect("closed");
        scans
    }

    fn look_up(&mut self, data: &DataDir, items: u64, chance: &SeededEntropy) {
        let shelf = Shelf::open(&data.packs_dir()).expect("a shelf");
        let key = signer().public();
        let pack = shelf.current(&key, STORE).expect("a folder").pack.expect("a pack");
        let uri = format!("file:{}?immutable=1", pack.path().display());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let conn = Connection::open_with_flags(uri, flags).expect("the pack's tables");
        let mut select = conn
            .prepare("SELECT code, name, unit_price, tax_class FROM item WHERE key = ?1")
            .expect("a select");
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..1_000 {
            for _ in 0..10 {
                let code = ItemCode::parse(&goods::code(chance.below(items))).expect("a code");
                let began = Instant::now();
                let item = pack.item(&code).expect("readable");
                ours.push(began.elapsed().as_secs_f64() * 1e6);
                assert!(item.is_some());
            }
            for _ in 0..10 {
                let key: i64 = goods::code(chance.below(items)).parse().expect("a number");
                let began = Instant::now();
                let row: (String, String, i64, String) = select
                    .query_row((key,), |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                    })
                    .expect("a row");
                bare.push(began.elapsed().as_secs_f64() * 1e6);
                assert!(row.2 > 0);
            }
        }
        let select_us = quantile(&bare, 0.5);
        self.item_ratio.push(quantile(&ours, 0.5) / select_us);
        self.item_p99.push(quantile(&ours, 0.99));
        self.select_us.push(select_us);
    }
}
