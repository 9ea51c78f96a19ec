//! At the counter: second signatures, yellow lines, IDs, returns, voids, sales put aside.

use tideover::domain::approval::Act;
use tideover::domain::bag::BagNo;
use tideover::domain::birth::BirthDate;
use tideover::domain::drawer::CashMovement;
use tideover::domain::event::Event;
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{ExemptReason, LinePrice, LinkKind, Missing, Reason};
use tideover::domain::shift::CountedPieces;
use tideover::journal::verify;
use tideover::register::command::{AgeAnswer, Command, Pin, Settlement};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{Ask, ReceiptView, Screen};

use crate::register::{CASHIER, LEAD, Shop, WATER, cash, done, enter, scan, sell, sign_in};

const MANAGER: (&str, &str) = ("51", "958316");
/// Lager of the sample store: 21 or older.
const LAGER: &str = "413209520727";

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn unit(text: &str) -> UnitPrice {
    UnitPrice::parse(text).expect("a price")
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).expect("a quantity")
}

fn approve(register: &mut Register, (person, pin): (&str, &str)) -> Answer {
    register.handle(Command::Approve { person: person.to_owned(), pin: Pin::new(pin) })
}

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?}");
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn needs(register: &mut Register, command: Command, act: Act, role: Role) {
    let answer = register.handle(command);
    assert_eq!(answer, Answer::Refused(Refusal::NeedsApproval(act, role)));
    assert_eq!(register.view().ask, Some(Ask::Approval { act, role }));
}

/// Rings up waters and pays them exactly in cash; the sale's number.
fn sold(register: &mut Register, text: &str) -> u64 {
    assert_eq!(enter(register, text), Answer::Done);
    must(register, Command::BeginTender);
    must(register, Command::TakeCash { amount: None, confirmed: false });
    let number = done(register).number;
    must(register, Command::NextCustomer);
    number
}

fn receipt(register: &Register) -> ReceiptView {
    match register.view().screen {
        Screen::Receipt(receipt) => receipt,
        other => panic!("no receipt: {other:?}"),
    }
}

#[test]
fn a_price_is_changed_only_with_a_second_signature_and_both_names_are_kept() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    let reason = Reason::ShelfPrice;
    let cheaper = Command::SetPrice { place: 0, unit_price: unit("1.19"), reason };
    needs(&mut register, cheaper.clone(), Act::PriceOverride, Role::Lead);
    // While it waits nothing else happens, and nobody signs for themselves or with a wrong PIN.
    assert_eq!(scan(&mut register, WATER), Answer::Refused(Refusal::AnswerFirst));
    assert_eq!(approve(&mut register, CASHIER), Answer::Refused(Refusal::OwnAct));
    assert_eq!(approve(&mut register, ("41", "111111")), Answer::Refused(Refusal::WrongPin));
    assert_eq!(sell(&register).lines[0].amount, money(129));
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    assert_eq!(register.view().ask, None);
    assert_eq!(sell(&register).lines[0].amount, money(119));
    // A far cry from the shelf's price needs a manager; declined, nothing happened.
    let gift = Command::SetPrice { place: 0, unit_price: unit("0.10"), reason };
    needs(&mut register, gift, Act::PriceOverride, Role::Manager);
    assert_eq!(
        approve(&mut register, LEAD),
        Answer::Refused(Refusal::NeedsApproval(Act::PriceOverride, Role::Manager))
    );
    must(&mut register, Command::Decline);
    assert_eq!(sell(&register).lines[0].amount, money(119));
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    let events = shop.events();
    let Some(Event::Sale(sale)) = events.last() else { panic!("{events:?}") };
    let changed = sale.lines[0].changed.expect("changed");
    assert_eq!((changed.was, changed.reason), (unit("1.29"), Reason::ShelfPrice));
    let approval = &sale.terms.approvals[0];
    assert_eq!((approval.act, approval.by.as_str()), (Act::PriceOverride, "41"));
    assert_eq!(sale.terms.approvals.len(), 1);
}

