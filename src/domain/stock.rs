//! Stock deltas: what sales took from the shelf. Never "set to", always plus or minus.

use std::collections::BTreeMap;

use super::gtin::ItemCode;
use super::money::Overflow;
use super::quantity::Quantity;
use super::sale::CompletedSale;

/// Deltas by item: below zero left the store.
pub type StockDeltas = BTreeMap<ItemCode, Quantity>;

/// Adds a sale's deltas: each line that was not voided takes its quantity from the shelf, and a
/// returned line puts it back.
///
/// # Errors
/// [`Overflow`] when a sum does not fit.
pub fn add_sale(deltas: &mut StockDeltas, sale: &CompletedSale) -> Result<(), Overflow> {
    for line in sale.lines.iter().filter(|line| !line.voided) {
        let delta = deltas.entry(line.code.clone()).or_default();
        *delta = delta.plus(line.quantity.negated()?)?;
    }
    Ok(())
}
