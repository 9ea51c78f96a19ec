//! The whole way: a real central, real registers on one LAN, real lines, sales in between.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tideover::central::operations::Operations;
use tideover::central::serve::{Central, Encryption, Settings as CentralSettings};
use tideover::device::clock::{Clock, SystemClock};
use tideover::device::entropy::SystemEntropy;
use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::ids::{RegisterNo, Seq, StoreNo};
use tideover::ledger::Reader;
use tideover::pack::{Pack, PackSigner};
use tideover::peer::PackCarrier;
use tideover::reconcile::packs::NoPacks;
use tideover::register::command::{Command, Pin};
use tideover::register::pack_desk::PackDesk;
use tideover::register::packs_down::{self, Pace, PacksDown, PacksParts};
use tideover::register::page::{PageInput, PageName};
use tideover::register::sending::{Sending, SendingParts};
use tideover::register::settings::Central as Line;
use tideover::register::startup;
use tideover::register::till::Till as _;
use tideover::register::view::{Ask, NoticeKind, Screen, View};
use tideover::sync::carrier::{Address, Request, Transport as _};
use tideover::sync::enroll::enroll;
use tideover::sync::http::HttpTransport;
use tideover::sync::wire::packs::{OBJECTS_PATH, PACKS_PATH, piece_path};

use super::between::Between;
use super::{Office, STORE};
use crate::peers::store::{Running, Store};
use crate::register::{LEAD, MANAGER};

const PACE: Pace = Pace { ask_ms: 300, look_ms: 40, patience_ms: 600_000 };

fn central_in(office: &Office) -> Central {
    fs::create_dir_all(office.central()).expect("a folder");
    let settings = CentralSettings {
        folder: office.central(),
        listen: "127.0.0.1:0".parse().expect("an address"),
        encryption: Encryption::None,
        also_certificates: Vec::new(),
        operations: Operations::of_tests(),
        pack_key: Some(office.signer().public().0),
        packs: Arc::new(NoPacks),
        clock: Arc::new(SystemClock::new(Some("America/Chicago"))),
        entropy: Arc::new(SystemEntropy),
        restored: false,
    };
    Central::start(settings).expect("central starts")
}

fn enrolled(store: &Store, central: &Central, register: u16) {
    let code = central.door().enroll_code(STORE, RegisterNo(register)).expect("a code");
    let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
    let key = store.key(register);
    let given = enroll(&mut line, &central.url(), None, &code, &key).expect("enrolled");
    let mut settings = store.data(register).settings().expect("settings");
    settings.central = Some(Line {
        url: given.central,
        ack_key: given.central_key,
        certificate: None,
        receipt_word: given.receipt_word,
    });
    store.data(register).write_settings(&settings).expect("written");
}

/// A register that runs with everything of the real program but its window.
struct Machine {
    running: Running,
    packs: Option<PacksDown>,
    sending: Option<Sending>,
}

impl Machine {
    fn start(store: &Store, register: u16, who: (&str, &str)) -> Self {
        Self::start_at(store, register, who, PACE)
    }

    fn start_at(store: &Store, register: u16, who: (&str, &str), pace: Pace) -> Self {
        let data = store.data(register);
        let settings = data.settings().expect("settings");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(Some("America/Chicago")));
        let desk: Arc<PackDesk> = packs_down::desk(&data, &settings, &clock, pace).expect("a desk");
        let carrier: Arc<dyn PackCarrier> = Arc::<PackDesk>::clone(&desk);
        let running = store.start_carrying(register, who, true, Some(carrier));
        let key = startup::signing_key(&data, &SystemEntropy).map(Arc::new);
        let sending = settings.central.clone().map(|central| {
            let parts = SendingParts {
                central,
                key: key.clone().expect("a key"),
                place: data.place(&settings),
                data: data.clone(),
                clock: Arc::clone(&clock),
                entropy: Arc::new(SystemEntropy),
            };
            Sending::spawn(parts, running.till.clone()).expect("it sends")
        });
        let parts = PacksParts {
            central: settings.central.clone(),
            key,
            place: data.place(&settings),
            clock,
            entropy: Arc::new(SystemEntropy),
            pace,
        };
        let packs = PacksDown::spawn(parts, desk, running.till.clone()).expect("it fetches");
        Self { running, packs: Some(packs), sending }
    }

    fn sells_by(&self, version: &str) {
        self.running.until(|view| view.status.pack.as_ref().is_some_and(|p| p.version == version));
    }

    fn stops(mut self) {
        if let Some(packs) = self.packs.take() {
            packs.stop();
        }
        if let Some(sending) = self.sending.take() {
            sending.stop();
        }
        self.running.stops();
    }
}

