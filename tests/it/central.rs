//! Central with registers in one process and over HTTP: everything once, whatever happens.

mod backup;
mod carried;
mod certificates;
mod disks;
mod enrolling;
mod failures;
mod lines;
mod odd;
mod programs;
mod restored;
mod status;
mod times;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tideover::central::door::InProcess;
use tideover::central::operations::Operations;
use tideover::central::serve::{Central, Encryption, Settings};
use tideover::device::clock::{Clock, SimulatedClock, SystemClock};
use tideover::device::entropy::{SeededEntropy, SystemEntropy};
use tideover::device::reader::Reader;
use tideover::domain::event::Event;
use tideover::domain::ids::{PersonId, RegisterNo, Seq, StoreNo};
use tideover::domain::practice::{Practice, PracticeStep};
use tideover::domain::readiness::{ReadinessLook, Topic};
use tideover::domain::time::Timestamp;
use tideover::journal::chain::Chain;
use tideover::journal::key::{Domain, SigningKey};
use tideover::reconcile::packs::NoPacks;
use tideover::sync::carrier::{NoAnswer, Request, Response, Source as _, Transport};
use tideover::sync::enroll::{NotEnrolled, enroll};
use tideover::sync::http::{HttpTransport, NotAnAddress};
use tideover::sync::push::{LinkState, PushReport, SyncLoop};
use tideover::sync::sealed::{Sealed, seal};
use tideover::sync::segment;
use tideover::sync::wire::{
    Announce, Answer, Header, JournalName, Outcome, PROTOCOL, RecordsAnswer,
};

use crate::journals::{TestRegister, clock, start};

const STORE: StoreNo = StoreNo(1042);

/// One person of IT, who is all there is, revokes a register's keys: what central holds counts.
pub fn revoked(folder: &Path, store: StoreNo, register: RegisterNo, clock: &dyn Clock) {
    let by = PersonId::parse("it.1").expect("a person");
    tideover::cli::central::revoke::alone(folder, store, register, &by, clock).expect("revoked");
}

pub fn central_at(folder: &Path) -> Central {
    central_with(folder, Encryption::None)
}

pub fn central_with(folder: &Path, encryption: Encryption) -> Central {
    central_on(folder, encryption, Arc::new(Evening { real: SystemClock::new(None) }))
}

/// The evening of the registers' own day, going on as time really does: turns are by central's
/// clock, and have to come.
struct Evening {
    real: SystemClock,
}

impl Clock for Evening {
    fn now(&self) -> Timestamp {
        let start = clock().now();
        let passed = i64::try_from(self.real.mono_ms()).expect("a test's time");
        Timestamp { utc_ms: start.utc_ms + passed, ..start }
    }

    fn mono_ms(&self) -> u64 {
        self.real.mono_ms()
    }
}

pub fn central_on(folder: &Path, encryption: Encryption, clock: Arc<dyn Clock>) -> Central {
    central_listening(folder, encryption, clock, "127.0.0.1:0".parse().expect("an address"))
}

fn central_listening(
    folder: &Path,
    encryption: Encryption,
    clock: Arc<dyn Clock>,
    listen: SocketAddr,
) -> Central {
    Central::start(settings(folder, encryption, clock, listen)).expect("central starts")
}

pub fn central_operated(
    folder: &Path,
    encryption: Encryption,
    clock: Arc<dyn Clock>,
    operations: Operations,
) -> Central {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let settings = Settings { operations, ..settings(folder, encryption, clock, listen) };
    Central::start(settings).expect("central starts")
}

fn settings(
    folder: &Path,
    encryption: Encryption,
    clock: Arc<dyn Clock>,
    listen: SocketAddr,
) -> Settings {
    Settings {
        folder: folder.to_owned(),
        listen,
        encryption,
        pack_key: None,
        packs: Arc::new(NoPacks),
        clock,
        entropy: Arc::new(SystemEntropy),
        restored: false,
        operations: Operations::of_tests(),
        also_certificates: Vec::new(),
    }
}

/// Drains on a simulated clock: waits cost nothing.
pub fn drain(register: &mut TestRegister, transport: &mut dyn Transport) -> PushReport {
    let time = clock();
    let mut sync = register.sync(&time);
    drain_with(&mut sync, &time, register, transport)
}

