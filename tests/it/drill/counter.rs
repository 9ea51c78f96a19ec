//! What baskets come to, counted once more beside the program.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::{SampleItem, hundredths, sample_items, table};

/// Counts baskets from the tables, in whole numbers and without the program's own arithmetic.
pub struct Counter {
    items: BTreeMap<String, SampleItem>,
    /// Authority, class and rate in ten-millionths, of those that hold on the day.
    taxes: Vec<(String, String, i128)>,
}

impl Counter {
    pub fn of_the_sample_store(day: &str) -> Self {
        let items = sample_items().into_iter().map(|item| (item.code.clone(), item)).collect();
        let holds =
            |row: &csv::StringRecord| &row[3] <= day && (row[4].is_empty() || day <= &row[4]);
        let rate = |percent: &str| {
            let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
            format!("{whole}{part:0<5}").parse::<i128>().expect("a rate")
        };
        let rows = table("taxes.csv");
        let held = rows.iter().filter(|row| holds(row));
        let taxes = held.map(|row| (row[0].to_owned(), row[1].to_owned(), rate(&row[2]))).collect();
        Self { items, taxes }
    }

    /// Amounts in cents, by their names in the report.
    pub fn count(&self, basket: &Value) -> BTreeMap<&'static str, i128> {
        let mut subtotal = 0;
        let mut bases: BTreeMap<(&str, i128), i128> = BTreeMap::new();
        for line in basket["lines"].as_array().expect("lines") {
            if line["void"] == true {
                continue;
            }
            let item = &self.items[line["code"].as_str().expect("a code")];
            let quantity = match &line["qty"] {
                Value::Null => 100,
                Value::Number(pieces) => i128::from(pieces.as_u64().expect("pieces")) * 100,
                weight => hundredths(weight.as_str().expect("a weight")),
            };
            let amount = half_up(item.price * quantity, 100);
            subtotal += amount;
            for (authority, class, rate) in &self.taxes {
                if *class == item.class {
                    *bases.entry((authority, *rate)).or_default() += amount;
                }
            }
        }
        let taxes = bases.iter().map(|((_, rate), base)| half_up(base * rate, 10_000_000));
        let tax: i128 = taxes.sum();
        let total = subtotal + tax;
        let nearest5 = (total + 2) / 5 * 5;
        let (tendered, change, rounding) = match basket["tenders"][0]["kind"].as_str() {
            Some("check") => (total, 0, 0),
            Some(_) => (90_000, 90_000 - nearest5, nearest5 - total),
            None => (nearest5, 0, nearest5 - total),
        };
        BTreeMap::from([
            ("subtotal", subtotal),
            ("tax", tax),
            ("total", total),
            ("tendered", tendered),
            ("change", change),
            ("rounding", rounding),
        ])
    }
}

/// A quotient of what is not below zero, halves rounded up.
fn half_up(product: i128, scale: i128) -> i128 {
    (product * 2 + scale) / (scale * 2)
}
