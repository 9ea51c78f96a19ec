//! The sale as a machine: thousands of random moves, and what must hold after each of them.

use tideover::domain::approval::{Act, Approval};
use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::code::batch::Lot;
use tideover::domain::event::Event;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{Epoch, PersonId, SaleNo, Seq, ShiftNo, TaxClass};
use tideover::domain::item::{Item, SoldBy};
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{
    APPROVALS_MAX, AgeCheck, AgeProof, Basket, CompletedSale, ExemptReason, Exemption, LinePrice,
    LinkKind, Missing, OpenLine, Pricing, Reason, Taken, Tendering, Terms,
};
use tideover::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use tideover::domain::tender::{CheckNumber, Tender};
use tideover::domain::time::BusinessDate;
use tideover::journal::body;
use tideover::journal::json::Writer;

use crate::program::Dice;

fn below(dice: &mut Dice, end: u64) -> u64 {
    dice.roll() % end
}

fn day() -> BusinessDate {
    BusinessDate::parse("2026-11-22").expect("a day")
}

fn taxes() -> TaxTable {
    let row = |class: &str, percent: &str| TaxRow {
        code: TaxClass::parse("ST").expect("a code"),
        class: TaxClass::parse(class).expect("a class"),
        rate: TaxRate::parse_percent(percent).expect("a rate"),
        from: BusinessDate::parse("2020-01-01").expect("a day"),
        until: None,
    };
    TaxTable::new(vec![row("food", "1.5"), row("general", "8.25")])
}

fn item(dice: &mut Dice) -> Item {
    let weighed = below(dice, 3) == 0;
    Item {
        code: ItemCode::parse(&format!("{}", 4_000 + below(dice, 900))).expect("a code"),
        name: "Something".to_owned(),
        unit_price: UnitPrice::from_tenthousandths(
            i64::try_from(below(dice, 900_000) + 1).expect("small"),
        ),
        sold_by: if weighed { SoldBy::Weight } else { SoldBy::Each },
        tax_class: TaxClass::parse(
            ["food", "general", "exempt"][usize::try_from(below(dice, 3)).expect("small")],
        )
        .expect("a class"),
        department: 1,
        age_min: (below(dice, 12) == 0).then_some(21),
    }
}

fn quantity(dice: &mut Dice) -> Quantity {
    let whole = i64::try_from(below(dice, 9)).expect("small") - 1;
    let part =
        if below(dice, 3) == 0 { i64::try_from(below(dice, 10_000)).expect("small") } else { 0 };
    Quantity::from_tenthousandths(whole * 10_000 + part)
}

/// Where a sale stands.
enum State {
    Basket(Basket),
    Tendering(Tendering),
}

/// One random move; the sale when it was completed.
fn step(state: State, dice: &mut Dice, pricing: Pricing<'_>) -> (State, Option<CompletedSale>) {
    let place = usize::try_from(below(dice, 6)).expect("small");
    match state {
        State::Basket(mut basket) => {
            let before = basket.clone();
            let refused = match below(dice, 12) {
                0..=3 => {
                    let price = match below(dice, 4) {
                        0 => LinePrice::Keyed(UnitPrice::from_tenthousandths(19_900)),
                        1 => LinePrice::Label(Money::from_minor(349)),
                        _ => LinePrice::Pack,
                    };
                    basket.add(&item(dice), quantity(dice), price).is_err()
                }
                4 => {
                    let missing = [Missing::Item, Missing::Price, Missing::Weight];
                    basket
                        .add_open(OpenLine {
                            code: "4006381333931".to_owned(),
                            name: "?".to_owned(),
                            quantity: quantity(dice),
                            missing: missing[place % 3],
                            lot: Lot::default(),
                        })
                        .is_err()
                }
                5 => basket.settle(place, &item(dice), quantity(dice), LinePrice::Pack).is_err(),
                6 => basket.drop_open(place).is_err(),
                7 => basket.void(place).is_err(),
                8 => basket.set_quantity(place, quantity(dice)).is_err(),
                9 => {
                    let price = UnitPrice::from_tenthousandths(12_300);
                    basket.set_price(place, price, Reason::ShelfPrice).is_err()
                }
                10 => {
                    if let Some(years) = basket.age_to_ask() {
                        basket.set_age(AgeCheck { years, proof: AgeProof::Id });
                    }
                    if below(dice, 8) == 0 {
                        let certificate = "GOV-17".to_owned();
                        let reason = ExemptReason::Government;
                        basket.set_exempt(Some(Exemption { reason, certificate }));
                    }
                    let by = PersonId::parse("41").expect("a person");
                    let approval = Approval { act: Act::VoidLine, by, role: Role::Lead };
                    // The register asks for room before it changes anything.
                    let full = basket.terms().approvals.len() >= APPROVALS_MAX;
                    assert_eq!(basket.approve(Some(approval)).is_err(), full);
                    false
                }
                _ => {
                    return match basket.tender(pricing) {
                        Ok(tendering) => (State::Tendering(tendering), None),
                        Err((same, _)) => {
                            assert!(same == before, "a refused basket comes back whole");
                            (State::Basket(same), None)
                        }
                    };
                }
            };
            if refused {
                assert_eq!(basket, before, "a refusal changes nothing");
            }
            (State::Basket(basket), None)
        }
        State::Tendering(tendering) => {
            let due = tendering.still_due();
            let part = Money::from_minor(i64::try_from(below(dice, 9_000)).expect("small"));
            let tender = match below(dice, 5) {
                0 => {
                    return match tendering.back() {
                        Ok(basket) => (State::Basket(basket), None),
                        Err((same, _)) => (State::Tendering(same), None),
                    };
                }
                1 => {
                    let number = CheckNumber::parse("1207").expect("a number");
                    let amount = if below(dice, 2) == 0 { due } else { part };
                    Tender::plain_check(amount, number)
                }
                2 => Tender::Cash { amount: part },
                _ if due.is_negative() => Tender::Cash { amount: Money::ZERO },
                _ => Tender::Cash { amount: Money::from_minor(due.minor() + 2_000) },
            };
            match tendering.take(tender, CashRounding::Nearest5) {
                Ok(Taken::Part(rest)) => (State::Tendering(rest), None),
                Ok(Taken::All(paid)) => {
                    let sale = paid.number(SaleNo(7), ShiftNo(1));
                    (State::Basket(Basket::default()), Some(sale))
                }
                Err((same, _)) => {
                    assert_eq!(same.still_due(), due, "a refused tender takes nothing");
                    (State::Tendering(same), None)
                }
            }
        }
    }
}

