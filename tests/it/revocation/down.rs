//! What the other registers hear of it, and what they believe then.

use tideover::central::door::InProcess;
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::PaperFault;
use tideover::journal::key::{Domain, SigningKey};
use tideover::register::register::Answer;
use tideover::register::revoked;
use tideover::register::view::Screen;
use tideover::sync::asides::NotTold;
use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::revoked::{GoodJournal, Kept, Revoked, RevokedAnswer, RevokedKey, ask};
use tideover::sync::sealed::seal;
use tideover::sync::wire::{Hello, PROTOCOL};

use super::*;
use crate::check::carried::hand_over;
use crate::peers::store::Store;
use crate::printer::witness::{enrolled as enrolled_shop, sold};
use crate::register::{CASHIER, Shop, WATER, scan, sign_in};

fn decided(folder: &Path, which: Which) {
    let mut kept = SqliteStore::open(folder).expect("opened beside it");
    let actor = |by| super::actor(by, "stolen");
    act::propose(&mut kept, which, GoodUntil::Held, &actor("jo")).expect("proposed");
    act::end(&mut kept, which, StepKind::Decided, &actor("al")).expect("decided");
}

#[test]
fn a_register_is_told_by_centrals_own_word_and_only_of_what_two_people_decided() {
    let folder = tempfile::tempdir().expect("a folder");
    let (central, register) = sold_at(folder.path());
    let mut line = InProcess(central.door());
    let key = central.door().public_key();
    let mut told = || {
        let (_, revoked, answer) = ask(&mut line, &key, [7; 16]).expect("told");
        (revoked, answer.decided)
    };
    assert_eq!(told(), (Revoked::default(), 0));
    let mut kept = SqliteStore::open(folder.path()).expect("opened beside it");
    let until = GoodUntil::Record(None, Seq(4));
    act::propose(&mut kept, OF, until, &actor("jo", "stolen")).expect("proposed");
    assert_eq!(told(), (Revoked::default(), 0), "it waits for a second person");
    act::end(&mut kept, OF, StepKind::Decided, &actor("al", "yes")).expect("decided");
    let (revoked, decided) = told();
    let (stolen, epoch) = (register.key.public(), register.chain.journal.epoch);
    assert_eq!((decided, revoked.length(&stolen, epoch)), (1, Some(Seq(5))));
    // Somebody else's word is none, whatever it says.
    let other = SigningKey::from_seed(&[9; 32]).expect("a key").public();
    let mut line = InProcess(central.door());
    assert!(matches!(ask(&mut line, &other, [7; 16]), Err(NotTold::NotCentral)));
    // A greeting tells that there is something to ask for.
    let greet = Request::get("/v1/hello?nonce=00");
    let hello = line.send(&greet);
    let hello = hello.expect("an answer").body;
    let split = tideover::sync::sealed::Sealed::split(&hello).expect("sealed");
    let hello: Hello = split.open(Domain::Ack, &key).expect("central's");
    assert_eq!(hello.revocations, Some(1));
}

#[test]
fn paper_of_a_revoked_key_proves_nothing_beyond_its_length_and_no_restart_forgets_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let (seller, thief, taker) = (Shop::new(), Shop::new(), Shop::new());
    for (shop, register) in [(&seller, 7), (&thief, 9), (&taker, 8)] {
        enrolled_shop(shop, &central, register);
    }
    let (honest, stolen) = (sold(&seller, &[WATER]).remove(0), sold(&thief, &[WATER]).remove(0));
    let mut line = InProcess(central.door());
    assert_eq!(hand_over(&seller.data(), 7, &mut line).pending, 0);
    central.settle();
    let mut register = taker.open(CASHIER);
    assert_eq!(scan(&mut register, &stolen), Answer::Done, "nobody knows better yet");
    register.close().expect("closed");
    // Of register 7 central held the sale when its key was revoked, of register 9 none.
    for register in [7, 9] {
        decided(folder.path(), Which::all(STORE, RegisterNo(register)));
    }
    let (data, key) = (taker.data(), central.door().public_key());
    let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
    let entropy = tideover::device::entropy::SystemEntropy;
    let kept = revoked::fetch(&data, &key, &mut line, &entropy).expect("told");
    assert_eq!((kept.decided, kept.revoked.len()), (Some(2), 2));
    // After a restart, and as if it were told while it runs.
    for told in [false, true] {
        if told {
            std::fs::remove_file(data.0.join("revoked.note")).expect("there");
        }
        let mut register = taker.start();
        assert_eq!(sign_in(&mut register, CASHIER), Answer::Done);
        if told {
            register.keys_revoked(kept.clone());
        }
        let fault = PaperFault::Revoked(STORE, RegisterNo(9));
        assert_eq!(scan(&mut register, &stolen), Answer::Refused(Refusal::Paper(fault)));
        let words = register.view().notice.expect("words");
        assert!(words.text.to_string().contains("no longer trusts receipts"), "{words:?}");
        assert!(words.remedy.to_string().contains("Call a manager"), "{words:?}");
        assert_eq!(scan(&mut register, &honest), Answer::Done, "below its length it counts");
        register.close().expect("closed");
    }
}

