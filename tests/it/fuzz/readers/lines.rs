//! Both ends of the line: what comes to central's door, and what somebody in central's place says
//! to a register.

use std::cell::RefCell;
use std::sync::Arc;

use tideover::central::door::{Door, DoorParts, InProcess, new_server_epoch};
use tideover::central::sqlite::SqliteStore;
use tideover::central::store::{Held, Store as _};
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SeededEntropy;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::journal::hash::Hash;
use tideover::journal::key::{Domain, SigningKey};
use tideover::sync::carrier::{Method, NoAnswer, Request, Response, Source as _, Transport};
use tideover::sync::enroll::{Enrollment, enroll, phone_key};
use tideover::sync::regain::{Asker, regain};
use tideover::sync::sealed::Sealed;
use tideover::sync::wire::regain::REGAIN_PATH;
use tideover::sync::wire::rotation::{ROTATION_PATH, RotationProof};
use tideover::sync::wire::{PHONE_KEY_PATH, RecordsAnswer, Refusal};
use tideover::sync::{asides, revoked, rotation};

use super::{Seen, first_line, signed, text};
use crate::journals::{TestRegister, clock};

/// A central in memory that knows one register and holds its records.
struct Counter {
    door: Arc<Door>,
    clock: SimulatedClock,
    register: TestRegister,
    /// What the register sent.
    sent: Vec<Request>,
    _folder: tempfile::TempDir,
}

struct Recorder<'a>(InProcess, &'a RefCell<Vec<Request>>);

impl Transport for Recorder<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.1.borrow_mut().push(request.clone());
        self.0.send(request)
    }
}

impl Counter {
    fn open() -> Self {
        let memory = std::path::Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = clock();
        let mut store = SqliteStore::open(folder.path()).expect("a store");
        store
            .set_server_epoch(&new_server_epoch(entropy.as_ref()).expect("a word"))
            .expect("named");
        let reader = SqliteStore::open(folder.path()).expect("a store");
        let held = |name, store| Arc::new(Held::new(name, Box::new(store)).expect("a thread"));
        let door = Arc::new(Door::new(DoorParts {
            writer: held("fed-writer", store),
            reader: held("fed-reader", reader),
            pack_key: SigningKey::from_seed(&[3; 32]).expect("a key").public(),
            seal_key: None,
            key: SigningKey::from_seed(&[9; 32]).expect("a key"),
            clock: Arc::new(clock.clone()),
            entropy,
            published: None,
            on_commit: Box::new(|| ()),
        }));
        let mut register = TestRegister::new(7);
        register.sell(3, 1);
        let sent = RefCell::new(Vec::new());
        let mut recorder = Recorder(InProcess(Arc::clone(&door)), &sent);
        let code = door.enroll_code(StoreNo(1042), RegisterNo(7)).expect("a code");
        let enrolled = enroll(&mut recorder, "here", None, &code, &register.key).expect("enrolled");
        phone_key(&mut recorder, &enrolled, &register.key).expect("a key");
        let (central, journal) = (door.public_key(), register.chain.journal);
        asides::ask(&mut recorder, &journal, &register.key, &central, [1; 16]).expect("told");
        revoked::ask(&mut recorder, &central, [2; 16]).expect("told");
        let (mut sync, key) = (register.sync(&clock), Arc::clone(&register.key));
        let mut wait = |ms: u64| clock.advance_ms(u32::try_from(ms).expect("a wait"));
        sync.drain(&mut recorder, &mut register, &mut wait, &mut |_| {}, &|| false);
        let ends = register.journals().expect("in memory").remove(0);
        rotation::certify(&mut recorder, &central, &ends, &key, &next_key()).expect("certified");
        let entropy = SeededEntropy::new(2);
        let mut asker = Asker {
            store: StoreNo(1042),
            register: RegisterNo(7),
            key: &key,
            central,
            entropy: &entropy,
            transport: &mut recorder,
            wait: &mut |_| {},
            waits: 0,
        };
        regain(&mut asker, &mut |_| true).expect("told");
        let plain = register.file();
        recorder.send(&Request::post("/v1/records", plain)).expect("an answer");
        assert_eq!(key.public(), register.key.public());
        let mut counter = Self { door, clock, register, sent: sent.into_inner(), _folder: folder };
        counter.sent.push(Request::post("/v1/packs", Vec::new()));
        assert_eq!(counter.held(), counter.register.chain.next_seq.0, "all of it is there");
        counter
    }

