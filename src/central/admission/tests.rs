//! Who comes in, who waits, whose turn is when; and a database before which callers stand.

use super::*;
use std::collections::BTreeSet;

fn caller(class: Class) -> Caller {
    Caller { class, records: 250, within_ms: 35_000, appointed: false }
}

fn small() -> Admission {
    Admission::new(Bounds { places: 2, words: 2, room: 8, ahead_ms: 2_000 })
}

/// Lets one in whose body is there at once; whether it began.
fn brings(admission: &mut Admission, now_ms: u64, class: Class) -> Option<(Pass, bool)> {
    let pass = admission.enter(now_ms, caller(class)).ok()?;
    let began = admission.ready(now_ms, pass).contains(&Called::Begin(pass));
    Some((pass, began))
}

#[test]
fn each_refused_caller_gets_a_turn_of_its_own() {
    let mut admission = small();
    let turns: Vec<Turn> = (0..2_000)
        .filter_map(|_| match admission.enter(0, caller(Class::Upload)) {
            Ok(pass) => {
                admission.ready(0, pass);
                None
            }
            Err(refused) => Some(refused.turn),
        })
        .collect();
    assert!(turns.len() > 1_900 && turns.iter().all(|turn| turn.own), "{}", turns.len());
    let turns: Vec<u64> = turns.iter().map(|turn| turn.wait_ms).collect();
    assert!(turns.is_sorted(), "{turns:?}");
    let apart: BTreeSet<u64> = turns.iter().copied().filter(|ms| *ms > 1_000).collect();
    assert!(apart.len() > 1_000, "{}", apart.len());
}

#[test]
fn no_caller_is_sent_away_for_longer_than_four_minutes_and_those_that_are_come_spread() {
    let mut admission = small();
    let turns: Vec<Turn> = (0..1_000_000).map(|_| admission.turn(0, 250)).collect();
    assert!(turns.iter().all(|turn| turn.wait_ms < HORIZON_MS));
    let later: Vec<u64> = turns.iter().filter(|turn| !turn.own).map(|turn| turn.wait_ms).collect();
    let of_quarter = |quarter: u64| {
        let from_ms = HORIZON_MS / 2 + HORIZON_MS / 8 * quarter;
        later.iter().filter(|ms| (from_ms..from_ms + HORIZON_MS / 8).contains(*ms)).count()
    };
    let parts: Vec<usize> = (0..4).map(of_quarter).collect();
    assert!(parts.iter().all(|part| part.abs_diff(later.len() / 4) < 100), "{parts:?}");
    assert_eq!(parts.iter().sum::<usize>(), later.len());
    // The clock does not run away: it stands at the horizon, and four minutes later
    // there are turns again.
    assert!(admission.turn_us <= (HORIZON_MS + 1_000) * 1_000, "{}", admission.turn_us);
    assert!(admission.turn(HORIZON_MS, 250).wait_ms < 1_000);
}

#[test]
fn turns_that_were_booked_while_it_was_slow_are_nearer_once_it_is_known_to_be_quick() {
    let admission = Admission::new(Bounds::default());
    let mut database = Database { admission, working: Vec::new(), free_us: 0, second: 0 };
    database.seconds(20, 40_000);
    let next =
        |database: &mut Database| database.admission.turn(database.second * 1_000, 250).wait_ms;
    for _ in 0..500 {
        next(&mut database);
    }
    let slow_ms = next(&mut database);
    assert!(slow_ms > 15_000, "500 of them at 40 ms each: {slow_ms}");
    // Quick work, while others come and are given turns as well.
    let now_ms = database.second * 1_000;
    database.seconds(4, 2_000);
    let passed_ms = database.second * 1_000 - now_ms;
    let quick_ms = next(&mut database);
    let left_ms = slow_ms - passed_ms;
    assert!(quick_ms < left_ms / 2, "{quick_ms} ms, {left_ms} ms by what was known before");
}

#[test]
fn a_place_that_is_free_goes_to_the_most_urgent_and_then_to_the_first() {
    let mut admission = small();
    let (first, began) = brings(&mut admission, 0, Class::Upload).expect("room");
    assert!(began);
    assert!(brings(&mut admission, 0, Class::Upload).expect("room").1);
    let (page, began) = brings(&mut admission, 1, Class::Page).expect("room");
    assert!(!began);
    let (replay, _) = brings(&mut admission, 2, Class::Replay).expect("room");
    let (upload, _) = brings(&mut admission, 3, Class::Upload).expect("room");
    let (later, _) = brings(&mut admission, 4, Class::Upload).expect("room");
    let mut done = first;
    let mut class = Class::Upload;
    for (next, next_class) in [
        (upload, Class::Upload),
        (later, Class::Upload),
        (replay, Class::Replay),
        (page, Class::Page),
    ] {
        assert_eq!(admission.leave(10, done, class, true), [Called::Begin(next)]);
        (done, class) = (next, next_class);
    }
}

#[test]
fn small_words_get_through_however_many_deliveries_wait_and_are_bounded_too() {
    let mut admission = small();
    while brings(&mut admission, 0, Class::Upload).is_some() {}
    let word = admission.enter(0, caller(Class::Word)).expect("a word gets through");
    assert_eq!(admission.ready(0, word), [Called::Begin(word)]);
    admission.enter(0, caller(Class::Word)).expect("and another");
    assert_eq!(admission.enter(0, caller(Class::Word)).map_err(|no| no.why), Err(Why::Full));
    admission.leave(1, word, Class::Word, true);
    admission.enter(1, caller(Class::Word)).expect("once one was answered");
}

