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

mod aside;
pub mod begun;
mod cash_office;
mod count;
pub(super) mod day;
mod deliveries;
mod float;
mod hours;
mod outage;
mod paper_slips;
mod phone_code;
mod pickup;
mod practice;
mod rain_checks;
mod readiness;
mod reconcile;
mod stock;
mod store;
mod systems;
mod transfer;
mod wrong_pins;

use crate::domain::badge::Badge;
use crate::domain::goods::fault::GoodsFault;
use crate::domain::person::Role;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::words::{term, words};

use super::check_input::Keyed;
use super::register::{Phase, Register, Said, Setback};
use super::view::PageView;

use self::aside::AsidePage;
use self::cash_office::CashOfficePage;
use self::count::CountPage;
use self::day::DayPage;
use self::deliveries::DeliveriesPage;
use self::float::FloatPage;
use self::hours::HoursPage;
use self::outage::OutagePage;
use self::paper_slips::PaperSlipsPage;
use self::phone_code::PhoneCodePage;
use self::pickup::PickupPage;
use self::practice::PracticePage;
use self::rain_checks::RainChecksPage;
use self::readiness::ReadinessPage;
use self::reconcile::ReconcilePage;
use self::stock::StockPage;
use self::store::StorePage;
use self::systems::SystemsPage;
use self::transfer::TransferPage;
use self::wrong_pins::WrongPinsPage;

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
    /// What customers ordered online and fetch.
    Pickup,
    /// Who came and went when.
    Hours,
    /// What would go wrong in an outage tomorrow.
    Readiness,
    /// Five minutes on the training side.
    Practice,
    /// Promises of what can't be honored today.
    RainChecks,
    /// Sales that were written on paper.
    PaperSlips,
    /// Float and change, counted by notes and coins.
    Float,
    /// Every drawer, the safe, and what change runs out.
    CashOffice,
    /// Signing in when no PIN does.
    PhoneCode,
    /// Sales that were put aside, and those of them that a card may have paid.
    Aside,
    /// What central holds after an outage: decided and closed.
    Reconcile,
    /// Wrong PINs of late, and ending a wait.
    WrongPins,
    /// What day it is, where the clock can't be right; no list leads there.
    Day,
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
    /// A badge was scanned. It never shows in a log.
    Badge(Badge),
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
    Pickup(PickupPage),
    Hours(HoursPage),
    Readiness(ReadinessPage),
    Practice(PracticePage),
    RainChecks(RainChecksPage),
    PaperSlips(PaperSlipsPage),
    Float(FloatPage),
    CashOffice(CashOfficePage),
    PhoneCode(PhoneCodePage),
    Aside(AsidePage),
    Reconcile(ReconcilePage),
    WrongPins(WrongPinsPage),
    Day(DayPage),
}

impl Task {
    /// Nothing on it rests on the pack: a new one may be taken meanwhile.
    pub(super) const fn only_looks(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Outage(_) | Self::Systems(_) | Self::Readiness(_))
    }
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

    /// Work was begun and is not recorded: it waits when the page is left, and goes on later.
    fn waits(&self) -> bool {
        false
    }

    /// That work in one line, to be kept over the end of the program; none where it is short.
    fn kept(&self) -> Option<String> {
        None
    }
}

