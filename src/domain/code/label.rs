//! Labels of scales: a price, a weight or a count inside a number of 13 digits.
//!
//! ```text
//!  US  0 2 IIIII V PPPP C     prefix 02, item 5, verifier, value 4, price with 2 decimals
//!  GB  20  IIIII V PPPP C     prefix 20, the same
//!  DK  28  IIIII   WWWWW C    prefix 28, item 5, no verifier, value 5, weight with 3 decimals
//! ```
//!
//! Which part is where is each retailer's own choice, so a layout is data of the pack and none is
//! built in. A UPC-A is taken as 13 digits with a zero before it.
//!
//! Source: GS1 General Specifications 2.1.11 (restricted circulation numbers leave the layout to
//! the retailer or the country).

use super::garbage::Garbage;
use super::measure::{Decimal, Weight, WeightUnit};
use super::verifier;
use crate::domain::gtin::{ItemCode, check_digit, is_gtin};
use crate::domain::money::Money;

/// The most layouts a store may have.
pub const LAYOUTS_MAX: usize = 100;
/// Digits of a label.
const LABEL_LEN: usize = 13;

/// What the value of a label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The price of the package.
    Price,
    /// Its weight, in the store's unit.
    Weight,
    /// How many pieces are in it.
    Pieces,
}

/// The digit before the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verifier {
    /// There is none.
    Absent,
    /// It guards the value as GS1 says.
    Checked,
    /// It is there and means nothing here.
    Ignored,
}

/// Under which code the catalog knows the item of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogCode {
    /// The item's digits without zeros before them: `04011` is 4011.
    Plu,
    /// The item's digits as they stand.
    Digits,
    /// The whole number with zeros for verifier and value, and its own check digit.
    Gtin,
}

/// The parts of a layout, not yet proven to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// How the 13 digits begin: `02`, `04` or `20` to `29`, and more digits where they tell.
    pub prefix: String,
    /// Digits of the item.
    pub item_digits: usize,
    /// The digit after the item.
    pub verifier: Verifier,
    /// Digits of the value.
    pub value_digits: usize,
    /// How many digits of the value stand after its point.
    pub decimals: u8,
    /// What the value is.
    pub means: Means,
    /// Under which code the catalog knows the item.
    pub catalog_code: CatalogCode,
}

/// A layout that fits 13 digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelLayout(Parts);

/// Why parts make no layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLayout {
    /// Another prefix.
    #[error("the prefix must be digits that begin with 02, 04 or 20 to 29")]
    Prefix,
    /// The digits don't add up.
    #[error("prefix, item, verifier, value and the check digit must be 13 digits together")]
    Length,
    /// Item or value too short or too long.
    #[error("an item has 3 to 7 digits and a value 3 to 6")]
    Digits,
    /// A verifier of a value that has none.
    #[error("only a price of 4 or 5 digits has a verifier that can be checked")]
    Verifier,
    /// Too many decimals.
    #[error("a price has at most 2 decimals, a weight 4, a count of pieces none")]
    Decimals,
}

/// A label that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The code to look up.
    pub code: ItemCode,
    /// What it says.
    pub value: LabelValue,
}

/// The value of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelValue {
    /// The price of the package.
    Price(Money),
    /// Its weight.
    Weight(Weight),
    /// Its pieces.
    Pieces(u32),
    /// All zeros: the scale did not encode it, and it has to be asked for.
    NotEncoded(Means),
}

impl LabelLayout {
    /// A layout of these parts.
    ///
    /// # Errors
    /// [`NotLayout`] for parts that don't fit together.
    pub fn new(parts: Parts) -> Result<Self, NotLayout> {
        let Parts { prefix, item_digits, verifier, value_digits, decimals, means, .. } = &parts;
        let digits = prefix.bytes().all(|b| b.is_ascii_digit());
        let restricted = prefix.len() >= 2
            && (prefix.starts_with("02") || prefix.starts_with("04") || prefix.starts_with('2'));
        if !digits || !restricted {
            return Err(NotLayout::Prefix);
        }
        if !(3..=7).contains(item_digits) || !(3..=6).contains(value_digits) {
            return Err(NotLayout::Digits);
        }
        let guard = usize::from(*verifier != Verifier::Absent);
        let all = prefix.len().saturating_add(*item_digits).saturating_add(*value_digits);
        if all.saturating_add(guard).saturating_add(1) != LABEL_LEN {
            return Err(NotLayout::Length);
        }
        let price = *means == Means::Price && matches!(value_digits, 4 | 5);
        if *verifier == Verifier::Checked && !price {
            return Err(NotLayout::Verifier);
        }
        let most = match means {
            Means::Price => 2,
            Means::Weight => 4,
            Means::Pieces => 0,
        };
        if *decimals > most { Err(NotLayout::Decimals) } else { Ok(Self(parts)) }
    }

    /// Its parts.
    pub const fn parts(&self) -> &Parts {
        &self.0
    }

