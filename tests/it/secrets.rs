//! What must be in no file: accounts of checks, customers' names, PINs, badges, numbers of cards.
//!
//! Each is planted where somebody would key it; then every file of register and central is searched
//! for it as text, in hexadecimal and in base64.

use std::path::Path;
use std::sync::Arc;

use tideover::device::clock::{Clock as _, SimulatedClock, SystemClock};
use tideover::device::entropy::SystemEntropy;
use tideover::domain::bag::BagNo;
use tideover::domain::drawer::{CashMovement, CashMovementKind};
use tideover::domain::money::Money;
use tideover::domain::outage::System;
use tideover::domain::quantity::Quantity;
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{ExemptReason, LinePrice};
use tideover::register::check_input::{CheckInput, Keyed};
use tideover::register::command::{Command, Pin};
use tideover::register::free_text::{Text, texts};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};
use tideover::register::view::{PageAsks, Screen};

use crate::cli::{RunningCentral, done, field, pack_built, tideover};
use crate::register::{LEAD, MANAGER, Shop, WATER, sign_in};
use crate::traces::{files, found};

const ACCOUNT: &str = "008675309867";
const ROUTING: &str = "111000025";
/// Numbers for tests that card networks publish.
const CARDS: [&str; 4] =
    ["4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011.1111.1111.1117"];
const BADGE: &str = "TDB1:51:9F3C0011AA22BB33CC44DD55EE66FF77";

fn answer(text: &str) -> PageInput {
    PageInput::Answer { text: Keyed::new(text), scanned: false }
}

/// Every command that holds a text, with this one in it: one for each place.
fn with_text(text: &str) -> Vec<Command> {
    let own = || text.to_owned();
    let movement = |note: String, bag: Option<BagNo>| Command::MoveCash {
        movement: CashMovement {
            kind: CashMovementKind::Drop,
            amount: Money::from_minor(5_000),
            note,
            bag,
            reason: None,
            pieces: Vec::new(),
        },
    };
    let declare = |cause: String, ticket: String| Command::DeclareOutage {
        systems: vec![System::PointOfSale],
        cause,
        ticket,
    };
    let mut commands = vec![
        Command::SignIn { person: own(), pin: Pin::new("1") },
        Command::Approve { person: own(), pin: Pin::new("1") },
        Command::Scan { code: own() },
        Command::Enter { text: own() },
        Command::AddItem {
            code: own(),
            quantity: Quantity::parse("1").expect("a quantity"),
            price: LinePrice::Pack,
        },
        Command::ExemptTax { reason: ExemptReason::ALL[0], certificate: own() },
        Command::SuspendCard { terminal: own() },
        Command::FindReceipt { number: own() },
        Command::TakeCheck { amount: None, number: own() },
        Command::Check(CheckInput::Answer { text: Keyed::new(text), scanned: false }),
        declare(own(), String::new()),
        declare("The line is down".to_owned(), own()),
        Command::EndOutage { note: own() },
        movement(own(), None),
        Command::Page(answer(text)),
    ];
    commands.extend(BagNo::parse(text).map(|bag| movement(String::new(), Some(bag))));
    commands
}

#[test]
fn no_command_keeps_a_cards_number_however_it_is_keyed() {
    let shop = Shop::new();
    let mut register = shop.open(MANAGER);
    for card in CARDS {
        for text in [card.to_owned(), format!("card {card} of Ann, call back")] {
            for command in with_text(&text) {
                let words: Vec<Text<'_>> = texts(&command, Some(PageAsks::Text));
                assert!(!words.is_empty(), "{command:?}");
                let kept = words
                    .iter()
                    .any(|text| matches!(text, Text::Words(words) if words.contains(card)));
                let answer = register.handle(command.clone());
                if kept {
                    let refused = Answer::Refused(Refusal::CardNumberInText);
                    // Without a page on the screen there is nothing that an answer could be kept by.
                    let no_page = matches!(command, Command::Page(_));
                    assert!(answer == refused || no_page, "{command:?}: {answer:?}");
                }
                register.handle(Command::Decline);
            }
        }
    }
    // Each page's first question.
    for name in PageName::ALL.iter().copied() {
        if register.handle(Command::OpenPage(name)) != Answer::Done {
            continue;
        }
        let Screen::Page(page) = register.view().screen else { continue };
        let asks = page.question.map(|question| question.asks);
        if matches!(asks, Some(PageAsks::Text | PageAsks::Digits | PageAsks::Code)) {
            let refused = register.handle(Command::Page(answer(CARDS[0])));
            assert_eq!(refused, Answer::Refused(Refusal::CardNumberInText), "{name:?}");
        }
        register.handle(Command::LeavePage);
    }
    register.close().expect("closed");
    for card in CARDS {
        let digits: String = card.chars().filter(char::is_ascii_digit).collect();
        for form in [card, &digits] {
            assert_eq!(found(&shop.data().0, form.as_bytes()), None, "{form}");
        }
    }
}

