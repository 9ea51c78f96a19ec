//! What is on the shelf: the last trusted figure and everything that moved since.
//!
//! ```text
//!  pack: 40 at 05:00 ─┐
//!  count: 37 at 14:20 ┴▶ the later one at or before now ─ + moves after it ─▶ on hand
//! ```
//!
//! A fold over records of any number of registers, in any order: moves are kept with their times,
//! so that a count which arrives late still counts from its own time on. Bounded: of one item the
//! latest [`MOVES_MAX`] moves are kept one by one, earlier ones as one sum.

use std::collections::{BTreeMap, BTreeSet};

use super::OnHand;
use super::change::{SlipNo, StockChange};
use super::delivery::{Delivery, DeliveryMark};
use super::reason::StockReason;
use crate::domain::book::Origin;
use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::RecordRef;
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;

/// The most moves of one item that are kept one by one.
pub const MOVES_MAX: usize = 4_096;
/// The most receivings that are remembered; the oldest ones make room.
const RECEIVINGS_MAX: usize = 10_000;

/// What moved, in kinds that a person tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Sold, or came back from a customer.
    Sold,
    /// Came with a delivery.
    Delivered,
    /// Any other change.
    Changed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    utc_ms: i64,
    quantity: Quantity,
    cause: Cause,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shelf {
    moves: Vec<Move>,
    count: Option<OnHand>,
}

/// A change that can be taken back: when, where it is recorded, and what it says.
pub type BookedChange = (Timestamp, RecordRef, StockChange);

/// The stock of a store, as far as its records are known here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockBook {
    shelves: BTreeMap<ItemCode, Shelf>,
    /// By number, with the time of the first record of each.
    receivings: BTreeMap<SlipNo, (i64, DeliveryMark)>,
    corrected: BTreeSet<RecordRef>,
    recent: BTreeMap<(i64, RecordRef), (Timestamp, StockChange)>,
    transfers_in: BTreeSet<(u32, SlipNo)>,
    last: Option<Timestamp>,
}

/// What trusted figure a sum begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The pack's.
    Pack(OnHand),
    /// A count.
    Count(OnHand),
}

/// What is known of one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// The figure that it begins with; none where nobody ever said.
    pub base: Option<Base>,
    /// Sold since then, below zero.
    pub sold: Quantity,
    /// Delivered since then.
    pub delivered: Quantity,
    /// Changed otherwise since then.
    pub changed: Quantity,
}

impl Base {
    /// The figure and its time.
    pub const fn figure(&self) -> OnHand {
        match self {
            Self::Pack(figure) | Self::Count(figure) => *figure,
        }
    }
}

impl Stock {
    /// All that moved since the base.
    pub fn moved(&self) -> Quantity {
        let sum = self.sold.plus(self.delivered).and_then(|sum| sum.plus(self.changed));
        sum.unwrap_or_default()
    }

    /// What is there; none without a figure to begin with.
    pub fn on_hand(&self) -> Option<Quantity> {
        self.base?.figure().quantity.plus(self.moved()).ok()
    }
}

