//! Goods beside sales: a truck without a notice, a count by two people, a paper transfer, what is
//! on hand; and the same truck twice, at one register, at two, and at central.

use tideover::domain::approval::Act;
use tideover::domain::event::Event;
use tideover::domain::goods::delivery::{Against, Delivery, Outcome};
use tideover::domain::goods::fault::GoodsFault;
use tideover::domain::goods::reason::StockReason;
use tideover::domain::gtin::ItemCode;
use tideover::domain::person::Role;
use tideover::domain::quantity::Quantity;
use tideover::domain::refusal::Refusal;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, Screen};

use crate::register::{CASHIER, LEAD, Shop, WATER, enter};

const MANAGER: (&str, &str) = ("51", "958316");
/// A carton of the sample store's expected delivery ASN-20417, with its first seven items.
const CARTON: &str = "106141412345678908";

fn pieces(count: i64) -> Quantity {
    Quantity::pieces(count).expect("fits")
}

fn code(text: &str) -> ItemCode {
    ItemCode::parse(text).expect("a code")
}

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?} on {:?}", register.view().screen);
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn open(register: &mut Register, name: PageName) {
    must(register, Command::OpenPage(name));
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

fn page(register: &Register) -> PageView {
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

/// The cells of the page's rows, as English.
fn rows(register: &Register) -> Vec<Vec<String>> {
    let cells =
        |row: &tideover::register::view::Row| row.cells.iter().map(ToString::to_string).collect();
    page(register).rows.iter().map(cells).collect()
}

fn approve(register: &mut Register, (person, pin): (&str, &str)) -> Answer {
    register.handle(Command::Approve { person: person.to_owned(), pin: Pin::new(pin) })
}

/// Items of the sample store that are sold by the piece, in its order.
fn items(count: usize) -> Vec<String> {
    let rows = include_str!("../../assets/sample-store/items.csv").lines().skip(1);
    let each = rows.map(|row| row.split(',').collect::<Vec<_>>());
    let each = each.filter(|fields| fields[3] == "each" && fields[0].len() == 12);
    each.map(|fields| fields[0].to_owned()).take(count).collect()
}

fn deliveries(shop: &Shop) -> Vec<Delivery> {
    let delivery = |event| match event {
        Event::Delivery(delivery) => Some(delivery),
        _ => None,
    };
    shop.events().into_iter().filter_map(delivery).collect()
}

/// Keys the head of a delivery without a notice.
fn from_slip(register: &mut Register, supplier: &str, order: &str) {
    open(register, PageName::Deliveries);
    press(register, PageInput::Action(0));
    say(register, supplier);
    say(register, order);
}

fn figure(register: &mut Register, place: usize, choice: usize, text: &str) {
    press(register, PageInput::Row(place));
    press(register, PageInput::Choice(choice));
    say(register, text);
}

#[test]
fn a_truck_of_38_lines_without_a_notice_is_received_from_its_slip() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    shop.clock.advance_ms(60_000);
    from_slip(&mut register, "Harbor Foods", "po-90001");
    say(&mut register, "C-7");
    let misread = Refusal::Goods(GoodsFault::CartonMisread);
    assert_eq!(refused(&mut register, answer("106141412345678900")), misread);
    press(&mut register, PageInput::Action(0));
    assert_eq!(refused(&mut register, answer("106141412345678900")), misread);
    say(&mut register, "C-7");
    let items = items(38);
    for (place, item) in items.iter().enumerate() {
        let came = match place {
            3 => 10, // two short
            9 => 11, // one short
            _ => 12,
        };
        say(&mut register, &format!("{came}*{item}"));
    }
    assert_eq!(page(&register).rows.len(), 39);
    assert_eq!(
        refused(&mut register, Command::Page(PageInput::Action(2))),
        Refusal::Goods(GoodsFault::SlipUnsaid(39))
    );
    // One is damaged, one was never ordered, two are short by the slip.
    figure(&mut register, 4, 2, "12");
    figure(&mut register, 10, 2, "12");
    figure(&mut register, 20, 1, "1");
    press(&mut register, PageInput::Row(38));
    press(&mut register, PageInput::Choice(3));
    press(&mut register, PageInput::Row(0));
    press(&mut register, PageInput::Choice(4));
    press(&mut register, PageInput::Action(1));
    press(&mut register, PageInput::Action(2));
    let delivered = deliveries(&shop);
    assert_eq!(delivered.len(), 1);
    let delivery = &delivered[0];
    assert_eq!((delivery.lines.len(), &delivery.against), (38, &Against::Slip));
    assert_eq!(delivery.order.as_ref().map(ToString::to_string).as_deref(), Some("PO-90001"));
    assert_eq!(delivery.cartons.len(), 1);
    let count = |outcome| delivery.lines.iter().filter(|l| l.outcome() == outcome).count();
    let counts = Outcome::ALL.map(count);
    assert_eq!(counts, [34, 0, 2, 1, 1, 0], "matched, over, short, damaged, not ordered, unknown");
    // The shelf has what came and is whole.
    let stock = register.stock(&code(&items[19]));
    assert_eq!(stock.delivered, pieces(11));
    let paper = shop.receipts();
    assert!(paper.contains("PO-90001") && paper.contains("not ordered"), "{paper}");
}

#[test]
fn a_notice_is_found_by_its_carton_and_the_same_truck_is_not_received_twice_in_silence() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let receive = |register: &mut Register| {
        open(register, PageName::Deliveries);
        let scan = PageInput::Answer { text: Keyed::new(format!("]C100{CARTON}")), scanned: true };
        press(register, scan);
        for place in 0..7 {
            let listed = rows(register)[place][1].clone();
            figure(register, place, 0, &listed);
        }
        press(register, PageInput::Action(2));
    };
    receive(&mut register);
    assert_eq!(deliveries(&shop)[0].lines.len(), 7, "the other carton is not here yet");
    assert_eq!(rows_of_list(&mut register)[0][5], "received");
    // Again: the page says so, and "it is the same" records nothing.
    receive(&mut register);
    let asked = page(&register);
    assert!(asked.lead[0].to_string().contains(CARTON), "{:?}", asked.lead);
    press(&mut register, PageInput::Choice(0));
    assert_eq!(deliveries(&shop).len(), 1);
    // Other goods with the same label: a manager signs, and both names are kept.
    receive(&mut register);
    let again = Refusal::NeedsApproval(Act::ReceiveAgain, Role::Manager);
    assert_eq!(refused(&mut register, Command::Page(PageInput::Choice(1))), again);
    assert_eq!(approve(&mut register, LEAD), Answer::Refused(again));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    let delivered = deliveries(&shop);
    assert_eq!(delivered.len(), 2);
    assert_eq!(delivered[1].again.as_ref(), Some(&delivered[0].receiving));
    assert_eq!(delivered[1].approval.as_ref().map(|a| a.by.as_str()), Some("51"));
}

