//! Totals over completed sales: the figures that ledger and central must share to the cent.

use std::collections::BTreeMap;

use crate::domain::ids::TaxClass;
use crate::domain::money::{Money, Overflow};
use crate::domain::sale::CompletedSale;
use crate::domain::tax::TaxRate;

/// Tax at one rate of one authority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaxTotal {
    /// What it was taken on.
    pub taxable: Money,
    /// The tax.
    pub amount: Money,
}

/// Totals of sales; refunds count below zero in every sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sales.
    pub sales: u64,
    /// Refunds.
    pub refunds: u64,
    /// Lines before tax.
    pub subtotal: Money,
    /// Tax.
    pub tax: Money,
    /// Lines and tax.
    pub total: Money,
    /// What cash rounding added, or took.
    pub rounding: Money,
    /// Cash kept: handed over less change and pay-outs.
    pub cash: Money,
    /// Checks.
    pub checks: Money,
    /// Tax by code and rate.
    pub taxes: BTreeMap<(TaxClass, TaxRate), TaxTotal>,
}

impl Totals {
    /// The totals with one sale more.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn plus_sale(mut self, sale: &CompletedSale) -> Result<Self, Overflow> {
        let refund = u64::from(sale.is_refund());
        self.refunds = self.refunds.saturating_add(refund);
        self.sales = self.sales.saturating_add(1_u64.saturating_sub(refund));
        self.subtotal = self.subtotal.plus(sale.subtotal)?;
        self.tax = self.tax.plus(sale.tax()?)?;
        self.total = self.total.plus(sale.total)?;
        self.rounding = self.rounding.plus(sale.rounding)?;
        self.cash = self.cash.plus(sale.cash_kept()?)?;
        self.checks = self.checks.plus(sale.checks()?)?;
        for tax in &sale.taxes {
            let sum = self.taxes.entry((tax.code.clone(), tax.rate)).or_default();
            sum.taxable = sum.taxable.plus(tax.taxable)?;
            sum.amount = sum.amount.plus(tax.amount)?;
        }
        Ok(self)
    }

    /// True when what was paid is what was sold: cash and checks are total and rounding.
    pub fn agree(&self) -> bool {
        let paid = self.cash.plus(self.checks);
        let sold = self.total.plus(self.rounding);
        paid.is_ok() && paid == sold && self.subtotal.plus(self.tax) == Ok(self.total)
    }
}
