//! Sealed data whose days at central are over: it is destroyed by somebody's token and no file
//! holds it any more, whoever sends it again is told that it is held, and what was sold stands as
//! it was.

mod overwritten;

use std::collections::HashSet;
use std::path::Path;

use clap::Parser as _;
use tideover::central::backend::Backend;
use tideover::central::backup_check;
use tideover::central::door::InProcess;
use tideover::central::queue::tokens;
use tideover::central::seal_key::KEY_FILE;
use tideover::central::serve::Central;
use tideover::central::store::{Held, SealedRow, Store};
use tideover::cli::central::destroy::{Around, DestroyArgs, SealedDestroyed, run};
use tideover::cli::central::revoke::Typing;
use tideover::cli::compare_checks::{Verdict, compare};
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SystemEntropy;
use tideover::domain::check::Commitment;
use tideover::domain::ids::{Epoch, JournalId, PersonId, RegisterNo, Seq, StoreNo};
use tideover::domain::time::Timestamp;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::push::LinkState;

use super::carried::{hand_over, opened};
use super::{LEAD, Shop, ask_for_check, done, line, pay, read_and_answer, said};
use crate::central::central_at;
use crate::program::{errors, program};

const STORE: StoreNo = StoreNo(1042);
/// 500 days after the registers' own day.
const LATER: &str = "2028-04-05T09:00:00.000+00:00";

#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    args: DestroyArgs,
}

/// The command as it is at a moment, stopped after so many steps; what it says, or why not.
pub fn destroy_until(
    folder: &Path,
    line: &str,
    (typed, at): (&str, &str),
    mut steps: u32,
) -> Result<SealedDestroyed, String> {
    let data = folder.to_str().expect("a name");
    let words = ["destroy-sealed", "--data", data].into_iter().chain(line.split_whitespace());
    // A reason of several words is written with points.
    let words = words.map(|word| word.replace("..", " "));
    let args = CommandLine::try_parse_from(words).map_err(|why| why.to_string())?.args;
    let clock = SimulatedClock::at(Timestamp::parse(at).expect("a time"));
    let mut around = Around {
        typing: &mut Typing { typed: &mut typed.as_bytes(), aside: &mut Vec::new(), prompt: false },
        go_on: &mut |_, _| {
            let goes_on = steps > 0;
            steps = steps.saturating_sub(1);
            goes_on
        },
    };
    run(&args, &clock, &mut around).map_err(|why| why.to_string())
}

/// The same to its end, years later.
pub fn destroy(folder: &Path, line: &str, typed: &str) -> Result<SealedDestroyed, String> {
    destroy_until(folder, line, (typed, LATER), u32::MAX)
}

pub fn token(folder: &Path, who: &str) -> String {
    let who = PersonId::parse(who).expect("a person");
    tokens::issue(folder, &who, &SystemEntropy).expect("a token")
}

pub fn store(folder: &Path) -> Box<dyn Store> {
    Backend::existing(folder).expect("a central").open().expect("opened")
}

/// What of some bytes stands in files: in pieces, since a page may hold a part of a row.
pub struct Pieces(HashSet<[u8; 12]>);

impl Pieces {
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let pieces = rows.into_iter().flat_map(|bytes| bytes.windows(12).step_by(20));
        Self(pieces.map(|piece| piece.try_into().expect("twelve")).collect())
    }

    /// How many of them are somewhere in a file.
    pub fn in_file(&self, path: &Path) -> usize {
        let bytes = std::fs::read(path).expect("read");
        let found: HashSet<&[u8]> =
            bytes.windows(12).filter(|window| self.0.contains(*window)).collect();
        found.len()
    }

    /// How many stand in the files of a folder.
    pub fn in_folder(&self, folder: &Path) -> usize {
        super::walk(folder).iter().map(|path| self.in_file(path)).sum()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// A journal of store 1042.
pub fn journal(register: u16) -> JournalId {
    JournalId { store: STORE, register: RegisterNo(register), epoch: Epoch([3; 8]) }
}

/// Rows of chance, as a register would send them.
pub fn rows(dice: &mut crate::program::Dice, count: u64) -> Vec<SealedRow> {
    let mut bytes =
        |len: usize| -> Vec<u8> { (0..len).flat_map(|_| dice.roll().to_be_bytes()).collect() };
    let row = |seq| SealedRow {
        commitment: Commitment(bytes(4).try_into().expect("32 bytes")),
        seq: Seq(seq),
        bytes: bytes(42),
    };
    (0..count).map(row).collect()
}

/// How many sealed rows a central has.
pub fn held(folder: &Path) -> u64 {
    let counts = store(folder).sealed_counts(None, i64::MAX).expect("counted");
    counts.iter().map(|count| count.all).sum()
}

/// Counts what is sent beside the records.
struct Counting<'a>(&'a mut dyn Transport, u32);

