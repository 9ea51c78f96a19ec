//! Pickup orders at a register: looking one up, its code, and recording what came of it.
//!
//! ```text
//!  number ─▶ pack ─▶ order                     code ─▶ opens the name, or a wait after some tries
//!  name ─ the PIN's key ─▶ pack ─▶ orders      hand over ─▶ claimed before? who signs? ─▶ record
//!                                                                      slip ◀── name, sealed ┘
//! ```
//!
//! What may go out is decided in `domain::pickup`. No money moves here, and no name is recorded:
//! the one on an ID is sealed for central beside the record, or stands on the paper.

use std::fmt;

use crate::domain::event::Event;
use crate::domain::goods::carton::OrderNo;
use crate::domain::ids::RecordRef;
use crate::domain::pickup::fault::PickupFault;
use crate::domain::pickup::handover::Handover;
use crate::domain::pickup::{Outcome, Pickup, RefundWhy};
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::journal::pickup_name::{NAME_LEN_MAX, SealedName};
use crate::ledger::{Committed, SealedBytes};
use crate::pack::{CustomerName, OrderKey};
use crate::receipt::proof;
use crate::receipt::slip::Slip;

use super::lockout::Lockout;
use super::register::{Register, Setback};

/// What the register knows of pickups between two commands.
#[derive(Default)]
pub(super) struct PickupDesk {
    /// Opens names and codes while somebody is signed in with a PIN.
    key: Option<OrderKey>,
    /// Wrong codes, by order.
    tries: Lockout,
    /// A name that is written beside the record that is made now.
    in_hand: Option<SealedBytes>,
}

impl fmt::Debug for PickupDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PickupDesk(..)")
    }
}

impl PickupDesk {
    /// Names and codes open from now on.
    pub(super) fn unlock(&mut self, key: Option<OrderKey>) {
        self.key = key;
    }

    /// They don't any more.
    pub(super) fn lock(&mut self) {
        self.key = None;
    }

    /// What is written beside a record.
    pub(super) fn beside(&self, event: &Event) -> Option<&SealedBytes> {
        self.in_hand.as_ref().filter(|_| matches!(event, Event::Pickup(_)))
    }
}

