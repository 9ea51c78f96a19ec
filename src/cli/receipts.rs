//! `tideover receipts`: what the codes on receipts prove, where a journal is lost.
//!
//! ```text
//!  a scanner typing into a file, a code a line ─▶ verified by central's key ─▶ sales, sums, gaps
//! ```
//!
//! Customers' papers are the last witness: each holds a sale with the register's signature. What
//! nobody brings back, and refunds and voids, can't be known from them. Nothing is recorded by
//! this command: what it shows is evidence for a person, and for the books.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::domain::ids::{JournalId, Seq};
use crate::domain::money::Money;
use crate::domain::sale::PaperFault;
use crate::journal::key::{NotAKey, PublicKey};
use crate::receipt::ReceiptCode;
use crate::receipt::witness::{Means, Witness, verify};
use crate::register::settings::{DataDir, SettingsError};

use super::output::{Ending, Failure, Output};

/// The longest line that is looked at.
const LINE_LEN_MAX: u64 = 4_096;
/// The most lines of a file.
const LINES_MAX: u64 = 1_000_000;
/// How many refused lines, and missing numbers, are told one by one.
const TOLD_MAX: usize = 100;

/// `tideover receipts`
#[derive(Clone, Debug, Args)]
pub struct ReceiptsArgs {
    /// Scanned codes, one a line; '-' reads the standard input, which a scanner can type into.
    pub file: PathBuf,
    /// The data folder of any enrolled register of the chain: it knows central's key.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Central's public key, 64 hex digits, where no such folder is at hand.
    #[arg(long, value_name = "HEX", conflicts_with = "data")]
    pub key: Option<String>,
}

/// What the papers prove.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proved {
    /// Lines read, empty ones left out.
    pub codes: u64,
    /// Each journal that papers speak of.
    pub journals: Vec<ProvedJournal>,
    /// Lines that prove nothing, in words; at most 100.
    pub refused: Vec<String>,
    /// How many.
    pub refused_count: u64,
}

/// The sales of one journal.
#[derive(Clone, Debug, Serialize)]
pub struct ProvedJournal {
    /// Store, register and epoch.
    pub journal: String,
    /// Proved sales.
    pub sales: Vec<ProvedSale>,
    /// Their totals with rounding, in minor units.
    pub sum: i64,
    /// Numbers of sales between the first and the last that no paper speaks of; at most 100.
    pub missing: Vec<u64>,
    /// How many.
    pub missing_count: u64,
}

