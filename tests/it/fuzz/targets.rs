//! Readers that need no other side: codes, records, files, papers, settings.

use tideover::device::entropy::SeededEntropy;
use tideover::domain::ids::PackVersion;
use tideover::domain::time::Timestamp;
use tideover::journal::checkpoint::Checkpoint;
use tideover::journal::key::SigningKey;
use tideover::journal::verify::{Depth, Known, verify};
use tideover::pack::{BuildOrder, Pack, PackSigner, PinCost, Source, StoreManifest, build};
use tideover::receipt::base32;
use tideover::reconcile::rulebook::Rulebook;
use tideover::register::settings::DataDir;
use tideover::sync::bundle;

use super::{Seen, feed, readers};
use crate::journal::sample::{every_kind, forty};
use crate::program::{Dice, sample_baskets};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn seeds(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn scans() {
    let seeds = seeds(&[
        "401100370077",
        "]d2010490009913158517261231103922A\u{1d}15270510",
        "https://a.example/p/01/04900099131585/22/A/10/3922A/21/X?17=261231&3103=001500#x",
        "]C10100614141000418370012\u{1d}3102000150",
        "204011928757",
        "]E00509396670076",
        "8110106141416543213150110120",
        "TDO1:1042.7.abcdef",
        "0104900099131585",
        "6006491234567890128",
    ]);
    feed("scan", 6_000, &seeds, &mut |input| readers::scan(input));
}

#[test]
fn check_lines() {
    let seeds = seeds(&[
        "T111000025T 0012345678O 1024",
        "O001207O T021000021T 123456789012O",
        "T322271627T 1234 5678 90O 0101 A0000012345A",
    ]);
    feed("check line", 6_000, &seeds, &mut |input| readers::check_line(input));
}

#[test]
fn small_words() {
    let seeds = seeds(&[
        "12.34",
        "-0.05",
        "1000000.00",
        "0.65",
        "2026-11-22",
        "2026-11-22T13:05:09.120-06:00",
        "20261122-3",
        "04091953",
        "1.10.0-rc.2+site.7",
    ]);
    feed("amounts, quantities, dates", 10_000, &seeds, &mut |input| readers::small_words(input));
}

#[test]
fn record_lines() {
    let till = every_kind();
    let lines = till.bytes();
    feed("record line", 6_000, &lines, &mut |input| readers::record_line(input));
}

#[test]
fn whole_journals() {
    let till = forty(7, 5);
    let file = till.bytes().join(&b'\n');
    let vector = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/journal.lines"));
    let known =
        verify(till.bytes().iter().map(Vec::as_slice), Depth::Full, Known::default()).checkpoint();
    let seeds = [file.clone(), vector.expect("the published journal")];
    feed("journal", 200, &seeds, &mut |input| {
        readers::journal(input);
        let known = Known { checkpoint: known, key: None };
        let report = verify(input.split(|byte| *byte == b'\n'), Depth::Full, known);
        match report.findings.first() {
            None => {
                assert_eq!(input, file, "only the very same bytes are clean");
                Seen::Taken
            }
            Some(finding) => Seen::Refused(finding.text.clone()),
        }
    });
}

#[test]
fn checkpoints() {
    let till = forty(7, 5);
    let lines = till.bytes();
    let report = verify(lines.iter().map(Vec::as_slice), Depth::Full, Known::default());
    let right = report.checkpoint().expect("one").seal(Some(&till.key));
    let key = till.key.public();
    feed("checkpoint", 4_000, &[right.clone().into_bytes()], &mut |input| {
        readers::checkpoint(input);
        let read = Checkpoint::read(&text(input), Some(&key));
        assert!(read.is_err() || input == right.as_bytes(), "a changed one was believed");
        read.into()
    });
}

#[test]
fn bundles() {
    let key = SigningKey::from_seed(&[5; 32]).expect("a key");
    let till = forty(7, 5);
    let part = till.bytes().join(&b'\n');
    let zero = "0".repeat(64);
    let journal = tideover::sync::wire::JournalName::of(&till.chain.journal);
    let manifest = bundle::Manifest {
        store: 1042,
        by_register: 7,
        made_at: "2026-11-22T13:05:09.120-06:00".to_owned(),
        program: "0.1.0".to_owned(),
        parts: vec![bundle::PartNote {
            file: bundle::part_name(1),
            content: bundle::Content::Records,
            bytes: u64::try_from(part.len()).expect("fits"),
            sha256: tideover::journal::hash::Hash::of_bytes(&part).to_string(),
            journal,
            from: 0,
            lines: 40,
            prev: zero,
            head: till.chain.head.to_string(),
        }],
    };
    let right = bundle::seal(&manifest, &key).expect("sealed");
    let note = &manifest.parts[0];
    assert!(bundle::check(note, &part).is_ok());
    let json = right.splitn(4, |byte| *byte == b'\n').nth(3).expect("json").to_vec();
    feed("bundle's manifest", 4_000, &[right.clone(), json], &mut |input| {
        readers::bundle_manifest(input)
    });
    feed("bundle's part", 1_000, std::slice::from_ref(&part), &mut |input| {
        readers::bundle_part(input);
        let plain = Seen::from(bundle::check(note, input));
        // And as a part whose length and hash are right, so that its records are read.
        let note = bundle::PartNote {
            bytes: u64::try_from(input.len()).expect("fits"),
            sha256: tideover::journal::hash::Hash::of_bytes(input).to_string(),
            ..note.clone()
        };
        let read = bundle::check(&note, input);
        let same = bundle::lines(input).eq(bundle::lines(&part));
        assert!(read.is_err() || same, "records that were changed are no part");
        plain
    });
}

#[test]
fn papers() {
    let mut odd = seeds(&[
        "TDO1:1042:7:ABABABABABABABAB:1801:5D5D5D5D5D5D5D5D",
        "TDO2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "TDR1:1042:7:41:ABAB",
        "TDS1:1042:500",
    ]);
    for len in [40, 160, 300, 460] {
        let bytes: Vec<u8> =
            (0..len).map(|place| u8::try_from(place % 251).expect("one")).collect();
        odd.push(format!("TDO2:{}", base32::encode(&bytes)).into_bytes());
        odd.push(format!("TDR2:{}", base32::encode(&bytes)).into_bytes());
    }
    feed("paper's code", 6_000, &odd, &mut |input| readers::paper(input));
}

#[test]
fn printer_answers() {
    let answers = vec![vec![0x12, 0x16, 0x1a, 0x32, 0x72, 0x00, 0xff], vec![0x12; 4]];
    feed("printer's answers", 6_000, &answers, &mut |input| readers::printer(input));
}

#[test]
fn settings_rules_plans_and_baskets() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = DataDir(folder.path().to_owned());
    let settings = serde_json::json!({
        "store": 1042, "register": 7, "pack_key": "ab".repeat(32), "time_zone": null,
        "central": {"url": "https://central.example:7443", "certificate": null,
            "ack_key": "cd".repeat(32), "receipt_word": null},
        "tape_dir": null, "anchor_dir": null, "receipts": null, "training": false,
    });
    let mut more = settings.clone();
    more["printer"] = serde_json::json!({
        "to": "tcp 192.0.2.1:9100", "columns": 42, "code_page": "cp437", "drawer": "pin2",
        "realtime_drawer": false, "qr": "printer", "answers": true, "language": "en",
    });
    more["peers"] = serde_json::json!({
        "listen": "0.0.0.0:7444",
        "registers": [{"register": 8, "address": "192.0.2.8:7444", "key": "ab".repeat(32)}],
    });
    let settings: Vec<Vec<u8>> = [settings, more]
        .iter()
        .map(|json| serde_json::to_vec_pretty(json).expect("json"))
        .collect();
    feed("settings", 1_500, &settings, &mut |input| {
        std::fs::write(folder.path().join("register.json"), input).expect("written");
        readers::settings(input);
        data.settings().into()
    });
    let rules = seeds(&[
        "version = 2\ndrawer_free = \"2.50\"\n[levels]\nkeyed_price = \"review\"\n",
        &Rulebook::default().to_text(),
    ]);
    feed("rules", 1_500, &rules, &mut |input| readers::rules(input));
    let probes = seeds(&[
        "[[probe]]\nwatches = \"gateway\"\naddress = \"tcp:192.0.2.1:53\"\n",
        "[[probe]]\nwatches = \"outside\"\naddress = \"http://[2001:db8::1]:80/up\"\n\
         healthy = \"ok\"\nlimit_ms = 2000\nevery_s = 60\n",
    ]);
    feed("probes", 1_500, &probes, &mut |input| readers::probes(input));
    feed("scenario", 1_000, &seeds(&[SCENARIO]), &mut |input| readers::scenario(input));
    let mut dice = Dice(5);
    let some = seeds(&[&sample_baskets(3, 4, true, &mut dice), BASKETS]);
    feed("baskets", 1_000, &some, &mut |input| readers::baskets(input));
}

