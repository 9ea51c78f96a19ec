//! Pickup orders: found by number or name, handed over against code and ID, once in the store; what
//! is not ready, not on file or asked back; and what central says of it all afterwards.

mod central;

use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::goods::carton::OrderNo;
use tideover::domain::gtin::ItemCode;
use tideover::domain::person::Role;
use tideover::domain::pickup::fault::PickupFault;
use tideover::domain::pickup::{Outcome, Pickup, RefundWhy};
use tideover::domain::quantity::Quantity;
use tideover::domain::refusal::Refusal;
use tideover::domain::time::BusinessDate;
use tideover::pack::Source;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, Screen};

use crate::register::{CASHIER, LEAD, MANAGER, Shop, sign_in};

/// Of the sample store: orange juice of W-20417, cocoa mix of W-20421.
const JUICE: &str = "401101480287";
const COCOA: &str = "401105921120";
/// The actions of an order, and of the list.
const CODE: PageInput = PageInput::Action(0);
const ID: PageInput = PageInput::Action(1);
const HAND_OVER: PageInput = PageInput::Action(2);
const PROMISE: PageInput = PageInput::Action(3);
const REFUND: PageInput = PageInput::Action(4);
const NOT_ON_FILE: PageInput = PageInput::Action(0);
const PROMISES: PageInput = PageInput::Action(1);

fn pieces(count: i64) -> Quantity {
    Quantity::pieces(count).expect("fits")
}

fn code(text: &str) -> ItemCode {
    ItemCode::parse(text).expect("a code")
}

fn order(text: &str) -> OrderNo {
    OrderNo::parse(text).expect("a number")
}

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?} on {:?}", register.view().screen);
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn say(register: &mut Register, text: &str) {
    must(register, answer(text));
}

fn press(register: &mut Register, input: PageInput) {
    must(register, Command::Page(input));
}

