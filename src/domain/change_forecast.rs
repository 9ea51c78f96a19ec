//! Which drawer runs out of which note or coin, and about when.
//!
//! ```text
//!  float, counted piece by piece ─┐
//!  cash sales: received, given ───┼─▶ pieces as they should be now ─┐
//!  loans and drops ───────────────┘                                 ├─▶ runs out about 15:40
//!            └─ the last hour and a half ─▶ pieces that go an hour ─┘
//! ```
//!
//! An estimate, and said as one. A record holds what a customer handed over as an amount, not in
//! notes; so it is taken in the fewest pieces, the largest first, which is how a cashier gives
//! change as well. What was found to be off by how much is in docs/cash-office.md.
//!
//! Nothing here tells how much is in a drawer: it is counted blind, and a forecast names a piece
//! and a time, never a number.

use std::collections::BTreeMap;

use super::money::Money;
use super::shift::CountedPieces;

/// The time that is looked back on.
pub const WINDOW_MS: i64 = 90 * 60_000;
/// No forecast looks farther ahead.
pub const HORIZON_MS: i64 = 3 * 60 * 60_000;
/// Less time than this says nothing about what goes out in an hour.
const LEAST_MS: i64 = 15 * 60_000;
/// Nor do fewer payments.
const LEAST_PAID: usize = 8;
/// A drawer with more payments than this in one shift is not forecast.
pub const FLOWS_MAX: usize = 5_000;

/// Cash that came into a drawer, or left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// A customer handed this over and got that back.
    Paid {
        /// Handed over.
        received: Money,
        /// Handed back, or paid out.
        given: Money,
    },
    /// Cash moved without a sale, of which only the amount is known.
    Out(Money),
    /// The same, counted piece by piece.
    Counted {
        /// The pieces.
        pieces: Vec<CountedPieces>,
        /// They came in.
        comes_in: bool,
    },
    /// Change that was brought, counted as one sum: it was brought for its small pieces, and
    /// nobody said which.
    Uncounted(Money),
}

/// A drawer since its float.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrawerFlow {
    since_ms: i64,
    start: Vec<CountedPieces>,
    flows: Vec<(i64, Flow)>,
    unknown: bool,
}

/// A note or coin that runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunsOut {
    /// Its value.
    pub value: Money,
    /// About when, in milliseconds since 1970: now, where it may be out already.
    pub at_ms: i64,
}

/// What can be said of a drawer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// Its float was counted as one sum.
    NotCounted,
    /// There were too few payments yet.
    TooEarly,
    /// These run out within the next hours, the first one first; none that lasts longer.
    RunsOut(Vec<RunsOut>),
    /// These run out then or later, not before: so much was brought without being counted by its
    /// pieces, and is not among them. What would be out by now may have come with it.
    NotBefore {
        /// The first one first.
        all: Vec<RunsOut>,
        /// What was brought.
        uncounted: Money,
    },
}

impl DrawerFlow {
    /// A drawer with these pieces; none where they were not counted one by one.
    pub const fn opened(since_ms: i64, start: Vec<CountedPieces>) -> Self {
        let unknown = start.is_empty();
        Self { since_ms, start, flows: Vec::new(), unknown }
    }

    /// Takes what happened next.
    pub fn take(&mut self, at_ms: i64, flow: Flow) {
        if self.flows.len() >= FLOWS_MAX {
            return self.lose();
        }
        if !self.unknown {
            self.flows.push((at_ms, flow));
        }
    }

    /// More happened than is kept: nothing is known from here on.
    fn lose(&mut self) {
        self.unknown = true;
        self.flows = Vec::new();
    }

