//! The till's side of packs that come by line: taken between two sales, said in words, accepted by
//! a manager where prices jumped.

use std::sync::Arc;

use crate::domain::approval::{Approval, Case};
use crate::domain::event::Event;
use crate::domain::price_news::PriceNews;
use crate::domain::refusal::Refusal;
use crate::domain::time::{BusinessDate, Timestamp};
use crate::domain::words::words;
use crate::ledger::LedgerError;
use crate::pack::Pack;

use super::pack_desk::PackDesk;
use super::register::{Phase, Register, Said, Setback};
use super::view::NoticeKind;
use super::worker::PacksTold;

/// What a register knows of packs besides the one in use.
#[derive(Default)]
pub struct PackLine {
    desk: Option<Arc<PackDesk>>,
    next: Option<Pack>,
    pub(super) news: Vec<PriceNews>,
    /// The worst that was said, so that it is said once.
    said: Option<PriceNews>,
}

impl PackLine {
    /// Takes where packs arrive.
    pub fn arrive_at(&mut self, desk: Arc<PackDesk>) {
        self.desk = Some(desk);
    }

    /// The moment from which waiting prices hold, where a person is asked what day it is.
    pub(super) fn asks_for_day(&self) -> Option<Timestamp> {
        self.desk.as_ref()?.asks_for_day()
    }

    /// A person said what day it is.
    pub(super) fn day_is_said(&self, day: BusinessDate) {
        if let Some(desk) = &self.desk {
            desk.day_is_said(day);
        }
    }

    /// Central told how far this clock is ahead of its own.
    pub(super) fn clock_is(&self, ahead_ms: Option<i64>) {
        if let Some(desk) = &self.desk {
            desk.clock_is(ahead_ms);
        }
    }

    /// What was told meanwhile was not heard here: it is told again.
    pub fn look_again(&mut self) {
        self.next = None;
        if let Some(desk) = &self.desk {
            desk.tell_again();
        }
    }
}

impl Register {
    /// Takes where packs arrive.
    pub fn pack_desk_is(&mut self, desk: Arc<PackDesk>) {
        self.packs.arrive_at(desk);
    }

    /// Takes what is to be known of packs, and the one to sell by from now on.
    pub fn packs_told(&mut self, told: PacksTold) {
        self.packs.news = told.news;
        if told.next.is_some() {
            self.packs.next = told.next;
        }
    }

    /// Between two sales: sells by the new pack, and says what a person must know. No sale ever
    /// sees two price files.
    pub fn take_new_pack(&mut self) {
        if !self.is_between_sales() || self.training {
            return;
        }
        if let Some(pack) = self.packs.next.take() {
            let version = pack.version().clone();
            if self.pack.as_ref().is_ok_and(|now| *now.version() == version) {
                return;
            }
            let began = self.begins();
            if let Err(error) = self.sell_by(pack, None, None) {
                if self.is_only_busy(&error, &began) {
                    tracing::warn!(%error, "new prices are taken into use a little later");
                    self.packs.look_again();
                } else {
                    self.stop(&error);
                }
                return;
            }
            let text = words!("Prices {} are in use from now on", version.as_str());
            self.say(NoticeKind::Done, text, crate::domain::words::Words::NOTHING);
        }
        let worst = self.packs.news.first().filter(|news| news.short().is_some()).cloned();
        if worst != self.packs.said {
            if let Some(news) = worst.as_ref().filter(|_| self.person.is_some()) {
                self.say(NoticeKind::Attention, news.text(), news.remedy());
            }
            if worst.is_none() || self.person.is_some() {
                self.packs.said = worst;
            }
        }
    }

    /// A manager takes prices that jumped: recorded first, then sold by.
    pub(super) fn take_held_prices(&mut self) -> Result<Option<Said>, Setback> {
        let held = self.packs.desk.as_ref().and_then(|desk| Some((Arc::clone(desk), desk.held()?)));
        let Some((desk, (pack, jumped))) = held else { return Ok(None) };
        if !self.has_no_sale() {
            return Err(Refusal::SaleOpen.into());
        }
        let version = pack.version().clone();
        let about = || words!("Prices {}: {} changed by more than half", version.as_str(), jumped);
        let approval = self.authorise_about(&Case::TakePrices, about)?;
        self.sell_by(pack, Some(jumped), approval)?;
        // What is recorded holds: where this fails, the manager is asked once more later.
        if let Err(error) = desk.accept(&version) {
            tracing::error!(%error, "that a manager said yes can't be kept");
        }
        self.packs.news.retain(|news| !matches!(news, PriceNews::Held { .. }));
        Ok(Some(Said::done(words!("Prices {} are in use from now on", version.as_str()))))
    }

    /// There is something for a manager to say yes to.
    pub(super) fn has_held_prices(&self) -> bool {
        self.packs.news.iter().any(|news| matches!(news, PriceNews::Held { .. }))
    }

    fn sell_by(
        &mut self,
        pack: Pack,
        jumped: Option<u64>,
        approval: Option<Approval>,
    ) -> Result<(), LedgerError> {
        let (version, digest) = (pack.version().clone(), pack.digest());
        let before = std::mem::replace(&mut self.pack, Ok(pack));
        if let Err(error) = self.record(Event::PackApplied { version, digest, jumped, approval }) {
            self.pack = before;
            return Err(error);
        }
        // Its orders open under keys of its own: whoever looks at them signs in once more.
        self.pickups.lock();
        self.check_person()
    }

    /// Whoever is signed in has the role of the new pack, and is signed out where it has no place
    /// for them any more. A pack that can't be read changes nothing.
    fn check_person(&mut self) -> Result<(), LedgerError> {
        let Some(id) = self.person.as_ref().map(|person| person.id.clone()) else { return Ok(()) };
        match self.pack().map(|pack| pack.person(&id)) {
            Ok(Ok(Some(person))) => {
                self.person = Some(person);
                Ok(())
            }
            Ok(Ok(None)) => match self.sign_out() {
                Err(Setback::NotRecorded(error)) => Err(error),
                Ok(_) | Err(Setback::Refused(_)) => Ok(()),
            },
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }

    fn has_no_sale(&self) -> bool {
        match &self.phase {
            Phase::Basket(basket) => basket.is_empty() && self.receipt.is_none(),
            Phase::Tendering(..) => false,
            Phase::Done(_) => true,
        }
    }

    fn is_between_sales(&self) -> bool {
        let asked = self.parked.is_some() || self.restart.is_some() || self.stopped.is_some();
        let beside = self.page.as_ref().is_none_or(super::page::Task::only_looks);
        !asked && beside && self.has_no_sale()
    }
}
