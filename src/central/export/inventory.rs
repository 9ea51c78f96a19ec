//! Inventory deltas: what sales, deliveries and changes did to stock, as CSV. Never a figure that
//! something is set to: whoever takes the file adds, and a count says what was there at its time.

use crate::domain::event::Event;
use crate::domain::goods::delivery::Outcome as Delivered;
use crate::domain::goods::reason::StockReason;
use crate::domain::gtin::ItemCode;
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;

use super::Entry;
use super::csv_bundle::{Table, harmless};
use super::folder::{Format, Written};

const COLUMNS: [&str; 13] = [
    "store", "register", "journal", "seq", "line", "at", "day", "reason", "item", "name", "delta",
    "counted", "expected",
];

/// Inventory deltas.
#[derive(Clone, Copy, Debug)]
pub struct Inventory;

struct Moved<'a> {
    at: Timestamp,
    reason: &'a str,
    code: &'a ItemCode,
    name: &'a str,
    delta: Option<Quantity>,
    counted: Option<Quantity>,
    expected: Option<Quantity>,
}

impl Format for Inventory {
    fn kind(&self) -> &'static str {
        "inventory"
    }

    fn takes(&self, event: &Event) -> bool {
        event.sale().is_some()
            || matches!(event, Event::StockDelta(_) | Event::StockCount(_) | Event::Delivery(_))
    }

    fn render(&self, entries: &[Entry]) -> Result<Vec<Written>, String> {
        let mut table = Table::new(&COLUMNS)?;
        for entry in entries {
            for (place, moved) in (0_u32..).zip(moves(entry)) {
                let number = |quantity: Option<Quantity>| {
                    quantity.map_or_else(String::new, |q| q.to_string())
                };
                let values = [
                    place.to_string(),
                    moved.at.to_string(),
                    entry.header.date.to_string(),
                    moved.reason.to_ascii_uppercase(),
                    moved.code.to_string(),
                    harmless(moved.name),
                    number(moved.delta),
                    number(moved.counted),
                    number(moved.expected),
                ];
                table.row(entry, &values)?;
            }
        }
        let (_, bytes) = table.finish()?;
        Ok(vec![Written { name: ".csv".to_owned(), bytes }])
    }
}

fn moves(entry: &Entry) -> Vec<Moved<'_>> {
    let at = entry.header.at;
    let moved = |reason, code, name, delta| Moved {
        at,
        reason,
        code,
        name,
        delta,
        counted: None,
        expected: None,
    };
    match &entry.event {
        Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
            let lines = sale.lines.iter().filter(|line| !line.voided);
            lines
                .map(|line| {
                    let reason = if line.returned.is_some() { "return" } else { "sale" };
                    moved(reason, &line.code, line.name.as_str(), line.quantity.negated().ok())
                })
                .collect()
        }
        Event::StockDelta(change) => {
            let lines = change.lines.iter();
            let reason = change.reason.word();
            lines.map(|l| moved(reason, &l.code, l.name.as_str(), Some(l.delta))).collect()
        }
        Event::Delivery(delivery) => {
            let lines = delivery.lines.iter();
            lines
                .map(|l| moved(reason_of(l.outcome()), &l.code, l.name.as_str(), Some(l.good())))
                .collect()
        }
        Event::StockCount(count) => {
            let lines = count.lines.iter();
            lines
                .map(|line| Moved {
                    at: line.at,
                    reason: "count",
                    code: &line.code,
                    name: &line.name,
                    delta: None,
                    counted: Some(line.counted()),
                    expected: line.expected,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The trade's code for what came of a delivery's line.
const fn reason_of(outcome: Delivered) -> &'static str {
    match outcome {
        Delivered::Over | Delivered::NotOrdered => StockReason::ReceiveOver.word(),
        Delivered::Short => StockReason::ReceiveShort.word(),
        Delivered::Matched | Delivered::Damaged | Delivered::Unknown => StockReason::Receive.word(),
    }
}