    /// What runs out. `values` are the store's notes and coins, the largest first.
    pub fn forecast(&self, values: &[Money], now_ms: i64) -> Forecast {
        if self.unknown {
            return Forecast::NotCounted;
        }
        let from_ms = self.since_ms.max(now_ms.saturating_sub(WINDOW_MS));
        let passed_ms = now_ms.saturating_sub(from_ms);
        let mut pieces = Pieces::new(&self.start);
        let mut gone: BTreeMap<Money, i64> = BTreeMap::new();
        let (mut paid, mut uncounted) = (0_usize, Money::ZERO);
        for (at_ms, flow) in &self.flows {
            match flow {
                Flow::Paid { received, given } => {
                    let came = fewest(values, *received);
                    pieces.add(&came);
                    let went = pieces.hand_out(values, *given);
                    if *at_ms > from_ms {
                        paid = paid.saturating_add(1);
                        count(&mut gone, &went, 1);
                        count(&mut gone, &came, -1);
                    }
                }
                Flow::Out(amount) => {
                    pieces.hand_out(values, *amount);
                }
                Flow::Counted { pieces: known, comes_in: true } => {
                    pieces.add(&Pieces::new(known).0);
                }
                Flow::Counted { pieces: known, comes_in: false } => pieces.take_away(known),
                // Without it each piece is fewer than it is, and is said to run out too early.
                Flow::Uncounted(sum) => uncounted = uncounted.plus(*sum).unwrap_or(uncounted),
            }
        }
        if passed_ms < LEAST_MS || paid < LEAST_PAID {
            return Forecast::TooEarly;
        }
        let mut all: Vec<RunsOut> = gone
            .iter()
            .filter(|(_, gone)| **gone > 0)
            .filter_map(|(value, gone)| {
                let left = pieces.of(*value);
                let left_ms = left.checked_mul(passed_ms)?.checked_div(*gone)?;
                let at_ms = now_ms.checked_add(left_ms)?;
                (left_ms <= HORIZON_MS).then_some(RunsOut { value: *value, at_ms })
            })
            .collect();
        all.sort_by_key(|runs_out| (runs_out.at_ms, runs_out.value));
        if uncounted > Money::ZERO {
            return Forecast::NotBefore { all, uncounted };
        }
        Forecast::RunsOut(all)
    }
}

/// How many of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pieces(BTreeMap<Money, i64>);

impl Pieces {
    fn new(counted: &[CountedPieces]) -> Self {
        let mut pieces = Self::default();
        for one in counted {
            let of = pieces.0.entry(one.value).or_default();
            *of = of.saturating_add(i64::from(one.count));
        }
        pieces
    }

    fn of(&self, value: Money) -> i64 {
        self.0.get(&value).copied().unwrap_or(0)
    }

    fn add(&mut self, came: &BTreeMap<Money, i64>) {
        count(&mut self.0, came, 1);
    }

    /// More than should be there was taken: then none is left, and the estimate was off.
    fn take_away(&mut self, counted: &[CountedPieces]) {
        for one in counted {
            let of = self.0.entry(one.value).or_default();
            *of = of.saturating_sub(i64::from(one.count)).max(0);
        }
    }

    /// Hands an amount out, the largest first, of what should be there. What can't be made of it
    /// is left: the drawer then held other pieces than the estimate says.
    fn hand_out(&mut self, values: &[Money], amount: Money) -> BTreeMap<Money, i64> {
        let mut left = amount.minor();
        let mut went = BTreeMap::new();
        for value in values {
            let there = self.0.entry(*value).or_default();
            let wanted = left.checked_div(value.minor()).unwrap_or(0).max(0);
            let handed = wanted.min(*there);
            if handed > 0 {
                *there = there.saturating_sub(handed);
                left = left.saturating_sub(handed.saturating_mul(value.minor()));
                went.insert(*value, handed);
            }
        }
        went
    }
}

/// An amount in the fewest pieces.
fn fewest(values: &[Money], amount: Money) -> BTreeMap<Money, i64> {
    let mut left = amount.minor();
    let mut pieces = BTreeMap::new();
    for value in values {
        let wanted = left.checked_div(value.minor()).unwrap_or(0).max(0);
        if wanted > 0 {
            left = left.saturating_sub(wanted.saturating_mul(value.minor()));
            pieces.insert(*value, wanted);
        }
    }
    pieces
}

