//! A register without any price file: nobody can sign in, it says so and what to do, and it sells
//! from the moment on at which a file comes. And prices of tomorrow under a clock that nobody
//! vouched for.

use std::sync::Arc;

use tideover::device::clock::Clock as _;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::refusal::Refusal;
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::pack::{Arrival, PackKey, Shelf};
use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::pack_desk::PackDesk;
use tideover::register::page::PageInput;
use tideover::register::register::{Answer, Register};
use tideover::register::view::Screen;
use tideover::register::worker::PacksTold;

use crate::register::{CASHIER, LEAD, MANAGER, Shop, WATER, cash, done, scan, sign_in};

/// The packs of a shop, kept elsewhere.
fn take_away(shop: &Shop) -> std::path::PathBuf {
    let (packs, elsewhere) = (shop.data().packs_dir(), shop.data().0.join("elsewhere"));
    std::fs::rename(packs, &elsewhere).expect("moved");
    elsewhere
}

fn why_closed(register: &Register) -> Option<String> {
    match register.view().screen {
        Screen::SignIn(sign_in) => sign_in.no_prices,
        other => panic!("not the sign-in: {other:?}"),
    }
}

fn desk(shop: &Shop) -> PackDesk {
    let key = PackKey::parse(&shop.data().settings().expect("settings").pack_key).expect("a key");
    let shelf = Shelf::open(&shop.data().packs_dir()).expect("a shelf");
    let clock = Arc::new(shop.clock.clone());
    PackDesk::new(shelf, key, (StoreNo(1042), RegisterNo(7)), clock, 0)
}

#[test]
fn without_a_price_file_nobody_signs_in_and_the_screen_says_what_to_do() {
    let shop = Shop::new();
    take_away(&shop);
    let mut register = shop.start();
    assert_eq!(why_closed(&register).as_deref(), Some("none was brought to it yet"));
    for who in [CASHIER, LEAD, MANAGER] {
        let answer = sign_in(&mut register, who);
        assert!(matches!(answer, Answer::Refused(Refusal::NoPack(_))), "{answer:?}");
    }
    let float = Command::OpenShift { float: Money::from_minor(15_000) };
    for command in [float, Command::BeginTender, cash(500, true), Command::AbandonSale] {
        assert!(matches!(register.handle(command), Answer::Refused(_)));
    }
    assert!(matches!(scan(&mut register, WATER), Answer::Refused(_)));
    assert_eq!(shop.kinds(), ["epoch_open"], "nothing was sold, and nobody was there");
}

#[test]
fn a_price_file_that_comes_while_it_runs_opens_the_register_at_once() {
    let shop = Shop::new();
    let elsewhere = take_away(&shop);
    let mut register = shop.start();
    assert!(why_closed(&register).is_some());
    std::fs::remove_dir_all(shop.data().packs_dir()).ok();
    std::fs::rename(elsewhere, shop.data().packs_dir()).expect("brought");
    let next = desk(&shop).current();
    assert!(next.is_some(), "it is on the shelf");
    register.packs_told(PacksTold { news: Vec::new(), next });
    register.take_new_pack();
    assert_eq!(why_closed(&register), None);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let float = Command::OpenShift { float: Money::from_minor(15_000) };
    assert_eq!(register.handle(float), Answer::Done);
    assert_eq!(scan(&mut register, WATER), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    assert_eq!(register.handle(cash(500, false)), Answer::Done);
    assert_eq!(done(&register).number, 1);
    let kinds = shop.kinds();
    assert_eq!(kinds[..3], ["epoch_open", "pack_applied", "sign_in"], "{kinds:?}");
}

#[test]
fn a_price_file_of_one_item_sells_everything_else_by_department() {
    let items = include_str!("../../assets/sample-store/items.csv");
    let one: String = items.lines().take(2).map(|line| format!("{line}\n")).collect();
    let shop = Shop::of(&tideover::pack::Source::Texts {
        items: &one,
        taxes: include_str!("../../assets/sample-store/taxes.csv"),
        people: include_str!("../../assets/sample-store/people.csv"),
        policy: include_str!("../../assets/sample-store/policy.csv"),
    });
    let mut register = shop.open(CASHIER);
    let amount = Money::from_minor(450);
    let quantity = tideover::domain::quantity::Quantity::ONE;
    let rung = Command::OpenDepartment { department: 1, amount, quantity };
    assert_eq!(register.handle(rung), Answer::Done);
    assert_eq!(register.handle(Command::BeginTender), Answer::Done);
    assert_eq!(register.handle(cash(1_000, false)), Answer::Done);
    assert!(done(&register).total >= amount, "with its tax");
}

#[test]
fn a_price_file_of_nobody_or_of_another_store_opens_nothing() {
    let shop = Shop::new();
    let elsewhere = take_away(&shop);
    let shelf = Shelf::open(&shop.data().packs_dir()).expect("a shelf");
    let key = PackKey::parse(&shop.data().settings().expect("settings").pack_key).expect("a key");
    let files = std::fs::read_dir(&elsewhere).expect("a folder").flatten().map(|file| file.path());
    let pack = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "pack"));
    let pack = pack.expect("a pack");
    let other = shelf.put(&pack, &key, StoreNo(1043), &Arrival::default());
    assert!(other.is_err(), "{other:?}");
    let mut bytes = std::fs::read(&pack).expect("bytes");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = shop.data().0.join("changed.pack");
    std::fs::write(&changed, bytes).expect("written");
    assert!(shelf.apply(&changed, &key, StoreNo(1042)).is_err());
    let mut register = shop.start();
    assert!(why_closed(&register).is_some());
    assert!(matches!(sign_in(&mut register, CASHIER), Answer::Refused(Refusal::NoPack(_))));
}

