//! The same records give the same book, in whatever order they are heard.

use super::*;
use crate::domain::card_pending::{AsideReason, CardClosed, Ending, TerminalRef};
use crate::domain::event::SuspendedSale;
use crate::domain::hearsay::{Heard, Source};
use crate::domain::ids::{OutageId, PersonId, ShiftNo, StoreNo};
use crate::domain::money::Money;
use crate::domain::outage::{Outage, System};
use crate::domain::paper_slip::{PadStep, PaperPad};
use crate::domain::protocol::TaskTick;
use crate::domain::rain_check::{RainCheck, RainCheckKind, RainCheckRef, RainCheckStep, Worth};
use crate::domain::sale::SavedBasket;

fn at_record(journal: u8, seq: u64) -> RecordRef {
    RecordRef { epoch: Epoch([journal; 8]), seq: Seq(seq) }
}

fn origin(register: u8, seq: u64) -> Origin {
    let minutes = i64::try_from(seq).expect("small");
    Origin {
        register: RegisterNo(u16::from(register)),
        at_record: at_record(register, seq),
        at: Timestamp { utc_ms: minutes.saturating_mul(60_000), offset_min: 0 },
        day: BusinessDate::parse("2026-11-22").expect("a day"),
        by: None,
    }
}

fn suspended(slip: u32) -> Event {
    let (shift, total) = (ShiftNo(1), Money::from_minor(500));
    Event::SaleSuspended(SuspendedSale {
        slip,
        shift,
        basket: SavedBasket::default(),
        total,
        reason: AsideReason::Plain,
    })
}

fn declared(id: &str, since_ms: i64) -> Event {
    Event::OutageDeclared(Outage {
        id: OutageId::parse(id).expect("an id"),
        since: Timestamp { utc_ms: since_ms, offset_min: 0 },
        systems: vec![System::Payments],
        cause: String::new(),
        ticket: String::new(),
        expected: None,
    })
}

fn updated(id: &str, ticket: &str) -> Event {
    let Event::OutageDeclared(outage) = declared(id, 0) else { unreachable!() };
    Event::OutageUpdated(Outage { ticket: ticket.to_owned(), ..outage })
}

fn ended(id: &str) -> Event {
    Event::OutageEnded { outage: OutageId::parse(id).expect("an id"), note: String::new() }
}

