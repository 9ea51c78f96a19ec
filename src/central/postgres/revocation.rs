//! Revocations in the PostgreSQL store: what people did about keys, and how far journals count.
//!
//! Whoever changes how far a store's journals count holds the store's row alone; whoever projects
//! one of them holds it with others, from before it looks at the lengths until its commit. So
//! nothing that was read by other lengths is kept, and no other store waits. It is held before
//! anything else is, and nobody who holds it with others asks for it alone.
//!
//! Whoever wants it alone says so first, by a change of the row that those who hold it let past;
//! who comes to project then gives way. So a steady stream of projections keeps nobody out.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Row;

use super::PostgresStore;
use super::link::{Param, Session};
use super::rotation;
use super::values::{
    count, damaged, epoch_int, hash, int, key, lifetime, public_key, reg, seq, store as store_int,
};
use crate::central::revocation::{GoodLength, Revocation, RevocationStore, Step, StepKind, Trust};
use crate::central::rotation::both;
use crate::central::store::StoreError;
use crate::domain::event::Lifetime;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;

/// How far a journal counts: by what people decided, and by where its register ended it.
pub(super) async fn trust_of(
    session: &Session,
    journal: &JournalId,
) -> Result<Option<Trust>, StoreError> {
    Ok(both(decided(session, journal).await?, rotation::trust(session, journal).await?))
}

/// The former, asked in one round trip. A key that is revoked without a revocation vouches for
/// nothing.
pub(super) async fn decided(
    session: &Session,
    journal: &JournalId,
) -> Result<Option<Trust>, StoreError> {
    let (store, reg, epoch) = key(journal);
    let sql = "SELECT g.length, g.head, g.takings, g.payouts,
                      EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = k.store
                       AND s.reg = k.reg AND s.number = k.number AND s.step = 'decided')
               FROM journal j
               JOIN revoked_key k ON k.store = j.store AND k.reg = j.reg
                    AND k.public_key = j.public_key
               LEFT JOIN good_length g ON g.store = k.store AND g.reg = k.reg
                    AND g.number = k.number AND g.epoch = j.epoch
               WHERE j.store = $1 AND j.reg = $2 AND j.epoch = $3
               AND NOT EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = k.store
                AND s.reg = k.reg AND s.number = k.number AND s.step = 'refused')
               UNION ALL
               SELECT NULL, NULL, NULL, NULL, true FROM journal j
               JOIN register_key r ON r.store = j.store AND r.reg = j.reg
                    AND r.public_key = j.public_key AND r.standing = 'revoked'
               WHERE j.store = $1 AND j.reg = $2 AND j.epoch = $3
               AND NOT EXISTS (SELECT 1 FROM revoked_key k WHERE k.store = j.store
                AND k.reg = j.reg AND k.public_key = j.public_key)";
    let rows = session.rows(sql, &[&store, &reg, &epoch]).await?;
    let of = |row: &Row| {
        let decided = row.try_get(4)?;
        let Some(length) = row.try_get::<_, Option<i64>>(0)? else {
            return Ok::<_, StoreError>(Trust { decided, ..Trust::NOTHING });
        };
        let (head, lifetime) = (hash(row.try_get(1)?)?, lifetime(row, 2)?);
        Ok(Trust { length: Seq(length.unsigned_abs()), head, lifetime, decided, rotated: false })
    };
    Ok(Trust::shortest(rows.iter().map(of).collect::<Result<Vec<_>, _>>()?))
}

/// The keys that were ever named: as a rule few, and no other key's journals are asked about.
pub(super) async fn named(
    session: &Session,
) -> Result<BTreeSet<(StoreNo, RegisterNo, PublicKey)>, StoreError> {
    let sql = "SELECT store, reg, 0, public_key FROM revoked_key
               UNION SELECT store, reg, 0, public_key FROM register_key
               WHERE standing = 'revoked'";
    let rows = session.rows(sql, &[]).await?;
    let key = |row: &Row| {
        let (store, register, _) = of(row)?;
        Ok((store, register, public_key(row.try_get(3)?)?))
    };
    rows.iter().map(key).collect()
}

type Of = (StoreNo, RegisterNo, u32);

fn of(row: &Row) -> Result<Of, StoreError> {
    let (store, register, number): (i64, i32, i32) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let odd = |_| damaged("a number beyond what a store or register can have");
    Ok((
        StoreNo(u32::try_from(store).map_err(odd)?),
        RegisterNo(u16::try_from(register).map_err(odd)?),
        number.unsigned_abs(),
    ))
}

