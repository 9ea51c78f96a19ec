//! What comes over lines: at central's door, at a register's sending, between registers.

use std::cell::RefCell;

use tideover::central::door::InProcess;
use tideover::domain::ids::RegisterNo;
use tideover::journal::key::{Domain, SigningKey};
use tideover::peer::wire::{Ask, Say, receive, send};
use tideover::sync::carrier::{Address, Method, NoAnswer, Request, Response, Transport};
use tideover::sync::enroll::enroll;
use tideover::sync::sealed::Sealed;
use tideover::sync::segment;
use tideover::sync::wire::{RecordsAnswer, Refusal};

use super::{Seen, feed, readers};
use crate::central::central_at;
use crate::journals::{TestRegister, clock};

/// A message with any bytes for its JSON, rightly signed.
fn sealed(key: &SigningKey, domain: Domain, json: &[u8]) -> Vec<u8> {
    let signature = key.sign(domain, json).to_text();
    [signature.as_bytes(), b" ", json].concat()
}

#[test]
fn segments() {
    let mut register = TestRegister::new(7);
    register.sell(12, 2);
    let right = segment::build(&register.lines, &register.key).expect("built");
    let newline = right.iter().position(|byte| *byte == b'\n').expect("a header");
    let (header, blob) = (right[89..newline].to_vec(), right[newline..].to_vec());
    feed("segment", 3_000, std::slice::from_ref(&right), &mut |input| {
        readers::segment_body(input);
        let read = segment::open(input);
        assert!(read.is_err() || input == right, "a changed segment was taken");
        read.into()
    });
    feed("segment's header, signed", 3_000, std::slice::from_ref(&header), &mut |json| {
        let body = [sealed(&register.key, Domain::Segment, json), blob.clone()].concat();
        segment::open(&body).into()
    });
    // A blob that its header vouches for, whatever is in it.
    let claimed: tideover::sync::wire::Header =
        Sealed::split(&right[..newline]).expect("sealed").claim().expect("a header");
    let raw = segment::join(register.lines.iter().map(|line| line.bytes()));
    let blobs = [blob[1..].to_vec(), raw.clone()];
    feed("segment's records, signed", 2_000, &blobs, &mut |input| {
        readers::segment_records(input);
        let packed = match segment::unpack(input, raw.len()) {
            Ok(_) => input.to_vec(),
            Err(_) => segment::pack(input).expect("packed"),
        };
        for blob in [input, &packed] {
            let header = tideover::sync::wire::Header {
                blob_sha256: tideover::journal::hash::Hash::of_bytes(blob).to_string(),
                raw_len: u64::try_from(input.len()).expect("fits"),
                ..claimed.clone()
            };
            let header = serde_json::to_vec(&header).expect("json");
            let body =
                [&sealed(&register.key, Domain::Segment, &header), b"\n".as_slice(), blob].concat();
            let read = segment::open(&body);
            if let Ok(run) = &read {
                assert_eq!(run.records.len(), register.lines.len());
            }
        }
        segment::open(&[right[..=newline].to_vec(), input.to_vec()].concat()).into()
    });
}

#[test]
fn requests_at_centrals_door() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    let door = central.door();
    let code = door.enroll_code(tideover::domain::ids::StoreNo(1042), RegisterNo(7)).expect("one");
    enroll(&mut InProcess(central.door()), "here", None, &code, &register.key).expect("enrolled");
    // What the program itself sends, recorded on its way.
    let sent = RefCell::new(Vec::new());
    struct Recorder<'a>(InProcess, &'a RefCell<Vec<Request>>);
    impl Transport for Recorder<'_> {
        fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
            self.1.borrow_mut().push(request.clone());
            self.0.send(request)
        }
    }
    crate::central::drain(&mut register, &mut Recorder(InProcess(central.door()), &sent));
    let mut requests = sent.into_inner();
    for path in ["/v1/records", "/v1/sealed", "/v1/enroll"] {
        let body = register.file();
        requests.push(Request::post(path, body));
    }
    let sales = central.totals(tideover::domain::ids::StoreNo(1042), None).expect("t").sales;
    for request in requests {
        let name = request.path();
        let (asks, seeds) = match request.method {
            Method::Get => (true, vec![request.address.to_string().into_bytes()]),
            Method::Post => (false, vec![request.body.clone()]),
        };
        let domain = match name {
            "/v1/announce" => Domain::Announce,
            "/v1/enroll" => Domain::Certificate,
            "/v1/sealed" => Domain::SealedData,
            _ => Domain::Segment,
        };
        feed(&format!("request {name}"), 150, &seeds, &mut |input| {
            let send = |address: Address, body: Vec<u8>| {
                door.answer(&Request { method: request.method, address, body })
            };
            let said = |answer: Response| match answer.status {
                200 => {
                    let said = Sealed::split(&answer.body).expect("sealed");
                    match said.claim::<RecordsAnswer>() {
                        Ok(said) if said.refused_count > 0 => {
                            Seen::Refused(said.refused.first().expect("named").clone())
                        }
                        _ => Seen::Taken,
                    }
                }
                status => {
                    assert!((400..=503).contains(&status), "{status}");
                    let said: Refusal = serde_json::from_slice(&answer.body).expect("in words");
                    Seen::Refused(said.text)
                }
            };
            if asks {
                return said(send(String::from_utf8_lossy(input).as_ref().into(), Vec::new()));
            }
            // As it is, and rightly signed.
            let json: Vec<u8> = input.iter().copied().skip(89).collect();
            said(send(request.address.clone(), sealed(&register.key, domain, &json)));
            said(send(request.address.clone(), input.to_vec()))
        });
    }
    central.settle();
    let now = central.totals(tideover::domain::ids::StoreNo(1042), None).expect("t").sales;
    assert_eq!(now, sales, "nothing that was changed became a sale");
}

