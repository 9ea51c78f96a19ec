//! What stands in the files, and what a receiver is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tideover::central::export::checks::CheckList;
use tideover::central::export::csv_bundle::CsvBundle;
use tideover::central::export::golden::{Trial, Verdict, entries, try_receiver};
use tideover::central::export::http_client::HttpLine;
use tideover::central::export::inventory::Inventory;
use tideover::central::export::punches::Punches;
use tideover::central::export::receiver::{Mood, Receiver};
use tideover::domain::event::Event;
use tideover::domain::hours::{Change, Correction, Punch, PunchKind};
use tideover::domain::ids::{PersonId, RecordRef, Seq};
use tideover::domain::money::Money;
use tideover::domain::tender::{CheckNumber, Tender};
use tideover::journal::hash::Hash;

use super::{Runner, central_with, folder};
use crate::journals::{TestRegister, sale, start};

/// The files of the only delivery in a folder, by name.
fn delivered(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let visible =
        |path: &PathBuf| !path.file_name().expect("a name").to_string_lossy().starts_with('.');
    let list = |dir: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).filter(visible).collect()
    };
    let mut files = BTreeMap::new();
    for path in list(out) {
        let all = if path.is_dir() { list(&path) } else { vec![path] };
        for file in all {
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            files.insert(name, std::fs::read(&file).expect("bytes"));
        }
    }
    files
}

fn rows(bytes: &[u8]) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(bytes).records().map(|row| row.expect("a row")).collect()
}

#[test]
fn a_csv_bundle_holds_every_line_and_its_manifest_the_sums() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(9, 3);
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let out = dir.path().join("out");
    Runner::new().run(&central, &mut folder(&out, CsvBundle)).expect("run");
    let files = delivered(&out);
    let manifest: serde_json::Value =
        serde_json::from_slice(&files["manifest.json"]).expect("JSON");
    assert_eq!((&manifest["sales"], &manifest["refunds"]), (&9.into(), &0.into()));
    assert_eq!(manifest["total"], register.totals.total.minor());
    assert_eq!(manifest["tax"], register.totals.tax.minor());
    assert_eq!(manifest["cash"], register.totals.cash.minor());
    for file in manifest["files"].as_array().expect("files") {
        let bytes = &files[file["name"].as_str().expect("a name")];
        assert_eq!(file["sha256"], Hash::of_bytes(bytes).to_string());
        assert_eq!(file["rows"], rows(bytes).len());
    }
    let sum = |name: &str, column: usize| {
        let amounts = rows(&files[name]).into_iter();
        let amounts = amounts.map(|row| Money::parse(&row[column]).expect("an amount"));
        Money::sum(amounts.collect::<Vec<_>>()).expect("fits")
    };
    assert_eq!(sum("sales.csv", 13), register.totals.total);
    assert_eq!(sum("lines.csv", 10), register.totals.subtotal);
    assert_eq!(sum("taxes.csv", 7), register.totals.tax);
    let change = sum("sales.csv", 15);
    assert_eq!(sum("tenders.csv", 6).minus(change), Ok(register.totals.cash));
}

#[test]
fn a_deposit_list_is_one_a_day_of_the_store_and_says_what_can_not_be_seen() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut seven, mut eight) = (TestRegister::new(7), TestRegister::new(8));
    let by_check = |number: u64, check: &str| {
        let mut sold = sale(number, 1);
        let number = CheckNumber::parse(check).expect("a number");
        sold.tenders = vec![Tender::plain_check(sold.total, number)];
        sold.change = Money::ZERO;
        sold
    };
    let mut total = Money::ZERO;
    for (at_seven, check) in [(true, "1001"), (false, "77"), (true, "1002")] {
        let register = if at_seven { &mut seven } else { &mut eight };
        let number = register.totals.sales + 1;
        let sold = by_check(number, check);
        total = total.plus(sold.total).expect("fits");
        register.record(Event::of_sale(sold));
        register.sell(1, 1); // In cash: not on the list.
    }
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut seven, &mut eight]);
    let out = dir.path().join("out");
    let mut runner = Runner::new();
    assert_eq!(runner.run(&central, &mut folder(&out, CheckList)).expect("run").handed, 3);
    let files = delivered(&out);
    let list = rows(&files["deposit.csv"]);
    let numbers: Vec<&str> = list.iter().map(|row| &row[8]).collect();
    assert_eq!(numbers, ["1001", "1002", "77"]);
    let sum = list.iter().map(|row| Money::parse(&row[9]).expect("an amount"));
    assert_eq!(Money::sum(sum.collect::<Vec<_>>()), Ok(total));
    let page = String::from_utf8(files["deposit.html"].clone()).expect("text");
    assert!(page.contains(&format!("3 checks, {total} in all")), "{page}");
    assert!(page.contains("can't be seen on this list"));
    // A check that comes late makes a list of its own, of the same day.
    eight.record(Event::of_sale(by_check(9, "78")));
    central_with(&central, &mut [&mut eight]);
    runner.run(&central, &mut folder(&out, CheckList)).expect("run");
    let names: Vec<String> = std::fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    for name in ["checks-1042-2026-11-22-01", "checks-1042-2026-11-22-02"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
}

