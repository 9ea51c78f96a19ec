//! What central's page says of the stores, in a recovery and on a calm day.

use super::*;

#[test]
fn the_recovery_page_tells_what_is_here_and_what_is_to_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(100, 1);
    enrolled(&central, &register);
    let time = clock();
    let mut sync = register.sync(&time);
    let mut transport = InProcess(central.door());
    // The greeting, and the announcement.
    for _ in 0..2 {
        sync.step(0, &mut transport, &mut register);
    }
    let page = fetch(&central, "/");
    assert!(page.contains("0 of 102 records that were out are here, 102 to come."), "{page}");
    drain_with(&mut sync, &time, &mut register, &mut transport);
    central.settle();
    let page = fetch(&central, "/");
    assert!(page.contains("Everything announced is here"), "{page}");
    assert!(page.contains("<p class=\"say good\">102 records of 1 stores."), "{page}");
    let totals = fetch(&central, "/v1/stores/1042/totals");
    assert!(totals.contains("\"sales\":100"), "{totals}");
    assert_eq!(fetch(&central, "/healthz"), "ok\n");
}

#[test]
fn what_nobody_vouched_for_is_told_apart_until_somebody_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(100, 1);
    drain(&mut register, &mut InProcess(central.door()));
    central.settle();
    let page = fetch(&central, "/");
    let told = "102 records are of registers that nobody vouched for, and are in no figure here.";
    assert!(page.contains(told) && page.contains("1 not adopted"), "{page}");
    assert!(!page.contains("say good\">102"), "{page}");
    let status = fetch(&central, "/status?store=1042");
    assert!(status.contains(told) && status.contains("nobody vouched for it yet"), "{status}");
    assert!(!status.contains("say good"), "{status}");
    let journal = register.chain.journal;
    central.door().adopt(journal.store, journal.register).expect("adopted");
    let page = fetch(&central, "/");
    assert!(page.contains("<p class=\"say good\">102 records of 1 stores."), "{page}");
    assert!(!page.contains(told), "{page}");
}

#[test]
fn on_a_calm_day_the_page_says_which_store_is_not_ready_and_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let time = Arc::new(clock());
    let central = central_on(folder.path(), Encryption::None, Arc::clone(&time) as _);
    let looked = |score, not_ready: &[Topic]| {
        let (not_ready, soon) = (not_ready.to_vec(), vec![Topic::Tape, Topic::Pads]);
        Event::ReadinessLook(ReadinessLook { score, not_ready, soon })
    };
    let mut registers = [TestRegister::new(7), TestRegister::new(8)];
    registers[0].record(looked(96, &[]));
    let steps = vec![PracticeStep::Declare, PracticeStep::Cash];
    registers[0].record(Event::Practice(Practice::Done { seconds: 280, steps }));
    registers[1].record(looked(54, &[Topic::Prices]));
    let ready = |central: &Central| -> serde_json::Value {
        serde_json::from_str(&fetch(central, "/v1/readiness")).expect("json")
    };
    drain(&mut registers[0], &mut InProcess(central.door()));
    central.settle();
    assert_eq!(ready(&central)[0]["score"], 96);
    drain(&mut registers[1], &mut InProcess(central.door()));
    central.settle();
    let store = ready(&central)[0].clone();
    assert_eq!((&store["store"], &store["score"]), (&1042.into(), &54.into()));
    assert_eq!(store["not_ready"], serde_json::json!(["prices"]));
    assert_eq!((&store["practice_days"], &store["registers"][1]["score"]), (&0.into(), &54.into()));
    let page = fetch(&central, "/");
    for said in [
        "Ready for an outage?",
        "54 of 100",
        "not ready: Prices",
        "soon: Second disk, Paper pads",
        "today",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // After six weeks nobody may rest on it; the score is gone, and the page says who is to look.
    for _ in 0..42 {
        time.advance_ms(24 * 60 * 60 * 1_000);
    }
    let later = ready(&central)[0].clone();
    assert_eq!((&later["score"], &later["practice_days"]), (&serde_json::Value::Null, &42.into()));
    assert!(fetch(&central, "/").contains("not looked: 7, 8"));
    // The command reads the same beside the running central, on the machine's own clock.
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_tideover"))
        .args(["central", "readiness", "--data"])
        .arg(folder.path())
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(text.contains("Store 1042: ") && text.contains("register 8: "), "{text}");
}
