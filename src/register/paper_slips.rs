//! Paper slips at a register: pads issued, slips keyed, each recorded as the sale that it was.
//!
//! ```text
//!  Batch ─▶ second person's total agrees ─▶ signature ─▶ for each slip: sale ─▶ record
//! ```
//!
//! The money of the slips is in the drawer of the shift that records them: whoever keys them puts
//! it there first. So totals, drawer and stock need no case of their own (docs/paper-slips.md).

use crate::domain::approval::Case;
use crate::domain::event::Event;
use crate::domain::goods::fault::GoodsFault;
use crate::domain::ids::{PersonId, ShiftNo};
use crate::domain::money::Money;
use crate::domain::paper_slip::{Batch, DAYS_MAX, PadStep, PaperPad, SlipFault};
use crate::domain::refusal::Refusal;
use crate::domain::sale::Pricing;
use crate::domain::time::Timestamp;
use crate::domain::words::words;
use crate::receipt::pad::{self, PadSheet};

use super::register::{Register, Setback};

/// The most forms that the receipt printer prints at once.
const FORMS_MAX: u32 = 50;

impl From<SlipFault> for Setback {
    fn from(fault: SlipFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl Register {
    /// Notes that a pad was given to somebody.
    pub(super) fn issue_pad(
        &mut self,
        first: u32,
        count: u32,
        person: &str,
    ) -> Result<PaperPad, Setback> {
        let nobody = || GoodsFault::NoSuchPerson(person.chars().take(16).collect());
        let id = PersonId::parse(person.trim()).map_err(|_| nobody())?;
        if self.pack()?.person(&id)?.is_none() {
            return Err(nobody().into());
        }
        let pad = PaperPad::new(first, count, id)?;
        let met = self.book.paper_slips.pads().into_iter().find(|other| other.pad.meets(&pad));
        if let Some(met) = met {
            return Err(SlipFault::PadMeets(met.pad.first, met.pad.last).into());
        }
        let about = || words!("Slips {} to {}", pad.first, pad.last);
        let approval = self.authorise_about(&Case::PaperSlips, about)?;
        self.record(Event::PaperPad(PadStep::Issued { pad: pad.clone(), approval }))?;
        Ok(pad)
    }

    /// Notes that a slip was spoiled.
    pub(super) fn spoil_slip(&mut self, number: u32, reason: String) -> Result<(), Setback> {
        self.slip_is_free(number)?;
        let about = || words!("Slip {}: {}", number, &reason);
        let approval = self.authorise_about(&Case::PaperSlips, about)?;
        self.record(Event::PaperPad(PadStep::Spoiled { number, reason, approval }))?;
        Ok(())
    }

    /// A slip of a known pad that was neither keyed nor spoiled.
    pub(super) fn slip_is_free(&self, number: u32) -> Result<(), SlipFault> {
        let book = &self.book.paper_slips;
        if book.pad_of(number).is_none() {
            return Err(SlipFault::NoPad(number));
        }
        if let Some(first) = book.keyed(number).first() {
            return Err(SlipFault::KeyedBefore(number, first.register.0));
        }
        if book.spoiled(number).is_some() {
            return Err(SlipFault::Spoiled(number));
        }
        Ok(())
    }

    /// A slip may have been written then.
    pub(super) fn check_slip_time(&self, at: Timestamp) -> Result<(), SlipFault> {
        let past = self.clock.now().utc_ms.saturating_sub(at.utc_ms);
        let most = DAYS_MAX.saturating_mul(86_400_000);
        if (0..=most).contains(&past) { Ok(()) } else { Err(SlipFault::WrongTime) }
    }

    /// The tax rows of the day a slip was written on.
    pub(super) fn slip_pricing(&self, at: Timestamp) -> Result<Pricing<'_>, Refusal> {
        Ok(Pricing { date: at.local_date(), ..self.pricing()? })
    }

    /// Records the slips of a batch, each as the sale that it was; how many.
    pub(super) fn record_slips(
        &mut self,
        batch: &mut Batch,
        total: Money,
    ) -> Result<usize, Setback> {
        self.may_sell()?;
        let shift: ShiftNo = self.shift()?.number;
        for slip in batch.slips() {
            self.slip_is_free(slip.number)?;
        }
        batch.confirm(total)?;
        let count = batch.slips().len();
        let about = || words!("{} paper slips, {} together", count.to_string(), total);
        let approval = self.authorise_about(&Case::PaperSlips, about)?;
        while let Some(slip) = batch.pop_first() {
            let pricing = self.slip_pricing(slip.at)?;
            let sale = slip.sale(self.next_sale(), shift, pricing, approval.clone())?;
            self.record(Event::of_sale(sale))?;
        }
        // The basket below is kept for the next number of a sale, which is another one now.
        self.save_draft();
        Ok(count)
    }

    /// Prints a pad's forms on the receipt printer.
    pub(super) fn print_forms(&mut self, pad: &PaperPad) -> Result<u32, Setback> {
        if self.paper.lamp.on_screen() {
            return Err(Refusal::from(crate::domain::outage::OutageFault::NoPrinter).into());
        }
        let policy = self.policy()?;
        let (store_name, store) = (policy.store_name.clone(), policy.store);
        let sheet = PadSheet { store_name: &store_name, store, training: self.training };
        let last = pad.last.min(pad.first.saturating_add(FORMS_MAX.saturating_sub(1)));
        for number in pad.first..=last {
            self.print_slip(pad::slip(&sheet, number));
        }
        Ok(last.saturating_sub(pad.first).saturating_add(1))
    }
}
