//! `tideover central rain-checks`: promises that are out, over one store or all of them.
//!
//! The store's customer service honors from this list what registers don't take. A row names its
//! record, so that it can be looked up, and with `--all` where it was redeemed.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::central::rain_checks::RainCheckStore;
use crate::central::store::StoreError;
use crate::device::clock::Clock;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::StoreNo;
use crate::domain::money::Money;
use crate::domain::quantity::UnitPrice;
use crate::domain::rain_check::Worth;
use crate::domain::time::BusinessDate;
use crate::reconcile::rain_checks::{Account, Standing, Use};

/// `tideover central rain-checks`
#[derive(Clone, Debug, Args)]
pub struct RainCheckArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    pub(super) data: PathBuf,
    /// Of this store only.
    #[arg(long)]
    store: Option<u32>,
    /// Those that were redeemed too.
    #[arg(long)]
    all: bool,
    /// A file to write them to as CSV.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum NotListed {
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error("{file} can't be written; central's records are untouched, choose another place")]
    File {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: csv::Error,
    },
}

/// The list.
#[derive(Clone, Debug, Serialize)]
pub struct RainCheckList {
    /// The day it is of.
    pub day: String,
    /// How many rain checks.
    pub count: usize,
    /// What those that are out may cost, as far as that is known.
    pub open_off: i64,
    /// The rain checks, the oldest first; left out where they were written to a file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rain_checks: Vec<RainCheckLine>,
    /// The file they were written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// A rain check.
#[derive(Clone, Debug, Serialize)]
pub struct RainCheckLine {
    /// The store that wrote it.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The journal.
    pub journal: String,
    /// The record's place.
    pub seq: u64,
    /// The number on its slip.
    pub number: u32,
    /// `open`, `expired` or `redeemed`.
    pub standing: &'static str,
    /// What could not be honored.
    pub kind: &'static str,
    /// The item's code.
    pub item: Option<String>,
    /// Its name, or words.
    pub what: String,
    /// So much off, in cents.
    pub off: Option<i64>,
    /// Or the price of one.
    pub price: Option<String>,
    /// For so many.
    pub pieces: Option<u16>,
    /// When it was written, in milliseconds since 1970.
    pub issued_at_utc_ms: i64,
    /// Its last day.
    pub until: String,
    /// Where it was redeemed.
    pub redeemed: Vec<RedeemedAt>,
}

/// A redemption.
#[derive(Clone, Debug, Serialize)]
pub struct RedeemedAt {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The sale; none at the service desk.
    pub sale: Option<u64>,
    /// When, in milliseconds since 1970.
    pub at_utc_ms: i64,
}

const COLUMNS: [&str; 16] = [
    "store",
    "register",
    "journal",
    "seq",
    "number",
    "standing",
    "kind",
    "item",
    "what",
    "off",
    "price",
    "pieces",
    "issued_at_utc_ms",
    "until",
    "redeemed_at",
    "redeemed_at_utc_ms",
];

/// Makes the list.
///
/// # Errors
/// [`NotListed`].
pub fn list(
    kept: &mut (impl RainCheckStore + ?Sized),
    args: &RainCheckArgs,
    clock: &dyn Clock,
) -> Result<RainCheckList, NotListed> {
    let today = clock.now().local_date();
    let accounts = kept.rain_checks(args.store.map(StoreNo))?;
    let lines: Vec<RainCheckLine> = accounts
        .iter()
        .filter(|account| args.all || account.standing(today) != Standing::Redeemed)
        .map(|account| RainCheckLine::of(account, today))
        .collect();
    let count = lines.len();
    let open = lines.iter().filter(|line| line.standing == Standing::Open.word());
    let open_off = open.filter_map(|line| line.off).fold(0_i64, i64::saturating_add);
    let Some(path) = &args.csv else {
        let (rain_checks, file) = (lines, None);
        return Ok(RainCheckList { day: today.to_string(), count, open_off, rain_checks, file });
    };
    write(&lines, path)?;
    let (rain_checks, file) = (Vec::new(), Some(path.display().to_string()));
    Ok(RainCheckList { day: today.to_string(), count, open_off, rain_checks, file })
}

fn write(lines: &[RainCheckLine], path: &Path) -> Result<(), NotListed> {
    let file = path.display().to_string();
    let failed = |source| NotListed::File { file: file.clone(), source };
    let out = File::create(path).map_err(|why| failed(why.into()))?;
    write_to(lines, BufWriter::new(out)).map_err(failed)
}

fn write_to(lines: &[RainCheckLine], out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for line in lines {
        let (at, when) =
            line.redeemed.iter().fold((Vec::new(), Vec::new()), |(mut at, mut when), one| {
                at.push(one.to_string());
                when.push(one.at_utc_ms.to_string());
                (at, when)
            });
        writer.write_record([
            line.store.to_string(),
            line.register.to_string(),
            line.journal.clone(),
            line.seq.to_string(),
            line.number.to_string(),
            line.standing.to_owned(),
            line.kind.to_owned(),
            line.item.clone().unwrap_or_default(),
            super::stock::harmless(&line.what),
            line.off.map_or_else(String::new, |off| Money::from_minor(off).to_string()),
            line.price.clone().unwrap_or_default(),
            line.pieces.map_or_else(String::new, |pieces| pieces.to_string()),
            line.issued_at_utc_ms.to_string(),
            line.until.clone(),
            at.join("; "),
            when.join("; "),
        ])?;
    }
    writer.flush()?;
    Ok(())
}

impl RainCheckLine {
    fn of(account: &Account, today: BusinessDate) -> Self {
        let (issued, check) = (&account.issued, &account.issued.check);
        let journal = issued.happened.journal;
        let (off, price) = match check.worth {
            Worth::Unsaid => (None, None),
            Worth::Off(amount) => (Some(amount.minor()), None),
            Worth::Price(price, pieces) => (None, Some((price, pieces))),
        };
        Self {
            store: journal.store.0,
            register: journal.register.0,
            journal: journal.epoch.to_string(),
            seq: issued.happened.seq.0,
            number: check.number,
            standing: account.standing(today).word(),
            kind: check.kind.word(),
            item: check.code.as_ref().map(ItemCode::to_string),
            what: check.what.clone(),
            off,
            price: price.map(|(price, _): (UnitPrice, u16)| price.to_string()),
            pieces: price.map(|(_, pieces)| pieces),
            issued_at_utc_ms: issued.happened.at.utc_ms,
            until: check.until.to_string(),
            redeemed: account.uses.iter().map(RedeemedAt::of).collect(),
        }
    }

