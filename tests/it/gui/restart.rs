//! What a start says on its screen of records that are lost, and of those that came back.

use egui_kittest::kittest::Queryable as _;
use tideover::domain::ids::{RegisterNo, Seq};
use tideover::domain::refusal::Refusal;
use tideover::domain::words::Words;
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::ledger::Mark;
use tideover::ledger::gather::{Bringer, Gathered};
use tideover::ledger::regain::{Desk, bring_back};
use tideover::register::command::Command;
use tideover::register::register::Answer;
use tideover::register::view::{Notice, NoticeKind, Restart, Screen, View};

use super::shop::{self, Size, Window};
use super::till::SimulatedTill;
use crate::ledger::store::{Register, WHO};
use crate::register::{CASHIER, Shop, WATER, scan};

const SMALL: Size = Size { pixels: [1024.0, 768.0], theme: Theme::Light };

fn picture(window: &mut Window, name: &str) {
    if let Some(folder) = std::env::var_os("TIDEOVER_PICTURES") {
        let image = window.render().expect("a picture");
        image.save(std::path::Path::new(&folder).join(format!("{name}.png"))).expect("written");
    }
}

/// The screen of a start that found this.
fn shown(findings: Vec<Words>, language: Language, name: &str) -> Window {
    let Screen::Restart(restart) = shop::restart().screen else { unreachable!("a restart") };
    let screen = Screen::Restart(Restart { findings, ..restart });
    let till = SimulatedTill::showing(View { screen, ..shop::restart() });
    let mut window = shop::open_with(&till, SMALL, move |options| options.language = language);
    picture(&mut window, name);
    window
}

/// A register whose disk with database and tape died after eight sales; the anchor lay elsewhere.
fn dead() -> (Register, Vec<Vec<u8>>) {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 8);
    let line = |seq| ledger.line_at(Seq(seq)).expect("read").expect("a record").bytes().to_vec();
    let lines = (0..ledger.chain().next_seq.0).map(line).collect();
    drop(ledger);
    std::fs::remove_dir_all(&register.place.dir).expect("gone");
    std::fs::remove_dir_all(&register.place.tape_dir).expect("gone");
    (register, lines)
}

fn found(register: &Register) -> Vec<Words> {
    let (ledger, opening) = register.open();
    drop(ledger);
    opening.findings.iter().map(|finding| finding.text()).collect()
}

#[test]
fn the_screen_of_lost_records_names_the_command_that_brings_them_back() {
    let (register, _) = dead();
    let said = found(&register);
    let window = shown(said.clone(), Language::English, "restart-records-lost");
    window.get_by_label_contains("Ledger and second copy are gone, with all of their 10 records.");
    window.get_by_label_contains("what others have of them with 'tideover recover'");
    window.get_by_label_contains("I have read this");
    let window = shown(said, Language::Spanish, "restart-records-lost-spanish");
    window.get_by_label_contains("lo que otros tengan con 'tideover recover'");
}

#[test]
fn the_screen_after_records_came_back_says_how_many_and_that_they_count() {
    let (register, lines) = dead();
    let mut gathered = Gathered::of(WHO);
    for line in &lines {
        gathered.take(&Bringer::Peer(RegisterNo(2)), line).expect("room");
    }
    let (place, good) = (&register.place, &|_: &_, _| None);
    bring_back(&Desk { place, identity: WHO, gathered: &gathered, good }, &|_| ()).expect("back");
    let window = shown(found(&register), Language::English, "restart-records-back");
    let came = format!("IT brought {} records of this register back", lines.len());
    window.get_by_label_contains(&came);
    window.get_by_label_contains("They count again");
}

#[test]
fn the_screen_after_a_disk_was_put_back_says_where_the_rest_is_and_that_selling_goes_on() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 8);
    let chain = ledger.chain();
    let next_seq = Seq(chain.next_seq.0 + 5);
    let mark = Mark { journal: chain.journal, next_seq, head: chain.head };
    ledger.keep_shown(&mark).expect("kept");
    drop(ledger);
    let said = found(&register);
    let window = shown(said.clone(), Language::English, "restart-put-back");
    window.get_by_label_contains("This register's disk was put back to an earlier moment");
    window.get_by_label_contains("selling goes on");
    window.get_by_label_contains("I have read this");
    let window = shown(said, Language::Spanish, "restart-put-back-spanish");
    window.get_by_label_contains("fue restaurado a un momento anterior");
}

