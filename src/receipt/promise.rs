//! A rain check on its own slip: small, signed, and believed without the journal it stands in.
//!
//! ```text
//!  RainCheck ─▶ bytes ─┬ register's key, central's word for it ┐
//!                      └ signature over all of it ─────────────┴▶ TDR2:…
//!  TDR2:… ─▶ bytes, strictly ─▶ central's word ─▶ signature ─▶ Promise     or a RainCheckFault
//!  TDR1:…   names the record only: from a register that central does not vouch for
//! ```
//!
//! Built as the receipt that proves itself ([`super::witness`]), in a domain of signatures of its
//! own, so that neither can be shown for the other. The bytes are described in docs/rain-check.md.

use std::fmt;

use crate::domain::gtin::{ITEM_CODE_LEN_MAX, ItemCode};
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::policy::Currency;
use crate::domain::quantity::UnitPrice;
use crate::domain::rain_check::{RainCheck, RainCheckFault, RainCheckKind, WHAT_LEN_MAX, Worth};
use crate::domain::time::BusinessDate;
use crate::journal::hash::from_hex;
use crate::journal::key::{Domain, PublicKey, Signature};
use crate::journal::receipt_key;

use super::base32;
use super::compact::{Bytes, label, number, signed};
use super::witness::Signer;

/// What the code of a signed rain check begins with.
pub const SIGNED_PREFIX: &str = "TDR2:";
/// What one begins with that only names its record.
pub const NAME_PREFIX: &str = "TDR1:";
const TEXT_LEN_MAX: usize = 600;
const NAME_LEN_MAX: usize = 80;
const VERSION: u8 = 1;
/// Key, central's word for it, and signature.
const TRAILER_LEN: usize = 32 + 64 + 64;

/// A rain check as its paper proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The journal of its record.
    pub journal: JournalId,
    /// The record's place.
    pub seq: Seq,
    /// The first half of the record's hash.
    pub hash_start: [u8; 16],
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was promised.
    pub check: RainCheck,
}

/// The short code of a rain check: `TDR1:1042:7:9F3C0011AA22BB33:1801`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromiseName {
    /// The journal of its record.
    pub journal: JournalId,
    /// The record's place.
    pub seq: Seq,
}

/// True for a text that begins like a rain check's code.
pub fn is_one(text: &str) -> bool {
    text.get(..SIGNED_PREFIX.len()).is_some_and(|head| {
        head.eq_ignore_ascii_case(SIGNED_PREFIX) || head.eq_ignore_ascii_case(NAME_PREFIX)
    })
}

/// The signed code; none without the key.
pub fn code(promise: &Promise, signer: &Signer<'_>) -> Option<String> {
    let mut bytes = write(promise);
    bytes.extend(signer.key.bytes());
    bytes.extend(signer.word);
    let signature = (signer.sign)(&bytes)?;
    bytes.extend(signature.0);
    let text = format!("{SIGNED_PREFIX}{}", base32::encode(&bytes));
    (text.len() <= TEXT_LEN_MAX).then_some(text)
}

/// Reads a scanned code and checks it: central's word for the key, and the key's signature.
///
/// # Errors
/// [`RainCheckFault`] in the order of what was looked at; nothing of what it says is believed then.
pub fn verify(text: &str, central: &PublicKey) -> Result<Promise, RainCheckFault> {
    verify_signed(text, central).map(|(promise, _)| promise)
}

/// The same, with the key that signed it: that may be trusted no longer by now.
///
/// # Errors
/// [`RainCheckFault`] as [`verify`].
pub fn verify_signed(
    text: &str,
    central: &PublicKey,
) -> Result<(Promise, PublicKey), RainCheckFault> {
    let not_whole = || RainCheckFault::NotWhole;
    let fits = text.len() <= TEXT_LEN_MAX && text.is_ascii();
    let head = text.get(..SIGNED_PREFIX.len()).filter(|_| fits).ok_or_else(not_whole)?;
    if !head.eq_ignore_ascii_case(SIGNED_PREFIX) {
        return Err(not_whole());
    }
    let coded = text.get(SIGNED_PREFIX.len()..).ok_or_else(not_whole)?;
    let bytes = base32::decode(coded).ok_or_else(not_whole)?;
    let split = bytes.len().checked_sub(TRAILER_LEN).ok_or_else(not_whole)?;
    let (signed, signature) = bytes.split_last_chunk::<64>().ok_or_else(not_whole)?;
    let (rest, word) = signed.split_last_chunk::<64>().ok_or_else(not_whole)?;
    let (_, key) = rest.split_last_chunk::<32>().ok_or_else(not_whole)?;
    let promise = bytes.get(..split).and_then(read).ok_or_else(not_whole)?;
    let key = PublicKey::from_bytes(*key).map_err(|_| RainCheckFault::Altered)?;
    let JournalId { store, register, .. } = promise.journal;
    if !receipt_key::holds(central, &Signature(*word), (store, register), &key) {
        return Err(RainCheckFault::Stranger);
    }
    if !key.verifies(Domain::RainCheck, signed, &Signature(*signature)) {
        return Err(RainCheckFault::Altered);
    }
    Ok((promise, key))
}

