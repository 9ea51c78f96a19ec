//! What each store must do about keys that are trusted no longer: the same comes of it in whatever
//! order records and people's decisions arrive.

use super::closing::a_sale;
use super::*;
use crate::central::revocation::act::{self, Actor, GoodUntil, NotRevoked, Which};
use crate::central::revocation::{Revocation, StepKind};
use crate::central::store::{CodeUse, Standing};
use crate::domain::ids::Epoch;
use crate::reconcile::totals::Totals;

const OF: Which = Which::all(STORE, REGISTER);

pub(super) fn run<S: Store>(empty: &mut impl FnMut() -> S) {
    for order in 0..5 {
        records_beyond_the_length_stand_apart_whichever_came_first(&mut empty(), order);
    }
    a_proposal_has_records_wait_and_a_refusal_lets_them_go(&mut empty());
    another_journal_of_the_key_is_good_for_nothing(&mut empty());
    what_was_read_before_a_key_was_revoked_is_not_kept_after_it(&mut empty());
    a_length_goes_by_when_central_received_a_record(&mut empty());
    one_key_of_two_is_revoked_and_centrals_own_journal_never(&mut empty());
    what_was_decided_becomes_less_by_two_people_and_never_more(&mut empty());
    of_several_journals_the_one_is_named_and_they_stand_in_one_order(&mut empty());
    who_ends_a_proposal_means_the_keys_and_lengths_it_has(&mut empty());
    what_stands_apart_weighs_on_no_other_store(&mut empty());
    what_people_did_is_kept_and_a_revoked_key_is_enrolled_no_more(&mut empty());
}

fn actor(by: &str) -> Actor {
    let by = PersonId::parse(by).expect("a person");
    Actor { by, reason: "it is gone".to_owned(), at_ms: 5 }
}

fn proposed(store: &mut impl Store, until: GoodUntil) -> Revocation {
    act::propose(store, OF, until, &actor("jo")).expect("proposed")
}

fn ended(store: &mut impl Store, kind: StepKind) -> Revocation {
    act::end(store, OF, kind, &actor("al")).expect("ended")
}

/// Two people revoke the register's key; its newest journal counts up to a record.
pub(super) fn revoked(store: &mut impl Store, last: u64) {
    proposed(store, GoodUntil::Record(None, Seq(last)));
    ended(store, StepKind::Decided);
    project_all(store);
}

pub(super) fn sales(register: u16, records: u64) -> (Chain, Vec<Line>) {
    journal_with(RegisterNo(register), records, |_| a_sale())
}

pub(super) fn enrolled(store: &mut impl Store) {
    store.put_key(STORE, REGISTER, &key().public(), Standing::Enrolled, 1).expect("kept");
}

/// What a store says of records: sums of what counts and of what does not, what was found, stock.
pub(super) type Outcome = (Totals, Totals, Vec<(String, u64, u64, String)>, Vec<String>);

pub(super) fn outcome(store: &mut impl Store) -> Outcome {
    project_all(store);
    let found = store.exceptions(None).expect("read").into_iter();
    let found = found.map(|one| (one.code, one.seq.0, one.count, one.text)).collect();
    let goods = store.goods(STORE).expect("read");
    let mut lines: Vec<String> = goods.lines.iter().map(|line| format!("{line:?}")).collect();
    lines.sort();
    let totals = |store: &mut dyn Store, forks| store.totals(STORE, None, forks).expect("read");
    (totals(store, false), totals(store, true), found, lines)
}

