//! Closing the store: what still stands against it, the closures so far, and one of them on the
//! screen, on the receipt printer and as PDF.

use crate::domain::language::{Language, Voice};
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::receipt::slip::Slip;
use crate::receipt::words::Language as PaperLanguage;
use crate::reconcile::certificate::{Certificate, ThreeWay};
use crate::reconcile::report::{Closed, Report, Section};
use crate::reconcile::said;
use crate::register::reconciling::ClosureText;
use crate::register::register::{Register, Setback};
use crate::register::view::{Column, PageAction, PageView, Row, RowMark};

use super::lists::columns;

/// What stands against a closure, and the closures so far.
pub(super) fn closing(page: PageView, report: &Report, manager: bool) -> PageView {
    let ready = report.lacks.is_empty();
    let lacks = report.lacks.iter().map(|one| {
        let mark = if report.something_new { RowMark::Open } else { RowMark::Good };
        Row::marked(mark, vec![one.words()])
    });
    let closures = report
        .closures
        .iter()
        .map(|one: &Closed| Row::marked(RowMark::Good, vec![said::closure(one)]));
    let lead = match (ready, report.something_new) {
        (true, _) if manager => vec![said::agrees()],
        (true, _) => vec![said::agrees(), said::manager_closes()],
        (false, true) => vec![said::not_yet()],
        (false, false) => Vec::new(),
    };
    PageView {
        title: Words::plain(Section::Close.title()),
        lead,
        columns: columns(Section::Close, &[1]),
        rows: lacks.chain(closures).collect(),
        rows_open: !report.closures.is_empty(),
        empty: words!("Nothing stands against it."),
        actions: vec![PageAction::go(term("Close and sign"), ready && manager)],
        ..page
    }
}

/// The closure of a row; none where a row is not one.
pub(super) fn number_at(report: &Report, place: usize) -> Option<u32> {
    let place = place.checked_sub(report.lacks.len())?;
    report.closures.get(place).map(|one| one.number)
}

/// One closure in short.
pub(super) fn certificate(page: PageView, closure: &ClosureText) -> PageView {
    let one = &closure.certificate;
    PageView {
        title: words!("Closure {} of store {}", one.number, one.store),
        lead: vec![
            words!("Closed {} by {}.", when(one), &one.by_name),
            words!("Central's signature was checked here. The PDF holds every line."),
        ],
        columns: vec![Column::words(term("What"), 6), Column::figures(term("Amount"), 5)],
        rows: lines(closure)
            .into_iter()
            .map(|(what, value)| Row::plain(vec![what, value]))
            .collect(),
        actions: vec![
            PageAction::new(term("Print"), true),
            PageAction::new(term("Save PDF"), true),
        ],
        ..page
    }
}

fn when(one: &Certificate) -> String {
    one.at.get(..16).unwrap_or(&one.at).replace('T', " ")
}

/// The figures that count, for screen and slip.
fn lines(closure: &ClosureText) -> Vec<(Words, Words)> {
    let one = &closure.certificate;
    let money = |minor: i64| words!("{}", Money::from_minor(minor));
    let count = one.sales.sales.saturating_add(one.sales.refunds);
    let total = one.sales.total.saturating_add(one.sales.rounding);
    let mut lines =
        vec![(words!("Sales and refunds"), words!("{}", count)), (words!("Sold"), money(total))];
    let mut three = |name: &'static str, sums: ThreeWay| {
        let of = |what: Words| words!("{}: {}", Words::plain(name), what);
        lines.push((of(words!("Counted")), money(sums.drawer)));
        lines.push((of(words!("Registers’ ledgers")), money(sums.ledger)));
        lines.push((of(words!("Central")), money(sums.central)));
    };
    three(term("Cash"), one.cash);
    three(term("Checks"), one.checks);
    let deposit = one.deposit.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount));
    lines.push((Words::plain(Section::Deposit.title()), money(deposit)));
    let named = words!("{}, each with its name", one.residuals.len());
    lines.push((Words::plain(Section::Differences.title()), named));
    lines.push((Words::plain(Section::Tasks.title()), words!("{}", one.tasks.len())));
    let print: String = closure.digest().chars().take(16).collect();
    lines.push((words!("Fingerprint"), Words::data(print)));
    lines
}

/// Prints the short form, in the printer's language.
pub(super) fn print(register: &mut Register, closure: &ClosureText) -> Result<(), Setback> {
    if register.paper.lamp.on_screen() {
        return Err(Refusal::NoPrinterHere.into());
    }
    let place = register.slip_place().ok_or(Refusal::NotSignedIn)?;
    let one = &closure.certificate;
    let language = match place.language {
        PaperLanguage::English => Language::English,
        PaperLanguage::Spanish => Language::Spanish,
    };
    let voice = Voice { language, currency: place.currency };
    let say = |words: &Words| words.said_by(&voice);
    let mut slip = Slip::new(&say(&words!("Closure {}", one.number)), &place);
    slip = slip.line(say(&words!("Closed {} by {}.", when(one), &one.by_name))).rule();
    for (what, value) in lines(closure) {
        slip = slip.pair(say(&what), say(&value));
    }
    slip = slip.rule().line(say(&words!("Signed by central. The PDF holds every line.")));
    let slip = slip.sign(one.by_name.clone()).finish();
    register.print_slip(slip);
    Ok(())
}
