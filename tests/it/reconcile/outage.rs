//! What goes wrong in the outage: each kind of trouble on a register of its own, as far as one
//! register can have it alone.

use std::path::Path;

use tideover::central::serve::Central;
use tideover::device::clock::SimulatedClock;
use tideover::domain::check::IdOutcome;
use tideover::domain::event::Event;
use tideover::domain::goods::carton::{Carton, OrderNo};
use tideover::domain::goods::change::SlipNo;
use tideover::domain::goods::count::{CountedLine, StockCount};
use tideover::domain::goods::delivery::{Against, DeliveredLine, Delivery, Listed};
use tideover::domain::gtin::ItemCode;
use tideover::domain::hours::{Punch, PunchKind};
use tideover::domain::ids::{RegisterNo, SaleNo, Seq};
use tideover::domain::item::Item;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{
    CompletedSale, LinePrice, LinkKind, PaperProof, Reason, ReturnedLine, SaleLink, Terms,
};
use tideover::journal::key::Domain;
use tideover::journal::record::Line;

use super::store::{
    Goods, MORNING, NOON, Pay, REGISTERS, SALES, STORE, Till, at, evening, money, person,
};

const SHELF: [&str; 8] = ["042100005264", "3001", "3002", "3003", "3004", "3005", "3006", "3007"];

/// Plays the outage: every register sells, closes, and hands over what it can.
pub fn play(
    central: &Central,
    clock: &SimulatedClock,
    folder: &Path,
    [goods, morning]: &[Goods; 2],
) -> Vec<Till> {
    let mut tills: Vec<Till> = (1..=REGISTERS).map(Till::new).collect();
    let each = SALES / u64::from(REGISTERS);
    for till in &mut tills {
        // Register 30 never got the pack of noon.
        sell_all(till, if register(till) == 30 { morning } else { goods }, each);
    }
    beside_sales(&mut tills, goods);
    for till in &mut tills {
        close(till);
    }
    hand_over(central, clock, folder, &mut tills, goods);
    central.settle();
    tills
}

fn register(till: &Till) -> u16 {
    till.chain.journal.register.0
}

/// The usual sale of a register: two items, every tenth by check.
fn usual(till: &Till, goods: &Goods) -> CompletedSale {
    let (number, register) = (till.next_number(), u64::from(register(till)));
    let item = |step: u64| {
        let place = (number * 7 + register + step) % SHELF.len() as u64;
        goods.item(SHELF[usize::try_from(place).expect("small")])
    };
    let lines = [(item(0), 1, LinePrice::Pack), (item(3), 2, LinePrice::Pack)];
    let pay = if number.is_multiple_of(10) {
        Pay::Check(register * 1_000 + number, IdOutcome::Seen)
    } else {
        Pay::Cash
    };
    goods.sale(number, &lines, pay)
}

fn sell_all(till: &mut Till, goods: &Goods, each: u64) {
    if register(till) == 30 {
        till.pack = MORNING.to_owned();
    }
    for turn in 1..=each {
        till.passed_ms = i64::try_from(turn).expect("small") * 57_000;
        let odd = odd_sale(till, goods, turn);
        let sale = odd.unwrap_or_else(|| usual(till, goods));
        till.sell(sale);
        // What was set for one sale alone.
        till.signed = true;
        till.pack = if register(till) == 30 { MORNING } else { NOON }.to_owned();
        // The lead walks from register to register.
        if turn == 100 + u64::from(register(till)) {
            till.drop_cash(30_000);
        }
    }
}

