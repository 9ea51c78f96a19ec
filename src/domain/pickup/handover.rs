//! One order at the counter, until it is recorded: what goes along, and what was looked at.
//!
//! ```text
//!  Handover::of(order)      lines as ordered ─ set_handed, instead ─┐ hand_over ─▶ handed | partly
//!  Handover::shown(number)  nothing is known ─ scan ────────────────┴──────────▶ unverified
//!                           either: promise, refund, declined: nothing goes out
//! ```

use super::fault::PickupFault;
use super::{Asked, Outcome, PLACE_LEN_MAX, Pickup, PickupLine, PickupOrder, RefundWhy};
use crate::domain::approval::Case;
use crate::domain::goods::carton::OrderNo;
use crate::domain::goods::{LINES_MAX, is_amount, is_count};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::RecordRef;
use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::domain::time::BusinessDate;

/// An order at the counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    order: OrderNo,
    on_file: Option<OnFile>,
    lines: Vec<PickupLine>,
    code: bool,
    id: bool,
    /// Where the goods of an order that is not on file stood.
    place: String,
}

/// What the pack says of the whole order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OnFile {
    staged: bool,
    until: Option<BusinessDate>,
    paid: Option<Money>,
}

impl Handover {
    /// Begins with an order of the pack, all of which goes along unless something else is said;
    /// `name` gives an item's name, empty for one that nobody knows.
    pub fn of(order: &PickupOrder, name: impl Fn(&ItemCode) -> String) -> Self {
        let line = |line: &super::OrderLine| PickupLine {
            code: line.code.clone(),
            name: name(&line.code),
            ordered: Some(line.quantity),
            handed: line.quantity,
            instead_of: None,
            place: line.place.clone(),
        };
        let PickupOrder { staged, until, .. } = *order;
        Self {
            order: order.number.clone(),
            on_file: Some(OnFile { staged, until, paid: order.paid() }),
            lines: order.lines.iter().map(line).collect(),
            code: false,
            id: false,
            place: String::new(),
        }
    }

    /// Begins with an order that only the customer shows. Its ID was looked at, or there is none.
    pub const fn shown(order: OrderNo) -> Self {
        Self {
            order,
            on_file: None,
            lines: Vec::new(),
            code: false,
            id: false,
            place: String::new(),
        }
    }

    /// The order.
    pub const fn order(&self) -> &OrderNo {
        &self.order
    }

    /// The pack has it.
    pub const fn is_on_file(&self) -> bool {
        self.on_file.is_some()
    }

    /// Its goods stand ready; what only the customer shows does where it stands here.
    pub fn is_staged(&self) -> bool {
        self.on_file.is_none_or(|order| order.staged)
    }

    /// The last day to fetch it.
    pub fn until(&self) -> Option<BusinessDate> {
        self.on_file.and_then(|order| order.until)
    }

    /// What was paid online, where the pack says it.
    pub fn paid(&self) -> Option<Money> {
        self.on_file.and_then(|order| order.paid)
    }

    /// The lines.
    pub fn lines(&self) -> &[PickupLine] {
        &self.lines
    }

    /// The code was right.
    pub const fn code(&self) -> bool {
        self.code
    }

    /// An ID was looked at.
    pub const fn id(&self) -> bool {
        self.id
    }

    /// The code is right.
    pub const fn code_is_right(&mut self) {
        self.code = true;
    }

    /// An ID was looked at, or that is taken back.
    pub const fn id_was_seen(&mut self, seen: bool) {
        self.id = seen;
    }

    /// Where the goods of an order that is not on file stand; empty where nobody says.
    ///
    /// # Errors
    /// [`PickupFault::PlaceTooLong`].
    pub fn stands_at(&mut self, place: &str) -> Result<(), PickupFault> {
        if place.len() > PLACE_LEN_MAX || place.chars().any(char::is_control) {
            return Err(PickupFault::PlaceTooLong);
        }
        place.clone_into(&mut self.place);
        Ok(())
    }

    /// So much of a line goes along; zero is short, or not there.
    ///
    /// # Errors
    /// [`PickupFault`] for more than was ordered, or an absurd quantity.
    pub fn set_handed(&mut self, place: usize, handed: Quantity) -> Result<(), PickupFault> {
        let line = self.lines.get_mut(place).ok_or(PickupFault::NoSuchLine)?;
        if !is_count(handed) {
            return Err(PickupFault::Quantity);
        }
        if line.ordered.is_some_and(|ordered| handed > ordered) {
            return Err(PickupFault::MoreThanOrdered);
        }
        if line.ordered.is_none() && handed == Quantity::default() {
            self.lines.remove(place);
        } else {
            line.handed = handed;
        }
        Ok(())
    }

