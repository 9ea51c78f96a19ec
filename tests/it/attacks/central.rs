//! Attacks on what travels: against central's real door, and against the register's sending by
//! whoever stands in central's place.

use std::sync::Arc;

use tideover::central::door::InProcess;
use tideover::central::revocation::StepKind;
use tideover::central::revocation::act::{self, Actor, GoodUntil, Which};
use tideover::central::serve::Central;
use tideover::central::sqlite::SqliteStore;
use tideover::device::clock::Clock as _;
use tideover::domain::event::Event;
use tideover::domain::ids::{PersonId, RegisterNo, Seq, ShiftNo, StoreNo};
use tideover::domain::sale::{LinkKind, Reason, SaleLink, Terms};
use tideover::domain::time::BusinessDate;
use tideover::journal::hash::{Hash, to_hex};
use tideover::journal::key::{Domain, SigningKey};
use tideover::journal::record::Line;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::enroll::{NotEnrolled, enroll};
use tideover::sync::push::LinkState;
use tideover::sync::sealed::{Sealed, seal};
use tideover::sync::segment;
use tideover::sync::wire::{
    Answer, Cursor, Header, Hello, JournalName, Outcome, PROTOCOL, RecordsAnswer, Refusal,
};

use super::journal::{bad_keys, odd_spellings, signed};
use crate::central::{central_at, drain};
use crate::journals::{TestRegister, clock, sale};

const STORE: StoreNo = StoreNo(1042);

fn post(path: &str, body: Vec<u8>) -> Request {
    Request::post(path, body)
}

/// Hands lines over as a file; what central says of it.
fn as_file(central: &Central, lines: &[Vec<u8>]) -> RecordsAnswer {
    let answer = central.door().answer(&post("/v1/records", lines.join(&b'\n')));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    Sealed::split(&answer.body).expect("sealed").claim().expect("an answer")
}

/// A refusal's status and words.
fn refused(central: &Central, path: &str, body: Vec<u8>) -> (u16, String) {
    let answer = central.door().answer(&post(path, body));
    let said: Refusal = serde_json::from_slice(&answer.body).expect("a refusal in words");
    assert!(said.text.len() > 20, "{}", said.text);
    (answer.status, said.text)
}

fn bytes(register: &TestRegister) -> Vec<Vec<u8>> {
    register.lines.iter().map(|line| line.bytes().to_vec()).collect()
}

fn counts(central: &Central) -> Vec<(String, u64)> {
    central.settle();
    let found = central.door().exceptions(None).expect("read");
    found.into_iter().map(|group| (group.code, group.count)).collect()
}

fn known(central: &Central, register: &TestRegister) {
    let number = register.chain.journal.register;
    let code = central.door().enroll_code(STORE, number).expect("a code");
    let mut transport = InProcess(central.door());
    enroll(&mut transport, "here", None, &code, &register.key).expect("enrolled");
}

fn created(answer: &RecordsAnswer) -> u64 {
    answer.runs.iter().map(|run| run.created).sum()
}

#[test]
fn records_in_another_registers_name_are_named_line_by_line_and_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(10, 1);
    known(&central, &register);
    assert_eq!(created(&as_file(&central, &bytes(&register))), 12);
    // A thief chains further records on, with a key of their own.
    let mut forged = register.clone();
    let thief = SigningKey::from_seed(&[99; 32]).expect("a key");
    forged.record_with(Event::of_sale(sale(11, 1)), Some(&thief));
    forged.record_with(Event::of_sale(sale(12, 1)), Some(&thief));
    let answer = as_file(&central, &bytes(&forged)[12..]);
    assert_eq!((created(&answer), answer.refused_count), (0, 2));
    assert!(answer.refused[0].starts_with("line 1: nobody vouches"), "{:?}", answer.refused);
    // As a segment: under the register's own key it can't be sealed, under the thief's it is a
    // stranger's.
    let body = segment::build(&forged.lines[12..], &thief).expect("built");
    let (status, text) = refused(&central, "/v1/segments", body);
    assert_eq!(status, 403);
    assert!(text.contains("does not know this key for this register"), "{text}");
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 10);
}

