//! Journals made from fixed seeds: the same bytes on every machine and in every year.

mod counter;
mod goods;

use tideover::domain::amendment::{Amend, Amended, Amendment};
use tideover::domain::approval::{Act, Approval};
use tideover::domain::bag::{BagNo, PaidReason};
use tideover::domain::card_pending::{AsideReason, CardClosed, Ending, TerminalRef};
use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::check::{CheckProof, Commitment, IdOutcome};
use tideover::domain::code::batch::{Batch, Lot};
use tideover::domain::day::DaySet;
use tideover::domain::decision::{
    Action, Decision, Head, Matter, Reach, RuleWord, Second, StoreClosed,
};
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::erasure::{ErasureRule, PiiErased};
use tideover::domain::event::{EpochOpen, Event, Follows, KeyRotated, SignInBy, SuspendedSale};
use tideover::domain::goods::carton::{Carton, OrderNo};
use tideover::domain::goods::change::{ChangedLine, SlipNo, StockChange, Transfer};
use tideover::domain::goods::count::{CountedLine, StockCount};
use tideover::domain::goods::delivery::{Against, DeliveredLine, Delivery, Listed};
use tideover::domain::goods::reason::StockReason;
use tideover::domain::gtin::ItemCode;
use tideover::domain::guessing::{GuessEnd, PinGuessed, WaitEnded};
use tideover::domain::handing::Handing;
use tideover::domain::hearsay::{Heard, Source, Trust};
use tideover::domain::hours::{Change, Correction, Punch, PunchKind};
use tideover::domain::ids::{
    Epoch, JournalId, OutageId, PackVersion, PersonId, RecordRef, RegisterNo, SaleNo, Seq, ShiftNo,
    StoreNo, TaxClass,
};
use tideover::domain::item::{Item, SoldBy};
use tideover::domain::money::Money;
use tideover::domain::outage::{Outage, System};
use tideover::domain::paper_slip::{PadStep, PaperPad, PaperSlip};
use tideover::domain::person::Role;
use tideover::domain::pickup::{Asked, Outcome as PickupOutcome, Pickup, PickupLine, RefundWhy};
use tideover::domain::practice::{Practice, PracticeStep};
use tideover::domain::protocol::TaskTick;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::rain_check::{
    Honored, RainCheck, RainCheckKind, RainCheckRef, RainCheckStep, Worth,
};
use tideover::domain::readiness::{ReadinessLook, Topic};
use tideover::domain::sale::{
    AbandonedSale, AgeCheck, AgeProof, Basket, CompletedSale, ExemptReason, Exemption, LinePrice,
    LinkKind, Missing, Offered, OpenLine, PaperProof, PriceChange, Pricing, Reason, ReturnedLine,
    SaleLink, SavedBasket, Taken, Tendering, Terms,
};
use tideover::domain::shift::{CashCount, CountedPieces, ShiftClose};
use tideover::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use tideover::domain::tender::{CheckNumber, Tender};
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::journal::chain::{Chain, Entry};
use tideover::journal::key::SigningKey;
use tideover::journal::record::Line;

use counter::{
    record_card_pending, record_cash, record_paper_slips, record_rain_checks, record_the_counter,
};
use goods::record_goods;

/// A register that does nothing but write its journal.
pub(crate) struct Till {
    pub(crate) key: SigningKey,
    pub(crate) chain: Chain,
    pub(crate) lines: Vec<Line>,
    sales: u64,
    outage: Option<OutageId>,
    pack: Option<PackVersion>,
    by: Option<PersonId>,
}

impl Till {
    /// A register whose journal holds its first record.
    pub(crate) fn open(register: u16, seed: u8) -> Self {
        let key = SigningKey::from_seed(&[seed; 32]).expect("a key");
        let nonce = [seed.wrapping_add(1); 16];
        let epoch = tideover::journal::epoch::derive(&key.public(), &nonce);
        let journal = JournalId { store: StoreNo(1042), register: RegisterNo(register), epoch };
        let open = EpochOpen {
            public_key: *key.public().bytes(),
            nonce,
            program: "0.1.0".to_owned(),
            currency: Some("USD".to_owned()),
            follows: Some(Follows {
                epoch: Epoch([0xab; 8]),
                next_seq: Seq(1801),
                reason: "the disk was replaced".to_owned(),
                last_sale: None,
            }),
        };
        let (outage, pack, by) = (None, None, None);
        let chain = Chain::empty(journal);
        let mut till = Self { key, chain, lines: Vec::new(), sales: 0, outage, pack, by };
        till.record(Event::EpochOpen(open));
        till
    }

