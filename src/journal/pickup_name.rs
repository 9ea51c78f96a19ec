//! The name on an ID that an order was handed over against while nobody could look it up: its plain
//! form, the commitment a record holds, and the sealed form that travels.
//!
//! ```text
//!  salt (32 bytes) || text, padded with zeros to 224 bytes ─┬─ SHA-256 ─▶ Commitment ─▶ record
//!                                                           └─ HPKE ────▶ sealed row, 272 bytes
//! ```
//!
//! Made and opened as the data of a check is (`check_data`), under a purpose of its own, so that
//! one can't be passed off as the other. The number of an ID has no place in it.

use ring::agreement::EphemeralPrivateKey;
use zeroize::Zeroizing;

use super::hash::Hash;
use super::hpke::{self, KEY_LEN, NotOpened};
use crate::domain::check::Commitment;
use crate::domain::goods::carton::OrderNo;
use crate::domain::ids::JournalId;

/// The length of a salt.
pub const SALT_LEN: usize = 32;
/// The longest name, in bytes.
pub const NAME_LEN_MAX: usize = 80;

const PLAIN_LEN: usize = 224;
const PURPOSE: &[u8] = b"tideover/pickup-name/v1\n";
const FIRST_LINE: &str = "tideover pickup v1";

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
        let text = Zeroizing::new(format!(
            "{FIRST_LINE}\nstore {store}\nregister {register}\norder {order}\nname {name}\n"
        ));
        let mut plain = Zeroizing::new([0; PLAIN_LEN]);
        for (place, byte) in plain.iter_mut().zip(salt.iter().chain(text.as_bytes())) {
            *place = *byte;
        }
        let commitment = commit(&plain);
        let bytes = hpke::seal(one_use, central, PURPOSE, &commitment.0, plain.as_slice())?;
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
        let plain = hpke::open(agreed, central, PURPOSE, &commitment.0, sealed)?;
        let plain: &[u8; PLAIN_LEN] = plain.as_slice().try_into().map_err(|_| NotOpened)?;
        if commit(plain) != *commitment {
            return Err(NotOpened);
        }
        let text = plain.get(SALT_LEN..).unwrap_or(&[]);
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        let text = std::str::from_utf8(text.get(..end).unwrap_or(&[])).map_err(|_| NotOpened)?;
        let known = text.lines().next() == Some(FIRST_LINE);
        let name = text.lines().find_map(|line| line.strip_prefix("name "));
        let name = name.filter(|_| known).ok_or(NotOpened)?;
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

fn commit(plain: &[u8; PLAIN_LEN]) -> Commitment {
    Commitment(Hash::of_parts(&[PURPOSE, plain]).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest of everything fits, so that nothing is ever cut.
    #[test]
    fn the_plain_form_holds_the_longest_name() {
        let longest = |number: u64| number.to_string().len();
        let (store, register) = (longest(u64::from(u32::MAX)), longest(u64::from(u16::MAX)));
        let words = FIRST_LINE.len() + "\nstore \nregister \norder \nname \n".len();
        assert!(SALT_LEN + words + store + register + 24 + NAME_LEN_MAX < PLAIN_LEN);
    }
}
