//! What is counted, told and kept of wrong PINs.

use std::fs;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::*;
use crate::device::clock::SimulatedClock;
use crate::domain::badge::Badge;
use crate::domain::lockout::NUMBERS_MAX;

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
    clock: SimulatedClock,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let start = Timestamp::parse("2026-11-22T08:00:00.000-06:00").expect("a time");
        let path = folder.path().join("tries");
        Self { _folder: folder, path, clock: SimulatedClock::at(start) }
    }

    fn tries(&self) -> Tries {
        Tries::load(TriesFile::at(self.path.clone()), &self.clock)
    }

    fn wait_s(&self, tries: &Tries, tried: Tried<'_>) -> Option<u64> {
        use crate::device::clock::Clock as _;
        let now_ms = self.clock.mono_ms();
        tries.waits_until(tried, now_ms).map(|until| (until - now_ms) / 1_000)
    }

    /// Tries wrongly, waiting as long as it takes; what was to be recorded.
    fn wrong(&self, tries: &mut Tries, tried: Tried<'_>, whose: Option<&str>) -> Vec<PinGuessed> {
        let wait_s = self.wait_s(tries, tried).unwrap_or(0);
        self.clock.advance_ms(u32::try_from(wait_s * 1_000).expect("fits"));
        tries.count(tried, whose.map(person), &self.clock);
        let told = tries.was_wrong(tried, &self.clock);
        tries.keep();
        told
    }
}

fn person(id: &str) -> PersonId {
    PersonId::parse(id).expect("an id")
}

fn badge(id: &str, secret: u8) -> Badge {
    Badge::new(person(id), Zeroizing::new([secret; 16]))
}

#[test]
fn what_was_counted_is_there_after_the_plug_and_the_wait_begins_again() {
    let place = Place::new();
    let mut tries = place.tries();
    for _ in 0..5 {
        place.wrong(&mut tries, Tried::Pin("31"), Some("31"));
    }
    place.clock.advance_ms(7_000);
    let restored = place.tries();
    assert_eq!(place.wait_s(&restored, Tried::Pin("31")), Some(15));
    assert_eq!(place.wait_s(&restored, Tried::Pin("32")), None);
}

#[test]
fn each_wait_is_told_once_and_three_free_tries_are_not() {
    let place = Place::new();
    let mut tries = place.tries();
    let told: Vec<u32> = (0..6)
        .flat_map(|_| place.wrong(&mut tries, Tried::Pin("31"), Some("31")))
        .map(|one| one.tries)
        .collect();
    assert_eq!(told, [4, 5, 6]);
    assert_eq!(place.tries().take_untold(), [], "they stand in records");
    // The plug between the count and the record: the next start tells it.
    place.clock.advance_ms(60_000);
    tries.count(Tried::Pin("31"), Some(person("31")), &place.clock);
    let mut restored = place.tries();
    let untold = restored.take_untold();
    assert_eq!(untold.iter().map(|one| one.tries).collect::<Vec<_>>(), [7]);
    restored.keep();
    assert_eq!(place.tries().take_untold(), []);
}

#[test]
fn a_right_one_tells_what_was_wrong_before_it_and_one_alone_tells_nothing() {
    let place = Place::new();
    let mut tries = place.tries();
    let right = |tries: &mut Tries| {
        tries.count(Tried::Pin("31"), Some(person("31")), &place.clock);
        tries.was_right(Tried::Pin("31"))
    };
    assert_eq!(right(&mut tries), None);
    place.wrong(&mut tries, Tried::Pin("31"), Some("31"));
    place.clock.advance_ms(60_000);
    place.wrong(&mut tries, Tried::Pin("31"), Some("31"));
    place.clock.advance_ms(3_600_000);
    let told = right(&mut tries).expect("told");
    assert_eq!((told.tries, told.then), (2, GuessEnd::Right));
    assert_eq!(told.to.utc_ms - told.from.utc_ms, 60_000, "when the wrong ones were");
    assert_eq!(right(&mut tries), None, "the count began again");
}

#[test]
fn a_number_keeps_nobody_out_who_holds_the_badge_and_a_forged_badge_does_not_either() {
    let place = Place::new();
    let mut tries = place.tries();
    let (true_one, forged) = (badge("51", 1), badge("51", 2));
    for _ in 0..10 {
        place.wrong(&mut tries, Tried::Pin("51"), Some("51"));
        place.wrong(&mut tries, Tried::Badge(&forged), Some("51"));
    }
    assert_eq!(place.wait_s(&tries, Tried::Badge(&true_one)), None);
    // Everybody waits a minute for numbers, and who holds a badge does not.
    for number in 0..31 {
        let number = number.to_string();
        tries.count(Tried::Pin(&number), None, &place.clock);
    }
    let told = tries.was_wrong(Tried::Pin("30"), &place.clock);
    assert!(matches!(told[0].then, GuessEnd::AllWait { numbers: 31.. }), "{told:?}");
    assert_eq!(place.wait_s(&tries, Tried::Pin("99")), Some(60));
    assert_eq!(place.wait_s(&tries, Tried::Badge(&true_one)), None);
    for _ in 0..4 {
        place.wrong(&mut tries, Tried::Badge(&true_one), Some("51"));
    }
    assert_eq!(place.wait_s(&place.tries(), Tried::Badge(&true_one)), Some(5), "it has its own");
}