/// One of everything that a scenario may say.
const SCENARIO: &str = "id = \"S\"\ntitle = \"An evening\"\n[outage]\nstart_local = \
    \"2026-11-22T14:00:00\"\nduration_min = 90\ncause = \"a cable\"\n[systems]\npos_central = \
    \"down\"\n[[event]]\nat = 5\ndo = \"network returns for 40 s, then down again (flap)\"\n\
    [[event]]\nat = 1\ndo = \"a lead declares outage\"\n[must]\nitems = [\"no-sale, paid-in/out\"]\n\
    [must_not]\nitems = [\"sell twice after crash recovery\"]\n[reconcile]\nitems = [\"every signed \
    envelope applied exactly once at central\"]\n";

/// A store with its taxes, and a basket with one of everything.
const BASKETS: &str = concat!(
    r#"{"store":{"currency":"USD","tax_basis":"invoice","cash_rounding":"nearest5","#,
    r#""taxes":[{"code":"ST","class":"food","percent":"4","from":"2020-01-01"}]}}"#,
    "\n",
    r#"{"basket":"114","lines":[{"code":"4011","name":"BANANAS","qty":"0.65","price":"0.99","#,
    r#""amount":"0.64","tax":"food","weighed":true},{"code":"00852421006143","price":2,"void":true,"#,
    r#""tax":"none"}],"tenders":[{"kind":"cash","amount":"20.00"},{"kind":"check","number":"12"}]}"#,
    "\n",
);

