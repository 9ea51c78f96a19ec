//! Sealed data on its way to central: there once, whatever the line does, and opened by the
//! treasury alone.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tideover::central::door::InProcess;
use tideover::central::seal_key::KEY_FILE;
use tideover::central::serve::Central;
use tideover::central::sqlite::SqliteStore;
use tideover::central::store::Held;
use tideover::cli::open_check::{NotShown, OpenedChecks, Request as Opening, open};
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::{SeededEntropy, SystemEntropy};
use tideover::domain::erasure::ErasureRule;
use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, SaleNo, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::time::Timestamp;
use tideover::journal::hash::to_hex;
use tideover::journal::key::Domain;
use tideover::ledger::{AckRow, Ledger};
use tideover::register::command::Command;
use tideover::register::journals::{LedgerJournals, failed};
use tideover::register::settings::DataDir;
use tideover::register::startup::signing_key;
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::push::{LinkState, PushReport, SyncLoop, SyncParts};
use tideover::sync::sealed::{Sealed, seal};
use tideover::sync::wire::{JournalName, PROTOCOL, SealedAnswer, SealedRow, SealedRows};

use super::{ACCOUNT, LEAD, Shop, ask_for_check, done, is_on_disk, line, pay, said, sign_in, walk};
use crate::central::central_at;
use crate::journals::TestRegister;

/// Hands over what a closed register holds, on a simulated clock.
pub(crate) fn hand_over(data: &DataDir, seed: u64, transport: &mut dyn Transport) -> PushReport {
    hand_over_at(data, seed, crate::journals::start(), transport)
}

/// The same at another time of the register's clock.
pub(crate) fn hand_over_at(
    data: &DataDir,
    seed: u64,
    at: Timestamp,
    transport: &mut dyn Transport,
) -> PushReport {
    let settings = data.settings().expect("settings");
    let (place, clock) = (data.place(&settings), SimulatedClock::at(at));
    let key = || signing_key(data, &SystemEntropy).expect("a key");
    let (ledger, _) =
        Ledger::open(&place, settings.identity(), Some(key()), &clock, &SystemEntropy, None)
            .expect("open");
    let ledger = Mutex::new(ledger);
    let keep = |ack: AckRow| ledger.lock().expect("ledger").store_ack(&ack).map_err(failed);
    let note = |central: String, held: Vec<_>| {
        ledger.lock().expect("ledger").sealed_held(&central, &held).map_err(failed)
    };
    let journals = LedgerJournals::open(&place, &clock, Box::new(keep)).expect("journals");
    let mut journals = journals.with_sealed(Box::new(note));
    let mut sync = SyncLoop::new(SyncParts {
        key: Arc::new(key()),
        central_key: None,
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(seed)),
    });
    let mut wait = |ms: u64| clock.advance_ms(u32::try_from(ms).expect("a wait"));
    let report = sync.drain(transport, &mut journals, &mut wait, &mut |_| {}, &|| false);
    drop(journals);
    ledger.into_inner().expect("ledger").close().expect("closed");
    report
}

pub(super) fn opened(folder: &Path, sale: u64, key: &Path) -> Result<OpenedChecks, NotShown> {
    let held = Held::new("treasury", Box::new(SqliteStore::open(folder).expect("open")));
    let request = Opening {
        store: StoreNo(1042),
        register: RegisterNo(7),
        sale: SaleNo(sale),
        who: "Treasury 7",
        reason: "returned NSF 2026-12-01",
        seal_key: key,
    };
    let clock = SimulatedClock::at(crate::journals::start());
    open(&held.expect("a thread"), &clock, &request)
}

/// Cuts a third of all requests, half of them after central did its work.
struct Cut<'a>(&'a mut dyn Transport, SeededEntropy, u32);

impl Transport for Cut<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if request.path() == "/v1/sealed" {
            self.2 += 1;
        }
        if self.1.below(3) == 0 {
            if self.1.below(2) == 0 {
                self.0.send(request).ok();
            }
            return Err(NoAnswer { text: "the line was cut".to_owned() });
        }
        self.0.send(request)
    }
}

