//! Wrong PINs stand in the journal, whoever leads hears of them, and a wait can be ended by
//! somebody else.

use tideover::domain::approval::{Act, Approval};
use tideover::domain::event::{Event, SignInBy};
use tideover::domain::guessing::{GuessEnd, PinGuessed, WaitEnded};
use tideover::domain::ids::PersonId;
use tideover::domain::person::Role;
use tideover::domain::refusal::Refusal;
use tideover::pack::Source;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{PageView, Screen};

use crate::register::{CASHIER, LEAD, MANAGER, Shop, sign_in};
use crate::traces::found;

const WRONG: &str = "111222";
const ITEMS: &str = include_str!("../../assets/sample-store/items.csv");
const TAXES: &str = include_str!("../../assets/sample-store/taxes.csv");
const POLICY: &str = include_str!("../../assets/sample-store/policy.csv");

fn person(id: &str) -> PersonId {
    PersonId::parse(id).expect("an id")
}

/// Keys wrong PINs on a number, waiting as long as it takes.
pub(crate) fn mistype(shop: &Shop, register: &mut Register, number: &str, times: u32) {
    for _ in 0..times {
        let mut answer = sign_in(register, (number, WRONG));
        if let Answer::Refused(Refusal::LockedOut(seconds)) = answer {
            shop.clock.advance_ms(seconds * 1_000);
            answer = sign_in(register, (number, WRONG));
        }
        assert_eq!(answer, Answer::Refused(Refusal::WrongPin));
    }
}

fn guesses(shop: &Shop) -> Vec<PinGuessed> {
    let guessed = |event| match event {
        Event::PinGuessed(guessed) => Some(guessed),
        _ => None,
    };
    shop.events().into_iter().filter_map(guessed).collect()
}

fn told(shop: &Shop) -> Vec<(Option<String>, u32, GuessEnd)> {
    let row = |one: PinGuessed| (one.person.map(|id| id.to_string()), one.tries, one.then);
    guesses(shop).into_iter().map(row).collect()
}

fn page(register: &mut Register) -> PageView {
    assert_eq!(register.handle(Command::OpenPage(PageName::WrongPins)), Answer::Done);
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("{other:?}"),
    }
}

fn rows(page: &PageView) -> Vec<String> {
    let cells = |row: &tideover::register::view::Row| {
        row.cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
    };
    page.rows.iter().map(cells).collect()
}

#[test]
fn three_mistyped_pins_before_the_right_one_are_one_record_and_a_wait_is_one() {
    let shop = Shop::new();
    let mut register = shop.start();
    mistype(&shop, &mut register, "31", 3);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    assert_eq!(register.handle(Command::SignOut), Answer::Done);
    mistype(&shop, &mut register, "51", 6);
    mistype(&shop, &mut register, "900111", 5);
    register.close().expect("closed");
    let (known, unknown) = (Some("51".to_owned()), None);
    assert_eq!(
        told(&shop),
        [
            (Some("31".to_owned()), 3, GuessEnd::Right),
            (known.clone(), 4, GuessEnd::Wait),
            (known.clone(), 5, GuessEnd::Wait),
            (known, 6, GuessEnd::Wait),
            (unknown.clone(), 4, GuessEnd::Wait),
            (unknown, 5, GuessEnd::Wait),
        ]
    );
    let last = &guesses(&shop)[3];
    assert_eq!(last.to.utc_ms - last.from.utc_ms, 20_000, "from the first to the last of them");
    for secret in [WRONG, "900111", CASHIER.1] {
        assert_eq!(found(&shop.data().0, secret.as_bytes()), None, "{secret} stands nowhere");
    }
}

#[test]
fn one_pin_on_everybody_is_one_record_a_minute_and_tells_on_how_many_numbers() {
    let shop = Shop::new();
    let mut register = shop.start();
    for number in 0..31 {
        assert_eq!(
            sign_in(&mut register, (&format!("7{number}"), WRONG)),
            Answer::Refused(Refusal::WrongPin)
        );
    }
    let locked = Answer::Refused(Refusal::LockedOut(60));
    assert_eq!(sign_in(&mut register, CASHIER), locked, "everybody waits");
    register.close().expect("closed");
    assert_eq!(told(&shop), [(None, 31, GuessEnd::AllWait { numbers: 31 })]);
}

#[test]
fn guesses_of_the_training_side_are_recorded_by_the_real_one() {
    let shop = Shop::new();
    let mut learner = shop.learner();
    mistype(&shop, &mut learner, "51", 6);
    shop.clock.advance_ms(30_000);
    assert_eq!(sign_in(&mut learner, MANAGER), Answer::Done, "the right one hides nothing");
    learner.close().expect("closed");
    shop.start().close().expect("closed");
    shop.start().close().expect("closed");
    assert_eq!(told(&shop), [(Some("51".to_owned()), 6, GuessEnd::Right)], "once");
}

