//! Building a pack: a store's tables in, one signed file out, or a list of every row that is wrong.
//!
//! ```text
//!  policy ─▶ taxes ─▶ people ─▶ items ─▶ labels, goods ─▶ any bad row?  ─▶ digest ─▶ trailer
//!                                                              │            ─▶ fsync ─▶ rename
//!                                                              └─▶ listed, nothing built
//! ```
//!
//! Rows of items and people may be left out on request. Rows of the other tables never:
//! without them other sales would be wrong.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::badge::BadgeKey;
use super::blocked;
use super::check::{self, EXEMPT, ITEMS_MAX, TAX_ROWS_MAX};
use super::error::{BadRow, BuildError};
use super::fast::{FAST_MAX, fast_row};
use super::file::{Incoming, digest_of};
use super::goods::{self, GoodsRows};
use super::key::PackSigner;
use super::people::{self, PEOPLE};
use super::pin::{PinCost, UserKey};
use super::policy::{PolicyRows, ReadPolicy};
use super::policy_check;
use super::rows::walk;
use super::source::Source;
use super::trailer::{self, Manifest};
use super::version::parts;
use super::{labels, orders, recalls};
use crate::device::entropy::Entropy;
use crate::domain::ids::{PackVersion, PersonId, StoreNo};
use crate::domain::item::{Item, SoldBy};
use crate::domain::tax::TaxRow;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::hash::to_hex;

pub(super) const SCHEMA: &str = include_str!("../../schema/pack/1.sql");
/// `TdPk`, so that `file` and other tools tell a pack from other databases.
pub(super) const APPLICATION_ID: i32 = 0x5464_506B;
/// Rows between two reports of progress.
const STRIDE: u64 = 1024;

const ITEMS: &str = "items.csv";
const TAXES: &str = "taxes.csv";
pub(super) const POLICY: &str = "policy.csv";
const FAST: &str = "fast.csv";

/// What to build, from what, and how.
pub struct BuildOrder<'a> {
    /// The tables.
    pub source: &'a Source<'a>,
    /// The file to write; one that is there is replaced as a whole.
    pub out: &'a Path,
    /// The retailer's key.
    pub signer: &'a PackSigner,
    /// The pack's version: a day and its count.
    pub version: &'a PackVersion,
    /// The time of building.
    pub published_at: Timestamp,
    /// Leave out bad rows of items and people instead of refusing.
    pub skip_bad_rows: bool,
    /// What one try of a PIN costs.
    pub pin_cost: PinCost,
    /// Salts and user keys.
    pub entropy: &'a dyn Entropy,
}

/// What was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildReport {
    /// The file.
    pub file: PathBuf,
    /// The store it is for.
    pub store: StoreNo,
    /// Its version.
    pub version: PackVersion,
    /// SHA-256 of its pages.
    pub digest: [u8; 32],
    /// Items in it.
    pub items: u64,
    /// Tax rows in it.
    pub taxes: u64,
    /// People in it.
    pub people: u64,
    /// What it knows of labels, gift cards and recalls.
    pub codes: CodeRows,
    /// What it knows of stock and deliveries.
    pub goods: GoodsRows,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The rows that were left out.
    pub left_out: Vec<BadRow>,
    /// Tax classes of which no row holds on the day of building: their items bear no tax then.
    pub untaxed_today: Vec<String>,
}

/// How many rows the tables have that a store may leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeRows {
    /// Layouts of labels.
    pub labels: u64,
    /// Ranges of gift cards.
    pub gift_cards: u64,
    /// Recalled items and batches.
    pub recalls: u64,
}

/// Builds and signs one pack. `progress` hears of the item rows read so far.
///
/// # Errors
/// [`BuildError`]; a pack that was at the place before is then untouched.
pub fn build(order: &BuildOrder<'_>, progress: &dyn Fn(u64)) -> Result<BuildReport, BuildError> {
    build_with(order, BuildKeys::default(), progress)
}

/// The keys that a build may be given.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildKeys<'a> {
    /// Central's public key that registers seal personal data to. It goes before the one of
    /// policy.csv.
    pub seal: Option<&'a [u8; 32]>,
    /// What badges are made with.
    pub badge: Option<&'a BadgeKey>,
}

