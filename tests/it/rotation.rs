//! A register's key is changed for another one: by both keys' word, with nothing lost and nothing
//! twice, whatever is cut off on the way, and whoever has the old key.

mod asked;
mod cut_off;
mod noticed;
mod stolen;
pub(crate) mod store;

use std::sync::Arc;

use tideover::central::door::InProcess;
use tideover::central::serve::Central;
use tideover::device::entropy::SystemEntropy;
use tideover::device::key_store;
use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, SaleNo, StoreNo};
use tideover::domain::money::Money;
use tideover::journal::key::PublicKey;
use tideover::journal::verify::{Depth, Known};
use tideover::ledger::Reader;
use tideover::register::command::Command;
use tideover::register::register::{Answer, Register};
use tideover::register::rotating::{Changed, NotChanged, rotate};
use tideover::register::startup::World;
use tideover::register::view::Screen;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::http::HttpTransport;
use tideover::sync::link::LinkState;
use tideover::sync::wire::rotation::ROTATION_PATH;

use crate::central::central_at;
use crate::check::carried::hand_over;
use crate::printer::witness::{enrolled, sold};
use crate::program::ask;
use crate::register::{CASHIER, Shop, WATER, cash, done, scan, sign_in};

const STORE: StoreNo = StoreNo(1042);

pub(crate) fn world(shop: &Shop) -> World {
    World {
        clock: Arc::new(shop.clock.clone()),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    }
}

fn line(central: &Central) -> HttpTransport {
    HttpTransport::new(&central.url(), None, false).expect("a line")
}

fn key(shop: &Shop) -> PublicKey {
    key_store::load(&shop.data().key_path()).expect("read").expect("a key").public()
}

fn changed(shop: &Shop, line: &mut dyn Transport) -> Result<Changed, NotChanged> {
    rotate(&shop.data(), &world(shop), line, "a year has gone by", &|_| ())
}

/// Sells a bottle of water for cash; the number on its receipt.
fn sells(register: &mut Register) -> SaleNo {
    assert_eq!(scan(register, WATER), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    assert_eq!(register.handle(cash(500, false)), Answer::Done);
    assert_eq!(done(register).change.minor(), 370);
    assert_eq!(register.handle(Command::NextCustomer), Answer::Done);
    register.ledger().state().last_sale_no
}

fn closes(mut register: Register) {
    let shift = register.ledger().state().open_shift.clone().expect("a shift");
    let cash = shift.drawer.expected_cash().expect("fits");
    assert_eq!(register.handle(Command::close_shift(cash, Money::ZERO)), Answer::Done);
    register.close().expect("closed");
}

/// A shift of so many sales, from its opening to its end.
fn shift(shop: &Shop, sales: u64) -> SaleNo {
    let mut register = shop.open(CASHIER);
    let mut last = SaleNo(0);
    for _ in 0..sales {
        last = sells(&mut register);
    }
    closes(register);
    last
}

/// Whatever the start has to say is read, and a shift is opened.
fn opens_shift(register: &mut Register) {
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(register, CASHIER), Answer::Done);
    let float = Money::from_minor(15_000);
    assert_eq!(register.handle(Command::OpenShift { float }), Answer::Done);
}

/// What was left open by a program that ended.
fn ends_shift(shop: &Shop) {
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    closes(register);
}

/// Every journal of a register, by its own lines alone.
fn whole(shop: &Shop) -> Vec<Vec<Event>> {
    let data = shop.data();
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("open");
    let mut journals = Vec::new();
    for journal in reader.journals().expect("journals") {
        let report = reader.verify(&journal, Depth::Full, Known::default(), &mut |_| ());
        assert_eq!(report.expect("read").findings, []);
        let from = tideover::domain::ids::Seq(0);
        let lines = reader.lines(&journal, from, 10_000, usize::MAX).expect("lines");
        let event = |line: &tideover::journal::record::Line| {
            let envelope = tideover::journal::record::Envelope::read(line.bytes());
            envelope.expect("a record").event().expect("known")
        };
        journals.push(lines.iter().map(event).collect());
    }
    journals
}

