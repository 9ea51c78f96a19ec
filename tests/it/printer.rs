//! Printers of every temper: whatever they do, the sale stands, the cashier is told, and what is
//! printed again says COPY.

mod paper;
mod print_now;
mod promise;
mod stories;
mod virtual_printer;
mod wires;
pub(crate) mod witness;

use paper::{Paper, Print};
use tideover::domain::approval::Limits;
use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::check::policy::CheckPolicy;
use tideover::domain::code::reading::ExpiryRule;
use tideover::domain::counter::CounterPolicy;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{
    Epoch, JournalId, OutageId, RegisterNo, SaleNo, Seq, ShiftNo, StoreNo, TaxClass,
};
use tideover::domain::item::{Item, SoldBy};
use tideover::domain::money::Money;
use tideover::domain::policy::{Currency, Policy};
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{Basket, CompletedSale, LinePrice, Pricing, Taken};
use tideover::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use tideover::domain::tender::Tender;
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::journal::hash::Hash;
use tideover::receipt::code::ReceiptCode;
use tideover::receipt::escpos::{Profile, encode};
use tideover::receipt::layout::Columns;
use tideover::receipt::sale::{Circumstances, Edition, receipt};
use tideover::receipt::{Language, text};

/// A sale with what makes receipts hard: long names, accents, a weight, a return, a void, tax,
/// rounding.
pub(crate) fn sale() -> CompletedSale {
    let taxes = TaxTable::new(vec![TaxRow {
        code: TaxClass::parse("MN").expect("a code"),
        class: TaxClass::parse("general").expect("a class"),
        rate: TaxRate::from_tenmillionths(687_500),
        from: BusinessDate::parse("2026-01-01").expect("a day"),
        until: None,
    }]);
    let mut basket = Basket::default();
    let mut add = |name: &str, quantity: &str, price: LinePrice| {
        let weighed = quantity.contains('.');
        let item = Item {
            code: ItemCode::parse("4011").expect("a code"),
            name: name.to_owned(),
            unit_price: UnitPrice::parse("2.99").expect("a price"),
            tax_class: TaxClass::parse("general").expect("a class"),
            sold_by: if weighed { SoldBy::Weight } else { SoldBy::Each },
            department: 1,
            age_min: None,
        };
        basket.add(&item, Quantity::parse(quantity).expect("a quantity"), price).expect("added")
    };
    add("Organic crushed tomatoes with basil, no salt added, 28 oz can", "1", LinePrice::Pack);
    add("Jalapeño peppers", "0.65", LinePrice::Pack);
    add("Crème brûlée \u{1b}p\u{0}\u{19}\u{19} & Łódź pączki", "3", LinePrice::Pack);
    let mistake = add("Rung up by mistake", "1", LinePrice::Pack);
    add("Bottle deposit", "-1", LinePrice::Label(Money::from_minor(-10)));
    basket.void(mistake).expect("voided");
    let date = BusinessDate::parse("2026-11-22").expect("a day");
    let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date };
    let tender = Tender::Cash { amount: Money::from_minor(2_000) };
    let tendering = basket.tender(pricing).expect("to pay");
    match tendering.take(tender, CashRounding::Nearest5).expect("taken") {
        Taken::All(paid) => paid.number(SaleNo(41), ShiftNo(3)),
        Taken::Part(_) => panic!("not paid"),
    }
}

fn policy() -> Policy {
    Policy {
        store: StoreNo(1042),
        store_name: "Tideover Market".to_owned(),
        store_address: "214 Harbor Street, Duluth, MN 55802".to_owned(),
        store_phone: "(218) 555-0142".to_owned(),
        currency: Currency::Usd,
        time_zone: "America/Chicago".to_owned(),
        weight_unit: "lb".to_owned(),
        tax_basis: TaxBasis::Invoice,
        cash_rounding: CashRounding::Nearest5,
        check_max: Money::ZERO,
        checks: CheckPolicy::DEFAULT,
        tender_question_above: Money::ZERO,
        pack_stale_hours: 24,
        return_policy: "Returns within 30 days with this receipt".to_owned(),
        limits: Limits::default(),
        counter: CounterPolicy::DEFAULT,
        departments: Vec::new(),
        tasks: Vec::new(),
        rain_checks: Default::default(),
        expiry: ExpiryRule::default(),
        scanner_separator: None,
    }
}

