use super::super::sample::{WHO, Written, cash_sale, key, shift_open};
use super::super::{JournalRef, Reader};
use super::*;
use crate::device::clock::SimulatedClock;
use crate::device::entropy::SeededEntropy;
use crate::domain::ids::{RegisterNo, SaleNo, StoreNo};
use crate::domain::time::Timestamp;

/// A register's folders, clock and chance.
struct Till {
    _folder: tempfile::TempDir,
    place: Place,
    clock: SimulatedClock,
    entropy: SeededEntropy,
}

impl Till {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = |name| folder.path().join(name);
        let place = Place {
            dir: dir("ledger"),
            tape_dir: dir("tape"),
            anchor_dir: dir("anchor"),
        };
        let start = Timestamp::parse("2026-11-22T13:05:09.120-06:00").expect("a time");
        let (clock, entropy) = (SimulatedClock::at(start), SeededEntropy::new(1));
        Self { _folder: folder, place, clock, entropy }
    }

    fn request(&self) -> Request<'_> {
        let (clock, entropy) = (&self.clock, &self.entropy);
        Request { place: &self.place, identity: WHO, clock, entropy }
    }

    fn open(&self) -> (Ledger, Opening) {
        open(&self.request(), Some(key(5)), Hook::default()).expect("opened")
    }

    /// After so many sales of a dollar, closed.
    fn sold(sales: u64) -> Self {
        let till = Self::new();
        let (mut ledger, opening) = till.open();
        assert_eq!(opening.findings, []);
        sell(&mut ledger, sales);
        ledger.close().expect("closed");
        till
    }

    fn tape(&self) -> PathBuf {
        let mut tapes = fs::read_dir(&self.place.tape_dir).expect("a folder");
        tapes.next().expect("a tape").expect("an entry").path()
    }

    /// The database as another program on this machine opens it.
    fn raw(&self) -> rusqlite::Connection {
        super::super::open::connect(&self.place.database()).expect("opened")
    }

    fn events(&self) -> Vec<Event> {
        let reader = Reader::open(&self.place).expect("a reader");
        let current: JournalRef = reader.journals().expect("journals").remove(0);
        let lines = reader.lines(&current, Seq(0), 999, usize::MAX).expect("lines");
        let events = lines.iter().map(|line| Envelope::read(line.bytes()).expect("one").event());
        events.collect::<Result<_, _>>().expect("events")
    }
}

fn sell(ledger: &mut Ledger, sales: u64) {
    if ledger.state().open_shift.is_none() {
        ledger.append(&super::super::sample::entry(shift_open(1))).expect("recorded");
    }
    for _ in 0..sales {
        let number = ledger.state().last_sale_no.0 + 1;
        let sale = Event::of_sale(cash_sale(number, 100));
        ledger.append(&super::super::sample::entry(sale)).expect("recorded");
    }
}

fn kinds(opening: &Opening) -> Vec<FindingKind> {
    opening.findings.iter().map(|finding| finding.kind).collect()
}

fn restored(from: u64, to: u64) -> Event {
    Event::RestoredFrom { source: "tape".to_owned(), from: Seq(from), to: Seq(to) }
}

const GUARD: &str = "SELECT sql FROM sqlite_schema WHERE name = 'journal_is_not_deleted'";

/// As a program on this machine could do it that puts the guard back afterwards.
fn take_away(raw: &rusqlite::Connection, rows: &str) {
    let guard: String = raw
        .query_row(GUARD, (), |row| row.get(0))
        .expect("a guard");
    let deed = format!(
        "DROP TRIGGER journal_is_not_deleted; DELETE FROM journal WHERE {rows}; {guard};"
    );
    raw.execute_batch(&deed).expect("taken away");
}

#[test]
fn a_journal_goes_on_where_it_was() {
    let till = Till::sold(3);
    let (ledger, opening) = till.open();
    assert_eq!(opening.findings, []);
    assert_eq!((ledger.state().last_sale_no, ledger.chain().next_seq), (SaleNo(3), Seq(5)));
    assert_eq!(opening.book.next_of(ledger.chain().journal.epoch), Seq(5));
    assert_eq!(till.events().len(), 5);
}

#[test]
fn a_database_that_lacks_its_last_records_gets_them_from_the_tape() {
    let till = Till::sold(4);
    take_away(&till.raw(), "seq >= 4");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::RecordsRestored]);
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("lacked its last 2 records (4 to 5)"), "{said}");
    assert_eq!(ledger.state().last_sale_no, SaleNo(4));
    assert_eq!(till.events()[6], restored(4, 5));
    drop(ledger);
    assert_eq!(till.open().1.findings, [], "said once");
}

