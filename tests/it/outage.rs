//! An outage from its declaration to its end: what is known of it, what customers are told, and
//! what remains of it.

use std::process::{Command as Process, Output};

use tideover::domain::event::Event;
use tideover::domain::outage::{OutageFault, System};
use tideover::domain::refusal::Refusal;
use tideover::pack::Source;
use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, RowMark, Screen};

use crate::register::{CASHIER, LEAD, Shop, WATER, scan, sign_in};

pub(crate) fn declare(register: &mut Register) {
    let command = Command::DeclareOutage {
        systems: vec![System::Payments, System::PointOfSale],
        cause: "Line cut".to_owned(),
        ticket: String::new(),
    };
    assert_eq!(register.handle(command), Answer::Done);
}

pub(crate) fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

pub(crate) fn act(register: &mut Register, place: usize) -> Answer {
    register.handle(Command::Page(PageInput::Action(place)))
}

pub(crate) fn answer(register: &mut Register, text: &str) -> Answer {
    let text = Keyed::new(text);
    register.handle(Command::Page(PageInput::Answer { text, scanned: false }))
}

fn open(register: &mut Register) {
    assert_eq!(register.handle(Command::OpenPage(PageName::Outage)), Answer::Done);
}

fn sell_water(register: &mut Register) {
    assert_eq!(scan(register, WATER), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    let exact = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(exact), Answer::Done);
    assert_eq!(register.handle(Command::NextCustomer), Answer::Done);
}

fn until(register: &Register) -> String {
    let status = register.view().status;
    status.announcement.expect("an announcement").until.to_string()
}

#[test]
fn what_becomes_known_is_recorded_announced_and_survives_a_restart() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    declare(&mut register);
    assert!(until(&register).starts_with("We don't know yet"));
    open(&mut register);
    assert_eq!(act(&mut register, 0), Answer::Done);
    let refused = Answer::Refused(Refusal::Outage(OutageFault::NotATime));
    assert_eq!(answer(&mut register, "2561"), refused);
    assert!(page(&register).question.is_some(), "it is asked again");
    assert_eq!(answer(&mut register, "1630"), Answer::Done);
    assert_eq!(until(&register), "We expect everything to work again by 4:30 PM.");
    assert_eq!(act(&mut register, 2), Answer::Done);
    assert_eq!(answer(&mut register, "INC-2041"), Answer::Done);
    drop(register);
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(until(&register), "We expect everything to work again by 4:30 PM.");
    let outage = register.view().status.outage.expect("still open");
    assert_eq!((outage.ticket.as_str(), outage.cause.as_str()), ("INC-2041", "Line cut"));
    let updates = shop.kinds().iter().filter(|kind| *kind == "outage_updated").count();
    assert_eq!(updates, 2);
}

#[test]
fn what_is_known_already_is_not_recorded_again() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    declare(&mut register);
    open(&mut register);
    act(&mut register, 1);
    assert_eq!(answer(&mut register, "Line cut"), Answer::Done);
    assert!(!shop.kinds().contains(&"outage_updated".to_owned()));
}

#[test]
fn a_cashier_reads_the_page_and_changes_nothing() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    open(&mut register);
    assert!(page(&register).actions.is_empty(), "no outage, nothing to do");
    register.handle(Command::LeavePage);
    register.handle(Command::SignOut);
    sign_in(&mut register, LEAD);
    declare(&mut register);
    register.handle(Command::SignOut);
    sign_in(&mut register, CASHIER);
    open(&mut register);
    let before = shop.kinds().len();
    assert_eq!(act(&mut register, 0), Answer::Refused(Refusal::NeedsLead));
    assert!(!page(&register).actions[0].enabled);
    assert_eq!(shop.kinds().len(), before);
}

#[test]
fn signs_come_out_of_the_receipt_printer_in_both_languages() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    open(&mut register);
    declare(&mut register);
    assert_eq!(act(&mut register, 3), Answer::Done);
    let paper = shop.receipts();
    let words: Vec<&str> = paper.split_whitespace().collect();
    let words = words.join(" ");
    assert_eq!(words.matches("Checks up to $200.00, with a photo ID").count(), 2, "{paper}");
    assert!(words.contains("Efectivo") && words.contains("recibo de hoy"), "{paper}");
}

