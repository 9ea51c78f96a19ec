//! The pages without a browser: who may, what is refused, what a decision writes, two people,
//! closing twice, and a closure that somebody changed.

use std::path::Path;

use reqwest::blocking::{Client, Response};
use tideover::central::serve::Central;
use tideover::device::clock::SimulatedClock;
use tideover::domain::event::Event;
use tideover::domain::ids::RegisterNo;
use tideover::domain::sale::LinePrice;
use tideover::journal::record::Envelope;
use tideover::journal::verify::{Depth, Known, Verifier};

use super::store::{Goods, NOON, Pay, STORE, Till, central, money, packs};
use super::{client, fetched, opened, text_of};
use crate::postgres::bind;
use crate::postgres::server::Server;

/// One register with an item nobody knows, a price that was too high, and a drawer that is short.
struct Small {
    central: Central,
    clock: SimulatedClock,
    till: Till,
    goods: Goods,
    folder: tempfile::TempDir,
}

/// A person at the page.
pub(super) struct At<'a> {
    central: &'a Central,
    client: Client,
    cookie: String,
    word: String,
}

impl Small {
    fn new() -> Self {
        Self::begun(|_| ())
    }

    /// With central's folder as it is made ready.
    fn begun(ready: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, key) = packs(folder.path());
        let goods = Goods::new(folder.path(), &key, NOON);
        let of_central = folder.path().join("central");
        std::fs::create_dir_all(&of_central).expect("made");
        ready(&of_central);
        let (central, clock) = central(&of_central, kept);
        let mut till = Till::new(7);
        for number in 1..=6 {
            till.passed_ms = i64::try_from(number).expect("small") * 60_000;
            let known = (goods.item("3001"), 2, LinePrice::Pack);
            let unknown = (Goods::unknown("00412345678908", "90.00"), 1, LinePrice::Pack);
            let line = if number <= 3 { unknown } else { known };
            till.sell(goods.sale(number, &[line], Pay::Cash));
        }
        till.close(-1_250);
        till.enroll(&central);
        till.hand_over(&central, 0);
        central.settle();
        Self { central, clock, till, goods, folder }
    }

    fn at(&self, number: &str, pin: &str) -> At<'_> {
        At::signed_in(&self.central, number, pin)
    }
}

impl<'a> At<'a> {
    pub(super) fn signed_in(central: &'a Central, number: &str, pin: &str) -> Self {
        let mut at = At::nobody(central);
        let answer = at.post("sign-in", &[("number", number), ("pin", pin)]);
        assert_eq!(answer.status(), 303, "{}", answer.text().unwrap_or_default());
        let cookie = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
        at.cookie = cookie.split(';').next().expect("a value").to_owned();
        let page = at.page();
        at.word = value(&page, "name=word value=\"");
        at
    }

    fn nobody(central: &'a Central) -> Self {
        Self { central, client: client(), cookie: String::new(), word: String::new() }
    }

    pub(super) fn page(&self) -> String {
        let url = format!("{}/reconcile?store={STORE}", self.central.url());
        let answer = self.client.get(url).header("cookie", &self.cookie).send().expect("answer");
        assert_eq!(answer.status(), 200);
        answer.text().expect("text")
    }

    pub(super) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.post_from(path, fields, None)
    }

    fn post_from(&self, path: &str, fields: &[(&str, &str)], origin: Option<&str>) -> Response {
        let url = format!("{}/reconcile/{path}", self.central.url());
        let mut body = format!("store={STORE}&word={}", self.word);
        for (name, value) in fields {
            let value: String = value
                .bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                    byte => format!("%{byte:02X}"),
                })
                .collect();
            body.push_str(&format!("&{name}={value}"));
        }
        let mut request = self.client.post(url).header("cookie", &self.cookie).body(body);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        request.send().expect("an answer")
    }

    /// Decides, and gives the status and what the page says.
    pub(super) fn decide(&self, fields: &[(&str, &str)]) -> (u16, String) {
        let answer = self.post("decide", fields);
        let status = answer.status().as_u16();
        let page = answer.text().expect("text");
        let said = page.split_once("role=alert>").map_or("", |(_, rest)| rest);
        (status, said.split('<').next().unwrap_or_default().to_owned())
    }
}

fn value(page: &str, before: &str) -> String {
    let (_, rest) = page.split_once(before).expect("it is on the page");
    rest.split('"').next().expect("a value").to_owned()
}