/// Eleven sales; the key is good for the first seven of them, records 1 to 7.
fn records_beyond_the_length_stand_apart_whichever_came_first<S: Store>(
    store: &mut S,
    order: usize,
) {
    let (chain, lines) = sales(REGISTER.0, 12);
    enrolled(store);
    let until = GoodUntil::Record(None, Seq(7));
    let deliver = |store: &mut S, from, to| {
        put(store, piece(&lines, from, to));
        if order != 4 {
            project_all(store);
        }
    };
    match order {
        // Delivered, and revoked later.
        0 => {
            deliver(store, 0, 12);
            proposed(store, until);
            ended(store, StepKind::Decided);
        }
        // Revoked at what central held, and the rest delivered later.
        1 => {
            deliver(store, 0, 8);
            proposed(store, GoodUntil::Held);
            ended(store, StepKind::Decided);
            deliver(store, 8, 12);
        }
        // The rest comes while it waits for a second person, in an odd order and twice.
        2 => {
            deliver(store, 0, 9);
            proposed(store, until);
            deliver(store, 10, 12);
            deliver(store, 6, 11);
            ended(store, StepKind::Decided);
            deliver(store, 0, 12);
        }
        // A first revocation was refused.
        3 => {
            deliver(store, 0, 12);
            proposed(store, GoodUntil::Record(None, Seq(2)));
            ended(store, StepKind::Refused);
            project_all(store);
            proposed(store, until);
            ended(store, StepKind::Decided);
        }
        // Nothing was read before.
        _ => {
            deliver(store, 0, 10);
            proposed(store, until);
            ended(store, StepKind::Decided);
            deliver(store, 10, 12);
        }
    }
    let here = outcome(store);
    let (counted, apart, found, _) = &here;
    assert_eq!((counted.sales, apart.sales), (7, 4), "{order}");
    let one = counted.total.minor() / 7;
    assert_eq!(apart.total.minor(), one * 4, "{order}");
    let revoked: Vec<_> = found.iter().filter(|(code, ..)| code == "revoked_key").collect();
    let [(_, 8, 1, text)] = revoked.as_slice() else { panic!("{order}: {found:?}") };
    assert!(text.contains("count up to 7; those from 8 on"), "{text}");
    store.forget_projections().expect("emptied");
    assert_eq!(outcome(store), here, "{order}: derived again");
    // All of it is kept, byte by byte, and a closure goes up to the length.
    assert_eq!(store.lines(&chain.journal, Seq(0), 99).expect("read").len(), 12);
    let row = store.journals(None).expect("rows").remove(0);
    let trust = row.trust.expect("it is known");
    assert_eq!((trust.length, trust.head, trust.decided), (Seq(8), lines[7].hash(), true));
    assert_eq!(row.position.next_seq, Seq(12));
    let at = store.stage_of(&chain.journal, Seq(8), &lines[8].hash()).expect("read");
    assert_eq!(at.expect("held").exceptions.iter().filter(|c| *c == "revoked_key").count(), 1);
}

fn a_proposal_has_records_wait_and_a_refusal_lets_them_go(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 12);
    enrolled(store);
    put(store, piece(&lines, 0, 8));
    let before = outcome(store);
    proposed(store, GoodUntil::Held);
    let waits = outcome(store);
    assert_eq!((waits.0, waits.1.sales), (before.0.clone(), 0), "nothing lies behind yet");
    put(store, piece(&lines, 8, 12));
    let (counted, apart, found, _) = outcome(store);
    assert_eq!((counted.sales, apart.sales), (7, 4));
    let text = &found.iter().find(|(code, ..)| code == "revoked_key").expect("said").3;
    assert!(text.contains("until a second person decides"), "{text}");
    // It is trusted as little as if it were decided, and can be proposed once.
    let standing = store.standing(STORE, REGISTER, &key().public()).expect("read");
    assert_eq!(standing, Some(Standing::Revoked));
    let again = act::propose(store, OF, GoodUntil::Held, &actor("al"));
    assert!(matches!(again, Err(NotRevoked::Waits { .. })), "{again:?}");
    let same = act::end(store, OF, StepKind::Decided, &actor("jo"));
    assert!(matches!(same, Err(NotRevoked::SamePerson(who)) if who == "jo"));
    ended(store, StepKind::Refused);
    let (counted, apart, found, _) = outcome(store);
    assert_eq!((counted.sales, apart.sales), (11, 0));
    assert!(found.iter().all(|(code, ..)| code != "revoked_key"), "{found:?}");
    let standing = store.standing(STORE, REGISTER, &key().public()).expect("read");
    assert_eq!(standing, Some(Standing::Enrolled));
    let none = act::end(store, OF, StepKind::Decided, &actor("al"));
    assert!(matches!(none, Err(NotRevoked::NoneWaits(..))), "{none:?}");
}

/// A thief begins a journal anew, or goes on from a copy: nobody had acknowledged any of that.
fn another_journal_of_the_key_is_good_for_nothing(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 6);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    proposed(store, GoodUntil::Held);
    ended(store, StepKind::Decided);
    // A fork from record 3 on, and another journal of the same key.
    let (_, fork) = journal_with(REGISTER, 6, |seq| match seq {
        0..3 => a_sale(),
        _ => Event::Note { text: "forged".to_owned() },
    });
    put(store, piece(&fork, 0, 6));
    let (other, anew) = journal_begun([9; 16], (STORE, REGISTER), 5, |_| a_sale());
    put(store, piece(&anew, 0, 5));
    let (counted, apart, found, _) = outcome(store);
    assert_eq!((counted.sales, apart.sales), (5, 4), "{found:?}");
    let rows = store.journals(None).expect("rows");
    let row = rows.iter().find(|row| row.journal == other.journal).expect("kept");
    assert_eq!(row.trust.map(|trust| trust.length), Some(Seq(0)));
    let text = |code: &str| found.iter().filter(|one| one.0 == code).count();
    assert_eq!((text("fork"), text("revoked_key")), (1, 1));
}

