//! stock.csv and deliveries.csv: what was on hand, and what is to come. Both may be left out.
//!
//! ```text
//!  stock.csv      ─▶ table stock     one figure an item, with its time
//!  deliveries.csv ─▶ table expected  one row an item and carton of a delivery
//! ```
//!
//! A time or day that is left out is that of the build.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::check::{item_key, quoted, shown};
use super::error::{BadRow, BuildError, PackError};
use super::open::{Pack, has_table};
use super::rows::walk;
use super::source::Source;
use crate::domain::goods::carton::{Carton, OrderNo};
use crate::domain::goods::change::SlipNo;
use crate::domain::goods::delivery::{ExpectedDelivery, ExpectedLine};
use crate::domain::goods::receiving::ITEMS_MAX;
use crate::domain::goods::{OnHand, is_amount, is_on_hand};
use crate::domain::gtin::{ItemCode, has_wrong_check_digit};
use crate::domain::quantity::Quantity;
use crate::domain::time::{BusinessDate, Timestamp};

const STOCK: &str = "stock.csv";
const DELIVERIES: &str = "deliveries.csv";
/// The most rows of expected deliveries.
const EXPECTED_MAX: u64 = 50_000;
/// The most deliveries that are listed.
const LISTED_MAX: i64 = 200;

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GoodsRows {
    /// Items whose stock is known.
    pub stock: u64,
    /// Rows of expected deliveries.
    pub expected: u64,
    /// Pickup orders.
    pub orders: u64,
}

/// A delivery that is expected, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedHead {
    /// Its number.
    pub number: SlipNo,
    /// Who sends it.
    pub supplier: String,
    /// The purchase order.
    pub order: Option<OrderNo>,
    /// When it should come.
    pub day: BusinessDate,
    /// Its rows.
    pub lines: u64,
}

/// Fills both tables, where the source has them. Items are there already.
pub(super) fn fill(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    built_at: Timestamp,
    bad: &mut Vec<BadRow>,
) -> Result<GoodsRows, BuildError> {
    Ok(GoodsRows {
        stock: fill_stock(source, transaction, built_at, bad)?,
        expected: fill_expected(source, transaction, built_at.local_date(), bad)?,
        orders: 0,
    })
}

fn fill_stock(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    built_at: Timestamp,
    bad: &mut Vec<BadRow>,
) -> Result<u64, BuildError> {
    if !source.has(STOCK) {
        return Ok(0);
    }
    let mut lines: HashMap<i64, u64> = HashMap::new();
    let mut known = transaction.prepare("SELECT 1 FROM item WHERE key = ?1")?;
    let mut insert =
        transaction.prepare("INSERT INTO stock (key, on_hand, as_of) VALUES (?1, ?2, ?3)")?;
    walk(source, STOCK, &["code", "on_hand", "as_of"], |line, fields| {
        let read = match fields.and_then(|fields| stock_row(fields, built_at)) {
            Err(reason) => Err(reason),
            Ok((key, _)) if !known.exists([key])? => Err("no such item in items.csv".to_owned()),
            Ok((key, _)) if lines.contains_key(&key) => {
                let first = lines.get(&key).copied().unwrap_or_default();
                Err(format!("this item is already on line {first}"))
            }
            Ok(row) => Ok(row),
        };
        match read {
            Ok((key, on_hand)) => {
                lines.insert(key, line);
                let OnHand { quantity, as_of } = on_hand;
                insert.execute(params![key, quantity.tenthousandths(), as_of.to_string()])?;
            }
            Err(reason) => bad.push(BadRow { file: STOCK, line, reason, may_be_left_out: true }),
        }
        Ok(())
    })?;
    Ok(u64::try_from(lines.len()).unwrap_or(u64::MAX))
}

fn stock_row(fields: &[&str], built_at: Timestamp) -> Result<(i64, OnHand), String> {
    let [code, on_hand, as_of] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    let key = item_key(&item_code(code)?).ok_or("the code has no key")?;
    let quantity = Quantity::parse(on_hand)
        .ok()
        .filter(|quantity| is_on_hand(*quantity))
        .ok_or_else(|| format!("on_hand is '{}'; write a number such as 12", quoted(on_hand)))?;
    let as_of = match *as_of {
        "" => built_at,
        text => Timestamp::parse(text).map_err(|_| {
            format!("as_of is '{}'; write 2026-11-22T05:00:00.000-06:00 or nothing", quoted(text))
        })?,
    };
    Ok((key, OnHand { quantity, as_of }))
}

/// What is the same for all rows of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    supplier: String,
    order: Option<OrderNo>,
    day: BusinessDate,
}

struct Row {
    number: SlipNo,
    head: Head,
    line: ExpectedLine,
}

