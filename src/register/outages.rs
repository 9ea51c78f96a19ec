//! Declaring and ending an outage. Nothing switches by itself: a lead decides.

use crate::domain::event::Event;
use crate::domain::ids::OutageId;
use crate::domain::outage::{Outage, System};
use crate::domain::protocol::TaskTick;
use crate::domain::refusal::Refusal;
use crate::domain::words::words;
use crate::journal::body::TEXT_LEN_MAX;

use super::register::{Register, Said, Setback};

impl Register {
    /// Declares an outage.
    pub(super) fn declare_outage(
        &mut self,
        systems: Vec<System>,
        cause: String,
        ticket: String,
    ) -> Result<Option<Said>, Setback> {
        if !self.person()?.role.leads() {
            return Err(Refusal::NeedsLead.into());
        }
        if self.book.outages.current().is_some() {
            return Err(Refusal::OutageOpen.into());
        }
        check_text(&cause)?;
        check_text(&ticket)?;
        let mut systems = systems;
        systems.sort_unstable();
        systems.dedup();
        let chain = self.ledger.chain();
        let since = self.clock.now();
        let day: String = since.local_date().to_string().replace('-', "");
        let (store, register) = (chain.journal.store, chain.journal.register);
        let name = format!("{store}-{register}-{day}-{}", chain.next_seq);
        let id = OutageId::parse(&name).map_err(|_| Refusal::TextTooLong)?;
        self.record(Event::OutageDeclared(Outage {
            id,
            since,
            systems,
            cause,
            ticket,
            expected: None,
        }))?;
        Ok(Some(Said::done(words!("The outage is declared: cash and checks only"))))
    }

    /// Records what became known of the open outage.
    pub(super) fn update_outage(&mut self, outage: Outage) -> Result<(), Setback> {
        if !self.person()?.role.leads() {
            return Err(Refusal::NeedsLead.into());
        }
        let open = self.open_outage().ok_or(Refusal::NoOutage)?;
        if open.id != outage.id {
            return Err(Refusal::NoOutage.into());
        }
        if *open != outage {
            self.record(Event::OutageUpdated(outage))?;
        }
        Ok(())
    }

    /// Ticks a task of the protocol off, or takes the tick back; whoever is signed in signs.
    pub(super) fn tick_task(&mut self, task: &str) -> Result<bool, Setback> {
        let person = self.person()?.id.clone();
        let outage = self.open_outage().ok_or(Refusal::NoOutage)?.id.clone();
        let done = self.book.outages.done(&outage, task).is_none();
        let tick = TaskTick { outage, task: task.to_owned(), person, done };
        self.record(Event::OutageTask(tick))?;
        Ok(done)
    }

    /// The open outage.
    pub(super) fn open_outage(&self) -> Option<&Outage> {
        self.book.outages.current()
    }

    /// Whoever is signed in may lead.
    pub(super) fn leads(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.role.leads())
    }

    /// Ends the outage.
    pub(super) fn end_outage(&mut self, note: String) -> Result<Option<Said>, Setback> {
        if !self.person()?.role.leads() {
            return Err(Refusal::NeedsLead.into());
        }
        let since = self.open_outage().map(|outage| outage.since.utc_ms);
        let open = self.book.outages.open().into_iter().map(|declared| declared.outage.id.clone());
        let open: Vec<OutageId> = open.collect();
        if open.is_empty() {
            return Err(Refusal::NoOutage.into());
        }
        check_text(&note)?;
        // Registers that could not see each other may each have declared one: all end together.
        for outage in open {
            self.record(Event::OutageEnded { outage, note: note.clone() })?;
        }
        let last = self.ledger.state().last_sale.as_ref();
        let last = last.filter(|sale| since.is_some_and(|since| sale.at.utc_ms >= since));
        Ok(Some(Said::done(match last {
            Some(sale) => {
                words!("The outage is ended. Sale {} was its last one here.", sale.number)
            }
            None => words!("The outage is ended. Nothing was sold in it here."),
        })))
    }
}

/// Free text that a record may hold: bounded, and without control characters.
pub(super) fn check_text(text: &str) -> Result<(), Refusal> {
    if text.len() > TEXT_LEN_MAX || text.chars().any(char::is_control) {
        return Err(Refusal::TextTooLong);
    }
    Ok(())
}