fn refused(register: &mut Register, command: Command) -> Refusal {
    match register.handle(command) {
        Answer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn at_fault(register: &mut Register, command: Command) -> PickupFault {
    match refused(register, command) {
        Refusal::Pickup(fault) => fault,
        other => panic!("refused for something else: {other:?}"),
    }
}

fn approve(register: &mut Register, (person, pin): (&str, &str)) -> Answer {
    register.handle(Command::Approve { person: person.to_owned(), pin: Pin::new(pin) })
}

/// Opens the page at its list.
fn open(register: &mut Register) {
    must(register, Command::LeavePage);
    must(register, Command::OpenPage(PageName::Pickup));
}

/// Looks an order up.
fn find(register: &mut Register, text: &str) {
    open(register);
    say(register, text);
}

fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

fn rows(register: &Register) -> Vec<Vec<String>> {
    let cells =
        |row: &tideover::register::view::Row| row.cells.iter().map(ToString::to_string).collect();
    page(register).rows.iter().map(cells).collect()
}

/// What stands beside a word on the page.
fn answered(register: &Register, word: &str) -> Option<String> {
    let answered = page(register).answered;
    let found = answered.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| value.to_string())
}

/// How an order stands in the list.
fn standing(register: &mut Register, number: &str) -> String {
    open(register);
    let rows = rows(register);
    rows.iter().find(|row| row[0] == number).expect("listed")[4].clone()
}

fn pickups(shop: &Shop) -> Vec<Pickup> {
    let pickup = |event| match event {
        Event::Pickup(pickup) => Some(pickup),
        _ => None,
    };
    shop.events().into_iter().filter_map(pickup).collect()
}

/// Hands an order over with its code and an ID.
fn hand_over(register: &mut Register, number: &str, pickup_code: &str) {
    find(register, number);
    press(register, CODE);
    say(register, pickup_code);
    press(register, ID);
    press(register, HAND_OVER);
}

/// The tables of the sample store with other orders, and more rows of policy.csv.
fn with_orders(orders: &str, policy: &str, then: impl FnOnce(&Source<'_>)) {
    let sample = |name: &str| {
        let path = format!("{}/assets/sample-store/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("a table")
    };
    let orders = format!("order,code,name,item,quantity,paid,place,state,until\n{orders}");
    let policy = format!("{}\n{policy}", sample("policy.csv").trim_end());
    let tables = [
        ("items.csv", sample("items.csv")),
        ("taxes.csv", sample("taxes.csv")),
        ("people.csv", sample("people.csv")),
        ("policy.csv", policy),
        ("orders.csv", orders),
    ];
    let tables: Vec<(&str, &str)> =
        tables.iter().map(|(name, text)| (*name, text.as_str())).collect();
    then(&Source::Tables(&tables));
}

#[test]
fn an_order_is_found_by_its_number_or_its_customers_name_and_handed_over_with_code_and_id() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    shop.clock.advance_ms(60_000);
    open(&mut register);
    let listed = rows(&register);
    assert_eq!(listed.len(), 5);
    assert_eq!(listed[0], ["W-20417", "Cooler 2", "3", "", "stands ready"]);
    assert_eq!(listed[2][4], "not ready");
    let whole = format!("{listed:?}");
    assert!(!whole.contains("Customer"), "the list names nobody: {whole}");
    // By name, whole words, whatever the case; of several one is chosen.
    assert_eq!(at_fault(&mut register, answer("custom")), PickupFault::NoSuchOrder);
    say(&mut register, "CUSTOMER");
    assert_eq!(rows(&register).len(), 5);
    assert_eq!(rows(&register)[1], ["W-20418", "Customer Two"]);
    press(&mut register, PageInput::Back);
    say(&mut register, "two customer");
    assert_eq!(answered(&register, "Name").as_deref(), Some("Customer Two"));
    press(&mut register, PageInput::Back);
    say(&mut register, "w-20417");
    assert_eq!(answered(&register, "Name"), None, "a number alone opens no name");
    assert_eq!(
        at_fault(&mut register, Command::Page(HAND_OVER)),
        PickupFault::NothingProved,
        "nobody is handed anything unseen"
    );
    let before = register.stock(&code(JUICE)).on_hand().expect("known");
    let cash = shop.kinds().len();
    press(&mut register, CODE);
    say(&mut register, "731 904");
    assert_eq!(answered(&register, "Name").as_deref(), Some("Customer One"));
    press(&mut register, ID);
    press(&mut register, HAND_OVER);
    let recorded = pickups(&shop);
    let [pickup] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!((pickup.outcome, pickup.code, pickup.id), (Outcome::Handed, true, true));
    assert_eq!((pickup.lines.len(), pickup.approval.as_ref()), (3, None));
    assert_eq!(pickup.lines[0].place, "Cooler 2");
    // Two bottles left the shelf, no money moved, and the paper is there to be signed.
    assert_eq!(register.stock(&code(JUICE)).on_hand(), before.plus(pieces(-2)).ok());
    assert_eq!(shop.kinds().split_off(cash), ["pickup"]);
    let paper = shop.receipts();
    assert!(paper.contains("W-20417") && paper.contains("Received by"), "{paper}");
    assert!(!paper.contains("Customer One"), "the paper names nobody");
    assert_eq!(standing(&mut register, "W-20417"), "handed over");
}

#[test]
fn wrong_codes_are_limited_and_the_id_is_the_way_round_with_a_lead() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    find(&mut register, "W-20420");
    press(&mut register, CODE);
    for wrong in ["917254", "", "no code", "731904"] {
        assert_eq!(at_fault(&mut register, answer(wrong)), PickupFault::WrongCode, "{wrong}");
    }
    assert_eq!(at_fault(&mut register, answer("917253")), PickupFault::CodeLocked(5));
    assert_eq!(answered(&register, "Pickup code").as_deref(), Some("not looked at"));
    // Another order's code may be tried meanwhile, and the wait is over some time.
    press(&mut register, PageInput::Back);
    press(&mut register, PageInput::Back);
    say(&mut register, "W-20418");
    press(&mut register, CODE);
    say(&mut register, "285016");
    shop.clock.advance_ms(5_000);
    find(&mut register, "W-20420");
    press(&mut register, CODE);
    say(&mut register, "917253");
    // The code alone: a lead signs.
    let needed = Refusal::NeedsApproval(Act::HandOver, Role::Lead);
    assert_eq!(refused(&mut register, Command::Page(HAND_OVER)), needed);
    assert_eq!(register.view().about, "Order W-20420");
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    let pickup = pickups(&shop).remove(0);
    assert_eq!((pickup.code, pickup.id), (true, false));
    assert_eq!(pickup.approval.map(|one| one.by.to_string()).as_deref(), Some("41"));
    // The ID alone, the code forgotten: the same. Declined: nothing happened.
    find(&mut register, "Customer Two");
    press(&mut register, ID);
    assert_eq!(refused(&mut register, Command::Page(HAND_OVER)), needed);
    must(&mut register, Command::Decline);
    assert_eq!(pickups(&shop).len(), 1);
}

#[test]
fn one_order_is_handed_over_once_also_after_a_restart_and_again_only_with_a_manager() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    shop.clock.advance_ms(60_000);
    hand_over(&mut register, "W-20417", "731904");
    drop(register); // The plug.

    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    shop.clock.advance_ms(25 * 60_000);
    // The spouse comes with the same e-mail and an ID of their own.
    find(&mut register, "W-20417");
    let told = register.view().notice.expect("told").text.to_string();
    assert!(told.contains("handed over already"), "{told}");
    press(&mut register, ID);
    press(&mut register, HAND_OVER);
    let asked = page(&register);
    assert_eq!(asked.title, "Claimed before");
    assert_eq!(asked.lead[0], "handed over: 25 min ago, register 7.");
    press(&mut register, PageInput::Choice(0));
    let declined = pickups(&shop).pop().expect("recorded");
    assert_eq!((declined.outcome, declined.lines.len()), (Outcome::Declined, 0));
    assert!(declined.again.is_some());
    assert_eq!(register.stock(&code(JUICE)).changed, pieces(-2), "once");
    // A promise of it is refused too; a refund may still be asked for.
    find(&mut register, "W-20417");
    assert_eq!(at_fault(&mut register, Command::Page(PROMISE)), PickupFault::HandedBefore);
    // With a manager, and nobody less.
    press(&mut register, ID);
    press(&mut register, HAND_OVER);
    let again = Refusal::NeedsApproval(Act::HandOverAgain, Role::Manager);
    assert_eq!(refused(&mut register, Command::Page(PageInput::Choice(1))), again);
    assert_eq!(approve(&mut register, LEAD), Answer::Refused(again));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    let second = pickups(&shop).pop().expect("recorded");
    assert_eq!(second.outcome, Outcome::Handed);
    assert_eq!(second.approval.map(|one| one.by.to_string()).as_deref(), Some("51"));
    assert_eq!(second.again, declined.again, "the first one is named");
    // A manager at the counter is no second person.
    must(&mut register, Command::SignOut);
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    find(&mut register, "W-20417");
    press(&mut register, ID);
    press(&mut register, HAND_OVER);
    let again = Refusal::NeedsApproval(Act::HandOverAgain, Role::Manager);
    assert_eq!(refused(&mut register, Command::Page(PageInput::Choice(1))), again);
    assert_eq!(approve(&mut register, MANAGER), Answer::Refused(Refusal::OwnAct));
}

