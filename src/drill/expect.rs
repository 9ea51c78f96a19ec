//! What a basket should come to, counted from the pack by `domain` alone, without a register.

use std::collections::BTreeMap;

use crate::domain::cash_rounding::CashRounding;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PackVersion, SaleNo, ShiftNo, TaxClass};
use crate::domain::item::Item;
use crate::domain::money::Money;
use crate::domain::policy::Policy;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{
    AgeCheck, AgeProof, Basket as OpenBasket, CompletedSale, LinePrice, PriceSource, Pricing, Taken,
};
use crate::domain::tax::{TaxBasis, TaxLine, TaxRate, TaxRow, TaxTable};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::BusinessDate;

use super::baskets::{Basket, BasketLine, BasketTender};

/// What a basket comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is paid; the number and the shift are not known here.
    Sold(Box<CompletedSale>),
    /// It is given up after lines were rung up, which is a record too.
    GivenUp(String),
    /// Not even one line is taken, which leaves no trace.
    NoTrace(String),
}

/// What prices and rules are looked up in.
pub struct Book<'a> {
    /// Finds an item.
    pub item: &'a dyn Fn(&ItemCode) -> Option<Item>,
    /// The tax rows.
    pub taxes: &'a TaxTable,
    /// The store's rules.
    pub policy: &'a Policy,
    /// The business date.
    pub date: BusinessDate,
    /// The pack's version.
    pub version: PackVersion,
}

/// Counts a recorded sale again from its lines and payments alone: what it should come to. The
/// arithmetic is this file's own, not the sale's. None when an amount does not fit.
pub fn again(sale: &CompletedSale, date: BusinessDate, book: &Book<'_>) -> Option<CompletedSale> {
    let mut subtotal = 0_i128;
    let mut taxes: BTreeMap<(TaxClass, TaxRate), (i128, i128)> = BTreeMap::new();
    for line in sale.lines.iter().filter(|line| !line.voided) {
        let quantity = i128::from(line.quantity.tenthousandths());
        // Ten-thousandths of a unit at ten-thousandths of the major unit: 10^6 make a minor one.
        let product = quantity.checked_mul(i128::from(line.unit_price.tenthousandths()))?;
        let amount = match line.price_source {
            PriceSource::Label => i128::from(line.amount.minor()),
            PriceSource::Pack | PriceSource::Keyed => nearest(product, 1_000_000)?,
        };
        subtotal = subtotal.checked_add(amount)?;
        let day = line.returned.map_or(date, |returned| returned.day);
        let holds = |row: &&TaxRow| {
            row.class == line.tax_class
                && row.from <= day
                && row.until.is_none_or(|until| day <= until)
        };
        for row in book.taxes.rows().iter().filter(holds) {
            if sale.terms.exempt.is_some() {
                continue;
            }
            let (base, tax) = taxes.entry((row.code.clone(), row.rate)).or_default();
            *base = base.checked_add(amount)?;
            if book.policy.tax_basis == TaxBasis::Item {
                let of_line = amount.checked_mul(i128::from(row.rate.tenmillionths()))?;
                *tax = tax.checked_add(nearest(of_line, 10_000_000)?)?;
            }
        }
    }
    let mut tax_sum = 0_i128;
    let mut tax_lines = Vec::new();
    for ((code, rate), (base, by_item)) in taxes {
        let amount = match book.policy.tax_basis {
            TaxBasis::Item => by_item,
            TaxBasis::Invoice => {
                nearest(base.checked_mul(i128::from(rate.tenmillionths()))?, 10_000_000)?
            }
        };
        tax_sum = tax_sum.checked_add(amount)?;
        tax_lines.push(TaxLine { code, rate, taxable: minor(base)?, amount: minor(amount)? });
    }
    let total = subtotal.checked_add(tax_sum)?;
    let checks = sale.checks().ok()?.minor();
    let in_cash = total.checked_sub(i128::from(checks))?;
    let handed = sale.tendered().ok()?.minor();
    let paid = i128::from(handed).checked_sub(i128::from(sale.change.minor()))?;
    let rounding = paid.checked_sub(total)?;
    // Rounding is a matter of cash, and of less than one small coin.
    let rounds = book.policy.cash_rounding != CashRounding::None && in_cash != 0;
    if rounding != 0 && (!rounds || rounding.abs() >= 5) {
        return None;
    }
    Some(CompletedSale {
        taxes: tax_lines,
        subtotal: minor(subtotal)?,
        total: minor(total)?,
        rounding: minor(rounding)?,
        ..sale.clone()
    })
}

