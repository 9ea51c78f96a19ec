//! Receipts that prove themselves: what stands on ours, and what is believed of others.
//!
//! ```text
//!  our sale ─▶ codes_of ─▶ receipt          enrolled, with its key, and not learning
//!  TDO2:…   ─▶ sale_on_paper ─┬ our journal, or a mirrored one ─▶ the record itself
//!                             └ another one ─▶ Found, by the paper alone
//! ```
//!
//! Central's key is the one thing every register of a chain trusts. Without it only what stands
//! in this register's own journal is believed.

use crate::domain::code::batch::Lot;
use crate::domain::ids::{JournalId, RecordRef, ShiftNo};
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{
    CompletedSale, ExemptReason, Exemption, PaperFault, PaperProof, SaleLine, Terms,
};
use crate::domain::tender::Tender;
use crate::domain::words::words;
use crate::journal::hash::{Hash, from_hex};
use crate::journal::key::{PublicKey, Signature};
use crate::journal::receipt_key;
use crate::journal::record::Header;
use crate::receipt::witness::{self, Code, Means, Signer, Sold, Witness};
use crate::sync::revoked::Kept;

use super::register::{Register, Said, Setback};
use super::returning::{Found, found};
use super::settings::Settings;

/// What receipts are signed and believed by.
#[derive(Clone, Debug, Default)]
pub struct PaperTrust {
    /// Central's key.
    central: Option<PublicKey>,
    /// Central's word for this register's key.
    word: Option<[u8; 64]>,
    /// Keys whose word counts no longer.
    pub(super) kept: Kept,
}

/// What is known of a sale by its paper alone.
#[derive(Clone, Debug)]
pub(super) struct OnPaper {
    pub(super) proof: PaperProof,
    pub(super) page: (u8, u8),
    /// What was paid by check; the paper says no number.
    pub(super) checks: Money,
}

impl PaperTrust {
    /// As enrolment left it in the settings.
    pub fn of(settings: &Settings) -> Self {
        let Some(central) = &settings.central else { return Self::default() };
        let key = PublicKey::parse(&central.ack_key).ok();
        let word = central.receipt_word.as_deref().and_then(from_hex);
        Self { central: key, word, kept: Kept::default() }
    }

    /// The same, with keys whose word counts no longer.
    #[must_use]
    pub fn without(self, kept: Kept) -> Self {
        Self { kept, ..self }
    }

    /// Central's key; none where this register is not enrolled.
    pub(super) const fn central_key(&self) -> Option<PublicKey> {
        self.central
    }
}

/// True for the code of a signed sale.
pub(super) fn is_signed(text: &str) -> bool {
    text.get(..witness::PREFIX.len()).is_some_and(|s| s.eq_ignore_ascii_case(witness::PREFIX))
}

/// Of a check the paper says no number; that there was one stands in the proof.
fn cash((means, amount): &(Means, Money)) -> Option<Tender> {
    (*means == Means::Cash).then_some(Tender::Cash { amount: *amount })
}

/// What the cashier should know before something is given back.
pub(super) fn said_of_paper(found: &Found) -> Said {
    let (store, register) = (found.journal.store.0, found.journal.register.0);
    Said::attention(
        words!("The paper proves this sale of store {}, register {}", store, register),
        words!("What came back elsewhere is not known here: look at the paper for notes."),
    )
}

impl Register {
    /// Central's word for this register's key, where it holds and paper of it counts.
    pub(super) fn receipt_word(&self) -> Option<[u8; 64]> {
        let (central, word) = (self.trust.central?, self.trust.word?);
        let journal = self.ledger.chain().journal;
        let place = (journal.store, journal.register);
        let key = self.ledger.public_key();
        let holds = receipt_key::holds(&central, &Signature(word), place, &key);
        (!self.training && holds).then_some(word)
    }