fn drain_with(
    sync: &mut SyncLoop,
    time: &SimulatedClock,
    register: &mut TestRegister,
    transport: &mut dyn Transport,
) -> PushReport {
    let mut wait = |ms: u64| time.advance_ms(u32::try_from(ms).expect("a wait"));
    sync.drain(transport, register, &mut wait, &mut |_| {}, &|| false)
}

fn post(path: &str, body: Vec<u8>) -> Request {
    Request::post(path, body)
}

fn answer(response: &Response) -> Answer {
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    Sealed::split(&response.body).expect("sealed").claim().expect("an answer")
}

/// Makes a register known, so that its records may come in any order.
pub fn enrolled(central: &Central, register: &TestRegister) {
    let number = register.chain.journal.register;
    let code = central.door().enroll_code(register.chain.journal.store, number).expect("a code");
    let mut transport = InProcess(central.door());
    enroll(&mut transport, &central.url(), None, &code, &register.key).expect("enrolled");
}

/// What a register says it has, and which program it runs.
fn announcement(register: &TestRegister, program: &str) -> Vec<u8> {
    let Chain { journal, next_seq, head, lifetime } = register.chain;
    let announce = Announce {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&journal),
        key: register.key.public().to_string(),
        next_seq: next_seq.0,
        head: head.to_string(),
        takings: lifetime.takings.minor(),
        payouts: lifetime.payouts.minor(),
        program: program.to_owned(),
        at: start().to_string(),
    };
    seal(&announce, Domain::Announce, &register.key).expect("sealed")
}

pub fn segments(register: &TestRegister, size: usize) -> Vec<Vec<u8>> {
    let build = |lines: &[_]| segment::build(lines, &register.key).expect("a segment");
    register.lines.chunks(size).map(build).collect()
}

fn assert_all_once(central: &Central, registers: &[&TestRegister]) {
    for register in registers {
        let journal = register.chain.journal;
        let totals = central.totals(STORE, Some(journal.register)).expect("totals");
        assert_eq!(totals, register.totals, "{journal}");
        assert!(totals.agree());
        let rows = central.journals().expect("journals");
        let row = rows.iter().find(|row| row.journal == journal).expect("a row");
        let end = (row.position.next_seq, row.position.head, row.received);
        let chain = register.chain;
        assert_eq!(end, (chain.next_seq, chain.head, chain.lifetime), "{journal}");
        assert_eq!(row.parked, 0);
    }
}

#[test]
fn a_register_hands_over_its_sales_once_and_has_a_signed_receipt() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(600, 3);
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    let report = drain(&mut register, &mut http);
    assert_eq!(report.link, LinkState::UpToDate);
    assert_eq!((report.created, report.existing, report.pending), (602, 0, 0));
    assert_all_once(&central, &[&register]);
    let receipt = register.receipt(&register.chain.journal).expect("read").expect("kept");
    let key = central.door().public_key();
    let sealed = Sealed::split(&receipt.bytes).expect("sealed");
    let said: Answer = sealed.open(Domain::Ack, &key).expect("signed by central");
    assert_eq!(said.cursor.next_seq, register.chain.next_seq.0);
    // Sold on, and drained again: only what is new travels.
    register.sell(5, 1);
    let again = drain(&mut register, &mut http);
    assert_eq!((again.created, again.existing), (5, 0));
    assert_all_once(&central, &[&register]);
    central.stop();
}

#[test]
fn the_same_records_three_times_out_of_order_by_http_and_as_files_at_once_are_created_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(400, 2);
    enrolled(&central, &register);
    let pieces = segments(&register, 37);
    let url = central.url();
    std::thread::scope(|scope| {
        for courier in 0..3_u64 {
            let (pieces, url) = (&pieces, &url);
            scope.spawn(move || {
                let chance = SeededEntropy::new(courier);
                let mut order: Vec<usize> = (0..pieces.len()).collect();
                for place in (1..order.len()).rev() {
                    let other = chance.below(place as u64 + 1) as usize;
                    order.swap(place, other);
                }
                let mut http = HttpTransport::new(url, None, false).expect("a line");
                for place in order {
                    let request = post("/v1/segments", pieces[place].clone());
                    answer(&http.send(&request).expect("an answer"));
                }
            });
        }
        for _ in 0..2 {
            let file = register.file();
            let url = &url;
            scope.spawn(move || {
                let mut http = HttpTransport::new(url, None, false).expect("a line");
                let done = http.send(&post("/v1/records", file)).expect("an answer");
                assert_eq!(done.status, 200);
            });
        }
    });
    assert_all_once(&central, &[&register]);
    assert_eq!(central.door().exceptions(None).expect("read"), []);
}

