//! Scans as registers meet them, and scans as nobody should.

use super::chosen::{Chosen, choose};
use super::garbage::Garbage;
use super::kind::GiftCards;
use super::label::{CatalogCode, LabelLayout, Means, Parts, Verifier};
use super::reading::{
    CodeForm, CodeRules, Dates, ExpiryRule, ItemReading, READINGS_MAX, Reading, SCAN_LEN_MAX, read,
};
use crate::domain::gtin::{ItemCode, check_digit};
use crate::domain::ids::TaxClass;
use crate::domain::item::{Item, SoldBy};
use crate::domain::money::Money;
use crate::domain::quantity::UnitPrice;
use crate::domain::time::BusinessDate;

fn today() -> BusinessDate {
    BusinessDate::parse("2026-11-24").expect("a day")
}

/// A US store: price labels with a verifier, one kind of gift card, `|` for GS.
fn rules() -> CodeRules {
    let deli = Parts {
        prefix: "02".to_owned(),
        item_digits: 5,
        verifier: Verifier::Checked,
        value_digits: 4,
        decimals: 2,
        means: Means::Price,
        catalog_code: CatalogCode::Plu,
    };
    CodeRules {
        layouts: vec![LabelLayout::new(deli).expect("a layout")],
        gift_cards: vec![GiftCards::new("600649", 19, "Gift card").expect("a range")],
        separator: Some("|".to_owned()),
    }
}

fn readings(scan: &str) -> Vec<Reading> {
    read(scan, &rules(), today()).into_all()
}

/// The codes and forms of the readings with a code.
fn codes(scan: &str) -> Vec<(String, CodeForm)> {
    let item = |reading: Reading| match reading {
        Reading::Item(item) => Some((item.code.to_string(), item.form)),
        _ => None,
    };
    readings(scan).into_iter().filter_map(item).collect()
}

fn only(scan: &str) -> ItemReading {
    match readings(scan).as_slice() {
        [Reading::Item(item)] => (**item).clone(),
        other => panic!("{scan}: {other:?}"),
    }
}

fn item(code: &str) -> Item {
    Item {
        code: ItemCode::parse(code).expect("a code"),
        name: code.to_owned(),
        unit_price: UnitPrice::from_tenthousandths(10_000),
        sold_by: SoldBy::Each,
        tax_class: TaxClass::parse("food").expect("a class"),
        department: 1,
        age_min: None,
    }
}

/// What a catalog of these codes makes of a scan, and how often it was asked.
fn chosen(scan: &str, catalog: &[&str]) -> (Chosen, usize) {
    let known: Vec<Item> = catalog.iter().map(|code| item(code)).collect();
    let mut asked: usize = 0;
    let chosen = choose(read(scan, &rules(), today()), |code| {
        asked = asked.saturating_add(1);
        Ok::<_, std::convert::Infallible>(known.iter().find(|item| item.code == *code).cloned())
    });
    let Ok(chosen) = chosen;
    (chosen, asked)
}

#[test]
fn the_symbology_tells_an_ean_8_from_a_upc_e() {
    let (ean_8, upc_a) = ("00000001234565".to_owned(), "00012345000065".to_owned());
    assert_eq!(codes("]E401234565"), [(ean_8.clone(), CodeForm::Plain)]);
    assert_eq!(codes("]E001234565"), [(upc_a.clone(), CodeForm::UpcE)]);
    assert_eq!(codes("]E096385074"), [("00000096385074".to_owned(), CodeForm::Plain)]);
    assert_eq!(codes("]E00012345000065"), [(upc_a.clone(), CodeForm::Plain)]);
    assert_eq!(codes("01234565"), [(ean_8, CodeForm::Plain), (upc_a, CodeForm::UpcE)]);
}

