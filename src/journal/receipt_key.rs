//! Central's word for the key that a register signs its receipts with.
//!
//! Small enough to stand on every receipt: a signature over store, register and key. It is given
//! at enrolment, and whoever trusts central believes a paper by it (`receipt::witness`).

use crate::domain::ids::{RegisterNo, StoreNo};

use super::hash::to_hex;
use super::key::{Domain, PublicKey, Signature, SigningKey};

/// Central's word, as 128 hex digits.
pub fn word(central: &SigningKey, store: StoreNo, register: RegisterNo, key: &PublicKey) -> String {
    to_hex(&central.sign(Domain::ReceiptKey, &vouched(store, register, key)).0)
}

/// True when `word` is central's for this register and this key.
#[must_use]
pub fn holds(
    central: &PublicKey,
    word: &Signature,
    (store, register): (StoreNo, RegisterNo),
    key: &PublicKey,
) -> bool {
    central.verifies(Domain::ReceiptKey, &vouched(store, register, key), word)
}

fn vouched(store: StoreNo, register: RegisterNo, key: &PublicKey) -> Vec<u8> {
    [&store.0.to_be_bytes()[..], &register.0.to_be_bytes(), key.bytes()].concat()
}