fn minor(amount: i128) -> Option<Money> {
    i64::try_from(amount).ok().map(Money::from_minor)
}

/// A quotient rounded to the nearest, halves away from zero.
fn nearest(value: i128, by: i128) -> Option<i128> {
    let magnitude = value.checked_abs()?.checked_mul(2)?.checked_add(by)?;
    let rounded = magnitude.checked_div(by.checked_mul(2)?)?;
    if value < 0 { rounded.checked_neg() } else { Some(rounded) }
}

/// The prices of a basket's lines; an item that nobody knows is left to the register to refuse.
pub fn prices_of(basket: &Basket, book: &Book<'_>) -> Vec<LinePrice> {
    let price = |line: &BasketLine| {
        (book.item)(&line.code).map_or(LinePrice::Pack, |item| line.line_price(&item))
    };
    basket.lines.iter().map(price).collect()
}

/// The tenders of a basket; exact cash when its file names none.
pub fn tenders_of(basket: &Basket) -> Vec<BasketTender> {
    if basket.tenders.is_empty() {
        return vec![BasketTender::Cash(None)];
    }
    basket.tenders.clone()
}

/// Counts a basket.
pub fn expect(basket: &Basket, book: &Book<'_>) -> Expected {
    let mut open = OpenBasket::default();
    for (place, line) in basket.lines.iter().enumerate() {
        if let Err(refusal) = ring_up(&mut open, line, book) {
            let why = format!("line {}: {}", place.saturating_add(1), refusal.text());
            return if open.is_empty() { Expected::NoTrace(why) } else { Expected::GivenUp(why) };
        }
    }
    if open.is_empty() {
        return Expected::NoTrace("the basket is empty".to_owned());
    }
    match pay(open, &tenders_of(basket), book) {
        Ok(sale) => Expected::Sold(Box::new(sale)),
        Err(why) => Expected::GivenUp(why),
    }
}

fn ring_up(open: &mut OpenBasket, line: &BasketLine, book: &Book<'_>) -> Result<(), Refusal> {
    let unknown = || Refusal::UnknownItem(line.code.to_string());
    let item = (book.item)(&line.code).ok_or_else(unknown)?;
    let place = open.add(&item, line.quantity, line.line_price(&item))?;
    if line.void {
        open.void(place)?;
    }
    Ok(())
}

fn pay(
    mut open: OpenBasket,
    tenders: &[BasketTender],
    book: &Book<'_>,
) -> Result<CompletedSale, String> {
    let Policy { tax_basis, cash_rounding, .. } = *book.policy;
    let pricing = Pricing { taxes: book.taxes, basis: tax_basis, date: book.date };
    // The customers of a drill are of age and carry their ID.
    if let Some(years) = open.age_to_ask() {
        open.set_age(AgeCheck { years, proof: AgeProof::Id });
    }
    let mut tendering = open.tender(pricing).map_err(|(_, refusal)| refusal.text().to_string())?;
    for tender in tenders {
        let due = tendering.still_due();
        let cash_due = cash_rounding.cash_due(due).unwrap_or(due).max(Money::ZERO);
        let tender = match tender {
            BasketTender::Cash(amount) => Tender::Cash { amount: amount.unwrap_or(cash_due) },
            BasketTender::Check(amount, number) => {
                Tender::plain_check(amount.unwrap_or(due), number.clone())
            }
        };
        match tendering
            .take(tender, cash_rounding)
            .map_err(|(_, refusal)| refusal.text().to_string())?
        {
            Taken::Part(rest) => tendering = rest,
            Taken::All(paid) => return Ok(paid.number(SaleNo(0), ShiftNo(0))),
        }
    }
    Err(NOT_PAID.to_owned())
}

/// Why a basket whose tenders are too small is given up.
pub const NOT_PAID: &str = "the basket's tenders don't pay for it";

/// Half of a sale by check, the rest in cash: what a split tender plays.
pub fn split(sale: &CompletedSale) -> Option<Vec<BasketTender>> {
    let half = Money::from_minor(sale.total.minor().checked_div(2)?);
    let number = CheckNumber::parse("1001").ok()?;
    (half > Money::ZERO)
        .then(|| vec![BasketTender::Cash(Some(half)), BasketTender::Check(None, number)])
}