#[test]
fn a_person_is_asked_only_when_the_catalog_holds_both() {
    let (ean_8, upc_a) = ("01234565", "012345000065");
    assert!(matches!(chosen(ean_8, &[ean_8]).0, Chosen::Item(r, _) if r.form == CodeForm::Plain));
    assert!(matches!(chosen(ean_8, &[upc_a]).0, Chosen::Item(r, _) if r.form == CodeForm::UpcE));
    assert!(matches!(chosen(ean_8, &[ean_8, upc_a]).0, Chosen::Ask(two) if two.len() == 2));
    assert!(matches!(chosen(ean_8, &[]).0, Chosen::Unknown(r) if r.form == CodeForm::Plain));
}

#[test]
fn a_label_gives_item_and_price_and_zero_asks() {
    let label = |verifier_and_price: &str| {
        let body = format!("204011{verifier_and_price}");
        format!("{body}{}", check_digit(&body).expect("digits"))
    };
    let (found, asked) = chosen(&label("92875"), &["4011"]);
    let Chosen::Item(reading, _) = found else { panic!("{found:?}") };
    assert_eq!(reading.price.map(|price| price.amount), Some(Money::from_minor(2_875)));
    assert_eq!(asked, 2);
    let (found, _) = chosen(&label("00000"), &["4011"]);
    assert!(matches!(found, Chosen::Item(r, _) if r.not_encoded == Some(Means::Price)));
    let (found, _) = chosen(&label("82875"), &["4011"]);
    assert_eq!(found, Chosen::Other(Reading::Garbage(Garbage::PriceCheck)));
    assert!(
        matches!(chosen(&label("92875"), &[]).0, Chosen::Unknown(r) if r.form == CodeForm::Label)
    );
}

#[test]
fn an_element_string_with_and_without_its_marks() {
    let marked = only("]d2010490009913158517261231103922A\u{1d}15270510");
    assert_eq!(marked.batch.as_ref().map(|b| b.as_str()), Some("3922A"));
    let day = |text| BusinessDate::parse(text).ok();
    let dates = Dates { use_by: day("2026-12-31"), sell_by: None, best_before: day("2027-05-10") };
    assert_eq!(marked.dates, dates);
    for same in [
        "\u{1d}010490009913158517261231103922A\u{1d}15270510",
        "010490009913158517261231103922A|15270510",
        "]C1010490009913158517261231103922A|15270510",
        "https://a.example/01/04900099131585/10/3922A?17=261231&15=270510",
    ] {
        assert_eq!(only(same), marked, "{same}");
    }
    // 16 digits may be an article number too: the catalog decides.
    assert_eq!(codes("0104900099131585").len(), 2);
}

#[test]
fn dates_that_the_policy_looks_at() {
    let read = only(
        "]d2010490009913158517261231162612201526\
                     1210",
    );
    let last = |rule| read.dates.last_day(rule).map(|date| date.to_string());
    assert_eq!(last(ExpiryRule::UseBy).as_deref(), Some("2026-12-31"));
    assert_eq!(last(ExpiryRule::SellBy).as_deref(), Some("2026-12-20"));
    assert_eq!(last(ExpiryRule::BestBefore).as_deref(), Some("2026-12-10"));
    assert_eq!(only("4011").dates.last_day(ExpiryRule::BestBefore), None);
}

#[test]
fn a_weight_a_price_and_a_count_beside_the_gtin() {
    let read = only("]e001904900099131503202003347392264194");
    assert_eq!(read.price.map(|price| price.amount), Some(Money::from_minor(64_194)));
    let pounds = read.weight.and_then(|weight| weight.quantity("lb"));
    assert_eq!(pounds.map(|q| q.to_string()).as_deref(), Some("33.47"));
    assert_eq!(only("]C101104900099131543012").pieces, Some(12));
    let foreign = only("]e001904900099131503932978641").price.expect("a price");
    assert_eq!(foreign.currency.as_deref(), Some("978"));
}