#[test]
fn on_a_line_that_loses_answers_each_check_is_at_central_once_and_opens_there() {
    for seed in 0..4 {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let shop = Shop::new("", "", central.seal_key());
        let mut register = shop.open(LEAD);
        for number in 1207..1267 {
            pay(&mut register, 1, number);
        }
        register.close().expect("closed");
        let mut inner = InProcess(central.door());
        let mut line = Cut(&mut inner, SeededEntropy::new(seed), 0);
        let report = hand_over(&shop.data(), seed, &mut line);
        assert_eq!(report.link, LinkState::UpToDate, "seed {seed}");
        assert!(line.2 >= 2, "60 rows don't go in one request");
        central.settle();
        let key = folder.path().join(KEY_FILE);
        for sale in [1, 30, 60] {
            let checks = opened(folder.path(), sale, &key).expect("opened").checks;
            let [check] = checks.as_slice() else { panic!("{checks:?}") };
            assert_eq!(check.number, (1206 + sale).to_string());
            let data = check.opened.as_ref().expect("opened");
            assert_eq!(
                (data.routing.as_str(), data.account.as_str()),
                ("111000025", "008675309867")
            );
            assert_eq!(data.id, "license TX");
        }
        // Nothing of it can be read at central without the key.
        assert_eq!(is_on_disk(folder.path(), ACCOUNT), None);
        // A second time there is nothing to send.
        let mut again = Cut(&mut inner, SeededEntropy::new(9), 0);
        assert_eq!(hand_over(&shop.data(), seed, &mut again).link, LinkState::UpToDate);
        assert_eq!(again.2, 0);
    }
}

/// A shop that took one check, and handed it over.
fn one_check_handed_over(central: &Central) -> Shop {
    let shop = Shop::new("", "", central.seal_key());
    let mut register = shop.open(LEAD);
    pay(&mut register, 1, 1207);
    register.handle(Command::close_shift(Money::ZERO, Money::ZERO));
    register.close().expect("closed");
    hand_over(&shop.data(), 1, &mut InProcess(central.door()));
    shop
}

#[test]
fn what_central_has_held_for_a_week_is_destroyed_at_the_register() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = one_check_handed_over(&central);
    // Not handed over: this one stays however long it takes.
    let mut register = shop.open(LEAD);
    pay(&mut register, 1, 1208);
    register.handle(Command::close_shift(Money::ZERO, Money::ZERO));
    register.close().expect("closed");
    for (days, left) in [(7, 2), (1, 1), (90, 1)] {
        shop.pass_days(days);
        let mut register = shop.start();
        // Central vouches for the day, as it does where it was just heard.
        register.clock_is(Some(0));
        sign_in(&mut register, LEAD);
        done(&mut register, Command::OpenShift { float: Money::from_minor(15_000) });
        register.handle(Command::close_shift(Money::ZERO, Money::ZERO));
        register.close().expect("closed");
        assert_eq!(shop.sealed().len(), left, "after {days} more days");
    }
    // What was destroyed, when and by which rule is on record, once, and nothing of whom it was.
    let records = shop.events();
    let place = |kind: &str| records.iter().position(|(_, event)| event.kind() == kind);
    let sold = place("sale").expect("sold");
    let erased: Vec<_> = records
        .iter()
        .filter_map(|(at, event)| match event {
            Event::PiiErased(erased) => Some((at.date, erased.clone())),
            _ => None,
        })
        .collect();
    let [(day, erased)] = erased.as_slice() else { panic!("{erased:?}") };
    assert_eq!(day.days_since_1970() - erased.before.days_since_1970(), 7);
    let seqs: Vec<usize> =
        erased.of.iter().map(|of| usize::try_from(of.seq.0).expect("small")).collect();
    assert_eq!((erased.rule, seqs), (ErasureRule::Held, vec![sold]));
}

/// The journal is given up between, so that its database lies among those that were put away.
#[test]
fn what_is_destroyed_is_found_in_no_file_of_the_register_nor_in_a_journal_that_was_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = one_check_handed_over(&central);
    let row = shop.sealed().remove(0);
    let pieces = || row.bytes.chunks_exact(16).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let found = || {
        let files = walk(&shop.data().0).into_iter();
        let holds = |path: &std::path::PathBuf| {
            let all = std::fs::read(path).expect("read");
            pieces().iter().any(|piece| all.windows(16).any(|window| window == piece))
        };
        files.filter(holds).collect::<Vec<_>>()
    };
    assert!(!found().is_empty(), "it lies there for a week");
    let data = shop.data();
    let (settings, key) = (data.settings().expect("settings"), signing_key(&data, &SystemEntropy));
    let (place, who) = (data.place(&settings), settings.identity());
    let moved = Ledger::open_moved(&place, who, key, &shop.clock, &SystemEntropy, None);
    let (ledger, _) = moved.expect("opened");
    ledger.close().expect("closed");
    assert!(place.frozen().exists());
    shop.pass_days(8);
    let mut register = shop.start();
    register.clock_is(Some(0));
    register.handle(Command::AcknowledgeRestart);
    sign_in(&mut register, LEAD);
    done(&mut register, Command::OpenShift { float: Money::from_minor(15_000) });
    assert_eq!(found(), Vec::<std::path::PathBuf>::new(), "while it runs");
    register.close().expect("closed");
    assert_eq!(found(), Vec::<std::path::PathBuf>::new());
    assert!(shop.events().iter().any(|(_, event)| event.kind() == "pii_erased"));
}

