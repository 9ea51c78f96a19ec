//! Deliveries, stock, counts and pickups of the sample journal.

use super::*;

/// What came, went and was counted beside sales.
pub(super) fn record_goods(till: &mut Till) {
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