fn what_was_read_before_a_key_was_revoked_is_not_kept_after_it(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 6);
    enrolled(store);
    put(store, piece(&lines, 0, 6));
    let stretch = store.unprojected().expect("read").expect("some");
    let stale = read(&stretch, &NoPacks, &Rulebook::default());
    proposed(store, GoodUntil::Record(None, Seq(2)));
    assert!(!store.project(&stale).expect("asked"), "it would count what waits");
    let (counted, apart, ..) = outcome(store);
    assert_eq!((counted.sales, apart.sales), (2, 3));
}

fn a_length_goes_by_when_central_received_a_record(store: &mut impl Store) {
    let (chain, lines) = sales(REGISTER.0, 12);
    enrolled(store);
    // What came at 20 closes the gap before what came at 10.
    for (at_ms, (from, to)) in [(1, (0, 4)), (10, (8, 12)), (20, (2, 9)), (30, (0, 12))] {
        store.ingest(&[piece(&lines, from, to)], at_ms).expect("stored");
    }
    for (at_ms, length) in [(0, 0), (1, 4), (15, 4), (20, 12), (30, 12)] {
        let found = store.received_until(&chain.journal, at_ms).expect("read");
        assert_eq!(found, Seq(length), "{at_ms}");
    }
    let beyond = act::propose(store, OF, GoodUntil::Record(None, Seq(12)), &actor("jo"));
    assert!(matches!(beyond, Err(NotRevoked::Beyond { .. })), "{beyond:?}");
    let unknown = GoodUntil::Record(Some(Epoch([9; 8])), Seq(1));
    let unknown = act::propose(store, OF, unknown, &actor("jo"));
    assert!(matches!(unknown, Err(NotRevoked::NoJournal { .. })), "{unknown:?}");
    proposed(store, GoodUntil::Received(15));
    assert_eq!(outcome(store).0.sales, 3);
}

/// The machine that took its place has a key of its own, and goes on.
fn one_key_of_two_is_revoked_and_centrals_own_journal_never(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 4);
    enrolled(store);
    let next = SigningKey::from_seed(&[6; 32]).expect("a key").public();
    store.put_key(STORE, REGISTER, &next, Standing::Enrolled, 1).expect("kept");
    put(store, piece(&lines, 0, 4));
    let which = Which { key: Some(key().public()), ..OF };
    let one = act::propose(store, which, GoodUntil::Record(None, Seq(1)), &actor("jo"));
    assert_eq!(one.expect("proposed").keys, [key().public()]);
    ended(store, StepKind::Decided);
    let mut keys = store.keys(STORE, REGISTER).expect("read");
    keys.sort_by_key(|(key, _)| *key == next);
    assert_eq!(keys, [(key().public(), Standing::Revoked), (next, Standing::Enrolled)]);
    assert_eq!(outcome(store).0.sales, 1);
    let own = RegisterNo(0);
    store.put_key(STORE, own, &next, Standing::Enrolled, 1).expect("kept");
    let own = act::propose(store, Which::all(STORE, own), GoodUntil::Held, &actor("jo"));
    assert!(matches!(own, Err(NotRevoked::NoKey(..))), "{own:?}");
}

