//! What must hold after a run, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use rusqlite::types::Value;
use tideover::domain::event::Event;
use tideover::domain::ids::{Epoch, Seq};
use tideover::journal::hash::Hash;
use tideover::journal::record::{Envelope, Line};
use tideover::journal::verify::{Depth, Known, Verifier};
use tideover::ledger::Reader;
use tideover::ledger::finding::FindingKind;
use tideover::sync::segment::unpack;

use super::STORE;
use super::bugs::open;
use super::world::World;

/// One thing that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// Each sale that was shown as PAID is at central exactly once, and nothing else is.
    Once,
    /// Customers, ledgers and central have the same sums in cash and in checks.
    Sums,
    /// Nothing that central did not say may be forgotten is missing at its register.
    Kept,
    /// Every journal verifies, wherever it lies.
    Chains,
    /// Tables that are derived again are the same.
    Rebuilt,
    /// Central never refused a record for what it says.
    NeverRefused,
    /// No sale waited for more than a second copy, 150 ms, nor asked central anything.
    Slowed,
}

/// It did not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    pub invariant: Invariant,
    pub text: String,
}

/// A record at central.
struct Stored {
    register: u16,
    epoch: Epoch,
    seq: Seq,
    branch: i64,
    kind: String,
}

/// Cash and checks.
type Money = (i64, i64);

fn is_money(kind: &str) -> bool {
    matches!(kind, "sale" | "refund" | "void")
}

fn money_of(event: &Event) -> Option<Money> {
    let sale = event.sale()?;
    let (cash, checks) = (sale.cash_kept().expect("fits"), sale.checks().expect("fits"));
    Some((cash.minor(), checks.minor()))
}

fn plus(one: Money, other: Money) -> Money {
    (one.0 + other.0, one.1 + other.1)
}

impl World {
    /// Looks at everything; gives a fingerprint of what was done and of what central holds.
    pub fn look(&mut self) -> Hash {
        for refused in std::mem::take(&mut self.way.refused) {
            self.violated(Invariant::NeverRefused, refused);
        }
        let db = open(&self.central.database());
        let (stored, lines) = self.at_central(&db);
        self.each_sale_once(&stored);
        self.sums_agree(&stored, &lines);
        let mut verified = BTreeSet::new();
        for lane in 0..self.lanes.len() {
            if !self.lanes[lane].gone {
                self.ledger_is_whole(lane, &mut verified);
                self.mirror_verifies(lane);
            }
        }
        self.central_verifies(&db, &stored, &lines, &verified);
        self.projections_are_the_same(&db);
        for lane in 0..self.lanes.len() {
            self.ledger_rebuilds_the_same(lane);
        }
        let mut all: Vec<u8> = self.log.join("\n").into_bytes();
        lines.values().for_each(|line| all.extend_from_slice(line));
        Hash::of_bytes(&all)
    }

    fn at_central(&self, db: &Connection) -> (BTreeMap<Hash, Stored>, BTreeMap<Hash, Vec<u8>>) {
        let mut stored = BTreeMap::new();
        let sql = "SELECT reg, epoch, seq, branch, kind, hash FROM record";
        let mut select = db.prepare(sql).expect("asked");
        let mut rows = select.query(()).expect("asked");
        while let Some(row) = rows.next().expect("a row") {
            let one = Stored {
                register: row.get(0).expect("a number"),
                epoch: Epoch(row.get(1).expect("eight bytes")),
                seq: Seq(row.get::<_, i64>(2).expect("a number").unsigned_abs()),
                branch: row.get(3).expect("a number"),
                kind: row.get(4).expect("a word"),
            };
            stored.insert(Hash(row.get(5).expect("a hash")), one);
        }
        let mut lines = BTreeMap::new();
        let mut select = db.prepare("SELECT blob, raw_len FROM segment").expect("asked");
        let mut rows = select.query(()).expect("asked");
        while let Some(row) = rows.next().expect("a row") {
            let (blob, len): (Vec<u8>, i64) =
                (row.get(0).expect("a blob"), row.get(1).expect("a length"));
            let raw = unpack(&blob, usize::try_from(len).expect("fits")).expect("unpacked");
            for line in raw.split(|byte| *byte == b'\n') {
                lines.insert(Hash::of_line(line), line.to_vec());
            }
        }
        (stored, lines)
    }

