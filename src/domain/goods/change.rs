//! A change of stock without a sale: why, how much, what was there before and after.

use std::fmt;

use super::reason::{StockReason, Way};
use super::{LINES_MAX, QUANTITY_MAX, is_on_hand};
use crate::domain::approval::Approval;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{NotLabel, RecordRef, StoreNo};
use crate::domain::quantity::Quantity;

/// A change of stock (`stock_delta`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockChange {
    /// Why.
    pub reason: StockReason,
    /// What changed.
    pub lines: Vec<ChangedLine>,
    /// The other store; there with a transfer, and only there.
    pub transfer: Option<Transfer>,
    /// The change that is taken back; there with a correction, and only there.
    pub corrects: Option<RecordRef>,
    /// In words.
    pub note: String,
    /// Who else stood behind it.
    pub approval: Option<Approval>,
}

/// One item of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedLine {
    /// Its code.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// How much came, or went below zero.
    pub delta: Quantity,
    /// What the register knew to be there before; none where nobody told it.
    pub before: Option<Quantity>,
}

/// Goods between two stores of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The other store.
    pub other: StoreNo,
    /// The number on the paper that goes with the goods.
    pub slip: SlipNo,
}

/// A number on a paper that goes with goods: 1 to 40 letters, digits, `-`, `.`, `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlipNo(String);

impl SlipNo {
    /// Reads it.
    ///
    /// # Errors
    /// [`NotLabel`] when it is empty, too long or holds other characters.
    pub fn parse(text: &str) -> Result<Self, NotLabel> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if text.is_empty() || text.len() > 40 || !text.chars().all(allowed) {
            return Err(NotLabel { text: text.to_owned(), len_max: 40 });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SlipNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ChangedLine {
    /// What was there afterwards, as far as it is known what was there before.
    pub fn after(&self) -> Option<Quantity> {
        self.before.and_then(|before| before.plus(self.delta).ok())
    }

    fn goes(&self, way: Way) -> bool {
        let none = Quantity::default();
        let size = self.delta.tenthousandths().unsigned_abs();
        let right = match way {
            Way::In => self.delta > none,
            Way::Out => self.delta < none,
            Way::Either => self.delta != none,
        };
        right && size <= QUANTITY_MAX.tenthousandths().unsigned_abs()
    }

    fn is_sound(&self, way: Way) -> bool {
        let known =
            self.before.is_none_or(is_on_hand) && self.before.is_some() == self.after().is_some();
        known && self.goes(way)
    }
}

impl StockChange {
    /// True for what a record may hold: signs as the reason says, quantities within bounds, another
    /// store with transfers and only there, what is corrected with corrections and only there.
    pub fn is_sound(&self) -> bool {
        let way = self.reason.way();
        (1..=LINES_MAX).contains(&self.lines.len())
            && self.lines.iter().all(|line| line.is_sound(way))
            && self.transfer.is_some() == self.reason.is_transfer()
            && self.corrects.is_some() == (self.reason == StockReason::Correction)
    }

    /// How many units it moves in all, in whichever direction; a part of a unit counts as one.
    pub fn units(&self) -> u64 {
        let one = Quantity::ONE.tenthousandths().unsigned_abs();
        let units = |line: &ChangedLine| line.delta.tenthousandths().unsigned_abs().div_ceil(one);
        self.lines.iter().map(units).fold(0, u64::saturating_add)
    }

    /// What takes this change back: the same items the other way. `before` tells what is there now.
    /// None for a change that is a correction itself: it is corrected by the change it should be.
    pub fn taken_back(
        &self,
        place: RecordRef,
        before: impl Fn(&ItemCode) -> Option<Quantity>,
        note: String,
    ) -> Option<Self> {
        if self.reason == StockReason::Correction {
            return None;
        }
        let back = |line: &ChangedLine| {
            Some(ChangedLine {
                code: line.code.clone(),
                name: line.name.clone(),
                delta: line.delta.negated().ok()?,
                before: before(&line.code).filter(|before| is_on_hand(*before)),
            })
        };
        Some(Self {
            reason: StockReason::Correction,
            lines: self.lines.iter().map(back).collect::<Option<_>>()?,
            transfer: None,
            corrects: Some(place),
            note,
            approval: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, Seq};

    fn line(delta: &str, before: Option<&str>) -> ChangedLine {
        let quantity = |text| Quantity::parse(text).expect("a quantity");
        ChangedLine {
            code: ItemCode::parse("4011").expect("a code"),
            name: "Bananas".to_owned(),
            delta: quantity(delta),
            before: before.map(quantity),
        }
    }

    fn change(reason: StockReason, lines: Vec<ChangedLine>) -> StockChange {
        let (transfer, corrects, approval) = (None, None, None);
        StockChange { reason, lines, transfer, corrects, note: String::new(), approval }
    }

    #[test]
    fn what_moves_is_counted_in_units_over_all_lines_and_a_part_of_one_counts() {
        let lines = vec![line("-12", None), line("-0.0001", None), line("3.5", None)];
        assert_eq!(change(StockReason::Correction, lines).units(), 12 + 1 + 4);
        assert_eq!(change(StockReason::Damage, vec![line("-100", None)]).units(), 100);
    }

    #[test]
    fn the_reason_says_which_way_goods_go() {
        assert!(change(StockReason::Damage, vec![line("-2", Some("10"))]).is_sound());
        for (reason, delta) in [
            (StockReason::Damage, "2"),
            (StockReason::Damage, "0"),
            (StockReason::ReturnToStock, "-2"),
            (StockReason::Damage, "-100000.0001"),
        ] {
            assert!(!change(reason, vec![line(delta, None)]).is_sound(), "{reason:?} {delta}");
        }
        assert!(!change(StockReason::Damage, Vec::new()).is_sound());
        assert!(!change(StockReason::TransferOut, vec![line("-2", None)]).is_sound(), "to whom?");
        assert!(!change(StockReason::Correction, vec![line("-2", None)]).is_sound(), "of what?");
    }

    #[test]
    fn a_change_is_taken_back_once_and_the_other_way() {
        let damage = change(StockReason::Damage, vec![line("-2", Some("10"))]);
        let place = RecordRef { epoch: Epoch([1; 8]), seq: Seq(7) };
        let now = |_: &ItemCode| Some(Quantity::ONE);
        let back = damage.taken_back(place, now, "miscounted".to_owned()).expect("a correction");
        assert!(back.is_sound());
        assert_eq!(back.lines[0].after(), Quantity::parse("3").ok());
        assert_eq!(back.corrects, Some(place));
        assert_eq!(back.taken_back(place, now, String::new()), None);
    }
}