#[test]
fn a_database_that_lacks_a_record_in_the_middle_is_built_again() {
    let till = Till::sold(4);
    take_away(&till.raw(), "seq = 3");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    assert_eq!(ledger.state().last_sale_no, SaleNo(4));
    assert_eq!(till.events()[6], restored(3, 5));
    drop(ledger);
    assert_eq!(till.open().1.findings, []);
}

#[test]
fn a_tape_that_lacks_a_record_in_the_middle_is_written_again_whole() {
    let till = Till::sold(4);
    let tape = till.tape();
    let text = fs::read_to_string(&tape).expect("a tape");
    let lacking: Vec<&str> =
        text.lines().enumerate().filter(|(place, _)| *place != 3).map(|(_, line)| line).collect();
    fs::write(&tape, lacking.join("\n") + "\n").expect("written");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::TapeMended]);
    ledger.close().expect("closed");
    assert!(fs::read_to_string(&tape).expect("a tape") == text, "the same lines in order");
}

#[test]
fn a_definition_that_was_changed_is_damage_and_no_record_has_to_come_back() {
    let till = Till::sold(2);
    till.raw().execute_batch("DROP TRIGGER journal_is_not_updated").expect("dropped");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::DatabaseRebuilt]);
    assert_eq!(ledger.state().last_sale_no, SaleNo(2));
    let events = till.events();
    assert!(!events.iter().any(|event| matches!(event, Event::RestoredFrom { .. })), "{events:?}");
    let why = till.raw().execute_batch("UPDATE journal SET line = x'414243'").expect_err("guarded");
    assert!(why.to_string().contains("never changed"), "{why}");
}

#[test]
fn sums_that_do_not_follow_from_the_records_are_derived_again() {
    let till = Till::sold(2);
    till.raw().execute_batch("UPDATE sale SET total = total + 1").expect("changed");
    let (ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::ProjectionsRebuilt]);
    let pending = ledger.pending_from(Seq(0)).expect("read");
    assert_eq!(pending.money.minor(), 200);
    drop(ledger);
    assert_eq!(till.open().1.findings, []);
}

#[test]
fn what_the_anchor_knows_of_and_nobody_holds_is_lost_and_said() {
    let till = Till::sold(4);
    fs::remove_file(till.tape()).expect("gone");
    take_away(&till.raw(), "seq >= 4");
    let (ledger, opening) = till.open();
    assert!(kinds(&opening).contains(&FindingKind::JournalFrozen));
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("Of 6 records only the first 4 can be found"), "{said}");
    assert!(said.contains("Up to 2 records"), "{said}");
    assert_eq!(ledger.chain().next_seq, Seq(1));
    let Event::EpochOpen(first) = till.events().remove(0) else { panic!("it opens a journal") };
    assert_eq!(first.follows.map(|follows| follows.next_seq), Some(Seq(6)));
}

#[test]
fn an_anchor_that_names_another_record_is_another_copys() {
    let till = Till::sold(2);
    let path = anchor::path(&till.place.anchor_dir, WHO);
    let (_, mark) = anchor::read(&path).expect("read").expect("a mark");
    let mut anchor = Anchor::open(&path).expect("opened");
    let head = crate::journal::hash::Hash([9; 32]);
    anchor.write(&Mark { head, ..mark }).expect("written");
    let (_ledger, opening) = till.open();
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("ends otherwise than it did"), "{said}");
    // A register's anchor of another journal says nothing of this one.
    let till = Till::sold(2);
    let path = anchor::path(&till.place.anchor_dir, WHO);
    fs::remove_file(&path).expect("gone");
    assert_eq!(till.open().1.findings, []);
}

#[test]
fn without_its_key_a_register_begins_goes_on_and_says_that_it_does_not_sign() {
    let till = Till::new();
    let open_without = || open(&till.request(), None, Hook::default()).expect("opened");
    for start in 0..2 {
        let (mut ledger, opening) = open_without();
        assert_eq!(kinds(&opening), [FindingKind::Unsigned]);
        assert!(!ledger.signs());
        sell(&mut ledger, 1);
        assert_eq!(ledger.state().last_sale_no, SaleNo(start + 1));
    }
    let reader = Reader::open(&till.place).expect("a reader");
    let current = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&current, Seq(0), 9, usize::MAX).expect("lines");
    let signed = lines.iter().map(|line| Envelope::read(line.bytes()).expect("one"));
    let signed: Vec<bool> = signed.map(|envelope| envelope.signature.is_some()).collect();
    assert_eq!(signed, [true, false, false, false]);
}

#[test]
fn a_register_with_another_key_leaves_its_old_journal_whole() {
    let till = Till::sold(2);
    let opened = open(&till.request(), Some(key(6)), Hook::default());
    let (ledger, opening) = opened.expect("opened");
    assert_eq!(kinds(&opening), [FindingKind::JournalFrozen]);
    assert_eq!(ledger.public_key(), key(6).public());
    let reader = Reader::open(&till.place).expect("a reader");
    let journals = reader.journals().expect("journals");
    assert_eq!(journals.len(), 2);
    assert_eq!(reader.next_seq(&journals[1]).expect("an end"), Seq(4));
}

