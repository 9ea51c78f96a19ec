//! Attacks on a journal's bytes, its order, its keys and its numbers: against the real verifier.

use tideover::device::entropy::SeededEntropy;
use tideover::domain::event::{EpochOpen, Event, Follows};
use tideover::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use tideover::journal::checkpoint::{Checkpoint, NotACheckpoint};
use tideover::journal::epoch;
use tideover::journal::key::{Domain, NotAKey, PublicKey, Signature, SigningKey};
use tideover::journal::record::{Envelope, LINE_LEN_MAX, Line};
use tideover::journal::verify::{Class, Depth, Known, Report, verify, verify_succession};

use crate::journal::sample::{Till, forty};

pub(super) fn full(lines: &[Vec<u8>]) -> Report {
    verify(lines.iter().map(Vec::as_slice), Depth::Full, Known::default())
}

pub(super) fn first(report: &Report) -> (Class, u64) {
    let finding = report.findings.first().expect("something must be found");
    assert!(finding.text.len() > 10, "said in words: {finding:?}");
    (finding.class, finding.seq.0)
}

fn found(report: &Report) -> Vec<(Class, u64)> {
    report.findings.iter().map(|finding| (finding.class, finding.seq.0)).collect()
}

fn json_of(line: &[u8]) -> String {
    let text = std::str::from_utf8(line).expect("text");
    text.split_once(' ').expect("a signature").1.to_owned()
}

/// A line with this JSON, rightly signed: what a thief with the register's key can write.
pub(super) fn signed(key: &SigningKey, json: &[u8]) -> Vec<u8> {
    let signature = key.sign(Domain::Record, json).to_text();
    [signature.as_bytes(), b" ", json].concat()
}

/// Record 20 taken out, and every later one renumbered and chained anew, with its old signature.
fn renumbered(lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut kept: Vec<Vec<u8>> = lines[..20].to_vec();
    for line in &lines[21..] {
        let text = String::from_utf8(line.clone()).expect("text");
        let envelope = Envelope::read(line).expect("readable");
        let before = tideover::journal::hash::Hash::of_line(kept.last().expect("a line"));
        let seq = kept.len();
        let text = text
            .replace(&format!("\"seq\":{}", envelope.header.seq), &format!("\"seq\":{seq}"))
            .replace(&envelope.header.prev.to_string(), &before.to_string());
        kept.push(text.into_bytes());
    }
    kept
}

#[test]
fn a_gap_that_was_closed_by_renumbering_shows_by_the_signature() {
    let lines = forty(7, 5).bytes();
    let report = full(&renumbered(&lines));
    assert_eq!(first(&report), (Class::Signature, 20));
    // Every later record was touched, and each is said.
    assert_eq!(report.findings.iter().filter(|f| f.class == Class::Signature).count(), 19);
}

#[test]
fn another_registers_end_chained_on_with_its_own_key_is_not_taken() {
    let lines = forty(7, 5).bytes();
    let thief = Till::open(8, 9).key;
    let mut mixed = lines[..30].to_vec();
    for line in &lines[30..] {
        let mut envelope = Envelope::read(line).expect("readable");
        envelope.header.prev = tideover::journal::hash::Hash::of_line(mixed.last().expect("one"));
        let event = envelope.event().expect("a body");
        mixed.push(Line::seal(&envelope.header, &event, Some(&thief)).into_bytes());
    }
    let report = full(&mixed);
    assert_eq!(first(&report), (Class::Signature, 30));
    assert_eq!(report.findings.len(), 10, "{:?}", report.findings);
}

#[test]
fn a_journal_goes_on_under_its_first_key_alone() {
    let mut till = forty(7, 5);
    // The register got a new key, and its program went on with the old journal all the same.
    till.key = SigningKey::from_seed(&[6; 32]).expect("a key");
    till.record(Event::Note { text: "by the new key".to_owned() });
    assert_eq!(first(&full(&till.bytes())), (Class::Signature, 40));
}

