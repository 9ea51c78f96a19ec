//! `tideover pack build` and `tideover pack show`: reports for people and for machines.
//!
//! May not: print, exit, or read the clock by itself; each report is a value that says whether the
//! command succeeded.

pub mod badges;
pub mod orders;
pub mod vouch;

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::domain::check::notice;
use crate::domain::ids::{PackVersion, StoreNo};
use crate::domain::policy::Currency;
use crate::journal::hash::{from_hex, to_hex};
use crate::pack::{
    Applied, BadRow, BadgeKey, BuildError, BuildKeys, BuildOrder, JumpLimits, Jumps, KeyError,
    Manifest, Pack, PackError, PackKey, PackSigner, PinCost, Shelf, Source, age_minutes,
    build_with, compare, version_after,
};

use super::price_jumps::said;

/// What to do with packs.
#[derive(Clone, Debug, Subcommand)]
pub enum PackCommand {
    /// Turn CSV files into one signed pack.
    Build(PackBuildArgs),
    /// Verify a pack and tell what it holds.
    Show(PackShowArgs),
}

/// `tideover pack notice`
#[derive(Clone, Debug, Args)]
pub struct PackNoticeArgs {
    /// The pack.
    pub file: PathBuf,
    /// The public pack key it must be signed with: 64 hexadecimal digits.
    #[arg(long, value_name = "HEX")]
    pub key: String,
}

/// The notice for customers who pay by check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckNotice {
    /// Lines of at most 42 columns.
    pub lines: Vec<String>,
}

impl fmt::Display for CheckNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

/// Writes the notice for customers from a pack's rules for checks.
///
/// # Errors
/// [`ShowError`] when the key is none or the file is no pack signed with it.
pub fn run_notice(args: &PackNoticeArgs) -> Result<CheckNotice, ShowError> {
    let pack = Pack::open(&args.file, &PackKey::parse(&args.key)?)?;
    let policy = pack.policy();
    let (name, rules, most) = (&policy.store_name, &policy.checks, policy.check_max);
    Ok(CheckNotice { lines: notice::lines(name, rules, most, policy.currency) })
}

/// `tideover pack build`
#[derive(Clone, Debug, Args)]
pub struct PackBuildArgs {
    /// The folder with items.csv, taxes.csv, people.csv, policy.csv, and others if it has them.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The pack to write; one that is there is replaced as a whole.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The retailer's pack key, readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Make the key if there is none yet.
    #[arg(long)]
    pub new_key: bool,
    /// A day and its count, such as 20261122-2; by default the one after the pack at --out.
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Central's public key for personal data: 64 hex digits, or its seal.pub.
    #[arg(long, value_name = "KEY")]
    pub seal_key: Option<String>,
    /// The retailer's badge key, where people.csv gives badges.
    #[arg(long, value_name = "FILE")]
    pub badge_key: Option<PathBuf>,
    /// Leave out bad rows of items and people instead of building nothing.
    #[arg(long)]
    pub skip_bad_rows: bool,
    /// Build though prices jumped since the pack at --out.
    #[arg(long)]
    pub accept_price_jumps: bool,
}

/// `tideover pack show`
#[derive(Clone, Debug, Args)]
pub struct PackShowArgs {
    /// The pack.
    pub file: PathBuf,
    /// The public pack key it must be signed with: 64 hexadecimal digits.
    #[arg(long, value_name = "HEX")]
    pub key: String,
    /// Verify every byte and every row, not only the signature and the digest.
    #[arg(long)]
    pub verify: bool,
}

/// What `pack build` did.
#[derive(Clone, Debug, Serialize)]
pub struct PackBuilt {
    /// The pack; none when bad rows stood against it.
    pub pack: Option<BuiltPack>,
    /// Rows that were left out or, without a pack, that have to be corrected.
    pub bad_rows: Vec<BadRow>,
    /// Prices that jumped since the pack at --out; none where nobody has to look.
    pub jumps: Option<Jumps>,
    /// The public half of the key, for `pack show --key` and the registers.
    pub key: String,
}