fn rows_of_list(register: &mut Register) -> Vec<Vec<String>> {
    open(register, PageName::Deliveries);
    rows(register)
}

#[test]
fn two_people_count_an_aisle_and_what_differs_is_counted_again() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let items = items(6);
    let due: Vec<Quantity> =
        items.iter().map(|item| register.stock(&code(item)).on_hand().expect("known")).collect();
    let less = |place: usize, off: i64| {
        let off = Quantity::pieces(-off).expect("fits");
        due[place].plus(off).expect("fits").to_string()
    };
    open(&mut register, PageName::Count);
    assert_eq!(refused(&mut register, answer(" ")), Refusal::Goods(GoodsFault::NoArea));
    say(&mut register, "Aisle 4");
    // 0 and 1 agree; 2 is far off for both; 3 differs between the two; 4 the second one misses.
    for (place, off) in [(0, 0), (1, 1), (2, 5), (3, 0), (4, 0)] {
        say(&mut register, &format!("{}*{}", less(place, off), items[place]));
    }
    press(&mut register, PageInput::Action(0));
    assert_eq!(refused(&mut register, answer("31")), Refusal::Goods(GoodsFault::SameCounter));
    assert_eq!(
        refused(&mut register, answer("99")),
        Refusal::Goods(GoodsFault::NoSuchPerson("99".to_owned()))
    );
    say(&mut register, "41");
    assert_eq!(rows(&register).len(), 0, "the second one counts blind");
    for (place, off) in [(0, 0), (1, 1), (2, 5), (3, 1)] {
        say(&mut register, &format!("{}*{}", less(place, off), items[place]));
    }
    press(&mut register, PageInput::Action(1));
    assert_eq!(rows(&register).len(), 3, "three differences are counted again");
    assert_eq!(
        refused(&mut register, Command::Page(PageInput::Action(1))),
        Refusal::Goods(GoodsFault::CountAgain(3))
    );
    let not_again = answer(&format!("5*{}", items[0]));
    assert_eq!(refused(&mut register, not_again), Refusal::Goods(GoodsFault::NotCountedAgain));
    for (place, off) in [(2, 5), (3, 0), (4, 0)] {
        say(&mut register, &format!("{}*{}", less(place, off), items[place]));
    }
    // While they count, one of item 2 is sold: it comes off what was counted.
    shop.clock.advance_ms(60_000);
    press(&mut register, PageInput::Action(1));
    must(&mut register, Command::LeavePage);
    assert_eq!(enter(&mut register, &items[2]), Answer::Done);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    let count = shop.events().into_iter().find_map(|event| match event {
        Event::StockCount(count) => Some(count),
        _ => None,
    });
    let count = count.expect("recorded");
    let by: Vec<&str> =
        count.counters.iter().map(tideover::domain::ids::PersonId::as_str).collect();
    assert_eq!((count.area.as_str(), by), ("Aisle 4", vec!["31", "41"]));
    let far: Vec<bool> =
        count.lines.iter().map(tideover::domain::goods::count::CountedLine::is_far_off).collect();
    assert_eq!(far, [false, false, true, false, false]);
    assert_eq!(count.lines[3].tries.len(), 3);
    let now = register.stock(&code(&items[2])).on_hand().expect("known");
    assert_eq!(now.to_string(), less(2, 6), "five missing, one sold since");
}