/// The sale with something wrong, where this register's turn has one.
fn odd_sale(till: &mut Till, goods: &Goods, turn: u64) -> Option<CompletedSale> {
    let number = till.next_number();
    let one = |item: Item, price| Some(goods.sale(number, &[(item, 1, price)], Pay::Cash));
    let by_check = |item: Item, number_of_check, id| {
        let pay = Pay::Check(number_of_check, id);
        Some(goods.sale(number, &[(item, 1, LinePrice::Pack)], pay))
    };
    match (register(till), turn) {
        // One missing item behind forty sales, and another behind three.
        (1..=8, 20..=24) => one(Goods::unknown("00412345678908", "4.99"), LinePrice::Pack),
        (9, 20..=22) => one(Goods::unknown("00498765432106", "2.49"), LinePrice::Pack),
        (2, 30..=35) => {
            one(goods.item("3003"), LinePrice::Keyed(UnitPrice::parse("10.99").expect("a price")))
        }
        (3, 30..=34) => {
            let unit_price = UnitPrice::parse("5.49").expect("a price");
            one(Item { unit_price, ..goods.item("3007") }, LinePrice::Pack)
        }
        (4, 30..=33) => {
            let mut sale =
                goods.sale(number, &[(goods.item("3004"), 1, LinePrice::Pack)], Pay::Cash);
            let more = money(5);
            let tax = sale.taxes.first_mut().expect("a tax");
            tax.amount = tax.amount.plus(more).expect("fits");
            sale.total = sale.total.plus(more).expect("fits");
            sale.change = sale.change.minus(more).expect("fits");
            Some(sale)
        }
        (5, 30) => {
            let mut sale =
                goods.sale(number, &[(goods.item("3001"), 1, LinePrice::Pack)], Pay::Cash);
            sale.change = sale.change.minus(money(100)).expect("fits");
            Some(sale)
        }
        (6, 30) => {
            let takings = till.chain.lifetime.takings.plus(money(100)).expect("fits");
            till.chain.lifetime.takings = takings;
            None
        }
        (7, 30..=34) => {
            till.pack = "20261101-1".to_owned();
            None
        }
        (12, 30..=32) => by_check(goods.item("3008"), 12_000 + turn, IdOutcome::Missing),
        (13, 30..=31) => by_check(goods.item("3009"), 13_000 + turn, IdOutcome::Seen),
        (14 | 15, 40) => by_check(goods.item("3008"), 5_555, IdOutcome::Seen),
        (16, 30) => Some(back(goods, number, "3008")),
        (17, 30) => Some(back(goods, number, "3009")),
        (19, 1..=3) => {
            till.passed_ms -= 2 * 86_400_000;
            None
        }
        (20, 250) => {
            // Half a minute before central was back, by its own clock.
            let start = at("2026-11-22T13:05:00.000-06:00");
            till.passed_ms = evening().utc_ms - 30_000 - start.utc_ms;
            None
        }
        (27, 50..=57) => {
            till.signed = false;
            None
        }
        _ => None,
    }
}

/// Money back without a receipt.
fn back(goods: &Goods, number: u64, code: &str) -> CompletedSale {
    goods.sale(number, &[(goods.item(code), -1, LinePrice::Pack)], Pay::Cash)
}

/// Hours, goods, returns, clocks, drawers that were opened, a record of a newer program.
fn beside_sales(tills: &mut [Till], goods: &Goods) {
    let of = |number: usize| number - 1;
    for number in [21, 22] {
        let kind = PunchKind::In;
        tills[of(number)].record(Event::Punch(Punch { person: person("c77"), kind }));
    }
    tills[of(18)].record(Event::ClockEvent { jumped_ms: 7_200_000 });
    for _ in 0..5 {
        tills[of(23)].open_drawer();
    }
    newer_kind(&mut tills[of(10)]);
    let count = |item: &str, counted: i64, expected: i64| CountedLine {
        code: ItemCode::parse(item).expect("a code"),
        name: "Counted".to_owned(),
        at: at("2026-11-22T17:20:00.000-06:00"),
        tries: vec![Quantity::pieces(counted).expect("fits")],
        expected: Some(Quantity::pieces(expected).expect("fits")),
    };
    let by = vec![person("c28"), person("41")];
    let lines = vec![count("3009", 0, 0), count("3008", 11, 40)];
    let area = "Aisle 7".to_owned();
    tills[of(28)].record(Event::StockCount(StockCount {
        area,
        counters: by,
        lines,
        note: String::new(),
    }));
    // One more grill is sold than the count says were there.
    let till = &mut tills[of(28)];
    till.passed_ms = 4 * 3_600_000 + 20 * 60_000;
    let number = till.next_number();
    till.sell(goods.sale(number, &[(goods.item("3009"), 1, LinePrice::Pack)], Pay::Cash));
    for number in [28, 29] {
        tills[of(number)].record(Event::Delivery(delivery(number)));
    }
    returns(&mut tills[of(29)], goods);
}

fn delivery(register: usize) -> Delivery {
    let line = |listed: i64, came: i64| DeliveredLine {
        code: ItemCode::parse("3001").expect("a code"),
        name: "Garden peas 16 oz".to_owned(),
        listed: Listed::Of(Quantity::pieces(listed).expect("fits")),
        came: Quantity::pieces(came).expect("fits"),
        damaged: Quantity::default(),
    };
    Delivery {
        receiving: SlipNo::parse(&format!("R-1042-{register}-1")).expect("a number"),
        part: 1,
        parts: 1,
        against: Against::Slip,
        supplier: "Harbor Foods".to_owned(),
        order: OrderNo::parse("PO-7").ok(),
        cartons: vec![Carton::parse("C-1").expect("a carton")],
        lines: vec![if register == 28 { line(24, 20) } else { line(24, 24) }],
        again: None,
        note: String::new(),
        approval: None,
    }
}

