//! Clocks that are wrong and registers that were away for long: sales keep their own times and
//! places, and nothing is refused for a date.

use std::net::SocketAddr;
use std::sync::Arc;

use tideover::central::door::InProcess;
use tideover::central::serve::Encryption;
use tideover::device::clock::Clock as _;
use tideover::sync::carrier::Transport as _;
use tideover::sync::enroll::enroll;
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;

use super::{
    STORE, answer, assert_all_once, central_listening, central_on, drain_with, enrolled, fetch,
    post, segments,
};
use crate::journals::{TestRegister, clock};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[test]
fn wrong_clocks_on_either_side_are_said_and_change_nothing() {
    // Days that the register's clock is off, and central's.
    for (register_days, central_days) in [(1, 0), (-1, 0), (0, 365), (0, -365), (0, 0)] {
        let folder = tempfile::tempdir().expect("a folder");
        let centrals = Arc::new(clock());
        centrals.jump_ms(central_days * DAY_MS);
        let central = central_on(folder.path(), Encryption::None, Arc::clone(&centrals) as _);
        let mut register = TestRegister::new(7);
        enrolled(&central, &register);
        register.sell(40, 1);
        let time = clock();
        time.jump_ms(register_days * DAY_MS);
        let before = time.now().utc_ms - i64::try_from(time.mono_ms()).expect("small");
        let mut sync = register.sync(&time);
        let mut line = InProcess(central.door());
        let report = drain_with(&mut sync, &time, &mut register, &mut line);
        let case = format!("register {register_days} d, central {central_days} d");
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0), "{case}");
        assert_all_once(&central, &[&register]);
        // The register knows how far it is off and sets no clock by it.
        let ahead_days = sync.clock_ahead_ms().expect("heard");
        let ahead_days = (ahead_days + DAY_MS / 2).div_euclid(DAY_MS);
        assert_eq!(ahead_days, register_days - central_days, "{case}");
        let after = time.now().utc_ms - i64::try_from(time.mono_ms()).expect("small");
        assert_eq!(after, before, "{case}");
        let found = central.door().exceptions(Some(STORE)).expect("exceptions");
        let skew = found.iter().filter(|group| group.code == "clock_skew").count();
        assert_eq!(skew, usize::from(ahead_days != 0), "{case}: {found:?}");
    }
}

#[test]
fn a_store_that_was_away_for_sixty_days_comes_back_with_a_new_key_to_a_new_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let time = Arc::new(clock());
    let here: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let central = central_listening(folder.path(), Encryption::Own, Arc::clone(&time) as _, here);
    let (url, old) = (central.url(), central.fingerprint().expect("encrypted"));
    let mut register = TestRegister::new(7);
    enrolled(&central, &register);
    register.sell(50, 2);
    let line = HttpTransport::new(&url, Some(&old), false).expect("a line");
    let mut line = line.vouched_by(central.door().public_key());
    let registers = clock();
    let mut sync = register.sync(&registers);
    let report = drain_with(&mut sync, &registers, &mut register, &mut line);
    assert_eq!(report.link, LinkState::UpToDate);
    // The line goes down. Sixty days of sales; central gets another certificate meanwhile.
    register.sell(900, 2);
    central.stop();
    for file in ["tls-cert.pem", "tls-key.pem"] {
        std::fs::remove_file(folder.path().join(file)).expect("removed");
    }
    time.jump_ms(60 * DAY_MS);
    registers.jump_ms(60 * DAY_MS);
    let here = url.strip_prefix("https://").expect("encrypted").parse().expect("an address");
    let central = central_listening(folder.path(), Encryption::Own, Arc::clone(&time) as _, here);
    assert_ne!(central.fingerprint().as_deref(), Some(old.as_str()));
    // It has a new key by now; what it sold before is in a journal of the old one.
    let register_no = register.chain.journal.register;
    let code = central.door().enroll_code(STORE, register_no).expect("a code");
    register.key = Arc::clone(&TestRegister::of(7, 88).key);
    enroll(&mut line, &url, Some(&old), &code, &register.key).expect("enrolled");
    let mut sync = register.sync(&registers);
    let report = drain_with(&mut sync, &registers, &mut register, &mut line);
    assert_eq!((report.link, report.created), (LinkState::UpToDate, 900));
    assert_eq!(line.renewed().map(|pin| pin.to_string()), central.fingerprint());
    assert_all_once(&central, &[&register]);
    let found = central.door().exceptions(Some(STORE)).expect("exceptions");
    let mut codes: Vec<&str> = found.iter().map(|group| group.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.iter().all(|code| *code == "late_sale"), "{found:?}");
}

/// A time server sets central's clock back, by hours and by a day, while registers go on.
#[test]
fn a_central_whose_clock_is_set_back_takes_everything_once_and_says_how_far_it_is_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let centrals = Arc::new(clock());
    let central = central_on(folder.path(), Encryption::None, Arc::clone(&centrals) as _);
    let times = [clock(), clock()];
    let mut registers = [TestRegister::new(7), TestRegister::new(8)];
    let mut syncs = [registers[0].sync(&times[0]), registers[1].sync(&times[1])];
    for register in &registers {
        enrolled(&central, register);
    }
    let (mut behind_ms, mut told) = (0, Vec::new());
    for back_ms in [0, 2 * 60 * 60 * 1_000, DAY_MS] {
        centrals.jump_ms(-back_ms);
        behind_ms += back_ms;
        for ((register, sync), time) in registers.iter_mut().zip(&mut syncs).zip(&times) {
            let case = format!("central {behind_ms} ms behind");
            let mut line = InProcess(central.door());
            register.sell(300, 1);
            let report = drain_with(sync, time, register, &mut line);
            assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0), "{case}");
            // Somebody holds everything back for a while, and lets it go on.
            central.door().set_hold(Some("we are counting".to_owned())).expect("kept");
            register.sell(2, 1);
            let report = drain_with(sync, time, register, &mut line);
            assert!(matches!(report.link, LinkState::Held { .. }), "{case}: {report:?}");
            assert_eq!((report.created, report.pending), (0, 2), "{case}");
            central.door().set_hold(None).expect("kept");
            time.advance_ms(60_000);
            let report = drain_with(sync, time, register, &mut line);
            assert_eq!((report.link, report.created), (LinkState::UpToDate, 2), "{case}");
            // What it already has comes again and is none of it new.
            let again = segments(register, 250).remove(0);
            let again = answer(&line.send(&post("/v1/segments", again)).expect("an answer"));
            assert_eq!((again.created, again.existing), (0, 250), "{case}");
            told.push(sync.clock_ahead_ms().expect("heard"));
        }
        central.settle();
        assert!(fetch(&central, "/").contains("Everything announced is here"));
        assert_all_once(&central, &[&registers[0], &registers[1]]);
    }
    // Registers and central both say how far the two clocks are apart; sales keep their own times.
    let hours: Vec<i64> = told.iter().map(|ms| (ms + 1_800_000).div_euclid(3_600_000)).collect();
    assert_eq!(hours, [0, 0, 2, 2, 26, 26]);
    let found = central.door().exceptions(Some(STORE)).expect("exceptions");
    assert!(found.iter().any(|group| group.code == "clock_skew"), "{found:?}");
    assert!(found.iter().all(|group| group.code == "clock_skew"), "{found:?}");
}
