//! Goods at a register: what is on hand, and recording what changed, was counted or came.
//!
//! ```text
//!  text ─▶ item ─▶ stock: the pack's figure, then the book
//!          └─▶ change | count | delivery ─▶ record ─▶ slip
//! ```
//!
//! What may be recorded is decided in `domain::goods`; here it gets its numbers, times, signatures
//! and paper.

use crate::domain::approval::{Approval, Case};
use crate::domain::code::chosen::{Chosen, choose};
use crate::domain::code::reading::{Reading, read};
use crate::domain::event::Event;
use crate::domain::goods::book::Stock;
use crate::domain::goods::change::{ChangedLine, SlipNo, StockChange, Transfer};
use crate::domain::goods::count::StockCount;
use crate::domain::goods::delivery::{DeliveredLine, Listed, Outcome};
use crate::domain::goods::fault::GoodsFault;
use crate::domain::goods::reason::{StockReason, Way};
use crate::domain::goods::receiving::Receiving;
use crate::domain::goods::{is_amount, is_on_hand};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::RecordRef;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::{Candidate, Refusal};
use crate::domain::time::Timestamp;
use crate::domain::words::{Words, words};
use crate::receipt::slip::Slip;

use super::entry;
use super::outages::check_text;
use super::register::{Register, Setback};

/// An item that was scanned or keyed, and how many, where that was keyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) code: ItemCode,
    /// Empty where the price file does not have it.
    pub(super) name: String,
    pub(super) quantity: Option<Quantity>,
}

