//! The text of one line of a basket file, read and written. Numbers stay text until the domain
//! takes them, so that no float is ever made.

use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Basket, BasketFile, BasketLine, BasketTender, StoreHead};
use crate::domain::cash_rounding::CashRounding;
use crate::domain::echo::{echo, in_a_line};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::TaxClass;
use crate::domain::item::ITEM_NAME_LEN_MAX;
use crate::domain::money::Money;
use crate::domain::policy::Currency;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{LINE_QUANTITY_MAX, SALE_LINES_MAX, SALE_TENDERS_MAX};
use crate::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use crate::domain::tender::CheckNumber;
use crate::domain::time::BusinessDate;

const ID_LEN_MAX: usize = 60;
const TAXES_MAX: usize = 1_000;

/// What a line turned out to be.
pub(super) enum Parsed {
    Store(StoreHead),
    Basket(Basket),
}

/// A line as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineText<'a> {
    store: Option<StoreText<'a>>,
    #[serde(borrow)]
    basket: Option<&'a RawValue>,
    lines: Option<Vec<ItemText<'a>>>,
    tenders: Option<Vec<TenderText<'a>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreText<'a> {
    currency: String,
    tax_basis: String,
    cash_rounding: Option<String>,
    #[serde(borrow, default)]
    taxes: Vec<TaxText<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaxText<'a> {
    code: String,
    class: String,
    #[serde(borrow)]
    percent: &'a RawValue,
    from: String,
    until: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemText<'a> {
    #[serde(borrow)]
    code: &'a RawValue,
    name: Option<String>,
    qty: Option<&'a RawValue>,
    price: Option<&'a RawValue>,
    amount: Option<&'a RawValue>,
    tax: Option<String>,
    #[serde(default)]
    weighed: bool,
    #[serde(default)]
    void: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenderText<'a> {
    kind: String,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    number: Option<&'a RawValue>,
}

/// Reads a line, or says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let line: LineText<'_> =
        serde_json::from_str(text).map_err(|why| format!("it is not a basket: {}", json(&why)))?;
    match line {
        LineText { store: Some(store), basket: None, lines: None, tenders: None } => {
            store_of(store).map(Parsed::Store)
        }
        LineText { store: None, basket: Some(id), lines: Some(lines), tenders } => {
            basket_of(id, &lines, tenders).map(Parsed::Basket)
        }
        LineText { store: Some(_), .. } => Err("a store stands in a line of its own".to_owned()),
        LineText { .. } => Err("a basket has \"basket\" (its id) and \"lines\"".to_owned()),
    }
}

fn store_of(store: StoreText<'_>) -> Result<StoreHead, String> {
    if store.taxes.len() > TAXES_MAX {
        return Err(format!("a store has at most {TAXES_MAX} tax rows"));
    }
    let label = |text: &str| TaxClass::parse(text).map_err(|why| why.to_string());
    let day = |text: &str| BusinessDate::parse(text).map_err(|why| why.to_string());
    let mut rows = Vec::new();
    for tax in &store.taxes {
        let percent = scalar_text(tax.percent)?;
        rows.push(TaxRow {
            code: label(&tax.code)?,
            class: label(&tax.class)?,
            rate: TaxRate::parse_percent(&percent).map_err(|_| {
                let percent = echo(&percent);
                format!("'{percent}' is not a percentage of at most five decimals")
            })?,
            from: day(&tax.from)?,
            until: tax.until.as_deref().map(day).transpose()?,
        });
    }
    let rounding = store.cash_rounding.as_deref().unwrap_or("none");
    Ok(StoreHead {
        currency: Currency::from_code(&store.currency)
            .ok_or_else(|| format!("currency '{}' is not known", echo(&store.currency)))?,
        tax_basis: BASES
            .iter()
            .find(|(word, _)| *word == store.tax_basis)
            .map(|(_, basis)| *basis)
            .ok_or_else(|| {
                format!("tax_basis '{}' is neither invoice nor item", echo(&store.tax_basis))
            })?,
        taxes: TaxTable::new(rows),
        cash_rounding: ROUNDINGS
            .iter()
            .find(|(word, _)| *word == rounding)
            .map(|(_, policy)| *policy)
            .ok_or_else(|| {
                let rounding = echo(rounding);
                format!("cash_rounding '{rounding}' is not none, nearest5, down5 or change_up5")
            })?,
    })
}

