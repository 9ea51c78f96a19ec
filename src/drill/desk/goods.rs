//! Pieces beside selling: a truck without a notice, the same truck again, damage, a count by two
//! people, goods for another store.

use crate::domain::item::Item;
use crate::domain::quantity::Quantity;
use crate::register::check_input::Keyed;
use crate::register::command::Command;
use crate::register::page::{PageInput, PageName};
use crate::register::view::Screen;

use super::{Desk, Miss, Outcome};

/// Lines on a truck's packing slip.
const LISTED: usize = 38;
const ORDER: &str = "DRILL-88120";
const CARTON: &str = "DRILL-C7";

impl Desk {
    /// 38 lines from the packing slip: two short, one damaged, one over, one that was not ordered
    /// and one that the price file does not know.
    pub(super) fn truck(&mut self) -> Outcome {
        let goods = self.truck_goods()?;
        self.begin_from_slip()?;
        let came = |place: usize| match place {
            3 => 10,
            9 => 11,
            14 => 13,
            _ => 12,
        };
        for (place, item) in goods.iter().enumerate().take(LISTED.saturating_add(1)) {
            self.answer(&format!("{}*{}", came(place), item.code))?;
        }
        let unknown = format!("3*{}", self.props.unknown);
        self.answer(&unknown)?;
        for short in [3, 9, 14] {
            self.figure(short, 2, "12")?;
        }
        self.figure(20, 1, "1")?;
        self.press(PageInput::Row(LISTED))?;
        self.press(PageInput::Choice(3))?;
        self.press(PageInput::Action(1))?;
        self.press(PageInput::Action(2))?;
        self.leave()?;
        Ok(format!("{LISTED} lines of a packing slip, and two that do not stand on it"))
    }

    /// The same purchase order and carton once more: said, and recorded only with a signature.
    pub(super) fn truck_again(&mut self) -> Outcome {
        let goods = self.truck_goods()?;
        self.begin_from_slip()?;
        let item = goods.first().ok_or_else(no_goods)?;
        self.answer(&format!("12*{}", item.code))?;
        self.press(PageInput::Action(1))?;
        self.press(PageInput::Action(2))?;
        let asked = match self.page()? {
            Some(page) if !page.choices.is_empty() => page.lead.first().map(ToString::to_string),
            _ => None,
        };
        let asked = asked.ok_or_else(|| Miss::Said("it was taken for new goods".to_owned()))?;
        self.press(PageInput::Choice(1))?;
        self.leave()?;
        Ok(format!("{asked} Recorded once more with a signature, for central to find"))
    }

    pub(super) fn damage(&mut self) -> Outcome {
        let item = self.package()?;
        self.must(Command::OpenPage(PageName::Stock))?;
        self.answer(item.code.as_str())?;
        self.press(PageInput::Action(0))?;
        self.press(PageInput::Row(0))?;
        self.answer("2")?;
        self.answer("drill: fell off the shelf")?;
        self.leave()?;
        Ok(format!("2 of {} taken off as damaged; a photo is the store's choice", item.name))
    }

