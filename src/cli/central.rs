//! `tideover central`: runs central, and what an administrator does beside it.

mod args;
mod backup;
pub mod destroy;
pub mod export;
pub mod packs;
mod packs_said;
pub mod phone_code;
pub mod pickups;
pub mod rain_checks;
mod ready;
pub mod revoke;
pub mod rules;
pub mod stock;

use std::fmt;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::central::backend::{self, Address, Backend};
use crate::central::door::{adopt as adopt_keys, new_code};
use crate::central::operations::Operations;
use crate::central::packs::KeptUp;
use crate::central::page::TotalsReport;
use crate::central::readiness::programs::ProgramsBehind;
use crate::central::readiness::{StoresReadiness, of_stores};
use crate::central::serve::{Central, Encryption, NotServing, Settings};
use crate::central::sqlite::SqliteStore;
use crate::central::store::{Held, Store, StoreError};
use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::{Entropy, SystemEntropy};
use crate::domain::ids::{RegisterNo, SaleNo, StoreNo};
use crate::journal::hash::to_hex;
use crate::journal::key::PublicKey;
use crate::pack::PackKey;
use crate::reconcile::packs::{NoPacks, PackView};

use super::open_check;
use super::output::{Ending, Failure, Output};
use super::stopping::Stop;
pub use args::CentralArgs;
use args::{CentralAction, PacksAction, ServeArgs};
use packs::PackOrder;
use revoke::Typing;

/// Runs the command.
///
/// # Errors
/// [`Failure`] when it could not be done.
pub fn run(args: &CentralArgs, output: Output) -> Result<Ending, Failure> {
    let clock = SystemClock::new(None);
    match &args.action {
        None => return serve(&args.serve, output),
        Some(CentralAction::EnrollCode(which)) => {
            let (store, register) = (StoreNo(which.store), RegisterNo(which.register));
            let folder = &which.folder.data;
            output.say(&enroll_code(folder, store, register, &clock, &SystemEntropy)?)?;
        }
        Some(CentralAction::Stock { folder, store, csv }) => {
            let view = existing(&folder.data)?.goods(StoreNo(*store))?;
            output.say(&stock::write(StoreNo(*store), &view, csv)?)?;
        }
        Some(CentralAction::RainChecks(args)) => {
            let mut kept = existing(&args.data)?;
            output.say(&rain_checks::list(kept.as_mut(), args, &clock)?)?;
        }
        Some(CentralAction::Adopt(which)) => {
            let (store, register) = (StoreNo(which.store), RegisterNo(which.register));
            output.say(&adopt(&which.folder.data, store, register, &clock)?)?;
        }
        Some(CentralAction::Revoke(args)) => {
            let mut typing = Typing {
                prompt: std::io::stdin().is_terminal(),
                typed: &mut std::io::stdin().lock(),
                aside: &mut std::io::stderr(),
            };
            output.say(&revoke::run(args, &clock, &mut typing)?)?;
        }
        Some(CentralAction::Hold { folder, reason }) => {
            output.say(&hold(&folder.data, Some(reason.clone()))?)?;
        }
        Some(CentralAction::Release(folder)) => output.say(&hold(&folder.data, None)?)?,
        Some(CentralAction::BackUp { folder, to }) => output.say(&back_up(&folder.data, to)?)?,
        Some(CentralAction::CheckBackup(args)) => return backup::run(args, output),
        Some(CentralAction::Rebuild(folder)) => output.say(&rebuild(&folder.data)?)?,
        Some(CentralAction::OpenCheck { which, sale, who, reason, seal_key }) => {
            let folder = &which.folder.data;
            let own = folder.join(crate::central::seal_key::KEY_FILE);
            let request = open_check::Request {
                store: StoreNo(which.store),
                register: RegisterNo(which.register),
                sale: SaleNo(*sale),
                who,
                reason,
                seal_key: seal_key.as_deref().unwrap_or(&own),
            };
            let held = Held::new("central-treasury", existing(folder)?)?;
            output.say(&open_check::open(&held, &clock, &request)?)?;
        }
        Some(CentralAction::DestroySealed(args)) => return destroy_sealed(args, output, &clock),
        Some(CentralAction::Pickups(args)) => {
            let mut kept = existing(&args.data)?;
            output.say(&pickups::write(kept.as_mut(), StoreNo(args.store), args)?)?;
        }
        Some(CentralAction::OpenPickup(args)) => {
            let held = Held::new("central-pickups", existing(&args.data)?)?;
            output.say(&pickups::open_names(&held, &clock, args)?)?;
        }
        Some(CentralAction::PhoneCode(args)) => {
            let mut kept = existing(&args.data)?;
            output.say(&phone_code::run(kept.as_mut(), args, &clock)?)?;
        }
        Some(CentralAction::Ready(args)) => {
            let ready = ready::ask(args)?;
            output.say(&ready)?;
            return Ok(if ready.ready { Ending::Fine } else { Ending::Found });
        }
        Some(CentralAction::Publish(args)) => output.say(&packs::publish(args, &clock)?)?,
        Some(CentralAction::Packs { folder, action: None }) => {
            output.say(&packs::list(&folder.data, &clock)?)?;
        }
        Some(CentralAction::Packs { action: Some(PacksAction::Prune(args)), .. }) => {
            output.say(&packs::prune(args, &clock)?)?;
        }
        Some(CentralAction::Pin { version, order }) => {
            let pin = PackOrder::Pin(version.clone());
            output.say(&packs::order(order, &pin, &clock)?)?;
        }
        Some(CentralAction::Unpin(order)) => {
            output.say(&packs::order(order, &PackOrder::Unpin, &clock)?)?;
        }
        Some(CentralAction::Withdraw { version, order }) => {
            let withdraw = PackOrder::Withdraw(version.clone());
            output.say(&packs::order(order, &withdraw, &clock)?)?;
        }
        Some(CentralAction::Readiness(args)) => {
            let ready = readiness(&args.folder.data, &clock)?;
            if args.older_program {
                output.say(&ProgramsBehind::of(&ready))?;
            } else {
                output.say(&ready)?;
            }
        }
        Some(CentralAction::Export(args)) => return export::run(args, output),
        Some(CentralAction::Exports(args)) => return export::status(args, output),
        Some(CentralAction::CompareChecks(args)) => output.say(&args.run(&clock)?)?,
        Some(CentralAction::Rules { folder, from, set }) => {
            let mut kept = existing(&folder.data)?;
            output.say(&rules::run(kept.as_mut(), &NoPacks, from.as_deref(), *set)?)?;
        }
        Some(CentralAction::ItToken { folder, who, end }) => {
            output.say(&super::it_token::run(&folder.data, who, *end, &SystemEntropy)?)?;
        }
        Some(CentralAction::Totals { folder, store }) => {
            output.say(&totals(&folder.data, StoreNo(*store))?)?;
        }
    }
    Ok(Ending::Fine)
}

