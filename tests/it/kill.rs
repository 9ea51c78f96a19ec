//! The program killed with SIGKILL at random moments of a drill, with central in another process
//! that is killed too: no receipt's sale is missing, none is twice at central.
//!
//! ```text
//!  drill ── a proof a line ──▶ here: so many lines, a little work, then SIGKILL; again, N times
//!    └─ HTTP ─▶ central: SIGKILL now and then, back on the same port
//! ```
//!
//! `TIDEOVER_KILLS` says how often (20 unless told), `TIDEOVER_SEED` which chances (1).

mod limits;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tideover::journal::hash::Hash;
use tideover::journal::record::Envelope;

use crate::crash::cuts::number;
use crate::program::{Dice, ask, program, sample_baskets, sample_pack};

const REGISTERS: usize = 2;
/// The drill's desk, on which its claims are played: one more register.
const DESK: usize = REGISTERS + 1;
/// The store of the sample pack.
const STORE: &str = "1042";
/// Proofs read before a kill, at most.
const LINES_MAX: u64 = 10;

const SCENARIO: &str = r#"
id = "Kill"
title = "The program is killed all the time"
[outage]
start_local = "2026-11-22T14:00:00"
duration_min = 100
cause = "a test"
[systems]
pos_central = "down"
[[event]]
at = 0
do = "central unreachable from both registers"
[[event]]
at = 1
do = "a lead declares outage"
[[event]]
at = 20
do = "network returns for 40 s, then down again (flap)"
[[event]]
at = 25
do = "cash drop on 2 registers over limit"
[[event]]
at = 30
do = "central returns; answers first 2 pushes 503, one push times out after commit"
[[event]]
at = 60
do = "central unreachable from both registers"
[[event]]
at = 70
do = "central returns"
[must]
items = ["void line, void transaction, suspend/resume", "refund with receipt within cap",
         "no-sale, paid-in/out, drop, pickup with reasons", "X at any time; blind close; Z"]
[must_not]
items = ["sell twice after crash recovery", "lose a line after the drawer opened"]
[reconcile]
items = ["every signed envelope applied exactly once at central",
         "gap-free per-register sequence 1..n",
         "drawer = float + cash - change - drops + paid-in - paid-out per till",
         "abandoned transactions counted, no ledger effect"]
"#;

#[test]
fn every_receipt_of_a_drill_that_is_killed_all_the_time_is_at_central_once() {
    let kills = number("TIDEOVER_KILLS", 20);
    let mut dice = Dice(number("TIDEOVER_SEED", 1));
    let dir = tempfile::tempdir().expect("a folder");
    let baskets = usize::try_from(kills * (LINES_MAX + 6) + 100).expect("small");
    let mut central = RunningCentral::start(&dir.path().join("central"));
    let drill = Drill::prepare(dir.path(), &central, baskets, &mut dice);
    let mut printed: Vec<String> = Vec::new();
    let (mut killed, mut before_any, mut central_killed) = (0, 0, 0);
    let (mut finished, mut after_all) = (false, 0);
    while killed < kills {
        let mut run = Run::start(&drill);
        // Some kills fall into the start: settings, enrolment, the check of the ledger.
        let starting = dice.below(4) == 0 || finished;
        let wanted = if starting { 0 } else { dice.below(LINES_MAX) };
        // Once registers are enrolled central may go: selling doesn't need it.
        let kill_central = !printed.is_empty() && killed % 5 == 3;
        let mut seen = run.read(wanted / 2);
        if kill_central {
            central.kill();
            central_killed += 1;
            if dice.below(2) == 0 {
                // It comes back while registers sell; nobody waits for it here.
                central.begin();
            }
        }
        seen.extend(run.read(wanted - wanted / 2));
        spin(&mut dice, if starting { 28 } else { 22 });
        let (rest, ended_itself) = run.kill();
        seen.extend(rest);
        central.start_again();
        // On a fast machine it may come to its end; kills then fall into starts and ends.
        finished |= ended_itself;
        killed += u64::from(!ended_itself);
        after_all += u64::from(finished && !ended_itself);
        before_any += u64::from(seen.is_empty() && !ended_itself);
        printed.extend(seen);
    }
    printed.extend(Run::start(&drill).finish());
    drill.all_of_it_is_kept_once(&central, baskets, &printed);
    println!(
        "{killed} kills ({before_any} before a first receipt, {after_all} after the last), \
         {central_killed} of central, {} receipts of {baskets} sales seen",
        printed.len()
    );
}