    /// An aisle counted by two, blind; three items far off are counted again. One is sold after it
    /// was counted and before the count is recorded.
    pub(super) fn count_aisle(&mut self) -> Outcome {
        let goods = self.truck_goods()?;
        let aisle: Vec<Item> = goods.iter().skip(25).take(5).cloned().collect();
        let mut should = Vec::new();
        for item in &aisle {
            should.push(self.lane.running()?.stock(&item.code).on_hand());
        }
        let should: Option<Vec<Quantity>> = should.into_iter().collect();
        let should = should.ok_or_else(|| {
            Miss::Said("not played: the given pack has no stock of its items".to_owned())
        })?;
        let second = self.lane.colleague();
        let second = second.ok_or_else(|| Miss::Said("nobody is there to count too".to_owned()))?;
        self.must(Command::OpenPage(PageName::Count))?;
        self.answer("Drill aisle")?;
        let found = |place: usize, due: Quantity| {
            let off = if place < 3 { -90_000 } else { 0 };
            Quantity::from_tenthousandths(due.tenthousandths().saturating_add(off).max(0))
        };
        let counted: Vec<(Item, Quantity)> = aisle
            .into_iter()
            .zip(should)
            .enumerate()
            .map(|(place, (item, due))| (item, found(place, due)))
            .collect();
        for turn in 0..2 {
            for (item, quantity) in &counted {
                self.answer(&format!("{quantity}*{}", item.code))?;
            }
            if turn == 0 {
                self.press(PageInput::Action(0))?;
                self.answer(&second)?;
            }
        }
        self.press(PageInput::Action(1))?;
        for (item, quantity) in counted.iter().take(3) {
            self.answer(&format!("{quantity}*{}", item.code))?;
        }
        // A minute later one of them is sold, while the count waits on its page.
        self.lane.clock.advance_ms(60_000);
        self.leave()?;
        let sold = counted.first().map(|(item, _)| item.clone()).ok_or_else(no_goods)?;
        self.scan(&sold)?;
        self.pay_cash()?;
        self.must(Command::OpenPage(PageName::Count))?;
        self.press(PageInput::Action(1))?;
        self.leave()?;
        let (_, last) = counted.first().cloned().ok_or_else(no_goods)?;
        let left = self.lane.running()?.stock(&sold.code).on_hand();
        let due = last.plus(Quantity::from_tenthousandths(-10_000)).ok();
        if left != due {
            return Err(Miss::Said(format!("{last} counted, one sold since, {left:?} on hand")));
        }
        let left = left.unwrap_or_default();
        Ok(format!(
            "5 items, 3 far off and counted again; {}: {last} counted, one sold before the count \
             was recorded, {left} on hand",
            sold.name
        ))
    }

    pub(super) fn transfer_out(&mut self) -> Outcome {
        let item = self.package()?;
        let other = self.props.policy.store.0.saturating_add(1);
        self.must(Command::OpenPage(PageName::Transfer))?;
        self.press(PageInput::Choice(0))?;
        self.answer(&other.to_string())?;
        self.answer(&format!("6*{}", item.code))?;
        self.press(PageInput::Action(0))?;
        self.leave()?;
        Ok(format!("6 of {} sent to store {other} with a paper", item.name))
    }

    fn truck_goods(&self) -> Result<Vec<Item>, Miss> {
        if self.props.goods.len() <= LISTED {
            let count = self.props.goods.len();
            let words = format!("not played: the given pack has {count} packages, 39 are needed");
            return Err(Miss::Said(words));
        }
        Ok(self.props.goods.clone())
    }

    /// Begins a delivery whose notice is not there.
    fn begin_from_slip(&mut self) -> Result<(), Miss> {
        self.must(Command::OpenPage(PageName::Deliveries))?;
        // What a kill left begun is given up first; nothing of it is recorded.
        if self.page()?.is_some_and(|page| page.step == 3) {
            self.press(PageInput::Action(3))?;
            self.must(Command::OpenPage(PageName::Deliveries))?;
        }
        self.press(PageInput::Action(0))?;
        self.answer("Drill Foods")?;
        self.answer(ORDER)?;
        self.press(PageInput::Action(0))?;
        self.answer(CARTON)
    }

    fn figure(&mut self, place: usize, choice: usize, text: &str) -> Result<(), Miss> {
        self.press(PageInput::Row(place))?;
        self.press(PageInput::Choice(choice))?;
        self.answer(text)
    }

    pub(super) fn answer(&mut self, text: &str) -> Result<(), Miss> {
        self.must(Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false }))
    }

    pub(super) fn press(&mut self, input: PageInput) -> Result<(), Miss> {
        self.must(Command::Page(input))
    }

    pub(super) fn leave(&mut self) -> Result<(), Miss> {
        if self.page()?.is_some() {
            self.must(Command::LeavePage)?;
        }
        Ok(())
    }

    pub(super) fn page(&mut self) -> Result<Option<Box<crate::register::view::PageView>>, Miss> {
        Ok(match self.lane.running()?.view().screen {
            Screen::Page(page) => Some(page),
            _ => None,
        })
    }
}

fn no_goods() -> Miss {
    Miss::Said("not played: the given pack has no packages".to_owned())
}
