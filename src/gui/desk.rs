//! The desk: what a stroke means, given what the till shows.
//!
//! It holds only what the window itself must remember between two views: the half-typed entry,
//! the card on top, the chosen line. It is plain data without the window library, so its tests
//! need none.
//!
//! ```text
//!  strokes ─▶ [Desk::take] ─▶ Command ─▶ outbox
//!                 │
//!                 └─ purpose: item · amount · check · person · PIN · counts · words
//! ```
//!
//! It may not compute money, and it never drops a scan without a word.

mod badge;
mod cards;
mod check;
mod choice;
mod ending;
mod face;
mod fast;
mod finding;
mod form;
mod lines;
mod page;
mod payment;
mod receipt;
mod walked_away;
mod way_out;

use std::sync::Arc;

use zeroize::Zeroizing;

pub use self::cards::{Card, Declaration, DeclareStep};
pub use self::check::{hint as check_hint, is_hidden, masked};
pub use self::choice::CHOICE_MS;
pub use self::face::{Choice, Face};
pub use self::finding::Finding;
pub use self::form::{Asks, Count, Form, denominations};
pub use self::page::ACTION_KEYS;
use super::customer::Display;
use super::entry::{Entry, Line};
use super::keys::Action;
use super::language::Language;
use super::notice::ShownNotice;
use super::outbox::Outbox;
use super::stroke::{Stamped, Stroke};
use super::theme::Theme;
use super::tones::Tone;
use crate::domain::badge::Badge;
use crate::domain::check::wizard::Step;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, words};
use crate::register::command::Command;
use crate::register::finder::Found;
use crate::register::page::{PageInput, PageName};
use crate::register::till::Till;
use crate::register::view::{Ask, NoticeKind, PageAsks, Screen, View};

/// Where no scan belongs, this many characters at a scanner's speed are one. Fewer can come from
/// a person while a frame is slow.
const STRAY_SCAN_LEN_MIN: usize = 6;
/// Rows that Page Up and Page Down go, in every list.
const PAGE: usize = 8;

/// Pages of a receipt: 500 lines on the smallest screen.
const PAPER_PAGES_MAX: usize = 200;

/// What the entry line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing can be entered.
    Nothing,
    /// A code, `3*code`, or a scan.
    Item,
    /// A person's number.
    Person,
    /// Their PIN.
    Pin,
    /// The float of a new shift.
    Float,
    /// Cash handed over, or the amount of a check.
    Amount,
    /// An answer about a check.
    Check(Step),
    /// What a form asks.
    Form(Asks),
    /// An answer on a task page.
    Page(PageAsks),
    /// A task page where nothing is keyed.
    PageChoice,
    /// Words of an item's name.
    Find,
    /// A fast item by its letter.
    Fast,
    /// How many of the chosen item of a receipt come back.
    Return,
    /// Systems are marked by their digit.
    Systems,
    /// Why there is an outage.
    Cause,
    /// Its ticket.
    Ticket,
    /// How it ended.
    EndNote,
}

/// See the module.
#[derive(Default)]
pub struct Desk {
    /// What is being keyed.
    pub entry: Entry,
    /// The card on top.
    pub card: Card,
    /// The chosen line, from 0.
    pub chosen: Option<usize>,
    /// The row that a page's list was turned to.
    pub top: usize,
    /// The number keyed before the PIN.
    pub person: Option<Zeroizing<String>>,
    /// The badge that was scanned instead of keying a number.
    pub badge: Option<Badge>,
    /// The notice on show.
    pub notice: Option<ShownNotice>,
    /// Tones to be played.
    pub tones: Vec<Tone>,
    /// The language on show.
    pub language: Language,
    /// The colors on show.
    pub theme: Theme,
    /// The customer's window.
    pub customer: Display,
    /// The finder's last answer.
    pub found: Arc<Found>,
    /// Commands on their way.
    pub outbox: Outbox,
    held: Option<(char, u64)>,
    seen_notice: u64,
    seen_screen: Option<&'static str>,
    seen_page: Option<(PageName, u32)>,
    seen_lines: usize,
    /// The look before the last one, and the last one: a frame began at each.
    looked_ms: [u64; 2],
    /// Somebody was there last.
    touched_ms: u64,
    /// It locked itself, and says so until somebody signs in.
    locked: bool,
    /// How many pages the receipt on the screen was turned back from its end.
    pub paper_page: usize,
    paid_at_ms: Option<u64>,
    payment_asked: bool,
    check_asked: bool,
}

