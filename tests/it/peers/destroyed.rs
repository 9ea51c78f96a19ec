//! A register whose disk is gone: a peer alone brings all of it to central.
//!
//! ```text
//!  child: register A sells ── PAID, so many copies ──▶ here: so many lines, a little work, then
//!    │ real TLS                                          SIGKILL and its folder deleted
//!    ▼
//!  register B, alone ── `carry`, or a bundle on a stick ──▶ central: every sale with 2 copies
//! ```
//!
//! `TIDEOVER_DESTROYED` says how many registers (4 unless told), `TIDEOVER_SEED` which chances (1),
//! `TIDEOVER_DESTROYED_SALES` how long the day is that is put on a stick (3,000 sales).
#![expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use tideover::central::door::InProcess;
use tideover::central::serve::{Central, Encryption};
use tideover::central::sqlite::FILE_NAME;
use tideover::cli::{carry, import};
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::ledger::{Mirror, Vouched};
use tideover::register::till::Till as _;
use tideover::register::view::Screen;
use tideover::sync::enroll::enroll;

use super::store::Store;
use crate::central::{central_at, central_with};
use crate::crash::cuts::number;
use crate::hand_over::bundle::register;
use crate::journals::TestRegister;
use crate::kill::spin;
use crate::program::{Dice, ask};
use crate::register::LEAD;
use crate::rotation::store::enrolled_in;

const FOLDER: &str = "DESTROYED_CHILD_FOLDER";
const CHILD: &str = "peers::destroyed::child_sells_until_it_is_destroyed";
/// The register that stays.
const STAYS: u16 = 2;
/// Registers that are destroyed beside one that stays.
const BESIDE: u64 = 10;

#[test]
fn of_a_destroyed_register_every_sale_with_two_copies_is_at_central_by_a_peer_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let store = Store::of(&[1, 2]);
    // Central knows register 1 by its key; it never hears of it again.
    let code = central.door().enroll_code(StoreNo(1042), RegisterNo(1)).expect("a code");
    let mut line = InProcess(central.door());
    enroll(&mut line, &central.url(), None, &code, &store.key(1)).expect("enrolled");
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    one.sees(1, 2);
    for quantity in 1..=8 {
        one.sells(quantity);
    }
    one.sees(1, 2);
    // What the other one recorded itself is copied, too, before there is nobody to copy it to.
    two.sees(1, 2);
    one.burns();
    two.sees(0, 2);
    let began = Instant::now();
    let bundle = folder.path().join("register-1.lines");
    let written = carry::to_file(&two.mirror(), Some(RegisterNo(1)), &bundle).expect("a bundle");
    assert!(began.elapsed().as_secs() < 60);
    let carried =
        carry::to_central(&two.mirror(), Some(RegisterNo(1)), None, &mut line).expect("carried");
    assert_eq!((carried.created, carried.refused_count), (written.lines, 0));
    central.settle();
    let totals = central.totals(StoreNo(1042), Some(RegisterNo(1))).expect("totals");
    assert_eq!(totals.sales, 8);
    assert!(totals.agree());
    // The bundle brings the same, and nothing counts twice.
    let reader = tideover::device::reader::Reader::of(env!("CARGO_BIN_EXE_tideover"));
    let again = import::run(&reader, &bundle, None, &mut line, &mut |_, _| {}).expect("imported");
    assert_eq!((again.created, again.existing), (0, written.lines));
    assert!(carry::to_central(&two.mirror(), Some(RegisterNo(9)), None, &mut line).is_err());
    two.stops();
}

