//! One customer after the other: what a sale may and may not do.

use super::*;
use crate::domain::cash_rounding::CashRounding;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{Epoch, SaleNo, Seq, TaxClass};
use crate::domain::tax::{TaxRate, TaxRow};
use crate::domain::tender::CheckNumber;
use crate::domain::tender::Tender;

fn item(price: &str, sold_by: SoldBy) -> Item {
    Item {
        code: ItemCode::parse("4011").expect("code"),
        name: "Bananas".to_owned(),
        unit_price: UnitPrice::parse(price).expect("price"),
        sold_by,
        tax_class: TaxClass::parse("general").expect("class"),
        department: 1,
        age_min: None,
    }
}

fn table() -> TaxTable {
    TaxTable::new(vec![TaxRow {
        code: TaxClass::parse("ST").expect("code"),
        class: TaxClass::parse("general").expect("class"),
        rate: TaxRate::parse_percent("8.25").expect("rate"),
        from: BusinessDate::parse("2020-01-01").expect("day"),
        until: None,
    }])
}

fn pricing(taxes: &TaxTable) -> Pricing<'_> {
    let date = BusinessDate::parse("2026-11-22").expect("day");
    Pricing { taxes, basis: TaxBasis::Invoice, date }
}

fn cash(minor: i64) -> Tender {
    Tender::Cash { amount: Money::from_minor(minor) }
}

fn check(minor: i64) -> Tender {
    let number = CheckNumber::parse("1234").expect("number");
    Tender::plain_check(Money::from_minor(minor), number)
}

fn tendering(price: &str, quantity: &str) -> Tendering {
    let mut basket = Basket::default();
    let quantity = Quantity::parse(quantity).expect("quantity");
    basket.add(&item(price, SoldBy::Weight), quantity, LinePrice::Pack).expect("added");
    basket.tender(pricing(&table())).expect("tendering")
}

fn completed(taken: Result<Taken, (Tendering, Refusal)>) -> CompletedSale {
    match taken {
        Ok(Taken::All(paid)) => paid.number(SaleNo(1), ShiftNo(1)),
        other => panic!("not completed: {other:?}"),
    }
}

#[test]
fn a_voided_line_stays_and_counts_for_nothing() {
    let mut basket = Basket::default();
    let bananas = item("1.00", SoldBy::Each);
    basket.add(&bananas, Quantity::ONE, LinePrice::Pack).expect("first");
    basket.add(&bananas, Quantity::ONE, LinePrice::Pack).expect("second");
    basket.void(0).expect("voided");
    assert_eq!(basket.void(0), Err(Refusal::LineAlreadyVoided));
    assert_eq!(basket.void(2), Err(Refusal::NoSuchLine));
    assert_eq!(basket.lines().len(), 2);
    let totals = basket.totals(pricing(&table())).expect("fits");
    assert_eq!((totals.subtotal.minor(), totals.total.minor()), (100, 108));
}

#[test]
fn cash_and_check_share_a_sale_and_only_cash_is_rounded() {
    let tendering = tendering("10.00", "1"); // 10.83 with tax
    let Ok(Taken::Part(rest)) = tendering.take(check(500), CashRounding::Nearest5) else {
        panic!("a part was expected")
    };
    assert_eq!(rest.still_due(), Money::from_minor(583));
    let sale = completed(rest.take(cash(600), CashRounding::Nearest5));
    assert_eq!((sale.rounding.minor(), sale.change.minor()), (2, 15));
    assert_eq!(sale.cash_kept().map(Money::minor), Ok(585));
    assert!(sale.adds_up());
}

#[test]
fn a_check_pays_what_is_due_and_no_more() {
    let refused = tendering("10.00", "1").take(check(1084), CashRounding::None);
    assert_eq!(refused.map_err(|(_, refusal)| refusal), Err(Refusal::CheckAboveDue));
    let sale = completed(tendering("10.00", "1").take(check(1083), CashRounding::Nearest5));
    assert_eq!((sale.rounding, sale.change), (Money::ZERO, Money::ZERO));
}

#[test]
fn a_refused_tender_loses_nothing() {
    let before = tendering("10.00", "1");
    for tender in [cash(0), cash(-5), check(0)] {
        let refused = before.clone().take(tender, CashRounding::None);
        assert_eq!(refused, Err((before.clone(), Refusal::TenderNotPositive)));
    }
}

