//! What a basket should come to, counted from the pack by `domain` alone, without a register.

use crate::domain::gtin::ItemCode;
use crate::domain::ids::{SaleNo, ShiftNo};
use crate::domain::item::Item;
use crate::domain::money::Money;
use crate::domain::policy::Policy;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{
    AgeCheck, AgeProof, Basket as OpenBasket, CompletedSale, LinePrice, Pricing, Taken,
};
use crate::domain::tax::TaxTable;
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
