//! The check deposit list: on the manager's page and by the export, as CSV, page and PDF; the sums
//! are the same, and the paper is drawn by another program.

use std::path::{Path, PathBuf};
use std::process::Command;

use tideover::central::export::checks::CheckList;
use tideover::domain::check::IdOutcome;
use tideover::domain::money::Money;
use tideover::domain::sale::LinePrice;
use tideover::reconcile::pdf;

use super::store::{Goods, NOON, Pay, STORE, Till, central, packs};
use super::{browser_is_here, fetched, root, text_of};
use crate::hand_over::{Runner, folder};

const CHECKS: u64 = 70;

fn amounts(csv: &str) -> (usize, Money) {
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let at = head.iter().position(|name| *name == "amount").expect("a column");
    let read = |line: &str| Money::parse(line.split(',').nth(at).expect("a cell")).expect("money");
    let all: Vec<Money> = lines.map(read).collect();
    (all.len(), Money::sum(all).expect("fits"))
}

/// What a PDF says, as poppler reads it; its first page goes to a picture.
fn read(bytes: &[u8], name: &str) -> String {
    let dir = root().join("target/browser");
    std::fs::create_dir_all(&dir).expect("a folder");
    let path = dir.join(format!("{name}.pdf"));
    std::fs::write(&path, bytes).expect("written");
    let run = |tool: &str, words: &[&Path]| {
        let done = Command::new(tool).args(words).output().expect("poppler");
        assert!(done.status.success() && done.stderr.is_empty(), "{tool}: {done:?}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let words = |flags: &[&str]| flags.iter().map(PathBuf::from).collect::<Vec<_>>();
    let picture = dir.join(name);
    let flags = words(&["-png", "-r", "70"]);
    let mut all: Vec<&Path> = flags.iter().map(PathBuf::as_path).collect();
    all.extend([path.as_path(), picture.as_path()]);
    run("pdftoppm", &all);
    let layout = PathBuf::from("-layout");
    run("pdftotext", &[layout.as_path(), path.as_path(), Path::new("-")])
}

#[test]
fn page_export_csv_and_paper_come_to_the_same_to_the_cent() {
    if !browser_is_here() {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let (kept, key) = packs(dir.path());
    let goods = Goods::new(dir.path(), &key, NOON);
    let at = dir.path().join("central");
    let (running, _) = central(&at, kept);
    let mut till = Till::new(7);
    for turn in 1..=CHECKS {
        let number = till.next_number();
        till.passed_ms += 60_000;
        let item = if turn.is_multiple_of(3) { "3009" } else { "3003" };
        let line = (goods.item(item), 1, LinePrice::Pack);
        till.sell(goods.sale(number, &[line], Pay::Check(20_000 + turn, IdOutcome::Seen)));
    }
    till.close(0);
    till.enroll(&running);
    till.hand_over(&running, 0);
    running.settle();
    let expected = (usize::try_from(CHECKS).expect("small"), till.checks);
    // The page: what is not closed yet.
    let url = |what: &str| format!("{}/deposit.{what}?store={STORE}", running.url());
    let csv = text_of(&url("csv"));
    assert_eq!(amounts(&csv), expected);
    let paper = fetched(&url("pdf"));
    assert_eq!(pdf::file_of(&paper, "deposit.csv"), Some(csv.as_bytes()));
    let text = read(&paper, "deposit-page");
    let all = format!("{CHECKS} checks, {} in all", till.checks);
    for part in [all.as_str(), "Tideover Market", "since the first record", "Second person"] {
        assert!(text.contains(part), "'{part}' is not on paper: {text}");
    }
    assert!(text.contains("Page 2 of 2"), "{text}");
    let page = text_of(&format!("{}/reconcile?store={STORE}", running.url()));
    assert!(page.contains(&format!("/deposit.pdf?store={STORE}")));
    assert_eq!(fetched(&url("pdf")), paper, "the same list is the same bytes");
    let nobody = text_of(&format!("{}/deposit.pdf", running.url()));
    assert!(nobody.starts_with("There is no such paper"), "{nobody}");
    // The export of the business date: the same checks, with time and ID.
    let out = dir.path().join("out");
    Runner::new().run(&at, &mut folder(&out, CheckList)).expect("handed over");
    let list = std::fs::read_dir(&out).expect("a folder").map(|e| e.expect("an entry").path());
    let list = list.into_iter().find(|path| path.is_dir() && !path.ends_with(".tideover"));
    let list = list.expect("a delivery");
    let file = |name: &str| std::fs::read(list.join(name)).expect("a file");
    let csv = String::from_utf8(file("deposit.csv")).expect("text");
    assert_eq!(amounts(&csv), expected);
    let paper = file("deposit.pdf");
    assert_eq!(pdf::file_of(&paper, "deposit.csv"), Some(csv.as_bytes()));
    let text = read(&paper, "deposit-export");
    assert!(text.contains(&all), "{text}");
    assert!(text.contains("Check deposit: store 1042, 2026-11-22"), "{text}");
    let html = String::from_utf8(file("deposit.html")).expect("text");
    assert!(html.contains(&all), "{html}");
}
