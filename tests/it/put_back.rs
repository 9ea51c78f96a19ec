//! A register whose whole disk was put back to an earlier moment: ledger, tape and anchor agree,
//! and only others know better. It begins a new journal as soon as it hears.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tideover::central::serve::Central;
use tideover::device::clock::{Clock, SystemClock};
use tideover::device::entropy::SystemEntropy;
use tideover::domain::ids::{JournalId, RegisterNo, Seq, StoreNo};
use tideover::domain::money::Money;
use tideover::ledger::Reader;
use tideover::register::command::{Command, Pin};
use tideover::register::sending::{Sending, SendingParts};
use tideover::register::settings::{Central as Line, DataDir};
use tideover::register::startup;
use tideover::register::till::Till as _;
use tideover::register::view::{Link, Screen, View};
use tideover::sync::enroll::enroll;
use tideover::sync::http::HttpTransport;

use crate::central::central_at;
use crate::peers::store::{Running, Store};
use crate::register::{LEAD, WATER};

const STORE: StoreNo = StoreNo(1042);
const ONE: RegisterNo = RegisterNo(1);

fn enrolled(store: &Store, central: &Central) {
    let code = central.door().enroll_code(STORE, ONE).expect("a code");
    let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
    let given = enroll(&mut line, &central.url(), None, &code, &store.key(1)).expect("enrolled");
    let ack_key = given.central_key;
    let line = Line { url: given.central, ack_key, certificate: None, receipt_word: None };
    calls_central(&store.data(1), line);
}

fn calls_central(data: &DataDir, line: Line) {
    let mut settings = data.settings().expect("settings");
    settings.central = Some(line);
    data.write_settings(&settings).expect("written");
}

/// Sends what a running register records, as the real program does.
fn sends(register: &Running) -> Sending {
    let (data, entropy) = (register.data.clone(), Arc::new(SystemEntropy));
    let settings = data.settings().expect("settings");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(Some("America/Chicago")));
    let key = Arc::new(startup::signing_key(&data, &SystemEntropy).expect("a key"));
    let central = settings.central.clone().expect("enrolled");
    let place = data.place(&settings);
    let parts = SendingParts { central, key, place, data, clock, entropy };
    Sending::spawn(parts, register.till.clone()).expect("it sends")
}

fn is_sent(view: &View) -> bool {
    view.status.link == Link::UpToDate && view.status.pending.records == 0
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// The whole image takes the place of what is there.
fn put_back(image: &Path, data: &Path) {
    fs::remove_dir_all(data).expect("wiped");
    copy(image, data);
}

/// The journals of a register that does not run, the one in use first: which, and how long.
fn journals(store: &Store) -> Vec<(JournalId, Seq)> {
    let data = store.data(1);
    let reader = Reader::open(&data.place(&data.settings().expect("settings"))).expect("read");
    let all = reader.journals().expect("journals");
    all.iter().map(|one| (one.id, reader.next_seq(one).expect("read"))).collect()
}

/// It says on the screen what happened, and a person opens the next shift.
fn says_so_and_sells_on(register: &Running) {
    register.until(|view| matches!(view.screen, Screen::Restart(_)));
    let Screen::Restart(restart) = register.till.view().screen.clone() else {
        panic!("{:?}", register.till.view())
    };
    let said: Vec<String> = restart.findings.iter().map(ToString::to_string).collect();
    let said = said.join("\n");
    assert!(said.contains("disk was put back to an earlier moment"), "{said}");
    assert!(said.contains("No sale is lost."), "{said}");
    assert!(said.contains("a new one was begun; selling goes on"), "{said}");
    register.does(Command::AcknowledgeRestart);
    register.does(Command::SignIn { person: LEAD.0.to_owned(), pin: Pin::new(LEAD.1) });
    register.until(|view| matches!(view.screen, Screen::OpenShift));
    register.does(Command::OpenShift { float: Money::from_minor(15_000) });
    register.until(|view| matches!(view.screen, Screen::Sell(_)));
    register.sells(1);
}

/// A register that sold two, whose disk was copied; five more sales are at central alone after the
/// copy took the disk's place. Gives how long its journal was at central.
fn put_back_after_five_more(store: &Store, central: &Central, image: &Path) -> (JournalId, Seq) {
    enrolled(store, central);
    let register = store.start(1);
    register.sells(1);
    register.sells(2);
    let sending = sends(&register);
    register.until(is_sent);
    sending.stop();
    register.stops();
    copy(&store.data(1).0, image);
    let register = store.start(1);
    for quantity in 1..=5 {
        register.sells(quantity);
    }
    let sending = sends(&register);
    register.until(is_sent);
    sending.stop();
    register.stops();
    let old = journals(store).remove(0);
    put_back(image, &store.data(1).0);
    assert!(journals(store).remove(0).1 < old.1, "the image is older");
    old
}

/// What central holds of the old journal and the new one, and how many records stand apart.
fn at_central(central: &Central, store: &Store, old: (JournalId, Seq), apart: u64) {
    let here = journals(store);
    let (new, frozen) = (here[0], here[1]);
    assert_eq!((here.len(), frozen.0), (2, old.0), "{here:?}");
    let rows = central.journals().expect("journals");
    let row = |of: JournalId| rows.iter().find(|row| row.journal == of).expect("a row");
    assert_eq!((row(old.0).position.next_seq, row(old.0).forked), (old.1, apart));
    assert_eq!((row(new.0).position.next_seq, row(new.0).forked), (new.1, 0));
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_whole_disk_that_was_put_back_gets_a_new_journal_as_soon_as_central_answers() {
    let (folder, image) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("one"));
    let central = central_at(folder.path());
    let store = Store::of(&[1]);
    let old = put_back_after_five_more(&store, &central, image.path());
    let register = store.opened(1);
    let sending = sends(&register);
    says_so_and_sells_on(&register);
    register.until(is_sent);
    sending.stop();
    register.stops();
    // Nobody had signed in yet, so nothing at all stands apart.
    at_central(&central, &store, old, 0);
    let totals = central.totals(STORE, Some(ONE)).expect("totals");
    assert_eq!(totals.sales, 2 + 5 + 1, "each sale once");
    assert!(totals.agree(), "to the cent: {totals:?}");
    assert_eq!(central.door().totals(STORE, None, true).expect("totals").sales, 0);
    // Once: the next start says nothing any more, and goes on with the new journal.
    let here = journals(&store);
    let register = store.start(1);
    let sending = sends(&register);
    register.sells(1);
    register.until(is_sent);
    sending.stop();
    register.stops();
    assert_eq!(journals(&store)[0].0, here[0].0);
    assert_eq!(central.totals(STORE, Some(ONE)).expect("totals").sales, 9);
}

#[test]
fn what_was_sold_before_it_was_heard_is_kept_apart_and_a_sale_in_hand_is_finished_first() {
    let (folder, image) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("one"));
    let central = central_at(folder.path());
    let store = Store::of(&[1]);
    let old = put_back_after_five_more(&store, &central, image.path());
    let register = store.start(1);
    register.sells(1);
    register.sells(1);
    register.does(Command::NextCustomer);
    register.does(Command::Enter { text: format!("3*{WATER}") });
    register.until(|view| matches!(&view.screen, Screen::Sell(sell) if !sell.lines.is_empty()));
    let sending = sends(&register);
    let heard = |view: &View| {
        view.notice.as_ref().is_some_and(|notice| notice.text.to_string().contains("put back"))
    };
    register.until(heard);
    let remedy = register.till.view().notice.clone().expect("said").remedy.to_string();
    assert!(remedy.contains("Finish what is open"), "{remedy}");
    assert!(matches!(register.till.view().screen, Screen::Sell(_)), "the basket stays");
    register.does(Command::BeginTender);
    register.until(|view| matches!(view.screen, Screen::Tender(_)));
    register.does(Command::TakeCash { amount: None, confirmed: false });
    register.until(|view| matches!(view.screen, Screen::Done(_)));
    // The change stays on the screen until the next customer's first item.
    register.does(Command::Enter { text: WATER.to_owned() });
    says_so_and_sells_on(&register);
    register.until(is_sent);
    sending.stop();
    register.stops();
    let apart = central.journals().expect("journals");
    let apart = apart.iter().find(|row| row.journal == old.0).expect("a row").forked;
    assert!(apart >= 3, "three sales: {apart}");
    at_central(&central, &store, old, apart);
    assert_eq!(central.totals(STORE, Some(ONE)).expect("totals").sales, 2 + 5 + 1);
    let forked = central.door().totals(STORE, None, true).expect("totals");
    assert_eq!(forked.sales, 3, "kept, and counted apart");
    let found = central.door().exceptions(Some(STORE)).expect("exceptions");
    assert!(found.iter().any(|group| group.code == "fork"), "{found:?}");
}