#[test]
fn an_unknown_item_waits_in_yellow_while_the_next_ones_are_scanned() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(scan(&mut register, "4006381333931"), Answer::Done);
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    assert_eq!(scan(&mut register, "4011"), Answer::Done);
    let shown = sell(&register);
    let missing: Vec<Missing> = shown.open.iter().map(|line| line.missing).collect();
    assert_eq!(missing, [Missing::Item, Missing::Weight]);
    assert_eq!(shown.total, money(131), "what has no price does not count yet");
    assert_eq!(
        register.handle(Command::BeginTender),
        Answer::Refused(Refusal::OpenLines(2)),
        "and nothing is paid before it has one"
    );
    let price = |department| Settlement::Price { unit_price: unit("4.50"), department };
    assert_eq!(
        register.handle(Command::Settle { place: 0, with: price(Some(44)) }),
        Answer::Refused(Refusal::NoSuchDepartment(44))
    );
    must(&mut register, Command::Settle { place: 0, with: price(Some(10)) });
    must(&mut register, Command::Settle { place: 0, with: Settlement::Weight(quantity("2.36")) });
    let shown = sell(&register);
    assert!(shown.open.is_empty());
    let amounts: Vec<i64> = shown.lines.iter().map(|line| line.amount.minor()).collect();
    assert_eq!(amounts, [129, 450, 139]);
    // General goods bear 7.5 % here, food 1.5 %: 0.34 and 0.04.
    assert_eq!(shown.total, money(718 + 28 + 6 + 4));
}

#[test]
fn yellow_lines_survive_the_plug_and_can_be_taken_out() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(scan(&mut register, "4006381333931"), Answer::Done);
    assert_eq!(scan(&mut register, "4011"), Answer::Done);
    drop(register);
    let mut register = shop.start();
    must(&mut register, Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(sell(&register).open.len(), 2);
    must(&mut register, Command::DropOpen { place: 1 });
    must(&mut register, Command::DropOpen { place: 0 });
    assert!(sell(&register).is_empty());
}

#[test]
fn an_id_is_asked_for_before_payment_and_only_the_outcome_is_kept() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(scan(&mut register, LAGER), Answer::Done);
    assert_eq!(sell(&register).age_to_ask, Some(21));
    assert_eq!(register.handle(Command::BeginTender), Answer::Refused(Refusal::AgeUnchecked(21)));
    let born = |year, month, day| Command::CheckAge {
        answer: AgeAnswer::Born(BirthDate::new(year, month, day).expect("a day")),
    };
    assert_eq!(register.handle(born(2005, 11, 23)), Answer::Refused(Refusal::TooYoung(21)));
    let by_sight = Command::CheckAge { answer: AgeAnswer::VisiblyOlder };
    assert_eq!(register.handle(by_sight), Answer::Refused(Refusal::IdOnly));
    must(&mut register, born(1953, 4, 9));
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    let events = shop.events();
    let Some(Event::Sale(sale)) = events.last() else { panic!("{events:?}") };
    let age = sale.terms.age.expect("asked");
    assert_eq!(age.years, 21);
    let database = std::fs::read_dir(shop.data().0.join("ledger"));
    for file in database.into_iter().flatten().flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        // Four digits alone stand in a signature by chance.
        for born in ["1953-04-09", "19530409", "04091953", ":1953", "\"1953\""] {
            let found = bytes.windows(born.len()).any(|text| text == born.as_bytes());
            assert!(!found, "a date of birth stands in {:?}", file.path());
        }
    }
}

#[test]
fn items_come_back_against_the_receipt_once_and_at_the_price_they_were_sold_at() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let number = sold(&mut register, &format!("3*{WATER}"));
    must(&mut register, Command::FindReceipt { number: number.to_string() });
    assert_eq!(receipt(&register).lines[0].sold, quantity("3"));
    let back = |pieces: &str| Command::ReturnItem {
        place: 0,
        quantity: quantity(pieces),
        reason: Reason::Damaged,
    };
    must(&mut register, back("2"));
    assert_eq!(register.handle(back("2")), Answer::Refused(Refusal::MoreThanSold));
    must(&mut register, Command::LeaveReceipt);
    assert_eq!(sell(&register).total, money(-262));
    // Whoever sold it does not pay it back alone; a lead may sign for a small sum.
    needs(&mut register, Command::BeginTender, Act::Refund, Role::Lead);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    assert_eq!(done(&register).change, money(260), "2.62 rounded to the nearest five");
    let events = shop.events();
    let Some(Event::Refund(refund)) = events.last() else { panic!("{events:?}") };
    let link = refund.terms.link.as_ref().expect("linked");
    assert_eq!((link.kind, link.number.0), (LinkKind::Return, number));
    assert_eq!(refund.lines[0].returned.expect("a place").place, 0);
    // What came back stays known after a restart: only the third can still come back.
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    must(&mut register, Command::FindReceipt { number: number.to_string() });
    assert_eq!(receipt(&register).lines[0].came_back, quantity("2"));
    assert!(!receipt(&register).voidable);
    assert_eq!(register.handle(back("2")), Answer::Refused(Refusal::MoreThanSold));
    must(&mut register, back("1"));
}

