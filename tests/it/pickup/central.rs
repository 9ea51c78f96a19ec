//! What comes of handed-over orders: the whole of scenario S2, and what central makes of it.

use tideover::domain::approval::Act;
use tideover::domain::person::Role;
use tideover::domain::pickup::Outcome;
use tideover::domain::refusal::Refusal;
use tideover::register::command::Command;
use tideover::register::page::PageInput;
use tideover::register::register::Answer;

use super::{
    COCOA, CODE, HAND_OVER, ID, JUICE, NOT_ON_FILE, PROMISE, REFUND, approve, code, find,
    hand_over, must, open, order, pieces, press, refused, say,
};
use crate::register::{CASHIER, LEAD, Shop, enter, sign_in};

/// Scenario S2, event by event: the database of online orders is down for six hours.
#[cfg(feature = "central")]
#[test]
fn six_hours_without_online_ordering_and_what_central_makes_of_them() {
    use tideover::central::project::step;
    use tideover::central::sqlite::SqliteStore;
    use tideover::central::store::Held;
    use tideover::cli::central::pickups::{Only, PickupsArgs, write};
    use tideover::domain::ids::{Seq, StoreNo};
    use tideover::domain::outage::System;
    use tideover::ledger::Reader;
    use tideover::reconcile::packs::NoPacks;
    use tideover::sync::carrier::Request;

    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let minutes = |count: u32| shop.clock.advance_ms(count * 60_000);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    must(
        &mut register,
        Command::DeclareOutage {
            systems: vec![System::OnlineOrdering],
            cause: "database failure".to_owned(),
            ticket: String::new(),
        },
    );
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    // 10: e-mail and ID, the totes stand here. Then one whose order came after the price file.
    minutes(10);
    hand_over(&mut register, "W-20417", "731904");
    open(&mut register);
    press(&mut register, NOT_ON_FILE);
    say(&mut register, "W-20500");
    say(&mut register, "Customer Six");
    say(&mut register, "Floor 2");
    say(&mut register, &format!("2*{COCOA}"));
    let witness = Refusal::NeedsApproval(Act::HandOverUnverified, Role::Lead);
    assert_eq!(refused(&mut register, Command::Page(HAND_OVER)), witness);
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    // 35: the spouse.
    minutes(25);
    find(&mut register, "W-20417");
    press(&mut register, ID);
    press(&mut register, HAND_OVER);
    press(&mut register, PageInput::Choice(0));
    // 60: not staged.
    minutes(25);
    find(&mut register, "W-20419");
    press(&mut register, PROMISE);
    // 120: a refund of an online order. Walk-in sales of the same goods go on.
    minutes(60);
    find(&mut register, "W-20420");
    press(&mut register, REFUND);
    press(&mut register, PageInput::Choice(3));
    must(&mut register, Command::LeavePage);
    assert_eq!(enter(&mut register, JUICE), Answer::Done);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: false });
    // 200: substituted and short.
    minutes(80);
    find(&mut register, "W-20421");
    press(&mut register, CODE);
    say(&mut register, "502846");
    press(&mut register, ID);
    press(&mut register, PageInput::Row(1));
    press(&mut register, PageInput::Choice(0));
    say(&mut register, "3");
    press(&mut register, HAND_OVER);
    assert_eq!(register.book().pickups.standing(&order("W-20419")), Some(Outcome::Promised));
    assert_eq!(register.stock(&code(JUICE)).moved(), pieces(-3), "two fetched, one sold");
    drop(register);
    // 360: the database comes back from a copy that is twenty minutes old.
    let folder = tempfile::tempdir().expect("a folder");
    let central = crate::central::central_at(folder.path());
    let data = shop.data();
    let place = data.place(&data.settings().expect("settings"));
    let reader = Reader::open(&place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
    let body = lines.iter().map(|line| line.bytes()).collect::<Vec<_>>().join(&b'\n');
    let request = Request::post("/v1/records", body);
    for _ in 0..2 {
        assert_eq!(central.door().answer(&request).status, 200, "once or twice");
    }
    central.settle();
    let online = folder.path().join("online.csv");
    let known = format!(
        "order,state,item,quantity\n\
         W-20417,open,{JUICE},2\nW-20417,open,401103330634,1\nW-20417,open,401107031339,2\n\
         W-20419,open,401106291192,1\nW-20419,open,401108881681,1\n\
         W-20420,closed,401104810913,1\n\
         W-20421,open,401102220424,2\nW-20421,open,{COCOA},4\n"
    );
    std::fs::write(&online, known).expect("written");
    let mut store = SqliteStore::open(folder.path()).expect("open");
    let csv = folder.path().join("claims.csv");
    let mut compare = |online: Option<&std::path::Path>, only| {
        let args = PickupsArgs {
            data: folder.path().to_owned(),
            store: 1042,
            csv: csv.clone(),
            online: online.map(std::path::Path::to_owned),
            only,
        };
        let written = write(&mut store, StoreNo(1042), &args).expect("compared");
        (written, std::fs::read_to_string(&csv).expect("written"))
    };
    let (written, rows) = compare(Some(&online), None);
    let verdicts: Vec<(&str, u64)> =
        written.verdicts.iter().map(|(verdict, count)| (*verdict, *count)).collect();
    assert_eq!(
        verdicts,
        [
            ("already_closed", 1),
            ("duplicate", 1),
            ("matched", 2),
            ("not_found", 1),
            ("quantity_differs", 1)
        ]
    );
    // What agrees is booked nowhere a second time; what nobody ordered, or did not go out, is.
    let net = |order: &str, item: &str| {
        let row = rows.lines().find(|row| row.contains(order) && row.contains(item));
        let row = row.unwrap_or_else(|| panic!("{order} {item}: {rows}"));
        row.rsplit(',').next().expect("a cell").to_owned()
    };
    assert_eq!(net("W-20417", JUICE), "0");
    assert_eq!(net("W-20500", COCOA), "-2");
    assert_eq!(net("W-20421", COCOA), "1");
    assert!(!rows.contains("Customer"), "{rows}");
    // What was not found stays, however often it is asked and derived again.
    compare(Some(&online), None);
    let counts = || {
        let groups = central.door().exceptions(None).expect("read");
        let of = |code: &str| groups.iter().filter(|group| group.code == code).count();
        ["pickup_not_found", "pickup_differs", "pickup_unverified", "picked_up_twice"].map(of)
    };
    assert_eq!(counts(), [1, 1, 1, 0]);
    let open = || Held::new("again", Box::new(SqliteStore::open(folder.path()).expect("open")));
    let (reader, writer) = (open().expect("a thread"), open().expect("a thread"));
    writer.call(|store| store.forget_projections()).expect("emptied");
    while step(&reader, &writer, &NoPacks).expect("projected") {}
    assert_eq!(counts(), [1, 1, 1, 0]);
    // Work lists: who waits for goods, who waits for money.
    let (promised, rows) = compare(None, Some(Only::Promised));
    assert_eq!(promised.claims, 1, "{rows}");
    let (refunds, rows) = compare(None, Some(Only::Refunds));
    assert_eq!(refunds.claims, 1);
    assert!(rows.contains("W-20420,refund_requested,no,no,,unwanted,4.59"), "{rows}");
}

