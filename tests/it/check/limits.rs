//! What stands against a check: limits by check, account and day, the store's list, cash back.

use tideover::domain::book::Origin;
use tideover::domain::ids::RegisterNo;
use tideover::peer::News;

use super::*;

#[test]
fn a_third_check_of_an_account_needs_a_lead_also_after_a_restart() {
    let shop = Shop::new("", "", Some([9; 32]));
    let mut register = shop.open(CASHIER);
    pay(&mut register, 3, 1207);
    pay(&mut register, 3, 1208);
    // Killed, not closed: what was taken is known from the disk.
    drop(register);
    let mut register = shop.start();
    if matches!(register.view().screen, Screen::Restart(_)) {
        done(&mut register, Command::AcknowledgeRestart);
    }
    sign_in(&mut register, CASHIER);
    ask_for_check(&mut register, 3);
    read_and_answer(&mut register, &line(1209));
    assert_eq!(
        view(&register).concerns,
        [CheckFault::Limit(Breach::AccountCount(2)).text()],
        "said before anybody presses"
    );
    assert_eq!(needs(&mut register, said("", false)), Act::CheckAboveLimit);
    done(&mut register, Command::Decline);
    // Another account is another story: cash instead for this one, then a second check.
    done(&mut register, Command::Check(CheckInput::Leave));
    done(&mut register, Command::Check(CheckInput::Begin { amount: None }));
    read_and_answer(&mut register, "T111000025T 5551212U 301");
    done(&mut register, said("", false));
    assert_eq!(shop.sales().len(), 3);
}

#[test]
fn two_checks_in_one_sale_count_together() {
    let shop = Shop::new("check_account_day_sum,20.00", "", Some([9; 32]));
    let mut register = shop.open(CASHIER);
    done(&mut register, Command::Enter { text: format!("30*{WATER}") });
    done(&mut register, Command::BeginTender);
    let part = || Command::Check(CheckInput::Begin { amount: Some(Money::from_minor(1_500)) });
    done(&mut register, part());
    read_and_answer(&mut register, &line(1207));
    done(&mut register, said("", false));
    // The very same check again, before anything was recorded.
    done(&mut register, part());
    done(&mut register, said(&line(1207), true));
    assert_eq!(refused(&mut register, said("", false)), CheckFault::TakenAlready(None));
    assert_eq!(view(&register).step, Step::Number);
    // Another one of the same account is too much together.
    read_and_answer(&mut register, &line(1208));
    let limit = Breach::AccountSum(Money::from_minor(2_000));
    assert_eq!(view(&register).concerns, [CheckFault::Limit(limit).text()]);
    assert_eq!(needs(&mut register, said("", false)), Act::CheckAboveLimit);
    done(&mut register, Command::Decline);
    // Given up: nothing stays of the first.
    done(&mut register, Command::AbandonSale);
    pay(&mut register, 3, 1207);
    assert_eq!(shop.sealed().len(), 1, "one sale, one sealed row");
}

#[test]
fn an_account_on_the_store_s_list_is_refused_in_words_that_speak_for_no_bank() {
    let blocked = format!("111000025,{ACCOUNT}\n021000021,123456789");
    let shop = Shop::new("", &blocked, Some([9; 32]));
    let mut register = shop.open(LEAD);
    ask_for_check(&mut register, 3);
    assert_eq!(view(&register).list, Some((2, 0)));
    let fault = refused(&mut register, said(&line(1207), true));
    assert_eq!(fault.text().to_string(), "We cannot accept this check now");
    assert!(matches!(register.view().screen, Screen::Tender(_)), "payment goes on in cash");
    let notice = register.view().notice.expect("a notice");
    assert_eq!(
        notice.remedy.to_string(),
        "Take cash. A manager can tell why; the bank was not asked."
    );
    done(&mut register, Command::TakeCash { amount: None, confirmed: false });
    // Neither pack nor register holds the listed account in a form that can be read.
    assert_eq!(is_on_disk(&shop.data().0, ACCOUNT), None);
}

