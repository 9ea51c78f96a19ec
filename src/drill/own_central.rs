//! Who can act on a drill's own central and its packs: copies, holds, wrong price files, keys.
//!
//! A central that runs elsewhere can do none of it; then each act says so and is not played.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::device::entropy::SystemEntropy;
use crate::device::key_store;
use crate::domain::goods::carton::OrderNo;
use crate::domain::ids::{PackVersion, RegisterNo, StoreNo};
use crate::domain::item::Item;
use crate::domain::pickup::Outcome;
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;
use crate::journal::key::SigningKey;
use crate::journal::record::Envelope;
use crate::pack::{BuildOrder, PackError, PackKey, PackSigner, PinCost, Shelf, Source, build};
use crate::reconcile::pickups::{Online, OnlineOrder, OnlineState, Verdict, compare, exceptions};
use crate::sync::carrier::{Request, Transport as _};
use crate::sync::http::HttpTransport;
use crate::sync::sealed::Sealed;
use crate::sync::wire::RecordsAnswer;

use super::desk::ORDER_CLOSED;
use super::embedded::{EmbeddedCentral, line_of};
use super::lane::Lane;
use super::play::{DrillPack, Offered, Operator};
use super::tables::{self, Tables};
use super::visitor::{LATER_KIND, Visitor};

/// See the module.
pub struct OwnCentral {
    /// The drill's own central; none where another one is used.
    pub central: Option<EmbeddedCentral>,
    /// The drill's folder.
    pub dir: PathBuf,
    /// The key that signs the store's packs.
    pub key: PackKey,
    /// The store.
    pub store: StoreNo,
    /// What the pack was made from; none where one was given.
    pub tables: Option<Tables>,
    /// The version that the drill sells by.
    pub version: PackVersion,
    /// The first number that no register of the drill has.
    pub free_register: u16,
}

const NOT_OWN: &str = "not played: this central is not the drill's own";
const GIVEN: &str = "not played: no other pack can be made of one that was given";

fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |said, cause| format!("{said} ({cause})"))
}

impl OwnCentral {
    /// Where it answers.
    pub fn url(&self) -> Option<String> {
        Some(self.central.as_ref()?.central().ok()?.url())
    }

    fn own(&mut self) -> Result<&mut EmbeddedCentral, String> {
        self.central.as_mut().ok_or_else(|| NOT_OWN.to_owned())
    }

    /// A pack of the drill's own store that says something else.
    fn make(&self, pack: DrillPack) -> Result<PathBuf, String> {
        let file = self.dir.join(format!("{}.pack", pack.word()));
        if file.exists() {
            return Ok(file);
        }
        let (day, _) = self.version.as_str().split_once('-').unwrap_or((self.version.as_str(), ""));
        let version = match pack {
            DrillPack::Older | DrillPack::Foreign => "20000101-1".to_owned(),
            DrillPack::Wrong | DrillPack::Newer => format!("{day}-2"),
            DrillPack::Revoked => format!("{day}-3"),
        };
        let version = PackVersion::parse(&version).map_err(|error| words(&error))?;
        let signer = match pack {
            DrillPack::Foreign => PackSigner::from_seed(&[7; 32]).map_err(|error| words(&error))?,
            _ => PackSigner::open(&self.dir.join("pack.key"))
                .map_err(|_| "not played: the pack's private key is not the drill's".to_owned())?,
        };
        let wrong = self.tables.as_ref().map(Tables::wrong);
        // One that must be refused must be this store's in all else, or it is refused for another
        // reason.
        let source: Source<'_> = match (pack, &self.tables, &wrong) {
            (DrillPack::Foreign, ..) => crate::pack::sample_store(),
            (DrillPack::Wrong, _, Some(wrong)) => wrong.source(),
            (_, Some(tables), _) => tables.source(),
            (_, None, _) => return Err(GIVEN.to_owned()),
        };
        build(
            &BuildOrder {
                source: &source,
                out: &file,
                signer: &signer,
                version: &version,
                published_at: Timestamp { utc_ms: 0, offset_min: 0 },
                skip_bad_rows: false,
                pin_cost: PinCost::FLOOR,
                entropy: &SystemEntropy,
            },
            &|_| (),
        )
        .map_err(|error| words(&error))?;
        Ok(file)
    }

    fn shelf(lane: &Lane) -> Result<Shelf, String> {
        Shelf::open(&lane.data.packs_dir()).map_err(|error| words(&error))
    }

    /// Makes a journal known to central, and brings its records as a file.
    fn bring(&self, visitor: &Visitor, to: (StoreNo, RegisterNo)) -> Result<(), String> {
        let central = self.central.as_ref().ok_or(NOT_OWN)?;
        central.enroll(to.0, to.1, visitor.key()).map_err(|error| words(&error))?;
        let url = self.url().ok_or(NOT_OWN)?;
        let mut line = HttpTransport::new(&url, None, false).map_err(|error| words(&error))?;
        let request = Request::post("/v1/records", visitor.file());
        let answer = line.send(&request).map_err(|error| words(&error))?;
        let said: Option<RecordsAnswer> =
            Sealed::split(&answer.body).ok().and_then(|split| split.claim().ok());
        let said = said.ok_or_else(|| format!("central answered {}", answer.status))?;
        let held: u64 = said.runs.iter().map(|run| run.created.saturating_add(run.existing)).sum();
        if held != visitor.records() || said.refused_count > 0 {
            return Err(format!("central kept {held} of {}", visitor.records()));
        }
        Ok(())
    }

    fn visitor(&self, name: &str) -> Result<SigningKey, String> {
        key_store::load_or_create(&self.dir.join(name), &SystemEntropy)
            .map_err(|error| words(&error))
    }
}