fn fill_expected(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    today: BusinessDate,
    bad: &mut Vec<BadRow>,
) -> Result<u64, BuildError> {
    if !source.has(DELIVERIES) {
        return Ok(0);
    }
    let mut heads: BTreeMap<SlipNo, (u64, Head, usize)> = BTreeMap::new();
    let mut count: u64 = 0;
    let mut insert = transaction.prepare(
        "INSERT INTO expected (delivery, place, supplier, po, day, carton, code, quantity) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let columns = ["delivery", "po", "carton", "code", "quantity", "supplier", "day"];
    walk(source, DELIVERIES, &columns, |line, fields| {
        let read = fields.and_then(|fields| expected_row(fields, today)).and_then(|row| {
            let (first, head, rows) =
                heads.entry(row.number.clone()).or_insert_with(|| (line, row.head.clone(), 0));
            if *head != row.head {
                return Err(format!("supplier, po or day differ from line {first}"));
            }
            if *rows >= ITEMS_MAX {
                return Err(format!("a delivery has at most {ITEMS_MAX} rows"));
            }
            *rows = rows.saturating_add(1);
            Ok((i64::try_from(*rows).unwrap_or(i64::MAX), row))
        });
        match read {
            Ok((place, Row { number, head, line })) => {
                insert.execute(params![
                    number.as_str(),
                    place,
                    head.supplier,
                    head.order.as_ref().map(OrderNo::as_str),
                    head.day.to_string(),
                    line.carton.as_ref().map(Carton::as_str),
                    line.code.as_str(),
                    line.quantity.tenthousandths(),
                ])?;
                count = count.saturating_add(1);
            }
            Err(reason) => {
                bad.push(BadRow { file: DELIVERIES, line, reason, may_be_left_out: false });
            }
        }
        if count <= EXPECTED_MAX {
            return Ok(());
        }
        Err(BuildError::TooMany { file: DELIVERIES, most: EXPECTED_MAX })
    })?;
    Ok(count)
}

fn expected_row(fields: &[&str], today: BusinessDate) -> Result<Row, String> {
    let [number, order, carton, code, quantity, supplier, day] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    let number = SlipNo::parse(number).map_err(|error| format!("delivery {error}"))?;
    let some = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
    let order = some(order)
        .map(|text| OrderNo::parse(&text).map_err(|fault| format!("po: {}", fault.text())));
    let carton = some(carton)
        .map(|text| Carton::parse(&text).map_err(|fault| format!("carton: {}", fault.text())));
    let quantity = Quantity::parse(quantity)
        .ok()
        .filter(|quantity| is_amount(*quantity))
        .ok_or_else(|| format!("the quantity is '{}'; write 1 to 100000", quoted(quantity)))?;
    let day = match *day {
        "" => today,
        text => BusinessDate::parse(text)
            .map_err(|_| format!("the day is '{}'; write a day as 2026-11-22", quoted(text)))?,
    };
    Ok(Row {
        number,
        head: Head { supplier: shown(supplier, "the supplier")?, order: order.transpose()?, day },
        line: ExpectedLine { code: item_code(code)?, carton: carton.transpose()?, quantity },
    })
}

pub(super) fn item_code(code: &str) -> Result<ItemCode, String> {
    if has_wrong_check_digit(code) {
        return Err(format!("the check digit of {code} is wrong"));
    }
    ItemCode::parse(code).map_err(|_code| format!("'{}' is not an item code", quoted(code)))
}

/// Looks at every row; a reason where one holds what no pack may hold.
pub(super) fn verify(connection: &Connection) -> rusqlite::Result<Result<(), String>> {
    if has_table(connection, "stock")? {
        let mut select = connection.prepare(
            "SELECT on_hand, as_of, EXISTS (SELECT 1 FROM item WHERE item.key = stock.key) \
             FROM stock",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let there: bool = row.get(2)?;
            if figure(row.get(0)?, &row.get::<_, String>(1)?).is_none() || !there {
                return Ok(Err("a figure of stock that is none".to_owned()));
            }
        }
    }
    if has_table(connection, "expected")? {
        let mut select = connection.prepare(&format!("{EXPECTED} ORDER BY delivery, place"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            if row_of(row)?.is_none() {
                return Ok(Err("an expected delivery that is none".to_owned()));
            }
        }
    }
    Ok(Ok(()))
}

const EXPECTED: &str = "SELECT delivery, po, carton, code, quantity, supplier, day FROM expected";

fn figure(on_hand: i64, as_of: &str) -> Option<OnHand> {
    let quantity = Quantity::from_tenthousandths(on_hand);
    let as_of = Timestamp::parse(as_of).ok()?;
    is_on_hand(quantity).then_some(OnHand { quantity, as_of })
}

fn row_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Row>> {
    let texts: (String, Option<String>, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (code, quantity): (String, i64) = (row.get(3)?, row.get(4)?);
    let (supplier, day): (String, String) = (row.get(5)?, row.get(6)?);
    let read = || {
        let order = texts.1.map(|text| OrderNo::from_canonical(&text).ok_or(()));
        let carton = texts.2.map(|text| Carton::from_canonical(&text).ok_or(()));
        let quantity = Quantity::from_tenthousandths(quantity);
        Some(Row {
            number: SlipNo::parse(&texts.0).ok()?,
            head: Head {
                supplier: shown(&supplier, "").ok()?,
                order: order.transpose().ok()?,
                day: BusinessDate::parse(&day).ok()?,
            },
            line: ExpectedLine {
                code: ItemCode::parse(&code).ok().filter(|read| read.as_str() == code)?,
                carton: carton.transpose().ok()?,
                quantity: Some(quantity).filter(|quantity| is_amount(*quantity))?,
            },
        })
    };
    Ok(read())
}

impl Pack {
    /// What was on hand of an item when the pack's maker last knew; none where it did not say.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or the row holds what no pack may hold.
    pub fn on_hand(&self, code: &ItemCode) -> Result<Option<OnHand>, PackError> {
        let Some(key) = item_key(code) else { return Ok(None) };
        let read = || -> rusqlite::Result<Option<(i64, String)>> {
            if !has_table(self.connection(), "stock")? {
                return Ok(None);
            }
            self.connection()
                .prepare_cached("SELECT on_hand, as_of FROM stock WHERE key = ?1")?
                .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        };
        let Some((on_hand, as_of)) = read().map_err(self.database())? else { return Ok(None) };
        let wrong = || self.content(format!("the stock of {code}"));
        figure(on_hand, &as_of).ok_or_else(wrong).map(Some)
    }

    /// The deliveries that are expected, by day and number; the first two hundred.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or a row holds what no pack may hold.
    pub fn deliveries(&self) -> Result<Vec<ExpectedHead>, PackError> {
        let read = || -> rusqlite::Result<Vec<(Option<Row>, i64)>> {
            if !has_table(self.connection(), "expected")? {
                return Ok(Vec::new());
            }
            self.connection()
                .prepare_cached(
                    "SELECT delivery, po, carton, code, quantity, supplier, day, count(*) \
                     FROM expected GROUP BY delivery ORDER BY day, delivery LIMIT ?1",
                )?
                .query_map([LISTED_MAX], |row| Ok((row_of(row)?, row.get(7)?)))?
                .collect()
        };
        let rows = read().map_err(self.database())?;
        let head = |(row, lines): (Option<Row>, i64)| {
            let Row { number, head, .. } = row?;
            let Head { supplier, order, day } = head;
            Some(ExpectedHead { number, supplier, order, day, lines: lines.unsigned_abs() })
        };
        let heads: Option<_> = rows.into_iter().map(head).collect();
        heads.ok_or_else(|| self.content("an expected delivery that is none".to_owned()))
    }

    /// One expected delivery.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or a row holds what no pack may hold.
    pub fn delivery(&self, number: &SlipNo) -> Result<Option<ExpectedDelivery>, PackError> {
        let read = || -> rusqlite::Result<Vec<Option<Row>>> {
            if !has_table(self.connection(), "expected")? {
                return Ok(Vec::new());
            }
            self.connection()
                .prepare_cached(&format!("{EXPECTED} WHERE delivery = ?1 ORDER BY place"))?
                .query_map([number.as_str()], row_of)?
                .collect()
        };
        let mut delivery: Option<ExpectedDelivery> = None;
        for row in read().map_err(self.database())? {
            let wrong = || self.content("an expected delivery that is none".to_owned());
            let Row { number, head: Head { supplier, order, day }, line } =
                row.ok_or_else(wrong)?;
            let begun = delivery.get_or_insert_with(|| {
                let lines = Vec::new();
                ExpectedDelivery { number, supplier, order, day, lines }
            });
            begun.lines.push(line);
        }
        Ok(delivery)
    }

    /// The expected delivery that a carton or an order number belongs to.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn delivery_of(&self, number: &str) -> Result<Option<SlipNo>, PackError> {
        let read = || -> rusqlite::Result<Option<String>> {
            if !has_table(self.connection(), "expected")? {
                return Ok(None);
            }
            self.connection()
                .prepare_cached(
                    "SELECT delivery FROM expected WHERE carton = ?1 OR po = ?1 OR delivery = ?1 \
                     ORDER BY delivery LIMIT 1",
                )?
                .query_row([number], |row| row.get(0))
                .optional()
        };
        Ok(read().map_err(self.database())?.and_then(|text| SlipNo::parse(&text).ok()))
    }
}
