//! A register and its printer: what the cashier sees, and what is on the paper.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tideover::device::printer::{Deadlines, Lamp, Setup, Target, ThreadPrinter};
use tideover::domain::ids::SaleNo;
use tideover::domain::refusal::Refusal;
use tideover::receipt::escpos::{Drawer, DrawerPin, Profile};
use tideover::receipt::layout::Columns;
use tideover::register::command::Command;
use tideover::register::printing::{Paper as RegisterPaper, Reprinted};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{Done, NoticeKind, PaperState};

use super::paper::Print;
use super::virtual_printer::{Script, VirtualPrinter};
use crate::register::{CASHIER, LEAD, Shop, WATER, done, scan, sign_in};

/// Short where nothing comes, long where something does.
pub(super) fn deadlines() -> Deadlines {
    Deadlines {
        connect: Duration::from_secs(5),
        stall: Duration::from_secs(5),
        answer: Duration::from_secs(5),
        done: Duration::from_secs(20),
        drawer: Duration::from_secs(60),
        look_again: Duration::from_secs(600),
        closing: Duration::from_secs(5),
    }
}

/// A register whose printer is at an address, and a bell that rings when the printer speaks.
pub(super) struct Counter {
    pub(super) register: Register,
    bell: Arc<(Mutex<u64>, Condvar)>,
}

impl Counter {
    pub(super) fn open(shop: &Shop, printer: &VirtualPrinter, deadlines: Deadlines) -> Self {
        Self::at(shop, Target::Tcp(printer.address.to_string()), deadlines)
    }

    pub(super) fn at(shop: &Shop, target: Target, deadlines: Deadlines) -> Self {
        let mut register = shop.open(CASHIER);
        let drawer = Some(Drawer { pin: DrawerPin::Pin2, realtime: false });
        let profile = Profile { columns: Columns::C32, drawer, ..Profile::default() };
        let setup = Setup { target, profile, answers: true, deadlines };
        let printer = Box::new(ThreadPrinter::spawn(setup).expect("a printer"));
        let mut paper = RegisterPaper::new(printer, Lamp::Unknown, Columns::C32);
        paper.drawer = true;
        register.set_paper(paper);
        let bell = Arc::new((Mutex::new(0), Condvar::new()));
        let rung = Arc::clone(&bell);
        register.wake_on_printer(Box::new(move || {
            *rung.0.lock().expect("no poison") += 1;
            rung.1.notify_all();
        }));
        Self { register, bell }
    }

    /// Waits until the register is as expected, looking again whenever the printer speaks.
    fn until<T>(&mut self, what: &str, look: impl Fn(&Register) -> Option<T>) -> T {
        loop {
            let before = *self.bell.0.lock().expect("no poison");
            self.register.hear_printer();
            if let Some(found) = look(&self.register) {
                return found;
            }
            let bell = self.bell.0.lock().expect("no poison");
            let patience = Duration::from_secs(30);
            let rung = self.bell.1.wait_timeout_while(bell, patience, |rung| *rung == before);
            let (bell, time) = rung.expect("no poison");
            drop(bell);
            assert!(!time.timed_out(), "{what}: {:#?}", self.register.view());
        }
    }

    fn lamp(&mut self, lamp: Lamp) {
        self.until("the lamp", |register| (register.view().status.printer == lamp).then_some(()));
    }

    /// Sells a bottle of water, and waits until its paper is out or is known not to be.
    fn sell(&mut self) -> Done {
        assert_eq!(scan(&mut self.register, WATER), Answer::Done);
        assert_eq!(self.register.handle(Command::BeginTender), Answer::Done);
        let exact = Command::TakeCash { amount: None, confirmed: false };
        assert_eq!(self.register.handle(exact), Answer::Done, "the sale stands, whatever prints");
        self.paper_settled()
    }

    fn paper_settled(&mut self) -> Done {
        self.until("the receipt", |register| {
            let done = done(register);
            (done.paper.state != PaperState::Printing).then_some(done)
        })
    }

    fn notice(&self) -> (NoticeKind, String) {
        let notice = self.register.view().notice.expect("a notice");
        (notice.kind, format!("{} {}", notice.text, notice.remedy))
    }

    fn copy(&mut self) -> Done {
        let reprint = Command::Reprint { which: Reprinted::Last };
        assert_eq!(self.register.handle(reprint), Answer::Done);
        done(&self.register)
    }
}

fn texts(prints: &[Print]) -> Vec<String> {
    prints
        .iter()
        .filter_map(|print| match print {
            Print::Line { text, .. } => Some(text.clone()),
            _ => None,
        })
        .collect()
}

pub(super) fn whole(paper: &super::paper::Paper) -> Option<Vec<Print>> {
    (paper.prints.last() == Some(&Print::Cut)).then(|| paper.prints.clone())
}