#[test]
fn the_place_of_a_signature_holds_a_hyphen_or_one_spelling_of_a_signature() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let json = json_of(&lines[39]);
    let right = String::from_utf8(lines[39][..88].to_vec()).expect("text");
    let url = right.replace('+', "-").replace('/', "_");
    let mut odd = vec![
        String::new(),
        "--".to_owned(),
        "0".to_owned(),
        right[..86].to_owned(),
        right[..87].to_owned(),
        format!("{right}="),
        format!("{}==", "A".repeat(88)),
        right.replace('=', "A"),
        format!("{}\t", &right[..87]),
    ];
    if url != right {
        odd.push(url);
    }
    for signature in odd {
        let mut changed = lines.clone();
        changed[39] = format!("{signature} {json}").into_bytes();
        assert_eq!(first(&full(&changed)), (Class::Malformed, 39), "{signature:?}");
    }
    // All zeros is a signature's form, and nobody's signature.
    let mut changed = lines;
    changed[39] = format!("{} {json}", Signature([0; 64]).to_text()).into_bytes();
    assert_eq!(first(&full(&changed)), (Class::Signature, 39));
}

/// The order of Ed25519's group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn a_second_signature_made_by_adding_the_groups_order_is_wrong() {
    let lines = forty(7, 5).bytes();
    for (seq, line) in lines.iter().enumerate() {
        let Signature(mut bytes) = Signature::parse(&line[..88]).expect("a signature");
        let mut carry = 0_u16;
        for (place, order) in ORDER.iter().enumerate() {
            let sum = u16::from(bytes[32 + place]) + u16::from(*order) + carry;
            bytes[32 + place] = u8::try_from(sum & 0xff).expect("a byte");
            carry = sum >> 8;
        }
        assert_eq!(carry, 0, "S + L fits in 32 bytes");
        let mut changed = lines.clone();
        changed[seq] = [Signature(bytes).to_text().as_bytes(), &line[88..]].concat();
        let at = u64::try_from(seq).expect("fits");
        assert_eq!(first(&full(&changed)), (Class::Signature, at));
    }
}

/// R moved by a point of order 8, and S made for it: whoever multiplies by the cofactor takes it.
/// Made outside this program from key 05*32, r = 12345678901234567890123456789.
const SHIFTED: &str = "8399b28fee8b3b2c7d668990fc6884ec3ff12488a18560adf1bbc56b7bbfe942\
                       ab9a27bc882010ca8fdcc58e458d290f9deec29e383a94c14e8b082b2c760b03";

#[test]
fn a_signature_with_a_point_of_small_order_in_it_is_wrong() {
    let key = SigningKey::from_seed(&[5; 32]).expect("a key");
    let bytes = tideover::journal::hash::from_hex::<64>(SHIFTED).expect("64 bytes");
    assert!(!key.public().verifies(Domain::Record, b"{\"a\":1}", &Signature(bytes)));
    // Batches are checked by another equation, which would take it: no such library is in use.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).expect("the lock file");
    for library in ["ed25519-dalek", "ed25519-zebra", "ed25519-consensus"] {
        assert!(!lock.contains(&format!("name = \"{library}\"")), "{library}");
    }
}

/// What is no key of a register: points of small order in each spelling, and other second
/// spellings of a point.
pub(super) fn bad_keys() -> Vec<([u8; 32], NotAKey)> {
    let mut all = Vec::new();
    for text in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ] {
        let bytes: [u8; 32] = tideover::journal::hash::from_hex(text).expect("hex");
        all.push((bytes, NotAKey::Weak));
    }
    // The prime less and more one, and the prime itself; then other y above it.
    for low in 0xec..=0xff_u8 {
        let mut bytes = [0xff; 32];
        bytes[0] = low;
        bytes[31] = 0x7f;
        all.push((bytes, if low < 0xf0 { NotAKey::Weak } else { NotAKey::Malformed }));
    }
    let other_signs: Vec<_> = all
        .iter()
        .map(|(bytes, why)| {
            let mut bytes = *bytes;
            bytes[31] |= 0x80;
            (bytes, *why)
        })
        .collect();
    all.extend(other_signs);
    all
}

#[test]
fn a_key_that_anybody_can_sign_for_opens_no_journal() {
    for (bytes, why) in bad_keys() {
        assert_eq!(PublicKey::from_bytes(bytes), Err(why), "{bytes:02x?}");
        let mut till = forty(7, 5);
        till.chain.next_seq = Seq(0);
        till.lines.clear();
        let nonce = [6; 16];
        let (program, currency) = ("0.1.0".to_owned(), Some("USD".to_owned()));
        let open = EpochOpen { public_key: bytes, nonce, program, currency, follows: None };
        till.chain = tideover::journal::chain::Chain::empty(till.chain.journal);
        till.record(Event::EpochOpen(open));
        assert_eq!(first(&full(&till.bytes())), (Class::Key, 0), "{bytes:02x?}");
    }
}

