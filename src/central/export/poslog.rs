//! ARTS/NRF POSLog: sales, refunds and voids as retail transactions, the drawer and the people
//! as control transactions, in one XML file a delivery.
//!
//! ```text
//!  sale, refund, void   RetailTransaction: LineItem (Sale, Return, Tax, Tender), Total
//!  sale_abandoned       the same with CancelFlag, without payment
//!  sign_in, sign_out    ControlTransaction: OperatorSignOn, OperatorSignOff
//!  drawer_open          ControlTransaction: NoSale
//!  cash_movement        TenderControlTransaction: TenderPickup, TenderLoan, PaidIn, PaidOut
//!  shift_close          TenderControlTransaction: TillSettle
//! ```
//!
//! Times bear their offset, and what was recorded in an outage says OfflineFlag. A record's own
//! name (journal, seq, hash) stands in a namespace of its own, for whoever takes files twice.
//! docs/export.md says which element comes from where.

use std::fmt::Display;

use crate::domain::drawer::CashMovementKind;
use crate::domain::event::Event;
use crate::domain::gtin::ItemCodeShape;
use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::domain::sale::{AbandonedSale, CompletedSale, LinkKind, PriceSource, SaleLine};
use crate::domain::shift::ShiftClose;
use crate::domain::tender::Tender;

use super::Entry;
use super::folder::{Format, Written};
use super::xml::Xml;

const NAMESPACE: &str = "http://www.nrf-arts.org/IXRetail/namespace/";
const OWN_NAMESPACE: &str = "urn:tideover:poslog:1";
const VERSION: &str = "2.1";

/// POSLog files.
#[derive(Clone, Debug, Default)]
pub struct PosLog {
    /// What journals are in that began before their first price file, and so don't say it.
    pub currency: Option<String>,
}

impl Format for PosLog {
    fn kind(&self) -> &'static str {
        "poslog"
    }

    fn takes(&self, event: &Event) -> bool {
        event.sale().is_some()
            || matches!(
                event,
                Event::SaleAbandoned(_)
                    | Event::SignIn { .. }
                    | Event::SignOut { .. }
                    | Event::DrawerOpen { .. }
                    | Event::CashMovement { .. }
                    | Event::ShiftClose(_)
            )
    }

    fn render(&self, entries: &[Entry]) -> Result<Vec<Written>, String> {
        Ok(vec![Written {
            name: ".xml".to_owned(),
            bytes: document(entries, self.currency.as_deref()),
        }])
    }
}

/// A POSLog of entries; `currency` is that of journals that don't say theirs.
pub fn document(entries: &[Entry], currency: Option<&str>) -> Vec<u8> {
    let mut xml = Xml::new();
    let root = [("xmlns", NAMESPACE), ("xmlns:tideover", OWN_NAMESPACE)];
    xml.element("POSLog", &root, |xml| {
        for entry in entries {
            xml.line();
            transaction(xml, entry, currency);
        }
        xml.line();
    });
    xml.line();
    xml.into_bytes()
}

fn transaction(xml: &mut Xml, entry: &Entry, currency: Option<&str>) {
    let header = &entry.header;
    let offline = if header.outage.is_some() { "true" } else { "false" };
    let mut flags = vec![("OfflineFlag", offline)];
    if matches!(entry.event, Event::SaleAbandoned(_)) {
        flags.push(("CancelFlag", "true"));
    }
    xml.element("Transaction", &flags, |xml| {
        xml.text("RetailStoreID", header.journal.store);
        xml.text("WorkstationID", header.journal.register);
        xml.text("SequenceNumber", header.seq);
        xml.text("BusinessDayDate", header.date);
        xml.text("EndDateTime", header.at);
        if let Some(person) = &header.by {
            xml.text("OperatorID", person);
        }
        if let Some(currency) = entry.currency.as_deref().or(currency) {
            xml.text("CurrencyCode", currency);
        }
        let record = [
            ("Epoch", header.journal.epoch.to_string()),
            ("Sequence", header.seq.to_string()),
            ("Hash", entry.hash.to_string()),
        ];
        let record = record.each_ref().map(|(name, value)| (*name, value.as_str()));
        xml.element("tideover:Record", &record, |_| {});
        body(xml, entry);
    });
}

