//! The whole sentence: two registers and a manager's screen on one LAN, central gone. Stock,
//! pickups and the outage agree; each goes on alone when the LAN goes too; when it is back they
//! agree again, and an order that went out on both sides is one exception at central.
//!
//! ```text
//!  register 1 ═ cable ═╗
//!  register 2 ═ cable ═╬═ every line goes to a cable's end; all of them can be cut
//!  manager    ═ cable ═╝
//!        └──── TLS ──▶ central, at the beginning and at the end
//! ```
//!
//! "Within a second" is counted: a line asks twice a second what the other lacks, so what went
//! through a cable until all agree tells how many looks it took.

use std::path::Path;

use tideover::central::serve::{Central, Encryption};
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::register::command::Command;
use tideover::register::page::PageName;
use tideover::register::settings::Central as Line;
use tideover::register::till::Till as _;
use tideover::register::view::{Screen, View};
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::enroll::enroll;
use tideover::sync::http::HttpTransport;

use super::cable::Cable;
use super::pickup::{claims, notices, shows};
use super::stock::{damages, looks_at, on_hand, shows as stock_is};
use super::store::{Running, Store};
use super::{MANAGER, declare, outage};
use crate::central::central_with;
use crate::check::carried::hand_over;
use crate::register::{LEAD, WATER};

/// The manager's screen is a register that sells nothing.
const SCREEN: u16 = 3;
const ALL: [u16; 3] = [1, 2, SCREEN];
const STORE: StoreNo = StoreNo(1042);
/// What may go through one cable in a second: two other registers call there, each looks twice,
/// and a look asks once, or twice where it then brings something; beside it what is recorded
/// meanwhile goes at once.
const A_SECOND: usize = 2 * 2 * 2 + 4;

/// Three machines and the cables to each.
struct Lan {
    machines: [Running; 3],
    cables: [Cable; 3],
}

impl Lan {
    fn of(store: &Store) -> Self {
        let cables = ALL.map(|_| Cable::new());
        for (register, cable) in ALL.into_iter().zip(&cables) {
            let mut peers = store.list(register);
            peers["announce"] = cable.address.port().into();
            let mut settings = store.data(register).settings().expect("settings");
            settings.peers = Some(peers);
            store.data(register).write_settings(&settings).expect("written");
        }
        let machines = [
            store.start_as(1, LEAD, true),
            store.start_as(2, LEAD, true),
            store.start_as(SCREEN, MANAGER, false),
        ];
        let lan = Self { machines, cables };
        for (machine, cable) in lan.machines.iter().zip(&lan.cables) {
            cable.leads_to(machine.listening());
            for (other, cable) in ALL.into_iter().zip(&lan.cables) {
                let address = cable.address.to_string();
                machine.peers.as_ref().expect("peers").call(RegisterNo(other), &address);
            }
        }
        lan
    }

    fn see(&self, seen: usize) {
        for machine in &self.machines {
            machine.until(|view| view.status.peers.as_ref().is_some_and(|p| p.seen == seen));
        }
    }

    /// Something is done, and all show it after what goes through a cable in a second at most.
    fn agree_after(&self, what: &str, act: impl FnOnce(), shown: impl Fn(&View) -> bool) {
        let before = self.cables.each_ref().map(Cable::asked);
        act();
        self.agree(shown);
        let asked = self.cables.iter().zip(before).map(|(cable, before)| cable.asked() - before);
        let most = asked.max().unwrap_or(0);
        println!("{what}: {most} questions through a cable until all agree");
        assert!(most <= A_SECOND, "{what}: {most}");
    }

    fn agree(&self, shown: impl Fn(&View) -> bool) {
        for machine in &self.machines {
            machine.until(&shown);
        }
    }

    fn open(&self, page: PageName) {
        for machine in &self.machines {
            machine.does(Command::NextCustomer);
            machine.does(Command::OpenPage(page));
        }
    }
}

/// How an order stands on the list of pickups.
fn order_is(order: &'static str, state: &'static str) -> impl Fn(&View) -> bool {
    move |view| {
        let Screen::Page(page) = &view.screen else { return false };
        page.rows.iter().any(|row| row.cells[0] == order && row.cells[4] == state)
    }
}

fn enrolled(store: &Store, central: &Central, register: u16) {
    let (url, pin) = (central.url(), central.fingerprint().expect("encrypted"));
    let code = central.door().enroll_code(STORE, RegisterNo(register)).expect("a code");
    let mut line = HttpTransport::new(&url, Some(&pin), false).expect("a line");
    let given = enroll(&mut line, &url, Some(&pin), &code, &store.key(register)).expect("enrolled");
    let mut settings = store.data(register).settings().expect("settings");
    settings.central = Some(Line {
        url: given.central,
        ack_key: given.central_key,
        certificate: Some(pin),
        receipt_word: given.receipt_word,
    });
    store.data(register).write_settings(&settings).expect("written");
}

