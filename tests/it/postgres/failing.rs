//! The database hangs, is full, or breaks off in the middle of deriving rows: requests are answered
//! in time, nothing is acknowledged that is not stored, and it recovers by itself.

use tideover::domain::ids::Seq;
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;
use tideover::sync::segment;
use tideover::sync::wire::{PROTOCOL, Refusal};

use super::server::Server;
use super::{agree, assert_all_once, bind, registers};
use crate::central::{central_at, drain};
use crate::journals::clock;
use crate::program::ask;
use crate::small_disk::SmallDisk;

#[test]
fn while_the_database_hangs_requests_are_answered_in_time_and_afterwards_all_goes_on() {
    let Some(server) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    bind(folder.path(), &url);
    let central = central_at(folder.path());
    let mut registers = registers(2, 150);
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    assert_eq!(drain(&mut registers[0], &mut http).link, LinkState::UpToDate);
    central.settle();
    registers[0].sell(40, 2);
    let frozen = server.freeze();
    // At once: a greeting, and a delivery whose outcome nobody can know.
    let from = registers[0].lines.len() - 40;
    let body = segment::build(&registers[0].lines[from..], &registers[0].key).expect("built");
    let address = central.url();
    std::thread::scope(|scope| {
        let delivery = scope.spawn(move || {
            let mut http = HttpTransport::new(&address, None, false).expect("a line");
            let path = "/v1/segments".to_owned();
            http.send(&Request::post(path, body)).expect("an answer in time")
        });
        let report = registers[1].sync(&clock()).push_once(&mut http, &mut registers[1]);
        assert_eq!((report.link, report.created), (LinkState::Busy, 0));
        let answer = delivery.join().expect("delivered");
        assert_eq!(answer.status, 503);
        let refusal: Refusal = serde_json::from_slice(&answer.body).expect("a refusal");
        assert_eq!(refusal.protocol, PROTOCOL);
        assert!(refusal.retry_after_ms.is_some(), "it is told when to come again");
        assert!(refusal.text.contains("nothing was acknowledged"), "{}", refusal.text);
    });
    drop(frozen);
    for register in &mut registers {
        let report = drain(register, &mut http);
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    }
    agree(&central, &registers);
    assert_all_once(&server, &url, &registers);
}

#[test]
fn a_database_without_room_acknowledges_nothing_and_with_room_again_all_goes_on() {
    let mut disk = None;
    let server = Server::told(|folder| {
        disk = SmallDisk::at(&folder.join("small"), "48m");
        Vec::new()
    });
    let (Some(server), Some(disk)) = (server, disk) else { return };
    let place = disk.path().display();
    server.sql("postgres", &format!("CREATE TABLESPACE small LOCATION '{place}'"));
    server.sql("postgres", "CREATE DATABASE narrow TABLESPACE small");
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.address_of("narrow"));
    bind(folder.path(), &url);
    let central = central_at(folder.path());
    let mut registers = registers(1, 30);
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    assert_eq!(drain(&mut registers[0], &mut http).link, LinkState::UpToDate);
    central.settle();
    disk.fill();
    registers[0].sell(1_500, 3);
    let report = registers[0].sync(&clock()).push_once(&mut http, &mut registers[0]);
    assert_eq!(report.link, LinkState::Busy, "{report:?}");
    assert!(report.pending > 0, "{report:?}");
    let held = central.journals().expect("readable").remove(0).position;
    let receipt = &registers[0].receipts[&registers[0].chain.journal];
    assert_eq!((receipt.next_seq, receipt.head), (held.next_seq, held.head));
    assert!(held.next_seq < Seq(1_500));
    disk.make_room();
    let report = drain(&mut registers[0], &mut http);
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    while server.sql("narrow", "SELECT count(*) FROM branch WHERE projected < next_seq") != "0" {
        std::thread::yield_now();
    }
    agree(&central, &registers);
    assert_all_once(&server, &url, &registers);
    central.stop();
}

/// Every row that was derived, but for what says when.
fn derived(server: &Server, name: &str) -> Vec<String> {
    let tables = ["sale", "sale_line", "tender", "tax", "exception"];
    let sql = |table| {
        format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')
             FROM {table} t"
        )
    };
    tables.iter().map(|table| server.sql(name, &sql(table))).collect()
}

#[test]
fn a_worker_that_is_ended_in_the_middle_of_its_copy_does_that_stretch_anew() {
    let Some(server) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    bind(folder.path(), &url);
    let name = url.rsplit('/').next().expect("a name").to_owned();
    let central = central_at(folder.path());
    // The server ends the session that copies, in the middle of its rows, five times.
    server.sql(
        &name,
        "CREATE SEQUENCE cuts;
         CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF nextval('cuts') IN (7, 130, 301, 467, 668) THEN
             PERFORM pg_terminate_backend(pg_backend_pid());
           END IF;
           RETURN NEW;
         END $$;
         CREATE TRIGGER cut BEFORE INSERT ON sale FOR EACH ROW EXECUTE FUNCTION cut();",
    );
    let mut registers = registers(2, 400);
    for register in &mut registers {
        let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
        assert_eq!(drain(register, &mut http).link, LinkState::UpToDate);
    }
    let behind = "SELECT count(*) FROM branch WHERE projected < next_seq";
    while server.sql(&name, behind) != "0" {
        std::thread::yield_now();
    }
    let tried: u64 = server.sql(&name, "SELECT last_value FROM cuts").parse().expect("a number");
    let lines: u64 = server.sql(&name, "SELECT count(*) FROM sale_line").parse().expect("one");
    assert_eq!(lines, 2 * 400 * 3);
    let sales: u64 = server.sql(&name, "SELECT count(*) FROM sale").parse().expect("one");
    assert!(tried > sales, "stretches were done anew: {tried} rows for {sales}");
    agree(&central, &registers);
    assert_all_once(&server, &url, &registers);
    // Derived again from nothing it is the same, row for row.
    let before = derived(&server, &name);
    let data = folder.path().to_str().expect("a name").to_owned();
    assert_eq!(ask(&["central", "rebuild", "--data", &data]).0, 0);
    while server.sql(&name, behind) != "0" {
        std::thread::yield_now();
    }
    central.settle();
    assert_eq!(derived(&server, &name), before);
}
