//! The PostgreSQL store against a real server, beyond what every store must do.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::*;
use crate::central::conformance::{self, closing, journal_of, piece};
use crate::central::export::ledger::{Holder, TargetName, Turn};
use crate::central::project::read;
use crate::central::revocation::{Revocation, RevocationStore as _, Step, StepKind};
use crate::central::sqlite::SqliteStore;
use crate::central::store::Held;
use crate::device::entropy::SeededEntropy;
use crate::domain::money::Money;
use crate::journal::record::Line;
use crate::reconcile::exception::Code;
use crate::reconcile::packs::NoPacks;
use crate::reconcile::rulebook::Rulebook;
use crate::sync::wire::Outcome;

#[path = "../../../tests/support/postgres.rs"]
#[expect(dead_code, reason = "going back to a moment is played over HTTP, in tests/it")]
mod server;

mod bounded;

use server::Server;

fn database(address: &str) -> Database {
    Database::parse(address, None, None).expect("an address")
}

fn open(address: &str) -> PostgresStore {
    PostgresStore::open(&database(address)).expect("opened")
}

/// Why an address is refused.
fn refused(address: &str) -> String {
    let Err(StoreError::Unfit(why)) = Database::parse(address, None, None) else {
        panic!("{address} was taken");
    };
    why
}

#[test]
fn postgresql_is_a_store() {
    let Some(server) = Server::start() else { return };
    conformance::run(|| open(&server.database()));
}

fn fill(store: &mut impl Store, runs: &[Run]) {
    for run in runs {
        store.ingest(std::slice::from_ref(run), 1).expect("stored");
        conformance::project_all(store);
    }
}

/// Everything that is made of records, of every kind that there is.
#[test]
fn every_kind_of_record_says_the_same_as_in_sqlite() {
    let Some(server) = Server::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut embedded = SqliteStore::open(folder.path()).expect("opened");
    let mut central = open(&server.database());
    let (journal, runs) = closing::examples(10);
    let number = journal.store;
    fill(&mut embedded, &runs);
    fill(&mut central, &runs);
    for again in [false, true] {
        if again {
            central.forget_projections().expect("emptied");
            assert_eq!(central.store_rows(number).expect("read").sales, []);
            conformance::project_all(&mut central);
        }
        let (here, there) = (embedded.store_rows(number), central.store_rows(number));
        let (mut here, mut there) = (here.expect("read"), there.expect("read"));
        assert!(!here.drawers.is_empty() && !here.moves.is_empty() && !here.checks.is_empty());
        for rows in [&mut here, &mut there] {
            rows.sales.sort_by_key(|sale| sale.seq);
            rows.moves.sort_by_key(|one| one.seq);
            rows.found.sort_by_key(|found| (found.seq, found.code.word(), found.cause.clone()));
        }
        assert_eq!(here, there);
        let (here, there) = (embedded.goods(number), central.goods(number));
        let (here, there) = (here.expect("read"), there.expect("read"));
        // The one check among them was handed back; alike ones have their own case.
        assert!(!here.pickups.is_empty() && !here.hours.is_empty());
        assert_eq!(here, there);
        let (here, there) = (embedded.rain_checks(None), central.rain_checks(None));
        let here = here.expect("read");
        assert!(!here.is_empty());
        assert_eq!(here, there.expect("read"));
        let (here, there) = (embedded.readiness(), central.readiness());
        assert_eq!(here.expect("read"), there.expect("read"));
        let (here, there) = (embedded.exceptions(None), central.exceptions(None));
        assert_eq!(here.expect("read"), there.expect("read"));
        let (here, there) = (embedded.journal_key(&journal), central.journal_key(&journal));
        assert_eq!(here.expect("read"), there.expect("read"));
    }
}

/// The line was lost while decisions were committed, and the same is done again.
#[test]
fn decisions_that_are_there_are_not_refused_and_not_doubled() {
    let Some(server) = Server::start() else { return };
    let mut store = open(&server.database());
    let (chain, lines) = journal_of(RegisterNo(0), 4, 4, "");
    let closure: Option<(u32, &[u8])> = Some((1, b"signed"));
    for _ in 0..2 {
        assert!(store.append_own(&piece(&lines, 0, 4), closure, 1).expect("asked"));
        assert_eq!(store.position(&chain.journal).expect("read").next_seq, Seq(4));
        assert_eq!(store.closures(chain.journal.store).expect("read").len(), 1);
    }
    let other: Option<(u32, &[u8])> = Some((1, b"another"));
    assert!(!store.append_own(&piece(&lines, 0, 4), other, 1).expect("asked"));
}

