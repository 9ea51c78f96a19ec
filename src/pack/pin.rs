//! PINs: which ones are too easy, and how one opens its person's key.
//!
//! ```text
//!  PIN ──────────────┬─argon2id(salt, 64 MiB, 3 passes)──▶ key ──AES-256-GCM──▶ opens the user
//!  badge, if any ──K─┘                                                          key, or doesn't
//! ```
//!
//! Nothing is compared, and nothing in the pack tells a right PIN but the one key it opens. A PIN
//! alone does not guard a stolen disk: all six-digit ones fall in hours (docs/pack.md). With a
//! badge they don't: its 128 bits go into the key as argon2's secret value, so that nobody who
//! lacks the badge can try a single PIN, and the badge alone tries nothing but PINs.
//!
//! Sources: RFC 9106 (argon2id, its secret value K); NIST SP 800-63B 5.2.11 (a PIN decrypts a
//! key, is not compared).

use argon2::{Algorithm, Argon2, Params, Version};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::device::entropy::{Entropy, NoEntropy};
use crate::domain::badge::Badge;
use crate::domain::ids::StoreNo;
use crate::domain::person::Person;

/// The most digits a PIN may have.
pub(super) const PIN_LEN_MAX: usize = 12;

/// What one try costs; stored with each person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinCost {
    /// Memory in KiB.
    pub m_kib: u32,
    /// Passes over it.
    pub t: u32,
    /// Lanes.
    pub p: u32,
}

impl PinCost {
    /// 64 MiB, 3 passes: some 180 ms on a register.
    pub const DEFAULT: Self = Self { m_kib: 65_536, t: 3, p: 1 };
    /// The least that is allowed (OWASP): 19 MiB, 2 passes.
    pub const FLOOR: Self = Self { m_kib: 19_456, t: 2, p: 1 };

    /// Within what a register can bear: a pack must not be able to hang the sign-in.
    pub(super) const fn is_sound(self) -> bool {
        self.m_kib >= Self::FLOOR.m_kib
            && self.m_kib <= 262_144
            && self.t >= Self::FLOOR.t
            && self.t <= 8
            && self.p >= 1
            && self.p <= 4
    }
}

/// A person's key, as their PIN opened it. Each build makes new ones.
#[derive(Clone)]
pub struct UserKey(Zeroizing<Vec<u8>>);

impl UserKey {
    /// The key of 32 random bytes.
    pub(super) const fn of(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for UserKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserKey(..)")
    }
}

/// What somebody proves themselves with.
#[derive(Clone, Copy)]
pub(super) struct Proof<'a> {
    pub(super) pin: &'a str,
    pub(super) badge: Option<&'a Badge>,
}

/// A person's key, sealed under their PIN, or under PIN and badge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealedKey {
    pub(super) cost: PinCost,
    pub(super) salt: [u8; 16],
    pub(super) nonce: [u8; 12],
    pub(super) sealed: Vec<u8>,
}

impl SealedKey {
    /// Seals a new random key of 32 bytes; none when the cipher refuses, which it never should.
    pub(super) fn seal(
        person: &Person,
        store: StoreNo,
        proof: Proof<'_>,
        cost: PinCost,
        entropy: &dyn Entropy,
    ) -> Result<Option<(Self, UserKey)>, NoEntropy> {
        let mut salt = [0; 16];
        let mut nonce = [0; 12];
        let mut user_key = Zeroizing::new(vec![0; 32]);
        entropy.fill(&mut salt)?;
        entropy.fill(&mut nonce)?;
        entropy.fill(&mut user_key)?;
        let seal = || {
            let key = aead_key(proof, &salt, cost)?;
            let mut sealed = user_key.to_vec();
            let nonce = Nonce::assume_unique_for_key(nonce);
            let bound = bound_to(person, store, proof.badge.is_some());
            key.seal_in_place_append_tag(nonce, bound, &mut sealed).ok()?;
            Some(sealed)
        };
        let sealed = seal();
        let user_key = UserKey::of(user_key);
        Ok(sealed.map(|sealed| (Self { cost, salt, nonce, sealed }, user_key)))
    }

    /// The key, if the PIN opens it, or PIN and badge.
    pub(super) fn open(
        &self,
        person: &Person,
        store: StoreNo,
        proof: Proof<'_>,
    ) -> Option<UserKey> {
        let key = aead_key(proof, &self.salt, self.cost)?;
        let mut bytes = Zeroizing::new(self.sealed.clone());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let bound = bound_to(person, store, proof.badge.is_some());
        let len = key.open_in_place(nonce, bound, &mut bytes).ok()?.len();
        bytes.truncate(len);
        Some(UserKey::of(bytes))
    }