#[test]
fn whoever_sold_it_signs_for_no_money_that_goes_back_whoever_is_signed_in() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let number = sold(&mut register, WATER);
    // The next shift is the cashier's.
    let (pieces, loose) = (Vec::new(), money(15_130));
    must(&mut register, Command::CloseShift { pieces, loose, checks: money(0), check_count: 0 });
    must(&mut register, Command::SignOut);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    must(&mut register, Command::OpenShift { float: money(15_000) });
    must(&mut register, Command::FindReceipt { number: number.to_string() });
    let (place, quantity, reason) = (0, Quantity::ONE, Reason::Customer);
    must(&mut register, Command::ReturnItem { place, quantity, reason });
    must(&mut register, Command::LeaveReceipt);
    needs(&mut register, Command::BeginTender, Act::Refund, Role::Lead);
    assert_eq!(approve(&mut register, LEAD), Answer::Refused(Refusal::OwnSale));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    let events = shop.events();
    let Some(Event::Refund(refund)) = events.last() else { panic!("{events:?}") };
    assert_eq!(refund.terms.approvals[0].by.as_str(), MANAGER.0);
}

#[test]
fn nor_where_something_without_a_receipt_comes_back_with_it() {
    let shop = Shop::new();
    let mut register = shop.open(MANAGER);
    let number = sold(&mut register, WATER);
    let (pieces, loose) = (Vec::new(), money(15_130));
    must(&mut register, Command::CloseShift { pieces, loose, checks: money(0), check_count: 0 });
    must(&mut register, Command::SignOut);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    must(&mut register, Command::OpenShift { float: money(15_000) });
    must(&mut register, Command::FindReceipt { number: number.to_string() });
    let (place, quantity, reason) = (0, Quantity::ONE, Reason::Customer);
    must(&mut register, Command::ReturnItem { place, quantity, reason });
    must(&mut register, Command::LeaveReceipt);
    let (code, quantity, price) = (WATER.to_owned(), self::quantity("-1"), LinePrice::Pack);
    must(&mut register, Command::AddItem { code, quantity, price });
    needs(&mut register, Command::BeginTender, Act::RefundWithoutReceipt, Role::Manager);
    assert_eq!(approve(&mut register, MANAGER), Answer::Refused(Refusal::OwnSale));
}

#[test]
fn a_manager_takes_no_sale_back_alone_that_is_their_own() {
    let shop = Shop::new();
    let mut register = shop.open(MANAGER);
    sold(&mut register, WATER);
    must(&mut register, Command::FindReceipt { number: String::new() });
    let void = Command::VoidSale { reason: Reason::Mistake };
    needs(&mut register, void, Act::Void, Role::Lead);
    assert_eq!(approve(&mut register, MANAGER), Answer::Refused(Refusal::OwnAct));
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    assert!(matches!(shop.events().last(), Some(Event::Void(_))));
}

#[test]
fn an_exchange_is_a_return_and_new_items_in_one_sale() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let number = sold(&mut register, WATER);
    must(&mut register, Command::FindReceipt { number: number.to_string() });
    let (place, quantity, reason) = (0, Quantity::ONE, Reason::Customer);
    must(&mut register, Command::ReturnItem { place, quantity, reason });
    must(&mut register, Command::LeaveReceipt);
    assert_eq!(enter(&mut register, &format!("2*{WATER}")), Answer::Done);
    assert_eq!(sell(&register).total, money(131));
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    assert!(matches!(shop.events().last(), Some(Event::Sale(sale)) if sale.adds_up()));
}

#[test]
fn money_goes_back_without_a_receipt_only_with_a_manager() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let (code, quantity, price) = (WATER.to_owned(), quantity("-1"), LinePrice::Pack);
    must(&mut register, Command::AddItem { code, quantity, price });
    needs(&mut register, Command::BeginTender, Act::RefundWithoutReceipt, Role::Manager);
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    assert!(matches!(shop.events().last(), Some(Event::Refund(_))));
}

