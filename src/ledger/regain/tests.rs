//! Records that come back: whole, from any carrier, in any order, once.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::Reader;
use super::super::finding::FindingKind;
use super::super::gather::Bringer;
use super::super::sample::{Till, WHO, Written, key, note, sell};
use super::*;
use crate::device::entropy::SeededEntropy;
use crate::domain::ids::{RegisterNo, SaleNo, StoreNo};
use crate::journal::chain::Chain;

const TRUSTED: GoodLength<'static> = &|_, _| None;

/// A register, the lines it wrote, and what others bring of them.
struct Store {
    till: Till,
    lines: Vec<Vec<u8>>,
    gathered: Gathered,
}

impl Store {
    fn sold(sales: u64) -> Self {
        let till = Till::sold(sales);
        let lines = lines_of(&till.tape());
        Self { till, lines, gathered: Gathered::of(WHO) }
    }

    fn journal(&self) -> JournalId {
        Envelope::read(&self.lines[0]).expect("a record").header.journal
    }

    fn bring(&mut self, by: &Bringer, places: impl IntoIterator<Item = usize>) {
        for place in places {
            self.gathered.take(by, &self.lines[place]).expect("room");
        }
    }

    fn desk(&self) -> Desk<'_> {
        let (place, gathered) = (&self.till.place, &self.gathered);
        Desk { place, identity: WHO, gathered, good: TRUSTED }
    }

    fn look(&self) -> Vec<Regained> {
        look(&self.desk()).expect("looked")
    }

    /// The one journal that is known of.
    fn regained(&self) -> Regained {
        let all = self.look();
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().expect("one")
    }

    fn bring_back(&self) -> Vec<Regained> {
        bring_back(&self.desk(), &|_| ()).expect("brought back")
    }

    /// The disk with database and tape is gone; the anchor lies elsewhere.
    fn lose(&self) {
        fs::remove_dir_all(&self.till.place.dir).expect("gone");
        fs::remove_dir_all(&self.till.place.tape_dir).expect("gone");
    }

    fn folder(&self) -> PathBuf {
        self.till.place.frozen().join(self.journal().epoch.to_string())
    }

    fn kept(&self, branch: u32) -> Vec<Vec<u8>> {
        lines_of(&self.folder().join(format!("lines-{branch}.jsonl")))
    }
}

fn lines_of(path: &Path) -> Vec<Vec<u8>> {
    let Ok(bytes) = fs::read(path) else { return Vec::new() };
    bytes.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec).collect()
}

fn peer(register: u16) -> Bringer {
    Bringer::Peer(RegisterNo(register))
}

#[test]
fn a_journal_whose_disk_died_comes_back_from_a_peer_and_selling_goes_on_in_the_next_one() {
    let mut store = Store::sold(4);
    store.lose();
    store.bring(&peer(3), 0..6);
    let found = store.regained();
    assert_eq!((found.here, found.whole, found.known, found.missing()), (0, 6, 6, 0));
    assert_eq!((found.back.records, found.back.sales, found.back.money.minor()), (6, 4, 400));
    assert!(found.changes && found.in_use && found.others.is_empty());
    assert!(!store.till.place.frozen().exists(), "a look changes nothing");
    store.bring_back();
    assert!(store.kept(1) == store.lines);
    // The next start does not go on with it: nobody knows whether the peer had the last record.
    let (ledger, opening) = store.till.open();
    let kinds: Vec<FindingKind> = opening.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::JournalFrozen]);
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("IT brought 6 records of this register back"), "{said}");
    assert!(said.contains(&format!("kept in {} ", store.folder().display())), "{said}");
    assert_eq!(ledger.chain().next_seq, Seq(1));
    let Event::EpochOpen(first) = store.till.events().remove(0) else { panic!("a beginning") };
    let follows = first.follows.expect("it follows the old one");
    assert_eq!((follows.epoch, follows.next_seq), (store.journal().epoch, Seq(6)));
    assert_eq!(follows.reason, "6 of its records were brought back");
    // Its receipts are found by their numbers, and it verifies.
    assert!(ledger.earlier_sale(SaleNo(3)).is_some());
    let reader = Reader::open(&store.till.place).expect("a reader");
    let journals = reader.journals().expect("journals");
    assert_eq!(journals.len(), 2, "{journals:?}");
    assert_eq!(folders(&store.till.place.frozen()), [store.folder()], "and nothing beside it");
    assert_eq!(reader.head(&journals[1]).expect("an end").0, Seq(6));
}

