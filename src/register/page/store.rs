//! The list of all pages: what a store does besides selling.

use crate::domain::words::{Words, words};
use crate::register::register::{Register, Setback};
use crate::register::view::{Column, PageView, Row, RowMark};

use super::{Page, PageInput, PageName, Turn};
use crate::domain::refusal::Refusal;
use crate::domain::words::term;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct StorePage;

impl Page for StorePage {
    fn view(&self, register: &Register) -> PageView {
        let row = |name: PageName| {
            let label = Words::plain(name.label());
            if register.page_waits(name) {
                return Row::marked(
                    RowMark::Open,
                    vec![label, words!("Begun and not recorded yet: go on")],
                );
            }
            Row::plain(vec![label, Words::plain(name.hint())])
        };
        PageView {
            lead: vec![words!("Choose with the arrows and Enter, or touch.")],
            columns: vec![Column::words(term("Task"), 2), Column::words(term("What it is for"), 5)],
            rows: PageName::ALL.iter().copied().map(row).collect(),
            tiles: true,
            rows_open: true,
            ..PageView::of(PageName::Store, Words::plain(PageName::Store.label()))
        }
    }

    fn take(&mut self, input: PageInput, _register: &mut Register) -> Result<Turn, Setback> {
        match input {
            PageInput::Row(place) => {
                let name = PageName::ALL.get(place).ok_or(Refusal::NoSuchLine)?;
                Ok(Turn::Open(*name))
            }
            PageInput::Back => Ok(Turn::Leave(None)),
            _ => Ok(Turn::Stay(None)),
        }
    }
}
