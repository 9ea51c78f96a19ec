//! Whatever is done to a journal is found, at the place where it was done.

pub(crate) mod sample;

use std::collections::BTreeSet;

use tideover::device::entropy::{Entropy as _, SeededEntropy};
use tideover::domain::event::Event;
use tideover::domain::goods::carton::OrderNo;
use tideover::domain::ids::Seq;
use tideover::journal::body;
use tideover::journal::checkpoint::Checkpoint;
use tideover::journal::json::Writer;
use tideover::journal::pickup_name::{NAME_LEN_MAX, SealedName};
use tideover::journal::record::{Envelope, Header, LINE_LEN_MAX, Line, Unreadable};
use tideover::journal::verify::{Class, Depth, Finding, Known, Report, Verifier, verify};

use sample::{Till, every_kind, forty};

fn full(lines: &[Vec<u8>]) -> Report {
    verify(lines.iter().map(Vec::as_slice), Depth::Full, Known::default())
}

fn against(lines: &[Vec<u8>], checkpoint: Checkpoint) -> Report {
    let known = Known { checkpoint: Some(checkpoint), key: None };
    verify(lines.iter().map(Vec::as_slice), Depth::Full, known)
}

fn first(report: &Report) -> &Finding {
    report.findings.first().expect("something must be found")
}

fn found(report: &Report) -> Vec<(Class, u64)> {
    report.findings.iter().map(|finding| (finding.class, finding.seq.0)).collect()
}

#[test]
fn forty_honest_records_verify_in_full_and_by_chain_alone() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let report = full(&lines);
    assert_eq!(report.findings, []);
    assert_eq!((report.records, report.next_seq, report.head), (40, Seq(40), till.chain.head));
    assert_eq!(report.lifetime, till.chain.lifetime);
    let chain = verify(lines.iter().map(Vec::as_slice), Depth::Chain, Known::default());
    assert_eq!((chain.findings, chain.root), (vec![], report.root));
}

/// Every bit of every byte of forty records: the verifier is cloned at each record, so that only
/// the changed record has to be checked; what stood before it is unchanged and clean.
#[test]
fn every_single_flipped_bit_is_found_at_its_record() {
    let lines = forty(7, 5).bytes();
    let mut states = vec![Verifier::new(Depth::Full, Known::default())];
    for line in &lines {
        let mut next = states.last().expect("a state").clone();
        next.push(line);
        states.push(next);
    }
    let flips = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (lines, states, flips) = (&lines, &states, &flips);
            scope.spawn(move || {
                for (seq, line) in lines.iter().enumerate().filter(|(seq, _)| seq % 2 == half) {
                    flip_every_bit(&states[seq], u64::try_from(seq).expect("fits"), line);
                    flips.fetch_add(line.len() * 8, std::sync::atomic::Ordering::Relaxed);
                }
            });
        }
    });
    let bits: usize = lines.iter().map(|line| line.len() * 8).sum();
    assert_eq!(flips.into_inner(), bits);
}

fn flip_every_bit(before: &Verifier, seq: u64, line: &[u8]) {
    let mut changed = line.to_vec();
    for place in 0..line.len() {
        for bit in 0..8 {
            changed[place] ^= 1 << bit;
            let mut verifier = before.clone();
            verifier.push(&changed);
            let report = verifier.finish();
            let at = report.findings.first().map(|finding| finding.seq.0);
            assert_eq!(at, Some(seq), "byte {place} bit {bit} of record {seq}");
            changed[place] ^= 1 << bit;
        }
    }
}

#[test]
fn every_flipped_bit_breaks_the_chain_at_the_next_record() {
    let lines = forty(7, 5).bytes();
    let random = SeededEntropy::new(1);
    for seq in 0..39_usize {
        for _ in 0..20 {
            let mut changed = lines.clone();
            flip(&mut changed[seq], &random);
            let report = verify(changed.iter().map(Vec::as_slice), Depth::Chain, Known::default());
            let at = usize::try_from(first(&report).seq.0).expect("fits");
            assert!(at <= seq + 1, "a flip in record {seq} was found at {at}");
        }
    }
}

