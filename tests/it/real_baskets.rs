//! Real sales that nobody here wrote, sold again: totals, tax and change to the cent.
//!
//! The data is not part of the project. TIDEOVER_DATA names its folder; without it these tests say
//! so and pass, unless TIDEOVER_REQUIRE_DATA is set to 1.

mod change;
pub(crate) mod poslog;
pub(crate) mod sheets;

use std::collections::HashMap;

use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{SaleNo, ShiftNo};
use tideover::domain::item::Item;
use tideover::domain::money::Money;
use tideover::domain::sale::{Basket as Cart, CompletedSale, Pricing, Taken, Tendering};
use tideover::domain::tender::Tender;
use tideover::domain::time::BusinessDate;
use tideover::drill::baskets::{
    Basket, BasketFile, BasketTender, PackParts, items_of, read, write,
};

/// Sales of the log that can't be reproduced, each with its reason: none.
const NOT_REPRODUCED: [(&str, &str); 0] = [];

/// The US supermarket's log.
pub(crate) fn supermarket() -> Option<Vec<poslog::LoggedSale>> {
    Some(poslog::sales(&data("poslog/POSLog.xml")?))
}

/// The US store's month.
pub(crate) fn us_store() -> Option<sheets::Sheet> {
    Some(sheets::us(&data("retail-us/store.csv")?))
}

/// The UK shop's day.
pub(crate) fn uk_shop() -> Option<sheets::Sheet> {
    Some(sheets::uk(&data("retail-uk/2010-12-01.csv")?))
}

fn data(name: &str) -> Option<String> {
    let path = real_input("TIDEOVER_DATA")?.join(name);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display())))
}

/// The folder of real input that a variable names; where it is not set that is said, or a failure
/// where real input is required.
#[expect(clippy::print_stdout, reason = "a test that is left out is told")]
pub(crate) fn real_input(variable: &str) -> Option<std::path::PathBuf> {
    let folder = std::env::var_os(variable);
    if folder.is_none() {
        let required = std::env::var_os("TIDEOVER_REQUIRE_DATA").is_some_and(|value| value == "1");
        assert!(!required, "{variable} is not set, and TIDEOVER_REQUIRE_DATA is 1");
        println!("{variable} is not set: what it holds was not sold");
    }
    folder.map(std::path::PathBuf::from)
}

#[test]
fn every_sale_of_a_us_supermarket_comes_to_the_same_total_and_tax() {
    let Some(logged) = supermarket() else { return };
    assert_eq!(logged.len(), 42);
    let store = Store::of(&poslog::file(&logged), poslog::DAY);
    let (mut weighed, mut voided, mut taxed, mut discounted) = (0, 0, 0, 0);
    for sale in &logged {
        if NOT_REPRODUCED.iter().any(|(id, _)| *id == sale.basket.id) {
            continue;
        }
        let sold = store.sell(&sale.basket);
        let tax = sold.tax().expect("fits");
        let base = Money::sum(sold.taxes.iter().map(|tax| tax.taxable)).expect("fits");
        assert_eq!(
            (sold.total, tax, base, sold.change),
            (sale.total, sale.tax, sale.taxable, sale.change),
            "sale {}",
            sale.basket.id
        );
        assert!(sold.adds_up());
        weighed += sale.basket.lines.iter().filter(|line| line.weighed).count();
        voided += sold.lines.iter().filter(|line| line.voided).count();
        taxed += usize::from(tax != Money::ZERO);
        let reward = |code: &ItemCode| code.as_str().starts_with("REWARD");
        discounted += usize::from(sold.lines.iter().any(|line| reward(&line.code)));
    }
    // A converter that lost these would still add up.
    assert_eq!((weighed, voided, taxed, discounted), (166, 4, 23, 11));
}

#[test]
fn every_basket_of_a_us_store_comes_to_the_sum_of_its_rows() {
    let Some(sheet) = us_store() else { return };
    assert_eq!((sheet.rows, sheet.file.baskets.len()), (2_129, 1_304));
    assert_eq!(sold_sum(&sheet, "2017-01-01"), Money::from_minor(771_313));
}