#[test]
fn a_stick_carries_them_too_after_the_lines_and_any_number_of_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new("", "", central.seal_key());
    let mut register = shop.open(LEAD);
    for number in 1207..1267 {
        pay(&mut register, 1, number);
    }
    register.close().expect("closed");
    let (lines, sealed) = (shop.data().0.join("lines"), shop.data().0.join("checks.sealed"));
    let args = tideover::cli::export::ExportArgs {
        data: Some(shop.data().0),
        journal: None,
        from: 0,
        out: Some(lines.clone()),
        sealed: Some(sealed.clone()),
        checkpoint: None,
    };
    let output = tideover::cli::output::Output::new(true);
    tideover::cli::export::run(&args, folder.path(), output).expect("exported");
    assert_eq!(is_on_disk(&shop.data().0, ACCOUNT), None, "what travels is sealed");
    let key = central.door().public_key();
    let mut line = InProcess(central.door());
    let mut bring = |file: &Path| {
        let reader = tideover::device::reader::Reader::of(env!("CARGO_BIN_EXE_tideover"));
        let mut told = |_, _| ();
        tideover::cli::import::run(&reader, file, Some(&key), &mut line, &mut told)
            .expect("imported")
    };
    bring(&lines);
    for _ in 0..2 {
        assert_eq!(bring(&sealed).sealed, 60);
    }
    central.settle();
    let checks = opened(folder.path(), 60, &folder.path().join(KEY_FILE)).expect("opened").checks;
    assert!(checks[0].opened.is_some(), "{checks:?}");
}

#[test]
fn a_check_without_an_id_is_for_a_person_to_see() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new("", "", central.seal_key());
    let mut register = shop.open(LEAD);
    ask_for_check(&mut register, 3);
    done(&mut register, said(&line(1207), true));
    for answer in ["", "n", ""] {
        done(&mut register, said(answer, false));
    }
    register.close().expect("closed");
    hand_over(&shop.data(), 1, &mut InProcess(central.door()));
    central.settle();
    let groups = central.door().exceptions(Some(StoreNo(1042))).expect("read");
    let group = groups.iter().find(|group| group.code == "check_without_id").expect("listed");
    assert_eq!((group.amount, group.level.as_str()), (393, "review"));
    assert_eq!(group.text, "sale 1 took a check without an ID; nobody else signed for it");
}

#[test]
fn a_central_that_lost_them_is_sent_them_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new("", "", central.seal_key());
    let mut register = shop.open(LEAD);
    pay(&mut register, 1, 1207);
    register.close().expect("closed");
    let mut line = InProcess(central.door());
    assert_eq!(hand_over(&shop.data(), 1, &mut line).link, LinkState::UpToDate);
    central.stop();
    // Another machine with the same keys and an empty database.
    for name in ["central.db", "central.db-wal", "central.db-shm"] {
        std::fs::remove_file(folder.path().join(name)).ok();
    }
    let central = central_at(folder.path());
    let mut line = InProcess(central.door());
    assert_eq!(hand_over(&shop.data(), 2, &mut line).link, LinkState::UpToDate);
    central.settle();
    let checks = opened(folder.path(), 1, &folder.path().join(KEY_FILE)).expect("opened").checks;
    assert!(checks[0].opened.is_some(), "{checks:?}");
}

#[test]
fn who_opens_a_check_is_on_record_and_another_key_opens_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new("", "", central.seal_key());
    let mut register = shop.open(LEAD);
    pay(&mut register, 1, 1207);
    register.close().expect("closed");
    hand_over(&shop.data(), 1, &mut InProcess(central.door()));
    central.settle();
    let other = folder.path().join("other.key");
    tideover::device::key_store::write_private(&other, "07".repeat(32).as_bytes()).expect("made");
    let checks = opened(folder.path(), 1, &other).expect("asked").checks;
    let why = checks[0].why.as_deref();
    assert_eq!(why, Some("its data was sealed to another key, or was changed"));
    assert!(matches!(opened(folder.path(), 2, &other), Err(NotShown::NoSale { .. })));
    let missing = folder.path().join("nowhere.key");
    assert!(matches!(opened(folder.path(), 1, &missing), Err(NotShown::Key(_))));
    let groups = central.door().exceptions(Some(StoreNo(1042))).expect("read");
    assert!(groups.iter().all(|group| group.code != "check_without_id"), "{groups:?}");
    let text = opened(folder.path(), 1, &folder.path().join(KEY_FILE)).expect("opened").to_string();
    assert!(text.contains("check 1207 over 1.31: routing 111000025, account 00"), "{text}");
    central.stop();
    assert!(is_on_disk(folder.path(), "returned NSF 2026-12-01").is_some());
}