/// The name of a screen: two views with the same one are the same place.
pub const fn screen_name(screen: &Screen) -> &'static str {
    match screen {
        Screen::Starting => "Starting",
        Screen::Stopped(_) => "Stopped",
        Screen::Restart(_) => "Restart",
        Screen::SignIn(_) => "Sign in",
        Screen::OpenShift => "Open shift",
        Screen::Sell(_) => "Sale",
        Screen::Receipt(_) => "Receipt",
        Screen::Tender(_) => "Payment",
        Screen::Page(_) => "Page",
        Screen::Check(_) => "Check",
        Screen::Done(_) => "Paid",
        Screen::ShiftClosed(_) => "Shift closed",
    }
}

/// A sale that closing the window would interrupt.
pub fn sale_is_open(view: &View) -> bool {
    match &view.screen {
        Screen::Sell(sell) => !sell.open.is_empty() || sell.lines.iter().any(|line| !line.voided),
        Screen::Tender(_) | Screen::Check(_) => true,
        _ => view.recording_since_ms.is_some(),
    }
}

/// A notice of the screen before says nothing any more: what was done shows, and a new customer
/// or cashier was not part of it. What was not taken stays until then.
const fn outlived(notice: &ShownNotice, screen: &Screen) -> bool {
    matches!(
        (notice.kind, screen),
        (NoticeKind::Done, _)
            | (_, Screen::Sell(_) | Screen::SignIn(_))
            | (NoticeKind::Attention, Screen::Done(_))
    )
}

impl Desk {
    /// A desk that looks the same and remembers nothing else: what the one before held may be why
    /// its screen failed.
    pub fn anew(&self) -> Self {
        Self {
            language: self.language,
            theme: self.theme,
            customer: self.customer,
            seen_notice: self.seen_notice,
            touched_ms: self.touched_ms,
            ..Self::default()
        }
    }

    /// What the entry line is for now.
    pub fn purpose(&self, view: &View) -> Purpose {
        if matches!(view.ask, Some(Ask::Which(_))) {
            return Purpose::Form(Asks::Choice);
        }
        if view.ask.is_some() {
            return if self.person.is_some() { Purpose::Pin } else { Purpose::Person };
        }
        match &self.card {
            Card::Form(form) => return Purpose::Form(form.asks()),
            Card::Find(_) => return Purpose::Find,
            Card::Fast => return Purpose::Fast,
            Card::Help | Card::AskCancel | Card::CloseGuard => return Purpose::Nothing,
            Card::EndOutage => return Purpose::EndNote,
            Card::Declare(declaration) => {
                return match declaration.step {
                    DeclareStep::Systems => Purpose::Systems,
                    DeclareStep::Cause => Purpose::Cause,
                    DeclareStep::Ticket => Purpose::Ticket,
                };
            }
            Card::None => {}
        }
        match &view.screen {
            Screen::Sell(_) | Screen::Done(_) => Purpose::Item,
            Screen::Receipt(_) => Purpose::Return,
            Screen::Tender(_) => Purpose::Amount,
            Screen::Check(check) => Purpose::Check(check.step),
            Screen::Page(page) => Self::page_purpose(page),
            Screen::SignIn(_) if self.person.is_some() => Purpose::Pin,
            Screen::SignIn(_) => Purpose::Person,
            Screen::OpenShift => Purpose::Float,
            Screen::Starting | Screen::Stopped(_) | Screen::Restart(_) | Screen::ShiftClosed(_) => {
                Purpose::Nothing
            }
        }
    }

    /// Looks at a view: new notices, new screens, new lines.
    pub fn look(&mut self, view: &View, at_ms: u64) {
        self.look_again(view, at_ms);
        self.looked_ms = [self.looked_ms[1], at_ms];
    }