    /// Something else goes along for an ordered item: so much less of that one.
    ///
    /// # Errors
    /// [`PickupFault`] when it is of the order itself, too much, or for no ordered line.
    pub fn instead(
        &mut self,
        place: usize,
        (code, name): (&ItemCode, &str),
        quantity: Quantity,
    ) -> Result<(), PickupFault> {
        let ordered_here = |line: &PickupLine| line.ordered.is_some() && line.code == *code;
        if self.lines.iter().any(ordered_here) {
            return Err(PickupFault::OfTheOrder);
        }
        if !is_amount(quantity) {
            return Err(PickupFault::Quantity);
        }
        if self.lines.len() >= LINES_MAX {
            return Err(PickupFault::Full);
        }
        let line = self.lines.get_mut(place).filter(|line| line.ordered.is_some());
        let line = line.ok_or(PickupFault::NoSuchLine)?;
        let less = quantity.negated().and_then(|less| line.handed.plus(less));
        let less = less.map_err(|_| PickupFault::Quantity)?;
        if less < Quantity::default() {
            return Err(PickupFault::MoreThanOrdered);
        }
        line.handed = less;
        let instead_of = Some(line.code.clone());
        let same = |one: &&mut PickupLine| one.code == *code && one.instead_of == instead_of;
        if let Some(line) = self.lines.iter_mut().find(same) {
            line.handed = line.handed.plus(quantity).map_err(|_| PickupFault::Quantity)?;
            return Ok(());
        }
        self.lines.push(PickupLine {
            code: code.clone(),
            name: name.to_owned(),
            ordered: None,
            handed: quantity,
            instead_of,
            place: String::new(),
        });
        Ok(())
    }

    /// So much of an item is there for an order that is not on file; gives the sum.
    ///
    /// # Errors
    /// [`PickupFault`] when the order is on file, or it is too much.
    pub fn scan(
        &mut self,
        code: &ItemCode,
        name: &str,
        quantity: Quantity,
    ) -> Result<Quantity, PickupFault> {
        if self.is_on_file() {
            return Err(PickupFault::OnFile);
        }
        if !is_amount(quantity) {
            return Err(PickupFault::Quantity);
        }
        if let Some(line) = self.lines.iter_mut().find(|line| line.code == *code) {
            let sum = line.handed.plus(quantity).map_err(|_| PickupFault::Quantity)?;
            line.handed = Some(sum).filter(|sum| is_amount(*sum)).ok_or(PickupFault::Quantity)?;
            return Ok(sum);
        }
        if self.lines.len() >= LINES_MAX {
            return Err(PickupFault::Full);
        }
        self.lines.push(PickupLine {
            code: code.clone(),
            name: name.to_owned(),
            ordered: None,
            handed: quantity,
            instead_of: None,
            place: self.place.clone(),
        });
        Ok(quantity)
    }

    /// What is asked of somebody with authority before it goes out; none where code and ID of an
    /// order on file are right. A claim before this one outweighs all else.
    pub fn case(&self, again: bool) -> Option<Case> {
        match (again, self.is_on_file(), self.code && self.id) {
            (true, ..) => Some(Case::HandOverAgain),
            (false, false, _) => Some(Case::HandOverUnverified),
            (false, true, false) => Some(Case::HandOver),
            (false, true, true) => None,
        }
    }

    /// The record of a hand-over, but for who signed it and what was sealed.
    ///
    /// # Errors
    /// [`PickupFault`] when nothing may, or would, go out.
    pub fn hand_over(&self, today: BusinessDate) -> Result<Pickup, PickupFault> {
        if !self.is_staged() {
            return Err(PickupFault::NotStaged);
        }
        if let Some(day) = self.until().filter(|day| *day < today) {
            return Err(PickupFault::Expired(day));
        }
        if !self.code && !self.id {
            return Err(PickupFault::NothingProved);
        }
        if !self.lines.iter().any(|line| line.handed > Quantity::default()) {
            return Err(PickupFault::NothingHanded);
        }
        let whole = self.lines.iter().all(|line| line.ordered == Some(line.handed));
        let outcome = match (self.is_on_file(), whole) {
            (false, _) => Outcome::Unverified,
            (true, true) => Outcome::Handed,
            (true, false) => Outcome::Partly,
        };
        Ok(self.record(outcome, self.lines.clone()))
    }

    /// The record of a promise.
    pub fn promise(&self) -> Pickup {
        self.record(Outcome::Promised, self.untouched())
    }

    /// The record of a refund that is asked for.
    pub fn refund(&self, why: RefundWhy) -> Pickup {
        let refund = Some(Asked { why, amount: self.paid() });
        Pickup { refund, ..self.record(Outcome::RefundRequested, self.untouched()) }
    }

    /// The record of a second claim that got nothing.
    pub fn declined(&self, again: RecordRef) -> Pickup {
        Pickup { again: Some(again), ..self.record(Outcome::Declined, Vec::new()) }
    }

    fn record(&self, outcome: Outcome, lines: Vec<PickupLine>) -> Pickup {
        Pickup {
            order: self.order.clone(),
            outcome,
            code: self.code,
            id: self.id,
            lines,
            refund: None,
            name: None,
            again: None,
            approval: None,
        }
    }

