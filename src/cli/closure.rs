//! `tideover closure`: how a store stands at central, what keeps it from being closed, and its
//! certificates as files. Closing it asks for a manager's PIN, as the page does.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::central::backend::Backend;
use crate::central::close::{Closure, NotClosed, Reconciliation, reconciliation};
use crate::central::door::{Door, DoorParts};
use crate::central::packs::Packs;
use crate::central::store::{Held, StoreError};
use crate::device::clock::SystemClock;
use crate::device::entropy::SystemEntropy;
use crate::device::key_store::{self, KeyTrouble};
use crate::domain::ids::{PersonId, StoreNo};
use crate::domain::money::Money;
use crate::domain::person::Role;
use crate::pack::{KeyError, PackKey};
use crate::reconcile::certificate::{Residual, ThreeWay};
use crate::reconcile::packs::{NoPacks, PackView, PinAnswer};
use crate::reconcile::{paper, pdf};

use super::output::{Ending, Failure, Output};

/// `tideover closure`
#[derive(Clone, Debug, Args)]
pub struct ClosureArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    data: PathBuf,
    /// The store's number.
    #[arg(long)]
    store: u32,
    /// A closure's number, for --pdf and --out; the newest one where it is left out.
    #[arg(long)]
    number: Option<u32>,
    /// Write the certificate as PDF.
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Write the certificate as it was signed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Close the store, as this manager; the PIN is read from the standard input.
    #[arg(long, value_name = "NUMBER", requires = "packs")]
    close_as: Option<String>,
    /// The folder of packs that names the store's people.
    #[arg(long, value_name = "DIR", requires = "pack_key")]
    packs: Option<PathBuf>,
    /// The public key packs are signed by, 64 hex digits.
    #[arg(long, value_name = "HEX")]
    pack_key: Option<String>,
}

/// How a store stands. Money in minor units.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// The store.
    pub store: u32,
    /// The sign before its money.
    pub currency: String,
    /// True when it can be closed, or was closed just now.
    pub balanced: bool,
    /// Sales, refunds and voids since the last closure.
    pub sales: u64,
    /// Cash three ways.
    pub cash: ThreeWay,
    /// Checks three ways.
    pub checks: ThreeWay,
    /// Every difference.
    pub residuals: Vec<Residual>,
    /// What keeps the store open.
    pub missing: Vec<String>,
    /// The newest closure's number; none before the first.
    pub closure: Option<u32>,
    /// Its fingerprint.
    pub digest: Option<String>,
    /// The files that were written.
    pub written: Vec<String>,
}