/// A store in a folder of its own, on a database.
fn at(address: &str, folder: &Path) -> PostgresStore {
    open(address).of_folder(folder)
}

fn holder(name: &str) -> Holder {
    Holder(name.to_owned())
}

#[test]
fn of_two_machines_one_hands_over_and_who_was_stopped_loses_the_turn_in_time() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let name = address.rsplit('/').next().expect("a name").to_owned();
    let (mut one, mut other) = (open(&address), open(&address));
    assert!(one.keep_turn().is_err(), "nobody took it");
    assert_eq!(one.take_turn(&holder("one")).expect("asked"), Turn::Mine);
    assert_eq!(one.take_turn(&holder("one")).expect("asked"), Turn::Mine, "after a kill too");
    let Turn::Anothers(seconds) = other.take_turn(&holder("other")).expect("asked") else {
        panic!("two at once");
    };
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(one.keep_turn().expect("asked"));
    // It says nothing for a minute, and is not dead after all.
    server.sql(&name, "UPDATE hand_over_turn SET until = now() - interval '1 second'");
    assert_eq!(other.take_turn(&holder("other")).expect("asked"), Turn::Mine);
    assert!(!one.keep_turn().expect("asked"));
    let target = TargetName::parse("poslog:/srv/out").expect("a name");
    let why = one.step(&target, &[], 1).expect_err("not its turn").to_string();
    assert!(why.contains("sends nothing more"), "{why}");
    other.step(&target, &[], 1).expect("its turn");
    other.end_turn().expect("given back");
    assert_eq!(one.take_turn(&holder("one")).expect("asked"), Turn::Mine);
}

#[test]
fn an_older_copy_is_known_by_the_next_hand_over_and_ends_the_one_under_way() {
    let Some(mut server) = Server::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let address = server.database();
    let mut store = at(&address, folder.path());
    store.set_server_epoch("00ff").expect("named");
    let target = TargetName::parse("poslog:/srv/out").expect("a name");
    store.take_turn(&holder("one")).expect("asked");
    assert!(!store.open_target(&target).expect("made").look_first);
    store.step(&target, &[], 1).expect("kept");
    let copy = server.back_up();
    store.step(&target, &[], 2).expect("kept");
    server.kill();
    server.restore(&copy);
    // Nobody but this folder's mark knows of the second step.
    assert!(!store.keep_turn().expect("asked"), "it has forgotten what was sent");
    drop(store);
    let mut store = at(&address, folder.path());
    assert_eq!(store.take_turn(&holder("one")).expect("asked"), Turn::Mine);
    assert_ne!(store.server_epoch().expect("read"), "00ff");
    assert!(store.open_target(&target).expect("opened").look_first);
    let other = TargetName::parse("csv:/srv/out").expect("a name");
    assert!(store.open_target(&other).expect("made").look_first, "it may have been forgotten");
}

/// Takes pieces of a journal in by a session of its own, in an order of its own, and projects
/// whatever it comes upon; gives how many records were new.
fn carry(address: &str, lines: &[Line], places: &[(usize, usize)], seed: u64) -> u64 {
    let mut store = open(address);
    let chance = SeededEntropy::new(seed);
    let mut order = places.to_vec();
    for place in (1..order.len()).rev() {
        let below = u64::try_from(place).expect("small") + 1;
        let other = usize::try_from(chance.below(below)).expect("small");
        order.swap(place, other);
    }
    let mut created = 0;
    for (from, to) in order {
        let done = store.ingest(&[piece(lines, from, to)], 1).expect("stored");
        created += done[0].created;
        if let Some(stretch) = store.unprojected().expect("read") {
            store.project(&read(&stretch, &NoPacks, &Rulebook::default())).expect("projected");
        }
    }
    created
}

