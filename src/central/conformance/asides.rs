//! What a store must do about sales that were put aside.

use crate::central::store::Store;
use crate::domain::card_pending::{AsideReason, CardClosed, Ending, TerminalRef};
use crate::domain::event::{Event, SuspendedSale};
use crate::domain::ids::{RecordRef, RegisterNo, Seq, ShiftNo, StoreNo};
use crate::domain::money::Money;
use crate::domain::sale::SavedBasket;
use crate::journal::record::Line;

use super::{STORE, journal_with, piece, project_all, put};

fn aside() -> Event {
    Event::SaleSuspended(SuspendedSale {
        slip: 7_001,
        shift: ShiftNo(1),
        basket: SavedBasket::default(),
        total: Money::from_minor(2_317),
        reason: AsideReason::CardPending(TerminalRef::parse("004711").ok()),
    })
}

/// The codes of what was found, each with its register, count and money.
fn found<S: Store>(store: &mut S) -> Vec<(String, u16, u64, i64)> {
    let codes = ["resumed_twice", "card_pending", "card_pending_twice"];
    let groups = store.exceptions(Some(STORE)).expect("read");
    let ours = groups.into_iter().filter(|group| codes.contains(&group.code.as_str()));
    let mut found: Vec<_> = ours
        .map(|group| (group.code, group.journal.register.0, group.count, group.amount))
        .collect();
    found.sort();
    found
}

fn told<S: Store>(store: &mut S) -> usize {
    assert!(store.asides(StoreNo(7)).expect("read").is_empty(), "another store's are not told");
    store.asides(STORE).expect("read").len()
}

/// The journals of a test bear one epoch, so that places must differ.
fn journal(register: u16, events: &[(u64, Event)]) -> Vec<Line> {
    let last = events.iter().map(|(seq, _)| *seq).max().unwrap_or(0);
    let other = || Event::Note { text: String::new() };
    let at = |seq| events.iter().find(|(place, _)| *place == seq);
    journal_with(RegisterNo(register), last + 1, |seq| at(seq).map_or_else(other, |e| e.1.clone()))
        .1
}

fn case() -> RecordRef {
    let (chain, _) = journal_with(RegisterNo(7), 1, |_| Event::Note { text: String::new() });
    RecordRef { epoch: chain.journal.epoch, seq: Seq(1) }
}

fn closed(ending: Ending) -> Event {
    let (case, slip) = (case(), 7_001);
    Event::CardPendingClosed(CardClosed { case, slip, ending, terminal: None, approval: None })
}

/// Put aside and closed at 7; taken up at 8 and at 9, and closed otherwise there.
pub(super) fn a_card_sale_that_ended_in_two_ways_is_told_once<S: Store>(
    store: &mut S,
    order: [usize; 3],
) {
    let resumed = Event::SaleResumed { slip: 7_001, of: Some(case()), approval: None };
    let journals = [
        journal(7, &[(1, aside()), (2, closed(Ending::PaidByCard))]),
        journal(8, &[(3, resumed.clone())]),
        journal(9, &[(4, resumed), (5, closed(Ending::Abandoned))]),
    ];
    for place in order {
        let lines = &journals[place];
        put(store, piece(lines, 0, lines.len()));
        project_all(store);
    }
    let twice =
        [("card_pending_twice".to_owned(), 9, 1, 2_317), ("resumed_twice".to_owned(), 9, 1, 0)];
    assert_eq!(found(store), twice, "{order:?}");
    assert_eq!(told(store), 5, "each record once");
    store.forget_projections().expect("emptied");
    assert_eq!((found(store), told(store)), (Vec::new(), 0));
    project_all(store);
    assert_eq!((found(store), told(store)), (twice.to_vec(), 5));
}

pub(super) fn what_a_card_may_have_paid_is_open_until_its_ending_comes_in<S: Store>(store: &mut S) {
    let again = Event::SaleResumed { slip: 7_001, of: None, approval: None };
    let events = [(1, aside()), (2, again), (3, closed(Ending::PaidByCard))];
    let lines = journal(7, &events);
    put(store, piece(&lines, 0, 2));
    project_all(store);
    let open = [("card_pending".to_owned(), 7, 1, 2_317)];
    assert_eq!((found(store), told(store)), (open.to_vec(), 1));
    put(store, piece(&lines, 2, 3));
    project_all(store);
    assert_eq!((found(store), told(store)), (open.to_vec(), 2), "taken up is not closed");
    put(store, piece(&lines, 3, 4));
    project_all(store);
    assert_eq!(found(store), []);
}
