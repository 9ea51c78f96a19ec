//! The name on an ID that an order was handed over against while nobody could look it up: its plain
//! form, the commitment a record holds, and the sealed form that travels.
//!
//! It is made and opened as `sealed_text` says, padded to 224 bytes: a sealed row has 272. The
//! number of an ID has no place in it.

use ring::agreement::EphemeralPrivateKey;
use zeroize::Zeroizing;

use super::hpke::{KEY_LEN, NotOpened};
use super::sealed_text::{Form, SALT_LEN};
use crate::domain::check::Commitment;
use crate::domain::goods::carton::OrderNo;
use crate::domain::ids::JournalId;

/// The longest name, in bytes.
pub const NAME_LEN_MAX: usize = 80;

const PLAIN_LEN: usize = 224;
const FORM: Form<PLAIN_LEN> =
    Form { purpose: b"tideover/pickup-name/v1\n", first_line: "tideover pickup v1" };

/// A sealed name and the commitment that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedName {
    /// What the record holds.
    pub commitment: Commitment,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// A name as central's key opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedName(Zeroizing<String>);

impl SealedName {
    /// Seals a name to central's key; none where it is longer than a name may be, or holds control
    /// characters.
    ///
    /// # Errors
    /// [`NotOpened`] when the key is none.
    pub fn seal(
        (journal, order, name): (JournalId, &OrderNo, &str),
        salt: &[u8; SALT_LEN],
        one_use: EphemeralPrivateKey,
        central: &[u8; KEY_LEN],
    ) -> Result<Option<Self>, NotOpened> {
        if name.is_empty() || name.len() > NAME_LEN_MAX || name.chars().any(char::is_control) {
            return Ok(None);
        }
        let JournalId { store, register, .. } = journal;
        let lines = Zeroizing::new(format!(
            "store {store}\nregister {register}\norder {order}\nname {name}\n"
        ));
        let (commitment, bytes) = FORM.seal(&lines, salt, one_use, central)?;
        Ok(Some(Self { commitment, bytes }))
    }
}

impl OpenedName {
    /// Opens a sealed name with the agreed secret of [`hpke::open`], and checks that it is what the
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
        let text = FORM.open(agreed, central, commitment, sealed)?;
        let name = text.lines().find_map(|line| line.strip_prefix("name ")).ok_or(NotOpened)?;
        Ok(Self(Zeroizing::new(name.to_owned())))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for OpenedName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenedName(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opened_name_is_never_printed() {
        let opened = OpenedName(Zeroizing::new("Ann".to_owned()));
        assert_eq!(opened.name(), "Ann");
        assert_eq!(format!("{opened:?}"), "OpenedName(..)");
    }

    /// The longest of everything fits, so that nothing is ever cut.
    #[test]
    fn the_plain_form_holds_the_longest_name() {
        let longest = |number: u64| number.to_string().len();
        let (store, register) = (longest(u64::from(u32::MAX)), longest(u64::from(u16::MAX)));
        let words = FORM.first_line.len() + "\nstore \nregister \norder \nname \n".len();
        assert!(SALT_LEN + words + store + register + 24 + NAME_LEN_MAX < PLAIN_LEN);
    }
}
