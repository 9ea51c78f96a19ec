//! How central is operated: its health, its counts, its log, stopping it in the middle of a drain,
//! and going back to a moment of the past.

mod metrics;
mod openapi;
mod packaging;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::blocking::Client;
use serde_json::Value;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;

use crate::central::{central_at, drain};
use crate::check::carried::hand_over;
use crate::check::{Shop, pay};
use crate::journals::TestRegister;
use crate::kill::RunningCentral;
use crate::postgres::server::Server;
use crate::postgres::{assert_all_once, bind, name_of, registers};

/// The status of an address, and what it says.
pub(crate) fn asked(url: &str, path: &str) -> (u16, String) {
    // Whoever comes first in a process chooses how it encrypts.
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = Client::builder().no_proxy().build().expect("a client");
    let response = client.get(format!("{url}{path}")).send().expect("an answer");
    (response.status().as_u16(), response.text().expect("text"))
}

/// Counts refusals that name an appointment, and passes everything on.
struct Watched {
    line: HttpTransport,
    appointments: Vec<u64>,
    told: Arc<AtomicBool>,
    /// After its second run it waits until somebody is about to ask central to stop.
    runs: u32,
    about: Arc<AtomicBool>,
}

impl Transport for Watched {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.runs += u32::from(request.path() == "/v1/segments");
        while self.runs > 2 && !self.about.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        let answer = self.line.send(request)?;
        if answer.status == 503 {
            let said: Value = serde_json::from_slice(&answer.body).expect("a refusal");
            self.appointments.extend(said["retry_after_ms"].as_u64());
            self.told.store(true, Ordering::Release);
        }
        Ok(answer)
    }
}

/// A service manager asks central to stop while registers deliver, and starts it again.
#[test]
fn central_asked_to_stop_in_the_middle_of_a_drain_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("central");
    let mut central = RunningCentral::told(&at, &["--notice", "5", "--log", "json"]);
    let url = central.url();
    assert_eq!(asked(&url, "/readyz"), (200, "ready\n".to_owned()));
    let mut all = registers(6, 2_400);
    let sum: u64 = all.iter().map(|register| register.chain.next_seq.0).sum();
    let (told, about) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut appointments = Vec::new();
    std::thread::scope(|scope| {
        let couriers: Vec<_> = all
            .iter_mut()
            .map(|register| {
                let (url, told, about) = (&url, Arc::clone(&told), Arc::clone(&about));
                scope.spawn(move || {
                    let line = HttpTransport::new(url, None, false).expect("a line");
                    let mut line = Watched { line, appointments: Vec::new(), told, runs: 0, about };
                    let report = drain(register, &mut line);
                    (report, line.appointments)
                })
            })
            .collect();
        let received = || {
            let (status, text) = asked(&url, "/v1/recovery");
            assert_eq!(status, 200);
            let now: Value = serde_json::from_str(&text).expect("json");
            // Nobody vouched for these registers.
            now["sums"]["unvouched"].as_u64().expect("a number")
        };
        // Each has handed a first run over; the most of all is still out.
        while received() < 6 * 60 {
            std::thread::yield_now();
        }
        // Some are under way when it is asked, and some come while it says that it is not ready.
        about.store(true, Ordering::Release);
        central.terminate();
        // It answers, and says that it is not ready, for as long as its notice.
        while asked(&url, "/readyz").0 == 200 {
            std::thread::yield_now();
        }
        assert_eq!(asked(&url, "/healthz").0, 200, "alive all the same");
        while !told.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        let (code, log) = central.ended();
        assert_eq!(code, Some(0), "{log}");
        for words in ["central is stopping", "central has stopped"] {
            assert!(log.contains(words), "{words}: {log}");
        }
        central.start_again();
        for courier in couriers {
            let (report, met) = courier.join().expect("a courier");
            assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
            appointments.extend(met);
        }
    });
    assert!(!appointments.is_empty() && appointments.iter().all(|ms| *ms <= 5_000));
    central.terminate();
    assert_eq!(central.ended().0, Some(0));
    #[expect(clippy::disallowed_methods, reason = "the database as another program sees it")]
    let db = rusqlite::Connection::open(at.join("central.db")).expect("the database");
    let counts: (i64, i64) = db
        .query_row("SELECT count(*), count(DISTINCT hash) FROM record", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("an answer");
    let sum = i64::try_from(sum).expect("small");
    assert_eq!(counts, (sum, sum));
}

