//! orders.csv: what customers ordered online and fetch in the store. It may be left out.
//!
//! ```text
//!  orders.csv ─▶ pickup_order   one row an order: staged, until, the name under its own key
//!             ─▶ pickup_line    one row an item
//!             ─▶ pickup_word    one row a word of a name: its tag, and what it opens
//!  people    ─▶ pickup_key     the key to all of it, one row a person, under their PIN's
//! ```
//!
//! No message repeats a name or a code: a list of bad rows is printed and mailed. An order with a
//! bad row is left out as a whole, where bad rows may be left out: half an order is none.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use zeroize::Zeroizing;

use super::check::{quoted, shown};
use super::error::{BadRow, BuildError, PackError};
use super::goods::item_code;
use super::open::{Pack, has_table};
use super::order_seal::{
    CustomerName, OneUse, OrderKey, SEALED_KEY_LEN, SEALED_NAME_LEN, TAG_LEN, code, words,
};
use super::pin::UserKey;
use super::rows::walk;
use super::source::Source;
use crate::device::entropy::{Entropy, NoEntropy};
use crate::domain::goods::carton::OrderNo;
use crate::domain::goods::{LINES_MAX, is_amount};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::money::Money;
use crate::domain::pickup::{ASKED_MAX, OrderLine, PLACE_LEN_MAX, PickupOrder};
use crate::domain::quantity::Quantity;
use crate::domain::time::BusinessDate;

const ORDERS: &str = "orders.csv";
const COLUMNS: [&str; 9] =
    ["order", "code", "name", "item", "quantity", "paid", "place", "state", "until"];
/// The most orders.
pub const ORDERS_MAX: u64 = 5_000;
/// The most orders that are listed.
const LISTED_MAX: i64 = 200;
/// The most orders that a name gives.
const NAMED_MAX: usize = 20;

/// An order in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderHead {
    /// Its number.
    pub number: OrderNo,
    /// Its goods stand ready.
    pub staged: bool,
    /// The last day to fetch it.
    pub until: Option<BusinessDate>,
    /// Its items.
    pub lines: u64,
    /// Where its first item stands.
    pub place: String,
}

/// An order, how many lines it has, and where the first one stands.
type HeadRow = (Option<PickupOrder>, i64, Option<String>);
/// An order's number, what its own key is sealed in, and its name.
type NamedRow = (String, Vec<u8>, Vec<u8>);

/// What is the same in all rows of an order.
#[derive(PartialEq, Eq)]
struct Head {
    code: Zeroizing<String>,
    name: Zeroizing<String>,
    staged: bool,
    until: Option<BusinessDate>,
}

struct Gathered {
    first: u64,
    head: Head,
    lines: Vec<OrderLine>,
}

/// Fills the tables, where the source has orders; gives how many there are.
pub(super) fn fill(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    (users, entropy): (&[(PersonId, UserKey)], &dyn Entropy),
    bad: &mut Vec<BadRow>,
) -> Result<u64, BuildError> {
    if !source.has(ORDERS) {
        return Ok(0);
    }
    let mut orders: BTreeMap<OrderNo, Gathered> = BTreeMap::new();
    let mut spoilt: BTreeSet<OrderNo> = BTreeSet::new();
    walk(source, ORDERS, &COLUMNS, |line, fields| {
        let number = fields.as_ref().ok().and_then(|fields| fields.first().copied());
        let number = number.and_then(|text| OrderNo::parse(text).ok());
        let read = fields.and_then(row).and_then(|(number, head, item)| {
            let order = orders.entry(number).or_insert_with(|| Gathered {
                first: line,
                head: clone(&head),
                lines: Vec::new(),
            });
            put(order, &head, item)
        });
        if let Err(reason) = read {
            spoilt.extend(number);
            bad.push(BadRow { file: ORDERS, line, reason, may_be_left_out: true });
        }
        if u64::try_from(orders.len()).is_ok_and(|count| count <= ORDERS_MAX) {
            return Ok(());
        }
        Err(BuildError::TooMany { file: ORDERS, most: ORDERS_MAX })
    })?;
    orders.retain(|number, order| !spoilt.contains(number) && !order.lines.is_empty());
    if !orders.is_empty() {
        insert(transaction, &orders, users, entropy)?;
    }
    Ok(u64::try_from(orders.len()).unwrap_or(u64::MAX))
}

fn clone(head: &Head) -> Head {
    let Head { code, name, staged, until } = head;
    Head { code: code.clone(), name: name.clone(), staged: *staged, until: *until }
}

