//! What this module's tests write: one register's journal, the events that stand in it, and the
//! ledger that holds them.

use std::fs;
use std::path::PathBuf;

use crate::device::clock::SimulatedClock;
use crate::device::entropy::SeededEntropy;
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::event::{EpochOpen, Event, Follows};
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{
    JournalId, PersonId, RegisterNo, SaleNo, Seq, ShiftNo, StoreNo, TaxClass,
};
use crate::domain::item::{Item, SoldBy};
use crate::domain::money::Money;
use crate::domain::quantity::{Quantity, UnitPrice};
use crate::domain::sale::{Basket, CompletedSale, LinePrice, Terms};
use crate::domain::tender::{CheckNumber, Tender};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::chain::{Chain, Entry};
use crate::journal::epoch;
use crate::journal::hash::Hash;
use crate::journal::key::SigningKey;
use crate::journal::record::Envelope;

use super::faults::Hook;
use super::recover::{self, Opening, Request};
use super::writer::Ledger;
use super::{Identity, Place, Reader};

/// Whose records they are.
pub(super) const WHO: Identity = Identity { store: StoreNo(1_042), register: RegisterNo(7) };

/// A journal as it grows, each line after the other.
pub(super) struct Written {
    pub(super) key: SigningKey,
    pub(super) chain: Chain,
    pub(super) lines: Vec<Vec<u8>>,
}

impl Written {
    /// With its first record.
    pub(super) fn begun(seed: u8) -> Self {
        Self::following(seed, None)
    }

    pub(super) fn following(seed: u8, follows: Option<Follows>) -> Self {
        let key = key(seed);
        let nonce = [seed; 16];
        let epoch = epoch::derive(&key.public(), &nonce);
        let journal = JournalId { store: WHO.store, register: WHO.register, epoch };
        let public_key = *key.public().bytes();
        let mut written = Self { key, chain: Chain::empty(journal), lines: Vec::new() };
        let program = "tideover of a test".to_owned();
        let currency = Some("USD".to_owned());
        let open = EpochOpen { public_key, nonce, program, currency, follows };
        written.add(Event::EpochOpen(open));
        written
    }

    /// Begun, its first shift opened, and so many sales of a dollar rung up.
    pub(super) fn sold(seed: u8, sales: u64) -> Self {
        let mut written = Self::begun(seed);
        written.add(shift_open(1));
        for number in 1..=sales {
            written.add(Event::of_sale(cash_sale(number, 100)));
        }
        written
    }

    /// Puts one more event at its end.
    pub(super) fn add(&mut self, event: Event) -> Vec<u8> {
        let (line, chain) = self.next(event);
        self.chain = chain;
        self.lines.push(line.clone());
        line
    }

    /// The line that would come next, and the chain after it.
    pub(super) fn next(&self, event: Event) -> (Vec<u8>, Chain) {
        let (line, chain) = self.chain.next(&entry(event), Some(&self.key)).expect("sums fit");
        (line.into_bytes(), chain)
    }

    /// The lines, each as the mirror takes it.
    pub(super) fn slices(&self) -> Vec<&[u8]> {
        self.lines.iter().map(Vec::as_slice).collect()
    }

    /// The chain after its first so many records.
    pub(super) fn chain_at(&self, records: usize) -> Chain {
        let mut chain = Chain::empty(self.chain.journal);
        for line in &self.lines[..records] {
            let envelope = Envelope::read(line).expect("a record");
            chain.next_seq = envelope.header.seq.next();
            chain.head = Hash::of_line(line);
            chain.lifetime = envelope.header.lifetime;
        }
        chain
    }
}

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).expect("a key")
}

pub(super) fn entry(event: Event) -> Entry {
    let at = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
    Entry { at, mono_ms: 184_467, date: day(22), by: None, pack: None, outage: None, event }
}

/// A day of November.
pub(super) fn day(of_month: u8) -> BusinessDate {
    BusinessDate::parse(&format!("2026-11-{of_month:02}")).expect("a day")
}

pub(super) fn person() -> PersonId {
    PersonId::parse("c317").expect("a person")
}

pub(super) fn shift_open(number: u32) -> Event {
    let float = Money::from_minor(20_000);
    Event::ShiftOpen { shift: ShiftNo(number), cashier: person(), float, pieces: Vec::new() }
}