impl Transport for Counting<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.1 += u32::from(request.path() == "/v1/sealed");
        self.0.send(request)
    }
}

/// A central with so many checks of a register of the shop; the register is closed.
fn with_checks(folder: &Path, count: u32) -> (Central, Shop, Vec<Vec<u8>>) {
    let central = central_at(folder);
    let shop = Shop::new("", "", central.seal_key());
    let mut register = shop.open(LEAD);
    for number in 0..count {
        pay(&mut register, 1, 1_207 + number);
    }
    register.close().expect("closed");
    let sealed = shop.sealed().into_iter().map(|row| row.bytes).collect();
    hand_over(&shop.data(), 1, &mut InProcess(central.door()));
    central.settle();
    (central, shop, sealed)
}

#[test]
fn what_had_its_days_is_in_no_file_and_whoever_sends_it_again_is_told_that_it_is_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let (central, shop, sealed) = with_checks(at, 60);
    let (lines, stick) = (shop.data().0.join("lines"), shop.data().0.join("checks.sealed"));
    let args = tideover::cli::export::ExportArgs {
        data: Some(shop.data().0),
        journal: None,
        from: 0,
        out: Some(lines),
        sealed: Some(stick.clone()),
        checkpoint: None,
    };
    let output = tideover::cli::output::Output::new(true);
    tideover::cli::export::run(&args, at, output).expect("exported");
    let pieces = Pieces::of(sealed.iter().map(Vec::as_slice));
    assert!(sealed.len() == 60 && pieces.in_folder(at) >= pieces.count(), "all of it is here");
    let totals = central.totals(STORE, None).expect("totals");
    let jo = token(at, "jo");

    // Shown first; nothing goes by being shown.
    let shown = destroy(at, "", "").expect("shown");
    assert_eq!((shown.state, shown.due, shown.destroyed, shown.stay), ("shown", 60, 0, 0));
    let said = shown.to_string();
    for words in ["before 2027-03-02", "store 1042", "60 rows", "Nothing was destroyed: --yes"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(held(at), 60);

    // Central runs meanwhile.
    let gone = destroy(at, "--yes --why the..rule", &jo).expect("destroyed");
    assert_eq!((gone.state, gone.destroyed, gone.who.as_deref()), ("destroyed", 60, Some("jo")));
    assert!(gone.to_string().contains("60 rows were destroyed by jo: the rule."), "{gone}");
    assert_eq!((held(at), pieces.in_folder(at)), (0, 0));

    // The register sends them again, since central seems another one; a stick brings them, too.
    store(at).set_server_epoch("another").expect("named");
    let mut inner = InProcess(central.door());
    let mut counting = Counting(&mut inner, 0);
    let report = hand_over(&shop.data(), 2, &mut counting);
    assert_eq!((report.link, counting.1), (LinkState::UpToDate, 2), "60 rows, taken as held");
    for _ in 0..2 {
        let reader = tideover::device::reader::Reader::of(env!("CARGO_BIN_EXE_tideover"));
        let key = central.door().public_key();
        let mut line = InProcess(central.door());
        let mut told = |_, _| ();
        let brought = tideover::cli::import::run(&reader, &stick, Some(&key), &mut line, &mut told);
        assert_eq!(brought.expect("imported").sealed, 60, "it ends there");
    }
    assert_eq!((held(at), pieces.in_folder(at)), (0, 0));

    // The treasury is told what happened, by whom, and that the money stands.
    let checks = opened(at, 60, &at.join(KEY_FILE)).expect("asked");
    let why = checks.checks[0].why.clone().expect("nothing is opened");
    let words = "destroyed at central on 2028-04-05 by jo (the rule), and nobody can open it any \
                 more; the record and its money stand as they were";
    assert!(checks.checks[0].opened.is_none() && why.contains(words), "{why}");
    assert!(checks.to_string().contains("check 1266 over 1.31: its data was destroyed"));

    // Records, sums and what is derived are as before, and a copy is whole and holds nothing.
    central.stop();
    store(at).forget_projections().expect("emptied");
    let central = central_at(at);
    assert!(central.settle());
    assert_eq!(central.totals(STORE, None).expect("totals"), totals);
    let copy = at.join("copy.db");
    tideover::cli::central::back_up(at, &copy).expect("copied");
    let look = backup_check::check(&copy, None).expect("looked at");
    assert!(look.whole && look.records > 60, "{look:?}");
    assert_eq!(pieces.in_folder(at), 0);
    central.stop();
    assert_eq!(pieces.in_folder(at), 0, "nor after a clean end");
}

