//! `tideover central pickups`: claims of online orders as CSV, beside what the online system says.
//!
//! ```text
//!  central's claims ─┐
//!  --online orders ──┴▶ compare ─▶ one row an item: verdict, and `net`, what is still to be booked
//!                              └─▶ not found, other goods: exceptions, kept
//! ```
//!
//! Asking twice changes nothing: an exception is known by its record. No name is in it; the one on
//! an ID is opened alone, by `tideover central open-pickup`, and that goes on record.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::central::destruction::Gone;
use crate::central::seal_key::{NoSealKey, SealKey};
use crate::central::store::{CheckOpening, Held, Store, StoreError};
use crate::cli::free_text::without_a_card;
use crate::device::clock::Clock;
use crate::domain::check::Commitment;
use crate::domain::goods::carton::OrderNo;
use crate::domain::goods::is_amount;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::pickup::Outcome;
use crate::domain::quantity::Quantity;
use crate::reconcile::pickups::{
    ClaimLine, Compared, Online, OnlineOrder, OnlineState, PickupClaim, compare, exceptions,
};

/// The largest file of the online system, in bytes.
const ONLINE_LEN_MAX: u64 = 256 << 20;

/// `tideover central pickups`
#[derive(Clone, Debug, Args)]
pub struct PickupsArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    pub data: PathBuf,
    /// The store's number.
    #[arg(long)]
    pub store: u32,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub csv: PathBuf,
    /// What the online system says: order,state,item,quantity (state: open, closed, canceled).
    #[arg(long, value_name = "FILE")]
    pub online: Option<PathBuf>,
    /// Only these, as a work list.
    #[arg(long, value_enum)]
    pub only: Option<Only>,
}

/// `tideover central open-pickup`
#[derive(Clone, Debug, Args)]
pub struct OpenPickupArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    pub data: PathBuf,
    /// The store's number.
    #[arg(long)]
    pub store: u32,
    /// The order's number.
    #[arg(long, value_parser = without_a_card)]
    pub order: String,
    /// Who opens it.
    #[arg(long, value_parser = without_a_card)]
    pub who: String,
    /// Why.
    #[arg(long, value_parser = without_a_card)]
    pub reason: String,
    /// The private sealing key; by default the one in central's folder.
    #[arg(long, value_name = "FILE")]
    pub seal_key: Option<PathBuf>,
}

/// Which claims are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Goods that went out.
    Handed,
    /// Promises that were not kept yet.
    Promised,
    /// Money that is asked back.
    Refunds,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct PickupsWritten {
    /// The store.
    pub store: u32,
    /// Claims in the file.
    pub claims: u64,
    /// How many of each verdict.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// Exceptions that were kept, those that were known counted too.
    pub exceptions: u64,
    /// The file.
    pub file: String,
}

/// Names on IDs.
#[derive(Clone, Serialize)]
pub struct OpenedNames {
    /// The store.
    pub store: u32,
    /// The order.
    pub order: String,
    /// One each hand-over that kept one: the name, or why not.
    pub names: Vec<Result<String, String>>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotCompared {
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("{file} can't be read or written; central's records are untouched")]
    File {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// The online system's file is none.
    #[error("{file}, {} rows are wrong and nothing was written: {}", rows.len(), rows.join("; "))]
    Online {
        /// Which.
        file: String,
        /// The first wrong rows, with their reasons.
        rows: Vec<String>,
    },
    /// The key.
    #[error(transparent)]
    Key(#[from] NoSealKey),
    /// Nobody, or nothing, was named.
    #[error(
        "say who opens it (--who, up to 80 bytes) and why (--reason, up to 500); nothing was opened"
    )]
    Unnamed,
    /// Nothing of it is there.
    #[error(
        "central holds no hand-over of order {0} in this store that kept a name; look at the \
         number, or wait until the register has sent it"
    )]
    NoName(String),
}

/// Compares a store's claims, keeps what was not found, and writes the rows.
///
/// # Errors
/// [`NotCompared`]; a wrong file of the online system changes nothing.
pub fn write(
    store: &mut dyn Store,
    number: StoreNo,
    args: &PickupsArgs,
) -> Result<PickupsWritten, NotCompared> {
    let online = args.online.as_deref().map(read_online).transpose()?;
    let claims = store.goods(number)?.pickups;
    let compared = compare(&claims, online.as_ref());
    let file = args.csv.display().to_string();
    let failed = |source| NotCompared::File { file: file.clone(), source };
    let out = File::create(&args.csv).map_err(|why| failed(why.into()))?;
    let chosen: Vec<&Compared<'_>> =
        compared.iter().filter(|one| is_chosen(one, &compared, args.only)).collect();
    write_to(&chosen, BufWriter::new(out)).map_err(failed)?;
    let found = exceptions(&compared);
    for exception in &found {
        store.except(exception)?;
    }
    let mut verdicts: BTreeMap<&'static str, u64> = BTreeMap::new();
    for verdict in chosen.iter().filter_map(|one| one.verdict) {
        let count = verdicts.entry(verdict.word()).or_default();
        *count = count.saturating_add(1);
    }
    let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
    Ok(PickupsWritten {
        store: number.0,
        claims: count(chosen.len()),
        verdicts,
        exceptions: count(found.len()),
        file,
    })
}

