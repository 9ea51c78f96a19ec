//! The baskets a drill sells: a JSON Lines file, one basket a line (docs/baskets.md).
//!
//! ```text
//!  {"store":{...}}                  optional first line, for a drill without a pack
//!  {"basket":"1","lines":[...],"tenders":[...]}
//! ```
//!
//! Numbers are read by their text, as JSON strings or JSON numbers, and never become floats. All
//! bad lines are listed, each with its place and reason; a file with one is not played.

mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read as _};

use crate::domain::cash_rounding::CashRounding;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::TaxClass;
use crate::domain::item::{Item, SoldBy};
use crate::domain::money::{Money, div_half_up};
use crate::domain::policy::Currency;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::LinePrice;
use crate::domain::tax::{TaxBasis, TaxTable};
use crate::domain::tender::CheckNumber;

pub use text::write;

/// The longest line of a file, in bytes.
pub const BASKET_LINE_LEN_MAX: usize = 1024 * 1024;
/// The most baskets of a file.
pub const BASKETS_MAX: usize = 1_000_000;
/// The most bad lines listed; reading ends there.
pub const BAD_LINES_MAX: usize = 1_000;

/// A file of baskets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasketFile {
    /// What a pack would say, for a drill without one.
    pub store: Option<StoreHead>,
    /// The baskets, in the order they are sold.
    pub baskets: Vec<Basket>,
}

/// The store a file's baskets were sold in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreHead {
    /// Its one currency.
    pub currency: Currency,
    /// Where tax is rounded.
    pub tax_basis: TaxBasis,
    /// Its tax rows.
    pub taxes: TaxTable,
    /// How cash is rounded.
    pub cash_rounding: CashRounding,
}

/// One customer's basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// Its name in the report; no two are alike.
    pub id: String,
    /// What is rung up, in order.
    pub lines: Vec<BasketLine>,
    /// What is handed over, in order.
    pub tenders: Vec<BasketTender>,
}

/// One item of a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasketLine {
    /// The code that is scanned or typed.
    pub code: ItemCode,
    /// The item's name, for a drill without a pack.
    pub name: Option<String>,
    /// How much; below zero for a returned item.
    pub quantity: Quantity,
    /// The price of one unit, where it was known.
    pub price: Option<UnitPrice>,
    /// The amount of the whole line, where its label says one.
    pub amount: Option<Money>,
    /// The item's tax class, for a drill without a pack.
    pub tax: Option<TaxClass>,
    /// Sold by weight.
    pub weighed: bool,
    /// Taken back before payment.
    pub void: bool,
}

/// One payment of a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BasketTender {
    /// Cash; none is exactly what is due.
    Cash(Option<Money>),
    /// A check; an amount of none is exactly what is due.
    Check(Option<Money>, CheckNumber),
}

/// A line that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    /// The line, counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

/// What a pack is built from when a drill is given none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackParts {
    /// The items, each code once, in the order of their codes.
    pub items: Vec<Item>,
    /// The tax rows.
    pub taxes: TaxTable,
    /// Where tax is rounded.
    pub basis: TaxBasis,
    /// How cash is rounded.
    pub rounding: CashRounding,
    /// The one currency.
    pub currency: Currency,
}

impl BasketLine {
    /// The price it is added with to a sale of `item`: its amount, else its own unit price where
    /// that is not the item's, else the item's.
    pub fn line_price(&self, item: &Item) -> LinePrice {
        match (self.amount, self.price) {
            (Some(amount), _) => LinePrice::Label(amount),
            (None, Some(price)) if price != item.unit_price => LinePrice::Keyed(price),
            (None, _) => LinePrice::Pack,
        }
    }
}

/// Reads a file of baskets.
///
/// # Errors
/// All [`BadLine`]s, up to [`BAD_LINES_MAX`].
pub fn read(mut reader: impl BufRead) -> Result<BasketFile, Vec<BadLine>> {
    let mut file = BasketFile { store: None, baskets: Vec::new() };
    let mut ids = BTreeSet::new();
    let mut bad = Vec::new();
    let mut buffer = Vec::new();
    let mut place = 0_usize;
    while bad.len() < BAD_LINES_MAX {
        place = place.saturating_add(1);
        buffer.clear();
        let longest = u64::try_from(BASKET_LINE_LEN_MAX.saturating_add(1)).unwrap_or(u64::MAX);
        match (&mut reader).take(longest).read_until(b'\n', &mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(why) => {
                bad.push(BadLine { line: place, reason: format!("it can't be read: {why}") });
                break;
            }
        }
        if buffer.len() > BASKET_LINE_LEN_MAX {
            let reason = format!("it is longer than {BASKET_LINE_LEN_MAX} bytes; split the basket");
            bad.push(BadLine { line: place, reason });
            break; // Where the next line begins is not known within bounds.
        }
        if let Err(reason) = take_line(&mut file, &mut ids, &buffer) {
            bad.push(BadLine { line: place, reason });
        }
    }
    if bad.is_empty() && file.baskets.is_empty() {
        let reason = "there is no basket in this file; see docs/baskets.md".to_owned();
        bad.push(BadLine { line: 0, reason });
    }
    if bad.is_empty() { Ok(file) } else { Err(bad) }
}