#[test]
fn every_deleted_record_is_found() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let whole = full(&lines).checkpoint().expect("a checkpoint");
    for seq in 0..40 {
        let mut fewer = lines.clone();
        fewer.remove(seq);
        let report = against(&fewer, whole);
        let class = if seq == 39 { Class::Tail } else { Class::Gap };
        let at = u64::try_from(seq).expect("fits");
        assert_eq!((first(&report).class, first(&report).seq), (class, Seq(at)));
    }
}

#[test]
fn swapped_records_are_found_where_the_first_of_them_belongs() {
    let lines = forty(7, 5).bytes();
    let random = SeededEntropy::new(2);
    let adjacent = (0..39).map(|seq| (seq, seq + 1));
    let far = (0..200).map(|_| {
        let (a, b) = (random.below(40), random.below(40));
        (usize::try_from(a.min(b)).expect("fits"), usize::try_from(a.max(b)).expect("fits"))
    });
    for (a, b) in adjacent.chain(far).filter(|(a, b)| a != b) {
        let mut swapped = lines.clone();
        swapped.swap(a, b);
        let report = full(&swapped);
        let at = u64::try_from(a).expect("fits");
        assert_eq!((first(&report).class, first(&report).seq), (Class::Gap, Seq(at)), "{a}, {b}");
        assert!(found(&report).contains(&(Class::Order, at)), "{a}, {b}");
    }
}

#[test]
fn a_repeated_record_is_found() {
    let lines = forty(7, 5).bytes();
    for seq in 0..40 {
        let mut twice = lines.clone();
        twice.insert(seq, lines[seq].clone());
        let report = full(&twice);
        let at = u64::try_from(seq).expect("fits");
        assert_eq!((first(&report).class, first(&report).seq), (Class::Order, Seq(at)));
    }
}

#[test]
fn a_record_of_another_register_is_found() {
    let lines = forty(7, 5).bytes();
    let others = forty(8, 5).bytes();
    for seq in 1..40 {
        let mut spliced = lines.clone();
        spliced[seq].clone_from(&others[seq]);
        let report = full(&spliced);
        let at = u64::try_from(seq).expect("fits");
        assert_eq!((first(&report).class, first(&report).seq), (Class::Foreign, Seq(at)));
    }
}

#[test]
fn a_record_forged_under_another_key_is_found_in_its_place() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let forger = Till::open(7, 9).key;
    for seq in 1..40_usize {
        let honest = Envelope::read(&lines[seq]).expect("readable");
        let event = Event::Note { text: "nothing was sold".to_owned() };
        let mut forged = lines.clone();
        forged[seq] = Line::seal(&honest.header, &event, Some(&forger)).into_bytes();
        let report = full(&forged);
        let at = u64::try_from(seq).expect("fits");
        assert_eq!((first(&report).class, first(&report).seq), (Class::Signature, Seq(at)));
    }
}

/// Of a journal whose beginning is gone the key is known from enrolment alone; and a record that
/// says it is the first one is not believed because it says so.
#[test]
fn a_forged_record_is_found_where_the_journal_begins_and_where_it_claims_to() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let forger = Till::open(7, 9).key;
    let forged = |seq: usize| {
        let honest = Envelope::read(&lines[seq]).expect("readable");
        Line::seal(&honest.header, &honest.event().expect("an event"), Some(&forger)).into_bytes()
    };
    let known = || Known { key: Some(till.key.public()), checkpoint: None };
    let mut headless = lines[5..].to_vec();
    let cut = verify(headless.iter().map(Vec::as_slice), Depth::Full, known());
    assert!(found(&cut).iter().all(|(class, _)| *class != Class::Signature), "{:?}", found(&cut));
    headless[0] = forged(5);
    let report = verify(headless.iter().map(Vec::as_slice), Depth::Full, known());
    assert_eq!(found(&report)[0], (Class::Signature, 0));
    let mut begun_twice = lines.clone();
    begun_twice[3] = forged(0);
    assert_eq!(found(&full(&begun_twice))[0], (Class::Signature, 3));
}