    /// Looks at the answer to what this frame asked.
    pub fn look_again(&mut self, view: &View, at_ms: u64) {
        let new_notice = view.notice.as_ref().filter(|n| n.number != self.seen_notice);
        let notice_is_new = new_notice.is_some();
        if let Some(notice) = new_notice {
            self.seen_notice = notice.number;
            self.tones.push(notice.kind.into());
            self.notice = Some(ShownNotice::from_till(notice, at_ms));
        }
        let screen = screen_name(&view.screen);
        if self.seen_screen != Some(screen) {
            if matches!(view.screen, Screen::Done(_)) && self.seen_screen == Some("Payment") {
                self.tones.push(Tone::Paid);
            }
            self.enter_screen(&view.screen, at_ms);
            let stays =
                std::mem::take(&mut self.locked) && matches!(view.screen, Screen::SignIn(_));
            let over = |notice: &ShownNotice| !stays && outlived(notice, &view.screen);
            if !notice_is_new && self.notice.as_ref().is_some_and(over) {
                self.notice = None;
            }
            self.seen_screen = Some(screen);
        }
        self.look_page(&view.screen, at_ms);
        if let Screen::Sell(sell) = &view.screen
            && sell.lines.len().saturating_add(sell.open.len()) != self.seen_lines
        {
            self.chosen = None; // What was chosen before a new line is not meant any more.
            self.seen_lines = sell.lines.len().saturating_add(sell.open.len());
        }
    }

    /// Takes one stroke.
    pub fn take(&mut self, stamped: Stamped, view: &View) {
        let at_ms = stamped.at_ms;
        self.touched(at_ms);
        if self.hold(stamped, view) {
            return;
        }
        if self.badge_stroke(stamped, view) {
            return;
        }
        if self.scan_behind_payment(stamped, view) {
            return;
        }
        if payment::pays(stamped.stroke) && payment::is_being_recorded(view) {
            // A second payment behind a slow disk would be taken when nobody means it any more.
            self.entry.clear();
            return self.refuse_with(&Refusal::StillRecording, at_ms);
        }
        match stamped.stroke {
            Stroke::Char(c) => {
                self.entry.put(c, at_ms);
                self.words_changed();
            }
            Stroke::Erase => {
                self.entry.erase();
                self.words_changed();
            }
            Stroke::Clear => {
                self.entry.clear();
                self.words_changed();
            }
            Stroke::Enter => self.end_line(view, at_ms),
            Stroke::Act(action) => self.act(action, stamped, view),
            Stroke::Choose(place) if matches!(self.card, Card::Find(_)) => {
                self.press_found(place, at_ms);
            }
            Stroke::Choose(place) => {
                if let Screen::Page(page) = &view.screen
                    && self.card == Card::None
                {
                    return self.touch_row(place, page, at_ms);
                }
                self.chosen = if self.chosen == Some(place) { None } else { Some(place) };
            }
            Stroke::Turn(row) => {
                self.top = row;
                self.chosen = None;
            }
            Stroke::Answer(key) => self.answer_with(key, at_ms),
            Stroke::Note(amount) => {
                if self.may_pay(stamped) {
                    self.entry.clear();
                    self.take_cash(Some(amount), false, at_ms);
                }
            }
            Stroke::Toggle(system) => {
                if let Card::Declare(declaration) = &mut self.card {
                    declaration.toggle(system);
                }
            }
        }
    }

    /// Says that strokes were lost because the inbox was full.
    pub fn tell_lost(&mut self, at_ms: u64) {
        self.refuse(
            words!("More was scanned than can wait here"),
            words!("Scan the last items again."),
            at_ms,
        );
    }

    /// Hands commands over; true when some are left because the till is busy.
    pub fn flush(&mut self, till: &dyn Till) -> bool {
        self.outbox.flush(till)
    }

    /// What stood in the entry line belongs to the screen before, unless it was keyed for this one
    /// or a scanner is in the midst of it: half a code would be read as another one.
    fn leave_entry(&mut self, keyed_ahead: bool, at_ms: u64) {
        if let Some((first, since)) = self.held.take() {
            self.entry.put(first, since);
        }
        if !keyed_ahead && !self.entry.is_coming_in(self.looked_ms[0], at_ms) {
            self.entry.clear();
        }
    }