#[test]
fn goods_go_to_another_store_with_a_paper_and_come_in_once() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let before = register.stock(&code(WATER)).on_hand().expect("known");
    shop.clock.advance_ms(60_000);
    open(&mut register, PageName::Transfer);
    press(&mut register, PageInput::Choice(0));
    assert_eq!(refused(&mut register, answer("1042")), Refusal::Goods(GoodsFault::OwnStore));
    assert_eq!(refused(&mut register, answer("0")), Refusal::Goods(GoodsFault::Number));
    say(&mut register, "1043");
    say(&mut register, &format!("11*{WATER}"));
    say(&mut register, WATER);
    press(&mut register, PageInput::Action(0));
    let Some(Event::StockDelta(change)) = shop.events().pop() else { panic!("no change") };
    assert_eq!(change.reason, StockReason::TransferOut);
    assert_eq!(change.lines[0].delta, pieces(-12));
    assert_eq!(change.lines[0].before, Some(before));
    let slip = change.transfer.expect("a transfer").slip;
    let paper = shop.receipts();
    assert!(paper.contains(slip.as_str()) && paper.contains("1043"), "{paper}");
    // Theirs comes in, once.
    let take_in = |register: &mut Register| {
        open(register, PageName::Transfer);
        press(register, PageInput::Choice(1));
        say(register, "1043");
    };
    take_in(&mut register);
    say(&mut register, "T-1043-2-88");
    say(&mut register, &format!("5*{WATER}"));
    press(&mut register, PageInput::Action(0));
    take_in(&mut register);
    assert_eq!(
        refused(&mut register, answer("T-1043-2-88")),
        Refusal::Goods(GoodsFault::TransferredBefore("T-1043-2-88".to_owned()))
    );
    assert_eq!(register.stock(&code(WATER)).changed, pieces(-7));
}

