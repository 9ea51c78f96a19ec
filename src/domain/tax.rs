//! Sales tax: dated rows, several of them an item, on the invoice or on each line.
//!
//! ```text
//!  class food     ── row STATE 0.04 from 2026-01-01 ─┐
//!                 └─ row CITY  0.01 until 2026-12-31 ─┤─▶ one TaxLine a (row code, rate):
//!  class general  ── row STATE 0.06875 ──────────────┘    taxable base, amount
//! ```
//!
//! Rows are chosen by the business date, never by "latest row": expired rows stand in the states'
//! own files. Half-up on the third decimal is the law of the Streamlined Agreement's members
//! (section 324), and a seller may choose either basis.

use std::fmt;

use super::ids::TaxClass;
use super::money::{Money, Overflow, div_half_up, parse_scaled};
use super::quantity::NotScaled;
use super::time::BusinessDate;

const RATE_SCALE: i128 = 10_000_000;

/// A rate in ten-millionths: 8.25 % is 825,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxRate(i64);

/// Where the rounding happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxBasis {
    /// Once a rate, on the sum of its lines.
    Invoice,
    /// On each line, then summed.
    Item,
}

/// One row of the tax table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRow {
    /// The authority's short code, as it stands on the receipt: `MN`, `COUNTY`.
    pub code: TaxClass,
    /// The items it applies to.
    pub class: TaxClass,
    /// The rate.
    pub rate: TaxRate,
    /// The first business date it holds.
    pub from: BusinessDate,
    /// The last business date it holds; none while open.
    pub until: Option<BusinessDate>,
}

/// The tax of one sale at one rate of one authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxLine {
    /// The row's code.
    pub code: TaxClass,
    /// The row's rate.
    pub rate: TaxRate,
    /// What it was taken on.
    pub taxable: Money,
    /// The tax.
    pub amount: Money,
}

/// The rows a store needs; small, so it is kept in memory and searched by walking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxTable {
    rows: Vec<TaxRow>,
}

impl TaxRate {
    /// A rate of `tenmillionths`.
    pub const fn from_tenmillionths(tenmillionths: i64) -> Self {
        Self(tenmillionths)
    }

    /// The count of ten-millionths.
    pub const fn tenmillionths(self) -> i64 {
        self.0
    }

    /// Reads a percentage with at most five decimals: `8.25`, `7.875`.
    ///
    /// # Errors
    /// [`NotScaled`] with the text as it was given.
    pub fn parse_percent(text: &str) -> Result<Self, NotScaled> {
        parse_scaled(text, 5).map(Self).ok_or_else(|| NotScaled(text.to_owned()))
    }

    /// The tax on `taxable`, half-up to the minor unit.
    ///
    /// # Errors
    /// [`Overflow`] when the product does not fit.
    pub fn of(self, taxable: Money) -> Result<Money, Overflow> {
        i128::from(self.0)
            .checked_mul(i128::from(taxable.minor()))
            .and_then(|product| div_half_up(product, RATE_SCALE))
            .and_then(|minor| i64::try_from(minor).ok())
            .map(Money::from_minor)
            .ok_or(Overflow)
    }
}

impl fmt::Display for TaxRate {
    /// In percent without needless zeros: `8.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:05}", units % 100_000);
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{dot}{fraction}", units / 100_000)
    }
}

impl TaxTable {
    /// A table of these rows.
    pub const fn new(rows: Vec<TaxRow>) -> Self {
        Self { rows }
    }

    /// All rows, expired ones too, in the pack's order.
    pub fn rows(&self) -> &[TaxRow] {
        &self.rows
    }