#[test]
fn what_is_worth_money_elsewhere_is_known_and_not_kept() {
    for coupon in [
        "509396670076",
        "0509396670076",
        "]E00509396670076",
        "9901234567899",
        "]e00109901234567899",
        "]e08110106141416543213150110120",
        "8110106141416543213150110120",
        "]e081121106141416543213150110120",
    ] {
        assert_eq!(readings(coupon), [Reading::Coupon], "{coupon}");
    }
    assert_eq!(readings("6006491234567890123"), [Reading::GiftCard("Gift card".to_owned())]);
    assert_eq!(readings("9801234567892"), [Reading::RefundReceipt]);
    assert_eq!(readings("TDO1:1042.7.x"), [Reading::Receipt("TDO1:1042.7.x".to_owned())]);
    let (card, _) = chosen("4111111111111111", &[]);
    assert_eq!(card, Chosen::Other(Reading::PaymentCard));
}

#[test]
fn garbage_has_its_reason() {
    for (scan, why) in [
        ("", Garbage::Empty),
        (" \r\n", Garbage::Empty),
        ("]E112", Garbage::AddOn),
        ("40063\u{7}81333931", Garbage::Character),
        ("4006381333931é", Garbage::Character),
        ("40 11", Garbage::Character),
        ("https://example.com/foo/123", Garbage::Link),
        ("]C100106141411234567897", Garbage::NoItem),
        ("]d20104900099131585172513", Garbage::Torn),
        ("]E04006381333932", Garbage::CheckDigit),
        ("]E0400638133", Garbage::Torn),
        ("]E401234566", Garbage::CheckDigit),
        ("123456789012345678901", Garbage::TooLong),
        ("TDO1:\u{1b}p0", Garbage::Character),
    ] {
        assert_eq!(readings(scan), [Reading::Garbage(why)], "{scan:?}");
    }
    let (misread, _) = chosen("4006381333932", &[]);
    assert_eq!(misread, Chosen::Other(Reading::Garbage(Garbage::CheckDigit)));
    assert!(matches!(chosen("4006381333932", &["4006381333932"]).0, Chosen::Item(..)));
}

/// Scans of chance, of 4 KiB, and every good scan cut at every byte and with every byte changed:
/// nothing panics, and the catalog is asked a handful of times at most.
#[test]
fn whatever_is_scanned_costs_a_bounded_number_of_look_ups() {
    let good = [
        "]d2010490009913158517261231103922A\u{1d}15270510",
        "https://a.example/p/01/04900099131585/22/A/10/3922A/21/X?17=261231&3103=001500#x",
        "01234565",
        "204011928757",
        "]E00509396670076",
        "8110106141416543213150110120",
        "TDO1:1042.7.abcdef",
        "0104900099131585",
    ];
    let mut scans: Vec<String> = vec!["9".repeat(4_096), "]d2".repeat(2_000), "%".repeat(1_000)];
    for scan in good {
        scans.extend((0..=scan.len()).map(|end| scan[..end].to_owned()));
        for place in 0..scan.len() {
            let mut bytes = scan.as_bytes().to_vec();
            for change in [0_u8, 0x1d, 0x7f, b'9', b'/', b'%', 0xff] {
                bytes[place] = change;
                scans.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    let mut chance = Chance(7);
    for _ in 0..20_000 {
        let len = chance.below(60);
        let alphabet = b"0123456789010203]dE24\x1d%/:ABht\xc3\xa9";
        let bytes: Vec<u8> = (0..len).map(|_| alphabet[chance.below(alphabet.len())]).collect();
        scans.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let mut most = 0;
    for scan in &scans {
        let list = readings(scan);
        assert!((1..=READINGS_MAX).contains(&list.len()), "{scan:?}");
        let (_, asked) = chosen(scan, &["4011", "01234565"]);
        most = most.max(asked);
    }
    assert_eq!(most, 2, "look-ups of the costliest scan");
    assert_eq!(readings(&"9".repeat(SCAN_LEN_MAX + 1)), [Reading::Garbage(Garbage::TooLong)]);
}

/// Numbers that look like chance and are the same in every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit).expect("small");
        usize::try_from((z ^ (z >> 31)).rem_euclid(limit)).expect("small")
    }
}
