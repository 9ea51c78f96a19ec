//! Rain checks: the store's promises of what it could not honor, written and looked up.
//!
//! ```text
//!  List ─▶ number or scan ─▶ Found ─▶ in this sale ─▶ Line ─▶ back to the sale
//!    │                         └────▶ at the desk  ─▶ recorded
//!    └─ F4 ─▶ Kind ─▶ What ─▶ Worth (─▶ Pieces) ─▶ recorded, printed
//! ```
//!
//! Opened right after a coupon or a gift card was refused, it begins at what that one is for.

use crate::domain::code::chosen::{Chosen, choose};
use crate::domain::code::reading::{Reading, read};
use crate::domain::gtin::ItemCode;
use crate::domain::money::Money;
use crate::domain::quantity::UnitPrice;
use crate::domain::rain_check::{PIECES_MAX, RainCheckFault, RainCheckKind, Worth, read_what};
use crate::domain::refusal::Refusal;
use crate::domain::words::{Words, term, words};
use crate::register::rain_checks::{FoundCheck, said_of};
use crate::register::register::{Phase, Register, Said, Setback};
use crate::register::view::{
    Choice, Column, PageAction, PageAsks, PageView, ROWS_MAX, Row, RowMark,
};

use super::{Page, PageInput, PageName, Task, Turn};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct RainChecksPage {
    step: Step,
    /// What was answered of the one that is being written.
    kind: Option<RainCheckKind>,
    code: Option<ItemCode>,
    what: String,
    price: Option<UnitPrice>,
    /// The one that was looked up.
    found: Option<FoundCheck>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// Which one: a number or a scan.
    #[default]
    List,
    /// What could not be honored.
    Kind,
    /// What it is for.
    What,
    /// What is promised.
    Worth,
    /// For how many pieces.
    Pieces,
    /// What becomes of one.
    Found,
    /// Which line of the sale.
    Line,
}

impl Page for RainChecksPage {
    fn view(&self, register: &Register) -> PageView {
        let page = |step: Step, title| PageView {
            step: step.place(),
            answered: self.answered(),
            ..PageView::of(PageName::RainChecks, title)
        };
        match self.step {
            Step::List => list(page(Step::List, words!("Rain checks")), register),
            Step::Kind => PageView {
                choices: RainCheckKind::ALL
                    .map(|kind| Choice::open(Words::plain(kind.label())))
                    .into(),
                ..page(Step::Kind, words!("What could not be honored?"))
            },
            Step::What => PageView {
                lead: vec![
                    words!("Scan the item, or say it in words. Enter alone: for anything."),
                    words!("Never key the number of a card or a coupon."),
                ],
                ..page(Step::What, words!("What is it for?"))
            }
            .asking(PageAsks::Code, term("Item or words")),
            Step::Worth if self.kind == Some(RainCheckKind::PriceMatch) => {
                page(Step::Worth, words!("Which price is promised?"))
                    .asking(PageAsks::Amount, term("Price of one"))
            }
            Step::Worth => PageView {
                lead: vec![words!("Enter alone: as its own paper says, at the service desk.")],
                ..page(Step::Worth, words!("How much off?"))
            }
            .asking(PageAsks::Amount, term("Amount")),
            Step::Pieces => page(Step::Pieces, words!("For how many at most?"))
                .asking(PageAsks::Digits, term("Pieces; Enter alone is 1")),
            Step::Found => self.found_view(page(Step::Found, words!("Rain check")), register),
            Step::Line => self.line_view(page(Step::Line, words!("For which line?")), register),
        }
    }

    fn take(&mut self, input: PageInput, register: &mut Register) -> Result<Turn, Setback> {
        match (self.step, input) {
            (Step::List, PageInput::Back) => return Ok(Turn::Leave(None)),
            (Step::Line, PageInput::Back) => self.step = Step::Found,
            (_, PageInput::Back) => *self = Self::default(),
            (Step::List, PageInput::Action(0)) => self.step = Step::Kind,
            (Step::List, PageInput::Row(place)) => {
                let open = register.book.rain_checks.open();
                let number = open.get(place).ok_or(Refusal::NoSuchLine)?.1.check.number;
                self.look_up(&number.to_string(), register)?;
            }
            (Step::List, PageInput::Answer { text, .. }) if !text.text().is_empty() => {
                self.look_up(text.text(), register)?;
            }
            (Step::Kind, PageInput::Choice(place)) => {
                let kind = RainCheckKind::ALL.get(place).ok_or(Refusal::NoSuchLine)?;
                self.kind = Some(*kind);
                self.step = Step::What;
            }
            (Step::What, PageInput::Answer { text, .. }) => {
                (self.code, self.what) = self.meant(text.text(), register)?;
                self.step = Step::Worth;
            }
            (Step::Worth, PageInput::Answer { text, .. }) => {
                return self.promise(text.text().trim(), register);
            }
            (Step::Pieces, PageInput::Answer { text, .. }) => {
                let pieces = pieces(text.text().trim())?;
                let price = self.price.unwrap_or_default();
                return self.issue(Worth::Price(price, pieces), register);
            }
            (Step::Found, PageInput::Choice(0)) => return self.take_off(register),
            (Step::Found, PageInput::Choice(1)) => {
                let found = self.found.clone().ok_or(Refusal::NoPage)?;
                register.honored_at_desk(&found)?;
                *self = Self::default();
                let said = words!("Rain check {} is redeemed", found.of.number);
                return Ok(Turn::Stay(Some(Said::done(said))));
            }
            (Step::Line, PageInput::Row(place)) => {
                let found = self.found.clone().ok_or(Refusal::NoPage)?;
                let lines = register.lines_for_check(&found);
                let place = *lines.get(place).ok_or(Refusal::NoSuchLine)?;
                return Ok(Turn::Leave(register.honor_in_sale(&found, place)?));
            }
            _ => {}
        }
        Ok(Turn::Stay(None))
    }
}

