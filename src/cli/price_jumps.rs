//! What became of prices between two packs, in words for whoever builds, publishes or applies one.

use std::fmt::Write as _;

use crate::domain::quantity::UnitPrice;
use crate::pack::Jumps;

/// The jumps, one line an item.
pub fn said(jumps: &Jumps) -> String {
    let Jumps { both, changed, jumped, .. } = jumps;
    let mut text =
        format!("{changed} of {both} prices changed, {jumped} of them by more than half:");
    for jump in &jumps.listed {
        let (was, is) = (price(jump.was), price(jump.is));
        // Writing into a text can't fail.
        write!(text, "\n  {} {}: {was} -> {is}", jump.code, jump.name).unwrap_or_default();
    }
    let listed = u64::try_from(jumps.listed.len()).unwrap_or(u64::MAX);
    if *jumped > listed {
        let more = jumped.saturating_sub(listed);
        write!(text, "\n  and {more} more").unwrap_or_default();
    }
    text
}

fn price(tenthousandths: i64) -> String {
    UnitPrice::from_tenthousandths(tenthousandths).to_string()
}
