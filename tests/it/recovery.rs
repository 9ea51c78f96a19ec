//! The recovery page, a store's status and the form for customers: each figure is the database's
//! own, by SQL of this file, on both stores.

mod browser;

use std::path::Path;
use std::sync::Arc;

use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use tideover::central::operations::Operations;
use tideover::central::serve::{Central, Encryption};
use tideover::device::clock::SimulatedClock;
use tideover::domain::event::{Event, Lifetime};
use tideover::domain::ids::{OutageId, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::outage::{Outage, System};
use tideover::domain::time::Timestamp;
use tideover::journal::key::Domain;
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::sealed::seal;
use tideover::sync::wire::{Announce, JournalName, PROTOCOL};

use crate::central::{central_operated, drain, enrolled, fetch, segments};
use crate::journals::{TestRegister, clock, start};
use crate::postgres::bind;
use crate::postgres::server::Server;

/// What SQL says of the whole recovery: the page's figures in their order.
const SUMS: &str = "SELECT
    (SELECT coalesce(sum(next_seq), 0) FROM branch WHERE branch = 0 AND reg > 0),
    (SELECT coalesce(sum(CASE WHEN j.expected_next > coalesce(b.next_seq, 0) THEN j.expected_next
                              ELSE b.next_seq END), 0)
     FROM journal j LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg
      AND b.epoch = j.epoch AND b.branch = 0 WHERE j.reg > 0),
    (SELECT coalesce(sum(r.takings - r.payouts), 0) FROM branch b JOIN record r
      ON r.store = b.store AND r.reg = b.reg AND r.epoch = b.epoch AND r.branch = 0
      AND r.seq = b.next_seq - 1 WHERE b.branch = 0 AND b.reg > 0),
    (SELECT coalesce(sum(next_seq - projected), 0) FROM branch WHERE reg > 0)";

pub(crate) fn outage(expected: Option<&str>) -> Outage {
    let at = |text: &str| Timestamp::parse(text).expect("a time");
    Outage {
        id: OutageId::parse("1042-1-1").expect("an id"),
        since: at("2026-11-22T12:58:00.000-06:00"),
        systems: vec![System::Payments, System::PointOfSale],
        cause: "The line to the processor was cut".to_owned(),
        ticket: "INC-5531".to_owned(),
        expected: expected.map(at),
    }
}

/// Registers of two stores, whole days in their journals, and one that never says a word.
fn registers() -> Vec<TestRegister> {
    let mut all = vec![
        TestRegister::at(StoreNo(1042), 1, 11),
        TestRegister::at(StoreNo(1042), 2, 12),
        TestRegister::at(StoreNo(77), 1, 13),
    ];
    for (register, sales) in all.iter_mut().zip([40, 600, 30]) {
        register.sell(sales, 2);
    }
    all
}

fn get(central: &Central, path: &str) -> Response {
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = Client::builder().no_proxy().build().expect("a client");
    client.get(format!("{}{path}", central.url())).send().expect("an answer")
}

fn recovery(central: &Central) -> Value {
    serde_json::from_str(&fetch(central, "/v1/recovery")).expect("json")
}

/// The number that a figure of the page bears.
fn figure(page: &str, name: &str) -> i64 {
    let at = page.split(&format!("data-figure={name} data-value=")).nth(1).expect("a figure");
    let digits = at.chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect::<String>();
    digits.parse().expect("a number")
}

/// Two whole journals, one in the middle of its way, one enrolled and silent: on the page, as
/// JSON, and by SQL.
fn the_same_everywhere(central: &Central, sql: &dyn Fn(&str) -> Vec<i64>) {
    let mut all = registers();
    let never = TestRegister::at(StoreNo(9), 4, 14);
    enrolled(central, &never);
    all.iter().for_each(|register| enrolled(central, register));
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    drain(&mut all[0], &mut http);
    // Hello, announcement, and the first of its segments: the others are still out.
    let time = clock();
    let mut sync = all[1].sync(&time);
    while recovery(central)["sums"]["received"] == json!(42) {
        let mut register = all[1].clone();
        sync.step(0, &mut http, &mut register);
        all[1] = register;
    }
    drain(&mut all[2], &mut http);
    central.settle();
    let told = recovery(central);
    let sums = told["sums"].clone();
    let by_sql = sql(SUMS);
    let [received, expected, money, behind] = by_sql[..] else { panic!("{by_sql:?}") };
    assert_eq!(
        (&sums["received"], &sums["expected"], &sums["money"], &sums["behind"]),
        (&json!(received), &json!(expected), &json!(money), &json!(behind))
    );
    assert_eq!(expected, 42 + 602 + 32, "all that was announced");
    assert!(received > 74 && received < expected, "{received} in the middle");
    assert_eq!((&sums["stores"], &sums["stores_silent"]), (&json!(3), &json!(1)));
    let page = fetch(central, "/");
    for (name, value) in [
        ("received", received),
        ("expected", expected),
        ("missing", expected - received),
        ("money", money),
        ("silent", 1),
        ("complete", 1),
        ("forked", 0),
        ("behind", behind),
    ] {
        assert_eq!(figure(&page, name), value, "{name}");
    }
    let order: Vec<u64> = told["stores"]
        .as_array()
        .expect("stores")
        .iter()
        .filter_map(|store| store["store"].as_u64())
        .collect();
    assert_eq!(order, [1042, 9, 77], "what is out, who is silent, what is whole");
    assert_eq!(get(central, "/").headers()["refresh"], "5");
    assert!(page.contains("not known yet"), "no pace is known on a clock that stands");
    let status = fetch(central, "/status?store=1042");
    assert!(status.contains("data-register=2") && status.contains("leave the registers on"));
    assert_eq!(get(central, "/status?store=4711").status(), 404);
    drain(&mut all[1], &mut http);
    central.settle();
    assert!(fetch(central, "/").contains("Everything announced is here"));
    assert!(get(central, "/").headers().get("refresh").is_none(), "nothing to wait for");
    assert_eq!(recovery(central)["sums"]["received"], json!(sql(SUMS)[0]));
}

#[test]
fn the_page_says_what_sqlite_says_in_the_middle_of_a_drain_and_at_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let operations = Operations::of_tests();
    let central = central_operated(folder.path(), Encryption::None, Arc::new(clock()), operations);
    let path = folder.path().join("central.db");
    the_same_everywhere(&central, &|sql| {
        #[expect(clippy::disallowed_methods, reason = "the database as another program sees it")]
        let db = rusqlite::Connection::open(&path).expect("the database");
        db.query_row(sql, [], |row| (0..4).map(|place| row.get(place)).collect())
            .expect("an answer")
    });
}