#[test]
fn the_drawer_opens_first_and_the_receipt_says_what_was_recorded() {
    let shop = Shop::new();
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(&shop, &printer, deadlines());
    counter.lamp(Lamp::Ready);
    let done = counter.sell();
    assert_eq!(done.paper.state, PaperState::Printed);
    let prints = printer.wait("a receipt", whole);
    assert_eq!(prints[0], Print::Pulse { pin: 0 }, "before any paper");
    let text = texts(&prints).join("\n");
    assert!(text.contains("Tideover Market") && text.contains("TOTAL      $1.31"), "{text}");
    let code = prints.iter().find_map(|print| match print {
        Print::Qr(code) => Some(code.clone()),
        _ => None,
    });
    assert!(code.is_some_and(|code| code.starts_with("TDO1:1042:7:")));
    assert_eq!(counter.notice(), (NoticeKind::Done, "Sale 1 is recorded ".to_owned()));
}

/// The longest story: unplugged after each single byte, and every time the same must hold.
#[test]
fn cut_off_after_every_byte_the_sale_stands_the_cashier_knows_and_the_reprint_says_copy() {
    let shop = Shop::new();
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(&shop, &printer, deadlines());
    counter.lamp(Lamp::Ready);
    let (mut at, mut cut_off) = (0_usize, 0_u32);
    loop {
        printer.take_paper();
        printer.play(Script { cut_after: Some(at), ..Script::well() });
        let sold = counter.sell();
        let number = u64::from(cut_off) + 1;
        assert_eq!(sold.number, number, "cut after {at} bytes");
        if sold.paper.state == PaperState::Printed {
            break;
        }
        let (kind, words) = counter.notice();
        assert_eq!(kind, NoticeKind::Attention);
        assert!(words.contains(&format!("receipt of sale {number} was ")), "{words}");
        assert!(words.contains("The sale is recorded"), "{words}");
        assert!(words.contains("press Ctrl P for a copy"), "{words}");

        // Plugged in again, in the middle of whatever it was about to do.
        let begun = printer.take_paper();
        assert!(!begun.contains(&Print::Cut) || texts(&begun).iter().any(|l| l.contains("TOTAL")));
        printer.play(Script::well());
        counter.copy();
        // The rest of a command that was cut may be a cut of the paper.
        let copy = printer.wait("a copy", |paper| {
            whole(paper).filter(|prints| texts(prints).iter().any(|line| line.contains("TOTAL")))
        });
        let lines = texts(&copy);
        assert_eq!(lines.iter().filter(|l| l.contains("COPY")).count(), 2, "{at}: {lines:#?}");
        assert!(lines.contains(&"TOTAL      $1.31".to_owned()), "{at}: {lines:#?}");
        assert!(lines.iter().any(|l| l.trim() == format!("Sale {number}")), "{at}: {lines:#?}");
        counter.until("printed", |register| {
            (done(register).paper.state == PaperState::Printed).then_some(())
        });
        cut_off += 1;
        at += 1;
    }
    assert!(at > 600, "a receipt has more bytes than {at}");
    // The journal's beginning, the pack, the cashier, the shift; then a sale and a copy each.
    let ledger = counter.register.ledger();
    let records = 4 + u64::from(cut_off) * 2 + 1;
    assert_eq!(ledger.state().sales, u64::from(cut_off) + 1);
    assert_eq!(ledger.chain().next_seq.0, records, "every copy is recorded");
}

#[test]
fn without_paper_nothing_is_sent_and_the_copy_is_asked_for() {
    let shop = Shop::new();
    let out = Script { answers: Some([0x1A, 0x32, 0x12, 0x72]), ..Script::well() };
    let printer = VirtualPrinter::start(out);
    let mut counter = Counter::open(&shop, &printer, deadlines());
    counter.lamp(Lamp::PaperOut);
    let done = counter.sell();
    assert_eq!(done.paper.state, PaperState::NotPrinted);
    let (_, words) = counter.notice();
    assert_eq!(
        words,
        "The receipt of sale 1 was not printed: the printer is out of paper. The sale is recorded. \
         Put in paper, then press Ctrl P for a copy."
    );
    // The drawer opens all the same; not a letter waits in the printer for the new roll.
    assert_eq!(printer.take_paper(), [Print::Pulse { pin: 0 }]);
    printer.play(Script { answers: Some([0x12, 0x12, 0x12, 0x1E]), ..Script::well() });
    counter.copy();
    assert!(texts(&printer.wait("a copy", whole)).iter().any(|line| line.contains("COPY")));
    counter.lamp(Lamp::NearEnd);
}

