//! IT at a real browser: headless Chromium, driven by keys and clicks (tests/browser/queue.py).

use std::path::PathBuf;
use std::process::Command;

use tideover::central::export::poslog::PosLog;
use tideover::central::export::receiver::Mood;
use tideover::central::queue::tokens;
use tideover::device::entropy::SystemEntropy;
use tideover::domain::amendment::Amend;
use tideover::domain::event::Event;
use tideover::domain::ids::PersonId;
use tideover::domain::money::Money;

use super::{amendments, announce, receiver};
use crate::central::central_at;
use crate::hand_over::{Runner, central_with, folder, webhook};
use crate::journals::{TestRegister, sale};
use crate::reconcile::{browser_is_here, root};

#[test]
fn somebody_of_it_looks_around_and_has_refused_records_tried_again_in_a_real_browser() {
    if !browser_is_here() {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let at = dir.path().join("central");
    let mut registers: Vec<TestRegister> = (7..=9).map(TestRegister::new).collect();
    registers.iter_mut().for_each(|register| register.sell(20, 2));
    // A sale that does not add up is held for the manager.
    let mut wrong = sale(21, 1);
    wrong.total = wrong.total.plus(Money::from_minor(100)).expect("fits");
    registers[1].record(Event::of_sale(wrong));
    central_with(&at, &mut registers.iter_mut().collect::<Vec<_>>());
    let receiver = receiver(Box::new(|request| match request {
        30..=34 => Mood::Status(422),
        _ => Mood::Good,
    }));
    let mut runner = Runner::new();
    runner.run(&at, &mut webhook(&receiver, true)).expect("run");
    // Its name stands on the page: where pictures are made it is a folder of a name people know.
    let erp =
        std::env::var_os("TIDEOVER_ERP").map_or_else(|| dir.path().join("erp"), PathBuf::from);
    runner.run(&at, &mut folder(&erp, PosLog::default())).expect("run");
    let person = PersonId::parse("it.7").expect("a name");
    let token = tokens::issue(&at, &person, &SystemEntropy).expect("a token");
    let central = central_at(&at);
    // One register has sold on, and its line is down.
    registers[2].sell(4, 1);
    announce(&central, &registers[2]);
    let pictures = root().join("target/browser");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let driven = Command::new("python3")
        .arg(root().join("tests/browser/queue.py"))
        .args([central.url().as_str(), token.as_str()])
        .arg(&pictures)
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&driven.stdout);
    println!("{said}{}", String::from_utf8_lossy(&driven.stderr));
    assert!(driven.status.success(), "the browser's story did not come to its end");
    let signed = amendments(&central);
    assert_eq!(signed.len(), 1);
    assert_eq!(signed[0].0, person);
    assert_eq!((&signed[0].1.action, signed[0].1.records.len()), (&Amend::Again, 5));
    central.stop();
    assert_eq!(runner.run(&at, &mut webhook(&receiver, true)).expect("run").handed, 5);
}
