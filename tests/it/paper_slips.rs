//! The paper bridge: pads given out, slips keyed fast, a second person's total, gaps that show.

#[cfg(feature = "central")]
mod at_central;

use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::goods::fault::GoodsFault;
use tideover::domain::money::Money;
use tideover::domain::paper_slip::{PadStep, SlipFault};
use tideover::domain::person::Role;
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{CompletedSale, Reason};
use tideover::domain::tender::Tender;
use tideover::journal::verify::{Depth, Known, verify};
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, Screen};

use crate::register::{CASHIER, LEAD, MANAGER, Shop, WATER, enter, sell, sign_in};

const KEY_SLIPS: usize = 0;
const ISSUE: usize = 1;
const SPOILED: usize = 2;

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?} on {:?}", register.view().screen);
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn says(register: &mut Register, texts: &[&str]) {
    for text in texts {
        must(register, answer(text));
    }
}

fn press(register: &mut Register, place: usize) {
    must(register, Command::Page(PageInput::Action(place)));
}

fn refused(register: &mut Register, command: Command) -> Refusal {
    match register.handle(command) {
        Answer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn approve(register: &mut Register, (person, pin): (&str, &str)) -> Answer {
    register.handle(Command::Approve { person: person.to_owned(), pin: Pin::new(pin) })
}

fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

fn rows(register: &Register) -> Vec<Vec<String>> {
    let cells =
        |row: &tideover::register::view::Row| row.cells.iter().map(ToString::to_string).collect();
    page(register).rows.iter().map(cells).collect()
}

fn open(register: &mut Register) {
    must(register, Command::OpenPage(PageName::PaperSlips));
}

/// A lead gives a pad of 50, from 101, to the cashier.
fn pad_issued(register: &mut Register) {
    open(register);
    press(register, ISSUE);
    says(register, &["101", "50", CASHIER.0]);
}

fn sales(shop: &Shop) -> Vec<CompletedSale> {
    shop.events().iter().filter_map(|event| event.sale().cloned()).collect()
}

#[test]
fn a_pad_is_given_out_slips_are_keyed_with_few_keys_and_count_as_sales() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    pad_issued(&mut register);
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    // A basket waits below while the slips of an hour are keyed.
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    open(&mut register);
    assert_eq!(rows(&register)[0][0], "101 - 150");
    press(&mut register, KEY_SLIPS);
    // Two waters, as the pack says, in cash: number and total by Enter alone.
    says(&mut register, &["", "1305", &format!("2*{WATER}"), "", "", ""]);
    // Bananas by weight and something nobody has in the file, by check: the time of before.
    says(&mut register, &["TDP1:1042:103", "", "0.65*4011", "4006381333931", "4.50", "10", ""]);
    assert_eq!(page(&register).title.to_string(), "Which total is written?");
    says(&mut register, &["5.20", "1207"]);
    let listed = rows(&register);
    assert_eq!(listed.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["101", "103"]);
    assert_eq!(sales(&shop).len(), 0, "nothing is recorded before the total agrees");
    press(&mut register, 0);
    let differs: Refusal = SlipFault::TotalDiffers.into();
    assert_eq!(refused(&mut register, answer("7.81")), differs);
    says(&mut register, &["7.82"]);
    must(&mut register, Command::LeavePage);
    assert_eq!(sell(&register).lines.len(), 1, "the basket waits as it was");
    let sales = sales(&shop);
    assert!(sales.iter().all(CompletedSale::adds_up));
    let [first, second] = sales.as_slice() else { panic!("{sales:?}") };
    let slip = first.terms.paper_slip.as_ref().expect("a slip");
    assert_eq!((slip.number, slip.guessed.as_slice()), (101, &[][..]));
    assert_eq!(slip.at.to_string(), "2026-11-22T13:05:00.000-06:00");
    // 2.58 and 1.5 % of it: 2.62, what the pen said is what is in the drawer.
    assert_eq!((first.total, first.rounding), (Money::from_minor(262), Money::ZERO));
    let slip = second.terms.paper_slip.as_ref().expect("a slip");
    assert_eq!((slip.number, slip.guessed.as_slice()), (103, &[1][..]));
    assert!(matches!(&second.tenders[..], [Tender::Check { amount, number, .. }]
        if *amount == Money::from_minor(520) && number.as_str() == "1207"));
    // 0.38, 4.50, and tax of 0.01 and 0.34: the pen said three cents less.
    assert_eq!((second.total, second.rounding), (Money::from_minor(523), Money::from_minor(-3)));
    // The drawer has it, and 102 is missing.
    let drawer = &register.ledger().state().open_shift.as_ref().expect("a shift").drawer;
    assert_eq!(drawer.cash_kept, Money::from_minor(262));
    open(&mut register);
    let row = &rows(&register)[0];
    assert_eq!((row[2].as_str(), row[3].as_str(), row[4].as_str()), ("2", "0", "102"));
    must(&mut register, Command::LeavePage);
    // The basket below survives the plug with its new number.
    drop(register);
    let mut register = shop.start();
    must(&mut register, Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 1);
    let place = shop.data().place(&shop.data().settings().expect("settings"));
    let reader = tideover::ledger::Reader::open(&place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let lines =
        reader.lines(&journal, tideover::domain::ids::Seq(0), 1_000, usize::MAX).expect("lines");
    let lines = lines.iter().map(|line| line.bytes());
    let report = verify(lines, Depth::Full, Known::default());
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn a_cashiers_batch_needs_a_lead_who_added_it_up() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    open(&mut register);
    press(&mut register, ISSUE);
    says(&mut register, &["", "3"]);
    let asked = Refusal::NeedsApproval(Act::PaperSlips, Role::Lead);
    assert_eq!(refused(&mut register, answer(CASHIER.0)), asked);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    assert_eq!(rows(&register)[0][0], "1 - 3");
    press(&mut register, KEY_SLIPS);
    says(&mut register, &["", "", WATER, "", "", ""]);
    press(&mut register, 0);
    assert_eq!(refused(&mut register, answer("1.31")), asked);
    assert_eq!(approve(&mut register, CASHIER), Answer::Refused(Refusal::OwnAct));
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    let sales = sales(&shop);
    assert_eq!(sales.len(), 1);
    let approval = &sales[0].terms.approvals[0];
    assert_eq!((approval.act, approval.by.as_str()), (Act::PaperSlips, LEAD.0));
    // A spoiled one too: it is the way to make a sale disappear.
    press(&mut register, SPOILED);
    says(&mut register, &["3"]);
    assert_eq!(refused(&mut register, answer("coffee")), asked);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    let events = shop.events();
    let Some(Event::PaperPad(PadStep::Spoiled { number, reason, approval })) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!((*number, reason.as_str()), (3, "coffee"));
    assert!(approval.is_some());
    let row = &rows(&register)[0];
    assert_eq!((row[2].as_str(), row[3].as_str(), row[4].as_str()), ("1", "1", "2"));
}

#[test]
fn a_slip_counts_once_unless_its_sale_is_voided() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    pad_issued(&mut register);
    press(&mut register, KEY_SLIPS);
    says(&mut register, &["101", "", WATER, "", "", ""]);
    let twice: Refusal = SlipFault::InTheBatch(101).into();
    assert_eq!(refused(&mut register, answer("101")), twice);
    press(&mut register, 0);
    says(&mut register, &["1.31"]);
    press(&mut register, KEY_SLIPS);
    let before: Refusal = SlipFault::KeyedBefore(101, 7).into();
    assert_eq!(refused(&mut register, answer("101")), before);
    must(&mut register, Command::LeavePage);
    must(&mut register, Command::FindReceipt { number: String::new() });
    let void = Command::VoidSale { reason: Reason::Mistake };
    assert!(matches!(refused(&mut register, void), Refusal::NeedsApproval(Act::Void, _)));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::NextCustomer);
    open(&mut register);
    press(&mut register, KEY_SLIPS);
    says(&mut register, &["101", "", &format!("3*{WATER}"), "", "", ""]);
    press(&mut register, 0);
    // 3.87 and 0.06 of tax.
    says(&mut register, &["3.93"]);
    // And after a restart it is as it was.
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    open(&mut register);
    assert_eq!(rows(&register)[0][2], "1");
    press(&mut register, KEY_SLIPS);
    assert_eq!(refused(&mut register, answer("101")), before);
}