fn rows(register: &TestRegister, rows: Vec<SealedRow>) -> Request {
    let message = SealedRows {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(&register.chain.journal),
        key: register.key.public().to_string(),
        rows,
    };
    let body = seal(&message, Domain::SealedData, &register.key).expect("sealed");
    Request::post("/v1/sealed", body)
}

fn row(n: u8, len: usize) -> SealedRow {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.encode(vec![n; len]);
    SealedRow { commitment: to_hex(&[n; 32]), seq: 3, bytes }
}

#[test]
fn sealed_data_is_taken_from_known_registers_in_any_order_and_within_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let door = central.door();
    let register = TestRegister::new(7);
    let one = rows(&register, vec![row(1, 336)]);
    assert_eq!(door.answer(&one).status, 403, "nobody knows this register");
    let code = door.enroll_code(StoreNo(1042), RegisterNo(7)).expect("a code");
    let url = central.url();
    let enrolled = tideover::sync::enroll::enroll(
        &mut InProcess(central.door()),
        &url,
        None,
        &code,
        &register.key,
    );
    let brought = enrolled.expect("enrolled").seal_key;
    assert_eq!(brought, central.seal_key().map(|key| to_hex(&key)), "enrolment brings the key");
    // Before its records, twice, and the later rows first.
    for request in [rows(&register, vec![row(3, 336), row(2, 336)]), one.clone(), one.clone()] {
        let response = door.answer(&request);
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        let answer: SealedAnswer =
            Sealed::split(&response.body).expect("sealed").claim().expect("an answer");
        assert!(!answer.held.is_empty());
    }
    for (what, request) in [
        ("too many rows", rows(&register, (0..51).map(|n| row(n, 336)).collect())),
        ("too long", rows(&register, vec![row(1, 1_025)])),
        ("too short", rows(&register, vec![row(1, 48)])),
        (
            "no commitment",
            rows(&register, vec![SealedRow { commitment: "ab".to_owned(), ..row(1, 336) }]),
        ),
        ("no base64", rows(&register, vec![SealedRow { bytes: "*".to_owned(), ..row(1, 336) }])),
        ("garbage", Request { body: vec![b'x'; 100], ..one.clone() }),
        ("huge", Request { body: vec![b'x'; 200_000], ..one.clone() }),
    ] {
        assert_eq!(door.answer(&request).status, 400, "{what}");
    }
    let mut changed = one.clone();
    let last = changed.body.len() - 3;
    changed.body[last] ^= 1;
    assert!(matches!(door.answer(&changed).status, 400 | 401));
    let mut stranger = TestRegister::new(8);
    stranger.chain.journal = register.chain.journal;
    assert_eq!(door.answer(&rows(&stranger, vec![row(4, 336)])).status, 403);
}

/// Three installations of the store take a check of one number, amount and day: two of one
/// account. Central can only say that they look alike; the treasury compares the accounts.
#[test]
fn checks_that_look_like_one_are_compared_by_account_where_the_treasury_opens_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let take = |read: &str, seed| {
        let shop = Shop::new("", "", central.seal_key());
        let mut register = shop.open(LEAD);
        ask_for_check(&mut register, 1);
        super::read_and_answer(&mut register, read);
        done(&mut register, said("", false));
        register.close().expect("closed");
        let mut line = InProcess(central.door());
        assert_eq!(hand_over(&shop.data(), seed, &mut line).link, LinkState::UpToDate);
        central.settle();
    };
    let compared = || {
        let held = Held::new("treasury", Box::new(SqliteStore::open(folder.path()).expect("open")));
        let clock = SimulatedClock::at(crate::journals::start());
        let key = folder.path().join(KEY_FILE);
        let request = tideover::cli::compare_checks::Request {
            store: StoreNo(1042),
            who: "Treasury 7",
            reason: "two that look alike",
            seal_key: &key,
        };
        let held = held.expect("a thread");
        tideover::cli::compare_checks::compare(&held, &clock, &request).expect("compared").groups
    };
    take(&line(1207), 1);
    assert!(compared().is_empty(), "one check looks like no other");
    let other = ACCOUNT.replace('5', "4");
    assert_ne!(other, ACCOUNT);
    take(&line(1207).replace(ACCOUNT, &other), 2);
    let groups = compared();
    let verdicts = |groups: &[tideover::cli::compare_checks::Group]| {
        groups.iter().map(|group| (group.taken.len(), group.verdict)).collect::<Vec<_>>()
    };
    use tideover::cli::compare_checks::Verdict;
    assert_eq!(verdicts(&groups), [(2, Verdict::Different)]);
    take(&line(1207), 3);
    assert_eq!(verdicts(&compared()), [(3, Verdict::OneAccount)]);
    let found = central.door().exceptions(Some(StoreNo(1042))).expect("read");
    let twice = found.iter().find(|group| group.code == "check_twice").expect("listed");
    assert_eq!((twice.count, twice.level.as_str()), (3, "review"));
}
