//! From a scan or a typed code to a line: what it means, whether it may be sold, what it costs.
//!
//! ```text
//!  scan ─▶ read ─▶ choose, by the catalog ─┬─ one item ─▶ recall? ─▶ past its date? ─▶ the basket
//!                                          ├─ two ──────▶ the screen asks which
//!                                          ├─ unknown ──▶ a yellow line
//!                                          └─ coupon, gift card, receipt, garbage ─▶ words
//! ```
//!
//! Two equal scans are two items: nothing here drops the second one. A scanner that reads a code
//! twice is told by its speed, where keys are looked at, not by what it says (docs/codes.md).

use crate::domain::approval::Case;
use crate::domain::code::aim;
use crate::domain::code::batch::{Batch, Lot};
use crate::domain::code::chosen::{Chosen, choose};
use crate::domain::code::garbage::Garbage;
use crate::domain::code::reading::{ExpiryRule, ItemReading, Reading, read};
use crate::domain::code::recall::Recall;
use crate::domain::code::ringing::{Ringing, line_of};
use crate::domain::gtin::ItemCode;
use crate::domain::item::Item;
use crate::domain::quantity::Quantity;
use crate::domain::rain_check::RainCheckKind;
use crate::domain::refusal::{Candidate, Refusal};
use crate::domain::sale::{Missing, Offered, OpenLine};
use crate::domain::time::BusinessDate;
use crate::domain::words::words;

use crate::receipt::code::AsideCode;
use crate::receipt::promise;

use super::entry;
use super::register::{Register, Said, Setback};

impl Register {
    /// A code from the scanner: one piece or package of it. On the screen that shows the change it
    /// begins the next sale; during payment it is refused, never kept for later.
    pub(super) fn scan(&mut self, code: &str) -> Result<Option<Said>, Setback> {
        self.ring_up(code, None)
    }

    /// A line of the entry field.
    pub(super) fn enter(&mut self, text: &str) -> Result<Option<Said>, Setback> {
        let entry = entry::read(text)?;
        let returns = entry.quantity.is_some_and(|quantity| quantity < Quantity::default());
        if returns && !self.person()?.role.leads() {
            return Err(Refusal::NeedsLead.into());
        }
        self.ring_up(&entry.code, entry.quantity)
    }

