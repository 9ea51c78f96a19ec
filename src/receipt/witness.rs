//! The sale on its own receipt: small, signed, and believed without the journal it stands in.
//!
//! ```text
//!  CompletedSale ─▶ pages of lines ─▶ bytes ─┬ register's key, central's word for it ┐
//!                                            └ signature over all of it ─────────────┴▶ TDO2:…
//!  TDO2:… ─▶ bytes, strictly ─▶ central's word ─▶ signature ─▶ Witness      or a PaperFault
//! ```
//!
//! A record's own signature is over its whole line, which no square code holds. So the register
//! signs the sale a second time, in a form of some twelve bytes a line, and lays central's word
//! for its key beside it. Whoever trusts central can then check the paper without a network.
//! A large sale has several codes, and each proves its own lines: none waits for another.
//! The bytes are described in docs/receipt.md.

use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, PersonId, SaleNo, Seq, TaxClass};
use crate::domain::money::Money;
use crate::domain::policy::Currency;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{CompletedSale, PaperFault, PriceSource};
use crate::domain::tax::{TaxLine, TaxTable};
use crate::domain::tender::Tender;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey, Signature};
use crate::journal::receipt_key;

use super::base32;

mod form;

/// What a code with a signed sale begins with.
pub const PREFIX: &str = "TDO2:";
/// The longest text of a code. A scan may have 1,024 characters.
pub const TEXT_LEN_MAX: usize = 1_000;
/// The most codes of one receipt; 500 lines of common codes need twenty.
pub const PAGES_MAX: usize = 40;
/// Key, central's word for it, and signature.
const TRAILER_LEN: usize = 32 + 64 + 64;
/// What is left for the sale itself.
const BODY_LEN_MAX: usize = 460;

/// A sale, or some of its lines, as its paper proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The journal of its record.
    pub journal: JournalId,
    /// The record's place.
    pub seq: Seq,
    /// The first half of the record's hash.
    pub hash_start: [u8; 16],
    /// The number on the receipt.
    pub number: SaleNo,
    /// When.
    pub at: Timestamp,
    /// The business date.
    pub day: BusinessDate,
    /// Who rang it up.
    pub by: Option<PersonId>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// No tax was taken.
    pub exempt: bool,
    /// Which of its codes this is, from 1, and how many there are.
    pub page: (u8, u8),
    /// Lines and tax.
    pub total: Money,
    /// What cash rounding added.
    pub rounding: Money,
    /// What was handed back.
    pub change: Money,
    /// What was handed over.
    pub tenders: Vec<(Means, Money)>,
    /// The tax that was paid.
    pub taxes: Vec<TaxLine>,
    /// The tax classes of its lines: which of the taxes each bore.
    pub classes: Vec<(TaxClass, Vec<u8>)>,
    /// The lines this code proves.
    pub lines: Vec<WitnessLine>,
}

/// A line that can come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessLine {
    /// Its place in the sale, from 0.
    pub place: u16,
    /// The item.
    pub code: ItemCode,
    /// How much.
    pub quantity: Quantity,
    /// The price of one unit.
    pub unit_price: UnitPrice,
    /// Where the amount came from.
    pub price_source: PriceSource,
    /// What it cost before tax.
    pub amount: Money,
    /// Which of the classes.
    pub class: u8,
}

/// What a sale was paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Notes and coins.
    Cash,
    /// A check.
    Check,
}

/// What a register needs to put signed sales on its receipts.
pub struct Signer<'a> {
    /// Its key.
    pub key: PublicKey,
    /// Central's word for this key.
    pub word: [u8; 64],
    /// Signs bytes as [`Domain::Receipt`]; none without the key.
    pub sign: &'a dyn Fn(&[u8]) -> Option<Signature>,
}