/// Three processes' sessions are given the same pieces in three orders, and project meanwhile.
#[test]
fn several_at_once_take_every_record_of_one_journal_once_and_project_it_once() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let (chain, lines) = journal_of(RegisterNo(7), 60, 60, "");
    let places: Vec<(usize, usize)> =
        (0..60).step_by(4).map(|from| (from, (from + 7).min(60))).collect();
    let created: u64 = std::thread::scope(|scope| {
        let mut couriers = Vec::new();
        for courier in 0..3_u64 {
            let (places, lines, address) = (&places, &lines, &address);
            couriers.push(scope.spawn(move || carry(address, lines, places, courier)));
        }
        couriers.into_iter().map(|courier| courier.join().expect("a courier")).sum()
    });
    let mut store = open(&address);
    assert_eq!(created, 60);
    let position = store.position(&chain.journal).expect("read");
    assert_eq!((position.next_seq, position.head), (chain.next_seq, chain.head));
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!((row.parked, row.forked), (0, 0));
    let held = store.lines(&chain.journal, Seq(0), 100).expect("lines");
    assert!(held.iter().map(Vec::as_slice).eq(lines.iter().map(|line| line.bytes())));
    while let Some(stretch) = store.unprojected().expect("read") {
        assert!(store.project(&read(&stretch, &NoPacks, &Rulebook::default())).expect("projected"));
    }
    assert_eq!(store.journals(None).expect("rows").remove(0).projected, chain.next_seq);
}

/// How many statements wait for what somebody holds.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Whoever plays one that holds something takes its time.
const HELD_AT_LEISURE: &str = "SET LOCAL idle_in_transaction_session_timeout = 0";

/// Holds what some statements take until it is told to let go.
fn hold(address: &str, sql: &str, told: &SyncSender<()>, until: &Receiver<()>) {
    let held = open(address).link.transaction(async |session| {
        session.batch(HELD_AT_LEISURE).await?;
        session.batch(sql).await?;
        told.send(()).expect("heard");
        // Should the test fail, it ends all the same.
        until.recv_timeout(std::time::Duration::from_secs(120)).ok();
        Ok(())
    });
    held.expect("held");
}

/// Three registers deliver at once, and somebody else holds the row of the second.
#[test]
fn a_row_that_somebody_holds_keeps_its_own_delivery_out_and_no_neighbors() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let journals = [7, 8, 9].map(|number| journal_of(RegisterNo(number), 6, 6, ""));
    let mut store = open(&address);
    for (_, lines) in &journals {
        store.ingest(&[piece(lines, 0, 3)], 1).expect("stored");
    }
    // As central does it: whoever asks waits 8 s and no longer.
    let held = Held::new("central-writer", Box::new(store)).expect("a thread");
    let held = held.within(std::time::Duration::from_secs(8));
    let (tell, told) = sync_channel(1);
    let (let_go, until) = sync_channel(1);
    std::thread::scope(|scope| {
        let row = "SELECT 1 FROM journal WHERE reg = 8 FOR UPDATE";
        let address = &address;
        let holder = scope.spawn(move || hold(address, row, &tell, &until));
        told.recv().expect("it is held");
        let delivered = journals.each_ref().map(|(_, lines)| {
            let held = &held;
            scope.spawn(move || held.ingest(piece(lines, 3, 6), 2))
        });
        let [seven, eight, nine] = delivered.map(|one| one.join().expect("no panic"));
        for neighbor in [seven, nine] {
            let done = neighbor.expect("acknowledged, whoever holds another row");
            assert_eq!((done.outcome, done.created), (Outcome::Accepted, 3));
        }
        let why = eight.expect_err("its row is held").to_string();
        assert!(why.contains("registers keep their records and try again"), "{why}");
        let_go.send(()).expect("heard");
        holder.join().expect("let go");
        let done = held.ingest(piece(&journals[1].1, 3, 6), 3).expect("stored");
        assert_eq!((done.outcome, done.created), (Outcome::Accepted, 3));
    });
}