/// Central in a process of its own.
pub struct RunningCentral {
    /// What else its command line says.
    more: Vec<String>,
    folder: PathBuf,
    listen: String,
    child: Option<Child>,
    /// Held open: a central that can't tell what it does would end.
    words: Option<BufReader<ChildStdout>>,
    /// It told its address.
    answers: bool,
}

impl RunningCentral {
    pub fn start(folder: &Path) -> Self {
        Self::told(folder, &[])
    }

    /// The same with more on its command line.
    pub fn told(folder: &Path, more: &[&str]) -> Self {
        let mut central = Self {
            more: more.iter().map(|&word| word.to_owned()).collect(),
            folder: folder.to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            child: None,
            words: None,
            answers: false,
        };
        central.start_again();
        central
    }

    /// Starts it at its address, unless it was; it may take a while to answer.
    fn begin(&mut self) {
        if self.child.is_some() {
            return;
        }
        let said = self.folder.with_extension("said");
        let mut child = program()
            .args(["central", "--json", "--listen", &self.listen, "--data"])
            .arg(&self.folder)
            .args(&self.more)
            .stdout(Stdio::piped())
            .stderr(File::create(&said).expect("a file"))
            .spawn()
            .expect("central starts");
        self.words = child.stdout.take().map(BufReader::new);
        self.child = Some(child);
        self.answers = false;
    }

    /// Starts it at its address, unless it was, and waits until it answers.
    pub fn start_again(&mut self) {
        self.begin();
        if self.answers {
            return;
        }
        let said = self.folder.with_extension("said");
        let words = self.words.as_mut().expect("a pipe");
        let mut text = String::new();
        while !text.ends_with("}\n") {
            let read = words.read_line(&mut text).expect("readable");
            assert!(read > 0, "central ended: {}", std::fs::read_to_string(&said).expect("words"));
        }
        let started: Value = serde_json::from_str(&text).expect("an answer");
        let url = started["url"].as_str().expect("an address");
        self.listen = url.split_once("://").expect("an address").1.to_owned();
        self.answers = true;
    }

    /// The address registers are given.
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        let child = self.child.as_ref().expect("it runs");
        let id = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("asked");
    }

    /// Waits until it ended by itself; its exit code, and what it logged.
    pub fn ended(&mut self) -> (Option<i32>, String) {
        let mut child = self.child.take().expect("it runs");
        let code = child.wait().expect("it ends").code();
        let said = std::fs::read_to_string(self.folder.with_extension("said"));
        (code, said.expect("a log"))
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("gone");
        }
    }

    fn command(&self, action: &str, more: &[&str]) -> Vec<String> {
        let folder = self.folder.to_str().expect("a name").to_owned();
        let mut all = vec!["central".to_owned(), action.to_owned(), "--data".to_owned(), folder];
        all.extend(more.iter().map(|&word| word.to_owned()));
        all
    }

    fn code(&self, register: usize) -> String {
        let register = register.to_string();
        let arguments = self.command("enroll-code", &["--store", STORE, "--register", &register]);
        let (_, answer) = ask(&arguments);
        answer["code"].as_str().expect("a code").to_owned()
    }

    /// Central's own file: one record and one projected sale of each proof, and no others.
    fn holds_each_once(&self, proofs: &BTreeMap<String, usize>) {
        let file = self.folder.join("central.db");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let db = rusqlite::Connection::open_with_flags(file, flags).expect("central's database");
        let sql = "SELECT lower(hex(r.epoch)) || '-' || r.seq || '-'
                          || substr(lower(hex(r.hash)), 1, 16), count(s.seq)
                   FROM record AS r LEFT JOIN sale AS s USING (store, reg, epoch, seq, branch)
                   WHERE r.kind = 'sale' GROUP BY r.store, r.reg, r.epoch, r.seq, r.hash";
        let mut rows = db.prepare(sql).expect("a question");
        let held: Vec<(String, i64)> = rows
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("an answer")
            .map(|row| row.expect("a row"))
            .collect();
        assert_eq!(held.len(), proofs.len());
        for (proof, sales) in held {
            assert_eq!((sales, proofs.get(&proof)), (1, Some(&1)), "{proof} at central");
        }
    }
}

