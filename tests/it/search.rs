//! Searching a store's names: what is found, in which order, and how much is read for it.

use tideover::device::entropy::SeededEntropy;
use tideover::domain::ids::PackVersion;
use tideover::domain::time::Timestamp;
use tideover::pack::{BuildOrder, Catalog, Pack, PackSigner, PinCost, Source, build, sample_store};

fn catalog(source: &Source<'_>, folder: &std::path::Path) -> Catalog {
    let signer = PackSigner::from_seed(&[7; 32]).expect("a key");
    let out = folder.join("market.pack");
    let order = BuildOrder {
        source,
        out: &out,
        signer: &signer,
        version: &PackVersion::parse("20261122-1").expect("a version"),
        published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
        skip_bad_rows: false,
        pin_cost: PinCost::FLOOR,
        entropy: &SeededEntropy::new(1),
    };
    build(&order, &|_rows| ()).expect("built");
    Catalog::of(Pack::open(&out, &signer.public()).expect("opened")).expect("read")
}

fn names(catalog: &Catalog, text: &str) -> Vec<String> {
    catalog.search(text, 50).expect("searched").items.into_iter().map(|item| item.name).collect()
}

#[test]
fn words_are_found_without_accents_in_any_order_and_by_their_beginnings() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalog = catalog(&sample_store(), folder.path());
    assert_eq!(names(&catalog, "jalapeno pep"), ["Jalapeño peppers"]);
    assert_eq!(names(&catalog, "PEPPERS jalapeño"), ["Jalapeño peppers"]);
    assert_eq!(names(&catalog, "4011").first().map(String::as_str), Some("Bananas"), "its code");
    assert_eq!(names(&catalog, "alapeno"), [""; 0], "the middle of a word is no beginning");
    assert_eq!(names(&catalog, ""), [""; 0]);
    assert_eq!(names(&catalog, "zzz banana"), [""; 0], "all words, not one of them");
    let bananas = names(&catalog, "banana");
    assert_eq!(bananas.first().map(String::as_str), Some("Bananas"), "{bananas:?}");
    assert!(bananas.contains(&"Organic bananas".to_owned()));
}

#[test]
fn a_keystroke_reads_no_more_rows_than_are_shown() {
    let mut items = "code,name,unit_price,sold_by,tax_class,department,age_min\n".to_owned();
    for number in 0..5_000 {
        items.push_str(&format!("A{number},Garden peas {number},1.99,each,exempt,1,\n"));
    }
    let source = Source::Texts {
        items: &items,
        taxes: include_str!("../../assets/sample-store/taxes.csv"),
        people: include_str!("../../assets/sample-store/people.csv"),
        policy: include_str!("../../assets/sample-store/policy.csv"),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let catalog = catalog(&source, folder.path());
    let mut typed = String::new();
    for c in "garden peas 49".chars() {
        typed.push(c);
        let before = catalog.rows_read();
        let hits = catalog.search(&typed, 20).expect("searched");
        assert!(catalog.rows_read() - before <= 20, "{typed}");
        assert!(hits.total >= hits.items.len());
    }
    assert_eq!(catalog.search("peas", 20).expect("searched").total, 5_000);
    assert!(catalog.bytes() < 5_000 * 60, "{} bytes", catalog.bytes());
}

#[test]
fn the_sample_store_has_a_page_of_fast_items_with_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalog = catalog(&sample_store(), folder.path());
    let fast = catalog.pack().fast_items().expect("read");
    assert!((8..=12).contains(&fast.len()), "{}", fast.len());
    assert!(fast.iter().filter(|fast| fast.picture.is_some()).count() >= 8);
    catalog.pack().verify_all(&|_done| ()).expect("whole");
}
