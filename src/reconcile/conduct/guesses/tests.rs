//! Wrong PINs that are asked about, and those of honest people that are not.

use super::*;
use crate::domain::ids::{Epoch, RegisterNo, Seq, StoreNo};
use crate::reconcile::conduct_limits::Limits;
use crate::reconcile::goods::{GoodsView, Happened};

const MINUTE_MS: i64 = 60_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::new(1_795_000_000_000 + minute * MINUTE_MS, 0).expect("a time")
}

/// A record of wrong tries: who, how many, from and to in minutes, and when it was written.
fn deed(
    register: u16,
    who: Option<&str>,
    tries: u32,
    (from, to, written): (i64, i64, i64),
    then: GuessEnd,
) -> Deed {
    let register_no = RegisterNo(register);
    let journal = JournalId { store: StoreNo(1042), register: register_no, epoch: Epoch([7; 8]) };
    let person = who.map(|id| PersonId::parse(id).expect("an id"));
    let by = SignInBy::Pin;
    let guessed = PinGuessed { person, by, tries, from: at(from), to: at(to), then };
    let seq = Seq(u64::try_from(written).expect("not before"));
    Deed {
        happened: Happened { at: at(written), journal, seq },
        day: at(written).local_date(),
        by: None,
        facts: None,
        event: Event::PinGuessed(guessed),
    }
}

fn asked(deeds: &[Deed]) -> Vec<(String, String)> {
    let view = GoodsView::default();
    let day = Day { deeds, sales: BTreeMap::new(), view: &view, limits: &Limits::default() };
    look(&day).into_iter().map(|one| (one.cause, one.text)).collect()
}

fn causes(deeds: &[Deed]) -> Vec<String> {
    asked(deeds).into_iter().map(|(cause, _)| cause).collect()
}

#[test]
fn whoever_mistypes_and_then_gets_in_is_no_matter_however_often_in_a_day() {
    let day: Vec<Deed> = (0..6)
        .map(|hour| {
            deed(7, Some("31"), 3, (hour * 60, hour * 60 + 1, hour * 60 + 1), GuessEnd::Right)
        })
        .collect();
    assert_eq!(causes(&day), Vec::<String>::new());
    // Five wrong ones with two waits, and then it was right: still a person with cold fingers.
    let five = [
        deed(7, Some("31"), 4, (0, 1, 1), GuessEnd::Wait),
        deed(7, Some("31"), 5, (0, 2, 2), GuessEnd::Wait),
        deed(7, Some("31"), 5, (0, 2, 3), GuessEnd::Right),
    ];
    assert_eq!(causes(&five), Vec::<String>::new());
}

#[test]
fn a_number_that_is_tried_on_is_asked_about_once_a_day_with_all_its_tries() {
    let tried = [
        deed(7, Some("51"), 4, (0, 1, 1), GuessEnd::Wait),
        deed(7, Some("51"), 5, (0, 2, 2), GuessEnd::Wait),
        deed(7, Some("51"), 6, (0, 3, 3), GuessEnd::Wait),
    ];
    let found = asked(&tried);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.starts_with("6 wrong PINs in a day on the number of 51"), "{found:?}");
    assert_eq!(causes(&tried[..2]), Vec::<String>::new(), "five are not more than five");
}

#[test]
fn tries_are_added_up_over_registers_and_over_what_the_right_one_hides() {
    let two = [
        deed(7, Some("51"), 4, (0, 1, 1), GuessEnd::Wait),
        deed(8, Some("51"), 4, (3, 4, 4), GuessEnd::Wait),
    ];
    assert!(asked(&two)[0].1.contains("8 wrong PINs"), "{:?}", asked(&two));
    let guessed = [deed(7, Some("51"), 9, (0, 9, 10), GuessEnd::Right)];
    assert!(
        asked(&guessed)[0].1.ends_with("then the right one was keyed"),
        "{:?}",
        asked(&guessed)
    );
    let unknown = [deed(7, None, 6, (0, 1, 1), GuessEnd::Wait)];
    assert_eq!(causes(&unknown), ["unknown numbers"]);
}

#[test]
fn three_tries_each_night_are_asked_about_after_the_third() {
    const DAY: i64 = 1_440;
    let night = |day: i64| {
        let start = day * DAY;
        deed(7, Some("51"), 3, (start, start + 1, start + 360), GuessEnd::Right)
    };
    assert_eq!(causes(&[night(0), night(1)]), Vec::<String>::new());
    assert_eq!(causes(&[night(0), night(1), night(2)]), ["person 51, over days"]);
    // The right one within half an hour is somebody who looked the number up.
    let slow = |day: i64| {
        let start = day * DAY;
        deed(7, Some("51"), 3, (start, start + 1, start + 20), GuessEnd::Right)
    };
    assert_eq!(causes(&[slow(0), slow(1), slow(2)]), Vec::<String>::new());
}

#[test]
fn one_pin_tried_on_everybody_is_asked_about_once() {
    let crowd = [
        deed(7, None, 31, (0, 5, 5), GuessEnd::AllWait { numbers: 28 }),
        deed(7, None, 32, (0, 6, 6), GuessEnd::AllWait { numbers: 29 }),
    ];
    let found = asked(&crowd);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.starts_with("32 wrong PINs on 29 numbers"), "{found:?}");
}
