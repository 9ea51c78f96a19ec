//! Codes as GS1 and scales write them: all vectors, and what a register makes of a scan.
//!
//! The long lists are not part of the project; TIDEOVER_DATA names their folder (see
//! `real_baskets`). Each list was made by other programs than this one.

use serde_json::Value;

use tideover::domain::code::element::parse;
use tideover::domain::code::garbage::Garbage;
use tideover::domain::code::label::{
    CatalogCode, LabelLayout, LabelValue, Means, Parts, Verifier, read,
};
use tideover::domain::code::verifier::verifier;
use tideover::domain::code::{link, upce};
use tideover::domain::gtin::{ItemCode, is_gtin};
use tideover::domain::money::Money;
use tideover::domain::quantity::Quantity;
use tideover::domain::time::BusinessDate;

use crate::real_baskets::real_input;

fn vectors(name: &str) -> Option<String> {
    let path = real_input("TIDEOVER_DATA")?.join("gs1").join(name);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display())))
}

/// The rows of a table without its comments.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

#[test]
fn a_thousand_upc_e_become_their_upc_a_and_come_back() {
    let Some(text) = vectors("upce.tsv") else { return };
    let mut count = 0;
    for row in rows(&text) {
        let [short, long, gtin] = row[..] else { panic!("{row:?}") };
        assert_eq!(upce::expand(short).as_deref(), Some(long), "{short}");
        assert_eq!(upce::compress(long).as_deref(), Some(short), "{long}");
        assert_eq!(ItemCode::parse(long).map(|code| code.to_string()).as_deref(), Ok(gtin));
        count += 1;
    }
    assert_eq!(count, 1_000);
}

#[test]
fn a_thousand_gtins_of_every_length_right_and_wrong() {
    let Some(text) = vectors("gtin.tsv") else { return };
    let mut count = 0;
    for row in rows(&text) {
        let (number, valid) = (row[0], row[2] == "1");
        assert_eq!(number.len().to_string(), row[1]);
        assert_eq!(is_gtin(number), valid, "{number}");
        if valid {
            assert_eq!(ItemCode::parse(number).map(|code| code.to_string()).as_deref(), Ok(row[3]));
        }
        count += 1;
    }
    assert_eq!(count, 1_000);
}

#[test]
fn all_ten_thousand_prices_of_four_digits_have_their_verifier() {
    let Some(text) = vectors("price4.tsv") else { return };
    let mut count = 0;
    for row in rows(&text) {
        assert_eq!(verifier(row[0]).map(|digit| digit.to_string()).as_deref(), Some(row[1]));
        count += 1;
    }
    assert_eq!(count, 10_000);
}

#[test]
fn every_message_is_read_with_its_identifiers_values_dates_and_decimals() {
    let Some(text) = vectors("ai_messages.jsonl") else { return };
    let today = BusinessDate::parse("2026-11-24").expect("a day");
    let mut count = 0;
    for line in text.lines() {
        let message: Value = serde_json::from_str(line).expect("json");
        let raw = message["raw"].as_str().expect("a text");
        let read = parse(raw).unwrap_or_else(|why| panic!("{raw:?}: {why:?}"));
        let expected = message["elements"].as_array().expect("elements");
        assert_eq!(read.len(), expected.len(), "{raw:?}");
        for (element, expected) in read.iter().zip(expected) {
            assert_eq!(Some(element.ai.as_str()), expected[0].as_str(), "{raw:?}");
            assert_eq!(Some(element.value.as_str()), expected[1].as_str(), "{raw:?}");
            let date = element.date(today).map(|date| date.to_string());
            assert_eq!(date.as_deref(), expected[2].as_str(), "{raw:?}");
            let decimal = element.decimal().map(|decimal| decimal.to_string());
            assert_eq!(decimal.as_deref(), expected[3].as_str(), "{raw:?}");
        }
        let human: String = read.iter().map(|e| format!("({}){}", e.ai, e.value)).collect();
        assert_eq!(Some(human.as_str()), message["hri"].as_str());
        count += 1;
    }
    assert_eq!(count, 120);
}

/// A message that is cut is either refused or a shorter good one: never a value of another length.
#[test]
fn every_message_cut_at_every_byte_is_refused_or_a_beginning_of_itself() {
    let Some(text) = vectors("ai_messages.jsonl") else { return };
    let (mut refused, mut shorter) = (0, 0);
    for line in text.lines() {
        let message: Value = serde_json::from_str(line).expect("json");
        let raw = message["raw"].as_str().expect("a text");
        let whole = parse(raw).expect("good");
        for end in 0..raw.len() {
            let Ok(cut) = parse(&raw[..end]) else {
                refused += 1;
                continue;
            };
            shorter += 1;
            for (element, whole) in cut.iter().zip(&whole) {
                assert_eq!(element.ai, whole.ai, "{raw:?} cut at {end}");
                assert!(whole.value.starts_with(&element.value), "{raw:?} cut at {end}");
            }
        }
    }
    assert!(refused > 3_000 && shorter > 300, "{refused} refused, {shorter} shorter");
}

