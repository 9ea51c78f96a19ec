//! Lines that drip, never end, lead nowhere, are slow or lose much: bounded by time and length, and
//! everything is at central once all the same.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tideover::central::door::InProcess;
use tideover::central::serve::Encryption;
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SeededEntropy;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;
use tideover::sync::sealed::Sealed;
use tideover::sync::wire::Header;

use super::{assert_all_once, central_at, central_listening, drain, drain_with};
use crate::journals::{TestRegister, clock};

/// Answers every request in a way of its own, and counts what it could say before it was hung up
/// on.
fn odd_central(say: fn(&mut TcpStream, &AtomicU64)) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("here"));
    let said = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&said);
    #[expect(clippy::disallowed_methods, reason = "a thread that ends with the test")]
    std::thread::spawn(move || {
        for mut line in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(line.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            say(&mut line, &count);
        }
    });
    (url, said)
}

/// Says the same for as long as somebody listens.
fn for_ever(line: &mut TcpStream, said: &AtomicU64, piece: &[u8]) {
    while line.write_all(piece).is_ok() {
        said.fetch_add(piece.len() as u64, Ordering::AcqRel);
    }
}

fn asked(url: &str, within: Duration) -> (LinkState, TestRegister) {
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    let mut line = HttpTransport::new(url, None, true).expect("a line").within(within);
    let report = register.sync(&clock()).push_once(&mut line, &mut register);
    assert_eq!((report.created, report.pending), (0, 5), "{report:?}");
    assert!(register.receipts.is_empty());
    (report.link, register)
}

#[test]
fn an_answer_that_drips_without_end_is_given_up() {
    let drip = |line: &mut TcpStream, said: &AtomicU64| {
        line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n").ok();
        while line.write_all(b"x").is_ok() {
            said.fetch_add(1, Ordering::AcqRel);
            // Always something within any wait for the next piece.
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let (url, said) = odd_central(drip);
    let (link, _) = asked(&url, Duration::from_millis(600));
    assert!(matches!(link, LinkState::NoAnswer { .. }), "{link:?}");
    // At this pace the whole answer would take twenty minutes.
    assert!(said.load(Ordering::Acquire) < 6_000, "{said:?}");
}

#[test]
fn an_answer_without_end_is_read_to_its_bound_and_is_not_centrals() {
    type Say = fn(&mut TcpStream, &AtomicU64);
    let bodies: [Say; 3] = [
        |line, said| {
            line.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok();
            for_ever(line, said, &[b'x'; 4_096]);
        },
        |line, said| {
            line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4000000000\r\n\r\n").ok();
            for_ever(line, said, &[b'x'; 4_096]);
        },
        // What says it is packed is not unpacked: it is no answer of central's either.
        |line, said| {
            let bomb = zstd::bulk::compress(&vec![0; 32 * 1024 * 1024], 3).expect("packed");
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: zstd\r\ncontent-length: {}\r\n\r\n",
                bomb.len()
            );
            line.write_all(&[head.as_bytes(), &bomb].concat()).ok();
            said.fetch_add(bomb.len() as u64, Ordering::AcqRel);
        },
    ];
    for body in bodies {
        let (url, said) = odd_central(body);
        let (link, _) = asked(&url, Duration::from_secs(60));
        assert!(matches!(link, LinkState::NotCentral { .. }), "{link:?}");
        // What the sockets of both ends hold, and no more.
        assert!(said.load(Ordering::Acquire) < 32 << 20, "{said:?}");
    }
    let (url, said) = odd_central(|line, said| {
        line.write_all(b"HTTP/1.1 200 OK\r\n").ok();
        for_ever(line, said, format!("x: {}\r\n", "y".repeat(1_000)).as_bytes());
    });
    let (link, _) = asked(&url, Duration::from_secs(60));
    assert!(matches!(link, LinkState::NoAnswer { .. }), "{link:?}");
    assert!(said.load(Ordering::Acquire) < 32 << 20, "{said:?}");
}

#[test]
fn a_balancers_page_is_not_central() {
    let (url, _) = odd_central(|line, _| {
        let page = "<html><h1>502 Bad Gateway</h1></html>";
        let head = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html";
        let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len());
        line.write_all(answer.as_bytes()).ok();
    });
    let (link, mut register) = asked(&url, Duration::from_secs(60));
    assert!(matches!(link, LinkState::NotCentral { .. }), "{link:?}");
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    assert_eq!(drain(&mut register, &mut InProcess(central.door())).pending, 0);
    assert_all_once(&central, &[&register]);
}