fn put(order: &mut Gathered, head: &Head, item: OrderLine) -> Result<(), String> {
    if order.head != *head {
        let first = order.first;
        return Err(format!("code, name, state or until differ from line {first}"));
    }
    if order.lines.iter().any(|line| line.code == item.code) {
        return Err(format!("this order has item {} already; add the quantities up", item.code));
    }
    if order.lines.len() >= LINES_MAX {
        return Err(format!("an order has at most {LINES_MAX} items"));
    }
    let paid = order.lines.iter().map(|line| line.paid).chain([item.paid]);
    if Money::sum(paid).ok().is_none_or(|sum| sum > ASKED_MAX) {
        return Err(format!("an order costs at most {ASKED_MAX}"));
    }
    order.lines.push(item);
    Ok(())
}

fn row(fields: &[&str]) -> Result<(OrderNo, Head, OrderLine), String> {
    let [number, pickup_code, name, item, quantity, paid, place, state, until] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    let number = order_number(number)?;
    let read = code(pickup_code);
    let pickup_code = read.ok_or("the code is not 4 to 16 letters and digits")?;
    let name = Zeroizing::new(shown(name, "the name")?);
    if words(&name).is_empty() {
        return Err("the name has no letter that it could be found by".to_owned());
    }
    let quantity = Quantity::parse(quantity)
        .ok()
        .filter(|quantity| is_amount(*quantity))
        .ok_or_else(|| format!("the quantity is '{}'; write 1 to 100000", quoted(quantity)))?;
    let paid = Money::parse(paid)
        .ok()
        .filter(|paid| *paid >= Money::ZERO && *paid <= ASKED_MAX)
        .ok_or_else(|| format!("paid is '{}'; write what was paid, 12.98", quoted(paid)))?;
    let place = match *place {
        "" => String::new(),
        text => shown(text, "the place")?,
    };
    if place.len() > PLACE_LEN_MAX {
        return Err(format!("the place is longer than {PLACE_LEN_MAX} bytes"));
    }
    let staged = match *state {
        "staged" => true,
        "not_staged" => false,
        other => {
            return Err(format!("the state is '{}'; write staged or not_staged", quoted(other)));
        }
    };
    let until = match *until {
        "" => None,
        text => Some(BusinessDate::parse(text).map_err(|_| {
            format!("until is '{}'; write a day as 2026-11-22, or nothing", quoted(text))
        })?),
    };
    let line = OrderLine { code: item_code(item)?, quantity, paid, place };
    Ok((number, Head { code: pickup_code, name, staged, until }, line))
}

fn order_number(text: &str) -> Result<OrderNo, String> {
    OrderNo::parse(text)
        .map_err(|_| "the order's number is not 1 to 24 letters, digits, '-', '.', '_', '/'".into())
}

fn insert(
    transaction: &Transaction<'_>,
    orders: &BTreeMap<OrderNo, Gathered>,
    users: &[(PersonId, UserKey)],
    entropy: &dyn Entropy,
) -> Result<(), BuildError> {
    let unsealed = || BuildError::PinCost;
    let key = OrderKey::of(random(entropy)?);
    for (person, user) in users {
        let sealed = key.seal(user).ok_or_else(unsealed)?;
        transaction
            .prepare_cached("INSERT INTO pickup_key (person, sealed) VALUES (?1, ?2)")?
            .execute(params![person.as_str(), sealed])?;
    }
    for (number, Gathered { head, lines, .. }) in orders {
        let own = OneUse::of(random(entropy)?);
        let name = own.seal_name(&head.name).ok_or_else(unsealed)?;
        let by_code = key.by_code(number, &head.code).seal_key(&own).ok_or_else(unsealed)?;
        transaction
            .prepare_cached(
                "INSERT INTO pickup_order (number, staged, until, name, by_code) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                number.as_str(),
                head.staged,
                head.until.map(|day| day.to_string()),
                name,
                by_code,
            ])?;
        for word in words(&head.name).iter() {
            let opens = key.by_word(number, word).seal_key(&own).ok_or_else(unsealed)?;
            transaction
                .prepare_cached("INSERT INTO pickup_word (tag, number, opens) VALUES (?1, ?2, ?3)")?
                .execute(params![key.tag(word), number.as_str(), opens])?;
        }
        for (place, line) in (1_i64..).zip(lines) {
            transaction
                .prepare_cached(
                    "INSERT INTO pickup_line (number, place, code, quantity, paid, stands) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    number.as_str(),
                    place,
                    line.code.as_str(),
                    line.quantity.tenthousandths(),
                    line.paid.minor(),
                    line.place,
                ])?;
        }
    }
    Ok(())
}