impl Drop for RunningCentral {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A drill that can be started again and again.
struct Drill {
    data: PathBuf,
    arguments: Vec<String>,
}

impl Drill {
    fn prepare(dir: &Path, central: &RunningCentral, baskets: usize, dice: &mut Dice) -> Self {
        let file = |name: &str, text: &str| {
            let path = dir.join(name);
            std::fs::write(&path, text).expect("written");
            path.to_str().expect("a name").to_owned()
        };
        let pack = sample_pack(dir);
        let data = dir.join("drill");
        let mut arguments: Vec<String> = [
            "drill",
            "--scenario",
            &file("kill.toml", SCENARIO),
            "--baskets",
            &file("baskets.jsonl", &sample_baskets(baskets, 5, false, dice)),
            "--pack",
            pack.to_str().expect("a name"),
            "--data",
            data.to_str().expect("a name"),
            "--registers",
            &REGISTERS.to_string(),
            "--central",
            &format!("http://{}", central.listen),
        ]
        .map(str::to_owned)
        .into();
        for register in 1..=DESK {
            arguments.extend(["--code".to_owned(), central.code(register)]);
        }
        Self { data, arguments }
    }

    fn register(&self, number: usize) -> PathBuf {
        self.data.join(format!("register-{number}"))
    }

    /// Every sale whose proof was printed is in a journal that verifies, and at central; each once.
    fn all_of_it_is_kept_once(&self, central: &RunningCentral, baskets: usize, printed: &[String]) {
        let report = self.report();
        assert_eq!(report["totals"]["ledger"], report["totals"]["central"]);
        let (of_registers, _) = self.journals(1..=REGISTERS);
        assert_eq!(of_registers.len(), baskets, "each basket is one sale");
        // A piece that was cut off before its note is played again: what it sold stays sold.
        let (journals, records) = self.journals(1..=DESK);
        assert_eq!(report["totals"]["ledger"]["sales"], journals.len());
        assert_eq!(report["claims"].as_array().map(Vec::len), Some(10), "all of them hold");
        for proof in printed {
            assert_eq!(journals.get(proof), Some(&1), "{proof} in the journals");
        }
        // On paper are slips too, each with the proof of its own record.
        for proof in &self.printed_papers() {
            assert_eq!(records.get(proof), Some(&1), "{proof} in the journals");
        }
        central.holds_each_once(&journals);
        let (_, totals) = ask(&central.command("totals", &["--store", STORE]));
        assert_eq!(totals["totals"]["sales"], journals.len());
    }

    /// The report of the finished drill, which a further start tells again.
    fn report(&self) -> Value {
        let (code, report) = ask(&self.arguments);
        assert_eq!((code, &report["agrees"]), (0, &Value::Bool(true)), "{}", report["differences"]);
        report
    }

