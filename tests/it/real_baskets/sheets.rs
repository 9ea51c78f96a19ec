//! Two retailers' sales as spreadsheets have them, as baskets: a US supermarket's month and a UK
//! gift shop's day.

use std::collections::HashMap;

use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::gtin::ItemCode;
use tideover::domain::item::ITEM_NAME_LEN_MAX;
use tideover::domain::money::Money;
use tideover::domain::policy::Currency;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::SALE_LINES_MAX;
use tideover::domain::tax::{TaxBasis, TaxTable};
use tideover::drill::baskets::{Basket, BasketFile, BasketLine, BasketTender, StoreHead};

/// The baskets of a sheet, with what the sheet says each comes to, by the basket's id.
pub(crate) struct Sheet {
    pub(crate) file: BasketFile,
    pub(crate) sums: HashMap<String, Money>,
    pub(crate) rows: usize,
}

/// No pump gives less than a tenth of a gallon.
const PREPAID_PIECES_MAX: Quantity = Quantity::from_tenthousandths(1_000_000);

/// The US store: `sales_value` is what was paid for the whole line, without tax.
///
/// Fuel is counted in thousandths of a gallon, but for prepaid fuel, which is one piece. A quantity
/// of 0 stands only in rows of 0.00 (an item that was taken off again): it becomes one piece.
pub(crate) fn us(csv: &str) -> Sheet {
    let mut sheet = Sheet::of(Currency::Usd);
    for row in rows(csv) {
        let amount = money(&row["sales_value"]);
        let pieces = Quantity::parse(&row["quantity"]).expect("a quantity");
        let is_fuel = row["product_type"].starts_with("GASOLINE") && pieces > PREPAID_PIECES_MAX;
        let quantity = match pieces.tenthousandths() {
            0 => Quantity::ONE,
            count if is_fuel => Quantity::from_tenthousandths(count / 1_000),
            _ => pieces,
        };
        let line = BasketLine {
            code: ItemCode::parse(&row["product_id"]).expect("a code"),
            name: name(&row["product_type"]),
            quantity,
            price: None,
            amount: Some(amount),
            tax: None,
            weighed: is_fuel,
            void: false,
        };
        sheet.add(&row["basket_id"], line, amount);
    }
    sheet
}

/// The UK shop: an invoice of quantity and unit price; one that begins with C is a cancellation.
/// Two invoices have more lines than a sale may have: they go on in a second basket, `…+2`.
pub(crate) fn uk(csv: &str) -> Sheet {
    let mut sheet = Sheet::of(Currency::Gbp);
    let mut lines: HashMap<String, usize> = HashMap::new();
    for row in rows(csv) {
        let quantity = Quantity::parse(&row["Quantity"]).expect("a quantity");
        let price = UnitPrice::parse(&row["UnitPrice"]).expect("a price");
        let count = lines.entry(row["InvoiceNo"].clone()).or_default();
        let part = *count / SALE_LINES_MAX + 1;
        *count += 1;
        let id = if part == 1 {
            row["InvoiceNo"].clone()
        } else {
            format!("{}+{part}", row["InvoiceNo"])
        };
        let line = BasketLine {
            code: ItemCode::parse(&row["StockCode"]).expect("a code"),
            name: name(&row["Description"]),
            quantity,
            price: Some(price),
            amount: None,
            tax: None,
            weighed: false,
            void: false,
        };
        // Pounds to four decimals times whole pieces: exact in the sheet's own two decimals.
        let exact = price.tenthousandths() * quantity.tenthousandths();
        assert_eq!(exact % 1_000_000, 0, "no fraction of a penny in this sheet");
        sheet.add(&id, line, Money::from_minor(exact / 1_000_000));
    }
    sheet
}

impl Sheet {
    fn of(currency: Currency) -> Self {
        let store = StoreHead {
            currency,
            tax_basis: TaxBasis::Invoice,
            taxes: TaxTable::default(),
            cash_rounding: CashRounding::None,
        };
        let file = BasketFile { store: Some(store), baskets: Vec::new() };
        Self { file, sums: HashMap::new(), rows: 0 }
    }

    fn add(&mut self, id: &str, line: BasketLine, amount: Money) {
        self.rows += 1;
        let sum = self.sums.entry(id.to_owned()).or_default();
        *sum = sum.plus(amount).expect("fits");
        // Rows of a basket stand together but for a few; looking from the end is quick.
        match self.file.baskets.iter_mut().rev().find(|basket| basket.id == id) {
            Some(basket) => basket.lines.push(line),
            None => self.file.baskets.push(Basket {
                id: id.to_owned(),
                lines: vec![line],
                tenders: vec![BasketTender::Cash(None)],
            }),
        }
    }
}

fn rows(csv: &str) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// `12.0` and `12.34`; the sheets write a needless `.0` but never a third decimal.
fn money(text: &str) -> Money {
    Money::parse(text).expect("an amount")
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(ITEM_NAME_LEN_MAX / 4).collect())
}
