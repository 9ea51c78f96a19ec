//! Central on PostgreSQL: the database is killed and restored under it, processes die beside each
//! other, and everything is at central once all the same.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tideover::central::backend::{self, Address};
use tideover::central::serve::{Central, Encryption};
use tideover::device::clock::SystemClock;
use tideover::domain::ids::StoreNo;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;
use tideover::sync::sealed::Sealed;
use tideover::sync::wire::Hello;

use crate::central::{central_at, central_on, drain};
use crate::journals::TestRegister;
use crate::kill::RunningCentral;
use crate::printer::witness::the_same_paper_used_at_two_registers;
use crate::program::ask;

#[path = "../support/postgres.rs"]
pub mod server;

#[path = "postgres/destroyed.rs"]
mod destroyed;
#[path = "postgres/failing.rs"]
mod failing;
#[path = "postgres/standby.rs"]
mod standby;

use server::Server;

const STORE: StoreNo = StoreNo(1042);

pub fn bind(folder: &Path, url: &str) {
    let address = Address { url: url.to_owned(), password_file: None, authority: None };
    backend::bind(folder, &address).expect("bound");
}

/// What the database itself says, counted by SQL: one record, one sale and the same money of each.
pub fn assert_all_once(server: &Server, url: &str, registers: &[TestRegister]) {
    let name = url.rsplit('/').next().expect("a name");
    let ask = |sql: &str| server.sql(name, sql);
    for register in registers {
        let number = register.chain.journal.register.0;
        let records = ask(&format!(
            "SELECT count(*) || ' ' || count(DISTINCT seq) || ' ' || count(DISTINCT hash) || ' '
             || max(seq) FROM record WHERE reg = {number}"
        ));
        let all = register.chain.next_seq.0;
        assert_eq!(records, format!("{all} {all} {all} {}", all - 1), "register {number}");
        let sales = ask(&format!(
            "SELECT count(*) || ' ' || count(DISTINCT seq) || ' ' || sum(total) FROM sale
             WHERE reg = {number}"
        ));
        let totals = &register.totals;
        let count = totals.sales + totals.refunds;
        assert_eq!(sales, format!("{count} {count} {}", totals.total.minor()), "{number}");
        let lines = ask(&format!("SELECT sum(amount) FROM sale_line WHERE reg = {number}"));
        assert_eq!(lines, totals.subtotal.minor().to_string(), "lines of register {number}");
    }
    assert_eq!(ask("SELECT count(*) FROM segment WHERE branch <> 0"), "0", "parked or forked");
    assert_eq!(ask("SELECT count(*) FROM exception WHERE code = 'fork'"), "0");
}

fn agree(central: &Central, registers: &[TestRegister]) {
    for register in registers {
        let journal = register.chain.journal;
        let totals = central.totals(STORE, Some(journal.register)).expect("totals");
        assert_eq!(totals, register.totals, "{journal}");
    }
}

pub fn name_of(url: &str) -> String {
    let mut line = HttpTransport::new(url, None, false).expect("a line");
    let path = "/v1/hello?nonce=00".to_owned();
    let request = Request::get(path);
    let body = line.send(&request).expect("an answer").body;
    let hello: Hello = Sealed::split(&body).expect("sealed").claim().expect("hello");
    hello.server_epoch
}

pub fn registers(count: u16, sales: u64) -> Vec<TestRegister> {
    let mut registers: Vec<TestRegister> = (1..=count).map(TestRegister::new).collect();
    for register in &mut registers {
        register.sell(sales, 3);
    }
    registers
}

#[test]
fn a_folder_bound_to_a_database_serves_registers_and_commands_from_it() {
    let Some(server) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    bind(folder.path(), &url);
    let central = central_at(folder.path());
    let mut registers = registers(2, 300);
    for register in &mut registers {
        let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
        let report = drain(register, &mut http);
        assert_eq!((report.link, report.created, report.pending), (LinkState::UpToDate, 302, 0));
    }
    agree(&central, &registers);
    assert_all_once(&server, &url, &registers);
    let data = folder.path().to_str().expect("a name").to_owned();
    let (code, said) = ask(&["central", "totals", "--data", &data, "--store", "1042"]);
    assert_eq!((code, &said["totals"]["sales"]), (0, &serde_json::json!(600)));
    let (code, _) = ask(&["central", "rebuild", "--data", &data]);
    assert_eq!(code, 0);
    let name = name_of(&central.url());
    central.stop();
    // Nothing but keys and marks is in the folder: a copy of it is another process.
    assert!(!folder.path().join("central.db").exists());
    let central = central_at(folder.path());
    assert_eq!(name_of(&central.url()), name, "a restart is no restore");
    agree(&central, &registers);
    assert_all_once(&server, &url, &registers);
}

