//! `/metrics` by the rules of the text format, and each count against what was done.

use std::collections::{BTreeMap, BTreeSet};

use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::http::HttpTransport;

use super::asked;
use crate::central::{central_at, drain, enrolled, segments};
use crate::journals::TestRegister;

/// One family of samples.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    samples: BTreeMap<String, f64>,
}

/// Reads the text format, version 0.0.4: HELP and TYPE before the samples, each family in one
/// piece, each sample once, histograms whole.
fn read(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut open = String::new();
    let (mut helped, mut closed) = (BTreeSet::new(), BTreeSet::new());
    assert!(text.ends_with('\n'), "the last line is ended");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').expect("a help");
            assert!(!words.is_empty() && helped.insert(name.to_owned()), "{line}");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(helped.contains(name), "{name} without words");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(closed.insert(name.to_owned()), "{name} twice");
            open = name.to_owned();
            families.insert(open.clone(), Family { kind: kind.to_owned(), ..Family::default() });
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').expect("a sample");
        let name = sample.split('{').next().expect("a name");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.starts_with("tideover_") && name.chars().all(plain), "{name}");
        let family = families.get_mut(&open).expect("a family");
        let part = name.strip_prefix(open.as_str()).expect("in one piece");
        let parts: &[&str] =
            if family.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        assert!(parts.contains(&part), "{line}");
        if family.kind == "counter" {
            assert!(name.ends_with("_total"), "{name}");
        }
        if let Some(labels) = sample.strip_prefix(name).filter(|labels| !labels.is_empty()) {
            let inner = labels.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            for label in inner.expect("braces").split("\",") {
                let (label, value) = label.split_once("=\"").expect("a label");
                assert!(label.chars().all(plain), "{line}");
                assert!(!["store", "register", "reg", "person"].contains(&label), "{line}");
                assert!(!value.trim_end_matches('"').contains('"'), "{line}");
            }
        }
        let value: f64 = value.parse().expect("a number");
        assert!(family.samples.insert(sample.to_owned(), value).is_none(), "{sample} twice");
    }
    for (name, family) in &families {
        if family.kind == "histogram" {
            whole(name, family);
        }
    }
    families
}

/// Buckets rise, end with all of them, and their count is the count.
fn whole(name: &str, family: &Family) {
    let label = |sample: &str| {
        let labels = sample.split('{').nth(1).unwrap_or("").trim_end_matches('}');
        let own = labels.split(',').filter(|one| !one.starts_with("le=") && !one.is_empty());
        own.collect::<Vec<_>>().join(",")
    };
    let mut by_label: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (sample, value) in &family.samples {
        if sample.starts_with(&format!("{name}_bucket")) {
            let le = sample.split("le=\"").nth(1).and_then(|rest| rest.split('"').next());
            let le = match le.expect("an end") {
                "+Inf" => f64::INFINITY,
                end => end.parse().expect("a number"),
            };
            by_label.entry(label(sample)).or_default().push((le, *value));
        }
    }
    assert!(!by_label.is_empty(), "{name} has no buckets");
    for (label, mut buckets) in by_label {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{name} {label}: {buckets:?}");
        let end = buckets.last().expect("a bucket");
        assert!(end.0.is_infinite(), "{name} {label}");
        let braces = if label.is_empty() { String::new() } else { format!("{{{label}}}") };
        assert_eq!(family.samples[&format!("{name}_count{braces}")], end.1, "{name} {label}");
    }
}

/// Counts the runs that went through it.
struct Counted(HttpTransport, u32);

impl Transport for Counted {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.1 += u32::from(request.path() == "/v1/segments");
        self.0.send(request)
    }
}

