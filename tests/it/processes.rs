//! Two processes that want the same thing at the same moment: one rain check, one paper slip; on
//! one data folder, and as two registers of one LAN.
//!
//! ```text
//!  this test ─ stdin: a word a line ─▶ the test binary again, a register in it
//!       ▲──────── stdout: "=> …" ◀─────────┘
//! ```
//!
//! Whoever is told to go does so when it reads its line; nobody waits for a time.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};
use std::sync::Arc;

use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SystemEntropy;
use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, Seq};
use tideover::domain::rain_check::RainCheckStep;
use tideover::domain::time::Timestamp;
use tideover::journal::record::Envelope;
use tideover::journal::verify::{Depth, Known, verify};
use tideover::ledger::Reader;
use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};
use tideover::register::till::Till as _;
use tideover::register::view::{NoticeKind, Screen, View};

use crate::peers::store::{Running, Store};
use crate::register::{CASHIER, LEAD, Shop, WATER, sign_in};

const FOLDER: &str = "PROCESS_FOLDER";
const REGISTER: &str = "PROCESS_REGISTER";
/// Rounds of a race on one folder.
const ROUNDS: u32 = 4;

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn action(place: usize) -> Command {
    Command::Page(PageInput::Action(place))
}

/// A promise of WATER at 1.00.
fn promise() -> Vec<Command> {
    let mut all = vec![
        Command::OpenPage(PageName::RainChecks),
        action(0),
        Command::Page(PageInput::Choice(2)),
    ];
    all.extend([WATER, "1.00", ""].map(answer));
    all
}

/// A pad of 50 from 101.
fn pad() -> Vec<Command> {
    let mut all = vec![Command::OpenPage(PageName::PaperSlips), action(1)];
    all.extend(["101", "50", CASHIER.0].map(answer));
    all.push(Command::LeavePage);
    all
}

/// Rings up a water and takes a promise off it, up to the payment.
fn redeem(number: &str) -> Vec<Command> {
    vec![
        Command::NextCustomer,
        Command::Enter { text: WATER.to_owned() },
        Command::OpenPage(PageName::RainChecks),
        answer(number),
        Command::Page(PageInput::Choice(0)),
    ]
}

fn pay() -> Vec<Command> {
    vec![Command::BeginTender, Command::TakeCash { amount: None, confirmed: false }]
}

/// Keys a slip of one water and confirms its batch.
fn key_slip(number: &str) -> Vec<Command> {
    let mut all = vec![Command::OpenPage(PageName::PaperSlips), action(0)];
    all.extend([number, "", WATER, "", "", ""].map(answer));
    all.extend([action(0), answer("1.31")]);
    all
}

/// What a child is told in one word and a number.
fn told(line: &str) -> Vec<Command> {
    match line.split_once(' ') {
        Some(("redeem", number)) => [redeem(number), pay()].concat(),
        Some(("slip", number)) => key_slip(number),
        _ => panic!("{line}"),
    }
}

/// A process with a register in it.
struct Other {
    process: Child,
    tells: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(child: &str, folder: &Path, register: u16) -> Self {
        let mut process = Process::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "--nocapture", &format!("processes::{child}")])
            .env(FOLDER, folder)
            .env(REGISTER, register.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let tells = process.stdin.take().expect("a line");
        let says = BufReader::new(process.stdout.take().expect("a line")).lines();
        Self { process, tells, says }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.tells, "{line}").expect("it listens");
    }

    fn hear(&mut self) -> String {
        loop {
            let line = self.says.next().expect("it speaks").expect("text");
            if let Some((_, said)) = line.split_once("=> ") {
                return said.to_owned();
            }
        }
    }

    fn ends(mut self) {
        drop(self.tells);
        for _ in self.says.by_ref() {}
        assert!(self.process.wait().expect("it ends").success());
    }
}

/// What this process is to be, where it is a child.
fn child() -> Option<(PathBuf, u16)> {
    let folder = std::env::var_os(FOLDER)?;
    let register = std::env::var(REGISTER).ok()?.parse().ok()?;
    Some((folder.into(), register))
}

fn say(line: &str) {
    println!("=> {line}");
}

fn heard() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).expect("a line");
    (read > 0).then(|| line.trim().to_owned())
}

/// Does one thing after another; what it came to at the first that was not taken.
fn work(register: &mut Register, commands: Vec<Command>) -> String {
    for command in commands {
        match register.handle(command) {
            Answer::Done => {}
            Answer::Refused(refusal) => return format!("refused {}", refusal.text()),
            other => return format!("stopped {other:?}"),
        }
    }
    "done".to_owned()
}

fn opened(data: &DataDir) -> Result<Register, startup::StartError> {
    let at = Timestamp::parse("2026-11-22T16:00:00.000-06:00").expect("a time");
    let world = World {
        clock: Arc::new(SimulatedClock::at(at)),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    };
    startup::open(data, &world)
}

