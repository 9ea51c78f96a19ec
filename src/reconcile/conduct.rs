//! How people work at the tills, looked at over all of a store: patterns that honest days seldom
//! show. None of them proves anything; each is a question for whoever runs the store.
//!
//! ```text
//!  records that are more than a plain sale ─▶ deeds ─┬ money back: late, often, before a write-off
//!  sales by shift ────────────────────────────────────┤ prices, lines, limits: more than elsewhere
//!  when central heard from whom ──────────────────────┤ signatures: whose, where, how quickly
//!                                                      ├ wrong PINs
//!                                                      └ drawers, outages, journals
//! ```
//!
//! Thresholds are data ([`super::conduct_limits`]). What one drawer does is compared with the
//! store's others on the same day wherever there are any: a shelf label that is wrong makes every
//! cashier change prices, and one cashier alone who does is another matter.

use std::collections::BTreeMap;

use crate::domain::event::Event;
use crate::domain::guessing::GuessEnd;
use crate::domain::ids::{JournalId, PersonId, RegisterNo, Seq, ShiftNo};
use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::domain::sale::{CompletedSale, PriceSource};
use crate::domain::tender::Tender;
use crate::domain::time::BusinessDate;
use crate::journal::record::Envelope;

use super::conduct_limits::Limits;
use super::exception::{Code, Exception};
use super::goods::{GoodsView, Happened};
use super::packs::{PackFacts, PackView};

mod drawers;
mod guesses;
mod money_back;
mod signatures;

/// The codes of what is found here: they are replaced as a whole.
pub const CODES: [Code; 14] = [
    Code::VoidLate,
    Code::VoidsOften,
    Code::LineVoidsOften,
    Code::PriceChangesOften,
    Code::JustBelowLimit,
    Code::StockCover,
    Code::SameApprover,
    Code::ApproverTwice,
    Code::PersonTwice,
    Code::ParkedSale,
    Code::DrawerSlow,
    Code::OutageAlone,
    Code::NewJournal,
    Code::PinGuessed,
];

/// How many sales a shift had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShiftSales {
    /// Its journal.
    pub journal: JournalId,
    /// The shift.
    pub shift: ShiftNo,
    /// Sales, money given back left out.
    pub sales: u64,
}

/// What is held of how people worked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConductView {
    /// The records that [`is_noteworthy`] chose, in their journals' order.
    pub records: Vec<Vec<u8>>,
    /// Sales by shift.
    pub sales: Vec<ShiftSales>,
    /// When central heard from a register of the store, in milliseconds since 1970.
    pub heard: Vec<(RegisterNo, i64)>,
}

/// One such record, read.
pub(super) struct Deed {
    pub(super) happened: Happened,
    pub(super) day: BusinessDate,
    pub(super) by: Option<PersonId>,
    pub(super) facts: Option<PackFacts>,
    pub(super) event: Event,
}

/// A drawer of one shift.
pub(super) type Shift = (JournalId, ShiftNo);

/// All that the rules here look at.
pub(super) struct Day<'a> {
    pub(super) deeds: &'a [Deed],
    pub(super) sales: BTreeMap<Shift, u64>,
    pub(super) view: &'a GoodsView,
    pub(super) limits: &'a Limits,
}

/// Whether a record is more than a plain sale, so that it is kept to be looked at with the
/// store's others. `facts` are the limits of the pack that was in use.
pub fn is_noteworthy(event: &Event, facts: Option<&PackFacts>) -> bool {
    match event {
        Event::Sale(sale) => {
            !sale.terms.approvals.is_empty()
                || sale.lines.iter().any(|line| line.voided || is_changed(line))
                || facts.is_some_and(|facts| near_limit(sale, facts).is_some())
        }
        Event::EpochOpen(open) => open.follows.is_some(),
        Event::StockDelta(change) => {
            change.lines.iter().any(|line| line.delta < Quantity::default())
        }
        Event::CashMovement { approval, .. } => approval.is_some(),
        // One mistyped PIN before the right one says nothing.
        Event::PinGuessed(guessed) => guessed.tries > 1 || guessed.then != GuessEnd::Right,
        Event::Refund(_)
        | Event::KeyRotated(_)
        | Event::WaitEnded(_)
        | Event::Void(_)
        | Event::DrawerOpen { .. }
        | Event::ShiftOpen { .. }
        | Event::ShiftClose(_)
        | Event::SaleSuspended(_)
        | Event::SaleResumed { .. }
        | Event::OutageDeclared(_)
        | Event::OutageEnded { .. } => true,
        _ => false,
    }
}

/// What a store's deeds ask about.
pub fn look(view: &GoodsView, packs: &dyn PackView, limits: &Limits) -> Vec<Exception> {
    let deeds: Vec<Deed> =
        view.conduct.records.iter().filter_map(|line| read(line, packs)).collect();
    let sales = view.conduct.sales.iter().map(|one| ((one.journal, one.shift), one.sales));
    let day = Day { deeds: &deeds, sales: sales.collect(), view, limits };
    let mut found = money_back::look(&day);
    found.extend(signatures::look(&day));
    found.extend(drawers::look(&day));
    found.extend(guesses::look(&day));
    found
}