fn is_chosen(one: &Compared<'_>, all: &[Compared<'_>], only: Option<Only>) -> bool {
    let outcome = one.claim.outcome;
    match only {
        None => true,
        Some(Only::Handed) => outcome.hands_over(),
        Some(Only::Refunds) => outcome == Outcome::RefundRequested,
        Some(Only::Promised) => {
            let of_order = || all.iter().filter(|other| other.claim.order == one.claim.order);
            let kept = |other: &Compared<'_>| {
                let outcome = other.claim.outcome;
                outcome.hands_over() || outcome == Outcome::RefundRequested
            };
            outcome == Outcome::Promised && !of_order().any(kept)
        }
    }
}

/// Reads what the online system says; every wrong row with its reason, at most ten.
fn read_online(path: &Path) -> Result<Online, NotCompared> {
    let file = path.display().to_string();
    let failed = |source| NotCompared::File { file: file.clone(), source };
    let opened = File::open(path).map_err(|why| failed(why.into()))?;
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(opened.take(ONLINE_LEN_MAX));
    let heading = reader.headers().map_err(failed)?.clone();
    let mut wrong = Vec::new();
    if heading.iter().ne(["order", "state", "item", "quantity"]) {
        wrong.push("the first line is not order,state,item,quantity".to_owned());
        return Err(NotCompared::Online { file, rows: wrong });
    }
    let mut online = Online::new();
    for row in reader.records() {
        let line = row.as_ref().ok().and_then(|row| row.position()).map_or(0, csv::Position::line);
        let read = row.map_err(|why| why.to_string()).and_then(|row| online_row(&row, &mut online));
        if let Err(reason) = read {
            wrong.push(format!("line {line}: {reason}"));
        }
        if wrong.len() >= 10 {
            break;
        }
    }
    if wrong.is_empty() { Ok(online) } else { Err(NotCompared::Online { file, rows: wrong }) }
}

fn online_row(row: &csv::StringRecord, online: &mut Online) -> Result<(), String> {
    let fields: Vec<&str> = row.iter().collect();
    let [order, state, item, quantity] = fields.as_slice() else {
        return Err("the row is incomplete".to_owned());
    };
    let number = OrderNo::parse(order).map_err(|_| "that is no order number".to_owned())?;
    let state = OnlineState::from_word(state)
        .ok_or_else(|| "the state is not open, closed or canceled".to_owned())?;
    let code = ItemCode::parse(item).map_err(|_| "that is no item code".to_owned())?;
    let quantity = Quantity::parse(quantity)
        .ok()
        .filter(|quantity| is_amount(*quantity))
        .ok_or_else(|| "the quantity is not 1 to 100000".to_owned())?;
    let order =
        online.entry(number).or_insert_with(|| OnlineOrder { state, lines: BTreeMap::new() });
    if order.state != state {
        return Err("the order stands with another state before".to_owned());
    }
    let sum = order.lines.entry(code).or_default();
    *sum = sum.plus(quantity).map_err(|_| "the quantities don't add up".to_owned())?;
    Ok(())
}

const COLUMNS: [&str; 21] = [
    "store",
    "register",
    "journal",
    "seq",
    "at_utc_ms",
    "by",
    "order",
    "outcome",
    "code",
    "id",
    "signed",
    "why",
    "asked",
    "verdict",
    "item",
    "name",
    "ordered",
    "handed",
    "instead_of",
    "place",
    "net",
];

/// One row an item; a claim without goods is one row.
fn write_to(compared: &[&Compared<'_>], out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for one in compared {
        let claim = one.claim;
        let head = head(claim, one.verdict.map_or("", |verdict| verdict.word()));
        let net = |code: &ItemCode| one.net.get(code).map(ToString::to_string).unwrap_or_default();
        let mut row = |tail: [String; 7]| writer.write_record(head.iter().chain(&tail));
        if claim.lines.is_empty() && one.net.is_empty() {
            row(Default::default())?;
        }
        for line in &claim.lines {
            let ClaimLine { code, name, ordered, handed, instead_of, place } = line;
            row([
                code.to_string(),
                harmless(name),
                ordered.map_or_else(String::new, |ordered| ordered.to_string()),
                handed.to_string(),
                instead_of.as_ref().map_or_else(String::new, ToString::to_string),
                harmless(place),
                net(code),
            ])?;
        }
        let own = |code: &&ItemCode| claim.lines.iter().any(|line| line.code == **code);
        for code in one.net.keys().filter(|code| !own(code)) {
            let (none, zero) = (String::new, Quantity::default().to_string());
            row([code.to_string(), none(), none(), zero, none(), none(), net(code)])?;
        }
    }
    writer.flush()?;
    Ok(())
}

