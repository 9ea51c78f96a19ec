//! What the till shows: one plain value out, whole and cheap to hand over.
//!
//! A screen reads it and never asks for more. No window type and no SQL type stands in it.
//!
//! ```text
//!  Starting ─▶ Stopped (can't record: paper slips)
//!      └─▶ Restart (what was in flight) ─▶ SignIn ─▶ OpenShift ─▶ Sell ⇄ Tender ─▶ Done ─▶ Sell
//!                                             ▲                    └─▶ ShiftClosed ─▶ SignIn
//! ```

pub mod customer;
mod page;
mod paper;
mod sell;

use std::sync::Arc;

pub use self::page::{
    ACTIONS_MAX, CHOICES_MAX, Choice, Column, PageAction, PageAsks, PageView, Question, ROWS_MAX,
    Row, RowMark, Weight,
};
pub use self::paper::{PaperState, PaperView, PrinterLamp, QrMatrix, lamp_words};
pub use self::sell::{
    Done, LineView, OpenLineView, ReceiptLine, ReceiptView, Sell, SuspendedView, TenderView,
};

use super::check_view::CheckView;
use crate::domain::announcement::Announcement;
use crate::domain::approval::Act;
use crate::domain::money::Money;
use crate::domain::outage::System;
use crate::domain::person::Role;
use crate::domain::policy::{Currency, Department};
use crate::domain::refusal::Candidate;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::Words;

/// All a window needs for one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What the middle of the window shows.
    pub screen: Screen,
    /// The bar that always tells.
    pub status: Status,
    /// Somebody must answer before the register goes on.
    pub ask: Option<Ask>,
    /// What the question is about, where more can be said than its act; empty otherwise.
    pub about: Words,
    /// What happened last, in words.
    pub notice: Option<Notice>,
    /// Since when, in monotonic milliseconds, a record is on its way to the disk; none while idle.
    /// At 5 s the window says "recording", at 15 s "write a paper slip".
    pub recording_since_ms: Option<u64>,
}

/// A question on top of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Somebody else must sign for an act, with number and PIN.
    Approval {
        /// What is to be done.
        act: Act,
        /// The least role that may sign.
        role: Role,
    },
    /// Which of these items is it? They are shown with the keys 1, 2, ...
    Which(Vec<Candidate>),
}

/// The middle of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The ledger is being opened and checked.
    Starting,
    /// Nothing can be recorded durably, so nothing is sold.
    Stopped(Stopped),
    /// The program ended in the middle of something; this is what is known.
    Restart(Restart),
    /// Nobody is signed in.
    SignIn(SignIn),
    /// A cashier is signed in and must open a shift.
    OpenShift,
    /// Ready for the next scan.
    Sell(Sell),
    /// A paid sale: items come back, or all of it.
    Receipt(ReceiptView),
    /// Payment.
    Tender(TenderView),
    /// Work beside selling.
    Page(Box<PageView>),
    /// Payment: a check is being taken.
    Check(Box<CheckView>),
    /// Paid: the change to hand back.
    Done(Done),
    /// A shift was closed.
    ShiftClosed(ShiftClosed),
}

/// Why nothing is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// What happened.
    pub what: Words,
    /// What it means for the money.
    pub money: Words,
    /// What to do next.
    pub remedy: Words,
}

/// What is known after the program ended in the middle of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// The last sale that was recorded as paid.
    pub last_sale: Option<LastSale>,
    /// A basket that was not paid when the program ended; it is open again.
    pub open_basket_total: Option<Money>,
    /// The journal of then was given up: whether the basket was paid may stand in what is not here.
    pub given_up: bool,
    /// Recording had failed: what became of what was being recorded, and what to compare.
    pub compare: Option<Words>,
    /// What was noticed and put right while opening, in plain words.
    pub findings: Vec<Words>,
}

/// The last sale of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSale {
    /// Its number.
    pub number: u64,
    /// What it cost.
    pub total: Money,
    /// What was handed back.
    pub change: Money,
    /// When.
    pub at: Timestamp,
}

/// Nobody is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// Until when, in monotonic milliseconds, new tries are refused; none while open.
    pub locked_until_ms: Option<u64>,
    /// A PIN is being checked.
    pub checking: bool,
    /// A basket waits for its cashier.
    pub basket_waits: bool,
    /// Why there is no price file, where there is none: then nobody can sign in.
    pub no_prices: Option<String>,
}

