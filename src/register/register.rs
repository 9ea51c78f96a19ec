//! The register: one command at a time, in the order decide, record, commit, then effects.
//!
//! ```text
//!  Command ─▶ handle ─▶ sign_in | selling | adjusting | returning | suspending | paying | shifts
//!                          │ refused: a notice, nothing changed
//!                          └ accepted: record() ── committed ──▶ state, printer, view
//!                                         └ failed ──▶ Stopped: no PAID, no drawer, paper slips
//! ```
//!
//! Selling stops for one reason only: it can't be recorded durably. The register owns the one
//! writing end of the ledger. Nothing here waits for a network, but for at most 150 ms for a second
//! copy of a sale that is committed (`peering`).

use std::path::PathBuf;
use std::sync::Arc;

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::domain::approval::Approval;
use crate::domain::book::{Book, Origin};
use crate::domain::event::Event;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{PersonId, RecordRef, SaleNo, Seq};
use crate::domain::money::{Money, Overflow};
use crate::domain::person::Person;
use crate::domain::policy::Policy;
use crate::domain::refusal::Refusal;
use crate::domain::sale::{Basket, Pricing, Tendering};
use crate::domain::shift::Shift;
use crate::domain::signing::KeyFact;
use crate::domain::time::BusinessDate;
use crate::domain::words::Words;
use crate::journal::chain::Entry;
use crate::ledger::draft::Draft;
use crate::ledger::{AckRow, Committed, Ledger, LedgerError, Mark, MirrorReader, Opening};
use crate::pack::Pack;
use crate::peer::Copies;

use super::account_key::AccountKey;
use super::authority::Parked;
use super::checks::CheckDesk;
use super::command::Command;
use super::in_flight::Before;
use super::page::{Task, begun::Begun};
use super::paper_receipt::PaperTrust;
use super::phone_code::RecoveryKeyFile;
use super::pickups::PickupDesk;
use super::printing::Paper;
use super::returning::Found;
use super::running_mark::{Failed, Tried};
use super::training::Side;
use super::tries::{Tries, TriesFile};
use super::view;
use super::view::{
    LastSale, Link, Notice, NoticeKind, Pending, Restart, ShiftClosed, Stopped, View,
};

/// Wall and monotonic clock may part by this much between two records before it is noted.
const CLOCK_JUMP_MS: i64 = 60_000;

/// A running register.
pub struct Register {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ledger: Ledger,
    /// What all registers of the store recorded, as far as it was heard here.
    pub(super) book: Book,
    /// Where the newest records lie besides here; none where there are no peers.
    pub(super) copies: Option<Arc<Copies>>,
    /// Other registers' records; none where there are no peers.
    pub(super) mirror: Option<MirrorReader>,
    pub(super) pack: Result<Pack, String>,
    pub(super) draft: Draft,
    pub(super) paper: Paper,
    pub(super) checks: CheckDesk,
    pub(super) pickups: PickupDesk,
    pub(super) person: Option<Person>,
    pub(super) phase: Phase,
    pub(super) closed: Option<ShiftClosed>,
    /// The day that a person named for the shift that is being opened.
    pub(super) day: Option<BusinessDate>,
    /// IT let the person in by phone.
    pub(super) vouched: bool,
    pub(super) restart: Option<Restart>,
    /// The page of work beside selling that is on the screen.
    pub(super) page: Option<Task>,
    /// Pages that were left with work begun on them; each goes on where it was.
    pub(super) begun: Begun,
    /// A paid sale on the screen.
    pub(super) receipt: Option<Found>,
    /// A command that waits for a signature, and signatures given for the one that runs.
    pub(super) parked: Option<Parked>,
    /// The item that was said to be meant, while the scan that was asked about runs again.
    pub(super) picked: Option<ItemCode>,
    pub(super) granted: Vec<Approval>,
    /// Who may not sign for what is just asked: whoever sold it.
    pub(super) barred: Option<PersonId>,
    /// What the question that comes up is about.
    pub(super) about: Words,
    pub(super) tries: Tries,
    pub(super) recovery: RecoveryKeyFile,
    /// What was last refused for too many tries, or was wrong.
    pub(super) refused: Option<super::guesses::Refused>,
    pub(super) notice: Option<Notice>,
    notices: u64,
    acked: Seq,
    pub(super) pending: Pending,
    pub(super) link: Link,
    /// How far this clock was ahead of central's when it last answered.
    pub(super) clock_off_ms: Option<i64>,
    pub(super) stopped: Option<Stopped>,
    /// Recording failed, here or before this start, and nobody has read what became of it.
    pub(super) failed: Option<Failed>,
    /// What is being recorded.
    pub(super) tried: Option<Tried>,
    pub(super) key: KeyFact,
    last_clock: Option<(i64, u64)>,
    /// A paid sale of which nobody knows whether its receipt was printed.
    pub(super) unprinted: Option<LastSale>,
    pub(super) running_mark: PathBuf,
    /// Nothing counts here: receipts say so and the drawer stays closed.
    pub(super) training: bool,
    /// What receipts are signed and believed by.
    pub(super) trust: PaperTrust,
    /// The side may be changed, and the one that was asked for.
    pub(super) switchable: bool,
    pub(super) switch: Option<Side>,
    pub(super) elsewhere: Option<Mark>,
    pub(super) watching: super::watching::Watching,
    pub(super) asked: super::asking::Asked,
    /// Packs that come by line.
    pub(super) packs: super::packs_shown::PackLine,
    /// The line to central for the manager at this window.
    pub(super) manager: super::reconciling::ManagerLine,
}

