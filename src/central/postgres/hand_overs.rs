//! Central's ledger of hand-overs in PostgreSQL; what its rows mean is told in `export::ledger`.
//!
//! ```text
//!  take_turn ─▶ is the database an older copy? ─▶ the turn's row, for TURN_S seconds
//!  plan, step, keep_turn ── in their transaction: the turn is still this one's, and goes on
//! ```
//!
//! What was seen of the database after each step is kept in `hand-over.mark` of the folder, so that
//! an older copy that nobody wrote to since is known by the next command.

use std::collections::BTreeSet;

use tokio_postgres::Row;

use super::PostgresStore;
use super::keys::meta;
use super::link::{Param, Session};
use super::restored::{self, Seen};
use super::values::{Columns, count, damaged, hash, int, journal_of, key, seq, text};
use crate::central::export::ledger::{
    HandOver, HandOvers, Holder, Order, State, StateCount, Step, TargetName, TargetRow, Turn,
};
use crate::central::marks::{Mark, Marks};
use crate::central::revocation::apart;
use crate::central::store::StoreError;
use crate::domain::ids::{JournalId, Seq};
use crate::domain::time::BusinessDate;

/// Longer than one delivery may take, so that nobody loses a turn in the middle of one.
const TURN_S: i32 = 60;
/// Whose turn it is, as far as this store took it.
#[derive(Debug, Default)]
pub(super) struct Handing {
    /// The folder of its marks; none in tests of the store alone.
    pub(super) marks: Option<Marks>,
    held: Option<Held>,
}

/// A turn, and the name of the database when it was taken: one that was restored since has
/// forgotten what was sent.
#[derive(Clone, Debug)]
struct Held {
    holder: String,
    name: String,
}

impl Handing {
    /// What this program's commands saw last, and what central itself did.
    fn seen(&self) -> Vec<Seen> {
        let Some(marks) = &self.marks else { return Vec::new() };
        let read = [Mark::HandOver, Mark::Received].into_iter().filter_map(|mark| marks.read(mark));
        read.filter_map(|mark| Seen::of_mark(&mark)).collect()
    }

    /// Where it can't be written, central's own may still tell.
    fn write(&self, seen: &Seen) {
        if let Some(marks) = &self.marks {
            marks.write(Mark::HandOver, &seen.mark());
        }
    }
}

impl HandOvers for PostgresStore {
    fn take_turn(&mut self, holder: &Holder) -> Result<Turn, StoreError> {
        for seen in self.handing.seen() {
            self.link.run(async |session| restored::look_for(session, &seen).await)?;
        }
        let (turn, seen) = self.link.run(async |session| {
            Ok((take(session, &holder.0).await?, restored::look(session).await?))
        })?;
        let held = Held { holder: holder.0.clone(), name: seen.name.clone() };
        self.handing.held = (turn == Turn::Mine).then_some(held);
        self.link.database().see(seen);
        Ok(turn)
    }

    fn keep_turn(&mut self) -> Result<bool, StoreError> {
        let Some(held) = self.handing.held.clone() else {
            return Err(StoreError::Unfit(
                "nobody took the turn to hand over; nothing was sent".to_owned(),
            ));
        };
        self.link.run(async |session| keep(session, &held).await)
    }

    fn end_turn(&mut self) -> Result<(), StoreError> {
        let Some(Held { holder, .. }) = self.handing.held.take() else { return Ok(()) };
        let sql = "UPDATE hand_over_turn SET holder = '', until = now() WHERE holder = $1";
        self.link.run(async |session| session.execute(sql, &[&holder]).await)?;
        Ok(())
    }

    fn open_target(&mut self, target: &TargetName) -> Result<TargetRow, StoreError> {
        self.link.transaction(async |session| open_target(session, target.as_str()).await)
    }

