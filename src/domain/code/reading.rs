//! From a scan to what it may mean: a short, ordered list of readings.
//!
//! ```text
//!  symbology known ──▶ one way to read it
//!  unknown ─┬─ TDO1:…, TDO2:…   our own receipt
//!           ├─ https://…        Digital Link, or refused
//!           ├─ holds GS         element string, or refused
//!           ├─ gift card, coupon, refund receipt        and nothing else
//!           └─ code as it stands · UPC-E · label · (01)…  the catalog decides, in this order
//! ```
//!
//! A last reading that is [`Garbage`] is what to say when the catalog knows none of those before.

use super::aim::{self, Symbology};
use super::batch::Batch;
use super::element::{self, Element, GS};
use super::garbage::Garbage;
use super::kind::{self, GiftCards, Paper};
use super::label::{self, LabelLayout, LabelValue, Means};
use super::link;
use super::measure::{Weight, WeightUnit};
use super::upce;
use crate::domain::gtin::{ITEM_CODE_LEN_MAX, ItemCode, has_wrong_check_digit, is_gtin};
use crate::domain::money::Money;
use crate::domain::sale::LINE_AMOUNT_MAX;
use crate::domain::time::BusinessDate;

/// The longest scan that is looked at, in bytes.
pub const SCAN_LEN_MAX: usize = 1_024;
/// The most readings of one scan.
pub const READINGS_MAX: usize = 5;
/// The beginnings of the codes on Tideover's own paper: a receipt that names its record, one that
/// holds the signed sale, the slip of a sale that was put aside, a rain check likewise.
pub const RECEIPT_PREFIXES: [&str; 5] = ["TDO1:", "TDO2:", "TDS1:", "TDR1:", "TDR2:"];

/// The store's data that readings depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeRules {
    /// The labels of its scales.
    pub layouts: Vec<LabelLayout>,
    /// The gift cards it sells or takes.
    pub gift_cards: Vec<GiftCards>,
    /// What its scanners send instead of GS, if they can't send it.
    pub separator: Option<String>,
}

/// What a scan may mean, best first; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings(Vec<Reading>);

/// One meaning of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// An item, if the catalog knows its code.
    Item(Box<ItemReading>),
    /// A coupon.
    Coupon,
    /// A refund receipt of a machine.
    RefundReceipt,
    /// A gift card: the name of its kind. The number is not kept.
    GiftCard(String),
    /// Tideover's own receipt, whole.
    Receipt(String),
    /// A payment card's number. It is not kept.
    PaymentCard,
    /// Nothing a register can use.
    Garbage(Garbage),
}

/// How an item's code was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeForm {
    /// As it stands.
    Plain,
    /// As the short form of a UPC-A.
    UpcE,
    /// In a scale's label.
    Label,
    /// In an element string or a Digital Link.
    Elements,
}

/// An item's code and whatever else the scan said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemReading {
    /// The code to look up.
    pub code: ItemCode,
    /// How it was written.
    pub form: CodeForm,
    /// The price of the package.
    pub price: Option<PackagePrice>,
    /// Its weight.
    pub weight: Option<Weight>,
    /// Its pieces.
    pub pieces: Option<u32>,
    /// What the label left at zero, so that it has to be asked for.
    pub not_encoded: Option<Means>,
    /// Batch or lot.
    pub batch: Option<Batch>,
    /// Its dates.
    pub dates: Dates,
}

/// A price on a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagePrice {
    /// How much, for all of it.
    pub amount: Money,
    /// ISO 4217 number of its currency, where the code names one.
    pub currency: Option<String>,
}

/// The dates on a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// AI 17 (or the day of 7003): not to be used after it.
    pub use_by: Option<BusinessDate>,
    /// AI 16: not to be sold after it.
    pub sell_by: Option<BusinessDate>,
    /// AI 15: best before it.
    pub best_before: Option<BusinessDate>,
}

/// Up to which of its dates a package may be sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiryRule {
    /// Use by.
    #[default]
    UseBy,
    /// Use by and sell by.
    SellBy,
    /// Use by, sell by and best before.
    BestBefore,
}

impl Readings {
    /// All of them, best first.
    pub fn all(&self) -> &[Reading] {
        &self.0
    }

    /// All of them, best first.
    pub fn into_all(self) -> Vec<Reading> {
        self.0
    }

    fn one(reading: Reading) -> Self {
        Self(vec![reading])
    }
}

impl From<Garbage> for Readings {
    fn from(garbage: Garbage) -> Self {
        Self::one(Reading::Garbage(garbage))
    }
}

impl ItemReading {
    fn of(code: ItemCode, form: CodeForm) -> Self {
        Self {
            code,
            form,
            price: None,
            weight: None,
            pieces: None,
            not_encoded: None,
            batch: None,
            dates: Dates::default(),
        }
    }
}

