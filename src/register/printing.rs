//! What the register prints: receipts, copies, slips, the drawer's pulse; and what came of it.
//!
//! ```text
//!  committed ─▶ drawer's pulse ─▶ receipt ─▶ printer ─ event ─▶ lamp, notice in words
//!                                                └ not printed: Reprint ─▶ recorded ─▶ COPY
//! ```
//!
//! The sale is a fact before any of this happens: trouble is said and changes nothing. Nothing is
//! ever printed a second time by itself. A copy is recorded before it is printed, because copies
//! are what false refunds are made with; the last sale's anybody may print who sells, an older
//! one's needs a lead.

use crate::device::printer::{Job, Lamp, Outcome, Printer, PrinterEvent, Printout};
use crate::domain::approval::Case;
use crate::domain::event::Event;
use crate::domain::ids::{PersonId, SaleNo};
use crate::domain::refusal::Refusal;
use crate::domain::sale::CompletedSale;
use crate::domain::words::{Words, words};
use crate::journal::record::{Envelope, Header};
use crate::ledger::{Committed, FaultPoint};
use crate::receipt::Language;
use crate::receipt::document::Document;
use crate::receipt::layout::Columns;
use crate::receipt::qr::Matrix;
use crate::receipt::sale::{Circumstances, Edition, receipt};
use crate::receipt::slip::{self, SlipPlace};
use crate::receipt::text;

use super::register::{Phase, Register, Said, Setback};
use super::view::{NoticeKind, PaperState, PaperView};

/// A printer and how paper looks here.
pub struct Paper {
    /// Where receipts go.
    pub printer: Box<dyn Printer>,
    /// The lamp until the printer says otherwise.
    pub lamp: Lamp,
    /// The paper's width, on the screen too.
    pub columns: Columns,
    /// The customers' language.
    pub language: Language,
    /// A drawer hangs at the printer.
    pub drawer: bool,
    /// Its switch says that it is open, where the printer tells.
    pub(super) drawer_open: bool,
    /// The drawer's last pulse failed, and why, until somebody is told.
    pub(super) drawer_trouble: Option<Words>,
}

/// Which receipt is printed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reprinted {
    /// The register's last one.
    Last,
    /// The one with this number.
    Sale(SaleNo),
}

/// The key that prints a copy, as notices name it.
pub const COPY_KEY: &str = "Ctrl P";

impl Paper {
    /// A printer with paper.
    pub const fn new(printer: Box<dyn Printer>, lamp: Lamp, columns: Columns) -> Self {
        Self {
            printer,
            lamp,
            columns,
            language: Language::English,
            drawer: false,
            drawer_open: false,
            drawer_trouble: None,
        }
    }
}

impl Register {
    /// Opens the drawer and prints the receipt of a sale that was just committed.
    pub(super) fn print_sale(
        &mut self,
        sale: &CompletedSale,
        committed: &Committed,
    ) -> Option<Said> {
        self.open_drawer();
        self.ledger.pass(FaultPoint::AfterDrawer);
        let line = committed.line.bytes();
        let document = Envelope::read(line).ok().and_then(|envelope| {
            self.receipt_of(sale, &envelope.header, committed.hash, Edition::Original)
        })?;
        if self.paper.lamp.on_screen() {
            self.show_paper(&document, PaperState::OnScreen);
        }
        for lines in self.endorsements(sale) {
            let back = slip::endorsement(&lines, self.paper.language);
            self.submit(Printout::Slip, back);
        }
        let before = self.notices();
        self.submit(Printout::Receipt { sale: sale.number, copy: false }, document);
        // A printer that failed at once has said so already.
        (self.notices() == before).then(|| Said::done(words!("Sale {} is recorded", sale.number)))
    }

