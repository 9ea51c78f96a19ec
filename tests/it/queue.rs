//! The page of IT at central: what is where, what stands in the way, and what a person of IT signs.

mod browser;

use std::path::Path;

use reqwest::blocking::{Client, Response};
use serde_json::Value;
use tideover::central::export::Adapter as _;
use tideover::central::export::decided::Decided;
use tideover::central::export::diff::diff;
use tideover::central::export::ledger::State;
use tideover::central::export::lock::Lock;
use tideover::central::export::receiver::{Mood, Moods, Receiver};
use tideover::central::queue::tokens;
use tideover::central::serve::Central;
use tideover::device::entropy::SystemEntropy;
use tideover::domain::amendment::{Amend, Amendment};
use tideover::domain::event::Event;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{PersonId, RegisterNo};
use tideover::journal::record::Envelope;
use tideover::journal::verify::{Depth, Known, Verifier};

use crate::central::{central_at, drain};
use crate::hand_over::{Runner, central_with, decided_at, states, store_of, webhook};
use crate::journals::TestRegister;
use crate::postgres::bind;
use crate::postgres::server::Server;
use crate::program::{ask, errors, run};

pub const SALES: u64 = 60;

fn receiver(moods: Moods) -> Receiver {
    Receiver::start_with("127.0.0.1:0".parse().expect("an address"), true, moods).expect("started")
}

/// A central whose receiver did not take the third and the tenth event.
pub struct Refusing {
    pub folder: tempfile::TempDir,
    pub receiver: Receiver,
    pub runner: Runner,
}

impl Refusing {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut register = TestRegister::new(7);
        register.sell(SALES, 2);
        let mut other = TestRegister::new(8);
        other.sell(5, 1);
        central_with(&folder.path().join("central"), &mut [&mut register, &mut other]);
        let receiver = receiver(Box::new(|request| match request {
            3 | 10 => Mood::Status(422),
            _ => Mood::Good,
        }));
        let mut made = Self { folder, receiver, runner: Runner::new() };
        made.hand_over();
        assert_eq!(made.refused(), 2);
        made
    }

    pub fn at(&self) -> std::path::PathBuf {
        self.folder.path().join("central")
    }

    fn hand_over(&mut self) -> u64 {
        let at = self.at();
        let mut hook = webhook(&self.receiver, true);
        self.runner.run(&at, &mut hook).expect("run").handed
    }

    fn refused(&self) -> u64 {
        let hook = webhook(&self.receiver, true);
        let all = states(&self.at(), hook.target());
        all.iter().find(|(state, _)| *state == State::Refused).map_or(0, |(_, count)| *count)
    }

    /// Events that are there, and those that are there more than once.
    fn there(&self) -> (usize, usize) {
        let kept = self.receiver.kept();
        let doubled = kept.events.values().filter(|(_, times)| *times != 1).count();
        (kept.events.len(), doubled)
    }
}

/// A person at the page.
struct Page<'a> {
    central: &'a Central,
    client: Client,
}

impl<'a> Page<'a> {
    fn of(central: &'a Central) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let policy = reqwest::redirect::Policy::none();
        let client = Client::builder().redirect(policy).build().expect("a client");
        Self { central, client }
    }

    fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.central.url())).send().expect("an answer")
    }

    fn html(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let page = answer.text().expect("text");
        assert!(!page.contains("<script"), "the page works without any script");
        page
    }

    fn queue(&self, path: &str) -> Value {
        serde_json::from_str(&self.html_less(path)).expect("JSON")
    }

    fn html_less(&self, path: &str) -> String {
        self.get(path).text().expect("text")
    }

    /// The one cause there is: its name, and how many records it has.
    fn cause(&self) -> (String, String) {
        let queue = self.queue("/v1/queue");
        let causes = queue["causes"].as_array().expect("causes");
        assert_eq!(causes.len(), 1, "{causes:#?}");
        let name = causes[0]["name"].as_str().expect("a name").to_owned();
        (name, causes[0]["records"].to_string())
    }

    fn amend(&self, fields: &[(&str, &str)], origin: Option<&str>) -> (u16, String) {
        let encoded =
            |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let url = format!("{}/queue/amend", self.central.url());
        let mut request = self.client.post(url).body(pairs.join("&"));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = request.send().expect("an answer");
        let status = answer.status().as_u16();
        let page = answer.text().expect("text");
        let said = page.split_once("role=alert>").map_or("", |(_, rest)| rest);
        (status, said.split('<').next().unwrap_or_default().to_owned())
    }
}

