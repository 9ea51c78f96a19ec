//! Task pages: the work of a store beside selling, one question at a time, all of one shape.
//!
//! ```text
//!  Open(name) ─▶ Task, a plain value ─▶ PageView ─▶ one painter for all
//!                  ▲                        │
//!                  └── Turn ◀── take ◀── PageInput
//!                                └ refused: a notice, and the page stays as it was
//! ```
//!
//! A page is a state machine without effects of its own: it asks the register to record, to print
//! and to look things up. It works on a copy, so that what was refused left no trace. A page
//! neither sells nor takes money for a sale; the basket waits below it.

mod count;
mod deliveries;
mod hours;
mod outage;
mod practice;
mod readiness;
mod stock;
mod store;
mod systems;
mod transfer;

use crate::domain::goods::fault::GoodsFault;
use crate::domain::person::Role;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::term;

use super::check_input::Keyed;
use super::register::{Phase, Register, Said, Setback};
use super::view::PageView;

use self::count::CountPage;
use self::deliveries::DeliveriesPage;
use self::hours::HoursPage;
use self::outage::OutagePage;
use self::practice::PracticePage;
use self::readiness::ReadinessPage;
use self::stock::StockPage;
use self::store::StorePage;
use self::systems::SystemsPage;
use self::transfer::TransferPage;

/// The pages, each under the one name it has in code, docs and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageName {
    /// The list of all pages.
    Store,
    /// The outage: what is known, and the signs.
    Outage,
    /// What each system answers.
    Systems,
    /// What is on hand, and why it changes.
    Stock,
    /// Counting what is there.
    Count,
    /// Goods to and from other stores.
    Transfer,
    /// What trucks bring.
    Deliveries,
    /// Who came and went when.
    Hours,
    /// What would go wrong in an outage tomorrow.
    Readiness,
    /// Five minutes on the training side.
    Practice,
}

/// One thing done to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageInput {
    /// An answer to the question; empty is Enter alone.
    Answer {
        /// As it was keyed or read. It may be a PIN and never shows in a log.
        text: Keyed,
        /// A reader or a scanner sent it.
        scanned: bool,
    },
    /// A choice, by its place from 0.
    Choice(usize),
    /// A row, by its place from 0.
    Row(usize),
    /// An action, by its place from 0.
    Action(usize),
    /// One step back; at the first step the page is left.
    Back,
}

/// The page on the screen.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Store(StorePage),
    Outage(OutagePage),
    Systems(SystemsPage),
    Stock(StockPage),
    Count(CountPage),
    Transfer(TransferPage),
    Deliveries(DeliveriesPage),
    Hours(HoursPage),
    Readiness(ReadinessPage),
    Practice(PracticePage),
}

/// What an input came to.
pub(super) enum Turn {
    /// The page goes on; something may be said.
    Stay(Option<Said>),
    /// Another page.
    Open(PageName),
    /// The page is done.
    Leave(Option<Said>),
}

/// What each page can do.
trait Page {
    /// What is shown.
    fn view(&self, register: &Register) -> PageView;

    /// Takes an input. What it returns as an error left no trace, not in the page either.
    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback>;
}

