//! Sealed personal data at central: taken beside the records, kept as it came, never opened here.
//!
//! A row is named by its commitment; the first one stays. Whether a record commits to it shows
//! when somebody opens it, and a row that none does opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::door::{Door, No, STRANGER, opened};
use crate::domain::check::Commitment;
use crate::domain::ids::{JournalId, Seq};
use crate::journal::hash::from_hex;
use crate::journal::hpke::OVERHEAD;
use crate::journal::key::Domain;
use crate::sync::wire::{PROTOCOL, SEALED_BODY_LEN_MAX, SEALED_ROWS_MAX, SealedAnswer, SealedRows};

/// The longest sealed data, in bytes.
const SEALED_LEN_MAX: usize = 1_024;

/// Sealed data of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// What the record holds.
    pub commitment: Commitment,
    /// The sale's record.
    pub seq: Seq,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// That somebody opens a check's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOpening {
    /// The journal.
    pub journal: JournalId,
    /// The sale's record.
    pub seq: Seq,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub who: String,
    /// Why.
    pub reason: String,
}

impl Door {
    /// The public key that registers seal personal data to.
    pub const fn seal_key(&self) -> Option<[u8; 32]> {
        self.seal_key
    }

    /// Takes sealed data of a journal that a register's key vouches for.
    pub(super) fn sealed(&self, body: &[u8]) -> Result<Vec<u8>, No> {
        if body.len() > SEALED_BODY_LEN_MAX {
            return Err(No::BadRequest("at most 96 KiB of sealed data at a time"));
        }
        let (said, key) = opened(body, Domain::SealedData, |claimed: &SealedRows| &claimed.key)?;
        let name = |_| No::BadRequest("the sealed data names no journal");
        let journal = said.journal.id().map_err(name)?;
        self.gate.key_may(&key).map_err(No::TooOften)?;
        if self.standing(&journal, &key)?.is_none() {
            return Err(No::Stranger(STRANGER));
        }
        if said.protocol != PROTOCOL || said.rows.len() > SEALED_ROWS_MAX {
            return Err(No::BadRequest("at most 50 rows of sealed data at a time"));
        }
        let rows = said
            .rows
            .iter()
            .map(|row| {
                let bytes = BASE64.decode(&row.bytes).ok()?;
                let fits = bytes.len() > OVERHEAD && bytes.len() <= SEALED_LEN_MAX;
                let commitment = Commitment(from_hex(&row.commitment)?);
                fits.then_some(SealedRow { commitment, seq: Seq(row.seq), bytes })
            })
            .collect::<Option<Vec<SealedRow>>>()
            .ok_or(No::BadRequest("a row of the sealed data is malformed"))?;
        let now_ms = self.clock.now().utc_ms;
        self.writer.call(move |store| store.put_sealed(&journal, &rows, now_ms))?;
        let server_epoch = self.reader.call(|store| store.server_epoch())?;
        self.seal(&SealedAnswer {
            protocol: PROTOCOL.to_owned(),
            answer: "sealed".to_owned(),
            server_epoch,
            journal: said.journal,
            held: said.rows.into_iter().map(|row| row.commitment).collect(),
        })
    }
}
