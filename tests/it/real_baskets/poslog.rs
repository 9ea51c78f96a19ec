//! An NCR POSLog of a US supermarket as baskets.
//!
//! What stands in the log and what it becomes:
//! - Items whose amount is not price times quantity (two for one, a label weighed elsewhere) keep
//!   the log's amount, as a label would say it.
//! - A line with VoidFlag takes back the last line like it; that line becomes a voided one.
//! - `acs:NegativeItem` (a bottle refund) is a returned item.
//! - A loyalty reward that names a line (OperatorSequenceReference above 0) is an item with an
//!   amount below zero in the line's tax class. Transaction rewards are also listed once in total,
//!   with reference 0; that one would count them twice.
//! - Tax1 is Washington State's and the city's together: 10.1 % on 2017-10-01, on the invoice. The
//!   log's own Percent is "rough", as it says.
//! - Cards can't be taken in an outage: a card payment is a check for the same total, cashback
//!   left out; cash stays as it was handed over.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};
use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::TaxClass;
use tideover::domain::money::Money;
use tideover::domain::policy::Currency;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use tideover::domain::tender::CheckNumber;
use tideover::domain::time::BusinessDate;
use tideover::drill::baskets::{Basket, BasketFile, BasketLine, BasketTender, StoreHead};

/// The day of all sales in the log.
pub(crate) const DAY: &str = "2017-10-01";

/// A sale of the log: its basket, and what the log says it came to.
pub(crate) struct LoggedSale {
    pub(crate) basket: Basket,
    pub(crate) total: Money,
    pub(crate) taxable: Money,
    pub(crate) tax: Money,
    pub(crate) change: Money,
}

/// An element, as much of it as is needed: its name without prefix, its attributes, text, children.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: HashMap<String, String>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    fn children(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn text_of(&self, name: &str) -> &str {
        let child = self.child(name).unwrap_or_else(|| panic!("{name} in {}", self.name));
        child.text.trim()
    }

    fn is(&self, attribute: &str, value: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|found| found == value)
    }
}

/// All sales of the log, in its order.
pub(crate) fn sales(xml: &str) -> Vec<LoggedSale> {
    let log = parse(xml);
    log.children("Transaction")
        .filter_map(|transaction| Some((transaction, transaction.child("RetailTransaction")?)))
        .map(|(transaction, retail)| sale(transaction, retail))
        .collect()
}

/// The log as a file of baskets, with the store's tax.
pub(crate) fn file(sales: &[LoggedSale]) -> BasketFile {
    let row = TaxRow {
        code: class("WA"),
        class: class("tax1"),
        rate: TaxRate::parse_percent("10.1").expect("a rate"),
        from: BusinessDate::parse("2017-01-01").expect("a day"),
        until: None,
    };
    let store = StoreHead {
        currency: Currency::Usd,
        tax_basis: TaxBasis::Invoice,
        taxes: TaxTable::new(vec![row]),
        cash_rounding: CashRounding::None,
    };
    let baskets = sales.iter().map(|sale| sale.basket.clone()).collect();
    BasketFile { store: Some(store), baskets }
}

fn sale(transaction: &Element, retail: &Element) -> LoggedSale {
    let till = transaction.text_of("WorkstationID");
    let number = transaction.text_of("SequenceNumber");
    let total = |kind: &str| {
        let found = retail.children("Total").find(|total| total.is("TotalType", kind));
        money(&found.unwrap_or_else(|| panic!("{kind} of {till}-{number}")).text)
    };
    let grand = total("TransactionGrandAmount");
    let (mut lines, mut tenders, mut discounts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut change, mut taxable) = (Money::ZERO, Money::ZERO);
    for line in retail.children("LineItem") {
        if let Some(item) = line.child("Sale") {
            push_item(&mut lines, line, item);
        } else if let Some(reward) = line.child("LoyaltyReward") {
            discounts.extend(discount(reward));
        } else if let Some(tax) = line.child("Tax") {
            taxable = taxable.plus(money(tax.text_of("TaxableAmount"))).expect("fits");
        } else if let Some(tender) = line.child("Tender") {
            let amount = money(tender.text_of("Amount"));
            if tender.child("TenderChange").is_some() {
                change = change.minus(amount).expect("fits");
            } else if tender.is("TenderType", "Cash") {
                tenders.push(BasketTender::Cash(Some(amount)));
            } else {
                let number = CheckNumber::parse(number).expect("a number");
                tenders.push(BasketTender::Check(Some(grand), number));
            }
        }
    }
    // Cashback is paid out of the drawer against the card; there is none by check.
    if tenders.iter().any(|tender| matches!(tender, BasketTender::Check(..))) {
        change = Money::ZERO;
    }
    lines.extend(discounts);
    LoggedSale {
        basket: Basket { id: format!("{till}-{number}"), lines, tenders },
        total: grand,
        taxable,
        tax: total("TransactionTaxAmount"),
        change,
    }
}

