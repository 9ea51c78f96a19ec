//! Prices that changed by more than a store would believe: a shifted point, a wrong column.
//!
//! ```text
//!  pack in use ─┐
//!  new pack ────┴─ compare ─▶ Jumps ─ alarms ─▶ built and published only when a person accepts
//!                                              at a register: held until a manager says yes
//! ```
//!
//! A price of zero can't get into a pack at all (`check`). What is new or gone has no price to
//! compare with and is only counted.

use serde::{Deserialize, Serialize};

use super::error::PackError;
use super::open::Pack;

/// How many are listed by name.
pub const LISTED_MAX: usize = 20;

/// From where on somebody must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JumpLimits {
    /// One item's price may change by so many percent of what it was.
    pub item_percent: u32,
    /// So many percent of all items may change at once.
    pub share_percent: u32,
}

impl JumpLimits {
    /// Half of its price, half of the items.
    pub const USUAL: Self = Self { item_percent: 50, share_percent: 50 };
}

/// An item whose price jumped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its price before, in ten-thousandths.
    pub was: i64,
    /// Its price now.
    pub is: i64,
}

/// What became of prices between two packs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jumps {
    /// Items that both have.
    pub both: u64,
    /// Those whose price changed.
    pub changed: u64,
    /// Those whose price changed by more than an item's may.
    pub jumped: u64,
    /// The first of them.
    pub listed: Vec<Jump>,
    /// So many changed that somebody must look.
    pub too_many: bool,
}

impl Jumps {
    /// Somebody must look.
    pub const fn alarm(&self) -> bool {
        self.jumped > 0 || self.too_many
    }
}

/// Compares the prices of two packs.
///
/// # Errors
/// [`PackError`] when one can't be read.
pub fn compare(old: &Pack, new: &Pack, limits: JumpLimits) -> Result<Jumps, PackError> {
    let mut before: Vec<(i64, i64)> = Vec::new();
    old.each_item(&mut |key, _, _, price| before.push((key, price)))?;
    let mut jumps = Jumps::default();
    new.each_item(&mut |key, code, name, is| {
        // In the order of their keys, so that a search by halves finds them.
        let found = before.binary_search_by_key(&key, |(key, _)| *key).ok();
        let Some((_, was)) = found.and_then(|place| before.get(place)).copied() else { return };
        jumps.both = jumps.both.saturating_add(1);
        if was == is {
            return;
        }
        jumps.changed = jumps.changed.saturating_add(1);
        if jumped(was, is, limits.item_percent) {
            jumps.jumped = jumps.jumped.saturating_add(1);
            if jumps.listed.len() < LISTED_MAX {
                let (code, name) = (code.to_owned(), name.to_owned());
                jumps.listed.push(Jump { code, name, was, is });
            }
        }
    })?;
    let share = i128::from(jumps.changed).saturating_mul(100);
    jumps.too_many = share > i128::from(jumps.both).saturating_mul(limits.share_percent.into());
    Ok(jumps)
}

fn jumped(was: i64, is: i64, percent: u32) -> bool {
    let by = i128::from(is).saturating_sub(was.into()).abs();
    by.saturating_mul(100) > i128::from(was).saturating_mul(percent.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_point_jumps_and_a_sale_of_half_price_does_not() {
        for (was, is, jumps) in [
            (19_900, 1_990, true),
            (19_900, 199_000, true),
            (19_900, 9_950, false),
            (19_900, 9_949, true),
            (19_900, 29_850, false),
            (19_900, 29_851, true),
            (1, 2, true),
            (i64::MAX, 1, true),
        ] {
            assert_eq!(jumped(was, is, 50), jumps, "{was} to {is}");
        }
    }
}
