//! The register's side against a central that lies, falls silent, is busy or holds.

use tideover::central::door::InProcess;
use tideover::device::entropy::SeededEntropy;
use tideover::sync::carrier::{Address, NoAnswer, Request, Response, Transport};
use tideover::sync::push::{LinkState, SyncLoop, SyncParts};
use tideover::sync::wire::Refusal;

use crate::central::{central_at, drain};
use crate::journals::{TestRegister, clock};

/// Gives the same answer to everything.
struct Always(u16, Vec<u8>);

impl Transport for Always {
    fn send(&mut self, _: &Request) -> Result<Response, NoAnswer> {
        Ok(Response { status: self.0, body: self.1.clone() })
    }
}

fn register() -> TestRegister {
    let mut register = TestRegister::new(7);
    register.sell(40, 1);
    register
}

#[test]
fn a_captive_portal_is_not_central() {
    let mut register = register();
    let time = clock();
    let mut sync = register.sync(&time);
    for status in [200, 302, 502] {
        let page = b"<html>Welcome to the guest network</html>".to_vec();
        let report = sync.push_once(&mut Always(status, page), &mut register);
        assert!(matches!(report.link, LinkState::NotCentral { .. }), "{status}: {report:?}");
        assert_eq!(report.pending, 42);
    }
    assert!(register.receipts.is_empty());
}

#[test]
fn an_old_greeting_does_not_pass_for_a_new_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = register();
    let request = Request::get("/v1/hello?nonce=00ff");
    let recorded = central.door().answer(&request).body;
    let mut sync = register.sync(&clock());
    let report = sync.push_once(&mut Always(200, recorded), &mut register);
    assert!(matches!(report.link, LinkState::NotCentral { .. }), "{report:?}");
}

#[test]
fn nothing_is_dropped_when_central_refuses_and_it_is_tried_again_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    for status in [401_u16, 403, 500, 503] {
        let mut register = register();
        let time = clock();
        let mut sync = register.sync(&time);
        let refusal = serde_json::to_vec(&Refusal::new("not now", None)).expect("json");
        let next = sync.step(0, &mut Always(status, refusal), &mut register);
        assert!(next.wait_ms > 0 && next.wait_ms <= 600_000, "{next:?}");
        assert_eq!(next.pending, 42);
        // Before its time nothing is sent, whoever calls.
        let early = sync.step(0, &mut InProcess(central.door()), &mut register);
        assert_eq!((early.link, early.wait_ms), (next.link, next.wait_ms));
        time.advance_ms(u32::try_from(next.wait_ms).expect("a wait"));
        let report = sync.push_once(&mut InProcess(central.door()), &mut register);
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    }
}

#[test]
fn a_busy_central_is_obeyed_within_bounds() {
    for (asked_ms, least_ms, most_ms) in
        [(5_000, 5_000, 6_300), (0, 1_000, 2_100), (u64::MAX, 900_000, 946_100)]
    {
        let mut register = register();
        let mut sync = register.sync(&clock());
        let refusal = Refusal::new("busy", Some(asked_ms));
        let refusal = serde_json::to_vec(&refusal).expect("json");
        let next = sync.step(0, &mut Always(503, refusal), &mut register);
        assert_eq!(next.link, LinkState::Busy);
        assert!((least_ms..=most_ms).contains(&next.wait_ms), "{asked_ms}: {}", next.wait_ms);
    }
}

#[test]
fn an_appointment_is_kept_to_the_moment_and_shown_with_the_delivery() {
    /// A real central that is busy once, and what it was asked.
    struct BusyOnce(InProcess, Vec<Address>);
    impl Transport for BusyOnce {
        fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
            self.1.push(request.address.clone());
            let first = request.path() == "/v1/segments"
                && self.1.iter().filter(|asked| asked.path() == "/v1/segments").count() == 1;
            if !first {
                return self.0.send(request);
            }
            let mut refusal = Refusal::new("busy", Some(60_000));
            refusal.slot = Some("1a2b-3c4d".to_owned());
            let body = serde_json::to_vec(&refusal).expect("json");
            Ok(Response { status: 503, body })
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = register();
    let time = clock();
    let mut sync = register.sync(&time);
    let mut transport = BusyOnce(InProcess(central.door()), Vec::new());
    let mut waits = Vec::new();
    let mut wait = |ms: u64| {
        waits.push(ms);
        time.advance_ms(u32::try_from(ms).expect("a wait"));
    };
    let report = sync.drain(&mut transport, &mut register, &mut wait, &mut |_| {}, &|| false);
    assert_eq!((report.link, report.created), (LinkState::UpToDate, 42));
    assert!(matches!(waits[..], [60_000..=60_250]), "{waits:?}");
    let sent = transport.1.iter().filter(|asked| asked.path() == "/v1/segments");
    let sent: Vec<&str> = sent.map(Address::query).collect();
    let announced = sent[0].starts_with("records=42&within=8000&slot=");
    assert!(announced, "as the announcement said: {sent:?}");
    assert!(sent[1].ends_with("&slot=1a2b-3c4d"), "{sent:?}");
    // An address takes no words of anybody who answers in central's place.
    let mut odd = Refusal::new("busy", Some(1_000));
    odd.slot = Some("x HTTP/1.1".to_owned());
    let mut sync = register.sync(&time);
    let odd = serde_json::to_vec(&odd).expect("json");
    let next = sync.step(time_of(&time), &mut Always(503, odd), &mut register);
    assert_eq!(next.link, LinkState::Busy);
    assert!(next.wait_ms > 1_000, "a turn without an appointment is spread");
}

/// Requests that went through, by path, each with its time.
struct Listed<'a>(InProcess, &'a tideover::device::clock::SimulatedClock, Vec<(String, u64)>);