    /// Prints a copy. It is recorded first.
    pub(super) fn reprint(&mut self, which: Reprinted) -> Result<Option<Said>, Setback> {
        self.may_sell()?;
        let last = self.ledger.state().last_sale_no;
        let number = match which {
            Reprinted::Last => last,
            Reprinted::Sale(number) => number,
        };
        let unknown = || Refusal::NoSuchSale(number.to_string());
        let (_, line) = self.ledger.sale_line(number)?.ok_or_else(unknown)?;
        let envelope = Envelope::read(line.bytes()).map_err(|_| unknown())?;
        let event = envelope.event().map_err(|_| unknown())?;
        let (Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale)) = event else {
            return Err(unknown().into());
        };
        let edition = Edition::Copy { at: self.clock.now() };
        let document = self.receipt_of(&sale, &envelope.header, line.hash(), edition);
        let document = document.ok_or_else(unknown)?;
        let approval = self.authorise(&Case::Reprint { last: number == last })?;
        self.record(Event::Reprint { number, approval })?;
        self.receipt_is_settled(number);
        if self.paper.lamp.on_screen() {
            self.show_paper(&document, PaperState::OnScreen);
        }
        let before = self.notices();
        self.submit(Printout::Receipt { sale: number, copy: true }, document);
        let said = Said::done(words!("A copy of sale {} goes to the printer", number));
        Ok((self.notices() == before).then_some(said))
    }

    /// Opens the drawer, if one hangs at the printer and this is no practice.
    pub(super) fn open_drawer(&mut self) {
        self.paper.drawer_trouble = None;
        if self.paper.drawer && !self.training {
            self.submit(Printout::Drawer, Document::pulse());
        }
    }

    /// Prints a slip; the receipts of sales go another way.
    pub fn print_slip(&mut self, slip: Document) {
        self.submit(Printout::Slip, slip);
    }

    /// Where and when a slip is made now, for [`crate::receipt::slip::Slip`].
    pub fn slip_place(&self) -> Option<SlipPlace<'_>> {
        let policy = self.policy().ok()?;
        Some(SlipPlace {
            store_name: &policy.store_name,
            journal: self.ledger.chain().journal,
            at: self.clock.now(),
            person: self.person.as_ref().map_or("", |person| person.name.as_str()),
            currency: policy.currency,
            training: self.training,
            language: self.paper.language,
        })
    }

    /// The drawer is open, as its switch says.
    pub const fn drawer_is_open(&self) -> bool {
        self.paper.drawer_open
    }

    /// Another printer than the settings' own, as a trial has it; the one before ends its jobs.
    pub fn set_paper(&mut self, paper: Paper) {
        self.paper = paper;
    }

    /// Takes what the printer said; true when something was said.
    pub fn hear_printer(&mut self) -> bool {
        let events = self.paper.printer.events();
        let any = !events.is_empty();
        for event in events {
            match event {
                PrinterEvent::Lamp(lamp) => self.paper.lamp = lamp,
                PrinterEvent::DrawerOpen(open) => self.paper.drawer_open = open,
                PrinterEvent::Ended(what, outcome) => self.ended(what, &outcome),
            }
        }
        any
    }

    /// Has `wake` called when the printer has something to say.
    pub fn wake_on_printer(&mut self, wake: crate::device::printer::Wake) {
        self.paper.printer.wake_on_event(wake);
    }

    fn submit(&mut self, what: Printout, document: Document) {
        self.paper.printer.submit(Job { what, document });
        self.hear_printer();
    }

    fn ended(&mut self, what: Printout, outcome: &Outcome) {
        if *outcome != Outcome::Printed {
            tracing::warn!(?what, ?outcome, "not printed");
        }
        match what {
            Printout::Receipt { sale, copy } => self.receipt_ended(sale, copy, outcome),
            Printout::Drawer => self.drawer_ended(outcome),
            Printout::Slip => self.slip_ended(outcome),
        }
    }

    fn receipt_ended(&mut self, sale: SaleNo, copy: bool, outcome: &Outcome) {
        let state = match outcome {
            Outcome::Printed => PaperState::Printed,
            Outcome::NotStarted(_) | Outcome::CutOff(_) => PaperState::NotPrinted,
            Outcome::Unsure => PaperState::Unsure,
        };
        if let Phase::Done(done) = &mut self.phase
            && done.number == sale.0
            && done.paper.state != PaperState::OnScreen
        {
            done.paper.state = state;
        }
        if matches!(outcome, Outcome::Printed | Outcome::Unsure) {
            self.receipt_is_settled(sale);
        }
        let text = match outcome {
            Outcome::Printed => return,
            Outcome::NotStarted(trouble) if copy => words!(
                "The copy of sale {} was not printed: {}. The sale is recorded.",
                sale,
                trouble.words()
            ),
            Outcome::NotStarted(trouble) => words!(
                "The receipt of sale {} was not printed: {}. The sale is recorded.",
                sale,
                trouble.words()
            ),
            Outcome::CutOff(trouble) if copy => words!(
                "The copy of sale {} was cut off: {}. The sale is recorded.",
                sale,
                trouble.words()
            ),
            Outcome::CutOff(trouble) => words!(
                "The receipt of sale {} was cut off: {}. The sale is recorded.",
                sale,
                trouble.words()
            ),
            Outcome::Unsure => words!(
                "The printer does not say whether it printed the receipt of sale {}. \
                 The sale is recorded.",
                sale
            ),
        };
        let text = match self.paper.drawer_trouble.take() {
            Some(trouble) => {
                words!("{} The drawer did not open ({}): open it by its key.", text, trouble)
            }
            None => text,
        };
        let remedy = match outcome {
            Outcome::NotStarted(trouble) | Outcome::CutOff(trouble) => {
                words!("{}, then press {} for a copy.", trouble.remedy(), COPY_KEY)
            }
            Outcome::Printed | Outcome::Unsure => {
                words!("Look at the printer. If it is missing press {} for a copy.", COPY_KEY)
            }
        };
        self.say(NoticeKind::Attention, text, remedy);
    }

    fn drawer_ended(&mut self, outcome: &Outcome) {
        let trouble = match outcome {
            Outcome::Printed | Outcome::Unsure => return,
            Outcome::NotStarted(trouble) | Outcome::CutOff(trouble) => trouble.words(),
        };
        let text =
            words!("The drawer did not open: {}. What was recorded stays recorded.", &trouble);
        self.say(NoticeKind::Attention, text, words!("Open the drawer by its key."));
        self.paper.drawer_trouble = Some(trouble);
    }

    fn slip_ended(&mut self, outcome: &Outcome) {
        let (text, remedy) = match outcome {
            Outcome::Printed => return,
            Outcome::NotStarted(trouble) | Outcome::CutOff(trouble) => (
                words!(
                    "The slip was not printed: {}. What it is about is recorded.",
                    trouble.words()
                ),
                words!("{}. Write the slip by hand if need be.", trouble.remedy()),
            ),
            Outcome::Unsure => (
                words!(
                    "The printer does not say whether it printed the slip. What it is about is \
                     recorded."
                ),
                words!("Look at the printer. Write the slip by hand if need be."),
            ),
        };
        self.say(NoticeKind::Attention, text, remedy);
    }

    fn receipt_of(
        &self,
        sale: &CompletedSale,
        header: &Header,
        hash: crate::journal::hash::Hash,
        edition: Edition,
    ) -> Option<Document> {
        let cashier = self.name_of(header.by.as_ref());
        let codes = self.codes_of(sale, header, hash);
        let of = Circumstances {
            policy: self.policy().ok()?,
            journal: header.journal,
            seq: header.seq,
            hash,
            at: header.at,
            cashier: &cashier,
            outage: header.outage.as_ref(),
            training: self.training,
            edition,
            codes: &codes,
            language: self.paper.language,
        };
        Some(receipt(sale, &of))
    }

    /// A person's name; the number of one whom today's pack does not know any more.
    pub(super) fn name_of(&self, id: Option<&PersonId>) -> String {
        let Some(id) = id else { return String::new() };
        if let Some(person) = self.person.as_ref().filter(|person| person.id == *id) {
            return person.name.clone();
        }
        let known = self.pack().ok().and_then(|pack| pack.person(id).ok().flatten());
        known.map_or_else(|| id.to_string(), |person| person.name)
    }

    /// Puts a receipt on the screen that shows the change.
    fn show_paper(&mut self, document: &Document, state: PaperState) {
        let lines = text::lines(document, self.paper.columns).into();
        let codes = text::codes(document).filter_map(Matrix::of).collect();
        if let Phase::Done(done) = &mut self.phase {
            done.paper = PaperView { state, lines, codes };
        }
    }
}
