//! What people do at a register. Every move ends with a register that is ready for the next
//! customer, whatever was refused on the way; each gives what happened, in words.

use tideover::domain::bag::BagNo;
use tideover::domain::drawer::CashMovement;
use tideover::domain::ids::Seq;
use tideover::domain::money::Money;
use tideover::domain::outage::System;
use tideover::domain::quantity::Quantity;
use tideover::domain::sale::Reason;
use tideover::journal::chain::Chain;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::Answer;
use tideover::register::view::{Done, Screen, TenderView};

use super::bugs::Bug;
use super::disk::Image;
use super::invariants::Invariant;
use super::paid::Paid;
use super::world::World;

/// Bananas by weight, water, coffee and a case of water.
const ITEMS: [&str; 4] = ["4011", "401100370077", "401103330634", "401100740146"];
/// A sale may wait so long for a second copy, and no longer, whatever the network does.
const WAIT_MAX_MS: u64 = 150;
/// A sale is one record, and one more where the clock jumped.
const RECORDS_MAX: u64 = 2;

/// Who signs where the manager at the register may not do it alone.
const LEAD: (&str, &str) = ("41", "702946");
const SIGNS_EVERY: u64 = 20;

/// What a customer hands over.
struct Handed {
    command: Command,
    cash: i64,
    checks: i64,
}

impl World {
    /// One move at a register.
    pub fn counter(&mut self, lane: usize) -> String {
        match self.chance.below(100) {
            0..=53 => self.sells(lane),
            54..=59 => self.puts_aside(lane),
            60..=65 => self.takes_up(lane),
            66..=72 => self.takes_back(lane),
            73..=77 => self.voids(lane),
            78..=80 => self.gives_up(lane),
            81..=83 => self.opens_drawer(lane),
            84..=87 => self.drops(lane),
            88..=91 => self.closes_shift(lane),
            92..=94 => self.outage(lane),
            _ => self.receives(lane),
        }
    }

    fn does(&mut self, lane: usize, command: Command) -> Answer {
        let till = self.till(lane);
        let answer = till.register.handle(command);
        if !matches!(answer, Answer::Refused(_)) || till.register.view().ask.is_none() {
            return answer;
        }
        // Somebody else signs: rarely, since their PIN costs what twenty sales cost.
        if self.chance.below(SIGNS_EVERY) == 0 {
            let (person, pin) = (LEAD.0.to_owned(), Pin::new(LEAD.1));
            let signed = self.till(lane).register.handle(Command::Approve { person, pin });
            if signed == Answer::Done {
                return signed;
            }
        }
        self.till(lane).register.handle(Command::Decline);
        answer
    }

    /// Ready for the next customer.
    fn tidies(&mut self, lane: usize) {
        for command in [
            Command::LeavePage,
            Command::LeaveReceipt,
            Command::LeaveTender,
            Command::AbandonSale,
            Command::NextCustomer,
        ] {
            self.does(lane, command);
        }
    }

    /// Rings up one to three lines.
    fn rings(&mut self, lane: usize) {
        for _ in 0..=self.chance.below(3) {
            let item = ITEMS[usize::try_from(self.chance.below(4)).expect("small")];
            let pieces = 1 + self.chance.below(4);
            let text = format!("{pieces}*{item}");
            self.does(lane, Command::Enter { text });
        }
    }

    fn sells(&mut self, lane: usize) -> String {
        self.rings(lane);
        self.pays(lane)
    }

    fn tender(&mut self, lane: usize) -> Result<TenderView, String> {
        let answer = self.does(lane, Command::BeginTender);
        if answer != Answer::Done {
            self.tidies(lane);
            return Err(format!("is not paid ({})", word(&answer)));
        }
        match self.till(lane).register.view().screen {
            Screen::Tender(tender) => Ok(tender),
            other => panic!("register {} is not at the payment but at {other:?}", lane + 1),
        }
    }

