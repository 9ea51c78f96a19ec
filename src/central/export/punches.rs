//! Punches for payroll: each one as it was recorded, and each correction as a row of its own that
//! names the record it speaks of. Nothing is rounded and nothing is worked out.

use crate::domain::event::Event;
use crate::domain::hours::Change;
use crate::domain::ids::RecordRef;

use super::Entry;
use super::csv_bundle::{Table, harmless};
use super::folder::{Format, Written};

const COLUMNS: [&str; 13] = [
    "store",
    "register",
    "journal",
    "seq",
    "person",
    "change",
    "kind",
    "at",
    "day",
    "of_journal",
    "of_seq",
    "corrected_by",
    "reason",
];

/// Punches.
#[derive(Clone, Copy, Debug)]
pub struct Punches;

impl Format for Punches {
    fn kind(&self) -> &'static str {
        "punches"
    }

    fn takes(&self, event: &Event) -> bool {
        matches!(event, Event::Punch(_) | Event::PunchCorrected(_))
    }

    fn render(&self, entries: &[Entry]) -> Result<Vec<Written>, String> {
        let mut table = Table::new(&COLUMNS)?;
        for entry in entries {
            if let Some(row) = row(entry) {
                table.row(entry, &row)?;
            }
        }
        let (_, bytes) = table.finish()?;
        Ok(vec![Written { name: ".csv".to_owned(), bytes }])
    }
}

fn row(entry: &Entry) -> Option<[String; 9]> {
    let header = &entry.header;
    let (person, change, kind, at, of, reason) = match &entry.event {
        Event::Punch(punch) => {
            (&punch.person, "punched", punch.kind.word(), Some(header.at), None, "")
        }
        Event::PunchCorrected(correction) => {
            let (change, kind, at, of) = match correction.change {
                Change::Missed { kind, at } => ("missed", kind.word(), Some(at), None),
                Change::Moved { of, at } => ("moved", "", Some(at), Some(of)),
                Change::Removed { of } => ("removed", "", None, Some(of)),
            };
            (&correction.person, change, kind, at, of, correction.reason.as_str())
        }
        _ => return None,
    };
    let corrected = matches!(entry.event, Event::PunchCorrected(_));
    let by = header.by.as_ref().filter(|_| corrected);
    let of_journal = |of: RecordRef| of.epoch.to_string();
    Some([
        person.to_string(),
        change.to_owned(),
        kind.to_owned(),
        at.map_or_else(String::new, |at| at.to_string()),
        header.date.to_string(),
        of.map_or_else(String::new, of_journal),
        of.map_or_else(String::new, |of| of.seq.to_string()),
        by.map_or_else(String::new, ToString::to_string),
        harmless(reason),
    ])
}
