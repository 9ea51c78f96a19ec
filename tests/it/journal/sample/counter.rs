//! What is done at the counter besides plain sales, in the sample journal.

use super::*;

/// What happens beside plain sales: signatures, returns, a void, a basket put aside, a count.
pub(super) fn record_the_counter(till: &mut Till, shift: ShiftNo) {
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
pub(super) fn record_rain_checks(till: &mut Till) {
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
pub(super) fn record_paper_slips(till: &mut Till) {
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
pub(super) fn record_card_pending(till: &mut Till) {
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

/// Cash with its bag, its reason and its pieces, and a float that was counted.
pub(super) fn record_cash(till: &mut Till, shift: ShiftNo) {
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
