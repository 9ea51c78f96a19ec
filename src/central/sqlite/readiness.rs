//! Readiness of registers in central's SQLite store: the newest of each journal.

use rusqlite::{Connection, Transaction, params};

use crate::domain::ids::{JournalId, PackVersion};
use crate::domain::readiness::{ReadinessLook, Topic};

use super::journal_of;
use super::read::standing;
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::readiness::programs::AnnouncedProgram;
use crate::central::readiness::{Calm, Looked, Practiced, ROWS, ReadinessRow};
use crate::central::store::StoreError;

/// Keeps what a projection says; what it does not speak of stays.
pub(in crate::central) fn store(
    tx: &Transaction<'_>,
    projection: &Projection,
) -> Result<(), StoreError> {
    let calm = &projection.calm;
    if *calm == Calm::default() {
        return Ok(());
    }
    let JournalId { store, register, epoch } = projection.journal;
    let look = calm.looked.as_ref();
    let pack = calm.pack.as_ref();
    let sql = "INSERT INTO readiness (store, reg, epoch, branch, looked_at, score, not_ready, soon,
                                      practiced_at, practice_steps, pack, pack_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
               ON CONFLICT (store, reg, epoch, branch) DO UPDATE SET
               looked_at = coalesce(excluded.looked_at, looked_at),
               score = coalesce(excluded.score, score),
               not_ready = coalesce(excluded.not_ready, not_ready),
               soon = coalesce(excluded.soon, soon),
               practiced_at = coalesce(excluded.practiced_at, practiced_at),
               practice_steps = coalesce(excluded.practice_steps, practice_steps),
               pack = coalesce(excluded.pack, pack),
               pack_at = coalesce(excluded.pack_at, pack_at)";
    tx.prepare_cached(sql)?.execute(params![
        store.0,
        register.0,
        epoch.0,
        projection.branch,
        look.map(|looked| looked.at_ms),
        look.map(|looked| looked.look.score),
        look.map(|looked| words(&looked.look.not_ready)),
        look.map(|looked| words(&looked.look.soon)),
        calm.practiced.map(|practiced| practiced.at_ms),
        calm.practiced.map(|practiced| practiced.steps),
        pack.map(|(version, _)| version.as_str()),
        pack.map(|(_, at_ms)| at_ms),
    ])?;
    Ok(())
}

/// One row a journal that came first.
pub(in crate::central) fn rows(db: &Connection) -> Result<Vec<ReadinessRow>, StoreError> {
    let mut statement = db.prepare_cached(ROWS)?;
    let rows = statement.query_map([], |row| {
        let looked_at: Option<i64> = row.get(4)?;
        let practiced_at: Option<i64> = row.get(8)?;
        let pack: Option<String> = row.get(10)?;
        let pack_at: Option<i64> = row.get(11)?;
        let looked = match looked_at {
            None => None,
            Some(at_ms) => {
                let (not_ready, soon): (String, String) = (row.get(6)?, row.get(7)?);
                let (not_ready, soon) = (topics(&not_ready), topics(&soon));
                let look = ReadinessLook { score: row.get(5)?, not_ready, soon };
                Some(Looked { at_ms, look })
            }
        };
        let practiced = match practiced_at {
            None => None,
            Some(at_ms) => Some(Practiced { at_ms, steps: row.get(9)? }),
        };
        let pack = pack
            .and_then(|version| Table::Readiness.read(PackVersion::parse(&version)))
            .zip(pack_at);
        let (program, word): (Option<String>, String) = (row.get(12)?, row.get(14)?);
        Ok(ReadinessRow {
            journal: journal_of(row)?,
            last_seen_ms: row.get(3)?,
            standing: standing(&word),
            program: AnnouncedProgram::of_columns(program.as_deref(), row.get(13)?),
            calm: Calm { looked, practiced, pack },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(in crate::central) fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    Ok(tx.execute_batch("DELETE FROM readiness;")?)
}

fn words(topics: &[Topic]) -> String {
    topics.iter().map(|topic| topic.word()).collect::<Vec<_>>().join(" ")
}

/// A topic of a later program is left out.
fn topics(text: &str) -> Vec<Topic> {
    text.split_whitespace().filter_map(Topic::from_word).collect()
}
