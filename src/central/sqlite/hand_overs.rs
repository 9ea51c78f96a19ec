//! Central's ledger of hand-overs in SQLite; what its rows mean is told in `export::ledger`.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

use crate::domain::ids::{JournalId, Seq};
use crate::domain::time::BusinessDate;
use crate::journal::hash::Hash;

use super::{SqliteStore, int, journal_of, meta, seq, set_meta};
use crate::central::export::ledger::{
    HandOver, HandOvers, Holder, Order, State, StateCount, Step, TargetName, TargetRow, Turn,
};
use crate::central::marks::{Mark, Marks};
use crate::central::revocation::apart;
use crate::central::store::StoreError;

/// How often it moved, and whether it was ever found to be an older copy.
const MOVES: &str = "hand_over_moves";
const RESTORED: &str = "hand_over_restored";

const COLUMNS: &str = "store, reg, epoch, seq, hash, day, state, attempts, changed_at, note";

impl HandOvers for SqliteStore {
    fn take_turn(&mut self, _: &Holder) -> Result<Turn, StoreError> {
        Ok(Turn::Mine)
    }

    fn keep_turn(&mut self) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn end_turn(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn open_target(&mut self, target: &TargetName) -> Result<TargetRow, StoreError> {
        let marked = marked(&self.path);
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now: String = meta(&tx, "server_epoch")?.unwrap_or_default();
        let moves: i64 = meta(&tx, MOVES)?.unwrap_or(0);
        if marked > moves {
            // An older copy: it does not know what was handed over since, nor to whom.
            tracing::warn!(moves, marked, "hand-overs were forgotten; targets are asked first");
            set_meta(&tx, RESTORED, &1)?;
            set_meta(&tx, MOVES, &marked)?;
            tx.execute("UPDATE hand_over_target SET look_first = 1", [])?;
            let forgotten = "UPDATE hand_over SET state = 'unknown' WHERE state = 'pending'";
            tx.execute(forgotten, [])?;
        }
        let restored: i64 = meta(&tx, RESTORED)?.unwrap_or(0);
        let known: Option<String> = tx
            .prepare_cached("SELECT server_epoch FROM hand_over_target WHERE target = ?1")?
            .query_row([target.as_str()], |row| row.get(0))
            .optional()?;
        match known {
            None => {
                let sql =
                    "INSERT INTO hand_over_target (target, server_epoch, look_first, disabled)
                           VALUES (?1, ?2, ?3, '')";
                tx.execute(sql, params![target.as_str(), now, restored])?;
            }
            Some(known) if known != now => {
                let sql = "UPDATE hand_over_target SET server_epoch = ?2, look_first = 1
                           WHERE target = ?1";
                tx.execute(sql, params![target.as_str(), now])?;
                let sql = "UPDATE hand_over SET state = 'unknown'
                           WHERE target = ?1 AND state = 'pending' AND state <> 'confirmed'";
                tx.execute(sql, [target.as_str()])?;
            }
            Some(_) => {}
        }
        let row = tx.query_row(
            "SELECT look_first, disabled FROM hand_over_target WHERE target = ?1",
            [target.as_str()],
            target_row,
        )?;
        tx.commit()?;
        Ok(row)
    }

    fn target(&mut self, target: &TargetName) -> Result<Option<TargetRow>, StoreError> {
        let now: String = meta(&self.db, "server_epoch")?.unwrap_or_default();
        let sql = "SELECT look_first OR server_epoch <> ?2, disabled FROM hand_over_target
                   WHERE target = ?1";
        Ok(self.db.query_row(sql, params![target.as_str(), now], target_row).optional()?)
    }

    fn targets(&mut self) -> Result<Vec<TargetName>, StoreError> {
        let mut select = self.db.prepare("SELECT target FROM hand_over_target ORDER BY target")?;
        let names = select.query_map([], |row| row.get::<_, String>(0))?;
        let names = names.collect::<Result<Vec<_>, _>>()?;
        Ok(names.iter().filter_map(|name| TargetName::parse(name).ok()).collect())
    }

    fn disable(&mut self, target: &TargetName, why: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE hand_over_target SET disabled = ?2 WHERE target = ?1";
        self.db.execute(sql, params![target.as_str(), why.unwrap_or("")])?;
        Ok(())
    }

    fn planned(&mut self, target: &TargetName, journal: &JournalId) -> Result<Seq, StoreError> {
        let JournalId { store, register, epoch } = journal;
        let sql = "SELECT planned FROM hand_over_plan
                   WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND target = ?4";
        let planned = self
            .db
            .prepare_cached(sql)?
            .query_row(params![store.0, register.0, epoch.0, target.as_str()], |row| seq(row, 0))
            .optional()?;
        Ok(planned.unwrap_or(Seq(0)))
    }

    fn plan(
        &mut self,
        target: &TargetName,
        journal: &JournalId,
        rows: &[HandOver],
        planned: Seq,
    ) -> Result<(), StoreError> {
        let JournalId { store, register, epoch } = journal;
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = tx.prepare_cached(
                "INSERT INTO hand_over (store, reg, epoch, seq, target, hash, day, state, attempts,
                 changed_at, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10)
                 ON CONFLICT (store, reg, epoch, seq, target) DO NOTHING",
            )?;
            for row in rows {
                insert.execute(params![
                    store.0,
                    register.0,
                    epoch.0,
                    int(row.seq.0),
                    target.as_str(),
                    row.hash.0,
                    row.date.to_string(),
                    row.state.word(),
                    row.changed_ms,
                    row.note,
                ])?;
            }
        }
        tx.prepare_cached(
            "INSERT INTO hand_over_plan (store, reg, epoch, target, planned)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (store, reg, epoch, target)
             DO UPDATE SET planned = max(planned, excluded.planned)",
        )?
        .execute(params![
            store.0,
            register.0,
            epoch.0,
            target.as_str(),
            int(planned.0)
        ])?;
        tx.commit()?;
        Ok(())
    }

    fn open_rows(
        &mut self,
        target: &TargetName,
        states: &[State],
        after: Option<(JournalId, Seq)>,
        count: usize,
    ) -> Result<Vec<HandOver>, StoreError> {
        // Each state has its own stretch of the index; the rows are few and put in order here.
        let sql = format!(
            "SELECT {COLUMNS} FROM hand_over WHERE target = ?1 AND state = ?2
             AND state <> 'confirmed' AND (?3 OR (store, reg, epoch, seq) > (?4, ?5, ?6, ?7))
             ORDER BY store, reg, epoch, seq LIMIT ?8"
        );
        let mut select = self.db.prepare_cached(&sql)?;
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        for state in states {
            let (store, register, epoch, place) = after.map_or((0, 0, [0; 8], 0), |(id, seq)| {
                (id.store.0, id.register.0, id.epoch.0, int(seq.0))
            });
            let values = params![
                target.as_str(),
                state.word(),
                after.is_none(),
                store,
                register,
                epoch,
                place,
                limit
            ];
            let rows = select.query_map(values, hand_over)?;
            found.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        found.sort_by_key(|row| (row.journal, row.seq));
        found.truncate(count);
        Ok(found)
    }

    fn pending_rows(
        &mut self,
        target: &TargetName,
        order: Order,
        count: usize,
    ) -> Result<Vec<HandOver>, StoreError> {
        let order = match order {
            Order::Journals => "store, reg, epoch, seq",
            Order::StoreDays => "store, day, reg, epoch, seq",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM hand_over WHERE target = ?1 AND state = 'pending'
             AND state <> 'confirmed' ORDER BY {order} LIMIT ?2"
        );
        let mut select = self.db.prepare_cached(&sql)?;
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let rows = select.query_map(params![target.as_str(), limit], hand_over)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn rows_of(
        &mut self,
        target: &TargetName,
        journal: &JournalId,
        from: Seq,
        to: Seq,
    ) -> Result<Vec<HandOver>, StoreError> {
        let JournalId { store, register, epoch } = journal;
        let sql = format!(
            "SELECT {COLUMNS} FROM hand_over WHERE store = ?1 AND reg = ?2 AND epoch = ?3
             AND seq BETWEEN ?4 AND ?5 AND target = ?6 ORDER BY seq"
        );
        let mut select = self.db.prepare_cached(&sql)?;
        let (from, to) = (int(from.0), int(to.0));
        let values = params![store.0, register.0, epoch.0, from, to, target.as_str()];
        let rows = select.query_map(values, hand_over)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn step(&mut self, target: &TargetName, steps: &[Step], now_ms: i64) -> Result<(), StoreError> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut update = tx.prepare_cached(
                "UPDATE hand_over SET state = ?6, attempts = attempts + (?6 = 'sent'),
                 changed_at = ?7, note = ?8
                 WHERE store = ?1 AND reg = ?2 AND epoch = ?3 AND seq = ?4 AND target = ?5",
            )?;
            for Step { journal, seq, state, note } in steps {
                let JournalId { store, register, epoch } = journal;
                update.execute(params![
                    store.0,
                    register.0,
                    epoch.0,
                    int(seq.0),
                    target.as_str(),
                    state.word(),
                    now_ms,
                    note,
                ])?;
            }
        }
        let moves = meta(&tx, MOVES)?.unwrap_or(0_i64).saturating_add(1);
        set_meta(&tx, MOVES, &moves)?;
        tx.commit()?;
        marks(&self.path).write(Mark::HandOver, &format!("{moves:020}"));
        Ok(())
    }

    fn hand_overs_of(
        &mut self,
        journal: &JournalId,
        seq: Seq,
    ) -> Result<Vec<(TargetName, HandOver)>, StoreError> {
        let JournalId { store, register, epoch } = journal;
        let sql = format!(
            "SELECT {COLUMNS}, target FROM hand_over WHERE store = ?1 AND reg = ?2 AND epoch = ?3
             AND seq = ?4 ORDER BY target"
        );
        let mut select = self.db.prepare_cached(&sql)?;
        let values = params![store.0, register.0, epoch.0, int(seq.0)];
        let rows = select
            .query_map(values, |row| Ok((row.get::<_, String>(10)?, hand_over(row)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        let named = rows.into_iter();
        Ok(named.filter_map(|(name, row)| Some((TargetName::parse(&name).ok()?, row))).collect())
    }

    fn state_counts(&mut self, target: &TargetName) -> Result<Vec<StateCount>, StoreError> {
        // With one max() SQLite takes the note from the row that was changed last.
        let sql = "SELECT state, count(*), (SELECT max(attempts) FROM hand_over a
                          WHERE a.target = ?1 AND a.state = h.state), note, max(changed_at)
                   FROM hand_over h WHERE target = ?1 GROUP BY state";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([target.as_str()], |row| {
            Ok(StateCount {
                state: state(&row.get::<_, String>(0)?)?,
                rows: row.get::<_, i64>(1)?.unsigned_abs(),
                attempts: row.get(2)?,
                note: row.get(3)?,
            })
        })?;
        let mut counts = rows.collect::<Result<Vec<_>, _>>()?;
        counts.sort_by_key(|count| count.state);
        Ok(counts)
    }

    fn marks(&mut self, target: &TargetName) -> Result<Vec<(JournalId, Seq)>, StoreError> {
        let sql = "SELECT store, reg, epoch, planned FROM hand_over_plan WHERE target = ?1";
        let mut select = self.db.prepare_cached(sql)?;
        let rows =
            select.query_map([target.as_str()], |row| Ok((journal_of(row)?, seq(row, 3)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn not_looked_at(&mut self, target: &TargetName) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(b.projected - coalesce(p.planned, 0)), 0)
                   FROM branch b LEFT JOIN hand_over_plan p ON p.store = b.store AND p.reg = b.reg
                        AND p.epoch = b.epoch AND p.target = ?1
                   WHERE b.branch = 0 AND b.reg <> 0 AND b.projected > coalesce(p.planned, 0)";
        let behind: i64 =
            self.db.prepare_cached(sql)?.query_row([target.as_str()], |row| row.get(0))?;
        // What stands apart is handed to nobody, so nobody is behind with it.
        let sql = "SELECT DISTINCT b.store, b.reg, b.epoch, b.projected, coalesce(p.planned, 0)
                   FROM revoked_key v JOIN journal j ON j.store = v.store AND j.reg = v.reg
                        AND j.public_key = v.public_key
                   JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
                   LEFT JOIN hand_over_plan p ON p.store = b.store AND p.reg = b.reg
                        AND p.epoch = b.epoch AND p.target = ?1
                   WHERE b.branch = 0 AND b.reg <> 0 AND b.projected > coalesce(p.planned, 0)";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([target.as_str()], |row| {
            Ok((journal_of(row)?, seq(row, 3)?, seq(row, 4)?))
        })?;
        let mut behind = behind.unsigned_abs();
        for row in rows {
            let (journal, projected, planned) = row?;
            let trust = super::revocation::trust_of(&self.db, &journal)?;
            behind = behind.saturating_sub(apart(trust, projected, planned));
        }
        Ok(behind)
    }

    fn open_counts(
        &mut self,
        target: &TargetName,
    ) -> Result<Vec<(JournalId, State, u64)>, StoreError> {
        let sql = "SELECT store, reg, epoch, state, count(*) FROM hand_over
                   WHERE target = ?1 AND state <> 'confirmed' GROUP BY store, reg, epoch, state";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([target.as_str()], |row| {
            let count = row.get::<_, i64>(4)?.unsigned_abs();
            Ok((journal_of(row)?, state(&row.get::<_, String>(3)?)?, count))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn held_back(&mut self, journal: &JournalId) -> Result<BTreeSet<Seq>, StoreError> {
        let JournalId { store, register, epoch } = journal;
        let sql = "SELECT DISTINCT seq FROM exception WHERE store = ?1 AND reg = ?2 AND epoch = ?3
                   AND branch = 0 AND level = 'hold'";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![store.0, register.0, epoch.0], |row| seq(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// How often the ledger moved, as it was marked after each move.
fn marked(database: &Path) -> i64 {
    let mark = marks(database).read(Mark::HandOver);
    mark.and_then(|mark| mark.trim_end().parse().ok()).unwrap_or(0)
}

/// The marks beside a database.
fn marks(database: &Path) -> Marks {
    Marks::of(database.parent().unwrap_or(database))
}

fn target_row(row: &Row<'_>) -> rusqlite::Result<TargetRow> {
    let disabled: String = row.get(1)?;
    Ok(TargetRow {
        look_first: row.get(0)?,
        disabled: Some(disabled).filter(|why| !why.is_empty()),
    })
}

fn hand_over(row: &Row<'_>) -> rusqlite::Result<HandOver> {
    let day: String = row.get(5)?;
    Ok(HandOver {
        journal: journal_of(row)?,
        seq: seq(row, 3)?,
        hash: Hash(row.get(4)?),
        date: BusinessDate::parse(&day).map_err(|_| rusqlite::Error::InvalidQuery)?,
        state: state(&row.get::<_, String>(6)?)?,
        attempts: row.get(7)?,
        changed_ms: row.get(8)?,
        note: row.get(9)?,
    })
}

fn state(word: &str) -> rusqlite::Result<State> {
    State::from_word(word).ok_or(rusqlite::Error::InvalidQuery)
}