    fn target(&mut self, target: &TargetName) -> Result<Option<TargetRow>, StoreError> {
        let sql = "SELECT look_first OR server_epoch <> coalesce((SELECT value FROM meta
                          WHERE name = 'server_epoch'), ''), disabled
                   FROM hand_over_target WHERE target = $1";
        self.link.run(async |session| {
            let row = session.maybe(sql, &[&target.as_str()]).await?;
            row.as_ref().map(target_row).transpose()
        })
    }

    fn targets(&mut self) -> Result<Vec<TargetName>, StoreError> {
        let sql = "SELECT target FROM hand_over_target ORDER BY target";
        self.link.run(async |session| session.rows(sql, &[]).await?.iter().map(name).collect())
    }

    fn disable(&mut self, target: &TargetName, why: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE hand_over_target SET disabled = $2 WHERE target = $1";
        let why = text(why.unwrap_or(""));
        self.link
            .run(async |session| session.execute(sql, &[&target.as_str(), &why.as_ref()]).await)?;
        Ok(())
    }

    fn planned(&mut self, target: &TargetName, journal: &JournalId) -> Result<Seq, StoreError> {
        let (store, reg, epoch) = key(journal);
        let sql = "SELECT planned FROM hand_over_plan
                   WHERE store = $1 AND reg = $2 AND epoch = $3 AND target = $4";
        self.link.run(async |session| {
            let row = session.maybe(sql, &[&store, &reg, &epoch, &target.as_str()]).await?;
            row.map_or(Ok(Seq(0)), |row| seq(&row, 0))
        })
    }

    fn plan(
        &mut self,
        target: &TargetName,
        journal: &JournalId,
        rows: &[HandOver],
        planned: Seq,
    ) -> Result<(), StoreError> {
        let held = self.handing.held.clone();
        self.link.transaction(async |session| {
            in_turn(session, held.as_ref()).await?;
            plan(session, target.as_str(), journal, rows, planned).await
        })
    }

    fn open_rows(
        &mut self,
        target: &TargetName,
        states: &[State],
        after: Option<(JournalId, Seq)>,
        count: usize,
    ) -> Result<Vec<HandOver>, StoreError> {
        let sql = "SELECT store, reg, epoch, seq, hash, day, state, attempts, changed_at, note
                   FROM hand_over WHERE target = $1 AND state = ANY($2) AND state <> 'confirmed'
                   AND ($3 OR (store, reg, epoch, seq) > ($4, $5, $6, $7))
                   ORDER BY store, reg, epoch, seq LIMIT $8";
        let states: Vec<&str> = states.iter().map(|state| state.word()).collect();
        let (store, reg, epoch) = after.map_or((0, 0, 0), |(journal, _)| key(&journal));
        let place = after.map_or(0, |(_, seq)| int(seq.0));
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let (name, all) = (target.as_str(), after.is_none());
        let params: [Param<'_>; 8] = [&name, &states, &all, &store, &reg, &epoch, &place, &limit];
        self.link.run(async |session| hand_overs(&session.rows(sql, &params).await?))
    }

    fn pending_rows(
        &mut self,
        target: &TargetName,
        order: Order,
        count: usize,
    ) -> Result<Vec<HandOver>, StoreError> {
        let sql = match order {
            Order::Journals => {
                "SELECT store, reg, epoch, seq, hash, day, state, attempts, changed_at, note
                 FROM hand_over WHERE target = $1 AND state = 'pending'
                 ORDER BY store, reg, epoch, seq LIMIT $2"
            }
            Order::StoreDays => {
                "SELECT store, reg, epoch, seq, hash, day, state, attempts, changed_at, note
                 FROM hand_over WHERE target = $1 AND state = 'pending'
                 ORDER BY store, day, reg, epoch, seq LIMIT $2"
            }
        };
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let params: [Param<'_>; 2] = [&target.as_str(), &limit];
        self.link.run(async |session| hand_overs(&session.rows(sql, &params).await?))
    }

    fn rows_of(
        &mut self,
        target: &TargetName,
        journal: &JournalId,
        from: Seq,
        to: Seq,
    ) -> Result<Vec<HandOver>, StoreError> {
        let (store, reg, epoch) = key(journal);
        let sql = "SELECT store, reg, epoch, seq, hash, day, state, attempts, changed_at, note
                   FROM hand_over WHERE store = $1 AND reg = $2 AND epoch = $3
                   AND seq BETWEEN $4 AND $5 AND target = $6 ORDER BY seq";
        let (from, to) = (int(from.0), int(to.0));
        let params: [Param<'_>; 6] = [&store, &reg, &epoch, &from, &to, &target.as_str()];
        self.link.run(async |session| hand_overs(&session.rows(sql, &params).await?))
    }

    fn step(&mut self, target: &TargetName, steps: &[Step], now_ms: i64) -> Result<(), StoreError> {
        let held = self.handing.held.clone();
        let log = self.link.run(async |session| {
            session.batch("BEGIN").await?;
            in_turn(session, held.as_ref()).await?;
            step(session, target.as_str(), steps, now_ms).await?;
            session.batch("COMMIT").await?;
            count(&session.one(restored::FLUSHED, &[]).await?, 0)
        })?;
        self.link.database().reached(log);
        if let Some(seen) = self.link.database().seen() {
            self.handing.write(&seen);
        }
        Ok(())
    }

    fn hand_overs_of(
        &mut self,
        journal: &JournalId,
        seq: Seq,
    ) -> Result<Vec<(TargetName, HandOver)>, StoreError> {
        let (store, reg, epoch) = key(journal);
        let sql = "SELECT store, reg, epoch, seq, hash, day, state, attempts, changed_at, note,
                   target FROM hand_over WHERE store = $1 AND reg = $2 AND epoch = $3 AND seq = $4
                   ORDER BY target";
        let place = int(seq.0);
        self.link.run(async |session| {
            let rows = session.rows(sql, &[&store, &reg, &epoch, &place]).await?;
            let one = |row: &Row| Ok((named(row.try_get(10)?)?, hand_over(row)?));
            rows.iter().map(one).collect()
        })
    }

    fn state_counts(&mut self, target: &TargetName) -> Result<Vec<StateCount>, StoreError> {
        let sql = "SELECT state, count(*), max(attempts),
                          (array_agg(note ORDER BY changed_at DESC))[1]
                   FROM hand_over WHERE target = $1 GROUP BY state";
        let mut counts: Vec<StateCount> = self.link.run(async |session| {
            let rows = session.rows(sql, &[&target.as_str()]).await?;
            rows.iter().map(state_count).collect()
        })?;
        counts.sort_by_key(|count| count.state);
        Ok(counts)
    }

    fn marks(&mut self, target: &TargetName) -> Result<Vec<(JournalId, Seq)>, StoreError> {
        let sql = "SELECT store, reg, epoch, planned FROM hand_over_plan WHERE target = $1
                   ORDER BY store, reg, epoch";
        self.link.run(async |session| {
            let rows = session.rows(sql, &[&target.as_str()]).await?;
            rows.iter().map(|row| Ok((journal_of(row, 0)?, seq(row, 3)?))).collect()
        })
    }

    fn not_looked_at(&mut self, target: &TargetName) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(b.projected - coalesce(p.planned, 0)), 0)::bigint
                   FROM branch b LEFT JOIN hand_over_plan p ON p.store = b.store AND p.reg = b.reg
                        AND p.epoch = b.epoch AND p.target = $1
                   WHERE b.branch = 0 AND b.reg <> 0 AND b.projected > coalesce(p.planned, 0)";
        // What stands apart is handed to nobody, so nobody is behind with it.
        let of_revoked = "SELECT DISTINCT b.store, b.reg, b.epoch, b.projected,
                          coalesce(p.planned, 0)
                   FROM revoked_key v JOIN journal j ON j.store = v.store AND j.reg = v.reg
                        AND j.public_key = v.public_key
                   JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
                   LEFT JOIN hand_over_plan p ON p.store = b.store AND p.reg = b.reg
                        AND p.epoch = b.epoch AND p.target = $1
                   WHERE b.branch = 0 AND b.reg <> 0 AND b.projected > coalesce(p.planned, 0)";
        self.link.run(async |session| {
            let mut behind = count(&session.one(sql, &[&target.as_str()]).await?, 0)?;
            for row in session.rows(of_revoked, &[&target.as_str()]).await? {
                let trust = super::revocation::trust_of(session, &journal_of(&row, 0)?).await?;
                let less = apart(trust, seq(&row, 3)?, seq(&row, 4)?);
                behind = behind.saturating_sub(less);
            }
            Ok(behind)
        })
    }

    fn open_counts(
        &mut self,
        target: &TargetName,
    ) -> Result<Vec<(JournalId, State, u64)>, StoreError> {
        let sql = "SELECT store, reg, epoch, state, count(*) FROM hand_over
                   WHERE target = $1 AND state <> 'confirmed'
                   GROUP BY store, reg, epoch, state ORDER BY store, reg, epoch, state";
        self.link.run(async |session| {
            let rows = session.rows(sql, &[&target.as_str()]).await?;
            let one = |row: &Row| Ok((journal_of(row, 0)?, state(row, 3)?, count(row, 4)?));
            rows.iter().map(one).collect()
        })
    }

    fn held_back(&mut self, journal: &JournalId) -> Result<BTreeSet<Seq>, StoreError> {
        let (store, reg, epoch) = key(journal);
        let sql = "SELECT DISTINCT seq FROM exception WHERE store = $1 AND reg = $2 AND epoch = $3
                   AND branch = 0 AND level = 'hold'";
        self.link.run(async |session| {
            let rows = session.rows(sql, &[&store, &reg, &epoch]).await?;
            rows.iter().map(|row| seq(row, 0)).collect()
        })
    }
}