#[test]
fn a_foreign_record_in_a_segment_is_refused_and_in_a_file_goes_to_its_own_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (mut one, mut other) = (TestRegister::new(7), TestRegister::new(8));
    one.sell(5, 1);
    other.sell(5, 1);
    let mut mixed = one.lines.clone();
    mixed[3] = other.lines[3].clone();
    let body = segment::build(&mixed, &one.key).expect("built");
    let (status, text) = refused(&central, "/v1/segments", body);
    assert_eq!(status, 400);
    assert!(text.contains("record 3 is missing or of another journal"), "{text}");
    assert!(central.journals().expect("read").is_empty());
    // A file may hold both journals, mixed line by line: each record finds its place.
    let lines: Vec<Vec<u8>> =
        bytes(&one).into_iter().zip(bytes(&other)).flat_map(|(a, b)| [a, b]).collect();
    as_file(&central, &lines);
    as_file(&central, &bytes(&one));
    as_file(&central, &bytes(&other));
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 10);
    let rows = central.journals().expect("read");
    assert!(rows.iter().all(|row| (row.forked, row.parked) == (0, 0)), "{rows:?}");
}

#[test]
fn the_same_upload_a_hundred_times_is_posted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(10, 1);
    let body = segment::build(&register.lines, &register.key).expect("built");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let answer = central.door().answer(&post("/v1/segments", body.clone()));
                    let said: Answer =
                        Sealed::split(&answer.body).expect("sealed").claim().expect("read");
                    assert_eq!(said.cursor.next_seq, 12);
                    assert_eq!(said.cursor.head, register.chain.head.to_string());
                }
            });
        }
    });
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 10);
}

#[test]
fn of_two_uploads_at_once_the_longer_one_is_the_end_and_it_never_shrinks() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    for number in 1..=20 {
        let mut register = TestRegister::new(number);
        register.sell(4, 1);
        let short = segment::build(&register.lines[..4], &register.key).expect("built");
        let long = segment::build(&register.lines, &register.key).expect("built");
        let together = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            for body in [short, long] {
                let (central, together) = (&central, &together);
                scope.spawn(move || {
                    together.wait();
                    assert_eq!(central.door().answer(&post("/v1/segments", body)).status, 200);
                });
            }
        });
        let rows = central.journals().expect("read");
        let row = rows.iter().find(|row| row.journal == register.chain.journal).expect("a row");
        assert_eq!((row.position.next_seq, row.forked), (Seq(6), 0), "register {number}");
    }
}

#[test]
fn an_end_that_was_cut_and_sold_anew_is_a_fork_and_no_sale_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    let before = register.clone();
    register.sell(5, 1);
    let mut line = InProcess(central.door());
    assert_eq!(drain(&mut register, &mut line).link, LinkState::UpToDate);
    let mut anew = before;
    anew.sell(3, 2);
    let report = drain(&mut anew, &mut line);
    let LinkState::Forked { text, .. } = &report.link else { panic!("{report:?}") };
    assert!(text.len() > 20, "said in words: {text}");
    assert!(counts(&central).contains(&("fork".to_owned(), 1)));
    let door = central.door();
    let sold = |forks| door.totals(STORE, None, forks).expect("totals").sales;
    assert_eq!((sold(false), sold(true)), (10, 3));
}

