//! Ringing up: items with everything said, voids, and giving a basket up. Scans and typed codes
//! are read in `scanning`.

use crate::domain::approval::Case;
use crate::domain::code::batch::Lot;
use crate::domain::event::Event;
use crate::domain::gtin::{ItemCode, has_wrong_check_digit};
use crate::domain::item::Item;
use crate::domain::quantity::Quantity;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{Basket, LinePrice, Missing, OpenLine};
use crate::domain::words::words;

use super::register::{Phase, Register, Said, Setback};

impl Register {
    /// An item with everything said; a return needs a lead.
    pub(super) fn add_item(
        &mut self,
        code: &str,
        quantity: Quantity,
        price: LinePrice,
    ) -> Result<Option<Said>, Setback> {
        if quantity < Quantity::default() && !self.person()?.role.leads() {
            return Err(Refusal::NeedsLead.into());
        }
        self.may_sell()?;
        self.next_customer();
        self.basket()?;
        let returns = quantity < Quantity::default();
        let look = match ItemCode::parse(code) {
            Ok(code) if !returns => self.recalled(&code, None)?,
            _ => None,
        };
        let item = match self.item(code) {
            Err(Setback::Refused(Refusal::UnknownItem(code))) => {
                let (missing, lot) = (Missing::Item, Lot::default());
                return self.add_open(OpenLine {
                    name: code.clone(),
                    code,
                    quantity,
                    missing,
                    lot,
                });
            }
            found => found?,
        };
        let basket = self.basket()?;
        basket.add(&item, quantity, price)?;
        self.save_draft();
        let text = words!("Added {}", item.name);
        Ok(look.or_else(|| match item.age_min {
            Some(years) => {
                let remedy = words!("Ask for an ID before payment: {} or older.", years);
                Some(Said::attention(text.clone(), remedy))
            }
            None => Some(Said::done(text.clone())),
        }))
    }

    /// Takes a line back.
    pub(super) fn void_line(&mut self, place: usize) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let so_far = self.voided_so_far()?;
        let approval = self.authorise(&Case::VoidLine { so_far })?;
        let basket = self.basket()?;
        let name = basket.void(place)?.name.clone();
        basket.approve(approval)?;
        self.save_draft();
        Ok(Some(Said::done(words!("Took back {}", name))))
    }

    /// Gives the basket up; with lines in it that is a fact of its own.
    pub(super) fn abandon_sale(&mut self) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let shift = self.shift()?.number;
        let mut abandoned = match &self.phase {
            Phase::Done(_) => return Err(Refusal::NothingToPay.into()),
            Phase::Basket(basket) if basket.is_empty() => {
                return Err(Refusal::NothingToPay.into());
            }
            Phase::Basket(basket) => basket.clone().abandon(shift, self.pricing()?)?,
            Phase::Tendering(tendering, _) => tendering.clone().abandon(shift)?,
        };
        let card = self.authorise_card(&abandoned.basket.terms)?;
        let approval = self.authorise(&Case::CancelSale { total: abandoned.total })?;
        abandoned.basket.terms.approvals.extend(card.into_iter().chain(approval));
        let case_stays = abandoned.basket.terms.card_pending.is_some();
        let returned = abandoned.returned;
        self.record(Event::SaleAbandoned(abandoned))?;
        self.receipt = None;
        self.checks.clear();
        self.phase = Phase::default();
        self.save_draft();
        if case_stays && returned.minor() == 0 {
            return Ok(Some(Said::attention(
                words!("The sale was canceled; its card is still on the list"),
                words!("A manager says there how it ended: Sales put aside."),
            )));
        }
        if returned.minor() == 0 {
            return Ok(Some(Said::done(words!("The sale was canceled"))));
        }
        let back = self.policy()?.currency.format(returned);
        Ok(Some(Said::attention(words!("The sale was canceled"), words!("Give {} back.", back))))
    }

    /// Leaves the screen that shows the change.
    pub(super) fn next_customer(&mut self) {
        if matches!(self.phase, Phase::Done(_)) {
            self.phase = Phase::default();
        }
    }

    /// Signed in, in a role that sells, with an open shift and a pack.
    pub(super) fn may_sell(&self) -> Result<(), Refusal> {
        if !self.person()?.role.sells() {
            return Err(Refusal::DoesNotSell);
        }
        self.shift()?;
        self.pack().map(|_| ())
    }

    /// Keeps the basket where a killed program finds it again. A draft that can't be kept costs
    /// the basket only if the program is killed too, so it never stops a sale.
    pub(super) fn save_draft(&self) {
        let next = self.next_sale();
        let saved = match &self.phase {
            Phase::Basket(basket) if basket.is_empty() => self.draft.clear(),
            Phase::Basket(basket) => self.draft.save(next, basket.saved()),
            Phase::Tendering(tendering, _) => self.draft.save(next, tendering.saved()),
            Phase::Done(_) => self.draft.clear(),
        };
        if let Err(error) = saved {
            tracing::warn!(%error, "the open basket was not saved");
        }
    }

    pub(super) fn basket(&mut self) -> Result<&mut Basket, Refusal> {
        match &mut self.phase {
            Phase::Basket(basket) => Ok(basket),
            Phase::Tendering(..) => Err(Refusal::PaymentUnderWay),
            Phase::Done(_) => Err(Refusal::NothingToPay),
        }
    }

    pub(super) fn item(&self, text: &str) -> Result<Item, Setback> {
        let code = ItemCode::parse(text).map_err(|why| Refusal::NotACode(why.to_string()))?;
        match self.pack()?.item(&code)? {
            Some(item) => Ok(item),
            None if has_wrong_check_digit(text.trim()) => {
                Err(Refusal::WrongCheckDigit(text.trim().to_owned()).into())
            }
            None => Err(Refusal::UnknownItem(text.trim().to_owned()).into()),
        }
    }
}