    /// The rows that hold for a class on a day, in the table's order.
    pub fn rows_on<'a>(
        &'a self,
        class: &'a TaxClass,
        date: BusinessDate,
    ) -> impl Iterator<Item = &'a TaxRow> {
        self.rows.iter().filter(move |row| {
            row.class == *class && row.from <= date && row.until.is_none_or(|until| date <= until)
        })
    }

    /// The tax of a sale's lines, one [`TaxLine`] a code and rate, in the table's order.
    /// A line without a row on that day bears no tax.
    ///
    /// # Errors
    /// [`Overflow`] when a base or a product does not fit.
    pub fn tax<'a>(
        &self,
        lines: impl IntoIterator<Item = (&'a TaxClass, Money)>,
        date: BusinessDate,
        basis: TaxBasis,
    ) -> Result<Vec<TaxLine>, Overflow> {
        let mut taxes: Vec<(usize, TaxLine)> = Vec::new();
        for (class, amount) in lines {
            for (place, row) in self.rows.iter().enumerate() {
                let holds = row.class == *class
                    && row.from <= date
                    && row.until.is_none_or(|until| date <= until);
                if !holds {
                    continue;
                }
                let known =
                    taxes.iter_mut().find(|(_, tax)| tax.code == row.code && tax.rate == row.rate);
                let tax = match known {
                    Some((_, tax)) => tax,
                    None => {
                        let zero = TaxLine {
                            code: row.code.clone(),
                            rate: row.rate,
                            taxable: Money::ZERO,
                            amount: Money::ZERO,
                        };
                        taxes.push((place, zero));
                        match taxes.last_mut() {
                            Some((_, tax)) => tax,
                            None => continue,
                        }
                    }
                };
                tax.taxable = tax.taxable.plus(amount)?;
                if basis == TaxBasis::Item {
                    tax.amount = tax.amount.plus(row.rate.of(amount)?)?;
                }
            }
        }
        if basis == TaxBasis::Invoice {
            for (_, tax) in &mut taxes {
                tax.amount = tax.rate.of(tax.taxable)?;
            }
        }
        taxes.sort_by_key(|(place, _)| *place);
        Ok(taxes.into_iter().map(|(_, tax)| tax).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> TaxClass {
        TaxClass::parse(text).expect("a label")
    }

    fn day(text: &str) -> BusinessDate {
        BusinessDate::parse(text).expect("a day")
    }

    fn row(code: &str, class: &str, percent: &str, from: &str, until: Option<&str>) -> TaxRow {
        TaxRow {
            code: label(code),
            class: label(class),
            rate: TaxRate::parse_percent(percent).expect("a rate"),
            from: day(from),
            until: until.map(day),
        }
    }

    fn cents(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    #[test]
    fn half_up_on_the_third_decimal() {
        let rate = TaxRate::parse_percent("7.875").expect("a rate");
        assert_eq!(rate.of(cents(2000)), Ok(cents(158)));
        assert_eq!(rate.of(cents(-2000)), Ok(cents(-158)));
        assert_eq!(rate.to_string(), "7.875");
    }

    #[test]
    fn two_dimes_at_five_percent_differ_by_basis() {
        let table = TaxTable::new(vec![row("ST", "general", "5", "2000-01-01", None)]);
        let class = label("general");
        let lines = [(&class, cents(10)), (&class, cents(10))];
        let amount =
            |basis| table.tax(lines, day("2026-11-22"), basis).map(|taxes| taxes[0].amount);
        assert_eq!(amount(TaxBasis::Invoice), Ok(cents(1)));
        assert_eq!(amount(TaxBasis::Item), Ok(cents(2)));
    }

    #[test]
    fn rows_are_chosen_by_the_business_date_and_an_item_bears_several() {
        let table = TaxTable::new(vec![
            row("STATE", "food", "4", "2020-01-01", Some("2026-06-30")),
            row("STATE", "food", "3", "2026-07-01", None),
            row("CITY", "food", "1", "2020-01-01", None),
        ]);
        let food = label("food");
        let codes = |date: &str| -> Vec<String> {
            table.rows_on(&food, day(date)).map(|r| format!("{} {}", r.code, r.rate)).collect()
        };
        assert_eq!(codes("2026-06-30"), ["STATE 4", "CITY 1"]);
        assert_eq!(codes("2026-07-01"), ["STATE 3", "CITY 1"]);
        assert_eq!(codes("2019-12-31"), [""; 0]);
        let taxes = table.tax([(&food, cents(1000))], day("2026-07-01"), TaxBasis::Invoice);
        let amounts: Vec<_> = taxes.expect("fits").iter().map(|t| t.amount.minor()).collect();
        assert_eq!(amounts, [30, 10]);
    }

    #[test]
    fn a_rate_is_said_in_percent_without_needless_zeros() {
        for text in ["0", "8", "8.25", "0.375", "10.5"] {
            assert_eq!(TaxRate::parse_percent(text).expect("a rate").to_string(), text);
        }
    }
}
