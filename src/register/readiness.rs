//! What readiness is read from at this register. It only looks; `domain::readiness` judges.

use crate::domain::book::Book;
use crate::domain::book::readiness::Readiness;
use crate::domain::event::Event;
use crate::domain::ids::RegisterNo;
use crate::domain::person::Role;
use crate::domain::readiness::{CentralFact, CopiesFact, Facts, PadsFact, PrinterFact};
use crate::domain::time::Timestamp;
use crate::pack::Pack;

use super::register::Register;
use super::view::{Link, PrinterLamp};
use crate::ledger::LedgerError;

const HOUR_MS: i64 = 3_600_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

impl Register {
    /// Takes how far this clock was ahead of central's.
    pub fn clock_is(&mut self, ahead_ms: Option<i64>) {
        self.clock_off_ms = ahead_ms;
        self.packs.clock_is(ahead_ms);
    }

    /// Takes over the newest practice of the training side, once.
    pub(super) fn note_practice(&mut self, learned: &Readiness) -> Result<(), LedgerError> {
        let register: RegisterNo = self.ledger.chain().journal.register;
        let times = learned.of(register);
        let known = self.book.readiness.of(register).practiced;
        let Some((at, practice)) = times.practiced.zip(times.last_practice) else { return Ok(()) };
        if known.is_some_and(|known| known >= at) {
            return Ok(());
        }
        self.record(Event::Practice(practice)).map(|_| ())
    }

    /// Everything that readiness is judged by.
    pub(super) fn readiness_facts(&self) -> Facts {
        let now = self.clock.now();
        let register: RegisterNo = self.ledger.chain().journal.register;
        let times = self.book.readiness.of(register);
        let place = self.ledger.place();
        let pack = self.pack.as_ref().ok();
        let status = self.status();
        Facts {
            prices: status.pack.as_ref().zip(pack).map(|(view, pack)| {
                let hours = u32::try_from(view.age_minutes / 60).unwrap_or(u32::MAX);
                (hours, pack.policy().pack_stale_hours)
            }),
            price_news: self.packs.news.clone(),
            key: self.key,
            seals: self.seal_key().is_some(),
            central: match &self.link {
                Link::UpToDate | Link::Sending => CentralFact::InTouch,
                Link::Held => CentralFact::Held,
                Link::NotEnrolled => CentralFact::Never,
                Link::Down | Link::Refused(_) => match times.acknowledged {
                    Some(at) => CentralFact::Silent(passed(at, now, HOUR_MS)),
                    None => CentralFact::Never,
                },
            },
            clock_off_s: self.clock_off_ms.map(seconds_off),
            free_mib: place.free_bytes().map(mebibytes),
            tape_apart: place.tape_is_apart(),
            copies: match &status.peers {
                None => CopiesFact::Alone,
                Some(peers) if peers.known == 0 => CopiesFact::Alone,
                Some(peers) => {
                    let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
                    CopiesFact::Seen { seen: count(peers.seen), known: count(peers.known) }
                }
            },
            printer: match status.printer {
                PrinterLamp::PaperFree | PrinterLamp::Ready => PrinterFact::Fine,
                PrinterLamp::Unknown => PrinterFact::Mute,
                PrinterLamp::NearEnd => PrinterFact::RollLow,
                _ => PrinterFact::Trouble,
            },
            drawer_days: times.drawer.map(|at| passed(at, now, DAY_MS)),
            people: people_by_role(pack),
            pads: pads(&self.book, status.peers.as_ref().map_or(0, |peers| peers.known)),
            practice_days: times.practiced.map(|at| passed(at, now, DAY_MS)),
        }
    }
}

/// Cashiers, leads and managers of a price file.
pub(super) fn people_by_role(pack: Option<&Pack>) -> (u32, u32, u32) {
    let people = pack.and_then(|pack| pack.people().ok()).unwrap_or_default();
    let count = |role: Role| {
        let those = people.iter().filter(|person| person.role == role).count();
        u32::try_from(those).unwrap_or(u32::MAX)
    };
    (count(Role::Cashier), count(Role::Lead), count(Role::Manager))
}

/// Pads of paper slips, for this register and the known others.
pub(super) fn pads(book: &Book, others: usize) -> PadsFact {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let slips = &book.paper_slips;
    let registers = count(others).saturating_add(1);
    PadsFact { pads: count(slips.pads().len()), left: slips.left(), registers }
}

/// Free room in mebibytes.
pub(super) fn mebibytes(bytes: u64) -> u32 {
    u32::try_from(bytes / (1 << 20)).unwrap_or(u32::MAX)
}

/// How far a clock is off, in whole seconds.
pub(super) fn seconds_off(ahead_ms: i64) -> u32 {
    u32::try_from(ahead_ms.saturating_abs() / 1_000).unwrap_or(u32::MAX)
}

/// Whole units between two instants; a clock that was set back gives none.
pub(super) fn passed(from: Timestamp, to: Timestamp, unit_ms: i64) -> u32 {
    let ms = to.utc_ms.saturating_sub(from.utc_ms).max(0);
    u32::try_from(ms.checked_div(unit_ms).unwrap_or(0)).unwrap_or(u32::MAX)
}
