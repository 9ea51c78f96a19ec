//! `tideover simulate` as somebody types it: a fleet on paper, and a small one of real registers.

use std::process::{Command, Output};

fn simulate(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tideover"));
    command.arg("simulate").args(args).output().expect("the program runs")
}

fn json(args: &[&str]) -> serde_json::Value {
    let done = simulate(&[args, &["--json"]].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("json")
}

#[test]
fn the_same_command_tells_the_same_drain_as_text_json_and_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("fleet.html");
    let small = ["--stores", "20", "--loss", "5", "--restart", "10", "--seed", "7"];
    let told = json(&small);
    assert_eq!(told, json(&small));
    let drain = &told["drain"];
    assert_eq!(drain["registers"], 500);
    assert_eq!(drain["records"], drain["records_in"]);
    let with_page = [&small[..], &["--html", page.to_str().expect("a path")]].concat();
    let text = String::from_utf8(simulate(&with_page).stdout).expect("text");
    assert!(text.contains("Times the ideal") && text.contains("Stores that are done"), "{text}");
    let html = std::fs::read_to_string(page).expect("a page");
    assert!(html.contains("<svg") && !html.contains("<script"));
}

#[test]
fn a_fleet_without_sense_is_refused_in_words_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, "{}").expect("written");
    let bad = bad.to_str().expect("a path");
    for (args, words) in [
        (&["--stores", "0"][..], "1 to 100,000 stores"),
        (&["--links", "satellite=100"], "fiber=40,cable=45,lte=15"),
        (&["--links", "lte=99"], "100 percent together"),
        (&["--open", "22-7"], "opens before it closes"),
        (&["--back", "noon"], "12:00"),
        (&["--slow", "60"], "60,60,20"),
        (&["--loss", "50"], "loss is below"),
        (&["--measured", bad], "can't be read"),
        (&["--validate", "--clients", "5"], "25 to 20,000"),
    ] {
        let done = simulate(args);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(3), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
        assert!(done.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn real_registers_drain_at_a_real_central_and_are_told_beside_the_simulated_ones() {
    let done = simulate(&[
        "--json",
        "--validate",
        "--clients",
        "50",
        "--sales",
        "4",
        "--times",
        "48",
        "--within",
        "1",
    ]);
    // How far off a crowded machine is, is not this test's affair.
    assert!(matches!(done.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&done.stderr));
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).expect("json");
    assert_eq!(told["simulated"]["registers"], 50);
    assert_eq!(told["simulated"]["records"], told["simulated"]["records_in"]);
    assert_eq!(told["real_failed"], 0);
    assert_eq!(told["real_records"], told["simulated"]["records"], "the same fleet");
    // A greeting, an announcement and a delivery each, and what was refused once more.
    let count = |name: &str| told[name].as_u64().expect("a number");
    let refused = count("real_refused") + count("real_words_refused");
    assert_eq!(count("real_requests"), 150 + refused);
    assert!(count("real_connections") >= 50, "each has a connection of its own");
    let own = &told["measured"]["own"];
    assert!(own["opening_us"].as_u64().expect("a time") > 0, "{own}");
}
