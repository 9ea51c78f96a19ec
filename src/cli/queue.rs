//! `tideover queue`: what central has not acknowledged yet, and every hop of one receipt.
//!
//! ```text
//!  recorded ─▶ tape ─▶ anchor ─▶ acknowledged ─▶ stored ─▶ in the totals ─▶ other systems
//!  └── this register's own data ──┘ └── its receipt ┘ └──── central, where it answers ────┘
//! ```
//!
//! It only reads, beside a register that sells or without one.

mod hops;

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, value_parser};
use serde::Serialize;

use super::output::{Ending, Failure, Output};
use crate::domain::ids::Seq;
use crate::domain::money::Money;
use crate::journal::record::Envelope;
use crate::ledger::Reader;
use crate::register::settings::DataDir;

const BYTES_A_READ: usize = 4 * 1024 * 1024;

/// `tideover queue`
#[derive(Clone, Debug, Subcommand)]
pub enum QueueAction {
    /// Of each journal: how many records, how many acknowledged, how many and how much to go.
    List(ListArgs),
    /// The records that are to go, one a line.
    Show(ShowArgs),
    /// Every hop of one receipt, and where it is now.
    Explain(ExplainArgs),
}

/// `tideover queue list`
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// `tideover queue show`
#[derive(Clone, Debug, Args)]
pub struct ShowArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// At most so many records.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 50,
        value_parser = value_parser!(u16).range(1..=10_000)
    )]
    limit: u16,
}

/// `tideover queue explain`
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The number on the receipt, or its proof: journal, record and hash with '-' between them.
    pub(super) receipt: String,
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// A receipt of another register of the store, as this one's copy has it.
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub(super) register: Option<u16>,
    /// Do not ask central.
    #[arg(long)]
    pub(super) offline: bool,
}

/// All journals.
#[derive(Clone, Debug, Serialize)]
pub struct Queue {
    /// One a journal, the current one first.
    pub journals: Vec<QueuedJournal>,
    /// Records to go.
    pub pending: u64,
}

/// A journal.
#[derive(Clone, Debug, Serialize)]
pub struct QueuedJournal {
    /// Store, register and epoch.
    pub journal: String,
    /// It was given up for another one.
    pub frozen: bool,
    /// Records.
    pub records: u64,
    /// Records that central acknowledged.
    pub acknowledged: u64,
    /// When the last acknowledgement came.
    pub acknowledged_at: Option<String>,
    /// Records to go.
    pub pending: u64,
    /// Sales, refunds and voids among them.
    pub sales: u64,
    /// Their money, in minor units.
    pub money: i64,
    /// When the first of them was recorded.
    pub oldest: Option<String>,
}

/// Records that are to go.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// One a record.
    pub records: Vec<QueuedRecord>,
    /// There are more.
    pub more: u64,
}

/// A record.
#[derive(Clone, Debug, Serialize)]
pub struct QueuedRecord {
    /// Its journal's epoch.
    pub epoch: String,
    /// Its place.
    pub seq: u64,
    /// When.
    pub at: String,
    /// What.
    pub kind: String,
    /// The number on its receipt.
    pub receipt: Option<u64>,
    /// The total, in minor units.
    pub total: Option<i64>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the register's data can't be read.
pub fn run(action: &QueueAction, home: &Path, output: Output) -> Result<Ending, Failure> {
    let of = |data: &Option<PathBuf>| DataDir(data.clone().unwrap_or_else(|| home.to_owned()));
    match action {
        QueueAction::List(args) => {
            let queue = list(&of(&args.data))?;
            output.say(&queue)?;
            Ok(Ending::fine_if(queue.pending == 0))
        }
        QueueAction::Show(args) => {
            output.say(&show(&of(&args.data), usize::from(args.limit))?)?;
            Ok(Ending::Fine)
        }
        QueueAction::Explain(args) => {
            let explained = hops::explain(args, &of(&args.data))?;
            output.say(&explained)?;
            Ok(Ending::fine_if(explained.is_fine()))
        }
    }
}

fn list(data: &DataDir) -> Result<Queue, Failure> {
    let settings = data.settings()?;
    let reader = Reader::open(&data.place(&settings))?;
    let mut queue = Queue { journals: Vec::new(), pending: 0 };
    for journal in reader.journals()? {
        let next = reader.next_seq(&journal)?;
        let ack = reader.last_ack(&journal)?;
        let acknowledged = ack.as_ref().map_or(Seq(0), |ack| ack.next_seq);
        let pending = next.0.saturating_sub(acknowledged.0);
        let (mut sales, mut money, mut oldest) = (0_u64, Money::ZERO, None);
        let mut from = acknowledged;
        while from < next {
            let lines = reader.lines(&journal, from, 500, BYTES_A_READ)?;
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                from = from.next();
                let Ok(envelope) = Envelope::read(line.bytes()) else { continue };
                oldest.get_or_insert_with(|| envelope.header.at.to_string());
                let Ok(event) = envelope.event() else { continue };
                let Some(sale) = event.sale() else { continue };
                sales = sales.saturating_add(1);
                money = money.plus(sale.total).unwrap_or(money);
            }
        }
        queue.pending = queue.pending.saturating_add(pending);
        queue.journals.push(QueuedJournal {
            journal: journal.id.to_string(),
            frozen: journal.frozen,
            records: next.0,
            acknowledged: acknowledged.0.min(next.0),
            acknowledged_at: ack.map(|ack| ack.received_at.to_string()),
            pending,
            sales,
            money: money.minor(),
            oldest,
        });
    }
    Ok(queue)
}