#[test]
fn a_key_belongs_to_one_register() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let register = TestRegister::new(7);
    known(&central, &register);
    let mut line = InProcess(central.door());
    let code = central.door().enroll_code(STORE, RegisterNo(8)).expect("a code");
    let refused = enroll(&mut line, "here", None, &code, &register.key);
    let Err(NotEnrolled::Refused(text)) = refused else { panic!("{refused:?}") };
    for said in ["register 7 of store 1042", "copy", "same code again"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // The code was not used up: register 8 comes with a key of its own.
    let own = TestRegister::new(8);
    enroll(&mut line, "here", None, &code, &own.key).expect("enrolled");
    // A key that was revoked is not made good again under another number.
    let (of, time) = (RegisterNo(7), clock());
    crate::central::revoked(folder.path(), STORE, of, &time);
    let code = central.door().enroll_code(STORE, RegisterNo(9)).expect("a code");
    let refused = enroll(&mut line, "here", None, &code, &register.key);
    assert!(matches!(refused, Err(NotEnrolled::Refused(_))), "{refused:?}");
}

#[test]
fn weak_keys_are_refused_at_every_way_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(1, 1);
    let segment = segment::build(&register.lines, &register.key).expect("built");
    let newline = segment.iter().position(|byte| *byte == b'\n').expect("a header");
    let header: Header = Sealed::split(&segment[..newline]).expect("s").claim().expect("h");
    let thief = SigningKey::from_seed(&[99; 32]).expect("a key");
    for (weak, _) in bad_keys().into_iter().step_by(3) {
        let header = Header { key: to_hex(&weak), ..header.clone() };
        // What ring alone would take under some of them: R the neutral point, S zero.
        let mut forged = seal(&header, Domain::Segment, &thief).expect("sealed");
        let mut nothing = [0; 64];
        nothing[0] = 1;
        let text = tideover::journal::key::Signature(nothing).to_text();
        forged.splice(..88, text.into_bytes());
        let body = [forged.as_slice(), &segment[newline..]].concat();
        assert_eq!(refused(&central, "/v1/segments", body).0, 403);
        let ask = serde_json::json!({
            "protocol": PROTOCOL, "code": "00000-00000", "key": to_hex(&weak), "program": "0.1.0",
        });
        let body = seal(&ask, Domain::Certificate, &thief).expect("sealed");
        let (status, text) = refused(&central, "/v1/enroll", body);
        assert_eq!(status, 403);
        assert!(text.contains("anybody could sign for it"), "{text}");
    }
    assert!(central.journals().expect("read").is_empty());
}

#[test]
fn what_a_revoked_key_brings_is_kept_as_evidence_and_said_whatever_its_clock_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    known(&central, &register);
    let mut line = InProcess(central.door());
    drain(&mut register, &mut line);
    assert_eq!(counts(&central), []);
    let (of, time) = (RegisterNo(7), clock());
    crate::central::revoked(folder.path(), STORE, of, &time);
    // The thief's records bear the same time as those before: it is the place that counts.
    register.sell(5, 1);
    drain(&mut register, &mut line);
    register.sell(5, 1);
    let report = drain(&mut register, &mut line);
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0), "it is not told so");
    assert_eq!(counts(&central), [("revoked_key".to_owned(), 1)]);
    let found = central.door().exceptions(None).expect("read").remove(0);
    assert!(found.text.contains("those from 7 on are kept and stand apart"), "{}", found.text);
    assert_eq!((found.level.as_str(), found.seq), ("critical", Seq(7)));
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 5);
    let apart = central.door().totals(STORE, None, true).expect("totals");
    assert_eq!(apart.sales, 10, "kept, and in no total");
    let kept = central.door().lines_of(&register.chain.journal).expect("read");
    assert_eq!(kept, bytes(&register), "byte for byte");
}

