//! What a recovery is counted over: what was out and since when, whose word counts, what is lost,
//! and that no figure is too large for a sum.

use super::*;
use crate::domain::decision::{self, Action, Decision, Reach, RuleWord};
use crate::reconcile::exception::{Code, Exception};

pub(super) fn run<S: Store>(empty: &mut impl FnMut() -> S) {
    a_second_outage_is_counted_from_where_central_stood_when_it_began(&mut empty());
    absurd_figures_of_records_and_announcements_end_no_question(&mut empty());
    what_a_revoked_key_announces_is_not_waited_for(&mut empty());
    what_a_person_gave_up_is_told_apart_until_its_register_is_heard_again(&mut empty());
}

/// Received and expected records, received and expected money of the only store.
fn figures(store: &mut impl Store, counted_from: i64) -> (u64, u64, i64, i64) {
    let Figures { received, expected, money, money_expected, .. } = only(store, counted_from);
    (received, expected, money, money_expected)
}

fn only(store: &mut impl Store, counted_from: i64) -> Figures {
    let (stores, _) = asked(store, counted_from);
    assert_eq!(stores.len(), 1);
    stores.first().expect("one").figures
}

fn in_it(store: &mut impl Store, run: Run, now_ms: i64) {
    store.ingest(&[run], now_ms).expect("stored");
}

/// A run whose last record says that so much was taken and paid out.
fn saying(lines: &[Line], (from, to): (usize, usize), takings: i64, payouts: i64) -> Run {
    let mut run = piece(lines, from, to);
    let last = run.records.last_mut().expect("records");
    let money = Money::from_minor;
    last.lifetime = Lifetime { takings: money(takings), payouts: money(payouts) };
    run
}

fn a_second_outage_is_counted_from_where_central_stood_when_it_began(store: &mut impl Store) {
    const HOUR: i64 = 3_600_000;
    let (chain, lines) = journal_of(REGISTER, 0, 100, "");
    let (other, others) = journal_of(RegisterNo(8), 0, 30, "");
    vouched(store, STORE, REGISTER.0);
    vouched(store, STORE, 8);
    // The first outage, and the other register's.
    announced(store, &chain, 40, 900, 10 * HOUR);
    in_it(store, saying(&lines, (0, 40), 900, 0), 11 * HOUR);
    assert_eq!(figures(store, 0), (40, 40, 900, 900));
    announced(store, &other, 10, 0, 12 * HOUR);
    in_it(store, piece(&others, 0, 10), 13 * HOUR);
    // Whole again it counts for a while, and is then no part of anything.
    assert_eq!(figures(store, 10 * HOUR), (50, 50, 900, 900));
    assert_eq!(figures(store, 11 * HOUR), (10, 10, 0, 0));
    assert_eq!(figures(store, 13 * HOUR), (0, 0, 0, 0));
    // The line is there, and each record comes as it is made.
    in_it(store, saying(&lines, (40, 90), 5_000, 200), 14 * HOUR);
    announced(store, &chain, 90, 5_000, 15 * HOUR);
    assert_eq!(figures(store, 10 * HOUR), (50, 50, 900, 900), "that was never out");
    // The second outage: what came in for years says nothing about it.
    announced(store, &chain, 100, 6_000, 20 * HOUR);
    let (_, since) = asked(store, 0);
    assert_eq!((since, figures(store, 0)), (19 * HOUR, (0, 10, 0, 1_200)));
    in_it(store, saying(&lines, (90, 95), 5_400, 200), 21 * HOUR);
    assert_eq!(figures(store, 0), (5, 10, 400, 1_200));
    // An announcement that comes late changes nothing; another register turns behind, and is whole.
    announced(store, &chain, 97, 5_500, 22 * HOUR);
    announced(store, &other, 30, 0, 22 * HOUR);
    in_it(store, piece(&others, 10, 30), 23 * HOUR);
    assert_eq!(figures(store, 0), (25, 30, 400, 1_200));
    let told = store.registers_in(STORE, since).expect("asked");
    let told: Vec<_> = told.iter().map(|one| (one.register, one.received, one.expected)).collect();
    assert_eq!(told, [(7, 5, 10), (8, 20, 20)]);
    in_it(store, saying(&lines, (95, 100), 6_000, 0), 24 * HOUR);
    assert_eq!(figures(store, 0), (30, 30, 1_200, 1_200));
    assert_eq!(only(store, 0).records, 130);
}

