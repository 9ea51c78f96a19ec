//! Signing keys: Ed25519, one domain a purpose.
//!
//! A signature is over `domain || bytes`, and each domain ends with a newline, so that what was
//! signed for one purpose can never be shown for another. Keys of small order are refused when
//! they are read: the signing library accepts forgeries under them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use super::hash::{Hash, from_hex};

/// The length of a signature in base64, padding included.
pub const SIGNATURE_TEXT_LEN: usize = 88;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// A record of a journal.
    Record,
    /// A checkpoint of a journal.
    Checkpoint,
    /// A segment's header.
    Segment,
    /// A register's announcement.
    Announce,
    /// Central's acknowledgement.
    Ack,
    /// A register's certificate.
    Certificate,
    /// A register's key is to be followed by another one, at the word of both.
    Rotation,
    /// A store's pack.
    Pack,
    /// Which pack a store is to sell by.
    PackRelease,
    /// A register asks which pack to sell by.
    PackQuestion,
    /// The pack key's word for a key that signs such manifests.
    PackVoucher,
    /// Sealed personal data on its way to central.
    SealedData,
    /// Central's word that a key signs the receipts of a register.
    ReceiptKey,
    /// A sale on its own receipt.
    Receipt,
    /// A rain check on its own slip.
    RainCheck,
    /// The manifest of a bundle on a stick.
    Bundle,
    /// A store's closure certificate.
    Closure,
    /// What a register asks central for the manager at its window.
    Errand,
    /// What central answers.
    ErrandAnswer,
    /// What a register's recovery key is made from; central's alone.
    PhoneCode,
    /// A register asks which sales of its store were put aside.
    Asides,
    /// A register takes its own records back from central.
    Regain,
    /// What central's appointments are marked by; central's alone.
    Appointment,
    /// The list of a release's files.
    Programs,
}

/// A private key and its public half.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// A public key that is not weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

/// A signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// Why bytes are not a usable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Not 32 bytes of the curve's canonical form.
    #[error("these bytes are not an Ed25519 key; ask IT for the right key file")]
    Malformed,
    /// A point of small order: anybody could sign for it.
    #[error("this key is weak: anybody could sign for it; make a new one")]
    Weak,
}

impl Domain {
    /// What stands before the bytes that are signed.
    pub const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Record => b"tideover/record/v1\n",
            Self::Checkpoint => b"tideover/checkpoint/v1\n",
            Self::Segment => b"tideover/segment/v1\n",
            Self::Announce => b"tideover/announce/v1\n",
            Self::Ack => b"tideover/ack/v1\n",
            Self::Certificate => b"tideover/certificate/v1\n",
            Self::Rotation => b"tideover/rotation/v1\n",
            Self::Pack => b"tideover/pack/v1\n",
            Self::PackRelease => b"tideover/pack-release/v1\n",
            Self::PackQuestion => b"tideover/pack-question/v1\n",
            Self::PackVoucher => b"tideover/pack-voucher/v1\n",
            Self::SealedData => b"tideover/sealed-data/v1\n",
            Self::ReceiptKey => b"tideover/receipt-key/v1\n",
            Self::Receipt => b"tideover/receipt/v1\n",
            Self::RainCheck => b"tideover/rain-check/v1\n",
            Self::Bundle => b"tideover/bundle/v1\n",
            Self::Closure => b"tideover/closure/v1\n",
            Self::Errand => b"tideover/errand/v1\n",
            Self::ErrandAnswer => b"tideover/errand-answer/v1\n",
            Self::PhoneCode => b"tideover/phone-code/v1\n",
            Self::Asides => b"tideover/asides/v1\n",
            Self::Regain => b"tideover/regain/v1\n",
            Self::Appointment => b"tideover/appointment/v1\n",
            Self::Programs => b"tideover/programs/v1\n",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.prefix(), bytes].concat()
    }
}

impl SigningKey {
    /// The key of a 32-byte seed.
    ///
    /// # Errors
    /// [`NotAKey`] when the library refuses it.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, NotAKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NotAKey::Malformed)?;
        let mut bytes = [0; 32];
        bytes.copy_from_slice(pair.public_key().as_ref());
        Ok(Self { public: PublicKey::from_bytes(bytes)?, pair })
    }

    /// The public half.
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs a TLS handshake. Its text begins with 64 spaces (RFC 8446 section 4.4.3) and so can't
    /// be taken for any message of a [`Domain`]; anything else is not signed.
    pub fn sign_handshake(&self, transcript: &[u8]) -> Option<[u8; 64]> {
        is_handshake(transcript).then(|| self.pair.sign(transcript))?.as_ref().try_into().ok()
    }

    /// Signs bytes for a purpose.
    pub fn sign(&self, domain: Domain, bytes: &[u8]) -> Signature {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(&domain.message(bytes)).as_ref());
        Signature(signature)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public)
    }
}