fn random(entropy: &dyn Entropy) -> Result<Zeroizing<[u8; 32]>, NoEntropy> {
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut_slice())?;
    Ok(bytes)
}

/// Looks at every row; a reason where one holds what no pack may hold.
pub(super) fn verify(connection: &Connection) -> rusqlite::Result<Result<(), String>> {
    if !has_table(connection, "pickup_order")? {
        return Ok(Ok(()));
    }
    let sealed =
        |sql: &str| -> rusqlite::Result<bool> { connection.query_row(sql, [], |row| row.get(0)) };
    let lengths = [
        format!(
            "SELECT NOT EXISTS (SELECT 1 FROM pickup_order WHERE length(name) <> {SEALED_NAME_LEN} \
             OR length(by_code) <> {SEALED_KEY_LEN})"
        ),
        format!(
            "SELECT NOT EXISTS (SELECT 1 FROM pickup_word WHERE length(tag) <> {TAG_LEN} \
             OR length(opens) <> {SEALED_KEY_LEN})"
        ),
        format!(
            "SELECT NOT EXISTS (SELECT 1 FROM pickup_key WHERE length(sealed) <> {SEALED_KEY_LEN})"
        ),
    ];
    for sql in &lengths {
        if !sealed(sql)? {
            return Ok(Err("a pickup order sealed in another way".to_owned()));
        }
    }
    let mut select = connection.prepare("SELECT number, staged, until FROM pickup_order")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let number: String = row.get(0)?;
        let order = order_of(row)?.map(|order| (lines_of(connection, &number), order));
        let whole = match order {
            Some((lines, _)) => lines?.is_some_and(|lines| (1..=LINES_MAX).contains(&lines.len())),
            None => false,
        };
        if !whole {
            return Ok(Err("a pickup order that is none".to_owned()));
        }
    }
    Ok(Ok(()))
}

/// The first three columns of `pickup_order`.
fn order_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<PickupOrder>> {
    let (number, until): (String, Option<String>) = (row.get(0)?, row.get(2)?);
    let staged: bool = row.get(1)?;
    let read = || {
        let until = until.map(|day| BusinessDate::parse(&day).map_err(|_| ()));
        let number = OrderNo::from_canonical(&number)?;
        Some(PickupOrder { number, staged, until: until.transpose().ok()?, lines: Vec::new() })
    };
    Ok(read())
}

fn lines_of(connection: &Connection, number: &str) -> rusqlite::Result<Option<Vec<OrderLine>>> {
    let mut select = connection.prepare_cached(
        "SELECT code, quantity, paid, stands FROM pickup_line WHERE number = ?1 ORDER BY place",
    )?;
    let mut rows = select.query([number])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let (code, place): (String, String) = (row.get(0)?, row.get(3)?);
        let quantity = Quantity::from_tenthousandths(row.get(1)?);
        let paid = Money::from_minor(row.get(2)?);
        let code = ItemCode::parse(&code).ok().filter(|read| read.as_str() == code);
        let sound = is_amount(quantity)
            && (Money::ZERO..=ASKED_MAX).contains(&paid)
            && place.len() <= PLACE_LEN_MAX
            && (place.is_empty() || shown(&place, "").is_ok());
        let Some(code) = code.filter(|_| sound) else { return Ok(None) };
        lines.push(OrderLine { code, quantity, paid, place });
    }
    Ok(Some(lines))
}