/// A shop whose next price file holds from tomorrow on, and a desk at its shelf.
fn with_prices_of_tomorrow(shop: &Shop) -> (Arc<PackDesk>, Timestamp) {
    let now = shop.clock.now();
    let from = Timestamp::new(now.utc_ms + 86_400_000, now.offset_min).expect("a time");
    let signer = tideover::pack::PackSigner::from_seed(&[3; 32]).expect("a key");
    let out = shop.data().0.join("tomorrow.pack");
    let order = tideover::pack::BuildOrder {
        source: &tideover::pack::sample_store(),
        out: &out,
        signer: &signer,
        version: &tideover::domain::ids::PackVersion::parse("20261123-1").expect("a version"),
        published_at: now,
        skip_bad_rows: false,
        pin_cost: tideover::pack::PinCost::FLOOR,
        entropy: &tideover::device::entropy::SeededEntropy::new(2),
    };
    tideover::pack::build(&order, &|_| ()).expect("built");
    let shelf = Shelf::open(&shop.data().packs_dir()).expect("a shelf");
    let arrival = Arrival { not_before: Some(from), ..Arrival::default() };
    shelf.put(&out, &signer.public(), StoreNo(1042), &arrival).expect("put");
    (Arc::new(desk(shop)), from)
}

/// Opens a shift two days later by a clock that nobody vouched for; the day that is said, if any.
fn open_on(said: Option<&str>) -> (Shop, Register, Arc<PackDesk>) {
    let shop = Shop::new();
    let (desk, _) = with_prices_of_tomorrow(&shop);
    let before = shop.clock.now().local_date();
    shop.clock.jump_ms(86_400_000 + 1_000);
    let mut register = shop.start();
    register.pack_desk_is(Arc::clone(&desk));
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let float = Command::OpenShift { float: Money::from_minor(15_000) };
    let answer = register.handle(float);
    assert!(matches!(answer, Answer::Refused(Refusal::Day(_))), "{answer:?}");
    let Screen::Page(page) = register.view().screen else { panic!("not asked") };
    let lead: Vec<String> = page.lead.iter().map(ToString::to_string).collect();
    assert!(lead[0].contains("New prices hold from 2026-11-23 on"), "{lead:?}");
    assert_eq!(before, BusinessDate::new(2026, 11, 22).expect("a day"));
    if let Some(said) = said {
        let answer = PageInput::Answer { text: Keyed::new(said), scanned: false };
        assert_eq!(register.handle(Command::Page(answer)), Answer::Done);
        assert_eq!(register.handle(Command::Page(PageInput::Choice(0))), Answer::Done);
        assert!(matches!(register.view().screen, Screen::Sell(_)));
    }
    (shop, register, desk)
}

#[test]
fn prices_of_tomorrow_begin_with_the_day_that_whoever_opens_the_shift_confirms() {
    // Enter alone: the day that the clock says.
    let (_shop, register, desk) = open_on(Some(""));
    assert_eq!(register.view().status.date, BusinessDate::new(2026, 11, 23));
    let now = desk.current().expect("a pack");
    assert_eq!(now.version().to_string(), "20261123-1");
    assert_eq!(desk.asks_for_day(), None);
}

#[test]
fn a_clock_that_is_a_day_ahead_sells_at_the_prices_of_the_day_that_a_person_keyed() {
    let (shop, register, desk) = open_on(Some("11222026"));
    assert_eq!(register.view().status.date, BusinessDate::new(2026, 11, 22));
    desk.come_into_force();
    assert_eq!(desk.current().expect("a pack").version().to_string(), "20261122-1");
    drop(register);
    // Also after the program started again.
    let register = shop.start();
    let prices = register.view().status.pack.expect("prices");
    assert_eq!(prices.version, "20261122-1");
}

#[test]
fn where_central_vouched_for_the_clock_nobody_is_asked() {
    let shop = Shop::new();
    let (desk, _) = with_prices_of_tomorrow(&shop);
    shop.clock.jump_ms(86_400_000 + 1_000);
    let mut register = shop.start();
    register.pack_desk_is(Arc::clone(&desk));
    register.clock_is(Some(40));
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let float = Command::OpenShift { float: Money::from_minor(15_000) };
    assert_eq!(register.handle(float), Answer::Done);
    desk.come_into_force();
    assert_eq!(desk.current().expect("a pack").version().to_string(), "20261123-1");
}
