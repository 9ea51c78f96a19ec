//! The order of a drill, decided before anything is done.
//!
//! The same scenario, baskets, pack and count of registers always give the same order, so that a
//! drill that was killed finds its place again.

use crate::domain::sale::LinePrice;

use super::baskets::Basket;
use super::expect::{self, Book, Expected};
use super::lane::PowerCut;
use super::piece::Piece;
use super::scenario::{Moment, Scenario, Step};

/// One thing to do.
#[derive(Clone, Debug)]
pub enum Act {
    /// A sentence of the scenario.
    Moment(Moment),
    /// A basket at a register.
    Ring(Ring),
    /// A piece at the desk, at its minute.
    Piece(u32, Piece),
}

/// A basket at a register.
#[derive(Clone, Debug)]
pub struct Ring {
    /// The minute.
    pub at_min: u32,
    /// The register, from 0.
    pub lane: usize,
    /// The basket.
    pub basket: Basket,
    /// The prices of its lines.
    pub prices: Vec<LinePrice>,
    /// What it should come to.
    pub expected: Expected,
    /// The register loses power on the way.
    pub cut: Option<PowerCut>,
}

/// Puts baskets and sentences in order.
pub fn schedule(
    scenario: &Scenario,
    baskets: &[Basket],
    lanes: usize,
    book: &Book<'_>,
) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut moments = scenario.moments.iter().peekable();
    let mut cuts: Vec<(usize, PowerCut)> = Vec::new();
    let mut split = false;
    let lane_of =
        |register: u16| usize::from(register.saturating_sub(1)).checked_rem(lanes).unwrap_or(0);
    for (place, basket) in baskets.iter().enumerate() {
        let at_min = minute_of(place, baskets.len(), scenario.duration_min);
        while let Some(moment) = moments.next_if(|moment| moment.at_min <= at_min) {
            for step in &moment.steps {
                match step {
                    Step::PowerCutInSale { register, lines } => {
                        cuts.push((lane_of(*register), PowerCut::AfterLines(*lines)));
                    }
                    Step::PowerCutBeforeReceipt { register } => {
                        cuts.push((lane_of(*register), PowerCut::BeforeReceipt));
                    }
                    Step::SplitTender => split = true,
                    _ => {}
                }
            }
            acts.push(Act::Moment(moment.clone()));
        }
        let lane = place.checked_rem(lanes).unwrap_or(0);
        let mut basket = basket.clone();
        let mut expected = expect::expect(&basket, book);
        if split
            && let Expected::Sold(sale) = &expected
            && let Some(tenders) = expect::split(sale)
        {
            basket.tenders = tenders;
            expected = expect::expect(&basket, book);
            split = false;
        }
        let cut = take_cut(&mut cuts, lane, &basket, &expected);
        let prices = expect::prices_of(&basket, book);
        acts.push(Act::Ring(Ring { at_min, lane, basket, prices, expected, cut }));
    }
    acts.extend(moments.cloned().map(Act::Moment));
    acts.extend(not_played(scenario, &cuts, split));
    acts
}

/// Puts the desk's pieces between: each after all that happens before and in its minute.
pub fn with_pieces(acts: Vec<Act>, pieces: &[(u32, Piece)]) -> Vec<Act> {
    let minute = |act: &Act| match act {
        Act::Moment(moment) => moment.at_min,
        Act::Ring(ring) => ring.at_min,
        Act::Piece(at_min, _) => *at_min,
    };
    let mut pieces = pieces.iter().peekable();
    let mut all = Vec::with_capacity(acts.len().saturating_add(pieces.len()));
    for act in acts {
        let at_min = minute(&act);
        while let Some((when, piece)) = pieces.next_if(|(when, _)| *when < at_min) {
            all.push(Act::Piece(*when, *piece));
        }
        all.push(act);
    }
    all.extend(pieces.map(|(when, piece)| Act::Piece(*when, *piece)));
    all
}

/// What no basket was fit for, told at the end, so that nobody takes it for played.
fn not_played(scenario: &Scenario, cuts: &[(usize, PowerCut)], split: bool) -> Vec<Act> {
    let mut texts = Vec::new();
    for (lane, cut) in cuts {
        let register = lane.saturating_add(1);
        texts.push(match cut {
            PowerCut::AfterLines(lines) => format!(
                "register {register} kept its power: none of its later baskets that is paid has \
                 more than {lines} lines"
            ),
            PowerCut::BeforeReceipt => {
                format!("register {register} kept its power: it had no sale to be paid any more")
            }
        });
    }
    if split {
        texts.push("no sale was left to be paid in two parts".to_owned());
    }
    let at_min = scenario.duration_min;
    let told = |text| Act::Moment(Moment { at_min, text, steps: Vec::new() });
    texts.into_iter().map(told).collect()
}

/// The first waiting cut of this lane that this basket is long enough for.
fn take_cut(
    cuts: &mut Vec<(usize, PowerCut)>,
    lane: usize,
    basket: &Basket,
    expected: &Expected,
) -> Option<PowerCut> {
    let sold = matches!(expected, Expected::Sold(_));
    let fits = |(at, cut): &(usize, PowerCut)| {
        *at == lane
            && sold
            && match cut {
                PowerCut::AfterLines(lines) => basket.lines.len() > *lines,
                PowerCut::BeforeReceipt => true,
            }
    };
    let place = cuts.iter().position(fits)?;
    Some(cuts.remove(place).1)
}

fn minute_of(place: usize, baskets: usize, duration_min: u32) -> u32 {
    let (place, baskets) = (u64::try_from(place).unwrap_or(0), u64::try_from(baskets).unwrap_or(1));
    let minute = u64::from(duration_min).saturating_mul(place).checked_div(baskets);
    u32::try_from(minute.unwrap_or(0)).unwrap_or(duration_min)
}
