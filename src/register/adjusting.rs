//! Lines that need a hand: open ones, changed prices and quantities, open amounts, age, exemption.

use crate::domain::approval::Case;
use crate::domain::code::kind;
use crate::domain::gtin::ItemCode;
use crate::domain::item::{Item, SoldBy};
use crate::domain::money::Money;
use crate::domain::policy::Department;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::refusal::Refusal;
use crate::domain::sale::{
    AgeCheck, AgeProof, CERTIFICATE_LEN_MAX, ExemptReason, Exemption, LinePrice, Missing, OpenLine,
    Reason,
};
use crate::domain::words::words;

use super::command::{AgeAnswer, Settlement};
use super::register::{Register, Said, Setback};

impl Register {
    /// Adds a line that lacks something; the next scan goes on beside it.
    pub(super) fn add_open(&mut self, line: OpenLine) -> Result<Option<Said>, Setback> {
        // What the pack lacks is kept as it was keyed; a card's number never is.
        if line.missing == Missing::Item && kind::may_be_payment_card(&line.code) {
            return Err(Refusal::CardNumber.into());
        }
        let (name, missing) = (line.name.clone(), line.missing);
        self.basket()?.add_open(line)?;
        self.save_draft();
        let (text, remedy) = match missing {
            Missing::Item => (
                words!("{} is not in this store's price file", name),
                words!("The yellow line waits. Go on scanning; key its price before payment."),
            ),
            Missing::Price => {
                (words!("{} has no price", name), words!("Key its price before payment."))
            }
            Missing::Weight => (words!("{} is sold by weight", name), words!("Key its weight.")),
        };
        Ok(Some(Said::attention(text, remedy)))
    }

    /// Gives an open line what it lacks.
    pub(super) fn settle(
        &mut self,
        place: usize,
        with: Settlement,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let open = self.basket()?.open_lines().get(place).cloned().ok_or(Refusal::NoSuchLine)?;
        let (item, quantity, price) = match (open.missing, with) {
            (Missing::Item, Settlement::Price { unit_price, department }) => {
                let department = self.department(department.unwrap_or_default())?;
                let item = unlisted(&open, &department, unit_price)?;
                (item, open.quantity, LinePrice::Keyed(unit_price))
            }
            (Missing::Price, Settlement::Price { unit_price, .. }) => {
                (self.item(&open.code)?, open.quantity, LinePrice::Keyed(unit_price))
            }
            (Missing::Weight, Settlement::Weight(weight)) => {
                (self.item(&open.code)?, weight, LinePrice::Pack)
            }
            _ => return Err(Refusal::NoSuchLine.into()),
        };
        let approval = if let LinePrice::Keyed(unit_price) = price {
            let amount = unit_price.times(quantity)?;
            self.authorise(&Case::OpenDepartment { amount })?
        } else {
            None
        };
        let basket = self.basket()?;
        basket.settle(place, &item, quantity, price)?;
        basket.approve(approval)?;
        self.save_draft();
        Ok(Some(Said::done(words!("Added {}", item.name))))
    }

