//! A count in the making: two people count blind, what differs is counted again.
//!
//! ```text
//!  First ─▶ Second ─▶ Again: where the two differ, or are far from what should be there ─▶ records
//!     └── one counter ──▶┘     each is counted once more; the last count counts
//! ```
//!
//! Nobody is shown what should be there before all have counted: whoever knows it finds it.

use super::count::{AREA_LEN_MAX, CountedLine, StockCount, TRIES_MAX, is_far_off};
use super::fault::GoodsFault;
use super::{LINES_MAX, is_count};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::PersonId;
use crate::domain::quantity::Quantity;
use crate::domain::time::Timestamp;

/// The most different items of one count.
pub const ITEMS_MAX: usize = 4_000;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// The first counter's.
    #[default]
    First,
    /// The second one's.
    Second,
    /// What differs is counted again.
    Again,
}

/// A count in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    area: String,
    counters: Vec<PersonId>,
    turn: Turn,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    code: ItemCode,
    name: String,
    at: Timestamp,
    tries: Vec<Quantity>,
    /// Counted in this turn.
    now: Option<Quantity>,
    /// To be counted again.
    doubtful: bool,
}

/// All that is known of a line, to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeLine<'a> {
    /// Its code.
    pub code: &'a ItemCode,
    /// Its name.
    pub name: &'a str,
    /// When the last count of it was taken.
    pub at: Timestamp,
    /// Counted in turns before.
    pub tries: &'a [Quantity],
    /// Counted in this turn.
    pub now: Option<Quantity>,
}

/// A line as the one who counts sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountLine<'a> {
    /// Its code.
    pub code: &'a ItemCode,
    /// Its name.
    pub name: &'a str,
    /// Counted in this turn; none as long as it was not.
    pub now: Option<Quantity>,
    /// What was counted in turns before; empty for the second counter, who counts blind.
    pub tries: &'a [Quantity],
}

impl Line {
    fn shown(&self, with_tries: bool) -> CountLine<'_> {
        let Self { code, name, now, tries, .. } = self;
        CountLine { code, name, now: *now, tries: if with_tries { tries } else { &[] } }
    }
}

impl Counting {
    /// Begins with an area and who counts first.
    ///
    /// # Errors
    /// [`GoodsFault`] when the area has no name, or too long a one.
    pub fn new(area: &str, first: PersonId) -> Result<Self, GoodsFault> {
        let area = area.trim();
        if area.len() > AREA_LEN_MAX || area.chars().any(char::is_control) {
            return Err(GoodsFault::TooLong);
        }
        if area.is_empty() {
            return Err(GoodsFault::NoArea);
        }
        let (counters, turn, lines) = (vec![first], Turn::First, Vec::new());
        Ok(Self { area: area.to_owned(), counters, turn, lines })
    }

    /// Whose turn it is.
    pub const fn turn(&self) -> Turn {
        self.turn
    }