fn token_of(folder: &Path, who: &str) -> String {
    let folder = folder.to_str().expect("a name");
    let (code, made) = ask(&["central", "it-token", "--data", folder, "--who", who]);
    assert_eq!(code, 0, "{made:#}");
    made["token"].as_str().expect("a token").to_owned()
}

/// What central's own journal holds of amendments, verified, with who signed each.
fn amendments(central: &Central) -> Vec<(PersonId, Amendment)> {
    let key = central.door().public_key();
    let rows = central.journals().expect("read");
    let Some(own) = rows.iter().find(|row| row.journal.register == RegisterNo(0)) else {
        return Vec::new();
    };
    assert_eq!(own.key, key);
    let lines = central.door().lines_of(&own.journal).expect("read");
    let mut verifier = Verifier::new(Depth::Full, Known { key: Some(key), checkpoint: None });
    lines.iter().for_each(|line| verifier.push(line));
    assert!(verifier.finish().findings.is_empty(), "central's journal verifies");
    let read = lines.iter().filter_map(|line| {
        let envelope = Envelope::read(line).expect("a record");
        let by = envelope.header.by.clone()?;
        match envelope.event().expect("known") {
            Event::HandOverAmended(amendment) => Some((by, amendment)),
            _ => None,
        }
    });
    read.collect()
}

