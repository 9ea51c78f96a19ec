//! Cash of the store: which drawers are open, what moved without a sale, which bags are used.
//!
//! What should be in a drawer stays inside: it is counted blind, so whoever asks learns whether it
//! is above a limit and which piece runs out, and no sum.

use std::collections::BTreeMap;

use super::Origin;
use crate::domain::bag::{BagNo, REMEMBERED_DAYS};
use crate::domain::change_forecast::{DrawerFlow, Flow, Forecast};
use crate::domain::drawer::{CashMovement, CashMovementKind, DrawerTotals};
use crate::domain::event::Event;
use crate::domain::ids::{Epoch, PersonId, RecordRef, RegisterNo, ShiftNo};
use crate::domain::money::Money;
use crate::domain::sale::CompletedSale;
use crate::domain::shift::{CountedPieces, worth};
use crate::domain::tender::Tender;
use crate::domain::time::{BusinessDate, Timestamp};

/// Cash that moved without a sale, at one of the registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// At which register.
    pub register: RegisterNo,
    /// When, by its clock.
    pub at: Timestamp,
    /// The business date.
    pub day: BusinessDate,
    /// In which shift.
    pub shift: ShiftNo,
    /// What.
    pub movement: CashMovement,
    /// Who did it.
    pub by: Option<PersonId>,
    /// Who stood beside it.
    pub witness: Option<PersonId>,
}

/// A drawer that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDrawer {
    /// At which register.
    pub register: RegisterNo,
    /// Its shift.
    pub shift: ShiftNo,
    /// Whose it is.
    pub cashier: PersonId,
    /// Since when.
    pub since: Timestamp,
    totals: DrawerTotals,
    flow: DrawerFlow,
}

/// A bag that went into the safe more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BagTwice {
    /// Its number.
    pub bag: BagNo,
    /// At these registers.
    pub registers: Vec<RegisterNo>,
}

/// What one journal says of its drawer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Till {
    register: RegisterNo,
    /// Its newest record: of a register's journals the newest one counts.
    last: Timestamp,
    open: Option<OpenDrawer>,
    /// Its last shift's number; 0 before the first.
    last_shift: ShiftNo,
    /// The last count by pieces, for a drawer that is handed over.
    counted: Vec<CountedPieces>,
    handed: Option<Money>,
}

/// The store's cash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cash {
    tills: BTreeMap<Epoch, Till>,
    moved: BTreeMap<(i64, RecordRef), Moved>,
}

impl Cash {
    pub(super) fn take(&mut self, origin: &Origin, event: &Event) {
        let till = self.tills.entry(origin.at_record.epoch).or_insert_with(|| Till {
            register: origin.register,
            last: origin.at,
            open: None,
            last_shift: ShiftNo(0),
            counted: Vec::new(),
            handed: None,
        });
        till.last = origin.at;
        till.take(origin, event);
        if let Event::CashMovement { shift, movement, approval } = event {
            let moved = Moved {
                register: origin.register,
                at: origin.at,
                day: origin.day,
                shift: *shift,
                movement: movement.clone(),
                by: origin.by.clone(),
                witness: approval.as_ref().map(|approval| approval.by.clone()),
            };
            self.moved.insert((origin.at.utc_ms, origin.at_record), moved);
            let day = |moved: &Moved| moved.day.days_since_1970();
            let newest = self.moved.values().map(day).max().unwrap_or(0);
            // Whatever the order, the same ones are left.
            self.moved.retain(|_, moved| day(moved) > newest.saturating_sub(REMEMBERED_DAYS));
        }
    }

    /// The open drawers, by register.
    pub fn open(&self) -> Vec<&OpenDrawer> {
        let mut newest: BTreeMap<RegisterNo, (&Till, Epoch)> = BTreeMap::new();
        for (epoch, till) in &self.tills {
            let known = newest.get(&till.register);
            let stamp = (till.last.utc_ms, *epoch);
            if known.is_none_or(|(other, of)| (other.last.utc_ms, *of) < stamp) {
                newest.insert(till.register, (till, *epoch));
            }
        }
        newest.into_values().filter_map(|(till, _)| till.open.as_ref()).collect()
    }