fn count(sum: &mut BTreeMap<Money, i64>, pieces: &BTreeMap<Money, i64>, sign: i64) {
    for (value, number) in pieces {
        let of = sum.entry(*value).or_default();
        *of = of.saturating_add(number.saturating_mul(sign));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cash_rounding::CashRounding;
    use crate::domain::denomination::denominations;
    use crate::domain::policy::Currency;

    const MINUTE: i64 = 60_000;

    fn values() -> Vec<Money> {
        denominations(Currency::Usd, CashRounding::None)
    }

    fn pieces(counted: &[(i64, u32)]) -> Vec<CountedPieces> {
        let one = |(value, count): &(i64, u32)| CountedPieces {
            value: Money::from_minor(*value),
            count: *count,
        };
        counted.iter().map(one).collect()
    }

    fn paid(received: i64, given: i64) -> Flow {
        Flow::Paid { received: Money::from_minor(received), given: Money::from_minor(given) }
    }

    #[test]
    fn ones_that_go_two_at_a_time_run_out_when_they_are_used_up() {
        let mut drawer = DrawerFlow::opened(0, pieces(&[(100, 100)]));
        for payment in 1..=20 {
            drawer.take(payment * 3 * MINUTE, paid(2_000, 200));
        }
        // 40 of 100 went in an hour, so the other 60 last an hour and a half.
        let ones = RunsOut { value: Money::from_minor(100), at_ms: 150 * MINUTE };
        assert_eq!(drawer.forecast(&values(), 60 * MINUTE), Forecast::RunsOut(vec![ones]));
        // Fifty more, counted, last an hour and a quarter longer.
        let brought = Flow::Counted { pieces: pieces(&[(100, 50)]), comes_in: true };
        drawer.take(60 * MINUTE, brought);
        let ones = RunsOut { at_ms: 225 * MINUTE, ..ones };
        assert_eq!(drawer.forecast(&values(), 60 * MINUTE), Forecast::RunsOut(vec![ones]));
    }

    #[test]
    fn what_comes_in_as_fast_as_it_goes_out_lasts() {
        let mut drawer = DrawerFlow::opened(0, pieces(&[(100, 10), (500, 10)]));
        for payment in 1..=20 {
            let flow = if payment % 2 == 0 { paid(2_000, 200) } else { paid(200, 0) };
            drawer.take(payment * 3 * MINUTE, flow);
        }
        assert_eq!(drawer.forecast(&values(), 60 * MINUTE), Forecast::RunsOut(Vec::new()));
    }

    #[test]
    fn where_the_fives_are_gone_the_ones_go_faster() {
        let start = pieces(&[(500, 4), (100, 200)]);
        let mut drawer = DrawerFlow::opened(0, start);
        for payment in 1..=20 {
            drawer.take(payment * 3 * MINUTE, paid(2_000, 700));
        }
        let Forecast::RunsOut(all) = drawer.forecast(&values(), 60 * MINUTE) else {
            panic!("counted, and long enough")
        };
        let at = |minor| all.iter().find(|one| one.value.minor() == minor).map(|one| one.at_ms);
        assert_eq!(at(500), Some(60 * MINUTE), "out already");
        // 4 times 2 and 16 times 7 ones: 120 went in the hour, 80 are left.
        assert_eq!(at(100), Some(100 * MINUTE));
    }

    #[test]
    fn what_was_not_counted_or_hardly_seen_is_not_guessed() {
        let mut sum = DrawerFlow::opened(0, Vec::new());
        let mut early = DrawerFlow::opened(0, pieces(&[(100, 5)]));
        for payment in 1..=20 {
            sum.take(payment * MINUTE, paid(2_000, 300));
            early.take(payment * MINUTE / 2, paid(2_000, 300));
        }
        assert_eq!(sum.forecast(&values(), 60 * MINUTE), Forecast::NotCounted);
        assert_eq!(early.forecast(&values(), 10 * MINUTE), Forecast::TooEarly);
        let mut busy = DrawerFlow::opened(0, pieces(&[(100, 5)]));
        for payment in 0..=i64::try_from(FLOWS_MAX).expect("small") {
            busy.take(payment, paid(100, 0));
        }
        assert_eq!(busy.forecast(&values(), 60 * MINUTE), Forecast::NotCounted);
    }

    #[test]
    fn change_that_came_as_one_sum_makes_it_last_longer_and_never_shorter() {
        let with = |brought: Option<Flow>| {
            let mut drawer = DrawerFlow::opened(0, pieces(&[(500, 4), (100, 100)]));
            for payment in 1..=20 {
                drawer.take(payment * 3 * MINUTE, paid(2_000, 700));
                if let Some(flow) = brought.clone().filter(|_| payment == 10) {
                    drawer.take(30 * MINUTE, flow);
                }
            }
            drawer.forecast(&values(), 60 * MINUTE)
        };
        let Forecast::RunsOut(known) = with(None) else { panic!("counted") };
        // The same times, said as the earliest ones.
        let sum = Money::from_minor(5_000);
        let said = Forecast::NotBefore { all: known.clone(), uncounted: sum };
        assert_eq!(with(Some(Flow::Uncounted(sum))), said);
        // And so they are: whichever pieces it was, none is out before then.
        for brought in [&[(100, 50)][..], &[(500, 10)], &[(500, 6), (100, 20)]] {
            let flow = Flow::Counted { pieces: pieces(brought), comes_in: true };
            let Forecast::RunsOut(real) = with(Some(flow)) else { panic!("counted") };
            for one in real {
                let earliest = known.iter().find(|other| other.value == one.value);
                assert!(earliest.is_none_or(|early| early.at_ms <= one.at_ms), "{brought:?}");
            }
        }
    }

    #[test]
    fn a_drop_takes_the_largest_notes_and_leaves_the_change() {
        let mut drawer = DrawerFlow::opened(0, pieces(&[(100, 30)]));
        for payment in 1..=10 {
            drawer.take(payment * 6 * MINUTE, paid(2_000, 100));
        }
        let before = drawer.forecast(&values(), 60 * MINUTE);
        drawer.take(60 * MINUTE, Flow::Out(Money::from_minor(20_000)));
        assert_eq!(drawer.forecast(&values(), 60 * MINUTE), before);
    }
}