#[test]
fn answers_of_whoever_stands_in_centrals_place() {
    struct Says<'a>(&'a [u8], &'a SigningKey);
    impl Transport for Says<'_> {
        fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
            // The nonce of the question is put in, and the whole signed: nothing stops it.
            let nonce = request.address.query().strip_prefix("nonce=").unwrap_or("00");
            let json = String::from_utf8_lossy(self.0).replace("NONCE", nonce);
            let status = if self.0.len().is_multiple_of(7) { 503 } else { 200 };
            let body = if self.0.len().is_multiple_of(5) {
                self.0.to_vec()
            } else {
                sealed(self.1, Domain::Ack, json.as_bytes())
            };
            Ok(Response { status, body })
        }
    }
    let key = SigningKey::from_seed(&[77; 32]).expect("a key");
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    let journal = register.chain.journal;
    let hello = format!(
        "{{\"protocol\":\"tideover/1\",\"answer\":\"hello\",\"nonce\":\"NONCE\",\"server_epoch\":\
         \"0011223344556677\",\"key\":\"{}\",\"time\":\"2026-11-22T13:05:09.120-06:00\",\"hold\":\
         null}}",
        key.public()
    );
    let position = format!(
        "{{\"protocol\":\"tideover/1\",\"answer\":\"position\",\"server_epoch\":\
         \"0011223344556677\",\"store\":1042,\"reg\":7,\"epoch\":\"{}\",\"outcome\":\"accepted\",\
         \"created\":5,\"existing\":0,\"parked\":0,\"next_seq\":5,\"head\":\"{}\",\"prune_seq\":0,\
         \"wait_ms\":0,\"hold\":null,\"time\":\"2026-11-22T13:05:09.120-06:00\"}}",
        journal.epoch, register.chain.head
    );
    let refusal = "{\"protocol\":\"tideover/1\",\"answer\":\"refusal\",\"text\":\"not now\",\
                   \"retry_after_ms\":5000}";
    let seeds = [hello.into_bytes(), position.into_bytes(), refusal.as_bytes().to_vec()];
    let time = clock();
    feed("central's answer", 600, &seeds, &mut |input| {
        let mut sync = register.sync(&time);
        let mut copy = register.clone();
        for round in 0..4 {
            let next = sync.step(round * 1_000_000_000, &mut Says(input, &key), &mut copy);
            assert!(next.wait_ms <= 1_000_000, "{} ms", next.wait_ms);
        }
        assert_eq!(copy.lines, register.lines, "an answer changed the journal");
        match copy.receipts.get(&journal) {
            // Believed only where it fits the journal's own records.
            Some(receipt) => {
                let place = usize::try_from(receipt.next_seq.0).expect("small");
                let head = place.checked_sub(1).map(|last| copy.lines[last].hash());
                assert_eq!(head.unwrap_or(tideover::journal::hash::Hash::ZERO), receipt.head);
                Seen::Taken
            }
            None => Seen::Refused("nothing was acknowledged".to_owned()),
        }
    });
}

#[test]
fn peers_messages() {
    let mut register = TestRegister::new(7);
    register.sell(2, 1);
    let name = tideover::sync::wire::JournalName::of(&register.chain.journal);
    let lines: Vec<Vec<u8>> = register.lines.iter().map(|line| line.bytes().to_vec()).collect();
    let mut seeds = Vec::new();
    for ask in [
        Ask::Have { journals: vec![name.clone()] },
        Ask::HashAt { journal: name.clone(), seq: 3 },
        Ask::Show { journal: name, seq: 3, nonce: "0f".repeat(16) },
        Ask::Records { certificate: Some("word".to_owned()) },
    ] {
        let mut bytes = Vec::new();
        send(&mut bytes, &ask, &lines).expect("written");
        seeds.push(bytes);
    }
    for say in [
        Say::Hash { hash: Some("ab".repeat(32)) },
        Say::Held { gap: true },
        Say::Shown { proofs: vec!["ab".repeat(32)] },
        Say::No { text: "not now".to_owned() },
    ] {
        let mut bytes = Vec::new();
        send(&mut bytes, &say, &[]).expect("written");
        seeds.push(bytes);
    }
    feed("peer's message", 6_000, &seeds, &mut |input| {
        // What is never sent is refused for its length, before room is made for it.
        assert!(receive::<Ask>(&mut &[0xff, 0xff, 0xff, 0xff][..], 1024 * 1024).is_err());
        readers::peer_message(input)
    });
}