#[test]
fn what_is_not_ready_is_promised_once_and_its_refund_is_a_request_without_cash() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let kinds = shop.kinds().len();
    find(&mut register, "W-20419");
    press(&mut register, ID);
    assert_eq!(at_fault(&mut register, Command::Page(HAND_OVER)), PickupFault::NotStaged);
    press(&mut register, PROMISE);
    find(&mut register, "W-20419");
    assert_eq!(at_fault(&mut register, Command::Page(PROMISE)), PickupFault::PromisedBefore);
    open(&mut register);
    press(&mut register, PROMISES);
    assert_eq!(rows(&register), [["W-20419", "now", "register 7"]]);
    press(&mut register, PageInput::Row(0));
    press(&mut register, REFUND);
    press(&mut register, PageInput::Choice(0));
    find(&mut register, "W-20419");
    press(&mut register, REFUND);
    let twice = at_fault(&mut register, Command::Page(PageInput::Choice(3)));
    assert_eq!(twice, PickupFault::RefundBefore);
    open(&mut register);
    press(&mut register, PROMISES);
    assert!(rows(&register).is_empty(), "the money is asked back: nothing is promised any more");
    let recorded = pickups(&shop);
    assert_eq!(recorded.len(), 2);
    assert!(recorded.iter().all(|one| one.lines.iter().all(|line| line.handed == pieces(0))));
    let asked = recorded[1].refund.expect("asked");
    assert_eq!(asked.why, RefundWhy::NotReady);
    assert_eq!(asked.amount.map(|amount| amount.to_string()).as_deref(), Some("13.78"));
    // Nothing but that was recorded: no drawer was opened, no money moved.
    assert_eq!(shop.kinds().split_off(kinds), ["pickup", "pickup"]);
    let shift = register.ledger().state().open_shift.clone().expect("open");
    assert_eq!(shift.drawer.expected_cash().expect("fits").to_string(), "150.00");
    let paper = shop.receipts();
    assert!(paper.contains("No cash was paid out here."), "{paper}");
}

