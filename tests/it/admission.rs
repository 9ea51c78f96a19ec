//! Central's gate over real sockets: who is slow or many costs nothing, and a turn that was given
//! is kept. Counters tell; nothing is timed but what the registers themselves wait.
#![expect(clippy::disallowed_methods, reason = "how long something may take before it is given up")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tideover::central::operations::Operations;
use tideover::central::serve::{Central, Encryption};
use tideover::device::clock::SystemClock;
use tideover::device::process::open_files;
use tideover::sync::asks::Asks;
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;
use tideover::sync::segment;
use tideover::sync::wire::Refusal;

use crate::central::{central_on, central_operated};
use crate::journals::{TestRegister, clock};

const PATIENCE: Duration = Duration::from_secs(60);

fn central(folder: &std::path::Path) -> Central {
    central_on(folder, Encryption::None, Arc::new(SystemClock::new(None)))
}

fn until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        std::thread::yield_now();
    }
}

/// A line that says a head and then begins a body that never comes.
fn slow_body(central: &Central) -> TcpStream {
    let mut line = TcpStream::connect(central.address()).expect("a connection");
    let head = "POST /v1/segments HTTP/1.1\r\nhost: central\r\ncontent-length: 90000\r\n\r\nx";
    line.write_all(head.as_bytes()).expect("said");
    line
}

/// What a line answers, as far as its head and body come in one piece.
fn heard(line: &mut TcpStream) -> String {
    line.set_read_timeout(Some(PATIENCE)).expect("a patience");
    let mut bytes = [0; 4_096];
    let read = line.read(&mut bytes).expect("an answer");
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

#[test]
fn two_thousand_slow_lines_take_no_place_and_registers_deliver_beside_them() {
    // Both ends of each line are in this process.
    let lines = usize::try_from(open_files(8_000)).expect("a count").saturating_sub(600) / 2;
    let lines = lines.min(2_000);
    let folder = tempfile::tempdir().expect("a folder");
    let central = central(folder.path());
    let mut heads = Vec::new();
    let mut bodies = Vec::new();
    for place in 0..lines {
        if place % 2 == 0 {
            let mut line = TcpStream::connect(central.address()).expect("a connection");
            line.write_all(b"POST /v1/segm").expect("said");
            heads.push(line);
        } else {
            bodies.push(slow_body(&central));
        }
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // A byte now and then, until the registers are done or central has hung up.
            while !over.load(Ordering::Acquire) {
                for mut line in bodies.iter().chain(&heads) {
                    line.write_all(b"x").ok();
                }
                // Ten bytes a second, and this machine's processors are left to central.
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let registers: Vec<_> = (1..=6)
            .map(|number| {
                let url = central.url();
                scope.spawn(move || {
                    let mut register = TestRegister::new(number);
                    register.sell(20, 2);
                    let time = clock();
                    let mut sync = register.sync(&time);
                    let mut line = HttpTransport::new(&url, None, false).expect("a line");
                    let mut wait = |ms: u64| {
                        // Its turn by central's clock.
                        std::thread::sleep(Duration::from_millis(ms));
                        time.advance_ms(u32::try_from(ms).expect("a wait"));
                    };
                    sync.drain(&mut line, &mut register, &mut wait, &mut |_| {}, &|| false)
                })
            })
            .collect();
        for register in registers {
            let report = register.join().expect("a register");
            assert_eq!((report.link, report.created), (LinkState::UpToDate, 22));
        }
        over.store(true, Ordering::Release);
    });
    let counts = central.door().counts();
    println!("{counts:?}");
    // Only what was whole ever had a place, and every register kept its appointment.
    assert!((1..=6).contains(&counts.most_working), "{counts:?}");
    assert!(counts.appointed >= 6, "{counts:?}");
    // Each slow body was refused by its head, or is cut off; the line hears of it or ends.
    let slow = u64::try_from(bodies.len()).expect("a count");
    until("the end of the slow bodies", || {
        let counts = central.door().counts();
        counts.slow + counts.full >= slow
    });
}

#[test]
fn a_refused_delivery_is_answered_before_its_body_is_read_and_its_turn_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central(folder.path());
    // A caller that waits for nothing.
    let mut line = TcpStream::connect(central.address()).expect("a connection");
    let head = "POST /v1/segments?records=10000&within=0 HTTP/1.1\r\nhost: central\r\n\
                content-length: 90000\r\n\r\n";
    line.write_all(head.as_bytes()).expect("said");
    let answer = heard(&mut line);
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.to_ascii_lowercase().contains("\r\nretry-after: "), "{answer}");
    let counts = central.door().counts();
    assert_eq!((counts.late, counts.bodies, counts.entered), (1, 0, 0), "{counts:?}");
    // Room for none: so many bodies begin within a second that one without a turn is refused.
    let mut register = TestRegister::new(7);
    register.sell(20, 2);
    let body = segment::build(&register.lines, &register.key).expect("a segment");
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    let began = Instant::now();
    let mut slow = Vec::new();
    let refusal = loop {
        assert!(began.elapsed() < PATIENCE, "the room was never full");
        slow.extend((0..300).map(|_| slow_body(&central)));
        let path = Asks { records: Some(22), ..Asks::default() }.path("/v1/segments");
        let request = Request::post(path, body.clone());
        let response = http.send(&request).expect("an answer");
        if response.status == 503 {
            break serde_json::from_slice::<Refusal>(&response.body).expect("a refusal");
        }
    };
    let (wait_ms, slot) =
        (refusal.retry_after_ms.expect("a turn"), refusal.slot.expect("its mark"));
    assert!((1_000..=900_000).contains(&wait_ms));
    std::thread::sleep(Duration::from_millis(wait_ms));
    // The room is full again, and the appointment is kept.
    slow.extend((0..300).map(|_| slow_body(&central)));
    let asks = Asks { records: Some(22), slot: Some(slot), ..Asks::default() };
    let path = asks.path("/v1/segments");
    let request = Request::post(path, body);
    assert_eq!(http.send(&request).expect("an answer").status, 200);
    assert_eq!(central.door().counts().appointed, 1);
}