/// Does nothing in an ordinary run; as a child it tries one thing on a folder, and ends.
#[test]
fn child_tries_once_on_a_folder() {
    let Some((folder, _)) = child() else { return };
    say("ready");
    let Some(line) = heard() else { return };
    match opened(&DataDir(folder)) {
        Err(why) => say(&format!("locked out {why}")),
        Ok(mut register) => {
            register.handle(Command::AcknowledgeRestart);
            sign_in(&mut register, LEAD);
            let said = work(&mut register, told(&line));
            // The basket of whoever was refused would wait here for the next one.
            register.handle(Command::LeavePage);
            register.handle(Command::AbandonSale);
            say(&said);
            register.close().expect("closed");
        }
    }
}

/// All events of a folder, from a journal that is sound.
fn events(data: &DataDir) -> Vec<Event> {
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
    let report = verify(lines.iter().map(|line| line.bytes()), Depth::Full, Known::default());
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let event = |line: &tideover::journal::record::Line| {
        Envelope::read(line.bytes()).expect("a record").event().expect("known")
    };
    lines.iter().map(event).collect()
}

/// The sales that redeem a promise of this number.
fn redeemed(events: &[Event], number: u32) -> usize {
    let of_sale = |event: &Event| {
        let checks = event.sale().map_or(0, |sale| {
            sale.terms.rain_checks.iter().filter(|check| check.of.number == number).count()
        });
        let alone = matches!(event, Event::RainCheck(RainCheckStep::Redeemed { of, .. })
            if of.number == number);
        checks + usize::from(alone)
    };
    events.iter().map(of_sale).sum()
}

/// The sales that were keyed from a slip of this number.
fn keyed(events: &[Event], number: u32) -> usize {
    let sales = events.iter().filter_map(Event::sale);
    let slips = sales.filter_map(|sale| sale.terms.paper_slip.as_ref());
    slips.filter(|slip| slip.number == number).count()
}

/// Two processes race for one thing on one folder; exactly one has it, and the other is told why.
fn race(shop: &Shop, line: &str) {
    let data = shop.data();
    let mut both = [1, 2].map(|_| Other::start("child_tries_once_on_a_folder", &data.0, 7));
    for other in &mut both {
        assert_eq!(other.hear(), "ready");
    }
    for other in &mut both {
        other.tell(line);
    }
    let mut said = both.each_mut().map(Other::hear);
    both.into_iter().for_each(Other::ends);
    said.sort();
    assert_eq!(said[0], "done", "{line}: {said:?}");
    let locked_out = said[1].starts_with("locked out ") && said[1].contains("running");
    let came_later = said[1].starts_with("refused ") && said[1].contains("register 7");
    assert!(locked_out || came_later, "{line}: {said:?}");
}

#[test]
fn of_two_processes_on_one_folder_one_redeems_a_rain_check_and_one_keys_a_slip() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    for _ in 0..ROUNDS {
        assert_eq!(work(&mut register, promise()), "done");
    }
    assert_eq!(work(&mut register, pad()), "done");
    register.close().expect("closed");
    for round in 0..ROUNDS {
        let (promise, slip) = (7_001 + round, 101 + round);
        race(&shop, &format!("redeem {promise}"));
        race(&shop, &format!("slip {slip}"));
        let events = events(&shop.data());
        assert_eq!(redeemed(&events, promise), 1, "round {round}");
        assert_eq!(keyed(&events, slip), 1, "round {round}");
    }
    // No sale but these, and no basket that was half rung up.
    let sales = events(&shop.data()).iter().filter(|event| event.sale().is_some()).count();
    assert_eq!(sales, usize::try_from(2 * ROUNDS).expect("small"));
}

/// Does nothing in an ordinary run; as a child it is a register of the LAN, until its line ends.
#[test]
fn child_is_a_register_of_the_lan() {
    let Some((folder, register)) = child() else { return };
    let running = Store::at(&folder, &[1, 2]).start(register);
    say(&running.listening().to_string());
    while let Some(line) = heard() {
        say(&lan_work(&running, &line));
    }
    running.stops();
}

fn page_is(title: &str) -> impl Fn(&View) -> bool + '_ {
    move |view| matches!(&view.screen, Screen::Page(page) if page.title == title)
}