impl Operator for OwnCentral {
    fn keep_copy(&mut self) -> Result<String, String> {
        self.own()?.keep_copy().map_err(|error| words(&error))?;
        self.url().ok_or_else(|| NOT_OWN.to_owned())
    }

    fn roll_back(&mut self) -> Result<Option<String>, String> {
        let back = self.own()?.roll_back().map_err(|error| words(&error))?;
        Ok(if back { self.url() } else { None })
    }

    fn hold(&mut self, reason: Option<&str>) -> Result<(), String> {
        let central = self.own()?.central().map_err(|error| words(&error))?;
        central.door().set_hold(reason.map(str::to_owned)).map_err(|error| words(&error))
    }

    fn offer(&mut self, pack: DrillPack, lane: &Lane) -> Result<Offered, String> {
        let file = self.make(pack)?;
        let shelf = Self::shelf(lane)?;
        if pack == DrillPack::Revoked {
            let version = crate::pack::Pack::open(&file, &self.key)
                .map(|pack| pack.version().clone())
                .map_err(|error| words(&error))?;
            shelf.revoke(&version).map_err(|error| words(&error))?;
        }
        match shelf.apply(&file, &self.key, self.store) {
            Ok(applied) => Ok(Offered::Taken(applied.version.to_string())),
            Err(refused @ PackError::Io { .. }) => Err(words(&refused)),
            Err(refused) => Ok(Offered::Refused(refused.to_string())),
        }
    }

    fn pin_pack(&mut self, lane: &Lane) -> Result<String, String> {
        let shelf = Self::shelf(lane)?;
        shelf.pin(&self.version, &self.key, self.store).map_err(|error| words(&error))?;
        Ok(self.version.to_string())
    }

    fn enroll_anew(&mut self, lane: &Lane) -> Result<String, String> {
        let (store, number) = (self.store, RegisterNo(lane.number));
        let central = self.central.as_ref().ok_or(NOT_OWN)?;
        let path = lane.data.key_path();
        set_aside(&path).map_err(|error| words(&error))?;
        let key = key_store::load_or_create(&path, &SystemEntropy).map_err(|e| words(&e))?;
        let enrollment = central.enroll(store, number, &key).map_err(|error| words(&error))?;
        let mut settings = lane.data.settings().map_err(|error| words(&error))?;
        settings.central = Some(line_of(&enrollment));
        lane.data.write_settings(&settings).map_err(|error| words(&error))?;
        Ok(format!("register {number} was enrolled again with key {}", key.public().fingerprint()))
    }

    fn next_version(&mut self, at: Timestamp) -> Result<String, String> {
        let (store, register) = (self.store, RegisterNo(self.free_register));
        let key = self.visitor("later.key")?;
        let made = Visitor::arriving(store, register, key, at).and_then(|mut visitor| {
            visitor.speaks_a_later_version(at)?;
            Some(visitor)
        });
        let visitor = made.ok_or("not played: no such journal can be made")?;
        self.bring(&visitor, (store, register))?;
        Ok(format!(
            "a record of kind '{LATER_KIND}' version 2 was stored and acknowledged as it is; \
             version 1 is the first there ever was"
        ))
    }