async fn all(
    session: &Session,
    which: Option<(StoreNo, RegisterNo)>,
) -> Result<Vec<Revocation>, StoreError> {
    let (store, register) = (which.map(|of| store_int(of.0)), which.map(|of| reg(of.1)));
    let params: [Param<'_>; 2] = [&store, &register];
    let mut found: BTreeMap<Of, Revocation> = BTreeMap::new();
    let sql = "SELECT store, reg, number, step, at, who, reason FROM revocation_step
               WHERE ($1::bigint IS NULL OR store = $1) AND ($2::int IS NULL OR reg = $2)
               ORDER BY store, reg, number, step <> 'proposed'";
    for row in session.rows(sql, &params).await? {
        let (store, register, number) = of(&row)?;
        let Some(kind) = StepKind::from_word(row.try_get(3)?) else { continue };
        let (at_ms, who, reason) = (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
        let one = found.entry((store, register, number)).or_insert_with(|| Revocation {
            store,
            register,
            number,
            steps: Vec::new(),
            keys: Vec::new(),
            lengths: Vec::new(),
        });
        one.steps.push(Step { kind, at_ms, who, reason });
    }
    let sql = "SELECT store, reg, number, public_key FROM revoked_key
               WHERE ($1::bigint IS NULL OR store = $1) AND ($2::int IS NULL OR reg = $2)
               ORDER BY public_key";
    for row in session.rows(sql, &params).await? {
        if let Some(one) = found.get_mut(&of(&row)?) {
            one.keys.push(public_key(row.try_get(3)?)?);
        }
    }
    let sql = "SELECT store, reg, number, epoch, public_key, length, head, takings, payouts
               FROM good_length
               WHERE ($1::bigint IS NULL OR store = $1) AND ($2::int IS NULL OR reg = $2)
               ORDER BY lpad(to_hex(epoch), 16, '0')";
    for row in session.rows(sql, &params).await? {
        if let Some(one) = found.get_mut(&of(&row)?) {
            one.lengths.push(GoodLength {
                epoch: Epoch(row.try_get::<_, i64>(3)?.to_be_bytes()),
                key: public_key(row.try_get(4)?)?,
                length: seq(&row, 5)?,
                head: hash(row.try_get(6)?)?,
                lifetime: lifetime(&row, 7)?,
            });
        }
    }
    Ok(found.into_values().collect())
}

fn number_int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

async fn put_step(session: &Session, of: Of, step: &Step) -> Result<(), StoreError> {
    let sql = "INSERT INTO revocation_step (store, reg, number, step, at, who, reason)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (who, reason) = (super::values::text(&step.who), super::values::text(&step.reason));
    let params: [Param<'_>; 7] = [
        &store_int(of.0),
        &reg(of.1),
        &number_int(of.2),
        &step.kind.word(),
        &step.at_ms,
        &who.as_ref(),
        &reason.as_ref(),
    ];
    session.execute(sql, &params).await?;
    Ok(())
}

async fn put(session: &Session, of: Of, proposal: &Revocation) -> Result<(), StoreError> {
    for step in proposal.steps.iter().filter(|step| step.kind == StepKind::Proposed) {
        put_step(session, of, step).await?;
    }
    let (store, register, number) = (store_int(of.0), reg(of.1), number_int(of.2));
    for public in &proposal.keys {
        let sql = "INSERT INTO revoked_key (store, reg, number, public_key)
                   VALUES ($1, $2, $3, $4)";
        let params: [Param<'_>; 4] = [&store, &register, &number, &public.bytes().as_slice()];
        session.execute(sql, &params).await?;
    }
    for good in &proposal.lengths {
        let sql = "INSERT INTO good_length
                   (store, reg, number, epoch, public_key, length, head, takings, payouts)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let params: [Param<'_>; 9] = [
            &store,
            &register,
            &number,
            &epoch_int(good.epoch),
            &good.key.bytes().as_slice(),
            &int(good.length.0),
            &good.head.0.as_slice(),
            &good.lifetime.takings.minor(),
            &good.lifetime.payouts.minor(),
        ];
        session.execute(sql, &params).await?;
    }
    Ok(())
}

/// Has everything of one store derived again. What it does at other stores is looked at anew when
/// its records are read.
///
/// The marks go last: ingest writes the same rows, and would wait for all that is emptied before
/// them. In which order does not matter to who projects: the store is held alone since before. The
/// table is named first all the same, by a lock that stops nobody but `project::forget`, which has
/// it before the others, too. An exception that ingest keeps is never a derived one, so no two wait
/// for each other there.
pub(super) async fn forget_store(session: &Session, store: StoreNo) -> Result<(), StoreError> {
    session.batch("LOCK TABLE branch IN ROW EXCLUSIVE MODE").await?;
    for sql in EMPTIED {
        session.execute(sql, &[&store_int(store)]).await?;
    }
    Ok(())
}

const EMPTIED: [&str; 25] = [
    "DELETE FROM sale WHERE store = $1",
    "DELETE FROM tax WHERE store = $1",
    "DELETE FROM returned WHERE store = $1",
    "DELETE FROM goods_move WHERE store = $1",
    "DELETE FROM receiving WHERE store = $1",
    "DELETE FROM goods_pack WHERE store = $1",
    "DELETE FROM goods_due WHERE store = $1",
    "DELETE FROM conduct_record WHERE store = $1",
    "DELETE FROM pickup WHERE store = $1",
    "DELETE FROM pickup_line WHERE store = $1",
    "DELETE FROM rain_check WHERE store = $1",
    "DELETE FROM rain_check_use WHERE store = $1",
    "DELETE FROM paper_pad WHERE store = $1",
    "DELETE FROM paper_slip WHERE store = $1",
    "DELETE FROM readiness WHERE store = $1",
    "DELETE FROM drawer WHERE store = $1",
    "DELETE FROM cash_moved WHERE store = $1",
    "DELETE FROM check_taken WHERE store = $1",
    "DELETE FROM hours_record WHERE store = $1",
    "DELETE FROM cash_bag WHERE store = $1",
    "DELETE FROM aside WHERE store = $1",
    "DELETE FROM outage_record WHERE store = $1",
    "DELETE FROM given_up WHERE store = $1",
    "DELETE FROM exception WHERE store = $1 AND derived",
    "UPDATE branch SET projected = from_seq WHERE store = $1 AND projected <> from_seq",
];

const WITH_OTHERS: &str = "SELECT coalesce(wanted_until > clock_timestamp(), false)
    FROM store_held WHERE store = $1 FOR KEY SHARE";

/// What projecting a store's journals begins with, after `before`: the store's row is held with
/// others until the transaction ends. False where somebody wants it alone, and is given way to.
pub(super) async fn hold_with_others(
    session: &Session,
    store: StoreNo,
    before: &str,
) -> Result<bool, StoreError> {
    let number = store_int(store);
    session.statement(WITH_OTHERS).await?;
    let row =
        format!("{before} INSERT INTO store_held (store) VALUES ({number}) ON CONFLICT DO NOTHING");
    let params: [Param<'_>; 1] = [&number];
    let (_, wanted) = tokio::try_join!(session.batch(&row), session.one(WITH_OTHERS, &params))?;
    Ok(!wanted.try_get::<_, bool>(0)?)
}

/// Says that somebody wants a store alone, for as long as it waits (`lock_timeout`): a transaction
/// of its own, before the one that holds it.
pub(super) async fn want(session: &Session, store: StoreNo) -> Result<(), StoreError> {
    let sql = "INSERT INTO store_held (store, wanted_until)
               VALUES ($1, clock_timestamp() + interval '10 s')
               ON CONFLICT (store) DO UPDATE SET wanted_until = excluded.wanted_until";
    session.execute(sql, &[&store_int(store)]).await?;
    Ok(())
}

/// What changing how far a store's journals count begins with: the store's row is held alone until
/// the transaction ends, and then nobody wants it any more.
pub(super) async fn hold_alone(session: &Session, store: StoreNo) -> Result<(), StoreError> {
    let number = store_int(store);
    let sql = format!(
        "INSERT INTO store_held (store) VALUES ({number}) ON CONFLICT DO NOTHING;
         SELECT 1 FROM store_held WHERE store = {number} FOR UPDATE;
         UPDATE store_held SET wanted_until = NULL WHERE store = {number}"
    );
    session.batch(&sql).await
}

/// A deed may run twice when its line was lost: the second time finds what the first one kept.
fn is_ours(known: &Revocation, step: &Step) -> bool {
    known.steps.iter().any(|one| one == step)
}

async fn propose(session: &Session, proposal: &Revocation) -> Result<Option<u32>, StoreError> {
    hold_alone(session, proposal.store).await?;
    let (store, register) = (proposal.store, proposal.register);
    let known = all(session, Some((store, register))).await?;
    if let Some(open) = known.iter().find(|one| one.end().is_none()) {
        let ours = proposal.steps.first().is_some_and(|step| is_ours(open, step));
        return Ok(ours.then_some(open.number));
    }
    let number = known.last().map_or(1, |last| last.number.saturating_add(1));
    put(session, (store, register, number), proposal).await?;
    forget_store(session, store).await?;
    Ok(Some(number))
}

async fn end(session: &Session, of: Of, end: &Step) -> Result<bool, StoreError> {
    hold_alone(session, of.0).await?;
    let known = all(session, Some((of.0, of.1))).await?;
    let Some(one) = known.iter().find(|one| one.number == of.2) else { return Ok(false) };
    if one.end().is_some() {
        return Ok(is_ours(one, end));
    }
    put_step(session, of, end).await?;
    if end.kind == StepKind::Decided {
        for public in &one.keys {
            let sql = "UPDATE register_key SET standing = 'revoked'
                       WHERE store = $1 AND reg = $2 AND public_key = $3";
            let params: [Param<'_>; 3] = [&store_int(of.0), &reg(of.1), &public.bytes().as_slice()];
            session.execute(sql, &params).await?;
        }
    }
    forget_store(session, of.0).await?;
    Ok(true)
}

impl RevocationStore for PostgresStore {
    fn revocations(
        &mut self,
        of: Option<(StoreNo, RegisterNo)>,
    ) -> Result<Vec<Revocation>, StoreError> {
        self.link.run(async |session| all(session, of).await)
    }

    fn revocations_decided(&mut self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM revocation_step WHERE step = 'decided'";
        self.link.run(async |session| count(&session.one(sql, &[]).await?, 0))
    }

    fn trust(&mut self, journal: &JournalId) -> Result<Option<Trust>, StoreError> {
        self.link.run(async |session| trust_of(session, journal).await)
    }

    fn received_until(&mut self, journal: &JournalId, at_ms: i64) -> Result<Seq, StoreError> {
        let (store, reg, epoch) = key(journal);
        let sql = "SELECT min(coalesce(new_from, from_seq)) FROM segment
                   WHERE store = $1 AND reg = $2 AND epoch = $3 AND branch = 0
                   AND received_at > $4";
        self.link.run(async |session| {
            let row = session.one(sql, &[&store, &reg, &epoch, &at_ms]).await?;
            let later: Option<i64> = row.try_get(0)?;
            let end = super::read::position(session, journal).await?.next_seq;
            Ok(later.map_or(end, |seq| Seq(seq.unsigned_abs())))
        })
    }

    fn end_at(
        &mut self,
        journal: &JournalId,
        length: Seq,
    ) -> Result<Option<(Hash, Lifetime)>, StoreError> {
        let Some(last) = length.0.checked_sub(1) else {
            return Ok(Some((Hash::ZERO, Lifetime::default())));
        };
        let (store, reg, epoch) = key(journal);
        let sql = "SELECT hash, takings, payouts FROM record
                   WHERE store = $1 AND reg = $2 AND epoch = $3 AND seq = $4 AND branch = 0";
        self.link.run(async |session| {
            let row = session.maybe(sql, &[&store, &reg, &epoch, &int(last)]).await?;
            row.map(|row| Ok((hash(row.try_get(0)?)?, lifetime(&row, 1)?))).transpose()
        })
    }

    fn handed_beyond(
        &mut self,
        journal: &JournalId,
        from: Seq,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let (store, reg, epoch) = key(journal);
        let sql = "SELECT target, count(*) FROM hand_over
                   WHERE store = $1 AND reg = $2 AND epoch = $3 AND seq >= $4
                   AND state IN ('sent', 'confirmed', 'unknown', 'different')
                   GROUP BY target ORDER BY target COLLATE \"C\"";
        self.link.run(async |session| {
            let rows = session.rows(sql, &[&store, &reg, &epoch, &int(from.0)]).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, count(row, 1)?))).collect()
        })
    }

    fn propose_revocation(&mut self, proposal: &Revocation) -> Result<Option<u32>, StoreError> {
        self.place = None;
        self.link.run(async |session| want(session, proposal.store).await)?;
        self.link.transaction(async |session| propose(session, proposal).await)
    }

    fn end_revocation(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        number: u32,
        step: &Step,
    ) -> Result<bool, StoreError> {
        self.place = None;
        let of = (store, register, number);
        self.link.run(async |session| want(session, store).await)?;
        self.link.transaction(async |session| end(session, of, step).await)
    }
}
