//! Journals for tests: registers that sold something, in memory, with real keys and chains.

use std::collections::BTreeMap;
use std::sync::Arc;

use tideover::device::clock::{Clock, SimulatedClock};
use tideover::device::entropy::SeededEntropy;
use tideover::domain::event::{EpochOpen, Event};
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{
    JournalId, PersonId, RegisterNo, SaleNo, Seq, ShiftNo, StoreNo, TaxClass,
};
use tideover::domain::item::{Item, SoldBy};
use tideover::domain::money::Money;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{Basket, CompletedSale, LinePrice, Pricing, Taken};
use tideover::domain::tax::{TaxBasis, TaxRate, TaxRow, TaxTable};
use tideover::domain::tender::Tender;
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::journal::chain::{Chain, Entry};
use tideover::journal::epoch;
use tideover::journal::key::SigningKey;
use tideover::journal::record::Line;
use tideover::reconcile::totals::Totals;
use tideover::sync::carrier::{JournalState, Receipt, Sink, Source, SourceFailed};
use tideover::sync::push::{SyncLoop, SyncParts};

/// A register that keeps its journal in memory.
#[derive(Clone)]
pub struct TestRegister {
    pub key: Arc<SigningKey>,
    pub chain: Chain,
    pub lines: Vec<Line>,
    pub receipts: BTreeMap<JournalId, Receipt>,
    pub totals: Totals,
}

impl TestRegister {
    /// A register of store 1042 whose journal is opened and whose shift has begun.
    pub fn new(register: u16) -> Self {
        Self::of(register, u8::try_from(register % 200).expect("a seed"))
    }

    /// The same with a key of another seed.
    pub fn of(register: u16, seed: u8) -> Self {
        Self::at(StoreNo(1042), register, seed)
    }

    /// The same of any store.
    pub fn at(store: StoreNo, register: u16, seed: u8) -> Self {
        let key = SigningKey::from_seed(&[seed; 32]).expect("a key");
        let nonce = [seed; 16];
        let journal = JournalId {
            store,
            register: RegisterNo(register),
            epoch: epoch::derive(&key.public(), &nonce),
        };
        let open = EpochOpen {
            public_key: *key.public().bytes(),
            nonce,
            program: "0.1.0".to_owned(),
            currency: Some("USD".to_owned()),
            follows: None,
        };
        let mut made = Self {
            key: Arc::new(key),
            chain: Chain::empty(journal),
            lines: Vec::new(),
            receipts: BTreeMap::new(),
            totals: Totals::default(),
        };
        made.record(Event::EpochOpen(open));
        // A person has one drawer: c31 at register 7, c32 at register 8.
        let cashier = PersonId::parse(&format!("c{}", register + 24)).expect("a person");
        made.record(Event::ShiftOpen {
            shift: ShiftNo(1),
            cashier,
            float: Money::ZERO,
            pieces: Vec::new(),
        });
        made
    }

    /// Records an event, signed.
    pub fn record(&mut self, event: Event) {
        let key = Arc::clone(&self.key);
        self.record_with(event, Some(&key));
    }

    /// Records an event, perhaps without a key.
    pub fn record_with(&mut self, event: Event, key: Option<&SigningKey>) {
        let entry = Entry {
            at: start(),
            mono_ms: self.chain.next_seq.0,
            date: BusinessDate::parse("2026-11-22").expect("a day"),
            by: None,
            pack: None,
            outage: None,
            event,
        };
        let (line, chain) = self.chain.next(&entry, key).expect("fits");
        self.lines.push(line);
        self.chain = chain;
    }

    /// Sells baskets of so many lines.
    pub fn sell(&mut self, sales: u64, lines: usize) {
        for _ in 0..sales {
            let number = self.totals.sales + 1;
            let sale = sale(number, lines);
            self.totals = self.totals.clone().plus_sale(&sale).expect("fits");
            self.record(Event::of_sale(sale));
        }
    }