#[test]
fn paper_that_ends_in_the_middle_is_noticed() {
    let shop = Shop::new();
    let printer = VirtualPrinter::start(Script::well());
    let short = Deadlines { answer: Duration::from_millis(50), ..deadlines() };
    let mut counter = Counter::open(&shop, &printer, short);
    counter.lamp(Lamp::Ready);
    printer.play(Script { paper_ends_after: Some(200), ..Script::well() });
    assert_eq!(counter.sell().paper.state, PaperState::NotPrinted);
    let (_, words) = counter.notice();
    assert!(words.contains("was cut off: the printer is out of paper"), "{words}");
}

#[test]
fn a_cover_that_is_open_and_an_error_have_their_own_words() {
    for (answers, lamp, said) in [
        ([0x1A, 0x16, 0x12, 0x12], Lamp::CoverOpen, "cover is open"),
        ([0x1A, 0x12, 0x1A, 0x12], Lamp::Error, "reports an error"),
        ([0x1A, 0x12, 0x12, 0x12], Lamp::Offline, "is offline"),
    ] {
        let shop = Shop::new();
        let printer = VirtualPrinter::start(Script { answers: Some(answers), ..Script::well() });
        let mut counter = Counter::open(&shop, &printer, deadlines());
        counter.lamp(lamp);
        counter.sell();
        assert!(counter.notice().1.contains(said), "{:?}", counter.notice());
    }
}

#[test]
fn a_printer_that_reads_nothing_holds_nobody_up_and_is_told() {
    let shop = Shop::new();
    let printer = VirtualPrinter::start(Script { blocked: true, ..Script::silent() });
    let short = Deadlines { answer: Duration::from_millis(30), ..deadlines() };
    let mut counter = Counter::open(&shop, &printer, short);
    counter.lamp(Lamp::Unknown);
    assert_eq!(counter.sell().paper.state, PaperState::Unsure);
    let (kind, words) = counter.notice();
    assert_eq!(kind, NoticeKind::Attention);
    assert_eq!(
        words,
        "The printer does not say whether it printed the receipt of sale 1. The sale is recorded. \
         Look at the printer. If it is missing press Ctrl P for a copy."
    );
}

#[test]
fn garbage_instead_of_an_answer_changes_nothing() {
    let shop = Shop::new();
    let garbage = vec![0xFF, 0x00, 0x80, 0x93, b'?', 0x7F, 0xFE];
    let printer = VirtualPrinter::start(Script { garbage, ..Script::well() });
    let mut counter = Counter::open(&shop, &printer, deadlines());
    for _ in 0..3 {
        counter.sell();
    }
    let last = done(&counter.register);
    assert_eq!(last.number, 3, "the sales stand");
    assert_ne!(last.paper.state, PaperState::Printing);
}

#[test]
fn a_printer_that_is_not_there_is_told_and_found_when_it_comes() {
    let shop = Shop::new();
    let printer = VirtualPrinter::start(Script::well());
    // A port that nobody listens on: bound once and let go.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    let nobody = Target::Tcp(free.expect("a port").to_string());
    let mut counter = Counter::at(&shop, nobody, deadlines());
    counter.lamp(Lamp::Unreachable);
    assert_eq!(counter.sell().paper.state, PaperState::NotPrinted);
    let (_, words) = counter.notice();
    assert!(words.contains("the printer can't be reached (connection refused)"), "{words}");
    assert!(words.contains("The drawer did not open"), "{words}");
    assert!(words.contains("open it by its key"), "{words}");
    assert_eq!(printer.connections(), 0);
}

#[test]
fn a_cashier_copies_the_last_receipt_and_an_older_one_needs_a_lead() {
    let shop = Shop::new();
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(&shop, &printer, deadlines());
    counter.sell();
    counter.sell();
    printer.take_paper();
    let older = || Command::Reprint { which: Reprinted::Sale(SaleNo(1)) };
    let refused = counter.register.handle(older());
    assert!(matches!(refused, Answer::Refused(Refusal::NeedsApproval(..))), "{refused:?}");
    let (person, pin) = LEAD;
    let pin = tideover::register::command::Pin::new(pin);
    let approve = Command::Approve { person: person.to_owned(), pin };
    assert_eq!(counter.register.handle(approve), Answer::Done);
    let lines = texts(&printer.wait("a copy", whole));
    assert!(lines.iter().any(|line| line.trim() == "Sale 1"), "{lines:#?}");
    let unknown = Command::Reprint { which: Reprinted::Sale(SaleNo(77)) };
    let refused = counter.register.handle(unknown);
    assert_eq!(refused, Answer::Refused(Refusal::NoSuchSale("77".to_owned())));
    assert_eq!(shop.kinds().iter().filter(|kind| *kind == "reprint").count(), 1);
}