/// The record of an event says the same when it is read.
fn read_again(event: &Event) -> Event {
    let mut json = Writer::new();
    body::write(&mut json, event);
    body::read(event.kind(), body::VERSION, &json.into_text()).expect("readable")
}

#[test]
fn whatever_is_done_to_a_sale_it_adds_up_is_recorded_alike_and_can_be_taken_back() {
    let taxes = taxes();
    let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date: day() };
    let (mut completed, mut refunds, mut voids, mut mixed) = (0, 0, 0, 0);
    for seed in 0..240 {
        let mut dice = Dice(seed);
        let mut state = State::Basket(Basket::default());
        for _ in 0..400 {
            let (next, sale) = step(state, &mut dice, pricing);
            state = next;
            if let State::Basket(basket) = &state {
                let again = Basket::restored(basket.saved());
                assert!(&again == basket, "what is put aside comes back whole");
            }
            let Some(sale) = sale else { continue };
            assert!(sale.adds_up(), "seed {seed}: {sale:?}");
            assert!(sale.lines.iter().any(|line| !line.voided));
            let event = Event::of_sale(sale.clone());
            assert_eq!(read_again(&event), event, "seed {seed}");
            completed += 1;
            refunds += u32::from(sale.is_refund());
            mixed += u32::from(sale.tenders.len() > 1);
            let link = sale.link(LinkKind::Void, (Epoch([7; 8]), Seq(4)), Reason::Mistake);
            let terms = Terms { link: Some(link), ..Terms::default() };
            let Ok(void) = sale.reversed(SaleNo(8), ShiftNo(1), day(), terms) else {
                let back = |line: &&tideover::domain::sale::SaleLine| {
                    !line.voided && line.quantity < Quantity::default()
                };
                let negative = sale.lines.iter().any(|line| back(&line));
                assert!(sale.is_refund() || negative, "seed {seed}: a sale can be voided");
                continue;
            };
            voids += 1;
            assert!(void.adds_up(), "seed {seed}: {void:?}");
            let sum = |of: fn(&CompletedSale) -> Money| of(&sale).plus(of(&void)).expect("fits");
            assert_eq!(sum(|sale| sale.total), Money::ZERO);
            assert_eq!(sum(|sale| sale.rounding), Money::ZERO);
            assert_eq!(sum(|sale| sale.cash_kept().expect("fits")), Money::ZERO);
            assert_eq!(sum(|sale| sale.checks().expect("fits")), Money::ZERO);
            let event = Event::of_sale(void);
            assert_eq!((read_again(&event), event.kind()), (event.clone(), "void"));
        }
    }
    assert!(
        completed > 200 && refunds > 5 && voids > 150 && mixed > 20,
        "{completed} sales, {refunds} refunds, {voids} voids, {mixed} with several tenders"
    );
}