    /// The journal as a file: lines, each ended by a newline.
    pub fn file(&self) -> Vec<u8> {
        let mut file = Vec::new();
        for line in &self.lines {
            file.extend_from_slice(line.bytes());
            file.push(b'\n');
        }
        file
    }

    /// A sync loop of this register on a clock of its own.
    pub fn sync(&self, clock: &SimulatedClock) -> SyncLoop {
        self.sync_with(Arc::new(clock.clone()))
    }

    /// A sync loop on any clock.
    pub fn sync_with(&self, clock: Arc<dyn Clock>) -> SyncLoop {
        let seed = u64::from(self.chain.journal.register.0);
        SyncLoop::new(SyncParts {
            key: Arc::clone(&self.key),
            central_key: None,
            clock,
            entropy: Arc::new(SeededEntropy::new(seed)),
        })
    }
}

impl Source for TestRegister {
    fn journals(&self) -> Result<Vec<JournalState>, SourceFailed> {
        let Chain { journal, next_seq, head, lifetime } = self.chain;
        Ok(vec![JournalState { id: journal, branch: 1, next_seq, head, lifetime }])
    }

    fn lines(
        &self,
        _: &JournalState,
        from: Seq,
        records: usize,
        bytes: usize,
    ) -> Result<Vec<Line>, SourceFailed> {
        let from = usize::try_from(from.0).expect("a place");
        let mut chosen = Vec::new();
        let mut len = 0;
        for line in self.lines.iter().skip(from).take(records) {
            len += line.bytes().len() + 1;
            if !chosen.is_empty() && len > bytes {
                break;
            }
            chosen.push(line.clone());
        }
        Ok(chosen)
    }

    fn receipt(&self, journal: &JournalId) -> Result<Option<Receipt>, SourceFailed> {
        Ok(self.receipts.get(journal).cloned())
    }
}

impl Sink for TestRegister {
    fn store_receipt(&mut self, id: &JournalId, receipt: &Receipt) -> Result<(), SourceFailed> {
        self.receipts.insert(*id, receipt.clone());
        Ok(())
    }
}

/// Five past one on the afternoon of the outage.
pub fn start() -> Timestamp {
    Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time")
}

/// A clock that stands at the start.
pub fn clock() -> SimulatedClock {
    SimulatedClock::at(start())
}

/// A sale of so many lines, paid in cash, with tax.
pub fn sale(number: u64, lines: usize) -> CompletedSale {
    let taxes = TaxTable::new(vec![TaxRow {
        code: TaxClass::parse("MN").expect("a code"),
        class: TaxClass::parse("general").expect("a class"),
        rate: TaxRate::parse_percent("6.875").expect("a rate"),
        from: BusinessDate::parse("2020-01-01").expect("a day"),
        until: None,
    }]);
    let date = BusinessDate::parse("2026-11-22").expect("a day");
    let mut basket = Basket::default();
    for line in 0..lines {
        let place = (usize::try_from(number).expect("small") * 7 + line) % 900;
        let item = Item {
            code: ItemCode::parse(&format!("{}", 3000 + place)).expect("a code"),
            name: format!("Item of shelf {place}"),
            unit_price: UnitPrice::from_tenthousandths(10_000 + 137 * 100),
            sold_by: SoldBy::Each,
            tax_class: TaxClass::parse("general").expect("a class"),
            department: 1,
            age_min: None,
        };
        basket.add(&item, Quantity::ONE, LinePrice::Pack).expect("added");
    }
    let pricing = Pricing { taxes: &taxes, basis: TaxBasis::Invoice, date };
    let tendering = basket.tender(pricing).expect("tendering");
    let cash = Tender::Cash { amount: Money::from_minor(100_000) };
    let rounding = tideover::domain::cash_rounding::CashRounding::None;
    match tendering.take(cash, rounding) {
        Ok(Taken::All(paid)) => paid.number(SaleNo(number), ShiftNo(1)),
        other => panic!("not paid: {other:?}"),
    }
}