impl From<GoodsFault> for Setback {
    fn from(fault: GoodsFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl Register {
    /// The item of a scan, a code or `12*code`. One that the price file does not have is given
    /// without a name.
    pub(super) fn goods_item(&self, text: &str) -> Result<Meant, Setback> {
        let entry = entry::read(text)?;
        if entry.quantity.is_some_and(|quantity| !is_amount(quantity)) {
            return Err(GoodsFault::Quantity.into());
        }
        let pack = self.pack()?;
        let readings = read(&entry.code, pack.code_rules(), self.business_date());
        let meant = |code, name| Meant { code, name, quantity: entry.quantity };
        match choose(readings, |code| pack.item(code))? {
            Chosen::Item(_, item) => Ok(meant(item.code, item.name)),
            Chosen::Ask(found) => {
                let picked =
                    found.iter().find(|(_, item)| Some(&item.code) == self.picked.as_ref());
                if let Some((_, item)) = picked {
                    return Ok(meant(item.code.clone(), item.name.clone()));
                }
                let candidates = found.into_iter().map(|(_, item)| Candidate {
                    code: item.code,
                    name: item.name,
                    unit_price: item.unit_price,
                });
                Err(Refusal::WhichItem(candidates.collect()).into())
            }
            Chosen::Unknown(reading) => Ok(meant(reading.code, String::new())),
            Chosen::Other(Reading::Garbage(garbage)) => Err(Refusal::Unread(garbage).into()),
            Chosen::Other(_) => {
                let shown: String =
                    entry.code.chars().filter(|c| !c.is_control()).take(20).collect();
                Err(Refusal::UnknownItem(shown).into())
            }
        }
    }

    /// The same, of an item that the price file has.
    pub(super) fn known_item(&self, text: &str) -> Result<Meant, Setback> {
        let meant = self.goods_item(text)?;
        if meant.name.is_empty() {
            return Err(Refusal::UnknownItem(meant.code.to_string()).into());
        }
        Ok(meant)
    }

    /// What is known of an item's stock now.
    pub fn stock(&self, code: &ItemCode) -> Stock {
        self.stock_at(code, i64::MAX)
    }

    /// What was known of an item's stock at a time. A pack that can't be read says nothing.
    pub(super) fn stock_at(&self, code: &ItemCode, utc_ms: i64) -> Stock {
        let pack = self.pack.as_ref().ok().and_then(|pack| pack.on_hand(code).ok().flatten());
        self.book().goods.stock_at(code, pack, utc_ms)
    }

    /// What should have been on hand at a time.
    pub(super) fn expected_at(&self, code: &ItemCode, at: Timestamp) -> Option<Quantity> {
        self.stock_at(code, at.utc_ms).on_hand()
    }

    /// A number for a paper that goes with goods: never given twice in the store.
    pub(super) fn goods_number(&self, letter: char) -> Result<SlipNo, Refusal> {
        let chain = self.ledger().chain();
        let (store, register) = (chain.journal.store, chain.journal.register);
        let epoch: String = chain.journal.epoch.to_string().chars().take(4).collect();
        let number = format!("{letter}-{store}-{register}-{epoch}-{}", chain.next_seq);
        SlipNo::parse(&number).map_err(|_| Refusal::TextTooLong)
    }

    /// Changes the stock of one item.
    pub(super) fn change_stock(
        &mut self,
        (code, name): (&ItemCode, &str),
        reason: StockReason,
        quantity: Quantity,
        note: &str,
    ) -> Result<(), Setback> {
        let lines = vec![self.changed_line(code, name, reason, quantity)?];
        self.record_change(reason, lines, None, note).map(|_| ())
    }

    /// Sends goods to another store, or takes them in from it. Gives the number of the paper.
    pub(super) fn transfer(
        &mut self,
        reason: StockReason,
        other: crate::domain::ids::StoreNo,
        slip: Option<SlipNo>,
        goods: &[(ItemCode, String, Quantity)],
    ) -> Result<SlipNo, Setback> {
        if other == self.ledger().chain().journal.store {
            return Err(GoodsFault::OwnStore.into());
        }
        if goods.is_empty() {
            return Err(GoodsFault::NothingToRecord.into());
        }
        let slip = match slip {
            Some(slip) => slip,
            None => self.goods_number('T')?,
        };
        let going_in = reason == StockReason::TransferIn;
        if going_in && self.book().goods.transferred_in(other.0, &slip) {
            return Err(GoodsFault::TransferredBefore(slip.to_string()).into());
        }
        let line = |(code, name, quantity): &(ItemCode, String, Quantity)| {
            self.changed_line(code, name, reason, *quantity)
        };
        let lines = goods.iter().map(line).collect::<Result<_, _>>()?;
        let transfer = Transfer { other, slip: slip.clone() };
        let recorded = self.record_change(reason, lines, Some(transfer), "")?;
        if !going_in {
            self.print_transfer(&recorded, &slip);
        }
        Ok(slip)
    }

    /// Takes an earlier change back.
    pub(super) fn take_change_back(
        &mut self,
        place: RecordRef,
        change: &StockChange,
        note: &str,
    ) -> Result<(), Setback> {
        check_text(note)?;
        if self.book().goods.is_corrected(place) {
            return Err(GoodsFault::CorrectedAlready.into());
        }
        let before = |code: &ItemCode| self.stock(code).on_hand();
        let back = change.taken_back(place, before, note.to_owned());
        let back = back.filter(StockChange::is_sound).ok_or(GoodsFault::NotCorrectable)?;
        let approval = self.authorise_change(&back)?;
        self.record(Event::StockDelta(StockChange { approval, ..back }))?;
        Ok(())
    }

    /// Records what was counted.
    pub(super) fn record_counts(&mut self, counts: Vec<StockCount>) -> Result<(), Setback> {
        for count in counts {
            self.record(Event::StockCount(count))?;
        }
        Ok(())
    }

    /// Records a delivery and prints what is not as listed. `again` names an earlier receiving of
    /// the same goods: a manager signs for that.
    pub(super) fn receive(
        &mut self,
        receiving: &Receiving,
        number: &SlipNo,
        again: Option<&SlipNo>,
    ) -> Result<usize, Setback> {
        receiving.finish(number, again, "", None)?;
        let approval = match again {
            Some(_) => self.authorise(&Case::ReceiveAgain)?,
            None => None,
        };
        let records = receiving.finish(number, again, "", approval.as_ref())?;
        for record in records {
            self.record(Event::Delivery(record))?;
        }
        let lines = receiving.delivered();
        let off = lines.iter().filter(|line| line.outcome() != Outcome::Matched).count();
        self.print_receiving(receiving, number, &lines);
        Ok(off)
    }

    fn changed_line(
        &self,
        code: &ItemCode,
        name: &str,
        reason: StockReason,
        quantity: Quantity,
    ) -> Result<ChangedLine, Setback> {
        if !is_amount(quantity) {
            return Err(GoodsFault::Quantity.into());
        }
        let delta = match reason.way() {
            Way::Out => quantity.negated()?,
            Way::In | Way::Either => quantity,
        };
        let before = self.stock(code).on_hand().filter(|before| is_on_hand(*before));
        Ok(ChangedLine { code: code.clone(), name: name.to_owned(), delta, before })
    }

    fn record_change(
        &mut self,
        reason: StockReason,
        lines: Vec<ChangedLine>,
        transfer: Option<Transfer>,
        note: &str,
    ) -> Result<StockChange, Setback> {
        check_text(note)?;
        let note = note.trim().to_owned();
        let change = StockChange { reason, lines, transfer, corrects: None, note, approval: None };
        if !change.is_sound() {
            return Err(GoodsFault::Quantity.into());
        }
        let approval = self.authorise_change(&change)?;
        let change = StockChange { approval, ..change };
        self.record(Event::StockDelta(change.clone()))?;
        Ok(change)
    }

    /// Who must stand behind a change depends on how much it moves.
    fn authorise_change(&mut self, change: &StockChange) -> Result<Option<Approval>, Setback> {
        let units = change.units();
        self.authorise_about(&Case::ChangeStock { units }, || words!("{} units in all", units))
    }

    fn print_transfer(&mut self, change: &StockChange, number: &SlipNo) {
        let Some(place) = self.slip_place() else { return };
        let other = change.transfer.as_ref().map_or(0, |transfer| transfer.other.0);
        let mut slip = Slip::new("Transfer", &place)
            .pair("To store", other.to_string())
            .pair("Slip", number.as_str())
            .rule();
        for line in &change.lines {
            let quantity = line.delta.negated().unwrap_or_default();
            slip = slip.pair(line.name.as_str(), quantity.to_string()).line(line.code.as_str());
        }
        let document = slip.qr(number.as_str()).sign("Sent by").sign("Taken in by").finish();
        self.print_slip(document);
    }

    fn print_receiving(&mut self, receiving: &Receiving, number: &SlipNo, lines: &[DeliveredLine]) {
        let Some(place) = self.slip_place() else { return };
        let mut slip = Slip::new("Delivery", &place)
            .pair("Receiving", number.as_str())
            .pair("From", receiving.supplier.as_str());
        if let Some(order) = &receiving.order {
            slip = slip.pair("Order", order.as_str());
        }
        for carton in receiving.cartons() {
            slip = slip.pair("Carton", carton.as_str());
        }
        let count = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        slip = slip.rule().count("Lines", count);
        for line in lines.iter().filter(|line| line.outcome() != Outcome::Matched) {
            let name = if line.name.is_empty() { line.code.as_str() } else { line.name.as_str() };
            slip = slip.pair(name, line.outcome().label());
            let listed = match line.listed {
                Listed::Of(listed) => listed.to_string(),
                Listed::No => "-".to_owned(),
            };
            slip = slip.line(format!("  {listed} / {} / {}", line.came, line.damaged));
        }
        let document = slip.sign("Received by").sign("Driver").finish();
        self.print_slip(document);
    }
}

/// How old a figure is, in words.
pub(super) fn age(now: Timestamp, at: Timestamp) -> Words {
    let minutes = now.utc_ms.saturating_sub(at.utc_ms).max(0) / 60_000;
    match minutes {
        0 => words!("now"),
        1..120 => words!("{} min ago", minutes),
        120..2_880 => words!("{} h ago", minutes / 60),
        _ => words!("{} days ago", minutes / 1_440),
    }
}
