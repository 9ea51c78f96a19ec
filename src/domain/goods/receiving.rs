//! Receiving a delivery, scan by scan: against the notice in the pack, or from the slip.
//!
//! ```text
//!  Receiving::against(notice) ┐   scan: one more came      ┌ finish ─▶ records
//!  Receiving::from_slip()     ┴▶  came, damaged, listed ───┴ SlipUnsaid: what does the slip say?
//! ```

use super::carton::{Carton, OrderNo};
use super::change::SlipNo;
use super::delivery::{
    Against, CARTONS_MAX, DeliveredLine, Delivery, DeliveryMark, ExpectedDelivery, ExpectedLine,
    Listed, PARTS_MAX, SUPPLIER_LEN_MAX,
};
use super::fault::GoodsFault;
use super::{LINES_MAX, is_count};
use crate::domain::approval::Approval;
use crate::domain::gtin::ItemCode;
use crate::domain::quantity::Quantity;

/// The most different items of one receiving.
pub const ITEMS_MAX: usize = LINES_MAX * PARTS_MAX;

/// A delivery that is being received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receiving {
    /// The notice; none when the packing slip is gone by.
    notice: Option<SlipNo>,
    expected: Vec<ExpectedLine>,
    /// Who sent it.
    pub supplier: String,
    /// The purchase order.
    pub order: Option<OrderNo>,
    cartons: Vec<Carton>,
    lines: Vec<ReceivedLine>,
}

/// An item as far as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedLine {
    /// Its code.
    pub code: ItemCode,
    /// Its name; empty where the price file does not have it.
    pub name: String,
    /// What the slip says, once it was keyed; with a notice that says it.
    slip: Option<Listed>,
    /// What came.
    pub came: Quantity,
    /// What of it is damaged.
    pub damaged: Quantity,
}

impl Receiving {
    /// Begins with a notice; `name` gives an item's name, empty for one that nobody knows.
    pub fn against(notice: &ExpectedDelivery, name: impl Fn(&ItemCode) -> String) -> Self {
        let mut receiving = Self {
            notice: Some(notice.number.clone()),
            expected: notice.lines.clone(),
            supplier: notice.supplier.clone(),
            order: notice.order.clone(),
            ..Self::default()
        };
        for line in &notice.lines {
            if receiving.place_of(&line.code).is_none() && receiving.lines.len() < ITEMS_MAX {
                receiving.lines.push(ReceivedLine {
                    name: name(&line.code),
                    code: line.code.clone(),
                    slip: None,
                    came: Quantity::default(),
                    damaged: Quantity::default(),
                });
            }
        }
        receiving
    }

    /// Begins with nothing but the goods and their packing slip.
    pub fn from_slip() -> Self {
        Self::default()
    }

    /// The notice.
    pub const fn notice(&self) -> Option<&SlipNo> {
        self.notice.as_ref()
    }

    /// The lines so far.
    pub fn lines(&self) -> &[ReceivedLine] {
        &self.lines
    }

    /// The cartons so far.
    pub fn cartons(&self) -> &[Carton] {
        &self.cartons
    }

    /// What notice or slip say of a line; none while nobody keyed it.
    pub fn listed(&self, line: &ReceivedLine) -> Option<Listed> {
        if self.notice.is_none() {
            return line.slip;
        }
        let counts = |one: &&ExpectedLine| {
            let here = one.carton.as_ref().is_none_or(|carton| self.cartons.contains(carton));
            one.code == line.code && (self.cartons.is_empty() || here)
        };
        let mut of_item = self.expected.iter().filter(counts).peekable();
        if of_item.peek().is_none() {
            return Some(Listed::No);
        }
        let sum =
            of_item.fold(Quantity::default(), |sum, one| sum.plus(one.quantity).unwrap_or(sum));
        Some(Listed::Of(sum))
    }

    /// One more of an item came; gives its place.
    ///
    /// # Errors
    /// [`GoodsFault`] when it is full.
    pub fn scan(&mut self, code: &ItemCode, name: &str) -> Result<usize, GoodsFault> {
        let place = self.line_of(code, name)?;
        let line = self.lines.get_mut(place).ok_or(GoodsFault::NoSuchLine)?;
        let came = line.came.plus(Quantity::ONE).map_err(|_| GoodsFault::Quantity)?;
        line.came = Some(came).filter(|came| is_count(*came)).ok_or(GoodsFault::Quantity)?;
        Ok(place)
    }

    /// So much of an item came, as was counted.
    ///
    /// # Errors
    /// [`GoodsFault`] when it is absurd, less than what is damaged, or there is no such line.
    pub fn set_came(&mut self, place: usize, came: Quantity) -> Result<(), GoodsFault> {
        let line = self.lines.get_mut(place).ok_or(GoodsFault::NoSuchLine)?;
        if !is_count(came) {
            return Err(GoodsFault::Quantity);
        }
        if came < line.damaged {
            return Err(GoodsFault::MoreDamagedThanCame);
        }
        line.came = came;
        Ok(())
    }

