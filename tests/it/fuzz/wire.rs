//! What comes over lines: at central's door, at a register's sending, between registers.

use std::collections::BTreeSet;

use tideover::journal::key::{Domain, SigningKey};
use tideover::peer::wire::{Ask, Say, receive, send};
use tideover::sync::sealed::Sealed;
use tideover::sync::segment;

use super::readers::SIGNATURE;
use super::{Seen, feed, readers};
use crate::journals::TestRegister;

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

/// Else nothing behind the signature would ever be reached.
#[test]
fn what_a_register_asks_with_broken_signatures_is_signed_anew_for_its_purpose() {
    let broken = "A".repeat(SIGNATURE - 3);
    let mut reached = BTreeSet::new();
    for request in readers::requests() {
        let line = request.iter().position(|byte| *byte == b'\n').expect("a first line");
        let (path, body) = (String::from_utf8_lossy(&request[..line]), &request[line + 1..]);
        let taken = matches!(readers::request_both(&request), (Some(Seen::Taken), Seen::Taken));
        if !taken || body.len() <= SIGNATURE || body.get(SIGNATURE - 1) != Some(&b' ') {
            continue;
        }
        let mut rest = body[SIGNATURE..].to_vec();
        let within = b"\"request\":\"";
        if let Some(place) = rest.windows(within.len()).position(|here| here == within) {
            let place = place + within.len();
            rest[place..place + broken.len()].copy_from_slice(broken.as_bytes());
        }
        let spoiled = [format!("{path}\n{broken}== ").as_bytes(), &rest].concat();
        let (signed, as_it_is) = readers::request_both(&spoiled);
        assert!(matches!(as_it_is, Seen::Refused(_)), "{path}: a broken signature is taken");
        assert!(matches!(signed, Some(Seen::Taken)), "{path}: signed for another purpose");
        reached.insert(path.split(['?', ' ']).nth(1).expect("a path").to_owned());
    }
    let asked = ["/v1/announce", "/v1/rotation", "/v1/regain", "/v1/asides"];
    assert!(asked.iter().all(|path| reached.contains(*path)), "{reached:?}");
}

#[test]
fn requests_at_centrals_door() {
    let all = readers::requests();
    let path_of = |request: &Vec<u8>| {
        let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
        line.split(['?', ' ']).nth(1).expect("a path").to_owned()
    };
    let paths: BTreeSet<String> = all.iter().map(path_of).collect();
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        let seeds: Vec<Vec<u8>> = all.iter().filter(|one| path_of(one) == path).cloned().collect();
        feed(&format!("request {path}"), 150, &seeds, &mut |input| readers::request(input));
    }
}

#[test]
fn answers_of_whoever_stands_in_centrals_place() {
    let seeds = readers::answers();
    for right in &seeds {
        let text = String::from_utf8_lossy(right);
        let ends = text.lines().last().expect("a line");
        let acknowledges = !ends.contains("refusal") && !ends.contains("hello");
        let said = readers::answer(right);
        assert_eq!(matches!(said, Seen::Taken), acknowledges, "{text}");
    }
    feed("central's answer", 800, &seeds, &mut |input| readers::answer(input));
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
