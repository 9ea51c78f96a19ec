//! Serial lines and device files: the other end is a pseudo-terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use tideover::device::printer::{
    Deadlines, Job, Lamp, Outcome, Printer as _, PrinterEvent, Printout, Setup, Target,
    ThreadPrinter, Trouble, look, print_now,
};
use tideover::domain::ids::SaleNo;
use tideover::domain::money::Money;
use tideover::receipt::document::Document;
use tideover::receipt::escpos::{Drawer, DrawerPin, Profile};
use tideover::receipt::status::Paper as Roll;
use tideover::register::command::Command;
use tideover::register::register::Answer;

use super::paper::{Paper, Print};

/// A terminal: our end, and the device's path.
fn terminal() -> (OwnedFd, PathBuf) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).expect("granted");
    unlockpt(&ours).expect("unlocked");
    let path = ptsname(&ours, Vec::new()).expect("its name").into_string().expect("a path");
    (ours, PathBuf::from(path))
}

fn setup(target: Target, answers: bool) -> Setup {
    let drawer = Some(Drawer { pin: DrawerPin::Pin5, realtime: false });
    let profile = Profile { drawer, ..Profile::default() };
    let deadlines = Deadlines {
        connect: Duration::from_secs(5),
        stall: Duration::from_millis(200),
        answer: Duration::from_secs(5),
        done: Duration::from_secs(10),
        ..Deadlines::default()
    };
    Setup { target, profile, answers, deadlines }
}

fn job() -> Job {
    let mut document = Document::default();
    document.line("Sale 41: $1.31");
    Job { what: Printout::Receipt { sale: SaleNo(41), copy: false }, document }
}

/// Answers all questions well until the line goes quiet for good.
fn play(ours: OwnedFd) -> std::thread::JoinHandle<Paper> {
    let play = move || {
        let mut line = File::from(ours);
        let mut paper = Paper::default();
        let mut bytes = [0; 64];
        // The terminal's end says goodbye with an error.
        while let Ok(count) = line.read(&mut bytes) {
            paper.feed(&bytes[..count]);
            for question in std::mem::take(&mut paper.asked) {
                let answer = if question == 0x80 { 0 } else { 0x12 };
                line.write_all(&[answer]).expect("answered");
            }
        }
        paper
    };
    std::thread::Builder::new().spawn(play).expect("a thread")
}

#[test]
fn a_serial_line_prints_and_answers() {
    for target in [
        |path| Target::Serial { path, baud: 19_200, flow_control: false },
        Target::Device as fn(PathBuf) -> Target,
    ] {
        let (ours, path) = terminal();
        // Raw before the first byte, as a device is: a terminal would echo it.
        let raw = rustix::fs::open(&path, rustix::fs::OFlags::RDWR, rustix::fs::Mode::empty());
        let raw = raw.expect("the device");
        let mut line = rustix::termios::tcgetattr(&raw).expect("its settings");
        line.make_raw();
        rustix::termios::tcsetattr(&raw, rustix::termios::OptionalActions::Now, &line)
            .expect("raw");
        let printer = play(ours);
        let setup = setup(target(path), true);
        let (outcome, condition) = print_now(&setup, &job());
        assert_eq!(outcome, Outcome::Printed);
        assert_eq!(condition.map(|c| c.paper), Some(Roll::Enough));
        drop(raw);
        let paper = printer.join().expect("played");
        assert_eq!(paper.lines(), ["Sale 41: $1.31"]);
    }
}

#[test]
fn a_line_that_takes_nothing_is_given_up() {
    let (ours, path) = terminal();
    let setup = setup(Target::Serial { path, baud: 9_600, flow_control: false }, false);
    let mut long = Document::default();
    // More than any terminal holds for a reader that does not come.
    (0..3_000).for_each(|_| long.line("forty-two characters fill one line of it.."));
    let (outcome, _) = print_now(&setup, &Job { document: long, ..job() });
    assert_eq!(outcome, Outcome::CutOff(Trouble::Blocked));
    drop(ours);
}

#[test]
fn a_device_that_is_not_there_or_is_a_plain_file_is_told() {
    let nowhere = setup(Target::Device("/dev/nowhere/lp7".into()), true);
    let said = look(&nowhere).expect_err("no such device").words().to_string();
    assert_eq!(said, "the printer can't be reached (no such file or directory)");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let said = look(&setup(Target::Device(file.path().to_owned()), true)).expect_err("a file");
    assert!(said.words().to_string().contains("a plain file"), "{}", said.words());
}