/// What a register is made of.
pub struct Parts {
    /// Whether there is a key to sign with.
    pub key: KeyFact,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The open ledger.
    pub ledger: Ledger,
    /// What was found and put right when the ledger was opened.
    pub opening: Opening,
    /// The pack in use, or why there is none.
    pub pack: Result<Pack, String>,
    /// Where the basket being rung up is kept.
    pub draft: Draft,
    /// Where wrong PINs are kept.
    pub tries: TriesFile,
    /// What phone codes are answered with.
    pub recovery: RecoveryKeyFile,
    /// Where receipts go, and how paper looks here.
    pub paper: Paper,
    /// The key under which accounts are remembered.
    pub account_key: AccountKey,
    /// Central's key to seal to, as enrolment brought it.
    pub seal_key: Option<[u8; 32]>,
    /// Randomness, for salts.
    pub entropy: Arc<dyn Entropy>,
    /// A file that is there while the program runs, and after it was killed.
    pub running_mark: PathBuf,
    /// A register to learn on.
    pub training: bool,
    /// How central is reached at start.
    pub link: Link,
    /// What receipts are signed and believed by.
    pub trust: PaperTrust,
}

/// What a command came to: one closed enum out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Done,
    /// It was refused, and nothing changed.
    Refused(Refusal),
    /// It could not be recorded: selling has stopped.
    Stopped,
}

/// Where a sale stands.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Being rung up.
    Basket(Basket),
    /// Being paid.
    Tendering(Tendering, Option<Money>),
    /// Paid.
    Done(view::Done),
}

/// Why a command came to nothing.
#[derive(Debug)]
pub(super) enum Setback {
    /// The answer is no, and nothing changed.
    Refused(Refusal),
    /// It could not be recorded.
    NotRecorded(LedgerError),
}

impl From<Refusal> for Setback {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Overflow> for Setback {
    fn from(overflow: Overflow) -> Self {
        Self::Refused(overflow.into())
    }
}

impl From<LedgerError> for Setback {
    fn from(error: LedgerError) -> Self {
        Self::NotRecorded(error)
    }
}

impl Default for Phase {
    fn default() -> Self {
        Self::Basket(Basket::default())
    }
}

/// What an accepted command says.
pub(super) struct Said {
    pub(super) kind: NoticeKind,
    pub(super) text: Words,
    pub(super) remedy: Words,
}

impl Said {
    pub(super) fn done(text: impl Into<Words>) -> Self {
        Self { kind: NoticeKind::Done, text: text.into(), remedy: Words::default() }
    }