impl StockBook {
    /// Takes one record; the same one must not come twice.
    pub fn take(&mut self, origin: &Origin, event: &Event) {
        let at = origin.at;
        match event {
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                for line in sale.lines.iter().filter(|line| !line.voided) {
                    let taken = line.quantity.negated().unwrap_or_default();
                    self.moved(&line.code, at, taken, Cause::Sold);
                }
            }
            Event::StockDelta(change) => {
                for line in &change.lines {
                    self.moved(&line.code, at, line.delta, Cause::Changed);
                }
                self.corrected.extend(change.corrects);
                if let (Some(transfer), StockReason::TransferIn) = (&change.transfer, change.reason)
                {
                    self.transfers_in.insert((transfer.other.0, transfer.slip.clone()));
                }
                let place = (at.utc_ms, origin.at_record);
                self.recent.insert(place, (at, change.clone()));
                if self.recent.len() > RECENT_MAX {
                    self.recent.pop_first();
                }
            }
            Event::StockCount(count) => {
                for line in &count.lines {
                    self.counted(&line.code, line.at, line.counted());
                }
            }
            Event::Delivery(delivery) => self.deliver(at, delivery),
            Event::Pickup(pickup) if pickup.outcome.hands_over() => {
                for line in &pickup.lines {
                    let taken = line.handed.negated().unwrap_or_default();
                    if taken != Quantity::default() {
                        self.moved(&line.code, at, taken, Cause::Changed);
                    }
                }
            }
            _ => return,
        }
        self.last = self.last.filter(|last| last.utc_ms >= at.utc_ms).or(Some(at));
    }

    /// What is known of an item now.
    pub fn stock(&self, code: &ItemCode, pack: Option<OnHand>) -> Stock {
        self.stock_at(code, pack, i64::MAX)
    }

    /// What was known of an item at a time.
    pub fn stock_at(&self, code: &ItemCode, pack: Option<OnHand>, utc_ms: i64) -> Stock {
        let Some(shelf) = self.shelves.get(code) else {
            return Stock { base: pack.map(Base::Pack), ..Stock::default() };
        };
        let count = shelf.count.filter(|count| count.as_of.utc_ms <= utc_ms);
        let base = match (count, pack) {
            (Some(count), Some(pack)) if pack.as_of.utc_ms > count.as_of.utc_ms => {
                Some(Base::Pack(pack))
            }
            (Some(count), _) => Some(Base::Count(count)),
            (None, pack) => pack.map(Base::Pack),
        };
        let from = base.map_or(i64::MIN, |base| base.figure().as_of.utc_ms);
        let mut stock = Stock { base, ..Stock::default() };
        let since = shelf.moves.iter().filter(|one| one.utc_ms > from && one.utc_ms <= utc_ms);
        for one in since {
            let sum = match one.cause {
                Cause::Sold => &mut stock.sold,
                Cause::Delivered => &mut stock.delivered,
                Cause::Changed => &mut stock.changed,
            };
            *sum = sum.plus(one.quantity).unwrap_or(*sum);
        }
        stock
    }

    /// The time of the latest record about goods.
    pub const fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The latest changes, newest first.
    pub fn recent(&self) -> Vec<BookedChange> {
        let booked =
            |((_, place), (at, change)): (&(i64, RecordRef), &(Timestamp, StockChange))| {
                (*at, *place, change.clone())
            };
        self.recent.iter().rev().map(booked).collect()
    }

    /// The change of this record was taken back already.
    pub fn is_corrected(&self, place: RecordRef) -> bool {
        self.corrected.contains(&place)
    }

    /// The goods of this mark were received before: which receiving, and what they share.
    pub fn received_before(&self, mark: &DeliveryMark) -> Option<(SlipNo, String)> {
        let shares = |(number, (_, other)): (&SlipNo, &(i64, DeliveryMark))| {
            Some((number.clone(), mark.shares(other)?))
        };
        self.receivings.iter().find_map(shares)
    }

    /// A receiving of this number was recorded.
    pub fn has_receiving(&self, number: &SlipNo) -> bool {
        self.receivings.contains_key(number)
    }

    /// The goods on this paper were taken in already.
    pub fn transferred_in(&self, other: u32, slip: &SlipNo) -> bool {
        self.transfers_in.contains(&(other, slip.clone()))
    }

    /// The expected deliveries that were received, by their notices.
    pub fn is_received(&self, notice: &SlipNo) -> bool {
        self.receivings.values().any(|(_, mark)| mark.notice.as_ref() == Some(notice))
    }

    /// So much came at that time, or went below zero.
    pub fn moved(&mut self, code: &ItemCode, at: Timestamp, quantity: Quantity, cause: Cause) {
        let moves = &mut self.shelves.entry(code.clone()).or_default().moves;
        moves.push(Move { utc_ms: at.utc_ms, quantity, cause });
        if moves.len() > MOVES_MAX {
            fold_earlier(moves);
        }
    }

    /// So much was there at that time; an earlier count than the one known changes nothing.
    pub fn counted(&mut self, code: &ItemCode, at: Timestamp, quantity: Quantity) {
        let shelf = self.shelves.entry(code.clone()).or_default();
        if shelf
            .count
            .is_none_or(|known| (known.as_of.utc_ms, known.quantity) <= (at.utc_ms, quantity))
        {
            shelf.count = Some(OnHand { quantity, as_of: at });
        }
    }

    fn deliver(&mut self, at: Timestamp, delivery: &Delivery) {
        for line in &delivery.lines {
            self.moved(&line.code, at, line.good(), Cause::Delivered);
        }
        let mark = delivery.mark();
        let known = self.receivings.entry(mark.receiving.clone()).or_insert((at.utc_ms, mark));
        known.0 = known.0.min(at.utc_ms);
        if self.receivings.len() > RECEIVINGS_MAX {
            let oldest = self.receivings.iter().min_by_key(|(number, (at, _))| (*at, *number));
            if let Some(number) = oldest.map(|(number, _)| number.clone()) {
                self.receivings.remove(&number);
            }
        }
    }
}

/// How many changes are listed to be taken back.
const RECENT_MAX: usize = 50;

