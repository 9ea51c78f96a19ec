//! Journals made from fixed seeds: the same bytes on every machine and in every year.

use tideover::domain::amendment::{Amend, Amended, Amendment};
use tideover::domain::approval::{Act, Approval};
use tideover::domain::bag::{BagNo, PaidReason};
use tideover::domain::card_pending::{AsideReason, CardClosed, Ending, TerminalRef};
use tideover::domain::cash_rounding::CashRounding;
use tideover::domain::check::{CheckProof, Commitment, IdOutcome};
use tideover::domain::code::batch::{Batch, Lot};
use tideover::domain::decision::{
    Action, Decision, Head, Matter, Reach, RuleWord, Second, StoreClosed,
};
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::event::{EpochOpen, Event, Follows, SignInBy, SuspendedSale};
use tideover::domain::goods::carton::{Carton, OrderNo};
use tideover::domain::goods::change::{ChangedLine, SlipNo, StockChange, Transfer};
use tideover::domain::goods::count::{CountedLine, StockCount};
use tideover::domain::goods::delivery::{Against, DeliveredLine, Delivery, Listed};
use tideover::domain::goods::reason::StockReason;
use tideover::domain::gtin::ItemCode;
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
    record_cash(&mut till, shift);
    record_the_counter(&mut till, shift);
    record_goods(&mut till);
    record_rain_checks(&mut till);
    record_paper_slips(&mut till);
    record_card_pending(&mut till);
    till.record(Event::ClockEvent { jumped_ms: -3_600_000 });
    till.record(Event::RestoredFrom { source: "tape".to_owned(), from: Seq(3), to: Seq(5) });
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
    till
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

/// What happens beside plain sales: signatures, returns, a void, a basket put aside, a count.
fn record_the_counter(till: &mut Till, shift: ShiftNo) {
    let signed =
        |act| Approval { act, by: PersonId::parse("m51").expect("a person"), role: Role::Manager };
    let epoch = till.chain.journal.epoch;
    let link = |kind, seq| SaleLink {
        kind,
        epoch,
        seq: Seq(seq),
        number: SaleNo(2),
        reason: Reason::Damaged,
        paper: None,
    };
    let mut sale = till.sale("3", Some(seen_check(2_920)));
    sale.lines[0].age_min = Some(21);
    let was = sale.lines[1].unit_price;
    sale.lines[1].changed = Some(PriceChange { was, reason: Reason::ShelfPrice });
    sale.terms = Terms {
        age: Some(AgeCheck { years: 21, proof: AgeProof::Id }),
        approvals: vec![signed(Act::PriceOverride), signed(Act::CashAboveLimit)],
        ..Terms::default()
    };
    till.sales += 1;
    let number = SaleNo(till.sales);
    let terms = Terms { link: Some(link(LinkKind::Void, 6)), ..Terms::default() };
    let void = CompletedSale { terms: Terms::default(), ..sale.clone() };
    let void = void.reversed(number, shift, day(), terms).expect("reversed");
    till.record(Event::of_sale(sale));
    till.record(Event::of_sale(void));
    let mut back = till.sale("-0.65", None);
    for (place, line) in (0..).zip(&mut back.lines) {
        line.returned = Some(ReturnedLine { place, day: day() });
    }
    back.terms.link = Some(SaleLink { paper: Some(paper()), ..link(LinkKind::Return, 7) });
    back.terms.exempt =
        Some(Exemption { reason: ExemptReason::Government, certificate: "GOV-17".to_owned() });
    till.record(Event::of_sale(back));
    let open = |missing: Missing| OpenLine {
        code: "4006381333931".to_owned(),
        name: "?".to_owned(),
        quantity: Quantity::ONE,
        missing,
        lot: Lot { batch: Batch::parse("L2231"), expires: None },
    };
    let lines = basket("2").lines().to_vec();
    let open = vec![open(Missing::Item), open(Missing::Price), open(Missing::Weight)];
    let basket = SavedBasket { lines, open, terms: Terms::default() };
    till.record(Event::SaleSuspended(SuspendedSale {
        slip: 1,
        shift,
        basket,
        total: cents(4_321),
        reason: AsideReason::Plain,
    }));
    till.record(Event::SaleResumed { slip: 1, of: None, approval: None });
    let of = Some(RecordRef { epoch: Epoch([0xcd; 8]), seq: Seq(12) });
    till.record(Event::SaleResumed { slip: 2_001, of, approval: None });
    let approval = Some(signed(Act::NoSale));
    till.record(Event::DrawerOpen { shift, reason: Reason::Change, approval });
    till.record(Event::Reprint { number: SaleNo(2), approval: None });
    let pieces = vec![CountedPieces { value: cents(5_000), count: 4 }];
    let (loose, checks) = (cents(1_000), cents(2_920));
    till.record(Event::CashCount(CashCount { shift, pieces, loose, checks, check_count: 1 }));
}

