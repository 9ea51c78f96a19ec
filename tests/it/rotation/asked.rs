//! What central answers when it is asked, and why it refuses.

use tideover::central::revocation::act::{self, Actor, GoodUntil, Which};
use tideover::central::sqlite::SqliteStore;
use tideover::central::store::{Standing, Store as _};
use tideover::domain::ids::{PersonId, Seq};
use tideover::journal::hash::to_hex;
use tideover::journal::key::{Domain, SigningKey};
use tideover::sync::carrier::{JournalState, Source as _};
use tideover::sync::rotation::{certify, question};
use tideover::sync::sealed::{Sealed, seal};
use tideover::sync::wire::rotation::{RotationProof, RotationRequest};
use tideover::sync::wire::{Certificate, PROTOCOL, Refusal};

use super::*;
use crate::central::{drain, enrolled as known};
use crate::journals::TestRegister;

fn seeded(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).expect("a key")
}

fn state(register: &TestRegister) -> JournalState {
    register.journals().expect("one").remove(0)
}

fn post(central: &Central, body: Vec<u8>) -> (u16, String) {
    let answer = InProcess(central.door()).send(&Request::post(ROTATION_PATH, body));
    let answer = answer.expect("an answer");
    let refusal: Result<Refusal, _> = serde_json::from_slice(&answer.body);
    (answer.status, refusal.map(|refusal| refusal.text).unwrap_or_default())
}

/// Register 7, enrolled, with five sales at central.
fn seven(central: &Central) -> TestRegister {
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    known(central, &register);
    assert_eq!(drain(&mut register, &mut InProcess(central.door())).pending, 0);
    register
}

#[test]
fn the_same_question_gets_the_same_answer_and_another_key_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let register = seven(&central);
    let (ends, new) = (state(&register), seeded(90));
    let ask = |new: &SigningKey| question(&ends, &register.key, new).expect("a question");
    let (ours, public) = (central.door().public_key(), new.public().to_string());
    for _ in 0..2 {
        let mut line = InProcess(central.door());
        let given = certify(&mut line, &ours, &ends, &register.key, &new).expect("certified");
        assert!(given.receipt_word.is_some());
        let split = Sealed::split(given.certificate.as_bytes()).expect("sealed");
        let certificate: Certificate = split.open(Domain::Certificate, &ours).expect("central's");
        assert_eq!(
            (certificate.store, certificate.reg, certificate.key),
            (1042, 7, public.clone())
        );
    }
    let (status, text) = post(&central, ask(&seeded(91)));
    assert_eq!(status, 409);
    let first = new.public().fingerprint();
    for words in ["changed for another one before", first.as_str(), "revoke the register's keys"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // The present key goes on until its journal says that it ended.
    let mut kept = SqliteStore::open(folder.path()).expect("opened beside it");
    let standing = |kept: &mut SqliteStore, key: &SigningKey| {
        kept.standing(STORE, RegisterNo(7), &key.public()).expect("read")
    };
    assert_eq!(standing(&mut kept, &register.key), Some(Standing::Enrolled));
    assert_eq!(standing(&mut kept, &new), Some(Standing::Enrolled));
    assert_eq!(standing(&mut kept, &seeded(91)), None);
    // Nor does anybody else's central have a say.
    let mut line = InProcess(central.door());
    let stranger = seeded(92).public();
    assert!(certify(&mut line, &stranger, &ends, &register.key, &new).is_err());
}

