//! The program itself as a child process, and baskets of the sample store to feed it with.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A command of the program that is not started yet; it finds no register of this machine.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tideover"));
    command.env("TIDEOVER_HOME", "/nonexistent/tideover").env_remove("DISPLAY");
    command.env_remove("WAYLAND_DISPLAY");
    command
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    program().args(arguments).output().expect("the program starts")
}

/// Runs the program with `--json`; its exit code and its answer.
pub(crate) fn ask<S: AsRef<OsStr>>(arguments: &[S]) -> (i32, Value) {
    let output = program().args(arguments).arg("--json").output().expect("the program starts");
    let code = output.status.code().unwrap_or_else(|| panic!("{}", errors(&output)));
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = serde_json::from_str(&text)
        .unwrap_or_else(|why| panic!("{why}: {code}: {text}\n{}", errors(&output)));
    (code, answer)
}

/// What the program said on its error stream.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Chance from a seed (SplitMix64), so that a failure comes again.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let count = u64::try_from(all.len()).expect("small");
        &all[usize::try_from(self.below(count)).expect("small")]
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

/// An item of the sample store as its table has it.
#[derive(Clone, Debug)]
pub(crate) struct SampleItem {
    pub(crate) code: String,
    /// In hundredths.
    pub(crate) price: i128,
    pub(crate) weighed: bool,
    pub(crate) class: String,
}

/// The folder of the sample store.
pub(crate) fn sample_store() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-store")
}

/// The rows of a table of the sample store.
pub(crate) fn table(name: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(sample_store().join(name)).expect("a table");
    reader.records().map(|row| row.expect("a row")).collect()
}

/// The sample store's items.
pub(crate) fn sample_items() -> Vec<SampleItem> {
    let item = |row: &csv::StringRecord| SampleItem {
        code: row[0].to_owned(),
        price: hundredths(&row[2]),
        weighed: &row[3] != "each",
        class: row[4].to_owned(),
    };
    table("items.csv").iter().map(item).collect()
}

/// `12.34`, `12.3` or `12` as 1234, 1230, 1200.
pub(crate) fn hundredths(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let whole: i128 = whole.trim_start_matches('-').parse().expect("digits");
    assert!(fraction.len() <= 2, "{text}");
    sign * (whole * 100 + format!("{fraction:0<2}").parse::<i128>().expect("digits"))
}

/// Builds the sample store's pack with the program, in `dir`.
pub(crate) fn sample_pack(dir: &Path) -> PathBuf {
    let (pack, key) = (dir.join("market.pack"), dir.join("pack.key"));
    let from = sample_store();
    let arguments: [&OsStr; 9] = [
        "pack".as_ref(),
        "build".as_ref(),
        "--from".as_ref(),
        from.as_os_str(),
        "--out".as_ref(),
        pack.as_os_str(),
        "--key".as_ref(),
        key.as_os_str(),
        "--new-key".as_ref(),
    ];
    let output = run(&arguments);
    assert!(output.status.success(), "{}", errors(&output));
    pack
}

/// Baskets of sample items as a file's text, `longest` lines at most; some are voided lines and
/// some are paid by check. With `priced` each line says what a pack would.
pub(crate) fn sample_baskets(count: usize, longest: u64, priced: bool, dice: &mut Dice) -> String {
    let items = sample_items();
    let mut text = String::new();
    if priced {
        text.push_str(concat!(
            r#"{"store":{"currency":"USD","tax_basis":"invoice","cash_rounding":"nearest5","#,
            r#""taxes":[{"code":"ST","class":"food","percent":"4","from":"2020-01-01"}]}}"#,
            "\n"
        ));
    }
    for basket in 1..=count {
        let mut lines = Vec::new();
        for place in 0..=dice.below(longest) {
            let item = dice.one_of(&items);
            let mut line = format!(r#"{{"code":"{}""#, item.code);
            if item.weighed {
                let (pounds, part) = (dice.below(4), dice.below(99) + 1);
                write!(line, r#","qty":"{pounds}.{part:02}","weighed":true"#).expect("text");
            } else if dice.below(3) == 0 {
                write!(line, r#","qty":{}"#, dice.below(4) + 1).expect("text");
            }
            if priced {
                let (whole, part) = (item.price / 100, item.price % 100);
                let class = if item.class == "food" { "food" } else { "none" };
                write!(line, r#","price":"{whole}.{part:02}","tax":"{class}""#).expect("text");
            }
            if place > 0 && dice.below(12) == 0 {
                line.push_str(r#","void":true"#);
            }
            line.push('}');
            lines.push(line);
        }
        let tenders = match dice.below(6) {
            0 => format!(r#","tenders":[{{"kind":"check","number":"{basket}"}}]"#),
            1 => r#","tenders":[{"kind":"cash","amount":"900.00"}]"#.to_owned(),
            _ => String::new(),
        };
        let lines = lines.join(",");
        writeln!(text, r#"{{"basket":"{basket}","lines":[{lines}]{tenders}}}"#).expect("text");
    }
    text
}
