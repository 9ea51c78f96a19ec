//! Published journals: the format of docs/record.md, pinned byte for byte, and a second verifier
//! that was written from that page alone and must come to the same verdicts.
//!
//! The files of tests/vectors are compared, never written, unless UPDATE_VECTORS=1 is set.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use tideover::device::entropy::SeededEntropy;
use tideover::domain::event::Event;
use tideover::journal::checkpoint::Checkpoint;
use tideover::journal::hash::Hash;
use tideover::journal::key::{Domain, SigningKey};
use tideover::journal::merkle::CompactRange;
use tideover::journal::record::{Envelope, Line};
use tideover::journal::verify::{Depth, Known, Report, verify};

use crate::journal::sample::{Till, every_kind, forty};

/// What any verifier must say of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Verdict {
    records: u64,
    next_seq: u64,
    head: String,
    root: String,
    #[serde(rename = "in")]
    takings: i64,
    #[serde(rename = "out")]
    payouts: i64,
    findings: Vec<(String, u64)>,
}

/// What is published of the sound journal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Golden {
    seed: String,
    key: String,
    epoch: String,
    verdict: Verdict,
    hashes: Vec<String>,
    roots: Vec<String>,
}

impl From<&Report> for Verdict {
    fn from(report: &Report) -> Self {
        let findings = report.findings.iter();
        Self {
            records: report.records,
            next_seq: report.next_seq.0,
            head: report.head.to_string(),
            root: report.root.to_string(),
            takings: report.lifetime.takings.minor(),
            payouts: report.lifetime.payouts.minor(),
            findings: findings.map(|f| (f.class.word().to_owned(), f.seq.0)).collect(),
        }
    }
}

#[test]
fn the_published_journal_is_written_alike_and_says_the_same() {
    let till = every_kind();
    let lines = till.bytes();
    let report = ours(&lines, None);
    let mut range = CompactRange::default();
    let roots = lines.iter().map(|line| {
        range.push(Hash::of_line(line));
        range.root().to_string()
    });
    let golden = Golden {
        seed: "05".repeat(32),
        key: till.key.public().to_string(),
        epoch: till.chain.journal.epoch.to_string(),
        hashes: lines.iter().map(|line| Hash::of_line(line).to_string()).collect(),
        roots: roots.collect(),
        verdict: Verdict::from(&report),
    };
    let checkpoint = report.checkpoint().expect("a checkpoint");
    published("journal.lines", &file_of(&lines));
    published("journal.checkpoint", checkpoint.seal(Some(&till.key)).as_bytes());
    published("journal.json", pretty(&golden).as_bytes());
}

#[test]
fn the_published_broken_journals_have_the_published_findings() {
    let mut verdicts = BTreeMap::new();
    for (name, lines) in broken() {
        published(&format!("broken-{name}.lines"), &file_of(&lines));
        verdicts.insert(name, Verdict::from(&ours(&lines, Some(checkpoint()))));
    }
    published("broken.json", pretty(&verdicts).as_bytes());
    let found = |name: &str| verdicts[name].findings.first().cloned();
    for (name, class, seq) in [
        ("changed", "signature", 5),
        ("deleted", "gap", 5),
        ("swapped", "gap", 5),
        ("repeated", "order", 5),
        ("spliced", "foreign", 5),
        ("damaged", "malformed", 5),
        ("absurd-quantity", "malformed", 5),
        ("absurd-total", "malformed", 5),
        ("forged", "signature", 5),
        ("after-rotation", "after_rotation", checkpoint().size.0),
        ("fork", "tail", checkpoint().size.0 - 1),
    ] {
        let unsigned_come_first = found(name).filter(|(class, _)| class != "unsigned");
        let expected = Some((class.to_owned(), seq));
        if !["fork", "after-rotation"].contains(&name) {
            assert_eq!(unsigned_come_first, expected, "{name}");
        }
        assert!(verdicts[name].findings.contains(&(class.to_owned(), seq)), "{name}");
    }
}

