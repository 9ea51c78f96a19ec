//! A register to test with: a clock that is set, keys and events from a seed.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tideover::device::clock::{Clock as _, SimulatedClock};
use tideover::device::entropy::SeededEntropy;
use tideover::domain::code::batch::Lot;
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::event::{Event, SignInBy};
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{
    OutageId, PackVersion, PersonId, RegisterNo, SaleNo, ShiftNo, StoreNo, TaxClass,
};
use tideover::domain::money::Money;
use tideover::domain::outage::{Outage, System};
use tideover::domain::person::Role;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::sale::{CompletedSale, PriceSource, SaleLine, Terms};
use tideover::domain::shift::ShiftClose;
use tideover::domain::tender::{CheckNumber, Tender};
use tideover::domain::time::Timestamp;
use tideover::journal::chain::Entry;
use tideover::journal::key::SigningKey;
use tideover::journal::verify::{Depth, Known, Report};
use tideover::ledger::{Committed, Faults, Identity, Ledger, LedgerError, Opening, Place, Reader};

pub const WHO: Identity = Identity { store: StoreNo(1042), register: RegisterNo(7) };

/// A register's folders and clock.
pub struct Register {
    pub place: Place,
    pub clock: SimulatedClock,
    pub entropy: Arc<SeededEntropy>,
    _folder: Option<TempDir>,
}

impl Register {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut register = Self::at(folder.path(), 1);
        register._folder = Some(folder);
        register
    }

    pub fn at(dir: &Path, seed: u64) -> Self {
        let place = Place {
            dir: dir.join("ledger"),
            tape_dir: dir.join("tape"),
            anchor_dir: dir.join("anchor"),
        };
        let start = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
        let clock = SimulatedClock::at(start);
        Self { place, clock, entropy: Arc::new(SeededEntropy::new(seed)), _folder: None }
    }

    pub fn key() -> SigningKey {
        SigningKey::from_seed(&[5; 32]).expect("a key")
    }

    pub fn try_open(&self) -> Result<(Ledger, Opening), LedgerError> {
        self.open_with(Some(Self::key()), None)
    }

    pub fn open_with(
        &self,
        key: Option<SigningKey>,
        faults: Option<Arc<dyn Faults>>,
    ) -> Result<(Ledger, Opening), LedgerError> {
        Ledger::open(&self.place, WHO, key, &self.clock, self.entropy.as_ref(), faults)
    }

    pub fn open(&self) -> (Ledger, Opening) {
        self.try_open().unwrap_or_else(|why| panic!("{why} ({why:?})"))
    }

    pub fn entry(&self, event: Event) -> Entry {
        self.clock.advance_ms(1_000);
        let at = self.clock.now();
        Entry {
            at,
            mono_ms: self.clock.mono_ms(),
            date: at.local_date(),
            by: Some(person("c317")),
            pack: Some(PackVersion::parse("20261122-3").expect("a pack")),
            outage: None,
            event,
        }
    }

    pub fn append(&self, ledger: &mut Ledger, event: Event) -> Committed {
        ledger.append(&self.entry(event)).unwrap_or_else(|why| panic!("{why} ({why:?})"))
    }

    /// Opens a shift and sells `sales` times, 12 lines each.
    pub fn sell(&self, ledger: &mut Ledger, sales: u64) {
        if ledger.state().open_shift.is_none() {
            let shift = ShiftNo(ledger.state().last_shift.0 + 1);
            self.append(ledger, shift_open(shift));
        }
        for _ in 0..sales {
            let (number, shift) = next_sale(ledger);
            self.append(ledger, Event::of_sale(sale(number, shift, 12)));
        }
    }

    /// What the journal verifies to, through its own reader.
    pub fn verify(&self) -> Report {
        let reader = Reader::open(&self.place).expect("a reader");
        let current = reader.journals().expect("journals").remove(0);
        reader.verify(&current, Depth::Full, Known::default(), &mut |_| {}).expect("a report")
    }
}

pub fn next_sale(ledger: &Ledger) -> (SaleNo, ShiftNo) {
    (SaleNo(ledger.state().last_sale_no.0 + 1), ledger.state().last_shift)
}

pub fn person(text: &str) -> PersonId {
    PersonId::parse(text).expect("a person")
}

pub fn shift_open(shift: ShiftNo) -> Event {
    Event::ShiftOpen {
        shift,
        cashier: person("c317"),
        float: Money::from_minor(20_000),
        pieces: Vec::new(),
    }
}