const UNKNOWN: [(&str, &str); 5] = [
    ("rule", "unknown_item"),
    ("cause", "00412345678908"),
    ("all", "0"),
    ("count", "3"),
    ("sum", "27000"),
];
const DRAWER: [(&str, &str); 5] = [
    ("rule", "drawer_variance"),
    ("cause", "register 7, shift 1"),
    ("all", "0"),
    ("count", "1"),
    ("sum", "-1250"),
];

fn with<'a>(one: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [one, more].concat()
}

#[test]
fn nobody_decides_without_signing_in_from_another_site_or_with_another_pages_word() {
    let small = Small::new();
    let accept = with(&DRAWER, &[("action", "accept"), ("reason", "x")]);
    let nobody = At::nobody(&small.central);
    let (status, said) = nobody.decide(&accept);
    assert_eq!(
        (status, said.as_str()),
        (422, "You were signed out. Nothing was changed; sign in and look again.")
    );
    let mut manager = small.at("51", "958316");
    let foreign = manager.post_from("decide", &accept, Some("http://evil.example"));
    assert_eq!(foreign.status(), 403);
    let same = small.central.url();
    let word = std::mem::replace(&mut manager.word, "guessed".to_owned());
    assert_eq!(manager.decide(&accept).0, 422);
    manager.word = word;
    assert_eq!(manager.post_from("decide", &accept, Some(&same)).status(), 303);
    // A cashier signs in nowhere, a wrong PIN is counted, and after three it waits.
    for (number, pin, says) in [
        ("31", "480273", "is no lead and no manager"),
        ("51", "000000", "The number or the PIN is wrong"),
        ("51", "000000", "The number or the PIN is wrong"),
        ("51", "000000", "The number or the PIN is wrong"),
        ("51", "000000", "The number or the PIN is wrong"),
        ("51", "958316", "Wait 5 s"),
    ] {
        let answer =
            At::nobody(&small.central).post("sign-in", &[("number", number), ("pin", pin)]);
        assert_eq!(answer.status(), 422);
        let page = answer.text().expect("text");
        assert!(page.contains(says), "{number}: {says}");
    }
    small.clock.advance_ms(5_000);
    small.at("51", "958316");
}

#[test]
fn what_a_form_lacks_is_said_and_nothing_is_kept() {
    let small = Small::new();
    let manager = small.at("51", "958316");
    for (fields, says) in [
        (with(&DRAWER, &[("action", "accept")]), "Say why"),
        (
            with(&DRAWER, &[("action", "accept"), ("reason", "card 4111 1111 1111 1111")]),
            "holds a payment card",
        ),
        (with(&DRAWER, &[("action", "burn"), ("reason", "x")]), "Choose what you decide"),
        (with(&DRAWER, &[("action", "reassign"), ("reason", "x")]), "Choose what you decide"),
        (with(&DRAWER, &[("action", "correct"), ("reason", "x"), ("amount", "12,5")]), "no amount"),
        (
            with(&DRAWER, &[("action", "ask"), ("reason", "x"), ("person", "99")]),
            "Nobody at this store",
        ),
        (
            with(&UNKNOWN, &[("action", "reassign"), ("reason", "x"), ("item", "9999")]),
            "not in the store",
        ),
        (with(&UNKNOWN, &[("action", "accept"), ("reason", "x")]), "a second one signs"),
        (
            with(
                &UNKNOWN,
                &[
                    ("action", "accept"),
                    ("reason", "x"),
                    ("second", "51"),
                    ("second_pin", "958316"),
                ],
            ),
            "somebody else",
        ),
        (
            with(
                &UNKNOWN,
                &[("action", "accept"), ("reason", "x"), ("second", "41"), ("second_pin", "1")],
            ),
            "is wrong",
        ),
    ] {
        let (status, said) = manager.decide(&fields);
        assert_eq!(status, 422, "{says}");
        assert!(said.contains(says), "{said} and not {says}");
    }
    let mut changed = with(&DRAWER, &[("action", "accept"), ("reason", "x")]);
    changed[4] = ("sum", "-1251");
    assert!(manager.decide(&changed).1.starts_with("It changed while you looked"));
    let report = text_of(&format!("{}/v1/stores/{STORE}/reconciliation", small.central.url()));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let open: u64 = report["matters"]
        .as_array()
        .expect("matters")
        .iter()
        .filter(|one| one["due"] == true)
        .map(|one| one["open"].as_u64().expect("a count"))
        .sum();
    assert_eq!(open, 4);
    let journals = small.central.journals().expect("read");
    assert!(journals.iter().all(|row| row.journal.register != RegisterNo(0)));
    // A lead may ask, and no more.
    let lead = small.at("41", "702946");
    let (status, said) = lead.decide(&with(&DRAWER, &[("action", "accept"), ("reason", "x")]));
    assert_eq!(
        (status, said.as_str()),
        (422, "This needs a manager. Nothing was changed; let the manager sign in.")
    );
    let ask = with(&DRAWER, &[("action", "ask"), ("reason", "who was it?"), ("person", "31")]);
    assert_eq!(lead.decide(&ask).0, 303);
    assert!(manager.page().contains("41 asked 31: who was it?"));
}