fn absurd_figures_of_records_and_announcements_end_no_question(store: &mut impl Store) {
    let most = [(i64::MAX, -1), (i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (-1, i64::MIN)];
    for (register, (takings, payouts)) in (1..).zip(most) {
        let (chain, lines) = journal_of(RegisterNo(register), 0, 6, "");
        vouched(store, STORE, register);
        // Announced as a program before this one took it, and as nobody can count.
        let expected = Expected {
            journal: chain.journal,
            key: key().public(),
            next_seq: Seq(u64::MAX),
            head: Hash([7; 32]),
            lifetime: Lifetime {
                takings: Money::from_minor(takings),
                payouts: Money::from_minor(payouts),
            },
            program: None,
        };
        store.announce(&expected, NOW).expect("kept");
        in_it(store, saying(&lines, (0, 4), takings, payouts), NOW);
        for seq in 0..3 {
            let found = Exception::new(Code::DrawerVariance, chain.journal, Seq(seq), "far off");
            store.except(&found.about(Money::from_minor(takings))).expect("kept");
        }
    }
    let told = only(store, 0);
    assert_eq!((told.records, told.received), (16, 16));
    assert_eq!(told.expected, 4 << 40, "no more than a journal can hold, of each");
    // 10^15 + 1, -2 * 10^15, 2 * 10^15 and 10^15 - 1.
    assert_eq!((told.money, told.money_expected), (2_000_000_000_000_000, 2_000_000_000_000_000));
    let registers = store.registers_in(STORE, 0).expect("asked");
    assert_eq!(registers.len(), 4);
    let found = store.found_counts().expect("asked");
    let variance = found.iter().find(|one| one.code == "drawer_variance").expect("found");
    assert_eq!((variance.count, variance.amount), (12, 3 * (1_000_000_000_000_000 - 1)));
    let groups = store.exceptions(Some(STORE)).expect("asked");
    let variance = groups.iter().find(|one| one.code == "drawer_variance").expect("found");
    assert_eq!((variance.count, variance.amount), (12, 3 * (1_000_000_000_000_000 - 1)));
}

fn what_a_revoked_key_announces_is_not_waited_for(store: &mut impl Store) {
    let (chain, lines) = journal_of(REGISTER, 0, 6, "");
    revocation::enrolled(store);
    announced(store, &chain, 20, 0, NOW);
    in_it(store, piece(&lines, 0, 6), NOW);
    assert_eq!(figures(store, 0), (6, 20, 0, 0));
    // It was stolen after the third record, and whoever has it announces what they like.
    revocation::revoked(store, 3);
    announced(store, &chain, 1_000_000, 5_000_000, NOW + 5);
    assert_eq!(figures(store, 0), (4, 4, 0, 0), "its good length, and all of that is here");
    let (stores, _) = asked(store, 0);
    let one = stores.first().expect("one");
    let figures = &one.figures;
    assert_eq!((figures.records, figures.registers), (4, 0));
    assert_eq!(one.heard_ms, 0, "a thief is nobody who is heard");
    let told = store.registers_in(STORE, 0).expect("asked").remove(0);
    assert_eq!((told.enrolled, told.provisional, told.expected), (false, false, 4));
}

fn what_a_person_gave_up_is_told_apart_until_its_register_is_heard_again(store: &mut impl Store) {
    let (chain, lines) = journal_of(REGISTER, 0, 6, "");
    vouched(store, STORE, REGISTER.0);
    announced(store, &chain, 20, 3_000, NOW);
    in_it(store, saying(&lines, (0, 6), 900, 0), NOW);
    let told = |store: &mut dyn Store| {
        let one = store.registers_in(STORE, 0).expect("asked").remove(0);
        (one.received, one.expected, one.given_up, one.money, one.money_expected)
    };
    assert_eq!(told(store), (6, 20, 0, 900, 3_000));
    let decided = |action: &Action| {
        Event::Decision(Decision {
            matter: decision::Matter {
                rule: RuleWord::parse("not_here").expect("a word"),
                cause: "register 7".to_owned(),
            },
            action: action.clone(),
            count: 1,
            sum: Money::from_minor(2_100),
            reach: vec![Reach { epoch: chain.journal.epoch, next: Seq(7) }],
            reason: "the register burnt".to_owned(),
            second: None,
        })
    };
    // First somebody else is asked, then it is written off, by central's own records.
    let ask = Action::Ask { person: PersonId::parse("1001").expect("a number") };
    let steps = [ask, Action::WriteOff];
    let own = RegisterNo(0);
    let (_, decisions) = journal_begun([2; 16], (STORE, own), 3, |seq| {
        decided(steps.get(usize::try_from(seq).expect("small") - 1).expect("a step"))
    });
    in_it(store, piece(&decisions, 0, 2), NOW);
    vouched(store, STORE, 0);
    project_all(store);
    assert_eq!(told(store), (6, 20, 0, 900, 3_000), "nothing is settled by asking");
    in_it(store, piece(&decisions, 2, 3), NOW);
    project_all(store);
    assert_eq!(told(store), (6, 6, 14, 900, 900), "given up, and out no longer");
    store.forget_projections().expect("emptied");
    assert_eq!(told(store), (6, 20, 0, 900, 3_000));
    project_all(store);
    let row = only(store, 0);
    assert_eq!((row.received, row.expected, row.given_up), (6, 6, 14));
    // It was found, and says that it is there: what it has is out again.
    let later = Timestamp::parse("2026-11-23T08:00:00.000-06:00").expect("a time");
    announced(store, &chain, 20, 3_000, later.utc_ms);
    assert_eq!(told(store), (6, 20, 0, 900, 3_000));
}