#[test]
fn what_rounds_to_nothing_in_cash_is_paid_with_nothing() {
    let sale = completed(tendering("0.02", "1").take(cash(0), CashRounding::Nearest5));
    assert_eq!((sale.total.minor(), sale.rounding.minor(), sale.change.minor()), (2, -2, 0));
    assert!(sale.adds_up());
    for rounding in [CashRounding::None, CashRounding::ChangeUp5] {
        let refused = tendering("0.02", "1").take(cash(0), rounding);
        assert_eq!(refused.map_err(|(_, refusal)| refusal), Err(Refusal::TenderNotPositive));
    }
}

#[test]
fn a_returned_item_pays_out_the_mirror_of_its_sale() {
    let sale = completed(tendering("8.99", "0.65").take(cash(1000), CashRounding::Nearest5));
    let refund = completed(tendering("8.99", "-0.65").take(cash(0), CashRounding::Nearest5));
    assert!(refund.is_refund() && refund.adds_up());
    assert_eq!(refund.total, sale.total.negated().expect("fits"));
    assert_eq!(refund.cash_kept(), sale.cash_kept().and_then(Money::negated));
}

#[test]
fn payment_goes_back_only_while_nothing_was_taken() {
    let basket = tendering("10.00", "1").back().expect("nothing taken yet");
    assert_eq!(basket.lines().len(), 1);
    let Ok(Taken::Part(part)) = tendering("10.00", "1").take(cash(500), CashRounding::None) else {
        panic!("a part was expected")
    };
    assert_eq!(part.clone().back().map_err(|(_, r)| r), Err(Refusal::PaymentBegun));
    let abandoned = part.abandon(ShiftNo(1)).expect("abandoned");
    assert_eq!(abandoned.returned, Money::from_minor(500));
}

#[test]
fn nonsense_never_becomes_a_line() {
    let mut basket = Basket::default();
    let bananas = item("1.00", SoldBy::Each);
    let mut add =
        |quantity: i64, price| basket.add(&bananas, Quantity::from_tenthousandths(quantity), price);
    assert_eq!(add(0, LinePrice::Pack), Err(Refusal::QuantityOutOfRange));
    assert_eq!(add(i64::MIN, LinePrice::Pack), Err(Refusal::QuantityOutOfRange));
    assert_eq!(add(5_000, LinePrice::Pack), Err(Refusal::WholePiecesOnly));
    let absurd = LinePrice::Label(Money::from_minor(i64::MIN));
    assert_eq!(add(10_000, absurd), Err(Refusal::AmountOutOfRange));
    assert!(basket.is_empty());
}

#[test]
fn the_most_that_can_be_handed_over_is_taken_and_a_cent_more_is_not() {
    let most = SALE_AMOUNT_MAX.minor();
    let sale = completed(tendering("10.00", "1").take(cash(most), CashRounding::None));
    assert_eq!(sale.change.minor(), most - 1_083);
    let refused = tendering("10.00", "1").take(cash(most + 1), CashRounding::None);
    assert_eq!(refused.map_err(|(_, refusal)| refusal), Err(Refusal::AmountOutOfRange));
}

#[test]
fn items_of_two_receipts_never_come_back_in_one_basket() {
    let link = |seq| SaleLink {
        kind: LinkKind::Return,
        epoch: Epoch([7; 8]),
        seq: Seq(seq),
        number: SaleNo(1),
        reason: Reason::Other,
        paper: None,
    };
    let sold = completed(tendering("10.00", "2").take(cash(3_000), CashRounding::None));
    let day = BusinessDate::parse("2026-11-23").expect("day");
    let one = sold.lines[0].turned_round(0, day, Quantity::ONE).expect("turned round");
    let mut basket = Basket::default();
    assert_eq!(basket.take_back(one.clone(), &link(5)), Ok(0));
    assert_eq!(basket.take_back(one.clone(), &link(5)), Ok(1));
    assert_eq!(basket.take_back(one, &link(6)), Err(Refusal::OneReceiptAtATime));
    assert_eq!(basket.lines().len(), 2);
}

