//! Pieces of the pickup desk while the online system is down: an order shown by e-mail and ID, the
//! same order twice, one that is not ready, money that is asked back, something short.

use crate::drill::play::Operator;
use crate::register::check_input::Keyed;
use crate::register::command::Command;
use crate::register::page::{PageInput, PageName};

use super::{Desk, Miss, Outcome};

/// Orders that the drill's own pack knows, and one that nobody knows.
pub const HANDED: &str = "D-101";
const NOT_READY: &str = "D-102";
const IN_PART: &str = "D-103";
/// Closed online before it is fetched here.
pub const CLOSED: &str = "D-104";
const ASKED_BACK: &str = "D-105";
const BY_MAIL: &str = "D-900";

/// The actions of the list, and of an order.
const NOT_ON_FILE: PageInput = PageInput::Action(0);
const PROMISES: PageInput = PageInput::Action(1);
const ID: PageInput = PageInput::Action(1);
const HAND_OVER: PageInput = PageInput::Action(2);
const PROMISE: PageInput = PageInput::Action(3);
const REFUND: PageInput = PageInput::Action(4);

impl Desk {
    /// The orders of the pack are on the page, whatever the online system does.
    pub(super) fn pickup_list(&mut self) -> Outcome {
        self.open_pickups()?;
        let listed = self.rows()?.len();
        self.leave()?;
        if listed == 0 {
            let words = "not played: the given pack has no orders to be fetched";
            return Err(Miss::Said(words.to_owned()));
        }
        Ok(format!("{listed} orders of the price file are listed without the online system"))
    }

    /// E-mail and ID, and the goods stand here: handed over, for central to look at.
    pub(super) fn pickup_by_mail(&mut self) -> Outcome {
        let item = self.order_goods(5)?;
        self.open_pickups()?;
        self.press(NOT_ON_FILE)?;
        self.answer(BY_MAIL)?;
        let number =
            Command::Page(PageInput::Answer { text: Keyed::new("D1234567"), scanned: false });
        let why = self.refused(number, "")?;
        self.answer("Drill Customer")?;
        self.answer("Cart 4")?;
        self.answer(&format!("2*{}", item.code))?;
        self.press(HAND_OVER)?;
        self.leave()?;
        Ok(format!(
            "order {BY_MAIL}: the number of an ID is refused as a name ({why}); 2 of {} from Cart \
             4 handed over with a witness",
            item.name
        ))
    }

    pub(super) fn pickup_handed(&mut self) -> Outcome {
        self.hand_over(HANDED)?;
        Ok(format!("order {HANDED} handed over against an ID, signed"))
    }

    /// Somebody else comes for the same order.
    pub(super) fn pickup_again(&mut self) -> Outcome {
        self.find_order(HANDED)?;
        self.press(ID)?;
        self.press(HAND_OVER)?;
        let page = self.page()?.filter(|page| !page.choices.is_empty());
        let page = page.ok_or_else(|| Miss::Said("nobody was warned".to_owned()))?;
        let said = page.lead.first().map(ToString::to_string).unwrap_or_default();
        self.press(PageInput::Choice(1))?;
        self.leave()?;
        Ok(format!("{}: {said} Handed over again with a manager", page.title))
    }

    /// An order that is not ready is promised, and stands on the list of promises.
    pub(super) fn pickup_promise(&mut self) -> Outcome {
        self.find_order(NOT_READY)?;
        self.press(ID)?;
        let why = self.refused(Command::Page(HAND_OVER), "")?;
        self.press(PROMISE)?;
        self.open_pickups()?;
        self.press(PROMISES)?;
        let rows = self.rows()?;
        self.leave()?;
        if !rows.iter().any(|row| row.first().is_some_and(|cell| cell == NOT_READY)) {
            return Err(Miss::Said(format!("{NOT_READY} is not on the list of promises")));
        }
        let waiting = rows.len();
        Ok(format!("{NOT_READY}: {why}; promised, {waiting} on the list of promises"))
    }

    /// Money for an order is asked back: a request, and no cash.
    pub(super) fn pickup_refund(&mut self) -> Outcome {
        let before = self.drawer_cash()?;
        self.find_order(ASKED_BACK)?;
        self.press(REFUND)?;
        self.press(PageInput::Choice(3))?;
        self.leave()?;
        let after = self.drawer_cash()?;
        if before != after {
            return Err(Miss::Said(format!("the drawer went from {before} to {after}")));
        }
        Ok(format!("{ASKED_BACK}: a request for the online desk; the drawer holds {after} still"))
    }

    /// One item is short, another one goes along instead.
    pub(super) fn pickup_partly(&mut self) -> Outcome {
        let other = self.order_goods(7)?;
        self.find_order(IN_PART)?;
        self.press(ID)?;
        self.press(PageInput::Row(0))?;
        self.press(PageInput::Choice(0))?;
        self.answer("1")?;
        self.press(PageInput::Row(1))?;
        self.press(PageInput::Choice(1))?;
        self.answer(&format!("1*{}", other.code))?;
        self.press(HAND_OVER)?;
        self.leave()?;
        Ok(format!("{IN_PART}: one piece short, {} instead of another item", other.name))
    }

    pub(super) fn pickup_closed(&mut self) -> Outcome {
        self.hand_over(CLOSED)?;
        Ok(format!("order {CLOSED} handed over"))
    }

    /// The same goods are sold to whoever walks in.
    pub(super) fn walk_in(&mut self) -> Outcome {
        let item = self.order_goods(0)?;
        self.scan(&item)?;
        let total = self.pay_cash()?;
        Ok(format!("{} sold to a walk-in customer: {total}", item.name))
    }

    /// The online system is back from an older copy: what it says, beside what happened here.
    pub(super) fn online_back(&mut self, operator: &mut dyn Operator) -> Outcome {
        Ok(operator.compare_pickups(&self.goods())?)
    }

    fn hand_over(&mut self, order: &str) -> Result<(), Miss> {
        self.find_order(order)?;
        self.press(ID)?;
        self.press(HAND_OVER)?;
        self.leave()
    }

    fn open_pickups(&mut self) -> Result<(), Miss> {
        self.leave()?;
        self.must(Command::OpenPage(PageName::Pickup))
    }

    fn find_order(&mut self, order: &str) -> Result<(), Miss> {
        self.open_pickups()?;
        self.answer(order)
    }

    fn rows(&mut self) -> Result<Vec<Vec<String>>, Miss> {
        let rows = self.page()?.map(|page| page.rows).unwrap_or_default();
        Ok(rows.iter().map(|row| row.cells.iter().map(ToString::to_string).collect()).collect())
    }

    fn drawer_cash(&mut self) -> Result<crate::domain::money::Money, Miss> {
        let shift = self.lane.running()?.ledger().state().open_shift.clone();
        Ok(shift.and_then(|shift| shift.drawer.expected_cash().ok()).unwrap_or_default())
    }

    fn order_goods(&self, place: usize) -> Result<crate::domain::item::Item, Miss> {
        let none = || Miss::Said("not played: the given pack has too few packages".to_owned());
        self.props.goods.get(place).cloned().ok_or_else(none)
    }
}
