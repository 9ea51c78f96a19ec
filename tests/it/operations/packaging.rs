//! What central is packaged with: the unit is read by systemd itself, the container's file by its
//! own rules, and both start a command line that the program understands.

use std::process::Command;

use crate::kill::RunningCentral;
use crate::program::{ask, run};
use crate::reconcile::root;

fn file(name: &str) -> String {
    std::fs::read_to_string(root().join("packaging").join(name)).expect("a file")
}

/// A command line as the program takes it, with `--help` behind it.
fn is_understood(words: &[&str]) {
    let mut words = words.to_vec();
    words.push("--help");
    let done = run(&words);
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_unit_is_understood_by_systemd_and_leaves_central_little_of_the_machine() {
    let unit = file("tideover-central.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let words: Vec<&str> = start.split_whitespace().skip(1).collect();
    is_understood(&words);
    let notice = words.iter().position(|word| *word == "--notice").expect("a notice");
    let notice: u32 = words[notice + 1].parse().expect("seconds");
    let patience = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec="));
    let patience: u32 = patience.expect("a patience").parse().expect("seconds");
    assert!(patience > notice + 20, "notice, and then what is begun is finished");
    for word in
        ["DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "StateDirectory="]
    {
        assert!(unit.contains(word), "{word}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tideover-central.service");
    // systemd looks for the program too, and here it is elsewhere.
    let here = unit.replace("/usr/local/bin/tideover", env!("CARGO_BIN_EXE_tideover"));
    std::fs::write(&path, here).expect("written");
    let Ok(checked) = Command::new("systemd-analyze").arg("verify").arg(&path).output() else {
        println!("skipped: systemd-analyze is not installed");
        return;
    };
    let said = String::from_utf8_lossy(&checked.stderr);
    let about_it: Vec<&str> =
        said.lines().filter(|line| line.contains("tideover-central")).collect();
    assert!(checked.status.success() && about_it.is_empty(), "{said}");
    let looked = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=20"])
        .arg(&path)
        .output()
        .expect("it looks");
    let said = String::from_utf8_lossy(&looked.stdout);
    assert!(looked.status.success(), "more than 2.0 of 10 is exposed: {said}");
}

/// An instruction of a container's file and the words behind it.
fn instructions(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut open = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        open.push_str(line.trim_end_matches('\\'));
        if line.ends_with('\\') {
            continue;
        }
        let whole = std::mem::take(&mut open);
        if let Some((word, rest)) = whole.trim().split_once(' ') {
            all.push((word.to_owned(), rest.trim().to_owned()));
        }
    }
    all
}

#[test]
fn the_container_is_built_from_what_is_here_and_runs_as_nobody() {
    let all = instructions(&file("Containerfile"));
    let known = [
        "FROM",
        "RUN",
        "WORKDIR",
        "COPY",
        "USER",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ];
    assert!(all.iter().all(|(word, _)| known.contains(&word.as_str())), "{all:?}");
    let of =
        |word: &'static str| all.iter().filter(move |one| one.0 == word).map(|one| one.1.as_str());
    assert_eq!(of("FROM").count(), 2, "what builds is not what runs");
    let last = all.iter().rposition(|(word, _)| word == "FROM").expect("a stage");
    let user = all[last..].iter().find(|(word, _)| word == "USER").expect("a user");
    assert!(user.1.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user:?}");
    for copied in of("COPY").filter(|words| !words.starts_with("--from")) {
        for source in copied.split_whitespace().rev().skip(1) {
            assert!(root().join(source).exists(), "{source} is not here");
        }
    }
    // Whatever is compiled into the program is copied.
    let copied: Vec<&str> = of("COPY").collect();
    for needed in ["Cargo.lock", "src", "schema", "assets", "docs/openapi.json"] {
        assert!(copied.iter().any(|words| words.contains(needed)), "{needed}");
    }
    let list = |words: &str| -> Vec<String> { serde_json::from_str(words).expect("a list") };
    let command = list(of("CMD").next_back().expect("a command"));
    is_understood(&command.iter().map(String::as_str).collect::<Vec<_>>());
    let health = of("HEALTHCHECK").next().expect("a health check");
    let health = list(health.split_once("CMD ").expect("a command").1);
    is_understood(&health[1..].iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_health_check_hears_the_truth_also_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    for more in [&[][..], &["--tls"]] {
        let at = folder.path().join(format!("central{}", more.len()));
        let mut central = RunningCentral::told(&at, more);
        let data = at.to_str().expect("a name").to_owned();
        let listen = central.url().split_once("://").expect("an address").1.to_owned();
        let ready = || ask(&["central", "ready", "--data", &data, "--at", &listen]);
        let (code, said) = ready();
        assert_eq!((code, &said["ready"]), (0, &serde_json::json!(true)), "{said}");
        central.kill();
        let (code, said) = ready();
        assert_eq!((code, &said["ready"]), (1, &serde_json::json!(false)), "{said}");
    }
}
