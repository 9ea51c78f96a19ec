//! A register is stolen: two people of IT revoke its key, central adds the store up again, and the
//! other registers stop believing its papers and its copies.

mod down;

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use tideover::central::door::InProcess;
use tideover::central::revocation::StepKind;
use tideover::central::revocation::act::{self, Actor, GoodUntil, Which};
use tideover::central::serve::Central;
use tideover::central::sqlite::SqliteStore;
use tideover::central::store::{Standing, Store as _};
use tideover::device::clock::Clock as _;
use tideover::domain::decision::{Action, Decision};
use tideover::domain::ids::{PersonId, RegisterNo, Seq, StoreNo};
use tideover::domain::policy::Currency;
use tideover::reconcile::certificate::ResidualKind;
use tideover::reconcile::exception::Code;
use tideover::reconcile::packs::NoPacks;

use crate::central::{central_at, drain, enrolled};
use crate::journals::{TestRegister, clock};
use crate::program::{errors, program};

const STORE: StoreNo = StoreNo(1042);
const OF: Which = Which::all(STORE, RegisterNo(7));

/// The command with what somebody types; it has to end as expected.
fn revoke(folder: &Path, line: &str, typed: &str, code: i32) -> String {
    let mut process = program()
        .args(["central", "revoke", "--store", "1042", "--register", "7", "--data"])
        .arg(folder)
        .args(line.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut typing = process.stdin.take().expect("a keyboard");
    // It may have ended without reading.
    typing.write_all(typed.as_bytes()).unwrap_or_default();
    drop(typing);
    let output: Output = process.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(code), "{line}: {}", errors(&output));
    let said = if code == 0 { &output.stdout } else { &output.stderr };
    String::from_utf8_lossy(said).into_owned()
}

fn token(folder: &Path, who: &str) -> String {
    let output = program()
        .args(["central", "it-token", "--who", who, "--data"])
        .arg(folder)
        .output()
        .expect("run");
    assert!(output.status.success(), "{}", errors(&output));
    let said = String::from_utf8_lossy(&output.stdout);
    format!("{}\n", said.lines().next().expect("a token"))
}

fn actor(by: &str, reason: &str) -> Actor {
    let by = PersonId::parse(by).expect("a person");
    Actor { by, reason: reason.to_owned(), at_ms: clock().now().utc_ms }
}

fn sales(central: &Central) -> u64 {
    central.totals(STORE, None).expect("totals").sales
}

fn brings(central: &Central, register: &mut TestRegister) {
    let mut line = InProcess(central.door());
    assert_eq!(drain(register, &mut line).pending, 0, "it is taken in, whatever becomes of it");
    central.settle();
}

/// Register 7 of store 1042 with five sales at central, records 2 to 6.
fn sold_at(folder: &Path) -> (Central, TestRegister) {
    let central = central_at(folder);
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    enrolled(&central, &register);
    brings(&central, &mut register);
    assert_eq!(sales(&central), 5);
    (central, register)
}

