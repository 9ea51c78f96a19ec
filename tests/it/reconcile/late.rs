//! Late and odd: a register that comes back after ten days, and one with a newer program.

use tideover::central::export::poslog::PosLog;
use tideover::domain::ids::RegisterNo;
use tideover::domain::person::{Person, Role};
use tideover::domain::sale::LinePrice;

use super::pages::At;
use super::store::{Goods, NOON, Pay, STORE, Till, central, packs, person};
use super::text_of;
use crate::hand_over::{Runner, folder};

const TEN_DAYS_MS: i64 = 10 * 86_400_000;

fn sold(till: &mut Till, goods: &Goods, sales: u64) {
    for _ in 0..sales {
        let number = till.next_number();
        till.passed_ms += 60_000;
        till.sell(goods.sale(number, &[(goods.item("3001"), 1, LinePrice::Pack)], Pay::Cash));
    }
    till.close(0);
}

#[test]
fn a_register_that_comes_back_after_ten_days_belongs_to_the_next_closure_on_its_own_day() {
    let dir = tempfile::tempdir().expect("a folder");
    let (kept, key) = packs(dir.path());
    let goods = Goods::new(dir.path(), &key, NOON);
    let at = dir.path().join("central");
    let (running, clock) = central(&at, kept);
    let (mut seven, mut eight) = (Till::new(7), Till::new(8));
    sold(&mut seven, &goods, 4);
    sold(&mut eight, &goods, 3);
    seven.enroll(&running);
    eight.enroll(&running);
    seven.hand_over(&running, 0);
    running.settle();
    let by = Person { id: person("51"), name: "Manager 51".to_owned(), role: Role::Manager };
    let again = dir.path().join("again");
    std::fs::create_dir_all(&again).expect("made");
    let (packs, _) = packs(&again);
    let first = running.door().close(STORE, &by, &packs).expect("closed").certificate;
    assert_eq!((first.number, first.sales.sales), (1, 4));
    let out = dir.path().join("out");
    let mut runner = Runner::new();
    let mut hand_over =
        || runner.run(&at, &mut folder(&out, PosLog::default())).expect("run").handed;
    // Sales, and what POSLog tells of a shift.
    let before = hand_over();
    assert!(before >= 4, "{before}");
    // Ten days later register 8 is found in the back room, and switched on.
    clock.advance_ms(u32::try_from(TEN_DAYS_MS).expect("fits"));
    eight.hand_over(&running, TEN_DAYS_MS);
    running.settle();
    let report: serde_json::Value = serde_json::from_str(&text_of(&format!(
        "{}/v1/stores/{STORE}/reconciliation",
        running.url()
    )))
    .expect("JSON");
    let due: Vec<_> = report["matters"]
        .as_array()
        .expect("matters")
        .iter()
        .filter(|one| one["due"] == true)
        .map(|one| (one["code"].as_str().expect("a code"), one["open"].as_u64().expect("a count")))
        .collect();
    assert_eq!(due, [("late_sale", 3)], "each of its sales is late, and nothing else is wrong");
    let cause = report["matters"][0]["cause"].as_str().expect("a cause");
    let sum = report["matters"][0]["amount"].to_string();
    let manager = At::signed_in(&running, "51", "958316");
    let (status, said) = manager.decide(&[
        ("rule", "late_sale"),
        ("cause", cause),
        ("all", "0"),
        ("count", "3"),
        ("sum", &sum),
        ("action", "accept"),
        ("reason", "it stood in the back room"),
    ]);
    assert_eq!((status, said.as_str()), (303, ""));
    let second = running.door().close(STORE, &by, &packs).expect("closed").certificate;
    second.check().expect("balanced");
    assert_eq!((second.number, second.sales.sales, second.drawers.len()), (2, 3, 1));
    assert_eq!(second.drawers[0].register, 8);
    let now = running.door().reconciliation(STORE, &packs).expect("read");
    let of_eight = now.records.sales.iter().filter(|one| one.journal.register == RegisterNo(8));
    assert!(of_eight.clone().all(|sale| sale.day.to_string() == "2026-11-22"));
    assert_eq!(of_eight.count(), 3);
    // The other systems get what is new, with its own business date.
    assert!((3..=before).contains(&hand_over()));
    assert_eq!(hand_over(), 0);
    let mut days = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(&out).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).expect("text");
            let parts = text.split("<BusinessDayDate>").skip(1);
            days.extend(parts.map(|part| part.get(..10).expect("a day").to_owned()));
        }
    }
    assert_eq!(days.into_iter().collect::<Vec<_>>(), ["2026-11-22"]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "rows that no register could bring in a test's time")]
fn a_store_of_which_more_was_found_than_is_looked_at_is_not_closed_and_says_why() {
    let dir = tempfile::tempdir().expect("a folder");
    let (kept, key) = packs(dir.path());
    let goods = Goods::new(dir.path(), &key, NOON);
    let at = dir.path().join("central");
    let (running, _) = central(&at, kept.clone());
    let mut till = Till::new(7);
    sold(&mut till, &goods, 2);
    till.enroll(&running);
    till.hand_over(&running, 0);
    running.settle();
    drop(running);
    let db = rusqlite::Connection::open(at.join("central.db")).expect("the database");
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200001)
        INSERT INTO exception SELECT ?1, 7, zeroblob(8), i, 0, 'unknown_pack', '', 'info', 'x', 0, 0
        FROM n";
    db.execute(many, [STORE.0]).expect("found");
    drop(db);
    let (running, _) = central(&at, kept.clone());
    let by = Person { id: person("51"), name: "Manager 51".to_owned(), role: Role::Manager };
    let why = running.door().close(STORE, &by, &kept).expect_err("not closed").to_string();
    assert!(why.contains("More than 200000 things were found") && why.contains("ask IT"), "{why}");
}

#[test]
fn a_record_of_a_newer_program_is_kept_verbatim_said_in_words_and_stops_nothing_after_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (kept, key) = packs(dir.path());
    let goods = Goods::new(dir.path(), &key, NOON);
    let at = dir.path().join("central");
    let (running, _) = central(&at, kept);
    let mut till = Till::new(7);
    super::outage::newer_kind(&mut till);
    let newer = till.lines.last().expect("a line").bytes().to_vec();
    assert!(String::from_utf8_lossy(&newer).contains("\"k\":\"memo\""));
    sold(&mut till, &goods, 3);
    till.enroll(&running);
    till.hand_over(&running, 0);
    running.settle();
    let lines = running.door().lines_of(&till.chain.journal).expect("lines");
    assert_eq!(lines[2], newer, "every byte as its register signed it");
    assert_eq!(lines.len(), till.lines.len());
    let page = At::signed_in(&running, "51", "958316").page();
    assert!(page.contains("<b>Records of a newer program</b>"), "it is a row: {page}");
    assert_eq!(running.totals(STORE, None).expect("totals").sales, 3);
    // Other systems get all that can be read, and a replay says that one is there that can't.
    let mut runner = Runner::new();
    let mut poslog = folder(&dir.path().join("out"), PosLog::default());
    assert!(runner.run(&at, &mut poslog).expect("run").handed >= 3);
}
