//! The cash office, for leads: every drawer of the store, the safe's bags, and which lane runs out
//! of change when.
//!
//! ```text
//!  Drawers ⇄ Safe ⇄ Change      F4, F5, F6; a drawer opens its own bags
//! ```
//!
//! It records nothing: cash moves at the drawer, counted by two (F10 there). And it tells no sum
//! of an uncounted drawer, nor anything it could be reckoned from.

use crate::domain::announcement::clock;
use crate::domain::book::cash::{Moved, OpenDrawer};
use crate::domain::change_forecast::Forecast;
use crate::domain::denomination::denominations;
use crate::domain::drawer::CashMovementKind;
use crate::domain::ids::RegisterNo;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::{Value, Words, term, words};
use crate::register::register::{Register, Setback};
use crate::register::view::{Column, PageAction, PageView, ROWS_MAX, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct CashOfficePage {
    shown: Shown,
}

/// What is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shown {
    /// The open drawers.
    #[default]
    Drawers,
    /// What went into the safe and came out of drawers; of one register, or of all.
    Safe(Option<RegisterNo>),
    /// What runs out.
    Change,
}

impl Page for CashOfficePage {
    fn view(&self, register: &Register) -> PageView {
        let page = PageView {
            actions: vec![
                PageAction::new(term("Drawers"), self.shown != Shown::Drawers),
                PageAction::new(term("The safe"), self.shown != Shown::Safe(None)),
                PageAction::new(term("Change"), self.shown != Shown::Change),
            ],
            ..PageView::of(PageName::CashOffice, Words::plain(PageName::CashOffice.label()))
        };
        match self.shown {
            Shown::Drawers => drawers(register, page),
            Shown::Safe(of) => safe(register, of, page),
            Shown::Change => change(register, page),
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.shown, input) {
            (Shown::Drawers, PageInput::Back) => return Ok(Turn::Leave(None)),
            (_, PageInput::Back) | (_, PageInput::Action(0)) => self.shown = Shown::Drawers,
            (_, PageInput::Action(1)) => self.shown = Shown::Safe(None),
            (_, PageInput::Action(2)) => self.shown = Shown::Change,
            (Shown::Drawers, PageInput::Row(place)) => {
                let open = register.book().cash.open();
                let drawer = open.get(place).ok_or(Refusal::NoSuchLine)?;
                self.shown = Shown::Safe(Some(drawer.register));
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}

/// A row an open drawer: whose, since when, what was dropped, whether another drop is due.
fn drawers(register: &Register, page: PageView) -> PageView {
    let limit = register.policy().ok().map(|policy| policy.limits.drop_above);
    let cash = &register.book().cash;
    let row = |drawer: &&OpenDrawer| {
        let mine = |moved: &&Moved| {
            moved.register == drawer.register
                && moved.shift == drawer.shift
                && moved.at >= drawer.since
                && moved.movement.kind == CashMovementKind::Drop
        };
        let drops: Vec<&Moved> = cash.moved().filter(mine).collect();
        let sum = Money::sum(drops.iter().map(|moved| moved.movement.amount)).unwrap_or_default();
        let bags = match drops.as_slice() {
            [] => words!("none"),
            [one] => words!("{}: {}", bag(one), sum),
            all => words!("{} bags: {}", all.len().to_string(), sum),
        };
        let above = limit.is_some_and(|limit| drawer.is_above(limit));
        let (mark, state) = if above {
            (RowMark::Attention, words!("a drop is due"))
        } else {
            (RowMark::Good, words!("within the limit"))
        };
        let cells = vec![
            Words::data(drawer.register.to_string()),
            Words::data(register.name_of(Some(&drawer.cashier))),
            clock(drawer.since),
            bags,
            state,
        ];
        Row::marked(mark, cells)
    };
    PageView {
        lead: vec![
            words!("What should be in a drawer is not shown: it is counted blind."),
            words!("Choose a drawer for its bags. Registers that are not seen may be missing."),
        ],
        columns: vec![
            Column::words(term("Register"), 2),
            Column::words(term("Cashier"), 4),
            Column::words(term("Open since"), 3),
            Column::words(term("Dropped"), 5),
            Column::words(term("Drawer"), 4),
        ],
        rows: cash.open().iter().map(row).collect(),
        rows_open: true,
        empty: words!("No drawer is open."),
        ..page
    }
}

/// What moved, the newest first, with what the day came to.
fn safe(register: &Register, of: Option<RegisterNo>, page: PageView) -> PageView {
    let cash = &register.book().cash;
    let twice = cash.bags_twice();
    let listed: Vec<&Moved> =
        cash.moved().filter(|moved| of.is_none_or(|of| moved.register == of)).collect();
    let day = register.business_date();
    let sum = |kind| {
        let those = listed.iter().filter(|moved| moved.day == day && moved.movement.kind == kind);
        Money::sum(those.map(|moved| moved.movement.amount)).unwrap_or_default()
    };
    let row = |moved: &&Moved| {
        let movement = &moved.movement;
        let is_twice = twice.iter().any(|twice| Some(&twice.bag) == movement.bag.as_ref());
        let about = match (is_twice, &movement.bag, movement.reason) {
            (true, ..) => words!("{} was used twice", bag(moved)),
            (false, Some(_), _) => bag(moved),
            (false, None, Some(reason)) => {
                words!("{} {}", Words::plain(reason.label()), movement.note.as_str())
            }
            (false, None, None) => Words::data(movement.note.as_str()),
        };
        let mark = if is_twice { RowMark::Bad } else { RowMark::Plain };
        let cells = vec![
            when(moved.at, day),
            Words::data(moved.register.to_string()),
            Words::plain(kind(movement.kind)),
            about,
            words!("{}", movement.amount),
            people(register, moved),
        ];
        Row::marked(mark, cells)
    };
    let mut lead = vec![words!(
        "Today {} went into the safe, the cash office took {}, and {} was lent.",
        sum(CashMovementKind::Drop),
        sum(CashMovementKind::Pickup),
        sum(CashMovementKind::Loan)
    )];
    if let Some(of) = of {
        lead.push(words!("Register {} alone.", of.to_string()));
    }
    if !twice.is_empty() {
        lead.push(words!("A bag stands there twice. Open none of the two alone; tell a manager."));
    }
    PageView {
        step: 1,
        lead,
        columns: vec![
            Column::words(term("Time"), 3),
            Column::words(term("Register"), 2),
            Column::words(term("What"), 4),
            Column::words(term("Bag or errand"), 5),
            Column::figures(term("Amount"), 3),
            Column::words(term("Two people"), 5),
        ],
        rows: listed.iter().take(ROWS_MAX).map(row).collect(),
        empty: words!("No cash was moved yet."),
        ..page
    }
}

/// What runs out where, the first one first.
fn change(register: &Register, page: PageView) -> PageView {
    let Ok(policy) = register.policy() else { return PageView { step: 2, ..page } };
    let values = denominations(policy.currency, policy.cash_rounding);
    let now = register.clock.now();
    let mut rows: Vec<(i64, Row)> = Vec::new();
    let mut lead = vec![
        words!("An estimate: customers' notes are not recorded, only amounts."),
        words!("Count before you rely on it. Float and change (Shift F11) counts by pieces."),
    ];
    for drawer in register.book().cash.open() {
        let lane = Words::data(drawer.register.to_string());
        let mut say = |at_ms, mark, what, when| {
            rows.push((at_ms, Row::marked(mark, vec![lane.clone(), what, when])));
        };
        match drawer.forecast(&values, now.utc_ms) {
            Forecast::NotCounted => say(
                i64::MAX,
                RowMark::Plain,
                words!("not known"),
                words!("the float was not counted by notes and coins"),
            ),
            Forecast::TooEarly => say(
                i64::MAX,
                RowMark::Plain,
                words!("not known yet"),
                words!("too few cash sales so far"),
            ),
            Forecast::RunsOut(all) if all.is_empty() => {
                say(i64::MAX, RowMark::Good, words!("nothing"), words!("not within three hours"));
            }
            Forecast::NotBefore { all, uncounted } => {
                lead.push(words!(
                    "Register {} got {} of change that was not counted by pieces.",
                    drawer.register.to_string(),
                    uncounted
                ));
                if all.is_empty() {
                    say(
                        i64::MAX,
                        RowMark::Good,
                        words!("nothing"),
                        words!("not within three hours"),
                    );
                }
                for one in all {
                    let (mark, when) = if one.at_ms <= now.utc_ms {
                        (RowMark::Plain, words!("not known: it may have come with that change"))
                    } else {
                        (RowMark::Attention, words!("{} or later", about(one.at_ms, now)))
                    };
                    say(one.at_ms, mark, words!("{}", one.value), when);
                }
            }
            Forecast::RunsOut(all) => {
                for one in all {
                    let soon = one.at_ms <= now.utc_ms;
                    let mark = if soon { RowMark::Bad } else { RowMark::Attention };
                    say(one.at_ms, mark, words!("{}", one.value), about(one.at_ms, now));
                }
            }
        }
    }
    rows.sort_by_key(|(at_ms, _)| *at_ms);
    PageView {
        step: 2,
        lead,
        columns: vec![
            Column::words(term("Register"), 2),
            Column::words(term("Runs out of"), 4),
            Column::words(term("When"), 6),
        ],
        rows: rows.into_iter().map(|(_, row)| row).take(ROWS_MAX).collect(),
        empty: words!("No drawer is open."),
        ..page
    }
}

/// To five minutes: more would pretend.
fn about(at_ms: i64, now: Timestamp) -> Words {
    const STEP_MS: i64 = 5 * 60_000;
    if at_ms <= now.utc_ms {
        return words!("may be out already");
    }
    let whole = at_ms.div_euclid(STEP_MS).saturating_mul(STEP_MS);
    match Timestamp::new(whole, now.offset_min) {
        Some(at) => words!("about {}", clock(at)),
        None => Words::NOTHING,
    }
}

fn bag(moved: &Moved) -> Words {
    match &moved.movement.bag {
        Some(bag) => words!("Bag {}", bag.to_string()),
        None => words!("without a bag"),
    }
}

/// The time today, the day before.
fn when(at: Timestamp, day: BusinessDate) -> Words {
    if at.local_date() == day { clock(at) } else { Words::data(at.local_date().to_string()) }
}

fn people(register: &Register, moved: &Moved) -> Words {
    let name = |person| Value::Text(register.name_of(person));
    match &moved.witness {
        Some(witness) => words!("{} and {}", name(moved.by.as_ref()), name(Some(witness))),
        None => words!("{} alone", name(moved.by.as_ref())),
    }
}

const fn kind(kind: CashMovementKind) -> &'static str {
    match kind {
        CashMovementKind::Drop => term("Into the safe"),
        CashMovementKind::Pickup => term("To the cash office"),
        CashMovementKind::Loan => term("Change to the drawer"),
        CashMovementKind::PaidIn => term("Paid in"),
        CashMovementKind::PaidOut => term("Paid out"),
    }
}
