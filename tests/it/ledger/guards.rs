//! What a journal does not let happen to itself, and that its tables follow from it.

use tideover::device::entropy::SeededEntropy;
use tideover::domain::event::Event;
use tideover::domain::ids::{Seq, ShiftNo};
use tideover::domain::money::Money;
use tideover::domain::stock::{StockDeltas, add_sale};
use tideover::journal::verify::{Depth, Known};
use tideover::ledger::{AckRow, LedgerError, Reader};

use super::store::{Register, next_sale, random_event, sale, shift_open};

#[test]
fn a_thousand_events_verify_and_a_reader_sees_them_while_the_writer_runs() {
    let register = Register::new();
    let (mut ledger, opening) = register.open();
    assert!(opening.findings.is_empty(), "{:?}", opening.findings);
    let chance = SeededEntropy::new(20_261_122);
    let mut stock = StockDeltas::new();
    for _ in 0..1_000 {
        let event = random_event(&ledger, &chance);
        if let Event::Sale(sale) | Event::Refund(sale) = &event {
            add_sale(&mut stock, sale).expect("fits");
        }
        assert!(register.append(&mut ledger, event).second_copy);
    }
    let reader = Reader::open(&register.place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let mut told = 0;
    let report = reader
        .verify(&journal, Depth::Full, Known::default(), &mut |records| told = records)
        .expect("a report");
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!((report.records, told), (1_001, 1_001));
    assert_eq!(reader.head(&journal).expect("a head"), (Seq(1_001), ledger.chain().head));
    assert_eq!(report.lifetime, ledger.chain().lifetime);
    assert_eq!(ledger.stock_deltas(Seq(0)).expect("stock"), stock);
    let pending = ledger.pending_from(Seq(0)).expect("pending");
    assert_eq!(pending, reader.pending_from(Seq(0)).expect("pending"));
    assert_eq!((pending.records, pending.sales), (1_001, report.sales));
    let lines = reader.lines(&journal, Seq(990), 5, usize::MAX).expect("lines");
    assert_eq!(lines.len(), 5);
    assert_eq!(reader.lines(&journal, Seq(990), 5, 1).expect("lines"), lines[..1]);
    let state = ledger.state().clone();
    ledger.close().expect("closed");
    let (ledger, opening) = register.open();
    assert_eq!((ledger.state(), &opening.state), (&state, &state));
    assert!(opening.findings.is_empty(), "{:?}", opening.findings);
}

#[test]
fn derived_tables_equal_those_that_grew_with_each_record() {
    for seed in 1..=5 {
        let register = Register::new();
        let (mut ledger, _) = register.open();
        let chance = SeededEntropy::new(seed);
        for _ in 0..200 {
            let event = random_event(&ledger, &chance);
            register.append(&mut ledger, event);
        }
        let grown = tables(&register);
        assert!(grown.len() > 100, "seed {seed} made rows");
        ledger.rebuild().expect("derived again");
        assert_eq!(tables(&register), grown, "seed {seed}");
    }
}

#[test]
fn no_statement_changes_or_takes_away_a_record() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 3);
    ledger.close().expect("closed");
    // As another program on this machine would, with its own connection.
    let raw = rusqlite::Connection::open(register.place.database()).expect("open");
    let before = journal_rows(&raw);
    for attack in [
        "UPDATE journal SET line = x'2d207b7d' WHERE seq = 2",
        "UPDATE journal SET seq = 99 WHERE seq = 2",
        "UPDATE OR REPLACE journal SET seq = 1 WHERE seq = 2",
        "UPDATE OR IGNORE journal SET line = x'2d207b7d'",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE seq = 4",
        "INSERT OR REPLACE INTO journal(seq, line) VALUES (2, x'2d207b7d')",
        "REPLACE INTO journal(seq, line) VALUES (2, x'2d207b7d')",
        "INSERT OR IGNORE INTO journal(seq, line) VALUES (2, x'2d207b7d')",
        "INSERT INTO journal(seq, line) VALUES (2, x'2d207b7d') ON CONFLICT(seq) DO UPDATE SET line = excluded.line",
        "INSERT INTO journal(seq, line) VALUES (2, x'2d207b7d')",
        "INSERT INTO journal(seq, line) VALUES (7, x'2d207b7d')",
        "INSERT INTO journal(seq, line) VALUES (-1, x'2d207b7d')",
        "INSERT INTO journal(line) VALUES (x'2d207b7d')",
        "INSERT INTO journal(seq, line) VALUES (5, 'text')",
        "INSERT INTO journal(seq, line) VALUES (5, NULL)",
        "INSERT INTO journal(seq, line) VALUES (5, x'')",
        "INSERT INTO journal(seq, line) VALUES (5, zeroblob(262145))",
        "INSERT INTO journal(seq, line) SELECT 5, line FROM journal UNION ALL SELECT 9, x'2d207b7d'",
    ] {
        for triggers in ["OFF", "ON"] {
            raw.pragma_update(None, "recursive_triggers", triggers).expect("a pragma");
            let refused = raw.execute_batch(attack).is_err();
            assert!(refused || attack.contains("IGNORE"), "{attack}");
            assert_eq!(journal_rows(&raw), before, "{attack}");
        }
    }
}