fn what_was_decided_becomes_less_by_two_people_and_never_more(store: &mut impl Store) {
    let (chain, lines) = sales(REGISTER.0, 12);
    enrolled(store);
    put(store, piece(&lines, 0, 12));
    proposed(store, GoodUntil::Record(None, Seq(7)));
    ended(store, StepKind::Decided);
    assert_eq!(outcome(store).0.sales, 7);
    let again = |store: &mut dyn Store, until| {
        act::propose(store, OF, until, &actor("jo")).expect_err("refused").to_string()
    };
    for until in [GoodUntil::Held, GoodUntil::Record(None, Seq(7)), GoodUntil::Received(9_999)] {
        let said = again(store, until);
        for part in ["revoked already by al on 1970-01-01T", "counts up to 7", "nothing was"] {
            assert!(said.contains(part), "{said}");
        }
    }
    let longer = again(store, GoodUntil::Record(None, Seq(8)));
    assert!(longer.contains("counts up to 7; up to 8 more would count"), "{longer}");
    // Two people as ever: what is between the lengths waits for the second one.
    let one = proposed(store, GoodUntil::Record(None, Seq(4)));
    assert_eq!((one.number, one.lengths[0].length), (2, Seq(5)));
    assert_eq!((outcome(store).0.sales, store.revocations_decided().expect("read")), (4, 1));
    let same = act::end(store, OF, StepKind::Decided, &actor("jo"));
    assert!(matches!(same, Err(NotRevoked::SamePerson(_))), "{same:?}");
    ended(store, StepKind::Refused);
    assert_eq!(outcome(store).0.sales, 7, "what was decided first holds");
    let (holds, steps) = act::standing(store, OF).expect("read");
    let steps: Vec<&str> = steps.iter().map(|step| step.kind.word()).collect();
    assert_eq!(holds.map(|one| one.number), Some(1));
    assert_eq!(steps, ["proposed", "decided", "proposed", "refused"]);
    proposed(store, GoodUntil::Record(None, Seq(4)));
    ended(store, StepKind::Decided);
    let (counted, apart, ..) = outcome(store);
    assert_eq!((counted.sales, apart.sales), (4, 7));
    let trust = store.trust(&chain.journal).expect("read").expect("known");
    assert_eq!((trust.length, trust.decided), (Seq(5), true));
    assert_eq!(store.revocations_decided().expect("read"), 2, "registers ask again");
}

fn of_several_journals_the_one_is_named_and_they_stand_in_one_order(store: &mut impl Store) {
    enrolled(store);
    let none = act::propose(store, OF, GoodUntil::Record(None, Seq(1)), &actor("jo"));
    assert!(matches!(none, Err(NotRevoked::NoRecords(..))), "{none:?}");
    // All were heard of first in the same moment.
    let mut all = Vec::new();
    for nonce in 1..6 {
        let (chain, lines) = journal_begun([nonce; 16], (STORE, REGISTER), 4, |_| a_sale());
        put(store, piece(&lines, 0, 4));
        all.push(chain.journal.epoch);
    }
    all.sort_unstable();
    let rows: Vec<Epoch> =
        store.journals(None).expect("rows").iter().map(|row| row.journal.epoch).collect();
    assert_eq!(rows, all);
    let which = act::propose(store, OF, GoodUntil::Record(None, Seq(1)), &actor("jo"));
    let said = which.expect_err("the newest may be the thief's").to_string();
    for epoch in &all {
        assert!(said.contains(&format!("of {epoch} central holds records up to 3")), "{said}");
    }
    let one = proposed(store, GoodUntil::Record(Some(all[2]), Seq(1)));
    let lengths: Vec<u64> = one.lengths.iter().map(|good| good.length.0).collect();
    assert_eq!(lengths, [4, 4, 2, 4, 4]);
}

fn who_ends_a_proposal_means_the_keys_and_lengths_it_has(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 4);
    enrolled(store);
    let next = SigningKey::from_seed(&[6; 32]).expect("a key").public();
    put(store, piece(&lines, 0, 4));
    let old = Which { key: Some(key().public()), ..OF };
    act::propose(store, old, GoodUntil::Held, &actor("jo")).expect("proposed");
    ended(store, StepKind::Decided);
    store.put_key(STORE, REGISTER, &next, Standing::Enrolled, 1).expect("kept");
    let new = Which { key: Some(next), ..OF };
    act::propose(store, new, GoodUntil::Held, &actor("jo")).expect("proposed");
    for kind in [StepKind::Decided, StepKind::Refused] {
        let other = act::end(store, old, kind, &actor("al")).expect_err("another key").to_string();
        assert!(other.contains(&format!("is about {}, not about", next.fingerprint())), "{other}");
    }
    act::end(store, new, StepKind::Refused, &actor("al")).expect("refused");
    // The old machine's decision is none about the key that is trusted now.
    let (holds, steps) = act::standing(store, OF).expect("read");
    assert_eq!((holds, steps.len()), (None, 2));
    assert_eq!(act::standing(store, old).expect("read").0.map(|one| one.number), Some(1));
    assert_eq!(act::draft(store, OF, GoodUntil::Held).expect("drawn up").keys, [next]);
    for reason in ["a\u{1b}[2Jb".to_owned(), "é".repeat(501)] {
        let odd = act::propose(store, new, GoodUntil::Held, &Actor { reason, ..actor("jo") });
        assert!(matches!(odd, Err(NotRevoked::NoReason)), "{odd:?}");
    }
    let card = Actor { reason: "4111 1111 1111 1111".to_owned(), ..actor("jo") };
    let card = act::propose(store, new, GoodUntil::Held, &card);
    assert!(matches!(card, Err(NotRevoked::CardNumber)), "{card:?}");
    let long = Actor { reason: "é".repeat(500), ..actor("jo") };
    act::propose(store, new, GoodUntil::Held, &long).expect("letters are counted, not bytes");
}