#[test]
fn central_is_not_ready_while_its_database_is_away_and_ready_again_by_itself() {
    let Some(mut server) = Server::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    bind(folder.path(), &server.database());
    let central = central_at(folder.path());
    assert_eq!(asked(&central.url(), "/readyz").0, 200);
    server.kill();
    let mut said = asked(&central.url(), "/readyz");
    while said.0 == 200 {
        said = asked(&central.url(), "/readyz");
    }
    assert_eq!(said, (503, "not ready: the database does not answer\n".to_owned()));
    assert_eq!(asked(&central.url(), "/healthz").0, 200, "nobody has to start it again");
    let (status, text) = asked(&central.url(), "/metrics");
    assert_eq!(status, 200);
    assert!(text.contains("tideover_database_up 0") && text.contains("tideover_ready 0"), "{text}");
    server.start_again();
    while asked(&central.url(), "/readyz").0 != 200 {
        std::thread::yield_now();
    }
}

/// A backup, the log's archive, and a moment in between: what came in after it is sent again.
#[test]
fn postgresql_put_back_to_a_moment_gets_everything_again_once() {
    let Some(mut server) = Server::told(Server::archiving) else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    let name = url.rsplit('/').next().expect("a name").to_owned();
    bind(folder.path(), &url);
    let central = central_at(folder.path());
    let mut all = registers(2, 200);
    let hand_all_over = |all: &mut Vec<TestRegister>| {
        for register in all {
            let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
            let report = drain(register, &mut http);
            assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
        }
    };
    hand_all_over(&mut all);
    let before = name_of(&central.url());
    let backup = server.back_up();
    all.iter_mut().for_each(|register| register.sell(150, 2));
    hand_all_over(&mut all);
    let moment = server.sql(&name, "SELECT clock_timestamp()");
    let held: u64 = all.iter().map(|register| register.chain.next_seq.0).sum();
    // What comes in now is after the moment.
    all.iter_mut().for_each(|register| register.sell(120, 2));
    hand_all_over(&mut all);
    central.settle();
    server.archive();
    server.kill();
    server.restore_to(&backup, &moment);
    let records = server.sql(&name, "SELECT count(*) FROM record");
    assert_eq!(records, held.to_string(), "neither the backup's nor the last");
    let after = name_of(&central.url());
    assert_ne!(after, before, "registers are to ask anew");
    hand_all_over(&mut all);
    central.settle();
    assert_all_once(&server, &url, &all);
}

/// A store's day with people, PINs and checks goes through central; its log knows none of it.
#[test]
fn the_log_is_a_json_object_a_line_without_anything_personal() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("central");
    let mut central = RunningCentral::told(&at, &["--notice", "0", "--log", "json"]);
    let url = central.url();
    let seal_key = std::fs::read(at.join("seal.pub")).expect("a key");
    let seal_key = String::from_utf8(seal_key).expect("hex");
    let seal_key = tideover::journal::hash::from_hex(seal_key.trim()).expect("a key");
    let shop = Shop::new("", "", Some(seal_key));
    let mut register = shop.open(("41", "702946"));
    for number in 1207..1212 {
        pay(&mut register, 1, number);
    }
    register.close().expect("closed");
    let mut line = HttpTransport::new(&url, None, false).expect("a line");
    assert_eq!(hand_over(&shop.data(), 1, &mut line).link, LinkState::UpToDate);
    // What is typed at pages does not reach it either, right or wrong.
    let client = Client::builder().no_proxy().build().expect("a client");
    for (path, body) in [
        ("/reconcile/sign-in", "store=1042&number=41&pin=702946"),
        ("/queue/amend", "store=1042&token=it7-secret-word&reason=Maria+asked"),
        ("/v1/enroll", "WRONG-CODE7"),
        ("/v1/segments", "T111000025T 008675309867U 1207"),
    ] {
        client.post(format!("{url}{path}")).body(body).send().expect("an answer");
    }
    asked(&url, "/?token=not-the-token");
    central.terminate();
    let (code, log) = central.ended();
    assert_eq!(code, Some(0), "{log}");
    let mut took_in = 0;
    for line in log.lines() {
        let said: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        for field in ["at", "level", "target", "message"] {
            assert!(said[field].is_string(), "{field}: {line}");
        }
        took_in += u32::from(said["message"] == "records were taken in");
    }
    assert!(took_in >= 1, "{log}");
    // Accounts and IDs of checks, their numbers, PINs, people, tokens, codes, what was bought.
    let people = include_str!("../../assets/sample-store/people.csv");
    let names = people.lines().skip(1).filter_map(|row| row.split(',').nth(1));
    let mut personal: Vec<String> = names.map(str::to_owned).collect();
    assert!(personal.len() > 2, "the names of the sample store");
    let words = ["8675309867", "111000025", "702946", "license", "secret-word", "Maria", "WRONG"];
    personal.extend(words.map(str::to_owned));
    personal.extend(["not-the-token", "Spring", "401100370077"].map(str::to_owned));
    let token = std::fs::read_to_string(at.join("read.token")).expect("a token");
    personal.push(token.trim().to_owned());
    for word in &personal {
        assert!(!log.contains(word.as_str()), "{word}: {log}");
    }
}