impl Step {
    /// Another number for another question.
    const fn place(self) -> u32 {
        match self {
            Self::List => 0,
            Self::Kind => 1,
            Self::What => 2,
            Self::Worth => 3,
            Self::Pieces => 4,
            Self::Found => 5,
            Self::Line => 6,
        }
    }
}

impl RainChecksPage {
    /// The page for what was just refused.
    pub(super) fn offered(kind: RainCheckKind) -> Self {
        Self { step: Step::What, kind: Some(kind), ..Self::default() }
    }

    fn look_up(&mut self, text: &str, register: &Register) -> Result<(), Setback> {
        let found = register.find_rain_check(text)?;
        register.check_stands(&found)?;
        self.found = Some(found);
        self.step = Step::Found;
        Ok(())
    }

    /// The item of a scan or a code, or words. Of a coupon or a card that is scanned nothing is
    /// kept but what it is called.
    fn meant(
        &self,
        text: &str,
        register: &Register,
    ) -> Result<(Option<ItemCode>, String), Setback> {
        let text = text.trim();
        if text.is_empty() {
            if self.kind == Some(RainCheckKind::PriceMatch) {
                return Err(RainCheckFault::NothingSaid.into());
            }
            return Ok((None, String::new()));
        }
        let pack = register.pack()?;
        let readings = read(text, pack.code_rules(), register.business_date());
        for reading in readings.all() {
            match reading {
                Reading::Coupon => return Ok((None, String::new())),
                Reading::GiftCard(name) => return Ok((None, read_what(name).unwrap_or_default())),
                Reading::PaymentCard => return Err(RainCheckFault::HoldsANumber.into()),
                _ => {}
            }
        }
        match choose(readings, |code| pack.item(code)) {
            Ok(Chosen::Item(_, item)) => {
                let end = item.name.floor_char_boundary(crate::domain::rain_check::WHAT_LEN_MAX);
                let name = item.name.get(..end).unwrap_or_default().to_owned();
                Ok((Some(item.code), name))
            }
            _ => Ok((None, read_what(text)?)),
        }
    }

    fn promise(&mut self, text: &str, register: &mut Register) -> Result<Turn, Setback> {
        let wrong = || RainCheckFault::NotAnAmount;
        if self.kind == Some(RainCheckKind::PriceMatch) {
            let price = UnitPrice::parse(text).map_err(|_| wrong())?;
            if !Worth::Price(price, 1).is_bounded() {
                return Err(wrong().into());
            }
            self.price = Some(price);
            self.step = Step::Pieces;
            return Ok(Turn::Stay(None));
        }
        let worth = if text.is_empty() {
            Worth::Unsaid
        } else {
            Worth::Off(Money::parse(text).map_err(|_| wrong())?)
        };
        self.issue(worth, register)
    }

    fn issue(&mut self, worth: Worth, register: &mut Register) -> Result<Turn, Setback> {
        let kind = self.kind.ok_or(Refusal::NoPage)?;
        let (code, what) = (self.code.clone(), self.what.clone());
        let number = register.issue_rain_check(kind, code, what, worth)?;
        *self = Self::default();
        let said = words!("Rain check {} is recorded", number);
        let remedy = words!("Give the customer the slip, and the coupon or card back.");
        Ok(Turn::Leave(Some(Said::attention(said, remedy))))
    }

    fn take_off(&mut self, register: &mut Register) -> Result<Turn, Setback> {
        let found = self.found.clone().ok_or(Refusal::NoPage)?;
        match *register.lines_for_check(&found) {
            [] => Err(register.no_line_for(&found).into()),
            [place] => Ok(Turn::Leave(register.honor_in_sale(&found, place)?)),
            _ => {
                self.step = Step::Line;
                Ok(Turn::Stay(None))
            }
        }
    }

