//! A register from sign-in to the blind count, driven by commands and seen through its view.

use std::path::Path;
use std::sync::Arc;

use tideover::device::clock::{Clock as _, SimulatedClock};
use tideover::device::entropy::{SeededEntropy, SystemEntropy};
use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::ids::{PackVersion, Seq, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::refusal::Refusal;
use tideover::domain::time::Timestamp;
use tideover::journal::record::Envelope;
use tideover::ledger::{Mark, Reader};
use tideover::pack::{
    BuildKeys, BuildOrder, PackSigner, PinCost, Shelf, Source, build_with, sample_store,
};
use tideover::register::command::{Command, Pin};
use tideover::register::register::{Answer, Register};
use tideover::register::settings::{DataDir, Settings};
use tideover::register::startup::{self, World};
use tideover::register::view::{Done, Screen, Sell};

pub(crate) const CASHIER: (&str, &str) = ("31", "480273");
pub(crate) const LEAD: (&str, &str) = ("41", "702946");
pub(crate) const MANAGER: (&str, &str) = ("51", "958316");
/// Spring water of the sample store: 1.29, taxed as food at 1.5 %.
pub(crate) const WATER: &str = "401100370077";

/// A store with one register, on a clock that stands on a Sunday afternoon.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    pub(crate) clock: SimulatedClock,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::of(&sample_store())
    }

    /// The same, selling from these tables.
    pub(crate) fn of(source: &Source<'_>) -> Self {
        Self::of_with(source, BuildKeys::default())
    }

    /// The same, with the keys that the pack is built with.
    pub(crate) fn of_with(source: &Source<'_>, keys: BuildKeys<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let start = Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time");
        let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
        let pack = folder.path().join("market.pack");
        let order = BuildOrder {
            source,
            out: &pack,
            signer: &signer,
            version: &PackVersion::parse("20261122-1").expect("a version"),
            published_at: start,
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        };
        build_with(&order, keys, &|_| ()).expect("built");
        let shop = Self { folder, clock: SimulatedClock::at(start) };
        let data = shop.data();
        let settings = Settings {
            store: 1042,
            register: 7,
            pack_key: signer.public().to_string(),
            time_zone: None,
            central: None,
            tape_dir: None,
            anchor_dir: None,
            receipts: Some(shop.folder.path().join("receipts.txt")),
            printer: None,
            peers: None,
            training: false,
        };
        data.write_settings(&settings).expect("written");
        let shelf = Shelf::open(&data.packs_dir()).expect("a shelf");
        shelf.apply(&pack, &signer.public(), StoreNo(1042)).expect("applied");
        shop
    }

    pub(crate) fn data(&self) -> DataDir {
        DataDir(self.folder.path().join("register"))
    }

    pub(crate) fn start(&self) -> Register {
        self.start_in(&self.data())
    }

    pub(crate) fn start_in(&self, data: &DataDir) -> Register {
        let world = World {
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(SystemEntropy),
            faults: None,
            machine: Default::default(),
        };
        startup::open(data, &world).expect("started")
    }

    /// The same register's side for learning.
    pub(crate) fn learner(&self) -> Register {
        let settings = self.data().settings().expect("settings");
        self.start_in(&self.data().training(&settings).expect("a folder"))
    }

    /// A register with an open shift.
    pub(crate) fn open(&self, who: (&str, &str)) -> Register {
        let mut register = self.start();
        assert_eq!(sign_in(&mut register, who), Answer::Done);
        let float = Money::from_minor(15_000);
        assert_eq!(register.handle(Command::OpenShift { float }), Answer::Done);
        register
    }

    pub(crate) fn receipts(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("receipts.txt")).unwrap_or_default()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.events().iter().map(|event| event.kind().to_owned()).collect()
    }

    /// All that stands in the journal.
    pub(crate) fn events(&self) -> Vec<Event> {
        let data = self.data();
        let place = data.place(&data.settings().expect("settings"));
        let reader = Reader::open(&place).expect("a reader");
        let journal = reader.journals().expect("journals").remove(0);
        let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
        lines
            .iter()
            .map(|line| Envelope::read(line.bytes()).expect("a record").event().expect("known"))
            .collect()
    }
}