fn write(promise: &Promise) -> Vec<u8> {
    let mut out = Vec::new();
    let JournalId { store, register, epoch } = promise.journal;
    let check = &promise.check;
    let kind = RainCheckKind::ALL.iter().position(|kind| *kind == check.kind);
    out.extend([VERSION, kind.and_then(|kind| u8::try_from(kind).ok()).unwrap_or(u8::MAX)]);
    number(&mut out, u64::from(store.0));
    number(&mut out, u64::from(register.0));
    out.extend(epoch.0);
    number(&mut out, promise.seq.0);
    out.extend(promise.hash_start);
    number(&mut out, u64::from(check.number));
    signed(&mut out, check.until.days_since_1970());
    out.extend(promise.currency.code().bytes());
    match check.worth {
        Worth::Unsaid => out.push(0),
        Worth::Off(amount) => {
            out.push(1);
            signed(&mut out, amount.minor());
        }
        Worth::Price(unit_price, pieces) => {
            out.push(2);
            signed(&mut out, unit_price.tenthousandths());
            number(&mut out, u64::from(pieces));
        }
    }
    label(&mut out, check.code.as_ref().map_or("", ItemCode::as_str));
    label(&mut out, &check.what);
    out
}

/// Reads the one form of a promise; none for anything else.
fn read(body: &[u8]) -> Option<Promise> {
    let mut bytes = Bytes::of(body);
    let promise = read_promise(&mut bytes)?;
    (bytes.is_empty() && write(&promise) == body).then_some(promise)
}

fn read_promise(r: &mut Bytes<'_>) -> Option<Promise> {
    if r.byte()? != VERSION {
        return None;
    }
    let kind = *RainCheckKind::ALL.get(usize::from(r.byte()?))?;
    let journal = JournalId {
        store: StoreNo(r.number()?.try_into().ok()?),
        register: RegisterNo(r.number()?.try_into().ok()?),
        epoch: Epoch(r.array()?),
    };
    let (seq, hash_start) = (Seq(r.number()?), r.array()?);
    let number = r.number()?.try_into().ok()?;
    let until = BusinessDate::from_days_since_1970(r.signed()?)?;
    let currency = Currency::from_code(std::str::from_utf8(&r.array::<3>()?).ok()?)?;
    let worth = match r.byte()? {
        0 => Worth::Unsaid,
        1 => Worth::Off(Money::from_minor(r.signed()?)),
        2 => {
            let unit_price = UnitPrice::from_tenthousandths(r.signed()?);
            Worth::Price(unit_price, r.number()?.try_into().ok()?)
        }
        _ => return None,
    };
    let code = match r.label(ITEM_CODE_LEN_MAX)? {
        "" => None,
        text => Some(ItemCode::parse(text).ok().filter(|code| code.as_str() == text)?),
    };
    let what = r.label(WHAT_LEN_MAX)?.to_owned();
    let check = RainCheck { number, kind, code, what, worth, until };
    let promise = Promise { journal, seq, hash_start, currency, check };
    worth.is_bounded().then_some(promise)
}

impl PromiseName {
    /// Reads what a scanner sent, in capitals or not; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > NAME_LEN_MAX || !text.is_ascii() {
            return None;
        }
        let text = text.to_ascii_lowercase();
        let mut fields = text.strip_prefix("tdr1:")?.split(':');
        let mut digits = || fields.next().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let store = StoreNo(digits()?.parse().ok()?);
        let register = RegisterNo(digits()?.parse().ok()?);
        let epoch = Epoch(from_hex(fields.next()?)?);
        let seq = fields.next().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
        let journal = JournalId { store, register, epoch };
        let name = Self { journal, seq: Seq(seq.parse().ok()?) };
        fields.next().is_none().then_some(name)
    }
}