fn head(claim: &PickupClaim, verdict: &str) -> [String; 14] {
    let at = &claim.happened;
    let yes = |seen: bool| (if seen { "yes" } else { "no" }).to_owned();
    let person = |id: &Option<crate::domain::ids::PersonId>| {
        id.as_ref().map_or_else(String::new, ToString::to_string)
    };
    [
        at.journal.store.to_string(),
        at.journal.register.to_string(),
        at.journal.epoch.to_string(),
        at.seq.to_string(),
        at.at.utc_ms.to_string(),
        person(&claim.by),
        harmless(claim.order.as_str()),
        claim.outcome.word().to_owned(),
        yes(claim.code),
        yes(claim.id),
        person(&claim.signed),
        claim.why.map_or("", |why| why.word()).to_owned(),
        claim.asked.map_or_else(String::new, |asked: Money| asked.to_string()),
        verdict.to_owned(),
    ]
}

/// Words of a person, so that no spreadsheet takes them for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Opens the names on IDs that an order was handed over against. Who and why is written down
/// before anything is opened.
///
/// # Errors
/// [`NotCompared`].
pub fn open_names(
    held: &Held,
    clock: &dyn Clock,
    args: &OpenPickupArgs,
) -> Result<OpenedNames, NotCompared> {
    let (who, reason) = (args.who.trim(), args.reason.trim());
    if !(1..=80).contains(&who.len()) || !(1..=500).contains(&reason.len()) {
        return Err(NotCompared::Unnamed);
    }
    let order = OrderNo::parse(&args.order);
    let order = order.map_err(|_| NotCompared::NoName(args.order.clone()))?;
    let own = args.data.join(crate::central::seal_key::KEY_FILE);
    let key = SealKey::load(args.seal_key.as_deref().unwrap_or(&own))?;
    let number = StoreNo(args.store);
    let claims = held.call(move |store| store.goods(number))?.pickups;
    let of_order = claims.iter().filter(|claim| claim.order == order);
    let kept: Vec<(JournalId, Seq, Commitment)> = of_order
        .filter_map(|claim| Some((claim.happened.journal, claim.happened.seq, claim.name?)))
        .collect();
    if kept.is_empty() {
        return Err(NotCompared::NoName(order.to_string()));
    }
    let mut names = Vec::new();
    for (journal, seq, commitment) in kept {
        let (who, reason) = (who.to_owned(), reason.to_owned());
        let opening = CheckOpening { journal, seq, at_ms: clock.now().utc_ms, who, reason };
        held.call(move |store| store.note_opening(&opening))?;
        let (rows, gone) = held.call(move |store| {
            Ok((store.sealed_of(&journal, seq)?, store.destroyed_of(&journal, seq)?))
        })?;
        let row = rows.iter().find(|row| row.commitment == commitment);
        let gone = gone.iter().find(|gone| gone.commitment == commitment);
        let none = || "it has not arrived, or was erased".to_owned();
        let opened = row.ok_or_else(|| gone.map_or_else(none, Gone::words)).and_then(|row| {
            let opened = key.open_name(&commitment, &row.bytes);
            opened.map_err(|_| "it was sealed to another key, or was changed".to_owned())
        });
        names.push(opened.map(|opened| opened.name().to_owned()));
    }
    Ok(OpenedNames { store: args.store, order: order.to_string(), names })
}

impl fmt::Debug for OpenedNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedNames(..)")
    }
}

impl fmt::Display for OpenedNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, order, names } = self;
        write!(f, "Order {order} in store {store}, name on the ID:")?;
        for name in names {
            let (Ok(name) | Err(name)) = name;
            write!(f, "\n  {name}")?;
        }
        write!(f, "\nThat you opened it is on record.")
    }
}

impl fmt::Display for PickupsWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, claims, verdicts, exceptions, file } = self;
        write!(f, "{claims} claims of store {store} written to {file}")?;
        for (verdict, count) in verdicts {
            write!(f, "\n  {verdict:<17} {count}")?;
        }
        if *exceptions > 0 {
            write!(f, "\n  {exceptions} are kept as exceptions, to be looked at")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_of_the_online_system_is_told_row_by_row() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("online.csv");
        let rows = "order,state,item,quantity\n\
                    W-1,open,4011,2\nW-1,closed,4012,1\nW 2,open,4011,1\nW-3,gone,4011,1\n\
                    W-4,open,4011,-1\nW-5,open,4011\nW-1,open,4011,0.5\n";
        std::fs::write(&file, rows).expect("written");
        let Err(NotCompared::Online { rows, .. }) = read_online(&file) else {
            panic!("it was taken")
        };
        let lines: Vec<&str> =
            rows.iter().filter_map(|row| row.split_once(':')).map(|r| r.0).collect();
        assert_eq!(lines[..4], ["line 3", "line 4", "line 5", "line 6"], "{rows:?}");
        assert_eq!(rows.len(), 5, "{rows:?}");
        std::fs::write(&file, "order,state,item\n").expect("written");
        assert!(matches!(read_online(&file), Err(NotCompared::Online { .. })));
        std::fs::write(&file, "order,state,item,quantity\nw-1,open,4011,2\nW-1,open,4011,0.5\n")
            .expect("written");
        let online = read_online(&file).expect("good");
        let sum = online.values().next().and_then(|order| order.lines.values().next());
        assert_eq!(sum.copied(), Quantity::parse("2.5").ok());
    }
}