    /// How often each sale's proof stands in the exported journals, which verify.
    fn journals(
        &self,
        numbers: std::ops::RangeInclusive<usize>,
    ) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
        let (mut proofs, mut records) = (BTreeMap::new(), BTreeMap::new());
        for number in numbers {
            let folder = self.register(number);
            let data = ["--data", folder.to_str().expect("a name")];
            let (code, verified) = ask(&["verify", data[0], data[1]]);
            assert_eq!((code, &verified["clean"]), (0, &Value::Bool(true)), "{verified:#}");
            let count = verified["journals"].as_array().map(Vec::len);
            assert_eq!(count, Some(1), "a kill is no reason for a new journal: {verified:#}");
            let exported = crate::program::run(&["export", data[0], data[1]]);
            assert!(exported.status.success());
            for line in exported.stdout.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
                let envelope = Envelope::read(line).expect("a record");
                let (epoch, seq) = (envelope.header.journal.epoch, envelope.header.seq);
                let hash: String = Hash::of_line(line).to_string().chars().take(16).collect();
                let proof = format!("{epoch}-{seq}-{hash}");
                if envelope.kind == "sale" {
                    *proofs.entry(proof.clone()).or_default() += 1;
                }
                *records.entry(proof).or_default() += 1;
            }
        }
        (proofs, records)
    }

    /// The proofs on all papers that came out of the printers.
    fn printed_papers(&self) -> Vec<String> {
        let text = |number| std::fs::read_to_string(self.register(number).join("receipts.txt"));
        let mut proofs = Vec::new();
        for number in 1..=DESK {
            let text = text(number).expect("receipts");
            proofs.extend(text.lines().map(str::trim).filter(|l| is_proof(l)).map(str::to_owned));
        }
        assert!(!proofs.is_empty());
        proofs
    }
}

/// One start of a drill.
struct Run {
    child: Child,
    out: BufReader<ChildStdout>,
    said: PathBuf,
}

impl Run {
    fn start(drill: &Drill) -> Self {
        Self::start_as(drill, program())
    }

    /// The same, by a command that ends with the program and takes its arguments.
    fn start_as(drill: &Drill, mut command: Command) -> Self {
        let said = drill.data.with_extension("said");
        let mut child = command
            .args(&drill.arguments)
            .arg("--echo")
            .stdout(Stdio::piped())
            .stderr(File::create(&said).expect("a file"))
            .spawn()
            .expect("the drill starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, out, said }
    }

    /// Reads so many proofs; fewer when it comes to its end.
    fn read(&mut self, wanted: u64) -> Vec<String> {
        (0..wanted).map_while(|_| self.next_proof()).collect()
    }

    /// Kills it; the proofs that had been printed and not read yet, and whether it had come to its
    /// end by itself.
    fn kill(mut self) -> (Vec<String>, bool) {
        self.child.kill().expect("killed");
        let status = self.child.wait().expect("gone");
        // A code, and not a signal, is an end of its own: only a good one will do.
        assert!(matches!(status.code(), None | Some(0)), "{status}: {}", self.words());
        let rest = std::iter::from_fn(|| self.next_proof()).collect();
        (rest, status.success())
    }

    fn finish(mut self) -> Vec<String> {
        let proofs: Vec<String> = std::iter::from_fn(|| self.next_proof()).collect();
        let status = self.child.wait().expect("gone");
        assert!(status.success(), "{status}: {}", self.words());
        proofs
    }

    /// The next line that is a proof; none at the end. A torn last line was not printed.
    fn next_proof(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            self.out.read_line(&mut line).expect("readable");
            let whole = line.strip_suffix('\n')?;
            if is_proof(whole) {
                return Some(whole.to_owned());
            }
        }
    }

    fn words(&self) -> String {
        std::fs::read_to_string(&self.said).expect("words")
    }
}

/// `<epoch>-<seq>-<16 hex>`.
fn is_proof(line: &str) -> bool {
    let parts: Vec<&str> = line.split('-').collect();
    let hex = |part: &str| part.len() == 16 && part.bytes().all(|b| b.is_ascii_hexdigit());
    matches!(parts[..], [epoch, seq, hash]
        if hex(epoch) && hex(hash) && seq.bytes().all(|b| b.is_ascii_digit()))
}

/// A little work of unknown length, so that kills also fall between two lines and into starts.
pub(crate) fn spin(dice: &mut Dice, doublings: u64) {
    let rounds = 1_u64 << dice.below(doublings);
    let mut work = Dice(dice.roll());
    let mixed = (0..rounds).fold(0, |mixed, _| mixed ^ work.roll());
    std::hint::black_box(mixed);
}