impl PageName {
    /// All pages of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::Outage,
        Self::Systems,
        Self::Stock,
        Self::Count,
        Self::Transfer,
        Self::Deliveries,
        Self::Pickup,
        Self::Hours,
        Self::Readiness,
        Self::Practice,
        Self::RainChecks,
        Self::PaperSlips,
        Self::Float,
        Self::CashOffice,
        Self::PhoneCode,
        Self::Aside,
        Self::WrongPins,
        Self::Reconcile,
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
            Self::Pickup => term("Pickup orders"),
            Self::Hours => term("Hours"),
            Self::Readiness => term("Readiness"),
            Self::Practice => term("Practice"),
            Self::RainChecks => term("Rain checks"),
            Self::PaperSlips => term("Paper slips"),
            Self::Float => term("Float and change"),
            Self::CashOffice => term("Cash office"),
            Self::PhoneCode => term("Sign in by phone"),
            Self::Aside => term("Sales put aside"),
            Self::Reconcile => term("After the outage"),
            Self::WrongPins => term("Wrong PINs"),
            Self::Day => term("The day"),
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
            Self::Pickup => term("Hand over what was ordered online; promises, refund requests"),
            Self::Hours => term("Come, go, eat; correct a time with a lead"),
            Self::Readiness => term("What would go wrong in an outage tomorrow"),
            Self::Practice => term("Five minutes on the training side, step by step"),
            Self::RainChecks => term("A promise for what can't be honored today; redeem one"),
            Self::PaperSlips => term("Sales that were written by hand; pads; what is missing"),
            Self::Float => term("Count the float, or a loan, by notes and coins"),
            Self::CashOffice => term("Every drawer, the safe's bags, which change runs out"),
            Self::PhoneCode => term("When nobody's PIN opens this register: call IT"),
            Self::Aside => term("Go on with one; close those that a card may have paid"),
            Self::Reconcile => term("What is in at central; decide what differs, close the store"),
            Self::WrongPins => term("Who was made to wait; end a wait"),
            Self::Day => term("What day it is, where the clock can't be right"),
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
            | Self::Practice
            | Self::PhoneCode => None,
            Self::Stock
            | Self::Count
            | Self::Transfer
            | Self::Deliveries
            | Self::Pickup
            | Self::RainChecks
            | Self::PaperSlips
            | Self::Float
            | Self::Aside
            | Self::Day => Some(Role::Cashier),
            Self::CashOffice | Self::WrongPins | Self::Reconcile => Some(Role::Lead),
        }
    }
}

impl Task {
    const fn name(&self) -> PageName {
        match self {
            Self::Store(_) => PageName::Store,
            Self::Stock(_) => PageName::Stock,
            Self::Count(_) => PageName::Count,
            Self::Transfer(_) => PageName::Transfer,
            Self::Deliveries(_) => PageName::Deliveries,
            Self::Pickup(_) => PageName::Pickup,
            Self::Hours(_) => PageName::Hours,
            Self::Readiness(_) => PageName::Readiness,
            Self::Practice(_) => PageName::Practice,
            Self::RainChecks(_) => PageName::RainChecks,
            Self::PaperSlips(_) => PageName::PaperSlips,
            Self::Outage(_) => PageName::Outage,
            Self::Systems(_) => PageName::Systems,
            Self::Float(_) => PageName::Float,
            Self::CashOffice(_) => PageName::CashOffice,
            Self::PhoneCode(_) => PageName::PhoneCode,
            Self::Aside(_) => PageName::Aside,
            Self::Reconcile(_) => PageName::Reconcile,
            Self::WrongPins(_) => PageName::WrongPins,
            Self::Day(_) => PageName::Day,
        }
    }

    /// The word of what is kept.
    const fn kept_name(&self) -> Option<&'static str> {
        match self {
            Self::Count(_) => Some("count"),
            Self::Deliveries(_) => Some("delivery"),
            Self::PaperSlips(_) => Some("slips"),
            _ => None,
        }
    }

    fn page(&self) -> &dyn Page {
        match self {
            Self::Store(page) => page,
            Self::Outage(page) => page,
            Self::Systems(page) => page,
            Self::Stock(page) => page,
            Self::Count(page) => page,
            Self::Transfer(page) => page,
            Self::Deliveries(page) => page,
            Self::Pickup(page) => page,
            Self::Hours(page) => page,
            Self::Readiness(page) => page,
            Self::Practice(page) => page,
            Self::RainChecks(page) => page,
            Self::PaperSlips(page) => page,
            Self::Float(page) => page,
            Self::CashOffice(page) => page,
            Self::PhoneCode(page) => page,
            Self::Aside(page) => page,
            Self::Reconcile(page) => page,
            Self::WrongPins(page) => page,
            Self::Day(page) => page,
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
            Self::Pickup(page) => page,
            Self::Hours(page) => page,
            Self::Readiness(page) => page,
            Self::Practice(page) => page,
            Self::RainChecks(page) => page,
            Self::PaperSlips(page) => page,
            Self::Float(page) => page,
            Self::CashOffice(page) => page,
            Self::PhoneCode(page) => page,
            Self::Aside(page) => page,
            Self::Reconcile(page) => page,
            Self::WrongPins(page) => page,
            Self::Day(page) => page,
        }
    }
}