#[test]
fn what_is_derived_of_a_store_is_emptied_without_holding_up_what_comes_in() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let name = address.rsplit('/').next().expect("a name");
    let (chain, lines) = journal_of(RegisterNo(7), 9, 9, "");
    let mut store = open(&address);
    store.ingest(&[piece(&lines, 0, 4)], 1).expect("stored");
    conformance::project_all(&mut store);
    let (tell, told) = sync_channel(1);
    let (let_go, until) = sync_channel(1);
    std::thread::scope(|scope| {
        // Emptying gets as far as the sales, and waits there.
        let sales = "LOCK TABLE sale IN SHARE MODE";
        let address = &address;
        let holder = scope.spawn(move || hold(address, sales, &tell, &until));
        told.recv().expect("it is held");
        let emptied = scope.spawn(move || {
            let mut store = open(address);
            store.link.transaction(async |session| {
                session.batch("SET LOCAL lock_timeout = '60s'").await?;
                revocation::hold_alone(session, StoreNo(1042)).await?;
                revocation::forget_store(session, StoreNo(1042)).await
            })
        });
        let waits = (0..2_000).find(|_| server.sql(name, WAITING) == "1");
        waits.expect("it waits for the sales");
        let done = store.ingest(&[piece(&lines, 4, 9)], 2).expect("stored meanwhile").remove(0);
        assert_eq!((done.outcome, done.created), (Outcome::Accepted, 5));
        assert!(!emptied.is_finished());
        let_go.send(()).expect("heard");
        holder.join().expect("let go");
        emptied.join().expect("no panic").expect("emptied");
    });
    let row = store.journals(None).expect("rows").remove(0);
    assert_eq!((row.projected, row.position.next_seq), (Seq(0), chain.next_seq));
}

#[test]
fn a_revocation_waits_for_who_projects_its_store_and_for_no_other() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let name = address.rsplit('/').next().expect("a name");
    let key = crate::journal::key::SigningKey::from_seed(&[5; 32]).expect("a key").public();
    let step = Step {
        kind: StepKind::Proposed,
        at_ms: 1,
        who: "jo".to_owned(),
        reason: "stolen".to_owned(),
    };
    let of = |store: StoreNo| Revocation {
        store,
        register: RegisterNo(7),
        number: 0,
        steps: vec![step.clone()],
        keys: vec![key],
        lengths: Vec::new(),
    };
    let projects = |told: SyncSender<()>, until: Receiver<()>| {
        let held = open(&address).link.transaction(async |session| {
            session.batch(HELD_AT_LEISURE).await?;
            assert!(revocation::hold_with_others(session, StoreNo(1042), "").await?);
            told.send(()).expect("heard");
            until.recv().expect("told");
            Ok(())
        });
        held.expect("held");
    };
    // Whoever is the first at a store makes its row, and is waited for until that is there.
    let comes = || {
        open(&address).link.transaction(async |session| {
            revocation::hold_with_others(session, StoreNo(1042), "").await
        })
    };
    assert!(comes().expect("made"));
    std::thread::scope(|scope| {
        let (tell, told) = sync_channel(1);
        let (end, until) = sync_channel(1);
        let (also_tell, also_told) = sync_channel(1);
        let (also_end, also_until) = sync_channel(1);
        scope.spawn(|| projects(tell, until));
        told.recv().expect("one projects it");
        scope.spawn(|| projects(also_tell, also_until));
        also_told.recv().expect("another projects it beside the first");
        open(&address).propose_revocation(&of(StoreNo(7))).expect("another store's").expect("new");
        let proposed = scope.spawn(|| open(&address).propose_revocation(&of(StoreNo(1042))));
        let waits = (0..2_000).find(|_| server.sql(name, WAITING) == "1");
        waits.expect("it waits for both");
        end.send(()).expect("heard");
        let advisory = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
        assert_eq!(server.sql(name, advisory), "0", "rows are the locks");
        assert!(!proposed.is_finished(), "the other one still projects it");
        assert!(!comes().expect("asked"), "whoever comes now gives way, and keeps nobody waiting");
        also_end.send(()).expect("heard");
        let number = proposed.join().expect("no panic").expect("kept");
        assert_eq!(number, Some(1));
        assert!(comes().expect("asked"), "nobody wants it any more");
    });
}

