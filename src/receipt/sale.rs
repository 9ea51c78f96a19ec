//! The receipt of a sale: what was bought, what was paid, and which record proves it.
//!
//! ```text
//!  logo, store, address, phone, place, time with offset, cashier
//!  what this paper is, where it is not simply a receipt: COPY, TRAINING, REFUND, OUTAGE
//!  lines, subtotal, tax by rate, total, rounding, tenders, change
//!  return policy, number, proof as text and as a QR code
//! ```
//!
//! Everything comes from the record, never from the basket in hand, so that a copy says what the
//! original said.

use crate::domain::ids::{JournalId, OutageId, Seq};
use crate::domain::money::Money;
use crate::domain::policy::Policy;
use crate::domain::quantity::Quantity;
use crate::domain::sale::{CompletedSale, PriceSource, SaleLine};
use crate::domain::tender::Tender;
use crate::domain::time::Timestamp;
use crate::journal::hash::Hash;

use super::code::{ReceiptCode, proof};
use super::document::{Document, Look, Part, Plain};
use super::witness::Code;
use super::words::{Language, Word};

/// Original or copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition {
    /// The one that is printed once, right after the sale.
    #[default]
    Original,
    /// Any other: marked COPY at its top and its bottom.
    Copy {
        /// When it was asked for.
        at: Timestamp,
    },
}

/// What a receipt says besides its sale.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The store's rules, name, address and phone.
    pub policy: &'a Policy,
    /// The journal the sale is recorded in.
    pub journal: JournalId,
    /// The record's place.
    pub seq: Seq,
    /// The record's hash.
    pub hash: Hash,
    /// When the sale was recorded.
    pub at: Timestamp,
    /// The cashier's name, or number where the name is not known any more.
    pub cashier: &'a str,
    /// The outage that was open.
    pub outage: Option<&'a OutageId>,
    /// Nothing was sold: it was practice.
    pub training: bool,
    /// Original or copy.
    pub edition: Edition,
    /// The signed sale as codes; without any the paper names its record only.
    pub codes: &'a [Code],
    /// The language of the program's own words.
    pub language: Language,
}

/// The receipt of a sale; the slip of a refund where the store paid out, or of a void.
pub fn receipt(sale: &CompletedSale, of: &Circumstances<'_>) -> Document {
    let mut paper = Document::default();
    head(&mut paper, of);
    title(&mut paper, sale, of);
    paper.push(Part::Rule);
    for (place, line) in (0_u16..).zip(&sale.lines).filter(|(_, line)| !line.voided) {
        item(&mut paper, line, of);
        if let Some(honored) = sale.honored().find(|honored| honored.place == place) {
            let word = of.language.word(Word::RainHonored);
            paper.line(format!("  {word} {}", honored.of.number));
        }
    }
    paper.push(Part::Rule);
    totals(&mut paper, sale, of);
    if sale.is_refund() {
        signature(&mut paper, of.language);
    }
    foot(&mut paper, sale, of);
    paper
}

/// What it is, where it is not simply a sale: which sale it takes back, why, and who allowed it.
fn title(paper: &mut Document, sale: &CompletedSale, of: &Circumstances<'_>) {
    let word = |word| of.language.word(word);
    let title = if sale.is_void() { Word::Void } else { Word::Refund };
    if let Some(link) = &sale.terms.link {
        paper.centered(word(title), Look::Double);
        paper.centered(format!("{} {}", word(Word::OfSale), link.number), Look::Bold);
        paper.line(format!("{}: {}", word(Word::Reason), link.reason.label()));
    } else if sale.is_refund() {
        paper.centered(word(title), Look::Double);
    }
    for approval in &sale.terms.approvals {
        paper.line(format!("{} {}", word(Word::ApprovedBy), approval.by));
    }
}

/// A time as it stands on paper: `2026-11-22 14:05:09 -06:00`.
pub fn local_time(at: Timestamp) -> String {
    let text = at.to_string();
    let part = |from, to| text.get(from..to).unwrap_or_default();
    format!("{} {} {}", part(0, 10), part(11, 19), part(23, text.len()))
}

fn head(paper: &mut Document, of: &Circumstances<'_>) {
    let word = |word| of.language.word(word);
    paper.push(Part::Logo);
    paper.centered(&of.policy.store_name, Look::Double);
    if !of.policy.store_address.is_empty() {
        paper.centered(&of.policy.store_address, Look::Normal);
    }
    if !of.policy.store_phone.is_empty() {
        let phone = format!("{} {}", word(Word::Phone), of.policy.store_phone);
        paper.centered(phone, Look::Normal);
    }
    let JournalId { store, register, .. } = of.journal;
    let place = format!("{} {store}  {} {register}", word(Word::Store), word(Word::Register));
    paper.centered(place, Look::Normal);
    paper.line(local_time(of.at));
    paper.line(format!("{} {}", word(Word::Cashier), of.cashier));
    copy(paper, of);
    if of.training {
        paper.centered(word(Word::Training), Look::Double);
    }
    if let Some(outage) = of.outage {
        paper.centered(format!("* {} *", word(Word::Outage)), Look::Bold);
        paper.centered(outage.to_string(), Look::Normal);
    }
}

fn copy(paper: &mut Document, of: &Circumstances<'_>) {
    if let Edition::Copy { at } = of.edition {
        let word = |word| of.language.word(word);
        paper.centered(format!("*** {} ***", word(Word::Copy)), Look::Double);
        paper.centered(format!("{} {}", word(Word::PrintedAgain), local_time(at)), Look::Normal);
    }
}

