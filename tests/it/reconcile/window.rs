//! The manager at a register's window: the same outage decided there, by keys and by fingers, and
//! closed to the cent; the same words in the same order as on central's page; and what the window
//! says when central is not there.

mod at_window;

use std::sync::Arc;

use egui::Key;
use tideover::domain::check::IdOutcome;
use tideover::domain::event::Event;
use tideover::domain::goods::count::{CountedLine, StockCount};
use tideover::domain::gtin::ItemCode;
use tideover::domain::item::Item;
use tideover::domain::language::{Language, Voice};
use tideover::domain::policy::Currency;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::rain_check::{RainCheck, RainCheckKind, RainCheckStep, Worth};
use tideover::domain::sale::LinePrice;
use tideover::domain::time::BusinessDate;
use tideover::journal::key::{Domain, SigningKey};
use tideover::reconcile::errand::{Deed, Errand, PATH, PROTOCOL, Secret};
use tideover::reconcile::exception::Code;
use tideover::reconcile::report::Section;
use tideover::sync::sealed;

use self::at_window::{AtWindow, Start};
use super::store::{Goods, NOON, Pay, STORE, Till, central, money, packs, person};
use super::{After, assert_balanced, client, fetched, opened};
use crate::gui::targets;

const LEAD: (&str, &str) = ("41", "702946");
const MANAGER: (&str, &str) = ("51", "958316");

/// A store of one register with a trouble of each sort that the window treats in its own way.
fn small() -> After {
    let folder = tempfile::tempdir().expect("a folder");
    let (kept, pack_key) = packs(folder.path());
    let goods = Goods::new(folder.path(), &pack_key, NOON);
    let (central, _clock) = central(&folder.path().join("central"), kept);
    let mut till = Till::new(7);
    for number in 1..=9 {
        till.passed_ms = i64::try_from(number).expect("small") * 60_000;
        let unit_price = UnitPrice::parse("5.49").expect("a price");
        let (item, pay) = match number {
            1..=3 => (Goods::unknown("00412345678908", "90.00"), Pay::Cash),
            4 => (Goods::unknown("00498765432106", "2.49"), Pay::Cash),
            5 | 6 => (Item { unit_price, ..goods.item("3007") }, Pay::Cash),
            7 => (goods.item("3008"), Pay::Check(1_207, IdOutcome::Seen)),
            _ => (goods.item("3001"), Pay::Cash),
        };
        till.sell(goods.sale(number, &[(item, 1, LinePrice::Pack)], pay));
    }
    let lines = vec![CountedLine {
        code: ItemCode::parse("3008").expect("a code"),
        name: "Box fan".to_owned(),
        at: super::store::at("2026-11-22T17:20:00.000-06:00"),
        tries: vec![Quantity::pieces(11).expect("fits")],
        expected: Some(Quantity::pieces(40).expect("fits")),
    }];
    let (area, counters) = ("Aisle 7".to_owned(), vec![person("c7"), person("41")]);
    till.record(Event::StockCount(StockCount { area, counters, lines, note: String::new() }));
    for number in [7_001, 7_002] {
        let check = RainCheck {
            number,
            kind: RainCheckKind::Coupon,
            code: None,
            what: "Ground coffee 24 oz".to_owned(),
            worth: Worth::Off(money(150)),
            until: BusinessDate::parse("2026-12-22").expect("a day"),
        };
        till.record(Event::RainCheck(RainCheckStep::Issued { check, approval: None }));
    }
    till.close(-1_250);
    till.enroll(&central);
    till.hand_over(&central, 0);
    central.settle();
    After { central, folder, pack_key }
}

fn voice(language: Language) -> Voice {
    Voice { language, currency: Currency::Usd }
}

/// Central's page as a reader of this language gets it.
fn page(after: &After, language: Language) -> String {
    let url = format!("{}/reconcile?store={STORE}", after.central.url());
    let asked = client().get(url).header("accept-language", language.word());
    asked.send().expect("an answer").text().expect("text")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&#39;").replace('"', "&quot;")
}