impl PublicKey {
    /// Takes 32 bytes as a key.
    ///
    /// # Errors
    /// [`NotAKey`] for a weak key or a form that is not the canonical one.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, NotAKey> {
        let mut y = bytes;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f; // The sign of x; a weak y is weak with either.
        }
        if SMALL_ORDER_Y.iter().any(|weak| from_hex::<32>(weak) == Some(y)) {
            return Err(NotAKey::Weak);
        }
        if !below_the_prime(&y) {
            return Err(NotAKey::Malformed);
        }
        Ok(Self(bytes))
    }

    /// Reads 64 hex digits.
    ///
    /// # Errors
    /// [`NotAKey`] as for bytes.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        Self::from_bytes(from_hex(text).ok_or(NotAKey::Malformed)?)
    }

    /// The 32 bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// True when `signature` was made over these bytes, for this purpose, by this key.
    #[must_use]
    pub fn verifies(&self, domain: Domain, bytes: &[u8], signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(&domain.message(bytes), &signature.0)
            .is_ok()
    }

    /// True when this key signed a TLS handshake.
    #[must_use]
    pub fn verifies_handshake(&self, transcript: &[u8], signature: &[u8]) -> bool {
        is_handshake(transcript)
            && UnparsedPublicKey::new(&ED25519, &self.0).verify(transcript, signature).is_ok()
    }

    /// A short name for people: the first 16 hex digits of the key's hash.
    pub fn fingerprint(&self) -> String {
        Hash::of_bytes(&self.0).to_string().chars().take(16).collect()
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Signature {
    /// The 88 characters of its base64 form (RFC 4648 section 4, with padding).
    pub fn to_text(&self) -> String {
        BASE64.encode(self.0)
    }

    /// Reads the base64 form; one signature has one text.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() != SIGNATURE_TEXT_LEN {
            return None;
        }
        let mut bytes = [0; 66];
        let len = BASE64.decode_slice(text, &mut bytes).ok()?;
        bytes.get(..len)?.try_into().ok().map(Self)
    }
}

/// What TLS 1.3 signs begins with 64 spaces, whatever comes after them.
fn is_handshake(transcript: &[u8]) -> bool {
    transcript.len() > 64 && transcript.iter().take(64).all(|byte| *byte == b' ')
}

/// The y coordinates of the eight points of small order, and their second encodings.
///
/// Source: C. Cremers and D. Jackson, "Prime, Order Please!" (CSF 2019), table of Ed25519 points.
const SMALL_ORDER_Y: [&str; 8] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// True for a little-endian number below 2^255 - 19.
fn below_the_prime(y: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = y;
    !(*low >= 0xed && middle.iter().all(|byte| *byte == 0xff) && *high == 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_bytes_its_purpose_and_its_key_only() {
        let key = SigningKey::from_seed(&[5; 32]).expect("a key");
        let other = SigningKey::from_seed(&[6; 32]).expect("a key");
        let signature = key.sign(Domain::Record, b"bytes");
        assert!(key.public().verifies(Domain::Record, b"bytes", &signature));
        assert!(!key.public().verifies(Domain::Record, b"bytez", &signature));
        assert!(!key.public().verifies(Domain::Ack, b"bytes", &signature));
        assert!(!other.public().verifies(Domain::Record, b"bytes", &signature));
        assert_eq!(Signature::parse(signature.to_text().as_bytes()), Some(signature));
    }

    #[test]
    fn nothing_but_a_handshake_is_signed_as_one() {
        let key = SigningKey::from_seed(&[5; 32]).expect("a key");
        let other = SigningKey::from_seed(&[6; 32]).expect("a key");
        let handshake = |spaces| [vec![b' '; spaces], b"TLS".to_vec()].concat();
        let whole = handshake(64);
        let signature = key.sign_handshake(&whole).expect("a handshake");
        assert!(key.public().verifies_handshake(&whole, &signature));
        assert!(!other.public().verifies_handshake(&whole, &signature));
        assert!(!key.public().verifies_handshake(&handshake(65), &signature));
        for none in [handshake(63), vec![b' '; 64], Domain::Record.message(&whole)] {
            assert_eq!(key.sign_handshake(&none), None);
            let signed: [u8; 64] = key.pair.sign(&none).as_ref().try_into().expect("64 bytes");
            assert!(!key.public().verifies_handshake(&none, &signed));
        }
    }

    #[test]
    fn a_keys_secret_half_is_never_printed() {
        let key = SigningKey::from_seed(&[5; 32]).expect("a key");
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.public()));
    }

    #[test]
    fn weak_and_odd_keys_are_refused() {
        for text in SMALL_ORDER_Y {
            assert_eq!(PublicKey::parse(text), Err(NotAKey::Weak), "{text}");
            let mut bytes: [u8; 32] = from_hex(text).expect("hex");
            bytes[31] |= 0x80;
            assert_eq!(PublicKey::from_bytes(bytes), Err(NotAKey::Weak), "{text} other sign");
        }
        let mut beyond = [0xff; 32];
        beyond[0] = 0xf3;
        assert_eq!(PublicKey::from_bytes(beyond), Err(NotAKey::Malformed));
        assert_eq!(PublicKey::parse("00"), Err(NotAKey::Malformed));
    }

    #[test]
    fn one_signature_has_one_text() {
        let key = SigningKey::from_seed(&[5; 32]).expect("a key");
        let text = key.sign(Domain::Record, b"bytes").to_text();
        let last = text.len() - 3;
        for digit in b'A'..=b'z' {
            let mut other = text.clone().into_bytes();
            if std::mem::replace(&mut other[last], digit) != digit {
                let read = Signature::parse(&other);
                assert_ne!(read.map(|s| s.to_text()), Some(text.clone()));
            }
        }
    }
}