/// Each deed takes two rows, the other way around; each is done once.
#[test]
fn of_two_that_hold_what_the_other_one_waits_for_one_is_tried_again_and_both_are_done() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let name = address.rsplit('/').next().expect("a name");
    let rows = "CREATE TABLE kept (place int PRIMARY KEY, times int);
                INSERT INTO kept VALUES (1, 0), (2, 0)";
    server.sql(name, rows);
    let (tries, met) = (AtomicUsize::new(0), Barrier::new(2));
    let deed = |first: i32, then: i32| {
        let mut store = open(&address);
        let mine = AtomicUsize::new(0);
        store.link.transaction(async |session| {
            let again = mine.fetch_add(1, Ordering::SeqCst) > 0;
            tries.fetch_add(1, Ordering::SeqCst);
            if again {
                let done = (0..2_000).find(|_| server.sql(name, WAITING) == "0");
                done.expect("the other one has what it waited for");
            }
            let sql = "UPDATE kept SET times = times + 1 WHERE place = $1";
            session.execute(sql, &[&first]).await?;
            if !again {
                met.wait();
            }
            session.execute(sql, &[&then]).await?;
            Ok(())
        })
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| deed(2, 1));
        deed(1, 2).expect("done");
        other.join().expect("no panic").expect("done");
    });
    assert_eq!(tries.load(Ordering::SeqCst), 3, "the server ended one of them, once");
    let sql = "SELECT string_agg(times::text, ' ' ORDER BY place) FROM kept";
    assert_eq!(server.sql(name, sql), "2 2");
}

#[test]
fn what_somebody_else_changed_meanwhile_has_a_deed_tried_again_and_done_once() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let name = address.rsplit('/').next().expect("a name");
    server.sql(name, "CREATE TABLE kept (times int); INSERT INTO kept VALUES (0)");
    let tries = AtomicUsize::new(0);
    let done = open(&address).link.transaction(async |session| {
        session.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        let seen: i32 = session.one("SELECT times FROM kept", &[]).await?.try_get(0)?;
        if tries.fetch_add(1, Ordering::SeqCst) == 0 {
            server.sql(name, "UPDATE kept SET times = times + 10");
        }
        session.execute("UPDATE kept SET times = $1", &[&(seen + 1)]).await?;
        Ok(seen)
    });
    assert_eq!((done.expect("done"), tries.load(Ordering::SeqCst)), (10, 2));
    assert_eq!(server.sql(name, "SELECT times FROM kept"), "11");
}

#[test]
fn a_database_that_was_killed_is_found_again_and_what_was_acknowledged_is_there() {
    let Some(mut server) = Server::start() else { return };
    let address = server.database();
    let mut store = open(&address);
    let (chain, lines) = journal_of(RegisterNo(7), 9, 9, "");
    store.set_server_epoch("00ff").expect("named");
    store.ingest(&[piece(&lines, 0, 5)], 1).expect("stored");
    server.kill();
    let why = store.ingest(&[piece(&lines, 5, 9)], 1).expect_err("nobody is there");
    assert!(matches!(why, StoreError::Away(_)), "{why}");
    assert!(why.to_string().contains("registers keep their records"), "{why}");
    server.start_again();
    assert_eq!(store.position(&chain.journal).expect("read").next_seq, Seq(5));
    let done = store.ingest(&[piece(&lines, 0, 9)], 1).expect("stored");
    assert_eq!((done[0].outcome, done[0].existing, done[0].created), (Outcome::Accepted, 5, 4));
    assert_eq!(store.server_epoch().expect("read"), "00ff", "a crash is no restore");
}

#[test]
fn two_that_start_on_an_empty_database_at_once_make_its_tables_once() {
    let Some(server) = Server::start() else { return };
    for _ in 0..4 {
        let address = server.database();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| open(&address).hold().expect("read"));
            }
        });
    }
}

#[test]
fn tables_of_a_newer_version_are_left_alone_unless_they_were_only_added_to() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let name = address.rsplit('/').next().expect("a name").to_owned();
    drop(open(&address));
    // A later version that an older program can work beside.
    server.sql(&name, "INSERT INTO schema_version (version, works_with) VALUES (900, 1)");
    drop(open(&address));
    server.sql(&name, "UPDATE schema_version SET works_with = 900 WHERE version = 900");
    let why = PostgresStore::open(&database(&address)).expect_err("too new").to_string();
    assert!(why.contains("newer version") && why.contains("nothing was changed"), "{why}");
}

#[test]
fn a_server_that_does_not_write_durably_is_refused() {
    let Some(mut server) = Server::start() else { return };
    let address = server.database();
    drop(open(&address));
    server.sql("postgres", "ALTER SYSTEM SET fsync = off");
    server.kill();
    server.start_again();
    let why = PostgresStore::open(&database(&address)).expect_err("refused").to_string();
    assert!(why.contains("does not write durably"), "{why}");
}