fn item(paper: &mut Document, line: &SaleLine, of: &Circumstances<'_>) {
    let word = |word| of.language.word(word);
    let returned = line.quantity.tenthousandths() < 0;
    let name = if returned {
        format!("{} {}", word(Word::Returned), line.name)
    } else {
        line.name.clone()
    };
    paper.row(name, line.amount.to_string(), Look::Normal);
    let mut more = String::new();
    let one = line.quantity == Quantity::ONE || line.quantity.negated() == Ok(Quantity::ONE);
    if !one {
        let unit = if line.quantity.is_whole() {
            String::new()
        } else {
            format!(" {}", of.policy.weight_unit)
        };
        more = format!("{}{unit} @ {}", line.quantity, line.unit_price);
    }
    let source = match line.price_source {
        PriceSource::Pack => None,
        // A changed price says what it was instead.
        PriceSource::Keyed => line.changed.is_none().then_some(word(Word::PriceKeyed)),
        // Nor does an amount that a rain check changed stand on a label.
        PriceSource::Label => line.changed.is_none().then_some(word(Word::PriceLabel)),
    };
    if let Some(source) = source {
        more = format!("{more} ({source})");
    }
    if let Some(change) = line.changed {
        more = format!("{more} ({} {})", word(Word::Was), change.was);
    }
    if !more.is_empty() {
        paper.line(format!("  {}", more.trim_start()));
    }
    // A recall names batches: the customer's paper says which one was bought.
    if let Some(batch) = &line.lot.batch {
        paper.line(format!("  {} {}", word(Word::Batch), batch.as_str()));
    }
}

fn totals(paper: &mut Document, sale: &CompletedSale, of: &Circumstances<'_>) {
    let word = |word| of.language.word(word);
    paper.row(word(Word::Subtotal), sale.subtotal.to_string(), Look::Normal);
    for tax in &sale.taxes {
        let name = format!(
            "{} {} {} % {} {}",
            word(Word::Tax),
            tax.code,
            tax.rate,
            word(Word::TaxOn),
            tax.taxable
        );
        paper.row(name, tax.amount.to_string(), Look::Normal);
    }
    if let Some(exempt) = &sale.terms.exempt {
        paper.line(format!("{} {}", word(Word::Exempt), exempt.certificate));
    }
    paper.row(word(Word::Total), of.policy.currency.format(sale.total), Look::Double);
    if sale.rounding != Money::ZERO {
        paper.row(word(Word::Rounding), sale.rounding.to_string(), Look::Normal);
    }
    for tender in &sale.tenders {
        let name = match tender {
            // Cash of nothing only says that money was handed out.
            Tender::Cash { amount } if sale.is_refund() && *amount == Money::ZERO => continue,
            Tender::Cash { .. } => word(Word::Cash).to_owned(),
            Tender::Check { number, .. } => format!("{} {}", word(Word::Check), number.as_str()),
            Tender::CheckReturned { number, .. } => {
                format!("{} {}", word(Word::CheckReturned), number.as_str())
            }
        };
        paper.row(name, tender.amount().to_string(), Look::Normal);
    }
    let back = if sale.is_refund() { Word::PaidOut } else { Word::Change };
    paper.row(word(back), sale.change.to_string(), Look::Bold);
}

pub(super) fn signature(paper: &mut Document, language: Language) {
    paper.push(Part::Blank);
    paper.push(Part::Blank);
    paper.push(Part::Rule);
    paper.line(language.word(Word::Signature));
}

fn foot(paper: &mut Document, sale: &CompletedSale, of: &Circumstances<'_>) {
    paper.push(Part::Blank);
    if !of.policy.return_policy.is_empty() {
        paper.centered(&of.policy.return_policy, Look::Normal);
        paper.push(Part::Blank);
    }
    let number = format!("{} {}", of.language.word(Word::Sale), sale.number);
    paper.centered(number, Look::Bold);
    // Practice proves nothing, and its paper must not pass for a receipt at the returns desk.
    if of.training {
        paper.centered(of.language.word(Word::Training), Look::Double);
    } else {
        paper.centered(proof(of.journal, of.seq, of.hash), Look::Normal);
        if of.codes.is_empty() {
            let code = ReceiptCode::of(of.journal, of.seq, of.hash).to_string();
            paper.push(Part::Qr(Plain::new(&code)));
        }
        codes(paper, sale, of);
    }
    copy(paper, of);
    paper.push(Part::Cut);
}

/// The signed sale. Where it takes several codes, each says which items it proves.
fn codes(paper: &mut Document, sale: &CompletedSale, of: &Circumstances<'_>) {
    let name = |place: u16| sale.lines.get(usize::from(place)).map(|line| line.name.as_str());
    for (number, code) in (1_usize..).zip(of.codes) {
        if of.codes.len() > 1 {
            let (first, last) = code.places;
            let title =
                format!("{} {number}/{}", of.language.word(Word::ReturnCode), of.codes.len());
            paper.centered(title, Look::Bold);
            let names = (name(first).unwrap_or_default(), name(last).unwrap_or_default());
            paper.centered(format!("{} - {}", names.0, names.1), Look::Normal);
        }
        paper.push(Part::Qr(Plain::new(&code.text)));
    }
}
