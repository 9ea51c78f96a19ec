//! What a drill expects: each basket's amounts, and their sums, counted apart from the register.

use serde::Serialize;

use crate::domain::money::{Money, Overflow};
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

/// Sums over sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Sales.
    pub sales: u64,
    /// Refunds.
    pub refunds: u64,
    /// Totals, tax counted.
    pub total: Money,
    /// Taxes.
    pub tax: Money,
    /// Cash kept: handed over less change and payouts.
    pub cash: Money,
    /// Checks taken.
    pub checks: Money,
    /// Cash rounding.
    pub rounding: Money,
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

impl Sums {
    /// The sums with one more sale.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn with(self, sale: &CompletedSale) -> Result<Self, Overflow> {
        let refund = u64::from(sale.is_refund());
        Ok(Self {
            sales: self.sales.saturating_add(1_u64.saturating_sub(refund)),
            refunds: self.refunds.saturating_add(refund),
            total: self.total.plus(sale.total)?,
            tax: self.tax.plus(sale.tax()?)?,
            cash: self.cash.plus(sale.cash_kept()?)?,
            checks: self.checks.plus(sale.checks()?)?,
            rounding: self.rounding.plus(sale.rounding)?,
        })
    }

    /// These and others.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn and(self, other: Self) -> Result<Self, Overflow> {
        Ok(Self {
            sales: self.sales.saturating_add(other.sales),
            refunds: self.refunds.saturating_add(other.refunds),
            total: self.total.plus(other.total)?,
            tax: self.tax.plus(other.tax)?,
            cash: self.cash.plus(other.cash)?,
            checks: self.checks.plus(other.checks)?,
            rounding: self.rounding.plus(other.rounding)?,
        })
    }
}