/// A journal under a key of this seed that says it follows another one.
fn following(till: &Till, seed: u8) -> Till {
    let mut next = Till::open(7, seed);
    let follows = Follows {
        epoch: till.chain.journal.epoch,
        next_seq: Seq(41),
        reason: "its key was changed for this one".to_owned(),
        last_sale: None,
    };
    let open = EpochOpen {
        public_key: *next.key.public().bytes(),
        nonce: [seed.wrapping_add(1); 16],
        program: "0.1.0".to_owned(),
        currency: Some("USD".to_owned()),
        follows: Some(follows),
    };
    next.lines.clear();
    next.chain = tideover::journal::chain::Chain::empty(next.chain.journal);
    next.record(Event::EpochOpen(open));
    next
}

#[test]
fn a_rotation_ends_its_journal_and_whatever_follows_is_found() {
    let mut till = forty(7, 5);
    let next = *SigningKey::from_seed(&[6; 32]).expect("a key").public().bytes();
    let rotated = || {
        let reason = "a year has gone by".to_owned();
        Event::KeyRotated(tideover::domain::event::KeyRotated { public_key: next, reason })
    };
    till.record(rotated());
    assert_eq!(full(&till.bytes()).findings, []);
    // The old key signs on; it takes back what it said; the new key signs on in the same journal.
    till.record(Event::Note { text: "one more".to_owned() });
    till.record(rotated());
    let after = [(Class::AfterRotation, 41), (Class::AfterRotation, 42)];
    assert_eq!(found(&full(&till.bytes())), after);
    let chain = verify(till.bytes().iter().map(Vec::as_slice), Depth::Chain, Known::default());
    assert_eq!(found(&chain), after);
    // The journal that follows is under the key that was named, or it is found.
    for (seed, wrong) in [(6, false), (9, true)] {
        let mut reports = vec![full(&till.bytes()), full(&following(&till, seed).bytes())];
        verify_succession(&mut reports);
        let expected: &[(Class, u64)] = if wrong { &[(Class::Key, 0)] } else { &[] };
        assert_eq!(found(&reports[1]), expected);
    }
    till.key = SigningKey::from_seed(&[6; 32]).expect("a key");
    till.record(Event::Note { text: "by the new key".to_owned() });
    assert_eq!(found(&full(&till.bytes())).last(), Some(&(Class::Signature, 43)));
}

#[test]
fn a_signature_of_one_purpose_is_none_of_another() {
    use Domain as D;
    const ALL: [Domain; 23] = [
        D::Record,
        D::Checkpoint,
        D::Segment,
        D::Announce,
        D::Ack,
        D::Certificate,
        D::Rotation,
        D::Pack,
        D::PackRelease,
        D::PackQuestion,
        D::PackVoucher,
        D::SealedData,
        D::ReceiptKey,
        D::Receipt,
        D::RainCheck,
        D::Bundle,
        D::Closure,
        D::Errand,
        D::ErrandAnswer,
        D::PhoneCode,
        D::Asides,
        D::Appointment,
        D::Programs,
    ];
    let key = SigningKey::from_seed(&[5; 32]).expect("a key");
    for made in ALL {
        let signature = key.sign(made, b"bytes");
        for shown in ALL {
            let holds = key.public().verifies(shown, b"bytes", &signature);
            assert_eq!(holds, made == shown, "{made:?} shown as {shown:?}");
        }
    }
    // And the whole of it: a record's signature under a checkpoint's text, and the other way round.
    let till = forty(7, 5);
    let whole = full(&till.bytes()).checkpoint().expect("a checkpoint");
    let sealed = whole.seal(Some(&till.key));
    let (text, _) = sealed.trim_end().rsplit_once('\n').expect("five lines");
    let as_record = till.key.sign(D::Record, format!("{text}\n").as_bytes()).to_text();
    let forged = format!("{text}\n{as_record}\n");
    let read = Checkpoint::read(&forged, Some(&till.key.public()));
    assert_eq!(read, Err(NotACheckpoint::Signature));
}