#[test]
fn the_largest_line_is_taken_and_the_next_larger_one_is_not() {
    let mut basket = Basket::default();
    let weighed = item("1.00", SoldBy::Weight);
    let most = LINE_QUANTITY_MAX.tenthousandths();
    let mut add = |quantity, price| {
        basket.add(&weighed, Quantity::from_tenthousandths(quantity), price).map(|_| ())
    };
    assert_eq!(add(most, LinePrice::Pack), Ok(()));
    assert_eq!(add(-most, LinePrice::Pack), Ok(()));
    assert_eq!(add(most + 1, LinePrice::Pack), Err(Refusal::QuantityOutOfRange));
    assert_eq!(add(-most - 1, LinePrice::Pack), Err(Refusal::QuantityOutOfRange));
    assert_eq!(add(10_000, LinePrice::Label(LINE_AMOUNT_MAX)), Ok(()));
    let above = Money::from_minor(LINE_AMOUNT_MAX.minor() + 1);
    assert_eq!(add(10_000, LinePrice::Label(above)), Err(Refusal::AmountOutOfRange));
    assert_eq!(add(10_000, LinePrice::Keyed(UNIT_PRICE_MAX)), Ok(()));
    let above = UnitPrice::from_tenthousandths(UNIT_PRICE_MAX.tenthousandths() + 1);
    assert_eq!(add(10_000, LinePrice::Keyed(above)), Err(Refusal::AmountOutOfRange));
}

#[test]
fn what_a_label_or_a_receipt_says_is_not_changed() {
    let day = BusinessDate::parse("2026-11-23").expect("day");
    let sold = completed(tendering("10.00", "2").take(cash(3_000), CashRounding::None));
    let back = sold.lines[0].turned_round(0, day, Quantity::ONE).expect("turned round");
    let link = sold.link(LinkKind::Return, (Epoch([7; 8]), Seq(5)), Reason::Customer);
    let mut basket = Basket::default();
    let bananas = item("1.00", SoldBy::Weight);
    let label = LinePrice::Label(Money::from_minor(349));
    basket.add(&bananas, Quantity::ONE, label).expect("a label");
    basket.take_back(back, &link).expect("a return");
    basket.add(&bananas, Quantity::ONE, LinePrice::Pack).expect("a line");
    let price = UnitPrice::parse("0.50").expect("a price");
    for fixed in [0, 1] {
        let refused = basket.set_price(fixed, price, Reason::ShelfPrice).map(|_| ());
        assert_eq!(refused, Err(Refusal::PriceIsFixed), "line {fixed}");
    }
    assert_eq!(basket.set_quantity(0, Quantity::ONE), Err(Refusal::PriceIsFixed));
    assert_eq!(basket.set_price(2, price, Reason::ShelfPrice).map(|_| ()), Ok(()));
}

#[test]
fn only_what_was_sold_comes_back_and_only_once() {
    let day = BusinessDate::parse("2026-11-23").expect("day");
    let sold = completed(tendering("10.00", "2").take(cash(3_000), CashRounding::None));
    let line = &sold.lines[0];
    let back = |line: &SaleLine, quantity| {
        line.turned_round(0, day, Quantity::from_tenthousandths(quantity)).map(|line| line.amount)
    };
    assert_eq!(back(line, 20_000), Ok(Money::from_minor(-2_000)));
    assert_eq!(back(line, 5_000), Ok(Money::from_minor(-500)));
    for too_much in [20_001, 0, -1] {
        assert_eq!(back(line, too_much), Err(Refusal::MoreThanSold), "{too_much}");
    }
    let voided = SaleLine { voided: true, ..line.clone() };
    assert_eq!(back(&voided, 10_000), Err(Refusal::MoreThanSold));
    let returned = Some(ReturnedLine { place: 0, day });
    let returned = SaleLine { returned, ..line.clone() };
    assert_eq!(back(&returned, 10_000), Err(Refusal::MoreThanSold));
    let label = SaleLine { price_source: PriceSource::Label, ..line.clone() };
    assert_eq!(back(&label, 20_000), Ok(Money::from_minor(-2_000)));
    assert_eq!(back(&label, 10_000), Err(Refusal::WholeLineOnly));
}

