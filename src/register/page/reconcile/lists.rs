//! The parts of the page that open: by register, the sums, findings, checks, differences, what was
//! decided; and what a register knows by itself.

use crate::domain::money::Money;
use crate::domain::words::{Words, term, words};
use crate::reconcile::certificate::ThreeWay;
use crate::reconcile::exception::Code;
use crate::reconcile::report::{FoundLine, LINES_MAX, MatterLine, RegisterLine, Report, Section};
use crate::reconcile::said::{self, Group};
use crate::register::register::Register;
use crate::register::view::{Choice, Column, NoticeKind, PageView, Row, RowMark};

use super::sheet::{self, money, of_rule, together};

/// A part as a list.
pub(super) fn view(page: PageView, report: &Report, section: Section) -> PageView {
    let page = PageView { title: Words::plain(section.title()), ..page };
    let minor = |minor: i64| words!("{}", Money::from_minor(minor));
    let plain = |cells: Vec<Vec<Words>>| -> Vec<Row> {
        cells.into_iter().take(LINES_MAX).map(Row::plain).collect()
    };
    let rows = match section {
        Section::Info | Section::RainChecks => return matters(page, report, section),
        Section::In => {
            let page = PageView { lead: vec![said::what_is_in(report)], ..page };
            let rows = registers(report);
            return PageView { columns: columns(section, &[2, 3, 3, 3, 4, 3, 3]), rows, ..page };
        }
        Section::Sums => {
            let row = |name: &'static str, sums: ThreeWay| {
                let over = sums.drawer.saturating_sub(sums.central);
                let mark = if over == 0 { RowMark::Good } else { RowMark::Attention };
                let figures = [sums.drawer, sums.ledger, sums.central, over].map(minor);
                let mut cells = vec![Words::plain(name)];
                cells.extend(figures);
                Row::marked(mark, cells)
            };
            vec![row(term("Cash"), report.cash), row(term("Checks"), report.checks)]
        }
        Section::Overcharges => plain(report.overcharges.iter().map(found).collect()),
        Section::Tasks => plain(report.tasks.iter().map(|one| said::task(one).into()).collect()),
        Section::Deposit => {
            let row = |one: &crate::reconcile::certificate::DepositLine| {
                vec![
                    Words::data(one.number.clone()),
                    words!("{}", one.register),
                    words!("{}", one.sale),
                    minor(one.amount),
                ]
            };
            plain(report.deposit.iter().map(row).collect())
        }
        Section::Differences => report.residuals.iter().take(LINES_MAX).map(difference).collect(),
        Section::Decided => {
            let row = |one: &crate::reconcile::report::Settled| {
                let title = Code::from_word(&one.code)
                    .map_or_else(|| Words::data(one.code.clone()), |c| Words::plain(c.title()));
                vec![
                    if one.cause.is_empty() { title } else { words!("{}: {}", title, &one.cause) },
                    words!("{}", one.count),
                    minor(one.sum),
                    said::outcome(&one.action),
                    said::people(&one.by, one.second.as_deref()),
                    Words::data(one.reason.clone()),
                ]
            };
            plain(report.decided.iter().map(row).collect())
        }
        Section::Decide | Section::Close => Vec::new(),
    };
    let shares: &[u16] = match section {
        Section::Sums => &[3, 3, 3, 3, 3],
        Section::Overcharges => &[2, 5, 9, 3],
        Section::Tasks => &[4, 6, 2],
        Section::Deposit => &[3, 2, 2, 3],
        Section::Differences => &[6, 4, 3, 3, 6],
        _ => &[8, 2, 3, 4, 3, 6],
    };
    PageView { columns: columns(section, shares), rows, ..page }
}

/// The matters of a part, in rows.
pub(super) fn matters_of(report: &Report, section: Section) -> Vec<Group<&MatterLine>> {
    let all = match section {
        Section::Info => report.info(),
        Section::RainChecks => report.rain_checks(),
        _ => Vec::new(),
    };
    said::groups(&all, MatterLine::rule)
}

fn matters(page: PageView, report: &Report, section: Section) -> PageView {
    let groups = matters_of(report, section);
    PageView {
        lead: vec![words!("Open a row to see more, or to decide it all the same.")],
        columns: vec![
            Column::words(term("What"), 6),
            Column::words(term("Cause"), 10),
            Column::words(term("Times"), 3),
            Column::figures(term("Money"), 4),
        ],
        rows: groups.iter().map(|group| sheet::line(report, group).row).collect(),
        rows_open: true,
        ..page
    }
}

/// One root cause: what it means, some of its findings, and what can be chosen.
pub(super) fn matter(page: PageView, matter: &MatterLine, manager: bool) -> PageView {
    let mut lead = vec![sheet::about(matter), matter.meaning_words()];
    lead.extend(matter.changed.then(said::changed));
    lead.extend(matter.asked.as_ref().map(said::asked));
    lead.extend((!manager).then(said::leads_may));
    let rest = matter.open.saturating_sub(matter.found.len());
    if rest > 0 {
        lead.push(said::more_like_these(rest));
    }
    PageView {
        title: matter.title_words(),
        lead,
        columns: columns(Section::Decide, &[2, 5, 8, 3]),
        rows: matter.found.iter().map(|one| Row::plain(found(one))).collect(),
        choices: choices(matter.rule(), manager),
        answered: vec![
            (words!("Weight"), Words::plain(matter.level().label())),
            (words!("Times"), said::times(matter.open)),
            (words!("Money"), words!("{}", Money::from_minor(matter.amount))),
        ],
        ..page
    }
}

