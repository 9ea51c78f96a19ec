//! Who claimed which pickup order, at any register, and what came of it.
//!
//! ```text
//!  pickup (register 1) ─┐
//!  pickup (register 2) ─┴▶ claims of the order, by time ─▶ the first that got something is the
//!                                                          one that later ones are held against
//! ```
//!
//! Two registers that could not see each other may both have handed an order over. Both claims
//! stay, and each register tells a person when it hears of the other's.

use std::collections::{BTreeMap, BTreeSet};

use super::Origin;
use crate::domain::event::Event;
use crate::domain::goods::carton::OrderNo;
use crate::domain::ids::{PersonId, RecordRef, RegisterNo};
use crate::domain::pickup::{Outcome, Pickup};
use crate::domain::time::Timestamp;

/// The most orders that are remembered; those claimed longest ago make room.
pub const ORDERS_MAX: usize = 10_000;

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// When.
    pub at: Timestamp,
    /// At which register.
    pub register: RegisterNo,
    /// By whom it was recorded.
    pub by: Option<PersonId>,
    /// What came of it.
    pub outcome: Outcome,
    /// It was known that the order was claimed before.
    pub again: bool,
}

/// An order that was handed over at two registers without one knowing of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedUpTwice {
    /// The order.
    pub order: OrderNo,
    /// The registers, in their order.
    pub registers: Vec<RegisterNo>,
}

/// The place of a claim in time: the same in every order of arrival.
type Place = (i64, RegisterNo, RecordRef);

/// All claims of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pickups {
    claims: BTreeMap<OrderNo, BTreeMap<Place, Claim>>,
    /// The last claim of each order, oldest first.
    ages: BTreeSet<(Place, OrderNo)>,
}

