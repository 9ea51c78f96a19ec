//! Rain checks at a register: written, printed, looked up, honored once.
//!
//! ```text
//!  issue ─▶ record ─▶ slip with number and signed code
//!  number ─▶ the store's book ──────────────────────┐
//!  TDR2:… ─▶ signature ─▶ the book, or paper alone ─┴▶ redeemed? past its day? ─▶ signature
//!                                 ├─▶ a line of the basket costs less; redeemed when it is paid
//!                                 └─▶ the service desk honored it: a record of its own
//! ```
//!
//! What a sale honors is redeemed by the sale's own record, in one commit with the money: a basket
//! that is given up, put aside or lost redeems nothing (docs/rain-check.md).

use crate::domain::approval::{Approval, Case};
use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{JournalId, RecordRef};
use crate::domain::rain_check::{
    RainCheck, RainCheckFault, RainCheckKind, RainCheckRef, RainCheckStep, Worth,
};
use crate::domain::refusal::Refusal;
use crate::domain::sale::Basket;
use crate::domain::words::{Words, words};
use crate::ledger::Committed;
use crate::receipt::Language;
use crate::receipt::promise::{self, Promise, PromiseName};
use crate::receipt::witness::Signer;
use crate::receipt::words::Word;

use super::register::{Phase, Register, Said, Setback};

/// A rain check that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundCheck {
    /// Which; its paper alone proved it where a hash stands here.
    pub(super) of: RainCheckRef,
    /// What was promised.
    pub(super) check: RainCheck,
}

