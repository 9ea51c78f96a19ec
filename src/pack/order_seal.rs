//! Whose a pickup order is, so that a stolen pack does not tell it.
//!
//! ```text
//!  PIN ─argon2id─▶ user key ─▶ the pack's order key ─┬ HMAC(order, code) ─┐ opens the order's
//!                                                    ├ HMAC(order, word) ─┴▶ own key ─▶ name
//!                                                    └ HMAC(word) ─▶ tag: which orders
//! ```
//!
//! Two things are needed for a name: somebody's PIN, and the order's code or a word of the name
//! itself. The register holds the order key while somebody is signed in, and forgets it then. A
//! code is right when it opens; nothing in the pack is compared with it.
//!
//! Each AES key here is used for one message and comes from a key of 32 random bytes, so that the
//! nonce may stand at zero.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use super::pin::UserKey;
use super::search::fold;
use crate::domain::goods::carton::OrderNo;

/// The longest name, in bytes.
pub const CUSTOMER_NAME_LEN_MAX: usize = 80;
/// The most words of a name that it can be found by.
pub(super) const WORDS_MAX: usize = 8;
/// A key and the tag of its cipher.
pub(super) const SEALED_KEY_LEN: usize = 48;
/// A name, filled up, and the tag of its cipher.
pub(super) const SEALED_NAME_LEN: usize = CUSTOMER_NAME_LEN_MAX + 16;
/// The length of a tag that a word of a name is found by.
pub(super) const TAG_LEN: usize = 16;

const CODE_LEN: std::ops::RangeInclusive<usize> = 4..=16;

/// Opens what a pack says of its orders' customers, together with a code or a word of a name.
#[derive(Clone)]
pub struct OrderKey(Zeroizing<[u8; 32]>);

/// A customer's name. It is shown and printed, never recorded or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerName(Zeroizing<String>);

/// A key that is used for one message.
pub(super) struct OneUse(Zeroizing<[u8; 32]>);

impl CustomerName {
    /// A name that a person keyed.
    pub fn of(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The name.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for CustomerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerName(..)")
    }
}

impl std::fmt::Debug for OrderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OrderKey(..)")
    }
}

impl OrderKey {
    /// The key of 32 random bytes.
    pub(super) const fn of(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The key for one person.
    pub(super) fn seal(&self, user: &UserKey) -> Option<Vec<u8>> {
        for_user(user).seal(self.0.as_slice())
    }

    /// Opens the key of one person.
    pub(super) fn open(user: &UserKey, sealed: &[u8]) -> Option<Self> {
        for_user(user).open_key(sealed).map(|key| Self(key.0))
    }

    /// What an order's own key is sealed under, for whoever knows the code.
    pub(super) fn by_code(&self, order: &OrderNo, code: &str) -> OneUse {
        self.derived("by-code", &[order.as_str(), code])
    }

    /// The same, for whoever knows a word of the name.
    pub(super) fn by_word(&self, order: &OrderNo, word: &str) -> OneUse {
        self.derived("by-word", &[order.as_str(), word])
    }

    /// What a word is found by.
    pub(super) fn tag(&self, word: &str) -> [u8; TAG_LEN] {
        let whole = self.derived("tag", &[word]);
        let mut tag = [0; TAG_LEN];
        tag.iter_mut().zip(whole.0.iter()).for_each(|(byte, from)| *byte = *from);
        tag
    }

    fn derived(&self, purpose: &str, parts: &[&str]) -> OneUse {
        derived(self.0.as_slice(), purpose, parts)
    }
}

impl OneUse {
    /// Of random bytes: an order's own key.
    pub(super) const fn of(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// Seals another key.
    pub(super) fn seal_key(&self, key: &Self) -> Option<Vec<u8>> {
        self.seal(key.0.as_slice())
    }

    /// Opens another key.
    pub(super) fn open_key(&self, sealed: &[u8]) -> Option<Self> {
        let bytes = self.open(sealed)?;
        let bytes: &[u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Self(Zeroizing::new(*bytes)))
    }

    /// Seals a name, filled up so that its length tells nothing.
    pub(super) fn seal_name(&self, name: &str) -> Option<Vec<u8>> {
        let mut plain = Zeroizing::new([0; CUSTOMER_NAME_LEN_MAX]);
        if name.len() > plain.len() {
            return None;
        }
        plain.iter_mut().zip(name.bytes()).for_each(|(byte, from)| *byte = from);
        self.seal(plain.as_slice())
    }

    /// Opens a name.
    pub(super) fn open_name(&self, sealed: &[u8]) -> Option<CustomerName> {
        let plain = self.open(sealed)?;
        let end = plain.iter().position(|byte| *byte == 0).unwrap_or(plain.len());
        let name = std::str::from_utf8(plain.get(..end)?).ok()?;
        (!name.is_empty()).then(|| CustomerName(Zeroizing::new(name.to_owned())))
    }

    fn seal(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = plain.to_vec();
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        self.cipher()?.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed).ok()?;
        Some(sealed)
    }

    fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let len = self.cipher()?.open_in_place(nonce, Aad::empty(), &mut bytes).ok()?.len();
        bytes.truncate(len);
        Some(bytes)
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, self.0.as_slice()).ok().map(LessSafeKey::new)
    }
}

/// A code as it is keyed: letters and digits, 4 to 16; blanks and hyphens between them are dropped.
pub(super) fn code(text: &str) -> Option<Zeroizing<String>> {
    let kept = text.chars().filter(|c| !matches!(c, ' ' | '-'));
    let code: Zeroizing<String> = Zeroizing::new(kept.map(|c| c.to_ascii_uppercase()).collect());
    let fits = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (fits && CODE_LEN.contains(&code.len())).then_some(code)
}

/// The words of a name that it can be found by: small letters without accents, each once.
pub(super) fn words(name: &str) -> Zeroizing<Vec<String>> {
    let mut folded = Zeroizing::new(String::new());
    fold(name, &mut folded);
    let mut words: Zeroizing<Vec<String>> = Zeroizing::new(Vec::new());
    for word in folded.split_whitespace() {
        if words.len() < WORDS_MAX && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

fn for_user(user: &UserKey) -> OneUse {
    derived(user.bytes(), "user", &[])
}

/// The parts are short and hold no newline: no two lists of them make the same text.
fn derived(key: &[u8], purpose: &str, parts: &[&str]) -> OneUse {
    let mut text = Zeroizing::new(format!("tideover/pickup/v1\n{purpose}"));
    for part in parts {
        text.push('\n');
        text.push_str(part);
    }
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let mut bytes = Zeroizing::new([0; 32]);
    bytes.iter_mut().zip(tag.as_ref()).for_each(|(byte, from)| *byte = *from);
    OneUse(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_opens_by_its_orders_code_or_a_word_of_it_and_by_nothing_else() {
        let key = OrderKey::of(Zeroizing::new([7; 32]));
        let (order, other) = (
            OrderNo::parse("W-1001").expect("a number"),
            OrderNo::parse("W-1002").expect("a number"),
        );
        let own = OneUse::of(Zeroizing::new([9; 32]));
        let name = own.seal_name("Customer One").expect("sealed");
        assert_eq!(name.len(), SEALED_NAME_LEN);
        assert_eq!(own.seal_name("A").expect("sealed").len(), name.len(), "lengths tell nothing");
        let by_code = key.by_code(&order, "4711AB").seal_key(&own).expect("sealed");
        let by_word = key.by_word(&order, "customer").seal_key(&own).expect("sealed");
        assert_eq!((by_code.len(), by_word.len()), (SEALED_KEY_LEN, SEALED_KEY_LEN));
        let opened = |with: OneUse, sealed: &[u8]| {
            Some(with.open_key(sealed)?.open_name(&name)?.text().to_owned())
        };
        let one = Some("Customer One".to_owned());
        assert_eq!(opened(key.by_code(&order, "4711AB"), &by_code), one);
        assert_eq!(opened(key.by_word(&order, "customer"), &by_word), one);
        let stranger = OrderKey::of(Zeroizing::new([8; 32]));
        for (with, sealed) in [
            (key.by_code(&order, "4711AC"), &by_code),
            (key.by_code(&other, "4711AB"), &by_code),
            (key.by_word(&order, "customers"), &by_word),
            (key.by_word(&order, "4711AB"), &by_code),
            (stranger.by_code(&order, "4711AB"), &by_code),
        ] {
            assert_eq!(opened(with, sealed), None);
        }
        assert_ne!(key.tag("customer"), stranger.tag("customer"), "another pack, another tag");
    }

    #[test]
    fn only_the_user_key_opens_the_order_key() {
        let key = OrderKey::of(Zeroizing::new([7; 32]));
        let user = UserKey::of(Zeroizing::new(vec![1; 32]));
        let sealed = key.seal(&user).expect("sealed");
        assert_eq!(sealed.len(), SEALED_KEY_LEN);
        let opened = OrderKey::open(&user, &sealed).expect("opens");
        assert_eq!(opened.tag("one"), key.tag("one"));
        let other = UserKey::of(Zeroizing::new(vec![2; 32]));
        assert!(OrderKey::open(&other, &sealed).is_none());
    }

    #[test]
    fn codes_and_names_are_taken_as_people_key_them() {
        let read = |text| code(text).map(|code| code.to_string());
        assert_eq!(read("47-11 ab").as_deref(), Some("4711AB"));
        for wrong in ["", "123", "12345678901234567", "12é4"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(words("Customer  ÓNE, Sr. one").as_slice(), ["customer", "one", "sr"]);
        assert_eq!(format!("{:?}", CustomerName(Zeroizing::new("x".into()))), "CustomerName(..)");
    }
}
