//! Records whose evidence is in doubt, from the bytes that come in over HTTP to the row on the
//! manager's page, the decision, and the closure that tells of it.

use tideover::central::serve::Central;
use tideover::domain::event::{EpochOpen, Event};
use tideover::domain::goods::carton::OrderNo;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::ShiftNo;
use tideover::domain::pickup::{Outcome, Pickup, PickupLine};
use tideover::domain::quantity::Quantity;
use tideover::domain::sale::LinePrice;
use tideover::journal::chain::Chain;
use tideover::journal::key::{Domain, SigningKey};
use tideover::journal::record::Line;
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::enroll::enroll;
use tideover::sync::http::HttpTransport;
use tideover::sync::segment;

use super::pages::{At, closure};
use super::store::{Goods, NOON, Pay, STORE, Till, central, money, packs, person};
use super::{opened, text_of};

/// A store with these registers, whose bytes come in over HTTP.
struct Sent {
    central: Central,
    _folder: tempfile::TempDir,
}

impl Sent {
    fn by(play: impl FnOnce(&Goods) -> Vec<Till>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, key) = packs(folder.path());
        let goods = Goods::new(folder.path(), &key, NOON);
        let (central, _) = central(&folder.path().join("central"), kept);
        for till in play(&goods) {
            let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
            let number = till.chain.journal.register;
            let code = central.door().enroll_code(STORE, number).expect("a code");
            enroll(&mut http, &central.url(), None, &code, &till.key).expect("enrolled");
            let body = segment::build(&till.lines, &till.key).expect("a segment");
            let request = Request::post("/v1/segments", body);
            let answer = http.send(&request).expect("an answer");
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        }
        central.settle();
        Self { central, _folder: folder }
    }

    fn due(&self) -> Vec<serde_json::Value> {
        let text = text_of(&format!("{}/v1/stores/{STORE}/reconciliation", self.central.url()));
        let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let matters = report["matters"].as_array().expect("matters").clone();
        matters.into_iter().filter(|one| one["due"] == true).collect()
    }

    /// Sees the row, decides it with a second person where two sign, and closes the store.
    #[track_caller]
    fn decided_and_closed(&self, code: &str, level: &str, title: &str, times: u64) {
        let due = self.due();
        let matter = due.iter().find(|one| one["code"] == code);
        let matter = matter.unwrap_or_else(|| panic!("no {code} in {due:#?}"));
        assert_eq!((&matter["level"], &matter["open"]), (&level.into(), &times.into()), "{code}");
        let manager = At::signed_in(&self.central, "51", "958316");
        let page = manager.page();
        let (_, decide) = page.split_once("<h2 id=decide>").expect("a part to decide");
        let (decide, _) = decide.split_once("<h2>Also</h2>").expect("what is beside");
        let row = format!("<b>{}</b>", title.replace('\'', "&#39;"));
        assert!(decide.contains(&row), "{title} is no row: {decide}");
        for matter in &due {
            let (open, sum) = (matter["open"].to_string(), matter["amount"].to_string());
            let fields = [
                ("rule", matter["code"].as_str().expect("a code")),
                ("cause", matter["cause"].as_str().expect("a cause")),
                ("all", "0"),
                ("count", open.as_str()),
                ("sum", sum.as_str()),
                ("action", "accept"),
                ("reason", "looked at the register and its paper"),
            ];
            if level == "critical" && matter["code"] == code {
                let (status, said) = manager.decide(&fields);
                assert_eq!(status, 422);
                assert!(said.contains("a second one signs"), "{said}");
            }
            let second = [("second", "41"), ("second_pin", "702946")];
            let (status, said) = manager.decide(&[&fields[..], &second[..]].concat());
            assert_eq!((status, said.as_str()), (303, ""), "{matter}");
        }
        assert_eq!(self.due(), Vec::<serde_json::Value>::new());
        assert_eq!(manager.post("close", &[]).status(), 303, "the store is closed");
        let certificate = opened(&closure(&self.central, 1), &self.central);
        certificate.check().expect("balanced");
        let told = certificate.decided.iter().find(|one| one.title == title).expect("told");
        assert_eq!((u64::from(told.count), told.person.as_str()), (times, "51"));
    }
}

fn sold(till: &mut Till, goods: &Goods, sales: u64) {
    for _ in 0..sales {
        let number = till.next_number();
        till.passed_ms += 60_000;
        till.sell(goods.sale(number, &[(goods.item("3001"), 1, LinePrice::Pack)], Pay::Cash));
    }
}

/// Puts other bytes in the place of the last record; the chain goes on over them.
fn instead_of_the_last(till: &mut Till, bytes: Vec<u8>) {
    till.lines.pop();
    let line = Line::from_bytes(bytes);
    till.chain.head = line.hash();
    till.lines.push(line);
}

