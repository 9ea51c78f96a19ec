//! `tideover central publish`, `packs`, `pin`, `unpin`, `withdraw`: which pack each store is to
//! sell by; and `packs prune`, which removes the files that no store needs. What is decided is
//! signed here, with the publisher's key; central only carries it.
//!
//! ```text
//!  packs ─▶ all checked, all compared ─▶ objects and deltas kept ─▶ manifests signed, one a store
//!              └ anything wrong: nothing is published for any store
//! ```

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

pub use super::packs_said::{PacksListed, PacksPruned, PacksPublished, StorePack};
use crate::central::published::{Published, PublishedVersion, Publishing};
use crate::central::readiness::of_stores;
use crate::cli::price_jumps::said;
use crate::device::clock::Clock;
use crate::domain::ids::{PackVersion, StoreNo};
use crate::domain::time::{NotTime, Timestamp};
use crate::journal::hash::Hash;
use crate::pack::{
    DeltaRef, JumpLimits, Jumps, KeyError, ObjectRef, Pack, PackError, PackKey, PackSigner,
    StoreManifest, Voucher, compare, is_later, patch,
};

const HOUR_MS: i64 = 3_600_000;
/// So many versions back a register still gets a delta.
const DELTAS: usize = 2;

/// Who signs manifests.
#[derive(Clone, Debug, Args)]
pub struct SignArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    data: PathBuf,
    /// The key that signs: the pack key, or a release key that it vouches for.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The pack key's word for a release key, as 'tideover pack vouch' wrote it.
    #[arg(long, value_name = "FILE", requires = "pack_key")]
    voucher: Option<PathBuf>,
    /// The public pack key, 64 hex digits; needed beside a voucher.
    #[arg(long, value_name = "HEX", requires = "voucher")]
    pack_key: Option<String>,
    /// For so many hours the manifest is fresh: publish again within them.
    #[arg(long, value_name = "N", default_value_t = 48)]
    fresh_hours: u16,
    /// After so many days no register takes a pack by it.
    #[arg(long, value_name = "N", default_value_t = 30)]
    expires_days: u16,
    /// Files that no store has needed for so many days are removed.
    #[arg(long, value_name = "N", default_value_t = 7)]
    keep_days: u16,
}

/// `tideover central publish`
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["store", "chain"])))]
pub struct PublishArgs {
    #[command(flatten)]
    by: SignArgs,
    /// The packs; each is for the store that stands in it.
    #[arg(required = true, value_name = "PACK")]
    packs: Vec<PathBuf>,
    /// One pack, for this store.
    #[arg(long, value_name = "N")]
    store: Option<u32>,
    /// Packs of many stores.
    #[arg(long)]
    chain: bool,
    /// Sold by from this moment on, such as 2026-11-23T00:00:00.000-06:00; registers fetch it now.
    #[arg(long, value_name = "TIME")]
    effective_from: Option<String>,
    /// Only so many percent of the stores, always the same ones for a version; run it again with
    /// more.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    stage: Option<u8>,
    /// Only these stores, separated by commas.
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with = "stage")]
    stores: Vec<u32>,
    /// The oldest program that can sell by it.
    #[arg(long, value_name = "VERSION", default_value = "0.1.0")]
    min_app: String,
    /// Publish though prices jumped.
    #[arg(long)]
    accept_price_jumps: bool,
}

/// `tideover central pin`, `unpin` and `withdraw`
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("of").required(true).args(["stores", "all"])))]
pub struct OrderArgs {
    #[command(flatten)]
    by: SignArgs,
    /// These stores, separated by commas.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    stores: Vec<u32>,
    /// Every store for which something is published.
    #[arg(long)]
    all: bool,
}

/// `tideover central packs prune`
#[derive(Clone, Debug, Args)]
pub struct PruneArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    data: PathBuf,
    /// Remove them; without it they are only listed.
    #[arg(long)]
    yes: bool,
}