/// A sale with what its record's header says.
#[derive(Clone, Copy)]
pub struct Sold<'a> {
    /// The sale.
    pub sale: &'a CompletedSale,
    /// Its journal.
    pub journal: JournalId,
    /// Its record's place.
    pub seq: Seq,
    /// Its record's hash.
    pub hash: Hash,
    /// When.
    pub at: Timestamp,
    /// The business date.
    pub day: BusinessDate,
    /// Who rang it up.
    pub by: Option<&'a PersonId>,
    /// The currency.
    pub currency: Currency,
    /// The tax rows that held.
    pub rows: &'a TaxTable,
}

/// One code of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its text.
    pub text: String,
    /// The first and the last place of the lines it proves.
    pub places: (u16, u16),
}

/// The codes of a sale's receipt. None where nothing of it can come back, where the key is not at
/// hand, and where it would need more than [`PAGES_MAX`]: then the paper names its record only.
pub fn codes(sold: &Sold<'_>, signer: &Signer<'_>) -> Vec<Code> {
    pages(sold)
        .and_then(|pages| pages.iter().map(|page| code(page, signer)).collect())
        .unwrap_or_default()
}

fn code(page: &Witness, signer: &Signer<'_>) -> Option<Code> {
    let mut bytes = form::write(page);
    bytes.extend(signer.key.bytes());
    bytes.extend(signer.word);
    let signature = (signer.sign)(&bytes)?;
    bytes.extend(signature.0);
    let text = format!("{PREFIX}{}", base32::encode(&bytes));
    let places = (page.lines.first()?.place, page.lines.last()?.place);
    (text.len() <= TEXT_LEN_MAX).then_some(Code { text, places })
}

/// Reads a scanned code and checks it: central's word for the key, and the key's signature.
///
/// # Errors
/// [`PaperFault`] in the order of what was looked at; nothing of what it says is believed then.
pub fn verify(text: &str, central: &PublicKey) -> Result<Witness, PaperFault> {
    verify_signed(text, central).map(|(witness, _)| witness)
}

/// The same, with the key that signed it: that may be trusted no longer by now.
///
/// # Errors
/// [`PaperFault`] as [`verify`].
pub fn verify_signed(text: &str, central: &PublicKey) -> Result<(Witness, PublicKey), PaperFault> {
    let not_whole = || PaperFault::NotWhole;
    let fits = text.len() <= TEXT_LEN_MAX && text.is_ascii();
    let head = text.get(..PREFIX.len()).filter(|head| fits && head.eq_ignore_ascii_case(PREFIX));
    head.ok_or_else(not_whole)?;
    let coded = text.get(PREFIX.len()..).ok_or_else(not_whole)?;
    let bytes = base32::decode(coded).ok_or_else(not_whole)?;
    let split = bytes.len().checked_sub(TRAILER_LEN).ok_or_else(not_whole)?;
    let (signed, signature) = bytes.split_last_chunk::<64>().ok_or_else(not_whole)?;
    let (rest, word) = signed.split_last_chunk::<64>().ok_or_else(not_whole)?;
    let (_, key) = rest.split_last_chunk::<32>().ok_or_else(not_whole)?;
    let body = bytes.get(..split).ok_or_else(not_whole)?;
    let witness = form::read(body).ok_or_else(not_whole)?;
    let key = PublicKey::from_bytes(*key).map_err(|_| PaperFault::Altered)?;
    let JournalId { store, register, .. } = witness.journal;
    if !receipt_key::holds(central, &Signature(*word), (store, register), &key) {
        return Err(PaperFault::Stranger);
    }
    if !key.verifies(Domain::Receipt, signed, &Signature(*signature)) {
        return Err(PaperFault::Altered);
    }
    Ok((witness, key))
}