/// Other spellings of JSON, each rightly signed: two readers could read them differently.
pub(super) fn odd_spellings(json: &str) -> Vec<(&'static str, Vec<u8>)> {
    let swap = |from: &str, to: &str| {
        assert!(json.contains(from), "{from} stands in {json}");
        json.replacen(from, to, 1).into_bytes()
    };
    let mut odd = vec![
        ("a byte order mark", ["\u{feff}".as_bytes(), json.as_bytes()].concat()),
        ("white space before", [b" ", json.as_bytes()].concat()),
        ("white space after", [json.as_bytes(), b" "].concat()),
        ("white space within", swap("\"v\":1", "\"v\": 1")),
        ("a carriage return after", [json.as_bytes(), b"\r"].concat()),
        ("a field twice", swap("\"v\":1,", "\"v\":1,\"v\":1,")),
        ("a field twice, with another value", swap("\"v\":1,", "\"v\":1,\"v\":2,")),
        ("fields in another order", swap("\"mono\":", "\"nomo\":")),
        ("a field more", swap("\"mono\":", "\"x\":1,\"mono\":")),
        ("a field less", swap("\"v\":1,", "")),
        ("a leading zero", swap("\"reg\":7", "\"reg\":07")),
        ("a plus", swap("\"reg\":7", "\"reg\":+7")),
        ("a fraction", swap("\"reg\":7", "\"reg\":7.0")),
        ("an exponent", swap("\"reg\":7", "\"reg\":7e0")),
        ("a number as text", swap("\"reg\":7", "\"reg\":\"7\"")),
        ("a minus before zero", swap("\"out\":", "\"out\":-0,\"x\":")),
        ("a needless escape", swap("\"note\"", "\"n\\u006fte\"")),
        ("a short escape", swap("went", "w\\nent")),
        ("an escaped slash", swap("went", "w\\/ent")),
        ("half a surrogate pair", swap("went", "w\\ud800ent")),
        ("an upper-case escape", swap("went", "w\\u001Fent")),
        ("a control character", swap("went", "w\u{1}ent")),
        ("a zero byte", swap("went", "w\u{0}ent")),
        ("single quotes", swap("\"note\"", "'note'")),
        ("a comment", swap("{\"k\"", "{/**/\"k\"")),
        ("a comma too many", swap("}}", ",}}")),
        ("a second object", [json.as_bytes(), json.as_bytes()].concat()),
        ("an array around it", [b"[", json.as_bytes(), b"]"].concat()),
        ("a number for text", swap("\"text\":\"", "\"text\":1,\"x\":\"")),
        ("null for a number", swap("\"reg\":7", "\"reg\":null")),
        ("cut off", json.as_bytes()[..json.len() - 1].to_vec()),
        ("nothing", Vec::new()),
    ];
    let mut torn = json.as_bytes().to_vec();
    let at = json.find("went").expect("the note");
    torn[at] = 0xff;
    odd.push(("bytes that are no UTF-8", torn.clone()));
    torn.splice(at..=at, [0xc0, 0xaf]);
    odd.push(("an overlong UTF-8 form", torn.clone()));
    torn.splice(at..at + 2, [0xed, 0xa0, 0x80]);
    odd.push(("a surrogate in UTF-8", torn));
    odd
}

#[test]
fn every_second_spelling_is_no_record_however_well_it_is_signed() {
    let mut till = forty(7, 5);
    till.record(Event::Note { text: "all went well".to_owned() });
    let lines = till.bytes();
    let json = json_of(&lines[40]);
    for (name, odd) in odd_spellings(&json) {
        let mut changed = lines.clone();
        changed[40] = signed(&till.key, &odd);
        assert_eq!(first(&full(&changed)), (Class::Malformed, 40), "{name}");
    }
    // Two forms of one letter are two texts; each is what was signed, and neither hides the other.
    for letter in ["Jalape\u{f1}o", "Jalapen\u{303}o", "\u{202e}evil", "\u{200b}"] {
        let mut till = forty(7, 5);
        till.record(Event::Note { text: letter.to_owned() });
        assert!(full(&till.bytes()).is_clean(), "{letter:?}");
    }
}

#[test]
fn what_is_too_long_too_deep_or_too_large_is_refused_before_it_is_read() {
    let mut till = forty(7, 5);
    till.record(Event::Note { text: "all went well".to_owned() });
    let lines = till.bytes();
    let json = json_of(&lines[40]);
    let long = json.replace("went", &"x".repeat(LINE_LEN_MAX));
    let deep = json.replace("\"all went well\"", &format!("{}1", "[".repeat(100_000)));
    let deep_object = json.replace("\"all went well\"", &"{\"a\":".repeat(40_000));
    let huge = json.replace("\"mono\":", &format!("\"mono\":{}", "9".repeat(200_000)));
    let text = json.replace("all went well", &"x".repeat(501));
    for (name, odd) in [
        ("a line above 256 KiB", long),
        ("100,000 arrays in each other", deep),
        ("40,000 objects in each other", deep_object),
        ("a number of 200,000 digits", huge),
        ("a text above its field's length", text),
    ] {
        let mut changed = lines.clone();
        changed[40] = signed(&till.key, odd.as_bytes());
        assert_eq!(first(&full(&changed)), (Class::Malformed, 40), "{name}");
    }
    let exact = vec![b'x'; LINE_LEN_MAX + 1];
    assert!(Envelope::read(&exact).is_err());
}