#[test]
fn a_paid_sale_is_voided_as_a_whole_and_only_once() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, &format!("3*{WATER}")), Answer::Done);
    must(&mut register, Command::BeginTender);
    let check = Command::TakeCheck { amount: Some(money(200)), number: "1207".to_owned() };
    must(&mut register, check);
    must(&mut register, cash(500, false));
    must(&mut register, Command::NextCustomer);
    must(&mut register, Command::FindReceipt { number: String::new() });
    assert!(receipt(&register).voidable);
    let void = Command::VoidSale { reason: Reason::Mistake };
    needs(&mut register, void.clone(), Act::Void, Role::Manager);
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    let paid_out = done(&register);
    assert_eq!(paid_out.voids, Some(1));
    assert_eq!(paid_out.change, money(195), "5.00 taken, 3.05 given: 1.95 was kept");
    let events = shop.events();
    let Some(Event::Void(sale)) = events.last() else { panic!("{events:?}") };
    assert!(sale.adds_up());
    let drawer = register.ledger().state().open_shift.clone().expect("open").drawer;
    assert_eq!(drawer.expected_cash().expect("fits"), money(15_000));
    assert_eq!((drawer.checks, drawer.check_count), (money(0), 0));
    must(&mut register, Command::NextCustomer);
    must(&mut register, Command::FindReceipt { number: "1".to_owned() });
    assert!(!receipt(&register).voidable);
    assert_eq!(register.handle(void), Answer::Refused(Refusal::NotVoidable));
    let own = Command::FindReceipt { number: "2".to_owned() };
    must(&mut register, Command::LeaveReceipt);
    assert_eq!(register.handle(own), Answer::Refused(Refusal::NotVoidable));
    assert_eq!(
        register
            .ledger()
            .stock_deltas(tideover::domain::ids::Seq(0))
            .expect("read")
            .values()
            .filter(|delta| **delta != Quantity::default())
            .count(),
        0
    );
}

#[test]
fn a_sale_is_put_aside_survives_a_restart_and_holds_the_shift_open() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, &format!("3*{WATER}")), Answer::Done);
    assert_eq!(scan(&mut register, "4006381333931"), Answer::Done);
    must(&mut register, Command::Suspend);
    assert!(sell(&register).is_empty());
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    assert_eq!(
        register.handle(Command::Resume { slip: 7_001 }),
        Answer::Refused(Refusal::SaleOpen)
    );
    must(&mut register, Command::VoidLine { place: 0 });
    must(&mut register, Command::AbandonSale);
    assert_eq!(
        register.handle(Command::close_shift(money(15_000), money(0))),
        Answer::Refused(Refusal::BasketsWait(1))
    );
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(register.view().status.suspended.len(), 1);
    must(&mut register, Command::Resume { slip: 7_001 });
    assert_eq!((sell(&register).lines.len(), sell(&register).open.len()), (1, 1));
    assert_eq!(
        register.handle(Command::Resume { slip: 7_001 }),
        Answer::Refused(Refusal::SaleOpen)
    );
}

#[test]
fn cash_is_moved_by_two_and_the_drawer_opened_without_a_sale_by_a_lead() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let movement = CashMovement::drop(money(10_000), BagNo::parse("TB-117").expect("a bag"));
    let moved = Command::MoveCash { movement };
    needs(&mut register, moved, Act::MoveCash, Role::Lead);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    let no_sale = Command::NoSale { reason: Reason::Change };
    needs(&mut register, no_sale, Act::NoSale, Role::Lead);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    let kinds = shop.kinds();
    assert_eq!(kinds[kinds.len() - 2..], ["cash_movement", "drawer_open"]);
    // Much cash asks for a drop, without saying how much there is.
    assert!(!register.view().status.drop_due);
    for _ in 0..2 {
        assert_eq!(enter(&mut register, &format!("90*{WATER}")), Answer::Done);
        must(&mut register, Command::BeginTender);
        must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    }
    register.handle(Command::NextCustomer);
    assert!(!register.view().status.drop_due, "50.00 and 235.70 are not above 300.00");
    assert_eq!(enter(&mut register, &format!("30*{WATER}")), Answer::Done);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    assert!(register.view().status.drop_due);
}

#[test]
fn a_cashier_takes_three_lines_back_and_cancels_a_small_basket_alone() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    for _ in 0..5 {
        assert_eq!(scan(&mut register, WATER), Answer::Done);
    }
    for place in 0..3 {
        must(&mut register, Command::VoidLine { place });
    }
    needs(&mut register, Command::VoidLine { place: 3 }, Act::VoidLine, Role::Lead);
    must(&mut register, Command::Decline);
    must(&mut register, Command::AbandonSale);
    assert_eq!(enter(&mut register, &format!("45*{WATER}")), Answer::Done);
    needs(&mut register, Command::AbandonSale, Act::CancelSale, Role::Lead);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    assert!(sell(&register).is_empty());
}