#[test]
fn an_outage_that_customers_do_not_feel_needs_no_sign() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let systems = vec![System::Scheduling];
    let (cause, ticket) = (String::new(), String::new());
    register.handle(Command::DeclareOutage { systems, cause, ticket });
    assert_eq!(register.view().status.announcement, None);
    open(&mut register);
    let refused = Refusal::Outage(OutageFault::NothingToAnnounce);
    assert_eq!(act(&mut register, 3), Answer::Refused(refused));
}

fn tideover(shop: &Shop, line: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_tideover"))
        .env("TIDEOVER_HOME", shop.data().0)
        .env_remove("DISPLAY")
        .args(line)
        .output()
        .expect("run")
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(text).expect("text")
}

#[test]
fn it_writes_signs_for_any_printer_while_the_register_sells() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let out = shop.data().0.join("signs");
    let folder = out.to_str().expect("a path");
    let none = tideover(&shop, &["sign", "--out", folder]);
    assert_eq!(none.status.code(), Some(3));
    assert!(said(&none).contains("no outage is declared") && !out.exists(), "{}", said(&none));
    declare(&mut register);
    let made = tideover(&shop, &["sign", "--out", folder]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    for name in ["sign-door.html", "sign-lane.html"] {
        let page = std::fs::read_to_string(out.join(name)).expect("a page");
        assert!(page.contains("We are open: cash and checks only"), "{page}");
        assert!(page.contains("Estamos abiertos"), "{page}");
    }
    let nothing = tideover(&shop, &["sign", "--out", folder, "--down", "scheduling"]);
    assert_eq!(nothing.status.code(), Some(3), "{}", said(&nothing));
    for wrong in [["--down", "weather"], ["--until", "25:00"]] {
        let refused = tideover(&shop, &["sign", wrong[0], wrong[1]]);
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    }
}

#[test]
fn the_history_tells_length_sales_and_the_last_sale_of_each_outage() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    sell_water(&mut register);
    declare(&mut register);
    for _ in 0..2 {
        sell_water(&mut register);
    }
    scan(&mut register, WATER);
    register.handle(Command::AbandonSale);
    shop.clock.advance_ms(95 * 60_000);
    let note = "=cmd|'/c calc'!A1".to_owned();
    assert_eq!(register.handle(Command::EndOutage { note }), Answer::Done);
    sell_water(&mut register);
    let csv = shop.data().0.join("outages.csv");
    let path = csv.to_str().expect("a path");
    let told = tideover(&shop, &["outages", "--json", "--csv", path]);
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    let json: serde_json::Value = serde_json::from_slice(&told.stdout).expect("json");
    let outage = &json["outages"][0];
    assert_eq!(outage["minutes"], 95);
    assert_eq!((&outage["sales"], &outage["takings"]), (&2.into(), &260.into()));
    assert_eq!((&outage["last_sale"], &outage["abandoned"]), (&3.into(), &1.into()));
    assert_eq!((&outage["weekday"], &outage["hour"]), (&"Sun".into(), &14.into()));
    let csv = std::fs::read_to_string(csv).expect("a file");
    assert_eq!(csv.lines().count(), 2);
    assert!(csv.contains("'=cmd|"), "no formula for a spreadsheet: {csv}");
    let html = shop.data().0.join("outages.html");
    let told = tideover(&shop, &["outages", "--html", html.to_str().expect("a path")]);
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    let html = std::fs::read_to_string(html).expect("a page");
    // Months, systems, lengths and costs as bars, and the week as a grid; nothing is loaded or run.
    assert_eq!((html.matches("<svg").count(), html.matches("<table").count()), (5, 6));
    for told in ["1 h 35 min", "$2.60", "$1.31", "Sun 14:00", "2026-11"] {
        assert!(html.contains(told), "{told}: {html}");
    }
    for never in ["<script", "http:", "https:", "url(", "@import"] {
        assert!(!html.contains(never), "{never}");
    }
    let text = said(&tideover(&shop, &["outages"]));
    assert!(text.contains("2 sales, $2.60, last: 3"), "{text}");
    let ended = shop.events().into_iter().any(|event| matches!(event, Event::OutageEnded { .. }));
    assert!(ended);
}

