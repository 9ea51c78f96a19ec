//! An open pack: what the running till asks.
//!
//! Opening reads the trailer, verifies its signature, and hashes the pages only if the file is not
//! the one its mark says was verified. Policy and taxes are kept in memory, items are looked up:
//! a pack of any size costs the same few hundred kilobytes.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Row};

use super::blocked;
use super::build::{APPLICATION_ID, SCHEMA};
use super::check;
use super::error::PackError;
use super::file::{Mark, digest_of, open_plain};
use super::key::PackKey;
use super::policy::PolicyRows;
use super::trailer::{self, Manifest, Signed};
use super::{goods, labels, orders, people, recalls};
use crate::domain::check::AccountNo;
use crate::domain::check::routing::Routing;
use crate::domain::code::batch::Batch;
use crate::domain::code::reading::CodeRules;
use crate::domain::code::recall::Recall;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, TaxClass};
use crate::domain::item::{Item, SoldBy};
use crate::domain::policy::Policy;
use crate::domain::quantity::UnitPrice;
use crate::domain::tax::{TaxRate, TaxRow, TaxTable};
use crate::domain::time::{BusinessDate, Timestamp};

const ITEM: &str = "SELECT code, name, unit_price, by_weight, tax_class, department, age_min \
                    FROM item WHERE key = ?1";
/// Place, key, label and picture.
type FastRow = (u16, i64, String, Option<Vec<u8>>);
/// Rows between two reports of progress.
const STRIDE: u64 = 4096;

/// A file whose pages were verified to the last byte: another one, or one that was written to
/// since, differs from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified(Mark);

/// One verified pack, open for reading.
#[derive(Debug)]
pub struct Pack {
    path: PathBuf,
    file: File,
    connection: Connection,
    signed: Signed,
    mark: Mark,
    policy: Policy,
    taxes: TaxTable,
    blocked: u64,
    code_rules: CodeRules,
    /// Packs of programs that knew no recalls have no such table.
    has_recalls: bool,
    /// Somebody signs with a badge.
    has_badges: bool,
}

impl Pack {
    /// Opens a pack signed by `trusted`.
    ///
    /// # Errors
    /// [`PackError`], one for each way a file can be no pack of this retailer.
    pub fn open(path: &Path, trusted: &PackKey) -> Result<Self, PackError> {
        Self::open_again(path, trusted, None)
    }

    /// The same for whoever opened it before and keeps [`Pack::verified`]: the file's pages are
    /// not hashed again where it is the same one.
    ///
    /// # Errors
    /// As [`Pack::open`].
    pub fn open_again(
        path: &Path,
        trusted: &PackKey,
        before: Option<&Verified>,
    ) -> Result<Self, PackError> {
        let failed = |source| PackError::Io { file: path.to_owned(), source };
        let file = open_plain(path).map_err(failed)?;
        let signed = trailer::read(&file, path, trusted)?;
        let mark = Mark::of(&file.metadata().map_err(failed)?, &signed.manifest.sha256);
        let known = before.is_some_and(|Verified(before)| *before == mark);
        if !known && Mark::beside(path).as_ref() != Some(&mark) {
            digest_matches(&file, path, &signed, &|_done| ())?;
        }
        Self::with(path, file, signed, mark)
    }

    /// Which file it was when its pages were verified.
    pub fn verified(&self) -> Verified {
        Verified(self.mark.clone())
    }

    /// The pack's version.
    pub const fn version(&self) -> &PackVersion {
        &self.signed.version
    }

    /// SHA-256 of the pack's pages, as signed.
    pub const fn digest(&self) -> [u8; 32] {
        self.signed.digest
    }

    /// When it was built.
    pub const fn published_at(&self) -> Timestamp {
        self.signed.published_at
    }

    /// What was signed.
    pub const fn manifest(&self) -> &Manifest {
        &self.signed.manifest
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The store's rules.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The tax table, expired and future rows too.
    pub const fn taxes(&self) -> &TaxTable {
        &self.taxes
    }

    /// How codes are read in this store: its labels, gift cards and scanners.
    pub const fn code_rules(&self) -> &CodeRules {
        &self.code_rules
    }

    /// True when somebody of the store signs with badge and PIN.
    pub const fn has_badges(&self) -> bool {
        self.has_badges
    }

    /// What the list of recalls says of a package; none when nothing.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn recall(
        &self,
        code: &ItemCode,
        batch: Option<&Batch>,
    ) -> Result<Option<Recall>, PackError> {
        if !self.has_recalls {
            return Ok(None);
        }
        recalls::look_up(&self.connection, code, batch).map_err(self.database())
    }