fn destroy_sealed(
    args: &destroy::DestroyArgs,
    output: Output,
    clock: &dyn Clock,
) -> Result<Ending, Failure> {
    let (mut bar, mut stop) = (None, None);
    let mut around = destroy::Around {
        typing: &mut Typing {
            prompt: std::io::stdin().is_terminal(),
            typed: &mut std::io::stdin().lock(),
            aside: &mut std::io::stderr(),
        },
        go_on: &mut |done, all| {
            // From the signature on: no bar moves where a token is typed, and who stops before
            // that ends the program at once.
            bar.get_or_insert_with(|| output.progress(all, "Destroying")).set_position(done);
            let stop = stop.get_or_insert_with(|| Stop::on_signal().unwrap_or_default());
            !stop.wanted()
        },
    };
    let told = destroy::run(args, clock, &mut around);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let told = told?;
    output.say(&told)?;
    Ok(told.ending())
}

fn serve(args: &ServeArgs, output: Output) -> Result<Ending, Failure> {
    let encryption = match (&args.cert, &args.tls_key) {
        (Some(cert), Some(key)) => Encryption::Files(cert.clone(), key.clone()),
        _ if args.listen.ip().is_loopback() && !args.tls => Encryption::None,
        _ => Encryption::Own,
    };
    let pack_key = args.pack_key.as_deref().map(PackKey::parse).transpose()?;
    let packs: Arc<dyn PackView> = match (&args.packs, &pack_key) {
        (Some(folder), Some(key)) => {
            let clock = Arc::new(SystemClock::new(None));
            Arc::new(KeptUp::open(folder, &args.folder.data, key, clock)?)
        }
        _ => Arc::new(NoPacks),
    };
    private_folder(&args.folder.data)?;
    if let Some(url) = &args.database {
        let absolute = |path: &Option<PathBuf>| path.as_ref().map(std::path::absolute).transpose();
        let address = Address {
            url: url.clone(),
            password_file: absolute(&args.database_password)?,
            authority: absolute(&args.database_ca)?,
        };
        backend::bind(&args.folder.data, &address)?;
    }
    let (central, started) = start(Options {
        folder: &args.folder.data,
        listen: args.listen,
        encryption,
        pack_key: pack_key.map(|key| key.0),
        packs,
        restored: args.restored,
        operations: args.operations(),
        also_certificates: args.also_cert.clone(),
    })?;
    output.say(&started)?;
    wait_for_signal()?;
    central.stop_with_notice();
    Ok(Ending::Fine)
}