    fn enter_screen(&mut self, screen: &Screen, at_ms: u64) {
        let keyed_ahead = self.payment_asked && matches!(screen, Screen::Tender(_));
        self.leave_entry(keyed_ahead, at_ms);
        if self.card != Card::Help {
            self.card = Card::None;
        }
        if self.check_asked && matches!(screen, Screen::Tender(_)) {
            self.begin_check(None, at_ms);
        }
        self.paper_page = 0;
        self.payment_asked = false;
        self.check_asked = false;
        self.forget_person();
        self.chosen = None;
        self.seen_lines = match screen {
            Screen::Sell(sell) => sell.lines.len().saturating_add(sell.open.len()),
            _ => 0,
        };
    }

    fn act(&mut self, action: Action, stamped: Stamped, view: &View) {
        let at_ms = stamped.at_ms;
        if stamped.repeat
            && !matches!(
                action,
                Action::LineUp | Action::LineDown | Action::PageUp | Action::PageDown
            )
        {
            return;
        }
        if view.ask.is_some() && action == Action::SignOut {
            self.entry.clear();
            self.forget_person();
            return self.send(Command::Lock, at_ms);
        }
        if view.ask.is_some() && action != Action::Back {
            return self.refuse_with(&Refusal::AnswerFirst, at_ms);
        }
        let card_open = self.card != Card::None;
        match action {
            Action::Back => self.go_back(view, at_ms),
            Action::Help if self.card == Card::Help => self.card = Card::None,
            Action::Help if !card_open => self.open(Card::Help),
            Action::DeclareOutage if self.outage_keys_count() => {
                if view.status.outage.is_some() {
                    return self.refuse_with(&Refusal::OutageOpen, at_ms);
                }
                self.open_as_lead(Card::Declare(Declaration::default()), view, at_ms);
            }
            Action::EndOutage if self.outage_keys_count() => {
                if view.status.outage.is_none() {
                    return self.refuse_with(&Refusal::NoOutage, at_ms);
                }
                self.open_as_lead(Card::EndOutage, view, at_ms);
            }
            Action::Language => self.language = self.language.next(),
            Action::Colors => self.theme = self.theme.next(),
            Action::Customer => self.turn_customer(at_ms),
            Action::FindItem if self.asks_code(view) && !card_open => {
                self.open(Card::Find(Finding::default()));
            }
            Action::FindItem => self.find_key(false, view),
            Action::PriceCheck => self.find_key(true, view),
            Action::FastItems => self.fast_key(view),
            Action::LineUp | Action::LineDown | Action::PageUp | Action::PageDown
                if matches!(self.card, Card::Find(_)) =>
            {
                self.walk_found(action);
            }
            Action::SignOut => {
                if view.status.person.is_some() {
                    self.entry.clear();
                    self.card = Card::None;
                    self.send(Command::SignOut, at_ms);
                }
            }
            Action::ConfirmCancel if self.card == Card::AskCancel => {
                self.card = Card::None;
                self.send(Command::AbandonSale, at_ms);
            }
            _ if card_open => {}
            Action::Store => self.open_page(PageName::Store, at_ms),
            Action::RainCheck => self.open_page(PageName::RainChecks, at_ms),
            _ if self.act_on_page(action, view, at_ms) => {}
            Action::Cash => self.cash(stamped, view),
            Action::Check => self.check(stamped, view),
            Action::CancelSale => {
                if matches!(view.screen, Screen::Sell(_) | Screen::Tender(_) | Screen::Check(_)) {
                    self.open(Card::AskCancel);
                }
            }
            Action::Drawer => self.open_drawer_card(view, at_ms),
            Action::More => {
                if matches!(view.screen, Screen::Sell(_) | Screen::Done(_)) {
                    self.open(Card::Form(Form::More));
                }
            }
            Action::Train => self.train_key(view, at_ms),
            Action::Price => self.price_key(view, at_ms),
            Action::Return => self.return_key(view, at_ms),
            Action::VoidSale => self.void_key(view),
            Action::Copy => self.copy_key(view, at_ms),
            Action::Hold => self.hold_key(view, at_ms),
            Action::Recall => self.recall_key(view),
            Action::CardAside => self.card_aside_key(view, at_ms),
            Action::TakeBack => self.take_back(view, at_ms),
            Action::VoidLine => self.void_chosen(view, at_ms),
            Action::PageUp | Action::LineUp if matches!(view.screen, Screen::Done(_)) => {
                self.paper_page = self.paper_page.saturating_add(1).min(PAPER_PAGES_MAX);
            }
            Action::PageDown | Action::LineDown if matches!(view.screen, Screen::Done(_)) => {
                self.paper_page = self.paper_page.saturating_sub(1);
            }
            Action::LineUp => self.choose_by(view, 1, false),
            Action::LineDown => self.choose_by(view, 1, true),
            Action::PageUp => self.choose_by(view, PAGE, false),
            Action::PageDown => self.choose_by(view, PAGE, true),
            Action::Help | Action::DeclareOutage | Action::EndOutage | Action::ConfirmCancel => {}
        }
    }