    fn answered(&self) -> Vec<(Words, Words)> {
        let mut answered = Vec::new();
        if let Some(kind) = self.kind {
            answered.push((words!("Kind"), Words::plain(kind.label())));
        }
        if !self.what.is_empty() {
            answered.push((words!("For"), Words::data(self.what.as_str())));
        }
        if let Some(price) = self.price {
            answered.push((words!("Price of one"), Words::data(price.to_string())));
        }
        let Some(found) = &self.found else { return answered };
        let check = &found.check;
        answered.push((words!("Number"), Words::data(check.number.to_string())));
        answered.push((words!("For"), found.title()));
        answered.push((words!("Promised"), said_of(check)));
        answered.push((words!("Good until"), Words::data(check.until.to_string())));
        answered
    }

    fn found_view(&self, page: PageView, register: &Register) -> PageView {
        let Some(found) = &self.found else { return page };
        let taken = register.policy().is_ok_and(|p| p.rain_checks.takes(&found.check));
        let mut lead = Vec::new();
        if found.check.is_expired(register.business_date()) {
            lead.push(words!("It is past its last day: a manager must sign."));
        }
        if found.of.hash_start.is_some() {
            lead.push(words!("Its paper alone proves it: a lead must sign."));
        }
        if !taken {
            lead.push(words!("A register does not take it: it is for the service desk."));
        }
        let enabled = taken && !register.lines_for_check(found).is_empty();
        PageView {
            lead,
            choices: vec![
                Choice { label: words!("Take it off this sale"), enabled },
                Choice::open(words!("The service desk honored it")),
            ],
            ..page
        }
    }

    fn line_view(&self, page: PageView, register: &Register) -> PageView {
        let (Some(found), Phase::Basket(basket)) = (&self.found, &register.phase) else {
            return page;
        };
        let row = |place: usize| {
            let line = basket.lines().get(place)?;
            Some(Row::plain(vec![
                Words::data(line.name.as_str()),
                Words::data(line.quantity.to_string()),
                Words::data(line.amount.to_string()),
            ]))
        };
        PageView {
            columns: vec![
                Column::words(term("Item"), 6),
                Column::figures(term("Quantity"), 2),
                Column::figures(term("Amount"), 2),
            ],
            rows: register.lines_for_check(found).into_iter().filter_map(row).collect(),
            rows_open: true,
            ..page
        }
    }
}

/// How many at a promised price.
fn pieces(text: &str) -> Result<u16, RainCheckFault> {
    if text.is_empty() {
        return Ok(1);
    }
    let pieces = text.parse().ok().filter(|pieces| (1..=PIECES_MAX).contains(pieces));
    pieces.ok_or(RainCheckFault::NotPieces)
}

fn list(page: PageView, register: &Register) -> PageView {
    let today = register.business_date();
    let open = register.book.rain_checks.open();
    let row = |check: &crate::domain::rain_check::RainCheck| {
        let mark = if check.is_expired(today) { RowMark::Attention } else { RowMark::Plain };
        let what = if check.what.is_empty() { "-" } else { check.what.as_str() };
        Row::marked(
            mark,
            vec![
                Words::data(check.number.to_string()),
                Words::plain(check.kind.label()),
                Words::data(what),
                said_of(check),
                Words::data(check.until.to_string()),
            ],
        )
    };
    PageView {
        lead: vec![words!("Scan a slip or key its number. F4 writes a new one.")],
        columns: vec![
            Column::words(term("Number"), 2),
            Column::words(term("Kind"), 3),
            Column::words(term("For"), 5),
            Column::words(term("Promised"), 4),
            Column::words(term("Good until"), 3),
        ],
        rows: open.iter().take(ROWS_MAX).map(|(_, issued)| row(&issued.check)).collect(),
        empty: words!("No rain check is out."),
        rows_open: true,
        actions: vec![PageAction::go(term("Write one"), true)],
        ..page
    }
    .asking(PageAsks::Code, term("Number or slip"))
}

impl Register {
    /// The list, or right after a refusal what was refused.
    pub(super) fn rain_checks_page(&mut self) -> RainChecksPage {
        let notices = self.notices();
        let offer = self.begun.offered.take().filter(|(notice, _)| *notice == notices);
        offer.map_or_else(RainChecksPage::default, |(_, kind)| RainChecksPage::offered(kind))
    }

    /// Asks which line a scanned rain check is for.
    pub(in crate::register) fn ask_which_line(&mut self, found: FoundCheck) {
        self.leave_page();
        let page = RainChecksPage { step: Step::Line, found: Some(found), ..Default::default() };
        self.page = Some(Task::RainChecks(page));
    }
}
