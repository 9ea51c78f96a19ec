//! A receipt that proves itself: printed by one register, taken back by another one, offline.

use std::path::Path;

use tideover::central::serve::Central;
use tideover::device::entropy::SystemEntropy;
use tideover::device::key_store;
use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::quantity::Quantity;
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{PaperFault, Reason};
use tideover::register::command::{Command, Pin};
use tideover::register::register::{Answer, Register};
use tideover::register::settings::Central as Line;
use tideover::register::view::{ReceiptView, Screen};
use tideover::sync::enroll::enroll;
use tideover::sync::http::HttpTransport;

use super::paper::Print;
use super::stories::{Counter, deadlines, whole};
use super::virtual_printer::{Script, VirtualPrinter};
use crate::central::central_at;
use crate::check::carried::hand_over;
use crate::register::{CASHIER, LEAD, Shop, WATER, done, enter, scan, sign_in};

/// Makes the shop's machine this register, known to central.
pub(crate) fn enrolled(shop: &Shop, central: &Central, register: u16) {
    let data = shop.data();
    let key = key_store::load_or_create(&data.key_path(), &SystemEntropy).expect("a key");
    let code = central.door().enroll_code(StoreNo(1042), RegisterNo(register)).expect("a code");
    let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
    let given = enroll(&mut line, &central.url(), None, &code, &key).expect("enrolled");
    let mut settings = data.settings().expect("settings");
    settings.register = register;
    settings.central = Some(Line {
        url: given.central,
        ack_key: given.central_key,
        certificate: None,
        receipt_word: given.receipt_word,
    });
    data.write_settings(&settings).expect("written");
}

/// Sells through a real printer; the codes on the paper.
pub(crate) fn sold(shop: &Shop, entries: &[&str]) -> Vec<String> {
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(shop, &printer, deadlines());
    for entry in entries {
        assert_eq!(enter(&mut counter.register, entry), Answer::Done);
    }
    assert_eq!(counter.register.handle(Command::BeginTender), Answer::Done);
    let exact = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(counter.register.handle(exact), Answer::Done);
    let prints = printer.wait("a receipt", whole);
    counter.register.close().expect("closed");
    let code = |print: &Print| match print {
        Print::Qr(code) => Some(code.clone()),
        _ => None,
    };
    prints.iter().filter_map(code).collect()
}

fn receipt(register: &Register) -> ReceiptView {
    match register.view().screen {
        Screen::Receipt(receipt) => receipt,
        other => panic!("no receipt: {other:?}"),
    }
}

fn back(place: u16, pieces: &str) -> Command {
    let quantity = Quantity::parse(pieces).expect("a quantity");
    Command::ReturnItem { place, quantity, reason: Reason::Customer }
}

fn refused(fault: PaperFault) -> Answer {
    Answer::Refused(Refusal::Paper(fault))
}

#[test]
fn another_registers_sale_comes_back_by_its_paper_alone_and_only_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (seller, taker) = (Shop::new(), Shop::new());
    enrolled(&seller, &central, 7);
    enrolled(&taker, &central, 8);
    let codes = sold(&seller, &[&format!("3*{WATER}"), "0.65*4011"]);
    assert_eq!(codes.len(), 1);
    let code = &codes[0];
    assert!(code.starts_with("TDO2:") && code.len() < 700, "{}: {code}", code.len());

    let mut register = taker.open(CASHIER);
    assert_eq!(scan(&mut register, code), Answer::Done);
    let shown = receipt(&register);
    assert_eq!((shown.number, shown.paper, shown.voidable), (1, Some((1042, 7, (1, 1))), false));
    assert_eq!(shown.lines[0].sold, Quantity::parse("3").expect("three"));
    assert!(shown.lines[0].name.contains("ater"), "named by this store's pack: {shown:?}");
    let void = Command::VoidSale { reason: Reason::Mistake };
    assert_eq!(register.handle(void), refused(PaperFault::OtherRegister));
    assert_eq!(register.handle(back(0, "2")), Answer::Done);
    assert_eq!(register.handle(back(0, "2")), Answer::Refused(Refusal::MoreThanSold));
    assert_eq!(register.handle(Command::LeaveReceipt), Answer::Done);
    // The same person rang it up over there: nobody pays their own sale back alone.
    let asked = Refusal::NeedsApproval(Act::Refund, Role::Lead);
    assert_eq!(register.handle(Command::BeginTender), Answer::Refused(asked));
    let (person, pin) = (LEAD.0.to_owned(), Pin::new(LEAD.1));
    assert_eq!(register.handle(Command::Approve { person, pin }), Answer::Done);
    let nothing = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(nothing), Answer::Done);
    assert_eq!(done(&register).change, Money::from_minor(260), "two at 1.29 and 1.5 %");
    let events = taker.events();
    let Some(Event::Refund(refund)) = events.last() else { panic!("{events:?}") };
    let link = refund.terms.link.as_ref().expect("linked");
    let paper = link.paper.as_ref().expect("by its paper");
    assert_eq!((paper.store, paper.register), (StoreNo(1042), RegisterNo(7)));
    assert_eq!(paper.seller.as_ref().map(|who| who.as_str()), Some(CASHIER.0));

    // After a restart the same paper gives back only what is left.
    register.close().expect("closed");
    let mut register = taker.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(scan(&mut register, code), Answer::Done);
    assert_eq!(receipt(&register).lines[0].came_back, Quantity::parse("2").expect("two"));
    assert_eq!(register.handle(back(0, "2")), Answer::Refused(Refusal::MoreThanSold));
    assert_eq!(register.handle(back(0, "1")), Answer::Done);
}