#[test]
fn what_a_start_gave_up_short_becomes_whole_and_the_journal_begun_meanwhile_stays() {
    let mut store = Store::sold(4);
    // The tape's disk is new, and the database an older copy: the anchor knows better.
    let raw = store.till.raw();
    raw.execute_batch("DROP TRIGGER journal_is_not_deleted; DELETE FROM journal WHERE seq >= 3")
        .expect("an older copy");
    drop(raw);
    fs::remove_file(store.till.tape()).expect("gone");
    let (mut ledger, opening) = store.till.open();
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("tideover recover"), "{said}");
    sell(&mut ledger, 2);
    let begun = ledger.chain();
    assert!(
        matches!(bring_back(&store.desk(), &|_| ()), Err(LedgerError::InUse)),
        "not beside a register that runs"
    );
    store.bring(&Bringer::Central, 0..5);
    store.bring(&peer(2), [5]);
    let looked: Vec<Regained> = store.look();
    assert_eq!(looked.len(), 2, "it may be looked while it sells");
    ledger.close().expect("closed");
    let brought = store.bring_back();
    let old = brought.iter().find(|one| one.journal == store.journal()).expect("the old one");
    assert_eq!((old.here, old.whole, old.known), (3, 6, 6));
    assert_eq!((old.back.records, old.back.sales, old.back.money.minor()), (3, 3, 300));
    let ours = brought.iter().find(|one| one.in_use).expect("the one in use");
    assert_eq!((ours.journal, ours.changes, ours.whole), (begun.journal, false, begun.next_seq.0));
    assert!(store.kept(1) == store.lines);
    let (ledger, opening) = store.till.open();
    assert_eq!((opening.findings, ledger.chain()), (vec![], begun), "it goes on where it was");
    assert!(ledger.earlier_sale(SaleNo(4)).is_some());
}

#[test]
fn doing_it_again_changes_nothing_and_a_later_carrier_brings_the_rest() {
    let mut store = Store::sold(4);
    store.lose();
    store.bring(&Bringer::File("a.lines".to_owned()), [0, 1, 2, 5]);
    let found = store.regained();
    assert_eq!((found.whole, found.known, found.missing()), (3, 6, 3));
    let file = found.has.iter().find(|has| has.by.is_some()).expect("the file");
    assert_eq!((&file.stretches[..], file.not_used), (&[(Seq(0), Seq(3))][..], 1));
    store.bring_back();
    assert!(store.kept(1) == store.lines[..3]);
    let bytes = fs::read(store.folder().join(RECOVERED)).expect("a database");
    assert!(!store.regained().changes);
    store.bring_back();
    assert!(fs::read(store.folder().join(RECOVERED)).expect("a database") == bytes);
    store.bring(&peer(2), [3, 4]);
    let found = store.regained();
    assert_eq!((found.here, found.back.records, found.missing()), (3, 3, 0));
    store.bring_back();
    assert!(store.kept(1) == store.lines);
}

/// Every way of spreading a journal over five carriers gives the same files, in whatever order
/// they are asked.
#[test]
fn any_carriers_that_have_all_of_it_together_give_the_same_bytes_in_any_order() {
    let entropy = SeededEntropy::new(7);
    let draw = |bound: usize| {
        usize::try_from(entropy.below(u64::try_from(bound).expect("fits"))).expect("fits")
    };
    let whole = Store::sold(5);
    let mut first: Option<(Vec<u8>, Vec<u8>)> = None;
    for round in 0..40 {
        let mut store =
            Store { till: Till::new(), lines: whole.lines.clone(), gathered: Gathered::of(WHO) };
        store.gathered.key(key(5).public());
        // Database and tape here, and what central, a peer and a stick have.
        let outside = [Bringer::Central, peer(3), Bringer::Bundle("/media/stick".to_owned())];
        let (mut db, mut tape) = (Vec::new(), Vec::new());
        let mut brought: Vec<(usize, usize)> = Vec::new();
        for place in 0..store.lines.len() {
            // At least one of the five has it.
            let holders = draw(32) | (1 << draw(5));
            for carrier in 0..5_usize {
                if holders & (1 << carrier) == 0 {
                    continue;
                }
                match carrier {
                    0 => db.push(place),
                    1 => tape.push(place),
                    _ => brought.push((carrier - 2, place)),
                }
            }
        }
        for at in (1..brought.len()).rev() {
            brought.swap(at, draw(at + 1));
        }
        for (carrier, place) in brought {
            store.bring(&outside[carrier], [place]);
        }
        write_local(&store, &db, &tape);
        let found = store.look();
        let one = found.iter().find(|one| one.journal == whole.journal()).expect("the journal");
        assert_eq!((one.whole, one.missing()), (7, 0), "round {round}: {one:?}");
        // What database and tape give alone is the start's affair; the rest is brought back.
        if one.back.records == 0 {
            continue;
        }
        store.bring_back();
        let files = (
            fs::read(store.folder().join("lines-1.jsonl")).expect("lines"),
            fs::read(store.folder().join(RECOVERED)).expect("a database"),
        );
        let same = first.get_or_insert_with(|| files.clone());
        assert!(*same == files, "round {round}");
    }
    assert!(first.is_some());
}