#[test]
fn a_forked_journal_is_kept_on_both_branches_and_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut transport = InProcess(central.door());
    let mut register = TestRegister::new(7);
    register.sell(50, 1);
    assert_eq!(drain(&mut register, &mut transport).link, LinkState::UpToDate);
    // Its disk is copied here; both go on selling.
    let mut copy = register.clone();
    register.sell(30, 1);
    copy.sell(20, 2);
    assert_eq!(drain(&mut register, &mut transport).link, LinkState::UpToDate);
    let report = drain(&mut copy, &mut transport);
    assert!(matches!(report.link, LinkState::Forked { .. }), "{report:?}");
    assert_eq!((report.created, report.pending), (20, 0), "the copy's sales are not lost");
    assert_all_once(&central, &[&register]);
    let forked = central.door().totals(STORE, None, true).expect("totals");
    assert_eq!(forked.sales, 20);
    let row = central.journals().expect("journals").remove(0);
    assert_eq!(row.forked, 20);
    let found = central.door().exceptions(Some(STORE)).expect("exceptions");
    let fork = found.iter().find(|group| group.code == "fork").expect("reported");
    assert_eq!((fork.seq, fork.level.as_str()), (Seq(52), "critical"));
    // The copy comes again, as a file: nothing is doubled.
    let done = transport.send(&post("/v1/records", copy.file())).expect("an answer");
    let said: RecordsAnswer = Sealed::split(&done.body).expect("sealed").claim().expect("read");
    assert_eq!(said.runs.iter().map(|run| run.created).sum::<u64>(), 0);
    central.settle();
    assert_eq!(central.door().totals(STORE, None, true).expect("totals").sales, 20);
}

#[test]
fn a_register_restored_from_an_older_copy_learns_that_central_is_ahead() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut transport = InProcess(central.door());
    let mut register = TestRegister::new(7);
    register.sell(10, 1);
    let mut yesterday = register.clone();
    register.sell(10, 1);
    drain(&mut register, &mut transport);
    let report = drain(&mut yesterday, &mut transport);
    assert!(matches!(report.link, LinkState::Forked { .. }), "{report:?}");
    assert_eq!(report.created, 0);
    assert_all_once(&central, &[&register]);
}

/// Passes requests on until it is told to cut the line, before or after central did its work.
struct Cut<'a> {
    inner: &'a mut dyn Transport,
    chance: SeededEntropy,
    percent: u64,
}

impl Transport for Cut<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if self.chance.below(100) < self.percent {
            if self.chance.below(2) == 0 {
                self.inner.send(request).ok();
            }
            return Err(NoAnswer { text: "the line was cut".to_owned() });
        }
        self.inner.send(request)
    }
}

#[test]
fn on_a_line_that_cuts_every_third_request_everything_arrives_once() {
    for seed in 0..8 {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let mut inner = InProcess(central.door());
        let mut cut = Cut { inner: &mut inner, chance: SeededEntropy::new(seed), percent: 33 };
        let mut register = TestRegister::new(7);
        for _ in 0..4 {
            register.sell(60, 1);
            let report = drain(&mut register, &mut cut);
            assert_eq!(report.link, LinkState::UpToDate, "seed {seed}");
        }
        assert_all_once(&central, &[&register]);
    }
}