impl Pickups {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let Event::Pickup(pickup) = event else { return };
        let Pickup { order, outcome, again, .. } = pickup;
        let Origin { register, at_record, at, ref by, .. } = *origin;
        let place = (at.utc_ms, register, at_record);
        let again = again.is_some();
        let claim = Claim { at, register, by: by.clone(), outcome: *outcome, again };
        let claims = self.claims.entry(order.clone()).or_default();
        let last = claims.last_key_value().map(|(place, _)| *place);
        claims.insert(place, claim);
        if last.is_none_or(|last| place > last) {
            if let Some(last) = last {
                self.ages.remove(&(last, order.clone()));
            }
            self.ages.insert((place, order.clone()));
        }
        if self.claims.len() > ORDERS_MAX
            && let Some((_, oldest)) = self.ages.pop_first()
        {
            self.claims.remove(&oldest);
        }
    }

    /// The claims of an order, by time.
    pub fn of(&self, order: &OrderNo) -> impl DoubleEndedIterator<Item = (RecordRef, &Claim)> {
        let claims = self.claims.get(order).into_iter().flatten();
        claims.map(|((.., record), claim)| (*record, claim))
    }

    /// The first claim that got goods, or asked its money back: another one is held against it.
    pub fn against(&self, order: &OrderNo) -> Option<(RecordRef, &Claim)> {
        let weighs = |outcome: Outcome| outcome.hands_over() || outcome == Outcome::RefundRequested;
        self.of(order).find(|(_, claim)| weighs(claim.outcome))
    }

    /// What stands of an order: the claim that weighs most.
    pub fn standing(&self, order: &OrderNo) -> Option<Outcome> {
        let of = |fits: fn(Outcome) -> bool| {
            self.of(order).map(|(_, claim)| claim.outcome).find(|outcome| fits(*outcome))
        };
        of(Outcome::hands_over)
            .or_else(|| of(|outcome| outcome == Outcome::RefundRequested))
            .or_else(|| of(|outcome| outcome == Outcome::Promised))
    }

    /// Orders that were promised and not handed over since, nor their money asked back, with the
    /// first promise of each; oldest first.
    pub fn promised(&self) -> Vec<(&OrderNo, &Claim)> {
        let open =
            self.claims.keys().filter(|order| self.standing(order) == Some(Outcome::Promised));
        let first = |order| {
            let mut promises = self.of(order);
            let found = promises.find(|(_, claim)| claim.outcome == Outcome::Promised);
            found.map(|(_, claim)| (order, claim))
        };
        let mut all: Vec<_> = open.filter_map(first).collect();
        all.sort_by_key(|(order, claim)| (claim.at.utc_ms, *order));
        all
    }

    /// Orders that were handed over at two registers without one knowing of the other.
    pub fn picked_up_twice(&self) -> Vec<PickedUpTwice> {
        let twice = |(order, claims): (&OrderNo, &BTreeMap<Place, Claim>)| {
            let unaware = claims.values().filter(|one| one.outcome.hands_over() && !one.again);
            let registers: BTreeSet<RegisterNo> = unaware.map(|one| one.register).collect();
            let registers: Vec<RegisterNo> = registers.into_iter().collect();
            (registers.len() > 1).then(|| PickedUpTwice { order: order.clone(), registers })
        };
        self.claims.iter().filter_map(twice).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, Seq};
    use crate::domain::pickup::handover::Handover;
    use crate::domain::pickup::{Outcome, RefundWhy};

    fn order(number: &str) -> OrderNo {
        OrderNo::parse(number).expect("a number")
    }

    fn claim(register: u16, seq: u64, minute: i64, event: Pickup) -> (Origin, Event) {
        let utc_ms = 1_790_000_000_000_i64.saturating_add(minute.saturating_mul(60_000));
        let at = Timestamp::new(utc_ms, -360).expect("a time");
        let epoch = Epoch([register.to_le_bytes()[0]; 8]);
        let origin = Origin {
            register: RegisterNo(register),
            at_record: RecordRef { epoch, seq: Seq(seq) },
            at,
            day: at.local_date(),
            by: None,
        };
        (origin, Event::Pickup(event))
    }

    fn of_outcome(number: &str, outcome: Outcome) -> Pickup {
        Pickup { outcome, ..Handover::shown(order(number)).promise() }
    }

    fn book(claims: &[(Origin, Event)]) -> Pickups {
        let mut pickups = Pickups::default();
        claims.iter().for_each(|(origin, event)| pickups.take(origin, event));
        pickups
    }

    #[test]
    fn claims_are_the_same_in_every_order_of_arrival() {
        let mut claims = vec![
            claim(1, 4, 10, of_outcome("W-1", Outcome::Promised)),
            claim(1, 5, 30, of_outcome("W-1", Outcome::Handed)),
            claim(2, 9, 20, of_outcome("W-1", Outcome::Handed)),
            claim(2, 10, 25, of_outcome("W-2", Outcome::Promised)),
            claim(2, 11, 26, Handover::shown(order("W-3")).refund(RefundWhy::Unwanted)),
            claim(2, 12, 27, of_outcome("W-3", Outcome::Promised)),
        ];
        let whole = book(&claims);
        let first = whole.against(&order("W-1")).map(|(_, claim)| claim.register);
        assert_eq!(first, Some(RegisterNo(2)), "the earlier one");
        let promised: Vec<&str> = whole.promised().iter().map(|(one, _)| one.as_str()).collect();
        assert_eq!(promised, ["W-2"], "one was handed over, of one the money is asked back");
        let twice = whole.picked_up_twice();
        assert_eq!(twice.len(), 1);
        assert_eq!(twice[0].registers, [RegisterNo(1), RegisterNo(2)]);
        for _ in 0..claims.len() {
            claims.rotate_left(1);
            assert_eq!(book(&claims), whole);
        }
        claims.reverse();
        assert_eq!(book(&claims), whole);
    }

    #[test]
    fn a_second_hand_over_that_a_manager_signed_is_no_surprise() {
        let known = RecordRef { epoch: Epoch([1; 8]), seq: Seq(4) };
        let again = Pickup { again: Some(known), ..of_outcome("W-1", Outcome::Handed) };
        let claims = [claim(1, 4, 10, of_outcome("W-1", Outcome::Handed)), claim(2, 9, 20, again)];
        assert_eq!(book(&claims).picked_up_twice(), []);
    }

    #[test]
    fn many_orders_make_room_for_newer_ones() {
        let mut pickups = Pickups::default();
        for number in 0..12_000_u64 {
            let minute = i64::try_from(number).expect("fits");
            let event = of_outcome(&format!("W-{number}"), Outcome::Handed);
            let (origin, event) = claim(1, number, minute, event);
            pickups.take(&origin, &event);
        }
        assert_eq!((pickups.claims.len(), pickups.ages.len()), (ORDERS_MAX, ORDERS_MAX));
        assert_eq!(pickups.against(&order("W-0")), None);
        assert!(pickups.against(&order("W-11999")).is_some());
    }
}