/// Promises of each kind of worth, one honored by a sale and one by the service desk.
fn record_rain_checks(till: &mut Till) {
    let approval = Approval {
        act: Act::RainCheck,
        by: PersonId::parse("m51").expect("a person"),
        role: Role::Manager,
    };
    let (journal, first) = (till.chain.journal, till.chain.next_seq);
    let of = |number, seq, hash_start| RainCheckRef {
        store: journal.store,
        register: journal.register,
        at_record: RecordRef { epoch: journal.epoch, seq },
        number,
        hash_start,
    };
    let until = BusinessDate::parse("2026-12-22").expect("a day");
    let check = |number, kind, worth, what: &str| RainCheck {
        number,
        kind,
        code: (kind == RainCheckKind::PriceMatch).then(|| ItemCode::parse("4011").expect("a code")),
        what: what.to_owned(),
        worth,
        until,
    };
    let price = Worth::Price(UnitPrice::parse("0.49").expect("a price"), 3);
    let promised = [
        (RainCheckKind::PriceMatch, price, "Bananas"),
        (RainCheckKind::Coupon, Worth::Off(cents(150)), "Jalapeño 水"),
        (RainCheckKind::GiftCard, Worth::Unsaid, ""),
    ];
    for (number, (kind, worth, what)) in (7_001..).zip(promised) {
        let check = check(number, kind, worth, what);
        let approval = (number == 7_001).then(|| approval.clone());
        till.record(Event::RainCheck(RainCheckStep::Issued { check, approval }));
    }
    let approval = Some(approval);
    let of_third = of(7_003, first.next().next(), None);
    till.record(Event::RainCheck(RainCheckStep::Redeemed { of: of_third, approval }));
    let mut sale = till.sale("3", Some(cash(5_000)));
    let was = sale.lines[0].unit_price;
    sale.lines[0].changed = Some(PriceChange { was, reason: Reason::RainCheck });
    sale.terms.rain_checks = vec![
        Honored { place: 0, of: of(7_001, first, None) },
        Honored { place: 1, of: of(8_001, Seq(77), Some([0x5d; 16])) },
    ];
    till.record(Event::of_sale(sale));
}

/// A pad, a slip that was spoiled, and one that became a sale.
fn record_paper_slips(till: &mut Till) {
    let person = PersonId::parse("c317").expect("a person");
    let lead = PersonId::parse("m51").expect("a person");
    let approval = Approval { act: Act::PaperSlips, by: lead, role: Role::Manager };
    let pad = PaperPad::new(101, 50, person).expect("a pad");
    till.record(Event::PaperPad(PadStep::Issued { pad, approval: Some(approval) }));
    let reason = "the pen \"bled\"".to_owned();
    till.record(Event::PaperPad(PadStep::Spoiled { number: 102, reason, approval: None }));
    let mut sale = till.sale("3", Some(cash(5_000)));
    let at = Timestamp::parse("2026-11-22T12:40:00.000-06:00").expect("a time");
    sale.terms.paper_slip = Some(PaperSlip { number: 101, at, guessed: vec![0, 1] });
    till.record(Event::of_sale(sale));
    let mut sale = till.sale("2", Some(cash(5_000)));
    sale.terms.paper_slip = Some(PaperSlip { number: 103, at, guessed: Vec::new() });
    till.record(Event::of_sale(sale));
}