impl From<RainCheckFault> for Setback {
    fn from(fault: RainCheckFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl FoundCheck {
    /// What it is for, as a person says it.
    pub(super) fn title(&self) -> Words {
        let kind = Words::plain(self.check.kind.label());
        if self.check.what.is_empty() {
            return kind;
        }
        words!("{}: {}", kind, &self.check.what)
    }
}

impl Register {
    /// Writes a rain check and prints it; its number.
    pub(super) fn issue_rain_check(
        &mut self,
        kind: RainCheckKind,
        code: Option<ItemCode>,
        what: String,
        worth: Worth,
    ) -> Result<u32, Setback> {
        self.person()?;
        if !worth.is_bounded() {
            return Err(RainCheckFault::NotAnAmount.into());
        }
        if kind == RainCheckKind::PriceMatch && what.is_empty() {
            return Err(RainCheckFault::NothingSaid.into());
        }
        let today = self.business_date();
        let rules = self.policy()?.rain_checks.clone();
        let price = match &code {
            Some(code) => self.pack()?.item(code)?.map(|item| item.unit_price),
            None => None,
        };
        let register = self.ledger.chain().journal.register;
        let number = self.book.rain_checks.next_number(register, today);
        let number = number.ok_or(RainCheckFault::NoNumberLeft)?;
        let beyond = worth.costs(price)?.is_none_or(|costs| costs > rules.max);
        let until = rules.until(today);
        let check = RainCheck { number, kind, code, what, worth, until };
        let about = || words!("Rain check: {}", said_of(&check));
        let approval = self.authorise_about(&Case::RainCheck { beyond }, about)?;
        let step = RainCheckStep::Issued { check: check.clone(), approval };
        let committed = self.record(Event::RainCheck(step))?;
        self.print_rain_check(&check, &committed);
        Ok(number)
    }

    /// Finds one by its number or its scanned code. That it is found says nothing yet of whether
    /// it still holds.
    pub(super) fn find_rain_check(&self, text: &str) -> Result<FoundCheck, Setback> {
        let text = text.trim();
        if !promise::is_one(text) {
            return self.check_numbered(text);
        }
        if self.training {
            return Err(RainCheckFault::Training.into());
        }
        if text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("TDR1")) {
            let name = PromiseName::parse(text).ok_or(RainCheckFault::NotWhole)?;
            return self.check_named(name);
        }
        let central = self.trust.central_key().ok_or(RainCheckFault::NotEnrolled)?;
        let (promise, key) = promise::verify_signed(text, &central).map_err(Refusal::from)?;
        if !self.trust.kept.revoked.counts(&key, promise.journal.epoch, promise.seq) {
            let JournalId { store, register, .. } = promise.journal;
            return Err(RainCheckFault::Revoked(store, register).into());
        }
        self.check_on_paper(promise)
    }

    /// It is redeemed nowhere that is known here, also not in the basket in hand.
    pub(super) fn check_stands(&self, found: &FoundCheck) -> Result<(), RainCheckFault> {
        let RainCheckRef { at_record, number, .. } = found.of;
        if let Some(first) = self.book.rain_checks.redemptions(at_record).first() {
            return Err(RainCheckFault::Redeemed(number, first.register));
        }
        if let Phase::Basket(basket) = &self.phase
            && basket.honored().any(|honored| honored.of.at_record == at_record)
        {
            return Err(RainCheckFault::InThisSale(number));
        }
        Ok(())
    }

    /// The lines of the basket that it takes something off.
    pub(super) fn lines_for_check(&self, found: &FoundCheck) -> Vec<usize> {
        let Phase::Basket(basket) = &self.phase else { return Vec::new() };
        let fits = |place: &usize| {
            let line = basket.lines().get(*place);
            let code = found.check.code.as_ref();
            let of_item = line.is_some_and(|line| code.is_none_or(|code| *code == line.code));
            of_item && basket.with_promise(*place, found.check.worth).is_ok()
        };
        (0..basket.lines().len()).filter(fits).collect()
    }

    /// A rain check that was scanned while ringing up: the line that it is for costs less now.
    pub(super) fn rain_check_scanned(&mut self, text: &str) -> Result<Option<Said>, Setback> {
        let found = self.find_rain_check(text)?;
        self.check_stands(&found)?;
        if !self.policy()?.rain_checks.takes(&found.check) {
            return Err(RainCheckFault::AtTheDesk(found.check.kind).into());
        }
        match *self.lines_for_check(&found) {
            [] => Err(self.no_line_for(&found).into()),
            [place] => self.honor_in_sale(&found, place),
            [place, ..] if found.check.code.is_some() => self.honor_in_sale(&found, place),
            _ => {
                self.ask_which_line(found);
                Ok(None)
            }
        }
    }

    /// Gives a line of the basket what was promised.
    pub(super) fn honor_in_sale(
        &mut self,
        found: &FoundCheck,
        place: usize,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        self.check_stands(found)?;
        if !self.policy()?.rain_checks.takes(&found.check) {
            return Err(RainCheckFault::AtTheDesk(found.check.kind).into());
        }
        let worth = found.check.worth;
        let basket = self.basket()?;
        let line = basket.lines().get(place).ok_or(Refusal::NoSuchLine)?;
        if found.check.code.as_ref().is_some_and(|code| *code != line.code) {
            return Err(RainCheckFault::ItemMissing(found.check.what.clone()).into());
        }
        let less = line.amount.minus(basket.with_promise(place, worth)?)?;
        let approval = self.authorise_rain_check(found, found.of.hash_start.is_some())?;
        let basket = self.basket()?;
        basket.has_room_for_approval(approval.is_some())?;
        basket.honor(place, worth, found.of)?;
        basket.approve(approval)?;
        self.save_draft();
        Ok(Some(Said::done(words!("Rain check {} takes {} off", found.of.number, less))))
    }

    /// The service desk honored it: nobody takes it any more.
    pub(super) fn honored_at_desk(&mut self, found: &FoundCheck) -> Result<(), Setback> {
        self.check_stands(found)?;
        let approval = self.authorise_rain_check(found, true)?;
        self.record(Event::RainCheck(RainCheckStep::Redeemed { of: found.of, approval }))?;
        Ok(())
    }

    /// Before payment: what was redeemed at another register meanwhile is not honored twice.
    pub(super) fn check_honored(&self, basket: &Basket) -> Result<(), RainCheckFault> {
        for honored in basket.honored() {
            let redeemed = self.book.rain_checks.redemptions(honored.of.at_record);
            if let Some(first) = redeemed.first() {
                return Err(RainCheckFault::Redeemed(honored.of.number, first.register));
            }
        }
        Ok(())
    }

    /// Who must stand behind it. A copy of a paper looks like the paper: what this store's book
    /// does not hold needs a lead.
    fn authorise_rain_check(
        &mut self,
        found: &FoundCheck,
        beyond: bool,
    ) -> Result<Option<Approval>, Setback> {
        let until = found.check.until;
        if found.check.is_expired(self.business_date()) {
            let about =
                || words!("Rain check {}: good until {}", found.of.number, until.to_string());
            return self.authorise_about(&Case::ExpiredRainCheck, about);
        }
        let about = || words!("Rain check {}: {}", found.of.number, found.title());
        self.authorise_about(&Case::RainCheck { beyond }, about)
    }

    /// Why no line fits: the item is not there, or costs no more than was promised.
    pub(super) fn no_line_for(&self, found: &FoundCheck) -> RainCheckFault {
        let Phase::Basket(basket) = &self.phase else { return RainCheckFault::LineTaken };
        let code = found.check.code.as_ref();
        let mut of_item = basket.lines().iter().filter(|line| {
            !line.voided && line.returned.is_none() && code.is_none_or(|code| *code == line.code)
        });
        let name = || {
            if found.check.what.is_empty() {
                found.check.kind.label().to_owned()
            } else {
                found.check.what.clone()
            }
        };
        match of_item.next() {
            Some(_) => RainCheckFault::CostsNoMore,
            None => RainCheckFault::ItemMissing(name()),
        }
    }

    fn check_numbered(&self, text: &str) -> Result<FoundCheck, Setback> {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(12).collect();
        let unknown = || RainCheckFault::NoSuchNumber(shown.clone());
        let number: u32 = text.parse().map_err(|_| unknown())?;
        let (at_record, issued) = match self.book.rain_checks.of_number(number).as_slice() {
            [] => return Err(unknown().into()),
            [one] => *one,
            _ => return Err(RainCheckFault::TwoOfNumber(number).into()),
        };
        let store = self.ledger.chain().journal.store;
        let register = issued.register;
        let of = RainCheckRef { store, register, at_record, number, hash_start: None };
        Ok(FoundCheck { of, check: issued.check.clone() })
    }

    fn check_named(&self, name: PromiseName) -> Result<FoundCheck, Setback> {
        let JournalId { store, register, epoch } = name.journal;
        let at_record = RecordRef { epoch, seq: name.seq };
        let Some(issued) = self.book.rain_checks.issued(at_record) else {
            let own = name.journal == self.ledger.chain().journal;
            let names = RainCheckFault::NamesOnly(store, register);
            return Err(if own { RainCheckFault::NotInJournal } else { names }.into());
        };
        let (check, number) = (issued.check.clone(), issued.check.number);
        let of = RainCheckRef { store, register, at_record, number, hash_start: None };
        Ok(FoundCheck { of, check })
    }

    /// A signed one. Where the book holds its record, that is what counts.
    fn check_on_paper(&self, promise: Promise) -> Result<FoundCheck, Setback> {
        if promise.currency != self.policy()?.currency {
            return Err(RainCheckFault::OtherCurrency.into());
        }
        let JournalId { store, register, epoch } = promise.journal;
        let at_record = RecordRef { epoch, seq: promise.seq };
        let issued = self.book.rain_checks.issued(at_record);
        let own = promise.journal == self.ledger.chain().journal;
        if issued.map_or(own, |issued| issued.check != promise.check) {
            return Err(RainCheckFault::NotInJournal.into());
        }
        let hash_start = issued.is_none().then_some(promise.hash_start);
        let number = promise.check.number;
        let of = RainCheckRef { store, register, at_record, number, hash_start };
        Ok(FoundCheck { of, check: promise.check })
    }

    /// The slip: number and terms in both languages, and the code that proves it.
    fn print_rain_check(&mut self, check: &RainCheck, committed: &Committed) {
        let title = format!("{} {}", self.paper.language.word(Word::RainCheck), check.number);
        let code = self.code_of_check(check, committed);
        let Some(mut slip) = self.begin_slip(&title) else { return };
        for language in [Language::English, Language::Spanish] {
            let word = |word| language.word(word);
            slip = slip.line(word(match check.kind {
                RainCheckKind::Coupon => Word::RainCoupon,
                RainCheckKind::Reward => Word::RainReward,
                RainCheckKind::PriceMatch => Word::RainPriceMatch,
                RainCheckKind::GiftCard => Word::RainGiftCard,
            }));
            if !check.what.is_empty() {
                slip = slip.line(check.what.as_str());
            }
            slip = match check.worth {
                Worth::Unsaid => slip,
                Worth::Off(amount) => slip.sum(word(Word::RainOff), amount),
                Worth::Price(unit_price, pieces) => slip
                    .pair(word(Word::RainPrice), unit_price.to_string())
                    .count(word(Word::RainPieces), u64::from(pieces)),
            };
            slip = slip.pair(word(Word::RainUntil), check.until.to_string());
            let taken = self.policy().is_ok_and(|policy| policy.rain_checks.takes(check));
            let place = if taken { Word::RainAtRegister } else { Word::RainAtDesk };
            slip = slip.line(word(place)).line(word(Word::RainOnce)).rule();
        }
        if let Some(code) = code {
            slip = slip.qr(&code);
        }
        self.end_slip(slip, committed);
    }

    /// Signed where central vouches for this register; otherwise it names its record.
    fn code_of_check(&self, check: &RainCheck, committed: &Committed) -> Option<String> {
        if self.training {
            return None;
        }
        let (journal, seq) = (self.ledger.chain().journal, committed.seq);
        let mut hash_start = [0; 16];
        for (to, from) in hash_start.iter_mut().zip(committed.hash.0) {
            *to = from;
        }
        let currency = self.policy().ok()?.currency;
        let promise = Promise { journal, seq, hash_start, currency, check: check.clone() };
        let sign = |bytes: &[u8]| self.ledger.sign_rain_check(bytes);
        let key = self.ledger.public_key();
        let signed = self
            .receipt_word()
            .and_then(|word| promise::code(&promise, &Signer { key, word, sign: &sign }));
        Some(signed.unwrap_or_else(|| PromiseName { journal, seq }.to_string()))
    }
}

/// What is promised, in one line.
pub(super) fn said_of(check: &RainCheck) -> Words {
    match check.worth {
        Worth::Unsaid => words!("as its own paper says"),
        Worth::Off(amount) => words!("{} off", amount),
        Worth::Price(unit_price, 1) => words!("{} for one", unit_price),
        Worth::Price(unit_price, pieces) => words!("{} each, up to {}", unit_price, pieces),
    }
}
