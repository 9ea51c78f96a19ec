//! Pickup orders: look one up, look at code and ID, hand it over, or record why nothing went out.
//!
//! ```text
//!  number or name ─▶ order ─ F4 code · F5 ID seen · a line: short, something else ─▶ F6 hand over
//!  F4 not on file ─▶ number ─▶ name on the ID ─▶ place ─▶ scan ─▶ F6, a witness signs │
//!  F5 promises      order ─ F7 promise · F8 refund request            claimed before? ◀┘
//! ```
//!
//! The list shows numbers only. A name shows where it was looked up, or where its order's code was
//! right; it is gone when the page is left, and so is what was begun: nothing is recorded then.

use crate::domain::goods::carton::OrderNo;
use crate::domain::ids::RecordRef;
use crate::domain::pickup::fault::PickupFault;
use crate::domain::pickup::handover::Handover;
use crate::domain::pickup::{Outcome, Pickup, RefundWhy};
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::pack::CustomerName;
use crate::register::pickups::{keyed_order, keyed_quantity, name_on_id};
use crate::register::register::{Register, Said, Setback};
use crate::register::view::PageView;

use super::{Page, PageInput, Turn};

mod shown;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct PickupPage {
    step: Step,
    /// The orders of a name, to be chosen from.
    found: Vec<(OrderNo, Option<CustomerName>)>,
    /// The order at the counter.
    order: Option<Handover>,
    /// Whose it is: from the pack, or from an ID.
    name: Option<CustomerName>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// Which order.
    #[default]
    List,
    /// Which of those that a name has.
    Which,
    /// What was promised.
    Promises,
    /// The number of an order that is not on file.
    Number,
    /// The name on the ID, for one that is not on file.
    Name,
    /// Where its goods stand.
    Place,
    /// The order.
    Order,
    /// Its pickup code.
    Code,
    /// What of a line.
    Line(usize),
    /// How many of a line go along.
    HowMany(usize),
    /// What goes along instead of a line.
    Instead(usize),
    /// Why money is asked back.
    Refund,
    /// It was claimed before.
    Again(RecordRef),
}

/// The actions of an order, from F4.
const CODE: usize = 0;
const ID: usize = 1;
const HAND_OVER: usize = 2;
const PROMISE: usize = 3;
const REFUND: usize = 4;

