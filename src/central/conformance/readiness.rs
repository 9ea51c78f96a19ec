//! What each store must keep of how ready registers are, and of the programs that they announce,
//! beside how far their keys are trusted.

use super::revocation::{enrolled, revoked, sales};
use super::rotation::{asked, ended_at};
use super::*;
use crate::central::readiness::programs::AnnouncedProgram;
use crate::central::readiness::{Calm, ReadinessRow};
use crate::central::rotation::Rotated;
use crate::central::store::Standing;
use crate::domain::ids::PackVersion;
use crate::domain::practice::{Practice, PracticeStep};
use crate::domain::readiness::{ReadinessLook, Topic};
use crate::domain::semver::{SEMVER_LEN_MAX, Semver};

pub(super) fn run<S: Store>(empty: &mut impl FnMut() -> S) {
    the_newest_of_readiness_is_kept_also_of_a_register_that_never_looked(&mut empty());
    the_furthest_announcements_program_is_kept_since_it_was_first_announced(&mut empty());
    programs_are_no_projection_and_centrals_own_journal_has_none(&mut empty());
    each_journal_bears_how_far_its_key_is_trusted(&mut empty());
    a_journal_of_a_revoked_key_bears_that(&mut empty());
}

/// Two looks, a practice and a pack over two segments; and a journal that says none of it.
fn the_newest_of_readiness_is_kept_also_of_a_register_that_never_looked(store: &mut impl Store) {
    let (_, lines) = journal_with(REGISTER, 6, |seq| match seq {
        1 | 4 => Event::ReadinessLook(ReadinessLook {
            score: if seq == 1 { 50 } else { 83 },
            not_ready: vec![Topic::Practice],
            soon: if seq == 1 { vec![Topic::Tape, Topic::Pads] } else { Vec::new() },
        }),
        2 => {
            let version = PackVersion::parse("20261122-1").expect("a version");
            Event::PackApplied { version, digest: [0; 32], jumped: None, approval: None }
        }
        3 => Event::Practice(Practice::Done { seconds: 200, steps: vec![PracticeStep::Cash] }),
        _ => Event::Note { text: String::new() },
    });
    put(store, piece(&lines, 0, 3));
    put(store, piece(&lines, 3, 6));
    let (_, silent) = journal_of(RegisterNo(8), 1, 2, "");
    put(store, piece(&silent, 0, 2));
    project_all(store);
    let rows = store.readiness().expect("read");
    assert_eq!(rows.len(), 2);
    let (seven, eight) = (&rows[0].calm, &rows[1].calm);
    let looked = seven.looked.clone().expect("it looked");
    assert_eq!((looked.look.score, looked.look.not_ready), (83, vec![Topic::Practice]));
    assert_eq!(looked.look.soon, [], "the older look's is gone");
    assert_eq!(seven.practiced.map(|practiced| practiced.steps), Some(1));
    let pack = seven.pack.clone().expect("a pack");
    assert_eq!(pack.0.as_str(), "20261122-1");
    assert_eq!(*eight, Calm::default());
    // Projected again it is the same.
    store.forget_projections().expect("emptied");
    assert_eq!(store.readiness().expect("read")[0].calm, Calm::default());
    project_all(store);
    assert_eq!(store.readiness().expect("read"), rows);
}

fn announce(store: &mut impl Store, chain: &Chain, next: u64, program: &str, now_ms: i64) {
    let expected = Expected {
        journal: chain.journal,
        key: key().public(),
        next_seq: Seq(next),
        head: Hash([7; 32]),
        lifetime: Lifetime::default(),
        program: Semver::parse(program),
    };
    store.announce(&expected, now_ms).expect("kept");
}

fn rows(store: &mut impl Store) -> Vec<ReadinessRow> {
    store.readiness().expect("read")
}

fn the_furthest_announcements_program_is_kept_since_it_was_first_announced(store: &mut impl Store) {
    let (chain, lines) = journal(4, 4, "");
    put(store, piece(&lines, 0, 4));
    assert_eq!(rows(store)[0].program, None, "nothing was announced");
    let longest = format!("1.0.0-{}", "a".repeat(SEMVER_LEN_MAX - 6));
    for (next, program, now_ms, (kept, since_ms)) in [
        (4, "0.9.0", 10, ("0.9.0", 10)),
        (4, "0.9.0", 20, ("0.9.0", 10)),
        (5, "0.9.0", 30, ("0.9.0", 10)),
        // Another one, at the same place; then what was announced before comes again.
        (5, "0.10.0", 40, ("0.10.0", 40)),
        (4, "0.9.0", 50, ("0.10.0", 40)),
        // What is no version takes the earlier one's place, and so does the next that is one.
        (5, "latest", 60, ("", 60)),
        (6, "", 70, ("", 60)),
        (6, "0.10.0", 80, ("0.10.0", 80)),
        // An older program again, and the longest.
        (6, "0.9.0", 90, ("0.9.0", 90)),
        (6, &longest, 100, (longest.as_str(), 100)),
    ] {
        announce(store, &chain, next, program, now_ms);
        let version = Semver::parse(kept);
        let expected = Some(AnnouncedProgram { since_ms, version });
        assert_eq!(rows(store)[0].program, expected, "{program} at {now_ms}");
    }
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!(row.expected_next, Seq(6), "whatever the program");
}

fn programs_are_no_projection_and_centrals_own_journal_has_none(store: &mut impl Store) {
    let (chain, lines) = journal(3, 3, "");
    announce(store, &chain, 3, "1.2.3", 5);
    assert_eq!(rows(store)[0].program.as_ref().map(|one| one.since_ms), Some(5), "no record yet");
    put(store, piece(&lines, 0, 3));
    let (_, own) = journal_of(RegisterNo(0), 2, 2, "");
    assert!(store.append_own(&piece(&own, 0, 2), None, 6).expect("appended"));
    project_all(store);
    let before = rows(store);
    let registers: Vec<u16> = before.iter().map(|row| row.journal.register.0).collect();
    assert_eq!(registers, [7], "what people decided at central is no register's");
    store.forget_projections().expect("emptied");
    assert_eq!(rows(store)[0].program, before[0].program);
    project_all(store);
    assert_eq!(rows(store), before);
    store.set_server_epoch("another").expect("named");
    assert_eq!(rows(store), before);
}

fn each_journal_bears_how_far_its_key_is_trusted<S: Store>(store: &mut S) {
    let (chain, lines) = ended_at([1; 16], 6);
    put(store, piece(&lines, 0, 6));
    let standing = |store: &mut S| rows(store)[0].standing;
    assert_eq!(standing(store), Standing::Provisional, "nobody vouched for it");
    enrolled(store);
    assert_eq!(standing(store), Standing::Enrolled);
    assert_eq!(store.rotate_key(&asked(&chain, &lines, 6), 3).expect("asked"), Rotated::Good);
    assert_eq!(standing(store), Standing::Enrolled, "it was asked for");
    put(store, piece(&lines, 6, 7));
    project_all(store);
    assert_eq!(standing(store), Standing::Rotated);
}

fn a_journal_of_a_revoked_key_bears_that(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 6);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    revoked(store, 3);
    assert_eq!(rows(store)[0].standing, Standing::Revoked);
}