    pub(super) fn attention(text: impl Into<Words>, remedy: impl Into<Words>) -> Self {
        Self { kind: NoticeKind::Attention, text: text.into(), remedy: remedy.into() }
    }
}

impl Register {
    /// Starts a register on an opened ledger: brings back an unpaid basket and says what was in
    /// flight when the program last ended.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger can't be read or the pack's use can't be recorded.
    pub fn start(parts: Parts) -> Result<Self, LedgerError> {
        let before = Before::look(&parts);
        let acked = parts.ledger.last_ack()?.map_or(Seq(0), |ack| ack.next_seq);
        let pending = parts.ledger.pending_from(acked)?;
        let mut findings: Vec<Words> =
            parts.opening.findings.iter().map(crate::ledger::Finding::text).collect();
        let basket = before.basket(&parts.draft, &parts.ledger, &mut findings);
        let tries = Tries::load(parts.tries, parts.clock.as_ref());
        let mut register = Self {
            clock: parts.clock,
            ledger: parts.ledger,
            book: parts.opening.book,
            copies: None,
            mirror: None,
            pack: parts.pack,
            draft: parts.draft,
            paper: parts.paper,
            pickups: PickupDesk::default(),
            checks: CheckDesk::new(parts.account_key, parts.seal_key, parts.entropy),
            person: None,
            phase: Phase::Basket(Basket::restored(basket)),
            closed: None,
            day: None,
            vouched: false,
            restart: None,
            page: None,
            begun: Begun::at(parts.running_mark.with_file_name("goods.begun")),
            receipt: None,
            parked: None,
            picked: None,
            granted: Vec::new(),
            barred: None,
            about: Words::default(),
            tries,
            recovery: parts.recovery,
            refused: None,
            notice: None,
            notices: 0,
            acked,
            pending: pending.into(),
            link: parts.link,
            clock_off_ms: None,
            stopped: None,
            failed: before.failed.clone(),
            tried: None,
            key: parts.key,
            last_clock: None,
            unprinted: None,
            running_mark: parts.running_mark,
            training: parts.training,
            trust: parts.trust,
            switchable: false,
            switch: None,
            elsewhere: None,
            watching: Default::default(),
            asked: Default::default(),
            packs: Default::default(),
            manager: Default::default(),
        };
        register.ask_about_receipt(before.unclean);
        register.record_pack()?;
        register.tell_untold()?;
        register.restart = register.what_was_in_flight(&before, findings);
        if before.given_up && register.basket_total().is_some() {
            // From here on it is kept under this journal's number.
            register.save_draft();
        }
        Ok(register)
    }

    /// Does one command; the view shows what came of it.
    pub fn handle(&mut self, command: Command) -> Answer {
        if self.stopped.is_some() {
            return Answer::Stopped;
        }
        self.watching.read = self.notices;
        let began = self.begins();
        let heard = self.guard_texts(&command).map_err(Setback::from);
        let heard = heard.and_then(|()| self.hear(command));
        self.follow_print_question();
        match heard {
            Ok(None) => Answer::Done,
            Ok(Some(said)) => {
                self.say(said.kind, said.text, said.remedy);
                Answer::Done
            }
            Err(Setback::Refused(refusal)) => {
                let remedy = refusal.remedy();
                self.say(NoticeKind::Refused, refusal.text(), remedy);
                Answer::Refused(refusal)
            }
            Err(Setback::NotRecorded(error)) => self.not_recorded(&error, began),
        }
    }

    /// Takes central's acknowledgement.
    ///
    /// # Errors
    /// [`LedgerError`] when it can't be stored; the records are simply sent again later.
    pub fn acknowledged(&mut self, ack: &AckRow) -> Result<(), LedgerError> {
        self.ledger.store_ack(ack)?;
        if ack.epoch == self.ledger.chain().journal.epoch {
            self.acked = ack.next_seq;
            self.pending = self.ledger.pending_from(self.acked)?.into();
        }
        Ok(())
    }

    /// Takes how central was last heard of.
    pub fn link_is(&mut self, link: Link) {
        self.link = link;
    }

    /// What a window shows now.
    pub fn view(&self) -> View {
        View {
            screen: self.screen(),
            status: self.status(),
            ask: self.ask(),
            notice: self.notice.clone(),
            about: self.asked_about(),
            recording_since_ms: None,
        }
    }

