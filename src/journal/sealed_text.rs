//! What a record holds of something personal, and what travels beside it: one form for the data of
//! a check and for the name on an ID.
//!
//! ```text
//!  salt (32 bytes) || text, padded with zeros to LEN bytes ─┬─ SHA-256 ─▶ Commitment ─▶ record
//!                                                           └─ HPKE ────▶ sealed row
//! ```
//!
//! The salt is inside the sealed data only: whoever has the record alone can't try values against
//! the commitment, and each length is the same, so none tells of a value. The purpose stands in
//! both, so that one kind can't be passed off as another. The sealed row can be destroyed; every
//! hash still verifies.

use ring::agreement::EphemeralPrivateKey;
use zeroize::Zeroizing;

use super::hash::Hash;
use super::hpke::{self, KEY_LEN, NotOpened};
use crate::domain::check::Commitment;

/// The length of a salt.
pub const SALT_LEN: usize = 32;

/// One kind of sealed text; its plain form has `LEN` bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<const LEN: usize> {
    /// What it is sealed for.
    pub(super) purpose: &'static [u8],
    /// The first line of each text.
    pub(super) first_line: &'static str,
}

impl<const LEN: usize> Form<LEN> {
    /// Seals lines to central's key: what the record holds, and what travels.
    pub(super) fn seal(
        self,
        lines: &str,
        salt: &[u8; SALT_LEN],
        one_use: EphemeralPrivateKey,
        central: &[u8; KEY_LEN],
    ) -> Result<(Commitment, Vec<u8>), NotOpened> {
        let plain = self.plain(lines, salt);
        let commitment = self.commit(&plain);
        let bytes = hpke::seal(one_use, central, self.purpose, &commitment.0, plain.as_slice())?;
        Ok((commitment, bytes))
    }

    /// Opens it with the agreed secret of [`hpke::open`], and checks that it is what the record
    /// committed to.
    pub(super) fn open(
        self,
        agreed: &[u8; KEY_LEN],
        central: &[u8; KEY_LEN],
        commitment: &Commitment,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, NotOpened> {
        let plain = hpke::open(agreed, central, self.purpose, &commitment.0, sealed)?;
        let plain: &[u8; LEN] = plain.as_slice().try_into().map_err(|_| NotOpened)?;
        if self.commit(plain) != *commitment {
            return Err(NotOpened);
        }
        let text = plain.get(SALT_LEN..).unwrap_or(&[]);
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        let text = std::str::from_utf8(text.get(..end).unwrap_or(&[])).map_err(|_| NotOpened)?;
        let known = text.lines().next() == Some(self.first_line);
        known.then(|| Zeroizing::new(text.to_owned())).ok_or(NotOpened)
    }

    pub(super) fn plain(self, lines: &str, salt: &[u8; SALT_LEN]) -> Zeroizing<[u8; LEN]> {
        let mut plain = Zeroizing::new([0; LEN]);
        let text = self.first_line.bytes().chain(std::iter::once(b'\n')).chain(lines.bytes());
        for (place, byte) in plain.iter_mut().zip(salt.iter().copied().chain(text)) {
            *place = byte;
        }
        plain
    }

    pub(super) fn commit(self, plain: &[u8; LEN]) -> Commitment {
        Commitment(Hash::of_parts(&[self.purpose, plain]).0)
    }
}