impl Dates {
    /// The earliest date that the rule looks at.
    pub fn last_day(self, rule: ExpiryRule) -> Option<BusinessDate> {
        let Self { use_by, sell_by, best_before } = self;
        let looked_at = match rule {
            ExpiryRule::UseBy => [use_by, None, None],
            ExpiryRule::SellBy => [use_by, sell_by, None],
            ExpiryRule::BestBefore => [use_by, sell_by, best_before],
        };
        looked_at.into_iter().flatten().min()
    }
}

/// Reads a scan or a typed code. `today` chooses the century of two-digit years.
pub fn read(scan: &str, rules: &CodeRules, today: BusinessDate) -> Readings {
    if scan.len() > SCAN_LEN_MAX {
        return Garbage::TooLong.into();
    }
    let text = scan.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.is_empty() {
        return Garbage::Empty.into();
    }
    let (symbology, data) = aim::split(text);
    match symbology {
        Symbology::AddOn => Garbage::AddOn.into(),
        Symbology::Ean => ean(data, rules),
        Symbology::Ean8 => ean8(data),
        Symbology::Gs1 => elements(&with_gs(data, rules), today),
        Symbology::Unknown | Symbology::Itf | Symbology::Other => unmarked(data, rules, today),
    }
}

fn unmarked(data: &str, rules: &CodeRules, today: BusinessDate) -> Readings {
    let begins = data.get(..5);
    if RECEIPT_PREFIXES.iter().any(|p| begins.is_some_and(|b| b.eq_ignore_ascii_case(p))) {
        let printable = data.chars().all(|c| !c.is_control());
        return if printable {
            Readings::one(Reading::Receipt(data.to_owned()))
        } else {
            Garbage::Character.into()
        };
    }
    if link::is_address(data) {
        return item_of(link::parse(data), today);
    }
    let data = with_gs(data, rules);
    if data.contains(GS) {
        return elements(&data, today);
    }
    if data.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return Garbage::Character.into();
    }
    if let Some(cards) = rules.gift_cards.iter().find(|cards| cards.holds(&data)) {
        return Readings::one(Reading::GiftCard(cards.name().to_owned()));
    }
    if kind::is_coupon_string(&data) {
        return Readings::one(Reading::Coupon);
    }
    if data.len() > ITEM_CODE_LEN_MAX {
        // Longer than any item's code: an element string, or nothing.
        let begins = data.starts_with("01") || data.starts_with("00") || data.starts_with("02");
        return if begins { elements(&data, today) } else { Garbage::TooLong.into() };
    }
    plain(&data, rules, today)
}

/// A code as it stands, and the other ways to read the same digits.
fn plain(data: &str, rules: &CodeRules, today: BusinessDate) -> Readings {
    let Ok(code) = ItemCode::parse(data) else { return Garbage::Character.into() };
    if is_gtin(data)
        && let Some(paper) = kind::paper(code.as_str())
    {
        return Readings::one(reading_of(paper));
    }
    let mut list = vec![Reading::Item(Box::new(ItemReading::of(code, CodeForm::Plain)))];
    let upc_e = upce::expand(data).and_then(|upc_a| ItemCode::parse(&upc_a).ok());
    if let Some(code) = upc_e {
        list.push(Reading::Item(Box::new(ItemReading::of(code, CodeForm::UpcE))));
    }
    list.extend(label_of(data, rules));
    if data.len() >= 16 && data.starts_with("01") && list.len() < READINGS_MAX {
        let read = elements(data, today).0;
        list.extend(read.into_iter().filter(|one| !matches!(one, Reading::Garbage(_))));
    }
    if kind::is_payment_card(data) {
        list.push(Reading::PaymentCard);
    } else if has_wrong_check_digit(data) && list.len() == 1 {
        list.push(Reading::Garbage(Garbage::CheckDigit));
    }
    Readings(list)
}

/// Digits of which the scanner says that they are EAN-13, UPC-A or UPC-E.
fn ean(data: &str, rules: &CodeRules) -> Readings {
    let data = aim::without_add_on(data);
    // An add-on of two or five digits may follow without a sign.
    let main = match data.len() {
        14 | 17 => data.get(..12),
        15 | 18 => data.get(..13),
        _ => Some(data),
    };
    match main {
        Some(short) if short.len() == 8 => match upce::expand(short) {
            Some(upc_a) => trade_item(&upc_a, CodeForm::UpcE, rules),
            // Some scanners name an EAN-8 so too; one that is no UPC-E can't be anything else.
            None => ean8(short),
        },
        Some(main) if matches!(main.len(), 12 | 13) => trade_item(main, CodeForm::Plain, rules),
        _ => Garbage::Torn.into(),
    }
}