#[test]
fn the_window_has_the_words_of_the_page_in_its_order_in_both_languages() {
    let after = small();
    let mut at = AtWindow::open(&after, Start::default());
    at.sign_in(MANAGER);
    at.opens_the_sheet(MANAGER.1);
    for language in Language::ALL {
        let (html, voice) = (page(&after, language), voice(language));
        let (mut from, mut seen) = (0, 0);
        for row in at.page().rows {
            // What a row says of a root cause stands on the page, after what the row before says.
            let cells = [&row.cells[0], &row.cells[1]].map(|cell| escaped(&cell.said_by(&voice)));
            let place = html[from..].find(cells[0].as_str());
            let place = place.unwrap_or_else(|| panic!("{} is not after it: {html}", cells[0]));
            from += place;
            if row.cells[2].is_empty() {
                continue;
            }
            assert!(html[from..].contains(&cells[1]), "{}", cells[1]);
            seen += 1;
        }
        assert!(seen >= 4, "{seen} root causes");
        let order = |section: &Section| Section::ALL.iter().position(|one| one == section);
        let parts: Vec<_> = at.parts().iter().map(order).collect();
        assert!(parts.is_sorted() && parts.len() >= 7, "{parts:?}");
        // What opens says the same too: the meaning, and what can be chosen.
        let meaning = escaped(language.say(Code::UnknownItem.meaning()));
        assert!(html.contains(&meaning), "{meaning}");
    }
    at.open_row(2);
    let choices: Vec<String> = at.page().choices.iter().map(|one| one.label.to_string()).collect();
    let expected: Vec<&str> =
        Code::UnknownItem.choices_of(true).into_iter().map(|choice| choice.label()).collect();
    assert_eq!(choices, expected);
}

#[test]
fn a_manager_decides_and_closes_by_keys_alone_and_keeps_the_closure_as_paper_and_pdf() {
    let after = small();
    let mut at = AtWindow::open(&after, Start::default());
    at.sign_in(MANAGER);
    at.opens_the_sheet("000000");
    assert!(at.notice().starts_with("The number or the PIN is wrong"), "{}", at.notice());
    at.line(MANAGER.1);
    at.until("the sheet", |page| page.step == 2);
    at.picture("sheet");
    // 270.00 of an unknown item: it takes two people, and not twice the same.
    at.open_row(2);
    at.picture("matter");
    at.choose("It was another item");
    at.line("9999");
    at.choose("Shelf label was old");
    assert_eq!(at.page().title.to_string(), "A second person signs too");
    at.refused(|at| at.line(MANAGER.0), "Call somebody else");
    at.line(LEAD.0);
    at.line(LEAD.1);
    at.choose("Sign as Manager 51");
    // Central looks at the item only now; the page goes to where it is mended.
    assert!(at.notice().contains("'9999' is not in the store's price file"), "{}", at.notice());
    at.line("3005");
    at.choose("Shelf label was old");
    at.line(LEAD.0);
    at.line("111111");
    at.choose("Sign as Manager 51");
    assert!(at.notice().starts_with("The number or the PIN is wrong"), "{}", at.notice());
    at.line(LEAD.0);
    at.line(LEAD.1);
    at.picture("sign");
    at.choose("Sign as Manager 51");
    assert_eq!(at.notice(), "Decided and signed.");
    // A promise can wait, and can be decided all the same.
    at.open_part(Section::RainChecks);
    assert_eq!(at.page().rows.len(), 2);
    at.picture("rain-checks");
    at.open_row(0);
    at.choose("Accept as recorded");
    at.choose("Talked to the cashier");
    at.choose("Sign as Manager 51");
    at.decide_all();
    assert!(at.page().title.to_string().ends_with("Ready to close"), "{}", at.page().title);
    assert!(at.parts().contains(&Section::Tasks), "aisle 7 is to be counted");
    at.open_part(Section::Close);
    at.picture("close");
    at.press(Key::F4);
    assert_eq!(at.notice(), "Closure 1 is signed");
    at.last_row();
    assert!(at.page().title.to_string().starts_with("Closure 1 of store 1042"));
    at.picture("closure");
    at.press(Key::F4);
    at.press(Key::F5);
    at.until("saved", |_| true);
    assert!(at.notice().starts_with("Saved as "), "{}", at.notice());
    let url = format!("{}/closure.pdf?store={STORE}&number=1", after.central.url());
    assert!(at.saved() == fetched(&url), "the PDF is central's own, byte by byte");
    let paper = at.receipts();
    for part in ["Closure 1", "Cash: Counted", "Signed by central", "Fingerprint"] {
        assert!(paper.contains(part), "{part}: {paper}");
    }
    let text = fetched(&url.replace(".pdf", ".txt"));
    let certificate = opened(&text, &after.central);
    certificate.check().expect("it adds up");
    let two = certificate.decided.iter().find(|one| one.cause == "00412345678908").expect("told");
    assert_eq!(
        (two.person.as_str(), two.second.as_deref(), two.outcome.as_str()),
        ("51", Some("41"), "Given to another item 3005")
    );
    assert_eq!(certificate.tasks, ["Aisle 7 (3008)"]);
    assert_eq!(certificate.deposit.len(), 1);
}