pub(crate) fn sign_in(register: &mut Register, (person, pin): (&str, &str)) -> Answer {
    register.handle(Command::SignIn { person: person.to_owned(), pin: Pin::new(pin) })
}

pub(crate) fn scan(register: &mut Register, code: &str) -> Answer {
    register.handle(Command::Scan { code: code.to_owned() })
}

pub(crate) fn enter(register: &mut Register, text: &str) -> Answer {
    register.handle(Command::Enter { text: text.to_owned() })
}

pub(crate) fn cash(minor: i64, confirmed: bool) -> Command {
    Command::TakeCash { amount: Some(Money::from_minor(minor)), confirmed }
}

pub(crate) fn sell(register: &Register) -> Sell {
    match register.view().screen {
        Screen::Sell(sell) => sell,
        other => panic!("not selling: {other:?}"),
    }
}

pub(crate) fn done(register: &Register) -> Done {
    match register.view().screen {
        Screen::Done(done) => done,
        other => panic!("not paid: {other:?}"),
    }
}

#[test]
fn three_bottles_and_bananas_are_paid_in_cash_and_the_change_is_told() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, &format!("3*{WATER}")), Answer::Done);
    assert_eq!(enter(&mut register, "0.65*4011"), Answer::Done);
    // 3.87 and 0.38 (0.3835 rounded once) are 4.25; 1.5 % of it is 0.06; cash is rounded to 4.30.
    assert_eq!(sell(&register).total, Money::from_minor(431));
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    assert_eq!(register.handle(cash(500, false)), Answer::Done);
    let done = done(&register);
    assert_eq!((done.rounding.minor(), done.change.minor()), (-1, 70));
    assert!(shop.receipts().contains(&done.proof), "the receipt carries the record's proof");
    // The next scan begins the next sale.
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 1);
}

#[test]
fn what_a_register_refuses_changes_nothing() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let mut refused = |command| match register.handle(command) {
        Answer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    let code = |code: &str| Command::Scan { code: code.to_owned() };
    assert_eq!(refused(code("401100370078")), Refusal::WrongCheckDigit("401100370078".to_owned()));
    assert!(matches!(refused(code("40\u{1b}p0")), Refusal::Unread(_)));
    assert_eq!(refused(Command::BeginTender), Refusal::NothingToPay);
    assert_eq!(refused(cash(100, false)), Refusal::NoPayment);
    assert_eq!(refused(Command::VoidLine { place: 0 }), Refusal::NoSuchLine);
    let outage =
        Command::DeclareOutage { systems: Vec::new(), cause: String::new(), ticket: String::new() };
    assert_eq!(refused(outage), Refusal::NeedsLead);
    assert!(sell(&register).lines.is_empty());
    assert_eq!(shop.kinds(), ["epoch_open", "pack_applied", "sign_in", "shift_open"]);
}

#[test]
fn a_mistyped_fortune_is_asked_about_and_taken_only_when_confirmed() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    let fortune = Money::from_minor(505_002);
    let asked = Answer::Refused(Refusal::TenderDoubtful(fortune));
    assert_eq!(register.handle(cash(505_002, false)), asked);
    // A confirmation of another amount is a new question.
    let other = Answer::Refused(Refusal::TenderDoubtful(Money::from_minor(505_003)));
    assert_eq!(register.handle(cash(505_003, true)), other);
    assert_eq!(register.handle(cash(505_003, true)), Answer::Done);
    assert_eq!(done(&register).change, Money::from_minor(505_003 - 130));
}

#[test]
fn a_check_above_the_limit_needs_a_lead() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, &format!("200*{WATER}")), Answer::Done);
    register.handle(Command::BeginTender);
    let check = || Command::TakeCheck { amount: None, number: "1207".to_owned() };
    let limit = Money::from_minor(20_000);
    assert_eq!(register.handle(check()), Answer::Refused(Refusal::CheckAboveLimit(limit)));
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    let numberless = Command::TakeCheck { amount: None, number: "12 07".to_owned() };
    assert_eq!(register.handle(numberless), Answer::Refused(Refusal::NotACheckNumber));
    assert_eq!(register.handle(check()), Answer::Done);
    assert_eq!(done(&register).rounding, Money::ZERO, "a check is not rounded");
}