    pub(crate) fn record(&mut self, event: Event) {
        self.write(event, true);
    }

    pub(crate) fn record_unsigned(&mut self, event: Event) {
        self.write(event, false);
    }

    pub(crate) fn bytes(&self) -> Vec<Vec<u8>> {
        self.lines.iter().map(|line| line.bytes().to_vec()).collect()
    }

    fn write(&mut self, event: Event, signed: bool) {
        let mono_ms = self.chain.next_seq.0 * 1_500 + 184_467;
        let start = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
        let utc_ms = start.utc_ms + i64::try_from(mono_ms).expect("fits");
        let entry = Entry {
            at: Timestamp::new(utc_ms, start.offset_min).expect("a time"),
            mono_ms,
            date: day(),
            by: self.by.clone(),
            pack: self.pack.clone(),
            outage: self.outage.clone(),
            event,
        };
        let key = signed.then_some(&self.key);
        let (line, chain) = self.chain.next(&entry, key).expect("the totals fit");
        self.chain = chain;
        self.lines.push(line);
    }

    pub(crate) fn sale(&mut self, quantity: &str, tender: Option<Tender>) -> CompletedSale {
        self.sales += 1;
        completed(tendering(quantity), tender, SaleNo(self.sales))
    }
}

/// A journal with every kind of record, an unsigned range, and text that needs escaping.
pub(crate) fn every_kind() -> Till {
    let mut till = Till::open(7, 5);
    till.pack = Some(PackVersion::parse("20261122-3").expect("a version"));
    let version = till.pack.clone().expect("a pack");
    till.record(Event::PackApplied { version, digest: [0x5a; 32], jumped: None, approval: None });
    till.by = Some(PersonId::parse("c317").expect("a person"));
    let person = till.by.clone().expect("a person");
    till.record(Event::SignIn { person: person.clone(), role: Role::Lead, by: SignInBy::Pin });
    till.outage = Some(OutageId::parse("1042-7-20261122-1").expect("an outage"));
    let outage = till.outage.clone().expect("an outage");
    till.record(Event::OutageDeclared(Outage {
        id: outage.clone(),
        since: Timestamp::parse("2026-11-22T12:58:00.000-06:00").expect("a time"),
        systems: vec![System::PointOfSale, System::Payments],
        cause: "a \"certificate\" \\ expired\nsaid the desk".to_owned(),
        ticket: String::new(),
        expected: None,
    }));
    let shift = ShiftNo(1);
    till.record(Event::ShiftOpen {
        shift,
        cashier: person.clone(),
        float: cents(20_000),
        pieces: Vec::new(),
    });
    let sale = till.sale("0.65", Some(cash(2_000)));
    till.record(Event::of_sale(sale));
    let sale = till.sale("3", Some(check(2_920)));
    till.record(Event::of_sale(sale));
    for kind in CashMovementKind::ALL {
        let note = "Jalapeño 水".to_owned();
        let movement = CashMovement { note, ..CashMovement::new(kind, cents(1_000)) };
        till.record(Event::CashMovement { shift, movement, approval: None });
    }
    // The key is away for three records.
    let sale = till.sale("1.2345", Some(cash(5_000)));
    till.record_unsigned(Event::of_sale(sale));
    till.record_unsigned(Event::Note { text: "the key file can't be read\t\u{1}".to_owned() });
    let refund = till.sale("-0.65", None);
    till.record_unsigned(Event::of_sale(refund));
    till.record(Event::SaleAbandoned(abandoned(shift)));
    till.record(Event::ReadinessLook(ReadinessLook {
        score: 83,
        not_ready: vec![Topic::Practice],
        soon: vec![Topic::Tape, Topic::Printer, Topic::Pads],
    }));
    till.record(Event::Practice(Practice::Begun));
    let steps = vec![PracticeStep::Declare, PracticeStep::Cash];
    till.record(Event::Practice(Practice::Done { seconds: 287, steps }));
    for event in hours(&till) {
        till.record(event);
    }
    record_wrong_pins(&mut till);
    record_cash(&mut till, shift);
    record_the_counter(&mut till, shift);
    record_goods(&mut till);
    record_rain_checks(&mut till);
    record_paper_slips(&mut till);
    record_card_pending(&mut till);
    till.record(Event::ClockEvent { jumped_ms: -3_600_000 });
    till.record(Event::RestoredFrom { source: "tape".to_owned(), from: Seq(3), to: Seq(5) });
    till.record(Event::PiiErased(PiiErased {
        rule: ErasureRule::Held,
        before: BusinessDate::parse("2026-11-15").expect("a day"),
        of: vec![
            RecordRef { epoch: Epoch([7; 8]), seq: Seq(41) },
            RecordRef { epoch: Epoch([8; 8]), seq: Seq(0) },
        ],
    }));
    till.record(Event::AckReceived { next_seq: Seq(12), digest: [0xa5; 32] });
    till.record(Event::OutageUpdated(Outage {
        id: outage.clone(),
        since: Timestamp::parse("2026-11-22T12:58:00.000-06:00").expect("a time"),
        systems: vec![System::Payments],
        cause: "a certificate".to_owned(),
        ticket: "INC-20871".to_owned(),
        expected: Timestamp::parse("2026-11-22T18:00:00.000-06:00").ok(),
    }));
    till.record(Event::OutageTask(TaskTick {
        outage: outage.clone(),
        task: "greet".to_owned(),
        person: person.clone(),
        done: true,
    }));
    till.record(Event::Heard(Heard {
        source: Source::Desk,
        trust: Trust::High,
        text: "a router in the region".to_owned(),
    }));
    till.record(Event::OutageEnded { outage, note: "all clear".to_owned() });
    till.outage = None;
    till.record(Event::ShiftClose(ShiftClose {
        shift,
        counted_cash: cents(21_000),
        counted_checks: cents(2_920),
        expected_cash: cents(21_005),
        expected_checks: cents(2_920),
        sales: 3,
        refunds: 1,
    }));
    till.record(Event::DrawerHanded(Handing { shift, cash: cents(21_000) }));
    till.record(Event::SignOut { person });
    record_decisions(&mut till);
    // Nothing comes after it.
    till.record(Event::KeyRotated(KeyRotated {
        public_key: *SigningKey::from_seed(&[6; 32]).expect("a key").public().bytes(),
        reason: "the key was changed".to_owned(),
    }));
    till
}