    fn ring_up(&mut self, scan: &str, quantity: Option<Quantity>) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        self.next_customer();
        self.basket()?;
        let pack = self.pack()?;
        let readings = read(scan, pack.code_rules(), self.business_date());
        match choose(readings, |code| pack.item(code))? {
            Chosen::Item(reading, item) => self.ring_item(&reading, &item, quantity),
            Chosen::Ask(found) => self.ring_picked(found, quantity),
            Chosen::Unknown(reading) => self.ring_unknown(*reading, quantity),
            Chosen::Other(reading) => self.no_item(reading, scan),
        }
    }

    /// Rings up the one that was picked, or asks which it is.
    fn ring_picked(
        &mut self,
        found: Vec<(ItemReading, Item)>,
        quantity: Option<Quantity>,
    ) -> Result<Option<Said>, Setback> {
        let picked = self.picked.clone();
        match found.iter().find(|(_, item)| Some(&item.code) == picked.as_ref()) {
            Some((reading, item)) => self.ring_item(reading, item, quantity),
            None => {
                let candidates = found.into_iter().map(|(_, item)| Candidate {
                    code: item.code,
                    name: item.name,
                    unit_price: item.unit_price,
                });
                Err(Refusal::WhichItem(candidates.collect()).into())
            }
        }
    }

    fn ring_item(
        &mut self,
        reading: &ItemReading,
        item: &Item,
        quantity: Option<Quantity>,
    ) -> Result<Option<Said>, Setback> {
        let returns = quantity.is_some_and(|quantity| quantity < Quantity::default());
        // What comes back may be recalled or past its date: that is why it comes back.
        let look =
            if returns { None } else { self.recalled(&reading.code, reading.batch.as_ref())? };
        let ringing = line_of(reading, item, quantity, self.policy()?)?;
        let approval = match self.past_its_date(reading)?.filter(|_| !returns) {
            None => None,
            Some(day) => {
                let about = || words!("{}: good until {}", &item.name, day.to_string());
                self.authorise_about(&Case::SellExpired, about)?
            }
        };
        let lot = lot_of(reading);
        let basket = self.basket()?;
        basket.has_room_for_approval(approval.is_some())?;
        match ringing {
            Ringing::Settled(quantity, price) => {
                basket.add_of_lot(item, quantity, price, lot)?;
                basket.approve(approval)?;
            }
            Ringing::Open(quantity, missing) => {
                let (code, name) = (item.code.to_string(), item.name.clone());
                let said = self.add_open(OpenLine { code, name, quantity, missing, lot })?;
                self.basket()?.approve(approval)?;
                return Ok(look.or(said));
            }
        }
        self.save_draft();
        let text = words!("Added {}", &item.name);
        let age = item.age_min.map(|years| {
            let remedy = words!("Ask for an ID before payment: {} or older.", years);
            Said::attention(text.clone(), remedy)
        });
        Ok(look.or(age).or_else(|| Some(Said::done(text))))
    }

    /// A code that the pack does not know: a yellow line, unless it is recalled.
    fn ring_unknown(
        &mut self,
        reading: ItemReading,
        quantity: Option<Quantity>,
    ) -> Result<Option<Said>, Setback> {
        if quantity.is_none_or(|quantity| quantity > Quantity::default()) {
            self.recalled(&reading.code, reading.batch.as_ref())?;
        }
        let code = reading.code.to_string();
        let line = OpenLine {
            name: code.clone(),
            code,
            quantity: quantity.unwrap_or(Quantity::ONE),
            missing: Missing::Item,
            lot: lot_of(&reading),
        };
        self.add_open(line)
    }

    /// A stop where the package is recalled; words where only some batches are and its own is not
    /// known.
    pub(super) fn recalled(
        &self,
        code: &ItemCode,
        batch: Option<&Batch>,
    ) -> Result<Option<Said>, Setback> {
        match self.pack()?.recall(code, batch)? {
            None => Ok(None),
            Some(Recall::Stop { reason }) => Err(Refusal::Recalled(reason).into()),
            Some(Recall::Look { batches, reason }) => {
                let batches: Vec<String> = batches.iter().map(ToString::to_string).collect();
                let text = words!("Look at the package: batch {} is recalled", batches.join(", "));
                let remedy = words!("If it is that batch, take the line back. {}", reason);
                Ok(Some(Said::attention(text, remedy)))
            }
        }
    }

    /// The last day it might be sold, where that is over.
    fn past_its_date(&self, reading: &ItemReading) -> Result<Option<BusinessDate>, Refusal> {
        let last_day = reading.dates.last_day(self.policy()?.expiry);
        Ok(last_day.filter(|day| *day < self.business_date()))
    }

    /// What is no item: refused in words, and counted where it is worth money to the customer.
    fn no_item(&mut self, reading: Reading, scan: &str) -> Result<Option<Said>, Setback> {
        let (refusal, offered) = match reading {
            Reading::Receipt(text) if AsideCode::is_one(&text) => {
                return self.resume_scanned(&text);
            }
            Reading::Receipt(text) if promise::is_one(&text) => {
                return self.rain_check_scanned(&text);
            }
            Reading::Receipt(text) => return self.find_receipt(&text),
            Reading::Coupon => (Refusal::Coupon, Offered { coupons: 1, ..Offered::default() }),
            Reading::GiftCard(name) => {
                (Refusal::GiftCard(name), Offered { gift_cards: 1, ..Offered::default() })
            }
            Reading::RefundReceipt => (Refusal::RefundSlip, Offered::default()),
            Reading::PaymentCard => (Refusal::CardNumber, Offered::default()),
            Reading::Garbage(Garbage::CheckDigit) => {
                let (_, data) = aim::split(scan.trim());
                let shown: String = data.chars().filter(|c| !c.is_control()).take(20).collect();
                (Refusal::WrongCheckDigit(shown), Offered::default())
            }
            Reading::Garbage(garbage) => (Refusal::Unread(garbage), Offered::default()),
            Reading::Item(reading) => {
                return Err(Refusal::UnknownItem(reading.code.to_string()).into());
            }
        };
        if offered != Offered::default() {
            self.basket()?.count_offered(offered);
            let kind =
                if offered.coupons > 0 { RainCheckKind::Coupon } else { RainCheckKind::GiftCard };
            // The refusal that follows is the next notice.
            self.begun.offered = Some((self.notices().saturating_add(1), kind));
            self.save_draft();
        }
        Err(refusal.into())
    }

    /// Says which of the items it is; the scan that was asked about runs again.
    pub(super) fn choose_item(&mut self, place: usize) -> Result<Option<Said>, Setback> {
        let code: ItemCode = self.candidate(place)?;
        self.pick(code)
    }
}

fn lot_of(reading: &ItemReading) -> Lot {
    let dates = reading.dates;
    let expires = dates.use_by.or(dates.sell_by).or(dates.last_day(ExpiryRule::BestBefore));
    Lot { batch: reading.batch.clone(), expires }
}