#[test]
fn what_was_refused_is_tried_again_by_a_named_person_and_arrives_once() {
    let mut refusing = Refusing::new();
    let at = refusing.at();
    let central = central_at(&at);
    let page = Page::of(&central);
    let queue = page.queue("/v1/queue");
    let register = &queue["registers"][0];
    let all = SALES + 2;
    assert_eq!(
        [&register["announced"], &register["received"], &register["projected"]],
        [&Value::from(all), &all.into(), &all.into()]
    );
    let posted = &register["posted"][0];
    assert_eq!((&posted["looked_at"], &posted["open"]["refused"]), (&all.into(), &2.into()));
    let cause = &queue["causes"][0];
    assert_eq!((&cause["attempts"], &cause["records"]), (&1.into(), &2.into()));
    assert!(cause["says"].as_str().expect("words").contains("422"), "{cause}");
    let (name, count) = page.cause();
    let html = page.html("/queue");
    assert!(html.contains("1 error to look at"), "{html}");
    assert!(html.contains(&format!("/queue?cause={name}")));
    // By another system or another store nothing is in the way.
    for other in ["/v1/queue?store=1043", "/v1/queue?target=csv%3A%2Fnowhere"] {
        assert_eq!(page.queue(other)["causes"], Value::Array(Vec::new()), "{other}");
    }
    assert_eq!(page.queue("/v1/queue?store=1042")["causes"][0]["records"], 2);
    assert_eq!(page.get("/queue?store=aisle").status(), 400);
    let detail = page.html(&format!("/queue?cause={name}"));
    assert!(detail.contains("Not by itself: when somebody has it tried again."), "{detail}");
    // The token is a person's: the one for looking, a PIN and none sign nothing.
    let token = token_of(&at, "it.7");
    let read_token = std::fs::read_to_string(at.join("read.token")).expect("a token");
    let form = |token: &str, more: &[(&str, &str)]| -> Vec<(String, String)> {
        let mut fields = vec![
            ("cause".to_owned(), name.clone()),
            ("count".to_owned(), count.clone()),
            ("token".to_owned(), token.to_owned()),
        ];
        fields.extend(more.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())));
        fields
    };
    let send = |fields: &[(String, String)], origin: Option<&str>| {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        page.amend(&fields, origin)
    };
    let again = [("action", "again"), ("reason", "the receiver was mended")];
    for wrong in ["", "480273", read_token.trim(), "it-00000000000000000000000000000000"] {
        let (status, said) = send(&form(wrong, &again), None);
        assert_eq!(status, 422);
        assert!(said.starts_with("This is no token of IT"), "{said}");
    }
    for (more, says) in [
        (vec![("action", "again")], "Say why"),
        (vec![("action", "again"), ("reason", "paid 4111 1111 1111 1111")], "What you typed holds"),
        (
            vec![("action", "by_hand"), ("reason", "x"), ("reference", "4111-1111-1111-1111")],
            "What you typed holds",
        ),
        (vec![("action", "burn"), ("reason", "x")], "Choose what is done"),
        (vec![("action", "by_hand"), ("reason", "x")], "Say under which number"),
        (
            vec![("action", "again_as"), ("reason", "x"), ("item", "4012"), ("as", "a b")],
            "&#39;a b&#39; is no item",
        ),
    ] {
        let (status, said) = send(&form(&token, &more), None);
        assert_eq!(status, 422, "{says}");
        assert!(said.starts_with(says), "{said}");
    }
    let mut fewer = form(&token, &again);
    fewer[1].1 = "1".to_owned();
    assert!(send(&fewer, None).1.starts_with("It changed while you looked"));
    assert_eq!(send(&form(&token, &again), Some("http://evil.example")).0, 403);
    assert_eq!((amendments(&central).len(), refusing.refused()), (0, 2), "nothing was changed");
    // With it they are tried again, once, and a record says who and why.
    assert_eq!(send(&form(&token, &again), Some(&central.url())).0, 303);
    let signed = amendments(&central);
    assert_eq!(signed.len(), 1);
    let (by, amendment) = &signed[0];
    assert_eq!((by.as_str(), amendment.reason.as_str()), ("it.7", "the receiver was mended"));
    assert_eq!((&amendment.action, amendment.records.len()), (&Amend::Again, 2));
    assert!(page.html("/queue").contains("2 to be handed over"));
    // A second press finds nothing to be done.
    let (status, said) = send(&form(&token, &again), None);
    assert_eq!(status, 422);
    assert!(said.starts_with("It changed while you looked"), "{said}");
    assert_eq!(amendments(&central).len(), 1);
    central.stop();
    assert_eq!(refusing.hand_over(), 2);
    assert_eq!((refusing.there(), refusing.refused()), ((SALES as usize + 5 + 2, 0), 0));
    assert_eq!(refusing.hand_over(), 0);
    // A token that was ended signs no more.
    let folder = at.to_str().expect("a name");
    let ended = run(&["central", "it-token", "--data", folder, "--who", "it.7", "--end"]);
    assert!(ended.status.success(), "{}", errors(&ended));
    assert_eq!(tokens::revoke(&at, &PersonId::parse("it.7").expect("one")).ok(), Some(false));
}