#[test]
fn a_printer_comes_back_under_its_name_and_the_next_job_finds_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().join("lp0");
    let drawer = || Job { what: Printout::Drawer, document: Document::pulse() };
    let mut printer =
        ThreadPrinter::spawn(setup(Target::Device(name.clone()), false)).expect("a printer");
    let (bell, rung) = std::sync::mpsc::sync_channel(64);
    printer.wake_on_event(Box::new(move || {
        bell.try_send(()).ok();
    }));
    let next = |printer: &mut ThreadPrinter| loop {
        let ended = printer.events().into_iter().find_map(|event| match event {
            PrinterEvent::Ended(_, outcome) => Some(outcome),
            PrinterEvent::DrawerOpen(_) => None,
            PrinterEvent::Lamp(lamp) => {
                assert!(matches!(lamp, Lamp::Unreachable | Lamp::Unknown | Lamp::Ready));
                None
            }
        });
        match ended {
            Some(outcome) => return outcome,
            None => rung.recv_timeout(Duration::from_secs(20)).expect("the printer speaks"),
        }
    };
    printer.submit(drawer());
    assert!(matches!(next(&mut printer), Outcome::NotStarted(Trouble::Unreachable(_))));
    // Plugged in: udev makes the name again.
    let (ours, path) = terminal();
    std::os::unix::fs::symlink(&path, &name).expect("a name");
    printer.submit(drawer());
    assert_eq!(next(&mut printer), Outcome::Printed);
    let mut pulse = [0; 5];
    File::from(ours).read_exact(&mut pulse).expect("the pulse");
    let mut paper = Paper::default();
    paper.feed(&pulse);
    assert_eq!(paper.prints, [Print::Pulse { pin: 1 }]);
}

#[test]
fn the_program_tries_a_printer_and_says_what_it_saw() {
    use super::virtual_printer::{Script, VirtualPrinter};
    let printer = VirtualPrinter::start(Script::well());
    let to = format!("tcp:{}", printer.address);
    let (code, tried) =
        crate::program::ask(&["device", "test", "--printer", &to, "--columns", "48"]);
    assert_eq!((code, tried["printed"].as_str()), (0, Some("yes")), "{tried}");
    let prints = printer.wait("a page", |paper| {
        (paper.prints.last() == Some(&Print::Cut)).then(|| paper.prints.clone())
    });
    assert!(!prints.contains(&Print::Pulse { pin: 0 }), "the drawer stays shut: {prints:?}");
    assert!(prints.contains(&Print::Qr("Tideover device test".to_owned())));

    printer.play(Script { answers: Some([0x1A, 0x32, 0x12, 0x72]), ..Script::well() });
    let output = crate::program::run(&["device", "test", "--printer", &to]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("was not printed: the printer is out of paper."), "{said}");
    assert!(said.contains("Put in paper."), "{said}");

    let output = crate::program::run(&["device", "test", "--printer", "lpt1"]);
    assert_eq!(output.status.code(), Some(3));
    let said = crate::program::errors(&output);
    assert!(said.contains("write none, screen, file PATH"), "{said}");
}

#[test]
fn the_program_opens_a_drawer_where_it_is_asked_to_and_no_shift_is_open() {
    use super::virtual_printer::{Script, VirtualPrinter};
    use crate::register::{CASHIER, Shop};
    let printer = VirtualPrinter::start(Script::well());
    let shop = Shop::new();
    let to = format!("tcp {}", printer.address);
    let mut settings = shop.data().settings().expect("settings");
    settings.receipts = None;
    settings.printer = Some(serde_json::json!({ "to": to, "drawer": "pin2" }));
    let data = shop.data().0.display().to_string();
    let kicks = ["device", "test", "--drawer", "--data", &data];
    let mut register = shop.open(CASHIER);
    shop.data().write_settings(&settings).expect("written");

    let output = crate::program::run(&kicks);
    assert_eq!(output.status.code(), Some(3));
    let said = crate::program::errors(&output);
    assert!(said.contains("shift 1 of cashier 31 is open on this register"), "{said}");
    let (code, tried) = crate::program::ask(&["device", "test", "--data", &data]);
    assert_eq!((code, &tried["drawer"]), (0, &serde_json::Value::Null), "{tried}");
    let page = |paper: &Paper| (paper.prints.last() == Some(&Print::Cut)).then_some(());
    printer.wait("a page", page);
    let pulse = Print::Pulse { pin: 0 };
    assert!(!printer.wait("a page", |paper| Some(paper.prints.clone())).contains(&pulse));

    let float = Money::from_minor(15_000);
    assert_eq!(register.handle(Command::close_shift(float, Money::ZERO)), Answer::Done);
    register.close().expect("closed");
    let (code, tried) = crate::program::ask(&kicks);
    assert_eq!(code, 0, "{tried}");
    assert!(tried["drawer"].as_str().expect("said").starts_with("Its pulse was sent"), "{tried}");
    printer.wait("a pulse", |paper| paper.prints.contains(&pulse).then_some(()));
    let elsewhere = ["device", "test", "--drawer", "--printer", &to.replace("tcp ", "tcp:")];
    assert_eq!(crate::program::run(&elsewhere).status.code(), Some(2), "only a register's own");
}