fn body(xml: &mut Xml, entry: &Entry) {
    match &entry.event {
        Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => retail(xml, entry, sale),
        Event::SaleAbandoned(sale) => abandoned(xml, entry, sale),
        Event::SignIn { role, .. } => control(xml, role.word(), |xml| {
            xml.element("OperatorSignOn", &[], |xml| {
                xml.text("StartDateTimestamp", entry.header.at)
            });
        }),
        Event::SignOut { .. } => control(xml, "sign_out", |xml| {
            xml.element("OperatorSignOff", &[], |xml| {
                xml.text("EndDateTimestamp", entry.header.at)
            });
        }),
        Event::DrawerOpen { reason, .. } => {
            control(xml, reason.word(), |xml| xml.text("NoSale", entry.header.at));
        }
        Event::CashMovement { shift, movement, .. } => tender_control(xml, |xml| {
            let name = match movement.kind {
                CashMovementKind::Drop | CashMovementKind::Pickup => "TenderPickup",
                CashMovementKind::Loan => "TenderLoan",
                CashMovementKind::PaidIn => "PaidIn",
                CashMovementKind::PaidOut => "PaidOut",
            };
            xml.element(name, &[("TypeCode", movement.kind.word())], |xml| {
                xml.text("TillID", shift);
                xml.text("Amount", movement.amount);
                if !movement.note.is_empty() {
                    xml.text("Reason", &movement.note);
                }
            });
        }),
        Event::ShiftClose(close) => tender_control(xml, |xml| till_settle(xml, close)),
        _ => {}
    }
}

fn retail(xml: &mut Xml, entry: &Entry, sale: &CompletedSale) {
    xml.element("RetailTransaction", &[("Version", VERSION)], |xml| {
        if !sale.terms.approvals.is_empty() {
            xml.text("ManagerApproval", true);
        }
        xml.text("ReceiptDateTime", entry.header.at);
        xml.text("ReceiptNumber", sale.number);
        xml.text("TillID", sale.shift);
        if let Some(link) = &sale.terms.link {
            let journal = entry.journal();
            let (store, register) = link
                .paper
                .as_ref()
                .map_or((journal.store, journal.register), |paper| (paper.store, paper.register));
            let reason = match link.kind {
                LinkKind::Return => "Return",
                LinkKind::Void => "Void",
            };
            xml.element("TransactionLink", &[("ReasonCode", reason)], |xml| {
                xml.text("RetailStoreID", store);
                xml.text("WorkstationID", register);
                xml.text("SequenceNumber", link.seq);
                xml.text("ReceiptNumber", link.number);
                xml.text("tideover:Epoch", link.epoch);
                xml.text("tideover:Reason", link.reason.word());
            });
        }
        let mut places = 1..;
        lines(xml, &sale.lines, &mut places);
        if let Some(age) = sale.terms.age {
            item(xml, &mut places, &[], |xml| {
                let proof = [("tideover:Proof", age.proof.word())];
                xml.element("AgeRestriction", &proof, |xml| xml.text("MinimumAge", age.years));
            });
        }
        for tax in &sale.taxes {
            item(xml, &mut places, &[], |xml| {
                xml.element("Tax", &[], |xml| {
                    xml.text("TaxAuthority", tax.code.as_str());
                    xml.text("TaxableAmount", tax.taxable);
                    xml.text("Amount", tax.amount);
                    xml.text("Percent", tax.rate);
                    xml.text("Reason", "Charged");
                });
            });
        }
        if let Some(exempt) = &sale.terms.exempt {
            item(xml, &mut places, &[], |xml| {
                xml.element("TaxExemption", &[], |xml| {
                    xml.text("ReasonCode", exempt.reason.word());
                    xml.text("CertificateID", &exempt.certificate);
                });
            });
        }
        for tender in &sale.tenders {
            item(xml, &mut places, &[], |xml| tendered(xml, tender));
        }
        if sale.change != Money::ZERO {
            item(xml, &mut places, &[], |xml| change(xml, sale.change));
        }
        totals(xml, sale);
    });
}

fn totals(xml: &mut Xml, sale: &CompletedSale) {
    let mut total = |kind: &str, amount: &dyn Display| {
        xml.text_with("Total", &[("TotalType", kind)], amount);
    };
    total("TransactionGrandAmount", &sale.total);
    total("TransactionNetAmount", &sale.subtotal);
    // A sum that does not fit is held back before it comes here.
    total("TransactionTaxAmount", &sale.tax().unwrap_or_default());
    if sale.rounding != Money::ZERO {
        total("tideover:CashRounding", &sale.rounding);
    }
}

fn lines(xml: &mut Xml, lines: &[SaleLine], places: &mut impl Iterator<Item = u32>) {
    for line in lines {
        item(xml, places, &[], |xml| goods(xml, line, (line.quantity, line.amount)));
        if line.voided {
            // As the trade writes it: the line once more, turned round.
            let back = line.quantity.negated().unwrap_or_default();
            let amount = line.amount.negated().unwrap_or_default();
            item(xml, places, &[("VoidFlag", "true")], |xml| goods(xml, line, (back, amount)));
        }
    }
}