#[test]
fn a_name_that_leads_nowhere_is_no_answer_and_it_goes_when_it_leads_somewhere() {
    // No such name can exist (RFC 6761).
    let (link, mut register) = asked("http://central.invalid:7443", Duration::from_secs(60));
    let LinkState::NoAnswer { text } = &link else { panic!("{link:?}") };
    assert!(!text.is_empty());
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    assert_eq!(drain(&mut register, &mut InProcess(central.door())).pending, 0);
    assert_all_once(&central, &[&register]);
}

#[test]
fn a_network_of_the_sixth_version_alone_carries_everything() {
    let here: SocketAddr = "[::1]:0".parse().expect("an address");
    if TcpListener::bind(here).is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_listening(folder.path(), Encryption::Own, Arc::new(clock()), here);
    let pin = central.fingerprint();
    let mut register = TestRegister::new(7);
    register.sell(60, 1);
    let mut line = HttpTransport::new(&central.url(), pin.as_deref(), false).expect("a line");
    assert_eq!(drain(&mut register, &mut line).link, LinkState::UpToDate);
    assert_all_once(&central, &[&register]);
}

/// A cable of so many bytes a second with a round trip that long, which loses packets: a lost one
/// comes again after a round trip and a second. Time is simulated.
struct Narrow<'a> {
    inner: &'a mut dyn Transport,
    time: SimulatedClock,
    bytes_per_s: u64,
    round_trip_ms: u64,
    lost_percent: u64,
    chance: SeededEntropy,
    /// How many records each delivery had.
    batches: Vec<u64>,
    given_up: u32,
}

impl Narrow<'_> {
    fn takes_ms(&self, bytes: usize) -> u64 {
        let packets = bytes as u64 / 1_400 + 1;
        let lost = (0..packets).filter(|_| self.chance.below(100) < self.lost_percent).count();
        bytes as u64 * 1_000 / self.bytes_per_s + lost as u64 * (self.round_trip_ms + 1_000)
    }
}

impl Transport for Narrow<'_> {
    fn send(&mut self, _: &Request) -> Result<Response, NoAnswer> {
        unreachable!("a sending loop says how long it waits")
    }

    fn send_within(&mut self, request: &Request, waits_ms: u64) -> Result<Response, NoAnswer> {
        if request.path() == "/v1/segments" {
            let header = request.body.split(|byte| *byte == b'\n').next().expect("a header");
            let header: Header = Sealed::split(header).expect("sealed").claim().expect("a header");
            self.batches.push(header.n);
        }
        let there_ms = self.takes_ms(request.body.len() + 300);
        let answer = (there_ms < waits_ms).then(|| self.inner.send(request)).transpose()?;
        let back_ms = answer.as_ref().map_or(0, |answer| self.takes_ms(answer.body.len() + 300));
        let took_ms = there_ms + self.round_trip_ms + back_ms;
        self.time.advance_ms(u32::try_from(took_ms.min(waits_ms)).expect("a while"));
        if let Some(answer) = answer.filter(|_| took_ms < waits_ms) {
            return Ok(answer);
        }
        self.given_up += 1;
        Err(NoAnswer { text: "the answer did not come in time".to_owned() })
    }
}

#[test]
fn on_a_slow_line_that_loses_packets_deliveries_stay_small_and_everything_arrives() {
    for (lost_percent, bytes_per_s, round_trip_ms) in
        [(0, 8_000, 600), (1, 8_000, 600), (5, 8_000, 600), (20, 8_000, 600), (5, 8_000, 2_000)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let mut inner = InProcess(central.door());
        let mut register = TestRegister::new(7);
        register.sell(300, 12);
        let time = clock();
        let mut sync = register.sync(&time);
        let mut line = Narrow {
            inner: &mut inner,
            time: time.clone(),
            bytes_per_s,
            round_trip_ms,
            lost_percent,
            chance: SeededEntropy::new(lost_percent),
            batches: Vec::new(),
            given_up: 0,
        };
        let report = drain_with(&mut sync, &time, &mut register, &mut line);
        let case = format!("{lost_percent} % lost, {round_trip_ms} ms: {:?}", line.batches);
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0), "{case}");
        assert!(line.batches.iter().all(|records| *records <= 32), "{case}");
        assert_eq!(line.given_up, 0, "{case}");
        assert_all_once(&central, &[&register]);
    }
}
