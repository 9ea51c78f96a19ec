//! The part of the manager's page that says what is in and what is still out, by register.

use crate::central::close::Reconciliation;
use crate::domain::event::Lifetime;
use crate::domain::ids::RegisterNo;
use crate::domain::money::Money;
use crate::reconcile::certificate::ResidualKind;

use super::page::fold;

/// Registers that lie open on the page; the rest of those that need a look is folded.
const SHOWN_MAX: usize = 5;

/// One register, all its journals together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::central) struct RegisterRow {
    /// Its number.
    pub(in crate::central) register: RegisterNo,
    /// Records here.
    pub(in crate::central) here: u64,
    /// Records announced and not here.
    pub(in crate::central) out: u64,
    /// Money here, since its first record.
    pub(in crate::central) money: Money,
    /// Money announced and not here.
    pub(in crate::central) money_out: Money,
    /// Counted, cash and checks.
    pub(in crate::central) counted: Money,
    /// What should have been there, by central.
    pub(in crate::central) should: Money,
    /// Drawers that nobody counted.
    pub(in crate::central) uncounted: usize,
}

impl RegisterRow {
    /// Counted less what should be there.
    pub(in crate::central) fn over(&self) -> Money {
        self.counted.minus(self.should).unwrap_or_default()
    }

    fn needs_a_look(&self) -> bool {
        self.out > 0 || self.uncounted > 0 || self.over() != Money::ZERO
    }
}

/// Each register of the store.
pub(in crate::central) fn rows(now: &Reconciliation) -> Vec<RegisterRow> {
    let net = |of: Lifetime| of.takings.minus(of.payouts).unwrap_or_default();
    let registers = now.records.registers();
    let row = |register: RegisterNo| {
        let mut row = RegisterRow {
            register,
            here: 0,
            out: 0,
            money: Money::ZERO,
            money_out: Money::ZERO,
            counted: Money::ZERO,
            should: Money::ZERO,
            uncounted: 0,
        };
        for state in now.records.journals.iter().filter(|one| one.id.register == register) {
            row.here = row.here.saturating_add(state.next.0);
            let out = state.expected_next.0.saturating_sub(state.next.0);
            row.out = row.out.saturating_add(out);
            row.money = row.money.plus(net(state.received)).unwrap_or(row.money);
            let missing = net(state.expected).minus(net(state.received)).unwrap_or_default();
            row.money_out = row.money_out.plus(missing).unwrap_or(row.money_out);
        }
        for drawer in now.balance.drawers.iter().filter(|one| one.register == register.0) {
            let counted = drawer.counted.saturating_add(drawer.counted_checks);
            let should = drawer.central.saturating_add(drawer.central_checks);
            let money = Money::from_minor;
            row.counted = row.counted.plus(money(counted)).unwrap_or(row.counted);
            row.should = row.should.plus(money(should)).unwrap_or(row.should);
        }
        let open = now
            .balance
            .residuals
            .iter()
            .filter(|one| one.kind == ResidualKind::Uncounted && one.register == register.0);
        row.uncounted = open.count();
        row
    };
    registers.into_iter().map(row).collect()
}

/// Records that were announced and are not here.
pub(in crate::central) fn still_out(now: &Reconciliation) -> u64 {
    rows(now).iter().fold(0_u64, |sum, row| sum.saturating_add(row.out))
}

/// Whether anything came in since the last closure.
pub(in crate::central) fn something_new(now: &Reconciliation) -> bool {
    now.balance.heads.iter().any(|head| head.next > head.from)
}

/// The section of the page.
pub(in crate::central) fn section(now: &Reconciliation) -> String {
    let all = rows(now);
    let money = |amount: Money| now.facts.currency.format(amount);
    let out: u64 = all.iter().fold(0, |sum, row| sum.saturating_add(row.out));
    let complete = all.iter().filter(|row| row.out == 0).count();
    let sales = now.balance.sales;
    let count = sales.sales.saturating_add(sales.refunds);
    let total = Money::from_minor(sales.total.saturating_add(sales.rounding));
    let words = if out == 0 {
        format!(
            "<p class=\"say good\">All {} registers have everything here: {count} sales, {}.</p>",
            all.len(),
            money(total)
        )
    } else {
        format!(
            "<p class=\"say wait\">{complete} of {} registers have everything here: {count} sales, \
             {}. {out} records are still out. Leave those registers on.</p>",
            all.len(),
            money(total)
        )
    };
    let line = |row: &RegisterRow, mark: &str| {
        let state = if row.out > 0 {
            format!("<span class=bad-ink>{} still out</span>", row.out)
        } else {
            "<span class=good-ink>all in</span>".to_owned()
        };
        let drawer = if row.uncounted > 0 {
            "<span class=bad-ink>not counted</span>".to_owned()
        } else {
            money(row.counted)
        };
        let class = if row.over() == Money::ZERO { "good-ink" } else { "bad-ink" };
        let not_counted = row.uncounted > 0 && row.counted == Money::ZERO;
        let [should, over] = if not_counted {
            [String::new(), String::new()]
        } else {
            [money(row.should), money(row.over())]
        };
        let left = if row.money_out == Money::ZERO { String::new() } else { money(row.money_out) };
        format!(
            "<tr{mark}><td>{}<td>{state}<td class=n>{}<td class=n>{left}<td class=n>{}\
             <td class=n>{drawer}<td class=\"n {class}\">{}</tr>",
            row.register, row.here, should, over
        )
    };
    let table = |rows: &[&RegisterRow], mark: &str| {
        let lines: String = rows.iter().map(|row| line(row, mark)).collect();
        format!(
            "<div class=wide><table><tr><th>Register<th>State<th class=n>Records in\
             <th class=n>Money out<th class=n>Should be in drawers<th class=n>Counted\
             <th class=n>Over or short</tr>{lines}</table></div>"
        )
    };
    let (look, fine): (Vec<&RegisterRow>, Vec<&RegisterRow>) =
        all.iter().partition(|row| row.needs_a_look());
    let (first, more) = look.split_at_checked(SHOWN_MAX).unwrap_or((&look, &[]));
    let mut html = format!("<h2 id=in>What is in</h2>{words}");
    if !first.is_empty() {
        html.push_str(&format!("<div class=\"card table\">{}</div>", table(first, " data-row")));
    }
    if !more.is_empty() {
        let title = format!("{} more registers to look at", more.len());
        html.push_str(&fold(&title, "", &table(more, ""), false));
    }
    if !fine.is_empty() {
        let title = format!("{} registers: all in, drawers agree", fine.len());
        html.push_str(&fold(&title, "", &table(&fine, ""), false));
    }
    html
}
