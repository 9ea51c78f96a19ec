//! The key that opens what registers sealed: made when central first starts, and best kept
//! elsewhere.
//!
//! ```text
//!  DATA/seal.key   private, 0600: whoever has it opens check data. Move it to the treasury
//!  DATA/seal.pub   public: handed out at enrolment, and to 'pack build --seal-key'
//! ```
//!
//! Central itself never opens anything: it needs the public half alone, and starts without the
//! private one. Two people: keep the file on a stick in a safe that takes two to open; the program
//! does not split the key.

use std::path::Path;

use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::device::entropy::Entropy;
use crate::device::key_store::{KeyTrouble, write_private};
use crate::domain::check::Commitment;
use crate::journal::check_data::OpenedCheck;
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::hpke::{KEY_LEN, NotOpened};
use crate::journal::pickup_name::OpenedName;

/// The private key's file in central's folder.
pub const KEY_FILE: &str = "seal.key";
const PUBLIC_FILE: &str = "seal.pub";

/// The private key.
pub struct SealKey(StaticSecret);

/// Why there is no private key to open with.
#[derive(Debug, thiserror::Error)]
pub enum NoSealKey {
    /// The file.
    #[error(
        "the sealing key {path} can't be read; nothing was opened. Name the file with --seal-key, \
         where the treasury keeps it"
    )]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others than its owner can read it.
    #[error(
        "others than its owner can read the sealing key {0}; nothing was opened. Set its rights \
         to 0600, and think about who may have read it"
    )]
    Open(String),
    /// It holds something else.
    #[error("{0} holds no sealing key; nothing was opened")]
    Damaged(String),
}

impl SealKey {
    /// Reads a key that only its owner can read.
    ///
    /// # Errors
    /// [`NoSealKey`].
    pub fn load(path: &Path) -> Result<Self, NoSealKey> {
        use std::os::unix::fs::PermissionsExt as _;
        let shown = || path.display().to_string();
        let file = |source| NoSealKey::File { path: shown(), source };
        let mode = std::fs::metadata(path).map_err(file)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(NoSealKey::Open(shown()));
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(file)?);
        let bytes = from_hex::<KEY_LEN>(text.trim_end()).map(Zeroizing::new);
        bytes.map(|bytes| Self::of(&bytes)).ok_or_else(|| NoSealKey::Damaged(shown()))
    }

    /// The key of 32 bytes.
    pub fn of(bytes: &[u8; KEY_LEN]) -> Self {
        Self(StaticSecret::from(*bytes))
    }

    /// The public half, that registers seal to.
    pub fn public(&self) -> [u8; KEY_LEN] {
        PublicKey::from(&self.0).to_bytes()
    }

    /// Opens a name on an ID, and checks that it is what the record committed to.
    ///
    /// # Errors
    /// [`NotOpened`] when it was changed, or sealed to another key.
    pub fn open_name(
        &self,
        commitment: &Commitment,
        sealed: &[u8],
    ) -> Result<OpenedName, NotOpened> {
        let one_use = sealed.first_chunk::<KEY_LEN>().ok_or(NotOpened)?;
        let agreed = self.0.diffie_hellman(&PublicKey::from(*one_use));
        OpenedName::open(agreed.as_bytes(), &self.public(), commitment, sealed)
    }

    /// Opens a check's data, and checks that it is what the record committed to.
    ///
    /// # Errors
    /// [`NotOpened`] when it was changed, or sealed to another key.
    pub fn open(&self, commitment: &Commitment, sealed: &[u8]) -> Result<OpenedCheck, NotOpened> {
        let one_use = sealed.first_chunk::<KEY_LEN>().ok_or(NotOpened)?;
        let agreed = self.0.diffie_hellman(&PublicKey::from(*one_use));
        OpenedCheck::open(agreed.as_bytes(), &self.public(), commitment, sealed)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey({})", to_hex(&self.public()))
    }
}