#[test]
fn a_wait_that_is_ended_is_over_by_number_and_by_badge_also_after_the_plug() {
    let place = Place::new();
    let mut tries = place.tries();
    let own = badge("51", 1);
    for _ in 0..6 {
        place.wrong(&mut tries, Tried::Badge(&own), Some("51"));
        place.wrong(&mut tries, Tried::Pin("51"), Some("51"));
    }
    place.wrong(&mut tries, Tried::Pin("77"), None);
    let waiting = tries.waiting(crate::device::clock::Clock::mono_ms(&place.clock));
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!((waiting[0].person.as_str(), waiting[0].tries), ("51", 12));
    tries.end_waits(&person("51"));
    for tries in [tries, place.tries()] {
        assert_eq!(place.wait_s(&tries, Tried::Pin("51")), None);
        assert_eq!(place.wait_s(&tries, Tried::Badge(&own)), None);
    }
}

#[test]
fn an_answer_of_it_and_a_pin_of_one_person_wait_apart() {
    let place = Place::new();
    let mut tries = place.tries();
    let id = person("51");
    (0..6).for_each(|_| drop(place.wrong(&mut tries, Tried::PhoneCode(&id), Some("51"))));
    assert!(place.wait_s(&tries, Tried::PhoneCode(&id)).is_some());
    assert_eq!(place.wait_s(&tries, Tried::Pin("51")), None);
    let phone = Tries::key(Tried::PhoneCode(&id));
    assert_ne!(Tries::key(Tried::Pin("phone 51")), phone, "nobody keys a phone's key");
}

#[test]
fn no_number_stands_in_it_as_it_was_keyed_and_no_badge_at_all() {
    let place = Place::new();
    let mut tries = place.tries();
    place.wrong(&mut tries, Tried::Pin("480273"), None);
    let badge = badge("51", 0x5a);
    place.wrong(&mut tries, Tried::Badge(&badge), Some("51"));
    let text = fs::read_to_string(&place.path).expect("text");
    assert!(!text.contains("480273"), "{text}");
    assert!(!text.to_ascii_uppercase().contains("5A5A5A"), "{text}");
}

#[test]
fn a_file_cut_anywhere_or_changed_counts_as_none_and_stops_nobody() {
    let place = Place::new();
    let mut tries = place.tries();
    (0..6).for_each(|_| drop(place.wrong(&mut tries, Tried::Pin("31"), Some("31"))));
    let whole = fs::read(&place.path).expect("bytes");
    for cut in 0..whole.len() {
        fs::write(&place.path, &whole[..cut]).expect("cut");
        assert_eq!(place.wait_s(&place.tries(), Tried::Pin("31")), None, "cut at {cut}");
    }
    let mut changed = whole.clone();
    let last = changed.len() - 2;
    changed[last] ^= 1;
    fs::write(&place.path, &changed).expect("changed");
    assert_eq!(place.wait_s(&place.tries(), Tried::Pin("31")), None);
    fs::write(&place.path, &whole).expect("whole");
    assert!(place.wait_s(&place.tries(), Tried::Pin("31")).is_some());
}

#[test]
fn the_file_of_the_version_before_keeps_its_waits() {
    let place = Place::new();
    let rows = format!("{} 6\n", Tries::key(Tried::Pin("31")));
    let head = format!("tideover tries v1 {}\n", Hash::of_bytes(rows.as_bytes()));
    fs::write(&place.path, head + &rows).expect("written");
    let mut tries = place.tries();
    assert_eq!(place.wait_s(&tries, Tried::Pin("31")), Some(30));
    assert_eq!(tries.take_untold(), [], "nobody knows when they were");
    tries.keep();
    assert_eq!(place.wait_s(&place.tries(), Tried::Pin("31")), Some(30), "and on");
}

#[test]
fn thirty_tries_and_a_restart_again_and_again_still_make_everybody_wait_and_are_told() {
    let place = Place::new();
    let mut told = Vec::new();
    for round in 0..2 {
        let mut tries = place.tries();
        for number in 0..16 {
            let number = format!("7{round}{number}");
            told.extend(place.wrong(&mut tries, Tried::Pin(&number), None));
        }
    }
    let all = GuessEnd::AllWait { numbers: 31 };
    let told: Vec<(u32, GuessEnd)> = told.into_iter().map(|one| (one.tries, one.then)).collect();
    assert_eq!(told.first(), Some(&(31, all)), "{told:?}");
    let restored = place.tries();
    assert_eq!(place.wait_s(&restored, Tried::Pin("99")), Some(60), "the minute begins again");
}

