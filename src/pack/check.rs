//! What a row must be like to go into a pack, and what a pack's row must be like to be believed.
//!
//! The same bounds hold when a pack is built, when it is applied and when an item is looked up: a
//! signature proves who made a pack, not that its maker's machine was well.

use crate::domain::gtin::{ItemCode, ItemCodeShape, has_wrong_check_digit};
use crate::domain::ids::{PersonId, TaxClass};
use crate::domain::item::{ITEM_NAME_LEN_MAX, Item, SoldBy};
use crate::domain::person::{Person, Role};
use crate::domain::quantity::UnitPrice;
use crate::domain::tax::{TaxRate, TaxRow};
use crate::domain::time::BusinessDate;

/// The one tax class that needs no row: its items bear no tax.
pub const EXEMPT: &str = "exempt";
/// The most items a pack may hold.
pub const ITEMS_MAX: u64 = 5_000_000;
/// The most people a pack may hold.
pub const PEOPLE_MAX: u64 = 2_000;
/// The most tax rows a pack may hold: they are walked for each line of a sale.
pub const TAX_ROWS_MAX: u64 = 1_000;

/// 100,000.00 in ten-thousandths.
const UNIT_PRICE_MAX: i64 = 1_000_000_000;
/// 100 % in ten-millionths.
const RATE_MAX: i64 = 10_000_000;
const AGE_MAX: u8 = 99;

/// A text that screens and receipts show: no control characters (ESC would drive the printer), no
/// marks that turn the reading direction (a price could be made to look like another).
pub(super) fn shown(text: &str, what: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("{what} is empty"));
    }
    if text.len() > ITEM_NAME_LEN_MAX {
        let len = text.len();
        return Err(format!("{what} is {len} bytes long, at most {ITEM_NAME_LEN_MAX} are allowed"));
    }
    let turns = |c: char| {
        matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    match text.chars().find(|c| c.is_control() || turns(*c)) {
        Some(c) => Err(format!("{what} holds the control character U+{:04X}", u32::from(c))),
        None => Ok(text.to_owned()),
    }
}

/// A price that an item may have.
pub(super) fn unit_price(price: UnitPrice) -> Result<UnitPrice, String> {
    match price.tenthousandths() {
        ..0 => Err(format!("the price {price} is below zero")),
        0 => Err("the price is zero; an item without a price is left out of the pack".to_owned()),
        1..=UNIT_PRICE_MAX => Ok(price),
        _ => Err(format!("the price {price} is above 100000.00")),
    }
}

/// One row of items.csv: code, name, unit_price, sold_by, tax_class, department, age_min.
/// `own_codes`: a code as long as a GTIN may be one of the store's own, without a check digit.
pub(super) fn item(fields: &[&str], weight_unit: &str, own_codes: bool) -> Result<Item, String> {
    let [code, name, price, sold_by, tax_class, department, age_min] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    if !own_codes && has_wrong_check_digit(code) {
        return Err(format!("the check digit of {code} is wrong"));
    }
    let code = ItemCode::parse(code).map_err(|_code| {
        format!(
            "'{}' is not an item code: 1 to 20 letters, digits, '-', '.', '_' or '/'",
            quoted(code)
        )
    })?;
    let price = UnitPrice::parse(price).map_err(|_price| {
        format!("'{}' is not a price; write 2.99, with at most four decimals", quoted(price))
    })?;
    let sold_by = match *sold_by {
        "each" => SoldBy::Each,
        unit if unit == weight_unit => SoldBy::Weight,
        other => {
            let other = quoted(other);
            return Err(format!("sold_by is '{other}'; this store sells by each or {weight_unit}"));
        }
    };
    let department = department
        .parse()
        .map_err(|_number| format!("the department '{}' is not 0 to 65535", quoted(department)))?;
    let age_min = match *age_min {
        "" => None,
        text => Some(text.parse().ok().and_then(age).ok_or_else(|| {
            format!("age_min is '{}'; write 1 to 99 years, or nothing", quoted(text))
        })?),
    };
    Ok(Item {
        code,
        name: shown(name, "the name")?,
        unit_price: unit_price(price)?,
        sold_by,
        tax_class: label(tax_class, "the tax class")?,
        department,
        age_min,
    })
}

/// An age that the law may name.
pub(super) fn age(years: u8) -> Option<u8> {
    (1..=AGE_MAX).contains(&years).then_some(years)
}

/// One row of taxes.csv: code, class, percent, from, until.
pub(super) fn tax_row(fields: &[&str]) -> Result<TaxRow, String> {
    let [code, class, percent, from, until] = fields else {
        return Err("the row is incomplete".to_owned());
    };
    let class = label(class, "the class")?;
    if class.as_str() == EXEMPT {
        return Err("the class 'exempt' bears no tax and takes no rows".to_owned());
    }
    let rate = TaxRate::parse_percent(percent)
        .ok()
        .filter(|rate| (0..=RATE_MAX).contains(&rate.tenmillionths()))
        .ok_or_else(|| {
            let percent = quoted(percent);
            format!("'{percent}' is not a rate; write percent from 0 to 100, such as 7.875")
        })?;
    let from = date(from, "from")?;
    let until = if until.is_empty() { None } else { Some(date(until, "until")?) };
    if let Some(until) = until.filter(|until| *until < from) {
        return Err(format!("the row ends on {until}, before it begins on {from}"));
    }
    Ok(TaxRow { code: label(code, "the code")?, class, rate, from, until })
}