fn first(epoch: u8, follows: Option<u8>) -> First {
    let name = |epoch| Epoch([epoch; 8]);
    let journal =
        JournalId { store: WHO.store, register: WHO.register, epoch: name(epoch) };
    First { journal, follows: follows.map(name) }
}

#[test]
fn the_current_journal_is_the_one_that_nobody_follows() {
    let anchored = |epoch| Mark {
        journal: first(epoch, None).journal,
        next_seq: Seq(1),
        head: crate::journal::hash::Hash::ZERO,
    };
    /// Of the database, of the anchor, of the tapes.
    type Case<'a> = (Option<(u8, Option<u8>)>, Option<u8>, &'a [(u8, Option<u8>)], Option<u8>);
    let cases: &[Case<'_>] = &[
        (None, None, &[], None),
        (Some((1, None)), None, &[], Some(1)),
        (None, Some(2), &[], Some(2)),
        (Some((1, None)), Some(2), &[], Some(2)),
        (Some((2, Some(1))), Some(1), &[], Some(2)),
        (Some((2, Some(3))), Some(1), &[], Some(1)),
        (None, None, &[(1, None)], Some(1)),
        (None, None, &[(1, None), (2, None)], None),
        (None, None, &[(1, None), (2, Some(1))], Some(2)),
        (None, None, &[(3, Some(2)), (2, Some(1)), (1, None)], Some(3)),
        (None, Some(1), &[(1, None), (2, Some(1))], Some(2)),
        (None, Some(1), &[(3, Some(2)), (2, Some(1)), (1, None)], Some(3)),
        (None, Some(1), &[(2, None), (4, Some(3))], Some(1)),
        (Some((1, None)), None, &[(1, None), (2, Some(1))], Some(2)),
        (Some((1, None)), None, &[(2, None)], Some(1)),
    ];
    for (in_db, anchor, tapes, current) in cases {
        let in_db_first = in_db.map(|(epoch, follows)| first(epoch, follows));
        let mark = anchor.map(anchored);
        let tapes: Vec<First> = tapes.iter().map(|(is, follows)| first(*is, *follows)).collect();
        let found = wanted(in_db_first.as_ref(), mark.as_ref(), &tapes);
        assert_eq!(found, current.map(|epoch| Epoch([epoch; 8])), "{in_db:?} {anchor:?}");
    }
}

#[test]
fn only_tapes_of_this_register_are_looked_at() {
    let till = Till::new();
    fs::create_dir_all(&till.place.tape_dir).expect("a folder");
    assert_eq!(tapes(&till.request()).len(), 0);
    let written = Written::begun(3);
    let line = |of: JournalId| {
        let open = Envelope::read(&written.lines[0]).expect("a record").event().expect("one");
        let entry = super::super::sample::entry(open);
        let chain = crate::journal::chain::Chain::empty(of);
        let (line, _) = chain.next(&entry, Some(&written.key)).expect("sums fit");
        [line.bytes(), b"\n"].concat()
    };
    let own = written.chain.journal;
    for (name, of) in [
        ("tape-1.jsonl", own),
        ("tape-2.jsonl", JournalId { register: RegisterNo(8), ..own }),
        ("tape-3.jsonl", JournalId { store: StoreNo(9), ..own }),
        ("tape-4.txt", own),
        ("other.jsonl", own),
    ] {
        fs::write(till.place.tape_dir.join(name), line(of)).expect("written");
    }
    fs::write(till.place.tape_dir.join("tape-5.jsonl"), b"no record\n").expect("written");
    let found: Vec<_> = tapes(&till.request()).iter().map(|first| first.journal).collect();
    assert_eq!(found, [own]);
}

#[test]
fn another_stores_or_registers_ledger_is_refused() {
    let till = Till::new();
    let own = first(1, None).journal;
    let path = till.place.database();
    let asked = |found| refuse_other_register(&till.request(), &path, found);
    asked(own).expect("its own");
    for other in [
        JournalId { store: StoreNo(9), ..own },
        JournalId { register: RegisterNo(8), ..own },
    ] {
        let why = asked(other).expect_err("refused");
        assert!(matches!(why, LedgerError::OtherRegister { found, .. } if found == other));
    }
}

#[test]
fn a_record_that_opens_no_journal_is_not_its_first() {
    let written = Written::sold(3, 1);
    assert!(first_of(&written.lines[0]).is_some_and(|first| first.follows.is_none()));
    assert!(first_of(&written.lines[1]).is_none());
    assert!(first_of(b"no record").is_none());
}