#[test]
fn another_verifier_comes_to_the_same_verdicts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut journals: Vec<Vec<Vec<u8>>> = vec![every_kind().bytes()];
    journals.extend(broken().into_values());
    let random = SeededEntropy::new(4);
    let whole = every_kind().bytes();
    for _ in 0..150 {
        let mut lines = whole.clone();
        for _ in 0..=below(&random, 2) {
            mutate(&mut lines, &random);
        }
        // In a file a newline ends a record, also one that was not there before.
        let file = file_of(&lines);
        let mut lines: Vec<Vec<u8>> =
            file.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.pop();
        journals.push(lines);
    }
    let checkpoint_path = folder.path().join("checkpoint");
    std::fs::write(&checkpoint_path, checkpoint().seal(Some(&every_kind().key))).expect("written");
    let paths: Vec<PathBuf> = journals
        .iter()
        .enumerate()
        .map(|(place, lines)| {
            let path = folder.path().join(format!("{place}.lines"));
            std::fs::write(&path, file_of(lines)).expect("written");
            path
        })
        .collect();
    for known in [None, Some(checkpoint())] {
        let key = every_kind().key.public();
        let mut python = Command::new("python3");
        python.arg(folder_of("tests").join("verify.py"));
        if known.is_some() {
            python.arg("--key").arg(key.to_string());
            python.arg("--checkpoint").arg(&checkpoint_path);
        }
        let Ok(output) = python.args(&paths).output() else {
            println!("python3 is not installed: the second verifier was not asked");
            return;
        };
        let text = String::from_utf8(output.stdout).expect("text");
        let theirs: Vec<Verdict> =
            text.lines().map(|line| serde_json::from_str(line).expect("a verdict")).collect();
        assert_eq!(theirs.len(), journals.len(), "{}", String::from_utf8_lossy(&output.stderr));
        for (place, (lines, theirs)) in journals.iter().zip(&theirs).enumerate() {
            let known = Known { key: known.map(|_| key), checkpoint: known };
            let ours = verify(lines.iter().map(Vec::as_slice), Depth::Full, known);
            assert_eq!(Verdict::from(&ours), *theirs, "journal {place}: {:?}", ours.findings);
        }
    }
}

fn ours(lines: &[Vec<u8>], checkpoint: Option<Checkpoint>) -> Report {
    let known = Known { checkpoint, key: None };
    verify(lines.iter().map(Vec::as_slice), Depth::Full, known)
}

fn checkpoint() -> Checkpoint {
    ours(&every_kind().bytes(), None).checkpoint().expect("a checkpoint")
}

/// The sound journal with one thing done to it, by the name of what was done.
fn broken() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let whole = every_kind().bytes();
    let with = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut lines = whole.clone();
        change(&mut lines);
        lines
    };
    let replaced = |seq: usize, old: &str, new: &str| {
        with(&|lines| {
            let text = String::from_utf8(lines[seq].clone()).expect("text");
            assert!(text.contains(old));
            lines[seq] = text.replacen(old, new, 1).into_bytes();
        })
    };
    let mut fork = every_kind();
    for event in ["nothing", "was", "sold"] {
        fork.record(Event::Note { text: event.to_owned() });
    }
    let mut gone_on = every_kind();
    gone_on.record(Event::Note { text: "the old key signs on".to_owned() });
    let mut fork_lines = whole[..20].to_vec();
    fork_lines.extend(rewritten(&fork, 20));
    BTreeMap::from([
        ("changed", replaced(5, "\"qty\":6500", "\"qty\":6501")),
        ("changed-unsigned", replaced(13, "key file", "key tile")),
        ("deleted", with(&|lines| drop(lines.remove(5)))),
        ("swapped", with(&|lines| lines.swap(5, 6))),
        ("repeated", with(&|lines| lines.insert(5, lines[5].clone()))),
        ("spliced", with(&|lines| lines[5].clone_from(&forty(8, 5).bytes()[5]))),
        ("damaged", with(&|lines| lines[5].truncate(300))),
        ("forged", with(&|lines| lines[5] = resealed(&whole[5], &other_key(), |json| json))),
        ("cut", with(&|lines| lines.truncate(20))),
        ("fork", fork_lines),
        ("after-rotation", gone_on.bytes()),
        (
            "key-of-another",
            with(&|lines| {
                lines[0] = resealed(&whole[0], &every_kind().key, |json| {
                    let key = every_kind().key.public().to_string();
                    json.replace(&key, &other_key().public().to_string())
                });
            }),
        ),
        ("wrong-totals", resealed_at(5, "\"in\":", "\"in\":1")),
        ("absurd-quantity", resealed_at(5, "\"qty\":6500", "\"qty\":100000001")),
        ("absurd-total", resealed_at(5, "\"total\":", "\"total\":1000000000000")),
        ("wrong-sum", resealed_at(5, "\"change\":", "\"change\":1")),
        ("later-version", resealed_at(5, "\"v\":1,", "\"v\":2,")),
        ("second-spelling", resealed_at(3, "\\u000a", "\\n")),
        ("empty", Vec::new()),
    ])
}

