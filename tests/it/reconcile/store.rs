//! A store of 30 registers in a four-hour outage, with something wrong of every kind in 2 % of its
//! 7,500 sales: journals written directly, with real keys, chains, packs and taxes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tideover::central::door::InProcess;
use tideover::central::operations::Operations;
use tideover::central::packs::Packs;
use tideover::central::serve::{Central, Encryption, Settings};
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::{SeededEntropy, SystemEntropy};
use tideover::domain::approval::{Act, Approval};
use tideover::domain::check::{CheckProof, IdOutcome};
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::event::{EpochOpen, Event};
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{
    JournalId, OutageId, PackVersion, PersonId, RegisterNo, SaleNo, ShiftNo, StoreNo,
};
use tideover::domain::item::{Item, SoldBy};
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{Basket, CompletedSale, LinePrice, Pricing, Reason, Taken};
use tideover::domain::shift::ShiftClose;
use tideover::domain::tender::{CheckNumber, Tender};
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::journal::chain::{Chain, Entry};
use tideover::journal::epoch;
use tideover::journal::key::SigningKey;
use tideover::journal::record::Line;
use tideover::pack::{BuildOrder, Pack, PackKey, PackSigner, PinCost, Source, build};
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::enroll::enroll;
use tideover::sync::push::LinkState;

use crate::journals::TestRegister;

pub const STORE: StoreNo = StoreNo(1042);
pub const REGISTERS: u16 = 30;
pub const SALES: u64 = 7_500;
/// The morning's pack, and the one that came at noon: registers sell by it.
pub const MORNING: &str = "20261122-1";
pub const NOON: &str = "20261122-2";

const ITEMS: &str = "code,name,unit_price,sold_by,tax_class,department,age_min
042100005264,Cola 2 L,1.99,each,general,3,
3001,Garden peas 16 oz,2.49,each,food,6,
3002,Whole milk 1 gal,3.89,each,food,4,
3003,Ground coffee 24 oz,11.99,each,food,1,
3004,Dish soap 1 gal,8.29,each,general,10,
3005,Peanut butter 40 oz,6.49,each,food,1,
3006,Paper towels 6 rolls,9.99,each,general,10,
3007,Cheddar 8 oz,4.29,each,food,4,
3008,Box fan,39.99,each,general,10,
3009,Propane grill,219.00,each,general,10,
";
const TAXES: &str = "code,class,percent,from,until
STATE,food,1.5,2024-07-01,
STATE,general,6.25,2026-01-01,
";
const PEOPLE: &str = "id,name,role,pin
31,Cashier 31,cashier,480273
41,Lead 41,lead,702946
51,Manager 51,manager,958316
52,Manager 52,manager,958361
";
const POLICY: &str = "key,value
store,1042
store_name,Tideover Market
currency,USD
time_zone,America/Chicago
weight_unit,lb
tax_basis,invoice
cash_rounding,none
check_max,200.00
tender_question_above,200.00
pack_stale_hours,24
return_policy,Returns within 30 days
";

/// When central is back: half an hour after the last sale.
pub fn evening() -> Timestamp {
    at("2026-11-22T17:35:00.000-06:00")
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

pub fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

pub fn person(id: &str) -> PersonId {
    PersonId::parse(id).expect("a person")
}

fn day() -> BusinessDate {
    BusinessDate::parse("2026-11-22").expect("a day")
}

/// The packs of the store, in a folder.
pub fn packs(folder: &Path) -> (Packs, PackKey) {
    let signer = PackSigner::from_seed(&[7; 32]).expect("a key");
    let cheaper = ITEMS.replace("Whole milk 1 gal,3.89", "Whole milk 1 gal,3.39");
    for (version, items, published) in [
        (MORNING, ITEMS, "2026-11-22T05:00:00.000-06:00"),
        (NOON, cheaper.as_str(), "2026-11-22T12:00:00.000-06:00"),
    ] {
        let source = Source::Texts { items, taxes: TAXES, people: PEOPLE, policy: POLICY };
        let order = BuildOrder {
            source: &source,
            out: &folder.join(format!("{version}.pack")),
            signer: &signer,
            version: &PackVersion::parse(version).expect("a version"),
            published_at: at(published),
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        };
        build(&order, &|_| ()).expect("built");
    }
    let key = signer.public();
    (Packs::open(folder, &key).expect("opened"), key)
}

/// Central on a clock that stands in the evening.
pub fn central(folder: &Path, packs: Packs) -> (Central, SimulatedClock) {
    let clock = SimulatedClock::at(evening());
    let settings = Settings {
        folder: folder.to_owned(),
        listen: "127.0.0.1:0".parse().expect("an address"),
        encryption: Encryption::None,
        pack_key: None,
        packs: Arc::new(packs),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SystemEntropy),
        restored: false,
        operations: Operations::of_tests(),
        also_certificates: Vec::new(),
    };
    (Central::start(settings).expect("central starts"), clock)
}