/// True when two rows would tax one item twice for one authority on one day.
pub(super) fn overlap(one: &TaxRow, other: &TaxRow) -> bool {
    let ends_before = |a: &TaxRow, b: &TaxRow| a.until.is_some_and(|until| until < b.from);
    one.code == other.code
        && one.class == other.class
        && !ends_before(one, other)
        && !ends_before(other, one)
}

/// One row of people.csv without its PIN: id, name, role.
pub(super) fn person(id: &str, name: &str, role: &str) -> Result<Person, String> {
    let id = PersonId::parse(id).map_err(|error| error.to_string())?;
    let role = Role::from_word(role).ok_or_else(|| {
        format!("the role '{}' is unknown; write cashier, lead, manager or it", quoted(role))
    })?;
    Ok(Person { id, name: shown(name, "the name")?, role })
}

/// A number that stands for an item's code in the pack: a GTIN's digits, or bit 62 and 62 bits of
/// a digest. An integer key is looked up a third faster than a text.
pub(super) fn item_key(code: &ItemCode) -> Option<i64> {
    if code.shape() == ItemCodeShape::Gtin {
        return code.as_str().parse().ok();
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, code.as_str().as_bytes());
    let head: [u8; 8] = digest.as_ref().first_chunk().copied()?;
    Some((i64::from_be_bytes(head) & (i64::MAX >> 1)) | (1 << 62))
}

fn date(text: &str, what: &str) -> Result<BusinessDate, String> {
    BusinessDate::parse(text)
        .map_err(|_date| format!("{what} is '{}'; write a day as 2026-11-22", quoted(text)))
}

fn label(text: &str, what: &str) -> Result<TaxClass, String> {
    TaxClass::parse(text).map_err(|error| format!("{what} {error}"))
}

/// A text from a table, made fit to be shown in a message.
pub(super) fn quoted(text: &str) -> String {
    let kept: String = text.chars().take(40).collect();
    kept.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(fields: [&str; 7]) -> String {
        item(&fields, "lb", false).expect_err("refused")
    }

    #[test]
    fn an_item_that_a_store_sells() {
        let read =
            item(&["4011", "Bananas", "0.59", "lb", "food", "6", ""], "lb", false).expect("good");
        assert_eq!((read.sold_by, read.unit_price.tenthousandths()), (SoldBy::Weight, 5_900));
        let beer = ["042100005264", "Beer", "9.99", "each", "general", "12", "21"];
        assert_eq!(item(&beer, "lb", false).expect("good").age_min, Some(21));
    }

    #[test]
    fn each_wrong_field_has_its_reason() {
        let good = ["042100005264", "Soda", "1.99", "each", "food", "6", ""];
        for (place, value, reason) in [
            (0, "042100005265", "check digit"),
            (0, "4 2", "not an item code"),
            (1, "", "name is empty"),
            (1, "Soda \u{1b}p0", "U+001B"),
            (1, "Soda \u{202e}99.1", "U+202E"),
            (1, &"x".repeat(81), "81 bytes"),
            (2, "-1.99", "below zero"),
            (2, "0", "zero"),
            (2, "100000.01", "above"),
            (2, "9223372036854775808", "not a price"),
            (2, "1,99", "not a price"),
            (3, "kg", "each or lb"),
            (4, "", "tax class"),
            (5, "-1", "department"),
            (6, "0", "age_min"),
            (6, "150", "age_min"),
        ] {
            let mut row = good;
            row[place] = value;
            let said = refused(row);
            assert!(said.contains(reason), "{said}");
            assert!(!said.contains('\u{1b}'), "a message must not drive a terminal");
        }
    }

    #[test]
    fn a_rate_is_bounded_and_dated() {
        let row = tax_row(&["STATE", "food", "6.875", "2026-01-01", ""]).expect("good");
        assert_eq!(row.rate.tenmillionths(), 687_500);
        for (fields, reason) in [
            (["S", "food", "101", "2026-01-01", ""], "rate"),
            (["S", "food", "-1", "2026-01-01", ""], "rate"),
            (["S", "food", "1", "2026-02-30", ""], "from is"),
            (["S", "food", "1", "2026-02-02", "2026-02-01"], "before it begins"),
            (["S", "exempt", "1", "2026-02-02", ""], "no rows"),
        ] {
            let said = tax_row(&fields).expect_err("refused");
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn keys_of_a_gtin_and_of_other_codes_never_meet() {
        let key = |text| item_key(&ItemCode::parse(text).expect("a code")).expect("a key");
        assert_eq!(key("042100005264"), 42_100_005_264);
        assert!(key("4011") >= 1 << 62);
        assert_ne!(key("4011"), key("94011"));
        assert_ne!(key("13"), key("0013"));
    }
}