#[test]
fn stock_is_the_price_files_figure_and_what_happened_since() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let first = register.stock(&code(WATER)).on_hand().expect("known");
    shop.clock.advance_ms(90 * 60_000);
    assert_eq!(enter(&mut register, &format!("3*{WATER}")), Answer::Done);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    must(&mut register, Command::NextCustomer);
    open(&mut register, PageName::Stock);
    assert_eq!(refused(&mut register, answer("4006381333931")), {
        Refusal::UnknownItem("04006381333931".to_owned())
    });
    say(&mut register, WATER);
    let shown = rows(&register);
    assert_eq!(shown[0][1..], [first.to_string(), "90 min ago".to_owned()]);
    assert_eq!(
        (shown[1][1].as_str(), shown[4][1].clone()),
        ("-3", first.plus(pieces(-3)).expect("fits").to_string())
    );
    // Two are damaged: a lead signs, with the figures before and after in the record.
    press(&mut register, PageInput::Action(0));
    let place = StockReason::BY_HAND.iter().position(|reason| *reason == StockReason::Damage);
    press(&mut register, PageInput::Row(place.expect("listed")));
    for wrong in ["-2", "0", "100001", "x"] {
        assert_eq!(refused(&mut register, answer(wrong)), Refusal::Goods(GoodsFault::Quantity));
    }
    say(&mut register, "2");
    let needed = Refusal::NeedsApproval(Act::ChangeStock, Role::Lead);
    assert_eq!(refused(&mut register, answer("wet pallet")), needed);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    let Some(Event::StockDelta(change)) = shop.events().pop() else { panic!("no change") };
    let line = &change.lines[0];
    assert_eq!(line.before, first.plus(pieces(-3)).ok());
    assert_eq!(line.after(), first.plus(pieces(-5)).ok());
    assert_eq!(
        (change.note.as_str(), change.approval.expect("signed").by.as_str()),
        ("wet pallet", "41")
    );
    // It was a mistake: taken back once, by a new record.
    press(&mut register, PageInput::Action(1));
    press(&mut register, PageInput::Row(0));
    assert_eq!(refused(&mut register, answer("other pallet")), needed);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    assert_eq!(register.stock(&code(WATER)).changed, Quantity::default());
    press(&mut register, PageInput::Action(1));
    press(&mut register, PageInput::Row(1));
    assert_eq!(
        refused(&mut register, answer("again")),
        Refusal::Goods(GoodsFault::CorrectedAlready)
    );
    press(&mut register, PageInput::Back);
    press(&mut register, PageInput::Action(1));
    press(&mut register, PageInput::Row(0));
    assert_eq!(refused(&mut register, answer("no")), Refusal::Goods(GoodsFault::NotCorrectable));
    // After a restart the same figures come from the journal.
    let before = register.stock(&code(WATER));
    drop(register);
    assert_eq!(shop.start().stock(&code(WATER)), before);
    assert_eq!(before.sold, pieces(-3));
}

#[cfg(feature = "central")]
#[test]
fn one_truck_at_two_registers_is_an_exception_at_central() {
    use tideover::domain::ids::Seq;
    use tideover::ledger::Reader;
    use tideover::sync::carrier::Request;

    let folder = tempfile::tempdir().expect("a folder");
    let central = crate::central::central_at(folder.path());
    let shops = [Shop::new(), Shop::new()];
    for shop in &shops {
        let mut register = shop.open(MANAGER);
        from_slip(&mut register, "Harbor Foods", "PO-90001");
        press(&mut register, PageInput::Action(0));
        say(&mut register, CARTON);
        say(&mut register, &format!("6*{WATER}"));
        press(&mut register, PageInput::Action(1));
        press(&mut register, PageInput::Action(2));
        drop(register);
        let data = shop.data();
        let place = data.place(&data.settings().expect("settings"));
        let reader = Reader::open(&place).expect("a reader");
        let journal = reader.journals().expect("journals").remove(0);
        let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.bytes()).collect();
        let body = lines.join(&b'\n');
        let request = Request::post("/v1/records", body);
        assert_eq!(central.door().answer(&request).status, 200);
    }
    central.settle();
    let groups = central.door().exceptions(None).expect("read");
    let twice: Vec<_> = groups.iter().filter(|group| group.code == "received_twice").collect();
    assert_eq!(twice.len(), 1, "{groups:?}");
    assert_eq!((twice[0].count, twice[0].cause.as_str()), (1, CARTON));
}