    /// How many items it holds, as signed.
    pub const fn item_count(&self) -> u64 {
        self.signed.manifest.items
    }

    /// The item of a code; none when the pack does not know it.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or the row holds what no pack may hold.
    pub fn item(&self, code: &ItemCode) -> Result<Option<Item>, PackError> {
        let Some(key) = check::item_key(code) else { return Ok(None) };
        let mut select = self.connection.prepare_cached(ITEM).map_err(self.database())?;
        let mut rows = select.query([key]).map_err(self.database())?;
        let Some(row) = rows.next().map_err(self.database())? else { return Ok(None) };
        let item = self.item_of(row)?;
        Ok((item.code == *code).then_some(item))
    }

    /// A check of this account is not to be taken now. Takes some ten milliseconds where there is
    /// a list, none where there is none.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn is_blocked(&self, routing: Routing, account: &AccountNo) -> Result<bool, PackError> {
        if self.blocked == 0 {
            return Ok(false);
        }
        let digest = blocked::digest(self.policy.store, self.version(), routing, account);
        blocked::holds(&self.connection, &digest).map_err(self.database())
    }

    /// How many accounts are on that list; it is as old as the pack.
    pub const fn blocked_count(&self) -> u64 {
        self.blocked
    }

    /// The item under a key that was read before.
    pub(super) fn item_of_key(&self, key: i64) -> Result<Option<Item>, PackError> {
        let mut select = self.connection.prepare_cached(ITEM).map_err(self.database())?;
        let mut rows = select.query([key]).map_err(self.database())?;
        rows.next().map_err(self.database())?.map(|row| self.item_of(row)).transpose()
    }

    /// Place, key, label and picture of the fast items. Packs built before there were any lack the
    /// table.
    pub(super) fn fast_rows(&self, most: u64) -> Result<Vec<FastRow>, PackError> {
        let read = || -> rusqlite::Result<Vec<FastRow>> {
            let there: bool = self.connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'fast')",
                [],
                |row| row.get(0),
            )?;
            if !there {
                return Ok(Vec::new());
            }
            self.connection
                .prepare(&format!(
                    "SELECT place, key, label, picture FROM fast ORDER BY place LIMIT {most}"
                ))?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
                .collect()
        };
        read().map_err(self.database())
    }

    /// Key, code, name and price of every item, in the order of the keys.
    pub(super) fn each_item(
        &self,
        each: &mut dyn FnMut(i64, &str, &str, i64),
    ) -> Result<(), PackError> {
        let mut select = self
            .connection
            .prepare("SELECT key, code, name, unit_price FROM item ORDER BY key")
            .map_err(self.database())?;
        let mut rows = select.query([]).map_err(self.database())?;
        while let Some(row) = rows.next().map_err(self.database())? {
            let text = |at| -> rusqlite::Result<&str> { Ok(row.get_ref(at)?.as_str()?) };
            let (code, name) = (text(1).map_err(self.database())?, text(2));
            let (key, price) = (row.get(0).map_err(self.database())?, row.get(3));
            let (name, price) = (name.map_err(self.database())?, price.map_err(self.database())?);
            each(key, code, name, price);
        }
        Ok(())
    }

    /// Verifies every byte and every row, whatever a mark says. `progress` hears of bytes first,
    /// then of rows beyond them.
    ///
    /// # Errors
    /// [`PackError`] for the first thing found.
    pub fn verify_all(&self, progress: &dyn Fn(u64)) -> Result<(), PackError> {
        digest_matches(&self.file, &self.path, &self.signed, progress)?;
        self.structure()?;
        self.people()?;
        self.fast_items()?;
        if self.has_recalls {
            let rows = recalls::verify(&self.connection).map_err(self.database())?;
            rows.map_err(|what| self.content(what))?;
        }
        for verify in [goods::verify, orders::verify] {
            let rows = verify(&self.connection).map_err(self.database())?;
            rows.map_err(|what| self.content(what))?;
        }
        let mut select = self
            .connection
            .prepare(
                "SELECT code, name, unit_price, by_weight, tax_class, department, age_min, key \
                 FROM item ORDER BY key",
            )
            .map_err(self.database())?;
        let mut rows = select.query([]).map_err(self.database())?;
        let mut count: u64 = 0;
        while let Some(row) = rows.next().map_err(self.database())? {
            let item = self.item_of(row)?;
            let key: i64 = row.get(7).map_err(self.database())?;
            if check::item_key(&item.code) != Some(key) {
                return Err(self.content(format!("the item {} under another's key", item.code)));
            }
            let class = &item.tax_class;
            if class.as_str() != check::EXEMPT
                && !self.taxes.rows().iter().any(|row| row.class == *class)
            {
                return Err(self.content(format!("the item {} of an unknown tax class", item.code)));
            }
            count = count.saturating_add(1);
            if count.is_multiple_of(STRIDE) {
                progress(self.signed.manifest.bytes.saturating_add(count));
            }
        }
        if count != self.item_count() {
            return Err(self.content(format!("{count} items instead of {}", self.item_count())));
        }
        Ok(())
    }

    /// The mark of the file as it was before it was verified: a change since then differs from it.
    pub(super) const fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Reads policy and taxes of a file whose trailer was verified.
    fn with(path: &Path, file: File, signed: Signed, mark: Mark) -> Result<Self, PackError> {
        let connection = connect(path)?;
        let failed = |source| PackError::Io { file: path.to_owned(), source };
        // SQLite opened the path by itself: it must have met the file that was verified.
        let named = std::fs::symlink_metadata(path).map_err(failed)?;
        let ours = file.metadata().map_err(failed)?;
        if (named.dev(), named.ino()) != (ours.dev(), ours.ino()) {
            return Err(PackError::Changed(path.to_owned()));
        }
        let database = |source| PackError::Database { file: path.to_owned(), source };
        let content = |what: String| PackError::Content { file: path.to_owned(), what };
        let policy = read_policy(&connection, path)?;
        let taxes = read_taxes(&connection, path)?;
        let code_rules = read_code_rules(&connection, path, &policy)?;
        let has_recalls = has_table(&connection, "recall").map_err(database)?;
        let has_badges = people::any_badge(&connection).map_err(database)?;
        let id: i32 = connection
            .query_row("PRAGMA application_id", [], |row| row.get(0))
            .map_err(database)?;
        if id != APPLICATION_ID || policy.store != signed.store {
            return Err(content("a policy of another store than its manifest".to_owned()));
        }
        let blocked = blocked::count(&connection).map_err(database)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            connection,
            signed,
            mark,
            policy,
            taxes,
            blocked,
            code_rules,
            has_recalls,
            has_badges,
        })
    }

    fn item_of(&self, row: &Row<'_>) -> Result<Item, PackError> {
        let read = || -> rusqlite::Result<_> {
            let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(4)?);
            let price: i64 = row.get(2)?;
            let by_weight: bool = row.get(3)?;
            let numbers: (u16, Option<u8>) = (row.get(5)?, row.get(6)?);
            Ok((texts, price, by_weight, numbers))
        };
        let ((code, name, class), price, by_weight, (department, age_min)) =
            read().map_err(self.database())?;
        let item = || {
            if age_min.is_some_and(|years| check::age(years).is_none()) {
                return Err("an absurd age".to_owned());
            }
            Ok(Item {
                code: ItemCode::parse(&code).map_err(|error| error.to_string())?,
                name: check::shown(&name, "the name")?,
                unit_price: check::unit_price(UnitPrice::from_tenthousandths(price))?,
                sold_by: if by_weight { SoldBy::Weight } else { SoldBy::Each },
                tax_class: TaxClass::parse(&class).map_err(|error| error.to_string())?,
                department,
                age_min,
            })
        };
        item().map_err(|what| self.content(format!("item {}: {what}", check::quoted(&code))))
    }

    /// The database is whole and holds exactly the known tables: no view, trigger or index that a
    /// stolen key might have slipped in.
    fn structure(&self) -> Result<(), PackError> {
        let first: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(self.database())?;
        if first != "ok" {
            return Err(self.content(format!("a damaged page: {first}")));
        }
        let mut select = self
            .connection
            .prepare("SELECT sql FROM sqlite_schema ORDER BY rowid")
            .map_err(self.database())?;
        let mut rows = select.query([]).map_err(self.database())?;
        while let Some(row) = rows.next().map_err(self.database())? {
            let sql: Option<String> = row.get(0).map_err(self.database())?;
            if !sql.is_some_and(|sql| sql.starts_with("CREATE TABLE ") && SCHEMA.contains(&sql)) {
                return Err(self.content("a table that is not of this format".to_owned()));
            }
        }
        Ok(())
    }

    pub(super) fn content(&self, what: String) -> PackError {
        PackError::Content { file: self.path.clone(), what }
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn database(&self) -> impl Fn(rusqlite::Error) -> PackError + '_ {
        |source| PackError::Database { file: self.path.clone(), source }
    }
}