/// The distinct items of a file and its store's rules: what a pack for it holds.
///
/// An item's first price wins, and lines with another one are keyed. A line with an amount only
/// prices its item where nothing else does. Without a store there is no tax.
///
/// # Errors
/// One [`BadLine`] (of line 0) for each code that is taxed in two ways or never priced.
pub fn items_of(file: &BasketFile) -> Result<PackParts, Vec<BadLine>> {
    let mut seen: BTreeMap<&ItemCode, SeenItem<'_>> = BTreeMap::new();
    let mut bad = Vec::new();
    for (basket, line) in file.baskets.iter().flat_map(|b| b.lines.iter().map(move |l| (b, l))) {
        let item = seen.entry(&line.code).or_default();
        item.name = item.name.or(line.name.as_deref());
        item.price = item.price.or(line.price);
        item.derived = item.derived.or_else(|| derived_price(line));
        item.weighed |= line.weighed || !line.quantity.is_whole();
        match (item.tax, &line.tax) {
            (Some(tax), Some(other)) if tax != other => bad.push(BadLine {
                line: 0,
                reason: format!(
                    "item {} is taxed as '{tax}' before and as '{other}' in basket {}; \
                     an item has one tax class",
                    line.code, basket.id
                ),
            }),
            (None, tax) => item.tax = tax.as_ref(),
            (Some(_), _) => {}
        }
    }
    let mut items = Vec::new();
    for (code, item) in seen {
        match item.into_item(code) {
            Ok(item) => items.push(item),
            Err(reason) => bad.push(BadLine { line: 0, reason }),
        }
    }
    if !bad.is_empty() {
        bad.truncate(BAD_LINES_MAX);
        return Err(bad);
    }
    let store = file.store.clone().unwrap_or_else(|| StoreHead {
        currency: Currency::Usd,
        tax_basis: TaxBasis::Invoice,
        taxes: TaxTable::default(),
        cash_rounding: CashRounding::None,
    });
    Ok(PackParts {
        items,
        taxes: store.taxes,
        basis: store.tax_basis,
        rounding: store.cash_rounding,
        currency: store.currency,
    })
}

/// What a file's lines say of one item.
#[derive(Default)]
struct SeenItem<'a> {
    name: Option<&'a str>,
    price: Option<UnitPrice>,
    derived: Option<UnitPrice>,
    tax: Option<&'a TaxClass>,
    weighed: bool,
}

impl SeenItem<'_> {
    fn into_item(self, code: &ItemCode) -> Result<Item, String> {
        let unit_price = self.price.or(self.derived).ok_or_else(|| {
            format!(
                "item {code} has neither price nor amount in any basket; give it one, or a pack"
            )
        })?;
        let untaxed = || TaxClass::parse(UNTAXED).map_err(|why| why.to_string());
        Ok(Item {
            code: code.clone(),
            name: self.name.unwrap_or(code.as_str()).to_owned(),
            unit_price,
            sold_by: if self.weighed { SoldBy::Weight } else { SoldBy::Each },
            tax_class: self.tax.cloned().map_or_else(untaxed, Ok)?,
            department: 0,
            age_min: None,
        })
    }
}

/// The tax class of items that name none.
const UNTAXED: &str = crate::pack::EXEMPT;

/// An amount by its quantity; a discount has no price of its own.
fn derived_price(line: &BasketLine) -> Option<UnitPrice> {
    // A minor unit is 100 ten-thousandths of the major one, and a piece 10,000 of a unit.
    let scaled = i128::from(line.amount?.minor()).checked_mul(1_000_000)?;
    let quantity = i128::from(line.quantity.tenthousandths());
    let (scaled, quantity) = if quantity < 0 {
        (scaled.checked_neg()?, quantity.checked_neg()?)
    } else {
        (scaled, quantity)
    };
    let price = i64::try_from(div_half_up(scaled, quantity)?).ok()?;
    Some(UnitPrice::from_tenthousandths(price.max(0)))
}