/// The sale without its lines, then as many lines a page as fit.
fn pages(sold: &Sold<'_>) -> Option<Vec<Witness>> {
    let (mut base, lines) = whole(sold)?;
    let room = BODY_LEN_MAX.checked_sub(form::write(&base).len())?;
    let mut pages: Vec<Vec<WitnessLine>> = Vec::new();
    let mut left = 0_usize;
    for line in lines {
        let len = form::line_len(&line);
        if len > left {
            left = room;
            pages.push(Vec::new());
        }
        left = left.checked_sub(len)?;
        pages.last_mut()?.push(line);
    }
    if pages.is_empty() || pages.len() > PAGES_MAX {
        return None;
    }
    let count = u8::try_from(pages.len()).ok()?;
    let page = |(number, lines)| {
        base.page = (number, count);
        Witness { lines, ..base.clone() }
    };
    Some((1_u8..).zip(pages).map(page).collect())
}

fn whole(sold: &Sold<'_>) -> Option<(Witness, Vec<WitnessLine>)> {
    let sale = sold.sale;
    let mut classes: Vec<(TaxClass, Vec<u8>)> = Vec::new();
    let mut lines = Vec::new();
    for (place, line) in (0_u16..).zip(&sale.lines) {
        if line.voided || line.returned.is_some() || line.quantity.tenthousandths() <= 0 {
            continue;
        }
        let known = classes.iter().position(|(class, _)| *class == line.tax_class);
        let class = match known {
            Some(class) => class,
            None => {
                let rows = sold.rows.rows_on(&line.tax_class, sold.day);
                let bore = rows.filter_map(|row| {
                    let is = |tax: &TaxLine| tax.code == row.code && tax.rate == row.rate;
                    u8::try_from(sale.taxes.iter().position(is)?).ok()
                });
                let bore = if sale.terms.exempt.is_some() { Vec::new() } else { bore.collect() };
                classes.push((line.tax_class.clone(), bore));
                classes.len().checked_sub(1)?
            }
        };
        lines.push(WitnessLine {
            place,
            code: line.code.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            price_source: line.price_source,
            amount: line.amount,
            class: u8::try_from(class).ok()?,
        });
    }
    let mut hash_start = [0; 16];
    for (to, from) in hash_start.iter_mut().zip(sold.hash.0) {
        *to = from;
    }
    let means = |tender: &Tender| match tender {
        Tender::Cash { amount } => Some((Means::Cash, *amount)),
        Tender::Check { amount, .. } => Some((Means::Check, *amount)),
        Tender::CheckReturned { .. } => None,
    };
    let base = Witness {
        journal: sold.journal,
        seq: sold.seq,
        hash_start,
        number: sale.number,
        at: sold.at,
        day: sold.day,
        by: sold.by.cloned(),
        currency: sold.currency,
        exempt: sale.terms.exempt.is_some(),
        page: (1, 1),
        total: sale.total,
        rounding: sale.rounding,
        change: sale.change,
        tenders: sale.tenders.iter().filter_map(means).collect(),
        taxes: sale.taxes.clone(),
        classes,
        lines: Vec::new(),
    };
    Some((base, lines))
}

impl Witness {
    /// A check was among what it was paid with.
    pub fn by_check(&self) -> bool {
        self.tenders.iter().any(|(means, _)| *means == Means::Check)
    }

    /// True for a record with this hash.
    pub fn is_of(&self, hash: Hash) -> bool {
        hash.0.starts_with(&self.hash_start)
    }

    /// True when the store's own rows tax each class as it was taxed when it was sold, so that a
    /// return gives back what was paid.
    pub fn is_taxed_as(&self, rows: &TaxTable) -> bool {
        self.exempt
            || self.classes.iter().all(|(class, bore)| {
                let here = rows.rows_on(class, self.day).map(|row| (&row.code, row.rate));
                let mut here: Vec<_> = here.collect();
                let at = |place: &u8| self.taxes.get(usize::from(*place));
                let paid = bore.iter().filter_map(at).map(|tax| (&tax.code, tax.rate));
                let mut there: Vec<_> = paid.collect();
                here.sort_unstable();
                here.dedup();
                there.sort_unstable();
                there.dedup();
                here == there
            })
    }
}

#[cfg(test)]
mod tests;