#[test]
fn who_stood_behind_a_payment_is_kept_with_the_sale() {
    use crate::domain::approval::Act;
    use crate::domain::ids::PersonId;
    use crate::domain::person::Role;
    let by = PersonId::parse("41").expect("a person");
    let approval = Approval { act: Act::Refund, by, role: Role::Lead };
    let mut tendering = tendering("10.00", "1");
    tendering.approve(None);
    tendering.approve(Some(approval.clone()));
    let sale = completed(tendering.take(cash(2_000), CashRounding::None));
    assert_eq!(sale.terms.approvals, [approval]);
}

#[test]
fn a_sale_has_as_many_lines_as_a_record_holds_and_no_more() {
    let mut basket = Basket::default();
    let bananas = item("1.00", SoldBy::Each);
    for line in 0..SALE_LINES_MAX {
        assert_eq!(basket.add(&bananas, Quantity::ONE, LinePrice::Pack), Ok(line));
    }
    let one_more = basket.add(&bananas, Quantity::ONE, LinePrice::Pack);
    assert_eq!(one_more, Err(Refusal::TooManyLines));
    assert_eq!(basket.lines().len(), SALE_LINES_MAX);
}

fn dollar_each() -> Basket {
    let mut basket = Basket::default();
    basket.add(&item("1.00", SoldBy::Each), Quantity::ONE, LinePrice::Pack).expect("added");
    basket
}

fn approval() -> Approval {
    let person = crate::domain::ids::PersonId::parse("m9").expect("a person");
    let act = crate::domain::approval::Act::CheckAboveLimit;
    Approval { act, by: person, role: crate::domain::person::Role::Manager }
}

fn open_line(name: &str) -> OpenLine {
    OpenLine {
        code: "4011".to_owned(),
        name: name.to_owned(),
        quantity: Quantity::ONE,
        missing: Missing::Price,
        lot: Lot { batch: None, expires: Some(day("2026-12-24")) },
    }
}

fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(text).expect("day")
}

#[test]
fn an_open_line_is_kept_until_it_is_settled_or_dropped() {
    let mut basket = Basket::default();
    assert!(basket.is_empty());
    assert_eq!(basket.add_open(open_line("one")), Ok(0));
    assert!(!basket.is_empty(), "an open line is a line");
    assert_eq!(basket.add_open(open_line("two")), Ok(1));
    assert_eq!(basket.open_lines(), [open_line("one"), open_line("two")]);
    let bananas = item("1.00", SoldBy::Each);
    let settle =
        |basket: &mut Basket, place| basket.settle(place, &bananas, Quantity::ONE, LinePrice::Pack);
    assert_eq!(settle(&mut basket, 2), Err(Refusal::NoSuchLine));
    assert_eq!(settle(&mut basket, 1), Ok(0));
    assert_eq!(basket.lines()[0].lot.expires, Some(day("2026-12-24")));
    assert_eq!(basket.open_lines(), [open_line("one")]);
    assert_eq!(basket.drop_open(1), Err(Refusal::NoSuchLine));
    assert_eq!(basket.drop_open(0), Ok(open_line("one")));
    assert_eq!(basket.drop_open(0), Err(Refusal::NoSuchLine));
    assert!(!basket.is_empty());
    let lot = open_line("").lot;
    let added = basket.add_of_lot(&bananas, Quantity::ONE, LinePrice::Pack, lot.clone());
    assert_eq!((added, &basket.lines()[1].lot), (Ok(1), &lot));
}

#[test]
fn nothing_is_paid_while_a_line_is_open() {
    let taxes = table();
    let refused = |basket: Basket| basket.tender(pricing(&taxes)).expect_err("refused").1;
    assert_eq!(refused(Basket::default()), Refusal::NothingToPay);
    let mut voided = dollar_each();
    voided.void(0).expect("voided");
    assert_eq!(refused(voided), Refusal::NothingToPay);
    let mut open = dollar_each();
    open.add_open(open_line("one")).expect("added");
    assert_eq!(refused(open), Refusal::OpenLines(1));
    let mut only_open = Basket::default();
    only_open.add_open(open_line("one")).expect("added");
    assert_eq!(refused(only_open), Refusal::OpenLines(1));
}

#[test]
fn coupons_and_gift_cards_that_were_offered_add_up() {
    let mut basket = dollar_each();
    basket.count_offered(Offered { coupons: 2, gift_cards: 1 });
    basket.count_offered(Offered { coupons: 1, gift_cards: 1 });
    assert_eq!(basket.terms().offered, Offered { coupons: 3, gift_cards: 2 });
}

