//! Pieces of sales that a card may have paid, and of a basket that goes on through central.

use crate::domain::approval::Act;
use crate::domain::person::Role;
use crate::domain::refusal::Refusal;
use crate::register::check_input::Keyed;
use crate::register::command::Command;
use crate::register::page::{PageInput, PageName};
use crate::register::register::Answer;
use crate::register::view::{PageView, RowMark, Screen};

use super::{CARD, Desk, Miss, Outcome};

/// What terminals of a drill print.
const TERMINALS: [&str; 3] = ["004711", "004712", "004713"];
/// The choices of a case on its page.
const BY_CARD: usize = 1;
const REVERSED: usize = 2;
const GIVEN_UP: usize = 3;

impl Desk {
    /// Three sales whose terminal hangs: a card's number is refused, nobody takes money without a
    /// manager, and one is taken up and paid in cash.
    pub(super) fn card_pending(&mut self) -> Outcome {
        let package = self.package()?;
        self.scan(&package)?;
        let number = Command::SuspendCard { terminal: CARD.to_owned() };
        let refused = self.refused(number, "too long")?;
        let mut slips = Vec::new();
        for terminal in TERMINALS {
            if self.sell_screen()?.is_empty() {
                self.scan(&package)?;
            }
            self.must(Command::SuspendCard { terminal: terminal.to_owned() })?;
            let waiting = self.lane.running()?.view().status.suspended.clone();
            let known = |slip: &u32| slips.contains(slip);
            let newest = waiting.iter().filter(|one| one.card).map(|one| one.slip);
            slips.extend(newest.rev().find(|slip| !known(slip)));
        }
        let slip = *slips.first().ok_or_else(|| Miss::Said("nothing waits".to_owned()))?;
        // The cashier alone, and nobody signs.
        let alone = self.lane.running()?.handle(Command::Resume { slip });
        let asks = Refusal::NeedsApproval(Act::CardPending, Role::Manager);
        if alone != Answer::Refused(asks) {
            return Err(Miss::Said(format!("taken up without a manager: {alone:?}")));
        }
        self.must(Command::Decline)?;
        if !self.sell_screen()?.is_empty() {
            return Err(Miss::Said("what was not signed for is on the screen".to_owned()));
        }
        self.must(Command::Resume { slip })?;
        let total = self.pay_cash()?;
        Ok(format!(
            "a card's number: {refused}; {} sales put aside as card_pending; number {slip} waited \
             for a manager and was paid in cash, {total}",
            slips.len()
        ))
    }

    /// Each of the three is closed, one way each; what does not fit is refused, and so is closing
    /// one again.
    pub(super) fn card_closed(&mut self) -> Outcome {
        let page = self.aside_page()?;
        let open = page.rows.iter().filter(|row| row.mark == RowMark::Attention).count();
        if open != TERMINALS.len() {
            return Err(Miss::Said(format!("{open} on the list, not {}", TERMINALS.len())));
        }
        let collected = self.case_row("took money")?;
        self.must(Command::Page(PageInput::Row(collected)))?;
        let not_card = self.refused(choice(BY_CARD), "was paid by sale")?;
        self.must(choice(REVERSED))?;
        self.must(answer("R-4711"))?;
        let open = self.case_row("A card may have paid")?;
        self.must(Command::Page(PageInput::Row(open)))?;
        let not_cash = self.refused(choice(REVERSED), "No sale took money")?;
        self.must(choice(BY_CARD))?;
        self.must(answer("004712"))?;
        let open = self.case_row("A card may have paid")?;
        self.must(Command::Page(PageInput::Row(open)))?;
        self.must(choice(GIVEN_UP))?;
        let page = self.aside_page()?;
        let closed = page.rows.iter().position(|row| row.mark == RowMark::Good);
        let closed = closed.ok_or_else(|| Miss::Said("nothing is closed".to_owned()))?;
        let again = self.refused(Command::Page(PageInput::Row(closed)), "is closed")?;
        if page.rows.iter().any(|row| row.mark == RowMark::Attention) {
            return Err(Miss::Said("the list is still open".to_owned()));
        }
        self.must(Command::LeavePage)?;
        Ok(format!(
            "paid otherwise and reversed ({not_card}); by card ({not_cash}); given up; {again}"
        ))
    }

    /// The basket of another register is on the list since central told, and goes on here.
    pub(super) fn through_central(&mut self) -> Outcome {
        let told = self.elsewhere.clone();
        let (slip, before) =
            told.ok_or_else(|| Miss::Said("no basket waits elsewhere".to_owned()))?;
        if !before.contains("No sale waits") {
            return Err(Miss::Said(format!("it was known here without central: {before}")));
        }
        let page = self.aside_page()?;
        let number = slip.to_string();
        let row = page
            .rows
            .iter()
            .position(|row| row.cells.first().is_some_and(|cell| cell.to_string() == number));
        let row = row.ok_or_else(|| Miss::Said(format!("central told of no number {slip}")))?;
        self.must(Command::Page(PageInput::Row(row)))?;
        let total = self.pay_cash()?;
        Ok(format!(
            "number {slip} of another register: {before}; after central told, it went on here and \
             was paid, {total}"
        ))
    }

    fn aside_page(&mut self) -> Result<PageView, Miss> {
        self.must(Command::OpenPage(PageName::Aside))?;
        match self.lane.running()?.view().screen {
            Screen::Page(page) => Ok(*page),
            _ => Err(Miss::Said("the list is not on the screen".to_owned())),
        }
    }

    /// The first open case whose row says this.
    fn case_row(&mut self, words: &str) -> Result<usize, Miss> {
        let page = self.aside_page()?;
        let says = |row: &crate::register::view::Row| {
            row.mark == RowMark::Attention
                && row.cells.iter().any(|cell| cell.to_string().contains(words))
        };
        let place = page.rows.iter().position(says);
        place.ok_or_else(|| Miss::Said(format!("no row says '{words}'")))
    }
}

const fn choice(place: usize) -> Command {
    Command::Page(PageInput::Choice(place))
}

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}