/// One country's label, and what it says.
struct Sample {
    scan: &'static str,
    layout: (&'static str, usize, Verifier, usize, u8, Means),
    says: LabelValue,
}

fn layout(
    (prefix, item, verifier, value, decimals, means): (&str, usize, Verifier, usize, u8, Means),
) -> LabelLayout {
    LabelLayout::new(Parts {
        prefix: prefix.to_owned(),
        item_digits: item,
        verifier,
        value_digits: value,
        decimals,
        means,
        catalog_code: CatalogCode::Digits,
    })
    .expect("a layout")
}

fn price(minor: i64) -> LabelValue {
    LabelValue::Price(Money::from_minor(minor))
}

fn kilograms(text: &str, value: &LabelValue) -> bool {
    matches!(value, LabelValue::Weight(w) if w.quantity("kg") == Quantity::parse(text).ok())
}

#[test]
fn labels_of_seven_countries_by_layouts_that_are_data() {
    use Means::{Pieces, Price, Weight};
    use Verifier::{Absent, Checked};
    let pieces = LabelValue::Pieces(12);
    for Sample { scan, layout: parts, says } in [
        Sample {
            scan: "2011122912346",
            layout: ("20", 5, Checked, 4, 2, Price),
            says: price(1_234),
        },
        Sample {
            scan: "2088060112343",
            layout: ("20", 6, Absent, 4, 2, Price),
            says: price(1_234),
        },
        Sample {
            scan: "2188060112340",
            layout: ("21", 6, Absent, 4, 1, Price),
            says: price(12_340),
        },
        Sample {
            scan: "2135040039753",
            layout: ("21", 5, Absent, 5, 2, Price),
            says: price(3_975),
        },
        Sample { scan: "2330714002396", layout: ("23", 5, Absent, 5, 2, Price), says: price(239) },
        Sample { scan: "2630719000121", layout: ("26", 5, Absent, 5, 0, Pieces), says: pieces },
    ] {
        let label = read(scan, &[layout(parts)]).expect("a label").expect("good");
        assert_eq!(label.value, says, "{scan}");
    }
    for (scan, parts, weight) in [
        ("2388060112344", ("23", 6, Absent, 4, 3, Weight), "1.234"),
        ("2823570001509", ("28", 5, Absent, 5, 3, Weight), "0.15"),
        ("2811111068708", ("28", 5, Absent, 5, 3, Weight), "6.87"),
        ("2302148210869", ("23", 6, Absent, 4, 3, Weight), "1.086"),
        ("2311111112345", ("23", 6, Absent, 4, 3, Weight), "1.234"),
    ] {
        let label = read(scan, &[layout(parts)]).expect("a label").expect("good");
        assert!(kilograms(weight, &label.value), "{scan}: {:?}", label.value);
    }
}

#[test]
fn a_price_that_disagrees_with_its_verifier_is_a_misread_unless_the_store_says_otherwise() {
    let checked = layout(("20", 5, Verifier::Checked, 4, 2, Means::Price));
    let ignored = layout(("20", 5, Verifier::Ignored, 4, 2, Means::Price));
    let wrong = "2011122812349";
    assert_eq!(read(wrong, &[checked]), Some(Err(Garbage::PriceCheck)));
    let label = read(wrong, &[ignored]).expect("a label").expect("not looked at");
    assert_eq!(label.value, price(1_234));
}

#[test]
fn a_digital_link_of_any_host_and_no_other_address() {
    let hri = |address: &str| {
        link::parse(address)
            .map(|all| all.iter().map(|e| format!("({}){}", e.ai, e.value)).collect::<String>())
    };
    for (address, elements) in [
        (
            "https://id.gs1.org/01/00614141123452/10/ABC123?17=270131",
            "(01)00614141123452(10)ABC123(17)270131",
        ),
        ("https://id.gs1.org/01/614141123452", "(01)00614141123452"),
        ("https://example.com/prefix/01/00614141123452", "(01)00614141123452"),
    ] {
        assert_eq!(hri(address).as_deref(), Ok(elements), "{address}");
    }
    assert_eq!(hri("https://id.gs1.org/foo/123"), Err(Garbage::Link));
}