#[test]
fn a_half_hours_wait_outlives_a_restart_and_two_hundred_made_up_numbers() {
    let place = Place::new();
    let mut tries = place.tries();
    (0..10).for_each(|_| drop(place.wrong(&mut tries, Tried::Pin("31"), Some("31"))));
    let mut tries = place.tries();
    for number in 0..NUMBERS_MAX {
        tries.count(Tried::Pin(&format!("7{number}")), None, &place.clock);
    }
    assert_eq!(place.wait_s(&tries, Tried::Pin("31")), Some(1_800));
    place.clock.advance_ms(60_000);
    assert_eq!(place.wait_s(&place.tries(), Tried::Pin("31")), Some(1_800), "and the next one");
}

#[test]
fn the_longest_unused_number_stays_that_after_a_restart() {
    let place = Place::new();
    let mut tries = place.tries();
    let last = NUMBERS_MAX - 1;
    for number in 0..NUMBERS_MAX {
        tries.count(Tried::Pin(&number.to_string()), None, &place.clock);
    }
    tries.count(Tried::Pin("0"), None, &place.clock);
    let mut tries = place.tries();
    tries.count(Tried::Pin("new"), None, &place.clock);
    let wrong = |number: &str| tries.kept.numbers.wrong(&Tries::key(Tried::Pin(number)));
    assert_eq!((wrong("0"), wrong("1"), wrong(&last.to_string())), (2, 0, 1));
}

#[test]
fn a_file_that_can_not_be_written_forgives_nothing_and_is_known() {
    let place = Place::new();
    let mut tries = place.tries();
    assert!(!tries.is_unkept());
    // A folder stands where the new file would be written.
    let new = place.path.with_extension("new");
    fs::create_dir(&new).expect("a folder");
    for _ in 0..5 {
        place.wrong(&mut tries, Tried::Pin("31"), Some("31"));
    }
    assert!(tries.is_unkept());
    assert_eq!(place.wait_s(&tries, Tried::Pin("31")), Some(15));
    fs::remove_dir(&new).expect("gone");
    tries.keep();
    assert!(!tries.is_unkept());
    assert_eq!(place.wait_s(&place.tries(), Tried::Pin("31")), Some(15), "all of it is kept");
}

#[test]
fn whoever_waits_for_an_answer_by_phone_is_not_on_the_list_of_those_a_lead_lets_in() {
    let place = Place::new();
    let mut tries = place.tries();
    let id = person("51");
    (0..6).for_each(|_| drop(place.wrong(&mut tries, Tried::PhoneCode(&id), Some("51"))));
    let now_ms = crate::device::clock::Clock::mono_ms(&place.clock);
    assert_eq!(tries.waiting(now_ms), []);
    (0..4).for_each(|_| drop(place.wrong(&mut tries, Tried::Pin("51"), Some("51"))));
    let now_ms = crate::device::clock::Clock::mono_ms(&place.clock);
    let waiting: Vec<u32> = tries.waiting(now_ms).into_iter().map(|one| one.tries).collect();
    assert_eq!(waiting, [4], "those by number alone");
    tries.end_waits(&id);
    assert!(place.wait_s(&tries, Tried::PhoneCode(&id)).is_some(), "which nobody ended");
    assert_eq!(tries.waiting(now_ms), []);
}

#[test]
fn the_file_of_the_second_version_keeps_its_waits() {
    let place = Place::new();
    let mut tries = place.tries();
    (0..6).for_each(|_| drop(place.wrong(&mut tries, Tried::Pin("31"), Some("31"))));
    let text = fs::read_to_string(&place.path).expect("text");
    let rows = text.lines().skip(1).filter(|row| !row.starts_with("all "));
    let rows: String = rows.map(|row| format!("{row}\n")).collect();
    let head = format!("tideover tries v2 {}\n", Hash::of_bytes(rows.as_bytes()));
    fs::write(&place.path, head + &rows).expect("written");
    assert_eq!(place.wait_s(&place.tries(), Tried::Pin("31")), Some(30));
}

#[test]
fn the_training_side_leaves_what_it_saw_and_the_longest_of_a_row() {
    let place = Place::new();
    let mut tries = place.tries();
    for _ in 0..6 {
        for guessed in place.wrong(&mut tries, Tried::Pin("31"), Some("31")) {
            tries.keep_untold(guessed);
        }
    }
    tries.keep();
    let untold = place.tries().take_untold();
    assert_eq!(untold.iter().map(|one| one.tries).collect::<Vec<_>>(), [6]);
}

#[test]
fn the_most_numbers_fit() {
    let place = Place::new();
    let mut tries = place.tries();
    for number in 0..NUMBERS_MAX {
        let (number, badge) =
            (number.to_string(), badge("51", u8::try_from(number).expect("small")));
        for _ in 0..2 {
            tries.kept.numbers.count(&Tries::key(Tried::Pin(&number)), 0);
        }
        tries.count(Tried::Pin(&number), Some(person("1234567890123456")), &place.clock);
        tries.count(Tried::Badge(&badge), Some(person("51")), &place.clock);
    }
    let restored = place.tries();
    assert_eq!(restored.kept.numbers.counts().len(), NUMBERS_MAX);
    assert_eq!(restored.kept.badges.counts().len(), NUMBERS_MAX);
}