    /// The codes of a sale's receipt.
    pub(super) fn codes_of(&self, sale: &CompletedSale, header: &Header, hash: Hash) -> Vec<Code> {
        let (key, journal) = (self.ledger.public_key(), header.journal);
        let (Some(word), Ok(pack)) = (self.receipt_word(), self.pack()) else {
            return Vec::new();
        };
        let sold = Sold {
            sale,
            journal,
            seq: header.seq,
            hash,
            at: header.at,
            day: header.date,
            by: header.by.as_ref(),
            currency: pack.policy().currency,
            rows: pack.taxes(),
        };
        let sign = |bytes: &[u8]| self.ledger.sign_receipt(bytes);
        witness::codes(&sold, &Signer { key, word, sign: &sign })
    }

    /// The sale of a signed code.
    pub(super) fn sale_on_paper(&self, text: &str) -> Result<Found, Setback> {
        if self.training {
            return Err(Refusal::from(PaperFault::Training).into());
        }
        let central = self.trust.central.ok_or(PaperFault::NotEnrolled).map_err(Refusal::from)?;
        let (witness, key) = witness::verify_signed(text, &central).map_err(Refusal::from)?;
        if !self.trust.kept.revoked.counts(&key, witness.journal.epoch, witness.seq) {
            let JournalId { store, register, .. } = witness.journal;
            return Err(Refusal::from(PaperFault::Revoked(store, register)).into());
        }
        let own = witness.journal == self.ledger.chain().journal;
        let line = if own {
            self.ledger.line_at(witness.seq)?
        } else {
            self.mirrored(witness.journal, witness.seq)?
        };
        if line.is_none() && !own {
            return Ok(self.believed(witness)?);
        }
        // The record says more than its paper, and is what the paper must be of.
        let line = line.filter(|line| witness.is_of(line.hash()));
        let sale = line.as_ref().and_then(found);
        sale.ok_or_else(|| Refusal::from(PaperFault::NotInJournal).into())
    }

    /// A sale of another journal, as this store would take it back.
    fn believed(&self, witness: Witness) -> Result<Found, Refusal> {
        let pack = self.pack()?;
        if witness.currency != pack.policy().currency {
            return Err(PaperFault::OtherCurrency.into());
        }
        if !witness.is_taxed_as(pack.taxes()) {
            return Err(PaperFault::OtherTax(witness.journal.store).into());
        }
        let mut lines: Vec<SaleLine> = Vec::new();
        for line in &witness.lines {
            let place = usize::from(line.place);
            let class = witness.classes.get(usize::from(line.class));
            let (tax_class, _) = class.ok_or(PaperFault::NotWhole)?;
            // The paper leaves names out; an item this store does not know has its code.
            let known = pack.item(&line.code).ok().flatten();
            let line = SaleLine {
                code: line.code.clone(),
                name: known.map_or_else(|| line.code.to_string(), |item| item.name),
                quantity: line.quantity,
                unit_price: line.unit_price,
                price_source: line.price_source,
                amount: line.amount,
                tax_class: tax_class.clone(),
                voided: false,
                age_min: None,
                changed: None,
                returned: None,
                lot: Lot::default(),
            };
            // Lines that this code says nothing about can't come back against it.
            while lines.len() < place {
                lines.push(SaleLine { voided: true, ..line.clone() });
            }
            lines.push(line);
        }
        let by_check = witness.by_check();
        let checks = witness.tenders.iter().filter(|(means, _)| *means == Means::Check);
        let checks = Money::sum(checks.map(|(_, amount)| *amount))?;
        let proof = PaperProof {
            store: witness.journal.store,
            register: witness.journal.register,
            hash_start: witness.hash_start,
            seller: witness.by.clone(),
            by_check,
        };
        let exempt = witness
            .exempt
            .then(|| Exemption { reason: ExemptReason::Other, certificate: String::new() });
        let sale = CompletedSale {
            number: witness.number,
            shift: ShiftNo(0),
            lines,
            taxes: witness.taxes,
            subtotal: witness.total,
            total: witness.total,
            rounding: witness.rounding,
            tenders: witness.tenders.iter().filter_map(cash).collect(),
            change: witness.change,
            terms: Terms { exempt, ..Terms::default() },
        };
        Ok(Found {
            record: RecordRef { epoch: witness.journal.epoch, seq: witness.seq },
            at: witness.at,
            day: witness.day,
            by: witness.by,
            sale,
            journal: witness.journal,
            paper: Some(OnPaper { proof, page: witness.page, checks }),
        })
    }
}