    /// How many records of the register central holds.
    fn held(&self) -> u64 {
        let rows = self.door.journals().expect("read");
        let own = rows.iter().filter(|row| row.journal == self.register.chain.journal);
        own.map(|row| row.position.next_seq.0).sum()
    }
}

thread_local! {
    static COUNTER: Counter = Counter::open();
}

/// What a register sends, as [`request`] reads it.
pub fn requests() -> Vec<Vec<u8>> {
    let line = |request: &Request| {
        let method = if request.method == Method::Get { "GET" } else { "POST" };
        [format!("{method} {}\n", request.address).as_bytes(), &request.body].concat()
    };
    COUNTER.with(|counter| counter.sent.iter().map(line).collect())
}

/// The key that is to follow the register's.
fn next_key() -> SigningKey {
    SigningKey::from_seed(&[45; 32]).expect("a key")
}

/// What the register signs for each path; a path that is added has its line here.
fn domain(path: &str) -> Domain {
    match path {
        ROTATION_PATH => Domain::Rotation,
        REGAIN_PATH => Domain::Regain,
        "/v1/announce" => Domain::Announce,
        "/v1/enroll" | PHONE_KEY_PATH => Domain::Certificate,
        "/v1/sealed" => Domain::SealedData,
        "/v1/asides" => Domain::Asides,
        "/v1/packs" => Domain::PackQuestion,
        _ => Domain::Segment,
    }
}

/// What was to be signed, rightly signed. What asks for another key is signed by that one, and what
/// stands within it by the register.
fn rightly_signed(key: &SigningKey, path: &str, json: &[u8]) -> Vec<u8> {
    let domain = domain(path);
    if domain != Domain::Rotation {
        return signed(key, domain, json);
    }
    let within = match serde_json::from_slice::<RotationProof>(json) {
        Ok(mut proof) => {
            let request: Vec<u8> = proof.request.bytes().skip(SIGNATURE).collect();
            proof.request = String::from_utf8_lossy(&signed(key, domain, &request)).into_owned();
            serde_json::to_vec(&proof).expect("json")
        }
        Err(_) => json.to_vec(),
    };
    signed(&next_key(), domain, &within)
}

/// A signature's text and the blank behind it.
pub const SIGNATURE: usize = 89;

/// A request at central's door: method and address in the first line, then the body. As it is, and
/// with what stands in the body's signed place signed by the register.
pub fn request(input: &[u8]) -> Seen {
    let (own, as_it_is) = request_both(input);
    match (own, as_it_is) {
        (Some(own), Seen::Taken) => own,
        (_, as_it_is) => as_it_is,
    }
}

/// The former's two answers; the first one where it has a body.
pub fn request_both(input: &[u8]) -> (Option<Seen>, Seen) {
    let (head, body) = first_line(input);
    let head = text(head);
    let (method, address) = match head.split_once(' ') {
        Some(("GET", address)) => (Method::Get, address),
        Some((_, address)) => (Method::Post, address),
        None => (Method::Post, head.as_str()),
    };
    COUNTER.with(|counter| {
        counter.clock.advance_ms(1_000);
        let send = |body: Vec<u8>| {
            let request = Request { method, address: address.into(), body };
            let answer = counter.door.answer(&request);
            if method == Method::Post && answer.status == 200 {
                let own = counter.register.chain.next_seq.0;
                assert_eq!(counter.held(), own, "nothing that was changed became a record");
            }
            said(&answer)
        };
        if method == Method::Get {
            return (None, send(Vec::new()));
        }
        let json: Vec<u8> = body.iter().copied().skip(SIGNATURE).collect();
        let path = address.split('?').next().unwrap_or_default();
        let (signed_part, rest) = match json.iter().position(|byte| *byte == b'\n') {
            Some(end) if path == "/v1/segments" => json.split_at(end),
            _ => (json.as_slice(), &[][..]),
        };
        let own = [&rightly_signed(&counter.register.key, path, signed_part), rest].concat();
        let own = send(own);
        (Some(own), send(body.to_vec()))
    })
}