#[test]
fn a_place_beyond_every_number_is_no_place() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let json = json_of(&lines[39]);
    for odd in ["9223372036854775808", "18446744073709551615", "18446744073709551616", "-1"] {
        let changed = json.replace("\"seq\":39", &format!("\"seq\":{odd}"));
        let mut all = lines.clone();
        all[39] = signed(&till.key, changed.as_bytes());
        assert_eq!(first(&full(&all)), (Class::Malformed, 39), "{odd}");
    }
    // The largest there is: a gap, said without counting through it.
    let changed = json.replace("\"seq\":39", "\"seq\":9223372036854775807");
    let mut all = lines.clone();
    all[39] = signed(&till.key, changed.as_bytes());
    assert_eq!(first(&full(&all)), (Class::Gap, 39));
}

#[test]
fn lifetime_totals_that_fall_jump_or_burst_are_found() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let json = json_of(&lines[39]);
    let envelope = Envelope::read(&lines[39]).expect("readable");
    let takings = envelope.header.lifetime.takings.minor();
    let with = |value: String| {
        let changed = json.replace(&format!("\"in\":{takings},"), &format!("\"in\":{value},"));
        assert_ne!(changed, json);
        let mut all = lines.clone();
        all[39] = signed(&till.key, changed.as_bytes());
        first(&full(&all))
    };
    for odd in [takings - 1, takings + 1, 0, -1, i64::MAX, i64::MIN] {
        assert_eq!(with(odd.to_string()), (Class::Lifetime, 39), "{odd}");
    }
    assert_eq!(with("9223372036854775808".to_owned()), (Class::Malformed, 39));
    // A register whose totals are at the end of all numbers writes nothing rather than a wrong sum.
    let mut full_up = forty(7, 5);
    full_up.chain.lifetime.takings = tideover::domain::money::Money::from_minor(i64::MAX);
    let sale = full_up.sale("1", Some(crate::journal::sample::cash(5_000)));
    let entry = tideover::journal::chain::Entry {
        at: envelope.header.at,
        mono_ms: 0,
        date: envelope.header.date,
        by: None,
        pack: None,
        outage: None,
        event: Event::of_sale(sale),
    };
    assert!(full_up.chain.next(&entry, Some(&full_up.key)).is_err());
}

#[test]
fn an_unsigned_stretch_is_named_and_vouched_for_by_the_next_signed_record_alone() {
    let mut till = forty(7, 5);
    till.record_unsigned(Event::Note { text: "no key".to_owned() });
    till.record_unsigned(Event::Note { text: "still none".to_owned() });
    let tail = full(&till.bytes());
    assert_eq!(tail.findings.len(), 2);
    // At the end nothing vouches for it: it can be swapped without a trace but for its mark.
    let mut changed = till.bytes();
    let text = String::from_utf8(changed[41].clone()).expect("text");
    changed[41] = text.replace("still none", "none at all").into_bytes();
    let report = full(&changed);
    assert!(report.findings.iter().all(|finding| finding.class == Class::Unsigned));
    assert_eq!(report.findings.last().expect("said").seq, Seq(41));
    // Once a signed record follows, the same change shows.
    till.record(Event::Note { text: "the key is back".to_owned() });
    let mut changed = till.bytes();
    let text = String::from_utf8(changed[41].clone()).expect("text");
    changed[41] = text.replace("still none", "none at all").into_bytes();
    let report = full(&changed);
    let chain = report.findings.iter().find(|finding| finding.class == Class::Chain);
    assert_eq!(chain.expect("found").seq, Seq(42));
}

#[test]
fn another_key_under_the_same_name_of_a_journal_is_found_at_its_first_record() {
    let till = forty(7, 5);
    let thief = SigningKey::from_seed(&[9; 32]).expect("a key");
    let nonce = [10; 16];
    assert_ne!(epoch::derive(&thief.public(), &nonce), till.chain.journal.epoch);
    let mut lines = till.bytes();
    let envelope = Envelope::read(&lines[0]).expect("readable");
    let open = EpochOpen {
        public_key: *thief.public().bytes(),
        nonce,
        program: "0.1.0".to_owned(),
        currency: None,
        follows: None,
    };
    let header = envelope.header.clone();
    lines[0] = Line::seal(&header, &Event::EpochOpen(open), Some(&thief)).into_bytes();
    assert_eq!(first(&full(&lines)), (Class::Key, 0));
}

