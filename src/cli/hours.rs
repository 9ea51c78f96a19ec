//! `tideover hours`: the hours of a store for payroll, as they were punched and corrected.
//!
//! It rounds nothing and pays nobody: payroll does.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::domain::book::hours::{Stamp, Worked};
use crate::domain::ids::PersonId;
use crate::domain::time::{BusinessDate, NotTime};
use crate::ledger::{LedgerError, Reader};
use crate::register::settings::{DataDir, SettingsError};

use super::output::{Ending, Failure, Output};

/// `tideover hours`
#[derive(Clone, Debug, Args)]
pub struct HoursArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The first day, such as 2026-11-22.
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The last day.
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// Work from coming to going instead of single times.
    #[arg(long)]
    pub worked: bool,
}

/// Hours, as they are printed: CSV by RFC 4180, or JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Hours {
    /// Single times.
    Times(Vec<TimeRow>),
    /// Work from coming to going.
    Worked(Vec<WorkRow>),
}

/// A time after all corrections.
#[derive(Clone, Debug, Serialize)]
pub struct TimeRow {
    /// The store's number.
    pub store: u32,
    /// The person's number.
    pub person: String,
    /// `in`, `meal_start`, `meal_end`, `out`.
    pub kind: &'static str,
    /// The actual time with its offset.
    pub at: String,
    /// The register.
    pub register: u16,
    /// The journal and the record that says so.
    pub record: String,
    /// It was corrected.
    pub corrected: bool,
    /// It does not follow from the one before.
    pub odd: bool,
}

/// Work from coming to going.
#[derive(Clone, Debug, Serialize)]
pub struct WorkRow {
    /// The store's number.
    pub store: u32,
    /// The person's number.
    pub person: String,
    /// The day it began.
    pub day: String,
    /// When it began.
    pub from: String,
    /// When it ended; empty where nobody said.
    pub to: String,
    /// Meals, in seconds and thousandths.
    pub meals_s: String,
    /// Work without meals, in seconds and thousandths; empty where the end is missing.
    pub worked_s: String,
}

/// Why no hours were written.
#[derive(Debug, thiserror::Error)]
pub enum HoursError {
    /// The register is not set up.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The ledger can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A day is none.
    #[error("a day is written as 2026-11-22; nothing was written")]
    Day(#[from] NotTime),
    /// A row can't be written.
    #[error("the rows can't be written")]
    Csv(#[from] csv::Error),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the journals can't be read.
pub fn run(args: &HoursArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    output.say(&hours(args, home)?)?;
    Ok(Ending::Fine)
}

fn hours(args: &HoursArgs, home: &Path) -> Result<Hours, HoursError> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let day = |text: &Option<String>| text.as_deref().map(BusinessDate::parse).transpose();
    let (from, to) = (day(&args.from)?, day(&args.to)?);
    let wanted = |on: BusinessDate| {
        let on = on.days_since_1970();
        from.is_none_or(|from| on >= from.days_since_1970())
            && to.is_none_or(|to| on <= to.days_since_1970())
    };
    let book = Reader::open(&data.place(&settings))?.book()?;
    let people = book.hours.people();
    let store = settings.store;
    Ok(if args.worked {
        let of = |person: &PersonId| {
            let rows = book.hours.worked(person).into_iter().filter(|work| wanted(work.day));
            rows.map(|work| work_row(store, person, &work)).collect::<Vec<_>>()
        };
        Hours::Worked(people.iter().flat_map(of).collect())
    } else {
        let of = |person: &PersonId| {
            let stamps = book.hours.of(person).into_iter();
            let stamps = stamps.filter(|stamp| wanted(stamp.at.local_date()));
            stamps.map(|stamp| time_row(store, person, &stamp)).collect::<Vec<_>>()
        };
        Hours::Times(people.iter().flat_map(of).collect())
    })
}

fn time_row(store: u32, person: &PersonId, stamp: &Stamp) -> TimeRow {
    TimeRow {
        store,
        person: person.to_string(),
        kind: stamp.kind.word(),
        at: stamp.at.to_string(),
        register: stamp.register.0,
        record: format!("{}-{}", stamp.record.epoch, stamp.record.seq),
        corrected: stamp.corrected,
        odd: stamp.odd,
    }
}

fn work_row(store: u32, person: &PersonId, work: &Worked) -> WorkRow {
    WorkRow {
        store,
        person: person.to_string(),
        day: work.day.to_string(),
        from: work.from.to_string(),
        to: work.to.map(|to| to.to_string()).unwrap_or_default(),
        meals_s: seconds(work.meals_ms),
        worked_s: work.paid_ms().map(seconds).unwrap_or_default(),
    }
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000))
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = match self {
            Self::Times(rows) => to_csv(rows, &TIME_COLUMNS),
            Self::Worked(rows) => to_csv(rows, &WORK_COLUMNS),
        };
        f.write_str(&rows.map_err(|_| fmt::Error)?)
    }
}

const TIME_COLUMNS: [&str; 8] =
    ["store", "person", "kind", "at", "register", "record", "corrected", "odd"];
const WORK_COLUMNS: [&str; 7] = ["store", "person", "day", "from", "to", "meals_s", "worked_s"];

fn to_csv<T: Serialize>(rows: &[T], columns: &[&str]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.serialize(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