    /// What all registers of the store recorded, as far as it was heard here.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The ledger, to be read.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Ends the register in good order. Where recording had failed the running mark stays: the next
    /// start says what is recorded.
    ///
    /// # Errors
    /// [`LedgerError`] when the last checkpoint failed; nothing that was recorded is lost by it.
    pub fn close(self) -> Result<(), LedgerError> {
        self.ledger.close()?;
        if self.stopped.is_some() {
            return Ok(());
        }
        // A mark that stays only makes the next start ask a question too many.
        if let Err(error) = std::fs::remove_file(&self.running_mark) {
            tracing::warn!(%error, "the running mark was not removed");
        }
        Ok(())
    }

    pub(super) fn decide(&mut self, command: Command) -> Result<Option<Said>, Setback> {
        match command {
            Command::SignIn { person, pin } => self.sign_in(&person, &pin),
            Command::SignOut => self.sign_out(),
            Command::OpenShift { float } => self.open_shift(float),
            Command::CloseShift { pieces, loose, checks, check_count } => {
                self.close_shift(pieces, loose, checks, check_count, false)
            }
            Command::HandOver { pieces, loose, checks, check_count } => {
                self.close_shift(pieces, loose, checks, check_count, true)
            }
            Command::Train { on } => self.train(on),
            Command::Scan { code } => self.scan(&code),
            Command::Enter { text } => self.enter(&text),
            Command::AddItem { code, quantity, price } => self.add_item(&code, quantity, price),
            Command::VoidLine { place } => self.void_line(place),
            Command::Settle { place, with } => self.settle(place, with),
            Command::DropOpen { place } => self.drop_open(place),
            Command::OpenDepartment { department, amount, quantity } => {
                self.open_department(department, amount, quantity)
            }
            Command::SetQuantity { place, quantity } => self.set_quantity(place, quantity),
            Command::SetPrice { place, unit_price, reason } => {
                self.set_price(place, unit_price, reason)
            }
            Command::CheckAge { answer } => self.check_age(answer),
            Command::ExemptTax { reason, certificate } => self.exempt_tax(reason, &certificate),
            Command::Suspend => self.suspend_plain(),
            Command::SuspendCard { terminal } => self.suspend_card(&terminal),
            Command::Resume { slip } => self.resume(slip),
            Command::FindReceipt { number } => self.find_receipt(&number),
            Command::LeaveReceipt => self.leave_receipt(),
            Command::ReturnItem { place, quantity, reason } => {
                self.return_item(place, quantity, reason)
            }
            Command::VoidSale { reason } => self.void_sale(reason),
            Command::Reprint { which } => self.reprint(which),
            Command::NoSale { reason } => self.no_sale(reason),
            Command::XReport => self.x_report(),
            Command::BeginTender => self.begin_tender(),
            Command::LeaveTender => self.leave_tender(),
            Command::TakeCash { amount, confirmed } => self.take_cash(amount, confirmed),
            Command::Check(input) => self.check(input),
            Command::TakeCheck { amount, number } => self.take_check(amount, &number),
            Command::AbandonSale => self.abandon_sale(),
            Command::NextCustomer => {
                self.next_customer();
                Ok(None)
            }
            Command::DeclareOutage { systems, cause, ticket } => {
                self.declare_outage(systems, cause, ticket)
            }
            Command::EndOutage { note } => self.end_outage(note),
            Command::MoveCash { movement } => self.move_cash(movement),
            Command::OpenPage(name) => self.open_page(name),
            Command::Page(input) => self.turn_page(input),
            Command::LeavePage => {
                self.leave_page();
                Ok(None)
            }
            Command::AcknowledgeRestart
            | Command::Lock
            | Command::Approve { .. }
            | Command::Choose { .. }
            | Command::Decline => Ok(None),
        }
    }