    fn each_sale_once(&mut self, stored: &BTreeMap<Hash, Stored>) {
        let known: BTreeSet<Hash> = self.paid.iter().map(|sale| sale.hash).collect();
        let (mut wrong, mut lost) = (Vec::new(), Vec::new());
        for sale in &self.paid {
            match stored.get(&sale.hash) {
                Some(at) if at.branch >= 0 => {}
                Some(_) => wrong.push(format!("{} waits at central for others", sale.name())),
                None if sale.may_be_lost() => lost.push(sale.name()),
                None => wrong.push(format!("{} is not at central", sale.name())),
            }
        }
        for (hash, at) in stored {
            if is_money(&at.kind) && !known.contains(hash) {
                wrong.push(format!(
                    "central holds a {} of register {} (journal {}, record {}) that nobody paid",
                    at.kind, at.register, at.epoch, at.seq
                ));
            }
        }
        wrong.into_iter().for_each(|text| self.violated(Invariant::Once, text));
        self.lost = lost;
    }

    /// Every record has its bytes, follows the one before it, and is signed by its journal's key.
    fn central_verifies(
        &mut self,
        db: &Connection,
        stored: &BTreeMap<Hash, Stored>,
        lines: &BTreeMap<Hash, Vec<u8>>,
        verified: &BTreeSet<Hash>,
    ) {
        let mut keys = BTreeMap::new();
        let mut select = db.prepare("SELECT reg, epoch, public_key FROM journal").expect("asked");
        let mut rows = select.query(()).expect("asked");
        while let Some(row) = rows.next().expect("a row") {
            let register: u16 = row.get(0).expect("a number");
            let epoch = Epoch(row.get(1).expect("eight bytes"));
            let key: [u8; 32] = row.get(2).expect("a key");
            let key = tideover::journal::key::PublicKey::from_bytes(key).expect("a key");
            keys.insert((register, epoch), key);
        }
        let mut wrong = Vec::new();
        for (hash, at) in stored {
            let sound = lines.get(hash).is_some_and(|line| {
                let Ok(envelope) = Envelope::read(line) else { return false };
                let header = &envelope.header;
                let prev = header.prev;
                let before = stored.get(&prev).map(|before| (before.epoch, before.seq.next()));
                let follows = if at.seq == Seq(0) {
                    prev == Hash::ZERO
                } else {
                    before == Some((at.epoch, at.seq))
                };
                let key = keys.get(&(at.register, at.epoch));
                // The same bytes need no second look at their signature.
                let signed = || key.is_some_and(|key| envelope.is_signed_by(key));
                header.seq == at.seq && follows && (verified.contains(hash) || signed())
            });
            if !sound {
                let (register, epoch, seq) = (at.register, at.epoch, at.seq);
                wrong.push(format!("at central: record {seq} of {epoch}, register {register}"));
            }
        }
        wrong.into_iter().for_each(|text| self.violated(Invariant::Chains, text));
    }