#[test]
fn a_line_is_as_long_as_it_may_be_and_not_a_byte_longer() {
    let of = |len: usize| Envelope::read(&vec![b'x'; len]).map(|_| ());
    assert_eq!(of(LINE_LEN_MAX), Err(Unreadable::NoSignature));
    assert_eq!(of(LINE_LEN_MAX + 1), Err(Unreadable::TooLong));
    assert_eq!(of(LINE_LEN_MAX + 2), Err(Unreadable::TooLong));
}

#[test]
fn a_journal_under_another_key_than_the_enrolled_one_is_found_at_its_first_record() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let under = |key| {
        let known = Known { key: Some(key), checkpoint: None };
        found(&verify(lines.iter().map(Vec::as_slice), Depth::Full, known))
    };
    assert_eq!(under(till.key.public()), []);
    assert_eq!(under(Till::open(7, 9).key.public())[0], (Class::Key, 0));
}

#[test]
fn a_name_is_sealed_as_long_as_it_may_be_and_not_a_byte_longer() {
    let (till, random) = (Till::open(7, 5), SeededEntropy::new(1));
    let order = OrderNo::parse("W-20417").expect("an order");
    let mut central = [0; 32];
    central[0] = 9; // The base point, a key like any other.
    let is_sealed = |name: &str| {
        let one_use = random.one_use_key().expect("a key");
        SealedName::seal((till.chain.journal, &order, name), &[7; 32], one_use, &central)
            .expect("a key to seal to")
            .is_some()
    };
    for (name, expected) in [
        ("A".to_owned(), true),
        ("A".repeat(NAME_LEN_MAX), true),
        ("A".repeat(NAME_LEN_MAX + 1), false),
        (String::new(), false),
        ("Ann\nstore 7".to_owned(), false),
    ] {
        assert_eq!(is_sealed(&name), expected, "{name:?}");
    }
}

#[test]
fn what_is_missing_is_named_from_its_first_record_to_its_last() {
    let lines = forty(7, 5).bytes();
    for (gone, text) in [(3..4, "record 3 is missing"), (3..6, "records 3 to 5 are missing")] {
        let mut fewer = lines.clone();
        fewer.drain(gone);
        assert_eq!(first(&full(&fewer)).text, text);
    }
}

#[test]
fn a_cut_tail_shows_against_a_known_head() {
    let lines = forty(7, 5).bytes();
    let whole = full(&lines).checkpoint().expect("a checkpoint");
    for kept in 1..40_usize {
        assert!(full(&lines[..kept]).is_clean(), "a cut tail shows only against a known head");
        let at = u64::try_from(kept).expect("fits");
        assert_eq!(found(&against(&lines[..kept], whole)), [(Class::Tail, at)]);
    }
    assert_eq!(found(&against(&[], whole)), [(Class::Tail, 0)]);
}

#[test]
fn an_end_written_anew_with_the_same_key_shows_against_a_known_head() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let whole = full(&lines).checkpoint().expect("a checkpoint");
    for kept in 1..40_usize {
        let mut forked = forked_after(kept);
        while forked.lines.len() < 45 {
            forked.record(Event::Note { text: "as if nothing had been sold".to_owned() });
        }
        let anew = forked.bytes();
        assert_eq!(anew[..kept], lines[..kept]);
        assert!(full(&anew).is_clean(), "the key is the right one, so only the head tells");
        assert_eq!(found(&against(&anew, whole)), [(Class::Tail, 39)]);
    }
}

/// The same register at an earlier moment, as a restored disk image holds it.
fn forked_after(kept: usize) -> Till {
    let mut till = forty(7, 5);
    let lines = till.bytes();
    let head = full(&lines[..kept]);
    till.lines.truncate(kept);
    till.chain.next_seq = head.next_seq;
    till.chain.head = head.head;
    till.chain.lifetime = head.lifetime;
    till
}

#[test]
fn unsigned_records_are_reported_and_nothing_else() {
    let report = full(&every_kind().bytes());
    let unsigned = [(Class::Unsigned, 12), (Class::Unsigned, 13), (Class::Unsigned, 14)];
    assert_eq!(found(&report), unsigned);
}