#[test]
fn another_register_that_shows_a_signed_record_is_enough_without_central() {
    let image = tempfile::tempdir().expect("one");
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    one.sees(1, 2);
    one.sells(1);
    one.sees(1, 2);
    one.stops();
    copy(&store.data(1).0, image.path());
    let one = store.start(1);
    one.calls(&two);
    one.sees(1, 2);
    for quantity in 1..=5 {
        one.sells(quantity);
    }
    one.sees(1, 2);
    one.stops();
    let old = journals(&store).remove(0);
    put_back(image.path(), &store.data(1).0);
    let one = store.opened(1);
    one.calls(&two);
    says_so_and_sells_on(&one);
    one.sees(1, 2);
    one.stops();
    let here = journals(&store);
    assert_eq!((here.len(), here[1].0), (2, old.0));
    let kept = two.mirror().branches().expect("read");
    let kept: Vec<(JournalId, Seq)> = kept.iter().map(|one| (one.journal, one.next_seq)).collect();
    assert!(kept.contains(&old), "whole, where it was kept: {kept:?}");
    assert!(kept.contains(&here[0]), "and the new one: {kept:?}");
    assert_eq!(kept.len(), 2, "nothing was recorded twice at one place");
}

#[test]
fn a_central_that_was_put_back_itself_gives_no_alarm() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let store = Store::of(&[1]);
    enrolled(&store, &central);
    let register = store.start(1);
    register.sells(1);
    let sending = sends(&register);
    register.until(is_sent);
    sending.stop();
    central.stop();
    let older = tempfile::tempdir().expect("a folder");
    copy(folder.path(), older.path());
    let central = central_at(folder.path());
    let moved = |central: &Central| {
        let mut line = register.data.settings().expect("settings").central.expect("enrolled");
        line.url = central.url();
        calls_central(&register.data, line);
    };
    moved(&central);
    register.sells(2);
    register.sells(3);
    let sending = sends(&register);
    register.until(is_sent);
    sending.stop();
    central.stop();
    put_back(older.path(), folder.path());
    let central = central_at(folder.path());
    moved(&central);
    register.sells(4);
    let sending = sends(&register);
    register.until(is_sent);
    register.sells(1);
    register.until(is_sent);
    sending.stop();
    register.stops();
    let here = journals(&store);
    assert_eq!(here.len(), 1, "it goes on where it was");
    let rows = central.journals().expect("journals");
    assert_eq!((rows[0].position.next_seq, rows[0].forked), (here[0].1, 0));
    assert_eq!(central.totals(STORE, Some(ONE)).expect("totals").sales, 5);
}