#[test]
fn the_end_names_one_last_sale_and_what_is_paid_after_it_is_not_in_the_outage() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let end = || Command::EndOutage { note: String::new() };
    let said_last = |register: &Register| register.view().notice.expect("words").text.to_string();
    declare(&mut register);
    assert_eq!(register.handle(end()), Answer::Done);
    assert_eq!(said_last(&register), "The outage is ended. Nothing was sold in it here.");
    shop.clock.advance_ms(60_000);
    declare(&mut register);
    sell_water(&mut register);
    sell_water(&mut register);
    // A basket is on the screen when the outage ends; it is paid after it.
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    assert_eq!(register.handle(end()), Answer::Done);
    assert_eq!(said_last(&register), "The outage is ended. Sale 2 was its last one here.");
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    let exact = Command::TakeCash { amount: None, confirmed: false };
    assert_eq!(register.handle(exact), Answer::Done);
    let told = tideover(&shop, &["outages", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&told.stdout).expect("json");
    let last: Vec<_> = json["outages"].as_array().expect("two").iter().collect();
    assert_eq!((last.len(), &last[0]["last_sale"]), (2, &serde_json::Value::Null));
    assert_eq!((&last[1]["last_sale"], &last[1]["sales"]), (&2.into(), &2.into()));
}

#[test]
fn a_year_of_outages_is_one_page_of_plots() {
    const HOUR_MS: u32 = 60 * 60 * 1_000;
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let systems = [
        vec![System::PointOfSale, System::Payments],
        vec![System::Payments],
        vec![System::OnlineOrdering],
        vec![System::Payments, System::Inventory],
        vec![System::SupplyChain],
        vec![System::PointOfSale],
    ];
    for (place, systems) in systems.iter().cycle().take(14).enumerate() {
        let place = u32::try_from(place).expect("small");
        shop.clock.advance_ms((23 * 24 + place * 5) * HOUR_MS);
        let (cause, ticket) = (format!("<b>line {place}</b> & more"), format!("INC-{place}"));
        let declare = Command::DeclareOutage { systems: systems.clone(), cause, ticket };
        assert_eq!(register.handle(declare), Answer::Done);
        for _ in 0..=place % 3 {
            sell_water(&mut register);
        }
        for _ in 0..place % 4 {
            register.handle(Command::NextCustomer);
            scan(&mut register, WATER);
            register.handle(Command::AbandonSale);
        }
        shop.clock.advance_ms((35 + place * place * 3) * 60_000);
        let note = "it came back".to_owned();
        assert_eq!(register.handle(Command::EndOutage { note }), Answer::Done);
    }
    let html = shop.data().0.join("outages.html");
    let told = tideover(&shop, &["outages", "--html", html.to_str().expect("a path")]);
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    let page = std::fs::read_to_string(&html).expect("a page");
    assert!(!page.contains("<b>line"), "what a person keyed is no tag");
    assert!(page.contains("&lt;b&gt;line 13&lt;/b&gt; &amp; more"));
    // 35 minutes and 3 times the squares of 0 to 13.
    let together = 14 * 35 + 3 * (0..14).map(|n| n * n).sum::<i64>();
    assert_eq!(together, 2_947);
    assert!(page.contains("2 d 1 h"), "all together");
    let months = page.split("How often").nth(1).and_then(|rest| rest.split("</section>").next());
    let months = months.expect("the months");
    let rows = months.split("<table>").nth(1).expect("their table");
    let named: Vec<&str> = rows.split("<tr><td>").skip(1).filter_map(|row| row.get(..7)).collect();
    assert!(named.len() >= 10 && named.is_sorted(), "{named:?}");
    if let Some(folder) = std::env::var_os("TIDEOVER_PICTURES") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::copy(&html, folder.join("outages.html")).expect("kept");
    }
}