/// The records from `from` on, written again after each other with other words.
fn rewritten(till: &Till, from: usize) -> Vec<Vec<u8>> {
    let mut prev = till.lines[from - 1].hash();
    let mut lines = Vec::new();
    for seq in from..till.lines.len() {
        let envelope = Envelope::read(till.lines[seq].bytes()).expect("readable");
        let mut header = envelope.header;
        header.prev = prev;
        header.lifetime =
            Envelope::read(till.lines[from - 1].bytes()).expect("read").header.lifetime;
        let event = Event::Note { text: "written anew".to_owned() };
        let line = Line::seal(&header, &event, Some(&till.key));
        prev = line.hash();
        lines.push(line.into_bytes());
    }
    lines
}

/// The sound journal with one record's text changed and signed again by the right key.
fn resealed_at(seq: usize, old: &str, new: &str) -> Vec<Vec<u8>> {
    let till = every_kind();
    let mut lines = till.bytes();
    lines[seq] = resealed(&lines[seq], &till.key, |json| {
        assert!(json.contains(old), "{json}");
        json.replacen(old, new, 1)
    });
    lines
}

fn resealed(line: &[u8], key: &SigningKey, change: impl Fn(String) -> String) -> Vec<u8> {
    let text = String::from_utf8(line.to_vec()).expect("text");
    let (_, json) = text.split_once(' ').expect("a signature");
    let json = change(json.to_owned());
    let signature = key.sign(Domain::Record, json.as_bytes()).to_text();
    format!("{signature} {json}").into_bytes()
}

fn other_key() -> SigningKey {
    SigningKey::from_seed(&[9; 32]).expect("a key")
}

fn mutate(lines: &mut Vec<Vec<u8>>, random: &SeededEntropy) {
    let seq = below(random, lines.len());
    match random.below(8) {
        0 => drop(lines.remove(seq)),
        1 => lines.insert(seq, lines[below(random, lines.len())].clone()),
        2 => {
            let other = below(random, lines.len());
            lines.swap(seq, other);
        }
        3 => lines.truncate(seq.max(1)),
        // A changed digit under the right key: what a program with a bug would write.
        4 | 5 => {
            let places = lines[seq].clone();
            let digits: Vec<usize> = (90.min(places.len())..places.len())
                .filter(|place| places[*place].is_ascii_digit())
                .collect();
            if !digits.is_empty() {
                let mut changed = places;
                changed[digits[below(random, digits.len())]] =
                    b'0' + u8::try_from(random.below(10)).expect("a digit");
                if let Ok(text) = String::from_utf8(changed)
                    && text.contains(' ')
                {
                    lines[seq] = resealed(text.as_bytes(), &every_kind().key, |json| json);
                }
            }
        }
        _ => {
            let place = below(random, lines[seq].len());
            lines[seq][place] ^= 1 << random.below(8);
        }
    }
}

fn below(random: &SeededEntropy, bound: usize) -> usize {
    usize::try_from(random.below(u64::try_from(bound).expect("fits"))).expect("fits")
}

fn file_of(lines: &[Vec<u8>]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_slice(), b"\n"]).flatten().copied().collect()
}

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("JSON");
    writeln!(text).expect("written");
    text
}

fn folder_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares with what is published; writes it only when told to.
fn published(name: &str, bytes: &[u8]) {
    let path = folder_of("tests/vectors").join(name);
    if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") {
        std::fs::write(&path, bytes).expect("written");
    }
    let known = std::fs::read(&path).unwrap_or_default();
    assert!(
        known == bytes,
        "tests/vectors/{name} differs: a published format never changes. \
         If this one may, run the tests with UPDATE_VECTORS=1 and look at the difference."
    );
}