/// What a shop sells from: the pack, opened.
pub struct Goods {
    items: BTreeMap<String, Item>,
    pack: Pack,
}

impl Goods {
    pub fn new(folder: &Path, key: &PackKey, version: &str) -> Self {
        let pack = Pack::open(&folder.join(format!("{version}.pack")), key).expect("a pack");
        let code = |line: &str| line.split(',').next().expect("a code").to_owned();
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        for text in ITEMS.lines().skip(1).map(code) {
            let parsed = ItemCode::parse(&text).expect("a code");
            items.insert(text, pack.item(&parsed).expect("read").expect("there"));
        }
        Self { items, pack }
    }

    pub fn item(&self, code: &str) -> Item {
        self.items[code].clone()
    }

    /// An item that no pack has.
    pub fn unknown(code: &str, price: &str) -> Item {
        Item {
            code: ItemCode::parse(code).expect("a code"),
            name: "New cereal 18 oz".to_owned(),
            unit_price: UnitPrice::parse(price).expect("a price"),
            sold_by: SoldBy::Each,
            tax_class: tideover::domain::ids::TaxClass::parse("food").expect("a class"),
            department: 1,
            age_min: None,
        }
    }

    /// A paid sale of these items.
    pub fn sale(&self, number: u64, lines: &[(Item, i64, LinePrice)], pay: Pay) -> CompletedSale {
        let mut basket = Basket::default();
        for (item, pieces, price) in lines {
            let quantity = Quantity::pieces(*pieces).expect("fits");
            basket.add(item, quantity, *price).expect("added");
        }
        let pricing =
            Pricing { taxes: self.pack.taxes(), basis: self.pack.policy().tax_basis, date: day() };
        let tendering = basket.tender(pricing).expect("something to pay");
        let due = tendering.still_due();
        let tender = match pay {
            Pay::Cash if due.is_negative() => Tender::Cash { amount: Money::ZERO },
            Pay::Cash => Tender::Cash { amount: money(due.minor() / 2_000 * 2_000 + 2_000) },
            Pay::Check(number, id) => Tender::Check {
                amount: due,
                number: CheckNumber::parse(&number.to_string()).expect("a number"),
                proof: CheckProof { data: None, id },
            },
        };
        let rounding = tideover::domain::cash_rounding::CashRounding::None;
        match tendering.take(tender, rounding) {
            Ok(Taken::All(paid)) => paid.number(SaleNo(number), ShiftNo(1)),
            other => panic!("not paid: {other:?}"),
        }
    }
}

/// How a sale is paid.
#[derive(Clone, Copy)]
pub enum Pay {
    Cash,
    Check(u64, IdOutcome),
}

/// One register: its journal, and what its drawer should hold.
pub struct Till {
    pub key: Arc<SigningKey>,
    pub chain: Chain,
    pub lines: Vec<Line>,
    pub pack: String,
    pub outage: bool,
    pub signed: bool,
    /// Milliseconds since 13:05.
    pub passed_ms: i64,
    pub cash: Money,
    pub checks: Money,
    pub sales: u64,
    cashier: PersonId,
}

impl Till {
    pub fn new(register: u16) -> Self {
        let seed = [u8::try_from(register).expect("a seed"); 32];
        let key = SigningKey::from_seed(&seed).expect("a key");
        let nonce = [seed[0].wrapping_add(1); 16];
        let epoch = epoch::derive(&key.public(), &nonce);
        let journal = JournalId { store: STORE, register: RegisterNo(register), epoch };
        let public_key = *key.public().bytes();
        let mut till = Self {
            key: Arc::new(key),
            chain: Chain::empty(journal),
            lines: Vec::new(),
            pack: NOON.to_owned(),
            outage: true,
            signed: true,
            passed_ms: 0,
            cash: money(20_000),
            checks: Money::ZERO,
            sales: 0,
            cashier: person(&format!("c{register}")),
        };
        till.record(Event::EpochOpen(EpochOpen {
            public_key,
            nonce,
            program: "0.1.0".to_owned(),
            currency: Some("USD".to_owned()),
            follows: None,
        }));
        let (shift, cashier) = (ShiftNo(1), till.cashier.clone());
        till.record(Event::ShiftOpen { shift, cashier, float: money(20_000), pieces: vec![] });
        till
    }