#[test]
fn what_cant_be_done_in_time_is_refused_before_its_body_is_read() {
    let mut admission = small();
    for _ in 0..6 {
        brings(&mut admission, 0, Class::Upload);
    }
    let hurried = Caller { within_ms: 5, ..caller(Class::Upload) };
    assert_eq!(admission.enter(0, hurried).map_err(|no| no.why), Err(Why::Late));
    assert_eq!(admission.counts(), (0, 4, 2));
}

#[test]
fn whoever_waited_too_long_is_told_so_and_takes_no_place() {
    let mut admission = small();
    let (first, _) = brings(&mut admission, 0, Class::Upload).expect("room");
    brings(&mut admission, 0, Class::Upload);
    let short = Caller { within_ms: 1_000, ..caller(Class::Upload) };
    let late = admission.enter(0, short).expect("room");
    assert_eq!(admission.ready(0, late), []);
    let (good, _) = brings(&mut admission, 500, Class::Upload).expect("room");
    let called = admission.leave(1_100, first, Class::Upload, true);
    assert!(
        matches!(called[..], [Called::Refused(a, Refused { why: Why::Late, .. }),
            Called::Begin(b)] if a == late && b == good),
        "{called:?}"
    );
}

#[test]
fn an_appointment_is_kept_where_others_find_no_room() {
    let mut admission = small();
    while brings(&mut admission, 0, Class::Upload).is_some() {}
    let appointed = Caller { appointed: true, ..caller(Class::Upload) };
    let pass = admission.enter(0, appointed).expect("it has an appointment");
    assert_eq!(admission.ready(0, pass), []);
}

#[test]
fn two_thousand_bodies_that_trickle_take_no_place_and_after_a_second_no_room() {
    let mut admission = small();
    let mut slow = 0_u32;
    for now_ms in 0..60_000 {
        slow += u32::from(admission.enter(now_ms, caller(Class::Upload)).is_ok());
    }
    assert_eq!(admission.counts().2, 0);
    assert!((400..=500).contains(&slow), "eight a second: {slow}");
    let (_, began) = brings(&mut admission, 62_000, Class::Upload).expect("room");
    assert!(began);
}

/// A database that takes so many microseconds a delivery, before which callers stand.
struct Database {
    admission: Admission,
    working: Vec<(u64, Pass)>,
    free_us: u64,
    second: u64,
}

impl Database {
    fn begin(&mut self, called: Vec<Called>, us: u64) {
        for called in called {
            if let Called::Begin(pass) = called {
                self.free_us += us;
                self.working.push((self.free_us, pass));
            }
        }
    }

    /// Deliveries done in each second, while three callers come each millisecond.
    fn seconds(&mut self, count: u64, us: u64) -> Vec<u64> {
        let mut done = Vec::new();
        for _ in 0..count {
            let second = self.second * 1_000..(self.second + 1) * 1_000;
            done.push(second.map(|now_ms| self.millisecond(now_ms, us)).sum());
            self.second += 1;
        }
        done
    }

    /// Gives how many were done.
    fn finishes(&mut self, now_ms: u64, us: u64) -> u64 {
        let mut done = 0;
        self.free_us = self.free_us.max(now_ms * 1_000);
        while self.working.first().is_some_and(|(end, _)| *end <= now_ms * 1_000) {
            let (_, pass) = self.working.remove(0);
            done += 1;
            let called = self.admission.leave(now_ms, pass, Class::Upload, true);
            self.begin(called, us);
        }
        done
    }

    /// The same, while three more come.
    fn millisecond(&mut self, now_ms: u64, us: u64) -> u64 {
        let done = self.finishes(now_ms, us);
        for _ in 0..3 {
            if let Ok(pass) = self.admission.enter(now_ms, caller(Class::Upload)) {
                let called = self.admission.ready(now_ms, pass);
                self.begin(called, us);
            }
        }
        done
    }
}

#[test]
fn a_database_that_is_twenty_times_slower_for_a_minute_lowers_the_rate_and_recovers() {
    let admission = Admission::new(Bounds::default());
    let mut database = Database { admission, working: Vec::new(), free_us: 0, second: 0 };
    let before = database.seconds(30, 2_000);
    let usual = database.admission.rate();
    assert!((100_000..=150_000).contains(&usual), "{usual} records/s: 500 deliveries");
    assert!(before.last() >= Some(&480), "{before:?}");
    let slow = database.seconds(60, 40_000);
    assert!(database.admission.rate() < usual / 10, "{}", database.admission.rate());
    assert!(slow.iter().skip(2).all(|count| (20..=30).contains(count)), "{slow:?}");
    // No more waits than can be done soon.
    assert!(database.admission.counts().1 <= 100, "{:?}", database.admission.counts());
    let after = database.seconds(30, 2_000);
    assert!(after.iter().skip(5).all(|count| *count >= 480), "{after:?}");
    assert!(database.admission.rate() > usual * 9 / 10, "{}", database.admission.rate());
}

#[test]
fn what_a_second_leaves_idle_is_given_to_those_who_ask_in_the_next_and_no_more() {
    let admission = Admission::new(Bounds::default());
    let mut database = Database { admission, working: Vec::new(), free_us: 0, second: 0 };
    database.seconds(20, 2_000);
    let mut now_ms = database.second * 1_000;
    // Turns for half a minute; then nobody comes.
    while database.admission.turn(now_ms, 250).wait_ms < 30_000 {}
    while database.admission.is_working() || database.admission.counts().1 > 0 {
        database.finishes(now_ms, 2_000);
        now_ms += 1;
    }
    for later_ms in [2_500, 3_600] {
        let at_once = |_: &u32| database.admission.turn(now_ms + later_ms, 250).wait_ms == 0;
        let given = (0..1_000).filter(at_once).count();
        assert!((200..=300).contains(&given), "half of what 500 a second are: {given}");
    }
}
