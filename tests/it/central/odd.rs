//! Odd content is stored and flagged, odd frames are refused before anything of them is unpacked.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tideover::central::door::InProcess;
use tideover::central::sqlite::FILE_NAME;
use tideover::domain::event::Event;
use tideover::journal::hash::Hash;
use tideover::journal::key::{Domain, SigningKey};
use tideover::journal::record::{LINE_LEN_MAX, Line};
use tideover::sync::carrier::{Request, Response, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;
use tideover::sync::sealed::{Sealed, seal};
use tideover::sync::segment;
use tideover::sync::wire::Header;

use super::{answer, assert_all_once, central_at, drain, post, segments};
use crate::journals::TestRegister;

/// Puts another text in the place of the register's last record, signed and chained as rightly as
/// the one before.
fn instead(register: &mut TestRegister, change: impl FnOnce(&str) -> Vec<u8>) {
    let line = register.lines.pop().expect("a line").into_bytes();
    let text = String::from_utf8(line).expect("text");
    let json = change(text.split_once(' ').expect("a signature").1);
    let signature = register.key.sign(Domain::Record, &json).to_text();
    let line = Line::from_bytes([signature.as_bytes(), b" ", &json].concat());
    register.chain.head = line.hash();
    register.lines.push(line);
}

fn swap(from: &'static str, to: &'static str) -> impl FnOnce(&str) -> Vec<u8> {
    move |json| {
        assert!(json.contains(from), "{from}: {json}");
        json.replacen(from, to, 1).into_bytes()
    }
}

fn rows(folder: &Path, sql: &str) -> BTreeSet<u64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = Connection::open_with_flags(folder.join(FILE_NAME), flags).expect("opened");
    let mut statement = db.prepare(sql).expect("prepared");
    let rows = statement.query_map([], |row| row.get::<_, i64>(0)).expect("asked");
    rows.map(|seq| seq.expect("a place").unsigned_abs()).collect()
}

type Poison = Box<dyn FnOnce(&str) -> Vec<u8>>;

fn poison() -> Vec<(&'static str, Poison)> {
    let bytes = |json: &str, from: &str, to: &[u8]| {
        let place = json.find(from).expect("there");
        let end = place + from.len();
        [&json.as_bytes()[..place], to, &json.as_bytes()[end..]].concat()
    };
    let long = |json: &str| {
        // As long as a record may be: its signature and a blank stand before it.
        let room = LINE_LEN_MAX - 89 - json.len();
        json.replacen("Item", &format!("Item{}", "x".repeat(room)), 1).into_bytes()
    };
    let many_lines = |json: &str| {
        let begin = json.find("\"lines\":[").expect("lines") + 9;
        let end = begin + json[begin..].find('}').expect("a line") + 1;
        let one = format!("{},", &json[begin..end]);
        let times = (LINE_LEN_MAX - 89 - json.len()) / one.len();
        [&json[..begin], &one.repeat(times), &json[begin..]].concat().into_bytes()
    };
    vec![
        ("as long as a record may be", Box::new(long)),
        ("more lines than any sale", Box::new(many_lines)),
        ("no UTF-8", Box::new(move |json| bytes(json, "Item", b"It\xff\xfe"))),
        ("a byte of nothing", Box::new(move |json| bytes(json, "Item", b"It\0m"))),
        ("less than nothing sold", Box::new(swap("\"qty\":10000", "\"qty\":-10000"))),
        ("a version of tomorrow", Box::new(swap("\"v\":1", "\"v\":9"))),
        ("a kind of tomorrow", Box::new(swap("\"k\":\"sale\"", "\"k\":\"loyalty\""))),
        ("no number", Box::new(swap("\"qty\":10000", "\"qty\":NaN"))),
        ("a number without end", Box::new(swap("\"qty\":10000", "\"qty\":1e999"))),
        (
            "more than a number holds",
            Box::new(swap("\"change\":", "\"change\":9999999999999999999")),
        ),
        ("paid in shells", Box::new(swap("\"kind\":\"cash\"", "\"kind\":\"shells\""))),
        ("a day of 1970", Box::new(swap("\"day\":\"2026-11-22\"", "\"day\":\"1970-01-01\""))),
        ("no such day", Box::new(swap("\"day\":\"2026-11-22\"", "\"day\":\"2026-02-30\""))),
        (
            "nested without end",
            Box::new(|json| {
                json.replacen("\"lines\":[", &format!("\"lines\":[{}", "[".repeat(50_000)), 1)
                    .into()
            }),
        ),
        ("nothing at all", Box::new(|_| b"{}".to_vec())),
        ("a money that does not add up", Box::new(swap("\"rounding\":0", "\"rounding\":77"))),
    ]
}