fn ean8(data: &str) -> Readings {
    match ItemCode::parse(data) {
        Ok(code) if data.len() == 8 && is_gtin(data) => {
            Readings::one(Reading::Item(Box::new(ItemReading::of(code, CodeForm::Plain))))
        }
        _ => Garbage::CheckDigit.into(),
    }
}

fn trade_item(digits: &str, form: CodeForm, rules: &CodeRules) -> Readings {
    let code = match ItemCode::parse(digits) {
        Ok(code) if is_gtin(digits) => code,
        _ => return Garbage::CheckDigit.into(),
    };
    if let Some(paper) = kind::paper(code.as_str()) {
        return Readings::one(reading_of(paper));
    }
    let mut list = vec![Reading::Item(Box::new(ItemReading::of(code, form)))];
    list.extend(label_of(digits, rules));
    Readings(list)
}

fn reading_of(paper: Paper) -> Reading {
    match paper {
        Paper::Coupon => Reading::Coupon,
        Paper::RefundReceipt => Reading::RefundReceipt,
    }
}

fn label_of(data: &str, rules: &CodeRules) -> Option<Reading> {
    Some(match label::read(data, &rules.layouts)? {
        Err(garbage) => Reading::Garbage(garbage),
        Ok(label) => {
            let mut item = ItemReading::of(label.code, CodeForm::Label);
            match label.value {
                LabelValue::Price(amount) => {
                    item.price = Some(PackagePrice { amount, currency: None });
                }
                LabelValue::Weight(weight) => item.weight = Some(weight),
                LabelValue::Pieces(pieces) => item.pieces = Some(pieces),
                LabelValue::NotEncoded(means) => item.not_encoded = Some(means),
            }
            Reading::Item(Box::new(item))
        }
    })
}

fn elements(data: &str, today: BusinessDate) -> Readings {
    item_of(element::parse(data), today)
}

fn item_of(elements: Result<Vec<Element>, Garbage>, today: BusinessDate) -> Readings {
    let reading = elements.and_then(|elements| {
        let coupon = |e: &Element| matches!(e.ai.as_str(), "8110" | "8112");
        if elements.iter().any(coupon) {
            return Ok(Reading::Coupon);
        }
        item(&elements, today)
    });
    Readings::one(reading.unwrap_or_else(Reading::Garbage))
}

fn item(elements: &[Element], today: BusinessDate) -> Result<Reading, Garbage> {
    let gtin = elements.iter().find(|e| e.ai == "01").ok_or(Garbage::NoItem)?;
    let code = ItemCode::parse(&gtin.value).map_err(|_code| Garbage::NoItem)?;
    if let Some(paper) = kind::paper(code.as_str()) {
        return Ok(reading_of(paper));
    }
    let mut item = ItemReading::of(code, CodeForm::Elements);
    for element in elements {
        let date = || element.date(today).ok_or(Garbage::Date).map(Some);
        match element.ai.as_str() {
            "10" => item.batch = Batch::parse(&element.value),
            "17" => item.dates.use_by = date()?,
            "7003" if item.dates.use_by.is_none() => item.dates.use_by = date()?,
            "16" => item.dates.sell_by = date()?,
            "15" => item.dates.best_before = date()?,
            "30" => item.pieces = element.value.parse().ok().filter(|pieces| *pieces > 0),
            ai => measure(&mut item, ai, element)?,
        }
    }
    Ok(Reading::Item(Box::new(item)))
}

/// A weight (310n, 320n) or a price (392n, 393n); anything else says nothing to a register.
fn measure(item: &mut ItemReading, ai: &str, element: &Element) -> Result<(), Garbage> {
    let unit = match ai.get(..3) {
        Some("310") => WeightUnit::Kilogram,
        Some("320") => WeightUnit::Pound,
        Some("392" | "393") => {
            let amount = element.decimal().ok_or(Garbage::Measure)?;
            let currency = element.currency().map(str::to_owned);
            let amount = amount.money().filter(|money| *money <= LINE_AMOUNT_MAX);
            let amount = amount.ok_or(Garbage::Measure)?;
            if amount == Money::ZERO {
                item.not_encoded = Some(Means::Price);
            } else {
                item.price = Some(PackagePrice { amount, currency });
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    let amount = element.decimal().ok_or(Garbage::Measure)?;
    if amount.digits == 0 {
        item.not_encoded = Some(Means::Weight);
    } else {
        item.weight = Some(Weight { amount, unit });
    }
    Ok(())
}

/// The data with what the store's scanners send instead of GS turned into GS.
fn with_gs(data: &str, rules: &CodeRules) -> String {
    match rules.separator.as_deref().filter(|separator| !separator.is_empty()) {
        Some(separator) => data.replace(separator, GS.encode_utf8(&mut [0; 4])),
        None => data.to_owned(),
    }
}