impl Pack {
    /// The key that opens names and codes, for a person whose PIN opened their own; none where
    /// there are no orders.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn order_key(
        &self,
        person: &PersonId,
        user: &UserKey,
    ) -> Result<Option<OrderKey>, PackError> {
        let read = || -> rusqlite::Result<Option<Vec<u8>>> {
            if !has_table(self.connection(), "pickup_key")? {
                return Ok(None);
            }
            self.connection()
                .prepare_cached("SELECT sealed FROM pickup_key WHERE person = ?1")?
                .query_row([person.as_str()], |row| row.get(0))
                .optional()
        };
        let sealed = read().map_err(self.database())?;
        Ok(sealed.and_then(|sealed| OrderKey::open(user, &sealed)))
    }

    /// The orders that are to be fetched, by number; the first two hundred.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or a row holds what no pack may hold.
    pub fn pickup_orders(&self) -> Result<Vec<OrderHead>, PackError> {
        let read = || -> rusqlite::Result<Vec<HeadRow>> {
            if !has_table(self.connection(), "pickup_order")? {
                return Ok(Vec::new());
            }
            self.connection()
                .prepare_cached(
                    "SELECT o.number, o.staged, o.until, \
                     (SELECT count(*) FROM pickup_line l WHERE l.number = o.number), \
                     (SELECT stands FROM pickup_line l WHERE l.number = o.number AND place = 1) \
                     FROM pickup_order o ORDER BY o.number LIMIT ?1",
                )?
                .query_map([LISTED_MAX], |row| Ok((order_of(row)?, row.get(3)?, row.get(4)?)))?
                .collect()
        };
        let rows = read().map_err(self.database())?;
        let head = |(order, lines, place): HeadRow| {
            let PickupOrder { number, staged, until, .. } = order?;
            let place = place.unwrap_or_default();
            Some(OrderHead { number, staged, until, lines: lines.unsigned_abs(), place })
        };
        let heads: Option<_> = rows.into_iter().map(head).collect();
        heads.ok_or_else(|| self.content("a pickup order that is none".to_owned()))
    }

    /// One order.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or a row holds what no pack may hold.
    pub fn pickup_order(&self, number: &OrderNo) -> Result<Option<PickupOrder>, PackError> {
        let read = || -> rusqlite::Result<Option<Option<PickupOrder>>> {
            if !has_table(self.connection(), "pickup_order")? {
                return Ok(None);
            }
            let order = self
                .connection()
                .prepare_cached("SELECT number, staged, until FROM pickup_order WHERE number = ?1")?
                .query_row([number.as_str()], order_of)
                .optional()?;
            let Some(order) = order else { return Ok(None) };
            let lines = lines_of(self.connection(), number.as_str())?;
            Ok(Some(order.zip(lines).map(|(order, lines)| PickupOrder { lines, ..order })))
        };
        let wrong = || self.content("a pickup order that is none".to_owned());
        read().map_err(self.database())?.map(|order| order.ok_or_else(wrong)).transpose()
    }

    /// Whose an order is, if this is its pickup code; none if it isn't.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn pickup_by_code(
        &self,
        key: &OrderKey,
        number: &OrderNo,
        keyed: &str,
    ) -> Result<Option<CustomerName>, PackError> {
        let Some(keyed) = code(keyed) else { return Ok(None) };
        let read = || -> rusqlite::Result<Option<(Vec<u8>, Vec<u8>)>> {
            if !has_table(self.connection(), "pickup_order")? {
                return Ok(None);
            }
            self.connection()
                .prepare_cached("SELECT by_code, name FROM pickup_order WHERE number = ?1")?
                .query_row([number.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        };
        let Some((by_code, name)) = read().map_err(self.database())? else { return Ok(None) };
        let own = key.by_code(number, &keyed).open_key(&by_code);
        Ok(own.and_then(|own| own.open_name(&name)))
    }

    /// The orders of a name: all its words must stand in it, whole. At most twenty.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or a row holds what no pack may hold.
    pub fn pickup_by_name(
        &self,
        key: &OrderKey,
        text: &str,
    ) -> Result<Vec<(OrderNo, CustomerName)>, PackError> {
        let keyed = words(text);
        let Some(first) = keyed.first() else { return Ok(Vec::new()) };
        let read = || -> rusqlite::Result<Vec<NamedRow>> {
            if !has_table(self.connection(), "pickup_word")? {
                return Ok(Vec::new());
            }
            self.connection()
                .prepare_cached(
                    "SELECT w.number, w.opens, o.name FROM pickup_word w \
                     JOIN pickup_order o ON o.number = w.number WHERE w.tag = ?1 \
                     ORDER BY w.number",
                )?
                .query_map([key.tag(first)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        };
        let mut found = Vec::new();
        for (number, opens, name) in read().map_err(self.database())? {
            let wrong = || self.content("a pickup order that is none".to_owned());
            let number = OrderNo::from_canonical(&number).ok_or_else(wrong)?;
            let own = key.by_word(&number, first).open_key(&opens);
            let Some(name) = own.and_then(|own| own.open_name(&name)) else { continue };
            let whole = words(name.text());
            if found.len() < NAMED_MAX && keyed.iter().all(|word| whole.contains(word)) {
                found.push((number, name));
            }
        }
        Ok(found)
    }
}
