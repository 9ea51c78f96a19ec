//! Every hop of a receipt, and what is still to go.

use serde_json::Value;
use tideover::central::export::poslog::PosLog;
use tideover::domain::ids::StoreNo;
use tideover::ledger::{Mirror, Vouched};

use super::bundle::{register, sell};
use super::{Runner, folder};
use crate::central::central_at;
use crate::journals::TestRegister;
use crate::program::{ask, errors, run};

fn state<'a>(answer: &'a Value, hop: &str) -> &'a str {
    let hops = answer["hops"].as_array().expect("hops");
    let found = hops.iter().find(|found| found["hop"].as_str().is_some_and(|h| h.starts_with(hop)));
    found.unwrap_or_else(|| panic!("no {hop}: {answer:#}"))["state"].as_str().expect("a word")
}

#[test]
fn a_receipt_is_followed_from_the_tape_to_another_system() {
    let dir = tempfile::tempdir().expect("a folder");
    let till = dir.path().join("till");
    let data = till.to_str().expect("a name");
    let central_folder = dir.path().join("central");
    let central = central_at(&central_folder);
    let code = central.door().enroll_code(StoreNo(1042), tideover::domain::ids::RegisterNo(1));
    let code = code.expect("a code");
    let url = central.url();
    let enrolled = run(&["enroll", "--central", &url, "--code", &code, "--data", data]);
    assert!(enrolled.status.success(), "{}", errors(&enrolled));
    let settings = tideover::register::settings::DataDir(till.clone());
    sell(&settings, 1, 5);
    let (code, list) = ask(&["queue", "list", "--data", data]);
    assert_eq!((code, &list["journals"][0]["sales"]), (1, &5.into()));
    let (_, shown) = ask(&["queue", "show", "--limit", "2", "--data", data]);
    assert_eq!(shown["records"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["more"], list["pending"].as_u64().expect("a count") - 2);
    let (code, told) = ask(&["queue", "explain", "3", "--data", data]);
    assert_eq!(code, 0, "{told:#}");
    for hop in ["recorded", "tape", "anchor"] {
        assert_eq!(state(&told, hop), "done", "{hop}");
    }
    assert_eq!((state(&told, "acknowledged"), state(&told, "stored")), ("waiting", "waiting"));
    let pushed = run(&["sync", "push", "--data", data]);
    assert!(pushed.status.success(), "{}", errors(&pushed));
    central.settle();
    let out = dir.path().join("out");
    Runner::new().run(&central_folder, &mut folder(&out, PosLog::default())).expect("handed over");
    let (code, told) = ask(&["queue", "explain", "3", "--data", data]);
    assert_eq!(code, 0, "{told:#}");
    for hop in ["acknowledged", "stored", "totals", "poslog:"] {
        assert_eq!(state(&told, hop), "done", "{hop}");
    }
    let proof = format!(
        "{}-{}-{}",
        told["journal"].as_str().expect("a name").rsplit(' ').next().expect("an epoch"),
        told["seq"],
        &told["hash"].as_str().expect("a hash")[..16]
    );
    let (_, by_proof) = ask(&["queue", "explain", &proof, "--data", data]);
    assert_eq!(by_proof["receipt"], 3);
    assert_eq!(ask(&["queue", "list", "--data", data]).0, 0);
    // Whoever does not know the record's hash is told nothing of it.
    let wrong = proof.replace(&proof[proof.len() - 16..], "0000000000000000");
    let answer = run(&["queue", "explain", &wrong, "--data", data]);
    assert_eq!(answer.status.code(), Some(3));
    assert!(errors(&answer).contains("holds no receipt"), "{}", errors(&answer));
    central.stop();
    let (code, told) = ask(&["queue", "explain", "3", "--data", data]);
    assert_eq!((code, state(&told, "central")), (0, "unknown"));
}

#[test]
fn a_dead_registers_receipt_is_explained_by_whoever_holds_its_copy() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = register(&dir.path().join("till"), 1);
    sell(&data, 1, 2);
    let mut dead = TestRegister::new(7);
    dead.sell(4, 1);
    let lines: Vec<&[u8]> = dead.lines.iter().map(|line| line.bytes()).collect();
    let mut mirror = Mirror::open(&data.mirror_dir(), StoreNo(1042)).expect("a mirror");
    mirror.take(&lines, &Vouched::Itself, None).expect("taken");
    drop(mirror);
    let folder = data.0.to_str().expect("a name");
    let (code, told) = ask(&["queue", "explain", "4", "--register", "7", "--data", folder]);
    assert_eq!((code, state(&told, "copy"), state(&told, "central")), (0, "done", "unknown"));
    assert_eq!(told["hash"], dead.lines[5].hash().to_string());
    let none = run(&["queue", "explain", "9", "--register", "7", "--data", folder]);
    assert!(errors(&none).contains("holds no receipt 9"), "{}", errors(&none));
    let odd = run(&["queue", "explain", "half-a-proof", "--data", folder]);
    assert!(errors(&odd).contains("is no receipt"), "{}", errors(&odd));
}