#[test]
fn the_page_says_what_postgresql_says_in_the_middle_of_a_drain_and_at_its_end() {
    let Some(server) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), server.database());
    bind(folder.path(), &url);
    let operations = Operations::of_tests();
    let central = central_operated(folder.path(), Encryption::None, Arc::new(clock()), operations);
    let name = url.rsplit('/').next().expect("a name").to_owned();
    the_same_everywhere(&central, &|sql| {
        let said = server.sql(&name, sql);
        said.split('|').map(|one| one.parse().expect("a number")).collect()
    });
}

/// What a stranger announces and what they write into records, at a central that takes both as
/// anybody's; and the same of a register that somebody vouched for.
fn absurd_figures_end_no_page(folder: &Path) {
    let operations = Operations::of_tests();
    let central = &central_operated(folder, Encryption::None, Arc::new(clock()), operations);
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    let money = Money::from_minor;
    for (number, seed) in (1..).zip(40..43) {
        let mut one = TestRegister::at(StoreNo(1042), number, seed);
        if number == 1 {
            enrolled(central, &one);
        }
        one.chain.lifetime = Lifetime { takings: money(i64::MAX), payouts: money(-1) };
        one.record(Event::Note { text: "a record may say anything".to_owned() });
        for body in segments(&one, 250) {
            let taken = http.send(&Request::post("/v1/segments".to_owned(), body));
            assert_eq!(taken.expect("an answer").status, 200, "no record is refused for that");
        }
        for (next_seq, takings) in [(u64::MAX, 0), (3, i64::MAX), (1 << 41, i64::MIN)] {
            let said = Announce {
                protocol: PROTOCOL.to_owned(),
                journal: JournalName::of(&one.chain.journal),
                key: one.key.public().to_string(),
                next_seq,
                head: one.chain.head.to_string(),
                takings,
                payouts: 0,
                program: "0.1.0".to_owned(),
                at: start().to_string(),
            };
            let body = seal(&said, Domain::Announce, &one.key).expect("sealed");
            let told = http.send(&Request::post("/v1/announce".to_owned(), body));
            let told = told.expect("an answer");
            let words = String::from_utf8_lossy(&told.body).into_owned();
            assert_eq!(told.status, 400, "{words}");
            assert!(words.contains("nothing is lost"), "{words}");
        }
    }
    central.settle();
    let sums = recovery(central)["sums"].clone();
    assert_eq!((&sums["records"], &sums["unvouched"]), (&json!(3), &json!(6)), "{sums}");
    assert_eq!((&sums["expected"], &sums["received"]), (&json!(0), &json!(0)), "{sums}");
    assert!(fetch(central, "/").contains("Everything announced is here"));
    assert!(fetch(central, "/status?store=1042").contains("data-register=1"));
    assert!(fetch(central, "/metrics").contains("tideover_database_up 1"));
    // A good announcement and its journal are counted as ever.
    let mut good = TestRegister::at(StoreNo(77), 1, 13);
    good.sell(5, 1);
    enrolled(central, &good);
    drain(&mut good, &mut http);
    assert_eq!(recovery(central)["sums"]["received"], json!(7));
}