#[test]
fn a_folder_is_not_bound_to_two_databases_and_keys_are_not_mixed() {
    let Some(server) = Server::start() else { return };
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let url = server.database();
    bind(one.path(), &url);
    bind(one.path(), &url);
    let address = |url: &str| Address { url: url.to_owned(), password_file: None, authority: None };
    let why = backend::bind(one.path(), &address(&server.database())).expect_err("bound");
    assert!(why.to_string().contains("belongs to another database"), "{why}");
    central_at(one.path()).stop();
    // The same database with a key of its own: registers would hear two centrals.
    let data = other.path().to_str().expect("a name");
    let arguments = ["central", "--listen", "127.0.0.1:0", "--data", data, "--database", &url];
    let refused = crate::program::run(&arguments);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("another key") && said.contains("central.key"), "{said}");
    // A folder that holds records is not turned away from them.
    let embedded = tempfile::tempdir().expect("a folder");
    central_at(embedded.path()).stop();
    let why = backend::bind(embedded.path(), &address(&url)).expect_err("it has records");
    assert!(why.to_string().contains("records of its own"), "{why}");
}

/// Workers project a sale and its returns in any order, and at once: the later sees the earlier.
#[test]
fn one_paper_used_at_two_registers_is_found_in_every_order_and_at_once() {
    let Some(server) = Server::start() else { return };
    let groups: [&[&[usize]]; 4] =
        [&[&[0], &[1], &[2]], &[&[2], &[1], &[0]], &[&[0, 1, 2]], &[&[1, 2], &[0]]];
    for groups in groups {
        let folder = tempfile::tempdir().expect("a folder");
        bind(folder.path(), &server.database());
        let groups: Vec<Vec<usize>> = groups.iter().map(|group| group.to_vec()).collect();
        the_same_paper_used_at_two_registers(folder.path(), &groups);
    }
}

/// Registers drain at once; the database is killed with SIGKILL whenever some more came in.
#[test]
fn postgresql_killed_again_and_again_in_a_drain_loses_and_doubles_nothing() {
    let Some(mut server) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    bind(folder.path(), &url);
    // Turns are by central's clock, and come.
    let clock = Arc::new(SystemClock::new(None));
    let central = central_on(folder.path(), Encryption::None, clock);
    let mut registers = registers(4, 700);
    let all: u64 = registers.iter().map(|register| register.chain.next_seq.0).sum();
    let address = central.url();
    let drained = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let couriers: Vec<_> = registers
            .iter_mut()
            .map(|register| {
                let address = &address;
                scope.spawn(move || {
                    let mut http = HttpTransport::new(address, None, false).expect("a line");
                    drain(register, &mut http)
                })
            })
            .collect();
        let killer = scope.spawn(|| {
            let mut kills = 0;
            for part in 1..=4 {
                let held = || {
                    let rows = central.journals().expect("read");
                    rows.iter().map(|row| row.position.next_seq.0).sum::<u64>()
                };
                while held() < all * part / 6 && !drained.load(Ordering::Acquire) {
                    std::thread::yield_now();
                }
                server.kill();
                kills += 1;
                server.start_again();
            }
            kills
        });
        for courier in couriers {
            let report = courier.join().expect("a courier");
            assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
        }
        drained.store(true, Ordering::Release);
        assert_eq!(killer.join().expect("the killer"), 4);
    });
    // Rows that a kill took are derived again within seconds; nothing new comes in to say so.
    let name = url.rsplit('/').next().expect("a name");
    while server.sql(name, "SELECT count(*) FROM branch WHERE projected < next_seq") != "0" {
        std::thread::yield_now();
    }
    agree(&central, &registers);
    assert_all_once(&server, &url, &registers);
}