    /// The highest number of a shift at a register, in whichever of its journals; 0 before the
    /// first. It is the number of its Z report, which no other of the register has.
    pub fn last_shift(&self, register: RegisterNo) -> ShiftNo {
        let own = self.tills.values().filter(|till| till.register == register);
        own.map(|till| till.last_shift).max().unwrap_or(ShiftNo(0))
    }

    /// Cash that moved, the newest first.
    pub fn moved(&self) -> impl Iterator<Item = &Moved> {
        self.moved.values().rev()
    }

    /// Where a bag was used for the first time that is known.
    pub fn bag(&self, bag: &BagNo) -> Option<&Moved> {
        self.moved.values().find(|moved| moved.movement.bag.as_ref() == Some(bag))
    }

    /// Bags that two drawers put into the safe, while they could not see each other.
    pub fn bags_twice(&self) -> Vec<BagTwice> {
        let mut used: BTreeMap<&BagNo, Vec<RegisterNo>> = BTreeMap::new();
        for moved in self.moved.values() {
            if let Some(bag) = &moved.movement.bag {
                used.entry(bag).or_default().push(moved.register);
            }
        }
        let twice = used.into_iter().filter(|(_, registers)| registers.len() > 1);
        twice
            .map(|(bag, mut registers)| {
                registers.sort_unstable();
                BagTwice { bag: bag.clone(), registers }
            })
            .collect()
    }
}

impl OpenDrawer {
    /// More is in it than the store wants to be there.
    pub fn is_above(&self, limit: Money) -> bool {
        self.totals.expected_cash().is_ok_and(|cash| cash > limit)
    }

    /// Which notes and coins run out. `values` are the store's, the largest first.
    pub fn forecast(&self, values: &[Money], now_ms: i64) -> Forecast {
        self.flow.forecast(values, now_ms)
    }
}

impl Till {
    fn take(&mut self, origin: &Origin, event: &Event) {
        match event {
            Event::ShiftOpen { shift, cashier, float, pieces } => {
                let counted = std::mem::take(&mut self.counted);
                let left = self.handed.take() == Some(*float) && worth(&counted) == Ok(*float);
                // Handed over and found the same: the count of the one before still holds.
                let start = if pieces.is_empty() && left { counted } else { pieces.clone() };
                self.last_shift = self.last_shift.max(*shift);
                self.open = Some(OpenDrawer {
                    register: self.register,
                    shift: *shift,
                    cashier: cashier.clone(),
                    since: origin.at,
                    totals: DrawerTotals::opened_with(*float),
                    flow: DrawerFlow::opened(origin.at.utc_ms, start),
                });
            }
            Event::CashCount(count) => self.counted.clone_from(&count.pieces),
            Event::ShiftClose(_) => self.open = None,
            Event::DrawerHanded(handing) => self.handed = Some(handing.cash),
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                if let Some(open) = &mut self.open {
                    open.sale(origin.at.utc_ms, sale);
                }
            }
            Event::CashMovement { movement, .. } => {
                if let Some(open) = &mut self.open {
                    open.movement(origin.at.utc_ms, movement);
                }
            }
            _ => {}
        }
    }
}

impl OpenDrawer {
    fn sale(&mut self, at_ms: i64, sale: &CompletedSale) {
        // Sums are bounded far below their type; should one not fit, the drawer stays as it was.
        if let Ok(after) = self.totals.after_sale(sale) {
            self.totals = after;
        }
        let cash = sale.tenders.iter().filter(|tender| matches!(tender, Tender::Cash { .. }));
        let received = Money::sum(cash.map(Tender::amount)).unwrap_or_default();
        if received != Money::ZERO || sale.change != Money::ZERO {
            self.flow.take(at_ms, Flow::Paid { received, given: sale.change });
        }
    }