#[test]
fn nothing_that_is_broken_is_stored_or_takes_central_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    let mut register = TestRegister::new(7);
    register.sell(20, 3);
    let good = segments(&register, 100).remove(0);
    let mut refused = |body: Vec<u8>| {
        let status = http.send(&post("/v1/segments", body)).expect("an answer").status;
        assert!((400..500).contains(&status), "{status}");
    };
    for len in (0..good.len()).step_by(97) {
        refused(good[..len].to_vec());
    }
    for place in (0..good.len()).step_by(61) {
        let mut garbled = good.clone();
        garbled[place] ^= 0x10;
        refused(garbled);
    }
    refused(vec![b'x'; 600 * 1024]);
    // A bomb: 4 GiB of nothing, well signed. It is told by its length before it is unpacked.
    let newline = good.iter().position(|byte| *byte == b'\n').expect("a header");
    let header: Header = Sealed::split(&good[..newline]).expect("s").claim().expect("h");
    let with = |raw_len: u64, blob: &[u8]| {
        let blob_sha256 = tideover::journal::hash::Hash::of_bytes(blob).to_string();
        let header = Header { raw_len, blob_sha256, ..header.clone() };
        let sealed = seal(&header, Domain::Segment, &register.key).expect("sealed");
        [sealed.as_slice(), b"\n", blob].concat()
    };
    let bomb = zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], 3).expect("packed");
    refused(with(4 << 30, &bomb));
    refused(with(64 * 1024 * 1024, &bomb));
    refused(with(1024, &bomb));
    refused(with(header.raw_len, b"no zstd at all"));
    // Another key's signature under this register's name.
    let thief = SigningKey::from_seed(&[99; 32]).expect("a key");
    let stolen = Header { key: thief.public().to_string(), ..header.clone() };
    let sealed = seal(&stolen, Domain::Segment, &thief).expect("sealed");
    let blob = &good[newline..];
    refused([sealed.as_slice(), blob].concat());
    // A weak key, under which anybody could sign.
    let weak = Header { key: format!("01{}", "00".repeat(31)), ..header.clone() };
    let sealed = seal(&weak, Domain::Segment, &thief).expect("sealed");
    refused([sealed.as_slice(), blob].concat());
    assert!(central.journals().expect("journals").is_empty());
    assert_eq!(answer(&http.send(&post("/v1/segments", good)).expect("sent")).created, 22);
    assert_all_once(&central, &[&register]);
}

#[test]
fn a_journal_of_an_earlier_key_is_verified_by_the_key_it_began_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    enrolled(&central, &register);
    // Before any of it was sent the register got another key, and brings its old journal with it.
    let renewed = TestRegister::of(7, 88);
    register.key = std::sync::Arc::clone(&renewed.key);
    enrolled(&central, &register);
    let report = drain(&mut register, &mut InProcess(central.door()));
    assert_eq!((report.link, report.created), (LinkState::UpToDate, 5));
    assert_eq!(central.door().exceptions(None).expect("read"), []);
    assert_all_once(&central, &[&register]);
}

#[test]
fn what_a_record_says_is_never_a_reason_to_refuse_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(2, 1);
    // A kind of a later version, a body that lies, an unsigned record: all rightly chained.
    for body in ["\"k\":\"loyalty\",\"v\":9", "\"k\":\"note\",\"v\":1"] {
        register.record(Event::Note { text: "x".to_owned() });
        let line = register.lines.pop().expect("a line");
        let text = String::from_utf8(line.into_bytes()).expect("text");
        let json = text[89..].replace("\"k\":\"note\",\"v\":1", body);
        let json = json.replace("\"text\":", "\"other\":");
        let signature = register.key.sign(Domain::Record, json.as_bytes()).to_text();
        let line = format!("{signature} {json}").into_bytes();
        let line = tideover::journal::record::Line::from_bytes(line);
        register.chain.head = line.hash();
        register.lines.push(line);
    }
    register.record_with(Event::Note { text: "no key".to_owned() }, None);
    // Bytes that are no record at all, in a record's place.
    let garbage = tideover::journal::record::Line::from_bytes(b"{]".to_vec());
    register.chain.head = garbage.hash();
    register.chain.next_seq = register.chain.next_seq.next();
    register.lines.push(garbage);
    register.sell(1, 1);
    let report = drain(&mut register, &mut InProcess(central.door()));
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    assert_all_once(&central, &[&register]);
    let found = central.door().exceptions(None).expect("exceptions");
    let count = |code: &str| {
        found.iter().filter(|group| group.code == code).map(|group| group.count).sum::<u64>()
    };
    assert_eq!((count("schema_ahead"), count("malformed"), count("unsigned")), (1, 2, 1));
}

