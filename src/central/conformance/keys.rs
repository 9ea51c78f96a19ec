//! One-time codes, and how far keys are trusted.

use super::{REGISTER, STORE, key};
use crate::central::store::{CodeUse, Standing, Store};
use crate::domain::ids::RegisterNo;
use crate::journal::hash::Hash;
use crate::journal::key::SigningKey;

pub(super) fn run<S: Store>(empty: &mut impl FnMut() -> S) {
    a_code_is_good_once_and_not_for_ever(&mut empty());
    standings_rise_and_only_revoking_lowers_them(&mut empty());
}

fn a_code_is_good_once_and_not_for_ever(store: &mut impl Store) {
    let (first, second) = (Hash([1; 32]), Hash([2; 32]));
    let key = key().public();
    store.put_code(&first, STORE, REGISTER, 1_000).expect("kept");
    store.put_code(&second, STORE, REGISTER, 1_000).expect("kept");
    let other = SigningKey::from_seed(&[6; 32]).expect("a key").public();
    let mut used_with = |key, code: &Hash, now| store.use_code(code, key, now).expect("asked");
    let mut used = |code: &Hash, now| used_with(&key, code, now);
    assert_eq!(used(&Hash([3; 32]), 1), CodeUse::NotGood);
    assert_eq!(used(&first, 1_000), CodeUse::NotGood, "expired");
    assert_eq!(used(&first, 999), CodeUse::Good(STORE, REGISTER));
    assert_eq!(used(&first, 999), CodeUse::Good(STORE, REGISTER), "its answer was lost");
    assert_eq!(used(&first, 1_000), CodeUse::NotGood, "too late, whoever asks");
    assert_eq!(used_with(&other, &first, 999), CodeUse::NotGood, "used by another");
    let standing = store.standing(STORE, REGISTER, &key).expect("read");
    assert_eq!(standing, Some(Standing::Enrolled));
    // Its key is no other register's, and the code stays good for that register's own.
    let next = RegisterNo(8);
    store.put_code(&Hash([4; 32]), STORE, next, 1_000).expect("kept");
    let mut tried = |key| store.use_code(&Hash([4; 32]), key, 5).expect("asked");
    assert_eq!(tried(&key), CodeUse::KeyTaken(STORE, REGISTER));
    assert_eq!(tried(&other), CodeUse::Good(STORE, next));
}

fn standings_rise_and_only_revoking_lowers_them(store: &mut impl Store) {
    let key = key().public();
    assert_eq!(store.standing(STORE, REGISTER, &key).expect("read"), None);
    let steps = [
        (Standing::Provisional, Standing::Provisional, 1),
        (Standing::Enrolled, Standing::Enrolled, 0),
        (Standing::Provisional, Standing::Enrolled, 0),
        (Standing::Revoked, Standing::Revoked, 0),
        (Standing::Provisional, Standing::Revoked, 0),
    ];
    for (put, expected, provisional) in steps {
        store.put_key(STORE, REGISTER, &key, put, 1).expect("kept");
        assert_eq!(store.standing(STORE, REGISTER, &key).expect("read"), Some(expected));
        assert_eq!(store.provisional_count().expect("read"), provisional);
    }
    assert_eq!(store.keys(STORE, REGISTER).expect("read"), [(key, Standing::Revoked)]);
}