    /// What was ordered, and nothing of it handed over.
    fn untouched(&self) -> Vec<PickupLine> {
        let ordered = self.lines.iter().filter(|line| line.ordered.is_some()).cloned();
        ordered.map(|line| PickupLine { handed: Quantity::default(), ..line }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::OrderLine;
    use super::*;

    fn code(text: &str) -> ItemCode {
        ItemCode::parse(text).expect("a code")
    }

    fn pieces(count: i64) -> Quantity {
        Quantity::pieces(count).expect("fits")
    }

    fn day(text: &str) -> BusinessDate {
        BusinessDate::parse(text).expect("a day")
    }

    fn order(staged: bool) -> PickupOrder {
        let line = |item: &str, count, paid| OrderLine {
            code: code(item),
            quantity: pieces(count),
            paid: Money::from_minor(paid),
            place: "Shelf A3".to_owned(),
        };
        PickupOrder {
            number: OrderNo::parse("W-1001").expect("a number"),
            staged,
            until: Some(day("2026-11-22")),
            lines: vec![line("1", 2, 258), line("2", 1, 499)],
        }
    }

    fn begun(staged: bool) -> Handover {
        Handover::of(&order(staged), |_| "Soup".to_owned())
    }

    #[test]
    fn code_and_id_hand_all_of_it_over_and_one_of_them_asks_a_lead() {
        let today = day("2026-11-22");
        let mut one = begun(true);
        assert_eq!(one.hand_over(today), Err(PickupFault::NothingProved));
        one.code_is_right();
        assert_eq!(one.case(false), Some(Case::HandOver));
        one.id_was_seen(true);
        assert_eq!((one.case(false), one.case(true)), (None, Some(Case::HandOverAgain)));
        let record = one.hand_over(today).expect("handed over");
        assert_eq!((record.outcome, record.is_sound()), (Outcome::Handed, true));
        let late = one.hand_over(day("2026-11-23"));
        assert_eq!(late, Err(PickupFault::Expired(today)));
    }

    #[test]
    fn what_is_short_or_replaced_is_noted_line_by_line() {
        let mut one = begun(true);
        one.id_was_seen(true);
        for (quantity, fault) in [
            (pieces(3), PickupFault::MoreThanOrdered),
            (pieces(-1), PickupFault::Quantity),
            (pieces(100_001), PickupFault::Quantity),
        ] {
            assert_eq!(one.set_handed(0, quantity), Err(fault));
        }
        one.set_handed(0, pieces(1)).expect("one is short");
        let other = code("9");
        assert_eq!(one.instead(1, (&code("1"), "Soup"), pieces(1)), Err(PickupFault::OfTheOrder));
        assert_eq!(one.instead(1, (&other, "Beans"), pieces(2)), Err(PickupFault::MoreThanOrdered));
        one.instead(1, (&other, "Beans"), pieces(1)).expect("replaced");
        let record = one.hand_over(day("2026-11-22")).expect("handed over");
        assert_eq!((record.outcome, record.is_sound()), (Outcome::Partly, true));
        let handed: Vec<Quantity> = record.lines.iter().map(|line| line.handed).collect();
        assert_eq!(handed, [pieces(1), pieces(0), pieces(1)]);
        // Taken back: the line is as it was ordered again.
        one.set_handed(2, pieces(0)).expect("taken out");
        one.set_handed(1, pieces(1)).expect("as ordered");
        one.set_handed(0, pieces(2)).expect("as ordered");
        let record = one.hand_over(day("2026-11-22")).expect("handed over");
        assert_eq!(record.outcome, Outcome::Handed);
    }

    #[test]
    fn what_does_not_stand_ready_is_promised_or_its_money_asked_back_and_nothing_goes_out() {
        let mut one = begun(false);
        one.id_was_seen(true);
        assert_eq!(one.hand_over(day("2026-11-22")), Err(PickupFault::NotStaged));
        let promise = one.promise();
        assert!(promise.is_sound() && promise.lines.len() == 2);
        let refund = one.refund(RefundWhy::NotReady);
        assert!(refund.is_sound());
        let amount = refund.refund.and_then(|asked| asked.amount);
        assert_eq!(amount, Some(Money::from_minor(757)), "as it was paid online");
    }

    #[test]
    fn what_only_the_customer_shows_is_scanned_and_needs_a_witness() {
        let mut one = Handover::shown(OrderNo::parse("W-9").expect("a number"));
        one.id_was_seen(true);
        assert_eq!(one.stands_at(&"x".repeat(25)), Err(PickupFault::PlaceTooLong));
        one.stands_at("Floor 2").expect("a place");
        assert_eq!(one.hand_over(day("2026-11-22")), Err(PickupFault::NothingHanded));
        assert_eq!(one.scan(&code("1"), "Soup", pieces(2)), Ok(pieces(2)));
        assert_eq!(one.scan(&code("1"), "Soup", pieces(1)), Ok(pieces(3)));
        assert_eq!(one.scan(&code("1"), "Soup", pieces(0)), Err(PickupFault::Quantity));
        assert_eq!(one.case(false), Some(Case::HandOverUnverified));
        let record = one.hand_over(day("2026-11-22")).expect("handed over");
        assert_eq!(record.outcome, Outcome::Unverified);
        assert_eq!(record.lines[0].place, "Floor 2");
        let mut known = begun(true);
        assert_eq!(known.scan(&code("1"), "Soup", pieces(1)), Err(PickupFault::OnFile));
    }
}