/// A screen as a register showed it, in both languages.
fn pictured(screen: &Screen, name: &str) -> [Window; 2] {
    [(Language::English, ""), (Language::Spanish, "-spanish")].map(|(language, end)| {
        let till = SimulatedTill::showing(View { screen: screen.clone(), ..shop::restart() });
        let mut window = shop::open_with(&till, SMALL, move |options| options.language = language);
        picture(&mut window, &format!("{name}{end}"));
        window
    })
}

#[test]
#[expect(clippy::disallowed_methods, reason = "another program that holds a lock")]
fn the_screens_of_a_sale_in_doubt_say_to_wait_and_then_that_it_does_not_count() {
    let counter = Shop::new();
    let mut register = counter.open(CASHIER);
    scan(&mut register, WATER);
    register.handle(Command::BeginTender);
    let data = counter.data();
    let place = data.place(&data.settings().expect("settings"));
    let other = rusqlite::Connection::open(place.database()).expect("opened");
    let fails = "CREATE TRIGGER fails BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'x'); END";
    other.execute_batch(fails).expect("made");
    let paid = register.handle(Command::TakeCash { amount: None, confirmed: false });
    assert_eq!(paid, Answer::Stopped);
    let [english, spanish] = pictured(&register.view().screen, "stopped-in-doubt");
    english.get_by_label_contains("Whether the sale in hand counts as paid is not known yet");
    english.get_by_label_contains("write no paper slip for this sale yet");
    spanish.get_by_label_contains("Todavía no se sabe si la venta en curso cuenta como pagada");
    other.execute_batch("DROP TRIGGER fails").expect("mended");
    register.close().expect("closed");

    let [english, spanish] = pictured(&counter.start().view().screen, "restart-not-recorded");
    english.get_by_label_contains("A sale of $1.31 was not paid. It is open again");
    english.get_by_label_contains("the open sale was not recorded: it does not count");
    spanish.get_by_label_contains("la venta abierta no se registró: no cuenta");
    let Screen::Restart(restart) = counter.start().view().screen else { unreachable!("again") };
    let findings = found(&dead().0);
    pictured(&Screen::Restart(Restart { findings, ..restart }), "restart-not-recorded-and-found");
    let again = english.query_by_label_contains("Nothing of this needs to be keyed again");
    assert!(again.is_none(), "something is to be done");
}

#[test]
fn the_screen_of_a_journal_that_was_given_up_asks_whether_the_open_sale_was_paid() {
    let (register, _) = dead();
    let Screen::Restart(restart) = shop::restart().screen else { unreachable!("a restart") };
    let restart = Restart { findings: found(&register), given_up: true, ..restart };
    let [english, spanish] = pictured(&Screen::Restart(restart.clone()), "restart-given-up");
    english.get_by_label_contains("Whether it was paid can't be seen here: ask before money");
    spanish.get_by_label_contains("Aquí no se ve si se pagó: pregunte antes de cobrar");
    let nothing = Restart { last_sale: None, open_basket_total: None, ..restart };
    let [english, spanish] = pictured(&Screen::Restart(nothing), "restart-given-up-whole");
    english.get_by_label_contains("No sale of the journal before can be shown here");
    spanish.get_by_label_contains("Aquí no se puede mostrar ninguna venta del diario anterior");
}

#[test]
fn a_payment_that_a_busy_disk_did_not_take_stands_and_the_screen_says_that_nothing_counts_yet() {
    for (language, name) in [(Language::English, "busy"), (Language::Spanish, "busy-spanish")] {
        let till = SimulatedTill::showing(View { notice: None, ..shop::tender() });
        let mut window = shop::open_with(&till, SMALL, move |options| options.language = language);
        let (text, remedy) = (Refusal::DiskBusy.text(), Refusal::DiskBusy.remedy());
        let notice = Some(Notice { number: 9, kind: NoticeKind::Refused, text, remedy });
        till.show(View { notice, ..shop::tender() });
        window.run();
        picture(&mut window, name);
        let said = match language {
            Language::English => "Not recorded: another program keeps the disk busy",
            Language::Spanish => "No se registró: otro programa tiene ocupado el disco",
        };
        window.get_by_label_contains(said);
    }
}
