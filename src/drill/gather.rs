//! What all journals of a drill hold, gathered in one pass: the records that claims look for, and
//! the sums that are counted again.
//!
//! ```text
//!  every line of every register ─▶ Gathered ─▶ prove
//! ```
//!
//! It keeps sums, not records, so that a large drill fits into memory.

use std::collections::BTreeMap;

use crate::domain::drawer::CashMovementKind;
use crate::domain::event::{Event, Lifetime};
use crate::domain::goods::delivery::Outcome;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::{Epoch, JournalId, OutageId, PackVersion, RecordRef, Seq, ShiftNo};
use crate::domain::money::Money;
use crate::domain::quantity::UnitPrice;
use crate::domain::sale::{CompletedSale, PriceSource};
use crate::domain::tender::Tender;
use crate::domain::time::BusinessDate;
use crate::journal::hash::Hash;
use crate::journal::record::{Envelope, Header};
use crate::pack::is_later;

use super::claim::Fact;
use super::expect::Book;
use super::facts::Around;

/// The most records that are named for one proof.
pub const NAMED_MAX: usize = 5;

/// Records that say one thing: how many, and the first of them.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// How many.
    pub count: u64,
    /// The first.
    pub records: Vec<String>,
}

/// One journal.
#[derive(Clone, Debug)]
pub struct JournalSeen {
    /// Its register.
    pub register: u16,
    /// The next record's place, if none is missing.
    pub next: Seq,
    /// The hash of the last record.
    pub head: Hash,
    /// Places that are not where they should be.
    pub gaps: u64,
    /// Records that are earlier than the one before.
    pub backwards: u64,
    lifetime: Lifetime,
    last_ms: i64,
    pack: Option<PackVersion>,
    dates: BTreeMap<ShiftNo, BusinessDate>,
    shift: Option<ShiftNo>,
    last_sale: u64,
}

/// One drawer, from its float to its count.
#[derive(Clone, Debug, Default)]
pub struct Drawer {
    /// Where its shift began or ended, whichever came last.
    pub record: String,
    /// What it should hold, counted movement by movement.
    pub counted: i128,
    /// Checks taken less those handed back.
    pub checks: i128,
    /// What the closing record says should be in it, in cash and in checks.
    pub closed: Option<(i64, i64)>,
}

/// Sales under one pack.
#[derive(Clone, Debug, Default)]
pub struct UnderPack {
    /// How many sales.
    pub sales: u64,
    /// Lines above the trusted price, and by how much in all.
    pub over: (Named, i128),
    /// Lines below it.
    pub under: (u64, i128),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// All records.
    pub records: u64,
    /// What claims look for.
    pub facts: BTreeMap<Fact, Named>,
    /// The journals.
    pub journals: BTreeMap<Epoch, JournalSeen>,
    /// The drawers.
    pub drawers: BTreeMap<(Epoch, ShiftNo), Drawer>,
    /// Cash and checks, and checks handed back.
    pub tenders: (u64, u64, u64),
    /// Checks taken, and their sum less those handed back.
    pub checks: (Named, i128),
    /// Tax by authority and rate: on what, and how much.
    pub taxes: BTreeMap<(String, i64), (i128, i128)>,
    /// What moved of each item, in ten-thousandths.
    pub moved: BTreeMap<ItemCode, i128>,
    /// Items that were counted: no movement says what is there.
    pub counted: BTreeMap<ItemCode, u64>,
    /// Sales with an item at a keyed price, one an item.
    pub keyed: Named,
    /// Baskets given up, and those of them that moved money.
    pub abandoned: (Named, u64),
    /// Sales, refunds and voids: where, hash, and the outage they were in.
    pub papers: BTreeMap<(Epoch, Seq), (Hash, Option<OutageId>)>,
    /// Sales whose number was used before in their journal.
    pub numbers_twice: u64,
    /// By the pack that each names; none where it names no pack.
    pub packs: BTreeMap<Option<PackVersion>, UnderPack>,
    /// Records in the hour that clocks leave out.
    pub missing_hour: u64,
    /// Records whose business date is not their shift's.
    pub odd_dates: u64,
    /// Offsets from UTC, in minutes: on the way through a change of clocks there are two.
    pub offsets: BTreeMap<i16, u64>,
    /// Lines of deliveries that are not as listed.
    pub delivery_lines: Named,
    /// Counted lines, and those of them that were counted before their count was recorded.
    pub count_lines: (u64, Named),
    /// Records about orders, and those of them that moved money.
    pub orders: (Named, u64),
    /// Sales that a card may have paid, and how often each was closed.
    pub cards: BTreeMap<RecordRef, u64>,
    /// Baskets that were put aside and went on, and how often each did.
    pub went_on: BTreeMap<RecordRef, u64>,
    /// Lines that could not be read.
    pub unread: u64,
}