    /// So much of what came is damaged.
    ///
    /// # Errors
    /// [`GoodsFault`] when it is absurd or more than came.
    pub fn set_damaged(&mut self, place: usize, damaged: Quantity) -> Result<(), GoodsFault> {
        let line = self.lines.get_mut(place).ok_or(GoodsFault::NoSuchLine)?;
        if !is_count(damaged) {
            return Err(GoodsFault::Quantity);
        }
        if damaged > line.came {
            return Err(GoodsFault::MoreDamagedThanCame);
        }
        line.damaged = damaged;
        Ok(())
    }

    /// What the packing slip says of a line.
    ///
    /// # Errors
    /// [`GoodsFault`] when it is absurd, or a notice says it already.
    pub fn set_slip(&mut self, place: usize, listed: Listed) -> Result<(), GoodsFault> {
        if self.notice.is_some() {
            return Err(GoodsFault::NoticeSays);
        }
        let line = self.lines.get_mut(place).ok_or(GoodsFault::NoSuchLine)?;
        if matches!(listed, Listed::Of(quantity) if !super::is_amount(quantity)) {
            return Err(GoodsFault::Quantity);
        }
        line.slip = Some(listed);
        Ok(())
    }

    /// A line of the slip of which nothing came yet.
    ///
    /// # Errors
    /// [`GoodsFault`] as for its parts.
    pub fn add_listed(
        &mut self,
        code: &ItemCode,
        name: &str,
        quantity: Quantity,
    ) -> Result<usize, GoodsFault> {
        if !super::is_amount(quantity) {
            return Err(GoodsFault::Quantity);
        }
        let place = self.line_of(code, name)?;
        self.set_slip(place, Listed::Of(quantity))?;
        Ok(place)
    }

    /// The slip agrees with what was counted, wherever nothing else was keyed.
    pub fn slip_agrees(&mut self) {
        for line in self.lines.iter_mut().filter(|line| line.slip.is_none()) {
            line.slip = Some(Listed::Of(line.came));
        }
    }

    /// Takes a line out that was scanned by mistake.
    ///
    /// # Errors
    /// [`GoodsFault`] when there is no such line.
    pub fn take_out(&mut self, place: usize) -> Result<(), GoodsFault> {
        let line = self.lines.get_mut(place).ok_or(GoodsFault::NoSuchLine)?;
        if self.expected.iter().any(|one| one.code == line.code) {
            line.came = Quantity::default();
            line.damaged = Quantity::default();
        } else {
            self.lines.remove(place);
        }
        Ok(())
    }

    /// A carton stands here.
    ///
    /// # Errors
    /// [`GoodsFault`] when it does already, or there are too many.
    pub fn add_carton(&mut self, carton: Carton) -> Result<(), GoodsFault> {
        if self.cartons.contains(&carton) {
            return Err(GoodsFault::CartonTwice(carton.to_string()));
        }
        if self.cartons.len() >= CARTONS_MAX {
            return Err(GoodsFault::Full);
        }
        self.cartons.push(carton);
        Ok(())
    }

    /// Who sent it.
    ///
    /// # Errors
    /// [`GoodsFault::TooLong`].
    pub fn set_supplier(&mut self, supplier: &str) -> Result<(), GoodsFault> {
        if supplier.len() > SUPPLIER_LEN_MAX || supplier.chars().any(char::is_control) {
            return Err(GoodsFault::TooLong);
        }
        supplier.clone_into(&mut self.supplier);
        Ok(())
    }

    /// What the goods are known by.
    pub fn mark(&self, receiving: &SlipNo) -> DeliveryMark {
        DeliveryMark {
            receiving: receiving.clone(),
            notice: self.notice.clone(),
            order: self.order.clone(),
            cartons: self.cartons.clone(),
        }
    }

    /// Lines of which the slip was not keyed.
    pub fn unsaid(&self) -> usize {
        self.lines.iter().filter(|line| self.listed(line).is_none()).count()
    }

    /// The lines as they are recorded; those of cartons that did not come are none.
    pub fn delivered(&self) -> Vec<DeliveredLine> {
        let line = |line: &ReceivedLine| DeliveredLine {
            code: line.code.clone(),
            name: line.name.clone(),
            listed: self.listed(line).unwrap_or(Listed::No),
            came: line.came,
            damaged: line.damaged,
        };
        let none = [Listed::No, Listed::Of(Quantity::default())];
        let says_something =
            |line: &DeliveredLine| line.came > Quantity::default() || !none.contains(&line.listed);
        self.lines.iter().map(line).filter(says_something).collect()
    }

