//! What was counted: so many at a time. Sales after that time still count, so nothing is lost.

use super::{LINES_MAX, is_count, is_on_hand};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;

/// How often one item may be counted in a task.
pub const TRIES_MAX: usize = 8;
/// The longest name of an area, in bytes.
pub const AREA_LEN_MAX: usize = 40;

/// A count (`stock_count`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockCount {
    /// Where: an aisle, a shelf, a cooler.
    pub area: String,
    /// Who counted: one or two people.
    pub counters: Vec<PersonId>,
    /// What they found.
    pub lines: Vec<CountedLine>,
    /// In words.
    pub note: String,
}

/// One item of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedLine {
    /// Its code.
    pub code: ItemCode,
    /// Its name.
    pub name: String,
    /// When the last count of it was taken.
    pub at: Timestamp,
    /// What was counted, time after time; the last one counts.
    pub tries: Vec<Quantity>,
    /// What should have been there at that time; none where nobody told the register.
    pub expected: Option<Quantity>,
}

impl CountedLine {
    /// What counts.
    pub fn counted(&self) -> Quantity {
        self.tries.last().copied().unwrap_or_default()
    }

    /// Counted less expected; none where nothing was expected, or it does not fit.
    pub fn difference(&self) -> Option<Quantity> {
        let expected = self.expected?.negated().ok()?;
        self.counted().plus(expected).ok()
    }

    /// The difference is large enough to be asked about.
    pub fn is_far_off(&self) -> bool {
        self.expected.is_some_and(|expected| is_far_off(self.counted(), expected))
    }

    fn is_sound(&self) -> bool {
        (1..=TRIES_MAX).contains(&self.tries.len())
            && self.tries.iter().all(|tried| is_count(*tried))
            && self.expected.is_none_or(is_on_hand)
    }
}

impl StockCount {
    /// True for what a record may hold.
    pub fn is_sound(&self) -> bool {
        let counters = match self.counters.as_slice() {
            [_] => true,
            [first, second] => first != second,
            _ => false,
        };
        counters
            && (1..=LINES_MAX).contains(&self.lines.len())
            && self.lines.iter().all(CountedLine::is_sound)
            && self.area.len() <= AREA_LEN_MAX
    }
}

/// More than two units off, or more than a tenth of what should be there: looked at twice.
pub fn is_far_off(counted: Quantity, expected: Quantity) -> bool {
    let (counted, expected) = (counted.tenthousandths(), expected.tenthousandths());
    let off = counted.abs_diff(expected);
    off > 20_000 || off.saturating_mul(10) > expected.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_pass_and_large_ones_are_looked_at_twice() {
        let far = |counted: &str, expected: &str| {
            let quantity = |text| Quantity::parse(text).expect("a quantity");
            is_far_off(quantity(counted), quantity(expected))
        };
        assert!(!far("40", "40") && !far("38", "40") && !far("0", "0"));
        assert!(far("37", "40") && far("43", "40") && far("4", "5") && far("1", "0"));
    }
}