    fn sums_agree(&mut self, stored: &BTreeMap<Hash, Stored>, lines: &BTreeMap<Hash, Vec<u8>>) {
        let here = self.paid.iter().filter(|sale| stored.contains_key(&sale.hash));
        let paid = here.fold((0, 0), |sum, sale| plus(sum, (sale.cash, sale.checks)));
        let recorded =
            stored.iter().filter(|(_, at)| is_money(&at.kind)).filter_map(|(hash, _)| {
                let envelope = Envelope::read(lines.get(hash)?).ok()?;
                money_of(&envelope.event().ok()?)
            });
        let recorded = recorded.fold((0, 0), plus);
        let totals = [false, true].map(|forks| {
            let totals = self.central.ask(move |store| store.totals(STORE, None, forks));
            assert!(totals.agree(), "what was paid is what was sold");
            (totals.cash.minor(), totals.checks.minor())
        });
        let derived = plus(totals[0], totals[1]);
        if paid != recorded || recorded != derived {
            let text = format!(
                "customers paid {paid:?} in cash and checks, central's records hold {recorded:?}, \
                 its tables {derived:?}"
            );
            self.violated(Invariant::Sums, text);
        }
    }

    fn lines_of(&self, lane: usize) -> Vec<(Epoch, Vec<Line>, Seq)> {
        let reader = Reader::open(&self.lanes[lane].place()).expect("a reader");
        let journals = reader.journals().expect("journals");
        let lines = journals.iter().map(|journal| {
            let lines = reader.lines(journal, Seq(0), usize::MAX, usize::MAX).expect("lines");
            let prune = reader.last_ack(journal).expect("read").map_or(Seq(0), |ack| ack.prune_seq);
            (journal.id.epoch, lines, prune)
        });
        lines.collect()
    }

    /// A register's own journals: nothing missing, everything verifies, the sums are its sales'.
    fn ledger_is_whole(&mut self, lane: usize, verified: &mut BTreeSet<Hash>) {
        let journals = self.lines_of(lane);
        let (mut wrong, mut held, mut sum) = (Vec::new(), BTreeSet::new(), (0, 0));
        for (epoch, lines, _) in &journals {
            let mut verifier = Verifier::new(Depth::Full, Known::default());
            lines.iter().for_each(|line| verifier.push(line.bytes()));
            let report = verifier.finish();
            if report.is_clean() {
                verified.extend(lines.iter().map(Line::hash));
            }
            for finding in report.findings {
                wrong.push(format!("{epoch}, record {}: {}", finding.seq, finding.text));
            }
            for line in lines {
                let new = held.insert(line.hash());
                let event = Envelope::read(line.bytes()).ok().and_then(|e| e.event().ok());
                if let Some(money) = event.filter(|_| new).as_ref().and_then(money_of) {
                    sum = plus(sum, money);
                }
            }
        }
        let name = format!("register {}", lane + 1);
        wrong.into_iter().for_each(|text| {
            self.violated(Invariant::Chains, format!("{name}: journal {text}"));
        });
        let prune = |epoch: Epoch| {
            let of = journals.iter().find(|(of, ..)| *of == epoch);
            of.map_or(Seq(0), |(_, _, prune)| *prune)
        };
        let mut missing = Vec::new();
        for (epoch, (next, head)) in &self.lanes[lane].ends {
            let last = next.0.checked_sub(1).map(Seq);
            if last.is_some_and(|last| last >= prune(*epoch)) && !held.contains(head) {
                missing.push(format!("{name}: journal {epoch} ends before record {next}"));
            }
        }
        let machine = self.lanes[lane].machine;
        let mut paid = (0, 0);
        // What a machine before this one sold is here where it was brought back.
        for sale in self.paid.iter().filter(|sale| sale.lane == lane) {
            if held.contains(&sale.hash) {
                paid = plus(paid, (sale.cash, sale.checks));
                continue;
            }
            let here = sale.machine == machine && !sale.disk_lost;
            if here && sale.seq >= prune(sale.epoch) {
                missing.push(format!("{} is not in its ledger", sale.name()));
            }
        }
        missing.into_iter().for_each(|text| self.violated(Invariant::Kept, text));
        if paid != sum {
            let text = format!("{name}: customers paid {paid:?}, its ledger holds {sum:?}");
            self.violated(Invariant::Sums, text);
        }
    }