#[test]
fn wrong_pins_wait_and_setting_the_clock_gains_nothing() {
    let shop = Shop::new();
    let mut register = shop.start();
    for _ in 0..3 {
        let wrong = sign_in(&mut register, (CASHIER.0, "111222"));
        assert_eq!(wrong, Answer::Refused(Refusal::WrongPin));
    }
    assert_eq!(sign_in(&mut register, ("31", "111222")), Answer::Refused(Refusal::WrongPin));
    shop.clock.jump_ms(86_400_000);
    let locked = sign_in(&mut register, CASHIER);
    assert_eq!(locked, Answer::Refused(Refusal::LockedOut(5)));
    let nobody = sign_in(&mut register, ("77", "111222"));
    assert_eq!(nobody, Answer::Refused(Refusal::WrongPin), "nobody learns who exists");
    shop.clock.advance_ms(5_000);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
}

#[test]
fn pulling_the_plug_forgives_no_wrong_pin() {
    let shop = Shop::new();
    let mut register = shop.start();
    for _ in 0..5 {
        shop.clock.advance_ms(60_000);
        assert_eq!(sign_in(&mut register, ("31", "111222")), Answer::Refused(Refusal::WrongPin));
    }
    drop(register); // The plug, in the midst of a wait.

    let mut register = shop.start();
    shop.clock.jump_ms(86_400_000);
    let locked = sign_in(&mut register, CASHIER);
    assert_eq!(locked, Answer::Refused(Refusal::LockedOut(15)), "the wait begins again, whole");
    drop(register);

    let mut register = shop.start();
    shop.clock.advance_ms(15_000);
    assert_eq!(sign_in(&mut register, ("31", "111222")), Answer::Refused(Refusal::WrongPin));
    let more = sign_in(&mut register, CASHIER);
    assert_eq!(more, Answer::Refused(Refusal::LockedOut(30)), "it was the sixth");
    drop(register);

    let mut register = shop.start();
    shop.clock.advance_ms(30_000);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    drop(register);
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, ("31", "111222")), Answer::Refused(Refusal::WrongPin));
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done, "a right one ended the count");
}

#[test]
fn a_basket_survives_the_plug_and_a_paid_sale_is_said_to_be_paid() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    register.handle(Command::TakeCash { amount: None, confirmed: false });
    scan(&mut register, WATER);
    enter(&mut register, "2*4011");
    drop(register); // The plug: nothing is closed.

    let mut register = shop.start();
    let Screen::Restart(restart) = register.view().screen else { panic!("no restart screen") };
    let last = restart.last_sale.expect("the last sale");
    assert_eq!((last.number, last.total), (1, Money::from_minor(130)));
    assert_eq!(restart.open_basket_total, Some(Money::from_minor(251)));
    assert_eq!(scan(&mut register, WATER), Answer::Refused(Refusal::AnswerFirst));
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 2, "the shift is open and the basket is back");
    register.close().expect("closed");

    let register = shop.start();
    assert!(matches!(register.view().screen, Screen::SignIn(_)), "a good end asks nothing");
}

#[test]
fn without_its_ledger_a_register_shows_no_paid() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    let ledger = shop.data().0.join("ledger");
    delete_database(&ledger);
    let exact = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(exact), Answer::Stopped);
    let Screen::Stopped(stopped) = register.view().screen else { panic!("not stopped") };
    assert!(stopped.remedy.to_string().contains("paper slip"), "{}", stopped.remedy);
    assert_eq!(shop.receipts(), "", "no receipt without a record");
    drop(register);

    let mut register = shop.start();
    let Screen::Restart(restart) = register.view().screen else { panic!("no restart screen") };
    assert!(!restart.findings.is_empty(), "it is said that the tape gave the records back");
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 1, "the unpaid basket is still there");
}

fn delete_database(ledger: &Path) {
    for entry in std::fs::read_dir(ledger).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ledger.db")) {
            std::fs::remove_file(path).expect("deleted");
        }
    }
}

