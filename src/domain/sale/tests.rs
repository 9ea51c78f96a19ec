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