/// A shift was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftClosed {
    /// Its number.
    pub number: u32,
    /// Sales in it.
    pub sales: u64,
    /// What should have been in the drawer in cash.
    pub expected_cash: Money,
    /// What was counted.
    pub counted_cash: Money,
    /// What should have been there in checks.
    pub expected_checks: Money,
    /// What was counted.
    pub counted_checks: Money,
    /// Counted less expected.
    pub over_short: Money,
    /// The drawer goes to the next cashier.
    pub handed_over: bool,
}

/// The bar that always tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The store's name.
    pub store_name: String,
    /// The store's number.
    pub store: u32,
    /// The register's number.
    pub register: u16,
    /// Who is signed in: name and role.
    pub person: Option<(String, &'static str)>,
    /// The person may lead: outages and returns.
    pub leads: bool,
    /// Somebody of the store signs with a badge.
    pub badges: bool,
    /// The open shift's number.
    pub shift: Option<u32>,
    /// The day takings are booked on.
    pub date: Option<BusinessDate>,
    /// The open outage.
    pub outage: Option<OutageView>,
    /// What customers are told; none when there is nothing to tell.
    pub announcement: Option<Arc<Announcement>>,
    /// The pack's version and age.
    pub pack: Option<PackView>,
    /// Records that central does not hold yet.
    pub pending: Pending,
    /// How central was last heard of.
    pub link: Link,
    /// The store's other registers, and where the newest record lies; none where none is known.
    pub peers: Option<PeersView>,
    /// How the printer is.
    pub printer: PrinterLamp,
    /// Baskets that were put aside.
    pub suspended: Arc<[SuspendedView]>,
    /// More notes are in the drawer than the store likes: time for a drop.
    pub drop_due: bool,
    /// Departments that amounts without an item are rung up in.
    pub departments: Arc<[Department]>,
    /// "Visibly old enough" is an answer to the question for an ID.
    pub age_by_sight: bool,
    /// Locks itself when nobody touches it for so many seconds; 0: it does not.
    pub lock_after_s: u16,
    /// What the shift before left in the drawer for the next cashier.
    pub handed_over: Option<Money>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The unit weighed items are priced in.
    pub weight_unit: String,
    /// A register to learn on: nothing counts, and the window says so everywhere.
    pub training: bool,
    /// The wall clock when the view was made, to the minute.
    pub now: Timestamp,
}

/// The store's other registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeersView {
    /// Registers this one calls.
    pub known: usize,
    /// Those of them that answer.
    pub seen: usize,
    /// Machines that hold everything this one recorded, itself counted: 1 or more.
    pub copies: usize,
}

/// The open outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageView {
    /// Since when.
    pub since: Timestamp,
    /// The systems that are down.
    pub systems: Vec<System>,
    /// What happened.
    pub cause: String,
    /// The ticket.
    pub ticket: String,
    /// When it should be over, as far as known.
    pub expected: Option<Timestamp>,
}

/// The pack in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackView {
    /// Its version.
    pub version: String,
    /// Its age in whole minutes.
    pub age_minutes: u64,
    /// Older than the store's policy likes; selling goes on.
    pub stale: bool,
    /// What else needs a look, in a few words.
    pub news: Option<Words>,
}

/// What is not at central yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Records of any kind.
    pub records: u64,
    /// Sales and refunds among them.
    pub sales: u64,
    /// Their totals, refunds taken off.
    pub money: Money,
}

/// How central was last heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// This register is not enrolled anywhere: it sells all the same and is adopted later.
    #[default]
    NotEnrolled,
    /// Central does not answer.
    Down,
    /// Records are on their way.
    Sending,
    /// Central holds all it was sent.
    UpToDate,
    /// Central asks to hold records back until an all-clear.
    Held,
    /// Central refuses this register; IT is needed, selling goes on.
    Refused(Words),
}

/// How a notice sounds and looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something was done.
    Done,
    /// Something needs a look.
    Attention,
    /// Something was refused; nothing was lost.
    Refused,
}

/// What happened last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counts up with every notice, so that the same words twice are two notices.
    pub number: u64,
    /// How it sounds.
    pub kind: NoticeKind,
    /// What happened.
    pub text: Words,
    /// What to do next; empty when nothing is to be done.
    pub remedy: Words,
}