/// Why nothing was closed or written.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// No such folder.
    #[error("there is no central in {0}; nothing was made or changed. Name its folder with --data")]
    NoCentral(String),
    /// No such closure.
    #[error("store {0} has no such closure; nothing was written")]
    NoClosure(u32),
    /// Wrong PIN, or nobody.
    #[error("the number or the PIN is wrong, or not a manager's; nothing was closed")]
    NotAManager,
    /// The store.
    #[error(transparent)]
    Closed(#[from] NotClosed),
    /// Central's database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Central's key.
    #[error("central's key can't be used, so nothing was closed: {0}")]
    Key(#[from] KeyTrouble),
    /// The packs' key.
    #[error(transparent)]
    PackKey(#[from] KeyError),
    /// A file.
    #[error("{0} can't be used ({1})")]
    File(String, std::io::Error),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when nothing could be said.
pub fn run(args: &ClosureArgs, output: Output) -> Result<Ending, Failure> {
    let standing = stand(args, &mut std::io::stdin().lock())?;
    output.say(&standing)?;
    Ok(Ending::fine_if(standing.balanced))
}

fn stand(args: &ClosureArgs, pin: &mut dyn std::io::BufRead) -> Result<Standing, NotDone> {
    if !Backend::is_in(&args.data) {
        return Err(NotDone::NoCentral(args.data.display().to_string()));
    }
    let store = StoreNo(args.store);
    let packs: Arc<dyn PackView> = match (&args.packs, &args.pack_key) {
        (Some(folder), Some(key)) => {
            let file = |why| NotDone::File(folder.display().to_string(), why);
            Arc::new(Packs::open(folder, &PackKey::parse(key)?).map_err(file)?)
        }
        _ => Arc::new(NoPacks),
    };
    let door = door(&args.data)?;
    let mut closed = None;
    if let Some(number) = &args.close_as {
        let mut text = String::new();
        let file = |why| NotDone::File("the standard input".to_owned(), why);
        pin.read_line(&mut text).map_err(file)?;
        let id = PersonId::parse(number).map_err(|_| NotDone::NotAManager)?;
        let person = match packs.check_pin(store, &id, text.trim()) {
            PinAnswer::Right(person) if person.role == Role::Manager => person,
            PinAnswer::Right(_) | PinAnswer::Wrong | PinAnswer::NoPack => {
                return Err(NotDone::NotAManager);
            }
        };
        match door.close(store, &person, packs.as_ref()) {
            Ok(closure) => closed = Some(closure),
            Err(NotClosed::Missing(_)) => {}
            Err(why) => return Err(why.into()),
        }
    }
    let now = reconciliation(&door.reader_of(), &door.public_key(), store, packs.as_ref())?;
    let written = write(args, &now)?;
    Ok(standing(&now, closed.as_ref(), written))
}

/// A door to the central of a folder, which may be running beside.
fn door(folder: &Path) -> Result<Door, NotDone> {
    let held = |name| -> Result<Arc<Held>, StoreError> {
        Ok(Arc::new(Held::new(name, Backend::existing(folder)?.open()?)?))
    };
    let key = key_store::load_or_create(&folder.join("central.key"), &SystemEntropy)?;
    let pack_key = key.public();
    Ok(Door::new(DoorParts {
        writer: held("closure-writer")?,
        reader: held("closure-reader")?,
        key,
        pack_key,
        seal_key: None,
        clock: Arc::new(SystemClock::new(None)),
        entropy: Arc::new(SystemEntropy),
        published: None,
        on_commit: Box::new(|| ()),
    }))
}

fn write(args: &ClosureArgs, now: &Reconciliation) -> Result<Vec<String>, NotDone> {
    if args.pdf.is_none() && args.out.is_none() {
        return Ok(Vec::new());
    }
    let chosen = match args.number {
        None => now.closures.last(),
        Some(number) => now.closures.iter().find(|one| one.certificate.number == number),
    };
    let one = chosen.ok_or(NotDone::NoClosure(args.store))?;
    let mut written = Vec::new();
    let mut put = |path: &Option<PathBuf>, bytes: &dyn Fn() -> Vec<u8>| {
        let Some(path) = path else { return Ok(()) };
        let name = path.display().to_string();
        std::fs::write(path, bytes()).map_err(|why| NotDone::File(name.clone(), why))?;
        written.push(name);
        Ok::<(), NotDone>(())
    };
    put(&args.pdf, &|| {
        let paper = paper::of(&one.certificate, &one.digest(), &one.signature());
        pdf::draw(&paper, &one.sealed)
    })?;
    put(&args.out, &|| one.sealed.clone())?;
    Ok(written)
}

fn standing(now: &Reconciliation, closed: Option<&Closure>, written: Vec<String>) -> Standing {
    let sales = now.balance.sales;
    let last = now.closures.last();
    // Nothing new since a closure is as it should be.
    let new = now.balance.heads.iter().any(|head| head.next > head.from);
    let missing = if closed.is_some() || (!new && last.is_some()) {
        Vec::new()
    } else {
        now.balance.missing.iter().map(ToString::to_string).collect()
    };
    Standing {
        store: now.records.store.0,
        currency: now.facts.currency.sign().to_owned(),
        balanced: missing.is_empty(),
        sales: sales.sales.saturating_add(sales.refunds),
        cash: now.balance.cash,
        checks: now.balance.checks,
        residuals: now.balance.residuals.clone(),
        missing,
        closure: last.map(|one| one.certificate.number),
        digest: last.map(Closure::digest),
        written,
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |minor: i64| Money::from_minor(minor).to_string();
        writeln!(f, "Store {}: {} sales since the last closure", self.store, self.sales)?;
        writeln!(f, "             {:>14}{:>14}{:>14}", "counted", "ledger", "central")?;
        for (name, sums) in [("cash", self.cash), ("checks", self.checks)] {
            writeln!(
                f,
                "  {name:<10} {:>14}{:>14}{:>14}",
                money(sums.drawer),
                money(sums.ledger),
                money(sums.central)
            )?;
        }
        for one in &self.residuals {
            let who = if one.person.is_empty() { "nobody yet" } else { &one.person };
            let (what, amount) = (one.kind.label(), money(one.amount));
            writeln!(f, "  {amount:>12}  {what}, register {}: {who} {}", one.register, one.reason)?;
        }
        for name in &self.written {
            writeln!(f, "Written to {name}")?;
        }
        if let (Some(number), Some(digest)) = (self.closure, &self.digest) {
            writeln!(f, "Closure {number} has the fingerprint {digest}")?;
        }
        if self.balanced {
            return write!(f, "Drawer, ledger and central agree, or each difference has its name.");
        }
        writeln!(f, "NOT balanced. What is missing:")?;
        for words in &self.missing {
            writeln!(f, "  {words}")?;
        }
        write!(f, "Decide on central's page /reconcile?store={}, then close there.", self.store)
    }
}
