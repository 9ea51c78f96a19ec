//! A sale's own paper: read back whole, cut, changed, forged and at random.

use super::*;
use crate::domain::cash_rounding::CashRounding;
use crate::domain::ids::{Epoch, RegisterNo, ShiftNo, StoreNo};
use crate::domain::item::{Item, SoldBy};
use crate::domain::sale::{Basket, LinePrice, Pricing, Taken};
use crate::domain::tax::{TaxBasis, TaxRate, TaxRow};
use crate::journal::hash::from_hex;
use crate::journal::key::SigningKey;

fn class(text: &str) -> TaxClass {
    TaxClass::parse(text).expect("a class")
}

fn day() -> BusinessDate {
    BusinessDate::parse("2026-11-22").expect("a day")
}

fn rows(percent: &str) -> TaxTable {
    let row = |code: &str, of: &str, percent: &str| TaxRow {
        code: class(code),
        class: class(of),
        rate: TaxRate::parse_percent(percent).expect("a rate"),
        from: day(),
        until: None,
    };
    TaxTable::new(vec![row("ST", "food", "1.5"), row("ST", "general", percent)])
}

fn sale(count: usize) -> CompletedSale {
    let mut basket = Basket::default();
    for place in 0..count {
        let general = place % 3 == 1;
        let item = Item {
            code: ItemCode::parse(if general { "4011" } else { "401100370077" }).expect("a code"),
            name: "Spring water".to_owned(),
            unit_price: UnitPrice::parse("1.29").expect("a price"),
            sold_by: if general { SoldBy::Weight } else { SoldBy::Each },
            tax_class: class(if general { "general" } else { "food" }),
            department: 1,
            age_min: None,
        };
        let quantity = Quantity::parse(if general { "0.65" } else { "1" }).expect("a quantity");
        let price = match place % 5 {
            0 => LinePrice::Label(Money::from_minor(333)),
            _ => LinePrice::Pack,
        };
        basket.add(&item, quantity, price).expect("added");
    }
    basket.void(1).expect("taken back");
    let taxes = rows("8.25");
    let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date: day() };
    let tendering = basket.tender(pricing).expect("tendering");
    let cash = Tender::Cash { amount: Money::from_minor(500_000) };
    match tendering.take(cash, CashRounding::None) {
        Ok(Taken::All(paid)) => paid.number(SaleNo(41), ShiftNo(1)),
        other => panic!("not paid: {other:?}"),
    }
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).expect("a key")
}

const CENTRAL: u8 = 1;
const REGISTER: u8 = 2;

/// Codes of a sale by the register's key, with a word that `central` gave for `vouched`.
fn codes_by(sale: &CompletedSale, central: u8, vouched: (u32, u8), signs: u8) -> Vec<Code> {
    let (store, register) = (StoreNo(1042), RegisterNo(7));
    let signs = key(signs);
    let word =
        receipt_key::word(&key(central), StoreNo(vouched.0), register, &key(vouched.1).public());
    let by = PersonId::parse("c317").expect("a person");
    let sold = Sold {
        sale,
        journal: JournalId { store, register, epoch: Epoch([0xab; 8]) },
        seq: Seq(1_801),
        hash: Hash([0x5d; 32]),
        at: Timestamp::parse("2026-11-22T14:05:09.120-06:00").expect("a time"),
        day: day(),
        by: Some(&by),
        currency: Currency::Usd,
        rows: &rows("8.25"),
    };
    let sign = |bytes: &[u8]| Some(signs.sign(Domain::Receipt, bytes));
    let word = from_hex(&word).expect("a word");
    codes(&sold, &Signer { key: key(vouched.1).public(), word, sign: &sign })
}

fn good(count: usize) -> Vec<Code> {
    codes_by(&sale(count), CENTRAL, (1_042, REGISTER), REGISTER)
}

fn read(text: &str) -> Result<Witness, PaperFault> {
    verify(text, &key(CENTRAL).public())
}