#[test]
fn a_batch_survives_the_plug_and_what_was_recorded_is_not_in_it_again() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    pad_issued(&mut register);
    press(&mut register, KEY_SLIPS);
    says(&mut register, &["101", "1305", WATER, "", "", ""]);
    says(&mut register, &["102", "", "4006381333931", "4.50", "10", "", "", "1207"]);
    let keyed = rows(&register);
    let kept = std::fs::read(shop.data().0.join("goods.begun")).expect("kept");
    drop(register);
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    open(&mut register);
    press(&mut register, KEY_SLIPS);
    assert_eq!(rows(&register), keyed);
    press(&mut register, 0);
    // 1.31, and 4.50 with its tax of 7.5 %.
    says(&mut register, &["6.15"]);
    let slips = sales(&shop);
    assert_eq!(slips.len(), 2);
    assert_eq!(slips[1].terms.paper_slip.as_ref().expect("a slip").guessed, [0]);
    // The program ended after the records and before the file followed them.
    drop(register);
    std::fs::write(shop.data().0.join("goods.begun"), kept).expect("written");
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    open(&mut register);
    press(&mut register, KEY_SLIPS);
    assert_eq!(rows(&register), Vec::<Vec<String>>::new());
}

#[test]
fn a_price_that_was_written_otherwise_is_taken_as_written_and_marked() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    pad_issued(&mut register);
    press(&mut register, KEY_SLIPS);
    says(&mut register, &["", "", WATER, WATER]);
    must(&mut register, Command::Page(PageInput::Row(1)));
    says(&mut register, &["0.99"]);
    // A line keyed by mistake goes; an amount without an item comes.
    says(&mut register, &[&format!("3*{WATER}")]);
    press(&mut register, 1);
    press(&mut register, 0);
    says(&mut register, &["2.00"]);
    must(&mut register, Command::Page(PageInput::Row(0)));
    assert_eq!(rows(&register).len(), 3);
    says(&mut register, &[""]);
    // 4.28 and tax; the pen said 9.99: it is asked for twice.
    says(&mut register, &["9.99"]);
    let notice = register.view().notice.expect("words");
    assert!(notice.text.to_string().contains("is the total right"), "{}", notice.text);
    assert_eq!(page(&register).title.to_string(), "Which total is written?");
    says(&mut register, &["9.99", ""]);
    press(&mut register, 0);
    says(&mut register, &["9.99"]);
    let sale = sales(&shop).remove(0);
    let amounts: Vec<i64> = sale.lines.iter().map(|line| line.amount.minor()).collect();
    assert_eq!(amounts, [129, 99, 200]);
    let slip = sale.terms.paper_slip.as_ref().expect("a slip");
    assert_eq!(slip.guessed, [1, 2]);
    assert_eq!(sale.cash_kept(), Ok(Money::from_minor(999)), "what was taken is what counts");
    assert!(sale.adds_up());
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_half_done() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    open(&mut register);
    assert!(!page(&register).actions[KEY_SLIPS].enabled, "without a pad nothing is keyed");
    press(&mut register, ISSUE);
    says(&mut register, &["101"]);
    assert_eq!(refused(&mut register, answer("many")), SlipFault::NotAPad.into());
    says(&mut register, &["501"]);
    assert_eq!(refused(&mut register, answer(CASHIER.0)), SlipFault::NotAPad.into());
    must(&mut register, Command::Page(PageInput::Back));
    says(&mut register, &["50"]);
    let nobody = GoodsFault::NoSuchPerson("99".to_owned());
    assert_eq!(refused(&mut register, answer("99")), nobody.into());
    says(&mut register, &[CASHIER.0]);
    press(&mut register, ISSUE);
    says(&mut register, &["150", "5"]);
    assert_eq!(refused(&mut register, answer(LEAD.0)), SlipFault::PadMeets(101, 150).into());
    must(&mut register, Command::LeavePage);
    open(&mut register);
    press(&mut register, KEY_SLIPS);
    for (text, fault) in [
        ("0", SlipFault::NotANumber),
        ("1o1", SlipFault::NotANumber),
        ("151", SlipFault::NoPad(151)),
        ("TDP1:1043:101", SlipFault::OtherStore),
    ] {
        assert_eq!(refused(&mut register, answer(text)), fault.into(), "{text}");
    }
    press_refused(&mut register, SlipFault::BatchEmpty);
    says(&mut register, &["101"]);
    for (text, fault) in [
        ("2561", SlipFault::NotATime),
        ("13321405", SlipFault::NotATime),
        ("2359", SlipFault::WrongTime),
        ("09011405", SlipFault::WrongTime),
    ] {
        assert_eq!(refused(&mut register, answer(text)), fault.into(), "{text}");
    }
    says(&mut register, &["11211400"]);
    assert_eq!(refused(&mut register, answer("")), SlipFault::NoLines.into());
    assert_eq!(refused(&mut register, answer("4011")), Refusal::WeightMissing);
    says(&mut register, &[WATER, ""]);
    for text in ["-1", "0", "much"] {
        let refusal = refused(&mut register, answer(text));
        assert_eq!(refusal, SlipFault::NotAnAmount.into(), "{text}");
    }
    says(&mut register, &[""]);
    assert_eq!(refused(&mut register, answer("12345678901")), Refusal::NotACheckNumber);
    says(&mut register, &[""]);
    assert!(sales(&shop).is_empty());
    // Left and opened again it goes on where it was.
    must(&mut register, Command::LeavePage);
    open(&mut register);
    assert_eq!(rows(&register).len(), 1);
    press(&mut register, 0);
    says(&mut register, &["1.31"]);
    let slip = sales(&shop).remove(0).terms.paper_slip.expect("a slip");
    assert_eq!(slip.at.to_string(), "2026-11-21T14:00:00.000-06:00", "yesterday");
    // Not without a shift: there is no drawer for its money.
    must(&mut register, Command::LeavePage);
    let bare = Shop::new();
    let mut other = bare.start();
    assert_eq!(sign_in(&mut other, LEAD), Answer::Done);
    pad_issued(&mut other);
    let key_slips = Command::Page(PageInput::Action(KEY_SLIPS));
    assert_eq!(refused(&mut other, key_slips), Refusal::NoShift);
}