#[test]
fn bad_rows_of_stock_and_deliveries_are_listed_with_their_reasons() {
    use tideover::device::entropy::SeededEntropy;
    use tideover::domain::ids::PackVersion;
    use tideover::domain::time::Timestamp;
    use tideover::pack::{BuildError, BuildOrder, PackSigner, PinCost, Source, build};

    let stock = "code,on_hand,as_of\n4011,12,\n4011,13,\n4012,1,\n4017,many,\n4131,1,yesterday\n";
    let deliveries = format!(
        "delivery,po,carton,code,quantity,supplier,day\n\
         A-1,P1,{CARTON},4011,5,Harbor Foods,\n\
         A-1,P2,,4011,5,Harbor Foods,\n\
         A-2,,106141412345678900,4011,5,Harbor Foods,\n\
         A-3,,,4011,0,Harbor Foods,\n\
         A-4,,,4011,1,,\n\
         A 5,,,4011,1,Harbor Foods,\n\
         A-6,,,042100005265,1,Harbor Foods,\n\
         A-7,,,4011,1,Harbor Foods,2026-02-30\n"
    );
    let sample = |name: &str| {
        let path = format!("{}/assets/sample-store/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("a table")
    };
    let (items, taxes) = (sample("items.csv"), sample("taxes.csv"));
    let (people, policy) = (sample("people.csv"), sample("policy.csv"));
    let tables = [
        ("items.csv", items.as_str()),
        ("taxes.csv", taxes.as_str()),
        ("people.csv", people.as_str()),
        ("policy.csv", policy.as_str()),
        ("stock.csv", stock),
        ("deliveries.csv", deliveries.as_str()),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let order = BuildOrder {
        source: &Source::Tables(&tables),
        out: &folder.path().join("market.pack"),
        signer: &PackSigner::from_seed(&[3; 32]).expect("a key"),
        version: &PackVersion::parse("20261122-1").expect("a version"),
        published_at: Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time"),
        skip_bad_rows: false,
        pin_cost: PinCost::FLOOR,
        entropy: &SeededEntropy::new(1),
    };
    let Err(BuildError::BadRows(bad)) = build(&order, &|_| ()) else { panic!("it was built") };
    let said: Vec<(&str, u64)> = bad.iter().map(|row| (row.file, row.line)).collect();
    let rows =
        |file, lines: &[u64]| lines.iter().map(move |line| (file, *line)).collect::<Vec<_>>();
    let mut expected = rows("stock.csv", &[3, 4, 5, 6]);
    expected.extend(rows("deliveries.csv", &[3, 4, 5, 6, 7, 8, 9]));
    assert_eq!(said, expected, "{bad:?}");
    assert!(bad[0].reason.contains("line 2") && bad[4].reason.contains("line 2"), "{bad:?}");
    assert!(bad[5].reason.contains("misread"), "{bad:?}");
}

#[test]
fn a_customer_comes_in_between_and_the_truck_waits_where_it_was() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    shop.clock.advance_ms(60_000);
    from_slip(&mut register, "", "");
    say(&mut register, &format!("4*{WATER}"));
    press(&mut register, PageInput::Back);
    assert_eq!(enter(&mut register, WATER), Answer::Done);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    must(&mut register, Command::NextCustomer);
    open(&mut register, PageName::Store);
    let waiting = |row: &&Vec<String>| row[1].contains("not recorded yet");
    assert_eq!(rows(&register).iter().filter(waiting).count(), 1);
    open(&mut register, PageName::Deliveries);
    assert_eq!(rows(&register)[0][2], "4");
    press(&mut register, PageInput::Action(1));
    press(&mut register, PageInput::Action(2));
    assert_eq!(deliveries(&shop).len(), 1);
    assert_eq!(register.stock(&code(WATER)).moved(), pieces(3), "four came, one was sold");
    open(&mut register, PageName::Deliveries);
    assert_eq!(rows(&register).len(), 2, "the list again");
}

#[test]
fn a_truck_and_a_count_in_the_making_survive_the_plug_and_are_recorded_once() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    shop.clock.advance_ms(60_000);
    open(&mut register, PageName::Deliveries);
    say(&mut register, CARTON);
    say(&mut register, &format!("4*{WATER}"));
    say(&mut register, "4006381333931");
    figure(&mut register, 0, 1, "1");
    let truck = rows(&register);
    open(&mut register, PageName::Count);
    say(&mut register, "Aisle 4");
    let items = items(5);
    say(&mut register, &format!("3*{}", items[3]));
    press(&mut register, PageInput::Action(0));
    say(&mut register, "41");
    say(&mut register, &format!("3*{}", items[4]));
    press(&mut register, PageInput::Action(1));
    let count = rows(&register);
    assert_eq!(count.len(), 2, "each found by one of them only");
    shop.clock.advance_ms(60_000);
    drop(register);

    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(crate::register::sign_in(&mut register, CASHIER), Answer::Done);
    open(&mut register, PageName::Count);
    assert_eq!(rows(&register), count);
    for item in &items[3..] {
        say(&mut register, &format!("2*{item}"));
    }
    press(&mut register, PageInput::Action(1));
    open(&mut register, PageName::Deliveries);
    assert_eq!(rows(&register), truck);
    // The program ends after the record and before the file follows it.
    let kept = std::fs::read(shop.data().0.join("goods.begun")).expect("kept");
    press(&mut register, PageInput::Action(2));
    assert!(!shop.data().0.join("goods.begun").exists());
    drop(register);
    std::fs::write(shop.data().0.join("goods.begun"), kept).expect("written");
    let mut register = shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(crate::register::sign_in(&mut register, CASHIER), Answer::Done);
    open(&mut register, PageName::Deliveries);
    assert_eq!(rows(&register)[0][5], "received", "the list, and not the same truck once more");
    assert_eq!(deliveries(&shop).len(), 1);
    let recorded = shop.kinds().iter().filter(|kind| *kind == "stock_count").count();
    assert_eq!(recorded, 1);
    // Damage is no reason not to start.
    drop(register);
    std::fs::write(shop.data().0.join("goods.begun"), b"tideover begun 1 00\nrubbish")
        .expect("written");
    shop.start();
}

