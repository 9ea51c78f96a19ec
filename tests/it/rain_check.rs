//! Rain checks: written for what was refused, taken off once, never worth anything by themselves.

use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::rain_check::{
    RainCheck, RainCheckFault, RainCheckKind, RainCheckStep, Worth,
};
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{CompletedSale, Reason};
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, Screen};

use crate::register::{CASHIER, LEAD, MANAGER, Shop, WATER, enter, scan, sell, sign_in};

const GIFT_CARD: &str = "6006491234567890123";
/// A coupon of a maker.
const COUPON: &str = "509396670076";
/// Places of the kinds on the page.
const REWARD: usize = 1;
const PRICE_MATCH: usize = 2;

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?} on {:?}", register.view().screen);
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn choose(place: usize) -> Command {
    Command::Page(PageInput::Choice(place))
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

/// The numbers that the list shows.
fn listed(register: &mut Register) -> Vec<String> {
    must(register, Command::OpenPage(PageName::RainChecks));
    let rows = page(register).rows;
    must(register, Command::LeavePage);
    rows.iter().map(|row| row.cells[0].to_string()).collect()
}

/// Begins one of a kind for something.
fn write(register: &mut Register, kind: usize, what: &str) {
    must(register, Command::OpenPage(PageName::RainChecks));
    must(register, Command::Page(PageInput::Action(0)));
    must(register, choose(kind));
    must(register, answer(what));
}

/// A price match of WATER for two at most: 0.29 less each.
fn price_match(register: &mut Register) {
    write(register, PRICE_MATCH, WATER);
    must(register, answer("1.00"));
    must(register, answer("2"));
}

fn look_up(register: &mut Register, number: &str) {
    must(register, Command::OpenPage(PageName::RainChecks));
    must(register, answer(number));
}

fn pay(register: &mut Register) {
    must(register, Command::BeginTender);
    must(register, Command::TakeCash { amount: None, confirmed: false });
    must(register, Command::NextCustomer);
}

fn issued(shop: &Shop) -> Vec<RainCheck> {
    let check = |event| match event {
        Event::RainCheck(RainCheckStep::Issued { check, .. }) => Some(check),
        _ => None,
    };
    shop.events().into_iter().filter_map(check).collect()
}

fn last_sale(shop: &Shop) -> CompletedSale {
    let events = shop.events();
    let sale = events.iter().rev().find_map(|event| event.sale().cloned());
    sale.expect("a sale")
}

fn redeemed(number: u32) -> Refusal {
    RainCheckFault::Redeemed(number, tideover::domain::ids::RegisterNo(7)).into()
}

#[test]
fn a_refused_coupon_becomes_a_promise_with_three_keys_and_comes_off_the_next_sale_once() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    assert_eq!(scan(&mut register, COUPON), Answer::Refused(Refusal::Coupon));
    let remedy = register.view().notice.expect("words").remedy.to_string();
    assert!(remedy.contains("Ctrl R"), "the notice names the key: {remedy}");
    // The page knows what was refused: only what for and how much are asked.
    must(&mut register, Command::OpenPage(PageName::RainChecks));
    assert_eq!(page(&register).title.to_string(), "What is it for?");
    assert_eq!(page(&register).answered[0].1.to_string(), "Coupon");
    must(&mut register, answer(WATER));
    must(&mut register, answer("0.50"));
    pay(&mut register);
    let check = issued(&shop).remove(0);
    assert_eq!((check.number, check.kind), (7_001, RainCheckKind::Coupon));
    assert_eq!(check.worth, Worth::Off(Money::from_minor(50)));
    assert_eq!(check.until.to_string(), "2026-12-22");
    let paper = shop.receipts();
    for words in ["RAIN CHECK No. 7001", "Taken off, once", "$0.50", "Se descuenta una vez"] {
        assert!(paper.contains(words), "{words}: {paper}");
    }
    // The customer is back, with the same water.
    assert_eq!(enter(&mut register, &format!("3*{WATER}")), Answer::Done);
    look_up(&mut register, "7001");
    must(&mut register, choose(0));
    assert_eq!(sell(&register).lines[0].amount, Money::from_minor(387 - 50));
    // The line's price is fixed now, and it is the same rain check in no second line.
    let cheaper = tideover::domain::quantity::UnitPrice::from_tenthousandths(1);
    let price = Command::SetPrice { place: 0, unit_price: cheaper, reason: Reason::Other };
    assert_eq!(refused(&mut register, price), Refusal::PriceIsFixed);
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    must(&mut register, Command::OpenPage(PageName::RainChecks));
    let again = refused(&mut register, answer("7001"));
    assert_eq!(again, RainCheckFault::InThisSale(7_001).into());
    must(&mut register, Command::LeavePage);
    pay(&mut register);
    let sale = last_sale(&shop);
    assert!(sale.adds_up());
    let honored: Vec<_> = sale.honored().map(|one| (one.place, one.of.number)).collect();
    assert_eq!(honored, [(0, 7_001)]);
    assert_eq!(sale.lines[0].changed.map(|changed| changed.reason), Some(Reason::RainCheck));
    assert!(shop.receipts().contains("Rain check 7001"), "the receipt names it");
    // Once.
    assert_eq!(listed(&mut register), Vec::<String>::new());
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    must(&mut register, Command::OpenPage(PageName::RainChecks));
    assert_eq!(refused(&mut register, answer("7001")), redeemed(7_001));
}

