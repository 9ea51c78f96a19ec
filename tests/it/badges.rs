//! Badge and PIN: what opens together and not alone, what a scan of a badge is anywhere else, and
//! what a pack and a register's disk tell of it.

use std::path::Path;

use tideover::device::entropy::SeededEntropy;
use tideover::domain::approval::Act;
use tideover::domain::badge::Badge;
use tideover::domain::event::{Event, SignInBy};
use tideover::domain::outage::System;
use tideover::domain::person::Role;
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::ExemptReason;
use tideover::pack::{BadgeKey, BuildError, BuildKeys, Source, badges_of, sample_store};
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::{Ask, Screen};

use crate::cli::{code, complained, done, tideover};
use crate::register::{CASHIER, LEAD, MANAGER, Shop, enter, scan, sell, sign_in};
use crate::traces::found;

const PEOPLE: &str = "id,name,role,pin,badge\n31,Cashier 31,cashier,480273,\n\
                      41,Lead 41,lead,702946,1\n51,Manager 51,manager,958316,2\n";

/// The sample store's tables with other people.
fn tables(folder: &Path, people: &str, policy: &str) {
    let Source::Files(files) = sample_store() else { panic!("files") };
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let mut text = String::from_utf8(bytes.to_vec()).expect("text");
        match *name {
            "people.csv" => text = people.to_owned(),
            "policy.csv" => text.push_str(policy),
            "fast.csv" => continue, // It names pictures.
            _ => {}
        }
        std::fs::write(folder.join(name), text).expect("written");
    }
}

/// A store whose lead and manager have badges.
struct Store {
    shop: Shop,
    lead: Badge,
    manager: Badge,
    old_manager: Badge,
}

impl Store {
    fn new() -> Self {
        Self::with_policy("")
    }

    fn with_policy(policy: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        tables(here, PEOPLE, policy);
        let source = Source::Folder(here.to_owned());
        let key = BadgeKey::create(&here.join("badge.key"), &SeededEntropy::new(5)).expect("made");
        let badges = |source: &Source<'_>| badges_of(source, &key).expect("badges").badges;
        let [lead, manager] = badges(&source).try_into().expect("two");
        let shop = Shop::of_with(&source, BuildKeys { seal: None, badge: Some(&key) });
        tables(here, &PEOPLE.replace("958316,2", "958316,1"), policy);
        let old_manager = badges(&source).remove(1).badge;
        Self { shop, lead: lead.badge, manager: manager.badge, old_manager }
    }
}

fn proven(person: &str, pin: &str, badge: &Badge) -> Command {
    let pin = Pin::new(pin).with(Some(badge.clone()));
    Command::SignIn { person: person.to_owned(), pin }
}

fn refused(refusal: Refusal) -> Answer {
    Answer::Refused(refusal)
}

fn who(register: &Register) -> Option<&'static str> {
    register.view().status.person.map(|(_, role)| role)
}

#[test]
fn a_manager_signs_in_with_badge_and_pin_and_with_neither_alone() {
    let store = Store::new();
    let mut register = store.shop.start();
    let wrong = || refused(Refusal::WrongBadgeOrPin);
    assert_eq!(sign_in(&mut register, MANAGER), wrong(), "the PIN without the badge");
    for (place, (pin, badge)) in [
        ("958317", &store.manager),
        ("", &store.manager),
        (MANAGER.1, &store.lead),
        (MANAGER.1, &store.old_manager),
    ]
    .into_iter()
    .enumerate()
    {
        // Each try is alone here: waiting is another test's.
        store.shop.clock.advance_ms(3_600_000);
        assert_eq!(register.handle(proven("51", pin, badge)), wrong(), "{place}");
    }
    assert_eq!(who(&register), None);
    store.shop.clock.advance_ms(3_600_000);
    assert_eq!(register.handle(proven("51", MANAGER.1, &store.manager)), Answer::Done);
    assert_eq!(who(&register), Some("manager"));
    assert!(register.view().status.badges);
    register.handle(Command::SignOut);

    // Who has none signs in as ever, and a badge that is not theirs does not help.
    assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
    register.handle(Command::SignOut);
    assert_eq!(register.handle(proven("31", CASHIER.1, &store.lead)), wrong());
    register.close().expect("closed");
    let by: Vec<SignInBy> = store
        .shop
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::SignIn { by, .. } => Some(by),
            _ => None,
        })
        .collect();
    assert_eq!(by, [SignInBy::Badge, SignInBy::Pin], "the journal says which");
}

#[test]
fn wrong_pins_with_a_badge_wait_and_the_right_one_waits_with_them() {
    let store = Store::new();
    let mut register = store.shop.start();
    for _ in 0..4 {
        let tried = register.handle(proven("51", "111222", &store.manager));
        assert_eq!(tried, refused(Refusal::WrongBadgeOrPin));
    }
    let right = || proven("51", MANAGER.1, &store.manager);
    assert_eq!(register.handle(right()), refused(Refusal::LockedOut(5)));
    drop(register); // The plug.
    let mut register = store.shop.start();
    register.handle(Command::AcknowledgeRestart);
    assert_eq!(register.handle(right()), refused(Refusal::LockedOut(5)), "from its beginning");
    store.shop.clock.advance_ms(5_000);
    assert_eq!(register.handle(right()), Answer::Done);
}

