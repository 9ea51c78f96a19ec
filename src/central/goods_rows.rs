//! What a record about goods says of each item, as rows of any store. Pure.

use crate::domain::event::Event;
use crate::domain::goods::reason::StockReason;
use crate::domain::gtin::ItemCode;
use crate::domain::pickup::Outcome;
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;

use super::project::GoodsRow;

/// One item that moved or was counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved<'a> {
    /// When; of a count, when it was taken.
    pub(super) at: Timestamp,
    /// The reason's word, 'count', or what came of a delivery's line.
    pub(super) reason: &'a str,
    /// The item.
    pub(super) code: &'a ItemCode,
    /// Its name.
    pub(super) name: &'a str,
    /// By how much it moved; none for a count.
    pub(super) delta: Option<Quantity>,
    /// What was counted; none for all else.
    pub(super) counted: Option<Quantity>,
    /// What the register reckoned.
    pub(super) expected: Option<Quantity>,
}

/// The items of one record, with its note.
pub(super) fn moved(row: &GoodsRow) -> (Vec<Moved<'_>>, &str) {
    let at = row.at;
    let by = |reason, code, name, delta| Moved {
        at,
        reason,
        code,
        name,
        delta: Some(delta),
        counted: None,
        expected: None,
    };
    match &row.event {
        Event::StockDelta(change) => {
            let reason = change.reason.word();
            let lines = change.lines.iter();
            let moved = lines.map(|line| by(reason, &line.code, &line.name, line.delta));
            (moved.collect(), &change.note)
        }
        Event::StockCount(count) => {
            let moved = count.lines.iter().map(|line| Moved {
                at: line.at,
                reason: "count",
                code: &line.code,
                name: &line.name,
                delta: None,
                counted: Some(line.counted()),
                expected: line.expected,
            });
            (moved.collect(), &count.note)
        }
        Event::Delivery(delivery) => {
            let lines = delivery.lines.iter();
            let moved =
                lines.map(|line| by(line.outcome().word(), &line.code, &line.name, line.good()));
            (moved.collect(), &delivery.note)
        }
        Event::Pickup(pickup) => {
            let reason = match pickup.outcome {
                Outcome::Unverified => StockReason::PickupHandoverUnverified.word(),
                _ => "pickup_handover",
            };
            let out = pickup.lines.iter().filter(|line| line.handed > Quantity::default());
            let moved = out.map(|line| Moved {
                delta: line.handed.negated().ok(),
                ..by(reason, &line.code, &line.name, Quantity::default())
            });
            // The order, so that whoever books the rows can leave its own decrement out.
            (moved.collect(), pickup.order.as_str())
        }
        _ => (Vec::new(), ""),
    }
}