pub(super) fn moved(shift: u32, kind: CashMovementKind, cents: i64) -> Event {
    let movement = CashMovement::new(kind, Money::from_minor(cents));
    Event::CashMovement { shift: ShiftNo(shift), movement, approval: None }
}

pub(super) fn note(text: &str) -> Event {
    Event::Note { text: text.to_owned() }
}

/// One item, paid with the money at hand, in the first shift.
pub(super) fn cash_sale(number: u64, cents: i64) -> CompletedSale {
    let total = Money::from_minor(cents);
    sale(number, cents, Tender::Cash { amount: total })
}

pub(super) fn check_sale(number: u64, cents: i64, check: &str) -> CompletedSale {
    let check = CheckNumber::parse(check).expect("a number");
    sale(number, cents, Tender::plain_check(Money::from_minor(cents), check))
}

fn sale(number: u64, cents: i64, tender: Tender) -> CompletedSale {
    let item = Item {
        code: ItemCode::parse("4011").expect("a code"),
        name: "Bananas".to_owned(),
        unit_price: UnitPrice::from_tenthousandths(cents * 100),
        sold_by: SoldBy::Weight,
        tax_class: TaxClass::parse("food").expect("a class"),
        department: 1,
        age_min: None,
    };
    let mut basket = Basket::default();
    basket.add(&item, Quantity::ONE, LinePrice::Pack).expect("added");
    let total = Money::from_minor(cents);
    CompletedSale {
        number: SaleNo(number),
        shift: ShiftNo(1),
        lines: basket.lines().to_vec(),
        taxes: Vec::new(),
        subtotal: total,
        total,
        rounding: Money::ZERO,
        tenders: vec![tender],
        change: Money::ZERO,
        terms: Terms::default(),
    }
}

/// A register's folders, clock and chance.
pub(super) struct Till {
    _folder: tempfile::TempDir,
    pub(super) place: Place,
    pub(super) clock: SimulatedClock,
    pub(super) entropy: SeededEntropy,
}

impl Till {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = |name| folder.path().join(name);
        let place = Place { dir: dir("ledger"), tape_dir: dir("tape"), anchor_dir: dir("anchor") };
        let start = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
        let (clock, entropy) = (SimulatedClock::at(start), SeededEntropy::new(1));
        Self { _folder: folder, place, clock, entropy }
    }

    pub(super) fn request(&self) -> Request<'_> {
        let (clock, entropy) = (&self.clock, &self.entropy);
        Request { place: &self.place, identity: WHO, clock, entropy, other_machine: false }
    }

    pub(super) fn open(&self) -> (Ledger, Opening) {
        recover::open(&self.request(), Some(key(5)), Hook::default()).expect("opened")
    }

    /// After so many sales of a dollar, closed.
    pub(super) fn sold(sales: u64) -> Self {
        let till = Self::new();
        let (mut ledger, opening) = till.open();
        assert_eq!(opening.findings, []);
        sell(&mut ledger, sales);
        ledger.close().expect("closed");
        till
    }

    pub(super) fn tape(&self) -> PathBuf {
        let mut tapes = fs::read_dir(&self.place.tape_dir).expect("a folder");
        tapes.next().expect("a tape").expect("an entry").path()
    }

    /// The database as another program on this machine opens it.
    pub(super) fn raw(&self) -> rusqlite::Connection {
        super::open::connect(&self.place.database()).expect("opened")
    }

    pub(super) fn events(&self) -> Vec<Event> {
        let reader = Reader::open(&self.place).expect("a reader");
        let current = reader.journals().expect("journals").remove(0);
        let lines = reader.lines(&current, Seq(0), 999, usize::MAX).expect("lines");
        let events = lines.iter().map(|line| Envelope::read(line.bytes()).expect("one").event());
        events.collect::<Result<_, _>>().expect("events")
    }
}

/// Rings up so many more sales of a dollar.
pub(super) fn sell(ledger: &mut Ledger, sales: u64) {
    if ledger.state().open_shift.is_none() {
        ledger.append(&entry(shift_open(1))).expect("recorded");
    }
    for _ in 0..sales {
        let number = ledger.state().last_sale_no.0 + 1;
        let sale = Event::of_sale(cash_sale(number, 100));
        ledger.append(&entry(sale)).expect("recorded");
    }
}