const ITEMS: &str = include_str!("../../../assets/sample-store/items.csv");
const PEOPLE: &str = include_str!("../../../assets/sample-store/people.csv");
const POLICY: &str = include_str!("../../../assets/sample-store/policy.csv");
const TAXES: &str = include_str!("../../../assets/sample-store/taxes.csv");

fn built(
    tables: [&str; 4],
    at: &std::path::Path,
) -> Result<tideover::pack::BuildReport, tideover::pack::BuildError> {
    let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
    let [items, people, policy, taxes] = tables;
    let source = Source::Texts { items, taxes, people, policy };
    build(
        &BuildOrder {
            source: &source,
            out: at,
            signer: &signer,
            version: &PackVersion::parse("20261122-1").expect("a version"),
            published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        },
        &|_| (),
    )
}

#[test]
fn the_retailers_tables() {
    for (name, rows) in readers::TABLES {
        let line = format!("{name}\n");
        let right = [line.as_bytes(), rows].concat();
        assert!(matches!(readers::table(&right), Seen::Taken), "{name} as it should be");
        feed(&format!("table of {}", name.trim_end_matches(".csv")), 120, &[right], &mut |input| {
            let rest = input.strip_prefix(line.as_bytes()).unwrap_or(input);
            readers::table(&[line.as_bytes(), rest].concat())
        });
    }
}