/// Makes the data folder for its own user alone; one that is there keeps its rights.
fn private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut made = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
    Ok(made.recursive(true).create(folder)?)
}

/// How central is started from the command line.
pub struct Options<'a> {
    /// The data folder.
    pub folder: &'a Path,
    /// Where to listen.
    pub listen: SocketAddr,
    /// How to encrypt.
    pub encryption: Encryption,
    /// The key that signs packs.
    pub pack_key: Option<PublicKey>,
    /// The packs that prices are compared with.
    pub packs: Arc<dyn PackView>,
    /// The database is an older copy.
    pub restored: bool,
    /// How it is operated.
    pub operations: Operations,
    /// Further certificates that are central's.
    pub also_certificates: Vec<PathBuf>,
}

/// What is told once central listens.
#[derive(Clone, Debug, Serialize)]
pub struct Started {
    /// The address registers are given.
    pub url: String,
    /// The certificate's fingerprint; none without encryption.
    pub fingerprint: Option<String>,
    /// The recovery page with the token that opens it from another machine; where a person starts
    /// it at a terminal.
    pub page: Option<String>,
    /// The public key that packs and registers seal personal data to.
    pub seal_key: Option<String>,
}

/// A one-time code.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The code, to be typed at the register.
    pub code: String,
    /// For how many hours it is good.
    pub hours: i64,
}

/// Keys that were vouched for.
#[derive(Clone, Debug, Serialize)]
pub struct Adopted {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The keys' fingerprints; empty when there was none to adopt.
    pub keys: Vec<String>,
}

/// A hold that was set or lifted.
#[derive(Clone, Debug, Serialize)]
pub struct HoldSet {
    /// The reason; none when it was lifted.
    pub reason: Option<String>,
}

/// A copy of the database.
#[derive(Clone, Debug, Serialize)]
pub struct BackedUp {
    /// The copy.
    pub to: String,
}

/// Projections that are derived again.
#[derive(Clone, Debug, Serialize)]
pub struct Rebuilding {
    /// Central's folder.
    pub folder: String,
}

/// A store's totals.
#[derive(Clone, Debug, Serialize)]
pub struct StoreTotals {
    /// The store.
    pub store: u32,
    /// Over the branches that came first.
    pub totals: TotalsReport,
}

/// Starts central; the caller prints the report and stops it on a signal.
///
/// # Errors
/// [`NotServing`].
pub fn start(options: Options<'_>) -> Result<(Central, Started), NotServing> {
    let central = Central::start(Settings {
        folder: options.folder.to_owned(),
        listen: options.listen,
        encryption: options.encryption,
        pack_key: options.pack_key,
        packs: options.packs,
        clock: Arc::new(SystemClock::new(None)),
        entropy: Arc::new(SystemEntropy),
        restored: options.restored,
        operations: options.operations,
        also_certificates: options.also_certificates,
    })?;
    let started = Started {
        url: central.url(),
        fingerprint: central.fingerprint(),
        // What goes to no terminal goes to a log, where a token has no place.
        page: std::io::stdout().is_terminal().then(|| central.page_url()),
        seal_key: central.seal_key().map(|key| to_hex(&key)),
    };
    Ok((central, started))
}

/// Waits for Ctrl-C or a request to terminate.
///
/// # Errors
/// The system's, when signals can't be waited for.
pub fn wait_for_signal() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut terminate = signal(SignalKind::terminate())?;
            tokio::select! {
                done = tokio::signal::ctrl_c() => done,
                _ = terminate.recv() => Ok(()),
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    })
}

