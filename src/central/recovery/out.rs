//! What of one journal was out, since when. Pure: what central holds, and an announcement, to the
//! stretch that a recovery is counted over.
//!
//! ```text
//!  a journal   0 ───────── from ──────── here ──── to      in = (here - from) of (to - from)
//!                           │                       └ announced, perhaps further each time
//!                           └ where central stood when the journal turned from whole to behind
//! ```
//!
//! What came in years ago says nothing about today's outage, so it is no part of a percentage. The
//! stretch stays after all of it came in, until the next announcement that is ahead begins another.

use crate::domain::event::Lifetime;
use crate::domain::ids::Seq;

/// The most records that a journal may be announced with; a register of a busy store makes them
/// in thousands of years.
pub const RECORDS_MAX: u64 = 1 << 40;
/// The most money that a journal may be announced with, in minor units, and the most that one
/// record or finding weighs in a sum.
pub const MONEY_MAX: i64 = 1_000_000_000_000_000;

/// The stretch of a journal that was out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Out {
    /// When it turned behind, in milliseconds since 1970; 0 for never.
    pub since_ms: i64,
    /// The first record that was out then.
    pub from: Seq,
    /// The record after the last one that was announced since.
    pub to: Seq,
    /// Takings less pay-outs before the first one.
    pub money_from: i64,
    /// Takings less pay-outs after the last one, as announced.
    pub money_to: i64,
}

impl Out {
    /// The stretch after an announcement, at central's time; `here` is where central stands.
    #[must_use]
    pub fn announced(self, here: (Seq, Lifetime), announced: (Seq, Lifetime), now_ms: i64) -> Self {
        let to = Seq(announced.0.0.min(RECORDS_MAX));
        if to <= here.0 {
            return self;
        }
        let money_to = net(announced.1);
        if self.to <= here.0 {
            let (from, money_from) = (here.0, net(here.1));
            return Self { since_ms: now_ms, from, to, money_from, money_to };
        }
        // An older announcement that came late says less than is known.
        if to < self.to { self } else { Self { to, money_to, ..self } }
    }
}

/// An announcement is about a journal that can be.
pub fn is_sane(next: Seq, lifetime: Lifetime) -> bool {
    let may = |minor: i64| minor.unsigned_abs() <= MONEY_MAX.unsigned_abs();
    next.0 <= RECORDS_MAX && may(lifetime.takings.minor()) && may(lifetime.payouts.minor())
}

/// Takings less pay-outs, each within bounds: what a record says is never refused, so it may say
/// anything.
pub fn net(lifetime: Lifetime) -> i64 {
    let within = |minor: i64| minor.clamp(-MONEY_MAX, MONEY_MAX);
    within(lifetime.takings.minor()).saturating_sub(within(lifetime.payouts.minor()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    fn at(next: u64, takings: i64) -> (Seq, Lifetime) {
        let (takings, payouts) = (Money::from_minor(takings), Money::ZERO);
        (Seq(next), Lifetime { takings, payouts })
    }

    fn stretch(out: Out) -> (i64, u64, u64, i64, i64) {
        (out.since_ms, out.from.0, out.to.0, out.money_from, out.money_to)
    }

    #[test]
    fn it_begins_where_central_stood_when_the_journal_turned_from_whole_to_behind() {
        let first = Out::default().announced(at(0, 0), at(250, 9_000), 10);
        assert_eq!(stretch(first), (10, 0, 250, 0, 9_000));
        // While it is behind it only grows.
        let more = first.announced(at(100, 3_000), at(260, 9_500), 20);
        assert_eq!(stretch(more), (10, 0, 260, 0, 9_500));
        assert_eq!(more.announced(at(100, 3_000), at(250, 9_000), 30), more, "late");
        // Whole again, and online for a while: nothing begins anew until something is out.
        assert_eq!(more.announced(at(260, 9_500), at(260, 9_500), 40), more);
        assert_eq!(more.announced(at(9_000, 80_000), at(9_000, 80_000), 50), more);
        let second = more.announced(at(9_000, 80_000), at(9_010, 80_100), 60);
        assert_eq!(stretch(second), (60, 9_000, 9_010, 80_000, 80_100));
    }

    #[test]
    fn absurd_figures_are_told_from_those_that_can_be_and_never_overflow() {
        let journal = |next: u64, takings: i64, payouts: i64| {
            let money = Money::from_minor;
            is_sane(Seq(next), Lifetime { takings: money(takings), payouts: money(payouts) })
        };
        assert!(journal(RECORDS_MAX, MONEY_MAX, -MONEY_MAX));
        for (next, takings, payouts) in [
            (RECORDS_MAX + 1, 0, 0),
            (u64::MAX, 0, 0),
            (1, MONEY_MAX + 1, 0),
            (1, i64::MIN, 0),
            (1, 0, i64::MAX),
        ] {
            assert!(!journal(next, takings, payouts), "{next} {takings} {payouts}");
        }
        let most = |takings, payouts| {
            net(Lifetime {
                takings: Money::from_minor(takings),
                payouts: Money::from_minor(payouts),
            })
        };
        assert_eq!(most(i64::MAX, -1), MONEY_MAX + 1);
        assert_eq!(most(i64::MIN, i64::MAX), -2 * MONEY_MAX);
        let out = Out::default().announced(at(0, i64::MIN), at(u64::MAX, i64::MAX), 1);
        assert_eq!(stretch(out), (1, 0, RECORDS_MAX, -MONEY_MAX, MONEY_MAX));
    }
}
