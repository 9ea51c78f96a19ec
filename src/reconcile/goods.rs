//! What a store's goods come to, over all its registers: stock below zero, counts that are far
//! off, goods that were received twice. Hours, checks, bags and conduct of the whole store are
//! looked at with them (`hours`, `checks`, `bags`, `conduct`).
//!
//! ```text
//!  GoodsView (all that is held of one store) ─▶ look ─▶ exceptions, the same in whatever order
//!                                                      the records came
//! ```
//!
//! What one record says by itself is looked at in `rules`; here is what needs its neighbors.

use std::collections::BTreeMap;

use crate::domain::goods::book::{Cause, StockBook};
use crate::domain::goods::count::is_far_off;
use crate::domain::goods::delivery::DeliveryMark;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, PackVersion, PersonId, Seq};
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;

use super::bags::BagUse;
use super::checks::TakenCheck;
use super::conduct::ConductView;
use super::exception::{Code, Exception};
use super::packs::PackView;
use super::pickups::{PickupClaim, twice};
use super::rulebook::Rulebook;

/// The codes of what is found here: they are replaced as a whole.
pub const CODES: [Code; 7] = [
    Code::BagTwice,
    Code::StockNegative,
    Code::CountDiffers,
    Code::ReceivedTwice,
    Code::PickedUpTwice,
    Code::PunchConflict,
    Code::CheckTwice,
];

/// The same, with those about how people worked.
pub fn codes() -> impl Iterator<Item = Code> {
    CODES.into_iter().chain(super::conduct::CODES)
}

/// Where a thing was recorded, and when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// In which journal.
    pub journal: JournalId,
    /// At which record.
    pub seq: Seq,
}

/// One item that moved, or was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodsLine {
    /// Where and when.
    pub happened: Happened,
    /// `sale`, `count`, the word of a `stock_delta`'s reason, or what came of a delivery's line.
    pub reason: String,
    /// The item.
    pub code: ItemCode,
    /// Its name; empty where it is the pack's to say.
    pub name: String,
    /// What happened to it.
    pub what: GoodsWhat,
    /// A person's words.
    pub note: String,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoodsWhat {
    /// So much came, or went below zero.
    Moved(Quantity),
    /// So much was there; what the register reckoned, where it could.
    Counted(Quantity, Option<Quantity>),
}

/// All that is held of one store's goods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoodsView {
    /// What was sold, moved or counted.
    pub lines: Vec<GoodsLine>,
    /// Receivings, and who signed for a second one.
    pub receivings: Vec<(Happened, DeliveryMark, Option<PersonId>)>,
    /// Claims of pickup orders.
    pub pickups: Vec<PickupClaim>,
    /// The packs that the records name.
    pub packs: Vec<PackVersion>,
    /// Punches and their corrections, as records.
    pub hours: Vec<Vec<u8>>,
    /// Checks of this store and, of other stores, those with the number, amount and day of one.
    pub checks: Vec<TakenCheck>,
    /// How people worked.
    pub conduct: ConductView,
    /// Sealed bags that left drawers.
    pub bags: Vec<BagUse>,
}

impl Happened {
    /// The order of things: by time, then by journal and place, so that it is always the same.
    pub(super) fn order(&self) -> (i64, u16, [u8; 8], u64) {
        let JournalId { register, epoch, .. } = self.journal;
        (self.at.utc_ms, register.0, epoch.0, self.seq.0)
    }
}

