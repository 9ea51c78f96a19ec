//! What is said of a recovery: from whom, what comes back, what it means for the money, what is
//! still missing and what to do next.

use std::fmt;

use serde::Serialize;

use super::name;
use crate::domain::ids::Seq;
use crate::ledger::Place;
use crate::ledger::gather::{Bringer, Gathered};
use crate::ledger::regain::{Has, Regained};
use crate::register::settings::Settings;

/// Stretches of a carrier that are shown; `--json` gives the rest.
const SHOWN_MAX: usize = 6;

/// What came of a recovery.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Recovered {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// It was done, and not only looked at.
    pub applied: bool,
    /// Who was asked.
    pub asked: Vec<Asked>,
    /// One a journal.
    pub journals: Vec<Journal>,
    /// What the start of the next journal said, where one was begun.
    pub begun: Vec<String>,
    /// Where the journals lie.
    pub folder: String,
}

/// Somebody who was asked.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// Who.
    pub from: String,
    /// Records of other registers among what came.
    pub of_others: u64,
    /// Lines among it that are no records.
    pub no_records: u64,
    /// Why nothing came, or not all.
    pub trouble: Option<String>,
}

/// A journal.
#[derive(Clone, Debug, Serialize)]
pub struct Journal {
    /// Which.
    pub journal: String,
    /// The register goes on with it.
    pub in_use: bool,
    /// Its leading records that were here.
    pub here: u64,
    /// Its leading records with what came.
    pub whole: u64,
    /// How many it had, as far as anybody says.
    pub known: u64,
    /// Records that nobody who was asked has.
    pub missing: u64,
    /// Records that come back.
    pub records: u64,
    /// Sales, refunds and voids among them.
    pub sales: u64,
    /// Their money, in minor units.
    pub money: i64,
    /// Who has what.
    pub has: Vec<Holding>,
    /// Places that two right records were written for.
    pub twice: Vec<u64>,
    /// The key that nobody vouches for.
    pub unknown_key: Option<String>,
    /// Its key was revoked; records from here on are not taken.
    pub good_until: Option<u64>,
    /// Something is written, or would be.
    pub changes: bool,
}

/// What one of them has.
#[derive(Clone, Debug, Serialize)]
pub struct Holding {
    /// Who.
    pub by: String,
    /// First and last places.
    pub stretches: Vec<(u64, u64)>,
    /// The same of other branches.
    pub beside: Vec<(u64, u64)>,
    /// Lines that are not used.
    pub not_used: u64,
}

impl Asked {
    /// Somebody who brings records.
    pub(super) fn of(by: Bringer, trouble: Option<String>) -> Self {
        Self { from: by.to_string(), of_others: 0, no_records: 0, trouble }
    }

    /// Nobody to be asked.
    pub(super) fn nobody(from: &str, trouble: &str) -> Self {
        let trouble = Some(trouble.to_owned());
        Self { from: from.to_owned(), of_others: 0, no_records: 0, trouble }
    }
}

impl Recovered {
    pub(super) fn of(settings: &Settings, applied: bool) -> Self {
        let (store, register) = (settings.store, settings.register);
        Self { store, register, applied, ..Self::default() }
    }

    /// What was left out of what came.
    pub(super) fn counts(&mut self, gathered: &Gathered) {
        for (by, brought) in gathered.bringers() {
            let name = by.to_string();
            for asked in self.asked.iter_mut().filter(|asked| asked.from == name) {
                (asked.of_others, asked.no_records) = (brought.of_others, brought.no_records);
            }
        }
    }

    pub(super) fn journals_are(&mut self, all: &[Regained], place: &Place) {
        self.folder = place.frozen().display().to_string();
        self.journals = all.iter().map(Journal::of).collect();
    }

    /// Nothing is missing, in doubt, or could not be asked.
    pub fn is_whole(&self) -> bool {
        let asked = self.asked.iter().all(|asked| asked.trouble.is_none());
        let fine =
            |one: &Journal| one.missing == 0 && one.twice.is_empty() && one.unknown_key.is_none();
        asked && self.journals.iter().all(fine)
    }
}

impl Journal {
    fn of(one: &Regained) -> Self {
        Self {
            journal: name(one),
            in_use: one.in_use,
            here: one.here,
            whole: one.whole,
            known: one.known,
            missing: one.missing(),
            records: one.back.records,
            sales: one.back.sales,
            money: one.back.money.minor(),
            has: one.has.iter().map(Holding::of).collect(),
            twice: one.others.iter().map(|seq| seq.0).collect(),
            unknown_key: one.unknown_key.map(|key| key.to_string()),
            good_until: one.good.map(|seq| seq.0),
            changes: one.changes,
        }
    }
}

impl Holding {
    fn of(has: &Has) -> Self {
        let places = |all: &[(Seq, Seq)]| -> Vec<(u64, u64)> {
            all.iter().map(|(from, until)| (from.0, until.0.saturating_sub(1))).collect()
        };
        Self {
            by: has.by.as_ref().map_or_else(|| "this register".to_owned(), ToString::to_string),
            stretches: places(&has.stretches),
            beside: places(&has.beside),
            not_used: has.not_used,
        }
    }
}

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, register, .. } = self;
        writeln!(f, "Register {register} of store {store}")?;
        for asked in &self.asked {
            write!(f, "{asked}")?;
        }
        for journal in &self.journals {
            journal.say(f, self.applied)?;
        }
        if self.journals.is_empty() {
            writeln!(f, "No journal of this register lies here, and none was brought.")?;
        }
        self.say_next(f)
    }
}

