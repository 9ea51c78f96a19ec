//! `tideover central open-check`: shows the account of one check, for the treasury, when it came
//! back unpaid.
//!
//! Who opens and why is written down before anything is opened. Nothing is changed, and what is
//! shown is kept nowhere.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::central::destruction::Gone;
use crate::central::seal_key::{NoSealKey, SealKey};
use crate::central::store::{CheckOpening, Held, StoreError};
use crate::device::clock::Clock;
use crate::domain::check::Commitment;
use crate::domain::event::Event;
use crate::domain::ids::{JournalId, RegisterNo, SaleNo, Seq, StoreNo};
use crate::domain::tender::Tender;
use crate::journal::record::Envelope;

/// Neither its data nor a word about it.
const NOT_HERE: &str = "its data has not arrived, or was erased";

/// Which sale, who asks, and why.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The store.
    pub store: StoreNo,
    /// The register.
    pub register: RegisterNo,
    /// The sale's number, as on the back of the check.
    pub sale: SaleNo,
    /// Who opens.
    pub who: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The private key's file.
    pub seal_key: &'a Path,
}

/// The checks of the sale.
#[derive(Clone, Debug, Serialize)]
pub struct OpenedChecks {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The sale.
    pub sale: u64,
    /// Its checks, in the order they were taken.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Its number, from the record.
    pub number: String,
    /// Its amount, from the record.
    pub amount: String,
    /// What was sealed; none with the reason in `why`.
    pub opened: Option<Opened>,
    /// Why nothing was opened.
    pub why: Option<String>,
}

/// What was sealed.
#[derive(Clone, Serialize)]
pub struct Opened {
    /// The bank.
    pub routing: String,
    /// The account.
    pub account: String,
    /// The kind of ID that was seen and who issued it; `- -` where nothing was kept.
    pub id: String,
}

/// Why nothing was opened.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    /// The key.
    #[error(transparent)]
    Key(#[from] NoSealKey),
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody, or nothing, was named.
    #[error(
        "say who opens it (--who, up to 80 bytes) and why (--reason, up to 500); nothing was opened"
    )]
    Unnamed,
    /// There is no such sale.
    #[error(
        "central holds no sale {sale} of register {register} in store {store}; look at the back \
         of the check, or wait until the register has sent it"
    )]
    NoSale {
        /// The store.
        store: StoreNo,
        /// The register.
        register: RegisterNo,
        /// The sale.
        sale: SaleNo,
    },
}

/// Opens the checks of a sale.
///
/// # Errors
/// [`NotShown`].
pub fn open(
    held: &Held,
    clock: &dyn Clock,
    request: &Request<'_>,
) -> Result<OpenedChecks, NotShown> {
    let Request { store, register, sale, who, reason, seal_key } = *request;
    if !(1..=80).contains(&who.trim().len()) || !(1..=500).contains(&reason.trim().len()) {
        return Err(NotShown::Unnamed);
    }
    let key = SealKey::load(seal_key)?;
    let found = held.call(move |s| s.sales_numbered(store, register, sale))?;
    if found.is_empty() {
        return Err(NotShown::NoSale { store, register, sale });
    }
    let mut checks = Vec::new();
    for (journal, seq) in found {
        let opening = CheckOpening {
            journal,
            seq,
            at_ms: clock.now().utc_ms,
            who: who.trim().to_owned(),
            reason: reason.trim().to_owned(),
        };
        held.call(move |s| s.note_opening(&opening))?;
        checks.extend(of_record(held, &key, journal, seq)?);
    }
    Ok(OpenedChecks { store: store.0, register: register.0, sale: sale.0, checks })
}

fn of_record(
    held: &Held,
    key: &SealKey,
    journal: JournalId,
    seq: Seq,
) -> Result<Vec<Check>, StoreError> {
    let (lines, rows, gone) = held.call(move |s| {
        Ok((
            s.lines(&journal, seq, 1)?,
            s.sealed_of(&journal, seq)?,
            s.destroyed_of(&journal, seq)?,
        ))
    })?;
    let event = lines.first().and_then(|line| Envelope::read(line).and_then(|e| e.event()).ok());
    let Some(sale) = event.as_ref().and_then(Event::sale) else { return Ok(Vec::new()) };
    let open = |commitment: Commitment| -> Result<Opened, String> {
        let row = rows.iter().find(|row| row.commitment == commitment);
        let gone = gone.iter().find(|gone| gone.commitment == commitment);
        let row = row.ok_or_else(|| gone.map_or_else(|| NOT_HERE.to_owned(), Gone::words))?;
        let opened = key
            .open(&commitment, &row.bytes)
            .map_err(|_| "its data was sealed to another key, or was changed".to_owned())?;
        let value = |word| opened.value(word).unwrap_or_default().to_owned();
        Ok(Opened { routing: value("routing"), account: value("account"), id: value("id") })
    };
    let checks = sale.tenders.iter().filter_map(|tender| match tender {
        Tender::Check { amount, number, proof } => {
            let none = || "nothing but number and amount was kept".to_owned();
            let opened = proof.data.ok_or_else(none).and_then(open);
            Some(Check {
                number: number.as_str().to_owned(),
                amount: amount.to_string(),
                why: opened.as_ref().err().cloned(),
                opened: opened.ok(),
            })
        }
        Tender::Cash { .. } | Tender::CheckReturned { .. } => None,
    });
    Ok(checks.collect())
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(..)")
    }
}

impl fmt::Display for OpenedChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, register, sale, checks } = self;
        write!(f, "Sale {sale} of register {register} in store {store}:")?;
        if checks.is_empty() {
            write!(f, " no check was taken")?;
        }
        for check in checks {
            write!(f, "\n  check {} over {}: ", check.number, check.amount)?;
            match &check.opened {
                Some(Opened { routing, account, id }) => {
                    write!(f, "routing {routing}, account {account}, ID {id}")?;
                }
                None => write!(f, "{}", check.why.as_deref().unwrap_or_default())?,
            }
        }
        write!(f, "\nThat you opened it is on record.")
    }
}