#[test]
fn the_x_report_tells_what_was_sold_and_not_what_should_be_in_the_drawer() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    sold(&mut register, WATER);
    sold(&mut register, &format!("3*{WATER}"));
    let before = shop.kinds();
    must(&mut register, Command::XReport);
    let said = register.view().notice.expect("said").text.to_string();
    // 1.31 and 3.93 are paid with 1.30 and 3.95 in cash.
    assert_eq!(said, "So far: 2 sales, 0 refunds, 5.25");
    assert_eq!(shop.kinds(), before, "it records nothing");
    let paper = shop.receipts();
    let x = paper.rsplit("X 1").next().expect("a slip");
    assert!(x.contains("5.25") && !x.contains("155.25"), "{x}");
}

#[test]
fn the_quantity_grows_in_place_and_shrinks_with_a_trace() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    must(&mut register, Command::SetQuantity { place: 0, quantity: quantity("4") });
    assert_eq!(sell(&register).lines.len(), 1);
    assert_eq!(sell(&register).subtotal, money(516));
    must(&mut register, Command::SetQuantity { place: 0, quantity: quantity("2") });
    let lines = sell(&register).lines;
    assert_eq!((lines.len(), lines[0].voided, lines[1].quantity), (2, true, quantity("2")));
    let half = Command::SetQuantity { place: 1, quantity: quantity("0.5") };
    assert_eq!(register.handle(half), Answer::Refused(Refusal::WholePiecesOnly));
}

#[test]
fn no_tax_is_taken_with_a_certificate_and_a_lead() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, &format!("10*{WATER}")), Answer::Done);
    let exempt = |certificate: &str| Command::ExemptTax {
        reason: ExemptReason::Government,
        certificate: certificate.to_owned(),
    };
    assert_eq!(register.handle(exempt(" ")), Answer::Refused(Refusal::CertificateMissing));
    needs(&mut register, exempt("GOV-17"), Act::TaxExempt, Role::Lead);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    assert_eq!((sell(&register).total, sell(&register).exempt), (money(1_290), true));
    let number = {
        must(&mut register, Command::BeginTender);
        must(&mut register, Command::TakeCash { amount: None, confirmed: false });
        done(&register).number
    };
    // What bore no tax brings none back.
    must(&mut register, Command::FindReceipt { number: number.to_string() });
    let (place, quantity, reason) = (0, quantity("10"), Reason::Customer);
    must(&mut register, Command::ReturnItem { place, quantity, reason });
    must(&mut register, Command::LeaveReceipt);
    assert_eq!(sell(&register).total, money(-1_290));
}

#[test]
fn an_open_amount_is_taxed_by_its_department_and_a_large_one_needs_a_manager() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let open = |department, minor| Command::OpenDepartment {
        department,
        amount: money(minor),
        quantity: Quantity::ONE,
    };
    must(&mut register, open(10, 1_000));
    assert_eq!(sell(&register).total, money(1_000 + 63 + 13));
    needs(&mut register, open(6, 10_001), Act::OpenDepartment, Role::Manager);
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    assert_eq!(sell(&register).lines.len(), 2);
}

#[test]
fn the_count_by_denomination_stands_before_the_close() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let pieces = vec![
        CountedPieces { value: money(5_000), count: 2 },
        CountedPieces { value: money(2_000), count: 2 },
    ];
    let (loose, checks, check_count) = (money(990), money(0), 0);
    must(&mut register, Command::CloseShift { pieces, loose, checks, check_count });
    let Screen::ShiftClosed(closed) = register.view().screen else { panic!("not closed") };
    assert_eq!((closed.counted_cash, closed.over_short), (money(14_990), money(-10)));
    let kinds = shop.kinds();
    assert_eq!(kinds[kinds.len() - 2..], ["cash_count", "shift_close"]);
    register.close().expect("closed");
    let data = shop.data();
    let place = data.place(&data.settings().expect("settings"));
    let reader = tideover::ledger::Reader::open(&place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let report = reader
        .verify(&journal, verify::Depth::Full, verify::Known::default(), &mut |_| ())
        .expect("read");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn a_register_to_learn_on_has_the_stores_prices_and_leaves_its_journal_alone() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    sold(&mut register, WATER);
    let before = shop.kinds();
    let data = shop.data();
    for _ in 0..2 {
        // The second time it is set up already; what was learned on stays.
        let training = data.training(&data.settings().expect("settings")).expect("set up");
        assert!(training.settings().expect("settings").central.is_none());
        let mut learner = shop.start_in(&training);
        assert!(learner.view().status.training);
        assert_eq!(sign_in(&mut learner, CASHIER), Answer::Done);
        learner.handle(Command::OpenShift { float: money(10_000) });
        sold(&mut learner, WATER);
        learner.close().expect("closed");
    }
    assert_eq!(shop.kinds(), before, "the store's journal has nothing of it");
    assert!(!register.view().status.training);
}