/// The same, with other keys.
///
/// # Errors
/// [`BuildError`]; a pack that was at the place before is then untouched.
pub fn build_with(
    order: &BuildOrder<'_>,
    keys: BuildKeys<'_>,
    progress: &dyn Fn(u64),
) -> Result<BuildReport, BuildError> {
    if parts(order.version).is_none() {
        return Err(BuildError::Version(order.version.to_string()));
    }
    if !order.pin_cost.is_sound() {
        return Err(BuildError::PinCost);
    }
    let write_failed = |source| BuildError::Write { file: order.out.to_owned(), source };
    let incoming = Incoming::beside(order.out).map_err(write_failed)?;
    let mut connection = create(incoming.path(), order.out)?;
    let (filled, bad) = fill(&mut connection, order, keys, progress)?;
    connection.close().map_err(|(_connection, error)| error)?;
    let manifest = seal(incoming.path(), order, &filled).map_err(write_failed)?;
    incoming.place(order.out).map_err(write_failed)?;
    Ok(BuildReport {
        file: order.out.to_owned(),
        store: filled.store,
        version: order.version.clone(),
        digest: manifest.1,
        items: filled.items,
        taxes: filled.taxes,
        people: filled.people,
        codes: filled.codes,
        goods: filled.goods,
        bytes: manifest.0.bytes.saturating_add(trailer::TRAILER_LEN),
        left_out: bad,
        untaxed_today: filled.untaxed_today,
    })
}

/// Reads all tables as [`build`] does, in memory, and builds nothing: the rows that would be left
/// out.
///
/// # Errors
/// [`BuildError`] as [`build`] would give it.
pub fn check_tables(order: &BuildOrder<'_>) -> Result<Vec<BadRow>, BuildError> {
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch(SCHEMA)?;
    fill(&mut connection, order, BuildKeys::default(), &|_rows| ()).map(|(_, bad)| bad)
}

/// Fills and commits the tables, or tells what stands against it.
fn fill(
    connection: &mut Connection,
    order: &BuildOrder<'_>,
    keys: BuildKeys<'_>,
    progress: &dyn Fn(u64),
) -> Result<(Filled, Vec<BadRow>), BuildError> {
    let transaction = connection.transaction()?;
    let (bad, users) = (Vec::new(), Vec::new());
    let mut desk = Desk { order, keys, bad, users, transaction };
    let filled = desk.fill(progress)?;
    let Desk { bad, transaction, .. } = desk;
    let refused = bad.iter().any(|row| !order.skip_bad_rows || !row.may_be_left_out);
    let Some(filled) = filled.filter(|_| !refused) else { return Err(BuildError::BadRows(bad)) };
    for (file, rows) in [(ITEMS, filled.items), (PEOPLE, filled.people)] {
        if rows == 0 {
            return Err(BuildError::Empty(file));
        }
    }
    transaction.commit()?;
    Ok((filled, bad))
}

/// What went into the tables.
struct Filled {
    store: StoreNo,
    items: u64,
    taxes: u64,
    people: u64,
    codes: CodeRows,
    goods: GoodsRows,
    untaxed_today: Vec<String>,
}

struct Desk<'a, 'c> {
    order: &'a BuildOrder<'a>,
    keys: BuildKeys<'a>,
    bad: Vec<BadRow>,
    /// What each person's PIN opens.
    users: Vec<(PersonId, UserKey)>,
    transaction: Transaction<'c>,
}

impl Desk<'_, '_> {
    /// Reads all tables, so that every bad row is found; none without a usable policy.
    fn fill(&mut self, progress: &dyn Fn(u64)) -> Result<Option<Filled>, BuildError> {
        let policy = self.policy()?;
        let taxes = self.taxes()?;
        self.check_departments(policy.as_ref(), &taxes);
        // Rows are checked against a policy that is not there by what most stores have, so that
        // one run lists as much as can be known.
        let badge_key = self.keys.badge;
        let (people, users) =
            people::fill(self.order, badge_key, &self.transaction, policy.as_ref(), &mut self.bad)?;
        self.users = users;
        let unit = policy.as_ref().map_or("lb", |read| read.policy.weight_unit.as_str());
        let items = self.items(unit, &taxes, progress)?;
        if let Some(read) = &policy {
            let (source, store) = (self.order.source, read.policy.store);
            let version = self.order.version;
            blocked::fill(source, &self.transaction, store, version, &mut self.bad)?;
        }
        let (source, transaction, bad) = (self.order.source, &self.transaction, &mut self.bad);
        let (labels, gift_cards) = labels::fill(source, transaction, bad)?;
        let recalls = recalls::fill(source, transaction, bad)?;
        let goods = goods::fill(source, transaction, self.order.published_at, bad)?;
        let sealing = (self.users.as_slice(), self.order.entropy);
        let orders = orders::fill(source, transaction, sealing, bad)?;
        let goods = GoodsRows { orders, ..goods };
        self.fast()?;
        let today = self.order.published_at.local_date();
        let len = u64::try_from(taxes.len()).unwrap_or(u64::MAX);
        Ok(policy.map(|read| Filled {
            store: read.policy.store,
            items,
            taxes: len,
            people,
            codes: CodeRows { labels, gift_cards, recalls },
            goods,
            untaxed_today: untaxed(&taxes, today),
        }))
    }

