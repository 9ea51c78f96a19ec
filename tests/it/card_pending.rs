//! Sales that a card may have paid: put aside when the terminal hangs, never collected twice
//! without a manager, each closed once and in one way.

use tideover::domain::approval::{Act, Approval};
use tideover::domain::card_pending::{AsideReason, CardFault, Ending, TerminalRef};
use tideover::domain::event::Event;
use tideover::domain::ids::{RecordRef, Seq};
use tideover::domain::money::Money;
use tideover::domain::person::Role;
use tideover::domain::refusal::Refusal;
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{Ask, PageView, RowMark, Screen};

use crate::register::{CASHIER, LEAD, MANAGER, Shop, WATER, done, scan, sell, sign_in};

/// A card number that test terminals take.
const CARD: &str = "4111 1111 1111 1111";
const GO_ON: usize = 0;
const BY_CARD: usize = 1;
const REVERSED: usize = 2;
const GIVEN_UP: usize = 3;

fn must(register: &mut Register, command: Command) {
    let said = format!("{command:?}");
    assert_eq!(register.handle(command), Answer::Done, "{said}");
}

fn refused(register: &mut Register, command: Command) -> Refusal {
    match register.handle(command) {
        Answer::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn approve(register: &mut Register, (person, pin): (&str, &str)) -> Answer {
    register.handle(Command::Approve { person: person.to_owned(), pin: Pin::new(pin) })
}

fn hang(terminal: &str) -> Command {
    Command::SuspendCard { terminal: terminal.to_owned() }
}

fn choice(place: usize) -> Command {
    Command::Page(PageInput::Choice(place))
}

fn answer(text: &str) -> Command {
    Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
}

fn needs_manager() -> Refusal {
    Refusal::NeedsApproval(Act::CardPending, Role::Manager)
}

/// The list of sales that were put aside.
fn list(register: &mut Register) -> PageView {
    must(register, Command::OpenPage(PageName::Aside));
    match register.view().screen {
        Screen::Page(page) => *page,
        other => panic!("no page: {other:?}"),
    }
}

fn marks(register: &mut Register) -> Vec<RowMark> {
    let marks = list(register).rows.iter().map(|row| row.mark).collect();
    must(register, Command::LeavePage);
    marks
}

/// Rings up a water and puts it aside because the terminal hangs.
fn hung(register: &mut Register, terminal: &str) {
    assert_eq!(scan(register, WATER), Answer::Done);
    must(register, hang(terminal));
}

/// Opens the case in the first row.
fn open_first(register: &mut Register) {
    list(register);
    must(register, Command::Page(PageInput::Row(0)));
}

#[test]
fn a_terminal_hangs_and_the_sale_waits_with_its_reason_and_no_card_number() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    assert_eq!(refused(&mut register, hang("004711")), Refusal::NothingToPay);
    scan(&mut register, WATER);
    // From payment too, where nothing was taken.
    must(&mut register, Command::BeginTender);
    assert_eq!(refused(&mut register, hang(CARD)), CardFault::CardNumber.into());
    assert_eq!(refused(&mut register, hang("bl\u{1b}ank")), CardFault::NotAReference.into());
    assert!(
        matches!(register.view().screen, Screen::Tender(_)),
        "what was refused changed nothing"
    );
    must(&mut register, hang(" t3-0047 "));
    assert!(sell(&register).is_empty());
    let events = shop.events();
    let Some(Event::SaleSuspended(aside)) = events.last() else { panic!("{events:?}") };
    assert_eq!(aside.reason, AsideReason::CardPending(TerminalRef::parse("T3-0047").ok()));
    let digits: String = CARD.split(' ').collect();
    let place = shop.data().0;
    for entry in std::fs::read_dir(&place).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = if path.is_file() { std::fs::read(&path).expect("read") } else { Vec::new() };
        let there = bytes.windows(digits.len()).any(|window| window == digits.as_bytes());
        assert!(!there, "{}", path.display());
    }
    // Money that was taken is not left behind.
    scan(&mut register, WATER);
    must(&mut register, Command::BeginTender);
    let part = Command::TakeCash { amount: Some(Money::from_minor(100)), confirmed: true };
    must(&mut register, part);
    assert_eq!(refused(&mut register, hang("")), Refusal::PaymentBegun);
}