/// A pack that was written.
#[derive(Clone, Debug, Serialize)]
pub struct BuiltPack {
    /// The file.
    pub file: PathBuf,
    /// The store's number.
    pub store: u32,
    /// The version.
    pub version: String,
    /// SHA-256 of its pages.
    pub digest: String,
    /// Items in it.
    pub items: u64,
    /// Tax rows in it.
    pub taxes: u64,
    /// People in it.
    pub people: u64,
    /// Layouts of labels in it.
    pub labels: u64,
    /// Ranges of gift cards in it.
    pub gift_cards: u64,
    /// Recalled items and batches in it.
    pub recalls: u64,
    /// Items whose stock is known.
    pub stock: u64,
    /// Rows of expected deliveries.
    pub expected: u64,
    /// Pickup orders.
    pub orders: u64,
    /// The size in bytes.
    pub bytes: u64,
    /// Tax classes without a row on the day of building.
    pub untaxed_today: Vec<String>,
}

/// What `pack apply` did.
#[derive(Clone, Debug, Serialize)]
pub struct PackApplied {
    /// The version now in use.
    pub version: String,
    /// Items in it.
    pub items: u64,
    /// The version before.
    pub previous: Option<String>,
    /// It was in use already.
    pub already: bool,
}

impl From<Applied> for PackApplied {
    fn from(applied: Applied) -> Self {
        Self {
            version: applied.version.to_string(),
            items: applied.items,
            previous: applied.previous.map(|version| version.to_string()),
            already: applied.already,
        }
    }
}

impl fmt::Display for PackApplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, items, previous, already } = self;
        if *already {
            return write!(f, "Pack {version} was in use already.");
        }
        write!(
            f,
            "Pack {version} with {items} items is verified and in use from the next start on"
        )?;
        match previous {
            Some(previous) => write!(f, "; before it was {previous}."),
            None => write!(f, "."),
        }
    }
}

/// What `pack show` found.
#[derive(Clone, Debug, Serialize)]
pub struct PackShown {
    /// The file.
    pub file: PathBuf,
    /// What was signed.
    pub manifest: Manifest,
    /// The store's name.
    pub store_name: String,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Minutes since it was built; below zero when this clock is behind it.
    pub age_minutes: i64,
    /// True when the store's policy calls it stale; it may be sold from all the same.
    pub stale: bool,
    /// The tax rows, as `STATE general 6.25 % from 2026-01-01`.
    pub taxes: Vec<String>,
    /// True when every byte and row was verified.
    pub verified_in_full: bool,
}

impl PackBuilt {
    /// True when a pack was written.
    pub const fn succeeded(&self) -> bool {
        self.pack.is_some()
    }
}

