//! What the manager's page keeps folded: overcharges, checks, differences, what was decided.

use crate::domain::money::Money;
use crate::reconcile::certificate::{DepositLine, Residual, ResidualKind};
use crate::reconcile::exception::Code;
use crate::reconcile::matters::Matter;
use crate::reconcile::records::{Decided, Found};

use crate::central::page::escape;

use super::page::{Drawn, SHOWN_MAX, fold};

impl Drawn<'_> {
    pub(super) fn overcharges(&self) -> String {
        let over = |one: &&Matter| {
            matches!(one.code, Code::PriceDiffers | Code::PriceNotInForce | Code::TaxDiffers)
        };
        let found: Vec<&Found> = self
            .now
            .balance
            .matters
            .iter()
            .filter(over)
            .flat_map(|one| &one.open)
            .filter(|one| one.amount > Money::ZERO)
            .collect();
        if found.is_empty() {
            return String::new();
        }
        let sum = Money::sum(found.iter().map(|one| one.amount)).unwrap_or_default();
        let copies: Vec<Found> = found.into_iter().cloned().collect();
        let lines: String = copies.chunks(SHOWN_MAX).map(|part| self.findings(part)).collect();
        fold("Overcharges to make good", &self.money_text(sum), &lines, false)
    }

    pub(super) fn deposit(&self) -> String {
        let deposit = &self.now.balance.deposit;
        if deposit.is_empty() {
            return String::new();
        }
        let sum = deposit.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount));
        let line = |one: &DepositLine| {
            format!(
                "<tr><td>{}<td>{}<td>{}<td class=n>{}</tr>",
                escape(&one.number),
                one.register,
                one.sale,
                self.money_text(Money::from_minor(one.amount))
            )
        };
        let rows: String = deposit.iter().map(line).collect();
        let title = format!("Checks to deposit ({})", deposit.len());
        let table = format!(
            "<p><a href=\"/deposit.pdf?store={}\">List to sign, as PDF</a> · \
             <a href=\"/deposit.csv?store={0}\">CSV</a></p><div class=wide><table><tr><th>Check\
             <th>Register<th>Sale<th class=n>Amount</tr>{rows}</table></div>",
            self.now.records.store
        );
        fold(&title, &self.money_text(Money::from_minor(sum)), &table, false)
    }

    pub(super) fn residuals(&self) -> String {
        let residuals = &self.now.balance.residuals;
        if residuals.is_empty() {
            return String::new();
        }
        let line = |one: &Residual| {
            let who = if one.person.is_empty() {
                "<span class=bad-ink>nobody yet</span>".to_owned()
            } else {
                let second = one.second.as_ref().map_or_else(String::new, |s| format!(" and {s}"));
                format!("{}{}", escape(&one.person), escape(&second))
            };
            let shift = one.shift.map_or_else(String::new, |shift| format!(", shift {shift}"));
            format!(
                "<tr><td>{}<td>{}{shift}<td class=n>{}<td>{who}<td>{}</tr>",
                one.kind.label(),
                one.register,
                self.money_text(Money::from_minor(one.amount)),
                escape(&one.reason)
            )
        };
        let rows: String = residuals.iter().map(line).collect();
        let bare = residuals.iter().filter(|one| one.person.is_empty()).count();
        let of_sums = residuals
            .iter()
            .filter(|one| !matches!(one.kind, ResidualKind::NotHere | ResidualKind::Uncounted));
        let title = format!("Every difference ({})", of_sums.count());
        let right =
            if bare == 0 { "all named".to_owned() } else { format!("{bare} without a name") };
        let table = format!(
            "<div class=wide><table><tr><th>Difference<th>Register<th class=n>Amount<th>Person\
             <th>Reason</tr>{rows}</table></div>"
        );
        fold(&title, &right, &table, false)
    }

    pub(super) fn decided(&self) -> String {
        let mut all: Vec<(&Matter, &Decided)> = self
            .now
            .balance
            .matters
            .iter()
            .flat_map(|one| one.settled.iter().map(move |(decided, _)| (one, decided)))
            .collect();
        if all.is_empty() {
            return String::new();
        }
        all.sort_by_key(|(_, decided)| std::cmp::Reverse(decided.seq));
        let line = |(matter, decided): &(&Matter, &Decided)| {
            let decision = &decided.decision;
            let second =
                decision.second.as_ref().map_or_else(String::new, |s| format!(" and {}", s.by));
            format!(
                "<tr><td>{}<br><span class=quiet>{}</span><td class=n>{}<td class=n>{}\
                 <td>{}<td>{}{second}<td>{}</tr>",
                matter.code.title(),
                escape(&matter.cause),
                decision.count,
                self.money_text(decision.sum),
                decision.action.label(),
                decided.by,
                escape(&decision.reason)
            )
        };
        let rows: String = all.iter().map(line).collect();
        let table = format!(
            "<div class=wide><table><tr><th>What<th class=n>Times<th class=n>Money<th>Decided\
             <th>By<th>Why</tr>{rows}</table></div>"
        );
        fold("Decided", &all.len().to_string(), &table, false)
    }
}