#[test]
fn a_head_that_is_too_long_or_too_slow_ends_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central(folder.path());
    let mut long = TcpStream::connect(central.address()).expect("a connection");
    let filler = "x".repeat(40_000);
    long.write_all(format!("GET /v1/hello HTTP/1.1\r\nx: {filler}\r\n\r\n").as_bytes()).ok();
    assert!(heard(&mut long).starts_with("HTTP/1.1 431 "));
    let mut slow = TcpStream::connect(central.address()).expect("a connection");
    slow.write_all(b"GET /v1/hello HTTP/1.1\r\n").expect("said");
    slow.set_read_timeout(Some(PATIENCE)).expect("a patience");
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).expect("central hangs up");
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
}

/// Asks for a page in one request, the last of its line or not.
fn asks(path: &str, last: bool) -> String {
    let last = if last { "connection: close\r\n" } else { "" };
    format!("GET {path} HTTP/1.1\r\nhost: central\r\n{last}\r\n")
}

#[test]
fn a_line_whose_answers_nobody_reads_is_ended_and_one_that_reads_in_small_pieces_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let operations = Operations { unread: Duration::from_millis(500), ..Operations::of_tests() };
    let time = Arc::new(SystemClock::new(None));
    let central = central_operated(folder.path(), Encryption::None, time, operations);
    let told = |name: &str| {
        let mut line = TcpStream::connect(central.address()).expect("a connection");
        line.write_all(asks("/metrics", true).as_bytes()).expect("said");
        line.set_read_timeout(Some(PATIENCE)).expect("a patience");
        let mut text = String::new();
        line.read_to_string(&mut text).expect("an answer");
        let found = text.lines().find_map(|line| line.strip_prefix(name));
        found.expect("it is counted").trim().parse::<u64>().expect("a number")
    };
    // Piece by piece, and all of it comes.
    let mut leisure = TcpStream::connect(central.address()).expect("a connection");
    leisure.set_read_timeout(Some(PATIENCE)).expect("a patience");
    // The description of all addresses is the longest answer there is.
    leisure.write_all(asks("/openapi.json", true).as_bytes()).expect("said");
    let (mut piece, mut read) = ([0; 100], 0);
    loop {
        match leisure.read(&mut piece).expect("a piece") {
            0 => break,
            count => read += count,
        }
    }
    assert!(read > include_str!("../../docs/openapi.json").len(), "{read}");
    assert_eq!(told("tideover_unread_lines_total"), 0);
    // Asked one behind the other, and nothing is ever read.
    let many = asks("/openapi.json", false).repeat(100);
    let mut deaf: Vec<TcpStream> = (0..3)
        .map(|_| {
            let line = TcpStream::connect(central.address()).expect("a connection");
            line.set_write_timeout(Some(PATIENCE)).expect("a patience");
            line
        })
        .collect();
    std::thread::scope(|scope| {
        for line in &mut deaf {
            let many = many.as_bytes();
            scope.spawn(move || while line.write_all(many).is_ok() {});
        }
        // Beside them a register is served.
        let mut register = TestRegister::new(7);
        register.sell(5, 1);
        let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
        assert_eq!(crate::central::drain(&mut register, &mut http).created, 7);
    });
    assert_eq!(told("tideover_unread_lines_total"), 3);
}

/// A minute of central's clock that does not go on by itself.
#[test]
fn plain_lines_come_at_the_rate_of_the_keys_that_signed_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let time = clock();
    let central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
    let door = central.door();
    let post =
        |register: &TestRegister| door.answer(&Request::post("/v1/records", register.file()));
    let [one, other] = [7, 8].map(TestRegister::new);
    let many = (0..1_000).take_while(|_| post(&one).status == 200).count();
    assert_eq!(many, 200, "as many as of a register's own deliveries");
    let refused = post(&one);
    assert_eq!(refused.status, 429);
    let refusal: Refusal = serde_json::from_slice(&refused.body).expect("a refusal");
    assert_eq!(refusal.retry_after_ms, Some(1_000));
    assert!(refusal.text.contains("nothing is lost"), "{}", refusal.text);
    assert_eq!(post(&other).status, 200, "another one's key");
    time.advance_ms(1_000);
    assert_eq!(post(&one).status, 200);
}
