//! What a reading comes to as a line of a basket: how much, at which price, or what is missing.
//!
//! | the code says | sold by the piece | sold by weight |
//! |---|---|---|
//! | price of the package | that price, its pieces | that price; weight = price / unit price |
//! | weight | a piece | that weight at the pack's price |
//! | pieces | that many | the weight is asked for |
//! | zeros, or another currency | the price is asked for | the weight is asked for |
//! | nothing else | a piece | the weight is asked for |
//!
//! A keyed quantity counts packages where the code says what is in one, otherwise it is the
//! quantity itself. A price on the package wins over the pack's: it is what the customer was told.

use super::measure::Weight;
use super::reading::{ItemReading, PackagePrice};
use crate::domain::item::{Item, SoldBy};
use crate::domain::money::{Money, Overflow, div_half_up};
use crate::domain::policy::Policy;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::refusal::Refusal;
use crate::domain::sale::{LinePrice, Missing};

/// A line to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ringing {
    /// It is complete.
    Settled(Quantity, LinePrice),
    /// It waits for what is missing.
    Open(Quantity, Missing),
}

/// Makes a line of a reading and the item it was found to be.
///
/// # Errors
/// [`Refusal`] for a part of a package, and for amounts and weights out of bounds.
pub fn line_of(
    reading: &ItemReading,
    item: &Item,
    keyed: Option<Quantity>,
    policy: &Policy,
) -> Result<Ringing, Refusal> {
    if let Some(price) = reading.price.as_ref().filter(|price| is_ours(price, policy)) {
        let packages = packages(keyed)?;
        let each = match item.sold_by {
            SoldBy::Each => Quantity::pieces(i64::from(reading.pieces.unwrap_or(1)))?,
            SoldBy::Weight => match reading.weight {
                Some(weight) => in_stores_unit(weight, policy)?,
                None => bought_for(price.amount, item.unit_price)?,
            },
        };
        let amount = price.amount.minor().checked_mul(packages).ok_or(Overflow)?;
        let price = LinePrice::Label(Money::from_minor(amount));
        return Ok(Ringing::Settled(times(each, packages)?, price));
    }
    let quantity = keyed.unwrap_or(Quantity::ONE);
    Ok(match (item.sold_by, reading.weight, reading.pieces) {
        (SoldBy::Weight, Some(weight), _) => {
            let weight = times(in_stores_unit(weight, policy)?, packages(keyed)?)?;
            Ringing::Settled(weight, LinePrice::Pack)
        }
        (SoldBy::Weight, None, _) => match keyed {
            Some(weight) => Ringing::Settled(weight, LinePrice::Pack),
            None => Ringing::Open(Quantity::ONE, Missing::Weight),
        },
        (SoldBy::Each, ..) if reading.not_encoded.is_some() || reading.price.is_some() => {
            Ringing::Open(quantity, Missing::Price)
        }
        (SoldBy::Each, _, Some(pieces)) => {
            let pieces = times(Quantity::pieces(i64::from(pieces))?, packages(keyed)?)?;
            Ringing::Settled(pieces, LinePrice::Pack)
        }
        (SoldBy::Each, _, None) => Ringing::Settled(quantity, LinePrice::Pack),
    })
}

/// True for a price in the store's own currency, or one that names none.
fn is_ours(price: &PackagePrice, policy: &Policy) -> bool {
    price.currency.as_deref().is_none_or(|number| number == policy.currency.number())
}

/// How many packages were keyed; one when nothing was.
fn packages(keyed: Option<Quantity>) -> Result<i64, Refusal> {
    let quantity = keyed.unwrap_or(Quantity::ONE);
    if !quantity.is_whole() {
        return Err(Refusal::WholePiecesOnly);
    }
    Ok(quantity.tenthousandths().div_euclid(Quantity::ONE.tenthousandths()))
}

fn in_stores_unit(weight: Weight, policy: &Policy) -> Result<Quantity, Refusal> {
    let quantity = weight.quantity(&policy.weight_unit).ok_or(Refusal::QuantityOutOfRange)?;
    Ok(quantity.max(Quantity::from_tenthousandths(1)))
}

/// The weight that an amount pays for, rounded half-up to ten-thousandths; at least one of them.
fn bought_for(amount: Money, unit_price: UnitPrice) -> Result<Quantity, Refusal> {
    // 10^-2 by 10^-4 of the major unit is 10^2 units, or 10^6 ten-thousandths.
    let product = i128::from(amount.minor()).checked_mul(1_000_000).ok_or(Overflow)?;
    let weight = div_half_up(product, i128::from(unit_price.tenthousandths())).ok_or(Overflow)?;
    let weight = i64::try_from(weight).map_err(|_large| Overflow)?;
    Ok(Quantity::from_tenthousandths(weight.max(1)))
}

fn times(quantity: Quantity, packages: i64) -> Result<Quantity, Refusal> {
    let all = quantity.tenthousandths().checked_mul(packages).ok_or(Refusal::QuantityOutOfRange)?;
    Ok(Quantity::from_tenthousandths(all))
}