#[test]
fn whoever_leads_hears_of_it_once_and_finds_it_on_a_page() {
    let shop = Shop::new();
    let mut register = shop.start();
    mistype(&shop, &mut register, "51", 6);
    let hello = |register: &mut Register, who| {
        assert_eq!(sign_in(register, who), Answer::Done);
        let said = register.view().notice.expect("said").text.to_string();
        assert_eq!(register.handle(Command::SignOut), Answer::Done);
        said
    };
    assert!(hello(&mut register, CASHIER).starts_with("Hello"), "a cashier is not told");
    assert_eq!(hello(&mut register, LEAD), "Today 6 wrong PINs made somebody wait");
    assert!(hello(&mut register, LEAD).starts_with("Hello"), "once");
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    let refused = register.handle(Command::OpenPage(PageName::WrongPins));
    assert_eq!(refused, Answer::Refused(Refusal::NeedsLead));
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    shop.clock.advance_ms(60_000);
    let page = page(&mut register);
    assert_eq!(rows(&page).len(), 1, "a row of tries, at its longest: {:?}", rows(&page));
    assert!(rows(&page)[0].contains("| 6 | had to wait"), "{:?}", rows(&page));
    assert!(!page.rows_open, "nobody waits here any more");
}

#[test]
fn a_manager_ends_anybodys_wait_and_they_sign_in_at_once() {
    let shop = Shop::new();
    let mut register = shop.start();
    mistype(&shop, &mut register, "31", 9);
    mistype(&shop, &mut register, "41", 7);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Refused(Refusal::LockedOut(250)));
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    let seen = rows(&page(&mut register));
    assert!(seen[0].contains("31") && seen[1].contains("41"), "{seen:?}");
    let end = |place| Command::Page(PageInput::Row(place));
    assert_eq!(register.handle(end(0)), Answer::Done);
    assert_eq!(register.handle(end(0)), Answer::Done, "a lead's, too");
    assert_eq!(register.handle(Command::LeavePage), Answer::Done);
    assert_eq!(register.handle(Command::SignOut), Answer::Done);
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done, "at once");

    register.close().expect("closed");
    assert_eq!(ended(&shop), [plain("31", 9), plain("41", 7)]);
}

fn plain(id: &str, tries: u32) -> WaitEnded {
    WaitEnded { person: person(id), tries, approval: None }
}

fn ended(shop: &Shop) -> Vec<WaitEnded> {
    let ended = |event| match event {
        Event::WaitEnded(ended) => Some(ended),
        _ => None,
    };
    shop.events().into_iter().filter_map(ended).collect()
}

#[test]
fn a_lead_alone_ends_a_cashiers_wait_and_not_a_managers() {
    let people = "id,name,role,pin\n31,Cashier 31,cashier,480273\n41,Lead 41,lead,702946\n\
                  51,Manager 51,manager,958316\n52,Manager 52,manager,620184\n";
    let shop = Shop::of(&Source::Texts { items: ITEMS, taxes: TAXES, people, policy: POLICY });
    let mut register = shop.start();
    mistype(&shop, &mut register, "31", 5);
    mistype(&shop, &mut register, "51", 8);
    assert_eq!(sign_in(&mut register, LEAD), Answer::Done);
    let seen = rows(&page(&mut register));
    assert!(seen[0].contains("51"), "who waits longest stands first: {seen:?}");
    let end = |place| Command::Page(PageInput::Row(place));
    let manager = Answer::Refused(Refusal::NeedsApproval(Act::EndWait, Role::Manager));
    assert_eq!(register.handle(end(0)), manager);
    assert_eq!(register.view().about.to_string(), "Manager 51 · 8 wrong PINs");
    let own = Command::Approve { person: MANAGER.0.to_owned(), pin: Pin::new(MANAGER.1) };
    assert!(matches!(register.handle(own), Answer::Refused(Refusal::LockedOut(_))));
    let other = Command::Approve { person: "52".to_owned(), pin: Pin::new("620184") };
    assert_eq!(register.handle(other), Answer::Done);
    shop.clock.advance_ms(1_000);
    mistype(&shop, &mut register, "31", 1);
    assert_eq!(register.handle(end(0)), Answer::Done, "a cashier's by the lead alone");
    register.close().expect("closed");
    let approval = Approval { act: Act::EndWait, by: person("52"), role: Role::Manager };
    let signed = WaitEnded { approval: Some(approval), ..plain("51", 8) };
    assert_eq!(ended(&shop), [signed, plain("31", 6)]);
}

#[test]
fn nobody_ends_a_wait_of_their_own() {
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    // Somebody keys the manager's number at the hours' page while they are signed in.
    assert_eq!(register.handle(Command::OpenPage(PageName::Hours)), Answer::Done);
    let answer = |text: &str| {
        let text = tideover::register::check_input::Keyed::new(text);
        Command::Page(PageInput::Answer { text, scanned: false })
    };
    assert_eq!(register.handle(answer("51")), Answer::Done);
    for _ in 0..4 {
        assert_eq!(register.handle(answer(WRONG)), Answer::Refused(Refusal::WrongPin));
    }
    assert!(page(&mut register).rows_open);
    let own = register.handle(Command::Page(PageInput::Row(0)));
    assert_eq!(own, Answer::Refused(Refusal::OwnAct));
    register.close().expect("closed");
    assert!(!shop.kinds().iter().any(|kind| kind == "wait_ended"));
    let by: Vec<SignInBy> = guesses(&shop).into_iter().map(|one| one.by).collect();
    assert_eq!(by, [SignInBy::Pin]);
}