    /// The records of the receiving.
    ///
    /// # Errors
    /// [`GoodsFault`] when nothing is there to be recorded, or the slip was not keyed.
    pub fn finish(
        &self,
        number: &SlipNo,
        again: Option<&SlipNo>,
        note: &str,
        approval: Option<&Approval>,
    ) -> Result<Vec<Delivery>, GoodsFault> {
        match self.unsaid() {
            0 => {}
            lines => return Err(GoodsFault::SlipUnsaid(lines)),
        }
        let lines = self.delivered();
        if lines.is_empty() {
            return Err(GoodsFault::NothingCame);
        }
        let chunks: Vec<&[DeliveredLine]> = lines.chunks(LINES_MAX).collect();
        let parts = u8::try_from(chunks.len()).map_err(|_| GoodsFault::Full)?;
        let against = self.notice.clone().map_or(Against::Slip, Against::Notice);
        let record = |(part, lines): (u8, &&[DeliveredLine])| Delivery {
            receiving: number.clone(),
            part,
            parts,
            against: against.clone(),
            supplier: self.supplier.clone(),
            order: self.order.clone(),
            cartons: self.cartons.clone(),
            lines: lines.to_vec(),
            again: again.cloned(),
            note: note.to_owned(),
            approval: approval.cloned(),
        };
        let records: Vec<Delivery> = (1_u8..).zip(&chunks).map(record).collect();
        if records.iter().all(Delivery::is_sound) { Ok(records) } else { Err(GoodsFault::Quantity) }
    }

    fn place_of(&self, code: &ItemCode) -> Option<usize> {
        self.lines.iter().position(|line| line.code == *code)
    }

    fn line_of(&mut self, code: &ItemCode, name: &str) -> Result<usize, GoodsFault> {
        if let Some(place) = self.place_of(code) {
            return Ok(place);
        }
        if self.lines.len() >= ITEMS_MAX {
            return Err(GoodsFault::Full);
        }
        self.lines.push(ReceivedLine {
            code: code.clone(),
            name: name.to_owned(),
            slip: None,
            came: Quantity::default(),
            damaged: Quantity::default(),
        });
        Ok(self.lines.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::delivery::Outcome;
    use super::*;
    use crate::domain::time::BusinessDate;

    fn code(text: &str) -> ItemCode {
        ItemCode::parse(text).expect("a code")
    }

    fn pieces(count: i64) -> Quantity {
        Quantity::pieces(count).expect("fits")
    }

    fn number() -> SlipNo {
        SlipNo::parse("1042-7-20261122-9").expect("a number")
    }

    fn notice() -> ExpectedDelivery {
        let line = |item: &str, carton: &str, count| ExpectedLine {
            code: code(item),
            carton: Some(Carton::parse(carton).expect("a carton")),
            quantity: pieces(count),
        };
        ExpectedDelivery {
            number: SlipNo::parse("ASN-5").expect("a number"),
            supplier: "Harbor Foods".to_owned(),
            order: OrderNo::parse("PO-7").ok(),
            day: BusinessDate::parse("2026-11-22").expect("a day"),
            lines: vec![line("1", "C-1", 6), line("2", "C-1", 6), line("1", "C-2", 6)],
        }
    }

    #[test]
    fn what_comes_is_compared_with_the_cartons_that_came() {
        let mut receiving = Receiving::against(&notice(), |_| "Soup".to_owned());
        assert_eq!(receiving.listed(&receiving.lines()[0]), Some(Listed::Of(pieces(12))));
        receiving.add_carton(Carton::parse("C-2").expect("a carton")).expect("added");
        assert_eq!(receiving.listed(&receiving.lines()[0]), Some(Listed::Of(pieces(6))));
        for _ in 0..6 {
            receiving.scan(&code("1"), "Soup").expect("scanned");
        }
        receiving.scan(&code("9"), "Beans").expect("scanned");
        let records = receiving.finish(&number(), None, "", None).expect("finished");
        let outcomes: Vec<Outcome> = records[0].lines.iter().map(DeliveredLine::outcome).collect();
        assert_eq!(outcomes, [Outcome::Matched, Outcome::NotOrdered]);
    }

    #[test]
    fn a_slip_is_keyed_before_the_goods_are_recorded() {
        let mut receiving = Receiving::from_slip();
        assert_eq!(receiving.finish(&number(), None, "", None), Err(GoodsFault::NothingCame));
        let place = receiving.scan(&code("1"), "Soup").expect("scanned");
        assert_eq!(receiving.finish(&number(), None, "", None), Err(GoodsFault::SlipUnsaid(1)));
        assert_eq!(receiving.set_damaged(place, pieces(2)), Err(GoodsFault::MoreDamagedThanCame));
        assert_eq!(receiving.set_came(place, pieces(-1)), Err(GoodsFault::Quantity));
        assert_eq!(receiving.set_came(place, pieces(100_001)), Err(GoodsFault::Quantity));
        receiving.set_came(place, pieces(5)).expect("set");
        receiving.slip_agrees();
        assert!(receiving.finish(&number(), None, "", None).expect("finished")[0].is_sound());
    }

    #[test]
    fn a_long_delivery_is_several_records_of_one_receiving() {
        let mut receiving = Receiving::from_slip();
        for item in 0..=LINES_MAX {
            receiving.scan(&code(&format!("A{item}")), "Soup").expect("scanned");
        }
        receiving.slip_agrees();
        let records = receiving.finish(&number(), None, "", None).expect("finished");
        let parts: Vec<(u8, u8, usize)> =
            records.iter().map(|one| (one.part, one.parts, one.lines.len())).collect();
        assert_eq!(parts, [(1, 2, LINES_MAX), (2, 2, 1)]);
    }
}