    /// What a register holds of others.
    fn mirror_verifies(&mut self, lane: usize) {
        let mirror = self.lanes[lane].mirror();
        let mut wrong = Vec::new();
        let all = mirror.branches().expect("read");
        for branch in &all {
            let lines = mirror.lines(&all, branch, Seq(0), usize::MAX, usize::MAX).expect("read");
            let mut verifier = Verifier::new(Depth::Chain, Known::default());
            lines.iter().for_each(|line| verifier.push(line.bytes()));
            let report = verifier.finish();
            if !report.is_clean() || report.next_seq != branch.next_seq {
                wrong.push(format!("{} at register {}", branch.journal, lane + 1));
            }
        }
        wrong.into_iter().for_each(|text| self.violated(Invariant::Chains, text));
    }

    fn projections_are_the_same(&mut self, db: &Connection) {
        let before = tables(db, &["meta"]);
        self.central.forget_projections();
        self.central.project(usize::MAX);
        let after = tables(db, &["meta"]);
        self.compare("central", &before, &after);
    }

    fn compare(&mut self, whose: &str, before: &Tables, after: &Tables) {
        for (table, rows) in before {
            let again = &after[table];
            if rows == again {
                continue;
            }
            let only = |one: &BTreeMap<String, u32>, other: &BTreeMap<String, u32>| {
                let differs = |(row, count): &(&String, &u32)| other.get(*row) != Some(count);
                one.iter().find(differs).map(|(row, _)| row.clone())
            };
            let text = format!(
                "{whose}: table {table} was {:?}, and derived again it is {:?}",
                only(rows, again),
                only(again, rows)
            );
            self.violated(Invariant::Rebuilt, text);
        }
    }

    /// Closes a register, opens its ledger and derives its tables again.
    fn ledger_rebuilds_the_same(&mut self, lane: usize) {
        let Some(till) = self.lanes[lane].till.take() else { return };
        self.lan.leaves(self.lanes[lane].number);
        till.register.close().expect("closed");
        // Where others showed that the disk was put back, this opening is the one that gives the
        // journal up: nobody played the till that does it between two customers.
        let shown = self.lanes[lane].was_shown();
        let (mut ledger, findings) = self.lanes[lane].ledger();
        for finding in findings {
            if shown && finding.kind == FindingKind::JournalFrozen {
                continue;
            }
            let text = format!("register {}: {}", lane + 1, finding.text());
            // A ledger that was closed in good order has nothing to be put right.
            let invariant = match finding.kind {
                FindingKind::ProjectionsRebuilt => Invariant::Rebuilt,
                _ => Invariant::Kept,
            };
            self.violated(invariant, text);
        }
        let path = self.lanes[lane].place().database();
        let db = open(&path);
        let derived = ["journal", "ack", "sealed", "check_seen"];
        let before = tables(&db, &derived);
        ledger.rebuild().expect("rebuilt");
        let after = tables(&db, &derived);
        self.compare(&format!("register {}", lane + 1), &before, &after);
    }
}

/// Rows of each table, and how often each is there.
type Tables = BTreeMap<String, BTreeMap<String, u32>>;

fn tables(db: &Connection, but: &[&str]) -> Tables {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut select = db.prepare(sql).expect("asked");
    let names = select.query_map((), |row| row.get(0)).expect("asked");
    let names: Vec<String> = names.map(|name| name.expect("a name")).collect();
    let mut tables = Tables::new();
    for name in names.into_iter().filter(|name| !but.contains(&name.as_str())) {
        let mut select = db.prepare(&format!("SELECT * FROM {name}")).expect("asked");
        let columns = select.column_count();
        let mut rows = select.query(()).expect("asked");
        let mut all = BTreeMap::new();
        while let Some(row) = rows.next().expect("a row") {
            let cells: Vec<Value> =
                (0..columns).map(|column| row.get(column).expect("a cell")).collect();
            *all.entry(format!("{cells:?}")).or_insert(0) += 1;
        }
        tables.insert(name, all);
    }
    tables
}