/// Central has all of it, and nothing of it is odd.
fn all_once(central: &Central, shop: &Shop, sales: u64) {
    let report = hand_over(&shop.data(), 7, &mut InProcess(central.door()));
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    central.settle();
    assert_eq!(central.totals(STORE, Some(RegisterNo(7))).expect("totals").sales, sales);
    let apart = central.door().totals(STORE, None, true).expect("totals");
    assert_eq!(apart.sales, 0, "nothing stands apart");
    let found = central.door().exceptions(None).expect("read").into_iter();
    // This central was given no packs to compare with, and its clock stands an hour earlier.
    let told = ["unknown_pack", "clock_skew"];
    let odd: Vec<_> = found.filter(|one| !told.contains(&one.code.as_str())).collect();
    assert_eq!(odd, []);
}

#[test]
fn between_sales_a_key_is_changed_and_papers_of_both_are_good_and_all_is_at_central_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (shop, taker) = (Shop::new(), Shop::new());
    enrolled(&shop, &central, 7);
    enrolled(&taker, &central, 8);
    let old_paper = sold(&shop, &[WATER]).remove(0);
    let refused = changed(&shop, &mut line(&central)).expect_err("the drawer is not counted");
    assert!(refused.to_string().contains("shift 1 is open"), "{refused}");
    ends_shift(&shop);
    let (old, certificate) = (key(&shop), shop.data().certificate());
    let recovery = std::fs::read(shop.data().recovery_key_path()).ok();

    let change = changed(&shop, &mut line(&central)).expect("changed");
    let new = key(&shop);
    assert_eq!((change.old, change.new), (Some(old.fingerprint()), new.fingerprint()));
    assert_eq!((change.sent.link, change.sent.pending), (LinkState::UpToDate, 0));
    assert_ne!(shop.data().certificate(), certificate, "central's word for the new key");
    assert_ne!(std::fs::read(shop.data().recovery_key_path()).ok(), recovery);
    assert!(!shop.data().rotation_path().exists());

    let new_paper = sold(&shop, &[WATER]).remove(0);
    ends_shift(&shop);
    all_once(&central, &shop, 2);
    // Both journals say it, each under its own key.
    let journals = whole(&shop);
    let Some(Event::KeyRotated(end)) = journals[1].last() else { panic!("{:?}", journals[1]) };
    assert_eq!((&end.public_key, end.reason.as_str()), (new.bytes(), "a year has gone by"));
    let Event::EpochOpen(open) = &journals[0][0] else { panic!("{:?}", journals[0]) };
    let follows = open.follows.as_ref().expect("the old journal");
    assert_eq!((&open.public_key, follows.last_sale), (new.bytes(), Some(SaleNo(1))));
    assert_eq!(follows.next_seq.0, u64::try_from(journals[1].len()).expect("small"));
    let numbers: Vec<u64> =
        journals[0].iter().filter_map(Event::sale).map(|sale| sale.number.0).collect();
    assert_eq!(numbers, [2], "receipts count on");

    let mut register = taker.open(CASHIER);
    for paper in [&old_paper, &new_paper] {
        assert_eq!(scan(&mut register, paper), Answer::Done, "{paper}");
        assert_eq!(register.handle(Command::LeaveReceipt), Answer::Done);
    }
    register.close().expect("closed");
    // At its own register the number alone is enough, also of what the old key signed.
    let mut register = shop.open(CASHIER);
    for number in ["1", "2", "7-1"] {
        let find = Command::FindReceipt { number: number.to_owned() };
        assert_eq!(register.handle(find), Answer::Done, "{number}");
        let Screen::Receipt(receipt) = register.view().screen else { panic!("{number}") };
        assert_eq!(receipt.lines.len(), 1, "{number}");
        assert_eq!(register.handle(Command::LeaveReceipt), Answer::Done);
    }
    closes(register);
    // A key is changed as often as somebody likes.
    let again = changed(&shop, &mut line(&central)).expect("changed");
    assert_eq!(again.old, Some(new.fingerprint()));
    assert_eq!(shift(&shop, 2), SaleNo(4));
    all_once(&central, &shop, 4);
    let rows = central.door().journals().expect("read");
    let of_seven = rows.iter().filter(|row| row.journal.register == RegisterNo(7));
    let ends: Vec<bool> = of_seven
        .map(|row| row.trust.is_some_and(|one| one.rotated && one.length == row.position.next_seq))
        .collect();
    assert_eq!(ends, [true, true, false], "each ended where it stands");
}

/// Central as it was before it knew of this.
struct Older(InProcess);

impl Transport for Older {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if request.path() == ROTATION_PATH {
            return Ok(Response { status: 404, body: Vec::new() });
        }
        self.0.send(request)
    }
}

/// Nobody answers.
struct Away;