fn basket_of(
    id: &RawValue,
    lines: &[ItemText<'_>],
    tenders: Option<Vec<TenderText<'_>>>,
) -> Result<Basket, String> {
    let id = scalar_text(id)?;
    if id.is_empty() || id.len() > ID_LEN_MAX {
        return Err(format!("a basket's id has 1 to {ID_LEN_MAX} bytes"));
    }
    if lines.is_empty() || lines.len() > SALE_LINES_MAX {
        return Err(format!("a basket has 1 to {SALE_LINES_MAX} lines, this one {}", lines.len()));
    }
    // No tenders at all is the commonest wish: exact cash.
    let tenders = match tenders.as_deref() {
        None | Some([]) => vec![BasketTender::Cash(None)],
        Some(tenders) if tenders.len() > SALE_TENDERS_MAX => {
            return Err(format!("a basket has at most {SALE_TENDERS_MAX} tenders"));
        }
        Some(tenders) => tenders.iter().map(tender_of).collect::<Result<_, _>>()?,
    };
    let numbered = lines.iter().zip(1_usize..);
    let lines = numbered
        .map(|(line, place)| line_of(line).map_err(|why| format!("item {place}: {why}")))
        .collect::<Result<_, _>>()?;
    Ok(Basket { id, lines, tenders })
}

fn line_of(line: &ItemText<'_>) -> Result<BasketLine, String> {
    let code = ItemCode::parse(&scalar_text(line.code)?).map_err(|why| why.to_string())?;
    if line.name.as_ref().is_some_and(|name| name.len() > ITEM_NAME_LEN_MAX) {
        return Err(format!("a name has at most {ITEM_NAME_LEN_MAX} bytes"));
    }
    let quantity = match line.qty {
        None => Quantity::ONE,
        Some(raw) => {
            Quantity::parse(&scalar_text(raw)?).map_err(|why| format!("the quantity {why}"))?
        }
    };
    let magnitude = quantity.tenthousandths().unsigned_abs();
    if magnitude == 0 || magnitude > LINE_QUANTITY_MAX.tenthousandths().unsigned_abs() {
        return Err(format!("a quantity is not 0 and at most {LINE_QUANTITY_MAX}"));
    }
    let price = line.price.map(scalar_text).transpose()?;
    let price = price.as_deref().map(UnitPrice::parse).transpose();
    let price = price.map_err(|why| format!("the price {why}"))?;
    if price.is_some_and(|price| price.tenthousandths() < 0) {
        return Err("a price is not below zero; a returned item has a quantity below zero".into());
    }
    Ok(BasketLine {
        code,
        name: line.name.clone(),
        quantity,
        price,
        amount: line.amount.map(money_of).transpose()?,
        tax: line.tax.as_deref().map(TaxClass::parse).transpose().map_err(|why| why.to_string())?,
        weighed: line.weighed,
        void: line.void,
    })
}

fn tender_of(tender: &TenderText<'_>) -> Result<BasketTender, String> {
    let amount = tender.amount.map(money_of).transpose()?;
    if amount.is_some_and(Money::is_negative) {
        return Err("a tender is not below zero; a refund is paid out by itself".to_owned());
    }
    match (tender.kind.as_str(), tender.number) {
        ("cash", None) => Ok(BasketTender::Cash(amount)),
        ("cash", Some(_)) => Err("cash has no number".to_owned()),
        ("check", Some(number)) => CheckNumber::parse(&scalar_text(number)?)
            .map(|number| BasketTender::Check(amount, number))
            .map_err(|why| why.to_string()),
        ("check", None) => Err("a check has a number".to_owned()),
        (kind, _) => Err(format!("tender '{}' is neither cash nor check", echo(kind))),
    }
}

fn money_of(raw: &RawValue) -> Result<Money, String> {
    Money::parse(&scalar_text(raw)?).map_err(|why| why.to_string())
}

/// The text of a JSON string or number, as it was written.
fn scalar_text(raw: &RawValue) -> Result<String, String> {
    let text = raw.get();
    if text.starts_with('"') {
        serde_json::from_str(text).map_err(|why| json(&why))
    } else if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(format!("'{}' is neither a text nor a number", echo(text)))
    }
}

