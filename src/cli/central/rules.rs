//! `tideover central rules`: the rules' levels and thresholds, tried on records that are there
//! before they are set.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::central::store::{Store, StoreError};
use crate::domain::ids::Seq;
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;
use crate::reconcile::exception::{Code, Level};
use crate::reconcile::packs::PackView;
use crate::reconcile::rulebook::{NotRules, Rulebook};
use crate::reconcile::rules::{Context, look};

/// Records that are read at once.
const AT_ONCE: usize = 500;
/// How far back a trial looks from the newest record: a day.
const TRIAL_MS: i64 = 24 * 3_600_000;

/// The rules, and what others would change.
#[derive(Clone, Debug, Serialize)]
pub struct Rules {
    /// The version that holds.
    pub version: u32,
    /// The rules as a file.
    pub text: String,
    /// Each rule with its level.
    pub levels: Vec<(String, &'static str)>,
    /// True when they were set just now.
    pub set: bool,
    /// What the tried ones would find otherwise; none where nothing was tried.
    pub trial: Option<Trial>,
}

/// What a trial came to.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// The version that was tried.
    pub version: u32,
    /// How many records were looked at.
    pub records: u64,
    /// Each rule and level that finds another number: rule, level, now, then.
    pub differs: Vec<(String, &'static str, u64, u64)>,
}

/// Why rules were not set.
#[derive(Debug, thiserror::Error)]
pub enum NotSet {
    /// The file.
    #[error("{0} can't be read ({1}); nothing was changed")]
    File(String, std::io::Error),
    /// What it says.
    #[error(transparent)]
    Rules(#[from] NotRules),
    /// An older version.
    #[error(
        "the file says version {0}, and version {1} holds; give it a higher one, so that \
         everybody can tell which rules found what. Nothing was changed"
    )]
    Older(u32, u32),
    /// Central's database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Shows the rules; with a file tries it, and sets it where `set` says so.
///
/// # Errors
/// [`NotSet`]; then nothing was changed.
pub fn run(
    store: &mut dyn Store,
    packs: &dyn PackView,
    file: Option<&Path>,
    set: bool,
) -> Result<Rules, NotSet> {
    let now = match store.rules()? {
        Some(text) => Rulebook::read(&text)?,
        None => Rulebook::default(),
    };
    let Some(file) = file else { return Ok(report(&now, false, None)) };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|why| NotSet::File(name, why))?;
    let new = Rulebook::read(&text)?;
    if new.version <= now.version {
        return Err(NotSet::Older(new.version, now.version));
    }
    let trial = Some(tried(store, packs, &now, &new)?);
    if set {
        store.set_rules(&new.to_text())?;
        return Ok(report(&new, true, trial));
    }
    Ok(report(&now, false, trial))
}

fn report(rules: &Rulebook, set: bool, trial: Option<Trial>) -> Rules {
    let level = |code: Code| (code.word().to_owned(), rules.level(code).word());
    Rules {
        version: rules.version,
        text: rules.to_text(),
        levels: Code::ALL.into_iter().map(level).collect(),
        set,
        trial,
    }
}

/// How often each rule speaks at each level, by the rules that hold and by those that are tried.
type Counts = BTreeMap<(Code, Level), (u64, u64)>;

/// Looks at the newest day's records by both rules. What needs a whole store, or when a record
/// came in, is not tried.
fn tried(
    store: &mut dyn Store,
    packs: &dyn PackView,
    now: &Rulebook,
    new: &Rulebook,
) -> Result<Trial, StoreError> {
    let rows = store.journals(None)?;
    let mut found = Counts::new();
    let mut records = 0_u64;
    let newest = rows.iter().map(|row| row.last_seen).max().unwrap_or(0);
    let since = newest.saturating_sub(TRIAL_MS);
    for row in &rows {
        let (mut next, end) = (Seq(0), row.position.next_seq);
        while next < end {
            let lines = store.lines(&row.journal, next, AT_ONCE)?;
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                next = next.next();
                let envelope = Envelope::read(line).ok();
                let Some(envelope) = envelope.filter(|one| one.header.at.utc_ms >= since) else {
                    continue;
                };
                records = records.saturating_add(1);
                count(&envelope, &row.key, packs, [now, new], &mut found);
            }
        }
    }
    let differs = found.into_iter().filter(|(_, (now, then))| now != then);
    let differs = differs
        .map(|((code, level), (now, then))| (code.word().to_owned(), level.word(), now, then));
    Ok(Trial { version: new.version, records, differs: differs.collect() })
}

/// Counts what both rules find in one record.
fn count(
    envelope: &Envelope<'_>,
    key: &PublicKey,
    packs: &dyn PackView,
    [now, new]: [&Rulebook; 2],
    found: &mut Counts,
) {
    let by = |rules| look(envelope, Context { key, before: None, packs, rules, received_ms: None });
    for one in by(now).1 {
        let counts = found.entry((one.code, one.level)).or_default();
        counts.0 = counts.0.saturating_add(1);
    }
    for one in by(new).1 {
        let counts = found.entry((one.code, one.level)).or_default();
        counts.1 = counts.1.saturating_add(1);
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(trial) = &self.trial {
            let (version, records) = (trial.version, trial.records);
            writeln!(f, "Version {version}, tried on {records} records of the newest day:")?;
            for (rule, level, now, then) in &trial.differs {
                writeln!(f, "  {rule:<24} {level:<9} now {now:>6}, then {then:>6}")?;
            }
            if trial.differs.is_empty() {
                writeln!(f, "  finds the same")?;
            }
            return if self.set {
                write!(f, "It holds now; central looks at everything again. No sale changes.")
            } else {
                write!(f, "Nothing was changed; --set has it hold.")
            };
        }
        writeln!(f, "{}", self.text)?;
        for (rule, level) in &self.levels {
            writeln!(f, "# {rule} = \"{level}\"")?;
        }
        Ok(())
    }
}
