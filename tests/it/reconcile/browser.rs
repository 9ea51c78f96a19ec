//! The manager at a real browser: headless Chromium, driven by the keys and clicks of a person
//! (tests/browser/reconcile.py speaks WebDriver over plain HTTP). Each kind of trouble is decided
//! on the page, the store is closed, and what was closed is looked at here, to the cent.

use std::process::Command;

use super::store::STORE;
use super::{After, assert_balanced, fetched, opened, root};

/// Chromium and its driver, as Debian packages them.
pub fn browser_is_here() -> bool {
    let here =
        ["chromium", "chromedriver", "pdftoppm", "pdftotext", "python3"].iter().all(|tool| {
            Command::new("which").arg(tool).output().is_ok_and(|done| done.status.success())
        });
    let required = std::env::var("TIDEOVER_WINDOW_REQUIRED").is_ok_and(|value| value == "1");
    assert!(here || !required, "chromium, chromium-driver and poppler-utils are not installed");
    if !here {
        println!("skipped: apt-get install chromium chromium-driver poppler-utils");
    }
    here
}

#[test]
fn a_manager_decides_every_kind_in_a_real_browser_and_closes_the_store_to_the_cent() {
    if !browser_is_here() {
        return;
    }
    let after = After::played();
    let before: u64 = after.open().values().sum();
    let pictures = root().join("target/browser");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let driven = Command::new("python3")
        .arg(root().join("tests/browser/reconcile.py"))
        .args([after.central.url().as_str(), &STORE.to_string()])
        .arg(&pictures)
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&driven.stdout);
    println!("{said}{}", String::from_utf8_lossy(&driven.stderr));
    assert!(driven.status.success(), "the browser's story did not come to its end");
    assert!(before > 90, "{before} findings were there to be decided");
    let rows: usize = said
        .lines()
        .find_map(|line| line.strip_prefix("rows "))
        .map(|count| count.parse().expect("a number"))
        .expect("the rows were counted");
    assert!((20..=40).contains(&rows), "{rows} rows lay open");
    let after_it = after.report();
    let due =
        after_it["matters"].as_array().expect("matters").iter().filter(|one| one["due"] == true);
    assert_eq!(due.count(), 0);
    let url = format!("{}/closure.txt?store={STORE}&number=1", after.central.url());
    assert_balanced(&opened(&fetched(&url), &after.central));
}