/// A day that is far off; wrong PINs with and without a number, by each way in, and a wait that was ended.
fn record_wrong_pins(till: &mut Till) {
    let manager = PersonId::parse("m51").expect("a person");
    let from = Timestamp::parse("2026-11-22T13:00:00.000-06:00").expect("a time");
    let to = Timestamp::parse("2026-11-22T13:04:09.120-06:00").expect("a time");
    let known = Some(manager.clone());
    for (person, by, tries, then) in [
        (known.clone(), SignInBy::Pin, 4, GuessEnd::Wait),
        (None, SignInBy::Pin, 5, GuessEnd::Wait),
        (known.clone(), SignInBy::Badge, 4, GuessEnd::Wait),
        (known.clone(), SignInBy::Phone, 4, GuessEnd::Wait),
        (None, SignInBy::Pin, 31, GuessEnd::AllWait { numbers: 28 }),
        (known.clone(), SignInBy::Pin, 5, GuessEnd::Right),
    ] {
        till.record(Event::PinGuessed(PinGuessed { person, by, tries, from, to, then }));
    }
    let approval = Approval { act: Act::EndWait, by: manager.clone(), role: Role::Manager };
    for approval in [None, Some(approval)] {
        let person = PersonId::parse("c318").expect("a person");
        till.record(Event::WaitEnded(WaitEnded { person, tries: 9, approval }));
    }
    let approval = Approval { act: Act::SetDay, by: manager.clone(), role: Role::Manager };
    for approval in [None, Some(approval)] {
        let day = BusinessDate::parse("2026-12-31").expect("a day");
        till.record(Event::DaySet(DaySet { day, days: 39, approval }));
    }
    let (person, role) = (manager, Role::Manager);
    till.record(Event::SignIn { person: person.clone(), role, by: SignInBy::Badge });
    till.record(Event::SignIn { person, role, by: SignInBy::Phone });
}