/// Takes the turn. Its time is the database's, so that no machine's clock matters.
async fn take(session: &Session, holder: &str) -> Result<Turn, StoreError> {
    let sql = "UPDATE hand_over_turn SET holder = $1, until = now() + $2::int * interval '1 second'
               WHERE holder IN ('', $1) OR until < now()";
    if session.execute(sql, &[&holder, &TURN_S]).await? == 1 {
        return Ok(Turn::Mine);
    }
    let sql = "SELECT greatest(ceil(extract(epoch FROM until - now())), 1)::bigint
               FROM hand_over_turn";
    Ok(Turn::Anothers(count(&session.one(sql, &[]).await?, 0)?))
}

/// The turn goes on, where nobody else took it and the database is the same one.
async fn keep(session: &Session, held: &Held) -> Result<bool, StoreError> {
    let sql = "UPDATE hand_over_turn SET until = now() + $2::int * interval '1 second'
               WHERE holder = $1
               AND $3 = coalesce((SELECT value FROM meta WHERE name = 'server_epoch'), '')";
    Ok(session.execute(sql, &[&held.holder, &TURN_S, &held.name]).await? == 1)
}

/// Who took a turn changes nothing once it is another one's.
async fn in_turn(session: &Session, held: Option<&Held>) -> Result<(), StoreError> {
    match held {
        Some(held) if !keep(session, held).await? => Err(StoreError::Unfit(
            "the turn to hand over is lost: another command took it, or the database was \
             restored; this one sends nothing more, and the next one asks the target about what \
             was under way"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

async fn open_target(session: &Session, target: &str) -> Result<TargetRow, StoreError> {
    let now = meta(session, "server_epoch").await?.unwrap_or_default();
    let sql = "SELECT server_epoch FROM hand_over_target WHERE target = $1 FOR UPDATE";
    let known: Option<String> =
        session.maybe(sql, &[&target]).await?.map(|row| row.try_get(0)).transpose()?;
    match known {
        None => {
            // A database that was ever restored does not know whom it handed what since.
            let sql = "INSERT INTO hand_over_target (target, server_epoch, look_first, disabled)
                       VALUES ($1, $2, (SELECT count(*) > 1 FROM server_name), '')
                       ON CONFLICT DO NOTHING";
            session.execute(sql, &[&target, &now]).await?;
        }
        Some(known) if known != now => {
            let sql = "UPDATE hand_over_target SET server_epoch = $2, look_first = true
                       WHERE target = $1";
            session.execute(sql, &[&target, &now]).await?;
            let sql = "UPDATE hand_over SET state = 'unknown'
                       WHERE target = $1 AND state = 'pending'";
            session.execute(sql, &[&target]).await?;
        }
        Some(_) => {}
    }
    let sql = "SELECT look_first, disabled FROM hand_over_target WHERE target = $1";
    target_row(&session.one(sql, &[&target]).await?)
}

async fn plan(
    session: &Session,
    target: &str,
    journal: &JournalId,
    rows: &[HandOver],
    planned: Seq,
) -> Result<(), StoreError> {
    let (store, reg, epoch) = key(journal);
    let seqs: Vec<i64> = rows.iter().map(|row| int(row.seq.0)).collect();
    let hashes: Vec<&[u8]> = rows.iter().map(|row| row.hash.0.as_slice()).collect();
    let days: Vec<String> = rows.iter().map(|row| row.date.to_string()).collect();
    let states: Vec<&str> = rows.iter().map(|row| row.state.word()).collect();
    let changed: Vec<i64> = rows.iter().map(|row| row.changed_ms).collect();
    let notes: Vec<String> = rows.iter().map(|row| text(&row.note).into_owned()).collect();
    let sql = "INSERT INTO hand_over (store, reg, epoch, seq, target, hash, day, state, attempts,
               changed_at, note)
               SELECT $1::bigint, $2::int, $3::bigint, u.seq, $4::text, u.hash, u.day, u.state, 0,
                      u.changed_at, u.note
               FROM unnest($5::bigint[], $6::bytea[], $7::text[], $8::text[], $9::bigint[],
                           $10::text[]) AS u(seq, hash, day, state, changed_at, note)
               ON CONFLICT (store, reg, epoch, seq, target) DO NOTHING";
    let params: [Param<'_>; 10] =
        [&store, &reg, &epoch, &target, &seqs, &hashes, &days, &states, &changed, &notes];
    session.execute(sql, &params).await?;
    let sql = "INSERT INTO hand_over_plan AS p (store, reg, epoch, target, planned)
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (store, reg, epoch, target)
               DO UPDATE SET planned = greatest(p.planned, excluded.planned)";
    session.execute(sql, &[&store, &reg, &epoch, &target, &int(planned.0)]).await?;
    Ok(())
}

async fn step(
    session: &Session,
    target: &str,
    steps: &[Step],
    now_ms: i64,
) -> Result<(), StoreError> {
    let Columns { stores, regs, epochs } = Columns::of(steps.iter().map(|step| &step.journal));
    let seqs: Vec<i64> = steps.iter().map(|step| int(step.seq.0)).collect();
    let states: Vec<&str> = steps.iter().map(|step| step.state.word()).collect();
    let notes: Vec<String> = steps.iter().map(|step| text(&step.note).into_owned()).collect();
    // A deed may run twice: what was marked as sent at this very moment is not counted again.
    let sql = "UPDATE hand_over AS h SET state = u.state, changed_at = $2, note = u.note,
               attempts = h.attempts + (u.state = 'sent'
                   AND NOT (h.state = 'sent' AND h.changed_at = $2))::int
               FROM unnest($3::bigint[], $4::int[], $5::bigint[], $6::bigint[], $7::text[],
                           $8::text[]) AS u(store, reg, epoch, seq, state, note)
               WHERE h.store = u.store AND h.reg = u.reg AND h.epoch = u.epoch AND h.seq = u.seq
               AND h.target = $1";
    let params: [Param<'_>; 8] =
        [&target, &now_ms, &stores, &regs, &epochs, &seqs, &states, &notes];
    session.execute(sql, &params).await?;
    Ok(())
}

fn target_row(row: &Row) -> Result<TargetRow, StoreError> {
    let disabled: String = row.try_get(1)?;
    Ok(TargetRow {
        look_first: row.try_get(0)?,
        disabled: Some(disabled).filter(|why| !why.is_empty()),
    })
}

fn name(row: &Row) -> Result<TargetName, StoreError> {
    named(row.try_get(0)?)
}

fn named(name: &str) -> Result<TargetName, StoreError> {
    TargetName::parse(name).map_err(|_| damaged("a target without a name"))
}

fn state_count(row: &Row) -> Result<StateCount, StoreError> {
    Ok(StateCount {
        state: state(row, 0)?,
        rows: count(row, 1)?,
        attempts: row.try_get::<_, i32>(2)?.unsigned_abs(),
        note: row.try_get(3)?,
    })
}

fn hand_overs(rows: &[Row]) -> Result<Vec<HandOver>, StoreError> {
    rows.iter().map(hand_over).collect()
}

fn hand_over(row: &Row) -> Result<HandOver, StoreError> {
    let day: &str = row.try_get(5)?;
    Ok(HandOver {
        journal: journal_of(row, 0)?,
        seq: seq(row, 3)?,
        hash: hash(row.try_get(4)?)?,
        date: BusinessDate::parse(day).map_err(|_| damaged("a day that is none"))?,
        state: state(row, 6)?,
        attempts: row.try_get::<_, i32>(7)?.unsigned_abs(),
        changed_ms: row.try_get(8)?,
        note: row.try_get(9)?,
    })
}

fn state(row: &Row, place: usize) -> Result<State, StoreError> {
    let word: &str = row.try_get(place)?;
    State::from_word(word).ok_or_else(|| damaged("a state that is none"))
}
