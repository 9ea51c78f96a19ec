//! How far one record has come: stored, in the totals, and at which other systems.

use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::{Hash, from_hex};
use crate::sync::wire::{ExportStage, JournalName, PROTOCOL, Stages};

use super::door::{Door, No, query_value};

impl Door {
    /// Answers who names a record by its hash: it is not to be guessed.
    pub(super) fn stages(&self, path: &str, query: &str) -> Result<Vec<u8>, No> {
        let (journal, seq, hash) = asked(path, query).ok_or(No::BadRequest(
            "ask as /v1/registers/STORE/REGISTER/stages?epoch=EPOCH&seq=SEQ&hash=HASH",
        ))?;
        let found = self.reader.call(move |store| {
            let Some(mut stage) = store.stage_of(&journal, seq, &hash)? else { return Ok(None) };
            let apart = store.trust(&journal)?.filter(|trust| seq >= trust.length);
            let code = apart.map(|trust| trust.code().word().to_owned());
            if let Some(code) = code.filter(|code| !stage.exceptions.contains(code)) {
                // It is told once a journal, and true of each record from there on.
                stage.exceptions.push(code);
            }
            // A record of another branch is handed to nobody; its place may be another's.
            let exports = if stage.forked {
                Vec::new()
            } else {
                store.hand_overs().hand_overs_of(&journal, seq)?
            };
            Ok(Some((stage, exports)))
        })?;
        let mut stages = Stages {
            protocol: PROTOCOL.to_owned(),
            answer: "stages".to_owned(),
            journal: JournalName::of(&journal),
            seq: seq.0,
            stored: found.is_some(),
            received_ms: 0,
            forked: false,
            projected: false,
            exceptions: Vec::new(),
            exports: Vec::new(),
        };
        if let Some((stage, exports)) = found {
            stages.received_ms = stage.received_ms;
            stages.forked = stage.forked;
            stages.projected = stage.projected;
            stages.exceptions = stage.exceptions;
            let of_this = exports.into_iter().filter(|(_, row)| row.hash == hash);
            stages.exports = of_this
                .map(|(target, row)| ExportStage {
                    target: target.to_string(),
                    state: row.state.word().to_owned(),
                    attempts: row.attempts,
                    note: row.note,
                })
                .collect();
        }
        self.seal(&stages)
    }
}

fn asked(path: &str, query: &str) -> Option<(JournalId, Seq, Hash)> {
    let mut parts = path.strip_prefix("/v1/registers/")?.split('/');
    let store = StoreNo(parts.next()?.parse().ok()?);
    let register = RegisterNo(parts.next()?.parse().ok()?);
    if parts.next() != Some("stages") || parts.next().is_some() {
        return None;
    }
    let epoch = Epoch(from_hex(query_value(query, "epoch")?)?);
    let seq = Seq(query_value(query, "seq")?.parse().ok()?);
    let hash = Hash::parse(query_value(query, "hash")?)?;
    Some((JournalId { store, register, epoch }, seq, hash))
}

/// The journal whose cursor is asked for.
pub(super) fn cursor_journal(path: &str, query: &str) -> Option<JournalId> {
    let mut parts = path.strip_prefix("/v1/registers/")?.split('/');
    let store = StoreNo(parts.next()?.parse().ok()?);
    let register = RegisterNo(parts.next()?.parse().ok()?);
    if parts.next() != Some("cursor") || parts.next().is_some() {
        return None;
    }
    let epoch = Epoch(from_hex(query_value(query, "epoch")?)?);
    Some(JournalId { store, register, epoch })
}