#[test]
fn a_changed_unsigned_record_is_betrayed_by_the_next_one() {
    let mut lines = every_kind().bytes();
    let text = String::from_utf8(lines[13].clone()).expect("text");
    lines[13] = text.replace("key file", "key tile").into_bytes();
    assert!(found(&full(&lines)).contains(&(Class::Chain, 14)));
}

#[test]
fn the_totals_that_a_register_states_must_follow_from_its_records() {
    let mut till = forty(7, 5);
    till.chain.lifetime.takings =
        till.chain.lifetime.takings.minus(sample::cents(1)).expect("fits");
    till.record(Event::Note { text: "a cent is gone".to_owned() });
    assert_eq!(found(&full(&till.bytes())), [(Class::Lifetime, 40)]);
}

#[test]
fn a_sale_that_does_not_add_up_is_found() {
    let mut till = forty(7, 5);
    let mut sale = till.sale("2", Some(sample::cash(10_000)));
    sale.change = sale.change.plus(sample::cents(1)).expect("fits");
    till.record(Event::Sale(sale));
    assert_eq!(found(&full(&till.bytes())), [(Class::Arithmetic, 40)]);
}

#[test]
fn a_kind_of_a_later_version_is_named_and_the_chain_goes_on() {
    let till = forty(7, 5);
    let mut lines = till.bytes();
    let text = String::from_utf8(lines.pop().expect("a line")).expect("text");
    let (_, json) = text.split_once(' ').expect("a signature");
    let later = json.replacen("\"v\":1,", "\"v\":2,", 1);
    let signature = till.key.sign(tideover::journal::key::Domain::Record, later.as_bytes());
    lines.push(format!("{} {later}", signature.to_text()).into_bytes());
    assert_eq!(found(&full(&lines)), [(Class::Malformed, 39)]);
    let chain = verify(lines.iter().map(Vec::as_slice), Depth::Chain, Known::default());
    assert!(chain.is_clean());
}

/// Mutated lines never stop the reader, and what it accepts has one spelling: written again, the
/// same bytes come out.
#[test]
fn what_is_read_is_written_alike_and_nothing_panics() {
    let lines = [every_kind().bytes(), forty(7, 5).bytes()].concat();
    let random = SeededEntropy::new(3);
    let mut accepted = BTreeSet::new();
    for round in 0..60_000_usize {
        let line = &lines[round % lines.len()];
        let json_at = line.iter().position(|byte| *byte == b' ').expect("a space") + 1;
        let mut json = line[json_at..].to_vec();
        for _ in 0..=random.below(2) {
            mutate(&mut json, &random);
        }
        let changed = [b"- ".as_slice(), &json].concat();
        let Ok(envelope) = Envelope::read(&changed) else { continue };
        let Ok(event) = envelope.event() else { continue };
        let again = Line::seal(&envelope.header, &event, None);
        assert_eq!(
            String::from_utf8_lossy(again.bytes()),
            String::from_utf8_lossy(&changed),
            "round {round}"
        );
        if json != line[json_at..] {
            accepted.insert(event.kind());
        }
    }
    assert!(accepted.len() >= 14, "the mutations must reach nearly every kind: {accepted:?}");
}

#[test]
fn every_body_is_read_as_it_was_written() {
    for line in every_kind().lines {
        let envelope = Envelope::read(line.bytes()).expect("readable");
        let event = envelope.event().expect("a body");
        let mut json = Writer::new();
        body::write(&mut json, &event);
        assert_eq!(json.into_text(), envelope.body);
        let header: &Header = &envelope.header;
        assert_eq!(Line::seal(header, &event, None).bytes()[2..], *envelope.json.as_bytes());
    }
}

#[test]
fn a_note_that_is_too_long_is_clipped_and_never_makes_a_record_nobody_can_read() {
    let mut till = Till::open(7, 5);
    // Two bytes a letter, and one before: the limit falls within a letter.
    till.record(Event::Note { text: format!("a{}", "é".repeat(400)) });
    assert!(full(&till.bytes()).is_clean());
    let line = till.lines.last().expect("a line");
    let event = Envelope::read(line.bytes()).expect("readable").event().expect("a body");
    assert_eq!(event, Event::Note { text: format!("a{}", "é".repeat(249)) });
}