#[test]
fn short_and_substituted_items_are_noted_and_absurd_figures_are_refused() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    shop.clock.advance_ms(60_000);
    find(&mut register, "W-20421");
    press(&mut register, CODE);
    say(&mut register, "502846");
    press(&mut register, ID);
    press(&mut register, PageInput::Row(1));
    press(&mut register, PageInput::Choice(0));
    for (figure, fault) in [
        ("5", PickupFault::MoreThanOrdered),
        ("-1", PickupFault::Quantity),
        ("1000000000", PickupFault::Quantity),
        ("x", PickupFault::Quantity),
    ] {
        assert_eq!(at_fault(&mut register, answer(figure)), fault, "{figure}");
    }
    say(&mut register, "3");
    press(&mut register, PageInput::Row(0));
    press(&mut register, PageInput::Choice(1));
    assert_eq!(at_fault(&mut register, answer(COCOA)), PickupFault::OfTheOrder);
    let too_much = at_fault(&mut register, answer(&format!("3*{JUICE}")));
    assert_eq!(too_much, PickupFault::MoreThanOrdered);
    say(&mut register, &format!("2*{JUICE}"));
    assert_eq!(rows(&register)[2][1], "instead of 00401102220424");
    press(&mut register, HAND_OVER);
    let pickup = pickups(&shop).remove(0);
    assert_eq!(pickup.outcome, Outcome::Partly);
    let lines: Vec<(String, String)> = pickup
        .lines
        .iter()
        .map(|line| {
            let ordered = line.ordered.map_or_else(|| "-".to_owned(), |one| one.to_string());
            (ordered, line.handed.to_string())
        })
        .collect();
    let expected = [("2", "0"), ("4", "3"), ("-", "2")];
    assert_eq!(lines, expected.map(|(one, two)| (one.to_owned(), two.to_owned())));
    assert_eq!(register.stock(&code(COCOA)).changed, pieces(-3));
    assert_eq!(register.stock(&code(JUICE)).changed, pieces(-2));
    assert!(shop.receipts().contains("3 / 4"), "{}", shop.receipts());
}