#[test]
fn what_was_entered_by_hand_is_never_sent_not_even_by_a_replay_that_misses_it() {
    let mut refusing = Refusing::new();
    let at = refusing.at();
    let central = central_at(&at);
    let person = PersonId::parse("al").expect("a name");
    let token = tokens::issue(&at, &person, &SystemEntropy).expect("a token");
    let page = Page::of(&central);
    let (name, count) = page.cause();
    let by_hand = [
        ("cause", name.as_str()),
        ("count", count.as_str()),
        ("token", token.as_str()),
        ("action", "by_hand"),
        ("reference", "JE 4711"),
        ("reason", "keyed in from the paper"),
    ];
    assert_eq!(page.amend(&by_hand, None).0, 303);
    let signed = amendments(&central);
    assert_eq!(signed[0].1.action, Amend::ByHand { reference: "JE 4711".to_owned() });
    central.stop();
    assert_eq!(refusing.hand_over(), 0);
    let mut store = store_of(&at);
    let mut hook = webhook(&refusing.receiver, true);
    let decided = decided_at(&at, store.as_mut());
    assert_ne!(decided, Decided::default());
    let found =
        diff(store.as_mut(), &mut hook, &decided, &|| false, &mut |_| {}).expect("compared");
    let lost: u64 = found.registers.iter().map(|register| register.lost).sum();
    assert_eq!(lost, 0, "the receiver does not have them, and that is right");
    let blind = diff(store.as_mut(), &mut hook, &Decided::default(), &|| false, &mut |_| {});
    let lost: u64 = blind.expect("compared").registers.iter().map(|register| register.lost).sum();
    assert_eq!(lost, 2, "without the record they would be taken for lost");
    assert_eq!(refusing.there(), (SALES as usize + 5, 0));
}

#[test]
fn an_item_that_is_another_one_there_is_told_beside_the_record_and_the_record_is_whole() {
    let mut refusing = Refusing::new();
    let at = refusing.at();
    let central = central_at(&at);
    let person = PersonId::parse("al").expect("a name");
    let token = tokens::issue(&at, &person, &SystemEntropy).expect("a token");
    let page = Page::of(&central);
    let (name, count) = page.cause();
    let form = [
        ("cause", name.as_str()),
        ("count", count.as_str()),
        ("token", token.as_str()),
        ("action", "again_as"),
        ("item", "4012"),
        ("as", "84406"),
        ("reason", "the new label"),
    ];
    assert_eq!(page.amend(&form, None).0, 303);
    let item = |code: &str| ItemCode::parse(code).expect("a code");
    let expected = Amend::AgainAs { item: item("4012"), other: item("84406") };
    assert_eq!(amendments(&central)[0].1.action, expected);
    central.stop();
    // What a receiver gets: the record as it was signed, and the amendment beside it.
    let mut store = store_of(&at);
    let decided = decided_at(&at, store.as_mut());
    let target = webhook(&refusing.receiver, true).target().clone();
    let ledger = store.hand_overs();
    let rows = ledger.open_rows(&target, &[State::Pending], None, 10).expect("rows");
    let mut entries =
        tideover::central::export::entries::of_rows(store.as_mut(), &rows).expect("entries");
    assert_eq!(entries.len(), 2);
    for entry in &mut entries {
        let plain = tideover::central::export::webhook::event(entry).expect("an event");
        entry.amended = decided.change(&target, entry);
        let told = tideover::central::export::webhook::event(entry).expect("an event");
        let (plain, told): (Value, Value) = (
            serde_json::from_slice(&plain).expect("JSON"),
            serde_json::from_slice(&told).expect("JSON"),
        );
        assert_eq!((&told["amendeditem"], &told["amendedas"]), (&"4012".into(), &"84406".into()));
        assert_eq!((&told["data"], &told["id"]), (&plain["data"], &plain["id"]));
        assert_eq!(plain.get("amendeditem"), None);
    }
    drop(store);
    assert_eq!(refusing.hand_over(), 2);
    assert_eq!(refusing.there(), (SALES as usize + 5 + 2, 0));
}