#[test]
fn one_person_has_it_wait_and_a_second_one_decides_with_words_and_a_restart_between() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let (central, mut register) = sold_at(at);
    let (jo, al) = (token(at, "jo"), token(at, "al"));
    let look = revoke(at, "--look --good-until 4", "", 0);
    for said in
        ["It is trusted", "records up to 4 count; 2 behind stand apart: ", " taken, 0.00 paid out"]
    {
        assert!(look.contains(said), "{said}: {look}");
    }
    for (line, typed, says) in [
        ("--why stolen", "", "no token of IT"),
        ("--why stolen", "it-00\n", "no token of IT"),
        ("", jo.as_str(), "say why with --why"),
        ("--why stolen --good-until 7", jo.as_str(), "central holds records up to 6"),
        ("--why stolen --good-until 4 --journal 00", jo.as_str(), "no journal of that name"),
        ("--second", al.as_str(), "nothing waits for a second person"),
        ("--why stolen --alone", jo.as_str(), "al can decide this as well"),
        (
            "--why stolen --key 0000",
            jo.as_str(),
            "0000 is no key of register 7 of store 1042, which",
        ),
        ("--look --received-until noon", "", "or like 2026-11-22 for the beginning of that day"),
    ] {
        let refused = revoke(at, line, typed, 3);
        assert!(refused.contains(says) && refused.contains("nothing was changed"), "{refused}");
    }
    let proposed = revoke(at, "--why stolen --good-until 4", &jo, 0);
    for said in ["proposed by jo at ", ": stolen", "waits, in no total", "--second"] {
        assert!(proposed.contains(said), "{said}: {proposed}");
    }
    let again = revoke(at, "--why stolen", &al, 3);
    assert!(again.contains("jo proposed to revoke register 7 of store 1042 already"), "{again}");
    central.stop();

    // Nothing of it is lost with the process, and what comes meanwhile waits.
    let central = central_at(at);
    register.sell(1, 1);
    brings(&central, &mut register);
    assert_eq!(sales(&central), 3);
    let found = central.door().exceptions(None).expect("read");
    let waits = found.iter().find(|one| one.code == "revoked_key").expect("said");
    assert!(waits.text.contains("records from 5 on wait"), "{}", waits.text);
    let same = revoke(at, "--second", &jo, 3);
    assert!(same.contains("jo proposed this, so somebody else decides"), "{same}");
    let before = revoke(at, "--second", "it-00\n", 3);
    for said in ["proposed by jo", "3 behind stand apart", "no token of IT"] {
        assert!(before.contains(said), "said before anybody signs: {said}: {before}");
    }
    let decided = revoke(at, "--second --why seen", &al, 0);
    for said in ["decided by al at ", ": seen", "3 behind stand apart", "trusted no longer"] {
        assert!(decided.contains(said), "{said}: {decided}");
    }
    let none = revoke(at, "--second", &al, 3);
    assert!(none.contains("nothing waits"), "{none}");
    let none = revoke(at, "--why again", &al, 3);
    assert!(none.contains("was revoked already by al on 20"), "{none}");
    assert!(none.contains(" counts up to 4; nothing was changed"), "{none}");
    let more = revoke(at, "--why again --good-until 5", &jo, 3);
    assert!(more.contains("up to 5 more would count"), "{more}");
    let less = revoke(at, "--look --good-until 3", "", 0);
    for said in ["decided by al", "records up to 3 count; 4 behind", "had this little of it count"]
    {
        assert!(less.contains(said), "{said}: {less}");
    }
    register.sell(2, 1);
    brings(&central, &mut register);
    assert_eq!(sales(&central), 3);
    let told: serde_json::Value =
        serde_json::from_str(&revoke(at, "--look --json", "", 0)).expect("JSON");
    let steps = told["steps"].as_array().expect("steps");
    assert_eq!((&told["state"], &steps[0]["who"]), (&"decided".into(), &"jo".into()));
    assert_eq!((&steps[1]["who"], &told["journals"][0]["good_length"]), (&"al".into(), &5.into()));
    assert_eq!(told["journals"][0]["records"], 5);
    // Derived again from what was stored, it is the same.
    let before = central.door().exceptions(None).expect("read");
    central.stop();
    let mut kept = SqliteStore::open(at).expect("opened");
    kept.forget_projections().expect("emptied");
    drop(kept);
    let central = central_at(at);
    register.sell(1, 1);
    brings(&central, &mut register);
    assert_eq!((sales(&central), central.door().exceptions(None).expect("read")), (3, before));
}

#[test]
fn whoever_is_alone_says_so_and_a_refusal_has_all_count_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let (central, mut register) = sold_at(at);
    let jo = token(at, "jo");
    revoke(at, "--why stolen --received-until 2026-11-22T00:00:00.000-06:00", &jo, 0);
    register.sell(1, 1);
    brings(&central, &mut register);
    assert_eq!(sales(&central), 0, "all of it was received that day");
    let refused = revoke(at, "--refuse --why found", &jo, 0);
    for said in ["proposed by jo", "refused by jo", ": found", "counts again"] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let above = refused.split_once("Nothing is revoked").expect("said").0;
    let above = above.rsplit_once("refused by jo").expect("said").1;
    assert!(!above.contains("apart"), "nothing does any more: {refused}");
    register.sell(1, 1);
    brings(&central, &mut register);
    assert_eq!(sales(&central), 7);
    let look = revoke(at, "--look", "", 0);
    for said in ["refused by jo", "It is trusted", "all that central holds, and none lies behind"] {
        assert!(look.contains(said), "{said}: {look}");
    }
    assert_eq!(central.door().exceptions(None).expect("read"), []);
    let day = revoke(at, "--look --received-until 2000-01-01", "", 0);
    for said in ["until 2000-01-01T00:00:00.000+00:00 counts", "no record counts"] {
        assert!(day.contains(said), "{said}: {day}");
    }
    // A line without an end is no token, and is not read to it.
    let odd = revoke(at, "--why stolen --alone", &"é".repeat(100_000), 3);
    assert!(odd.contains("no token of IT"), "{odd}");
    revoke(at, "--why stolen", &jo, 0);
    let lengths = revoke(at, "--why stolen --alone --good-until 3", &jo, 3);
    assert!(lengths.contains("what jo proposed waits with the lengths it has"), "{lengths}");
    let alone = revoke(at, "--why stolen --alone", &jo, 0);
    for said in ["proposed by jo", "decided by jo", "and none lies behind", "trusted no longer"] {
        assert!(alone.contains(said), "{said}: {alone}");
    }
    register.sell(1, 1);
    brings(&central, &mut register);
    assert_eq!(sales(&central), 7);
}