/// Every order in which the journals' records can be heard; each journal keeps its own order.
fn merged(journals: &[Vec<(Origin, Event)>]) -> Vec<Vec<(Origin, Event)>> {
    if journals.iter().all(Vec::is_empty) {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (place, journal) in journals.iter().enumerate() {
        let Some(first) = journal.first() else { continue };
        let mut rest = journals.to_vec();
        rest[place].remove(0);
        for mut order in merged(&rest) {
            order.insert(0, first.clone());
            all.push(order);
        }
    }
    all
}

fn folded(records: &[(Origin, Event)]) -> Book {
    let mut book = Book::default();
    for (origin, event) in records {
        assert!(book.take(origin, event));
        assert!(!book.take(origin, event), "what comes again is not counted again");
    }
    book
}

#[test]
fn every_order_of_arrival_gives_the_same_book() {
    let of_other = |slip, register, seq| Event::SaleResumed {
        slip,
        of: Some(at_record(register, seq)),
        approval: None,
    };
    let journals = [
        vec![
            (origin(1, 1), suspended(1_001)),
            (origin(1, 2), declared("a", 50)),
            (origin(1, 3), Event::SaleResumed { slip: 1_001, of: None, approval: None }),
            (origin(1, 4), suspended(1_002)),
        ],
        vec![
            (origin(2, 1), declared("b", 40)),
            (origin(2, 2), of_other(1_001, 1, 1)),
            (origin(2, 3), ended("a")),
        ],
        vec![(origin(3, 7), of_other(1_002, 1, 4)), (origin(3, 8), suspended(3_001))],
    ];
    let orders = merged(&journals);
    assert_eq!(orders.len(), 1_260);
    let expected = folded(&orders[0]);
    for order in &orders {
        assert_eq!(folded(order), expected);
    }
    assert_eq!(expected.outages.current().expect("open").id.as_str(), "b");
    let slips: Vec<u32> = expected.slips.waiting().iter().map(|(_, w)| w.sale.slip).collect();
    assert_eq!(slips, [3_001]);
    // Register 1 and register 2 took up the same basket: both stand there, for a person.
    let twice = expected.slips.resumed_twice();
    assert_eq!(twice.len(), 1);
    assert_eq!(twice[0].slip, 1_001);
    assert_eq!(twice[0].by, [(RegisterNo(1), at_record(1, 3)), (RegisterNo(2), at_record(2, 2))]);
}

#[test]
fn slips_of_two_registers_never_bear_one_number() {
    let mut book = Book::default();
    for (seq, register) in [(1, 1), (2, 2)] {
        let slip = book.slips.next_number(RegisterNo(register), 0).expect("free");
        assert_eq!(slip, u32::from(register) * 1_000 + 1);
        let register = u8::try_from(register).expect("small");
        book.take(&origin(register, seq), &suspended(slip));
    }
    // After 999 of them the numbers begin again, past those that still wait.
    assert_eq!(book.slips.next_number(RegisterNo(1), 1_999), Some(1_002));
    assert_eq!(book.slips.next_number(RegisterNo(65_535), 0), Some(65_535_001));
    let (_, waiting) = book.slips.of_number(2_001).expect("waits");
    assert_eq!(waiting.register, RegisterNo(2));
    assert_eq!(book.slips.of_number(7), None);
}

#[test]
fn what_became_known_last_counts_in_every_order_and_opens_nothing_that_ended() {
    let journals = [
        vec![(origin(1, 1), declared("a", 50)), (origin(1, 4), updated("a", "first"))],
        vec![(origin(2, 9), updated("a", "last"))],
        vec![(origin(3, 2), declared("b", 60)), (origin(3, 3), ended("b"))],
        vec![(origin(4, 1), updated("b", "late"))],
    ];
    let orders = merged(&journals);
    let expected = folded(&orders[0]);
    for order in &orders {
        assert_eq!(folded(order), expected);
    }
    let open: Vec<&str> =
        expected.outages.open().iter().map(|open| open.outage.ticket.as_str()).collect();
    assert_eq!(open, ["last"], "the newest update, and the ended outage stays ended");
}

#[test]
fn the_newest_tick_of_a_task_counts_in_every_order() {
    let tick = |done| {
        Event::OutageTask(TaskTick {
            outage: OutageId::parse("a").expect("an id"),
            task: "greet".to_owned(),
            person: PersonId::parse("c31").expect("a person"),
            done,
        })
    };
    let journals = [
        vec![(origin(1, 1), declared("a", 50)), (origin(1, 5), tick(true))],
        vec![(origin(2, 3), tick(true)), (origin(2, 9), tick(false))],
        vec![(origin(3, 7), tick(true))],
    ];
    let outage = OutageId::parse("a").expect("an id");
    for order in merged(&journals) {
        assert_eq!(folded(&order).outages.done(&outage, "greet"), None, "{order:?}");
    }
}

#[test]
fn of_what_was_heard_the_newest_stays_in_every_order() {
    let heard = |text: &str| {
        Event::Heard(Heard {
            source: Source::Desk,
            trust: Source::Desk.trust(),
            text: text.to_owned(),
        })
    };
    let journals = [
        vec![(origin(1, 1), heard("first")), (origin(1, 9), heard("last"))],
        vec![(origin(2, 4), heard("second")), (origin(2, 5), heard("third"))],
    ];
    for order in merged(&journals) {
        let book = folded(&order);
        let texts: Vec<&str> = book.heard.newest().map(|heard| heard.heard.text.as_str()).collect();
        assert_eq!(texts, ["last", "third", "second", "first"]);
    }
    let mut book = Book::default();
    for seq in 1..=100 {
        book.take(&origin(1, seq), &heard("again"));
    }
    assert_eq!(book.heard.newest().count(), heard::HEARD_MAX, "it is bounded");
}

fn promised(number: u32, until: &str) -> Event {
    let check = RainCheck {
        number,
        kind: RainCheckKind::Reward,
        code: None,
        what: String::new(),
        worth: Worth::Unsaid,
        until: BusinessDate::parse(until).expect("a day"),
    };
    Event::RainCheck(RainCheckStep::Issued { check, approval: None })
}

fn redeemed(number: u32, register: u8, seq: u64) -> Event {
    let at_record = at_record(register, seq);
    let (store, register) = (StoreNo(1_042), RegisterNo(u16::from(register)));
    let of = RainCheckRef { store, register, at_record, number, hash_start: None };
    Event::RainCheck(RainCheckStep::Redeemed { of, approval: None })
}

#[test]
fn a_rain_check_is_open_until_it_is_redeemed_anywhere_in_every_order_of_arrival() {
    let day = "2026-12-22";
    let journals = [
        vec![
            (origin(1, 1), promised(1_001, day)),
            (origin(1, 2), promised(1_002, day)),
            (origin(1, 6), redeemed(1_001, 1, 1)),
        ],
        vec![(origin(2, 4), redeemed(1_001, 1, 1)), (origin(2, 5), promised(2_001, day))],
        vec![(origin(3, 7), redeemed(2_001, 2, 5)), (origin(3, 8), promised(3_001, day))],
    ];
    let orders = merged(&journals);
    assert_eq!(orders.len(), 210);
    let expected = folded(&orders[0]);
    for order in &orders {
        assert_eq!(folded(order), expected);
    }
    let checks = &expected.rain_checks;
    let open: Vec<u32> = checks.open().iter().map(|(_, issued)| issued.check.number).collect();
    assert_eq!(open, [1_002, 3_001]);
    // Both registers redeemed the first one: the earlier is what a cashier is told.
    let twice = checks.redemptions(at_record(1, 1));
    let by: Vec<u16> = twice.iter().map(|one| one.register.0).collect();
    assert_eq!(by, [2, 1]);
    assert_eq!(checks.of_number(1_001).len(), 1, "it is still known, to say where it went");
    assert!(checks.of_number(7).is_empty());
}

#[test]
fn numbers_of_rain_checks_begin_again_past_those_that_are_out() {
    let today = BusinessDate::parse("2026-11-22").expect("a day");
    let mut book = Book::default();
    let next = |book: &Book| book.rain_checks.next_number(RegisterNo(1), today);
    assert_eq!(next(&book), Some(1_001));
    book.take(&origin(1, 1), &promised(1_001, "2026-12-22"));
    book.take(&origin(2, 1), &promised(2_001, "2026-12-22"));
    assert_eq!(next(&book), Some(1_002), "another register's are its own");
    book.take(&origin(1, 2), &promised(1_998, "2026-11-21"));
    book.take(&origin(1, 3), &promised(1_999, "2026-12-22"));
    assert_eq!(next(&book), Some(1_002), "the first one is out");
    for (seq, number) in (4..).zip(1_002..=1_997) {
        book.take(&origin(1, seq), &promised(number, "2026-12-22"));
    }
    assert_eq!(next(&book), Some(1_998), "that one's day is over");
    book.take(&origin(1, 2_000), &promised(1_998, "2026-12-22"));
    assert_eq!(next(&book), None, "all are out");
    assert_eq!(book.rain_checks.of_number(1_998).len(), 2, "a slip's code says which");
}

fn spoiled(number: u32) -> Event {
    let reason = "torn".to_owned();
    Event::PaperPad(PadStep::Spoiled { number, reason, approval: None })
}

#[test]
fn what_is_missing_of_a_pad_is_the_same_in_every_order_of_arrival() {
    let person = PersonId::parse("31").expect("a person");
    let pad = PaperPad::new(101, 50, person).expect("a pad");
    let issued = Event::PaperPad(PadStep::Issued { pad: pad.clone(), approval: None });
    let journals = [
        vec![(origin(1, 1), issued), (origin(1, 4), spoiled(101))],
        vec![(origin(2, 2), spoiled(105)), (origin(2, 3), spoiled(103))],
        vec![(origin(3, 1), spoiled(101)), (origin(3, 9), spoiled(999))],
    ];
    let orders = merged(&journals);
    let expected = folded(&orders[0]);
    for order in &orders {
        assert_eq!(folded(order), expected);
    }
    let slips = &expected.paper_slips;
    let standing = slips.standing(&pad);
    assert_eq!((standing.spoiled, standing.highest), (3, Some(105)));
    assert_eq!(standing.missing, [102, 104], "what comes after 105 is still on the pad");
    assert_eq!((slips.next_of(&pad), slips.next_pad()), (Some(102), 151));
    assert_eq!(slips.left(), 45, "106 to 150");
    assert_eq!(slips.pad_of(150).map(|issued| issued.register), Some(RegisterNo(1)));
    assert_eq!((slips.pad_of(151), slips.pad_of(100)), (None, None));
}

#[test]
fn a_sale_that_a_card_may_have_paid_is_closed_once_and_told_where_it_is_not() {
    let case = at_record(1, 1);
    let aside = |slip, card_pending| {
        let Event::SaleSuspended(mut sale) = suspended(slip) else { unreachable!() };
        sale.reason = AsideReason::CardPending(TerminalRef::parse("0047").ok());
        sale.basket.terms.card_pending = card_pending;
        Event::SaleSuspended(sale)
    };
    let closed = |ending| {
        let (terminal, approval) = (None, None);
        Event::CardPendingClosed(CardClosed { case, slip: 1_001, ending, terminal, approval })
    };
    // Put aside at 1, taken up at 2 and put aside there again; closed at 1, and apart at 2.
    let of = Some(case);
    let journals = [
        vec![(origin(1, 1), aside(1_001, None)), (origin(1, 9), closed(Ending::PaidByCard))],
        vec![
            (origin(2, 3), Event::SaleResumed { slip: 1_001, of, approval: None }),
            (origin(2, 4), aside(2_001, Some(case))),
        ],
        vec![(origin(3, 10), closed(Ending::Abandoned))],
    ];
    let mut books = Vec::new();
    for order in merged(&journals) {
        let mut book = Book::default();
        for (origin, event) in &order {
            assert!(book.take(origin, event));
            // What central tells besides changes nothing that is known.
            book.told(origin, event);
        }
        books.push(book);
    }
    let book = &books[0];
    assert!(books.iter().all(|other| other == book));
    assert!(book.card_pending.open().is_empty() && book.slips.waiting().is_empty());
    assert_eq!(book.card_pending.of(case).map(|aside| aside.slip), Some(2_001));
    let endings = book.card_pending.endings(case);
    let endings: Vec<_> = endings.iter().map(|one| (one.register.0, one.ending)).collect();
    assert_eq!(endings, [(1, Ending::PaidByCard), (3, Ending::Abandoned)]);
    assert_eq!(book.card_pending.disputed(), [case]);
    // Before the second ending nothing was wrong.
    let mut book = Book::default();
    for (origin, event) in journals[..2].iter().flatten() {
        book.take(origin, event);
    }
    assert_eq!(book.card_pending.disputed(), []);
}