    /// Takes as long as a real try, for an id that nobody has.
    pub(super) fn open_nobody(proof: Proof<'_>, cost: PinCost) {
        // The optimizer must not see that nobody looks at the key.
        std::hint::black_box(aead_key(proof, &[0; 16], cost));
    }
}

/// Why a PIN is refused; never repeats it.
pub(super) fn weakness(pin: &str, len_min: usize, store: StoreNo, person: &str) -> Option<String> {
    if !pin.bytes().all(|byte| byte.is_ascii_digit()) || pin.len() > PIN_LEN_MAX {
        return Some(format!("a PIN is {len_min} to {PIN_LEN_MAX} digits"));
    }
    if pin.len() < len_min {
        return Some(format!("the PIN is too short; this store asks for {len_min} digits"));
    }
    let too_easy = if is_repeat(pin) {
        "repeats itself"
    } else if is_run(pin) {
        "counts up or down"
    } else if is_date(pin) {
        "looks like a date or a year"
    } else if is_number(pin, &store.to_string()) {
        "is the store's number"
    } else if is_number(pin, person) {
        "is the person's own number"
    } else if COMMON.contains(&pin) {
        "is one of the first that people try"
    } else {
        return None;
    };
    Some(format!("the PIN {too_easy}; choose another"))
}

/// Often chosen and not caught by a rule above.
const COMMON: [&str; 24] = [
    "112233", "123321", "147258", "159357", "159753", "147852", "258456", "258852", "321654",
    "456123", "654123", "741852", "753951", "789456", "852456", "951753", "963852", "998877",
    "1379", "2580", "0852", "1470", "142536", "134679",
];

/// 777777, 121212, 123123, 12341234.
fn is_repeat(pin: &str) -> bool {
    (1..=pin.len().div_euclid(2)).filter(|len| pin.len().is_multiple_of(*len)).any(|len| {
        pin.split_at_checked(len).is_some_and(|(head, _)| {
            pin.as_bytes().chunks(len).all(|piece| piece == head.as_bytes())
        })
    })
}

/// 345678, 901234, 876543: each digit the next one, or each the one before.
fn is_run(pin: &str) -> bool {
    let steps_by = |step: u8| {
        let digits = pin.bytes().map(|byte| byte.wrapping_sub(b'0'));
        digits.clone().zip(digits.skip(1)).all(|(a, b)| a.wrapping_add(step) % 10 == b)
    };
    steps_by(1) || steps_by(9)
}

/// Four digits as a year 1930-2039; eight with such a year and a day; six as month, day and two
/// digits of a year in the orders people write them.
fn is_date(pin: &str) -> bool {
    let part = |from: usize, to: usize| -> u32 {
        pin.get(from..to).and_then(|text| text.parse().ok()).unwrap_or(u32::MAX)
    };
    let year = |value: u32| (1930..=2039).contains(&value);
    let day = |one: u32, other: u32| (1..=12).contains(&one) && (1..=31).contains(&other);
    let either = |one, other| day(one, other) || day(other, one);
    match pin.len() {
        4 => year(part(0, 4)),
        6 => either(part(0, 2), part(2, 4)) || day(part(2, 4), part(4, 6)),
        8 => {
            year(part(4, 8)) && either(part(0, 2), part(2, 4))
                || year(part(0, 4)) && day(part(4, 6), part(6, 8))
        }
        _ => false,
    }
}

fn is_number(pin: &str, number: &str) -> bool {
    pin.trim_start_matches('0') == number.trim_start_matches('0')
}