#[test]
fn a_sale_that_is_recorded_is_not_recorded_twice() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 2);
    let again = sale(ledger.state().last_sale_no, ShiftNo(1), 3);
    let refused = ledger.append(&register.entry(Event::of_sale(again)));
    assert!(matches!(refused, Err(LedgerError::AlreadyRecorded(number)) if number.0 == 2));
    let (number, shift) = next_sale(&ledger);
    register.append(&mut ledger, Event::of_sale(sale(number, shift, 1)));
}

#[test]
fn an_acknowledgement_moves_as_central_says_also_back() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.append(&mut ledger, shift_open(ShiftNo(1)));
    assert_eq!(ledger.last_ack().expect("read"), None);
    let epoch = ledger.chain().journal.epoch;
    let ack = |next_seq| AckRow {
        epoch,
        next_seq: Seq(next_seq),
        prune_seq: Seq(1),
        server_epoch: "c-1".to_owned(),
        verbatim: vec![1, 2, 3],
        received_at: register.entry(shift_open(ShiftNo(9))).at,
    };
    for next_seq in [2, 1] {
        let ack = ack(next_seq);
        ledger.store_ack(&ack).expect("kept");
        assert_eq!(ledger.last_ack().expect("read"), Some(ack.clone()));
        let reader = Reader::open(&register.place).expect("a reader");
        let journal = reader.journals().expect("journals").remove(0);
        assert_eq!(reader.last_ack(&journal).expect("read"), Some(ack));
    }
}

#[test]
fn the_drawer_of_an_open_shift_is_what_its_sales_made_it() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 3);
    let shift = ledger.state().open_shift.clone().expect("an open shift");
    assert_eq!(shift.drawer.expected_cash(), Ok(Money::from_minor(20_000 + 3 * 12 * 299)));
    drop(ledger);
    assert_eq!(register.open().1.state.open_shift, Some(shift));
}

fn journal_rows(raw: &rusqlite::Connection) -> Vec<(i64, Vec<u8>)> {
    let mut rows = raw.prepare("SELECT seq, line FROM journal ORDER BY seq").expect("rows");
    let rows = rows.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

/// Every row of every derived table, as text.
fn tables(register: &Register) -> Vec<String> {
    let raw = rusqlite::Connection::open(register.place.database()).expect("open");
    let mut found = Vec::new();
    for table in ["sale", "shift", "outage", "pack"] {
        let mut rows = raw.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).expect("rows");
        let columns = rows.column_count();
        let rows = rows.query_map((), |row| {
            (0..columns)
                .map(|n| row.get::<_, rusqlite::types::Value>(n))
                .collect::<Result<Vec<_>, _>>()
        });
        for row in rows.expect("rows") {
            found.push(format!("{table} {:?}", row.expect("a row")));
        }
    }
    found
}

#[test]
fn a_checkpoint_by_hand_tells_what_it_moved_and_keeps_the_wal_from_growing() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    let wal = register.place.dir.join("ledger.db-wal");
    let mut sizes = Vec::new();
    for _ in 0..4 {
        register.sell(&mut ledger, 100);
        let moved = ledger.checkpoint_wal().expect("moved");
        assert!(!moved.busy && moved.pages > 0 && moved.moved == moved.pages, "{moved:?}");
        sizes.push(std::fs::metadata(&wal).expect("a WAL").len());
    }
    // Four times a hundred sales would be 2.5 MB; a little over 1 MiB is there from the start.
    assert!(
        sizes.iter().all(|size| *size == sizes[0] && *size < 1_100_000),
        "the WAL is used again from its start: {sizes:?}"
    );
    drop(ledger);
    assert!(register.open().1.findings.is_empty());
    assert!(register.verify().is_clean());
}

#[test]
fn a_register_at_work_moves_its_records_after_each_hundred_and_sooner_when_quiet() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    let moved_len = |register: &Register| {
        // The database file ends where the last move left it.
        std::fs::metadata(register.place.database()).expect("a database").len()
    };
    let empty = moved_len(&register);
    register.sell(&mut ledger, 20);
    ledger.rest(false).expect("at rest");
    assert_eq!(moved_len(&register), empty, "somebody may be waiting");
    ledger.rest(true).expect("at rest");
    let quiet = moved_len(&register);
    assert!(quiet > empty, "moved while it was quiet");
    register.sell(&mut ledger, 100);
    ledger.rest(false).expect("at rest");
    assert!(moved_len(&register) > quiet, "moved, since it was many");
}