#[test]
fn what_text_can_not_hold_holds_nothing_up() {
    let Some(server) = Server::start() else { return };
    let mut store = open(&server.database());
    let (chain, _) = journal_of(RegisterNo(7), 1, 1, "");
    let found = Exception::new(Code::Malformed, chain.journal, Seq(0), "a\0b");
    store.except(&found.because_of("c\0d").about(Money::from_minor(5))).expect("kept");
    let group = store.exceptions(None).expect("read").remove(0);
    assert_eq!((group.text.as_str(), group.cause.as_str()), ("a\u{fffd}b", "c\u{fffd}d"));
    store.set_hold(Some("e\0f")).expect("kept");
    assert_eq!(store.hold().expect("read").as_deref(), Some("e\u{fffd}f"));
}

#[test]
fn a_database_belongs_to_one_centrals_key() {
    let Some(server) = Server::start() else { return };
    let mut store = open(&server.database());
    let key =
        |seed: u8| crate::journal::key::SigningKey::from_seed(&[seed; 32]).expect("a key").public();
    store.bind_key(&key(1)).expect("bound");
    store.bind_key(&key(1)).expect("bound already");
    let why = store.bind_key(&key(2)).expect_err("another's").to_string();
    assert!(why.contains("central.key") && why.contains("nothing was changed"), "{why}");
}

#[test]
fn an_address_that_would_send_records_in_the_clear_is_refused_with_what_to_do() {
    let why = refused("postgres://central@db.example/central");
    assert!(why.contains("db.example") && why.contains("--database-ca"), "{why}");
    assert!(refused("postgres://central@10.0.0.5/c").contains("unencrypted"));
    assert!(refused("postgres://localhost/central").contains("no user"));
    assert!(refused("postgres://central@/central").contains("no host"));
    assert!(refused("mysql://x").contains("postgres://USER@HOST"));
    assert!(refused("postgres://c@localhost/c?sslmode=require").contains("--database-ca"));
    for here in ["localhost", "127.0.0.1", "%2Frun%2Fpostgresql"] {
        assert!(Database::parse(&format!("postgres://c@{here}/c"), None, None).is_ok(), "{here}");
    }
    // The line is encrypted by something else: said by whoever knows.
    let vpn = database("postgres://central:secret@db.example/central?sslmode=disable");
    assert_eq!(vpn.to_string(), "postgres://central@db.example/central");
    assert!(!format!("{vpn:?}").contains("secret"));
}

#[test]
fn over_tls_the_server_must_show_a_certificate_of_the_given_authority() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
    let port = port.expect("a port").port();
    let folder = tempfile::tempdir().expect("a folder");
    let made = |name: &str, place: &Path| {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("made");
        std::fs::write(place.join("server.pem"), made.cert.pem()).expect("written");
        let key = made.signing_key.serialize_pem();
        crate::device::key_store::write_private(&place.join("server.key"), key.as_bytes())
            .expect("written");
        made.cert.pem()
    };
    let authority = folder.path().join("authority.pem");
    let server = Server::told(|place| {
        std::fs::write(&authority, made("localhost", place)).expect("written");
        let file = |name: &str| place.join(name).display().to_string();
        [
            "listen_addresses=localhost".to_owned(),
            format!("port={port}"),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.pem")),
            format!("ssl_key_file={}", file("server.key")),
        ]
        .into_iter()
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect()
    });
    let Some(server) = server else { return };
    let address = format!("postgres://tideover@localhost:{port}/postgres");
    let trusted = Database::parse(&address, None, Some(&authority)).expect("an address");
    let mut store = PostgresStore::open(&trusted).expect("opened");
    assert_eq!(store.hold().expect("read"), None);
    let sql = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
               WHERE ssl AND application_name = 'tideover'";
    assert_eq!(server.sql("postgres", sql), "1");
    let stranger = folder.path().join("stranger.pem");
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::write(&stranger, made("localhost", elsewhere.path())).expect("written");
    let trusted = Database::parse(&address, None, Some(&stranger)).expect("an address");
    let why = PostgresStore::open(&trusted).expect_err("not its authority");
    assert!(matches!(why, StoreError::Away(_)), "{why}");
}