#[test]
fn limits_and_starter_checks_are_for_a_lead_to_allow() {
    let policy = "check_number_min,500\ncheck_store_day_sum,10.00\ncheck_id_from,20.00";
    let shop = Shop::new(policy, "", Some([9; 32]));
    let mut register = shop.open(CASHIER);
    ask_for_check(&mut register, 3);
    done(&mut register, said(&line(101), true));
    done(&mut register, said("", false));
    assert_eq!(view(&register).step, Step::Take, "below 20.00 no ID is asked");
    assert_eq!(view(&register).concerns, [CheckFault::NumberLow(500).text()]);
    assert_eq!(needs(&mut register, said("", false)), Act::CheckAboveLimit);
    done(&mut register, Command::Decline);
    done(&mut register, Command::Check(CheckInput::Back));
    done(&mut register, said("501", false));
    done(&mut register, said("", false));
    done(&mut register, Command::NextCustomer);
    ask_for_check(&mut register, 5);
    done(&mut register, said("T111000025T 5551212U 777", true));
    done(&mut register, said("", false));
    let limit = Breach::StoreSum(Money::from_minor(1_000));
    assert_eq!(view(&register).concerns, [CheckFault::Limit(limit).text()]);
}

#[test]
fn cash_back_is_given_where_the_store_gives_it_and_in_coins_it_has() {
    let shop = Shop::new("check_cash_back_max,50.00", "", Some([9; 32]));
    let mut register = shop.open(CASHIER);
    done(&mut register, Command::Enter { text: format!("30*{WATER}") });
    done(&mut register, Command::BeginTender);
    let begin =
        |minor| Command::Check(CheckInput::Begin { amount: Some(Money::from_minor(minor)) });
    let most = CheckFault::CashBack(Money::from_minor(8_928));
    assert_eq!(refused(&mut register, begin(8_929)), most);
    assert_eq!(refused(&mut register, begin(5_000)), CheckFault::CashBackUneven);
    done(&mut register, begin(5_928));
    read_and_answer(&mut register, &line(1207));
    done(&mut register, said("", false));
    let Screen::Done(paid) = register.view().screen else { panic!("not paid") };
    assert_eq!((paid.change.minor(), paid.rounding.minor()), (2_000, 0));
    let sale = shop.sales().remove(0);
    assert!(sale.adds_up());
    assert_eq!(sale.cash_kept().expect("fits"), Money::from_minor(-2_000));
}

#[test]
fn a_check_above_what_is_due_is_refused_before_anything_is_asked() {
    let shop = Shop::new("", "", None);
    let mut register = shop.open(CASHIER);
    done(&mut register, Command::Enter { text: WATER.to_owned() });
    done(&mut register, Command::BeginTender);
    let amount = Some(Money::from_minor(5_000));
    let answer = register.handle(Command::Check(CheckInput::Begin { amount }));
    assert_eq!(answer, Answer::Refused(Refusal::CheckAboveDue));
    assert!(matches!(register.view().screen, Screen::Tender(_)));
}

#[test]
fn checks_of_the_stores_other_registers_count_against_what_the_store_takes_a_day() {
    let policy = "check_store_day_sum,10.00\ncheck_id_from,20.00";
    let (shop, beside) =
        (Shop::new(policy, "", Some([9; 32])), Shop::new(policy, "", Some([9; 32])));
    let mut other = beside.open(CASHIER);
    ask_for_check(&mut other, 5);
    done(&mut other, said(&line(1301), true));
    done(&mut other, said("", false));
    done(&mut other, said("", false));
    assert!(matches!(other.view().screen, Screen::Done(_)));
    let mut register = shop.open(CASHIER);
    ask_for_check(&mut register, 5);
    done(&mut register, said("T111000025T 5551212U 777", true));
    let place = beside.data().place(&beside.data().settings().expect("settings"));
    let reader = Reader::open(&place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
    let heard = lines.iter().map(|line| {
        let envelope = Envelope::read(line.bytes()).expect("a record");
        let origin = Origin { register: RegisterNo(8), ..envelope.header.origin() };
        (origin, envelope.event().expect("known"))
    });
    let heard: Vec<_> = heard.collect();
    // Twice: what comes again is not counted again.
    register.heard(News::Records(heard.clone()));
    register.heard(News::Records(heard));
    done(&mut register, said("", false));
    assert_eq!(view(&register).step, Step::Take);
    let limit = Breach::StoreSum(Money::from_minor(1_000));
    assert!(view(&register).concerns.contains(&CheckFault::Limit(limit).text()));
}