#[test]
fn a_store_is_decided_closed_and_proved_and_what_comes_later_is_the_next_closures() {
    decide_close_and_go_on(Small::new());
}

#[test]
fn on_postgresql_a_store_is_decided_closed_and_proved_just_the_same() {
    let Some(server) = Server::start() else { return };
    decide_close_and_go_on(Small::begun(|folder| bind(folder, &server.database())));
}

fn decide_close_and_go_on(mut small: Small) {
    let manager = small.at("51", "958316");
    let early = manager.post("close", &[]);
    assert_eq!(early.status(), 422);
    let page = early.text().expect("text");
    assert!(page.contains("The store can&#39;t be closed yet: Not decided"), "{page}");
    let second = [("second", "41"), ("second_pin", "702946")];
    let item = [("action", "reassign"), ("item", "3005"), ("reason", "the new label")];
    assert_eq!(manager.decide(&with(&with(&UNKNOWN, &item), &second)).0, 303);
    let short = [("action", "write_off"), ("reason", "wrong change given")];
    assert_eq!(manager.decide(&with(&DRAWER, &short)).0, 303);
    small.central.settle();
    assert!(manager.page().contains("Ready to close"));
    assert_eq!(manager.post("close", &[]).status(), 303);
    let sealed = closure(&small.central, 1);
    let certificate = opened(&sealed, &small.central);
    certificate.check().expect("balanced");
    assert_eq!((certificate.number, certificate.previous.clone()), (1, None));
    assert_eq!((certificate.by.as_str(), certificate.by_name.as_str()), ("51", "Manager 51"));
    assert_eq!(certificate.residuals.len(), 1);
    let left = &certificate.residuals[0];
    assert_eq!(
        (left.amount, left.person.as_str(), left.reason.as_str()),
        (-1_250, "51", "wrong change given")
    );
    let reassigned =
        certificate.decided.iter().find(|one| one.cause == "00412345678908").expect("told");
    assert_eq!(
        (reassigned.outcome.as_str(), reassigned.second.as_deref()),
        ("Given to another item 3005", Some("41"))
    );
    let head = &certificate.heads[0];
    assert_eq!(
        (head.next, head.head.clone()),
        (small.till.chain.next_seq.0, small.till.chain.head.to_string())
    );
    // The decisions are a journal that anybody can verify.
    let own = small.central.journals().expect("read");
    let own = own.iter().find(|row| row.journal.register == RegisterNo(0)).expect("central's own");
    assert_eq!(own.key, small.central.door().public_key());
    let journal = own.journal;
    let lines = small.central.door().lines_of(&journal).expect("read");
    let mut verifier = Verifier::new(Depth::Full, Known { key: Some(own.key), checkpoint: None });
    lines.iter().for_each(|line| verifier.push(line));
    assert_eq!(verifier.finish().findings, []);
    let kinds: Vec<String> =
        lines.iter().map(|line| Envelope::read(line).expect("a record").kind.to_owned()).collect();
    assert_eq!(kinds, ["epoch_open", "decision", "decision", "store_closed"]);
    let last = Envelope::read(lines.last().expect("one")).expect("a record");
    match last.event().expect("read") {
        Event::StoreClosed(closed) => {
            assert_eq!(
                tideover::journal::hash::to_hex(&closed.digest),
                tideover::journal::hash::Hash::of_bytes(&sealed).to_string()
            );
            assert_eq!(
                (closed.heads[0].next, closed.heads[0].hash),
                (small.till.chain.next_seq, small.till.chain.head.0)
            );
        }
        other => panic!("not a closure: {other:?}"),
    }
    assert_eq!(manager.post("close", &[]).status(), 422, "nothing came in since");
    // The register sells on: its next shift is the next closure's, and only that.
    let number = 7;
    small.till.passed_ms += 3_600_000;
    let sale =
        small.goods.sale(number, &[(small.goods.item("3002"), 1, LinePrice::Pack)], Pay::Cash);
    let mut sale = sale;
    sale.shift = tideover::domain::ids::ShiftNo(2);
    let cashier = super::store::person("c7");
    let shift = sale.shift;
    small.till.record(Event::ShiftOpen { shift, cashier, float: money(20_000), pieces: vec![] });
    let kept = sale.cash_kept().expect("fits");
    small.till.record(Event::of_sale(sale));
    let held = money(20_000).plus(kept).expect("fits");
    small.till.record(Event::ShiftClose(tideover::domain::shift::ShiftClose {
        shift,
        counted_cash: held,
        counted_checks: money(0),
        expected_cash: held,
        expected_checks: money(0),
        sales: 1,
        refunds: 0,
    }));
    small.till.hand_over(&small.central, 0);
    small.central.settle();
    let closed = small.central.door();
    let by = tideover::domain::person::Person {
        id: super::store::person("51"),
        name: "Manager 51".to_owned(),
        role: tideover::domain::person::Role::Manager,
    };
    let again = small.folder.path().join("again");
    std::fs::create_dir_all(&again).expect("made");
    let (kept, _) = packs(&again);
    let second = closed.close(STORE, &by, &kept).expect("closed").certificate;
    second.check().expect("balanced");
    assert_eq!((second.number, second.previous.is_some()), (2, true));
    assert_eq!((second.sales.sales, second.sales.cash), (1, second.drawers[0].cash));
    assert_eq!((second.drawers.len(), second.decided.len(), second.residuals.len()), (1, 0, 0));
    assert_eq!(second.heads[0].from, certificate.heads[0].next);
}