fn digest_matches(
    file: &File,
    path: &Path,
    signed: &Signed,
    progress: &dyn Fn(u64),
) -> Result<(), PackError> {
    let digest = digest_of(file, signed.manifest.bytes, progress)
        .map_err(|source| PackError::Io { file: path.to_owned(), source })?;
    if digest == signed.digest { Ok(()) } else { Err(PackError::Changed(path.to_owned())) }
}

/// Opens the database for reading only. `immutable`: nobody writes it, so SQLite takes no locks
/// and looks for no journal. Never memory-mapped: a fault reads ahead eight megabytes.
fn connect(path: &Path) -> Result<Connection, PackError> {
    let absolute = std::path::absolute(path)
        .map_err(|source| PackError::Io { file: path.to_owned(), source })?;
    let mut uri = String::from("file://");
    for byte in absolute.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(&uri, flags)?;
        connection.execute_batch(
            "PRAGMA mmap_size = 0; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;",
        )?;
        Ok(connection)
    };
    open().map_err(|source| PackError::Database { file: path.to_owned(), source })
}

fn read_policy(connection: &Connection, path: &Path) -> Result<Policy, PackError> {
    let mut rows = PolicyRows::default();
    let mut problem = None;
    let mut gather = || -> rusqlite::Result<()> {
        let mut select = connection.prepare("SELECT key, value FROM policy")?;
        let mut found = select.query([])?;
        while let Some(row) = found.next()? {
            let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
            problem = problem.take().or(rows.add(0, &key, &value).err());
        }
        Ok(())
    };
    gather().map_err(|source| PackError::Database { file: path.to_owned(), source })?;
    let content = |what| PackError::Content { file: path.to_owned(), what };
    if let Some(what) = problem {
        return Err(content(what));
    }
    rows.read().map(|read| read.policy).map_err(|wrong| {
        content(wrong.into_iter().next().map_or_else(String::new, |(_, reason)| reason))
    })
}