/// Builds a pack. Bad rows are a report, not an error: [`PackBuilt::succeeded`] is false then.
/// `progress` hears of the item rows read so far.
///
/// # Errors
/// [`BuildError`] when the tables or the key can't be read or the pack can't be written.
pub fn run_build(
    args: &PackBuildArgs,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    progress: &dyn Fn(u64),
) -> Result<PackBuilt, BuildError> {
    let signer = signer(&args.key, args.new_key, entropy)?;
    let now = clock.now();
    let last = Pack::open(&args.out, &signer.public()).ok();
    let version = match &args.version {
        Some(text) => {
            PackVersion::parse(text).map_err(|_label| BuildError::Version(text.clone()))?
        }
        None => version_after(last.as_ref().map(Pack::version), now.local_date())
            .ok_or_else(|| BuildError::Version("none left for this day".to_owned()))?,
    };
    // Beside the pack that is there, until its prices were compared with it.
    let beside = args.out.with_extension("pack.new");
    let order = BuildOrder {
        source: &Source::Folder(args.from.clone()),
        out: if last.is_some() { &beside } else { &args.out },
        signer: &signer,
        version: &version,
        published_at: now,
        skip_bad_rows: args.skip_bad_rows,
        pin_cost: PinCost::DEFAULT,
        entropy,
    };
    let key = signer.public().to_string();
    let seal_key = args.seal_key.as_deref().map(seal_key).transpose()?;
    let badge_key = args.badge_key.as_deref().map(BadgeKey::open).transpose()?;
    let keys = BuildKeys { seal: seal_key.as_ref(), badge: badge_key.as_ref() };
    let report = match build_with(&order, keys, progress) {
        Ok(report) => report,
        Err(BuildError::BadRows(bad_rows)) => {
            return Ok(PackBuilt { pack: None, bad_rows, jumps: None, key });
        }
        Err(error) => return Err(error),
    };
    let jumps = match last {
        None => None,
        Some(last) => {
            let jumps = compared(&last, &beside, &signer.public(), args.accept_price_jumps);
            let write = |source| BuildError::Write { file: args.out.clone(), source };
            match jumps {
                Ok(jumps) => {
                    std::fs::rename(&beside, &args.out).map_err(write)?;
                    jumps
                }
                Err(jumps) => {
                    std::fs::remove_file(&beside).map_err(write)?;
                    let bad_rows = report.left_out;
                    return Ok(PackBuilt { pack: None, bad_rows, jumps: Some(jumps), key });
                }
            }
        }
    };
    let pack = BuiltPack {
        file: args.out.clone(),
        store: report.store.0,
        version: report.version.to_string(),
        digest: to_hex(&report.digest),
        items: report.items,
        taxes: report.taxes,
        people: report.people,
        labels: report.codes.labels,
        gift_cards: report.codes.gift_cards,
        recalls: report.codes.recalls,
        stock: report.goods.stock,
        expected: report.goods.expected,
        orders: report.goods.orders,
        bytes: report.bytes,
        untaxed_today: report.untaxed_today,
    };
    Ok(PackBuilt { pack: Some(pack), bad_rows: report.left_out, jumps, key })
}

/// What became of prices since the last pack: to be told, or to be accepted first.
fn compared(
    last: &Pack,
    new: &Path,
    trusted: &PackKey,
    accepted: bool,
) -> Result<Option<Jumps>, Jumps> {
    let compare = || compare(last, &Pack::open(new, trusted)?, JumpLimits::USUAL);
    // A last pack that can't be read any more can't be compared with.
    let jumps: Jumps = compare().unwrap_or_default();
    match jumps.alarm() {
        false => Ok(None),
        true if accepted => Ok(Some(jumps)),
        true => Err(jumps),
    }
}

/// Verifies a pack and tells what it holds. `progress` hears of bytes, then rows.
///
/// # Errors
/// [`ShowError`] when the key is none or the file is no pack signed with it.
pub fn run_show(
    args: &PackShowArgs,
    clock: &dyn Clock,
    progress: &dyn Fn(u64),
) -> Result<PackShown, ShowError> {
    let pack = Pack::open(&args.file, &PackKey::parse(&args.key)?)?;
    if args.verify {
        pack.verify_all(progress)?;
    }
    let age = age_minutes(pack.published_at(), clock.now());
    let policy = pack.policy();
    let taxes = pack.taxes().rows().iter().map(|row| {
        let until = row.until.map_or_else(String::new, |until| format!(" until {until}"));
        format!("{} {} {} % from {}{until}", row.code, row.class, row.rate, row.from)
    });
    Ok(PackShown {
        file: args.file.clone(),
        manifest: pack.manifest().clone(),
        store_name: policy.store_name.clone(),
        currency: Currency::code(policy.currency),
        age_minutes: age,
        stale: age > i64::from(policy.pack_stale_hours).saturating_mul(60),
        taxes: taxes.collect(),
        verified_in_full: args.verify,
    })
}

/// Prices jumped, and nobody accepted it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0}\nThe pack was not taken; the one in use stays in use. Look at these prices; where they \
     are right, apply it with --accept-price-jumps"
)]
pub struct PricesJumped(String);