/// Makes a one-time code; central may be running beside it.
///
/// # Errors
/// [`StoreError`].
pub fn enroll_code(
    folder: &Path,
    store: StoreNo,
    register: RegisterNo,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Code, StoreError> {
    let held = Held::new("central-code", existing(folder)?)?;
    let code = new_code(&held, entropy, store, register, clock.now().utc_ms)?;
    Ok(Code { store: store.0, register: register.0, code, hours: 24 })
}

/// Vouches for a register whose key came unknown.
///
/// # Errors
/// [`StoreError`].
pub fn adopt(
    folder: &Path,
    store: StoreNo,
    register: RegisterNo,
    clock: &dyn Clock,
) -> Result<Adopted, StoreError> {
    let mut kept = existing(folder)?;
    let keys = adopt_keys(kept.as_mut(), store, register, clock.now().utc_ms)?;
    Ok(Adopted { store: store.0, register: register.0, keys })
}

/// Stops all sending with a reason, or lifts that.
///
/// # Errors
/// [`StoreError`].
pub fn hold(folder: &Path, reason: Option<String>) -> Result<HoldSet, StoreError> {
    existing(folder)?.set_hold(reason.as_deref())?;
    Ok(HoldSet { reason })
}

/// Copies the database while central runs.
///
/// # Errors
/// [`StoreError`].
pub fn back_up(folder: &Path, to: &Path) -> Result<BackedUp, StoreError> {
    match Backend::existing(folder)? {
        Backend::Embedded(folder) => SqliteStore::open(&folder)?.back_up(to)?,
        Backend::Postgres(_, database) => {
            return Err(StoreError::Unfit(format!(
                "{database} is backed up with its own tools: pg_basebackup for all of it, or \
                 continuous archiving to go back to any moment; central notices a restore by itself"
            )));
        }
    }
    Ok(BackedUp { to: to.display().to_string() })
}

/// Derives sales, lines, tenders, tax, stock and exceptions again, when central runs next or now.
///
/// # Errors
/// [`StoreError`].
pub fn rebuild(folder: &Path) -> Result<Rebuilding, StoreError> {
    existing(folder)?.forget_projections()?;
    Ok(Rebuilding { folder: folder.display().to_string() })
}

/// How ready each store is, the least ready first, and which programs run.
///
/// # Errors
/// [`StoreError`].
pub fn readiness(folder: &Path, clock: &dyn Clock) -> Result<StoresReadiness, StoreError> {
    let rows = existing(folder)?.readiness()?;
    Ok(of_stores(&rows, clock.now().utc_ms))
}

/// A store's totals.
///
/// # Errors
/// [`StoreError`].
pub fn totals(folder: &Path, store: StoreNo) -> Result<StoreTotals, StoreError> {
    let totals = existing(folder)?.totals(store, None, false)?;
    Ok(StoreTotals { store: store.0, totals: TotalsReport::of(&totals) })
}

/// The store of a central that ran there before: a mistyped folder is not to become an empty one.
pub(super) fn existing(folder: &Path) -> Result<Box<dyn Store>, StoreError> {
    Backend::existing(folder)?.open()
}

impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Central listens at {}", self.url)?;
        if let Some(fingerprint) = &self.fingerprint {
            writeln!(f, "Fingerprint       {fingerprint}")?;
        }
        if let Some(key) = &self.seal_key {
            writeln!(f, "Sealing key       {key}")?;
        }
        match &self.page {
            Some(page) => writeln!(f, "Recovery page     {page}"),
            None => writeln!(
                f,
                "Recovery page     {}/?token= and what read.token in its folder holds",
                self.url
            ),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}\nType it at register {} of store {} within {} hours; it is good once.",
            self.code, self.register, self.store, self.hours
        )
    }
}

impl fmt::Display for Adopted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, register, keys } = self;
        if keys.is_empty() {
            return writeln!(f, "Register {register} of store {store} has no key to adopt.");
        }
        writeln!(f, "Register {register} of store {store} is adopted: {}", keys.join(", "))
    }
}

impl fmt::Display for HoldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => writeln!(f, "Registers send nothing from now on: {reason}"),
            None => writeln!(f, "Registers may send again; each hears of it within a minute."),
        }
    }
}

impl fmt::Display for Rebuilding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Central derives totals and exceptions again from the stored records, now or when it \
             runs next."
        )
    }
}

impl fmt::Display for BackedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Copied to {}", self.to)
    }
}

impl fmt::Display for StoreTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |minor| crate::domain::money::Money::from_minor(minor).to_string();
        let totals = &self.totals;
        writeln!(f, "Store {}", self.store)?;
        writeln!(f, "  sales     {:>14}", totals.sales)?;
        writeln!(f, "  refunds   {:>14}", totals.refunds)?;
        writeln!(f, "  subtotal  {:>14}", money(totals.subtotal))?;
        for tax in &totals.taxes {
            let rate = crate::domain::tax::TaxRate::from_tenmillionths(tax.rate);
            writeln!(f, "  tax       {:>14}  {} {rate} %", money(tax.amount), tax.code)?;
        }
        writeln!(f, "  total     {:>14}", money(totals.total))?;
        writeln!(f, "  rounding  {:>14}", money(totals.rounding))?;
        writeln!(f, "  cash      {:>14}", money(totals.cash))?;
        write!(f, "  checks    {:>14}", money(totals.checks))
    }
}