/// Puts some lines into database and tape, as damage may leave them.
fn write_local(store: &Store, db: &[usize], tape: &[usize]) {
    let place = &store.till.place;
    private_folder(&place.dir).expect("made");
    private_folder(&place.tape_dir).expect("made");
    let rows: BTreeMap<u64, &Vec<u8>> =
        db.iter().map(|at| (u64::try_from(*at).expect("fits"), &store.lines[*at])).collect();
    let path = place.dir.join("made.db");
    drop(super::super::open::Db::create(&path).expect("created"));
    let raw = super::super::open::connect(&path).expect("opened");
    let names = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let names: Vec<String> = raw
        .prepare(names)
        .and_then(|mut all| all.query_map((), |row| row.get(0))?.collect())
        .expect("names");
    for name in names {
        raw.execute_batch(&format!("DROP TRIGGER {name}")).expect("dropped");
    }
    for (seq, line) in rows {
        let seq = i64::try_from(seq).expect("fits");
        raw.execute("INSERT INTO journal(seq, line) VALUES (?1, ?2)", (seq, line)).expect("in");
    }
    raw.close().expect("closed");
    fs::rename(&path, place.database()).expect("placed");
    let bytes: Vec<u8> =
        tape.iter().flat_map(|at| [&store.lines[*at][..], b"\n"].concat()).collect();
    fs::write(tape::path(&place.tape_dir, store.journal().epoch), bytes).expect("written");
}

#[test]
fn cut_off_at_any_step_it_is_as_before_or_whole_and_the_next_time_makes_it_whole() {
    for at in [Step::Branches, Step::Built, Step::Database, Step::Lines] {
        let mut store = Store::sold(4);
        store.lose();
        store.bring(&peer(3), 0..4);
        store.bring_back();
        store.bring(&peer(3), 4..6);
        let cut = catch_unwind(AssertUnwindSafe(|| {
            bring_back(&store.desk(), &|step| assert_ne!(step, at, "cut off here"))
        }));
        assert!(cut.is_err(), "{at:?}");
        let kept = store.kept(1);
        let expected = if at == Step::Lines { &store.lines[..] } else { &store.lines[..4] };
        assert!(kept == expected, "{at:?}: {} lines", kept.len());
        let (ledger, _) = store.till.open();
        assert!(ledger.earlier_sale(SaleNo(2)).is_some(), "{at:?}: what was back is not lost");
        drop(ledger);
        store.bring_back();
        assert!(store.kept(1) == store.lines, "{at:?}");
    }
}

#[test]
fn the_journal_in_use_that_others_know_further_is_ended_and_kept_whole() {
    let mut store = Store::sold(4);
    // Database, tape and anchor were all put back to an earlier moment.
    let raw = store.till.raw();
    raw.execute_batch("DROP TRIGGER journal_is_not_deleted; DELETE FROM journal WHERE seq >= 4")
        .expect("an older copy");
    drop(raw);
    let tape = store.till.tape();
    fs::write(&tape, store.lines[..4].join(&b'\n')).expect("older");
    fs::remove_dir_all(&store.till.place.anchor_dir).expect("gone");
    store.bring(&Bringer::Central, 0..6);
    let found = store.regained();
    assert_eq!((found.in_use, found.here, found.back.records), (true, 4, 2));
    store.bring_back();
    let (ledger, opening) = store.till.open();
    let said = opening.findings[0].text().to_string();
    assert!(said.contains("IT brought 2 records of this register back"), "{said}");
    assert_eq!(ledger.chain().next_seq, Seq(1));
    assert!(store.kept(1) == store.lines);
    assert!(ledger.earlier_sale(SaleNo(4)).is_some());
}

