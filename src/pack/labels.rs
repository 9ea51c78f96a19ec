//! labels.csv and giftcards.csv: what the store's scales print, and which numbers are gift cards.
//!
//! Both may be left out. A row that is wrong can't: the label it was meant for would be sold as
//! something else.

use rusqlite::{Connection, Transaction, params};

use super::check::{quoted, shown};
use super::error::{BadRow, BuildError};
use super::rows::walk;
use super::source::Source;
use crate::domain::code::kind::{GIFT_RANGES_MAX, GiftCards};
use crate::domain::code::label::{CatalogCode, LAYOUTS_MAX, LabelLayout, Means, Parts, Verifier};

const LABELS: &str = "labels.csv";
const GIFT_CARDS: &str = "giftcards.csv";

const VERIFIERS: [(Verifier, &str); 3] =
    [(Verifier::Absent, "none"), (Verifier::Checked, "checked"), (Verifier::Ignored, "ignored")];
const MEANS: [(Means, &str); 3] =
    [(Means::Price, "price"), (Means::Weight, "weight"), (Means::Pieces, "pieces")];
const CATALOG_CODES: [(CatalogCode, &str); 3] =
    [(CatalogCode::Plu, "plu"), (CatalogCode::Digits, "digits"), (CatalogCode::Gtin, "gtin")];

/// Fills both tables, where the source has them, and counts their rows.
pub(super) fn fill(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    bad: &mut Vec<BadRow>,
) -> Result<(u64, u64), BuildError> {
    Ok((fill_labels(source, transaction, bad)?, fill_gift_cards(source, transaction, bad)?))
}

fn fill_labels(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    bad: &mut Vec<BadRow>,
) -> Result<u64, BuildError> {
    if !source.has(LABELS) {
        return Ok(0);
    }
    let mut layouts: Vec<(u64, LabelLayout)> = Vec::new();
    let columns =
        ["prefix", "item_digits", "verifier", "value_digits", "decimals", "means", "catalog_code"];
    walk(source, LABELS, &columns, |line, fields| {
        let read = fields.and_then(layout).and_then(|read| {
            let same =
                |(_, known): &&(u64, LabelLayout)| known.parts().prefix == read.parts().prefix;
            match layouts.iter().find(same) {
                Some((first, _)) => Err(format!("this prefix is already on line {first}")),
                None => Ok(read),
            }
        });
        match read {
            Ok(read) => layouts.push((line, read)),
            Err(reason) => bad.push(BadRow { file: LABELS, line, reason, may_be_left_out: false }),
        }
        within(LABELS, layouts.len(), LAYOUTS_MAX)
    })?;
    for (_, layout) in &layouts {
        let Parts { prefix, item_digits, verifier, value_digits, decimals, means, catalog_code } =
            layout.parts();
        transaction
            .prepare_cached(
                "INSERT INTO label (prefix, item_digits, verifier, value_digits, decimals, means, \
                 catalog_code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                prefix,
                i64::try_from(*item_digits).unwrap_or(0),
                word(&VERIFIERS, *verifier),
                i64::try_from(*value_digits).unwrap_or(0),
                decimals,
                word(&MEANS, *means),
                word(&CATALOG_CODES, *catalog_code),
            ])?;
    }
    Ok(u64::try_from(layouts.len()).unwrap_or(u64::MAX))
}

fn fill_gift_cards(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    bad: &mut Vec<BadRow>,
) -> Result<u64, BuildError> {
    if !source.has(GIFT_CARDS) {
        return Ok(0);
    }
    let mut ranges: Vec<(u64, GiftCards)> = Vec::new();
    walk(source, GIFT_CARDS, &["prefix", "digits", "name"], |line, fields| {
        let read = fields.and_then(gift_cards).and_then(|read| {
            let same = |(_, known): &&(u64, GiftCards)| {
                (known.prefix(), known.digits()) == (read.prefix(), read.digits())
            };
            match ranges.iter().find(same) {
                Some((first, _)) => Err(format!("this range is already on line {first}")),
                None => Ok(read),
            }
        });
        match read {
            Ok(read) => ranges.push((line, read)),
            Err(reason) => {
                bad.push(BadRow { file: GIFT_CARDS, line, reason, may_be_left_out: false });
            }
        }
        within(GIFT_CARDS, ranges.len(), GIFT_RANGES_MAX)
    })?;
    for (_, range) in &ranges {
        transaction
            .prepare_cached("INSERT INTO gift_card (prefix, digits, name) VALUES (?1, ?2, ?3)")?
            .execute(params![
                range.prefix(),
                i64::try_from(range.digits()).unwrap_or(0),
                range.name()
            ])?;
    }
    Ok(u64::try_from(ranges.len()).unwrap_or(u64::MAX))
}

