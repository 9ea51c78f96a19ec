//! After the sale: items that come back against a receipt, and a paid sale taken back as a whole.
//!
//! ```text
//!  FindReceipt ─▶ Receipt screen ─▶ ReturnItem … ─▶ in the basket below zero ─▶ payment ─▶ refund
//!                        └─▶ VoidSale ─▶ recorded at once: cash back, checks handed back
//! ```
//!
//! The receipt is verified from the journal, from the copy of another register's, or from its own
//! signed code (`paper_receipt`): what it cost, its tax of that day, and how much of each line came
//! back already, at any register. An exchange is a return and new items in one basket.

use crate::domain::approval::{Case, DayRefunds};
use crate::domain::event::Event;
use crate::domain::ids::{JournalId, PersonId, RecordRef, RegisterNo, SaleNo, Seq};
use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{Basket, CompletedSale, LinkKind, PaperFault, Reason, SaleLink, Terms};
use crate::domain::tender::Tender;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::{Words, words};

use crate::journal::record::{Envelope, Line};
use crate::receipt::ReceiptCode;

use super::paper_receipt::{OnPaper, is_signed, said_of_paper};
use super::register::{Phase, Register, Said, Setback};
use super::showing::taken;
use super::view::{ReceiptLine, ReceiptView};

/// A paid sale that was found in the journal, or on its paper.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) record: RecordRef,
    pub(super) at: Timestamp,
    pub(super) day: BusinessDate,
    pub(super) by: Option<PersonId>,
    pub(super) sale: CompletedSale,
    pub(super) journal: JournalId,
    /// What its paper proved, where no journal here holds it.
    pub(super) paper: Option<OnPaper>,
}

