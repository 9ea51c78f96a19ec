//! What a window shows of a task page: one shape for every task.
//!
//! ```text
//!  title                                     question ▌
//!  lead: what this is, how old it is         pad, where figures are keyed
//!  ┌ columns ─────────────────────────┐      answered: name … value
//!  │ rows, one of them chosen         │      choices 1 … 9, where nothing is keyed
//!  └──────────────────────────────────┘
//!  actions: F4 … F9
//! ```
//!
//! It holds words and places only. What a key means is the page's to decide.

use crate::domain::words::Words;
use crate::register::page::PageName;

/// The most rows a page hands over; more are said in the lead.
pub const ROWS_MAX: usize = 500;
/// The most actions a page has: the keys F4 to F9.
pub const ACTIONS_MAX: usize = 6;
/// The most choices a page has: the digits 1 to 9.
pub const CHOICES_MAX: usize = 9;

/// A task page as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageView {
    /// Which page.
    pub name: PageName,
    /// Which step of it: where this changes, what was keyed is not meant any more.
    pub step: u32,
    /// Its title.
    pub title: Words,
    /// Sentences below it.
    pub lead: Vec<Words>,
    /// What the rows are made of; none where there is no list.
    pub columns: Vec<Column>,
    /// The list.
    pub rows: Vec<Row>,
    /// What is said where the list is empty.
    pub empty: Words,
    /// Each row is a tile of two columns, its first cell large: for a list of what can be done.
    pub tiles: bool,
    /// A row can be pressed, or chosen with the arrows and Enter.
    pub rows_open: bool,
    /// What the entry line asks for; none where a digit chooses.
    pub question: Option<Question>,
    /// Chosen by the digits from 1, where nothing is asked.
    pub choices: Vec<Choice>,
    /// What was answered so far.
    pub answered: Vec<(Words, Words)>,
    /// On the keys F4 to F9, in this order.
    pub actions: Vec<PageAction>,
}

/// A column of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Its part of the width, in parts of the sum of all.
    pub share: u16,
    /// Figures stand at the right.
    pub figures: bool,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// A cell for each column.
    pub cells: Vec<Words>,
    /// How it stands.
    pub mark: RowMark,
}

/// How a row stands: a sign and a color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowMark {
    /// Nothing is to be said.
    #[default]
    Plain,
    /// Done, or as it should be.
    Good,
    /// Still to be done.
    Open,
    /// Somebody should look.
    Attention,
    /// Wrong.
    Bad,
}

/// What the entry line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// How it is keyed.
    pub asks: PageAsks,
    /// What stands on the empty line.
    pub hint: &'static str,
}

/// How an answer is keyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAsks {
    /// An item or a number on paper: scanned, keyed, or found by its name.
    Code,
    /// Words.
    Text,
    /// A number without meaning as an amount.
    Digits,
    /// Money, with its cents.
    Amount,
    /// A quantity, with a point where it is weighed.
    Quantity,
    /// A PIN; it never shows.
    Pin,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its words.
    pub label: Words,
    /// It can be chosen now.
    pub enabled: bool,
}

/// One action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAction {
    /// The word on the key.
    pub label: &'static str,
    /// It can be pressed now.
    pub enabled: bool,
    /// How it looks.
    pub weight: Weight,
}

/// How much an action does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// One of several.
    #[default]
    Plain,
    /// What finishes the task.
    Go,
    /// What takes something away.
    Danger,
}

impl PageView {
    /// A page with nothing on it yet.
    pub const fn of(name: PageName, title: Words) -> Self {
        Self {
            name,
            step: 0,
            title,
            lead: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            empty: Words::NOTHING,
            tiles: false,
            rows_open: false,
            question: None,
            choices: Vec::new(),
            answered: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// Asks for an answer.
    #[must_use]
    pub const fn asking(mut self, asks: PageAsks, hint: &'static str) -> Self {
        self.question = Some(Question { asks, hint });
        self
    }
}

impl Column {
    /// A column of words.
    pub const fn words(title: &'static str, share: u16) -> Self {
        Self { title, share, figures: false }
    }

    /// A column of figures.
    pub const fn figures(title: &'static str, share: u16) -> Self {
        Self { title, share, figures: true }
    }
}

impl Row {
    /// A row as it is.
    pub const fn plain(cells: Vec<Words>) -> Self {
        Self { cells, mark: RowMark::Plain }
    }

    /// A row with a mark.
    pub const fn marked(mark: RowMark, cells: Vec<Words>) -> Self {
        Self { cells, mark }
    }
}

impl Choice {
    /// A choice that can be chosen.
    pub const fn open(label: Words) -> Self {
        Self { label, enabled: true }
    }
}

impl PageAction {
    /// An action that can be pressed while `enabled`.
    pub const fn new(label: &'static str, enabled: bool) -> Self {
        Self { label, enabled, weight: Weight::Plain }
    }

    /// The one that finishes the task.
    pub const fn go(label: &'static str, enabled: bool) -> Self {
        Self { label, enabled, weight: Weight::Go }
    }

    /// One that takes something away.
    pub const fn danger(label: &'static str, enabled: bool) -> Self {
        Self { label, enabled, weight: Weight::Danger }
    }
}