/// What does not agree in one store's goods.
pub fn look(view: &GoodsView, packs: &dyn PackView, rules: &Rulebook) -> Vec<Exception> {
    let mut found = Vec::new();
    let latest = view.packs.iter().max_by_key(|version| day_and_count(version));
    let of = view.lines.first().map(|line| line.happened.journal.store).zip(latest);
    let base =
        |code: &ItemCode| of.and_then(|(store, version)| packs.on_hand(store, version, code));
    let mut book = StockBook::default();
    let mut last: BTreeMap<&ItemCode, Happened> = BTreeMap::new();
    let mut counts = Vec::new();
    for GoodsLine { happened, code, what, .. } in &view.lines {
        match what {
            GoodsWhat::Counted(counted, expected) => {
                counts.push((happened, code, *counted, *expected));
            }
            GoodsWhat::Moved(quantity) => {
                book.moved(code, happened.at, *quantity, Cause::Changed);
                let latest = last.entry(code).or_insert(*happened);
                if happened.order() > latest.order() {
                    *latest = *happened;
                }
            }
        }
    }
    counts.sort_by_key(|(happened, ..)| happened.order());
    for (happened, code, counted, expected) in counts {
        let reckoned = book.stock_at(code, base(code), happened.at.utc_ms).on_hand();
        if let Some(due) = reckoned.or(expected).filter(|due| is_far_off(counted, *due)) {
            let text = format!("{code}: {counted} were counted, {due} should have been there");
            found.push(happened.exception(Code::CountDiffers, text, code.as_str()));
        }
        book.counted(code, happened.at, counted);
    }
    for (code, happened) in last {
        let on_hand = book.stock(code, base(code)).on_hand();
        if let Some(on_hand) = on_hand.filter(|on_hand| *on_hand < Quantity::default()) {
            let text = format!("{code}: {on_hand} on hand by the records; count it");
            found.push(happened.exception(Code::StockNegative, text, code.as_str()));
        }
    }
    found.extend(received_twice(view));
    found.extend(twice(&view.pickups));
    found.extend(super::hours::look(&view.hours));
    found.extend(super::checks::look(&view.checks));
    found.extend(super::conduct::look(view, packs, &rules.conduct));
    found.extend(super::bags::look(&view.bags));
    found
}

/// Each receiving that shares goods with an earlier one, once.
fn received_twice(view: &GoodsView) -> Vec<Exception> {
    let mut receivings: Vec<_> = view.receivings.iter().collect();
    receivings.sort_by_key(|(happened, ..)| happened.order());
    let mut earlier: Vec<(&Happened, &DeliveryMark)> = Vec::new();
    let mut found = Vec::new();
    for (happened, mark, signed) in receivings {
        if earlier.iter().any(|(_, known)| known.receiving == mark.receiving) {
            continue; // A further part of the same receiving.
        }
        let twin =
            earlier.iter().find_map(|(first, known)| Some((first, known, mark.shares(known)?)));
        if let Some((first, known, shared)) = twin {
            let signed = signed.as_ref().map_or_else(String::new, |by| format!("; {by} signed"));
            let text = format!(
                "{shared} was received twice: {} on register {}, {} on register {}{signed}",
                known.receiving, first.journal.register, mark.receiving, happened.journal.register
            );
            found.push(happened.exception(Code::ReceivedTwice, text, &shared));
        }
        earlier.push((happened, mark));
    }
    found
}

impl Happened {
    pub(super) fn exception(&self, code: Code, text: String, cause: &str) -> Exception {
        Exception::new(code, self.journal, self.seq, text).because_of(cause)
    }
}