fn push_item(lines: &mut Vec<BasketLine>, line: &Element, item: &Element) {
    let code = ItemCode::parse(item.text_of("ItemID")).expect("a code");
    let amount = money(item.text_of("ExtendedAmount"));
    let mut quantity = Quantity::parse(item.text_of("Quantity")).expect("a quantity");
    if line.is("VoidFlag", "true") {
        let taken_back = lines.iter_mut().rev().find(|before| {
            !before.void && before.code == code && amount_of(before).negated() == Ok(amount)
        });
        taken_back.expect("a void takes back a line").void = true;
        return;
    }
    if item.is("ItemType", "acs:NegativeItem") {
        quantity = quantity.negated().expect("fits");
    }
    let price = UnitPrice::parse(item.text_of("RegularSalesUnitPrice")).expect("a price");
    let priced = price.times(quantity) == Ok(amount);
    lines.push(BasketLine {
        code,
        name: Some(item.text_of("Description").to_owned()),
        quantity,
        price: Some(price),
        amount: (!priced).then_some(amount),
        tax: Some(class_of(item)),
        weighed: line.is("weightItem", "true"),
        void: false,
    });
}

fn amount_of(line: &BasketLine) -> Money {
    let priced = || line.price.expect("a price").times(line.quantity).expect("fits");
    line.amount.unwrap_or_else(priced)
}

fn discount(reward: &Element) -> Option<BasketLine> {
    let monetary = reward.text_of("RewardCategory") == "Monetary";
    let of_a_line = reward.text_of("OperatorSequenceReference") != "0";
    let amount = reward.text_of("ExtendedRewardAmount");
    if !monetary || !of_a_line || money(amount) == Money::ZERO {
        return None;
    }
    let tax = class_of(reward);
    // One item has one tax class, so a discount on taxed lines is another item.
    let code = ItemCode::parse(&format!("REWARD-{tax}")).expect("a code");
    Some(BasketLine {
        code,
        name: Some(format!("PROMOTION {}", reward.text_of("PromotionID"))),
        quantity: Quantity::ONE,
        price: None,
        amount: Some(money(amount)),
        tax: Some(tax),
        weighed: false,
        void: false,
    })
}

fn class_of(element: &Element) -> TaxClass {
    let taxed = element.child("Itemizers").is_some_and(|flags| flags.is("Tax1", "true"));
    class(if taxed { "tax1" } else { "none" })
}

fn class(text: &str) -> TaxClass {
    TaxClass::parse(text).expect("a class")
}

fn money(text: &str) -> Money {
    Money::parse(text.trim()).expect("an amount")
}

fn parse(xml: &str) -> Element {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => {
                open.last_mut().expect("a parent").children.push(element(&start));
            }
            Event::End(_) => {
                let done = open.pop().expect("an element");
                open.last_mut().expect("a parent").children.push(done);
            }
            Event::Text(text) => {
                open.last_mut().expect("an element").text.push_str(&text);
            }
            Event::GeneralRef(name) => {
                let text = quick_xml::escape::unescape(&format!("&{};", &*name))
                    .expect("a name")
                    .into_owned();
                open.last_mut().expect("an element").text.push_str(&text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut root = open.pop().expect("the root");
    root.children.pop().expect("a POSLog")
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.expect("an attribute");
        (attribute.key.local_name().as_ref().to_owned(), attribute.value.into_owned())
    });
    Element {
        name: start.local_name().as_ref().to_owned(),
        attributes: attributes.collect(),
        ..Element::default()
    }
}