/// What is said when work that was begun is left.
fn it_waits() -> Said {
    let remedy = words!("Open the task again to go on. Nothing is recorded yet.");
    Said::attention(words!("It waits here"), remedy)
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
        self.take_up_begun();
        self.leave_page();
        let begun = self.begun.waiting.iter().position(|task| task.name() == name);
        if let Some(place) = begun {
            self.page = Some(self.begun.waiting.remove(place));
            return Ok(None);
        }
        self.page = Some(match name {
            PageName::Store => Task::Store(StorePage),
            PageName::Outage => Task::Outage(OutagePage::default()),
            PageName::Systems => Task::Systems(SystemsPage::default()),
            PageName::Stock => Task::Stock(StockPage::default()),
            PageName::Count => Task::Count(CountPage::default()),
            PageName::Transfer => Task::Transfer(TransferPage::default()),
            PageName::Deliveries => Task::Deliveries(DeliveriesPage::default()),
            PageName::Pickup => Task::Pickup(PickupPage::default()),
            PageName::Hours => Task::Hours(HoursPage::default()),
            PageName::Readiness => Task::Readiness(ReadinessPage),
            PageName::Practice => Task::Practice(PracticePage),
            PageName::RainChecks => Task::RainChecks(self.rain_checks_page()),
            PageName::PaperSlips => Task::PaperSlips(PaperSlipsPage::default()),
            PageName::Float => Task::Float(FloatPage::default()),
            PageName::CashOffice => Task::CashOffice(CashOfficePage::default()),
            PageName::PhoneCode => Task::PhoneCode(PhoneCodePage::default()),
            PageName::Aside => {
                self.ask_for_asides();
                Task::Aside(AsidePage::default())
            }
            PageName::Reconcile => Task::Reconcile(ReconcilePage::default()),
            PageName::WrongPins => Task::WrongPins(WrongPinsPage),
            PageName::Day => Task::Day(DayPage::default()),
        });
        Ok(None)
    }

    /// Takes an input of the page on the screen.
    pub(super) fn turn_page(&mut self, input: PageInput) -> Result<Option<Said>, Setback> {
        let mut task = self.page.clone().ok_or(Refusal::NoPage)?;
        let asks_who = matches!(task, Task::Hours(_) | Task::Reconcile(_));
        if matches!(input, PageInput::Badge(_)) && !asks_who {
            return Err(Refusal::BadgeElsewhere.into());
        }
        let turn = task.page_mut().take(input, self)?;
        let said = self.turned(task, turn);
        self.keep_begun();
        said
    }

    fn turned(&mut self, task: Task, turn: Turn) -> Result<Option<Said>, Setback> {
        match turn {
            Turn::Stay(said) => {
                self.page = Some(task);
                Ok(said)
            }
            Turn::Open(name) => self.open_page(name),
            Turn::Leave(said) => {
                self.page = Some(task);
                self.leave_page();
                Ok(said)
            }
        }
    }

    /// Leaves the page at once; work that was begun on it waits.
    pub(super) fn leave_page(&mut self) {
        if let Some(task) = self.page.take()
            && task.page().waits()
        {
            self.begun.waiting.retain(|other| other.name() != task.name());
            self.begun.waiting.push(task);
        }
    }

    /// Keeps what was begun, so that it waits also after the program ended.
    fn keep_begun(&mut self) {
        let begun = self.begun.waiting.iter().chain(&self.page).filter(|task| task.page().waits());
        let line = |task: &Task| Some(format!("{} {}\n", task.kept_name()?, task.page().kept()?));
        let text: String = begun.filter_map(line).collect();
        self.begun.keep(text);
    }

    /// Takes up what was begun before the program ended, when the first page is opened.
    fn take_up_begun(&mut self) {
        let kept = self.begun.load().unwrap_or_default();
        for line in kept.lines() {
            let task = match line.split_once(' ') {
                Some(("count", kept)) => CountPage::restored(kept, self).map(Task::Count),
                Some(("delivery", kept)) => {
                    DeliveriesPage::restored(kept, self).map(Task::Deliveries)
                }
                Some(("slips", kept)) => PaperSlipsPage::restored(kept, self).map(Task::PaperSlips),
                _ => None,
            };
            self.begun.waiting.extend(task);
        }
    }

    /// Work was begun on that page and waits.
    fn page_waits(&self, name: PageName) -> bool {
        self.begun.waiting.iter().any(|task| task.name() == name)
    }

    /// What the page shows.
    pub(super) fn page_view(&self) -> Option<PageView> {
        self.page.as_ref().map(|task| task.page().view(self))
    }
}