/// Central again, with everything of the three handed over.
fn central_is_back(folder: &Path, store: &Store) -> Central {
    let central = central_with(folder, Encryption::Own);
    let pin = central.fingerprint().expect("encrypted");
    for register in ALL {
        let mut line = HttpTransport::new(&central.url(), Some(&pin), false).expect("a line");
        let report = hand_over(&store.data(register), u64::from(register), &mut line);
        assert_eq!(report.pending, 0, "{report:?}");
    }
    central.settle();
    central
}

#[test]
fn two_registers_and_a_managers_screen_agree_go_on_alone_and_agree_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::of(&ALL);
    let central = central_with(folder.path(), Encryption::Own);
    ALL.into_iter().for_each(|register| enrolled(&store, &central, register));
    central.stop();

    // Central is gone. The three agree on the outage, on stock and on who fetched what.
    let lan = Lan::of(&store);
    let [one, two, screen] = &lan.machines;
    lan.see(2);
    lan.agree_after("an outage", || one.does(declare()), outage(true));
    looks_at(two);
    looks_at(screen);
    let sale = || {
        one.sells(3);
        looks_at(one);
    };
    lan.agree_after("a sale", sale, stock_is("-3", "0"));
    lan.agree_after("damaged goods", || damages(two, "2"), stock_is("-3", "-2"));
    assert_eq!(on_hand(one), on_hand(two));
    assert_eq!(on_hand(two), on_hand(screen));
    lan.open(PageName::Pickup);
    let pickup = || claims(two, "W-20420", "917253");
    lan.agree_after("a pickup", pickup, order_is("W-20420", "handed over"));

    // The LAN goes too. Each goes on with what it has, and nobody waits for anybody.
    lan.cables.iter().for_each(Cable::cut);
    lan.see(0);
    for (machine, quantity) in [(one, 1), (two, 2)] {
        machine.does(Command::LeavePage);
        machine.sells(quantity);
    }
    for machine in [one, two] {
        claims(machine, "W-20417", "731904");
        machine.until(shows("Pickup orders"));
    }
    two.does(Command::LeavePage);
    two.does(Command::EndOutage { note: "cards work again".to_owned() });
    two.until(outage(false));
    looks_at(one);
    looks_at(two);
    looks_at(screen);
    damages(one, "4");
    assert!(outage(true)(&one.till.view()) && outage(true)(&screen.till.view()));
    one.until(stock_is("-4", "-6"));
    two.until(stock_is("-5", "-2"));
    screen.until(stock_is("-3", "-2"));

    // It is back: all of it is known to all, and none of it was lost.
    lan.cables.iter().for_each(Cable::mend);
    for machine in &lan.machines {
        notices(machine, "Order W-20417 was handed over at registers 1, 2");
    }
    lan.see(2);
    lan.agree(stock_is("-6", "-6"));
    lan.agree(outage(false));
    assert_eq!(on_hand(one), on_hand(two));
    assert_eq!(on_hand(two), on_hand(screen));
    lan.open(PageName::Pickup);
    lan.agree(order_is("W-20417", "handed over twice"));
    for machine in &lan.machines {
        assert!(order_is("W-20420", "handed over")(&machine.till.view()), "once is once");
    }

    // And central: one exception, not two and not none; its stock is the store's.
    lan.machines.into_iter().for_each(Running::stops);
    let central = central_is_back(folder.path(), &store);
    let found = central.door().exceptions(Some(STORE)).expect("read");
    let twice: Vec<_> = found.iter().filter(|one| one.code == "picked_up_twice").collect();
    assert_eq!(twice.len(), 1, "{found:#?}");
    assert_eq!((twice[0].count, twice[0].cause.as_str()), (1, "W-20417"));
    let totals = central.totals(STORE, None).expect("totals");
    assert_eq!(totals.sales, 3);
    assert!(totals.agree());
    assert_eq!(moved_at(&central, WATER), -12, "six sold, six damaged");
    central.stop();
}

/// By how much an item moved, as central tells other systems.
fn moved_at(central: &Central, item: &str) -> i64 {
    let pin = central.fingerprint().expect("encrypted");
    let mut line = HttpTransport::new(&central.url(), Some(&pin), false).expect("a line");
    let path = format!("/v1/stores/{STORE}/stock");
    let answer = line.send(&Request::get(path));
    let stock: serde_json::Value =
        serde_json::from_slice(&answer.expect("an answer").body).expect("JSON");
    let item = ItemCode::parse(item).expect("a code").to_string();
    let row = stock.as_array().expect("rows").iter().find(|row| row["item"] == item);
    row.expect("it moved")["moved"].as_i64().expect("a figure") / 10_000
}