/// Lets a pack through whose prices did not jump since the one in use, or which is refused anyway.
///
/// # Errors
/// [`PricesJumped`].
pub fn refuse_jumps(
    shelf: &Shelf,
    file: &Path,
    trusted: &PackKey,
    store: StoreNo,
) -> Result<(), PricesJumped> {
    let in_use = shelf.current(trusted, store).ok().and_then(|current| current.pack);
    let (Some(old), Ok(new)) = (in_use, Pack::open(file, trusted)) else { return Ok(()) };
    match compare(&old, &new, JumpLimits::USUAL) {
        Ok(jumps) if jumps.alarm() => Err(PricesJumped(said(&jumps))),
        _ => Ok(()),
    }
}

/// Why a pack can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The pack.
    #[error(transparent)]
    Pack(#[from] PackError),
}

impl fmt::Display for PackBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.bad_rows {
            writeln!(f, "{row}")?;
        }
        let rows = u64::try_from(self.bad_rows.len()).unwrap_or(u64::MAX);
        let rows = Count(rows, "row", "rows");
        if let Some(jumps) = &self.jumps {
            writeln!(f, "{}\n", said(jumps))?;
        }
        if let (Some(_), None) = (&self.jumps, &self.pack) {
            return f.write_str(
                "No pack was built; the one before is untouched. Look at these prices; where they \
                 are right, build with --accept-price-jumps.",
            );
        }
        let Some(pack) = &self.pack else {
            writeln!(f, "\nNo pack was built: {rows} can't go into it.")?;
            let fixed = self.bad_rows.iter().all(|row| row.may_be_left_out);
            return f.write_str(if fixed {
                "Correct them, or build with --skip-bad-rows to leave them out."
            } else {
                "Correct them; only rows of items.csv and people.csv can be left out."
            });
        };
        if !self.bad_rows.is_empty() {
            writeln!(f, "\nLeft out: {rows}, listed above.")?;
        }
        let BuiltPack { version, store, items, people, taxes, bytes, .. } = pack;
        let kib = bytes.div_ceil(1024);
        writeln!(f, "Pack {version} for store {store}: {}", pack.file.display())?;
        writeln!(f, "  {items} items, {taxes} tax rows, {people} people, {kib} KiB")?;
        let labels = Count(pack.labels, "label layout", "label layouts");
        let gift_cards = Count(pack.gift_cards, "kind of gift card", "kinds of gift cards");
        let recalls = Count(pack.recalls, "recall", "recalls");
        writeln!(f, "  {labels}, {gift_cards}, {recalls}")?;
        let stock = Count(pack.stock, "figure of stock", "figures of stock");
        let expected = Count(pack.expected, "row of deliveries", "rows of deliveries");
        let orders = Count(pack.orders, "pickup order", "pickup orders");
        writeln!(f, "  {stock}, {expected}, {orders}")?;
        for class in &pack.untaxed_today {
            writeln!(f, "  note: class '{class}' has no tax row that holds today")?;
        }
        writeln!(f, "  digest {}", pack.digest)?;
        write!(f, "  signed with key {}", self.key)
    }
}

impl fmt::Display for PackShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Manifest { version, store, items, published_at, sha256, key, .. } = &self.manifest;
        writeln!(
            f,
            "Pack {version} for store {store}, {}: {}",
            self.store_name,
            self.file.display()
        )?;
        writeln!(f, "  {items} items, prices in {}", self.currency)?;
        let age = if self.age_minutes < 0 {
            "this clock is behind it".to_owned()
        } else {
            let (hours, minutes) =
                (self.age_minutes.div_euclid(60), self.age_minutes.rem_euclid(60));
            format!("{hours} h {minutes} min old")
        };
        let stale = if self.stale { "; stale, but it may be sold from" } else { "" };
        writeln!(f, "  built {published_at}, {age}{stale}")?;
        for row in &self.taxes {
            writeln!(f, "  tax: {row}")?;
        }
        writeln!(f, "  digest {sha256}")?;
        writeln!(f, "  signed with key {key}")?;
        f.write_str(if self.verified_in_full {
            "  signature right, every byte and row verified"
        } else {
            "  signature right"
        })
    }
}

