//! The program with too little of what the system gives: room in a file, open files, memory. What it
//! acknowledged is kept, and with enough again it goes on where it was.

use std::process::Command;

use super::{Drill, Run, RunningCentral};
use crate::program::{Dice, program};

const BASKETS: usize = 200;

/// The program under a limit of the shell, as `ulimit` writes it.
fn limited(limit: &str, value: u64) -> Command {
    let inner = program();
    // Without what it needs it may wait for ever; then it is killed.
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "20", "sh"]);
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // A file that may not grow is an error of the write, not an end by a signal.
    let script = format!("trap '' XFSZ; ulimit {limit} {value} && exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(inner.get_program());
    command
}

/// Runs the drill once a value, and once without a limit; gives how many of them came to no end.
fn drilled_with(limit: &str, values: &[u64]) -> usize {
    let dir = tempfile::tempdir().expect("a folder");
    let central = RunningCentral::start(&dir.path().join("central"));
    let drill = Drill::prepare(dir.path(), &central, BASKETS, &mut Dice(3));
    // Its folders are there, and some sales, when the limit begins.
    let mut run = Run::start(&drill);
    let mut printed = run.read(5);
    printed.extend(run.kill().0);
    let mut ended = 0;
    for value in values {
        let mut run = Run::start_as(&drill, limited(limit, *value));
        let seen: Vec<String> = std::iter::from_fn(|| run.next_proof()).collect();
        let status = run.child.wait().expect("gone");
        println!("{limit} {value}: {} receipts, {status}: {}", seen.len(), run.words().trim_end());
        ended += usize::from(!status.success());
        printed.extend(seen);
    }
    printed.extend(Run::start(&drill).finish());
    drill.all_of_it_is_kept_once(&central, BASKETS, &printed);
    ended
}

#[test]
fn files_that_may_not_grow_cost_no_receipt() {
    assert!(drilled_with("-f", &[60, 120, 180, 240, 300, 400]) > 0);
}

#[test]
fn too_few_open_files_cost_no_receipt() {
    assert!(drilled_with("-n", &[16, 28, 40, 64]) > 0);
}

#[test]
fn too_little_memory_costs_no_receipt() {
    // Where it no longer starts differs from build to build; with the least it never does.
    assert!(drilled_with("-v", &[40_000, 66_000, 70_000, 74_000, 78_000, 90_000, 120_000]) > 0);
}

#[test]
fn too_few_open_files_for_a_line_to_central_are_an_error_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut refused = 0;
    for files in 4..24 {
        let mut command = limited("-n", files);
        // Nobody listens there: with files enough it says that, and without them why it did not ask.
        command.args(["central", "ready", "--at", "127.0.0.1:9", "--data"]).arg(folder.path());
        let output = command.output().expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains("panicked"), "{files} open files: {said}");
        if said.contains("no more open files") {
            assert!(said.contains("nothing is lost") && said.contains("limit raised"), "{said}");
            refused += 1;
        }
    }
    assert!(refused > 3, "{refused} limits were too low for a line");
}