#[test]
fn every_question_that_is_not_both_keys_word_about_this_register_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let register = seven(&central);
    let mut eight = TestRegister::new(8);
    known(&central, &eight);
    drain(&mut eight, &mut InProcess(central.door()));
    let (ends, new) = (state(&register), seeded(90));
    let asked = |ends: &JournalState, old: &SigningKey, new: &SigningKey| {
        post(&central, question(ends, old, new).expect("a question"))
    };
    let behind = JournalState { next_seq: Seq(6), ..ends };
    let other_head = JournalState { head: tideover::journal::hash::Hash([7; 32]), ..ends };
    let unknown = TestRegister::of(7, 77);
    for ((status, text), code, words) in [
        (asked(&ends, &seeded(66), &new), 409, "not known here as a key of register 7"),
        (asked(&state(&eight), &register.key, &new), 409, "a key of register 8"),
        (asked(&state(&unknown), &register.key, &new), 409, "central holds 0 records"),
        (asked(&behind, &register.key, &new), 409, "central holds 7 records"),
        (asked(&other_head, &register.key, &new), 409, "central holds 7 records"),
        (asked(&ends, &register.key, &eight.key), 409, "the new key is register 8"),
        (asked(&ends, &register.key, &register.key), 400, "another key than the one shown"),
    ] {
        assert_eq!(status, code, "{words}: {text}");
        assert!(text.contains(words), "{words}: {text}");
    }
    // One of the two words alone, or under another purpose, or about another key.
    let request = RotationRequest {
        protocol: PROTOCOL.to_owned(),
        journal: tideover::sync::wire::JournalName::of(&ends.id),
        next_seq: ends.next_seq.0,
        head: ends.head.to_string(),
        old_key: register.key.public().to_string(),
        key: new.public().to_string(),
        program: "0.1.0".to_owned(),
    };
    let vouched = |by: &SigningKey, domain| {
        String::from_utf8(seal(&request, domain, by).expect("sealed")).expect("text")
    };
    let shown = |request: String, key: &str, by: &SigningKey, domain| {
        let proof = RotationProof { protocol: PROTOCOL.to_owned(), key: key.to_owned(), request };
        post(&central, seal(&proof, domain, by).expect("sealed")).0
    };
    let rotation =
        |request: String, key: &str, by: &SigningKey| shown(request, key, by, Domain::Rotation);
    let (right, key) = (|| vouched(&register.key, Domain::Rotation), new.public().to_string());
    let other = seeded(91).public().to_string();
    let mut weak = [0; 32];
    weak[0] = 1;
    for (what, status, code) in [
        ("the new key did not sign", rotation(right(), &key, &seeded(91)), 401),
        ("the old key did not sign", rotation(vouched(&new, Domain::Rotation), &key, &new), 401),
        ("a record", rotation(vouched(&register.key, Domain::Record), &key, &new), 401),
        ("an enrolment", shown(right(), &key, &new, Domain::Certificate), 401),
        ("another key", rotation(right(), &other, &seeded(91)), 400),
        ("a key that anybody can sign for", rotation(right(), &to_hex(&weak), &new), 403),
        ("nothing", post(&central, Vec::new()).0, 400),
        ("too much", post(&central, vec![b'A'; 5_000]).0, 400),
    ] {
        assert_eq!(status, code, "{what}");
    }
    assert_eq!(central.door().journals().expect("read").len(), 2, "nothing was changed");
    let mut kept = SqliteStore::open(folder.path()).expect("opened beside it");
    assert_eq!(kept.standing(STORE, RegisterNo(7), &new.public()).expect("read"), None);
}

#[test]
fn a_key_that_nobody_vouched_for_or_that_was_revoked_vouches_for_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut stranger = TestRegister::new(9);
    stranger.sell(1, 1);
    drain(&mut stranger, &mut InProcess(central.door()));
    let ask = |register: &TestRegister| {
        post(&central, question(&state(register), &register.key, &seeded(90)).expect("a question"))
    };
    let (status, text) = ask(&stranger);
    assert!(status == 409 && text.contains("nobody vouched for this register's present key"));
    let register = seven(&central);
    let mut kept = SqliteStore::open(folder.path()).expect("opened beside it");
    let by = PersonId::parse("jo").expect("a person");
    let actor = Actor { by, reason: "stolen".to_owned(), at_ms: 5 };
    let which = Which::all(STORE, RegisterNo(7));
    act::propose(&mut kept, which, GoodUntil::Held, &actor).expect("proposed");
    let (status, text) = ask(&register);
    assert!(status == 409 && text.contains("was revoked, or somebody proposed that"), "{text}");
}
