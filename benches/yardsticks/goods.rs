//! Made-up goods: items, the sale of twelve lines that every figure means, and journals of it.

use std::fmt::Write as _;

use tideover::device::clock::{Clock as _, SystemClock};
use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::event::{EpochOpen, Event};
use tideover::domain::gtin::{ItemCode, check_digit};
use tideover::domain::ids::{
    JournalId, PackVersion, PersonId, RegisterNo, SaleNo, ShiftNo, StoreNo, TaxClass,
};
use tideover::domain::item::{Item, SoldBy};
use tideover::domain::money::Money;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{Basket, CompletedSale, LinePrice, Pricing, Taken};
use tideover::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use tideover::domain::tender::Tender;
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::journal::chain::{Chain, Entry};
use tideover::journal::epoch;
use tideover::journal::key::SigningKey;
use tideover::reconcile::packs::{ItemView, Looked, PackView};

/// Lines of the sale.
pub const LINES: u64 = 12;

const NAMES: [&str; 8] = [
    "Garden peas, frozen, 16 oz",
    "Whole milk, 1 gal",
    "Ground coffee, medium roast, 24 oz",
    "Corn tortillas, 30 count",
    "Dish soap, citrus, 1 gal",
    "Peanut butter, creamy, 40 oz",
    "Paper towels, 6 rolls",
    "Cheddar, sharp, 8 oz",
];

/// The code of an item of the made-up catalog.
pub fn code(number: u64) -> String {
    let body = format!("0400{number:08}");
    let digit = check_digit(&body).expect("digits");
    format!("{body}{digit}")
}

/// A catalog in the columns of items.csv.
pub fn items_csv(items: u64) -> String {
    let mut csv = "code,name,unit_price,sold_by,tax_class,department,age_min\n".to_owned();
    for number in 0..items {
        let name = NAMES[(number % 8) as usize].replace(',', "");
        let (cents, class) =
            (99 + number % 2_900, if number % 3 == 0 { "general" } else { "food" });
        let (code, whole, part) = (code(number), cents / 100, cents % 100);
        let department = 1 + number % 40;
        writeln!(csv, "{code},{name} {number},{whole}.{part:02},each,{class},{department},")
            .expect("written");
    }
    csv
}

/// The pack that the sales were made by: central finds nothing odd about them, as on most days.
pub struct TheirPack;

impl PackView for TheirPack {
    fn item(&self, _: StoreNo, _: &PackVersion, code: &ItemCode) -> Looked<ItemView> {
        // Before the check digit; what stands in front of the eight is the form's.
        let digits = code.as_str();
        let number = digits.get(digits.len() - 9..digits.len() - 1);
        let number = number.and_then(|digits| digits.parse::<u64>().ok());
        let Some(line) = number.map(|number| number % LINES) else { return Looked::Absent };
        Looked::Found(ItemView { unit_price: price(line), tax_class: class(line) })
    }

    fn taxes(&self, _: StoreNo, _: &PackVersion) -> Option<(TaxTable, TaxBasis)> {
        Some((taxes(), TaxBasis::Invoice))
    }
}

fn price(line: u64) -> UnitPrice {
    UnitPrice::from_tenthousandths(29_900 + 1_000 * line as i64)
}

fn class(line: u64) -> TaxClass {
    TaxClass::parse(if line.is_multiple_of(3) { "general" } else { "food" }).expect("a class")
}

/// A completed sale of [`LINES`] lines with two taxes, paid in cash.
pub fn sale(number: SaleNo, shift: ShiftNo) -> CompletedSale {
    let mut basket = Basket::default();
    for line in 0..LINES {
        let item = Item {
            code: ItemCode::parse(&code(number.0 * LINES + line)).expect("a code"),
            name: NAMES[(line % 8) as usize].to_owned(),
            unit_price: price(line),
            sold_by: SoldBy::Each,
            tax_class: class(line),
            department: 6,
            age_min: None,
        };
        basket.add(&item, Quantity::ONE, LinePrice::Pack).expect("a line");
    }
    let taxes = taxes();
    let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date: day() };
    let tendering = basket.tender(pricing).expect("something to pay");
    let cash = Tender::Cash { amount: Money::from_minor(10_000) };
    match tendering.take(cash, CashRounding::Nearest5).expect("taken") {
        Taken::All(paid) => paid.number(number, shift),
        Taken::Part(_) => panic!("100.00 pays for it"),
    }
}

/// Who, when and with which pack, around a fact.
pub fn entry(event: Event, mono_ms: u64) -> Entry {
    // Of this very hour, so that central does not call it late.
    let start_ms = SystemClock::new(None).now().utc_ms / 3_600_000 * 3_600_000 - 7_200_000;
    Entry {
        at: Timestamp::new(start_ms + mono_ms as i64, -360).expect("a time"),
        mono_ms,
        date: day(),
        by: Some(PersonId::parse("31").expect("a person")),
        pack: Some(PackVersion::parse("20261122-3").expect("a pack")),
        outage: None,
        event,
    }
}

/// The signing key of the made-up register.
pub fn key() -> SigningKey {
    key_of(7)
}

/// The signing key of any made-up register.
pub fn key_of(register: u16) -> SigningKey {
    SigningKey::from_seed(&[register.to_le_bytes()[0]; 32]).expect("a key")
}

/// The lines of a journal: its first record, a shift, and `sales` sales.
pub fn journal(register: u16, sales: u64) -> Vec<Vec<u8>> {
    let (key, nonce) = (key_of(register), [7; 16]);
    let journal = JournalId {
        store: StoreNo(1042),
        register: RegisterNo(register),
        epoch: epoch::derive(&key.public(), &nonce),
    };
    let open = EpochOpen {
        public_key: *key.public().bytes(),
        nonce,
        program: "0.1.0".to_owned(),
        currency: Some("USD".to_owned()),
        follows: None,
    };
    let shift = ShiftNo(1);
    let cashier = PersonId::parse("31").expect("a person");
    let opened =
        Event::ShiftOpen { shift, cashier, float: Money::from_minor(20_000), pieces: Vec::new() };
    let sold = (1..=sales).map(|number| Event::of_sale(sale(SaleNo(number), shift)));
    let mut chain = Chain::empty(journal);
    let mut lines = Vec::new();
    for event in [Event::EpochOpen(open), opened].into_iter().chain(sold) {
        let (line, after) =
            chain.next(&entry(event, chain.next_seq.0 * 1_500), Some(&key)).expect("totals fit");
        chain = after;
        lines.push(line.into_bytes());
    }
    lines
}

fn day() -> BusinessDate {
    BusinessDate::parse("2026-11-22").expect("a day")
}

fn taxes() -> TaxTable {
    let row = |code: &str, class: &str, percent: &str| TaxRow {
        code: TaxClass::parse(code).expect("a code"),
        class: TaxClass::parse(class).expect("a class"),
        rate: TaxRate::parse_percent(percent).expect("a rate"),
        from: day(),
        until: None,
    };
    TaxTable::new(vec![row("STATE", "general", "6.25"), row("STATE", "food", "1.5")])
}