#[test]
fn nothing_of_value_is_kept_whatever_is_scanned_or_keyed() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    must(&mut register, Command::OpenPage(PageName::RainChecks));
    must(&mut register, Command::Page(PageInput::Action(0)));
    must(&mut register, choose(3));
    for number in ["card 6006491234567890123", "6006 49 1234", "600649-1234567"] {
        let refusal = refused(&mut register, answer(number));
        assert_eq!(refusal, RainCheckFault::HoldsANumber.into(), "{number}");
    }
    let card = refused(&mut register, answer("4111111111111111"));
    assert_eq!(card, Refusal::CardNumberInText);
    assert_eq!(refused(&mut register, answer(&"x".repeat(61))), RainCheckFault::TooLong.into());
    // The card itself: only what it is called.
    must(&mut register, answer(GIFT_CARD));
    must(&mut register, answer(""));
    write(&mut register, 0, COUPON);
    must(&mut register, answer("1.00"));
    let what: Vec<(String, Worth)> =
        issued(&shop).into_iter().map(|check| (check.what, check.worth)).collect();
    let off = Worth::Off(Money::from_minor(100));
    assert_eq!(what[0], ("Tideover Market gift card".to_owned(), Worth::Unsaid));
    assert_eq!(what[1], (String::new(), off));
    register.close().expect("closed");
    let mut files = vec![shop.data().0];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).expect("read").map(|e| e.expect("a file").path()));
            continue;
        }
        if path.extension().is_some_and(|kind| kind == "pack") {
            continue; // The store's own list of prefixes.
        }
        let bytes = std::fs::read(&path).expect("read");
        for number in [GIFT_CARD, COUPON, "4111111111111111", "600649"] {
            let found = bytes.windows(number.len()).any(|part| part == number.as_bytes());
            assert!(!found, "{number} stands in {}", path.display());
        }
    }
}

#[test]
fn a_promised_price_holds_for_so_many_and_the_rest_costs_as_ever() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    price_match(&mut register);
    assert_eq!(enter(&mut register, &format!("3*{WATER}")), Answer::Done);
    look_up(&mut register, "7001");
    must(&mut register, choose(0));
    assert_eq!(sell(&register).lines[0].amount, Money::from_minor(2 * 100 + 129));
    // A line that is taken back sets it free again.
    must(&mut register, Command::VoidLine { place: 0 });
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    look_up(&mut register, "7001");
    must(&mut register, choose(0));
    pay(&mut register);
    let sale = last_sale(&shop);
    assert_eq!(sale.honored().map(|one| one.place).collect::<Vec<_>>(), [1]);
    assert_eq!(sale.subtotal, Money::from_minor(100));
    // It can come back like anything else, at what it cost.
    must(&mut register, Command::FindReceipt { number: sale.number.to_string() });
    let quantity = tideover::domain::quantity::Quantity::ONE;
    must(&mut register, Command::ReturnItem { place: 1, quantity, reason: Reason::Damaged });
    must(&mut register, Command::LeaveReceipt);
    assert_eq!(sell(&register).lines[0].amount, Money::from_minor(-100));
}