#[test]
fn sooner_than_the_rule_takes_a_word_and_only_what_is_old_enough_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    central_at(at).stop();
    let jo = token(at, "jo");
    let mut dice = crate::program::Dice(4);
    let day = |text: &str| Timestamp::parse(&format!("{text}T12:00:00.000+00:00")).expect("a time");
    for (number, received) in [(7, "2027-03-01"), (8, "2027-03-02"), (9, "2028-04-04")] {
        let rows = rows(&mut dice, 3);
        store(at).put_sealed(&journal(number), &rows, day(received).utc_ms).expect("kept");
    }
    let run = |line: &str| destroy(at, line, &jo);
    let counted = |line: &str| run(line).map(|told| (told.before, told.due, told.stay, told.early));
    let of = |day: &str, due, stay| Ok((day.to_owned(), due, stay, false));
    // 400 days back, unless the house says otherwise; the day itself stays.
    assert_eq!(counted(""), of("2027-03-02", 3, 6));
    assert_eq!(counted("--keep 399"), of("2027-03-03", 6, 3));
    assert_eq!(counted("--keep 500"), of("2026-11-22", 0, 9));
    assert_eq!(counted("--before 2027-03-01"), of("2027-03-01", 0, 9));
    let refused = run("--before 2028-04-05 --yes --why asked..for").expect_err("it is too early");
    for words in ["is not 400 days old", "2027-03-02 is the latest day", "--even-if-checks-may"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let early = "--before 2028-04-05 --even-if-checks-may-still-come-back --yes --why asked..for";
    let refused = run(&early.replace("04-05", "04-06")).expect_err("it is to come");
    assert!(refused.contains("2028-04-06 is still to come, by UTC it is 2028-04-05"), "{refused}");
    assert_eq!(held(at), 9);
    assert_eq!(run("--yes --why by..rule").expect("destroyed").destroyed, 3);
    let gone = destroy_until(at, early, (&jo, "2028-04-05T10:00:00.000+00:00"), u32::MAX);
    let gone = gone.expect("destroyed");
    assert_eq!((gone.destroyed, gone.early, held(at)), (6, true, 0));
    let said: Vec<_> = store(at)
        .destructions(None)
        .expect("read")
        .into_iter()
        .map(|row| (row.done.who, row.done.reason, row.done.early, row.finished))
        .collect();
    let by = |reason: &str, early| ("jo".to_owned(), reason.to_owned(), early, true);
    assert_eq!(said.len(), 2);
    assert!(said.contains(&by("by rule", false)) && said.contains(&by("asked for", true)));
    let names =
        |store: &mut dyn Store| store.destroyed_of(&journal(9), Seq(0)).expect("read").len();
    assert_eq!(names(store(at).as_mut()), 1);
}

#[test]
fn a_central_put_back_to_an_older_copy_says_so_and_running_it_again_is_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let (central, shop, sealed) = with_checks(at, 3);
    let pieces = Pieces::of(sealed.iter().map(Vec::as_slice));
    central.stop();
    let file = at.join(tideover::central::sqlite::FILE_NAME);
    let copy = std::fs::read(&file).expect("read");
    let jo = token(at, "jo");
    assert_eq!(destroy(at, "--yes --why by..rule", &jo).expect("destroyed").destroyed, 3);
    assert!(destroy(at, "", "").expect("shown").undone.is_none());
    std::fs::write(&file, &copy).expect("put back");
    let central = central_at(at);
    assert_eq!(held(at), 3);
    assert!(opened(at, 1, &at.join(KEY_FILE)).expect("asked").checks[0].opened.is_some());
    let shown = destroy(at, "", "").expect("shown");
    assert_eq!((shown.due, shown.undone.as_ref().map(|deed| deed.who.as_str())), (3, Some("jo")));
    assert!(shown.to_string().contains("put back to an older copy"), "{shown}");
    // One store's alone is not all that there was.
    let al = token(at, "al");
    let again = destroy(at, "--store 1042 --yes --why put..back", &al).expect("destroyed");
    assert_eq!((again.destroyed, again.undone.is_some()), (3, true));
    let again = destroy(at, "--yes --why put..back", &al).expect("destroyed");
    assert_eq!((again.destroyed, again.undone.is_none()), (0, true));
    assert!(destroy(at, "", "").expect("shown").undone.is_none());
    let report = hand_over(&shop.data(), 3, &mut InProcess(central.door()));
    assert_eq!((report.link, held(at), pieces.in_folder(at)), (LinkState::UpToDate, 0, 0));
}