/// One sale.
#[derive(Clone, Debug, Serialize)]
pub struct ProvedSale {
    /// The number on the receipt.
    pub number: u64,
    /// Its record's place.
    pub seq: u64,
    /// When.
    pub at: String,
    /// What was paid, with rounding, in minor units.
    pub paid: i64,
    /// How much of it by check.
    pub checks: i64,
    /// Items, each with its code, quantity in ten-thousandths and amount in minor units.
    pub lines: Vec<(String, i64, i64)>,
    /// Codes that were read, and how many the receipt has.
    pub pages: (usize, usize),
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The file.
    #[error("{path} can't be read; name a file with one scanned code a line")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The register was never enrolled.
    #[error(
        "this register is not enrolled, so it does not know central's key; name the folder of one \
         that is with --data, or central's key with --key"
    )]
    NotEnrolled,
    /// The key.
    #[error(transparent)]
    Key(#[from] NotAKey),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the file can't be read or central's key is not known.
pub fn run(args: &ReceiptsArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let central = central_key(args, home)?;
    let path = args.file.display().to_string();
    let failed = |source| Failed::File { path: path.clone(), source };
    let proved = if args.file.as_os_str() == "-" {
        read(std::io::stdin().lock(), &central)
    } else {
        read(std::fs::File::open(&args.file).map_err(failed)?, &central)
    };
    let proved = proved.map_err(failed)?;
    output.say(&proved)?;
    Ok(Ending::fine_if(proved.refused_count == 0))
}

fn central_key(args: &ReceiptsArgs, home: &Path) -> Result<PublicKey, Failed> {
    if let Some(key) = &args.key {
        return Ok(PublicKey::parse(key)?);
    }
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let central = data.settings()?.central.ok_or(Failed::NotEnrolled)?;
    Ok(PublicKey::parse(&central.ack_key)?)
}

fn read(from: impl Read, central: &PublicKey) -> std::io::Result<Proved> {
    let mut reader = BufReader::new(from);
    let mut proved = Proved::default();
    let mut sales: BTreeMap<(JournalId, Seq), BTreeMap<u8, Witness>> = BTreeMap::new();
    let (mut line, mut place) = (Vec::new(), 0_u64);
    while place < LINES_MAX {
        line.clear();
        let most = LINE_LEN_MAX.saturating_add(1);
        if (&mut reader).take(most).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        place = place.saturating_add(1);
        let text = String::from_utf8_lossy(line.trim_ascii());
        if text.is_empty() {
            continue;
        }
        proved.codes = proved.codes.saturating_add(1);
        match verify(&text, central) {
            Ok(witness) => {
                let key = (witness.journal, witness.seq);
                sales.entry(key).or_default().insert(witness.page.0, witness);
            }
            Err(fault) => {
                let names = ReceiptCode::parse(&text)
                    .map(|code| PaperFault::NamesOnly(code.journal.store, code.journal.register));
                proved.refuse(place, &names.unwrap_or(fault));
            }
        }
    }
    for ((journal, seq), pages) in sales {
        proved.add(journal, seq, &pages);
    }
    proved.journals.iter_mut().for_each(ProvedJournal::find_gaps);
    Ok(proved)
}

impl Proved {
    fn refuse(&mut self, place: u64, fault: &PaperFault) {
        self.refused_count = self.refused_count.saturating_add(1);
        if self.refused.len() < TOLD_MAX {
            self.refused.push(format!("line {place}: {}", fault.text()));
        }
    }

    fn add(&mut self, journal: JournalId, seq: Seq, pages: &BTreeMap<u8, Witness>) {
        let Some(one) = pages.values().next() else { return };
        let paid = one.total.plus(one.rounding).unwrap_or(one.total);
        let checks = one.tenders.iter().filter(|(means, _)| *means == Means::Check);
        let checks = Money::sum(checks.map(|(_, amount)| *amount)).unwrap_or_default();
        let lines = pages.values().flat_map(|page| &page.lines).map(|line| {
            let quantity = line.quantity.tenthousandths();
            (line.code.to_string(), quantity, line.amount.minor())
        });
        let sale = ProvedSale {
            number: one.number.0,
            seq: seq.0,
            at: one.at.to_string(),
            paid: paid.minor(),
            checks: checks.minor(),
            lines: lines.collect(),
            pages: (pages.len(), usize::from(one.page.1)),
        };
        let name = journal.to_string();
        if self.journals.last().is_none_or(|last| last.journal != name) {
            self.journals.push(ProvedJournal {
                journal: name,
                sales: Vec::new(),
                sum: 0,
                missing: Vec::new(),
                missing_count: 0,
            });
        }
        if let Some(last) = self.journals.last_mut() {
            last.sum = last.sum.saturating_add(sale.paid);
            last.sales.push(sale);
        }
    }
}

impl ProvedJournal {
    fn find_gaps(&mut self) {
        self.sales.sort_by_key(|sale| sale.number);
        let numbers = self.sales.iter().map(|sale| sale.number);
        for (before, after) in numbers.clone().zip(numbers.skip(1)) {
            let gap = after.saturating_sub(before).saturating_sub(1);
            self.missing_count = self.missing_count.saturating_add(gap);
            let room = TOLD_MAX.saturating_sub(self.missing.len());
            self.missing.extend((before.saturating_add(1)..after).take(room));
        }
    }
}

impl fmt::Display for Proved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} codes read", self.codes)?;
        for journal in &self.journals {
            let sum = Money::from_minor(journal.sum);
            writeln!(f, "{}: {} sales, {sum}", journal.journal, journal.sales.len())?;
            for sale in &journal.sales {
                let (paid, checks) = (Money::from_minor(sale.paid), sale.checks);
                let ProvedSale { number, seq, at, .. } = sale;
                write!(f, "  sale {number}  record {seq}  {at}  {paid}")?;
                if checks != 0 {
                    write!(f, "  by check {}", Money::from_minor(checks))?;
                }
                let (read, whole) = sale.pages;
                if read < whole {
                    write!(f, "  {read} of {whole} codes: not all items")?;
                }
                writeln!(f, "  {} items", sale.lines.len())?;
            }
            if journal.missing_count > 0 {
                let told: Vec<String> = journal.missing.iter().map(u64::to_string).collect();
                let count = journal.missing_count;
                writeln!(f, "  no paper of {count} between them: {}", told.join(", "))?;
            }
        }
        if self.refused_count > 0 {
            writeln!(f, "{} codes prove nothing:", self.refused_count)?;
            self.refused.iter().try_for_each(|text| writeln!(f, "  {text}"))?;
        }
        writeln!(f, "Refunds and voids have no such code, and nothing was recorded.")
    }
}