#[test]
fn only_a_manager_has_it_collected_and_the_signature_stands_in_the_sale() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    hung(&mut register, "004711");
    let resume = || Command::Resume { slip: 7_001 };
    assert_eq!(refused(&mut register, resume()), needs_manager());
    let ask = Ask::Approval { act: Act::CardPending, role: Role::Manager };
    assert_eq!(register.view().ask, Some(ask));
    assert!(register.view().about.to_string().contains("004711"), "whoever signs can look");
    assert_eq!(approve(&mut register, LEAD), Answer::Refused(needs_manager()));
    must(&mut register, Command::Decline);
    assert!(sell(&register).is_empty(), "nobody signed and nothing happened");
    assert_eq!(refused(&mut register, resume()), needs_manager());
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    // The plug: what may have been paid is still known afterwards.
    drop(register);
    let mut register = shop.start();
    must(&mut register, Command::AcknowledgeRestart);
    sign_in(&mut register, CASHIER);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: true });
    assert_eq!(done(&register).total.minor(), 131);
    let events = shop.events();
    let case = events.iter().position(|event| event.kind() == "sale_suspended").expect("aside");
    let signed =
        |approval: &Approval| approval.act == Act::CardPending && approval.role == Role::Manager;
    let sale = events.iter().find_map(Event::sale).expect("a sale");
    assert_eq!(sale.terms.card_pending.map(|case| case.seq), Some(Seq(case as u64)));
    assert!(sale.terms.approvals.iter().any(signed));
    let resumed = events.iter().find_map(|event| match event {
        Event::SaleResumed { approval, .. } => approval.clone(),
        _ => None,
    });
    assert!(resumed.as_ref().is_some_and(signed));
}

#[test]
fn put_aside_again_or_given_up_it_stays_the_same_case() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    hung(&mut register, "004711");
    for _ in 0..2 {
        assert_eq!(resume_first(&mut register), needs_manager());
        assert_eq!(approve(&mut register, MANAGER), Answer::Done);
        // Plainly this time; the card is not forgotten by that.
        must(&mut register, Command::Suspend);
        assert_eq!(marks(&mut register), [RowMark::Attention]);
    }
    assert_eq!(resume_first(&mut register), needs_manager());
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::AbandonSale);
    assert_eq!(marks(&mut register), [RowMark::Attention], "given up says nothing of the card");
    open_first(&mut register);
    let slip = 7_003;
    assert_eq!(refused(&mut register, choice(GO_ON)), CardFault::NotWaiting(slip).into());
    assert_eq!(refused(&mut register, choice(GIVEN_UP)), needs_manager());
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    assert_eq!(marks(&mut register), [RowMark::Good]);
}

/// The refusal of taking up the one that waits.
fn resume_first(register: &mut Register) -> Refusal {
    let slip = register.view().status.suspended.first().expect("one waits").slip;
    refused(register, Command::Resume { slip })
}

#[test]
fn each_is_closed_once_in_the_way_that_fits_and_by_a_manager() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    for terminal in ["1", "2", "3"] {
        hung(&mut register, terminal);
        shop.clock.advance_ms(60_000);
    }
    // The first is collected in cash.
    assert_eq!(refused(&mut register, Command::Resume { slip: 7_001 }), needs_manager());
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: true });
    let number = done(&register).number;
    must(&mut register, Command::NextCustomer);
    open_first(&mut register);
    for wrong in [BY_CARD, GIVEN_UP] {
        let Refusal::CardPending(CardFault::Collected(7_001, sale)) =
            refused(&mut register, choice(wrong))
        else {
            panic!("a sale took the money")
        };
        assert_eq!(sale.0, number);
    }
    must(&mut register, choice(REVERSED));
    assert_eq!(refused(&mut register, answer(CARD)), Refusal::CardNumberInText);
    assert_eq!(refused(&mut register, answer("R-4711")), needs_manager());
    assert_eq!(approve(&mut register, LEAD), Answer::Refused(needs_manager()));
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    // The second was paid by card: its basket does not wait any more.
    open_first(&mut register);
    assert_eq!(refused(&mut register, choice(REVERSED)), CardFault::NotCollected(7_002).into());
    must(&mut register, choice(BY_CARD));
    assert_eq!(refused(&mut register, answer("")), needs_manager());
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    assert_eq!(refused(&mut register, Command::Resume { slip: 7_002 }), Refusal::NoSuchSlip(7_002));
    open_first(&mut register);
    assert_eq!(refused(&mut register, choice(GIVEN_UP)), needs_manager());
    assert_eq!(approve(&mut register, MANAGER), Answer::Done);
    let page = list(&mut register);
    assert!(page.rows.iter().all(|row| row.mark == RowMark::Good));
    let by = page.rows.iter().all(|row| row.cells.iter().any(|c| c.to_string().contains("51")));
    assert!(by, "who closed it: {page:?}");
    let again = refused(&mut register, Command::Page(PageInput::Row(2)));
    assert!(matches!(again, Refusal::CardPending(CardFault::Closed(..))), "{again:?}");
    assert!(!again.remedy().to_string().is_empty());
    must(&mut register, Command::LeavePage);
    let endings: Vec<Ending> = shop
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::CardPendingClosed(closed) => {
                assert!(closed.approval.as_ref().is_some_and(|one| one.by.as_str() == "51"));
                Some(closed.ending)
            }
            _ => None,
        })
        .collect();
    assert!(matches!(endings[0], Ending::CashCardReversed { sale: RecordRef { .. } }));
    assert_eq!(endings[1..], [Ending::PaidByCard, Ending::Abandoned]);
    // All of it again after a restart.
    register.close().expect("closed");
    let mut register = shop.start();
    sign_in(&mut register, CASHIER);
    assert_eq!(marks(&mut register), [RowMark::Good; 3]);
}