/// Two registers that don't hear each other hand the same order over.
#[cfg(feature = "central")]
#[test]
fn one_order_at_two_registers_is_one_exception_at_central_whichever_is_heard_first() {
    use tideover::domain::ids::Seq;
    use tideover::ledger::Reader;
    use tideover::sync::carrier::Request;

    let shops = [Shop::new(), Shop::new()];
    let mut bodies = Vec::new();
    for (shop, minutes) in shops.iter().zip([9, 3]) {
        shop.clock.advance_ms(minutes * 60_000);
        let mut register = shop.open(CASHIER);
        hand_over(&mut register, "W-20417", "731904");
        drop(register);
        let data = shop.data();
        let place = data.place(&data.settings().expect("settings"));
        let reader = Reader::open(&place).expect("a reader");
        let journal = reader.journals().expect("journals").remove(0);
        let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
        bodies.push(lines.iter().map(|line| line.bytes()).collect::<Vec<_>>().join(&b'\n'));
    }
    let mut told = Vec::new();
    for turn in [[0, 1], [1, 0]] {
        let folder = tempfile::tempdir().expect("a folder");
        let central = crate::central::central_at(folder.path());
        for place in turn {
            let body = bodies[place].clone();
            let request = Request::post("/v1/records", body);
            assert_eq!(central.door().answer(&request).status, 200);
            central.settle();
        }
        let groups = central.door().exceptions(None).expect("read");
        let twice: Vec<_> =
            groups.into_iter().filter(|group| group.code == "picked_up_twice").collect();
        assert_eq!(twice.len(), 1, "{twice:?}");
        assert_eq!((twice[0].count, twice[0].cause.as_str()), (1, "W-20417"));
        told.push((twice[0].journal, twice[0].seq));
    }
    assert_eq!(told[0], told[1], "the later one, in either order");
}