    /// Reads 13 digits that begin as this layout says; none for others.
    fn read(&self, digits: &str) -> Option<Result<Label, Garbage>> {
        let Parts { prefix, item_digits, verifier, value_digits, .. } = &self.0;
        let rest = digits.strip_prefix(prefix.as_str())?;
        let (item, rest) = rest.split_at_checked(*item_digits)?;
        let guard = usize::from(*verifier != Verifier::Absent);
        let (guard, rest) = rest.split_at_checked(guard)?;
        let value = rest.get(..*value_digits)?;
        if *verifier == Verifier::Checked && verifier::verifier(value) != guard.parse().ok() {
            return Some(Err(Garbage::PriceCheck));
        }
        Some(self.label(item, value).ok_or(Garbage::Measure))
    }

    fn label(&self, item: &str, value: &str) -> Option<Label> {
        let Parts { prefix, verifier, decimals, means, catalog_code, .. } = &self.0;
        let code = match catalog_code {
            CatalogCode::Digits => item.to_owned(),
            CatalogCode::Plu => {
                let plu = item.trim_start_matches('0');
                if plu.is_empty() { "0".to_owned() } else { plu.to_owned() }
            }
            CatalogCode::Gtin => {
                let guard = if *verifier == Verifier::Absent { "" } else { "0" };
                let zeros = "0".repeat(value.len());
                let body = format!("{prefix}{item}{guard}{zeros}");
                format!("{body}{}", check_digit(&body)?)
            }
        };
        let amount = Decimal { digits: value.parse().ok()?, decimals: *decimals };
        let value = match means {
            _ if amount.digits == 0 => LabelValue::NotEncoded(*means),
            Means::Price => LabelValue::Price(amount.money()?),
            Means::Weight => LabelValue::Weight(Weight { amount, unit: WeightUnit::Stores }),
            Means::Pieces => LabelValue::Pieces(u32::try_from(amount.digits).ok()?),
        };
        Some(Label { code: ItemCode::parse(&code).ok()?, value })
    }
}

/// Reads a label of 12 or 13 digits by the layout with the longest prefix that fits; none where
/// no layout does.
pub fn read(text: &str, layouts: &[LabelLayout]) -> Option<Result<Label, Garbage>> {
    if !matches!(text.len(), 12 | 13) || !is_gtin(text) {
        return None;
    }
    let digits = format!("{text:0>13}");
    layouts
        .iter()
        .filter(|layout| digits.starts_with(&layout.0.prefix))
        .max_by_key(|layout| layout.0.prefix.len())
        .and_then(|layout| layout.read(&digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(
        (prefix, item_digits, value_digits, decimals): (&str, usize, usize, u8),
        verifier: Verifier,
        means: Means,
    ) -> Result<LabelLayout, NotLayout> {
        LabelLayout::new(Parts {
            prefix: prefix.to_owned(),
            item_digits,
            verifier,
            value_digits,
            decimals,
            means,
            catalog_code: CatalogCode::Plu,
        })
    }

    #[test]
    fn parts_that_dont_fit_are_no_layout() {
        let price = |parts, verifier| layout(parts, verifier, Means::Price);
        assert!(price(("02", 5, 4, 2), Verifier::Checked).is_ok());
        assert!(price(("02", 5, 5, 2), Verifier::Absent).is_ok());
        for (parts, verifier, why) in [
            (("03", 5, 4, 2), Verifier::Checked, NotLayout::Prefix),
            (("40", 5, 4, 2), Verifier::Checked, NotLayout::Prefix),
            (("2x", 5, 4, 2), Verifier::Checked, NotLayout::Prefix),
            (("02", 5, 4, 2), Verifier::Absent, NotLayout::Length),
            (("02", 8, 4, 2), Verifier::Absent, NotLayout::Digits),
            (("02", 3, 6, 2), Verifier::Checked, NotLayout::Verifier),
            (("02", 5, 4, 3), Verifier::Checked, NotLayout::Decimals),
        ] {
            assert_eq!(price(parts, verifier), Err(why), "{parts:?}");
        }
    }

    #[test]
    fn the_longest_prefix_reads_the_label() {
        let layouts = [
            layout(("23", 5, 5, 2), Verifier::Absent, Means::Price).expect("good"),
            layout(("231", 4, 5, 3), Verifier::Absent, Means::Weight).expect("good"),
        ];
        let read = read("2311111112345", &layouts).expect("a label").expect("good");
        assert!(matches!(read.value, LabelValue::Weight(_)));
        assert_eq!(super::read("4006381333931", &layouts), None);
        assert_eq!(super::read("2311111112346", &layouts), None, "a wrong check digit");
    }

    #[test]
    fn a_label_names_its_item_in_the_way_the_catalog_does() {
        let parts = |catalog_code| Parts {
            prefix: "02".to_owned(),
            item_digits: 5,
            verifier: Verifier::Checked,
            value_digits: 4,
            decimals: 2,
            means: Means::Price,
            catalog_code,
        };
        for (catalog_code, code) in [
            (CatalogCode::Plu, "4011"),
            (CatalogCode::Digits, "04011"),
            (CatalogCode::Gtin, "00204011000008"),
        ] {
            let layouts = [LabelLayout::new(parts(catalog_code)).expect("good")];
            // 2 04011 9 2875 and its check digit, as a UPC-A.
            let body = "20401192875";
            let scan = format!("{body}{}", check_digit(body).expect("digits"));
            let label = read(&scan, &layouts).expect("a label").expect("good");
            assert_eq!(label.value, LabelValue::Price(Money::from_minor(2_875)));
            assert_eq!(Ok(label.code), ItemCode::parse(code));
        }
    }
}