impl fmt::Display for PromiseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JournalId { store, register, epoch } = self.journal;
        let epoch = epoch.to_string().to_ascii_uppercase();
        write!(f, "{NAME_PREFIX}{store}:{register}:{epoch}:{}", self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::hash::from_hex;
    use crate::journal::key::SigningKey;

    fn promise(worth: Worth) -> Promise {
        let (store, register) = (StoreNo(1042), RegisterNo(7));
        Promise {
            journal: JournalId { store, register, epoch: Epoch([0xab; 8]) },
            seq: Seq(1_801),
            hash_start: [0x5d; 16],
            currency: Currency::Usd,
            check: RainCheck {
                number: 7_003,
                kind: RainCheckKind::PriceMatch,
                code: ItemCode::parse("401100370077").ok(),
                what: "Jalapeño 水, 2 for 5.00".to_owned(),
                worth,
                until: BusinessDate::parse("2026-12-22").expect("a day"),
            },
        }
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32]).expect("a key")
    }

    /// What register `seed` prints, with central's word given to that register's key.
    fn printed(promise: &Promise, register: &SigningKey, central: &SigningKey) -> String {
        let JournalId { store, register: no, .. } = promise.journal;
        let word = receipt_key::word(central, store, no, &register.public());
        let word = from_hex(&word).expect("hex");
        let sign = |bytes: &[u8]| Some(register.sign(Domain::RainCheck, bytes));
        code(promise, &Signer { key: register.public(), word, sign: &sign }).expect("a code")
    }

    const PRICE: Worth = Worth::Price(UnitPrice::from_tenthousandths(9_900), 3);

    #[test]
    fn a_promise_is_read_as_it_was_signed_and_a_flipped_character_is_told() {
        let (register, central) = (key(7), key(9));
        for worth in [Worth::Unsaid, Worth::Off(Money::from_minor(150)), PRICE] {
            let promise = promise(worth);
            let text = printed(&promise, &register, &central);
            assert!(text.len() < 420, "{}", text.len());
            assert_eq!(verify(&text, &central.public()), Ok(promise.clone()));
            assert_eq!(verify(&text.to_lowercase(), &central.public()), Ok(promise));
        }
        let text = printed(&promise(PRICE), &register, &central);
        for place in SIGNED_PREFIX.len()..text.len() {
            let other = if &text[place..=place] == "Q" { "R" } else { "Q" };
            let changed = format!("{}{other}{}", &text[..place], &text[place + 1..]);
            assert!(verify(&changed, &central.public()).is_err(), "at {place}");
            assert!(verify(&text[..place], &central.public()).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn a_key_that_central_never_vouched_for_is_a_strangers() {
        let promise = promise(PRICE);
        let text = printed(&promise, &key(7), &key(8));
        assert_eq!(verify(&text, &key(9).public()), Err(RainCheckFault::Stranger));
        // Central's word is for one register: another one can't sign in its name.
        let central = key(9);
        let word = receipt_key::word(&central, StoreNo(1042), RegisterNo(8), &key(7).public());
        let register = key(7);
        let sign = |bytes: &[u8]| Some(register.sign(Domain::RainCheck, bytes));
        let word = from_hex(&word).expect("hex");
        let signer = Signer { key: register.public(), word, sign: &sign };
        let text = code(&promise, &signer).expect("a code");
        assert_eq!(verify(&text, &central.public()), Err(RainCheckFault::Stranger));
    }

    #[test]
    fn what_was_signed_as_a_receipt_is_no_rain_check() {
        let (register, central) = (key(7), key(9));
        let promise = promise(PRICE);
        let JournalId { store, register: no, .. } = promise.journal;
        let word = receipt_key::word(&central, store, no, &register.public());
        let sign = |bytes: &[u8]| Some(register.sign(Domain::Receipt, bytes));
        let word = from_hex(&word).expect("hex");
        let text = code(&promise, &Signer { key: register.public(), word, sign: &sign });
        let read = verify(&text.expect("a code"), &central.public());
        assert_eq!(read, Err(RainCheckFault::Altered));
    }

    #[test]
    fn the_short_code_is_read_as_it_was_written() {
        let Promise { journal, seq, .. } = promise(PRICE);
        let name = PromiseName { journal, seq };
        let text = "TDR1:1042:7:ABABABABABABABAB:1801";
        assert_eq!(name.to_string(), text);
        assert_eq!(PromiseName::parse(&text.to_lowercase()), Some(name));
        assert!(is_one(text) && is_one("tdr2:AA") && !is_one("TDO2:AA") && !is_one("TDR"));
        for len in 0..text.len() - 1 {
            assert_ne!(PromiseName::parse(&text[..len]), Some(name), "cut at {len}");
        }
        for wrong in ["TDR1:+1:7:ABABABABABABABAB:1", "TDR1:1:7:ABABABABABABABAB:1:2", "TDR1:"] {
            assert_eq!(PromiseName::parse(wrong), None, "{wrong}");
        }
    }
}
