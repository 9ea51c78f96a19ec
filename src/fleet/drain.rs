//! What came of a simulated drain.

use serde::Serialize;

/// A drain, told in whole numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drain {
    /// Registers.
    pub registers: u64,
    /// Records that were to be handed over.
    pub records: u64,
    /// Records that came in; all of them where the drain ended.
    pub records_in: u64,
    /// Milliseconds until the last record was in, or until the simulation gave up.
    pub drain_ms: u64,
    /// Everything that must be done, divided by what central can do, in milliseconds.
    pub ideal_ms: u64,
    /// The drain as a multiple of the ideal, in thousandths.
    pub of_ideal_permille: u64,
    /// When half of the registers were done, in milliseconds.
    pub half_ms: u64,
    /// When so many percent of the stores were done, in milliseconds.
    pub stores_done_ms: Vec<(u32, u64)>,
    /// Records a second between a tenth and nine tenths of all.
    pub goodput: u64,
    /// The most requests within one second.
    pub peak_requests: u64,
    /// Requests.
    pub requests: u64,
    /// Deliveries that were stored.
    pub deliveries: u64,
    /// Deliveries that were refused by their heads.
    pub refused: u64,
    /// Refused for each stored one, in thousandths.
    pub refused_permille: u64,
    /// Greetings and announcements that were refused.
    pub words_refused: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// Requests of which nothing was heard.
    pub lost: u64,
    /// Records that were delivered again, since an answer was lost.
    pub records_again: u64,
    /// Bytes that were sent in vain.
    pub bytes_in_vain: u64,
    /// How evenly stores were served: Jain's index over the part of each that was in when half of
    /// all was, in thousandths.
    pub jain_permille: u64,
    /// How it went on.
    pub moments: Vec<Moment>,
    /// What was simulated for it.
    pub events: u64,
}

/// How far it was at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// When, in milliseconds.
    pub at_ms: u64,
    /// Records that were announced, in thousandths of all.
    pub announced_permille: u64,
    /// Records that were in.
    pub in_permille: u64,
    /// Stores that were done.
    pub stores_permille: u64,
}

/// What is counted second by second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Second {
    pub(super) requests: u64,
    pub(super) records: u64,
    pub(super) announced: u64,
    pub(super) stores: u64,
}

/// A part of a whole in thousandths.
pub(super) fn permille(part: u64, of: u64) -> u64 {
    let scaled = u128::from(part).saturating_mul(1_000);
    u64::try_from(scaled.checked_div(u128::from(of)).unwrap_or(0)).unwrap_or(u64::MAX)
}

/// Jain's index of shares, in thousandths: 1,000 where all are alike.
///
/// Source: Jain, Chiu, Hawe, "A Quantitative Measure of Fairness", 1984.
pub(super) fn jain_permille(shares: &[u64]) -> u64 {
    let sum = shares.iter().map(|share| u128::from(*share)).fold(0, u128::saturating_add);
    let squares = shares
        .iter()
        .map(|share| u128::from(*share).saturating_mul(u128::from(*share)))
        .fold(0, u128::saturating_add);
    let count = u128::try_from(shares.len()).unwrap_or(0);
    let top = sum.saturating_mul(sum).saturating_mul(1_000);
    let bottom = count.saturating_mul(squares);
    u64::try_from(top.checked_div(bottom).unwrap_or(1_000)).unwrap_or(1_000)
}

/// At most so many moments of a drain, evenly apart, the last one its end.
pub(super) fn moments(
    seconds: &[Second],
    most: usize,
    records: u64,
    stores: u64,
    end_ms: u64,
) -> Vec<Moment> {
    let step = seconds.len().div_ceil(most.max(1)).max(1);
    let (mut announced, mut came, mut done) = (0_u64, 0_u64, 0_u64);
    let mut moments = Vec::new();
    for (place, second) in seconds.iter().enumerate() {
        announced = announced.saturating_add(second.announced);
        came = came.saturating_add(second.records);
        done = done.saturating_add(second.stores);
        let after = place.saturating_add(1);
        let last = after == seconds.len();
        if after.checked_rem(step) == Some(0) || last {
            let at_ms = u64::try_from(after).unwrap_or(0).saturating_mul(1_000);
            moments.push(Moment {
                at_ms: if last { end_ms } else { at_ms },
                announced_permille: permille(announced, records),
                in_permille: permille(came, records),
                stores_permille: permille(done, stores),
            });
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_that_are_alike_are_fair_and_one_that_has_all_is_not() {
        assert_eq!(jain_permille(&[7, 7, 7, 7]), 1_000);
        assert_eq!(jain_permille(&[28, 0, 0, 0]), 250);
        assert_eq!(jain_permille(&[]), 1_000);
        assert_eq!((permille(1, 3), permille(0, 0)), (333, 0));
    }
}