/// The layouts of a pack; a reason where a row holds what no pack may hold.
pub(super) fn read_layouts(
    connection: &Connection,
) -> rusqlite::Result<Result<Vec<LabelLayout>, String>> {
    let sql = format!(
        "SELECT prefix, item_digits, verifier, value_digits, decimals, means, catalog_code \
         FROM label ORDER BY prefix LIMIT {LAYOUTS_MAX}"
    );
    let rows: Vec<[String; 7]> = connection
        .prepare(&sql)?
        .query_map([], |row| {
            let number = |at: usize| row.get::<_, i64>(at).map(|number| number.to_string());
            Ok([
                row.get(0)?,
                number(1)?,
                row.get(2)?,
                number(3)?,
                number(4)?,
                row.get(5)?,
                row.get(6)?,
            ])
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows.iter().map(|row| layout(&row.each_ref().map(String::as_str))).collect())
}

/// The gift cards of a pack; a reason where a row holds what no pack may hold.
pub(super) fn read_gift_cards(
    connection: &Connection,
) -> rusqlite::Result<Result<Vec<GiftCards>, String>> {
    let sql = format!(
        "SELECT prefix, digits, name FROM gift_card ORDER BY prefix, digits LIMIT {GIFT_RANGES_MAX}"
    );
    let rows: Vec<[String; 3]> = connection
        .prepare(&sql)?
        .query_map([], |row| Ok([row.get(0)?, row.get::<_, i64>(1)?.to_string(), row.get(2)?]))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows.iter().map(|row| gift_cards(&row.each_ref().map(String::as_str))).collect())
}

/// One row of labels.csv.
fn layout(fields: &[&str]) -> Result<LabelLayout, String> {
    let [prefix, item_digits, verifier, value_digits, decimals, means, catalog_code] = fields
    else {
        return Err("the row is incomplete".to_owned());
    };
    let parts = Parts {
        prefix: (*prefix).to_owned(),
        item_digits: count(item_digits, "item_digits")?,
        verifier: value(&VERIFIERS, verifier, "verifier")?,
        value_digits: count(value_digits, "value_digits")?,
        decimals: decimals
            .parse()
            .map_err(|_number| format!("decimals is '{}'; write 0 to 4", quoted(decimals)))?,
        means: value(&MEANS, means, "means")?,
        catalog_code: value(&CATALOG_CODES, catalog_code, "catalog_code")?,
    };
    LabelLayout::new(parts).map_err(|why| why.to_string())
}

/// One row of giftcards.csv.
fn gift_cards(fields: &[&str]) -> Result<GiftCards, String> {
    let [prefix, digits, name] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    let name = shown(name, "the name")?;
    GiftCards::new(prefix, count(digits, "digits")?, &name).ok_or_else(|| {
        "write how the number begins in 4 to 14 digits, and its length, 8 to 40".to_owned()
    })
}

fn count(text: &str, what: &str) -> Result<usize, String> {
    text.parse().map_err(|_number| format!("{what} is '{}'; write a number", quoted(text)))
}

fn value<T: Copy>(words: &[(T, &str)], text: &str, what: &str) -> Result<T, String> {
    words.iter().find(|(_, word)| *word == text).map(|(value, _)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
        format!("{what} is '{}'; write {}", quoted(text), known.join(" or "))
    })
}

fn word<T: PartialEq>(words: &[(T, &'static str)], value: T) -> &'static str {
    words.iter().find(|(known, _)| *known == value).map_or("", |(_, word)| word)
}

fn within(file: &'static str, rows: usize, most: usize) -> Result<(), BuildError> {
    if rows <= most {
        return Ok(());
    }
    Err(BuildError::TooMany { file, most: u64::try_from(most).unwrap_or(u64::MAX) })
}