    /// How this customer pays.
    fn hands(&mut self, tender: &TenderView) -> Vec<Handed> {
        let cash = |amount: i64| Handed {
            command: Command::TakeCash { amount: Some(Money::from_minor(amount)), confirmed: true },
            cash: amount,
            checks: 0,
        };
        let number = (1_000 + self.chance.below(9_000)).to_string();
        let check = |amount: i64| Handed {
            command: Command::TakeCheck { amount: Some(Money::from_minor(amount)), number },
            cash: 0,
            checks: amount,
        };
        let (due, cash_due) = (tender.due.minor(), tender.cash_due.minor());
        if due <= 0 {
            let command = Command::TakeCash { amount: None, confirmed: true };
            return vec![Handed { command, cash: 0, checks: 0 }];
        }
        match self.chance.below(10) {
            0..=4 => vec![cash(cash_due)],
            5..=6 => {
                let note = tender.quick_cash.first().map_or(cash_due, |note| note.minor());
                vec![cash(note)]
            }
            7..=8 => vec![check(due)],
            // A check first, and the rest in cash, whatever the rest comes to.
            _ if due > 200 => vec![check(due - 155), cash(500)],
            _ => vec![cash(cash_due)],
        }
    }

    fn pays(&mut self, lane: usize) -> String {
        let tender = match self.tender(lane) {
            Ok(tender) => tender,
            Err(why) => return why,
        };
        let mut handed = self.hands(&tender);
        let last = handed.pop().expect("something");
        let (mut cash, mut checks) = (0, 0);
        for part in handed {
            if self.does(lane, part.command) != Answer::Done {
                self.tidies(lane);
                return "takes no part of it".to_owned();
            }
            (cash, checks) = (cash + part.cash, checks + part.checks);
        }
        if self.bug == Some(Bug::PaidBeforeCommit) {
            self.lanes[lane].before_sale = Some(Image::of(&self.lanes[lane].data.0));
        }
        let Some((done, end)) = self.completes(lane, last.command) else {
            self.tidies(lane);
            return "is not paid".to_owned();
        };
        let mut cash = cash + last.cash - done.change.minor();
        let checks = checks + last.checks;
        if self.bug == Some(Bug::WrongChange) && self.chance.below(12) == 0 {
            cash -= 5;
        }
        let said = self.is_paid(lane, end, &done, (cash, checks));
        self.does(lane, Command::NextCustomer);
        said
    }

    /// Gives the command that completes a sale, and looks how long that took.
    fn completes(&mut self, lane: usize, command: Command) -> Option<(Done, Chain)> {
        let before = self.till(lane).register.ledger().chain();
        let (mono, asked) = (self.mono_ms(lane), self.way.requests);
        let answer = self.till(lane).register.handle(command);
        let took = self.mono_ms(lane) - mono;
        let after = self.till(lane).register.ledger().chain();
        if took > WAIT_MAX_MS || self.way.requests != asked {
            let text = format!("register {}: a sale took {took} ms until PAID", lane + 1);
            self.violated(Invariant::Slowed, text);
        }
        if after.next_seq.0 - before.next_seq.0 > RECORDS_MAX {
            let text = format!("register {}: a sale was more than one record", lane + 1);
            self.violated(Invariant::Slowed, text);
        }
        let till = self.till(lane);
        if answer != Answer::Done {
            if till.register.view().ask.is_some() {
                till.register.handle(Command::Decline);
            }
            return None;
        }
        match till.register.view().screen {
            Screen::Done(done) => Some((done, after)),
            _ => None,
        }
    }

    /// Somebody saw PAID: from now on it must be there.
    fn is_paid(&mut self, lane: usize, end: Chain, done: &Done, kept: (i64, i64)) -> String {
        let (cash, checks) = kept;
        let seq = Seq(end.next_seq.0 - 1);
        self.paid.push(Paid {
            lane,
            machine: self.lanes[lane].machine,
            epoch: end.journal.epoch,
            seq,
            hash: end.head,
            number: done.number,
            cash,
            checks,
            held_by: Default::default(),
            acked: false,
            disk_lost: false,
            back: false,
        });
        self.note_claims(lane);
        format!("sale {} is PAID: {cash} in cash, {checks} in checks, record {seq}", done.number)
    }