    fn movement(&mut self, at_ms: i64, movement: &CashMovement) {
        if let Ok(after) = self.totals.after_movement(movement) {
            self.totals = after;
        }
        let (comes_in, pieces) = (movement.kind.comes_in(), movement.pieces.clone());
        match movement.kind {
            _ if !pieces.is_empty() => self.flow.take(at_ms, Flow::Counted { pieces, comes_in }),
            CashMovementKind::Drop | CashMovementKind::Pickup | CashMovementKind::PaidOut => {
                self.flow.take(at_ms, Flow::Out(movement.amount));
            }
            CashMovementKind::PaidIn => {
                let (received, given) = (movement.amount, Money::ZERO);
                self.flow.take(at_ms, Flow::Paid { received, given });
            }
            CashMovementKind::Loan => {
                self.flow.take(at_ms, Flow::Uncounted(movement.amount));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::approval::{Act, Approval};
    use crate::domain::book::Book;
    use crate::domain::change_forecast::RunsOut;
    use crate::domain::handing::Handing;
    use crate::domain::ids::Seq;
    use crate::domain::person::Role;
    use crate::domain::shift::{CashCount, ShiftClose};

    fn origin(register: u16, seq: u64, at: &str) -> Origin {
        let at = Timestamp::parse(&format!("2026-11-22T{at}:00.000-06:00")).expect("a time");
        Origin {
            register: RegisterNo(register),
            at_record: RecordRef { epoch: Epoch([register.to_le_bytes()[0]; 8]), seq: Seq(seq) },
            at,
            day: at.local_date(),
            by: PersonId::parse("31").ok(),
        }
    }

    fn money(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    fn opens(float: i64, pieces: &[(i64, u32)]) -> Event {
        let one =
            |(value, count): &(i64, u32)| CountedPieces { value: money(*value), count: *count };
        Event::ShiftOpen {
            shift: ShiftNo(1),
            cashier: PersonId::parse("31").expect("a number"),
            float: money(float),
            pieces: pieces.iter().map(one).collect(),
        }
    }

    fn moves(movement: CashMovement) -> Event {
        let by = PersonId::parse("41").expect("a number");
        let approval = Some(Approval { act: Act::MoveCash, by, role: Role::Lead });
        Event::CashMovement { shift: ShiftNo(1), movement, approval }
    }

    fn drop(bag: &str) -> Event {
        moves(CashMovement::drop(money(20_000), BagNo::parse(bag).expect("a bag")))
    }

    fn closes() -> Event {
        Event::ShiftClose(ShiftClose {
            shift: ShiftNo(1),
            counted_cash: money(10_000),
            counted_checks: money(0),
            expected_cash: money(10_000),
            expected_checks: money(0),
            sales: 0,
            refunds: 0,
        })
    }

    fn book(records: &[(Origin, Event)]) -> Book {
        let mut book = Book::default();
        for (origin, event) in records {
            book.take(origin, event);
        }
        book
    }

    /// Two registers on one day, of which one closed.
    fn day() -> [Vec<(Origin, Event)>; 2] {
        [
            vec![
                (origin(1, 0, "08:00"), opens(30_100, &[])),
                (origin(1, 1, "09:00"), drop("TB-1")),
            ],
            vec![
                (origin(2, 0, "08:05"), opens(10_000, &[])),
                (origin(2, 1, "10:00"), drop("TB-1")),
                (origin(2, 2, "11:00"), closes()),
            ],
        ]
    }

    #[test]
    fn the_stores_drawers_and_bags_are_the_same_in_every_order_of_arrival() {
        let [one, two] = day();
        let all: Vec<_> = one.iter().chain(&two).cloned().collect();
        let first = book(&all);
        assert_eq!(first.cash.open().iter().map(|open| open.register.0).collect::<Vec<_>>(), [1]);
        let twice = first.cash.bags_twice();
        assert_eq!(twice.len(), 1);
        assert_eq!(twice[0].registers, [RegisterNo(1), RegisterNo(2)]);
        let known = first.cash.moved().next().expect("the newest");
        assert_eq!(
            (known.register.0, known.witness.as_ref().map(PersonId::as_str)),
            (2, Some("41"))
        );
        let turned: Vec<_> = two.iter().chain(&one).cloned().collect();
        assert_eq!(book(&turned).cash, first.cash);
        let twice: Vec<_> = all.iter().chain(&turned).cloned().collect();
        assert_eq!(book(&twice).cash, first.cash, "what comes again is not counted again");
    }

    #[test]
    fn a_drawer_tells_whether_it_is_above_the_limit_and_no_sum() {
        let opened = book(&[(origin(1, 0, "08:00"), opens(30_001, &[]))]);
        assert!(opened.cash.open()[0].is_above(money(30_000)));
        let dropped = book(&day()[0]);
        assert!(!dropped.cash.open()[0].is_above(money(30_000)));
    }

    #[test]
    fn a_new_journal_of_the_register_ends_the_drawer_of_the_old_one() {
        let mut records = day()[0].clone();
        let mut next = origin(1, 0, "12:00");
        next.at_record.epoch = Epoch([9; 8]);
        records.push((next, Event::Note { text: String::new() }));
        let book = book(&records);
        assert_eq!(book.cash.open(), Vec::<&OpenDrawer>::new());
        // The next Z of this register is not the first one again.
        assert_eq!(book.cash.last_shift(RegisterNo(1)), ShiftNo(1));
        assert_eq!(book.cash.last_shift(RegisterNo(3)), ShiftNo(0));
    }

    #[test]
    fn a_drawer_handed_over_and_found_the_same_keeps_its_count() {
        let handed = |found: i64| {
            let pieces = vec![CountedPieces { value: money(100), count: 100 }];
            let zero = Money::ZERO;
            let count =
                CashCount { shift: ShiftNo(1), pieces, loose: zero, checks: zero, check_count: 0 };
            let handing = Handing { shift: ShiftNo(1), cash: money(10_000) };
            let records = [
                (origin(1, 0, "08:00"), opens(10_000, &[])),
                (origin(1, 1, "09:00"), Event::CashCount(count)),
                (origin(1, 2, "09:00"), closes()),
                (origin(1, 3, "09:01"), Event::DrawerHanded(handing)),
                (origin(1, 4, "09:05"), opens(found, &[])),
            ];
            let book = book(&records);
            book.cash.open()[0].forecast(&[money(100)], origin(1, 5, "12:00").at.utc_ms)
        };
        assert_eq!(handed(10_000), Forecast::TooEarly, "counted, and nothing sold yet");
        assert_eq!(handed(9_900), Forecast::NotCounted);
    }

    #[test]
    fn a_loan_that_nobody_counted_makes_the_forecast_the_earliest_time() {
        let loan = |pieces| CashMovement {
            pieces,
            ..CashMovement::new(CashMovementKind::Loan, money(5_000))
        };
        // Eight payments hand 2.00 back each; then change is brought.
        let forecast = |movement| {
            let mut drawer = OpenDrawer {
                register: RegisterNo(1),
                shift: ShiftNo(1),
                cashier: PersonId::parse("31").expect("a number"),
                since: origin(1, 0, "08:00").at,
                totals: DrawerTotals::opened_with(money(2_000)),
                flow: DrawerFlow::opened(
                    origin(1, 0, "08:00").at.utc_ms,
                    vec![CountedPieces { value: money(100), count: 20 }],
                ),
            };
            for minute in 1..=8 {
                let at_ms = origin(1, 0, &format!("08:{minute:02}")).at.utc_ms;
                let (received, given) = (money(2_000), money(200));
                drawer.flow.take(at_ms, Flow::Paid { received, given });
            }
            drawer.movement(origin(1, 0, "08:10").at.utc_ms, &movement);
            drawer.forecast(&[money(2_000), money(100)], origin(1, 0, "08:20").at.utc_ms)
        };
        let ones = |all: &[RunsOut]| all.iter().map(|one| one.value).collect::<Vec<_>>();
        let Forecast::NotBefore { all, uncounted } = forecast(loan(Vec::new())) else {
            panic!("the forecast goes on")
        };
        assert_eq!((ones(&all), uncounted), (vec![money(100)], money(5_000)));
        let counted = vec![CountedPieces { value: money(100), count: 50 }];
        let Forecast::RunsOut(later) = forecast(loan(counted)) else { panic!("counted") };
        assert!(later.iter().all(|one| one.at_ms > all[0].at_ms), "{later:?}");
    }
}