#[test]
fn a_voided_sale_leaves_its_case_open_and_a_shift_ends_while_one_is() {
    let shop = Shop::new();
    let mut register = shop.open(MANAGER);
    hung(&mut register, "");
    // A manager at the register signs by signing in.
    must(&mut register, Command::Resume { slip: 7_001 });
    must(&mut register, Command::BeginTender);
    must(&mut register, Command::TakeCash { amount: None, confirmed: true });
    must(&mut register, Command::NextCustomer);
    let reason = tideover::domain::sale::Reason::Mistake;
    must(&mut register, Command::FindReceipt { number: String::new() });
    // Their own sale: a lead signs too.
    register.handle(Command::VoidSale { reason });
    assert_eq!(approve(&mut register, LEAD), Answer::Done);
    must(&mut register, Command::NextCustomer);
    open_first(&mut register);
    assert_eq!(refused(&mut register, choice(REVERSED)), CardFault::NotCollected(7_001).into());
    must(&mut register, Command::LeavePage);
    hung(&mut register, "");
    must(&mut register, Command::close_shift(Money::from_minor(15_000), Money::ZERO));
}

#[cfg(feature = "central")]
mod through_central {
    use std::sync::Arc;
    use std::time::Duration;

    use tideover::central::door::InProcess;
    use tideover::central::serve::Central;
    use tideover::device::clock::Clock;
    use tideover::device::entropy::SystemEntropy;
    use tideover::domain::event::Event;
    use tideover::domain::ids::{JournalId, RegisterNo, StoreNo};
    use tideover::domain::refusal::Refusal;
    use tideover::journal::key::SigningKey;
    use tideover::register::asking::{self, AskingParts};
    use tideover::register::command::{Command, Pin};
    use tideover::register::page::{PageInput, PageName};
    use tideover::register::register::{Answer, Register};
    use tideover::register::settings::Central as Line;
    use tideover::register::startup::{self, World, signing_key};
    use tideover::register::till::Till as _;
    use tideover::register::training::Side;
    use tideover::register::view::{RowMark, Screen, View};
    use tideover::register::worker::{TillHandle, Worker};
    use tideover::sync::asides::{Asides, NotTold, ask};

    use super::{BY_CARD, GIVEN_UP};
    use super::{approve, choice, hung, marks, must, needs_manager, open_first, refused};
    use crate::central::central_at;
    use crate::check::carried::hand_over;
    use crate::register::{CASHIER, MANAGER, Shop, WATER, scan, sell, sign_in};

    const STORE: StoreNo = StoreNo(1042);

    /// A shop whose register has this number.
    fn shop(register: u16) -> Shop {
        let shop = Shop::new();
        let mut settings = shop.data().settings().expect("settings");
        settings.register = register;
        shop.data().write_settings(&settings).expect("written");
        shop
    }

    /// What a closed register recorded is at central, which vouches for it.
    fn sent(shop: &Shop, central: &Central, register: u16) {
        hand_over(&shop.data(), u64::from(register), &mut InProcess(central.door()));
        central.door().adopt(STORE, RegisterNo(register)).expect("adopted");
        central.settle();
    }

    fn told(shop: &Shop, central: &Central, register: &Register) -> Result<Asides, NotTold> {
        let key = signing_key(&shop.data(), &SystemEntropy).expect("a key");
        let journal = register.ledger().chain().journal;
        let root = central.door().public_key();
        ask(&mut InProcess(central.door()), &journal, &key, &root, [7; 16])
    }