/// Two of one piece come back, and one against the paper of another sale.
fn returns(till: &mut Till, goods: &Goods) {
    let sold = till.chain.next_seq;
    let number = till.next_number();
    let line = (goods.item("3008"), 1, LinePrice::Pack);
    till.sell(goods.sale(number, std::slice::from_ref(&line), Pay::Cash));
    let day = tideover::domain::time::BusinessDate::parse("2026-11-22").expect("a day");
    let link = |seq: Seq, paper| SaleLink {
        kind: LinkKind::Return,
        epoch: till.chain.journal.epoch,
        seq,
        number: SaleNo(number),
        reason: Reason::Damaged,
        paper,
    };
    let wrong = PaperProof {
        store: STORE,
        register: RegisterNo(29),
        hash_start: [0x5d; 16],
        seller: None,
        by_check: false,
    };
    let links = [link(sold, None), link(sold, None), link(Seq(2), Some(wrong))];
    for link in links {
        let number = till.next_number();
        let mut sale = goods.sale(number, &[(goods.item("3008"), -1, LinePrice::Pack)], Pay::Cash);
        sale.lines[0].returned = Some(ReturnedLine { place: 0, day });
        sale.terms = Terms { link: Some(link), ..Terms::default() };
        till.sell(sale);
    }
}

/// A record of a kind that only a later program knows.
pub fn newer_kind(till: &mut Till) {
    let before = till.chain;
    till.record(Event::Note { text: "from the future".to_owned() });
    let line = till.lines.pop().expect("a line");
    let text = String::from_utf8(line.into_bytes()).expect("text");
    let json = text.split_once(' ').expect("signed").1.replace("\"k\":\"note\"", "\"k\":\"memo\"");
    let signature = till.key.sign(Domain::Record, json.as_bytes()).to_text();
    let line = Line::from_bytes(format!("{signature} {json}").into_bytes());
    till.chain = before;
    till.chain.next_seq = before.next_seq.next();
    till.chain.head = line.hash();
    till.lines.push(line);
}

fn close(till: &mut Till) {
    match register(till) {
        8 => till.close(-1_250),
        9 => till.close(3_000),
        10 => till.close(125),
        11 => till.close(-15_000),
        // Never counted.
        24 => {}
        25 => {
            let said = till.cash.minus(money(300)).expect("fits");
            till.close_saying(said, said);
        }
        _ => till.close(0),
    }
}

fn hand_over(
    central: &Central,
    clock: &SimulatedClock,
    folder: &Path,
    tills: &mut [Till],
    goods: &Goods,
) {
    for till in tills.iter() {
        if register(till) != 28 {
            till.enroll(central);
            // Enrolments are counted by the minute; the evening goes on where it stood.
            clock.advance_ms(10_000);
            clock.jump_ms(-10_000);
        }
    }
    for till in tills.iter() {
        match register(till) {
            // Its disk died in the middle of sending: four records are lost, the rest waits.
            26 => {
                let end = till.lines.len();
                till.announce(central, 0, 0);
                till.send(central, 0, 200);
                till.send(central, 204, end);
            }
            21 => till.hand_over(central, 400_000),
            _ => till.hand_over(central, 0),
        }
    }
    // Register 22 was stolen after its shift: what it still says stands apart.
    crate::central::revoked(folder, STORE, RegisterNo(22), clock);
    let stolen = tills.iter_mut().find(|till| register(till) == 22).expect("there");
    stolen.record(Event::Note { text: "by a thief".to_owned() });
    stolen.hand_over(central, 0);
    // Register 23 announces another sum for the very records it sent.
    tills[22].announce(central, 0, 100);
    fork(central, &tills[1], goods);
}

/// Register 2's disk was copied before its last two records; the copy sold on.
fn fork(central: &Central, till: &Till, goods: &Goods) {
    let at = till.lines.len() - 2;
    let mut copy = Till::new(2);
    copy.lines = till.lines[..at].to_vec();
    let last = tideover::journal::record::Envelope::read(till.lines[at - 1].bytes()).expect("one");
    copy.chain = tideover::journal::chain::Chain {
        journal: till.chain.journal,
        next_seq: last.header.seq.next(),
        head: till.lines[at - 1].hash(),
        lifetime: last.header.lifetime,
    };
    copy.sales = 249;
    let line = (goods.item("3001"), 1, LinePrice::Pack);
    copy.sell(goods.sale(250, std::slice::from_ref(&line), Pay::Cash));
    copy.send(central, at, copy.lines.len());
    assert_eq!(copy.sales, 250);
}