impl Transport for Away {
    fn send(&mut self, _: &Request) -> Result<Response, NoAnswer> {
        Err(NoAnswer { text: "the line is dead".to_owned() })
    }
}

#[test]
fn what_is_open_or_missing_is_said_and_the_key_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    let says = |line: &mut dyn Transport, words: &str| {
        let refused = changed(&shop, line).expect_err("it is refused").to_string();
        assert!(refused.contains(words), "{words}: {refused}");
    };
    shop.start().close().expect("closed");
    says(&mut Away, "not enrolled at a central");
    enrolled(&shop, &central, 7);
    let before = key(&shop);
    says(&mut Away, "the line is dead");
    says(&mut Older(InProcess(central.door())), "runs a version that can't change keys");
    central.door().set_hold(Some("an audit".to_owned())).expect("held");
    says(&mut line(&central), "an audit");
    central.door().set_hold(None).expect("lifted");

    let mut register = shop.open(CASHIER);
    says(&mut line(&central), "Tideover is running on this register");
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    drop(register);
    says(&mut line(&central), "a sale is open on this register");
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    assert_eq!(register.handle(cash(500, false)), Answer::Done);
    register.close().expect("closed");
    says(&mut line(&central), "shift 1 is open");
    ends_shift(&shop);
    assert_eq!(key(&shop), before);
    // Another register's folder, as somebody names it by mistake.
    let training = shop.data().training(&shop.data().settings().expect("settings"));
    let refused = rotate(&training.expect("made"), &world(&shop), &mut Away, "why", &|_| ());
    let refused = refused.expect_err("it is refused").to_string();
    assert!(refused.contains("a register to learn on"), "{refused}");
    changed(&shop, &mut line(&central)).expect("nothing is open any more");
    assert_ne!(key(&shop), before);
    all_once(&central, &shop, 1);
}

#[test]
fn an_older_copy_of_the_keys_file_signs_nothing_and_sales_count_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled(&shop, &central, 7);
    shift(&shop, 1);
    let copy = std::fs::read(shop.data().key_path()).expect("a key");
    changed(&shop, &mut line(&central)).expect("changed");
    let newer = std::fs::read(shop.data().key_path()).expect("a key");
    std::fs::write(shop.data().key_path(), &copy).expect("put back");
    let refused = changed(&shop, &mut line(&central)).expect_err("refused").to_string();
    assert!(refused.contains("was changed for another one before"), "{refused}");
    for _ in 0..2 {
        let mut register = shop.start();
        let said = format!("{:?}", register.view());
        assert!(said.contains("the key at hand was changed for another one"), "{said}");
        opens_shift(&mut register);
        sells(&mut register);
        closes(register);
    }
    assert_eq!(whole_unsigned(&shop), 2, "both sales are there, unsigned");
    assert!(doctor_of_key(&shop).starts_with("The key at hand was changed for another one"));
    std::fs::write(shop.data().key_path(), newer).expect("put back");
    assert_eq!(shift(&shop, 1), SaleNo(4));
    let report = hand_over(&shop.data(), 7, &mut InProcess(central.door()));
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    central.settle();
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 4);
    let found = central.door().exceptions(None).expect("read");
    let codes: std::collections::BTreeSet<&str> =
        found.iter().map(|one| one.code.as_str()).filter(|code| *code != "unknown_pack").collect();
    assert!(codes.contains("unsigned") && !codes.contains("after_rotation"), "{codes:?}");
}

/// What the doctor says of a register's key.
fn doctor_of_key(shop: &Shop) -> String {
    let (_, answer) = ask(&["doctor", "--data", &shop.data().0.display().to_string()]);
    let all = answer["findings"].as_array().expect("findings");
    let of_key = all.iter().find(|one| one["topic"] == "key").expect("looked at");
    assert_eq!(of_key["verdict"], "wrong", "{of_key}");
    of_key["found"].as_str().expect("words").to_owned()
}

fn whole_unsigned(shop: &Shop) -> usize {
    let data = shop.data();
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("open");
    let journal = reader.journals().expect("journals").remove(0);
    let from = tideover::domain::ids::Seq(0);
    let lines = reader.lines(&journal, from, 10_000, usize::MAX).expect("lines");
    let unsigned = |line: &&tideover::journal::record::Line| {
        let envelope = tideover::journal::record::Envelope::read(line.bytes()).expect("a record");
        envelope.signature.is_none() && envelope.kind == "sale"
    };
    lines.iter().filter(unsigned).count()
}