impl PageName {
    /// All pages but the list, in its order.
    pub const ALL: [Self; 9] = [
        Self::Outage,
        Self::Systems,
        Self::Stock,
        Self::Count,
        Self::Transfer,
        Self::Deliveries,
        Self::Hours,
        Self::Readiness,
        Self::Practice,
    ];

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Store => term("The store"),
            Self::Outage => term("The outage"),
            Self::Systems => term("The systems"),
            Self::Stock => term("Stock"),
            Self::Count => term("Count"),
            Self::Transfer => term("Transfer"),
            Self::Deliveries => term("Deliveries"),
            Self::Hours => term("Hours"),
            Self::Readiness => term("Readiness"),
            Self::Practice => term("Practice"),
        }
    }

    /// What is done there, in a sentence.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Store => term("What a store does besides selling"),
            Self::Outage => term("What is known of it, when it should end, signs for customers"),
            Self::Systems => term("What each system answers, what was heard, a sheet for support"),
            Self::Stock => term("What is on hand; damaged, expired, given away"),
            Self::Count => term("Count an area, alone or two people"),
            Self::Transfer => term("Goods to another store, or from it"),
            Self::Deliveries => term("Receive a truck, with a notice or its slip"),
            Self::Hours => term("Come, go, eat; correct a time with a lead"),
            Self::Readiness => term("What would go wrong in an outage tomorrow"),
            Self::Practice => term("Five minutes on the training side, step by step"),
        }
    }

    /// The least role that may open it; none where nobody has to be signed in.
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Store
            | Self::Outage
            | Self::Systems
            | Self::Hours
            | Self::Readiness
            | Self::Practice => None,
            Self::Stock | Self::Count | Self::Transfer | Self::Deliveries => Some(Role::Cashier),
        }
    }
}

impl Task {
    fn page(&self) -> &dyn Page {
        match self {
            Self::Store(page) => page,
            Self::Outage(page) => page,
            Self::Systems(page) => page,
            Self::Stock(page) => page,
            Self::Count(page) => page,
            Self::Transfer(page) => page,
            Self::Deliveries(page) => page,
            Self::Hours(page) => page,
            Self::Readiness(page) => page,
            Self::Practice(page) => page,
        }
    }

    fn page_mut(&mut self) -> &mut dyn Page {
        match self {
            Self::Store(page) => page,
            Self::Outage(page) => page,
            Self::Systems(page) => page,
            Self::Stock(page) => page,
            Self::Count(page) => page,
            Self::Transfer(page) => page,
            Self::Deliveries(page) => page,
            Self::Hours(page) => page,
            Self::Readiness(page) => page,
            Self::Practice(page) => page,
        }
    }
}

/// A keyed quantity.
fn quantity(text: &str) -> Result<Quantity, Setback> {
    Quantity::parse(text.trim()).map_err(|_| GoodsFault::Quantity.into())
}

impl Register {
    /// Opens a page. The basket stays below it; payment must be finished or left first.
    pub(super) fn open_page(&mut self, name: PageName) -> Result<Option<Said>, Setback> {
        if matches!(self.phase, Phase::Tendering(..)) {
            return Err(Refusal::PaymentUnderWay.into());
        }
        if let Some(role) = name.role() {
            let has = self.person()?.role;
            if role.leads() && !has.leads() || has < role {
                return Err(Refusal::NeedsLead.into());
            }
        }
        self.page = Some(match name {
            PageName::Store => Task::Store(StorePage),
            PageName::Outage => Task::Outage(OutagePage::default()),
            PageName::Systems => Task::Systems(SystemsPage::default()),
            PageName::Stock => Task::Stock(StockPage::default()),
            PageName::Count => Task::Count(CountPage::default()),
            PageName::Transfer => Task::Transfer(TransferPage::default()),
            PageName::Deliveries => Task::Deliveries(DeliveriesPage::default()),
            PageName::Hours => Task::Hours(HoursPage::default()),
            PageName::Readiness => Task::Readiness(ReadinessPage),
            PageName::Practice => Task::Practice(PracticePage),
        });
        Ok(None)
    }

    /// Takes an input of the page on the screen.
    pub(super) fn turn_page(&mut self, input: PageInput) -> Result<Option<Said>, Setback> {
        let mut task = self.page.clone().ok_or(Refusal::NoPage)?;
        match task.page_mut().take(input, self)? {
            Turn::Stay(said) => {
                self.page = Some(task);
                Ok(said)
            }
            Turn::Open(name) => self.open_page(name),
            Turn::Leave(said) => {
                self.page = None;
                Ok(said)
            }
        }
    }

    /// Leaves the page at once.
    pub(super) fn leave_page(&mut self) {
        self.page = None;
    }

    /// What the page shows.
    pub(super) fn page_view(&self) -> Option<PageView> {
        self.page.as_ref().map(|task| task.page().view(self))
    }
}
