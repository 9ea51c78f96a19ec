//! What the page of paper slips shows: the pads, the batch, a slip's lines.

use crate::domain::announcement::clock;
use crate::domain::book::paper_slips::IssuedPad;
use crate::domain::paper_slip::Slip;
use crate::domain::sale::SaleLine;
use crate::domain::words::{Words, term, words};
use crate::register::register::Register;
use crate::register::view::{Column, PageAction, PageAsks, PageView, Row, RowMark};

use super::{PaperSlipsPage, Step};

impl PaperSlipsPage {
    pub(super) fn answered(&self, register: &Register) -> Vec<(Words, Words)> {
        let mut answered = Vec::new();
        if let Some(slip) = &self.slip {
            answered.push((words!("Slip"), Words::data(slip.number.to_string())));
            let at = clock(slip.at);
            answered.push((words!("Written"), at));
            let pricing = register.slip_pricing(slip.at);
            if let Some(total) = pricing.ok().and_then(|pricing| slip.reckoned(pricing).ok()) {
                answered.push((words!("Its lines come to"), words!("{}", total)));
            }
        }
        if !self.batch.slips().is_empty() && self.step != Step::Confirm {
            let count = self.batch.slips().len().to_string();
            let total = self.batch.total().unwrap_or_default();
            answered.push((words!("Batch so far"), words!("{} slips, {}", count, total)));
        }
        if matches!(self.step, Step::Count | Step::Person) {
            answered.push((words!("First slip"), Words::data(self.pad.0.to_string())));
        }
        if self.step == Step::Person {
            answered.push((words!("Slips"), Words::data(self.pad.1.to_string())));
        }
        answered
    }

    pub(super) fn number_view(&self, page: PageView, register: &Register) -> PageView {
        let row = |slip: &Slip| {
            let guessed = (0..slip.lines().len()).any(|place| slip.is_guessed(place));
            let paid = slip
                .check
                .as_ref()
                .map_or_else(|| words!("Cash"), |check| words!("Check {}", check.as_str()));
            Row::marked(
                if guessed { RowMark::Attention } else { RowMark::Plain },
                vec![
                    Words::data(slip.number.to_string()),
                    clock(slip.at),
                    Words::data(slip.lines().len().to_string()),
                    paid,
                    words!("{}", slip.written),
                ],
            )
        };
        let next = self.next_number(register).map(|next| words!("Enter alone: slip {}.", next));
        PageView {
            lead: next.into_iter().collect(),
            columns: vec![
                Column::words(term("Slip"), 2),
                Column::words(term("Written"), 2),
                Column::figures(term("Lines"), 1),
                Column::words(term("Paid by"), 3),
                Column::figures(term("Total"), 2),
            ],
            rows: self.batch.slips().iter().map(row).collect(),
            empty: words!("No slip was keyed yet."),
            rows_open: true,
            actions: vec![PageAction::go(term("Confirm"), !self.batch.slips().is_empty())],
            ..page
        }
        .asking(PageAsks::Code, term("Slip"))
    }

    pub(super) fn lines_view(&self, page: PageView) -> PageView {
        let lines = self.slip.as_ref().map_or(&[][..], Slip::lines);
        let row = |(place, line): (usize, &SaleLine)| {
            let guessed = self.slip.as_ref().is_some_and(|slip| slip.is_guessed(place));
            Row::marked(
                if guessed { RowMark::Attention } else { RowMark::Plain },
                vec![
                    Words::data(line.name.as_str()),
                    Words::data(line.quantity.to_string()),
                    Words::data(line.unit_price.to_string()),
                    words!("{}", line.amount),
                ],
            )
        };
        PageView {
            lead: vec![
                words!("Key a code, or 3*code. Choose a line to key another price."),
                words!("Enter alone: the slip has no more lines."),
            ],
            columns: vec![
                Column::words(term("Item"), 5),
                Column::figures(term("Quantity"), 2),
                Column::figures(term("Price"), 2),
                Column::figures(term("Amount"), 2),
            ],
            rows: lines.iter().enumerate().map(row).collect(),
            empty: words!("No line was keyed yet."),
            rows_open: true,
            actions: vec![
                PageAction::new(term("Amount only"), true),
                PageAction::danger(term("Remove last"), !lines.is_empty()),
            ],
            ..page
        }
        .asking(PageAsks::Code, term("Item"))
    }
}

/// The pads, and what is missing of each.
pub(super) fn pads(page: PageView, register: &Register) -> PageView {
    let book = &register.book.paper_slips;
    let row = |issued: &IssuedPad| {
        let standing = book.standing(&issued.pad);
        let missing: Vec<String> =
            standing.missing.iter().take(8).map(ToString::to_string).collect();
        let (mark, said) = if missing.is_empty() {
            (RowMark::Plain, words!("none"))
        } else {
            (RowMark::Bad, Words::data(missing.join(", ")))
        };
        let who = register.name_of(Some(&issued.pad.person));
        Row::marked(
            mark,
            vec![
                Words::data(format!("{} - {}", issued.pad.first, issued.pad.last)),
                Words::data(who),
                Words::data(standing.keyed.to_string()),
                Words::data(standing.spoiled.to_string()),
                said,
            ],
        )
    };
    PageView {
        lead: vec![
            words!("Put the money of the slips into this drawer, then key them."),
            words!("Choose a pad to print its forms."),
        ],
        columns: vec![
            Column::words(term("Pad"), 3),
            Column::words(term("Who"), 3),
            Column::figures(term("Keyed"), 1),
            Column::figures(term("Spoiled"), 1),
            Column::words(term("Missing"), 4),
        ],
        rows: book.pads().into_iter().map(row).collect(),
        empty: words!("No pad is issued."),
        rows_open: true,
        actions: vec![
            PageAction::go(term("Key slips"), !book.pads().is_empty()),
            PageAction::new(term("Issue a pad"), true),
            PageAction::new(term("Spoiled slip"), !book.pads().is_empty()),
        ],
        ..page
    }
}
