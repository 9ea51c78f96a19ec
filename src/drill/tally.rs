//! One basket as it was recorded, in the report's words.

use serde::Serialize;

use crate::domain::money::Overflow;
use crate::domain::sale::CompletedSale;

/// One basket as it was sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BasketEntry {
    /// The basket's name in its file.
    pub basket: String,
    /// The register, from 1.
    pub register: u16,
    /// The number on its receipt.
    pub sale: u64,
    /// The sum of the lines.
    pub subtotal: String,
    /// The tax by code and rate.
    pub taxes: Vec<TaxEntry>,
    /// The sum of the taxes.
    pub tax: String,
    /// Subtotal and tax.
    pub total: String,
    /// What was handed over.
    pub tendered: String,
    /// What was handed back.
    pub change: String,
    /// What cash rounding added, or took.
    pub rounding: String,
}

/// One tax of a basket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaxEntry {
    /// The authority's code.
    pub code: String,
    /// The rate in percent.
    pub percent: String,
    /// What it was taken on.
    pub taxable: String,
    /// The tax.
    pub tax: String,
}

impl BasketEntry {
    /// The entry of a completed sale.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn of(basket: &str, register: u16, sale: &CompletedSale) -> Result<Self, Overflow> {
        let taxes = sale.taxes.iter().map(|tax| TaxEntry {
            code: tax.code.to_string(),
            percent: tax.rate.to_string(),
            taxable: tax.taxable.to_string(),
            tax: tax.amount.to_string(),
        });
        Ok(Self {
            basket: basket.to_owned(),
            register,
            sale: sale.number.0,
            subtotal: sale.subtotal.to_string(),
            taxes: taxes.collect(),
            tax: sale.tax()?.to_string(),
            total: sale.total.to_string(),
            tendered: sale.tendered()?.to_string(),
            change: sale.change.to_string(),
            rounding: sale.rounding.to_string(),
        })
    }
}