#[test]
fn a_paper_that_was_changed_is_refused_in_words_and_its_own_register_knows_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (seller, taker) = (Shop::new(), Shop::new());
    enrolled(&seller, &central, 7);
    enrolled(&taker, &central, 8);
    let code = sold(&seller, &[WATER]).remove(0);
    let mut register = taker.open(CASHIER);
    // One character of the signature is another one.
    let place = code.len() - 40;
    let other = if &code[place..=place] == "B" { "C" } else { "B" };
    let changed = format!("{}{other}{}", &code[..place], &code[place + 1..]);
    assert_eq!(scan(&mut register, &changed), refused(PaperFault::Altered));
    let words = register.view().notice.expect("words");
    assert!(words.remedy.to_string().contains("manager"), "{words:?}");
    let torn = &code[..code.len() - 40];
    assert_eq!(scan(&mut register, torn), refused(PaperFault::NotWhole));
    // The register that printed it looks at its own record.
    let mut own = seller.start();
    assert_eq!(sign_in(&mut own, CASHIER), Answer::Done);
    assert_eq!(scan(&mut own, &code), Answer::Done);
    assert_eq!((receipt(&own).paper, receipt(&own).voidable), (None, true));
}

#[test]
fn a_register_without_central_names_its_record_and_others_are_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (alone, taker, third) = (Shop::new(), Shop::new(), Shop::new());
    enrolled(&taker, &central, 8);
    enrolled(&third, &central, 9);
    let code = sold(&alone, &[WATER]).remove(0);
    assert!(code.starts_with("TDO1:1042:7:"), "{code}");
    let mut register = taker.open(CASHIER);
    let names = PaperFault::NamesOnly(StoreNo(1042), RegisterNo(7));
    assert_eq!(scan(&mut register, &code), refused(names));
    // And one that trusts nobody believes nobody.
    let signed = sold(&third, &[WATER]).remove(0);
    let mut alone = alone.start();
    assert_eq!(sign_in(&mut alone, CASHIER), Answer::Done);
    assert_eq!(scan(&mut alone, &signed), refused(PaperFault::NotEnrolled));
}

#[test]
fn a_paper_says_that_a_check_paid_and_the_cash_is_held_back_elsewhere_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (seller, taker) = (Shop::new(), Shop::new());
    enrolled(&seller, &central, 7);
    enrolled(&taker, &central, 8);
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(&seller, &printer, deadlines());
    assert_eq!(enter(&mut counter.register, WATER), Answer::Done);
    assert_eq!(counter.register.handle(Command::BeginTender), Answer::Done);
    let check = Command::TakeCheck { amount: None, number: "1207".to_owned() };
    assert_eq!(counter.register.handle(check), Answer::Done);
    let prints = printer.wait("a receipt", whole);
    counter.register.close().expect("closed");
    let code = prints.iter().find_map(|print| match print {
        Print::Qr(code) => Some(code.clone()),
        _ => None,
    });
    let code = code.expect("a code");
    let mut register = taker.open(LEAD);
    assert_eq!(scan(&mut register, &code), Answer::Done);
    let taken = receipt(&register).taken;
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].0.to_string(), taken[0].1), ("Check".to_owned(), Money::from_minor(131)));
    assert_eq!(register.handle(back(0, "1")), Answer::Done);
    assert_eq!(register.handle(Command::LeaveReceipt), Answer::Done);
    let asked = Refusal::NeedsApproval(Act::RefundOfCheck, Role::Manager);
    assert_eq!(register.handle(Command::BeginTender), Answer::Refused(asked));
    let about = register.view().about.to_string();
    assert!(about.contains("Paid by check on 2026-11-22"), "{about}");
}

/// Takes one piece of the first line back at a register where nobody knows of another return.
fn taken_back(shop: &Shop, code: &str) {
    let mut register = shop.open(LEAD);
    assert_eq!(scan(&mut register, code), Answer::Done);
    assert_eq!(register.handle(back(0, "1")), Answer::Done);
    assert_eq!(register.handle(Command::LeaveReceipt), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    let nothing = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(nothing), Answer::Done);
    register.close().expect("closed");
}