/// Sales that a card may have paid: put aside twice, collected once, closed in each way.
fn record_card_pending(till: &mut Till) {
    let manager = PersonId::parse("m51").expect("a person");
    let approval = Some(Approval { act: Act::CardPending, by: manager, role: Role::Manager });
    let (epoch, first) = (till.chain.journal.epoch, till.chain.next_seq);
    let case = RecordRef { epoch, seq: first };
    let terminal = |text: &str| TerminalRef::parse(text).ok();
    let aside = |till: &mut Till, slip, terminal, card_pending| {
        let terms = Terms { card_pending, ..Terms::default() };
        let lines = basket("2").lines().to_vec();
        till.record(Event::SaleSuspended(SuspendedSale {
            slip,
            shift: ShiftNo(1),
            basket: SavedBasket { lines, open: Vec::new(), terms },
            total: cents(598),
            reason: AsideReason::CardPending(terminal),
        }));
    };
    aside(till, 7, terminal("0047/11-A"), None);
    let resumed = Event::SaleResumed { slip: 7, of: None, approval: approval.clone() };
    till.record(resumed.clone());
    aside(till, 7, None, Some(case));
    till.record(resumed);
    let mut sale = till.sale("2", Some(cash(5_000)));
    sale.terms.approvals = approval.iter().cloned().collect();
    sale.terms.card_pending = Some(case);
    let sale_at = RecordRef { epoch, seq: till.chain.next_seq };
    till.record(Event::of_sale(sale));
    let closed = |case, ending, terminal, approval| {
        Event::CardPendingClosed(CardClosed { case, slip: 7, ending, terminal, approval })
    };
    let ending = Ending::CashCardReversed { sale: sale_at };
    till.record(closed(case, ending, terminal("R-0048"), approval));
    let other = RecordRef { epoch: Epoch([0xcd; 8]), seq: Seq(12) };
    till.record(closed(other, Ending::PaidByCard, terminal("004711"), None));
    till.record(closed(other, Ending::Abandoned, None, None));
}

/// What came, went and was counted beside sales.
fn record_goods(till: &mut Till) {
    let code = |text: &str| ItemCode::parse(text).expect("a code");
    let pieces = |count| Quantity::pieces(count).expect("fits");
    let slip = |text: &str| SlipNo::parse(text).expect("a number");
    let lead = PersonId::parse("m51").expect("a person");
    let line = |item: &str, delta, before: Option<i64>| ChangedLine {
        code: code(item),
        name: "DELI GUACAMOLE".to_owned(),
        delta: pieces(delta),
        before: before.map(pieces),
    };
    let change = |reason, lines| StockChange {
        reason,
        lines,
        transfer: None,
        corrects: None,
        note: String::new(),
        approval: None,
    };
    let (epoch, seq) = (till.chain.journal.epoch, till.chain.next_seq);
    till.record(Event::StockDelta(StockChange {
        note: "the \"cooler\" was off".to_owned(),
        approval: Some(Approval { act: Act::ChangeStock, by: lead.clone(), role: Role::Manager }),
        ..change(StockReason::Damage, vec![line("00205601000002", -3, Some(1))])
    }));
    till.record(Event::StockDelta(StockChange {
        corrects: Some(RecordRef { epoch, seq }),
        ..change(StockReason::Correction, vec![line("00205601000002", 3, Some(-2))])
    }));
    till.record(Event::StockDelta(StockChange {
        transfer: Some(Transfer { other: StoreNo(1043), slip: slip("T-1042-7-31") }),
        ..change(StockReason::TransferOut, vec![line("4011", -12, None), line("85123A", -1, None)])
    }));
    let counted = |item: &str, tries: &[i64], expected: Option<i64>| CountedLine {
        code: code(item),
        name: "CHEESE".to_owned(),
        at: Timestamp::parse("2026-11-22T13:40:00.000-06:00").expect("a time"),
        tries: tries.iter().copied().map(pieces).collect(),
        expected: expected.map(pieces),
    };
    till.record(Event::StockCount(StockCount {
        area: "Aisle 4".to_owned(),
        counters: vec![PersonId::parse("c317").expect("a person"), lead],
        lines: vec![counted("85123A", &[12, 11, 12], Some(14)), counted("4011", &[0], None)],
        note: String::new(),
    }));
    let delivered = |item: &str, name: &str, listed: Option<i64>, came, damaged| DeliveredLine {
        code: code(item),
        name: name.to_owned(),
        listed: listed.map_or(Listed::No, |listed| Listed::Of(pieces(listed))),
        came: pieces(came),
        damaged: pieces(damaged),
    };
    let carton = |text: &str| Carton::parse(text).expect("a carton");
    let delivery = Delivery {
        receiving: slip("R-1042-7-33"),
        part: 1,
        parts: 2,
        against: Against::Notice(slip("ASN-5")),
        supplier: "Harbor Foods".to_owned(),
        order: OrderNo::parse("PO-7").ok(),
        cartons: vec![carton("106141412345678908"), carton("C-2")],
        lines: vec![
            delivered("00205601000002", "DELI GUACAMOLE", Some(6), 6, 2),
            delivered("4011", "BANANAS", Some(40), 0, 0),
            delivered("85123A", "CHEESE", None, 1, 0),
        ],
        again: None,
        note: String::new(),
        approval: None,
    };
    let (lines, again) = (vec![delivered("X-1", "", Some(1), 2, 0)], Some(slip("R-1042-7-33")));
    till.record(Event::Delivery(delivery.clone()));
    till.record(Event::Delivery(Delivery {
        receiving: slip("R-1042-7-34"),
        parts: 1,
        against: Against::Slip,
        supplier: String::new(),
        order: None,
        cartons: Vec::new(),
        lines,
        again,
        ..delivery
    }));
    pickups(till);
}

