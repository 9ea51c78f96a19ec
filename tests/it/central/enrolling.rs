//! How a register becomes known: its code, its line, and what it sold before.

use super::*;

#[test]
fn a_register_enrolls_with_a_code_once_over_a_pinned_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_with(folder.path(), Encryption::Own);
    let pin = central.fingerprint().expect("encrypted");
    let code = central.door().enroll_code(STORE, RegisterNo(7)).expect("a code");
    let mut register = TestRegister::new(7);
    let url = central.url();
    let wrong = "ab".repeat(32);
    let mut other = HttpTransport::new(&url, Some(&wrong), false).expect("a line");
    let refused = enroll(&mut other, &url, Some(&wrong), &code, &register.key);
    assert!(matches!(refused, Err(NotEnrolled::NoAnswer(_))), "{refused:?}");
    let mut http = HttpTransport::new(&url, Some(&pin), false).expect("a line");
    let enrolled = enroll(&mut http, &url, Some(&pin), &code, &register.key).expect("enrolled");
    assert_eq!((enrolled.store, enrolled.register), (1042, 7));
    assert_eq!(enrolled.central_key, central.door().public_key().to_string());
    let again = enroll(&mut http, &url, Some(&pin), &code, &register.key).expect("asked again");
    assert_eq!(again.register, 7, "the answer may have been lost");
    let other = enroll(&mut http, &url, Some(&pin), &code, &TestRegister::new(8).key);
    assert!(matches!(other, Err(NotEnrolled::Refused(_))), "a code is good once");
    register.sell(3, 1);
    assert_eq!(drain(&mut register, &mut http).link, LinkState::UpToDate);
    assert_all_once(&central, &[&register]);
    assert!(central.door().exceptions(None).expect("read").is_empty());
}

#[test]
fn plain_http_leaves_this_machine_only_when_allowed() {
    let refused = HttpTransport::new("http://central.example:7443", None, false);
    assert!(matches!(refused, Err(NotAnAddress::Plain(_))));
    assert!(HttpTransport::new("http://central.example:7443", None, true).is_ok());
}

#[test]
fn codes_can_not_be_guessed_by_trying_and_good_ones_hold_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut transport = InProcess(central.door());
    // A store of registers at once: none waits for another.
    for number in 100..130 {
        let register = TestRegister::new(number);
        let code = central.door().enroll_code(STORE, RegisterNo(number)).expect("a code");
        enroll(&mut transport, "here", None, &code, &register.key).expect("enrolled");
    }
    let register = TestRegister::new(7);
    let mut wrong = |code| match enroll(&mut transport, "here", None, code, &register.key) {
        Err(NotEnrolled::Refused(text)) => text,
        other => panic!("{other:?}"),
    };
    for _ in 0..600 {
        let text = wrong("00000-00000");
        assert!(text.contains("not known"), "{text}");
    }
    // From here on also a good one waits, for a minute.
    let code = central.door().enroll_code(STORE, RegisterNo(7)).expect("a code");
    let text = wrong(&code);
    assert!(text.contains("busy"), "{text}");
}

#[test]
fn a_register_that_sold_before_it_was_enrolled_is_adopted() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    drain(&mut register, &mut InProcess(central.door()));
    central.settle();
    let said = || {
        let found = central.door().exceptions(Some(STORE)).expect("read");
        found.into_iter().map(|group| group.code).collect::<Vec<_>>()
    };
    assert_eq!(said(), ["provisional_register"]);
    let time = clock();
    let done = tideover::cli::central::adopt(folder.path(), STORE, RegisterNo(7), &time);
    assert_eq!(done.expect("adopted").keys, [register.key.public().fingerprint()]);
    assert_eq!(said(), [""; 0]);
    // Derived again, it stays settled, and every row is as it was.
    let before = central.totals(STORE, None).expect("totals");
    tideover::cli::central::rebuild(folder.path()).expect("emptied");
    register.sell(1, 1);
    drain(&mut register, &mut InProcess(central.door()));
    assert_all_once(&central, &[&register]);
    assert_eq!(central.totals(STORE, None).expect("totals").sales, before.sales + 1);
    assert_eq!(said(), [""; 0]);
}

#[test]
fn a_second_register_under_the_same_number_is_told_apart_by_its_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::of(7, 7);
    let mut stranger = TestRegister::of(7, 8);
    enrolled(&central, &register);
    register.sell(5, 1);
    stranger.sell(3, 1);
    drain(&mut register, &mut InProcess(central.door()));
    drain(&mut stranger, &mut InProcess(central.door()));
    let rows = central.journals().expect("journals");
    assert_eq!(rows.len(), 2);
    // It may not speak for a journal that is not its own.
    let mut lines = register.lines.clone();
    register.sell(1, 1);
    lines.push(register.lines.last().expect("a line").clone());
    let forged = segment::build(&lines[7..], &stranger.key).expect("built");
    let response = central.door().answer(&post("/v1/segments", forged));
    assert_eq!(response.status, 403);
}