impl Page for PickupPage {
    fn view(&self, register: &Register) -> PageView {
        self.shown(register)
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step, input) {
            (Step::List, PageInput::Answer { text, .. }) => self.find(text.text(), register),
            (Step::List, PageInput::Row(place)) => {
                let head = register.pack()?.pickup_orders()?.into_iter().nth(place);
                let number = head.ok_or(Refusal::NoSuchLine)?.number;
                self.begin(&number, None, register)
            }
            (Step::List, PageInput::Action(0)) => Ok(self.go(Step::Number)),
            (Step::List, PageInput::Action(1)) => Ok(self.go(Step::Promises)),
            (Step::Which, PageInput::Row(place)) => {
                let found = self.found.get(place).cloned().ok_or(Refusal::NoSuchLine)?;
                self.begin(&found.0, found.1, register)
            }
            (Step::Promises, PageInput::Row(place)) => {
                let promised = register.book().pickups.promised();
                let (number, _) = *promised.get(place).ok_or(Refusal::NoSuchLine)?;
                let number = number.clone();
                self.begin(&number, None, register)
            }
            (Step::Number, PageInput::Answer { text, .. }) => {
                let number = keyed_order(text.text())?;
                if register.pack()?.pickup_order(&number)?.is_some() {
                    return self.begin(&number, None, register);
                }
                self.order = Some(Handover::shown(number));
                Ok(self.go(Step::Name))
            }
            (Step::Name, PageInput::Answer { text, .. }) => self.name_keyed(text.text()),
            (Step::Place, PageInput::Answer { text, .. }) => {
                self.order_mut()?.stands_at(text.text().trim())?;
                Ok(self.go(Step::Order))
            }
            (Step::Order, PageInput::Answer { text, .. }) => self.scan(text.text(), register),
            (Step::Order, PageInput::Row(place)) if place < self.order()?.lines().len() => {
                Ok(self.go(Step::Line(place)))
            }
            (Step::Order, PageInput::Action(CODE)) if self.order()?.is_on_file() => {
                Ok(self.go(Step::Code))
            }
            (Step::Order, PageInput::Action(ID)) if self.order()?.is_on_file() => {
                let order = self.order_mut()?;
                order.id_was_seen(!order.id());
                Ok(Turn::Stay(None))
            }
            (Step::Order, PageInput::Action(HAND_OVER)) => self.hand_over(None, register),
            (Step::Order, PageInput::Action(PROMISE)) => {
                let pickup = register.promise_pickup(self.order()?)?;
                Ok(self.done(&pickup))
            }
            (Step::Order, PageInput::Action(REFUND)) => Ok(self.go(Step::Refund)),
            (Step::Code, PageInput::Answer { text, .. }) => {
                let number = self.order()?.order().clone();
                let name = register.pickup_code(&number, text.text())?;
                self.order_mut()?.code_is_right();
                // The name stands on the page and leaves with it; a notice would stay.
                self.name = Some(name);
                self.step = Step::Order;
                Ok(Turn::Stay(Some(Said::done(words!("The code is right")))))
            }
            (Step::Line(place), PageInput::Choice(0)) => Ok(self.go(Step::HowMany(place))),
            (Step::Line(place), PageInput::Choice(1)) if self.order()?.is_on_file() => {
                Ok(self.go(Step::Instead(place)))
            }
            (Step::HowMany(place), PageInput::Answer { text, .. }) => {
                let quantity = keyed_quantity(text.text())?;
                self.order_mut()?.set_handed(place, quantity)?;
                Ok(self.go(Step::Order))
            }
            (Step::Instead(place), PageInput::Answer { text, .. }) => {
                let meant = register.known_item(text.text())?;
                let quantity = meant.quantity.unwrap_or(Quantity::ONE);
                self.order_mut()?.instead(place, (&meant.code, &meant.name), quantity)?;
                Ok(self.go(Step::Order))
            }
            (Step::Refund, PageInput::Choice(place)) => {
                let why = *RefundWhy::ALL.get(place).ok_or(Refusal::NoSuchLine)?;
                let pickup = register.request_refund(self.order()?, why)?;
                Ok(self.done(&pickup))
            }
            (Step::Again(before), PageInput::Choice(0)) => {
                let pickup = register.decline_pickup(self.order()?, before)?;
                Ok(self.done(&pickup))
            }
            (Step::Again(before), PageInput::Choice(1)) => self.hand_over(Some(before), register),
            (Step::Again(_), PageInput::Choice(_)) => Ok(self.go(Step::Order)),
            (Step::List, PageInput::Back) => Ok(Turn::Leave(None)),
            (
                Step::Which
                | Step::Promises
                | Step::Number
                | Step::Name
                | Step::Place
                | Step::Order,
                PageInput::Back,
            ) => {
                *self = Self::default();
                Ok(Turn::Stay(None))
            }
            (_, PageInput::Back) => Ok(self.go(Step::Order)),
            _ => Ok(Turn::Stay(None)),
        }
    }
}

impl PickupPage {
    fn go(&mut self, step: Step) -> Turn {
        self.step = step;
        Turn::Stay(None)
    }

    fn order(&self) -> Result<&Handover, Setback> {
        self.order.as_ref().ok_or_else(|| Refusal::NoSuchLine.into())
    }

    fn order_mut(&mut self) -> Result<&mut Handover, Setback> {
        self.order.as_mut().ok_or_else(|| Refusal::NoSuchLine.into())
    }