/// An order handed over in part, one that is not on file, a refund request, a second claim.
fn pickups(till: &mut Till) {
    let lead = PersonId::parse("m1").expect("a person");
    let order = |text: &str| OrderNo::parse(text).expect("a number");
    let line = |item: &str, ordered: Option<i64>, handed| PickupLine {
        code: ItemCode::parse(item).expect("a code"),
        name: "CHEESE".to_owned(),
        ordered: ordered.map(|count| Quantity::pieces(count).expect("fits")),
        handed: Quantity::pieces(handed).expect("fits"),
        instead_of: None,
        place: String::new(),
    };
    let partly = Pickup {
        order: order("W-1001"),
        outcome: PickupOutcome::Partly,
        code: true,
        id: true,
        lines: vec![
            PickupLine { place: "Cooler 2".to_owned(), ..line("00205601000002", Some(2), 1) },
            line("4011", Some(3), 0),
            PickupLine { instead_of: ItemCode::parse("4011").ok(), ..line("85123A", None, 3) },
        ],
        refund: None,
        name: None,
        again: None,
        approval: None,
    };
    let claim = RecordRef { epoch: till.chain.journal.epoch, seq: till.chain.next_seq };
    till.record(Event::Pickup(partly.clone()));
    let none = |one: &Pickup| Pickup { code: false, id: false, lines: Vec::new(), ..one.clone() };
    till.record(Event::Pickup(Pickup {
        outcome: PickupOutcome::Unverified,
        id: true,
        lines: vec![line("4011", None, 2)],
        name: Some(Commitment([0x5a; 32])),
        approval: Some(Approval { act: Act::HandOverUnverified, by: lead, role: Role::Lead }),
        ..none(&partly)
    }));
    till.record(Event::Pickup(Pickup {
        order: order("W-1002"),
        outcome: PickupOutcome::RefundRequested,
        lines: vec![line("4011", Some(2), 0)],
        refund: Some(Asked { why: RefundWhy::NotReady, amount: Some(Money::from_minor(258)) }),
        ..none(&partly)
    }));
    till.record(Event::Pickup(Pickup {
        outcome: PickupOutcome::Declined,
        again: Some(claim),
        ..none(&partly)
    }));
}

/// Cash with its bag, its reason and its pieces, and a float that was counted.
fn record_cash(till: &mut Till, shift: ShiftNo) {
    let by = PersonId::parse("l041").expect("a person");
    let approval = Some(Approval { act: Act::MoveCash, by, role: Role::Lead });
    let one = |value, count| CountedPieces { value: cents(value), count };
    let drop = CashMovement::drop(cents(20_000), BagNo::parse("TB-0017").expect("a bag"));
    let paid = CashMovement {
        reason: Some(PaidReason::Freight),
        ..CashMovement::new(CashMovementKind::PaidOut, cents(1_250))
    };
    let loan = CashMovement {
        pieces: vec![one(100, 50), one(25, 40)],
        ..CashMovement::new(CashMovementKind::Loan, cents(6_000))
    };
    for movement in [drop, paid, loan] {
        till.record(Event::CashMovement { shift, movement, approval: approval.clone() });
    }
    till.record(Event::ShiftOpen {
        shift: ShiftNo(2),
        cashier: PersonId::parse("c317").expect("a person"),
        float: cents(15_000),
        pieces: vec![one(2_000, 5), one(500, 8), one(25, 40)],
    });
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