#[test]
fn more_of_a_line_changes_it_and_less_leaves_a_trace() {
    let pieces = |count| Quantity::pieces(count).expect("fits");
    let mut basket = dollar_each();
    basket.set_quantity(0, pieces(3)).expect("more");
    assert_eq!((basket.lines().len(), basket.lines()[0].amount.minor()), (1, 300));
    basket.set_quantity(0, pieces(3)).expect("as many");
    assert_eq!(basket.lines().len(), 1);
    basket.set_quantity(0, pieces(2)).expect("less");
    let lines: Vec<_> = basket.lines().iter().map(|l| (l.voided, l.amount.minor())).collect();
    assert_eq!(lines, [(true, 300), (false, 200)]);
    let half = Quantity::parse("2.5").expect("a quantity");
    assert_eq!(basket.set_quantity(1, half), Err(Refusal::WholePiecesOnly));
    assert_eq!(basket.set_quantity(1, pieces(-2)), Err(Refusal::QuantityOutOfRange));
    // What is sold by weight has any weight, and a keyed price any part.
    let mut by_weight = Basket::default();
    let bananas = item("1.00", SoldBy::Weight);
    by_weight.add(&bananas, half, LinePrice::Pack).expect("added");
    by_weight.set_quantity(0, Quantity::parse("2.75").expect("a quantity")).expect("more");
    assert_eq!(by_weight.lines()[0].amount.minor(), 275);
    let mut keyed = Basket::default();
    let dollar = LinePrice::Keyed(UnitPrice::parse("1.00").expect("a price"));
    keyed.add(&bananas, Quantity::ONE, dollar).expect("added");
    keyed.set_quantity(0, half).expect("more");
    assert_eq!(keyed.lines()[0].amount.minor(), 250);
}

#[test]
fn a_sale_notes_as_many_approvals_as_a_record_holds() {
    let mut basket = dollar_each();
    for _ in 0..APPROVALS_MAX {
        assert_eq!(basket.has_room_for_approval(true), Ok(()));
        basket.approve(None).expect("nobody had to");
        basket.approve(Some(approval())).expect("noted");
    }
    assert_eq!(basket.approve(Some(approval())), Err(Refusal::TooManyApprovals));
    assert_eq!(basket.terms().approvals.len(), APPROVALS_MAX);
    assert_eq!(basket.has_room_for_approval(true), Err(Refusal::TooManyLines));
    assert_eq!(basket.has_room_for_approval(false), Ok(()));
}

#[test]
fn the_highest_age_is_asked_about_once_and_not_for_what_comes_back() {
    let mut basket = Basket::default();
    let of_age = |age| Item { age_min: Some(age), ..item("1.00", SoldBy::Each) };
    for age in [18, 21] {
        basket.add(&of_age(age), Quantity::ONE, LinePrice::Pack).expect("added");
    }
    assert_eq!(basket.age_to_ask(), Some(21));
    let found = |years| AgeCheck { years, proof: AgeProof::Sight };
    basket.set_age(found(18));
    assert_eq!(basket.age_to_ask(), Some(21), "18 does not answer for 21");
    basket.set_age(found(21));
    assert_eq!(basket.age_to_ask(), None);
    basket.terms.age = None;
    basket.void(1).expect("voided");
    assert_eq!(basket.age_to_ask(), Some(18));
    basket.lines[0].returned = Some(ReturnedLine { place: 0, day: day("2026-11-20") });
    assert_eq!(basket.age_to_ask(), None);
}

#[test]
fn a_sale_that_a_card_may_have_paid_says_which_it_is() {
    let mut basket = dollar_each();
    let case = RecordRef { epoch: Epoch([9; 8]), seq: Seq(4) };
    basket.set_card_pending(case);
    assert_eq!(basket.terms().card_pending, Some(case));
}

