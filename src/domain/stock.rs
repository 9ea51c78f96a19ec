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
/// [`Overflow`] when a sum does not fit; nothing of the sale is then added.
pub fn add_sale(deltas: &mut StockDeltas, sale: &CompletedSale) -> Result<(), Overflow> {
    let counted = || sale.lines.iter().filter(|line| !line.voided);
    for (place, line) in counted().enumerate() {
        let delta = deltas.entry(line.code.clone()).or_default();
        let after = line.quantity.negated().and_then(|taken| delta.plus(taken));
        let Ok(after) = after else {
            // Back through sums that fitted a moment ago.
            for line in counted().take(place) {
                let delta = deltas.entry(line.code.clone()).or_default();
                *delta = delta.plus(line.quantity)?;
            }
            return Err(Overflow);
        };
        *delta = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{SaleNo, ShiftNo, TaxClass};
    use crate::domain::item::{Item, SoldBy};
    use crate::domain::money::Money;
    use crate::domain::quantity::UnitPrice;
    use crate::domain::sale::{Basket, LinePrice, Terms};

    fn sale(codes: &[&str]) -> CompletedSale {
        let mut basket = Basket::default();
        for code in codes {
            let item = Item {
                code: ItemCode::parse(code).expect("a code"),
                name: (*code).to_owned(),
                unit_price: UnitPrice::from_tenthousandths(10_000),
                sold_by: SoldBy::Each,
                tax_class: TaxClass::parse("food").expect("a class"),
                department: 1,
                age_min: None,
            };
            basket.add(&item, Quantity::ONE, LinePrice::Pack).expect("added");
        }
        CompletedSale {
            number: SaleNo(1),
            shift: ShiftNo(1),
            lines: basket.lines().to_vec(),
            taxes: Vec::new(),
            subtotal: Money::ZERO,
            total: Money::ZERO,
            rounding: Money::ZERO,
            tenders: Vec::new(),
            change: Money::ZERO,
            terms: Terms::default(),
        }
    }

    #[test]
    fn a_sale_that_does_not_fit_leaves_nothing_behind() {
        let code = |text| ItemCode::parse(text).expect("a code");
        let mut deltas = StockDeltas::new();
        add_sale(&mut deltas, &sale(&["1", "1", "2"])).expect("fits");
        assert_eq!(deltas[&code("1")].to_string(), "-2");
        deltas.insert(code("3"), Quantity::from_tenthousandths(i64::MIN));
        let before = deltas.clone();
        assert_eq!(add_sale(&mut deltas, &sale(&["1", "2", "3", "1"])), Err(Overflow));
        assert_eq!(deltas, before);
    }
}