#[test]
fn a_finger_alone_reaches_every_row_and_decides() {
    let after = small();
    for pixels in [[1024.0, 768.0], [1366.0, 768.0]] {
        let mut at = AtWindow::open(&after, Start { pixels, ..Start::default() });
        at.sign_in(LEAD);
        at.opens_the_sheet(LEAD.1);
        targets::check(&at.window, "the sheet", pixels);
        at.touch_row("Drawer over or short");
        targets::check(&at.window, "a matter", pixels);
        at.touch("Ask a colleague");
        at.touch_line("51");
        at.touch("Talked to the cashier");
        at.touch("Sign as Lead 41");
        assert_eq!(at.notice(), "Decided and signed.");
        let asked = at.page().rows.iter().any(|row| row.cells[1].to_string().ends_with("· asked"));
        assert!(asked, "the row says that somebody was asked");
        // A lead closes nothing, whatever is decided.
        at.touch_row("Close the store");
        assert!(at.page().actions.iter().all(|action| !action.enabled));
    }
}

#[test]
fn a_lead_is_offered_no_more_than_a_lead_may_do() {
    let after = small();
    let mut at = AtWindow::open(&after, Start::default());
    at.sign_in(LEAD);
    at.opens_the_sheet(LEAD.1);
    at.open_row(2);
    let choices: Vec<String> = at.page().choices.iter().map(|one| one.label.to_string()).collect();
    assert_eq!(choices, ["Ask a colleague"]);
}

#[test]
fn without_central_the_window_says_what_is_known_here_and_asks_again() {
    let after = small();
    let mut at = AtWindow::open(&after, Start::default());
    at.sign_in(MANAGER);
    let url = after.central.url();
    after.central.stop();
    at.open_page();
    at.line(MANAGER.1);
    at.until("alone", |page| page.step == 1);
    let page = at.page();
    assert!(page.lead[0].to_string().starts_with("Central can't be reached"), "{url}");
    let cells: Vec<String> = page.rows.iter().map(|row| row.cells[1].to_string()).collect();
    // Its own records: journal opened, pack, sign-in.
    assert_eq!(cells[0], "3 records, 0 sales, 0.00");
    assert_eq!(page.rows.len(), 3, "{cells:?}");
    assert!(page.rows.iter().all(|row| !row.cells[2].is_empty()), "each with what to do");
    at.picture("alone");
    at.press(Key::F4);
    assert_eq!(at.page().step, 0, "the PIN is asked for again");
}

#[test]
fn a_register_that_is_not_enrolled_has_no_line_and_says_so() {
    let after = small();
    let mut at = AtWindow::open(&after, Start { enrolled: false, ..Start::default() });
    at.sign_in(MANAGER);
    at.open_page();
    let page = at.page();
    assert!(page.lead[0].to_string().contains("no line to central"), "{:?}", page.lead);
    assert!(!page.rows.is_empty() && page.question.is_none());
}