#[test]
fn taxes_of_one_code_and_rate_are_one_line_whatever_day_they_are_of() {
    let mut rows = vec![];
    for (code, percent, from, until) in [
        ("ST", "8.25", "2020-01-01", Some("2026-11-20")),
        ("ST", "8.25", "2026-11-21", None),
        ("CITY", "1.00", "2020-01-01", None),
    ] {
        rows.push(TaxRow {
            code: TaxClass::parse(code).expect("code"),
            class: TaxClass::parse("general").expect("class"),
            rate: TaxRate::parse_percent(percent).expect("rate"),
            from: day(from),
            until: until.map(day),
        });
    }
    let mut basket = Basket::default();
    for _ in 0..2 {
        basket.add(&item("10.00", SoldBy::Each), Quantity::ONE, LinePrice::Pack).expect("added");
    }
    basket.lines[0].returned = Some(ReturnedLine { place: 0, day: day("2026-11-20") });
    let taxes = TaxTable::new(rows);
    let totals = basket.totals(pricing(&taxes)).expect("fits");
    let mut found: Vec<_> = totals
        .taxes
        .iter()
        .map(|tax| (tax.code.to_string(), tax.taxable.minor(), tax.amount.minor()))
        .collect();
    found.sort();
    assert_eq!(found, [("CITY".to_owned(), 2_000, 20), ("ST".to_owned(), 2_000, 166)]);
    assert_eq!(totals.total.minor(), 2_186);
}

#[test]
fn a_payment_shows_and_saves_what_it_is_for_and_what_was_taken() {
    let tendering = tendering("10.00", "1");
    assert_eq!(tendering.saved().lines.len(), 1);
    assert_eq!(tendering.tenders(), []);
    let Ok(Taken::Part(rest)) = tendering.take(check(500), CashRounding::None) else {
        panic!("a part was expected")
    };
    assert_eq!(rest.tenders(), [check(500)]);
    assert_eq!(rest.still_due().minor(), 583);
}

#[test]
fn cash_back_on_a_check_stays_within_what_the_store_gives_and_its_coins_can_pay() {
    let rules = |rounding, cents| TenderRules { rounding, cash_back_max: Money::from_minor(cents) };
    let back = |due: i64, check: i64, rules| {
        let mut tendering = tendering("10.00", "1");
        tendering.still_due = Money::from_minor(due);
        tendering.take(self::check(check), rules).map_or_else(
            |(_, refusal)| Err(refusal),
            |taken| {
                let sale = completed(Ok(taken));
                Ok((sale.rounding.minor(), sale.change.minor()))
            },
        )
    };
    let none = CashRounding::None;
    assert_eq!(back(1_000, 3_000, rules(none, 2_000)), Ok((0, 2_000)));
    assert_eq!(back(1_000, 1_001, rules(none, 1)), Ok((0, 1)));
    let most = crate::domain::check::fault::CheckFault::CashBack(Money::from_minor(3_000)).into();
    assert_eq!(back(1_000, 3_001, rules(none, 2_000)), Err(most));
    for (due, most) in [(0, 2_000), (-100, 2_000), (1_000, 0), (0, 0)] {
        assert_eq!(back(due, 3_000, rules(none, most)), Err(Refusal::CheckAboveDue), "{due}");
    }
    let fives = CashRounding::Nearest5;
    assert_eq!(back(1_000, 1_005, rules(fives, 2_000)), Ok((0, 5)));
    let uneven = Err(crate::domain::check::fault::CheckFault::CashBackUneven.into());
    for cents in [1_001, 1_004, 1_006, 1_008] {
        assert_eq!(back(1_000, cents, rules(fives, 2_000)), uneven);
    }
    assert_eq!(back(1_000, 1_003, rules(none, 2_000)), Ok((0, 3)));
}