fn aead_key(proof: Proof<'_>, salt: &[u8], cost: PinCost) -> Option<LessSafeKey> {
    let params = Params::new(cost.m_kib, cost.t, cost.p, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    let secret = proof.badge.map_or(&[][..], Badge::secret);
    Argon2::new_with_secret(secret, Algorithm::Argon2id, Version::V0x13, params)
        .ok()?
        .hash_password_into(proof.pin.as_bytes(), salt, key.as_mut())
        .ok()?;
    UnboundKey::new(&AES_256_GCM, key.as_ref()).ok().map(LessSafeKey::new)
}

/// What a key is bound to: it opens for no other person, role or store.
fn bound_to(person: &Person, store: StoreNo, with_badge: bool) -> Aad<Vec<u8>> {
    let (role, proof) = (person.role.word(), if with_badge { "badge-and-pin" } else { "pin" });
    Aad::from(format!("tideover/{proof}/v1\n{store}\n{}\n{role}", person.id).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SeededEntropy;
    use crate::domain::ids::PersonId;
    use crate::domain::person::Role;

    fn cashier(id: &str) -> Person {
        let id = PersonId::parse(id).expect("an id");
        Person { id, name: "Cashier".to_owned(), role: Role::Cashier }
    }

    fn pin(pin: &str) -> Proof<'_> {
        Proof { pin, badge: None }
    }

    fn badge(last: u8) -> Badge {
        let mut secret = Zeroizing::new([7; 16]);
        secret[15] = last;
        Badge::new(PersonId::parse("31").expect("an id"), secret)
    }

    #[test]
    fn only_badge_and_pin_together_open_a_key_that_was_sealed_under_both() {
        let (entropy, store) = (SeededEntropy::new(7), StoreNo(1042));
        let (right, other) = (badge(1), badge(2));
        let with = |pin, badge| Proof { pin, badge };
        let (key, user) = SealedKey::seal(
            &cashier("31"),
            store,
            with("480273", Some(&right)),
            PinCost::FLOOR,
            &entropy,
        )
        .expect("entropy")
        .expect("sealed");
        let open = |proof| key.open(&cashier("31"), store, proof);
        let opened = open(with("480273", Some(&right))).expect("opens");
        assert_eq!(opened.bytes(), user.bytes());
        for (place, wrong) in [
            with("480273", None),
            with("480273", Some(&other)),
            with("480274", Some(&right)),
            with("", Some(&right)),
        ]
        .into_iter()
        .enumerate()
        {
            assert!(open(wrong).is_none(), "{place}");
        }
    }

    #[test]
    fn a_pin_opens_its_own_persons_key_and_no_other() {
        let entropy = SeededEntropy::new(7);
        let store = StoreNo(1042);
        let (key, user) =
            SealedKey::seal(&cashier("31"), store, pin("480273"), PinCost::FLOOR, &entropy)
                .expect("entropy")
                .expect("sealed");
        let opened = key.open(&cashier("31"), store, pin("480273")).expect("opens");
        assert_eq!((opened.bytes().len(), opened.bytes()), (32, user.bytes()));
        assert!(key.open(&cashier("31"), store, pin("480274")).is_none());
        assert!(key.open(&cashier("32"), store, pin("480273")).is_none());
        assert!(key.open(&cashier("31"), StoreNo(7), pin("480273")).is_none());
        let manager = Person { role: Role::Manager, ..cashier("31") };
        assert!(key.open(&manager, store, pin("480273")).is_none(), "a role can't be lent");
    }

    #[test]
    fn easy_pins_are_refused_without_being_repeated() {
        for (pin, reason) in [
            ("48027", "too short"),
            ("4802735619027", "4 to 12 digits"),
            ("48o273", "digits"),
            ("777777", "repeats"),
            ("484848", "repeats"),
            ("480480", "repeats"),
            ("345678", "counts"),
            ("901234", "counts"),
            ("321098", "counts"),
            ("112290", "date"),
            ("311299", "date"),
            ("991231", "date"),
            ("22111963", "date"),
            ("001042", "store"),
            ("000031", "own number"),
            ("159753", "first that people try"),
        ] {
            let len_min = if reason.starts_with('4') { 4 } else { 6 };
            let said = weakness(pin, len_min, StoreNo(1042), "31").expect(pin);
            assert!(said.contains(reason), "{pin}: {said}");
            assert!(!said.contains(pin), "{said}");
        }
        assert_eq!(weakness("480273", 6, StoreNo(1042), "31"), None);
        assert_eq!(weakness("4802", 4, StoreNo(1042), "31"), None);
        assert!(weakness("1987", 4, StoreNo(1042), "31").is_some());
    }

    #[test]
    fn costs_that_would_hang_or_weaken_the_sign_in_are_unsound() {
        assert!(PinCost::DEFAULT.is_sound() && PinCost::FLOOR.is_sound());
        for (m_kib, t, p) in [(1024, 3, 1), (65_536, 1, 1), (1 << 30, 3, 1), (65_536, 900, 1)] {
            assert!(!PinCost { m_kib, t, p }.is_sound());
        }
    }
}
