//! The check deposit list on paper: what goes to the bank, to be signed and laid beside the checks.
//! One sheet for the export of a business date and for the manager's page.

use super::paper::{Block, Column, Document};
use crate::domain::money::{Money, Overflow};

/// A check on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositItem {
    /// The register.
    pub register: u16,
    /// The receipt.
    pub receipt: u64,
    /// The number printed on the check.
    pub number: String,
    /// Its amount; below zero for one that was handed back.
    pub amount: Money,
    /// What more is known of it.
    pub more: Option<DepositMore>,
}

/// What the record itself says of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositMore {
    /// The time of day.
    pub time: String,
    /// What was seen of the writer's ID, or that it was handed back.
    pub id: String,
    /// The beginning of the commitment to what was sealed.
    pub mark: String,
}

/// A list of one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositSheet {
    /// The store, as people call it.
    pub store: String,
    /// Of when: a business date, or since which closure.
    pub of: String,
    /// The checks.
    pub items: Vec<DepositItem>,
}

const WARNING: &str = "Accounts are sealed and stand on the checks alone; whether a check was \
taken twice can't be seen on this list.";

impl DepositSheet {
    /// What all checks come to.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn total(&self) -> Result<Money, Overflow> {
        Money::sum(self.items.iter().map(|item| item.amount))
    }

    /// The list as a document.
    ///
    /// # Errors
    /// [`Overflow`] where the sum does not fit.
    pub fn paper(&self) -> Result<Document, Overflow> {
        let total = self.total()?.to_string();
        let full = self.items.iter().any(|item| item.more.is_some());
        let title = format!("Check deposit: {}, {}", self.store, self.of);
        let rows = (1_u32..).zip(&self.items).map(|(place, item)| row(place, item, full));
        let mut last = vec![String::new(); if full { 8 } else { 5 }];
        if let Some(cell) = last.get_mut(1) {
            "Total".clone_into(cell);
        }
        if let Some(cell) = last.get_mut(if full { 5 } else { 4 }) {
            cell.clone_from(&total);
        }
        let count = self.items.len();
        let checks = if count == 1 { "check" } else { "checks" };
        let line = "_".repeat(44);
        let sign = |who: &str| Block::Words(format!("{line} {who}"));
        Ok(Document {
            foot: title.clone(),
            blocks: vec![
                Block::Title(title.clone()),
                Block::Verdict(format!("{count} {checks}, {total} in all")),
                Block::Words(WARNING.to_owned()),
                Block::Table { columns: columns(full), rows: rows.collect(), total: Some(last) },
                Block::Heading("Signed, with name and date".to_owned()),
                Block::Verdict(String::new()),
                sign("Counted by"),
                Block::Verdict(String::new()),
                sign("Second person"),
                Block::Verdict(String::new()),
                sign("Bank"),
            ],
            title,
        })
    }
}

/// All of them end at the right: figures stand under each other, and nothing runs together.
const fn column(title: &'static str, share: i64) -> Column {
    Column { title, share, right: true }
}

fn columns(full: bool) -> Vec<Column> {
    let mut columns = vec![column("No.", 3), column("Register", 5), column("Receipt", 5)];
    if full {
        columns.push(column("Time", 4));
    }
    columns.extend([column("Check", 6), column("Amount", 6)]);
    if full {
        columns.extend([column("ID", 6), column("Commitment", 9)]);
    }
    columns
}

fn row(place: u32, item: &DepositItem, full: bool) -> Vec<String> {
    let mut row = vec![place.to_string(), item.register.to_string(), item.receipt.to_string()];
    let more = item.more.as_ref();
    let of = |pick: fn(&DepositMore) -> &String| more.map_or_else(String::new, |m| pick(m).clone());
    if full {
        row.push(of(|more| &more.time));
    }
    row.extend([item.number.clone(), item.amount.to_string()]);
    if full {
        row.extend([of(|more| &more.id), of(|more| &more.mark)]);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_each_column_and_the_total_stands_under_the_amounts() {
        let more = DepositMore { time: "13:05".into(), id: "seen".into(), mark: "9f3c".into() };
        for (more, at) in [(None, 4), (Some(more), 5)] {
            let item = |minor| DepositItem {
                register: 7,
                receipt: 12,
                number: "1204".to_owned(),
                amount: Money::from_minor(minor),
                more: more.clone(),
            };
            let items = vec![item(5_000), item(-1_250)];
            let sheet = DepositSheet { store: "store 1042".into(), of: "2026-11-22".into(), items };
            let paper = sheet.paper().expect("fits");
            let Block::Table { columns, rows, total } = &paper.blocks[3] else {
                panic!("a table");
            };
            let total = total.as_ref().expect("a total");
            assert!(rows.iter().all(|row| row.len() == columns.len()));
            assert_eq!((total.len(), columns[at].title), (columns.len(), "Amount"));
            assert_eq!((total[at].as_str(), rows[1][at].as_str()), ("37.50", "-12.50"));
        }
    }
}
