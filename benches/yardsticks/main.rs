//! What Tideover costs, each figure beside its yardstick, measured in one run.
//!
//! ```text
//!  counters (flushes, KiB, bytes)   no noise: a missed goal ends with exit code 1
//!  ratios of medians in one round   little noise: printed with their goals
//!  rates and times                  the machine's mood: printed with their goals, never gated
//! ```
//!
//! What is compared runs in turns of ten inside one process, so that a slow moment of the machine
//! meets both sides. `--quick` runs two short rounds, `--only sale` one section, and
//! `--register DIR` only makes a register with 200,000 items.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::allow_attributes,
    reason = "a benchmark prints, divides, reads the clock, and may stop at the first surprise"
)]

#[cfg(feature = "central")]
mod central;
mod flushes;
mod goods;
mod machine;
#[cfg(feature = "central")]
mod postgres;
mod sale;
mod scan;
mod search;
mod table;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use table::Table;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Effort {
    /// Rounds; each gives one value of every figure.
    pub rounds: usize,
    /// A short run, for a look.
    pub quick: bool,
    /// Where files are written: on a disk, not in memory.
    pub dir: PathBuf,
}

impl Effort {
    /// `full`, or the smaller number in a short run.
    pub const fn count(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// An empty folder.
    pub fn folder(&self, name: &str) -> PathBuf {
        let dir = self.dir.join(name);
        std::fs::remove_dir_all(&dir).ok();
        std::fs::create_dir_all(&dir).expect("a folder");
        dir
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let after = |flag: &str| {
        args.iter().position(|arg| arg == flag).map(|place| args[place.saturating_add(1)].clone())
    };
    let quick = args.iter().any(|arg| arg == "--quick");
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("yardsticks");
    let effort = Effort { rounds: if quick { 2 } else { 5 }, quick, dir };
    // What the run starts of itself, to be looked at from outside.
    if let Some(sales) = after("--sell") {
        sale::sell_for_a_count(&effort, sales.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    if let Some(folder) = after("--register") {
        scan::make_a_register(&effort, &PathBuf::from(folder));
        return ExitCode::SUCCESS;
    }
    if let Some(folder) = after("--hold-pack") {
        scan::hold_a_pack(&PathBuf::from(folder));
        return ExitCode::SUCCESS;
    }
    let only = after("--only");
    let wanted = |section: &str| only.as_ref().is_none_or(|only| only == section);
    let mut table = Table::default();
    println!("{}", machine::description(&effort.dir));
    if wanted("sale") {
        sale::measure(&effort, &mut table);
        flushes::measure(&effort, &mut table);
    }
    if wanted("scan") {
        scan::measure(&effort, &mut table);
    }
    if wanted("search") {
        search::measure(&effort, &mut table);
    }
    if wanted("verify") {
        verify::measure(&effort, &mut table);
    }
    #[cfg(feature = "central")]
    if wanted("central") {
        central::measure(&effort, &mut table);
    }
    #[cfg(feature = "central")]
    if wanted("postgres") {
        postgres::measure(&effort, &mut table);
    }
    std::fs::remove_dir_all(&effort.dir).ok();
    table.print();
    if table.a_counter_missed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