#[test]
fn a_checkpoint_has_one_spelling_and_no_other_is_read() {
    let till = forty(7, 5);
    let right = full(&till.bytes()).checkpoint().expect("one").seal(Some(&till.key));
    let key = till.key.public();
    assert!(Checkpoint::read(&right, Some(&key)).is_ok());
    let swap = |from: &str, to: &str| right.replacen(from, to, 1);
    for (name, odd) in [
        ("carriage returns", right.replace('\n', "\r\n")),
        ("an empty line more", swap("\n", "\n\n")),
        ("a line at the end", format!("{right}more\n")),
        ("no newline at the end", right.trim_end().to_owned()),
        ("a zero byte", swap("checkpoint", "check\0point")),
        ("another title", swap("v1", "v2")),
        ("a leading zero", swap("\n40\n", "\n040\n")),
        ("a plus", swap("\n40\n", "\n+40\n")),
        ("a size beyond 64 bits", swap("\n40\n", "\n18446744073709551616\n")),
        ("hex in capitals", right.to_uppercase()),
        ("two blanks", swap("1042 7", "1042  7")),
        ("a name more", swap("1042 7", "1042 7 9")),
        ("base64 without its padding", right.replace('=', "")),
        ("nothing", String::new()),
        ("a line of a megabyte", swap("1042", &"1".repeat(1 << 20))),
    ] {
        let read = Checkpoint::read(&odd, Some(&key));
        assert_eq!(read, Err(NotACheckpoint::Malformed), "{name}");
    }
    // What is another checkpoint altogether is told by its signature.
    for (from, to) in [("\n40\n", "\n39\n"), ("1042 7", "1042 8"), ("1042 7", "1043 7")] {
        let read = Checkpoint::read(&swap(from, to), Some(&key));
        assert_eq!(read, Err(NotACheckpoint::Signature), "{to:?}");
    }
    let unsigned = format!("{}-\n", &right[..right.trim_end().rfind('\n').expect("lines") + 1]);
    assert_eq!(Checkpoint::read(&unsigned, Some(&key)), Err(NotACheckpoint::Signature));
}

#[test]
fn no_checkpoint_of_another_journal_or_of_more_records_passes_for_this_one() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let whole = full(&lines).checkpoint().expect("a checkpoint");
    let other = JournalId {
        store: StoreNo(1043),
        register: RegisterNo(7),
        epoch: Epoch(till.chain.journal.epoch.0),
    };
    for known in [
        Checkpoint { journal: other, ..whole },
        Checkpoint { size: Seq(41), ..whole },
        Checkpoint { size: Seq(u64::MAX), ..whole },
        Checkpoint { head: tideover::journal::hash::Hash::ZERO, ..whole },
        Checkpoint { root: tideover::journal::hash::Hash::ZERO, ..whole },
    ] {
        let known = Known { checkpoint: Some(known), key: None };
        let report = verify(lines.iter().map(Vec::as_slice), Depth::Full, known);
        assert_eq!(first(&report).0, Class::Tail);
    }
}

/// Ten thousand journals, each mutated somewhere: never taken as clean unless it is byte for byte
/// the same, and never a panic. (`another_verifier_comes_to_the_same_verdicts` compares verdicts.)
#[test]
fn no_changed_journal_is_ever_clean() {
    let lines = forty(7, 5).bytes();
    let whole = full(&lines).checkpoint();
    let chance = SeededEntropy::new(57);
    let below = |most: usize| {
        usize::try_from(chance.below(u64::try_from(most).expect("fits"))).expect("fits")
    };
    for round in 0..300 {
        let mut changed = lines.clone();
        let at = below(40);
        match below(5) {
            0 => drop(changed.remove(at)),
            1 => changed.insert(at, lines[below(40)].clone()),
            2 => changed.swap(at, below(40)),
            3 => changed.truncate(at),
            _ => {
                let place = below(changed[at].len());
                changed[at][place] ^= 1 << below(8);
            }
        }
        let known = Known { checkpoint: whole, key: None };
        let report = verify(changed.iter().map(Vec::as_slice), Depth::Full, known);
        assert_eq!(report.is_clean(), changed == lines, "round {round}");
    }
}