#[test]
fn whatever_stands_in_a_record_is_stored_and_flagged_and_what_follows_it_moves_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    let (mut poisoned, mut whole) = (Vec::new(), BTreeSet::new());
    for (what, change) in poison() {
        register.sell(1, 1);
        whole.insert(register.chain.next_seq.0 - 1);
        let totals = register.totals.clone();
        register.sell(1, 2);
        register.totals = totals;
        instead(&mut register, change);
        poisoned.push((register.chain.next_seq.0 - 1, what));
    }
    register.sell(1, 1);
    let report = drain(&mut register, &mut InProcess(central.door()));
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    central.settle();
    let row = central.journals().expect("journals").remove(0);
    assert_eq!((row.position.next_seq, row.parked), (register.chain.next_seq, 0));
    let flagged = rows(folder.path(), "SELECT DISTINCT seq FROM exception");
    let missed: Vec<_> = poisoned.iter().filter(|(seq, _)| !flagged.contains(seq)).collect();
    // A sale of 1970 is one of 1970: its register's clock is asked about where it announces.
    assert!(missed.iter().all(|(_, what)| *what == "a day of 1970"), "{missed:?}");
    let sales = rows(folder.path(), "SELECT seq FROM sale");
    assert!(whole.is_subset(&sales), "{:?}", whole.difference(&sales));
}

fn header_of(good: &[u8]) -> (Header, usize) {
    let end = good.iter().position(|byte| *byte == b'\n').expect("a header");
    let header: Header = Sealed::split(&good[..end]).expect("sealed").claim().expect("a header");
    (header, end)
}

#[test]
fn nothing_is_unpacked_before_the_signature_holds_and_never_more_than_it_may_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(20, 3);
    let good = segments(&register, 100).remove(0);
    let (header, end) = header_of(&good);
    let packed = &good[end + 1..];
    let thief = SigningKey::from_seed(&[99; 32]).expect("a key");
    let made = |header: &Header, key: &SigningKey, blob: &[u8]| {
        let sealed = seal(header, Domain::Segment, key).expect("sealed");
        [sealed.as_slice(), b"\n", blob].concat()
    };
    let of = |blob: &[u8], raw_len: u64| Header {
        raw_len,
        blob_sha256: Hash::of_bytes(blob).to_string(),
        ..header.clone()
    };
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 3).expect("packed");
    let cut = &packed[..packed.len() - 40];
    let other = Header { blob_sha256: Hash::of_bytes(b"other").to_string(), ..header.clone() };
    let door = central.door();
    let status = |body: Vec<u8>| door.answer(&post("/v1/segments", body)).status;
    // Who did not sign is told so, whatever the bytes are: nobody looked into them.
    assert_eq!(status(made(&of(&bomb, 4_000_000), &thief, &bomb)), 401);
    assert_eq!(status(made(&of(cut, header.raw_len), &thief, cut)), 401);
    assert_eq!(status(made(&other, &thief, packed)), 401);
    // Who did sign is told what is wrong with them.
    assert_eq!(status(made(&of(&bomb, 64 << 20), &register.key, &bomb)), 413);
    assert_eq!(status(made(&of(&bomb, 1_000_000), &register.key, &bomb)), 400);
    assert_eq!(status(made(&of(cut, header.raw_len), &register.key, cut)), 400);
    assert_eq!(status(made(&other, &register.key, packed)), 400);
    assert_eq!(status([vec![b'x'; 1 << 20], b"\n".to_vec(), packed.to_vec()].concat()), 413);
    assert_eq!(status([vec![b'x'; 400_000], b"\n".to_vec(), packed.to_vec()].concat()), 400);
    // A record that is longer than any may be: no register can write one.
    let mut giant = register.clone();
    giant.lines.truncate(3);
    giant.lines[1] = Line::from_bytes(vec![b'x'; LINE_LEN_MAX + 1]);
    let body = segment::build(&giant.lines, &giant.key).expect("built");
    assert_eq!(status(body), 413);
    assert!(central.journals().expect("journals").is_empty());
}

#[test]
fn a_megabyte_of_headers_ends_its_line_and_nobody_elses() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut line = TcpStream::connect(central.address()).expect("a connection");
    line.set_read_timeout(Some(Duration::from_secs(60))).expect("a patience");
    line.set_write_timeout(Some(Duration::from_secs(60))).expect("a patience");
    let filler = format!("x: {}\r\n", "y".repeat(1_000)).repeat(1_000);
    let head = format!("POST /v1/segments HTTP/1.1\r\nhost: central\r\n{filler}\r\n");
    // Central hangs up in the middle of it.
    line.write_all(head.as_bytes()).ok();
    let mut heard = Vec::new();
    line.read_to_end(&mut heard).ok();
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 431"), "{heard}");
    // Content types and what else a head says are not looked at: the signature counts.
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    let body = segments(&register, 100).remove(0);
    let mut line = TcpStream::connect(central.address()).expect("a connection");
    line.set_read_timeout(Some(Duration::from_secs(60))).expect("a patience");
    let head = format!(
        "POST /v1/segments HTTP/1.1\r\nhost: central\r\ncontent-type: text/html\r\n\
         content-encoding: gzip\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    line.write_all(&[head.as_bytes(), &body].concat()).expect("sent");
    let mut heard = Vec::new();
    line.read_to_end(&mut heard).expect("heard");
    assert!(heard.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&heard));
    assert_all_once(&central, &[&register]);
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    let path = "/v1/hello?nonce=00".to_owned();
    let hello = http.send(&Request::get(path));
    let Response { status, .. } = hello.expect("an answer");
    assert_eq!(status, 200);
    // A note of an ordinary length goes on where it stopped.
    register.record(Event::Note { text: "all well".to_owned() });
    let rest = segment::build(&register.lines[5..], &register.key).expect("built");
    assert_eq!(answer(&http.send(&post("/v1/segments", rest)).expect("sent")).created, 1);
}