impl From<PickupFault> for Setback {
    fn from(fault: PickupFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl Register {
    /// The orders of a number or a name; the name where it was looked up by it.
    pub(super) fn find_pickup(
        &self,
        text: &str,
    ) -> Result<Vec<(OrderNo, Option<CustomerName>)>, Setback> {
        let pack = self.pack()?;
        let number = OrderNo::parse(text).ok();
        if let Some(number) = number
            && pack.pickup_order(&number)?.is_some()
        {
            return Ok(vec![(number, None)]);
        }
        let Some(key) = &self.pickups.key else {
            let has_digits = text.contains(|c: char| c.is_ascii_digit());
            let fault = if has_digits { PickupFault::NoSuchOrder } else { PickupFault::Sealed };
            return Err(fault.into());
        };
        let found = pack.pickup_by_name(key, text)?;
        if found.is_empty() {
            return Err(PickupFault::NoSuchOrder.into());
        }
        Ok(found.into_iter().map(|(number, name)| (number, Some(name))).collect())
    }

    /// Whose an order is, if this is its code. A few wrong ones are free, then one waits.
    pub(super) fn pickup_code(
        &mut self,
        order: &OrderNo,
        keyed: &str,
    ) -> Result<CustomerName, Setback> {
        let now_ms = self.clock.mono_ms();
        if let Some(until) = self.pickups.tries.locked_until_ms(order.as_str(), now_ms) {
            let seconds = until.saturating_sub(now_ms).div_ceil(1_000);
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
            return Err(PickupFault::CodeLocked(seconds).into());
        }
        let key = self.pickups.key.clone().ok_or(PickupFault::Sealed)?;
        self.pickups.tries.count(order.as_str(), now_ms);
        let name = self.pack()?.pickup_by_code(&key, order, keyed)?;
        let name = name.ok_or(PickupFault::WrongCode)?;
        self.pickups.tries.forgive(order.as_str());
        Ok(name)
    }

    /// Hands an order over: all of it, a part, or one that only the customer shows, for whom
    /// `name` stands on the ID. `again` names the claim before this one.
    pub(super) fn hand_over(
        &mut self,
        handover: &Handover,
        name: Option<&CustomerName>,
        again: Option<RecordRef>,
    ) -> Result<Pickup, Setback> {
        let before = self.book().pickups.against(handover.order()).map(|(record, _)| record);
        if before.is_some() && again.is_none() {
            return Err(PickupFault::HandedBefore.into());
        }
        let record = Pickup { again, ..handover.hand_over(self.business_date())? };
        if !handover.is_on_file() {
            self.may_go_unverified(handover.order(), name)?;
        }
        let approval = match handover.case(again.is_some()) {
            Some(case) => {
                let about = || words!("Order {}", handover.order().as_str());
                self.authorise_about(&case, about)?
            }
            None => None,
        };
        let sealed = name.filter(|_| record.outcome == Outcome::Unverified);
        let sealed = sealed.and_then(|name| self.seal_name(handover.order(), name.text()));
        let name = sealed.as_ref().map(|sealed| sealed.commitment);
        let record = Pickup { approval, name, ..record };
        self.record_pickup(record, sealed)
    }

    /// Promises an order that does not stand ready.
    pub(super) fn promise_pickup(&mut self, handover: &Handover) -> Result<Pickup, Setback> {
        match self.book().pickups.standing(handover.order()) {
            Some(Outcome::Promised) => Err(PickupFault::PromisedBefore.into()),
            Some(Outcome::RefundRequested) => Err(PickupFault::RefundBefore.into()),
            Some(_) => Err(PickupFault::HandedBefore.into()),
            None => self.record_pickup(handover.promise(), None),
        }
    }

    /// Records that money is asked back. None is paid here.
    pub(super) fn request_refund(
        &mut self,
        handover: &Handover,
        why: RefundWhy,
    ) -> Result<Pickup, Setback> {
        let asked = |(_, claim): (_, &crate::domain::book::pickups::Claim)| {
            claim.outcome == Outcome::RefundRequested
        };
        if self.book().pickups.of(handover.order()).any(asked) {
            return Err(PickupFault::RefundBefore.into());
        }
        self.record_pickup(handover.refund(why), None)
    }

    /// Records that an order was claimed again and got nothing.
    pub(super) fn decline_pickup(
        &mut self,
        handover: &Handover,
        again: RecordRef,
    ) -> Result<Pickup, Setback> {
        self.record_pickup(handover.declined(again), None)
    }

    /// Whether this store hands over what is not on file, and enough is known for it.
    fn may_go_unverified(
        &self,
        order: &OrderNo,
        name: Option<&CustomerName>,
    ) -> Result<(), Setback> {
        if self.pack()?.pickup_order(order)?.is_some() {
            return Err(PickupFault::OnFile.into());
        }
        if !self.policy()?.counter.pickup_unverified {
            return Err(PickupFault::OnFileOnly.into());
        }
        if name.is_none() {
            return Err(PickupFault::NoName.into());
        }
        Ok(())
    }

    fn record_pickup(
        &mut self,
        pickup: Pickup,
        sealed: Option<SealedName>,
    ) -> Result<Pickup, Setback> {
        if !pickup.is_sound() {
            return Err(PickupFault::Quantity.into());
        }
        self.pickups.in_hand = sealed.map(|sealed| (sealed.commitment, sealed.bytes));
        let committed = self.record(Event::Pickup(pickup.clone()));
        self.pickups.in_hand = None;
        let committed = committed?;
        if pickup.outcome.hands_over() {
            // The other registers should know before the customer's second half asks there.
            self.wait_for_copy(committed.seq);
        }
        self.print_pickup(&pickup, &committed);
        Ok(pickup)
    }

    /// Seals a name for central; none without its key, or in training.
    fn seal_name(&self, order: &OrderNo, name: &str) -> Option<SealedName> {
        let central = self.seal_key()?;
        let (salt, one_use) = self.sealing()?;
        let journal = self.ledger().chain().journal;
        let sealed = SealedName::seal((journal, order, name), &salt, one_use, &central);
        sealed.inspect_err(|error| tracing::error!(%error, "a name is not sealed")).ok()?
    }

    /// The paper of it: what was handed over, to be signed; or what was only recorded.
    fn print_pickup(&mut self, pickup: &Pickup, committed: &Committed) {
        let Some(place) = self.slip_place() else { return };
        let title = match pickup.outcome {
            Outcome::Handed | Outcome::Partly | Outcome::Unverified => "Pickup",
            Outcome::Promised => "Pickup promise",
            Outcome::RefundRequested => "Refund request",
            Outcome::Declined => return,
        };
        let mut slip = Slip::new(title, &place)
            .pair("Order", pickup.order.as_str())
            .pair("Outcome", pickup.outcome.label());
        if pickup.outcome == Outcome::Unverified && pickup.name.is_none() {
            slip = slip.sign("Name on the ID");
        }
        slip = slip.rule();
        for line in &pickup.lines {
            let name = if line.name.is_empty() { line.code.as_str() } else { line.name.as_str() };
            let count = match line.ordered {
                Some(ordered) if ordered != line.handed => format!("{} / {ordered}", line.handed),
                _ => line.handed.to_string(),
            };
            slip = slip.pair(name, count);
            if let Some(code) = &line.instead_of {
                slip = slip.line(format!("  instead of {code}"));
            }
        }
        if let Some(asked) = pickup.refund {
            slip = slip.line(asked.why.label());
            if let Some(amount) = asked.amount {
                slip = slip.amount("Paid online", amount);
            }
        }
        if let Some(approval) = &pickup.approval {
            slip = slip.line(format!("Witness {}", approval.by));
        }
        slip = match pickup.outcome {
            Outcome::Promised => slip.line("Nothing was handed over."),
            Outcome::RefundRequested => slip.line("No cash was paid out here."),
            _ => slip.sign("Received by").sign("Handed over by"),
        };
        if !self.training {
            let journal = self.ledger().chain().journal;
            slip = slip.proof(&proof(journal, committed.seq, committed.hash));
        }
        self.print_slip(slip.finish());
    }
}

/// A name as it stands on an ID: the number of the ID is none.
pub(super) fn name_on_id(text: &str) -> Result<CustomerName, PickupFault> {
    let text = text.trim();
    let is_name = text.chars().any(char::is_alphabetic)
        && !text.chars().any(|c| c.is_numeric() || c.is_control());
    if !is_name || text.len() > NAME_LEN_MAX {
        return Err(PickupFault::NoName);
    }
    Ok(CustomerName::of(text))
}

/// A quantity that was keyed.
pub(super) fn keyed_quantity(text: &str) -> Result<Quantity, Setback> {
    Quantity::parse(text.trim()).map_err(|_| PickupFault::Quantity.into())
}

/// The order of a keyed number.
pub(super) fn keyed_order(text: &str) -> Result<OrderNo, Refusal> {
    OrderNo::parse(text).map_err(|_| PickupFault::NotANumber.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_and_the_number_of_an_id_is_not() {
        assert_eq!(
            name_on_id(" Customer One ").map(|n| n.text().to_owned()).ok().as_deref(),
            Some("Customer One")
        );
        for wrong in ["", "  ", "D123-4567-8901", "Customer 1", "-", &"n".repeat(81)] {
            assert_eq!(name_on_id(wrong), Err(PickupFault::NoName), "{wrong}");
        }
    }
}