#[test]
fn checks_that_look_alike_are_told_apart_no_more_and_it_is_said_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let central = central_at(at);
    for seed in 1..3 {
        let shop = Shop::new("", "", central.seal_key());
        let mut register = shop.open(LEAD);
        ask_for_check(&mut register, 1);
        read_and_answer(&mut register, &line(1207));
        done(&mut register, said("", false));
        register.close().expect("closed");
        hand_over(&shop.data(), seed, &mut InProcess(central.door()));
        central.settle();
    }
    let compared = || {
        let held = Held::new("treasury", store(at)).expect("a thread");
        let key = at.join(KEY_FILE);
        let (who, reason) = ("Treasury 7", "two that look alike");
        let request =
            tideover::cli::compare_checks::Request { store: STORE, who, reason, seal_key: &key };
        let clock = SimulatedClock::at(crate::journals::start());
        compare(&held, &clock, &request).expect("compared")
    };
    assert_eq!(compared().groups[0].verdict, Verdict::OneAccount);
    let jo = token(at, "jo");
    assert_eq!(destroy(at, "--yes --why by..rule", &jo).expect("destroyed").destroyed, 2);
    let after = compared();
    assert_eq!(after.groups[0].verdict, Verdict::Unknown);
    assert_eq!(after.groups[0].destroyed.len(), 2);
    let said = after.to_string();
    for words in ["can't be told any more", "register 7: its data was destroyed at central on 2028"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// The program as it ships, on central's own machine.
#[test]
fn what_is_asked_wrongly_destroys_nothing_and_says_what_to_do() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    central_at(at).stop();
    let mut dice = crate::program::Dice(5);
    store(at).put_sealed(&journal(7), &rows(&mut dice, 3), 1).expect("kept");
    let jo = format!("{}\n", token(at, "jo"));
    let ask = |line: &[&str], typed: &str| {
        let mut process = program()
            .args(["central", "destroy-sealed"])
            .args(line)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("started");
        let mut typing = process.stdin.take().expect("a keyboard");
        // It may have ended without reading.
        typing.write_all(typed.as_bytes()).unwrap_or_default();
        drop(typing);
        process.wait_with_output().expect("ended")
    };
    let data = at.to_str().expect("a name");
    let long = "x".repeat(501);
    for (line, typed, code, says) in [
        (vec!["--data", "/nonexistent"], "", 3, "there is no central in /nonexistent"),
        (vec!["--data", data, "--store", "9999"], "", 3, "central never heard of store 9999"),
        (vec!["--data", data, "--before", "soon"], "", 3, "'soon' is not a date"),
        (vec!["--data", data, "--before", "9998-01-01"], "", 3, "is still to come"),
        (vec!["--data", data, "--keep", "179"], "", 2, "179 is not in 180..=36500"),
        (vec!["--data", data, "--even-if-checks-may-still-come-back"], "", 2, "--before <DAY>"),
        (vec!["--data", data, "--yes"], &jo, 3, "say why with --why"),
        (vec!["--data", data, "--yes", "--why", " "], &jo, 3, "say why with --why"),
        (vec!["--data", data, "--yes", "--why", &long], &jo, 3, "at most 500 letters"),
        (vec!["--data", data, "--yes", "--why", "a\u{7}b"], &jo, 3, "without control characters"),
        (vec!["--data", data, "--yes", "--why", "4111111111111111"], &jo, 3, "card's number"),
        (vec!["--data", data, "--yes", "--why", "rule"], "", 3, "no token of IT"),
        (vec!["--data", data, "--yes", "--why", "rule"], "it-00\n", 3, "no token of IT"),
    ] {
        let output = ask(&line, typed);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(code), "{line:?}: {said}");
        assert!(said.contains(says), "{line:?}: {said}");
        assert!(code == 2 || !says.contains("say why") || said.contains("nothing was destroyed"));
        assert_eq!(held(at), 3, "{line:?}");
    }
    let json = ask(&["--data", data, "--json"], "");
    let shown: serde_json::Value = serde_json::from_slice(&json.stdout).expect("an answer");
    assert_eq!((shown["state"].as_str(), shown["due"].as_u64()), (Some("shown"), Some(3)));
    assert_eq!(shown["stores"][0]["first"], "1970-01-01");
    let done = ask(&["--data", data, "--yes", "--why", "the rule", "--json"], &jo);
    assert!(errors(&done).contains("3 rows that came before"), "said before anybody signs");
    let done: serde_json::Value = serde_json::from_slice(&done.stdout).expect("an answer");
    assert_eq!((done["state"].as_str(), done["destroyed"].as_u64()), (Some("destroyed"), Some(3)));
    assert_eq!((done["who"].as_str(), done["reason"].as_str()), (Some("jo"), Some("the rule")));
    assert_eq!(held(at), 0);
}