#[test]
fn a_table_that_is_refused_leaves_no_pack_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let few: String = ITEMS.lines().take(12).map(|line| format!("{line}\n")).collect();
    // One person: a PIN costs a tenth of a second.
    let people = PEOPLE.lines().take(2).map(|line| format!("{line}\n")).collect::<String>();
    let tables = [few.as_str(), &people, POLICY, TAXES];
    for (place, name) in ["items", "people", "policy", "taxes"].into_iter().enumerate() {
        let seeds = [tables[place].as_bytes().to_vec()];
        let mut round = 0_u32;
        feed(&format!("built of {name}"), 15, &seeds, &mut |input| {
            round += 1;
            let changed = text(input);
            let mut all = tables;
            all[place] = &changed;
            let at = folder.path().join(format!("{name}-{round}.pack"));
            let done = built(all, &at);
            assert!(done.is_ok() || !at.exists(), "a pack was left behind");
            std::fs::remove_file(&at).ok();
            done.into()
        });
    }
}

#[test]
fn pack_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("right.pack");
    let few: String = ITEMS.lines().take(12).map(|line| format!("{line}\n")).collect();
    let people = PEOPLE.lines().take(2).map(|line| format!("{line}\n")).collect::<String>();
    built([&few, &people, POLICY, TAXES], &at).expect("built");
    let right = std::fs::read(&at).expect("bytes");
    let key = PackSigner::from_seed(&[3; 32]).expect("a key").public();
    let other = folder.path().join("changed.pack");
    let ends = vec![right.clone(), right[right.len().saturating_sub(4_096)..].to_vec()];
    feed("pack file", 300, &ends, &mut |input| {
        std::fs::write(&other, input).expect("written");
        let opened = Pack::open(&other, &key);
        if let Ok(pack) = opened {
            let whole = pack.verify_all(&|_| ());
            assert!(whole.is_err() || input == right, "a changed pack passed for whole");
            return whole.into();
        }
        opened.into()
    });
}

#[test]
fn packs_that_are_signed_and_what_is_said_of_them() {
    let key = PackSigner::from_seed(&[5; 32]).expect("a key");
    let manifest = serde_json::json!({
        "format": 1, "store": 1042, "version": "20261122-1",
        "published_at": "2026-11-22T05:00:00.000-06:00", "bytes": 16, "sha256": "ab".repeat(32),
        "items": 3, "key": key.public().to_string(),
    });
    let trailer = [serde_json::to_vec(&manifest).expect("json")];
    feed("pack trailer", 2_000, &trailer, &mut |input| readers::pack_trailer(input));
    let day = |hour: &str| format!("2026-11-22T{hour}:00:00.000-06:00");
    let release = serde_json::json!({
        "kind": StoreManifest::kind(), "store": 1042, "version": "20261122-1",
        "issued": day("05"), "fresh_until": day("20"), "expires": day("23"), "prev": null,
        "full": {"sha256": "11".repeat(32), "bytes": 4096},
        "deltas": [{"from": "20261121-1", "sha256": "22".repeat(32), "bytes": 512}],
        "min_app": "0.1.0", "effective_from": day("21"), "pinned": null,
        "revoked": ["20261120-1"], "key": key.public().to_string(), "voucher": null,
    });
    let release = serde_json::to_vec(&release).expect("json");
    feed("pack release", 2_000, &[release], &mut |input| readers::pack_release(input));
    let changes = seeds(&[
        "policy value t 99",
        "tax rate i 10000000\ntax from_day t 2026-13-45",
        "person role t manager\nperson m_kib i 4294967295",
        "item unit_price i 9223372036854775807",
        "item code t 04011",
        "item tax_class t none",
        "label item_digits i -1\nlabel prefix t 2",
        "gift_card digits i 0",
        "recall batch n ",
        "stock on_hand i -9223372036854775808\nstock as_of t yesterday",
        "expected quantity i 0\nexpected day t x",
        "pickup_order name b abc\npickup_line quantity i 1",
        "fast key i 4011",
        "@4120 ff00ff00",
        "@18 02020040",
    ]);
    feed("pack", 200, &changes, &mut |input| readers::pack(input));
}