#[test]
fn absurd_figures_end_no_page_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    absurd_figures_end_no_page(folder.path());
}

#[test]
fn absurd_figures_end_no_page_on_postgresql() {
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    bind(folder.path(), &server.database());
    absurd_figures_end_no_page(folder.path());
}

#[test]
fn a_store_that_was_cut_off_is_not_said_to_be_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let time = clock();
    let operations = Operations { public_form: true, ..Operations::of_tests() };
    let shared: Arc<SimulatedClock> = Arc::new(time.clone());
    let central = central_operated(folder.path(), Encryption::None, shared, operations);
    let mut registers =
        [TestRegister::at(StoreNo(1042), 1, 11), TestRegister::at(StoreNo(1042), 2, 12)];
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    for register in &mut registers {
        register.sell(3, 2);
        enrolled(&central, register);
        drain(register, &mut http);
    }
    central.settle();
    let status = || fetch(&central, "/status?store=1042");
    assert!(status().contains("No outage is open") && status().contains("say good"));
    // One of them goes on, the other one was switched off: what it did since is not known.
    time.advance_ms(20 * 60 * 1_000);
    registers[0].sell(1, 1);
    drain(&mut registers[0], &mut http);
    central.settle();
    let page = status();
    assert!(page.contains("No outage is open") && page.contains("1 of 2 registers"), "{page}");
    assert!(!page.contains("say good"), "{page}");
    let all = fetch(&central, "/");
    assert!(all.contains("Everything announced is here") && !all.contains("say good\">10"));
    assert!(all.contains("1 of 2 registers not heard lately"), "{all}");
    assert!(all.contains("data-figure=away data-value=1"), "{all}");
    // Then the line is cut. Nobody can announce an outage.
    time.advance_ms(3 * 60 * 60 * 1_000);
    let page = status();
    assert!(page.contains("Nothing heard since 1:25 PM (UTC−6)"), "{page}");
    for wrong in ["No outage", "say good", "class=good-ink"] {
        assert!(!page.contains(wrong), "{wrong}: {page}");
    }
    let public = get(&central, "/public/1042").text().expect("text");
    assert!(public.contains("since 1:25 PM (UTC−6). It may be open."), "{public}");
    assert!(!public.contains("No outage"), "{public}");
    assert!(!fetch(&central, "/").contains("say good\">10"), "all of it is silent");
    let told = fetch(&central, "/v1/stores/1042/status");
    let told: Value = serde_json::from_str(&told).expect("json");
    assert_eq!(told["offset_min"], json!(-360));
    assert!(told["heard_ms"].as_i64() < told["silent_before_ms"].as_i64());
}