#[test]
fn a_void_is_the_sale_turned_round_without_the_lines_that_were_taken_back() {
    let mut basket = dollar_each();
    let bananas = item("1.00", SoldBy::Each);
    basket.add(&bananas, Quantity::ONE, LinePrice::Pack).expect("added");
    basket.void(0).expect("voided");
    let paid = basket.tender(pricing(&table())).expect("tendering");
    let sale = completed(paid.take(cash(200), CashRounding::None));
    let link = sale.link(LinkKind::Void, (Epoch([9; 8]), Seq(4)), Reason::Mistake);
    let terms = Terms { link: Some(link.clone()), ..Terms::default() };
    let reverse = |sale: &CompletedSale| {
        sale.reversed(SaleNo(2), ShiftNo(1), day("2026-11-22"), terms.clone())
    };
    let void = reverse(&sale).expect("turned round");
    assert!(void.adds_up() && void.is_void() && void.is_refund());
    let lines: Vec<_> = void.lines.iter().map(|line| line.amount.minor()).collect();
    assert_eq!((lines, void.total.minor(), void.change.minor()), (vec![-100], -108, 108));
    assert_eq!(void.tenders, [cash(0)]);
    assert_eq!(reverse(&void), Err(Refusal::NotVoidable), "a void is not voided");
    let mut of_age = sale.clone();
    of_age.lines[1].age_min = Some(18);
    let back = reverse(&of_age).expect("turned round");
    assert_eq!(back.lines[0].age_min, None, "nobody is asked how old they are to give it back");
    let mut linked = sale.clone();
    linked.terms.link = Some(link);
    assert_eq!(reverse(&linked), Err(Refusal::NotVoidable));
    let mut refund = sale.clone();
    refund.total = Money::from_minor(-1);
    assert_eq!(reverse(&refund), Err(Refusal::NotVoidable));
    // Paid by check alone there is no cash to go back; with cash back it comes from the customer.
    let by_check = |cents| {
        let rules =
            TenderRules { rounding: CashRounding::None, cash_back_max: Money::from_minor(2_000) };
        completed(tendering("1.00", "1").take(check(cents), rules))
    };
    let returned = |cents| Tender::CheckReturned {
        amount: Money::from_minor(cents),
        number: CheckNumber::parse("1234").expect("number"),
    };
    assert_eq!(reverse(&by_check(108)).expect("turned round").tenders, [returned(108)]);
    let back = reverse(&by_check(1_108)).expect("turned round");
    assert_eq!(
        (back.tenders.as_slice(), back.change.minor()),
        (&[returned(1_108), cash(1_000)][..], 0)
    );
    assert!(back.adds_up());
}

#[test]
fn a_sale_adds_up_only_when_each_sum_does() {
    let sale = completed(tendering("10.00", "2").take(cash(3_000), CashRounding::None));
    assert!(sale.adds_up());
    let wrong = |change: &dyn Fn(&mut CompletedSale)| {
        let mut sale = sale.clone();
        change(&mut sale);
        !sale.adds_up()
    };
    let cent = Money::from_minor(1);
    assert!(wrong(&|sale| sale.lines[0].unit_price = UnitPrice::default()));
    assert!(wrong(&|sale| sale.subtotal = cent));
    assert!(wrong(&|sale| sale.change = cent));
    assert!(wrong(&|sale| sale.rounding = cent));
    assert!(wrong(&|sale| sale.taxes.clear()));
    assert!(wrong(&|sale| sale.total = cent));
    // A label's amount need not be its unit price times its weight.
    assert!(!wrong(&|sale| {
        sale.lines[0].unit_price = UnitPrice::default();
        sale.lines[0].price_source = PriceSource::Label;
    }));
}

#[test]
fn every_word_of_a_record_has_one_meaning() {
    for proof in [AgeProof::Id, AgeProof::Sight] {
        assert_eq!(AgeProof::from_word(proof.word()), Some(proof));
    }
    for reason in ExemptReason::ALL {
        assert_eq!(ExemptReason::from_word(reason.word()), Some(reason));
        assert!(reason.label().len() > 5);
    }
    for reason in Reason::ALL {
        assert_eq!(Reason::from_word(reason.word()), Some(reason));
        assert!(reason.label().len() > 5);
    }
    for kind in [LinkKind::Return, LinkKind::Void] {
        assert_eq!(LinkKind::from_word(kind.word()), Some(kind));
    }
    for missing in [Missing::Item, Missing::Price, Missing::Weight] {
        assert_eq!(Missing::from_word(missing.word()), Some(missing));
    }
    // As records spell them.
    assert_eq!(
        (AgeProof::Id.word(), ExemptReason::Resale.word(), Reason::ShelfPrice.word()),
        ("id", "resale", "shelf_price")
    );
    assert_eq!((LinkKind::Void.word(), Missing::Weight.word()), ("void", "weight"));
    assert_eq!(Reason::Mistake.label(), "A mistake");
    assert_eq!(ExemptReason::Government.label(), "Public body");
    assert_eq!(AgeProof::from_word("none"), None);
}