impl Register {
    /// Finds a paid sale by the number on its receipt; an empty one is the last sale.
    pub(super) fn find_receipt(&mut self, number: &str) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        self.next_customer();
        self.basket()?;
        let number = number.trim();
        let found = if number.is_empty() {
            self.sale_of(self.ledger.state().last_sale_no)?
        } else if is_signed(number) {
            self.sale_on_paper(number)?
        } else if let Ok(code) = ReceiptCode::parse(number) {
            self.sale_on(&code)?
        } else {
            let wrong = || Refusal::NoSuchSale(number.to_owned());
            let read = |text: &str| text.parse().map(SaleNo).map_err(|_| wrong());
            match number.split_once('-') {
                // 3-41: sale 41 of register 3.
                Some((register, sale)) => {
                    let register = RegisterNo(register.parse().map_err(|_| wrong())?);
                    self.sale_of_register(register, read(sale)?)?
                }
                None => self.sale_of(read(number)?)?,
            }
        };
        if found.sale.is_refund() || found.sale.is_void() {
            return Err(Refusal::NotVoidable.into());
        }
        let said = found.paper.as_ref().map(|_| said_of_paper(&found));
        self.receipt = Some(found);
        Ok(said)
    }

    /// Leaves the paid sale; what was taken back stays in the basket.
    pub(super) fn leave_receipt(&mut self) -> Result<Option<Said>, Setback> {
        self.receipt = None;
        Ok(None)
    }

    /// Takes items of the paid sale back into the basket. Who must stand behind the money is asked
    /// when it is paid out.
    pub(super) fn return_item(
        &mut self,
        place: u16,
        quantity: Quantity,
        reason: Reason,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let found = self.receipt.clone().ok_or(Refusal::NoSuchSale(String::new()))?;
        let line = found.sale.lines.get(usize::from(place)).ok_or(Refusal::NoSuchLine)?;
        let back = self.came_back(&found, place).plus(quantity)?;
        if back > line.quantity {
            return Err(Refusal::MoreThanSold.into());
        }
        let mut line = line.turned_round(place, found.day, quantity)?;
        if found.sale.terms.exempt.is_some() {
            // What bore no tax brings none back.
            line.tax_class = crate::domain::ids::TaxClass::parse("exempt")
                .map_err(|_| Refusal::AmountOutOfRange)?;
        }
        let mut link = found.link(LinkKind::Return, reason);
        link.paper = found.paper.as_ref().map(|paper| paper.proof.clone());
        let name = line.name.clone();
        self.basket()?.take_back(line, &link)?;
        self.save_draft();
        Ok(Some(Said::done(words!("{} comes back", name))))
    }

    /// Takes the paid sale back as a whole: recorded at once, cash and checks go back.
    pub(super) fn void_sale(&mut self, reason: Reason) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let found = self.receipt.clone().ok_or(Refusal::NoSuchSale(String::new()))?;
        self.check_voidable(&found)?;
        if !matches!(&self.phase, Phase::Basket(basket) if basket.is_empty()) {
            return Err(Refusal::SaleOpen.into());
        }
        let own_sale = found.by.as_ref() == Some(&self.person()?.id);
        let case = Case::Void { own_sale };
        let approval = self.authorise_money_back(&case, found.by.clone(), Words::default)?;
        let shift = self.shift()?.number;
        let terms = Terms {
            link: Some(found.link(LinkKind::Void, reason)),
            approvals: approval.into_iter().collect(),
            ..Terms::default()
        };
        let void = found.sale.reversed(self.next_sale(), shift, found.day, terms)?;
        let said = self.complete_sale(void)?;
        self.receipt = None;
        Ok(said)
    }

    /// Who must stand behind money that goes out.
    pub(super) fn authorise_payout(
        &mut self,
        basket: &Basket,
        payout: Money,
    ) -> Result<Option<crate::domain::approval::Approval>, Setback> {
        let back = basket.lines().iter().filter(|line| !line.voided && line.amount.is_negative());
        let proved = back.clone().all(|line| line.returned.is_some());
        let case = match basket.terms().link.as_ref().filter(|_| proved) {
            Some(link) => {
                let (seller, by_check, day) = self.sold_how(link, basket)?;
                let own_sale = seller.as_ref() == Some(&self.person()?.id);
                if by_check && self.check_is_young(day)? {
                    let about =
                        || words!("Paid by check on {}: it may still come back", day.to_string());
                    let case = Case::RefundOfCheck { own_sale };
                    return self.authorise_money_back(&case, seller, about);
                }
                let day = self.refunds_with(payout)?;
                let about = || {
                    let (own, all) = (day.by_cashier, day.by_register);
                    words!("Today with this: {} by this cashier, {} at this register", own, all)
                };
                let case = Case::Refund { amount: payout, own_sale, day };
                return self.authorise_money_back(&case, seller, about);
            }
            None => Case::RefundWithoutReceipt { amount: payout },
        };
        // With a receipt for a part of it, whoever sold that part signs for none of it.
        let seller = match basket.terms().link.as_ref() {
            Some(link) => self.sold_how(link, basket)?.0,
            None => None,
        };
        self.authorise_money_back(&case, seller, Words::default)
    }

    /// Who rang the sale up, whether a check paid it, and when.
    fn sold_how(
        &self,
        link: &SaleLink,
        basket: &Basket,
    ) -> Result<(Option<PersonId>, bool, BusinessDate), Setback> {
        let Some(paper) = &link.paper else {
            let record = RecordRef { epoch: link.epoch, seq: link.seq };
            let unknown = || Refusal::NoSuchSale(link.number.to_string());
            let found = self.sale_at(record)?.ok_or_else(unknown)?;
            let check = |tender: &Tender| matches!(tender, Tender::Check { .. });
            return Ok((found.by, found.sale.tenders.iter().any(check), found.day));
        };
        let days = basket.lines().iter().filter_map(|line| line.returned.map(|of| of.day));
        let day = days.max().unwrap_or_else(|| self.business_date());
        Ok((paper.seller.clone(), paper.by_check, day))
    }

    /// A check of that day may still come back unpaid.
    fn check_is_young(&self, day: BusinessDate) -> Result<bool, Refusal> {
        let hold = i64::from(self.policy()?.counter.check_hold_days);
        let today = self.business_date().days_since_1970();
        Ok(today.saturating_sub(day.days_since_1970()) < hold)
    }

    /// What goes back today with this payout: by this cashier, and at this register.
    fn refunds_with(&self, payout: Money) -> Result<DayRefunds, Refusal> {
        let refunded = self.ledger.state().refunded.as_ref();
        let today = refunded.filter(|(day, _)| *day == self.business_date());
        let Some((_, people)) = today else {
            return Ok(DayRefunds { by_cashier: payout, by_register: payout });
        };
        let own = people.get(&self.person()?.id).copied().unwrap_or_default();
        let all = Money::sum(people.values().copied())?;
        Ok(DayRefunds { by_cashier: own.plus(payout)?, by_register: all.plus(payout)? })
    }

    /// The paid sale on the screen.
    pub(super) fn receipt_view(&self, found: &Found) -> ReceiptView {
        let sale = &found.sale;
        let lines = (0_u16..).zip(&sale.lines).filter(|(_, line)| !line.voided);
        ReceiptView {
            number: sale.number.0,
            at: found.at,
            total: sale.total,
            taken: taken_for(found),
            lines: lines
                .map(|(place, line)| ReceiptLine {
                    place,
                    name: line.name.clone(),
                    sold: line.quantity,
                    came_back: self.came_back(found, place),
                    amount: line.amount,
                })
                .collect(),
            voidable: self.check_voidable(found).is_ok(),
            paper: found.paper.as_ref().map(|paper| {
                let JournalId { store, register, .. } = found.journal;
                (store.0, register.0, paper.page)
            }),
        }
    }

    fn check_voidable(&self, found: &Found) -> Result<(), Refusal> {
        if found.paper.is_some() {
            return Err(PaperFault::OtherRegister.into());
        }
        let own = found.record.epoch == self.ledger.chain().journal.epoch;
        if !own || found.sale.shift != self.shift()?.number {
            return Err(Refusal::ShiftIsOver);
        }
        let places = 0..u16::try_from(found.sale.lines.len()).unwrap_or(u16::MAX);
        let touched =
            places.into_iter().any(|place| self.came_back(found, place) != Quantity::default());
        if touched || found.sale.is_refund() || found.sale.terms.link.is_some() {
            return Err(Refusal::NotVoidable);
        }
        Ok(())
    }

    /// How much of a line came back: at any register, and in the basket.
    fn came_back(&self, found: &Found, place: u16) -> Quantity {
        let recorded = self.book.returns.of(found.record, place);
        let Phase::Basket(basket) = &self.phase else { return recorded };
        let here = basket
            .terms()
            .link
            .as_ref()
            .is_some_and(|link| RecordRef { epoch: link.epoch, seq: link.seq } == found.record);
        let in_basket = basket.lines().iter().filter(|line| {
            here && !line.voided && line.returned.is_some_and(|of| of.place == place)
        });
        in_basket.fold(recorded, |sum, line| {
            let more = line.quantity.negated().and_then(|quantity| sum.plus(quantity));
            // A sum that does not fit refuses every further return of the line.
            more.unwrap_or(Quantity::from_tenthousandths(i64::MAX))
        })
    }

    fn sale_of(&self, number: SaleNo) -> Result<Found, Setback> {
        let unknown = || Refusal::NoSuchSale(number.to_string());
        let here = self.ledger.sale_line(number)?.map(|(_, line)| line);
        // A key that was changed, or a journal given up, takes no receipt's number away.
        let line = here.or_else(|| self.ledger.earlier_sale(number)).ok_or_else(unknown)?;
        found(&line).ok_or_else(|| unknown().into())
    }

    /// A sale by the number on its receipt, of any register of the store: here, or in the mirror.
    fn sale_of_register(&self, register: RegisterNo, number: SaleNo) -> Result<Found, Setback> {
        if register == self.ledger.chain().journal.register {
            return self.sale_of(number);
        }
        let unknown = || Refusal::NoSuchSale(format!("{register}-{number}"));
        let mirror = self.mirror.as_ref().ok_or_else(unknown)?;
        let numbered = mirror.sales_numbered(register, number)?;
        let (_, _, line) = numbered.into_iter().next().ok_or_else(unknown)?;
        let found = found(&line).ok_or_else(unknown)?;
        self.unrevoked(found)
    }

    /// The sale of a record, in this journal or in the mirror.
    fn sale_at(&self, record: RecordRef) -> Result<Option<Found>, Setback> {
        if record.epoch == self.ledger.chain().journal.epoch {
            return Ok(self.ledger.line_at(record.seq)?.as_ref().and_then(found));
        }
        if let Some(line) = self.ledger.earlier_line(record.epoch, record.seq) {
            return Ok(found(&line));
        }
        let Some(mirror) = &self.mirror else { return Ok(None) };
        let line = mirror.line_of_epoch(record.epoch, record.seq)?;
        Ok(line.as_ref().and_then(found))
    }

    /// The sale of a receipt's square code, of any register of the store, with the hash on the
    /// paper.
    fn sale_on(&self, code: &ReceiptCode) -> Result<Found, Setback> {
        let JournalId { store, register, .. } = code.journal;
        let here = self.ledger.chain().journal;
        let (own, line) = if code.journal == here {
            (true, self.ledger.line_at(code.seq)?)
        } else {
            let of_own = (store, register) == (here.store, here.register);
            let earlier = || self.ledger.earlier_line(code.journal.epoch, code.seq);
            let line = match of_own.then(earlier).flatten() {
                Some(line) => Some(line),
                None => self.mirrored(code.journal, code.seq)?,
            };
            (false, line)
        };
        if line.is_none() && !own {
            return Err(Refusal::from(PaperFault::NamesOnly(store, register)).into());
        }
        let line = line.filter(|line| code.is_of(line.hash()));
        let sale = line.as_ref().and_then(found);
        self.unrevoked(sale.ok_or_else(|| Refusal::from(PaperFault::NotInJournal))?)
    }

    /// A copy of what a revoked key signed beyond its length proves nothing, as its paper does.
    fn unrevoked(&self, found: Found) -> Result<Found, Setback> {
        let JournalId { store, register, .. } = found.journal;
        if self.counts(&found.journal, found.record.seq) {
            return Ok(found);
        }
        Err(Refusal::from(PaperFault::Revoked(store, register)).into())
    }

    /// A record of another register, where its copy is kept here.
    pub(super) fn mirrored(&self, journal: JournalId, seq: Seq) -> Result<Option<Line>, Setback> {
        match &self.mirror {
            Some(mirror) => Ok(mirror.line_at(journal, seq)?),
            None => Ok(None),
        }
    }
}

impl Found {
    fn link(&self, kind: LinkKind, reason: Reason) -> SaleLink {
        self.sale.link(kind, (self.record.epoch, self.record.seq), reason)
    }
}

/// A sale, refund or void out of its record.
pub(super) fn found(line: &Line) -> Option<Found> {
    let envelope = Envelope::read(line.bytes()).ok()?;
    let (Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale)) = envelope.event().ok()?
    else {
        return None;
    };
    let header = &envelope.header;
    let record = RecordRef { epoch: header.journal.epoch, seq: header.seq };
    Some(Found {
        record,
        at: header.at,
        day: header.date,
        by: header.by.clone(),
        sale,
        journal: header.journal,
        paper: None,
    })
}

/// What a sale was paid with. A paper says of checks only what they came to.
fn taken_for(found: &Found) -> Vec<(Words, Money)> {
    let mut all = taken(&found.sale.tenders);
    let checks = found.paper.as_ref().map_or(Money::ZERO, |paper| paper.checks);
    if checks != Money::ZERO {
        all.push((words!("Check"), checks));
    }
    all
}