pub(super) fn closure(central: &Central, number: u32) -> Vec<u8> {
    let url = format!("{}/closure.txt?store={STORE}&number={number}", central.url());
    fetched(&url)
}

#[test]
fn no_byte_of_a_closure_can_change_on_paper_or_in_its_text() {
    let small = Small::new();
    let manager = small.at("51", "958316");
    let second = [("second", "41"), ("second_pin", "702946")];
    let accept = [("action", "accept"), ("reason", "looked at")];
    assert_eq!(manager.decide(&with(&with(&UNKNOWN, &accept), &second)).0, 303);
    assert_eq!(manager.decide(&with(&DRAWER, &accept)).0, 303);
    small.central.settle();
    assert_eq!(manager.post("close", &[]).status(), 303);
    let key = small.central.door().public_key();
    let sealed = closure(&small.central, 1);
    let url = format!("{}/closure.pdf?store={STORE}&number=1", small.central.url());
    let pdf = fetched(&url);
    let verify = |bytes: &[u8]| tideover::cli::verify_closure::check(bytes, Some(&key), None);
    for whole in [&sealed, &pdf] {
        let verified = verify(whole).expect("it holds");
        assert!(verified.clean, "{verified}");
        assert_eq!((verified.store, verified.number), (STORE.0, 1));
    }
    let other = tideover::journal::key::SigningKey::from_seed(&[9; 32]).expect("a key").public();
    let foreign = tideover::cli::verify_closure::check(&sealed, Some(&other), None).expect("read");
    assert!(!foreign.clean);
    for place in (0..sealed.len()).step_by(7) {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(
            verify(&changed).is_ok_and(|one| !one.clean) || verify(&changed).is_err(),
            "{place}"
        );
    }
    // A digit that is drawn otherwise than it was signed.
    let at = pdf.windows(7).position(|part| part == b"-$12.50").expect("it is drawn");
    let mut drawn = pdf.clone();
    drawn[at + 2] = b'2';
    let verified = verify(&drawn).expect("its text is whole");
    assert!(!verified.clean && verified.to_string().contains("paper"), "{verified}");
    // It rests on the register's own journal, and on no other.
    let mut journal = small.till.lines.iter().map(|line| line.bytes().to_vec()).collect::<Vec<_>>();
    let of = |lines: &[Vec<u8>]| {
        let file =
            lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect::<Vec<_>>();
        tideover::cli::verify_closure::check(&sealed, Some(&key), Some(&file)).expect("read")
    };
    assert!(of(&journal).clean, "{}", of(&journal));
    let end = journal.len() - 1;
    journal[end].push(b' ');
    assert!(!of(&journal).clean);
}