/// Does nothing in an ordinary run; as a child it sells until it is killed.
#[test]
fn child_sells_until_it_is_destroyed() {
    let told = |name: &str| std::env::var(name).ok();
    let Some(folder) = told(FOLDER) else { return };
    let of = |name: &str| told(name).expect("told").parse::<u64>().expect("a number");
    let one = u16::try_from(of("DESTROYED_CHILD_REGISTER")).expect("a register");
    let mut dice = Dice(of("DESTROYED_CHILD_SEED"));
    let till = Store::at(Path::new(&folder), &[one, STAYS]).start(one);
    let peers = till.peers.as_ref().expect("peers");
    peers.call(RegisterNo(STAYS), &told("DESTROYED_CHILD_CALLS").expect("an address"));
    till.sees(1, 2);
    loop {
        till.sells(u32::try_from(1 + dice.below(9)).expect("small"));
        let view = till.till.view();
        let copies = view.status.peers.as_ref().map_or(1, |peers| peers.copies);
        let Screen::Done(done) = &view.screen else { panic!("{view:?}") };
        println!("PAID {} {} {copies}", done.number, done.total.minor());
        spin(&mut dice, 20);
    }
}

/// A register in a process of its own.
struct Sells {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    /// Numbers and totals of what was PAID, and whether with 2 copies.
    paid: BTreeMap<u64, (i64, bool)>,
}

impl Sells {
    fn start(folder: &Path, register: u16, calls: &str, seed: u64) -> Self {
        let mut child = Process::new(std::env::current_exe().expect("this program"))
            .args(["--exact", CHILD, "--nocapture"])
            .env(FOLDER, folder)
            .env("DESTROYED_CHILD_REGISTER", register.to_string())
            .env("DESTROYED_CHILD_CALLS", calls)
            .env("DESTROYED_CHILD_SEED", seed.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a child");
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, lines, paid: BTreeMap::new() }
    }

    /// Takes what a line says; a line that the kill cut off says nothing.
    fn takes(&mut self, line: &str) {
        let Some(told) = line.strip_prefix("PAID ").and_then(|line| line.strip_suffix('\n')) else {
            return;
        };
        let mut words = told.split(' ').map(|word| word.parse::<i64>().expect("a number"));
        let mut next = || words.next().expect("a word");
        let (number, total, copies) = (next(), next(), next());
        self.paid.insert(u64::try_from(number).expect("a sale"), (total, copies == 2));
    }

    /// Reads until so many sales were PAID.
    fn until_paid(&mut self, sales: usize) {
        while self.paid.len() < sales {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("read");
            assert!(read > 0, "the child ended by itself");
            self.takes(&line);
        }
    }

    /// SIGKILL, and the disk is gone; which of the two is first is chance.
    fn ends(mut self, folder: &Path, disk_first: bool) -> BTreeMap<u64, (i64, bool)> {
        if disk_first {
            // It may be writing there.
            std::fs::remove_dir_all(folder).ok();
        }
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).expect("read");
        rest.split_inclusive('\n').for_each(|line| self.takes(line));
        if folder.exists() {
            std::fs::remove_dir_all(folder).expect("gone");
        }
        assert!(!folder.exists());
        self.paid
    }
}

/// A register's sales at central, by number.
fn at_central(folder: &Path, register: u16) -> BTreeMap<u64, i64> {
    let db = rusqlite::Connection::open(folder.join(FILE_NAME)).expect("opened");
    let sql = "SELECT number, total FROM sale WHERE reg = ?1 AND branch = 0";
    let mut sales = db.prepare(sql).expect("a question");
    let rows = sales.query_map([register], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)));
    let rows: Vec<(i64, i64)> = rows.expect("asked").map(|row| row.expect("a row")).collect();
    let found: BTreeMap<u64, i64> =
        rows.iter().map(|(number, total)| (number.unsigned_abs(), *total)).collect();
    assert_eq!(found.len(), rows.len(), "register {register}: a number twice");
    found
}

/// By a line to central, and over a stick: what the register that stays holds of another one.
fn carried(data: &Path, central: &Central, register: u16, stick: Option<&Path>) -> Duration {
    let (data, number) = (data.to_str().expect("a name"), register.to_string());
    let began = Instant::now();
    let Some(stick) = stick else {
        let (code, said) = ask(&["carry", "--register", &number, "--data", data]);
        assert_eq!((code, &said["refused_count"]), (0, &0.into()), "{said:#}");
        return began.elapsed();
    };
    let to = stick.to_str().expect("a name");
    let (code, said) =
        ask(&["bundle", "export", "--register", &number, "--to", to, "--data", data]);
    assert_eq!((code, &said["safe_to_remove"]), (0, &true.into()), "{said:#}");
    let took = began.elapsed();
    let (code, said) = ask(&["bundle", "import", to, "--central", &central.url()]);
    assert_eq!((code, said["bad"].as_array().map(Vec::len)), (0, Some(0)), "{said:#}");
    took
}