    /// What is promised, in one line.
    fn promised(&self) -> String {
        match (self.off, &self.price, self.pieces) {
            (Some(off), ..) => format!("{} off", Money::from_minor(off)),
            (None, Some(price), Some(pieces)) => format!("{price} each, up to {pieces}"),
            _ => "as its own paper says".to_owned(),
        }
    }
}

impl RedeemedAt {
    fn of(one: &Use) -> Self {
        let journal = one.happened.journal;
        Self {
            store: journal.store.0,
            register: journal.register.0,
            sale: one.sale.map(|sale| sale.0),
            at_utc_ms: one.happened.at.utc_ms,
        }
    }
}

impl fmt::Display for RedeemedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store {}, register {}, ", self.store, self.register)?;
        match self.sale {
            Some(sale) => write!(f, "sale {sale}"),
            None => write!(f, "service desk"),
        }
    }
}

impl fmt::Display for RainCheckList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            return write!(f, "{} rain checks written to {file}", self.count);
        }
        if self.rain_checks.is_empty() {
            return write!(f, "No rain check is out on {}.", self.day);
        }
        for line in &self.rain_checks {
            let what = if line.what.is_empty() { "-" } else { &line.what };
            writeln!(
                f,
                "{:>6} {:>9}  {:<8}  {:<11}  {what}: {}, until {}",
                line.store,
                line.number,
                line.standing,
                line.kind,
                line.promised(),
                line.until
            )?;
            for one in &line.redeemed {
                writeln!(f, "{:>27}redeemed at {one}", "")?;
            }
        }
        let off = Money::from_minor(self.open_off);
        write!(f, "{} on {}; amounts off that are open: {off}", self.count, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, JournalId, RecordRef, RegisterNo, SaleNo, Seq};
    use crate::domain::rain_check::{RainCheck, RainCheckKind};
    use crate::domain::time::Timestamp;
    use crate::journal::hash::Hash;
    use crate::reconcile::goods::Happened;
    use crate::reconcile::rain_checks::Issued;

    fn happened(register: u16, seq: u64) -> Happened {
        let (store, epoch) = (StoreNo(1042), Epoch([7; 8]));
        let journal = JournalId { store, register: RegisterNo(register), epoch };
        let at = Timestamp::new(1_790_000_000_000, -360).expect("a time");
        Happened { at, journal, seq: Seq(seq) }
    }

    fn account(number: u32, worth: Worth, used: bool) -> Account {
        let until = BusinessDate::parse("2026-12-22").expect("a day");
        let what = "=cmd, half off".to_owned();
        let kind = RainCheckKind::Coupon;
        let issued = Issued {
            happened: happened(7, 3),
            hash: Hash([1; 32]),
            check: RainCheck { number, kind, code: None, what, worth, until },
        };
        let one = Use {
            happened: happened(8, 9),
            branch: 0,
            of: RecordRef { epoch: Epoch([7; 8]), seq: Seq(3) },
            number,
            sale: Some(SaleNo(12)),
            hash_start: None,
            voided: false,
        };
        Account { issued, uses: if used { vec![one] } else { Vec::new() } }
    }

    #[test]
    fn rows_are_plain_and_hold_no_formula() {
        let today = BusinessDate::parse("2026-12-23").expect("a day");
        let price = Worth::Price(UnitPrice::from_tenthousandths(9_900), 3);
        let lines = [
            RainCheckLine::of(&account(7_001, Worth::Off(Money::from_minor(50)), false), today),
            RainCheckLine::of(&account(7_002, price, true), today),
        ];
        let mut out = Vec::new();
        write_to(&lines, &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let head = "1042,7,0707070707070707,3";
        let at = 1_790_000_000_000_i64;
        assert_eq!(
            rows,
            [
                format!("{head},7001,expired,coupon,,\"'=cmd, half off\",0.50,,,{at},2026-12-22,,"),
                format!(
                    "{head},7002,redeemed,coupon,,\"'=cmd, half off\",,0.99,3,{at},2026-12-22,\
                     \"store 1042, register 8, sale 12\",{at}"
                ),
            ]
        );
    }
}