const HASH: Hash = Hash([0x5d; 32]);

fn journal() -> JournalId {
    JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([0xab; 8]) }
}

/// The outage of every paper here.
static OUTAGE: std::sync::LazyLock<OutageId> =
    std::sync::LazyLock::new(|| OutageId::parse("1042-7-20261122-5").expect("a name"));

fn circumstances(policy: &Policy) -> Circumstances<'_> {
    Circumstances {
        policy,
        journal: journal(),
        seq: Seq(1801),
        hash: HASH,
        at: Timestamp::parse("2026-11-22T14:05:09.120-06:00").expect("a time"),
        cashier: "Ana M.",
        outage: Some(&OUTAGE),
        training: false,
        edition: Edition::Original,
        codes: &[],
        language: Language::English,
    }
}

/// Checks what came out of a printer against the record, to the cent.
pub(crate) fn says_the_sale(prints: &[Print], sale: &CompletedSale) {
    let lines: Vec<&str> = prints
        .iter()
        .filter_map(|print| match print {
            Print::Line { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let all = lines.join("\n");
    let mut rest = lines.iter();
    let mut row = |words: &str, amount: &str| {
        let found = rest.any(|line| line.contains(words) && line.ends_with(amount));
        assert!(found, "no row '{words}' with {amount} in its place:\n{all}");
    };
    for line in sale.lines.iter().filter(|line| !line.voided) {
        row("", &format!(" {}", line.amount));
    }
    row("Subtotal", &sale.subtotal.to_string());
    for tax in &sale.taxes {
        row(&format!("{} %", tax.rate), &tax.amount.to_string());
    }
    row("TOTAL", &Currency::Usd.format(sale.total));
    if sale.rounding != Money::ZERO {
        row("Cash rounding", &sale.rounding.to_string());
    }
    for tender in &sale.tenders {
        row("", &tender.amount().to_string());
    }
    row(if sale.is_refund() { "Paid out" } else { "Change" }, &sale.change.to_string());
}

#[test]
fn a_receipt_on_every_width_says_what_the_record_says() {
    let (sale, policy) = (sale(), policy());
    for columns in Columns::ALL {
        let document = receipt(&sale, &circumstances(&policy));
        let mut paper = Paper::default();
        paper.feed(&encode(&document, &Profile { columns, ..Profile::default() }));
        assert_eq!((paper.waits(), paper.unknown.as_slice()), (0, [].as_slice()));
        // Łódź needs a picture; its amount stands in it, and in the text of the screen.
        let pictures = paper.prints.iter().filter(|p| matches!(p, Print::Picture { .. })).count();
        assert!((1..=2).contains(&pictures), "{columns:?}: {pictures}");
        assert!(!paper.prints.iter().any(|p| matches!(p, Print::Pulse { .. })), "data is no pulse");
        let code = ReceiptCode::of(journal(), Seq(1801), HASH).to_string();
        assert!(code.starts_with("TDO1:") && paper.prints.contains(&Print::Qr(code)));
        assert_eq!(paper.prints.last(), Some(&Print::Cut));
        for line in paper.prints.iter() {
            if let Print::Line { text, wide, .. } = line {
                let width = text.chars().count() * if *wide { 2 } else { 1 };
                assert!(width <= columns.count(), "{columns:?}: {text:?}");
            }
        }
        let mut words = text::lines(&document, columns);
        assert!(words.iter().all(|line| line.chars().count() <= columns.count()));
        assert!(words.iter().any(|line| line.contains("OUTAGE")), "{words:#?}");
        assert!(words.iter().any(|line| line.contains(OUTAGE.as_str())), "{words:#?}");
        assert!(words.contains(&"2026-11-22 14:05:09 -06:00".to_owned()));
        assert!(!words.iter().any(|line| line.contains("mistake")));
        let prints: Vec<Print> =
            words.drain(..).map(|text| Print::Line { text, bold: false, wide: false }).collect();
        says_the_sale(&prints, &sale);
    }
}

#[test]
fn copies_practice_and_spanish_are_marked_on_the_paper() {
    let (sale, policy) = (sale(), policy());
    let at = Timestamp::parse("2026-11-23T09:00:00.000-06:00").expect("a time");
    let lines = |change: &dyn Fn(&mut Circumstances<'_>)| {
        let mut of = circumstances(&policy);
        change(&mut of);
        text::lines(&receipt(&sale, &of), Columns::C32)
    };
    let marks = |lines: &[String], mark: &str| lines.iter().filter(|l| l.contains(mark)).count();
    let original = lines(&|_| {});
    assert_eq!((marks(&original, "COPY"), marks(&original, "TRAINING")), (0, 0));
    let copy = lines(&|of| of.edition = Edition::Copy { at });
    assert_eq!(marks(&copy, "*** COPY ***"), 2, "top and bottom: {copy:#?}");
    assert_eq!(marks(&copy, "2026-11-22 14:05:09"), 1, "the sale's own time stays");
    let training = lines(&|of| of.training = true);
    assert_eq!(marks(&training, "TRAINING - NOT A RECEIPT"), 2);
    assert_eq!(marks(&training, "5d5d5d5d"), 0, "practice proves nothing");
    let spanish = lines(&|of| of.language = Language::Spanish);
    assert_eq!((marks(&spanish, "Cambio"), marks(&spanish, "Change")), (1, 0), "{spanish:#?}");
}

#[test]
fn the_reader_of_these_tests_reads_real_printers_bytes() {
    let Some(folder) = crate::real_baskets::real_input("TIDEOVER_DATA") else { return };
    let read = |name: &str| {
        let path = folder.join("escpos").join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let mut whole = Paper::default();
        whole.feed(&bytes);
        // Byte by byte it is the same.
        let mut piecemeal = Paper::default();
        bytes.iter().for_each(|byte| piecemeal.feed(&[*byte]));
        assert_eq!(whole.prints, piecemeal.prints, "{name}");
        assert_eq!(whole.waits(), 0, "{name}");
        assert_eq!(whole.unknown, Vec::<Vec<u8>>::new(), "{name}");
        // Cut anywhere, it neither ends badly nor invents anything.
        for length in 0..bytes.len() {
            let mut cut = Paper::default();
            cut.feed(&bytes[..length]);
            assert!(whole.prints.starts_with(&cut.prints), "{name} cut at {length}");
        }
        whole
    };
    let receipt = read("php-receipt-with-logo.bin");
    assert!(receipt.prints.iter().any(|p| matches!(p, Print::Picture { .. })));
    assert!(
        receipt.lines().iter().any(|l| l.contains("Example item #1")),
        "{:#?}",
        receipt.lines()
    );
    assert!(receipt.lines().iter().any(|l| l.contains("Total")), "{:#?}", receipt.lines());
    assert!(receipt.prints.iter().any(|p| matches!(p, Print::Pulse { .. })));
    let codes = read("php-qr-code.bin");
    assert!(codes.prints.contains(&Print::Qr("Testing 123".to_owned())));
    let pages = read("php-character-encodings.bin");
    assert!(pages.lines().iter().any(|l| l.contains("pingüino Wenceslao hizo kilómetros")));
    let bars = read("php-barcode.bin");
    assert!(bars.prints.contains(&Print::Barcode("ABC".to_owned())));
    assert!(read("php-text-size.bin").lines().contains(&"Hello world!"));
    let margins = read("php-margins-and-spacing.bin");
    assert_eq!(margins.prints.last(), Some(&Print::Cut));
    assert!(read("cross-sample.escpos").lines().contains(&"Bold text"));
}