    /// Takes an open line out.
    pub(super) fn drop_open(&mut self, place: usize) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let line = self.basket()?.drop_open(place)?;
        self.save_draft();
        Ok(Some(Said::done(words!("Took out {}", line.name))))
    }

    /// Rings up an amount without an item.
    pub(super) fn open_department(
        &mut self,
        department: u16,
        amount: Money,
        quantity: Quantity,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        if amount <= Money::ZERO {
            return Err(Refusal::TenderNotPositive.into());
        }
        self.next_customer();
        self.basket()?;
        let department = self.department(department)?;
        let unit_price = amount.minor().checked_mul(100).ok_or(Refusal::AmountOutOfRange)?;
        let unit_price = UnitPrice::from_tenthousandths(unit_price);
        let total = unit_price.times(quantity)?;
        let approval = self.authorise(&Case::OpenDepartment { amount: total })?;
        let code = format!("DEPT-{}", department.number);
        let item = Item {
            code: ItemCode::parse(&code).map_err(|why| Refusal::NotACode(why.to_string()))?,
            name: department.name.clone(),
            unit_price,
            sold_by: SoldBy::Each,
            tax_class: department.tax_class,
            department: department.number,
            age_min: None,
        };
        let basket = self.basket()?;
        basket.add(&item, quantity, LinePrice::Keyed(unit_price))?;
        basket.approve(approval)?;
        self.save_draft();
        Ok(Some(Said::done(words!("Added {}", item.name))))
    }

    /// Changes the quantity of a line.
    pub(super) fn set_quantity(
        &mut self,
        place: usize,
        quantity: Quantity,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let before = self.basket()?.lines().get(place).ok_or(Refusal::NoSuchLine)?.quantity;
        let approval = if quantity < before {
            let so_far = self.voided_so_far()?;
            self.authorise(&Case::VoidLine { so_far })?
        } else {
            None
        };
        let basket = self.basket()?;
        basket.set_quantity(place, quantity)?;
        basket.approve(approval)?;
        self.save_draft();
        Ok(Some(Said::done(words!("Quantity is {}", quantity))))
    }

    /// Changes the price of a line.
    pub(super) fn set_price(
        &mut self,
        place: usize,
        unit_price: UnitPrice,
        reason: Reason,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let (was, now) = self.basket()?.amount_at(place, unit_price)?;
        let approval = self.authorise(&Case::PriceOverride { was, now })?;
        let basket = self.basket()?;
        let name = basket.set_price(place, unit_price, reason)?.name.clone();
        basket.approve(approval)?;
        self.save_draft();
        Ok(Some(Said::done(words!("{} costs {} now", name, unit_price))))
    }

    /// Answers the question for an ID. Only how the age was found is kept.
    pub(super) fn check_age(&mut self, answer: AgeAnswer) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let today = self.business_date();
        let by_sight = self.policy()?.limits.age_by_sight;
        let basket = self.basket()?;
        let years = basket.age_to_ask().ok_or(Refusal::NothingToPay)?;
        let proof = match answer {
            AgeAnswer::VisiblyOlder if by_sight => AgeProof::Sight,
            AgeAnswer::VisiblyOlder => return Err(Refusal::IdOnly.into()),
            AgeAnswer::Born(born) => {
                let age = born.age_on(today).ok_or(Refusal::NotADate)?;
                if age < u16::from(years) {
                    return Err(Refusal::TooYoung(years).into());
                }
                AgeProof::Id
            }
        };
        basket.set_age(AgeCheck { years, proof });
        self.save_draft();
        Ok(Some(Said::done(words!("{} or older: the sale can go on", years))))
    }

    /// Takes no tax for this sale.
    pub(super) fn exempt_tax(
        &mut self,
        reason: ExemptReason,
        certificate: &str,
    ) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        self.basket()?;
        let certificate = certificate.trim().to_owned();
        if certificate.is_empty() {
            return Err(Refusal::CertificateMissing.into());
        }
        if certificate.len() > CERTIFICATE_LEN_MAX || certificate.chars().any(char::is_control) {
            return Err(Refusal::TextTooLong.into());
        }
        let approval = self.authorise(&Case::TaxExempt)?;
        let basket = self.basket()?;
        basket.set_exempt(Some(Exemption { reason, certificate }));
        basket.approve(approval)?;
        self.save_draft();
        Ok(Some(Said::done(words!("No tax is taken for this sale"))))
    }

    /// Lines that were taken back in this sale.
    pub(super) fn voided_so_far(&mut self) -> Result<u32, Refusal> {
        let voided = self.basket()?.lines().iter().filter(|line| line.voided).count();
        Ok(u32::try_from(voided).unwrap_or(u32::MAX))
    }

    fn department(&self, number: u16) -> Result<Department, Refusal> {
        let found = self.policy()?.departments.iter().find(|d| d.number == number);
        found.cloned().ok_or(Refusal::NoSuchDepartment(number))
    }
}

/// An item that the pack does not know, at the price on its shelf.
fn unlisted(
    open: &OpenLine,
    department: &Department,
    unit_price: UnitPrice,
) -> Result<Item, Refusal> {
    let code = ItemCode::parse(&open.code).map_err(|why| Refusal::NotACode(why.to_string()))?;
    Ok(Item {
        code,
        name: format!("{} {}", department.name, open.code),
        unit_price,
        sold_by: if open.quantity.is_whole() { SoldBy::Each } else { SoldBy::Weight },
        tax_class: department.tax_class.clone(),
        department: department.number,
        age_min: None,
    })
}