    fn puts_aside(&mut self, lane: usize) -> String {
        self.rings(lane);
        let answer = self.does(lane, Command::Suspend);
        self.tidies(lane);
        format!("puts a basket aside ({})", word(&answer))
    }

    fn takes_up(&mut self, lane: usize) -> String {
        let waiting = self.till(lane).register.view().status.suspended;
        if waiting.is_empty() {
            return self.sells(lane);
        }
        let one = self.chance.pick(waiting.len());
        let slip = waiting[one].slip;
        if self.does(lane, Command::Resume { slip }) != Answer::Done {
            self.tidies(lane);
            return format!("does not take up number {slip}");
        }
        format!("takes up number {slip}: {}", self.pays(lane))
    }

    /// A recent sale of any register that was not taken back yet.
    fn sale_to_take_back(&mut self, lane: usize, own: bool) -> Option<usize> {
        let machine = self.lanes[lane].machine;
        let fits = |paid: &Paid| {
            let here = paid.lane == lane && paid.machine == machine;
            !paid.back && paid.cash + paid.checks > 0 && (here || !own)
        };
        let fitting: Vec<usize> =
            self.paid.iter().enumerate().filter(|(_, p)| fits(p)).map(|(at, _)| at).collect();
        (!fitting.is_empty()).then(|| fitting[self.chance.pick(fitting.len())])
    }

    fn finds(&mut self, lane: usize, at: usize) -> bool {
        let paid = &self.paid[at];
        let number = if paid.lane == lane {
            paid.number.to_string()
        } else {
            format!("{}-{}", paid.lane + 1, paid.number)
        };
        self.does(lane, Command::FindReceipt { number }) == Answer::Done
    }

    fn takes_back(&mut self, lane: usize) -> String {
        let Some(at) = self.sale_to_take_back(lane, false) else { return self.sells(lane) };
        let name = self.paid[at].name();
        let (quantity, reason) = (Quantity::ONE, Reason::Customer);
        let found = self.finds(lane, at)
            && self.does(lane, Command::ReturnItem { place: 0, quantity, reason }) == Answer::Done
            && self.does(lane, Command::LeaveReceipt) == Answer::Done;
        if !found {
            self.tidies(lane);
            return format!("takes nothing back of {name}");
        }
        self.paid[at].back = true;
        format!("takes back of {name}: {}", self.pays(lane))
    }

    fn voids(&mut self, lane: usize) -> String {
        let Some(at) = self.sale_to_take_back(lane, true) else { return self.sells(lane) };
        let (name, cash, checks) = (self.paid[at].name(), self.paid[at].cash, self.paid[at].checks);
        if !self.finds(lane, at) {
            self.tidies(lane);
            return format!("does not find {name}");
        }
        let void = Command::VoidSale { reason: Reason::Mistake };
        let Some((done, end)) = self.completes(lane, void) else {
            self.tidies(lane);
            return format!("does not void {name}");
        };
        self.paid[at].back = true;
        if done.change.minor() != cash {
            let text =
                format!("{name} was paid with {cash}, and {} came back", done.change.minor());
            self.violated(Invariant::Sums, text);
        }
        let said = self.is_paid(lane, end, &done, (-cash, -checks));
        self.does(lane, Command::NextCustomer);
        format!("voids {name}: {said}")
    }

    fn gives_up(&mut self, lane: usize) -> String {
        self.rings(lane);
        self.tidies(lane);
        "gives a basket up".to_owned()
    }