#[test]
fn neither_a_keyed_number_nor_an_old_badge_keeps_out_who_holds_the_badge() {
    let store = Store::new();
    let mut register = store.shop.start();
    for _ in 0..4 {
        assert_eq!(sign_in(&mut register, ("51", "111222")), refused(Refusal::WrongBadgeOrPin));
        let old = register.handle(proven("51", MANAGER.1, &store.old_manager));
        assert_eq!(old, refused(Refusal::WrongBadgeOrPin));
    }
    assert_eq!(sign_in(&mut register, ("51", "111222")), refused(Refusal::LockedOut(5)));
    let old = register.handle(proven("51", MANAGER.1, &store.old_manager));
    assert_eq!(old, refused(Refusal::LockedOut(5)));
    assert_eq!(register.handle(proven("51", MANAGER.1, &store.manager)), Answer::Done);
}

#[test]
fn a_signature_takes_the_badge_and_the_seller_stays_signed_in() {
    let store = Store::new();
    let mut register = store.shop.open(CASHIER);
    enter(&mut register, "2*4011");
    assert!(matches!(
        register.handle(Command::ExemptTax {
            reason: ExemptReason::ALL[0],
            certificate: "C-204".to_owned()
        }),
        Answer::Refused(Refusal::NeedsApproval(Act::TaxExempt, Role::Lead))
    ));
    assert!(matches!(register.view().ask, Some(Ask::Approval { .. })));
    let approve = |pin: Pin| Command::Approve { person: "41".to_owned(), pin };
    let alone = register.handle(approve(Pin::new(LEAD.1)));
    assert_eq!(alone, refused(Refusal::WrongBadgeOrPin));
    let both = Pin::new(LEAD.1).with(Some(store.lead.clone()));
    assert_eq!(register.handle(approve(both)), Answer::Done);
    assert_eq!(who(&register), Some("cashier"));
    assert!(sell(&register).exempt);
}

#[test]
fn hours_are_asked_for_by_a_badge_too() {
    let store = Store::new();
    let mut register = store.shop.open(CASHIER);
    register.handle(Command::OpenPage(PageName::Hours));
    let badge = PageInput::Badge(store.lead.clone());
    assert_eq!(register.handle(Command::Page(badge.clone())), Answer::Done);
    let pin = PageInput::Answer { text: Keyed::new(LEAD.1), scanned: false };
    assert_eq!(register.handle(Command::Page(pin)), Answer::Done);
    let Screen::Page(page) = register.view().screen else { panic!("no page") };
    assert_eq!(page.title.to_string(), "Hours of Lead 41");
    assert_eq!(register.handle(Command::Page(badge.clone())), refused(Refusal::BadgeElsewhere));
    register.handle(Command::LeavePage);
    register.handle(Command::OpenPage(PageName::Store));
    assert_eq!(register.handle(Command::Page(badge)), refused(Refusal::BadgeElsewhere));
}

#[test]
fn a_badge_in_any_other_field_is_refused_and_no_file_of_the_register_knows_it() {
    let store = Store::new();
    let mut register = store.shop.start();
    register.handle(proven("41", LEAD.1, &store.lead));
    register.handle(proven("51", MANAGER.1, &store.old_manager)); // A wrong one is kept no more.
    register
        .handle(Command::OpenShift { float: tideover::domain::money::Money::from_minor(15_000) });
    let text = || store.manager.text().to_string();
    let torn = || text()[..24].to_owned();
    let typed = || format!("20{}", text().to_lowercase());
    let refuse = |register: &mut Register, command: Command| {
        assert_eq!(register.handle(command.clone()), refused(Refusal::BadgeElsewhere));
    };
    for secret in [text(), torn(), typed()] {
        let register = &mut register;
        assert_eq!(scan(register, &secret), refused(Refusal::BadgeElsewhere));
        assert_eq!(enter(register, &secret), refused(Refusal::BadgeElsewhere));
        refuse(register, Command::FindReceipt { number: secret.clone() });
        refuse(register, Command::TakeCheck { amount: None, number: secret.clone() });
        refuse(register, Command::SuspendCard { terminal: secret.clone() });
        refuse(register, Command::EndOutage { note: secret.clone() });
        let pin = Pin::new("1");
        refuse(register, Command::SignIn { person: secret.clone(), pin: pin.clone() });
        refuse(register, Command::Approve { person: secret.clone(), pin });
        let (systems, ticket) = (vec![System::PointOfSale], secret.clone());
        refuse(register, Command::DeclareOutage { systems, cause: String::new(), ticket });
        let (reason, certificate) = (ExemptReason::ALL[0], secret.clone());
        refuse(register, Command::ExemptTax { reason, certificate });
        for page in [PageName::Stock, PageName::Deliveries, PageName::Pickup, PageName::PaperSlips]
        {
            register.handle(Command::OpenPage(page));
            let input = PageInput::Answer { text: Keyed::new(&*secret), scanned: true };
            refuse(register, Command::Page(input));
            register.handle(Command::LeavePage);
        }
    }
    scan(&mut register, crate::register::WATER);
    register.handle(Command::BeginTender);
    register.handle(Command::TakeCash { amount: None, confirmed: true });
    let folder = store.shop.data().0;
    let search = || {
        for badge in [&store.lead, &store.manager, &store.old_manager] {
            assert_eq!(found(&folder, badge.secret()), None);
            assert_eq!(found(&folder, badge.text().as_bytes()), None);
        }
        for pin in [CASHIER.1, LEAD.1, MANAGER.1] {
            assert_eq!(found(&folder, pin.as_bytes()), None, "a PIN");
        }
    };
    search();
    register.close().expect("closed");
    search();
    // The search itself works: what was sold is there.
    assert!(found(&folder.join("tape"), crate::register::WATER.as_bytes()).is_some());
}