/// A rain check that the thief's machine redeemed was redeemed once, by who is honest.
fn what_stands_apart_weighs_on_no_other_store(store: &mut impl Store) {
    let until = BusinessDate::parse("2026-12-22").expect("a day");
    let (kind, worth, what) = (RainCheckKind::Reward, Worth::Unsaid, "500 points".to_owned());
    let check = RainCheck { number: 8_003, kind, code: None, what, worth, until };
    let (chain, issued) = journal_with(RegisterNo(8), 2, |_| {
        Event::RainCheck(RainCheckStep::Issued { check: check.clone(), approval: None })
    });
    let of = RainCheckRef {
        store: STORE,
        register: RegisterNo(8),
        at_record: RecordRef { epoch: chain.journal.epoch, seq: Seq(1) },
        number: 8_003,
        hash_start: None,
    };
    let redeemed = Event::RainCheck(RainCheckStep::Redeemed { of, approval: None });
    let (_, stolen) = journal_with(REGISTER, 2, |_| redeemed.clone());
    let (_, honest) = journal_at(StoreNo(2000), RegisterNo(9), 2, |_| redeemed.clone());
    enrolled(store);
    put(store, piece(&issued, 0, 2));
    put(store, piece(&stolen, 0, 2));
    put(store, piece(&honest, 0, 2));
    let twice = |store: &mut dyn Store| {
        let found = store.exceptions(None).expect("read");
        found.iter().filter(|one| one.code == "redeemed_twice").count()
    };
    project_all(store);
    assert_eq!(twice(store), 1);
    proposed(store, GoodUntil::Record(None, Seq(0)));
    project_all(store);
    assert_eq!(twice(store), 0);
    ended(store, StepKind::Refused);
    project_all(store);
    assert_eq!(twice(store), 1);
}

fn what_people_did_is_kept_and_a_revoked_key_is_enrolled_no_more(store: &mut impl Store) {
    let (_, lines) = sales(REGISTER.0, 4);
    let none = act::propose(store, OF, GoodUntil::Held, &actor("jo"));
    assert!(matches!(none, Err(NotRevoked::NoKey(..))), "{none:?}");
    enrolled(store);
    put(store, piece(&lines, 0, 4));
    let silent = Actor { reason: "  ".to_owned(), ..actor("jo") };
    let silent = act::propose(store, OF, GoodUntil::Held, &silent);
    assert!(matches!(silent, Err(NotRevoked::NoReason)));
    let proposal = proposed(store, GoodUntil::Held);
    assert_eq!(store.revocations(None).expect("read"), [proposal]);
    assert_eq!(store.revocations_decided().expect("read"), 0);
    ended(store, StepKind::Refused);
    proposed(store, GoodUntil::Record(None, Seq(1)));
    let decided = ended(store, StepKind::Decided);
    assert_eq!(store.revocations_decided().expect("read"), 1);
    let all = store.revocations(Some((STORE, REGISTER))).expect("read");
    assert_eq!((all.len(), &all[1]), (2, &decided));
    let who: Vec<&str> = decided.steps.iter().map(|step| step.who.as_str()).collect();
    assert_eq!((decided.number, who), (2, vec!["jo", "al"]));
    assert_eq!(store.revocations(Some((STORE, RegisterNo(8)))).expect("read"), []);
    let code = Hash([4; 32]);
    store.put_code(&code, STORE, REGISTER, 1_000).expect("kept");
    let key = key().public();
    let used = store.use_code(&code, &key, 5).expect("asked");
    assert_eq!(used, CodeUse::KeyRevoked(STORE, REGISTER));
    store.put_key(STORE, REGISTER, &key, Standing::Enrolled, 5).expect("asked");
    assert_eq!(store.keys(STORE, REGISTER).expect("read"), [(key, Standing::Revoked)]);
    // The code stays good for the key of the machine that takes its place.
    let next = SigningKey::from_seed(&[6; 32]).expect("a key").public();
    let used = store.use_code(&code, &next, 5).expect("asked");
    assert_eq!(used, CodeUse::Good(STORE, REGISTER));
}