/// Does what a line says, and waits until it is done or refused.
fn lan_work(running: &Running, line: &str) -> String {
    let (verb, more) = line.split_once(' ').unwrap_or((line, ""));
    let before = refusal_of(&running.till.view()).map(|(number, _)| number);
    let selling = |view: &View| matches!(view.screen, Screen::Sell(_));
    let comes_to = |commands: Vec<Command>, done: &dyn Fn(&View) -> bool| {
        commands.into_iter().for_each(|command| running.does(command));
        let new = |view: &View| refusal_of(view).filter(|(number, _)| Some(*number) != before);
        running.until(|view| done(view) || new(view).is_some());
        let view = running.till.view();
        new(&view).map_or_else(|| "done".to_owned(), |(_, text)| format!("refused {text}"))
    };
    match verb {
        "sees" => {
            running.sees(1, 2);
            "done".to_owned()
        }
        "call" => {
            let other = RegisterNo(3 - running.register);
            running.peers.as_ref().expect("peers").call(other, more);
            "done".to_owned()
        }
        "promise" => comes_to(promise(), &selling),
        "pad" => comes_to(pad(), &selling),
        "basket" => {
            running.does(Command::OpenPage(PageName::RainChecks));
            running
                .until(|view| matches!(&view.screen, Screen::Page(page) if page.rows.len() == 1));
            let less = |view: &View| matches!(&view.screen, Screen::Sell(sell) if (1..131).contains(&sell.total.minor()));
            comes_to(redeem(more), &less)
        }
        "pay" => comes_to(pay(), &|view| matches!(view.screen, Screen::Done(_))),
        "slip" => {
            running.does(Command::NextCustomer);
            running.does(Command::OpenPage(PageName::PaperSlips));
            running
                .until(|view| matches!(&view.screen, Screen::Page(page) if page.rows.len() == 1));
            let mut number = key_slip(more);
            number.pop();
            let rest = number.split_off(3);
            // One that is refused by its number ends here: what follows would be other numbers.
            let asked = comes_to(number, &page_is("When was it written?"));
            if asked != "done" {
                return asked;
            }
            comes_to(rest, &page_is("Second person's total"))
        }
        "knows" => {
            running.does(Command::OpenPage(PageName::PaperSlips));
            running.until(|view| {
                matches!(&view.screen, Screen::Page(page)
                    if page.rows.first().is_some_and(|row| row.cells[2] == more))
            });
            "done".to_owned()
        }
        "total" => comes_to(vec![answer(more)], &page_is("Paper slips")),
        _ => panic!("{line}"),
    }
}

fn refusal_of(view: &View) -> Option<(u64, String)> {
    let notice = view.notice.as_ref().filter(|one| one.kind == NoticeKind::Refused)?;
    Some((notice.number, notice.text.to_string()))
}

/// Both pay at the same moment for what only one may have. Nearer together than a line is long
/// both may have it; then both journals say so, for central to find.
fn at_once(both: &mut [Other; 2], line: &str, other: &str) -> usize {
    for process in both.iter_mut() {
        process.tell(line);
    }
    let said = both.each_mut().map(Other::hear);
    let done = said.iter().filter(|said| *said == "done").count();
    assert!(done > 0, "somebody has it: {said:?}");
    let refused = said.iter().filter(|said| *said != "done");
    refused
        .for_each(|said| assert!(said.starts_with("refused ") && said.contains(other), "{said}"));
    done
}

#[test]
fn of_two_register_processes_on_one_lan_whoever_is_first_has_it_and_the_other_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::at(folder.path(), &[1, 2]);
    store.made();
    let mut both = [1, 2]
        .map(|register| Other::start("child_is_a_register_of_the_lan", folder.path(), register));
    let [at_one, at_two] = both.each_mut().map(Other::hear);
    let [one, two] = &mut both;
    for (process, address) in [(&mut *one, at_two), (&mut *two, at_one)] {
        process.tell(&format!("call {address}"));
        assert_eq!(process.hear(), "done");
    }
    let does = |process: &mut Other, line: &str| {
        process.tell(line);
        process.hear()
    };
    for process in [&mut *one, &mut *two] {
        assert_eq!(does(process, "sees"), "done");
    }
    // Both have the promise in a basket; then they pay at once.
    assert_eq!(does(one, "promise"), "done");
    assert_eq!(does(one, "pad"), "done");
    assert_eq!(does(two, "basket 1001"), "done");
    assert_eq!(does(one, "basket 1001"), "done");
    let paid = at_once(&mut both, "pay", "register");
    // Both have the same slip in a batch; then both confirm it.
    let [one, two] = &mut both;
    assert_eq!(does(one, "slip 101"), "done");
    assert_eq!(does(two, "slip 101"), "done");
    let confirmed = at_once(&mut both, "total 1.31", "101");
    // The next one after the other: it is refused by name, with the register that has it.
    let [one, two] = &mut both;
    assert_eq!(does(one, "slip 102"), "done");
    assert_eq!(does(one, "total 1.31"), "done");
    assert_eq!(does(two, "knows 2"), "done");
    let late = does(two, "slip 102");
    assert!(late.starts_with("refused ") && late.contains("register 1"), "{late}");
    both.into_iter().for_each(Other::ends);
    let events = [1, 2].map(|register| events(&store.data(register)));
    let count = |of: &dyn Fn(&[Event]) -> usize| events.iter().map(|all| of(all)).sum::<usize>();
    assert_eq!(count(&|all| redeemed(all, 1_001)), paid, "as it was said");
    assert_eq!(count(&|all| keyed(all, 101)), confirmed, "as it was said");
    assert_eq!(count(&|all| keyed(all, 102)), 1);
}