#[test]
fn the_policy_may_ask_for_badges_of_all_who_lead_or_pass_them_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let key = BadgeKey::create(&here.join("badge.key"), &SeededEntropy::new(5)).expect("made");
    let without = PEOPLE.replace("702946,1", "702946,");
    let built = |people: &str, policy: &str, badge: Option<&BadgeKey>| {
        tables(here, people, policy);
        let source = Source::Folder(here.to_owned());
        crate::pack::built_with(&source, BuildKeys { seal: None, badge })
    };
    let reason = |built: Result<_, BuildError>| match built {
        Err(BuildError::BadRows(rows)) => rows.into_iter().map(|row| row.reason).collect(),
        _ => Vec::new(),
    };
    let lacks = reason(built(&without, "badges,required\n", Some(&key)));
    assert_eq!(lacks.len(), 1, "{lacks:?}");
    assert!(lacks[0].contains("person 41 needs a badge"), "{lacks:?}");
    let no_key = reason(built(PEOPLE, "", None));
    assert!(no_key.iter().all(|reason| reason.contains("--badge-key")), "{no_key:?}");
    assert_eq!(no_key.len(), 2);
    let odd = reason(built(&PEOPLE.replace("958316,2", "958316,x"), "badges,maybe\n", Some(&key)));
    assert!(odd.iter().any(|reason| reason.contains("required, where_given or off")), "{odd:?}");
    assert!(odd.iter().any(|reason| reason.contains("1 for the first")), "{odd:?}");
    built(&without, "badges,where_given\n", Some(&key)).expect("built");

    // Switched off, PINs alone do, and a badge that is scanned all the same only says who it is.
    let store = Store::with_policy("badges,off\n");
    let mut register = store.shop.start();
    assert!(!register.view().status.badges);
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    register.handle(Command::SignOut);
    assert_eq!(register.handle(proven("51", MANAGER.1, &store.old_manager)), Answer::Done);
}

#[test]
fn it_prints_badges_once_asked_and_keeps_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    tables(here, PEOPLE, "");
    let printed = done(here, "pack badges --from . --badge-key badge.key --new-key --out one.html");
    assert!(printed.contains("51  Manager 51, manager: badge 2"), "{printed}");
    let page = std::fs::read_to_string(here.join("one.html")).expect("a page");
    assert_eq!(page.matches("<svg").count(), 2);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |name: &str| std::fs::metadata(here.join(name)).expect("there").permissions().mode();
    assert_eq!((mode("one.html") & 0o777, mode("badge.key") & 0o777), (0o600, 0o600));
    let key = BadgeKey::open(&here.join("badge.key")).expect("a key");
    for badge in badges_of(&Source::Folder(here.to_owned()), &key).expect("badges").badges {
        assert_eq!(found(here, badge.badge.secret()), None, "no file holds it as text");
        assert_eq!(found(here, badge.badge.text().as_bytes()), None);
    }
    let again = tideover(here, "pack badges --from . --badge-key badge.key --out one.html");
    assert_ne!(code(&again), 0);
    assert!(complained(&again).contains("delete the old page first"), "{}", complained(&again));
    let one = done(here, "pack badges --from . --badge-key badge.key --person 41 --out two.html");
    assert!(one.contains("41  Lead 41") && !one.contains("51  "), "{one}");
    let nobody = tideover(here, "pack badges --from . --badge-key badge.key --person 31");
    assert!(complained(&nobody).contains("gives person 31 no badge"), "{}", complained(&nobody));
    let built = "pack build --from . --out store.pack --key pack.key --new-key";
    let lacks = tideover(here, built);
    assert!(String::from_utf8_lossy(&lacks.stdout).contains("build with --badge-key"));
    done(here, &format!("{built} --badge-key badge.key"));
    let wrong = tideover(here, &format!("{built} --badge-key pack.key"));
    assert!(complained(&wrong).contains("is not a badge key"), "{}", complained(&wrong));
}
