//! A record that an exception holds back goes once a manager decided about it, and only then.

use std::path::Path;

use tideover::central::export::Adapter as _;
use tideover::central::export::ledger::State;
use tideover::central::export::poslog::PosLog;
use tideover::central::revocation::StepKind;
use tideover::central::revocation::act::{self, Actor, GoodUntil, Which};
use tideover::central::sqlite::SqliteStore;
use tideover::central::store::Store as _;
use tideover::domain::decision::{Action, Decision};
use tideover::domain::event::Event;
use tideover::domain::ids::{PersonId, RegisterNo, Seq, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::policy::Currency;
use tideover::reconcile::exception::Code;
use tideover::reconcile::packs::NoPacks;

use super::{Runner, central_with, folder, states};
use crate::central::{central_at, drain};
use crate::journals::{TestRegister, sale};

const STORE: StoreNo = StoreNo(1042);

/// Records a sale that does not add up, as `arithmetic` finds it.
pub(super) fn sell_wrong(register: &mut TestRegister, number: u64) {
    let mut wrong = sale(number, 1);
    wrong.total = wrong.total.plus(Money::from_minor(100)).expect("fits");
    register.record(Event::of_sale(wrong));
}

/// What central's manager decides about all sales that don't add up.
pub(super) fn decide(at: &Path, action: Action) {
    let central = central_at(at);
    let door = central.door();
    let now = door.reconciliation(STORE, &NoPacks).expect("read");
    let found = now.balance.matters.iter().find(|matter| matter.code == Code::Arithmetic);
    let matter = found.expect("found by the rule");
    let decision = Decision {
        matter: matter.key().expect("a rule"),
        action,
        count: u32::try_from(matter.open.len()).expect("few"),
        sum: matter.open_sum(),
        reach: matter.reach(),
        reason: "the paper says the same".to_owned(),
        second: None,
    };
    let manager = PersonId::parse("51").expect("a person");
    door.decide(STORE, &manager, Currency::Usd, vec![decision]).expect("decided");
    central.settle();
    central.stop();
}

/// How often each record stands in the files of a folder.
fn in_files(dir: &Path) -> Vec<usize> {
    let mut seen = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).expect("text");
            for part in text.split("<tideover:Record ").skip(1) {
                let name = part.split('>').next().expect("a name").to_owned();
                *seen.entry(name).or_insert(0_usize) += 1;
            }
        }
    }
    seen.into_values().collect()
}

#[test]
fn a_manager_lets_go_what_was_held_and_it_goes_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let (at, out) = (dir.path().join("central"), dir.path().join("out"));
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    sell_wrong(&mut register, 4);
    central_with(&at, &mut [&mut register]);
    let mut runner = Runner::new();
    let target = folder(&out, PosLog::default()).target().clone();
    let mut hand_over = || {
        let handed = runner.run(&at, &mut folder(&out, PosLog::default())).expect("run").handed;
        (handed, states(&at, &target))
    };
    let held = [(State::Held, 1), (State::Confirmed, 3)];
    assert_eq!(hand_over(), (3, held.to_vec()));
    // A question settles nothing.
    decide(&at, Action::Ask { person: PersonId::parse("31").expect("a person") });
    assert_eq!(hand_over(), (0, held.to_vec()));
    decide(&at, Action::Accept);
    assert_eq!(hand_over(), (1, vec![(State::Confirmed, 4)]));
    assert_eq!(hand_over(), (0, vec![(State::Confirmed, 4)]));
    assert_eq!(in_files(&out), [1; 4]);
    // What comes later is another matter, until it is decided too.
    sell_wrong(&mut register, 5);
    let central = central_at(&at);
    drain(&mut register, &mut tideover::central::door::InProcess(central.door()));
    central.settle();
    central.stop();
    assert_eq!(hand_over(), (0, vec![(State::Held, 1), (State::Confirmed, 4)]));
    decide(&at, Action::WriteOff);
    assert_eq!(hand_over(), (1, vec![(State::Confirmed, 5)]));
    assert_eq!(in_files(&out), [1; 5]);
    // A target that is new takes all of it at once.
    let other = dir.path().join("other");
    let handed = runner.run(&at, &mut folder(&other, PosLog::default())).expect("run").handed;
    assert_eq!((handed, in_files(&other)), (5, vec![1; 5]));
}