fn said(answer: &Response) -> Seen {
    if answer.status == 200 {
        let said = Sealed::split(&answer.body).map(|said| said.claim::<RecordsAnswer>());
        return match said {
            Ok(Ok(said)) if said.refused_count > 0 => {
                Seen::Refused(said.refused.first().expect("named").clone())
            }
            _ => Seen::Taken,
        };
    }
    assert!((400..=503).contains(&answer.status), "{}", answer.status);
    let said: Refusal = serde_json::from_slice(&answer.body).expect("in words");
    Seen::Refused(said.text)
}

/// The key of whoever stands in central's place.
fn impostor() -> SigningKey {
    SigningKey::from_seed(&[77; 32]).expect("a key")
}

/// Says a line to each question, the last one to all that follow, the question's nonce put in.
struct Says<'a> {
    status: u16,
    lines: Vec<&'a str>,
    asked: usize,
    /// Signed for this purpose; as it is where none.
    domain: Option<Domain>,
}

impl Transport for Says<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        let asked = request.address.query().strip_prefix("nonce=").map(str::to_owned);
        let nonce = asked.unwrap_or_else(|| "01".repeat(16));
        let line = self.lines.get(self.asked).or(self.lines.last()).copied().unwrap_or_default();
        self.asked += 1;
        let json = line.replace("NONCE", &nonce);
        let body = match self.domain {
            Some(domain) => signed(&impostor(), domain, json.as_bytes()),
            None => json.into_bytes(),
        };
        Ok(Response { status: self.status, body })
    }
}