/// All root causes of a rule: decided together, or one by one.
pub(super) fn group(page: PageView, report: &Report, code: Code, manager: bool) -> PageView {
    let matters = of_rule(report, code);
    let (count, sum) = together(&matters);
    let level = matters.iter().map(|one| one.level()).max();
    let row = |one: &&MatterLine| {
        Row::plain(vec![
            sheet::about(one),
            said::times(one.open),
            money(Money::from_minor(one.amount)),
        ])
    };
    PageView {
        title: Words::plain(code.title()),
        lead: vec![
            Words::plain(code.meaning()),
            words!("{}, or one by one: choose a row.", said::all_together(count)),
        ],
        columns: vec![
            Column::words(term("Cause"), 8),
            Column::words(term("Times"), 3),
            Column::figures(term("Money"), 4),
        ],
        rows: matters.iter().map(row).collect(),
        rows_open: true,
        choices: choices(Some(code), manager),
        answered: vec![
            (words!("Weight"), level.map_or(Words::NOTHING, |one| Words::plain(one.label()))),
            (words!("Causes"), words!("{}", matters.len())),
            (words!("Times"), said::times(count)),
            (words!("Money"), words!("{}", sum)),
        ],
        ..page
    }
}

fn choices(code: Option<Code>, manager: bool) -> Vec<Choice> {
    let all = code.map(|code| code.choices_of(manager)).unwrap_or_default();
    all.into_iter().map(|choice| Choice::open(Words::plain(choice.label()))).collect()
}

/// The columns of a part, with their shares.
pub(super) fn columns(section: Section, shares: &[u16]) -> Vec<Column> {
    let column = |((title, figures), share): (&(&'static str, bool), &u16)| Column {
        title,
        share: *share,
        figures: *figures,
    };
    section.columns().iter().zip(shares).map(column).collect()
}

/// Three columns of words.
pub(super) fn three(first: &'static str, second: &'static str, third: &'static str) -> Vec<Column> {
    vec![Column::words(first, 5), Column::words(second, 6), Column::words(third, 8)]
}

/// Registers that need a look first.
fn registers(report: &Report) -> Vec<Row> {
    let fine = |one: &RegisterLine| one.still_out == 0 && one.uncounted == 0 && one.over == 0;
    let mut all: Vec<&RegisterLine> = report.registers.iter().collect();
    all.sort_by_key(|one| (fine(one), one.register));
    let row = |one: &RegisterLine| {
        let mark = if fine(one) { RowMark::Good } else { RowMark::Attention };
        Row::marked(mark, said::register_cells(one))
    };
    all.into_iter().take(LINES_MAX).map(row).collect()
}

fn found(one: &FoundLine) -> Vec<Words> {
    vec![
        words!("{}", one.register),
        said::place(one),
        Words::data(one.text.clone()),
        money(Money::from_minor(one.amount)),
    ]
}

fn difference(one: &crate::reconcile::certificate::Residual) -> Row {
    let place = match one.shift {
        Some(shift) => words!("{}, shift {}", one.register, shift),
        None => words!("{}", one.register),
    };
    let (mark, who) = if one.person.is_empty() {
        (RowMark::Attention, said::nobody_yet())
    } else {
        (RowMark::Good, said::people(&one.person, one.second.as_deref()))
    };
    let cells = vec![
        Words::plain(one.kind.label()),
        place,
        words!("{}", Money::from_minor(one.amount)),
        who,
        Words::data(one.reason.clone()),
    ];
    Row::marked(mark, cells)
}

/// What this register knows without central: what waits to be sent with its money, the line, the
/// other registers, the drawer.
pub(super) fn known_here(register: &Register) -> Vec<Row> {
    let pending = register.pending;
    let mut rows = Vec::new();
    let (mark, remedy) = if pending.records == 0 {
        (RowMark::Good, words!("Nothing to do."))
    } else {
        (RowMark::Attention, words!("Leave the register on, or carry it by a stick (IT)."))
    };
    let waits = words!("{} records, {} sales, {}", pending.records, pending.sales, pending.money);
    rows.push(Row::marked(mark, vec![words!("Not at central yet"), waits, remedy]));
    let (kind, link) = register.link_words();
    let (mark, remedy) = match kind {
        NoticeKind::Done => (RowMark::Good, words!("Ask again; it may have been a moment.")),
        _ => (RowMark::Attention, words!("Sell on. The systems page tells what support needs.")),
    };
    rows.push(Row::marked(mark, vec![words!("Central"), link, remedy]));
    if let Some(peers) = register.status().peers {
        let mark = if peers.seen == peers.known { RowMark::Good } else { RowMark::Attention };
        let seen = words!("{} of {} are seen from here", peers.seen, peers.known);
        let remedy = words!("Look at those that are not: leave them on.");
        rows.push(Row::marked(mark, vec![words!("Other registers"), seen, remedy]));
    }
    let (mark, drawer, remedy) = if register.shift().is_ok() {
        (
            RowMark::Open,
            words!("The shift is open"),
            words!("Count the drawer and close the shift; it belongs to the closure."),
        )
    } else {
        (RowMark::Good, words!("No shift is open"), words!("Nothing to do."))
    };
    rows.push(Row::marked(mark, vec![words!("Drawer of this register"), drawer, remedy]));
    rows
}
