//! Pieces that must be refused: what can't be honored, and what nobody may take.

use crate::domain::quantity::Quantity;
use crate::domain::sale::Reason;
use crate::register::command::Command;

use super::{Desk, Miss, Outcome, lacking};

/// A card's number as card makers print it in examples: rightly formed, and nobody's.
pub const CARD: &str = "4111111111111111";
/// A coupon: a package's number that begins with 5.
const COUPON: &str = "593966700768";

impl Desk {
    /// A card's number from a reader and from the keys.
    pub(super) fn card_number(&mut self) -> Outcome {
        let card = "payment card";
        let scanned = self.refused(Command::Scan { code: CARD.to_owned() }, card)?;
        let keyed = self.refused(Command::Enter { text: CARD.to_owned() }, card)?;
        Ok(format!("scanned: {scanned}; keyed: {keyed}"))
    }

    /// A coupon is given back, and counted on the sale.
    pub(super) fn coupon(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        let why = self.refused(Command::Scan { code: COUPON.to_owned() }, "can't be used")?;
        let total = self.pay_cash()?;
        Ok(format!("{why}; the sale stays at {total}"))
    }

    pub(super) fn gift_card(&mut self) -> Outcome {
        let number = lacking(&self.props.gift_card, "gift cards' numbers")?;
        let package = self.package()?;
        self.scan(&package)?;
        let why = self.refused(Command::Scan { code: number }, "can't be used")?;
        let total = self.pay_cash()?;
        Ok(format!("{why}; the sale stays at {total}"))
    }

    /// What customers read says that EBT and WIC do not work, and promises none.
    pub(super) fn announced(&mut self) -> Outcome {
        let told = self.lane.running()?.view().status.announcement;
        let told = told.ok_or_else(|| Miss::Said("customers are told nothing".to_owned()))?;
        let names = |words: &&crate::domain::words::Words| {
            let text = words.to_string();
            text.contains("EBT") || text.contains("WIC")
        };
        let promised = told.works.iter().chain([&told.headline]).find(names);
        if let Some(promised) = promised {
            return Err(Miss::Said(format!("customers are promised: {promised}")));
        }
        let stopped = told.stopped.iter().find(names);
        let stopped = stopped.ok_or_else(|| Miss::Said("EBT and WIC are not named".to_owned()))?;
        Ok(format!("customers read under what does not work: {stopped}"))
    }

    /// One piece too many comes back.
    pub(super) fn return_too_much(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        self.pay_cash()?;
        self.must(Command::FindReceipt { number: String::new() })?;
        let two = Quantity::pieces(2).unwrap_or_default();
        let back = Command::ReturnItem { place: 0, quantity: two, reason: Reason::Customer };
        let why = self.refused(back, "more than was sold")?;
        self.must(Command::LeaveReceipt)?;
        Ok(format!("two of one: {why}"))
    }
}