#[test]
fn the_more_goods_a_change_moves_the_more_people_stand_behind_it() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let place = StockReason::BY_HAND.iter().position(|reason| *reason == StockReason::Damage);
    let write_off = |register: &mut Register, many: &str| {
        register.handle(Command::OpenPage(PageName::Stock));
        say(register, &items(1)[0]);
        press(register, PageInput::Action(0));
        press(register, PageInput::Row(place.expect("listed")));
        say(register, many);
        register.handle(answer("wet"))
    };
    let needed = Answer::Refused(Refusal::NeedsApproval(Act::ChangeStock, Role::Manager));
    assert_eq!(write_off(&mut register, "20"), Answer::Done, "a lead alone");
    assert_eq!(write_off(&mut register, "21"), needed);
    assert_eq!(register.view().about.to_string(), "21 units in all");
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    register.handle(Command::LeavePage);
    register.handle(Command::SignOut);

    assert_eq!(crate::register::sign_in(&mut register, MANAGER), Answer::Done);
    assert_eq!(write_off(&mut register, "100"), Answer::Done, "a manager alone");
    let second = Answer::Refused(Refusal::NeedsApproval(Act::ChangeStock, Role::Lead));
    assert_eq!(write_off(&mut register, "101"), second, "above a hundred nobody alone");
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    register.close().expect("closed");
    let signed: Vec<_> = shop
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::StockDelta(change) => {
                Some((change.units(), change.approval.map(|one| one.by.to_string())))
            }
            _ => None,
        })
        .collect();
    let by = |id: &str| Some(id.to_owned());
    assert_eq!(signed, [(20, None), (21, by("51")), (100, None), (101, by("41"))]);
}