fn read(line: &[u8], packs: &dyn PackView) -> Option<Deed> {
    // They were read before they were kept; what is none now was damaged, and verification tells.
    let envelope = Envelope::read(line).ok()?;
    let event = envelope.event().ok()?;
    let header = envelope.header;
    let facts = packs.facts_of(&header);
    let happened = Happened { at: header.at, journal: header.journal, seq: header.seq };
    Some(Deed { happened, day: header.date, by: header.by, facts, event })
}

fn is_changed(line: &crate::domain::sale::SaleLine) -> bool {
    line.changed.is_some() || line.price_source == PriceSource::Keyed
}

/// What a sale pays or gives back, where that is just below a limit above which somebody else
/// would have had to sign: the amount and the limit.
pub(super) fn near_limit(sale: &CompletedSale, facts: &PackFacts) -> Option<(Money, Money)> {
    let near = |amount: Money, limit: Money| {
        let (amount, limit) = (amount.minor(), limit.minor());
        limit > 0 && amount <= limit && amount.saturating_mul(10) >= limit.saturating_mul(9)
    };
    if sale.is_refund() {
        let given = sale.total.negated().unwrap_or_default();
        return near(given, facts.refund_max).then_some((given, facts.refund_max));
    }
    let checks = sale.tenders.iter().filter(|tender| matches!(tender, Tender::Check { .. }));
    let mut amounts = checks.map(Tender::amount);
    let amount = amounts.find(|amount| near(*amount, facts.check_max))?;
    Some((amount, facts.check_max))
}

impl Deed {
    pub(super) fn sale(&self) -> Option<&CompletedSale> {
        match &self.event {
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => Some(sale),
            _ => None,
        }
    }

    pub(super) fn register(&self) -> RegisterNo {
        self.happened.journal.register
    }

    pub(super) fn person(&self) -> String {
        self.by.as_ref().map_or_else(|| "somebody".to_owned(), ToString::to_string)
    }

    pub(super) fn says(&self, code: Code, text: String, cause: String) -> Exception {
        self.happened.exception(code, text, &cause)
    }

    /// Milliseconds from another deed to this one; none where it came later.
    pub(super) fn after(&self, other: &Happened) -> Option<u64> {
        u64::try_from(self.happened.at.utc_ms.saturating_sub(other.at.utc_ms)).ok()
    }
}

impl Day<'_> {
    /// The shifts in which something happened more than `most` times, in one sale of fifty or
    /// more, and at least three times as often as in the store's other shifts of that day.
    pub(super) fn often(
        &self,
        most: u32,
        how_many: impl Fn(&Deed) -> u64,
    ) -> Vec<(&Deed, u64, u64)> {
        let mut counts: BTreeMap<Shift, (u64, &Deed)> = BTreeMap::new();
        let mut days: BTreeMap<Shift, BusinessDate> = BTreeMap::new();
        for deed in self.deeds {
            if let Event::ShiftOpen { shift, .. } = &deed.event {
                days.insert((deed.happened.journal, *shift), deed.day);
            }
            let Some(sale) = deed.sale() else { continue };
            let (shift, count) = ((deed.happened.journal, sale.shift), how_many(deed));
            days.insert(shift, deed.day);
            if count > 0 {
                let (sum, last) = counts.entry(shift).or_insert((0, deed));
                *sum = sum.saturating_add(count);
                *last = deed;
            }
        }
        let sales_of = |shift: &Shift| self.sales.get(shift).copied().unwrap_or(0);
        let mut often = Vec::new();
        for (shift, (count, last)) in &counts {
            let sales = sales_of(shift).max(1);
            if *count <= u64::from(most) || count.saturating_mul(50) < sales {
                continue;
            }
            let others = days.iter().filter(|(other, day)| *other != shift && **day == last.day);
            let (their_count, their_sales) =
                others.fold((0_u64, 0_u64), |(sum, of), (other, _)| {
                    let here = counts.get(other).map_or(0, |(count, _)| *count);
                    (sum.saturating_add(here), of.saturating_add(sales_of(other)))
                });
            let mine = count.saturating_mul(their_sales);
            let three_times = their_count.saturating_mul(sales).saturating_mul(3);
            if their_sales == 0 || mine >= three_times {
                often.push((*last, *count, sales));
            }
        }
        often
    }

    /// When a sale was made, as its own journal has it.
    pub(super) fn sold_at(&self, epoch: crate::domain::ids::Epoch, seq: Seq) -> Option<Happened> {
        let lines = self.view.lines.iter().map(|line| line.happened);
        lines.into_iter().find(|one| (one.journal.epoch, one.seq) == (epoch, seq))
    }
}

pub(super) fn minutes(count: u32) -> u64 {
    u64::from(count).saturating_mul(60_000)
}