#[test]
fn a_key_may_be_revoked_from_before_what_was_counted_already() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    known(&central, &register);
    let mut line = InProcess(central.door());
    drain(&mut register, &mut line);
    assert_eq!(counts(&central), []);
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 5);
    // The theft was noticed late: the last record that anybody vouches for is the third sale's.
    let which = Which::all(STORE, RegisterNo(7));
    let until = GoodUntil::Record(None, Seq(4));
    let mut kept = SqliteStore::open(folder.path()).expect("opened beside it");
    let at_ms = clock().now().utc_ms;
    let actor = |by: &str, reason: &str| Actor {
        by: PersonId::parse(by).expect("a person"),
        reason: reason.to_owned(),
        at_ms,
    };
    act::propose(&mut kept, which, until, &actor("jo", "stolen at noon")).expect("proposed");
    register.sell(1, 1);
    drain(&mut register, &mut line);
    assert_eq!(counts(&central), [("revoked_key".to_owned(), 1)]);
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 3, "the others wait");
    let end = act::end(&mut kept, which, StepKind::Decided, &actor("al", "seen on camera"));
    let behind = act::behind(&mut kept, &end.expect("decided")).expect("read");
    assert_eq!((behind.len(), behind[0].length, behind[0].records), (1, Seq(5), 3));
    register.sell(1, 1);
    drain(&mut register, &mut line);
    assert_eq!(counts(&central), [("revoked_key".to_owned(), 1)]);
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 3);
}

#[test]
fn odd_spellings_that_are_rightly_signed_are_kept_byte_for_byte_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(1, 1);
    let mut odd_ones = 0;
    for place in 0.. {
        // A right record for this place, spelled oddly, signed, and chained on.
        let before = register.chain;
        register.record(Event::Note { text: "all went well".to_owned() });
        let line = register.lines.pop().expect("a line").into_bytes();
        register.chain = before;
        let json = String::from_utf8(line[89..].to_vec()).expect("text");
        let odd = odd_spellings(&json);
        let Some((name, odd)) = odd.get(place) else { break };
        if tideover::journal::record::Envelope::read(&signed(&register.key, odd)).is_ok() {
            continue; // Readable as far as its place and chain; that is another test's.
        }
        assert!(!odd.contains(&b'\n'), "{name}");
        let line = Line::from_bytes(signed(&register.key, odd));
        register.chain.next_seq = before.next_seq.next();
        register.chain.head = line.hash();
        register.lines.push(line);
        odd_ones += 1;
    }
    assert!(odd_ones > 20, "{odd_ones}");
    register.sell(1, 1);
    let report = drain(&mut register, &mut InProcess(central.door()));
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    central.settle();
    let found = counts(&central);
    assert!(found.contains(&("malformed".to_owned(), odd_ones)), "{odd_ones}: {found:?}");
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 2);
    let kept = central.door().lines_of(&register.chain.journal).expect("read");
    assert_eq!(kept, bytes(&register));
}

#[test]
fn a_segments_header_that_says_a_thing_twice_or_too_much_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    let good = segment::build(&register.lines, &register.key).expect("built");
    let newline = good.iter().position(|byte| *byte == b'\n').expect("a header");
    let json = String::from_utf8(good[89..newline].to_vec()).expect("text");
    let with = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}: {json}");
        let json = json.replacen(from, to, 1);
        let signature = register.key.sign(Domain::Segment, json.as_bytes()).to_text();
        [signature.as_bytes(), b" ", json.as_bytes(), &good[newline..]].concat()
    };
    for (name, from, to) in [
        ("from twice", "\"from\":0", "\"from\":0,\"from\":2"),
        ("store twice", "\"store\":1042", "\"store\":1042,\"store\":1043"),
        ("another store", "\"store\":1042", "\"store\":1043"),
        ("another register", "\"reg\":7", "\"reg\":8"),
        ("another epoch", "\"epoch\":\"", "\"epoch\":\"00"),
        ("a fraction", "\"from\":0", "\"from\":0.0"),
        ("below zero", "\"from\":0", "\"from\":-1"),
        ("a later beginning", "\"from\":0", "\"from\":1"),
        ("more records", "\"n\":5", "\"n\":6"),
        ("the end elsewhere", "\"to\":4", "\"to\":5"),
        ("4 GiB", "\"raw_len\":", "\"raw_len\":4294967296,\"x\":"),
        ("no number of bytes", "\"raw_len\":", "\"raw_len\":18446744073709551615,\"x\":"),
        ("another packing", "\"zstd\"", "\"gzip\""),
        ("another protocol", "tideover/1", "tideover/9"),
        ("very deep", "\"enc\":\"zstd\"", &format!("\"enc\":{}1", "[".repeat(900))),
    ] {
        let (status, text) = refused(&central, "/v1/segments", with(from, to));
        assert!([400, 403, 413].contains(&status), "{name}: {status} {text}");
    }
    let long = [good.as_slice(), &vec![b'x'; 600 * 1024]].concat();
    assert_eq!(refused(&central, "/v1/segments", long).0, 413);
    let trailing = [good.as_slice(), b"more"].concat();
    assert_eq!(refused(&central, "/v1/segments", trailing).0, 400);
    assert!(central.journals().expect("read").is_empty());
}