    fn policy(&mut self) -> Result<Option<ReadPolicy>, BuildError> {
        let mut rows = PolicyRows::default();
        let bad = &mut self.bad;
        walk(self.order.source, POLICY, &["key", "value"], |line, fields| {
            let added = match fields {
                Ok([key, value]) => rows.add(line, key, value),
                Ok(_) => Err("the row is incomplete".to_owned()),
                Err(reason) => Err(reason),
            };
            if let Err(reason) = added {
                bad.push(BadRow { file: POLICY, line, reason, may_be_left_out: false });
            }
            Ok(())
        })?;
        if let Some(key) = self.keys.seal {
            rows.put(policy_check::SEAL_KEY, to_hex(key));
        }
        for (key, value) in rows.iter() {
            self.transaction
                .prepare_cached("INSERT INTO policy (key, value) VALUES (?1, ?2)")?
                .execute(params![key, value])?;
        }
        match rows.read() {
            Ok(read) => Ok(Some(read)),
            Err(wrong) => {
                bad.extend(wrong.into_iter().map(|(line, reason)| BadRow {
                    file: POLICY,
                    line,
                    reason,
                    may_be_left_out: false,
                }));
                Ok(None)
            }
        }
    }

    /// A department of a class that no row taxes would sell without tax, in silence.
    fn check_departments(&mut self, policy: Option<&ReadPolicy>, taxes: &[TaxRow]) {
        for department in policy.into_iter().flat_map(|read| &read.policy.departments) {
            let class = &department.tax_class;
            if class.as_str() != EXEMPT && !taxes.iter().any(|row| row.class == *class) {
                let number = department.number;
                let reason = format!(
                    "department_{number}: the tax class '{class}' has no row in {TAXES}; write \
                     '{EXEMPT}' if it bears no tax"
                );
                self.bad.push(BadRow { file: POLICY, line: 1, reason, may_be_left_out: false });
            }
        }
    }

    fn taxes(&mut self) -> Result<Vec<TaxRow>, BuildError> {
        let mut rows: Vec<(u64, TaxRow)> = Vec::new();
        let bad = &mut self.bad;
        let columns = ["code", "class", "percent", "from", "until"];
        walk(self.order.source, TAXES, &columns, |line, fields| {
            let read = fields.and_then(check::tax_row).and_then(|row| {
                match rows.iter().find(|(_, other)| check::overlap(&row, other)) {
                    Some((first, _)) => Err(format!(
                        "{} would tax {} twice on some days, see line {first}; end one row \
                         before the other begins",
                        row.code, row.class
                    )),
                    None => Ok(row),
                }
            });
            match read {
                Ok(row) => rows.push((line, row)),
                Err(reason) => {
                    bad.push(BadRow { file: TAXES, line, reason, may_be_left_out: false });
                }
            }
            within(TAXES, rows.len(), TAX_ROWS_MAX)
        })?;
        for (place, (_, row)) in (0_i64..).zip(&rows) {
            self.transaction
                .prepare_cached(
                    "INSERT INTO tax (place, code, class, rate, from_day, until_day) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    place,
                    row.code.as_str(),
                    row.class.as_str(),
                    row.rate.tenmillionths(),
                    row.from.to_string(),
                    row.until.map(|until| until.to_string()),
                ])?;
        }
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    fn items(
        &mut self,
        weight_unit: &str,
        taxes: &[TaxRow],
        progress: &dyn Fn(u64),
    ) -> Result<u64, BuildError> {
        let (bad, transaction) = (&mut self.bad, &self.transaction);
        let mut lines: HashMap<i64, u64> = HashMap::new();
        let mut seen: u64 = 0;
        let columns =
            ["code", "name", "unit_price", "sold_by", "tax_class", "department", "age_min"];
        let mut insert = transaction.prepare(
            "INSERT INTO item (key, code, name, unit_price, by_weight, tax_class, department, \
             age_min) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        walk(self.order.source, ITEMS, &columns, |line, fields| {
            let own_codes = matches!(self.order.source, Source::OwnCodes { .. });
            let checked = |fields: &[&str]| check::item(fields, weight_unit, own_codes);
            let read = fields.and_then(checked).and_then(|item| {
                let class = &item.tax_class;
                if class.as_str() != EXEMPT && !taxes.iter().any(|row| row.class == *class) {
                    return Err(format!(
                        "the tax class '{class}' has no row in {TAXES}; write '{EXEMPT}' if it \
                         bears no tax"
                    ));
                }
                let key = check::item_key(&item.code).ok_or("the code has no key")?;
                match lines.get(&key) {
                    Some(first) => Err(format!("{} is already on line {first}", item.code)),
                    None => Ok((key, item)),
                }
            });
            match read {
                Ok((key, item)) => {
                    lines.insert(key, line);
                    insert_item(&mut insert, key, &item)?;
                }
                Err(reason) => {
                    bad.push(BadRow { file: ITEMS, line, reason, may_be_left_out: true })
                }
            }
            seen = seen.saturating_add(1);
            if seen.is_multiple_of(STRIDE) {
                progress(seen);
            }
            within(ITEMS, lines.len(), ITEMS_MAX)
        })?;
        progress(seen);
        Ok(u64::try_from(lines.len()).unwrap_or(u64::MAX))
    }
}

