//! Flushes of one sale, counted from outside: the same program sells under `strace` twice, and
//! the difference is what the additional sales cost.

use std::process::Command;

use crate::Effort;
use crate::table::{Goal, Table};

const FEW: u64 = 100;
const MANY: u64 = 300;

/// Flushes of one run, by the kind of file.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    database: f64,
    tape: f64,
    other: f64,
}

/// Counts and fills the table; without `strace` it says that nothing was counted.
pub fn measure(effort: &Effort, table: &mut Table) {
    let (Some(few), Some(many)) = (count(effort, FEW), count(effort, MANY)) else {
        println!("Flushes were not counted: strace can't be run here.");
        return;
    };
    table.section("Flushes of a signed sale, counted by strace");
    let sales = (MANY - FEW) as f64;
    let mut row = |what, goal, few: f64, many: f64| {
        table.counter(what, "flushes a sale", vec![(many - few) / sales], goal, None);
    };
    row("the commit", Goal::AtMost(1.0), few.database, many.database);
    row("the tape", Goal::AtMost(1.02), few.tape, many.tape);
    row("anything else", Goal::AtMost(0.0), few.other, many.other);
}

fn count(effort: &Effort, sales: u64) -> Option<Count> {
    std::fs::create_dir_all(&effort.dir).expect("a folder");
    let log = effort.dir.join("strace.log");
    let calls = "fsync,fdatasync,sync_file_range,msync,sync,syncfs";
    let ran = Command::new("strace")
        .args(["-f", "-qq", "-y", "-e", &format!("trace={calls}"), "-o"])
        .arg(&log)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--sell", &sales.to_string()])
        .status();
    if !ran.is_ok_and(|status| status.success()) {
        return None;
    }
    let mut count = Count::default();
    for line in std::fs::read_to_string(&log).ok()?.lines().filter(|line| line.contains("sync")) {
        let kind = if line.contains("ledger.db") {
            &mut count.database
        } else if line.contains("/tape-") {
            &mut count.tape
        } else {
            &mut count.other
        };
        *kind += 1.0;
    }
    Some(count)
}
