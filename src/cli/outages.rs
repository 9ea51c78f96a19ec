//! `tideover outages`: the store's outages, as text, JSON, CSV, or a page with plots.
//!
//! Read from this register's journals and from its copies of the other registers'.

mod page;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::device::clock::{Clock as _, SystemClock};
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, PersonId, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::outage_history::{History, Past};
use crate::domain::outage_stats::Stats;
use crate::domain::policy::Currency;
use crate::domain::time::Timestamp;
use crate::journal::record::Envelope;
use crate::ledger::{LedgerError, Mirror, MirrorReader, Reader};
use crate::register::settings::DataDir;
use crate::register::startup;

use super::output::{Ending, Failure, Output};

const RECORDS_A_READ: usize = 1_000;
const BYTES_A_READ: usize = 4 * 1024 * 1024;
/// From Monday on.
pub(super) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `tideover outages`
#[derive(Clone, Debug, Args)]
pub struct OutagesArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Also write them as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also write a page with plots, for any browser.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// One outage.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Its name.
    pub outage: String,
    /// Since when.
    pub since: String,
    /// Until when; none while it lasts.
    pub until: Option<String>,
    /// How long, in minutes.
    pub minutes: i64,
    /// The day of the week it began on.
    pub weekday: &'static str,
    /// The hour of the day it began in.
    pub hour: u8,
    /// The systems.
    pub systems: Vec<&'static str>,
    /// What happened.
    pub cause: String,
    /// The ticket.
    pub ticket: String,
    /// Who declared it.
    pub declared_by: Option<String>,
    /// How it ended.
    pub note: String,
    /// Sales, refunds and voids in it.
    pub sales: u64,
    /// What they took in, in minor units.
    pub takings: i64,
    /// The number of the last one.
    pub last_sale: Option<u64>,
    /// Baskets that were given up.
    pub abandoned: u64,
    /// What those would have cost, in minor units.
    pub lost: i64,
}

/// All of them.
#[derive(Clone, Debug, Serialize)]
pub struct Outages {
    /// The store.
    pub store: u32,
    /// The registers whose journals were read.
    pub registers: Vec<u16>,
    /// When they were read.
    pub as_of: String,
    /// Oldest first.
    pub outages: Vec<Told>,
    /// Records that could not be read; verify says which.
    pub unread: u64,
    #[serde(skip)]
    currency: Option<Currency>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the register is not set up, or its journal or the CSV file can't be used.
pub fn run(args: &OutagesArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let now = SystemClock::new(settings.time_zone.as_deref()).now();
    let read = read(&data)?;
    let outages = Outages {
        store: settings.store,
        registers: read.registers.iter().copied().collect(),
        as_of: now.whole_minute().to_string(),
        outages: read.history.past().iter().map(|past| Told::of(past, now)).collect(),
        unread: read.unread,
        currency: startup::current_pack(&data, &settings).ok().map(|p| p.policy().currency),
    };
    if let Some(path) = &args.csv {
        let mut csv = csv::Writer::from_path(path)?;
        csv.write_record(COLUMNS)?;
        for told in &outages.outages {
            csv.write_record(told.cells())?;
        }
        csv.flush()?;
    }
    if let Some(path) = &args.html {
        let stats = Stats::of(read.history.past(), now);
        std::fs::write(path, page::page(&outages, &stats))?;
    }
    output.say(&outages)?;
    Ok(Ending::Fine)
}

/// What the journals on this machine tell.
pub(super) struct Read {
    pub(super) history: History,
    /// The registers whose journals were read.
    pub(super) registers: BTreeSet<u16>,
    pub(super) unread: u64,
}

/// What is read of a journal at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// That outages began, became known better, and ended.
    Outages,
    /// What happened in them.
    Within,
}

/// An outage that began, changed or ended, to be put into its order.
type OfOutage = (Timestamp, Option<PersonId>, Event);