/// What central's own journal holds: each way a decision can go, and a closure.
fn record_decisions(till: &mut Till) {
    let epoch = till.chain.journal.epoch;
    let manager = PersonId::parse("m51").expect("a person");
    let actions = [
        Action::Accept,
        Action::Correct { amount: cents(-1_204) },
        Action::Reassign { item: ItemCode::parse("4011").expect("a code") },
        Action::Ask { person: manager.clone() },
        Action::WriteOff,
        Action::Count { area: "Aisle 7".to_owned() },
        Action::MakeGood,
    ];
    for action in actions {
        let second = Second { by: manager.clone(), role: Role::Manager };
        till.record(Event::Decision(Decision {
            matter: Matter {
                rule: RuleWord::parse("unknown_item").expect("a rule"),
                cause: "00412345678908".to_owned(),
            },
            second: (action == Action::WriteOff).then_some(second),
            action,
            count: 400,
            sum: cents(51_204),
            reach: vec![Reach { epoch, next: Seq(12) }],
            reason: "the label \"moved\"".to_owned(),
        }));
    }
    let heads = vec![Head { epoch, next: Seq(12), hash: [0x3c; 32] }];
    till.record(Event::StoreClosed(StoreClosed { number: 1, digest: [0x5a; 32], heads }));
    let item = |code| ItemCode::parse(code).expect("a code");
    for action in [
        Amend::Again,
        Amend::AgainAs { item: item("4012"), other: item("84406") },
        Amend::ByHand { reference: "JE 4711".to_owned() },
    ] {
        till.record(Event::HandOverAmended(Amendment {
            target: "webhook:https://erp.example/events".to_owned(),
            action,
            records: vec![Amended { epoch, seq: Seq(4), hash: [0x3c; 32] }],
            reason: "the \"new\" item came too late".to_owned(),
        }));
    }
}

/// A sale of another register, believed by its receipt.
fn paper() -> PaperProof {
    PaperProof {
        store: StoreNo(1042),
        register: RegisterNo(9),
        hash_start: [0x5d; 16],
        seller: PersonId::parse("c317").ok(),
        by_check: true,
    }
}

/// Forty signed records: sales, notes and drops in turn.
pub(crate) fn forty(register: u16, seed: u8) -> Till {
    let mut till = Till::open(register, seed);
    while till.lines.len() < 40 {
        let place = till.lines.len();
        let event = match place % 4 {
            0 => Event::Note { text: format!("note {place}") },
            1 => {
                let movement = CashMovement::new(CashMovementKind::PaidIn, cents(5));
                Event::CashMovement { shift: ShiftNo(1), movement, approval: None }
            }
            _ => Event::of_sale(till.sale("2", Some(cash(10_000)))),
        };
        till.record(event);
    }
    till
}

pub(crate) fn cents(minor: i64) -> Money {
    Money::from_minor(minor)
}

pub(crate) fn cash(minor: i64) -> Tender {
    Tender::Cash { amount: cents(minor) }
}

/// A check whose account was sealed and whose writer showed an ID.
fn seen_check(minor: i64) -> Tender {
    let Tender::Check { amount, number, .. } = check(minor) else { unreachable!("a check") };
    let proof = CheckProof { data: Some(Commitment([0xc5; 32])), id: IdOutcome::Seen };
    Tender::Check { amount, number, proof }
}

