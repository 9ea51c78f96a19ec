//! The first list of the page: every part in the order of central's page, and a row for each root
//! cause that is to be decided. At most 40 rows.

use crate::domain::money::Money;
use crate::domain::words::{Words, term, words};
use crate::reconcile::certificate::{ResidualKind, ThreeWay};
use crate::reconcile::exception::{Code, Level};
use crate::reconcile::report::{MatterLine, Report, Section};
use crate::reconcile::said::{self, DUE_MAX, Group};
use crate::register::view::{Column, PageAction, PageView, Row, RowMark};

/// A row, and what it opens.
pub(super) struct Line {
    /// The row.
    pub(super) row: Row,
    /// What it opens.
    pub(super) opens: Opens,
}

/// What a row opens.
pub(super) enum Opens {
    /// A part.
    List(Section),
    /// A root cause.
    Matter(String, String),
    /// All of a rule.
    Group(Code),
    /// What weighs less.
    Less,
    /// Nothing.
    Nothing,
}

pub(super) fn view(page: PageView, report: &Report) -> PageView {
    let (head, words) = said::verdict(report);
    PageView {
        title: words!("{}: {}", words!("After the outage"), head),
        lead: vec![words, said::what_is_in(report)],
        columns: columns(),
        rows: lines(report).into_iter().map(|line| line.row).collect(),
        rows_open: true,
        actions: vec![PageAction::new(term("Look again"), true)],
        ..page
    }
}

/// What is due and weighs less than what the first list shows.
pub(super) fn less(page: PageView, report: &Report) -> PageView {
    let lines = rest(report);
    PageView {
        lead: vec![said::more_that_weigh_less(lines.len())],
        columns: columns(),
        rows: lines.into_iter().map(|line| line.row).collect(),
        rows_open: true,
        ..page
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::words(term("What"), 7),
        Column::words(term("Cause"), 9),
        Column::words(term("Times"), 3),
        Column::figures(term("Money"), 4),
    ]
}

/// All rows, in the order of the page.
pub(super) fn lines(report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    for section in Section::ALL {
        match section {
            Section::Decide => {
                let due = report.due();
                let groups = said::groups(&due, MatterLine::rule);
                if groups.is_empty() {
                    let cells = vec![
                        Words::plain(section.title()),
                        said::nothing_to_decide(),
                        Words::NOTHING,
                        Words::NOTHING,
                    ];
                    let row = Row::marked(RowMark::Good, cells);
                    lines.push(Line { row, opens: Opens::Nothing });
                }
                lines.extend(groups.iter().take(DUE_MAX).map(|group| line(report, group)));
                let more = groups.len().saturating_sub(DUE_MAX);
                if more > 0 {
                    let cells = vec![
                        Words::plain(section.title()),
                        said::more_that_weigh_less(more),
                        Words::NOTHING,
                        Words::NOTHING,
                    ];
                    let row = Row::marked(RowMark::Attention, cells);
                    lines.push(Line { row, opens: Opens::Less });
                }
            }
            section => lines.extend(part(report, section)),
        }
    }
    lines
}

/// The rows that the first list has no room for.
pub(super) fn rest(report: &Report) -> Vec<Line> {
    let due = report.due();
    let groups = said::groups(&due, MatterLine::rule);
    groups.iter().skip(DUE_MAX).map(|group| line(report, group)).collect()
}

/// The matters of a rule that are open, in the order of the report: those that are due, or the
/// others where none is.
pub(super) fn of_rule(report: &Report, code: Code) -> Vec<&MatterLine> {
    let of = |due: bool| -> Vec<&MatterLine> {
        let those = report.matters.iter();
        those.filter(|one| one.due == due && one.rule() == Some(code)).collect()
    };
    let due = of(true);
    if due.is_empty() { of(false) } else { due }
}

/// How many findings, and their money.
pub(super) fn together(matters: &[&MatterLine]) -> (usize, Money) {
    let count = matters.iter().fold(0_usize, |sum, one| sum.saturating_add(one.open));
    let sum = matters.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount));
    (count, Money::from_minor(sum))
}

/// Money, or nothing where it is none.
pub(super) fn money(amount: Money) -> Words {
    if amount == Money::ZERO { Words::NOTHING } else { words!("{}", amount) }
}