#[test]
fn a_record_that_another_key_signed_is_a_row_that_two_people_decide() {
    let sent = Sent::by(|goods| {
        let mut till = Till::new(7);
        sold(&mut till, goods, 2);
        let text = String::from_utf8(till.lines[3].bytes().to_vec()).expect("text");
        let json = text.split_once(' ').expect("signed").1.to_owned();
        let thief = SigningKey::from_seed(&[99; 32]).expect("a key");
        let signature = thief.sign(Domain::Record, json.as_bytes()).to_text();
        instead_of_the_last(&mut till, format!("{signature} {json}").into_bytes());
        sold(&mut till, goods, 1);
        till.close(0);
        vec![till]
    });
    sent.decided_and_closed("bad_signature", "critical", "A signature that is wrong", 1);
}

#[test]
fn bytes_that_are_no_record_are_kept_and_are_a_row() {
    let sent = Sent::by(|goods| {
        let mut till = Till::new(7);
        sold(&mut till, goods, 2);
        till.record(Event::Note { text: "x".to_owned() });
        instead_of_the_last(&mut till, b"{] 0x17 \xff".to_vec());
        sold(&mut till, goods, 1);
        till.close(0);
        vec![till]
    });
    let rows = sent.central.journals().expect("rows");
    let kept = sent.central.door().lines_of(&rows[0].journal).expect("lines");
    assert_eq!(kept[4], b"{] 0x17 \xff", "every byte as it came");
    sent.decided_and_closed("malformed", "hold", "A record that can't be read", 1);
}

#[test]
fn a_journal_that_names_another_registers_key_is_a_row_that_two_people_decide() {
    let sent = Sent::by(|goods| {
        let mut till = Till::new(7);
        let other = Till::new(8);
        // Register 7's journal begins with the key of register 8.
        till.lines.clear();
        till.chain = Chain::empty(till.chain.journal);
        till.record(Event::EpochOpen(EpochOpen {
            public_key: *other.key.public().bytes(),
            nonce: [8; 16],
            program: "0.1.0".to_owned(),
            currency: Some("USD".to_owned()),
            follows: None,
        }));
        let (shift, cashier) = (ShiftNo(1), person("c7"));
        till.record(Event::ShiftOpen { shift, cashier, float: money(20_000), pieces: vec![] });
        sold(&mut till, goods, 2);
        till.close(0);
        vec![till]
    });
    sent.decided_and_closed(
        "foreign_key",
        "critical",
        "A journal under a key that is not its own",
        1,
    );
}

#[test]
fn a_registers_key_does_not_speak_for_another_register_or_another_store() {
    let sent = Sent::by(|goods| {
        let mut till = Till::new(8);
        sold(&mut till, goods, 1);
        till.close(0);
        vec![till]
    });
    let before = sent.central.journals().expect("rows").len();
    let mut seven = Till::new(7);
    seven.key = Till::new(8).key;
    seven.lines.remove(0);
    let mut http = HttpTransport::new(&sent.central.url(), None, false).expect("a line");
    let mut refused = |till: &Till| {
        let body = segment::build(&till.lines, &till.key).expect("a segment");
        let request = Request::post("/v1/segments", body);
        let answer = http.send(&request).expect("an answer");
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    };
    let (status, said) = refused(&seven);
    assert_eq!(status, 403, "{said}");
    assert!(said.contains("central does not know this key for this register"), "{said}");
    // The same register number at another store.
    let mut elsewhere = Till::new(8);
    let json = |line: &Line| String::from_utf8(line.bytes().to_vec()).expect("text");
    let line = json(&elsewhere.lines[1]).split_once(' ').expect("signed").1.to_owned();
    let line = line.replace("\"store\":1042", "\"store\":1043");
    let signature = elsewhere.key.sign(Domain::Record, line.as_bytes()).to_text();
    elsewhere.lines = vec![Line::from_bytes(format!("{signature} {line}").into_bytes())];
    let (status, said) = refused(&elsewhere);
    assert_eq!(status, 403, "{said}");
    assert_eq!(sent.central.journals().expect("rows").len(), before, "nothing was stored");
}

#[test]
fn an_order_that_two_registers_handed_over_is_a_row() {
    let sent = Sent::by(|goods| {
        let handed = |till: &mut Till| {
            till.record(Event::Pickup(Pickup {
                order: OrderNo::parse("W-20417").expect("an order"),
                outcome: Outcome::Handed,
                code: true,
                id: true,
                lines: vec![PickupLine {
                    code: ItemCode::parse("3001").expect("a code"),
                    name: "Garden peas 16 oz".to_owned(),
                    ordered: Some(Quantity::pieces(2).expect("fits")),
                    handed: Quantity::pieces(2).expect("fits"),
                    instead_of: None,
                    place: String::new(),
                }],
                refund: None,
                name: None,
                again: None,
                approval: None,
            }));
        };
        let mut tills = vec![Till::new(7), Till::new(8)];
        for till in &mut tills {
            sold(till, goods, 1);
            till.passed_ms += 60_000;
            handed(till);
            till.close(0);
        }
        tills
    });
    sent.decided_and_closed("picked_up_twice", "review", "Order handed over twice", 1);
}
