//! The process ends in the middle of bringing records back, for real: this test binary starts
//! itself as a child, which is killed there; then it is looked at what lies on the disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tideover::domain::ids::{RegisterNo, Seq};
use tideover::ledger::gather::{Bringer, Gathered};
use tideover::ledger::regain::{Desk, Regained, Step, bring_back, look};
use tideover::ledger::{JournalRef, Reader};

use super::store::{Register, WHO};

const STEP: &str = "REGAIN_CHILD_STEP";
const DIR: &str = "REGAIN_CHILD_DIR";
const STEPS: [Step; 4] = [Step::Branches, Step::Built, Step::Database, Step::Lines];

fn lines_in(dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join("copies.lines")).expect("copies");
    text.lines().map(str::to_owned).collect()
}

fn gathered(lines: &[String]) -> Gathered {
    let mut gathered = Gathered::of(WHO);
    for line in lines {
        gathered.take(&Bringer::Peer(RegisterNo(2)), line.as_bytes()).expect("room");
    }
    gathered
}

fn with_desk<T>(register: &Register, gathered: &Gathered, does: impl FnOnce(&Desk<'_>) -> T) -> T {
    let (place, good) = (&register.place, &|_: &_, _| None);
    does(&Desk { place, identity: WHO, gathered, good })
}

/// Does nothing in an ordinary run; as a child it is killed at a step.
#[test]
fn child_brings_records_back_until_it_is_killed() {
    let (Ok(step), Ok(dir)) = (std::env::var(STEP), std::env::var(DIR)) else { return };
    let dir = PathBuf::from(dir);
    let register = Register::at(&dir, 1);
    let gathered = gathered(&lines_in(&dir));
    let at = |now: Step| {
        if format!("{now:?}") == step {
            let me = rustix::process::getpid();
            rustix::process::kill_process(me, rustix::process::Signal::KILL).expect("killed");
        }
    };
    with_desk(&register, &gathered, |desk| bring_back(desk, &at)).expect("brought back");
    unreachable!("the child was to be killed at {step}");
}

/// A register that sold, whose first five records had come back before, and its other copies.
fn dead(dir: &Path) -> (Register, Vec<String>) {
    let register = Register::at(dir, 1);
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 8);
    let line = |seq| ledger.line_at(Seq(seq)).expect("read").expect("one").bytes().to_vec();
    let lines: Vec<String> = (0..ledger.chain().next_seq.0)
        .map(|seq| String::from_utf8(line(seq)).expect("text"))
        .collect();
    drop(ledger);
    std::fs::remove_dir_all(&register.place.dir).expect("gone");
    std::fs::remove_dir_all(&register.place.tape_dir).expect("gone");
    std::fs::write(dir.join("copies.lines"), lines.join("\n")).expect("written");
    let first = gathered(&lines[..5]);
    with_desk(&register, &first, |desk| bring_back(desk, &|_| ())).expect("the first five");
    (register, lines)
}

fn kept(register: &Register, lines: &[String]) -> Vec<String> {
    let journal = tideover::journal::record::Envelope::read(lines[0].as_bytes());
    let epoch = journal.expect("a record").header.journal.epoch.to_string();
    let path = register.place.frozen().join(epoch).join("lines-1.jsonl");
    let text = std::fs::read_to_string(path).expect("lines");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn killed_at_any_step_the_journal_is_as_it_was_or_whole_and_the_next_time_makes_it_whole() {
    for step in STEPS {
        let folder = tempfile::tempdir().expect("a folder");
        let (register, lines) = dead(folder.path());
        let status = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "ledger::regain::child_brings_records_back_until_it_is_killed"])
            .env(STEP, format!("{step:?}"))
            .env(DIR, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("a child");
        assert!(status.code().is_none(), "{step:?}: ended by a signal");
        let whole = if step == Step::Lines { &lines[..] } else { &lines[..5] };
        assert!(kept(&register, &lines) == whole, "{step:?}");
        // The register sells in between, and what came back is sent and found as ever.
        let (mut ledger, _) = register.open();
        register.sell(&mut ledger, 1);
        drop(ledger);
        let gathered = gathered(&lines);
        let all = with_desk(&register, &gathered, |desk| bring_back(desk, &|_| ()));
        let all: Vec<Regained> = all.expect("brought back");
        assert!(all.iter().all(|one| one.missing() == 0), "{step:?}: {all:?}");
        assert!(kept(&register, &lines) == lines, "{step:?}");
        let again = with_desk(&register, &gathered, look).expect("looked");
        assert!(again.iter().all(|one| !one.changes), "{step:?}: {again:?}");
        let reader = Reader::open(&register.place).expect("a reader");
        let journals: Vec<JournalRef> = reader.journals().expect("journals");
        assert_eq!(journals.len(), 2, "{step:?}");
        assert!(!register.place.dir.join("rebuilding.db").exists(), "{step:?}");
    }
}