/// The database goes back to a backup while central runs, and once more while it is stopped.
#[test]
fn postgresql_restored_from_an_older_backup_gets_everything_again() {
    let Some(mut server) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    bind(folder.path(), &url);
    let mut central = central_at(folder.path());
    let mut registers = registers(2, 200);
    let mut names = vec![name_of(&central.url())];
    for stopped in [false, true] {
        let backup = server.back_up();
        for register in &mut registers {
            register.sell(300, 2);
            let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
            assert_eq!(drain(register, &mut http).link, LinkState::UpToDate);
        }
        central.settle();
        if stopped {
            central.stop();
            server.kill();
            server.restore(&backup);
            central = central_at(folder.path());
        } else {
            server.kill();
            server.restore(&backup);
        }
        let name = name_of(&central.url());
        assert!(!names.contains(&name), "{names:?} {name}: registers are to ask anew");
        names.push(name);
        let rows = central.journals().expect("read");
        let short = |row: &&tideover::central::store::JournalRow| {
            let all = |register: &&TestRegister| register.chain.journal == row.journal;
            let register = registers.iter().find(all).expect("known");
            row.position.next_seq < register.chain.next_seq
        };
        assert!(rows.iter().filter(short).count() == rows.len(), "the copy is older");
        for register in &mut registers {
            let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
            assert_eq!(drain(register, &mut http).link, LinkState::UpToDate);
            let receipt = &register.receipts[&register.chain.journal];
            assert_eq!(receipt.next_seq, register.chain.next_seq);
        }
        agree(&central, &registers);
        assert_all_once(&server, &url, &registers);
    }
}

/// Sends each request to the next process; one that is not there is passed over.
struct Balanced {
    lines: Vec<HttpTransport>,
    turn: usize,
    met: Arc<AtomicBool>,
}

impl Transport for Balanced {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        for _ in 0..self.lines.len() {
            self.turn = (self.turn + 1) % self.lines.len();
            match self.lines[self.turn].send(request) {
                Ok(answer) => return Ok(answer),
                Err(_) => self.met.store(true, Ordering::Release),
            }
        }
        Err(NoAnswer { text: "nobody is there".to_owned() })
    }
}

#[test]
fn of_three_centrals_on_one_database_one_dies_and_each_sale_is_there_once() {
    let Some(server) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    let first = folder.path().join("one");
    std::fs::create_dir(&first).expect("a folder");
    bind(&first, &url);
    let mut centrals = vec![RunningCentral::start(&first)];
    for name in ["two", "three"] {
        // A further process has the first one's keys, and the database's address.
        let copy = folder.path().join(name);
        std::fs::create_dir(&copy).expect("a folder");
        for file in ["central.key", "seal.key", "seal.pub", "read.token", "database.json"] {
            std::fs::copy(first.join(file), copy.join(file)).expect("copied");
        }
        centrals.push(RunningCentral::start(&copy));
    }
    let urls: Vec<String> = centrals.iter().map(|one| one.url()).collect();
    assert!(urls.iter().all(|url| name_of(url) == name_of(&urls[0])), "one name");
    let mut registers = registers(4, 500);
    let all: u64 = registers.iter().map(|register| register.chain.next_seq.0).sum();
    let met = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let couriers: Vec<_> = registers
            .iter_mut()
            .enumerate()
            .map(|(turn, register)| {
                let line = |url: &String| HttpTransport::new(url, None, false).expect("a line");
                let lines = urls.iter().map(line).collect();
                let mut line = Balanced { lines, turn, met: Arc::clone(&met) };
                scope.spawn(move || drain(register, &mut line))
            })
            .collect();
        let name = url.rsplit('/').next().expect("a name");
        let held = "SELECT coalesce(sum(next_seq - from_seq), 0) FROM branch";
        while server.sql(name, held).parse::<u64>().expect("a number") < all / 4 {
            std::thread::yield_now();
        }
        centrals[1].kill();
        for courier in couriers {
            let report = courier.join().expect("a courier");
            assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
        }
    });
    assert!(met.load(Ordering::Acquire), "the dead one was met");
    // The two that are left project what is there, each what it comes upon first.
    let name = url.rsplit('/').next().expect("a name");
    while server.sql(name, "SELECT count(*) FROM branch WHERE projected < next_seq") != "0" {
        std::thread::yield_now();
    }
    assert_all_once(&server, &url, &registers);
}