#[test]
fn looking_goes_by_the_key_that_is_named_and_by_what_is_here() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let central = central_at(at);
    let mut register = TestRegister::new(7);
    enrolled(&central, &register);
    let none = revoke(at, "--look", "", 0);
    assert!(none.contains("no record of it is here yet"), "{none}");
    let none = revoke(at, "--look --good-until 3", "", 3);
    assert!(none.contains("no record of register 7 of store 1042 is here yet"), "{none}");
    register.sell(5, 1);
    brings(&central, &mut register);
    let jo = token(at, "jo");
    revoke(at, "--why stolen --alone", &jo, 0);
    // A new machine took its place, and somebody thought that it was stolen, too.
    let next = tideover::journal::key::SigningKey::from_seed(&[6; 32]).expect("a key").public();
    let mut kept = SqliteStore::open(at).expect("opened beside it");
    kept.put_key(STORE, RegisterNo(7), &next, Standing::Enrolled, 1).expect("kept");
    drop(kept);
    revoke(at, "--why missed", &jo, 0);
    let (old, new) = (register.key.public().fingerprint(), next.fingerprint());
    let other = revoke(at, &format!("--second --key {old}"), &jo, 3);
    assert!(other.contains(&format!("what waits is about {new}, not about {old}")), "{other}");
    revoke(at, "--refuse --why found", &jo, 0);
    let look = revoke(at, "--look", "", 0);
    for said in ["It is trusted", "proposed by jo", "refused by jo", new.as_str()] {
        assert!(look.contains(said), "{said}: {look}");
    }
    assert!(!look.contains("decided by"), "that was the older machine: {look}");
    let look = revoke(at, &format!("--look --key {old}"), "", 0);
    assert!(look.contains("decided by jo") && look.contains("trusted no longer"), "{look}");
    let less = revoke(at, &format!("--look --key {old} --good-until 3"), "", 0);
    assert!(less.contains("records up to 3 count; 3 behind stand apart"), "{less}");
}

/// A store is closed with what a thief sold, and the theft is noticed after it.
#[test]
fn a_closure_stays_as_it_was_signed_and_the_next_one_takes_back_what_it_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (central, mut register) = sold_at(folder.path());
    let door = central.door();
    let manager = tideover::domain::person::Person {
        id: PersonId::parse("51").expect("a person"),
        name: "Ana Morales".to_owned(),
        role: tideover::domain::person::Role::Manager,
    };
    let decide = |reason: &str| {
        let now = door.reconciliation(STORE, &NoPacks).expect("read");
        let due = now.balance.matters.iter().filter(|matter| matter.is_due());
        let decision = |matter: &tideover::reconcile::matters::Matter| Decision {
            matter: matter.key().expect("a rule"),
            action: Action::Accept,
            count: u32::try_from(matter.open.len()).expect("few"),
            sum: matter.open_sum(),
            reach: matter.reach(),
            reason: reason.to_owned(),
            second: None,
        };
        let all: Vec<Decision> = due.map(decision).collect();
        door.decide(STORE, &manager.id, Currency::Usd, all).expect("decided");
        central.settle();
    };
    decide("counted by hand");
    let first = door.close(STORE, &manager, &NoPacks).expect("closed").certificate;
    assert_eq!((first.sales.sales, first.residuals.len()), (5, 1), "{:?}", first.residuals);
    let mut kept = SqliteStore::open(folder.path()).expect("opened beside it");
    let until = GoodUntil::Record(None, Seq(4));
    let proposal = act::propose(&mut kept, OF, until, &actor("jo", "stolen")).expect("proposed");
    let behind = act::behind(&mut kept, &proposal).expect("read");
    assert_eq!((behind[0].records, behind[0].closures.clone()), (2, vec![1]));
    act::end(&mut kept, OF, StepKind::Decided, &actor("al", "yes")).expect("decided");
    register.sell(1, 1);
    brings(&central, &mut register);
    let now = door.reconciliation(STORE, &NoPacks).expect("read");
    assert_eq!(now.records.totals.sales, 3);
    assert!(now.balance.matters.iter().any(|one| one.code == Code::RevokedKey && one.is_due()));
    decide("the thief's two sales");
    // Something else of the store came in, so that there is something to close.
    let mut other = TestRegister::new(8);
    enrolled(&central, &other);
    brings(&central, &mut other);
    decide("nobody sold there");
    let second = door.close(STORE, &manager, &NoPacks).expect("closed").certificate;
    let taken = second.residuals.iter().find(|one| one.kind == ResidualKind::Lifetime);
    let taken = taken.expect("what the first one counted is taken back");
    let two = first.sales.total / 5 * 2;
    assert_eq!((taken.amount, taken.person.as_str()), (-two, "51"));
    assert_eq!(taken.reason, "the thief's two sales");
    assert_eq!(door.reconciliation(STORE, &NoPacks).expect("read").closures.len(), 2);
}
