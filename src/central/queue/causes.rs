//! What stands in the way of records, grouped by root cause: one row however many records it
//! touched. Pure but for reading the ledger.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::Hash;

use crate::central::export::ledger::{HandOver, HandOvers, State, TargetName};
use crate::central::store::{ExceptionGroup, StoreError};

/// Rows of a target that are looked at; more than these need no page but a mended target.
pub(super) const ROWS_MAX: usize = 5_000;
/// States in which something is in the way; the gravest first.
const IN_THE_WAY: [State; 6] =
    [State::Different, State::Refused, State::Unknown, State::Sent, State::Held, State::Pending];

/// One root cause at one target.
#[derive(Clone, Debug, Serialize)]
pub(in crate::central) struct Cause {
    /// Its name in addresses and forms; it follows from what it is.
    pub(super) name: String,
    pub(super) target: String,
    #[serde(serialize_with = "word")]
    pub(super) state: State,
    /// What the target said last, without what names the single record.
    pub(super) says: String,
    pub(super) records: usize,
    /// The most tries among them.
    pub(super) attempts: u32,
    /// When it was last tried or looked at, in milliseconds since 1970.
    pub(super) last_ms: i64,
    pub(super) next: &'static str,
    pub(super) stores: Vec<u32>,
    #[serde(skip)]
    pub(super) rows: Vec<HandOver>,
}

fn word<S: serde::Serializer>(state: &State, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(state.word())
}

/// Adds the causes of a target; true where more is in the way than was read.
pub(super) fn of(
    ledger: &mut dyn HandOvers,
    target: &TargetName,
    store: Option<StoreNo>,
    groups: &[ExceptionGroup],
    causes: &mut Vec<Cause>,
) -> Result<bool, StoreError> {
    // Rows are in the order of stores: one store's begin after the place before its first.
    let before = store.map(|store| {
        let first = JournalId { store, register: RegisterNo(0), epoch: Epoch([0; 8]) };
        (first, Seq(0))
    });
    let rows = ledger.open_rows(target, &IN_THE_WAY, before, ROWS_MAX)?;
    let more = rows.len() >= ROWS_MAX;
    let asked = |row: &HandOver| store.is_none_or(|store| store == row.journal.store);
    let mut grouped: BTreeMap<(usize, String), Vec<HandOver>> = BTreeMap::new();
    for row in rows.into_iter().filter(asked).filter(is_in_the_way) {
        let grave = IN_THE_WAY.iter().position(|state| *state == row.state).unwrap_or_default();
        grouped.entry((grave, said_of(&row, groups))).or_default().push(row);
    }
    causes.extend(grouped.into_iter().filter_map(|((_, says), rows)| cause(target, says, rows)));
    Ok(more)
}

/// The gravest first, then what touches most records.
pub(super) fn rank(causes: &mut [Cause]) {
    let grave = |cause: &Cause| IN_THE_WAY.iter().position(|state| *state == cause.state);
    causes.sort_by(|one, other| {
        let by_state = grave(one).cmp(&grave(other));
        by_state.then(other.records.cmp(&one.records)).then(one.name.cmp(&other.name))
    });
}

/// What only waits for the next run is in nobody's way.
fn is_in_the_way(row: &HandOver) -> bool {
    match row.state {
        State::Pending | State::Unknown => row.attempts > 0 || !row.note.is_empty(),
        State::Sent | State::Refused | State::Different | State::Held => true,
        State::Confirmed => false,
    }
}

fn said_of(row: &HandOver, groups: &[ExceptionGroup]) -> String {
    match row.state {
        State::Held => {
            let holds =
                |group: &&ExceptionGroup| group.store == row.journal.store && group.level == "hold";
            let mut rules: Vec<String> =
                groups.iter().filter(holds).map(|group| group.code.replace('_', " ")).collect();
            rules.dedup();
            format!("The manager of store {} decides: {}", row.journal.store, rules.join(", "))
        }
        State::Sent if row.note.is_empty() => "Under way, or cut off in the middle".to_owned(),
        _ if row.note.is_empty() => "Tried, and nothing was said".to_owned(),
        _ => without_its_own(row),
    }
}

/// The note without what names this one record: so that four hundred of them are one cause.
fn without_its_own(row: &HandOver) -> String {
    let note = row.note.replace(&row.hash.to_string(), "…");
    let note = note.replace(&row.journal.epoch.to_string(), "…");
    let (own, padded) = (row.seq.0.to_string(), format!("{:020}", row.seq.0));
    let mut text = String::with_capacity(note.len());
    let mut digits = String::new();
    for c in note.chars().chain(std::iter::once('\n')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        text.push_str(if digits == own || digits == padded { "…" } else { &digits });
        digits.clear();
        if c != '\n' {
            text.push(c);
        }
    }
    text
}

fn cause(target: &TargetName, says: String, rows: Vec<HandOver>) -> Option<Cause> {
    let state = rows.first()?.state;
    let named = Hash::of_bytes(format!("{target}\n{}\n{says}", state.word()).as_bytes());
    let mut stores: Vec<u32> = rows.iter().map(|row| row.journal.store.0).collect();
    stores.dedup();
    Some(Cause {
        name: named.to_string().get(..16)?.to_owned(),
        target: target.to_string(),
        state,
        says,
        records: rows.len(),
        attempts: rows.iter().map(|row| row.attempts).max().unwrap_or_default(),
        last_ms: rows.iter().map(|row| row.changed_ms).max().unwrap_or_default(),
        next: next_of(state),
        stores,
        rows,
    })
}

/// When it is tried next, in words: central sends nothing by itself, a run does.
const fn next_of(state: State) -> &'static str {
    match state {
        State::Held => "With the next run after the manager decided.",
        State::Pending => "With the next run.",
        State::Sent | State::Unknown => {
            "The next run asks first, and sends only what is not there."
        }
        State::Refused => "Not by itself: when somebody has it tried again.",
        State::Different => "Never: nothing is sent over what is there.",
        State::Confirmed => "It is done.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::BusinessDate;

    fn row(seq: u64, state: State, note: &str) -> HandOver {
        let journal =
            JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([0x9f; 8]) };
        HandOver {
            journal,
            seq: Seq(seq),
            hash: Hash::of_bytes(&seq.to_le_bytes()),
            date: BusinessDate::parse("2026-11-22").expect("a day"),
            state,
            attempts: 1,
            changed_ms: 5,
            note: note.to_owned(),
        }
    }

    #[test]
    fn what_names_one_record_parts_no_cause_and_what_names_an_item_does() {
        let said = |seq: u64, note: &str| without_its_own(&row(seq, State::Refused, note));
        assert_eq!(
            said(12, "422: 9f9f9f9f9f9f9f9f:12 unknown item 4012"),
            "422: …:… unknown item 4012"
        );
        assert_eq!(said(12, "no 12, no 120"), "no …, no 120");
        assert_eq!(said(7, "event 00000000000000000007"), "event …");
        let hash = row(3, State::Refused, "").hash;
        assert_eq!(said(3, &format!("{hash} is late")), "… is late");
    }

    #[test]
    fn what_only_waits_for_a_run_is_no_cause() {
        let fresh = HandOver { attempts: 0, ..row(1, State::Unknown, "") };
        assert!(!is_in_the_way(&fresh), "it is asked about with the next run");
        assert!(is_in_the_way(&HandOver { attempts: 0, ..row(1, State::Pending, "503") }));
        assert!(is_in_the_way(&row(1, State::Held, "")));
    }
}