fn applied(store: &Store, register: u16) -> Vec<Event> {
    let data = store.data(register);
    let settings = data.settings().expect("settings");
    let reader = Reader::open(&data.place(&settings)).expect("a journal");
    let journal = reader.journals().expect("journals").pop().expect("one");
    let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
    let read = lines.iter().filter_map(|line| {
        let envelope = tideover::journal::record::Envelope::read(line.bytes()).ok()?;
        envelope.event().ok()
    });
    read.filter(|event| matches!(event, Event::PackApplied { .. })).collect()
}

#[test]
fn one_register_fetches_a_new_pack_the_other_takes_it_from_it_and_both_go_on_selling() {
    let office = Office::new();
    let store = Store::of(&[1, 2]);
    let central = central_in(&office);
    enrolled(&store, &central, 1);
    // Register 2 has no line to central: what it has it has from register 1.
    let (one, two) = (Machine::start(&store, 1, LEAD), Machine::start(&store, 2, LEAD));
    one.running.calls(&two.running);
    one.running.sees(1, 2);
    two.running.sees(1, 2);
    // The pack that both have is published too, so that there is a delta from it.
    let market = store.data(1).packs_dir().join("20261122-1.pack");
    office.publish(&market, &[]);
    two.running.does(Command::Enter { text: crate::register::WATER.to_owned() });
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    one.sells_by("20261123-1");
    one.running.sells(2);
    // In the middle of a sale nothing changes; after it the new prices hold.
    let open = |view: &View| matches!(&view.screen, Screen::Sell(sell) if sell.item_count == 1);
    two.running.until(open);
    let arrived = || store.data(2).packs_dir().join("20261123-1.pack").exists();
    waits_for(arrived);
    let version = two.running.till.view().status.pack.as_ref().map(|pack| pack.version.clone());
    assert_eq!(version.as_deref(), Some("20261122-1"), "a basket is open");
    two.running.does(Command::BeginTender);
    two.running.until(|view| matches!(view.screen, Screen::Tender(_)));
    two.running.does(Command::TakeCash { amount: None, confirmed: false });
    two.sells_by("20261123-1");
    two.running.sells(1);
    one.stops();
    two.stops();
    central.stop();
    for register in [1, 2] {
        let versions: Vec<String> = applied(&store, register)
            .iter()
            .filter_map(|event| match event {
                Event::PackApplied { version, .. } => Some(version.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(versions, ["20261122-1", "20261123-1"], "register {register}");
    }
    let pack = store.data(2).packs_dir().join("20261123-1.pack");
    let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
    assert_eq!(super::price_in(&Pack::open(&pack, &signer.public()).expect("a pack")), 6_900);
}

/// Waits for something that no view shows.
#[expect(clippy::disallowed_methods, reason = "a file comes in its own time")]
fn waits_for(there: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !there() {
        assert!(began.elapsed() < Duration::from_secs(30), "it never comes");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_manager_takes_prices_that_jumped_and_the_record_says_who() {
    let office = Office::new();
    let store = Store::of(&[1]);
    let central = central_in(&office);
    enrolled(&store, &central, 1);
    let one = Machine::start(&store, 1, LEAD);
    office.publish(&office.pack("20261123-1", "5.90"), &[]);
    // Said once, on the bar and in words; sold by the old prices meanwhile.
    one.running.until(|view| view.status.pack.as_ref().is_some_and(|pack| pack.news.is_some()));
    let said = |view: &View| {
        let notice = view.notice.as_ref().filter(|n| n.kind == NoticeKind::Attention);
        notice.is_some_and(|notice| notice.text.to_string().contains("20261123-1 waits"))
    };
    one.running.until(said);
    one.running.sells(1);
    assert_eq!(one.running.till.view().status.pack.as_ref().expect("one").version, "20261122-1");
    one.running.does(Command::NextCustomer);
    one.running.does(Command::OpenPage(PageName::Readiness));
    let offered = |view: &View| {
        matches!(&view.screen, Screen::Page(page)
            if page.actions.iter().any(|action| action.label == "Take prices"))
    };
    one.running.until(offered);
    one.running.does(Command::Page(PageInput::Action(1)));
    one.running.until(|view| matches!(view.ask, Some(Ask::Approval { act: Act::TakePrices, .. })));
    let (person, pin) = (MANAGER.0.to_owned(), Pin::new(MANAGER.1));
    one.running.does(Command::Approve { person, pin });
    one.sells_by("20261123-1");
    one.running.until(|view| view.status.pack.as_ref().is_some_and(|pack| pack.news.is_none()));
    one.stops();
    central.stop();
    let all = applied(&store, 1);
    let Some(Event::PackApplied { jumped, approval, .. }) = all.last() else {
        panic!("{all:?}");
    };
    assert_eq!(*jumped, Some(1));
    assert_eq!(approval.as_ref().map(|one| one.by.as_str()), Some(MANAGER.0));
}

#[test]
fn central_tells_only_registers_it_knows_and_gives_files_only_by_their_digest() {
    let office = Office::new();
    let store = Store::of(&[1, 2]);
    let central = central_in(&office);
    enrolled(&store, &central, 1);
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let (manifest, text) = office.manifest();
    let mut line = HttpTransport::new(&central.url(), None, false)
        .expect("a line")
        .with_answers_up_to(1 << 20);
    let mut asks = |register: u16, store_no: u32| {
        let key = store.key(register);
        let question = tideover::sync::wire::packs::PackQuestion {
            protocol: tideover::sync::wire::PROTOCOL.to_owned(),
            journal: tideover::sync::wire::JournalName {
                store: store_no,
                reg: register,
                epoch: "11".repeat(8),
            },
            key: key.public().to_string(),
            nonce: "00ff".to_owned(),
        };
        let domain = tideover::journal::key::Domain::PackQuestion;
        let body = tideover::sync::sealed::seal(&question, domain, &key).expect("sealed");
        let path = "/v1/packs".to_owned();
        line.send(&Request::post(path, body)).expect("an answer")
    };
    let told = asks(1, 1042);
    assert_eq!(told.status, 200);
    let holds = |body: &[u8]| {
        let manifest = String::from_utf8_lossy(&text).replace('"', "\\\"");
        String::from_utf8_lossy(body).contains(&manifest)
    };
    assert!(holds(&told.body));
    assert_eq!(asks(2, 1042).status, 403, "nobody vouches for it");
    assert_eq!(asks(1, 1043).status, 403, "another store's");
    let mut gets = |path: String| line.send(&Request::get(path)).expect("an answer");
    let piece = gets(piece_path(&manifest.full.sha256, 4_096, 100));
    let object = office.object(&manifest.full.sha256);
    assert_eq!((piece.status, &piece.body[..]), (200, &object[4_096..4_196]));
    let gone = gets(piece_path(&"00".repeat(32), 0, 100));
    assert_eq!(gone.status, 410);
    let said = String::from_utf8_lossy(&gone.body).into_owned();
    assert!(said.contains("not published any more; ask which pack to sell by"), "{said}");
    assert_eq!(
        gets("/v1/packs/objects/..%2f..%2fcentral.key?from=0&most=9".to_owned()).status,
        404
    );
    assert_eq!(gets(format!("/v1/packs/objects/{}", manifest.full.sha256)).status, 400);
    assert_eq!(StoreNo(1042), STORE);
    central.stop();
}

#[test]
fn a_register_whose_file_was_removed_under_it_asks_anew_and_has_the_new_prices() {
    let office = Office::new();
    let store = Store::of(&[1]);
    let central = central_in(&office);
    enrolled(&store, &central, 1);
    office.publish(&office.pack("20261123-1", "0.69"), &[]);
    let (manifest, _) = office.manifest();
    // Between the manifest and the first piece the next version is published, and the file goes.
    let (next, object) =
        (office.pack("20261124-1", "0.72"), office.object_at(&manifest.full.sha256));
    let asked: Arc<Mutex<Vec<Address>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let (data, key) = (office.central(), office.at("pack.key"));
    let publishes = move || {
        super::publish_in(&data, &key, &next);
        fs::remove_file(&object).expect("removed");
    };
    let between = Between::start(&central.url(), move |address| {
        let mut seen = seen.lock().expect("a lock");
        let first = !seen.iter().any(|one| one.path().starts_with(OBJECTS_PATH));
        if first && address.path().starts_with(OBJECTS_PATH) {
            publishes();
        }
        seen.push(address.clone());
    });
    let mut settings = store.data(1).settings().expect("settings");
    settings.central.as_mut().expect("a line").url = between.url();
    store.data(1).write_settings(&settings).expect("written");
    // By its usual pace it would ask again in ten minutes.
    let pace = Pace { ask_ms: 600_000, ..PACE };
    let one = Machine::start_at(&store, 1, LEAD, pace);
    one.sells_by("20261124-1");
    one.stops();
    let asked = asked.lock().expect("a lock").clone();
    let questions = asked.iter().filter(|address| address.path() == PACKS_PATH).count();
    assert_eq!(questions, 2, "at the start, and when the file was gone: {asked:?}");
    central.stop();
}

/// How long the delta of a store's daily change is. Takes a while to build.
#[test]
#[ignore = "a measurement"]
fn the_delta_of_a_hundred_prices_in_two_hundred_thousand() {
    let office = Office::new();
    let items = |changed: usize| {
        let mut text = String::from("code,name,unit_price,sold_by,tax_class,department,age_min\n");
        for place in 0..200_000_usize {
            let price = 100 + (place * 7_919) % 4_900 + usize::from(place % 2_000 < changed);
            let (whole, cents) = (price / 100, price % 100);
            let name = ["Soup", "Cereal", "Coffee", "Rice", "Batteries"][place % 5];
            text.push_str(&format!(
                "A{place:06},{name} size {place} of the house brand,{whole}.{cents:02},each,food,6,\n"
            ));
        }
        text + "4011,Bananas,0.59,lb,food,6,\n"
    };
    for (what, version, changed) in [("none", 2, 0), ("100", 3, 1), ("all", 4, 2_000)] {
        let first = office.pack_of("20261122-1", &items(0), 1042);
        let next = office.pack_of(&format!("20261122-{version}"), &items(changed), 1042);
        let (old, new) = (std::fs::read(first).expect("a"), std::fs::read(next).expect("b"));
        let delta = tideover::pack::patch::make(&old, &new).expect("made").expect("short enough");
        let len = u64::try_from(new.len()).expect("fits");
        assert!(tideover::pack::patch::apply(&old, &delta, len).expect("applied") == new);
        let alone = zstd::stream::encode_all(new.as_slice(), 9).expect("packed").len();
        println!("{what} changed: pack {len}, alone {alone}, delta {} bytes", delta.len());
    }
}

#[test]
fn somebody_who_is_not_in_the_new_pack_is_signed_out_between_two_sales() {
    let office = Office::new();
    let store = Store::of(&[1]);
    let central = central_in(&office);
    enrolled(&store, &central, 1);
    let one = Machine::start(&store, 1, LEAD);
    let people: Vec<&str> =
        super::PEOPLE.lines().filter(|line| !line.starts_with(&format!("{},", LEAD.0))).collect();
    assert!(people.len() < super::PEOPLE.lines().count(), "one is gone");
    office.publish(&office.pack_with("20261123-1", &(people.join("\n") + "\n")), &[]);
    one.sells_by("20261123-1");
    one.running.until(|view| view.status.person.is_none());
    one.stops();
    central.stop();
}