/// The public key of central's folder; both halves are made where neither is there.
///
/// # Errors
/// [`KeyTrouble`] when a file is there and can't be used, or a new one can't be written.
pub fn public_of_folder(folder: &Path, entropy: &dyn Entropy) -> Result<[u8; KEY_LEN], KeyTrouble> {
    let (private, public) = (folder.join(KEY_FILE), folder.join(PUBLIC_FILE));
    let trouble = |path: &Path| {
        let path = path.display().to_string();
        move |source| KeyTrouble::File { path, source }
    };
    match std::fs::read_to_string(&public) {
        Ok(text) => {
            let damaged = || KeyTrouble::Damaged(public.display().to_string());
            return from_hex(text.trim_end()).ok_or_else(damaged);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(trouble(&public)(error)),
    }
    if !private.exists() {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        entropy.fill(bytes.as_mut_slice())?;
        let text =
            Zeroizing::new(format!("{}\n", Zeroizing::new(to_hex(bytes.as_slice())).as_str()));
        write_private(&private, text.as_bytes()).map_err(trouble(&private))?;
    }
    let key =
        SealKey::load(&private).map_err(|_| KeyTrouble::Damaged(private.display().to_string()))?;
    let bytes = key.public();
    write_private(&public, format!("{}\n", to_hex(&bytes)).as_bytes()).map_err(trouble(&public))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SystemEntropy;
    use crate::domain::check::AccountNo;
    use crate::domain::check::id_rule::{IdKind, StateCode};
    use crate::domain::check::routing::Routing;
    use crate::domain::ids::{Epoch, JournalId, RegisterNo, SaleNo, StoreNo};
    use crate::domain::tender::CheckNumber;
    use crate::journal::check_data::{CheckData, SEALED_LEN, SealedCheck};
    use crate::journal::hpke;

    fn hex(text: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
        (0..text.len()).step_by(2).map(byte).collect()
    }

    /// RFC 9180 appendix A.2.1, first message.
    #[test]
    fn the_vector_of_the_rfc_opens() {
        let secret = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
        let key = SealKey::of(&hex(secret).try_into().expect("32 bytes"));
        let public = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
        assert_eq!(to_hex(&key.public()), public);
        let one_use = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
        let sealed = "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db\
                      21993c62ce81883d2dd1b51a28";
        let one_use_key: [u8; 32] = hex(one_use).try_into().expect("32 bytes");
        let agreed = key.0.diffie_hellman(&PublicKey::from(one_use_key));
        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let sealed = [hex(one_use), hex(sealed)].concat();
        let open = |aad: &[u8], sealed: &[u8]| {
            hpke::open(agreed.as_bytes(), &key.public(), &info, aad, sealed)
        };
        let opened = open(b"Count-0", &sealed).expect("opens");
        assert_eq!(opened.as_slice(), b"Beauty is truth, truth beauty");
        assert!(open(b"Count-1", &sealed).is_err());
        for place in 32..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(open(b"Count-0", &changed).is_err(), "byte {place}");
        }
    }

    fn sealed(central: &[u8; 32]) -> Result<SealedCheck, NotOpened> {
        let account = AccountNo::parse("0012345678").expect("an account");
        let number = CheckNumber::parse("1024").expect("a number");
        let epoch = Epoch([9; 8]);
        let data = CheckData {
            journal: JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch },
            sale: SaleNo(41),
            routing: Routing::parse("111000025").expect("a routing number"),
            account: &account,
            number: &number,
            id: Some((IdKind::License, StateCode::parse("TX"))),
        };
        data.seal(&[5; 32], SystemEntropy.one_use_key().expect("a key"), central)
    }

    #[test]
    fn what_a_register_seals_central_alone_opens_and_only_with_its_commitment() {
        let key = SealKey::of(&[7; 32]);
        let one = sealed(&key.public()).expect("sealed");
        let other = sealed(&key.public()).expect("sealed");
        // The salt is a test's, so the commitments agree; the one-use keys never do.
        assert_eq!((one.commitment, one.bytes.len()), (other.commitment, SEALED_LEN));
        assert_ne!(one.bytes, other.bytes);
        let opened = key.open(&one.commitment, &one.bytes).expect("opens");
        let value = |word| opened.value(word).unwrap_or_default().to_owned();
        assert_eq!((value("routing"), value("account")), ("111000025".into(), "0012345678".into()));
        assert_eq!((value("number"), value("id")), ("1024".into(), "license TX".into()));
        assert_eq!(value("sale"), "41");
        assert_eq!(SealKey::of(&[8; 32]).open(&one.commitment, &one.bytes), Err(NotOpened));
        assert_eq!(key.open(&Commitment([0; 32]), &one.bytes), Err(NotOpened));
        assert_eq!(key.open(&one.commitment, &one.bytes[..31]), Err(NotOpened));
    }

    #[test]
    fn a_key_of_small_order_seals_nothing() {
        let mut one = [0; 32];
        one[0] = 1;
        for weak in [[0; 32], one] {
            assert_eq!(sealed(&weak), Err(NotOpened));
        }
    }

    #[test]
    fn the_private_key_may_be_moved_away_and_is_never_read_when_others_can() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let public = public_of_folder(folder.path(), &SystemEntropy).expect("made");
        let private = folder.path().join(KEY_FILE);
        assert_eq!(SealKey::load(&private).expect("read").public(), public);
        std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o640)).expect("set");
        assert!(matches!(SealKey::load(&private), Err(NoSealKey::Open(_))));
        std::fs::remove_file(&private).expect("moved away");
        assert_eq!(public_of_folder(folder.path(), &SystemEntropy).expect("read"), public);
        assert!(!private.exists());
    }

    #[test]
    fn a_name_on_an_id_opens_with_the_key_and_as_nothing_else() {
        use crate::domain::goods::carton::OrderNo;
        use crate::journal::pickup_name::SealedName;
        let order = OrderNo::parse("W-1001").expect("a number");
        let journal =
            JournalId { store: StoreNo(1042), register: RegisterNo(7), epoch: Epoch([1; 8]) };
        let (ours, theirs) = (SealKey::of(&[7; KEY_LEN]), SealKey::of(&[8; KEY_LEN]));
        let seal = |name: &str| {
            let one_use = SystemEntropy.one_use_key().expect("a key");
            let what = (journal, &order, name);
            SealedName::seal(what, &[5; 32], one_use, &ours.public()).expect("a key")
        };
        let longest = "é".repeat(40);
        for name in ["Customer One", longest.as_str()] {
            let sealed = seal(name).expect("sealed");
            assert_eq!(sealed.bytes.len(), 272, "lengths tell nothing");
            let opened = ours.open_name(&sealed.commitment, &sealed.bytes).expect("opened");
            assert_eq!(opened.name(), name);
            assert!(!format!("{opened:?}").contains("Customer"));
            assert!(theirs.open_name(&sealed.commitment, &sealed.bytes).is_err());
            assert!(ours.open(&sealed.commitment, &sealed.bytes).is_err(), "it is no check");
            let other = seal("Customer Two").expect("sealed");
            assert!(ours.open_name(&other.commitment, &sealed.bytes).is_err());
        }
        for name in ["", "Customer\nOne", &"n".repeat(81)] {
            assert_eq!(seal(name), None, "{name:?}");
        }
    }
}