#[test]
fn inventory_is_added_and_never_set_and_punches_name_what_they_correct() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut register = TestRegister::new(7);
    register.sell(4, 2);
    let person = PersonId::parse("c317").expect("a person");
    let punch = Event::Punch(Punch { person: person.clone(), kind: PunchKind::In });
    let of = RecordRef { epoch: register.chain.journal.epoch, seq: register.chain.next_seq };
    register.record(punch);
    let change = Change::Moved { of, at: start() };
    let reason = "=HYPERLINK(1)".to_owned();
    register.record(Event::PunchCorrected(Correction { person, change, reason }));
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let (stock, hours) = (dir.path().join("stock"), dir.path().join("hours"));
    let mut runner = Runner::new();
    runner.run(&central, &mut folder(&stock, Inventory)).expect("run");
    runner.run(&central, &mut folder(&hours, Punches)).expect("run");
    let files = delivered(&stock);
    let moved = rows(files.values().next().expect("a file"));
    assert_eq!(moved.len(), 8);
    assert!(moved.iter().all(|row| &row[7] == "SALE" && &row[10] == "-1" && row[11].is_empty()));
    let files = delivered(&hours);
    let punches = rows(files.values().next().expect("a file"));
    let seq = |row: &csv::StringRecord| Seq(row[3].parse().expect("a number"));
    assert_eq!((&punches[0][5], &punches[0][6], seq(&punches[0])), ("punched", "in", of.seq));
    assert_eq!((&punches[1][5], &punches[1][10]), ("moved", of.seq.to_string().as_str()));
    assert_eq!(&punches[1][12], "'=HYPERLINK(1)");
}

fn verdicts(receiver: &Receiver, run: u64) -> BTreeMap<&'static str, Verdict> {
    let url = receiver.url();
    let mut line = HttpLine::new(&url, None).expect("a line");
    let mut wait = |_| std::thread::yield_now();
    let mut trial = Trial { line: &mut line, url: &url, read_back: Some(&url), wait: &mut wait };
    let golden = entries(run).expect("golden records");
    let stories = try_receiver(&mut trial, &golden);
    stories.into_iter().map(|story| (story.name, story.verdict)).collect()
}

#[test]
fn the_reference_receiver_lives_through_every_story_and_a_careless_one_is_found_out() {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let good = Receiver::start(listen).expect("started");
    for run in [1, 2] {
        let odd: Vec<_> =
            verdicts(&good, run).into_iter().filter(|(_, v)| *v != Verdict::Passed).collect();
        assert_eq!(odd, []);
    }
    let careless = Receiver::start_with(listen, true, Box::new(|_| Mood::Good)).expect("started");
    let told = verdicts(&careless, 1);
    let found = matches!(&told["duplicate"], Verdict::Failed(why) if why.contains("times"));
    assert!(found, "{told:?}");
    assert_eq!(told["reorder"], Verdict::Passed);
    let deaf = Receiver::start_with(listen, false, Box::new(|_| Mood::Status(500)));
    let told = verdicts(&deaf.expect("started"), 1);
    assert!(told.values().all(|verdict| matches!(verdict, Verdict::Failed(_))), "{told:?}");
}

#[test]
fn golden_records_are_written_for_systems_that_take_files_and_stories_are_told_by_the_program() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("golden");
    let words = |to: &str| ["conform".to_owned(), "--to".to_owned(), to.to_owned()];
    let (code, told) = crate::program::ask(&words(&format!("poslog:{}", out.display())));
    let files = told["files"].as_array().expect("files");
    assert_eq!((code, files.len()), (0, 8));
    let text = |name: &str| std::fs::read_to_string(out.join(name)).expect("text");
    assert_eq!(text("01-plain.xml"), text("02-duplicate.xml"));
    assert!(text("08-clock-skew.xml").contains("<EndDateTime>2099-12-31T23:59:59.999-06:00<"));
    assert!(text("01-plain.xml").contains("Soup &amp; &lt;bread&gt; &quot;large&quot;"));
    let receiver = Receiver::start("127.0.0.1:0".parse().expect("an address")).expect("started");
    let mut tried = words(&format!("webhook:{}", receiver.url())).to_vec();
    tried.extend(["--read-back".to_owned(), receiver.url()]);
    let (code, told) = crate::program::ask(&tried);
    assert_eq!(code, 0, "{told:#}");
    let stories = told["stories"].as_array().expect("stories");
    assert_eq!(stories.len(), 10);
    assert!(stories.iter().all(|story| story["verdict"] == "passed"), "{told:#}");
    for (to, why) in [
        ("fax:7", "is no target"),
        ("webhook:http://192.0.2.1/in", "is not encrypted"),
        ("webhook:ftp://192.0.2.1/in", "is not a receiver's address"),
        ("poslog:", "is no target"),
    ] {
        let output = crate::program::run(&words(to));
        let said = crate::program::errors(&output);
        assert_eq!(output.status.code(), Some(3), "{to}");
        assert!(said.contains(why), "{to}: {said}");
    }
}