#[test]
fn what_is_given_up_put_aside_or_voided_redeems_nothing() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    price_match(&mut register);
    let honor = |register: &mut Register| {
        assert_eq!(enter(register, WATER), Answer::Done);
        look_up(register, "7001");
        must(register, choose(0));
    };
    honor(&mut register);
    must(&mut register, Command::AbandonSale);
    assert_eq!(listed(&mut register), ["7001"]);
    // Put aside with the rain check in it; meanwhile another basket redeems it.
    honor(&mut register);
    must(&mut register, Command::Suspend);
    honor(&mut register);
    pay(&mut register);
    let paid = last_sale(&shop).number;
    must(&mut register, Command::Resume { slip: 7_001 });
    assert_eq!(refused(&mut register, Command::BeginTender), redeemed(7_001));
    must(&mut register, Command::VoidLine { place: 0 });
    must(&mut register, Command::AbandonSale);
    // The sale that redeemed it is voided: it is good again.
    must(&mut register, Command::FindReceipt { number: paid.to_string() });
    let void = Command::VoidSale { reason: Reason::Mistake };
    assert!(matches!(refused(&mut register, void), Refusal::NeedsApproval(Act::Void, _)));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::NextCustomer);
    assert_eq!(listed(&mut register), ["7001"]);
    // And all of that is so after a restart.
    register.close().expect("closed");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(listed(&mut register), ["7001"]);
    honor(&mut register);
    pay(&mut register);
    assert_eq!(listed(&mut register), Vec::<String>::new());
}

#[test]
fn a_large_promise_needs_a_lead_and_one_past_its_day_a_manager() {
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    write(&mut register, 0, WATER);
    let asked = Refusal::NeedsApproval(Act::RainCheck, Role::Lead);
    assert_eq!(refused(&mut register, answer("20.01")), asked);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    // What nobody can reckon is as much as a large one.
    write(&mut register, PRICE_MATCH, "the blue mixer of another store");
    must(&mut register, answer("39.99"));
    assert_eq!(refused(&mut register, answer("")), asked);
    must(&mut register, Command::Decline);
    must(&mut register, Command::LeavePage);
    let signed = shop.events().into_iter().find_map(|event| match event {
        Event::RainCheck(RainCheckStep::Issued { approval, .. }) => approval,
        _ => None,
    });
    assert_eq!(signed.expect("signed").by.as_str(), LEAD.0);
    assert_eq!(issued(&shop).len(), 1);
    register.close().expect("closed");

    for _ in 0..31 {
        shop.clock.advance_ms(86_400_000);
    }
    let mut register = shop.start();
    register.clock_is(Some(0));
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    let float = Money::from_minor(15_000);
    assert_eq!(register.handle(Command::OpenShift { float }), Answer::Done);
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    look_up(&mut register, "7001");
    let lead = page(&register).lead;
    assert!(lead[0].to_string().contains("past its last day"), "{lead:?}");
    let late = Refusal::NeedsApproval(Act::ExpiredRainCheck, Role::Manager);
    assert_eq!(refused(&mut register, choose(0)), late);
    assert!(register.view().about.to_string().contains("2026-12-22"));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    assert_eq!(sell(&register).lines[0].amount, Money::ZERO, "never below nothing");
    pay(&mut register);
    let sale = last_sale(&shop);
    assert_eq!(sale.terms.approvals[0].act, Act::ExpiredRainCheck);
}

#[test]
fn rewards_and_gift_cards_are_for_the_service_desk_where_a_lead_signs() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    write(&mut register, REWARD, "500 points");
    must(&mut register, answer("5.00"));
    assert!(shop.receipts().contains("At the service desk"), "{}", shop.receipts());
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    look_up(&mut register, "7001");
    let shown = page(&register);
    assert!(!shown.choices[0].enabled, "a register does not take it");
    assert!(matches!(
        refused(&mut register, choose(0)),
        Refusal::RainCheck(RainCheckFault::AtTheDesk(RainCheckKind::Reward))
    ));
    let asked = Refusal::NeedsApproval(Act::RainCheck, Role::Lead);
    assert_eq!(refused(&mut register, choose(1)), asked);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    assert_eq!(page(&register).rows.len(), 0, "nothing is out any more");
    assert_eq!(refused(&mut register, answer("7001")), redeemed(7_001));
    let events = shop.events();
    let Some(Event::RainCheck(RainCheckStep::Redeemed { of, approval })) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!((of.number, of.hash_start), (7_001, None));
    assert_eq!(approval.as_ref().map(|approval| approval.by.as_str()), Some(LEAD.0));
}