/// What is known of the drill's own pack.
pub struct Trusted<'a> {
    /// Items, taxes and rules.
    pub book: &'a Book<'a>,
    /// Its version.
    pub version: Option<PackVersion>,
}

impl Named {
    fn add(&mut self, record: &str) {
        self.count = self.count.saturating_add(1);
        let known = self.records.last().is_some_and(|last| last == record);
        if self.records.len() < NAMED_MAX && !known {
            self.records.push(record.to_owned());
        }
    }
}

/// A record as the report names it: register, journal, place.
pub fn name_of(header: &Header) -> String {
    name_at(header.journal, header.seq)
}

/// The same, of a place.
pub fn name_at(journal: JournalId, seq: Seq) -> String {
    let epoch = journal.epoch.to_string();
    let short = epoch.get(..8).unwrap_or(&epoch);
    format!("{}/{short}/{seq}", journal.register)
}

impl Gathered {
    /// Takes one line; older journals of a register come first.
    pub fn take(&mut self, register: u16, line: &[u8], hash: Hash, trusted: &Trusted<'_>) {
        self.records = self.records.saturating_add(1);
        let Ok(envelope) = Envelope::read(line) else {
            self.unread = self.unread.saturating_add(1);
            return;
        };
        let header = &envelope.header;
        let name = name_of(header);
        let goes_back = self.follow(register, header, hash);
        let Ok(event) = envelope.event() else {
            self.unread = self.unread.saturating_add(1);
            return;
        };
        let is_listed = |code: &ItemCode| (trusted.book.item)(code).is_some();
        let refund_max = trusted.book.policy.limits.refund_max;
        let around = Around { refund_max, is_listed: &is_listed, goes_back };
        for fact in Fact::ALL {
            if fact.is_said_by(&event, &around) {
                self.facts.entry(fact).or_default().add(&name);
            }
        }
        self.dates(header, &event);
        self.drawer(header, &event, &name);
        match &event {
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                self.sale(header, hash, sale, (&name, trusted));
            }
            Event::SaleAbandoned(_) => self.abandoned.0.add(&name),
            Event::SaleSuspended(sale) => {
                let here = RecordRef { epoch: header.journal.epoch, seq: header.seq };
                if let Some(case) = sale.case(here) {
                    self.cards.entry(case).or_default();
                }
            }
            Event::SaleResumed { of: Some(of), .. } => {
                let count = self.went_on.entry(*of).or_default();
                *count = count.saturating_add(1);
            }
            Event::CardPendingClosed(closed) => {
                let count = self.cards.entry(closed.case).or_default();
                *count = count.saturating_add(1);
            }
            Event::StockDelta(change) => {
                for line in &change.lines {
                    self.moves(&line.code, line.delta.tenthousandths());
                }
            }
            Event::Delivery(delivery) => {
                for line in &delivery.lines {
                    self.moves(&line.code, line.good().tenthousandths());
                    if line.outcome() != Outcome::Matched {
                        self.delivery_lines.add(&name);
                    }
                }
            }
            Event::Pickup(pickup) => {
                self.orders.0.add(&name);
                for line in &pickup.lines {
                    self.moves(&line.code, line.handed.tenthousandths().saturating_neg());
                }
            }
            Event::StockCount(count) => {
                for line in &count.lines {
                    let counted = self.counted.entry(line.code.clone()).or_default();
                    *counted = counted.saturating_add(1);
                    self.count_lines.0 = self.count_lines.0.saturating_add(1);
                    if line.at.utc_ms < header.at.utc_ms {
                        self.count_lines.1.add(&name);
                    }
                }
            }
            _ => {}
        }
    }

    /// Follows the chain of a journal; true when the record goes back to an earlier pack.
    fn follow(&mut self, register: u16, header: &Header, hash: Hash) -> bool {
        let fresh = || JournalSeen {
            register,
            next: Seq(0),
            head: Hash::ZERO,
            gaps: 0,
            backwards: 0,
            lifetime: Lifetime::default(),
            last_ms: i64::MIN,
            pack: None,
            dates: BTreeMap::new(),
            shift: None,
            last_sale: 0,
        };
        let journal = self.journals.entry(header.journal.epoch).or_insert_with(fresh);
        if header.seq != journal.next || header.prev != journal.head {
            journal.gaps = journal.gaps.saturating_add(1);
        }
        if header.at.utc_ms < journal.last_ms {
            journal.backwards = journal.backwards.saturating_add(1);
        }
        let goes_back = match (&journal.pack, &header.pack) {
            (Some(before), Some(now)) => is_later(before, now),
            _ => false,
        };
        if header.pack.is_some() {
            journal.pack.clone_from(&header.pack);
        }
        (journal.next, journal.head) = (header.seq.next(), hash);
        journal.last_ms = header.at.utc_ms;
        let (hour, _) = header.at.local_hour_minute();
        self.missing_hour = self.missing_hour.saturating_add(u64::from(hour == 2));
        let offset = self.offsets.entry(header.at.offset_min).or_default();
        *offset = offset.saturating_add(1);
        goes_back
    }

    /// What a record says of its journal's money and days.
    fn dates(&mut self, header: &Header, event: &Event) {
        let Some(journal) = self.journals.get_mut(&header.journal.epoch) else { return };
        let moved = u64::from(journal.lifetime != header.lifetime);
        match event {
            Event::SaleAbandoned(_) => self.abandoned.1 = self.abandoned.1.saturating_add(moved),
            Event::Pickup(_) => self.orders.1 = self.orders.1.saturating_add(moved),
            _ => {}
        }
        journal.lifetime = header.lifetime;
        if let Event::ShiftOpen { shift, .. } = event {
            journal.shift = Some(*shift);
            journal.dates.insert(*shift, header.at.local_date());
        }
        let due = journal.shift.and_then(|shift| journal.dates.get(&shift));
        if due.is_some_and(|due| *due != header.date) {
            self.odd_dates = self.odd_dates.saturating_add(1);
        }
        if matches!(event, Event::ShiftClose(_)) {
            journal.shift = None;
        }
    }

    fn drawer(&mut self, header: &Header, event: &Event, name: &str) {
        let shift = match event {
            Event::ShiftOpen { shift, .. } | Event::CashMovement { shift, .. } => *shift,
            Event::ShiftClose(close) => close.shift,
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => sale.shift,
            _ => return,
        };
        let drawer = self.drawers.entry((header.journal.epoch, shift)).or_default();
        let minor = |money: Money| i128::from(money.minor());
        let moved = match event {
            Event::ShiftOpen { float, .. } => {
                name.clone_into(&mut drawer.record);
                minor(*float)
            }
            Event::CashMovement { movement, .. } => match movement.kind {
                CashMovementKind::Loan | CashMovementKind::PaidIn => minor(movement.amount),
                CashMovementKind::Drop | CashMovementKind::Pickup | CashMovementKind::PaidOut => {
                    minor(movement.amount).saturating_neg()
                }
            },
            Event::ShiftClose(close) => {
                name.clone_into(&mut drawer.record);
                drawer.closed = Some((close.expected_cash.minor(), close.expected_checks.minor()));
                0
            }
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                let mut cash = minor(sale.change).saturating_neg();
                for tender in &sale.tenders {
                    match tender {
                        Tender::Cash { amount } => cash = cash.saturating_add(minor(*amount)),
                        Tender::Check { .. } | Tender::CheckReturned { .. } => {
                            drawer.checks = drawer.checks.saturating_add(minor(tender.amount()));
                        }
                    }
                }
                cash
            }
            _ => 0,
        };
        drawer.counted = drawer.counted.saturating_add(moved);
    }

    fn sale(
        &mut self,
        header: &Header,
        hash: Hash,
        sale: &CompletedSale,
        (name, trusted): (&str, &Trusted<'_>),
    ) {
        let place = (header.journal.epoch, header.seq);
        self.papers.insert(place, (hash, header.outage.clone()));
        if let Some(journal) = self.journals.get_mut(&header.journal.epoch) {
            let again = u64::from(sale.number.0 <= journal.last_sale);
            self.numbers_twice = self.numbers_twice.saturating_add(again);
            journal.last_sale = journal.last_sale.max(sale.number.0);
        }
        for tender in &sale.tenders {
            let (cash, checks, returned) = &mut self.tenders;
            let count = match tender {
                Tender::Cash { .. } => cash,
                Tender::Check { .. } => {
                    self.checks.0.add(name);
                    checks
                }
                Tender::CheckReturned { .. } => returned,
            };
            *count = count.saturating_add(1);
            if !matches!(tender, Tender::Cash { .. }) {
                let amount = i128::from(tender.amount().minor());
                self.checks.1 = self.checks.1.saturating_add(amount);
            }
        }
        for tax in &sale.taxes {
            let key = (tax.code.as_str().to_owned(), tax.rate.tenmillionths());
            let (taxable, amount) = self.taxes.entry(key).or_default();
            *taxable = taxable.saturating_add(i128::from(tax.taxable.minor()));
            *amount = amount.saturating_add(i128::from(tax.amount.minor()));
        }
        let mut keyed: Vec<&ItemCode> = Vec::new();
        let under = self.packs.entry(header.pack.clone()).or_default();
        under.sales = under.sales.saturating_add(1);
        let mut moves = Vec::new();
        for line in sale.lines.iter().filter(|line| !line.voided) {
            moves.push((&line.code, line.quantity.tenthousandths().saturating_neg()));
            if line.price_source == PriceSource::Keyed && !keyed.contains(&&line.code) {
                keyed.push(&line.code);
                self.keyed.add(name);
            }
            // Only what another pack priced can be priced wrongly.
            if header.pack != trusted.version
                && line.price_source == PriceSource::Pack
                && let Some(item) = (trusted.book.item)(&line.code)
            {
                let (paid, shelf): (UnitPrice, UnitPrice) = (line.unit_price, item.unit_price);
                let due = item.unit_price.times(line.quantity).unwrap_or_default();
                let off = i128::from(line.amount.minor()).saturating_sub(i128::from(due.minor()));
                if paid > shelf {
                    under.over.0.add(name);
                    under.over.1 = under.over.1.saturating_add(off);
                } else if paid < shelf {
                    under.under =
                        (under.under.0.saturating_add(1), under.under.1.saturating_add(off));
                }
            }
        }
        for (code, moved) in moves {
            self.moves(code, moved);
        }
    }

    fn moves(&mut self, code: &ItemCode, tenthousandths: i64) {
        let sum = self.moved.entry(code.clone()).or_default();
        *sum = sum.saturating_add(i128::from(tenthousandths));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::drawer::CashMovement;
    use crate::domain::ids::{PersonId, RegisterNo, StoreNo};
    use crate::domain::shift::ShiftClose;
    use crate::domain::tax::TaxTable;
    use crate::domain::time::Timestamp;
    use crate::journal::chain::{Chain, Entry};
    use crate::journal::record::Line;
    use crate::pack::{BuildOrder, Pack, PackSigner, PinCost, build, sample_store};

    fn shift(expected: i64) -> Vec<Line> {
        let money = Money::from_minor;
        let moved = |kind, minor| Event::CashMovement {
            shift: ShiftNo(1),
            movement: CashMovement {
                note: "why".to_owned(),
                ..CashMovement::new(kind, money(minor))
            },
            approval: None,
        };
        let close = ShiftClose {
            shift: ShiftNo(1),
            counted_cash: money(expected),
            counted_checks: Money::ZERO,
            expected_cash: money(expected),
            expected_checks: Money::ZERO,
            sales: 0,
            refunds: 0,
        };
        let cashier = PersonId::parse("31").expect("a person");
        let events = [
            Event::ShiftOpen { shift: ShiftNo(1), cashier, float: money(10_000), pieces: vec![] },
            moved(CashMovementKind::PaidIn, 500),
            moved(CashMovementKind::Drop, 2_000),
            Event::ShiftClose(close),
        ];
        let journal =
            JournalId { store: StoreNo(1), register: RegisterNo(1), epoch: Epoch([7; 8]) };
        let mut chain = Chain::empty(journal);
        let mut lines = Vec::new();
        for (place, event) in (0_i64..).zip(events) {
            let at = Timestamp::new(1_790_000_000_000 + place * 1_000, -360).expect("a time");
            let (by, pack, outage) = (None, None, None);
            let date = at.local_date();
            let entry = Entry { at, mono_ms: 0, date, by, pack, outage, event };
            let (line, after) = chain.next(&entry, None).expect("fits");
            chain = after;
            lines.push(line);
        }
        lines
    }

    fn gathered(lines: &[Line]) -> Gathered {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("sample.pack");
        let signer = PackSigner::from_seed(&[1; 32]).expect("a key");
        let order = BuildOrder {
            source: &sample_store(),
            out: &out,
            signer: &signer,
            version: &PackVersion::parse("20261122-1").expect("a version"),
            published_at: Timestamp { utc_ms: 0, offset_min: 0 },
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &crate::device::entropy::SeededEntropy::new(1),
        };
        build(&order, &|_| ()).expect("built");
        let pack = Pack::open(&out, &signer.public()).expect("a pack");
        let taxes = TaxTable::default();
        let book = Book {
            item: &|_| None,
            taxes: &taxes,
            policy: pack.policy(),
            date: BusinessDate::new(2026, 9, 21).expect("a day"),
            version: pack.version().clone(),
        };
        let trusted = Trusted { book: &book, version: None };
        let mut gathered = Gathered::default();
        for line in lines {
            gathered.take(1, line.bytes(), line.hash(), &trusted);
        }
        gathered
    }

    #[test]
    fn a_drawer_is_counted_by_its_movements_and_not_by_what_its_close_says() {
        for (expected, right) in [(8_500, true), (8_600, false)] {
            let gathered = gathered(&shift(expected));
            let drawer = gathered.drawers.values().next().expect("a drawer");
            assert_eq!(drawer.counted, 8_500);
            assert_eq!(drawer.closed == Some((8_500, 0)), right);
        }
    }

    #[test]
    fn a_record_that_is_missing_or_changed_is_out_of_place() {
        let lines = shift(8_500);
        let gaps =
            |lines: &[Line]| gathered(lines).journals.values().map(|one| one.gaps).sum::<u64>();
        assert_eq!(gaps(&lines), 0_u64);
        let cut = [&lines[..1], &lines[2..]].concat();
        assert!(gaps(&cut) > 0_u64);
        let mut changed = lines.clone();
        let text = String::from_utf8(changed[1].bytes().to_vec()).expect("text");
        changed[1] = Line::from_bytes(text.replace("500", "900").into_bytes());
        assert!(gaps(&changed) > 0_u64, "the next record commits to another one");
    }
}