/// The earlier half becomes one move a cause, at the time of its latest one.
fn fold_earlier(moves: &mut Vec<Move>) {
    moves.sort_by_key(|one| one.utc_ms);
    let later = moves.split_off(moves.len() / 2);
    let utc_ms = moves.last().map_or(0, |one| one.utc_ms);
    let mut folded = Vec::new();
    for cause in [Cause::Sold, Cause::Delivered, Cause::Changed] {
        let of_cause = moves.iter().filter(|one| one.cause == cause);
        let quantity =
            of_cause.fold(Quantity::default(), |sum, one| sum.plus(one.quantity).unwrap_or(sum));
        folded.push(Move { utc_ms, quantity, cause });
    }
    folded.extend(later);
    *moves = folded;
}

#[cfg(test)]
mod tests {
    use super::super::change::{ChangedLine, StockChange};
    use super::super::count::{CountedLine, StockCount};
    use super::super::reason::StockReason;
    use super::*;
    use crate::domain::ids::{Epoch, PersonId, RegisterNo, Seq};

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).expect("a quantity")
    }

    fn soup() -> ItemCode {
        ItemCode::parse("4011").expect("a code")
    }

    fn at(minute: i64) -> Timestamp {
        let start = Timestamp::parse("2026-11-22T13:00:00.000-06:00").expect("a time");
        let utc_ms = start.utc_ms.saturating_add(minute.saturating_mul(60_000));
        Timestamp::new(utc_ms, start.offset_min).expect("a time")
    }

    fn origin(seq: u64, minute: i64) -> Origin {
        Origin {
            register: RegisterNo(1),
            at_record: RecordRef { epoch: Epoch([1; 8]), seq: Seq(seq) },
            at: at(minute),
            day: at(minute).local_date(),
            by: None,
        }
    }

    fn change(delta: &str) -> Event {
        let reason =
            if delta.starts_with('-') { StockReason::Damage } else { StockReason::Receive };
        let line = ChangedLine {
            code: soup(),
            name: "Soup".to_owned(),
            delta: quantity(delta),
            before: None,
        };
        Event::StockDelta(StockChange {
            reason,
            lines: vec![line],
            transfer: None,
            corrects: None,
            note: String::new(),
            approval: None,
        })
    }

    fn count(minute: i64, counted: &str) -> Event {
        Event::StockCount(StockCount {
            area: "Aisle 4".to_owned(),
            counters: vec![PersonId::parse("31").expect("a person")],
            lines: vec![CountedLine {
                code: soup(),
                name: "Soup".to_owned(),
                at: at(minute),
                tries: vec![quantity(counted)],
                expected: None,
            }],
            note: String::new(),
        })
    }

    fn book(events: &[(i64, Event)]) -> StockBook {
        let mut book = StockBook::default();
        for (seq, (minute, event)) in (0..).zip(events) {
            book.take(&origin(seq, *minute), event);
        }
        book
    }

    #[test]
    fn a_count_holds_from_its_own_time_on_whenever_its_record_comes() {
        let pack = Some(OnHand { quantity: quantity("40"), as_of: at(0) });
        let events =
            [(1, change("-1")), (20, change("-2")), (30, change("-4")), (35, count(25, "36"))];
        let mut orders = vec![events.to_vec()];
        orders.extend((1..4).map(|turn| {
            let mut order = events.to_vec();
            order.rotate_left(turn);
            order
        }));
        for order in orders {
            let book = book(&order);
            let stock = book.stock(&soup(), pack);
            assert_eq!(stock.on_hand(), Some(quantity("32")), "counted 36, then 4 went");
            assert!(matches!(stock.base, Some(Base::Count(_))));
            let before = book.stock_at(&soup(), pack, at(24).utc_ms);
            assert_eq!(before.on_hand(), Some(quantity("37")), "40 less 3");
        }
    }

    #[test]
    fn a_later_pack_takes_over_and_nothing_is_said_without_a_figure() {
        let book = book(&[(1, change("-1")), (5, count(5, "30")), (9, change("-2"))]);
        let newer = Some(OnHand { quantity: quantity("100"), as_of: at(8) });
        assert_eq!(book.stock(&soup(), newer).on_hand(), Some(quantity("98")));
        assert_eq!(book.stock(&soup(), None).on_hand(), Some(quantity("28")));
        let other = ItemCode::parse("4012").expect("a code");
        assert_eq!(book.stock(&other, None).on_hand(), None);
    }

    #[test]
    fn many_moves_of_one_item_are_folded_and_none_is_lost() {
        let mut book = StockBook::default();
        let (event, moves) = (change("-1"), 3 * MOVES_MAX);
        for _ in 0..moves {
            book.take(&origin(1, 10), &event);
        }
        let pack = Some(OnHand { quantity: quantity("0"), as_of: at(0) });
        let expected = -i64::try_from(moves).expect("fits");
        assert_eq!(book.stock(&soup(), pack).moved(), Quantity::pieces(expected).expect("fits"));
        assert!(book.shelves[&soup()].moves.len() <= MOVES_MAX);
        assert!(book.recent().len() <= RECENT_MAX);
    }
}