#[test]
fn only_an_enrolled_register_of_the_store_is_heard_and_only_with_a_leads_pin() {
    let after = small();
    let own = Arc::clone(&Till::new(7).key);
    let deed = |number: &str, pin: &str| Deed::SignIn {
        number: number.to_owned(),
        pin: Secret::new(pin),
        badge: None,
    };
    let send = |key: &SigningKey, store: u32, reg: u16, deed: Deed| {
        let errand = Errand {
            protocol: PROTOCOL.to_owned(),
            store,
            reg,
            key: key.public().to_string(),
            nonce: "5d".to_owned(),
            deed,
        };
        let body = sealed::seal(&errand, Domain::Errand, key).expect("sealed");
        post(&after, body)
    };
    let right = deed(MANAGER.0, MANAGER.1);
    let (status, text) = send(&own, STORE.0, 7, right.clone());
    assert_eq!(status, 200);
    assert!(text.contains("\"outcome\":\"signed_in\"") && text.contains("\"matters\""));
    // Another register's place, another store, a stranger's key: not heard at all.
    let stranger = SigningKey::from_seed(&[99; 32]).expect("a key");
    for (key, store, reg) in [(&*own, STORE.0, 8), (&*own, 1_043, 7), (&stranger, STORE.0, 7)] {
        let (status, text) = send(key, store, reg, right.clone());
        assert_eq!(status, 403, "{text}");
        assert!(!text.contains("matters"));
    }
    // The register alone reads nothing, a cashier neither, nor a wrong PIN.
    let look = Deed::Look { session: Secret::new("") };
    for (deed, says) in [
        (look, "no_session"),
        (deed("31", "480273"), "not_a_lead"),
        (deed(MANAGER.0, "000000"), "wrong_pin"),
        (Deed::Close { session: Secret::new("0") }, "no_session"),
        (Deed::Closure { session: Secret::new("0"), number: 1 }, "no_session"),
    ] {
        let (status, text) = send(&own, STORE.0, 7, deed);
        assert!(status == 200 && text.contains(says) && !text.contains("matters"), "{text}");
    }
    // A changed byte, no errand at all, one that is too long.
    let errand = format!("{} {{}}", "A".repeat(88));
    assert_eq!(post(&after, errand.into_bytes()).0, 400);
    assert_eq!(post(&after, vec![b' '; 20_000]).0, 413);
    // A key that is no longer trusted is heard no more.
    let clock = tideover::device::clock::SimulatedClock::at(super::store::evening());
    let folder = after.folder.path().join("central");
    let register = tideover::domain::ids::RegisterNo(7);
    crate::central::revoked(&folder, STORE, register, &clock);
    assert_eq!(send(&own, STORE.0, 7, right).0, 403);
}

fn post(after: &After, body: Vec<u8>) -> (u16, String) {
    let url = format!("{}{PATH}", after.central.url());
    let answer = client().post(url).body(body).send().expect("an answer");
    (answer.status().as_u16(), answer.text().unwrap_or_default())
}

#[test]
fn thirty_registers_and_7500_sales_are_decided_in_the_window_and_closed_to_the_cent() {
    let after = After::played();
    let mut at = AtWindow::open(&after, Start { pixels: [1366.0, 768.0], ..Start::default() });
    at.sign_in(MANAGER);
    at.opens_the_sheet(MANAGER.1);
    let rows = at.page().rows.len();
    assert!((20..=40).contains(&rows), "{rows} rows");
    at.picture("big-sheet");
    let kinds = at.decide_all();
    assert!(kinds.len() >= 30, "{} kinds: {kinds:?}", kinds.len());
    at.picture("big-ready");
    at.open_part(Section::Close);
    at.press(Key::F4);
    assert_eq!(at.notice(), "Closure 1 is signed");
    at.last_row();
    at.picture("big-closure");
    let url = format!("{}/closure.txt?store={STORE}&number=1", after.central.url());
    assert_balanced(&opened(&fetched(&url), &after.central));
}