#[test]
fn a_clock_that_jumps_is_noted_and_stops_nothing() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    shop.clock.jump_ms(-7_200_000);
    register.handle(Command::TakeCash { amount: None, confirmed: false });
    assert_eq!(done(&register).number, 1);
    assert_eq!(shop.kinds().split_off(4), ["clock_event", "sale"]);
    let event = Event::ClockEvent { jumped_ms: -7_200_000 };
    assert_eq!(event.kind(), "clock_event");
    assert!(shop.clock.now().to_string().starts_with("2026-11-22T12:00"));
}

#[test]
fn a_shift_ends_with_a_blind_count_and_the_drawer_is_its_cashiers() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    scan(&mut register, WATER);
    let (cash, checks) = (Money::from_minor(15_100), Money::ZERO);
    let close = || Command::close_shift(cash, checks);
    assert_eq!(register.handle(close()), Answer::Refused(Refusal::SaleOpen));
    register.handle(Command::BeginTender);
    register.handle(Command::TakeCash { amount: None, confirmed: false });
    let theirs = Answer::Refused(Refusal::DrawerOfAnother("41".to_owned()));
    register.handle(Command::SignOut);
    assert_eq!(sign_in(&mut register, CASHIER), theirs);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert_eq!(register.handle(close()), Answer::Done);
    let Screen::ShiftClosed(closed) = register.view().screen else { panic!("not closed") };
    assert_eq!(closed.expected_cash, Money::from_minor(15_130));
    assert_eq!(closed.over_short, Money::from_minor(-30));
}

#[test]
fn a_register_that_locks_itself_drops_the_question_that_is_open_and_keeps_the_payment() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, &format!("500*{WATER}")), Answer::Done);
    register.handle(Command::BeginTender);
    let exact = || Command::TakeCash { amount: None, confirmed: false };
    let asked = Answer::Refused(Refusal::NeedsApproval(Act::CashAboveLimit, Role::Lead));
    assert_eq!(register.handle(exact()), asked);
    assert_eq!(register.handle(Command::SignOut), Answer::Refused(Refusal::AnswerFirst));
    // A lead was fetched, and nobody is there.
    assert_eq!(register.handle(Command::Lock), Answer::Done);
    let view = register.view();
    assert!(matches!(view.screen, Screen::SignIn(_)), "{:?}", view.screen);
    assert_eq!((view.ask, view.status.person), (None, None));
    assert_eq!(register.handle(Command::Decline), Answer::Done, "Esc opens nothing");
    assert!(matches!(register.view().screen, Screen::SignIn(_)));
    let sign = || Command::Approve { person: LEAD.0.to_owned(), pin: Pin::new(LEAD.1) };
    assert_eq!(register.handle(sign()), Answer::Refused(Refusal::NothingToApprove));
    assert_eq!(register.handle(Command::Lock), Answer::Refused(Refusal::NotSignedIn));

    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert!(matches!(register.view().screen, Screen::Tender(_)), "the payment waits for her");
    assert_eq!(register.handle(exact()), asked, "and is asked about anew");
    assert_eq!(register.handle(sign()), Answer::Done);
    assert_eq!(done(&register).number, 1);
}

#[test]
fn what_a_count_came_to_is_read_before_a_journal_that_was_put_back_is_given_up() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    scan(&mut register, WATER);
    let chain = register.ledger().chain();
    let next_seq = Seq(chain.next_seq.0 + 5);
    register.shown_elsewhere(&Mark { journal: chain.journal, next_seq, head: chain.head });
    assert!(!register.begins_anew(), "a sale is open");
    register.handle(Command::BeginTender);
    register.handle(Command::TakeCash { amount: None, confirmed: false });
    let count = Command::close_shift(Money::from_minor(15_100), Money::ZERO);
    assert_eq!(register.handle(count), Answer::Done);
    let Screen::ShiftClosed(closed) = register.view().screen else { panic!("not closed") };
    assert_eq!(closed.over_short, Money::from_minor(-30));
    assert!(!register.begins_anew(), "the difference is on the screen");
    assert_eq!(register.handle(Command::SignOut), Answer::Done);
    assert!(register.begins_anew(), "it was read and left");
}