#[test]
fn a_sale_of_twelve_items_fits_one_code_and_says_what_was_sold() {
    let (sale, codes) = (sale(12), good(12));
    assert_eq!(codes.len(), 1);
    assert!(codes[0].text.len() < 750, "{} characters", codes[0].text.len());
    let witness = read(&codes[0].text).expect("it holds");
    assert_eq!(read(&codes[0].text.to_lowercase()), Ok(witness.clone()));
    assert_eq!((witness.number, witness.total), (SaleNo(41), sale.total));
    assert_eq!((witness.taxes.clone(), witness.page), (sale.taxes.clone(), (1, 1)));
    assert!(witness.is_of(Hash([0x5d; 32])) && !witness.is_of(Hash([0; 32])));
    // The line that was taken back before payment can't come back.
    let places: Vec<u16> = witness.lines.iter().map(|line| line.place).collect();
    assert_eq!(places, [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for line in &witness.lines {
        let sold = &sale.lines[usize::from(line.place)];
        let read = (&line.code, line.quantity, line.unit_price, line.amount, line.price_source);
        let was = (&sold.code, sold.quantity, sold.unit_price, sold.amount, sold.price_source);
        assert_eq!(read, was);
        assert_eq!(witness.classes[usize::from(line.class)].0, sold.tax_class);
    }
    assert!(witness.is_taxed_as(&rows("8.25")));
    assert!(!witness.is_taxed_as(&rows("9")), "another store's tax is found out");
}

#[test]
fn a_large_sale_has_several_codes_each_proving_its_own_items() {
    let codes = good(500);
    assert!(codes.len() > 1 && codes.len() <= PAGES_MAX, "{}", codes.len());
    let mut places = Vec::new();
    for (number, code) in (1..).zip(&codes) {
        assert!(code.text.len() <= TEXT_LEN_MAX);
        let witness = read(&code.text).expect("each holds by itself");
        assert_eq!(witness.page, (number, u8::try_from(codes.len()).expect("few")));
        places.extend(witness.lines.iter().map(|line| line.place));
    }
    let all: Vec<u16> = (0..500).filter(|place| *place != 1).collect();
    assert_eq!(places, all);
}

#[test]
fn no_bit_can_be_changed_and_no_byte_be_missing() {
    let text = good(4).remove(0).text;
    for len in 0..text.len() {
        assert!(read(&text[..len]).is_err(), "cut at {len}");
    }
    let bytes = base32::decode(&text[PREFIX.len()..]).expect("bytes");
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            let text = format!("{PREFIX}{}", base32::encode(&changed));
            assert!(read(&text).is_err(), "byte {place} bit {bit}");
        }
        let mut longer = bytes.clone();
        longer.insert(place, 0);
        assert!(read(&format!("{PREFIX}{}", base32::encode(&longer))).is_err(), "{place}");
    }
}

#[test]
fn what_a_stranger_signs_is_refused_however_well_it_is_formed() {
    let sale = sale(3);
    let text = |codes: Vec<Code>| codes[0].text.clone();
    // Signed by another key than the one central vouched for.
    let forged = text(codes_by(&sale, CENTRAL, (1_042, REGISTER), 9));
    assert_eq!(read(&forged), Err(PaperFault::Altered));
    // A key of one's own, vouched for by oneself.
    let own = text(codes_by(&sale, 9, (1_042, 9), 9));
    assert_eq!(read(&own), Err(PaperFault::Stranger));
    // A register of another store that passes for this one.
    let elsewhere = text(codes_by(&sale, CENTRAL, (2_000, REGISTER), REGISTER));
    assert_eq!(read(&elsewhere), Err(PaperFault::Stranger));
    for text in ["", "TDO2:", "TDO2:AAAA", "TDO1:1042:7:ABABABABABABABAB:1801:5D5D5D5D5D5D5D5D"] {
        assert_eq!(read(text), Err(PaperFault::NotWhole), "{text}");
    }
    assert_eq!(read(&format!("TDO2:{}", "A".repeat(5_000))), Err(PaperFault::NotWhole));
}

#[test]
fn random_bytes_never_end_the_reader() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let start = form::write(&read(&good(3)[0].text).expect("a sale"));
    for round in 0..20_000_usize {
        let mut bytes = start.clone();
        for _ in 0..=round % 4 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let place = usize::try_from(seed >> 33).expect("small") % bytes.len();
            bytes[place] = seed.to_le_bytes()[3];
        }
        bytes.truncate(start.len() - round % start.len());
        // Whatever is read has one form: it is what would be written.
        if let Some(witness) = form::read(&bytes) {
            assert_eq!(form::write(&witness), bytes);
        }
    }
}
