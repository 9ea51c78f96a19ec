//! Readiness of registers in the PostgreSQL store: the newest of each journal.

use tokio_postgres::Row;

use super::link::{Param, Session};
use super::values::{damaged, journal_of, key, standing};
use crate::central::damaged::Table;
use crate::central::project::Projection;
use crate::central::readiness::programs::AnnouncedProgram;
use crate::central::readiness::{Calm, Looked, Practiced, ROWS, ReadinessRow};
use crate::central::store::StoreError;
use crate::domain::ids::PackVersion;
use crate::domain::readiness::{ReadinessLook, Topic};

/// Keeps what a projection says; what it does not speak of stays.
pub(super) async fn store(session: &Session, projection: &Projection) -> Result<(), StoreError> {
    let calm = &projection.calm;
    if *calm == Calm::default() {
        return Ok(());
    }
    let (store, reg, epoch) = key(&projection.journal);
    let look = calm.looked.as_ref();
    let pack = calm.pack.as_ref();
    let sql = "INSERT INTO readiness AS r (store, reg, epoch, branch, looked_at, score, not_ready,
                      soon, practiced_at, practice_steps, pack, pack_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               ON CONFLICT (store, reg, epoch, branch) DO UPDATE SET
               looked_at = coalesce(excluded.looked_at, r.looked_at),
               score = coalesce(excluded.score, r.score),
               not_ready = coalesce(excluded.not_ready, r.not_ready),
               soon = coalesce(excluded.soon, r.soon),
               practiced_at = coalesce(excluded.practiced_at, r.practiced_at),
               practice_steps = coalesce(excluded.practice_steps, r.practice_steps),
               pack = coalesce(excluded.pack, r.pack),
               pack_at = coalesce(excluded.pack_at, r.pack_at)";
    let params: [Param<'_>; 12] = [
        &store,
        &reg,
        &epoch,
        &projection.branch,
        &look.map(|looked| looked.at_ms),
        &look.map(|looked| i32::from(looked.look.score)),
        &look.map(|looked| words(&looked.look.not_ready)),
        &look.map(|looked| words(&looked.look.soon)),
        &calm.practiced.map(|practiced| practiced.at_ms),
        &calm.practiced.map(|practiced| i64::from(practiced.steps)),
        &pack.map(|(version, _)| version.as_str()),
        &pack.map(|(_, at_ms)| *at_ms),
    ];
    session.execute(sql, &params).await?;
    Ok(())
}

/// One row a journal that came first.
pub(super) async fn rows(session: &Session) -> Result<Vec<ReadinessRow>, StoreError> {
    session.rows(ROWS, &[]).await?.iter().map(of_row).collect()
}

fn of_row(row: &Row) -> Result<ReadinessRow, StoreError> {
    let odd = |_| damaged("a score or a practice that no register says");
    let (looked_at, practiced_at): (Option<i64>, Option<i64>) = (row.try_get(4)?, row.try_get(8)?);
    let looked = match looked_at {
        None => None,
        Some(at_ms) => {
            let score = row.try_get::<_, i32>(5)?.try_into().map_err(odd)?;
            let (not_ready, soon) = (topics(row.try_get(6)?), topics(row.try_get(7)?));
            Some(Looked { at_ms, look: ReadinessLook { score, not_ready, soon } })
        }
    };
    let practiced = match practiced_at {
        None => None,
        Some(at_ms) => {
            let steps = row.try_get::<_, i64>(9)?.try_into().map_err(odd)?;
            Some(Practiced { at_ms, steps })
        }
    };
    let (pack, pack_at): (Option<&str>, Option<i64>) = (row.try_get(10)?, row.try_get(11)?);
    let pack =
        pack.and_then(|version| Table::Readiness.read(PackVersion::parse(version))).zip(pack_at);
    Ok(ReadinessRow {
        journal: journal_of(row, 0)?,
        last_seen_ms: row.try_get(3)?,
        standing: standing(row.try_get(14)?),
        program: AnnouncedProgram::of_columns(row.try_get(12)?, row.try_get(13)?),
        calm: Calm { looked, practiced, pack },
    })
}

fn words(topics: &[Topic]) -> String {
    topics.iter().map(|topic| topic.word()).collect::<Vec<_>>().join(" ")
}

/// A topic of a later program is left out.
fn topics(text: &str) -> Vec<Topic> {
    text.split_whitespace().filter_map(Topic::from_word).collect()
}