/// Why nothing was published or ordered.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A pack.
    #[error("{0}. Nothing was published")]
    Pack(#[from] PackError),
    /// The folder.
    #[error("what is published can't be read or written ({0}); check the folder and its rights")]
    Io(#[from] std::io::Error),
    /// Another folder was meant.
    #[error(
        "nothing was ever published by a central in {0}, and nothing was removed; check the name \
         that --data has"
    )]
    Nowhere(String),
    /// A time.
    #[error("{0}; nothing was published")]
    Time(#[from] NotTime),
    /// A manifest could not be written.
    #[error("the manifest could not be written: {0}")]
    Json(#[from] serde_json::Error),
    /// The voucher is not the pack key's, or for another key.
    #[error(
        "the voucher is not the pack key's word for this key, or it has run out; nothing was \
         published. Make one with 'tideover pack vouch'"
    )]
    Voucher,
    /// The pack of another store.
    #[error("{file} is for store {theirs}, not {asked}; nothing was published")]
    OtherStore {
        /// The file.
        file: String,
        /// The store it is for.
        theirs: u32,
        /// The store that was named.
        asked: u32,
    },
    /// Older than what is published.
    #[error(
        "store {store} has {known} published already, which is not older than {offered}; nothing \
         was published. Build with a later version, or withdraw {known}"
    )]
    NotLater {
        /// The store.
        store: u32,
        /// The version offered.
        offered: String,
        /// The version published.
        known: String,
    },
    /// Prices jumped.
    #[error(
        "{0}\nNothing was published. Look at these prices; where they are right, publish with \
         --accept-price-jumps"
    )]
    Jumps(String),
    /// Nothing is published there.
    #[error("nothing is published for store {0}; nothing changed")]
    NoSuchStore(u32),
    /// The version was never published there.
    #[error("{version} was never published for store {store}, or was withdrawn; nothing changed")]
    NoSuchVersion {
        /// The store.
        store: u32,
        /// The version.
        version: String,
    },
    /// Its file was removed.
    #[error(
        "the file of {version} for store {store} was removed, since no store needed it any more; \
         nothing changed. Build the same prices with a later version and publish that"
    )]
    Removed {
        /// The store.
        store: u32,
        /// The version.
        version: String,
    },
    /// Another command is at it.
    #[error(
        "another command is publishing or removing packs in this folder just now; nothing was \
         done. Wait until it has ended, and run this again"
    )]
    Busy,
    /// The oldest program.
    #[error("'{0}' is no program's version, such as 0.3.0; nothing was published")]
    MinApp(String),
    /// Central.
    #[error(transparent)]
    Store(#[from] crate::central::store::StoreError),
}

/// Who signs, ready to.
struct Publisher<'a> {
    published: Published,
    signer: PackSigner,
    /// The key packs are signed with.
    trusted: PackKey,
    voucher: Option<String>,
    now: Timestamp,
    by: &'a SignArgs,
    #[expect(dead_code, reason = "nobody else publishes while it is held")]
    held: Publishing,
}

/// A pack that may be published.
struct Ready {
    store: StoreNo,
    version: PackVersion,
    bytes: Vec<u8>,
    jumps: bool,
}

impl<'a> Publisher<'a> {
    fn of(by: &'a SignArgs, clock: &dyn Clock) -> Result<Self, NotPublished> {
        let signer = PackSigner::open(&by.key)?;
        let (trusted, voucher) = match (&by.voucher, &by.pack_key) {
            (Some(file), Some(key)) => {
                let trusted = PackKey::parse(key)?;
                let text = std::fs::read_to_string(file)?.trim_end().to_owned();
                let word = Voucher::open(&text, &trusted).ok_or(NotPublished::Voucher)?;
                let until = Timestamp::parse(&word.until)?;
                let own = signer.public().to_string();
                if word.key != own || until.utc_ms < clock.now().utc_ms {
                    return Err(NotPublished::Voucher);
                }
                (trusted, Some(text))
            }
            _ => (signer.public(), None),
        };
        let published = Published::of(&by.data);
        let held = published.hold()?.ok_or(NotPublished::Busy)?;
        Ok(Self { published, signer, trusted, voucher, now: clock.now(), by, held })
    }