#[test]
fn no_command_of_central_takes_a_cards_number_for_a_reason_or_a_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let card = "--reason=card-4111-1111-1111-1111";
    for command in [
        format!("hold --data central {card}"),
        format!("open-check --data central --store 1 --register 1 --sale 1 --who x {card}"),
        "open-check --data central --store 1 --register 1 --sale 1 --reason x \
         --who=4111111111111111"
            .to_owned(),
        format!("open-pickup --data central --store 1 --order 731904 --who x {card}"),
        format!("phone-code --data central --store 1 --question AAAA --who x {card}"),
    ] {
        let refused = tideover(folder.path(), &format!("central {command}"));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{command}: {said}");
        assert!(said.contains("it holds a payment card's number"), "{command}: {said}");
    }
    assert!(!folder.path().join("central").exists(), "nothing was made");
}

#[test]
fn a_ticket_a_phone_number_and_a_date_are_no_cards() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let declared = register.handle(Command::DeclareOutage {
        systems: vec![System::PointOfSale],
        cause: "Fiber cut on 4th, 218-555-0142 since 2026-11-22 13:05".to_owned(),
        ticket: "INC-2041700418822".to_owned(),
    });
    assert_eq!(declared, Answer::Done);
}

fn open(here: &Path, clock: &SimulatedClock) -> Register {
    let world = World {
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SystemEntropy),
        faults: None,
        machine: Default::default(),
    };
    startup::open(&DataDir(here.join("home")), &world).expect("started")
}

fn must(register: &mut Register, command: Command) {
    let shown = format!("{command:?}");
    let answer = register.handle(command);
    assert_eq!(answer, Answer::Done, "{shown}: {:?}", register.view().notice);
}

#[test]
fn nothing_that_was_keyed_in_secret_is_in_a_file_of_the_register_or_of_central() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let pack_key = pack_built(here);
    let central = RunningCentral::start(&here.join("central"), &pack_key);
    let code = "central enroll-code --data central --store 1042 --register 7 --json";
    let one_time = field(&done(here, code), "code");
    done(here, &format!("enroll --central {} --code {one_time}", central.url));
    done(here, "pack apply store.pack");
    // Central and the pack are of today.
    let clock = SimulatedClock::at(SystemClock::new(None).now());
    let mut register = open(here, &clock);

    sign_in(&mut register, ("480273", "31")); // A PIN where the number belongs.
    sign_in(&mut register, ("31", "702947")); // A wrong PIN.
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::OpenShift { float: Money::from_minor(15_000) });
    for text in [CARDS[0], BADGE] {
        for command in with_text(text) {
            register.handle(command);
            register.handle(Command::Decline);
            register.handle(Command::LeavePage);
        }
    }
    // A check is read, paid and sealed; another one is left in the middle of its questions.
    must(&mut register, Command::Enter { text: format!("3*{WATER}") });
    must(&mut register, Command::BeginTender);
    let said = |text: &str, scanned: bool| {
        Command::Check(CheckInput::Answer { text: Keyed::new(text), scanned })
    };
    let line = format!("T{ROUTING}T {ACCOUNT}U 1207");
    must(&mut register, Command::Check(CheckInput::Begin { amount: None }));
    must(&mut register, said(&line, true));
    for text in ["", "1", "TX", "y", ""] {
        must(&mut register, said(text, false));
    }
    must(&mut register, Command::NextCustomer);
    must(&mut register, Command::Enter { text: format!("2*{WATER}") });
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::Check(CheckInput::Begin { amount: None }));
    must(&mut register, said(&line, true));

    let searched = |what: &str| {
        // What IT keeps at head office is not the store's: keys and the tables of the pack.
        let mut count = 0;
        for place in ["home", "central"] {
            let place = here.join(place);
            count += files(&place).len();
            let pins = ["480273", "702946", "702947", MANAGER.1];
            let names = ["Customer One", "731904"];
            let card = CARDS[0];
            let plain = [ACCOUNT, ACCOUNT.trim_start_matches('0'), ROUTING, card, BADGE];
            for secret in plain.into_iter().chain(pins).chain(names) {
                assert_eq!(found(&place, secret.as_bytes()), None, "{what}: {secret}");
            }
            let badge: Vec<u8> = (0..16)
                .map(|at| u8::from_str_radix(&BADGE[8 + 2 * at..10 + 2 * at], 16).expect("hex"))
                .collect();
            assert_eq!(found(&place, &badge), None, "{what}: a badge's bytes");
        }
        count
    };
    assert!(searched("while it sells, with log and draft") > 8);
    drop(register); // The plug: nothing was tidied up.
    let pushed = tideover(here, "sync push");
    assert_eq!(pushed.status.code(), Some(0));
    let words = [pushed.stdout, pushed.stderr].concat();
    std::fs::write(here.join("home").join("said.txt"), words).expect("written");
    searched("after it was sent");
    drop(central);
    searched("after central ended");
    // The search itself works: the check's number was recorded. Central has all of it; it keeps
    // the lines packed, but they are those of the tape, which was searched as text.
    assert!(found(&here.join("home/tape"), b"\"1207\"").is_some());
    let status = done(here, "sync status");
    assert!(status.contains("0 records to be sent"), "{status}");
}