/// A version's day and that day's count, to be compared.
fn day_and_count(version: &PackVersion) -> (u32, u32) {
    let (day, count) = version.as_str().split_once('-').unwrap_or(("", ""));
    (day.parse().unwrap_or(0), count.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::goods::OnHand;
    use crate::domain::goods::carton::{Carton, OrderNo};
    use crate::domain::goods::change::SlipNo;
    use crate::domain::ids::{Epoch, RegisterNo, StoreNo, TaxClass};
    use crate::domain::tax::{TaxBasis, TaxTable};
    use crate::reconcile::packs::{ItemView, Looked};

    /// A pack that says 10 of everything at minute 0.
    struct Ten;

    impl PackView for Ten {
        fn item(&self, _: StoreNo, _: &PackVersion, _: &ItemCode) -> Looked<ItemView> {
            Looked::Found(ItemView {
                unit_price: Default::default(),
                tax_class: TaxClass::parse("food").expect("a class"),
            })
        }

        fn taxes(&self, _: StoreNo, _: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
            None
        }

        fn on_hand(&self, _: StoreNo, version: &PackVersion, _: &ItemCode) -> Option<OnHand> {
            let ten = OnHand { quantity: pieces(10), as_of: at(0) };
            (version.as_str() == "20261122-10").then_some(ten)
        }
    }

    fn pieces(count: i64) -> Quantity {
        Quantity::pieces(count).expect("fits")
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::new(1_790_000_000_000 + minute * 60_000, -360).expect("a time")
    }

    fn happened(register: u16, minute: i64) -> Happened {
        let epoch = Epoch([1; 8]);
        let journal = JournalId { store: StoreNo(1), register: RegisterNo(register), epoch };
        Happened { at: at(minute), journal, seq: Seq(minute.unsigned_abs()) }
    }

    fn soup() -> ItemCode {
        ItemCode::parse("4011").expect("a code")
    }

    fn said(view: &GoodsView) -> Vec<(&'static str, u16, String)> {
        let found = look(view, &Ten, &Rulebook::default());
        let said = |one: &Exception| (one.code.word(), one.journal.register.0, one.cause.clone());
        found.iter().map(said).collect()
    }

    #[test]
    fn a_count_is_held_against_what_all_registers_sold_before_it() {
        let line = |register, minute, what| GoodsLine {
            happened: happened(register, minute),
            reason: "any".to_owned(),
            code: soup(),
            name: String::new(),
            what,
            note: String::new(),
        };
        let sold =
            |register, minute, count: i64| line(register, minute, GoodsWhat::Moved(pieces(-count)));
        let counted = |count| line(7, 20, GoodsWhat::Counted(pieces(count), Some(pieces(9))));
        let mut view = GoodsView {
            lines: vec![counted(5), sold(8, 5, 4), sold(7, 6, 1), sold(7, 30, 3)],
            receivings: Vec::new(),
            pickups: Vec::new(),
            packs: ["20261122-9", "20261122-10"]
                .map(|text| PackVersion::parse(text).expect("a version"))
                .to_vec(),
            ..GoodsView::default()
        };
        assert_eq!(said(&view), [], "register 7 did not know of 8's four");
        view.lines.push(sold(8, 40, 6));
        let negative = ("stock_negative", 8, "4011".to_owned());
        assert_eq!(said(&view), std::slice::from_ref(&negative), "5 less 3 less 6");
        view.lines[0] = counted(1);
        let differs = ("count_differs", 7, "4011".to_owned());
        assert_eq!(said(&view), [differs, negative]);
        view.lines.reverse();
        assert_eq!(said(&view).len(), 2, "in whatever order it came");
        view.packs.clear();
        view.lines.retain(|line| matches!(line.what, GoodsWhat::Moved(_)));
        assert_eq!(said(&view), [], "without a figure nothing is said");
    }

    #[test]
    fn the_later_of_two_receivings_is_the_exception_in_whatever_order_they_came() {
        let receiving = |register, minute, number: &str, cartons: &[&str]| {
            let mark = DeliveryMark {
                receiving: SlipNo::parse(number).expect("a number"),
                notice: None,
                order: OrderNo::parse("PO-7").ok(),
                cartons: cartons.iter().map(|c| Carton::parse(c).expect("a carton")).collect(),
            };
            (happened(register, minute), mark, None)
        };
        let mut view = GoodsView {
            receivings: vec![
                receiving(9, 50, "DC-1", &["C-1"]),
                receiving(7, 10, "R-7-1", &["C-1", "C-2"]),
                receiving(7, 11, "R-7-1", &["C-1", "C-2"]),
                receiving(8, 12, "R-8-1", &["C-3"]),
            ],
            ..GoodsView::default()
        };
        let twice = [("received_twice", 9, "PO-7 / C-1".to_owned())];
        assert_eq!(said(&view), twice);
        view.receivings.reverse();
        assert_eq!(said(&view), twice);
    }
}