struct Count(u64, &'static str, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { self.1 } else { self.2 })
    }
}

/// Digits, or a file of them.
fn seal_key(text: &str) -> Result<[u8; 32], BuildError> {
    let of_file = || from_hex(std::fs::read_to_string(text).ok()?.trim_end());
    from_hex(text).or_else(of_file).ok_or(BuildError::SealKey)
}

fn signer(file: &Path, new_key: bool, entropy: &dyn Entropy) -> Result<PackSigner, KeyError> {
    if new_key && !file.exists() {
        return PackSigner::create(file, entropy);
    }
    PackSigner::open(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::clock::SimulatedClock;
    use crate::device::entropy::SeededEntropy;
    use crate::domain::time::Timestamp;

    fn store() -> (tempfile::TempDir, PackBuildArgs, SimulatedClock) {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for (name, text) in [
            ("items.csv", include_str!("../../assets/sample-store/items.csv")),
            ("taxes.csv", include_str!("../../assets/sample-store/taxes.csv")),
            ("people.csv", "id,name,role,pin\n31,Cashier 31,cashier,480273\n"),
            ("policy.csv", include_str!("../../assets/sample-store/policy.csv")),
        ] {
            std::fs::write(at(name), text).expect("written");
        }
        let args = PackBuildArgs {
            from: folder.path().to_owned(),
            out: at("store.pack"),
            key: at("pack.key"),
            new_key: true,
            version: None,
            seal_key: None,
            badge_key: None,
            skip_bad_rows: false,
            accept_price_jumps: false,
        };
        let start = Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time");
        (folder, args, SimulatedClock::at(start))
    }

    #[test]
    fn a_pack_is_built_shown_and_counted_up() {
        let (_folder, args, clock) = store();
        let entropy = SeededEntropy::new(1);
        let built = run_build(&args, &clock, &entropy, &|_rows| ()).expect("built");
        assert!(built.succeeded(), "{built}");
        assert!(built.to_string().contains("Pack 20261122-1 for store 1042"), "{built}");
        let again = run_build(&args, &clock, &entropy, &|_rows| ()).expect("built");
        assert_eq!(again.pack.map(|pack| pack.version).as_deref(), Some("20261122-2"));

        clock.advance_ms(25 * 3_600_000);
        let show = PackShowArgs { file: args.out, key: built.key, verify: true };
        let shown = run_show(&show, &clock, &|_done| ()).expect("shown");
        assert!(shown.stale && shown.age_minutes == 1_500);
        let text = shown.to_string();
        assert!(text.contains("25 h 0 min old; stale"), "{text}");
        assert!(
            text.contains("tax: CITY general 1.25 % from 2021-04-01 until 2026-12-31"),
            "{text}"
        );
        let json = serde_json::to_value(&shown).expect("json");
        assert_eq!(json["manifest"]["version"], "20261122-2");
    }

    #[test]
    fn bad_rows_are_all_told_with_the_way_out() {
        let (folder, args, clock) = store();
        let items = "code,name,unit_price,sold_by,tax_class,department,age_min\n\
                     1,A,0,each,food,1,\n2,B,x,each,food,1,\n";
        std::fs::write(folder.path().join("items.csv"), items).expect("written");
        let entropy = SeededEntropy::new(1);
        let refused = run_build(&args, &clock, &entropy, &|_rows| ()).expect("a report");
        assert!(!refused.succeeded());
        let text = refused.to_string();
        assert!(text.contains("items.csv line 2") && text.contains("items.csv line 3"), "{text}");
        assert!(text.contains("2 rows") && text.contains("--skip-bad-rows"), "{text}");
        assert!(!args.out.exists());
    }
}