/// A row of matters.
pub(super) fn line(report: &Report, group: &Group<&MatterLine>) -> Line {
    let matters: Vec<&MatterLine> = match group {
        Group::One(matter) => vec![*matter],
        Group::Many(_, matters) => matters.clone(),
    };
    let (count, sum) = together(&matters);
    let level = matters.iter().map(|one| one.level()).max().unwrap_or(Level::Info);
    let (title, cause) = match group {
        Group::One(matter) => (matter.title_words(), about(matter)),
        Group::Many(code, all) => (Words::plain(code.title()), said::causes(all.len())),
    };
    let mark = match level {
        Level::Info => RowMark::Plain,
        Level::Review => RowMark::Attention,
        Level::Hold | Level::Critical => RowMark::Bad,
    };
    let mark = if report.due().is_empty() { RowMark::Plain } else { mark };
    let row = Row::marked(mark, vec![title, cause, said::times(count), money(sum)]);
    Line { row, opens: opens(group) }
}

/// What a row of matters opens.
pub(super) fn opens(group: &Group<&MatterLine>) -> Opens {
    match group {
        Group::One(matter) => Opens::Matter(matter.code.clone(), matter.cause.clone()),
        Group::Many(code, _) => Opens::Group(*code),
    }
}

/// The root cause, and that somebody was asked.
pub(super) fn about(matter: &MatterLine) -> Words {
    if matter.asked.is_some() {
        words!("{} · {}", &matter.about, words!("asked"))
    } else {
        Words::data(matter.about.clone())
    }
}

/// A part as one row; none where it is empty.
fn part(report: &Report, section: Section) -> Option<Line> {
    let of = |count: usize| (count > 0).then(|| (RowMark::Plain, words!("{}", count)));
    let nothing = Money::ZERO;
    let (mark, state, sum) = match section {
        Section::In => {
            let all = report.registers.len();
            let complete = report.registers.iter().filter(|one| one.still_out == 0).count();
            let mark = if all == complete { RowMark::Good } else { RowMark::Attention };
            let sold = report.sales.total.saturating_add(report.sales.rounding);
            (mark, words!("{} of {} registers all in", complete, all), Money::from_minor(sold))
        }
        Section::Sums => {
            let over = |sums: ThreeWay| sums.drawer.saturating_sub(sums.central);
            let sum = Money::from_minor(over(report.cash).saturating_add(over(report.checks)));
            let mark = if sum == nothing { RowMark::Good } else { RowMark::Attention };
            (mark, words!("Over or short"), sum)
        }
        Section::Decide => return None,
        Section::Info => {
            let (mark, state) = of(report.info().len())?;
            (mark, state, nothing)
        }
        Section::Overcharges => {
            let (mark, state) = of(report.overcharges.len())?;
            (mark, state, Money::from_minor(report.overcharged))
        }
        Section::RainChecks => {
            let open = report.rain_checks();
            let (mark, state) = of(open.len())?;
            (mark, state, together(&open).1)
        }
        Section::Tasks => {
            let (mark, state) = of(report.tasks.len())?;
            (mark, state, nothing)
        }
        Section::Deposit => {
            let (mark, state) = of(report.deposit.len())?;
            let sum = report.deposit.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount));
            (mark, state, Money::from_minor(sum))
        }
        Section::Differences => {
            of(report.residuals.len())?;
            let bare = report.residuals.iter().filter(|one| one.person.is_empty()).count();
            let of_sums = report
                .residuals
                .iter()
                .filter(|one| !matches!(one.kind, ResidualKind::NotHere | ResidualKind::Uncounted));
            let mark = if bare == 0 { RowMark::Good } else { RowMark::Attention };
            let state = words!("{}, {}", of_sums.count(), said::names(bare));
            (mark, state, nothing)
        }
        Section::Decided => {
            let (mark, state) = of(report.decided.len())?;
            (mark, state, nothing)
        }
        Section::Close if report.lacks.is_empty() => {
            (RowMark::Good, words!("Ready to close"), nothing)
        }
        Section::Close if !report.something_new => {
            let state = report.lacks.first().map_or(Words::NOTHING, |one| one.words());
            (RowMark::Good, state, nothing)
        }
        Section::Close => {
            (RowMark::Open, words!("Not yet. Still missing: {}", report.lacks.len()), nothing)
        }
    };
    let cells = vec![Words::plain(section.title()), state, Words::NOTHING, money(sum)];
    Some(Line { row: Row::marked(mark, cells), opens: Opens::List(section) })
}
