//! `tideover central compare-checks`: opens the checks of a store that look like one another, and
//! says whether they are of one account. For the treasury: it takes the private sealing key.
//!
//! Who opens and why is written down before anything is opened. No account is shown: all that
//! comes out is "the same" or "another".

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::central::destruction::Gone;
use crate::central::seal_key::{KEY_FILE, NoSealKey, SealKey};
use crate::central::store::{CheckOpening, Held, StoreError};
use crate::cli::free_text::without_a_card;
use crate::device::clock::Clock;
use crate::domain::event::Event;
use crate::domain::ids::StoreNo;
use crate::domain::tender::Tender;
use crate::journal::hash::Hash;
use crate::journal::record::Envelope;
use crate::reconcile::exception::Code;
use crate::reconcile::records::Found;

/// `tideover central compare-checks`
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    data: PathBuf,
    /// The store's number.
    #[arg(long)]
    store: u32,
    /// Who opens them.
    #[arg(long, value_parser = without_a_card)]
    who: String,
    /// Why.
    #[arg(long, value_parser = without_a_card)]
    reason: String,
    /// The private sealing key; by default the one in central's folder.
    #[arg(long, value_name = "FILE")]
    seal_key: Option<PathBuf>,
}

impl CompareArgs {
    /// Opens and compares.
    ///
    /// # Errors
    /// [`NotCompared`].
    pub fn run(&self, clock: &dyn Clock) -> Result<Compared, NotCompared> {
        let own = self.data.join(KEY_FILE);
        let request = Request {
            store: StoreNo(self.store),
            who: &self.who,
            reason: &self.reason,
            seal_key: self.seal_key.as_deref().unwrap_or(&own),
        };
        let kept = super::central::existing(&self.data)?;
        compare(&Held::new("central-treasury", kept)?, clock, &request)
    }
}

/// Which store, who asks, and why.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The store.
    pub store: StoreNo,
    /// Who opens.
    pub who: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The private key's file.
    pub seal_key: &'a Path,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The store.
    pub store: u32,
    /// Each group of checks that look alike.
    pub groups: Vec<Group>,
}

/// Checks of one number, amount and day.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// Number, amount and day.
    pub alike: String,
    /// Registers that took one, with how often.
    pub taken: Vec<String>,
    /// What the accounts say.
    pub verdict: Verdict,
    /// What was destroyed of them, in words: those can't be compared.
    pub destroyed: Vec<String>,
}

/// What can be said of a check's account.
enum Account {
    /// A hash of bank and account, for this comparison alone.
    Of(Hash),
    /// Its data was destroyed here.
    Gone(Gone),
    /// Nothing was kept, it has not arrived, or it does not open.
    Closed,
}

/// What the accounts of a group say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// At least two are of one account: one check was taken twice.
    OneAccount,
    /// All are of different accounts.
    Different,
    /// Too few could be opened.
    Unknown,
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum NotCompared {
    /// The key.
    #[error(transparent)]
    Key(#[from] NoSealKey),
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody, or nothing, was named.
    #[error(
        "say who opens them (--who, up to 80 bytes) and why (--reason, up to 500); nothing was \
         opened"
    )]
    Unnamed,
}

/// Opens and compares.
///
/// # Errors
/// [`NotCompared`].
pub fn compare(
    held: &Held,
    clock: &dyn Clock,
    request: &Request<'_>,
) -> Result<Compared, NotCompared> {
    let Request { store, who, reason, seal_key } = *request;
    if !(1..=80).contains(&who.trim().len()) || !(1..=500).contains(&reason.trim().len()) {
        return Err(NotCompared::Unnamed);
    }
    let key = SealKey::load(seal_key)?;
    let rows = held.call(move |s| s.store_rows(store))?;
    let mut alike: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for found in rows.found.into_iter().filter(|found| found.code == Code::CheckTwice) {
        alike.entry(found.cause.clone()).or_default().push(found);
    }
    let mut groups = Vec::new();
    for (cause, found) in alike {
        let mut accounts: BTreeMap<Hash, usize> = BTreeMap::new();
        let (mut closed, mut destroyed) = (0_usize, Vec::new());
        for one in &found {
            let opening = CheckOpening {
                journal: one.journal,
                seq: one.seq,
                at_ms: clock.now().utc_ms,
                who: who.trim().to_owned(),
                reason: reason.trim().to_owned(),
            };
            held.call(move |s| s.note_opening(&opening))?;
            match account(held, &key, one)? {
                Account::Of(account) => {
                    let count = accounts.entry(account).or_default();
                    *count = count.saturating_add(1);
                }
                Account::Gone(gone) => {
                    closed = closed.saturating_add(1);
                    destroyed.push(format!("register {}: {}", one.journal.register, gone.words()));
                }
                Account::Closed => closed = closed.saturating_add(1),
            }
        }
        let verdict = if accounts.values().any(|count| *count > 1) {
            Verdict::OneAccount
        } else if closed == 0 && accounts.len() > 1 {
            Verdict::Different
        } else {
            Verdict::Unknown
        };
        let taken = found.iter().map(|one| format!("register {}", one.journal.register));
        groups.push(Group { alike: cause, taken: taken.collect(), verdict, destroyed });
    }
    Ok(Compared { store: store.0, groups })
}

/// What can be said of the account of the check that a finding is about.
fn account(held: &Held, key: &SealKey, found: &Found) -> Result<Account, StoreError> {
    let (journal, seq) = (found.journal, found.seq);
    let (lines, rows, gone) = held.call(move |s| {
        Ok((
            s.lines(&journal, seq, 1)?,
            s.sealed_of(&journal, seq)?,
            s.destroyed_of(&journal, seq)?,
        ))
    })?;
    let event = lines.first().and_then(|line| Envelope::read(line).and_then(|e| e.event()).ok());
    let Some(sale) = event.as_ref().and_then(Event::sale) else { return Ok(Account::Closed) };
    let mut same = sale.tenders.iter().filter_map(|tender| match tender {
        Tender::Check { amount, number, proof } => {
            let named = found.cause.starts_with(&format!("{}, {amount}, ", number.as_str()));
            proof.data.filter(|_| named)
        }
        Tender::Cash { .. } | Tender::CheckReturned { .. } => None,
    });
    let Some(commitment) = same.next() else { return Ok(Account::Closed) };
    if let Some(gone) = gone.into_iter().find(|gone| gone.commitment == commitment) {
        return Ok(Account::Gone(gone));
    }
    let row = rows.iter().find(|row| row.commitment == commitment);
    let opened = row.and_then(|row| key.open(&commitment, &row.bytes).ok());
    let Some(opened) = opened else { return Ok(Account::Closed) };
    let word = |name| opened.value(name).unwrap_or_default().to_owned();
    let plain = zeroize::Zeroizing::new(format!("{} {}", word("routing"), word("account")));
    Ok(Account::Of(Hash::of_bytes(plain.as_bytes())))
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.groups.is_empty() {
            return write!(f, "No checks of store {} look alike; nothing was opened.", self.store);
        }
        for Group { alike, taken, verdict, destroyed } in &self.groups {
            let words = match verdict {
                Verdict::OneAccount => "ONE ACCOUNT: one check was taken twice",
                Verdict::Different => "different accounts: they only look alike",
                Verdict::Unknown if !destroyed.is_empty() => "can't be told any more",
                Verdict::Unknown => "can't be told: no account was kept, or it has not arrived",
            };
            writeln!(f, "{alike} ({}): {words}", taken.join(", "))?;
            for one in destroyed {
                writeln!(f, "  {one}")?;
            }
        }
        write!(f, "That you opened them is on record.")
    }
}