#[test]
fn staff_read_what_their_own_registers_recorded_and_customers_nothing_more_than_they_need() {
    let folder = tempfile::tempdir().expect("a folder");
    let time = clock();
    let operations = Operations { public_form: true, ..Operations::of_tests() };
    let shared: Arc<SimulatedClock> = Arc::new(time.clone());
    let central = central_operated(folder.path(), Encryption::None, shared, operations);
    let mut register = TestRegister::at(StoreNo(1042), 1, 11);
    register.sell(3, 2);
    register.record(Event::OutageDeclared(outage(None)));
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    drain(&mut register, &mut http);
    central.settle();
    let nothing = "No outage is announced for this store.";
    let public = |store: &str| {
        let response = get(&central, &format!("/public/{store}"));
        assert_eq!(response.headers()["cache-control"], "public, max-age=30");
        response.text().expect("text")
    };
    assert!(public("1042").contains(nothing), "nobody vouched for this register");
    enrolled(&central, &register);
    register.record(Event::OutageUpdated(outage(Some("2026-11-22T18:00:00.000-06:00"))));
    drain(&mut register, &mut http);
    central.settle();
    assert!(public("1042").contains(nothing), "kept for half a minute, whoever asks");
    time.advance_ms(31_000);
    let told = public("1042");
    for words in ["cash and checks only", "by 6:00 PM", "lang=es", "Gift cards, EBT and WIC"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    for hidden in ["INC-5531", "processor", "1042", "Register"] {
        assert!(!told.contains(hidden), "{hidden}: {told}");
    }
    assert_eq!(public("4711"), public("4712"), "nothing is learned by trying numbers");
    assert!(public("4711").contains(nothing));
    assert_eq!(get(&central, "/public/all").status(), 404);
    let page = fetch(&central, "/status?store=1042");
    for words in ["An outage is open", "INC-5531", "Cards and payments", "11/22 6:00 PM"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let client = Client::builder().no_proxy().build().expect("a client");
    let spanish = client
        .get(format!("{}/status?store=1042", central.url()))
        .header("Accept-Language", "es-US,es;q=0.9")
        .send()
        .expect("an answer");
    assert!(spanish.text().expect("text").contains("Hay una falla abierta"));
    let id = OutageId::parse("1042-1-1").expect("an id");
    register.record(Event::OutageEnded { outage: id, note: String::new() });
    drain(&mut register, &mut http);
    central.settle();
    time.advance_ms(31_000);
    assert!(public("1042").contains(nothing));
    assert!(fetch(&central, "/status?store=1042").contains("No outage is open"));
}

#[test]
fn pages_are_read_in_the_language_a_machine_asks_for_and_a_link_changes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let operations = Operations { public_form: true, ..Operations::of_tests() };
    let central = central_operated(folder.path(), Encryption::None, Arc::new(clock()), operations);
    let mut register = TestRegister::at(StoreNo(1042), 1, 11);
    register.sell(3, 2);
    enrolled(&central, &register);
    enrolled(&central, &TestRegister::at(StoreNo(9), 4, 14));
    drain(&mut register, &mut HttpTransport::new(&central.url(), None, false).expect("a line"));
    central.settle();
    let client = Client::builder().no_proxy().build().expect("a client");
    let reads = |path: &str, asks: &str, cookie: &str| {
        let address = format!("{}{path}", central.url());
        let request = client.get(address).header("Accept-Language", asks);
        request.header("Cookie", cookie).send().expect("an answer")
    };
    let text =
        |path: &str, asks: &str, cookie: &str| reads(path, asks, cookie).text().expect("text");
    let (english, spanish) = ("en-US,en;q=0.9", "es-US,es;q=0.9,en;q=0.8");
    let said = [
        ("/", "records here", "registros aquí"),
        ("/?ready=1", "Packs in use", "Paquetes en uso"),
        ("/status?store=1042", "No outage is open", "No hay ninguna falla declarada"),
        ("/status", "Which store?", "¿Qué tienda?"),
    ];
    for (path, in_english, in_spanish) in said {
        let (one, other) = (text(path, english, ""), text(path, spanish, ""));
        assert!(one.contains(in_english) && one.contains("<html lang=en>"), "{path}: {one}");
        assert!(other.contains(in_spanish) && other.contains("<html lang=es>"), "{path}: {other}");
        assert!(!other.contains(in_english), "{path}: {other}");
        assert!(one.contains(">Español</a>") && other.contains(">English</a>"), "{path}");
        // What a reader chose goes before what their machine asks for.
        let joined = if path.contains('?') { "&" } else { "?" };
        let chosen = reads(&format!("{path}{joined}lang=en"), spanish, "");
        let cookie = chosen.headers()["set-cookie"].to_str().expect("text").to_owned();
        assert!(cookie.starts_with("tideover_language=en; Path=/; HttpOnly"), "{cookie}");
        assert!(chosen.text().expect("text").contains(in_english), "{path}");
        assert!(text(path, spanish, "tideover_language=en").contains(in_english), "{path}");
    }
    assert!(text("/?lang=xx", spanish, "").contains("registros"), "no such language");
    assert!(reads("/?lang=xx", spanish, "").headers().get("set-cookie").is_none());
    // What customers read is in both; their own comes first, whatever was chosen elsewhere.
    let first = |asks: &str| {
        let form = reads("/public/1042", asks, "tideover_language=en");
        assert_eq!(form.headers()["vary"], "accept-language");
        let form = form.text().expect("text");
        form.find("<section lang=es>").expect("Spanish")
            < form.find("<section lang=en>").expect("English")
    };
    assert_eq!((first(english), first(spanish)), (false, true));
}

#[test]
fn the_form_for_customers_is_not_there_unless_it_is_switched_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let operations = Operations::of_tests();
    let central = central_operated(folder.path(), Encryption::None, Arc::new(clock()), operations);
    assert_eq!(get(&central, "/public/1042").status(), 404);
}
