//! Labels of scales, gift cards and recalls in a pack.

use super::*;

const LABELS: &str = "prefix,item_digits,verifier,value_digits,decimals,means,catalog_code\n\
    02,5,checked,4,2,price,plu\n\
    28,5,none,5,3,weight,digits\n";

const GIFT_CARDS: &str = "prefix,digits,name\n600649,19,Gift card\n";

const RECALLS: &str = "code,batch,reason\n\
    4011,,Spiders\n\
    042100005264,L1,Glass\n\
    042100005264,L2,Glass\n";

/// The tables that a store may leave out, beside the four that it needs.
fn with_codes<'a>(
    labels: &'a str,
    gift_cards: &'a str,
    recalls: &'a str,
) -> [(&'static str, &'a str); 7] {
    [
        ("items.csv", ITEMS),
        ("taxes.csv", TAXES),
        ("people.csv", PEOPLE),
        ("policy.csv", POLICY),
        ("labels.csv", labels),
        ("giftcards.csv", gift_cards),
        ("recalls.csv", recalls),
    ]
}

#[test]
fn labels_gift_cards_and_recalls_go_into_the_pack() {
    let desk = Desk::new();
    let tables = with_codes(LABELS, GIFT_CARDS, RECALLS);
    let report = desk.build(&Source::Tables(&tables), "20261122-1").expect("built");
    let codes = report.codes;
    assert_eq!((codes.labels, codes.gift_cards, codes.recalls), (2, 1, 3));
    desk.apply(&report.file).expect("applied");
    let pack = desk.in_use().expect("in use");
    pack.verify_all(&|_| ()).expect("every row is good");
    let prefixes: Vec<&str> =
        pack.code_rules().layouts.iter().map(|layout| layout.parts().prefix.as_str()).collect();
    assert_eq!(prefixes, ["02", "28"]);
    assert!(pack.code_rules().gift_cards[0].holds("6006491234567890123"));
    let recall = |text: &str, batch: Option<&str>| {
        let batch = batch.map(|batch| Batch::parse(batch).expect("a batch"));
        pack.recall(&code(text), batch.as_ref()).expect("readable")
    };
    let stop = |reason: &str| Some(Recall::Stop { reason: reason.to_owned() });
    assert_eq!(recall("4011", None), stop("Spiders"));
    assert_eq!(recall("4011", Some("anything")), stop("Spiders"));
    assert_eq!(recall("042100005264", Some("l2")), stop("Glass"));
    assert_eq!(recall("042100005264", Some("L3")), None);
    let looked = recall("042100005264", None);
    assert!(matches!(looked, Some(Recall::Look { batches, .. }) if batches.len() == 2));
    assert_eq!(recall("94011", None), None);
}

#[test]
fn a_store_without_labels_and_recalls_is_whole() {
    let desk = Desk::new();
    let report = desk.build(&texts(ITEMS), "20261122-1").expect("built");
    assert_eq!(report.codes, CodeRows::default());
    desk.apply(&report.file).expect("applied");
    let pack = desk.in_use().expect("in use");
    assert_eq!(*pack.code_rules(), CodeRules::default());
    assert_eq!(pack.recall(&code("4011"), None).expect("readable"), None);
}

#[test]
fn a_wrong_row_of_labels_or_recalls_is_told_and_never_left_out() {
    let labels = "prefix,item_digits,verifier,value_digits,decimals,means,catalog_code\n\
        02,5,checked,4,2,price,plu\n\
        02,5,checked,4,2,price,plu\n\
        30,5,checked,4,2,price,plu\n\
        20,5,checked,4,2,cost,plu\n\
        21,5,none,4,2,price,plu\n";
    let gift_cards = "prefix,digits,name\n60,19,Gift card\n6006,x,Gift card\n";
    let recalls = "code,batch,reason\n042100005265,,x\n4011,a b,x\n4011,,\n4011,,x\n4011,,y\n";
    let desk = Desk::new();
    let tables = with_codes(labels, gift_cards, recalls);
    let built = desk.build_with(&Source::Tables(&tables), "20261122-1", true, PinCost::FLOOR);
    let Err(BuildError::BadRows(bad)) = built else { panic!("{built:?}") };
    let said: Vec<(&str, u64)> = bad.iter().map(|row| (row.file, row.line)).collect();
    assert_eq!(
        said,
        [
            ("labels.csv", 3),
            ("labels.csv", 4),
            ("labels.csv", 5),
            ("labels.csv", 6),
            ("giftcards.csv", 2),
            ("giftcards.csv", 3),
            ("recalls.csv", 2),
            ("recalls.csv", 3),
            ("recalls.csv", 4),
            ("recalls.csv", 6),
        ]
    );
    assert!(bad.iter().all(|row| !row.may_be_left_out));
    let reasons: Vec<&str> = bad.iter().map(|row| row.reason.as_str()).collect();
    assert!(reasons[0].contains("line 2"), "{reasons:?}");
    assert!(reasons[2].contains("price or weight or pieces"), "{reasons:?}");
    assert!(reasons[3].contains("13 digits"), "{reasons:?}");
    assert!(reasons[9].contains("line 5"), "{reasons:?}");
}