#[test]
fn what_is_not_on_file_goes_out_against_an_id_with_a_witness_and_no_number_of_an_id_is_kept() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    open(&mut register);
    press(&mut register, NOT_ON_FILE);
    assert_eq!(at_fault(&mut register, answer("W 1")), PickupFault::NotANumber);
    // One that is on file is handed over as such.
    say(&mut register, "W-20418");
    assert_eq!(answered(&register, "Pickup code").as_deref(), Some("not looked at"));
    open(&mut register);
    press(&mut register, NOT_ON_FILE);
    say(&mut register, "w-20999");
    assert_eq!(at_fault(&mut register, answer("D12-345-678")), PickupFault::NoName);
    say(&mut register, "Customer Nine");
    say(&mut register, "Floor 2");
    assert_eq!(at_fault(&mut register, Command::Page(HAND_OVER)), PickupFault::NothingHanded);
    assert_eq!(refused(&mut register, answer("99999")), Refusal::UnknownItem("99999".to_owned()));
    say(&mut register, &format!("2*{JUICE}"));
    say(&mut register, COCOA);
    // A lead is not their own witness.
    let needed = Refusal::NeedsApproval(Act::HandOverUnverified, Role::Lead);
    assert_eq!(refused(&mut register, Command::Page(HAND_OVER)), needed);
    assert_eq!(approve(&mut register, LEAD), Answer::Refused(Refusal::OwnAct));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    let pickup = pickups(&shop).remove(0);
    assert_eq!((pickup.outcome, pickup.code, pickup.id), (Outcome::Unverified, false, true));
    assert_eq!((pickup.lines.len(), pickup.lines[1].place.as_str()), (2, "Floor 2"));
    assert_eq!(pickup.name, None, "this store has no key of central's to seal to");
    assert!(shop.receipts().contains("Name on the ID"), "it stands on the paper instead");
    // Again: held against the first one like any other.
    open(&mut register);
    press(&mut register, NOT_ON_FILE);
    say(&mut register, "W-20999");
    say(&mut register, "Customer Ten");
    say(&mut register, "Floor 2");
    say(&mut register, JUICE);
    press(&mut register, HAND_OVER);
    assert_eq!(page(&register).title, "Claimed before");
    // Without an ID only a promise or a refund request is left.
    open(&mut register);
    press(&mut register, NOT_ON_FILE);
    say(&mut register, "W-30000");
    say(&mut register, "");
    say(&mut register, JUICE);
    assert_eq!(at_fault(&mut register, Command::Page(HAND_OVER)), PickupFault::NothingProved);
    press(&mut register, PROMISE);
    assert_eq!(pickups(&shop).pop().expect("recorded").lines.len(), 0);
}

#[test]
fn a_store_may_hand_over_only_what_is_on_file_and_nothing_after_its_last_day() {
    let orders = format!(
        "W-1,4711,Customer One,{JUICE},1,4.29,Cooler 1,staged,2026-11-21\n\
         W-2,4712,Customer Two,{JUICE},1,4.29,Cooler 1,staged,2026-11-22\n"
    );
    with_orders(&orders, "pickup_unverified,no\n", |source| {
        let shop = Shop::of(source);
        let mut register = shop.open(CASHIER);
        find(&mut register, "W-1");
        press(&mut register, ID);
        let day = BusinessDate::parse("2026-11-21").expect("a day");
        assert_eq!(at_fault(&mut register, Command::Page(HAND_OVER)), PickupFault::Expired(day));
        hand_over(&mut register, "W-2", "4712");
        open(&mut register);
        press(&mut register, NOT_ON_FILE);
        say(&mut register, "W-3");
        say(&mut register, "Customer Three");
        say(&mut register, "Floor 2");
        say(&mut register, JUICE);
        assert_eq!(at_fault(&mut register, Command::Page(HAND_OVER)), PickupFault::OnFileOnly);
        assert_eq!(pickups(&shop).len(), 1, "nothing half done");
    });
}

#[test]
fn a_stolen_pack_and_a_register_without_a_pin_tell_no_name_and_no_code() {
    let shop = Shop::new();
    let packs = shop.data().packs_dir();
    let mut found = 0;
    for entry in std::fs::read_dir(packs).expect("the folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("read");
        for secret in ["Customer", "customer", "731904", "285016"] {
            let there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!there, "{secret} stands in the pack");
        }
        found += usize::from(bytes.windows(7).any(|window| window == b"W-20417"));
    }
    assert_eq!(found, 1, "the orders themselves are in it");
    // What opens names goes with whoever signed in.
    let mut register = shop.open(CASHIER);
    find(&mut register, "Customer Two");
    must(&mut register, Command::SignOut);
    assert_eq!(refused(&mut register, Command::OpenPage(PageName::Pickup)), Refusal::NotSignedIn);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    find(&mut register, "Customer Two");
    assert_eq!(answered(&register, "Name").as_deref(), Some("Customer Two"));
    assert_eq!(format!("{:?}", register.view().screen).matches("Customer Two").count(), 1);
}

