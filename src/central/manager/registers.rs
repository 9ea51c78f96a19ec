//! The part of the manager's page that says what is in and what is still out, by register.

use crate::domain::event::Lifetime;
use crate::domain::ids::RegisterNo;
use crate::domain::words::{Words, words};
use crate::reconcile::certificate::ResidualKind;
use crate::reconcile::report::{RegisterLine, Section};
use crate::reconcile::said;

use crate::central::close::Reconciliation;

use super::page::{Drawn, fold};

/// Registers that lie open on the page; the rest of those that need a look is folded.
const SHOWN_MAX: usize = 5;

fn needs_a_look(row: &RegisterLine) -> bool {
    row.still_out > 0 || row.uncounted > 0 || row.over != 0
}

/// Each register of the store.
pub(super) fn rows(now: &Reconciliation) -> Vec<RegisterLine> {
    let net = |of: Lifetime| of.takings.minus(of.payouts).unwrap_or_default().minor();
    let row = |register: RegisterNo| {
        let mut row = RegisterLine {
            register: register.0,
            records: 0,
            still_out: 0,
            money: 0,
            money_out: 0,
            should: 0,
            counted: 0,
            over: 0,
            uncounted: 0,
        };
        for state in now.records.journals.iter().filter(|one| one.id.register == register) {
            row.records = row.records.saturating_add(state.next.0);
            let out = state.expected_next.0.saturating_sub(state.next.0);
            row.still_out = row.still_out.saturating_add(out);
            let here = net(state.received);
            row.money = row.money.saturating_add(here);
            let missing = net(state.expected).saturating_sub(here);
            row.money_out = row.money_out.saturating_add(missing);
        }
        for drawer in now.balance.drawers.iter().filter(|one| one.register == register.0) {
            let counted = drawer.counted.saturating_add(drawer.counted_checks);
            let should = drawer.central.saturating_add(drawer.central_checks);
            row.counted = row.counted.saturating_add(counted);
            row.should = row.should.saturating_add(should);
        }
        row.over = row.counted.saturating_sub(row.should);
        let open = now
            .balance
            .residuals
            .iter()
            .filter(|one| one.kind == ResidualKind::Uncounted && one.register == register.0);
        row.uncounted = open.count();
        row
    };
    now.records.registers().into_iter().map(row).collect()
}

/// Whether anything came in since the last closure.
pub(super) fn something_new(now: &Reconciliation) -> bool {
    now.balance.heads.iter().any(|head| head.next > head.from)
}

/// The section of the page.
pub(super) fn section(drawn: &Drawn<'_>) -> String {
    let all = &drawn.report.registers;
    let complete = all.iter().all(|row| row.still_out == 0);
    let class = if complete { "good" } else { "wait" };
    let mut html = format!(
        "<h2 id=in>{}</h2><p class=\"say {class}\">{}</p>",
        drawn.term(Section::In.title()),
        drawn.say(&said::what_is_in(drawn.report))
    );
    let line = |row: &RegisterLine, mark: &str| {
        let ink = |good: bool| if good { "good-ink" } else { "bad-ink" };
        let classes = [
            String::new(),
            ink(row.still_out == 0).to_owned(),
            "n".to_owned(),
            "n".to_owned(),
            "n".to_owned(),
            if row.uncounted > 0 { "n bad-ink".to_owned() } else { "n".to_owned() },
            format!("n {}", ink(row.over == 0)),
        ];
        let cells = said::register_cells(row);
        let cell = |(class, words): (&String, &Words)| {
            format!("<td class=\"{class}\">{}", drawn.say(words))
        };
        let cells: String = classes.iter().zip(&cells).map(cell).collect();
        format!("<tr{mark}>{cells}</tr>")
    };
    let table = |rows: &[&RegisterLine], mark: &str| {
        let lines: String = rows.iter().map(|row| line(row, mark)).collect();
        let columns = drawn.columns(Section::In);
        format!("<div class=wide><table>{columns}{lines}</table></div>")
    };
    let (look, fine): (Vec<&RegisterLine>, Vec<&RegisterLine>) =
        all.iter().partition(|row| needs_a_look(row));
    let (first, more) = look.split_at_checked(SHOWN_MAX).unwrap_or((&look, &[]));
    if !first.is_empty() {
        html.push_str(&format!("<div class=\"card table\">{}</div>", table(first, " data-row")));
    }
    if !more.is_empty() {
        let title = drawn.say(&words!("{} more registers to look at", more.len()));
        html.push_str(&fold(&title, "", &table(more, ""), false));
    }
    if !fine.is_empty() {
        let title = drawn.say(&words!("{} registers: all in, drawers agree", fine.len()));
        html.push_str(&fold(&title, "", &table(&fine, ""), false));
    }
    html
}