#[test]
fn the_longest_sale_fits_a_record() {
    let mut till = Till::open(7, 5);
    let mut sale = till.sale("2", Some(sample::cash(10_000)));
    let mut line = sale.lines.first().expect("a line").clone();
    line.name = "\"".repeat(80);
    line.voided = true;
    sale.lines.resize(500, line);
    till.record(Event::Sale(sale));
    assert!(full(&till.bytes()).is_clean());
    let len = till.lines.last().expect("a line").bytes().len();
    assert!(len <= tideover::journal::record::LINE_LEN_MAX, "{len} bytes");
}

fn flip(line: &mut [u8], random: &SeededEntropy) {
    let place = below(random, line.len());
    line[place] ^= 1 << random.below(8);
}

fn below(random: &SeededEntropy, bound: usize) -> usize {
    usize::try_from(random.below(u64::try_from(bound).expect("fits"))).expect("fits")
}

/// One change of the kind a tired disk, a clumsy editor or a clever cashier makes.
fn mutate(json: &mut Vec<u8>, random: &SeededEntropy) {
    const PIECES: [&[u8]; 18] = [
        b"0", b"-", b"1", b"9", b"\"", b"\\", b"\\u0001", b"\\u+01f", b"\\n", b"{", b"}", b",",
        b" ", b"null", b"true", b".5", b"e3", b"[]",
    ];
    let place = below(random, json.len());
    let end = (place + 1 + below(random, 12)).min(json.len());
    match random.below(6) {
        0 => flip(json, random),
        1 => drop(json.splice(place..place, PIECES[below(random, 18)].iter().copied())),
        2 => drop(json.splice(place..=place, PIECES[below(random, 18)].iter().copied())),
        3 => drop(json.drain(place..end)),
        4 => {
            let piece = json[place..end].to_vec();
            let at = below(random, json.len());
            drop(json.splice(at..at, piece));
        }
        // A digit becomes another digit: the likeliest change to be accepted.
        _ => {
            if let Some(digit) = json[place..].iter_mut().find(|byte| byte.is_ascii_digit()) {
                *digit = b'0' + u8::try_from(random.below(10)).expect("a digit");
            }
        }
    }
}

/// Numbers beyond what a register writes could not be added up later: they are refused when they
/// are read, and the largest that it writes are not.
#[test]
fn what_no_register_can_write_is_no_record() {
    let till = every_kind();
    let sale = till.lines.iter().find_map(|line| {
        let envelope = Envelope::read(line.bytes()).expect("readable");
        (envelope.kind == "sale").then(|| envelope.body.to_owned())
    });
    let sale = sale.expect("a sale");
    assert!(body::read("sale", 1, &sale).is_ok());
    let with = |field: &str, value: i64| {
        let at = sale.find(field).expect("the field") + field.len();
        let end = at + sale[at..].find([',', '}']).expect("its end");
        body::read("sale", 1, &format!("{}{value}{}", &sale[..at], &sale[end..])).is_ok()
    };
    for (field, most, least) in [
        ("\"qty\":", 100_000_000, -100_000_000),
        ("\"unit\":", 10_000_000_000, 0),
        ("\"amount\":", 100_000_000, -100_000_000),
        ("\"rate\":", 10_000_000, 0),
        ("\"base\":", 1_000_000_000_000, -1_000_000_000_000),
        ("\"subtotal\":", 1_000_000_000_000, -1_000_000_000_000),
        ("\"total\":", 1_000_000_000_000, -1_000_000_000_000),
        ("\"rounding\":", 1_000_000_000_000, -1_000_000_000_000),
        ("\"kind\":\"cash\",\"amount\":", 1_000_000_000_000, -1_000_000_000_000),
        ("\"change\":", 1_000_000_000_000, -1_000_000_000_000),
    ] {
        assert!(with(field, most) && with(field, least), "{field} at its bounds");
        assert!(!with(field, most + 1) && !with(field, least - 1), "{field} beyond them");
        assert!(!with(field, i64::MAX) && !with(field, i64::MIN), "{field} at the edge");
    }
}