/// How codes are read; a pack of a program that knew no labels and gift cards has none.
fn read_code_rules(
    connection: &Connection,
    path: &Path,
    policy: &Policy,
) -> Result<CodeRules, PackError> {
    let database = |source| PackError::Database { file: path.to_owned(), source };
    let content = |what| PackError::Content { file: path.to_owned(), what };
    let mut rules = CodeRules { separator: policy.scanner_separator.clone(), ..Default::default() };
    if has_table(connection, "label").map_err(database)? {
        rules.layouts = labels::read_layouts(connection).map_err(database)?.map_err(content)?;
    }
    if has_table(connection, "gift_card").map_err(database)? {
        rules.gift_cards =
            labels::read_gift_cards(connection).map_err(database)?.map_err(content)?;
    }
    Ok(rules)
}

pub(super) fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    connection.query_row(sql, [name], |row| row.get(0))
}

fn read_taxes(connection: &Connection, path: &Path) -> Result<TaxTable, PackError> {
    let gather = || -> rusqlite::Result<Vec<_>> {
        let most = check::TAX_ROWS_MAX;
        connection
            .prepare(&format!(
                "SELECT code, class, rate, from_day, until_day FROM tax ORDER BY place LIMIT {most}"
            ))?
            .query_map([], |row| {
                let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
                Ok((texts, row.get::<_, i64>(2)?, row.get::<_, Option<String>>(4)?))
            })?
            .collect()
    };
    let found = gather().map_err(|source| PackError::Database { file: path.to_owned(), source })?;
    let rows: Option<Vec<TaxRow>> = found
        .into_iter()
        .map(|((code, class, from), rate, until)| {
            Some(TaxRow {
                code: TaxClass::parse(&code).ok()?,
                class: TaxClass::parse(&class).ok()?,
                rate: TaxRate::from_tenmillionths(
                    (0..=10_000_000).contains(&rate).then_some(rate)?,
                ),
                from: BusinessDate::parse(&from).ok()?,
                until: until
                    .map(|until| BusinessDate::parse(&until).ok())
                    .map_or(Some(None), |u| u.map(Some))?,
            })
        })
        .collect();
    rows.map(TaxTable::new).ok_or_else(|| PackError::Content {
        file: path.to_owned(),
        what: "a tax row that is none".to_owned(),
    })
}