/// What a right answer to each question looks like, as [`answer`] reads it.
pub fn answers() -> Vec<Vec<u8>> {
    let register = answered();
    let (key, journal) = (impostor().public(), register.chain.journal);
    let time = "2026-11-22T13:05:09.120-06:00";
    let (own, head) = (register.key.public(), register.chain.head);
    let epoch = "0011223344556677";
    let line = String::from_utf8(register.lines[1].bytes().to_vec()).expect("text");
    let line = serde_json::to_string(&line).expect("json");
    let hello = format!(
        "{{\"protocol\":\"tideover/1\",\"answer\":\"hello\",\"nonce\":\"NONCE\",\
         \"server_epoch\":\"{epoch}\",\"key\":\"{key}\",\"time\":\"{time}\",\"hold\":null}}"
    );
    [
        format!("sync 200\n{hello}"),
        format!(
            "sync 200\n{hello}\n{{\"protocol\":\"tideover/1\",\"answer\":\"position\",\
             \"server_epoch\":\"{epoch}\",\"store\":1042,\"reg\":7,\"epoch\":\"{}\",\"outcome\":\
             \"accepted\",\"created\":5,\"existing\":0,\"parked\":0,\"next_seq\":5,\"head\":\
             \"{head}\",\"prune_seq\":0,\"wait_ms\":0,\"hold\":null,\"time\":\"{time}\"}}",
            journal.epoch
        ),
        "sync 503\n{\"protocol\":\"tideover/1\",\"answer\":\"refusal\",\"text\":\"not now\",\
         \"retry_after_ms\":5000}"
            .to_owned(),
        format!(
            "enroll 200\n{{\"protocol\":\"tideover/1\",\"answer\":\"certificate\",\"store\":1042,\
             \"reg\":7,\"key\":\"{own}\",\"central_key\":\"{key}\",\"pack_key\":\"{key}\",\
             \"seal_key\":null,\"receipt_word\":null,\"server_epoch\":\"{epoch}\",\
             \"issued_at\":\"{time}\"}}"
        ),
        format!(
            "phone 200\n{{\"protocol\":\"tideover/1\",\"answer\":\"phone_key\",\"store\":1042,\
             \"reg\":7,\"recovery\":\"{}\"}}",
            "ab".repeat(32)
        ),
        format!(
            "revoked 200\n{{\"protocol\":\"tideover/1\",\"answer\":\"revoked\",\"nonce\":\"NONCE\",\
             \"decided\":1,\"keys\":[{{\"store\":1042,\"reg\":7,\"key\":\"{own}\",\"journals\":\
             [{{\"epoch\":\"{}\",\"length\":3}}]}}],\"left_out\":0,\"time\":\"{time}\"}}",
            journal.epoch
        ),
        format!(
            "asides 200\n{{\"protocol\":\"tideover/1\",\"answer\":\"asides\",\"nonce\":\"NONCE\",\
             \"store\":1042,\"lines\":[{line}],\"left_out\":0,\"time\":\"{time}\"}}"
        ),
        "enroll 403\n{\"protocol\":\"tideover/1\",\"answer\":\"refusal\",\"text\":\"no code\",\
         \"retry_after_ms\":0}"
            .to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}

fn answered() -> TestRegister {
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    register
}

thread_local! {
    static ANSWERED: TestRegister = answered();
}

/// Answers to a register: which question, the status and perhaps `plain` in the first line, then
/// what is said, a line an answer, signed by whoever stands in central's place unless it is plain.
pub fn answer(input: &[u8]) -> Seen {
    let (head, json) = first_line(input);
    let (head, json) = (text(head), text(json));
    let mut words = head.split(' ');
    let asked = words.next().unwrap_or_default();
    let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(200);
    let plain = words.next() == Some("plain") || status != 200;
    let as_signed = |domain| if plain { None } else { Some(domain) };
    let lines: Vec<&str> = json.lines().collect();
    let says = |domain| Says { status, lines: lines.clone(), asked: 0, domain: as_signed(domain) };
    ANSWERED.with(|register| match asked {
        "enroll" => {
            let mut central = says(Domain::Certificate);
            enroll(&mut central, "here", None, "7K2MAQ0X9D", &register.key).into()
        }
        "phone" => {
            let enrolled = Enrollment {
                central: "here".to_owned(),
                tls_fingerprint: None,
                store: 1042,
                register: 7,
                central_key: impostor().public().to_string(),
                pack_key: impostor().public().to_string(),
                seal_key: None,
                receipt_word: None,
                certificate: String::new(),
            };
            phone_key(&mut says(Domain::Certificate), &enrolled, &register.key).into()
        }
        "revoked" => {
            let told = revoked::ask(&mut says(Domain::Ack), &impostor().public(), [1; 16]);
            if let Ok((_, known, note)) = &told {
                assert!(known.len() <= note.keys.len(), "more is believed than was said");
            }
            told.into()
        }
        "asides" => {
            let (journal, central) = (register.chain.journal, impostor().public());
            let mut line = says(Domain::Ack);
            asides::ask(&mut line, &journal, &register.key, &central, [1; 16]).into()
        }
        _ => synced(register, &mut says(Domain::Ack)),
    })
}

/// Four steps of a register's sending, each answered alike.
fn synced(register: &TestRegister, central: &mut Says<'_>) -> Seen {
    let time = clock();
    let (mut sync, mut copy) = (register.sync(&time), register.clone());
    for round in 0..4 {
        let next = sync.step(round * 1_000_000_000, central, &mut copy);
        assert!(next.wait_ms <= 1_000_000, "{} ms", next.wait_ms);
    }
    assert_eq!(copy.lines, register.lines, "an answer changed the journal");
    match copy.receipts.get(&register.chain.journal) {
        // Believed only where it fits the journal's own records.
        Some(receipt) => {
            let place = usize::try_from(receipt.next_seq.0).expect("small");
            let head = place.checked_sub(1).map(|last| copy.lines[last].hash());
            assert_eq!(head.unwrap_or(Hash::ZERO), receipt.head);
            Seen::Taken
        }
        None => Seen::Refused("nothing was acknowledged".to_owned()),
    }
}