fn check(minor: i64) -> Tender {
    let number = CheckNumber::parse("1234").expect("a number");
    Tender::plain_check(cents(minor), number)
}

fn day() -> BusinessDate {
    BusinessDate::parse("2026-11-22").expect("a day")
}

fn taxes() -> TaxTable {
    TaxTable::new(vec![TaxRow {
        code: TaxClass::parse("MN").expect("a code"),
        class: TaxClass::parse("general").expect("a class"),
        rate: TaxRate::parse_percent("6.875").expect("a rate"),
        from: day(),
        until: None,
    }])
}

fn basket(quantity: &str) -> Basket {
    let item = |code: &str, name: &str, price: &str, class: &str| Item {
        code: ItemCode::parse(code).expect("a code"),
        name: name.to_owned(),
        unit_price: UnitPrice::parse(price).expect("a price"),
        sold_by: SoldBy::Weight,
        tax_class: TaxClass::parse(class).expect("a class"),
        department: 6,
        age_min: None,
    };
    let quantity = Quantity::parse(quantity).expect("a quantity");
    let mut basket = Basket::default();
    let guacamole = item("00205601000002", "DELI GUACAMOLE", "8.99", "food");
    basket.add(&guacamole, quantity, LinePrice::Pack).expect("added");
    let bananas = item("4011", "BANANAS \"FAIR\"", "0.59", "general");
    let keyed = LinePrice::Keyed(UnitPrice::parse("0.49").expect("a price"));
    basket.add(&bananas, quantity, keyed).expect("added");
    let taken_back = basket.add(&bananas, quantity, LinePrice::Pack).expect("added");
    basket.void(taken_back).expect("voided");
    let cheese = item("85123A", "CHEESE", "12.00", "general");
    let sign = if quantity.tenthousandths() < 0 { -1 } else { 1 };
    let label = LinePrice::Label(cents(sign * 71));
    let lot =
        Lot { batch: Batch::parse("L2231/\"7\""), expires: BusinessDate::parse("2026-12-31").ok() };
    basket.add_of_lot(&cheese, quantity, label, lot).expect("added");
    basket.count_offered(Offered { coupons: 2, gift_cards: 1 });
    basket
}

fn tendering(quantity: &str) -> Tendering {
    let taxes = taxes();
    let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date: day() };
    basket(quantity).tender(pricing).expect("something to pay")
}

fn abandoned(shift: ShiftNo) -> AbandonedSale {
    let Ok(Taken::Part(part)) = tendering("2").take(cash(100), CashRounding::Nearest5) else {
        panic!("a part was expected")
    };
    part.abandon(shift).expect("abandoned")
}

/// Pays with the tender, the rest in cash of 100.00; a refund with nothing.
fn completed(tendering: Tendering, tender: Option<Tender>, number: SaleNo) -> CompletedSale {
    let first = tender.unwrap_or_else(|| cash(0));
    let paid = match tendering.take(first, CashRounding::Nearest5).expect("taken") {
        Taken::All(paid) => paid,
        Taken::Part(part) => match part.take(cash(10_000), CashRounding::Nearest5) {
            Ok(Taken::All(paid)) => paid,
            other => panic!("not paid: {other:?}"),
        },
    };
    paid.number(number, ShiftNo(1))
}

/// A punch and each kind of correction.
fn hours(till: &Till) -> Vec<Event> {
    let person = PersonId::parse("c318").expect("a person");
    let at = Timestamp::parse("2026-11-22T07:58:00.000-06:00").expect("a time");
    let of = RecordRef { epoch: till.chain.journal.epoch, seq: till.chain.next_seq };
    let corrected = |change| {
        let reason = "the register was off".to_owned();
        Event::PunchCorrected(Correction { person: person.clone(), change, reason })
    };
    vec![
        Event::Punch(Punch { person: person.clone(), kind: PunchKind::In }),
        corrected(Change::Moved { of, at }),
        corrected(Change::Missed { kind: PunchKind::MealStart, at }),
        corrected(Change::Removed { of: RecordRef { seq: Seq(of.seq.0 + 2), ..of } }),
    ]
}