#[test]
fn of_what_is_unknown_nobody_signs_while_a_run_may_just_find_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("central");
    let mut register = TestRegister::new(7);
    register.sell(4, 1);
    central_with(&at, &mut [&mut register]);
    let receiver = receiver(Box::new(|request| match request {
        2 => Mood::LostAndSilent,
        _ => Mood::Good,
    }));
    let mut runner = Runner::new();
    runner.run(&at, &mut webhook(&receiver, false)).expect("run");
    let central = central_at(&at);
    let person = PersonId::parse("al").expect("a name");
    let token = tokens::issue(&at, &person, &SystemEntropy).expect("a token");
    let page = Page::of(&central);
    let (name, count) = page.cause();
    let form = [
        ("cause", name.as_str()),
        ("count", count.as_str()),
        ("token", token.as_str()),
        ("action", "by_hand"),
        ("reference", "JE 4712"),
        ("reason", "keyed in"),
    ];
    let running = Lock::of(&at).expect("a run");
    let (status, said) = page.amend(&form, None);
    assert_eq!(status, 422);
    assert!(said.contains("another command is handing over"), "{said}");
    assert_eq!(amendments(&central).len(), 0);
    drop(running);
    assert_eq!(page.amend(&form, None).0, 303);
    assert_eq!(amendments(&central).len(), 1);
    central.stop();
    runner.manner.resend_unknown = true;
    runner.run(&at, &mut webhook(&receiver, false)).expect("run");
    assert_eq!(receiver.kept().events.len(), 4, "a shift and three of four sales");
}

#[test]
fn the_page_shows_what_is_still_out_by_store_and_register() {
    let folder = tempfile::tempdir().expect("a folder");
    still_out(&central_at(folder.path()));
}

#[test]
fn on_postgresql_the_page_shows_the_same() {
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    bind(folder.path(), &server.database());
    let central = central_at(folder.path());
    still_out(&central);
    let page = Page::of(&central);
    assert!(page.html("/queue").contains("Nothing was handed to another system yet"));
}

fn still_out(central: &Central) {
    use tideover::central::door::InProcess;
    let page = Page::of(central);
    assert!(page.html("/queue").contains("No register of it has spoken yet."));
    let mut register = TestRegister::new(7);
    register.sell(12, 2);
    drain(&mut register, &mut InProcess(central.door()));
    // It sells on, and says so before it sends.
    register.sell(5, 1);
    announce(central, &register);
    central.settle();
    let queue = page.queue("/v1/queue?store=1042");
    let row = &queue["registers"][0];
    assert_eq!(
        [&row["announced"], &row["received"], &row["projected"], &row["still_out"]],
        [&Value::from(19), &14.into(), &14.into(), &5.into()]
    );
    let out: i64 = register.lines[14..].iter().fold(0, |sum, line| {
        let envelope = Envelope::read(line.bytes()).expect("a record");
        let event = envelope.event().expect("known");
        sum + event.sale().map_or(0, |sale| sale.total.minor() + sale.rounding.minor())
    });
    assert_eq!(row["money_out"], out);
    let html = page.html("/queue");
    assert!(html.contains("5 records still out"), "{html}");
    assert!(html.contains("Store 1042"));
    drain(&mut register, &mut InProcess(central.door()));
    central.settle();
    assert!(page.html("/queue").contains("Nothing needs you"));
}

/// Says what a register holds, and sends nothing.
fn announce(central: &Central, register: &TestRegister) {
    use tideover::central::door::InProcess;
    use tideover::journal::key::Domain;
    use tideover::sync::carrier::{Request, Transport as _};
    use tideover::sync::wire::{Announce, JournalName, PROTOCOL};
    let chain = register.chain;
    let said = Announce {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&chain.journal),
        key: register.key.public().to_string(),
        next_seq: chain.next_seq.0,
        head: chain.head.to_string(),
        takings: chain.lifetime.takings.minor(),
        payouts: chain.lifetime.payouts.minor(),
        program: "0.1.0".to_owned(),
        at: "2026-11-22T17:35:00.000-06:00".to_owned(),
    };
    let body =
        tideover::sync::sealed::seal(&said, Domain::Announce, &register.key).expect("sealed");
    let request = Request::post("/v1/announce", body);
    assert_eq!(InProcess(central.door()).send(&request).expect("an answer").status, 200);
}