    /// Removes what no store has needed for a while. What was published stays so, whatever comes
    /// of this.
    fn tidy(&self) {
        let days = i64::from(self.by.keep_days).saturating_mul(24 * HOUR_MS);
        let before_ms = self.now.utc_ms.saturating_sub(days);
        match self.published.prune(before_ms, self.now.utc_ms) {
            Ok(pruned) if pruned.files > 0 => {
                tracing::info!(files = pruned.files, bytes = pruned.bytes, "old packs removed");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(
                %error,
                "old packs could not be removed; nothing is lost by it but room. Look with \
                 'tideover central packs prune'"
            ),
        }
    }

    fn manifest(&self, store: StoreNo) -> Result<Option<(StoreManifest, Vec<u8>)>, NotPublished> {
        let text = self.published.manifest(store)?;
        Ok(text.and_then(|text| Some((StoreManifest::claim(&text)?, text))))
    }

    /// Signs and puts in place; never with a time before the manifest it replaces.
    fn put(
        &self,
        store: StoreNo,
        versions: &[PublishedVersion],
        mut manifest: StoreManifest,
        before: Option<&(StoreManifest, Vec<u8>)>,
    ) -> Result<StorePack, NotPublished> {
        let after = |ms: i64| Timestamp::new(ms, self.now.offset_min).unwrap_or(self.now);
        let last = before.and_then(|(before, _)| Timestamp::parse(&before.issued).ok());
        let issued_ms =
            last.map_or(self.now.utc_ms, |last| self.now.utc_ms.max(last.utc_ms.saturating_add(1)));
        let span = |hours: i64| issued_ms.saturating_add(hours.saturating_mul(HOUR_MS));
        let days = i64::from(self.by.expires_days).saturating_mul(24);
        manifest.issued = after(issued_ms).to_string();
        manifest.fresh_until = after(span(self.by.fresh_hours.into())).to_string();
        manifest.expires = after(span(days)).to_string();
        manifest.prev = before.map(|(_, text)| Hash::of_bytes(text).to_string());
        manifest.key = self.signer.public().to_string();
        manifest.voucher = self.voucher.clone();
        let text = manifest.sign(&self.signer)?;
        self.published.put(store, versions, Some(&text))?;
        Ok(StorePack::of(manifest))
    }

    fn check(&self, file: &Path, args: &PublishArgs) -> Result<Ready, NotPublished> {
        let pack = Pack::open(file, &self.trusted)?;
        pack.verify_all(&|_done| ())?;
        let store = StoreNo(pack.manifest().store);
        if let Some(asked) = args.store.filter(|asked| *asked != store.0) {
            let file = file.display().to_string();
            return Err(NotPublished::OtherStore { file, theirs: store.0, asked });
        }
        let bytes = std::fs::read(file)?;
        let version = pack.version().clone();
        let versions = self.published.versions(store)?;
        let withdrawn = self.manifest(store)?.map_or_else(Vec::new, |(old, _)| old.revoked);
        let mut standing = versions.iter().filter(|one| !withdrawn.contains(&one.version));
        let newest = standing.next_back();
        let same = newest.is_some_and(|newest| {
            newest.version == version.as_str()
                && newest.sha256 == Hash::of_bytes(&bytes).to_string()
        });
        let known = versions.last().and_then(|last| PackVersion::parse(&last.version).ok());
        if let Some(known) = known.filter(|known| !same && !is_later(&version, known)) {
            let (offered, known) = (version.to_string(), known.to_string());
            return Err(NotPublished::NotLater { store: store.0, offered, known });
        }
        let old = newest.filter(|_| !same).and_then(|one| self.published.object(&one.sha256));
        let jumps = match old.filter(|old| old.exists()) {
            Some(old) => compare(&Pack::open(&old, &self.trusted)?, &pack, JumpLimits::USUAL)?,
            None => Jumps::default(),
        };
        if jumps.alarm() && !args.accept_price_jumps {
            return Err(NotPublished::Jumps(format!("Store {store}: {}", said(&jumps))));
        }
        Ok(Ready { store, version, bytes, jumps: jumps.alarm() })
    }

    /// Ways to a pack from the versions before it, where they are worth it.
    fn deltas(
        &self,
        ready: &Ready,
        versions: &[PublishedVersion],
    ) -> std::io::Result<Vec<DeltaRef>> {
        let mut deltas = Vec::new();
        let earlier = versions.iter().rev().filter(|one| one.version != ready.version.as_str());
        for one in earlier.take(DELTAS) {
            let Some(path) = self.published.object(&one.sha256).filter(|path| path.exists()) else {
                continue;
            };
            if one.bytes > patch::PATCHED_LEN_MAX {
                continue;
            }
            let Some(delta) = patch::make(&std::fs::read(path)?, &ready.bytes)? else { continue };
            if delta.len() < ready.bytes.len() / 2 {
                let (sha256, bytes) = (self.published.put_object(&delta)?, length(&delta));
                deltas.push(DeltaRef { from: one.version.clone(), sha256, bytes });
            }
        }
        Ok(deltas)
    }
}

/// Publishes packs: all of them, or none where anything is wrong.
///
/// # Errors
/// [`NotPublished`].
pub fn publish(args: &PublishArgs, clock: &dyn Clock) -> Result<PacksPublished, NotPublished> {
    let publisher = Publisher::of(&args.by, clock)?;
    let three = args.min_app.split('.').filter(|part| part.parse::<u32>().is_ok()).count();
    if three != 3 || args.min_app.split('.').count() != 3 {
        return Err(NotPublished::MinApp(args.min_app.clone()));
    }
    let effective_from = args.effective_from.as_deref().map(Timestamp::parse).transpose()?;
    let mut ready = Vec::new();
    for file in &args.packs {
        ready.push(publisher.check(file, args)?);
    }
    let (mut done, mut later, mut pinned) = (Vec::new(), Vec::new(), Vec::new());
    for one in ready {
        let store = one.store;
        let listed = args.stores.is_empty() || args.stores.contains(&store.0);
        if !listed || args.stage.is_some_and(|percent| !in_stage(store, &one.version, percent)) {
            later.push(store.0);
            continue;
        }
        let mut versions = publisher.published.versions(store)?;
        let sha256 = publisher.published.put_object(&one.bytes)?;
        let deltas = publisher.deltas(&one, &versions)?;
        let (version, bytes) = (one.version.to_string(), length(&one.bytes));
        let full = ObjectRef { sha256: sha256.clone(), bytes };
        if versions.last().is_none_or(|last| last.version != version) {
            versions.push(PublishedVersion { version: version.clone(), sha256, bytes });
        }
        let before = publisher.manifest(store)?;
        if before.as_ref().is_some_and(|(before, _)| before.pinned.is_some()) {
            publisher.published.put(store, &versions, None)?;
            pinned.push(store.0);
            continue;
        }
        let again = before.as_ref().filter(|(before, _)| before.version == version);
        let manifest = StoreManifest {
            kind: StoreManifest::kind(),
            store: store.0,
            version,
            issued: String::new(),
            fresh_until: String::new(),
            expires: String::new(),
            prev: None,
            full,
            deltas,
            min_app: args.min_app.clone(),
            effective_from: effective_from.map(|at| at.to_string()),
            pinned: None,
            revoked: before.as_ref().map_or_else(Vec::new, |(before, _)| before.revoked.clone()),
            jumps_accepted: one.jumps || again.is_some_and(|(before, _)| before.jumps_accepted),
            key: String::new(),
            voucher: None,
        };
        done.push(publisher.put(store, &versions, manifest, before.as_ref())?);
    }
    publisher.tidy();
    Ok(PacksPublished { stores: done, later, pinned })
}

/// What is to become of stores.
#[derive(Clone, Debug)]
pub enum PackOrder {
    /// Sell by this version, whatever is newer.
    Pin(String),
    /// Sell by the newest again.
    Unpin,
    /// Never sell by this version again, where there is another.
    Withdraw(String),
}

/// Pins, unpins or withdraws at stores: at all of those named, or at none.
///
/// # Errors
/// [`NotPublished`].
pub fn order(
    args: &OrderArgs,
    order: &PackOrder,
    clock: &dyn Clock,
) -> Result<PacksPublished, NotPublished> {
    let publisher = Publisher::of(&args.by, clock)?;
    let named = args.stores.iter().copied().map(StoreNo).collect();
    let stores = if args.all { publisher.published.stores()? } else { named };
    let mut ready = Vec::new();
    for store in stores {
        let versions = publisher.published.versions(store)?;
        let before = publisher.manifest(store)?.ok_or(NotPublished::NoSuchStore(store.0))?;
        let manifest = ordered(store, order, &before.0, &versions)?;
        let file = publisher.published.object(&manifest.full.sha256);
        if !file.is_some_and(|file| file.exists()) {
            let version = manifest.version;
            return Err(NotPublished::Removed { store: store.0, version });
        }
        ready.push((store, versions, manifest, before));
    }
    let mut done = Vec::new();
    for (store, versions, manifest, before) in ready {
        done.push(publisher.put(store, &versions, manifest, Some(&before))?);
    }
    publisher.tidy();
    Ok(PacksPublished { stores: done, later: Vec::new(), pinned: Vec::new() })
}

/// The manifest that follows from an order.
fn ordered(
    store: StoreNo,
    order: &PackOrder,
    before: &StoreManifest,
    versions: &[PublishedVersion],
) -> Result<StoreManifest, NotPublished> {
    let mut next = before.clone();
    let named = |wanted: &str| versions.iter().find(|one| one.version == wanted);
    let unknown =
        |version: &str| NotPublished::NoSuchVersion { store: store.0, version: version.to_owned() };
    let standing = |revoked: &[String]| {
        let stands = |one: &&PublishedVersion| !revoked.contains(&one.version);
        versions.iter().rev().find(stands).cloned()
    };
    let chosen = match order {
        PackOrder::Pin(version) => {
            let found = named(version).filter(|one| !before.revoked.contains(&one.version));
            next.pinned = Some(version.clone());
            Some(found.cloned().ok_or_else(|| unknown(version))?)
        }
        PackOrder::Unpin => {
            next.pinned = None;
            standing(&next.revoked)
        }
        PackOrder::Withdraw(version) => {
            named(version).ok_or_else(|| unknown(version))?;
            if !next.revoked.contains(version) {
                next.revoked.push(version.clone());
            }
            let from = next.revoked.len().saturating_sub(crate::pack::REVOKED_MAX);
            next.revoked = next.revoked.split_off(from);
            next.pinned = next.pinned.filter(|pinned| pinned != version);
            let stays = *version != before.version;
            if stays { None } else { standing(&next.revoked) }
        }
    };
    if let Some(one) = chosen.filter(|one| one.version != before.version) {
        next.full = ObjectRef { sha256: one.sha256, bytes: one.bytes };
        // Whoever lacks it fetches it whole: it was sold by before, so most have it.
        (next.version, next.deltas) = (one.version, Vec::new());
        (next.effective_from, next.jumps_accepted) = (None, true);
    }
    Ok(next)
}

/// Lists files that no store needs, and removes them when that is wished.
///
/// # Errors
/// [`NotPublished`]; where anything that is needed can't be read, nothing is removed.
pub fn prune(args: &PruneArgs, clock: &dyn Clock) -> Result<PacksPruned, NotPublished> {
    let (published, now) = (Published::of(&args.data), clock.now());
    // Nothing is made of a mistyped name.
    if !published.is_there() {
        return Err(NotPublished::Nowhere(args.data.display().to_string()));
    }
    let _held = args.yes.then(|| published.hold()?.ok_or(NotPublished::Busy)).transpose()?;
    let unneeded = published.unneeded(now.utc_ms)?;
    if args.yes {
        published.prune(now.utc_ms, now.utc_ms)?;
    }
    Ok(PacksPruned::of(&unneeded, now, args.yes))
}

/// What is published, and who sells by it.
///
/// # Errors
/// [`NotPublished`].
pub fn list(data: &Path, clock: &dyn Clock) -> Result<PacksListed, NotPublished> {
    let published = Published::of(data);
    let rows = super::existing(data)?.readiness()?;
    let known = of_stores(&rows, clock.now().utc_ms);
    let mut listed = Vec::new();
    for store in published.stores()? {
        let Some(text) = published.manifest(store)? else { continue };
        let Some(manifest) = StoreManifest::claim(&text) else { continue };
        let mut one = StorePack::of(manifest);
        for row in known.stores.iter().filter(|row| row.store == store.0) {
            for register in &row.registers {
                let version = register.pack.clone().unwrap_or_else(|| "none".to_owned());
                let count = one.registers.entry(version).or_default();
                *count = count.saturating_add(1);
            }
        }
        listed.push(one);
    }
    Ok(PacksListed(listed))
}

/// The same stores every time a version's stage is raised: a digest of both, out of a hundred.
fn in_stage(store: StoreNo, version: &PackVersion, percent: u8) -> bool {
    let Hash(digest) = Hash::of_bytes(format!("{version}/{store}").as_bytes());
    let head: [u8; 8] = digest.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(head).checked_rem(100).unwrap_or(0) < u64::from(percent)
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_holds_about_its_share_and_a_higher_one_holds_it_too() {
        let version = PackVersion::parse("20261122-1").expect("a version");
        let within = |percent| {
            let stores = (1..=4_700).map(StoreNo);
            stores.filter(|store| in_stage(*store, &version, percent)).collect::<Vec<_>>()
        };
        let (tenth, half) = (within(10), within(50));
        assert!((400..540).contains(&tenth.len()), "{}", tenth.len());
        assert!((2_200..2_500).contains(&half.len()), "{}", half.len());
        assert!(tenth.iter().all(|store| half.contains(store)));
        assert_eq!(within(100).len(), 4_700);
        let next = PackVersion::parse("20261123-1").expect("a version");
        let other = tenth.iter().filter(|store| !in_stage(**store, &next, 10)).count();
        assert!(other > 300, "not always the same stores try first: {other}");
    }
}