fn show(data: &DataDir, limit: usize) -> Result<Shown, Failure> {
    let settings = data.settings()?;
    let reader = Reader::open(&data.place(&settings))?;
    let mut shown = Shown { records: Vec::new(), more: 0 };
    for journal in reader.journals()? {
        let next = reader.next_seq(&journal)?;
        let ack = reader.last_ack(&journal)?;
        let from = ack.map_or(Seq(0), |ack| ack.next_seq);
        let room = limit.saturating_sub(shown.records.len());
        let lines = match room {
            0 => Vec::new(),
            room => reader.lines(&journal, from, room, BYTES_A_READ)?,
        };
        let told = u64::try_from(lines.len()).unwrap_or(0);
        let pending = next.0.saturating_sub(from.0);
        shown.more = shown.more.saturating_add(pending.saturating_sub(told));
        for (place, line) in (from.0..).zip(&lines) {
            let read = Envelope::read(line.bytes()).ok();
            let event = read.as_ref().and_then(|envelope| envelope.event().ok());
            let sale = event.as_ref().and_then(|event| event.sale());
            shown.records.push(QueuedRecord {
                epoch: journal.id.epoch.to_string(),
                seq: place,
                at: read.as_ref().map_or_else(String::new, |read| read.header.at.to_string()),
                kind: read.as_ref().map_or_else(|| "unreadable".to_owned(), |r| r.kind.to_owned()),
                receipt: sale.map(|sale| sale.number.0),
                total: sale.map(|sale| sale.total.minor()),
            });
        }
    }
    Ok(shown)
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.journals {
            let QueuedJournal { journal, records, acknowledged, pending, sales, .. } = one;
            let frozen = if one.frozen { " (given up, kept)" } else { "" };
            writeln!(f, "{journal}{frozen}")?;
            write!(f, "  {records} records, {acknowledged} acknowledged by central")?;
            match &one.acknowledged_at {
                Some(at) => writeln!(f, ", the last time at {at}")?,
                None => writeln!(f)?,
            }
            if *pending > 0 {
                let money = Money::from_minor(one.money);
                let oldest = one.oldest.as_deref().unwrap_or("an unknown time");
                writeln!(f, "  {pending} to go since {oldest}: {sales} sales of {money}")?;
            }
        }
        match self.pending {
            0 => writeln!(f, "Central has everything."),
            pending => writeln!(
                f,
                "{pending} records to go. The register sends them by itself; 'tideover sync push' \
                 does it while it is closed."
            ),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for record in &self.records {
            let QueuedRecord { epoch, seq, at, kind, .. } = record;
            write!(f, "{epoch} {seq:>7}  {at}  {kind:<16}")?;
            match (record.receipt, record.total) {
                (Some(receipt), Some(total)) => {
                    writeln!(
                        f,
                        " receipt {receipt:>6} {:>12}",
                        Money::from_minor(total).to_string()
                    )?;
                }
                _ => writeln!(f)?,
            }
        }
        match self.more {
            0 if self.records.is_empty() => writeln!(f, "Nothing is to go."),
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}
