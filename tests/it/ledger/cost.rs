//! What a sale costs the disk, in counters without noise. The counting runs in a child of its own,
//! since the system counts a whole process.

use std::path::Path;
use std::process::Command;

use super::store::Register;

const DIR: &str = "LEDGER_COST_DIR";
const SALES: u64 = 500;

/// Does nothing in an ordinary run; as a child it sells and prints what that wrote.
#[test]
fn child_counts_what_sales_write() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let register = Register::at(Path::new(&dir), 1);
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 100);
    ledger.checkpoint_wal().expect("moved");
    let before = written();
    let started = cpu_ms();
    register.sell(&mut ledger, SALES);
    let spent = cpu_ms() - started;
    println!("bytes-per-sale {}", (written() - before) / SALES);
    println!("cpu-us-per-sale {}", spent * 1_000 / SALES);
    ledger.close().expect("closed");
}

#[test]
fn a_signed_sale_of_twelve_lines_writes_at_most_16_kib() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "ledger::cost::child_counts_what_sales_write", "--nocapture"])
        .env(DIR, folder.path())
        .output()
        .expect("a child");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let bytes: u64 = text
        .lines()
        .find_map(|line| line.strip_prefix("bytes-per-sale "))
        .and_then(|count| count.parse().ok())
        .unwrap_or_else(|| panic!("{text}"));
    println!("{text}");
    assert!(bytes <= 16 * 1024, "{bytes} bytes a sale");
}

/// Bytes this process handed to write calls.
fn written() -> u64 {
    let counters = std::fs::read_to_string("/proc/self/io").expect("counters");
    let count = counters.lines().find_map(|line| line.strip_prefix("wchar: "));
    count.and_then(|count| count.parse().ok()).expect("a count")
}

/// Processor time of this process, in milliseconds.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("counters");
    let after_name = stat.rsplit(')').next().expect("fields");
    let fields: Vec<u64> =
        after_name.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    (fields[11] + fields[12]) * 10
}
