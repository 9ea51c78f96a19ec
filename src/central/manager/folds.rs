//! What the manager's page keeps folded: overcharges, stock tasks, checks, differences, what was
//! decided.

use crate::domain::money::Money;
use crate::domain::words::{Words, term, words};
use crate::reconcile::certificate::{DepositLine, Residual, ResidualKind};
use crate::reconcile::exception::Code;
use crate::reconcile::records::Found;
use crate::reconcile::report::{SHOWN_MAX, Section, Settled};
use crate::reconcile::said;

use crate::central::page::escape;

use super::page::{Drawn, fold};
use super::report;

impl Drawn<'_> {
    pub(super) fn overcharges(&self) -> String {
        let found = report::overcharges(self.now);
        if found.is_empty() {
            return String::new();
        }
        let copies: Vec<Found> = found.into_iter().cloned().collect();
        let lines: String = copies.chunks(SHOWN_MAX).map(|part| self.findings(part)).collect();
        let title = self.term(Section::Overcharges.title());
        let sum = Money::from_minor(self.report.overcharged);
        fold(&title, &self.money_text(sum), &lines, false)
    }

    pub(super) fn tasks(&self) -> String {
        let tasks = &self.report.tasks;
        let rows: Vec<String> = tasks.iter().map(|one| self.cells(&said::task(one))).collect();
        self.table(Section::Tasks, &rows, tasks.len(), &tasks.len().to_string())
    }

    pub(super) fn deposit(&self) -> String {
        let deposit = &self.report.deposit;
        let sum = deposit.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount));
        let line = |one: &DepositLine| {
            format!(
                "<td>{}<td>{}<td>{}<td class=n>{}",
                escape(&one.number),
                one.register,
                one.sale,
                self.money_text(Money::from_minor(one.amount))
            )
        };
        let rows: Vec<String> = deposit.iter().map(line).collect();
        let right = self.money_text(Money::from_minor(sum));
        let links = format!(
            "<p><a href=\"/deposit.pdf?store={}\">{}</a> · <a href=\"/deposit.csv?store={0}\">\
             CSV</a></p>",
            self.now.records.store,
            self.term(term("List to sign, as PDF"))
        );
        self.table_below(&links, Section::Deposit, &rows, (deposit.len(), &right))
    }

    pub(super) fn differences(&self) -> String {
        let residuals = &self.report.residuals;
        let line = |one: &Residual| {
            let who = if one.person.is_empty() {
                format!("<span class=bad-ink>{}</span>", self.say(&said::nobody_yet()))
            } else {
                self.say(&said::people(&one.person, one.second.as_deref()))
            };
            let place = match one.shift {
                Some(shift) => words!("{}, shift {}", one.register, shift),
                None => words!("{}", one.register),
            };
            format!(
                "<td>{}<td>{}<td class=n>{}<td>{who}<td>{}",
                self.term(one.kind.label()),
                self.say(&place),
                self.money_text(Money::from_minor(one.amount)),
                escape(&one.reason)
            )
        };
        let rows: Vec<String> = residuals.iter().map(line).collect();
        let bare = residuals.iter().filter(|one| one.person.is_empty()).count();
        let of_sums = residuals
            .iter()
            .filter(|one| !matches!(one.kind, ResidualKind::NotHere | ResidualKind::Uncounted));
        self.table(Section::Differences, &rows, of_sums.count(), &self.say(&said::names(bare)))
    }

    pub(super) fn decided(&self) -> String {
        let decided = &self.report.decided;
        let line = |one: &Settled| {
            let title = Code::from_word(&one.code).map_or("", Code::title);
            format!(
                "<td>{}<br><span class=quiet>{}</span><td class=n>{}<td class=n>{}\
                 <td>{}<td>{}<td>{}",
                self.term(title),
                escape(&one.cause),
                one.count,
                self.money_text(Money::from_minor(one.sum)),
                self.say(&said::outcome(&one.action)),
                self.say(&said::people(&one.by, one.second.as_deref())),
                escape(&one.reason)
            )
        };
        let rows: Vec<String> = decided.iter().map(line).collect();
        self.table(Section::Decided, &rows, decided.len(), &decided.len().to_string())
    }

    fn cells(&self, words: &[Words]) -> String {
        words.iter().map(|words| format!("<td>{}", self.say(words))).collect()
    }

    /// A section that is a table in a row that opens; nothing where it is empty.
    fn table(&self, section: Section, rows: &[String], count: usize, right: &str) -> String {
        self.table_below("", section, rows, (count, right))
    }

    /// The same, below some HTML.
    fn table_below(
        &self,
        above: &str,
        section: Section,
        rows: &[String],
        (count, right): (usize, &str),
    ) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let rows: String = rows.iter().map(|row| format!("<tr>{row}</tr>")).collect();
        let columns = self.columns(section);
        let table = format!("{above}<div class=wide><table>{columns}{rows}</table></div>");
        let title = self.say(&words!("{} ({})", Words::plain(section.title()), count));
        fold(&title, right, &table, false)
    }
}