/// A machine that was thought stolen is put back, or a copy of it: nothing of it would count.
#[test]
fn a_register_whose_own_key_is_revoked_says_so_while_it_runs_and_at_each_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let shop = Shop::new();
    enrolled_shop(&shop, &central, 7);
    let mut register = shop.open(CASHIER);
    decided(folder.path(), OF);
    let (data, key) = (shop.data(), central.door().public_key());
    let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
    let entropy = tideover::device::entropy::SystemEntropy;
    let kept = revoked::fetch(&data, &key, &mut line, &entropy).expect("told");
    register.keys_revoked(kept.clone());
    let notice = register.view().notice.expect("words");
    assert!(notice.text.to_string().contains("no longer trusts this register's key"), "{notice:?}");
    assert!(notice.text.to_string().contains("counted nowhere"), "{notice:?}");
    assert!(notice.remedy.to_string().contains("Sell on another register"), "{notice:?}");
    assert_eq!(scan(&mut register, WATER), Answer::Done, "it records all the same");
    let number = register.view().notice.map(|notice| notice.number);
    register.keys_revoked(Kept::default());
    register.keys_revoked(kept);
    assert_eq!(register.view().notice.map(|notice| notice.number), number, "once, and for good");
    register.close().expect("closed");
    let register = shop.start();
    let Screen::Restart(restart) = register.view().screen else { panic!("it says so") };
    let said = format!("{restart:?}");
    assert!(said.contains("no longer trusts this register's key"), "{said}");
    register.close().expect("closed");
}

/// A note of a central that knows of these keys.
fn note(central: &SigningKey, keys: &[(&SigningKey, Option<GoodJournal>)]) -> Vec<u8> {
    let key = |(key, good): &(&SigningKey, Option<GoodJournal>)| RevokedKey {
        store: 1042,
        reg: 2,
        key: key.public().to_string(),
        journals: good.iter().cloned().collect(),
    };
    let answer = RevokedAnswer {
        protocol: PROTOCOL.to_owned(),
        answer: "revoked".to_owned(),
        nonce: String::new(),
        decided: 1,
        keys: keys.iter().map(key).collect(),
        left_out: 0,
        time: "2026-11-22T13:05:09.120-06:00".to_owned(),
    };
    seal(&answer, Domain::Ack, central).expect("sealed")
}

#[test]
fn a_revoked_registers_copies_count_no_more_and_are_not_taken() {
    let store = Store::of(&[1, 2, 3]);
    let (one, two, three) = (store.start(1), store.start(2), store.start(3));
    one.calls(&two);
    two.calls(&one);
    one.calls(&three);
    three.calls(&one);
    two.sells(1);
    one.sells(1);
    one.sees(2, 3);
    let held = |running: &crate::peers::store::Running| {
        let mirror = running.mirror();
        let branches = mirror.branches().expect("read");
        let of_two = branches.into_iter().find(|branch| branch.journal.register == RegisterNo(2));
        of_two.map_or(Seq(0), |branch| branch.next_seq)
    };
    one.until(|_| held(&one) > Seq(3));
    let before = held(&one);
    // Register 2 is stolen: its key counts as far as it came to central, which is not at all.
    let central = SigningKey::from_seed(&[1; 32]).expect("a key");
    let key = store.key(2);
    let word = note(&central, &[(&key, None)]);
    let (revoked, _) = Revoked::read(&word, &central.public()).expect("read");
    let told = Kept { revoked, decided: Some(1), note: Some(word) };
    one.till.keys_revoked(told.clone());
    three.till.keys_revoked(told);
    one.sees(1, 2);
    two.sells(1);
    one.sells(1);
    one.sees(1, 2);
    assert_eq!(held(&one), before, "nothing more of it is taken");
    for running in [one, two, three] {
        running.stops();
    }
}

/// Register 3 has a line to central, register 1 has none.
#[test]
fn a_register_without_a_line_to_central_hears_of_it_by_another_and_keeps_only_centrals_word() {
    let store = Store::of(&[1, 3]);
    let (central, thief) = (
        SigningKey::from_seed(&[1; 32]).expect("a key"),
        SigningKey::from_seed(&[2; 32]).expect("a key"),
    );
    for register in [1, 3] {
        let mut settings = store.data(register).settings().expect("settings");
        settings.central = Some(tideover::register::settings::Central {
            url: "http://127.0.0.1:9".to_owned(),
            ack_key: central.public().to_string(),
            certificate: None,
            receipt_word: None,
        });
        store.data(register).write_settings(&settings).expect("written");
    }
    let stolen = SigningKey::from_seed(&[3; 32]).expect("a key");
    let (one, three) = (store.start(1), store.start(3));
    let brings = |word: Vec<u8>, decided| {
        let told = Kept { revoked: Revoked::default(), decided: Some(decided), note: Some(word) };
        three.till.keys_revoked(told);
    };
    // What somebody else signed is brought, and is not kept.
    brings(note(&thief, &[(&stolen, None)]), 7);
    one.calls(&three);
    one.sees(1, 2);
    let here = || {
        let data = store.data(1);
        revoked::kept(&data, &data.settings().expect("settings"))
    };
    assert_eq!(here(), Kept::default());
    let word = note(&central, &[(&stolen, None)]);
    brings(word.clone(), 8);
    one.until(|_| here().note.is_some());
    let kept = here();
    assert_eq!(kept.note, Some(word));
    assert!(kept.revoked.is_revoked(&stolen.public()));
    one.stops();
    three.stops();
}