#[test]
fn a_sale_taken_back_twice_or_of_nowhere_stands_and_is_held_for_a_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    known(&central, &register);
    register.sell(1, 2);
    let sold = sale(1, 2);
    let day = BusinessDate::parse("2026-11-22").expect("a day");
    let epoch = register.chain.journal.epoch;
    let link = |seq| SaleLink {
        kind: LinkKind::Void,
        epoch,
        seq: Seq(seq),
        number: sold.number,
        reason: Reason::Mistake,
        paper: None,
    };
    for (number, of) in [(2, 2), (3, 2)] {
        let terms = Terms { link: Some(link(of)), ..Terms::default() };
        let number = tideover::domain::ids::SaleNo(number);
        let void = sold.reversed(number, ShiftNo(1), day, terms).expect("reversed");
        register.record(Event::of_sale(void));
    }
    // No program makes a void of a void: the domain has no such thing.
    let terms = Terms { link: Some(link(3)), ..Terms::default() };
    let number = tideover::domain::ids::SaleNo(4);
    let void = sold.reversed(number, ShiftNo(1), day, terms.clone()).expect("reversed");
    assert!(void.reversed(number, ShiftNo(1), day, terms).is_err());
    drain(&mut register, &mut InProcess(central.door()));
    let found = counts(&central);
    let twice = found.iter().find(|(code, _)| code == "returned_twice");
    assert!(twice.is_some_and(|(_, count)| *count >= 2), "{found:?}");
}

/// Stands in central's place, with a key of its own.
struct Liar {
    key: SigningKey,
    next_seq: u64,
    head: String,
    register: u16,
    epoch: String,
    /// Signs positions with this instead.
    other: Option<SigningKey>,
}

impl Transport for Liar {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if let Some(nonce) = request.address.query().strip_prefix("nonce=") {
            let hello = Hello {
                protocol: PROTOCOL.to_owned(),
                answer: "hello".to_owned(),
                nonce: nonce.to_owned(),
                server_epoch: "00".repeat(8),
                key: self.key.public().to_string(),
                time: crate::journals::start().to_string(),
                hold: None,
                certificates: Vec::new(),
                revocations: None,
            };
            let body = seal(&hello, Domain::Ack, &self.key).expect("sealed");
            return Ok(Response { status: 200, body });
        }
        let answer = Answer {
            protocol: PROTOCOL.to_owned(),
            answer: "position".to_owned(),
            server_epoch: "00".repeat(8),
            journal: JournalName { store: 1042, reg: self.register, epoch: self.epoch.clone() },
            outcome: Outcome::Accepted,
            created: 12,
            existing: 0,
            parked: 0,
            cursor: Cursor { next_seq: self.next_seq, head: self.head.clone(), prune_seq: 12 },
            wait_ms: 0,
            slot: None,
            hold: None,
            time: crate::journals::start().to_string(),
        };
        let key = self.other.as_ref().unwrap_or(&self.key);
        let body = seal(&answer, Domain::Ack, key).expect("sealed");
        Ok(Response { status: 200, body })
    }
}

fn liar(register: &TestRegister) -> Liar {
    Liar {
        key: SigningKey::from_seed(&[77; 32]).expect("a key"),
        next_seq: register.chain.next_seq.0,
        head: register.chain.head.to_string(),
        register: register.chain.journal.register.0,
        epoch: register.chain.journal.epoch.to_string(),
        other: None,
    }
}