impl Transport for Listed<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.2.push((request.path().to_owned(), time_of(self.1)));
        self.0.send(request)
    }
}

#[test]
fn a_register_that_sells_nothing_says_every_few_minutes_that_it_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let time = clock();
    let shared = std::sync::Arc::new(time.clone());
    let encryption = tideover::central::serve::Encryption::None;
    let central = crate::central::central_on(folder.path(), encryption, shared);
    let mut register = register();
    crate::central::enrolled(&central, &register);
    let mut sync = register.sync(&time);
    let mut line = Listed(InProcess(central.door()), &time, Vec::new());
    let silent = || {
        let said = crate::central::fetch(&central, "/v1/recovery");
        let said: serde_json::Value = serde_json::from_str(&said).expect("json");
        said["sums"]["stores_silent"].as_u64().expect("a number")
    };
    while time_of(&time) < 60 * 60 * 1_000 {
        let next = sync.step(time_of(&time), &mut line, &mut register);
        time.advance_ms(u32::try_from(next.wait_ms).expect("a wait"));
    }
    assert_eq!(silent(), 0, "an hour after its last sale");
    let words = line.2.iter().filter(|(path, _)| path == "/v1/announce");
    let words: Vec<u64> = words.map(|(_, at)| *at).collect();
    let gaps: Vec<u64> = words.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((9..=16).contains(&words.len()), "{words:?}");
    assert!(gaps.iter().all(|gap| (240_000..=400_000).contains(gap)), "{gaps:?}");
    assert!(gaps.iter().min() < gaps.iter().max(), "spread: {gaps:?}");
    let others = line.2.len() - words.len();
    assert!(others <= 122, "a greeting each half minute, as before: {others}");
    // Cut off, it is silent a quarter of an hour later.
    time.advance_ms(16 * 60 * 1_000);
    assert_eq!(silent(), 1);
}

fn time_of(time: &tideover::device::clock::SimulatedClock) -> u64 {
    tideover::device::clock::Clock::mono_ms(time)
}

#[test]
fn waits_grow_with_failures_and_are_never_longer_than_a_minute_and_a_half() {
    struct Silent;
    impl Transport for Silent {
        fn send(&mut self, _: &Request) -> Result<Response, NoAnswer> {
            Err(NoAnswer { text: "no route".to_owned() })
        }
    }
    let mut register = register();
    let time = clock();
    let mut sync = register.sync(&time);
    let mut waits = Vec::new();
    for _ in 0..200 {
        use tideover::device::clock::Clock as _;
        let next = sync.step(time.mono_ms(), &mut Silent, &mut register);
        assert!(matches!(next.link, LinkState::NoAnswer { .. }));
        assert!((50..=90_000).contains(&next.wait_ms), "{}", next.wait_ms);
        time.advance_ms(u32::try_from(next.wait_ms).expect("a wait"));
        waits.push(next.wait_ms);
    }
    assert!(waits[0] <= 1_000);
    assert!(waits[20..].iter().any(|wait| *wait > 60_000), "full jitter over the whole range");
    // After 200 failures one answer is enough.
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    assert_eq!(drain(&mut register, &mut InProcess(central.door())).pending, 0);
}

#[test]
fn a_hold_stops_sending_until_central_lifts_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = register();
    let mut sync = register.sync(&clock());
    central.door().set_hold(Some("network under examination".to_owned())).expect("held");
    let mut transport = InProcess(central.door());
    for _ in 0..3 {
        let report = sync.push_once(&mut transport, &mut register);
        assert!(matches!(&report.link, LinkState::Held { text } if text.contains("examination")));
        assert_eq!((report.created, report.pending), (0, 42));
    }
    central.door().set_hold(None).expect("lifted");
    assert_eq!(sync.push_once(&mut transport, &mut register).pending, 0);
}

#[test]
fn an_all_clear_that_its_own_central_did_not_sign_lifts_no_hold() {
    let (folder, elsewhere) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let (central, liar) = (central_at(folder.path()), central_at(elsewhere.path()));
    let mut register = register();
    let time = clock();
    let mut sync = SyncLoop::new(SyncParts {
        key: std::sync::Arc::clone(&register.key),
        central_key: Some(central.door().public_key()),
        clock: std::sync::Arc::new(time.clone()),
        entropy: std::sync::Arc::new(SeededEntropy::new(7)),
    });
    central.door().set_hold(Some("network under examination".to_owned())).expect("held");
    let report = sync.push_once(&mut InProcess(central.door()), &mut register);
    assert!(matches!(report.link, LinkState::Held { .. }), "{report:?}");
    // Whoever holds the network answers that all is well, under a key of their own.
    let report = sync.push_once(&mut InProcess(liar.door()), &mut register);
    assert!(!matches!(report.link, LinkState::UpToDate), "{report:?}");
    assert_eq!((report.created, report.pending), (0, 42));
    assert_eq!(liar.journals().expect("rows"), [], "no record went there");
    central.door().set_hold(None).expect("lifted");
    let mut wait = |ms: u64| time.advance_ms(u32::try_from(ms).expect("a wait"));
    let mut line = InProcess(central.door());
    let report = sync.drain(&mut line, &mut register, &mut wait, &mut |_| {}, &|| false);
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
}