#[test]
fn the_same_paper_used_at_two_registers_is_an_exception_at_central_whichever_comes_first() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let folder = tempfile::tempdir().expect("a folder");
        the_same_paper_used_at_two_registers(folder.path(), &order.map(|place| vec![place]));
    }
}

/// Register 0 sells, registers 1 and 2 take the same paper back; those of one group hand over at
/// once, at the central of a folder.
pub(crate) fn the_same_paper_used_at_two_registers(folder: &Path, groups: &[Vec<usize>]) {
    let central = central_at(folder);
    let shops = [Shop::new(), Shop::new(), Shop::new()];
    for (shop, register) in shops.iter().zip(7..) {
        enrolled(shop, &central, register);
    }
    let code = sold(&shops[0], &[WATER]).remove(0);
    taken_back(&shops[1], &code);
    taken_back(&shops[2], &code);
    for group in groups {
        std::thread::scope(|scope| {
            for place in group {
                let (data, url) = (shops[*place].data(), central.url());
                scope.spawn(move || {
                    let mut line = HttpTransport::new(&url, None, false).expect("a line");
                    let report = hand_over(&data, 1, &mut line);
                    assert_eq!(report.pending, 0, "{report:?}");
                });
            }
        });
    }
    central.settle();
    let found = central.door().exceptions(None).expect("read");
    let twice: Vec<_> = found.iter().filter(|one| one.code == "returned_twice").collect();
    assert_eq!(twice.len(), 1, "{groups:?}: {found:#?}");
    assert_eq!((twice[0].count, twice[0].amount), (2, 258), "both returns are named");
    assert!(twice[0].text.contains("2 came back"), "{}", twice[0].text);
    assert!(found.iter().all(|one| one.code != "return_of_another"), "{found:#?}");
    central.stop();
}

/// Runs `tideover receipts` on these lines; its report and its exit code.
fn receipts(shop: &Shop, lines: &str) -> (serde_json::Value, Option<i32>) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), lines).expect("written");
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_tideover"))
        .args(["receipts", "--json", "--data"])
        .arg(shop.data().0)
        .arg(file.path())
        .output()
        .expect("run");
    let report = serde_json::from_slice(&ended.stdout).unwrap_or_default();
    (report, ended.status.code())
}

#[test]
fn of_a_lost_journal_the_papers_tell_as_much_as_customers_bring_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (lost, other) = (Shop::new(), Shop::new());
    enrolled(&lost, &central, 7);
    enrolled(&other, &central, 8);
    let printer = VirtualPrinter::start(Script::well());
    let mut counter = Counter::open(&lost, &printer, deadlines());
    for pieces in 1..=4 {
        let entry = format!("{pieces}*{WATER}");
        assert_eq!(enter(&mut counter.register, &entry), Answer::Done);
        assert_eq!(counter.register.handle(Command::BeginTender), Answer::Done);
        let exact = Command::TakeCash { amount: None, confirmed: false };
        assert_eq!(counter.register.handle(exact), Answer::Done);
        assert_eq!(counter.register.handle(Command::NextCustomer), Answer::Done);
    }
    let all = printer.wait("four receipts", |paper| {
        let code = |print: &Print| match print {
            Print::Qr(code) => Some(code.clone()),
            _ => None,
        };
        let codes: Vec<String> = paper.prints.iter().filter_map(code).collect();
        (codes.len() == 4).then_some(codes)
    });
    counter.register.close().expect("closed");
    // The third customer does not come; the first paper is shown twice; one line is rubbish.
    let lines = [all[3].as_str(), "", &all[0], &all[1].to_lowercase(), &all[0]].join("\n");
    let (report, code) = receipts(&other, &lines);
    assert_eq!(code, Some(0), "{report}");
    let journal = &report["journals"][0];
    let numbers: Vec<u64> = journal["sales"]
        .as_array()
        .expect("sales")
        .iter()
        .map(|sale| sale["number"].as_u64().expect("a number"))
        .collect();
    assert_eq!(numbers, [1, 2, 4]);
    assert_eq!(journal["missing"], serde_json::json!([3]));
    // 1.31, 2.62 and 5.24, each paid to the nearest five cents.
    assert_eq!(journal["sum"], 130 + 260 + 525);
    assert_eq!(journal["sales"][2]["lines"][0][1], 40_000, "four pieces");
    let torn = &all[0][..all[0].len() - 9];
    let short = "TDO1:1042:7:ABABABABABABABAB:1801:5D5D5D5D5D5D5D5D";
    let (report, code) = receipts(&other, &format!("{torn}\n{short}\n{}\n", "x".repeat(9_000)));
    assert_eq!((code, report["refused_count"].as_u64()), (Some(1), Some(5)), "{report}");
    assert_eq!(receipts(&Shop::new(), &all[0]).1, Some(3), "nobody to believe");
}