/// The reader's own words, which may quote a whole field.
fn json(why: &serde_json::Error) -> String {
    in_a_line(&why.to_string())
}

const BASES: [(&str, TaxBasis); 2] = [("invoice", TaxBasis::Invoice), ("item", TaxBasis::Item)];
const ROUNDINGS: [(&str, CashRounding); 4] = [
    ("none", CashRounding::None),
    ("nearest5", CashRounding::Nearest5),
    ("down5", CashRounding::Down5),
    ("change_up5", CashRounding::ChangeUp5),
];

#[derive(Serialize)]
struct StoreLine {
    store: StoreOut,
}

#[derive(Serialize)]
struct StoreOut {
    currency: &'static str,
    tax_basis: &'static str,
    cash_rounding: &'static str,
    taxes: Vec<TaxOut>,
}

#[derive(Serialize)]
struct TaxOut {
    code: String,
    class: String,
    percent: String,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Serialize)]
struct BasketOut<'a> {
    basket: &'a str,
    lines: Vec<ItemOut<'a>>,
    tenders: Vec<TenderOut>,
}

#[derive(Serialize)]
struct ItemOut<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    qty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    weighed: bool,
    #[serde(skip_serializing_if = "is_false")]
    void: bool,
}

#[derive(Serialize)]
struct TenderOut {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
}

/// Writes a file that [`super::read`] reads as the same baskets.
///
/// # Errors
/// What the writer says.
pub fn write(file: &BasketFile, mut to: impl Write) -> std::io::Result<()> {
    if let Some(store) = &file.store {
        serde_json::to_writer(&mut to, &StoreLine { store: store_out(store) })?;
        to.write_all(b"\n")?;
    }
    for basket in &file.baskets {
        let lines = basket.lines.iter().map(item_out).collect();
        let tenders = basket.tenders.iter().map(tender_out).collect();
        serde_json::to_writer(&mut to, &BasketOut { basket: &basket.id, lines, tenders })?;
        to.write_all(b"\n")?;
    }
    Ok(())
}

fn store_out(store: &StoreHead) -> StoreOut {
    let StoreHead { currency, tax_basis, taxes, cash_rounding } = store;
    StoreOut {
        currency: currency.code(),
        tax_basis: BASES.iter().find(|(_, b)| b == tax_basis).map_or("invoice", |(word, _)| *word),
        cash_rounding: ROUNDINGS
            .iter()
            .find(|(_, policy)| policy == cash_rounding)
            .map_or("none", |(word, _)| *word),
        taxes: taxes
            .rows()
            .iter()
            .map(|row| TaxOut {
                code: row.code.to_string(),
                class: row.class.to_string(),
                percent: row.rate.to_string(),
                from: row.from.to_string(),
                until: row.until.map(|until| until.to_string()),
            })
            .collect(),
    }
}

fn item_out(line: &BasketLine) -> ItemOut<'_> {
    ItemOut {
        code: line.code.as_str(),
        name: line.name.as_deref(),
        qty: line.quantity.to_string(),
        price: line.price.map(|price| price.to_string()),
        amount: line.amount.map(|amount| amount.to_string()),
        tax: line.tax.as_ref().map(TaxClass::as_str),
        weighed: line.weighed,
        void: line.void,
    }
}

fn tender_out(tender: &BasketTender) -> TenderOut {
    let amount = |amount: &Option<Money>| amount.map(|amount| amount.to_string());
    match tender {
        BasketTender::Cash(cash) => TenderOut { kind: "cash", amount: amount(cash), number: None },
        BasketTender::Check(check, number) => TenderOut {
            kind: "check",
            amount: amount(check),
            number: Some(number.as_str().to_owned()),
        },
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that skipping asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}