#[test]
fn the_protocol_is_ticked_off_signed_and_begins_anew() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    declare(&mut register);
    open(&mut register);
    assert_eq!(page(&register).rows.len(), 6);
    let row =
        |register: &mut Register, place| register.handle(Command::Page(PageInput::Row(place)));
    assert_eq!(row(&mut register, 0), Answer::Done);
    assert_eq!(row(&mut register, 5), Answer::Done);
    assert_eq!(row(&mut register, 6), Answer::Refused(Refusal::NoSuchLine));
    shop.clock.advance_ms(11 * 60_000);
    let shown = page(&register);
    assert_eq!(shown.rows[0].mark, RowMark::Good);
    assert!(shown.rows[0].cells[2].to_string().starts_with("2:00 PM, "), "{shown:?}");
    assert_eq!((shown.rows[1].mark, shown.rows[3].mark), (RowMark::Attention, RowMark::Open));
    assert!(shown.lead[0] == "Open for 0 h 11 min");
    // A tick that was wrong is taken back, and both stand in the journal.
    assert_eq!(row(&mut register, 5), Answer::Done);
    assert_eq!(page(&register).rows[5].mark, RowMark::Open);
    let ticks: Vec<(String, bool)> = shop
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::OutageTask(tick) => Some((tick.task, tick.done)),
            _ => None,
        })
        .collect();
    let tick = |task: &str, done| (task.to_owned(), done);
    assert_eq!(ticks, [tick("greet", true), tick("support", true), tick("support", false)]);
    drop(register);
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    open(&mut register);
    assert_eq!(page(&register).rows[0].mark, RowMark::Good, "after a restart, too");
    register.handle(Command::LeavePage);
    register.handle(Command::SignOut);
    open(&mut register);
    assert_eq!(row(&mut register, 1), Answer::Refused(Refusal::NotSignedIn));
    register.handle(Command::LeavePage);
    sign_in(&mut register, LEAD);
    register.handle(Command::EndOutage { note: String::new() });
    let said = register.view().notice.expect("a notice").text.to_string();
    assert_eq!(said, "The outage is ended. Nothing was sold in it here.");
    declare(&mut register);
    open(&mut register);
    assert!(page(&register).rows.iter().all(|row| row.mark != RowMark::Good));
}

/// The sample store with another policy.
fn store_with(policy: &str) -> Shop {
    Shop::of(&Source::Tables(&[
        ("items.csv", include_str!("../../assets/sample-store/items.csv")),
        ("people.csv", include_str!("../../assets/sample-store/people.csv")),
        ("policy.csv", policy),
        ("taxes.csv", include_str!("../../assets/sample-store/taxes.csv")),
    ]))
}

#[test]
fn a_stores_own_protocol_comes_from_its_pack() {
    let policy = include_str!("../../assets/sample-store/policy.csv");
    let policy =
        format!("{policy}task_2,support;15;Call the district\ntask_1,greeter;5;At the door\n");
    let shop = store_with(&policy);
    let mut register = shop.open(LEAD);
    declare(&mut register);
    open(&mut register);
    let rows = page(&register).rows;
    let texts: Vec<String> = rows.iter().map(|row| row.cells[0].to_string()).collect();
    assert_eq!(texts, ["At the door", "Call the district"]);
}

#[test]
fn a_wrong_task_of_the_policy_is_told_with_what_to_write() {
    for wrong in ["nobody;5;Sing", "greeter;0;Sing", "greeter;5;", "greeter;Sing"] {
        let folder = tempfile::tempdir().expect("a folder");
        let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-store");
        for name in ["items.csv", "people.csv", "taxes.csv"] {
            std::fs::copy(sample.join(name), folder.path().join(name)).expect("copied");
        }
        let policy = std::fs::read_to_string(sample.join("policy.csv")).expect("a policy");
        std::fs::write(folder.path().join("policy.csv"), format!("{policy}task_1,{wrong}\n"))
            .expect("written");
        let out = folder.path().join("store.pack");
        let key = folder.path().join("pack.key");
        let built = Process::new(env!("CARGO_BIN_EXE_tideover"))
            .args(["pack", "build", "--new-key", "--from"])
            .arg(folder.path())
            .args(["--out".as_ref(), out.as_os_str(), "--key".as_ref(), key.as_os_str()])
            .output()
            .expect("run");
        assert_ne!(built.status.code(), Some(0), "{wrong}");
        assert!(said(&built).contains("cash_office") && !out.exists(), "{wrong}: {}", said(&built));
    }
}