/// The name on an ID goes to central sealed, and is opened there with a reason.
#[cfg(feature = "central")]
#[test]
fn the_name_on_an_id_is_sealed_for_central_and_stands_nowhere_else() {
    use tideover::central::door::InProcess;
    use tideover::central::sqlite::SqliteStore;
    use tideover::central::store::Held;
    use tideover::cli::central::pickups::{NotCompared, OpenPickupArgs, open_names};

    let folder = tempfile::tempdir().expect("a folder");
    let central = crate::central::central_at(folder.path());
    let shop = crate::check::Shop::new("", "", central.seal_key());
    let mut register = shop.open(CASHIER);
    open(&mut register);
    press(&mut register, NOT_ON_FILE);
    say(&mut register, "W-20500");
    say(&mut register, "Customer Six");
    say(&mut register, "Floor 2");
    say(&mut register, JUICE);
    refused(&mut register, Command::Page(HAND_OVER));
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    let names_nobody = |folder: &std::path::Path| {
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path).expect("read");
                let there = bytes.windows(12).any(|window| window == b"Customer Six");
                assert!(!there, "{}", path.display());
            }
        }
    };
    register.close().expect("closed");
    names_nobody(&shop.data().0);
    let carried = crate::check::carried::hand_over(&shop.data(), 1, &mut InProcess(central.door()));
    assert_eq!(carried.link, tideover::sync::push::LinkState::UpToDate);
    central.settle();
    names_nobody(folder.path());
    let open = |order: &str, reason: &str| {
        let store = SqliteStore::open(folder.path()).expect("open");
        let held = Held::new("desk", Box::new(store)).expect("a thread");
        let args = OpenPickupArgs {
            data: folder.path().to_owned(),
            store: 1042,
            order: order.to_owned(),
            who: "Online desk".to_owned(),
            reason: reason.to_owned(),
            seal_key: None,
        };
        let clock = tideover::device::clock::SimulatedClock::at(crate::journals::start());
        open_names(&held, &clock, &args)
    };
    let opened = open("w-20500", "order not found after the restore").expect("opened");
    assert_eq!(opened.names, [Ok("Customer Six".to_owned())]);
    assert!(matches!(open("W-20500", " "), Err(NotCompared::Unnamed)));
    assert!(matches!(open("W-1", "why not"), Err(NotCompared::NoName(_))));
    // Once its days are over, a name is gone like an account, and it is said why.
    let jo = crate::check::destroyed::token(folder.path(), "jo");
    let line = "--yes --why the..rule";
    let gone = crate::check::destroyed::destroy(folder.path(), line, &jo).expect("destroyed");
    assert_eq!(gone.destroyed, 1);
    let opened = open("W-20500", "asked again").expect("asked");
    let [Err(why)] = opened.names.as_slice() else { panic!("{opened}") };
    assert!(why.contains("destroyed at central on 2028-04-05 by jo (the rule)"), "{why}");
    assert!(opened.to_string().contains(why.as_str()), "{opened}");
}