    fn opens_drawer(&mut self, lane: usize) -> String {
        let answer = self.does(lane, Command::NoSale { reason: Reason::Change });
        self.tidies(lane);
        format!("opens the drawer ({})", word(&answer))
    }

    fn drops(&mut self, lane: usize) -> String {
        let bag = format!("BAG{}", 10_000 + self.chance.below(80_000));
        let bag = BagNo::parse(&bag).expect("a bag");
        let movement = CashMovement::drop(Money::from_minor(2_000), bag);
        let answer = self.does(lane, Command::MoveCash { movement });
        self.tidies(lane);
        format!("drops 20.00 into the safe ({})", word(&answer))
    }

    pub fn closes_shift(&mut self, lane: usize) -> String {
        let counted = Money::from_minor(15_000);
        let answer = self.does(lane, Command::close_shift(counted, Money::ZERO));
        self.tidies(lane);
        let clock = self.lanes[lane].clock;
        self.till(lane).open_shift_again(clock);
        format!("closes the shift ({}) and opens one", word(&answer))
    }

    fn outage(&mut self, lane: usize) -> String {
        let open = self.till(lane).register.view().status.outage.is_some();
        let answer = if open {
            self.does(lane, Command::EndOutage { note: "It answers again".to_owned() })
        } else {
            let systems = vec![System::PointOfSale, System::Payments];
            let (cause, ticket) = ("The line is down".to_owned(), String::new());
            self.does(lane, Command::DeclareOutage { systems, cause, ticket })
        };
        self.tidies(lane);
        let what = if open { "ends" } else { "declares" };
        format!("{what} the outage ({})", word(&answer))
    }

    /// A truck without a notice, with one item.
    fn receives(&mut self, lane: usize) -> String {
        let answer = |text: String| {
            Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
        };
        let order = format!("PO-{}", 10_000 + self.chance.below(80_000));
        let pieces = 1 + self.chance.below(30);
        let before = self.till(lane).register.ledger().chain().next_seq;
        for command in [
            Command::OpenPage(PageName::Deliveries),
            Command::Page(PageInput::Action(0)),
            answer("Harbor Foods".to_owned()),
            answer(order),
            answer(format!("{pieces}*{}", ITEMS[1])),
            Command::Page(PageInput::Action(1)),
            Command::Page(PageInput::Action(2)),
        ] {
            self.does(lane, command);
        }
        self.tidies(lane);
        let records = self.till(lane).register.ledger().chain().next_seq.0 - before.0;
        format!("receives {pieces} pieces ({records} records)")
    }

    /// Rings up and pays while the plug is pulled; gives what nobody saw as PAID: where its record
    /// would be, and what the customer handed over.
    pub fn begins_to_pay(&mut self, lane: usize) -> Option<(Image, Image, Paid)> {
        self.rings(lane);
        let tender = self.tender(lane).ok()?;
        let due = tender.cash_due;
        let before = Image::of(&self.lanes[lane].data.0);
        let command = Command::TakeCash { amount: Some(due), confirmed: true };
        let answer = self.till(lane).register.handle(command);
        let after = Image::of(&self.lanes[lane].data.0);
        let end = self.till(lane).register.ledger().chain();
        let Screen::Done(done) = self.till(lane).register.view().screen else {
            assert_ne!(answer, Answer::Stopped);
            return None;
        };
        let paid = Paid {
            lane,
            machine: self.lanes[lane].machine,
            epoch: end.journal.epoch,
            seq: Seq(end.next_seq.0 - 1),
            hash: end.head,
            number: done.number,
            cash: due.minor() - done.change.minor(),
            checks: 0,
            held_by: Default::default(),
            acked: false,
            disk_lost: false,
            back: false,
        };
        Some((before, after, paid))
    }
}

fn word(answer: &Answer) -> String {
    match answer {
        Answer::Done => "done".to_owned(),
        Answer::Refused(refusal) => format!("refused: {}", refusal.text()),
        Answer::Stopped => "stopped".to_owned(),
    }
}