    fn go_back(&mut self, view: &View, at_ms: u64) {
        if self.entry.clear() {
            return self.words_changed();
        }
        if view.ask.is_some() {
            if !self.forget_person() {
                self.send(Command::Decline, at_ms);
            }
        } else if self.card != Card::None {
            self.card = Card::None;
        } else if matches!(view.screen, Screen::Receipt(_)) {
            self.send(Command::LeaveReceipt, at_ms);
        } else if self.forget_person() {
            // The step before is on show again.
        } else if matches!(view.screen, Screen::Page(_)) {
            self.send(Command::Page(PageInput::Back), at_ms);
        } else if matches!(view.screen, Screen::Tender(_)) {
            self.send(Command::LeaveTender, at_ms);
        } else if matches!(view.screen, Screen::Check(_)) {
            self.leave_check(false, at_ms);
        } else if matches!(&view.screen, Screen::Sell(sell) if sell.print_now.is_some()) {
            self.send(Command::Decline, at_ms);
        } else {
            self.chosen = None;
        }
    }

    fn stray_scan(&self) -> bool {
        self.entry.len() >= STRAY_SCAN_LEN_MIN && self.entry.ends_in_scan()
    }

    fn amount_or_say(&mut self, line: &Line, amount: Option<Money>, at_ms: u64) -> Option<Money> {
        if amount.is_none() {
            let text = if line.text.is_empty() {
                words!("No amount was keyed")
            } else {
                words!("That is no amount")
            };
            self.refuse(text, words!("Key the digits with the cents: 2000 is 20.00."), at_ms);
        }
        amount
    }

    fn refuse_scan(&mut self, purpose: Purpose, at_ms: u64) {
        match purpose {
            Purpose::Amount => {
                self.refuse_with(&Refusal::PaymentUnderWay, at_ms);
            }
            Purpose::Pin => {
                self.refuse(
                    words!("A PIN is keyed, not scanned"),
                    words!("Key it with the digits."),
                    at_ms,
                );
            }
            _ => self.refuse(
                words!("Nothing can be added here, so the scan was not taken"),
                words!("Go back to the sale, then scan it again."),
                at_ms,
            ),
        }
    }

    fn refuse_with(&mut self, refusal: &Refusal, at_ms: u64) {
        self.show(ShownNotice::refusal(refusal, at_ms));
    }

    fn refuse(&mut self, text: Words, remedy: Words, at_ms: u64) {
        self.show(ShownNotice::refused(text, remedy, at_ms));
    }

    fn show(&mut self, notice: ShownNotice) {
        self.tones.push(notice.kind.into());
        self.notice = Some(notice);
    }

    fn send(&mut self, command: Command, at_ms: u64) {
        if !self.outbox.put(command) {
            self.refuse(
                words!("The register is busy, so that was not taken"),
                words!("Wait a moment, then do it again."),
                at_ms,
            );
        }
    }
}