    fn other_zone(&mut self, at: Timestamp) -> Result<String, String> {
        let store = StoreNo(self.store.0.saturating_add(1));
        let register = RegisterNo(1);
        let east = Timestamp::new(at.utc_ms, at.offset_min.saturating_add(60));
        let east = east.ok_or("not played: there is no zone further east")?;
        let key = self.visitor("east.key")?;
        let made = Visitor::arriving(store, register, key, east).and_then(|mut visitor| {
            visitor.declares(east)?;
            Some(visitor)
        });
        let visitor = made.ok_or("not played: no such journal can be made")?;
        self.bring(&visitor, (store, register))?;
        let file = visitor.file();
        let last = file.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
        let read = last.and_then(|line| Envelope::read(line).ok());
        let read = read.ok_or("the journal of the other store can't be read")?.header.at;
        if read.utc_ms != at.utc_ms || read.to_string() == at.to_string() {
            return Err(format!("{read} and {at} should be the same moment"));
        }
        Ok(format!("store {store} declared it at {read}, this one at {at}: the same moment in UTC"))
    }

    fn compare_pickups(&mut self, goods: &[Item]) -> Result<String, String> {
        let store = self.store;
        let goods: Vec<Item> =
            goods.iter().filter(|item| tables::is_soup(&item.code)).cloned().collect();
        let online = online(&goods).ok_or("not played: the given pack has other goods")?;
        let central = self.own()?.central().map_err(|error| words(&error))?;
        central.settle();
        let door = central.door();
        let claims = door.pickup_claims(store).map_err(|error| words(&error))?;
        let compared = compare(&claims, Some(&online));
        let mut verdicts: BTreeMap<&str, u64> = BTreeMap::new();
        for verdict in compared.iter().filter_map(|one| one.verdict) {
            let count = verdicts.entry(verdict.word()).or_default();
            *count = count.saturating_add(1);
        }
        let matched = compared.iter().filter(|one| one.verdict == Some(Verdict::Matched));
        let still = matched.flat_map(|one| one.net.values());
        if still.clone().any(|quantity| *quantity != Quantity::default()) {
            return Err("what matched would be taken off stock twice".to_owned());
        }
        let missing = ["matched", "already_closed", "not_found", "quantity_differs", "duplicate"]
            .into_iter()
            .find(|word| !verdicts.contains_key(word));
        if let Some(missing) = missing {
            return Err(format!("no claim is {missing}: {verdicts:?}"));
        }
        let found = exceptions(&compared);
        for exception in &found {
            door.keep_exception(exception.clone()).map_err(|error| words(&error))?;
        }
        let refunds: Vec<&str> = claims
            .iter()
            .filter(|claim| claim.outcome == Outcome::RefundRequested)
            .map(|claim| claim.order.as_str())
            .collect();
        let said: Vec<String> =
            verdicts.iter().map(|(word, count)| format!("{word} {count}")).collect();
        Ok(format!(
            "{}; what matched is booked by the order itself, nothing is taken off again; {} kept \
             for a person; refunds to work on: {}",
            said.join(", "),
            found.len(),
            refunds.join(", ")
        ))
    }
}

/// What the online system says once it is back: two orders are as they were, one was closed
/// meanwhile, and what was placed last is not there any more.
fn online(goods: &[Item]) -> Option<Online> {
    let one = |number: &str, state, lines: &[(usize, i64)]| {
        let line = |(place, pieces): &(usize, i64)| {
            Some((goods.get(*place)?.code.clone(), Quantity::pieces(*pieces).ok()?))
        };
        let lines = lines.iter().map(line).collect::<Option<_>>()?;
        Some((OrderNo::parse(number).ok()?, OnlineOrder { state, lines }))
    };
    let orders = tables::orders().into_iter().map(|order| {
        let closed = order.number == ORDER_CLOSED;
        let state = if closed { OnlineState::Closed } else { OnlineState::Open };
        one(order.number, state, order.lines)
    });
    orders.collect()
}

/// Keeps an old key file beside the new one, under the first free name.
fn set_aside(path: &Path) -> std::io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let free = (1..1_000_u32).map(|place| path.with_extension(format!("old{place}")));
    let mut free = free.filter(|place| !place.exists());
    let place = free.next().ok_or_else(|| std::io::Error::other("too many old keys"))?;
    std::fs::rename(path, place)
}