    fn tell(shop: &Shop, central: &Central, register: &mut Register) {
        let told = told(shop, central, register);
        register.asides_told(told.map_err(|why| why.to_string()));
    }

    fn again(shop: &Shop) -> Register {
        let mut register = shop.start();
        if matches!(register.view().screen, Screen::Restart(_)) {
            must(&mut register, Command::AcknowledgeRestart);
        }
        assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
        register
    }

    fn found(central: &Central) -> Vec<(String, u64)> {
        let groups = central.door().exceptions(Some(STORE)).expect("read");
        let codes = ["resumed_twice", "card_pending", "card_pending_twice"];
        let ours = groups.into_iter().filter(|group| codes.contains(&group.code.as_str()));
        let mut found: Vec<_> = ours.map(|group| (group.code, group.count)).collect();
        found.sort();
        found
    }

    #[test]
    fn a_basket_goes_on_at_a_register_that_knows_it_from_central_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let (seven, eight) = (shop(7), shop(8));
        let mut register = seven.open(CASHIER);
        scan(&mut register, WATER);
        must(&mut register, Command::Suspend);
        register.close().expect("closed");
        sent(&seven, &central, 7);
        let mut other = eight.open(CASHIER);
        let resume = || Command::Resume { slip: 7_001 };
        assert_eq!(refused(&mut other, resume()), Refusal::NoSuchSlip(7_001));
        // Nobody vouched for register 8 yet: what waits in the store is not told.
        let why = told(&eight, &central, &other).expect_err("a stranger");
        assert!(matches!(why, NotTold::Refused(_)), "{why}");
        other.close().expect("closed");
        sent(&eight, &central, 8);
        let mut other = again(&eight);
        tell(&eight, &central, &mut other);
        must(&mut other, resume());
        assert_eq!(sell(&other).lines.len(), 1);
        must(&mut other, Command::BeginTender);
        must(&mut other, Command::TakeCash { amount: None, confirmed: true });
        other.close().expect("closed");
        sent(&eight, &central, 8);
        // Register 7 is told that it went on, and its shift can end.
        let mut register = again(&seven);
        let close = || {
            Command::close_shift(
                tideover::domain::money::Money::from_minor(15_000),
                tideover::domain::money::Money::ZERO,
            )
        };
        assert_eq!(refused(&mut register, close()), Refusal::BasketsWait(1));
        tell(&seven, &central, &mut register);
        must(&mut register, close());
        assert_eq!(found(&central), []);
    }

    #[test]
    fn taken_up_and_closed_apart_is_one_exception_each_and_not_silence() {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let (seven, eight) = (shop(7), shop(8));
        let mut register = seven.open(CASHIER);
        hung(&mut register, "004711");
        register.close().expect("closed");
        sent(&seven, &central, 7);
        assert_eq!(found(&central), [("card_pending".to_owned(), 1)]);
        eight.open(CASHIER).close().expect("closed");
        sent(&eight, &central, 8);
        // Both know it, and then the store is cut in two.
        let (mut register, mut other) = (again(&seven), again(&eight));
        tell(&eight, &central, &mut other);
        for (register, ending) in [(&mut register, BY_CARD), (&mut other, GIVEN_UP)] {
            open_first(register);
            if ending == BY_CARD {
                must(register, choice(ending));
                assert_eq!(refused(register, super::answer("004711")), needs_manager());
            } else {
                assert_eq!(refused(register, choice(ending)), needs_manager());
            }
            assert_eq!(approve(register, MANAGER), Answer::Done);
            must(register, Command::LeavePage);
        }
        register.close().expect("closed");
        sent(&seven, &central, 7);
        assert_eq!(found(&central), [], "one ending closes it");
        other.close().expect("closed");
        sent(&eight, &central, 8);
        assert_eq!(found(&central), [("card_pending_twice".to_owned(), 1)]);
        let mut register = again(&seven);
        tell(&seven, &central, &mut register);
        assert_eq!(marks(&mut register), [RowMark::Bad], "and the register shows it");
    }

    #[test]
    fn only_a_register_of_the_store_is_told_and_only_by_its_own_central() {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let seven = shop(7);
        let mut register = seven.open(CASHIER);
        hung(&mut register, "");
        register.close().expect("closed");
        sent(&seven, &central, 7);
        let register = again(&seven);
        assert_eq!(told(&seven, &central, &register).expect("told").records.len(), 1);
        let root = central.door().public_key();
        let mut line = InProcess(central.door());
        let journal = register.ledger().chain().journal;
        let stranger = SigningKey::from_seed(&[9; 32]).expect("a key");
        for journal in [journal, JournalId { store: StoreNo(7), ..journal }] {
            let why = ask(&mut line, &journal, &stranger, &root, [7; 16]).expect_err("a stranger");
            assert!(matches!(why, NotTold::Refused(_)), "{why}");
        }
        // The register's own key speaks for no other store.
        let key = signing_key(&seven.data(), &SystemEntropy).expect("a key");
        let elsewhere = JournalId { store: StoreNo(7), ..journal };
        assert!(ask(&mut line, &elsewhere, &key, &root, [7; 16]).is_err());
        // And an answer that another central signed is none.
        let why = ask(&mut line, &journal, &key, &stranger.public(), [7; 16]).expect_err("forged");
        assert!(matches!(why, NotTold::NotCentral), "{why}");
    }

    /// Waits for a view, as long as a slow machine may take.
    fn until(till: &TillHandle, is: impl Fn(&View) -> bool) -> Arc<View> {
        let (tell, changed) = std::sync::mpsc::sync_channel(1);
        till.on_change(Box::new(move || {
            tell.try_send(()).ok();
        }));
        loop {
            let view = till.view();
            if is(&view) {
                return view;
            }
            let rung = changed.recv_timeout(Duration::from_secs(60));
            assert!(rung.is_ok() || is(&till.view()), "{:?}", view.screen);
        }
    }

    #[test]
    fn the_running_till_asks_by_itself_and_a_row_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let central = central_at(folder.path());
        let (seven, eight) = (shop(7), shop(8));
        let mut register = seven.open(CASHIER);
        scan(&mut register, WATER);
        must(&mut register, Command::Suspend);
        register.close().expect("closed");
        sent(&seven, &central, 7);
        eight.open(CASHIER).close().expect("closed");
        sent(&eight, &central, 8);
        let line = Line {
            url: central.url(),
            ack_key: central.door().public_key().to_string(),
            certificate: None,
            receipt_word: None,
        };
        let data = eight.data();
        let mut settings = data.settings().expect("settings");
        settings.central = Some(line.clone());
        data.write_settings(&settings).expect("written");
        let clock: Arc<dyn Clock> = Arc::new(eight.clock.clone());
        let world = World {
            clock: Arc::clone(&clock),
            entropy: Arc::new(SystemEntropy),
            faults: None,
            machine: Default::default(),
        };
        let status = startup::status_before(&settings, clock.as_ref());
        let opened = data.clone();
        let open =
            move |_| startup::open(&opened, &world).map_err(startup::StartError::into_stopped);
        let worker = Worker::spawn(clock, status, open, Side::Real).expect("a thread");
        let till = worker.handle();
        let parts = AskingParts {
            central: line,
            key: Arc::new(signing_key(&data, &SystemEntropy).expect("a key")),
            place: data.place(&settings),
            entropy: Arc::new(SystemEntropy),
        };
        asking::start(parts, worker.handle()).expect("started");
        until(&till, |view| matches!(view.screen, Screen::SignIn(_)));
        let (person, pin) = CASHIER;
        till.send(Command::SignIn { person: person.to_owned(), pin: Pin::new(pin) });
        until(&till, |view| matches!(view.screen, Screen::Sell(_)));
        till.send(Command::OpenPage(PageName::Aside));
        let rows =
            |view: &View| matches!(&view.screen, Screen::Page(page) if !page.rows.is_empty());
        until(&till, rows);
        till.send(Command::Page(PageInput::Row(0)));
        until(&till, |view| matches!(&view.screen, Screen::Sell(sell) if sell.lines.len() == 1));
        // Central is gone: it is said, and what is known stays listed.
        central.stop();
        till.send(Command::Suspend);
        until(&till, |view| view.status.suspended.len() == 1);
        till.send(Command::OpenPage(PageName::Aside));
        let said = |view: &View| match &view.screen {
            Screen::Page(page) => {
                page.rows.len() == 1
                    && page.lead.iter().any(|lead| lead.to_string().contains("does not answer"))
            }
            _ => false,
        };
        until(&till, said);
        worker.stop();
        let events = eight.events();
        let resumed = |event: &Event| matches!(event, Event::SaleResumed { of: Some(_), .. });
        assert!(events.iter().any(resumed), "it went on in this register's own journal");
    }
}
