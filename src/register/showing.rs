//! What a register shows: its state as one plain view, nothing decided here.

use std::sync::Arc;

use crate::domain::announcement::{Announcement, Terms};
use crate::domain::money::Money;
use crate::domain::policy::Currency;
use crate::domain::price_news::PriceNews;
use crate::domain::sale::{Basket, OpenLine, SaleLine, Tendering};
use crate::domain::tender::Tender;
use crate::domain::words::{Words, words};

use super::register::{Phase, Register};
use super::view::{
    LineView, OpenLineView, OutageView, PackView, Pending, Screen, Sell, SignIn, Status, TenderView,
};

impl Register {
    pub(super) fn screen(&self) -> Screen {
        if let Some(stopped) = &self.stopped {
            return Screen::Stopped(stopped.clone());
        }
        if let Some(restart) = &self.restart {
            return Screen::Restart(restart.clone());
        }
        if let Some(closed) = &self.closed {
            return Screen::ShiftClosed(closed.clone());
        }
        if let Some(page) = self.page_view() {
            return Screen::Page(Box::new(page));
        }
        if self.person.is_none() {
            return Screen::SignIn(SignIn {
                locked_until_ms: self.refused_until_ms(),
                checking: false,
                basket_waits: self.basket_total().is_some(),
                no_prices: self.pack.as_ref().err().cloned(),
            });
        }
        if self.ledger.state().open_shift.is_none() {
            return Screen::OpenShift;
        }
        match &self.phase {
            Phase::Basket(_) if let Some(found) = &self.receipt => {
                Screen::Receipt(self.receipt_view(found))
            }
            Phase::Basket(basket) => Screen::Sell(self.sell(basket)),
            Phase::Tendering(tendering, question) => {
                if let Some(check) = self.check_view() {
                    return Screen::Check(Box::new(check));
                }
                Screen::Tender(self.tender_view(tendering, *question))
            }
            Phase::Done(done) => Screen::Done(done.clone()),
        }
    }

    fn sell(&self, basket: &Basket) -> Sell {
        let lines = basket.lines();
        let totals = self.pricing().ok().and_then(|pricing| basket.totals(pricing).ok());
        let totals = totals.unwrap_or_default();
        let counted = lines.iter().filter(|line| !line.voided);
        let pieces = |line: &SaleLine| {
            if line.quantity.is_whole() {
                line.quantity.tenthousandths().unsigned_abs() / 10_000
            } else {
                1
            }
        };
        Sell {
            lines: lines.iter().map(line_view).collect(),
            open: basket.open_lines().iter().map(open_line_view).collect(),
            age_to_ask: basket.age_to_ask(),
            exempt: basket.terms().exempt.is_some(),
            item_count: counted.fold(0, |sum: u64, line| sum.saturating_add(pieces(line))),
            subtotal: totals.subtotal,
            taxes: totals.taxes,
            total: totals.total,
            print_now: self.print_question(),
        }
    }

    fn tender_view(&self, tendering: &Tendering, question: Option<Money>) -> TenderView {
        let due = tendering.still_due();
        let policy = self.policy().ok();
        let cash_due = policy.and_then(|policy| policy.cash_rounding.cash_due(due).ok());
        let cash_due = cash_due.unwrap_or(due);
        let currency = policy.map_or(Currency::Usd, |policy| policy.currency);
        TenderView {
            sale: self.sell(&Basket::restored(tendering.saved())),
            taken: taken(tendering.tenders()),
            due,
            cash_due,
            quick_cash: crate::domain::denomination::quick_cash(currency, cash_due),
            check_max: policy.map_or(Money::ZERO, |policy| policy.check_max),
            question,
        }
    }

    pub(super) fn status(&self) -> Status {
        let now = self.clock.now().whole_minute();
        let journal = self.ledger.chain().journal;
        let state = self.ledger.state();
        let policy = self.policy().ok();
        Status {
            store_name: policy.map_or_else(String::new, |policy| policy.store_name.clone()),
            store: journal.store.0,
            register: journal.register.0,
            person: self.person.as_ref().map(|p| (p.name.clone(), p.role.word())),
            leads: self.person.as_ref().is_some_and(|person| person.role.leads()),
            badges: self.has_badges(),
            shift: state.open_shift.as_ref().map(|shift| shift.number.0),
            date: state.open_shift.as_ref().map(|shift| shift.date),
            outage: self.book.outages.current().map(|outage| OutageView {
                since: outage.since,
                systems: outage.systems.clone(),
                cause: outage.cause.clone(),
                ticket: outage.ticket.clone(),
                expected: outage.expected,
            }),
            announcement: self.book.outages.current().and_then(|outage| {
                let told =
                    Announcement::of(&outage.systems, outage.expected, now, &Terms::of(policy?))?;
                Some(Arc::new(told))
            }),
            pack: self.pack.as_ref().ok().map(|pack| {
                let age = crate::pack::age_minutes(pack.published_at(), now);
                // A pack from the future only says that the clock is behind.
                let age_minutes = u64::try_from(age).unwrap_or(0);
                let limit = u64::from(pack.policy().pack_stale_hours).saturating_mul(60);
                let version = pack.version().to_string();
                let news = self.packs.news.first().and_then(PriceNews::short);
                PackView { version, age_minutes, stale: age_minutes > limit, news }
            }),
            pending: self.pending,
            link: self.link.clone(),
            peers: self.peers_view(),
            printer: self.paper.lamp,
            suspended: self.suspended().into(),
            drop_due: policy.is_some_and(|policy| {
                let cash = state.open_shift.as_ref().and_then(|s| s.drawer.expected_cash().ok());
                cash.is_some_and(|cash| cash > policy.limits.drop_above)
            }),
            departments: policy.map_or_else(Arc::default, |p| p.departments.clone().into()),
            age_by_sight: policy.is_some_and(|policy| policy.limits.age_by_sight),
            lock_after_s: policy.map_or(0, |policy| policy.counter.lock_after_s),
            handed_over: state.handed.map(|handed| handed.cash),
            currency: policy.map_or(Currency::Usd, |policy| policy.currency),
            weight_unit: policy.map_or_else(String::new, |policy| policy.weight_unit.clone()),
            training: self.training,
            now,
        }
    }
}

impl From<crate::ledger::Pending> for Pending {
    fn from(pending: crate::ledger::Pending) -> Self {
        Self { records: pending.records, sales: pending.sales, money: pending.money }
    }
}

/// The names and amounts of tenders, as screens show them.
pub(super) fn taken(tenders: &[Tender]) -> Vec<(Words, Money)> {
    let name = |tender: &Tender| match tender {
        Tender::Cash { .. } => words!("Cash"),
        Tender::Check { number, .. } => words!("Check {}", number.as_str()),
        Tender::CheckReturned { number, .. } => words!("Check {} handed back", number.as_str()),
    };
    tenders.iter().map(|tender| (name(tender), tender.amount())).collect()
}

fn line_view(line: &SaleLine) -> LineView {
    LineView {
        name: line.name.clone(),
        code: line.code.to_string(),
        quantity: line.quantity,
        weighed: !line.quantity.is_whole(),
        unit_price: line.unit_price,
        price_source: line.price_source,
        amount: line.amount,
        voided: line.voided,
        price_was: line.changed.map(|changed| changed.was),
        returned: line.returned.is_some(),
    }
}

fn open_line_view(line: &OpenLine) -> OpenLineView {
    OpenLineView {
        name: line.name.clone(),
        code: line.code.clone(),
        quantity: line.quantity,
        missing: line.missing,
    }
}