#[test]
fn what_cannot_be_is_refused_in_words_and_nothing_is_half_done() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    must(&mut register, Command::OpenPage(PageName::RainChecks));
    for number in ["7001", "0", "-3", "99999999999999999999", "7OO1", "\u{1b}p"] {
        assert!(
            matches!(
                refused(&mut register, answer(number)),
                Refusal::RainCheck(RainCheckFault::NoSuchNumber(_))
            ),
            "{number}"
        );
    }
    let own = shop.events();
    assert!(!own.iter().any(|event| event.kind() == "rain_check"));
    let codes = [
        ("TDR1:1042:7:ABABABABABABABAB:12", "does not prove itself"),
        ("TDR1:1042:7:ABAB", "was not read whole"),
        ("TDR2:ABCDEFG", "not enrolled"),
    ];
    for (code, said) in codes {
        must(&mut register, Command::LeavePage);
        assert!(matches!(scan(&mut register, code), Answer::Refused(_)), "{code}");
        let words = register.view().notice.expect("words");
        assert!(words.text.to_string().contains(said), "{code}: {}", words.text);
        assert!(!words.remedy.to_string().is_empty());
    }
    must(&mut register, Command::OpenPage(PageName::RainChecks));
    must(&mut register, Command::Page(PageInput::Action(0)));
    must(&mut register, choose(PRICE_MATCH));
    assert_eq!(refused(&mut register, answer(" ")), RainCheckFault::NothingSaid.into());
    must(&mut register, answer(WATER));
    for price in ["", "0", "-1", "1.23456", "1000.01", "a lot"] {
        assert_eq!(refused(&mut register, answer(price)), RainCheckFault::NotAnAmount.into());
    }
    must(&mut register, answer("2.00"));
    for pieces in ["0", "100", "-1", "1.5"] {
        assert_eq!(refused(&mut register, answer(pieces)), RainCheckFault::NotPieces.into());
    }
    must(&mut register, answer(""));
    // 2.00 is no bargain for a water of 1.29: the customer keeps it.
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    look_up(&mut register, "7001");
    assert_eq!(refused(&mut register, choose(0)), RainCheckFault::CostsNoMore.into());
    must(&mut register, Command::LeavePage);
    must(&mut register, Command::VoidLine { place: 0 });
    look_up(&mut register, "7001");
    assert!(matches!(
        refused(&mut register, choose(0)),
        Refusal::RainCheck(RainCheckFault::ItemMissing(_))
    ));
    assert_eq!(listed(&mut register), ["7001"]);
    // Not while somebody pays, and not by nobody.
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    must(&mut register, Command::BeginTender);
    let open = Command::OpenPage(PageName::RainChecks);
    assert_eq!(refused(&mut register, open.clone()), Refusal::PaymentUnderWay);
    must(&mut register, Command::LeaveTender);
    must(&mut register, Command::SignOut);
    assert_eq!(refused(&mut register, open), Refusal::NotSignedIn);
}

#[test]
fn of_several_lines_the_cashier_says_which_when_the_words_do_not() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    write(&mut register, 0, "any drink");
    must(&mut register, answer("0.25"));
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    assert_eq!(enter(&mut register, "0.65*4011"), Answer::Done);
    look_up(&mut register, "7001");
    must(&mut register, choose(0));
    let names: Vec<String> = page(&register).rows.iter().map(|r| r.cells[0].to_string()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    must(&mut register, Command::Page(PageInput::Row(1)));
    let amounts: Vec<i64> = sell(&register).lines.iter().map(|l| l.amount.minor()).collect();
    assert_eq!(amounts, [129, 38 - 25]);
    // A coupon that was refused a while ago does not begin a page of its own.
    assert_eq!(scan(&mut register, COUPON), Answer::Refused(Refusal::Coupon));
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    must(&mut register, Command::OpenPage(PageName::RainChecks));
    assert_eq!(page(&register).title.to_string(), "Rain checks");
}