#[test]
fn two_records_at_one_place_are_both_kept_whoever_is_asked_first() {
    let mut kept = Vec::new();
    for swap in [false, true] {
        let mut here = Written::sold(5, 2);
        let mut there = Written::sold(5, 2);
        here.add(note("sold on here"));
        there.add(note("sold on at the copy"));
        there.add(note("and more"));
        let mut store =
            Store { till: Till::new(), lines: here.lines.clone(), gathered: Gathered::of(WHO) };
        store.gathered.key(key(5).public());
        let (one, other) = if swap { (peer(3), peer(2)) } else { (peer(2), peer(3)) };
        let (first, second) = if swap { (&there, &here) } else { (&here, &there) };
        for (by, lines) in [(&one, &first.lines), (&other, &second.lines)] {
            lines.iter().for_each(|line| store.gathered.take(by, line).expect("room"));
        }
        let found = store.regained();
        assert_eq!((&found.others[..], found.missing()), (&[Seq(4)][..], 0));
        assert!(found.has.iter().all(|has| has.not_used == 0), "{found:?}");
        store.bring_back();
        assert!(!store.regained().changes, "and not a second time");
        kept.push((store.kept(1), store.kept(2)));
    }
    assert!(kept[0] == kept[1]);
    assert_eq!((kept[0].0.len(), kept[0].1.len()), (5, 6));
}

#[test]
fn records_of_others_and_of_an_unknown_key_are_left_out_and_counted() {
    let mut store = Store::sold(2);
    let by = peer(3);
    let stranger = Written::sold(9, 3);
    for line in &stranger.lines {
        store.gathered.take(&by, line).expect("room");
    }
    for (store_no, register) in [(9, 7), (1_042, 8)] {
        let (store_no, register) = (StoreNo(store_no), RegisterNo(register));
        let mut chain = stranger.chain;
        chain.journal = JournalId { store: store_no, register, ..chain.journal };
        let entry = super::super::sample::entry(note("elsewhere"));
        let (line, _): (_, Chain) = chain.next(&entry, Some(&stranger.key)).expect("sums fit");
        store.gathered.take(&by, line.bytes()).expect("room");
    }
    store.gathered.take(&by, b"no record at all").expect("room");
    store.gathered.take(&by, b"").expect("room");
    let all = store.look();
    let strange = all.iter().find(|one| one.journal == stranger.chain.journal).expect("told");
    assert_eq!(strange.unknown_key, Some(stranger.key.public()));
    assert_eq!((strange.whole, strange.back.records, strange.changes), (0, 0, false));
    let (_, brought) = store.gathered.bringers().next().expect("the peer");
    assert_eq!((brought.of_others, brought.no_records), (2, 1));
    store.bring_back();
    assert!(!store.till.place.frozen().exists());
    // Somebody who wrote its key down vouches for it.
    store.gathered.key(stranger.key.public());
    store.bring_back();
    let folder = store.till.place.frozen().join(stranger.chain.journal.epoch.to_string());
    assert!(lines_of(&folder.join("lines-1.jsonl")) == stranger.lines);
}

#[test]
fn beyond_the_good_length_of_a_revoked_key_nothing_is_taken_from_outside() {
    let mut store = Store::sold(4);
    store.lose();
    store.bring(&peer(3), 0..6);
    let good: GoodLength<'_> = &|_, _| Some(Seq(4));
    let desk = Desk { good, ..store.desk() };
    let found = look(&desk).expect("looked").remove(0);
    assert_eq!((found.whole, found.good), (4, Some(Seq(4))));
    bring_back(&desk, &|_| ()).expect("brought back");
    assert!(store.kept(1) == store.lines[..4]);
}

#[test]
fn a_damaged_copy_among_the_put_away_lines_is_kept_beside_what_was_mended() {
    let mut store = Store::sold(4);
    store.lose();
    store.bring(&peer(3), 0..6);
    store.bring_back();
    let path = store.folder().join("lines-1.jsonl");
    let mut bytes = fs::read(&path).expect("lines");
    let digit = store.lines[0].len() + store.lines[1].len() + store.lines[2].len();
    bytes[digit] ^= 1;
    fs::write(&path, &bytes).expect("damaged");
    store.bring_back();
    assert!(store.kept(1) == store.lines);
    let beside = fs::read(store.folder().join("lines-1.jsonl-1")).expect("the damaged one");
    assert!(beside == bytes);
}

#[test]
fn nothing_known_and_nothing_brought_is_nothing_to_do() {
    let till = Till::new();
    let store = Store { till, lines: Vec::new(), gathered: Gathered::of(WHO) };
    assert_eq!(store.look(), []);
    assert_eq!(store.bring_back(), []);
    let mut sold = Store::sold(2);
    sold.gathered.asked(&peer(2));
    let found = sold.regained();
    assert_eq!((found.here, found.missing(), found.changes), (4, 0, false));
    assert_eq!(found.has.len(), 2, "who brought nothing is told as well");
    let (ledger, opening) = sold.till.open();
    drop(ledger);
    assert_eq!(opening.findings, []);
}