    pub fn record(&mut self, event: Event) {
        let start = at("2026-11-22T13:05:00.000-06:00");
        let entry = Entry {
            at: Timestamp::new(start.utc_ms + self.passed_ms, -360).expect("a time"),
            mono_ms: u64::try_from(self.passed_ms.max(0)).expect("fits"),
            date: day(),
            by: Some(self.cashier.clone()),
            pack: Some(PackVersion::parse(&self.pack).expect("a version")),
            outage: self.outage.then(|| OutageId::parse("1042-1-20261122-1").expect("a name")),
            event,
        };
        let key = Arc::clone(&self.key);
        let (line, chain) = self.chain.next(&entry, self.signed.then_some(&key)).expect("fits");
        self.lines.push(line);
        self.chain = chain;
    }

    pub fn sell(&mut self, sale: CompletedSale) {
        self.cash = self.cash.plus(sale.cash_kept().expect("fits")).expect("fits");
        self.checks = self.checks.plus(sale.checks().expect("fits")).expect("fits");
        self.sales += 1;
        self.record(Event::of_sale(sale));
    }

    pub fn next_number(&self) -> u64 {
        self.sales + 1
    }

    pub fn drop_cash(&mut self, minor: i64) {
        let amount = money(minor);
        self.cash = self.cash.minus(amount).expect("fits");
        let kind = CashMovementKind::Drop;
        let movement = CashMovement { note: "bag 7".to_owned(), ..CashMovement::new(kind, amount) };
        let approval = Some(Approval { act: Act::MoveCash, by: person("41"), role: Role::Lead });
        self.record(Event::CashMovement { shift: ShiftNo(1), movement, approval });
    }

    pub fn open_drawer(&mut self) {
        let approval = Some(Approval { act: Act::NoSale, by: person("41"), role: Role::Lead });
        self.record(Event::DrawerOpen { shift: ShiftNo(1), reason: Reason::Change, approval });
    }

    /// Counts and closes the shift; `over` is what is in it beside what should be.
    pub fn close(&mut self, over: i64) {
        let counted = self.cash.plus(money(over)).expect("fits");
        self.close_saying(counted, self.cash);
    }

    pub fn close_saying(&mut self, counted_cash: Money, expected_cash: Money) {
        self.record(Event::ShiftClose(ShiftClose {
            shift: ShiftNo(1),
            counted_cash,
            counted_checks: self.checks,
            expected_cash,
            expected_checks: self.checks,
            sales: self.sales,
            refunds: 0,
        }));
    }

    /// Makes it known to central.
    pub fn enroll(&self, central: &Central) {
        let number = self.chain.journal.register;
        let code = central.door().enroll_code(STORE, number).expect("a code");
        let mut transport = InProcess(central.door());
        enroll(&mut transport, &central.url(), None, &code, &self.key).expect("enrolled");
    }

    /// Announces and sends everything, with a clock that is off by so much.
    pub fn hand_over(&self, central: &Central, off_ms: i64) {
        let mut register = TestRegister {
            key: Arc::clone(&self.key),
            chain: self.chain,
            lines: self.lines.clone(),
            receipts: BTreeMap::new(),
            totals: tideover::reconcile::totals::Totals::default(),
        };
        let now = Timestamp::new(evening().utc_ms + off_ms, -360).expect("a time");
        let time = SimulatedClock::at(now);
        let mut sync = register.sync(&time);
        let mut wait = |ms: u64| time.advance_ms(u32::try_from(ms).expect("a wait"));
        let mut transport = InProcess(central.door());
        let report = sync.drain(&mut transport, &mut register, &mut wait, &mut |_| {}, &|| false);
        assert_eq!(report.link, LinkState::UpToDate, "{report:?}");
    }

    /// Sends a part of the journal without announcing it.
    pub fn send(&self, central: &Central, from: usize, to: usize) {
        let body =
            tideover::sync::segment::build(&self.lines[from..to], &self.key).expect("a segment");
        let request = Request::post("/v1/segments", body);
        let answer = InProcess(central.door()).send(&request).expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// Says what the journal holds, and that there is so much more of it.
    pub fn announce(&self, central: &Central, more: u64, takings: i64) {
        use tideover::sync::wire::{Announce, JournalName, PROTOCOL};
        let Chain { journal, next_seq, head, lifetime } = self.chain;
        let said = Announce {
            protocol: PROTOCOL.to_owned(),
            journal: JournalName::of(&journal),
            key: self.key.public().to_string(),
            next_seq: next_seq.0 + more,
            head: head.to_string(),
            takings: lifetime.takings.minor() + takings,
            payouts: lifetime.payouts.minor(),
            program: "0.1.0".to_owned(),
            at: evening().to_string(),
        };
        let domain = tideover::journal::key::Domain::Announce;
        let body = tideover::sync::sealed::seal(&said, domain, &self.key).expect("sealed");
        let request = Request::post("/v1/announce", body);
        let answer = InProcess(central.door()).send(&request).expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }
}