#[test]
fn every_invoice_of_a_uk_shop_and_its_day_come_to_the_sum_of_their_rows() {
    let Some(sheet) = uk_shop() else { return };
    // 143 invoices, two of which go on in a second basket.
    assert_eq!((sheet.rows, sheet.file.baskets.len()), (3_108, 145));
    let cancelled = sheet.file.baskets.iter().filter(|basket| basket.id.starts_with('C'));
    let store = Store::of(&sheet.file, "2010-12-01");
    let refunds = cancelled.map(|basket| store.sell(basket).is_refund()).collect::<Vec<_>>();
    assert_eq!(refunds, [true; 6]);
    assert_eq!(sold_sum(&sheet, "2010-12-01"), Money::from_minor(5_863_556));
}

#[test]
fn real_baskets_pass_through_a_file_unchanged() {
    let log = supermarket().map(|sales| poslog::file(&sales));
    let real = [log, us_store().map(|sheet| sheet.file), uk_shop().map(|sheet| sheet.file)];
    for file in real.into_iter().flatten() {
        let mut text = Vec::new();
        write(&file, &mut text).expect("written");
        assert_eq!(read(text.as_slice()), Ok(file));
    }
}

/// Sells all baskets, each checked against its rows, and adds up what was sold.
fn sold_sum(sheet: &sheets::Sheet, day: &str) -> Money {
    let store = Store::of(&sheet.file, day);
    let totals = sheet.file.baskets.iter().map(|basket| {
        let sold = store.sell(basket);
        assert_eq!(Some(&sold.total), sheet.sums.get(&basket.id), "basket {}", basket.id);
        assert!(sold.adds_up() && sold.taxes.is_empty(), "basket {}", basket.id);
        sold.total
    });
    Money::sum(totals).expect("fits")
}

/// A store that sells straight through the domain, without register or disk.
pub(crate) struct Store {
    parts: PackParts,
    items: HashMap<ItemCode, Item>,
    day: BusinessDate,
}

impl Store {
    pub(crate) fn of(file: &BasketFile, day: &str) -> Self {
        let parts = items_of(file).unwrap_or_else(|bad| panic!("{bad:#?}"));
        let items = parts.items.iter().map(|item| (item.code.clone(), item.clone())).collect();
        Self { parts, items, day: BusinessDate::parse(day).expect("a day") }
    }

    pub(crate) fn sell(&self, basket: &Basket) -> CompletedSale {
        let mut cart = Cart::default();
        for line in &basket.lines {
            let item = &self.items[&line.code];
            let added = cart.add(item, line.quantity, line.line_price(item));
            let place = added.unwrap_or_else(|why| panic!("{}: {line:?}: {why:?}", basket.id));
            if line.void {
                cart.void(place).expect("voided");
            }
        }
        let pricing = Pricing { taxes: &self.parts.taxes, basis: self.parts.basis, date: self.day };
        let mut due = cart.tender(pricing).expect("something to pay");
        for tender in &basket.tenders {
            match due.clone().take(tender_for(tender, &due), self.parts.rounding) {
                Ok(Taken::Part(rest)) => due = rest,
                Ok(Taken::All(paid)) => return paid.number(SaleNo(1), ShiftNo(1)),
                Err((_, why)) => panic!("{}: {tender:?}: {why:?}", basket.id),
            }
        }
        panic!("{} is not paid: {} due", basket.id, due.still_due());
    }
}

fn tender_for(tender: &BasketTender, due: &Tendering) -> Tender {
    let exact = || due.still_due();
    match tender {
        BasketTender::Cash(Some(amount)) => Tender::Cash { amount: *amount },
        BasketTender::Cash(None) if exact().is_negative() => Tender::Cash { amount: Money::ZERO },
        BasketTender::Cash(None) => {
            Tender::Cash { amount: CashRounding::None.cash_due(exact()).expect("fits") }
        }
        BasketTender::Check(amount, number) => {
            Tender::plain_check(amount.unwrap_or_else(exact), number.clone())
        }
    }
}