#[test]
fn of_registers_that_are_killed_and_deleted_at_any_moment_all_with_two_copies_is_at_central() {
    let (rounds, seed) = (number("TIDEOVER_DESTROYED", 4), number("TIDEOVER_SEED", 1));
    let mut dice = Dice(seed);
    let (mut promised, mut alone, mut more, mut bundle) = (0, 0, 0, Duration::ZERO);
    for first in (0..rounds).step_by(usize::try_from(BESIDE).expect("small")) {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_with(&folder.path().join("central"), Encryption::None);
        let count = u16::try_from(BESIDE.min(rounds - first)).expect("small");
        let registers: Vec<u16> = (1..=count + 1).filter(|one| *one != STAYS).collect();
        let all: Vec<u16> = [STAYS].into_iter().chain(registers.iter().copied()).collect();
        let store = Store::at(folder.path(), &all);
        store.made();
        all.iter().for_each(|one| enrolled_in(&store, &central, *one));
        let stays = store.start_as(STAYS, LEAD, false);
        for register in registers {
            let calls = stays.listening().to_string();
            let mut sells = Sells::start(folder.path(), register, &calls, dice.roll());
            sells.until_paid(usize::try_from(1 + dice.below(6)).expect("small"));
            spin(&mut dice, 22);
            let paid = sells.ends(&store.data(register).0, dice.below(3) == 0);
            let stick = folder.path().join(format!("stick-{register}"));
            let by_stick = dice.below(2) == 0;
            let took = carried(
                &store.data(STAYS).0,
                &central,
                register,
                by_stick.then_some(stick.as_path()),
            );
            if by_stick {
                bundle = bundle.max(took);
            }
            assert!(central.settle());
            let held = at_central(&folder.path().join("central"), register);
            for (number, (total, two)) in &paid {
                if *two {
                    let what = format!("seed {seed}, register {register}, sale {number}");
                    assert_eq!(held.get(number), Some(total), "{what}: PAID with 2 copies");
                }
            }
            let two = paid.values().filter(|(_, two)| *two).count();
            (promised, alone) = (promised + two, alone + paid.len() - two);
            more += held.len() - two.min(held.len());
        }
        stays.stops();
        central.stop();
    }
    println!(
        "{rounds} registers destroyed: {promised} sales PAID with 2 copies, all at central; \
         {alone} with 1; {more} more are there; a bundle took {} ms at most",
        bundle.as_millis()
    );
    assert!(promised > 0);
    assert!(bundle < Duration::from_secs(60));
}

#[test]
fn a_days_sales_of_a_destroyed_register_are_on_a_stick_within_a_minute() {
    let sales = number("TIDEOVER_DESTROYED_SALES", 3_000);
    let folder = tempfile::tempdir().expect("a folder");
    let data = register(&folder.path().join("till"), STAYS);
    let mut gone = TestRegister::new(1);
    gone.sell(sales, 12);
    let mut mirror = Mirror::open(&data.mirror_dir(), StoreNo(1042)).expect("a mirror");
    for lines in gone.lines.chunks(500) {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.bytes()).collect();
        mirror.take(&lines, &Vouched::Itself, None).expect("taken");
    }
    let central = central_at(&folder.path().join("central"));
    // The register that stays sells on: its copies are open meanwhile.
    let took = carried(&data.0, &central, 1, Some(&folder.path().join("stick")));
    drop(mirror);
    assert!(central.settle());
    assert_eq!(central.totals(StoreNo(1042), Some(RegisterNo(1))).expect("totals"), gone.totals);
    let bytes = gone.file().len();
    println!(
        "{sales} sales of 12 lines, {bytes} bytes: on the stick and read back in {} ms",
        took.as_millis()
    );
    assert!(took < Duration::from_secs(60), "{took:?}");
}