#[test]
fn a_decision_that_central_did_not_sign_lets_nothing_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let (at, out) = (dir.path().join("central"), dir.path().join("out"));
    let mut register = TestRegister::new(7);
    sell_wrong(&mut register, 1);
    central_with(&at, &mut [&mut register]);
    // A stranger sends a journal under central's own number, with the very decision in it.
    let central = central_at(&at);
    let now = central.door().reconciliation(STORE, &NoPacks).expect("read");
    let found = now.balance.matters.iter().find(|matter| matter.code == Code::Arithmetic);
    let matter = found.expect("found by the rule");
    let mut stranger = TestRegister::new(0);
    stranger.record(Event::Decision(Decision {
        matter: matter.key().expect("a rule"),
        action: Action::Accept,
        count: 1,
        sum: matter.open_sum(),
        reach: matter.reach(),
        reason: "because".to_owned(),
        second: None,
    }));
    drain(&mut stranger, &mut tideover::central::door::InProcess(central.door()));
    central.settle();
    assert_eq!(central.journals().expect("rows").len(), 2, "it is kept");
    central.stop();
    let mut poslog = folder(&out, PosLog::default());
    assert_eq!(Runner::new().run(&at, &mut poslog).expect("run").handed, 0);
    assert_eq!(states(&at, poslog.target()), [(State::Held, 1)]);
}

#[test]
fn what_a_revoked_key_signed_beyond_its_length_is_handed_to_nobody() {
    let dir = tempfile::tempdir().expect("a folder");
    let (at, out) = (dir.path().join("central"), dir.path().join("out"));
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    central_with(&at, &mut [&mut register]);
    let mut runner = Runner::new();
    let target = folder(&out, PosLog::default()).target().clone();
    let mut hand_over = || {
        let handed = runner.run(&at, &mut folder(&out, PosLog::default())).expect("run").handed;
        (handed, states(&at, &target))
    };
    assert_eq!(hand_over(), (3, vec![(State::Confirmed, 3)]));
    // Records 2 to 4 are out; the theft is noticed, and only 2 and 3 count.
    let which = Which::all(STORE, RegisterNo(7));
    let actor = |by: &str| Actor {
        by: PersonId::parse(by).expect("a person"),
        reason: "stolen".to_owned(),
        at_ms: 1,
    };
    register.sell(2, 1);
    central_with(&at, &mut [&mut register]);
    let mut kept = SqliteStore::open(&at).expect("opened");
    let until = GoodUntil::Record(None, Seq(3));
    let proposal = act::propose(&mut kept, which, until, &actor("jo")).expect("proposed");
    let behind = act::behind(&mut kept, &proposal).expect("read");
    assert_eq!(behind[0].handed, [(target.as_str().to_owned(), 1)], "one of three was given");
    drop(kept);
    central_with(&at, &mut []);
    assert_eq!(hand_over(), (0, vec![(State::Confirmed, 3)]));
    // Once it is refused they go, once.
    let mut kept = SqliteStore::open(&at).expect("opened");
    act::end(&mut kept, which, StepKind::Refused, &actor("jo")).expect("refused");
    drop(kept);
    central_with(&at, &mut [&mut register]);
    assert_eq!(hand_over(), (2, vec![(State::Confirmed, 5)]));
    assert_eq!(in_files(&out), [1; 5]);
}

#[test]
fn what_was_planned_before_its_key_was_revoked_stays_here() {
    let dir = tempfile::tempdir().expect("a folder");
    let (at, out) = (dir.path().join("central"), dir.path().join("out"));
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    central_with(&at, &mut [&mut register]);
    let (mut runner, mut adapter) = (Runner::new(), folder(&out, PosLog::default()));
    let target = adapter.target().clone();
    // Planned, and ended before anything went out.
    assert_eq!(runner.run_until(&at, &mut adapter, &|| true).expect("run").handed, 0);
    let mut kept = SqliteStore::open(&at).expect("opened");
    let which = Which::all(STORE, RegisterNo(7));
    let by = PersonId::parse("jo").expect("a person");
    let actor = Actor { by, reason: "stolen".to_owned(), at_ms: 1 };
    act::propose(&mut kept, which, GoodUntil::Record(None, Seq(2)), &actor).expect("proposed");
    drop(kept);
    central_with(&at, &mut []);
    assert_eq!(runner.run(&at, &mut adapter).expect("run").handed, 1);
    let stays = [(State::Held, 2), (State::Confirmed, 1)];
    assert_eq!(states(&at, &target), stays);
    let why = || {
        let mut kept = SqliteStore::open(&at).expect("opened");
        let counts = kept.hand_overs().state_counts(&target).expect("counted");
        counts.into_iter().find(|count| count.state == State::Held).expect("held").note
    };
    assert!(why().contains("somebody proposed to revoke"), "nobody decided it: {}", why());
    let mut kept = SqliteStore::open(&at).expect("opened");
    let second = Actor { by: PersonId::parse("al").expect("a person"), ..actor };
    act::end(&mut kept, which, StepKind::Decided, &second).expect("decided");
    drop(kept);
    central_with(&at, &mut []);
    assert_eq!(runner.run(&at, &mut adapter).expect("run").handed, 0);
    assert_eq!(states(&at, &target), stays);
    assert_eq!(why(), "the register's key is revoked from before it");
}