#[test]
fn a_copy_after_a_restart_is_the_same_receipt() {
    let shop = Shop::new();
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(&shop, &printer, deadlines());
    counter.sell();
    let original = texts(&printer.wait("a receipt", whole));
    counter.register.close().expect("closed");
    printer.take_paper();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let paper = {
        let target = Target::Tcp(printer.address.to_string());
        let profile = Profile { columns: Columns::C32, ..Profile::default() };
        let setup = Setup { target, profile, answers: true, deadlines: deadlines() };
        let printer = Box::new(ThreadPrinter::spawn(setup).expect("a printer"));
        RegisterPaper::new(printer, Lamp::Unknown, Columns::C32)
    };
    register.set_paper(paper);
    shop.clock.advance_ms(60_000);
    let reprint = Command::Reprint { which: Reprinted::Last };
    assert_eq!(register.handle(reprint), Answer::Done);
    let copy = texts(&printer.wait("a copy", whole));
    let marks = |line: &&String| !line.contains("COPY") && !line.contains("Printed again");
    let but_for_time = |line: &&String| !line.contains("14:01:00");
    let copied: Vec<&String> = copy.iter().filter(marks).filter(but_for_time).collect();
    assert_eq!(copied, original.iter().collect::<Vec<_>>());
}

#[test]
fn a_store_without_paper_sees_the_receipt_and_its_code_on_the_screen() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let none = Box::new(tideover::device::printer::NoPrinter);
    register.set_paper(RegisterPaper::new(none, Lamp::PaperFree, Columns::C42));
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    register.handle(Command::TakeCash { amount: None, confirmed: false });
    let done = done(&register);
    assert_eq!(done.paper.state, PaperState::OnScreen);
    let total = done.paper.lines.iter().find(|line| line.starts_with("TOTAL"));
    assert_eq!(total.map(String::as_str), Some("TOTAL                                $1.31"));
    assert_eq!(done.paper.codes.first().map(|code| code.side()), Some(29));
    assert!(done.paper.lines.iter().any(|line| line.trim() == done.proof));
}

#[test]
fn wrong_printer_settings_start_the_register_and_show_receipts_on_the_screen() {
    let shop = Shop::new();
    let data = shop.data();
    let mut settings = data.settings().expect("settings");
    for wrong in [
        serde_json::json!({"to": "lpt1"}),
        serde_json::json!({"to": "tcp 10.0.0.9:9100", "columns": 80}),
        serde_json::json!("tcp"),
        serde_json::json!({"to": "screen", "colour": "red"}),
    ] {
        settings.printer = Some(wrong);
        data.write_settings(&settings).expect("written");
        let mut register = shop.start();
        assert_eq!(register.view().status.printer, Lamp::WrongSettings);
        register.handle(Command::AcknowledgeRestart);
        drop(register);
    }
}

#[test]
fn a_drawer_that_stays_open_is_said_when_the_next_payment_begins() {
    let shop = Shop::new();
    // Bit 2 of the first answer is the drawer's switch: high is open here.
    let switch = |first: u8| Script { answers: Some([first, 0x12, 0x12, 0x12]), ..Script::well() };
    let printer = VirtualPrinter::start(switch(0x16));
    let mut counter = Counter::open(&shop, &printer, deadlines());
    let target = Target::Tcp(printer.address.to_string());
    let drawer = Some(Drawer { pin: DrawerPin::Pin2, realtime: false });
    let columns = Columns::C32;
    let profile = Profile { columns, drawer, open_level: Some(true), ..Profile::default() };
    let setup = Setup { target, profile, answers: true, deadlines: deadlines() };
    let mut paper = RegisterPaper::new(
        Box::new(ThreadPrinter::spawn(setup).expect("a printer")),
        Lamp::Unknown,
        columns,
    );
    paper.drawer = true;
    counter.register.set_paper(paper);
    let rung = Arc::clone(&counter.bell);
    counter.register.wake_on_printer(Box::new(move || {
        *rung.0.lock().expect("no poison") += 1;
        rung.1.notify_all();
    }));
    counter.sell();
    assert_eq!(scan(&mut counter.register, WATER), Answer::Done);
    assert_eq!(counter.register.handle(Command::BeginTender), Answer::Done);
    let (kind, words) = counter.notice();
    assert_eq!(
        (kind, words.as_str()),
        (NoticeKind::Attention, "The drawer is still open Close it first.")
    );
    // Shut again, nothing is said. The printer's own thread finds out by looking.
    printer.play(switch(0x12));
    let told = counter.register.view().notice.expect("a notice").number;
    counter.until("the drawer shut", |register| (!register.drawer_is_open()).then_some(()));
    assert_eq!(counter.register.handle(Command::LeaveTender), Answer::Done);
    assert_eq!(counter.register.handle(Command::BeginTender), Answer::Done);
    assert_eq!(counter.register.view().notice.expect("a notice").number, told, "no new words");
}