    /// All lines, whoever may see them.
    pub fn all(&self) -> impl Iterator<Item = WholeLine<'_>> {
        self.lines.iter().map(|line| {
            let Line { code, name, at, tries, now, .. } = line;
            WholeLine { code, name, at: *at, tries, now: *now }
        })
    }

    /// Nobody counted anything yet.
    pub const fn is_untouched(&self) -> bool {
        self.lines.is_empty()
    }

    /// What is counted.
    pub fn area(&self) -> &str {
        &self.area
    }

    /// Who counts.
    pub fn counters(&self) -> &[PersonId] {
        &self.counters
    }

    /// The lines of this turn: in the last one only what is counted again.
    pub fn lines(&self) -> Vec<CountLine<'_>> {
        let shown = |line: &&Line| match self.turn {
            Turn::First | Turn::Second => line.now.is_some(),
            Turn::Again => line.doubtful,
        };
        let again = self.turn == Turn::Again;
        self.lines.iter().filter(shown).map(|line| line.shown(again)).collect()
    }

    /// One more was found.
    ///
    /// # Errors
    /// [`GoodsFault`] when it is full.
    pub fn scan(&mut self, code: &ItemCode, name: &str, at: Timestamp) -> Result<(), GoodsFault> {
        let so_far = self.counted(code).unwrap_or_default();
        let more = so_far.plus(Quantity::ONE).map_err(|_| GoodsFault::Quantity)?;
        self.set(code, name, more, at)
    }

    /// So many are there.
    ///
    /// # Errors
    /// [`GoodsFault`] when it is absurd, the count is full, or this item is not counted again.
    pub fn set(
        &mut self,
        code: &ItemCode,
        name: &str,
        quantity: Quantity,
        at: Timestamp,
    ) -> Result<(), GoodsFault> {
        if !is_count(quantity) {
            return Err(GoodsFault::Quantity);
        }
        let turn = self.turn;
        if let Some(line) = self.lines.iter_mut().find(|line| line.code == *code) {
            if turn == Turn::Again && !line.doubtful {
                return Err(GoodsFault::NotCountedAgain);
            }
            line.now = Some(quantity);
            line.at = at;
            return Ok(());
        }
        if turn == Turn::Again {
            return Err(GoodsFault::NotCountedAgain);
        }
        if self.lines.len() >= ITEMS_MAX {
            return Err(GoodsFault::Full);
        }
        let (code, name) = (code.clone(), name.to_owned());
        let (tries, now, doubtful) = (Vec::new(), Some(quantity), false);
        self.lines.push(Line { code, name, at, tries, now, doubtful });
        Ok(())
    }

    /// The first counter is done, and somebody else counts the same.
    ///
    /// # Errors
    /// [`GoodsFault`] when nothing was counted, or it is the same person.
    pub fn second(&mut self, second: PersonId) -> Result<(), GoodsFault> {
        if self.turn != Turn::First {
            return Err(GoodsFault::CountedAlready);
        }
        if self.lines.is_empty() {
            return Err(GoodsFault::NothingCounted);
        }
        if self.counters.contains(&second) {
            return Err(GoodsFault::SameCounter);
        }
        self.end_turn();
        self.counters.push(second);
        self.turn = Turn::Second;
        Ok(())
    }

    /// All have counted: gives how many are to be counted again. `expected` tells what should have
    /// been there at a time.
    ///
    /// # Errors
    /// [`GoodsFault`] when nothing was counted, or something is still to be counted again.
    pub fn compare(
        &mut self,
        expected: impl Fn(&ItemCode, Timestamp) -> Option<Quantity>,
    ) -> Result<usize, GoodsFault> {
        if self.lines.is_empty() {
            return Err(GoodsFault::NothingCounted);
        }
        let waiting = self.lines.iter().filter(|line| line.doubtful && line.now.is_none()).count();
        if self.turn == Turn::Again {
            return if waiting > 0 { Err(GoodsFault::CountAgain(waiting)) } else { Ok(0) };
        }
        self.end_turn();
        self.turn = Turn::Again;
        for line in &mut self.lines {
            let last = line.tries.last().copied().unwrap_or_default();
            let differ = line.tries.iter().any(|tried| *tried != last);
            let far = expected(&line.code, line.at).is_some_and(|due| is_far_off(last, due));
            line.doubtful = differ || far;
        }
        Ok(self.lines.iter().filter(|line| line.doubtful).count())
    }

    /// The records of the count.
    ///
    /// # Errors
    /// [`GoodsFault`] while somebody must still count.
    pub fn finish(
        &self,
        expected: impl Fn(&ItemCode, Timestamp) -> Option<Quantity>,
        note: &str,
    ) -> Result<Vec<StockCount>, GoodsFault> {
        let waiting = self.lines.iter().filter(|line| line.doubtful && line.now.is_none()).count();
        if self.turn != Turn::Again || waiting > 0 {
            return Err(GoodsFault::CountAgain(waiting));
        }
        let line = |line: &Line| CountedLine {
            code: line.code.clone(),
            name: line.name.clone(),
            at: line.at,
            tries: line.tries.iter().copied().chain(line.now).take(TRIES_MAX).collect(),
            expected: expected(&line.code, line.at).filter(|due| super::is_on_hand(*due)),
        };
        let lines: Vec<CountedLine> = self.lines.iter().map(line).collect();
        let record = |lines: &[CountedLine]| StockCount {
            area: self.area.clone(),
            counters: self.counters.clone(),
            lines: lines.to_vec(),
            note: note.to_owned(),
        };
        Ok(lines.chunks(LINES_MAX).map(record).collect())
    }

    /// What was counted of an item in this turn.
    pub fn counted(&self, code: &ItemCode) -> Option<Quantity> {
        self.find(code).and_then(|line| line.now)
    }

    fn find(&self, code: &ItemCode) -> Option<&Line> {
        self.lines.iter().find(|line| line.code == *code)
    }

    /// What was found in this turn is kept; what was not found is none.
    fn end_turn(&mut self) {
        for line in &mut self.lines {
            // An item that only the second counter found was not found by the first.
            while self.turn == Turn::Second && line.tries.is_empty() {
                line.tries.push(Quantity::default());
            }
            line.tries.push(line.now.take().unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> ItemCode {
        ItemCode::parse(text).expect("a code")
    }

    fn pieces(count: i64) -> Quantity {
        Quantity::pieces(count).expect("fits")
    }

    fn person(text: &str) -> PersonId {
        PersonId::parse(text).expect("a person")
    }

    fn at(second: i64) -> Timestamp {
        let passed = second.saturating_mul(1_000);
        Timestamp::new(1_790_000_000_000_i64.saturating_add(passed), -360).expect("a time")
    }

    #[test]
    fn what_two_people_find_alike_and_near_what_is_due_is_not_counted_again() {
        let mut counting = Counting::new("Aisle 4", person("31")).expect("begun");
        for (item, first) in [("1", 40), ("2", 12), ("3", 5)] {
            counting.set(&code(item), "Soup", pieces(first), at(1)).expect("counted");
        }
        assert_eq!(counting.second(person("31")), Err(GoodsFault::SameCounter));
        counting.second(person("41")).expect("the other one's turn");
        assert_eq!(counting.lines(), [], "the second one counts blind");
        for (item, second) in [("1", 40), ("2", 11)] {
            counting.set(&code(item), "Soup", pieces(second), at(2)).expect("counted");
        }
        for _ in 0..3 {
            counting.scan(&code("4"), "Beans", at(3)).expect("counted");
        }
        let due = |item: &ItemCode, _| (item.as_str() == "1").then(|| pieces(41));
        assert_eq!(counting.compare(due), Ok(3), "2 and 3 differ, 4 was found by one only");
        assert_eq!(counting.finish(due, ""), Err(GoodsFault::CountAgain(3)));
        assert_eq!(
            counting.set(&code("1"), "Soup", pieces(1), at(4)),
            Err(GoodsFault::NotCountedAgain)
        );
        assert_eq!(counting.lines()[0].tries, [pieces(12), pieces(11)]);
        for (item, last) in [("2", 12), ("3", 0), ("4", 3)] {
            counting.set(&code(item), "Soup", pieces(last), at(5)).expect("counted");
        }
        assert_eq!(counting.compare(due), Ok(0));
        let records = counting.finish(due, "").expect("finished");
        assert!(records[0].is_sound());
        let found: Vec<(Vec<i64>, Option<i64>)> = records[0]
            .lines
            .iter()
            .map(|line| {
                let tries = line.tries.iter().map(|tried| tried.tenthousandths() / 10_000);
                (tries.collect(), line.difference().map(|off| off.tenthousandths() / 10_000))
            })
            .collect();
        let expected = [
            (vec![40, 40], Some(-1)),
            (vec![12, 11, 12], None),
            (vec![5, 0, 0], None),
            (vec![0, 3, 3], None),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn one_counter_is_asked_again_where_much_is_missing() {
        let mut counting = Counting::new("Cooler", person("31")).expect("begun");
        assert_eq!(counting.compare(|_, _| None), Err(GoodsFault::NothingCounted));
        counting.set(&code("1"), "Milk", pieces(4), at(1)).expect("counted");
        assert_eq!(counting.compare(|_, _| Some(pieces(24))), Ok(1));
        assert_eq!(counting.compare(|_, _| None), Err(GoodsFault::CountAgain(1)));
        counting.set(&code("1"), "Milk", pieces(22), at(9)).expect("counted");
        let record = counting.finish(|_, _| Some(pieces(23)), "").expect("finished").remove(0);
        assert_eq!((record.lines[0].counted(), record.lines[0].at), (pieces(22), at(9)));
        assert_eq!(Counting::new(" ", person("31")).err(), Some(GoodsFault::NoArea));
    }
}
