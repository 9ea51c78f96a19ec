//! Sealed personal data on its way to central: after the records it belongs to, a bounded handful
//! at a time, until central says that it holds each.
//!
//! A row is named by its commitment, so the same one sent twice is one. What an answer does not
//! name is sent again; an answer that was lost costs a repetition and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::carrier::{JournalState, Request, SealedData, SourceFailed, Transport};
use super::link::LinkState;
use super::pace::SEALED_MS;
use super::push::{Journals, SyncLoop, Trouble, not_central};
use super::sealed;
use super::wire::{JournalName, PROTOCOL, SEALED_ROWS_MAX, SealedAnswer, SealedRow, SealedRows};
use crate::domain::check::Commitment;
use crate::domain::ids::JournalId;
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::key::{Domain, SigningKey};

/// When central took nothing of what it was sent: no hurry, and no spinning.
const NOT_TAKEN_MS: u64 = 60_000;

/// Rows of one journal as one signed message: for a request, or a line of a file.
///
/// # Errors
/// The serializer's, which a plain struct does not give.
pub fn message(
    journal: &JournalId,
    rows: &[SealedData],
    key: &SigningKey,
) -> Result<Vec<u8>, serde_json::Error> {
    let row = |row: &SealedData| SealedRow {
        commitment: to_hex(&row.commitment.0),
        seq: row.seq.0,
        bytes: BASE64.encode(&row.bytes),
    };
    let message = SealedRows {
        protocol: PROTOCOL.to_owned(),
        journal: JournalName::of(journal),
        key: key.public().to_string(),
        rows: rows.iter().map(row).collect(),
    };
    sealed::seal(&message, Domain::SealedData, key)
}

impl SyncLoop {
    /// Sends sealed data of a journal whose records are all at central; none when there is none.
    pub(super) fn send_sealed(
        &mut self,
        transport: &mut dyn Transport,
        journals: &mut dyn Journals,
        state: &JournalState,
    ) -> Result<Option<(u64, bool, LinkState)>, Trouble> {
        let Some(central) = self.central_name() else { return Ok(None) };
        let rows = journals.sealed(&state.id, &central, SEALED_ROWS_MAX)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let body = message(&state.id, &rows, self.key());
        let body = body.map_err(|why| {
            Trouble::Ledger(SourceFailed { text: why.to_string(), cause: Some(Box::new(why)) })
        })?;
        let path = "/v1/sealed".to_owned();
        let rows_sent = Request::post(path, body);
        let body = self.request(transport, &rows_sent, SEALED_MS)?;
        let answer: SealedAnswer = self.open(&body)?;
        if answer.protocol != PROTOCOL
            || answer.answer != "sealed"
            || answer.journal.id().ok() != Some(state.id)
        {
            return Err(not_central("its answer is about something else"));
        }
        let held: Vec<Commitment> = answer
            .held
            .iter()
            .filter_map(|text| from_hex(text).map(Commitment))
            .filter(|held| rows.iter().any(|row| row.commitment == *held))
            .collect();
        journals.sealed_held(&answer.server_epoch, &held)?;
        self.met(&answer.server_epoch);
        let wait_ms = if held.is_empty() { NOT_TAKEN_MS } else { 0 };
        Ok(Some((wait_ms, false, LinkState::Sending)))
    }
}