#[test]
fn two_clients_of_one_register_at_once_create_everything_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(500, 1);
    let together = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let mut register = register.clone();
            let (url, together) = (central.url(), &together);
            scope.spawn(move || {
                let mut http = HttpTransport::new(&url, None, false).expect("a line");
                together.wait();
                assert_eq!(drain(&mut register, &mut http).link, LinkState::UpToDate);
            });
        }
    });
    assert_all_once(&central, &[&register]);
}

pub fn fetch(central: &Central, path: &str) -> String {
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    let request = Request::get(path);
    let answer = http.send(&request).expect("an answer");
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).expect("text")
}

#[test]
fn money_that_is_not_what_was_announced_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    enrolled(&central, &register);
    register.sell(5, 1);
    let announce = tideover::sync::wire::Announce {
        protocol: tideover::sync::wire::PROTOCOL.to_owned(),
        journal: tideover::sync::wire::JournalName::of(&register.chain.journal),
        key: register.key.public().to_string(),
        next_seq: register.chain.next_seq.0,
        head: register.chain.head.to_string(),
        takings: register.chain.lifetime.takings.minor() + 100,
        payouts: 0,
        program: "0.1.0".to_owned(),
        at: crate::journals::start().to_string(),
    };
    let body = seal(&announce, Domain::Announce, &register.key).expect("sealed");
    assert_eq!(answer(&central.door().answer(&post("/v1/announce", body))).cursor.next_seq, 0);
    for body in segments(&register, 250) {
        answer(&central.door().answer(&post("/v1/segments", body)));
    }
    central.settle();
    let found = central.door().exceptions(None).expect("read");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].code.as_str(), found[0].amount), ("control_totals", 100));
}

/// Sells, sends on a bad line, restarts, restores and imports as a seed says, then lets all drain.
#[test]
fn whatever_happens_in_whatever_order_every_sale_is_at_central_once_in_the_end() {
    use tideover::device::clock::Clock as _;
    let file = tideover::central::sqlite::FILE_NAME;
    for seed in 0..12 {
        let chance = SeededEntropy::new(seed);
        let folder = tempfile::tempdir().expect("a folder");
        let time = clock();
        let mut registers: Vec<_> = (7..10).map(TestRegister::new).collect();
        let mut loops: Vec<_> = registers.iter().map(|register| register.sync(&time)).collect();
        let mut central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
        for register in &registers {
            enrolled(&central, register);
        }
        central.stop();
        let mut copy = std::fs::read(folder.path().join(file)).expect("read");
        central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
        let mut story = Vec::new();
        for _ in 0..60 {
            let chosen = chance.below(3) as usize;
            let deed = chance.below(12);
            story.push((deed, chosen));
            let register = &mut registers[chosen];
            match deed {
                0..=3 => register.sell(chance.below(80), 1),
                4..=8 => {
                    let cut_seed = chance.below(u64::MAX);
                    let mut inner = InProcess(central.door());
                    let chance = SeededEntropy::new(cut_seed);
                    let mut cut = Cut { inner: &mut inner, chance, percent: 20 };
                    for _ in 0..3 {
                        let next = loops[chosen].step(time.mono_ms(), &mut cut, register);
                        time.advance_ms(u32::try_from(next.wait_ms).expect("a wait"));
                    }
                }
                9 => {
                    let from = chance.below(register.lines.len() as u64) as usize;
                    let lines = register.lines[from..].iter().map(|line| line.bytes());
                    let body = lines.collect::<Vec<_>>().join(&b'\n');
                    assert_eq!(central.door().answer(&post("/v1/records", body)).status, 200);
                }
                10 => {
                    central.stop();
                    copy = std::fs::read(folder.path().join(file)).expect("read");
                    central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
                }
                _ => {
                    central.stop();
                    std::fs::write(folder.path().join(file), &copy).expect("restored");
                    central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
                }
            }
        }
        for (sync, register) in loops.iter_mut().zip(&mut registers) {
            // Restored behind a register's back: the next probe tells, within half a minute.
            time.advance_ms(60_000);
            let mut transport = InProcess(central.door());
            let report = drain_with(sync, &time, register, &mut transport);
            assert_eq!(report.link, LinkState::UpToDate, "seed {seed}: {story:?}");
        }
        let all: Vec<&TestRegister> = registers.iter().collect();
        assert_all_once(&central, &all);
        let found = central.door().exceptions(None).expect("read");
        assert_eq!(found, [], "seed {seed}: {story:?}");
    }
}