fn goods(xml: &mut Xml, line: &SaleLine, (quantity, amount): (Quantity, Money)) {
    let element = if line.returned.is_some() { "Return" } else { "Sale" };
    let kind = match line.code.shape() {
        ItemCodeShape::Gtin => "GTIN",
        ItemCodeShape::Plu => "PLU",
        ItemCodeShape::Article => "SKU",
    };
    xml.element(element, &[("ItemType", "Stock")], |xml| {
        xml.element("POSIdentity", &[("POSIDType", kind)], |xml| {
            xml.text("POSItemID", &line.code);
        });
        xml.text("ItemID", &line.code);
        xml.text("Description", &line.name);
        let regular = line.changed.map_or(line.unit_price, |changed| changed.was);
        xml.text("RegularSalesUnitPrice", regular);
        if line.changed.is_some() || line.price_source == PriceSource::Keyed {
            xml.text("ActualSalesUnitPrice", line.unit_price);
        }
        xml.text("ExtendedAmount", amount);
        xml.text("Quantity", quantity);
        xml.text("tideover:TaxClass", line.tax_class.as_str());
        xml.text("tideover:PriceSource", source(line.price_source));
        if let Some(changed) = line.changed {
            xml.text("tideover:PriceReason", changed.reason.word());
        }
        if let Some(returned) = line.returned {
            xml.text("tideover:SoldLine", returned.place);
            xml.text("tideover:SoldOn", returned.day);
        }
    });
}

const fn source(source: PriceSource) -> &'static str {
    match source {
        PriceSource::Pack => "pack",
        PriceSource::Keyed => "keyed",
        PriceSource::Label => "label",
    }
}

fn tendered(xml: &mut Xml, tender: &Tender) {
    let (kind, code, number) = match tender {
        Tender::Cash { .. } => ("Cash", "Sale", None),
        Tender::Check { number, .. } => ("Check", "Sale", Some(number)),
        Tender::CheckReturned { number, .. } => ("Check", "Refund", Some(number)),
    };
    xml.element("Tender", &[("TenderType", kind), ("TypeCode", code)], |xml| {
        xml.text("TenderID", kind);
        xml.text("Amount", tender.amount());
        if let Some(number) = number {
            xml.element("Check", &[], |xml| xml.text("CheckNumber", number.as_str()));
        }
        if let Tender::Check { proof, .. } = tender {
            xml.text("tideover:IdentityCheck", proof.id.word());
        }
    });
}

fn change(xml: &mut Xml, change: Money) {
    let back = change.negated().unwrap_or_default();
    xml.element("Tender", &[("TenderType", "Cash"), ("TypeCode", "Sale")], |xml| {
        xml.text("TenderID", "Cash");
        xml.text("Amount", back);
        xml.element("TenderChange", &[], |xml| xml.text("Amount", back));
    });
}

fn abandoned(xml: &mut Xml, entry: &Entry, sale: &AbandonedSale) {
    xml.element("RetailTransaction", &[("Version", VERSION)], |xml| {
        xml.text("ReceiptDateTime", entry.header.at);
        xml.text("TillID", sale.shift);
        lines(xml, &sale.basket.lines, &mut (1..));
        xml.text_with("Total", &[("TotalType", "TransactionGrandAmount")], sale.total);
    });
}

fn till_settle(xml: &mut Xml, close: &ShiftClose) {
    xml.element("TillSettle", &[], |xml| {
        xml.text("TillID", close.shift);
        let counted = [
            ("Cash", close.counted_cash, close.expected_cash),
            ("Check", close.counted_checks, close.expected_checks),
        ];
        for (kind, counted, expected) in counted {
            xml.element("TenderSummary", &[("TenderType", kind)], |xml| {
                xml.text("Amount", counted);
                xml.text("tideover:Expected", expected);
            });
        }
        xml.text("TransactionCount", close.sales.saturating_add(close.refunds));
    });
}

fn control(xml: &mut Xml, reason: &str, within: impl FnOnce(&mut Xml)) {
    xml.element("ControlTransaction", &[("Version", VERSION)], |xml| {
        xml.text("ReasonCode", reason);
        within(xml);
    });
}

fn tender_control(xml: &mut Xml, within: impl FnOnce(&mut Xml)) {
    xml.element("TenderControlTransaction", &[("Version", VERSION)], within);
}

fn item(
    xml: &mut Xml,
    places: &mut impl Iterator<Item = u32>,
    attributes: &[(&str, &str)],
    within: impl FnOnce(&mut Xml),
) {
    xml.element("LineItem", attributes, |xml| {
        xml.text("SequenceNumber", places.next().unwrap_or_default());
        within(xml);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::export::golden::entries;

    #[test]
    fn a_journal_that_does_not_say_its_currency_bears_the_one_that_was_given() {
        let mut golden = entries(1).expect("golden records");
        golden.truncate(2);
        golden[1].currency = None;
        let text = |currency| String::from_utf8(document(&golden, currency)).expect("text");
        let named = text(Some("CAD"));
        let count = |text: &str, what: &str| text.matches(what).count();
        assert_eq!(count(&named, "<CurrencyCode>USD<"), 1);
        assert_eq!(count(&named, "<CurrencyCode>CAD<"), 1);
        assert_eq!(count(&text(None), "<CurrencyCode>"), 1);
    }
}