#[test]
fn practice_hands_over_nothing_that_counts() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let before = shop.kinds();
    register.close().expect("closed");
    register = shop.learner();
    assert!(register.is_training());
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    hand_over(&mut register, "W-20417", "731904");
    assert_eq!(standing(&mut register, "W-20417"), "handed over");
    assert_eq!(shop.receipts(), "", "no paper of it among the real ones");
    register.close().expect("closed");
    assert_eq!(shop.kinds(), before, "the real journal did not change");
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(standing(&mut register, "W-20417"), "stands ready");
}

#[test]
fn bad_rows_of_orders_are_listed_without_names_and_an_order_with_one_is_left_out_whole() {
    use tideover::device::entropy::SeededEntropy;
    use tideover::domain::ids::PackVersion;
    use tideover::domain::time::Timestamp;
    use tideover::pack::{BuildError, BuildOrder, Pack, PackSigner, PinCost, build};

    let orders = format!(
        "W-1,4711,Customer One,{JUICE},1,4.29,Cooler 1,staged,\n\
         W-1,4711,Customer One,{JUICE},1,4.29,Cooler 1,staged,\n\
         W-2,4711,Customer Two,{JUICE},1,4.29,Cooler 1,staged,\n\
         W-2,4711,Customer Twenty,{COCOA},1,4.29,Cooler 1,staged,\n\
         W-3,47,Customer Three,{JUICE},1,4.29,,staged,\n\
         W-4,4711,,{JUICE},1,4.29,,staged,\n\
         W-5,4711,Customer Five,{JUICE},-1,4.29,,staged,\n\
         W-6,4711,Customer Six,{JUICE},1,-4.29,,staged,\n\
         W-7,4711,Customer Seven,{JUICE},1,4.29,,ready,\n\
         W-8,4711,Customer Eight,{JUICE},1,4.29,,staged,soon\n\
         W 9,4711,Customer Nine,{JUICE},1,4.29,,staged,\n\
         W-10,4711,Customer Ten,401101480288,1,4.29,,staged,\n\
         W-11,4711,Customer Eleven,{JUICE},1,4.29,Somewhere behind the second cooler,staged,\n\
         W-12,4711,Customer Twelve,{JUICE},1,4.29,Cooler 1,staged,\n"
    );
    with_orders(&orders, "", |source| {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("market.pack");
        let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
        let mut how = BuildOrder {
            source,
            out: &out,
            signer: &signer,
            version: &PackVersion::parse("20261122-1").expect("a version"),
            published_at: Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time"),
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        };
        let Err(BuildError::BadRows(bad)) = build(&how, &|_| ()) else { panic!("it was built") };
        let lines: Vec<u64> = bad.iter().map(|row| row.line).collect();
        assert_eq!(lines, [3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], "{bad:?}");
        assert!(bad.iter().all(|row| row.file == "orders.csv"), "{bad:?}");
        let said = format!("{bad:?}");
        assert!(!said.contains("Customer") && !said.contains("4711"), "{said}");
        how.skip_bad_rows = true;
        let built = build(&how, &|_| ()).expect("built");
        assert_eq!((built.goods.orders, built.left_out.len()), (1, 11));
        let pack = Pack::open(&out, &signer.public()).expect("opened");
        pack.verify_all(&|_| ()).expect("sound");
        let left: Vec<String> = pack
            .pickup_orders()
            .expect("read")
            .iter()
            .map(|head| head.number.to_string())
            .collect();
        assert_eq!(left, ["W-12"]);
    });
}