fn press_refused(register: &mut Register, fault: SlipFault) {
    let press = Command::Page(PageInput::Action(0));
    assert_eq!(refused(register, press), fault.into());
}

#[test]
fn the_command_writes_a_pad_for_any_printer_and_the_page_prints_forms() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    open(&mut register);
    press(&mut register, ISSUE);
    says(&mut register, &["101", "3", CASHIER.0]);
    must(&mut register, Command::Page(PageInput::Row(0)));
    let paper = shop.receipts();
    for number in ["101", "102", "103"] {
        assert!(paper.contains(&format!("Slip / Nota {number}")), "{number}: {paper}");
    }
    register.close().expect("closed");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pads.html");
    let pads = |more: &[&str]| {
        std::process::Command::new(env!("CARGO_BIN_EXE_tideover"))
            .args(["pads", "--json", "--data"])
            .arg(shop.data().0)
            .arg("--out")
            .arg(&file)
            .args(more)
            .output()
            .expect("the program runs")
    };
    let done = pads(&["--from", "201", "--count", "20"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!((said["first"].as_u64(), said["last"].as_u64()), (Some(201), Some(220)));
    let html = std::fs::read_to_string(&file).expect("a page");
    assert_eq!(html.matches("<section>").count(), 20);
    std::fs::remove_file(&file).expect("removed");
    let far = pads(&["--from", "999999", "--count", "2"]);
    assert_eq!(far.status.code(), Some(3), "{}", String::from_utf8_lossy(&far.stderr));
    assert!(!file.exists(), "and nothing was written");
    for wrong in [["--from", "0"], ["--count", "501"]] {
        assert_eq!(pads(&["--from", "1"]).status.code(), Some(0));
        let code = pads(&wrong).status.code();
        assert_eq!(code, Some(2), "{wrong:?}");
    }
}