    /// Records one fact: everything that must be true before PAID happens in here.
    pub(super) fn record(&mut self, event: Event) -> Result<Committed, LedgerError> {
        let (now, mono_ms) = (self.clock.now(), self.clock.mono_ms());
        if let Some((utc_ms, mono_before)) = self.last_clock {
            let passed = i64::try_from(mono_ms.saturating_sub(mono_before)).unwrap_or(i64::MAX);
            let jumped_ms = now.utc_ms.saturating_sub(utc_ms).saturating_sub(passed);
            if jumped_ms.saturating_abs() > CLOCK_JUMP_MS {
                self.append(Event::ClockEvent { jumped_ms })?;
            }
        }
        self.last_clock = Some((now.utc_ms, mono_ms));
        self.append(event)
    }

    fn append(&mut self, event: Event) -> Result<Committed, LedgerError> {
        let is_sale = event.sale().is_some();
        let money = event
            .sale()
            .map_or(Money::ZERO, |sale| sale.total.plus(sale.rounding).unwrap_or(sale.total));
        let entry = Entry {
            at: self.clock.now(),
            mono_ms: self.clock.mono_ms(),
            date: self.business_date(),
            by: self.person.as_ref().map(|person| person.id.clone()),
            pack: self.pack.as_ref().ok().map(|pack| pack.version().clone()),
            outage: self.book.outages.current().map(|outage| outage.id.clone()),
            event,
        };
        self.tries_to_record(entry.event.kind());
        let journal = self.ledger.chain().journal;
        let committed = if is_sale {
            self.ledger.append_with(&entry, self.checks.rows())?
        } else {
            self.ledger.append_sealing(&entry, self.pickups.beside(&entry.event))?
        };
        self.tried = None;
        let origin = Origin {
            register: journal.register,
            at_record: RecordRef { epoch: journal.epoch, seq: committed.seq },
            at: entry.at,
            day: entry.date,
            by: entry.by.clone(),
        };
        self.book.take(&origin, &entry.event);
        self.tell_peers();
        self.pending.records = self.pending.records.saturating_add(1);
        self.pending.sales = self.pending.sales.saturating_add(u64::from(is_sale));
        self.pending.money = self.pending.money.plus(money).unwrap_or(self.pending.money);
        Ok(committed)
    }

    fn record_pack(&mut self) -> Result<(), LedgerError> {
        let Ok(pack) = &self.pack else { return Ok(()) };
        let version = pack.version().clone();
        if self.ledger.state().pack.as_ref() == Some(&version) {
            return Ok(());
        }
        let digest = pack.digest();
        let applied = Event::PackApplied { version, digest, jumped: None, approval: None };
        self.append(applied).map(|_| ())
    }

    pub(super) fn basket_total(&self) -> Option<Money> {
        match &self.phase {
            Phase::Basket(basket) if !basket.is_empty() => self
                .policy()
                .ok()
                .and_then(|_| basket.totals(self.pricing().ok()?).ok())
                .map(|totals| totals.total)
                .or(Some(Money::ZERO)),
            _ => None,
        }
    }

    /// Notices so far.
    pub(super) const fn notices(&self) -> u64 {
        self.notices
    }

    pub(super) fn say(&mut self, kind: NoticeKind, text: Words, remedy: Words) {
        self.notices = self.notices.saturating_add(1);
        self.notice = Some(Notice { number: self.notices, kind, text, remedy });
    }

    // What the acts in the sibling files ask.

    pub(super) fn pack(&self) -> Result<&Pack, Refusal> {
        self.pack.as_ref().map_err(|why| Refusal::NoPack(why.clone()))
    }

    pub(super) fn policy(&self) -> Result<&Policy, Refusal> {
        self.pack().map(Pack::policy)
    }

    pub(super) fn person(&self) -> Result<&Person, Refusal> {
        self.person.as_ref().ok_or(Refusal::NotSignedIn)
    }

    pub(super) fn shift(&self) -> Result<&Shift, Refusal> {
        self.ledger.state().open_shift.as_ref().ok_or(Refusal::NoShift)
    }

    pub(super) fn pricing(&self) -> Result<Pricing<'_>, Refusal> {
        let pack = self.pack()?;
        let basis = pack.policy().tax_basis;
        Ok(Pricing { taxes: pack.taxes(), basis, date: self.business_date() })
    }

    pub(super) fn next_sale(&self) -> SaleNo {
        SaleNo(self.ledger.state().last_sale_no.0.saturating_add(1))
    }
}
