//! Wrong PINs: many on one number in a day, some before each of several mornings, or a few on
//! everybody's.
//!
//! ```text
//!  three wrong ones and then the right one           ─▶ somebody mistyped: nothing
//!  more than five that no right one followed at once ─▶ asked about, once a number and day
//!  some, hours before the right one, on three days   ─▶ asked about: it is tried at night
//!  a minute that everybody had to wait               ─▶ asked about
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::{Event, SignInBy};
use crate::domain::guessing::{GuessEnd, PinGuessed};
use crate::domain::ids::{JournalId, PersonId};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::reconcile::exception::{Code, Exception};

use super::{Day, Deed};

/// The right one follows a slip of the finger within moments, and a guess of the night only when
/// its owner comes.
const SOON_MS: i64 = 30 * 60_000;

pub(super) fn look(day: &Day<'_>) -> Vec<Exception> {
    let mut found = on_one_number(day);
    found.extend(before_the_owner_came(day));
    found.extend(on_everybody(day));
    found
}

fn guesses<'a>(day: &Day<'a>) -> impl Iterator<Item = (&'a Deed, &'a PinGuessed)> + use<'a> {
    day.deeds.iter().filter_map(|deed| match &deed.event {
        Event::PinGuessed(guessed) => Some((deed, guessed)),
        _ => None,
    })
}

/// Tries in a row as their last record has them.
struct Row<'a> {
    deed: &'a Deed,
    tries: u32,
    /// The right one came soon after them.
    right: bool,
}

type RowName = (JournalId, Option<PersonId>, u8, Timestamp);

fn rows<'a>(day: &Day<'a>) -> BTreeMap<RowName, Row<'a>> {
    let mut rows: BTreeMap<RowName, Row<'_>> = BTreeMap::new();
    for (deed, guessed) in guesses(day) {
        if matches!(guessed.then, GuessEnd::AllWait { .. }) {
            continue;
        }
        let by = match guessed.by {
            SignInBy::Pin => 0,
            SignInBy::Badge => 1,
            SignInBy::Phone => 2,
        };
        let name = (deed.happened.journal, guessed.person.clone(), by, guessed.from);
        let row = rows.entry(name).or_insert(Row { deed, tries: 0, right: false });
        row.deed = deed;
        row.tries = row.tries.max(guessed.tries);
        row.right = guessed.then == GuessEnd::Right && is_soon(deed, guessed);
    }
    rows
}

fn is_soon(deed: &Deed, guessed: &PinGuessed) -> bool {
    deed.happened.at.utc_ms.saturating_sub(guessed.to.utc_ms).saturating_abs() < SOON_MS
}

/// More wrong ones on one number in a day than fingers slip.
fn on_one_number(day: &Day<'_>) -> Vec<Exception> {
    let most = day.limits.pin_tries_max;
    let mut sums: BTreeMap<(Option<PersonId>, BusinessDate), (u32, Vec<Row<'_>>)> = BTreeMap::new();
    for ((_, person, ..), row) in rows(day) {
        if row.right && row.tries <= most {
            continue;
        }
        let (sum, all) = sums.entry((person, row.deed.day)).or_default();
        *sum = sum.saturating_add(row.tries);
        all.push(row);
    }
    let mut found = Vec::new();
    for ((person, _), (sum, rows)) in sums {
        let Some(last) = rows.iter().max_by_key(|row| row.deed.happened.order()) else { continue };
        if sum <= most {
            continue;
        }
        let whose = person.as_ref().map_or_else(
            || "numbers that nobody of the store has".to_owned(),
            |person| format!("the number of {person}"),
        );
        let registers: BTreeSet<u16> = rows.iter().map(|row| row.deed.register().0).collect();
        let registers: Vec<String> = registers.iter().map(ToString::to_string).collect();
        let end = if last.right { "; then the right one was keyed" } else { "" };
        let text = format!(
            "{sum} wrong PINs in a day on {whose}, at register {}, the last at {}{end}",
            registers.join(", "),
            last.deed.happened.at
        );
        let cause =
            person.map_or_else(|| "unknown numbers".to_owned(), |id| format!("person {id}"));
        found.push(last.deed.says(Code::PinGuessed, text, cause));
    }
    found
}

/// A few wrong ones at a time, long before the owner signs in, again and again: no wait begins, and
/// each morning the count begins anew.
fn before_the_owner_came(day: &Day<'_>) -> Vec<Exception> {
    let mut nights: BTreeMap<&PersonId, (BTreeSet<BusinessDate>, &Deed)> = BTreeMap::new();
    for (deed, guessed) in guesses(day) {
        let Some(person) = &guessed.person else { continue };
        if guessed.then == GuessEnd::Right && !is_soon(deed, guessed) {
            let (days, last) = nights.entry(person).or_insert((BTreeSet::new(), deed));
            days.insert(deed.day);
            if last.happened.order() < deed.happened.order() {
                *last = deed;
            }
        }
    }
    let most = usize::try_from(day.limits.pin_days_max).unwrap_or(usize::MAX);
    let often = nights.into_iter().filter(|(_, (days, _))| days.len() > most);
    often
        .map(|(person, (days, last))| {
            let text = format!(
                "wrong PINs on the number of {person} on {} days, each time long before the right \
                 one was keyed",
                days.len()
            );
            last.says(Code::PinGuessed, text, format!("person {person}, over days"))
        })
        .collect()
}

/// So many wrong ones on all numbers together that everybody had to wait; once a register and day.
fn on_everybody(day: &Day<'_>) -> Vec<Exception> {
    let mut crowds: BTreeMap<(JournalId, BusinessDate), (&Deed, u32, u32)> = BTreeMap::new();
    for (deed, guessed) in guesses(day) {
        let GuessEnd::AllWait { numbers } = guessed.then else { continue };
        let (last, tries, most) =
            crowds.entry((deed.happened.journal, deed.day)).or_insert((deed, 0, 0));
        (*last, *tries, *most) = (deed, (*tries).max(guessed.tries), (*most).max(numbers));
    }
    let found = crowds.into_values().map(|(last, tries, numbers)| {
        let text = format!(
            "{tries} wrong PINs on {numbers} numbers within ten minutes at register {}, the last \
             at {}: somebody tries them one by one",
            last.register(),
            last.happened.at
        );
        let cause = format!("register {}", last.register());
        last.says(Code::PinGuessed, text, cause)
    });
    found.collect()
}

#[cfg(test)]
mod tests;