pub fn line(number: u64) -> SaleLine {
    let unit_price = UnitPrice::from_tenthousandths(29_900);
    SaleLine {
        code: ItemCode::parse(&format!("4{:03}", number % 900)).expect("a code"),
        name: format!("Garden peas, frozen, {number} oz"),
        quantity: Quantity::ONE,
        unit_price,
        price_source: PriceSource::Pack,
        amount: unit_price.times(Quantity::ONE).expect("fits"),
        tax_class: TaxClass::parse("food").expect("a class"),
        voided: false,
        age_min: None,
        changed: None,
        returned: None,
        lot: Lot::default(),
    }
}

/// A sale of `lines` lines at 2.99, without tax, paid in cash.
pub fn sale(number: SaleNo, shift: ShiftNo, lines: u64) -> CompletedSale {
    let lines: Vec<SaleLine> = (0..lines).map(|n| line(number.0 + n)).collect();
    let total = Money::sum(lines.iter().map(|line| line.amount)).expect("fits");
    let change = Money::from_minor(413);
    CompletedSale {
        number,
        shift,
        lines,
        taxes: Vec::new(),
        subtotal: total,
        total,
        rounding: Money::ZERO,
        tenders: vec![Tender::Cash { amount: total.plus(change).expect("fits") }],
        change,
        terms: Terms::default(),
    }
}

/// Any event that may come next, from a seed.
pub fn random_event(ledger: &Ledger, chance: &SeededEntropy) -> Event {
    let state = ledger.state();
    let Some(shift) = state.open_shift.as_ref() else {
        return shift_open(ShiftNo(state.last_shift.0 + 1));
    };
    let cents =
        |below: u64| Money::from_minor(i64::try_from(chance.below(below) + 1).expect("fits"));
    let number = SaleNo(state.last_sale_no.0 + 1);
    match chance.below(20) {
        0 => Event::SignIn { person: person("c317"), role: Role::Cashier, by: SignInBy::Phone },
        1 => Event::Note { text: "the printer was refilled".to_owned() },
        2 => match &state.open_outage {
            Some(outage) => Event::OutageEnded { outage: outage.id.clone(), note: String::new() },
            None => Event::OutageDeclared(Outage {
                id: OutageId::parse(&format!("o-{}", ledger.chain().next_seq)).expect("a name"),
                since: state.last_at.expect("a time"),
                systems: vec![System::PointOfSale],
                cause: String::new(),
                ticket: String::new(),
                expected: None,
            }),
        },
        3 => {
            let drawer = &shift.drawer;
            Event::ShiftClose(ShiftClose {
                shift: shift.number,
                counted_cash: drawer.expected_cash().expect("fits"),
                counted_checks: drawer.checks,
                expected_cash: drawer.expected_cash().expect("fits"),
                expected_checks: drawer.checks,
                sales: drawer.sales,
                refunds: drawer.refunds,
            })
        }
        4..=6 => {
            let kind = CashMovementKind::ALL[usize::try_from(chance.below(5)).expect("fits")];
            let note = "bag 12".to_owned();
            let movement = CashMovement { note, ..CashMovement::new(kind, cents(5_000)) };
            Event::CashMovement { shift: shift.number, movement, approval: None }
        }
        7 => Event::PackApplied {
            version: PackVersion::parse(&format!("20261122-{number}")).expect("a pack"),
            digest: [7; 32],
            jumped: Some(chance.below(3)),
            approval: None,
        },
        8..=9 => {
            let mut refund = sale(number, shift.number, 1 + chance.below(3));
            for line in &mut refund.lines {
                line.quantity = line.quantity.negated().expect("fits");
                line.amount = line.amount.negated().expect("fits");
            }
            refund.subtotal = refund.subtotal.negated().expect("fits");
            refund.total = refund.subtotal;
            refund.tenders = vec![Tender::Cash { amount: Money::ZERO }];
            refund.change = refund.total.negated().expect("fits");
            Event::of_sale(refund)
        }
        10..=12 => {
            let mut by_check = sale(number, shift.number, 1 + chance.below(20));
            by_check.lines.push(SaleLine { voided: true, ..line(1) });
            by_check.change = Money::ZERO;
            let check = CheckNumber::parse("1041").expect("a number");
            by_check.tenders = vec![Tender::plain_check(by_check.total, check)];
            Event::of_sale(by_check)
        }
        _ => Event::of_sale(sale(number, shift.number, 1 + chance.below(20))),
    }
}

/// Copies a ledger's files as they are, as a kill or a power cut leaves them.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("entries") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else if path.extension().is_none_or(|extension| extension != "db-shm") {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}