impl Recovered {
    fn say_next(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = self.journals.iter().any(|one| one.changes);
        for text in &self.begun {
            writeln!(f, "{text}")?;
        }
        match (changes, self.applied) {
            (true, false) => writeln!(
                f,
                "Nothing was changed. Close the register's window, and the same with --apply \
                 brings it back."
            )?,
            (true, true) => writeln!(
                f,
                "It lies in {}. Start the register: it sells on at once, and sends what central \
                 lacks by itself.",
                self.folder
            )?,
            (false, _) if self.asked.is_empty() => writeln!(
                f,
                "Nobody was asked: --from peer, --from central, --from FOLDER or --from FILE, as \
                 often as there are some."
            )?,
            (false, _) => writeln!(f, "Nothing comes back, and nothing was changed.")?,
        }
        if self.journals.iter().any(|one| one.missing > 0) {
            writeln!(
                f,
                "What is missing may lie elsewhere: ask every other register, central and every \
                 stick; then the receipts that customers bring ('tideover receipts'). What comes \
                 later is brought back in the same way."
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, of_others, no_records, trouble } = self;
        match trouble {
            Some(trouble) if trouble.starts_with(from) => writeln!(f, "  {trouble}")?,
            Some(trouble) => writeln!(f, "  {from}: {trouble}")?,
            None => {}
        }
        match of_others {
            0 => {}
            1 => writeln!(f, "  {from}: 1 record of another register is left out")?,
            more => writeln!(f, "  {from}: {more} records of other registers are left out")?,
        }
        match no_records {
            0 => {}
            1 => writeln!(f, "  {from}: 1 line that is no record is left out")?,
            more => writeln!(f, "  {from}: {more} lines that are no records are left out")?,
        }
        Ok(())
    }
}

impl Journal {
    fn say(&self, f: &mut fmt::Formatter<'_>, applied: bool) -> fmt::Result {
        let Self { journal, here, known, whole, .. } = self;
        if let Some(key) = &self.unknown_key {
            return writeln!(
                f,
                "{journal}\n  Nothing of it is taken: nobody vouches that its key ({}…) is this \
                 register's. Was it written down at enrolment, name it from there with --key",
                key.get(..16).unwrap_or(key)
            );
        }
        let state = if self.in_use { "in use" } else { "ended" };
        let was = if applied && self.records > 0 { "were" } else { "are" };
        writeln!(f, "{journal}, {state}: {here} of {known} records {was} here")?;
        for has in self.has.iter().filter(|has| has.by != "this register") {
            write!(f, "{has}")?;
        }
        let own = self.has.iter().find(|has| has.by == "this register");
        if let Some(own) = own.filter(|own| own.not_used > 0) {
            writeln!(
                f,
                "  {} here that are damaged, or lack those before them, stay where they are",
                counted(own.not_used, "line", "lines")
            )?;
        }
        if self.records > 0 {
            let money = crate::domain::money::Money::from_minor(self.money);
            let verb = if applied { "Came back" } else { "Would come back" };
            let records = counted(self.records, "record", "records");
            let sales = counted(self.sales, "sale or refund", "sales and refunds");
            writeln!(f, "  {verb}: {records}, {sales} of {money}")?;
        }
        if let Some(good) = self.good_until {
            writeln!(
                f,
                "  Its key was revoked: records from {good} on count for nothing and are not taken"
            )?;
        }
        if self.missing > 0 {
            let missing = counted(self.missing, "record", "records");
            let last = known.saturating_sub(1);
            writeln!(f, "  Still missing: {missing}, from {whole} to {last}")?;
        }
        for place in &self.twice {
            writeln!(
                f,
                "  Two records were written for place {place}: this register was copied or put \
                 back, and both went on. Both branches are kept; a manager decides at central \
                 which sales are real"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, stretches, beside, not_used } = self;
        match (stretches.is_empty(), beside.is_empty()) {
            (true, true) => writeln!(f, "  {by}: nothing of it")?,
            (false, true) => writeln!(f, "  {by}: records {}", places(stretches))?,
            (true, false) => writeln!(f, "  {by}: {} of another branch", places(beside))?,
            (false, false) => {
                let (first, other) = (places(stretches), places(beside));
                writeln!(f, "  {by}: records {first}, and {other} of another branch")?;
            }
        }
        if *not_used > 0 {
            let lines = counted(*not_used, "record is", "records are");
            writeln!(f, "  {by}: {lines} not used: changed, or without those before them")?;
        }
        Ok(())
    }
}

/// Places as people read them; `--json` gives all of them.
fn places(stretches: &[(u64, u64)]) -> String {
    let one = |(from, last): &(u64, u64)| {
        if from == last { from.to_string() } else { format!("{from} to {last}") }
    };
    let shown: Vec<String> = stretches.iter().take(SHOWN_MAX).map(one).collect();
    let shown = shown.join(", ");
    match stretches.len().saturating_sub(SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more stretches"),
    }
}

fn counted(count: u64, one: &str, more: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
}