    fn find(&mut self, text: &str, register: &Register) -> Result<Turn, Setback> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Turn::Stay(None));
        }
        let mut found = register.find_pickup(text)?;
        match (found.pop(), found.is_empty()) {
            (Some((number, name)), true) => self.begin(&number, name, register),
            (last, _) => {
                self.found = found.into_iter().chain(last).collect();
                Ok(self.go(Step::Which))
            }
        }
    }

    fn begin(
        &mut self,
        number: &OrderNo,
        name: Option<CustomerName>,
        register: &Register,
    ) -> Result<Turn, Setback> {
        let pack = register.pack()?;
        let order = match pack.pickup_order(number)? {
            Some(order) => Handover::of(&order, |code| match pack.item(code) {
                Ok(Some(item)) => item.name,
                _ => String::new(),
            }),
            // Promised while another pack was in use.
            None => Handover::shown(number.clone()),
        };
        *self = Self { step: Step::Order, found: Vec::new(), order: Some(order), name };
        if !self.order()?.is_on_file() {
            return Ok(self.go(Step::Name));
        }
        let before = register.book().pickups.against(number);
        let said = before.map(|(_, claim)| {
            let fault = match claim.outcome {
                Outcome::RefundRequested => PickupFault::RefundBefore,
                _ => PickupFault::HandedBefore,
            };
            Said::attention(fault.text(), words!("Ask who fetched it before you go on."))
        });
        Ok(Turn::Stay(said))
    }

    /// The name on the ID; without one the order is only promised, or its money asked back.
    fn name_keyed(&mut self, text: &str) -> Result<Turn, Setback> {
        if !text.trim().is_empty() {
            self.name = Some(name_on_id(text)?);
            self.order_mut()?.id_was_seen(true);
            return Ok(self.go(Step::Place));
        }
        Ok(self.go(Step::Order))
    }

    fn scan(&mut self, text: &str, register: &Register) -> Result<Turn, Setback> {
        if text.is_empty() {
            return Ok(Turn::Stay(None));
        }
        let meant = register.known_item(text)?;
        let more = meant.quantity.unwrap_or(Quantity::ONE);
        let sum = self.order_mut()?.scan(&meant.code, &meant.name, more)?;
        Ok(Turn::Stay(Some(Said::done(words!("{}: {} so far", meant.name, sum)))))
    }

    fn hand_over(
        &mut self,
        again: Option<RecordRef>,
        register: &mut Register,
    ) -> Result<Turn, Setback> {
        let order = self.order()?;
        if again.is_none() {
            // What can't go out at all is told before anybody is asked about another claim.
            order.hand_over(register.business_date())?;
            if let Some((before, _)) = register.book().pickups.against(order.order()) {
                return Ok(self.go(Step::Again(before)));
            }
        }
        let pickup = register.hand_over(order, self.name.as_ref(), again)?;
        Ok(self.done(&pickup))
    }

    fn done(&mut self, pickup: &Pickup) -> Turn {
        let order = pickup.order.as_str();
        let said = match pickup.outcome {
            Outcome::Handed => Said::done(words!("Order {} is handed over", order)),
            Outcome::Partly => {
                let remedy =
                    words!("What is missing is on the slip. The online desk pays it back.");
                Said::attention(words!("Order {} is handed over in part", order), remedy)
            }
            Outcome::Unverified => {
                let remedy = words!("Central compares it when orders can be looked up again.");
                Said::attention(words!("Order {} is handed over, not on file", order), remedy)
            }
            Outcome::Promised => {
                Said::done(words!("Order {} is promised; nothing went out", order))
            }
            Outcome::RefundRequested => {
                Said::done(words!("A refund of order {} is requested; pay no cash", order))
            }
            Outcome::Declined => {
                Said::done(words!("Recorded: order {} was claimed again, nothing went out", order))
            }
        };
        *self = Self::default();
        Turn::Stay(Some(said))
    }
}