#[test]
fn what_is_counted_is_what_was_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut whole = TestRegister::new(7);
    whole.sell(300, 2);
    enrolled(&central, &whole);
    let line = HttpTransport::new(&central.url(), None, false).expect("a line");
    let mut line = Counted(line, 0);
    assert_eq!(drain(&mut whole, &mut line).created, 302);
    // A stranger's word counts from its first records on.
    assert_eq!(drain(&mut whole, &mut line).created, 0);
    let Counted(mut line, runs) = line;
    assert!(runs >= 2, "{runs}");
    // Another one: its second half first, then all of it, and then all of it again.
    let mut other = TestRegister::new(8);
    other.sell(18, 1);
    enrolled(&central, &other);
    let mut post = |path: &str, body: Vec<u8>| {
        let request = Request::post(path, body);
        line.send(&request).expect("an answer").status
    };
    let halves = segments(&other, 10);
    assert_eq!(post("/v1/segments", halves[1].clone()), 200);
    assert_eq!(post("/v1/segments", halves[0].clone()), 200);
    assert_eq!(post("/v1/segments", segments(&other, 20).remove(0)), 200);
    // And what is sent away: a broken frame, a garbled blob, a stranger.
    assert_eq!(post("/v1/segments", b"no header".to_vec()), 400);
    let mut garbled = halves[0].clone();
    *garbled.last_mut().expect("a byte") ^= 1;
    assert_eq!(post("/v1/segments", garbled), 400);
    let mut stranger = TestRegister::new(9);
    stranger.sell(5, 1);
    assert_eq!(post("/v1/segments", segments(&stranger, 4).remove(1)), 403);
    // A whole journal of a register that nobody vouched for is kept, and is in no sum.
    let unknown = TestRegister::new(10);
    assert_eq!(post("/v1/segments", segments(&unknown, 10).remove(0)), 200);
    central.settle();
    let (status, text) = asked(&central.url(), "/metrics");
    assert_eq!(status, 200);
    let families = read(&text);
    let value = |sample: &str| {
        let name = sample.split('{').next().expect("a name");
        let family = families.iter().find(|(family, _)| name.starts_with(family.as_str()));
        let (_, family) = family.unwrap_or_else(|| panic!("{name} is not there:\n{text}"));
        let all = families.values().find_map(|family| family.samples.get(sample));
        *all.unwrap_or_else(|| panic!("{sample}: {family:?}"))
    };
    let whole = format!("tideover_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(value(&whole), 1.0);
    let by_program = whole.replace("build_info{version=", "registers_by_program{program=");
    for (sample, expected) in [
        ("tideover_segments_total{result=\"created\"}", f64::from(runs + 2)),
        ("tideover_segments_total{result=\"parked\"}", 1.0),
        ("tideover_segments_total{result=\"existing\"}", 1.0),
        ("tideover_segments_total{result=\"forked\"}", 0.0),
        ("tideover_records_total{kind=\"sale\",result=\"created\"}", 308.0),
        ("tideover_records_total{kind=\"sale\",result=\"parked\"}", 10.0),
        ("tideover_records_total{kind=\"sale\",result=\"existing\"}", 18.0),
        ("tideover_records_total{kind=\"epoch_open\",result=\"created\"}", 3.0),
        ("tideover_records_joined_total", 10.0),
        ("tideover_refusals_total{reason=\"malformed\"}", 2.0),
        ("tideover_refusals_total{reason=\"key\"}", 1.0),
        ("tideover_refusals_total{reason=\"busy\"}", 0.0),
        ("tideover_in_flight", 0.0),
        ("tideover_ready", 1.0),
        ("tideover_database_up", 1.0),
        ("tideover_kept_records", 322.0),
        ("tideover_unvouched_records", 2.0),
        ("tideover_given_up_records", 0.0),
        ("tideover_received_records", 302.0),
        ("tideover_expected_records", 302.0),
        ("tideover_completeness_ratio", 1.0),
        ("tideover_registers{state=\"complete\"}", 2.0),
        ("tideover_registers{state=\"silent\"}", 0.0),
        ("tideover_registers{state=\"quiet\"}", 0.0),
        ("tideover_registers_away", 0.0),
        ("tideover_projection_lag_records", 0.0),
        ("tideover_parked_records", 0.0),
        ("tideover_hold", 0.0),
        ("tideover_stores", 1.0),
        ("tideover_registers_without_pack", 3.0),
        ("tideover_registers_by_program{program=\"not_announced\"}", 2.0),
        (&by_program, 1.0),
        ("tideover_registers_older_program", 0.0),
        ("tideover_ingest_seconds_count{stage=\"store\"}", f64::from(runs + 4)),
    ] {
        assert_eq!(value(sample), expected, "{sample}");
    }
    // What the one that announced nothing sold was never out.
    let register = Some(tideover::domain::ids::RegisterNo(7));
    let money = central.totals(tideover::domain::ids::StoreNo(1042), register).expect("totals");
    let expected = money.total.minor();
    assert_eq!(value("tideover_received_money_minor"), expected as f64);
    let found = value("tideover_exceptions{code=\"provisional_register\",level=\"review\"}");
    assert_eq!(found, 1.0);
}