fn sold() -> TestRegister {
    let mut register = TestRegister::new(7);
    register.sell(10, 1);
    register
}

#[test]
fn an_acknowledgement_of_other_records_than_ours_is_no_acknowledgement() {
    for (next_seq, head) in [
        (12, Hash::ZERO.to_string()),
        (12, "ab".repeat(32)),
        (11, "ab".repeat(32)),
        // Of more records than there are: the register was put back, or central lies.
        (13, "ab".repeat(32)),
        (u64::MAX, "ab".repeat(32)),
    ] {
        let mut register = sold();
        let mut liar = Liar { next_seq, head, ..liar(&register) };
        let mut sync = register.sync(&clock());
        let report = sync.push_once(&mut liar, &mut register);
        let LinkState::Forked { text, .. } = &report.link else { panic!("{report:?}") };
        assert!(text.len() > 20, "said in words: {text}");
        assert!(register.receipts.is_empty(), "{next_seq}");
    }
}

#[test]
fn an_answer_by_another_key_or_about_another_journal_is_not_heard() {
    let register = sold();
    let other = SigningKey::from_seed(&[78; 32]).expect("a key");
    let own = SigningKey::from_seed(&[7; 32]).expect("a key");
    assert_eq!(own.public(), register.key.public(), "the register's own key signs no answer");
    for mut liar in [
        Liar { other: Some(other), ..liar(&register) },
        Liar { other: Some(own), ..liar(&register) },
        Liar { register: 8, ..liar(&register) },
        Liar { epoch: "00".repeat(8), ..liar(&register) },
        Liar { epoch: "no epoch".to_owned(), ..liar(&register) },
        Liar { head: "no hash".to_owned(), ..liar(&register) },
    ] {
        let mut register = sold();
        let report = register.sync(&clock()).push_once(&mut liar, &mut register);
        let LinkState::NotCentral { text } = &report.link else { panic!("{report:?}") };
        assert!(text.contains("nothing was sent or lost"), "{text}");
        assert_eq!((report.pending, register.receipts.len()), (12, 0));
    }
}

#[test]
fn an_enrolled_register_hears_no_other_central() {
    use tideover::sync::push::{SyncLoop, SyncParts};
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = sold();
    let mut sync = SyncLoop::new(SyncParts {
        key: Arc::clone(&register.key),
        central_key: Some(central.door().public_key()),
        clock: Arc::new(clock()),
        entropy: Arc::new(tideover::device::entropy::SeededEntropy::new(1)),
    });
    let mut taken_over = liar(&register);
    let report = sync.push_once(&mut taken_over, &mut register);
    assert!(matches!(report.link, LinkState::NotCentral { .. }), "{report:?}");
    assert_eq!((report.pending, register.receipts.len()), (12, 0));
    // The right one is heard at once.
    let report = sync.push_once(&mut InProcess(central.door()), &mut register);
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
}

/// Gives every announcement the answer that was true at first.
struct Replay<'a> {
    central: InProcess,
    first: &'a [u8],
}

impl Transport for Replay<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if request.path() == "/v1/announce" {
            return Ok(Response { status: 200, body: self.first.to_vec() });
        }
        self.central.send(request)
    }
}

#[test]
fn an_old_answer_played_again_costs_a_repetition_and_no_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    let journal = register.chain.journal;
    let path = format!("/v1/registers/1042/7/cursor?epoch={}", JournalName::of(&journal).epoch);
    let ask = Request::get(path);
    let first = central.door().answer(&ask).body;
    register.sell(20, 1);
    drain(&mut register, &mut InProcess(central.door()));
    register.sell(20, 1);
    let mut replay = Replay { central: InProcess(central.door()), first: &first };
    let report = drain(&mut register, &mut replay);
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    assert_eq!((report.created, report.existing), (20, 22), "sent again, and once there");
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 40);
    assert_eq!(register.receipts[&journal].next_seq, Seq(42));
}