/// Reads all journals of this register, frozen ones too, and its copies of the other registers'.
/// An outage is declared at one of them and holds at all, so what is known of outages comes first,
/// in the order of the registers' clocks.
///
/// # Errors
/// [`LedgerError`] when they can't be read.
pub(super) fn read(data: &DataDir) -> Result<Read, Failure> {
    let settings = data.settings()?;
    let reader = Reader::open(&data.place(&settings))?;
    let mirror = match Mirror::open_to_read(&data.mirror_dir(), StoreNo(settings.store)) {
        Ok(mirror) => Some(mirror),
        Err(LedgerError::Nothing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let mut read = Read { history: History::default(), registers: BTreeSet::new(), unread: 0 };
    let mut told: Vec<OfOutage> = Vec::new();
    for pass in [Pass::Outages, Pass::Within] {
        each_line(&reader, mirror.as_ref(), &mut |line, own| {
            read.take(line, own, pass, &mut told);
        })?;
        told.sort_by_key(|(at, ..)| at.utc_ms);
        for (at, by, event) in told.drain(..) {
            if read.history.take(at, by.as_ref(), None, &event).is_err() {
                read.unread = read.unread.saturating_add(1);
            }
        }
    }
    Ok(read)
}

/// Hands every line over: own journals, then those of other registers, each in its order.
fn each_line(
    reader: &Reader,
    mirror: Option<&MirrorReader>,
    take: &mut dyn FnMut(&[u8], bool),
) -> Result<(), LedgerError> {
    let mut journals = reader.journals()?;
    journals.reverse();
    for journal in &journals {
        let mut from = Seq(0);
        loop {
            let lines = reader.lines(journal, from, RECORDS_A_READ, BYTES_A_READ)?;
            if lines.is_empty() {
                break;
            }
            for line in lines {
                from = from.next();
                take(line.bytes(), true);
            }
        }
    }
    let Some(mirror) = mirror else { return Ok(()) };
    let branches = mirror.branches()?;
    let own = |epoch: Epoch| journals.iter().any(|journal| journal.id.epoch == epoch);
    for branch in branches.iter().filter(|b| b.number == 1 && !own(b.journal.epoch)) {
        let mut from = Seq(0);
        while from < branch.next_seq {
            let lines = mirror.lines(&branches, branch, from, RECORDS_A_READ, BYTES_A_READ)?;
            if lines.is_empty() {
                break;
            }
            for line in lines {
                from = from.next();
                take(line.bytes(), false);
            }
        }
    }
    Ok(())
}

impl Read {
    fn take(&mut self, line: &[u8], own: bool, pass: Pass, told: &mut Vec<OfOutage>) {
        let envelope = Envelope::read(line).ok();
        let event = envelope.as_ref().and_then(|envelope| envelope.event().ok());
        let (Some(envelope), Some(event)) = (envelope, event) else {
            if pass == Pass::Outages {
                self.unread = self.unread.saturating_add(1);
            }
            return;
        };
        let header = &envelope.header;
        let of_outage = matches!(
            event,
            Event::OutageDeclared(_) | Event::OutageUpdated(_) | Event::OutageEnded { .. }
        );
        if pass == Pass::Outages {
            self.registers.insert(header.journal.register.0);
            if of_outage {
                told.push((header.at, header.by.clone(), event));
            }
            return;
        }
        if of_outage {
            return;
        }
        let (at, by, open) = (header.at, header.by.as_ref(), header.outage.as_ref());
        let taken = if own {
            self.history.take(at, by, open, &event)
        } else {
            self.history.take_elsewhere(at, by, open, &event)
        };
        if taken.is_err() {
            self.unread = self.unread.saturating_add(1);
        }
    }
}

const COLUMNS: [&str; 16] = [
    "outage",
    "since",
    "until",
    "minutes",
    "weekday",
    "hour",
    "systems",
    "cause",
    "ticket",
    "declared_by",
    "note",
    "sales",
    "takings",
    "last_sale",
    "abandoned",
    "lost",
];

impl Told {
    fn of(past: &Past, now: Timestamp) -> Self {
        let outage = &past.outage;
        Self {
            outage: outage.id.to_string(),
            since: outage.since.to_string(),
            until: past.ended.map(|ended| ended.to_string()),
            minutes: past.minutes(now),
            weekday: DAYS.get(usize::from(past.weekday())).copied().unwrap_or(""),
            hour: outage.since.local_hour_minute().0,
            systems: outage.systems.iter().map(|system| system.word()).collect(),
            cause: outage.cause.clone(),
            ticket: outage.ticket.clone(),
            declared_by: past.declared_by.as_ref().map(ToString::to_string),
            note: past.note.clone(),
            sales: past.sales,
            takings: past.takings.minor(),
            last_sale: past.last_sale.map(|number| number.0),
            abandoned: past.abandoned,
            lost: past.lost.minor(),
        }
    }

    fn cells(&self) -> [String; 16] {
        // What a person keyed could be read as a formula by a spreadsheet.
        let plain = |text: &str| match text.chars().next() {
            Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
            _ => text.to_owned(),
        };
        let or_none = |value: Option<String>| value.unwrap_or_default();
        [
            plain(&self.outage),
            self.since.clone(),
            or_none(self.until.clone()),
            self.minutes.to_string(),
            self.weekday.to_owned(),
            self.hour.to_string(),
            self.systems.join(" "),
            plain(&self.cause),
            plain(&self.ticket),
            or_none(self.declared_by.clone()),
            plain(&self.note),
            self.sales.to_string(),
            self.takings.to_string(),
            or_none(self.last_sale.map(|number| number.to_string())),
            self.abandoned.to_string(),
            self.lost.to_string(),
        ]
    }
}

impl Outages {
    /// An amount as people read it.
    pub(super) fn money(&self, minor: i64) -> String {
        let amount = Money::from_minor(minor);
        self.currency.map_or_else(|| amount.to_string(), |currency| currency.format(amount))
    }
}

impl fmt::Display for Outages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |minor| self.money(minor);
        if self.outages.is_empty() {
            writeln!(f, "No outage was declared in this store.")?;
        }
        for told in &self.outages {
            let Told { outage, since, minutes, weekday, .. } = told;
            let state = if told.until.is_some() { "" } else { ", still open" };
            writeln!(f, "{outage}  {weekday} {since}, {minutes} min{state}")?;
            writeln!(f, "  down: {}", told.systems.join(", "))?;
            for (name, text) in
                [("cause", &told.cause), ("ticket", &told.ticket), ("ended", &told.note)]
            {
                if !text.is_empty() {
                    writeln!(f, "  {name}: {text}")?;
                }
            }
            let last = told.last_sale.map_or(String::new(), |number| format!(", last: {number}"));
            let (takings, lost) = (money(told.takings), money(told.lost));
            writeln!(f, "  {} sales, {takings}{last}", told.sales)?;
            writeln!(f, "  {} given up, {lost}", told.abandoned)?;
        }
        if self.unread > 0 {
            writeln!(f, "{} records could not be read: tideover verify", self.unread)?;
        }
        Ok(())
    }
}
