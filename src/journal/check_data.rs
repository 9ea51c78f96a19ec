//! What is personal about a check: its plain form, the commitment a record holds, and the sealed
//! form that travels.
//!
//! It is made and opened as `sealed_text` says, padded to 288 bytes: a sealed row has 336.
//! docs/checks.md has the format.

use ring::agreement::EphemeralPrivateKey;
use zeroize::Zeroizing;

use super::hpke::{self, KEY_LEN, NotOpened};
use super::sealed_text::Form;
pub use super::sealed_text::SALT_LEN;
use crate::domain::check::id_rule::{IdKind, StateCode};
use crate::domain::check::routing::Routing;
use crate::domain::check::{AccountNo, Commitment};
use crate::domain::ids::{JournalId, SaleNo};
use crate::domain::tender::CheckNumber;

/// The length of the plain form.
pub const PLAIN_LEN: usize = 288;
/// The length of the sealed form.
pub const SEALED_LEN: usize = PLAIN_LEN + hpke::OVERHEAD;

const FORM: Form<PLAIN_LEN> =
    Form { purpose: b"tideover/check/v1\n", first_line: "tideover check v1" };

/// What is sealed.
#[derive(Clone, Debug)]
pub struct CheckData<'a> {
    /// The journal that holds the sale.
    pub journal: JournalId,
    /// The sale it pays.
    pub sale: SaleNo,
    /// The bank.
    pub routing: Routing,
    /// The account.
    pub account: &'a AccountNo,
    /// The check's number.
    pub number: &'a CheckNumber,
    /// The kind of ID that was seen and the state that issued it, where they may be kept.
    pub id: Option<(IdKind, Option<StateCode>)>,
}

/// A check's data as central's key opens it: lines of a word and a value.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedCheck(Zeroizing<String>);

/// Sealed data and the commitment that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedCheck {
    /// What the record holds.
    pub commitment: Commitment,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

impl CheckData<'_> {
    /// Seals it to central's key.
    ///
    /// # Errors
    /// [`NotOpened`] when the key is none.
    pub fn seal(
        &self,
        salt: &[u8; SALT_LEN],
        one_use: EphemeralPrivateKey,
        central: &[u8; KEY_LEN],
    ) -> Result<SealedCheck, NotOpened> {
        let (commitment, bytes) = FORM.seal(&self.lines(), salt, one_use, central)?;
        Ok(SealedCheck { commitment, bytes })
    }

    fn lines(&self) -> Zeroizing<String> {
        let JournalId { store, register, epoch } = self.journal;
        let (kind, state) = match self.id {
            Some((kind, state)) => (kind.word(), state),
            None => ("-", None),
        };
        let state = state.as_ref().map_or("-", StateCode::as_str);
        Zeroizing::new(format!(
            "store {store}\nregister {register}\nepoch {epoch}\nsale {}\n\
             routing {}\naccount {}\nnumber {}\nid {kind} {state}\n",
            self.sale,
            self.routing.as_str(),
            self.account.digits(),
            self.number.as_str(),
        ))
    }
}

impl OpenedCheck {
    /// Opens sealed data with the agreed secret of [`hpke::open`], and checks that it is what the
    /// record committed to.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open(
        agreed: &[u8; KEY_LEN],
        central: &[u8; KEY_LEN],
        commitment: &Commitment,
        sealed: &[u8],
    ) -> Result<Self, NotOpened> {
        FORM.open(agreed, central, commitment, sealed).map(Self)
    }

    /// The value of a word: `routing`, `account`, `number`, `id`, `store`, `register`, `sale`.
    pub fn value(&self, word: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '))
    }
}

impl std::fmt::Debug for OpenedCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenedCheck(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{Epoch, RegisterNo, StoreNo};

    #[test]
    fn an_opened_check_is_read_by_its_words_and_never_printed() {
        let text = "routing 111000025\naccount 12345678\n".to_owned();
        let opened = OpenedCheck(Zeroizing::new(text));
        assert_eq!(opened.value("account"), Some("12345678"));
        assert_eq!(opened.value("acc"), None);
        assert_eq!(format!("{opened:?}"), "OpenedCheck(..)");
    }

    /// The longest of everything fits, so that nothing is ever cut.
    #[test]
    fn the_plain_form_holds_the_longest_check() {
        let account = AccountNo::parse("12345678901234567").expect("an account");
        let number = CheckNumber::parse("1234567890").expect("a number");
        let journal = JournalId {
            store: StoreNo(u32::MAX),
            register: RegisterNo(u16::MAX),
            epoch: Epoch([0xff; 8]),
        };
        let data = CheckData {
            journal,
            sale: SaleNo(u64::MAX),
            routing: Routing::parse("111000025").expect("a routing number"),
            account: &account,
            number: &number,
            id: Some((IdKind::StateId, StateCode::parse("TX"))),
        };
        let plain = FORM.plain(&data.lines(), &[7; SALT_LEN]);
        let text = std::str::from_utf8(&plain[SALT_LEN..]).expect("text");
        assert!(text.contains("\nid state_id TX\n\0"), "{text:?}");
        let other = FORM.plain(&data.lines(), &[8; SALT_LEN]);
        assert_ne!(FORM.commit(&plain), FORM.commit(&other));
    }
}