fn take_line(
    file: &mut BasketFile,
    ids: &mut BTreeSet<String>,
    bytes: &[u8],
) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    if text.trim().is_empty() {
        return Ok(());
    }
    match text::parse(text)? {
        text::Parsed::Store(_) if file.store.is_some() || !file.baskets.is_empty() => {
            Err("a store stands in the first line only".to_owned())
        }
        text::Parsed::Store(store) => {
            file.store = Some(store);
            Ok(())
        }
        text::Parsed::Basket(_) if file.baskets.len() >= BASKETS_MAX => {
            Err(format!("a file has at most {BASKETS_MAX} baskets; split it"))
        }
        text::Parsed::Basket(basket) => {
            if !ids.insert(basket.id.clone()) {
                return Err(format!(
                    "basket '{}' stood here before; give it another id",
                    basket.id
                ));
            }
            file.baskets.push(basket);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(text: &str) -> Vec<String> {
        let bad = read(text.as_bytes()).expect_err(text);
        bad.iter().map(ToString::to_string).collect()
    }

    fn one(line: &str) -> Basket {
        let file = read(line.as_bytes()).unwrap_or_else(|bad| panic!("{bad:?}"));
        file.baskets.into_iter().next().expect("a basket")
    }

    fn basket_of(line: &str) -> String {
        format!("{{\"basket\":\"1\",\"lines\":[{line}]}}")
    }

    #[test]
    fn what_is_said_of_a_wrong_line_is_short_whatever_stands_in_it() {
        let long = "o".repeat(4_096);
        for line in [
            format!("{{\"{long}\":1}}"),
            format!("{{\"store\":{{\"currency\":\"{long}\",\"tax_basis\":\"item\"}}}}"),
            format!("{{\"basket\":[\"{long}\"],\"lines\":[{{\"code\":\"4011\"}}]}}"),
        ] {
            let said = read(line.as_bytes()).expect_err("wrong").remove(0).to_string();
            assert!(said.len() < 600, "{} bytes", said.len());
        }
    }

    #[test]
    fn numbers_are_taken_by_their_text_whether_quoted_or_not() {
        let quoted =
            one(&basket_of(r#"{"code":"4011","qty":"0.65","price":"0.99","amount":"0.64"}"#));
        let bare = one(&basket_of(r#"{"code":4011,"qty":0.65,"price":0.99,"amount":0.64}"#));
        assert_eq!(quoted, bare);
        let line = &bare.lines[0];
        assert_eq!(line.quantity.tenthousandths(), 6_500);
        assert_eq!(line.amount.map(Money::minor), Some(64));
        // As a float this would be 0.28999999999999998.
        let exact = one(&basket_of(r#"{"code":"1","price":0.29,"qty":3}"#));
        assert_eq!(exact.lines[0].price.map(UnitPrice::tenthousandths), Some(2_900));
    }

    #[test]
    fn what_is_left_out_has_a_meaning() {
        let basket = one(&basket_of(r#"{"code":"4011","price":"0.59"}"#));
        let line = &basket.lines[0];
        assert_eq!((line.quantity, line.weighed, line.void), (Quantity::ONE, false, false));
        assert_eq!(basket.tenders, [BasketTender::Cash(None)]);
    }

    #[test]
    fn every_bad_line_is_listed_with_its_place_and_reason() {
        let text = [
            basket_of(r#"{"code":"4011","price":"0.59"}"#),
            "nonsense".to_owned(),
            String::new(),
            basket_of(r#"{"code":"4011","price":"0.59"}"#),
            r#"{"basket":"2","lines":[]}"#.to_owned(),
            r#"{"basket":"3","lines":[{"code":"a b"}]}"#.to_owned(),
            r#"{"basket":"4","lines":[{"code":"1","qty":"1e3"}]}"#.to_owned(),
            r#"{"basket":"5","lines":[{"code":"1","qty":0}]}"#.to_owned(),
            r#"{"basket":"6","lines":[{"code":"1","amount":"0.123"}]}"#.to_owned(),
            r#"{"basket":"7","lines":[{"code":"1","color":"red"}]}"#.to_owned(),
            r#"{"basket":"8","lines":[{"code":"1"}],"tenders":[{"kind":"card"}]}"#.to_owned(),
            r#"{"basket":"9","lines":[{"code":"1"}],"tenders":[{"kind":"check"}]}"#.to_owned(),
            r#"{"store":{"currency":"USD","tax_basis":"invoice"}}"#.to_owned(),
            r#"{"basket":"","lines":[{"code":"1"}]}"#.to_owned(),
            r#"{"basket":"10","lines":[{"code":"1","price":-1}]}"#.to_owned(),
        ]
        .join("\n");
        let reasons = reasons(&text);
        let places: Vec<&str> =
            reasons.iter().filter_map(|reason| reason.split(':').next()).collect();
        let expected: Vec<String> =
            [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map(|n| format!("line {n}")).into();
        assert_eq!(places, expected, "{reasons:#?}");
    }

    #[test]
    fn a_file_without_baskets_and_an_endless_line_are_refused() {
        assert_eq!(reasons("\n\n").len(), 1);
        let endless = "x".repeat(BASKET_LINE_LEN_MAX + 10);
        assert!(reasons(&endless)[0].contains("split"), "{:?}", reasons(&endless));
        let many = "x\n".repeat(BAD_LINES_MAX * 2);
        assert_eq!(reasons(&many).len(), BAD_LINES_MAX);
        let line = r#"{"code":"1"}"#;
        let too_many = format!("{{\"basket\":\"1\",\"lines\":[{}]}}", vec![line; 501].join(","));
        assert!(reasons(&too_many)[0].contains("500"));
    }

    #[test]
    fn the_first_price_makes_the_item_and_others_are_keyed() {
        let text = [
            concat!(
                r#"{"store":{"currency":"USD","tax_basis":"item","cash_rounding":"nearest5","#,
                r#""taxes":[{"code":"ST","class":"food","percent":"4","from":"2020-01-01"}]}}"#,
            ),
            concat!(
                r#"{"basket":"1","lines":[{"code":"2","qty":2,"amount":"3.00"},{"code":"1","#,
                r#""name":"TEA","price":"1.00","tax":"food"}]}"#,
            ),
            concat!(
                r#"{"basket":"2","lines":[{"code":"1","price":"1.20"},{"code":"1","#,
                r#""price":"1.00","qty":"0.5"}]}"#,
            ),
        ]
        .join("\n");
        let file = read(text.as_bytes()).expect("a file");
        let parts = items_of(&file).expect("items");
        let [tea, other] = parts.items.as_slice() else { panic!("{:?}", parts.items) };
        assert_eq!((tea.name.as_str(), tea.unit_price.to_string()), ("TEA", "1.00".to_owned()));
        assert_eq!((tea.tax_class.as_str(), tea.sold_by), ("food", SoldBy::Weight));
        assert_eq!(
            (other.unit_price.to_string(), other.sold_by),
            ("1.50".to_owned(), SoldBy::Each)
        );
        assert_eq!((parts.basis, parts.rounding), (TaxBasis::Item, CashRounding::Nearest5));
        let prices: Vec<LinePrice> =
            file.baskets[1].lines.iter().map(|line| line.line_price(tea)).collect();
        let keyed = LinePrice::Keyed(UnitPrice::from_tenthousandths(12_000));
        assert_eq!(prices, [keyed, LinePrice::Pack]);
    }

    #[test]
    fn an_item_taxed_in_two_ways_or_never_priced_makes_no_pack() {
        let text = concat!(
            r#"{"basket":"1","lines":[{"code":"1","price":1,"tax":"a"},{"code":"1","#,
            r#""tax":"b"},{"code":"2"}]}"#,
        );
        let file = read(text.as_bytes()).expect("a file");
        let bad = items_of(&file).expect_err("two findings");
        assert_eq!(bad.len(), 2, "{bad:?}");
    }

    #[test]
    fn what_is_written_is_read_alike() {
        let text = [
            concat!(
                r#"{"store":{"currency":"GBP","tax_basis":"invoice","cash_rounding":"down5","#,
                r#""taxes":[{"code":"ST","class":"food","percent":"7.875","from":"2020-01-01","#,
                r#""until":"2030-12-31"}]}}"#,
            ),
            concat!(
                r#"{"basket":"1","lines":[{"code":"4011","name":"BAN \"A\"","qty":"-0.65","#,
                r#""price":"0.99","amount":"-0.64","tax":"food","weighed":true,"void":true},"#,
                r#"{"code":"85123A"}],"tenders":[{"kind":"check","number":"12"},"#,
                r#"{"kind":"check","amount":"5.84","number":"1234"},{"kind":"cash","#,
                r#""amount":"20.00"},{"kind":"cash"}]}"#,
            ),
        ]
        .join("\n");
        let file = read(text.as_bytes()).expect("a file");
        let mut written = Vec::new();
        write(&file, &mut written).expect("written");
        assert_eq!(read(written.as_slice()), Ok(file));
    }
}