impl Desk<'_, '_> {
    /// The fast items; a store need not have any.
    fn fast(&mut self) -> Result<(), BuildError> {
        let (source, transaction) = (self.order.source, &self.transaction);
        if !source.has(FAST) {
            return Ok(());
        }
        let (bad, mut rows) = (&mut self.bad, 0_usize);
        walk(source, FAST, &["place", "code", "label", "picture"], |line, fields| {
            rows = rows.saturating_add(1);
            let read = fields.and_then(|fields| fast_row(fields, source, transaction));
            let added = match read {
                Ok((place, key, label, picture)) => transaction
                    .prepare_cached(
                        "INSERT INTO fast (place, key, label, picture) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![place, key, label, picture])
                    .map(|_rows| ())
                    .map_err(|_twice| format!("the place {place} is taken already")),
                Err(reason) => Err(reason),
            };
            if let Err(reason) = added {
                bad.push(BadRow { file: FAST, line, reason, may_be_left_out: true });
            }
            within(FAST, rows, FAST_MAX)
        })
    }
}

fn insert_item(
    insert: &mut rusqlite::Statement<'_>,
    key: i64,
    item: &Item,
) -> Result<(), BuildError> {
    insert.execute(params![
        key,
        item.code.as_str(),
        item.name,
        item.unit_price.tenthousandths(),
        item.sold_by == SoldBy::Weight,
        item.tax_class.as_str(),
        item.department,
        item.age_min,
    ])?;
    Ok(())
}

/// Classes of the table without a row on that day.
fn untaxed(taxes: &[TaxRow], today: BusinessDate) -> Vec<String> {
    let holds = |row: &&TaxRow| row.from <= today && row.until.is_none_or(|until| today <= until);
    let mut classes: Vec<String> = taxes
        .iter()
        .filter(|row| !taxes.iter().filter(holds).any(|other| other.class == row.class))
        .map(|row| row.class.to_string())
        .collect();
    classes.sort();
    classes.dedup();
    classes
}

pub(super) fn within(file: &'static str, rows: usize, most: u64) -> Result<(), BuildError> {
    if u64::try_from(rows).is_ok_and(|rows| rows <= most) {
        return Ok(());
    }
    Err(BuildError::TooMany { file, most })
}

/// A new database. It needs no journal: until it is whole, synced and renamed it does not exist.
fn create(temp: &Path, out: &Path) -> Result<Connection, BuildError> {
    let failed = |source| BuildError::Write { file: out.to_owned(), source };
    drop(OpenOptions::new().write(true).create_new(true).open(temp).map_err(failed)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(temp, flags)?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = {}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
         PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536; \
         PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};",
        trailer::TRAILER_LEN,
        super::FORMAT
    ))?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// Digests the pages, appends the trailer and makes the file durable.
fn seal(
    temp: &Path,
    order: &BuildOrder<'_>,
    filled: &Filled,
) -> std::io::Result<(Manifest, [u8; 32])> {
    let mut file = OpenOptions::new().read(true).write(true).open(temp)?;
    let bytes = file.metadata()?.len();
    let digest = digest_of(&file, bytes, &|_done| ())?;
    let manifest = Manifest {
        format: super::FORMAT,
        store: filled.store.0,
        version: order.version.to_string(),
        published_at: order.published_at.to_string(),
        bytes,
        sha256: to_hex(&digest),
        items: filled.items,
        key: order.signer.public().to_string(),
    };
    let trailer = trailer::write(&manifest, order.signer)
        .ok_or_else(|| std::io::Error::other("the manifest does not fit its block"))?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(&trailer)?;
    file.sync_all()?;
    Ok((manifest, digest))
}
